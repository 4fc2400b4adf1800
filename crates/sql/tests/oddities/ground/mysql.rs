//! Databases of their own on a MariaDB server.

use async_trait::async_trait;
use model::{Database, Engine, Tls, database::Server, edges::DatabaseAccess};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection, mysql::MySqlConnectOptions};
use tokio::sync::Mutex;

use super::{Ground, env, unique};

/// The databases beside the home: their default character sets.
const PLACES: [&str; 3] = ["latin1", "cp1251", "utf16"];

/// The places are databases with the character set of that name.
pub(crate) struct Mysql {
    admin: MySqlConnectOptions,
    /// The database, its account, and the first part of the names of the others.
    name: String,
    /// Sessions that hold a lock.
    open: Mutex<Vec<MySqlConnection>>,
}

impl Mysql {
    pub(crate) async fn new() -> Self {
        let admin: MySqlConnectOptions = env("TRIBUTARY_TEST_MYSQL_URL").parse().unwrap();
        // As the server has it: sqlx would set modes of its own.
        let admin = admin.disable_statement_logging().pipes_as_concat(false).no_engine_substitution(false);
        let ground = Self { admin, name: unique(), open: Mutex::default() };
        let name = &ground.name;
        let mut make = format!("CREATE DATABASE {name}; CREATE USER {name} IDENTIFIED BY '{name}'; GRANT ALL ON {name}.* TO {name};");
        for place in PLACES {
            make.push_str(&format!("CREATE DATABASE {name}_{place} CHARACTER SET {place}; GRANT ALL ON {name}_{place}.* TO {name};"));
        }
        ground.administer(&make).await;
        ground
    }

    async fn administer(&self, sql: &str) {
        let mut connection = self.admin.connect().await.unwrap();
        let ran = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
        ran.unwrap_or_else(|error| panic!("{error}: {sql}"));
        connection.close().await.unwrap();
    }

    fn database(&self, place: &str) -> String {
        if place.is_empty() { self.name.clone() } else { format!("{}_{place}", self.name) }
    }
}

#[async_trait]
impl Ground for Mysql {
    fn access(&self, place: &str) -> DatabaseAccess {
        let server = Server::new(self.admin.get_host(), self.database(place), &self.name);
        let server = Server { port: Some(self.admin.get_port()), tls: Tls::Disable, ..server };
        DatabaseAccess::new(Database::new(Engine::Mysql(server)), Some(SecretString::from(self.name.clone())))
    }

    async fn set_up(&self, place: &str, sql: &str) -> Result<(), String> {
        let options = self.admin.clone().username(&self.name).password(&self.name).database(&self.database(place));
        let mut connection = options.connect().await.map_err(|error| error.to_string())?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.map_err(|error| error.to_string())?;
        if sql.contains("LOCK TABLES") {
            self.open.lock().await.push(connection);
            return Ok(());
        }
        connection.close().await.map_err(|error| error.to_string())
    }

    async fn tear_down(&self) {
        self.open.lock().await.clear();
        let name = &self.name;
        let others: String = PLACES.iter().map(|place| format!("DROP DATABASE {name}_{place};")).collect();
        self.administer(&format!("{others} DROP DATABASE {name}; DROP USER {name}")).await;
    }
}
