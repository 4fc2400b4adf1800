//! A query that is followed, and what this server tells of the transactions that are open.
//!
//! The session has a transaction of its own for the columns and the sight, and another for each page: between pages it holds no lock, and a
//! server that ends sessions which forget a transaction leaves it alone. All of them are READ COMMITTED: in one REPEATABLE READ transaction a
//! row that was committed between the snapshot and the look at open transactions would be in no page and below the fence.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Code, Column, ColumnType, CursorValue, Failure, Fence, HeldBack,
    edges::{DatabaseAccess, Follow, Following, Open, ReadLimits, Rows, Sight},
};
use sqlx::{AssertSqlSafe, Row};

use super::{
    described,
    failures::{failure, failure_of_page},
    reader::{Casting, Read, named},
    ready_columns,
    session::Session,
};
use crate::{
    engines::{Asked, server},
    follow::{Followed, Kept, OnHand, Order, Pages, Tail, attended, counted, orderless, refused},
    query::Dialect,
};

/// Begins to follow.
pub(super) async fn follow(access: &DatabaseAccess, asked: &Asked<'_>, following: &Following) -> Result<Box<dyn Follow>, Failure> {
    let session = Session::open_following(access).await?;
    let limit = server::time_limit(&access.database);
    let kept = Arc::new(Kept::new(asked));
    let (query, wanted, place) = (Arc::clone(&kept), following.clone(), access.clone());
    let (session, (columns, order, sight)) = attended(session, limit, move |session| {
        Box::pin(async move {
            let columns = ready_columns(session, &place, &query.asked()).await?;
            let order = Order::find(&columns, &wanted)?;
            for at in order.all() {
                has_order(session, &columns[at]).await?;
            }
            let sight = look(session, &query, &columns, &order, wanted.fence).await?;
            session.rest().await?;
            Ok((columns, order, sight))
        })
    })
    .await?;
    let bound = kept.translated.values.len();
    let pages = Query { access: access.clone(), query: kept, columns: columns.clone(), on_hand: OnHand::new(session), limit };
    Ok(Box::new(Followed::new(pages, columns, order, Dialect::Postgres, bound, sight)))
}

/// Types that are known to have an order; the server is asked about others.
const ORDERED: [&str; 15] = [
    "bool",
    "bytea",
    "name",
    "int8",
    "int2",
    "int4",
    "text",
    "oid",
    "float4",
    "float8",
    "bpchar",
    "varchar",
    "date",
    "timestamp",
    "timestamptz",
];

async fn has_order(session: &mut Session, column: &Column) -> Result<(), Failure> {
    if ORDERED.contains(&column.native.as_str()) || matches!(column.native.as_str(), "numeric" | "uuid") {
        return Ok(());
    }
    let sql = AssertSqlSafe(format!("SELECT NULL::{} AS c ORDER BY c", column.native));
    match sqlx::raw_sql(sql).fetch_one(&mut session.connection).await {
        Ok(_) => Ok(()),
        Err(error) if error.as_database_error().is_some() => Err(orderless(column, &column.native).because(error)),
        Err(error) => Err(failure(error, "asking for the order of the cursor", |_| None)),
    }
}

/// Each piece is a statement of its own, and so has a snapshot of its own: what is open is looked at last, before any row is read.
async fn look(session: &mut Session, query: &Kept, columns: &[Column], order: &Order, fence: Fence) -> Result<Sight, Failure> {
    let cursor = &columns[order.cursor];
    let (mut highest, mut lowest_open) = (None, None);
    if cursor.kind == ColumnType::Integer && fence != Fence::TransactionId {
        highest = highest_of(session, query, columns, order).await?;
    }
    let (now, is_standby) = clock(session).await?;
    let open = match fence {
        Fence::LagS(_) => Open::NotAsked,
        Fence::TransactionId => {
            lowest_open = Some(lowest(session, cursor).await?);
            Open::NotAsked
        }
        Fence::Transactions if is_standby => {
            return Err(refused(
                "this server is a standby and does not see the transactions that are open on its primary: read from the primary, or choose a \
                 fence that lags",
            ));
        }
        Fence::Transactions => open(session, now).await?,
    };
    Ok(Sight { now, highest, open, lowest_open })
}

async fn highest_of(session: &mut Session, query: &Kept, columns: &[Column], order: &Order) -> Result<Option<CursorValue>, Failure> {
    let sql = format!("SELECT max(c{})::text FROM {}", order.cursor, named(&query.translated.sql, columns));
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(&mut session.connection).await;
    let row = row.map_err(|error| failure(error, "asking for the highest cursor value", |_| None))?;
    let text = row.try_get_unchecked::<Option<String>, _>(0);
    let text = text.map_err(|error| failure(error, "asking for the highest cursor value", |_| None))?;
    Ok(text.map(|text| CursorValue::new(&columns[order.cursor], text)))
}

async fn clock(session: &mut Session) -> Result<(DateTime<Utc>, bool), Failure> {
    let asked = sqlx::query_as("SELECT clock_timestamp(), pg_is_in_recovery()").persistent(false).fetch_one(&mut session.connection).await;
    asked.map_err(|error| failure(error, "asking for the server's time", |_| None))
}

/// The lowest transaction that has not ended. It needs no right, and holds on a standby too.
async fn lowest(session: &mut Session, cursor: &Column) -> Result<CursorValue, Failure> {
    if cursor.native != "xid8" && !matches!(cursor.kind, ColumnType::Integer | ColumnType::Decimal) {
        return Err(refused(format!(
            "column `{}` is of type {}: a fence of transaction ids needs a cursor of type xid8 (or one of whole numbers filled from it)",
            cursor.name, cursor.native
        )));
    }
    let text: String = session.text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text").await?;
    Ok(CursorValue::new(cursor, text))
}

/// What stands in the way of a fence, the worst first: somebody whose transaction cannot be seen, then the oldest transaction.
///
/// Whether a transaction has an id does not matter: one that has not written yet will write with `now()` as of its start. Those of
/// Tributary are left out, which cannot write; so are autovacuum's, which write no rows. A session of another user shows nothing to who may
/// not see it, not even what kind of process it is. `track_activities` is a setting that a superuser may turn off, for one user or for all.
///
/// PostgreSQL gives all of this view from one moment, and keeps that for the rest of the transaction: it is asked only here.
const OPEN: &str = "SELECT CASE WHEN backend_type IS NULL THEN 'hidden' WHEN state = 'disabled' THEN 'silent' ELSE 'open' END,
 xact_start, pid, coalesce(usename::text, ''), application_name, coalesce(host(client_addr), ''), quote_ident(current_user)
 FROM pg_catalog.pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND NOT (application_name = 'tributary' AND usename = session_user)
 AND CASE WHEN backend_type IS NULL THEN usesysid IS NOT NULL
          WHEN backend_type = 'autovacuum worker' THEN false
          ELSE xact_start IS NOT NULL OR state = 'disabled' END
 ORDER BY backend_type IS NULL DESC, state = 'disabled' DESC NULLS LAST, xact_start LIMIT 1";

/// Transactions that wait for their second phase. They keep no time of their start, and are older than the time at which they were prepared.
const PREPARED: &str = "SELECT gid, owner::text, prepared FROM pg_catalog.pg_prepared_xacts WHERE database = current_database()
 ORDER BY prepared LIMIT 1";

async fn open(session: &mut Session, now: DateTime<Utc>) -> Result<Open, Failure> {
    let asking = |error| failure(error, "asking for the transactions that are open", |_| None);
    // In this order: a transaction that is prepared in between is seen by both.
    let oldest = sqlx::query(OPEN).persistent(false).fetch_optional(&mut session.connection).await.map_err(asking)?;
    let prepared: Option<(String, String, DateTime<Utc>)> =
        sqlx::query_as(PREPARED).persistent(false).fetch_optional(&mut session.connection).await.map_err(asking)?;
    if let Some(row) = &oldest {
        let text = |at: usize| row.try_get::<String, _>(at).unwrap_or_default();
        let user = text(6);
        match text(0).as_str() {
            "hidden" => {
                let words = format!(
                    "the account may not see the transactions of {}: GRANT pg_read_all_stats TO {user}, or choose a fence that lags",
                    text(3)
                );
                return Err(refused(words).coded(Code::CursorRight));
            }
            "silent" => {
                let words = format!("`track_activities` is off for {}: turn it on, or choose a fence that lags", text(3));
                return Err(refused(words));
            }
            _ => {}
        }
    }
    if let Some((name, owner, prepared)) = prepared {
        let who = format!("prepared transaction `{name}` of {owner} (PREPARE TRANSACTION), which waits to be committed or rolled back");
        return Ok(Open::Since(HeldBack { since: DateTime::UNIX_EPOCH, for_s: seconds(prepared, now), who }));
    }
    let Some(row) = oldest else { return Ok(Open::Nobody) };
    let since: DateTime<Utc> = row.try_get(1).map_err(asking)?;
    let text = |at: usize| row.try_get::<String, _>(at).unwrap_or_default();
    let who = described(row.try_get(2).unwrap_or_default(), [&text(3), &text(4), &text(5)]);
    Ok(Open::Since(HeldBack { since, for_s: seconds(since, now), who }))
}

fn seconds(since: DateTime<Utc>, now: DateTime<Utc>) -> u64 {
    u64::try_from((now - since).num_seconds()).unwrap_or(0)
}

/// The pages of one query.
struct Query {
    access: DatabaseAccess,
    query: Arc<Kept>,
    columns: Vec<Column>,
    on_hand: OnHand<Session>,
    limit: Option<Duration>,
}

impl Query {
    /// The session within a transaction, the values set.
    async fn ready(&self, tail: &Tail) -> Result<Session, Failure> {
        let (mut session, rests) = match self.on_hand.take() {
            Some(session) => (session, true),
            None => (Session::open_following(&self.access).await?, false),
        };
        let set_up = async {
            if rests {
                session.begin().await?;
            }
            session.bind(&self.query.translated.values).await?;
            session.set(tail.settings().collect()).await?;
            Ok(session)
        };
        server::in_time(self.access.database.connect_timeout_ms, "setting up the session", set_up).await
    }
}

#[async_trait]
impl Pages for Query {
    async fn rows(&self, tail: Tail, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let session = self.ready(&tail).await?;
        let read = Read {
            casting: Casting::new(&self.query.translated.sql, &self.columns, &tail.sql),
            columns: self.columns.clone(),
            limits,
            time_limit: self.limit,
            on_hand: Some(self.on_hand.clone()),
        };
        read.start(session, &self.query.asked()).await
    }

    async fn count(&self, tail: Tail) -> Result<u64, Failure> {
        let session = self.ready(&tail).await?;
        let inner = format!("SELECT 1 FROM {}{}", named(&self.query.translated.sql, &self.columns), tail.sql);
        let sql = format!("SELECT count(*)::text FROM ({inner}) AS n");
        let columns = self.columns.clone();
        let (session, text) = attended(session, self.limit, move |session| {
            Box::pin(async move {
                let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(&mut session.connection).await;
                let row = row.map_err(|error| failure_of_page(error, "counting rows", &columns, |_| None))?;
                let text = row.try_get_unchecked::<String, _>(0).map_err(|error| failure(error, "counting rows", |_| None))?;
                session.rest().await?;
                Ok(text)
            })
        })
        .await?;
        self.on_hand.give(session);
        counted(Some(&text))
    }

    async fn close(&self) {
        if let Some(session) = self.on_hand.take() {
            session.close().await;
        }
    }
}
