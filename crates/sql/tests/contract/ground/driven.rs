//! A ground of another engine, reached through a driver.

use async_trait::async_trait;
use model::edges::DatabaseAccess;

use super::{Ground, Lack};

/// How an access of the engine itself becomes one through the driver.
pub(crate) type Through = fn(DatabaseAccess) -> DatabaseAccess;

pub(crate) struct Driven<G> {
    pub(crate) ground: G,
    pub(crate) kind: &'static str,
    pub(crate) through: Through,
    pub(crate) lacks: &'static [Lack],
}

#[async_trait]
impl<G: Ground> Ground for Driven<G> {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn access(&self) -> DatabaseAccess {
        (self.through)(self.ground.access())
    }

    fn reader(&self) -> DatabaseAccess {
        (self.through)(self.ground.reader())
    }

    async fn execute(&self, sql: &str) {
        self.ground.execute(sql).await;
    }

    fn numbers(&self, last: u64, column: &str) -> String {
        self.ground.numbers(last, column)
    }

    fn numbers_failing_at(&self, row: u64, last: u64) -> String {
        self.ground.numbers_failing_at(row, last)
    }

    fn endless(&self, column: &str) -> String {
        self.ground.endless(column)
    }

    fn forbidden(&self) -> Option<String> {
        self.ground.forbidden()
    }

    async fn runs(&self, words: &str) -> bool {
        self.ground.runs(words).await
    }

    async fn kill(&self, words: &str) -> bool {
        self.ground.kill(words).await
    }

    fn dialect(&self) -> &'static str {
        self.ground.kind()
    }

    fn lacks(&self, what: Lack) -> bool {
        self.lacks.contains(&what)
    }

    fn quoted(&self, name: &str) -> String {
        self.ground.quoted(name)
    }
}
