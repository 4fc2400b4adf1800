//! Cursors of incremental series, what was delivered within their overlap, and what of a run is kept over its executions.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_cursors"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_series = |table: &'static str| {
            ForeignKey::create().from(table, "series_id").to("series", "id").on_delete(ForeignKeyAction::Cascade).take()
        };
        let cursors = Table::create()
            .table("cursors")
            .col(uuid("series_id").primary_key())
            .col(uuid("organization_id"))
            .col(json_binary_null("position"))
            .col(text("fingerprint"))
            .col(json_binary("marks"))
            .col(big_integer_null("moved_at"))
            .col(uuid_null("moved_by"))
            // Not fewer than there are: counting them exactly at every step would read them all.
            .col(big_integer("ledger_most"))
            .foreign_key(&mut of_series("cursors"))
            .take();
        manager.create_table(cursors).await?;
        let ledger = Table::create()
            .table("ledger")
            .col(uuid("series_id"))
            .col(blob("key"))
            .col(big_integer("row"))
            .col(big_integer("at"))
            .primary_key(Index::create().col("series_id").col("key"))
            .foreign_key(&mut of_series("ledger"))
            .take();
        manager.create_table(ledger).await?;
        manager.create_index(Index::create().name("ledger_at").table("ledger").col("series_id").col("at").take()).await?;

        for column in ["stretch", "carried", "advanced"] {
            manager.alter_table(Table::alter().table("runs").add_column(json_binary_null(column)).take()).await?;
        }
        Ok(())
    }
}
