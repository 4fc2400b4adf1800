//! What a PATCH changes. Absent keeps, `null` clears; where Chronograf reads an empty text as "keep" (name, URL, type, user name and all
//! secrets), so does Tributary, because its clients send these fields empty.

use model::{Connection, Kapacitor, SecretChange, SecretField, Target, V3Edition, secret::SecretChanges};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    request::{Given, ServerRequest, SourceRequest},
    validity::{self, Invalid},
};
use crate::chronograf::{
    address::{self, Address},
    kind::Kind,
    record::TELEGRAF,
};

/// A connection as it is to become.
#[derive(Clone, Debug)]
pub struct ConnectionChange {
    /// The new name; absent keeps.
    pub name: Option<String>,
    /// Whether it is to be the default; absent keeps.
    pub default: Option<bool>,
    /// The connection, the changed fields and the others.
    pub connection: Connection,
    /// What becomes of its secrets; absent keeps.
    pub secrets: SecretChanges,
}

/// A Kapacitor as it is to become.
#[derive(Clone, Debug)]
pub struct KapacitorChange {
    /// The new name; absent keeps.
    pub name: Option<String>,
    /// Whether it is to be the active one; absent keeps.
    pub active: Option<bool>,
    /// The Kapacitor, the changed fields and the others.
    pub kapacitor: Kapacitor,
    /// What becomes of its secrets; absent keeps.
    pub secrets: SecretChanges,
}

impl SourceRequest {
    /// What a PATCH makes of a connection. The organization cannot be changed, which Chronograf passes over in silence too.
    ///
    /// # Errors
    /// What Chronograf refuses too, in its words; a type of another driver; and clearing what a connection needs.
    pub fn update(self, before: &Connection) -> Result<ConnectionChange, Invalid> {
        let mut connection = before.clone();
        let mut secrets = SecretChanges::new();
        let before_kind = Kind::of(&before.target).ok_or_else(|| Invalid::data("a folder cannot be changed here"))?;
        let kind = match filled(&self.kind) {
            Some(text) => validity::kind(text)?,
            None => before_kind,
        };
        let address = new_address(&self.url)?;
        let telegraf_before = before.telegraf_database.clone().unwrap_or_else(|| TELEGRAF.to_owned());
        let telegraf = cleared_by_empty(self.telegraf, telegraf_before.clone(), || TELEGRAF.to_owned());
        // Chronograf knows one database only; where nobody named another, it moves with Telegraf's.
        let database = |now: &str| {
            let kept = if now == telegraf_before { telegraf.clone() } else { now.to_owned() };
            cleared_by_empty(self.default_db.clone(), kept, || telegraf.clone())
        };

        match (&mut connection.target, kind) {
            (Target::V1 { url, database: name, username, retention_policy, edition, meta_url }, Kind::V1(new_edition)) => {
                *edition = new_edition;
                *name = database(name);
                *retention_policy = optional(self.default_rp, retention_policy.take());
                *meta_url = new_meta_url(self.meta_url, meta_url.take())?;
                *username = kept_by_empty(self.username.clone(), username.take());
                put(&mut secrets, SecretField::Password, self.password);
                put(&mut secrets, SecretField::SharedSecret, self.shared_secret);
                if let Some(address) = address {
                    *url = address.url;
                    // The login in the URL counts where the fields for it say nothing.
                    if filled(&self.username).is_none() && !secrets.contains_key(&SecretField::Password) && address.username.is_some() {
                        *username = address.username;
                        put(&mut secrets, SecretField::Password, address.password.map_or(Given::Null, |text| Given::Value(text.into())));
                    }
                }
            }
            (Target::V2 { url, organization, bucket }, Kind::V2) => {
                *bucket = database(bucket);
                put(&mut secrets, SecretField::Token, self.password);
                if self.username == Given::Null {
                    return Err(Invalid::data("username required: it holds the organization"));
                }
                *organization = kept_by_empty(self.username, Some(organization.clone())).unwrap_or_default();
                if let Some(address) = address {
                    *url = address.url;
                }
            }
            (Target::V3 { url, database: name, edition, cluster_id, account_id }, Kind::V3(new_edition)) => {
                *edition = new_edition;
                *name = database(name);
                *cluster_id = new_uuid("cluster ID", self.cluster_id, cluster_id.take())?;
                *account_id = new_uuid("account ID", self.account_id, account_id.take())?;
                if matches!(self.database_token, Given::Null) && new_edition != V3Edition::Core {
                    return Err(Invalid::data("database token required"));
                }
                put(&mut secrets, SecretField::Token, self.database_token);
                put(&mut secrets, SecretField::ManagementToken, self.management_token);
                if let Some(address) = address {
                    *url = address.url;
                }
            }
            _ => {
                let (from, to) = (before_kind.as_str(), kind.as_str());
                return Err(Invalid::data(format!("the type cannot be changed from {from} to {to}; create another source")));
            }
        }
        connection.telegraf_database = Some(telegraf).filter(|name| before.telegraf_database.is_some() || name != TELEGRAF);
        connection.insecure_skip_verify = switched(&self.insecure_skip_verify).unwrap_or(before.insecure_skip_verify);
        Ok(ConnectionChange { name: filled(&self.name).map(str::to_owned), default: switched(&self.default), connection, secrets })
    }
}

impl ServerRequest {
    /// What a PATCH makes of a Kapacitor. An empty user name or password is cleared, as Chronograf has it.
    ///
    /// # Errors
    /// What Chronograf refuses too, in its words; and clearing the URL.
    pub fn update(self, before: &Kapacitor) -> Result<KapacitorChange, Invalid> {
        let mut kapacitor = before.clone();
        let mut secrets = SecretChanges::new();
        kapacitor.username = optional(self.username, kapacitor.username.take());
        put(&mut secrets, SecretField::Password, cleared(self.password));
        match &self.url {
            Given::Absent => {}
            Given::Null => return Err(Invalid::data("name and url required")),
            Given::Value(text) => {
                validity::url(text)?;
                let address = address::read(text).map_err(|reason| Invalid::Unreachable(format!("the URL {reason}")))?;
                kapacitor.url = address.url;
                if address.username.is_some() && !secrets.contains_key(&SecretField::Password) {
                    kapacitor.username = address.username;
                    put(&mut secrets, SecretField::Password, address.password.map_or(Given::Null, |text| Given::Value(text.into())));
                }
            }
        }
        kapacitor.insecure_skip_verify = switched(&self.insecure_skip_verify).unwrap_or(before.insecure_skip_verify);
        Ok(KapacitorChange { name: filled(&self.name).map(str::to_owned), active: switched(&self.active), kapacitor, secrets })
    }
}

fn filled(given: &Given<String>) -> Option<&str> {
    match given {
        Given::Value(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn switched(given: &Given<bool>) -> Option<bool> {
    match given {
        Given::Absent => None,
        Given::Null => Some(false),
        Given::Value(value) => Some(*value),
    }
}

/// Empty and `null` clear.
fn optional(given: Given<String>, before: Option<String>) -> Option<String> {
    match given {
        Given::Absent => before,
        Given::Null => None,
        Given::Value(text) => Some(text).filter(|text| !text.is_empty()),
    }
}

/// Empty keeps, `null` clears.
fn kept_by_empty(given: Given<String>, before: Option<String>) -> Option<String> {
    match given {
        Given::Value(text) if !text.is_empty() => Some(text),
        Given::Null => None,
        Given::Absent | Given::Value(_) => before,
    }
}

fn cleared_by_empty(given: Given<String>, before: String, default: impl FnOnce() -> String) -> String {
    optional(given, Some(before)).unwrap_or_else(default)
}

/// An empty secret is none.
fn cleared(given: Given<SecretString>) -> Given<SecretString> {
    match given {
        Given::Value(secret) if secret.expose_secret().is_empty() => Given::Null,
        other => other,
    }
}

fn put(secrets: &mut SecretChanges, field: SecretField, given: Given<SecretString>) {
    match given {
        Given::Absent => {}
        Given::Null => {
            secrets.insert(field, SecretChange::Clear);
        }
        Given::Value(value) => {
            secrets.insert(field, SecretChange::Set(value));
        }
    }
}

fn new_address(given: &Given<String>) -> Result<Option<Address>, Invalid> {
    if *given == Given::Null {
        return Err(Invalid::data("url required"));
    }
    let Some(text) = filled(given) else { return Ok(None) };
    validity::url(text)?;
    address::read(text).map(Some).map_err(|reason| Invalid::Unreachable(format!("the URL {reason}")))
}

fn new_meta_url(given: Given<String>, before: Option<Url>) -> Result<Option<Url>, Invalid> {
    match given {
        Given::Absent => Ok(before),
        Given::Null => Ok(None),
        Given::Value(text) if text.is_empty() => Ok(None),
        Given::Value(text) => {
            address::read(&text).map(|address| Some(address.url)).map_err(|reason| Invalid::data(format!("metaUrl {reason}")))
        }
    }
}

fn new_uuid(what: &str, given: Given<String>, before: Option<String>) -> Result<Option<String>, Invalid> {
    if let Some(text) = filled(&given) {
        validity::is_uuid(what, text)?;
    }
    Ok(optional(given, before))
}
