//! The tables and views that an account may read, from PostgreSQL's catalogue.

use model::{
    Failure,
    explore::Listed,
    table::{Table, TableColumn, TableKind},
};
use sqlx::{Error, Row, postgres::PgRow};

use super::{failures::failure, session::Session};
use crate::engines::tables::{COLUMNS_ASKED, put_together};

/// Tables first, so that columns are only looked at of those that are told. Names that begin with `pg_` are PostgreSQL's own, those with
/// `_timescaledb_` an extension's, which keeps the pieces of each table there; a partition is read through its table.
/// `quote_ident` knows the keywords of the server that is asked.
const TABLES: &str = "WITH readable AS (
  SELECT c.oid, n.nspname, c.relname, c.relkind IN ('v', 'm') AS is_view, pg_table_is_visible(c.oid) AS is_visible
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT LIKE '\\_timescaledb\\_%'
  AND ($1::text IS NULL OR strpos(lower(c.relname::text), lower($1::text)) > 0)
  AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
  AND NOT (c.relispartition AND EXISTS (
    SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid AND has_any_column_privilege(i.inhparent, 'SELECT')))
  ORDER BY is_visible DESC, n.nspname, c.relname LIMIT $2)
 SELECT t.nspname::text, t.relname::text, t.is_view,
  CASE WHEN t.is_visible THEN '' ELSE quote_ident(t.nspname) || '.' END || quote_ident(t.relname),
  a.attname::text, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
  EXISTS (SELECT 1 FROM pg_catalog.pg_index x WHERE x.indrelid = t.oid AND x.indisprimary AND a.attnum = ANY (x.indkey))
 FROM readable t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid
 WHERE a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(t.oid, a.attnum, 'SELECT')
 ORDER BY t.is_visible DESC, t.nspname, t.relname, a.attnum LIMIT $3";

/// Asks for them in an open session.
///
/// # Errors
/// `Sql*`.
pub(super) async fn tables(session: &mut Session, search: Option<&str>) -> Result<Listed<Table>, Failure> {
    let asked = sqlx::query(TABLES).bind(search).bind(count(Table::MAX + 1)).bind(count(COLUMNS_ASKED)).persistent(false);
    let answer = asked.fetch_all(&mut session.connection).await;
    let told = answer.and_then(|rows| rows.iter().map(told).collect::<Result<Vec<_>, _>>());
    told.map(put_together).map_err(|error| failure(error, "asking for the tables", |_| None))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn told(row: &PgRow) -> Result<Table, Error> {
    let column = TableColumn {
        name: row.try_get(4)?,
        sql: row.try_get(5)?,
        native: row.try_get(6)?,
        nullable: row.try_get(7)?,
        primary_key: row.try_get(8)?,
    };
    let kind = if row.try_get(2)? { TableKind::View } else { TableKind::Table };
    Ok(Table { schema: row.try_get(0)?, name: row.try_get(1)?, kind, sql: row.try_get(3)?, columns: vec![column] })
}
