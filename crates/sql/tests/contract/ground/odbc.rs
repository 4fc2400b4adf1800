//! The grounds of PostgreSQL, MariaDB and SQLite, reached through Debian's ODBC drivers.

use model::{
    Database, Engine,
    database::{GenericDialect, Odbc},
    edges::DatabaseAccess,
};

use super::{driven::Driven, mysql::Mysql, postgres::Postgres, sqlite::Sqlite};

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

pub(crate) async fn postgres() -> Driven<Postgres> {
    Driven { ground: Postgres::new().await, kind: "odbc_postgres", through: access }
}

pub(crate) async fn mysql() -> Driven<Mysql> {
    Driven { ground: Mysql::new().await, kind: "odbc_mariadb", through: access }
}

pub(crate) fn sqlite() -> Driven<Sqlite> {
    Driven { ground: Sqlite::new(), kind: "odbc_sqlite", through: access }
}
