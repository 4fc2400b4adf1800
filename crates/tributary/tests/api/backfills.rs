//! Backfills through the API.

use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    bodies::build_shop,
    cursors::following,
    house::{Answer, House},
};

async fn start(house: &House, body: Value) -> Answer {
    house.post("/api/v1/series/rows/backfills", body).await
}

async fn change(house: &House, id: &str, what: &str) -> Value {
    let answer = house.send(Method::POST, &format!("/api/v1/backfills/{id}/{what}"), &[], None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_planned_then_read_chunk_by_chunk_and_the_cursor_stays() {
    let house = following().await;
    let dry = start(&house, json!({ "from": "1", "to": "4", "chunk": 2, "dry_run": true })).await;
    assert_eq!((dry.status, &dry.body()["id"], &dry.body()["chunks"]), (200, &Value::Null, &json!(2)), "{}", dry.text);
    let plan = json!([{ "number": 0, "from": "1", "to": "3" }, { "number": 1, "from": "3", "to": "4" }]);
    assert_eq!(dry.body()["plan"], plan);
    assert_eq!(house.get("/api/v1/backfills").await.body()["items"], json!([]), "a dry run begins nothing");

    let open = start(&house, json!({ "from": "2", "dry_run": true })).await;
    assert_eq!((open.status, &open.body()["to"]), (200, &json!("4")), "without an end it ends behind the highest number: {}", open.text);

    let created = start(&house, json!({ "from": "1", "to": "4", "chunk": 2, "parallel": 2 })).await;
    assert_eq!(
        (created.status, &created.body()["state"], &created.body()["to"]),
        (201, &json!("running"), &json!("4")),
        "{}",
        created.text
    );
    let id = created.body()["id"].as_str().unwrap().to_owned();
    let (stop, flow) = (CancellationToken::new(), house.app.flow.clone());
    let flow = tokio::spawn({
        let stop = stop.clone();
        async move { flow.run(stop).await }
    });
    let began = Instant::now();
    let ended = loop {
        let now = house.get(&format!("/api/v1/backfills/{id}")).await.body();
        if now["state"] != json!("running") {
            break now;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{now}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    stop.cancel();
    flow.await.unwrap().unwrap();
    assert_eq!(
        (&ended["state"], &ended["done"], &ended["figures"]["points_written"]),
        (&json!("succeeded"), &json!(2), &json!(3)),
        "{ended}"
    );
    assert_eq!((&ended["series_name"], &ended["failed"], &ended["eta"]), (&json!("rows"), &json!([]), &Value::Null));
    let cursor = house.get("/api/v1/series/rows/cursor").await.body();
    assert_eq!((&cursor["state"], &cursor["position"], &cursor["seen"]), (&json!("new"), &Value::Null, &Value::Null));
    let chunks = house.get(&format!("/api/v1/runs?backfill={id}&status=succeeded")).await.body();
    assert_eq!(chunks["items"].as_array().unwrap().len(), 2, "{chunks}");
    assert_eq!((&chunks["items"][0]["trigger"], &chunks["items"][0]["backfill_id"]), (&json!("backfill"), &json!(id)));
    assert_eq!(house.get("/api/v1/backfills?series=rows&state=succeeded").await.body()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_backfill_is_paused_resumed_and_cancelled_and_there_is_one_at_a_time() {
    let house = following().await;
    let id = start(&house, json!({ "from": "1", "to": "4", "chunk": 1 })).await.body()["id"].as_str().unwrap().to_owned();
    let second = start(&house, json!({ "from": "1", "to": "4" })).await;
    assert_eq!((second.status, &second.body()["error"]["kind"]), (409, &json!("running")), "{}", second.text);
    let message = second.body()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("another backfill of the series"), "{message}");
    for (what, state) in [("pause", "paused"), ("pause", "paused"), ("resume", "running"), ("retry", "running"), ("cancel", "cancelled")] {
        assert_eq!(change(&house, &id, what).await["state"], json!(state), "{what}");
    }
    assert_eq!(change(&house, &id, "resume").await["state"], json!("cancelled"));
    let missing = house.send(Method::POST, "/api/v1/backfills/0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f/pause", &[], None).await;
    assert_eq!(missing.status, 404, "{}", missing.text);
}

#[tokio::test]
async fn what_cannot_be_backfilled_is_refused_by_the_member_that_is_wrong() {
    let house = following().await;
    for (body, field) in [
        (json!({}), "from"),
        (json!({ "from": "one" }), "from"),
        (json!({ "from": "1", "to": "x" }), "to"),
        (json!({ "from": "2", "to": "2" }), "from"),
        (json!({ "from": "1", "to": "4", "chunk": 0 }), "chunk"),
        (json!({ "from": "1", "parallel": 9 }), "parallel"),
        (json!({ "from": "1", "pause_s": 90_000 }), "pause_s"),
        (json!({ "from": "1", "chunks": 3 }), "chunks"),
    ] {
        let refused = start(&house, body.clone()).await;
        assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!(field)), "{body} {}", refused.text);
    }
    let mode = json!({ "mode": { "mode": "snapshot" } });
    assert_eq!(house.patch("/api/v1/series/rows", mode).await.status, 200);
    let refused = start(&house, json!({ "from": "1" })).await;
    assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!("series")), "{}", refused.text);
    assert!(refused.text.contains("a snapshot series has no past"), "{}", refused.text);
}

#[tokio::test]
async fn a_window_series_is_backfilled_by_the_slots_of_its_group() {
    let house = House::open().await;
    build_shop(&house).await;
    let series = house.get("/api/v1/series/orders").await.body();
    assert_eq!(series["mode"]["mode"], json!("window"), "{series}");
    let body = json!({ "from": "2020-11-01T00:00:00Z", "to": "2020-11-02T00:00:00Z", "dry_run": true });
    let plan = house.post("/api/v1/series/orders/backfills", body).await;
    assert_eq!(plan.status, 200, "{}", plan.text);
    assert!(plan.body()["chunks"].as_u64().unwrap() > 1 && plan.body()["plan"][0]["to"].is_null(), "{}", plan.text);
}
