//! The tables and views that an account may read, from the `information_schema` of MySQL and MariaDB.

use std::collections::HashSet;

use model::{
    Failure,
    explore::Listed,
    table::{Table, TableColumn, TableKind},
};
use sqlx::mysql::MySqlRow;

use super::{
    failures::failure,
    session::{Session, text},
};
use crate::engines::tables::{COLUMNS_ASKED, put_together, written};

/// `COLUMNS` lists what the account has any right to; `PRIVILEGES` says which. Those of the session's own database come first.
const COLUMNS: &str = "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_KEY,
  IF(TABLE_SCHEMA = DATABASE(), 'own', '') AS own
 FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') AND FIND_IN_SET('select', PRIVILEGES) > 0
 AND (? IS NULL OR LOCATE(LOWER(?), LOWER(TABLE_NAME)) > 0)
 ORDER BY own DESC, TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION LIMIT ?";

const VIEWS: &str = "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'VIEW'
 AND TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')";

/// Asks for them in an open session.
///
/// # Errors
/// `Sql*`.
pub(super) async fn tables(session: &mut Session, search: Option<&str>) -> Result<Listed<Table>, Failure> {
    let fail = |error| failure(error, "asking for the tables");
    let most = u64::try_from(COLUMNS_ASKED).unwrap_or(u64::MAX);
    let columns = sqlx::query(COLUMNS).bind(search).bind(search).bind(most).persistent(false);
    let columns = columns.fetch_all(&mut session.connection).await.map_err(fail)?;
    let views = sqlx::query(VIEWS).persistent(false).fetch_all(&mut session.connection).await.map_err(fail)?;
    let views: HashSet<(String, String)> = views.iter().map(|row| (text(row, 0), text(row, 1))).collect();
    let told = columns.iter().map(|row| told(row, &views));
    Ok(put_together(told))
}

fn told(row: &MySqlRow, views: &HashSet<(String, String)>) -> Table {
    let (schema, name, column) = (text(row, 0), text(row, 1), text(row, 2));
    let is_own = text(row, 6) == "own";
    let table = written(&name, '`');
    let sql = if is_own { table } else { format!("{}.{table}", written(&schema, '`')) };
    let column = TableColumn {
        sql: written(&column, '`'),
        name: column,
        native: text(row, 3),
        nullable: text(row, 4) == "YES",
        primary_key: text(row, 5) == "PRI",
    };
    let place = (schema, name);
    let kind = if views.contains(&place) { TableKind::View } else { TableKind::Table };
    let (schema, name) = place;
    Table { schema: Some(schema), name, kind, sql, columns: vec![column] }
}
