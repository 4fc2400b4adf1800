//! Watches what a driver does on another thread: its time limit, and whether anybody still waits for it.
//!
//! ```text
//!  begins ──▶ works ──▶ ends                              (its session may be used again)
//!               │ nobody wants it, or it is late
//!               ▼
//!            is stopped, again and again ──▶ ends          (whatever it gave is not whole)
//!               │ GRACE
//!               ▼
//!            given up ──▶ ends, some day                   (until then it counts against the database's `max_reads`)
//! ```

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use model::{Failure, FailureKind, edges::DatabaseAccess};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Between the first two requests to cancel: one that comes before the statement has begun is lost on the server.
const AGAIN: Duration = Duration::from_millis(100);
/// Between two requests at last: each may be a session of its own.
const AGAIN_AT_LAST: Duration = Duration::from_secs(5);
/// How long a driver has to stop a statement. Then the answer is given without it.
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
    places: Places,
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
    pub(super) fn new(limit_ms: u32, places: Places) -> Arc<Self> {
        Arc::new(Self {
            limit_ms,
            places,
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

    /// What the statement came to. What ended after it was stopped is not whole, whatever the driver says: some end the rows without a word.
    ///
    /// # Errors
    /// The failure that explains why it was stopped, before its own.
    pub(super) fn settled<T>(&self, done: Result<T, Failure>) -> Result<T, Failure> {
        self.explains().map_or(done, Err)
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
        self.reason.get_or_init(|| reason);
        // Either this sees the end, or the end sees the reason.
        tokio::select! {
            biased;
            () = self.done.cancelled() => {}
            () = self.clone().keeps_stopping() => {}
            () = self.gives_up() => {}
        }
    }

    /// Does not end by itself.
    async fn keeps_stopping(self: Arc<Self>) {
        let mut pause = AGAIN;
        loop {
            let stopping = Arc::clone(&self);
            // It may take as long as it likes: nothing else waits for it.
            let _ = tokio::task::spawn_blocking(move || stopping.stop()).await;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(AGAIN_AT_LAST);
        }
    }

    /// Ends when the thread does.
    async fn gives_up(&self) {
        tokio::time::sleep(GRACE).await;
        let _left = self.places.left();
        self.given_up.cancel();
        self.done.cancelled().await;
    }
}

/// The places of one database: what was given up and works on in its driver takes one until it ends.
#[derive(Clone, Debug)]
pub(super) struct Places {
    database: String,
    most: u32,
}

/// How many threads are left alone, by database.
static LEFT: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(Mutex::default);

impl Places {
    pub(super) fn new(access: &DatabaseAccess) -> Self {
        Self::of(access.database.destination(), access.database.max_reads.max(1))
    }

    pub(super) fn of(database: impl Into<String>, most: u32) -> Self {
        Self { database: database.into(), most }
    }

    /// Whether there is a place for one more.
    ///
    /// # Errors
    /// `SqlUnreachable` when as many as `max_reads` were given up and have not ended: time heals it, and nothing else.
    pub(super) fn free(&self) -> Result<(), Failure> {
        let left = LEFT.lock().unwrap_or_else(PoisonError::into_inner).get(&self.database).copied().unwrap_or_default();
        if left < self.most {
            return Ok(());
        }
        let words = format!(
            "given up, and still at work in the database's driver, which does not stop: {left}, as many as its `max_reads`; nothing is read \
             until one of them has ended"
        );
        Err(Failure::new(FailureKind::SqlUnreachable, words))
    }

    /// Takes the place of what nobody waits for any more.
    fn left(&self) -> Left {
        *LEFT.lock().unwrap_or_else(PoisonError::into_inner).entry(self.database.clone()).or_default() += 1;
        Left(self.database.clone())
    }
}

/// Gives the place back when it is dropped.
struct Left(String);

impl Drop for Left {
    fn drop(&mut self) {
        let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = left.get_mut(&self.0) {
            *count -= 1;
            if *count == 0 {
                left.remove(&self.0);
            }
        }
    }
}

/// What a driver does while somebody waits, on a thread of its own.
///
/// # Errors
/// Those of `work`; `SqlUnreachable` when the time is up, or nothing more may be asked of the driver.
pub(super) async fn in_time<T, W>(places: &Places, limit: Duration, work: W) -> Result<T, Failure>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T, Failure> + Send + 'static,
{
    places.free()?;
    let mut working = tokio::task::spawn_blocking(work);
    match tokio::time::timeout(limit, &mut working).await {
        Ok(done) => done.unwrap_or_else(|error| Err(Failure::new(FailureKind::Internal, "asking the driver").because(error))),
        Err(_) => {
            let left = places.left();
            tokio::spawn(async move {
                let late = working.await;
                drop(left);
                // It may be a session, and to hang up may wait for the network.
                drop(tokio::task::spawn_blocking(move || drop(late)));
            });
            Err(silent(limit))
        }
    }
}

/// The failure of a driver that does not come to an end with connecting.
pub(super) fn silent(limit: Duration) -> Failure {
    Failure::new(FailureKind::SqlUnreachable, format!("connecting: no answer in {} ms (`connect_timeout_ms`)", limit.as_millis()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Lets time pass, and what waits for it run.
    async fn pass(time: Duration) {
        for _ in 0..20 {
            tokio::time::advance(time / 20).await;
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_ends_after_it_was_stopped_is_not_whole() {
        for (limit_ms, kind) in [(5, FailureKind::SqlTimeout), (0, FailureKind::Cancelled)] {
            let (watch, unwanted) = (Watch::new(limit_ms, Places::of("whole", 1)), CancellationToken::new());
            watch.begins();
            assert!(watch.settled(Ok(())).is_ok());
            let (stopped, mut is_stopped) = tokio::sync::mpsc::unbounded_channel();
            watch.watches(move || _ = stopped.send(()));
            let keeping = tokio::spawn(watch.clone().keep(unwanted.clone()));
            if limit_ms == 0 {
                unwanted.cancel();
            }
            is_stopped.recv().await.unwrap();
            // The driver ends the rows without an error.
            assert_eq!(watch.settled(Ok(())).unwrap_err().kind, kind);
            assert!(!watch.ends());
            keeping.await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_that_waits_for_the_network_does_not_hold_up_the_answer() {
        let (watch, unwanted) = (Watch::new(1, Places::of("network", 1)), CancellationToken::new());
        let (hang_up, network) = mpsc::channel::<()>();
        let network = Mutex::new(network);
        watch.watches(move || _ = network.lock().unwrap().recv());
        watch.begins();
        let keeping = tokio::spawn(watch.clone().keep(unwanted));
        pass(GRACE / 2).await;
        assert!(!watch.given_up.is_cancelled());
        pass(GRACE).await;
        assert!(watch.given_up.is_cancelled(), "the answer waits for the network");
        drop(hang_up);
        watch.ends();
        keeping.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_given_up_takes_a_place_until_it_ends() {
        let (here, elsewhere) = (Places::of("here", 2), Places::of("elsewhere", 2));
        let unwanted = CancellationToken::new();
        let start = || {
            let watch = Watch::new(0, here.clone());
            (watch.clone(), tokio::spawn(watch.keep(unwanted.clone())))
        };
        let (first, keeping_first) = start();
        let (second, keeping_second) = start();
        unwanted.cancel();
        first.given_up.cancelled().await;
        second.given_up.cancelled().await;
        let refused = here.free().unwrap_err();
        assert_eq!((refused.kind, refused.policy()), (FailureKind::SqlUnreachable, model::Policy::Retry));
        assert!(refused.doing.contains("does not stop: 2,") && refused.doing.contains("`max_reads`"), "{}", refused.doing);
        assert!(elsewhere.free().is_ok());
        first.ends();
        keeping_first.await.unwrap();
        assert!(here.free().is_ok());
        second.ends();
        keeping_second.await.unwrap();
        assert!(!LEFT.lock().unwrap().contains_key("here"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_of_a_driver_that_hangs_takes_a_place_too() {
        let places = Places::of("hangs", 1);
        let (hang_up, network) = mpsc::channel::<()>();
        let limit = Duration::from_secs(1);
        let asking = tokio::spawn({
            let places = places.clone();
            async move { in_time(&places, limit, move || Ok(network.recv().is_ok())).await }
        });
        pass(limit * 2).await;
        assert_eq!(asking.await.unwrap().unwrap_err().kind, FailureKind::SqlUnreachable);
        let again = in_time(&places, limit, || Ok(())).await.unwrap_err();
        assert!(again.doing.contains("does not stop: 1,"), "{}", again.doing);
        drop(hang_up);
        while places.free().is_err() {
            tokio::task::yield_now().await;
        }
    }
}
