//! What Chronograf knows of a connection or a Kapacitor, field by field, whoever wrote it down: a file, its database, its API, the
//! environment; and what Tributary makes of it.

use std::fmt;

use model::{Connection, Name, SecretField, Target, secret::Secrets};
use secrecy::SecretString;
use url::Url;

use super::{
    address::{self, Address},
    kind::{self, Kind},
};
use crate::{FoundConnection, FoundKapacitor};

/// The database that Telegraf writes to when nobody says.
pub(crate) const TELEGRAF: &str = "telegraf";

/// A connection, as Chronograf has it. Empty texts are absent.
#[derive(Default)]
pub(crate) struct ConnectionRecord {
    pub(crate) number: Option<i64>,
    pub(crate) name: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) meta_url: Option<String>,
    /// The organization, for InfluxDB 2.
    pub(crate) username: Option<String>,
    /// The token, for InfluxDB 2.
    pub(crate) password: Option<SecretString>,
    pub(crate) shared_secret: Option<SecretString>,
    pub(crate) database_token: Option<SecretString>,
    pub(crate) management_token: Option<SecretString>,
    pub(crate) cluster_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) insecure_skip_verify: bool,
    pub(crate) default: bool,
    pub(crate) telegraf: Option<String>,
    pub(crate) default_rp: Option<String>,
    pub(crate) default_db: Option<String>,
    pub(crate) organization: Option<String>,
}

/// A Kapacitor, as Chronograf has it. Empty texts are absent.
#[derive(Default)]
pub(crate) struct KapacitorRecord {
    pub(crate) number: Option<i64>,
    pub(crate) connection_number: Option<i64>,
    pub(crate) name: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<SecretString>,
    pub(crate) insecure_skip_verify: bool,
    pub(crate) active: bool,
    pub(crate) organization: Option<String>,
}

/// Something about a field, by Chronograf's name of it. Holds no value.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) field: &'static str,
    pub(crate) text: String,
}

impl About {
    fn new(field: &'static str, text: impl Into<String>) -> Self {
        Self { field, text: text.into() }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.field, self.text)
    }
}

impl ConnectionRecord {
    /// The connection that it stands for, and what was assumed.
    ///
    /// # Errors
    /// The first field that cannot be understood.
    pub(crate) fn translate(self) -> Result<(FoundConnection, Vec<About>), About> {
        let mut notes = Vec::new();
        let kind = Kind::parse(self.kind.as_deref().unwrap_or_default()).ok_or_else(|| About::new("type", kind::unknown()))?;
        let Address { url, username: url_username, password: url_password, .. } = base("url", self.url.as_deref(), &mut notes)?;
        let name = name(self.name, &url, &mut notes)?;
        let mut secrets = Secrets::new();
        let telegraf = self.telegraf.unwrap_or_else(|| TELEGRAF.to_owned());
        let database_assumed = self.default_db.is_none();
        let database = self.default_db.unwrap_or_else(|| telegraf.clone());

        let target = match kind {
            Kind::V1(edition) => {
                let (username, password) = login(self.username, self.password, url_username, url_password, &mut notes);
                put(&mut secrets, SecretField::Password, password);
                put(&mut secrets, SecretField::SharedSecret, self.shared_secret);
                let meta_url = match self.meta_url {
                    Some(text) => Some(base("metaUrl", Some(&text), &mut notes)?.url),
                    None => None,
                };
                Target::V1 { url, database, username, retention_policy: self.default_rp, edition, meta_url }
            }
            Kind::V2 => {
                drop_login(url_username.is_some() || url_password.is_some(), &mut notes);
                let organization = self.username.ok_or_else(|| {
                    About::new("username", "is where Chronograf keeps the organization of an InfluxDB 2, and it is missing: give its name")
                })?;
                if self.password.is_none() {
                    notes.push(About::new("password", "is where Chronograf keeps the API token of an InfluxDB 2, and it is missing"));
                }
                put(&mut secrets, SecretField::Token, self.password);
                if database_assumed {
                    notes.push(About::new("defaultDB", "no bucket is named; the Telegraf database is taken for it"));
                }
                Target::V2 { url, organization, bucket: database }
            }
            Kind::V3(edition) => {
                drop_login(url_username.is_some() || url_password.is_some(), &mut notes);
                if self.username.is_some() || self.password.is_some() {
                    notes.push(About::new("username", "InfluxDB 3 logs in by a token; user name and password are not used"));
                }
                if self.database_token.is_none() {
                    notes.push(About::new("databaseToken", "no token is given; only a server without authentication lets it in"));
                }
                put(&mut secrets, SecretField::Token, self.database_token);
                put(&mut secrets, SecretField::ManagementToken, self.management_token);
                if database_assumed {
                    notes.push(About::new("defaultDB", "no database is named; the Telegraf database is taken for it"));
                }
                Target::V3 { url, database, edition, cluster_id: self.cluster_id, account_id: self.account_id }
            }
        };
        let connection =
            Connection { telegraf_database: Some(telegraf), insecure_skip_verify: self.insecure_skip_verify, ..Connection::new(target) };
        let found =
            FoundConnection { number: self.number, name, organization: self.organization, default: self.default, connection, secrets };
        Ok((found, notes))
    }
}

impl KapacitorRecord {
    /// The Kapacitor that it stands for, and what was assumed.
    ///
    /// # Errors
    /// The first field that cannot be understood.
    pub(crate) fn translate(self) -> Result<(FoundKapacitor, Vec<About>), About> {
        let mut notes = Vec::new();
        let Address { url, username: url_username, password: url_password, .. } = base("url", self.url.as_deref(), &mut notes)?;
        let name = name(self.name, &url, &mut notes)?;
        let (username, password) = login(self.username, self.password, url_username, url_password, &mut notes);
        let mut secrets = Secrets::new();
        put(&mut secrets, SecretField::Password, password);
        let found = FoundKapacitor {
            number: self.number,
            connection_number: self.connection_number,
            name,
            organization: self.organization,
            active: self.active,
            url,
            username,
            insecure_skip_verify: self.insecure_skip_verify,
            secrets,
        };
        Ok((found, notes))
    }
}

/// What Chronograf calls a connection that has nothing but a URL: the URL, here without the login in it.
pub(crate) fn name_of_url(text: &str) -> Option<String> {
    let name = address::as_text(&address::read(text).ok()?.url);
    (name.chars().count() <= Name::MAX_CHARS).then_some(name)
}

/// A base URL: what is behind `?` has no place in it.
fn base(field: &'static str, text: Option<&str>, notes: &mut Vec<About>) -> Result<Address, About> {
    let mut address = address::read(text.unwrap_or_default()).map_err(|reason| About::new(field, reason))?;
    notes.extend(address.notes.drain(..).map(|note| About::new(field, note)));
    if !address.parameters.is_empty() {
        notes.push(About::new(field, "the part of the URL after `?` was left out; names and secrets have fields of their own"));
    }
    Ok(address)
}

fn name(name: Option<String>, url: &Url, notes: &mut Vec<About>) -> Result<String, About> {
    let name = match name.filter(|name| !name.trim().is_empty()) {
        Some(name) => name,
        None => {
            notes.push(About::new("name", "no name is given; the host of the URL is taken for it"));
            url.host_str().unwrap_or_default().chars().take(Name::MAX_CHARS).collect()
        }
    };
    Name::new(&name).map(|name| name.to_string()).map_err(|error| About::new("name", error.to_string()))
}

/// The login of its own fields; what these do not say, that of the URL.
fn login(
    username: Option<String>,
    password: Option<SecretString>,
    url_username: Option<String>,
    url_password: Option<String>,
    notes: &mut Vec<About>,
) -> (Option<String>, Option<SecretString>) {
    if url_username.is_none() && url_password.is_none() {
        return (username, password);
    }
    if username.is_some() || password.is_some() {
        notes.push(About::new("url", "the login in the URL was left out: user name and password have fields of their own here"));
        return (username, password);
    }
    notes.push(About::new("url", "the login in the URL was moved to the user name and the password"));
    (url_username, url_password.map(SecretString::from))
}

fn drop_login(stood_there: bool, notes: &mut Vec<About>) {
    if stood_there {
        notes.push(About::new("url", "the login in the URL was left out: this server asks for a token"));
    }
}

fn put(secrets: &mut Secrets, field: SecretField, value: Option<SecretString>) {
    secrets.extend(value.map(|value| (field, value)));
}
