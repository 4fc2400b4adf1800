//! How an InfluxDB 1.x answers a write.

use async_trait::async_trait;
use model::{Failure, FailureKind};
use reqwest::StatusCode;
use url::Url;

use crate::{
    http::{Answer, Client, endpoint, shown},
    refused,
    segment::Segment,
    writer::{Dialect, Reply, refusal},
};

/// `/write` in nanoseconds. The retention policy is left to the server when it is blank.
pub(crate) fn write_url(base: &Url, database: &str, retention_policy: Option<&str>) -> Url {
    let mut query = vec![("db", database), ("precision", "n")];
    if let Some(policy) = retention_policy.map(str::trim).filter(|policy| !policy.is_empty()) {
        query.insert(1, ("rp", policy));
    }
    endpoint(base, "/write", &query)
}

/// 400 answers that are about the request, not about its lines.
const ABOUT_THE_REQUEST: [&str; 4] = ["database is required", "invalid precision", "invalid consistency level", "EOF"];

/// The answers of InfluxDB 1.x.
pub(crate) struct Lines {
    /// Where the lines go.
    pub(crate) url: Url,
}

#[async_trait]
impl Dialect for Lines {
    async fn ready(&self, _: &Client) -> Result<(), Failure> {
        Ok(())
    }

    /// `max-body-size` as shipped.
    fn largest_body(&self) -> usize {
        25_000_000
    }

    fn read(&self, answer: &Answer, sent: &Segment) -> Result<Reply, Failure> {
        match answer.status {
            // A Kapacitor takes lines for any database and says so; they would never be seen in an InfluxDB.
            StatusCode::NO_CONTENT if answer.header("x-kapacitor-version").is_none() => Ok(Reply::Accepted),
            StatusCode::PAYLOAD_TOO_LARGE => Ok(Reply::TooLarge),
            StatusCode::BAD_REQUEST => {
                let Some((text, cut)) = refused::error_text(answer, "error") else { return Err(refusal(answer, &self.url)) };
                if refused::is_limit(&text) {
                    return Err(Failure::new(FailureKind::InfluxLimit, format!("writing to {}: {}", shown(&self.url), answer.message())));
                }
                if ABOUT_THE_REQUEST.iter().any(|words| text.starts_with(words)) {
                    return Err(refusal(answer, &self.url));
                }
                Ok(Reply::Refused(refused::read(&text, sent, cut, true)))
            }
            _ => Err(refusal(answer, &self.url)),
        }
    }
}
