//! A query that is followed. Its session is in no transaction: every statement is one of its own, so that no page is read from the snapshot
//! of the first, and no lock on a table's definition outlives a page.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, Utc};
use model::{
    Column, ColumnType, CursorValue, Failure, FailureKind, Fence,
    edges::{DatabaseAccess, Follow, Following, Open, ReadLimits, Rows, Sight},
};
use sqlx::{Arguments as _, AssertSqlSafe, Row, mysql::MySqlArguments};

use super::{asked_as_the_server_reads, failures::failure, open, reader::Reader, session, session::Session, start};
use crate::{
    engines::{Asked, server},
    follow::{Followed, Kept, OnHand, Order, Pages, Tail, attended, bytes_of, counted, orderless, refuse_own_limit, refused},
    rows::{channel, check_columns},
};

/// Begins to follow.
pub(super) async fn follow(access: &DatabaseAccess, asked: &Asked<'_>, following: &Following) -> Result<Box<dyn Follow>, Failure> {
    let session = Session::open_following(access).await?;
    let again = asked_as_the_server_reads(&session, asked)?;
    let dialect = session.dialect();
    refuse_own_limit(&asked.statement.sql, dialect)?;
    let kept = Arc::new(Kept::new(again.as_ref().unwrap_or(asked)));
    let (query, wanted) = (Arc::clone(&kept), following.clone());
    let limit = server::time_limit(&access.database);
    let (session, (columns, order, sight)) = attended(session, limit, move |session| {
        Box::pin(async move {
            let columns = session.prepare(&query.asked()).await?;
            check_columns(&columns)?;
            let order = Order::find(&columns, &wanted)?;
            if let Some(at) = order.all().find(|at| columns[*at].native == "geometry") {
                return Err(orderless(&columns[at], "geometry"));
            }
            let sight = look(session, &query, &columns[order.cursor], wanted.fence).await?;
            Ok((columns, order, sight))
        })
    })
    .await?;
    let bound = kept.translated.values.len();
    let pages = Query { access: access.clone(), query: kept, columns: columns.clone(), on_hand: OnHand::new(session) };
    Ok(Box::new(Followed::new(pages, columns, order, dialect, bound, sight)))
}

async fn look(session: &mut Session, query: &Kept, cursor: &Column, fence: Fence) -> Result<Sight, Failure> {
    if fence == Fence::TransactionId {
        return Err(refused(
            "MySQL and MariaDB have no transaction ids that a row can keep: choose the fence of open transactions, or one that lags",
        ));
    }
    let mut highest = None;
    if matches!(cursor.kind, ColumnType::Integer | ColumnType::Unsigned) {
        highest = highest_of(session, query, cursor).await?;
    }
    let now = clock(session).await?;
    let open = if fence == Fence::Transactions { open::look(session, now).await? } else { Open::NotAsked };
    Ok(Sight { now, highest, open, lowest_open: None })
}

async fn highest_of(session: &mut Session, query: &Kept, cursor: &Column) -> Result<Option<CursorValue>, Failure> {
    // The maximum stands alone within, where the server takes it from the end of an index.
    let name = cursor.name.replace('`', "``");
    let sql = format!("SELECT CAST(h.m AS CHAR) FROM (SELECT MAX(q.`{name}`) AS m FROM (\n{}\n) AS q) AS h", query.translated.sql);
    let arguments = session::arguments(&query.asked())?;
    Ok(one(session, sql, arguments, "asking for the highest cursor value").await?.map(|text| CursorValue::new(cursor, text)))
}

/// The text of the only value of a statement.
async fn one(session: &mut Session, sql: String, arguments: MySqlArguments, doing: &str) -> Result<Option<String>, Failure> {
    let row = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_one(&mut session.connection).await;
    let row = row.map_err(|error| failure(error, doing))?;
    row.try_get_unchecked::<Option<String>, _>(0).map_err(|error| failure(error, doing))
}

async fn clock(session: &mut Session) -> Result<DateTime<Utc>, Failure> {
    let asked = sqlx::query_scalar::<_, NaiveDateTime>("SELECT SYSDATE(6)").fetch_one(&mut session.connection).await;
    asked.map(|time| time.and_utc()).map_err(|error| failure(error, "asking for the server's time"))
}

/// The pages of one query.
struct Query {
    access: DatabaseAccess,
    query: Arc<Kept>,
    columns: Vec<Column>,
    on_hand: OnHand<Session>,
}

impl Query {
    async fn session(&self) -> Result<Session, Failure> {
        match self.on_hand.take() {
            Some(session) => Ok(session),
            None => Session::open_following(&self.access).await,
        }
    }

    fn limit(&self) -> Option<Duration> {
        server::time_limit(&self.access.database)
    }

    /// The values of the query, and behind them those of the tail.
    fn arguments(&self, tail: &Tail) -> Result<MySqlArguments, Failure> {
        let mut arguments = session::arguments(&self.query.asked())?;
        for value in &tail.values {
            bind(&mut arguments, value)?;
        }
        Ok(arguments)
    }
}

fn bind(arguments: &mut MySqlArguments, value: &CursorValue) -> Result<(), Failure> {
    let text = value.text.as_str();
    let wrong = || refused(format!("the cursor's value is no {}", value.kind.as_str()));
    let added = match value.kind {
        ColumnType::Integer => arguments.add(text.parse::<i64>().map_err(|_| wrong())?),
        ColumnType::Unsigned => arguments.add(text.parse::<u64>().map_err(|_| wrong())?),
        ColumnType::Float => arguments.add(text.parse::<f64>().map_err(|_| wrong())?),
        ColumnType::Boolean => arguments.add(i64::from(text == "true")),
        ColumnType::Bytes => arguments.add(bytes_of(value)?),
        ColumnType::Instant => arguments.add(text.trim_end_matches('Z')),
        _ => arguments.add(text),
    };
    added.map_err(|error| Failure::new(FailureKind::Cursor, "binding the cursor's value").because(error))
}

#[async_trait]
impl Pages for Query {
    async fn rows(&self, tail: Tail, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let (pieces, receiver) = channel();
        let reader = Reader {
            sql: format!("SELECT q.* FROM (\n{}\n) AS q{}", self.query.translated.sql, tail.sql),
            arguments: self.arguments(&tail)?,
            prepared: self.columns.clone(),
            fixed: true,
            limits,
            time_limit: self.limit(),
            pieces,
            on_hand: Some(self.on_hand.clone()),
        };
        start(self.session().await?, reader, receiver).await
    }

    async fn count(&self, tail: Tail) -> Result<u64, Failure> {
        let arguments = self.arguments(&tail)?;
        let inner = format!("SELECT 1 FROM (\n{}\n) AS q{}", self.query.translated.sql, tail.sql);
        let sql = format!("SELECT CAST(COUNT(*) AS CHAR) FROM ({inner}) AS n");
        let (session, text) =
            attended(self.session().await?, self.limit(), move |session| Box::pin(one(session, sql, arguments, "counting rows"))).await?;
        self.on_hand.give(session);
        counted(text.as_deref())
    }

    async fn close(&self) {
        if let Some(session) = self.on_hand.take() {
            session.close().await;
        }
    }
}
