//! Who may ask.

use axum::http::Method;
use serde_json::json;

use crate::{house::House, sources::real};

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_taken_whatever_it_is_declared_as() {
    let (house, url) = (House::open().await, real());
    for kind in ["application/json", "text/plain", "application/x-www-form-urlencoded", "*/*"] {
        let body = json!({ "name": kind, "url": url }).to_string();
        assert_eq!(house.send(Method::POST, "/sources", &[("content-type", kind)], Some(body)).await.status, 201, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_others_are_kept_out() {
    let house = House::open().await;
    house.unverified("a").await;
    let blocked = (403, "cross-origin request blocked".to_owned());
    for headers in [
        [("origin", "http://evil.example")],
        [("origin", "null")],
        [("origin", "http://localhost:3000")],
        [("sec-fetch-site", "cross-site")],
    ] {
        for (method, path) in
            [(Method::POST, "/sources"), (Method::DELETE, "/sources/1"), (Method::GET, "/sources/1/health"), (Method::GET, "/nothing")]
        {
            assert_eq!(house.send(method.clone(), path, &headers, None).await.refusal(), blocked, "{method} {path} {headers:?}");
        }
    }
    let (status, message) = house.send(Method::GET, "/sources", &[("host", "evil.example")], None).await.refusal();
    assert_eq!((status, message.as_str()), (403, "`evil.example` is not a name of this machine's loopback interface"));
    let own = [("origin", "http://localhost:8282"), ("sec-fetch-site", "same-origin")];
    let answer = house.send(Method::GET, "/sources", &own, None).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["cache-control"], "no-store");
}
