//! A schema of its own on a PostgreSQL server, databases in other encodings, and an account whose settings are as odd as they can be.

use async_trait::async_trait;
use model::{Database, Engine, Tls, database::Server, edges::DatabaseAccess};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::sync::Mutex;

use super::{Ground, env, unique};

/// Settings of the account at the place `odd`: none of them may show in what is read.
const ODD: [&str; 11] = [
    "TimeZone = 'Asia/Kathmandu'",
    "DateStyle = 'German'",
    "IntervalStyle = 'sql_standard'",
    "extra_float_digits = -15",
    "bytea_output = 'escape'",
    "standard_conforming_strings = off",
    "client_encoding = 'LATIN1'",
    "xmlbinary = 'hex'",
    "default_transaction_isolation = 'serializable'",
    "quote_all_identifiers = on",
    "client_min_messages = 'debug5'",
];

/// The password of the accounts, and the same as the server keeps it, after one round of hashing: the usual 4,096 for each of 700 logins take
/// longer than all that is asked.
const PASSWORD: &str = "oddities";
const SECRET: &str =
    "SCRAM-SHA-256$1:b2RkaXRpZXMtb2Ytc3FsIQ==$DV/sJ2BYxwcPci46swli2E3J5zAKbjFaH3RaLu9daTM=:0HizUuBX8i2mcRwdIWO/1GSKWaE5KFNWApQq6bZsL3w=";

/// The places `latin1` and `sql_ascii` are databases in these encodings; `odd` is an account at home.
pub(crate) struct Postgres {
    admin: PgConnectOptions,
    /// The schema, the accounts, and the first part of the names of databases.
    name: String,
    /// Sessions that hold a lock.
    open: Mutex<Vec<PgConnection>>,
}

impl Postgres {
    pub(crate) async fn new() -> Self {
        let admin: PgConnectOptions = env("TRIBUTARY_TEST_POSTGRES_URL").parse().unwrap();
        let ground = Self { admin: admin.disable_statement_logging(), name: unique(), open: Mutex::default() };
        let name = &ground.name;
        let odd: String = ODD.iter().map(|setting| format!("ALTER ROLE {name}_odd SET {setting};")).collect();
        ground
            .administer(&format!(
                "CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'; CREATE SCHEMA AUTHORIZATION {name};
                 CREATE ROLE {name}_odd LOGIN PASSWORD '{SECRET}'; GRANT {name} TO {name}_odd;
                 ALTER ROLE {name}_odd SET search_path = {name}; {odd}"
            ))
            .await;
        for (place, encoding) in [("latin1", "LATIN1"), ("sql_ascii", "SQL_ASCII")] {
            let create = "CREATE DATABASE @ TEMPLATE template0 LOCALE 'C' ENCODING".replace('@', &format!("{name}_{place}"));
            ground.administer(&format!("{create} '{encoding}' OWNER {name}")).await;
        }
        ground
    }

    async fn administer(&self, sql: &str) {
        let mut connection = self.admin.connect().await.unwrap();
        let ran = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
        ran.unwrap_or_else(|error| panic!("{error}: {sql}"));
        connection.close().await.unwrap();
    }

    fn database(&self, place: &str) -> String {
        match place {
            "latin1" | "sql_ascii" => format!("{}_{place}", self.name),
            _ => self.admin.get_database().unwrap().to_owned(),
        }
    }
}

#[async_trait]
impl Ground for Postgres {
    fn access(&self, place: &str) -> DatabaseAccess {
        let username = if place == "odd" { format!("{}_odd", self.name) } else { self.name.clone() };
        let server = Server::new(self.admin.get_host(), self.database(place), username);
        let server = Server { port: Some(self.admin.get_port()), tls: Tls::Disable, ..server };
        DatabaseAccess::new(Database::new(Engine::Postgres(server)), Some(SecretString::from(PASSWORD)))
    }

    async fn set_up(&self, place: &str, sql: &str) -> Result<(), String> {
        let options = self.admin.clone().username(&self.name).password(PASSWORD).database(&self.database(place));
        let mut connection = options.connect().await.map_err(|error| error.to_string())?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.map_err(|error| error.to_string())?;
        if sql.contains("LOCK TABLE") {
            self.open.lock().await.push(connection);
            return Ok(());
        }
        connection.close().await.map_err(|error| error.to_string())
    }

    async fn tear_down(&self) {
        self.open.lock().await.clear();
        let name = &self.name;
        for place in ["latin1", "sql_ascii"] {
            self.administer(&format!("DROP DATABASE {name}_{place} WITH (FORCE)")).await;
        }
        self.administer(&format!("DROP OWNED BY {name} CASCADE; DROP ROLE {name}_odd; DROP ROLE {name}")).await;
    }
}
