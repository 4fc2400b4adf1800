//! MySQL and MariaDB, by prepared statements: their rows are binary, and three times as fast to read as text.
//!
//! | server's type | type |
//! |---|---|
//! | `TINYINT` … `BIGINT`, `YEAR`, `BOOLEAN` (which is `TINYINT(1)`, and may hold 2) | integer |
//! | the same `UNSIGNED`, `BIT(2)` … `BIT(64)` | unsigned |
//! | `BIT(1)` | boolean |
//! | `FLOAT`, `DOUBLE` | float; a `FLOAT` is widened bit by bit: 0.1 reads 0.10000000149011612 |
//! | `DECIMAL` | decimal |
//! | `DATE`, `DATETIME`, `TIMESTAMP`, `TIME` | date, timestamp, instant, time |
//! | `JSON` (MySQL; MariaDB's is text) | json |
//! | `CHAR` … `LONGTEXT`, `ENUM`, `SET`, MariaDB's `UUID` and `INET6` | text |
//! | `BINARY` … `LONGBLOB`, geometry | bytes |
//!
//! The bits of an expression (`MAX(v)`, `IF(a, v, w)`) come as bits or as digits, and nothing says as which: where a value could be both,
//! reading it is `SqlTypeChanged`.
//!
//! A zero date (`0000-00-00`, `2026-00-00`) is no date: reading one is `SqlTypeChanged`, never a NULL.
//!
//! Every read has a session of its own, in a read-only transaction, with the zone UTC; dropping the reader stops the statement on the
//! server. The server's time limit also counts the time in which nobody takes the rows.

mod failures;
mod follow;
mod grants;
mod literals;
mod open;
mod reader;
mod rights;
mod session;
mod tables;
mod types;

use async_trait::async_trait;
use model::{
    Column, Failure, FailureKind,
    database::Server,
    edges::{DatabaseAccess, Follow, Following, ReadLimits, Rows, Tell},
    explore::Listed,
    table::Table,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

pub(crate) use self::grants::grants;
use self::{reader::Reader, session::Session};
use super::{Asked, Engine, EngineSpec, FieldKind, FieldSpec, Steps, server};
use crate::{
    follow::past_its_limit,
    query::Dialect,
    rows::{Piece, Stream, channel, check_columns},
};

const DEFAULT_PORT: u16 = 3306;

pub(super) const SPEC: EngineSpec = EngineSpec {
    kind: "mysql",
    label: "MySQL or MariaDB",
    default_port: Some(DEFAULT_PORT),
    url_schemes: &["mysql", "mariadb"],
    fields: &[
        FieldSpec {
            name: "host",
            label: "Host",
            kind: FieldKind::Text,
            required: true,
            default: Some("localhost"),
            help: "host name or address, or the absolute path of a socket",
        },
        FieldSpec {
            name: "port",
            label: "Port",
            kind: FieldKind::Port,
            required: false,
            default: Some("3306"),
            help: "3306 unless told otherwise",
        },
        FieldSpec {
            name: "database",
            label: "Database",
            kind: FieldKind::Text,
            required: true,
            default: None,
            help: "the database on that server",
        },
        FieldSpec::username(true),
        FieldSpec::PASSWORD,
        FieldSpec {
            name: "tls",
            label: "TLS",
            kind: FieldKind::Choice(&["disable", "prefer", "require", "verify"]),
            required: false,
            default: Some("prefer"),
            help: "whether the connection is encrypted, and whether the certificate is verified",
        },
    ],
    engine: |_| Box::new(Mysql),
};

#[derive(Debug)]
struct Mysql;

fn server_of(access: &DatabaseAccess) -> &Server {
    match &access.database.engine {
        model::Engine::Mysql(server) => server,
        _ => unreachable!("an engine is only given its own databases"),
    }
}

#[async_trait]
impl Engine for Mysql {
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>) {
        let mut steps = Steps::new(tell);
        let server = server_of(access);
        if !server::reach(server, DEFAULT_PORT, &mut steps).await {
            return;
        }
        let logged_in = format!("logged in as {}", server.username);
        let mut session = match Session::open(access).await {
            Ok(session) => session,
            Err(failure) => {
                let (step, field) = match failure.kind {
                    FailureKind::SqlTls => ("tls", "tls"),
                    FailureKind::SqlDatabaseMissing | FailureKind::SqlForbidden => {
                        // The server looks at the database only after the login.
                        steps.passed("authentication", logged_in, &[]);
                        ("database", "database")
                    }
                    FailureKind::SqlUnreachable => ("tcp", "host"),
                    FailureKind::SqlAuthentication => ("authentication", "password"),
                    _ => ("session", "host"),
                };
                return steps.failed(step, &failure, field);
            }
        };
        match session.cipher().await {
            Ok(Some(cipher)) => steps.passed("tls", format!("encrypted with {cipher}"), &[("cipher", &cipher)]),
            Ok(None) => steps.passed("tls", "not encrypted", &[]),
            Err(failure) => return steps.failed("tls", &failure, "tls"),
        }
        steps.passed("authentication", logged_in, &[]);
        steps.passed("database", format!("{} can be used", server.database), &[]);
        let product = if session.is_mariadb() { "MariaDB" } else { "MySQL" };
        let version = session.version().to_owned();
        steps.passed("version", format!("{product} {version}"), &[("version", &version), ("product", product)]);
        match rights::writing(&mut session).await {
            Ok(writing) if writing.is_empty() => steps.passed("read_only", "the account can read and not write", &[]),
            Ok(writing) => steps.warning(
                "read_only",
                format!(
                    "the account can write ({}); Tributary reads in read-only transactions all the same",
                    writing.into_iter().collect::<Vec<_>>().join(", ")
                ),
                "use an account that is granted SELECT and nothing more: `tributary database grants` prints how one is made",
            ),
            Err(failure) => steps.failed("read_only", &failure, "username"),
        }
        session.close().await;
    }

    async fn describe(&self, access: &DatabaseAccess, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
        let mut session = Session::open(access).await?;
        let again = asked_as_the_server_reads(&session, asked)?;
        let described = server::prepared(&access.database, session.describe(again.as_ref().unwrap_or(asked))).await;
        session.close().await;
        let columns = described?;
        check_columns(&columns)?;
        Ok(columns)
    }

    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure> {
        let mut session = Session::open(access).await?;
        let told = tables::tables(&mut session, search).await;
        session.close().await;
        told
    }

    async fn read(&self, access: &DatabaseAccess, asked: &Asked<'_>, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let mut session = Session::open(access).await?;
        let again = asked_as_the_server_reads(&session, asked)?;
        let asked = again.as_ref().unwrap_or(asked);
        let prepared = server::prepared(&access.database, session.prepare(asked)).await?;
        // A few SHOW statements tell their columns only with their rows.
        if !prepared.is_empty() {
            check_columns(&prepared)?;
        }
        let (pieces, receiver) = channel();
        let (sql, arguments) = (asked.translated.sql.clone(), session::arguments(asked)?);
        let time_limit = server::time_limit(&access.database);
        start(session, Reader { sql, arguments, prepared, fixed: false, limits, time_limit, pieces, on_hand: None }, receiver).await
    }

    async fn follow(&self, access: &DatabaseAccess, asked: &Asked<'_>, following: &Following) -> Result<Box<dyn Follow>, Failure> {
        follow::follow(access, asked, following).await
    }
}

/// Begins to read on a task of its own.
async fn start(session: Session, reader: Reader, receiver: mpsc::Receiver<Piece>) -> Result<Box<dyn Rows>, Failure> {
    let cancel = CancellationToken::new();
    let guard = cancel.clone().drop_guard();
    let (opened, began) = oneshot::channel();
    tokio::spawn(reader.read(session, cancel, opened));
    match began.await {
        Ok(columns) => Ok(Box::new(Stream::new(columns?, receiver, guard))),
        // Nothing was told, and nobody gave it up: the server was silent.
        Err(_) => Err(past_its_limit()),
    }
}

/// The query guarded and translated once more, when the server's `sql_mode` reads quotes in another way than servers come with.
fn asked_as_the_server_reads<'a>(session: &Session, asked: &Asked<'a>) -> Result<Option<Asked<'a>>, Failure> {
    match session.dialect() {
        Dialect::MYSQL => Ok(None),
        dialect => Asked::new(asked.statement, dialect).map(Some),
    }
}
