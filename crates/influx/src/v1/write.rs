//! How an InfluxDB 1.x answers a write.

use async_trait::async_trait;
use model::{Failure, FailureKind, Target};
use reqwest::StatusCode;
use tokio::sync::OnceCell;
use url::Url;

use crate::{
    http::{Answer, Client, endpoint, shown},
    product, refused,
    segment::Segment,
    writer::{Dialect, Reply, refusal},
};

/// The retention policy that a blank one stands for.
const AUTOGEN: &str = "autogen";

/// The retention policy as it is sent.
pub(crate) fn policy(given: Option<&str>) -> &str {
    given.map(str::trim).filter(|policy| !policy.is_empty()).unwrap_or(AUTOGEN)
}

/// `/write` in nanoseconds. A blank retention policy is `autogen`, not the one that the database happens to have as its default.
pub(crate) fn write_url(base: &Url, database: &str, retention_policy: Option<&str>) -> Url {
    endpoint(base, "/write", &[("db", database), ("rp", policy(retention_policy)), ("precision", "n")])
}

/// 400 answers that are about the request, not about its lines.
const ABOUT_THE_REQUEST: [&str; 4] = ["database is required", "invalid precision", "invalid consistency level", "EOF"];

/// The answers of InfluxDB 1.x.
pub(crate) struct Lines {
    target: Target,
    base: Url,
    url: Url,
    /// Set once the server is known to be one that this driver may write to.
    known: OnceCell<()>,
}

impl Lines {
    /// Lines for the server at `base`, sent to `url`.
    pub(crate) fn new(target: &Target, base: &Url, url: &Url) -> Self {
        Self { target: target.clone(), base: base.clone(), url: url.clone(), known: OnceCell::new() }
    }
}

#[async_trait]
impl Dialect for Lines {
    /// Others answer `/write` too, and by the first answer it is too late: an InfluxDB 3 creates the database that is missing, and a
    /// Kapacitor takes lines for any database. So the first batch of a writer waits for one `GET /ping`.
    async fn ready(&self, client: &Client) -> Result<(), Failure> {
        let ask = async || {
            let server = product::detect(client, &self.base).await?;
            server.suits(&self.target, &self.base).map_err(|misfit| misfit.failure)
        };
        self.known.get_or_try_init(ask).await.copied()
    }

    /// `max-body-size` as shipped.
    fn largest_body(&self) -> usize {
        25_000_000
    }

    fn read(&self, answer: &Answer, sent: &Segment) -> Result<Reply, Failure> {
        match answer.status {
            // A Kapacitor takes lines for any database and says so; they would never be seen in an InfluxDB.
            StatusCode::NO_CONTENT if answer.header("x-kapacitor-version").is_none() => Ok(Reply::Accepted),
            StatusCode::PAYLOAD_TOO_LARGE => Ok(Reply::TooLarge),
            StatusCode::BAD_REQUEST => {
                let Some((text, cut)) = refused::error_text(answer, "error") else { return Err(refusal(answer, &self.url)) };
                if refused::is_limit(&text) {
                    return Err(Failure::new(FailureKind::InfluxLimit, format!("writing to {}: {}", shown(&self.url), answer.message())));
                }
                if ABOUT_THE_REQUEST.iter().any(|words| text.starts_with(words)) {
                    return Err(refusal(answer, &self.url));
                }
                Ok(Reply::Refused(refused::read(&text, sent, cut, true)))
            }
            _ => Err(refusal(answer, &self.url)),
        }
    }
}
