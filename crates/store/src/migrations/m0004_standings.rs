//! Who defines a row, the numbers and standings of connections, and Kapacitors.
//!
//! Which connection is an organization's default, and which Kapacitor is a connection's active one, is one column of their owner, so that
//! there cannot be two.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_standings"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["organizations", "connections", "databases", "queries", "series", "groups"] {
            add(manager, table, text_null("origin")).await?;
        }
        manager.create_table(kapacitors()).await?;

        add(manager, "connections", big_integer_null("number")).await?;
        add(manager, "connections", json_binary_null("last_check")).await?;
        add(manager, "connections", boolean("gone").default(false).take()).await?;
        add(manager, "connections", boolean("claims").default(false).take()).await?;
        add(manager, "connections", pointer("active_kapacitor_id", "REFERENCES kapacitors (id) ON DELETE SET NULL")).await?;
        add(manager, "organizations", text_null("alias")).await?;
        add(manager, "organizations", pointer("default_connection_id", "REFERENCES connections (id)")).await?;

        let db = manager.get_connection();
        db.execute_unprepared(
            "UPDATE connections SET number = numbered.number
             FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM connections) AS numbered
             WHERE numbered.id = connections.id",
        )
        .await?;
        db.execute_unprepared(
            "UPDATE organizations SET default_connection_id =
             (SELECT id FROM connections WHERE organization_id = organizations.id ORDER BY created_at, id LIMIT 1)",
        )
        .await?;

        for (table, columns) in [
            ("organizations", &["alias"][..]),
            ("connections", &["number"]),
            ("kapacitors", &["number"]),
            ("kapacitors", &["organization_id", "id"]),
            ("kapacitors", &["organization_id", "connection_id", "name"]),
        ] {
            manager.create_index(unique(table, columns)).await?;
        }
        Ok(())
    }
}

/// Their names are unique per connection, not per organization.
fn kapacitors() -> TableCreateStatement {
    Table::create()
        .table("kapacitors")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(text("name"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer("revision"))
        .col(json_binary("spec"))
        .col(text_null("origin"))
        .col(big_integer_null("number"))
        .col(uuid("connection_id"))
        .col(json_binary_null("last_check"))
        .col(boolean("gone").default(false))
        .col(boolean("claims").default(false))
        .foreign_key(
            ForeignKey::create().from("kapacitors", "organization_id").to("organizations", "id").on_delete(ForeignKeyAction::Restrict),
        )
        .foreign_key(
            ForeignKey::create()
                .from("kapacitors", ("organization_id", "connection_id"))
                .to("connections", ("organization_id", "id"))
                .on_delete(ForeignKeyAction::Restrict),
        )
        .take()
}

async fn add(manager: &SchemaManager<'_>, table: &'static str, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).take()).await
}

/// A column that names a row of another table. The reference is told with the column because SQLite adds none to a table that exists:
/// <https://www.sqlite.org/lang_altertable.html#altertabaddcol>.
fn pointer(column: &'static str, references: &'static str) -> ColumnDef {
    uuid_null(column).extra(references).take()
}

fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table).unique();
    for column in columns {
        index.col(*column);
    }
    index
}
