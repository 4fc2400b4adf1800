//! The steps that only InfluxDB 1.x has: the login, the database and its retention policy, the right to write.

use model::{Code, Failure, FailureKind};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::{
    manage::{ask, quoted},
    write_url,
};
use crate::{
    answer,
    check::{Ladder, choices},
    http::{Answer, Client, Request, shown},
};

/// What a connection asks of an InfluxDB 1.x.
pub(crate) struct Wanted<'a> {
    pub(crate) url: &'a Url,
    pub(crate) database: &'a str,
    /// As it is sent: never blank.
    pub(crate) policy: &'a str,
    /// Whether the policy was left blank.
    pub(crate) is_policy_blank: bool,
    pub(crate) login: Given<'a>,
}

/// What a connection logs in with.
#[derive(Clone, Copy)]
pub(crate) enum Given<'a> {
    Nothing,
    /// This user, with a password, which may be empty.
    Password(&'a str),
    /// This user, with a token that is signed with the shared secret.
    SharedSecret(&'a str),
}

/// What `SHOW DATABASES` tells.
enum Listed {
    /// The databases that the login may see.
    Names(Vec<String>),
    /// Questions cannot be asked here: a relay takes lines only, and a proxy may let nothing else through.
    Unanswered,
}

/// Climbs from the login to the right to write, by `SHOW DATABASES` and a write without lines.
pub(crate) async fn check(ladder: &mut Ladder<'_>, client: &Client, wanted: &Wanted<'_>) {
    let listed = match list(client, wanted.url).await {
        Ok(listed) => listed,
        Err(failure) => return refused(ladder, "authentication", failure, wanted),
    };
    match &listed {
        Listed::Names(_) => match wanted.login.user() {
            None => ladder.passed("authentication", "no login given, none asked for"),
            // The same question without the login shows whether the answer depended on it.
            Some(user) if list(&client.clone().without_login(), wanted.url).await.is_ok() => {
                let detail = format!("the server asks for no login: nothing says that {user} and its secret are right");
                ladder.warned_of("authentication", Code::LoginUnused, detail, None);
            }
            Some(user) => ladder.passed("authentication", format!("logged in as {user}")),
        },
        Listed::Unanswered => {}
    }

    let probe = write_url(wanted.url, wanted.database, Some(wanted.policy));
    let answer = match client.send(Request::new(Method::POST, probe.clone())).await {
        Ok(answer) => answer,
        Err(failure) => return ladder.failed("write", &failure, "url", None),
    };
    let failure = answer::of_the_trial(&answer, &format!("trying to write to {}", shown(&probe)));
    if let Listed::Unanswered = listed {
        if failure.kind == FailureKind::InfluxAuthentication && answer.status == StatusCode::UNAUTHORIZED {
            return refused(ladder, "authentication", failure, wanted);
        }
        ladder.passed("authentication", "the trial to write was not refused; other questions cannot be asked here");
    }
    tell_trial(ladder, client, wanted, &listed, &answer, failure).await;
}

/// What the answer to the write without lines says of the database, the policy and the right to write.
async fn tell_trial(ladder: &mut Ladder<'_>, client: &Client, wanted: &Wanted<'_>, listed: &Listed, answer: &Answer, failure: Failure) {
    let Wanted { database, policy, .. } = wanted;
    let names = match listed {
        Listed::Names(names) => names.as_slice(),
        Listed::Unanswered => &[],
    };
    match (failure.kind, answer.status) {
        _ if answer.status == StatusCode::NO_CONTENT => {
            let facts = [("database", (*database).to_owned()), ("retention_policy", (*policy).to_owned())];
            ladder.passed_with("database", format!("database {database}, retention policy {policy}"), &facts);
            ladder.passed("write", "the server takes lines from this login");
        }
        (FailureKind::InfluxMissing, StatusCode::INTERNAL_SERVER_ERROR) => {
            let there = policies(client, wanted.url, database).await;
            let failure = failure.coded(Code::RetentionPolicyMissing);
            ladder.failed("database", &failure, "retention_policy", Some(no_policy(wanted, &there)));
        }
        (FailureKind::InfluxMissing, _) => {
            let make = format!("create it on the server: CREATE DATABASE {}", quoted(database));
            ladder.failed("database", &failure.coded(Code::DatabaseMissing), "database", Some(choices(make, names)));
        }
        (FailureKind::InfluxForbidden, _) => {
            let user = wanted.login.user().map_or_else(|| "the user".to_owned(), quoted);
            let grant = Some(format!("on the server: GRANT WRITE ON {} TO {user}", quoted(database)));
            // The list shows a login what it has some right to.
            if matches!(listed, Listed::Names(_)) && !names.iter().any(|name| name == database) {
                return ladder.failed("database", &failure.coded(Code::DatabaseForbidden), "username", grant);
            }
            ladder.passed("database", format!("database {database} exists"));
            ladder.failed("write", &failure.coded(Code::WriteForbidden), "username", grant);
        }
        (FailureKind::InfluxAuthentication, _) => refused(ladder, "write", failure, wanted),
        _ => {
            let known = if names.iter().any(|name| name == database) { "exists" } else { "was not found missing" };
            ladder.passed("database", format!("database {database} {known}"));
            ladder.failed("write", &failure, "url", None);
        }
    }
}

/// Tells a question that was refused, by what it says of the login.
fn refused(ladder: &mut Ladder<'_>, step: &str, failure: Failure, wanted: &Wanted<'_>) {
    let said = failure.chain();
    let (code, field, advice) = match (failure.kind, wanted.login) {
        // Until there is one, no login is read and no line is taken.
        (FailureKind::InfluxForbidden, _) if said.contains("create admin user first") => (Code::LoginNoAdministrator, "username", None),
        (FailureKind::InfluxForbidden, _) => (Code::LoginForbidden, "username", None),
        (FailureKind::InfluxAuthentication, Given::Nothing) => (Code::LoginMissing, "username", None),
        (FailureKind::InfluxAuthentication, Given::Password(_)) => (Code::LoginWrong, "password", None),
        (FailureKind::InfluxAuthentication, Given::SharedSecret(user)) if said.contains("user not found") => {
            (Code::LoginWrong, "username", Some(format!("the server has no user {user}: create it, or correct the name")))
        }
        (FailureKind::InfluxAuthentication, Given::SharedSecret(_)) if said.contains("expired") => {
            let advice = "set the clocks of both machines right: the token that is sent is valid for a minute".to_owned();
            (Code::LoginSharedSecret, "shared_secret", Some(advice))
        }
        (FailureKind::InfluxAuthentication, Given::SharedSecret(_)) => (Code::LoginSharedSecret, "shared_secret", None),
        _ => return ladder.failed(step, &failure, "url", None),
    };
    ladder.failed(step, &failure.coded(code), field, advice);
}

impl<'a> Given<'a> {
    const fn user(self) -> Option<&'a str> {
        match self {
            Self::Nothing => None,
            Self::Password(user) | Self::SharedSecret(user) => Some(user),
        }
    }
}

async fn list(client: &Client, url: &Url) -> Result<Listed, Failure> {
    match ask(client, url, "SHOW DATABASES").await {
        Ok(results) => Ok(Listed::Names(names(&results))),
        Err(failure) if matches!(failure.kind, FailureKind::InfluxMissing | FailureKind::InfluxProduct) => Ok(Listed::Unanswered),
        Err(failure) => Err(failure),
    }
}

/// The retention policies of a database, as far as the login may list them.
async fn policies(client: &Client, url: &Url, database: &str) -> Vec<String> {
    let results = ask(client, url, &format!("SHOW RETENTION POLICIES ON {}", quoted(database))).await;
    results.map(|results| names(&results)).unwrap_or_default()
}

/// The first column of the first series of the first result.
fn names(results: &[Value]) -> Vec<String> {
    let values = results.first().and_then(|result| result.pointer("/series/0/values")).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(|row| row.get(0)?.as_str().map(str::to_owned)).collect()
}

fn no_policy(wanted: &Wanted<'_>, there: &[String]) -> String {
    let make = if wanted.is_policy_blank {
        format!("a blank retention policy means {}, which this database does not have: name another", wanted.policy)
    } else {
        "create the retention policy on the server or correct its name".to_owned()
    };
    choices(make, there)
}
