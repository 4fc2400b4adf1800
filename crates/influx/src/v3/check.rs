//! The steps that only InfluxDB 3 Core and Enterprise have: the token, the database, the right to write.

use model::{Code, Failure, FailureKind};
use reqwest::{Method, StatusCode};
use url::Url;

use super::{
    databases::{Presence, lists_for_anyone, presence},
    write_url,
};
use crate::{
    answer,
    check::{Ladder, choices},
    http::{Client, Request, shown},
};

/// Climbs from the token to the right to write. A database that is not there is never written to, not even without lines.
pub(crate) async fn check(ladder: &mut Ladder<'_>, client: &Client, url: &Url, database: &str, has_token: bool) {
    let presence = match presence(client, url, database).await {
        Ok(presence) => presence,
        Err(failure) if failure.kind == FailureKind::InfluxForbidden => {
            ladder.passed("authentication", "the token is known");
            let advice = format!(
                "give the token the right to read database {database} too: without it nobody can tell whether the database exists, and \
                 writing would create it"
            );
            return ladder.failed("database", &failure.coded(Code::DatabaseForbidden), "token", Some(advice));
        }
        Err(failure) => return refused(ladder, "authentication", failure, has_token),
    };
    if has_token && lists_for_anyone(client, url).await {
        let detail = "the server asks for no token: nothing says that the one given is right";
        ladder.warned_of("authentication", Code::LoginUnused, detail, None);
    } else {
        ladder.passed("authentication", if has_token { "the token is known" } else { "no token given, none asked for" });
    }
    if let Presence::Missing(names) = presence {
        let failure = Failure::new(FailureKind::InfluxMissing, format!("the server has no database {database}"));
        let make = format!("create it on the server: influxdb3 create database {database}");
        return ladder.failed("database", &failure.coded(Code::DatabaseMissing), "database", Some(choices(make, &names)));
    }
    ladder.passed_with("database", format!("database {database} exists"), &[("database", database.to_owned())]);

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
    let failure = answer::of_the_trial(&answer, &format!("trying to write to {}", shown(&probe)));
    if failure.kind == FailureKind::InfluxForbidden {
        let advice = format!("give the token the right to write to database {database}");
        return ladder.failed("write", &failure.coded(Code::WriteForbidden), "token", Some(advice));
    }
    refused(ladder, "write", failure, has_token);
}

/// Tells a question that was refused, by what it says of the token.
fn refused(ladder: &mut Ladder<'_>, step: &str, failure: Failure, has_token: bool) {
    if failure.kind != FailureKind::InfluxAuthentication {
        return ladder.failed(step, &failure, "url", None);
    }
    let code = if has_token { Code::LoginWrong } else { Code::LoginMissing };
    ladder.failed(step, &failure.coded(code), "token", None);
}
