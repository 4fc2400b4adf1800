//! Which transactions are open on the server, and which statements run: what either may still write is older than their start.
//!
//! InnoDB tells its transactions from a copy that it makes anew only when nobody has looked for 0.1 s (`CACHE_MIN_IDLE_TIME_NS` of its
//! `trx0i_s.cc`): an answer may be as old as the looking of others is long. So a transaction of our own is begun after the clock was read;
//! an answer that shows it is younger than the clock. Sessions of this process look one after another, and share an answer that is young
//! enough, or they would keep the copy old for one another.
//!
//! A statement's `NOW()` is its start, which lies before that of its transaction when it first waited for a lock on a table's definition;
//! so statements that run are looked at as well, before the transactions: one that ends in between is seen as the transaction that it wrote.
//!
//! Known weakness: when the first statement of a transaction waited for such a lock, has ended, and its transaction is still open, the time
//! before its wait is known to nobody. An overlap as long as such waits covers it.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use model::{Code, Failure, FailureKind, HeldBack, edges::Open};
use sqlx::{Row, mysql::MySqlRow};
use tokio::time::Instant;

use super::{
    failures::failure,
    session::{Session, text},
};
use crate::follow::refused;

/// How long the server keeps the copy of its transactions while others look, and a little more.
const COPY_AGE: Duration = Duration::from_millis(120);
/// How often to look for the own transaction. Others who look all the time keep the copy old for as long.
const LOOKS: u32 = 50;

/// Statements that run, but for our own and the server's own. `TIME` counts whole seconds.
const STATEMENTS: &str = "SELECT CAST(ID AS CHAR), USER, COALESCE(HOST, ''), COALESCE(DB, ''), COMMAND, COALESCE(STATE, ''),
 SYSDATE() - INTERVAL (GREATEST(TIME, 0) + 1) SECOND
 FROM information_schema.PROCESSLIST
 WHERE ID <> CONNECTION_ID() AND COMMAND NOT IN ('Sleep', 'Daemon', 'Binlog Dump', 'Binlog Dump GTID')
 OR USER = 'system user'";

/// Transactions. InnoDB writes their start in the session's zone or in the server's own, by version: the own transaction tells which.
const TRANSACTIONS: &str = "SELECT CAST(trx_mysql_thread_id AS CHAR), trx_started, CONVERT_TZ(trx_started, 'SYSTEM', '+00:00'),
 CAST(trx_is_read_only AS CHAR) FROM information_schema.INNODB_TRX";

/// What one look found.
#[derive(Clone)]
struct Found {
    /// When the look began.
    begun: Instant,
    oldest: Option<(DateTime<Utc>, String)>,
}

/// The last look of this process at a server, by one account.
type Last = Arc<tokio::sync::Mutex<Option<Found>>>;

static LOOKED: LazyLock<Mutex<HashMap<String, Last>>> = LazyLock::new(Mutex::default);

/// The oldest transaction or statement that may still write. `now` has just been read from the server's clock.
pub(super) async fn look(session: &mut Session, now: DateTime<Utc>) -> Result<Open, Failure> {
    let since_clock = Instant::now();
    let last = {
        let mut all = LOOKED.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(session.account()).or_default())
    };
    let mut last = last.lock().await;
    let found = match last.as_ref().filter(|found| found.begun > since_clock) {
        Some(found) => found.clone(),
        None => {
            let found = Found { begun: Instant::now(), oldest: oldest(session).await? };
            *last = Some(found.clone());
            found
        }
    };
    drop(last);
    Ok(match found.oldest {
        None => Open::Nobody,
        Some((since, who)) => {
            let for_s = u64::try_from((now - since).num_seconds()).unwrap_or(0);
            Open::Since(HeldBack { since, for_s, who })
        }
    })
}

async fn oldest(session: &mut Session) -> Result<Option<(DateTime<Utc>, String)>, Failure> {
    let statements = rows(session, STATEMENTS).await?;
    if statements.iter().any(applies_the_writes_of_others) {
        return Err(refused(
            "this server takes rows from another one, by replication or as a part of a cluster, and does not see the transactions that are \
             open there: choose a fence that lags",
        ));
    }
    let transactions = fresh(session).await?;
    // A transaction that only reads stands for the statement that runs in it, such as a read of Tributary.
    let reads = |id: &str| transactions.iter().any(|transaction| transaction.reads && transaction.session == id);
    let mut oldest: Option<(DateTime<Utc>, String)> = None;
    let mut note = |since: DateTime<Utc>, who: String| {
        if oldest.as_ref().is_none_or(|(known, _)| since < *known) {
            oldest = Some((since, who));
        }
    };
    for row in &statements {
        let id = text(row, 0);
        if text(row, 1) == "system user" || reads(&id) {
            continue;
        }
        let Ok(since) = row.try_get_unchecked::<NaiveDateTime, _>(6) else { continue };
        note(since.and_utc(), who(&id, row));
    }
    for transaction in transactions.iter().filter(|transaction| !transaction.reads) {
        let id = &transaction.session;
        match transaction.started {
            _ if id == "0" => note(
                DateTime::UNIX_EPOCH,
                "a transaction that belongs to no session: prepared (XA PREPARE) and neither committed nor rolled back, or left by a crash"
                    .to_owned(),
            ),
            None => note(DateTime::UNIX_EPOCH, format!("connection {id}, whose transaction has no time of its start")),
            Some(since) => {
                let row = statements.iter().find(|row| text(row, 0) == *id);
                note(since, row.map_or_else(|| format!("connection {id}"), |row| who(id, row)));
            }
        }
    }
    if let Some((_, who)) = &mut oldest
        && let Some(id) = who.strip_prefix("connection ").filter(|id| id.parse::<u64>().is_ok())
    {
        let asked = sqlx::query("SELECT '', USER, COALESCE(HOST, ''), COALESCE(DB, '') FROM information_schema.PROCESSLIST WHERE ID = ?");
        let row = asked.bind(id.parse::<u64>().unwrap_or_default()).fetch_optional(&mut session.connection).await;
        if let Some(row) = row.map_err(asking)? {
            let id = id.to_owned();
            *who = self::who(&id, &row);
        }
    }
    Ok(oldest)
}

/// Replication's appliers, and those of a Galera cluster.
fn applies_the_writes_of_others(row: &MySqlRow) -> bool {
    let (user, command, state) = (text(row, 1), text(row, 4), text(row, 5));
    user == "system user" && (command.starts_with("Slave") || command == "Connect" || command == "Query" || state.contains("wsrep"))
}

fn who(id: &str, row: &MySqlRow) -> String {
    let mut who = format!("connection {id}, user {}", text(row, 1));
    for (what, at) in [("from", 2), ("database", 3)] {
        let text = text(row, at);
        if !text.is_empty() {
            who.push_str(&format!(", {what} {text}"));
        }
    }
    who
}

struct Transaction {
    session: String,
    /// `None` when the server does not tell.
    started: Option<DateTime<Utc>>,
    reads: bool,
}

/// The transactions, by an answer that is younger than the clock.
async fn fresh(session: &mut Session) -> Result<Vec<Transaction>, Failure> {
    run(session, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
    let mut found = None;
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(COPY_AGE).await;
        }
        let answer = rows(session, TRANSACTIONS).await?;
        let own = session.id().to_string();
        if let Some(row) = answer.iter().find(|row| text(row, 0) == own) {
            let in_servers_zone = is_in_servers_zone(session, row).await?;
            let transaction = |row: &MySqlRow| Transaction {
                session: text(row, 0),
                started: row
                    .try_get_unchecked::<Option<NaiveDateTime>, _>(if in_servers_zone { 2 } else { 1 })
                    .ok()
                    .flatten()
                    .map(|time| time.and_utc()),
                reads: text(row, 3) == "1",
            };
            found = Some(answer.iter().filter(|row| text(row, 0) != own).map(transaction).collect());
            break;
        }
    }
    run(session, "ROLLBACK").await?;
    let busy = "the server's list of transactions is looked at so often by others that it is never renewed; choose a fence that lags";
    found.ok_or_else(|| Failure::new(FailureKind::SqlTimeout, busy))
}

/// Whether the times of transactions are in the server's zone and not in the session's, which is UTC: told by the own one, which began a
/// moment ago.
async fn is_in_servers_zone(session: &mut Session, own: &MySqlRow) -> Result<bool, Failure> {
    let now = sqlx::query_scalar::<_, NaiveDateTime>("SELECT SYSDATE(6)").fetch_one(&mut session.connection).await.map_err(asking)?;
    let near = |at: usize| {
        let time = own.try_get_unchecked::<Option<NaiveDateTime>, _>(at).ok().flatten();
        time.is_some_and(|time| (now - time).abs() < TimeDelta::seconds(60))
    };
    match (near(1), near(2)) {
        (true, _) => Ok(false),
        (false, true) => Ok(true),
        (false, false) => {
            Err(refused("the server tells the start of transactions in a zone that cannot be told; choose a fence that lags"))
        }
    }
}

fn asking(error: sqlx::Error) -> Failure {
    failure(error, "asking for the transactions that are open")
}

async fn rows(session: &mut Session, sql: &'static str) -> Result<Vec<MySqlRow>, Failure> {
    let answer = sqlx::query(sql).fetch_all(&mut session.connection).await.map_err(asking);
    answer.map_err(|failure| {
        if failure.kind != FailureKind::SqlForbidden {
            return failure;
        }
        let user = session.username().replace('\'', "''");
        let words = "the account may not see the transactions of others";
        refused(format!("{words}: GRANT PROCESS ON *.* TO '{user}', or choose a fence that lags")).coded(Code::CursorRight).because(failure)
    })
}

async fn run(session: &mut Session, sql: &'static str) -> Result<(), Failure> {
    sqlx::raw_sql(sql).execute(&mut session.connection).await.map(drop).map_err(asking)
}
