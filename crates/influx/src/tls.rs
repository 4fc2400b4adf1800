//! TLS as a connection or Kapacitor wants it: whom to trust, and what to show.
//!
//! ```text
//!  Certificates + secret ─▶ TlsSettings ─▶ rustls::ClientConfig ─▶ the HTTP client's pools (one per settings), and the ladder's handshake
//!                                                  │
//!                                                judge: trusted, or why not
//! ```
//!
//! Everything that speaks TLS to a server takes its configuration here, so that a check judges a server as a run does.

mod certificate;
mod handshake;
mod judge;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use model::{Certificates, Code, Failure, FailureKind};
use ring::digest;
use rustls::{
    ClientConfig, RootCertStore,
    client::{ResolvesClientCert, WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::{CryptoProvider, ring as provider},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
};
use secrecy::{ExposeSecret, SecretString};

pub(crate) use handshake::{Handshake, shake, speaks_tls};
pub(crate) use judge::cause;
use judge::{Judge, Seen, Trusted};

/// What is trusted and shown in a TLS handshake, ready for use. Cheap to clone. Prints no key and no certificate.
#[derive(Clone)]
pub struct TlsSettings {
    inner: Arc<Settings>,
}

struct Settings {
    /// Equal for equal settings: tells the pools which connections may be shared.
    print: [u8; 32],
    made: Result<Made, Unusable>,
}

struct Made {
    trust: Trust,
    shown: Option<Arc<CertifiedKey>>,
}

/// Whom to trust.
enum Trust {
    /// Whom the machine trusts.
    Machine,
    /// Chains that end at one of these, and these themselves.
    Authorities { verifier: Arc<WebPkiServerVerifier>, given: Vec<CertificateDer<'static>> },
    /// The certificate with this SHA-256, whatever it says.
    Pinned([u8; 32]),
    /// Anyone.
    Anyone,
}

/// Why settings cannot be used; never holds what was given.
struct Unusable {
    field: &'static str,
    why: String,
}

/// The machine's root certificates, read when they are first needed: a machine without any can still speak `http`.
#[derive(Default)]
pub(crate) struct MachineRoots {
    verifier: OnceLock<Arc<dyn ServerCertVerifier>>,
}

const CA_CERTIFICATE: &str = "tls.ca_certificate";
const PINNED_SHA256: &str = "tls.pinned_sha256";
const CLIENT_CERTIFICATE: &str = "tls.client_certificate";
const CLIENT_KEY: &str = "client_key";
const SKIP_VERIFY: &str = "insecure_skip_verify";

impl TlsSettings {
    /// What a connection or Kapacitor says, with its secret `client_key`. Settings that cannot be used are no error yet: they are when a
    /// server is spoken to by `https`, see [`TlsSettings::usable`].
    pub fn of(certificates: &Certificates, insecure_skip_verify: bool, client_key: Option<&SecretString>) -> Self {
        let made = made(certificates, insecure_skip_verify, client_key);
        let mut context = digest::Context::new(&digest::SHA256);
        let key = client_key.map(|key| key.expose_secret());
        let texts = [&certificates.ca_certificate, &certificates.pinned_sha256, &certificates.client_certificate].map(Option::as_deref);
        for text in texts.into_iter().chain([key]) {
            let text = given(text).unwrap_or_default();
            context.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(text.as_bytes());
        }
        context.update(&[u8::from(insecure_skip_verify)]);
        Self { inner: Arc::new(Settings { print: bytes_of(&context.finish()), made }) }
    }

    /// Trust whom the machine trusts; with `insecure_skip_verify`, anyone. Show nothing.
    pub fn plain(insecure_skip_verify: bool) -> Self {
        Self::of(&Certificates::default(), insecure_skip_verify, None)
    }

    /// Whether a handshake can be made with these settings.
    ///
    /// # Errors
    /// `InfluxTls` with [`Code::TlsSettings`], naming the field: two that say whom to trust, a certificate, pin or key that cannot be read,
    /// a client certificate without its key or the reverse. Never repeats what was given.
    pub fn usable(&self) -> Result<(), Failure> {
        self.made().map(|_| ())
    }

    /// The field that makes the settings unusable, as the API names it: `tls.ca_certificate`, `client_key`.
    pub fn unusable_field(&self) -> Option<&'static str> {
        self.inner.made.as_ref().err().map(|unusable| unusable.field)
    }

    /// Equal for equal settings.
    pub(crate) fn print(&self) -> [u8; 32] {
        self.inner.print
    }

    /// Whether any certificate is taken.
    pub(crate) fn trusts_anyone(&self) -> bool {
        matches!(&self.inner.made, Ok(Made { trust: Trust::Anyone, .. }))
    }

    /// Whether one certificate is taken and no other.
    pub(crate) fn pins(&self) -> bool {
        matches!(&self.inner.made, Ok(Made { trust: Trust::Pinned(_), .. }))
    }

    /// Whether a certificate is shown to servers that ask for one.
    pub(crate) fn shows_a_certificate(&self) -> bool {
        matches!(&self.inner.made, Ok(Made { shown: Some(_), .. }))
    }

    /// The form field that a refused handshake belongs to.
    pub(crate) fn field_of(&self, code: Code) -> &'static str {
        let has_own_authority = matches!(&self.inner.made, Ok(Made { trust: Trust::Authorities { .. }, .. }));
        match code {
            Code::TlsSettings => self.unusable_field().unwrap_or("url"),
            Code::TlsPinMismatch => PINNED_SHA256,
            Code::TlsClientCertificate => CLIENT_CERTIFICATE,
            Code::TlsUnknownIssuer | Code::TlsSelfSigned if has_own_authority => CA_CERTIFICATE,
            _ => "url",
        }
    }

    /// The configuration of a handshake; what the server presents is kept in `seen` if there is one.
    ///
    /// # Errors
    /// As [`TlsSettings::usable`]; `InfluxTls` when the machine has no root certificates and they are needed.
    pub(crate) fn config(&self, roots: &MachineRoots, seen: Option<Arc<Seen>>) -> Result<ClientConfig, Failure> {
        let made = self.made()?;
        let trusted = match &made.trust {
            Trust::Machine => Trusted::Chains { verifier: roots.verifier()?, given: Vec::new() },
            Trust::Authorities { verifier, given } => Trusted::Chains { verifier: verifier.clone(), given: given.clone() },
            Trust::Pinned(sha256) => Trusted::One(*sha256),
            Trust::Anyone => Trusted::Anyone,
        };
        let own_authority = matches!(&made.trust, Trust::Authorities { .. });
        let judge = Judge::new(trusted, own_authority, seen.clone());
        let client: Option<Arc<dyn ResolvesClientCert>> =
            made.shown.as_ref().map(|shown| Arc::new(SingleCertAndKey::from(Arc::clone(shown))) as _);
        let builder = ClientConfig::builder_with_provider(ring_provider())
            .with_safe_default_protocol_versions()
            .expect("ring offers TLS 1.2 and 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(judge));
        let mut config = match (client, seen) {
            (client, Some(seen)) => builder.with_client_cert_resolver(Arc::new(handshake::Asked { client, seen })),
            (Some(client), None) => builder.with_client_cert_resolver(client),
            (None, None) => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn made(&self) -> Result<&Made, Failure> {
        self.inner.made.as_ref().map_err(|unusable| {
            Failure::new(FailureKind::InfluxTls, format!("`{}` cannot be used: {}", unusable.field, unusable.why)).coded(Code::TlsSettings)
        })
    }
}

impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trust = match &self.inner.made {
            Ok(Made { trust: Trust::Machine, .. }) => "machine",
            Ok(Made { trust: Trust::Authorities { .. }, .. }) => "own CA",
            Ok(Made { trust: Trust::Pinned(_), .. }) => "pinned",
            Ok(Made { trust: Trust::Anyone, .. }) => "anyone",
            Err(_) => "unusable",
        };
        f.debug_struct("TlsSettings").field("trust", &trust).field("shows_a_certificate", &self.shows_a_certificate()).finish()
    }
}

impl MachineRoots {
    fn verifier(&self) -> Result<Arc<dyn ServerCertVerifier>, Failure> {
        if let Some(verifier) = self.verifier.get() {
            return Ok(Arc::clone(verifier));
        }
        let read = rustls_platform_verifier::Verifier::new(ring_provider())
            .map_err(|error| Failure::new(FailureKind::InfluxTls, "loading the machine's root certificates").because(error))?;
        // Somebody else may have been faster; either will do.
        Ok(Arc::clone(self.verifier.get_or_init(|| Arc::new(read))))
    }
}

fn ring_provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(provider::default_provider())))
}

fn made(certificates: &Certificates, insecure_skip_verify: bool, client_key: Option<&SecretString>) -> Result<Made, Unusable> {
    let ca_certificate = given(certificates.ca_certificate.as_deref());
    let pin = given(certificates.pinned_sha256.as_deref());
    let ways = [(CA_CERTIFICATE, ca_certificate.is_some()), (PINNED_SHA256, pin.is_some()), (SKIP_VERIFY, insecure_skip_verify)];
    let mut given_ways = ways.into_iter().filter(|(_, given)| *given).map(|(field, _)| field);
    if let (Some(first), Some(field)) = (given_ways.next(), given_ways.next()) {
        return Err(Unusable { field, why: format!("`{first}` says already whom to trust") });
    }
    let trust = match (ca_certificate, pin) {
        (Some(pem), _) => authorities(pem)?,
        (None, Some(pin)) => Trust::Pinned(pinned(pin)?),
        (None, None) if insecure_skip_verify => Trust::Anyone,
        (None, None) => Trust::Machine,
    };
    let key = given(client_key.map(|key| key.expose_secret()));
    let shown = match (given(certificates.client_certificate.as_deref()), key) {
        (Some(pem), Some(key)) => Some(Arc::new(client(pem, key)?)),
        (Some(_), None) => return Err(Unusable { field: CLIENT_KEY, why: "the client certificate's private key is missing".to_owned() }),
        (None, Some(_)) => return Err(Unusable { field: CLIENT_CERTIFICATE, why: "there is a private key and no certificate".to_owned() }),
        (None, None) => None,
    };
    Ok(Made { trust, shown })
}

/// What was given, blanks taken for nothing.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn authorities(pem: &str) -> Result<Trust, Unusable> {
    let given = certificates(CA_CERTIFICATE, pem)?;
    let mut roots = RootCertStore::empty();
    for (at, certificate) in given.iter().enumerate() {
        roots
            .add(certificate.clone())
            .map_err(|_| Unusable { field: CA_CERTIFICATE, why: format!("certificate {} is none that can be read", at + 1) })?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), ring_provider())
        .build()
        .map_err(|_| Unusable { field: CA_CERTIFICATE, why: "it holds no certificate".to_owned() })?;
    Ok(Trust::Authorities { verifier, given })
}

fn certificates(field: &'static str, pem: &str) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    if pem.contains("PRIVATE KEY-----") {
        return Err(Unusable { field, why: format!("it holds a private key, which belongs into `{CLIENT_KEY}` alone") });
    }
    let unreadable = || Unusable { field, why: "it is not PEM: a part is cut off or no base64".to_owned() };
    let read: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(|_| unreadable())?;
    if read.is_empty() {
        return Err(Unusable { field, why: "it holds no `-----BEGIN CERTIFICATE-----`".to_owned() });
    }
    Ok(read)
}

/// 64 hexadecimal digits, in either case, with colons and blanks between them as tools print them.
fn pinned(text: &str) -> Result<[u8; 32], Unusable> {
    let wrong = || Unusable { field: PINNED_SHA256, why: "it is not 64 hexadecimal digits".to_owned() };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':' && !byte.is_ascii_whitespace()).collect();
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return Err(wrong());
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else { return Err(wrong()) };
        *byte = high << 4 | low;
    }
    Ok(bytes)
}

fn client(pem: &str, key: &str) -> Result<CertifiedKey, Unusable> {
    let chain = certificates(CLIENT_CERTIFICATE, pem)?;
    let refused = |why: &str| Unusable { field: CLIENT_KEY, why: why.to_owned() };
    if key.contains("ENCRYPTED") {
        return Err(refused("it is encrypted with a passphrase; give it without"));
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| refused("it is no private key in PEM"))?;
    CertifiedKey::from_der(chain, key, &ring_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => refused("it does not belong to the client certificate"),
        rustls::Error::InvalidCertificate(_) => {
            Unusable { field: CLIENT_CERTIFICATE, why: "its first certificate is none that can be read".to_owned() }
        }
        _ => refused("it is of a kind that cannot be used: RSA, ECDSA (P-256, P-384) and Ed25519 can"),
    })
}

/// SHA-256 of a certificate as it was sent.
fn sha256(der: &[u8]) -> [u8; 32] {
    bytes_of(&digest::digest(&digest::SHA256, der))
}

fn bytes_of(digest: &digest::Digest) -> [u8; 32] {
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests;
