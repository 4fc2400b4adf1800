//! The table `slots`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "slots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub group_id: Uuid,
    pub slot: i64,
    pub last_slot: i64,
    pub slots: i64,
    pub outcome: String,
    pub reason: String,
    pub created_at: i64,
    /// Whether it runs late, or behind slots that do: the overlap policy does not count it.
    pub late: bool,
    /// Whether runs of it waited until the hold of their connection ended.
    pub held: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
