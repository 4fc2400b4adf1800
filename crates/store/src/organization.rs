//! Organizations.

use model::{Id, Name, Noun, Organization, Origin};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, SqlErr};

use crate::{
    Store, StoreError,
    column::{self, instant, micros, name},
    entities::organization::{ActiveModel, Column, Entity, Model},
    writing::Writing,
};

impl Store {
    /// All organizations, ordered by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_organizations(&self) -> Result<Vec<Organization>, StoreError> {
        Entity::find().order_by_asc(Column::Name).all(self.reader()).await?.into_iter().map(organization).collect()
    }

    /// The organization of this id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_organization(&self, id: Id<Organization>) -> Result<Option<Organization>, StoreError> {
        Entity::find_by_id(id.uuid()).one(self.reader()).await?.map(organization).transpose()
    }

    /// The organization of this name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_organization(&self, name: &str) -> Result<Option<Organization>, StoreError> {
        Entity::find().filter(Column::Name.eq(name)).one(self.reader()).await?.map(organization).transpose()
    }

    /// The organization that another system knows by this id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_organization_by_alias(&self, alias: &str) -> Result<Option<Organization>, StoreError> {
        find_by_alias(self.reader(), alias).await
    }

    /// A new organization; `alias` is the id that another system knows it by.
    ///
    /// # Errors
    /// `NameTaken`, for the alias too.
    pub async fn create_organization(&self, name: &Name, alias: Option<&str>) -> Result<Organization, StoreError> {
        let transaction = self.begin().await?;
        let created = self.new_organization(Id::new(self.clock()), name, alias, Origin::People);
        insert(&transaction, &created).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// An organization that is about to be inserted.
    pub(crate) fn new_organization(&self, id: Id<Organization>, name: &Name, alias: Option<&str>, origin: Origin) -> Organization {
        let now = self.clock().now_micros();
        Organization { id, name: name.clone(), alias: alias.map(str::to_owned), origin, created_at: now, updated_at: now }
    }
}

pub(crate) async fn find_by_alias(db: &impl ConnectionTrait, alias: &str) -> Result<Option<Organization>, StoreError> {
    Entity::find().filter(Column::Alias.eq(alias)).one(db).await?.map(organization).transpose()
}

pub(crate) async fn insert(db: &Writing, new: &Organization) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(new.id.uuid()),
        name: Set(new.name.as_str().to_owned()),
        created_at: Set(micros(new.created_at)),
        updated_at: Set(micros(new.updated_at)),
        revision: Set(1),
        origin: Set(new.origin.as_text()),
        alias: Set(new.alias.clone()),
        default_connection_id: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(|error| taken(error, new))?;
    db.changed_organization(new.id);
    Ok(())
}

/// The error, or `NameTaken` with what is not unique: the name or the alias.
pub(crate) fn taken(error: DbErr, new: &Organization) -> StoreError {
    let by_alias = matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(message)) if message.contains("alias"));
    let taken = new.alias.as_deref().filter(|_| by_alias).unwrap_or(new.name.as_str());
    StoreError::or_taken(error, Organization::NOUN, taken, None)
}

pub(crate) fn organization(row: Model) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: Id::from_uuid(row.id),
        name: name(&row.name)?,
        alias: row.alias,
        origin: column::origin(row.origin.as_deref())?,
        created_at: instant(row.created_at)?,
        updated_at: instant(row.updated_at)?,
    })
}
