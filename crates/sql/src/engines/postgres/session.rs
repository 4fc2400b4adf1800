//! One session for one read: opened, made read-only, and closed or abandoned.

use std::time::Duration;

use model::{Failure, FailureKind, Tls, Value, edges::DatabaseAccess, secret::ExposeSecret};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::time::timeout;

use super::{DEFAULT_PORT, failures::failure, server_of};
use crate::query::setting;

/// How long connecting and logging in may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long a query waits for somebody else's lock.
const LOCK_TIMEOUT_MS: u32 = 10_000;
/// How often a server that sends nothing looks whether we are still there.
const CHECK_MS: u32 = 2_000;
/// How long stopping a statement, or saying good-bye, may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// A connection of its own, logged in and read-only. Not pooled: a `COPY` that is given up leaves its connection unusable.
pub(super) struct Session {
    pub(super) connection: PgConnection,
    options: PgConnectOptions,
    process: Option<i32>,
}

impl Session {
    /// Logs in and makes the session read-only.
    ///
    /// # Errors
    /// `SqlUnreachable`, `SqlTls`, `SqlAuthentication`, `SqlDatabaseMissing`.
    pub(super) async fn open(access: &DatabaseAccess) -> Result<Self, Failure> {
        let server = server_of(access);
        let about = format!("connecting to PostgreSQL on {}:{}", server.host, server.port.unwrap_or(DEFAULT_PORT));
        let options = options(access);
        let connection = match timeout(CONNECT_LIMIT, options.connect()).await {
            Ok(connected) => connected.map_err(|error| failure(error, about, |_| None))?,
            Err(_) => {
                let limit = CONNECT_LIMIT.as_secs();
                return Err(Failure::new(FailureKind::SqlUnreachable, format!("{about}: no answer in {limit} s")));
            }
        };
        let mut session = Self { connection, options, process: None };
        session.prepare(access.database.statement_timeout_ms).await?;
        Ok(session)
    }

    async fn prepare(&mut self, statement_timeout_ms: u32) -> Result<(), Failure> {
        let settings = format!(
            "SET default_transaction_read_only = on; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; \
             SET statement_timeout = {statement_timeout_ms}; SET lock_timeout = {LOCK_TIMEOUT_MS}; \
             SET standard_conforming_strings = on; SET bytea_output = 'hex'"
        );
        self.execute(settings).await?;
        // PostgreSQL 14 and later, on systems where it can be seen; elsewhere a stop is by request alone.
        let _is_known = self.execute(format!("SET client_connection_check_interval = {CHECK_MS}")).await;
        let process = self.text("SELECT pg_backend_pid()::text").await?;
        self.process = process.parse().ok();
        Ok(())
    }

    /// Begins the read-only transaction of a read and sets its values.
    pub(super) async fn begin(&mut self, values: &[Value]) -> Result<(), Failure> {
        self.execute("BEGIN TRANSACTION READ ONLY".to_owned()).await?;
        for (number, value) in values.iter().enumerate() {
            let bound = sqlx::query("SELECT set_config($1, $2, true)").bind(setting(number)).bind(text(value));
            self.connection.execute(bound).await.map_err(|error| failure(error, "binding the values", |_| None))?;
        }
        Ok(())
    }

    /// The text of one value.
    pub(super) async fn text(&mut self, sql: &'static str) -> Result<String, Failure> {
        sqlx::query_scalar(sql).fetch_one(&mut self.connection).await.map_err(|error| failure(error, "asking the server", |_| None))
    }

    async fn execute(&mut self, sql: String) -> Result<(), Failure> {
        let executed = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await;
        executed.map(drop).map_err(|error| failure(error, "setting up the session", |_| None))
    }

    /// Says good-bye.
    pub(super) async fn close(self) {
        // The rows are complete; a good-bye that is not heard harms nobody.
        let _heard = timeout(FAREWELL, self.connection.close()).await;
    }

    /// Stops what runs in the session on the server, and hangs up.
    pub(super) async fn abandon(self) {
        let Self { connection, options, process } = self;
        drop(connection);
        let Some(process) = process else { return };
        let stop = async {
            let mut other = options.connect().await?;
            sqlx::query("SELECT pg_cancel_backend($1)").bind(process).execute(&mut other).await?;
            other.close().await
        };
        match timeout(FAREWELL, stop).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the statement could not be stopped; the server stops it when it next sends"),
            Err(_) => tracing::debug!("the server did not answer the request to stop a statement"),
        }
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
        .ssl_mode(match server.tls {
            Tls::Disable => PgSslMode::Disable,
            Tls::Prefer => PgSslMode::Prefer,
            Tls::Require => PgSslMode::Require,
            Tls::Verify => PgSslMode::VerifyFull,
        });
    options = if server.host.starts_with('/') { options.socket(&server.host) } else { options.host(&server.host) };
    if let Some(password) = &access.password {
        options = options.password(password.expose_secret());
    }
    options
}

/// A value as PostgreSQL reads it from text.
fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::Instant(instant) => instant.to_rfc3339(),
    }
}
