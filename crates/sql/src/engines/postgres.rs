//! PostgreSQL, by its fastest way out: `COPY (…) TO STDOUT (FORMAT binary)`.
//!
//! ```text
//!  the query's columns, nothing run ──▶ COPY (SELECT casts FROM (query) AS q) ──▶ binary rows ──▶ typed buffers
//! ```
//!
//! The server casts every column to one of the few types that [`decode`] knows, so numeric, interval, json, arrays, uuid, money, enums and
//! whatever an extension brings all arrive, as exact text where nothing better fits. `COPY` takes no bound values: each is bound to a
//! `set_config` and read back by the query (see [`crate::query::setting`]).
//!
//! Every read has a session of its own, one read-only transaction, with the zone UTC; dropping the reader stops the statement on the
//! server. A query that names no table and calls a volatile function that writes is stopped by the transaction, not by us.
//!
//! Infinite dates and time stamps arrive as the smallest and largest number of their type, which no point can hold.

mod decode;
mod failures;
mod follow;
mod grants;
mod reader;
mod session;
mod tables;
mod types;
mod waiting;

use arrow_array::RecordBatch;
use async_trait::async_trait;
use model::{
    Column, ColumnType, Failure, FailureKind,
    database::Server,
    edges::{DatabaseAccess, Follow, Following, ReadLimits, Rows, Tell},
    explore::Listed,
    table::Table,
};
use sqlx::{AssertSqlSafe, Column as _, PgConnection, Row, ValueRef, postgres::PgRow};
use tokio_util::sync::CancellationToken;

pub(crate) use self::grants::grants;
use self::{
    failures::failure,
    reader::{Casting, Read},
    session::Session,
};
use super::{Asked, Engine, EngineSpec, FieldKind, FieldSpec, Steps, server};
use crate::{
    query::Reading,
    rows::{BatchBuilder, Piece, Stream, Values, channel, check_columns, end, schema},
};

#[cfg(feature = "adbc")]
pub(super) use self::{failures::kind as kind_of_sqlstate, session::text as text_of};

const DEFAULT_PORT: u16 = 5432;

pub(super) const SPEC: EngineSpec = EngineSpec {
    kind: "postgres",
    label: "PostgreSQL",
    default_port: Some(DEFAULT_PORT),
    url_schemes: &["postgres", "postgresql"],
    fields: &[
        FieldSpec {
            name: "host",
            label: "Host",
            kind: FieldKind::Text,
            required: true,
            default: Some("localhost"),
            help: "host name or address, or the absolute path of a socket's folder",
        },
        FieldSpec {
            name: "port",
            label: "Port",
            kind: FieldKind::Port,
            required: false,
            default: Some("5432"),
            help: "5432 unless told otherwise",
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
    engine: |_| Box::new(Postgres),
};

#[derive(Debug)]
struct Postgres;

fn server_of(access: &DatabaseAccess) -> &Server {
    match &access.database.engine {
        model::Engine::Postgres(server) => server,
        _ => unreachable!("an engine is only given its own databases"),
    }
}

#[async_trait]
impl Engine for Postgres {
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>) {
        let mut steps = Steps::new(tell);
        if !server::reach(server_of(access), DEFAULT_PORT, &mut steps).await {
            return;
        }
        let mut session = match Session::open(access).await {
            Ok(session) => session,
            Err(failure) => {
                let (step, field) = match failure.kind {
                    FailureKind::SqlTls => ("tls", "tls"),
                    FailureKind::SqlDatabaseMissing => ("database", "database"),
                    FailureKind::SqlForbidden => ("database", "username"),
                    FailureKind::SqlUnreachable => ("tcp", "host"),
                    _ => ("authentication", "password"),
                };
                return steps.failed(step, &failure, field);
            }
        };
        let server = server_of(access);
        match session.text(ENCRYPTED).await {
            Ok(protocol) if protocol.is_empty() => steps.passed("tls", "not encrypted", &[]),
            Ok(protocol) => steps.passed("tls", format!("encrypted with {protocol}"), &[("protocol", &protocol)]),
            Err(failure) => return steps.failed("tls", &failure, "tls"),
        }
        steps.passed("authentication", format!("logged in as {}", server.username), &[]);
        steps.passed("database", format!("{} can be read", server.database), &[]);
        match session.text("SELECT current_setting('server_version')").await {
            Ok(version) => steps.passed("version", format!("PostgreSQL {version}"), &[("version", &version)]),
            Err(failure) => return steps.failed("version", &failure, "host"),
        }
        match session.text(CAN_WRITE).await {
            Ok(tables) if tables == "0" => steps.passed("read_only", "the account can read and not write", &[]),
            Ok(tables) => steps.warning(
                "read_only",
                format!("the account can write to {tables} tables; Tributary reads in read-only transactions all the same"),
                "use an account that is granted SELECT and nothing more: `tributary database grants` prints how one is made",
            ),
            Err(failure) => steps.failed("read_only", &failure, "username"),
        }
        session.close().await;
    }

    async fn describe(&self, access: &DatabaseAccess, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
        let mut session = Session::open(access).await?;
        let columns = match asked.reading {
            Reading::Query => ready_columns(&mut session, access, asked).await,
            Reading::Show => {
                let shown = server::prepared(&access.database, show(&mut session.connection, asked)).await;
                shown.map(|(columns, _)| columns)
            }
        };
        session.close().await;
        columns
    }

    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure> {
        let mut session = Session::open(access).await?;
        let told = tables::tables(&mut session, search).await;
        session.close().await;
        told
    }

    async fn read(&self, access: &DatabaseAccess, asked: &Asked<'_>, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let mut session = Session::open(access).await?;
        if asked.reading == Reading::Show {
            let cancel = CancellationToken::new();
            let guard = cancel.clone().drop_guard();
            let (pieces, receiver) = channel();
            let shown = server::prepared(&access.database, show(&mut session.connection, asked)).await;
            session.close().await;
            let (columns, rows) = shown?;
            let batches = shown_batches(&columns, &rows, limits)?;
            tokio::spawn(async move {
                for piece in batches.into_iter().map(Piece::Batch).chain([Piece::End]) {
                    // Nobody listens any more: nothing is left to be done.
                    let _ = pieces.send(piece).await;
                }
            });
            return Ok(Box::new(Stream::new(columns, receiver, guard)));
        }
        let columns = match ready_columns(&mut session, access, asked).await {
            Ok(columns) => columns,
            Err(failure) => {
                session.close().await;
                return Err(failure);
            }
        };
        let tail = limits.max_rows.map(|rows| format!(" LIMIT {rows}")).unwrap_or_default();
        let read = Read {
            casting: Casting::new(&asked.translated.sql, &columns, &tail),
            columns,
            limits,
            time_limit: server::time_limit(&access.database),
            on_hand: None,
        };
        read.start(session, asked).await
    }

    async fn follow(&self, access: &DatabaseAccess, asked: &Asked<'_>, following: &Following) -> Result<Box<dyn Follow>, Failure> {
        follow::follow(access, asked, following).await
    }
}

/// The TLS protocol that the server speaks with us, or nothing.
const ENCRYPTED: &str = "SELECT coalesce(max(version), '') FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";

/// How many tables the account could change; a superuser all of them.
const CAN_WRITE: &str = "SELECT count(*)::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
 AND (has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE'))";

/// The query's columns, and the values set that it asks for.
async fn ready_columns(session: &mut Session, access: &DatabaseAccess, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
    let witness = session.witness();
    let ready = async {
        session.bind(&asked.translated.values).await?;
        columns(&mut session.connection, asked).await
    };
    server::prepared(&access.database, witness.watch(ready)).await
}

/// A session of the server, in words: its process, and user, program and address as far as they are known.
fn described(process: i32, [user, program, address]: [&str; 3]) -> String {
    let mut words = format!("process {process}, user {user}");
    for (what, name) in [("program", program), ("from", address)] {
        if !name.is_empty() {
            words.push_str(&format!(", {what} {name}"));
        }
    }
    words
}

/// The columns of a query that could be read; nothing of it runs.
///
/// `PREPARE` judges the text as it stands. A join that matches nothing then gives one row of NULLs whose columns are the query's, and
/// looks at permissions as a read does. All of it is SQL and not the protocol's own way to prepare: a statement that is prepared there
/// outlives the session behind a pooler.
async fn columns(connection: &mut PgConnection, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
    const BEFORE: &str = "PREPARE tributary AS\n";
    const BETWEEN: &str = "\n; DEALLOCATE tributary; SELECT q.* FROM (SELECT 1) AS nothing LEFT JOIN (\n";
    let query = &asked.translated.sql;
    let length = query.chars().count();
    let place = |at: usize| {
        let first = at.checked_sub(BEFORE.len())?;
        let at = if first <= length { first } else { first.checked_sub(length + BETWEEN.len())? };
        (at <= length).then(|| place_of_character(asked, at))
    };
    let sql = AssertSqlSafe(format!("{BEFORE}{query}{BETWEEN}{query}\n) AS q ON false"));
    let answer = sqlx::raw_sql(sql).fetch_one(&mut *connection).await.map_err(|error| {
        let mut failure = failure(error, "preparing the query", place);
        // Nothing has run yet: a value that does not fit its type stands in the text.
        if failure.kind == FailureKind::SqlFailed {
            failure.kind = FailureKind::SqlInvalid;
        }
        failure
    })?;
    let numbers: Vec<u32> = answer.columns().iter().map(|column| column.type_info().oid().map_or(0, |number| number.0)).collect();
    let described = types::described(connection, &numbers).await?;
    let names = answer.columns().iter().map(|column| column.name().to_owned());
    let columns: Vec<Column> = names.zip(described).map(|(name, (kind, native))| Column { name, kind, native }).collect();
    check_columns(&columns)?;
    Ok(columns)
}

/// Where a character of the translated text is in what the user wrote.
fn place_of_character(asked: &Asked<'_>, at: usize) -> String {
    let sql = &asked.translated.sql;
    asked.place(sql.char_indices().nth(at).map_or(sql.len(), |(byte, _)| byte))
}

/// What `SHOW` answers: a row or a few hundred of text.
async fn show(connection: &mut PgConnection, asked: &Asked<'_>) -> Result<(Vec<Column>, Vec<PgRow>), Failure> {
    let sql = AssertSqlSafe(asked.translated.sql.clone());
    let shown = sqlx::raw_sql(sql).fetch_all(connection).await;
    let rows = shown.map_err(|error| failure(error, "running the query", |at| Some(place_of_character(asked, at))))?;
    let Some(first) = rows.first() else {
        return Err(Failure::new(FailureKind::SqlNoColumns, "the query returns no columns"));
    };
    let columns: Vec<Column> = first
        .columns()
        .iter()
        .map(|column| Column { name: column.name().to_owned(), kind: ColumnType::Text, native: "text".to_owned() })
        .collect();
    check_columns(&columns)?;
    Ok((columns, rows))
}

fn shown_batches(columns: &[Column], rows: &[PgRow], limits: ReadLimits) -> Result<Vec<RecordBatch>, Failure> {
    let most = limits.max_rows.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    let mut batch = BatchBuilder::new(columns, schema(columns), limits.batch_rows);
    let mut batches = Vec::new();
    for row in rows.iter().take(most) {
        for (at, builder) in batch.builders.iter_mut().enumerate() {
            let value = row.try_get_raw(at).map_err(|error| failure(error, "reading rows", |_| None))?;
            let bytes = if value.is_null() { None } else { value.as_bytes().ok() };
            match (bytes, &mut builder.values) {
                (Some(bytes), Values::Bytes(all, ends)) => {
                    all.extend_from_slice(bytes);
                    ends.push(end(all));
                    builder.is_value();
                    batch.bytes += bytes.len() + 4;
                }
                _ => builder.null(),
            }
        }
        batch.rows += 1;
        if batch.rows >= limits.batch_rows || batch.bytes >= limits.batch_bytes {
            batches.extend(batch.finish()?);
        }
    }
    batches.extend(batch.finish()?);
    Ok(batches)
}
