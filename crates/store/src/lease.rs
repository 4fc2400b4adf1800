//! The lease: the right to run one run, kept on the run's own row, so that the statement which commits also checks it.
//!
//! ```text
//!  queued ──claim (token + 1)──▶ running ──heartbeat──▶ running ──finish──▶ final
//!                                   └──reclaim: the holder is gone──▶ abandoned, and attempt + 1 queued
//! ```
//!
//! Two walls keep a lane to one run at a time: the claim passes over busy lanes, and a unique index on the lanes of running runs refuses
//! what two claims at the same instant would do.

use chrono::{DateTime, Utc};
use model::{
    Code, FailureKind, Id, LogLevel, LogLine, Run, RunStatus,
    edges::{Lease, LeaseState, Progress, RunEnd},
    run::Reason,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, SqlErr, Statement,
    UpdateMany, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    column::{json, micros, word},
    entities::{
        run::{Column, Entity, Model},
        run_log,
    },
    run::{insert_runs, next_attempt, run},
    slot::settle_outcome,
};

const CLAIM: &str = "\
UPDATE runs SET status = 'running', node = $1, token = token + 1, lease_until = $2, started_at = $3
WHERE status = 'queued' AND id = (
    SELECT r.id FROM runs r
    WHERE r.status = 'queued' AND r.not_before <= $3
      AND NOT EXISTS (SELECT 1 FROM runs b WHERE b.lane = r.lane AND b.status = 'running')
    ORDER BY r.slot, r.place, r.id LIMIT 1)
RETURNING *";

impl Store {
    /// See [`model::edges::Store::claim_run`].
    pub(crate) async fn claim(
        &self,
        node: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<(Lease, Run)>, StoreError> {
        let transaction = self.begin().await?;
        let values = [node.into(), micros(lease_until).into(), micros(now).into()];
        let statement = Statement::from_sql_and_values(transaction.get_database_backend(), CLAIM, values);
        let claimed = match Entity::find().from_raw_sql(statement).one(&transaction).await {
            Ok(claimed) => claimed,
            // Another node took a run of the same lane at the same instant; the caller asks again soon enough.
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => None,
            Err(error) => return Err(error.into()),
        };
        let Some(row) = claimed else { return Ok(None) };
        transaction.changed_run(row.organization_id, row.id);
        transaction.commit().await?;
        let lease = Lease {
            organization_id: Id::from_uuid(row.organization_id),
            run_id: Id::from_uuid(row.id),
            node: node.to_owned(),
            token: row.token,
        };
        Ok(Some((lease, run(row)?)))
    }

    /// See [`model::edges::Store::heartbeat`].
    pub(crate) async fn extend(&self, lease: &Lease, lease_until: DateTime<Utc>, progress: &Progress) -> Result<LeaseState, StoreError> {
        let transaction = self.begin().await?;
        let update = with_progress(Entity::update_many(), progress)?
            .col_expr(Column::LeaseUntil, Expr::val(micros(lease_until)))
            .filter(held(lease));
        if update.exec(&transaction).await?.rows_affected == 0 {
            return Ok(LeaseState::Lost);
        }
        transaction.changed_run(lease.organization_id.uuid(), lease.run_id.uuid());
        append_log(&transaction, lease.organization_id.uuid(), lease.run_id.uuid(), &progress.log).await?;
        let stop = Entity::find_by_id(lease.run_id.uuid())
            .select_only()
            .column(Column::CancelRequested)
            .into_tuple::<bool>()
            .one(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(if stop == Some(true) { LeaseState::CancelRequested } else { LeaseState::Held })
    }

    /// See [`model::edges::Store::finish_run`]. No retry is queued for a run that a person asked to stop.
    pub(crate) async fn finish(&self, lease: &Lease, end: &RunEnd) -> Result<bool, StoreError> {
        if !end.status.is_final() {
            return Err(StoreError::NotFinal(word(&end.status)));
        }
        let transaction = self.begin().await?;
        let update = finished(with_progress(Entity::update_many(), &end.progress)?, end.status, end.at, end.reason.as_ref())?;
        if update.filter(held(lease)).exec(&transaction).await?.rows_affected == 0 {
            return Ok(false);
        }
        transaction.changed_run(lease.organization_id.uuid(), lease.run_id.uuid());
        append_log(&transaction, lease.organization_id.uuid(), lease.run_id.uuid(), &end.progress.log).await?;
        let row = Entity::find_by_id(lease.run_id.uuid()).one(&transaction).await?.ok_or(StoreError::Missing { noun: "run" })?;
        if let Some(retry_at) = end.retry_at.filter(|_| !row.cancel_requested) {
            insert_runs(&transaction, vec![next_attempt(self.clock(), &row, end.at, retry_at)?]).await?;
        }
        if let Some(slot) = row.slot_id {
            settle_outcome(&transaction, slot).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// See [`model::edges::Store::reclaim`]. The data directory is ours alone, so every other node is gone. A run that a person had asked
    /// to stop is cancelled rather than queued again.
    pub(crate) async fn take_back(&self, node: &str, now: DateTime<Utc>, max_attempts: u32) -> Result<Vec<Id<Run>>, StoreError> {
        let transaction = self.begin().await?;
        let orphans = Entity::find()
            .filter(Column::Status.eq("running"))
            .filter(Condition::any().add(Column::Node.is_null()).add(Column::Node.ne(node)))
            .order_by_asc(Column::Id)
            .all(&transaction)
            .await?;
        let mut abandoned = Vec::new();
        for row in orphans {
            transaction.changed_run(row.organization_id, row.id);
            let (status, reason) = after_orphaned(&row, max_attempts);
            finished(Entity::update_many(), status, now, Some(&reason))?
                .col_expr(Column::Token, Expr::val(row.token + 1))
                .filter(Column::Id.eq(row.id))
                .exec(&transaction)
                .await?;
            let line = LogLine { at: now, level: LogLevel::Warning, message: reason.message };
            append_log(&transaction, row.organization_id, row.id, &[line]).await?;
            if status == RunStatus::Abandoned {
                insert_runs(&transaction, vec![next_attempt(self.clock(), &row, now, now)?]).await?;
                abandoned.push(Id::from_uuid(row.id));
            }
            if let Some(slot) = row.slot_id {
                settle_outcome(&transaction, slot).await?;
            }
        }
        transaction.commit().await?;
        Ok(abandoned)
    }
}

/// What becomes of a run whose node is gone.
fn after_orphaned(row: &Model, max_attempts: u32) -> (RunStatus, Reason) {
    let reason = |kind: FailureKind, message: String, advice: &str| Reason {
        kind: Some(kind),
        code: Some(Code::Kind(kind)),
        message,
        advice: advice.to_owned(),
    };
    if row.cancel_requested {
        let message = "a person asked to stop it, and the node that ran it went away".to_owned();
        return (RunStatus::Cancelled, reason(FailureKind::Cancelled, message, FailureKind::Cancelled.advice()));
    }
    if i64::from(row.attempt) >= i64::from(max_attempts) {
        let message = format!("the node that ran it went away, for the last time of {max_attempts}");
        let advice = "find out why the server ended while it ran (its own log, the machine's memory), then run it again by hand";
        return (RunStatus::Failed, reason(FailureKind::Interrupted, message, advice));
    }
    let message = "the node that ran it went away".to_owned();
    (RunStatus::Abandoned, reason(FailureKind::Interrupted, message, FailureKind::Interrupted.advice()))
}

/// The run, while the lease holds.
pub(crate) fn held(lease: &Lease) -> Condition {
    Condition::all()
        .add(Column::Id.eq(lease.run_id.uuid()))
        .add(Column::OrganizationId.eq(lease.organization_id.uuid()))
        .add(Column::Status.eq("running"))
        .add(Column::Node.eq(lease.node.as_str()))
        .add(Column::Token.eq(lease.token))
}

fn with_progress(update: UpdateMany<Entity>, progress: &Progress) -> Result<UpdateMany<Entity>, StoreError> {
    let update = update.col_expr(Column::Figures, Expr::val(json("figures", &progress.figures)?));
    Ok(match progress.window {
        Some(window) => {
            update.col_expr(Column::WindowStart, Expr::val(micros(window.start))).col_expr(Column::WindowEnd, Expr::val(micros(window.end)))
        }
        None => update,
    })
}

fn finished(
    update: UpdateMany<Entity>,
    status: RunStatus,
    at: DateTime<Utc>,
    reason: Option<&Reason>,
) -> Result<UpdateMany<Entity>, StoreError> {
    Ok(update
        .col_expr(Column::Status, Expr::val(word(&status)))
        .col_expr(Column::FinishedAt, Expr::val(micros(at)))
        .col_expr(Column::Reason, Expr::val(reason.map(|reason| json("reason", reason)).transpose()?))
        .col_expr(Column::Node, Expr::val(None::<String>))
        .col_expr(Column::LeaseUntil, Expr::val(None::<i64>)))
}

/// Appends lines to the log of a run whose row this transaction has changed (and so holds).
async fn append_log(db: &impl ConnectionTrait, organization_id: Uuid, run_id: Uuid, lines: &[LogLine]) -> Result<(), StoreError> {
    if lines.is_empty() {
        return Ok(());
    }
    let last = run_log::Entity::find()
        .select_only()
        .column(run_log::Column::Line)
        .filter(run_log::Column::RunId.eq(run_id))
        .order_by_desc(run_log::Column::Line)
        .limit(1)
        .into_tuple::<i64>()
        .one(db)
        .await?
        .unwrap_or(0);
    for (line, entry) in (last + 1..).zip(lines) {
        let row = run_log::Model {
            run_id,
            line,
            organization_id,
            at: micros(entry.at),
            level: word(&entry.level),
            message: entry.message.clone(),
        };
        run_log::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn a_claim_reads_the_queue_in_its_order_and_never_the_history() {
        let house = testing::house().await;
        let values = ["node".into(), 0_i64.into(), 0_i64.into()];
        let plan = house.plan(Statement::from_sql_and_values(DbBackend::Sqlite, CLAIM, values)).await;
        assert!(plan.contains("SCAN r USING INDEX runs_queue") && plan.contains("runs_lane"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
