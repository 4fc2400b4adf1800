//! Chronograf's types, in both directions.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    house::House,
    servers::{Kind, Script, Scripted},
    sources::real,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_influxdb_2_has_its_organization_and_token_in_username_and_password() {
    let house = House::open().await;
    let server = Scripted::start(Script::new(Kind::V2, &["telegraf", "shop"])).await;
    let body = json!({ "name": "two", "type": "influx-v2", "url": server.url(), "username": "acme", "password": "secret" });
    let created = house.post("/sources", body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let shown = created.body();
    assert_eq!((&shown["type"], &shown["username"], &shown["authentication"]), (&json!("influx-v2"), &json!("acme"), &json!("token")));
    assert_eq!((&shown["version"], &shown["links"]["flux"]), (&json!("2.7.12"), &json!("/chronograf/v1/sources/1/proxy/flux")));
    assert_eq!((shown.get("password"), shown.get("defaultDB")), (None, None));
    let own = house.own(Method::GET, "/connections/two", Value::Null).await;
    assert_eq!((&own["driver"], &own["organization"], &own["bucket"]), (&json!("v2"), &json!("acme"), &json!("telegraf")));
    assert_eq!((&own["state"], &own["secrets"]["token"]["set"]), (&json!("verified"), &json!(true)));

    let changed = house.patch("/sources/1", json!({ "defaultDB": "shop", "password": "" })).await;
    assert_eq!((changed.status, &changed.body()["defaultDB"]), (200, &json!("shop")), "{}", changed.text);
    let (status, message) = house.patch("/sources/1", json!({ "type": "influx" })).await.refusal();
    assert_eq!((status, message.as_str()), (422, "the type cannot be changed from influx-v2 to influx; create another source"));
    let (status, _) = house.post("/sources", json!({ "type": "influx-v2", "url": server.url() })).await.refusal();
    assert_eq!(status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_influxdb_3_has_its_own_fields() {
    let house = House::open().await;
    let server = Scripted::start(Script::new(Kind::V3, &["telegraf"])).await;
    let uuid = "11111111-1111-1111-1111-111111111111";
    // Ids and a management token are of no use to a Core, and Chronograf takes them.
    let body = json!({
        "name": "three", "type": "influx-v3-core", "url": server.url(), "databaseToken": "secret", "defaultDB": "telegraf",
        "clusterId": uuid, "accountId": uuid, "managementToken": "m", "tagsCSVPath": "/tags",
    });
    let created = house.post("/sources", body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let shown = created.body();
    assert_eq!(
        (&shown["type"], &shown["authentication"], &shown["defaultDB"]),
        (&json!("influx-v3-core"), &json!("unknown"), &json!("telegraf"))
    );
    assert_eq!((shown.get("databaseToken"), shown.get("managementToken"), shown.get("clusterId")), (None, None, None));
    let own = house.own(Method::GET, "/connections/three", Value::Null).await;
    assert_eq!((&own["driver"], &own["edition"], &own["state"]), (&json!("v3"), &json!("core"), &json!("verified")), "{own}");
    assert_eq!(house.patch("/sources/1", json!({ "name": "renamed" })).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_tributarys_own_is_shown_by_chronografs_name() {
    let house = House::open().await;
    let v1 = |edition: &str| json!({ "driver": "v1", "edition": edition, "database": "d" });
    let v3 = |edition: &str| json!({ "driver": "v3", "edition": edition, "database": "d" });
    let cases = [
        (v1("oss"), "influx"),
        (v1("enterprise"), "influx-enterprise"),
        (v1("relay"), "influx-relay"),
        (json!({ "driver": "v2", "organization": "o", "bucket": "b" }), "influx-v2"),
        (v3("core"), "influx-v3-core"),
        (v3("enterprise"), "influx-v3-enterprise"),
        (v3("clustered"), "influx-v3-clustered"),
        (v3("cloud_dedicated"), "influx-v3-cloud-dedicated"),
        (v3("cloud_serverless"), "influx-v3-serverless"),
    ];
    for (number, (mut body, kind)) in cases.into_iter().enumerate() {
        body["name"] = json!(kind);
        body["url"] = json!("http://127.0.0.1:1");
        house.own(Method::POST, "/connections?check=skip", body).await;
        let shown = house.get(&format!("/sources/{}", number + 1)).await.body();
        assert_eq!((&shown["type"], &shown["version"]), (&json!(kind), &json!("Unknown")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meta_node_makes_it_an_enterprise() {
    let (house, url) = (House::open().await, real());
    let created = house.post("/sources", json!({ "url": url, "metaUrl": "http://localhost:8091" })).await.body();
    assert_eq!((&created["type"], &created["metaUrl"]), (&json!("influx-enterprise"), &json!("http://localhost:8091")));
    assert_eq!(created["links"]["roles"], "/chronograf/v1/sources/1/roles");
    let relay = json!({ "url": url, "type": "influx-relay", "metaUrl": "http://localhost:8091" });
    assert_eq!(house.post("/sources", relay).await.body().get("metaUrl"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_not_shown() {
    let house = House::open().await;
    let folder = tempfile::tempdir().unwrap();
    house.own(Method::POST, "/connections?check=skip", json!({ "name": "f", "driver": "file", "folder": folder.path() })).await;
    assert_eq!(house.get("/sources").await.body(), json!({ "sources": [] }));
    assert_eq!(house.delete("/sources/1").await.refusal(), (404, "ID 1 not found".to_owned()));
}
