//! What Chronograf refuses, in its words (`ValidSourceRequest` of `server/sources.go`, Go's `url.ParseRequestURI`).

use model::{Id, V3Edition};

use crate::chronograf::{
    address,
    kind::Kind,
    record::{About, ConnectionRecord},
};

/// Why a request is refused. A URL in it is shown without login and parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// 422 with this message.
    #[error("{0}")]
    Data(String),
    /// 400: Chronograf finds out when it tries to reach it, Tributary before.
    #[error("Error contacting source: {0}")]
    Unreachable(String),
}

impl Invalid {
    /// 422 with this message.
    pub(super) fn data(message: impl Into<String>) -> Self {
        Self::Data(message.into())
    }

    /// The status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Data(_) => 422,
            Self::Unreachable(_) => 400,
        }
    }
}

impl From<About> for Invalid {
    fn from(about: About) -> Self {
        Self::Data(about.to_string())
    }
}

/// Refuses what Chronograf refuses of a new connection, in its order.
pub(super) fn connection(record: &ConnectionRecord) -> Result<(), Invalid> {
    let Some(text) = &record.url else { return Err(Invalid::data("url required")) };
    let kind = kind(record.kind.as_deref().unwrap_or_default())?;
    url(text)?;
    let Kind::V3(edition) = kind else { return Ok(()) };
    if record.database_token.is_none() {
        return Err(Invalid::data("database token required"));
    }
    let management = [record.cluster_id.is_some(), record.account_id.is_some(), record.management_token.is_some()];
    match edition {
        V3Edition::Clustered if record.management_token.is_none() && record.default_db.is_none() => {
            Err(Invalid::data("management token or default database is required"))
        }
        V3Edition::CloudDedicated if management == [false; 3] => match record.default_db {
            Some(_) => Ok(()),
            None => Err(Invalid::data("default database is required for queries")),
        },
        V3Edition::CloudDedicated => {
            uuid("cluster ID", record.cluster_id.as_deref())?;
            uuid("account ID", record.account_id.as_deref())?;
            if record.management_token.is_none() { Err(Invalid::data("management token required")) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// The type of this name; Chronograf's message repeats the name, which is no secret.
pub(super) fn kind(text: &str) -> Result<Kind, Invalid> {
    Kind::parse(text).ok_or_else(|| Invalid::data(format!("invalid source type {text}")))
}

fn uuid(what: &str, text: Option<&str>) -> Result<(), Invalid> {
    let Some(text) = text else { return Err(Invalid::data(format!("{what} required"))) };
    is_uuid(what, text)
}

/// Refuses an id of a cluster or an account that is none.
pub(super) fn is_uuid(what: &str, text: &str) -> Result<(), Invalid> {
    match text.parse::<Id<()>>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Invalid::data(format!("{what} is not a valid UUID"))),
    }
}

/// Refuses a URL that Chronograf refuses, in its words, and one that leads nowhere, as if nobody had answered there.
pub(super) fn url(text: &str) -> Result<(), Invalid> {
    if let Some(reason) = not_a_uri(text) {
        return Err(Invalid::data(format!("invalid source URI: parse {:?}: {reason}", shown(text))));
    }
    if text.starts_with('/') {
        return Err(Invalid::data("invalid URL; no URL scheme defined"));
    }
    address::read(text).map(|_| ()).map_err(|reason| Invalid::Unreachable(format!("the URL {reason}")))
}

/// What Go's `url.ParseRequestURI` finds wrong.
fn not_a_uri(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("empty url");
    }
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Some("net/url: invalid control character in URL");
    }
    if text.starts_with(':') {
        return Some("missing protocol scheme");
    }
    let rest = after_scheme(text);
    if rest.is_none() && !text.starts_with('/') {
        return Some("invalid URI for request");
    }
    let authority = rest.and_then(|rest| rest.strip_prefix("//")).map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    let host = authority.map(|authority| authority.rsplit('@').next().unwrap_or_default());
    if host.is_some_and(|host| host.contains(' ')) {
        return Some("invalid character \" \" in host name");
    }
    None
}

/// What follows the colon of the scheme; `None` without a scheme.
fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let mut letters = scheme.chars();
    let first = letters.next()?;
    let named = first.is_ascii_alphabetic() && letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'));
    named.then_some(rest)
}

/// The URL without anything that may be a secret.
fn shown(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (&text[..scheme.len() + 3], rest));
    let (login, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("xxxxx@", rest));
    let (rest, parameters) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?xxxxx"));
    format!("{scheme}{login}{rest}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_refused_in_the_words_of_chronograf() {
        for (text, status, message) in [
            ("", 422, "invalid source URI: parse \"\": empty url"),
            ("localhost", 422, "invalid source URI: parse \"localhost\": invalid URI for request"),
            ("127.0.0.1:8086", 422, "invalid source URI: parse \"127.0.0.1:8086\": invalid URI for request"),
            (" http://h", 422, "invalid source URI: parse \" http://h\": invalid URI for request"),
            ("http://h ", 422, "invalid source URI: parse \"http://h \": invalid character \" \" in host name"),
            (":8086", 422, "invalid source URI: parse \":8086\": missing protocol scheme"),
            ("http://h\n", 422, "invalid source URI: parse \"http://h\\n\": net/url: invalid control character in URL"),
            ("u:pw@h", 400, "Error contacting source: the URL must begin with http:// or https://"),
            ("1u:pw@h?p=pw", 422, "invalid source URI: parse \"xxxxx@h?xxxxx\": invalid URI for request"),
            ("/foo", 422, "invalid URL; no URL scheme defined"),
            ("localhost:8086", 400, "Error contacting source: the URL must begin with http:// or https://"),
            ("ftp://x", 400, "Error contacting source: the URL must begin with http:// or https://"),
            ("http://", 400, "Error contacting source: the URL is not a URL: give it as http://host:port"),
        ] {
            let invalid = url(text).unwrap_err();
            assert_eq!((invalid.status(), invalid.to_string().as_str()), (status, message), "{text}");
        }
        assert_eq!(url("http://bob:pw@h:8086/sub"), Ok(()));
    }
}
