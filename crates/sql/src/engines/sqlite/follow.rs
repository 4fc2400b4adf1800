//! A query that is followed. The file has one writer at a time, so whatever is committed later has no lower number or time than what has
//! been seen: there is no transaction to wait for, but the same time may come again until its second (minute, day) is over. Each page is a
//! transaction of its own.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, Utc};
use model::{
    Column, ColumnType, CursorValue, Failure, FailureKind, Fence,
    edges::{Follow, Following, Open, ReadLimits, Rows, Sight},
};
use rusqlite::{Connection, types::Value as Owned};
use tokio_util::sync::CancellationToken;

use super::{
    Wanted,
    failures::{failure, failure_of_running},
    file::File,
    reader::{Fixed, LOOK_EVERY, Stopped, bound, rest},
    start,
};
use crate::{
    engines::Asked,
    follow::{Followed, Kept, OnHand, Order, Pages, Tail, bytes_of, counted, refused},
    query::Dialect,
};

/// Begins to follow a query of these columns.
pub(super) async fn follow(file: File, asked: &Asked<'_>, columns: Vec<Column>, following: &Following) -> Result<Box<dyn Follow>, Failure> {
    if following.fence == Fence::TransactionId {
        return Err(refused(
            "SQLite has no transaction ids that a row can keep: choose the fence of open transactions, which waits for nothing",
        ));
    }
    let order = Order::find(&columns, following)?;
    let cursor = columns[order.cursor].clone();
    let pages = Query { file, query: Arc::new(Kept::new(asked)), columns, on_hand: OnHand::none() };
    let none = Tail::default();
    let sql = pages.wrapped(&format!("SELECT max(c{})", order.cursor), &none);
    let highest = if cursor.kind == ColumnType::Integer { pages.number(sql, pages.values(&none)?).await? } else { None };
    let highest = highest.map(|number| CursorValue::new(&cursor, number.to_string()));
    let now = pages.clock().await?;
    let open = if following.fence == Fence::Transactions { Open::OneWriter } else { Open::NotAsked };
    let sight = Sight { now, highest, open, lowest_open: None };
    let (columns, bound) = (pages.columns.clone(), pages.query.translated.values.len());
    Ok(Box::new(Followed::new(pages, columns, order, Dialect::Sqlite, bound, sight)))
}

/// The pages of one query.
#[derive(Clone)]
struct Query {
    file: File,
    query: Arc<Kept>,
    columns: Vec<Column>,
    on_hand: OnHand<Connection>,
}

impl Query {
    fn connection(&self) -> Result<Connection, Failure> {
        self.on_hand.take().map_or_else(|| self.file.open(), Ok)
    }

    fn fixed(&self) -> Fixed {
        Fixed { query: self.query.translated.sql.clone(), columns: self.columns.clone() }
    }

    /// `select` from the wrapped query. Its columns have names of their own out there, so that two which differ by case alone stay two.
    fn wrapped(&self, select: &str, tail: &Tail) -> String {
        let names: Vec<String> = (0..self.columns.len()).map(|at| format!("c{at}")).collect();
        format!("WITH tributary_rows({}) AS (\n{}\n) {select} FROM tributary_rows{}", names.join(", "), self.query.translated.sql, tail.sql)
    }

    fn values(&self, tail: &Tail) -> Result<Vec<Owned>, Failure> {
        let mut values: Vec<Owned> = self.query.translated.values.iter().map(bound).collect::<Result<_, _>>()?;
        for value in &tail.values {
            values.push(bound_cursor(value)?);
        }
        Ok(values)
    }

    /// The number that a statement gives, on a thread of its own; the statement stops when nobody waits for it.
    async fn number(&self, sql: String, values: Vec<Owned>) -> Result<Option<i64>, Failure> {
        let (query, cancel) = (self.clone(), CancellationToken::new());
        let _guard = cancel.clone().drop_guard();
        let asked = tokio::task::spawn_blocking(move || {
            let connection = query.connection()?;
            let since = std::time::Instant::now();
            let late = query.file.statement_timeout_ms > 0;
            let limit = std::time::Duration::from_millis(query.file.statement_timeout_ms.into());
            let stop = move || cancel.is_cancelled() || (late && since.elapsed() > limit);
            let asked = || {
                connection.progress_handler(LOOK_EVERY, Some(stop))?;
                query.fixed().begin(&connection)?;
                let number = connection.query_row(&sql, rusqlite::params_from_iter(&values), |row| row.get(0))?;
                rest(&connection)?;
                Ok(number)
            };
            let number = asked().map_err(|stopped| match stopped {
                Stopped::Failed(failure) => failure,
                Stopped::Sqlite(error) => failure_of_running(error, "counting rows"),
            })?;
            query.on_hand.give(connection);
            Ok(number)
        });
        asked.await.unwrap_or_else(|error| Err(Failure::new(FailureKind::Internal, "counting rows").because(error)))
    }

    /// The clock by which `CURRENT_TIMESTAMP` is filled: the machine's.
    async fn clock(&self) -> Result<DateTime<Utc>, Failure> {
        let query = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let connection = query.connection()?;
            let now = connection.query_row("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')", [], |row| row.get::<_, String>(0));
            let now = now.map_err(|error| failure(error, "asking for the time", None))?;
            query.on_hand.give(connection);
            let told = NaiveDateTime::parse_from_str(&now, "%Y-%m-%d %H:%M:%S%.f");
            told.map(|now| now.and_utc()).map_err(|error| Failure::new(FailureKind::Internal, "reading the time").because(error))
        });
        asked.await.unwrap_or_else(|error| Err(Failure::new(FailureKind::Internal, "asking for the time").because(error)))
    }
}

fn bound_cursor(value: &CursorValue) -> Result<Owned, Failure> {
    let text = value.text.as_str();
    let wrong = || refused(format!("the cursor's value is no {}", value.kind.as_str()));
    Ok(match value.kind {
        ColumnType::Integer => Owned::Integer(text.parse().map_err(|_| wrong())?),
        ColumnType::Float => Owned::Real(text.parse().map_err(|_| wrong())?),
        ColumnType::Boolean => Owned::Integer(i64::from(text == "true")),
        ColumnType::Bytes => Owned::Blob(bytes_of(value)?),
        _ => Owned::Text(text.to_owned()),
    })
}

#[async_trait]
impl Pages for Query {
    async fn rows(&self, tail: Tail, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let wanted = Wanted {
            sql: self.wrapped("SELECT *", &tail),
            values: self.values(&tail)?,
            fixed: Some(self.fixed()),
            limits,
            timeout_ms: self.file.statement_timeout_ms,
            on_hand: Some(self.on_hand.clone()),
        };
        let query = self.clone();
        start(wanted, move || query.connection()).await?.map_err(|stopped| stopped.without_place())
    }

    async fn count(&self, tail: Tail) -> Result<u64, Failure> {
        let inner = self.wrapped("SELECT 1", &tail);
        let number = self.number(format!("SELECT count(*) FROM ({inner})"), self.values(&tail)?).await?;
        counted(number.map(|number| number.to_string()).as_deref())
    }

    async fn close(&self) {
        drop(self.on_hand.take());
    }
}
