//! Watches what a driver does on another thread: its time limit, and whether anybody still waits for it.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use model::{Failure, FailureKind};
use tokio_util::sync::CancellationToken;

/// Between two requests to cancel: one that comes before the statement has begun is lost on the server.
const AGAIN: Duration = Duration::from_millis(100);
/// How long a driver has to stop a statement that is past its limit. Then the answer is given without it.
const GRACE: Duration = Duration::from_secs(5);

/// Stops a statement.
type Stop = Box<dyn Fn() + Send>;

/// Why a statement is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Unwanted,
    Late,
}

/// What is known of the statement on the thread.
pub(super) struct Watch {
    limit_ms: u32,
    since: Instant,
    /// Milliseconds since then; not yet when the statement has not begun.
    ends_ms: AtomicU64,
    /// Nobody takes the rows just now: the time does not count.
    resting: AtomicBool,
    stops: Mutex<Vec<Stop>>,
    reason: OnceLock<Reason>,
    /// The thread has ended.
    pub(super) done: CancellationToken,
    /// The driver does not stop: nobody shall wait for it any more.
    pub(super) given_up: CancellationToken,
}

impl Watch {
    pub(super) fn new(limit_ms: u32) -> Arc<Self> {
        Arc::new(Self {
            limit_ms,
            since: Instant::now(),
            ends_ms: AtomicU64::new(u64::MAX),
            resting: AtomicBool::new(false),
            stops: Mutex::default(),
            reason: OnceLock::new(),
            done: CancellationToken::new(),
            given_up: CancellationToken::new(),
        })
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The time limit begins.
    pub(super) fn begins(&self) {
        if self.limit_ms > 0 {
            self.ends_ms.store(self.now_ms() + u64::from(self.limit_ms), Ordering::Relaxed);
        }
    }

    /// This is how the statement is stopped from now on. It may wait for the network, and may fail: the statement then ends by itself.
    pub(super) fn watches(&self, stop: impl Fn() + Send + 'static) {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(stop));
    }

    /// Waits for somebody else; the time does not count.
    pub(super) fn rests<T>(&self, wait: impl FnOnce() -> T) -> T {
        let before = self.now_ms();
        self.resting.store(true, Ordering::Relaxed);
        let waited = wait();
        let ends = self.ends_ms.load(Ordering::Relaxed);
        self.ends_ms.store(ends.saturating_add(self.now_ms() - before), Ordering::Relaxed);
        self.resting.store(false, Ordering::Relaxed);
        waited
    }

    /// Stops the statement; waits for the network.
    pub(super) fn stop(&self) {
        for stop in self.stops.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            stop();
        }
    }

    /// The statement has come to its end, and its session may be used again: nothing is stopped any more. `false` when it is being stopped
    /// already, which would hit what runs next.
    pub(super) fn ends(&self) -> bool {
        self.done.cancel();
        self.reason.get().is_none()
    }

    /// The failure that explains why the statement was stopped, if it was.
    pub(super) fn explains(&self) -> Option<Failure> {
        Some(match self.reason.get()? {
            Reason::Unwanted => Failure::new(FailureKind::Cancelled, "the read was stopped"),
            Reason::Late => Failure::new(
                FailureKind::SqlTimeout,
                format!("the statement took longer than {} ms (`statement_timeout_ms`)", self.limit_ms),
            ),
        })
    }

    async fn late(&self) {
        loop {
            let left = self.ends_ms.load(Ordering::Relaxed).saturating_sub(self.now_ms());
            if left == 0 && !self.resting.load(Ordering::Relaxed) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(left.clamp(10, 250))).await;
        }
    }

    /// Watches until the thread has ended.
    pub(super) async fn keep(self: Arc<Self>, unwanted: CancellationToken) {
        let reason = tokio::select! {
            biased;
            () = self.done.cancelled() => return,
            () = unwanted.cancelled() => Reason::Unwanted,
            () = self.late() => Reason::Late,
        };
        let reason = *self.reason.get_or_init(|| reason);
        let since = Instant::now();
        // Either this sees the end, or the end sees the reason.
        while !self.done.is_cancelled() {
            let stopping = Arc::clone(&self);
            let stopped = tokio::task::spawn_blocking(move || stopping.stop());
            tokio::select! {
                () = self.done.cancelled() => return,
                _ = stopped => {}
            }
            tokio::select! {
                () = self.done.cancelled() => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
            if reason == Reason::Late && since.elapsed() > GRACE {
                self.given_up.cancel();
            }
        }
    }
}
