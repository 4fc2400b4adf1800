//! What became of the checks of connections: the latest of each.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_check_outcomes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_connection = ForeignKey::create()
            .from("check_outcomes", "connection_id")
            .to("connections", "id")
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table("check_outcomes")
            .col(uuid("connection_id"))
            // Counts up within the connection: order does not hang on a clock.
            .col(big_integer("number"))
            .col(uuid("organization_id"))
            .col(big_integer("at"))
            .col(text("verdict"))
            .col(text_null("step"))
            .col(text_null("code"))
            .col(text_null("detail"))
            .col(big_integer("took_ms"))
            .col(text("asked_by"))
            .primary_key(Index::create().col("connection_id").col("number"))
            .foreign_key(&mut of_connection.clone())
            .take();
        manager.create_table(table).await
    }
}
