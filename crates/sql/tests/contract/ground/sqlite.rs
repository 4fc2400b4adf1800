//! A SQLite file of its own.

use async_trait::async_trait;
use model::{Database, Engine, edges::DatabaseAccess};
use rusqlite::Connection;
use tempfile::TempDir;

use super::Ground;

pub(crate) struct Sqlite(TempDir);

impl Sqlite {
    pub(crate) fn new() -> Self {
        let ground = Self(tempfile::tempdir().unwrap());
        ground.open().execute_batch("CREATE TABLE one(x INTEGER); INSERT INTO one VALUES (1)").unwrap();
        ground
    }

    fn path(&self) -> String {
        self.0.path().join("shop.db").to_string_lossy().into_owned()
    }

    fn open(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

#[async_trait]
impl Ground for Sqlite {
    fn kind(&self) -> &'static str {
        "sqlite"
    }

    fn access(&self) -> DatabaseAccess {
        DatabaseAccess::new(Database::new(Engine::Sqlite { path: self.path() }), None)
    }

    fn reader(&self) -> DatabaseAccess {
        self.access()
    }

    async fn execute(&self, sql: &str) {
        self.open().execute_batch(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    fn numbers(&self, last: u64, column: &str) -> String {
        format!("WITH RECURSIVE g(n) AS (SELECT x FROM one UNION ALL SELECT n + 1 FROM g WHERE n < {last}) SELECT n AS {column} FROM g")
    }

    fn numbers_failing_at(&self, row: u64, last: u64) -> String {
        let numbers = self.numbers(last, "n");
        format!("SELECT CASE WHEN n = {row} THEN abs(-9223372036854775807 - 1) ELSE n END AS n FROM ({numbers})")
    }

    fn endless(&self, column: &str) -> String {
        format!("SELECT count(*) AS {column} FROM ({})", self.numbers(1 << 60, "n"))
    }

    fn forbidden(&self) -> Option<String> {
        None
    }

    /// Whether anybody reads the file: a writer that wants it alone finds out.
    async fn runs(&self, _: &str) -> bool {
        let connection = self.open();
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        connection.execute_batch("BEGIN EXCLUSIVE; ROLLBACK").is_err()
    }

    async fn kill(&self, _: &str) -> bool {
        false
    }
}
