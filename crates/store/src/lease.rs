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
    Code, FailureKind, Figures, Id, LogLevel, LogLine, Run, RunStatus, Window,
    edges::{Lease, LeaseState, Progress, RunEnd},
    run::Reason,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, JsonValue, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
    sea_query::{Expr, Func, Query},
};
use uuid::Uuid;

use crate::{
    Store, StoreError, backfill,
    carried::Carried,
    column::{json, micros, word},
    entities::{
        run::{Column, Entity, Model},
        run_log,
    },
    hold,
    run::{insert_runs, next_attempt, status_is},
    series,
    slot::settle_outcome,
    spool,
    writing::Writing,
};

impl Store {
    /// See [`model::edges::Store::heartbeat`]. A power failure may take back the last of them.
    pub(crate) async fn extend(&self, lease: &Lease, lease_until: DateTime<Utc>, progress: &Progress) -> Result<LeaseState, StoreError> {
        let transaction = self.begin_relaxed().await?;
        let Some(row) = held_run(&transaction, lease).await? else { return Ok(LeaseState::Lost) };
        with_progress(Entity::update_many(), &Carried::before(&row)?.with(progress), progress.window)?
            .col_expr(Column::LeaseUntil, Expr::val(micros(lease_until)))
            .filter(held(lease))
            .exec(&transaction)
            .await?;
        transaction.changed_run(lease.organization_id.uuid(), lease.run_id.uuid());
        append_log(&transaction, lease.organization_id.uuid(), lease.run_id.uuid(), &progress.log).await?;
        transaction.commit().await?;
        Ok(if row.cancel_requested { LeaseState::CancelRequested } else { LeaseState::Held })
    }

    /// See [`model::edges::Store::finish_run`]. No retry is queued for a run that a person asked to stop.
    pub(crate) async fn finish(&self, lease: &Lease, end: &RunEnd) -> Result<bool, StoreError> {
        if !end.status.is_final() {
            return Err(StoreError::NotFinal(word(&end.status)));
        }
        let transaction = self.begin().await?;
        let Some(row) = held_run(&transaction, lease).await? else { return Ok(false) };
        let total = Carried::before(&row)?.with(&end.progress);
        let update = with_progress(Entity::update_many(), &total, end.progress.window)?;
        finished(update, end.status, end.at, end.reason.as_ref())?.filter(held(lease)).exec(&transaction).await?;
        transaction.changed_run(lease.organization_id.uuid(), lease.run_id.uuid());
        append_log(&transaction, lease.organization_id.uuid(), lease.run_id.uuid(), &end.progress.log).await?;
        let connection = Id::from_uuid(row.connection_id);
        let is_whole = matches!(end.status, RunStatus::Succeeded | RunStatus::Partial);
        if row.probing && hold::took_lines(&end.progress.figures, is_whole) {
            hold::end(&transaction, lease.organization_id, connection).await?;
        }
        let may_retry = !row.cancel_requested && backfill::goes_on(&transaction, &row).await?;
        let retry_at = end.retry_at.filter(|_| may_retry);
        self.pass_on(&transaction, &row, end.at, retry_at).await?;
        if retry_at.is_none() {
            self.chunk_is_over(&transaction, &row, end.status, &total.figures, end.at).await?;
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
            .filter(status_is("running"))
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
            let is_abandoned = status == RunStatus::Abandoned && backfill::goes_on(&transaction, &row).await?;
            self.pass_on(&transaction, &row, now, is_abandoned.then_some(now)).await?;
            if !is_abandoned {
                self.chunk_is_over(&transaction, &row, status, &Figures::default(), now).await?;
            }
            if is_abandoned {
                abandoned.push(Id::from_uuid(row.id));
            }
            if let Some(slot) = row.slot_id {
                settle_outcome(&transaction, slot).await?;
            }
        }
        transaction.commit().await?;
        Ok(abandoned)
    }

    /// After a run that ran has ended: queues its next attempt if there is one, which takes over what is frozen of it; else that is let go.
    /// A connection on hold that it was to try, and did not write to, is tried by the next.
    async fn pass_on(&self, db: &Writing, row: &Model, at: DateTime<Utc>, retry_at: Option<DateTime<Utc>>) -> Result<(), StoreError> {
        let mut heir = None;
        if let Some(retry_at) = retry_at {
            let next = next_attempt(self.clock(), row, at, retry_at)?;
            let (id, spool) = (next.id, next.spool_id);
            if insert_runs(db, vec![next]).await? > 0 {
                series::follow(db, Column::Id.eq(id)).await?;
                heir = spool;
            }
        }
        if let Some(spool) = row.spool_id.filter(|spool| heir != Some(*spool)) {
            spool::discard(db, spool).await?;
        }
        if row.probing {
            hold::try_at(db, Id::from_uuid(row.organization_id), Id::from_uuid(row.connection_id), at).await?;
        }
        Ok(())
    }
}

/// What becomes of a run whose node is gone.
fn after_orphaned(row: &Model, max_attempts: u32) -> (RunStatus, Reason) {
    if row.cancel_requested {
        let message = "a person asked to stop it, and the node that ran it went away".to_owned();
        return (RunStatus::Cancelled, reason_of(FailureKind::Cancelled, message, FailureKind::Cancelled.advice()));
    }
    if i64::from(row.attempt) >= i64::from(max_attempts) {
        let message = format!("the node that ran it went away, for the last time of {max_attempts}");
        let advice = "find out why the server ended while it ran (its own log, the machine's memory), then run it again by hand";
        return (RunStatus::Failed, reason_of(FailureKind::Interrupted, message, advice));
    }
    let message = "the node that ran it went away".to_owned();
    (RunStatus::Abandoned, reason_of(FailureKind::Interrupted, message, FailureKind::Interrupted.advice()))
}

/// Why a run ended, of a kind alone.
pub(crate) fn reason_of(kind: FailureKind, message: String, advice: &str) -> Reason {
    Reason { kind: Some(kind), code: Some(Code::Kind(kind)), message, advice: advice.to_owned() }
}

/// The row of the run, while the lease holds: nobody else changes it before this transaction ends.
pub(crate) async fn held_run(db: &Writing, lease: &Lease) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find().filter(held(lease)).lock_exclusive().one(db).await?)
}

/// The run, while the lease holds.
pub(crate) fn held(lease: &Lease) -> Condition {
    Condition::all()
        .add(Column::Id.eq(lease.run_id.uuid()))
        .add(Column::OrganizationId.eq(lease.organization_id.uuid()))
        .add(status_is("running"))
        .add(Column::Node.eq(lease.node.as_str()))
        .add(Column::Token.eq(lease.token))
}

/// What the run did so far, in all of its executions.
pub(crate) fn with_progress(update: UpdateMany<Entity>, total: &Carried, window: Option<Window>) -> Result<UpdateMany<Entity>, StoreError> {
    let mut update = update.col_expr(Column::Figures, Expr::val(json("figures", &total.figures)?));
    if let Some(stretch) = &total.stretch {
        update = update.col_expr(Column::Stretch, Expr::val(json("stretch", stretch)?));
    }
    Ok(match window {
        Some(window) => {
            update.col_expr(Column::WindowStart, Expr::val(micros(window.start))).col_expr(Column::WindowEnd, Expr::val(micros(window.end)))
        }
        None => update,
    })
}

/// The run ended: nobody holds it, and what was kept for its next execution is gone.
pub(crate) fn finished(
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
        .col_expr(Column::LeaseUntil, Expr::val(None::<i64>))
        .col_expr(Column::Carried, Expr::val(None::<JsonValue>))
        .col_expr(Column::Advanced, Expr::val(None::<JsonValue>))
        .col_expr(Column::ToFreeze, Expr::val(false))
        .col_expr(Column::Frozen, Expr::val(false))
        .col_expr(Column::Probing, Expr::val(false))
        .col_expr(Column::SpoolId, Expr::val(None::<Uuid>)))
}

/// Rows of one `INSERT`: eight values each, and a database takes so many values in a statement.
const LINES_AT_ONCE: usize = 1_000;

/// Appends lines to the log of a run whose row this transaction has changed (and so holds).
pub(crate) async fn append_log(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    run_id: Uuid,
    lines: &[LogLine],
) -> Result<(), StoreError> {
    let last = Query::select()
        .expr(Func::coalesce([Expr::col(run_log::Column::Line).max(), Expr::val(0_i64)]))
        .from(run_log::Entity)
        .and_where(run_log::Column::RunId.eq(run_id))
        .to_owned();
    for lines in lines.chunks(LINES_AT_ONCE) {
        let mut insert = Query::insert();
        insert.into_table(run_log::Entity).columns([
            run_log::Column::RunId,
            run_log::Column::Line,
            run_log::Column::OrganizationId,
            run_log::Column::At,
            run_log::Column::Level,
            run_log::Column::Message,
        ]);
        for (behind, line) in (1_i64..).zip(lines) {
            insert.values_panic([
                run_id.into(),
                Expr::from(last.clone()).add(behind),
                organization_id.into(),
                micros(line.at).into(),
                word(&line.level).into(),
                line.message.as_str().into(),
            ]);
        }
        db.execute(&insert).await?;
    }
    Ok(())
}
