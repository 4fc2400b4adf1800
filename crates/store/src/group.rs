//! Groups.

use chrono::{DateTime, Utc};
use model::{
    Group, Id, Name, Noun, Organization, Series, Stored,
    edges::{Fate, Settlement, SlotDecision},
};
use sea_orm::{
    ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Value,
    sea_query::{Expr, Query},
};

use crate::{
    Store, StoreError,
    change::ChangedNoun,
    column::{maybe_instant, micros},
    entities::{group::Entity, series},
    run,
    series::discard_series,
    stored::{self, Table},
    writing::Writing,
};

/// What becomes of the series of a group that is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Members {
    /// They keep their group: it is not deleted while there are any.
    #[default]
    Keep,
    /// They are in no group any more, and run by hand only.
    Release,
    /// They go to this group, behind those that are there, in their order.
    Move(Id<Group>),
    /// They are deleted with their runs.
    Delete,
}

impl Table for Entity {
    type Spec = Group;

    const CHANGED: ChangedNoun = ChangedNoun::Group;

    fn own_columns(spec: &Group) -> Vec<(&'static str, Value)> {
        vec![("enabled", spec.enabled.into())]
    }
}

impl Store {
    /// All groups of the organization, ordered by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_groups(&self, organization: Id<Organization>) -> Result<Vec<Stored<Group>>, StoreError> {
        stored::list::<Entity>(self.reader(), organization).await
    }

    /// The group of this id, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_group(&self, organization: Id<Organization>, id: Id<Group>) -> Result<Option<Stored<Group>>, StoreError> {
        stored::get::<Entity>(self.reader(), organization, id).await
    }

    /// The group of this name, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_group(&self, organization: Id<Organization>, name: &str) -> Result<Option<Stored<Group>>, StoreError> {
        stored::find::<Entity>(self.reader(), organization, name).await
    }

    /// When the group has its next slot; `None` when it is disabled, its schedule has no more, or it is not there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn group_next_slot(&self, organization: Id<Organization>, id: Id<Group>) -> Result<Option<DateTime<Utc>>, StoreError> {
        next_slot(self.reader(), organization, id).await
    }

    /// A new group and when its first slot is. A disabled group has no next slot, whatever is given.
    ///
    /// # Errors
    /// `NameTaken`; `Missing` when there is no such organization.
    pub async fn create_group(
        &self,
        organization: Id<Organization>,
        name: &Name,
        spec: &Group,
        next_slot_at: Option<DateTime<Utc>>,
    ) -> Result<Stored<Group>, StoreError> {
        let transaction = self.begin().await?;
        let new = self.new_stored(&transaction, organization, name, spec).await?;
        let created = stored::insert::<Entity>(&transaction, new).await?;
        set_next_slot(&transaction, created.id, spec, next_slot_at).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// Changes a group. With `expected_revision` only if nobody changed it since.
    ///
    /// `next_slot_at` is the first slot of the new schedule. It counts only when the schedule, the time zone or `enabled` changed:
    /// otherwise the next slot stays what it is in the store at this instant, however long ago the caller looked. A slot that has come and
    /// is not settled yet is never lost:
    ///
    /// - while the group stays enabled it stays due, and the slots of the new schedule follow it;
    /// - when the group is disabled it is recorded as missed, because a disabled group runs nothing. If more slots had come unsettled, that
    ///   record says so and stands for the first.
    ///
    /// # Errors
    /// `Missing` when it is not there, `Changed`, `NameTaken`.
    pub async fn update_group(
        &self,
        organization: Id<Organization>,
        id: Id<Group>,
        expected_revision: Option<i64>,
        name: &Name,
        spec: &Group,
        next_slot_at: Option<DateTime<Utc>>,
    ) -> Result<Stored<Group>, StoreError> {
        let now = self.clock().now_micros();
        let transaction = self.begin().await?;
        let before = stored::get::<Entity>(&transaction, organization, id).await?;
        let current = next_slot(&transaction, organization, id).await?;
        let updated = stored::update::<Entity>(&transaction, organization, id, expected_revision, name, spec, now).await?;
        if before.is_none_or(|before| !same_slots(&before.spec, spec)) {
            let come = current.filter(|slot| *slot <= now);
            if let Some(slot) = come.filter(|_| !spec.enabled) {
                let reason = "the group was disabled before this slot ran, and with it any slot that had come since".to_owned();
                let decisions = vec![SlotDecision { slot, last_slot: slot, slots: 1, fate: Fate::Miss(reason) }];
                let settlement = Settlement {
                    organization_id: organization,
                    group_id: id,
                    seen_revision: updated.revision,
                    seen_next_slot_at: slot,
                    next_slot_at: None,
                    at: now,
                    decisions,
                };
                self.record_slots(&transaction, &settlement).await?;
            }
            set_next_slot(&transaction, id, spec, come.or(next_slot_at)).await?;
        }
        transaction.commit().await?;
        Ok(updated)
    }

    /// Deletes a group that no series names any more; `false` when it was not there. Its slot records go with it. Runs that still
    /// waited in it are cancelled, one that is on its way goes on; the history of runs stays, without the group.
    ///
    /// # Errors
    /// `InUse` while a series is in it.
    pub async fn delete_group(&self, organization: Id<Organization>, id: Id<Group>) -> Result<bool, StoreError> {
        self.delete_group_at(organization, id, None, Members::Keep).await
    }

    /// The same; with `expected_revision` only if nobody changed it since. What becomes of its series happens in the same transaction: all
    /// of it or nothing.
    ///
    /// # Errors
    /// `InUse` while a series is in it that keeps it, or that is released and reads since the slot before, which only a group has;
    /// `Missing` when there is no group to move to; `Changed`.
    pub async fn delete_group_at(
        &self,
        organization: Id<Organization>,
        id: Id<Group>,
        expected_revision: Option<i64>,
        members: Members,
    ) -> Result<bool, StoreError> {
        let now = self.clock().now_micros();
        let transaction = self.begin().await?;
        let Some(present) = stored::get::<Entity>(&transaction, organization, id).await? else { return Ok(false) };
        stored::refuse_unless_at(&present, expected_revision)?;
        let of_group = stored::list_where::<series::Entity>(&transaction, in_group(organization, id)).await?;
        match members {
            Members::Keep => refuse_unless_none(of_group.iter())?,
            Members::Release => {
                refuse_unless_none(of_group.iter().filter(|series| series.spec.needs_a_group()))?;
                for series in &of_group {
                    place(&transaction, series, None, 0, now).await?;
                }
            }
            Members::Move(to) if to == id => return Err(StoreError::Missing { noun: "other group" }),
            Members::Move(to) => {
                stored::require::<Entity>(&transaction, organization, to).await?;
                let there = stored::list_where::<series::Entity>(&transaction, in_group(organization, to)).await?;
                let first = there.iter().map(|series| series.spec.position.saturating_add(1)).max().unwrap_or(0);
                let mut sorted: Vec<_> = of_group.iter().collect();
                sorted.sort_by_key(|series| (series.spec.position, series.created_at, series.id));
                for (series, position) in sorted.into_iter().zip(first..) {
                    place(&transaction, series, Some(to), position, now).await?;
                }
            }
            Members::Delete => {
                for series in &of_group {
                    discard_series(&transaction, organization, series.id).await?;
                }
            }
        }
        run::cancel_queued_of_group(&transaction, organization, id, now).await?;
        let deleted = stored::delete::<Entity>(&transaction, organization, id).await?;
        if members == Members::Delete {
            self.sweep_gone(&transaction, organization).await?;
        }
        transaction.commit().await?;
        Ok(deleted)
    }
}

/// The series of a group.
fn in_group(organization: Id<Organization>, id: Id<Group>) -> Expr {
    stored::of(organization).and(Expr::col("group_id").eq(id.uuid()))
}

fn refuse_unless_none<'a>(members: impl Iterator<Item = &'a Stored<Series>>) -> Result<(), StoreError> {
    let by: Vec<_> = members.map(|series| (Series::NOUN.to_owned(), series.name.to_string())).collect();
    if by.is_empty() { Ok(()) } else { Err(StoreError::InUse { noun: Group::NOUN, by }) }
}

/// Puts a series into a group, or into none.
async fn place(
    db: &Writing,
    series: &Stored<Series>,
    group_id: Option<Id<Group>>,
    position: i32,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Stored { organization_id, id, revision, name, spec, .. } = series;
    let placed = Series { group_id, position, ..spec.clone() };
    stored::update::<series::Entity>(db, *organization_id, *id, Some(*revision), name, &placed, now).await?;
    Ok(())
}

/// Whether two states of a group have the same slots.
fn same_slots(one: &Group, other: &Group) -> bool {
    (&one.schedule, one.time_zone, one.enabled) == (&other.schedule, other.time_zone, other.enabled)
}

async fn next_slot(db: &impl ConnectionTrait, organization: Id<Organization>, id: Id<Group>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next = Entity::find()
        .select_only()
        .expr(Expr::col("next_slot_at"))
        .filter(stored::of(organization))
        .filter(Expr::col("id").eq(id.uuid()))
        .into_tuple::<Option<i64>>()
        .one(db)
        .await?;
    maybe_instant(next.flatten())
}

async fn set_next_slot(
    db: &impl ConnectionTrait,
    id: Id<Group>,
    spec: &Group,
    next_slot_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let next = next_slot_at.filter(|_| spec.enabled).map(micros);
    let mut statement = Query::update();
    statement.table(Entity).value("next_slot_at", Expr::val(next)).and_where(Expr::col("id").eq(id.uuid()));
    db.execute(&statement).await?;
    Ok(())
}
