//! `tributary connection`: how to reach each InfluxDB.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use model::{Connection as Spec, SecretField, Target};
use url::Url;

use super::{
    body::{Body, SecretOptions},
    client::{Client, ServerOptions},
    credential,
    exit::{Exit, Stop},
    finding, length,
    output::{self, Format},
    sheet::Sheet,
    stored::{CONNECTIONS, Shown, quoted},
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
    /// Save a new connection. Nothing is contacted: `check` does that
    #[command(after_help = "The password (v1) or token (v2, v3) comes from TRIBUTARY_CONNECTION_SECRET, a file or standard input.

Examples:
  tributary connection create shop --driver v1 --url http://localhost:8086 --database telegraf --username writer --secret-file password
  tributary connection create cloud --driver v2 --url https://influx.example.com --influx-organization shop --bucket orders --secret-stdin
  tributary connection create lines --driver file --folder /var/lib/shop/lines")]
    Create(Create),
    /// Change a connection. Only what is named changes; an empty text clears
    #[command(after_help = "The kept secret is forgotten when scheme, host, port or user change, unless it is given again.

Example:
  tributary connection update shop --database orders --timeout 10s")]
    Update(Update),
    /// Delete a connection and its secret
    #[command(after_help = "Example:\n  tributary connection delete shop")]
    Delete {
        /// Name or id
        name: String,
    },
    /// Try, step by step, what a write needs; writes nothing. Without a name, tries what the flags say
    #[command(after_help = "Ends with 0 when every step passed and with 1 when one failed.

Examples:
  tributary connection check shop
  tributary connection check --driver v1 --url http://localhost:8086 --database telegraf")]
    Check(Check),
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

/// Which InfluxDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Driver {
    /// InfluxDB 1.x
    V1,
    /// InfluxDB 2.x and InfluxDB Cloud (TSM)
    V2,
    /// InfluxDB 3
    V3,
    /// A folder that receives line-protocol files
    File,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Gzip {
    /// Off on this machine, on elsewhere
    Auto,
    /// Always
    On,
    /// Never
    Off,
}

#[derive(Args, Debug)]
struct Fields {
    /// Base URL, without user and password [default: http://localhost:8086, v3: http://localhost:8181]
    #[arg(long)]
    url: Option<Url>,
    /// Database that is written to (v1, v3) [default for v1: telegraf]
    #[arg(long)]
    database: Option<String>,
    /// User name (v1)
    #[arg(long)]
    username: Option<String>,
    /// Retention policy (v1); the database's default when absent
    #[arg(long)]
    retention_policy: Option<String>,
    /// InfluxDB's organization, by name or id (v2)
    #[arg(long, value_name = "NAME")]
    influx_organization: Option<String>,
    /// Bucket that is written to, by name or id (v2)
    #[arg(long)]
    bucket: Option<String>,
    /// Folder on the server's machine (file)
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Time limit of one request: `30s`
    #[arg(long, value_name = "LENGTH", value_parser = length::millis)]
    timeout: Option<u32>,
    /// Accept any certificate: only for test servers
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    insecure_skip_verify: Option<bool>,
    /// Whether request bodies are compressed
    #[arg(long, value_enum)]
    gzip: Option<Gzip>,
    /// Most lines in one request
    #[arg(long)]
    batch_lines: Option<u32>,
    /// Most requests on the way at once
    #[arg(long)]
    in_flight: Option<u32>,
    /// Free text
    #[arg(long)]
    notes: Option<String>,
}

impl Connection {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        match self.action {
            Action::List => CONNECTIONS.list(&client, format, &["name", "driver", "where", "what", "secret"], row).await,
            Action::Show { name } => CONNECTIONS.show(CONNECTIONS.get(&client, &name).await?, format, sheet),
            Action::Create(create) => create.run(&client, format).await,
            Action::Update(update) => update.run(&client, format).await,
            Action::Delete { name } => CONNECTIONS.delete(&client, &name).await,
            Action::Check(check) => check.run(&client, format).await,
        }
    }
}

impl Create {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.draft(self.driver)?;
        body.put("name", Some(&self.name))?;
        self.secret.put(&mut body, self.driver.secret(), SECRET_VARIABLE)?;
        let answer = client.post(&[CONNECTIONS.path], &body.into_value()).await?;
        output::say(format!("created the connection `{}`; `tributary connection check {}` tries it", self.name, quoted(&self.name)));
        CONNECTIONS.show(answer, format, sheet)
    }
}

impl Update {
    async fn run(self, client: &Client, format: Format) -> anyhow::Result<Exit> {
        let mut body = self.fields.body()?;
        body.put_text("name", self.rename.as_deref());
        if self.clear_secret || self.secret.is_given(SECRET_VARIABLE) {
            // Only the stored connection knows whether its secret is a password or a token.
            let kept: Shown<Spec> = serde_json::from_value(CONNECTIONS.get(client, &self.name).await?)?;
            let member = kept.spec.login_secret().map(SecretField::as_str);
            match (self.clear_secret, member) {
                (true, Some(member)) => body.clear_secret(member),
                _ => self.secret.put(&mut body, member, SECRET_VARIABLE)?,
            }
        }
        let answer = client.patch(&[CONNECTIONS.path, &self.name], &body.not_empty()?.into_value()).await?;
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

impl Driver {
    const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
            Self::File => "file",
        }
    }

    fn secret(self) -> Option<&'static str> {
        match self {
            Self::V1 => Some(SecretField::Password.as_str()),
            Self::V2 | Self::V3 => Some(SecretField::Token.as_str()),
            Self::File => None,
        }
    }
}

impl Fields {
    /// A whole connection: what was not said is filled in as people expect it.
    fn draft(&self, driver: Driver) -> anyhow::Result<Body> {
        let mut body = self.body()?;
        body.put("driver", Some(driver.as_str()))?;
        let url = match driver {
            Driver::V1 | Driver::V2 => Some("http://localhost:8086"),
            Driver::V3 => Some("http://localhost:8181"),
            Driver::File => None,
        };
        if self.url.is_none() {
            body.put("url", url)?;
        }
        if self.database.is_none() && driver == Driver::V1 {
            body.put("database", Some("telegraf"))?;
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
        body.put_text("database", self.database.as_deref());
        body.put_text("username", self.username.as_deref());
        body.put_text("retention_policy", self.retention_policy.as_deref());
        body.put_text("organization", self.influx_organization.as_deref());
        body.put_text("bucket", self.bucket.as_deref());
        body.put("folder", self.folder.as_deref().map(std::path::absolute).transpose()?)?;
        body.put("timeout_ms", self.timeout)?;
        body.put("insecure_skip_verify", self.insecure_skip_verify)?;
        body.put(
            "gzip",
            self.gzip.map(|gzip| match gzip {
                Gzip::Auto => "auto",
                Gzip::On => "on",
                Gzip::Off => "off",
            }),
        )?;
        body.put("batch_lines", self.batch_lines)?;
        body.put("in_flight", self.in_flight)?;
        body.put_text("notes", self.notes.as_deref());
        Ok(body)
    }
}

/// Where a connection leads, and what is written to there.
fn place(target: &Target) -> (String, String) {
    match target {
        Target::V1 { url, database, retention_policy, .. } => {
            let policy = retention_policy.as_deref().map(|policy| format!(".{policy}")).unwrap_or_default();
            (url.to_string(), format!("{database}{policy}"))
        }
        Target::V2 { url, organization, bucket } => (url.to_string(), format!("{organization}/{bucket}")),
        Target::V3 { url, database, .. } => (url.to_string(), database.clone()),
        Target::File { folder } => (folder.clone(), "files".to_owned()),
    }
}

fn row(shown: Shown<Spec>) -> Vec<String> {
    let (at, what) = place(&shown.spec.target);
    let secret = match shown.secrets.values().next() {
        Some(state) => if state.set { "kept" } else { "not set" }.to_owned(),
        None => String::new(),
    };
    vec![shown.name, shown.spec.target.driver().to_owned(), at, what, secret]
}

fn sheet(shown: &Shown<Spec>, sheet: Sheet) -> Sheet {
    let spec = &shown.spec;
    let sheet = sheet.line("driver", spec.target.driver());
    let sheet = match &spec.target {
        Target::V1 { url, database, username, retention_policy, .. } => sheet
            .line("url", url)
            .line("database", database)
            .line("retention policy", retention_policy.as_deref().unwrap_or("the database's default"))
            .maybe("username", username.as_deref()),
        Target::V2 { url, organization, bucket } => sheet.line("url", url).line("influx organization", organization).line("bucket", bucket),
        Target::V3 { url, database, .. } => sheet.line("url", url).line("database", database),
        Target::File { folder } => return sheet.line("folder", folder).maybe("notes", Some(&spec.notes)),
    };
    sheet
        .line("timeout", length::of_millis(spec.timeout_ms.into()))
        .maybe("certificate", spec.insecure_skip_verify.then_some("any is accepted"))
        .line("gzip", format!("{:?}", spec.gzip).to_lowercase())
        .line("batch", format!("{} lines, {} requests at once", output::count(spec.batch_lines.into()), spec.in_flight))
        .maybe("notes", Some(&spec.notes))
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
