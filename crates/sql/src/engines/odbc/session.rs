//! A session behind a driver: connected, made to only read as far as its dialect knows how, and known to the server by a number by which
//! another session can stop what runs in it.

use std::{cell::Cell, time::Duration};

use arrow_odbc::odbc_api::{Connection, ConnectionOptions, Cursor, CursorImpl, CursorRow, environment, handles::StatementImpl};
use model::{
    Failure, FailureKind,
    database::{GenericDialect, Odbc},
    edges::DatabaseAccess,
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    address::Address,
    failures::Speech,
    types::{self, Fetched},
    values::Bound,
};
use crate::engines::{thread::Driven, watch::Places};

/// A database that sessions are opened with.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) odbc: Odbc,
    password: Option<SecretString>,
    connect_timeout_ms: u32,
    lock_timeout_ms: u32,
    statement_timeout_ms: u32,
    pub(super) places: Places,
    pub(super) speech: Speech,
}

impl Target {
    pub(super) fn new(access: &DatabaseAccess) -> Self {
        let model::Engine::Odbc(odbc) = &access.database.engine else { unreachable!("an engine is only given its own databases") };
        Self {
            odbc: odbc.clone(),
            password: access.password().cloned(),
            connect_timeout_ms: access.database.connect_timeout_ms,
            lock_timeout_ms: access.database.lock_timeout_ms,
            statement_timeout_ms: access.database.statement_timeout_ms,
            places: Places::new(access),
            speech: Speech::new(access.password()),
        }
    }

    /// Connects, and nothing more.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn connect(&self) -> Result<Connection<'static>, Failure> {
        let environment = environment().map_err(|error| self.speech.failure(&error, "starting ODBC's driver manager"))?;
        let address = Address::read(&self.odbc)?;
        let library = address.library(environment)?;
        let whole = address.whole(&library, self.password.as_ref());
        let options = ConnectionOptions { login_timeout_sec: Some(seconds(self.connect_timeout_ms)), packet_size: None };
        let connected = environment.connect_with_connection_string(whole.expose_secret(), options);
        connected.map_err(|error| self.speech.failure(&error, "connecting"))
    }

    /// Sets up what makes a session of this dialect only read, in UTC and within its limits.
    fn settings(&self) -> Vec<String> {
        let (statement, lock) = (self.statement_timeout_ms, self.lock_timeout_ms);
        match self.odbc.dialect {
            GenericDialect::Postgres => vec![format!(
                "SET default_transaction_read_only = on; SET TIME ZONE 'UTC'; SET statement_timeout = {statement}; SET lock_timeout = {lock}"
            )],
            GenericDialect::Mysql => vec![
                "SET SESSION TRANSACTION READ ONLY".to_owned(),
                format!("SET SESSION time_zone = '+00:00', SESSION lock_wait_timeout = {}", seconds(lock.max(1))),
            ],
            GenericDialect::Sqlite => vec!["PRAGMA query_only = 1".to_owned(), format!("PRAGMA busy_timeout = {lock}")],
            GenericDialect::Standard => Vec::new(),
        }
    }
}

/// Whole seconds, rounded up; 0 stays 0, which means no limit.
fn seconds(millis: u32) -> u32 {
    millis.div_ceil(1000)
}

/// One session. Not used by two threads at a time.
pub(super) struct Session {
    connection: Connection<'static>,
    target: Target,
    /// What it is called on its server.
    number: Option<i64>,
    /// Whether a transaction of our own is to be ended.
    begun: Cell<bool>,
}

impl Session {
    /// Connects and makes ready to read.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn open(target: &Target) -> Result<Self, Failure> {
        let connection = target.connect()?;
        let mut session = Self { connection, target: target.clone(), number: None, begun: Cell::new(false) };
        for sql in target.settings() {
            session.run(&sql)?;
        }
        session.number = match target.odbc.dialect {
            GenericDialect::Postgres => session.text("SELECT pg_backend_pid() AS n")?.and_then(|number| number.parse().ok()),
            GenericDialect::Mysql => {
                session.limit_mysql()?;
                session.text("SELECT CONNECTION_ID() AS n")?.and_then(|number| number.parse().ok())
            }
            GenericDialect::Sqlite => None,
            GenericDialect::Standard => {
                // Nothing is ever committed. A driver without transactions says so here.
                let _ = session.connection.set_autocommit(false);
                None
            }
        };
        Ok(session)
    }

    /// MariaDB and MySQL have the same limit under two names.
    fn limit_mysql(&self) -> Result<(), Failure> {
        let millis = self.target.statement_timeout_ms;
        let mariadb = format!("SET SESSION max_statement_time = {}.{:03}", millis / 1000, millis % 1000);
        self.run(&mariadb).or_else(|_| self.run(&format!("SET SESSION max_execution_time = {millis}")))
    }

    fn run(&self, sql: &str) -> Result<(), Failure> {
        let ran = self.connection.execute(sql, (), None);
        ran.map(drop).map_err(|error| self.target.speech.failure(&error, "making the session ready"))
    }

    /// The first value of a statement of our own, as text.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn text(&self, sql: &str) -> Result<Option<String>, Failure> {
        let asking = |error| self.target.speech.failure(&error, "asking the database");
        let Some(mut cursor) = self.connection.execute(sql, (), None).map_err(asking)? else { return Ok(None) };
        let Some(mut row) = cursor.next_row().map_err(asking)? else { return Ok(None) };
        first_text(&mut row).map_err(asking)
    }

    /// The columns of a statement that is prepared and not run.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn describe(&self, sql: &str) -> Result<Vec<Fetched>, Failure> {
        let told = self.connection.prepare(sql).and_then(|mut prepared| types::columns(&mut prepared));
        told.map_err(|error| self.target.speech.failure(&error, "running the query"))
    }

    /// Begins a statement.
    ///
    /// # Errors
    /// `Sql*`; `SqlNoColumns` when it gives no result.
    pub(super) fn execute(&self, sql: &str, bound: &[Bound]) -> Result<CursorImpl<StatementImpl<'_>>, Failure> {
        let parameters: Vec<_> = bound.iter().map(Bound::parameter).collect();
        // Where the dialect has a limit of its own, it is set already, and finer.
        let limit = match self.target.odbc.dialect {
            GenericDialect::Postgres | GenericDialect::Mysql => 0,
            GenericDialect::Sqlite | GenericDialect::Standard => self.target.statement_timeout_ms,
        };
        let limit = (limit > 0).then(|| usize::try_from(seconds(limit)).unwrap_or(usize::MAX));
        let executed = match self.connection.execute(sql, &parameters[..], limit) {
            // Many drivers know no time limit: the watch beside the statement holds it.
            Err(error) if limit.is_some() && is_about_the_limit(&error) => self.connection.execute(sql, &parameters[..], None),
            executed => executed,
        };
        let executed = executed.map_err(|error| self.target.speech.failure(&error, "running the query"))?;
        executed.ok_or_else(|| Failure::new(FailureKind::SqlNoColumns, "the query returns no columns"))
    }

    /// What answers, and of which version where the dialect has words to ask for it.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn product(&self) -> Result<(String, Option<String>), Failure> {
        let name = self.connection.database_management_system_name();
        let name = name.map_err(|error| self.target.speech.failure(&error, "asking for the product"))?;
        let version = match self.target.odbc.dialect {
            GenericDialect::Postgres => self.text("SHOW server_version")?,
            GenericDialect::Mysql => self.text("SELECT VERSION() AS v")?,
            GenericDialect::Sqlite => self.text("SELECT sqlite_version() AS v")?,
            GenericDialect::Standard => None,
        };
        Ok((name, version))
    }

    pub(super) const fn connection(&self) -> &Connection<'static> {
        &self.connection
    }

    pub(super) const fn target(&self) -> &Target {
        &self.target
    }

    /// Whether the session itself keeps a query from writing.
    pub(super) fn only_reads(&self) -> bool {
        self.target.odbc.dialect != GenericDialect::Standard
    }

    /// Begins a transaction of SQLite: from now on, nothing is seen that others change.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn begin(&self) -> Result<(), Failure> {
        self.run("BEGIN")?;
        self.begun.set(true);
        // It begins with the first look into the file.
        self.text("SELECT count(*) AS n FROM sqlite_master").map(drop)
    }

    /// Ends what a statement began, so that the next sees what is committed then.
    pub(super) fn rest(&self) -> bool {
        if self.begun.take() {
            return self.run("COMMIT").is_ok();
        }
        self.target.odbc.dialect != GenericDialect::Standard || self.connection.rollback().is_ok()
    }

    /// Stops, from a second session, what runs in this one; `None` where the dialect has no words for it.
    fn stop(&self) -> Option<Box<dyn Fn() + Send>> {
        let number = self.number?;
        let sql = match self.target.odbc.dialect {
            GenericDialect::Postgres => format!("SELECT pg_cancel_backend({number})"),
            GenericDialect::Mysql => format!("KILL QUERY {number}"),
            GenericDialect::Sqlite | GenericDialect::Standard => return None,
        };
        let target = self.target.clone();
        Some(Box::new(move || {
            // When this fails the statement ends by its time limit.
            if let Ok(connection) = target.connect() {
                drop(connection.execute(&sql, (), None));
            }
        }))
    }
}

fn is_about_the_limit(error: &arrow_odbc::odbc_api::Error) -> bool {
    matches!(error, arrow_odbc::odbc_api::Error::Diagnostics { record, .. } if matches!(record.state.as_str(), "HYC00" | "HY092" | "IM001"))
}

fn first_text(row: &mut CursorRow<'_>) -> Result<Option<String>, arrow_odbc::odbc_api::Error> {
    let mut bytes = Vec::new();
    let is_value = row.get_text(1, &mut bytes)?;
    Ok(is_value.then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

impl Driven for Target {
    type Session = Session;
    const THREAD: &'static str = "odbc";

    fn open(&self) -> Result<Session, Failure> {
        Session::open(self)
    }

    fn stop_of(session: &Session) -> Option<Box<dyn Fn() + Send>> {
        session.stop()
    }

    fn connect_limit(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms.into())
    }

    fn statement_limit_ms(&self) -> u32 {
        self.statement_timeout_ms
    }

    fn places(&self) -> &Places {
        &self.places
    }
}
