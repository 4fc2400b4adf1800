//! The steps that only InfluxDB 3 has: the token, the database, the right to write.

use model::{Failure, FailureKind};
use reqwest::{Method, StatusCode};
use url::Url;

use super::{
    databases::{Presence, presence},
    write_url,
};
use crate::{
    answer,
    check::Ladder,
    http::{Client, Request, shown},
};

/// Climbs from the token to the right to write. A database that is not there is never written to, not even without lines.
pub(crate) async fn check(ladder: &mut Ladder<'_>, client: &Client, url: &Url, database: &str) {
    let presence = match presence(client, url, database).await {
        Ok(presence) => presence,
        Err(failure) if failure.kind == FailureKind::InfluxForbidden => {
            ladder.passed("authentication", "the token is known");
            return ladder.failed("database", &failure, "token", Some(format!("give the token the right to use database {database}")));
        }
        Err(failure) => return ladder.failed("authentication", &failure, "token", None),
    };
    ladder.passed("authentication", "the token is known");
    if let Presence::Missing(names) = presence {
        let failure = Failure::new(FailureKind::InfluxMissing, format!("the server has no database {database}"));
        let others: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != "_internal").take(10).collect();
        let advice = if others.is_empty() {
            format!("create it on the server: influxdb3 create database {database}")
        } else {
            format!("create it on the server (influxdb3 create database {database}) or choose one of: {}", others.join(", "))
        };
        return ladder.failed("database", &failure, "database", Some(advice));
    }
    ladder.passed("database", format!("database {database} exists"));

    let probe = write_url(url, database);
    let answer = match client.send(Request::new(Method::POST, probe.clone())).await {
        Ok(answer) => answer,
        Err(failure) => return ladder.failed("write", &failure, "url", None),
    };
    // "incoming write was empty" comes after everything else was found good.
    let good = answer.status == StatusCode::NO_CONTENT || (answer.status == StatusCode::BAD_REQUEST && answer.message().contains("empty"));
    if good {
        return ladder.passed("write", "the token may write there");
    }
    let failure = answer::failure(&answer, &format!("trying to write to {}", shown(&probe)));
    ladder.failed("write", &failure, "token", None);
}
