//! What could not be written, over all runs: looked at, taken along, sent again, let go.

use axum::http::Method;
use chrono::TimeDelta;
use model::{
    Reject, RunStatus,
    edges::{Holding, LEASE, Progress, Refusal, RunEnd, Store as _},
    run::Reason,
};
use serde_json::{Value, json};

use crate::{
    bodies::build_shop,
    house::{Answer, House},
};

const LIMIT: u32 = 10_000;

fn line(row: u64, line: &str) -> Reject {
    Reject { row, line: Some(line.to_owned()), reason: "partial write".to_owned(), values: None }
}

fn without_line(row: u64) -> Reject {
    Reject { row, line: None, reason: "no time".to_owned(), values: Some("{\"total\":1}".to_owned()) }
}

/// Puts a run of a series in line, and ends it with these rejects. Returns its id.
pub(crate) async fn ended_with(house: &House, series: &str, rejects: &[Reject]) -> String {
    let run = house.send(Method::POST, &format!("/api/v1/series/{series}/run"), &[], None).await;
    assert_eq!(run.status, 202, "{}", run.text);
    let now = house.app.clock.now();
    let (lease, claimed) = house.app.store.claim_run("n", now, now + LEASE).await.unwrap().expect("the run");
    assert_eq!(claimed.id.to_string(), run.id());
    assert_eq!(house.app.store.keep_rejects(&lease, rejects, LIMIT).await.unwrap(), rejects.len() as u64);
    let end = RunEnd { status: RunStatus::Partial, at: now, progress: Progress::default(), reason: None, retry_at: None };
    assert!(house.app.store.finish_run(&lease, &end).await.unwrap());
    run.id()
}

/// Two runs of the series `orders`: the first with three rejects, the second with one.
async fn with_rejects() -> (House, String, String) {
    let house = House::open().await;
    build_shop(&house).await;
    let long = format!("orders,country=DE text=\"{}\"", "x".repeat(Reject::MAX_LINE_BYTES));
    let first = ended_with(&house, "orders", &[line(2, "orders,country=DE orders=1i 1"), without_line(5), line(9, &long)]).await;
    let second = ended_with(&house, "orders", &[line(1, "orders,country=AT orders=2i 2")]).await;
    (house, first, second)
}

fn places(answer: &Answer) -> Vec<(String, u64)> {
    let body = answer.body();
    let items = body["items"].as_array().unwrap();
    items.iter().map(|item| (item["run_id"].as_str().unwrap().to_owned(), item["row"].as_u64().unwrap())).collect()
}

async fn post(house: &House, path: &str, body: Value) -> Value {
    let answer = house.post(&format!("/api/v1/rejects/{path}"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body()
}

#[tokio::test]
async fn rejects_are_listed_over_runs_page_by_page() {
    let (house, first, second) = with_rejects().await;
    let all: Vec<(String, u64)> = vec![(second.clone(), 1), (first.clone(), 2), (first.clone(), 5), (first.clone(), 9)];
    assert_eq!(places(&house.get("/api/v1/rejects").await), all);
    assert_eq!(places(&house.get("/api/v1/rejects?series=orders&limit=2").await), all[..2]);
    let next = format!("/api/v1/rejects?series=orders&limit=2&after_run={first}&after_row=2");
    assert_eq!(places(&house.get(&next).await), all[2..]);
    assert_eq!(places(&house.get(&format!("/api/v1/rejects?run={second}")).await), all[..1]);
    let shown = house.get(&format!("/api/v1/rejects?run={first}&limit=2")).await.body()["items"][1].clone();
    assert_eq!((&shown["series_name"], &shown["line"], &shown["values"]), (&json!("orders"), &Value::Null, &json!("{\"total\":1}")));
    let counts = house.get("/api/v1/rejects/counts").await.body()["items"].clone();
    assert_eq!((&counts[0]["rejects"], &counts[0]["runs"], &counts[0]["last_run_id"]), (&json!(4), &json!(2), &json!(second)));
    for (query, status) in [
        ("limit=0", 422),
        ("limit=1001", 422),
        ("after_row=1", 422),
        ("series=nothing", 404),
        (&*format!("series=orders&run={first}"), 422),
        ("before=1", 400),
    ] {
        assert_eq!(house.get(&format!("/api/v1/rejects?{query}")).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn rejects_are_taken_along_in_each_form() {
    let (house, _, second) = with_rejects().await;
    let export = async |query: &str| house.get(&format!("/api/v1/rejects/export?{query}")).await;
    let objects = export("series=orders").await;
    assert_eq!(objects.header("content-type"), Some("application/x-ndjson"));
    let rows: Vec<u64> = objects.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["row"].as_u64().unwrap()).collect();
    assert_eq!(rows, [1, 2, 5, 9]);
    let lines = export("series=orders&format=lines").await;
    assert!(
        lines.text.starts_with("orders,country=AT orders=2i 2\norders,country=DE orders=1i 1\norders,country=DE text="),
        "{}",
        lines.text
    );
    assert_eq!(lines.text.lines().count(), 3);
    let table = export(&format!("run={second}&format=csv")).await;
    let expected =
        format!("run_id,series,row,reason,line,values\r\n{second},orders,1,partial write,\"orders,country=AT orders=2i 2\",\r\n");
    assert_eq!(table.text, expected);
    assert_eq!(export("format=csv&run=nothing").await.status, 404);
    assert_eq!(export("format=xml").await.status, 400);
    house.organization("plant").await;
    let plant = [("tributary-organization", "plant")];
    assert_eq!(house.send(Method::GET, "/api/v1/rejects/export", &plant, None).await.text, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rejects_than_one_page_are_exported_and_sent_again_whole() {
    let house = House::open().await;
    build_shop(&house).await;
    let many: Vec<Reject> = (1..=2_500).map(|row| line(row, &format!("orders,country=DE orders={row}i {row}"))).collect();
    let run = ended_with(&house, "orders", &many).await;
    let export = house.get(&format!("/api/v1/rejects/export?run={run}&format=lines")).await;
    assert_eq!(export.text.lines().count(), 2_500);
    let sent = post(&house, "retry", json!({ "run": run })).await;
    assert_eq!(sent, json!({ "written": 2_500, "still_rejected": 0, "cut": 0, "without_line": 0 }));
    assert_eq!(written(&house).len(), 2_500);
    assert_eq!(house.get("/api/v1/rejects").await.body(), json!({ "items": [] }));
}

/// The lines of all files in the folder.
fn written(house: &House) -> Vec<String> {
    let files = std::fs::read_dir(house.lines()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let mut lines: Vec<String> =
        files.flat_map(|file| std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    lines.sort();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_and_acknowledged_is_no_reject_any_more() {
    let (house, first, second) = with_rejects().await;
    let one = post(&house, "retry", json!({ "run": first, "rows": [2] })).await;
    assert_eq!(one, json!({ "written": 1, "still_rejected": 0, "cut": 0, "without_line": 0 }));
    let rest = post(&house, "retry", json!({ "series": "orders" })).await;
    assert_eq!(rest, json!({ "written": 1, "still_rejected": 0, "cut": 1, "without_line": 1 }));
    assert_eq!(written(&house), ["orders,country=AT orders=2i 2", "orders,country=DE orders=1i 1"]);
    assert_eq!(places(&house.get("/api/v1/rejects").await), [(first.clone(), 5), (first, 9)]);
    assert_eq!(house.get(&format!("/api/v1/runs/{second}")).await.body()["status"], json!("partial"), "what happened stays as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_sent_again_and_acknowledged_ends_the_hold_of_its_connection() {
    let (house, first, _) = with_rejects().await;
    let held = put_on_hold(&house).await;
    let holds = house.get("/api/v1/holds").await.body();
    assert_eq!(holds["items"].as_array().unwrap().len(), 1, "{holds}");
    post(&house, "retry", json!({ "run": first, "rows": [5] })).await;
    assert_eq!(house.get("/api/v1/holds").await.body(), holds, "nothing was sent, nothing is proven");
    post(&house, "retry", json!({ "run": first, "rows": [2] })).await;
    assert_eq!(house.get("/api/v1/holds").await.body(), json!({ "items": [] }));
    let now = house.app.clock.now();
    let (_, run) = house.app.store.claim_run("n", now, now + LEASE).await.unwrap().expect("what waited goes");
    assert_eq!(run.id.to_string(), held);
}

/// The connection of the series `orders` refuses a run, which waits. Returns the run's id.
async fn put_on_hold(house: &House) -> String {
    let run = house.send(Method::POST, "/api/v1/series/orders/run", &[], None).await.id();
    let now = house.app.clock.now();
    let (lease, _) = house.app.store.claim_run("n", now, now + LEASE).await.unwrap().expect("the run");
    let reason = Reason { kind: None, code: None, message: "refused".to_owned(), advice: String::new() };
    let refused = Some(Refusal { reason, next_probe_at: now + TimeDelta::hours(1) });
    let holding = Holding { at: now, refused, waits: None, progress: Progress::default() };
    assert!(house.app.store.hold_run(&lease, &holding).await.unwrap());
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_stays_and_the_refusal_says_why() {
    let (house, first, _) = with_rejects().await;
    std::fs::remove_dir_all(house.lines()).unwrap();
    let refused = house.post("/api/v1/rejects/retry", json!({ "run": first })).await;
    assert_eq!((refused.status, &refused.body()["error"]["kind"]), (502, &json!("folder_write")), "{}", refused.text);
    assert_eq!(places(&house.get("/api/v1/rejects").await).len(), 4);
}

#[tokio::test]
async fn rejects_are_let_go_by_row_by_run_and_by_series() {
    let (house, first, _) = with_rejects().await;
    assert_eq!(post(&house, "discard", json!({ "run": first, "rows": [5, 7] })).await, json!({ "discarded": 1 }));
    assert_eq!(post(&house, "discard", json!({ "run": first })).await, json!({ "discarded": 2 }));
    assert_eq!(post(&house, "discard", json!({ "series": "orders" })).await, json!({ "discarded": 1 }));
    assert_eq!(house.get("/api/v1/rejects").await.body(), json!({ "items": [] }));
    for path in ["discard", "retry"] {
        for (body, status) in [
            (json!({}), 422),
            (json!({ "series": "orders", "run": first }), 422),
            (json!({ "series": "orders", "rows": [1] }), 422),
            (json!({ "run": "nothing" }), 404),
            (json!({ "series": "nothing" }), 404),
        ] {
            let refused = house.post(&format!("/api/v1/rejects/{path}"), body.clone()).await;
            assert_eq!(refused.status, status, "{path} {body} {}", refused.text);
        }
    }
}
