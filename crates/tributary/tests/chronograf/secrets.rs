//! No answer holds a secret.

use serde_json::json;

use crate::{
    house::House,
    servers::{Kind, Rights, Script, Scripted},
};

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_any_answer() {
    let house = House::open().await;
    let v1 = Scripted::start(Script::new(Kind::V1, &["telegraf"]).login("u:canary-pw", Rights::All)).await;
    let v2 = Scripted::start(Script::new(Kind::V2, &["telegraf"]).login("canary-token", Rights::All)).await;
    let v3 = Scripted::start(Script::new(Kind::V3, &["telegraf"]).login("canary-db", Rights::All)).await;
    let login = v1.url().as_str().replace("http://", "http://u:canary-pw@");
    let uuid = "11111111-1111-1111-1111-111111111111";
    let dead = "http://canary-user:canary-inurl@127.0.0.1:1?p=canary-query";
    let bodies = [
        (json!({ "name": "1", "url": v1.url(), "username": "u", "password": "canary-pw" }), 201),
        (json!({ "name": "url", "url": login }), 201),
        (json!({ "name": "2", "type": "influx-v2", "url": v2.url(), "username": "acme", "password": "canary-token" }), 201),
        (
            json!({ "name": "3", "type": "influx-v3-core", "url": v3.url(), "databaseToken": "canary-db", "managementToken": "canary-mgmt" }),
            201,
        ),
        (json!({ "name": "wrong", "url": v1.url(), "username": "u", "password": "canary-wrong" }), 400),
        (json!({ "name": "shared", "url": v1.url(), "username": "u", "sharedSecret": "canary-shared" }), 400),
        (json!({ "name": "dead", "url": dead, "sharedSecret": "canary-shared" }), 400),
        (json!({ "name": "no url", "url": "1u:canary-pw@h?p=canary-pw" }), 422),
        (
            json!({
                "name": "d", "type": "influx-v3-cloud-dedicated", "url": dead, "databaseToken": "canary-db", "managementToken": "canary-mgmt",
                "clusterId": uuid, "accountId": uuid,
            }),
            400,
        ),
    ];
    for (body, status) in bodies {
        for path in ["/sources?dryRun", "/sources"] {
            let answer = house.post(path, body.clone()).await;
            assert_eq!(answer.status, status, "{body}: {}", answer.text);
        }
    }
    assert_eq!(house.get("/sources/2").await.body()["authentication"], "basic");
    for (path, body) in [
        ("/sources/1", json!({ "password": "canary-again" })),
        ("/sources/1", json!({ "url": dead })),
        ("/sources/3", json!({ "password": "canary-again" })),
        ("/sources/4", json!({ "databaseToken": "canary-again", "managementToken": "canary-mgmt" })),
    ] {
        assert_eq!(house.patch(path, body.clone()).await.status, 400, "{body}");
    }
    let kapacitor = json!({ "name": "k", "url": "http://canary-user:canary-inurl@h:9092", "password": "canary-pw", "username": "u" });
    assert_eq!(house.post("/sources/1/kapacitors", kapacitor).await.status, 201);
    assert_eq!(house.patch("/sources/1/kapacitors/1", json!({ "password": "canary-again" })).await.status, 200);
    for path in ["/sources", "/sources/1", "/sources/2", "/sources/3", "/sources/4", "/sources/1/kapacitors", "/sources/1/health"] {
        house.get(path).await;
    }
    let heard = house.heard();
    assert!(!heard.contains("canary"), "{}", heard.lines().filter(|line| line.contains("canary")).collect::<Vec<_>>().join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_moves_forgets_its_password_unless_it_is_sent_again() {
    let house = House::open().await;
    let script = || Script::new(Kind::V1, &["telegraf"]).login("u:pw", Rights::All);
    let (first, second) = (Scripted::start(script()).await, Scripted::start(script()).await);
    house.post("/sources", json!({ "name": "a", "url": first.url(), "username": "u", "password": "pw" })).await;
    assert_eq!(house.patch("/sources/1", json!({ "url": second.url() })).await.refusal().0, 400);
    second.with(|server| assert!(server.seen.iter().all(|seen| !seen.headers.contains_key("authorization") || !is_login(seen, "pw"))));
    let moved = house.patch("/sources/1", json!({ "url": second.url(), "password": "pw" })).await;
    assert_eq!((moved.status, &moved.body()["authentication"]), (200, &json!("basic")), "{}", moved.text);
}

/// Whether the request holds this password.
fn is_login(seen: &crate::servers::Seen, password: &str) -> bool {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let value = seen.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let login = value.strip_prefix("Basic ").and_then(|login| BASE64_STANDARD.decode(login).ok()).unwrap_or_default();
    String::from_utf8_lossy(&login).ends_with(&format!(":{password}"))
}
