//! A connection in the making: what a text says, gathered, until it is known which driver it is for.

use model::{Connection, SecretField, Target, V1Edition, V3Edition, connection::Gzip, secret::Secrets};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    Found, FoundConnection, FoundKapacitor, Given, Remark,
    location::{Api, Location},
};

/// The longest name that is given, in characters.
const NAME_CHARS: usize = model::Name::MAX_CHARS;

/// The parameters of API calls that are read, or that say how one call is made.
const PARAMETERS: [&str; 21] = [
    "db",
    "database",
    "rp",
    "u",
    "p",
    "org",
    "orgID",
    "orgId",
    "bucket",
    "precision",
    "q",
    "epoch",
    "pretty",
    "consistency",
    "chunked",
    "chunk_size",
    "accept_partial",
    "no_sync",
    "format",
    "params",
    "type",
];

/// What is known so far. A blank text is the same as none.
pub(crate) struct Draft {
    /// The line that it begins on.
    pub(crate) line: Option<usize>,
    /// Where.
    pub(crate) url: Url,
    /// Whose API is spoken, where the text says so.
    pub(crate) api: Option<Api>,
    pub(crate) name: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) retention_policy: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) bucket: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<SecretString>,
    pub(crate) token: Option<SecretString>,
    pub(crate) timeout_ms: Option<u32>,
    pub(crate) insecure_skip_verify: bool,
    pub(crate) gzip: Gzip,
    pub(crate) default: bool,
}

impl Draft {
    /// Nothing but an address.
    pub(crate) fn at(url: Url, line: Option<usize>) -> Self {
        Self {
            line,
            url,
            api: None,
            name: None,
            database: None,
            retention_policy: None,
            organization: None,
            bucket: None,
            username: None,
            password: None,
            token: None,
            timeout_ms: None,
            insecure_skip_verify: false,
            gzip: Gzip::Auto,
            default: false,
        }
    }

    /// What a URL says: login, database and the like in it.
    pub(crate) fn of_location(location: Location, line: Option<usize>, remarks: &mut Vec<Remark>) -> Self {
        remarks.extend(location.notes.iter().map(|note| Remark { line, text: (*note).to_owned() }));
        if location.query.iter().any(|(key, _)| !PARAMETERS.contains(&key.as_str())) {
            remarks.push(Remark { line, text: "the URL has parameters that say nothing about a connection: they are ignored".to_owned() });
        }
        let has_login = location.username.is_some() || location.password.is_some();
        if has_login && location.parameter(&["u", "p"]).is_some() {
            remarks.push(Remark { line, text: "the URL has two logins: the one before the host is taken".to_owned() });
        }
        let parameter = |names: &[&str]| location.parameter(names);
        Self {
            api: location.api,
            database: parameter(&["db", "database"]),
            retention_policy: parameter(&["rp"]),
            organization: parameter(&["org", "orgID", "orgId"]),
            bucket: parameter(&["bucket"]),
            username: location.username.clone().or_else(|| parameter(&["u"]).filter(|_| !has_login)),
            password: location.password.clone().or_else(|| parameter(&["p"]).filter(|_| !has_login).map(SecretString::from)),
            ..Self::at(location.url, line)
        }
    }

    /// Decides on the driver and adds the connection (or Kapacitor) to what was found, with remarks on what had to be assumed.
    pub(crate) fn add_to(mut self, found: &mut Found, given: &Given) {
        self.clean();
        let line = self.line;
        let mut say = |text: &str| found.remarks.push(Remark { line, text: text.to_owned() });
        let api = self.decide(&mut say);
        if api == Api::Kapacitor {
            found.kapacitors.push(self.kapacitor());
            return;
        }
        let mut secrets = Secrets::new();
        let target = match api {
            Api::V2 => {
                self.token_of_password(&mut say);
                secrets.extend(self.token.take().map(|token| (SecretField::Token, token)));
                let bucket = self.bucket.take().or_else(|| given.bucket.clone()).unwrap_or_else(|| {
                    say("no bucket is named: `telegraf` is assumed; say another with --bucket, or change it afterwards");
                    Given::ASSUMED.to_owned()
                });
                let organization = self.organization.take().unwrap_or_else(|| {
                    say("no InfluxDB organization is named: it must be given before the connection can be used");
                    String::new()
                });
                Target::V2 { url: self.url.clone(), organization, bucket }
            }
            Api::V3 => {
                self.token_of_password(&mut say);
                secrets.extend(self.token.take().map(|token| (SecretField::Token, token)));
                let database = self.database.take().or_else(|| self.bucket.take()).unwrap_or_else(|| {
                    say("no database is named: `telegraf` is assumed");
                    Given::ASSUMED.to_owned()
                });
                let edition = edition_of(&self.url);
                Target::V3 { url: self.url.clone(), database, edition, cluster_id: None, account_id: None }
            }
            Api::V1 | Api::Kapacitor => {
                secrets.extend(self.password.take().map(|password| (SecretField::Password, password)));
                let database = self.database.take().unwrap_or_else(|| {
                    say("no database is named: `telegraf` is assumed");
                    Given::ASSUMED.to_owned()
                });
                Target::V1 {
                    url: self.url.clone(),
                    database,
                    username: self.username.take(),
                    retention_policy: self.retention_policy.take(),
                    edition: V1Edition::Oss,
                    meta_url: None,
                }
            }
        };
        let mut connection = Connection::new(target);
        connection.insecure_skip_verify = self.insecure_skip_verify;
        connection.gzip = self.gzip;
        if let Some(timeout_ms) = self.timeout_ms {
            connection.timeout_ms = timeout_ms;
        }
        let own = self.name.as_deref().map(tidy_name).filter(|name| !name.is_empty());
        let name = own.unwrap_or_else(|| tidy_name(&name_of(&connection)));
        found.connections.push(FoundConnection { number: None, name, organization: None, default: self.default, connection, secrets });
    }

    /// Blank texts are no texts.
    fn clean(&mut self) {
        for text in
            [&mut self.name, &mut self.database, &mut self.retention_policy, &mut self.organization, &mut self.bucket, &mut self.username]
        {
            *text = text.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        }
        for secret in [&mut self.password, &mut self.token] {
            *secret = secret.take().filter(|secret| !secret.expose_secret().is_empty());
        }
    }

    /// Which product it is for, from what the text says; settles what only one of them understands.
    fn decide(&mut self, say: &mut impl FnMut(&str)) -> Api {
        if self.api == Some(Api::Kapacitor) || (self.api.is_none() && self.url.port() == Some(9092)) {
            return Api::Kapacitor;
        }
        let names_v2 = self.organization.is_some() || self.bucket.is_some();
        if let Some(token) = self.token.clone() {
            let token = token.expose_secret();
            if token.starts_with("apiv3_") {
                return Api::V3;
            }
            // InfluxDB 1.8 takes `user:password` as the token of its 2.0-compatible API, and `database/policy` as the bucket.
            if let Some((username, password)) = token.split_once(':').filter(|_| self.organization.is_none() && self.api != Some(Api::V3)) {
                say("the token is a user and password: this is the 2.0-compatible API of an InfluxDB 1, kept as a v1 connection");
                (self.username, self.password, self.token) = (Some(username.to_owned()), Some(SecretString::from(password)), None);
                self.bucket_as_database();
                return Api::V1;
            }
        }
        match self.api {
            Some(Api::V2) if self.organization.is_none() && self.url.port() == Some(8181) => {
                say("port 8181 and no organization: taken for an InfluxDB 3, whose databases are its buckets");
                Api::V3
            }
            Some(Api::V1) | None if names_v2 => Api::V2,
            Some(Api::V1) if self.token.is_some() => {
                say(
                    "a token at the path of InfluxDB 1: taken for an InfluxDB 2 that answers there; its bucket is taken to be called as the database",
                );
                self.bucket = self.database.take().map(|database| match self.retention_policy.take() {
                    Some(policy) => format!("{database}/{policy}"),
                    None => database,
                });
                Api::V2
            }
            Some(api) => api,
            None => self.guess(say),
        }
    }

    /// The product, when nothing but the address and perhaps a login is known.
    fn guess(&self, say: &mut impl FnMut(&str)) -> Api {
        let host = self.url.host_str().unwrap_or_default();
        if host.ends_with(".influxdb.io") {
            Api::V3
        } else if host.ends_with(".influxdata.com") && self.username.is_none() {
            Api::V2
        } else if self.url.port() == Some(8181) && self.username.is_none() {
            say("taken for an InfluxDB 3 because of its port");
            Api::V3
        } else if self.token.is_some() {
            if self.database.is_some() { Api::V3 } else { Api::V2 }
        } else {
            Api::V1
        }
    }

    fn bucket_as_database(&mut self) {
        if let Some(bucket) = self.bucket.take() {
            let (database, policy) = match bucket.split_once('/') {
                Some((database, policy)) => (database.to_owned(), Some(policy.to_owned())),
                None => (bucket, None),
            };
            self.database = Some(database);
            self.retention_policy = policy.filter(|policy| !policy.is_empty());
        }
    }

    /// InfluxDB 2 and 3 take the token as the password of any user where a client has no other way.
    fn token_of_password(&mut self, say: &mut impl FnMut(&str)) {
        if self.token.is_none() && self.password.is_some() {
            say("the password of the login is taken as the token");
            self.token = self.password.take();
        }
    }

    fn kapacitor(mut self) -> FoundKapacitor {
        let mut secrets = Secrets::new();
        secrets.extend(self.password.take().map(|password| (SecretField::Password, password)));
        let own = self.name.as_deref().map(tidy_name).filter(|name| !name.is_empty());
        let name = own.unwrap_or_else(|| tidy_name(&format!("Kapacitor {}", place(&self.url))));
        FoundKapacitor {
            number: None,
            connection_number: None,
            name,
            organization: None,
            active: true,
            username: self.username,
            insecure_skip_verify: self.insecure_skip_verify,
            secrets,
            url: self.url,
        }
    }
}

fn edition_of(url: &Url) -> V3Edition {
    match url.host_str() {
        Some(host) if host.ends_with(".influxdb.io") => V3Edition::CloudDedicated,
        Some(host) if host.ends_with(".influxdata.com") => V3Edition::CloudServerless,
        _ => V3Edition::Core,
    }
}

/// What a connection is called that nobody named: host and what is written to, `influx.example.com telegraf`.
fn name_of(connection: &Connection) -> String {
    let what = match &connection.target {
        Target::V1 { database, .. } | Target::V3 { database, .. } => database,
        Target::V2 { bucket, .. } => bucket,
        Target::File { folder } => return folder.clone(),
    };
    format!("{} {what}", connection.target.url().map(place).unwrap_or_default())
}

/// The host, with the port where it is not the usual one.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) if !matches!(port, 8086 | 8181 | 9092) => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}

/// The name as one that can be kept: no control characters, not too long.
pub(crate) fn tidy_name(name: &str) -> String {
    let name: String = name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    name.trim().chars().take(NAME_CHARS).collect::<String>().trim_end().to_owned()
}
