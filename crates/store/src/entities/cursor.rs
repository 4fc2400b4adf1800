//! The table `cursors`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cursors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub series_id: Uuid,
    pub organization_id: Uuid,
    pub position: Option<Json>,
    pub fingerprint: String,
    pub marks: Json,
    pub moved_at: Option<i64>,
    pub moved_by: Option<Uuid>,
    /// The series' ledger has not more entries than these.
    pub ledger_most: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
