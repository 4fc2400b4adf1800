//! `tributary series cursor`: where an incremental series stands, and moving it by hand.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use influx::http::Method;
use model::{CursorValue, HeldBack, Position};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{
    client::Client,
    exit::Exit,
    output::{self, Format},
    sheet::{self, Sheet},
    stored::{SERIES, quoted},
    stretch,
};

/// Show where the cursor of an incremental series stands, keep it, set it or reset it
#[derive(Args, Debug)]
#[command(
    after_help = "A run reads nothing while the cursor's query, parameters, database, column or key are not those that it was moved with.
Then decide: keep it where it is, set it to a value, or reset it and read from the start.

Examples:
  tributary series cursor show events
  tributary series cursor keep events
  tributary series cursor set events '2026-11-21 14:05:00' --key 4711"
)]
pub(super) struct Cursor {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Show where it stands, whether it still fits, and what the newest run saw
    #[command(after_help = "Example:\n  tributary series cursor show events")]
    Show {
        /// Name or id of the series
        name: String,
    },
    /// It stays where it is and belongs to the query and settings of now
    #[command(after_help = "Example:\n  tributary series cursor keep events")]
    Keep {
        /// Name or id of the series
        name: String,
    },
    /// Forget it: the next run reads from the start
    #[command(after_help = "Rows that are read again become the same points.\n\nExample:\n  tributary series cursor reset events")]
    Reset {
        /// Name or id of the series
        name: String,
    },
    /// It stands at the row with these values, as if that had been the last one delivered
    #[command(after_help = "Examples:
  tributary series cursor set events 4711
  tributary series cursor set events '2026-11-21 14:05:00' --key 17,a")]
    Set {
        /// Name or id of the series
        name: String,
        /// The cursor column's value
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// The values of the key's columns, in their order
        #[arg(long, value_name = "VALUE", value_delimiter = ',', allow_hyphen_values = true)]
        key: Vec<String>,
    },
}

/// A cursor as the API shows it.
#[derive(Deserialize)]
struct Shown {
    state: String,
    position: Option<Position>,
    moved_at: Option<DateTime<Utc>>,
    moved_by: Option<String>,
    seen: Option<Seen>,
}

/// What a run saw of the present.
#[derive(Deserialize)]
struct Seen {
    run_id: String,
    status: String,
    at: Option<DateTime<Utc>>,
    fence: Option<CursorValue>,
    held_back: Option<HeldBack>,
}

impl Cursor {
    pub(super) async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        match self.action {
            Action::Show { name } => show(client.get(&[SERIES.path, &name, "cursor"]).await?, &name, format),
            Action::Keep { name } => put(client, &name, &json!({ "do": "keep" }), "the cursor stays where it is", format).await,
            Action::Reset { name } => put(client, &name, &json!({ "do": "reset" }), "the next run reads from the start", format).await,
            Action::Set { name, value, key } => {
                let body = json!({ "do": "set", "cursor": value, "key": key });
                put(client, &name, &body, "the next run reads what is behind this row", format).await
            }
        }
    }
}

async fn put(client: &Client, name: &str, body: &Value, words: &str, format: Format) -> anyhow::Result<Exit> {
    let answer = client.send(Method::PUT, &[SERIES.path, name, "cursor"], &[], body).await?;
    output::say(words);
    show(answer, name, format)
}

fn show(answer: Value, name: &str, format: Format) -> anyhow::Result<Exit> {
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let shown = Shown::deserialize(&answer)?;
    if shown.state == "needs_decision" {
        output::say(decide(name));
    }
    shown.sheet(name).print()?;
    Ok(Exit::Done)
}

/// Tells a person whose change, as it was answered, took the meaning from cursors.
///
/// # Errors
/// When the answer is not of this API.
pub(in crate::cli) fn say_to_decide(answer: &Value) -> anyhow::Result<()> {
    let names = answer.get("needs_decision").map(Vec::<String>::deserialize).transpose()?;
    for name in names.unwrap_or_default() {
        output::say(decide(&name));
    }
    Ok(())
}

/// What a person is told whose change took the meaning from a cursor.
pub(super) fn decide(name: &str) -> String {
    let word = quoted(name);
    format!(
        "the cursor of the series `{name}` was moved with another query, database or key: no run of it reads until you decide\n  \
         try: tributary series cursor keep {word}    go on from where it stands\n       \
         tributary series cursor reset {word}   read everything again; the same rows become the same points\n       \
         tributary series cursor set {word} …   go on behind a row of your choice"
    )
}

impl Shown {
    fn sheet(&self, name: &str) -> Sheet {
        let state = match self.state.as_str() {
            "new" => "nothing is delivered yet: the next run reads from the start",
            "fits" => "the next run goes on from here",
            "needs_decision" => "its query, parameters, database, column or key were changed: a person must decide",
            other => other,
        };
        let moved = self.moved_at.map(|at| match &self.moved_by {
            Some(run) => format!("{} by run {run}", sheet::second(at)),
            None => format!("{} by hand", sheet::second(at)),
        });
        let sheet = Sheet::default()
            .line("series", name)
            .line("stands at", self.position.as_ref().map_or("before the first row".to_owned(), stretch::position))
            .line("state", state)
            .maybe("moved", moved);
        let Some(seen) = &self.seen else { return sheet };
        let at = seen.at.map(|at| format!("{}, ", sheet::second(at))).unwrap_or_default();
        sheet
            .line("newest look", format!("{at}run {} ({})", seen.run_id, seen.status))
            .maybe("fence", seen.fence.as_ref().map(|fence| format!("{}; rows from there on were left for later runs", fence.text)))
            .maybe("held back by", seen.held_back.as_ref().map(stretch::held_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_says_where_it_stands_and_what_it_waits_for() {
        let value = |text: &str| json!({ "kind": "integer", "native": "int8", "text": text });
        let shown: Shown = serde_json::from_value(json!({
            "state": "fits", "position": { "cursor": value("17"), "key": [value("3")] }, "moved_at": "2026-11-21T14:05:00Z", "moved_by": null,
            "seen": {
                "run_id": "r", "status": "empty", "at": "2026-11-21T14:05:00Z", "fence": value("20"),
                "held_back": { "since": "2026-11-21T14:00:00Z", "for_s": 300, "who": "process 7" },
            },
        }))
        .unwrap();
        let words = shown.sheet("events").render();
        for part in [
            "17 (key 3)",
            "goes on from here",
            "2026-11-21 14:05:00Z by hand",
            "20; rows",
            "process 7, open since 2026-11-21 14:00:00Z (5m)",
        ] {
            assert!(words.contains(part), "{part}: {words}");
        }
    }
}
