//! One claimed run, from its plan to its end, under a lease that is kept alive.

use std::{
    pin::pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use chrono::{DateTime, Utc};
use model::{
    Clock, Code, Connection, Database, Failure, FailureKind, Id, LogLevel, LogLine, Mode, Run, RunStatus,
    backfill::Part,
    edges::{Databases, Holding, Influx, LEASE, Lease, LeaseState, Progress, Refusal, RunEnd, Store, Waiting},
    run::Reason,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use crate::{
    Settings, backfill,
    commit::{self, Attempt},
    freezing, incremental,
    left_out::LeftOut,
    limits::Limits,
    pens::Pens,
    policy::{self, Jitter},
    record::Record,
    stage::{Halt, Stage},
    transfer::{Observer, cancelled},
    window,
};

/// How often the lease is extended and the figures are kept.
const HEARTBEAT: Duration = Duration::from_secs(2);
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
    pub(crate) token: CancellationToken,
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
    pub(crate) reads: Limits<Id<Database>>,
    pub(crate) requests: Limits<Id<Connection>>,
    pub(crate) pens: Pens,
    pub(crate) left_out: LeftOut,
}

/// How the work of a run ended, before the store knows.
struct Ended {
    /// Whether another try has the same rows.
    repeatable: bool,
    outcome: Outcome,
}

enum Outcome {
    /// It is over.
    Over(Result<(), Failure>),
    /// It goes back in line.
    Waits { refused: Option<Refusal>, waits: Option<Waiting> },
}

/// What the store is told of a run.
#[derive(Clone, Copy)]
enum Word<'a> {
    End(&'a RunEnd),
    Back(&'a Holding),
}

impl Ended {
    fn over(repeatable: bool, result: Result<(), Failure>) -> Self {
        Self { repeatable, outcome: Outcome::Over(result) }
    }
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
                (Some(Why::Shutdown), Ended { repeatable, outcome: Outcome::Over(Err(failure)) })
                    if failure.kind == FailureKind::Cancelled =>
                {
                    Ended::over(repeatable, Err(Failure::new(FailureKind::Interrupted, "the server was stopped")))
                }
                (Some(Why::Person), Ended { outcome: Outcome::Over(Ok(())), repeatable }) => Ended::over(repeatable, Ok(())),
                (Some(Why::Person), Ended { repeatable, .. }) => Ended::over(repeatable, Err(cancelled())),
                (_, ended) => ended,
            };
            match ended {
                Ended { repeatable, outcome: Outcome::Over(result) } => {
                    self.commit(&lease, &run, &record, repeatable, result, &stop).await;
                }
                Ended { outcome: Outcome::Waits { refused, waits }, .. } => {
                    let at = self.clock.now_micros();
                    self.put_back(&lease, &Holding { at, refused, waits, progress: record.take() }, &stop).await;
                }
            }
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
            () = stop.token.cancelled() => return Ended::over(true, Err(cancelled())),
            plan = self.store.load_plan(lease) => plan,
        };
        let plan = match plan {
            Ok(Some(plan)) => plan,
            Ok(None) => {
                let gone = Failure::new(FailureKind::Cancelled, "the series, its query, its database or its connection was deleted");
                return Ended::over(true, Err(gone));
            }
            Err(failure) => return Ended::over(true, Err(failure)),
        };
        record.rejects_by(plan.series.spec.rejects);
        let stage = Stage { runner: self, plan: &plan, run, lease, record, stop };
        let result = match (&plan.series.spec.mode, run.chunk.as_ref().map(|chunk| &chunk.part)) {
            // Whatever the series has become meanwhile: what is frozen cannot be read again.
            _ if plan.frozen.is_some() => freezing::run(&stage).await,
            (Mode::Window { .. }, None | Some(Part::Slot(_))) => window::run(&stage).await,
            (Mode::Snapshot, None) => freezing::run(&stage).await,
            (Mode::Incremental(settings), None) => incremental::run(&stage, settings).await,
            (Mode::Incremental(settings), Some(Part::Range { from, to, fingerprint })) => {
                incremental::run_chunk(&stage, settings, from, to, fingerprint).await
            }
            _ => Err(Halt::Failed(backfill::of_another_mode())),
        };
        let outcome = match result {
            Ok(()) => Outcome::Over(Ok(())),
            Err(Halt::Failed(failure)) if policy::holds(&failure) => {
                let now = self.clock.now_micros();
                let next_probe_at = policy::next_probe_at(&failure, plan.hold.as_ref(), now);
                record.log(LogLevel::Warning, format!("the connection takes no points, the run waits: {}", failure.chain()));
                Outcome::Waits { refused: Some(Refusal { reason: commit::reason(&failure, failure.advice()), next_probe_at }), waits: None }
            }
            Err(Halt::Failed(failure)) => Outcome::Over(Err(failure)),
            Err(Halt::OnHold) => {
                record.log(LogLevel::Info, "the connection is on hold: the run waits".to_owned());
                Outcome::Waits { refused: None, waits: None }
            }
            Err(Halt::NoRoom) => {
                let waiting = freezing::no_room(self.clock.now_micros());
                record.log(LogLevel::Warning, format!("{}: the run waits", waiting.reason.message));
                Outcome::Waits { refused: None, waits: Some(waiting) }
            }
        };
        Ended { repeatable: plan.series.spec.mode != Mode::Snapshot || record.is_frozen(), outcome }
    }

    /// Tells the store how the run ended, until it listens: an outcome that is not on record is a slot without one.
    async fn commit(&self, lease: &Lease, run: &Run, record: &Record, repeatable: bool, result: Result<(), Failure>, stop: &Stop) {
        let attempt = Attempt { repeatable, attempt: run.attempt, max_attempts: self.settings.max_attempts };
        let mut jitter = Jitter::new(&*self.clock);
        let at = self.clock.now_micros();
        let mut end = commit::end(result, attempt, record.take(), at, &mut jitter);
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
        fail::fail_point!("run.before_finish");
        self.until_heard(lease, Word::End(end), is_shutting_down).await;
    }

    /// Tells the store that the run goes back in line, until it listens.
    async fn put_back(&self, lease: &Lease, holding: &Holding, stop: &Stop) {
        let refused = holding.refused.as_ref().map(|refusal| &refusal.reason.message);
        let next_probe_at = holding.refused.as_ref().map(|refusal| refusal.next_probe_at);
        tracing::warn!(refused, ?next_probe_at, "the run goes back in line");
        let is_shutting_down = || stop.why.get() == Some(&Why::Shutdown);
        self.until_heard(lease, Word::Back(holding), is_shutting_down).await;
    }

    async fn until_heard(&self, lease: &Lease, word: Word<'_>, is_shutting_down: impl Fn() -> bool) {
        let (mut pause, longest) = COMMIT_PAUSE;
        loop {
            let heard = match word {
                Word::End(end) => self.store.finish_run(lease, end).await,
                Word::Back(holding) => self.store.hold_run(lease, holding).await,
            };
            match heard {
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

fn last_words(end: &RunEnd, at: DateTime<Utc>) -> LogLine {
    let figures = &end.progress.figures;
    let counted = |number: u64, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    let mut message = format!("{} read, {} written", counted(figures.rows_read, "row"), counted(figures.points_written, "point"));
    for (count, what) in [
        (figures.rejected, "rejected"),
        (figures.rows_unchanged, "unchanged and not written again"),
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
