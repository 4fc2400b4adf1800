//! The table `secrets`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "secrets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub noun_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub field: String,
    /// Counts up whenever the value is set or cleared; part of what the sealed value is bound to.
    pub version: i64,
    /// Nonce and ciphertext; none when it was cleared.
    pub sealed: Option<Vec<u8>>,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
