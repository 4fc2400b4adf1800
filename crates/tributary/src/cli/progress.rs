//! Runs on the terminal: putting them in line, waiting for them, and how each is told.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use model::{Figures, LogLine, RunStatus, Stretch, Trigger, Window, run::Reason};
use serde::Deserialize;
use serde_json::Value;

use super::{
    body::Body,
    client::Client,
    exit::Exit,
    length,
    output::{self, Format},
    sheet::{self, Sheet},
    stretch,
};

/// How often a run that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// A run as the API shows it.
#[derive(Deserialize)]
pub struct RunShown {
    /// Its id.
    pub id: String,
    /// The series' name at the time.
    pub series_name: String,
    /// The instant it stands for.
    pub slot: DateTime<Utc>,
    /// The last of a stretch.
    pub last_slot: DateTime<Utc>,
    /// How many slots it stands for.
    pub slots: u32,
    /// What started it.
    pub trigger: Trigger,
    /// Which try of the slot.
    pub attempt: u32,
    /// Where it stands.
    pub status: RunStatus,
    /// When it was put in line.
    pub queued_at: DateTime<Utc>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// What a window series read.
    pub window: Option<Window>,
    /// What a run of an incremental series read.
    #[serde(default)]
    pub stretch: Option<Stretch>,
    /// Whether its lines wait in the store.
    #[serde(default)]
    pub frozen: bool,
    /// What it did.
    pub figures: Figures,
    /// Why it failed, or was skipped or missed; of a queued run: what it waits for.
    pub reason: Option<Reason>,
    /// Its log, where the answer has it.
    #[serde(default)]
    pub log: Vec<LogLine>,
}

/// How runs are started by hand.
#[derive(Args, Debug)]
pub struct RunOptions {
    /// The instant that the run stands for [default: now]
    #[arg(long, value_name = "INSTANT")]
    slot: Option<DateTime<Utc>>,
    /// Wait for the end, and end with its exit code
    #[arg(long)]
    wait: bool,
}

impl RunOptions {
    /// Puts runs in line by a request to `path` and, if asked, waits for them.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(&self, client: &Client, path: &[&str], format: Format) -> anyhow::Result<Exit> {
        let mut body = Body::default();
        body.put("slot", self.slot)?;
        let answer = client.post(path, &body.into_value()).await?;
        let (queued, several) = queued(&answer)?;
        if queued.is_empty() {
            output::say("no series of the group is enabled: nothing was put in line");
        }
        if !self.wait {
            match format {
                Format::Json => output::json(&answer)?,
                Format::Table => table(&queued)?,
            }
            return Ok(Exit::Done);
        }
        let mut ended = Vec::with_capacity(queued.len());
        for run in &queued {
            ended.push(wait(client, &run.id).await?);
        }
        let runs = ended.iter().map(RunShown::deserialize).collect::<Result<Vec<_>, _>>()?;
        match (format, several) {
            (Format::Json, true) => output::json(&serde_json::json!({ "items": ended }))?,
            (Format::Json, false) => output::json(&ended.into_iter().next())?,
            (Format::Table, _) => {
                for run in &runs {
                    output::say(run.words());
                }
                table(&runs)?;
            }
        }
        Ok(worst(&runs))
    }
}

/// The runs of an answer: one run, or a list of them.
fn queued(answer: &Value) -> Result<(Vec<RunShown>, bool), serde_json::Error> {
    match answer.get("items") {
        Some(items) => Ok((Vec::deserialize(items)?, true)),
        None => Ok((vec![RunShown::deserialize(answer)?], false)),
    }
}

/// The run, as the API shows it, once it has ended.
///
/// # Errors
/// When the server cannot be reached or there is no such run.
pub async fn wait(client: &Client, id: &str) -> anyhow::Result<Value> {
    // Invisible unless standard error is a terminal.
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
    loop {
        let answer = client.get(&["runs", id]).await?;
        let run = RunShown::deserialize(&answer)?;
        if run.status.is_final() {
            bar.finish_and_clear();
            return Ok(answer);
        }
        bar.set_message(run.words());
        bar.tick();
        tokio::time::sleep(LOOK).await;
    }
}

/// Prints runs as a table; ids come last, for `run show`.
///
/// # Errors
/// When standard output cannot be written.
pub fn table(runs: &[RunShown]) -> std::io::Result<()> {
    output::table(
        &["slot", "series", "status", "rows", "points", "rejected", "took", "run"],
        runs.iter().map(|run| {
            vec![
                run.slot_words(),
                run.series_name.clone(),
                status(run.status),
                output::count(run.figures.rows_read),
                output::count(run.figures.points_written),
                output::count(run.figures.rejected),
                run.took(),
                run.id.clone(),
            ]
        }),
    )
}

/// The exit code of these runs together.
pub fn worst(runs: &[RunShown]) -> Exit {
    let codes: Vec<Exit> = runs.iter().map(|run| exit(run.status)).collect();
    [Exit::Failed, Exit::Partial].into_iter().find(|code| codes.contains(code)).unwrap_or(Exit::Done)
}

/// The exit code of a run that ended so.
pub const fn exit(status: RunStatus) -> Exit {
    match status {
        RunStatus::Succeeded | RunStatus::Empty => Exit::Done,
        RunStatus::Partial => Exit::Partial,
        RunStatus::Queued
        | RunStatus::Running
        | RunStatus::Failed
        | RunStatus::Skipped
        | RunStatus::Missed
        | RunStatus::Cancelled
        | RunStatus::Abandoned => Exit::Failed,
    }
}

/// A status as the API writes it.
pub fn status(status: RunStatus) -> String {
    word(status)
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

impl RunShown {
    /// The run in one line.
    pub fn words(&self) -> String {
        let Figures { rows_read, points_written, rejected, .. } = self.figures;
        let mut text = format!("{} {}", self.series_name, status(self.status));
        if self.status != RunStatus::Queued {
            text.push_str(&format!(
                ": {}, {} written",
                output::counted(rows_read, "row read", "rows read"),
                output::counted(points_written, "point", "points")
            ));
        }
        if rejected > 0 {
            text.push_str(&format!(", {} rejected", output::count(rejected)));
        }
        if let Some(reason) = &self.reason {
            if self.status == RunStatus::Queued {
                let frozen = if self.frozen { "its points are kept here; it" } else { "it" };
                text.push_str(&format!(": {frozen} waits: {}\n  try: {}", reason.message, reason.advice));
                return text;
            }
            text.push_str(&format!(": {}\n  try: {}", reason.message, reason.advice));
        }
        text
    }

    /// Everything that is known of the run, its log apart.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn print(&self) -> std::io::Result<()> {
        let figures = &self.figures;
        let counted = |number: u64| (number > 0).then(|| output::count(number));
        let sheet = Sheet::default()
            .line("series", &self.series_name)
            .line("status", status(self.status))
            .line("slot", self.slot_words())
            .maybe("window", self.window.map(|window| format!("{} until {}", sheet::instant(window.start), sheet::instant(window.end))));
        let sheet = match &self.stretch {
            Some(stretch) => stretch::lines(stretch, sheet),
            None => sheet,
        };
        sheet
            .line("started by", word(self.trigger))
            .maybe("attempt", (self.attempt > 1).then_some(self.attempt))
            .line("queued", sheet::instant(self.queued_at))
            .maybe("started", self.started_at.map(sheet::instant))
            .maybe("ended", self.finished_at.map(sheet::instant))
            .maybe("took", Some(self.took()))
            .line("rows read", output::count(figures.rows_read))
            .line("points written", output::count(figures.points_written))
            .line("rejected", output::count(figures.rejected))
            .maybe("rows unchanged", counted(figures.rows_unchanged))
            .maybe("rows skipped", counted(figures.rows_skipped))
            .maybe("values omitted", counted(figures.values_omitted))
            .maybe("values truncated", counted(figures.values_truncated))
            .line("bytes written", output::count(figures.bytes_written))
            .line("bytes sent", output::count(figures.bytes_sent))
            .line("requests", format!("{}, {} of them repeated", output::count(figures.requests), output::count(figures.retries)))
            .line(
                "phases",
                format!(
                    "open {}, read {}, shape {}, write {}",
                    length::of_millis(figures.phases.open_ms),
                    length::of_millis(figures.phases.read_ms),
                    length::of_millis(figures.phases.shape_ms),
                    length::of_millis(figures.phases.write_ms)
                ),
            )
            .maybe("lines", self.frozen.then_some("frozen: they wait here, and the database is not asked again"))
            .maybe(
                if self.status == RunStatus::Queued { "waits because" } else { "reason" },
                self.reason.as_ref().map(|reason| &reason.message),
            )
            .maybe("advice", self.reason.as_ref().map(|reason| &reason.advice))
            .line("run", &self.id)
            .print()
    }

    fn slot_words(&self) -> String {
        match self.slots {
            0 | 1 => sheet::instant(self.slot),
            slots => format!("{} … {} ({slots} slots)", sheet::instant(self.slot), sheet::instant(self.last_slot)),
        }
    }

    fn took(&self) -> String {
        match self.started_at.zip(self.finished_at) {
            Some((started, finished)) => length::of_millis(u64::try_from((finished - started).num_milliseconds()).unwrap_or_default()),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(status: &str) -> RunShown {
        serde_json::from_value(serde_json::json!({
            "id": "i", "series_name": "s", "slot": "2026-11-21T14:05:00Z", "last_slot": "2026-11-21T14:05:00Z", "slots": 1,
            "trigger": "manual", "attempt": 1, "status": status, "queued_at": "2026-11-21T14:05:00Z", "started_at": null, "finished_at": null,
            "window": null, "figures": { "rows_read": 5_000, "points_written": 4_999, "rejected": 1 },
            "reason": { "kind": "mapping", "message": "no column", "advice": "correct it" }
        }))
        .unwrap()
    }

    #[test]
    fn one_failed_run_outweighs_a_partial_one_and_that_a_success() {
        let exits = |statuses: &[&str]| worst(&statuses.iter().map(|status| run(status)).collect::<Vec<_>>());
        assert_eq!(exits(&["succeeded", "empty"]), Exit::Done);
        assert_eq!(exits(&["succeeded", "partial"]), Exit::Partial);
        assert_eq!(exits(&["partial", "failed", "succeeded"]), Exit::Failed);
        assert_eq!(exits(&["cancelled"]), Exit::Failed);
    }

    #[test]
    fn a_run_says_what_it_did_and_why_it_stopped() {
        assert_eq!(run("failed").words(), "s failed: 5 000 rows read, 4 999 points written, 1 rejected: no column\n  try: correct it");
    }

    #[test]
    fn a_run_in_line_says_what_it_waits_for() {
        let waiting = RunShown { frozen: true, ..run("queued") };
        assert_eq!(waiting.words(), "s queued, 1 rejected: its points are kept here; it waits: no column\n  try: correct it");
    }
}
