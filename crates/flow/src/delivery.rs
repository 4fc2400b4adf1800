//! Delivery: lines on their way to one connection, until every one of them is acknowledged or a reject.
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

use model::{
    Failure, FailureKind, Figures, LogLevel, Reject,
    edges::{ConnectionAccess, Influx, LineBatch, Traffic, Writer, Written},
};
use tokio::{sync::Semaphore, time::Instant};

use crate::{
    lines::Lines,
    policy::{Jitter, Patience},
    transfer::{Observer, millis},
    write::{Event, Writes},
};

/// Where lines go, and how.
#[derive(Clone)]
pub(crate) struct Destination<'a> {
    pub(crate) influx: &'a dyn Influx,
    pub(crate) connection: &'a ConnectionAccess,
    /// How long a batch is tried again.
    pub(crate) patience: Patience,
    /// As [`crate::transfer::Job::prove_by`].
    pub(crate) prove_by: Option<Instant>,
    /// When given, each request needs one of its permits.
    pub(crate) requests: Option<Arc<Semaphore>>,
}

/// Lines on their way.
pub(crate) struct Delivery<'a> {
    to: Destination<'a>,
    label: String,
    jitter: Jitter,
    open: Option<(Arc<dyn Writer>, Writes)>,
    /// Lines that wait for a write to end; filled only when empty.
    waiting: VecDeque<LineBatch>,
    counted: Figures,
    /// Time spent with writers that are closed.
    waited: Duration,
}

impl<'a> Delivery<'a> {
    /// Contacts nobody. `label` names the write in a folder of files, see [`Influx::open`].
    pub(crate) fn new(to: Destination<'a>, label: String, jitter: Jitter) -> Self {
        Self { to, label, jitter, open: None, waiting: VecDeque::new(), counted: Figures::default(), waited: Duration::ZERO }
    }

    /// From now on under another label. Only after [`Delivery::close`].
    pub(crate) fn relabel(&mut self, label: String) {
        self.label = label;
    }

    /// Makes ready to write, unless that is done.
    ///
    /// # Errors
    /// Those of [`Influx::open`].
    pub(crate) async fn open(&mut self) -> Result<(), Failure> {
        if self.open.is_none() {
            let writer = self.to.influx.open(self.to.connection, &self.label).await?;
            let writes = Writes::new(writer.clone(), self.to.patience, self.to.prove_by, self.to.requests.clone(), self.jitter.split());
            self.open = Some((writer, writes));
        }
        Ok(())
    }

    /// Delivers all that comes of these rows.
    ///
    /// # Errors
    /// The first failure; then some of it may be on its way still: see [`Delivery::drain`] and [`Delivery::abort`].
    pub(crate) async fn deliver(&mut self, lines: &mut Lines, before: Figures, observer: &dyn Observer) -> Result<(), Failure> {
        let mut made_all = false;
        while !made_all || !self.is_idle() {
            self.start().await?;
            let make = !made_all && (self.waiting.is_empty() || lines.is_shaping());
            let writing = self.is_writing();
            tokio::select! {
                biased;
                event = next_event(&mut self.open), if writing => self.wrote(event, observer).await?,
                shaped = lines.next(), if make => match shaped? {
                    Some(shaped) => {
                        self.waiting.extend(shaped.batches);
                        if !shaped.rejects.is_empty() {
                            observer.rejects(shaped.rejects).await?;
                        }
                    }
                    None => made_all = true,
                },
            }
            if lines.rows_ended() {
                observer.read_ended();
            }
            observer.progress(&(before + lines.figures() + self.figures()));
        }
        Ok(())
    }

    /// Delivers these lines.
    ///
    /// # Errors
    /// As [`Delivery::deliver`].
    pub(crate) async fn send(&mut self, lines: Vec<LineBatch>, before: Figures, observer: &dyn Observer) -> Result<(), Failure> {
        self.waiting.extend(lines);
        while !self.is_idle() {
            self.start().await?;
            let event = next_event(&mut self.open).await;
            self.wrote(event, observer).await?;
            observer.progress(&(before + self.figures()));
        }
        Ok(())
    }

    /// Makes durable and visible what was delivered under this label, and closes the writer.
    ///
    /// # Errors
    /// Those of [`Writer::finish`].
    pub(crate) async fn close(&mut self) -> Result<(), Failure> {
        if let Some((writer, _)) = &self.open {
            writer.finish().await?;
        }
        if let Some((_, writes)) = self.open.take() {
            self.waited += writes.waited();
        }
        Ok(())
    }

    /// Waits for what is on the way after something failed, so that the figures tell what arrived; nothing is tried again.
    pub(crate) async fn drain(&mut self, observer: &dyn Observer) {
        self.waiting.clear();
        let until = Writes::drain_until();
        while let Some((_, writes)) = &mut self.open {
            let Some(event) = writes.drain(until).await else { return };
            // The first failure is the cause; what follows it is not told.
            let _first_is_told = self.wrote(event, observer).await;
        }
    }

    /// Stops all writes at once.
    pub(crate) async fn abort(&mut self) {
        self.waiting.clear();
        if let Some((_, writes)) = &mut self.open {
            writes.abort().await;
        }
    }

    /// What was written and sent, and how long that took.
    pub(crate) fn figures(&self) -> Figures {
        let mut figures = self.counted;
        let open = self.open.as_ref().map_or(Duration::ZERO, |(_, writes)| writes.waited());
        figures.phases.write_ms = millis(self.waited + open);
        figures
    }

    fn is_writing(&self) -> bool {
        self.open.as_ref().is_some_and(|(_, writes)| !writes.is_empty())
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.is_writing()
    }

    async fn start(&mut self) -> Result<(), Failure> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.open().await?;
        if let Some((_, writes)) = &mut self.open {
            while writes.has_room() {
                let Some(batch) = self.waiting.pop_front() else { break };
                writes.start(batch);
            }
        }
        Ok(())
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
}

async fn next_event(open: &mut Option<(Arc<dyn Writer>, Writes)>) -> Event {
    match open {
        Some((_, writes)) if !writes.is_empty() => writes.next().await,
        _ => std::future::pending().await,
    }
}

/// Whether every row that was read is accounted for: the last guard against calling a run a success that lost rows.
///
/// # Errors
/// `Internal` when it does not add up.
pub(crate) fn account(figures: &Figures) -> Result<(), Failure> {
    let Figures { rows_read, points_written, rejected, rows_skipped, rows_unchanged, .. } = figures;
    if *rows_read == points_written + rejected + rows_skipped + rows_unchanged {
        return Ok(());
    }
    let doing = format!(
        "of {rows_read} rows read, {points_written} were written, {rejected} rejected, {rows_skipped} skipped and {rows_unchanged} \
         unchanged, which does not add up"
    );
    Err(Failure::new(FailureKind::Internal, doing))
}
