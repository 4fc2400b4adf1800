//! Where requests may go: the lists that whoever runs Tributary gives, and what no list can allow.
//!
//! ```text
//!  URL ─▶ well formed ─▶ by its name: deny, allow ─▶ resolved ─▶ each address: never asked, own listener, deny, allow ─▶ connected to
//! ```
//!
//! Connections are made to exactly the addresses that passed, so that a second answer of the name server changes nothing.

use std::{
    fmt,
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::{PoisonError, RwLock},
};

use model::{Code, Failure, FailureKind};
use url::Url;

use super::{
    guard,
    rule::{Rule, RuleError},
};

/// The outbound policy. With a non-empty allow list only what it matches passes; deny wins over allow; link-local, metadata and
/// no-machine addresses are refused whatever the lists say, and so are the addresses on which this process itself listens.
///
/// A name is judged by the rules of names, and each address that it resolves to by the rules of addresses. A name that the allow list
/// names need not have addresses that it names too.
#[derive(Debug, Default)]
pub struct Outbound {
    allow: Vec<Rule>,
    deny: Vec<Rule>,
    own: RwLock<Vec<SocketAddr>>,
}

/// Why nothing is sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Address { address: IpAddr, why: &'static str },
    Denied { place: String, rule: String },
    NotAllowed { place: String },
    Own { address: SocketAddr },
}

/// How a name passed, and what its addresses must still pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// The addresses need not be on the allow list: there is none, or it names the host.
    Free,
    /// The addresses must be on the allow list.
    Listed,
}

impl Outbound {
    /// A policy of these lists.
    pub const fn new(allow: Vec<Rule>, deny: Vec<Rule>) -> Self {
        Self { allow, deny, own: RwLock::new(Vec::new()) }
    }

    /// A policy of lists as people write them.
    ///
    /// # Errors
    /// The first text that is no [`Rule`].
    pub fn parse<T: AsRef<str>>(allow: &[T], deny: &[T]) -> Result<Self, RuleError> {
        let read = |texts: &[T]| texts.iter().map(|text| text.as_ref().parse()).collect::<Result<Vec<Rule>, _>>();
        Ok(Self::new(read(allow)?, read(deny)?))
    }

    /// Refuses this address from now on: this process listens there. A wildcard address stands for every address of this machine.
    pub fn own(&self, listener: SocketAddr) {
        self.own.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Whether a request may be sent to this URL, as far as can be told without resolving its name.
    ///
    /// # Errors
    /// As [`guard::usable`]; `InfluxUrl` with [`Code::PolicyDenied`] or [`Code::PolicySelf`].
    pub fn judge(&self, url: &Url) -> Result<(), Failure> {
        guard::well_formed(url)?;
        let port = port_of(url);
        let verdict = match guard::literal(url) {
            Some(address) => self.address(SocketAddr::new(address, port), Passage::Listed),
            None => self.name(url.host_str().unwrap_or_default(), port).map(|_| ()),
        };
        verdict.map_err(Refused::into_failure)
    }

    /// Whether a host may be resolved and asked, by its name.
    pub(super) fn name(&self, host: &str, port: u16) -> Result<Passage, Refused> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let place = || format!("{host}:{port}");
        if let Some(rule) = self.deny.iter().find(|rule| rule.matches_name(&host, port)) {
            return Err(Refused::Denied { place: place(), rule: rule.to_string() });
        }
        if self.allow.is_empty() || self.allow.iter().any(|rule| rule.matches_name(&host, port)) {
            return Ok(Passage::Free);
        }
        if self.allow.iter().any(|rule| rule.is_of_addresses() && rule.is_of_port(port)) {
            return Ok(Passage::Listed);
        }
        Err(Refused::NotAllowed { place: place() })
    }

    /// Whether an address may be connected to.
    pub(super) fn address(&self, to: SocketAddr, passage: Passage) -> Result<(), Refused> {
        let (address, port) = (to.ip().to_canonical(), to.port());
        let place = || SocketAddr::new(address, port).to_string();
        if let Some(why) = guard::refused(address) {
            return Err(Refused::Address { address, why });
        }
        if self.listens_at(address, port) {
            return Err(Refused::Own { address: SocketAddr::new(address, port) });
        }
        if let Some(rule) = self.deny.iter().find(|rule| rule.matches_address(address, port)) {
            return Err(Refused::Denied { place: place(), rule: rule.to_string() });
        }
        let is_allowed = || self.allow.is_empty() || self.allow.iter().any(|rule| rule.matches_address(address, port));
        if passage == Passage::Free || is_allowed() { Ok(()) } else { Err(Refused::NotAllowed { place: place() }) }
    }

    fn listens_at(&self, address: IpAddr, port: u16) -> bool {
        let own = self.own.read().unwrap_or_else(PoisonError::into_inner);
        own.iter().filter(|listener| listener.port() == port).any(|listener| {
            let listener = listener.ip().to_canonical();
            listener == address || (listener.is_unspecified() && is_of_this_machine(address))
        })
    }
}

/// The URL's port, said or not.
pub(crate) fn port_of(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or_default()
}

/// Whether this machine has the address: what it would send there comes from that same address. Nothing is sent.
fn is_of_this_machine(address: IpAddr) -> bool {
    let from: SocketAddr = match address {
        IpAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        IpAddr::V6(_) => ([0; 8], 0).into(),
    };
    let source = || {
        let socket = UdpSocket::bind(from)?;
        socket.connect(SocketAddr::new(address, 9))?;
        socket.local_addr()
    };
    address.is_loopback() || source().is_ok_and(|source| source.ip() == address)
}

impl Refused {
    /// Its code.
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::Address { .. } => Code::PolicyAddress,
            Self::Denied { .. } | Self::NotAllowed { .. } => Code::PolicyDenied,
            Self::Own { .. } => Code::PolicySelf,
        }
    }

    pub(crate) fn into_failure(self) -> Failure {
        Failure::new(FailureKind::InfluxUrl, self.to_string()).coded(self.code())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { address, why } => write!(f, "{address} is {why}: nothing is sent there"),
            Self::Denied { place, rule } => write!(f, "{place} is on the list of what is denied (`{rule}`)"),
            Self::NotAllowed { place } => write!(f, "{place} is not on the list of what is allowed"),
            Self::Own { address } => write!(f, "{address} is Tributary itself"),
        }
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(outbound: &Outbound, url: &str) -> Option<Code> {
        outbound.judge(&Url::parse(url).unwrap()).err().map(|failure| failure.code())
    }

    #[test]
    fn without_lists_everything_passes_but_what_is_never_asked() {
        let open = Outbound::default();
        assert_eq!(verdict(&open, "http://10.0.0.7:8086"), None);
        assert_eq!(verdict(&open, "http://anything.example"), None);
        assert_eq!(verdict(&open, "http://169.254.169.254"), Some(Code::PolicyAddress));
    }

    #[test]
    fn an_allow_list_lets_pass_what_it_matches_and_deny_wins() {
        let lists =
            Outbound::parse(&["10.0.0.0/8:8086", "*.example.org", "büro.example"], &["10.6.6.6", "bad.example.org", "*:22"]).unwrap();
        for (url, code) in [
            ("http://10.1.1.1:8086", None),
            ("http://0x0a010101:8086", None),
            ("http://[::ffff:10.1.1.1]:8086", None),
            ("http://10.1.1.1:8087", Some(Code::PolicyDenied)),
            ("http://10.6.6.6:8086", Some(Code::PolicyDenied)),
            ("http://011.6.6.6:8086", Some(Code::PolicyDenied)),
            ("http://[::ffff:10.6.6.6]:8086", Some(Code::PolicyDenied)),
            ("http://127.0.0.1:8086", Some(Code::PolicyDenied)),
            ("http://good.example.org", None),
            ("http://GOOD.example.org.", None),
            ("http://bad.example.org", Some(Code::PolicyDenied)),
            ("http://bad.example.org.", Some(Code::PolicyDenied)),
            ("http://good.example.org:22", Some(Code::PolicyDenied)),
            ("http://xn--bro-hoa.example", None),
            ("http://BÜRO.example", None),
            // Its addresses may be on the list, for this port only.
            ("http://other.example:8086", None),
            ("http://other.example:8087", Some(Code::PolicyDenied)),
        ] {
            assert_eq!(verdict(&lists, url), code, "{url}");
        }
    }

    #[test]
    fn no_list_allows_what_is_never_asked() {
        let all = Outbound::parse(&["169.254.0.0/16", "fe80::/10", "0.0.0.0/0", "*"], &[]).unwrap();
        for url in ["http://169.254.169.254", "http://[fe80::1]", "http://0.0.0.0:8086", "http://224.0.0.1", "http://[::ffff:a9fe:a9fe]"] {
            assert_eq!(verdict(&all, url), Some(Code::PolicyAddress), "{url}");
        }
    }

    #[test]
    fn a_resolved_name_is_judged_by_each_of_its_addresses() {
        let to = |text: &str| text.parse::<SocketAddr>().unwrap();
        let lists = Outbound::parse(&["10.0.0.0/8", "named.example"], &["10.6.0.0/16"]).unwrap();
        assert_eq!(lists.name("named.example", 80), Ok(Passage::Free));
        assert_eq!(lists.address(to("203.0.113.1:80"), Passage::Free), Ok(()));
        assert!(matches!(lists.address(to("10.6.1.1:80"), Passage::Free), Err(Refused::Denied { .. })));
        assert!(matches!(lists.address(to("169.254.1.1:80"), Passage::Free), Err(Refused::Address { .. })));
        assert_eq!(lists.name("other.example", 80), Ok(Passage::Listed));
        assert_eq!(lists.address(to("10.1.1.1:80"), Passage::Listed), Ok(()));
        assert!(matches!(lists.address(to("203.0.113.1:80"), Passage::Listed), Err(Refused::NotAllowed { .. })));
    }

    #[test]
    fn an_own_listener_is_refused_by_every_address_it_has() {
        let outbound = Outbound::parse(&["*"], &[]).unwrap();
        assert_eq!(verdict(&outbound, "http://127.0.0.1:8888"), None);
        outbound.own("127.0.0.1:8888".parse().unwrap());
        outbound.own("0.0.0.0:8889".parse().unwrap());
        outbound.own("[::]:8890".parse().unwrap());
        for (url, is_own) in [
            ("http://127.0.0.1:8888", true),
            ("http://2130706433:8888", true),
            ("http://[::ffff:127.0.0.1]:8888", true),
            ("http://127.0.0.1:8086", false),
            ("http://127.0.0.2:8888", false),
            ("http://127.0.0.2:8889", true),
            ("http://[::1]:8890", true),
            ("http://127.0.0.1:8890", true),
            ("http://203.0.113.1:8889", false),
        ] {
            assert_eq!(verdict(&outbound, url), is_own.then_some(Code::PolicySelf), "{url}");
        }
    }
}
