//! One claimed run, from its plan to its end, under a lease that is kept alive.

use std::{
    pin::pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Clock, Code, Column, Connection, Database, Failure, FailureKind, Figures, Id, LogLevel, LogLine, Mode, Reject, Run, RunStatus, Series,
    Window,
    edges::{Databases, Influx, LEASE, Lease, LeaseState, Progress, RunEnd, RunPlan, Store},
    run::Reason,
};
use tokio::{sync::OwnedSemaphorePermit, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use crate::{
    Settings,
    commit::{self, Attempt},
    limits::Limits,
    policy::Jitter,
    statement,
    transfer::{self, Job, Observer},
};

/// How often the lease is extended and the figures are kept.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// Most lines of one run's log; later warnings are only counted.
const MAX_LOG_LINES: usize = 200;
/// Pauses between tries to tell the store how a run ended.
const COMMIT_PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Why a run is stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A person asked.
    Person,
    /// This process is ending.
    Shutdown,
    /// Another node has the run.
    LeaseLost,
}

/// Stops a run from outside. The first reason counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    token: CancellationToken,
    why: Arc<OnceLock<Why>>,
}

impl Stop {
    pub(crate) fn because(&self, why: Why) {
        let _first_counts = self.why.set(why);
        self.token.cancel();
    }
}

/// What every run of this node shares.
pub(crate) struct Runner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) databases: Arc<dyn Databases>,
    pub(crate) influx: Arc<dyn Influx>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) reads: Limits<Database>,
    pub(crate) requests: Limits<Connection>,
}

/// How the work of a run ended, before the store knows.
struct Ended {
    mode: Option<Mode>,
    result: Result<(), Failure>,
}

impl Runner {
    /// Runs it and tells the store how it ended. When the lease is lost nothing is told: another node owns the run.
    pub(crate) async fn execute(&self, lease: Lease, run: Run, stop: Stop) {
        let span = info_span!("run", run = %run.id, series = %run.series_name, slot = %run.slot, organization = %run.organization_id);
        async {
            tracing::info!(attempt = run.attempt, "run started");
            let record = Record::new(self.store.clone(), self.clock.clone(), lease.clone());
            let ended = self.work_under_lease(&lease, &run, &record, &stop).await;
            let ended = match (stop.why.get(), ended) {
                (Some(Why::LeaseLost), _) => {
                    tracing::warn!("the lease was lost: stopped without an outcome");
                    return;
                }
                (Some(Why::Shutdown), Ended { mode, result: Err(failure) }) if failure.kind == FailureKind::Cancelled => {
                    Ended { mode, result: Err(Failure::new(FailureKind::Interrupted, "the server was stopped")) }
                }
                (Some(Why::Person), Ended { mode, result: Err(_) }) => Ended { mode, result: Err(stopped()) },
                (_, ended) => ended,
            };
            self.commit(&lease, &run, &record, ended, &stop).await;
        }
        .instrument(span)
        .await;
    }

    async fn work_under_lease(&self, lease: &Lease, run: &Run, record: &Record, stop: &Stop) -> Ended {
        let mut work = pin!(self.work(lease, run, record, stop));
        loop {
            tokio::select! {
                biased;
                ended = &mut work => return ended,
                () = sleep(HEARTBEAT) => {}
            }
            // A heartbeat that has begun is let finish, so that the log lines it took are kept.
            let mut ended = None;
            let mut beat = pin!(self.beat(lease, record, stop));
            loop {
                tokio::select! {
                    biased;
                    result = &mut work, if ended.is_none() => ended = Some(result),
                    () = &mut beat => break,
                }
            }
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    async fn beat(&self, lease: &Lease, record: &Record, stop: &Stop) {
        let progress = record.take();
        match self.store.heartbeat(lease, self.clock.now() + LEASE, &progress).await {
            Ok(LeaseState::Held) => {}
            Ok(LeaseState::CancelRequested) => stop.because(Why::Person),
            Ok(LeaseState::Lost) => stop.because(Why::LeaseLost),
            Err(failure) => {
                // The run goes on: if somebody takes it over meanwhile, the lease keeps this one from committing.
                tracing::warn!(error = failure.chain(), "the heartbeat could not be kept");
                record.give_back(progress.log);
            }
        }
    }

    async fn work(&self, lease: &Lease, run: &Run, record: &Record, stop: &Stop) -> Ended {
        let plan = tokio::select! {
            biased;
            () = stop.token.cancelled() => return Ended { mode: None, result: Err(stopped()) },
            plan = self.store.load_plan(lease) => plan,
        };
        let plan = match plan {
            Ok(Some(plan)) => plan,
            Ok(None) => {
                let gone = Failure::new(FailureKind::Cancelled, "the series, its query, its database or its connection was deleted");
                return Ended { mode: None, result: Err(gone) };
            }
            Err(failure) => return Ended { mode: None, result: Err(failure) },
        };
        let result = self.move_rows(&plan, run, record, stop).await;
        Ended { mode: Some(plan.series.spec.mode), result }
    }

    async fn move_rows(&self, plan: &RunPlan, run: &Run, record: &Record, stop: &Stop) -> Result<(), Failure> {
        let series = &plan.series.spec;
        let group = plan.group.as_ref().map(|group| &group.spec);
        let (statement, window) = statement::bind(&plan.query.spec, series, group, run.slot)?;
        record.window(window);
        let reads = self.reads.of(plan.database_id, plan.database.database.max_reads);
        let permit = match reads.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                record.log(LogLevel::Info, "waiting for other runs: the database takes no more statements at once".to_owned());
                tokio::select! {
                    biased;
                    () = stop.token.cancelled() => return Err(stopped()),
                    permit = reads.acquire_owned() => permit.map_err(|error| Failure::new(FailureKind::Internal, "waiting for the database").because(error))?,
                }
            }
        };
        record.hold(permit);
        let label = label(plan.series.id, run.slot);
        let patience = match series.mode {
            Mode::Snapshot => self.settings.snapshot_patience,
            Mode::Window { .. } | Mode::Incremental(_) => self.settings.window_patience,
        };
        let job = Job {
            databases: &*self.databases,
            influx: &*self.influx,
            clock: &*self.clock,
            database: &plan.database,
            statement: &statement,
            connection: &plan.connection,
            mapping: &series.mapping,
            slot: run.slot,
            label: &label,
            read_limits: self.settings.read_limits,
            patience,
            requests: Some(self.requests.of(plan.connection_id, plan.connection.connection.in_flight)),
        };
        let transferred = transfer::transfer(&job, record, &stop.token).await;
        record.progress(&transferred.figures);
        transferred.result
    }

    /// Tells the store how the run ended, until it listens: an outcome that is not on record is a slot without one.
    async fn commit(&self, lease: &Lease, run: &Run, record: &Record, ended: Ended, stop: &Stop) {
        let attempt = Attempt { mode: ended.mode.as_ref(), attempt: run.attempt, max_attempts: self.settings.max_attempts };
        let mut jitter = Jitter::new(&*self.clock);
        let at = self.clock.now_micros();
        let mut end = commit::end(ended.result, attempt, record.take(), at, &mut jitter);
        end.progress.log.push(last_words(&end, at));
        log_end(&end);
        self.tell(lease, &end, || stop.why.get() == Some(&Why::Shutdown)).await;
    }

    /// Tells the store that the run ended by a fault of ours, until it listens. Its figures are lost with it.
    pub(crate) async fn commit_fault(&self, lease: &Lease) {
        let kind = FailureKind::Internal;
        let end = RunEnd {
            status: RunStatus::Failed,
            at: self.clock.now_micros(),
            progress: Progress::default(),
            reason: Some(Reason {
                kind: Some(kind),
                code: Some(Code::Kind(kind)),
                message: "the run ended by a fault".to_owned(),
                advice: kind.advice().to_owned(),
            }),
            retry_at: None,
        };
        self.tell(lease, &end, || false).await;
    }

    async fn tell(&self, lease: &Lease, end: &RunEnd, is_shutting_down: impl Fn() -> bool) {
        let (mut pause, longest) = COMMIT_PAUSE;
        loop {
            match self.store.finish_run(lease, end).await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::warn!(run = %lease.run_id, "the lease was lost before the end was on record: another node owns the run");
                    return;
                }
                Err(failure) => {
                    let error = failure.chain();
                    tracing::error!(run = %lease.run_id, error, "the end of the run could not be put on record, trying again");
                    if is_shutting_down() && pause >= longest {
                        return;
                    }
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }
}

fn stopped() -> Failure {
    Failure::new(FailureKind::Cancelled, "stopped before the end")
}

/// Names the write of a slot: the same series and slot give the same label for ever, whatever the series is called.
fn label(series: Id<Series>, slot: DateTime<Utc>) -> String {
    let precise = if slot.timestamp_subsec_nanos() == 0 { "%Y%m%dT%H%M%SZ" } else { "%Y%m%dT%H%M%S%.6fZ" };
    format!("{}-{series}", slot.format(precise))
}

fn last_words(end: &RunEnd, at: DateTime<Utc>) -> LogLine {
    let figures = &end.progress.figures;
    let mut message = format!("{} rows read, {} points written", figures.rows_read, figures.points_written);
    for (count, what) in [
        (figures.rejected, "rejected"),
        (figures.rows_skipped, "rows skipped because they had no field"),
        (figures.values_omitted, "values omitted"),
        (figures.values_truncated, "values truncated"),
    ] {
        if count > 0 {
            message.push_str(&format!(", {count} {what}"));
        }
    }
    if let Some(reason) = &end.reason {
        message = format!("{}: {}; {message}", status_word(end.status), reason.message);
    }
    if let Some(retry_at) = end.retry_at {
        message.push_str(&format!("; the slot is run again at {}", retry_at.format("%Y-%m-%dT%H:%M:%SZ")));
    }
    let level = match end.status {
        RunStatus::Failed => LogLevel::Error,
        RunStatus::Partial | RunStatus::Cancelled => LogLevel::Warning,
        _ => LogLevel::Info,
    };
    LogLine { at, level, message }
}

const fn status_word(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Failed => "failed",
        RunStatus::Partial => "partial",
        RunStatus::Cancelled => "cancelled",
        _ => "ended",
    }
}

fn log_end(end: &RunEnd) {
    let figures = &end.progress.figures;
    let (rows, points, rejected) = (figures.rows_read, figures.points_written, figures.rejected);
    let status = status_word(end.status);
    match &end.reason {
        Some(reason) if end.status == RunStatus::Failed => {
            tracing::warn!(rows, points, rejected, error = reason.message, retry_at = ?end.retry_at, "run {status}");
        }
        _ => tracing::info!(rows, points, rejected, "run {status}"),
    }
}

/// What is known of a run while it runs; the observer of its transfer.
struct Record {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    lease: Lease,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    progress: Progress,
    log_lines: usize,
    rejects_are_full: bool,
    permit: Option<OwnedSemaphorePermit>,
}

impl Record {
    fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, lease: Lease) -> Self {
        Self { store, clock, lease, known: Mutex::default() }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn window(&self, window: Option<Window>) {
        self.known().progress.window = window;
    }

    fn hold(&self, permit: OwnedSemaphorePermit) {
        self.known().permit = Some(permit);
    }

    /// The figures so far, and the log lines since the last time.
    fn take(&self) -> Progress {
        let mut known = self.known();
        let log = std::mem::take(&mut known.progress.log);
        Progress { figures: known.progress.figures, window: known.progress.window, stretch: known.progress.stretch.clone(), log }
    }

    fn give_back(&self, mut log: Vec<LogLine>) {
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
        if self.known().rejects_are_full {
            return Ok(());
        }
        let kept = self.store.keep_rejects(&self.lease, &rejects, Reject::MAX_KEPT_PER_RUN).await?;
        if kept < rejects.len() as u64 {
            self.known().rejects_are_full = true;
            self.log(LogLevel::Warning, format!("{} rejects are kept, the rest is only counted", Reject::MAX_KEPT_PER_RUN));
        }
        Ok(())
    }
}
