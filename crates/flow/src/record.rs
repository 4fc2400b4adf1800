//! What is known of a run while it runs, between its heartbeats.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use model::{
    Clock, Column, Failure, FailureKind, Figures, LogLevel, LogLine, Reject, RejectPolicy, Stretch, WhenFull, Window,
    edges::{Lease, Progress, Store},
};
use tokio::sync::OwnedSemaphorePermit;

use crate::transfer::Observer;

/// Most lines of one run's log; later warnings are only counted.
const MAX_LOG_LINES: usize = 200;

/// What is known of a run while it runs; the observer of its transfers.
pub(crate) struct Record {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    lease: Lease,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    progress: Progress,
    log_lines: usize,
    rejects: RejectPolicy,
    rejects_are_full: bool,
    is_frozen: bool,
    permit: Option<OwnedSemaphorePermit>,
}

impl Record {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, lease: Lease) -> Self {
        Self { store, clock, lease, known: Mutex::default() }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All lines of the run are kept in the store.
    pub(crate) fn frozen(&self) {
        self.known().is_frozen = true;
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.known().is_frozen
    }

    pub(crate) fn window(&self, window: Option<Window>) {
        self.known().progress.window = window;
    }

    pub(crate) fn stretch(&self, stretch: Stretch) {
        self.known().progress.stretch = Some(stretch);
    }

    /// What follows when there are many rejects.
    pub(crate) fn rejects_by(&self, policy: RejectPolicy) {
        self.known().rejects = policy;
    }

    pub(crate) fn hold(&self, permit: OwnedSemaphorePermit) {
        self.known().permit = Some(permit);
    }

    /// The figures so far, and the log lines since the last time.
    pub(crate) fn take(&self) -> Progress {
        let mut known = self.known();
        let log = std::mem::take(&mut known.progress.log);
        Progress { figures: known.progress.figures, window: known.progress.window, stretch: known.progress.stretch.clone(), log }
    }

    pub(crate) fn give_back(&self, mut log: Vec<LogLine>) {
        let mut known = self.known();
        log.append(&mut known.progress.log);
        known.progress.log = log;
    }
}

#[async_trait]
impl Observer for Record {
    fn opened(&self, columns: &[Column]) {
        let columns: Vec<String> = columns.iter().map(|column| format!("{} {}", column.name, column.kind.as_str())).collect();
        let window = self.known().progress.window;
        let window = window.map(|w| format!(" of [{}, {})", w.start.to_rfc3339(), w.end.to_rfc3339())).unwrap_or_default();
        self.log(LogLevel::Info, format!("reading the rows{window}: {}", columns.join(", ")));
    }

    fn progress(&self, figures: &Figures) {
        self.known().progress.figures = *figures;
    }

    fn log(&self, level: LogLevel, message: String) {
        tracing::debug!(message);
        let at = self.clock.now_micros();
        let mut known = self.known();
        known.log_lines += 1;
        match known.log_lines {
            n if n < MAX_LOG_LINES => known.progress.log.push(LogLine { at, level, message }),
            n if n == MAX_LOG_LINES => {
                let message = "further lines are left out; the figures count on".to_owned();
                known.progress.log.push(LogLine { at, level: LogLevel::Info, message });
            }
            _ => {}
        }
    }

    fn read_ended(&self) {
        self.known().permit = None;
    }

    async fn rejects(&self, rejects: Vec<Reject>) -> Result<(), Failure> {
        let RejectPolicy { limit, when_full } = self.known().rejects;
        if self.known().rejects_are_full {
            return Ok(());
        }
        let kept = self.store.keep_rejects(&self.lease, &rejects, limit).await?;
        if kept >= rejects.len() as u64 {
            return Ok(());
        }
        self.known().rejects_are_full = true;
        let most = Reject::MAX_OF_SERIES;
        match when_full {
            WhenFull::Stop => {
                let doing = format!("more rows could not be written than are kept ({limit} of a run, {most} of a series): it stops here");
                Err(Failure::new(FailureKind::RejectLimit, doing))
            }
            WhenFull::Count => {
                let message = format!("no more rejects are kept ({limit} of a run, {most} of a series), the rest is only counted");
                self.log(LogLevel::Warning, message);
                Ok(())
            }
        }
    }
}
