//! Stand-ins for the other rooms: a store in memory that keeps the contract of `model::edges::Store`, databases whose rows follow a
//! script, an InfluxDB whose answers follow a script, and a clock that follows tokio's paused time.

#![allow(dead_code, unreachable_pub, reason = "each test binary is a crate of its own and uses its own part")]
#![allow(clippy::unwrap_used, reason = "tests")]

pub mod edges;
pub mod followed;
pub mod scene;
pub mod store;
pub mod tallying;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use model::Clock;
use tokio::{sync::Notify, time::Instant};

/// Begins at 2026-11-21T14:00:00Z and goes with tokio's time.
pub struct TestClock {
    began: Instant,
    offset_ms: AtomicU64,
    entropy: AtomicU64,
}

pub const NOON: &str = "2026-11-21T14:00:00Z";

pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

impl TestClock {
    pub fn new() -> Self {
        Self { began: Instant::now(), offset_ms: AtomicU64::new(0), entropy: AtomicU64::new(1) }
    }

    /// The wall clock jumps; tokio's does not.
    pub fn jump(&self, by: TimeDelta) {
        self.offset_ms.fetch_add(u64::try_from(by.num_milliseconds()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let jumped = TimeDelta::milliseconds(i64::try_from(self.offset_ms.load(Ordering::SeqCst)).unwrap());
        at(NOON) + TimeDelta::from_std(self.began.elapsed()).unwrap() + jumped
    }

    fn entropy(&self) -> [u8; 16] {
        let n = self.entropy.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (u128::from(n) << 64 | u128::from(n.rotate_left(17))).to_be_bytes()
    }
}

/// Counts the steps of all fakes; at one of them nothing goes on any more, so that a test can kill a node exactly there.
#[derive(Debug, Default)]
pub struct Steps {
    taken: AtomicU64,
    stop_at: AtomicU64,
    stopped: AtomicBool,
    pub told: Notify,
}

impl Steps {
    /// Stops at the step of this number, from 1.
    pub fn stop_at(&self, step: u64) {
        self.taken.store(0, Ordering::SeqCst);
        self.stop_at.store(step, Ordering::SeqCst);
        self.stopped.store(false, Ordering::SeqCst);
    }

    /// Never again.
    pub fn go_on(&self) {
        self.stop_at(0);
    }

    pub fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// A step.
    pub async fn here(&self) {
        let stop_at = self.stop_at.load(Ordering::SeqCst);
        let taken = self.taken.fetch_add(1, Ordering::SeqCst) + 1;
        if stop_at > 0 && taken >= stop_at {
            self.stopped.store(true, Ordering::SeqCst);
            self.told.notify_one();
            std::future::pending::<()>().await;
        }
    }
}
