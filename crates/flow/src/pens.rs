//! Who of a series may read and write at this moment, so that nothing old is written over something newer.
//!
//! A chunk of a backfill reads rows that the series' own run may read too, and either may be the later one. So a page of the series' own run
//! (a whole window) is read and acknowledged while no chunk of the series is between reading and acknowledgement, and the other way round:
//!
//! - the chunk's page comes first: what the own run reads afterwards is at least as new, and is written last;
//! - the own run's page comes first: the chunk reads what is committed then, which is at least as new as what was written.
//!
//! Chunks go side by side: they read no row in common. A row that is changed while they run leaves their range, because its new cursor value
//! lies above the fence at which the range ends, and the own run writes it after them.
//!
//! Those who wait are served in their order, so an own run waits for the pages that are on their way and for no whole chunk.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use model::{Id, Series};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// The pens of all series of this process: only one process runs the series of a store.
#[derive(Debug, Default)]
pub(crate) struct Pens(Mutex<HashMap<Id<Series>, Weak<RwLock<()>>>>);

/// The right to read and write rows of a series until it is dropped.
#[derive(Debug)]
pub(crate) enum Pen {
    Alone { _held: OwnedRwLockWriteGuard<()> },
    BesideChunks { _held: OwnedRwLockReadGuard<()> },
}

impl Pens {
    /// For the series' own run.
    pub(crate) async fn alone(&self, series: Id<Series>) -> Pen {
        Pen::Alone { _held: self.of(series).write_owned().await }
    }

    /// For a chunk of a backfill.
    pub(crate) async fn beside_chunks(&self, series: Id<Series>) -> Pen {
        Pen::BesideChunks { _held: self.of(series).read_owned().await }
    }

    fn of(&self, series: Id<Series>) -> Arc<RwLock<()>> {
        let mut pens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pen) = pens.get(&series).and_then(Weak::upgrade) {
            return pen;
        }
        pens.retain(|_, pen| pen.strong_count() > 0);
        let pen = Arc::new(RwLock::new(()));
        pens.insert(series, Arc::downgrade(&pen));
        pen
    }
}
