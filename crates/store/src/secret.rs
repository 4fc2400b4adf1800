//! The sealed secrets of connections, Kapacitors and databases: changed in the transaction that changes their noun.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use model::{
    Id, Noun, Organization, SecretChange, SecretField, SecretState,
    secret::{SecretChanges, Secrets},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Store, StoreError,
    column::{from_word, instant, micros},
    entities::secret::{Column, Entity, Model},
    vault::Place,
};

impl Store {
    /// Seals, or forgets, what `changes` names; every other secret of the noun is kept.
    pub(crate) async fn change_secrets<N: Noun>(
        &self,
        db: &impl ConnectionTrait,
        organization: Id<Organization>,
        id: Id<N>,
        changes: &SecretChanges,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        for (field, change) in changes {
            let key = (organization.uuid(), N::NOUN.to_owned(), id.uuid(), field.as_str().to_owned());
            let version = Entity::find_by_id(key).one(db).await?.map_or(1, |kept| kept.version + 1);
            let place = Place { organization: organization.uuid(), kind: N::NOUN, id: id.uuid(), field: field.as_str(), version };
            let sealed = match change {
                SecretChange::Set(value) => Some(self.vault().seal(self.clock(), place, value.expose_secret().as_bytes())),
                SecretChange::Clear => None,
            };
            let row = Model {
                organization_id: organization.uuid(),
                kind: N::NOUN.to_owned(),
                noun_id: id.uuid(),
                field: field.as_str().to_owned(),
                version,
                sealed,
                updated_at: micros(now),
            };
            Entity::insert(row.into_active_model())
                .on_conflict(
                    OnConflict::columns([Column::OrganizationId, Column::Kind, Column::NounId, Column::Field])
                        .update_columns([Column::Version, Column::Sealed, Column::UpdatedAt])
                        .to_owned(),
                )
                .exec_without_returning(db)
                .await?;
        }
        Ok(())
    }

    /// The opened secrets of one noun.
    pub(crate) async fn open_secrets<N: Noun>(
        &self,
        db: &impl ConnectionTrait,
        organization: Id<Organization>,
        id: Id<N>,
    ) -> Result<Secrets, StoreError> {
        self.opened(organization, id, Entity::find().filter(of(organization, id)).all(db).await?)
    }

    /// The same of rows that were found: one that is of another noun does not open.
    pub(crate) fn opened<N: Noun>(&self, organization: Id<Organization>, id: Id<N>, rows: Vec<Model>) -> Result<Secrets, StoreError> {
        let mut secrets = Secrets::new();
        for row in rows {
            let Some(sealed) = row.sealed else { continue };
            let field: SecretField = from_word("secret", &row.field)?;
            let place =
                Place { organization: organization.uuid(), kind: N::NOUN, id: id.uuid(), field: field.as_str(), version: row.version };
            let text = self
                .vault()
                .open(place, &sealed)
                .and_then(|bytes| std::str::from_utf8(&bytes).map(SecretString::from).ok())
                .ok_or_else(|| StoreError::Sealed { noun: N::NOUN.to_owned(), field: field.as_str().to_owned() })?;
            secrets.insert(field, text);
        }
        Ok(secrets)
    }

    /// What may be said about the secrets of one noun. A secret that was never set is not in it.
    pub(crate) async fn secret_states<N: Noun>(
        &self,
        organization: Id<Organization>,
        id: Id<N>,
    ) -> Result<BTreeMap<SecretField, SecretState>, StoreError> {
        let rows = Entity::find().filter(of(organization, id)).all(self.reader()).await?;
        rows.iter().map(state).collect()
    }

    /// The same of every `N` of an organization, by one query. What never had a secret is not in it.
    pub(crate) async fn all_secret_states<N: Noun>(
        &self,
        organization: Id<Organization>,
    ) -> Result<HashMap<Id<N>, BTreeMap<SecretField, SecretState>>, StoreError> {
        let mut states = HashMap::<_, BTreeMap<_, _>>::new();
        for row in Entity::find().filter(kind_of::<N>(organization)).all(self.reader()).await? {
            let (field, state) = state(&row)?;
            states.entry(Id::from_uuid(row.noun_id)).or_default().insert(field, state);
        }
        Ok(states)
    }

    /// What must change so that exactly `wanted` is kept: nothing that is kept already. A kept value that does not open is set again.
    pub(crate) async fn secret_differences<N: Noun>(
        &self,
        db: &impl ConnectionTrait,
        organization: Id<Organization>,
        id: Id<N>,
        wanted: &Secrets,
    ) -> Result<SecretChanges, StoreError> {
        let kept = match self.open_secrets(db, organization, id).await {
            Err(StoreError::Sealed { .. }) => Secrets::new(),
            opened => opened?,
        };
        let mut changes = SecretChanges::new();
        for row in Entity::find().filter(of(organization, id)).filter(Column::Sealed.is_not_null()).all(db).await? {
            changes.insert(from_word("secret", &row.field)?, SecretChange::Clear);
        }
        for (field, value) in wanted {
            if kept.get(field).is_some_and(|kept| kept.expose_secret() == value.expose_secret()) {
                changes.remove(field);
            } else {
                changes.insert(*field, SecretChange::Set(value.clone()));
            }
        }
        Ok(changes)
    }

    /// Forgets every secret of one noun.
    pub(crate) async fn delete_secrets<N: Noun>(
        &self,
        db: &impl ConnectionTrait,
        organization: Id<Organization>,
        id: Id<N>,
    ) -> Result<(), StoreError> {
        Entity::delete_many().filter(of(organization, id)).exec(db).await?;
        Ok(())
    }
}

fn of<N: Noun>(organization: Id<Organization>, id: Id<N>) -> Condition {
    kind_of::<N>(organization).add(Column::NounId.eq(id.uuid()))
}

fn kind_of<N: Noun>(organization: Id<Organization>) -> Condition {
    Condition::all().add(Column::OrganizationId.eq(organization.uuid())).add(Column::Kind.eq(N::NOUN))
}

fn state(row: &Model) -> Result<(SecretField, SecretState), StoreError> {
    let state = SecretState { set: row.sealed.is_some(), updated_at: Some(instant(row.updated_at)?) };
    Ok((from_word("secret", &row.field)?, state))
}
