//! How an InfluxDB 2.x, or a cloud that speaks its API, answers a write.

use async_trait::async_trait;
use model::{Code, Failure, Target};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::{
    http::{Answer, Client, endpoint},
    product, refused,
    segment::Segment,
    writer::{Dialect, Refused, Reply, refusal},
};

/// `/api/v2/write` in nanoseconds.
pub(crate) fn write_url(base: &Url, organization: &str, bucket: &str) -> Url {
    endpoint(base, "/api/v2/write", &[("org", organization), ("bucket", bucket), ("precision", "ns")])
}

/// 400 answers that are about the request, not about its lines.
const ABOUT_THE_REQUEST: [&str; 4] = ["Please provide either orgID or org", "invalid precision", "writing requires points", "bucket"];

/// `/api/v2/write` in nanoseconds, where the token alone tells the organization.
pub(crate) fn cloud_write_url(base: &Url, database: &str) -> Url {
    endpoint(base, "/api/v2/write", &[("bucket", database), ("precision", "ns")])
}

/// The answers of InfluxDB 2.x and Cloud.
pub(crate) struct Lines {
    target: Target,
    base: Url,
    url: Url,
    /// Set once the server is known to be one that this connection may write to.
    known: OnceCell<()>,
}

impl Lines {
    /// Lines for the server at `base`, sent to `url`.
    pub(crate) fn new(target: &Target, base: &Url, url: &Url) -> Self {
        Self { target: target.clone(), base: base.clone(), url: url.clone(), known: OnceCell::new() }
    }
}

#[async_trait]
impl Dialect for Lines {
    /// An InfluxDB 3 Core or Enterprise takes these writes too, and creates the database that is missing. So the first batch of a writer
    /// waits for one `GET /ping`; a proxy that lets only writes through is believed.
    async fn ready(&self, client: &Client) -> Result<(), Failure> {
        let ask = async || match product::detect(client, &self.base).await {
            Ok(server) => server.suits(&self.target, &self.base).map_err(|misfit| misfit.failure),
            Err(failure) if failure.code() == Code::ProductUnknown => Ok(()),
            Err(failure) => Err(failure),
        };
        self.known.get_or_try_init(ask).await.copied()
    }

    /// Cloud's limit; the open-source server has none as shipped.
    fn largest_body(&self) -> usize {
        50_000_000
    }

    fn read(&self, answer: &Answer, sent: &Segment) -> Result<Reply, Failure> {
        match answer.status {
            StatusCode::NO_CONTENT if answer.header("x-kapacitor-version").is_none() => Ok(Reply::Accepted),
            StatusCode::PAYLOAD_TOO_LARGE => Ok(Reply::TooLarge),
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                let Some((text, cut)) = refused::error_text(answer, "message") else { return Err(refusal(answer, &self.url)) };
                if ABOUT_THE_REQUEST.iter().any(|words| text.starts_with(words)) {
                    return Err(refusal(answer, &self.url));
                }
                let numbered = numbered(&text, answer, sent.len());
                if !numbered.is_empty() {
                    // Serverless stores the other lines, and names at most a hundred: sending the others again is safe and proves it.
                    return Ok(Reply::Refused(Refused { named: numbered, ..Refused::default() }));
                }
                // 400: nothing is stored. 422: what is not dropped is.
                let stored = answer.status == StatusCode::UNPROCESSABLE_ENTITY;
                Ok(Reply::Refused(refused::read(&text, sent, cut, stored)))
            }
            _ => Err(refusal(answer, &self.url)),
        }
    }
}

/// The lines that Cloud Serverless names: `error parsing line 2 (1-based): REASON`, and the member `line` of the answer.
fn numbered(text: &str, answer: &Answer, lines: usize) -> Vec<(usize, String)> {
    const MARK: &str = " (1-based)";
    let mut named = Vec::new();
    for (at, _) in text.match_indices(MARK) {
        let Some(number) = text[..at].rsplit(' ').next().and_then(|digits| digits.parse::<usize>().ok()) else { continue };
        let reason = text[at + MARK.len()..].trim_start_matches([':', ' ']);
        let end = reason.find(MARK).and_then(|next| reason[..next].rfind("error parsing line")).unwrap_or(reason.len());
        let reason = reason[..end].trim_end_matches([',', ';', '\n', ' ']);
        named.push((number, if reason.is_empty() { text.to_owned() } else { reason.to_owned() }));
    }
    if named.is_empty() {
        let line = answer.json::<Value>().and_then(|body| body.get("line")?.as_u64()).and_then(|line| usize::try_from(line).ok());
        named.extend(line.map(|line| (line, text.to_owned())));
    }
    named.retain(|(number, _)| (1..=lines).contains(number));
    named.iter_mut().for_each(|(number, _)| *number -= 1);
    named.sort();
    named.dedup_by_key(|(number, _)| *number);
    named
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::HeaderMap;

    use super::*;

    #[test]
    fn numbered_lines_are_read_with_their_reasons() {
        let answer = |body: &str| Answer {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
            truncated: false,
            retry_after: None,
            took: Duration::ZERO,
        };
        let text = "failed to parse line protocol: error parsing line 2 (1-based): no fields, error parsing line 9 (1-based): bad tag";
        assert_eq!(numbered(text, &answer("{}"), 9), [(1, "no fields".to_owned()), (8, "bad tag".to_owned())]);
        assert_eq!(numbered(text, &answer("{}"), 5), [(1, "no fields".to_owned())], "a number beyond the request names nothing");
        assert_eq!(numbered("bad", &answer(r#"{"line":3,"message":"bad"}"#), 9), [(2, "bad".to_owned())]);
        assert!(numbered("unable to parse 'm': missing fields", &answer("{}"), 9).is_empty());
    }
}
