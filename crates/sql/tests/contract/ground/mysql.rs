//! A database of its own on a MariaDB server, with an owner and a reader.

use async_trait::async_trait;
use model::{Database, Engine, Tls, database::Server, edges::DatabaseAccess};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection, mysql::MySqlConnectOptions};

use super::{Ground, env, unique};

pub(crate) struct Mysql {
    admin: MySqlConnectOptions,
    /// The database, and the name and password of its owner.
    name: String,
}

impl Mysql {
    pub(crate) async fn new() -> Self {
        let admin: MySqlConnectOptions = env("TRIBUTARY_TEST_MYSQL_URL").parse().unwrap();
        let ground = Self { admin: admin.disable_statement_logging(), name: unique("contract") };
        let (name, reader) = (&ground.name, ground.reader_name());
        let hidden = ground.hidden();
        run(
            &ground.admin,
            &format!(
                "CREATE DATABASE {name}; CREATE DATABASE {hidden}; CREATE TABLE {hidden}.forbidden(x int);
                 CREATE USER {name} IDENTIFIED BY '{name}'; GRANT ALL ON {name}.* TO {name};
                 CREATE USER {reader} IDENTIFIED BY '{name}'; GRANT SELECT ON {name}.* TO {reader}"
            ),
        )
        .await;
        ground.execute("CREATE TABLE one(x int); INSERT INTO one VALUES (1)").await;
        ground
    }

    /// Runs statements as the administrator.
    pub(crate) async fn administer(&self, sql: &str) {
        run(&self.admin, sql).await;
    }

    /// A session of the owner that stays open, after these statements.
    pub(crate) async fn hold(&self, sql: &str) -> MySqlConnection {
        let options = self.admin.clone().username(&self.name).password(&self.name).database(&self.name);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        connection
    }

    /// Lets its owner see what others do on the server.
    pub(crate) async fn may_see_others(&self) {
        run(&self.admin, &format!("GRANT PROCESS ON *.* TO {}", self.name)).await;
    }

    fn reader_name(&self) -> String {
        format!("{}_reader", self.name)
    }

    fn hidden(&self) -> String {
        format!("{}_hidden", self.name)
    }

    fn access_as(&self, username: String) -> DatabaseAccess {
        let server = Server::new(self.admin.get_host(), &self.name, username);
        let server = Server { port: Some(self.admin.get_port()), tls: Tls::Disable, ..server };
        DatabaseAccess::new(Database::new(Engine::Mysql(server)), Some(SecretString::from(self.name.clone())))
    }

    /// The session whose statement has these words.
    async fn session(&self, words: &str) -> Option<u64> {
        let mut connection = self.admin.connect().await.unwrap();
        let sql = "SELECT CAST(ID AS UNSIGNED) FROM information_schema.PROCESSLIST
                   WHERE ID <> CONNECTION_ID() AND COMMAND <> 'Sleep' AND INSTR(INFO, ?) > 0";
        let found = sqlx::query_scalar(sql).bind(words.to_owned()).fetch_optional(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        found
    }
}

async fn run(options: &MySqlConnectOptions, sql: &str) {
    let mut connection = options.connect().await.unwrap();
    let ran = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
    ran.unwrap_or_else(|error| panic!("{error}: {sql}"));
    connection.close().await.unwrap();
}

#[async_trait]
impl Ground for Mysql {
    fn kind(&self) -> &'static str {
        "mysql"
    }

    fn access(&self) -> DatabaseAccess {
        self.access_as(self.name.clone())
    }

    fn reader(&self) -> DatabaseAccess {
        self.access_as(self.reader_name())
    }

    async fn execute(&self, sql: &str) {
        run(&self.admin.clone().username(&self.name).password(&self.name).database(&self.name), sql).await;
    }

    fn numbers(&self, last: u64, column: &str) -> String {
        format!("SELECT seq AS {column} FROM one, seq_1_to_{last}")
    }

    fn numbers_failing_at(&self, row: u64, last: u64) -> String {
        format!("SELECT seq + 0 * (9223372036854775807 + (seq >= {row})) AS n FROM one, seq_1_to_{last}")
    }

    fn endless(&self, column: &str) -> String {
        format!("SELECT count(*) AS {column} FROM seq_1_to_4000000000 a, seq_1_to_4000000000 b WHERE a.seq + b.seq < 0")
    }

    fn forbidden(&self) -> Option<String> {
        Some(format!("SELECT x FROM {}.forbidden", self.hidden()))
    }

    async fn runs(&self, words: &str) -> bool {
        self.session(words).await.is_some()
    }

    async fn kill(&self, words: &str) -> bool {
        let session = self.session(words).await.expect("the session is there");
        run(&self.admin, &format!("KILL CONNECTION {session}")).await;
        true
    }

    fn quoted(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }
}
