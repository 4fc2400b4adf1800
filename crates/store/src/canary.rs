//! The canary: a known text sealed with the key, which tells at the start whether the key is the one that sealed the secrets.

use model::Organization;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, sea_query::OnConflict};

use crate::{
    StoreError,
    entities::canary,
    vault::{Place, Vault},
};

const CANARY: i32 = 1;
const TEXT: &[u8] = b"tributary";

fn place() -> Place<'static> {
    Place { organization: Organization::DEFAULT.uuid(), kind: "canary", id: uuid::Uuid::nil(), field: "canary", version: 1 }
}

/// Refuses a key that did not seal the secrets of this store; keeps a new canary when there are no secrets that it could fail to open.
pub(crate) async fn check(
    db: &impl ConnectionTrait,
    vault: &Vault,
    clock: &dyn model::Clock,
    secrets_exist: bool,
) -> Result<(), StoreError> {
    let kept = canary::Entity::find_by_id(CANARY).one(db).await?;
    let opens = kept.is_some_and(|kept| vault.open(place(), &kept.sealed).is_some_and(|text| text.as_slice() == TEXT));
    if opens {
        return Ok(());
    }
    if secrets_exist {
        return Err(StoreError::Key(
            "the key is not the one that sealed the secrets of this store; give the right key (a backup of the key file, or the former \
             value from the environment)"
                .to_owned(),
        ));
    }
    canary::Entity::insert(canary::ActiveModel { id: Set(CANARY), sealed: Set(vault.seal(clock, place(), TEXT)) })
        .on_conflict(OnConflict::column(canary::Column::Id).update_column(canary::Column::Sealed).to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}
