//! `tributary copy`: one transfer from a database to a connection, without any server.

mod options;
mod progress;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use flow::{
    Patience,
    transfer::{Job, Transferred, transfer},
};
use influx::{Discard, Drivers};
use model::{
    Clock, Failure, FailureKind, Figures, Statement, Value, Verdict,
    edges::{Influx, ReadLimits},
};
pub use options::Copy;
use progress::Meter;
use serde::Serialize;
use sql::Engines;
use tokio_util::sync::CancellationToken;

use super::{
    exit::Exit,
    output::{self, Format, count},
};
use crate::{clock::MachineClock, serving};

/// What a copy did, for programs.
#[derive(Serialize)]
struct Report<'a> {
    status: &'static str,
    dry_run: bool,
    seconds: f64,
    rows_per_s: f64,
    #[serde(flatten)]
    figures: &'a Figures,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Reported>,
}

#[derive(Serialize)]
struct Reported {
    kind: FailureKind,
    message: String,
    advice: String,
}

impl Copy {
    /// Copies, and says what was done: figures on standard output, everything else on standard error.
    ///
    /// # Errors
    /// When the copy cannot begin; a copy that began and failed says so in its figures and its exit code.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let clock: Arc<dyn Clock> = Arc::new(MachineClock);
        let stop = serving::stop_on_signal()?;
        let databases = Engines::new();
        let drivers: Arc<dyn Influx> = Arc::new(Drivers::new(clock.clone())?);
        let plan = self.plan(clock.clone()).await?;
        if !self.dry_run && !self.unchecked {
            check(drivers.as_ref(), &plan.connection).await?;
        }
        let influx: Arc<dyn Influx> = if self.dry_run { Arc::new(Discard(drivers)) } else { drivers };

        let meter = Meter::start(self.quiet);
        let job = Job {
            databases: &databases,
            influx: influx.as_ref(),
            clock: clock.as_ref(),
            database: &plan.database,
            statement: &plan.statement,
            connection: &plan.connection,
            mapping: &plan.mapping,
            slot: plan.slot,
            label: &plan.label,
            read_limits: ReadLimits { max_rows: self.limit, ..ReadLimits::default() },
            patience: Patience::COPY,
            prove_by: None,
            requests: None,
        };
        let began = std::time::Instant::now();
        let done = transfer_and_count(&job, &meter, &stop, self.counts(&meter)).await;
        let seconds = began.elapsed().as_secs_f64();
        let rejects = meter.finish();
        self.report(format, seconds, &done.figures, done.result.as_ref().err(), &rejects)
    }

    fn report(
        &self,
        format: Format,
        seconds: f64,
        figures: &Figures,
        failure: Option<&Failure>,
        rejects: &[model::Reject],
    ) -> anyhow::Result<Exit> {
        let (status, exit) = match failure {
            Some(failure) if failure.kind == FailureKind::Cancelled => ("cancelled", Exit::Failed),
            Some(failure) => ("failed", Exit::of(failure.kind)),
            None if figures.rejected > 0 => ("partial", Exit::Partial),
            None if figures.points_written == 0 => ("empty", Exit::Done),
            None => ("succeeded", Exit::Done),
        };
        let rows_per_s = if seconds > 0.0 { figures.rows_read as f64 / seconds } else { 0.0 };
        for reject in rejects {
            output::say(format!("row {}: {}", reject.row, reject.reason));
        }
        let untold = figures.rejected.saturating_sub(rejects.len() as u64);
        if untold > 0 && !rejects.is_empty() {
            output::say(format!("and {} more rows that were rejected", count(untold)));
        }
        match format {
            Format::Json => {
                let failure = failure.map(|failure| Reported { kind: failure.kind, message: failure.chain(), advice: failure.advice() });
                output::json(&Report { status, dry_run: self.dry_run, seconds, rows_per_s, figures, failure })?;
            }
            Format::Table => {
                let verb = if self.dry_run { "would be written (dry run)" } else { "written" };
                output::line(format!(
                    "{status}: {} rows read, {} points {verb}, {} rejected, {} skipped, {:.1} MB of line protocol in {seconds:.2} s ({} rows/s)",
                    count(figures.rows_read),
                    count(figures.points_written),
                    count(figures.rejected),
                    count(figures.rows_skipped),
                    figures.bytes_written as f64 / 1e6,
                    count(rows_per_s as u64)
                ))?;
                if let Some(failure) = failure {
                    output::say(format!("error: {}", failure.chain()));
                    output::say(format!("  try: {}", failure.advice()));
                }
            }
        }
        Ok(exit)
    }
}

/// Everything a copy needs, worked out from its options.
struct Plan {
    database: model::edges::DatabaseAccess,
    statement: Statement,
    connection: model::edges::ConnectionAccess,
    mapping: model::Mapping,
    slot: DateTime<Utc>,
    label: String,
}

/// Checks the connection as a run would use it, and says nothing unless something is wrong.
async fn check(influx: &dyn Influx, access: &model::edges::ConnectionAccess) -> anyhow::Result<()> {
    let mut failed = None;
    influx
        .check(access, &mut |finding| match finding.verdict {
            Verdict::Passed => {}
            Verdict::Warning => output::say(format!("warning: {}: {}", finding.step, finding.detail)),
            Verdict::Failed => {
                failed = Some(Failure::new(
                    finding.kind.unwrap_or(FailureKind::InfluxUnexpected),
                    format!("the connection does not work ({}): {}", finding.step, finding.detail),
                ));
            }
        })
        .await;
    failed.map_or(Ok(()), |failure| Err(failure.into()))
}

/// The transfer, and beside it the count of its rows, which only feeds the estimate: it ends with the transfer, finished or not.
async fn transfer_and_count(job: &Job<'_>, meter: &Meter, stop: &CancellationToken, count: bool) -> Transferred {
    let transferring = transfer(job, meter, stop);
    if !count {
        return transferring.await;
    }
    tokio::pin!(transferring);
    tokio::select! {
        done = &mut transferring => done,
        () = count_rows(job, meter) => transferring.await,
    }
}

/// Counts the rows beside the copy, so that the bar can say how long it will take. A count that fails leaves the bar without an end.
async fn count_rows(job: &Job<'_>, meter: &Meter) {
    let sql = format!("SELECT count(*) AS n FROM (\n{}\n) AS counted", job.statement.sql.trim().trim_end_matches(';'));
    let statement = Statement { sql, values: job.statement.values.clone() };
    let counted = async {
        let mut rows = job.databases.read(job.database, &statement, ReadLimits::default()).await?;
        rows.next().await
    };
    match counted.await {
        Ok(Some(batch)) => {
            let numbers = batch.column(0).as_any().downcast_ref::<arrow_array::Int64Array>();
            if let Some(total) = numbers.and_then(|numbers| u64::try_from(numbers.value(0)).ok()) {
                meter.expect(total);
            }
        }
        Ok(None) => {}
        Err(failure) => tracing::debug!(error = failure.chain(), "rows could not be counted"),
    }
}

/// A value given as `NAME=TEXT`: a number, a truth value or an instant when it reads as one, else text; `NAME:TYPE=TEXT` says which.
fn guess(text: &str) -> Value {
    use model::ParameterType as T;
    [T::Integer, T::Float, T::Boolean, T::Instant]
        .into_iter()
        .find_map(|kind| kind.parse(text).ok())
        .unwrap_or_else(|| Value::Text(text.to_owned()))
}
