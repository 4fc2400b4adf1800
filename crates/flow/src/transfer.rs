//! One statement's rows to InfluxDB, without any store: what a run does, and what `tributary copy` does.
//!
//! ```text
//!  reader task ──2 batches──▶ this task ──1 batch──▶ shaper (blocking thread)
//!                                │  ◀──line batches──────┘
//!                                └──▶ up to `Writer::in_flight` writes, each a task of its own
//! ```
//!
//! Every stage is bounded, so memory does not depend on the size of the result: the shaper is given rows only when all lines it gave
//! before are on their way, and the reader waits when the shaper is busy.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Clock, Column, Failure, FailureKind, Figures, LogLevel, Mapping, Reject, Statement,
    edges::{ConnectionAccess, DatabaseAccess, Databases, Influx, LineBatch, ReadLimits, Shaped, Traffic, Written},
};
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    policy::{Jitter, Patience},
    read::{Read, Reading},
    shape::Shaping,
    write::{Event, Writes},
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
    let began = Instant::now();
    let opened = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(cancelled()),
        opened = Pipeline::open(job, observer, began) => opened,
    };
    let mut pipeline = match opened {
        Ok(pipeline) => pipeline,
        Err(failure) => {
            observer.read_ended();
            let mut figures = Figures::default();
            figures.phases.open_ms = millis(began.elapsed());
            return Transferred { figures, result: Err(failure) };
        }
    };
    let result = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(cancelled()),
        moved = pipeline.run(observer) => moved,
    };
    let result = match result {
        Ok(()) => pipeline.account(),
        Err(failure) => pipeline.stop(observer, failure).await,
    };
    Transferred { figures: pipeline.figures(), result }
}

fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "stopped before the end")
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

struct Pipeline {
    reading: Reading,
    shaping: Shaping,
    writes: Writes,
    writer: Arc<dyn model::edges::Writer>,
    /// Lines that wait for a write to end; filled only when empty.
    waiting: VecDeque<LineBatch>,
    rows_ended: bool,
    /// All figures but the phases.
    counted: Figures,
    open: Duration,
}

impl Pipeline {
    async fn open(job: &Job<'_>, observer: &dyn Observer, began: Instant) -> Result<Self, Failure> {
        let rows = job.databases.read(job.database, job.statement, job.read_limits).await?;
        let open = began.elapsed();
        observer.opened(rows.columns());
        let shaper = job.influx.shaper(&job.connection.connection, job.mapping, &rows.schema(), job.slot)?;
        let writer = job.influx.open(job.connection, job.label).await?;
        Ok(Self {
            reading: Reading::start(rows),
            shaping: Shaping::new(shaper),
            writes: Writes::new(writer.clone(), job.patience, job.requests.clone(), Jitter::new(job.clock)),
            writer,
            waiting: VecDeque::new(),
            rows_ended: false,
            counted: Figures::default(),
            open,
        })
    }

    async fn run(&mut self, observer: &dyn Observer) -> Result<(), Failure> {
        loop {
            while self.writes.has_room() {
                let Some(batch) = self.waiting.pop_front() else { break };
                self.writes.start(batch);
            }
            let shaper_wants_rows = self.shaping.is_idle() && !self.rows_ended && self.waiting.is_empty();
            let shaper_is_done = !self.shaping.is_idle() && !self.shaping.is_working();
            if shaper_is_done && self.waiting.is_empty() && self.writes.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                event = self.writes.next(), if !self.writes.is_empty() => self.wrote(event, observer).await?,
                shaped = self.shaping.done(), if self.shaping.is_working() => self.shaped(shaped?, observer).await?,
                read = self.reading.next(), if shaper_wants_rows => match read? {
                    Read::Rows(rows) => {
                        self.counted.rows_read += rows.num_rows() as u64;
                        self.shaping.rows(rows);
                    }
                    Read::End => {
                        self.rows_ended = true;
                        observer.read_ended();
                        self.shaping.finish();
                    }
                },
            }
            observer.progress(&self.figures());
        }
        self.writer.finish().await
    }

    async fn shaped(&mut self, shaped: Shaped, observer: &dyn Observer) -> Result<(), Failure> {
        self.counted.rows_skipped += shaped.rows_skipped;
        self.counted.values_omitted += shaped.values_omitted;
        self.counted.values_truncated += shaped.values_truncated;
        self.waiting.extend(shaped.batches);
        self.rejected(shaped.rejects, observer).await
    }

    async fn wrote(&mut self, event: Event, observer: &dyn Observer) -> Result<(), Failure> {
        match event {
            Event::Again { traffic, failure, pause } => {
                self.count_traffic(traffic);
                self.counted.retries += 1;
                observer.log(
                    LogLevel::Warning,
                    format!("a write failed, the same lines are sent again in {:.1} s: {failure}", pause.as_secs_f64()),
                );
                Ok(())
            }
            Event::Done { traffic, result } => {
                self.count_traffic(traffic);
                let Written { points, bytes, rejects } = result?;
                self.counted.points_written += points;
                self.counted.bytes_written += bytes;
                self.rejected(rejects, observer).await
            }
        }
    }

    fn count_traffic(&mut self, traffic: Traffic) {
        self.counted.requests += traffic.requests;
        self.counted.bytes_sent += traffic.bytes;
    }

    async fn rejected(&mut self, rejects: Vec<Reject>, observer: &dyn Observer) -> Result<(), Failure> {
        if rejects.is_empty() {
            return Ok(());
        }
        self.counted.rejected += rejects.len() as u64;
        observer.rejects(rejects).await
    }

    /// Whether every row that was read is accounted for: the last guard against calling a run a success that lost rows.
    fn account(&self) -> Result<(), Failure> {
        let Figures { rows_read, points_written, rejected, rows_skipped, .. } = self.counted;
        if rows_read == points_written + rejected + rows_skipped {
            return Ok(());
        }
        Err(Failure::new(
            FailureKind::Internal,
            format!(
                "of {rows_read} rows read, {points_written} were written, {rejected} rejected and {rows_skipped} skipped, which does not add up"
            ),
        ))
    }

    /// Leaves nothing behind: the statement is stopped, and what is on the way is waited for, so that the figures tell what arrived;
    /// unless it must stop at once.
    async fn stop(&mut self, observer: &dyn Observer, failure: Failure) -> Result<(), Failure> {
        self.reading.stop().await;
        observer.read_ended();
        if failure.kind == FailureKind::Cancelled {
            self.writes.abort().await;
            return Err(failure);
        }
        let until = Writes::drain_until();
        while let Some(event) = self.writes.drain(until).await {
            // The first failure is the cause; what follows it is not told.
            let _first_is_told = self.wrote(event, observer).await;
        }
        Err(failure)
    }

    fn figures(&self) -> Figures {
        let mut figures = self.counted;
        figures.phases.open_ms = millis(self.open);
        figures.phases.read_ms = millis(self.reading.waited);
        figures.phases.shape_ms = millis(self.shaping.worked);
        figures.phases.write_ms = millis(self.writes.waited());
        figures
    }
}
