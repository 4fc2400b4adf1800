//! Trying things out before they are saved: checks, columns, rows, previews, coming slots.

use axum::http::Method;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    bodies::{build_shop, file_connection, sqlite_database, v1_connection},
    house::House,
};

fn without_name(mut body: Value) -> Value {
    body.as_object_mut().unwrap().remove("name");
    body
}

#[tokio::test]
async fn a_check_tells_its_findings() {
    let house = House::open().await;
    build_shop(&house).await;
    let folder = house.post("/api/v1/connections/check", without_name(file_connection(&house, ""))).await;
    assert_json_snapshot!("check_folder", house.shown(&folder));
    assert_eq!(house.post("/api/v1/connections/lines/check", json!({})).await.body()["passed"], json!(true));
    let file = house.post("/api/v1/databases/check", without_name(sqlite_database_again(&house))).await;
    assert_eq!((file.status, &file.body()["passed"]), (200, &json!(true)), "{}", file.text);
    assert_eq!(house.post("/api/v1/databases/shop/check", json!({})).await.body()["passed"], json!(true));
}

fn sqlite_database_again(house: &House) -> Value {
    json!({ "name": "", "engine": "sqlite", "path": house.lines().with_file_name("shop.db") })
}

#[tokio::test]
async fn a_check_that_fails_is_an_answer_with_the_field_to_correct() {
    let house = House::open().await;
    let missing = json!({ "engine": "sqlite", "path": house.lines().join("nowhere.db") });
    let answer = house.post("/api/v1/databases/check", missing).await;
    let body = answer.body();
    assert_eq!((answer.status, &body["passed"]), (200, &json!(false)), "{}", answer.text);
    let last = body["findings"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["verdict"], json!("failed"));
    assert!(last["advice"].is_string() && last["kind"].is_string(), "{last}");
}

#[tokio::test]
async fn a_check_comes_step_by_step_when_asked_for_as_events() {
    let house = House::open().await;
    let body = without_name(file_connection(&house, "")).to_string();
    let answer = house.send(Method::POST, "/api/v1/connections/check", &[("accept", "text/event-stream")], Some(body)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
    let events: Vec<&str> = answer.text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    let data: Vec<Value> =
        answer.text.lines().filter_map(|line| line.strip_prefix("data: ")).map(|data| serde_json::from_str(data).unwrap()).collect();
    let (last, findings) = data.split_last().unwrap();
    assert!(!findings.is_empty());
    assert_eq!(events, [vec!["finding"; findings.len()], vec!["checked"]].concat());
    let steps = |findings: &[Value]| findings.iter().map(|finding| finding["step"].clone()).collect::<Vec<_>>();
    assert_eq!(steps(findings), steps(last["findings"].as_array().unwrap()));
    assert_eq!(last["passed"], json!(true));
}

#[tokio::test]
async fn a_draft_uses_the_kept_secret_only_for_the_same_destination() {
    let house = House::open().await;
    house.post("/api/v1/connections?check=skip", v1_connection("c")).await;
    let secret_of = async |url: &str| {
        let spec = serde_json::from_value(json!({ "driver": "v1", "url": url, "database": "telegraf", "username": "writer" })).unwrap();
        let organization = model::Organization::DEFAULT;
        house.app.draft_connection_to_check(organization, spec, &Default::default(), Some("c")).await.unwrap().login_secret().cloned()
    };
    assert!(secret_of("http://localhost:8086").await.is_some());
    assert!(secret_of("http://localhost:8086/sub/path").await.is_some());
    assert!(secret_of("http://evil.example:8086").await.is_none());
}

#[tokio::test]
async fn a_statement_is_described_without_being_saved() {
    let house = House::open().await;
    house.post("/api/v1/databases", sqlite_database(&house, "shop")).await;
    let body = json!({ "sql": "SELECT id, country, total FROM orders WHERE country = :country", "parameters": [{ "name": "country", "kind": "text" }] });
    let absent = house.post("/api/v1/databases/shop/describe", body.clone()).await;
    assert_json_snapshot!("describe_without_value", house.shown(&absent));
    let mut body = body;
    body["values"] = json!({ "country": "DE" });
    let described = house.post("/api/v1/databases/shop/describe", body).await;
    assert_json_snapshot!("describe", house.shown(&described));
}

#[tokio::test]
async fn a_query_shows_its_first_rows_unrounded() {
    let house = House::open().await;
    build_shop(&house).await;
    let database = house.get("/api/v1/databases/shop").await.id();
    let draft = json!({ "query": { "database_id": database, "sql": "SELECT id, country, total, big FROM orders ORDER BY id" } });
    let all = house.post("/api/v1/queries/try", draft.clone()).await;
    assert_json_snapshot!("try_all_rows", house.shown(&all));
    let mut some = draft;
    some["limit"] = json!(2);
    let some = house.post("/api/v1/queries/try", some).await.body();
    assert_eq!((some["rows"].as_array().unwrap().len(), &some["complete"]), (2, &json!(false)));

    let saved = house.send(Method::POST, "/api/v1/queries/by%20country/try", &[], None).await;
    assert_json_snapshot!("try_saved_query", house.shown(&saved));
    let earlier = json!({ "window": { "start": "2026-11-20T00:00:00Z", "end": "2026-11-20T01:00:00Z" } });
    let earlier = house.post("/api/v1/queries/by%20country/try", earlier).await.body();
    assert_eq!((&earlier["rows"], &earlier["complete"]), (&json!([]), &json!(true)));
}

#[tokio::test]
async fn a_query_that_cannot_run_is_refused_at_its_text() {
    let house = House::open().await;
    let database = house.post("/api/v1/databases", sqlite_database(&house, "shop")).await.id();
    for (name, sql, status) in [
        ("unknown_table", "SELECT * FROM nowhere", 422),
        ("two_columns_of_one_name", "SELECT id AS a, total AS a FROM orders", 422),
        ("writes", "DELETE FROM orders", 422),
        ("not_sql", "SELEC 1", 422),
    ] {
        let answer = house.post("/api/v1/queries/try", json!({ "query": { "database_id": database, "sql": sql } })).await;
        assert_eq!((answer.status, &answer.body()["error"]["field"]), (status, &json!("sql")), "{name}: {}", answer.text);
        assert_json_snapshot!(format!("try_{name}"), house.shown(&answer));
    }
    let gone = json!({ "name": "gone", "engine": "sqlite", "path": house.lines().join("nowhere.db") });
    let gone = house.post("/api/v1/databases", gone).await.id();
    let answer = house.post("/api/v1/queries/try", json!({ "query": { "database_id": gone, "sql": "SELECT 1 AS one" } })).await;
    assert_eq!((answer.status, &answer.body()["error"]["kind"]), (502, &json!("sql_database_missing")), "{}", answer.text);
}

#[tokio::test]
async fn a_preview_shows_rows_types_roles_and_lines() {
    let house = House::open().await;
    build_shop(&house).await;
    let saved = house.send(Method::POST, "/api/v1/series/orders/preview", &[], None).await;
    assert_json_snapshot!("preview_saved_series", house.shown(&saved));

    let database = house.get("/api/v1/databases/shop").await.id();
    let draft = json!({
        "query": { "database_id": database, "sql": "SELECT country, total, at, id FROM orders ORDER BY id" },
        "mapping": { "measurement": { "column": "country" }, "fields": { "columns": ["total"] }, "time": { "column": "at" }, "empty_row": "reject" },
        "mode": { "mode": "snapshot" },
    });
    let shown = house.post("/api/v1/series/preview", draft.clone()).await;
    assert_json_snapshot!("preview_draft_series", house.shown(&shown));

    let mut wrong = draft;
    wrong["mapping"]["tags"] = json!(["region"]);
    let refused = house.post("/api/v1/series/preview", wrong).await;
    assert_json_snapshot!("preview_unknown_column", house.shown(&refused));
    let refused = house
        .post("/api/v1/series/preview", json!({ "mapping": { "measurement": { "name": "m" } }, "mode": { "mode": "snapshot" } }))
        .await;
    assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!("query_id")));
    assert_eq!(std::fs::read_dir(house.lines()).unwrap().count(), 0, "a preview writes nothing");
}

#[tokio::test]
async fn a_schedule_tells_its_coming_slots() {
    let house = House::open().await;
    let draft = json!({ "schedule": { "cron": "30 2 * * *" }, "time_zone": "Europe/Berlin", "after": "2027-03-27T00:00:00Z", "count": 3 });
    let coming = house.post("/api/v1/groups/next", draft).await;
    assert_json_snapshot!("next_of_draft", house.shown(&coming));
    house.post("/api/v1/groups", json!({ "name": "g", "schedule": { "every_s": 300 } })).await;
    let coming = house.get("/api/v1/groups/g/next?count=2").await;
    assert_json_snapshot!("next_of_group", house.shown(&coming));
    for count in ["0", "1001"] {
        let answer = house.get(&format!("/api/v1/groups/g/next?count={count}")).await;
        assert_eq!((answer.status, &answer.body()["error"]["field"]), (422, &json!("count")));
    }
}

#[tokio::test]
async fn the_tables_of_a_database_are_told_with_their_columns() {
    let house = House::open().await;
    house.post("/api/v1/databases", sqlite_database(&house, "shop")).await;
    let tables = house.get("/api/v1/databases/shop/tables").await;
    assert_json_snapshot!("tables", house.shown(&tables));
    let found = house.get("/api/v1/databases/shop/tables?search=RDE").await.body();
    assert_eq!(found["items"], tables.body()["items"]);
    assert_eq!(house.get("/api/v1/databases/shop/tables?search=nowhere").await.body(), json!({ "items": [], "truncated": false }));
    let long = house.get(&format!("/api/v1/databases/shop/tables?search={}", "x".repeat(1001))).await;
    assert_eq!((long.status, &long.body()["error"]["field"]), (422, &json!("search")));
    assert_eq!(house.get("/api/v1/databases/nowhere/tables").await.status, 404);
    let gone = json!({ "name": "gone", "engine": "sqlite", "path": house.lines().join("nowhere.db") });
    house.post("/api/v1/databases", gone).await;
    let gone = house.get("/api/v1/databases/gone/tables").await;
    assert_eq!((gone.status, &gone.body()["error"]["kind"]), (502, &json!("sql_database_missing")), "{}", gone.text);
}

#[tokio::test]
async fn the_statements_of_an_account_that_only_reads_are_for_what_is_asked() {
    let house = House::open().await;
    let pg = json!({ "name": "pg", "engine": "postgres", "host": "localhost", "database": "shop", "username": "owner" });
    let database = house.post("/api/v1/databases", pg).await.id();
    let query = json!({ "name": "q", "database_id": database, "sql": "SELECT id FROM sales.orders WHERE id > :least",
        "parameters": [{ "name": "least", "kind": "integer", "default": "1" }] });
    let query = house.post("/api/v1/queries", query).await.id();
    let lines = house.post("/api/v1/connections", file_connection(&house, "lines")).await.id();
    let series = json!({ "name": "s", "query_id": query, "connection_id": lines, "mapping": { "measurement": { "name": "m" } }, "mode": { "mode": "snapshot" } });
    let series = house.post("/api/v1/series", series).await;
    assert_eq!(series.status, 201, "{}", series.text);

    let all = house.get("/api/v1/databases/pg/grants").await.body();
    assert!(all["statements"].to_string().contains("ON ALL TABLES IN SCHEMA"), "{all}");
    assert!(all["statements"][0].as_str().unwrap().contains(all["placeholder"].as_str().unwrap()), "{all}");
    let of_series = house.get("/api/v1/databases/pg/grants?account=reader&series=s").await.body();
    assert!(
        of_series["statements"].as_array().unwrap().contains(&json!("GRANT SELECT ON \"sales\".\"orders\" TO \"reader\"")),
        "{of_series}"
    );
    for (wrong, field) in [("tables=orders,", "tables"), ("tables=a&series=s", "series"), ("account=", "account")] {
        let refused = house.get(&format!("/api/v1/databases/pg/grants?{wrong}")).await;
        assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!(field)), "{}", refused.text);
    }
}
