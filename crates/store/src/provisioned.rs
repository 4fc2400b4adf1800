//! What files and the environment define, mirrored into the store: read-only for people, and gone when its definition goes.
//!
//! A connection that people still need then (a series writes to it, or they attached a Kapacitor to it) stays, marked as gone, until they
//! do not, or until its definition comes back.

use model::{Connection, Id, Kapacitor, Name, Noun, Organization, Origin, Stored, secret::Secrets};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    column::{micros, origin},
    connection::{Heir, pass_default_on, settle_default},
    entities::{connection, database, group, kapacitor, organization, series},
    hold,
    kapacitor::on,
    organization::{find_by_alias, insert, organization as read_organization, taken},
    standing::{self, Choosable},
    stored::{self, of},
    writing::Writing,
};

/// What a file or the environment says of a connection or Kapacitor.
#[derive(Clone, Debug)]
pub struct Definition<'a, N> {
    /// The same for the same object at every start: see [`Id::of_key`].
    pub id: Id<N>,
    /// Its name.
    pub name: &'a Name,
    /// Its text.
    pub spec: &'a N,
    /// All its secrets; one that is not among them is forgotten.
    pub secrets: &'a Secrets,
    /// Who defines it; not people.
    pub origin: &'a Origin,
    /// Its number; absent: the one it has, or the next free one. Zero is for what the environment defines.
    pub number: Option<i64>,
    /// Whether it asks to be the default connection, or the active Kapacitor. Heard once, when it says so for the first time, so that the
    /// choice of people afterwards stands.
    pub claims: bool,
}

/// An object that is there and that a file or the environment defines.
#[derive(Clone, Debug, PartialEq)]
pub struct Defined<N> {
    /// Its id.
    pub id: Id<N>,
    /// Whose it is.
    pub organization_id: Id<Organization>,
    /// Its name.
    pub name: Name,
    /// Its number.
    pub number: Option<i64>,
    /// Who defines it.
    pub origin: Origin,
    /// Whether its definition is gone already.
    pub gone: bool,
}

/// Everything of every organization that a file or the environment defines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provisioned {
    /// Connections, by name.
    pub connections: Vec<Defined<Connection>>,
    /// Kapacitors, by name.
    pub kapacitors: Vec<Defined<Kapacitor>>,
    /// Organizations, by name.
    pub organizations: Vec<Organization>,
}

/// What became of a connection whose definition is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is no longer there.
    Deleted,
    /// It stays, marked as gone, because these series still write to it.
    KeptForSeries(Vec<String>),
    /// It stays, marked as gone, because people attached these Kapacitors to it.
    KeptForKapacitors(Vec<String>),
}

impl Store {
    /// Makes a connection what its file or the environment says. What is so already stays untouched: revision, secrets, last check.
    ///
    /// # Errors
    /// `NameTaken`, `NumberTaken`; `Missing` when there is no such organization.
    pub async fn put_provisioned_connection(
        &self,
        organization: Id<Organization>,
        definition: &Definition<'_, Connection>,
    ) -> Result<Stored<Connection>, StoreError> {
        let transaction = self.begin().await?;
        let put = self.put::<connection::Entity>(&transaction, organization, definition).await?;
        settle_default(&transaction, organization, put.now.id, put.asks).await?;
        if put.before.is_some_and(|before| before.revision != put.now.revision) {
            hold::try_at(&transaction, organization, put.now.id, put.now.updated_at).await?;
        }
        transaction.commit().await?;
        Ok(put.now)
    }

    /// Makes a Kapacitor what its file or the environment says. What is so already stays untouched: revision, secrets, last check.
    ///
    /// # Errors
    /// `NameTaken`, `NumberTaken`; `Missing` when there is no such connection.
    pub async fn put_provisioned_kapacitor(
        &self,
        organization: Id<Organization>,
        definition: &Definition<'_, Kapacitor>,
    ) -> Result<Stored<Kapacitor>, StoreError> {
        let transaction = self.begin().await?;
        let owner = definition.spec.connection_id;
        stored::require::<connection::Entity>(&transaction, organization, owner).await?;
        let put = self.put::<kapacitor::Entity>(&transaction, organization, definition).await?;
        let moved_from = put.before.map(|before| before.spec.connection_id).filter(|before| *before != owner);
        if let Some(left) = moved_from
            && standing::chosen::<kapacitor::Entity>(&transaction, left.uuid()).await? == Some(put.now.id)
        {
            standing::choose::<kapacitor::Entity>(&transaction, organization, left.uuid(), None).await?;
        }
        if put.asks || (definition.claims && moved_from.is_some()) {
            standing::choose::<kapacitor::Entity>(&transaction, organization, owner.uuid(), Some(put.now.id)).await?;
        }
        transaction.commit().await?;
        Ok(put.now)
    }

    /// Makes the organization of this alias what its file says. One that people made under this alias stays theirs, as it is.
    ///
    /// # Errors
    /// `NameTaken`.
    pub async fn put_provisioned_organization(&self, alias: &str, name: &Name, origin: Origin) -> Result<Organization, StoreError> {
        let transaction = self.begin().await?;
        let put = match find_by_alias(&transaction, alias).await? {
            None => {
                let id = Id::of_key(Organization::DEFAULT, &format!("organization {alias}"));
                let new = self.new_organization(id, name, Some(alias), origin);
                insert(&transaction, &new).await?;
                new
            }
            Some(present) if present.origin == Origin::People || (present.name == *name && present.origin == origin) => present,
            Some(present) => {
                let changed = Organization { name: name.clone(), origin, updated_at: self.clock().now_micros(), ..present };
                organization::Entity::update_many()
                    .col_expr(organization::Column::Name, Expr::val(name.as_str()))
                    .col_expr(organization::Column::Origin, Expr::val(changed.origin.as_text()))
                    .col_expr(organization::Column::UpdatedAt, Expr::val(micros(changed.updated_at)))
                    .col_expr(organization::Column::Revision, Expr::col("revision").add(1_i64))
                    .filter(organization::Column::Id.eq(changed.id.uuid()))
                    .exec(&transaction)
                    .await
                    .map_err(|error| taken(error, &changed))?;
                transaction.changed_organization(changed.id);
                changed
            }
        };
        transaction.commit().await?;
        Ok(put)
    }

    /// What is there now that a file or the environment defines, gone ones included, of every organization.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_provisioned(&self) -> Result<Provisioned, StoreError> {
        let snapshot = self.snapshot().await?;
        let organizations = organization::Entity::find()
            .filter(organization::Column::Origin.is_not_null())
            .order_by_asc(organization::Column::Name)
            .all(&snapshot)
            .await?;
        Ok(Provisioned {
            connections: defined::<connection::Entity>(&snapshot).await?,
            kapacitors: defined::<kapacitor::Entity>(&snapshot).await?,
            organizations: organizations.into_iter().map(read_organization).collect::<Result<_, _>>()?,
        })
    }

    /// The definition of a connection is gone: it goes too, with its Kapacitors and all their secrets, or stays, marked, while people need
    /// it. If it was the default, the oldest that is left becomes it. One that is not there counts as deleted.
    ///
    /// # Errors
    /// `Missing` when people define it.
    pub async fn remove_provisioned_connection(&self, organization: Id<Organization>, id: Id<Connection>) -> Result<Removed, StoreError> {
        let transaction = self.begin().await?;
        if !is_defined::<connection::Entity>(&transaction, organization, id).await? {
            return Ok(Removed::Deleted);
        }
        let removed = match needed_for(&transaction, organization, id).await? {
            Removed::Deleted => {
                self.discard_connection(&transaction, organization, id, Heir::Oldest).await?;
                Removed::Deleted
            }
            kept => {
                mark::<connection::Entity>(&transaction, organization, id, Mark { gone: true, claims: false }).await?;
                pass_default_on(&transaction, organization, id, Heir::OldestOrItself).await?;
                kept
            }
        };
        transaction.commit().await?;
        Ok(removed)
    }

    /// The definition of a Kapacitor is gone: it goes too, with its secrets. One that is not there is no error.
    ///
    /// # Errors
    /// `Missing` when people define it.
    pub async fn remove_provisioned_kapacitor(&self, organization: Id<Organization>, id: Id<Kapacitor>) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        if is_defined::<kapacitor::Entity>(&transaction, organization, id).await? {
            self.discard_kapacitor(&transaction, organization, id).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// The definition of an organization is gone: it goes too if it owns nothing. Tells whether it is gone now.
    ///
    /// # Errors
    /// `Missing` when people define it.
    pub async fn remove_provisioned_organization(&self, id: Id<Organization>) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let Some(present) = organization::Entity::find_by_id(id.uuid()).one(&transaction).await? else { return Ok(true) };
        if present.origin.is_none() {
            return Err(StoreError::Missing { noun: Organization::NOUN });
        }
        let owned = connection::Entity::find().filter(of(id)).count(&transaction).await?
            + database::Entity::find().filter(of(id)).count(&transaction).await?
            + group::Entity::find().filter(of(id)).count(&transaction).await?;
        if owned > 0 {
            return Ok(false);
        }
        organization::Entity::delete_by_id(id.uuid()).exec(&transaction).await?;
        transaction.changed_organization(id);
        transaction.commit().await?;
        Ok(true)
    }

    /// Deletes the connections of an organization whose definition is gone and that nobody needs any more.
    pub(crate) async fn sweep_gone(&self, db: &Writing, organization: Id<Organization>) -> Result<(), StoreError> {
        let gone = connection::Entity::find()
            .select_only()
            .column(connection::Column::Id)
            .filter(of(organization))
            .filter(connection::Column::Gone.eq(true))
            .into_tuple::<Uuid>()
            .all(db)
            .await?;
        for id in gone.into_iter().map(Id::from_uuid) {
            if needed_for(db, organization, id).await? == Removed::Deleted {
                self.discard_connection(db, organization, id, Heir::Oldest).await?;
            }
        }
        Ok(())
    }

    /// Inserts or replaces one row, its secrets and its marks.
    async fn put<T: Choosable>(
        &self,
        db: &Writing,
        organization: Id<Organization>,
        definition: &Definition<'_, T::Spec>,
    ) -> Result<Put<T::Spec>, StoreError> {
        let Definition { id, name, spec, secrets, origin, number, claims } = *definition;
        let least = if matches!(origin, Origin::Environment(_)) { 0 } else { 1 };
        let before = stored::get::<T>(db, organization, id).await?;
        let changes = self.secret_differences(db, organization, id, secrets).await?;
        let marked = mark_of::<T>(db, id).await?;
        let mut now = match &before {
            Some(before) => before.clone(),
            None => Stored { id, ..self.new_stored(db, organization, name, spec).await? },
        };
        (now.name, now.spec, now.origin) = (name.clone(), spec.clone(), origin.clone());
        if now.number.is_none() || number.is_some_and(|number| now.number != Some(number)) {
            now.number = Some(standing::number::<T>(db, number, least).await?);
        }
        match &before {
            None => now = stored::insert::<T>(db, now).await?,
            Some(before) if *before == now && changes.is_empty() => {}
            Some(before) => {
                (now.revision, now.updated_at) = (before.revision + 1, self.clock().now_micros());
                stored::replace::<T>(db, &now).await?;
                if !changes.is_empty() || T::is_reached_differently(&before.spec, spec) {
                    standing::note_check::<T>(db, organization, id, None, None).await?;
                }
            }
        }
        self.change_secrets(db, organization, id, &changes, now.updated_at).await?;
        let asks = claims && marked.is_none_or(|marked| !marked.claims);
        let wanted = Mark { gone: false, claims };
        // A thousand files that say what they said before are read again without a single write.
        if marked != Some(wanted) {
            mark::<T>(db, organization, id, wanted).await?;
        }
        Ok(Put { before, now, asks })
    }
}

/// A row that was put.
struct Put<N> {
    before: Option<Stored<N>>,
    now: Stored<N>,
    /// Whether it asks to be chosen for the first time.
    asks: bool,
}

/// What the store remembers of a definition.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    gone: bool,
    claims: bool,
}

async fn mark<T: Choosable>(db: &Writing, organization: Id<Organization>, id: Id<T::Spec>, mark: Mark) -> Result<(), StoreError> {
    let mut statement = Query::update();
    statement.table(T::default()).value("gone", mark.gone).value("claims", mark.claims).and_where(Expr::col("id").eq(id.uuid()));
    db.execute(&statement).await?;
    db.changed::<T>(organization, id);
    Ok(())
}

async fn mark_of<T: Choosable>(db: &impl ConnectionTrait, id: Id<T::Spec>) -> Result<Option<Mark>, StoreError> {
    let mut query = Query::select();
    query.columns(["gone", "claims"]).from(T::default()).and_where(Expr::col("id").eq(id.uuid()));
    let Some(row) = db.query_one(&query).await? else { return Ok(None) };
    Ok(Some(Mark { gone: row.try_get("", "gone")?, claims: row.try_get("", "claims")? }))
}

/// Whether one is there that a file or the environment defines.
async fn is_defined<T: Choosable>(db: &impl ConnectionTrait, organization: Id<Organization>, id: Id<T::Spec>) -> Result<bool, StoreError> {
    match stored::get::<T>(db, organization, id).await? {
        None => Ok(false),
        Some(present) if present.origin == Origin::People => Err(StoreError::Missing { noun: T::Spec::NOUN }),
        Some(_) => Ok(true),
    }
}

/// For what that people made a connection must stay; [`Removed::Deleted`] when for nothing.
async fn needed_for(db: &impl ConnectionTrait, organization: Id<Organization>, id: Id<Connection>) -> Result<Removed, StoreError> {
    let names = stored::names::<series::Entity>(db, of(organization).and(on(id))).await?;
    if !names.is_empty() {
        return Ok(Removed::KeptForSeries(names));
    }
    let names = stored::names::<kapacitor::Entity>(db, of(organization).and(on(id)).and(Expr::col("origin").is_null())).await?;
    Ok(if names.is_empty() { Removed::Deleted } else { Removed::KeptForKapacitors(names) })
}

/// All rows of a table that a file or the environment defines.
async fn defined<T: Choosable>(db: &impl ConnectionTrait) -> Result<Vec<Defined<T::Spec>>, StoreError> {
    let mut query = Query::select();
    query.columns(["id", "organization_id", "name", "number", "origin", "gone"]).from(T::default());
    query.and_where(Expr::col("origin").is_not_null()).order_by("name", sea_orm::Order::Asc).order_by("id", sea_orm::Order::Asc);
    let rows = db.query_all(&query).await?;
    rows.iter()
        .map(|row| {
            Ok(Defined {
                id: Id::from_uuid(row.try_get("", "id")?),
                organization_id: Id::from_uuid(row.try_get("", "organization_id")?),
                name: crate::column::name(&row.try_get::<String>("", "name")?)?,
                number: row.try_get("", "number")?,
                origin: origin(Some(&row.try_get::<String>("", "origin")?))?,
                gone: row.try_get("", "gone")?,
            })
        })
        .collect()
}
