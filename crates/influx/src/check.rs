//! The steps of a check that every server has in common, from the URL to the first answer.
//!
//! ```text
//!  url ─▶ dns ─▶ tcp ─▶ tls ─▶ http ─▶ (the driver's own) product ─▶ authentication ─▶ database ─▶ write
//! ```
//!
//! It stops at the first step that fails. Nothing is written, nothing is created.

use std::time::{Duration, Instant};

use model::{Code, Failure, FailureKind, Finding, edges::Tell};
use tokio::net::TcpStream;
use url::Url;

use crate::{
    answer,
    http::{Answer, CONNECT_TIMEOUT, Client, guard, shown},
};

/// Tells findings and measures the time between them.
pub(crate) struct Ladder<'a> {
    tell: Tell<'a>,
    since: Instant,
}

impl<'a> Ladder<'a> {
    pub(crate) fn new(tell: Tell<'a>) -> Self {
        Self { tell, since: Instant::now() }
    }

    fn lap(&mut self) -> u64 {
        let took = self.since.elapsed();
        self.since = Instant::now();
        u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
    }

    /// The step is as it should be.
    pub(crate) fn passed(&mut self, step: &str, detail: impl Into<String>) {
        self.passed_with(step, detail, &[]);
    }

    /// The same, with what was learned.
    pub(crate) fn passed_with(&mut self, step: &str, detail: impl Into<String>, facts: &[(&str, String)]) {
        let took = self.lap();
        let finding = Finding::passed(step, detail, took);
        (self.tell)(facts.iter().fold(finding, |finding, (name, value)| finding.fact(name, value.clone())));
    }

    /// It works, and something deserves attention.
    pub(crate) fn warned(&mut self, step: &str, detail: impl Into<String>, advice: impl Into<String>) {
        let took = self.lap();
        (self.tell)(Finding::warning(step, detail, took, advice));
    }

    /// The same with the code of what deserves it. `advice` replaces the advice of the code where more is known.
    pub(crate) fn warned_of(&mut self, step: &str, code: Code, detail: impl Into<String>, advice: Option<String>) {
        let took = self.lap();
        let advice = advice.unwrap_or_else(|| code.advice().to_owned());
        (self.tell)(Finding::warning(step, detail, took, advice).coded(code));
    }

    /// It does not work. `advice` replaces the advice of the failure's kind where more is known.
    pub(crate) fn failed(&mut self, step: &str, failure: &Failure, field: &str, advice: Option<String>) {
        let took = self.lap();
        let mut finding = Finding::failed(step, failure, took, Some(field));
        if advice.is_some() {
            finding.advice = advice;
        }
        (self.tell)(finding);
    }
}

/// Climbs from the URL to an answer of HTTP: that to `GET ping`, a URL below `url`, which tells the product. `None` when a step failed and
/// was told.
pub(crate) async fn reach(ladder: &mut Ladder<'_>, client: &Client, url: &Url, ping: Url, limit: Duration) -> Option<Answer> {
    if let Err(failure) = plain(url) {
        ladder.failed("url", &failure, "url", None);
        return None;
    }
    ladder.passed("url", shown(url));

    let addresses = match guard::resolve(url).await {
        Ok(addresses) => addresses,
        Err(failure) => {
            ladder.failed("dns", &failure, "url", None);
            return None;
        }
    };
    let listed = addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ");
    let detail = match url.domain() {
        Some(name) => format!("{name} is {listed}"),
        None => "the URL holds an address".to_owned(),
    };
    ladder.passed_with("dns", detail, &[("address", listed)]);

    let mut refused = None;
    let mut reached = None;
    for address in addresses {
        match tokio::time::timeout(limit.min(CONNECT_TIMEOUT), TcpStream::connect(address)).await {
            Ok(Ok(_)) => {
                reached = Some(address);
                break;
            }
            Ok(Err(error)) => {
                refused = Some(Failure::new(FailureKind::InfluxUnreachable, format!("connecting to {address}")).because(error));
            }
            Err(_) => {
                let doing = format!("connecting to {address}: no answer within {} ms", limit.min(CONNECT_TIMEOUT).as_millis());
                refused = Some(Failure::new(FailureKind::InfluxUnreachable, doing));
            }
        }
    }
    match (reached, refused) {
        (Some(address), _) => ladder.passed_with("tcp", format!("connected to {address}"), &[("address", address.to_string())]),
        (None, refused) => {
            let failure = refused.unwrap_or_else(|| Failure::new(FailureKind::InfluxUnreachable, "the name has no address"));
            ladder.failed("tcp", &failure, "url", local_hint(url));
            return None;
        }
    }

    if url.scheme() == "https" {
        match client.get(ping.clone()).await {
            Err(failure) if failure.kind == FailureKind::InfluxTls => {
                ladder.failed("tls", &failure, "url", None);
                return None;
            }
            // Whatever else is wrong is the next step's to tell.
            _ => ladder.passed("tls", "the TLS handshake succeeded"),
        }
    }

    let answer = match client.get(ping).await {
        Ok(answer) => answer,
        Err(failure) => {
            ladder.failed("http", &failure, "url", None);
            return None;
        }
    };
    if let Some(failure) = answer::of_the_way(&answer, url) {
        ladder.failed("http", &failure, "url", None);
        return None;
    }
    ladder.passed("http", format!("answers with {}", answer.status.as_u16()));
    Some(answer)
}

/// Advice, with the names of what is there: `create it, or choose one of: a, b`. Ten are enough to see a typing error.
pub(crate) fn choices(advice: String, names: &[String]) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.starts_with('_')).take(10).collect();
    if names.is_empty() { advice } else { format!("{advice}, or choose one of: {}", names.join(", ")) }
}

/// Whether the URL is one that a driver's paths can be added to.
///
/// # Errors
/// `InfluxUrl`.
pub(crate) fn plain(url: &Url) -> Result<(), Failure> {
    guard::usable(url)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Failure::new(FailureKind::InfluxUrl, "the URL has a `?` or `#` part; give the address alone"));
    }
    Ok(())
}

fn local_hint(url: &Url) -> Option<String> {
    guard::is_loopback(url).then(|| {
        format!(
            "nothing listens on port {} of this machine: start InfluxDB or correct the port; inside a container `{}` is the container itself",
            url.port_or_known_default().unwrap_or_default(),
            url.host_str().unwrap_or_default()
        )
    })
}
