//! Audits.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0011_audits"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut of_series = ForeignKey::create();
        of_series.from("audits", "series_id").to("series", "id").on_delete(ForeignKeyAction::Cascade);
        let audits = Table::create()
            .table("audits")
            .col(uuid("id").primary_key())
            .col(uuid("organization_id"))
            .col(uuid("series_id"))
            .col(json_binary("plan"))
            .col(text("state"))
            .col(json_binary("progress"))
            .col(big_integer("compared"))
            .col(big_integer("differing"))
            .col(json_binary("differences"))
            .col(json_binary_null("reason"))
            .col(big_integer("started_at"))
            .col(big_integer_null("ended_at"))
            .foreign_key(&mut of_series)
            .take();
        manager.create_table(audits).await?;
        for (name, whose) in [("audits_organization", "organization_id"), ("audits_series", "series_id")] {
            manager.create_index(Index::create().name(name).table("audits").col(whose).col("id").take()).await?;
        }
        Ok(())
    }
}
