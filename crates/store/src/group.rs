//! Groups.

use chrono::{DateTime, Utc};
use model::{Group, Id, Name, Noun, Organization, Stored};
use sea_orm::{
    ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Value,
    sea_query::{Expr, Query},
};

use crate::{
    Store, StoreError,
    column::{maybe_instant, micros},
    entities::{group::Entity, series},
    run,
    stored::{self, Table},
};

impl Table for Entity {
    type Spec = Group;

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
        let next = Entity::find()
            .select_only()
            .expr(Expr::col("next_slot_at"))
            .filter(stored::of(organization))
            .filter(Expr::col("id").eq(id.uuid()))
            .into_tuple::<Option<i64>>()
            .one(self.reader())
            .await?;
        maybe_instant(next.flatten())
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

    /// Changes a group and when its next slot is. With `expected_revision` only if nobody changed it since.
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
        let updated = stored::update::<Entity>(&transaction, organization, id, expected_revision, name, spec, now).await?;
        set_next_slot(&transaction, id, spec, next_slot_at).await?;
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
