//! HTTP over TLS: whom a client trusts, what it shows, and what it says when either side refuses.

use std::{sync::Arc, time::Duration};

use influx::{
    Drivers, TlsSettings,
    http::{Client, Http, Login, Request},
};
use model::{
    Certificates, Code, Connection, FailureKind, Finding, SecretField, Target, Verdict,
    edges::{ConnectionAccess, Influx},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use reqwest::Method;
use ring::digest;
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::Epoch;

/// An authority that signs.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate, what is sent with it, and its key.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) pem: String,
    pub(crate) key: KeyPair,
}

fn params(names: &[&str], years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "http test");
    params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    params
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = params(&[], (2020, 2090));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn signs(&self, names: &[&str], years: (i32, i32)) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = params(names, years);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &*self.0).unwrap();
        Identity { chain: vec![certificate.der().clone(), self.0.der().clone()], pem: certificate.pem(), key }
    }
}

impl Identity {
    fn self_signed(names: &[&str], years: (i32, i32), is_ca: bool) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = params(names, years);
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let certificate = params.self_signed(&key).unwrap();
        Self { chain: vec![certificate.der().clone()], pem: certificate.pem(), key }
    }

    fn sha256(&self) -> String {
        digest::digest(&digest::SHA256, &self.chain[0]).as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }
}

/// A server that answers 204 to whoever shakes hands with it. Dropping it closes its port.
pub(crate) struct Server {
    pub(crate) url: Url,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn serve(shown: &Identity, clients: Option<&Authority>, versions: &[&'static SupportedProtocolVersion]) -> Server {
    influx::http::install_tls_provider();
    let builder = ServerConfig::builder_with_protocol_versions(versions);
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.0.der().clone()).unwrap();
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(shown.key.serialize_der()));
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(shown.chain.clone(), key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = vec![0; 64 * 1024];
                while stream.read(&mut request).await.is_ok_and(|bytes| bytes > 0) {
                    if stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await.is_err() {
                        return;
                    }
                    // What the server asked the client to close, it closes itself.
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    Server { url, task }
}

pub(crate) fn client(certificates: Certificates, key: Option<&KeyPair>) -> Client {
    let key = key.map(|key| SecretString::from(key.serialize_pem()));
    let settings = TlsSettings::of(&certificates, false, key.as_ref());
    Http::new(Arc::new(Epoch)).unwrap().client_for(&Login::None, Duration::from_secs(30), &settings).unwrap()
}

fn trusting(authority: &Authority) -> Certificates {
    Certificates { ca_certificate: Some(authority.pem()), ..Certificates::default() }
}

fn pinning(pin: String) -> Certificates {
    Certificates { pinned_sha256: Some(pin), ..Certificates::default() }
}

/// What comes of a request: `None` when it is answered.
async fn refused(client: &Client, server: &Server) -> Option<Code> {
    match client.send(Request::new(Method::GET, server.url.clone())).await {
        Ok(answer) => {
            assert_eq!(answer.status.as_u16(), 204);
            None
        }
        Err(failure) => {
            assert_eq!(failure.kind, FailureKind::InfluxTls, "{}", failure.chain());
            Some(failure.code())
        }
    }
}

const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
const HERE: &[&str] = &["localhost"];
const NOW: (i32, i32) = (2020, 2090);

#[tokio::test]
async fn a_server_is_judged_as_the_connection_says_and_told_why() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("stranger"));
    let good = authority.signs(HERE, NOW);
    let alone = {
        let signed = authority.signs(HERE, NOW);
        Identity { chain: vec![signed.chain[0].clone()], ..signed }
    };
    let own = Identity::self_signed(HERE, NOW, false);
    // As `openssl req -x509` makes them.
    let own_ca = Identity::self_signed(HERE, NOW, true);
    let itself = |identity: &Identity| Certificates { ca_certificate: Some(identity.pem.clone()), ..Certificates::default() };
    let expired_ca = Identity::self_signed(HERE, (2020, 2021), true);
    let elsewhere_ca = Identity::self_signed(&["elsewhere.example"], NOW, true);
    for (about, shown, certificates, expected) in [
        ("own CA", &good, trusting(&authority), None),
        ("own CA, without a chain", &alone, trusting(&authority), None),
        ("another CA", &good, trusting(&stranger), Some(Code::TlsUnknownIssuer)),
        ("another CA, without a chain", &alone, trusting(&stranger), Some(Code::TlsIncompleteChain)),
        ("the machine's roots", &good, Certificates::default(), Some(Code::TlsUnknownIssuer)),
        ("expired", &authority.signs(HERE, (2020, 2021)), trusting(&authority), Some(Code::TlsExpired)),
        ("not yet valid", &authority.signs(HERE, (2089, 2090)), trusting(&authority), Some(Code::TlsNotYetValid)),
        ("another name", &authority.signs(&["elsewhere.example"], NOW), trusting(&authority), Some(Code::TlsWrongName)),
        ("an address is no name", &authority.signs(&["127.0.0.1"], NOW), trusting(&authority), Some(Code::TlsWrongName)),
        ("self-signed", &own, trusting(&authority), Some(Code::TlsSelfSigned)),
        ("self-signed authority", &own_ca, Certificates::default(), Some(Code::TlsSelfSigned)),
        ("self-signed as its own CA", &own, itself(&own), None),
        ("self-signed authority as its own CA", &own_ca, itself(&own_ca), None),
        ("expired as its own CA", &expired_ca, itself(&expired_ca), Some(Code::TlsExpired)),
        ("of another name as its own CA", &elsewhere_ca, itself(&elsewhere_ca), Some(Code::TlsWrongName)),
        ("pinned", &own, pinning(own.sha256()), None),
        ("pinned, though expired", &expired_ca, pinning(expired_ca.sha256()), None),
        ("pinned, though of another name", &elsewhere_ca, pinning(elsewhere_ca.sha256()), None),
        ("another pin", &good, pinning(own.sha256()), Some(Code::TlsPinMismatch)),
    ] {
        let server = serve(shown, None, BOTH).await;
        assert_eq!(refused(&client(certificates, None), &server).await, expected, "{about}");
    }
}

#[tokio::test]
async fn the_pinned_certificate_without_its_key_proves_nothing() {
    // Somebody on the way who has the certificate, which is public, and signs with a key of another one.
    let (authority, thief) = (Authority::new("ours"), KeyPair::generate().unwrap());
    let shown = authority.signs(HERE, NOW);
    let stolen = Identity { chain: shown.chain.clone(), pem: shown.pem.clone(), key: thief };
    let pin = pinning(shown.sha256());
    influx::http::install_tls_provider();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(stolen.key.serialize_der()));
    let signing = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let certified = Arc::new(rustls::sign::CertifiedKey::new(stolen.chain.clone(), signing));
    for version in BOTH {
        let config = ServerConfig::builder_with_protocol_versions(&[*version])
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(Arc::clone(&certified))));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("https://localhost:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = acceptor.accept(stream).await;
            }
        });
        let server = Server { url, task };
        assert!(refused(&client(pin.clone(), None), &server).await.is_some(), "{version:?}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_who_asks_and_its_refusal_is_told() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("stranger"));
    let (ours, theirs) = (authority.signs(&["tributary"], NOW), stranger.signs(&["tributary"], NOW));
    let showing = |identity: &Identity| Certificates { client_certificate: Some(identity.pem.clone()), ..trusting(&authority) };
    for version in BOTH {
        let server = serve(&authority.signs(HERE, NOW), Some(&authority), &[*version]).await;
        assert_eq!(refused(&client(showing(&ours), Some(&ours.key)), &server).await, None, "{version:?}");
        let stranger = client(showing(&theirs), Some(&theirs.key));
        assert_eq!(refused(&stranger, &server).await, Some(Code::TlsClientCertificate), "{version:?}");
        // What TLS 1.2 has no word for is a failed handshake.
        let none = refused(&client(trusting(&authority), None), &server).await;
        assert!(matches!(none, Some(Code::TlsClientCertificate | Code::TlsHandshake)), "{version:?}: {none:?}");
    }
}

/// The finding of the step `tls` of a check.
async fn checked(server: &Server, certificates: Certificates, key: Option<&KeyPair>) -> Finding {
    let mut connection = Connection::new(Target::v1(server.url.clone(), "orders"));
    connection.tls = certificates;
    let mut access = ConnectionAccess::new(connection, None);
    access.secrets.extend(key.map(|key| (SecretField::ClientKey, SecretString::from(key.serialize_pem()))));
    let mut findings = Vec::new();
    Drivers::new(Arc::new(Epoch)).unwrap().check(&access, &mut |finding| findings.push(finding)).await;
    findings.into_iter().find(|finding| finding.step == "tls").unwrap()
}

#[tokio::test]
async fn a_check_tells_a_refused_client_certificate_in_either_version_of_tls() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("stranger"));
    let (ours, theirs) = (authority.signs(&["tributary"], NOW), stranger.signs(&["tributary"], NOW));
    let showing = |identity: &Identity| Certificates { client_certificate: Some(identity.pem.clone()), ..trusting(&authority) };
    for (version, protocol) in [(&TLS12, "TLS 1.2"), (&TLS13, "TLS 1.3")] {
        let server = serve(&authority.signs(HERE, NOW), Some(&authority), &[version]).await;
        let taken = checked(&server, showing(&ours), Some(&ours.key)).await;
        assert_eq!((taken.verdict, taken.facts["protocol"].as_str()), (Verdict::Passed, protocol), "{taken:?}");
        for (refused, words) in [
            (checked(&server, showing(&theirs), Some(&theirs.key)).await, "does not take"),
            (checked(&server, trusting(&authority), None).await, "has none"),
        ] {
            assert_eq!(refused.code, Some(Code::TlsClientCertificate), "{protocol}: {refused:?}");
            assert_eq!(refused.field.as_deref(), Some("tls.client_certificate"));
            assert!(refused.detail.contains(words), "{}", refused.detail);
        }
    }
}

#[tokio::test]
async fn a_check_tells_what_the_refused_certificate_says() {
    let authority = Authority::new("ours");
    let shown = authority.signs(&["elsewhere.example", "192.0.2.7"], NOW);
    let server = serve(&shown, None, BOTH).await;
    let refused = checked(&server, trusting(&authority), None).await;
    assert_eq!(refused.code, Some(Code::TlsWrongName));
    let facts: Vec<(&str, &str)> = refused.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let sha256 = shown.sha256().replace(':', "").to_lowercase();
    assert_eq!(
        facts,
        [
            ("issuer", "CN=ours"),
            ("names", "elsewhere.example, 192.0.2.7"),
            ("not_after", "2090-01-01T00:00:00Z"),
            ("not_before", "2020-01-01T00:00:00Z"),
            ("sha256", sha256.as_str()),
            ("subject", "CN=http test"),
        ]
    );
}
