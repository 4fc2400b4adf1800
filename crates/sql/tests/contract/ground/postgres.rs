//! A schema of its own on a PostgreSQL server, with an owner and a reader.

use async_trait::async_trait;
use model::{Database, Engine, Tls, database::Server, edges::DatabaseAccess};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use super::{Ground, env, unique};

pub(crate) struct Postgres {
    admin: PgConnectOptions,
    /// The schema, and the name and password of its owner.
    name: String,
}

impl Postgres {
    pub(crate) async fn new() -> Self {
        let admin: PgConnectOptions = env("TRIBUTARY_TEST_POSTGRES_URL").parse().unwrap();
        let ground = Self { admin: admin.disable_statement_logging(), name: unique("contract") };
        let name = &ground.name;
        let reader = ground.reader_name();
        ground
            .administer(&format!(
                "CREATE ROLE {name} LOGIN PASSWORD '{name}'; CREATE SCHEMA AUTHORIZATION {name};
                 CREATE ROLE {reader} LOGIN PASSWORD '{name}'; ALTER ROLE {reader} SET search_path = {name}; GRANT USAGE ON SCHEMA {name} TO {reader};
                 ALTER DEFAULT PRIVILEGES FOR ROLE {name} IN SCHEMA {name} GRANT SELECT ON TABLES TO {reader};
                 CREATE TABLE {name}.forbidden(x int)"
            ))
            .await;
        ground.execute("CREATE TABLE one(x int); INSERT INTO one VALUES (1)").await;
        ground
    }

    fn reader_name(&self) -> String {
        format!("{}_reader", self.name)
    }

    /// Runs statements as the superuser.
    pub(crate) async fn administer(&self, sql: &str) {
        run(&self.admin, sql).await;
    }

    /// A session of the owner that stays open, after these statements.
    pub(crate) async fn hold(&self, sql: &str) -> PgConnection {
        self.hold_as(&self.admin.clone().username(&self.name).password(&self.name), sql).await
    }

    /// The same of the superuser.
    pub(crate) async fn hold_as_superuser(&self, sql: &str) -> PgConnection {
        self.hold_as(&self.admin, sql).await
    }

    async fn hold_as(&self, options: &PgConnectOptions, sql: &str) -> PgConnection {
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        connection
    }

    /// The same ground in a database of its own, where no other test has transactions; its owner may see those of others.
    pub(crate) async fn alone() -> Self {
        let mut ground = Self::new().await;
        let name = ground.name.clone();
        ground.administer(&format!("GRANT pg_read_all_stats TO {name}")).await;
        ground.administer(&format!("CREATE DATABASE {name} OWNER {name} TEMPLATE template0")).await;
        ground.admin = ground.admin.database(&name);
        ground
            .administer(&format!("CREATE SCHEMA {name} AUTHORIZATION {name}; GRANT USAGE ON SCHEMA {name} TO {}", ground.reader_name()))
            .await;
        ground
            .administer(&format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {name} IN SCHEMA {name} GRANT SELECT ON TABLES TO {}",
                ground.reader_name()
            ))
            .await;
        ground
    }

    /// The name of its owner, its schema and its database.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn access_as(&self, username: String) -> DatabaseAccess {
        let server = Server::new(self.admin.get_host(), self.admin.get_database().unwrap(), username);
        let server = Server { port: Some(self.admin.get_port()), tls: Tls::Disable, ..server };
        DatabaseAccess::new(Database::new(Engine::Postgres(server)), Some(SecretString::from(self.name.clone())))
    }
}

async fn run(options: &PgConnectOptions, sql: &str) {
    let mut connection = options.connect().await.unwrap();
    let ran = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
    ran.unwrap_or_else(|error| panic!("{error}: {sql}"));
    connection.close().await.unwrap();
}

async fn ask<T>(options: &PgConnectOptions, sql: &'static str, words: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    let mut connection: PgConnection = options.connect().await.unwrap();
    let answer = sqlx::query_scalar(sql).bind(words.to_owned()).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    answer
}

#[async_trait]
impl Ground for Postgres {
    fn kind(&self) -> &'static str {
        "postgres"
    }

    fn access(&self) -> DatabaseAccess {
        self.access_as(self.name.clone())
    }

    fn reader(&self) -> DatabaseAccess {
        self.access_as(self.reader_name())
    }

    async fn execute(&self, sql: &str) {
        run(&self.admin.clone().username(&self.name).password(&self.name), sql).await;
    }

    fn numbers(&self, last: u64, column: &str) -> String {
        // In the list of columns and not behind FROM, where the server gathers all of it first.
        format!("SELECT n AS {column} FROM (SELECT generate_series(1::int8, {last}) AS n FROM one) AS g")
    }

    fn numbers_failing_at(&self, row: u64, last: u64) -> String {
        format!("SELECT n + 0 / ({row} - n) AS n FROM ({}) AS t", self.numbers(last, "n"))
    }

    fn endless(&self, column: &str) -> String {
        format!("SELECT pg_sleep(600)::text AS {column}")
    }

    fn forbidden(&self) -> Option<String> {
        Some("SELECT x FROM forbidden".to_owned())
    }

    async fn runs(&self, words: &str) -> bool {
        let sql = "SELECT count(*) > 0 FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() AND strpos(query, $1) > 0";
        ask(&self.admin, sql, words).await
    }

    async fn kill(&self, words: &str) -> bool {
        let sql =
            "SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND strpos(query, $1) > 0";
        ask::<Option<bool>>(&self.admin, sql, words).await.expect("the session is there")
    }
}
