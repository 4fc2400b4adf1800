//! What a server's certificate says, for the people who must decide about it.

use chrono::{DateTime, Utc};
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate, X509Name};

use super::sha256;

/// Longest text of one name, in characters: names come from whoever answers.
const NAME_LENGTH: usize = 200;

/// Most names of a certificate that are told.
const NAMES: usize = 20;

/// What a certificate says of itself. All of it is text of whoever answers: cut, and free of control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Presented {
    /// Whom it names: `CN=influx.example.org, O=Example`.
    pub(crate) subject: String,
    /// Who signed it.
    pub(crate) issuer: String,
    /// From when it is valid.
    pub(crate) not_before: Option<DateTime<Utc>>,
    /// Until when it is valid.
    pub(crate) not_after: Option<DateTime<Utc>>,
    /// Its SHA-256, in lower-case hexadecimal digits.
    pub(crate) sha256: String,
    /// The hosts and addresses that it is for.
    pub(crate) names: Vec<String>,
}

impl Presented {
    /// What this certificate says; of one that cannot be read, its SHA-256 alone.
    pub(crate) fn of(der: &CertificateDer<'_>) -> Self {
        let digits = sha256(der).iter().map(|byte| format!("{byte:02x}")).collect();
        let Ok((_, read)) = X509Certificate::from_der(der) else { return Self { sha256: digits, ..Self::default() } };
        let instant = |seconds: i64| DateTime::from_timestamp(seconds, 0);
        Self {
            subject: distinguished(read.subject()),
            issuer: distinguished(read.issuer()),
            not_before: instant(read.validity().not_before.timestamp()),
            not_after: instant(read.validity().not_after.timestamp()),
            sha256: digits,
            names: names(&read),
        }
    }

    /// Whether it names itself as the one who signed it.
    pub(crate) fn is_self_signed(&self) -> bool {
        !self.subject.is_empty() && self.subject == self.issuer
    }

    /// As facts of a finding.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("sha256", self.sha256.clone())];
        facts.extend((!self.subject.is_empty()).then(|| ("subject", self.subject.clone())));
        facts.extend((!self.issuer.is_empty()).then(|| ("issuer", self.issuer.clone())));
        facts.extend(self.not_before.map(|at| ("not_before", at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))));
        facts.extend(self.not_after.map(|at| ("not_after", at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))));
        facts
    }
}

fn distinguished(name: &X509Name<'_>) -> String {
    harmless(&name.to_string())
}

fn names(read: &X509Certificate<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for extension in read.extensions() {
        let ParsedExtension::SubjectAlternativeName(alternatives) = extension.parsed_extension() else { continue };
        for name in &alternatives.general_names {
            match name {
                GeneralName::DNSName(name) => names.push(harmless(name)),
                GeneralName::IPAddress(octets) => names.extend(address(octets)),
                _ => {}
            }
        }
    }
    names.truncate(NAMES);
    names
}

fn address(octets: &[u8]) -> Option<String> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(std::net::Ipv4Addr::from(octets).to_string());
    }
    <[u8; 16]>::try_from(octets).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string())
}

fn harmless(text: &str) -> String {
    text.chars().take(NAME_LENGTH).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
