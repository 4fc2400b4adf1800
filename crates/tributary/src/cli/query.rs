//! `tributary query`: saved SQL.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use model::Query as Spec;
use serde::Deserialize;

use super::{
    body::Body,
    client::{Client, ServerOptions},
    exit::{Exit, Stop},
    output::{self, Format},
    rows::{DeclaredParameters, Parameters, Rows, SqlOptions},
    series::say_to_decide,
    sheet::Sheet,
    stored::{DATABASES, Names, QUERIES, Shown, quoted},
};

/// Keep, change and try queries: saved SQL.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary query create orders-by-country --database shop \\
    --sql 'SELECT country, count(*) AS orders FROM orders WHERE created >= :window_start AND created < :window_end GROUP BY country'
  tributary query try orders-by-country")]
pub struct Query {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List all queries
    #[command(after_help = "Example:\n  tributary query list")]
    List,
    /// Show one query
    #[command(after_help = "Example:\n  tributary query show orders-by-country")]
    Show {
        /// Name or id
        name: String,
    },
    /// Save a new query. Nothing is run: `try` does that
    #[command(after_help = "`:window_start`, `:window_end` and `:slot` are bound by each run and need no declaration.

Examples:
  tributary query create stock --database shop --sql 'SELECT name, stock FROM products'
  tributary query create orders-of --database shop --sql-file orders.sql --declare country:text=DE")]
    Create(Create),
    /// Change a query. Only what is named changes
    #[command(after_help = "Example:\n  tributary query update stock --sql-file stock.sql")]
    Update(Update),
    /// Delete a query
    #[command(after_help = "Example:\n  tributary query delete stock")]
    Delete {
        /// Name or id
        name: String,
    },
    /// Show the first rows of a query. Without a name, of what the flags say
    #[command(after_help = "Examples:
  tributary query try orders-of --param country=FR --limit 5
  tributary query try --database shop --sql 'SELECT * FROM products'")]
    Try(Try),
}

#[derive(Args, Debug)]
struct Create {
    /// Its name
    name: String,
    /// Database that it runs on, by name or id
    #[arg(long, value_name = "NAME")]
    database: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args, Debug)]
struct Update {
    /// Name or id
    name: String,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    /// Database that it runs on, by name or id
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args, Debug)]
struct Fields {
    #[command(flatten)]
    sql: SqlOptions,
    /// Where it stands in lists; levels are divided by `/`
    #[arg(long)]
    category: Option<String>,
    #[command(flatten)]
    parameters: DeclaredParameters,
}

#[derive(Args, Debug)]
struct Try {
    /// Name or id of a stored query
    #[arg(required_unless_present = "database", conflicts_with = "database")]
    name: Option<String>,
    /// Database to try an unsaved query on, by name or id
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    #[command(flatten)]
    sql: SqlOptions,
    #[command(flatten)]
    declared: DeclaredParameters,
    #[command(flatten)]
    values: Parameters,
    /// What `:slot` stands for [default: now]
    #[arg(long, value_name = "INSTANT")]
    slot: Option<DateTime<Utc>>,
    /// What `:window_start` stands for [default: an hour before the slot]
    #[arg(long, value_name = "INSTANT", requires = "window_end")]
    window_start: Option<DateTime<Utc>>,
    /// What `:window_end` stands for [default: the slot]
    #[arg(long, value_name = "INSTANT", requires = "window_start")]
    window_end: Option<DateTime<Utc>>,
    /// Most rows
    #[arg(long, default_value_t = 20)]
    limit: u32,
}

impl Query {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::List => {
                let databases = DATABASES.names(&client).await?;
                QUERIES.list(&client, format, &["name", "category", "database", "sql"], |shown| row(shown, &databases)).await
            }
            Action::Show { name } => show(&client, QUERIES.get(&client, &name).await?, format).await,
            Action::Create(create) => create.run(&client, format).await,
            Action::Update(update) => update.run(&client, format).await,
            Action::Delete { name } => QUERIES.delete(&client, &name).await,
            Action::Try(attempt) => attempt.run(&client, format).await,
        }
    }
}

impl Create {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        if !self.fields.sql.is_given() {
            return Err(Stop::with(Exit::Usage, "a query is needed: give --sql or --sql-file"));
        }
        let mut body = self.fields.body()?;
        body.put("name", Some(&self.name))?;
        body.put("database_id", Some(DATABASES.id(client, &self.database).await?))?;
        let answer = client.post(&[QUERIES.path], &body.into_value()).await?;
        output::say(format!("created the query `{}`; `tributary query try {}` shows its first rows", self.name, quoted(&self.name)));
        show(client, answer, format).await
    }
}

impl Update {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.body()?;
        body.put_text("name", self.rename.as_deref());
        if let Some(database) = &self.database {
            body.put("database_id", Some(DATABASES.id(client, database).await?))?;
        }
        let answer = client.patch(&[QUERIES.path, &self.name], &body.not_empty()?.into_value()).await?;
        output::say(format!("changed the query `{}`", self.name));
        say_to_decide(&answer)?;
        show(client, answer, format).await
    }
}

impl Try {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = Body::default();
        self.values.put(&mut body, "values")?;
        body.put("slot", self.slot)?;
        body.put("window", self.window_start.zip(self.window_end).map(|(start, end)| model::Window { start, end }))?;
        body.put("limit", Some(self.limit))?;
        let answer = match (&self.name, &self.database) {
            (Some(name), _) => {
                if self.sql.is_given() {
                    return Err(Stop::with(
                        Exit::Usage,
                        "a stored query is tried as it is stored; to try other SQL give --database instead of a name",
                    ));
                }
                client.post(&[QUERIES.path, name, "try"], &body.into_value()).await?
            }
            (None, database) => {
                let database = database.as_deref().unwrap_or_default();
                let mut query = Body::default();
                query.put("database_id", Some(DATABASES.id(client, database).await?))?;
                query.put("sql", self.sql.read()?)?;
                self.declared.put(&mut query, "parameters")?;
                body.put("query", Some(query.into_value()))?;
                client.post(&[QUERIES.path, "try"], &body.into_value()).await?
            }
        };
        match format {
            Format::Json => output::json(&answer)?,
            Format::Table => Rows::deserialize(&answer)?.print()?,
        }
        Ok(Exit::Done)
    }
}

impl Fields {
    /// Only what was said.
    fn body(&self) -> anyhow::Result<Body> {
        let mut body = Body::default();
        body.put("sql", self.sql.read()?)?;
        body.put_text("category", self.category.as_deref());
        self.parameters.put(&mut body, "parameters")?;
        Ok(body)
    }
}

async fn show(client: &Client, answer: serde_json::Value, format: Format) -> anyhow::Result<Exit> {
    let databases = match format {
        Format::Json => Names::default(),
        Format::Table => DATABASES.names(client).await?,
    };
    QUERIES.show(answer, format, |shown, lines| sheet(shown, lines, &databases))
}

fn row(shown: Shown<Spec>, databases: &Names) -> Vec<String> {
    let sql = shown.spec.sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let short = match sql.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &sql[..at]),
        None => sql,
    };
    vec![shown.name, shown.spec.category, databases.of(shown.spec.database_id), short]
}

fn sheet(shown: &Shown<Spec>, sheet: Sheet, databases: &Names) -> Sheet {
    let parameters: Vec<String> = shown
        .spec
        .parameters
        .iter()
        .map(|parameter| {
            let kind = serde_json::to_value(parameter.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
            let default = parameter.default.as_ref().map(|default| format!(" = {default}")).unwrap_or_default();
            format!(":{} {kind}{default}", parameter.name)
        })
        .collect();
    sheet
        .line("database", databases.of(shown.spec.database_id))
        .maybe("category", Some(&shown.spec.category))
        .line("sql", &shown.spec.sql)
        .maybe("parameters", Some(parameters.join("\n")))
}
