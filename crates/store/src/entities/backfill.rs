//! The table `backfills`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "backfills")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub series_id: Uuid,
    pub plan: Json,
    pub state: String,
    /// The first chunk that was never put in line.
    pub next_chunk: i64,
    /// Chunks before it that are to be put in line again, by number.
    pub again: Json,
    pub done: i64,
    pub failed: Json,
    pub figures: Json,
    pub busy_ms: i64,
    pub reason: Option<Json>,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
