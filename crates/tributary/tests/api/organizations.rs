//! Organizations: created, found by three names.

use axum::http::Method;
use insta::assert_json_snapshot;
use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn an_organization_is_found_by_id_name_and_alias_in_path_and_header() {
    let house = House::open().await;
    let created = house.post("/api/v1/organizations", json!({ "name": "Example", "alias": "example_org" })).await;
    assert_json_snapshot!("organization_created", house.shown(&created));
    let id = created.id();
    for reference in [id.as_str(), "Example", "example_org"] {
        let got = house.get(&format!("/api/v1/organizations/{reference}")).await;
        assert_eq!((got.status, got.body()), (200, created.body()), "{reference}");
        let header = [("tributary-organization", reference)];
        assert_eq!(house.send(Method::GET, "/api/v1/connections", &header, None).await.status, 200, "{reference}");
    }
    assert_eq!(house.get("/api/v1/organizations/nobody").await.status, 404);
}

#[tokio::test]
async fn a_taken_name_or_alias_is_refused() {
    let house = House::open().await;
    house.post("/api/v1/organizations", json!({ "name": "Example", "alias": "example_org" })).await;
    for body in [json!({ "name": "Example" }), json!({ "name": "Other", "alias": "example_org" })] {
        let answer = house.post("/api/v1/organizations", body.clone()).await;
        assert_eq!((answer.status, &answer.body()["error"]["kind"]), (409, &json!("name_taken")), "{body}: {}", answer.text);
    }
    let blank = house.post("/api/v1/organizations", json!({ "name": "Other", "alias": " " })).await;
    assert_eq!((blank.status, &blank.body()["alias"]), (201, &json!(null)));
}
