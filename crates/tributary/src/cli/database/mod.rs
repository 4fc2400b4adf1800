//! `tributary database`: the SQL databases that are read.

mod fields;
mod grants;
mod show;
mod tables;

use clap::{Args, Subcommand};
use fields::{Fields, secret_member};
use grants::Grants;
use model::{Database as Spec, SecretField};
use serde::Deserialize;
use show::{row, sheet};
use tables::Tables;

use super::{
    body::{Body, SecretOptions},
    client::{Client, ServerOptions},
    exit::{Exit, Stop},
    finding,
    output::{self, Format},
    rows::{self, Parameters},
    series::say_to_decide,
    stored::{DATABASES, Shown, quoted},
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
