//! Databases: stored with their secrets.

use std::collections::BTreeMap;

use model::{
    Database, Id, Name, Noun, Organization, SecretField, SecretState, Stored,
    secret::{SecretChanges, Secrets},
};
use sea_orm::Value;

use crate::{
    Store, StoreError,
    change::ChangedNoun,
    entities::{database::Entity, query},
    stored::{self, Table},
};

impl Table for Entity {
    type Spec = Database;

    const CHANGED: ChangedNoun = ChangedNoun::Database;

    fn own_columns(spec: &Database) -> Vec<(&'static str, Value)> {
        vec![("engine", spec.engine.kind().into())]
    }
}

impl Store {
    /// All databases of the organization, ordered by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_databases(&self, organization: Id<Organization>) -> Result<Vec<Stored<Database>>, StoreError> {
        stored::list::<Entity>(self.reader(), organization).await
    }

    /// The database of this id, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_database(&self, organization: Id<Organization>, id: Id<Database>) -> Result<Option<Stored<Database>>, StoreError> {
        stored::get::<Entity>(self.reader(), organization, id).await
    }

    /// The database of this name, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_database(&self, organization: Id<Organization>, name: &str) -> Result<Option<Stored<Database>>, StoreError> {
        stored::find::<Entity>(self.reader(), organization, name).await
    }

    /// A new database with its secrets.
    ///
    /// # Errors
    /// `NameTaken`; `Missing` when there is no such organization.
    pub async fn create_database(
        &self,
        organization: Id<Organization>,
        name: &Name,
        spec: &Database,
        secrets: &SecretChanges,
    ) -> Result<Stored<Database>, StoreError> {
        let transaction = self.begin().await?;
        let new = self.new_stored(&transaction, organization, name, spec).await?;
        let created = stored::insert::<Entity>(&transaction, new).await?;
        self.change_secrets(&transaction, organization, created.id, secrets, created.created_at).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// Changes a database, and of its secrets those that are named. With `expected_revision` only if nobody changed it since.
    ///
    /// # Errors
    /// `Missing` when it is not there, `Changed`, `NameTaken`.
    pub async fn update_database(
        &self,
        organization: Id<Organization>,
        id: Id<Database>,
        expected_revision: Option<i64>,
        name: &Name,
        spec: &Database,
        secrets: &SecretChanges,
    ) -> Result<Stored<Database>, StoreError> {
        let now = self.clock().now_micros();
        let transaction = self.begin().await?;
        let updated = stored::update::<Entity>(&transaction, organization, id, expected_revision, name, spec, now).await?;
        self.change_secrets(&transaction, organization, id, secrets, now).await?;
        transaction.commit().await?;
        Ok(updated)
    }

    /// Deletes a database and its secrets; `false` when it was not there.
    ///
    /// # Errors
    /// `InUse` while a query runs on it.
    pub async fn delete_database(&self, organization: Id<Organization>, id: Id<Database>) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        stored::refuse_while_used::<query::Entity>(&transaction, organization, Database::NOUN, "database_id", id.uuid()).await?;
        let deleted = stored::delete::<Entity>(&transaction, organization, id).await?;
        if deleted {
            self.delete_secrets(&transaction, organization, id).await?;
        }
        transaction.commit().await?;
        Ok(deleted)
    }

    /// The opened secrets of a database; empty when none is kept or it is not there.
    ///
    /// # Errors
    /// `Sealed` when a value was altered outside of Tributary.
    pub async fn database_secrets(&self, organization: Id<Organization>, id: Id<Database>) -> Result<Secrets, StoreError> {
        self.open_secrets(self.reader(), organization, id).await
    }

    /// Which secrets of a database are kept, and since when. A secret that was never set is not in it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn database_secret_states(
        &self,
        organization: Id<Organization>,
        id: Id<Database>,
    ) -> Result<BTreeMap<SecretField, SecretState>, StoreError> {
        self.secret_states(organization, id).await
    }
}
