//! An audit: what a series' rows would be as points now, and what is in InfluxDB, counted hour by hour or day by day.
//!
//! ```text
//!  rows ──the mapping of a run──▶ lines ──▶ book ◀── counts and sums ── InfluxDB
//!  (rows)                                    │                          (points)
//!                                            └──▶ differences
//! ```
//!
//! Only counts are kept: of each interval the rows, the points, and per field how many values there are and what they add up to. `plan` says how
//! far an audit may go and what is read again when it differs; `time` what a cursor says of the time of its row's point; `auditors` are those
//! that run.
//!
//! Known weakness: counts are compared, not points. As many points that no row makes as there are missing show in the sums alone.

mod auditors;
mod book;
mod plan;
mod points;
mod rows;
mod time;

use chrono::{DateTime, Utc};
use model::{
    Audit, AuditPlan, AuditProgress, AuditState, Cursor, Database, Failure, FailureKind, FieldTypes, Group, Id, Mode, Query, Series,
    audit::Found,
    edges::{AuditEnd, Audits, ConnectionAccess, DatabaseAccess},
};
use tokio_util::sync::CancellationToken;

pub(crate) use auditors::Auditors;
pub use plan::{again, delivered_until};

use crate::{commit, run::Runner, transfer::cancelled};
use book::Book;
use rows::{Part, fingerprint};

/// All that an audit needs, secrets opened.
pub struct Job {
    /// What is compared.
    pub plan: AuditPlan,
    /// The series.
    pub series: Series,
    /// Its query.
    pub query: Query,
    /// Its group.
    pub group: Option<Group>,
    /// Where the query runs.
    pub database_id: Id<Database>,
    /// The same, with its secrets.
    pub database: DatabaseAccess,
    /// Where the points are.
    pub connection: ConnectionAccess,
    /// How far an incremental series has come.
    pub cursor: Cursor,
}

/// One audit at work.
struct Auditor<'a> {
    audit: Id<Audit>,
    runner: &'a Runner,
    job: &'a Job,
    keeper: &'a dyn Audits,
    /// Absent while a thread counts.
    book: Option<Book>,
    /// Of the fields in InfluxDB, once they were asked for.
    types: Option<FieldTypes>,
    progress: AuditProgress,
}

/// Compares, and tells the keeper how it ended.
async fn work(audit: Id<Audit>, runner: &Runner, job: &Job, keeper: &dyn Audits, stop: &CancellationToken) {
    let mut auditor =
        Auditor { audit, runner, job, keeper, book: Some(Book::new(&job.plan)), types: None, progress: AuditProgress::default() };
    let result = tokio::select! {
        biased;
        () = stop.cancelled() => Err(cancelled()),
        result = auditor.run() => result,
    };
    // When a person stopped it, that has been kept before.
    let stopped = || Failure::new(FailureKind::Interrupted, "the server was stopped");
    let result = if stop.is_cancelled() { result.map_err(|_| stopped()) } else { result };
    end(audit, runner, keeper, auditor.progress, result).await;
}

/// Tells the keeper.
async fn end(audit: Id<Audit>, runner: &Runner, keeper: &dyn Audits, progress: AuditProgress, result: Result<Found, Failure>) {
    let (state, found, reason) = match result {
        Ok(found) if found.differing == 0 => (AuditState::Agrees, found, None),
        Ok(found) => (AuditState::Differs, found, None),
        Err(failure) if failure.kind == FailureKind::Interrupted => {
            (AuditState::Failed, Found::default(), Some(commit::reason(&failure, "start it again".to_owned())))
        }
        Err(failure) => (AuditState::Failed, Found::default(), Some(commit::reason(&failure, failure.advice()))),
    };
    let end = AuditEnd { state, at: runner.clock.now_micros(), progress, found, reason };
    if let Err(failure) = keeper.end_audit(audit, &end).await {
        tracing::error!(%audit, error = failure.chain(), "the end of an audit could not be put on record");
    }
}

impl Auditor<'_> {
    async fn run(&mut self) -> Result<Found, Failure> {
        let mut column = None;
        match &self.job.series.mode {
            Mode::Snapshot => return Err(Failure::new(FailureKind::Internal, "a snapshot series cannot be audited")),
            Mode::Window { .. } => {
                self.windows().await?;
                self.ask().await?;
            }
            Mode::Incremental(settings) => {
                column = self.pages(settings, Part::Delivered).await?;
                self.ask().await?;
                for part in [Part::BelowStart, Part::Behind, Part::WithoutCursor] {
                    self.pages(settings, part).await?;
                }
            }
        }
        self.rejects().await?;
        let fingerprint = fingerprint(self.job);
        Ok(self.book_mut()?.compare(column.as_ref().map(|column| (column, fingerprint.as_str()))))
    }

    fn book_mut(&mut self) -> Result<&mut Book, Failure> {
        self.book.as_mut().ok_or_else(|| Failure::new(FailureKind::Internal, "what was counted was lost"))
    }

    /// The slot that rows with a time of their own are shaped for: no point has its time.
    fn slot(&self) -> DateTime<Utc> {
        self.job.plan.to
    }

    async fn tell_progress(&self) -> Result<(), Failure> {
        if self.keeper.keep_audit(self.audit, self.progress).await? { Ok(()) } else { Err(cancelled()) }
    }
}
