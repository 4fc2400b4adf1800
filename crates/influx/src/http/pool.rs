//! The HTTP library's clients: one for each port and TLS settings, so that connections are shared by all who may share them.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use model::{Failure, FailureKind};
use reqwest::redirect;
use url::Url;

use super::{
    CONNECT_TIMEOUT, install_tls_provider,
    outbound::{Outbound, port_of},
    resolve::Resolver,
};
use crate::tls::{MachineRoots, TlsSettings};

/// Most clients that are kept. Beyond, the one that was not used for longest goes, and its idle connections with it.
const MOST: usize = 64;

/// How long a connection without a request stays open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The clients.
#[derive(Default)]
pub(super) struct Pools {
    kept: Mutex<Vec<(Key, reqwest::Client)>>,
}

/// What connections that may be shared have in common, apart from the host, which the library looks at itself. The port is part of it
/// because the outbound lists know ports and the library's resolver does not.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    port: u16,
    /// `None` for `http`.
    tls: Option<[u8; 32]>,
}

impl Pools {
    /// The client for requests to `url`.
    ///
    /// # Errors
    /// As [`TlsSettings::usable`], for `https`; `InfluxTls` when the machine's root certificates are needed and there are none.
    pub(super) fn client(
        &self,
        url: &Url,
        tls: &TlsSettings,
        roots: &MachineRoots,
        outbound: &Arc<Outbound>,
    ) -> Result<reqwest::Client, Failure> {
        let is_https = url.scheme() == "https";
        let key = Key { port: port_of(url), tls: is_https.then(|| tls.print()) };
        if let Some(client) = self.take(key) {
            return Ok(client);
        }
        let resolver = Resolver { outbound: Arc::clone(outbound), port: key.port };
        // Settings that cannot be used are no obstacle where they are not needed.
        let client = if is_https { build(tls, roots, resolver)? } else { build(&TlsSettings::plain(true), roots, resolver)? };
        self.keep(key, client.clone());
        Ok(client)
    }

    fn take(&self, key: Key) -> Option<reqwest::Client> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(of, _)| *of == key)?;
        // The last is the one that was used last.
        kept[at..].rotate_left(1);
        kept.last().map(|(_, client)| client.clone())
    }

    fn keep(&self, key: Key, client: reqwest::Client) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been faster; the later one serves as well.
        kept.retain(|(of, _)| *of != key);
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push((key, client));
    }
}

fn build(tls: &TlsSettings, roots: &MachineRoots, resolver: Resolver) -> Result<reqwest::Client, Failure> {
    install_tls_provider();
    reqwest::Client::builder()
        .user_agent(concat!("tributary/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .http1_only()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .dns_resolver(resolver)
        .tls_backend_preconfigured(tls.config(roots, None)?)
        // A v1 server repeats a refused line in `X-Influxdb-Error`, with whatever control characters it holds.
        .http1_ignore_invalid_headers_in_responses(true)
        .build()
        .map_err(|error| Failure::new(FailureKind::Internal, "making the HTTP client").because(error))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_client_is_shared_by_equal_settings_and_their_number_is_bounded() {
        let (pools, roots, outbound) = (Pools::default(), MachineRoots::default(), Arc::<Outbound>::default());
        let ask = |url: &str, tls: &TlsSettings| {
            pools.client(&Url::parse(url).unwrap(), tls, &roots, &outbound).map(|_| pools.kept.lock().unwrap().len())
        };
        let anyone = TlsSettings::plain(true);
        assert_eq!(ask("https://a.example", &anyone).unwrap(), 1);
        assert_eq!(ask("https://b.example", &TlsSettings::plain(true)).unwrap(), 1);
        assert_eq!(ask("https://b.example:8086", &anyone).unwrap(), 2);
        // `http` has no certificates: settings make no difference, not even those that cannot be used.
        assert_eq!(ask("http://b.example:8086", &anyone).unwrap(), 3);
        let unusable = TlsSettings::of(&model::Certificates::default(), false, Some(&SecretString::from("no key")));
        assert_eq!(ask("http://b.example:8086", &unusable).unwrap(), 3);
        assert_eq!(ask("https://b.example:8086", &unusable).unwrap_err().code(), model::Code::TlsSettings);
        for port in 1..200 {
            ask(&format!("http://b.example:{port}"), &anyone).unwrap();
        }
        assert_eq!(ask("https://a.example", &anyone).unwrap(), MOST);
    }
}
