//! Requests to a Kapacitor: the login they carry, and what an answer means that does not give what was asked for.

use std::time::Duration;

use model::{Code, Failure, FailureKind, Kapacitor, SecretField, edges::KapacitorAccess};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::refused::without_paths;
use crate::{
    answer,
    check::plain,
    http::{Answer, Client, Http, Login, endpoint, shown},
    tls::TlsSettings,
};

/// Every answer of a Kapacitor carries it, refusals too.
const VERSION: &str = "x-kapacitor-version";

/// Below it stands everything that a Kapacitor can be asked.
const ROOT: &str = "/kapacitor/v1";

/// What Kapacitor says with a 403 to everything about its configuration when that is closed to the outside.
const OVERRIDE_DISABLED: &str = "override service is not enabled";

/// Most bytes of an answer that are read. The statistics of a thousand tasks are a few of its MiB.
const MOST_BYTES: usize = 16 << 20;

/// Asks one Kapacitor, under its login.
pub(super) struct Api<'a> {
    kapacitor: &'a Kapacitor,
    client: Client,
}

/// What a request is about. Each has a right of its own from Kapacitor 1.6 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Who answers.
    Identity,
    /// The configuration.
    Configuration,
    /// Tasks, statistics, tests.
    Work,
}

impl About {
    const fn what(self) -> &'static str {
        match self {
            Self::Identity => "who it is",
            Self::Configuration => "its configuration",
            Self::Work => "what it does",
        }
    }
}

impl<'a> Api<'a> {
    /// Nothing is contacted yet.
    ///
    /// # Errors
    /// `InfluxUrl` for a URL that no path can be added to, `InfluxAuthentication` for a login that cannot be sent.
    pub(super) fn open(http: &Http, access: &'a KapacitorAccess) -> Result<Self, Failure> {
        plain(&access.kapacitor.url)?;
        let client = http.client_for(&login(access), limit(&access.kapacitor), &tls(access))?;
        Ok(Self { kapacitor: &access.kapacitor, client: client.with_answer_limit(MOST_BYTES) })
    }

    /// What is at `path`.
    ///
    /// # Errors
    /// `Influx*`: it was not reached, or did not answer 200.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)], about: About) -> Result<Answer, Failure> {
        let answer = self.client.get(self.url(path, query)).await?;
        if answer.status == StatusCode::OK { Ok(answer) } else { Err(self.refused(&answer, about)) }
    }

    /// Sends a change or a test; any answer is one.
    ///
    /// # Errors
    /// `Influx*` when none came, see [`died`].
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.client.post(self.url(path, &[]), body).await
    }

    /// The failure of an answer that is none to the question.
    pub(super) fn refused(&self, answer: &Answer, about: About) -> Failure {
        refused(answer, self.kapacitor, about).0
    }

    /// The failure of an answer that cannot be read.
    pub(super) fn unreadable(&self, about: About) -> Failure {
        let doing = format!("asking {} {}: the answer is none of a Kapacitor", shown(&self.kapacitor.url), about.what());
        Failure::new(FailureKind::InfluxUnexpected, doing)
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        endpoint(&self.kapacitor.url, &format!("{ROOT}{path}"), query)
    }
}

/// Whether the server ended the connection instead of answering: what a Kapacitor does whose handler panics.
pub(super) fn died(failure: &Failure) -> bool {
    failure.code() == Code::HttpBroken
}

/// The version of the Kapacitor that answers; `None` when it is none.
pub(super) fn version(answer: &Answer) -> Option<&str> {
    answer.header(VERSION).map(|version| version.trim_start_matches('v'))
}

/// Where a check asks who answers.
pub(super) fn ping_url(kapacitor: &Kapacitor) -> Url {
    endpoint(&kapacitor.url, &format!("{ROOT}/ping"), &[])
}

/// Where the configuration is.
pub(super) fn configuration_url(kapacitor: &Kapacitor) -> Url {
    endpoint(&kapacitor.url, &format!("{ROOT}/config"), &[])
}

pub(super) fn limit(kapacitor: &Kapacitor) -> Duration {
    Duration::from_millis(u64::from(kapacitor.timeout_ms.max(1)))
}

pub(super) fn tls(access: &KapacitorAccess) -> TlsSettings {
    let kapacitor = &access.kapacitor;
    TlsSettings::of(&kapacitor.tls, kapacitor.insecure_skip_verify, access.secrets.get(&SecretField::ClientKey))
}

pub(super) fn login(access: &KapacitorAccess) -> Login {
    let password = access.secrets.get(&SecretField::Password).cloned().unwrap_or_else(|| SecretString::from(""));
    match user(&access.kapacitor) {
        Some(user) => Login::Basic(user.to_owned(), password),
        // What Kapacitor says to a password without a user is what helps then.
        None if !password.expose_secret().is_empty() => Login::Basic(String::new(), password),
        None => Login::None,
    }
}

pub(super) fn user(kapacitor: &Kapacitor) -> Option<&str> {
    kapacitor.username.as_deref().filter(|user| !user.is_empty())
}

/// What an answer means that is none to the question, and the setting of the Kapacitor to look at first.
pub(super) fn refused(answer: &Answer, kapacitor: &Kapacitor, about: About) -> (Failure, &'static str) {
    if version(answer).is_none() || answer.status.is_redirection() {
        return (on_the_way(answer, kapacitor), "url");
    }
    // A configuration that cannot be read is told with the value that is in the way, which may be an address with a secret.
    let (status, said) = (answer.status, without_paths(&answer.message()));
    let doing = format!("asking {} {}: {} {said}", shown(&kapacitor.url), about.what(), status.as_u16());
    let failure = |kind, code| Failure::new(kind, doing.clone()).coded(code);
    match status {
        StatusCode::UNAUTHORIZED if user(kapacitor).is_none() => {
            (failure(FailureKind::InfluxAuthentication, Code::LoginMissing), "username")
        }
        StatusCode::UNAUTHORIZED => (failure(FailureKind::InfluxAuthentication, Code::LoginWrong), "password"),
        StatusCode::FORBIDDEN if said.contains(OVERRIDE_DISABLED) => (failure(FailureKind::InfluxForbidden, Code::ConfigDisabled), "url"),
        StatusCode::FORBIDDEN if about == About::Configuration => {
            (failure(FailureKind::InfluxForbidden, Code::ConfigForbidden), "username")
        }
        StatusCode::FORBIDDEN => (failure(FailureKind::InfluxForbidden, Code::LoginForbidden), "username"),
        status if status.is_server_error() => (failure(FailureKind::InfluxFailed, Code::HttpServerError), "url"),
        _ => (failure(FailureKind::InfluxUnexpected, Code::WriteFailed), "url"),
    }
}

/// What it means that something else than a Kapacitor answered, or that it points elsewhere: to the same path without its double slashes.
fn on_the_way(answer: &Answer, kapacitor: &Kapacitor) -> Failure {
    let url = &kapacitor.url;
    match answer::of_the_way(answer, url) {
        Some(redirect) if answer.status.is_redirection() => redirect.coded(Code::HttpRedirect),
        Some(failure) => failure,
        None => {
            let doing = format!("what answers at {} is not a Kapacitor ({})", shown(url), answer.status.as_u16());
            Failure::new(FailureKind::InfluxProduct, doing).coded(Code::ProductNotKapacitor)
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use model::{Connection, Id};
    use reqwest::header::{HeaderMap, HeaderName};

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Answer {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect::<HeaderMap>(),
            body: Bytes::from_static(body.as_bytes()),
            truncated: false,
            retry_after: None,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn an_answer_that_refuses_says_what_is_wrong_and_where_to_look() {
        let url = Url::parse("http://alerts.example:9092").unwrap();
        let id = "0190f5e0-0000-7000-8000-000000000000".parse::<Id<Connection>>().unwrap();
        let nobody = Kapacitor::new(id, url);
        let ann = Kapacitor { username: Some("ann".to_owned()), ..nobody.clone() };
        let kapacitor: &[(&str, &str)] = &[("x-kapacitor-version", "1.5.3")];
        let moved: &[(&str, &str)] = &[("x-kapacitor-version", "1.5.3"), ("location", "http://alerts.example/kapacitor/v1/config")];
        let privilege = r#"{"error":"user ann does not have \"read\" privilege for API endpoint \"/kapacitor/v1/config\""}"#;
        for (asking, answer, about, code, setting) in [
            (&nobody, answer(401, kapacitor, "{}"), About::Identity, Code::LoginMissing, "username"),
            (&ann, answer(401, kapacitor, "{}"), About::Identity, Code::LoginWrong, "password"),
            (&ann, answer(403, kapacitor, privilege), About::Configuration, Code::ConfigForbidden, "username"),
            (&ann, answer(403, kapacitor, privilege), About::Work, Code::LoginForbidden, "username"),
            (
                &ann,
                answer(403, kapacitor, r#"{"error":"config override service is not enabled"}"#),
                About::Configuration,
                Code::ConfigDisabled,
                "url",
            ),
            (&ann, answer(500, kapacitor, "{}"), About::Work, Code::HttpServerError, "url"),
            (&ann, answer(404, kapacitor, "{}"), About::Work, Code::WriteFailed, "url"),
            (&ann, answer(301, moved, ""), About::Work, Code::HttpRedirect, "url"),
            (&ann, answer(502, &[], "<html>"), About::Work, Code::HttpServerError, "url"),
            (&ann, answer(404, &[], "404 page not found"), About::Work, Code::ProductNotKapacitor, "url"),
        ] {
            let (failure, at) = refused(&answer, asking, about);
            assert_eq!((failure.code(), at), (code, setting), "{}", failure.chain());
        }
    }
}
