//! Slots, runs with the lease on the run's own row, their logs and rejects.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_runs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("slots")
                    .col(pk_uuid("id"))
                    .col(uuid("organization_id"))
                    .col(uuid("group_id"))
                    .col(big_integer("slot"))
                    .col(big_integer("last_slot"))
                    .col(big_integer("slots"))
                    .col(text("outcome"))
                    .col(text("reason"))
                    .col(big_integer("created_at"))
                    .foreign_key(&mut reference("slots", "organization_id", "organizations", ForeignKeyAction::Restrict))
                    .foreign_key(&mut reference("slots", "group_id", "groups", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("runs")
                    .col(pk_uuid("id"))
                    .col(uuid("organization_id"))
                    .col(uuid("series_id"))
                    .col(text("series_name"))
                    .col(uuid_null("group_id"))
                    // History: what was written stays true when the connection is gone, so this is no reference.
                    .col(uuid("connection_id"))
                    .col(uuid_null("slot_id"))
                    .col(big_integer("slot"))
                    .col(big_integer("last_slot"))
                    .col(big_integer("slots"))
                    .col(text("trigger"))
                    .col(integer("attempt"))
                    .col(text("status"))
                    .col(uuid("lane"))
                    .col(integer("place"))
                    .col(big_integer("queued_at"))
                    .col(big_integer("not_before"))
                    .col(big_integer_null("started_at"))
                    .col(big_integer_null("finished_at"))
                    .col(big_integer_null("window_start"))
                    .col(big_integer_null("window_end"))
                    .col(json_binary("figures"))
                    .col(json_binary_null("reason"))
                    .col(text_null("node"))
                    .col(big_integer("token"))
                    .col(big_integer_null("lease_until"))
                    .col(boolean("cancel_requested"))
                    .foreign_key(&mut reference("runs", "organization_id", "organizations", ForeignKeyAction::Restrict))
                    .foreign_key(&mut reference("runs", "series_id", "series", ForeignKeyAction::Cascade))
                    .foreign_key(&mut reference("runs", "group_id", "groups", ForeignKeyAction::SetNull))
                    .foreign_key(&mut reference("runs", "slot_id", "slots", ForeignKeyAction::SetNull))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("run_logs")
                    .col(uuid("run_id"))
                    .col(big_integer("line"))
                    .col(uuid("organization_id"))
                    .col(big_integer("at"))
                    .col(text("level"))
                    .col(text("message"))
                    .primary_key(Index::create().col("run_id").col("line"))
                    .foreign_key(&mut reference("run_logs", "run_id", "runs", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("rejects")
                    .col(uuid("run_id"))
                    .col(big_integer("row"))
                    .col(uuid("organization_id"))
                    .col(text_null("line"))
                    .col(text("reason"))
                    .primary_key(Index::create().col("run_id").col("row"))
                    .foreign_key(&mut reference("rejects", "run_id", "runs", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;

        manager.create_index(index("slots_group_slot", "slots", &["group_id", "slot"]).unique().take()).await?;
        manager.create_index(index("slots_group_outcome", "slots", &["group_id", "outcome"])).await?;
        // The pages of the run list, newest first: one index per way of narrowing it.
        manager.create_index(index("runs_organization", "runs", &["organization_id", "id"])).await?;
        manager.create_index(index("runs_organization_status", "runs", &["organization_id", "status", "id"])).await?;
        manager.create_index(index("runs_series", "runs", &["series_id", "id"])).await?;
        manager.create_index(index("runs_series_status", "runs", &["series_id", "status", "id"])).await?;
        manager.create_index(index("runs_group", "runs", &["group_id", "id"])).await?;
        manager.create_index(index("runs_group_status", "runs", &["group_id", "status", "id"])).await?;
        manager.create_index(index("runs_slot_record", "runs", &["slot_id"])).await?;
        manager
            .create_index(
                index("runs_once", "runs", &["series_id", "slot", "attempt"]).unique().and_where(Expr::col("slot_id").is_not_null()).take(),
            )
            .await?;
        manager
            .create_index(index("runs_queue", "runs", &["slot", "place", "id"]).and_where(Expr::cust("status = 'queued'")).take())
            .await?;
        // A lane runs one run at a time, whatever the code above believes.
        manager.create_index(index("runs_lane", "runs", &["lane"]).unique().and_where(Expr::cust("status = 'running'")).take()).await
    }
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

fn reference(table: &'static str, column: &'static str, to: &'static str, on_delete: ForeignKeyAction) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(to, "id").on_delete(on_delete).take()
}
