//! The tables and views that the driver tells of, by ADBC's `GetObjects`: those of the session's own catalog and schema, where it has them.

use std::sync::Arc;

use adbc_core::{
    Connection, Optionable,
    options::{ObjectDepth, OptionConnection},
};
use arrow_array::{Array, ArrayRef, StructArray};
use model::{
    Failure,
    database::GenericDialect,
    explore::Listed,
    table::{Table, TableColumn, TableKind},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{driver::Target, session::Session};
use crate::engines::{
    arrow::json_of,
    tables::{Gathered, written},
    thread::on_thread,
};

/// Schemas that hold what a database tells of itself.
const OWN: [&str; 5] = ["information_schema", "pg_catalog", "pg_toast", "sys", "mysql"];

/// Asks for them.
pub(super) async fn tables(target: Target, search: Option<String>) -> Result<Listed<Table>, Failure> {
    let unwanted = CancellationToken::new();
    let _guard = unwanted.clone().drop_guard();
    let dialect = target.adbc.dialect;
    on_thread(&target, None, &unwanted, None, move |session, watch, answer| {
        let told = told(&session, dialect, search.as_deref());
        drop(answer.send(watch.settled(told)));
    })
    .await
}

fn told(session: &Session, dialect: GenericDialect, search: Option<&str>) -> Result<Listed<Table>, Failure> {
    // A driver may ask its server about each table by itself: not about those of every schema that there is.
    let current = |option| session.connection().get_option_string(option).ok().filter(|name| !name.is_empty());
    let (catalog, own) = (current(OptionConnection::CurrentCatalog), current(OptionConnection::CurrentSchema));
    let objects = session.connection().get_objects(ObjectDepth::All, catalog.as_deref(), own.as_deref(), None, None, None);
    let (speech, mut found) = (session.speech(), Vec::new());
    for batch in objects.map_err(|error| speech.failure(&error, "asking for the tables"))? {
        let batch = batch.map_err(|error| speech.failure_of_rows(&error))?;
        let catalogs: ArrayRef = Arc::new(StructArray::from(batch));
        for row in 0..catalogs.len() {
            let catalog = json_of(&catalogs, row).map_err(|words| speech.failure_of_running(&words))?;
            for schema in list(&catalog, "catalog_db_schemas") {
                let name = text(schema, "db_schema_name");
                if own.as_deref().is_some_and(|own| own != name) || OWN.contains(&name) || name.starts_with("pg_toast") {
                    continue;
                }
                for object in list(schema, "db_schema_tables") {
                    if let Some(table) = table(object, name, own.is_some(), dialect).filter(|table| is_searched(table, search)) {
                        found.push(table);
                    }
                }
            }
        }
    }
    found.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    let mut gathered = Gathered::default();
    found.into_iter().for_each(|table| gathered.add(table));
    Ok(gathered.end())
}

fn is_searched(table: &Table, search: Option<&str>) -> bool {
    search.is_none_or(|words| table.name.to_lowercase().contains(&words.to_lowercase()))
}

/// `is_own`: the schema is the one that names without a schema are looked for in.
fn table(object: &Value, schema: &str, is_own: bool, dialect: GenericDialect) -> Option<Table> {
    let name = text(object, "table_name");
    let kind = text(object, "table_type").to_ascii_lowercase();
    let is_view = kind.contains("view");
    if !(is_view || kind.contains("table")) || kind.contains("system") || kind.contains("toast") {
        return None;
    }
    let keys: Vec<&str> = list(object, "table_constraints")
        .filter(|constraint| text(constraint, "constraint_type") == "PRIMARY KEY")
        .flat_map(|constraint| list(constraint, "constraint_column_names"))
        .filter_map(Value::as_str)
        .collect();
    let column = |told: &Value| {
        let name = text(told, "column_name");
        TableColumn {
            name: name.to_owned(),
            sql: quoted(name, dialect),
            native: text(told, "xdbc_type_name").to_owned(),
            // 0 is ODBC's `SQL_NO_NULLS`; what a driver does not tell may be NULL.
            nullable: told.get("xdbc_nullable").and_then(Value::as_i64) != Some(0) && !keys.contains(&name),
            primary_key: keys.contains(&name),
        }
    };
    let columns = list(object, "table_columns").map(column).collect();
    let sql =
        if is_own || schema.is_empty() { quoted(name, dialect) } else { format!("{}.{}", quoted(schema, dialect), quoted(name, dialect)) };
    let kind = if is_view { TableKind::View } else { TableKind::Table };
    Some(Table { schema: (!schema.is_empty()).then(|| schema.to_owned()), name: name.to_owned(), kind, sql, columns })
}

/// PostgreSQL makes names without quotes small, the standard makes them large: what is not so already is put between quotes.
fn quoted(name: &str, dialect: GenericDialect) -> String {
    let always = || format!("\"{}\"", name.replace('"', "\"\""));
    match dialect {
        GenericDialect::Mysql => written(name, '`'),
        GenericDialect::Sqlite => written(name, '"'),
        GenericDialect::Postgres if !name.contains(|c: char| c.is_ascii_uppercase()) => written(name, '"'),
        GenericDialect::Postgres => always(),
        GenericDialect::Standard if !name.contains(|c: char| c.is_ascii_lowercase()) => written(name, '"'),
        GenericDialect::Standard => always(),
    }
}

fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}
