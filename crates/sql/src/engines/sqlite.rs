//! SQLite, by `rusqlite`, each read on a thread of its own.
//!
//! The file is opened read-only, `query_only` is set, and an authorizer denies ATTACH and every PRAGMA that does more than
//! tell what there is.
//!
//! SQLite has types per value, not per column; a column of a result has one type here:
//!
//! | declared type (first rule that applies) | type |
//! |---|---|
//! | has `INT`, but not in `POINT`, `INTERVAL` or `PRINT` | integer |
//! | has `CHAR`, `CLOB`, `TEXT` | text |
//! | has `BLOB` | bytes |
//! | has `REAL`, `FLOA`, `DOUB`, or a scale: `DECIMAL(10,2)` | float |
//! | has `BOOL` | boolean |
//! | any other (`NUMERIC`, `DATETIME`, `JSON` …), or none (an expression) | by the values of the first rows |
//!
//! By the values: whole numbers → integer; numbers with a fraction, or both kinds → float; text → text; blobs → bytes. If the first rows
//! are all NULL there, the same statement is run a second time in the same transaction, ahead, to the first value that is not; a
//! column that is NULL to the end is text. A value that does not fit its column without loss (text among numbers, 1.5 among integers, 2 in
//! a boolean) is `SqlTypeChanged`, never converted.

mod failures;
mod file;
mod follow;
mod reader;
mod tables;
mod types;

use async_trait::async_trait;
use model::{
    Column, Failure, FailureKind,
    edges::{DatabaseAccess, Follow, Following, ReadLimits, Rows, Tell},
    explore::Listed,
    table::Table,
};
use rusqlite::Connection;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use self::{
    failures::failure,
    file::File,
    reader::{Fixed, Reader, Stopped},
};
use super::{Asked, Engine, EngineSpec, FieldKind, FieldSpec, Steps};
use crate::{
    follow::{OnHand, no_session},
    rows::{Stream, channel},
};

pub(super) const SPEC: EngineSpec = EngineSpec {
    kind: "sqlite",
    label: "SQLite",
    default_port: None,
    url_schemes: &["sqlite"],
    fields: &[FieldSpec {
        name: "path",
        label: "File",
        kind: FieldKind::Path,
        required: true,
        default: None,
        help: "absolute path of the database file, as the server sees it",
    }],
    engine: |_| Box::new(Sqlite),
};

#[derive(Debug)]
struct Sqlite;

#[async_trait]
impl Engine for Sqlite {
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>) {
        let mut steps = Steps::new(tell);
        let file = File::of(access);
        let looked = tokio::task::spawn_blocking(move || {
            let connection = file.open()?;
            let (is_writable, path) = (file.is_writable(), file.path);
            let tables = "SELECT count(*) FROM sqlite_schema WHERE type IN ('table', 'view')";
            let tables: i64 =
                connection.query_row(tables, [], |row| row.get(0)).map_err(|error| failure(error, format!("reading {path}"), None))?;
            Ok::<_, Failure>((path, tables, is_writable))
        });
        match looked.await.unwrap_or_else(|error| Err(Failure::new(FailureKind::Internal, "checking the file").because(error))) {
            Ok((path, tables, is_writable)) => {
                steps.passed("database", format!("{path} is a SQLite database"), &[("tables", &tables.to_string())]);
                steps.passed("version", format!("SQLite {}", rusqlite::version()), &[("version", rusqlite::version())]);
                let writable = if is_writable { "; the account that Tributary runs as could also write it" } else { "" };
                steps.passed("read_only", format!("the file is opened for reading only{writable}"), &[]);
            }
            Err(failure) => steps.failed("database", &failure, "path"),
        }
    }

    async fn describe(&self, access: &DatabaseAccess, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
        // The columns are known before the rows are taken; a read decides on them by the same first rows.
        Ok(self.read(access, asked, ReadLimits::default()).await?.columns().to_vec())
    }

    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure> {
        let cancel = CancellationToken::new();
        let _guard = cancel.clone().drop_guard();
        let asked = tables::Asked { file: File::of(access), search: search.map(str::to_owned), cancel };
        let told = tokio::task::spawn_blocking(move || asked.tell());
        told.await.unwrap_or_else(|error| Err(Failure::new(FailureKind::Internal, "asking for the tables").because(error)))
    }

    async fn read(&self, access: &DatabaseAccess, asked: &Asked<'_>, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let file = File::of(access);
        let wanted = Wanted {
            sql: asked.translated.sql.clone(),
            values: asked.translated.values.iter().map(reader::bound).collect::<Result<_, _>>()?,
            fixed: None,
            limits,
            timeout_ms: file.statement_timeout_ms,
            on_hand: None,
        };
        start(wanted, move || file.open()).await?.map_err(|stopped| stopped.explain(asked))
    }

    async fn follow(&self, access: &DatabaseAccess, asked: &Asked<'_>, following: &Following) -> Result<Box<dyn Follow>, Failure> {
        let columns = self.describe(access, asked).await?;
        follow::follow(File::of(access), asked, columns, following).await
    }
}

/// What is to be read: a [`Reader`] without its channels.
struct Wanted {
    sql: String,
    values: Vec<rusqlite::types::Value>,
    fixed: Option<Fixed>,
    limits: ReadLimits,
    timeout_ms: u32,
    on_hand: Option<OnHand<Connection>>,
}

/// Begins to read on a thread of its own, from the connection that `connect` makes there.
async fn start(
    wanted: Wanted,
    connect: impl FnOnce() -> Result<Connection, Failure> + Send + 'static,
) -> Result<Result<Box<dyn Rows>, Stopped>, Failure> {
    let cancel = CancellationToken::new();
    let guard = cancel.clone().drop_guard();
    let (pieces, receiver) = channel();
    let (opened, columns) = oneshot::channel();
    let Wanted { sql, values, fixed, limits, timeout_ms, on_hand } = wanted;
    let reader = Reader { sql, values, fixed, limits, timeout_ms, cancel, pieces, on_hand };
    let thread = std::thread::Builder::new().name("sqlite-read".to_owned());
    let started = thread.spawn(move || match connect() {
        Ok(connection) => reader.read(connection, opened),
        // Nobody is left to hear it when the receiver is gone.
        Err(failure) => drop(opened.send(Err(Stopped::failed(failure)))),
    });
    started.map_err(|error| Failure::new(FailureKind::Internal, "starting a thread to read on").because(error))?;
    let columns = columns.await.map_err(|_| no_session())?;
    Ok(columns.map(|columns| Box::new(Stream::new(columns, receiver, guard)) as Box<dyn Rows>))
}
