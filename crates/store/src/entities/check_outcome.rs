//! The table `check_outcomes`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "check_outcomes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    /// Counts up within the connection; the latest ones are kept without a gap.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub organization_id: Uuid,
    pub at: i64,
    pub verdict: String,
    pub step: Option<String>,
    pub code: Option<String>,
    pub detail: Option<String>,
    pub took_ms: i64,
    pub asked_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
