//! The one guarded HTTP client of the house: for InfluxDB, and for Tributary's own API when the command line asks it.
//!
//! Every request that leaves Tributary passes here, so that these hold everywhere: `http` and `https` only; no redirect is followed; no
//! proxy is taken from the environment; names are resolved once and only allowed addresses are connected to (see [`Outbound`]); there is a
//! time limit on connecting and on the whole request; at most [`Client::DEFAULT_ANSWER_LIMIT`] bytes of an answer are kept; secrets
//! travel in headers that are marked sensitive, never in a URL; no header of a request that Tributary received goes out. HTTP/1.1 with
//! connections kept open.

mod bearer;
mod failure;
pub mod guard;
mod login;
mod outbound;
mod pool;
mod resolve;
mod rule;

use std::{
    fmt,
    sync::{Arc, Once},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
pub(crate) use failure::connecting;
use login::Authorization;
pub use login::Login;
use model::{Clock, Failure, FailureKind};
pub use outbound::Outbound;
use pool::Pools;
use reqwest::header::HeaderValue;
pub use reqwest::{Method, StatusCode, header, header::HeaderMap};
pub(crate) use resolve::resolve;
pub use rule::{Rule, RuleError};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::tls::{MachineRoots, TlsSettings};

/// Longest time to spend on connecting to one address, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes clients; keeps the connections of all of them in one place, so that runs to the same server share them. Cheap to clone.
#[derive(Clone)]
pub struct Http {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    outbound: Arc<Outbound>,
    roots: MachineRoots,
    pools: Pools,
}

/// Sends requests under one login and one time limit. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    tls: TlsSettings,
    authorization: Authorization,
    timeout: Duration,
    deadline: Option<Instant>,
    answer_limit: usize,
}

/// One request. Its URL carries no secret.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

/// What came back, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or its beginning when it is larger than the client keeps.
    pub body: Bytes,
    /// Whether the body was cut.
    pub truncated: bool,
    /// What `Retry-After` asks for, from now on; given in seconds or as a date on the wire.
    pub retry_after: Option<Duration>,
    /// From sending to the last byte.
    pub took: Duration,
}

impl Http {
    /// Without outbound lists. Nothing is contacted yet. The clock tells how far away a `Retry-After` date is.
    ///
    /// # Errors
    /// None as yet.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        Self::guarded(clock, Arc::default())
    }

    /// The same under an outbound policy, which may learn of own listeners later.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn guarded(clock: Arc<dyn Clock>, outbound: Arc<Outbound>) -> Result<Self, Failure> {
        install_tls_provider();
        Ok(Self { shared: Arc::new(Shared { clock, outbound, roots: MachineRoots::default(), pools: Pools::default() }) })
    }

    /// A client with this login and time limit. `insecure_skip_verify` takes any certificate.
    ///
    /// # Errors
    /// `InfluxAuthentication` when a secret holds a character that no header can carry.
    pub fn client(&self, login: &Login, timeout: Duration, insecure_skip_verify: bool) -> Result<Client, Failure> {
        self.client_for(login, timeout, &TlsSettings::plain(insecure_skip_verify))
    }

    /// A client with this login, time limit and TLS. Settings of TLS that cannot be used are told by the first request to an `https` URL.
    ///
    /// # Errors
    /// As [`Http::client`].
    pub fn client_for(&self, login: &Login, timeout: Duration, tls: &TlsSettings) -> Result<Client, Failure> {
        Ok(Client { authorization: login.authorization()?, ..self.anonymous(timeout, tls) })
    }

    /// A client without a login.
    pub fn anonymous(&self, timeout: Duration, tls: &TlsSettings) -> Client {
        Client {
            shared: Arc::clone(&self.shared),
            tls: tls.clone(),
            authorization: Authorization::Always(None),
            timeout,
            deadline: None,
            answer_limit: Client::DEFAULT_ANSWER_LIMIT,
        }
    }

    /// The policy that every request is under.
    pub fn outbound(&self) -> &Arc<Outbound> {
        &self.shared.outbound
    }
}

/// Makes `ring` the process's TLS provider unless it has one. Repeating it is harmless.
pub fn install_tls_provider() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        // An error means that somebody else installed one first, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

impl Client {
    /// Most bytes of an answer that are kept unless [`Client::with_answer_limit`] says otherwise.
    pub const DEFAULT_ANSWER_LIMIT: usize = 1 << 20;

    /// The same without any login.
    #[must_use]
    pub fn without_login(mut self) -> Self {
        self.authorization = Authorization::Always(None);
        self
    }

    /// The same, keeping up to `bytes` of an answer.
    #[must_use]
    pub fn with_answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit = bytes;
        self
    }

    /// The same, each request ending at the latest after `limit`, and all of them at `deadline`.
    #[must_use]
    pub fn hurried(mut self, limit: Duration, deadline: Instant) -> Self {
        self.timeout = self.timeout.min(limit);
        self.deadline = Some(deadline);
        self
    }

    /// How long a request may take that begins now.
    fn limit(&self) -> Duration {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        left.map_or(self.timeout, |left| left.min(self.timeout))
    }

    /// The policy that its requests are under.
    pub(crate) fn outbound(&self) -> &Outbound {
        &self.shared.outbound
    }

    /// What it trusts and shows.
    pub(crate) const fn tls(&self) -> &TlsSettings {
        &self.tls
    }

    /// The machine's root certificates.
    pub(crate) fn roots(&self) -> &MachineRoots {
        &self.shared.roots
    }

    /// Sends one request and waits for the whole answer. Any status is an answer, not an error.
    ///
    /// # Errors
    /// `InfluxUrl` for an address that is not allowed, `InfluxDns`, `InfluxUnreachable`, `InfluxTls`, `InfluxTimeout`. No message holds a
    /// secret or the query part of the URL.
    pub async fn send(&self, request: Request) -> Result<Answer, Failure> {
        self.receive(request, true, &mut |_, _| {}).await
    }

    /// The same for an answer that comes little by little: `piece` gets the status and each piece of the body as it arrives.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn watch(&self, request: Request, piece: &mut (dyn FnMut(StatusCode, &[u8]) + Send)) -> Result<Answer, Failure> {
        self.receive(request, true, piece).await
    }

    /// The same for an answer of any length: the body of a success is handed on and not kept.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn pour(&self, request: Request, piece: &mut (dyn FnMut(StatusCode, &[u8]) + Send)) -> Result<Answer, Failure> {
        self.receive(request, false, piece).await
    }

    async fn receive(
        &self,
        request: Request,
        keep_success: bool,
        piece: &mut (dyn FnMut(StatusCode, &[u8]) + Send),
    ) -> Result<Answer, Failure> {
        self.shared.outbound.judge(&request.url)?;
        let client = self.shared.pools.client(&request.url, &self.tls, &self.shared.roots, &self.shared.outbound)?;
        let began = Instant::now();
        let asked = request.asked();
        let failed = |error| failure::of(error, &asked, request.url.scheme());
        let mut outgoing =
            client.request(request.method.clone(), request.url.clone()).headers(request.headers.clone()).timeout(self.limit());
        if let Some(value) = self.authorization.header(self.shared.clock.now())? {
            outgoing = outgoing.header(header::AUTHORIZATION, value);
        }
        if request.method != Method::GET {
            // Without a body the length must still be said: InfluxDB's probe is an empty POST.
            outgoing = outgoing.header(header::CONTENT_LENGTH, request.body.len()).body(request.body.clone());
        }
        let mut response = outgoing.send().await.map_err(failed)?;
        let mut body = BytesMut::new();
        let mut truncated = false;
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            piece(response.status(), &chunk);
            if !keep_success && response.status().is_success() {
                continue;
            }
            let room = self.answer_limit - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                truncated = true;
                break;
            }
        }
        let headers = response.headers().clone();
        let retry_after = headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| retry_after(value, self.shared.clock.now()));
        Ok(Answer { status: response.status(), headers, body: body.freeze(), truncated, retry_after, took: began.elapsed() })
    }

    /// `GET`.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn get(&self, url: Url) -> Result<Answer, Failure> {
        self.send(Request::new(Method::GET, url)).await
    }

    /// `DELETE`.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn delete(&self, url: Url) -> Result<Answer, Failure> {
        self.send(Request::new(Method::DELETE, url)).await
    }

    /// `POST` with a JSON body.
    ///
    /// # Errors
    /// As [`Client::send`]; `Internal` when `body` cannot be written as JSON.
    pub async fn post<T: Serialize + ?Sized + Sync>(&self, url: Url, body: &T) -> Result<Answer, Failure> {
        self.send(Request::new(Method::POST, url).json(body)?).await
    }

    /// `PUT` with a JSON body.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn put<T: Serialize + ?Sized + Sync>(&self, url: Url, body: &T) -> Result<Answer, Failure> {
        self.send(Request::new(Method::PUT, url).json(body)?).await
    }

    /// `PATCH` with a JSON body.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn patch<T: Serialize + ?Sized + Sync>(&self, url: Url, body: &T) -> Result<Answer, Failure> {
        self.send(Request::new(Method::PATCH, url).json(body)?).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("timeout", &self.timeout).field("answer_limit", &self.answer_limit).finish_non_exhaustive()
    }
}

impl Request {
    /// A request without body and without headers of its own.
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// The same with one more header. A secret belongs into [`Login`], not here.
    #[must_use]
    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same with this body. A `GET` sends none.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: Bytes) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body;
        self
    }

    /// The same with this body as JSON.
    ///
    /// # Errors
    /// `Internal` when it cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Result<Self, Failure> {
        let text = serde_json::to_vec(body).map_err(|e| Failure::new(FailureKind::Internal, "writing a request as JSON").because(e))?;
        Ok(self.body("application/json", text.into()))
    }

    /// The request in words, without its query: `POST http://127.0.0.1:8086/write`.
    fn asked(&self) -> String {
        format!("{} {}", self.method, shown(&self.url))
    }
}

impl Answer {
    /// A header's text; `None` when it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body read as JSON; `None` when it is none, or was cut.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The server's own words in one line: the text of a JSON error (`error`, `message`), or the beginning of the body. HTML is left out.
    pub fn message(&self) -> String {
        let said = match self.json::<serde_json::Value>() {
            Some(serde_json::Value::Object(object)) => ["message", "error"]
                .iter()
                .find_map(|key| object.get(*key).and_then(serde_json::Value::as_str).map(str::to_owned))
                .unwrap_or_else(|| self.text()),
            _ if self.body.trim_ascii_start().starts_with(b"<") => String::new(),
            _ => self.text(),
        };
        let mut line: String = said.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect();
        if line.is_empty() {
            line = self.status.to_string();
        }
        line
    }
}

/// A URL below a base URL; the base's own path is kept, its query is not.
pub fn endpoint(base: &Url, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(None);
    url.set_fragment(None);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// A URL as it may be shown: without user, password, query and fragment.
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for URLs that cannot hold a login at all.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// What a `Retry-After` header asks for: whole seconds, or the way from `now` to an HTTP date (RFC 9110, 10.2.3). A date in the past is
/// no wait at all.
fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    Some((at.with_timezone(&Utc) - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn an_endpoint_keeps_the_path_of_a_reverse_proxy() {
        for (base, expected) in [
            ("http://localhost:8086", "http://localhost:8086/write?db=a+b%26c"),
            ("http://localhost:8086/", "http://localhost:8086/write?db=a+b%26c"),
            ("https://example.org/influx/", "https://example.org/influx/write?db=a+b%26c"),
            ("https://example.org/in%20flux?old=1#x", "https://example.org/in%20flux/write?db=a+b%26c"),
        ] {
            assert_eq!(endpoint(&Url::parse(base).unwrap(), "/write", &[("db", "a b&c")]).as_str(), expected);
        }
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        for (text, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sat, 21 Nov 2026 12:00:30 GMT", Some(30)),
            ("Sat, 21 Nov 2026 11:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(retry_after(text, now), expected.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        assert_eq!(shown(&Url::parse("http://u:hunter2@h:1/p?token=hunter2#x").unwrap()), "http://h:1/p");
    }
}
