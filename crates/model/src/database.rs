//! A database: where a query runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Noun, SecretField};

/// A SQL database that is read. Its secrets are kept apart, see [`SecretField`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Database {
    /// Where, by which engine.
    #[serde(flatten)]
    pub engine: Engine,
    /// How long connecting, logging in and setting up a session may take, in milliseconds, 100 to 300,000.
    #[serde(default = "Database::default_connect_timeout_ms")]
    pub connect_timeout_ms: u32,
    /// Time limit of one statement on the server, in milliseconds; 0 means none.
    #[serde(default = "Database::default_statement_timeout_ms")]
    pub statement_timeout_ms: u32,
    /// How long a statement waits for what somebody else has locked, in milliseconds, 1 to 3,600,000. MySQL and MariaDB count whole seconds.
    #[serde(default = "Database::default_lock_timeout_ms")]
    pub lock_timeout_ms: u32,
    /// Most statements that Tributary runs on it at once, 1 to 64.
    #[serde(default = "Database::default_max_reads")]
    pub max_reads: u32,
    /// Free text for the people who keep it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

/// The engine and what it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "engine", rename_all = "snake_case")]
pub enum Engine {
    /// A SQLite file, opened read-only.
    Sqlite {
        /// Absolute path of the file.
        path: String,
    },
    /// PostgreSQL and what speaks its protocol. Secrets: `password`, `client_key`.
    Postgres(Server),
    /// MySQL and MariaDB. Secrets: `password`, `client_key`.
    Mysql(Server),
    /// Any database that has an ADBC driver. Secret: `password`.
    Adbc(Adbc),
    /// Any database that has an ODBC driver. Secret: `password`.
    Odbc(Odbc),
}

/// A database server over the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Server {
    /// Host name or address; for PostgreSQL and MySQL also the absolute path of a socket's folder or file.
    pub host: String,
    /// Absent means the engine's own port (5432, 3306).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 65535))]
    pub port: Option<u16>,
    /// The database on that server.
    pub database: String,
    /// Who logs in.
    pub username: String,
    /// Whether the connection is encrypted.
    #[serde(default)]
    pub tls: Tls,
    /// One or more certificates in PEM: with `verify`, servers whose chain ends at one of them are trusted too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<String>,
    /// The certificate, followed by its intermediates, that Tributary shows to the server, in PEM. Its key is the secret `client_key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<String>,
}

impl Server {
    /// A server with every setting at its default.
    pub fn new(host: impl Into<String>, database: impl Into<String>, username: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            database: database.into(),
            username: username.into(),
            tls: Tls::default(),
            ca_certificate: None,
            client_certificate: None,
        }
    }
}

/// A database behind an ADBC driver: <https://arrow.apache.org/adbc/>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Adbc {
    /// The driver's name in the server's folder of drivers: `adbc_driver_postgresql`. Never a path, because to load a library is to run
    /// it: whoever may write to that folder decides what can be loaded.
    pub driver: String,
    /// The driver's first function, where its name does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<String>,
    /// Where the database is, in the driver's own words, without a password. `{username}` and `{password}` in it stand for the two; one
    /// that it does not name is given to the driver as the option of that name.
    pub uri: String,
    /// Who logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What else the driver is told, by the names of its options; nothing secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// How SQL is written for this database.
    #[serde(default)]
    pub dialect: GenericDialect,
}

/// A database behind an ODBC driver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Odbc {
    /// The connection string, without user name and password: `DSN=shop`, or `Driver={PostgreSQL Unicode};Server=…;Database=…` with a
    /// driver that is registered on the server's machine. Never the path of a driver, because to load a library is to run it.
    pub connection: String,
    /// Who logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// How SQL is written for this database.
    #[serde(default)]
    pub dialect: GenericDialect,
}

/// How SQL is written for a database that only its driver knows: what is a quote, a comment and a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GenericDialect {
    /// As the standard has it: `"name"`, `'text'`, `FETCH FIRST n ROWS ONLY`.
    #[default]
    Standard,
    /// As PostgreSQL has it.
    Postgres,
    /// As MySQL has it: `` `name` ``, `LIMIT n`.
    Mysql,
    /// As SQLite has it.
    Sqlite,
}

/// Whether a connection to a database server is encrypted, and what is verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// Never encrypted.
    Disable,
    /// Encrypted if the server can.
    #[default]
    Prefer,
    /// Encrypted, certificate not verified.
    Require,
    /// Encrypted, certificate and host name verified: by the authorities that browsers trust, and by `ca_certificate`.
    Verify,
}

impl Database {
    const fn default_connect_timeout_ms() -> u32 {
        10_000
    }
    const fn default_lock_timeout_ms() -> u32 {
        10_000
    }
    const fn default_statement_timeout_ms() -> u32 {
        300_000
    }
    const fn default_max_reads() -> u32 {
        4
    }

    /// A database on `engine` with every setting at its default.
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            connect_timeout_ms: Self::default_connect_timeout_ms(),
            lock_timeout_ms: Self::default_lock_timeout_ms(),
            statement_timeout_ms: Self::default_statement_timeout_ms(),
            max_reads: Self::default_max_reads(),
            notes: String::new(),
        }
    }

    /// The secrets that this engine can use, the one that it logs in with first. A file has none.
    pub const fn secret_fields(&self) -> &'static [SecretField] {
        match self.engine {
            Engine::Sqlite { .. } => &[],
            Engine::Postgres(_) | Engine::Mysql(_) => &[SecretField::Password, SecretField::ClientKey],
            Engine::Adbc(_) | Engine::Odbc(_) => &[SecretField::Password],
        }
    }

    /// Where the password of this database would be sent: host, port and user, or all that a driver is told. When it changes, the kept
    /// secret must be given again.
    pub fn destination(&self) -> String {
        match &self.engine {
            Engine::Sqlite { path } => path.clone(),
            Engine::Postgres(server) | Engine::Mysql(server) => {
                format!("{} {}:{} {}", self.engine.kind(), server.host, server.port.unwrap_or_default(), server.username)
            }
            Engine::Adbc(Adbc { driver, entrypoint, uri, username, options, dialect: _ }) => {
                format!("adbc {driver} {entrypoint:?} {uri} {username:?} {options:?}")
            }
            Engine::Odbc(Odbc { connection, username, dialect: _ }) => format!("odbc {connection} {username:?}"),
        }
    }
}

impl Engine {
    /// The engine's name: `sqlite`, `postgres`, `mysql`, `adbc` or `odbc`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgres",
            Self::Mysql(_) => "mysql",
            Self::Adbc(_) => "adbc",
            Self::Odbc(_) => "odbc",
        }
    }
}

impl Noun for Database {
    const NOUN: &'static str = "database";
}
