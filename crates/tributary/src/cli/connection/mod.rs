//! `tributary connection`: how to reach each InfluxDB.

mod fields;
mod hold;
pub(super) mod show;

use clap::{Args, Subcommand};
use fields::{Driver, Fields};
use influx::http::Method;
use model::{CheckOutcome, SecretField};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use show::{CHECK_HEADINGS, HEADINGS, Seen, check_row, row, sheet};

use super::{
    body::{Body, SecretOptions},
    client::{Client, ServerOptions},
    exit::{Exit, Stop},
    finding,
    output::{self, Format},
    sheet::Sheet,
    stored::{CONNECTIONS, Shown, items, quoted},
};

/// The variable that can hold the password or token.
const SECRET_VARIABLE: &str = "TRIBUTARY_CONNECTION_SECRET";

/// Keep, change and check connections: how to reach each InfluxDB.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  tributary connection create shop --driver v1 --url http://localhost:8086 --database telegraf
  tributary connection check shop")]
pub struct Connection {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List all connections
    #[command(after_help = "Example:\n  tributary connection list -o json")]
    List,
    /// Show one connection; never its secret
    #[command(after_help = "Example:\n  tributary connection show shop")]
    Show {
        /// Name or id
        name: String,
    },
    /// Check a new connection step by step, then save it. The first one is the default
    #[command(
        after_help = "Nothing is written to InfluxDB. A step that fails is explained, and nothing is saved unless --unverified says so.
The password (v1) or token (v2, v3) comes from TRIBUTARY_CONNECTION_SECRET, a file or standard input.

Examples:
  tributary connection create shop --driver v1 --url http://localhost:8086 --database telegraf --username writer --secret-file password
  tributary connection create cloud --driver v2 --url https://influx.example.com --influx-organization shop --bucket orders --secret-stdin
  tributary connection create lines --driver file --folder /var/lib/shop/lines"
    )]
    Create(Create),
    /// Change a connection. Only what is named changes; an empty text clears
    #[command(after_help = "It is checked first when the way to InfluxDB changes; a new name or note contacts nobody.
The kept secrets are forgotten when scheme, host, port or user change, unless they are given again. The driver never changes.

Examples:
  tributary connection update shop --database orders --timeout 10s
  tributary connection update shop --rename till --notes 'the shop in town'")]
    Update(Update),
    /// Delete a connection, its secrets and its Kapacitors
    #[command(after_help = "When the default connection goes, another one takes its place: the given one, or the oldest.

Examples:
  tributary connection delete shop
  tributary connection delete shop --successor till")]
    Delete {
        /// Name or id
        name: String,
        /// The connection that is the default afterwards, by name or id
        #[arg(long, value_name = "NAME")]
        successor: Option<String>,
    },
    /// Make a connection the default one: what Explore and the console open on
    #[command(after_help = "Example:\n  tributary connection default shop")]
    Default {
        /// Name or id
        name: String,
    },
    /// Ask who answers at a URL: which product, which version, which driver. No login is sent
    #[command(after_help = "Example:\n  tributary connection detect http://localhost:8086")]
    Detect {
        /// Where to ask
        url: Url,
        /// Accept any certificate
        #[arg(long)]
        insecure_skip_verify: bool,
    },
    /// Try, step by step, what a write needs; writes nothing. Without a name, tries what the flags say
    #[command(after_help = "Ends with 0 when every step passed and with 1 when one failed.

Examples:
  tributary connection check shop
  tributary connection check --driver v1 --url http://localhost:8086 --database telegraf")]
    Check(Check),
    /// List the connections that do not take points for now: what is meant for them waits
    #[command(after_help = "Example:\n  tributary connection holds")]
    Holds,
    /// Let a run through to a connection on hold now; if it writes a point all others follow
    #[command(after_help = "Example:\n  tributary connection try-now shop")]
    TryNow {
        /// Name or id
        name: String,
    },
    /// Show what became of its latest checks, newest first: those of people and the server's own
    #[command(after_help = "Example:\n  tributary connection history shop --limit 10")]
    History {
        /// Name or id
        name: String,
        /// Most checks; 90 are kept
        #[arg(long, default_value_t = 90)]
        limit: u32,
    },
}

#[derive(Args, Debug)]
struct Create {
    /// Its name
    name: String,
    /// Which InfluxDB it is; never changes afterwards
    #[arg(long, value_enum)]
    driver: Driver,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    secret: SecretOptions,
    /// Make it the default connection
    #[arg(long)]
    default: bool,
    /// Save it without checking it
    #[arg(long)]
    unverified: bool,
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
    /// Forget the password or token
    #[arg(long, conflicts_with_all = ["secret_file", "secret_stdin"], help_heading = "Secret")]
    clear_secret: bool,
    /// Save it without checking it
    #[arg(long)]
    unverified: bool,
}

#[derive(Args, Debug)]
struct Check {
    /// Name or id of a stored connection
    #[arg(required_unless_present = "driver", conflicts_with = "driver")]
    name: Option<String>,
    /// Try an unsaved connection of this driver
    #[arg(long, value_enum)]
    driver: Option<Driver>,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    secret: SecretOptions,
}

impl Connection {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::List => CONNECTIONS.list(&client, format, &HEADINGS, row).await,
            Action::Show { name } => CONNECTIONS.show(CONNECTIONS.get(&client, &name).await?, format, sheet),
            Action::Create(create) => create.run(&client, format).await,
            Action::Update(update) => update.run(&client, format).await,
            Action::Delete { name, successor } => delete(&client, &name, successor.as_deref(), format).await,
            Action::Default { name } => {
                let answer = client.post(&[CONNECTIONS.path, &name, "default"], &json!({})).await?;
                output::say(format!("`{name}` is the default connection"));
                CONNECTIONS.show(answer, format, sheet)
            }
            Action::Detect { url, insecure_skip_verify } => detect(&client, &url, insecure_skip_verify, format).await,
            Action::Check(check) => check.run(&client, format).await,
            Action::Holds => hold::list(&client, format).await,
            Action::TryNow { name } => hold::try_now(&client, &name, format).await,
            Action::History { name, limit } => history(&client, &name, limit, format).await,
        }
    }
}

impl Create {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.draft(self.driver)?;
        body.put("name", Some(&self.name))?;
        body.put("default", self.default.then_some(true))?;
        self.secret.put(&mut body, self.driver.secret(), SECRET_VARIABLE)?;
        let answer = finding::save(client, Method::POST, &[CONNECTIONS.path], &body.into_value(), self.unverified, format).await?;
        let hint = if self.unverified { format!("; `tributary connection check {}` tries it", quoted(&self.name)) } else { String::new() };
        output::say(format!("created the connection `{}`{hint}", self.name));
        CONNECTIONS.show(answer, format, sheet)
    }
}

impl Update {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.body()?;
        body.put_text("name", self.rename.as_deref());
        if self.clear_secret || self.secret.is_given(SECRET_VARIABLE) {
            // Only the stored connection knows whether its secret is a password or a token.
            let kept: Shown<Seen> = serde_json::from_value(CONNECTIONS.get(client, &self.name).await?)?;
            let member = kept.spec.spec.login_secret().map(SecretField::as_str);
            match (self.clear_secret, member) {
                (true, Some(member)) => body.clear_secret(member),
                _ => self.secret.put(&mut body, member, SECRET_VARIABLE)?,
            }
        }
        let body = body.not_empty()?.into_value();
        let answer = finding::save(client, Method::PATCH, &[CONNECTIONS.path, &self.name], &body, self.unverified, format).await?;
        output::say(format!("changed the connection `{}`", self.name));
        CONNECTIONS.show(answer, format, sheet)
    }
}

impl Check {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let path: Vec<&str> = match &self.name {
            Some(name) => vec![CONNECTIONS.path, name, "check"],
            None => vec![CONNECTIONS.path, "check"],
        };
        let body = match self.driver {
            Some(driver) => {
                let mut body = self.fields.draft(driver)?;
                self.secret.put(&mut body, driver.secret(), SECRET_VARIABLE)?;
                body
            }
            None if self.fields.body()?.is_empty() => Body::default(),
            None => {
                return Err(Stop::with(
                    Exit::Usage,
                    "a stored connection is checked as it is stored; to try other settings give --driver instead of a name",
                ));
            }
        };
        finding::check(client, &path, &body.into_value(), format).await
    }
}

/// What a server says when the default connection was deleted.
#[derive(Deserialize)]
struct Deleted {
    new_default: Option<NewDefault>,
}

#[derive(Deserialize)]
struct NewDefault {
    name: String,
}

async fn delete(client: &Client, name: &str, successor: Option<&str>, format: Format) -> anyhow::Result<Exit> {
    let query: Vec<(&str, &str)> = successor.map(|successor| ("successor", successor)).into_iter().collect();
    let answer = client.delete(&[CONNECTIONS.path, name], &query).await?;
    output::say(format!("deleted the connection `{name}`"));
    if answer.is_null() {
        return Ok(Exit::Done);
    }
    if format == Format::Json {
        output::json(&answer)?;
    } else if let Some(next) = Deleted::deserialize(&answer)?.new_default {
        output::say(format!("`{}` is the default connection now", next.name));
    }
    Ok(Exit::Done)
}

/// Who answers at a URL, as the API says it.
#[derive(Deserialize)]
struct Detected {
    product: String,
    version: Option<String>,
    driver: Option<String>,
    edition: Option<String>,
    remark: Option<String>,
    is_kapacitor: bool,
}

async fn detect(client: &Client, url: &Url, insecure_skip_verify: bool, format: Format) -> anyhow::Result<Exit> {
    if url.password().is_some() {
        return Err(super::credential::refuse_in_url("the URL", SECRET_VARIABLE));
    }
    let asked = json!({ "url": url, "insecure_skip_verify": insecure_skip_verify });
    let answer = client.post(&[CONNECTIONS.path, "detect"], &asked).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let found = Detected::deserialize(&answer)?;
    Sheet::default()
        .line("product", &found.product)
        .maybe("version", found.version.as_ref())
        .maybe("driver", found.driver.as_ref())
        .maybe("edition", found.edition.map(|edition| edition.replace('_', "-")))
        .maybe("remark", found.remark.as_ref())
        .print()?;
    match (&found.driver, found.is_kapacitor) {
        (Some(driver), _) => output::say(format!("\ntributary connection create NAME --driver {driver} --url {url}")),
        (None, true) => output::say(format!("\ntributary kapacitor create NAME --connection CONNECTION --url {url}")),
        (None, false) => {}
    }
    Ok(Exit::Done)
}

async fn history(client: &Client, name: &str, limit: u32, format: Format) -> anyhow::Result<Exit> {
    let answer = client.get_with(&[CONNECTIONS.path, name, "checks"], &[("limit", limit.to_string())]).await?;
    if format == Format::Json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let checks: Vec<CheckOutcome> = items(answer)?;
    if checks.is_empty() {
        output::say(format!("`{name}` was not checked yet; `tributary connection check {}` does it", quoted(name)));
    }
    output::table(&CHECK_HEADINGS, checks.into_iter().map(check_row))?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        connection: Connection,
    }

    fn create(words: &[&str]) -> Create {
        let words = ["x", "create", "shop"].iter().chain(words);
        match Line::try_parse_from(words).map(|line| line.connection.action) {
            Ok(Action::Create(create)) => create,
            _ => panic!("not a create"),
        }
    }

    #[test]
    fn a_v1_connection_is_prefilled_as_people_expect_it() {
        let create = create(&["--driver", "v1", "--timeout", "5s", "--insecure-skip-verify"]);
        assert_eq!(
            create.fields.draft(create.driver).unwrap().into_value(),
            serde_json::json!({
                "timeout_ms": 5000, "insecure_skip_verify": true, "driver": "v1", "url": "http://localhost:8086", "database": "telegraf"
            })
        );
    }

    #[test]
    fn a_url_with_a_password_is_refused_without_repeating_it() {
        let create = create(&["--driver", "v1", "--url", "http://bob:hunter2@localhost"]);
        let error = create.fields.draft(create.driver).err().unwrap();
        assert!(!error.to_string().contains("hunter2") && error.to_string().contains(SECRET_VARIABLE), "{error}");
    }
}
