//! Slots: which groups are due, what becomes of their slots, and how a slot ended.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{
    Failure, Group, Id, Organization, RunStatus, Slot, SlotOutcome, Trigger,
    edges::{DueGroup, Fate, Settlement, SlotDecision},
    run::Reason,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Statement,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    column::{count, from_word, instant, json, micros, word},
    entities::{
        group, run, series,
        slot::{ActiveModel, Column, Entity, Model},
    },
    joining,
    run::{enabled_series, insert_runs, queued_runs},
    stored,
    writing::Writing,
};

impl Store {
    /// The slot records of a group, newest first; with `before` only those that begin before it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_slots(
        &self,
        organization: Id<Organization>,
        group: Id<Group>,
        before: Option<DateTime<Utc>>,
        limit: u64,
    ) -> Result<Vec<Slot>, StoreError> {
        let mut query = Entity::find().filter(Column::GroupId.eq(group.uuid())).filter(Column::OrganizationId.eq(organization.uuid()));
        if let Some(before) = before {
            query = query.filter(Column::Slot.lt(micros(before)));
        }
        let rows = query.order_by_desc(Column::Slot).limit(limit).all(self.reader()).await?;
        rows.into_iter().map(slot).collect()
    }

    /// See [`model::edges::Store::due_groups`].
    pub(crate) async fn read_due_groups(&self, now: DateTime<Utc>) -> Result<Vec<DueGroup>, StoreError> {
        let snapshot = self.snapshot().await?;
        let due = group::Entity::find()
            .select_only()
            .column(group::Column::OrganizationId)
            .column(group::Column::Id)
            .column(group::Column::NextSlotAt)
            .filter(group::Column::Enabled.eq(true))
            .filter(group::Column::NextSlotAt.lte(micros(now)))
            .order_by_asc(group::Column::NextSlotAt)
            .into_tuple::<(Uuid, Uuid, i64)>()
            .all(&snapshot)
            .await?;
        let mut groups = Vec::with_capacity(due.len());
        for (organization, id, next_slot_at) in due {
            let group = match stored::get::<group::Entity>(&snapshot, Id::from_uuid(organization), Id::from_uuid(id)).await {
                Ok(Some(group)) => group,
                Ok(None) => continue,
                // One broken group does not stop the others. It stays due until someone mends it.
                Err(error @ StoreError::Malformed { .. }) => {
                    tracing::error!(group_id = %id, error = Failure::from(error).chain(), "a group cannot be read, its slots wait");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut due = DueGroup { group, next_slot_at: instant(next_slot_at)?, slots_waiting: 0, slots_running: 0, slots_late: 0 };
            count_open_slots(&snapshot, id, &mut due).await?;
            groups.push(due);
        }
        Ok(groups)
    }

    /// See [`model::edges::Store::settle_slots`].
    pub(crate) async fn settle(&self, settlement: &Settlement) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let mut statement = Query::update();
        statement
            .table(group::Entity)
            .value("next_slot_at", Expr::val(settlement.next_slot_at.map(micros)))
            .and_where(stored::of(settlement.organization_id))
            .and_where(Expr::col("id").eq(settlement.group_id.uuid()))
            .and_where(Expr::col("enabled").eq(true))
            .and_where(Expr::col("revision").eq(settlement.seen_revision))
            .and_where(Expr::col("next_slot_at").eq(micros(settlement.seen_next_slot_at)));
        if transaction.execute(&statement).await?.rows_affected() == 0 {
            return Ok(false);
        }
        transaction.changed::<group::Entity>(settlement.organization_id, settlement.group_id);
        self.record_slots(&transaction, settlement).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Records what becomes of the slots of a settlement, in the transaction that moves the group's next slot.
    pub(crate) async fn record_slots(&self, db: &Writing, settlement: &Settlement) -> Result<(), StoreError> {
        let series = enabled_series(db, settlement.group_id).await?;
        for decision in &settlement.decisions {
            self.record_slot(db, settlement, decision, &series).await?;
        }
        Ok(())
    }

    async fn record_slot(
        &self,
        db: &Writing,
        settlement: &Settlement,
        decision: &SlotDecision,
        series: &[series::Model],
    ) -> Result<(), StoreError> {
        if is_recorded(db, settlement.group_id, decision).await? {
            tracing::warn!(
                group_id = %settlement.group_id, slot = %decision.slot, last_slot = %decision.last_slot,
                "slots are recorded already and are not run again; was the clock set back?"
            );
            return Ok(());
        }
        let series = match &decision.fate {
            Fate::Skip(_) | Fate::Miss(_) => series.to_vec(),
            Fate::Run | Fate::RunLate => match joining::join(db, settlement, decision, series).await? {
                Some(own) => own,
                None => return Ok(()),
            },
        };
        let (outcome, status, reason) = match &decision.fate {
            Fate::Run | Fate::RunLate => (SlotOutcome::Open, RunStatus::Queued, ""),
            Fate::Skip(why) => (SlotOutcome::Skipped, RunStatus::Skipped, why.as_str()),
            Fate::Miss(why) => (SlotOutcome::Missed, RunStatus::Missed, why.as_str()),
        };
        let record = Model {
            id: Id::<Slot>::new(self.clock()).uuid(),
            organization_id: settlement.organization_id.uuid(),
            group_id: settlement.group_id.uuid(),
            slot: micros(decision.slot),
            last_slot: micros(decision.last_slot),
            slots: decision.slots.into(),
            outcome: word(&outcome),
            reason: reason.to_owned(),
            created_at: micros(settlement.at),
            late: decision.fate == Fate::RunLate,
            held: false,
        };
        let mut runs = queued_runs(self.clock(), &series, Trigger::Schedule, record.slot, settlement.at)?;
        for run in &mut runs {
            run.slot_id = Some(record.id);
            run.last_slot = record.last_slot;
            run.slots = record.slots;
            if status.is_final() {
                run.status = word(&status);
                run.finished_at = Some(micros(settlement.at));
                run.reason = Some(json("reason", &Reason { kind: None, code: None, message: reason.to_owned(), advice: String::new() })?);
            }
        }
        let slot_id = record.id;
        Entity::insert(record.into_active_model()).exec_without_returning(db).await?;
        insert_runs(db, runs).await?;
        if outcome == SlotOutcome::Open {
            // A group without enabled series has nothing to wait for.
            settle_outcome(db, slot_id).await?;
        }
        Ok(())
    }
}

/// Per open slot of a group, oldest first: whether one of its first attempts has begun, whether one has not ended, whether it runs late,
/// and whether it waits for a connection on hold and nothing else, or did.
const OPEN_SLOTS: &str = "\
SELECT MAX(CASE WHEN r.started_at IS NULL THEN 0 ELSE 1 END) AS begun,
       MAX(CASE WHEN r.status IN ('queued', 'running') THEN 1 ELSE 0 END) AS pending,
       MAX(CASE WHEN s.late THEN 1 ELSE 0 END) AS late,
       MAX(CASE WHEN s.held THEN 1 ELSE 0 END) AS held,
       MAX(CASE WHEN r.status IN ('queued', 'running') AND h.connection_id IS NULL THEN 1 ELSE 0 END) AS free
FROM slots s JOIN runs r ON r.slot_id = s.id LEFT JOIN holds h ON h.connection_id = r.connection_id
WHERE s.group_id = $1 AND s.outcome = 'open' AND r.attempt = 1
GROUP BY s.slot, s.id
ORDER BY s.slot";

/// Counts the slots of a group that wait, that run, and that run late, retries apart. One behind a slot that waited for a connection
/// waits for what that connection cost, so it counts as late too.
async fn count_open_slots(db: &impl ConnectionTrait, group: Uuid, due: &mut DueGroup) -> Result<(), StoreError> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), OPEN_SLOTS, [group.into()]);
    let mut is_behind_held = false;
    for row in db.query_all_raw(statement).await? {
        let is = |column: usize| row.try_get_by_index::<i32>(column).map(|value| value == 1);
        let (begun, pending, late) = (is(0)?, is(1)?, is(2)?);
        is_behind_held |= pending && (is(3)? || !is(4)?);
        match (pending, late || is_behind_held, begun) {
            (false, ..) => {}
            (true, true, _) => due.slots_late += 1,
            (true, false, false) => due.slots_waiting += 1,
            (true, false, true) => due.slots_running += 1,
        }
    }
    Ok(())
}

/// Whether a record of the group overlaps the decision. Records do not overlap each other, so the last that begins before the
/// decision's end tells.
async fn is_recorded(db: &impl ConnectionTrait, group: Id<Group>, decision: &SlotDecision) -> Result<bool, StoreError> {
    let last = Entity::find()
        .filter(Column::GroupId.eq(group.uuid()))
        .filter(Column::Slot.lte(micros(decision.last_slot)))
        .order_by_desc(Column::Slot)
        .limit(1)
        .one(db)
        .await?;
    Ok(last.is_some_and(|last| last.last_slot >= micros(decision.slot)))
}

/// Gives a slot the outcome that its runs have now: open while one waits or runs, else the worst of the last attempts. Called in the
/// transaction that changed a run.
pub(crate) async fn settle_outcome(db: &impl ConnectionTrait, slot_id: Uuid) -> Result<(), StoreError> {
    // Two runs of a slot may end at the same time; whoever comes second must see the first.
    if Entity::find_by_id(slot_id).lock_exclusive().one(db).await?.is_none() {
        return Ok(());
    }
    let attempts = run::Entity::find()
        .select_only()
        .columns([run::Column::SeriesId, run::Column::Status])
        .filter(run::Column::SlotId.eq(slot_id))
        .order_by_asc(run::Column::Attempt)
        .into_tuple::<(Uuid, String)>()
        .all(db)
        .await?;
    let last_attempts: BTreeMap<Uuid, String> = attempts.into_iter().collect();
    let mut outcomes = Vec::with_capacity(last_attempts.len());
    for status in last_attempts.values() {
        outcomes.push(outcome(from_word("run status", status)?));
    }
    let outcome =
        if outcomes.contains(&SlotOutcome::Open) { SlotOutcome::Open } else { outcomes.into_iter().max().unwrap_or(SlotOutcome::Empty) };
    Entity::update(ActiveModel { id: Set(slot_id), outcome: Set(word(&outcome)), ..Default::default() }).exec(db).await?;
    Ok(())
}

const fn outcome(status: RunStatus) -> SlotOutcome {
    match status {
        RunStatus::Queued | RunStatus::Running => SlotOutcome::Open,
        RunStatus::Empty => SlotOutcome::Empty,
        RunStatus::Succeeded => SlotOutcome::Succeeded,
        RunStatus::Partial => SlotOutcome::Partial,
        RunStatus::Cancelled => SlotOutcome::Cancelled,
        RunStatus::Failed | RunStatus::Abandoned => SlotOutcome::Failed,
        RunStatus::Skipped => SlotOutcome::Skipped,
        RunStatus::Missed => SlotOutcome::Missed,
    }
}

fn slot(row: Model) -> Result<Slot, StoreError> {
    Ok(Slot {
        group_id: Id::from_uuid(row.group_id),
        slot: instant(row.slot)?,
        last_slot: instant(row.last_slot)?,
        slots: count(row.slots),
        outcome: from_word("slot outcome", &row.outcome)?,
        reason: row.reason,
    })
}
