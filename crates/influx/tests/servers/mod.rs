//! Scripted servers: InfluxDB 1, 2 and 3 and a Kapacitor that answer word for word as the real ones were recorded, read the lines they are
//! sent and keep the points, so that a test can compare what arrived.
//!
//! They know only what a write and a check meet. The words come from the servers' sources and documents (2.7, 3.10) and from observation
//! (1.6.7); where a real server decides by chance, these decide always the same. Tests of other crates include this folder by
//! `#[path]`; it needs `axum`, `libdeflater`, `serde_json`, `tokio` and `url`.

// Each test file uses a part of it.
#![allow(dead_code, unreachable_pub, missing_docs)]

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
    /// What is answered to the next writes that carry lines, one after another, in place of reading them.
    pub next: VecDeque<Reply>,
    /// Every request, in order.
    pub seen: Vec<Seen>,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
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
}

impl Reply {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
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
            next: VecDeque::new(),
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

    /// The next scripted answer, when this is a write that carries lines.
    fn scripted(&mut self, body: &[u8]) -> Option<Reply> {
        if body.is_empty() { None } else { self.next.pop_front() }
    }

    fn answer(&mut self, ask: &Seen) -> Reply {
        match self.kind {
            Kind::V1 => v1::answer(self, ask),
            Kind::V2 => v2::answer(self, ask),
            Kind::V3 => v3::answer(self, ask),
            Kind::Kapacitor => kapacitor(ask),
        }
    }
}

/// Every answer carries the version; lines are taken for any database; `/ping` stands elsewhere.
fn kapacitor(ask: &Seen) -> Reply {
    let reply = match (ask.method.as_str(), ask.path.as_str()) {
        ("GET", "/kapacitor/v1/ping") | ("POST", "/write") => Reply::new(204, ""),
        _ => Reply::new(404, "{\n    \"error\": \"Not Found\"\n}"),
    };
    reply.header("X-Kapacitor-Version", "1.5.3")
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
        self.with(|script| script.seen.iter().filter(|seen| seen.path.contains("write") && !seen.body.is_empty()).count())
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
        headers: parts.headers,
        body: if zipped { gunzip(&wire) } else { wire.to_vec() },
        wire_bytes: wire.len(),
    };
    let reply = {
        let mut script = state.lock().expect("no test panics while it looks");
        script.seen.push(ask.clone());
        script.answer(&ask)
    };
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
