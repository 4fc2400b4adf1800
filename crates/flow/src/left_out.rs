//! How many rows of a series have no cursor value and are left out, as they were last counted.
//!
//! Without an index on the cursor the database reads the whole table to count them, so this is not done in every run. It is kept for this
//! process alone: after a start the first run that reads counts.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use model::{Id, Series};
use tokio::time::Instant;

/// How long a number is good enough to be told again.
const GOOD: Duration = Duration::from_secs(600);
/// A database spends at most one part in so many of its time on counting.
const SHARE: u32 = 20;

/// The numbers of all series.
#[derive(Debug, Default)]
pub(crate) struct LeftOut(Mutex<HashMap<Id<Series>, Counted>>);

#[derive(Debug)]
struct Counted {
    fingerprint: String,
    rows: u64,
    good_until: Instant,
}

impl LeftOut {
    /// What was counted not long ago, of the same query.
    pub(crate) fn known(&self, series: Id<Series>, fingerprint: &str) -> Option<u64> {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counted.get(&series).filter(|counted| counted.fingerprint == fingerprint && Instant::now() < counted.good_until)?;
        Some(counted.rows)
    }

    /// Takes note of what was counted just now.
    pub(crate) fn counted(&self, series: Id<Series>, fingerprint: &str, rows: u64, took: Duration) {
        let counted = Counted { fingerprint: fingerprint.to_owned(), rows, good_until: Instant::now() + GOOD.max(took * SHARE) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(series, counted);
    }
}
