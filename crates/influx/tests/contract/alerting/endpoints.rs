//! Every section of Kapacitor's configuration is read, set, tested, reset, added and removed.

use std::collections::BTreeMap;

use model::{AlertEndpoint, FieldKind, Handler, OptionValue, Proof, Removed, edges::Kapacitors as _};
use serde_json::{Value, json};

use super::{Alerts, VERSIONS, named, read};

/// The versions that have everything between them: 1.5.6, and what was added since.
const CHANGED: [&str; 2] = ["1.5.6", "1.8.3"];

/// Options with which a section is enabled and its test succeeds.
fn working(section: &str) -> Value {
    match section {
        "alerta" => {
            json!({"enabled": true, "url": "https://alerta.example.com", "token": "t", "environment": "prod", "timeout": "24h0m0s"})
        }
        "bigpanda" => json!({"enabled": true, "app-key": "app", "token": "t"}),
        "discord" => json!({"enabled": true, "default": true, "url": "https://discord.example.com/a", "username": "k"}),
        "hipchat" => json!({"enabled": true, "url": "https://hipchat.example.com", "token": "t", "room": "ops"}),
        "httppost" => {
            json!({"url": "https://receiver.example.com/a", "headers": {"X-A": "b"}, "basic-auth": {"username": "u", "password": "p"}})
        }
        "influxdb" => json!({"enabled": true, "urls": ["http://influx.example.com:8086"], "username": "k", "password": "p"}),
        "kafka" => json!({"enabled": true, "brokers": ["kafka.example.com:9092"], "batch-size": 10, "timeout": "5s", "use-ssl": true}),
        "mqtt" => json!({"enabled": true, "url": "tcp://broker.example.com:1883", "client-id": "k", "password": "p"}),
        "opsgenie" | "opsgenie2" => json!({"enabled": true, "api-key": "k", "teams": ["ops"], "recipients": ["ann", "bob"]}),
        "pagerduty" => json!({"enabled": true, "service-key": "k", "global": true}),
        "pagerduty2" => json!({"enabled": true, "routing-key": "k", "global": true}),
        "pushover" => json!({"enabled": true, "token": "t", "user-key": "u"}),
        "sensu" => json!({"enabled": true, "addr": "sensu.example.com:3030", "source": "plant", "handlers": ["mail"]}),
        "servicenow" => {
            json!({"enabled": true, "url": "https://plant.service-now.com", "username": "u", "password": "p", "source": "plant"})
        }
        "slack" => {
            json!({"enabled": true, "default": true, "url": "https://hooks.example.com/a", "channel": "#ops", "icon-emoji": ":bell:"})
        }
        "smtp" => json!({"enabled": true, "host": "mail.example.com", "port": 2525, "from": "k@example.com", "to": ["a@example.com"]}),
        "snmptrap" => json!({"enabled": true, "addr": "trap.example.com:162", "community": "c", "retries": 3}),
        "talk" => json!({"enabled": true, "url": "https://talk.example.com/a", "author_name": "k"}),
        "teams" => json!({"enabled": true, "channel-url": "https://teams.example.com/a"}),
        "telegram" => json!({"enabled": true, "token": "t", "chat-id": "42", "parse-mode": "Markdown", "disable-notification": true}),
        "victorops" => json!({"enabled": true, "api-key": "k", "routing-key": "ops", "json-data": true}),
        "zenoss" => json!({"enabled": true, "username": "u", "password": "p", "tid": 7, "collector": "plant"}),
        other => panic!("no options are known that let {other} work"),
    }
}

/// The sections that a version has for alerts.
fn sections(version: &str) -> Vec<&'static str> {
    let mut sections = vec![
        "alerta",
        "hipchat",
        "httppost",
        "influxdb",
        "kafka",
        "mqtt",
        "opsgenie",
        "opsgenie2",
        "pagerduty",
        "pagerduty2",
        "pushover",
        "sensu",
        "slack",
        "smtp",
        "snmptrap",
        "talk",
        "telegram",
        "victorops",
    ];
    if version != "1.5.3" {
        sections.extend(["discord", "teams"]);
    }
    if !version.starts_with("1.5") {
        sections.extend(["servicenow", "bigpanda", "zenoss"]);
    }
    sections.sort_unstable();
    sections
}

/// What is asked for is what reads afterwards: of a secret, that it is set.
fn assert_reads(endpoint: &AlertEndpoint, handler: &Handler, options: &Value) {
    for (option, value) in options.as_object().unwrap() {
        let field = handler.fields.iter().find(|field| field.name == *option).unwrap_or_else(|| panic!("{} has {option}", endpoint.name));
        let expected = if field.secret { json!({"set": true}) } else { value.clone() };
        assert_eq!(read(endpoint, option), expected, "{} {option}", endpoint.name);
    }
}

#[tokio::test]
async fn every_section_of_every_version_is_offered_and_read() {
    for version in VERSIONS {
        let alerts = Alerts::start(version).await;
        let all = alerts.all().await;
        let mut offered: Vec<&str> = all.handlers.iter().map(|handler| handler.section.as_str()).collect();
        offered.retain(|section| !["kubernetes", "swarm"].contains(section));
        offered.sort_unstable();
        assert_eq!(offered, sections(version), "{version}");
        assert!(all.handlers.windows(2).all(|pair| pair[0].label.to_lowercase() <= pair[1].label.to_lowercase()), "{version}: by label");
        for endpoint in &all.items {
            let handler = all.handlers.iter().find(|handler| handler.section == endpoint.section).unwrap();
            for (option, value) in &endpoint.options {
                let field = handler.fields.iter().find(|field| field.name == *option);
                let field = field.unwrap_or_else(|| panic!("{version} {} {option} has a field", endpoint.name));
                assert_eq!(field.secret, matches!(value, OptionValue::Secret { .. }), "{version} {} {option}", endpoint.name);
                // Only what cannot be set has no form.
                assert!(field.kind != FieldKind::Json || option == "sasl-version", "{version} {} {option}", endpoint.name);
            }
            assert_eq!(endpoint.enabled.is_none(), endpoint.section == "httppost", "{version} {}", endpoint.name);
            assert!(endpoint.differs.is_empty(), "{version} {}: {:?}", endpoint.name, endpoint.differs);
        }
        assert_eq!(alerts.posts(), [], "{version}: reading changes nothing");
    }
}

#[tokio::test]
async fn every_section_is_set_tested_and_reset() {
    for version in CHANGED {
        let alerts = Alerts::start(version).await;
        let all = alerts.all().await;
        for before in all.items {
            let handler = all.handlers.iter().find(|handler| handler.section == before.section).unwrap();
            let (name, options) = (before.name.to_string(), working(&before.section));
            let set = alerts.set(&name, options.clone()).await.unwrap_or_else(|refused| panic!("{version} {name}: {refused:?}"));
            assert_reads(&set, handler, &options);
            assert_eq!(set, alerts.get(&name).await, "{version} {name}");
            for (option, value) in options.as_object().unwrap() {
                assert_eq!(alerts.runs(&name)[option], *value, "{version} {name} {option}: it runs at once");
            }
            assert!(handler.test.is_some(), "{version} {name}");
            let test = alerts.test(&name).await.unwrap();
            assert!(test.success, "{version} {name}: {test:?}");
            assert_eq!(alerts.sent().last().unwrap().service, before.section, "{version}");

            let one = options.as_object().unwrap().keys().rfind(|option| *option != "enabled").unwrap().clone();
            let reset = alerts.reset(&name, &[&one]).await;
            // What an enabled endpoint needs may be what is reset.
            if let Ok(reset) = reset {
                assert_eq!(reset.options[&one], before.options[&one], "{version} {name} {one}");
            }
            let removed = alerts.drivers.remove_endpoint(&alerts.access(), &before.name).await.unwrap();
            assert_eq!(removed, Removed::Reset(before), "{version} {name}");
        }
        assert_eq!(alerts.with(|alerting| alerting.overrides.len()), 0, "{version}");
    }
}

#[tokio::test]
async fn an_element_is_added_changed_tested_and_removed_in_every_list() {
    for version in CHANGED {
        let alerts = Alerts::start(version).await;
        let handlers: BTreeMap<String, Handler> =
            alerts.all().await.handlers.into_iter().map(|handler| (handler.section.clone(), handler)).collect();
        let lists: Vec<&str> = sections(version).into_iter().filter(|section| handlers[*section].key.is_some()).collect();
        let known = ["discord", "httppost", "influxdb", "kafka", "mqtt", "slack"];
        assert_eq!(lists, known.into_iter().filter(|list| sections(version).contains(list)).collect::<Vec<_>>(), "{version}");
        for section in lists {
            let name = format!("{section}:second");
            let options = working(section);
            let added = alerts.add(&name, options.clone()).await.unwrap_or_else(|refused| panic!("{version} {name}: {refused:?}"));
            assert_eq!((&added.name, added.element.as_str()), (&named(&name), "second"));
            assert_reads(&added, &handlers[section], &options);
            assert!(alerts.test(&name).await.unwrap().success, "{version} {name}");
            assert_eq!(alerts.sent().last().unwrap().element, "second", "{version} {name}");
            let (option, value) = if section == "httppost" { ("alert-template", "x") } else { ("ssl-ca", "/etc/ca.pem") };
            let changed = alerts.set(&name, json!({option: value})).await.unwrap();
            assert_eq!(read(&changed, option), value, "{version} {name}");
            let names: Vec<String> = alerts.all().await.items.iter().map(|item| item.name.to_string()).collect();
            assert!(names.contains(&name), "{names:?}");
            let removed = alerts.drivers.remove_endpoint(&alerts.access(), &named(&name)).await.unwrap();
            assert_eq!(removed, Removed::Gone, "{version} {name}");
            assert!(alerts.all().await.items.iter().all(|item| item.name != named(&name)));
        }
    }
}

#[tokio::test]
async fn what_the_file_says_stays_below_what_is_set() {
    let alerts = Alerts::start("1.5.6").await;
    alerts.with(|alerting| {
        alerting.in_file("slack", json!({"enabled": true, "url": "https://hooks.example.com/file", "channel": "#file"}));
        alerting.in_file("kafka", json!({"id": "plant", "brokers": ["kafka.example.com:9092"]}));
    });
    assert_eq!(read(&alerts.get("kafka:plant").await, "brokers"), json!(["kafka.example.com:9092"]));
    let set = alerts.set("slack", json!({"channel": null})).await.unwrap();
    assert_eq!((read(&set, "channel"), set.enabled), (json!(""), Some(true)));
    let reset = alerts.reset("slack", &["channel"]).await.unwrap();
    assert_eq!(read(&reset, "channel"), "#file");
    alerts.set("kafka:plant", json!({"batch-size": 5})).await.unwrap();
    let removed = alerts.drivers.remove_endpoint(&alerts.access(), &named("kafka:plant")).await.unwrap();
    assert!(matches!(removed, Removed::Reset(_)), "what the file has cannot be removed: {removed:?}");
}

#[tokio::test]
async fn a_section_that_no_catalogue_knows_is_set_tested_added_and_removed_all_the_same() {
    let alerts = Alerts::start("9.0.0").await;
    let all = alerts.all().await;
    let handler = all.handlers.iter().find(|handler| handler.section == "pigeon").unwrap();
    assert_eq!((handler.known, handler.key.as_deref()), (false, Some("id")));
    let kinds: BTreeMap<&str, FieldKind> = handler.fields.iter().map(|field| (field.name.as_str(), field.kind)).collect();
    for (option, kind) in [("enabled", FieldKind::Switch), ("wings", FieldKind::Integer), ("rest", FieldKind::Duration)] {
        assert_eq!(kinds[option], kind, "{option}");
    }
    assert!(handler.fields.iter().find(|field| field.name == "ring").unwrap().secret, "Kapacitor hides it");
    let options = json!({"enabled": true, "ring": "r", "wings": 4, "rest": "2h0m0s"});
    let set = alerts.set("pigeon:first", options.clone()).await.unwrap();
    assert_reads(&set, handler, &options);
    let test = alerts.test("pigeon:first").await.unwrap();
    assert_eq!((test.success, test.proves), (true, Proof::Unknown));
    alerts.add("pigeon:second", options.clone()).await.unwrap();
    let removed = alerts.drivers.remove_endpoint(&alerts.access(), &named("pigeon:second")).await.unwrap();
    assert_eq!(removed, Removed::Gone);
}
