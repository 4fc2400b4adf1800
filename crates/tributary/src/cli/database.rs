//! `tributary database`: the SQL databases that are read.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand, ValueEnum};
use model::{
    Database as Spec, Engine, SecretField,
    database::{Adbc, Odbc},
};
use serde::Deserialize;

use super::{
    body::{Body, SecretOptions},
    certificates::ServerCertificateOptions,
    client::{Client, ServerOptions},
    credential,
    exit::{Exit, Stop},
    finding,
    grants::Grants,
    length,
    output::{self, Format},
    rows::{self, Parameters},
    series::say_to_decide,
    sheet::Sheet,
    stored::{DATABASES, Shown, quoted},
    tables::Tables,
};

/// The variable that can hold the password.
const SECRET_VARIABLE: &str = "TRIBUTARY_DATABASE_PASSWORD";

/// Keep, change and check databases: the SQL databases that are read.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary database create shop --url postgres://reader@db.example.com/shop --secret-file password
  tributary database check shop")]
pub struct Database {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List all databases
    #[command(after_help = "Example:\n  tributary database list -o json")]
    List,
    /// Show one database; never its password
    #[command(after_help = "Example:\n  tributary database show shop")]
    Show {
        /// Name or id
        name: String,
    },
    /// Save a new database. Nothing is contacted: `check` does that
    #[command(after_help = "The password comes from TRIBUTARY_DATABASE_PASSWORD, a file or standard input, never from the URL.

Examples:
  tributary database create shop --url postgres://reader@db.example.com/shop --secret-file password
  tributary database create plant --engine mysql --host 10.0.0.7 --database plant --username reader --secret-stdin
  tributary database create till --url sqlite:/var/lib/till/till.db
  tributary database create lake --engine adbc --driver adbc_driver_flightsql --uri grpc+tls://10.0.0.9:32010 --username reader --secret-stdin")]
    Create(Create),
    /// Change a database. Only what is named changes; an empty text clears
    #[command(after_help = "The kept password is forgotten when host, port or user change, unless it is given again.

Example:
  tributary database update shop --statement-timeout 2m --max-reads 2")]
    Update(Update),
    /// Delete a database and its password
    #[command(after_help = "Example:\n  tributary database delete shop")]
    Delete {
        /// Name or id
        name: String,
    },
    /// Try, step by step, what a read needs. Without a name, tries what the flags say
    #[command(after_help = "Ends with 0 when every step passed and with 1 when one failed.

Examples:
  tributary database check shop
  tributary database check --url sqlite:/var/lib/till/till.db")]
    Check(Check),
    /// Show the columns of a statement's result, without running it to its end
    #[command(after_help = "Example:\n  tributary database describe shop --sql 'SELECT * FROM orders'")]
    Describe(Describe),
    /// List the tables and views that can be read, or the columns of one
    #[command(after_help = "Nothing is read but the database's catalogue. At most 2,000 tables and 20,000 columns are listed.

Examples:
  tributary database tables shop
  tributary database tables shop --table orders")]
    Tables(Tables),
    /// Print the statements that make an account which reads and cannot do more
    #[command(
        after_help = "Nothing is contacted: whoever may create accounts runs what is printed, with a password in place of <password>.

Examples:
  tributary database grants shop --account reader
  tributary database grants shop --account reader --series orders"
    )]
    Grants(Grants),
}

#[derive(Args, Debug)]
struct Create {
    /// Its name
    name: String,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    secret: SecretOptions,
}

#[derive(Args, Debug)]
struct Update {
    /// Name or id
    name: String,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    secret: SecretOptions,
    /// Forget the password
    #[arg(long, conflicts_with_all = ["secret_file", "secret_stdin"], help_heading = "Secret")]
    clear_secret: bool,
}

#[derive(Args, Debug)]
struct Check {
    /// Name or id of a stored database
    name: Option<String>,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    secret: SecretOptions,
}

#[derive(Args, Debug)]
struct Describe {
    /// Name or id
    name: String,
    #[command(flatten)]
    sql: rows::SqlOptions,
    #[command(flatten)]
    parameters: rows::DeclaredParameters,
    #[command(flatten)]
    values: Parameters,
}

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
struct Fields {
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

impl Database {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::List => DATABASES.list(&client, format, &["name", "engine", "where", "username", "secret"], row).await,
            Action::Show { name } => DATABASES.show(DATABASES.get(&client, &name).await?, format, sheet),
            Action::Create(create) => create.run(&client, format).await,
            Action::Update(update) => update.run(&client, format).await,
            Action::Delete { name } => DATABASES.delete(&client, &name).await,
            Action::Check(check) => check.run(&client, format).await,
            Action::Describe(describe) => describe.run(&client, format).await,
            Action::Tables(tables) => tables.run(&client, format).await,
            Action::Grants(grants) => grants.run(&client, format).await,
        }
    }
}

impl Create {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.body()?;
        body.put("name", Some(&self.name))?;
        let member = secret_member(&body);
        self.secret.put(&mut body, member, SECRET_VARIABLE)?;
        let answer = client.post(&[DATABASES.path], &body.into_value()).await?;
        output::say(format!("created the database `{}`; `tributary database check {}` tries it", self.name, quoted(&self.name)));
        DATABASES.show(answer, format, sheet)
    }
}

impl Update {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.body()?;
        body.put_text("name", self.rename.as_deref());
        if self.clear_secret {
            body.clear_secret(SecretField::Password.as_str());
        } else if self.secret.is_given(SECRET_VARIABLE) {
            let kept: Shown<Spec> = serde_json::from_value(DATABASES.get(client, &self.name).await?)?;
            self.secret.put(&mut body, kept.spec.secret_fields().first().map(|field| field.as_str()), SECRET_VARIABLE)?;
        }
        let answer = client.patch(&[DATABASES.path, &self.name], &body.not_empty()?.into_value()).await?;
        output::say(format!("changed the database `{}`", self.name));
        say_to_decide(&answer)?;
        DATABASES.show(answer, format, sheet)
    }
}

impl Check {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.body()?;
        match &self.name {
            Some(name) if body.is_empty() => finding::check(client, &[DATABASES.path, name, "check"], &body.into_value(), format).await,
            Some(_) => {
                Err(Stop::with(Exit::Usage, "a stored database is checked as it is stored; to try other settings leave the name out"))
            }
            None if body.is_empty() => Err(Stop::with(Exit::Usage, "give the name of a database, or --url to try one that is not stored")),
            None => {
                let member = secret_member(&body);
                self.secret.put(&mut body, member, SECRET_VARIABLE)?;
                finding::check(client, &[DATABASES.path, "check"], &body.into_value(), format).await
            }
        }
    }
}

impl Describe {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = Body::default();
        body.put("sql", self.sql.read()?)?;
        self.parameters.put(&mut body, "parameters")?;
        self.values.put(&mut body, "values")?;
        let answer = client.post(&[DATABASES.path, &self.name, "describe"], &body.into_value()).await?;
        if format == Format::Json {
            output::json(&answer)?;
        } else {
            let columns = rows::Columns::deserialize(&answer)?.columns;
            output::table(
                &["column", "type", "in the database"],
                columns.into_iter().map(|column| vec![column.name, column.kind.as_str().to_owned(), column.native]),
            )?;
        }
        Ok(Exit::Done)
    }
}

impl Fields {
    /// Only what was said.
    fn body(&self) -> anyhow::Result<Body> {
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
fn secret_member(body: &Body) -> Option<&'static str> {
    let sqlite = body.get("engine").and_then(serde_json::Value::as_str) == Some("sqlite");
    (!sqlite).then_some(SecretField::Password.as_str())
}

/// Where a database is.
fn place(engine: &Engine) -> String {
    match engine {
        Engine::Sqlite { path } => path.clone(),
        Engine::Postgres(server) | Engine::Mysql(server) => {
            let port = server.port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}{port}/{}", server.host, server.database)
        }
        Engine::Adbc(adbc) => adbc.uri.clone(),
        Engine::Odbc(odbc) => odbc.connection.clone(),
    }
}

fn row(shown: Shown<Spec>) -> Vec<String> {
    let username = match &shown.spec.engine {
        Engine::Sqlite { .. } => String::new(),
        Engine::Postgres(server) | Engine::Mysql(server) => server.username.clone(),
        Engine::Adbc(Adbc { username, .. }) | Engine::Odbc(Odbc { username, .. }) => username.clone().unwrap_or_default(),
    };
    let secret = match shown.secrets.get(&SecretField::Password) {
        Some(state) => if state.set { "kept" } else { "not set" }.to_owned(),
        None => String::new(),
    };
    vec![shown.name, shown.spec.engine.kind().to_owned(), place(&shown.spec.engine), username, secret]
}

fn sheet(shown: &Shown<Spec>, sheet: Sheet) -> Sheet {
    let spec = &shown.spec;
    let sheet = sheet.line("engine", spec.engine.kind());
    let sheet = match &spec.engine {
        Engine::Sqlite { path } => sheet.line("path", path),
        Engine::Postgres(server) | Engine::Mysql(server) => sheet
            .line("host", &server.host)
            .maybe("port", server.port)
            .line("database", &server.database)
            .line("username", &server.username)
            .line("tls", format!("{:?}", server.tls).to_lowercase())
            .maybe("trusted", server.ca_certificate.as_ref().map(|_| "the public authorities and its own"))
            .maybe("shows", server.client_certificate.as_ref().map(|_| "a client certificate")),
        Engine::Adbc(adbc) => {
            let sheet = sheet.line("driver", &adbc.driver).maybe("entrypoint", adbc.entrypoint.as_ref()).line("uri", &adbc.uri);
            let sheet = adbc.options.iter().fold(sheet, |sheet, (name, value)| sheet.line("option", format!("{name}={value}")));
            sheet.maybe("username", adbc.username.as_ref()).line("dialect", format!("{:?}", adbc.dialect).to_lowercase())
        }
        Engine::Odbc(odbc) => sheet
            .line("connection", &odbc.connection)
            .maybe("username", odbc.username.as_ref())
            .line("dialect", format!("{:?}", odbc.dialect).to_lowercase()),
    };
    let limit = match spec.statement_timeout_ms {
        0 => "none".to_owned(),
        limit => length::of_millis(limit.into()),
    };
    sheet
        .line("connect timeout", length::of_millis(spec.connect_timeout_ms.into()))
        .line("lock timeout", length::of_millis(spec.lock_timeout_ms.into()))
        .line("statement timeout", limit)
        .line("reads at once", spec.max_reads)
        .maybe("notes", Some(&spec.notes))
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
