//! Queries.

use model::{Id, Name, Noun, Organization, Query, Stored};
use sea_orm::{ConnectionTrait, Value};

use crate::{
    Store, StoreError,
    change::ChangedNoun,
    entities::{database, query::Entity, series},
    stored::{self, Table},
};

impl Table for Entity {
    type Spec = Query;

    const CHANGED: ChangedNoun = ChangedNoun::Query;

    fn own_columns(spec: &Query) -> Vec<(&'static str, Value)> {
        vec![("database_id", spec.database_id.uuid().into()), ("category", spec.category.as_str().into())]
    }
}

impl Store {
    /// All queries of the organization, ordered by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_queries(&self, organization: Id<Organization>) -> Result<Vec<Stored<Query>>, StoreError> {
        stored::list::<Entity>(self.reader(), organization).await
    }

    /// The query of this id, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_query(&self, organization: Id<Organization>, id: Id<Query>) -> Result<Option<Stored<Query>>, StoreError> {
        stored::get::<Entity>(self.reader(), organization, id).await
    }

    /// The query of this name, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_query(&self, organization: Id<Organization>, name: &str) -> Result<Option<Stored<Query>>, StoreError> {
        stored::find::<Entity>(self.reader(), organization, name).await
    }

    /// A new query.
    ///
    /// # Errors
    /// `NameTaken`; `Missing` when what it names is not there or belongs to another organization.
    pub async fn create_query(&self, organization: Id<Organization>, name: &Name, spec: &Query) -> Result<Stored<Query>, StoreError> {
        let transaction = self.begin().await?;
        require_references(&transaction, organization, spec).await?;
        let new = self.new_stored(&transaction, organization, name, spec).await?;
        let created = stored::insert::<Entity>(&transaction, new).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// Changes a query. With `expected_revision` only if nobody changed it since.
    ///
    /// # Errors
    /// `Missing` when it, or what it names, is not there; `Changed`, `NameTaken`.
    pub async fn update_query(
        &self,
        organization: Id<Organization>,
        id: Id<Query>,
        expected_revision: Option<i64>,
        name: &Name,
        spec: &Query,
    ) -> Result<Stored<Query>, StoreError> {
        let now = self.clock().now_micros();
        let transaction = self.begin().await?;
        require_references(&transaction, organization, spec).await?;
        let updated = stored::update::<Entity>(&transaction, organization, id, expected_revision, name, spec, now).await?;
        transaction.commit().await?;
        Ok(updated)
    }

    /// Deletes a query; `false` when it was not there.
    ///
    /// # Errors
    /// `InUse` while a series reads it.
    pub async fn delete_query(&self, organization: Id<Organization>, id: Id<Query>) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        stored::refuse_while_used::<series::Entity>(&transaction, organization, Query::NOUN, "query_id", id.uuid()).await?;
        let deleted = stored::delete::<Entity>(&transaction, organization, id).await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}

/// Refuses to name what is not there or belongs to another organization.
async fn require_references(db: &impl ConnectionTrait, organization: Id<Organization>, spec: &Query) -> Result<(), StoreError> {
    stored::require::<database::Entity>(db, organization, spec.database_id).await
}
