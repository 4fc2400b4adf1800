//! Which run is next: the oldest whose lane is free and whose connection takes points, or may be tried, or whose rows can wait in the spool.
//!
//! Runs to a connection on hold are found by their connection, so that a hundred thousand of them cost a claim no more than one.

use chrono::{DateTime, Utc};
use model::{Id, Run, edges::Lease};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QuerySelect, SqlErr, Statement, Value};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    change::Announcement,
    column::{instant, micros},
    entities::{
        hold,
        run::{Entity, Model},
    },
    hold::let_one_through,
    run::run,
    spool,
    writing::Writing,
};

/// While no connection is on hold: takes nothing otherwise.
const CLAIM: &str = "\
UPDATE runs SET status = 'running', node = $1, token = token + 1, lease_until = $2, started_at = $3, reason = NULL, probing = false
WHERE status = 'queued' AND id = (
    SELECT r.id FROM runs r
    WHERE r.status = 'queued' AND r.not_before <= $3 AND NOT EXISTS (SELECT 1 FROM holds)
      AND NOT EXISTS (SELECT 1 FROM runs b WHERE b.lane = r.lane AND b.status = 'running')
    ORDER BY r.slot, r.place, r.id LIMIT 1)
RETURNING *";

const CLAIM_THIS: &str = "\
UPDATE runs SET status = 'running', node = $1, token = token + 1, lease_until = $2, started_at = $3, reason = NULL, probing = $5
WHERE status = 'queued' AND id = $4
RETURNING *";

/// The front of the queue, without what is held.
const FRONT: &str = "\
SELECT r.id, r.slot, r.place FROM (
    SELECT q.id, q.slot, q.place, q.lane, q.not_before, q.connection_id FROM runs q
    WHERE q.status = 'queued' ORDER BY q.slot, q.place, q.id LIMIT 1000) AS r
WHERE r.not_before <= $1
  AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.connection_id = r.connection_id)
  AND NOT EXISTS (SELECT 1 FROM runs b WHERE b.lane = r.lane AND b.status = 'running')
ORDER BY r.slot, r.place, r.id LIMIT 1";

/// The same behind a front that is held: the first of each connection that has runs in line, one look into the index each. `+ 0` keeps
/// the database from the index of instants, here and below: it would read and sort all runs of a connection.
const BEHIND: &str = "\
WITH RECURSIVE reached(connection_id) AS (
    SELECT (SELECT q.connection_id FROM runs q WHERE q.status = 'queued' ORDER BY q.connection_id LIMIT 1)
    UNION ALL
    SELECT (SELECT q.connection_id FROM runs q
            WHERE q.status = 'queued' AND q.connection_id > reached.connection_id ORDER BY q.connection_id LIMIT 1)
    FROM reached WHERE reached.connection_id IS NOT NULL)
SELECT r.id, r.slot, r.place FROM reached c JOIN runs r ON r.id = (
    SELECT n.id FROM runs n
    WHERE n.status = 'queued' AND n.connection_id = c.connection_id AND n.not_before + 0 <= $1
      AND NOT EXISTS (SELECT 1 FROM runs b WHERE b.lane = n.lane AND b.status = 'running')
    ORDER BY n.slot, n.place, n.id LIMIT 1)
WHERE NOT EXISTS (SELECT 1 FROM holds h WHERE h.connection_id = c.connection_id)
ORDER BY r.slot, r.place, r.id LIMIT 1";

/// The first of each connection on hold that is to be tried.
const PROBES: &str = "\
SELECT r.id, r.slot, r.place FROM holds h JOIN runs r ON r.id = (
    SELECT n.id FROM runs n
    WHERE n.status = 'queued' AND n.connection_id = h.connection_id AND n.not_before + 0 <= $1
      AND NOT EXISTS (SELECT 1 FROM runs b WHERE b.lane = n.lane AND b.status = 'running')
    ORDER BY n.slot, n.place, n.id LIMIT 1)
WHERE h.next_probe_at <= $1
ORDER BY r.slot, r.place, r.id LIMIT 1";

/// The first snapshot of each connection on hold that the spool has room for.
const TO_FREEZE: &str = "\
SELECT r.id, r.slot, r.place FROM holds h JOIN runs r ON r.id = (
    SELECT n.id FROM runs n
    WHERE n.status = 'queued' AND n.to_freeze AND n.connection_id = h.connection_id AND n.not_before + 0 <= $1 AND n.spool_wants <= $2
      AND NOT EXISTS (SELECT 1 FROM runs b WHERE b.lane = n.lane AND b.status = 'running')
    ORDER BY n.slot, n.place, n.id LIMIT 1)
ORDER BY r.slot, r.place, r.id LIMIT 1";

/// A queued run whose lane is busy is nothing to wake for: the end of the run before it is. One to a connection on hold waits for the next
/// try, unless it is a snapshot that there is room for.
const NEXT_WAKE: &str = "\
WITH RECURSIVE free(room) AS (SELECT $1 - COALESCE(SUM(bytes), 0) FROM spools), reached(connection_id) AS (
    SELECT (SELECT q.connection_id FROM runs q WHERE q.status = 'queued' ORDER BY q.connection_id LIMIT 1)
    UNION ALL
    SELECT (SELECT q.connection_id FROM runs q
            WHERE q.status = 'queued' AND q.connection_id > reached.connection_id ORDER BY q.connection_id LIMIT 1)
    FROM reached WHERE reached.connection_id IS NOT NULL)
SELECT MIN(wake) FROM (
    SELECT MIN(next_slot_at) AS wake FROM groups WHERE enabled
    UNION ALL
    SELECT CASE WHEN w.tried > w.first THEN w.tried ELSE w.first END FROM (
        SELECT (SELECT n.not_before FROM runs n
                WHERE n.status = 'queued' AND n.connection_id = c.connection_id
                  AND NOT EXISTS (SELECT 1 FROM runs b WHERE b.lane = n.lane AND b.status = 'running')
                ORDER BY n.not_before LIMIT 1) AS first,
               (SELECT h.next_probe_at FROM holds h WHERE h.connection_id = c.connection_id) AS tried
        FROM reached c WHERE c.connection_id IS NOT NULL) AS w
    UNION ALL
    SELECT (SELECT MIN(n.not_before + 0) FROM runs n
            WHERE n.status = 'queued' AND n.to_freeze AND n.connection_id = h.connection_id AND n.spool_wants <= (SELECT room FROM free)
              AND NOT EXISTS (SELECT 1 FROM runs b WHERE b.lane = n.lane AND b.status = 'running'))
    FROM holds h WHERE (SELECT room FROM free) > 0
) AS wakes";

/// A place in the queue: slot, place among the runs of its slot, id.
type Place = (i64, i32, Uuid);

impl Store {
    /// See [`model::edges::Store::claim_run`]. A claim that a power failure takes back leaves the run in line, for the node that claims it
    /// next: what it did meanwhile is kept together with its claim, or not at all.
    pub(crate) async fn claim(
        &self,
        node: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<(Lease, Run)>, StoreError> {
        let values: [Value; 3] = [node.into(), micros(lease_until).into(), micros(now).into()];
        let statement = Statement::from_sql_and_values(self.reader().get_database_backend(), CLAIM, values.clone());
        let row = match unless_taken(self.write_relaxed::<Model>(statement).await)?.pop() {
            Some(row) => {
                self.announcer().tell([Announcement::of_run(row.organization_id, row.id)]);
                row
            }
            None => match self.claim_beside_holds(values, now).await? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        let lease = lease(node, &row);
        Ok(Some((lease, run(row)?)))
    }

    async fn claim_beside_holds(&self, values: [Value; 3], now: DateTime<Utc>) -> Result<Option<Model>, StoreError> {
        let is_any_on_hold = hold::Entity::find().select_only().column(hold::Column::Probes).limit(1).into_tuple::<i64>();
        if is_any_on_hold.one(self.reader()).await?.is_none() {
            return Ok(None);
        }
        let transaction = self.begin_relaxed().await?;
        let Some((id, probing)) = self.next_beside_holds(&transaction, now).await? else { return Ok(None) };
        let values = values.into_iter().chain([id.into(), probing.into()]);
        let statement = Statement::from_sql_and_values(transaction.get_database_backend(), CLAIM_THIS, values);
        let Some(row) = unless_taken(Entity::find().from_raw_sql(statement).one(&transaction).await)? else { return Ok(None) };
        if row.probing {
            let_one_through(&transaction, &row, now).await?;
        }
        transaction.changed_run(row.organization_id, row.id);
        transaction.commit().await?;
        Ok(Some(row))
    }

    /// The next run while some connections are on hold, and whether it is let through to try one.
    async fn next_beside_holds(&self, db: &Writing, now: DateTime<Utc>) -> Result<Option<(Uuid, bool)>, StoreError> {
        let now = micros(now);
        let mut free = first(db, FRONT, vec![now.into()]).await?;
        if free.is_none() {
            free = first(db, BEHIND, vec![now.into()]).await?;
        }
        let probe = first(db, PROBES, vec![now.into()]).await?;
        let room = spool::room(db, self.spool_limit()).await?;
        let frozen = if room > 0 { first(db, TO_FREEZE, vec![now.into(), room.into()]).await? } else { None };
        // A probe comes first of the two: it may be a snapshot to freeze as well.
        let candidates =
            [free.map(|at| (at, false)), probe.map(|at| (at, true)), frozen.filter(|at| probe != Some(*at)).map(|at| (at, false))];
        Ok(candidates.into_iter().flatten().min().map(|((.., id), probing)| (id, probing)))
    }

    /// See [`model::edges::Store::next_wake`].
    pub(crate) async fn read_next_wake(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let db = self.reader();
        let limit = i64::try_from(self.spool_limit()).unwrap_or(i64::MAX);
        let statement = Statement::from_sql_and_values(db.get_database_backend(), NEXT_WAKE, [limit.into()]);
        let row = db.query_one_raw(statement).await?;
        let earliest = row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten();
        earliest.map(instant).transpose()
    }
}

/// Nothing, when another node took a run of the same lane at the same instant; the caller asks again soon enough.
fn unless_taken<T: Default>(claimed: Result<T, DbErr>) -> Result<T, StoreError> {
    match claimed {
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(T::default()),
        claimed => Ok(claimed?),
    }
}

async fn first(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<Option<Place>, StoreError> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(None) };
    Ok(Some((row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(0)?)))
}

fn lease(node: &str, row: &Model) -> Lease {
    Lease { organization_id: Id::from_uuid(row.organization_id), run_id: Id::from_uuid(row.id), node: node.to_owned(), token: row.token }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;
    use crate::testing;

    async fn plan_of(sql: &str, values: &[Value]) -> String {
        let house = testing::house().await;
        house.plan(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values.to_vec())).await
    }

    #[tokio::test]
    async fn a_claim_reads_the_queue_in_its_order_and_never_the_history() {
        let plan = plan_of(CLAIM, &["node".into(), 0_i64.into(), 0_i64.into()]).await;
        assert!(plan.contains("SCAN r USING INDEX runs_queue") && plan.contains("runs_lane"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[tokio::test]
    async fn the_front_of_the_queue_is_read_in_its_order() {
        let plan = plan_of(FRONT, &[0_i64.into()]).await;
        assert!(plan.contains("SCAN q USING INDEX runs_queue"), "{plan}");
        assert!(plan.contains("SEARCH b USING COVERING INDEX runs_lane"), "{plan}");
    }

    #[tokio::test]
    async fn what_is_behind_the_front_is_found_by_connection_and_never_scanned() {
        let plan = plan_of(BEHIND, &[0_i64.into()]).await;
        assert!(plan.contains("SEARCH n USING INDEX runs_queue_connection (connection_id=?)"), "{plan}");
        assert!(!plan.contains("SCAN r ") && !plan.contains("SCAN n "), "{plan}");
        for sql in [PROBES, TO_FREEZE] {
            let plan = plan_of(sql, &[0_i64.into(), 1_i64.into()]).await;
            let index = if sql == PROBES { "runs_queue_connection" } else { "runs_to_freeze" };
            assert!(plan.contains(&format!("SEARCH n USING INDEX {index} (connection_id=?)")), "{plan}");
            assert!(!plan.contains("SCAN r ") && !plan.contains("SCAN n "), "{plan}");
        }
    }

    #[tokio::test]
    async fn the_next_wake_looks_at_the_first_of_each_connection() {
        let plan = plan_of(NEXT_WAKE, &[1_i64.into()]).await;
        assert!(plan.contains("SEARCH n USING INDEX runs_wake (connection_id=?)"), "{plan}");
        assert!(plan.contains("SEARCH n USING INDEX runs_to_freeze (connection_id=?)"), "{plan}");
        assert!(!plan.contains("SCAN n"), "{plan}");
    }
}
