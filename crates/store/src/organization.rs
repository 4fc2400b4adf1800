//! Organizations.

use model::{Id, Name, Noun, Organization, Origin};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Store, StoreError,
    column::{instant, micros, name},
    entities::organization::{ActiveModel, Column, Entity, Model},
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

    /// A new organization.
    ///
    /// # Errors
    /// `NameTaken`.
    pub async fn create_organization(&self, name: &Name) -> Result<Organization, StoreError> {
        let now = self.clock().now_micros();
        let created = Organization {
            id: Id::new(self.clock()),
            name: name.clone(),
            alias: None,
            origin: Origin::People,
            created_at: now,
            updated_at: now,
        };
        let transaction = self.begin().await?;
        Entity::insert(ActiveModel {
            id: Set(created.id.uuid()),
            name: Set(name.as_str().to_owned()),
            created_at: Set(micros(now)),
            updated_at: Set(micros(now)),
            revision: Set(1),
        })
        .exec_without_returning(&transaction)
        .await
        .map_err(|error| StoreError::or_name_taken(error, Organization::NOUN, name.as_str()))?;
        transaction.commit().await?;
        Ok(created)
    }
}

fn organization(row: Model) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: Id::from_uuid(row.id),
        name: name(&row.name)?,
        alias: None,
        origin: Origin::People,
        created_at: instant(row.created_at)?,
        updated_at: instant(row.updated_at)?,
    })
}
