//! Secrets go in and never come out.

use axum::http::Method;
use insta::assert_json_snapshot;
use model::{Connection, Kapacitor, Organization, Stored, secret::SecretChanges};
use serde_json::{Value, json};
use tributary::app::{CheckFirst, Draft, KapacitorUpdate, Refusal, Update};

use crate::{
    actor::Actor,
    bodies::{KEY, PEM, postgres_database, v1_connection},
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

/// A body with a value for every secret that its driver has.
fn with_all_secrets(driver: &str) -> Value {
    let tls = json!({ "client_certificate": PEM });
    match driver {
        "v1" => json!({
            "name": "c", "driver": "v1", "url": "https://up:8086", "database": "d", "username": "u", "tls": tls,
            "secrets": { "password": "hunter2", "shared_secret": "hunter2", "client_key": KEY },
        }),
        "v2" => json!({
            "name": "c", "driver": "v2", "url": "https://up:8086", "organization": "o", "bucket": "b", "tls": tls,
            "secrets": { "token": "hunter2", "client_key": KEY },
        }),
        _ => json!({
            "name": "c", "driver": "v3", "edition": "clustered", "url": "https://up:8181", "database": "d", "tls": tls,
            "secrets": { "token": "hunter2", "management_token": "hunter2", "client_key": KEY },
        }),
    }
}

#[tokio::test]
async fn every_secret_goes_in_is_used_and_never_comes_out() {
    for driver in ["v1", "v2", "v3"] {
        let (house, actor) = Actor::house().await;
        let body = with_all_secrets(driver);
        let given: Vec<String> = body["secrets"].as_object().unwrap().keys().cloned().collect();
        let created = house.post("/api/v1/connections", body.clone()).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let mut draft = body.clone();
        draft.as_object_mut().unwrap().remove("name");
        draft.as_object_mut().unwrap().remove("secrets");
        draft["replaces"] = json!("c");
        let stream = [("accept", "text/event-stream")];
        let answers = [
            created,
            house.get("/api/v1/connections").await,
            house.post("/api/v1/connections/c/check", json!({})).await,
            house.send(Method::POST, "/api/v1/connections/check", &stream, Some(draft.to_string())).await,
            house
                .patch("/api/v1/connections/c", json!({ "url": "https://up:1", "tls": null, "secrets": { "client_key": "hunter2" } }))
                .await,
            house.patch("/api/v1/connections/c", json!({ "name": "c", "secrets": body["secrets"] })).await,
            house.post("/api/v1/connections", body).await,
        ];
        for answer in answers {
            assert!(!answer.text.contains("hunter2"), "{}", answer.text);
        }
        let shown = house.get("/api/v1/connections/c").await.body();
        assert_eq!(shown["secrets"].as_object().unwrap().keys().collect::<Vec<_>>(), given.iter().collect::<Vec<_>>());
        assert!(given.iter().all(|field| set(&shown, field)), "{shown}");
        for asked in actor.asked() {
            let used: Vec<&str> = asked.secrets.iter().map(|(field, _)| field.as_str()).collect();
            assert_eq!(used, given, "{driver}");
        }
    }
}

#[tokio::test]
async fn a_new_destination_forgets_every_secret_that_is_not_given_again() {
    for driver in ["v1", "v2", "v3"] {
        let (house, actor) = Actor::house().await;
        house.post("/api/v1/connections", with_all_secrets(driver)).await;
        actor.asked();
        let moved = house.patch("/api/v1/connections/c", json!({ "url": "https://elsewhere:8086" })).await;
        assert_eq!((moved.status, &moved.body()["error"]["field"]), (422, &json!("secrets.client_key")), "{}", moved.text);
        assert!(actor.asked().is_empty());
        let moved = house.patch("/api/v1/connections/c", json!({ "url": "https://elsewhere:8086", "tls": null })).await;
        assert_eq!(moved.status, 200, "{}", moved.text);
        assert_eq!(actor.asked()[0].secrets, [], "nothing was sent there");
        let states = moved.body()["secrets"].as_object().unwrap().clone();
        assert!(states.values().all(|state| state["set"] == json!(false)), "{states:?}");
    }
}

#[tokio::test]
async fn a_certificate_and_its_key_stay_together() {
    let (house, _) = Actor::house().await;
    house.post("/api/v1/connections", with_all_secrets("v2")).await;
    for (patch, field) in [
        (json!({ "tls": { "client_certificate": null } }), Some("tls.client_certificate")),
        (json!({ "secrets": { "client_key": null } }), Some("secrets.client_key")),
        (json!({ "tls": { "client_certificate": null }, "secrets": { "client_key": null } }), None),
    ] {
        let answer = house.patch("/api/v1/connections/c", patch.clone()).await;
        assert_eq!(answer.body().pointer("/error/field").and_then(Value::as_str), field, "{patch}: {}", answer.text);
    }
}

#[tokio::test]
async fn nested_settings_are_merged_and_kept_in_one_form() {
    let (house, _) = Actor::house().await;
    house.post("/api/v1/connections", with_all_secrets("v3")).await;
    let pin = "AB:".repeat(31) + "AB";
    let ids = json!({ "cluster_id": "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", "account_id": " " });
    let mut patch = json!({ "tls": { "pinned_sha256": pin }, "telegraf_database": " " });
    patch.as_object_mut().unwrap().extend(ids.as_object().unwrap().clone());
    let patched = house.patch("/api/v1/connections/c", patch).await;
    let body = patched.body();
    assert_eq!(body["tls"], json!({ "pinned_sha256": "ab".repeat(32), "client_certificate": PEM }), "{}", patched.text);
    assert_eq!(body["cluster_id"], json!("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
    assert_eq!((&body["account_id"], &body["telegraf_database"]), (&Value::Null, &Value::Null));
    let blank = json!({ "name": "v1", "driver": "v1", "url": "http://up", "database": "d", "username": " ", "retention_policy": "", "meta_url": " " });
    let saved = house.post("/api/v1/connections", blank).await;
    assert_eq!(saved.status, 201, "{}", saved.text);
    assert!(["username", "retention_policy", "meta_url"].iter().all(|field| saved.body()[field] == Value::Null), "{}", saved.text);
    let cleared = house.patch("/api/v1/connections/c", json!({ "tls": { "pinned_sha256": null }, "cluster_id": null })).await.body();
    assert_eq!((&cleared["tls"], &cleared["cluster_id"]), (&json!({ "client_certificate": PEM }), &Value::Null));
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

#[tokio::test]
async fn a_secret_that_was_given_for_a_new_place_meanwhile_is_not_sent_to_the_old_one() {
    let (house, actor) = Actor::house().await;
    house.post("/api/v1/connections", v1_connection("c")).await;
    let alerts = json!({ "name": "k", "url": "http://up:9092", "username": "u", "secrets": { "password": "hunter2" } });
    house.post("/api/v1/connections/c/kapacitors", alerts).await;
    let read: Stored<Connection> = house.app.get_connection(Organization::DEFAULT, "c").await.unwrap().stored;
    let read_kapacitor: Stored<Kapacitor> = house.app.get_kapacitor(Organization::DEFAULT, "c", "k").await.unwrap().stored;
    for path in ["/api/v1/connections/c", "/api/v1/connections/c/kapacitors/k"] {
        let moved = house.patch(path, json!({ "url": "http://elsewhere:8086", "secrets": { "password": "hunter3" } })).await;
        assert_eq!(moved.status, 200, "{}", moved.text);
    }
    actor.asked();

    let spec = Connection { insecure_skip_verify: true, ..read.spec.clone() };
    let draft = Draft { name: read.name.clone(), spec, secrets: SecretChanges::new() };
    let update = Update { check: CheckFirst::Yes, default: None };
    let refused = house.app.update_connection(&read, draft, update, &mut |_| {}).await;
    assert!(matches!(refused, Err(Refusal::Changed { .. })), "{refused:?}");
    let spec = Kapacitor { insecure_skip_verify: true, ..read_kapacitor.spec.clone() };
    let draft = Draft { name: read_kapacitor.name.clone(), spec, secrets: SecretChanges::new() };
    let update = KapacitorUpdate { check: CheckFirst::Yes, active: None };
    let refused = house.app.update_kapacitor(&read_kapacitor, draft, update, &mut |_| {}).await;
    assert!(matches!(refused, Err(Refusal::Changed { .. })), "{refused:?}");
    assert_eq!(actor.asked(), [], "the old places were asked");
}
