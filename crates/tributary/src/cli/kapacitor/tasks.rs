//! `tributary kapacitor tasks` and `statistics`: what runs inside a Kapacitor. Read only.

use clap::Args;
use model::{KapacitorStatistics, Task};
use serde::Deserialize;

use super::{
    super::{
        client::Client,
        exit::Exit,
        length,
        output::{self, Format},
        sheet::{self, Sheet},
    },
    at::At,
};

#[derive(Args, Debug)]
pub(super) struct Tasks {
    #[command(flatten)]
    at: At,
    /// Only ids with this text in them
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct Statistics {
    #[command(flatten)]
    at: At,
}

/// Tasks as the API lists them.
#[derive(Deserialize)]
struct List {
    items: Vec<Task>,
    truncated: bool,
}

impl Tasks {
    pub(super) async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let place = self.at.place(client).await?;
        let query: Vec<(&str, String)> = self.search.into_iter().map(|search| ("search", search)).collect();
        let answer = client.get_with(&place.path(&["tasks"]), &query).await?;
        if format == Format::Json {
            output::json(&answer)?;
            return Ok(Exit::Done);
        }
        let List { items, truncated } = List::deserialize(&answer)?;
        if items.is_empty() {
            output::say("no tasks");
        }
        output::table(&["task", "type", "status", "runs", "reads", "error", "changed"], items.into_iter().map(row))?;
        if truncated {
            output::say("there are more tasks; `--search` finds one of them");
        }
        Ok(Exit::Done)
    }
}

fn row(task: Task) -> Vec<String> {
    let reads: Vec<String> = task.reads.iter().map(|reads| format!("{}.{}", reads.database, reads.retention_policy)).collect();
    let changed = task.modified.map(sheet::second).unwrap_or_default();
    vec![task.id, task.kind, task.status, sheet::yes(task.executing).to_owned(), reads.join(", "), task.error.replace('\n', "⏎"), changed]
}

impl Statistics {
    pub(super) async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let place = self.at.place(client).await?;
        let answer = client.get(&place.path(&["statistics"])).await?;
        if format == Format::Json {
            output::json(&answer)?;
            return Ok(Exit::Done);
        }
        sheet(KapacitorStatistics::deserialize(&answer)?).print()?;
        Ok(Exit::Done)
    }
}

fn sheet(says: KapacitorStatistics) -> Sheet {
    Sheet::default()
        .maybe("version", says.version)
        .maybe("host", says.host)
        .maybe("up for", says.uptime_s.map(|seconds| length::of_millis((seconds * 1000.0) as u64)))
        .maybe("tasks", says.tasks.map(output::count))
        .maybe("enabled tasks", says.enabled_tasks.map(output::count))
        .maybe("subscriptions", says.subscriptions.map(output::count))
        .maybe("memory", says.memory_bytes.map(|bytes| output::counted(bytes, "byte", "bytes")))
        .maybe("points received", says.points_received.map(output::count))
}
