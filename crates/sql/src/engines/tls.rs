//! Why a server is not trusted, or does not trust us, in words that say what to do.
//!
//! The driver hands the TLS library's own error on, inside one of input and output: a handshake that fails is no server that is gone.

use chrono::{DateTime, SecondsFormat};
use model::{Failure, FailureKind};
use rustls::{AlertDescription, CertificateError, pki_types::UnixTime};
use sqlx::Error;

use super::said::Said;

/// The failure for an error of TLS; the error back when it is another one.
///
/// # Errors
/// The error itself.
pub(super) fn failure(error: Error, doing: &str) -> Result<Failure, Error> {
    let words = match &error {
        Error::Io(broken) => broken.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).map(words),
        Error::Tls(refused) => Some(match refused.downcast_ref::<rustls::Error>() {
            Some(error) => words(error),
            // The driver's own words, for want of a type: `server does not support TLS`.
            None if refused.to_string().contains("does not support TLS") => {
                "the server speaks no TLS: turn it on there, or set `tls` to prefer or disable".to_owned()
            }
            None => format!("a certificate or key cannot be used: {refused}"),
        }),
        Error::Configuration(refused) => Some(format!("TLS cannot be used as it is set: {refused}")),
        _ => None,
    };
    words.map(|words| Failure::new(FailureKind::SqlTls, doing).because(Said(words))).ok_or(error)
}

fn words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::AlertReceived(alert) if is_of_our_certificate(*alert) => {
            "the server does not go on without a client certificate that it trusts: give `client_certificate` and its key `client_key`, signed \
             by an authority that the server knows"
                .to_owned()
        }
        other => format!("the TLS handshake failed ({other}): look whether the server offers TLS 1.2 or 1.3, and into its log"),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the server's certificate, or one above it, expired on {}: renew it on the server", shown(*not_after))
        }
        CertificateError::Expired => "the server's certificate, or one above it, has expired: renew it on the server".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the server's certificate is valid only from {} on: look at the clocks of both machines", shown(*not_before))
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let names = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
            format!(
                "the server's certificate is for {names}, not for {}: give one of its names as the host, or the server a certificate for this \
                 one",
                expected.to_str()
            )
        }
        // The second when an authority of the same name is trusted, whose key is another.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the server's certificate is signed by an authority that is not trusted here: give that authority's certificate as \
             `ca_certificate`"
                .to_owned()
        }
        CertificateError::Revoked => "the server's certificate was revoked: renew it on the server".to_owned(),
        other => {
            format!("the server's certificate does not verify ({other}): give the server one that an authority has signed for its name")
        }
    }
}

/// A name that comes as `DnsName("db.example.com")`.
fn bare(name: &str) -> &str {
    name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')')).trim_matches('"')
}

fn shown(at: UnixTime) -> String {
    let at = i64::try_from(at.as_secs()).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Whether a server that sends this alert speaks of the certificate that was shown to it, or not shown.
const fn is_of_our_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}
