//! What files and the environment define is read, used and chosen, and changed nowhere but there.

use axum::http::Method;
use insta::assert_json_snapshot;
use model::{Connection, Id, Kapacitor, Name, Organization, Origin, Target, secret::Secrets};
use serde_json::json;
use store::Definition;

use crate::{actor::Actor, bodies::file_connection, house::House};

const ORG: Id<Organization> = Organization::DEFAULT;

/// The connections `people`, `file` and `environment`, and the Kapacitor `k` of a file at the second.
async fn provided() -> House {
    let (house, _) = Actor::house().await;
    house.post("/api/v1/connections?check=skip", file_connection(&house, "people")).await;
    let spec = Connection::new(Target::v1("http://up:8086".parse().unwrap(), "d"));
    let store = &house.app.store;
    let name = |name| Name::new(name).unwrap();
    let definition = Definition {
        id: Id::of_key(ORG, "connection 10"),
        name: &name("file"),
        spec: &spec,
        secrets: &Secrets::new(),
        origin: &Origin::File("shop.src".to_owned()),
        number: Some(10),
        claims: false,
    };
    store.put_provisioned_connection(ORG, &definition).await.unwrap();
    let kapacitor = Definition {
        id: Id::of_key(ORG, "kapacitor 10"),
        name: &name("k"),
        spec: &Kapacitor::new(definition.id, "http://up:9092".parse().unwrap()),
        secrets: &Secrets::new(),
        origin: &Origin::File("shop.kap".to_owned()),
        number: Some(10),
        claims: false,
    };
    store.put_provisioned_kapacitor(ORG, &kapacitor).await.unwrap();
    let (id, origin) = (Id::of_key(ORG, "connection 0"), Origin::Environment("INFLUXDB_URL".to_owned()));
    let definition = Definition { id, name: &name("environment"), origin: &origin, number: Some(0), ..definition };
    store.put_provisioned_connection(ORG, &definition).await.unwrap();
    house
}

#[tokio::test]
async fn what_a_file_defines_shows_the_file() {
    let house = provided().await;
    let shown = house.get("/api/v1/connections/file").await;
    assert_json_snapshot!("read_only_connection", house.shown(&shown));
    assert_eq!(house.get("/api/v1/connections/environment").await.body()["origin"], json!("environment:INFLUXDB_URL"));
    assert_eq!(house.get("/api/v1/connections/file/kapacitors/k").await.body()["origin"], json!("file:shop.kap"));
}

#[tokio::test]
async fn changing_or_deleting_it_is_refused_by_the_name_of_the_file() {
    let house = provided().await;
    let places = ["connections/file", "connections/environment", "connections/file/kapacitors/k"];
    for (place, name) in places.into_iter().zip(["file", "environment", "kapacitor"]) {
        let place = format!("/api/v1/{place}");
        let before = house.get(&place).await.body();
        let changed = house.patch(&place, json!({ "notes": "n" })).await;
        assert_json_snapshot!(format!("read_only_{name}"), house.shown(&changed));
        for patch in [json!({ "name": "x" }), json!({ "url": "http://up:1" }), json!({ "secrets": { "password": "p" } })] {
            assert_eq!((house.patch(&place, patch.clone()).await.status, &patch), (409, &patch));
        }
        let deleted = house.delete(&place).await;
        assert_eq!((deleted.status, deleted.body()), (409, changed.body()));
        assert_eq!(house.get(&place).await.body(), before);
    }
}

#[tokio::test]
async fn it_can_be_checked_and_chosen() {
    let house = provided().await;
    let chosen = house.send(Method::POST, "/api/v1/connections/file/default", &[], None).await;
    assert_eq!((chosen.status, &chosen.body()["default"]), (200, &json!(true)), "{}", chosen.text);
    let chosen = house.patch("/api/v1/connections/environment", json!({ "default": true })).await;
    assert_eq!((chosen.status, &chosen.body()["default"]), (200, &json!(true)), "{}", chosen.text);
    let mixed = house.patch("/api/v1/connections/file", json!({ "default": true, "notes": "n" })).await;
    assert_eq!((mixed.status, &house.get("/api/v1/connections/file").await.body()["default"]), (409, &json!(false)));
    let checked = house.send(Method::POST, "/api/v1/connections/file/check", &[], None).await;
    assert_eq!((checked.status, &house.get("/api/v1/connections/file").await.body()["state"]), (200, &json!("verified")));
    for patch in [json!({ "active": true }), json!({ "active": false })] {
        let chosen = house.patch("/api/v1/connections/file/kapacitors/k", patch.clone()).await;
        assert_eq!((chosen.status, &chosen.body()["active"]), (200, &patch["active"]), "{}", chosen.text);
    }
    let chosen = house.send(Method::POST, "/api/v1/connections/file/kapacitors/k/activate", &[], None).await;
    assert_eq!((chosen.status, &chosen.body()["active"]), (200, &json!(true)));
}

#[tokio::test]
async fn the_default_can_pass_to_it() {
    let house = provided().await;
    let deleted = house.delete("/api/v1/connections/people?successor=environment").await;
    assert_eq!((deleted.status, &deleted.body()["new_default"]["name"]), (200, &json!("environment")));
}
