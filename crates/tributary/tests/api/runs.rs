//! Runs by hand, through the flow, into a folder.

use std::time::Duration;

use axum::http::Method;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{bodies::build_shop, house::House};

/// Lets the flow work until the run has ended, and returns it with its log.
pub(crate) async fn ended(house: &House, run: &str) -> Value {
    let stop = CancellationToken::new();
    let flow = {
        let (flow, stop) = (house.app.flow.clone(), stop.clone());
        tokio::spawn(async move { flow.run(stop).await })
    };
    let wait = async {
        loop {
            let shown = house.get(&format!("/api/v1/runs/{run}")).await;
            if !["queued", "running"].contains(&shown.body()["status"].as_str().unwrap()) {
                return shown.body();
            }
            tokio::task::yield_now().await;
        }
    };
    let run = tokio::time::timeout(Duration::from_secs(60), wait).await.expect("the run ends");
    stop.cancel();
    flow.await.unwrap().unwrap();
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_run_by_hand_and_its_rows_arrive() {
    let house = House::open().await;
    build_shop(&house).await;
    let run = house.post("/api/v1/series/orders/run", json!({ "slot": "2026-11-21T12:00:00Z" })).await;
    assert_eq!((run.status, &run.body()["status"]), (202, &json!("queued")), "{}", run.text);
    let ended = ended(&house, &run.id()).await;
    assert_eq!(ended["status"], json!("succeeded"), "{ended}");
    assert_eq!(ended["window"], json!({ "start": "2026-11-21T11:00:00Z", "end": "2026-11-21T12:00:00Z" }));
    assert_eq!((&ended["figures"]["rows_read"], &ended["figures"]["points_written"]), (&json!(2), &json!(2)));
    assert!(!ended["log"].as_array().unwrap().is_empty());

    let files: Vec<_> = std::fs::read_dir(house.lines()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect();
    let lines: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert_eq!(lines, "orders,country=AT orders=1i 1795262400000000000\norders,country=DE orders=2i 1795262400000000000\n");

    let rejects = house.get(&format!("/api/v1/runs/{}/rejects", run.id())).await;
    assert_eq!(rejects.body(), json!({ "items": [] }));
    for (filter, count) in [
        ("series=orders", 1),
        ("series=orders&slot=2026-11-21T12:00:00Z", 1),
        ("series=orders&slot=2026-11-21T12:00:01Z", 0),
        ("status=succeeded", 1),
        ("status=failed", 0),
        ("until=1970-01-02T00:00:00Z", 0),
        ("since=2100-01-01T00:00:00Z", 0),
        ("limit=1", 1),
    ] {
        let list = house.get(&format!("/api/v1/runs?{filter}")).await.body();
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{filter}");
    }
    let counts = house.get("/api/v1/runs/counts").await.body();
    let id = run.id();
    assert_eq!(
        counts["items"],
        json!([{ "series_id": ended["series_id"], "series_name": "orders", "status": "succeeded", "runs": 1, "last_run_id": id }])
    );
    assert_eq!(house.get("/api/v1/runs/counts?since=2100-01-01T00:00:00Z").await.body(), json!({ "items": [] }));
    let older = house.get(&format!("/api/v1/runs?before={}", run.id())).await;
    assert_eq!(older.body(), json!({ "items": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_written_are_listed_with_their_reason() {
    let house = House::open().await;
    build_shop(&house).await;
    let database = house.get("/api/v1/databases/shop").await.id();
    let connection = house.get("/api/v1/connections/lines").await.id();
    let query = json!({ "name": "all", "database_id": database, "sql": "SELECT country, total FROM orders ORDER BY id" });
    let query = house.post("/api/v1/queries", query).await.id();
    let series = json!({
        "name": "totals", "query_id": query, "connection_id": connection, "mode": { "mode": "snapshot" },
        "mapping": { "measurement": { "name": "totals" }, "tags": ["country"], "empty_row": "reject" },
    });
    house.post("/api/v1/series", series).await;
    let run = house.send(Method::POST, "/api/v1/series/totals/run", &[], None).await.id();
    assert_eq!(ended(&house, &run).await["status"], json!("partial"));
    let rejects = house.get(&format!("/api/v1/runs/{run}/rejects")).await;
    assert_json_snapshot!(house.shown(&rejects));
    let rest = house.get(&format!("/api/v1/runs/{run}/rejects?after_row=3")).await;
    assert_eq!(rest.body(), json!({ "items": [] }));
}

#[tokio::test]
async fn a_queued_run_is_cancelled_at_once_and_stays_so() {
    let house = House::open().await;
    build_shop(&house).await;
    let runs = house.send(Method::POST, "/api/v1/groups/hourly/run", &[], None).await;
    assert_json_snapshot!("run_group", house.shown(&runs));
    let id = runs.body()["items"][0]["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let cancelled = house.send(Method::POST, &format!("/api/v1/runs/{id}/cancel"), &[], None).await;
        assert_eq!((cancelled.status, cancelled.body()), (200, json!({ "status": "cancelled" })));
    }
    assert_eq!(house.get(&format!("/api/v1/runs/{id}")).await.body()["status"], json!("cancelled"));
    assert_eq!(house.get("/api/v1/groups/hourly/slots").await.body(), json!({ "items": [] }));
}

#[tokio::test]
async fn runs_of_another_organization_are_not_there() {
    let house = House::open().await;
    house.organization("plant").await;
    build_shop(&house).await;
    let id = house.send(Method::POST, "/api/v1/series/orders/run", &[], None).await.id();
    let plant = [("tributary-organization", "plant")];
    for (method, path) in [(Method::GET, ""), (Method::GET, "/rejects"), (Method::POST, "/cancel")] {
        let path = format!("/api/v1/runs/{id}{path}");
        assert_eq!(house.send(method, &path, &plant, None).await.status, 404, "{path}");
    }
    assert_eq!(house.send(Method::GET, "/api/v1/runs", &plant, None).await.body(), json!({ "items": [] }));
    assert_eq!(house.send(Method::POST, "/api/v1/series/orders/run", &plant, None).await.status, 404);
}
