//! Looking around on an InfluxDB: what places there are, what is in them, and questions in their own languages.
//!
//! ```text
//!  selection ──build──▶ text ──guard, range──▶ v1, v2, v3 ──▶ server ──▶ results, tables, rows ──frame──▶ frames
//! ```
//!
//! `v1`, `v2` and `v3` talk to servers; `results`, `tables` and `rows` read their answers and touch nothing else. Times and whole numbers
//! never pass through a float. Nothing is sent whose text would write (see `guard` for how far that goes in each language).

mod build;
mod frame;
mod guard;
mod quote;
mod range;
mod results;
mod rows;
mod scan;
mod tables;
mod tally;
mod v1;
mod v2;
mod v3;

use std::time::{Duration, Instant};

use model::{
    Failure, FailureKind, Target,
    edges::Explorer,
    explore::{Frames, Language, Place, Question},
};
use reqwest::StatusCode;

use crate::{
    answer,
    http::{Answer, Client},
    product::writes_like_v2,
};

/// Longest time for everything that one look around asks of a server.
const LIMIT: Duration = Duration::from_secs(30);

/// The explorer of a target, under the client's login, outbound policy and TLS. Contacts nobody.
///
/// # Errors
/// `InfluxUrl` for a folder.
pub(crate) fn open(target: &Target, client: Client) -> Result<Box<dyn Explorer>, Failure> {
    let client = client.hurried(LIMIT, Instant::now() + LIMIT).with_answer_limit(Frames::MAX_BYTES);
    Ok(match target {
        Target::V1 { url, database, retention_policy, .. } => {
            let policy = crate::v1::policy(retention_policy.as_deref());
            Box::new(v1::Explore::new(client, url, database, Some(policy)))
        }
        Target::V2 { url, organization, bucket } => Box::new(v2::Explore::new(client, url, organization, bucket)),
        // These take SQL by Flight only; over HTTP they answer as an InfluxDB 1 does.
        Target::V3 { url, database, edition, .. } if writes_like_v2(*edition) => Box::new(v1::Explore::new(client, url, database, None)),
        Target::V3 { url, database, .. } => Box::new(v3::Explore::new(client, url, database)),
        Target::File { .. } => {
            let why = "a folder of line-protocol files answers no questions; explore the InfluxDB that reads them";
            return Err(Failure::new(FailureKind::InfluxUrl, why));
        }
    })
}

/// How long points are kept where a target writes; `None` is for ever, and where nobody says: InfluxDB 3 tells it to nobody over HTTP.
///
/// # Errors
/// `Influx*`; `InfluxMissing` when there is no such place or retention policy.
pub(crate) async fn retention(target: &Target, client: Client) -> Result<Option<Duration>, Failure> {
    let client = client.hurried(LIMIT, Instant::now() + LIMIT).with_answer_limit(Frames::MAX_BYTES);
    match target {
        Target::V1 { url, database, retention_policy, .. } => {
            let policy = crate::v1::policy(retention_policy.as_deref());
            v1::Explore::new(client, url, database, Some(policy)).retention().await
        }
        Target::V2 { url, organization, bucket } => v2::Explore::new(client, url, organization, bucket).retention().await,
        Target::V3 { .. } | Target::File { .. } => Ok(None),
    }
}

/// The language that is asked for, or the first of those that are known.
fn chosen(wanted: Option<Language>, known: &[Language]) -> Result<Language, Failure> {
    match (wanted, known) {
        (None, [first, ..]) => Ok(*first),
        (Some(wanted), known) if known.contains(&wanted) => Ok(wanted),
        (_, known) => {
            let known: Vec<&str> = known.iter().map(|language| language.as_str()).collect();
            Err(Failure::new(FailureKind::InfluxQuery, format!("this connection is asked in {}", known.join(" or "))))
        }
    }
}

/// The text of a question as it is sent, once it is known to read only.
fn ready(question: &Question, language: Language) -> Result<String, Failure> {
    guard::reads_only(&question.text, language)?;
    range::filled(&question.text, language, question.range, question.max_points)
}

/// The failure of an answer that is no success: a query that the server does not understand is the asker's to correct, everything else
/// means what it means for a write.
fn refused(answer: &Answer, doing: &str) -> Failure {
    let failure = answer::failure(answer, doing);
    let is_of_query = matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE);
    match failure.kind {
        FailureKind::InfluxUnexpected if is_of_query => said(&answer.message()),
        _ => failure,
    }
}

/// The failure that the server's own words about a query stand for.
fn said(words: &str) -> Failure {
    let lower = words.to_lowercase();
    let is_missing = ["database not found", "retention policy not found", "could not find bucket", "bucket not found"];
    let kind = match () {
        () if is_missing.iter().any(|words| lower.contains(words)) => FailureKind::InfluxMissing,
        () if lower.contains("query timeout") || lower.trim() == "timeout" => FailureKind::InfluxTimeout,
        () if lower.contains("not authorized to") => FailureKind::InfluxForbidden,
        () => FailureKind::InfluxQuery,
    };
    let line: String = words.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect();
    Failure::new(kind, line)
}

/// The connection's own place first, those of the server itself last, the others as they are listed.
fn in_order(mut places: Vec<Place>, own: &str) -> Vec<Place> {
    match places.iter_mut().find(|place| place.name == own) {
        Some(place) => place.own = true,
        None => places.push(Place { name: own.to_owned(), own: true, listed: false, retention_policies: Vec::new() }),
    }
    places.sort_by_key(|place| (!place.own, place.name.starts_with('_')));
    places
}

/// A place that the server lists.
fn listed(name: impl Into<String>) -> Place {
    Place { name: name.into(), own: false, listed: true, retention_policies: Vec::new() }
}

fn milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// The texts of one column, in order.
fn texts(frames: &Frames, column: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for frame in &frames.series {
        let Some(index) = frame.columns.iter().position(|one| one.name == column) else { continue };
        texts.extend(frame.rows.iter().filter_map(|row| row.get(index)?.as_str().map(str::to_owned)));
    }
    texts
}
