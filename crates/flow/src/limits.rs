//! How much happens at once on one database or one connection, over all runs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::Id;
use tokio::sync::Semaphore;

/// One semaphore per object.
pub(crate) struct Limits<N> {
    by_id: Mutex<HashMap<Id<N>, Limit>>,
}

struct Limit {
    permits: u32,
    semaphore: Arc<Semaphore>,
}

impl Limit {
    fn new(permits: u32) -> Self {
        Self { permits, semaphore: Arc::new(Semaphore::new(permits as usize)) }
    }
}

impl<N> Limits<N> {
    pub(crate) fn new() -> Self {
        Self { by_id: Mutex::new(HashMap::new()) }
    }

    /// The semaphore of this object. When its limit has changed it gets a new one; runs that hold a permit of the old one do not count
    /// against the new.
    pub(crate) fn of(&self, id: Id<N>, permits: u32) -> Arc<Semaphore> {
        let permits = permits.max(1);
        let mut by_id = self.by_id.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = by_id.entry(id).or_insert_with(|| Limit::new(permits));
        if limit.permits != permits {
            *limit = Limit::new(permits);
        }
        limit.semaphore.clone()
    }
}
