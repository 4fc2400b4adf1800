//! The grounds of PostgreSQL and SQLite, reached through their ADBC drivers.

use std::path::PathBuf;

use model::{
    Database, Engine,
    database::{Adbc, GenericDialect},
    edges::DatabaseAccess,
};

use super::{Lack, driven::Driven, env, postgres::Postgres, sqlite::Sqlite};

/// Where `dev/servers install` has put the drivers.
pub(crate) fn drivers() -> PathBuf {
    env("TRIBUTARY_TEST_ADBC_DRIVERS").into()
}

/// What the driver is told to reach what another engine reaches.
pub(crate) fn access(native: DatabaseAccess) -> DatabaseAccess {
    let (driver, uri, username, dialect) = match &native.database.engine {
        Engine::Sqlite { path } => ("adbc_driver_sqlite", path.clone(), None, GenericDialect::Sqlite),
        Engine::Postgres(server) => {
            let (host, port, database) = (&server.host, server.port.unwrap(), &server.database);
            let uri = format!("postgresql://{{username}}:{{password}}@{host}:{port}/{database}");
            ("adbc_driver_postgresql", uri, Some(server.username.clone()), GenericDialect::Postgres)
        }
        other => panic!("no driver for {}", other.kind()),
    };
    let adbc = Adbc { driver: driver.to_owned(), entrypoint: None, uri, username, options: Default::default(), dialect };
    DatabaseAccess { database: Database::new(Engine::Adbc(adbc)), ..native }
}

/// PostgreSQL behind its driver, which gives a message of its server without the place, batches of megabytes at once, and the columns of a query
/// without a look at rights.
pub(crate) async fn postgres() -> Driven<Postgres> {
    Driven {
        ground: Postgres::new().await,
        kind: "adbc_postgres",
        through: access,
        lacks: &[Lack::Places, Lack::SmallBatches, Lack::Rights, Lack::Types],
    }
}

/// SQLite behind its driver, which is the library itself within this process and cannot cancel. It reads a batch to tell the columns, and takes
/// their types from its values.
pub(crate) fn sqlite() -> Driven<Sqlite> {
    let lacks = &[Lack::Places, Lack::SmallBatches, Lack::Stopping, Lack::OneStatement, Lack::Expressions, Lack::EarlyColumns, Lack::Types];
    Driven { ground: Sqlite::new(), kind: "adbc_sqlite", through: access, lacks }
}
