//! How much happens at once on one database or one connection, over all runs, or over all that people ask.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Semaphore;

/// One semaphore per object.
#[derive(Debug)]
pub struct Limits<K> {
    by_key: Mutex<HashMap<K, Limit>>,
}

#[derive(Debug)]
struct Limit {
    permits: u32,
    semaphore: Arc<Semaphore>,
}

impl Limit {
    fn new(permits: u32) -> Self {
        Self { permits, semaphore: Arc::new(Semaphore::new(permits as usize)) }
    }
}

impl<K: Eq + Hash> Limits<K> {
    /// Nothing happens yet.
    pub fn new() -> Self {
        Self { by_key: Mutex::new(HashMap::new()) }
    }

    /// The semaphore of this object. When its limit has changed it gets a new one; who holds a permit of the old one does not count against
    /// the new.
    pub fn of(&self, key: K, permits: u32) -> Arc<Semaphore> {
        let permits = permits.max(1);
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = by_key.entry(key).or_insert_with(|| Limit::new(permits));
        if limit.permits != permits {
            *limit = Limit::new(permits);
        }
        limit.semaphore.clone()
    }
}

impl<K: Eq + Hash> Default for Limits<K> {
    fn default() -> Self {
        Self::new()
    }
}
