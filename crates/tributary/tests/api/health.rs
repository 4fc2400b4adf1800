//! What became of checks is kept and told, whoever asked for them.

use axum::http::Method;
use model::AskedBy;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use tributary::app::{App, CheckLimits, Checks};

use crate::{actor::Actor, house::House};

fn v3(name: &str, url: &str) -> Value {
    json!({ "name": name, "driver": "v3", "url": url, "database": "d" })
}

async fn id(house: &House, name: &str) -> String {
    house.get(&format!("/api/v1/connections/{name}")).await.id()
}

async fn check_all(app: &App) {
    for (organization, connection) in app.connections_to_check().await.unwrap() {
        app.check_unasked(organization, connection).await.unwrap();
    }
}

#[tokio::test]
async fn every_way_of_checking_is_in_the_history_newest_first() {
    let (house, _) = Actor::house().await;
    assert_eq!(house.post("/api/v1/connections", v3("c", "http://up")).await.status, 201);
    check_all(&house.app).await;
    house.patch("/api/v1/connections/c?check=skip", json!({ "url": "http://down" })).await;
    house.send(Method::POST, "/api/v1/connections/c/check", &[], None).await;
    let checks = house.get("/api/v1/connections/c/checks").await.body()["items"].clone();
    let told: Vec<_> = checks.as_array().unwrap().iter().map(|one| (&one["verdict"], &one["asked_by"], &one["code"])).collect();
    let (people, server) = (&json!("people"), &json!("server"));
    let (passed, nothing) = (&json!("passed"), &Value::Null);
    assert_eq!(told, [(&json!("failed"), people, &json!("TRB-TCP-001")), (passed, server, nothing), (passed, people, nothing)]);
    assert!(checks[0]["detail"].is_string() && checks[0]["took_ms"].is_u64(), "{checks}");

    let latest = house.get("/api/v1/connections/c/checks?limit=1").await.body();
    assert_eq!(latest["items"], json!([checks[0]]));
    for (path, status) in [("c/checks?limit=91", 422), ("c/checks?limit=0", 422), ("c/checks?page=2", 400), ("d/checks", 404)] {
        assert_eq!(house.get(&format!("/api/v1/connections/{path}")).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn the_strips_of_several_connections_come_at_once_in_the_order_in_which_they_are_named() {
    let (house, _) = Actor::house().await;
    house.organization("other").await;
    for name in ["a", "b"] {
        house.post("/api/v1/connections", v3(name, "http://up")).await;
    }
    let (a, b, gone) = (id(&house, "a").await, id(&house, "b").await, "0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f");
    check_all(&house.app).await;
    let path = format!("/api/v1/check-outcomes?connection={b}&connection={gone}&connection={a}&limit=1");
    let asked = house.get(&path).await.body();
    let told: Vec<_> =
        asked["items"].as_array().unwrap().iter().map(|one| (&one["connection_id"], one["checks"].as_array().unwrap().len())).collect();
    assert_eq!(told, [(&json!(b), 1), (&json!(gone), 0), (&json!(a), 1)]);
    let elsewhere = house.send(Method::GET, &path, &[("tributary-organization", "other")], None).await.body();
    assert!(elsewhere["items"].as_array().unwrap().iter().all(|one| one["checks"] == json!([])), "{elsewhere}");

    let many = |count: usize| format!("/api/v1/check-outcomes?{}", vec![format!("connection={a}"); count].join("&"));
    for (path, status) in [
        (many(100), 200),
        (many(101), 422),
        ("/api/v1/check-outcomes".to_owned(), 422),
        ("/api/v1/check-outcomes?connection=a".to_owned(), 400),
        (format!("/api/v1/check-outcomes?connection={a}&since=1"), 400),
        (format!("/api/v1/check-outcomes?connection={a}&limit=x"), 400),
    ] {
        assert_eq!(house.get(&path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn the_servers_own_checks_move_the_state_and_use_up_nobodys_limit() {
    let (house, actor) = Actor::house().await;
    let one = CheckLimits { per_minute: NonZeroU32::new(1).unwrap(), ..CheckLimits::default() };
    let house = house.with(|app| App { checks: Checks::new(one), ..app });
    house.post("/api/v1/connections?check=skip", v3("c", "http://down")).await;
    for _ in 0..3 {
        check_all(&house.app).await;
    }
    assert_eq!(actor.asked().len(), 3);
    let shown = house.get("/api/v1/connections/c").await.body();
    assert_eq!((&shown["state"], &shown["last_check"]["asked_by"], &shown["revision"]), (&json!("failing"), &json!("server"), &json!(1)));
    let check = async || house.send(Method::POST, "/api/v1/connections/c/check", &[], None).await.status;
    assert_eq!((check().await, check().await), (200, 429), "the minute was the person's alone");
}

#[tokio::test]
async fn what_was_changed_while_it_was_checked_does_not_get_the_old_verdict() {
    let (house, actor) = Actor::house().await;
    house.post("/api/v1/connections?check=skip", v3("c", "http://slow")).await;
    let (organization, connection) = house.app.connections_to_check().await.unwrap()[0];
    let changing = async {
        while actor.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        let changed = house.patch("/api/v1/connections/c?check=skip", json!({ "url": "http://up" })).await;
        actor.curtain.add_permits(1);
        changed.status
    };
    let (noted, changed) = tokio::join!(house.app.check_unasked(organization, connection), changing);
    assert_eq!((noted.unwrap(), changed), (None, 200));
    assert_eq!(house.get("/api/v1/connections/c").await.body()["state"], json!("unverified"));
    assert_eq!(house.get("/api/v1/connections/c/checks").await.body()["items"], json!([]));
    let now = house.app.check_unasked(organization, connection).await.unwrap().unwrap();
    assert_eq!((now.passed, now.asked_by), (true, AskedBy::Server));
}
