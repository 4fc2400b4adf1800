//! What is never asked, whatever the lists say: other schemes than `http` and `https`, and link-local, cloud-metadata and no-machine
//! addresses, whatever name or notation they hide behind.
//!
//! Loopback and private networks are allowed unless the [lists](super::Outbound) say otherwise: that is where InfluxDB usually lives.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::{Code, Failure, FailureKind};
use url::{Host, Url};

/// Whether a request may be sent to this URL as far as its text tells.
///
/// # Errors
/// `InfluxUrl`: what [`well_formed`] refuses, or an address that is never asked.
pub fn usable(url: &Url) -> Result<(), Failure> {
    well_formed(url)?;
    match literal(url).and_then(|address| refused(address).map(|why| (address, why))) {
        None => Ok(()),
        Some((address, why)) => {
            Err(Failure::new(FailureKind::InfluxUrl, format!("{address} is {why}: nothing is sent there")).coded(Code::PolicyAddress))
        }
    }
}

/// Whether this is the URL of a web server, without a login in it.
///
/// # Errors
/// `InfluxUrl`: another scheme, no host, a login inside the URL (it belongs into its own fields).
pub fn well_formed(url: &Url) -> Result<(), Failure> {
    let wrong = |code, why: String| Err(Failure::new(FailureKind::InfluxUrl, why).coded(code));
    if !matches!(url.scheme(), "http" | "https") {
        return wrong(Code::UrlInvalid, format!("the URL begins with `{}:`, not with `http:` or `https:`", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong(Code::UrlLogin, "the URL holds a login; give it in the fields made for it".to_owned());
    }
    if url.host().is_none() {
        return wrong(Code::UrlInvalid, "the URL names no host".to_owned());
    }
    Ok(())
}

/// Why nothing is ever sent to this address; `None` when that depends on the lists.
pub fn refused(address: IpAddr) -> Option<&'static str> {
    let address = address.to_canonical();
    match embedded(address).unwrap_or(address) {
        IpAddr::V4(v4) if v4.is_link_local() => Some("a link-local address"),
        IpAddr::V4(v4) if METADATA.contains(&v4) => Some("a cloud's metadata address"),
        IpAddr::V4(v4) if v4.octets()[0] == 0 || v4.is_multicast() || v4.is_broadcast() => Some("the address of no single machine"),
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Some("a link-local address"),
        IpAddr::V6(v6) if METADATA_V6.contains(&v6) => Some("a cloud's metadata address"),
        IpAddr::V6(v6) if v6.is_multicast() || v6.is_unspecified() => Some("the address of no single machine"),
        _ => None,
    }
}

/// Alibaba's, Azure's, and Oracle's first; all others are link-local.
const METADATA: [Ipv4Addr; 3] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// Amazon's and Google's.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254), Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254)];

/// The IPv4 address that a translator (64:ff9b::/96, RFC 6052) or a 6to4 relay (2002::/16, RFC 3056) would send to, or that stands at the end
/// of an IPv6 address in the old way (`::169.254.169.254`, RFC 4291, 2.5.5.1).
fn embedded(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(v6) = address else { return None };
    let segments = v6.segments();
    let octets = v6.octets();
    let four = |at: usize| Some(IpAddr::from([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]]));
    match segments {
        [0x0064, 0xff9b, 0, 0, 0, 0, _, _] => four(12),
        [0x2002, ..] => four(2),
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => four(12),
        _ => None,
    }
}

/// The address that the URL names its host by, if it does.
pub(crate) fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
        Host::Domain(_) => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_of_allowed_machines_are_usable() {
        for (url, code) in [
            ("http://localhost:8086", None),
            ("https://influx.example.org/sub/path", None),
            ("http://127.0.0.1:8086", None),
            ("http://10.1.2.3:8086", None),
            ("http://[::1]:8086", None),
            ("http://[::ffff:10.0.0.1]:8086", None),
            ("http://[64:ff9b::10.0.0.1]:8086", None),
            ("ftp://localhost", Some(Code::UrlInvalid)),
            ("file:///etc/passwd", Some(Code::UrlInvalid)),
            ("http://user:password@localhost", Some(Code::UrlLogin)),
            ("http://user@169.254.169.254", Some(Code::UrlLogin)),
            ("http://169.254.169.254/latest/meta-data", Some(Code::PolicyAddress)),
            ("http://0xa9fea9fe/", Some(Code::PolicyAddress)),
            ("http://2852039166/", Some(Code::PolicyAddress)),
            ("http://0251.0376.0251.0376/", Some(Code::PolicyAddress)),
            ("http://169.254.43518/", Some(Code::PolicyAddress)),
            ("http://[::ffff:169.254.169.254]/", Some(Code::PolicyAddress)),
            ("http://[64:ff9b::169.254.169.254]/", Some(Code::PolicyAddress)),
            ("http://[2002:a9fe:a9fe::1]/", Some(Code::PolicyAddress)),
            ("http://[::169.254.169.254]/", Some(Code::PolicyAddress)),
            ("http://192.0.0.192/", Some(Code::PolicyAddress)),
            ("http://[fe80::1]/", Some(Code::PolicyAddress)),
            ("http://[fd00:ec2::254]/", Some(Code::PolicyAddress)),
            ("http://100.100.100.200/", Some(Code::PolicyAddress)),
            ("http://168.63.129.16/", Some(Code::PolicyAddress)),
            ("http://224.0.0.1/", Some(Code::PolicyAddress)),
            ("http://255.255.255.255/", Some(Code::PolicyAddress)),
            ("http://0.0.0.0:8086/", Some(Code::PolicyAddress)),
            ("http://0:8086/", Some(Code::PolicyAddress)),
            ("http://[::]:8086/", Some(Code::PolicyAddress)),
            ("http://[ff02::1]/", Some(Code::PolicyAddress)),
            // A full-width digit and an ideographic full stop are the same address to whoever resolves it.
            ("http://169。254。169。254/", Some(Code::PolicyAddress)),
            ("http://１６９.254.169.254/", Some(Code::PolicyAddress)),
        ] {
            let verdict = usable(&Url::parse(url).unwrap());
            assert_eq!(verdict.as_ref().err().map(Failure::code), code, "{url}: {verdict:?}");
            if let Err(failure) = verdict {
                assert_eq!(failure.kind, FailureKind::InfluxUrl);
                assert!(!failure.chain().contains("password@"), "{}", failure.chain());
            }
        }
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
