//! What the API is asked: bodies of POST and PATCH.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    Broken, FoundConnection, FoundKapacitor,
    chronograf::{
        api::validity::{self, Invalid},
        record::{ConnectionRecord, KapacitorRecord},
        text::{Object, Value},
    },
};

/// Whether a field is in a body, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// It is not there: what is kept stays.
    #[default]
    Absent,
    /// It is `null`: what is kept goes.
    Null,
    /// It is there.
    Value(T),
}

impl<T> Given<T> {
    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    fn map<U>(self, change: impl FnOnce(T) -> U) -> Given<U> {
        match self {
            Self::Absent => Given::Absent,
            Self::Null => Given::Null,
            Self::Value(value) => Given::Value(change(value)),
        }
    }
}

/// A body that is no JSON, or whose fields have other types than they should. Chronograf answers 400 with this text.
#[derive(Clone, Debug, thiserror::Error)]
#[error("Unparsable JSON")]
pub struct Unparsable(
    /// What exactly is wrong, which Chronograf does not say.
    #[source]
    pub Broken,
);

/// The body of a POST or a PATCH of `/sources`. `role` and `version` are read past, as Chronograf does, and so is `id` but for the answer
/// of a dry run.
#[derive(Clone, Default)]
#[expect(missing_docs, reason = "each is the field of that name, see the answer's")]
pub struct SourceRequest {
    pub id: Option<i64>,
    pub name: Given<String>,
    pub kind: Given<String>,
    pub username: Given<String>,
    pub password: Given<SecretString>,
    pub shared_secret: Given<SecretString>,
    pub database_token: Given<SecretString>,
    pub management_token: Given<SecretString>,
    pub cluster_id: Given<String>,
    pub account_id: Given<String>,
    pub url: Given<String>,
    pub meta_url: Given<String>,
    pub insecure_skip_verify: Given<bool>,
    pub default: Given<bool>,
    pub telegraf: Given<String>,
    pub organization: Given<String>,
    pub default_rp: Given<String>,
    pub default_db: Given<String>,
}

/// The body of a POST or a PATCH of `/sources/:id/kapacitors`.
#[derive(Clone, Default)]
#[expect(missing_docs, reason = "each is the field of that name, see the answer's")]
pub struct ServerRequest {
    pub name: Given<String>,
    pub url: Given<String>,
    pub username: Given<String>,
    pub password: Given<SecretString>,
    pub insecure_skip_verify: Given<bool>,
    pub active: Given<bool>,
    pub organization: Given<String>,
}

// Nothing of a body is shown: its URL may hold a login.
impl fmt::Debug for SourceRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceRequest").finish_non_exhaustive()
    }
}

impl fmt::Debug for ServerRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerRequest").finish_non_exhaustive()
    }
}

impl SourceRequest {
    /// The request in this body.
    ///
    /// # Errors
    /// When it is no JSON object, or a field has the wrong type.
    pub fn parse(body: &[u8]) -> Result<Self, Unparsable> {
        read(body, |object| {
            Ok(Self {
                id: object.number_at("id")?,
                name: text(object, "name")?,
                kind: text(object, "type")?,
                username: text(object, "username")?,
                password: secret(object, "password")?,
                shared_secret: secret(object, "sharedSecret")?,
                database_token: secret(object, "databaseToken")?,
                management_token: secret(object, "managementToken")?,
                cluster_id: text(object, "clusterId")?,
                account_id: text(object, "accountId")?,
                url: text(object, "url")?,
                meta_url: text(object, "metaUrl")?,
                insecure_skip_verify: boolean(object, "insecureSkipVerify")?,
                default: boolean(object, "default")?,
                telegraf: text(object, "telegraf")?,
                organization: name(object, "organization")?,
                default_rp: text(object, "defaultRP")?,
                default_db: text(object, "defaultDB")?,
            })
        })
    }

    /// The connection that a POST asks for. Its number is the store's to give; its organization is as it was sent.
    ///
    /// # Errors
    /// What Chronograf refuses too, in its words; and what no connection can be made of.
    pub fn create(self) -> Result<FoundConnection, Invalid> {
        let record = ConnectionRecord {
            number: None,
            name: filled(self.name),
            kind: filled(self.kind),
            url: filled(self.url),
            meta_url: filled(self.meta_url),
            username: filled(self.username),
            password: self.password.value(),
            shared_secret: self.shared_secret.value(),
            database_token: self.database_token.value(),
            management_token: self.management_token.value(),
            cluster_id: filled(self.cluster_id),
            account_id: filled(self.account_id),
            insecure_skip_verify: self.insecure_skip_verify.value().unwrap_or(false),
            default: self.default.value().unwrap_or(false),
            telegraf: filled(self.telegraf),
            default_rp: filled(self.default_rp),
            default_db: filled(self.default_db),
            organization: filled(self.organization),
        };
        validity::connection(&record)?;
        record.translate().map(|(found, _)| found).map_err(|about| Invalid::data(about.to_string()))
    }
}

impl ServerRequest {
    /// The request in this body.
    ///
    /// # Errors
    /// When it is no JSON object, or a field has the wrong type.
    pub fn parse(body: &[u8]) -> Result<Self, Unparsable> {
        read(body, |object| {
            object.number_at("id")?;
            Ok(Self {
                name: text(object, "name")?,
                url: text(object, "url")?,
                username: text(object, "username")?,
                password: text(object, "password")?.map(SecretString::from),
                insecure_skip_verify: boolean(object, "insecureSkipVerify")?,
                active: boolean(object, "active")?,
                organization: name(object, "organization")?,
            })
        })
    }

    /// The Kapacitor that a POST asks for. Its numbers are the caller's to give.
    ///
    /// # Errors
    /// What Chronograf refuses too, in its words; and what no Kapacitor can be made of.
    pub fn create(self) -> Result<FoundKapacitor, Invalid> {
        let (Given::Value(name), Given::Value(url)) = (self.name, self.url) else {
            return Err(Invalid::data("name and url required"));
        };
        validity::url(&url)?;
        let record = KapacitorRecord {
            number: None,
            connection_number: None,
            name: Some(name),
            url: Some(url),
            username: filled(self.username),
            password: self.password.value().filter(|password| !password.expose_secret().is_empty()),
            insecure_skip_verify: self.insecure_skip_verify.value().unwrap_or(false),
            active: self.active.value().unwrap_or(false),
            organization: filled(self.organization),
        };
        record.translate().map(|(found, _)| found).map_err(|about| Invalid::data(about.to_string()))
    }
}

/// A text that is not empty.
fn filled(given: Given<String>) -> Option<String> {
    given.value().filter(|text| !text.is_empty())
}

fn read<R>(body: &[u8], fields: impl FnOnce(&mut Object<'_>) -> Result<R, Broken>) -> Result<R, Unparsable> {
    let not_text = |_| Unparsable(Broken { line: None, field: None, reason: "the body is not UTF-8".to_owned() });
    let body = str::from_utf8(body).map_err(not_text)?;
    let mut object = Object::read(body, None).map_err(Unparsable)?;
    fields(&mut object).map_err(Unparsable)
}

fn text(object: &mut Object<'_>, key: &str) -> Result<Given<String>, Broken> {
    Ok(match object.take(key)? {
        None => Given::Absent,
        Some(Value::Null) => Given::Null,
        Some(Value::Text(text)) => Given::Value(text.text),
        Some(_) => return Err(object.broken(key, "a text is expected")),
    })
}

/// An empty secret says nothing: Chronograf's console sends one for a secret that it was not shown.
fn secret(object: &mut Object<'_>, key: &str) -> Result<Given<SecretString>, Broken> {
    let given = text(object, key)?;
    Ok(if given == Given::Value(String::new()) { Given::Absent } else { given.map(SecretString::from) })
}

fn name(object: &mut Object<'_>, key: &str) -> Result<Given<String>, Broken> {
    let given = object.name_at(key)?;
    Ok(given.map_or(Given::Absent, Given::Value))
}

fn boolean(object: &mut Object<'_>, key: &str) -> Result<Given<bool>, Broken> {
    Ok(match object.take(key)? {
        None => Given::Absent,
        Some(Value::Null) => Given::Null,
        Some(Value::Bool(value)) => Given::Value(value),
        Some(_) => return Err(object.broken(key, "true or false is expected")),
    })
}
