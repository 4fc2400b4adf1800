//! Every section of every version of Kapacitor is read, set, reset, added, tested and removed, no answer holds a secret, and
//! `docs/kapacitor.md` says of each test what it proves.

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::{endpoints::Alerts, house::Answer};

/// Stands in every secret.
const CANARY: &str = "hunter2";

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// A value for a field that goes with the values of the others.
fn sample(section: &str, field: &Value) -> Option<Value> {
    let name = text(field, "name");
    let choice = list(field, "choices").iter().filter_map(Value::as_str).find(|choice| !choice.is_empty());
    let word = if field["secret"] == true { CANARY } else { "probe" };
    Some(match (text(field, "kind"), name) {
        // Either a template or its file; an OAuth service asks for more; Kapacitor takes no version of SASL.
        ("path", "alert-template-file" | "row-template-file") | (_, "sasl-oauth-service" | "sasl-version") => return None,
        (_, "severity-map") => json!({ "ok": "a", "info": "b", "warning": "c", "critical": "d" }),
        ("switch", _) => json!(true),
        ("integer", _) => json!(1),
        ("duration", _) => json!("1m30s"),
        ("text", "from") => json!("kapacitor@example.com"),
        ("list", "to") => json!(["ops@example.com"]),
        ("list", "urls") => json!(["http://influx.example.com:8086"]),
        ("text", "compression") => json!("none"),
        ("text", _) => json!(choice.unwrap_or(word)),
        ("url", _) if section == "mqtt" => json!("tcp://mqtt.example.com:1883"),
        ("url", _) => json!(format!("https://example.com/{word}")),
        ("path", _) => json!("/etc/probe"),
        ("list", _) => json!(["probe"]),
        ("map", _) => json!({ "name": word }),
        ("lists", _) => json!({ "db": ["autogen"] }),
        ("login", _) => json!({ "username": "probe", "password": CANARY }),
        (kind, name) => panic!("{section} has {name} of the kind {kind}"),
    })
}

/// What is asked of one endpoint.
struct Asking<'a> {
    alerts: &'a Alerts,
    handler: &'a Value,
    /// `slack:ops`.
    name: String,
    /// Whether it is in Kapacitor's file.
    is_shipped: bool,
}

impl Asking<'_> {
    fn fields(&self) -> impl Iterator<Item = &Value> {
        let key = text(self.handler, "key").to_owned();
        list(self.handler, "fields").iter().filter(move |field| text(field, "name") != key)
    }

    /// Whether an option is this one's to choose: of several elements one is the default, and some options are meant for that one alone.
    fn is_free(&self, field: &Value) -> bool {
        self.is_shipped || !["default", "global", "state-changes-only"].contains(&text(field, "name"))
    }

    /// Values for all options.
    fn samples(&self) -> Map<String, Value> {
        let section = text(self.handler, "section");
        let fields = self.fields().filter(|field| self.is_free(field));
        fields.filter_map(|field| Some((text(field, "name").to_owned(), sample(section, field)?))).collect()
    }

    fn path(&self) -> String {
        format!("endpoints/{}", self.name)
    }

    fn good(&self, answer: Answer) -> Value {
        assert!((200..300).contains(&answer.status), "{}: {}", self.name, answer.text);
        assert!(!answer.text.contains(CANARY), "{}: {}", self.name, answer.text);
        answer.body()
    }

    /// Adds it with what is needed.
    async fn add(&self) -> Value {
        let needed = self.fields().filter(|field| field["required"] == true);
        let options: Map<String, Value> =
            needed.filter_map(|field| Some((text(field, "name").to_owned(), sample(text(self.handler, "section"), field)?))).collect();
        self.good(self.alerts.post("endpoints", json!({ "name": self.name, "options": options })).await)
    }

    /// Every option is set, and read as it was set.
    async fn set(&self) {
        let samples = self.samples();
        let set = self.good(self.alerts.patch(&self.path(), json!({ "options": samples })).await);
        assert_eq!(set, self.good(self.alerts.get(&self.path()).await));
        for field in self.fields().filter(|field| samples.contains_key(text(field, "name"))) {
            let name = text(field, "name");
            let expected = if field["secret"] == true { json!({ "set": true }) } else { samples[name].clone() };
            assert_eq!(set["options"][name], expected, "{}: {name}", self.name);
        }
        assert_eq!(set["differs"], json!([]), "{}", self.name);
    }

    async fn test(&self) {
        let path = Alerts::path(&format!("{}/test", self.path()));
        let tested = self.alerts.house.send(Method::POST, &path, &[], None).await;
        if self.handler["test"].is_null() {
            assert_eq!(tested.status, 422, "{}: {}", self.name, tested.text);
            return;
        }
        let tested = self.good(tested);
        assert_eq!(tested["proves"], self.handler["test"]["proves"], "{}: {tested}", self.name);
        assert_eq!(tested["success"], json!(true), "{}: {tested}", self.name);
    }

    /// What can be empty is empty.
    async fn clear(&self) {
        let is_clearable = |field: &&Value| {
            let kind = text(field, "kind");
            ["text", "path", "list", "map"].contains(&kind) && field["required"] == false && list(field, "choices").is_empty()
        };
        let Some(field) = self.fields().find(is_clearable) else { return };
        let name = text(field, "name");
        let cleared = self.good(self.alerts.patch(&self.path(), json!({ "options": { name: null } })).await);
        let empty = match text(field, "kind") {
            _ if field["secret"] == true => json!({ "set": false }),
            "list" => json!([]),
            "map" => json!({}),
            _ => json!(""),
        };
        assert_eq!(cleared["options"][name], empty, "{}: {name}", self.name);
    }

    /// What is not needed has again what it began with.
    async fn reset(&self, begun: &Value) {
        let is_needed = |field: &Value| !self.is_shipped && field["required"] == true;
        let fields = self.fields().filter(|field| self.is_free(field) && !is_needed(field));
        let names: Vec<&str> = fields.map(|field| text(field, "name")).collect();
        let reset = self.good(self.alerts.patch(&self.path(), json!({ "reset": names })).await);
        for name in names {
            assert_eq!(reset["options"][name], begun["options"][name], "{}: {name}", self.name);
        }
    }
}

async fn every_section_of(version: &str) {
    let alerts = Alerts::open(version).await;
    let all = alerts.get("endpoints").await.body();
    for handler in list(&all, "handlers") {
        let section = text(handler, "section");
        assert!(handler["known"] == true, "{section} is not in the catalogue");
        for begun in list(&all, "items").iter().filter(|endpoint| text(endpoint, "section") == section) {
            let shipped = Asking { alerts: &alerts, handler, name: text(begun, "name").to_owned(), is_shipped: true };
            shipped.set().await;
            shipped.test().await;
            shipped.clear().await;
            shipped.reset(begun).await;
            shipped.set().await;
            let removed = shipped.good(alerts.delete(&shipped.path()).await);
            assert_eq!(removed, json!({ "outcome": "reset", "endpoint": begun }));
        }
        if handler["key"].is_null() {
            continue;
        }
        let added = Asking { alerts: &alerts, handler, name: format!("{section}:probe"), is_shipped: false };
        let begun = added.add().await;
        added.set().await;
        added.test().await;
        added.clear().await;
        added.reset(&begun).await;
        assert_eq!(added.good(alerts.delete(&added.path()).await), json!({ "outcome": "removed" }));
        assert_eq!(alerts.get(&added.path()).await.status, 404);
    }
}

#[tokio::test]
async fn every_section_of_1_5_3_is_read_set_cleared_reset_added_removed_and_tested() {
    every_section_of("1.5.3").await;
}

#[tokio::test]
async fn every_section_of_1_5_6_is_read_set_cleared_reset_added_removed_and_tested() {
    every_section_of("1.5.6").await;
}

#[tokio::test]
async fn every_section_of_1_8_3_is_read_set_cleared_reset_added_removed_and_tested() {
    every_section_of("1.8.3").await;
}

#[tokio::test]
async fn the_guide_says_of_every_handler_what_a_test_of_it_proves() {
    let alerts = Alerts::open("1.8.3").await;
    let all = alerts.get("endpoints").await.body();
    let row = |handler: &Value| {
        let section = text(handler, "section");
        let name = match handler["key"].as_str() {
            Some(key) => format!("`{section}:<{key}>`"),
            None => format!("`{section}`"),
        };
        let test = &handler["test"];
        format!("| {} | {name} | {} | {} | {} |", text(handler, "label"), text(handler, "since"), text(test, "proves"), text(test, "says"))
    };
    let rows: Vec<String> = list(&all, "handlers").iter().map(row).collect();
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/kapacitor.md")).unwrap();
    let written: Vec<&str> = guide.lines().skip_while(|line| !line.starts_with("| handler | name ")).skip(2).collect();
    let written: Vec<&str> = written.into_iter().take_while(|line| line.starts_with('|')).collect();
    assert!(written == rows, "docs/kapacitor.md has another table than the catalogue; put this one there:\n{}", rows.join("\n"));
}
