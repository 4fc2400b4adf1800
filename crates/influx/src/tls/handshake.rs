//! One handshake, watched: what the server presents, what it asks for, and why it fails.

use std::{fmt, future::poll_fn, io, net::SocketAddr, pin::Pin, sync::Arc, task::Poll, time::Duration};

use chrono::{DateTime, Utc};
use model::{Code, Failure, FailureKind};
use rustls::{
    ProtocolVersion, SignatureScheme,
    client::ResolvesClientCert,
    pki_types::{InvalidDnsNameError, ServerName},
    sign::CertifiedKey,
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use url::{Host, Url};

use super::{
    MachineRoots, TlsSettings,
    certificate::Presented,
    judge::{Refusal, Seen, cause},
};

/// How long to listen, after the handshake, for a server that asked for a client certificate and refuses the one that it got: with TLS 1.3
/// it says so only then. A server that takes it sends a ticket, which ends the wait.
const VERDICT: Duration = Duration::from_secs(1);

/// What came of a handshake.
pub(crate) struct Handshake {
    /// The protocol that was agreed on, `TLS 1.3`, or why there is none: `InfluxTls`, with the code of the cause.
    pub(crate) outcome: Result<&'static str, Failure>,
    /// The server's certificate and when it was judged, if the handshake came that far.
    pub(crate) presented: Option<(Presented, DateTime<Utc>)>,
}

/// Shakes hands over `stream` as `settings` say, for at most `limit`, with the host of `url`.
pub(crate) async fn shake(settings: &TlsSettings, roots: &MachineRoots, url: &Url, stream: TcpStream, limit: Duration) -> Handshake {
    let seen = Arc::<Seen>::default();
    let outcome = match timeout(limit, outcome(settings, roots, url, stream, &seen)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let doing = format!("the TLS handshake did not end within {} ms", limit.as_millis());
            Err(Failure::new(FailureKind::InfluxTls, doing).coded(Code::TlsTimeout))
        }
    };
    Handshake { outcome, presented: seen.presented() }
}

/// Whether what listens at `address` speaks TLS, whatever it presents; decided within `limit`.
pub(crate) async fn speaks_tls(roots: &MachineRoots, url: &Url, address: SocketAddr, limit: Duration) -> bool {
    let seen = Arc::<Seen>::default();
    let shaken = timeout(limit, async {
        let stream = TcpStream::connect(address).await.ok()?;
        outcome(&TlsSettings::plain(true), roots, url, stream, &seen).await.ok()
    });
    matches!(shaken.await, Ok(Some(_))) || seen.presented().is_some()
}

async fn outcome(
    settings: &TlsSettings,
    roots: &MachineRoots,
    url: &Url,
    stream: TcpStream,
    seen: &Arc<Seen>,
) -> Result<&'static str, Failure> {
    let config = settings.config(roots, Some(Arc::clone(seen)))?;
    let name = server_name(url).map_err(|error| {
        Failure::new(FailureKind::InfluxTls, "the URL's host is no name that a certificate can hold")
            .coded(Code::TlsWrongName)
            .because(error)
    })?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| failure(error, settings, seen))?;
    let protocol = match stream.get_ref().1.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        _ => "TLS 1.2",
    };
    if protocol == "TLS 1.3" && seen.asked() {
        // Silence is no refusal.
        if let Ok(Err(error)) = timeout(VERDICT, verdict(&mut stream)).await {
            return Err(failure(error, settings, seen));
        }
    }
    Ok(protocol)
}

/// Waits for the server to say something: a ticket when it took our certificate, an error when it did not.
async fn verdict(stream: &mut TlsStream<TcpStream>) -> io::Result<()> {
    poll_fn(|context| {
        let mut byte = [0; 1];
        let mut buffer = ReadBuf::new(&mut byte);
        let read = Pin::new(&mut *stream).poll_read(context, &mut buffer);
        match read {
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            Poll::Pending if stream.get_ref().1.tls13_tickets_received() > 0 => Poll::Ready(Ok(())),
            read => read,
        }
    })
    .await
}

fn failure(error: io::Error, settings: &TlsSettings, seen: &Seen) -> Failure {
    let tls = error.get_ref().and_then(|carried| carried.downcast_ref::<rustls::Error>());
    let (code, hint) = match tls {
        Some(tls) => cause(tls),
        None if error.kind() == io::ErrorKind::TimedOut => (Code::TlsTimeout, "the TLS handshake did not end in time"),
        None => (Code::TlsHandshake, "the connection was closed during the TLS handshake"),
    };
    if let Some(refusal) = tls.and_then(refusal) {
        return Failure::new(FailureKind::InfluxTls, refusal.to_string()).coded(code);
    }
    // Whoever asks for a certificate and then breaks off did not like what it got.
    let is_about_ours = code == Code::TlsClientCertificate || (seen.asked() && code == Code::TlsHandshake);
    let (code, hint) = match (is_about_ours, settings.shows_a_certificate()) {
        (true, true) => (Code::TlsClientCertificate, "the server does not take the client certificate that was shown"),
        (true, false) => (Code::TlsClientCertificate, "the server asks for a client certificate, and the connection has none"),
        (false, _) => (code, hint),
    };
    Failure::new(FailureKind::InfluxTls, hint).coded(code).because(error)
}

fn refusal(error: &rustls::Error) -> Option<&Refusal> {
    match error {
        rustls::Error::InvalidCertificate(rustls::CertificateError::Other(carried)) => carried.0.downcast_ref(),
        _ => None,
    }
}

fn server_name(url: &Url) -> Result<ServerName<'static>, InvalidDnsNameError> {
    match url.host() {
        Some(Host::Ipv4(address)) => Ok(ServerName::from(std::net::IpAddr::from(address))),
        Some(Host::Ipv6(address)) => Ok(ServerName::from(std::net::IpAddr::from(address))),
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()),
        None => ServerName::try_from(String::new()),
    }
}

/// Notes that the server asked for a client certificate, and shows the one there is.
pub(super) struct Asked {
    pub(super) client: Option<Arc<dyn ResolvesClientCert>>,
    pub(super) seen: Arc<Seen>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.seen.note_asked();
        self.client.as_ref()?.resolve(hints, schemes)
    }

    fn has_certs(&self) -> bool {
        // Otherwise it would not be asked, and could not note it.
        true
    }
}
