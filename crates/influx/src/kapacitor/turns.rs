//! Who changes a Kapacitor waits until the one before has ended.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use url::Url;

use crate::http::{endpoint, shown};

/// Whose turn it is, by server. Two changes of one section side by side may undo each other in Kapacitor.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    by_server: Mutex<HashMap<String, Weak<Turn<()>>>>,
}

impl Turns {
    /// Waits for the turn at this server, which lasts until what is given is dropped.
    pub(super) async fn take(&self, url: &Url) -> OwnedMutexGuard<()> {
        self.turn(shown(&endpoint(url, "/", &[]))).lock_owned().await
    }

    fn turn(&self, server: String) -> Arc<Turn<()>> {
        let mut turns = self.by_server.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(&server).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        turns.insert(server, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn one_server_is_changed_by_one_at_a_time_and_is_forgotten_afterwards() {
        let turns = Turns::default();
        let take = |url: &str| turns.take(&Url::parse(url).unwrap()).now_or_never();
        let first = take("http://one.example:9092").unwrap();
        assert!(take("http://ann@one.example:9092/").is_none());
        let other = take("http://one.example:9092/behind/proxy").unwrap();
        assert!(take("http://one.example:9092/behind/proxy/").is_none());
        drop(first);
        drop(take("http://one.example:9092").unwrap());
        drop(other);
        drop(take("http://two.example:9092").unwrap());
        assert_eq!(turns.by_server.lock().unwrap().len(), 1);
    }
}
