//! A query that is followed. What only a driver knows tells nothing of its open transactions: the fence lags, and nothing else is pretended.
//! A session is kept from page to page; each page is a transaction of its own.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Column, ColumnType, CursorValue, Failure, FailureKind, Fence,
    database::GenericDialect,
    edges::{Follow, Following, Open, ReadLimits, Rows, Sight},
};

use super::{
    driver::Target,
    reader::{self, Described, Wanted},
    session::Session,
    values::Bound,
};
use crate::{
    engines::{
        Asked,
        arrow::{self, Fixed, by_name, refuse_names_that_differ_in_case},
    },
    follow::{Followed, Kept, OnHand, Order, Pages, Tail, Words, counted, orderless, refused},
    query::{Dialect, Reading},
};

/// Begins to follow.
pub(super) async fn follow(target: Target, asked: &Asked<'_>, following: &Following) -> Result<Box<dyn Follow>, Failure> {
    if !matches!(following.fence, Fence::LagS(_)) {
        return Err(refused(
            "a database behind a driver does not tell its open transactions: choose a fence that lags by more than the longest transaction, \
             such as {\"lag_s\": 60}",
        ));
    }
    let Described { columns, cut } = reader::describe(Wanted::new(asked, target.clone(), ReadLimits::default())?).await?;
    let order = Order::find(&columns, following)?;
    let dialect = target.adbc.dialect;
    if dialect == GenericDialect::Sqlite {
        refuse_names_that_differ_in_case(&columns)?;
    }
    if let Some(at) = order.all().find(|at| cut.contains(at)) {
        // Many of them would be one place, which no page gets behind.
        let name = &columns[at].name;
        return Err(refused(format!(
            "column `{name}` holds times that are finer than a microsecond: cast it to TIMESTAMP(6) in the query, or follow another column"
        )));
    }
    for column in order.all().map(|at| &columns[at]) {
        // The bytes of PostgreSQL's protocol, which are no value of the type.
        if dialect == GenericDialect::Postgres && column.kind == ColumnType::Bytes && column.native != "bytea" {
            return Err(orderless(column, &column.native));
        }
    }
    let cursor = columns[order.cursor].clone();
    let pages = Query { target, query: Arc::new(Kept::new(asked)), columns: columns.clone(), on_hand: OnHand::none() };
    let highest = if cursor.kind == ColumnType::Integer { pages.highest(&order).await? } else { None };
    let highest = highest.map(|number| CursorValue::new(&cursor, number.to_string()));
    let sight = Sight { now: pages.clock().await?, highest, open: Open::NotAsked, lowest_open: None };
    let bound = pages.query.translated.values.len();
    Ok(Box::new(Followed::new(pages, columns, order, Dialect::from(dialect), bound, sight)))
}

/// The pages of one query.
struct Query {
    target: Target,
    query: Arc<Kept>,
    columns: Vec<Column>,
    on_hand: OnHand<Session>,
}

impl Query {
    fn dialect(&self) -> GenericDialect {
        self.target.adbc.dialect
    }

    /// `select` from the wrapped query.
    fn wrapped(&self, select: &str, tail: &Tail) -> String {
        let sql = &self.query.translated.sql;
        match self.dialect() {
            GenericDialect::Postgres | GenericDialect::Sqlite => {
                format!("SELECT {select} FROM (\n{}\n) AS q{}\n", by_name(sql, &self.columns), tail.sql)
            }
            GenericDialect::Mysql | GenericDialect::Standard => format!("SELECT {select} FROM (\n{sql}\n) q{}\n", tail.sql),
        }
    }

    fn wanted(&self, sql: String, bound: Bound, fixed: Option<Fixed>, limits: ReadLimits) -> Wanted {
        let (target, on_hand) = (self.target.clone(), Some(self.on_hand.clone()));
        Wanted { target, sql, bound, reading: Reading::Query, fixed, limits, on_hand }
    }

    /// The values of the query and of what stands behind it.
    fn bound(&self, tail: &Tail) -> Result<Bound, Failure> {
        Bound::new(self.dialect(), &self.query.translated.values, tail)
    }

    /// The number that a statement gives.
    async fn number(&self, sql: String, bound: Bound) -> Result<Option<i64>, Failure> {
        arrow::number(reader::start(self.wanted(sql, bound, None, ReadLimits::default())).await?).await
    }

    async fn highest(&self, order: &Order) -> Result<Option<i64>, Failure> {
        let none = Tail::default();
        let words = Words { dialect: self.dialect().into(), columns: &self.columns, bound: 0 };
        self.number(self.wrapped(&format!("max({}) AS n", words.column(order.cursor)), &none), self.bound(&none)?).await
    }

    /// The database's clock; this machine's, a difference to which the lag has to cover, where the dialect has no words for it.
    async fn clock(&self) -> Result<DateTime<Utc>, Failure> {
        let sql = match self.dialect() {
            GenericDialect::Postgres => "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8 AS n",
            GenericDialect::Mysql => "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED) AS n",
            GenericDialect::Sqlite => "SELECT CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) * 1000 AS n",
            GenericDialect::Standard => return Ok(machine_clock()),
        };
        let micros = self.number(sql.to_owned(), Bound::Row(None)).await?;
        let now = micros.and_then(DateTime::from_timestamp_micros);
        now.ok_or_else(|| Failure::new(FailureKind::Internal, "reading the time"))
    }
}

#[expect(clippy::disallowed_methods, reason = "it stands for the database's own clock, which is none of ours either")]
fn machine_clock() -> DateTime<Utc> {
    Utc::now()
}

#[async_trait]
impl Pages for Query {
    async fn rows(&self, tail: Tail, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let fixed = match self.dialect() {
            GenericDialect::Postgres | GenericDialect::Sqlite => Fixed::numbered(&self.columns),
            GenericDialect::Mysql | GenericDialect::Standard => Fixed::named(&self.columns),
        };
        reader::start(self.wanted(self.wrapped("q.*", &tail), self.bound(&tail)?, Some(fixed), limits)).await
    }

    async fn count(&self, tail: Tail) -> Result<u64, Failure> {
        let inner = self.wrapped("1 AS one", &tail);
        let number = self.number(format!("SELECT count(*) AS n FROM (\n{inner}) t"), self.bound(&tail)?).await?;
        counted(number.map(|number| number.to_string()).as_deref())
    }

    async fn close(&self) {
        // To hang up may wait for the network.
        if let Some(session) = self.on_hand.take() {
            drop(tokio::task::spawn_blocking(move || drop(session)).await);
        }
    }
}
