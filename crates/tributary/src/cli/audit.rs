//! `tributary audit`: the points that a series' rows make, compared with those in InfluxDB.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use model::{
    AuditProgress, AuditState,
    audit::{Every, SumDifference},
    run::Reason,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    backfill,
    client::{Client, ServerOptions},
    exit::Exit,
    output::{self, Format},
    sheet::{self, Sheet},
    stored::items,
};

/// How often an audit that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Compare, hour by hour or day by day, the points that a series' rows make with those in InfluxDB.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary audit start orders --from 2026-11-01 --every day --zone Europe/Berlin --wait
  tributary audit reread 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f --parallel 4")]
pub struct Audit {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Begin an audit
    #[command(
        after_help = "The rows are read by the query and the mapping of a run, and nothing is written. The range ends where the series has delivered
everything: rows that it has not read yet are no difference.

Examples:
  tributary audit start orders --from 2026-11-01 --every day
  tributary audit start orders --from 2026-11-20T00:00:00Z --to 2026-11-21T00:00:00Z --every hour --wait"
    )]
    Start(Start),
    /// List audits, newest first
    #[command(after_help = "Example:\n  tributary audit list --series orders")]
    List {
        /// Only of this series, by name or id
        #[arg(long, value_name = "NAME")]
        series: Option<String>,
        /// Most audits
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Show what an audit found
    #[command(after_help = "Example:\n  tributary audit show 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Show {
        /// Id
        audit: String,
    },
    /// Look on until an audit has ended, and end with its exit code
    #[command(after_help = "Ends with 0 when both sides agree, with 3 when they differ and with 1 when it failed or a person stopped it.

Example:
  tributary audit watch 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Watch {
        /// Id
        audit: String,
    },
    /// End an audit that runs
    #[command(after_help = "Example:\n  tributary audit cancel 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")]
    Cancel {
        /// Id
        audit: String,
    },
    /// Read once more what an audit found to differ, in one backfill
    #[command(after_help = "Missing points come back and changed values are written again. A point that no row makes stays.

Example:
  tributary audit reread 0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f --dry-run")]
    Reread {
        /// Id
        audit: String,
        /// Most chunks side by side, 1 to 8
        #[arg(long, value_name = "CHUNKS", default_value_t = 1)]
        parallel: u32,
        /// Show the plan and begin nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Args, Debug)]
struct Start {
    /// The series, by name or id
    series: String,
    /// Points from this instant on; a date is its first moment in UTC
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    from: DateTime<Utc>,
    /// Points before this instant [default: as far as the series has delivered]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    to: Option<DateTime<Utc>>,
    /// Length of an interval
    #[arg(long, value_enum)]
    every: Length,
    /// IANA zone whose days are meant [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Wait for the end, and end with its exit code
    #[arg(long)]
    wait: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Length {
    /// From one full hour to the next
    Hour,
    /// From midnight to midnight in the zone
    Day,
}

/// An audit as the API shows it.
#[derive(Deserialize)]
struct Shown {
    id: String,
    series: ShownSeries,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    every: Every,
    zone: String,
    state: AuditState,
    reason: Option<Reason>,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    progress: AuditProgress,
    compared: u64,
    differing: u64,
    differences: Vec<ShownDifference>,
    differences_left_out: u64,
}

#[derive(Deserialize)]
struct ShownSeries {
    name: String,
}

#[derive(Deserialize)]
struct ShownDifference {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    points_expected: u64,
    points: u64,
    missing: u64,
    surplus: u64,
    rejected: u64,
    sums: Vec<SumDifference>,
    mendable: bool,
}

/// An instant, or the first moment of a date in UTC.
fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let date = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let instant = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    instant.or_else(date).ok_or_else(|| "give an instant such as 2026-11-21T14:05:00Z, or a date".to_owned())
}

impl Audit {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::Start(start) => start.run(&client, format).await,
            Action::List { series, limit } => list(&client, series, limit, format).await,
            Action::Show { audit } => show(&client.get(&["audits", &audit]).await?, format),
            Action::Watch { audit } => watch(&client, &audit, format).await,
            Action::Cancel { audit } => show(&client.post(&["audits", &audit, "cancel"], &Value::Null).await?, format),
            Action::Reread { audit, parallel, dry_run } => {
                let body = json!({ "parallel": parallel, "dry_run": dry_run });
                backfill::begun(&client.post(&["audits", &audit, "reread"], &body).await?, format)
            }
        }
    }
}

impl Start {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let Self { series, from, to, every, zone, wait } = self;
        let every = match every {
            Length::Hour => Every::Hour,
            Length::Day => Every::Day,
        };
        let mut body = json!({ "from": from, "to": to, "every": every });
        if let Some(zone) = zone {
            body["zone"] = zone.into();
        }
        let answer = client.post(&["series", &series, "audits"], &body).await?;
        if wait { watch(client, &Shown::deserialize(&answer)?.id, format).await } else { show(&answer, format) }
    }
}

async fn list(client: &Client, series: Option<String>, limit: u32, format: Format) -> anyhow::Result<Exit> {
    let mut query = vec![("limit", limit.to_string())];
    query.extend(series.map(|series| ("series", series)));
    let answer = client.get_with(&["audits"], &query).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let audits: Vec<Shown> = items(answer)?;
    if audits.is_empty() {
        output::say("no audits");
    }
    output::table(
        &["series", "from", "to", "every", "state", "differing", "rows", "audit"],
        audits.into_iter().map(|one| {
            let (state, every, differing) = (word(one.state), word(one.every), one.share());
            let rows = output::count(one.progress.rows);
            vec![one.series.name, sheet::second(one.from), sheet::second(one.to), every, state, differing, rows, one.id]
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

async fn watch(client: &Client, id: &str, format: Format) -> anyhow::Result<Exit> {
    // Invisible unless standard error is a terminal.
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    bar.set_style(style);
    loop {
        let answer = client.get(&["audits", id]).await?;
        let shown = Shown::deserialize(&answer)?;
        let exit = match shown.state {
            AuditState::Agrees => Exit::Done,
            AuditState::Differs => Exit::Partial,
            AuditState::Failed | AuditState::Cancelled => Exit::Failed,
            AuditState::Running => {
                bar.set_message(shown.words());
                bar.tick();
                tokio::time::sleep(LOOK).await;
                continue;
            }
        };
        bar.finish_and_clear();
        if format == Format::Table {
            output::say(shown.words());
        }
        show(&answer, format)?;
        return Ok(exit);
    }
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Shown {
    fn share(&self) -> String {
        format!("{} of {}", output::count(self.differing), output::count(self.compared))
    }

    fn words(&self) -> String {
        let compared = if self.state == AuditState::Running { String::new() } else { format!(", {} differ", self.share()) };
        format!("{}: {}{compared}, {} rows", self.series.name, word(self.state), output::count(self.progress.rows))
    }

    fn print(&self) -> std::io::Result<()> {
        let reason = self.reason.as_ref().map(|reason| format!("{}\n{}", reason.message, reason.advice));
        Sheet::default()
            .line("series", &self.series.name)
            .line("state", word(self.state))
            .maybe("reason", reason)
            .line("from", sheet::second(self.from))
            .line("to", sheet::second(self.to))
            .line("every", format!("{} ({})", word(self.every), self.zone))
            .line("differing", self.share())
            .line("rows", output::count(self.progress.rows))
            .line("asked for", sheet::second(self.started_at))
            .maybe("ended", self.ended_at.map(sheet::second))
            .line("id", &self.id)
            .print()?;
        if self.differences.is_empty() {
            return Ok(());
        }
        output::table(
            &["from", "to", "expected", "found", "missing", "surplus", "rejected", "sums", "reread mends"],
            self.differences.iter().map(ShownDifference::row),
        )?;
        if self.differences_left_out > 0 {
            output::say(format!("and {} more", output::count(self.differences_left_out)));
        }
        Ok(())
    }
}

impl ShownDifference {
    fn row(&self) -> Vec<String> {
        let sums: Vec<String> = self.sums.iter().map(|sum| format!("{} {} for {}", sum.field, sum.found, sum.expected)).collect();
        let counts = [self.points_expected, self.points, self.missing, self.surplus, self.rejected].map(output::count);
        let mends = if self.mendable { "yes" } else { "no" };
        let times = [sheet::second(self.from), sheet::second(self.to)];
        times.into_iter().chain(counts).chain([sums.join(", "), mends.to_owned()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_may_be_a_date() {
        assert_eq!(instant("2026-11-21").unwrap(), instant("2026-11-21T01:00:00+01:00").unwrap());
        assert!(instant("yesterday").is_err());
    }
}
