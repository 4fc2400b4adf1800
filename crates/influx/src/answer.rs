//! What an answer means that neither accepts the lines nor speaks about them: whether it is waited for, held, or nothing InfluxDB says.
//!
//! The rows of this table are the servers' own; what a 400, 413 or 422 means differs per driver and is read there.

use model::{Code, Failure, FailureKind};
use reqwest::StatusCode;
use url::Url;

use crate::http::{Answer, shown};

/// What servers say on their TLS port to whoever speaks plain HTTP: those written in Go, nginx, Apache.
const HTTP_TO_HTTPS: [&str; 3] = [
    "Client sent an HTTP request to an HTTPS server",
    "The plain HTTP request was sent to HTTPS port",
    "speaking plain HTTP to an SSL-enabled server port",
];

/// Whether the port wants TLS. The words may stand in a web page.
fn wants_tls(answer: &Answer) -> bool {
    let text = answer.text();
    HTTP_TO_HTTPS.iter().any(|words| text.contains(words))
}

/// The failure that this answer stands for. `doing` says what was asked for: `writing to http://127.0.0.1:8086/write`.
pub(crate) fn failure(answer: &Answer, doing: &str) -> Failure {
    let message = answer.message();
    let kind = kind(answer, &message);
    let mut failure = Failure::new(kind, format!("{doing}: {} {}", answer.status.as_u16(), words(answer, message)));
    failure.cause = cause(answer, kind);
    if matches!(kind, FailureKind::InfluxBusy | FailureKind::InfluxFailed | FailureKind::InfluxTimeout) {
        failure.retry_after = answer.retry_after;
    }
    failure
}

/// The failure of an answer that comes from something on the way to the product, whichever that is: a redirect, a port that takes https
/// only, a proxy or server with an error of its own. `None` for every other answer.
pub(crate) fn of_the_way(answer: &Answer, url: &Url) -> Option<Failure> {
    let place = shown(url);
    match answer.status {
        StatusCode::BAD_REQUEST if wants_tls(answer) => {
            Some(Failure::new(FailureKind::InfluxTls, format!("{place} answers only to https")).coded(Code::HttpNeedsTls))
        }
        status if status.is_server_error() => Some(failure(answer, &format!("asking {place} who it is")).coded(Code::HttpServerError)),
        status if status.is_redirection() => {
            let mut failure = failure(answer, &format!("asking {place} who it is"));
            failure.kind = FailureKind::InfluxUrl;
            Some(failure)
        }
        _ => None,
    }
}

/// The failure of a trial: what the driver does not read further is busy, or undocumented.
pub(crate) fn of_the_trial(answer: &Answer, doing: &str) -> Failure {
    let failure = failure(answer, doing);
    match failure.kind {
        _ if failure.cause.is_some() => failure,
        FailureKind::InfluxBusy => failure.coded(Code::WriteBusy),
        FailureKind::InfluxFailed | FailureKind::InfluxUnexpected | FailureKind::InfluxProduct => failure.coded(Code::WriteFailed),
        _ => failure,
    }
}

/// The cause, where the answer itself tells it and the advice is the same for a check and a run.
fn cause(answer: &Answer, kind: FailureKind) -> Option<Code> {
    match kind {
        FailureKind::InfluxProduct if answer.header("x-kapacitor-version").is_some() => Some(Code::ProductKapacitor),
        FailureKind::InfluxTls => Some(Code::HttpNeedsTls),
        _ if answer.status.is_redirection() => Some(Code::HttpRedirect),
        _ => None,
    }
}

fn words(answer: &Answer, message: String) -> String {
    match answer.header("location") {
        // Its query may carry what the other side thought fit; the address is what helps.
        Some(location) if answer.status.is_redirection() => {
            format!("redirects to {}; redirects are not followed", location.split('?').next().unwrap_or_default())
        }
        _ => message,
    }
}

fn kind(answer: &Answer, message: &str) -> FailureKind {
    use FailureKind as Kind;
    if answer.header("x-kapacitor-version").is_some() {
        return Kind::InfluxProduct;
    }
    match answer.status {
        StatusCode::UNAUTHORIZED => Kind::InfluxAuthentication,
        StatusCode::FORBIDDEN => Kind::InfluxForbidden,
        // An InfluxDB names in JSON what is missing; text means that the path itself does not exist.
        StatusCode::NOT_FOUND if answer.json::<serde_json::Map<String, serde_json::Value>>().is_some() => Kind::InfluxMissing,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Kind::InfluxProduct,
        StatusCode::BAD_REQUEST if wants_tls(answer) => Kind::InfluxTls,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE if message.to_lowercase().contains("cardinality") => {
            Kind::InfluxLimit
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Kind::InfluxBusy,
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Kind::InfluxTimeout,
        StatusCode::INTERNAL_SERVER_ERROR if message.contains("retention policy not found") => Kind::InfluxMissing,
        StatusCode::INTERNAL_SERVER_ERROR if message.trim() == "timeout" => Kind::InfluxTimeout,
        StatusCode::INTERNAL_SERVER_ERROR if message.contains("cache-max-memory-size exceeded") || message.contains("wal buffer full") => {
            Kind::InfluxBusy
        }
        status if status.is_server_error() => Kind::InfluxFailed,
        _ => Kind::InfluxUnexpected,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Answer {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from_static(body.as_bytes()),
            truncated: false,
            retry_after: Some(Duration::from_secs(7)),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn every_recorded_answer_has_its_kind() {
        use FailureKind as Kind;
        let none: &[(&str, &str)] = &[];
        for (status, headers, body, expected) in [
            (401, none, r#"{"error":"authorization failed"}"#, Kind::InfluxAuthentication),
            (401, none, "", Kind::InfluxAuthentication),
            (403, none, r#"{"error":"\"w\" user is not authorized to write to database \"t2\""}"#, Kind::InfluxForbidden),
            (404, none, r#"{"error":"database not found: \"nodb\""}"#, Kind::InfluxMissing),
            (404, none, r#"{"code":"not found","message":"bucket \"x\" not found"}"#, Kind::InfluxMissing),
            (404, none, "404 page not found\n", Kind::InfluxProduct),
            (404, &[("x-kapacitor-version", "1.5.3")], r#"{"error": "Not Found"}"#, Kind::InfluxProduct),
            (405, none, "Method Not Allowed\n", Kind::InfluxProduct),
            (400, none, "Client sent an HTTP request to an HTTPS server.\n", Kind::InfluxTls),
            (400, none, "<html><center>The plain HTTP request was sent to HTTPS port</center></html>", Kind::InfluxTls),
            (400, none, "<html>Bad Request</html>", Kind::InfluxUnexpected),
            (408, none, "", Kind::InfluxTimeout),
            (429, none, "", Kind::InfluxBusy),
            (429, none, r#"{"code":"too many requests","message":"write failed: cardinality limit exceeded"}"#, Kind::InfluxLimit),
            (500, none, r#"{"error":"timeout"}"#, Kind::InfluxTimeout),
            (500, none, r#"{"error":"retention policy not found: x"}"#, Kind::InfluxMissing),
            (500, none, r#"{"error":"engine: cache-max-memory-size exceeded: (1/0)"}"#, Kind::InfluxBusy),
            (500, none, "wal buffer full with 100000 ops", Kind::InfluxBusy),
            (500, none, r#"{"error":"write failed"}"#, Kind::InfluxFailed),
            (502, none, "<html>Bad Gateway</html>", Kind::InfluxFailed),
            (503, none, "request throttled, queue full", Kind::InfluxBusy),
            (503, none, r#"{"message":"Series cardinality exceeds your plan's limit"}"#, Kind::InfluxLimit),
            (504, none, "", Kind::InfluxTimeout),
            (200, none, "<!doctype html>", Kind::InfluxUnexpected),
            (302, &[("location", "https://login.example.org/?back=x")], "", Kind::InfluxUnexpected),
            (418, none, "", Kind::InfluxUnexpected),
        ] {
            let failure = failure(&answer(status, headers, body), "writing");
            assert_eq!(failure.kind, expected, "{status} {body}");
            let waits = matches!(expected, Kind::InfluxBusy | Kind::InfluxFailed | Kind::InfluxTimeout);
            assert_eq!(failure.retry_after.is_some(), waits, "{status} {body}");
            assert!(!failure.chain().contains('<') && !failure.chain().contains("back=x"), "{}", failure.chain());
        }
    }
}
