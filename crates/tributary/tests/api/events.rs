//! The stream of what changes.

use std::{collections::BTreeSet, time::Duration};

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode},
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use store::ChangedNoun;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tributary::{
    api,
    app::{App, Streams},
};

use crate::{bodies::build_shop, house::House};

/// A test that waits so long waits for ever.
const LATE: Duration = Duration::from_secs(30);

/// An open stream.
struct Events {
    body: BodyDataStream,
    rest: String,
}

#[derive(Debug, PartialEq)]
enum Heard {
    Event(String, Value),
    Comment,
    End,
}

impl Events {
    async fn open(house: &House) -> Self {
        Self::open_at(house, "/api/v1/events", None).await
    }

    async fn open_at(house: &House, path: &str, organization: Option<&str>) -> Self {
        let mut events = Self::ask(house, path, organization).await.unwrap();
        let Heard::Event(name, _) = events.next().await else { panic!("no event") };
        assert_eq!(name, "hello");
        events
    }

    async fn ask(house: &House, path: &str, organization: Option<&str>) -> Result<Self, (StatusCode, Option<String>)> {
        let mut request = Request::get(path).header("host", "localhost:8282");
        if let Some(organization) = organization {
            request = request.header("tributary-organization", organization);
        }
        let response = api::router(house.app.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        if response.status() != StatusCode::OK {
            let wait = response.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
            return Err((response.status(), wait));
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Self { body: response.into_body().into_data_stream(), rest: String::new() })
    }

    async fn next(&mut self) -> Heard {
        timeout(LATE, self.heard()).await.expect("something is told")
    }

    async fn heard(&mut self) -> Heard {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let (mut name, mut data) = (None, None);
                for line in block.lines() {
                    name = name.or(line.strip_prefix("event: "));
                    data = data.or(line.strip_prefix("data: "));
                }
                let heard = match (name, data) {
                    (Some(name), Some(data)) => Heard::Event(name.to_owned(), serde_json::from_str(data).unwrap()),
                    _ => Heard::Comment,
                };
                self.rest = rest.to_owned();
                return heard;
            }
            match self.body.next().await {
                Some(bytes) => self.rest.push_str(std::str::from_utf8(&bytes.unwrap()).unwrap()),
                None => return Heard::End,
            }
        }
    }

    /// The data of the next event, which is `changed`.
    async fn changed(&mut self) -> Value {
        match self.next().await {
            Heard::Event(name, data) if name == "changed" => data,
            other => panic!("{other:?}"),
        }
    }
}

async fn new_group(house: &House, name: &str) -> String {
    house.post("/api/v1/groups", json!({ "name": name, "schedule": { "every_s": 60 } })).await.id()
}

#[tokio::test]
async fn what_is_saved_through_the_api_is_told() {
    let house = House::open().await;
    let mut events = Events::open(&house).await;
    let id = new_group(&house, "minutely").await;
    assert_eq!(events.changed().await, json!({ "noun": "group", "ids": [id] }));
    house.delete(&format!("/api/v1/groups/{id}")).await;
    assert_eq!(events.changed().await, json!({ "noun": "group", "ids": [id] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_told_until_it_has_ended() {
    let house = House::open().await;
    build_shop(&house).await;
    let mut events = Events::open(&house).await;
    let stop = CancellationToken::new();
    let flow = {
        let (flow, stop) = (house.app.flow.clone(), stop.clone());
        tokio::spawn(async move { flow.run(stop).await })
    };
    let run = house.post("/api/v1/series/orders/run", json!({ "slot": "2026-11-21T12:00:00Z" })).await.id();
    // Who asks for the run whenever it is told of sees its end: nothing is told too early or not at all.
    loop {
        assert_eq!(events.changed().await, json!({ "noun": "run", "ids": [run] }));
        if house.get(&format!("/api/v1/runs/{run}")).await.body()["status"] == json!("succeeded") {
            break;
        }
    }
    stop.cancel();
    flow.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_burst_is_one_event_for_each_noun_in_a_quarter_of_a_second() {
    let house = House::open().await;
    let mut events = Events::open(&house).await;
    tokio::time::pause();
    house.app.store.announce_files();
    assert_eq!(events.changed().await, json!({ "noun": "file" }), "the first is told at once");
    let told = Instant::now();
    for _ in 0..50 {
        house.app.store.announce_files();
    }
    assert_eq!(events.changed().await, json!({ "noun": "file" }));
    assert_eq!(told.elapsed().as_millis() / 10, 25);
    let Heard::Comment = events.next().await else { panic!("told again without a change") };
}

#[tokio::test]
async fn a_client_that_is_too_slow_is_told_that_anything_may_have_changed() {
    let house = House::open().await;
    let mut events = Events::open(&house).await;
    for _ in 0..3_000 {
        house.app.store.announce_files();
    }
    let mut nouns = BTreeSet::new();
    for _ in ChangedNoun::ALL {
        let told = events.changed().await;
        assert_eq!(told.get("ids"), None, "{told}");
        nouns.insert(told["noun"].as_str().unwrap().to_owned());
    }
    assert_eq!(nouns, ChangedNoun::ALL.iter().map(|noun| noun.as_str().to_owned()).collect());
}

#[tokio::test]
async fn only_the_nouns_of_the_organization_are_told_whichever_way_it_is_named() {
    let house = House::open().await;
    house.organization("plant").await;
    let mut by_default = Events::open(&house).await;
    let mut by_header = Events::open_at(&house, "/api/v1/events", Some("plant")).await;
    let mut by_parameter = Events::open_at(&house, "/api/v1/events?organization=plant", Some("default")).await;
    let id = new_group(&house, "minutely").await;
    // What concerns every organization is told to all of them, and nothing came before it.
    house.organization("third").await;
    assert_eq!(by_default.changed().await, json!({ "noun": "group", "ids": [id] }));
    for events in [&mut by_default, &mut by_header, &mut by_parameter] {
        assert_eq!(events.changed().await["noun"], json!("organization"));
    }
    assert_eq!(Events::ask(&house, "/api/v1/events?organization=nowhere", None).await.err(), Some((StatusCode::NOT_FOUND, None)));
}

#[tokio::test]
async fn a_stream_too_many_is_refused_until_another_ends() {
    let house = House::open().await.with(|app| App { streams: Streams::new(1), ..app });
    let first = Events::open(&house).await;
    let refused = Events::ask(&house, "/api/v1/events", None).await.err();
    assert_eq!(refused, Some((StatusCode::SERVICE_UNAVAILABLE, Some("10".to_owned()))));
    drop(first);
    Events::open(&house).await;
}

#[tokio::test]
async fn a_comment_says_that_a_quiet_stream_is_alive() {
    let house = House::open().await;
    let mut events = Events::open(&house).await;
    tokio::time::pause();
    let opened = Instant::now();
    assert_eq!(events.next().await, Heard::Comment);
    assert_eq!(opened.elapsed().as_secs_f64().round() as u64, 15);
}

#[tokio::test]
async fn every_stream_ends_with_the_server() {
    let house = House::open().await;
    let mut open = Events::open(&house).await;
    house.app.streams.close();
    assert_eq!(open.next().await, Heard::End);
    let mut late = Events::open(&house).await;
    assert_eq!(late.next().await, Heard::End);
}
