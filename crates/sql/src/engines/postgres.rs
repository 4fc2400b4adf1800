//! PostgreSQL, by its fastest way out: `COPY (…) TO STDOUT (FORMAT binary)`.
//!
//! ```text
//!  prepare the query ──▶ its columns ──▶ COPY (SELECT casts FROM (query) AS q) ──▶ binary rows ──▶ typed buffers
//! ```
//!
//! The server casts every column to one of the few types that [`decode`] knows, so numeric, interval, json, arrays, uuid, money, enums and
//! whatever an extension brings all arrive, as exact text where nothing better fits. `COPY` takes no bound values: each is bound to a
//! `set_config` and read back by the query (see [`crate::query::setting`]).
//!
//! Every read has a session of its own, in a read-only transaction, with the zone UTC; dropping the reader stops the statement on the
//! server. A query that names no table and calls a volatile function that writes is stopped by the transaction, not by us.
//!
//! Infinite dates and time stamps arrive as the smallest and largest number of their type, which no point can hold.

mod decode;
mod failures;
mod session;
mod types;

use async_trait::async_trait;
use futures_util::StreamExt;
use model::{
    Column, ColumnType, Failure, FailureKind,
    database::Server,
    edges::{DatabaseAccess, ReadLimits, Rows, Tell},
};
use sqlx::{AssertSqlSafe, Column as _, Executor, PgConnection, Row, SqlSafeStr, Statement as _, TypeInfo, ValueRef, postgres::PgRow};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::{decode::Decoder, failures::failure, session::Session};
use super::{Asked, Engine, EngineSpec, FieldKind, FieldSpec, Steps, server};
use crate::{
    query::{Dialect, Reading},
    rows::{BatchBuilder, Piece, Stream, Values, channel, check_columns, end, schema},
};

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
        FieldSpec {
            name: "username",
            label: "Username",
            kind: FieldKind::Text,
            required: true,
            default: None,
            help: "an account that may only read",
        },
        FieldSpec {
            name: "password",
            label: "Password",
            kind: FieldKind::Secret,
            required: false,
            default: None,
            help: "kept sealed, never shown",
        },
        FieldSpec {
            name: "tls",
            label: "TLS",
            kind: FieldKind::Choice(&["disable", "prefer", "require", "verify"]),
            required: false,
            default: Some("prefer"),
            help: "whether the connection is encrypted, and whether the certificate is verified",
        },
    ],
    dialect: Dialect::Postgres,
    engine: &Postgres,
};

#[derive(Debug)]
struct Postgres;

fn server_of(access: &DatabaseAccess) -> &Server {
    match &access.database.engine {
        model::Engine::Postgres(server) => server,
        model::Engine::Sqlite { .. } | model::Engine::Mysql(_) => unreachable!("an engine is only given its own databases"),
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
                    FailureKind::SqlUnreachable => ("tcp", "host"),
                    _ => ("authentication", "password"),
                };
                return steps.failed(step, &failure, field);
            }
        };
        let server = server_of(access);
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
                "use an account that is granted SELECT and nothing more",
            ),
            Err(failure) => steps.failed("read_only", &failure, "username"),
        }
        session.close().await;
    }

    async fn describe(&self, access: &DatabaseAccess, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
        let mut session = Session::open(access).await?;
        let columns = match asked.reading {
            Reading::Query => prepared_columns(&mut session.connection, asked).await,
            Reading::Show => show(&mut session.connection, asked).await.map(|(columns, _)| columns),
        };
        session.close().await;
        columns
    }

    async fn read(&self, access: &DatabaseAccess, asked: &Asked<'_>, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let mut session = Session::open(access).await?;
        let cancel = CancellationToken::new();
        let guard = cancel.clone().drop_guard();
        let (pieces, receiver) = channel();
        if asked.reading == Reading::Show {
            let (columns, batch) = show(&mut session.connection, asked).await?;
            session.close().await;
            tokio::spawn(async move {
                for piece in batch.map(Piece::Batch).into_iter().chain([Piece::End]) {
                    // Nobody listens any more: nothing is left to be done.
                    let _ = pieces.send(piece).await;
                }
            });
            return Ok(Box::new(Stream::new(columns, receiver, guard)));
        }
        let columns = prepared_columns(&mut session.connection, asked).await?;
        session.begin(&asked.translated.values).await?;
        let reader = Reader {
            copy: copy_statement(&asked.translated.sql, &columns, limits.max_rows),
            decoder: Decoder::new(&columns),
            batch: BatchBuilder::new(&columns, schema(&columns), limits.batch_rows),
            limits,
            pieces,
        };
        let (opened, began) = tokio::sync::oneshot::channel();
        let place = Places::of(asked, &reader.copy);
        tokio::spawn(reader.read(session, cancel, opened));
        match began.await {
            Ok(Ok(())) => Ok(Box::new(Stream::new(columns, receiver, guard))),
            Ok(Err(error)) => Err(failure(error, "running the query", |at| place.of_copy(asked, at))),
            Err(_) => Err(Failure::new(FailureKind::Internal, "the reader stopped before it had begun")),
        }
    }
}

/// How many tables the account could change; a superuser all of them.
const CAN_WRITE: &str = "SELECT count(*)::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
 AND (has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE'))";

/// The query's columns, by preparing it: nothing runs.
async fn prepared_columns(connection: &mut PgConnection, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
    let statement = AssertSqlSafe(asked.translated.sql.clone()).into_sql_str();
    let prepared =
        connection.prepare(statement).await.map_err(|error| failure(error, "preparing the query", |at| Some(asked.place(at))))?;
    let columns: Vec<Column> = prepared
        .columns()
        .iter()
        .map(|column| {
            let native = column.type_info().name().to_ascii_lowercase();
            Column { name: column.name().to_owned(), kind: types::kind(&native), native }
        })
        .collect();
    check_columns(&columns)?;
    Ok(columns)
}

/// The user's query on lines of its own, so that a comment at its end ends there.
const BEFORE: &str = " FROM (\n";

fn copy_statement(query: &str, columns: &[Column], max_rows: Option<u64>) -> String {
    let mut casts = String::new();
    let mut names = String::new();
    for (at, column) in columns.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        casts.push_str(&format!("{comma}c{at}::{}", types::cast(column.kind)));
        names.push_str(&format!("{comma}c{at}"));
    }
    let limit = max_rows.map(|rows| format!(" LIMIT {rows}")).unwrap_or_default();
    format!("COPY (SELECT {casts}{BEFORE}{query}\n) AS q({names}){limit}) TO STDOUT (FORMAT binary)")
}

/// Where a place in the `COPY` statement is in the user's text.
struct Places {
    query_begins: usize,
    query_ends: usize,
}

impl Places {
    fn of(asked: &Asked<'_>, copy: &str) -> Self {
        let query_begins = copy.find(BEFORE).map_or(0, |at| at + BEFORE.len());
        Self { query_begins, query_ends: query_begins + asked.translated.sql.len() }
    }

    fn of_copy(&self, asked: &Asked<'_>, at: usize) -> Option<String> {
        (self.query_begins..self.query_ends).contains(&at).then(|| asked.place(at - self.query_begins))
    }
}

struct Reader {
    copy: String,
    decoder: Decoder,
    batch: BatchBuilder,
    limits: ReadLimits,
    pieces: mpsc::Sender<Piece>,
}

impl Reader {
    async fn read(
        mut self,
        mut session: Session,
        cancel: CancellationToken,
        opened: tokio::sync::oneshot::Sender<Result<(), sqlx::Error>>,
    ) {
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            ended = self.copy(&mut session.connection, opened) => Some(ended),
        };
        match ended {
            Some(Ok(())) => session.close().await,
            Some(Err(failure)) => {
                // Whoever reads has gone when this cannot be sent; the session is not usable either way.
                let _ = self.pieces.send(Piece::Failed(failure)).await;
                session.abandon().await;
            }
            None => session.abandon().await,
        }
    }

    /// Says end of rows only when the server did: the trailer of the format, and then the completion of the command.
    async fn copy(
        &mut self,
        connection: &mut PgConnection,
        opened: tokio::sync::oneshot::Sender<Result<(), sqlx::Error>>,
    ) -> Result<(), Failure> {
        let mut messages = match connection.copy_out_raw(&self.copy).await {
            Ok(messages) => messages,
            Err(error) => {
                // Nobody waits for it when the read was given up.
                let _ = opened.send(Err(error));
                return Ok(());
            }
        };
        let _ = opened.send(Ok(()));
        while let Some(message) = messages.next().await {
            let message = message.map_err(|error| {
                let doing = format!("reading rows, {} had arrived", self.batch.row() - 1);
                failure(error, doing, |_| None)
            })?;
            self.decoder.feed(&message, &mut self.batch)?;
            if self.batch.rows >= self.limits.batch_rows || self.batch.bytes >= self.limits.batch_bytes {
                self.send_batch().await?;
            }
        }
        if !self.decoder.is_complete() {
            return Err(Failure::new(FailureKind::SqlFailed, "the server ended the rows in the middle of one"));
        }
        self.send_batch().await?;
        // Nobody listens any more when this fails.
        let _ = self.pieces.send(Piece::End).await;
        Ok(())
    }

    async fn send_batch(&mut self) -> Result<(), Failure> {
        if let Some(batch) = self.batch.finish()? {
            // Nobody listens any more when this fails: the guard's token stops the read.
            let _ = self.pieces.send(Piece::Batch(batch)).await;
        }
        Ok(())
    }
}

/// What `SHOW` answers: a row or a few of text.
async fn show(connection: &mut PgConnection, asked: &Asked<'_>) -> Result<(Vec<Column>, Option<arrow_array::RecordBatch>), Failure> {
    let sql = AssertSqlSafe(asked.translated.sql.clone());
    let rows: Vec<PgRow> =
        sqlx::raw_sql(sql).fetch_all(connection).await.map_err(|error| failure(error, "running the query", |at| Some(asked.place(at))))?;
    let Some(first) = rows.first() else {
        return Err(Failure::new(FailureKind::SqlNoColumns, "the query returns no columns"));
    };
    let columns: Vec<Column> = first
        .columns()
        .iter()
        .map(|column| Column { name: column.name().to_owned(), kind: ColumnType::Text, native: "text".to_owned() })
        .collect();
    check_columns(&columns)?;
    let mut batch = BatchBuilder::new(&columns, schema(&columns), rows.len());
    for row in &rows {
        for (at, builder) in batch.builders.iter_mut().enumerate() {
            let value = row.try_get_raw(at).map_err(|error| failure(error, "reading rows", |_| None))?;
            let bytes = if value.is_null() { None } else { value.as_bytes().ok() };
            match (bytes, &mut builder.values) {
                (Some(bytes), Values::Bytes(all, ends)) => {
                    all.extend_from_slice(bytes);
                    ends.push(end(all));
                    builder.is_value();
                }
                _ => builder.null(),
            }
        }
        batch.rows += 1;
    }
    Ok((columns, batch.finish()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_stands_on_lines_of_its_own_with_every_column_cast() {
        let column = |name: &str, native: &str| Column { name: name.to_owned(), kind: types::kind(native), native: native.to_owned() };
        let columns = [column("a", "int4"), column("odd \" name", "numeric"), column("t", "timestamptz")];
        assert_eq!(
            copy_statement("select 1 -- the end", &columns, Some(20)),
            "COPY (SELECT c0::int8,c1::numeric::text,c2::timestamptz FROM (\nselect 1 -- the end\n) AS q(c0,c1,c2) LIMIT 20) TO STDOUT (FORMAT binary)"
        );
    }
}
