//! Saving against a real InfluxDB that asks for logins.

use std::{sync::Arc, time::Duration};

use influx::{
    http::{Http, Login},
    v1,
};
use model::{Reject, secret::SecretString};
use serde_json::{Value, json};
use tributary::clock::MachineClock;
use url::Url;

use crate::{bodies::build_shop, house::House, rejects::ended_with};

fn server(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"))
}

/// The real server, and a new and empty database on it.
struct RealInflux {
    url: Url,
    user: String,
    password: String,
    database: String,
}

impl RealInflux {
    async fn new(name: &str) -> Self {
        let made = Self {
            url: server("TRIBUTARY_TEST_INFLUX_AUTH_URL").parse().unwrap(),
            user: server("TRIBUTARY_TEST_INFLUX_AUTH_USER"),
            password: server("TRIBUTARY_TEST_INFLUX_AUTH_PASSWORD"),
            database: format!("api_{name}_{}", std::process::id()),
        };
        made.ask(&format!("DROP DATABASE \"{}\"", made.database)).await;
        made.ask(&format!("CREATE DATABASE \"{}\"", made.database)).await;
        made
    }

    async fn ask(&self, query: &str) -> Vec<Value> {
        let login = Login::Basic(self.user.clone(), SecretString::from(self.password.clone()));
        let client = Http::new(Arc::new(MachineClock)).unwrap().client(&login, Duration::from_secs(10), false).unwrap();
        v1::query(&client, &self.url, Some(&self.database), query).await.unwrap()
    }

    fn connection(&self, name: &str) -> Value {
        json!({
            "name": name, "driver": "v1", "url": self.url, "database": self.database, "username": self.user,
            "secrets": { "password": self.password },
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_works_is_saved_verified_and_nothing_is_written() {
    let (house, influx) = (House::open().await, RealInflux::new("works").await);
    let saved = house.post("/api/v1/connections", influx.connection("c")).await;
    assert_eq!((saved.status, &saved.body()["state"]), (201, &json!("verified")), "{}", saved.text);
    let measurements = influx.ask("SHOW MEASUREMENTS").await;
    assert!(measurements.iter().all(|result| result.get("series").is_none()), "{measurements:?}");
    influx.ask(&format!("DROP DATABASE \"{}\"", influx.database)).await;
    let checked = house.post("/api/v1/connections/c/check", json!({})).await;
    assert_eq!((&checked.body()["passed"], &house.get("/api/v1/connections/c").await.body()["state"]), (&json!(false), &json!("failing")));
    assert_eq!(house.patch("/api/v1/connections/c", json!({ "name": "renamed" })).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_does_not_work_is_refused_at_the_field_that_is_wrong() {
    let (house, influx) = (House::open().await, RealInflux::new("wrong").await);
    let with = |field: &str, value: Value| {
        let mut body = influx.connection("c");
        body[field] = value;
        body
    };
    for (body, field, code) in [
        (with("secrets", json!({ "password": "hunter2" })), "password", "TRB-AUTH-002"),
        (with("database", json!("nowhere")), "database", "TRB-DB-001"),
        (with("retention_policy", json!("nowhere")), "retention_policy", "TRB-DB-002"),
    ] {
        let answer = house.post("/api/v1/connections", body).await;
        let error = answer.body()["error"].clone();
        let shown = (answer.status, error["kind"].as_str(), error["field"].as_str(), error["code"].as_str());
        assert_eq!(shown, (422, Some("check_failed"), Some(field), Some(code)), "{}", answer.text);
        assert_eq!(error["findings"].as_array().unwrap().last().unwrap()["verdict"], json!("failed"));
        assert!(!answer.text.contains("hunter2") && !answer.text.contains(&influx.password));
    }
    assert_eq!(house.get("/api/v1/connections").await.body()["items"], json!([]));
    influx.ask(&format!("DROP DATABASE \"{}\"", influx.database)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_refused_again_stays_with_the_reason_of_now_and_the_others_arrive() {
    let (house, influx) = (House::open().await, RealInflux::new("rejects").await);
    build_shop(&house).await;
    let connection = house.post("/api/v1/connections", influx.connection("c")).await.id();
    assert_eq!(house.patch("/api/v1/series/orders", json!({ "connection_id": connection })).await.status, 200);
    let line = |row: u64, line: &str| Reject { row, line: Some(line.to_owned()), reason: "then".to_owned(), values: None };
    let first = ended_with(&house, "orders", &[line(1, "m v=1i 1000000000")]).await;
    let sent = house.post("/api/v1/rejects/retry", json!({ "run": first })).await;
    assert_eq!(sent.body()["written"], json!(1), "{}", sent.text);

    let rejects = [line(3, "m v=2i 2000000000"), line(4, "m v=\"text\" 3000000000"), line(8, "m v=4i 4000000000")];
    let second = ended_with(&house, "orders", &rejects).await;
    let sent = house.post("/api/v1/rejects/retry", json!({ "run": second })).await;
    assert_eq!(sent.body(), json!({ "written": 2, "still_rejected": 1, "cut": 0, "without_line": 0 }), "{}", sent.text);
    let left = house.get("/api/v1/rejects").await.body()["items"].clone();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["row"], &left[0]["line"]), (1, &json!(4), &json!("m v=\"text\" 3000000000")));
    assert!(left[0]["reason"].as_str().unwrap().contains("conflict"), "{left}");
    let values = influx.ask("SELECT v FROM m").await;
    assert_eq!(values[0]["series"][0]["values"].as_array().unwrap().len(), 3, "{values:?}");
    influx.ask(&format!("DROP DATABASE \"{}\"", influx.database)).await;
}
