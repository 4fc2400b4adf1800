//! For whom a statement waits, while it waits: the server forgets it as soon as the wait is over.

use std::{future::Future, pin::pin, time::Duration};

use model::{Failure, FailureKind};
use sqlx::{ConnectOptions, Connection, Row, postgres::PgConnectOptions};
use tokio::time::{sleep, timeout};

use super::described;

/// Who holds what a process waits for. It may be a prepared transaction, which has no process.
const HOLDER: &str = "SELECT coalesce(b.pid, 0), coalesce(a.usename::text, ''), coalesce(a.application_name, ''),
 coalesce(host(a.client_addr), ''), coalesce(extract(epoch FROM clock_timestamp() - a.xact_start)::bigint, 0)
 FROM unnest(pg_blocking_pids($1)) AS b(pid) LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid ORDER BY a.xact_start LIMIT 1";

/// Looks at a session from outside.
pub(super) struct Witness {
    pub(super) options: PgConnectOptions,
    pub(super) process: Option<i32>,
    /// How long the session waits for a lock.
    pub(super) limit: Duration,
}

impl Witness {
    /// Awaits an answer. When half of the time for a lock has passed without one, another session looks who holds it; a failure of waiting
    /// says so.
    pub(super) async fn watch<T>(self, asked: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let patience = self.limit / 2;
        let mut asked = pin!(asked);
        tokio::select! {
            biased;
            answer = &mut asked => return answer,
            () = sleep(patience) => {}
        }
        let mut looking = pin!(timeout(patience, self.holder()));
        let mut seen = None;
        let answer = loop {
            tokio::select! {
                biased;
                answer = &mut asked => break answer,
                found = &mut looking, if seen.is_none() => seen = Some(found),
            }
        };
        answer.map_err(|mut failure| {
            if let (FailureKind::SqlTimeout, Some(Ok(Ok(Some(holder))))) = (failure.kind, seen) {
                failure.doing.push_str(&format!(", waiting for a lock of {holder}"));
            }
            failure
        })
    }

    async fn holder(&self) -> Result<Option<String>, sqlx::Error> {
        let Some(process) = self.process else { return Ok(None) };
        let mut other = self.options.connect().await?;
        let row = sqlx::query(HOLDER).bind(process).persistent(false).fetch_optional(&mut other).await?;
        other.close().await?;
        let Some(row) = row else { return Ok(None) };
        let text = |at: usize| row.try_get::<String, _>(at).unwrap_or_default();
        Ok(Some(match row.try_get::<i32, _>(0)? {
            0 => "a prepared transaction (PREPARE TRANSACTION)".to_owned(),
            pid => {
                format!("{}, whose transaction is open for {} s", described(pid, [&text(1), &text(2), &text(3)]), row.try_get::<i64, _>(4)?)
            }
        }))
    }
}
