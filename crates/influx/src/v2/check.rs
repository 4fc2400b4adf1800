//! The steps that only InfluxDB 2.x and Cloud have: the token, the organization and bucket, the right to write.

use model::FailureKind;
use reqwest::{Method, StatusCode};
use url::Url;

use super::write_url;
use crate::{
    answer,
    check::Ladder,
    http::{Answer, Client, Request, shown},
};

/// Climbs from the token to the right to write by one write without lines: the server looks up the token, the organization, the bucket and
/// the permission in that order, and works so for tokens that may only write.
pub(crate) async fn check(ladder: &mut Ladder<'_>, client: &Client, url: &Url, organization: &str, bucket: &str) {
    let probe = write_url(url, organization, bucket);
    let answer = match client.send(Request::new(Method::POST, probe.clone())).await {
        Ok(answer) => answer,
        Err(failure) => return ladder.failed("authentication", &failure, "url", None),
    };
    let place = format!("bucket {bucket} of organization {organization}");
    if answer.status == StatusCode::NO_CONTENT || wants_points(&answer) {
        ladder.passed("authentication", "the token is known");
        ladder.passed("database", place);
        ladder.passed("write", "the token may write there");
        return;
    }
    let failure = answer::failure(&answer, &format!("trying to write to {}", shown(&probe)));
    match failure.kind {
        FailureKind::InfluxAuthentication => ladder.failed("authentication", &failure, "token", None),
        FailureKind::InfluxForbidden => {
            ladder.passed("authentication", "the token is known");
            ladder.passed("database", place);
            ladder.failed("write", &failure, "token", Some(format!("give the token the right to write to bucket {bucket}")));
        }
        FailureKind::InfluxMissing => {
            ladder.passed("authentication", "the token is known");
            let (field, advice) = if failure.chain().contains("organization") {
                ("organization", format!("correct the organization's name or id: the server has no `{organization}`"))
            } else {
                ("bucket", format!("create the bucket on the server or correct its name: it has no `{bucket}`"))
            };
            ladder.failed("database", &failure, field, Some(advice));
        }
        _ => ladder.failed("write", &failure, "bucket", None),
    }
}

/// 2.0 and some clouds call an empty write an error after everything before was found good.
fn wants_points(answer: &Answer) -> bool {
    let message = answer.message();
    answer.status == StatusCode::BAD_REQUEST && ["requires points", "missing points", "empty"].iter().any(|words| message.contains(words))
}
