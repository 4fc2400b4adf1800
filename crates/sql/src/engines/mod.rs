//! The engines. Each is one file or folder with its spec and its three verbs; the list below is the only place that names them all.
//!
//! To add one: write `engines/x.rs` with a `SPEC` and an [`Engine`] (the smallest to copy is `sqlite`), put it in [`LIST`], add its variant
//! to [`model::Engine`], and give the contract suite in `tests/` a server to run on.

mod mysql;
mod postgres;
mod said;
mod server;
mod sqlite;
mod tables;

use async_trait::async_trait;
use model::{
    Column, Failure, Finding, Statement,
    edges::{DatabaseAccess, Databases, Follow, Following, ReadLimits, Rows, Tell},
    explore::Listed,
    table::Table,
};

use crate::{
    follow,
    query::{self, Dialect, Reading, Translated},
};

/// Every engine, in the order in which forms offer them.
static LIST: [EngineSpec; 3] = [sqlite::SPEC, postgres::SPEC, mysql::SPEC];

/// What there is to know about an engine without connecting: forms, the command line and the docs are made from it.
#[derive(Debug)]
pub struct EngineSpec {
    /// As in [`model::Engine::kind`].
    pub kind: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// The port when none is given.
    pub default_port: Option<u16>,
    /// The schemes of its URLs.
    pub url_schemes: &'static [&'static str],
    /// What a person fills in, in order.
    pub fields: &'static [FieldSpec],
    dialect: Dialect,
    engine: &'static dyn Engine,
}

/// One field of an engine's form.
#[derive(Debug)]
pub struct FieldSpec {
    /// The field's name in the API.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// What it begins with.
    pub default: Option<&'static str>,
    /// One line of help.
    pub help: &'static str,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    Text,
    /// An absolute path.
    Path,
    /// A port number.
    Port,
    /// A secret: written, never read back.
    Secret,
    /// One of these.
    Choice(&'static [&'static str]),
}

/// Every engine, in the order in which forms offer them.
pub fn engines() -> &'static [EngineSpec] {
    &LIST
}

/// A query that has passed the guard, its placeholders translated by the engine's dialect.
pub(crate) struct Asked<'a> {
    pub(crate) statement: &'a Statement,
    pub(crate) translated: Translated,
    pub(crate) reading: Reading,
}

impl<'a> Asked<'a> {
    /// Passes a statement through guard and placeholders.
    pub(crate) fn new(statement: &'a Statement, dialect: Dialect) -> Result<Self, Failure> {
        let reading = query::check(&statement.sql, dialect)?;
        Ok(Self { statement, translated: query::translate(statement, dialect)?, reading })
    }

    /// Where a byte of the translated text is in what the user wrote.
    pub(crate) fn place(&self, at: usize) -> String {
        query::line_and_column(&self.statement.sql, self.translated.place(at))
    }
}

/// What an engine does. It is only given databases of its own kind.
#[async_trait]
pub(crate) trait Engine: Send + Sync + std::fmt::Debug {
    /// As [`Databases::check`].
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>);

    /// As [`Databases::describe`].
    async fn describe(&self, access: &DatabaseAccess, asked: &Asked<'_>) -> Result<Vec<Column>, Failure>;

    /// As [`Databases::tables`], within the time limit that `access` has.
    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure>;

    /// As [`Databases::read`].
    async fn read(&self, access: &DatabaseAccess, asked: &Asked<'_>, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure>;

    /// As [`Databases::follow`]; the query can stand in a subquery and has no `LIMIT` of its own.
    async fn follow(&self, access: &DatabaseAccess, asked: &Asked<'_>, following: &Following) -> Result<Box<dyn Follow>, Failure>;
}

/// The engines as [`Databases`]. Keeps nothing: every call opens its own session and closes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Engines(());

impl Engines {
    /// All of [`engines()`].
    pub const fn new() -> Self {
        Self(())
    }
}

fn spec_of(access: &DatabaseAccess) -> &'static EngineSpec {
    let kind = access.database.engine.kind();
    LIST.iter().find(|spec| spec.kind == kind).expect("every engine of the model is in the list")
}

#[async_trait]
impl Databases for Engines {
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>) {
        spec_of(access).engine.check(access, tell).await;
    }

    async fn describe(&self, access: &DatabaseAccess, statement: &Statement) -> Result<Vec<Column>, Failure> {
        let spec = spec_of(access);
        spec.engine.describe(access, &Asked::new(statement, spec.dialect)?).await
    }

    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure> {
        let access = tables::limited(access);
        tables::in_time(spec_of(&access).engine.tables(&access, search)).await
    }

    async fn read(&self, access: &DatabaseAccess, statement: &Statement, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let spec = spec_of(access);
        spec.engine.read(access, &Asked::new(statement, spec.dialect)?, crate::rows::bounded(limits)).await
    }

    async fn follow(&self, access: &DatabaseAccess, statement: &Statement, asked: &Following) -> Result<Box<dyn Follow>, Failure> {
        let spec = spec_of(access);
        let query = Asked::new(statement, spec.dialect)?;
        if query.reading == Reading::Show {
            return Err(follow::refused("a SHOW statement cannot be followed; only a query can be read in pages"));
        }
        follow::refuse_own_limit(&statement.sql, spec.dialect)?;
        spec.engine.follow(access, &query, asked).await
    }
}

/// Tells the findings of a check, with the time that each step took.
pub(crate) struct Steps<'a> {
    tell: Tell<'a>,
    since: std::time::Instant,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(tell: Tell<'a>) -> Self {
        Self { tell, since: std::time::Instant::now() }
    }

    fn took_ms(&mut self) -> u64 {
        let took = self.since.elapsed();
        self.since = std::time::Instant::now();
        u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn passed(&mut self, step: &str, detail: impl Into<String>, facts: &[(&str, &str)]) {
        let took_ms = self.took_ms();
        let finding = facts.iter().fold(Finding::passed(step, detail, took_ms), |finding, (name, value)| finding.fact(name, *value));
        (self.tell)(finding);
    }

    pub(crate) fn warning(&mut self, step: &str, detail: impl Into<String>, advice: &str) {
        let took_ms = self.took_ms();
        (self.tell)(Finding::warning(step, detail, took_ms, advice));
    }

    pub(crate) fn failed(&mut self, step: &str, failure: &Failure, field: &str) {
        let took_ms = self.took_ms();
        (self.tell)(Finding::failed(step, failure, took_ms, Some(field)));
    }
}

#[cfg(test)]
mod tests {
    use model::{Database, Tls, database::Server};

    use super::*;

    #[test]
    fn every_engine_of_the_model_is_in_the_list() {
        let server = || Server { host: String::new(), port: None, database: String::new(), username: String::new(), tls: Tls::Disable };
        let all = [model::Engine::Sqlite { path: String::new() }, model::Engine::Postgres(server()), model::Engine::Mysql(server())];
        for engine in all {
            let kind = engine.kind();
            assert_eq!(spec_of(&DatabaseAccess { database: Database::new(engine), password: None }).kind, kind);
        }
    }
}
