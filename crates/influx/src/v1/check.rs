//! The steps that only InfluxDB 1.x has: the login, the database and retention policy, the right to write.

use model::{Failure, FailureKind};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::{query, write_url};
use crate::{
    answer,
    check::Ladder,
    http::{Client, Request, shown},
};

/// What `SHOW DATABASES` tells.
enum Listed {
    /// The databases that the login may see.
    Names(Vec<String>),
    /// The server asks for logins but has no administrator yet: it takes any.
    NoAdministrator,
}

/// Climbs from the login to the right to write, by `SHOW DATABASES` and a write without lines. `user` tells whether a login is given.
pub(crate) async fn check(ladder: &mut Ladder<'_>, client: &Client, url: &Url, database: &str, policy: Option<&str>, user: Option<&str>) {
    let listed = match list(client, url).await {
        Ok(listed) => listed,
        Err(failure) => {
            let advice = (failure.kind == FailureKind::InfluxAuthentication && user.is_none())
                .then(|| "the server asks for a login: give a username and a password".to_owned());
            let field = if user.is_none() { "username" } else { "password" };
            return ladder.failed("authentication", &failure, field, advice);
        }
    };
    let names = match listed {
        Listed::Names(names) => {
            ladder
                .passed("authentication", user.map_or("no login given, none asked for".to_owned(), |user| format!("logged in as {user}")));
            names
        }
        Listed::NoAdministrator => {
            ladder.warned(
                "authentication",
                "the server asks for logins but has no administrator yet: until then it takes any login",
                "create one on the server: CREATE USER admin WITH PASSWORD '…' WITH ALL PRIVILEGES",
            );
            Vec::new()
        }
    };

    let probe = write_url(url, database, policy);
    let answer = match client.send(Request::new(Method::POST, probe.clone())).await {
        Ok(answer) => answer,
        Err(failure) => return ladder.failed("write", &failure, "url", None),
    };
    let policy_name = policy.filter(|policy| !policy.is_empty()).unwrap_or("the default one");
    if answer.status == StatusCode::NO_CONTENT {
        ladder.passed("database", format!("database {database}, retention policy: {policy_name}"));
        ladder.passed("write", "the server takes lines from this login");
        return;
    }
    let failure = answer::failure(&answer, &format!("trying to write to {}", shown(&probe)));
    match (failure.kind, answer.status) {
        (FailureKind::InfluxMissing, StatusCode::INTERNAL_SERVER_ERROR) => {
            let advice = "create the retention policy, correct its name, or leave it blank for the database's default".to_owned();
            ladder.failed("database", &failure, "retention_policy", Some(advice));
        }
        (FailureKind::InfluxMissing, _) => ladder.failed("database", &failure, "database", Some(missing(database, &names))),
        (FailureKind::InfluxForbidden, _) => {
            ladder.passed("database", format!("database {database} exists"));
            ladder.failed("write", &failure, "username", Some(format!("on the server: GRANT WRITE ON \"{database}\" TO the user")));
        }
        (FailureKind::InfluxAuthentication, _) => ladder.failed("write", &failure, "password", None),
        _ => ladder.failed("write", &failure, "database", None),
    }
}

async fn list(client: &Client, url: &Url) -> Result<Listed, Failure> {
    match query(client, url, None, "SHOW DATABASES").await {
        Ok(results) => Ok(Listed::Names(names(&results))),
        Err(failure) if failure.chain().contains("create admin user first") => Ok(Listed::NoAdministrator),
        Err(failure) => Err(failure),
    }
}

/// The first column of the first series of the first result.
fn names(results: &[Value]) -> Vec<String> {
    let values = results.first().and_then(|result| result.pointer("/series/0/values")).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(|row| row.get(0)?.as_str().map(str::to_owned)).collect()
}

fn missing(database: &str, names: &[String]) -> String {
    let others: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != "_internal").take(10).collect();
    if others.is_empty() {
        format!("create it on the server: CREATE DATABASE \"{database}\"")
    } else {
        format!("create it on the server (CREATE DATABASE \"{database}\") or choose one of: {}", others.join(", "))
    }
}
