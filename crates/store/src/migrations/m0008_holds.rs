//! Connections on hold, and the spool: lines of snapshots that wait in the store.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_holds"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let reference = |table: &'static str, column: &'static str, to: &'static str| {
            ForeignKey::create().from(table, column).to(to, "id").on_delete(ForeignKeyAction::Cascade).take()
        };
        let holds = Table::create()
            .table("holds")
            .col(uuid("connection_id").primary_key())
            .col(uuid("organization_id"))
            .col(big_integer("since"))
            .col(json_binary("reason"))
            .col(big_integer("probes"))
            .col(big_integer("next_probe_at"))
            .foreign_key(&mut reference("holds", "connection_id", "connections"))
            .take();
        manager.create_table(holds).await?;

        // One per run that is frozen; the run's next attempt takes it over.
        let spools = Table::create()
            .table("spools")
            .col(uuid("id").primary_key())
            .col(uuid("organization_id"))
            .col(uuid("series_id"))
            .col(big_integer("parts"))
            .col(big_integer("bytes"))
            .col(json_binary_null("figures"))
            .foreign_key(&mut reference("spools", "series_id", "series"))
            .take();
        manager.create_table(spools).await?;
        manager.create_index(Index::create().name("spools_bytes").table("spools").col("bytes").take()).await?;
        manager.create_index(Index::create().name("spools_series").table("spools").col("series_id").take()).await?;
        let frozen = Table::create()
            .table("frozen")
            .col(uuid("spool_id"))
            .col(big_integer("place"))
            .col(big_integer("lines"))
            .col(big_integer("body_bytes"))
            .col(text("rows"))
            // Last, so that what is before it is read without it.
            .col(blob("body"))
            .primary_key(Index::create().col("spool_id").col("place"))
            .foreign_key(&mut reference("frozen", "spool_id", "spools"))
            .take();
        manager.create_table(frozen).await?;

        add(manager, "slots", boolean("held").default(false).take()).await?;
        add(manager, "series", boolean("snapshot").default(false).take()).await?;
        for column in ["to_freeze", "frozen", "probing"] {
            add(manager, "runs", boolean(column).default(false).take()).await?;
        }
        add(manager, "runs", uuid_null("spool_id")).await?;
        add(manager, "runs", big_integer("spool_wants").default(0).take()).await?;
        let db = manager.get_connection();
        db.execute_unprepared("UPDATE series SET snapshot = true WHERE spec->'mode'->>'mode' = 'snapshot'").await?;
        db.execute_unprepared(
            "UPDATE runs SET to_freeze = true
             WHERE status IN ('queued', 'running') AND series_id IN (SELECT id FROM series WHERE snapshot)",
        )
        .await?;

        let queued = || Expr::cust("status = 'queued'");
        // The queue of one connection, in the order of the queue and in that of time.
        manager.create_index(index("runs_queue_connection", &["connection_id", "slot", "place", "id"]).and_where(queued()).take()).await?;
        manager.create_index(index("runs_wake", &["connection_id", "not_before"]).and_where(queued()).take()).await?;
        let to_freeze = Expr::cust("status = 'queued' AND to_freeze");
        manager.create_index(index("runs_to_freeze", &["connection_id", "slot", "place", "id"]).and_where(to_freeze).take()).await?;
        manager.create_index(index("runs_spool", &["spool_id"]).and_where(Expr::cust("spool_id IS NOT NULL")).take()).await
    }
}

async fn add(manager: &SchemaManager<'_>, table: &'static str, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).take()).await
}

fn index(name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table("runs");
    for column in columns {
        index.col(*column);
    }
    index
}
