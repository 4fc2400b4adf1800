//! `tributary run`: what happened.

use clap::{Args, Subcommand, ValueEnum};
use model::{LogLevel, Reject, RunStatus};
use serde::Deserialize;

use super::{
    client::{Client, ServerOptions},
    exit::Exit,
    output::{self, Format},
    progress::{self, RunShown},
    sheet,
    stored::items,
};

/// Look at runs, and stop them.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary run list --status failed
  tributary run log 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
pub struct Run {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List runs, newest first
    #[command(after_help = "Examples:
  tributary run list --series orders --limit 50
  tributary run list --group night --status failed -o json")]
    List(List),
    /// Show everything that is known of a run
    #[command(after_help = "Example:\n  tributary run show 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Show {
        /// Id
        run: String,
    },
    /// Show the log of a run
    #[command(after_help = "Example:\n  tributary run log 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Log {
        /// Id
        run: String,
    },
    /// Show the rows and lines that could not be written, with the reason of each
    #[command(after_help = "Example:\n  tributary run rejects 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f --limit 1000")]
    Rejects {
        /// Id
        run: String,
        /// Only rejects of rows after this one
        #[arg(long, value_name = "ROW", default_value_t = 0)]
        after_row: u64,
        /// Most rejects
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Stop a run
    #[command(after_help = "Example:\n  tributary run cancel 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Cancel {
        /// Id
        run: String,
    },
    /// Wait for the end of a run, and end with its exit code
    #[command(after_help = "Ends with 0 when it succeeded, with 3 when rows were rejected and with 1 when it failed.

Example:
  tributary run wait 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Wait {
        /// Id
        run: String,
    },
}

#[derive(Args, Debug)]
struct List {
    /// Only runs of this series, by name or id
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// Only runs of this group, by name or id
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Only chunks of this backfill, by id
    #[arg(long, value_name = "BACKFILL")]
    backfill: Option<String>,
    /// Only runs that stand so
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Only runs before the one with this id
    #[arg(long, value_name = "RUN")]
    before: Option<String>,
    /// Most runs
    #[arg(long, default_value_t = 20)]
    limit: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Status {
    /// In line
    Queued,
    /// On its way
    Running,
    /// Every row arrived
    Succeeded,
    /// There were no rows
    Empty,
    /// Some rows were rejected
    Partial,
    /// It stopped before the end
    Failed,
    /// An earlier slot still ran
    Skipped,
    /// Nothing ran at the time
    Missed,
    /// A person stopped it
    Cancelled,
    /// Its node died; the slot was queued again
    Abandoned,
}

impl Run {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::List(list) => list.run(&client, format).await,
            Action::Show { run } => {
                let answer = client.get(&["runs", &run]).await?;
                match format {
                    Format::Json => output::json(&answer)?,
                    Format::Table => RunShown::deserialize(&answer)?.print()?,
                }
                Ok(Exit::Done)
            }
            Action::Log { run } => log(&client, &run, format).await,
            Action::Rejects { run, after_row, limit } => rejects(&client, &run, after_row, limit, format).await,
            Action::Cancel { run } => cancel(&client, &run, format).await,
            Action::Wait { run } => {
                let answer = progress::wait(&client, &run).await?;
                let shown = RunShown::deserialize(&answer)?;
                match format {
                    Format::Json => output::json(&answer)?,
                    Format::Table => {
                        output::say(shown.words());
                        progress::table(std::slice::from_ref(&shown))?;
                    }
                }
                Ok(progress::exit(shown.status))
            }
        }
    }
}

impl List {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut query = vec![("limit", self.limit.to_string())];
        query.extend(self.series.map(|series| ("series", series)));
        query.extend(self.group.map(|group| ("group", group)));
        query.extend(self.backfill.map(|backfill| ("backfill", backfill)));
        query.extend(self.status.map(|status| ("status", progress::status(status.of_model()))));
        query.extend(self.before.map(|before| ("before", before)));
        let answer = client.get_with(&["runs"], &query).await?;
        if format == Format::Json {
            output::json(&answer)?;
            return Ok(Exit::Done);
        }
        let runs: Vec<RunShown> = items(answer)?;
        if runs.is_empty() {
            output::say("no runs");
        }
        progress::table(&runs)?;
        Ok(Exit::Done)
    }
}

impl Status {
    const fn of_model(self) -> RunStatus {
        match self {
            Self::Queued => RunStatus::Queued,
            Self::Running => RunStatus::Running,
            Self::Succeeded => RunStatus::Succeeded,
            Self::Empty => RunStatus::Empty,
            Self::Partial => RunStatus::Partial,
            Self::Failed => RunStatus::Failed,
            Self::Skipped => RunStatus::Skipped,
            Self::Missed => RunStatus::Missed,
            Self::Cancelled => RunStatus::Cancelled,
            Self::Abandoned => RunStatus::Abandoned,
        }
    }
}

async fn log(client: &Client, run: &str, format: Format) -> anyhow::Result<Exit> {
    let answer = client.get(&["runs", run]).await?;
    if format == Format::Json {
        output::json(&answer.get("log"))?;
        return Ok(Exit::Done);
    }
    for line in RunShown::deserialize(&answer)?.log {
        let level = match line.level {
            LogLevel::Info => "info",
            LogLevel::Warning => "warning",
            LogLevel::Error => "error",
        };
        output::line(format!("{}  {level:<7}  {}", sheet::instant(line.at), line.message))?;
    }
    Ok(Exit::Done)
}

async fn rejects(client: &Client, run: &str, after_row: u64, limit: u32, format: Format) -> anyhow::Result<Exit> {
    let query = [("after_row", after_row.to_string()), ("limit", limit.to_string())];
    let answer = client.get_with(&["runs", run, "rejects"], &query).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let rejects: Vec<Reject> = items(answer)?;
    if rejects.is_empty() {
        output::say("no rejects");
    }
    output::table(
        &["row", "reason", "line"],
        rejects.into_iter().map(|reject| vec![reject.row.to_string(), reject.reason, reject.line.unwrap_or_default().replace('\n', "⏎")]),
    )?;
    Ok(Exit::Done)
}

async fn cancel(client: &Client, run: &str, format: Format) -> anyhow::Result<Exit> {
    let answer = client.post(&["runs", run, "cancel"], &serde_json::json!({})).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let status = answer.get("status").and_then(serde_json::Value::as_str).unwrap_or_default();
    output::say(match status {
        "cancelled" => format!("the run is {status}"),
        "running" => "the run was asked to stop".to_owned(),
        _ => format!("nothing to stop: the run is {status}"),
    });
    Ok(Exit::Done)
}
