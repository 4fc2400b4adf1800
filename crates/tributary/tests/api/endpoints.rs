//! Alert endpoints through the API, kept by a scripted Kapacitor.

use axum::http::Method;
use insta::assert_json_snapshot;
use model::{Id, Kapacitor, Name, Organization, Origin, secret::Secrets};
use serde_json::{Value, json};
use store::Definition;

use crate::{
    bodies::file_connection,
    house::{Answer, House},
    servers::{Kind, Script, Scripted, kapacitor::TaskState},
};

/// A house with the Kapacitor `alerts` at the connection `lines`.
pub(crate) struct Alerts {
    pub(crate) house: House,
    pub(crate) server: Scripted,
}

impl Alerts {
    /// With a Kapacitor of this version, of which nothing is set yet.
    pub(crate) async fn open(version: &str) -> Self {
        Self::with(version, |_| {}).await
    }

    async fn with(version: &str, change: impl FnOnce(&mut Script)) -> Self {
        let mut script = Script::new(Kind::Kapacitor, &[]);
        script.version = Some(version.to_owned());
        change(&mut script);
        let server = Scripted::start(script).await;
        let house = House::open().await;
        assert_eq!(house.post("/api/v1/connections?check=skip", file_connection(&house, "lines")).await.status, 201);
        let kapacitor = json!({ "name": "alerts", "url": server.url() });
        assert_eq!(house.post("/api/v1/connections/lines/kapacitors?check=skip", kapacitor).await.status, 201);
        Self { house, server }
    }

    pub(crate) fn path(below: &str) -> String {
        format!("/api/v1/connections/lines/kapacitors/alerts/{below}")
    }

    pub(crate) async fn get(&self, below: &str) -> Answer {
        self.house.get(&Self::path(below)).await
    }

    pub(crate) async fn post(&self, below: &str, body: Value) -> Answer {
        self.house.post(&Self::path(below), body).await
    }

    pub(crate) async fn patch(&self, below: &str, body: Value) -> Answer {
        self.house.patch(&Self::path(below), body).await
    }

    pub(crate) async fn delete(&self, below: &str) -> Answer {
        self.house.delete(&Self::path(below)).await
    }

    /// Kinds of endpoints by their section.
    async fn handler(&self, section: &str) -> Value {
        let all = self.get("endpoints").await.body();
        let found = all["handlers"].as_array().unwrap().iter().find(|handler| handler["section"] == section).cloned();
        found.unwrap_or_else(|| panic!("no {section}"))
    }
}

fn refusal(answer: &Answer) -> (u16, Value, Value) {
    let error = &answer.body()["error"];
    (answer.status, error["kind"].clone(), error["field"].clone())
}

const WEBHOOK: &str = "https://hooks.slack.com/services/hunter2";

#[tokio::test]
async fn an_endpoint_is_listed_shown_changed_reset_and_removed() {
    let alerts = Alerts::open("1.5.6").await;
    assert_json_snapshot!("endpoint_handler", alerts.handler("slack").await);
    let shipped = alerts.get("endpoints/slack").await;
    assert_json_snapshot!("endpoint_shipped", alerts.house.shown(&shipped));
    let change = json!({ "options": { "url": WEBHOOK, "channel": "#ops", "enabled": true } });
    let changed = alerts.patch("endpoints/slack", change).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let options = changed.body()["options"].clone();
    assert_eq!((&options["url"], &options["channel"], &changed.body()["enabled"]), (&json!({ "set": true }), &json!("#ops"), &json!(true)));
    assert_eq!(alerts.get("endpoints/slack").await.body(), changed.body());

    // Absent keeps, null clears, reset goes back.
    let cleared = alerts.patch("endpoints/slack", json!({ "options": { "channel": null }, "reset": ["username"] })).await.body();
    assert_eq!((&cleared["options"]["channel"], &cleared["options"]["url"]), (&json!(""), &json!({ "set": true })));
    let removed = alerts.delete("endpoints/slack").await;
    assert_eq!((removed.status, removed.body()), (200, json!({ "outcome": "reset", "endpoint": shipped.body() })));
}

#[tokio::test]
async fn of_some_handlers_there_can_be_several() {
    let alerts = Alerts::open("1.5.6").await;
    let added = alerts.post("endpoints", json!({ "name": "slack:ops", "options": { "url": WEBHOOK, "enabled": true } })).await;
    assert_json_snapshot!("endpoint_added", alerts.house.shown(&added));
    assert_eq!((added.status, added.header("location")), (201, Some(Alerts::path("endpoints/slack:ops").as_str())));
    assert_eq!(alerts.house.get(added.header("location").unwrap()).await.body(), added.body());
    let again = alerts.post("endpoints", json!({ "name": "slack:ops" })).await;
    assert_eq!(refusal(&again), (409, json!("name_taken"), json!("name")), "{}", again.text);
    assert_eq!(alerts.get("endpoints/slack:ops").await.body(), added.body(), "nothing has changed");
    let removed = alerts.delete("endpoints/slack:ops").await;
    assert_eq!((removed.status, removed.body()), (200, json!({ "outcome": "removed" })));
    assert_eq!(alerts.get("endpoints/slack:ops").await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_is_refused_at_its_field() {
    let alerts = Alerts::open("1.5.6").await;
    for (section, body, field) in [
        ("slack", json!({ "options": { "enabled": true } }), "options.url"),
        ("slack", json!({ "options": { "channel": 5 } }), "options.channel"),
        ("slack", json!({ "options": { "nosuch": "x" } }), "options.nosuch"),
        ("slack", json!({ "options": { "enabled": null } }), "options.enabled"),
        ("slack", json!({ "reset": ["nosuch"] }), "options.nosuch"),
        ("smtp", json!({ "options": { "idle-timeout": "soon" } }), "options.idle-timeout"),
        ("smtp", json!({ "options": { "port": "abc" } }), "options.port"),
        ("smtp", json!({ "options": { "port": null } }), "options.port"),
        ("smtp", json!({ "reset": [5] }), "reset[0]"),
        ("smtp", json!({ "option": {} }), "option"),
    ] {
        let before = alerts.get(&format!("endpoints/{section}")).await.body();
        let refused = alerts.patch(&format!("endpoints/{section}"), body.clone()).await;
        assert_eq!(refusal(&refused), (422, json!("validation"), json!(field)), "{body}: {}", refused.text);
        assert!(refused.body()["error"]["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{}", refused.text);
        assert_eq!(alerts.get(&format!("endpoints/{section}")).await.body(), before, "{body}");
    }
    for (body, field) in [
        (json!({ "name": "slack:a.b", "options": { "url": WEBHOOK } }), "name"),
        (json!({ "name": "slack:ops", "options": { "url": WEBHOOK, "channel": ["x"] } }), "options.channel"),
        (json!({ "options": {} }), "name"),
    ] {
        let refused = alerts.post("endpoints", body.clone()).await;
        assert_eq!(refusal(&refused), (422, json!("validation"), json!(field)), "{body}: {}", refused.text);
    }
    let no_list = alerts.post("endpoints", json!({ "name": "smtp:second" })).await;
    assert_eq!(no_list.status, 422, "{}", no_list.text);
}

#[tokio::test]
async fn kapacitors_own_reason_stands_at_the_field_that_it_is_about() {
    let alerts = Alerts::open("1.5.6").await;
    let refused = alerts.patch("endpoints/mqtt:default", json!({ "options": { "url": "tcp://127.0.0.1:4", "enabled": true } })).await;
    assert_eq!(refusal(&refused), (422, json!("validation"), json!("options.url")), "{}", refused.text);
    assert_json_snapshot!("endpoint_refused_by_kapacitor", alerts.house.shown(&refused));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let alerts = Alerts::open("1.5.6").await;
    for below in ["endpoints/nosuch", "endpoints/slack:nobody", "endpoints/smtp:x"] {
        for (method, tail, body) in [
            (Method::GET, "", None),
            (Method::PATCH, "", Some(json!({ "options": { "enabled": false } }))),
            (Method::DELETE, "", None),
            (Method::POST, "/apply", None),
            (Method::POST, "/test", None),
        ] {
            let path = Alerts::path(&format!("{below}{tail}"));
            let answer = alerts.house.send(method.clone(), &path, &[], body.map(|body| body.to_string())).await;
            assert_eq!(refusal(&answer), (404, json!("not_found"), Value::Null), "{method} {path}: {}", answer.text);
            assert!(answer.body()["error"]["advice"].as_str().unwrap().contains("slack:ops"), "{}", answer.text);
        }
    }
    for place in ["connections/nowhere/kapacitors/alerts", "connections/lines/kapacitors/nobody"] {
        for below in ["endpoints", "endpoints/slack", "tasks", "statistics"] {
            assert_eq!(alerts.house.get(&format!("/api/v1/{place}/{below}")).await.status, 404, "{place}/{below}");
        }
    }
}

#[tokio::test]
async fn nothing_of_another_organizations_kapacitor_is_seen_or_changed() {
    let alerts = Alerts::open("1.5.6").await;
    alerts.house.organization("other").await;
    let asked = alerts.server.with(|script| script.seen.len());
    let id = alerts.house.get("/api/v1/connections/lines/kapacitors/alerts").await.id();
    let connection = alerts.house.get("/api/v1/connections/lines").await.id();
    for place in ["connections/lines/kapacitors/alerts".to_owned(), format!("connections/{connection}/kapacitors/{id}")] {
        for (method, below, body) in [
            (Method::GET, "endpoints", None),
            (Method::POST, "endpoints", Some(json!({ "name": "slack:ops" }))),
            (Method::GET, "endpoints/slack", None),
            (Method::PATCH, "endpoints/slack", Some(json!({ "options": { "enabled": false } }))),
            (Method::DELETE, "endpoints/slack", None),
            (Method::POST, "endpoints/slack/apply", None),
            (Method::POST, "endpoints/slack/test", None),
            (Method::GET, "tasks", None),
            (Method::GET, "statistics", None),
        ] {
            let other = [("tributary-organization", "other")];
            let path = format!("/api/v1/{place}/{below}");
            let answer = alerts.house.send(method.clone(), &path, &other, body.map(|body| body.to_string())).await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text);
        }
    }
    assert_eq!(alerts.server.with(|script| script.seen.len()), asked, "it was not even asked");
}

#[tokio::test]
async fn the_endpoints_of_a_kapacitor_that_a_file_defines_are_changed_here_too() {
    let alerts = Alerts::open("1.5.6").await;
    let organization = Organization::DEFAULT;
    let connection = alerts.house.get("/api/v1/connections/lines").await.id().parse().unwrap();
    let definition = Definition {
        id: Id::of_key(organization, "kapacitor 10"),
        name: &Name::new("filed").unwrap(),
        spec: &Kapacitor::new(connection, alerts.server.url().clone()),
        secrets: &Secrets::new(),
        origin: &Origin::File("shop.kap".to_owned()),
        number: Some(10),
        claims: false,
    };
    alerts.house.app.store.put_provisioned_kapacitor(organization, &definition).await.unwrap();
    let place = "/api/v1/connections/lines/kapacitors/filed";
    assert_eq!(alerts.house.get(place).await.body()["origin"], json!("file:shop.kap"));
    let endpoint = format!("{place}/endpoints/slack");
    let changed = alerts.house.patch(&endpoint, json!({ "options": { "url": WEBHOOK, "enabled": true } })).await;
    assert_eq!((changed.status, &changed.body()["enabled"]), (200, &json!(true)), "{}", changed.text);
    let tested = alerts.house.send(Method::POST, &format!("{endpoint}/test"), &[], None).await;
    assert_eq!(tested.status, 200, "{}", tested.text);
    assert_eq!(alerts.house.delete(&endpoint).await.body()["outcome"], json!("reset"));
}

#[tokio::test]
async fn a_test_says_what_came_of_it_and_what_that_proves() {
    let alerts = Alerts::open("1.5.6").await;
    let disabled = alerts.house.send(Method::POST, &Alerts::path("endpoints/slack/test"), &[], None).await;
    assert_json_snapshot!("endpoint_test_failed", alerts.house.shown(&disabled));
    alerts.patch("endpoints/slack", json!({ "options": { "url": WEBHOOK, "enabled": true } })).await;
    let sent = alerts.house.send(Method::POST, &Alerts::path("endpoints/slack/test"), &[], None).await;
    assert_json_snapshot!("endpoint_tested", alerts.house.shown(&sent));
}

#[tokio::test]
async fn a_kapacitor_that_does_not_show_its_configuration_is_said_with_what_to_do() {
    let alerts = Alerts::with("1.5.6", |script| script.override_disabled = true).await;
    for below in ["endpoints", "endpoints/slack"] {
        let refused = alerts.get(below).await;
        let error = &refused.body()["error"];
        assert_eq!((refused.status, &error["code"]), (502, &json!("TRB-KAPACITOR-002")), "{}", refused.text);
        assert!(error["advice"].as_str().unwrap().contains("[config-override]"), "{}", refused.text);
    }
    let refused = alerts.patch("endpoints/slack", json!({ "options": { "enabled": false } })).await;
    assert_eq!(refused.body()["error"]["code"], json!("TRB-KAPACITOR-002"), "{}", refused.text);
    assert_eq!(alerts.get("tasks").await.status, 200, "its tasks are seen all the same");
}

#[tokio::test]
async fn tasks_and_statistics_are_read() {
    let alerts = Alerts::with("1.5.6", |script| {
        let telegraf = [("telegraf", "autogen")];
        script.alerting.task("cpu", "stream", &telegraf, &TaskState::Executing);
        script.alerting.task(
            "orders",
            "batch",
            &[("shop", "autogen"), ("shop", "year")],
            &TaskState::Failed("database not found".to_owned()),
        );
        script.alerting.task("rest", "stream", &telegraf, &TaskState::Disabled);
    })
    .await;
    let tasks = alerts.get("tasks").await;
    assert_json_snapshot!("kapacitor_tasks", alerts.house.shown(&tasks));
    let first = tasks.body()["items"][0]["id"].as_str().unwrap().to_owned();
    let found = alerts.get(&format!("tasks?search={}", first.to_uppercase())).await.body();
    assert_eq!(found["items"][0]["id"], json!(first));
    assert_eq!(alerts.get("tasks?search=nosuchtask").await.body(), json!({ "items": [], "truncated": false }));
    let statistics = alerts.get("statistics").await.body();
    assert_eq!(statistics["version"], json!("1.5.6"));
    assert_eq!(statistics["tasks"], json!(tasks.body()["items"].as_array().unwrap().len()));
}
