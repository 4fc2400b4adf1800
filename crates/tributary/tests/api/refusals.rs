//! Every answer that is no success.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use insta::assert_json_snapshot;
use model::{
    Column, Failure, Statement,
    edges::{DatabaseAccess, Databases, Follow, Following, ReadLimits, Rows, Tell},
    explore::Listed,
    table::Table,
};
use serde_json::{Value, json};
use tributary::app::App;

use crate::{
    bodies::{KEY, PEM, build_shop, v1_connection},
    house::House,
};

#[tokio::test]
async fn a_body_that_is_not_json_is_told_by_line_and_column() {
    let house = House::open().await;
    for (name, body) in [("half", "{\n  \"name\": \"a\",\n"), ("empty", ""), ("words", "name=a"), ("list", "[]")] {
        let answer = house.send(Method::POST, "/api/v1/connections", &[], Some(body.to_owned())).await;
        assert_json_snapshot!(format!("body_{name}"), house.shown(&answer));
    }
}

#[tokio::test]
async fn a_wrong_field_is_named_by_its_path() {
    let house = House::open().await;
    build_shop(&house).await;
    let with = |mut body: Value, field: &str, value: Value| {
        body[field] = value;
        body
    };
    let connection = v1_connection("c");
    let enterprise = with(connection.clone(), "edition", json!("enterprise"));
    let core = json!({ "name": "c", "driver": "v3", "url": "http://localhost:8181", "database": "d" });
    let clustered = with(core.clone(), "edition", json!("clustered"));
    let series = house.get("/api/v1/series/orders").await.body();
    let mut series_body = json!({ "name": "s" });
    for field in ["query_id", "connection_id", "mapping", "mode"] {
        series_body[field] = series[field].clone();
    }
    let group = json!({ "name": "g", "schedule": { "every_s": 60 } });
    let query = json!({ "name": "q", "database_id": house.get("/api/v1/databases/shop").await.id(), "sql": "SELECT 1 AS one" });
    let nobody = "00000000-0000-7000-8000-00000000000f";
    let cases: [(&str, &str, Value); 44] = [
        ("unknown_field", "connections", with(connection.clone(), "passwrod", json!("hunter2"))),
        ("field_of_another_driver", "connections", with(connection.clone(), "bucket", json!("b"))),
        ("unknown_driver", "connections", with(connection.clone(), "driver", json!("v4"))),
        ("blank_name", "connections", with(connection.clone(), "name", json!("  "))),
        ("name_of_a_number", "connections", with(connection.clone(), "name", json!(5))),
        ("url_without_scheme", "connections", with(connection.clone(), "url", json!("localhost"))),
        ("url_of_another_scheme", "connections", with(connection.clone(), "url", json!("ftp://localhost"))),
        ("url_with_a_password", "connections", with(connection.clone(), "url", json!("http://bob:hunter2@localhost:8086"))),
        ("url_with_a_query", "connections", with(connection.clone(), "url", json!("http://localhost:8086/?p=hunter2"))),
        ("timeout_of_zero", "connections", with(connection.clone(), "timeout_ms", json!(0))),
        ("timeout_of_a_half", "connections", with(connection.clone(), "timeout_ms", json!(0.5))),
        ("token_of_v1", "connections", with(connection.clone(), "secrets", json!({ "token": "hunter2" }))),
        ("secret_of_a_number", "connections", with(connection.clone(), "secrets", json!({ "password": 12345 }))),
        ("blank_meta_url_host", "connections", with(enterprise.clone(), "meta_url", json!("http://"))),
        ("meta_url_with_a_password", "connections", with(enterprise.clone(), "meta_url", json!("http://bob:hunter2@localhost:8091"))),
        ("meta_url_of_oss", "connections", with(connection.clone(), "meta_url", json!("http://localhost:8091"))),
        ("unknown_edition", "connections", with(connection.clone(), "edition", json!("clustered"))),
        ("cluster_id_of_no_uuid", "connections", with(clustered.clone(), "cluster_id", json!("hunter2"))),
        ("account_id_of_core", "connections", with(core.clone(), "account_id", json!(nobody))),
        ("management_token_of_core", "connections", with(core.clone(), "secrets", json!({ "management_token": "hunter2" }))),
        ("ca_of_no_pem", "connections", with(connection.clone(), "tls", json!({ "ca_certificate": "hunter2" }))),
        ("ca_with_a_key", "connections", with(connection.clone(), "tls", json!({ "ca_certificate": KEY }))),
        ("pin_too_short", "connections", with(connection.clone(), "tls", json!({ "pinned_sha256": "ab:cd" }))),
        (
            "two_to_trust",
            "connections",
            with(connection.clone(), "tls", json!({ "pinned_sha256": "ab".repeat(32), "ca_certificate": PEM })),
        ),
        ("client_certificate_without_key", "connections", with(connection.clone(), "tls", json!({ "client_certificate": PEM }))),
        ("client_key_without_certificate", "connections", with(connection.clone(), "secrets", json!({ "client_key": KEY }))),
        ("client_key_of_no_pem", "connections", with(connection.clone(), "secrets", json!({ "client_key": "hunter2" }))),
        ("unknown_field_of_tls", "connections", with(connection.clone(), "tls", json!({ "pin": "hunter2" }))),
        ("tls_of_a_folder", "connections", json!({ "name": "f", "driver": "file", "folder": "/", "insecure_skip_verify": true })),
        ("number_of_a_text", "connections", with(connection.clone(), "number", json!("7"))),
        ("relative_folder", "connections", json!({ "name": "f", "driver": "file", "folder": "lines" })),
        ("relative_path", "databases", json!({ "name": "d", "engine": "sqlite", "path": "shop.db" })),
        (
            "port_too_large",
            "databases",
            json!({ "name": "d", "engine": "mysql", "host": "h", "port": 65_536, "database": "d", "username": "u" }),
        ),
        ("query_without_database", "queries", with(query.clone(), "database_id", json!(nobody))),
        ("query_that_writes", "queries", with(query.clone(), "sql", json!("DELETE FROM orders"))),
        ("two_statements", "queries", with(query.clone(), "sql", json!("SELECT 1; SELECT 2"))),
        ("undeclared_placeholder", "queries", with(query.clone(), "sql", json!("SELECT :country"))),
        ("series_without_query", "series", with(series_body.clone(), "query_id", json!(nobody))),
        ("series_of_no_id", "series", with(series_body.clone(), "query_id", json!("by country"))),
        ("snapshot_of_a_window_query", "series", with(series_body.clone(), "mode", json!({ "mode": "snapshot" }))),
        ("unknown_parameter", "series", with(series_body.clone(), "parameters", json!({ "country": "DE" }))),
        ("bad_cron", "groups", with(group.clone(), "schedule", json!({ "cron": "61 * * * *" }))),
        ("cron_without_slots", "groups", with(group.clone(), "schedule", json!({ "cron": "0 0 30 2 *" }))),
        ("unknown_zone", "groups", with(group.clone(), "time_zone", json!("Europe/Berln"))),
    ];
    for (name, folder, body) in cases {
        let answer = house.post(&format!("/api/v1/{folder}"), body).await;
        assert_eq!(answer.status, 422, "{name}: {}", answer.text);
        assert!(!answer.text.contains("hunter2"), "{name}: {}", answer.text);
        assert_json_snapshot!(format!("refused_{name}"), house.shown(&answer));
    }
    for (folder, body) in [("connections?check=skip", connection), ("series", series_body), ("groups", group), ("queries", query)] {
        let answer = house.post(&format!("/api/v1/{folder}"), body).await;
        assert_eq!(answer.status, 201, "without the fault it is saved: {}", answer.text);
    }
}

#[tokio::test]
async fn a_taken_name_is_refused_when_creating_and_when_renaming() {
    let house = House::open().await;
    house.post("/api/v1/connections?check=skip", v1_connection("first")).await;
    house.post("/api/v1/connections?check=skip", v1_connection("second")).await;
    let created = house.post("/api/v1/connections?check=skip", v1_connection("first")).await;
    assert_json_snapshot!(house.shown(&created));
    let renamed = house.patch("/api/v1/connections/second", json!({ "name": "first" })).await;
    assert_eq!((renamed.status, renamed.body()), (409, created.body()));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let house = House::open().await;
    let answer = house.get("/api/v1/connections/nowhere").await;
    assert_json_snapshot!("not_found_connection", house.shown(&answer));
    let answer = house.get("/api/v1/conections").await;
    assert_json_snapshot!("not_found_path", house.shown(&answer));
    let answer = house.send(Method::PUT, "/api/v1/connections", &[], Some("{}".to_owned())).await;
    assert_json_snapshot!("method_not_allowed", house.shown(&answer));
    let answer = house.get("/api/v1/runs/nonsense").await;
    assert_json_snapshot!("not_found_run", house.shown(&answer));
}

#[tokio::test]
async fn a_wrong_parameter_is_refused() {
    let house = House::open().await;
    for (name, query, status) in [
        ("unknown_parameter_of_list", "sries=a", 400),
        ("wrong_status", "status=done", 400),
        ("limit_too_large", "limit=1001", 422),
        ("series_not_there", "series=nowhere", 404),
        ("slot_without_series", "slot=2026-11-21T12:00:00Z", 422),
        ("since_is_no_instant", "since=yesterday", 400),
    ] {
        let answer = house.get(&format!("/api/v1/runs?{query}")).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        assert_json_snapshot!(format!("parameter_{name}"), house.shown(&answer));
    }
}

#[tokio::test]
async fn a_body_of_more_than_a_mebibyte_is_refused() {
    let house = House::open().await;
    let mut body = v1_connection("first");
    body["notes"] = json!("n".repeat(1 << 20));
    let answer = house.post("/api/v1/connections?check=skip", body).await;
    assert_json_snapshot!(house.shown(&answer));
}

#[tokio::test]
async fn a_request_for_another_host_is_refused() {
    let house = House::open().await;
    for (host, status) in
        [("127.0.0.1:8282", 200), ("[::1]:8282", 200), ("evil.example", 403), ("evil.example:8282", 403), ("192.168.0.7", 403)]
    {
        let answer = house.send(Method::GET, "/api/v1/groups", &[("host", host)], None).await;
        assert_eq!(answer.status, status, "{host}");
    }
    let answer = house.send(Method::GET, "/health", &[("host", "evil.example")], None).await;
    assert_json_snapshot!(house.shown(&answer));
}

#[tokio::test]
async fn a_write_from_a_page_of_another_server_is_refused() {
    let house = House::open().await;
    let write = async |name: &str, origin: &str| {
        house.send(Method::POST, "/api/v1/connections?check=skip", &[("origin", origin)], Some(v1_connection(name).to_string())).await
    };
    assert_eq!(write("own", "http://localhost:8282").await.status, 201);
    for origin in ["http://evil.example", "http://localhost:3000", "null"] {
        assert_eq!(write("other", origin).await.status, 403, "{origin}");
    }
    let answer = write("other", "http://evil.example").await;
    assert_json_snapshot!(house.shown(&answer));
    assert_eq!(house.get("/api/v1/connections/other").await.status, 404);
    let read = house.send(Method::GET, "/api/v1/connections?check=skip", &[("origin", "http://evil.example")], None).await;
    assert_eq!((read.status, read.header("access-control-allow-origin")), (200, None));
}

#[tokio::test]
async fn a_write_that_is_not_declared_as_json_is_refused() {
    let house = House::open().await;
    let write = async |kind: &str| {
        let body = Some(v1_connection("first").to_string());
        house.send(Method::POST, "/api/v1/connections?check=skip", &[("content-type", kind)], body).await
    };
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        assert_eq!(write(kind).await.status, 415, "{kind}");
    }
    assert_json_snapshot!(house.shown(&write("text/plain").await));
    assert_eq!(write("application/json; charset=utf-8").await.status, 201);
}

#[tokio::test]
async fn every_answer_says_how_it_may_be_used() {
    let house = House::open().await;
    for path in ["/health", "/api/v1/connections", "/nowhere"] {
        let answer = house.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}

/// Panics whatever it is asked.
struct Broken;

#[async_trait]
impl Databases for Broken {
    async fn check(&self, _access: &DatabaseAccess, _tell: Tell<'_>) {
        panic!("hunter2")
    }

    async fn describe(&self, _access: &DatabaseAccess, _statement: &Statement) -> Result<Vec<Column>, Failure> {
        panic!("hunter2")
    }

    async fn tables(&self, _access: &DatabaseAccess, _search: Option<&str>) -> Result<Listed<Table>, Failure> {
        panic!("hunter2")
    }

    async fn read(&self, _access: &DatabaseAccess, _statement: &Statement, _limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        panic!("hunter2")
    }

    async fn follow(&self, _access: &DatabaseAccess, _statement: &Statement, _asked: &Following) -> Result<Box<dyn Follow>, Failure> {
        panic!("hunter2")
    }
}

#[tokio::test]
async fn a_panic_is_an_answer_that_tells_nothing_and_the_server_goes_on() {
    let house = House::open().await;
    let house = house.with(|app| App { databases: Arc::new(Broken), ..app });
    let answer = house.post("/api/v1/databases/check", json!({ "engine": "sqlite", "path": "/shop.db" })).await;
    assert_json_snapshot!(house.shown(&answer));
    assert_eq!(house.get("/health").await.status, 200);
}
