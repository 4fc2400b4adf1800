//! The grounds of PostgreSQL, MariaDB and SQLite, reached through Debian's ODBC drivers.

use model::{
    Database, Engine,
    database::{GenericDialect, Odbc},
    edges::DatabaseAccess,
};

use super::{Lack, driven::Driven, mysql::Mysql, postgres::Postgres, sqlite::Sqlite};

/// What the driver manager is told to reach what another engine reaches.
pub(crate) fn access(native: DatabaseAccess) -> DatabaseAccess {
    let (connection, username, dialect) = match &native.database.engine {
        Engine::Sqlite { path } => (format!("Driver={{SQLite3}};Database={path}"), None, GenericDialect::Sqlite),
        Engine::Postgres(server) => {
            let (host, port, database) = (&server.host, server.port.unwrap(), &server.database);
            let connection = format!("Driver={{PostgreSQL Unicode}};Server={host};Port={port};Database={database}");
            (connection, Some(server.username.clone()), GenericDialect::Postgres)
        }
        Engine::Mysql(server) => {
            let (host, port, database) = (&server.host, server.port.unwrap(), &server.database);
            let connection = format!("Driver={{MariaDB Unicode}};Server={host};Port={port};Database={database}");
            (connection, Some(server.username.clone()), GenericDialect::Mysql)
        }
        other => panic!("no driver for {}", other.kind()),
    };
    let odbc = Odbc { connection, username, dialect };
    DatabaseAccess { database: Database::new(Engine::Odbc(odbc)), ..native }
}

/// PostgreSQL behind psqlODBC, which tells no places, gives text up to the length that its connection string says, and fetches all rows but
/// the first from a cursor, by statements of their own.
pub(crate) async fn postgres() -> Driven<Postgres> {
    let lacks = &[Lack::Places, Lack::LongTexts, Lack::OneStatement, Lack::Rights, Lack::Types];
    Driven { ground: Postgres::new().await, kind: "odbc_postgres", through: access, lacks }
}

/// MariaDB behind its own driver. It keeps a whole result in memory before its first row and gives no way to change that, so the whole suite
/// does not stand on it; what `odbc.rs` tries does.
pub(crate) async fn mysql() -> Driven<Mysql> {
    Driven { ground: Mysql::new().await, kind: "odbc_mariadb", through: access, lacks: &[Lack::Stopping] }
}

/// SQLite behind libsqliteodbc, which is the library itself within this process: only `SQLCancel` could stop it. It gives expressions as
/// text of 255 characters, binds times in milliseconds, and looks for semicolons without knowing comments.
pub(crate) fn sqlite() -> Driven<Sqlite> {
    let lacks =
        &[Lack::Places, Lack::LongTexts, Lack::Stopping, Lack::OneStatement, Lack::Expressions, Lack::Comments, Lack::Micros, Lack::Types];
    Driven { ground: Sqlite::new(), kind: "odbc_sqlite", through: access, lacks }
}
