//! The engines. Each is one file or folder with its spec and its three verbs; the list below is the only place that names them all.
//!
//! To add one: write `engines/x.rs` with a `SPEC` and an [`Engine`] (the smallest to copy is `sqlite`), put it in [`LIST`], add its variant
//! to [`model::Engine`], and give the contract suite in `tests/` a server to run on.

#[cfg(feature = "adbc")]
mod adbc;
#[cfg(any(feature = "adbc", feature = "odbc"))]
mod arrow;
mod mysql;
#[cfg(feature = "odbc")]
mod odbc;
mod postgres;
mod said;
mod server;
mod sqlite;
mod tables;
#[cfg(any(feature = "adbc", feature = "odbc"))]
mod thread;
mod tls;
#[cfg(any(feature = "adbc", feature = "odbc"))]
mod watch;

use async_trait::async_trait;
use model::{
    Column, Failure, FailureKind, Finding, Statement,
    edges::{DatabaseAccess, Databases, Follow, Following, ReadLimits, Rows, Tell},
    explore::Listed,
    table::Table,
};

use crate::{
    follow,
    query::{self, Dialect, Reading, Translated},
};

pub(crate) use self::{mysql::grants as mysql_grants, postgres::grants as postgres_grants};

/// Every engine of this build, in the order in which forms offer them.
static LIST: &[EngineSpec] = &[
    sqlite::SPEC,
    postgres::SPEC,
    mysql::SPEC,
    #[cfg(feature = "adbc")]
    adbc::SPEC,
    #[cfg(feature = "odbc")]
    odbc::SPEC,
];

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
    engine: fn(&Engines) -> Box<dyn Engine>,
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

impl FieldSpec {
    const PASSWORD: Self = Self {
        name: "password",
        label: "Password",
        kind: FieldKind::Secret,
        required: false,
        default: None,
        help: "kept sealed, never shown",
    };
    /// For what speaks through a driver.
    #[cfg(any(feature = "adbc", feature = "odbc"))]
    const DIALECT: Self = Self {
        name: "dialect",
        label: "SQL",
        kind: FieldKind::Choice(&["standard", "postgres", "mysql", "sqlite"]),
        required: false,
        default: Some("standard"),
        help: "how names are quoted and pages are cut",
    };

    const fn username(required: bool) -> Self {
        Self { name: "username", label: "Username", kind: FieldKind::Text, required, default: None, help: "an account that may only read" }
    }
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

/// Every engine of this build, in the order in which forms offer them. A database of another can be kept, and not be read.
pub fn engines() -> &'static [EngineSpec] {
    LIST
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

/// The engines as [`Databases`]. Keeps no session: every call opens its own and closes it.
#[derive(Clone, Debug, Default)]
pub struct Engines {
    #[cfg(feature = "adbc")]
    adbc_drivers: Option<std::path::PathBuf>,
}

impl Engines {
    /// All of [`engines()`]; ADBC has no drivers yet.
    pub const fn new() -> Self {
        Self {
            #[cfg(feature = "adbc")]
            adbc_drivers: None,
        }
    }

    /// The same with the folder that ADBC drivers are loaded from. What is in it is run.
    #[cfg(feature = "adbc")]
    #[must_use]
    pub fn with_adbc_drivers(self, folder: Option<std::path::PathBuf>) -> Self {
        Self { adbc_drivers: folder }
    }

    /// What reads this database.
    ///
    /// # Errors
    /// `SqlInvalid` when this build has no such engine.
    fn engine(&self, access: &DatabaseAccess) -> Result<Box<dyn Engine>, Failure> {
        let kind = access.database.engine.kind();
        let spec = LIST.iter().find(|spec| spec.kind == kind).ok_or_else(|| {
            let name = kind.to_uppercase();
            Failure::new(FailureKind::SqlInvalid, format!("this build has no {name}: run one built with `--features {kind}`"))
        })?;
        Ok((spec.engine)(self))
    }
}

fn asked<'a>(access: &DatabaseAccess, statement: &'a Statement) -> Result<Asked<'a>, Failure> {
    Asked::new(statement, Dialect::from(&access.database.engine))
}

#[async_trait]
impl Databases for Engines {
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>) {
        match self.engine(access) {
            Ok(engine) => engine.check(access, tell).await,
            Err(failure) => Steps::new(tell).failed("engine", &failure, "engine"),
        }
    }

    async fn describe(&self, access: &DatabaseAccess, statement: &Statement) -> Result<Vec<Column>, Failure> {
        self.engine(access)?.describe(access, &asked(access, statement)?).await
    }

    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure> {
        let access = tables::limited(access);
        tables::in_time(self.engine(&access)?.tables(&access, search)).await
    }

    async fn read(&self, access: &DatabaseAccess, statement: &Statement, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        self.engine(access)?.read(access, &asked(access, statement)?, crate::rows::bounded(limits)).await
    }

    async fn follow(&self, access: &DatabaseAccess, statement: &Statement, following: &Following) -> Result<Box<dyn Follow>, Failure> {
        let engine = self.engine(access)?;
        let query = asked(access, statement)?;
        if query.reading == Reading::Show {
            return Err(follow::refused("a SHOW statement cannot be followed; only a query can be read in pages"));
        }
        follow::refuse_own_limit(&statement.sql, Dialect::from(&access.database.engine))?;
        engine.follow(access, &query, following).await
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
    #[cfg(not(feature = "odbc"))]
    use model::database::{GenericDialect, Odbc};
    use model::{Database, database::Server};

    use super::*;

    fn access(engine: model::Engine) -> DatabaseAccess {
        DatabaseAccess::new(Database::new(engine), None)
    }

    #[test]
    fn every_engine_of_the_model_that_needs_no_feature_is_in_the_list() {
        let server = || Server::new("", "", "");
        let all = [model::Engine::Sqlite { path: String::new() }, model::Engine::Postgres(server()), model::Engine::Mysql(server())];
        for engine in all {
            assert!(Engines::new().engine(&access(engine.clone())).is_ok(), "{}", engine.kind());
        }
    }

    #[cfg(not(feature = "odbc"))]
    #[tokio::test]
    async fn an_engine_that_the_build_does_not_have_says_so_and_what_to_do() {
        let odbc = Odbc { connection: "DSN=shop".to_owned(), username: None, dialect: GenericDialect::Standard };
        let access = access(model::Engine::Odbc(odbc));
        let statement = Statement { sql: "select 1".to_owned(), values: Default::default() };
        let failure = Engines::new().describe(&access, &statement).await.unwrap_err();
        assert_eq!(failure.doing, "this build has no ODBC: run one built with `--features odbc`");
        let mut findings = Vec::new();
        Engines::new().check(&access, &mut |finding| findings.push(finding)).await;
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].step, "engine");
    }
}
