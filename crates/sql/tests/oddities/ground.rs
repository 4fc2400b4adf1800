//! What the cases stand on: databases and accounts of their own on a real server per engine.

pub(crate) mod mysql;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::hash::{BuildHasher, RandomState};

use async_trait::async_trait;
use model::edges::DatabaseAccess;

/// One engine on a real server, with the places that its cases name.
#[async_trait]
pub(crate) trait Ground: Send + Sync {
    /// How that place is read.
    fn access(&self, place: &str) -> DatabaseAccess;

    /// Runs statements there, each time on a fresh session that stays open, and with it what it has locked, when it does not end its
    /// transaction.
    async fn set_up(&self, place: &str, sql: &str) -> Result<(), String>;

    /// Takes away what was made.
    async fn tear_down(&self);
}

/// An environment variable that `dev/servers` sets.
fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"))
}

/// A name that nothing else has.
fn unique() -> String {
    format!("oddities_{:016x}", RandomState::new().hash_one(0))
}
