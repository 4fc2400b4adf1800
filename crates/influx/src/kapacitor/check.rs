//! The steps of a check of a Kapacitor: who answers, the login, the right to its configuration. Nothing is changed there.

use model::{
    Code, Failure, FailureKind, Kapacitor,
    edges::{KapacitorAccess, Tell},
};
use reqwest::StatusCode;
use url::Url;

use super::client::{About, configuration_url, limit, login, ping_url, refused, tls, user, version};
use crate::{
    check::{Ladder, reach},
    http::{Answer, Client, Http, Login, shown},
    product::{self, recognize},
};

/// From this version on a Kapacitor can know its users; before, it takes any name and password.
const KNOWS_USERS: (u32, u32) = (1, 6);

/// Climbs from the URL to the right to read the configuration.
pub(crate) async fn check(http: &Http, access: &KapacitorAccess, tell: Tell<'_>) {
    let mut ladder = Ladder::new(tell);
    let ladder = &mut ladder;
    let kapacitor = &access.kapacitor;
    let (limit, tls) = (limit(kapacitor), tls(access));
    // A login that cannot be sent is told where its turn comes.
    let (client, unsendable) = match http.client_for(&login(access), limit, &tls) {
        Ok(client) => (client, None),
        Err(failure) => match http.client_for(&Login::None, limit, &tls) {
            Ok(client) => (client, Some(failure)),
            Err(_) => return ladder.failed("authentication", &failure, "password", None),
        },
    };
    let client = ladder.hurried(client);
    let ping = ping_url(kapacitor);
    let Some(answer) = reach(ladder, &client, &kapacitor.url, ping.clone(), limit).await else { return };
    let Some(version) = product(ladder, &client, kapacitor, &answer).await else { return };
    if let Some(failure) = unsendable {
        return ladder.failed("authentication", &failure, "password", None);
    }
    if authenticated(ladder, &client, kapacitor, &answer, ping, &version).await {
        configuration(ladder, &client, kapacitor).await;
    }
}

/// Whether a Kapacitor answers, and at this path: its version; `None` when the step failed and was told.
async fn product(ladder: &mut Ladder<'_>, client: &Client, kapacitor: &Kapacitor, answer: &Answer) -> Option<String> {
    let place = shown(&kapacitor.url);
    let foreign = |code, what: String| Failure::new(FailureKind::InfluxProduct, what).coded(code);
    let Some(version) = version(answer).map(str::to_owned) else {
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
    let answer = client.clone().without_login().get(product::ping_url(url)).await.ok()?;
    recognize(&answer, url).ok().map(|server| server.describe())
}

/// Whether the login is taken. Kapacitor asks for it at `/ping` already.
async fn authenticated(ladder: &mut Ladder<'_>, client: &Client, kapacitor: &Kapacitor, answer: &Answer, ping: Url, version: &str) -> bool {
    if !answer.status.is_success() {
        let (failure, field) = refused(answer, kapacitor, About::Identity);
        ladder.failed("authentication", &failure, field, None);
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
    let answer = match client.get(configuration_url(kapacitor)).await {
        Ok(answer) => answer,
        Err(failure) => return ladder.failed("configuration", &failure, "url", None),
    };
    if answer.status == StatusCode::OK {
        return ladder.passed("configuration", "alert endpoints can be kept from here");
    }
    let (failure, field) = refused(&answer, kapacitor, About::Configuration);
    if failure.code() == Code::ConfigDisabled {
        let detail = "connected; its configuration cannot be changed from outside, so alert endpoints cannot be kept from here";
        return ladder.warned_of("configuration", Code::ConfigDisabled, detail, None);
    }
    ladder.failed("configuration", &failure, field, None);
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
