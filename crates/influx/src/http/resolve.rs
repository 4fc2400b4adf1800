//! From a host to the addresses that may be connected to.

use std::{fmt, io, net::SocketAddr, sync::Arc};

use model::{Code, Failure, FailureKind};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use super::{
    guard,
    outbound::{Outbound, Passage, Refused, port_of},
};

/// Gives the HTTP client only addresses that are allowed, at this port: its question does not tell which one it connects to.
pub(super) struct Resolver {
    pub(super) outbound: Arc<Outbound>,
    pub(super) port: u16,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (outbound, port) = (Arc::clone(&self.outbound), self.port);
        Box::pin(async move {
            let addresses = allowed(&outbound, name.as_str(), port).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The allowed addresses of the URL's host, with its port.
///
/// # Errors
/// `InfluxDns` when the name has no address; `InfluxUrl` when it has none that is allowed.
pub(crate) async fn resolve(outbound: &Outbound, url: &Url) -> Result<Vec<SocketAddr>, Failure> {
    outbound.judge(url)?;
    let port = port_of(url);
    let host = url.host_str().unwrap_or_default();
    match guard::literal(url) {
        Some(address) => Ok(vec![SocketAddr::new(address, port)]),
        None => allowed(outbound, host, port).await.map_err(|error| match error {
            ResolveError::Refused(why) => {
                Failure::new(FailureKind::InfluxUrl, format!("{host} is not asked")).coded(why.code()).because(why)
            }
            error => Failure::new(FailureKind::InfluxDns, format!("resolving {host}")).coded(error.code()).because(error),
        }),
    }
}

async fn allowed(outbound: &Outbound, name: &str, port: u16) -> Result<Vec<SocketAddr>, ResolveError> {
    let passage = outbound.name(name, port)?;
    // Promised to exist nowhere (RFC 6761, 6.4): an answer is one of a name server that answers everything.
    if name.trim_end_matches('.').rsplit('.').next() == Some("invalid") {
        return Err(ResolveError::NoAddress);
    }
    sift(outbound, passage, tokio::net::lookup_host((name, port)).await.map_err(ResolveError::Lookup)?)
}

/// The addresses that are allowed, or why there is none.
fn sift(outbound: &Outbound, passage: Passage, found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, ResolveError> {
    let mut allowed = Vec::new();
    let mut why = ResolveError::NoAddress;
    for address in found {
        match outbound.address(address, passage) {
            Ok(()) => allowed.push(address),
            Err(refused) => why = ResolveError::Refused(refused),
        }
    }
    if allowed.is_empty() { Err(why) } else { Ok(allowed) }
}

/// Why a name gave no address to connect to.
#[derive(Debug)]
pub(super) enum ResolveError {
    Lookup(io::Error),
    NoAddress,
    Refused(Refused),
}

impl ResolveError {
    /// Its code.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::Refused(refused) => refused.code(),
            Self::NoAddress => Code::DnsUnknown,
            // The system's resolver tells by its words alone (glibc, musl, macOS, Windows).
            Self::Lookup(error) => {
                let said = error.to_string().to_lowercase();
                let unknown = ["not known", "no address", "does not resolve", "no usable address", "no such host"];
                if unknown.iter().any(|words| said.contains(words)) { Code::DnsUnknown } else { Code::DnsFailed }
            }
        }
    }
}

impl From<Refused> for ResolveError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup(error) => write!(f, "the name does not resolve ({error})"),
            Self::NoAddress => f.write_str("the name does not exist"),
            Self::Refused(refused) => refused.fmt(f),
        }
    }
}

impl std::error::Error for ResolveError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_allowed_addresses_only() {
        let open = Outbound::default();
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 8086);
        let both = [address("169.254.169.254"), address("10.0.0.7"), address("fe80::1")];
        assert_eq!(sift(&open, Passage::Free, both.into_iter()).unwrap(), [address("10.0.0.7")]);
        let refused = sift(&open, Passage::Free, [address("169.254.169.254")].into_iter()).unwrap_err();
        assert_eq!(refused.code(), Code::PolicyAddress);
        assert!(matches!(sift(&open, Passage::Free, std::iter::empty()), Err(ResolveError::NoAddress)));
        let lists = Outbound::parse(&["10.0.0.0/8"], &[]).unwrap();
        assert_eq!(sift(&lists, Passage::Listed, [address("192.0.2.1")].into_iter()).unwrap_err().code(), Code::PolicyDenied);
    }

    #[test]
    fn a_name_that_does_not_exist_is_told_from_a_resolver_that_fails() {
        for (words, code) in [
            ("failed to lookup address information: Name or service not known", Code::DnsUnknown),
            ("failed to lookup address information: No address associated with hostname", Code::DnsUnknown),
            ("failed to lookup address information: Name does not resolve", Code::DnsUnknown),
            ("failed to lookup address information: nodename nor servname provided, or not known", Code::DnsUnknown),
            ("No such host is known. (os error 11001)", Code::DnsUnknown),
            ("failed to lookup address information: Temporary failure in name resolution", Code::DnsFailed),
            ("failed to lookup address information: Try again", Code::DnsFailed),
        ] {
            assert_eq!(ResolveError::Lookup(io::Error::other(words)).code(), code, "{words}");
        }
    }

    #[tokio::test]
    async fn a_name_below_invalid_exists_nowhere() {
        let failure = resolve(&Outbound::default(), &Url::parse("http://influx.invalid:8086").unwrap()).await.unwrap_err();
        assert_eq!((failure.kind, failure.code()), (FailureKind::InfluxDns, Code::DnsUnknown));
    }

    #[tokio::test]
    async fn a_name_of_an_own_listener_is_refused_once_it_is_resolved() {
        let outbound = Outbound::default();
        outbound.own("0.0.0.0:8888".parse().unwrap());
        outbound.own("[::]:8888".parse().unwrap());
        let failure = resolve(&outbound, &Url::parse("http://localhost:8888").unwrap()).await.unwrap_err();
        assert_eq!((failure.kind, failure.code()), (FailureKind::InfluxUrl, Code::PolicySelf));
    }
}
