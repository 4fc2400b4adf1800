//! How an InfluxDB 3 answers a write.

use async_trait::async_trait;
use model::{Failure, FailureKind};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use super::databases::{Presence, presence};
use crate::{
    http::{Answer, Client, endpoint, shown},
    segment::Segment,
    writer::{Dialect, Refused, Reply, refusal},
};

/// `/api/v3/write_lp` in nanoseconds: `auto`, the default, guesses wrong for times near 1970. Good lines are stored beside bad ones, which
/// is the default (`accept_partial`).
pub(crate) fn write_url(base: &Url, database: &str) -> Url {
    endpoint(base, "/api/v3/write_lp", &[("db", database), ("precision", "nanosecond")])
}

/// A server that names this many lines may have stopped counting (Clustered and Dedicated do).
const MOST_NAMED: usize = 100;

/// The answers of InfluxDB 3.
pub(crate) struct Lines {
    base: Url,
    url: Url,
    database: String,
    /// Set once the database is known to exist.
    exists: OnceCell<()>,
}

impl Lines {
    /// Lines for this database.
    pub(crate) fn new(base: &Url, database: &str) -> Self {
        Self { base: base.clone(), url: write_url(base, database), database: database.to_owned(), exists: OnceCell::new() }
    }
}

#[async_trait]
impl Dialect for Lines {
    async fn ready(&self, client: &Client) -> Result<(), Failure> {
        let look = async || match presence(client, &self.base, &self.database).await? {
            Presence::Exists => Ok(()),
            Presence::Missing(_) => {
                Err(Failure::new(FailureKind::InfluxMissing, format!("{} has no database {}", shown(&self.base), self.database)))
            }
        };
        self.exists.get_or_try_init(look).await.copied()
    }

    /// `--max-http-request-size` as shipped; it holds before and after compression.
    fn largest_body(&self) -> usize {
        10_485_760
    }

    fn read(&self, answer: &Answer, sent: &Segment) -> Result<Reply, Failure> {
        match answer.status {
            StatusCode::NO_CONTENT if answer.header("x-kapacitor-version").is_none() => Ok(Reply::Accepted),
            StatusCode::PAYLOAD_TOO_LARGE => Ok(Reply::TooLarge),
            StatusCode::BAD_REQUEST => {
                let Some(refused) = refused(answer, sent.len()) else { return Err(refusal(answer, &self.url)) };
                Ok(Reply::Refused(refused))
            }
            StatusCode::UNPROCESSABLE_ENTITY => {
                Err(Failure::new(FailureKind::InfluxLimit, format!("writing to {}: {}", shown(&self.url), said(answer))))
            }
            _ => Err(refusal(answer, &self.url)),
        }
    }
}

/// What the server says, with the first line's reason when it gives one per line.
fn said(answer: &Answer) -> String {
    let first = answer.json::<Value>().and_then(|body| body.pointer("/data/0/error_message")?.as_str().map(str::to_owned));
    first.map_or_else(|| answer.message(), |reason| format!("{}: {reason}", answer.message()))
}

/// The lines that a 400 names; `None` when it is not about lines.
///
/// `data` is a list when good lines were stored, and one object, the first bad line, when none was.
fn refused(answer: &Answer, lines: usize) -> Option<Refused> {
    if answer.truncated {
        // A list this long was cut: which lines are bad is found by trying.
        let words = answer.text();
        return words.contains("partial write").then(|| Refused { reason: "refused".to_owned(), ..Refused::default() });
    }
    let body = answer.json::<Value>()?;
    let (entries, partial) = match body.get("data")? {
        Value::Array(entries) => (entries.as_slice(), true),
        entry @ Value::Object(_) => (std::slice::from_ref(entry), false),
        _ => return None,
    };
    let mut named: Vec<(usize, String)> = entries
        .iter()
        .filter_map(|entry| {
            let number = usize::try_from(entry.get("line_number")?.as_u64()?).ok()?.checked_sub(1)?;
            let reason = entry.get("error_message").and_then(Value::as_str).unwrap_or("refused");
            (number < lines).then(|| (number, reason.to_owned()))
        })
        .collect();
    named.sort();
    named.dedup_by_key(|(number, _)| *number);
    let reason = entries.first().and_then(|entry| entry.get("error_message")?.as_str()).unwrap_or("refused").to_owned();
    let complete = named.len() == entries.len() && entries.len() < MOST_NAMED;
    Some(Refused { named, others_stored: partial && complete, suspects: Vec::new(), reason })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::HeaderMap;

    use super::*;

    fn answer(body: &str) -> Answer {
        Answer {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
            truncated: false,
            retry_after: None,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn lines_are_named_by_number_from_one() {
        let body = r#"{"error":"partial write of line protocol occurred","data":[
            {"original_line":"m f=\"a\" 1","line_number":2,"error_message":"invalid column type"},
            {"original_line":"m","line_number":4,"error_message":"no fields"}]}"#;
        let refused = refused(&answer(body), 4).unwrap();
        assert_eq!(refused.named, [(1, "invalid column type".to_owned()), (3, "no fields".to_owned())]);
        assert!(refused.others_stored);
    }

    #[test]
    fn one_object_means_that_nothing_was_stored() {
        let body =
            r#"{"error":"parsing failed for write_lp endpoint","data":{"original_line":"m","line_number":1,"error_message":"no fields"}}"#;
        let refused = refused(&answer(body), 4).unwrap();
        assert_eq!((refused.named.len(), refused.others_stored), (1, false));
    }

    #[test]
    fn a_full_list_or_a_strange_number_proves_nothing_about_the_other_lines() {
        let entry = |number: usize| format!(r#"{{"original_line":"m","line_number":{number},"error_message":"bad"}}"#);
        let list = (1..=MOST_NAMED).map(entry).collect::<Vec<_>>().join(",");
        let full = refused(&answer(&format!(r#"{{"error":"partial write","data":[{list}]}}"#)), 500).unwrap();
        assert_eq!((full.named.len(), full.others_stored), (MOST_NAMED, false));
        let strange = refused(&answer(&format!(r#"{{"error":"partial write","data":[{}]}}"#, entry(9))), 5).unwrap();
        assert_eq!((strange.named.len(), strange.others_stored, strange.reason.as_str()), (0, false, "bad"));
        assert_eq!(refused(&answer(r#"{"error":"missing field `db`"}"#), 5), None);
    }
}
