//! `tributary kapacitor`: the Kapacitors of a connection, and what each keeps and runs.

mod at;
mod endpoint;
mod options;
mod tasks;

use clap::{Args, Subcommand};
use influx::http::Method;
use model::Kapacitor as Spec;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    body::{Body, SecretOptions},
    certificates::CertificateOptions,
    client::{Client, ServerOptions},
    connection::show::trusted,
    credential,
    exit::Exit,
    finding, length,
    output::{self, Format},
    sheet::Sheet,
    standing::Standing,
    stored::{CONNECTIONS, Collection, Shown, items},
};

/// The variable that can hold the password.
const SECRET_VARIABLE: &str = "TRIBUTARY_KAPACITOR_SECRET";

/// The member of a body's secrets that holds the password.
const PASSWORD: &str = "password";

const KAPACITORS: Collection = Collection { noun: "kapacitor", path: "kapacitors" };

/// Keep, change and check Kapacitors: each belongs to a connection, and one of a connection's is the active one.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary kapacitor create alerts --connection shop --url http://localhost:9092
  tributary kapacitor check alerts --connection shop
  tributary kapacitor endpoint list --connection shop")]
pub struct Kapacitor {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List the Kapacitors of a connection, or all
    #[command(after_help = "Examples:\n  tributary kapacitor list\n  tributary kapacitor list --connection shop")]
    List {
        /// Only those of this connection, by name or id
        #[arg(long, value_name = "NAME")]
        connection: Option<String>,
    },
    /// Show one Kapacitor; never its secrets
    #[command(after_help = "Example:\n  tributary kapacitor show alerts --connection shop")]
    Show(Which),
    /// Check a new Kapacitor step by step, then save it. The first of a connection is its active one
    #[command(after_help = "The password comes from TRIBUTARY_KAPACITOR_SECRET, a file or standard input.

Examples:
  tributary kapacitor create alerts --connection shop
  tributary kapacitor create alerts --connection shop --url https://alerts.example.com:9092 --username ops --secret-file password")]
    Create(Create),
    /// Change a Kapacitor. Only what is named changes; an empty text clears
    #[command(after_help = "Example:\n  tributary kapacitor update alerts --connection shop --timeout 10s")]
    Update(Update),
    /// Delete a Kapacitor and its secrets
    #[command(after_help = "Example:\n  tributary kapacitor delete alerts --connection shop")]
    Delete(Which),
    /// Make a Kapacitor the active one of its connection
    #[command(after_help = "Example:\n  tributary kapacitor activate alerts --connection shop")]
    Activate(Which),
    /// Try, step by step, what Tributary needs of a Kapacitor; changes nothing. Without a name, tries what the flags say
    #[command(after_help = "Ends with 0 when every step passed and with 1 when one failed.

Examples:
  tributary kapacitor check alerts --connection shop
  tributary kapacitor check --connection shop --url http://localhost:9092")]
    Check(Check),
    Endpoint(endpoint::Endpoint),
    /// List the tasks of a Kapacitor: what each reads, whether it runs, and why not
    #[command(after_help = "Example:\n  tributary kapacitor tasks --connection shop --search cpu")]
    Tasks(tasks::Tasks),
    /// Show how a Kapacitor is, by its own word: its version, tasks, memory and points
    #[command(after_help = "Example:\n  tributary kapacitor statistics --connection shop")]
    Statistics(tasks::Statistics),
}

#[derive(Args, Debug)]
struct Which {
    /// Name or id
    name: String,
    /// The connection that it belongs to, by name or id
    #[arg(long, value_name = "NAME")]
    connection: String,
}

#[derive(Args, Debug)]
struct Create {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    secret: SecretOptions,
    /// Make it the active one of its connection
    #[arg(long)]
    active: bool,
    /// Save it without checking it
    #[arg(long)]
    unverified: bool,
}

#[derive(Args, Debug)]
struct Update {
    #[command(flatten)]
    which: Which,
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
    /// Save it without checking it
    #[arg(long)]
    unverified: bool,
}

#[derive(Args, Debug)]
struct Check {
    /// Name or id of a stored Kapacitor
    name: Option<String>,
    /// The connection that it belongs to, by name or id
    #[arg(long, value_name = "NAME")]
    connection: String,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    secret: SecretOptions,
}

#[derive(Args, Debug)]
struct Fields {
    /// Base URL, without user and password [default: http://localhost:9092]
    #[arg(long)]
    url: Option<Url>,
    /// User name
    #[arg(long)]
    username: Option<String>,
    /// Time limit of one request: `30s`
    #[arg(long, value_name = "LENGTH", value_parser = length::millis)]
    timeout: Option<u32>,
    /// Free text
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    certificates: CertificateOptions,
}

/// A Kapacitor with how it stands.
#[derive(Deserialize)]
struct Seen {
    #[serde(flatten)]
    spec: Spec,
    #[serde(flatten)]
    standing: Standing,
    #[serde(default)]
    active: bool,
}

impl Kapacitor {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::List { connection } => list(&client, connection.as_deref(), format).await,
            Action::Show(which) => KAPACITORS.show(client.get(&which.path()).await?, format, sheet),
            Action::Create(create) => create.run(&client, format).await,
            Action::Update(update) => update.run(&client, format).await,
            Action::Delete(which) => {
                client.delete(&which.path(), &[]).await?;
                output::say(format!("deleted the kapacitor `{}`", which.name));
                Ok(Exit::Done)
            }
            Action::Activate(which) => {
                let [connections, connection, kapacitors, name] = which.path();
                let answer = client.post(&[connections, connection, kapacitors, name, "activate"], &json!({})).await?;
                output::say(format!("`{}` is the active kapacitor of `{}`", which.name, which.connection));
                KAPACITORS.show(answer, format, sheet)
            }
            Action::Check(check) => check.run(&client, format).await,
            Action::Endpoint(endpoint) => endpoint.run(&client, format).await,
            Action::Tasks(tasks) => tasks.run(&client, format).await,
            Action::Statistics(statistics) => statistics.run(&client, format).await,
        }
    }
}

impl Which {
    fn path(&self) -> [&str; 4] {
        [CONNECTIONS.path, &self.connection, KAPACITORS.path, &self.name]
    }
}

impl Create {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.draft()?;
        body.put("name", Some(&self.which.name))?;
        body.put("active", self.active.then_some(true))?;
        self.secret.put(&mut body, Some(PASSWORD), SECRET_VARIABLE)?;
        let path = [CONNECTIONS.path, &self.which.connection, KAPACITORS.path];
        let answer = finding::save(client, Method::POST, &path, &body.into_value(), self.unverified, format).await?;
        output::say(answer.get("message").and_then(Value::as_str).unwrap_or(Spec::CREATED));
        KAPACITORS.show(answer, format, sheet)
    }
}

impl Update {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.body()?;
        body.put_text("name", self.rename.as_deref());
        if self.clear_secret {
            body.clear_secret(PASSWORD);
        } else {
            self.secret.put(&mut body, Some(PASSWORD), SECRET_VARIABLE)?;
        }
        let body = body.not_empty()?.into_value();
        let answer = finding::save(client, Method::PATCH, &self.which.path(), &body, self.unverified, format).await?;
        output::say(format!("changed the kapacitor `{}`", self.which.name));
        KAPACITORS.show(answer, format, sheet)
    }
}

impl Check {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        if let Some(name) = &self.name {
            let path = [CONNECTIONS.path, &self.connection, KAPACITORS.path, name, "check"];
            return finding::check(client, &path, &json!({}), format).await;
        }
        let mut body = self.fields.draft()?;
        self.secret.put(&mut body, Some(PASSWORD), SECRET_VARIABLE)?;
        let path = [CONNECTIONS.path, &self.connection, KAPACITORS.path, "check"];
        finding::check(client, &path, &body.into_value(), format).await
    }
}

impl Fields {
    /// A whole Kapacitor: what was not said is filled in as people expect it.
    fn draft(&self) -> anyhow::Result<Body> {
        let mut body = self.body()?;
        if self.url.is_none() {
            body.put("url", Some("http://localhost:9092"))?;
        }
        Ok(body)
    }

    /// Only what was said.
    fn body(&self) -> anyhow::Result<Body> {
        if self.url.as_ref().is_some_and(|url| url.password().is_some()) {
            return Err(credential::refuse_in_url("the URL", SECRET_VARIABLE));
        }
        let mut body = Body::default();
        body.put("url", self.url.as_ref())?;
        body.put_text("username", self.username.as_deref());
        body.put("timeout_ms", self.timeout)?;
        body.put_text("notes", self.notes.as_deref());
        self.certificates.put(&mut body)?;
        Ok(body)
    }
}

async fn list(client: &Client, connection: Option<&str>, format: Format) -> anyhow::Result<Exit> {
    let answer = match connection {
        Some(connection) => client.get(&[CONNECTIONS.path, connection, KAPACITORS.path]).await?,
        None => client.get(&[KAPACITORS.path]).await?,
    };
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let shown: Vec<Shown<Seen>> = items(answer)?;
    if shown.is_empty() {
        output::say("there is no kapacitor yet; `tributary kapacitor create --help` shows how to make one");
    }
    let connections = CONNECTIONS.names(client).await?;
    let row = |shown: Shown<Seen>| {
        let Seen { spec, standing, active } = &shown.spec;
        let name = if *active { format!("{} (active)", shown.name) } else { shown.name.clone() };
        vec![name, connections.of(spec.connection_id), spec.url.to_string(), standing.word(), standing.origin()]
    };
    output::table(&["name", "connection", "where", "state", "defined by"], shown.into_iter().map(row))?;
    Ok(Exit::Done)
}

fn sheet(shown: &Shown<Seen>, sheet: Sheet) -> Sheet {
    let Seen { spec, standing, active } = &shown.spec;
    let sheet = sheet
        .line("active", if *active { "yes" } else { "no" })
        .line("url", &spec.url)
        .maybe("username", spec.username.as_deref())
        .line("timeout", length::of_millis(spec.timeout_ms.into()))
        .maybe("certificate", trusted(spec.insecure_skip_verify, &spec.tls))
        .maybe("notes", Some(&spec.notes));
    standing.lines(sheet)
}
