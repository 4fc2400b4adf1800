//! What the API answers.

use std::collections::BTreeSet;

use model::{Connection, Kapacitor, SecretField, Stored, Target, V1Edition, V3Edition};
use serde::Serialize;

use crate::chronograf::{address, kind::Kind, record::TELEGRAF};

/// What an answer needs to know besides the noun itself.
pub struct Around<'a> {
    /// What stands before `/chronograf/v1` in links: nothing, or a proxy's sub-path such as `/tributary`.
    pub base_path: &'a str,
    /// The id by which Chronograf's API knows the organization.
    pub organization: &'a str,
    /// Whether it is the default connection, or the active Kapacitor of its connection.
    pub chosen: bool,
    /// The secrets of which a value is kept.
    pub kept: &'a BTreeSet<SecretField>,
    /// The server's version, where it is known.
    pub version: Option<&'a str>,
}

/// A connection, as Chronograf's API shows it (`sourceResponse`). It has no field for a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The number, as text.
    pub id: String,
    /// The name.
    pub name: String,
    /// `influx`, `influx-enterprise`, `influx-relay`, `influx-v2`, `influx-v3-…`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The user name; of an InfluxDB 2, the organization.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
    /// The cluster's id (v3).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster_id: String,
    /// The account's id (v3).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account_id: String,
    /// The base URL, without a login.
    pub url: String,
    /// The meta node's URL (Enterprise).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub meta_url: String,
    /// Whether any certificate is accepted.
    #[serde(skip_serializing_if = "is_false")]
    pub insecure_skip_verify: bool,
    /// Whether it is the default of its organization.
    pub default: bool,
    /// The database that Telegraf writes to.
    pub telegraf: String,
    /// The organization's id.
    pub organization: String,
    /// The retention policy that is written to; empty means `autogen`.
    #[serde(rename = "defaultRP")]
    pub default_rp: String,
    /// The database or bucket that is written to, where it is another than Telegraf's, and always with v3.
    #[serde(rename = "defaultDB", skip_serializing_if = "String::is_empty")]
    pub default_db: String,
    /// The server's version, or `Unknown`.
    pub version: String,
    /// `token`, `basic`, `shared` or `unknown`.
    pub authentication: &'static str,
    /// Where its parts are.
    pub links: SourceLinks,
}

/// Links of a connection (`sourceLinks`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is the path that its name says")]
pub struct SourceLinks {
    #[serde(rename = "self")]
    pub itself: String,
    pub kapacitors: String,
    pub services: String,
    pub proxy: String,
    pub queries: String,
    pub write: String,
    pub permissions: String,
    pub users: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<String>,
    pub databases: String,
    pub annotations: String,
    pub health: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flux: Option<String>,
}

/// A Kapacitor, as Chronograf's API shows it (`kapacitor`). It has no field for a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// The number, as text.
    pub id: String,
    /// The name.
    pub name: String,
    /// The base URL, without a login.
    pub url: String,
    /// The user name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
    /// Whether any certificate is accepted.
    pub insecure_skip_verify: bool,
    /// Whether it is the one that is used.
    pub active: bool,
    /// Where its parts are.
    pub links: KapacitorLinks,
}

/// Links of a Kapacitor (`kapaLinks`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is the path that its name says")]
pub struct KapacitorLinks {
    pub proxy: String,
    #[serde(rename = "self")]
    pub itself: String,
    pub rules: String,
    pub tasks: String,
    pub ping: String,
}

impl Source {
    /// The connection as Chronograf shows it; `None` for what Chronograf cannot show: a folder, or a connection without a number.
    pub fn of(stored: &Stored<Connection>, around: &Around<'_>) -> Option<Self> {
        let number = stored.number?;
        let connection = &stored.spec;
        let kind = Kind::of(&connection.target)?;
        let telegraf = connection.telegraf_database.clone().unwrap_or_else(|| TELEGRAF.to_owned());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut source = Self {
            id: number.to_string(),
            name: stored.name.to_string(),
            kind: kind.as_str().to_owned(),
            username: String::new(),
            cluster_id: String::new(),
            account_id: String::new(),
            url: connection.target.url().map(address::as_text).unwrap_or_default(),
            meta_url: String::new(),
            insecure_skip_verify: connection.insecure_skip_verify,
            default: around.chosen,
            telegraf,
            organization: around.organization.to_owned(),
            default_rp: String::new(),
            default_db: String::new(),
            version: around.version.unwrap_or("Unknown").to_owned(),
            authentication: authentication(&connection.target, around.kept),
            links: SourceLinks::of(around.base_path, number, &connection.target),
        };
        let other_than_telegraf = |database: &String| if *database == source.telegraf { String::new() } else { database.clone() };
        match &connection.target {
            Target::V1 { database, username, retention_policy, meta_url, .. } => {
                source.default_db = other_than_telegraf(database);
                source.username = text(username);
                source.default_rp = text(retention_policy);
                source.meta_url = meta_url.as_ref().map(address::as_text).unwrap_or_default();
            }
            Target::V2 { organization, bucket, .. } => {
                source.default_db = other_than_telegraf(bucket);
                source.username.clone_from(organization);
            }
            Target::V3 { database, cluster_id, account_id, .. } => {
                source.default_db.clone_from(database);
                source.cluster_id = text(cluster_id);
                source.account_id = text(account_id);
            }
            Target::File { .. } => return None,
        }
        Some(source)
    }
}

/// How it logs in, in Chronograf's words (`sourceAuthenticationMethod`). `ldap` is never answered: no meta node is asked.
fn authentication(target: &Target, kept: &BTreeSet<SecretField>) -> &'static str {
    match target {
        Target::V2 { .. } | Target::V3 { edition: V3Edition::CloudServerless, .. } => "token",
        Target::V1 { username: Some(_), .. } if kept.contains(&SecretField::Password) => "basic",
        Target::V1 { .. } if kept.contains(&SecretField::SharedSecret) => "shared",
        _ => "unknown",
    }
}

impl SourceLinks {
    fn of(base_path: &str, number: i64, target: &Target) -> Self {
        let itself = path(base_path, number);
        let part = |name: &str| format!("{itself}/{name}");
        let has_roles = matches!(target, Target::V1 { edition: V1Edition::Enterprise, meta_url: Some(_), .. });
        Self {
            kapacitors: part("kapacitors"),
            services: part("services"),
            proxy: part("proxy"),
            queries: part("queries"),
            write: part("write"),
            permissions: part("permissions"),
            users: part("users"),
            roles: has_roles.then(|| part("roles")),
            databases: part("dbs"),
            annotations: part("annotations"),
            health: part("health"),
            flux: matches!(target, Target::V2 { .. }).then(|| part("proxy/flux")),
            itself,
        }
    }
}

impl Server {
    /// The Kapacitor of the connection with this number, as Chronograf shows it; `None` when it has no number itself.
    pub fn of(stored: &Stored<Kapacitor>, connection_number: i64, around: &Around<'_>) -> Option<Self> {
        let number = stored.number?;
        let itself = format!("{}/kapacitors/{number}", path(around.base_path, connection_number));
        let links = KapacitorLinks {
            proxy: format!("{itself}/proxy"),
            rules: format!("{itself}/rules"),
            tasks: format!("{itself}/proxy?path=/kapacitor/v1/tasks"),
            ping: format!("{itself}/proxy?path=/kapacitor/v1/ping"),
            itself,
        };
        Some(Self {
            id: number.to_string(),
            name: stored.name.to_string(),
            url: address::as_text(&stored.spec.url),
            username: stored.spec.username.clone().unwrap_or_default(),
            insecure_skip_verify: stored.spec.insecure_skip_verify,
            active: around.chosen,
            links,
        })
    }
}

fn path(base_path: &str, number: i64) -> String {
    format!("{}/chronograf/v1/sources/{number}", base_path.trim_end_matches('/'))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
