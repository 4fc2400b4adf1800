//! The steps that InfluxDB 2.x and the clouds have in common: the token, the organization and bucket, the right to write.

use model::{Code, FailureKind};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::{cloud_write_url, write_url};
use crate::{
    answer,
    check::{Ladder, choices},
    http::{Answer, Client, Request, endpoint, shown},
};

/// Where lines are to go.
pub(crate) enum Place<'a> {
    /// A bucket of an organization.
    Bucket { organization: &'a str, bucket: &'a str },
    /// A database; the token tells whose.
    Database(&'a str),
}

impl Place<'_> {
    fn describe(&self) -> String {
        match self {
            Self::Bucket { organization, bucket } => format!("bucket {bucket} of organization {organization}"),
            Self::Database(database) => format!("database {database}"),
        }
    }

    fn write_url(&self, base: &Url) -> Url {
        match self {
            Self::Bucket { organization, bucket } => write_url(base, organization, bucket),
            Self::Database(database) => cloud_write_url(base, database),
        }
    }
}

/// Climbs from the token to the right to write by one write without lines: the server looks up the token, the organization, the bucket and
/// the permission in that order, and works so for tokens that may only write. Lists are asked for only to say what there is instead.
pub(crate) async fn check(ladder: &mut Ladder<'_>, client: &Client, url: &Url, place: &Place<'_>, has_token: bool) {
    let probe = place.write_url(url);
    let answer = match client.send(Request::new(Method::POST, probe.clone())).await {
        Ok(answer) => answer,
        Err(failure) => return ladder.failed("authentication", &failure, "url", None),
    };
    let failure = answer::of_the_trial(&answer, &format!("trying to write to {}", shown(&probe)));
    if answer.status == StatusCode::NO_CONTENT || wants_points(&answer) {
        ladder.passed("authentication", "the token is known");
        ladder.passed("database", place.describe());
        return ladder.passed("write", "the token may write there");
    }
    match failure.kind {
        FailureKind::InfluxAuthentication => {
            let code = if has_token { Code::LoginWrong } else { Code::LoginMissing };
            ladder.failed("authentication", &failure.coded(code), "token", None);
        }
        FailureKind::InfluxForbidden if answer.message().contains("inactive") => {
            ladder.failed("authentication", &failure.coded(Code::LoginForbidden), "token", None);
        }
        FailureKind::InfluxForbidden => {
            ladder.passed("authentication", "the token is known");
            let advice = Some(format!("give the token the right to write to {}", place.describe()));
            if is_hidden(client, url, place).await {
                return ladder.failed("database", &failure.coded(Code::DatabaseForbidden), "token", advice);
            }
            ladder.passed("database", place.describe());
            ladder.failed("write", &failure.coded(Code::WriteForbidden), "token", advice);
        }
        FailureKind::InfluxMissing => {
            ladder.passed("authentication", "the token is known");
            let (code, field, advice) = missing(client, url, place, &answer).await;
            ladder.failed("database", &failure.coded(code), field, Some(advice));
        }
        _ => {
            // The server may have given up before it looked.
            ladder.passed("authentication", "the token was not refused");
            ladder.passed("database", format!("{} was not found missing", place.describe()));
            ladder.failed("write", &failure, "url", None);
        }
    }
}

/// 2.0 and some clouds call an empty write an error after everything before was found good.
fn wants_points(answer: &Answer) -> bool {
    let message = answer.message();
    answer.status == StatusCode::BAD_REQUEST && ["requires points", "missing points", "empty"].iter().any(|words| message.contains(words))
}

/// Whether the token may not even see the bucket: it is absent from a list that the token may ask for.
async fn is_hidden(client: &Client, url: &Url, place: &Place<'_>) -> bool {
    match place {
        Place::Bucket { organization, bucket } => {
            let listed = list(client, url, "/api/v2/buckets", &[("org", organization), ("limit", "100")], "buckets").await;
            // A list that goes on elsewhere proves nothing.
            listed.is_some_and(|listed| listed.len() < 100 && !listed.iter().any(|one| one.is(bucket)))
        }
        // Where the list is, and whom it is shown to, differs between the clouds.
        Place::Database(_) => false,
    }
}

/// What is missing, by the words of the answer: the code, the form field and what there is instead.
async fn missing(client: &Client, url: &Url, place: &Place<'_>, answer: &Answer) -> (Code, &'static str, String) {
    match place {
        Place::Bucket { organization, .. } if answer.message().starts_with("organization") => {
            let there = names(list(client, url, "/api/v2/orgs", &[], "orgs").await);
            let advice = format!("correct the organization's name or id: the server has no {organization}");
            (Code::OrganizationMissing, "organization", choices(advice, &there))
        }
        Place::Bucket { organization, bucket } => {
            let there = names(list(client, url, "/api/v2/buckets", &[("org", organization), ("limit", "100")], "buckets").await);
            let advice = format!("create bucket {bucket} on the server or correct its name");
            (Code::BucketMissing, "bucket", choices(advice, &there))
        }
        Place::Database(database) => {
            let there = names(list(client, url, "/api/v2/buckets", &[("limit", "100")], "buckets").await);
            let advice = format!("create database {database} in its cloud's or cluster's own administration, or correct its name");
            (Code::DatabaseMissing, "database", choices(advice, &there))
        }
    }
}

/// An organization or bucket in a list.
struct Entry {
    id: String,
    name: String,
}

impl Entry {
    fn is(&self, wanted: &str) -> bool {
        self.name == wanted || self.id == wanted
    }
}

/// The entries of a list of the control API; `None` when the token may not ask for it.
async fn list(client: &Client, url: &Url, path: &str, query: &[(&str, &str)], member: &str) -> Option<Vec<Entry>> {
    let answer = client.get(endpoint(url, path, query)).await.ok().filter(|answer| answer.status == StatusCode::OK)?;
    let body = answer.json::<Value>()?;
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let entries = body.get(member)?.as_array()?;
    Some(entries.iter().map(|entry| Entry { id: text(entry, "id"), name: text(entry, "name") }).collect())
}

fn names(entries: Option<Vec<Entry>>) -> Vec<String> {
    entries.into_iter().flatten().map(|entry| entry.name).collect()
}
