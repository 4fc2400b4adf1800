//! What scripts do with the kapacitors of a source.

use serde_json::{Value, json};

use crate::house::House;

const OF_FIRST: &str = "/sources/1/kapacitors";

async fn active(house: &House, path: &str) -> Vec<(String, bool)> {
    let list = house.get(path).await.body();
    let one = |kapacitor: &Value| (kapacitor["id"].as_str().unwrap().to_owned(), kapacitor["active"].as_bool().unwrap());
    list["kapacitors"].as_array().unwrap().iter().map(one).collect()
}

fn said(list: &[(&str, bool)]) -> Vec<(String, bool)> {
    list.iter().map(|(id, active)| ((*id).to_owned(), *active)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_creates_changes_activates_and_deletes_a_kapacitor_without_contacting_it() {
    let house = House::open().await;
    house.unverified("a").await;
    assert_eq!(house.get("/sources/999/kapacitors").await.text, r#"{"kapacitors":[]}"#);
    let body = json!({ "id": "9", "name": "k", "url": "http://127.0.0.1:1/kap", "username": "u", "password": "p" });
    let created = house.post(OF_FIRST, body).await;
    assert_eq!((created.status, created.location()), (201, "/chronograf/v1/sources/1/kapacitors/1"), "{}", created.text);
    let expected = json!({
        "id": "1", "name": "k", "url": "http://127.0.0.1:1/kap", "username": "u", "insecureSkipVerify": false, "active": true,
        "links": {
            "proxy": "/chronograf/v1/sources/1/kapacitors/1/proxy", "self": "/chronograf/v1/sources/1/kapacitors/1",
            "rules": "/chronograf/v1/sources/1/kapacitors/1/rules",
            "tasks": "/chronograf/v1/sources/1/kapacitors/1/proxy?path=/kapacitor/v1/tasks",
            "ping": "/chronograf/v1/sources/1/kapacitors/1/proxy?path=/kapacitor/v1/ping",
        },
    });
    assert_eq!(created.body(), expected);
    assert_eq!(house.get("/sources/1/kapacitors/1").await.body(), expected);

    let changed = house.patch("/sources/1/kapacitors/1", json!({ "username": "", "password": "", "insecureSkipVerify": true })).await;
    let mut expected = expected;
    expected.as_object_mut().unwrap().remove("username");
    expected["insecureSkipVerify"] = json!(true);
    assert_eq!((changed.status, changed.body()), (200, expected));
    assert_eq!(house.delete("/sources/1/kapacitors/1").await.status, 204);
    assert_eq!(house.get(OF_FIRST).await.text, r#"{"kapacitors":[]}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn name_and_url_are_required_and_checked_as_those_of_a_source() {
    let house = House::open().await;
    house.unverified("a").await;
    let cases = [
        (json!({}), 422, "name and url required"),
        (json!({ "name": "k" }), 422, "name and url required"),
        (json!({ "url": "http://h" }), 422, "name and url required"),
        (json!({ "name": "k", "url": null }), 422, "name and url required"),
        (json!({ "name": "k", "url": "localhost" }), 422, r#"invalid source URI: parse "localhost": invalid URI for request"#),
        (json!({ "name": "k", "url": "/foo" }), 422, "invalid URL; no URL scheme defined"),
    ];
    for (body, status, message) in cases {
        assert_eq!(house.post(OF_FIRST, body.clone()).await.refusal(), (status, message.to_owned()), "{body}");
    }
    assert_eq!(house.post(OF_FIRST, json!({ "name": "", "url": "http://kap:9092" })).await.body()["name"], "kap");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_active_for_each_source() {
    let house = House::open().await;
    house.unverified("a").await;
    house.unverified("b").await;
    let body = |name: &str| json!({ "name": name, "url": "http://127.0.0.1:1" });
    house.post(OF_FIRST, body("one")).await;
    house.post(OF_FIRST, json!({ "name": "two", "url": "http://127.0.0.1:1", "active": true })).await;
    house.post(OF_FIRST, body("three")).await;
    house.post("/sources/2/kapacitors", json!({ "name": "four", "url": "http://127.0.0.1:1", "active": false })).await;
    assert_eq!(active(&house, OF_FIRST).await, said(&[("1", false), ("2", true), ("3", false)]));
    assert_eq!(active(&house, "/sources/2/kapacitors").await, said(&[("4", false)]));

    house.patch("/sources/2/kapacitors/4", json!({ "active": true })).await;
    house.patch("/sources/1/kapacitors/3", json!({ "active": true })).await;
    assert_eq!(active(&house, OF_FIRST).await, said(&[("1", false), ("2", false), ("3", true)]));
    assert_eq!(active(&house, "/sources/2/kapacitors").await, said(&[("4", true)]));
    house.patch("/sources/1/kapacitors/3", json!({ "active": false })).await;
    assert_eq!(active(&house, OF_FIRST).await, said(&[("1", false), ("2", false), ("3", false)]));
    house.patch("/sources/1/kapacitors/1", json!({ "name": "renamed" })).await;
    assert_eq!(active(&house, "/sources/2/kapacitors").await, said(&[("4", true)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_found_below_its_own_source_only() {
    let house = House::open().await;
    house.unverified("a").await;
    house.unverified("b").await;
    house.post(OF_FIRST, json!({ "name": "k", "url": "http://h" })).await;
    let missing = (404, "ID 1 not found".to_owned());
    for path in ["/sources/2/kapacitors/1", "/sources/0/kapacitors/1", "/sources/9/kapacitors/1"] {
        assert_eq!(house.get(path).await.refusal(), missing, "{path}");
        assert_eq!(house.patch(path, json!({ "name": "x" })).await.refusal(), missing, "{path}");
        assert_eq!(house.delete(path).await.refusal(), missing, "{path}");
    }
    assert_eq!(house.get("/sources/1/kapacitors/1").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_gets_the_number_behind_it_within_one_source() {
    let house = House::open().await;
    house.unverified("a").await;
    house.unverified("b").await;
    let body = json!({ "name": "k", "url": "http://h" });
    let mut names = Vec::new();
    for path in [OF_FIRST, OF_FIRST, "/sources/2/kapacitors"] {
        names.push(house.post(path, body.clone()).await.body()["name"].clone());
    }
    assert_eq!(names, ["k", "k (2)", "k"]);
    assert_eq!(house.patch("/sources/1/kapacitors/1", json!({ "name": "k (2)" })).await.body()["name"], "k (2) (1)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_takes_its_kapacitors_along() {
    let house = House::open().await;
    house.unverified("a").await;
    house.post(OF_FIRST, json!({ "name": "k", "url": "http://h" })).await;
    assert_eq!(house.delete("/sources/1").await.status, 204);
    assert_eq!(house.get(OF_FIRST).await.text, r#"{"kapacitors":[]}"#);
}
