//! The steps of a check that every server has in common, from the URL to the first answer.
//!
//! ```text
//!  url ─▶ policy ─▶ dns ─▶ tcp ─▶ tls ─▶ http ─▶ (the driver's own) product ─▶ authentication ─▶ database ─▶ write
//! ```
//!
//! It stops at the first step that fails, and at the latest after [`WHOLE`]. Nothing is written, nothing is created.

mod reach;

use std::time::{Duration, Instant};

use model::{Code, Failure, FailureKind, Finding, edges::Tell};
pub(crate) use reach::reach;
use url::Url;

use crate::http::{Client, guard};

/// How long a check may take in all.
const WHOLE: Duration = Duration::from_secs(15);

/// How long one request of a check may take.
const REQUEST: Duration = Duration::from_secs(10);

/// Tells findings and measures the time between them.
pub(crate) struct Ladder<'a> {
    tell: Tell<'a>,
    since: Instant,
    deadline: Instant,
}

impl<'a> Ladder<'a> {
    pub(crate) fn new(tell: Tell<'a>) -> Self {
        let now = Instant::now();
        Self { tell, since: now, deadline: now + WHOLE }
    }

    /// The client for this check's requests: none of them lasts longer than the check may.
    pub(crate) fn hurried(&self, client: Client) -> Client {
        client.hurried(REQUEST, self.deadline)
    }

    /// A time limit that ends with the check.
    fn within(&self, limit: Duration) -> Duration {
        limit.min(self.deadline.saturating_duration_since(Instant::now()))
    }

    /// Milliseconds since the last finding.
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

    /// It works, and something deserves attention. `advice` replaces the advice of the code where more is known.
    pub(crate) fn warned_of(&mut self, step: &str, code: Code, detail: impl Into<String>, advice: Option<String>) {
        let took = self.lap();
        let advice = advice.unwrap_or_else(|| code.advice().to_owned());
        (self.tell)(Finding::warning(step, detail, took, advice).coded(code));
    }

    /// A finding that was timed elsewhere.
    fn told(&mut self, finding: Finding) {
        self.since = Instant::now();
        (self.tell)(finding);
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

/// Advice, with the names of what is there: `create it, or choose one of: a, b`. Ten are enough to see a typing error.
pub(crate) fn choices(advice: String, names: &[String]) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.starts_with('_')).take(10).collect();
    if names.is_empty() { advice } else { format!("{advice}, or choose one of: {}", names.join(", ")) }
}

/// Whether the URL is one that a driver's paths can be added to, and whose text is none of an address that is never asked.
///
/// # Errors
/// `InfluxUrl`.
pub(crate) fn plain(url: &Url) -> Result<(), Failure> {
    guard::usable(url)?;
    bare(url)
}

/// Whether the URL ends with its path.
fn bare(url: &Url) -> Result<(), Failure> {
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Failure::new(FailureKind::InfluxUrl, "the URL has a `?` or `#` part; give the address alone").coded(Code::UrlExtra));
    }
    Ok(())
}
