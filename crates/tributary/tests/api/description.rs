//! The API's own description is true.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tributary::api;

use crate::house::House;

fn operations() -> Vec<(Method, String, Value)> {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((method.to_uppercase().parse().unwrap(), path.clone(), operation.clone()));
        }
    }
    operations
}

#[test]
fn every_operation_is_listed() {
    let mut list: Vec<String> = operations()
        .into_iter()
        .map(|(method, path, operation)| format!("{method} {path} {}\n", operation["operationId"].as_str().unwrap()))
        .collect();
    list.sort();
    assert_snapshot!(list.concat());
}

#[test]
fn every_operation_says_what_it_does_what_it_answers_and_which_errors_look_like() {
    for (method, path, operation) in operations() {
        let say = format!("{method} {path}");
        assert!(operation["summary"].is_string(), "{say}");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{say}");
        let envelope = &operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(envelope, "#/components/schemas/ErrorEnvelope", "{say}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = serde_json::to_value(api::openapi()).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn every_operation_is_served() {
    let house = House::open().await;
    // An answer that never ends is not waited for.
    house.app.streams.close();
    for (method, path, _) in operations() {
        let path = path.split('/').map(|part| if part.starts_with('{') { "nowhere" } else { part }).collect::<Vec<_>>().join("/");
        let body = matches!(method, Method::POST | Method::PATCH).then(|| "{}".to_owned());
        let answer = house.send(method.clone(), &path, &[], body).await;
        assert_ne!(answer.status, 405, "{method} {path}");
        assert!(!answer.text.contains("there is nothing at this path"), "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_description_is_served_as_it_is_written() {
    let house = House::open().await;
    let served = house.get("/api/v1/openapi.json").await;
    assert_eq!((served.status, served.header("content-type")), (200, Some("application/json")));
    assert_eq!(served.body(), serde_json::from_str::<Value>(&api::openapi_text()).unwrap());
    assert_eq!(served.body()["openapi"], json!("3.1.0"));
}

#[test]
fn the_written_description_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == api::openapi_text(), "docs/openapi.json is not what the API describes; write it anew with `make gen`");
}

#[test]
fn no_answer_has_a_place_for_a_secret() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ["StoredConnection", "StoredDatabase", "SecretStates", "SecretState"] {
        let text = schemas[name].to_string();
        assert!(!text.contains("writeOnly") && !text.contains("GivenSecrets"), "{name}: {text}");
    }
    assert!(schemas["GivenSecrets"].to_string().contains("writeOnly"));
}
