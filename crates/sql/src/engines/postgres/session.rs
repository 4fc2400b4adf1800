//! One session for one read: opened, made read-only, and closed or abandoned.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Datelike, Utc};
use model::{Database, Failure, FailureKind, Tls, Value, edges::DatabaseAccess, secret::ExposeSecret};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::{runtime::Handle, task::spawn_blocking, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{DEFAULT_PORT, failures::failure, server_of, waiting::Witness};
use crate::{engines::server, query::setting};

/// How often a server that sends nothing looks whether we are still there.
const CHECK_MS: u32 = 2_000;
/// How long stopping a statement, or saying good-bye, may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// A connection of its own, logged in and inside a read-only transaction. Not pooled: a `COPY` that is given up leaves its connection
/// unusable.
///
/// All settings are made `LOCAL` to the transaction. Behind a pooler the server's connection goes on to serve others, and a read-only
/// default that stayed behind would stop their writes.
pub(super) struct Session {
    pub(super) connection: PgConnection,
    options: PgConnectOptions,
    /// The server's process, within a transaction: behind a pooler every transaction may be with another.
    process: Option<i32>,
    /// What its transactions begin with.
    begin: String,
    lock_limit: Duration,
    in_transaction: bool,
}

impl Session {
    /// Logs in and begins the read-only transaction.
    ///
    /// # Errors
    /// `SqlUnreachable`, `SqlTls`, `SqlAuthentication`, `SqlForbidden`, `SqlDatabaseMissing`.
    pub(super) async fn open(access: &DatabaseAccess) -> Result<Self, Failure> {
        Self::open_as(access, "").await
    }

    /// The same for a query that is followed: every statement sees what was committed when it began, whatever the server's default.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub(super) async fn open_following(access: &DatabaseAccess) -> Result<Self, Failure> {
        Self::open_as(access, "ISOLATION LEVEL READ COMMITTED ").await
    }

    async fn open_as(access: &DatabaseAccess, isolation: &str) -> Result<Self, Failure> {
        let server = server_of(access);
        let about = format!("connecting to PostgreSQL on {}:{}", server.host, server.port.unwrap_or(DEFAULT_PORT));
        let options = options(access);
        let begin = begin(isolation, &access.database);
        let lock_limit = Duration::from_millis(access.database.lock_timeout_ms.into());
        let opened = async {
            let connection = log_in(options.clone()).await.map_err(|error| failure(error, about.clone(), |_| None))?;
            let mut session = Self { connection, options: options.clone(), process: None, begin, lock_limit, in_transaction: false };
            session.begin().await?;
            // PostgreSQL 14 and later, on systems where it can be seen; elsewhere a stop is by request alone.
            let check = format!("SET LOCAL client_connection_check_interval = {CHECK_MS}");
            if session.attempt(&check).await? {
                session.begin.push_str("; ");
                session.begin.push_str(&check);
            }
            Ok(session)
        };
        server::in_time(access.database.connect_timeout_ms, &about, opened).await
    }

    /// Begins a transaction, after [`Session::rest`].
    ///
    /// # Errors
    /// `SqlUnreachable` mostly.
    pub(super) async fn begin(&mut self) -> Result<(), Failure> {
        let setting_up = |error| failure(error, "setting up the session", |_| None);
        let begin = AssertSqlSafe(format!("{}; SELECT pg_backend_pid()", self.begin));
        let begun = sqlx::raw_sql(begin).fetch_one(&mut self.connection).await.map_err(setting_up)?;
        self.process = Some(begun.try_get(0).map_err(setting_up)?);
        self.in_transaction = true;
        Ok(())
    }

    /// Ends the transaction: the session holds no lock and no server takes it for one that was forgotten within a transaction.
    ///
    /// # Errors
    /// `SqlUnreachable` mostly.
    pub(super) async fn rest(&mut self) -> Result<(), Failure> {
        let ended = timeout(FAREWELL, sqlx::raw_sql("ROLLBACK").execute(&mut self.connection)).await;
        let silent = |_| Failure::new(FailureKind::SqlUnreachable, "the server does not end a transaction");
        ended.map_err(silent)?.map_err(|error| failure(error, "ending a transaction", |_| None))?;
        (self.in_transaction, self.process) = (false, None);
        Ok(())
    }

    /// Sets the values of the query's placeholders, bound, for the transaction.
    ///
    /// # Errors
    /// `SqlParameter` for a value that PostgreSQL cannot hold: text with a zero byte.
    pub(super) async fn bind(&mut self, values: &[Value]) -> Result<(), Failure> {
        self.set(values.iter().enumerate().map(|(number, value)| (setting(number), text(value))).collect()).await
    }

    /// Sets settings, bound, for the transaction.
    ///
    /// # Errors
    /// As [`Session::bind`].
    pub(super) async fn set(&mut self, settings: Vec<(String, String)>) -> Result<(), Failure> {
        // The server takes 65,535 bound values and as many columns as fit its pages.
        for some in settings.chunks(500) {
            let list: Vec<String> = (0..some.len()).map(|at| format!("set_config(${}, ${}, true)", at * 2 + 1, at * 2 + 2)).collect();
            let sql = AssertSqlSafe(format!("SELECT {}", list.join(", ")));
            let bound = some.iter().fold(sqlx::query(sql), |query, (name, text)| query.bind(name).bind(text)).persistent(false);
            self.connection.fetch_one(bound).await.map_err(|error| {
                let mut failure = failure(error, "binding the values of the placeholders", |_| None);
                if failure.kind == FailureKind::SqlFailed {
                    failure.kind = FailureKind::SqlParameter;
                }
                failure
            })?;
        }
        Ok(())
    }

    /// Who looks at it while it waits.
    pub(super) fn witness(&self) -> Witness {
        Witness { options: self.options.clone(), process: self.process, limit: self.lock_limit }
    }

    /// The text of one value.
    pub(super) async fn text(&mut self, sql: &'static str) -> Result<String, Failure> {
        let text = sqlx::query_scalar(sql).persistent(false).fetch_one(&mut self.connection).await;
        text.map_err(|error| failure(error, "asking the server", |_| None))
    }

    /// Executes what a server may refuse, and tells whether it did not; the transaction goes on either way.
    async fn attempt(&mut self, sql: &str) -> Result<bool, Failure> {
        if self.execute(&format!("SAVEPOINT tributary; {sql}; RELEASE SAVEPOINT tributary")).await.is_ok() {
            return Ok(true);
        }
        let back = self.execute("ROLLBACK TO SAVEPOINT tributary").await;
        back.map(|()| false).map_err(|error| failure(error, "setting up the session", |_| None))
    }

    async fn execute(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await.map(drop)
    }

    /// Ends the transaction and says good-bye.
    pub(super) async fn close(mut self) {
        let farewell = async {
            if self.in_transaction {
                self.execute("ROLLBACK").await?;
            }
            self.connection.close().await
        };
        // What was wanted has been read; a good-bye that is not heard harms nobody.
        let _heard = timeout(FAREWELL, farewell).await;
    }

    /// Stops what runs in the session on the server, and hangs up.
    pub(super) async fn abandon(self) {
        let Self { connection, options, process, .. } = self;
        drop(connection);
        let Some(process) = process else { return };
        let stop = async {
            let mut other = options.connect().await?;
            sqlx::query("SELECT pg_cancel_backend($1)").bind(process).persistent(false).execute(&mut other).await?;
            other.close().await
        };
        match timeout(FAREWELL, stop).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the statement could not be stopped; the server stops it when it next sends"),
            Err(_) => tracing::debug!("the server did not answer the request to stop a statement"),
        }
    }
}

/// A connection that has logged in. Whoever stops waiting for it ends it.
///
/// To log in, some thousand hashes are computed, and the driver makes way for other tasks after every fifth. Among tasks each of these is a round
/// of the runtime, together as long as the hashes; on a thread that is nobody else's they cost next to nothing.
async fn log_in(options: PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let gone = CancellationToken::new();
    let _waiting = gone.clone().drop_guard();
    let runtime = Handle::current();
    let logging_in = spawn_blocking(move || runtime.block_on(gone.run_until_cancelled(options.connect())));
    match logging_in.await {
        Ok(Some(logged_in)) => logged_in,
        // A fault stays one, as it would be here.
        Err(fault) if fault.is_panic() => std::panic::resume_unwind(fault.into_panic()),
        Ok(None) | Err(_) => Err(sqlx::Error::WorkerCrashed),
    }
}

/// What every transaction begins with.
fn begin(isolation: &str, database: &Database) -> String {
    let Database { statement_timeout_ms, lock_timeout_ms, .. } = database;
    format!(
        "BEGIN TRANSACTION {isolation}READ ONLY; SET LOCAL standard_conforming_strings = on; SET LOCAL TimeZone = 'UTC'; \
         SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 3; \
         SET LOCAL client_min_messages = 'error'; SET LOCAL statement_timeout = {statement_timeout_ms}; \
         SET LOCAL lock_timeout = {lock_timeout_ms}"
    )
}

#[async_trait]
impl crate::follow::Session for Session {
    async fn close(self) {
        Self::close(self).await;
    }

    async fn abandon(self) {
        Self::abandon(self).await;
    }
}

fn options(access: &DatabaseAccess) -> PgConnectOptions {
    let server = server_of(access);
    let mut options = PgConnectOptions::new_without_pgpass()
        .port(server.port.unwrap_or(DEFAULT_PORT))
        .username(&server.username)
        .database(&server.database)
        .application_name("tributary")
        .statement_cache_capacity(0)
        // Poolers refuse a parameter at the start that they do not know.
        .extra_float_digits(None)
        // Without it a password of the environment would be sent to whatever server is asked.
        .password(access.password().map_or("", |password| password.expose_secret()))
        .ssl_mode(match server.tls {
            Tls::Disable => PgSslMode::Disable,
            Tls::Prefer => PgSslMode::Prefer,
            Tls::Require => PgSslMode::Require,
            Tls::Verify => PgSslMode::VerifyFull,
        });
    options = if server.host.starts_with('/') { options.socket(&server.host) } else { options.host(&server.host) };
    if let Some(pem) = &server.ca_certificate {
        options = options.ssl_root_cert_from_pem(pem.clone().into_bytes());
    }
    if let Some((certificate, key)) = server::shown(access) {
        options = options.ssl_client_cert_from_pem(certificate).ssl_client_key_from_pem(key.expose_secret());
    }
    options.disable_statement_logging()
}

/// A value as PostgreSQL reads it from text.
pub(in crate::engines) fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::Instant(instant) => instant_text(*instant),
    }
}

/// An instant with its year as PostgreSQL reads it. What is finer than a microsecond is cut, as every engine does, where the server would
/// round.
fn instant_text(instant: DateTime<Utc>) -> String {
    let (year, era) = if instant.year() > 0 { (instant.year(), "") } else { (1 - instant.year(), " BC") };
    format!("{year:04}{}+00{era}", instant.format("-%m-%d %H:%M:%S%.6f"))
}
