//! Secrets go in and never come out.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    bodies::{postgres_database, v1_connection},
    house::House,
};

fn set(body: &Value, field: &str) -> bool {
    body["secrets"][field]["set"].as_bool().unwrap_or_else(|| panic!("no state of {field} in {body}"))
}

#[tokio::test]
async fn a_secret_is_in_no_answer() {
    let house = House::open().await;
    let v2 = json!({
        "name": "v2", "driver": "v2", "url": "http://localhost:8086", "organization": "o", "bucket": "b", "secrets": { "token": "hunter2" },
    });
    for (folder, body) in [("connections", v1_connection("v1")), ("connections", v2), ("databases", postgres_database("pg"))] {
        let created = house.post(&format!("/api/v1/{folder}?check=skip"), body.clone()).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let name = body["name"].as_str().unwrap();
        let place = format!("/api/v1/{folder}/{name}");
        let answers = [
            created,
            house.get(&place).await,
            house.get(&format!("/api/v1/{folder}")).await,
            house.patch(&place, json!({ "notes": "n" })).await,
            house.post(&format!("/api/v1/{folder}?check=skip"), body.clone()).await,
        ];
        for answer in answers {
            assert!(!answer.text.contains("hunter2"), "{}", answer.text);
        }
        assert_json_snapshot!(format!("secrets_of_{name}"), house.shown(&house.get(&place).await));
    }
}

#[tokio::test]
async fn absent_keeps_null_clears_and_a_value_replaces() {
    let house = House::open().await;
    let id = house.post("/api/v1/connections?check=skip", v1_connection("c")).await.id();
    let opened = async || {
        let id = id.parse().unwrap();
        let secrets = house.app.store.connection_secrets(model::Organization::DEFAULT, id).await.unwrap();
        secrets.get(&model::SecretField::Password).map(|secret| model::secret::ExposeSecret::expose_secret(secret).to_owned())
    };
    assert_eq!(opened().await.as_deref(), Some("hunter2"));

    let kept = house.patch("/api/v1/connections/c?check=skip", json!({ "notes": "n", "secrets": {} })).await;
    assert!(set(&kept.body(), "password"));
    assert_eq!(opened().await.as_deref(), Some("hunter2"));

    let replaced = house.patch("/api/v1/connections/c?check=skip", json!({ "secrets": { "password": "hunter3" } })).await;
    assert!(set(&replaced.body(), "password"));
    assert_eq!(opened().await.as_deref(), Some("hunter3"));

    let cleared = house.patch("/api/v1/connections/c?check=skip", json!({ "secrets": { "password": null } })).await;
    assert!(!set(&cleared.body(), "password"));
    assert_eq!(opened().await, None);
}

#[tokio::test]
async fn a_new_destination_forgets_the_secret_unless_it_is_given_again() {
    let house = House::open().await;
    house.post("/api/v1/connections?check=skip", v1_connection("c")).await;
    let password_after = async |patch: Value| {
        let given_again = house.patch("/api/v1/connections/c?check=skip", json!({ "secrets": { "password": "hunter2" } })).await;
        assert!(set(&given_again.body(), "password"));
        let answer = house.patch("/api/v1/connections/c?check=skip", patch).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        set(&answer.body(), "password")
    };
    assert!(password_after(json!({ "database": "other", "retention_policy": "r", "insecure_skip_verify": true })).await);
    assert!(!password_after(json!({ "url": "http://evil.example:8086" })).await, "host");
    assert!(!password_after(json!({ "url": "http://evil.example:8087" })).await, "port");
    assert!(!password_after(json!({ "url": "https://evil.example:8087" })).await, "scheme");
    assert!(!password_after(json!({ "username": "other" })).await, "user");
    assert!(password_after(json!({ "username": "writer", "secrets": { "password": "new" } })).await, "given again");

    house.post("/api/v1/databases", postgres_database("d")).await;
    let moved = house.patch("/api/v1/databases/d", json!({ "host": "evil.example" })).await;
    assert!(!set(&moved.body(), "password"));
}
