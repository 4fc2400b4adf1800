//! One file, as it is opened for reading.

use model::{Engine, Failure, FailureKind, edges::DatabaseAccess};
use rusqlite::{
    Connection, OpenFlags,
    hooks::{AuthAction, AuthContext, Authorization},
};

use super::failures::failure;

/// Which file, and how long is waited.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) lock_timeout_ms: u32,
    pub(super) statement_timeout_ms: u32,
}

impl File {
    /// The file of a database.
    pub(super) fn of(access: &DatabaseAccess) -> Self {
        let Engine::Sqlite { path } = &access.database.engine else { unreachable!("an engine is only given its own databases") };
        let (lock_timeout_ms, statement_timeout_ms) = (access.database.lock_timeout_ms, access.database.statement_timeout_ms);
        Self { path: path.clone(), lock_timeout_ms, statement_timeout_ms }
    }

    /// Whether the account that this process runs as could write it.
    pub(super) fn is_writable(&self) -> bool {
        rustix::fs::access(&self.path, rustix::fs::Access::WRITE_OK).is_ok()
    }

    /// Opens it for reading only. Waits as long as a writer's lock may be waited for.
    ///
    /// # Errors
    /// `SqlDatabaseMissing`, `SqlForbidden`, `SqlTimeout`.
    pub(super) fn open(&self) -> Result<Connection, Failure> {
        let path = self.path.as_str();
        let about = || format!("opening {path}");
        // Looked at and not opened: to close a file of its own would take away the locks of every other read of it in this process.
        match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(Failure::new(FailureKind::SqlForbidden, about()).because(error));
            }
            Err(error) => return Err(Failure::new(FailureKind::SqlDatabaseMissing, about()).because(error)),
            Ok(found) if found.is_dir() => {
                return Err(Failure::new(FailureKind::SqlDatabaseMissing, format!("{path} is a folder, not a database file")));
            }
            Ok(_) => {}
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
            connection.busy_timeout(std::time::Duration::from_millis(self.lock_timeout_ms.into()))?;
            connection.pragma_update(None, "query_only", true)?;
            // The first read: tells whether the file is a database at all.
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            connection.authorizer(Some(authorize))?;
            Ok(connection)
        });
        opened.map_err(|error| failure(error, about(), None))
    }
}

/// What only tells: as `pragma_table_info('t')` in a query; the first is asked by tables of a full-text search when they are read.
const READING: [&str; 9] = [
    "data_version",
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "collation_list",
];

fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Pragma { pragma_name, .. } if READING.contains(&pragma_name) => Authorization::Allow,
        AuthAction::Attach { .. } | AuthAction::Detach { .. } | AuthAction::Pragma { .. } => Authorization::Deny,
        AuthAction::Function { function_name } if function_name.eq_ignore_ascii_case("load_extension") => Authorization::Deny,
        _ => Authorization::Allow,
    }
}
