//! What a request that got no answer failed of.

use std::{
    error::Error,
    io::{self, ErrorKind},
};

use model::{Code, Failure, FailureKind};

use super::resolve::ResolveError;
use crate::tls;

/// The failure that `error` stands for. `asked` is the request in words, without any secret.
pub(super) fn of(error: reqwest::Error, asked: &str, scheme: &str) -> Failure {
    let (kind, code, hint) = classify(&error, scheme);
    let doing = if hint.is_empty() { asked.to_owned() } else { format!("{asked}: {hint}") };
    // The error's own text would repeat the URL with its query.
    Failure::new(kind, doing).coded(code).because(error.without_url())
}

fn classify(error: &reqwest::Error, scheme: &str) -> (FailureKind, Code, &'static str) {
    for link in chain(error) {
        match link.downcast_ref::<ResolveError>() {
            Some(ResolveError::Refused(refused)) => return (FailureKind::InfluxUrl, refused.code(), ""),
            Some(unresolved) => return (FailureKind::InfluxDns, unresolved.code(), ""),
            None => {}
        }
        if let Some(tls) = tls_error(link) {
            let (code, hint) = tls::cause(tls);
            return (FailureKind::InfluxTls, code, hint);
        }
    }
    if error.is_connect() {
        let code =
            if error.is_timeout() { Code::TcpTimeout } else { chain(error).find_map(io_kind).map_or(Code::TcpUnreachable, connecting) };
        return (FailureKind::InfluxUnreachable, code, "");
    }
    if error.is_timeout() {
        return (FailureKind::InfluxTimeout, Code::HttpTimeout, "no answer within the time limit");
    }
    match chain(error).find_map(|link| link.downcast_ref::<hyper::Error>()) {
        Some(http) if http.to_string().contains("too large") => {
            (FailureKind::InfluxUnreachable, Code::HttpBroken, "the head of the answer has no end")
        }
        // An answer whose first bytes are not `HTTP/1`: typically the alert of a TLS server that was spoken to in clear.
        Some(http) if is_foreign(http) => match scheme {
            "http" => (FailureKind::InfluxTls, Code::HttpNeedsTls, "what answers is not HTTP, the URL may have to begin with https"),
            _ => (FailureKind::InfluxProduct, Code::HttpForeign, "what answers is not HTTP"),
        },
        _ => (FailureKind::InfluxUnreachable, Code::HttpBroken, "the connection broke"),
    }
}

/// What it means that no connection came about.
pub(crate) const fn connecting(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Code::TcpRefused,
        ErrorKind::TimedOut => Code::TcpTimeout,
        _ => Code::TcpUnreachable,
    }
}

/// Whether what came cannot be read as HTTP, or came before anything was asked.
fn is_foreign(error: &hyper::Error) -> bool {
    error.is_parse() || error.to_string().contains("unexpected message")
}

/// The error and everything that caused it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |link| (*link).source())
}

fn io_kind(link: &(dyn Error + 'static)) -> Option<ErrorKind> {
    link.downcast_ref::<io::Error>().map(io::Error::kind)
}

/// The TLS error that this link is, or carries: rustls travels inside an `io::Error`, which may travel inside another and is no link of
/// the chain then.
fn tls_error<'a>(link: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    match link.downcast_ref::<io::Error>() {
        Some(carrier) => tls_error(carrier.get_ref()?),
        None => link.downcast_ref::<rustls::Error>(),
    }
}
