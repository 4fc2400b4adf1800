//! Scripted servers: InfluxDB 1, 2 and 3 and a Kapacitor that answer word for word as the real ones were recorded, read the lines they are
//! sent and keep the points, so that a test can compare what arrived.
//!
//! They know what a write and a check meet, and answer questions with what they were told. The words come from the servers' sources and documents (2.7, 3.10) and from observation
//! (1.6.7); where a real server decides by chance, these decide always the same. Tests of other crates include this folder by
//! `#[path]`; it needs `axum`, `libdeflater`, `serde_json`, `tokio` and `url`.

// Each test file uses a part of it.
#![allow(dead_code, unreachable_pub, missing_docs)]

pub mod kapacitor;
mod points;
mod v1;
mod v2;
mod v3;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, Request, Response, StatusCode},
};
use kapacitor::Alerting;
pub use points::Place;
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

/// A running server. Dropping it closes its port.
pub struct Scripted {
    url: Url,
    state: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

/// Which server is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    V1,
    V2,
    V3,
    Kapacitor,
}

/// What a token or login may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Everything.
    All,
    /// Write, and nothing else: lists are empty (v2) or forbidden (v3).
    WriteOnly,
    /// Read, and nothing else.
    ReadOnly,
    /// What is asked for belongs to others: neither seen nor written.
    Elsewhere,
    /// v2: nothing, because its user is deactivated.
    Inactive,
}

/// What a server has and how it behaves.
#[derive(Debug)]
pub struct Script {
    kind: Kind,
    /// v2: the one organization.
    pub organization: String,
    /// Databases or buckets.
    pub places: BTreeMap<String, Place>,
    /// Tokens (v2, v3) or `user:password` (v1). Without any, the server asks for none.
    pub logins: BTreeMap<String, Rights>,
    /// Most bytes of a request body, as it comes over the wire.
    pub largest_body: usize,
    /// v3: most refused lines that an answer names; the others are dropped without a word.
    pub most_named: usize,
    /// v3: most databases; a write that would create one more is a 422.
    pub most_databases: usize,
    /// v1: reports only one dropped point, as several shards do.
    pub undercount: bool,
    /// v1: asks for logins and has no administrator.
    pub no_administrator: bool,
    /// v1: the retention policies of every database.
    pub policies: Vec<String>,
    /// v1: a relay, which takes lines and answers nothing else.
    pub is_relay: bool,
    /// v1: `ping-auth-enabled`.
    pub asks_on_ping: bool,
    /// v2: a cloud, which hides its version and takes the organization from the token.
    pub is_cloud: bool,
    /// v3: older than 3.7, which refuses without a word and without the cluster's name.
    pub is_silent: bool,
    /// Kapacitor: `[config-override] enabled = false`.
    pub override_disabled: bool,
    /// Kapacitor: its configuration and tasks, and what it sent.
    pub alerting: Alerting,
    /// What it says of itself, where it is not the usual.
    pub version: Option<String>,
    pub build: Option<String>,
    /// A proxy takes the headers with version and build away.
    pub hides_version: bool,
    /// `/health` is not let through.
    pub hides_health: bool,
    /// Something else stands in its place and answers so, whatever is asked.
    pub instead: Option<Reply>,
    /// The sub-path of a reverse proxy, `/influx`: what is asked for elsewhere is answered by the proxy itself.
    pub below: String,
    /// What is answered to the next writes that carry lines, one after another, in place of reading them.
    pub next: VecDeque<Reply>,
    /// The same for writes without lines, once everything before the lines was found good.
    pub next_empty: VecDeque<Reply>,
    /// v2, v3: what a question is answered that has this text in it; the first that fits. Others find nothing.
    pub knows: Vec<(String, Reply)>,
    /// Every request, in order.
    pub seen: Vec<Seen>,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// The same as it came, where a name may stand more than once.
    pub query_text: String,
    pub headers: HeaderMap,
    /// Lines, after decompression.
    pub body: Vec<u8>,
    /// Bytes that came over the wire.
    pub wire_bytes: usize,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// The connection is closed in its place: nothing is answered.
    pub hangs_up: bool,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), hangs_up: false }
    }

    /// No answer: the connection is closed.
    pub fn hang_up() -> Self {
        Self { hangs_up: true, ..Self::new(500, "") }
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn json(status: u16, body: serde_json::Value) -> Self {
        Self::new(status, body.to_string()).header("content-type", "application/json")
    }
}

impl Script {
    /// A server of this kind with these databases or buckets, no login needed (v1) or the token `secret` (v2, v3), organization `acme`.
    pub fn new(kind: Kind, places: &[&str]) -> Self {
        let logins = match kind {
            Kind::V2 | Kind::V3 => BTreeMap::from([("secret".to_owned(), Rights::All)]),
            Kind::V1 | Kind::Kapacitor => BTreeMap::new(),
        };
        Self {
            kind,
            organization: "acme".to_owned(),
            places: places.iter().map(|name| ((*name).to_owned(), Place::default())).collect(),
            logins,
            largest_body: match kind {
                Kind::V1 | Kind::Kapacitor => 25_000_000,
                Kind::V2 => usize::MAX,
                Kind::V3 => 10_485_760,
            },
            most_named: usize::MAX,
            most_databases: 5,
            undercount: false,
            no_administrator: false,
            policies: vec!["autogen".to_owned()],
            is_relay: false,
            asks_on_ping: false,
            is_cloud: false,
            is_silent: false,
            override_disabled: false,
            alerting: Alerting::default(),
            version: None,
            build: None,
            hides_version: false,
            hides_health: false,
            instead: None,
            below: String::new(),
            next: VecDeque::new(),
            next_empty: VecDeque::new(),
            knows: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// Which server it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    #[must_use]
    pub fn login(mut self, login: &str, rights: Rights) -> Self {
        self.logins.insert(login.to_owned(), rights);
        self
    }

    #[must_use]
    pub fn next(mut self, reply: Reply) -> Self {
        self.next.push_back(reply);
        self
    }

    /// Answers questions with this text in them.
    #[must_use]
    pub fn knows(mut self, text: &str, reply: Reply) -> Self {
        self.knows.push((text.to_owned(), reply));
        self
    }

    /// The answer to a question, if it is known.
    fn known(&self, question: &str) -> Option<Reply> {
        self.knows.iter().find(|(text, _)| question.contains(text)).map(|(_, reply)| reply.clone())
    }

    /// The next scripted answer to a write.
    fn scripted(&mut self, body: &[u8]) -> Option<Reply> {
        if body.is_empty() { self.next_empty.pop_front() } else { self.next.pop_front() }
    }

    fn answer(&mut self, ask: &Seen) -> Reply {
        let Some(path) = ask.path.strip_prefix(&self.below) else {
            return Reply::new(404, "<html><h1>404 Not Found</h1><hr>nginx</html>");
        };
        if let Some(reply) = &self.instead {
            return reply.clone();
        }
        if self.hides_health && path == "/health" {
            return Reply::new(403, "");
        }
        let ask = &Seen { path: path.to_owned(), ..ask.clone() };
        let mut reply = match self.kind {
            Kind::V1 => v1::answer(self, ask),
            Kind::V2 => v2::answer(self, ask),
            Kind::V3 => v3::answer(self, ask),
            Kind::Kapacitor => kapacitor::answer(self, ask),
        };
        if self.hides_version {
            reply.headers.retain(|(name, _)| !["X-Influxdb-Version", "X-Influxdb-Build"].contains(name));
        }
        reply
    }

    /// What it says of itself: the usual, unless it was told otherwise.
    fn version(&self, usual: &str) -> String {
        self.version.clone().unwrap_or_else(|| usual.to_owned())
    }

    fn build(&self, usual: &str) -> String {
        self.build.clone().unwrap_or_else(|| usual.to_owned())
    }
}

impl Scripted {
    /// Starts the server on a free port of the loopback interface.
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("the address of a bound listener");
        let state = Arc::new(Mutex::new(script));
        let router = axum::Router::new().fallback(serve).with_state(Arc::clone(&state));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { url: Url::parse(&format!("http://{address}")).expect("an address makes a URL"), state, task }
    }

    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Looks into the server, or changes it while it runs.
    pub fn with<T>(&self, look: impl FnOnce(&mut Script) -> T) -> T {
        look(&mut self.state.lock().expect("no test panics while it looks"))
    }

    /// The points of a database or bucket as lines, in order of series and time.
    pub fn points(&self, place: &str) -> Vec<String> {
        self.with(|script| script.places.get(place).map(Place::lines).unwrap_or_default())
    }

    /// How many writes that carried lines were received.
    pub fn writes(&self) -> usize {
        self.written().len()
    }

    /// The lines of each write that was sent, accepted or not, in order.
    pub fn written(&self) -> Vec<Vec<u8>> {
        let is_write = |seen: &&Seen| seen.path.contains("write") && !seen.body.is_empty();
        self.with(|script| script.seen.iter().filter(is_write).map(|seen| seen.body.clone()).collect())
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(State(state): State<Arc<Mutex<Script>>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let wire = to_bytes(body, usize::MAX).await.expect("a whole body");
    let zipped = parts.headers.get("content-encoding").is_some_and(|value| value == "gzip");
    let ask = Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        query_text: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: if zipped { gunzip(&wire) } else { wire.to_vec() },
        wire_bytes: wire.len(),
    };
    let reply = {
        let mut script = state.lock().expect("no test panics while it looks");
        script.seen.push(ask.clone());
        script.answer(&ask)
    };
    if reply.hangs_up {
        // Takes the task of this connection down, and nothing else; without a word on standard error.
        std::panic::resume_unwind(Box::new("the connection is closed without an answer"));
    }
    let mut response = Response::builder().status(StatusCode::from_u16(reply.status).expect("a status"));
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).expect("a well-formed answer")
}

/// An empty body is no gzip and gives nothing: the servers' answer to that is theirs.
fn gunzip(wire: &[u8]) -> Vec<u8> {
    let Some(tail) = wire.last_chunk::<4>() else { return Vec::new() };
    let mut plain = vec![0; u32::from_le_bytes(*tail) as usize];
    libdeflater::Decompressor::new().gzip_decompress(wire, &mut plain).expect("the body is gzip");
    plain
}
