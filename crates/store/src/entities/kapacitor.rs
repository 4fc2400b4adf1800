//! The table `kapacitors`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kapacitors")]
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
    pub connection_id: Uuid,
    pub spec: Json,
    pub last_check: Option<Json>,
    pub gone: bool,
    /// Whether what defines it asked for it to be active, so that it is made so once and not at every start.
    pub claims: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
