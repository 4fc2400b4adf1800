//! Connections: stored with their secrets.

use std::collections::BTreeMap;

use model::{
    Connection, Id, Name, Noun, Organization, SecretField, SecretState, Stored,
    secret::{SecretChanges, Secrets},
};
use sea_orm::Value;

use crate::{
    Store, StoreError,
    entities::{connection::Entity, series},
    stored::{self, Table},
};

impl Table for Entity {
    type Spec = Connection;

    fn own_columns(spec: &Connection) -> Vec<(&'static str, Value)> {
        vec![("driver", spec.target.driver().into())]
    }
}

impl Store {
    /// All connections of the organization, ordered by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_connections(&self, organization: Id<Organization>) -> Result<Vec<Stored<Connection>>, StoreError> {
        stored::list::<Entity>(self.reader(), organization).await
    }

    /// The connection of this id, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_connection(
        &self,
        organization: Id<Organization>,
        id: Id<Connection>,
    ) -> Result<Option<Stored<Connection>>, StoreError> {
        stored::get::<Entity>(self.reader(), organization, id).await
    }

    /// The connection of this name, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_connection(&self, organization: Id<Organization>, name: &str) -> Result<Option<Stored<Connection>>, StoreError> {
        stored::find::<Entity>(self.reader(), organization, name).await
    }

    /// A new connection with its secrets.
    ///
    /// # Errors
    /// `NameTaken`; `Missing` when there is no such organization.
    pub async fn create_connection(
        &self,
        organization: Id<Organization>,
        name: &Name,
        spec: &Connection,
        secrets: &SecretChanges,
    ) -> Result<Stored<Connection>, StoreError> {
        let transaction = self.begin().await?;
        let new = self.new_stored(&transaction, organization, name, spec).await?;
        let created = stored::insert::<Entity>(&transaction, new).await?;
        self.change_secrets(&transaction, organization, created.id, secrets, created.created_at).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// Changes a connection, and of its secrets those that are named. With `expected_revision` only if nobody changed it since.
    ///
    /// # Errors
    /// `Missing` when it is not there, `Changed`, `NameTaken`.
    pub async fn update_connection(
        &self,
        organization: Id<Organization>,
        id: Id<Connection>,
        expected_revision: Option<i64>,
        name: &Name,
        spec: &Connection,
        secrets: &SecretChanges,
    ) -> Result<Stored<Connection>, StoreError> {
        let now = self.clock().now_micros();
        let transaction = self.begin().await?;
        let updated = stored::update::<Entity>(&transaction, organization, id, expected_revision, name, spec, now).await?;
        self.change_secrets(&transaction, organization, id, secrets, now).await?;
        transaction.commit().await?;
        Ok(updated)
    }

    /// Deletes a connection and its secrets; `false` when it was not there.
    ///
    /// # Errors
    /// `InUse` while a series writes to it.
    pub async fn delete_connection(&self, organization: Id<Organization>, id: Id<Connection>) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        stored::refuse_while_used::<series::Entity>(&transaction, organization, Connection::NOUN, "connection_id", id.uuid()).await?;
        let deleted = stored::delete::<Entity>(&transaction, organization, id).await?;
        if deleted {
            self.delete_secrets(&transaction, organization, id).await?;
        }
        transaction.commit().await?;
        Ok(deleted)
    }

    /// The opened secrets of a connection; empty when none is kept or it is not there.
    ///
    /// # Errors
    /// `Sealed` when a value was altered outside of Tributary.
    pub async fn connection_secrets(&self, organization: Id<Organization>, id: Id<Connection>) -> Result<Secrets, StoreError> {
        self.open_secrets(self.reader(), organization, id).await
    }

    /// Which secrets of a connection are kept, and since when. A secret that was never set is not in it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn connection_secret_states(
        &self,
        organization: Id<Organization>,
        id: Id<Connection>,
    ) -> Result<BTreeMap<SecretField, SecretState>, StoreError> {
        self.secret_states(organization, id).await
    }
}
