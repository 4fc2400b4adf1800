//! The way to InfluxDB: HTTP that counts what passes, and lets it pass, get lost, wait or break.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    convert::Infallible,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, StatusCode, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::watch};

use crate::{chance::Chance, clock::now, influx::client};

/// What becomes of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It passes.
    Pass,
    /// It is written, and the answer is lost: the connection breaks.
    LoseAnswer,
    /// Half of its lines are written, and the connection breaks.
    Tear,
    /// The connection breaks while the body is on its way.
    Reset,
    /// 429 or 503, and how to say when to come back.
    Busy(u16, RetryAfter),
    /// It passes, this much later.
    Slow(Duration),
    /// It is written, and the answer comes this much later.
    SlowAnswer(Duration),
    /// It is written this much later, when the other side has given up.
    LateWrite(Duration),
    /// It is read, and nobody ever answers.
    HalfOpen,
}

/// How an answer says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    /// Not at all.
    Silent,
    /// In so many seconds.
    Seconds(u32),
    /// At this many seconds from now, as an HTTP date.
    Date(u32),
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    /// Lines of each measurement that InfluxDB acknowledged, also those whose answer was lost.
    pub(crate) lines_written: BTreeMap<String, u64>,
    /// How often what became of a write, by name.
    pub(crate) acts: BTreeMap<&'static str, u64>,
    /// How often InfluxDB answered writes with this status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Times of the lines of each measurement that is watched, as they were acknowledged to the sender.
    pub(crate) watched: BTreeMap<String, Vec<i64>>,
    /// How often a line of a measurement that is watched came with the place and time of one before, and other bytes.
    pub(crate) altered: u64,
    /// Writes that came before the time that they had been asked to wait for.
    pub(crate) impatient: u64,
}

struct State {
    weather: Vec<(u32, Act)>,
    chance: Chance,
    tally: Tally,
    not_before: Option<DateTime<Utc>>,
    watch: BTreeSet<String>,
    /// The watched lines as they came first, by place and time.
    seen: HashMap<Vec<u8>, Vec<u8>>,
}

/// A way to InfluxDB.
pub(crate) struct Toll {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
    gate: watch::Sender<bool>,
}

impl Toll {
    /// To the InfluxDB on `far`.
    pub(crate) async fn to(far: u16, seed: u64) -> anyhow::Result<Self> {
        let first = TcpListener::bind("127.0.0.1:0").await?;
        let port = first.local_addr()?.port();
        let state = Arc::new(Mutex::new(State {
            weather: vec![(1, Act::Pass)],
            chance: Chance::of(seed, "toll"),
            tally: Tally::default(),
            not_before: None,
            watch: BTreeSet::new(),
            seen: HashMap::new(),
        }));
        let (gate, open) = watch::channel(true);
        let (http, seen) = (client()?, state.clone());
        tokio::spawn(async move {
            let mut listener = Some(first);
            let mut open = open;
            loop {
                if !*open.borrow_and_update() {
                    listener = None;
                    if open.changed().await.is_err() {
                        return;
                    }
                    continue;
                }
                let bound = match listener.take() {
                    Some(listener) => listener,
                    None => match TcpListener::bind(("127.0.0.1", port)).await {
                        Ok(listener) => listener,
                        Err(_taken) => {
                            tokio::time::sleep(Duration::from_millis(50)).await;
                            continue;
                        }
                    },
                };
                let accepted = tokio::select! {
                    changed = open.changed() => if changed.is_ok() { None } else { return },
                    accepted = bound.accept() => accepted.ok(),
                };
                listener = Some(bound);
                let Some((stream, _)) = accepted else { continue };
                let (http, state, mut gate) = (http.clone(), seen.clone(), open.clone());
                tokio::spawn(async move {
                    let service = service_fn(move |request| serve(request, far, http.clone(), state.clone()));
                    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                    tokio::select! {
                        // A connection that breaks is what this is for.
                        _ended = connection => {}
                        _closed = gate.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Ok(Self { port, state, gate })
    }

    /// From now on each write meets one of these, by their weights.
    pub(crate) fn set(&self, weather: Vec<(u32, Act)>) {
        lock(&self.state).weather = weather;
    }

    /// Writes down the lines of this measurement too.
    pub(crate) fn watch(&self, measurement: &str) {
        lock(&self.state).watch.insert(measurement.to_owned());
    }

    /// Nobody answers at the port, and connections end.
    pub(crate) fn close(&self) {
        self.gate.send_replace(false);
    }

    /// Answers again.
    pub(crate) fn open(&self) {
        self.gate.send_replace(true);
    }

    pub(crate) fn tally(&self) -> Tally {
        lock(&self.state).tally.clone()
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn broken() -> io::Error {
    io::Error::other("broken on purpose")
}

async fn serve(
    request: Request<Incoming>,
    far: u16,
    http: reqwest::Client,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (head, mut body) = request.into_parts();
    let is_write = head.uri.path().ends_with("/write");
    let act = if is_write {
        let mut state = lock(&state);
        state.tally.requests += 1;
        if state.not_before.is_some_and(|then| now() < then) {
            state.tally.impatient += 1;
        }
        let State { weather, chance, .. } = &mut *state;
        let act = *chance.weighed(weather);
        *state.tally.acts.entry(name(act)).or_default() += 1;
        act
    } else {
        Act::Pass
    };
    if act == Act::Reset {
        let _first = body.frame().await;
        return Err(broken());
    }
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    if is_write {
        compare(&mut lock(&state), &body);
    }
    let pass = async |body: Bytes| forward(&head, body, far, &http, &state, is_write).await;
    match act {
        Act::Pass | Act::Reset => {
            let answer = pass(body.clone()).await?;
            if is_write && answer.status().is_success() {
                note(&state, &body);
            }
            Ok(answer)
        }
        Act::Slow(length) => {
            tokio::time::sleep(length).await;
            pass(body).await
        }
        Act::SlowAnswer(length) => {
            let answer = pass(body).await?;
            tokio::time::sleep(length).await;
            Ok(answer)
        }
        Act::LoseAnswer => {
            pass(body).await?;
            Err(broken())
        }
        Act::Tear => {
            pass(first_half(&body)).await?;
            Err(broken())
        }
        Act::LateWrite(length) => {
            let (head, state, http) = (head.clone(), state.clone(), http.clone());
            // The other side may hang up meanwhile; what it sent is written all the same.
            let written = tokio::spawn(async move {
                tokio::time::sleep(length).await;
                forward(&head, body, far, &http, &state, true).await
            });
            written.await.map_err(io::Error::other)?
        }
        Act::Busy(status, when) => Ok(busy(status, when, &state)),
        Act::HalfOpen => std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>().await.map_err(|never| match never {}),
    }
}

const fn name(act: Act) -> &'static str {
    match act {
        Act::Pass => "passed",
        Act::LoseAnswer => "answer lost",
        Act::Tear => "half written",
        Act::Reset => "reset",
        Act::Busy(429, _) => "429",
        Act::Busy(_, _) => "503",
        Act::Slow(_) => "slow",
        Act::SlowAnswer(_) => "answered late",
        Act::LateWrite(_) => "written late",
        Act::HalfOpen => "never answered",
    }
}

async fn forward(
    head: &hyper::http::request::Parts,
    body: Bytes,
    far: u16,
    http: &reqwest::Client,
    state: &Mutex<State>,
    is_write: bool,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = http.request(head.method.clone(), format!("http://127.0.0.1:{far}{path}")).body(body.clone());
    for (name, value) in &head.headers {
        if !matches!(name.as_str(), "host" | "content-length" | "transfer-encoding" | "connection") {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.map_err(io::Error::other)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = answer.bytes().await.map_err(io::Error::other)?;
    if is_write {
        let mut state = lock(state);
        *state.tally.statuses.entry(status.as_u16()).or_default() += 1;
        if status.is_success() {
            for line in lines(&body) {
                let measurement = measurement(line);
                match state.tally.lines_written.get_mut(&*measurement) {
                    Some(written) => *written += 1,
                    None => _ = state.tally.lines_written.insert(measurement.into_owned(), 1),
                }
            }
        }
    }
    let mut response = Response::builder().status(status);
    for (name, value) in &headers {
        if !matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection") {
            response = response.header(name, value);
        }
    }
    response.body(Full::new(text)).map_err(io::Error::other)
}

fn busy(status: u16, when: RetryAfter, state: &Mutex<State>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"error\":\"busy\"}")));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let (text, seconds) = match when {
        RetryAfter::Silent => return response,
        RetryAfter::Seconds(seconds) => (seconds.to_string(), seconds),
        RetryAfter::Date(seconds) => {
            let then = now() + TimeDelta::seconds(seconds.into());
            (then.format("%a, %d %b %Y %H:%M:%S GMT").to_string(), seconds)
        }
    };
    // A date says whole seconds, so the last of them may be begun.
    lock(state).not_before = Some(now() + TimeDelta::seconds(seconds.into()) - TimeDelta::milliseconds(1100));
    if let Ok(value) = text.parse() {
        response.headers_mut().insert("retry-after", value);
    }
    response
}

/// The lines of a body: no field of the harness holds a line break.
fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

fn first_half(body: &Bytes) -> Bytes {
    let half = lines(body).count() / 2;
    let bytes: usize = lines(body).take(half).map(|line| line.len() + 1).sum();
    body.slice(..bytes.min(body.len()))
}

/// Its measurement: none of the harness has a character that is escaped.
fn measurement(line: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(line.split(|byte| matches!(byte, b',' | b' ')).next().unwrap_or_default())
}

/// The watched lines of a body.
fn watched<'a>(watch: &BTreeSet<String>, body: &'a [u8]) -> Vec<&'a [u8]> {
    if watch.is_empty() { Vec::new() } else { lines(body).filter(|line| watch.contains(&*measurement(line))).collect() }
}

fn note(state: &Mutex<State>, body: &[u8]) {
    let mut state = lock(state);
    for line in watched(&state.watch, body) {
        let time: Option<i64> = line.rsplit(|byte| *byte == b' ').next().and_then(|time| std::str::from_utf8(time).ok()?.parse().ok());
        state.tally.watched.entry(measurement(line).into_owned()).or_default().extend(time);
    }
}

/// A line that comes again must be the same, byte by byte.
fn compare(state: &mut State, body: &[u8]) {
    for line in watched(&state.watch, body) {
        let place = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        let time = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        let first = state.seen.entry([place, b" ", time].concat()).or_insert_with(|| line.to_owned());
        state.tally.altered += u64::from(first != line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_line_that_comes_again_with_other_bytes_is_counted() {
        let mut state = State {
            weather: Vec::new(),
            chance: Chance::of(1, "toll"),
            tally: Tally::default(),
            not_before: None,
            watch: BTreeSet::from(["snapshot".to_owned()]),
            seen: HashMap::new(),
        };
        let first = b"snapshot,part=p1 n=1i 100\nsnapshot,part=p2 n=2i 100\nother n=1i 100\n";
        compare(&mut state, first);
        compare(&mut state, first);
        compare(&mut state, b"other n=2i 100\nsnapshot,part=p1 n=1i 101\n");
        assert_eq!(state.tally.altered, 0);
        compare(&mut state, b"snapshot,part=p2 n=3i 100\n");
        assert_eq!(state.tally.altered, 1);
    }
}
