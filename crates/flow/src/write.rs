//! Writing: batches of lines on their way to InfluxDB, several at once, each tried again with the same bytes until it is acknowledged or
//! patience ends.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use model::{
    Failure, FailureKind,
    edges::{LineBatch, Traffic, Writer, Written},
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::policy::{self, Jitter, Patience};

/// How long writes that are on the way may take to end after something else failed.
const DRAIN: Duration = Duration::from_secs(5);

/// What happened to a write.
#[derive(Debug)]
pub(crate) enum Event {
    /// It failed and is tried again after a pause.
    Again { traffic: Traffic, failure: Failure, pause: Duration },
    /// It is over.
    Done { traffic: Traffic, result: Result<Written, Failure> },
}

/// The writes of one run. Dropping it stops them.
pub(crate) struct Writes {
    writer: Arc<dyn Writer>,
    in_flight: usize,
    tasks: JoinSet<(Traffic, Result<Written, Failure>)>,
    again: mpsc::UnboundedReceiver<Event>,
    tell: mpsc::UnboundedSender<Event>,
    shared: Arc<Shared>,
    jitter: Jitter,
    busy_since: Option<Instant>,
    busy: Duration,
}

/// What all writes of a run share.
struct Shared {
    patience: Patience,
    /// Whether a write has succeeded.
    proven: AtomicBool,
    /// Until the first success there is no patience beyond this.
    prove_by: Option<Instant>,
    /// Limits the requests that are on the way to one connection from all runs.
    requests: Option<Arc<Semaphore>>,
    /// Nothing is sent before this: InfluxDB asked one of the writes to wait, which means all of them.
    not_before: Mutex<Option<Instant>>,
    /// No further try.
    stop: CancellationToken,
}

impl Writes {
    pub(crate) fn new(
        writer: Arc<dyn Writer>,
        patience: Patience,
        prove_by: Option<Instant>,
        requests: Option<Arc<Semaphore>>,
        jitter: Jitter,
    ) -> Self {
        let (tell, again) = mpsc::unbounded_channel();
        let proven = AtomicBool::new(false);
        let shared = Shared { patience, proven, prove_by, requests, not_before: Mutex::new(None), stop: CancellationToken::new() };
        Self {
            in_flight: writer.in_flight().max(1),
            writer,
            tasks: JoinSet::new(),
            again,
            tell,
            shared: Arc::new(shared),
            jitter,
            busy_since: None,
            busy: Duration::ZERO,
        }
    }

    /// Whether one more write may be on the way.
    pub(crate) fn has_room(&self) -> bool {
        self.tasks.len() < self.in_flight
    }

    /// Whether none is on the way.
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Time during which at least one write was on the way.
    pub(crate) fn waited(&self) -> Duration {
        self.busy + self.busy_since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    pub(crate) fn start(&mut self, batch: LineBatch) {
        self.busy_since.get_or_insert_with(Instant::now);
        let jitter = self.jitter.split();
        self.tasks.spawn(write(self.writer.clone(), batch, self.shared.clone(), jitter, self.tell.clone()));
    }

    /// What happens next to one of the writes. Only while there are some; safe to be dropped and asked again.
    pub(crate) async fn next(&mut self) -> Event {
        tokio::select! {
            biased;
            Some(event) = self.again.recv() => event,
            Some(ended) = self.tasks.join_next() => self.ended(ended),
        }
    }

    fn ended(&mut self, ended: Result<(Traffic, Result<Written, Failure>), tokio::task::JoinError>) -> Event {
        if self.tasks.is_empty() {
            self.busy += self.busy_since.take().map_or(Duration::ZERO, |since| since.elapsed());
        }
        match ended {
            Ok((traffic, result)) => Event::Done { traffic, result },
            Err(error) => Event::Done {
                traffic: Traffic::default(),
                result: Err(Failure::new(FailureKind::Internal, "writing lines").because(error)),
            },
        }
    }

    /// Lets the writes that are on the way end, without trying any again, and stops those that take too long; `None` when all are gone.
    pub(crate) async fn drain(&mut self, until: Instant) -> Option<Event> {
        self.shared.stop.cancel();
        if let Ok(event) = self.again.try_recv() {
            return Some(event);
        }
        match timeout_at(until, self.tasks.join_next()).await {
            Ok(Some(ended)) => Some(self.ended(ended)),
            Ok(None) => None,
            Err(_) => {
                self.tasks.shutdown().await;
                None
            }
        }
    }

    /// When draining must be over.
    pub(crate) fn drain_until() -> Instant {
        Instant::now() + DRAIN
    }

    /// Stops all writes at once.
    pub(crate) async fn abort(&mut self) {
        self.tasks.shutdown().await;
    }
}

async fn write(
    writer: Arc<dyn Writer>,
    batch: LineBatch,
    shared: Arc<Shared>,
    mut jitter: Jitter,
    tell: mpsc::UnboundedSender<Event>,
) -> (Traffic, Result<Written, Failure>) {
    let mut tries = 0;
    let mut first_failure = None;
    loop {
        let permit = shared.wait_for_turn().await;
        let mut traffic = Traffic::default();
        if shared.stop.is_cancelled()
            && let Some(instant) = shared.not_before()
        {
            let wait = instant.saturating_duration_since(Instant::now());
            return (traffic, Err(Failure::new(FailureKind::InfluxBusy, "writing lines that had to wait for their turn").after(wait)));
        }
        fail::fail_point!("write.before_send");
        let result = writer.write(&batch, &mut traffic).await;
        fail::fail_point!("write.after_send");
        drop(permit);
        let failure = match result {
            Ok(written) => {
                shared.proven.store(true, Ordering::Relaxed);
                return (traffic, Ok(written));
            }
            Err(failure) => failure,
        };
        tries += 1;
        let waited = first_failure.get_or_insert_with(Instant::now).elapsed();
        if shared.stop.is_cancelled() {
            return (traffic, Err(failure));
        }
        let Some(pause) = policy::pause(&failure, tries, waited, shared.patience, &mut jitter) else {
            return (traffic, Err(failure));
        };
        if shared.gives_up_before(Instant::now() + pause) {
            return (traffic, Err(failure));
        }
        if failure.retry_after.is_some() {
            shared.nothing_before(Instant::now() + pause);
        }
        let told = Failure::new(failure.kind, failure.chain());
        // Nobody listens once the run has ended; the write ends with it.
        let _listening = tell.send(Event::Again { traffic, failure: told, pause });
        tokio::select! {
            () = shared.stop.cancelled() => return (Traffic::default(), Err(failure)),
            () = sleep(pause) => {}
        }
    }
}

impl Shared {
    /// Whether nothing was written yet and the next try would come too late.
    fn gives_up_before(&self, next: Instant) -> bool {
        !self.proven.load(Ordering::Relaxed) && self.prove_by.is_some_and(|by| next > by)
    }

    fn not_before(&self) -> Option<Instant> {
        self.not_before.lock().unwrap_or_else(PoisonError::into_inner).filter(|instant| *instant > Instant::now())
    }

    fn nothing_before(&self, instant: Instant) {
        let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = Some(not_before.map_or(instant, |earlier| earlier.max(instant)));
    }

    /// Waits until InfluxDB may be written to and the connection has room for a request; no longer than until writing is stopped.
    async fn wait_for_turn(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        loop {
            if let Some(instant) = self.not_before() {
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    () = sleep_until(instant) => {}
                }
            }
            let permit = match &self.requests {
                // A closed semaphore limits nothing any more.
                Some(requests) => requests.clone().acquire_owned().await.ok(),
                None => None,
            };
            if self.not_before().is_none() || self.stop.is_cancelled() {
                return permit;
            }
        }
    }
}
