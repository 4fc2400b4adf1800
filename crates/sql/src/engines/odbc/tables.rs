//! The tables and views that the driver tells of, by `SQLTables`, `SQLColumns` and, because that is a call per table, for the first of them
//! `SQLPrimaryKeys`.

use std::collections::HashMap;

use arrow_odbc::odbc_api::{ColumnsRow, TablesRow, parameter::VarCharArray};
use model::{
    Failure,
    database::GenericDialect,
    explore::Listed,
    table::{Table, TableColumn, TableKind},
};
use tokio_util::sync::CancellationToken;

use super::session::{Session, Target};
use crate::engines::{
    tables::{Gathered, quoted, written},
    thread::on_thread,
};

/// Asks for them.
pub(super) async fn tables(target: Target, search: Option<String>) -> Result<Listed<Table>, Failure> {
    let unwanted = CancellationToken::new();
    let _guard = unwanted.clone().drop_guard();
    on_thread(&target, None, &unwanted, None, move |session, watch, answer| {
        // Nobody waits for it when this fails.
        drop(answer.send(watch.settled(told(&session, search.as_deref()))));
    })
    .await
}

/// Of how many tables the primary key is asked.
const MOST_KEYS: usize = 100;

/// Schemas that hold what a database tells of itself.
const OWN: [&str; 6] = ["information_schema", "pg_catalog", "pg_toast", "sys", "mysql", "performance_schema"];

fn told(session: &Session, search: Option<&str>) -> Result<Listed<Table>, Failure> {
    let target = session.target();
    let dialect = target.odbc.dialect;
    let asking = |error| target.speech.failure(&error, "asking for the tables");
    // What MySQL calls a database is a catalog to its driver, and only the current one is looked at.
    let (catalog, schemas) = match dialect {
        GenericDialect::Mysql => (session.connection().current_catalog().map_err(asking)?, ""),
        GenericDialect::Sqlite => (String::new(), ""),
        GenericDialect::Postgres | GenericDialect::Standard => (String::new(), "%"),
    };
    let here = if dialect == GenericDialect::Postgres { session.text("SELECT current_schema() AS s")? } else { None };
    let mut tables = Vec::new();
    for row in session.connection().tables(&catalog, schemas, "%", "").map_err(asking)? {
        if let Some(table) = table(&row.map_err(asking)?, dialect, here.as_deref()) {
            tables.push(table);
        }
    }
    let is_searched = |table: &Table| search.is_none_or(|words| table.name.to_lowercase().contains(&words.to_lowercase()));
    tables.retain(is_searched);
    tables.sort_by(|a, b| (a.schema != here, &a.schema, &a.name).cmp(&(b.schema != here, &b.schema, &b.name)));
    let mut columns: HashMap<(String, String), Vec<ColumnsRow>> = HashMap::new();
    // One that is searched for is asked about alone.
    let one = if let [table] = &tables[..] { pattern(&table.name) } else { "%".to_owned() };
    for row in session.connection().columns(&catalog, schemas, &one, "%").map_err(asking)? {
        let row = row.map_err(asking)?;
        columns.entry((schema_of(&row.catalog, &row.schema, dialect), text(&row.table))).or_default().push(row);
    }
    let mut gathered = Gathered::default();
    for (at, mut table) in tables.into_iter().enumerate() {
        if gathered.is_full() {
            break;
        }
        let schema = table.schema.clone().unwrap_or_default();
        let asks = at < MOST_KEYS && table.kind == TableKind::Table;
        let keys = if asks { keys(session, &catalog, if schemas.is_empty() { "" } else { &schema }, &table.name) } else { Vec::new() };
        let told = columns.remove(&(schema, table.name.clone())).unwrap_or_default();
        table.columns = told.iter().map(|row| column(row, dialect, &keys)).collect();
        gathered.add(table);
    }
    Ok(gathered.end())
}

/// The columns of a table's primary key; none where the driver does not tell.
fn keys(session: &Session, catalog: &str, schema: &str, table: &str) -> Vec<String> {
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let (catalog, schema) = (named(catalog), named(schema));
    let Ok(rows) = session.connection().primary_keys(catalog.as_deref(), schema.as_deref(), table) else { return Vec::new() };
    rows.filter_map(Result::ok).map(|row| text(&row.column)).collect()
}

/// A name as a pattern for itself.
fn pattern(name: &str) -> String {
    name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%")
}

fn schema_of(catalog: &VarCharArray<128>, schema: &VarCharArray<128>, dialect: GenericDialect) -> String {
    if dialect == GenericDialect::Mysql { text(catalog) } else { text(schema) }
}

fn table(row: &TablesRow, dialect: GenericDialect, here: Option<&str>) -> Option<Table> {
    let kind = text(&row.table_type).to_ascii_uppercase();
    let is_view = kind.contains("VIEW");
    if !(is_view || kind.contains("TABLE")) || kind.contains("SYSTEM") {
        return None;
    }
    let schema = schema_of(&row.catalog, &row.schema, dialect);
    if OWN.contains(&schema.to_ascii_lowercase().as_str()) {
        return None;
    }
    let name = text(&row.table);
    let sql = if schema.is_empty() || dialect == GenericDialect::Mysql || here == Some(&schema) {
        written_in(&name, dialect)
    } else {
        format!("{}.{}", written_in(&schema, dialect), written_in(&name, dialect))
    };
    let kind = if is_view { TableKind::View } else { TableKind::Table };
    Some(Table { schema: Some(schema).filter(|schema| !schema.is_empty()), name, kind, sql, columns: Vec::new() })
}

fn column(row: &ColumnsRow, dialect: GenericDialect, keys: &[String]) -> TableColumn {
    let name = text(&row.column_name);
    let primary_key = keys.contains(&name);
    TableColumn {
        sql: written_in(&name, dialect),
        name,
        native: text(&row.type_name),
        // 0 is SQL_NO_NULLS.
        nullable: row.nullable != 0 && !primary_key,
        primary_key,
    }
}

fn text<const LENGTH: usize>(cell: &VarCharArray<LENGTH>) -> String {
    cell.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
}

/// PostgreSQL makes names without quotes small, the standard makes them large: what is not so already is put between quotes.
fn written_in(name: &str, dialect: GenericDialect) -> String {
    let is_folded = match dialect {
        GenericDialect::Mysql | GenericDialect::Sqlite => false,
        GenericDialect::Postgres => name.contains(|c: char| c.is_ascii_uppercase()),
        GenericDialect::Standard => name.contains(|c: char| c.is_ascii_lowercase()),
    };
    let quote = if dialect == GenericDialect::Mysql { '`' } else { '"' };
    if is_folded { quoted(name, quote) } else { written(name, quote) }
}
