//! A session with a database, behind its driver, and how it is made to read only.

use std::time::Duration;

use adbc_core::{
    Connection, Database, Optionable, Statement,
    error::Error,
    options::{InfoCode, OptionConnection, OptionStatement, OptionValue},
};
use adbc_driver_manager::{ManagedConnection, ManagedDatabase, ManagedStatement};
use arrow_array::{RecordBatch, cast::AsArray};
use model::{Failure, FailureKind, database::GenericDialect};

use super::{
    driver::{Driver, Target},
    failures::Speech,
    values::{Bound, settings},
};
use crate::engines::{thread::Driven, watch::Places};

/// A session. Its driver's calls wait: they are made on a thread that may.
pub(super) struct Session {
    connection: ManagedConnection,
    target: Target,
    only_reads: bool,
}

impl Session {
    /// Loads the driver and logs in.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn open(target: &Target) -> Result<Self, Failure> {
        let driver = Driver::load(&target.find()?, target.adbc.entrypoint.as_deref())?;
        Self::log_in(target, &target.database(driver)?)
    }

    /// Logs in and makes the session one that only reads.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn log_in(target: &Target, database: &ManagedDatabase) -> Result<Self, Failure> {
        let opening = |error, doing: &str| target.speech.failure_of_opening(&error, doing);
        let mut connection = database.new_connection().map_err(|error| opening(error, "connecting"))?;
        let dialect = target.adbc.dialect;
        // What a driver does not know it refuses; where it is the only wall, the check warns.
        let told = connection.set_option(OptionConnection::ReadOnly, "true".into()).is_ok();
        let mut session = Self { connection, target: target.clone(), only_reads: told || dialect != GenericDialect::Standard };
        let words: &[&str] = match dialect {
            GenericDialect::Standard | GenericDialect::Postgres => &[],
            GenericDialect::Mysql => &["SET SESSION TRANSACTION READ ONLY", "SET time_zone = '+00:00'"],
            GenericDialect::Sqlite => &["PRAGMA query_only = ON"],
        };
        for sql in words {
            session.execute(sql, None).map_err(|error| opening(error, "making the session read-only"))?;
        }
        Ok(session)
    }

    fn dialect(&self) -> GenericDialect {
        self.target.adbc.dialect
    }

    /// What its driver's errors are told by.
    pub(super) fn speech(&self) -> &Speech {
        &self.target.speech
    }

    /// Whether something other than the guard keeps it from writing.
    pub(super) fn only_reads(&self) -> bool {
        self.only_reads
    }

    /// Begins a transaction that only reads, where the dialect has one, with these values.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn begin(&mut self, bound: &Bound) -> Result<(), Failure> {
        if self.dialect() != GenericDialect::Postgres {
            return Ok(());
        }
        let begun = self.connection.set_option(OptionConnection::AutoCommit, "false".into());
        let begun = begun.and_then(|()| self.execute("SET TRANSACTION READ ONLY", None));
        begun.map_err(|error| self.speech().failure(&error, "beginning a read-only transaction"))?;
        let manners = [
            ("standard_conforming_strings", "on".to_owned()),
            ("TimeZone", "UTC".to_owned()),
            ("IntervalStyle", "postgres".to_owned()),
            ("statement_timeout", self.target.statement_timeout_ms.to_string()),
            ("lock_timeout", self.target.lock_timeout_ms.to_string()),
        ];
        let mut values: Vec<(String, String)> = manners.map(|(name, value)| (name.to_owned(), value)).into();
        if let Bound::Settings(own) = bound {
            values.extend_from_slice(own);
        }
        // One statement for all: each is a way to the server and back.
        let (sql, batch) = settings(&values)?;
        self.execute(&sql, Some(batch)).map_err(|error| {
            let mut failure = self.speech().failure(&error, "binding the values");
            if failure.kind == FailureKind::SqlFailed {
                failure.kind = FailureKind::SqlParameter;
            }
            failure
        })
    }

    /// Ends the transaction: between pages nothing is locked, and the next one sees what is committed then.
    ///
    /// # Errors
    /// The driver's.
    pub(super) fn rest(&mut self) -> Result<(), Error> {
        if self.dialect() == GenericDialect::Postgres { self.connection.rollback() } else { Ok(()) }
    }

    /// A statement that is ready to be executed.
    ///
    /// # Errors
    /// The driver's.
    pub(super) fn statement(&mut self, sql: &str, batch: Option<RecordBatch>) -> Result<ManagedStatement, Error> {
        let mut statement = self.connection.new_statement()?;
        statement.set_sql_query(sql)?;
        if let Some(batch) = batch {
            statement.prepare()?;
            statement.bind(batch)?;
        }
        Ok(statement)
    }

    /// The same for what cannot stand in a `COPY`, by which PostgreSQL's driver reads.
    ///
    /// # Errors
    /// The driver's.
    pub(super) fn plain_statement(&mut self, sql: &str, batch: Option<RecordBatch>) -> Result<ManagedStatement, Error> {
        let mut statement = self.statement(sql, batch)?;
        // An option of that driver alone; others have no such need.
        let _ =
            statement.set_option(OptionStatement::Other("adbc.postgresql.use_copy".to_owned()), OptionValue::String("false".to_owned()));
        Ok(statement)
    }

    fn execute(&mut self, sql: &str, batch: Option<RecordBatch>) -> Result<(), Error> {
        self.plain_statement(sql, batch)?.execute().and_then(|rows| {
            for batch in rows {
                batch?;
            }
            Ok(())
        })
    }

    /// The driver's own way to tell of tables.
    pub(super) fn connection(&self) -> &ManagedConnection {
        &self.connection
    }

    /// The name and version of what it is a session with; asks for it, so that something is read.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn look(mut self) -> Result<(String, String), Failure> {
        if self.dialect() != GenericDialect::Standard {
            self.execute("SELECT 1 AS one", None).map_err(|error| self.speech().failure(&error, "reading"))?;
        }
        let asked = self.connection.get_info(Some([InfoCode::VendorName, InfoCode::VendorVersion].into()));
        let mut told = [String::new(), String::new()];
        for batch in asked.map_err(|error| self.speech().failure(&error, "asking for the version"))?.flatten() {
            let values = batch.column(1).as_union();
            for row in 0..batch.num_rows() {
                let code = batch.column(0).as_primitive::<arrow_array::types::UInt32Type>().value(row);
                let value = values.value(row);
                if let (Some(told), Some(value)) = (told.get_mut(code as usize), value.as_string_opt::<i32>()) {
                    *told = value.value(0).to_owned();
                }
            }
        }
        let [vendor, version] = told;
        Ok((vendor, version))
    }
}

impl Driven for Target {
    type Session = Session;
    const THREAD: &'static str = "adbc";

    fn open(&self) -> Result<Session, Failure> {
        Session::open(self)
    }

    fn stop_of(session: &Session) -> Option<Box<dyn Fn() + Send>> {
        let handle = session.connection.get_cancel_handle();
        Some(Box::new(move || drop(handle.try_cancel())))
    }

    fn connect_limit(&self) -> Duration {
        self.connect_limit
    }

    fn statement_limit_ms(&self) -> u32 {
        self.statement_timeout_ms
    }

    fn places(&self) -> &Places {
        &self.places
    }
}
