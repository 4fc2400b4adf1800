//! The table `connections`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "connections")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub name: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub revision: i64,
    pub origin: Option<String>,
    pub number: Option<i64>,
    pub driver: String,
    pub spec: Json,
    pub last_check: Option<Json>,
    /// What defined it is gone, and something that people made still needs it.
    pub gone: bool,
    /// Whether what defines it asked for it to be the default, so that it is made so once and not at every start.
    pub claims: bool,
    pub active_kapacitor_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
