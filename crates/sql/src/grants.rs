//! The statements that make an account which reads, and cannot do more: for a person to run, who may. Nothing is sent.

use std::collections::BTreeSet;

use model::{Engine, Failure, FailureKind};

use crate::{
    engines,
    query::{self, Dialect},
};

/// What stands for the password in [`Grants::statements`]: no server takes it, so it cannot be forgotten there.
pub const PASSWORD: &str = "<password>";

/// What an account is to read.
#[derive(Clone, Debug)]
pub enum Readable<'a> {
    /// Everything: of the schema `public` (PostgreSQL), of the database (MySQL).
    All,
    /// Tables as a query would name them, with commas between them; `schema.*` is all of a schema.
    Tables(&'a str),
    /// What this query names.
    Query(&'a str),
}

/// How an account that only reads is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// The statements, in order, without a semicolon at their end.
    pub statements: Vec<String>,
    /// What whoever runs them must know.
    pub remarks: Vec<String>,
}

/// How the account `account` is made on this engine's server. Every name is quoted.
///
/// # Errors
/// `SqlInvalid` when the tables cannot be told, or the engine has accounts that are not known here; those of the guard for a query.
pub fn grants(engine: &Engine, account: &str, readable: &Readable<'_>) -> Result<Grants, Failure> {
    if account.is_empty() || account.contains('\0') {
        return Err(Failure::new(FailureKind::SqlInvalid, "the account has no name"));
    }
    let dialect = Dialect::from(engine);
    let named = match readable {
        Readable::All => BTreeSet::new(),
        Readable::Tables(text) => query::named(text, dialect)?,
        Readable::Query(sql) => query::read_by(sql, dialect)?,
    };
    match engine {
        Engine::Postgres(server) => Ok(engines::postgres_grants(&server.database, account, named)),
        Engine::Mysql(server) => Ok(engines::mysql_grants(&server.database, account, named)),
        Engine::Sqlite { path } => Ok(Grants {
            statements: Vec::new(),
            remarks: vec![format!(
                "SQLite has no accounts: let the account that Tributary runs as read {path} and its folder, and not write them"
            )],
        }),
        Engine::Adbc(_) | Engine::Odbc(_) => {
            let words = "how accounts are made is known of PostgreSQL and MySQL; ask the manual of the database behind this driver";
            Err(Failure::new(FailureKind::SqlInvalid, words))
        }
    }
}

#[cfg(test)]
mod tests {
    use model::database::Server;

    use super::*;

    fn postgres(readable: &Readable<'_>) -> Vec<String> {
        grants(&Engine::Postgres(Server::new("h", "shop", "owner")), "rea\"der", readable).unwrap().statements
    }

    fn mysql(account: &str, readable: &Readable<'_>) -> Vec<String> {
        grants(&Engine::Mysql(Server::new("h", "my_shop", "owner")), account, readable).unwrap().statements
    }

    #[test]
    fn an_account_of_postgresql_reads_a_schema_or_the_tables_that_are_named() {
        assert_eq!(
            postgres(&Readable::All),
            [
                "CREATE ROLE \"rea\"\"der\" LOGIN PASSWORD <password>",
                "GRANT CONNECT ON DATABASE \"shop\" TO \"rea\"\"der\"",
                "GRANT USAGE ON SCHEMA \"public\" TO \"rea\"\"der\"",
                "GRANT SELECT ON ALL TABLES IN SCHEMA \"public\" TO \"rea\"\"der\"",
                "ALTER DEFAULT PRIVILEGES IN SCHEMA \"public\" GRANT SELECT ON TABLES TO \"rea\"\"der\"",
                "GRANT pg_read_all_stats TO \"rea\"\"der\"",
            ]
        );
        assert_eq!(
            postgres(&Readable::Query("SELECT * FROM Orders JOIN sales.items USING (id)"))[2..5],
            [
                "GRANT USAGE ON SCHEMA \"sales\" TO \"rea\"\"der\"",
                "GRANT SELECT ON \"orders\" TO \"rea\"\"der\"",
                "GRANT SELECT ON \"sales\".\"items\" TO \"rea\"\"der\"",
            ]
        );
    }

    #[test]
    fn an_account_of_mysql_has_a_host_and_a_database_is_no_pattern() {
        assert_eq!(
            mysql("reader", &Readable::All),
            [
                "CREATE USER `reader`@`%` IDENTIFIED BY <password>",
                "GRANT SELECT ON `my\\_shop`.* TO `reader`@`%`",
                "GRANT PROCESS ON *.* TO `reader`@`%`",
            ]
        );
        assert_eq!(
            mysql("reader@10.0.0.7", &Readable::Tables("orders, archive.`a``b`, old.*"))[1..4],
            [
                "GRANT SELECT ON `old`.* TO `reader`@`10.0.0.7`",
                "GRANT SELECT ON `my_shop`.`orders` TO `reader`@`10.0.0.7`",
                "GRANT SELECT ON `archive`.`a``b` TO `reader`@`10.0.0.7`",
            ]
        );
    }

    #[test]
    fn a_file_has_no_accounts_and_says_so() {
        let told = grants(&Engine::Sqlite { path: "/a.db".to_owned() }, "reader", &Readable::All).unwrap();
        assert!(told.statements.is_empty() && told.remarks[0].contains("/a.db"));
    }
}
