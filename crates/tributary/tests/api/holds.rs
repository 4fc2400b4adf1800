//! Connections that do not take points for now, and what waits for them.

use axum::http::Method;
use bytes::Bytes;
use chrono::TimeDelta;
use model::{
    Code, FailureKind, Figures,
    edges::{Holding, LEASE, LineBatch, Progress, Refusal, Store as _},
    run::Reason,
};
use serde_json::{Value, json};

use crate::{bodies::build_shop, house::House};

/// A shop of which one run of the series `stock`, a snapshot, is frozen and waits for its connection `lines`, which is on hold.
async fn waiting() -> House {
    let house = House::open().await;
    build_shop(&house).await;
    let database = house.get("/api/v1/databases/shop").await.id();
    let connection = house.get("/api/v1/connections/lines").await.id();
    let query = json!({ "name": "stock", "database_id": database, "sql": "SELECT country, total FROM orders" });
    let query = house.post("/api/v1/queries", query).await.id();
    let series = json!({
        "name": "stock", "query_id": query, "connection_id": connection, "mode": { "mode": "snapshot" },
        "mapping": { "measurement": { "name": "stock" }, "tags": ["country"] },
    });
    assert_eq!(house.post("/api/v1/series", series).await.status, 201);
    house.send(Method::POST, "/api/v1/series/stock/run", &[], None).await;

    let now = house.app.clock.now();
    let (lease, _) = house.app.store.claim_run("n", now, now + LEASE).await.unwrap().expect("the run");
    let lines = LineBatch { body: Bytes::from_static(b"stock,country=DE total=1\n"), lines: 1, rows: vec![(0, 1)] };
    house.app.store.freeze(&lease, &[lines], Some(&Figures { rows_read: 1, ..Figures::default() })).await.unwrap();
    let reason = Reason {
        kind: Some(FailureKind::FolderWrite),
        code: Some(Code::Kind(FailureKind::FolderWrite)),
        message: "the disk is full".to_owned(),
        advice: "make room".to_owned(),
    };
    let refused = Some(Refusal { reason, next_probe_at: now + TimeDelta::minutes(10) });
    let holding = Holding { at: now, refused, waits: None, progress: Progress::default() };
    assert!(house.app.store.hold_run(&lease, &holding).await.unwrap());
    house
}

#[tokio::test]
async fn what_waits_and_why_is_shown_with_the_run_the_connection_and_the_hold() {
    let house = waiting().await;
    let run = house.get("/api/v1/runs?series=stock").await.body()["items"][0].clone();
    assert_eq!((&run["status"], &run["frozen"], &run["reason"]["message"]), (&json!("queued"), &json!(true), &json!("the disk is full")));
    let holds = house.get("/api/v1/holds").await.body();
    let hold = &holds["items"][0];
    assert_eq!((&hold["connection_name"], &hold["runs_waiting"], &hold["probes"]), (&json!("lines"), &json!(1), &json!(0)), "{holds}");
    assert_eq!((&hold["reason"]["code"], &hold["next_probe_at"]), (&json!("TRB-FOLDER-003"), &json!("2026-11-21T12:10:00Z")), "{holds}");
    let bytes = hold["frozen_bytes"].as_u64().unwrap();
    assert!(bytes > 0, "{holds}");
    let spool = house.get("/api/v1/spool").await.body();
    assert_eq!(spool, json!({ "bytes": bytes, "all_bytes": bytes, "limit_bytes": 1 << 30, "runs": 1 }));
    let list = house.get("/api/v1/connections").await.body()["items"].clone();
    assert_eq!((&list[0]["hold"]["since"], &list[0]["hold"]["connection_id"]), (&hold["since"], &list[0]["id"]));
    assert_eq!(house.get("/api/v1/connections/lines").await.body()["hold"], list[0]["hold"]);
    let changed = house.patch("/api/v1/connections/lines?check=skip", json!({ "notes": "x" })).await.body()["hold"].clone();
    let expected = (&hold["since"], &json!("2026-11-21T12:00:00Z"));
    assert_eq!((&changed["since"], &changed["next_probe_at"]), expected, "a connection that was changed is tried at once");
}

#[tokio::test]
async fn a_connection_on_hold_is_tried_now_when_a_person_says_so() {
    let house = waiting().await;
    let tried = house.send(Method::POST, "/api/v1/connections/lines/try-now", &[], None).await;
    assert_eq!((tried.status, &tried.body()["hold"]["next_probe_at"]), (200, &json!("2026-11-21T12:00:00Z")), "{}", tried.text);
    let now = house.app.clock.now();
    let claimed = house.app.store.claim_run("n", now, now + LEASE).await.unwrap();
    assert!(claimed.is_some_and(|(_, run)| run.series_name.as_str() == "stock"), "its run is let through");
}

#[tokio::test]
async fn a_connection_that_takes_points_has_no_hold() {
    let house = House::open().await;
    build_shop(&house).await;
    assert_eq!(house.get("/api/v1/holds").await.body(), json!({ "items": [] }));
    assert_eq!(house.get("/api/v1/connections/lines").await.body()["hold"], Value::Null);
    let tried = house.send(Method::POST, "/api/v1/connections/lines/try-now", &[], None).await;
    assert_eq!((tried.status, tried.body()), (200, json!({ "hold": null })));
    assert_eq!(house.send(Method::POST, "/api/v1/connections/nothing/try-now", &[], None).await.status, 404);
    assert_eq!(house.get("/api/v1/spool").await.body()["bytes"], json!(0));
}

#[tokio::test]
async fn holds_of_another_organization_are_not_there() {
    let house = waiting().await;
    house.organization("plant").await;
    let plant = [("tributary-organization", "plant")];
    assert_eq!(house.send(Method::GET, "/api/v1/holds", &plant, None).await.body(), json!({ "items": [] }));
    assert_eq!(house.send(Method::POST, "/api/v1/connections/lines/try-now", &plant, None).await.status, 404);
    let spool = house.send(Method::GET, "/api/v1/spool", &plant, None).await.body();
    assert_eq!((&spool["bytes"], &spool["runs"]), (&json!(0), &json!(0)));
    assert!(spool["all_bytes"].as_u64().unwrap() > 0, "the room is that of all");
}
