//! What scripts do with sources, against a real InfluxDB.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use influx::http::{Client, Http, Login, Request};
use serde_json::{Value, json};
use tributary::clock::MachineClock;
use url::Url;

use crate::house::House;

pub(crate) fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"))
}

/// The real InfluxDB that asks for no login.
pub(crate) fn real() -> String {
    env("TRIBUTARY_TEST_INFLUX_URL").trim_end_matches('/').to_owned()
}

fn client() -> Client {
    Http::new(Arc::new(MachineClock)).unwrap().client(&Login::None, Duration::from_secs(10), false).unwrap()
}

/// What that server says of itself.
pub(crate) async fn version() -> String {
    let ping = format!("{}/ping", real()).parse().unwrap();
    let answer = client().send(Request::new(influx::http::Method::GET, ping)).await.unwrap();
    answer.headers["x-influxdb-version"].to_str().unwrap().to_owned()
}

/// The databases of that server.
async fn databases(url: &str) -> Value {
    let url: Url = url.parse().unwrap();
    influx::v1::query(&client(), &url, None, "SHOW DATABASES").await.unwrap().into()
}

fn ids(list: &Value) -> Vec<String> {
    list["sources"].as_array().unwrap().iter().map(|source| source["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_creates_lists_changes_checks_and_deletes_a_source() {
    let (house, url) = (House::open().await, real());
    let before = databases(&url).await;
    assert_eq!(house.get("/sources").await.text, r#"{"sources":[]}"#);

    let created = house.post("/sources", json!({ "name": "Influx 1", "url": url, "telegraf": "nowhere_here" })).await;
    assert_eq!((created.status, created.location()), (201, "/chronograf/v1/sources/1"), "{}", created.text);
    let expected = json!({
        "id": "1", "name": "Influx 1", "type": "influx", "url": url, "default": true, "telegraf": "nowhere_here", "organization": "default",
        "defaultRP": "", "version": version().await, "authentication": "unknown",
        "links": {
            "self": "/chronograf/v1/sources/1", "kapacitors": "/chronograf/v1/sources/1/kapacitors",
            "services": "/chronograf/v1/sources/1/services", "proxy": "/chronograf/v1/sources/1/proxy",
            "queries": "/chronograf/v1/sources/1/queries", "write": "/chronograf/v1/sources/1/write",
            "permissions": "/chronograf/v1/sources/1/permissions", "users": "/chronograf/v1/sources/1/users",
            "databases": "/chronograf/v1/sources/1/dbs", "annotations": "/chronograf/v1/sources/1/annotations",
            "health": "/chronograf/v1/sources/1/health",
        },
    });
    assert_eq!(created.body(), expected);
    assert_eq!(house.get("/sources/1").await.body(), expected);
    assert_eq!(house.get("/sources").await.body(), json!({ "sources": [expected] }));

    // Chronograf asks for no database; what is missing is known here all the same.
    let own = house.own(Method::GET, "/connections/Influx%201", Value::Null).await;
    assert_eq!((&own["state"], &own["last_check"]["step"]), (&json!("failing"), &json!("database")), "{own}");

    let changed = house.patch("/sources/1", json!({ "name": "Renamed", "defaultRP": "autogen" })).await;
    assert_eq!((changed.status, &changed.body()["name"], &changed.body()["defaultRP"]), (200, &json!("Renamed"), &json!("autogen")));
    assert_eq!((&changed.body()["telegraf"], &changed.body()["default"]), (&json!("nowhere_here"), &json!(true)));
    assert_eq!((house.get("/sources/1/health").await.status, house.get("/sources/1/health").await.text), (204, String::new()));
    let deleted = house.delete("/sources/1").await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(house.get("/sources/1").await.refusal(), (404, "ID 1 not found".to_owned()));
    assert_eq!(databases(&url).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn blanks_are_filled_and_the_id_of_a_body_is_read_past() {
    let (house, url) = (House::open().await, real());
    let body = json!({ "id": "77", "url": url, "telegraf": "", "type": "", "name": "", "username": "", "role": "viewer", "version": "9" });
    let created = house.post("/sources", body).await.body();
    let host = "127.0.0.1";
    assert_eq!((&created["id"], &created["telegraf"], &created["type"]), (&json!("1"), &json!("telegraf"), &json!("influx")));
    assert_eq!((&created["name"], &created["version"]), (&json!(host), &json!(version().await)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_is_that_of_the_ids() {
    let house = House::open().await;
    for name in ["c", "a", "b"] {
        house.unverified(name).await;
    }
    assert_eq!(ids(&house.get("/sources").await.body()), ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_gets_the_number_behind_it() {
    let (house, url) = (House::open().await, real());
    let body = json!({ "name": "Influx 1", "url": url });
    let names = [
        house.post("/sources", body.clone()).await.body()["name"].clone(),
        house.post("/sources", body.clone()).await.body()["name"].clone(),
        house.post("/sources", json!({ "name": "other", "url": url })).await.body()["name"].clone(),
    ];
    assert_eq!(names, ["Influx 1", "Influx 1 (2)", "other"]);
    assert_eq!(house.patch("/sources/3", json!({ "name": "Influx 1" })).await.body()["name"], "Influx 1 (3)");
    assert_eq!(house.patch("/sources/3", json!({ "name": "Influx 1" })).await.body()["name"], "Influx 1 (3)");
    assert_eq!(house.patch("/sources/1", json!({ "name": "Influx 1" })).await.body()["name"], "Influx 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_is_exactly_one() {
    let house = House::open().await;
    let defaults = async || -> Vec<bool> {
        let list = house.get("/sources").await.body();
        list["sources"].as_array().unwrap().iter().map(|source| source["default"].as_bool().unwrap()).collect()
    };
    house.unverified("a").await;
    house.unverified("b").await;
    assert_eq!(defaults().await, [true, false]);
    assert_eq!(house.patch("/sources/1", json!({ "default": false })).await.body()["default"], true);
    assert_eq!(house.patch("/sources/2", json!({ "default": true })).await.body()["default"], true);
    assert_eq!(defaults().await, [false, true]);
    house.delete("/sources/2").await;
    assert_eq!(defaults().await, [true]);
    let url = real();
    house.post("/sources", json!({ "name": "c", "url": url, "default": true })).await;
    assert_eq!(defaults().await, [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_keeps_what_it_does_not_name_and_null_clears() {
    let house = House::open().await;
    house.unverified("a").await;
    let shown = house.patch("/sources/1", json!({ "telegraf": "metrics", "defaultDB": "shop" })).await;
    // The database counts among what a check would find.
    assert_eq!(shown.refusal().0, 400, "{}", shown.text);
    house.own(Method::PATCH, "/connections/a?check=skip", json!({ "retention_policy": "year", "telegraf_database": "metrics" })).await;
    let kept = house.patch("/sources/1", json!({ "name": "b" })).await.body();
    assert_eq!((&kept["name"], &kept["telegraf"], &kept["defaultRP"]), (&json!("b"), &json!("metrics"), &json!("year")));
    assert_eq!(kept["defaultDB"], "telegraf");
    let (server, url) = (House::open().await, real());
    let created = server.post("/sources", json!({ "url": url, "defaultRP": "year", "telegraf": "metrics" })).await.body();
    assert_eq!((&created["defaultRP"], &created["telegraf"]), (&json!("year"), &json!("metrics")));
    let cleared = server.patch("/sources/1", json!({ "defaultRP": null, "telegraf": "" })).await.body();
    assert_eq!((&cleared["defaultRP"], &cleared["telegraf"]), (&json!(""), &json!("telegraf")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_a_series_writes_to_is_not_deleted() {
    let house = House::open().await;
    let connection = house.unverified("a").await;
    let path = tempfile::tempdir().unwrap();
    let database = json!({ "name": "d", "engine": "sqlite", "path": path.path().join("shop.db") });
    let database = house.own(Method::POST, "/databases", database).await;
    let query = json!({ "name": "q", "database_id": database["id"], "sql": "SELECT 1 AS n" });
    let query = house.own(Method::POST, "/queries", query).await;
    let series = json!({
        "name": "s", "query_id": query["id"], "connection_id": connection["id"],
        "mapping": { "measurement": { "name": "m" }, "fields": { "columns": ["n"] } }, "mode": { "mode": "snapshot" },
    });
    house.own(Method::POST, "/series", series).await;
    let (status, message) = house.delete("/sources/1").await.refusal();
    assert_eq!((status, message.contains("series `s`")), (409, true), "{message}");
}
