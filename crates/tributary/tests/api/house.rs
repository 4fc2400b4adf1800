//! A house of its own for each test, and what it answers.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, header},
};
use chrono::{DateTime, Utc};
use flow::{Flow, Settings};
use influx::Drivers;
use model::{Clock, Name, edges};
use serde_json::{Map, Value, json};
use sql::Engines;
use store::{KeyPlace, Store};
use tower::ServiceExt;
use tributary::{
    api,
    app::{App, Checks, Provisioning, Streams},
};

/// Stands still, so that every answer is the same in every run.
struct StillClock(AtomicU64);

impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn entropy(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        bytes
    }
}

pub(crate) struct House {
    pub(crate) app: App,
    router: Router,
    dir: tempfile::TempDir,
    ids: Mutex<Vec<String>>,
}

/// An answer, as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The id of the object that it shows.
    pub(crate) fn id(&self) -> String {
        self.body()["id"].as_str().unwrap_or_else(|| panic!("no id in {} {}", self.status, self.text)).to_owned()
    }
}

impl House {
    pub(crate) async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(StillClock(AtomicU64::new(1)));
        let data = dir.path().join("data");
        let store = Store::open(&data, KeyPlace::File(data.join("key")), clock.clone()).await.unwrap();
        let databases: Arc<dyn edges::Databases> = Arc::new(Engines::new());
        let drivers = Arc::new(Drivers::new(clock.clone()).unwrap());
        let (influx, kapacitors): (Arc<dyn edges::Influx>, Arc<dyn edges::Kapacitors>) = (drivers.clone(), drivers);
        let flow = Flow::new(Arc::new(store.clone()), databases.clone(), influx.clone(), clock.clone(), Settings::default());
        let (checks, provisioning, streams) = (Checks::default(), Provisioning::default(), Streams::default());
        let app = App { store, databases, influx, kapacitors, flow: Arc::new(flow), clock, checks, provisioning, streams };
        std::fs::create_dir(dir.path().join("lines")).unwrap();
        Self { router: api::router(app.clone()), app, dir, ids: Mutex::new(Vec::new()) }
    }

    /// The same house with another part.
    pub(crate) fn with(self, change: impl FnOnce(App) -> App) -> Self {
        let app = change(self.app);
        Self { router: api::router(app.clone()), app, ..self }
    }

    /// Another way to the same house, with another part, side by side with this one.
    pub(crate) fn again(&self, change: impl FnOnce(App) -> App) -> Asking {
        let app = change(self.app.clone());
        Asking { router: api::router(app) }
    }

    /// The folder that file connections write to.
    pub(crate) fn lines(&self) -> PathBuf {
        self.dir.path().join("lines")
    }

    /// A SQLite file with three orders.
    pub(crate) fn shop(&self) -> PathBuf {
        let path = self.dir.path().join("shop.db");
        let shop = rusqlite::Connection::open(&path).unwrap();
        shop.execute_batch(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, country TEXT NOT NULL, total REAL, big INTEGER, at TEXT NOT NULL);
             INSERT INTO orders VALUES
                (1, 'DE', 19.5, 9007199254740993, '2026-11-21 11:10:00'),
                (2, 'AT', 5.25, -7, '2026-11-21 11:20:00'),
                (3, 'DE', NULL, NULL, '2026-11-21 11:59:59');",
        )
        .unwrap();
        path
    }

    pub(crate) async fn organization(&self, name: &str) {
        self.app.store.create_organization(&Name::new(name).unwrap(), None).await.unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Sends a request as a well-behaved client would; `headers` are laid over it.
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        send(&self.router, method, path, headers, body).await
    }

    /// The answer for a snapshot: ids become numbers in the order in which they were first shown, durations 0, folders `[dir]`.
    pub(crate) fn shown(&self, answer: &Answer) -> Value {
        let mut shown = Map::new();
        shown.insert("status".to_owned(), answer.status.into());
        for name in ["etag", "location"] {
            if let Some(value) = answer.header(name) {
                shown.insert(name.to_owned(), value.into());
            }
        }
        if !answer.text.is_empty() {
            shown.insert("body".to_owned(), answer.body());
        }
        let mut shown = Value::Object(shown);
        self.redact(&mut shown);
        shown
    }

    fn redact(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact(item)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    if name.ends_with("_ms") && !name.ends_with("timeout_ms") {
                        *field = json!(0);
                    }
                    self.redact(field);
                }
            }
            Value::String(text) => *text = self.redacted(text),
            _ => {}
        }
    }

    fn redacted(&self, text: &str) -> String {
        let text = text.replace(self.dir.path().to_str().unwrap(), "[dir]");
        let mut words: Vec<String> = Vec::new();
        for word in text.split_inclusive(|letter: char| !letter.is_ascii_hexdigit() && letter != '-') {
            let (bare, rest) = word.split_at(word.len().min(36));
            if bare.parse::<model::Id<()>>().is_err() {
                words.push(word.to_owned());
                continue;
            }
            let mut ids = self.ids.lock().unwrap();
            let number = ids.iter().position(|id| id == bare).unwrap_or_else(|| {
                ids.push(bare.to_owned());
                ids.len() - 1
            });
            words.push(format!("[id {}]{rest}", number + 1));
        }
        words.concat()
    }
}

/// Asks a house.
pub(crate) struct Asking {
    router: Router,
}

impl Asking {
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        send(&self.router, method, path, headers, body).await
    }
}

async fn send(router: &Router, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    let mut all = HeaderMap::new();
    all.insert(header::HOST, "localhost:8282".parse().unwrap());
    if let Some(body) = &body {
        all.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        all.insert(header::CONTENT_LENGTH, body.len().into());
    }
    for (name, value) in headers {
        all.insert(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    *request.headers_mut().unwrap() = all;
    let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}
