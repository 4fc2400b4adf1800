//! Chronograf's messages, word by word.

use axum::http::Method;
use serde_json::{Value, json};

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_makes_no_sense_is_refused_in_chronografs_words() {
    let house = House::open().await;
    let uuid = "11111111-1111-1111-1111-111111111111";
    let dedicated = |more: &Value| {
        let mut body = json!({ "type": "influx-v3-cloud-dedicated", "url": "http://h" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let cases = [
        (json!({}), "url required"),
        (json!({ "url": "" }), "url required"),
        (json!({ "url": "http://h", "type": "X" }), "invalid source type X"),
        (json!({ "url": "localhost" }), r#"invalid source URI: parse "localhost": invalid URI for request"#),
        (json!({ "url": "127.0.0.1:8086" }), r#"invalid source URI: parse "127.0.0.1:8086": invalid URI for request"#),
        (json!({ "url": "/foo" }), "invalid URL; no URL scheme defined"),
        (json!({ "url": "http://h", "type": "influx-v3-core" }), "database token required"),
        (json!({ "url": "http://h", "type": "influx-v3-enterprise" }), "database token required"),
        (json!({ "url": "http://h", "type": "influx-v3-serverless" }), "database token required"),
        (json!({ "url": "http://h", "type": "influx-v3-clustered" }), "database token required"),
        (
            json!({ "url": "http://h", "type": "influx-v3-clustered", "databaseToken": "t" }),
            "management token or default database is required",
        ),
        (dedicated(&json!({})), "database token required"),
        (dedicated(&json!({ "databaseToken": "t" })), "default database is required for queries"),
        (dedicated(&json!({ "databaseToken": "t", "accountId": uuid })), "cluster ID required"),
        (dedicated(&json!({ "databaseToken": "t", "clusterId": "x" })), "cluster ID is not a valid UUID"),
        (dedicated(&json!({ "databaseToken": "t", "clusterId": uuid })), "account ID required"),
        (dedicated(&json!({ "databaseToken": "t", "clusterId": uuid, "accountId": "x" })), "account ID is not a valid UUID"),
        (dedicated(&json!({ "databaseToken": "t", "clusterId": uuid, "accountId": uuid })), "management token required"),
    ];
    for (body, message) in cases {
        assert_eq!(house.post("/sources", body.clone()).await.refusal(), (422, message.to_owned()), "{body}");
    }
    for url in ["http://", "ftp://x", "localhost:8086"] {
        let (status, message) = house.post("/sources", json!({ "url": url })).await.refusal();
        assert!(status == 400 && message.starts_with("Error contacting source"), "{url}: {status} {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_of_the_right_types_is_unparsable() {
    let house = House::open().await;
    house.unverified("a").await;
    house.post("/sources/1/kapacitors", json!({ "name": "k", "url": "http://h" })).await;
    for body in ["", "{", "[]", "url=http://h", r#"{"name":7}"#, r#"{"url":"http://h","default":"yes"}"#] {
        for (method, path) in [
            (Method::POST, "/sources"),
            (Method::PATCH, "/sources/1"),
            (Method::POST, "/sources/1/kapacitors"),
            (Method::PATCH, "/sources/1/kapacitors/1"),
        ] {
            if body.contains("default") && path.contains("kapacitors") {
                continue;
            }
            let answer = house.send(method.clone(), path, &[], Some(body.to_owned())).await;
            assert_eq!(answer.refusal(), (400, "Unparsable JSON".to_owned()), "{method} {path} {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_no_number_is_not_converted_and_another_is_not_found() {
    let house = House::open().await;
    house.unverified("a").await;
    for path in ["/sources/abc", "/sources/abc/health", "/sources/abc/kapacitors", "/sources/1/kapacitors/abc", "/sources/abc/kapacitors/1"]
    {
        assert_eq!(house.get(path).await.refusal(), (422, "Error converting ID abc".to_owned()), "{path}");
    }
    let huge = "99999999999999999999";
    assert_eq!(house.get(&format!("/sources/{huge}")).await.refusal(), (422, format!("Error converting ID {huge}")));
    for (path, id) in
        [("/sources/7", "7"), ("/sources/007", "7"), ("/sources/-5", "-5"), ("/sources/7/health", "7"), ("/sources/1/kapacitors/7", "7")]
    {
        assert_eq!(house.get(path).await.refusal(), (404, format!("ID {id} not found")), "{path}");
    }
    let missing = (404, "ID 7 not found".to_owned());
    assert_eq!(house.patch("/sources/7", json!({})).await.refusal(), missing);
    assert_eq!(house.delete("/sources/7").await.refusal(), missing);
    assert_eq!(house.post("/sources/7/kapacitors", json!({ "name": "k", "url": "http://h" })).await.refusal(), missing);
    assert_eq!(house.patch("/sources/1/kapacitors/7", json!({})).await.refusal(), missing);
    assert_eq!(house.delete("/sources/1/kapacitors/7").await.refusal(), missing);
    assert_eq!(house.get("/sources/007").await.status, 404);
    assert_eq!(house.get("/sources/001").await.body()["id"], "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_tributary_does_not_have_is_said_in_chronografs_envelope() {
    let house = House::open().await;
    house.unverified("a").await;
    for path in ["/layouts", "/sources/1/dbs", "/sources/1/kapacitors/1/rules", "/sources/1/proxy?x=y", "/users", "/a/b/c/d"] {
        let (status, message) = house.get(path).await.refusal();
        let bare = path.split('?').next().unwrap();
        assert_eq!(status, 404, "{path}");
        assert!(message.starts_with(&format!("Tributary does not have /chronograf/v1{bare}; ")), "{message}");
    }
    assert_eq!(house.send(Method::POST, "/layouts", &[], Some("{}".to_owned())).await.refusal().0, 404);
    let (status, message) = house.send(Method::PUT, "/sources/1", &[], Some("{}".to_owned())).await.refusal();
    assert_eq!((status, message.as_str()), (405, "Tributary does not take PUT at /chronograf/v1/sources/1"));
    let large = house.send(Method::POST, "/sources", &[], Some("x".repeat(2 << 20))).await.refusal();
    assert_eq!(large, (413, "the body is larger than 1 MiB".to_owned()));
}
