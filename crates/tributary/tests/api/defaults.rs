//! One default connection for each organization that has connections, whatever is done.

use axum::http::Method;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::house::House;

fn folder(house: &House, name: &str) -> Value {
    json!({ "name": name, "driver": "file", "folder": house.lines() })
}

/// The names of the defaults.
async fn defaults(house: &House) -> Vec<String> {
    let list = house.get("/api/v1/connections").await.body();
    let defaults = list["items"].as_array().unwrap().iter().filter(|item| item["default"] == json!(true));
    defaults.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

async fn three(house: &House) {
    for name in ["a", "b", "c"] {
        assert_eq!(house.post("/api/v1/connections", folder(house, name)).await.status, 201);
    }
}

#[tokio::test]
async fn the_first_connection_is_the_default_and_stays_it() {
    let house = House::open().await;
    let mut first = folder(&house, "a");
    first["default"] = json!(false);
    assert_eq!(house.post("/api/v1/connections", first).await.body()["default"], json!(true));
    assert_eq!(house.post("/api/v1/connections", folder(&house, "b")).await.body()["default"], json!(false));
    assert_eq!(defaults(&house).await, ["a"]);
}

#[tokio::test]
async fn choosing_another_one_leaves_one_by_each_way() {
    let house = House::open().await;
    three(&house).await;
    let chosen = house.send(Method::POST, "/api/v1/connections/b/default", &[], None).await;
    assert_eq!((chosen.status, &chosen.body()["default"], &chosen.body()["revision"]), (200, &json!(true), &json!(1)));
    assert_eq!(defaults(&house).await, ["b"]);
    assert_eq!(house.patch("/api/v1/connections/c", json!({ "default": true })).await.body()["default"], json!(true));
    assert_eq!(defaults(&house).await, ["c"]);
    let mut fourth = folder(&house, "d");
    fourth["default"] = json!(true);
    assert_eq!(house.post("/api/v1/connections", fourth).await.body()["default"], json!(true));
    assert_eq!(defaults(&house).await, ["d"]);
    assert_eq!(house.post("/api/v1/connections/nowhere/default", json!({})).await.status, 404);
}

#[tokio::test]
async fn the_default_cannot_be_given_up_without_another() {
    let house = House::open().await;
    three(&house).await;
    let refused = house.patch("/api/v1/connections/a", json!({ "default": false, "notes": "n" })).await;
    assert_json_snapshot!("default_given_up", house.shown(&refused));
    assert_eq!(house.get("/api/v1/connections/a").await.body()["notes"], Value::Null);
    for patch in [json!({ "default": null }), json!({ "notes": "n" })] {
        assert_eq!(house.patch("/api/v1/connections/a", patch).await.body()["default"], json!(true));
    }
    assert_eq!(house.patch("/api/v1/connections/b", json!({ "default": false })).await.status, 200);
    assert_eq!(defaults(&house).await, ["a"]);
}

#[tokio::test]
async fn a_deleted_default_passes_to_the_successor_or_to_the_oldest() {
    let house = House::open().await;
    three(&house).await;
    let deleted = house.delete("/api/v1/connections/a?successor=c").await;
    assert_json_snapshot!("default_passed_on", house.shown(&deleted));
    assert_eq!(defaults(&house).await, ["c"]);
    assert_eq!(house.post("/api/v1/connections", folder(&house, "a")).await.status, 201);
    let deleted = house.delete("/api/v1/connections/c").await;
    assert_eq!((deleted.status, &deleted.body()["new_default"]["name"]), (200, &json!("b")), "older than the new a");
    let deleted = house.delete("/api/v1/connections/a").await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""), "it was not the default");
    assert_eq!(house.delete("/api/v1/connections/b").await.status, 204, "there is none left");
    assert_eq!(defaults(&house).await, [""; 0]);
}

#[tokio::test]
async fn a_successor_that_cannot_be_one_is_refused_and_nothing_is_deleted() {
    let house = House::open().await;
    three(&house).await;
    assert_eq!(house.delete("/api/v1/connections/a?successor=nowhere").await.status, 404);
    let itself = house.delete("/api/v1/connections/a?successor=a").await;
    assert_eq!((itself.status, &itself.body()["error"]["field"]), (422, &json!("successor")));
    assert_eq!(house.delete("/api/v1/connections/a?sucessor=b").await.status, 400);
    assert_eq!(defaults(&house).await, ["a"]);
}

#[tokio::test]
async fn each_organization_has_its_own() {
    let house = House::open().await;
    three(&house).await;
    house.organization("other").await;
    let of_other = [("tributary-organization", "other")];
    let created = house.send(Method::POST, "/api/v1/connections", &of_other, Some(folder(&house, "x").to_string())).await;
    assert_eq!((created.status, &created.body()["default"]), (201, &json!(true)));
    assert_eq!(house.send(Method::POST, "/api/v1/connections/a/default", &of_other, None).await.status, 404);
    let passed = house.send(Method::DELETE, "/api/v1/connections/x?successor=a", &of_other, None).await;
    assert_eq!(passed.status, 404, "a connection of another organization is none");
    assert_eq!(defaults(&house).await, ["a"]);
}

#[tokio::test]
async fn numbers_are_given_kept_and_never_changed() {
    let house = House::open().await;
    let mut wanted = folder(&house, "a");
    wanted["number"] = json!(7);
    assert_eq!(house.post("/api/v1/connections", wanted.clone()).await.body()["number"], json!(7));
    assert_eq!(house.post("/api/v1/connections", folder(&house, "b")).await.body()["number"], json!(8));
    wanted["name"] = json!("c");
    let taken = house.post("/api/v1/connections", wanted).await;
    assert_json_snapshot!("number_taken", house.shown(&taken));
    for none in [0, -1] {
        let refused = house.post("/api/v1/connections", json!({ "name": "n", "driver": "file", "folder": "/", "number": none })).await;
        assert_eq!((refused.status, &refused.body()["error"]["field"]), (422, &json!("number")), "{none}");
    }
    let changed = house.patch("/api/v1/connections/a", json!({ "number": 9 })).await;
    assert_json_snapshot!("number_changed", house.shown(&changed));
    assert_eq!(house.patch("/api/v1/connections/a", json!({ "number": 7 })).await.status, 200);
}

#[tokio::test]
async fn thousands_of_connections_are_listed_at_once() {
    let house = House::open().await;
    let spec = model::Connection::new(model::Target::v1("http://localhost:8086".parse().unwrap(), "d"));
    let password = model::SecretChange::Set("hunter2".into());
    let secrets = model::secret::SecretChanges::from([(model::SecretField::Password, password)]);
    for number in 0..5000 {
        let name = model::Name::new(&format!("c{number:04}")).unwrap();
        let new = store::New { number: None, default: false, last_check: None };
        house.app.store.create_connection(model::Organization::DEFAULT, &name, &spec, &secrets, new).await.unwrap();
    }
    let started = std::time::Instant::now();
    let list = house.get("/api/v1/connections").await.body();
    let took = started.elapsed();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 5000);
    assert!(items.iter().all(|item| item["secrets"]["password"]["set"] == json!(true)));
    assert_eq!(defaults(&house).await, ["c0000"]);
    // One question for each of them would take several times as long.
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}
