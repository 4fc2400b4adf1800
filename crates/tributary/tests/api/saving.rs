//! What is saved was checked first, or says that it was not.

use axum::http::Method;
use insta::assert_json_snapshot;
use model::SecretField;
use serde_json::{Value, json};

use crate::{
    actor::Actor,
    house::{Answer, House},
};

fn at(name: &str, url: &str) -> Value {
    json!({ "name": name, "driver": "v1", "url": url, "database": "d", "username": "u", "secrets": { "password": "hunter2" } })
}

fn kind(answer: &Answer) -> Value {
    answer.body()["error"]["kind"].clone()
}

/// The events of a stream: name and data.
fn events(answer: &Answer) -> Vec<(String, Value)> {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")), "{}", answer.text);
    let mut events = Vec::new();
    let mut name = "";
    for line in answer.text.lines() {
        if let Some(event) = line.strip_prefix("event: ") {
            name = event;
        } else if let Some(data) = line.strip_prefix("data: ") {
            events.push((name.to_owned(), serde_json::from_str(data).unwrap()));
        }
    }
    events
}

async fn streamed(house: &House, method: Method, path: &str, body: Value) -> Answer {
    house.send(method, path, &[("accept", "text/event-stream")], Some(body.to_string())).await
}

#[tokio::test]
async fn a_connection_is_saved_only_when_its_check_passes() {
    let (house, actor) = Actor::house().await;
    let refused = house.post("/api/v1/connections", at("c", "http://down:8086")).await;
    assert_json_snapshot!("saving_refused", house.shown(&refused));
    assert_eq!(house.get("/api/v1/connections/c").await.status, 404);
    let saved = house.post("/api/v1/connections", at("c", "http://up:8086")).await;
    assert_json_snapshot!("saving_saved", house.shown(&saved));
    assert!(!refused.text.contains("hunter2") && !saved.text.contains("hunter2"));
    let with_password = vec![(SecretField::Password, "hunter2".to_owned())];
    assert_eq!(actor.asked().into_iter().map(|asked| asked.secrets).collect::<Vec<_>>(), [with_password.clone(), with_password]);
}

#[tokio::test]
async fn a_check_can_be_skipped_and_the_state_says_so() {
    let (house, actor) = Actor::house().await;
    let saved = house.post("/api/v1/connections?check=skip", at("c", "http://down:8086")).await;
    assert_eq!((saved.status, &saved.body()["state"], &saved.body()["last_check"]), (201, &json!("unverified"), &Value::Null));
    assert!(actor.asked().is_empty());
    assert_eq!(house.post("/api/v1/connections?check=later", at("d", "http://up:8086")).await.status, 400);
}

#[tokio::test]
async fn the_state_follows_the_last_check() {
    let (house, _) = Actor::house().await;
    let state = async || {
        let shown = house.get("/api/v1/connections/c").await.body();
        (shown["state"].as_str().unwrap().to_owned(), shown["last_check"]["code"].clone(), shown["revision"].as_i64().unwrap())
    };
    house.post("/api/v1/connections", at("c", "http://up:8086")).await;
    assert_eq!(state().await, ("verified".to_owned(), Value::Null, 1));
    house.patch("/api/v1/connections/c?check=skip", json!({ "url": "http://down:8086" })).await;
    assert_eq!(state().await, ("unverified".to_owned(), Value::Null, 2));
    let checked = house.send(Method::POST, "/api/v1/connections/c/check", &[], None).await;
    assert_eq!(checked.body()["passed"], json!(false));
    assert_eq!(state().await, ("failing".to_owned(), json!("TRB-TCP-001"), 2), "a check is no new revision");
    house.patch("/api/v1/connections/c", json!({ "notes": "n" })).await;
    assert_eq!(state().await.0, "failing", "notes change nothing about it");
    let moved = house.patch("/api/v1/connections/c", json!({ "url": "http://up:8086", "secrets": { "password": "p" } })).await;
    assert_eq!((moved.status, state().await.0), (200, "verified".to_owned()));
    let shown = house.get("/api/v1/connections/c").await;
    assert_json_snapshot!("last_check_of_a_verified_connection", house.shown(&shown).pointer("/body/last_check").unwrap());
}

#[tokio::test]
async fn a_failed_check_of_a_change_leaves_everything_as_it_was() {
    let (house, actor) = Actor::house().await;
    let before = house.post("/api/v1/connections", at("c", "http://up:8086")).await.body();
    let refused = house.patch("/api/v1/connections/c", json!({ "url": "http://down:8086", "name": "d" })).await;
    assert_eq!((refused.status, kind(&refused)), (422, json!("check_failed")));
    assert_eq!(house.get("/api/v1/connections/c").await.body(), before);
    assert_eq!(actor.asked()[1].secrets, [], "the password was not sent to the new address");
}

#[tokio::test]
async fn nobody_is_contacted_for_a_name_a_note_the_default_or_the_way_of_batching() {
    let (house, actor) = Actor::house().await;
    house.post("/api/v1/connections?check=skip", at("c", "http://down:8086")).await;
    house.post("/api/v1/connections?check=skip", at("d", "http://down:8086")).await;
    for patch in [
        json!({ "name": "e" }),
        json!({ "notes": "n", "timeout_ms": 5, "gzip": "on", "batch_lines": 1, "in_flight": 1, "telegraf_database": "t" }),
        json!({ "default": true }),
        json!({ "url": "http://down:8086", "secrets": {} }),
    ] {
        let id = house.get("/api/v1/connections").await.body()["items"][1]["id"].as_str().unwrap().to_owned();
        let answer = house.patch(&format!("/api/v1/connections/{id}"), patch.clone()).await;
        assert_eq!(answer.status, 200, "{patch}: {}", answer.text);
    }
    assert!(actor.asked().is_empty());
    let answer = house.patch("/api/v1/connections/c", json!({ "secrets": { "password": "other" } })).await;
    assert_eq!((answer.status, actor.asked().len()), (422, 1), "another password is checked");
}

#[tokio::test]
async fn what_cannot_be_saved_is_refused_before_anybody_is_contacted() {
    let (house, actor) = Actor::house().await;
    house.post("/api/v1/connections?check=skip", at("c", "http://down:8086")).await;
    house.post("/api/v1/connections?check=skip", at("d", "http://down:8086")).await;
    let taken = house.post("/api/v1/connections", at("c", "http://up:8086")).await;
    assert_eq!((taken.status, kind(&taken)), (409, json!("name_taken")));
    let renamed = house.patch("/api/v1/connections/d", json!({ "name": "c", "url": "http://up:8086" })).await;
    assert_eq!((renamed.status, kind(&renamed)), (409, json!("name_taken")));
    let older =
        house.send(Method::PATCH, "/api/v1/connections/d", &[("if-match", "\"7\"")], Some(json!({ "url": "http://up" }).to_string()));
    assert_eq!(older.await.status, 412);
    assert!(actor.asked().is_empty());
}

#[tokio::test]
async fn saving_tells_each_step_when_asked_for_as_events() {
    let (house, _) = Actor::house().await;
    let refused = events(&streamed(&house, Method::POST, "/api/v1/connections", at("c", "http://down:8086")).await);
    let names: Vec<&str> = refused.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["finding", "finding", "refused"]);
    assert_eq!(refused[2].1["error"]["kind"], json!("check_failed"));
    assert_eq!(refused[2].1["error"]["findings"][1], refused[1].1);

    let saved = events(&streamed(&house, Method::POST, "/api/v1/connections", at("c", "http://up:8086")).await);
    let names: Vec<&str> = saved.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["finding", "finding", "saved"]);
    assert_eq!(saved[2].1, house.get("/api/v1/connections/c").await.body());

    let patched = events(&streamed(&house, Method::PATCH, "/api/v1/connections/c", json!({ "database": "e" })).await);
    assert_eq!((patched.len(), patched[2].0.as_str(), &patched[2].1["revision"]), (3, "saved", &json!(2)));
    let renamed = events(&streamed(&house, Method::PATCH, "/api/v1/connections/c", json!({ "name": "d" })).await);
    assert_eq!((renamed.len(), renamed[0].0.as_str()), (1, "saved"));

    let invalid = streamed(&house, Method::POST, "/api/v1/connections", at("d", "ftp://up")).await;
    assert_eq!((invalid.status, kind(&invalid)), (422, json!("validation")), "what was never tried is no stream");
}

#[tokio::test]
async fn a_client_that_goes_away_saves_nothing() {
    let (house, actor) = Actor::house().await;
    let asking = house.post("/api/v1/connections", at("c", "http://slow:8086"));
    let gone = tokio::select! {
        _ = asking => false,
        () = async { while actor.asked().is_empty() { tokio::task::yield_now().await } } => true,
    };
    actor.curtain.add_permits(1);
    assert!(gone);
    assert_eq!(house.get("/api/v1/connections/c").await.status, 404);
}

#[tokio::test]
async fn a_change_made_while_the_check_ran_is_not_lost() {
    let (house, actor) = Actor::house().await;
    house.post("/api/v1/connections?check=skip", at("c", "http://up:8086")).await;
    let slow = house.patch("/api/v1/connections/c", json!({ "url": "http://slow:8086" }));
    let quick = async {
        while actor.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        let answer = house.patch("/api/v1/connections/c", json!({ "notes": "mine" })).await;
        actor.curtain.add_permits(1);
        answer
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!((quick.status, slow.status, kind(&slow)), (200, 412, json!("changed")));
    let shown = house.get("/api/v1/connections/c").await.body();
    assert_eq!((&shown["notes"], &shown["url"]), (&json!("mine"), &json!("http://up:8086/")));
}

#[tokio::test]
async fn a_draft_is_checked_with_the_kept_secrets_of_what_it_replaces() {
    let (house, actor) = Actor::house().await;
    house.post("/api/v1/connections?check=skip", at("c", "http://up:8086")).await;
    let draft = |url: &str| json!({ "replaces": "c", "driver": "v1", "url": url, "database": "other", "username": "u" });
    for url in ["http://up:8086/proxy", "http://up:8087"] {
        assert_eq!(house.post("/api/v1/connections/check", draft(url)).await.body()["passed"], json!(true));
    }
    let asked = actor.asked();
    assert_eq!(asked[0].secrets, [(SecretField::Password, "hunter2".to_owned())]);
    assert_eq!(asked[1].secrets, []);
    assert_eq!(house.get("/api/v1/connections/c").await.body()["state"], json!("unverified"), "a draft's check is not kept");
}

#[tokio::test]
async fn who_answers_at_an_address_is_told() {
    let (house, _) = Actor::house().await;
    let found = house.post("/api/v1/connections/detect", json!({ "url": "http://up:8181" })).await;
    assert_json_snapshot!("detected", house.shown(&found));
    let nobody = house.post("/api/v1/connections/detect", json!({ "url": "http://down:8181" })).await;
    assert_json_snapshot!("detected_nobody", house.shown(&nobody));
    let login = house.post("/api/v1/connections/detect", json!({ "url": "http://bob:hunter2@up:8181" })).await;
    assert_eq!((login.status, &login.body()["error"]["field"]), (422, &json!("url")));
    assert!(!login.text.contains("hunter2"));
}
