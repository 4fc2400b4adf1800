//! Audits through the API: what is refused, what is told, and reading again. What they find on real servers is in the main job's tests.

use axum::http::Method;
use model::{
    AuditPlan, AuditProgress, AuditState, ColumnType, CursorValue, Id, Organization,
    audit::{Again, Difference, Every, Found, SumDifference},
    edges::{AuditEnd, Audits as _},
};
use serde_json::{Value, json};

use crate::{cursors::following, house::House};

const ORG: Id<Organization> = Organization::DEFAULT;

fn plan() -> AuditPlan {
    let at = |text: &str| text.parse().unwrap();
    AuditPlan { from: at("2026-11-20T00:00:00Z"), to: at("2026-11-20T12:00:00Z"), every: Every::Hour, zone: chrono_tz::Tz::UTC }
}

/// An hour that lacks a point; rows of these cursors are read again.
fn difference(hour: u32, rows: Option<(i64, i64)>) -> Difference {
    let begin = plan().from + chrono::TimeDelta::hours(i64::from(hour));
    let value = |count: i64| CursorValue { kind: ColumnType::Integer, native: "INTEGER".to_owned(), text: count.to_string() };
    let range = |(from, to)| Again::Range { from: value(from), to: value(to), fingerprint: "of it".to_owned() };
    Difference {
        from: begin,
        to: begin + chrono::TimeDelta::hours(1),
        rows: 5,
        points_expected: 5,
        points: 4,
        missing: u64::from(rows.is_some()),
        surplus: u64::from(rows.is_none()),
        rejected: 0,
        sums: vec![SumDifference { measurement: "orders".to_owned(), field: "amount".to_owned(), expected: 1.5, found: 2.0 }],
        again: rows.map(range),
    }
}

/// An audit that found this.
async fn ended(house: &House, differences: Vec<Difference>) -> String {
    let series = house.app.store.find_series(ORG, "rows").await.unwrap().unwrap();
    let id = house.app.store.create_audit(ORG, series.id, &plan()).await.unwrap().id;
    let found = Found { compared: 12, differing: differences.len() as u64, differences };
    let progress = AuditProgress { at: Some(plan().to), rows: 60 };
    let end = AuditEnd { state: AuditState::Differs, at: house.app.clock.now(), progress, found, reason: None };
    assert!(house.app.store.end_audit(id, &end).await.unwrap());
    id.to_string()
}

async fn reread(house: &House, id: &str, body: Value) -> crate::house::Answer {
    house.post(&format!("/api/v1/audits/{id}/reread"), body).await
}

#[tokio::test]
async fn what_cannot_be_audited_is_refused_by_the_member_that_is_wrong() {
    let house = following().await;
    let start = async |body: Value| house.post("/api/v1/series/rows/audits", body).await;
    for (body, field) in [
        (json!({ "every": "hour" }), "from"),
        (json!({ "from": "2026-11-20T00:00:00Z" }), "every"),
        (json!({ "from": "2026-11-20T00:00:00Z", "every": "week" }), "every"),
        (json!({ "from": "2026-11-20T00:00:00Z", "every": "day", "zone": "Berlin" }), "zone"),
        (json!({ "from": "2026-11-20T00:00:00Z", "every": "day" }), "series"),
    ] {
        let refused = start(body.clone()).await;
        assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!(field)), "{body} {}", refused.text);
    }
    let folder = start(json!({ "from": "2026-11-20T00:00:00Z", "every": "day" })).await;
    assert!(folder.text.contains("a folder of files"), "{}", folder.text);
    assert_eq!(house.get("/api/v1/audits/0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f").await.status, 404);
    assert_eq!(house.get("/api/v1/audits").await.body()["items"], json!([]));
}

#[tokio::test]
async fn an_audit_is_told_with_its_differences_and_what_differs_is_read_once_more() {
    let house = following().await;
    let id = ended(
        &house,
        vec![difference(3, Some((10, 20))), difference(4, Some((15, 31))), difference(7, None), difference(9, Some((90, 91)))],
    )
    .await;
    let audit = house.get(&format!("/api/v1/audits/{id}")).await.body();
    assert_eq!((&audit["series"]["name"], &audit["state"], &audit["every"]), (&json!("rows"), &json!("differs"), &json!("hour")));
    assert_eq!((&audit["compared"], &audit["differing"], &audit["differences_left_out"]), (&json!(12), &json!(4), &json!(0)));
    assert_eq!(audit["progress"], json!({ "at": "2026-11-20T12:00:00Z", "rows": 60 }));
    assert_eq!((&audit["differences"][0]["mendable"], &audit["differences"][2]["mendable"]), (&json!(true), &json!(false)));
    let sum = json!({ "measurement": "orders", "field": "amount", "expected": 1.5, "found": 2.0 });
    assert_eq!((&audit["differences"][0]["sums"][0], audit["differences"][0].get("again")), (&sum, None));
    let list = house.get("/api/v1/audits?series=rows").await.body();
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["differences"]), (&json!(id), &json!([])));

    let dry = reread(&house, &id, json!({ "dry_run": true, "parallel": 2 })).await;
    let chunks = json!([{ "number": 0, "from": "10", "to": "31" }, { "number": 1, "from": "90", "to": "91" }]);
    assert_eq!((dry.status, &dry.body()["plan"], &dry.body()["id"]), (200, &chunks, &Value::Null), "{}", dry.text);
    let begun = reread(&house, &id, json!({ "parallel": 2 })).await;
    assert_eq!((begun.status, &begun.body()["chunks"], &begun.body()["open"]), (201, &json!(2), &json!(2)), "{}", begun.text);
    let second = reread(&house, &id, json!({})).await;
    assert_eq!((second.status, &second.body()["error"]["kind"]), (409, &json!("running")), "{}", second.text);

    let surplus = ended(&house, vec![difference(7, None)]).await;
    let refused = reread(&house, &surplus, json!({ "dry_run": true })).await;
    assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!("audit")), "{}", refused.text);
    assert!(refused.text.contains("delete them in InfluxDB"), "{}", refused.text);
}

#[tokio::test]
async fn an_audit_is_cancelled_once() {
    let house = following().await;
    let series = house.app.store.find_series(ORG, "rows").await.unwrap().unwrap();
    let id = house.app.store.create_audit(ORG, series.id, &plan()).await.unwrap().id;
    let cancel = async || house.send(Method::POST, &format!("/api/v1/audits/{id}/cancel"), &[], None).await.body();
    let cancelled = cancel().await;
    assert_eq!((&cancelled["state"], &cancelled["reason"]), (&json!("cancelled"), &Value::Null));
    assert_eq!(cancel().await, cancelled);
}
