//! Files in a folder of their own.

use std::sync::Mutex;

use async_trait::async_trait;
use model::{Database, Engine, edges::DatabaseAccess};
use rusqlite::Connection;
use tempfile::TempDir;

use super::Ground;

/// Every place is a file, made by the first statement that is set up there. `utf16le` and `utf16be` are written so.
pub(crate) struct Sqlite {
    folder: TempDir,
    /// Connections that hold a lock.
    open: Mutex<Vec<Connection>>,
}

impl Sqlite {
    pub(crate) fn new() -> Self {
        let ground = Self { folder: tempfile::tempdir().unwrap(), open: Mutex::default() };
        Connection::open(ground.path("")).unwrap().execute_batch("CREATE TABLE one(x INTEGER); INSERT INTO one VALUES (1)").unwrap();
        ground
    }

    fn path(&self, place: &str) -> String {
        let name = if place.is_empty() { "home.db" } else { place };
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    fn run(&self, place: &str, sql: &str) -> Result<(), rusqlite::Error> {
        let connection = Connection::open(self.path(place))?;
        match place {
            "utf16le" => connection.pragma_update(None, "encoding", "UTF-16le")?,
            "utf16be" => connection.pragma_update(None, "encoding", "UTF-16be")?,
            _ => {}
        }
        connection.execute_batch(sql)?;
        if !connection.is_autocommit() {
            self.open.lock().unwrap().push(connection);
        }
        Ok(())
    }
}

#[async_trait]
impl Ground for Sqlite {
    fn access(&self, place: &str) -> DatabaseAccess {
        DatabaseAccess::new(Database::new(Engine::Sqlite { path: self.path(place) }), None)
    }

    async fn set_up(&self, place: &str, sql: &str) -> Result<(), String> {
        self.run(place, sql).map_err(|error| error.to_string())
    }

    async fn tear_down(&self) {
        self.open.lock().unwrap().clear();
    }
}
