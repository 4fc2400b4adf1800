//! Checks keep their limits, whatever is checked and by whichever way.

use std::{num::NonZeroU32, time::Duration};

use axum::http::Method;
use serde_json::{Value, json};
use tributary::app::{App, CheckLimits, Checks};

use crate::{actor::Actor, bodies::sqlite_database};

fn limited(app: App, limits: CheckLimits) -> App {
    App { checks: Checks::new(limits), ..app }
}

#[tokio::test]
async fn an_organization_that_checks_too_often_is_asked_to_wait() {
    let (house, actor) = Actor::house().await;
    house.organization("other").await;
    house.post("/api/v1/connections?check=skip", json!({ "name": "c", "driver": "v3", "url": "http://up", "database": "d" })).await;
    house.post("/api/v1/databases", sqlite_database(&house, "shop")).await;
    house.post("/api/v1/connections/c/kapacitors?check=skip", json!({ "name": "alerts", "url": "http://up" })).await;
    let draft = json!({ "driver": "v3", "url": "http://up", "database": "d" });
    let ways: [(Method, &str, Value); 10] = [
        (Method::POST, "connections/check", draft.clone()),
        (Method::POST, "connections/c/check", json!({})),
        (Method::POST, "connections", json!({ "name": "n", "driver": "v3", "url": "http://up", "database": "d" })),
        (Method::PATCH, "connections/c", json!({ "database": "e" })),
        (Method::POST, "connections/detect", json!({ "url": "http://up" })),
        (Method::POST, "connections/c/kapacitors", json!({ "name": "k", "url": "http://up" })),
        (Method::POST, "connections/c/kapacitors/check", json!({ "url": "http://up" })),
        (Method::POST, "connections/c/kapacitors/alerts/endpoints/smtp/test", json!({})),
        (Method::POST, "databases/check", json!({ "engine": "sqlite", "path": house.lines().with_file_name("shop.db") })),
        (Method::POST, "databases/shop/check", json!({})),
    ];
    for (method, path, body) in ways {
        for headers in [&[][..], &[("accept", "text/event-stream")]] {
            let one = CheckLimits { per_minute: NonZeroU32::new(1).unwrap(), ..CheckLimits::default() };
            let (house, _) = (&house, actor.asked());
            let fresh = house.again(|app| limited(app, one));
            let path = format!("/api/v1/{path}");
            assert_eq!(fresh.post("/api/v1/connections/check", draft.clone()).await.status, 200);
            let refused = fresh.send(method.clone(), &path, headers, Some(body.to_string())).await;
            assert_eq!((refused.status, &refused.body()["error"]["kind"]), (429, &json!("too_many_checks")), "{method} {path}");
            let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
            assert!((50..=60).contains(&wait), "{wait}");
            let other =
                fresh.send(Method::POST, "/api/v1/connections/check", &[("tributary-organization", "other")], Some(draft.to_string()));
            assert_eq!(other.await.status, 200, "another organization has its own minute");
            assert_eq!(actor.asked().len(), 2, "{method} {path}: what is refused contacts nobody");
        }
    }
}

#[tokio::test]
async fn a_check_that_hangs_ends_with_a_finding() {
    let (house, _) = Actor::house().await;
    let house = house.with(|app| limited(app, CheckLimits { within: Duration::from_millis(50), ..CheckLimits::default() }));
    let body = json!({ "driver": "v3", "url": "http://slow", "database": "d" });
    let checked = house.post("/api/v1/connections/check", body).await;
    let last = checked.body()["findings"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((checked.status, &checked.body()["passed"], &last["step"]), (200, &json!(false), &json!("time")), "{}", checked.text);
    assert!(last["advice"].is_string() && last["code"].is_string(), "{last}");
}

#[tokio::test]
async fn checks_wait_for_their_turn() {
    let (house, actor) = Actor::house().await;
    let house = house.with(|app| limited(app, CheckLimits { at_once: 2, ..CheckLimits::default() }));
    let check = || house.post("/api/v1/connections/check", json!({ "driver": "v3", "url": "http://slow", "database": "d" }));
    let watching = async {
        let mut begun = 0;
        while begun < 2 {
            begun += actor.asked().len();
            tokio::task::yield_now().await;
        }
        for _ in 0..1000 {
            begun += actor.asked().len();
            tokio::task::yield_now().await;
        }
        actor.curtain.add_permits(3);
        begun
    };
    let (first, second, third, begun) = tokio::join!(check(), check(), check(), watching);
    assert_eq!((first.status, second.status, third.status, begun), (200, 200, 200, 2));
    assert_eq!(actor.asked().len(), 1, "the third began once another had ended");
}
