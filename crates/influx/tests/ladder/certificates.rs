//! Certificates of every kind, and a TLS server that shows them in front of another server.

use std::sync::{Arc, OnceLock};

use chrono::{Datelike, TimeDelta};
use model::Clock;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::stage::Machine;

/// An authority, one below it, and what it signs.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key.
pub(crate) struct Identity {
    certificate: Certificate,
    key: KeyPair,
    /// What is sent after it.
    above: Vec<CertificateDer<'static>>,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Valid {
    Now,
    Past,
    Future,
    ForDays(i64),
}

impl Valid {
    /// Its first and last day, as year, month and day.
    fn days(self) -> [(i32, u32, u32); 2] {
        match self {
            Self::Now => [(2020, 1, 1), (2090, 1, 1)],
            Self::Past => [(2020, 1, 1), (2021, 1, 1)],
            Self::Future => [(2089, 1, 1), (2090, 1, 1)],
            Self::ForDays(days) => {
                let last = (Machine.now() + TimeDelta::days(days)).date_naive();
                [(2020, 1, 1), (last.year(), last.month(), last.day())]
            }
        }
    }
}

fn params(name: &str, names: &[&str], valid: Valid) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let [first, last] = valid.days().map(|(year, month, day)| {
        let small = |number: u32| u8::try_from(number).expect("months and days are small");
        rcgen::date_time_ymd(year, small(month), small(day))
    });
    params.not_before = first;
    params.not_after = last;
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority_params(name: &str, valid: Valid) -> CertificateParams {
    let mut params = params(name, &[], valid);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params
}

impl Authority {
    /// A new one whose intermediate is valid then.
    pub(crate) fn new(name: &str, intermediate: Valid) -> Self {
        let root = CertifiedIssuer::self_signed(authority_params(&format!("{name} root"), Valid::Now), KeyPair::generate().unwrap());
        let root = root.unwrap();
        let below = authority_params(&format!("{name} intermediate"), intermediate);
        let intermediate = CertifiedIssuer::signed_by(below, KeyPair::generate().unwrap(), &root).unwrap();
        Self { root, intermediate }
    }

    /// The one that most scenes share.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Authority> = OnceLock::new();
        SHARED.get_or_init(|| Self::new("Ladder", Valid::Now))
    }

    /// One that most scenes do not know.
    pub(crate) fn stranger() -> &'static Self {
        static STRANGER: OnceLock<Authority> = OnceLock::new();
        STRANGER.get_or_init(|| Self::new("Stranger", Valid::Now))
    }

    /// What a connection that trusts it is given.
    pub(crate) fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// A certificate for these names, sent with the intermediate.
    pub(crate) fn signs(&self, names: &[&str], valid: Valid) -> Identity {
        self.signs_params(&params("ladder test server", names, valid))
    }

    /// A certificate for these names that only clients may show.
    pub(crate) fn signs_client(&self, names: &[&str]) -> Identity {
        let mut params = params("ladder test client", names, Valid::Now);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.signs_params(&params)
    }

    fn signs_params(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &*self.intermediate).unwrap();
        Identity { certificate, key, above: vec![self.intermediate.der().clone()] }
    }
}

impl Identity {
    /// One that signs itself.
    pub(crate) fn self_signed(names: &[&str]) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params("ladder self-signed", names, Valid::Now).self_signed(&key).unwrap();
        Self { certificate, key, above: Vec::new() }
    }

    /// The same, sent alone.
    #[must_use]
    pub(crate) fn alone(mut self) -> Self {
        self.above.clear();
        self
    }

    /// The certificate and what is above it, in PEM.
    pub(crate) fn chain_pem(&self, authority: &Authority) -> String {
        format!("{}{}", self.certificate.pem(), authority.intermediate.pem())
    }

    /// The certificate alone, in PEM.
    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    pub(crate) fn sha256(&self) -> String {
        ring::digest::digest(&ring::digest::SHA256, self.certificate.der()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A TLS server that hands what it decrypts to another server. Dropping it closes its port.
pub(crate) struct Guarded {
    port: u16,
    sha256: String,
    task: JoinHandle<()>,
}

impl Guarded {
    /// Shows this certificate, asks for one of the clients' when it knows who signs them, and stands before `behind`.
    pub(crate) async fn start(shown: &Identity, clients: Option<&Authority>, behind: &Url) -> Self {
        influx::http::install_tls_provider();
        let builder = match clients {
            None => ServerConfig::builder().with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.root.der().clone()).unwrap();
                ServerConfig::builder().with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
            }
        };
        let chain = [vec![shown.certificate.der().clone()], shown.above.clone()].concat();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(shown.key.serialize_der()));
        let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = (behind.host_str().unwrap().to_owned(), behind.port().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    let Ok(mut open) = acceptor.accept(stream).await else { return };
                    let Ok(mut inner) = TcpStream::connect((behind.0.as_str(), behind.1)).await else { return };
                    let _ = copy_bidirectional(&mut open, &mut inner).await;
                });
            }
        });
        Self { port, sha256: shown.sha256(), task }
    }

    pub(crate) fn url(&self, scheme: &str) -> Url {
        format!("{scheme}://localhost:{}", self.port).parse().unwrap()
    }

    /// The SHA-256 of the certificate that it shows, in lower-case hexadecimal digits.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.task.abort();
    }
}
