//! Who judges a server's certificate, and says exactly why it is refused.

use std::{
    error::Error,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, SecondsFormat, Utc};
use model::Code;
use rustls::{
    AlertDescription, CertificateError, DigitallySignedStruct, OtherError, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use super::{certificate::Presented, ring_provider, sha256};

/// Why a server's certificate is refused. Travels inside the TLS library's own error.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The cause.
    pub(crate) code: Code,
    detail: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl Error for Refusal {}

/// What a server showed and asked for in one handshake.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    shown: Mutex<Option<(Presented, DateTime<Utc>)>>,
    asked: AtomicBool,
}

impl Seen {
    /// The server's own certificate and the instant at which it was judged; `None` when the handshake did not come that far.
    pub(crate) fn presented(&self) -> Option<(Presented, DateTime<Utc>)> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the server asked for a client certificate.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    pub(super) fn note_asked(&self) {
        self.asked.store(true, Ordering::Release);
    }

    fn note(&self, presented: Presented, now: DateTime<Utc>) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some((presented, now));
    }
}

/// Whom the judge trusts.
#[derive(Debug)]
pub(super) enum Trusted {
    /// Chains that the verifier takes, and the given certificates themselves: what a server signs itself may be given as its own authority.
    Chains { verifier: Arc<dyn ServerCertVerifier>, given: Vec<CertificateDer<'static>> },
    /// The certificate with this SHA-256; nothing else about it is judged.
    One([u8; 32]),
    /// Anyone.
    Anyone,
}

#[derive(Debug)]
pub(super) struct Judge {
    trusted: Trusted,
    has_own_authority: bool,
    seen: Option<Arc<Seen>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Judge {
    pub(super) fn new(trusted: Trusted, has_own_authority: bool, seen: Option<Arc<Seen>>) -> Self {
        Self { trusted, has_own_authority, seen, algorithms: ring_provider().signature_verification_algorithms }
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(seen) = &self.seen {
            seen.note(Presented::of(leaf), instant(now));
        }
        let case = Case { leaf, above, name, now, has_own_authority: self.has_own_authority };
        let verdict = match &self.trusted {
            Trusted::Anyone => Ok(()),
            Trusted::One(pin) if sha256(leaf) == *pin => Ok(()),
            Trusted::One(_) => return Err(carrying(case.not_the_pinned_one())),
            Trusted::Chains { given, .. } if given.iter().any(|given| given == leaf) => itself(&case),
            Trusted::Chains { verifier, .. } => verifier.verify_server_cert(leaf, above, name, ocsp, now).map(|_| ()),
        };
        match verdict {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(rustls::Error::InvalidCertificate(error)) => Err(carrying(case.refusal(&error))),
            Err(other) => Err(other),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match self.trusted {
            Trusted::Anyone => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls12_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match self.trusted {
            Trusted::Anyone => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Whether a certificate that is trusted itself, without a chain, is for this name and of this time.
fn itself(case: &Case<'_>) -> Result<(), rustls::Error> {
    let presented = Presented::of(case.leaf);
    let now = instant(case.now);
    if presented.not_after.is_some_and(|until| now > until) {
        return Err(CertificateError::Expired.into());
    }
    if presented.not_before.is_some_and(|from| now < from) {
        return Err(CertificateError::NotValidYet.into());
    }
    verify_server_name(&ParsedCertificate::try_from(case.leaf)?, case.name)
}

/// One certificate before the judge.
struct Case<'a> {
    leaf: &'a CertificateDer<'a>,
    above: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    now: UnixTime,
    has_own_authority: bool,
}

impl Case<'_> {
    fn refusal(&self, error: &CertificateError) -> Refusal {
        let presented = Presented::of(self.leaf);
        let now = instant(self.now);
        let (code, detail) = match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                let detail = match presented.not_after.filter(|until| *until < now) {
                    Some(until) => format!("the server's certificate expired on {}", shown(until)),
                    None => format!("a certificate above the server's has expired{}", on(error)),
                };
                (Code::TlsExpired, detail)
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                let detail = match presented.not_before.filter(|from| *from > now) {
                    Some(from) => format!("the server's certificate is valid only from {} on", shown(from)),
                    None => format!("a certificate above the server's is not valid yet{}", on(error)),
                };
                (Code::TlsNotYetValid, detail)
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                let names = if presented.names.is_empty() { "no name at all".to_owned() } else { presented.names.join(", ") };
                (Code::TlsWrongName, format!("the server's certificate is for {names}, not for {}", self.name.to_str()))
            }
            // Of what signs itself nothing else is worth saying: the libraries' reasons depend on how it was made.
            _ if presented.is_self_signed() => {
                (Code::TlsSelfSigned, format!("the server's certificate ({}) is signed by itself", presented.subject))
            }
            CertificateError::UnknownIssuer if self.above.is_empty() => {
                let detail =
                    format!("the server sends its certificate alone, and {}, which signed it, is not known here", presented.issuer);
                (Code::TlsIncompleteChain, detail)
            }
            CertificateError::UnknownIssuer => {
                let own =
                    if self.has_own_authority { "not by the connection's own CA" } else { "not by an authority that is trusted here" };
                let top = self.above.last().map_or_else(|| presented.issuer.clone(), |top| Presented::of(top).issuer);
                (Code::TlsUnknownIssuer, format!("the server's certificate is signed by {}, in the end by {top}, {own}", presented.issuer))
            }
            other => (Code::TlsCertificate, format!("the server's certificate does not verify ({other})")),
        };
        Refusal { code, detail }
    }

    fn not_the_pinned_one(&self) -> Refusal {
        let detail = format!("the server's certificate has the SHA-256 {}, which is not the pinned one", Presented::of(self.leaf).sha256);
        Refusal { code: Code::TlsPinMismatch, detail }
    }
}

fn carrying(refusal: Refusal) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(refusal))).into()
}

fn instant(now: UnixTime) -> DateTime<Utc> {
    i64::try_from(now.as_secs()).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn on(error: &CertificateError) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => format!(", on {}", shown(instant(*not_after))),
        CertificateError::NotValidYetContext { not_before, .. } => format!(", only from {} on", shown(instant(*not_before))),
        _ => String::new(),
    }
}

/// What a failed handshake failed of: the code, and its reason in words where the library's own are none for people.
pub(crate) fn cause(error: &rustls::Error) -> (Code, &'static str) {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(carried))) => match carried.downcast_ref::<Refusal>() {
            Some(refusal) => (refusal.code, ""),
            None => (Code::TlsCertificate, "the server's certificate does not verify"),
        },
        rustls::Error::InvalidCertificate(_) => (Code::TlsCertificate, "the server's certificate does not verify"),
        rustls::Error::InvalidMessage(_) => (Code::TlsPlain, "the server does not speak TLS there, the URL may have to begin with http"),
        rustls::Error::AlertReceived(alert) if is_of_our_certificate(*alert) => {
            (Code::TlsClientCertificate, "the server does not go on without a client certificate that it trusts")
        }
        _ => (Code::TlsHandshake, "the TLS handshake failed"),
    }
}

/// Whether a server that sends this alert speaks of the certificate that was shown to it, or not shown. TLS 1.3 has a word for "none was
/// shown"; older servers say `bad_certificate`.
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
