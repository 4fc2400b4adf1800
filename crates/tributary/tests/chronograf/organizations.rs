//! Organizations, me and the root.

use axum::http::Method;
use serde_json::json;

use crate::{house::House, sources::real};

#[tokio::test(flavor = "multi_thread")]
async fn the_root_leads_to_what_is_here_and_everybody_is_nobody() {
    let house = House::open().await;
    let root = json!({
        "organizations": "/chronograf/v1/organizations", "sources": "/chronograf/v1/sources", "me": "/chronograf/v1/me", "auth": [],
        "external": {},
    });
    for path in ["", "/"] {
        assert_eq!(house.get(path).await.body(), root);
    }
    for path in ["sources", "organizations", "me"] {
        assert_eq!(house.get(root[path].as_str().unwrap().strip_prefix("/chronograf/v1").unwrap()).await.status, 200);
    }
    assert_eq!(house.get("/me").await.text, r#"{"links":{"self":"/chronograf/v1/me"}}"#);
    assert_eq!((house.get("/ping").await.status, house.get("/ping").await.text), (200, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_can_be_read_by_the_ids_that_files_use() {
    let house = House::open().await;
    house.own(Method::POST, "/organizations", json!({ "name": "Example", "alias": "howdy" })).await;
    let of = |id: &str, name: &str| {
        let itself = format!("/chronograf/v1/organizations/{id}");
        json!({ "links": { "self": itself }, "id": id, "name": name, "defaultRole": "member" })
    };
    let (default, example) = (of("default", "default"), of("howdy", "Example"));
    assert_eq!(
        house.get("/organizations").await.body(),
        json!({ "links": { "self": "/chronograf/v1/organizations" }, "organizations": [default, example] })
    );
    assert_eq!(house.get("/organizations/default").await.body(), default);
    assert_eq!(house.get("/organizations/howdy").await.body(), example);
    assert_eq!(house.get("/organizations/7").await.refusal(), (400, "organization not found".to_owned()));
    for (method, path) in
        [(Method::POST, "/organizations"), (Method::PATCH, "/organizations/howdy"), (Method::DELETE, "/organizations/howdy")]
    {
        assert_eq!(house.send(method.clone(), path, &[], Some("{}".to_owned())).await.refusal().0, 405, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_of_every_organization_are_listed_and_each_has_a_default() {
    let (house, url) = (House::open().await, real());
    house.own(Method::POST, "/organizations", json!({ "name": "Example", "alias": "howdy" })).await;
    for (name, organization) in [("a", ""), ("a", "howdy"), ("b", "howdy")] {
        let created = house.post("/sources", json!({ "name": name, "url": url, "organization": organization })).await;
        assert_eq!(created.status, 201, "{}", created.text);
    }
    let list = house.get("/sources").await.body();
    let shown: Vec<_> = list["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| json!([source["id"], source["name"], source["organization"], source["default"]]))
        .collect();
    assert_eq!(shown, [json!(["1", "a", "default", true]), json!(["2", "a", "howdy", true]), json!(["3", "b", "howdy", false])]);
    assert_eq!(house.patch("/sources/3", json!({ "default": true, "organization": "default" })).await.body()["organization"], "howdy");
    assert_eq!(house.get("/sources/1").await.body()["default"], true);
    let (status, message) = house.post("/sources", json!({ "url": url, "organization": "nowhere" })).await.refusal();
    assert_eq!((status, message.starts_with("organization not found: nowhere")), (422, true), "{message}");
}
