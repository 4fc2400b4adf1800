//! One statement's rows to InfluxDB, without any store: what a run does, and what `tributary copy` does.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Clock, Column, Failure, FailureKind, Figures, LogLevel, Mapping, Reject, Statement,
    edges::{ConnectionAccess, DatabaseAccess, Databases, Influx, ReadLimits},
};
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    delivery::{self, Delivery, Destination},
    lines::Lines,
    policy::{Jitter, Patience},
    shape::Shape,
};

/// What is read and where it is written.
pub struct Job<'a> {
    /// The SQL databases.
    pub databases: &'a dyn Databases,
    /// The InfluxDB connections.
    pub influx: &'a dyn Influx,
    /// Spreads the pauses between tries.
    pub clock: &'a dyn Clock,
    /// Where the statement runs.
    pub database: &'a DatabaseAccess,
    /// What is read.
    pub statement: &'a Statement,
    /// Where the points go.
    pub connection: &'a ConnectionAccess,
    /// How a row becomes a point.
    pub mapping: &'a Mapping,
    /// The time of points without a time column.
    pub slot: DateTime<Utc>,
    /// Names the write in a folder of files, see [`Influx::open`].
    pub label: &'a str,
    /// How much of the result is held at once.
    pub read_limits: ReadLimits,
    /// How long a batch is tried again.
    pub patience: Patience,
    /// Until the first write has succeeded, a write is not tried again after this.
    pub prove_by: Option<Instant>,
    /// When given, each request needs one of its permits: the limit of a connection that several runs share.
    pub requests: Option<Arc<Semaphore>>,
}

/// Hears how a transfer goes. Called from the task of the transfer; must return soon.
#[async_trait]
pub trait Observer: Send + Sync {
    /// The database accepted the statement; these are the columns of its result.
    fn opened(&self, columns: &[Column]) {
        let _ = columns;
    }

    /// The figures so far, after each step.
    fn progress(&self, figures: &Figures);

    /// Something a person may want to know.
    fn log(&self, level: LogLevel, message: String);

    /// The database is no longer needed: it said end of rows, or reading stopped. May be said twice.
    fn read_ended(&self) {}

    /// Rows and lines that could not be written, in no particular order.
    ///
    /// # Errors
    /// When they could not be kept; the transfer then fails, because a row must be written or kept.
    async fn rejects(&self, rejects: Vec<Reject>) -> Result<(), Failure>;
}

/// How a transfer ended.
#[derive(Debug)]
pub struct Transferred {
    /// What it did, also when it failed.
    pub figures: Figures,
    /// `Ok` only when the database said end of rows, every line was acknowledged or is a reject, the writer is finished, and the figures
    /// account for every row.
    pub result: Result<(), Failure>,
}

/// Moves the rows of one statement. Ends early when `cancel` is cancelled, with a failure of kind `Cancelled`; the statement is then
/// stopped on the server and no write is on the way any more.
///
/// A failed transfer may be repeated: what it wrote is overwritten by the same points. Two rows of one result that become the same point
/// (same measurement, tags and time) with different fields are written in no stated order, because several batches are on the way at once.
pub async fn transfer(job: &Job<'_>, observer: &dyn Observer, cancel: &CancellationToken) -> Transferred {
    let mut work = Work { delivery: None, lines: None, open: Duration::ZERO };
    let result = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(cancelled()),
        moved = work.run(job, observer) => moved,
    };
    let result = match result {
        Ok(()) => delivery::account(&work.figures()),
        Err(failure) => {
            work.stop(observer, &failure).await;
            Err(failure)
        }
    };
    Transferred { figures: work.figures(), result }
}

pub(crate) fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "stopped before the end")
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What a transfer holds, so that it can be stopped at any point.
struct Work<'a> {
    delivery: Option<Delivery<'a>>,
    lines: Option<Lines>,
    open: Duration,
}

impl<'a> Work<'a> {
    async fn run(&mut self, job: &Job<'a>, observer: &dyn Observer) -> Result<(), Failure> {
        let began = Instant::now();
        let opened = job.databases.read(job.database, job.statement, job.read_limits).await;
        self.open = began.elapsed();
        let rows = opened?;
        observer.opened(rows.columns());
        let shape = Shape { influx: job.influx, connection: job.connection, mapping: job.mapping, slot: job.slot, asks: true };
        let shaper = shape.shaper(&rows.schema(), observer).await?;
        let to = Destination {
            influx: job.influx,
            connection: job.connection,
            patience: job.patience,
            prove_by: job.prove_by,
            requests: job.requests.clone(),
        };
        let delivery = self.delivery.insert(Delivery::new(to, job.label.to_owned(), Jitter::new(job.clock)));
        delivery.open().await?;
        let lines = self.lines.insert(Lines::new(rows, shaper));
        let mut before = Figures::default();
        before.phases.open_ms = millis(self.open);
        delivery.deliver(lines, before, observer).await?;
        delivery.close().await
    }

    /// Leaves nothing behind: the statement is stopped, and what is on the way is waited for, so that the figures tell what arrived;
    /// unless it must stop at once.
    async fn stop(&mut self, observer: &dyn Observer, failure: &Failure) {
        if let Some(lines) = &mut self.lines {
            lines.stop().await;
        }
        observer.read_ended();
        if let Some(delivery) = &mut self.delivery {
            if failure.kind == FailureKind::Cancelled { delivery.abort().await } else { delivery.drain(observer).await }
        }
    }

    fn figures(&self) -> Figures {
        let mut figures =
            self.lines.as_ref().map(Lines::figures).unwrap_or_default() + self.delivery.as_ref().map(Delivery::figures).unwrap_or_default();
        figures.phases.open_ms = millis(self.open);
        figures
    }
}
