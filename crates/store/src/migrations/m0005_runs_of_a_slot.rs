//! All runs of one slot of a series, those by hand too: `runs_once` knows only those of a slot's record.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_runs_of_a_slot"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create().name("runs_series_slot").table("runs").col("series_id").col("slot").col("id").take();
        manager.create_index(index).await
    }
}
