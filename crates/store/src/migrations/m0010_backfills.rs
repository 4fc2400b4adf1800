//! Backfills, and the runs that are their chunks.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_backfills"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut of_series = ForeignKey::create();
        of_series.from("backfills", "series_id").to("series", "id").on_delete(ForeignKeyAction::Cascade);
        let backfills = Table::create()
            .table("backfills")
            .col(uuid("id").primary_key())
            .col(uuid("organization_id"))
            .col(uuid("series_id"))
            .col(json_binary("plan"))
            .col(text("state"))
            // The first chunk that was never put in line; those before it that are to be are in `again`.
            .col(big_integer("next_chunk"))
            .col(json_binary("again"))
            .col(big_integer("done"))
            .col(json_binary("failed"))
            .col(json_binary("figures"))
            .col(big_integer("busy_ms"))
            .col(json_binary_null("reason"))
            .col(big_integer("created_at"))
            .col(big_integer_null("ended_at"))
            .foreign_key(&mut of_series)
            .take();
        manager.create_table(backfills).await?;
        for (name, whose) in [("backfills_organization", "organization_id"), ("backfills_series", "series_id")] {
            manager.create_index(Index::create().name(name).table("backfills").col(whose).col("id").take()).await?;
        }

        for column in [uuid_null("backfill_id"), json_binary_null("chunk")] {
            manager.alter_table(Table::alter().table("runs").add_column(column).take()).await?;
        }
        let is_chunk = || Expr::cust("backfill_id IS NOT NULL");
        for (name, columns) in [("runs_backfill", &["backfill_id", "id"][..]), ("runs_backfill_status", &["backfill_id", "status", "id"])] {
            let mut index = Index::create();
            index.name(name).table("runs").and_where(is_chunk());
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
