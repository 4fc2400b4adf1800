//! Groups.

use chrono::{DateTime, Utc};
use model::{
    Group, Id, Name, Noun, Organization, Stored,
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
    stored::{self, Table},
};

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
        let transaction = self.begin().await?;
        stored::refuse_while_used::<series::Entity>(&transaction, organization, Group::NOUN, "group_id", id.uuid()).await?;
        run::cancel_queued_of_group(&transaction, organization, id, self.clock().now_micros()).await?;
        let deleted = stored::delete::<Entity>(&transaction, organization, id).await?;
        transaction.commit().await?;
        Ok(deleted)
    }
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
