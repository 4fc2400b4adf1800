//! What the flags say of a database.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use model::{Engine, SecretField};

use super::{
    super::{
        body::Body,
        certificates::ServerCertificateOptions,
        credential,
        exit::{Exit, Stop},
        length,
    },
    SECRET_VARIABLE,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EngineKind {
    /// A SQLite file
    Sqlite,
    /// PostgreSQL and what speaks its protocol
    Postgres,
    /// MySQL and MariaDB
    #[value(alias = "mariadb")]
    Mysql,
    /// Any database that has an ADBC driver
    Adbc,
    /// Any database that has an ODBC driver
    Odbc,
}

/// How SQL is written for what only a driver knows.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Dialect {
    /// As the standard has it
    Standard,
    /// As PostgreSQL has it
    Postgres,
    /// As MySQL has it
    Mysql,
    /// As SQLite has it
    Sqlite,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tls {
    /// Never encrypted
    Disable,
    /// Encrypted if the server can
    Prefer,
    /// Encrypted, certificate not verified
    Require,
    /// Encrypted, certificate and host name verified
    Verify,
}

#[derive(Args, Debug)]
pub(super) struct Fields {
    /// Everything in one: postgres://user@host:5432/database?tls=require, mysql://…, sqlite:/path/to/file.db
    #[arg(long, conflicts_with_all = ["engine", "path", "host", "port", "database", "username", "driver", "uri", "connection"])]
    url: Option<String>,
    /// Which engine it is; never changes afterwards
    #[arg(long, value_enum)]
    engine: Option<EngineKind>,
    /// File on the server's machine (sqlite)
    #[arg(long)]
    path: Option<PathBuf>,
    /// Host name, address, or folder of the socket
    #[arg(long)]
    host: Option<String>,
    /// Port, if it is not the engine's own
    #[arg(long)]
    port: Option<u16>,
    /// Database on that server
    #[arg(long)]
    database: Option<String>,
    /// Who logs in
    #[arg(long)]
    username: Option<String>,
    /// Whether the connection is encrypted
    #[arg(long, value_enum)]
    tls: Option<Tls>,
    /// Name of a driver in the server's folder of drivers: adbc_driver_postgresql (adbc)
    #[arg(long)]
    driver: Option<String>,
    /// First function of the driver, where its name does not tell (adbc)
    #[arg(long)]
    entrypoint: Option<String>,
    /// Address in the driver's words; {username} and {password} stand for the two (adbc)
    #[arg(long)]
    uri: Option<String>,
    /// What else the driver is told; may be repeated, replaces all of them, an empty text clears (adbc)
    #[arg(long = "option", value_name = "NAME=VALUE")]
    options: Vec<String>,
    /// Connection string without user and password: DSN=shop, or Driver={a registered driver};… (odbc)
    #[arg(long)]
    connection: Option<String>,
    /// How SQL is written for it (adbc, odbc)
    #[arg(long, value_enum)]
    dialect: Option<Dialect>,
    #[command(flatten)]
    certificates: ServerCertificateOptions,
    /// Time limit of connecting and logging in: `10s`
    #[arg(long, value_name = "LENGTH", value_parser = length::millis)]
    connect_timeout: Option<u32>,
    /// How long a statement waits for somebody else's lock: `10s`
    #[arg(long, value_name = "LENGTH", value_parser = length::millis)]
    lock_timeout: Option<u32>,
    /// Time limit of one statement: `5m`; `0s` is none
    #[arg(long, value_name = "LENGTH", value_parser = length::millis)]
    statement_timeout: Option<u32>,
    /// Most statements at once
    #[arg(long)]
    max_reads: Option<u32>,
    /// Free text
    #[arg(long)]
    notes: Option<String>,
}

impl Fields {
    /// Only what was said.
    pub(super) fn body(&self) -> anyhow::Result<Body> {
        let mut body = match &self.url {
            Some(url) => from_url(url)?,
            None => self.engine_members()?,
        };
        body.put(
            "tls",
            self.tls.map(|tls| match tls {
                Tls::Disable => "disable",
                Tls::Prefer => "prefer",
                Tls::Require => "require",
                Tls::Verify => "verify",
            }),
        )?;
        self.certificates.put(&mut body)?;
        body.put("connect_timeout_ms", self.connect_timeout)?;
        body.put("lock_timeout_ms", self.lock_timeout)?;
        body.put("statement_timeout_ms", self.statement_timeout)?;
        body.put("max_reads", self.max_reads)?;
        body.put_text("notes", self.notes.as_deref());
        Ok(body)
    }

    fn engine_members(&self) -> anyhow::Result<Body> {
        let mut body = Body::default();
        body.put(
            "engine",
            self.engine.map(|engine| match engine {
                EngineKind::Sqlite => "sqlite",
                EngineKind::Postgres => "postgres",
                EngineKind::Mysql => "mysql",
                EngineKind::Adbc => "adbc",
                EngineKind::Odbc => "odbc",
            }),
        )?;
        body.put("path", self.path.as_deref().map(Path::new).map(std::path::absolute).transpose()?)?;
        body.put_text("host", self.host.as_deref());
        body.put("port", self.port)?;
        body.put_text("database", self.database.as_deref());
        body.put_text("username", self.username.as_deref());
        body.put("driver", self.driver.as_deref())?;
        body.put_text("entrypoint", self.entrypoint.as_deref());
        body.put("uri", self.uri.as_deref())?;
        body.put("options", self.driver_options()?)?;
        body.put("connection", self.connection.as_deref())?;
        body.put(
            "dialect",
            self.dialect.map(|dialect| match dialect {
                Dialect::Standard => "standard",
                Dialect::Postgres => "postgres",
                Dialect::Mysql => "mysql",
                Dialect::Sqlite => "sqlite",
            }),
        )?;
        Ok(body)
    }

    fn driver_options(&self) -> anyhow::Result<Option<BTreeMap<&str, &str>>> {
        let given = self.options.iter().filter(|option| !option.is_empty());
        let pair = |option| str::split_once(option, '=').ok_or_else(|| Stop::with(Exit::Usage, "--option takes NAME=VALUE"));
        let options = given.map(|option| pair(option)).collect::<Result<BTreeMap<_, _>, _>>()?;
        Ok((!self.options.is_empty()).then_some(options))
    }
}

/// What the URL says of the engine; settings that it does not speak of stay absent.
fn from_url(url: &str) -> anyhow::Result<Body> {
    let (database, password) = sql::database_from_url(url)?;
    if password.is_some() {
        return Err(credential::refuse_in_url("the URL", SECRET_VARIABLE));
    }
    let mut body = Body::default();
    body.put("engine", Some(database.engine.kind()))?;
    match database.engine {
        Engine::Sqlite { path } => body.put("path", Some(path))?,
        Engine::Postgres(server) | Engine::Mysql(server) => {
            body.put("host", Some(server.host))?;
            body.put("port", server.port)?;
            body.put("database", Some(server.database))?;
            body.put("username", Some(server.username))?;
            body.put("tls", url.contains('?').then_some(server.tls))?;
        }
        Engine::Adbc(_) | Engine::Odbc(_) => unreachable!("no URL stands for a driver"),
    }
    Ok(body)
}

/// The secret that the engine in `body` takes.
pub(super) fn secret_member(body: &Body) -> Option<&'static str> {
    let sqlite = body.get("engine").and_then(serde_json::Value::as_str) == Some("sqlite");
    (!sqlite).then_some(SecretField::Password.as_str())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        fields: Fields,
    }

    fn body(words: &[&str]) -> anyhow::Result<serde_json::Value> {
        Ok(Line::try_parse_from(["x"].iter().chain(words))?.fields.body()?.into_value())
    }

    #[test]
    fn a_url_says_everything_but_the_password() {
        assert_eq!(
            body(&["--url", "postgres://reader@db:5433/shop", "--statement-timeout", "2m"]).unwrap(),
            serde_json::json!({
                "engine": "postgres", "host": "db", "port": 5433, "database": "shop", "username": "reader", "statement_timeout_ms": 120_000
            })
        );
        let error = body(&["--url", "postgres://reader:hunter2@db/shop"]).unwrap_err().to_string();
        assert!(error.contains(SECRET_VARIABLE) && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn an_update_says_only_what_changes() {
        assert_eq!(body(&["--max-reads", "2"]).unwrap(), serde_json::json!({ "max_reads": 2 }));
    }
}
