//! Where requests may go: `http` and `https`, and no link-local or cloud-metadata address, whatever name it hides behind.
//!
//! Loopback and private networks are allowed: that is where InfluxDB usually lives. Names are resolved here and the connection is made to
//! exactly the addresses that passed, so that a second answer of the name server changes nothing.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use model::{Failure, FailureKind};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Whether a request may be sent to this URL as far as its text tells.
///
/// # Errors
/// `InfluxUrl`: another scheme, no host, a login inside the URL (it belongs into its own fields), or an address that is not allowed.
pub fn usable(url: &Url) -> Result<(), Failure> {
    let wrong = |why: String| Err(Failure::new(FailureKind::InfluxUrl, why));
    if !matches!(url.scheme(), "http" | "https") {
        return wrong(format!("the URL begins with `{}:`, not with `http:` or `https:`", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("the URL holds a login; give it in the fields made for it".to_owned());
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) => return Ok(()),
        None => return wrong("the URL names no host".to_owned()),
    };
    if let Some(why) = refused(literal) { wrong(format!("{literal} is {why}: nothing is sent there")) } else { Ok(()) }
}

/// Why nothing is sent to this address; `None` when it is allowed.
pub fn refused(address: IpAddr) -> Option<&'static str> {
    match address.to_canonical() {
        IpAddr::V4(v4) if v4.is_link_local() => Some("a link-local address"),
        IpAddr::V4(v4) if v4 == Ipv4Addr::new(100, 100, 100, 200) => Some("a cloud's metadata address"),
        IpAddr::V4(v4) if v4.is_multicast() || v4.is_broadcast() => Some("the address of no single machine"),
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Some("a link-local address"),
        IpAddr::V6(v6) if v6 == Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254) => Some("a cloud's metadata address"),
        IpAddr::V6(v6) if v6.is_multicast() => Some("the address of no single machine"),
        _ => None,
    }
}

/// Whether the host is this machine itself, by its text: `localhost`, `127.0.0.1`, `[::1]`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// The allowed addresses of the URL's host, with its port.
///
/// # Errors
/// `InfluxDns` when the name has no address; `InfluxUrl` when it has none that is allowed.
pub async fn resolve(url: &Url) -> Result<Vec<SocketAddr>, Failure> {
    let port = url.port_or_known_default().unwrap_or(80);
    let name = match url.host() {
        Some(Host::Ipv4(address)) => return Ok(vec![SocketAddr::from((address, port))]),
        Some(Host::Ipv6(address)) => return Ok(vec![SocketAddr::from((address, port))]),
        Some(Host::Domain(name)) => name,
        None => return Err(Failure::new(FailureKind::InfluxUrl, "the URL names no host")),
    };
    allowed(name, port).await.map_err(|error| {
        let kind = if matches!(error, ResolveError::Refused { .. }) { FailureKind::InfluxUrl } else { FailureKind::InfluxDns };
        Failure::new(kind, format!("resolving {name}")).because(error)
    })
}

async fn allowed(name: &str, port: u16) -> Result<Vec<SocketAddr>, ResolveError> {
    sift(tokio::net::lookup_host((name, port)).await.map_err(ResolveError::Lookup)?)
}

/// The addresses that are allowed, or why there is none.
fn sift(found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, ResolveError> {
    let mut allowed = Vec::new();
    let mut why = ResolveError::NoAddress;
    for address in found {
        match refused(address.ip()) {
            None => allowed.push(address),
            Some(reason) => why = ResolveError::Refused { address: address.ip(), reason },
        }
    }
    if allowed.is_empty() { Err(why) } else { Ok(allowed) }
}

/// Gives the HTTP client only addresses that are allowed.
pub(super) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The client puts the URL's port in place of this one.
            let addresses = allowed(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Why a name gave no address to connect to.
#[derive(Debug)]
pub(super) enum ResolveError {
    Lookup(io::Error),
    NoAddress,
    Refused { address: IpAddr, reason: &'static str },
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup(error) => write!(f, "the name does not resolve ({error})"),
            Self::NoAddress => f.write_str("the name has no address"),
            Self::Refused { address, reason } => write!(f, "{address} is {reason}: nothing is sent there"),
        }
    }
}

impl std::error::Error for ResolveError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_of_allowed_machines_are_usable() {
        for (url, allowed) in [
            ("http://localhost:8086", true),
            ("https://influx.example.org/sub/path", true),
            ("http://127.0.0.1:8086", true),
            ("http://10.1.2.3:8086", true),
            ("http://[::1]:8086", true),
            ("ftp://localhost", false),
            ("file:///etc/passwd", false),
            ("http://user:password@localhost", false),
            ("http://169.254.169.254/latest/meta-data", false),
            ("http://0xa9fea9fe/", false),
            ("http://2852039166/", false),
            ("http://[::ffff:169.254.169.254]/", false),
            ("http://[fe80::1]/", false),
            ("http://[fd00:ec2::254]/", false),
            ("http://100.100.100.200/", false),
        ] {
            let verdict = usable(&Url::parse(url).unwrap());
            assert_eq!(verdict.is_ok(), allowed, "{url}: {verdict:?}");
            if let Err(failure) = verdict {
                assert_eq!(failure.kind, FailureKind::InfluxUrl);
                assert!(!failure.chain().contains("password@"), "{}", failure.chain());
            }
        }
    }

    #[test]
    fn a_name_leads_to_its_allowed_addresses_only() {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 8086);
        let both = [address("169.254.169.254"), address("10.0.0.7"), address("fe80::1")];
        assert_eq!(sift(both.into_iter()).unwrap(), [address("10.0.0.7")]);
        assert!(matches!(sift([address("169.254.169.254")].into_iter()), Err(ResolveError::Refused { .. })));
        assert!(matches!(sift(std::iter::empty()), Err(ResolveError::NoAddress)));
    }

    #[test]
    fn loopback_is_known_by_its_text() {
        for (url, loopback) in [
            ("http://localhost", true),
            ("http://127.9.9.9", true),
            ("http://[::1]", true),
            ("http://10.0.0.1", false),
            ("http://host", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), loopback, "{url}");
        }
    }
}
