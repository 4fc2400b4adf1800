//! What a request that got no answer failed of.

use std::{error::Error, io};

use model::{Failure, FailureKind};

use super::guard::ResolveError;

/// The failure that `error` stands for. `asked` is the request in words, without any secret.
pub(super) fn of(error: reqwest::Error, asked: &str, scheme: &str) -> Failure {
    let (kind, hint) = classify(&error, scheme);
    let doing = if hint.is_empty() { asked.to_owned() } else { format!("{asked}: {hint}") };
    // The error's own text would repeat the URL with its query.
    Failure::new(kind, doing).because(error.without_url())
}

fn classify(error: &reqwest::Error, scheme: &str) -> (FailureKind, &'static str) {
    for link in chain(error) {
        match link.downcast_ref::<ResolveError>() {
            Some(ResolveError::Refused { .. }) => return (FailureKind::InfluxUrl, ""),
            Some(_) => return (FailureKind::InfluxDns, ""),
            None => {}
        }
        if let Some(tls) = tls_error(link) {
            let hint = match tls {
                rustls::Error::InvalidMessage(_) => "the server does not speak TLS there, the URL may have to begin with http",
                rustls::Error::InvalidCertificate(_) => "its certificate does not verify",
                _ => "the TLS handshake failed",
            };
            return (FailureKind::InfluxTls, hint);
        }
    }
    if error.is_connect() {
        return (FailureKind::InfluxUnreachable, "");
    }
    if error.is_timeout() {
        return (FailureKind::InfluxTimeout, "no answer within the time limit");
    }
    // hyper's word for an answer whose first bytes are not `HTTP/1`: typically the alert of a TLS server that was spoken to in clear.
    if chain(error).any(|link| link.to_string().contains("invalid HTTP version")) {
        return match scheme {
            "http" => (FailureKind::InfluxTls, "what answers is not HTTP, the URL may have to begin with https"),
            _ => (FailureKind::InfluxProduct, "what answers is not HTTP"),
        };
    }
    (FailureKind::InfluxUnreachable, "the connection broke")
}

/// The error and everything that caused it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |link| (*link).source())
}

/// The TLS error that this link is, or carries: rustls travels inside an `io::Error`, which may travel inside another and is no link of
/// the chain then.
fn tls_error<'a>(link: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    match link.downcast_ref::<io::Error>() {
        Some(carrier) => tls_error(carrier.get_ref()?),
        None => link.downcast_ref::<rustls::Error>(),
    }
}
