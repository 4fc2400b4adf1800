//! The steps of a check of a Kapacitor: who answers, the login, the right to its configuration. Nothing is changed there.

use std::time::Duration;

use model::{
    Code, Failure, FailureKind, Kapacitor, SecretField,
    edges::{KapacitorAccess, Tell},
};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    check::{Ladder, reach},
    http::{Answer, Client, Http, Login, endpoint, shown},
    product::{ping_url, recognize},
    tls::TlsSettings,
};

/// Every answer of a Kapacitor carries it, refusals too.
const VERSION: &str = "x-kapacitor-version";

/// From this version on a Kapacitor can know its users; before, it takes any name and password.
const KNOWS_USERS: (u32, u32) = (1, 6);

/// Climbs from the URL to the right to read the configuration.
pub(crate) async fn check(http: &Http, access: &KapacitorAccess, tell: Tell<'_>) {
    let mut ladder = Ladder::new(tell);
    let ladder = &mut ladder;
    let kapacitor = &access.kapacitor;
    let limit = Duration::from_millis(u64::from(kapacitor.timeout_ms.max(1)));
    let tls = TlsSettings::of(&kapacitor.tls, kapacitor.insecure_skip_verify, access.secrets.get(&SecretField::ClientKey));
    // A login that cannot be sent is told where its turn comes.
    let (client, unsendable) = match http.client_for(&login(access), limit, &tls) {
        Ok(client) => (client, None),
        Err(failure) => match http.client_for(&Login::None, limit, &tls) {
            Ok(client) => (client, Some(failure)),
            Err(_) => return ladder.failed("authentication", &failure, "password", None),
        },
    };
    let client = ladder.hurried(client);
    let ping = endpoint(&kapacitor.url, "/kapacitor/v1/ping", &[]);
    let Some(answer) = reach(ladder, &client, &kapacitor.url, ping.clone(), limit).await else { return };
    let Some(version) = product(ladder, &client, kapacitor, &answer).await else { return };
    if let Some(failure) = unsendable {
        return ladder.failed("authentication", &failure, "password", None);
    }
    if authenticated(ladder, &client, kapacitor, &answer, ping, &version).await {
        configuration(ladder, &client, kapacitor).await;
    }
}

fn login(access: &KapacitorAccess) -> Login {
    let password = access.secrets.get(&SecretField::Password).cloned().unwrap_or_else(|| SecretString::from(""));
    match user(&access.kapacitor) {
        Some(user) => Login::Basic(user.to_owned(), password),
        // What Kapacitor says to a password without a user is what helps then.
        None if !password.expose_secret().is_empty() => Login::Basic(String::new(), password),
        None => Login::None,
    }
}

fn user(kapacitor: &Kapacitor) -> Option<&str> {
    kapacitor.username.as_deref().filter(|user| !user.is_empty())
}

/// Whether a Kapacitor answers, and at this path: its version; `None` when the step failed and was told.
async fn product(ladder: &mut Ladder<'_>, client: &Client, kapacitor: &Kapacitor, answer: &Answer) -> Option<String> {
    let place = shown(&kapacitor.url);
    let foreign = |code, what: String| Failure::new(FailureKind::InfluxProduct, what).coded(code);
    let Some(version) = answer.header(VERSION).map(|version| version.trim_start_matches('v').to_owned()) else {
        let server = influx(client, &kapacitor.url).await;
        let failure = match server {
            Some(server) => foreign(Code::ProductInflux, format!("{server} answers at {place}, not a Kapacitor")),
            None => {
                let status = answer.status.as_u16();
                foreign(Code::ProductNotKapacitor, format!("what answers at {place} is not a Kapacitor ({status} to /kapacitor/v1/ping)"))
            }
        };
        ladder.failed("product", &failure, "url", None);
        return None;
    };
    if answer.status == StatusCode::NOT_FOUND {
        let failure = foreign(Code::ProductNotKapacitor, format!("a Kapacitor {version} answers at {place}, but not at this path"));
        let advice = "give the address without `/kapacitor/v1`, with the sub-path of a reverse proxy if there is one".to_owned();
        ladder.failed("product", &failure, "url", Some(advice));
        return None;
    }
    let facts = [("product", "Kapacitor".to_owned()), ("version", version.clone())];
    ladder.passed_with("product", format!("Kapacitor, version {version}"), &facts);
    Some(version)
}

/// The InfluxDB that answers there, in words.
async fn influx(client: &Client, url: &Url) -> Option<String> {
    // The login is meant for a Kapacitor.
    let answer = client.clone().without_login().get(ping_url(url)).await.ok()?;
    recognize(&answer, url).ok().map(|server| server.describe())
}

/// Whether the login is taken. Kapacitor asks for it at `/ping` already.
async fn authenticated(ladder: &mut Ladder<'_>, client: &Client, kapacitor: &Kapacitor, answer: &Answer, ping: Url, version: &str) -> bool {
    if !answer.status.is_success() {
        refused(ladder, "authentication", answer, kapacitor);
        return false;
    }
    let Some(user) = user(kapacitor) else {
        ladder.passed("authentication", "no login given, none asked for");
        return true;
    };
    if !knows_users(version) {
        let detail = format!("Kapacitor {version} takes any password: nothing says that those of {user} are right");
        ladder.warned_of("authentication", Code::LoginUnverified, detail, None);
    } else if client.clone().without_login().get(ping).await.is_ok_and(|answer| answer.status.is_success()) {
        let detail = format!("the server asks for no login: nothing says that {user} and its password are right");
        ladder.warned_of("authentication", Code::LoginUnused, detail, None);
    } else {
        ladder.passed("authentication", format!("logged in as {user}"));
    }
    true
}

/// Whether a Kapacitor of this version can know its users. One whose version is no number is believed to.
fn knows_users(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= KNOWS_USERS,
        _ => true,
    }
}

/// Whether alert endpoints can be kept from here.
async fn configuration(ladder: &mut Ladder<'_>, client: &Client, kapacitor: &Kapacitor) {
    let url = endpoint(&kapacitor.url, "/kapacitor/v1/config", &[]);
    let answer = match client.get(url).await {
        Ok(answer) => answer,
        Err(failure) => return ladder.failed("configuration", &failure, "url", None),
    };
    match answer.status {
        StatusCode::OK => ladder.passed("configuration", "alert endpoints can be kept from here"),
        StatusCode::FORBIDDEN if answer.message().contains("override service is not enabled") => {
            let detail = "connected; its configuration cannot be changed from outside, so alert endpoints cannot be kept from here";
            ladder.warned_of("configuration", Code::ConfigDisabled, detail, None);
        }
        _ => refused(ladder, "configuration", &answer, kapacitor),
    }
}

/// Tells an answer that refuses, by what it says.
fn refused(ladder: &mut Ladder<'_>, step: &str, answer: &Answer, kapacitor: &Kapacitor) {
    let said = answer.message();
    let what = if step == "configuration" { "its configuration" } else { "who it is" };
    let doing = format!("asking {} {what}: {} {said}", shown(&kapacitor.url), answer.status.as_u16());
    let login = |kind, code| Failure::new(kind, doing.clone()).coded(code);
    match answer.status {
        StatusCode::UNAUTHORIZED if user(kapacitor).is_none() => {
            ladder.failed(step, &login(FailureKind::InfluxAuthentication, Code::LoginMissing), "username", None);
        }
        StatusCode::UNAUTHORIZED => {
            ladder.failed(step, &login(FailureKind::InfluxAuthentication, Code::LoginWrong), "password", None);
        }
        StatusCode::FORBIDDEN if step == "configuration" => {
            ladder.failed(step, &login(FailureKind::InfluxForbidden, Code::ConfigForbidden), "username", None);
        }
        StatusCode::FORBIDDEN => ladder.failed(step, &login(FailureKind::InfluxForbidden, Code::LoginForbidden), "username", None),
        status if status.is_server_error() => {
            ladder.failed(step, &Failure::new(FailureKind::InfluxFailed, doing).coded(Code::HttpServerError), "url", None);
        }
        _ => ladder.failed(step, &Failure::new(FailureKind::InfluxUnexpected, doing).coded(Code::WriteFailed), "url", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_known_from_1_6_on() {
        for (version, knows) in
            [("1.5.3", false), ("1.5.9", false), ("1.6.0", true), ("1.10.2", true), ("2.0.0", true), ("0.13.1", false), ("unknown", true)]
        {
            assert_eq!(knows_users(version), knows, "{version}");
        }
    }
}
