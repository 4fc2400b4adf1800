//! A group is deleted with what becomes of its series, in one request.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    bodies::build_shop,
    house::{Answer, House},
};

async fn shop() -> House {
    let house = House::open().await;
    build_shop(&house).await;
    house
}

async fn group_of_orders(house: &House) -> Value {
    house.get("/api/v1/series/orders").await.body()["group_id"].clone()
}

fn error(answer: &Answer, member: &str) -> (u16, Value) {
    (answer.status, answer.body()["error"][member].clone())
}

#[tokio::test]
async fn its_series_stay_without_a_group_when_they_are_released() {
    let house = shop().await;
    assert_eq!(house.delete("/api/v1/groups/hourly?members=release").await.status, 204);
    assert_eq!(group_of_orders(&house).await, Value::Null);
    assert_eq!(house.get("/api/v1/groups/hourly").await.status, 404);
}

#[tokio::test]
async fn its_series_go_to_another_group_when_they_are_moved() {
    let house = shop().await;
    let other = house.post("/api/v1/groups", json!({ "name": "daily", "schedule": { "every_s": 86400 } })).await.id();
    assert_eq!(house.delete("/api/v1/groups/hourly?members=move&to=daily").await.status, 204);
    assert_eq!(group_of_orders(&house).await, json!(other));
}

#[tokio::test]
async fn its_series_are_deleted_with_it_when_that_is_said() {
    let house = shop().await;
    assert_eq!(house.delete("/api/v1/groups/hourly?members=delete").await.status, 204);
    assert_eq!(house.get("/api/v1/series/orders").await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_done_with_its_series_leaves_everything_as_it_was() {
    let house = shop().await;
    let before = group_of_orders(&house).await;
    for (query, status, field) in [
        ("?members=keep", 409, Value::Null),
        ("", 409, Value::Null),
        ("?members=move", 422, json!("to")),
        ("?members=move&to=hourly", 422, json!("to")),
        ("?members=move&to=nowhere", 404, Value::Null),
        ("?members=release&to=hourly", 422, json!("to")),
        ("?members=lose", 400, Value::Null),
    ] {
        let refused = house.delete(&format!("/api/v1/groups/hourly{query}")).await;
        assert_eq!(error(&refused, "field"), (status, field), "{query}: {}", refused.text);
    }
    let older = house.send(Method::DELETE, "/api/v1/groups/hourly?members=delete", &[("if-match", "\"7\"")], None).await;
    assert_eq!(older.status, 412);
    assert_eq!(house.patch("/api/v1/series/orders", json!({ "mode": { "mode": "window", "length_s": null } })).await.status, 200);
    let bound = house.delete("/api/v1/groups/hourly?members=release").await;
    assert_eq!(error(&bound, "kind"), (409, json!("in_use")), "a window since the slot before needs a group");
    assert_eq!(group_of_orders(&house).await, before);
}
