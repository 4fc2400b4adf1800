//! A database: where a query runs.

use serde::{Deserialize, Serialize};

use crate::{Noun, SecretField};

/// A SQL database that is read. Its password is kept apart, see [`SecretField`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Database {
    /// Where, by which engine.
    #[serde(flatten)]
    pub engine: Engine,
    /// Time limit of one statement on the server, in milliseconds; 0 means none.
    #[serde(default = "Database::default_statement_timeout_ms")]
    pub statement_timeout_ms: u32,
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
    /// PostgreSQL and what speaks its protocol. Secret: `password`.
    Postgres(Server),
    /// MySQL and MariaDB. Secret: `password`.
    Mysql(Server),
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
    /// Encrypted, certificate and host name verified.
    Verify,
}

impl Database {
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
            statement_timeout_ms: Self::default_statement_timeout_ms(),
            max_reads: Self::default_max_reads(),
            notes: String::new(),
        }
    }

    /// The secret that this engine uses, if it uses one.
    pub const fn secret_field(&self) -> Option<SecretField> {
        match self.engine {
            Engine::Sqlite { .. } => None,
            Engine::Postgres(_) | Engine::Mysql(_) => Some(SecretField::Password),
        }
    }

    /// Where the password of this database would be sent: host, port and user. When it changes, the kept secret must be given again.
    pub fn destination(&self) -> String {
        match &self.engine {
            Engine::Sqlite { path } => path.clone(),
            Engine::Postgres(server) | Engine::Mysql(server) => {
                format!("{} {}:{} {}", self.engine.kind(), server.host, server.port.unwrap_or_default(), server.username)
            }
        }
    }
}

impl Engine {
    /// The engine's name: `sqlite`, `postgres` or `mysql`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgres",
            Self::Mysql(_) => "mysql",
        }
    }
}

impl Noun for Database {
    const NOUN: &'static str = "database";
}
