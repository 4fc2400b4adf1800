//! Slots that join a run which waits.
//!
//! A run of an incremental series reads all that is new when it begins, so another one behind it in line would find nothing. A slot that
//! comes while one waits, for its turn, for its connection or for its next try, puts no second one in line: the run that waits stands for
//! that slot as well. When nothing else is to run for the slot, the group's newest record stands for it too; so every slot stays in exactly
//! one record, and records do not overlap.
//!
//! Known weakness: when the newest record is another one than that of the run (slots were skipped or missed meanwhile), the slot gets a
//! record and a run of its own, which the slots to come join.

use model::{
    Mode, Series,
    edges::{Fate, Settlement, SlotDecision},
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use crate::{
    StoreError,
    column::{from_json, micros},
    entities::{run, series, slot},
    run::status_is,
    writing::Writing,
};

/// A run that waits, and the record of its slot.
type Waiting = (Uuid, Uuid);

/// Lets a slot that is to run join the runs that wait. Gives the series that need a run of their own for it; `None` when none does, and the
/// slot is on record.
pub(crate) async fn join(
    db: &Writing,
    settlement: &Settlement,
    decision: &SlotDecision,
    series: &[series::Model],
) -> Result<Option<Vec<series::Model>>, StoreError> {
    let (mut waiting, mut own) = (Vec::new(), Vec::new());
    for one in series {
        match waiting_run(db, settlement, one).await? {
            Some(run) => waiting.push(run),
            None => own.push(one.clone()),
        }
    }
    let all_wait = own.is_empty() && !waiting.is_empty();
    if all_wait && !extend_record(db, settlement, decision, &waiting).await? {
        return Ok(Some(series.to_vec()));
    }
    for (run, _) in waiting {
        extend_run(db, settlement, decision, run).await?;
    }
    Ok((!all_wait).then_some(own))
}

/// The run of an incremental series that waits in this group, the one of the latest slot if there are several.
async fn waiting_run(db: &Writing, settlement: &Settlement, of: &series::Model) -> Result<Option<Waiting>, StoreError> {
    // A series that cannot be read fails in its own run.
    let is_incremental = from_json::<Series>("series", of.spec.clone()).is_ok_and(|series| matches!(series.mode, Mode::Incremental(_)));
    if !is_incremental {
        return Ok(None);
    }
    let queued = run::Entity::find()
        .select_only()
        .columns([run::Column::Id, run::Column::SlotId])
        .filter(run::Column::SeriesId.eq(of.id))
        .filter(status_is("queued"))
        .filter(run::Column::GroupId.eq(settlement.group_id.uuid()))
        .filter(run::Column::SlotId.is_not_null())
        .order_by_desc(run::Column::Slot)
        .order_by_desc(run::Column::Id)
        .limit(1);
    Ok(queued.into_tuple::<Waiting>().one(db).await?)
}

/// A next try that waits for its time goes now, as the slot would have.
async fn extend_run(db: &Writing, settlement: &Settlement, decision: &SlotDecision, id: Uuid) -> Result<(), StoreError> {
    let (at, not_before) = (micros(settlement.at), Expr::col(run::Column::NotBefore));
    run::Entity::update_many()
        .col_expr(run::Column::LastSlot, Expr::val(micros(decision.last_slot)))
        .col_expr(run::Column::Slots, Expr::col(run::Column::Slots).add(i64::from(decision.slots)))
        .col_expr(run::Column::NotBefore, Expr::case(not_before.clone().gt(at), at).finally(not_before).into())
        .filter(run::Column::Id.eq(id))
        .exec(db)
        .await?;
    db.changed_run(settlement.organization_id.uuid(), id);
    Ok(())
}

/// Makes the newest record of the group stand for the slot too, if one of these runs belongs to it. Tells whether it does.
async fn extend_record(db: &Writing, settlement: &Settlement, decision: &SlotDecision, waiting: &[Waiting]) -> Result<bool, StoreError> {
    let newest = slot::Entity::find()
        .filter(slot::Column::GroupId.eq(settlement.group_id.uuid()))
        .order_by_desc(slot::Column::Slot)
        .limit(1)
        .one(db)
        .await?;
    let Some(newest) = newest.filter(|newest| waiting.iter().any(|(_, record)| *record == newest.id)) else { return Ok(false) };
    slot::Entity::update_many()
        .col_expr(slot::Column::LastSlot, Expr::val(micros(decision.last_slot)))
        .col_expr(slot::Column::Slots, Expr::val(newest.slots + i64::from(decision.slots)))
        .col_expr(slot::Column::Late, Expr::val(newest.late || decision.fate == Fate::RunLate))
        .filter(slot::Column::Id.eq(newest.id))
        .exec(db)
        .await?;
    Ok(true)
}
