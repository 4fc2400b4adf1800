//! The tables and views of a file.
//!
//! The file's schema names them; what their columns are is asked of each, because one that is broken (a view of a table that is gone, a
//! virtual table of a module that is not here) is no reason to tell nothing of the others.

use std::time::{Duration, Instant};

use model::{
    Failure,
    explore::Listed,
    table::{Table, TableColumn, TableKind},
};
use rusqlite::{Connection, Error, ErrorCode};
use tokio_util::sync::CancellationToken;

use super::{failures::failure, file::File, reader::LOOK_EVERY};
use crate::engines::tables::{Gathered, written};

/// Names of SQLite's own begin with `sqlite_`; `shadow` is what a virtual table keeps its data in.
const NAMES: &str = "SELECT name, type = 'view' FROM pragma_table_list \
     WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     AND (?1 IS NULL OR instr(lower(name), lower(?1)) > 0) ORDER BY name COLLATE NOCASE, name";

/// Columns that a virtual table hides are left out (1); generated columns are columns (2, 3).
const COLUMNS: &str = "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";

/// Asks one file for its tables.
pub(super) struct Asked {
    pub(super) file: File,
    pub(super) search: Option<String>,
    pub(super) cancel: CancellationToken,
}

impl Asked {
    /// Tells them.
    ///
    /// # Errors
    /// `Sql*`.
    pub(super) fn tell(self) -> Result<Listed<Table>, Failure> {
        let connection = self.file.open()?;
        let (cancel, ends) = (self.cancel, Instant::now() + Duration::from_millis(self.file.statement_timeout_ms.into()));
        let told = connection
            // What follows is our own text, which the pragmas that it reads cannot change anything with.
            .authorizer(None::<fn(rusqlite::hooks::AuthContext<'_>) -> rusqlite::hooks::Authorization>)
            .and_then(|()| connection.progress_handler(LOOK_EVERY, Some(move || cancel.is_cancelled() || Instant::now() >= ends)))
            .and_then(|()| tables(&connection, self.search.as_deref()));
        told.map_err(|error| failure(error, format!("asking {} for its tables", self.file.path), None))
    }
}

fn tables(connection: &Connection, search: Option<&str>) -> Result<Listed<Table>, Error> {
    let mut names = connection.prepare(NAMES)?;
    let names = names.query_map([search], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut gathered = Gathered::default();
    for name in names {
        if gathered.is_full() {
            break;
        }
        let (name, is_view): (String, bool) = name?;
        let columns = match columns(connection, &name) {
            Ok(columns) => columns,
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => return Err(error),
            // Nothing can be read of it.
            Err(_) => continue,
        };
        let kind = if is_view { TableKind::View } else { TableKind::Table };
        gathered.add(Table { schema: None, sql: written(&name, '"'), name, kind, columns });
    }
    Ok(gathered.end())
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<TableColumn>, Error> {
    let mut statement = connection.prepare_cached(COLUMNS)?;
    let told = statement.query_map([table], |row| {
        let name: String = row.get(0)?;
        let column = TableColumn {
            sql: written(&name, '"'),
            name,
            native: row.get(1)?,
            nullable: !row.get::<_, bool>(2)?,
            primary_key: row.get::<_, i64>(3)? > 0,
        };
        Ok(column)
    })?;
    let mut columns = told.collect::<Result<Vec<_>, _>>()?;
    // A single key of this type, in these letters, is the row's own number.
    let mut keys = columns.iter_mut().filter(|column| column.primary_key);
    if let (Some(key), None) = (keys.next(), keys.next())
        && key.native.eq_ignore_ascii_case("INTEGER")
    {
        key.nullable = false;
    }
    Ok(columns)
}
