//! Kapacitors: stored with their secrets, below their connection.

use std::collections::{BTreeMap, HashMap};

use model::{
    Connection, Id, Kapacitor, LastCheck, Name, Noun, Organization, Origin, SecretField, SecretState, Stored,
    secret::{SecretChanges, Secrets},
};
use sea_orm::{ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, Value, sea_query::Expr};

use crate::{
    Standing, Store, StoreError,
    change::ChangedNoun,
    entities::{connection, kapacitor::Entity},
    standing::{self, Choosable},
    stored::{self, Table, of},
    writing::Writing,
};

/// What is said of a new Kapacitor beside its text.
#[derive(Clone, Debug, Default)]
pub struct NewKapacitor {
    /// The number that it is known by elsewhere; the next free one when absent.
    pub number: Option<i64>,
    /// Whether it becomes its connection's active one. Absent: if it is the connection's first.
    pub active: Option<bool>,
    /// What the check before saving said; absent when there was none.
    pub last_check: Option<LastCheck>,
}

/// What a change of a Kapacitor does beside its text.
#[derive(Clone, Debug, Default)]
pub struct KapacitorChange {
    /// Makes it its connection's active one, or no longer. Absent: as it is.
    pub active: Option<bool>,
    /// Keeps what the check before saving said, or (`Some(None)`) forgets the last one. Absent: as it is.
    pub last_check: Option<Option<LastCheck>>,
}

impl Table for Entity {
    type Spec = Kapacitor;

    const CHANGED: ChangedNoun = ChangedNoun::Kapacitor;

    fn own_columns(spec: &Kapacitor) -> Vec<(&'static str, Value)> {
        vec![("connection_id", spec.connection_id.uuid().into())]
    }
}

impl Choosable for Entity {
    const OWNERS: &'static str = "connections";
    const OWNER: &'static str = "connection_id";
    const CHOSEN: &'static str = "active_kapacitor_id";

    fn is_reached_differently(before: &Kapacitor, after: &Kapacitor) -> bool {
        before.is_reached_differently(after)
    }
}

impl Store {
    /// The Kapacitors of a connection, or all of the organization, ordered by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_kapacitors(
        &self,
        organization: Id<Organization>,
        connection: Option<Id<Connection>>,
    ) -> Result<Vec<Stored<Kapacitor>>, StoreError> {
        match connection {
            Some(connection) => stored::list_where::<Entity>(self.reader(), of(organization).and(on(connection))).await,
            None => stored::list::<Entity>(self.reader(), organization).await,
        }
    }

    /// The Kapacitor of this id, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_kapacitor(&self, organization: Id<Organization>, id: Id<Kapacitor>) -> Result<Option<Stored<Kapacitor>>, StoreError> {
        stored::get::<Entity>(self.reader(), organization, id).await
    }

    /// The Kapacitor of this name, if the connection has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_kapacitor(
        &self,
        organization: Id<Organization>,
        connection: Id<Connection>,
        name: &str,
    ) -> Result<Option<Stored<Kapacitor>>, StoreError> {
        stored::find_where::<Entity>(self.reader(), of(organization).and(on(connection)).and(Expr::col("name").eq(name))).await
    }

    /// The Kapacitor of this number, of whatever organization.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_kapacitor_by_number(&self, number: i64) -> Result<Option<Stored<Kapacitor>>, StoreError> {
        stored::find_where::<Entity>(self.reader(), Expr::col("number").eq(number)).await
    }

    /// How every Kapacitor of the organization stands, by one query.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn kapacitor_standings(&self, organization: Id<Organization>) -> Result<HashMap<Id<Kapacitor>, Standing>, StoreError> {
        standing::standings::<Entity>(self.reader(), organization, None).await
    }

    /// How a Kapacitor stands; the default when it is not there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn kapacitor_standing(&self, organization: Id<Organization>, id: Id<Kapacitor>) -> Result<Standing, StoreError> {
        Ok(standing::standing::<Entity>(self.reader(), organization, id).await?.unwrap_or_default())
    }

    /// A new Kapacitor with its secrets. The first of its connection becomes the active one unless told otherwise.
    ///
    /// # Errors
    /// `NameTaken` by another of the connection; `NumberTaken`; `Missing` when there is no such connection.
    pub async fn create_kapacitor(
        &self,
        organization: Id<Organization>,
        name: &Name,
        spec: &Kapacitor,
        secrets: &SecretChanges,
        new: NewKapacitor,
    ) -> Result<Stored<Kapacitor>, StoreError> {
        let transaction = self.begin().await?;
        stored::require::<connection::Entity>(&transaction, organization, spec.connection_id).await?;
        let is_first = Entity::find().filter(on(spec.connection_id)).count(&transaction).await? == 0;
        let mut stored = self.new_stored(&transaction, organization, name, spec).await?;
        stored.number = Some(standing::number::<Entity>(&transaction, new.number, 1).await?);
        let created = stored::insert::<Entity>(&transaction, stored).await?;
        self.change_secrets(&transaction, organization, created.id, secrets, created.created_at).await?;
        if new.last_check.is_some() {
            standing::note_check::<Entity>(&transaction, organization, created.id, None, new.last_check.as_ref()).await?;
        }
        if new.active.unwrap_or(is_first) {
            standing::choose::<Entity>(&transaction, organization, spec.connection_id.uuid(), Some(created.id)).await?;
        }
        transaction.commit().await?;
        Ok(created)
    }

    /// Changes a Kapacitor, and of its secrets those that are named. With `expected_revision` only if nobody changed it since.
    ///
    /// # Errors
    /// `Missing` when it is not there, or not one of the connection that `spec` names; `Changed`, `NameTaken`, `ReadOnly`.
    #[expect(clippy::too_many_arguments, reason = "whose, which, from which revision, and what it becomes: the form of every update")]
    pub async fn update_kapacitor(
        &self,
        organization: Id<Organization>,
        id: Id<Kapacitor>,
        expected_revision: Option<i64>,
        name: &Name,
        spec: &Kapacitor,
        secrets: &SecretChanges,
        change: KapacitorChange,
    ) -> Result<Stored<Kapacitor>, StoreError> {
        let now = self.clock().now_micros();
        let transaction = self.begin().await?;
        let before = require_of(&transaction, organization, spec.connection_id, id).await?;
        let updated = stored::update::<Entity>(&transaction, organization, id, expected_revision, name, spec, now).await?;
        self.change_secrets(&transaction, organization, id, secrets, now).await?;
        if let Some(check) = change.last_check {
            standing::note_check::<Entity>(&transaction, organization, id, None, check.as_ref()).await?;
        }
        let owner = before.spec.connection_id.uuid();
        let is_active = standing::chosen::<Entity>(&transaction, owner).await? == Some(id);
        match change.active {
            Some(true) => standing::choose::<Entity>(&transaction, organization, owner, Some(id)).await?,
            Some(false) if is_active => standing::choose::<Entity>(&transaction, organization, owner, None).await?,
            _ => {}
        }
        transaction.commit().await?;
        Ok(updated)
    }

    /// Makes a Kapacitor the connection's active one, or none of them. Whoever defines it.
    ///
    /// # Errors
    /// `Missing` when the connection, or that Kapacitor of it, is not there.
    pub async fn set_active_kapacitor(
        &self,
        organization: Id<Organization>,
        connection: Id<Connection>,
        id: Option<Id<Kapacitor>>,
    ) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        stored::require::<connection::Entity>(&transaction, organization, connection).await?;
        if let Some(id) = id {
            require_of(&transaction, organization, connection, id).await?;
        }
        standing::choose::<Entity>(&transaction, organization, connection.uuid(), id).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Keeps what a check of the Kapacitor at `revision` said, and tells whether it did: not when it was changed or deleted since.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_kapacitor_check(
        &self,
        organization: Id<Organization>,
        id: Id<Kapacitor>,
        revision: i64,
        check: LastCheck,
    ) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let noted = standing::note_check::<Entity>(&transaction, organization, id, Some(revision), Some(&check)).await?;
        transaction.commit().await?;
        Ok(noted)
    }

    /// Deletes a Kapacitor and its secrets; `false` when it was not there. If it was the active one, the connection has none then.
    ///
    /// # Errors
    /// `ReadOnly`.
    pub async fn delete_kapacitor(&self, organization: Id<Organization>, id: Id<Kapacitor>) -> Result<bool, StoreError> {
        self.delete_kapacitor_at(organization, id, None).await
    }

    /// The same; with `expected_revision` only if nobody changed it since.
    ///
    /// # Errors
    /// As [`Store::delete_kapacitor`]; `Changed`.
    pub async fn delete_kapacitor_at(
        &self,
        organization: Id<Organization>,
        id: Id<Kapacitor>,
        expected_revision: Option<i64>,
    ) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let Some(present) = stored::get::<Entity>(&transaction, organization, id).await? else { return Ok(false) };
        stored::refuse_unless_at(&present, expected_revision)?;
        if present.origin != Origin::People {
            return Err(StoreError::ReadOnly { noun: Kapacitor::NOUN, origin: present.origin });
        }
        self.discard_kapacitor(&transaction, organization, id).await?;
        self.sweep_gone(&transaction, organization).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The opened secrets of a Kapacitor; empty when none is kept or it is not there.
    ///
    /// # Errors
    /// `Sealed` when a value was altered outside of Tributary.
    pub async fn kapacitor_secrets(&self, organization: Id<Organization>, id: Id<Kapacitor>) -> Result<Secrets, StoreError> {
        self.open_secrets(self.reader(), organization, id).await
    }

    /// Which secrets of a Kapacitor are kept, and since when. A secret that was never set is not in it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn kapacitor_secret_states(
        &self,
        organization: Id<Organization>,
        id: Id<Kapacitor>,
    ) -> Result<BTreeMap<SecretField, SecretState>, StoreError> {
        self.secret_states(organization, id).await
    }

    /// The same of every Kapacitor of the organization, by one query. One that never had a secret is not in it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn kapacitors_secret_states(
        &self,
        organization: Id<Organization>,
    ) -> Result<HashMap<Id<Kapacitor>, BTreeMap<SecretField, SecretState>>, StoreError> {
        self.all_secret_states(organization).await
    }

    /// Deletes a Kapacitor and its secrets, whoever defines it.
    pub(crate) async fn discard_kapacitor(
        &self,
        db: &Writing,
        organization: Id<Organization>,
        id: Id<Kapacitor>,
    ) -> Result<(), StoreError> {
        // The connection's `active_kapacitor_id` becomes none by its reference.
        stored::delete::<Entity>(db, organization, id).await?;
        self.delete_secrets(db, organization, id).await
    }
}

/// Those of a connection.
pub(crate) fn on(connection: Id<Connection>) -> Expr {
    Expr::col("connection_id").eq(connection.uuid())
}

/// Refuses what is no Kapacitor of this connection.
async fn require_of(
    db: &impl ConnectionTrait,
    organization: Id<Organization>,
    connection: Id<Connection>,
    id: Id<Kapacitor>,
) -> Result<Stored<Kapacitor>, StoreError> {
    let found = stored::get::<Entity>(db, organization, id).await?;
    found.filter(|found| found.spec.connection_id == connection).ok_or(StoreError::Missing { noun: Kapacitor::NOUN })
}
