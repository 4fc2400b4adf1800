//! The guarded HTTP client as others than the drivers use it: JSON there and back, bounded answers, an answer watched as it comes.

#![allow(clippy::unwrap_used)]

mod outbound;
mod quiet;
mod secured;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    http::{HeaderMap, Method},
    routing::any,
};
use chrono::{DateTime, Utc};
use influx::http::{Client, Http, Login, Request, StatusCode, endpoint};
use model::Clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

struct Epoch;

impl Clock for Epoch {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
    fn entropy(&self) -> [u8; 16] {
        [0; 16]
    }
}

/// A server that tells what it was sent at `/echo`, and much at `/long`.
async fn server() -> Url {
    async fn echo(method: Method, headers: HeaderMap, body: Bytes) -> Json<Value> {
        let told: Vec<(String, String)> =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        Json(
            json!({"method": method.as_str(), "headers": told.into_iter().collect::<std::collections::BTreeMap<_, _>>(), "body": String::from_utf8_lossy(&body)}),
        )
    }
    let router = Router::new().route("/api/echo", any(echo)).route("/api/long", any(|| async { "x".repeat(3 << 20) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn client(login: &Login) -> Client {
    Http::new(Arc::new(Epoch)).unwrap().client(login, Duration::from_secs(30), false).unwrap()
}

#[tokio::test]
async fn json_goes_there_and_back_by_every_method() {
    let url = endpoint(&server().await, "/echo", &[]);
    let client = client(&Login::Bearer("abc".into()));
    let body = json!({"name": "orders"});
    let answers = [
        client.get(url.clone()).await.unwrap(),
        client.delete(url.clone()).await.unwrap(),
        client.post(url.clone(), &body).await.unwrap(),
        client.put(url.clone(), &body).await.unwrap(),
        client.patch(url.clone(), &body).await.unwrap(),
    ];
    for (answer, (method, sent)) in answers.iter().zip([
        ("GET", ""),
        ("DELETE", ""),
        ("POST", r#"{"name":"orders"}"#),
        ("PUT", r#"{"name":"orders"}"#),
        ("PATCH", r#"{"name":"orders"}"#),
    ]) {
        assert_eq!(answer.status, StatusCode::OK);
        let told: Value = answer.json().unwrap();
        assert_eq!((told["method"].as_str(), told["body"].as_str()), (Some(method), Some(sent)));
        assert_eq!(told["headers"]["authorization"], "Bearer abc");
        assert_eq!(told["headers"]["content-type"].as_str(), (!sent.is_empty()).then_some("application/json"), "{method}");
        let names: Vec<&str> = told["headers"].as_object().unwrap().keys().map(String::as_str).collect();
        let known = ["accept", "authorization", "content-length", "content-type", "host", "user-agent"];
        assert!(names.iter().all(|name| known.contains(name)), "nothing else goes out: {names:?}");
    }
}

#[tokio::test]
async fn an_answer_is_kept_up_to_its_limit() {
    let url = endpoint(&server().await, "/long", &[]);
    let answer = client(&Login::None).get(url.clone()).await.unwrap();
    assert_eq!((answer.body.len(), answer.truncated), (Client::DEFAULT_ANSWER_LIMIT, true));
    let answer = client(&Login::None).with_answer_limit(3 << 20).get(url).await.unwrap();
    assert_eq!((answer.body.len(), answer.truncated), (3 << 20, false));
}

#[tokio::test]
async fn an_answer_can_be_watched_as_it_comes() {
    let url = endpoint(&server().await, "/long", &[]);
    let mut seen = 0;
    let limitless = client(&Login::None).with_answer_limit(4 << 20);
    limitless
        .watch(Request::new(Method::GET, url), &mut |status, piece| seen += if status == StatusCode::OK { piece.len() } else { 0 })
        .await
        .unwrap();
    assert_eq!(seen, 3 << 20);
}
