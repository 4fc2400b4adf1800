//! A query that is followed. A driver tells nothing of transactions that are open: the fence lags, and nothing else is pretended. A session is
//! kept from page to page; each page is a statement of its own.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Column, ColumnType, CursorValue, Failure, FailureKind, Fence,
    database::GenericDialect,
    edges::{Follow, Following, Open, ReadLimits, Rows, Sight},
};
use tokio_util::sync::CancellationToken;

use super::{
    reader::{self, Still, Wanted},
    session::{Session, Target},
    types,
    values::{Bound, instant},
};
use crate::{
    engines::{
        Asked,
        arrow::{self, Fixed},
        thread::on_thread,
    },
    follow::{Followed, Kept, OnHand, Order, Pages, Tail, Words, counted, refused},
    query::Dialect,
};

/// Begins to follow a query of these columns.
pub(super) async fn follow(
    target: Target,
    asked: &Asked<'_>,
    columns: Vec<Column>,
    following: &Following,
) -> Result<Box<dyn Follow>, Failure> {
    if !matches!(following.fence, Fence::LagS(_)) {
        return Err(refused(
            "a database behind a driver does not tell its open transactions: choose a fence that lags by more than the longest transaction, \
             such as {\"lag_s\": 60}",
        ));
    }
    let order = Order::find(&columns, following)?;
    let is_time = |at: usize| matches!(columns[at].kind, ColumnType::Timestamp | ColumnType::Date);
    if target.odbc.dialect == GenericDialect::Sqlite && order.all().any(is_time) {
        return Err(refused(
            "SQLite keeps times as text, and its driver does not tell how they are written: follow a number, or read the file by the engine `sqlite`",
        ));
    }
    if let Some(at) = order.all().find(|at| columns[*at].kind == ColumnType::Float) {
        // Drivers widen or round it, and the database then finds another number than the one that it gave.
        let name = &columns[at].name;
        return Err(refused(format!("column `{name}` is a float, which drivers do not give exactly: follow another column")));
    }
    if let Some(at) = order.all().find(|at| types::is_cut(&columns[*at])) {
        // Many of them would be one place, which no page gets behind.
        let Column { name, native, .. } = &columns[at];
        return Err(refused(format!(
            "column `{name}` is a {native}, finer than a microsecond: cast it to TIMESTAMP(6) in the query, or follow another column"
        )));
    }
    let dialect = words(target.odbc.dialect);
    let pages = Query { target, query: Arc::new(Kept::new(asked)), columns: columns.clone(), on_hand: OnHand::none() };
    let cursor = &columns[order.cursor];
    let highest = if cursor.kind == ColumnType::Integer { pages.highest(dialect, &order).await? } else { None };
    let highest = highest.map(|number| CursorValue::new(cursor, number.to_string()));
    let sight = Sight { now: pages.clock().await?, highest, open: Open::NotAsked, lowest_open: None };
    let bound = pages.query.translated.values.len();
    Ok(Box::new(Followed::new(pages, columns, order, dialect, bound, sight)))
}

/// How pages are written. PostgreSQL understands the standard, which binds values where its own words read settings.
fn words(dialect: GenericDialect) -> Dialect {
    if dialect == GenericDialect::Postgres { Dialect::Standard } else { dialect.into() }
}

/// The pages of one query.
struct Query {
    target: Target,
    query: Arc<Kept>,
    columns: Vec<Column>,
    on_hand: OnHand<Session>,
}

impl Query {
    /// `select` from the wrapped query.
    fn wrapped(&self, select: &str, tail: &Tail) -> String {
        let sql = &self.query.translated.sql;
        if self.target.odbc.dialect == GenericDialect::Sqlite {
            let names: Vec<String> = (0..self.columns.len()).map(|at| format!("c{at}")).collect();
            return format!(
                "WITH tributary_rows({}) AS (\n{sql}\n) SELECT {select} FROM tributary_rows AS q{}",
                names.join(", "),
                tail.sql
            );
        }
        format!("SELECT {select} FROM (\n{sql}\n) q{}", tail.sql)
    }

    fn wanted(&self, sql: String, tail: &Tail, fixed: Option<Fixed>, limits: ReadLimits) -> Result<Wanted, Failure> {
        let own = self.query.translated.values.iter().map(Bound::value);
        let bound = own.chain(tail.values.iter().map(Bound::cursor)).collect::<Result<_, _>>()?;
        let (target, on_hand) = (self.target.clone(), Some(self.on_hand.clone()));
        Ok(Wanted { target, sql, bound, fixed, still: None, limits, on_hand })
    }

    /// The number that a statement gives, whatever its driver takes it for.
    async fn number(&self, sql: String, tail: &Tail) -> Result<Option<i64>, Failure> {
        arrow::number(reader::start(self.wanted(sql, tail, None, ReadLimits::default())?).await?).await
    }

    async fn highest(&self, dialect: Dialect, order: &Order) -> Result<Option<i64>, Failure> {
        let none = Tail::default();
        let column = Words { dialect, columns: &self.columns, bound: 0 }.column(order.cursor);
        self.number(self.wrapped(&format!("MAX({column}) AS n"), &none), &none).await
    }

    /// The database's clock; this machine's, which a file has and the lag has to cover for others, where the dialect has no words for it.
    #[allow(clippy::disallowed_methods, reason = "no database to ask for the time: the machine's stands for it")]
    async fn clock(&self) -> Result<DateTime<Utc>, Failure> {
        let sql = match self.target.odbc.dialect {
            GenericDialect::Postgres => "SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text AS n",
            GenericDialect::Mysql => "SELECT CAST(UTC_TIMESTAMP(6) AS CHAR) AS n",
            GenericDialect::Sqlite => "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now') AS n",
            GenericDialect::Standard => return Ok(Utc::now()),
        };
        let unwanted = CancellationToken::new();
        let _guard = unwanted.clone().drop_guard();
        let on_hand = self.on_hand.clone();
        let told = on_thread(&self.target, self.on_hand.take(), &unwanted, None, move |session, watch, answer| {
            let told = session.text(sql).map_err(|failure| watch.explains().unwrap_or(failure));
            if told.is_ok() && watch.ends() {
                on_hand.give(session);
            }
            // Nobody waits for it when this fails.
            drop(answer.send(told));
        });
        let now = told.await?.and_then(|text| instant(&text));
        now.ok_or_else(|| Failure::new(FailureKind::SqlFailed, "the database's clock cannot be read"))
    }
}

#[async_trait]
impl Pages for Query {
    async fn rows(&self, tail: Tail, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let is_sqlite = self.target.odbc.dialect == GenericDialect::Sqlite;
        let fixed = if is_sqlite { Fixed::numbered(&self.columns) } else { Fixed::named(&self.columns) };
        let mut wanted = self.wanted(self.wrapped("q.*", &tail), &tail, Some(fixed), limits)?;
        if is_sqlite {
            wanted.still = Some(Still { sql: self.query.translated.sql.clone(), columns: Fixed::named(&self.columns) });
        }
        reader::start(wanted).await
    }

    async fn count(&self, tail: Tail) -> Result<u64, Failure> {
        let inner = self.wrapped("1 AS one", &tail);
        let number = self.number(format!("SELECT COUNT(*) AS n FROM (\n{inner}\n) t"), &tail).await?;
        counted(number.map(|number| number.to_string()).as_deref())
    }

    async fn close(&self) {
        // To hang up may wait for the network.
        if let Some(session) = self.on_hand.take() {
            drop(tokio::task::spawn_blocking(move || drop(session)).await);
        }
    }
}
