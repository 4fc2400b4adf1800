//! "Creating InfluxDB and Kapacitor connections", as Chronograf 1.4 and 1.6 tell it. Its files are told of in `tests/files`.

use influx::http::Method;
use serde_json::{Value, json};

use crate::{
    RealInflux, ask,
    server::Server,
    servers::{Kind, Script, Scripted},
};

fn shown(server: &Server, words: &[&str]) -> Value {
    serde_json::from_str(&server.ok(words).out).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_fields_are_prefilled_as_the_documents_say() {
    let server = Server::start();
    server.ok(&["connection", "create", "plain", "--driver", "v1", "--unverified"]);
    let connection = shown(&server, &["connection", "show", "plain", "-o", "json"]);
    assert_eq!((&connection["url"], &connection["database"]), (&json!("http://localhost:8086/"), &json!("telegraf")));
    assert!(server.ok(&["connection", "show", "plain"]).out.contains("autogen"));
    server.ok(&["kapacitor", "create", "alerts", "--connection", "plain", "--unverified"]);
    let kapacitor = shown(&server, &["kapacitor", "show", "alerts", "--connection", "plain", "-o", "json"]);
    assert_eq!(kapacitor["url"], "http://localhost:9092/");

    let (status, _) = ask(&server, Method::GET, "/chronograf/v1/sources", &Value::Null).await;
    assert_eq!(status, 200);
    let (_, sources) = ask(&server, Method::GET, "/chronograf/v1/sources", &Value::Null).await;
    assert_eq!(sources["sources"][0]["telegraf"], "telegraf");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_cannot_be_created_says_error_contacting_source_and_why() {
    let server = Server::start();
    let body = json!({ "name": "gone", "url": "http://127.0.0.1:1" });
    let (status, answer) = ask(&server, Method::POST, "/chronograf/v1/sources", &body).await;
    let message = answer["message"].as_str().unwrap();
    assert_eq!(status, 400, "{answer}");
    assert!(message.starts_with("Error contacting source") && message.contains("TRB-TCP-001"), "{message}");
    let (_, sources) = ask(&server, Method::GET, "/chronograf/v1/sources", &Value::Null).await;
    assert_eq!(sources, json!({ "sources": [] }));

    let refused = server.run_words(&["connection", "create", "gone", "--driver", "v1", "--url", "http://127.0.0.1:1"]);
    assert_eq!(refused.code, 1);
    assert!(refused.words.contains("✗ tcp") && refused.words.contains("TRB-TCP-001"), "{}", refused.words);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_first_connection_is_the_default_and_another_takes_its_place_when_asked() {
    let server = Server::start();
    for name in ["first", "second"] {
        server.ok(&["connection", "create", name, "--driver", "v1", "--unverified"]);
    }
    let defaults = || -> Vec<String> {
        let list = shown(&server, &["connection", "list", "-o", "json"]);
        let items = list["items"].as_array().unwrap().clone();
        items.iter().filter(|item| item["default"] == true).map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(defaults(), ["first"]);
    server.ok(&["connection", "create", "third", "--driver", "v1", "--unverified", "--default"]);
    assert_eq!(defaults(), ["third"]);
    server.ok(&["connection", "default", "second"]);
    assert_eq!(defaults(), ["second"]);
    let deleted = server.ok(&["connection", "delete", "second", "--successor", "third"]);
    assert!(deleted.words.contains("`third` is the default connection now"), "{}", deleted.words);
    assert_eq!(defaults(), ["third"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kapacitor_is_connected_and_configuring_endpoints_is_optional() {
    let influx = RealInflux::new("seed_kapacitor").await;
    let kapacitor = Scripted::start(Script::new(Kind::Kapacitor, &[])).await;
    let server = Server::start();
    server.ok(&["connection", "create", "plant", "--driver", "v1", "--url", influx.url.as_str(), "--unverified"]);
    let created = server.ok(&["kapacitor", "create", "alerts", "--connection", "plant", "--url", kapacitor.url().as_str()]);
    assert!(created.words.contains("Kapacitor Created! Configuring endpoints is optional."), "{}", created.words);
    assert!(created.words.contains("✓ product"), "{}", created.words);

    let wrong = server.run_words(&["kapacitor", "create", "wrong", "--connection", "plant", "--url", influx.url.as_str()]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.words.contains("✗ product") && wrong.words.contains("TRB-PRODUCT-004"), "{}", wrong.words);
    let list = server.ok(&["kapacitor", "list", "--connection", "plant"]).out;
    assert!(list.contains("alerts (active)") && !list.contains("wrong"), "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_has_several_kapacitors_and_one_is_active() {
    let server = Server::start();
    server.ok(&["connection", "create", "plant", "--driver", "v1", "--unverified"]);
    for name in ["one", "two"] {
        server.ok(&["kapacitor", "create", name, "--connection", "plant", "--unverified"]);
    }
    assert!(server.ok(&["kapacitor", "list"]).out.contains("one (active)"));
    server.ok(&["kapacitor", "activate", "two", "--connection", "plant"]);
    let list = server.ok(&["kapacitor", "list"]).out;
    assert!(list.contains("two (active)") && !list.contains("one (active)"), "{list}");
}
