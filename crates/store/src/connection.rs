//! Connections: stored with their secrets. An organization that has any has exactly one default connection.

use std::collections::{BTreeMap, HashMap};

use model::{
    Connection, Id, LastCheck, Name, Noun, Organization, Origin, SecretField, SecretState, Stored,
    secret::{SecretChanges, Secrets},
};
use sea_orm::{ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Value, sea_query::Expr};
use uuid::Uuid;

use crate::{
    Standing, Store, StoreError,
    change::ChangedNoun,
    check_outcome,
    entities::{connection::Entity, kapacitor, series},
    hold,
    kapacitor::on,
    standing::{self, Choosable},
    stored::{self, Table, of},
    writing::Writing,
};

/// What is said of a new connection beside its text.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// The number that it is known by elsewhere; the next free one when absent.
    pub number: Option<i64>,
    /// Whether it becomes the organization's default connection. The first one does in any case.
    pub default: bool,
    /// What the check before saving said; absent when there was none.
    pub last_check: Option<LastCheck>,
}

/// What a change of a connection does beside its text.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Whether it becomes the organization's default connection. It does not cease to be by `false`: another one must become it.
    pub default: bool,
    /// Keeps what the check before saving said, or (`Some(None)`) forgets the last one. Absent: as it is.
    pub last_check: Option<Option<LastCheck>>,
}

/// A connection was deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct Deleted {
    /// What is the default connection now, when the deleted one was it and others are left.
    pub new_default: Option<Stored<Connection>>,
}

impl Table for Entity {
    type Spec = Connection;

    const CHANGED: ChangedNoun = ChangedNoun::Connection;

    fn own_columns(spec: &Connection) -> Vec<(&'static str, Value)> {
        vec![("driver", spec.target.driver().into())]
    }
}

impl Choosable for Entity {
    const OWNERS: &'static str = "organizations";
    const OWNER: &'static str = "organization_id";
    const CHOSEN: &'static str = "default_connection_id";

    fn is_reached_differently(before: &Connection, after: &Connection) -> bool {
        before.is_reached_differently(after)
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

    /// The connection of this number, of whatever organization.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_connection_by_number(&self, number: i64) -> Result<Option<Stored<Connection>>, StoreError> {
        stored::find_where::<Entity>(self.reader(), Expr::col("number").eq(number)).await
    }

    /// How every connection of the organization stands, by one query.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn connection_standings(&self, organization: Id<Organization>) -> Result<HashMap<Id<Connection>, Standing>, StoreError> {
        standing::standings::<Entity>(self.reader(), organization, None).await
    }

    /// How a connection stands; the default when it is not there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn connection_standing(&self, organization: Id<Organization>, id: Id<Connection>) -> Result<Standing, StoreError> {
        Ok(standing::standing::<Entity>(self.reader(), organization, id).await?.unwrap_or_default())
    }

    /// A new connection with its secrets. The first of its organization becomes the default, whatever `new` says.
    ///
    /// # Errors
    /// `NameTaken`; `NumberTaken`; `Missing` when there is no such organization.
    pub async fn create_connection(
        &self,
        organization: Id<Organization>,
        name: &Name,
        spec: &Connection,
        secrets: &SecretChanges,
        new: New,
    ) -> Result<Stored<Connection>, StoreError> {
        let transaction = self.begin().await?;
        let mut stored = self.new_stored(&transaction, organization, name, spec).await?;
        stored.number = Some(standing::number::<Entity>(&transaction, new.number, 1).await?);
        let created = stored::insert::<Entity>(&transaction, stored).await?;
        self.change_secrets(&transaction, organization, created.id, secrets, created.created_at).await?;
        if new.last_check.is_some() {
            check_outcome::note(&transaction, organization, created.id, None, new.last_check.as_ref()).await?;
        }
        settle_default(&transaction, organization, created.id, new.default).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// Changes a connection, and of its secrets those that are named. With `expected_revision` only if nobody changed it since.
    ///
    /// # Errors
    /// `Missing` when it is not there, `Changed`, `NameTaken`, `ReadOnly`.
    #[expect(clippy::too_many_arguments, reason = "whose, which, from which revision, and what it becomes: the form of every update")]
    pub async fn update_connection(
        &self,
        organization: Id<Organization>,
        id: Id<Connection>,
        expected_revision: Option<i64>,
        name: &Name,
        spec: &Connection,
        secrets: &SecretChanges,
        change: Change,
    ) -> Result<Stored<Connection>, StoreError> {
        let now = self.clock().now_micros();
        let transaction = self.begin().await?;
        let updated = stored::update::<Entity>(&transaction, organization, id, expected_revision, name, spec, now).await?;
        self.change_secrets(&transaction, organization, id, secrets, now).await?;
        hold::try_at(&transaction, organization, id, now).await?;
        if let Some(check) = change.last_check {
            check_outcome::note(&transaction, organization, id, None, check.as_ref()).await?;
        }
        if change.default {
            standing::choose::<Entity>(&transaction, organization, organization.uuid(), Some(id)).await?;
        }
        transaction.commit().await?;
        Ok(updated)
    }

    /// Makes a connection the organization's default, whoever defines it.
    ///
    /// # Errors
    /// `Missing` when it is not there.
    pub async fn set_default_connection(&self, organization: Id<Organization>, id: Id<Connection>) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        stored::require::<Entity>(&transaction, organization, id).await?;
        standing::choose::<Entity>(&transaction, organization, organization.uuid(), Some(id)).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Keeps what a check of the connection at `revision` said, and tells whether it did: not when it was changed or deleted since.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_connection_check(
        &self,
        organization: Id<Organization>,
        id: Id<Connection>,
        revision: i64,
        check: LastCheck,
    ) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let noted = check_outcome::note(&transaction, organization, id, Some(revision), Some(&check)).await?;
        transaction.commit().await?;
        Ok(noted)
    }

    /// Deletes a connection, its Kapacitors and all their secrets; `None` when it was not there. If it was the default, `successor` becomes
    /// it, or else the oldest that is left; otherwise `successor` is not looked at.
    ///
    /// # Errors
    /// `InUse` while a series writes to it; `ReadOnly`, unless what defined it is gone; `Missing` when `successor` is not there.
    pub async fn delete_connection(
        &self,
        organization: Id<Organization>,
        id: Id<Connection>,
        successor: Option<Id<Connection>>,
    ) -> Result<Option<Deleted>, StoreError> {
        self.delete_connection_at(organization, id, None, successor).await
    }

    /// The same; with `expected_revision` only if nobody changed it since.
    ///
    /// # Errors
    /// As [`Store::delete_connection`]; `Changed`.
    pub async fn delete_connection_at(
        &self,
        organization: Id<Organization>,
        id: Id<Connection>,
        expected_revision: Option<i64>,
        successor: Option<Id<Connection>>,
    ) -> Result<Option<Deleted>, StoreError> {
        let transaction = self.begin().await?;
        let Some(present) = stored::get::<Entity>(&transaction, organization, id).await? else { return Ok(None) };
        stored::refuse_unless_at(&present, expected_revision)?;
        let standing = standing::standing::<Entity>(&transaction, organization, id).await?.unwrap_or_default();
        if present.origin != Origin::People && !standing.gone {
            return Err(StoreError::ReadOnly { noun: Connection::NOUN, origin: present.origin });
        }
        stored::refuse_while_used::<series::Entity>(&transaction, organization, Connection::NOUN, "connection_id", id.uuid()).await?;
        let heir = self.discard_connection(&transaction, organization, id, successor.map_or(Heir::Oldest, Heir::Given)).await?;
        let new_default = match heir {
            Some(heir) => stored::get::<Entity>(&transaction, organization, heir).await?,
            None => None,
        };
        transaction.commit().await?;
        Ok(Some(Deleted { new_default }))
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

    /// The same of every connection of the organization, by one query. One that never had a secret is not in it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn connections_secret_states(
        &self,
        organization: Id<Organization>,
    ) -> Result<HashMap<Id<Connection>, BTreeMap<SecretField, SecretState>>, StoreError> {
        self.all_secret_states(organization).await
    }

    /// Deletes a connection that no series names, whoever defines it, with its Kapacitors and all their secrets. Gives the new default if
    /// it was the default and others are left.
    pub(crate) async fn discard_connection(
        &self,
        db: &Writing,
        organization: Id<Organization>,
        id: Id<Connection>,
        heir: Heir,
    ) -> Result<Option<Id<Connection>>, StoreError> {
        let heir = pass_default_on(db, organization, id, heir).await?;
        let kapacitors = kapacitor::Entity::find().select_only().expr(Expr::col("id")).filter(on(id)).into_tuple::<Uuid>().all(db).await?;
        for kapacitor in kapacitors {
            self.discard_kapacitor(db, organization, Id::from_uuid(kapacitor)).await?;
        }
        stored::delete::<Entity>(db, organization, id).await?;
        self.delete_secrets(db, organization, id).await?;
        Ok(heir)
    }
}

/// After a connection came (again): it becomes the default if it asks to, or if there is none that can be written to.
pub(crate) async fn settle_default(db: &Writing, organization: Id<Organization>, id: Id<Connection>, asks: bool) -> Result<(), StoreError> {
    let is_vacant = match standing::chosen::<Entity>(db, organization.uuid()).await? {
        Some(default) => standing::standing::<Entity>(db, organization, default).await?.is_none_or(|standing| standing.gone),
        None => true,
    };
    if asks || is_vacant {
        standing::choose::<Entity>(db, organization, organization.uuid(), Some(id)).await?;
    }
    Ok(())
}

/// Who becomes the default when it goes.
pub(crate) enum Heir {
    /// This one.
    Given(Id<Connection>),
    /// The oldest of the others, one that is gone itself last of all; none when there are no others.
    Oldest,
    /// The same, but it stays the default when there are no others, because it stays.
    OldestOrItself,
}

/// Before a connection goes, or when what defines it is gone: if it is the default, another one becomes it. Gives that one.
pub(crate) async fn pass_default_on(
    db: &Writing,
    organization: Id<Organization>,
    from: Id<Connection>,
    heir: Heir,
) -> Result<Option<Id<Connection>>, StoreError> {
    if standing::chosen::<Entity>(db, organization.uuid()).await? != Some(from) {
        return Ok(None);
    }
    let heir = match heir {
        Heir::Given(heir) if heir == from => return Err(StoreError::Missing { noun: "successor" }),
        Heir::Given(heir) => {
            stored::require::<Entity>(db, organization, heir).await?;
            Some(heir)
        }
        Heir::Oldest => oldest_but(db, organization, from).await?,
        Heir::OldestOrItself => match oldest_but(db, organization, from).await? {
            Some(oldest) => Some(oldest),
            None => return Ok(None),
        },
    };
    standing::choose::<Entity>(db, organization, organization.uuid(), heir).await?;
    Ok(heir)
}

async fn oldest_but(
    db: &impl ConnectionTrait,
    organization: Id<Organization>,
    id: Id<Connection>,
) -> Result<Option<Id<Connection>>, StoreError> {
    let mut others = Entity::find().select_only().expr(Expr::col("id")).filter(of(organization)).filter(Expr::col("id").ne(id.uuid()));
    for column in ["gone", "created_at", "id"] {
        others = others.order_by_asc(Expr::col(column));
    }
    Ok(others.into_tuple::<Uuid>().one(db).await?.map(Id::from_uuid))
}
