//! A fresh store for the tests that look inside.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use model::Clock;
use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;

use crate::{KeyPlace, Store};

/// A clock that stands still; its entropy counts.
#[derive(Default)]
pub(crate) struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn entropy(&self) -> [u8; 16] {
        u128::from(self.0.fetch_add(1, Ordering::SeqCst)).to_le_bytes()
    }
}

/// A fresh store and its directory.
pub(crate) struct House {
    pub(crate) store: Store,
    _dir: TempDir,
}

/// A fresh store.
pub(crate) async fn house() -> House {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let key = KeyPlace::File(dir.path().join("tributary.key"));
    let store = Store::open(dir.path(), key, Arc::new(TestClock::default())).await.expect("a fresh store opens");
    House { store, _dir: dir }
}

impl House {
    /// How SQLite would run a statement: <https://www.sqlite.org/eqp.html>.
    pub(crate) async fn plan(&self, mut statement: Statement) -> String {
        statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
        let transaction = self.store.begin().await.expect("a transaction");
        let rows = transaction.query_all_raw(statement).await.expect("a plan");
        let details = rows.iter().map(|row| row.try_get::<String>("", "detail").expect("a detail"));
        details.collect::<Vec<_>>().join("\n")
    }
}
