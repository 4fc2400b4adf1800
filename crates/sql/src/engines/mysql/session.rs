//! One session for one read: opened, made read-only, and closed or abandoned.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{Datelike, NaiveDate};
use model::{Column, Database, Failure, FailureKind, Tls, Value, edges::DatabaseAccess, secret::ExposeSecret};
use sqlx::{
    Arguments as _, AssertSqlSafe, ConnectOptions, Connection, Executor, MySqlConnection, Row, SqlSafeStr, Statement as _,
    mysql::{MySqlArguments, MySqlConnectOptions, MySqlRow, MySqlSslMode},
};
use tokio::time::timeout;

use super::{
    DEFAULT_PORT,
    failures::{failure, is_unknown_variable},
    literals::written_out,
    server_of, types,
};
use crate::{
    engines::{Asked, server},
    query::Dialect,
};

/// How long the server keeps rows that nobody takes. Its default of 60 s is less than InfluxDB may make us wait.
const WRITE_WAIT_S: u32 = 3600;
/// How long stopping a statement, or saying good-bye, may take.
const FAREWELL: Duration = Duration::from_secs(5);
/// `sql_mode` as the session has it, with what else there is to know of it, in one answer.
const FACTS: &str = "SELECT VERSION(), CAST(CONNECTION_ID() AS CHAR), @@SESSION.sql_mode, CONCAT_WS(':', @@hostname, @@port)";

/// A connection of its own, logged in and read-only. Not pooled: a result that is given up leaves its connection unusable.
pub(super) struct Session {
    pub(super) connection: MySqlConnection,
    options: MySqlConnectOptions,
    version: String,
    sql_mode: String,
    id: u64,
    /// Which server answered: behind a balancer, the next connection may be to another.
    machine: String,
    username: String,
}

impl Session {
    /// Logs in and makes the session read-only.
    ///
    /// # Errors
    /// `SqlUnreachable`, `SqlTls`, `SqlAuthentication`, `SqlDatabaseMissing`, `SqlForbidden`.
    pub(super) async fn open(access: &DatabaseAccess) -> Result<Self, Failure> {
        Self::open_as(access, "SET SESSION TRANSACTION READ ONLY; START TRANSACTION READ ONLY").await
    }

    /// The same for a query that is followed: every statement is a transaction of its own, and sees what was committed when it began.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub(super) async fn open_following(access: &DatabaseAccess) -> Result<Self, Failure> {
        let transactions = "SET SESSION autocommit = 1; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
                            SET SESSION TRANSACTION READ ONLY";
        Self::open_as(access, transactions).await
    }

    async fn open_as(access: &DatabaseAccess, transactions: &str) -> Result<Self, Failure> {
        let server = server_of(access);
        let about = if server.host.starts_with('/') {
            format!("connecting to MySQL on {}", server.host)
        } else {
            format!("connecting to MySQL on {}:{}", server.host, server.port.unwrap_or(DEFAULT_PORT))
        };
        let options = options(access);
        let begin = async {
            let mut connection = options.connect().await.map_err(|error| failure(error, about.clone()))?;
            let facts = sqlx::raw_sql(FACTS).fetch_one(&mut connection).await;
            let facts = facts.map_err(|error| failure(error, "asking for the server's version"))?;
            let mut session = Self {
                connection,
                options: options.clone(),
                version: text(&facts, 0),
                id: text(&facts, 1).parse().unwrap_or_default(),
                sql_mode: text(&facts, 2),
                machine: text(&facts, 3),
                username: server.username.clone(),
            };
            session.set_up(&access.database, transactions).await?;
            Ok(session)
        };
        server::in_time(access.database.connect_timeout_ms, &about, begin).await
    }

    async fn set_up(&mut self, database: &Database, transactions: &str) -> Result<(), Failure> {
        let statement_timeout_ms = database.statement_timeout_ms;
        let limit = if self.is_mariadb() {
            format!("SET SESSION max_statement_time = {}.{:03}", statement_timeout_ms / 1000, statement_timeout_ms % 1000)
        } else {
            format!("SET SESSION max_execution_time = {statement_timeout_ms}")
        };
        match sqlx::raw_sql(AssertSqlSafe(limit)).execute(&mut self.connection).await {
            Ok(_) => {}
            Err(error) if is_unknown_variable(&error) => {
                tracing::debug!(version = self.version, "the server is too old to limit the time of a statement");
            }
            Err(error) => return Err(failure(error, "setting the statement's time limit")),
        }
        // The first is for locks on a table's definition, the second for locks on rows.
        let lock_wait_s = database.lock_timeout_ms.div_ceil(1000);
        let settings = format!(
            "SET SESSION lock_wait_timeout = {lock_wait_s}, SESSION innodb_lock_wait_timeout = {lock_wait_s}, \
             SESSION net_write_timeout = {WRITE_WAIT_S}; {transactions}"
        );
        let set = sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut self.connection).await;
        set.map(drop).map_err(|error| failure(error, "setting up the session"))
    }

    /// Its number on the server.
    pub(super) const fn id(&self) -> u64 {
        self.id
    }

    /// Which server it is with, and as whom.
    pub(super) fn account(&self) -> String {
        format!("{}@{}", self.username, self.machine)
    }

    /// As whom it has logged in.
    pub(super) fn username(&self) -> &str {
        &self.username
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn is_mariadb(&self) -> bool {
        self.version.to_ascii_lowercase().contains("mariadb")
    }

    /// How this session reads quotes.
    pub(super) fn dialect(&self) -> Dialect {
        dialect(&self.sql_mode)
    }

    /// The cipher of the connection; `None` when it is not encrypted.
    pub(super) async fn cipher(&mut self) -> Result<Option<String>, Failure> {
        let status = self.rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'".to_owned()).await?;
        Ok(status.first().map(|row| text(row, 1)).filter(|cipher| !cipher.is_empty()))
    }

    /// The rows of one of our own statements.
    ///
    /// # Errors
    /// What the server says.
    pub(super) async fn rows(&mut self, sql: String) -> Result<Vec<MySqlRow>, Failure> {
        sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await.map_err(|error| failure(error, "asking the server"))
    }

    /// Prepares the query and returns its columns: nothing runs. Empty when the server tells them only with the rows.
    pub(super) async fn prepare(&mut self, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
        let prepared = self.prepare_text(asked.translated.sql.clone()).await?;
        if asked.translated.values.is_empty() {
            return Ok(prepared);
        }
        // What cannot be said with a literal is left with what the server told at first.
        Ok(match self.prepare_text(written_out(&asked.translated)).await {
            Ok(told) => types::bound(prepared, told, asked.translated.values.iter().all(is_timestamp)),
            Err(_) => prepared,
        })
    }

    async fn prepare_text(&mut self, sql: String) -> Result<Vec<Column>, Failure> {
        let prepared = self.connection.prepare(AssertSqlSafe(sql).into_sql_str()).await;
        prepared.map(|prepared| types::columns(prepared.columns())).map_err(|error| failure(error, "preparing the query"))
    }

    /// The query's columns, by preparing it; by its first row when that does not tell them.
    pub(super) async fn describe(&mut self, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
        let prepared = self.prepare(asked).await?;
        if !prepared.is_empty() {
            return Ok(prepared);
        }
        let query = sqlx::query_with(AssertSqlSafe(asked.translated.sql.clone()), arguments(asked)?);
        let row = query.fetch_optional(&mut self.connection).await.map_err(|error| failure(error, "running the query"))?;
        Ok(row.map(|row| types::columns(row.columns())).unwrap_or_default())
    }

    /// Says good-bye.
    pub(super) async fn close(self) {
        // The rows are complete; a good-bye that is not heard harms nobody.
        let _heard = timeout(FAREWELL, self.connection.close()).await;
    }

    /// Hangs up, and stops what runs in the session on the server: it notices a closed connection only when it next sends rows.
    pub(super) async fn abandon(self) {
        let Self { connection, options, id, machine, .. } = self;
        drop(connection);
        let stop = async {
            let mut other = options.connect().await?;
            let facts = sqlx::raw_sql(FACTS).fetch_one(&mut other).await?;
            // Not only the query: the server may be about to begin it.
            if text(&facts, 3) == machine {
                sqlx::raw_sql(AssertSqlSafe(format!("KILL {id}"))).execute(&mut other).await?;
            }
            other.close().await
        };
        match timeout(FAREWELL, stop).await {
            Ok(Ok(())) => {}
            // Mostly that there is no such connection any more.
            Ok(Err(error)) => tracing::debug!(%error, "the statement was not stopped by request"),
            Err(_) => tracing::debug!("the server did not answer the request to stop a statement"),
        }
    }
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

/// The text in a column of a row; empty for NULL.
pub(super) fn text(row: &MySqlRow, at: usize) -> String {
    row.try_get_unchecked::<Option<String>, _>(at).ok().flatten().unwrap_or_default()
}

fn dialect(sql_mode: &str) -> Dialect {
    let has = |mode: &str| sql_mode.split(',').any(|one| one == mode);
    Dialect::Mysql { ansi_quotes: has("ANSI_QUOTES"), no_backslash_escapes: has("NO_BACKSLASH_ESCAPES") }
}

/// The values of the query, in the order of their placeholders.
pub(super) fn arguments(asked: &Asked<'_>) -> Result<MySqlArguments, Failure> {
    let mut arguments = MySqlArguments::default();
    for value in &asked.translated.values {
        let added = match value {
            Value::Text(text) => arguments.add(text.as_str()),
            Value::Integer(number) => arguments.add(*number),
            Value::Float(number) if !number.is_finite() => return Err(wrong_value(format!("{number} is no number to the server"))),
            Value::Float(number) => arguments.add(*number),
            // A `TINYINT` would come back as another type than a literal.
            Value::Boolean(truth) => arguments.add(i64::from(*truth)),
            // What is beyond a `TIMESTAMP` the server would take for NULL.
            Value::Instant(instant) if is_timestamp(value) => arguments.add(*instant),
            Value::Instant(instant) if (0..=9999).contains(&instant.year()) => arguments.add(instant.naive_utc()),
            Value::Instant(instant) => {
                return Err(wrong_value(format!("the year of {instant} is none of 0 to 9999, which is all that the server knows")));
            }
        };
        added.map_err(|error| Failure::new(FailureKind::SqlParameter, "binding the values").because(error))?;
    }
    Ok(arguments)
}

fn wrong_value(how: String) -> Failure {
    Failure::new(FailureKind::SqlParameter, format!("binding the values: {how}"))
}

/// Whether it is no instant, or one that a `TIMESTAMP` can hold: the days that it can hold whole.
fn is_timestamp(value: &Value) -> bool {
    const LAST: NaiveDate = NaiveDate::from_ymd_opt(2038, 1, 18).expect("it is a day");
    const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 2).expect("it is a day");
    match value {
        Value::Instant(instant) => (FIRST..=LAST).contains(&instant.date_naive()),
        _ => true,
    }
}

fn options(access: &DatabaseAccess) -> MySqlConnectOptions {
    let server = server_of(access);
    let socket = server.host.starts_with('/');
    // Nothing about how the user's SQL is read is changed: sqlx would turn `||` into CONCAT.
    let mut options = MySqlConnectOptions::new()
        .port(server.port.unwrap_or(DEFAULT_PORT))
        .username(&server.username)
        .database(&server.database)
        .timezone(Some("+00:00".to_owned()))
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .ssl_mode(match server.tls {
            Tls::Disable => MySqlSslMode::Disabled,
            // A socket does not leave the machine.
            Tls::Prefer if socket => MySqlSslMode::Disabled,
            Tls::Prefer => MySqlSslMode::Preferred,
            Tls::Require => MySqlSslMode::Required,
            Tls::Verify => MySqlSslMode::VerifyIdentity,
        });
    options = if socket { options.socket(&server.host) } else { options.host(&server.host) };
    // Also when there is none: a server that asks to switch the method of logging in is answered only with a password.
    options = options.password(access.password().map_or("", |password| password.expose_secret()));
    if let Some(pem) = &server.ca_certificate {
        options = options.ssl_ca_from_pem(pem.clone().into_bytes());
    }
    if let Some((certificate, key)) = server::shown(access) {
        options = options.ssl_client_cert_from_pem(certificate).ssl_client_key_from_pem(key.expose_secret());
    }
    options.disable_statement_logging()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_mode_decides_how_quotes_are_read() {
        assert_eq!(dialect("STRICT_TRANS_TABLES,NO_ZERO_DATE"), Dialect::MYSQL);
        assert_eq!(dialect("REAL_AS_FLOAT,ANSI_QUOTES,ANSI"), Dialect::Mysql { ansi_quotes: true, no_backslash_escapes: false });
    }
}
