//! What files define is shown here too, and is changed in the file.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    house::House,
    sources::{real, version},
};

const KAPACITOR: &str = r#"{ "id": "10000", "srcID": "10000", "name": "My Kapacitor", "url": "http://127.0.0.1:1", "active": true }"#;

fn source(url: &str) -> String {
    json!({ "id": "10000", "name": "My InfluxDB", "url": url, "type": "influx", "default": true, "telegraf": "telegraf", "password": "hunter2", "username": "u" })
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn they_have_their_own_ids_and_can_be_read_and_checked_but_not_changed() {
    let url = real();
    let house = House::with_files(&[("shop.src", &source(&url)), ("shop.kap", KAPACITOR)]).await;
    let shown = house.get("/sources/10000").await.body();
    assert_eq!((&shown["id"], &shown["name"], &shown["version"]), (&json!("10000"), &json!("My InfluxDB"), &json!("Unknown")));
    assert_eq!(house.get("/sources/10000/health").await.status, 204);
    assert_eq!(house.get("/sources").await.body()["sources"][0]["version"], version().await);
    let kapacitors = house.get("/sources/10000/kapacitors").await.body();
    assert_eq!((&kapacitors["kapacitors"][0]["id"], &kapacitors["kapacitors"][0]["active"]), (&json!("10000"), &json!(true)));

    let kapacitor = "/sources/10000/kapacitors/10000";
    let nothing = json!({});
    for (method, path, body, file) in [
        (Method::PATCH, "/sources/10000", json!({ "name": "x" }), "shop.src"),
        (Method::PATCH, "/sources/10000?dryRun", json!({ "name": "x" }), "shop.src"),
        (Method::DELETE, "/sources/10000", nothing.clone(), "shop.src"),
        (Method::PATCH, kapacitor, json!({ "name": "x" }), "shop.kap"),
        (Method::DELETE, kapacitor, nothing, "shop.kap"),
    ] {
        let (status, message) = house.send(method.clone(), path, &[], Some(body.to_string())).await.refusal();
        assert!(status == 409 && message.contains(&format!("the file `{file}`")), "{method} {path}: {status} {message}");
    }
    assert!(!house.heard().contains("hunter2"));

    // Which one is used is not what a file says but what people choose.
    house.post("/sources", json!({ "name": "other", "url": url })).await;
    assert_eq!(house.patch("/sources/10001", json!({ "default": true })).await.body()["default"], true);
    assert_eq!(house.patch("/sources/10000", json!({ "default": true })).await.body()["default"], true);
    assert_eq!(house.patch(kapacitor, json!({ "active": false })).await.body()["active"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_file_is_gone_is_not_found() {
    let house = House::with_files(&[("shop.src", &source("http://127.0.0.1:1"))]).await;
    let connection = house.own(Method::GET, "/connections/My%20InfluxDB", Value::Null).await;
    let dir = tempfile::tempdir().unwrap();
    let database = house.own(Method::POST, "/databases", json!({ "name": "d", "engine": "sqlite", "path": dir.path().join("x.db") })).await;
    let query = house.own(Method::POST, "/queries", json!({ "name": "q", "database_id": database["id"], "sql": "SELECT 1 AS n" })).await;
    let series = json!({
        "name": "s", "query_id": query["id"], "connection_id": connection["id"],
        "mapping": { "measurement": { "name": "m" }, "fields": { "columns": ["n"] } }, "mode": { "mode": "snapshot" },
    });
    house.own(Method::POST, "/series", series).await;
    house.remove_file("shop.src").await;
    assert_eq!(house.own(Method::GET, "/connections/My%20InfluxDB", Value::Null).await["gone"], true);
    assert_eq!(house.get("/sources").await.text, r#"{"sources":[]}"#);
    assert_eq!(house.get("/sources/10000").await.refusal(), (404, "ID 10000 not found".to_owned()));
}
