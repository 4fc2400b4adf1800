//! `tributary connection holds` and `try-now`: connections that do not take points for now.

use model::{Hold, Noun};
use serde::Deserialize;
use serde_json::json;

use super::super::{
    client::Client,
    exit::Exit,
    output::{self, Format},
    sheet,
    stored::{CONNECTIONS, items},
};

/// A hold as the API lists it.
#[derive(Deserialize)]
struct Shown {
    connection_name: String,
    runs_waiting: u64,
    frozen_bytes: u64,
    #[serde(flatten)]
    hold: Hold,
}

/// What became of a wish to try a connection.
#[derive(Deserialize)]
struct Tried {
    hold: Option<Hold>,
}

pub(super) async fn list(client: &Client, format: Format) -> anyhow::Result<Exit> {
    let answer = client.get(&["holds"]).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let holds: Vec<Shown> = items(answer)?;
    if holds.is_empty() {
        output::say("no connection is on hold");
    }
    output::table(&["connection", "since", "runs waiting", "frozen bytes", "tried", "next try", "why"], holds.into_iter().map(row))?;
    Ok(Exit::Done)
}

pub(super) async fn try_now(client: &Client, name: &str, format: Format) -> anyhow::Result<Exit> {
    let answer = client.post(&[CONNECTIONS.path, name, "try-now"], &json!({})).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    output::say(match Tried::deserialize(&answer)?.hold {
        Some(_) => format!("`{name}` is tried now with the run that waits longest; if it writes a point all others follow"),
        None => format!("the {} `{name}` is not on hold: nothing waits for it", model::Connection::NOUN),
    });
    Ok(Exit::Done)
}

fn row(Shown { connection_name, runs_waiting, frozen_bytes, hold }: Shown) -> Vec<String> {
    vec![
        connection_name,
        sheet::second(hold.since),
        output::count(runs_waiting),
        output::count(frozen_bytes),
        output::counted(hold.probes.into(), "time", "times"),
        sheet::second(hold.next_probe_at),
        hold.reason.message,
    ]
}
