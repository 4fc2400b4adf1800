//! The table `frozen`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "frozen")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub spool_id: Uuid,
    /// From 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i64,
    pub lines: i64,
    /// Of the body before it was compressed.
    pub body_bytes: i64,
    /// Pairs of line and row, as JSON text.
    pub rows: String,
    /// Compressed by DEFLATE.
    pub body: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
