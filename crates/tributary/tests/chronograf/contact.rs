//! What is said when a server cannot be reached, or refuses the login.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    house::House,
    servers::{Kind, Reply, Rights, Script, Scripted},
    sources::{env, real},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_port_is_named_on_create_update_and_health() {
    let (house, url) = (House::open().await, real());
    let why = "Error contacting source: connecting to 127.0.0.1:1: ";
    let closed = |answer: (u16, String)| answer.0 == 400 && answer.1.starts_with(why) && answer.1.ends_with(" [TRB-TCP-001]");
    let created = house.post("/sources", json!({ "url": "http://127.0.0.1:1" })).await.refusal();
    assert!(closed(created.clone()), "{created:?}");
    assert_eq!(house.get("/sources").await.text, r#"{"sources":[]}"#);

    house.post("/sources", json!({ "name": "a", "url": url })).await;
    let changed = house.patch("/sources/1", json!({ "url": "http://127.0.0.1:1", "name": "b" })).await.refusal();
    assert!(closed(changed.clone()), "{changed:?}");
    assert_eq!(house.get("/sources/1").await.body()["name"], "a");

    house.unverified("down").await;
    let health = house.get("/sources/2/health").await.refusal();
    assert!(closed(health.clone()), "{health:?}");
    assert_eq!(house.patch("/sources/2", json!({ "name": "renamed while it is down" })).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_the_real_server_refuses_is_told_in_its_words() {
    let house = House::open().await;
    let url = env("TRIBUTARY_TEST_INFLUX_AUTH_URL");
    let (user, password) = (env("TRIBUTARY_TEST_INFLUX_AUTH_USER"), env("TRIBUTARY_TEST_INFLUX_AUTH_PASSWORD"));
    let words = "received status code 401 from server: err: authorization failed: ";
    for (username, password, code) in [(user.as_str(), "wrong", "[TRB-AUTH-002]"), ("", "", "[TRB-AUTH-001]")] {
        let body = json!({ "url": url, "username": username, "password": password });
        let (status, message) = house.post("/sources", body).await.refusal();
        assert!(status == 400 && message.starts_with(words) && message.ends_with(code), "{status} {message}");
    }
    let created = house.post("/sources", json!({ "url": url, "username": user, "password": password })).await;
    assert_eq!((created.status, &created.body()["authentication"]), (201, &json!("basic")), "{}", created.text);
    let (status, message) = house.patch("/sources/1", json!({ "password": "wrong" })).await.refusal();
    assert!(status == 400 && message.starts_with(words), "{status} {message}");
    assert_eq!(house.get("/sources/1/health").await.status, 204);

    // What goes elsewhere goes without the password, and is refused for that.
    let (status, message) = house.patch("/sources/1", json!({ "url": url.replace("127.0.0.1", "localhost") })).await.refusal();
    assert!(status == 400 && message.starts_with(words), "{status} {message}");
    assert!(message.ends_with("[TRB-AUTH-002]; what is kept secret is not sent to another address: send it again"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_of_influxdb_refuses_a_login_in_its_own_words() {
    let house = House::open().await;
    let v2 = Scripted::start(Script::new(Kind::V2, &["telegraf"]).login("asleep", Rights::Inactive)).await;
    let v3 = Scripted::start(Script::new(Kind::V3, &["telegraf"])).await;
    let token = |kind: &str, token: &str| json!({ "type": kind, "url": v3.url(), "databaseToken": token });
    let cases = [
        (
            json!({ "type": "influx-v2", "url": v2.url(), "username": "acme", "password": "wrong" }),
            "received status code 401 from server: err: unauthorized access: ",
        ),
        (
            json!({ "type": "influx-v2", "url": v2.url(), "username": "acme", "password": "asleep" }),
            "received status code 403 from server: err: ",
        ),
        (json!({ "type": "influx-v2", "url": v2.url(), "username": "nobody", "password": "secret" }), "Error contacting source: "),
        (token("influx-v3-core", "wrong"), "received status code 401: "),
    ];
    for (body, words) in cases {
        let (status, message) = house.post("/sources", body.clone()).await.refusal();
        assert!(status == 400 && message.starts_with(words) && message.contains("[TRB-"), "{body}: {status} {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_product_refuses_and_what_comes_behind_the_login_does_not() {
    let house = House::open().await;
    let kapacitor = Scripted::start(Script::new(Kind::Kapacitor, &[])).await;
    let (status, message) = house.post("/sources", json!({ "url": kapacitor.url() })).await.refusal();
    assert!(status == 400 && message.starts_with("Error contacting source: ") && message.contains("[TRB-PRODUCT-"), "{message}");
    let page = Scripted::start(Script::new(Kind::V1, &[])).await;
    page.with(|script| script.instead = Some(Reply::new(200, "<html>")));
    let (status, message) = house.post("/sources", json!({ "url": page.url() })).await.refusal();
    assert!(status == 400 && message.starts_with("Error contacting source: "), "{message}");

    let reader = Scripted::start(Script::new(Kind::V1, &["telegraf"]).login("reader:pw", Rights::ReadOnly)).await;
    let created = house.post("/sources", json!({ "name": "reader", "url": reader.url(), "username": "reader", "password": "pw" })).await;
    assert_eq!((created.status, &created.body()["version"]), (201, &json!("1.8.10")), "{}", created.text);
    let own = house.own(Method::GET, "/connections/reader", Value::Null).await;
    assert_eq!((&own["state"], &own["last_check"]["step"]), (&json!("failing"), &json!("write")));
    assert_eq!(house.get("/sources/1/health").await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_checks_are_put_off_and_lists_are_none() {
    let house = House::open().await.with_checks(1);
    house.unverified("a").await;
    assert_eq!(house.get("/sources/1/health").await.status, 400);
    let answer = house.get("/sources/1/health").await;
    assert_eq!(answer.refusal().0, 429);
    assert!(answer.headers.contains_key("retry-after"));
    for _ in 0..3 {
        assert_eq!(house.get("/sources").await.status, 200);
    }
    assert_eq!(house.patch("/sources/1", json!({ "name": "b" })).await.status, 200);
}
