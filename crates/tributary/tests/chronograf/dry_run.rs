//! `?dryRun`: every check, and nothing is saved.

use serde_json::json;

use crate::{
    house::House,
    sources::{real, version},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_new_source_answers_as_if_it_were_saved() {
    let (house, url) = (House::open().await, real());
    for path in ["/sources?dryRun", "/sources?dryRun=false&x=y"] {
        let answer = house.post(path, json!({ "id": "5", "name": "dry", "url": url })).await;
        assert_eq!((answer.status, answer.location()), (201, "/chronograf/v1/sources/5"), "{}", answer.text);
        let shown = answer.body();
        assert_eq!((&shown["id"], &shown["version"], &shown["default"]), (&json!("5"), &json!(version().await), &json!(true)));
    }
    assert_eq!(house.get("/sources").await.text, r#"{"sources":[]}"#);
    assert_eq!(house.post("/sources?dryRun", json!({ "url": "http://127.0.0.1:1" })).await.refusal().0, 400);
    assert_eq!(house.post("/sources?dryRun", json!({})).await.refusal(), (422, "url required".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_change_changes_nothing() {
    let (house, url) = (House::open().await, real());
    let before = house.post("/sources", json!({ "name": "a", "url": url })).await.body();
    let answer = house.patch("/sources/1?dryRun", json!({ "name": "b", "defaultRP": "year" })).await;
    assert_eq!((answer.status, &answer.body()["name"], &answer.body()["defaultRP"]), (200, &json!("b"), &json!("year")), "{}", answer.text);
    assert_eq!(house.patch("/sources/1?dryRun", json!({ "url": "http://127.0.0.1:1" })).await.refusal().0, 400);
    assert_eq!(house.get("/sources/1").await.body(), before);
}
