//! Kapacitors: several for a connection, one of them active.

use axum::http::Method;
use insta::assert_json_snapshot;
use model::SecretField;
use serde_json::{Value, json};

use crate::{
    actor::Actor,
    bodies::file_connection,
    house::{Answer, House},
};

const ALL: &str = "/api/v1/connections/lines/kapacitors";

fn kapacitor(name: &str, url: &str) -> Value {
    json!({ "name": name, "url": url, "username": "u", "secrets": { "password": "hunter2" } })
}

async fn house() -> (House, std::sync::Arc<Actor>) {
    let (house, actor) = Actor::house().await;
    let created = house.post("/api/v1/connections?check=skip", file_connection(&house, "lines")).await;
    assert_eq!(created.status, 201, "{}", created.text);
    (house, actor)
}

/// The names of the active ones.
async fn active(house: &House) -> Vec<String> {
    let list = house.get(ALL).await.body();
    let active = list["items"].as_array().unwrap().iter().filter(|item| item["active"] == json!(true));
    active.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

fn kind(answer: &Answer) -> Value {
    answer.body()["error"]["kind"].clone()
}

#[tokio::test]
async fn a_kapacitor_is_created_with_a_message_once_its_check_passes() {
    let (house, actor) = house().await;
    let refused = house.post(ALL, kapacitor("k", "http://down:9092")).await;
    assert_json_snapshot!("kapacitor_refused", house.shown(&refused));
    let created = house.post(ALL, kapacitor("k", "http://up:9092")).await;
    assert_json_snapshot!("kapacitor_created", house.shown(&created));
    assert_eq!(created.body()["message"], json!("Kapacitor Created! Configuring endpoints is optional."));
    let place = created.header("location").unwrap();
    let mut expected = created.body();
    expected.as_object_mut().unwrap().remove("message");
    assert_eq!(house.get(place).await.body(), expected);
    assert_eq!(house.get(&format!("{ALL}/k")).await.body(), expected);
    assert!(actor.asked().iter().all(|asked| asked.secrets == [(SecretField::Password, "hunter2".to_owned())]));
    let skipped = house.post(&format!("{ALL}?check=skip"), kapacitor("l", "http://down:9092")).await;
    assert_eq!((skipped.status, &skipped.body()["state"], actor.asked().len()), (201, &json!("unverified"), 0));
}

#[tokio::test]
async fn creating_tells_each_step_when_asked_for_as_events() {
    let (house, _) = house().await;
    let body = kapacitor("k", "http://up:9092").to_string();
    let answer = house.send(Method::POST, ALL, &[("accept", "text/event-stream")], Some(body)).await;
    let events: Vec<&str> = answer.text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!((answer.status, events), (200, vec!["finding", "finding", "saved"]));
    assert!(answer.text.contains("Kapacitor Created!"));
}

#[tokio::test]
async fn one_of_several_is_active() {
    let (house, _) = house().await;
    for name in ["a", "b", "c"] {
        house.post(ALL, kapacitor(name, "http://up:9092")).await;
    }
    assert_eq!(active(&house).await, ["a"], "the first");
    let activated = house.send(Method::POST, &format!("{ALL}/b/activate"), &[], None).await;
    assert_eq!((activated.status, &activated.body()["active"]), (200, &json!(true)));
    assert_eq!(active(&house).await, ["b"]);
    assert_eq!(house.patch(&format!("{ALL}/c"), json!({ "active": true })).await.status, 200);
    assert_eq!(active(&house).await, ["c"]);
    assert_eq!(house.patch(&format!("{ALL}/b"), json!({ "active": false })).await.status, 200);
    assert_eq!(active(&house).await, ["c"]);
    assert_eq!(house.patch(&format!("{ALL}/c"), json!({ "active": false })).await.status, 200);
    assert_eq!(active(&house).await, [""; 0]);
    let mut inactive = kapacitor("first", "http://up:9092");
    inactive["active"] = json!(false);
    house.post("/api/v1/connections?check=skip", file_connection(&house, "others")).await;
    let created = house.post("/api/v1/connections/others/kapacitors", inactive).await;
    assert_eq!((created.status, &created.body()["active"]), (201, &json!(false)));
}

#[tokio::test]
async fn a_name_is_taken_within_one_connection_only() {
    let (house, _) = house().await;
    house.post("/api/v1/connections?check=skip", file_connection(&house, "others")).await;
    assert_eq!(house.post(ALL, kapacitor("k", "http://up")).await.status, 201);
    let taken = house.post(ALL, kapacitor("k", "http://up")).await;
    assert_json_snapshot!("kapacitor_name_taken", house.shown(&taken));
    assert_eq!(house.post("/api/v1/connections/others/kapacitors", kapacitor("k", "http://up")).await.status, 201);
    let all = house.get("/api/v1/kapacitors").await.body();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    assert_eq!(house.get(ALL).await.body()["items"].as_array().unwrap().len(), 1);
    let id = house.get(&format!("{ALL}/k")).await.id();
    assert_eq!(house.get(&format!("/api/v1/connections/others/kapacitors/{id}")).await.status, 404, "it is another connection's");
    assert_eq!(house.get("/api/v1/connections/nowhere/kapacitors").await.status, 404);
    assert_eq!(house.post("/api/v1/connections/nowhere/kapacitors", kapacitor("k", "http://up")).await.status, 404);
}

#[tokio::test]
async fn a_patch_keeps_clears_and_checks_what_is_reached_differently() {
    let (house, actor) = house().await;
    let place = format!("{ALL}/k");
    let created = house.post(ALL, kapacitor("k", "http://up:9092")).await.body();
    actor.asked();
    let patched = house.patch(&place, json!({ "name": "k", "notes": "n", "timeout_ms": 5 })).await.body();
    assert_eq!((&patched["notes"], &patched["timeout_ms"], &patched["state"]), (&json!("n"), &json!(5), &json!("verified")));
    let cleared = house.patch(&place, json!({ "notes": null, "timeout_ms": null })).await.body();
    let mut expected = created.clone();
    expected["revision"] = json!(3);
    expected.as_object_mut().unwrap().remove("message");
    assert_eq!(cleared, expected);
    assert!(actor.asked().is_empty());
    let moved = house.patch(&place, json!({ "url": "http://down:9092" })).await;
    assert_eq!((moved.status, kind(&moved)), (422, json!("check_failed")));
    assert_eq!(actor.asked()[0].secrets, []);
    assert_eq!(house.get(&place).await.body(), cleared);
    let moved = house.patch(&place, json!({ "username": null })).await.body();
    assert_eq!((&moved["username"], &moved["secrets"]["password"]["set"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn a_change_that_was_made_on_an_older_revision_is_refused() {
    let (house, _) = house().await;
    let place = format!("{ALL}/k");
    let etag = house.post(ALL, kapacitor("k", "http://up:9092")).await.header("etag").unwrap().to_owned();
    let older = [("if-match", etag.as_str())];
    let change = async || house.send(Method::PATCH, &place, &older, Some(json!({ "notes": "n" }).to_string())).await;
    assert_eq!(change().await.status, 200);
    let lost = change().await;
    assert_eq!((lost.status, kind(&lost)), (412, json!("changed")));
    assert_eq!(house.send(Method::DELETE, &place, &older, None).await.status, 412);
    assert_eq!(house.send(Method::DELETE, &place, &[("if-match", "\"2\"")], None).await.status, 204);
    assert_eq!(house.get(&place).await.status, 404);
}

#[tokio::test]
async fn a_stored_one_and_a_draft_can_be_checked() {
    let (house, actor) = house().await;
    house.post(&format!("{ALL}?check=skip"), kapacitor("k", "http://up:9092")).await;
    let checked = house.send(Method::POST, &format!("{ALL}/k/check"), &[], None).await;
    assert_eq!((checked.status, &checked.body()["passed"]), (200, &json!(true)));
    assert_eq!(house.get(&format!("{ALL}/k")).await.body()["state"], json!("verified"));
    actor.asked();
    for (url, sent) in [("http://up:9092/proxy", 1), ("http://elsewhere:9092", 0)] {
        let draft = json!({ "replaces": "k", "url": url, "username": "u" });
        assert_eq!(house.post(&format!("{ALL}/check"), draft).await.body()["passed"], json!(true));
        assert_eq!(actor.asked()[0].secrets.len(), sent, "{url}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_at_its_field() {
    let (house, actor) = house().await;
    let cases = [
        ("url", json!({ "name": "k", "url": "ftp://up" })),
        ("url", json!({ "name": "k" })),
        ("timeout_ms", json!({ "name": "k", "url": "http://up", "timeout_ms": 0 })),
        ("tls.pinned_sha256", json!({ "name": "k", "url": "http://up", "tls": { "pinned_sha256": "ab" } })),
        ("secrets.token", json!({ "name": "k", "url": "http://up", "secrets": { "token": "t" } })),
        ("connection_id", json!({ "name": "k", "url": "http://up", "connection_id": "00000000-0000-7000-8000-00000000000f" })),
    ];
    for (field, body) in cases {
        let answer = house.post(ALL, body.clone()).await;
        assert_eq!((answer.status, &answer.body()["error"]["field"]), (422, &json!(field)), "{body}: {}", answer.text);
    }
    assert!(actor.asked().is_empty());
}

#[tokio::test]
async fn kapacitors_go_with_their_connection() {
    let (house, _) = house().await;
    house.post(ALL, kapacitor("k", "http://up:9092")).await;
    assert_eq!(house.delete("/api/v1/connections/lines").await.status, 204);
    assert_eq!(house.get("/api/v1/kapacitors").await.body()["items"], json!([]));
}
