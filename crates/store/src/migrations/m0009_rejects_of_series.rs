//! Rejects know their series and the values of their row.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_rejects_of_series"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [text_null("row_values"), uuid_null("series_id")] {
            manager.alter_table(Table::alter().table("rejects").add_column(column).take()).await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared("UPDATE rejects SET series_id = (SELECT series_id FROM runs WHERE runs.id = rejects.run_id)").await?;
        // Runs newest first, and in each its rows in their order.
        for (name, whose) in [("rejects_organization", "organization_id"), ("rejects_series", "series_id")] {
            let index = Index::create().name(name).table("rejects").col(whose).col(("run_id", IndexOrder::Desc)).col("row").take();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
