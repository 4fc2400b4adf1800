//! The demo's live table of runs: redrawn in place on a terminal, one line per finished run elsewhere.

use std::{
    collections::HashSet,
    io::{self, IsTerminal},
    time::Duration,
};

use console::Term;
use model::{Id, Organization, Run, RunStatus};
use store::RunFilter;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    cli::output::{count, line, render},
};

/// How often the table is brought up to date.
const PERIOD: Duration = Duration::from_secs(1);
/// How many runs the table shows.
const SHOWN: u32 = 15;
/// How many runs are looked at for new ones: more than can end in one period.
const LOOKED_AT: u32 = 500;

/// Shows runs until `stop`.
///
/// # Errors
/// When the store or standard output fails.
pub(super) async fn show(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let term = Term::stdout();
    let in_place = io::stdout().is_terminal();
    let mut drawn = 0;
    let mut told: HashSet<Id<Run>> = HashSet::new();
    if !in_place {
        // What earlier starts did was told by them.
        let before = runs(&app, LOOKED_AT).await?;
        told.extend(before.iter().filter(|run| run.status.is_final()).map(|run| run.id));
        line(heading())?;
    }
    loop {
        if in_place {
            let shown = runs(&app, SHOWN).await?;
            let text = render(&["slot", "series", "status", "rows", "points", "ms", ""], shown.iter().map(cells));
            term.clear_last_lines(drawn)?;
            drawn = text.lines().count();
            line(text)?;
        } else {
            let mut new: Vec<Run> = runs(&app, LOOKED_AT).await?;
            new.retain(|run| run.status.is_final() && told.insert(run.id));
            new.sort_by_key(|run| (run.finished_at, run.slot));
            for run in &new {
                line(one_line(run))?;
            }
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

async fn runs(app: &App, limit: u32) -> anyhow::Result<Vec<Run>> {
    let filter = RunFilter { limit: limit.into(), ..RunFilter::default() };
    Ok(app.store.list_runs(Organization::DEFAULT, &filter).await?)
}

fn cells(run: &Run) -> Vec<String> {
    vec![
        slot(run),
        run.series_name.to_string(),
        status(run.status).to_owned(),
        count(run.figures.rows_read),
        count(run.figures.points_written),
        took_ms(run),
        run.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default(),
    ]
}

fn heading() -> String {
    format!("{:<20} {:<36} {:<10} {:>6} {:>6} {:>6}", "SLOT", "SERIES", "STATUS", "ROWS", "POINTS", "MS")
}

fn one_line(run: &Run) -> String {
    let [slot, series, status, rows, points, ms, reason] = cells(run).try_into().unwrap_or_default();
    format!("{slot:<20} {series:<36} {status:<10} {rows:>6} {points:>6} {ms:>6}  {reason}").trim_end().to_owned()
}

fn slot(run: &Run) -> String {
    let first = run.slot.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    if run.slots > 1 { format!("{first} +{}", run.slots - 1) } else { first }
}

fn took_ms(run: &Run) -> String {
    match (run.started_at, run.finished_at) {
        (Some(began), Some(ended)) => (ended - began).num_milliseconds().to_string(),
        _ => String::new(),
    }
}

const fn status(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued => "queued",
        RunStatus::Running => "running",
        RunStatus::Succeeded => "succeeded",
        RunStatus::Empty => "empty",
        RunStatus::Partial => "partial",
        RunStatus::Failed => "failed",
        RunStatus::Skipped => "skipped",
        RunStatus::Missed => "missed",
        RunStatus::Cancelled => "cancelled",
        RunStatus::Abandoned => "abandoned",
    }
}
