//! Where an incremental series stands, and what a person decides about it.

use axum::http::Method;
use chrono::TimeDelta;
use model::edges::{LEASE, Store as _};
use serde_json::{Value, json};

use crate::{
    bodies::{build_shop, file_connection, sqlite_database},
    house::{Answer, House},
    runs::ended,
};

const ROWS: &str = "SELECT id, country, total, at FROM orders";

/// A shop whose orders are followed by their id: series `rows` of the query `rows`.
pub(crate) async fn following() -> House {
    let house = House::open().await;
    let made = |answer: Answer| {
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.id()
    };
    let database = made(house.post("/api/v1/databases", sqlite_database(&house, "shop")).await);
    let query = made(house.post("/api/v1/queries", json!({ "name": "rows", "database_id": database, "sql": ROWS })).await);
    let connection = made(house.post("/api/v1/connections?check=skip", file_connection(&house, "lines")).await);
    let series = json!({
        "name": "rows", "query_id": query, "connection_id": connection,
        "mapping": { "measurement": { "name": "orders" }, "tags": ["country"], "time": { "column": "at" } },
        "mode": { "mode": "incremental", "cursor": "id" },
    });
    made(house.post("/api/v1/series", series).await);
    house
}

async fn run(house: &House) -> Value {
    let run = house.send(Method::POST, "/api/v1/series/rows/run", &[], None).await;
    assert_eq!(run.status, 202, "{}", run.text);
    ended(house, &run.id()).await
}

async fn cursor(house: &House) -> Value {
    let cursor = house.get("/api/v1/series/rows/cursor").await;
    assert_eq!(cursor.status, 200, "{}", cursor.text);
    cursor.body()
}

async fn put(house: &House, body: Value) -> Answer {
    house.send(Method::PUT, "/api/v1/series/rows/cursor", &[], Some(body.to_string())).await
}

fn add_an_order(house: &House) {
    let shop = rusqlite::Connection::open(house.lines().with_file_name("shop.db")).unwrap();
    shop.execute("INSERT INTO orders VALUES (4, 'CH', 7.5, 1, '2026-11-21 12:00:00')", []).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_moves_the_cursor_and_the_next_goes_on_from_there() {
    let house = following().await;
    let before = cursor(&house).await;
    assert_eq!((&before["state"], &before["position"], &before["seen"]), (&json!("new"), &Value::Null, &Value::Null));
    let first = run(&house).await;
    assert_eq!((&first["status"], &first["figures"]["points_written"]), (&json!("succeeded"), &json!(3)), "{first}");
    assert_eq!((&first["stretch"]["to"]["cursor"]["text"], &first["stretch"]["pages"]), (&json!("3"), &json!(1)));
    let after = cursor(&house).await;
    assert_eq!((&after["state"], &after["position"]["cursor"]["text"]), (&json!("fits"), &json!("3")));
    assert_eq!((&after["moved_by"], &after["seen"]["run_id"]), (&first["id"], &first["id"]));
    assert_eq!(house.get("/api/v1/series/rows").await.body()["cursor_state"], json!("fits"));

    let nothing = house.post("/api/v1/series/rows/preview", json!({})).await.body();
    assert_eq!((&nothing["rows"], &nothing["complete"]), (&json!([]), &json!(true)));
    add_an_order(&house);
    let next = house.post("/api/v1/series/rows/preview", json!({ "limit": 1 })).await.body();
    assert_eq!((&next["rows"][0]["values"][0], &next["rows"].as_array().unwrap().len()), (&json!(4), &1), "{next}");
    assert_eq!(cursor(&house).await, after, "a preview moves nothing");
    let second = run(&house).await;
    assert_eq!((&second["figures"]["rows_read"], &second["stretch"]["from"]["cursor"]["text"]), (&json!(1), &json!("3")), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_query_is_told_at_once_and_nothing_is_read_until_a_person_has_decided() {
    let house = following().await;
    run(&house).await;
    let harmless = house.patch("/api/v1/queries/rows", json!({ "category": "sales" })).await.body();
    assert_eq!(harmless.get("needs_decision"), None);
    let changed = house.patch("/api/v1/queries/rows", json!({ "sql": format!("{ROWS} WHERE id > 0") })).await.body();
    assert_eq!(changed["needs_decision"], json!(["rows"]));
    assert_eq!(cursor(&house).await["state"], json!("needs_decision"));
    add_an_order(&house);
    let refused = run(&house).await;
    assert_eq!((&refused["status"], &refused["reason"]["code"]), (&json!("failed"), &json!("TRB-CURSOR-002")), "{refused}");

    let kept = put(&house, json!({ "do": "keep" })).await;
    assert_eq!((kept.status, &kept.body()["state"]), (200, &json!("fits")), "{}", kept.text);
    assert_eq!(run(&house).await["figures"]["rows_read"], json!(1));
    let mode = json!({ "mode": { "mode": "incremental", "cursor": "id", "key": ["country"] } });
    let other_key = house.patch("/api/v1/series/rows", mode).await.body();
    assert_eq!(other_key["cursor_state"], json!("needs_decision"));
    let mapping =
        house.patch("/api/v1/series/rows", json!({ "mode": { "mode": "incremental", "cursor": "id", "overlap": 1 } })).await.body();
    assert_eq!(mapping["cursor_state"], json!("fits"), "an overlap is no other meaning");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_elsewhere_now_names_the_series_to_decide_about() {
    let house = following().await;
    run(&house).await;
    let harmless = house.patch("/api/v1/databases/shop", json!({ "max_reads": 2 })).await.body();
    assert_eq!(harmless.get("needs_decision"), None);
    let elsewhere = house.lines().with_file_name("copy.db");
    std::fs::copy(house.lines().with_file_name("shop.db"), &elsewhere).unwrap();
    let moved = house.patch("/api/v1/databases/shop", json!({ "path": elsewhere })).await;
    assert_eq!((moved.status, &moved.body()["needs_decision"]), (200, &json!(["rows"])), "{}", moved.text);
    assert_eq!(put(&house, json!({ "do": "keep" })).await.status, 200);
    add_an_order(&house);
    assert_eq!(run(&house).await["figures"]["rows_read"], json!(0), "the copy has no new order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_set_to_a_value_of_its_column_or_reset() {
    let house = following().await;
    run(&house).await;
    let set = put(&house, json!({ "do": "set", "cursor": "1" })).await;
    let place = json!({ "cursor": { "kind": "integer", "native": "INTEGER", "text": "1" }, "key": [] });
    assert_eq!((set.status, &set.body()["position"], &set.body()["moved_by"]), (200, &place, &Value::Null), "{}", set.text);
    assert_eq!(run(&house).await["figures"]["rows_read"], json!(2));
    let reset = put(&house, json!({ "do": "reset" })).await.body();
    assert_eq!((&reset["state"], &reset["position"]), (&json!("new"), &Value::Null));
    assert_eq!(run(&house).await["figures"]["rows_read"], json!(3));
    for (body, field) in [
        (json!({ "do": "set", "cursor": "one" }), "cursor"),
        (json!({ "do": "set", "cursor": "1", "key": ["2"] }), "key"),
        (json!({ "do": "set" }), "cursor"),
        (json!({ "do": "keep", "cursor": "1" }), "cursor"),
        (json!({ "do": "reset", "key": ["1"] }), "key"),
        (json!({ "do": "undo" }), "do"),
        (json!({}), "do"),
    ] {
        let refused = put(&house, body.clone()).await;
        assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!(field)), "{body} {}", refused.text);
    }
    assert_eq!(cursor(&house).await["position"]["cursor"]["text"], json!("3"), "what is refused changes nothing");
}

#[tokio::test]
async fn a_cursor_is_not_moved_while_a_run_is_on_its_way() {
    let house = following().await;
    house.send(Method::POST, "/api/v1/series/rows/run", &[], None).await;
    let now = house.app.clock.now() + TimeDelta::seconds(1);
    let claimed = house.app.store.claim_run("n", now, now + LEASE).await.unwrap();
    assert!(claimed.is_some());
    let refused = put(&house, json!({ "do": "reset" })).await;
    assert_eq!((refused.status, &refused.body()["error"]["kind"]), (409, &json!("running")), "{}", refused.text);
}

#[tokio::test]
async fn only_incremental_series_have_a_cursor_and_only_in_their_organization() {
    let house = House::open().await;
    build_shop(&house).await;
    for (method, body) in [(Method::GET, None), (Method::PUT, Some(json!({ "do": "reset" }).to_string()))] {
        let refused = house.send(method, "/api/v1/series/orders/cursor", &[], body).await;
        assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!("mode")), "{}", refused.text);
    }
    assert_eq!(house.get("/api/v1/series/orders").await.body().get("cursor_state"), None);
    assert_eq!(house.get("/api/v1/series/nothing/cursor").await.status, 404);
    house.organization("plant").await;
    let house = following().await;
    house.organization("plant").await;
    let elsewhere = house.send(Method::GET, "/api/v1/series/rows/cursor", &[("tributary-organization", "plant")], None).await;
    assert_eq!(elsewhere.status, 404);
}

#[tokio::test]
async fn an_incremental_series_is_refused_at_the_field_that_is_wrong() {
    let house = following().await;
    for (patch, field) in [
        (json!({ "mapping": { "time": null } }), "mapping.time"),
        (json!({ "mode": { "mode": "incremental", "cursor": "" } }), "mode.cursor"),
        (json!({ "mode": { "mode": "incremental", "cursor": "id", "fence": "transaction_id" } }), "mode.fence"),
        (json!({ "mode": { "mode": "incremental", "cursor": "id", "page_rows": 0 } }), "mode.page_rows"),
        (json!({ "rejects": { "limit": 0 } }), "rejects.limit"),
    ] {
        let refused = house.patch("/api/v1/series/rows", patch.clone()).await;
        assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!(field)), "{patch} {}", refused.text);
    }
    let saved = json!({
        "mode": { "mode": "incremental", "cursor": "id", "key": ["country"], "fence": { "lag_s": 60 }, "overlap": 5, "null_cursor": "sweep",
            "start": "2", "zone": "Europe/Berlin", "page_rows": 10 },
        "rejects": { "limit": 7, "when_full": "count" },
    });
    let answer = house.patch("/api/v1/series/rows", saved.clone()).await;
    assert_eq!(
        (answer.status, &answer.body()["mode"], &answer.body()["rejects"]),
        (200, &saved["mode"], &saved["rejects"]),
        "{}",
        answer.text
    );
    let preview = house.post("/api/v1/series/rows/preview", json!({})).await.body();
    assert_eq!(preview["rows"][0]["values"][0], json!(2), "a series that has not run begins at its start: {preview}");
}
