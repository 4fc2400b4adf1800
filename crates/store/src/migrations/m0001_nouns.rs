//! Organizations, the nouns that people edit, and their sealed secrets.
//!
//! A reference between nouns is a pair of (organization, id), so that nothing can point out of its organization.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_nouns"
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
                    .table("organizations")
                    .col(pk_uuid("id"))
                    .col(text_uniq("name"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .col(big_integer("revision"))
                    .take(),
            )
            .await?;

        noun(manager, "connections", |table| table.col(text("driver"))).await?;
        noun(manager, "databases", |table| table.col(text("engine"))).await?;
        noun(manager, "groups", |table| table.col(boolean("enabled")).col(big_integer_null("next_slot_at"))).await?;
        noun(manager, "queries", |table| {
            table.col(uuid("database_id")).col(text("category")).foreign_key(&mut reference("queries", "database_id", "databases"))
        })
        .await?;
        noun(manager, "series", |table| {
            table
                .col(uuid("query_id"))
                .col(uuid("connection_id"))
                .col(uuid_null("group_id"))
                .col(integer("position"))
                .col(boolean("enabled"))
                .foreign_key(&mut reference("series", "query_id", "queries"))
                .foreign_key(&mut reference("series", "connection_id", "connections"))
                .foreign_key(&mut reference("series", "group_id", "groups"))
        })
        .await?;
        for (table, column) in [
            ("queries", "database_id"),
            ("series", "query_id"),
            ("series", "connection_id"),
            ("series", "group_id"),
            ("groups", "next_slot_at"),
        ] {
            manager.create_index(Index::create().name(format!("{table}_{column}")).table(table).col(column).take()).await?;
        }

        manager
            .create_table(
                Table::create()
                    .table("secrets")
                    .col(uuid("organization_id"))
                    .col(text("kind"))
                    .col(uuid("noun_id"))
                    .col(text("field"))
                    .col(big_integer("version"))
                    .col(blob_null("sealed"))
                    .col(big_integer("updated_at"))
                    .primary_key(Index::create().col("organization_id").col("kind").col("noun_id").col("field"))
                    .foreign_key(&mut owner("secrets"))
                    .take(),
            )
            .await?;
        manager.create_table(Table::create().table("canaries").col(integer("id").primary_key()).col(blob("sealed")).take()).await
    }
}

/// A table with the columns that every noun has, its own columns, and a name that is unique in its organization.
async fn noun(
    manager: &SchemaManager<'_>,
    table: &'static str,
    own_columns: impl FnOnce(&mut TableCreateStatement) -> &mut TableCreateStatement + Send,
) -> Result<(), DbErr> {
    let statement = {
        let mut statement = Table::create();
        statement
            .table(table)
            .col(pk_uuid("id"))
            .col(uuid("organization_id"))
            .col(text("name"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(big_integer("revision"))
            .col(json_binary("spec"))
            .foreign_key(&mut owner(table));
        own_columns(&mut statement);
        statement
    };
    manager.create_table(statement).await?;
    for column in ["id", "name"] {
        let index =
            Index::create().name(format!("{table}_organization_{column}")).table(table).col("organization_id").col(column).unique().take();
        manager.create_index(index).await?;
    }
    Ok(())
}

fn owner(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "organization_id").to("organizations", "id").on_delete(ForeignKeyAction::Restrict).take()
}

fn reference(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, ("organization_id", column))
        .to(to, ("organization_id", "id"))
        .on_delete(ForeignKeyAction::Restrict)
        .take()
}
