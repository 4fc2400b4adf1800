//! Creating, reading, changing and deleting.

use axum::http::Method;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    bodies::{build_shop, file_connection, postgres_database, v1_connection},
    house::House,
};

#[tokio::test]
async fn every_noun_is_shown_as_it_was_saved() {
    let house = House::open().await;
    build_shop(&house).await;
    for folder in ["organizations", "connections", "databases", "queries", "series", "groups", "runs"] {
        let answer = house.get(&format!("/api/v1/{folder}")).await;
        assert_json_snapshot!(format!("list_{folder}"), house.shown(&answer));
    }
}

#[tokio::test]
async fn a_new_object_comes_with_its_place_and_revision() {
    let house = House::open().await;
    let answer = house.post("/api/v1/connections?check=skip", v1_connection("first")).await;
    assert_json_snapshot!(house.shown(&answer));
    assert_eq!(answer.header("location"), Some(format!("/api/v1/connections/{}", answer.id()).as_str()));
}

#[tokio::test]
async fn an_object_is_found_by_its_id_and_by_its_name() {
    let house = House::open().await;
    build_shop(&house).await;
    for place in ["connections/lines", "databases/shop", "queries/by%20country", "series/orders", "groups/hourly"] {
        let by_name = house.get(&format!("/api/v1/{place}")).await;
        let folder = place.split('/').next().unwrap();
        let by_id = house.get(&format!("/api/v1/{folder}/{}", by_name.id())).await;
        assert_eq!((by_name.status, by_name.body()), (200, by_id.body()), "{place}");
    }
}

#[tokio::test]
async fn a_patch_keeps_what_is_absent_and_clears_what_is_null() {
    let house = House::open().await;
    let created = house.post("/api/v1/connections?check=skip", v1_connection("first")).await.body();
    let patched = house.patch("/api/v1/connections/first", json!({ "timeout_ms": 5, "notes": "for tests" })).await.body();
    let mut expected = created.clone();
    expected["timeout_ms"] = json!(5);
    expected["notes"] = json!("for tests");
    expected["revision"] = json!(2);
    assert_eq!(patched, expected);

    let cleared = house.patch("/api/v1/connections/first", json!({ "timeout_ms": null, "notes": null, "gzip": null })).await.body();
    let mut expected = created;
    expected["revision"] = json!(3);
    assert_eq!(cleared, expected);
}

#[tokio::test]
async fn a_patch_merges_objects_and_replaces_choices_and_lists() {
    let house = House::open().await;
    build_shop(&house).await;
    let before = house.get("/api/v1/series/orders").await.body();
    let patch = json!({ "mapping": { "fields": { "columns": ["orders"] }, "time": null }, "mode": { "mode": "window", "length_s": 60, "lag_s": 5 } });
    let after = house.patch("/api/v1/series/orders", patch).await.body();
    let mut expected = before;
    expected["mapping"]["fields"] = json!({ "columns": ["orders"] });
    expected["mapping"].as_object_mut().unwrap().remove("time");
    expected["mode"] = json!({ "mode": "window", "length_s": 60, "lag_s": 5 });
    expected["revision"] = json!(2);
    assert_eq!(after, expected);
}

#[tokio::test]
async fn a_needed_field_cannot_be_cleared_and_nothing_changes() {
    let house = House::open().await;
    let created = house.post("/api/v1/connections?check=skip", v1_connection("first")).await.body();
    let answer = house.patch("/api/v1/connections/first", json!({ "database": null, "timeout_ms": 5 })).await;
    assert_eq!((answer.status, &answer.body()["error"]["field"]), (422, &json!("database")));
    assert_eq!(house.get("/api/v1/connections/first").await.body(), created);
}

#[tokio::test]
async fn a_change_that_was_made_on_an_older_revision_is_refused() {
    let house = House::open().await;
    let created = house.post("/api/v1/connections?check=skip", v1_connection("first")).await;
    let etag = created.header("etag").unwrap().to_owned();
    let change = async |etag: &str| {
        let body = json!({ "timeout_ms": 5 }).to_string();
        house.send(Method::PATCH, "/api/v1/connections/first", &[("if-match", etag)], Some(body)).await
    };
    let first = change(&etag).await;
    assert_eq!((first.status, first.header("etag")), (200, Some("\"2\"")));
    let second = change(&etag).await;
    assert_json_snapshot!(house.shown(&second));
    let deleted = house.send(Method::DELETE, "/api/v1/connections/first", &[("if-match", &etag)], None).await;
    assert_eq!((deleted.status, house.get("/api/v1/connections/first").await.status), (412, 200));
    assert_eq!(change("*").await.status, 200);
    assert_eq!(change("three").await.status, 400);
}

#[tokio::test]
async fn driver_and_engine_stay_what_they_were() {
    let house = House::open().await;
    house.post("/api/v1/connections?check=skip", file_connection(&house, "lines")).await;
    let other = json!({ "driver": "v3", "folder": null, "url": "http://localhost:8181", "database": "d" });
    let answer = house.patch("/api/v1/connections/lines", other).await;
    assert_json_snapshot!("driver_stays", house.shown(&answer));

    house.post("/api/v1/databases", postgres_database("shop")).await;
    let answer = house.patch("/api/v1/databases/shop", json!({ "engine": "mysql" })).await;
    assert_json_snapshot!("engine_stays", house.shown(&answer));
}

#[tokio::test]
async fn what_is_used_is_not_deleted() {
    let house = House::open().await;
    build_shop(&house).await;
    for place in ["connections/lines", "databases/shop", "queries/by%20country", "groups/hourly"] {
        let answer = house.delete(&format!("/api/v1/{place}")).await;
        assert_json_snapshot!(format!("delete_used_{}", place.split('/').next().unwrap()), house.shown(&answer));
    }
    for place in ["series/orders", "connections/lines", "queries/by%20country", "databases/shop", "groups/hourly"] {
        let place = format!("/api/v1/{place}");
        let deleted = house.delete(&place).await;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""), "{place}");
        assert_eq!(house.get(&place).await.status, 404, "{place}");
        assert_eq!(house.delete(&place).await.status, 404, "{place}");
    }
}

#[tokio::test]
async fn nothing_of_one_organization_is_seen_from_another() {
    let house = House::open().await;
    house.organization("plant").await;
    build_shop(&house).await;
    let from_plant = [("tributary-organization", "plant")];
    for folder in ["connections", "databases", "queries", "series", "groups"] {
        let own = house.get(&format!("/api/v1/{folder}")).await.body();
        let id = own["items"][0]["id"].as_str().unwrap().to_owned();
        let name = own["items"][0]["name"].as_str().unwrap().replace(' ', "%20");
        let seen = house.send(Method::GET, &format!("/api/v1/{folder}"), &from_plant, None).await;
        assert_eq!(seen.body(), json!({ "items": [] }), "{folder}");
        for reference in [id, name] {
            let place = format!("/api/v1/{folder}/{reference}");
            for (method, body) in [(Method::GET, None), (Method::DELETE, None), (Method::PATCH, Some("{}".to_owned()))] {
                assert_eq!(house.send(method.clone(), &place, &from_plant, body).await.status, 404, "{method} {place}");
            }
        }
    }
    let query = house.get("/api/v1/queries/by%20country").await.body();
    let stolen = json!({ "name": "q", "database_id": query["database_id"], "sql": "SELECT 1" }).to_string();
    let answer = house.send(Method::POST, "/api/v1/queries", &from_plant, Some(stolen)).await;
    assert_eq!((answer.status, &answer.body()["error"]["field"]), (422, &json!("database_id")));
}

#[tokio::test]
async fn an_organization_is_named_by_name_or_id_and_must_exist() {
    let house = House::open().await;
    let list = house.get("/api/v1/organizations").await.body();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let status = async |organization: &str| {
        house.send(Method::GET, "/api/v1/groups", &[("tributary-organization", organization)], None).await.status
    };
    assert_eq!((status("default").await, status(&id).await, status("nowhere").await), (200, 200, 404));
}

#[tokio::test]
async fn a_group_tells_its_next_slot_while_it_is_enabled() {
    let house = House::open().await;
    let next = |value: Value| value.get("next_slot_at").cloned();
    let created = house.post("/api/v1/groups", json!({ "name": "g", "schedule": { "every_s": 300 } })).await.body();
    assert_eq!(next(created), Some(json!("2026-11-21T12:05:00Z")));
    let renamed = house.patch("/api/v1/groups/g", json!({ "name": "h", "overlap": "queue_one" })).await.body();
    assert_eq!(next(renamed), Some(json!("2026-11-21T12:05:00Z")));
    let moved = house.patch("/api/v1/groups/h", json!({ "schedule": { "cron": "30 7 * * *" }, "time_zone": "Europe/Berlin" })).await.body();
    assert_eq!(next(moved), Some(json!("2026-11-22T06:30:00Z")));
    let disabled = house.patch("/api/v1/groups/h", json!({ "enabled": false })).await.body();
    assert_eq!(next(disabled), None);
}
