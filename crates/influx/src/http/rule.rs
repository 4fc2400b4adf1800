//! One entry of an outbound list.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::{IpNet, Ipv4Net};
use url::Host;

/// What an entry of an outbound list matches: `10.0.0.0/8`, `10.1.2.3`, `influx.example.org`, `*.example.org`, each with or without
/// `:port`, `*:port`, or `*`. IPv6 with a port stands in brackets: `[2001:db8::/32]:8086`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    place: Place,
    port: Option<u16>,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Everything.
    Any,
    /// These addresses.
    Network(IpNet),
    /// This host name.
    Host(String),
    /// Every host name that ends in this, which begins with a dot.
    Below(String),
}

/// A text that is no [`Rule`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is none of: an address or network (10.0.0.0/8), a host name, *.suffix, * (each with or without :port; IPv6 with a port in brackets)"
)]
pub struct RuleError {
    text: String,
}

impl Rule {
    /// Whether it is about addresses: decided when the host is an address, or its name is resolved.
    pub(super) const fn is_of_addresses(&self) -> bool {
        matches!(self.place, Place::Network(_))
    }

    /// Whether it is about this port.
    pub(super) fn is_of_port(&self, port: u16) -> bool {
        self.port.is_none_or(|of| of == port)
    }

    /// Whether it matches a host by its name. `host` is in lower case, as a URL holds it, and without a dot at its end.
    pub(super) fn matches_name(&self, host: &str, port: u16) -> bool {
        self.is_of_port(port)
            && match &self.place {
                Place::Any => true,
                Place::Host(name) => name == host,
                Place::Below(suffix) => host.ends_with(suffix.as_str()),
                Place::Network(_) => false,
            }
    }

    /// Whether it matches an address.
    pub(super) fn matches_address(&self, address: IpAddr, port: u16) -> bool {
        self.is_of_port(port)
            && match &self.place {
                Place::Any => true,
                Place::Network(network) => network.contains(&address.to_canonical()),
                Place::Host(_) | Place::Below(_) => false,
            }
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(given: &str) -> Result<Self, RuleError> {
        let text = given.trim();
        read(text).map(|(place, port)| Self { place, port, text: text.to_owned() }).ok_or_else(|| RuleError { text: given.to_owned() })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn read(text: &str) -> Option<(Place, Option<u16>)> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (inside, after) = bracketed.split_once(']')?;
        let network = network(inside).filter(|_| inside.contains(':'))?;
        let port = if after.is_empty() { None } else { Some(port(after.strip_prefix(':')?)?) };
        return Some((Place::Network(network), port));
    }
    // IPv6 without a port, before its colons are taken for the one before a port.
    if let Some(network) = network(text) {
        return Some((Place::Network(network), None));
    }
    match text.split_once(':') {
        Some((place, number)) => Some((self::place(place)?, Some(port(number)?))),
        None => Some((place(text)?, None)),
    }
}

fn port(digits: &str) -> Option<u16> {
    // The number's own reader takes a sign.
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?.filter(|port| *port > 0)
}

fn place(text: &str) -> Option<Place> {
    if text == "*" {
        return Some(Place::Any);
    }
    if let Some(network) = network(text) {
        return Some(Place::Network(network));
    }
    if let Some(suffix) = text.strip_prefix("*.") {
        return match host(suffix)? {
            Host::Domain(name) => Some(Place::Below(format!(".{name}"))),
            _ => None,
        };
    }
    Some(match host(text)? {
        Host::Domain(name) => Place::Host(name),
        Host::Ipv4(address) => Place::Network(IpAddr::V4(address).into()),
        Host::Ipv6(address) => Place::Network(canonical(IpAddr::V6(address).into())),
    })
}

/// A host as a URL would hold it: names in lower case and in their ASCII form, odd notations of IPv4 as addresses.
fn host(text: &str) -> Option<Host> {
    if text.contains(['*', '/', '@', '[', ']', ':']) {
        return None;
    }
    match Host::parse(text).ok()? {
        Host::Domain(name) => Some(Host::Domain(name.trim_end_matches('.').to_owned())).filter(|host| *host != Host::Domain(String::new())),
        address => Some(address),
    }
}

fn network(text: &str) -> Option<IpNet> {
    let network = match text.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => text.parse::<IpAddr>().ok()?.into(),
    };
    Some(canonical(network.trunc()))
}

/// IPv4 inside of IPv6 as IPv4, which is how addresses are compared.
fn canonical(network: IpNet) -> IpNet {
    match (network, network.addr().to_canonical()) {
        (IpNet::V6(v6), IpAddr::V4(address)) if v6.prefix_len() >= 96 => {
            Ipv4Net::new(address, v6.prefix_len() - 96).map_or(network, IpNet::V4)
        }
        _ => network,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        text.parse().unwrap()
    }

    #[test]
    fn a_rule_matches_the_addresses_and_ports_that_it_names() {
        for (text, address, port, matches) in [
            ("10.0.0.0/8", "10.1.2.3", 8086, true),
            ("10.9.9.9/8", "10.1.2.3", 8086, true),
            ("10.0.0.0/8", "11.0.0.1", 8086, false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", 8086, true),
            ("::ffff:10.0.0.0/104", "10.1.2.3", 8086, true),
            ("10.0.0.0/8:8086", "10.1.2.3", 8086, true),
            ("10.0.0.0/8:8086", "10.1.2.3", 22, false),
            ("10.1.2.3", "10.1.2.3", 1, true),
            ("10.1.2.3:8086", "10.1.2.3", 8086, true),
            ("167838211", "10.1.2.3", 1, true),
            ("0x0a010203:8086", "10.1.2.3", 8086, true),
            ("2001:db8::/32", "2001:db8::7", 8086, true),
            ("2001:db8::7", "2001:db8::7", 8086, true),
            ("[2001:db8::7]", "2001:db8::7", 8086, true),
            ("[2001:db8::7]:8086", "2001:db8::7", 8086, true),
            ("[2001:db8::7]:8086", "2001:db8::7", 22, false),
            ("[2001:db8::/32]:8086", "2001:db8::7", 8086, true),
            ("*:8086", "203.0.113.9", 8086, true),
            ("*:8086", "203.0.113.9", 8087, false),
            ("*", "203.0.113.9", 8087, true),
            ("influx.example.org", "10.1.2.3", 8086, false),
        ] {
            assert_eq!(rule(text).matches_address(address.parse().unwrap(), port), matches, "{text} {address} {port}");
        }
    }

    #[test]
    fn a_rule_matches_the_names_that_it_names() {
        for (text, host, port, matches) in [
            ("influx.example.org", "influx.example.org", 8086, true),
            ("Influx.Example.ORG.", "influx.example.org", 8086, true),
            ("influx.example.org:8086", "influx.example.org", 22, false),
            ("influx.example.org", "influx.example.org.evil.example", 8086, false),
            ("*.example.org", "a.b.example.org", 8086, true),
            ("*.example.org", "example.org", 8086, false),
            ("*.example.org", "notexample.org", 8086, false),
            ("*.example.org:8086", "a.example.org", 8086, true),
            ("bücher.example", "xn--bcher-kva.example", 8086, true),
            ("*.bücher.example", "a.xn--bcher-kva.example", 8086, true),
            ("*:8086", "anything", 8086, true),
            ("10.0.0.0/8", "10.example.org", 8086, false),
        ] {
            assert_eq!(rule(text).matches_name(host, port), matches, "{text} {host} {port}");
        }
    }

    #[test]
    fn what_is_no_rule_is_named() {
        for text in [
            "",
            " ",
            "http://example.org",
            "example.org/24",
            "10.0.0.0/33",
            "example.org:0",
            "example.org:70000",
            "example.org:+1",
            "a*.b",
            "*.*",
            "*.",
            "*.10.0.0.1",
            "[10.0.0.1]:80",
            "[2001:db8::1",
            "[2001:db8::1]80",
            "a b",
            "user@host",
            "2001:db8::/32:80",
            ".",
            "a:b:c",
        ] {
            let error = text.parse::<Rule>().unwrap_err();
            assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
        }
    }
}
