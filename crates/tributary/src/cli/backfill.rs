//! `tributary backfill`: a range of a series' past, read once more.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use model::{BackfillState, Figures, run::Reason};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    client::{Client, ServerOptions},
    exit::Exit,
    length,
    output::{self, Format},
    sheet::{self, Sheet},
    stored::items,
};

/// How often a backfill that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Read a range of a series' past once more, chunk by chunk, beside its own runs.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary backfill start orders --from 2026-01-01 --to 2026-07-01 --parallel 4 --wait
  tributary run list --backfill 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f --status failed")]
pub struct Backfill {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Begin a backfill
    #[command(
        after_help = "Of an incremental series --from and --to are values of its cursor, of a window series instants: each slot between them is a
chunk. The range ends at the fence: what is not decided yet is left to the series' own runs. Its cursor stays where it is.

Examples:
  tributary backfill start orders --from 2026-01-01 --dry-run
  tributary backfill start orders --from 1 --to 5000000 --chunk 100000 --parallel 4 --pause 2s --wait
  tributary backfill start temperatures --from 2026-11-01T00:00:00Z --to 2026-11-21T00:00:00Z"
    )]
    Start(Start),
    /// List backfills, newest first
    #[command(after_help = "Example:\n  tributary backfill list --series orders --state running")]
    List {
        /// Only of this series, by name or id
        #[arg(long, value_name = "NAME")]
        series: Option<String>,
        /// Only where it stands so
        #[arg(long, value_enum)]
        state: Option<State>,
        /// Most backfills
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Show everything that is known of a backfill
    #[command(after_help = "Example:\n  tributary backfill show 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Show {
        /// Id
        backfill: String,
    },
    /// Let no further chunk begin; those on their way go on to their end
    #[command(after_help = "Example:\n  tributary backfill pause 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Pause {
        /// Id
        backfill: String,
    },
    /// Go on with a backfill that is paused
    #[command(after_help = "Example:\n  tributary backfill resume 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Resume {
        /// Id
        backfill: String,
    },
    /// End a backfill for good; what was written stays
    #[command(after_help = "Example:\n  tributary backfill cancel 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Cancel {
        /// Id
        backfill: String,
    },
    /// Run the chunks that failed again
    #[command(after_help = "Example:\n  tributary backfill retry 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Retry {
        /// Id
        backfill: String,
    },
    /// Look on until a backfill has ended, and end with its exit code
    #[command(
        after_help = "Ends with 0 when every row arrived, with 3 when chunks failed or rows were rejected and with 1 when none arrived or a
person stopped it. One that is paused is waited for.

Example:
  tributary backfill watch 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f"
    )]
    Watch {
        /// Id
        backfill: String,
    },
}

#[derive(Args, Debug)]
struct Start {
    /// The series, by name or id
    series: String,
    /// The first value of the cursor, or the first instant of slots
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    from: String,
    /// The first one that is not read any more [default: all that is decided now]
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    to: Option<String>,
    /// Length of a chunk: of times such as `1h`, else in the cursor's own unit [default: about 100 chunks]
    #[arg(long, value_name = "LENGTH", value_parser = chunk)]
    chunk: Option<u64>,
    /// Most chunks side by side, 1 to 8
    #[arg(long, value_name = "CHUNKS", default_value_t = 1)]
    parallel: u32,
    /// Pause between the end of a chunk and the beginning of the next
    #[arg(long, value_name = "LENGTH", value_parser = length::seconds, default_value = "0s")]
    pause: u32,
    /// Show the plan and begin nothing
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,
    /// Wait for the end, and end with its exit code
    #[arg(long)]
    wait: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    /// Its chunks run
    Running,
    /// No further chunk begins
    Paused,
    /// Every row arrived
    Succeeded,
    /// Some chunks failed, or some rows were rejected
    Partial,
    /// No chunk ended well
    Failed,
    /// A person stopped it
    Cancelled,
}

/// A backfill as the API shows it.
#[derive(Deserialize)]
struct Shown {
    id: Option<String>,
    series_name: String,
    state: Option<BackfillState>,
    from: String,
    to: String,
    parallel: u32,
    pause_s: u32,
    chunks: u64,
    done: u64,
    failed: Vec<u64>,
    open: u64,
    figures: Figures,
    rows_per_s: Option<f64>,
    eta: Option<DateTime<Utc>>,
    reason: Option<Reason>,
    created_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    #[serde(default)]
    plan: Vec<Bounds>,
}

#[derive(Deserialize)]
struct Bounds {
    number: u64,
    from: String,
    to: Option<String>,
}

/// A number, or a length of time in seconds.
fn chunk(text: &str) -> Result<u64, String> {
    text.parse().or_else(|_| length::seconds(text).map(u64::from))
}

impl Backfill {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::Start(start) => start.run(&client, format).await,
            Action::List { series, state, limit } => list(&client, series, state, limit, format).await,
            Action::Show { backfill } => show(&client.get(&["backfills", &backfill]).await?, format),
            Action::Pause { backfill } => change(&client, &backfill, "pause", format).await,
            Action::Resume { backfill } => change(&client, &backfill, "resume", format).await,
            Action::Cancel { backfill } => change(&client, &backfill, "cancel", format).await,
            Action::Retry { backfill } => change(&client, &backfill, "retry", format).await,
            Action::Watch { backfill } => watch(&client, &backfill, format).await,
        }
    }
}

impl Start {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let Self { series, from, to, chunk, parallel, pause, dry_run, wait } = self;
        let body = json!({ "from": from, "to": to, "chunk": chunk, "parallel": parallel, "pause_s": pause, "dry_run": dry_run });
        let answer = client.post(&["series", &series, "backfills"], &body).await?;
        match (Shown::deserialize(&answer)?.id, wait) {
            (Some(id), true) => watch(client, &id, format).await,
            _ => begun(&answer, format),
        }
    }
}

/// Shows a backfill that was asked for, or what it would read.
pub(super) fn begun(answer: &Value, format: Format) -> anyhow::Result<Exit> {
    let shown = Shown::deserialize(answer)?;
    if shown.id.is_some() || format == Format::Json {
        return show(answer, format);
    }
    output::say(format!("{}, nothing was begun", output::counted(shown.chunks, "chunk", "chunks")));
    output::table(
        &["chunk", "from", "to"],
        shown.plan.into_iter().map(|chunk| vec![chunk.number.to_string(), chunk.from, chunk.to.unwrap_or_default()]),
    )?;
    Ok(Exit::Done)
}

async fn list(client: &Client, series: Option<String>, state: Option<State>, limit: u32, format: Format) -> anyhow::Result<Exit> {
    let mut query = vec![("limit", limit.to_string())];
    query.extend(series.map(|series| ("series", series)));
    query.extend(state.map(|state| ("state", word(state.of_model()))));
    let answer = client.get_with(&["backfills"], &query).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let backfills: Vec<Shown> = items(answer)?;
    if backfills.is_empty() {
        output::say("no backfills");
    }
    output::table(
        &["series", "from", "to", "state", "chunks", "rows", "over at", "backfill"],
        backfills.into_iter().map(|one| {
            let chunks = one.share();
            let over_at = one.ended_at.or(one.eta).map(sheet::second).unwrap_or_default();
            let state = one.state.map(word).unwrap_or_default();
            vec![
                one.series_name,
                one.from,
                one.to,
                state,
                chunks,
                output::count(one.figures.rows_read),
                over_at,
                one.id.unwrap_or_default(),
            ]
        }),
    )?;
    Ok(Exit::Done)
}

fn show(answer: &Value, format: Format) -> anyhow::Result<Exit> {
    if format == Format::Json {
        output::json(answer)?;
    } else {
        Shown::deserialize(answer)?.print()?;
    }
    Ok(Exit::Done)
}

async fn change(client: &Client, backfill: &str, what: &str, format: Format) -> anyhow::Result<Exit> {
    show(&client.post(&["backfills", backfill, what], &Value::Null).await?, format)
}

async fn watch(client: &Client, id: &str, format: Format) -> anyhow::Result<Exit> {
    // Invisible unless standard error is a terminal.
    let bar = ProgressBar::new(1);
    let style = ProgressStyle::with_template("{bar:30} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    loop {
        let answer = client.get(&["backfills", id]).await?;
        let shown = Shown::deserialize(&answer)?;
        let exit = match shown.state {
            Some(BackfillState::Succeeded) => Some(Exit::Done),
            Some(BackfillState::Partial) => Some(Exit::Partial),
            Some(BackfillState::Failed | BackfillState::Cancelled) => Some(Exit::Failed),
            Some(BackfillState::Running | BackfillState::Paused) | None => None,
        };
        if let Some(exit) = exit {
            bar.finish_and_clear();
            if format == Format::Table {
                output::say(shown.words());
            }
            show(&answer, format)?;
            return Ok(exit);
        }
        bar.set_length(shown.chunks);
        bar.set_position(shown.done);
        bar.set_message(shown.words());
        tokio::time::sleep(LOOK).await;
    }
}

fn word(state: BackfillState) -> String {
    serde_json::to_value(state).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

impl State {
    const fn of_model(self) -> BackfillState {
        match self {
            Self::Running => BackfillState::Running,
            Self::Paused => BackfillState::Paused,
            Self::Succeeded => BackfillState::Succeeded,
            Self::Partial => BackfillState::Partial,
            Self::Failed => BackfillState::Failed,
            Self::Cancelled => BackfillState::Cancelled,
        }
    }
}

impl Shown {
    fn share(&self) -> String {
        let failed = if self.failed.is_empty() { String::new() } else { format!(", {} failed", self.failed.len()) };
        format!("{} of {}{failed}", output::count(self.done), output::count(self.chunks))
    }

    fn words(&self) -> String {
        let state = self.state.map(word).unwrap_or_default();
        let mut words = format!("{}: {state}, {} chunks, {} rows", self.series_name, self.share(), output::count(self.figures.rows_read));
        if let Some(eta) = self.eta {
            words.push_str(&format!(", over at about {}", sheet::second(eta)));
        }
        words
    }

    fn print(&self) -> std::io::Result<()> {
        let figures = &self.figures;
        let failed = self.failed.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let pause = (self.pause_s > 0).then(|| length::of_seconds(self.pause_s));
        let reason = self.reason.as_ref().map(|reason| format!("{}\n{}", reason.message, reason.advice));
        Sheet::default()
            .line("series", &self.series_name)
            .maybe("state", self.state.map(word))
            .maybe("reason", reason)
            .line("from", &self.from)
            .line("to", &self.to)
            .line("chunks", self.share())
            .maybe("failed", Some(failed))
            .line("open", self.open)
            .line("parallel", self.parallel)
            .maybe("pause", pause)
            .line("rows", output::count(figures.rows_read))
            .line("points", output::count(figures.points_written))
            .line("rejected", output::count(figures.rejected))
            .maybe("rate", self.rows_per_s.map(|rate| format!("{rate:.0} rows/s")))
            .maybe("over at", self.eta.map(|eta| format!("about {}", sheet::second(eta))))
            .maybe("asked for", self.created_at.map(sheet::second))
            .maybe("ended", self.ended_at.map(sheet::second))
            .maybe("id", self.id.as_ref())
            .print()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_a_number_or_a_length_of_time() {
        assert_eq!((chunk("100000"), chunk("1h"), chunk("1h 30m")), (Ok(100_000), Ok(3_600), Ok(5_400)));
        assert!(chunk("many").is_err());
    }
}
