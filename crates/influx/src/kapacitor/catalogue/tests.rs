//! The tables against what a Kapacitor 1.5.6 really answered, and against what later versions have.

use std::collections::{BTreeMap, BTreeSet};

use model::{FieldKind, Handler, Proof};
use serde_json::{Value, json};

use super::{
    all, known,
    known::{Carried, KnownOption},
    offered::{Sections, Shown, Tests, is_since, offered},
};

const CONFIG: &str = include_str!("../../../tests/fixtures/kapacitor/config-1.5.6.json");
const SERVICE_TESTS: &str = include_str!("../../../tests/fixtures/kapacitor/service-tests-1.5.6.json");

/// The configuration that was recorded.
pub(super) fn recorded_sections() -> Sections {
    let config: Value = serde_json::from_str(CONFIG).unwrap();
    let sections = config["sections"].as_object().unwrap();
    sections.iter().map(|(name, section)| (name.clone(), section["elements"].as_array().unwrap().iter().map(shown).collect())).collect()
}

/// The service tests that were recorded.
pub(super) fn recorded_tests() -> Tests {
    let tests: Value = serde_json::from_str(SERVICE_TESTS).unwrap();
    let tests = tests["services"].as_array().unwrap().iter();
    tests.map(|test| (test["name"].as_str().unwrap().to_owned(), test["options"].as_object().unwrap().clone())).collect()
}

/// The handlers of the recorded server.
pub(super) fn recorded() -> Vec<Handler> {
    offered("1.5.6", &recorded_sections(), &recorded_tests())
}

/// A handler of the recorded server.
pub(super) fn handler(section: &str) -> Handler {
    recorded().into_iter().find(|handler| handler.section == section).unwrap()
}

/// The first element of a section, as it was recorded.
pub(super) fn element(section: &str) -> Shown {
    recorded_sections()[section][0].clone()
}

/// A handler of any version, whose lists are empty.
pub(super) fn newest(section: &str) -> Handler {
    let known = known(section).unwrap();
    let options = known.options.iter().map(|option| (option.name.to_owned(), Value::Null)).collect();
    let sections = [(section.to_owned(), vec![Shown { element: String::new(), options, redacted: Vec::new() }])];
    offered("1.8.3", &sections.into(), &Tests::new()).remove(0)
}

fn shown(element: &Value) -> Shown {
    let href = element["link"]["href"].as_str().unwrap();
    Shown {
        element: href.rsplit('/').next().unwrap().to_owned(),
        options: element["options"].as_object().unwrap().clone(),
        redacted: serde_json::from_value(element["redacted"].clone()).unwrap_or_default(),
    }
}

fn names(options: impl Iterator<Item = &'static KnownOption>) -> Vec<&'static str> {
    let mut names: Vec<&str> = options.map(|option| option.name).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_section_of_1_5_6_is_there_with_exactly_its_options() {
    let sections = recorded_sections();
    for (section, elements) in &sections {
        let known = known(section).unwrap_or_else(|| panic!("{section} is in no table"));
        let mut recorded: Vec<&str> = elements[0].options.keys().map(String::as_str).collect();
        recorded.sort_unstable();
        assert_eq!(names(known.options.iter().filter(|option| is_since("1.5.6", option.since))), recorded, "{section}");
    }
    let later: Vec<&str> = all().map(|known| known.section).filter(|section| !sections.contains_key(*section)).collect();
    assert_eq!(later, ["bigpanda", "servicenow", "zenoss"]);
}

#[test]
fn later_versions_have_what_came_with_them() {
    let came: BTreeSet<(&str, &str, &str)> = all()
        .flat_map(|known| known.options.iter().map(move |option| (known.section, option.since, option.name)))
        .filter(|(_, since, _)| !since.is_empty())
        .collect();
    let expected = [
        ("slack", "1.6.0", "token"),
        ("smtp", "1.6.3", "to-templates"),
        ("opsgenie2", "1.5.8", "details"),
        ("bigpanda", "1.6.3", "auto-attributes"),
        ("influxdb", "1.6.0", "token http-shared-secret subscription-path compression"),
        (
            "kafka",
            "1.6.4",
            "sasl-mechanism sasl-username sasl-password sasl-version sasl_extensions sasl-gssapi-service-name sasl-gssapi-auth-type \
             sasl-gssapi-disable-pafxfast sasl-gssapi-kerberos-config-path sasl-gssapi-key-tab-path sasl-gssapi-realm",
        ),
        (
            "kafka",
            "1.7.6",
            "sasl-oauth-service sasl-oauth-client-id sasl-oauth-client-secret sasl-oauth-token-url sasl-oauth-tenant-id \
             sasl-oauth-scopes sasl-oauth-parameters sasl-oauth-token-expiry-margin sasl-access-token",
        ),
    ];
    let expected =
        expected.into_iter().flat_map(|(section, since, names)| names.split_whitespace().map(move |name| (section, since, name)));
    assert_eq!(came, expected.collect());
    let sections: BTreeMap<&str, &str> = all().filter(|known| !known.since.is_empty()).map(|known| (known.section, known.since)).collect();
    let expected = [("bigpanda", "1.5.8"), ("discord", "1.5.6"), ("servicenow", "1.5.7"), ("teams", "1.5.6"), ("zenoss", "1.6.0")];
    assert_eq!(sections, expected.into());
    let options = |section: &str| names(known(section).unwrap().options.iter()).join(" ");
    assert_eq!(options("bigpanda"), "app-key auto-attributes enabled global insecure-skip-verify state-changes-only token url");
    assert_eq!(options("servicenow"), "enabled global password source state-changes-only url username");
    assert_eq!(options("zenoss"), "action collector enabled global method password severity-map state-changes-only tid type url username");
}

#[test]
fn every_kind_agrees_with_what_1_5_6_shows() {
    for (section, elements) in recorded_sections() {
        for option in known(&section).unwrap().options {
            let Some(value) = elements[0].options.get(option.name) else { continue };
            let is_redacted = elements[0].redacted.iter().any(|name| name == option.name);
            let is_of_kind = match option.kind {
                _ if is_redacted => value.is_boolean(),
                FieldKind::Switch => value.is_boolean(),
                FieldKind::Integer => value.is_i64(),
                FieldKind::Duration => value.as_str().and_then(super::duration_ns).is_some(),
                FieldKind::Text | FieldKind::Url | FieldKind::Path => {
                    value.is_string() && value.as_str().and_then(super::duration_ns).is_none()
                }
                FieldKind::List => value.is_null() || value.is_array(),
                FieldKind::Map | FieldKind::Lists => value.is_null() || value.is_object(),
                FieldKind::Login | FieldKind::Json => false,
            };
            assert!(is_of_kind, "{section} {} is {:?} and shows {value}", option.name, option.kind);
            let chosen = value.as_str().unwrap_or_default();
            assert!(option.choices.is_empty() || option.choices.contains(&chosen), "{section} {} does not know {chosen:?}", option.name);
        }
    }
}

#[test]
fn k9_every_secret_is_secret_also_where_kapacitor_forgets_it() {
    let hidden_by_kapacitor = "alerta.token bigpanda.token hipchat.token httppost.basic-auth influxdb.password influxdb.token mqtt.password \
         opsgenie.api-key opsgenie2.api-key pagerduty.service-key pagerduty2.routing-key pushover.token pushover.user-key servicenow.password \
         slack.token slack.url smtp.password snmptrap.community talk.url telegram.token victorops.api-key zenoss.password";
    let forgotten = "alerta.url discord.url httppost.headers httppost.url kafka.sasl-access-token kafka.sasl-oauth-client-secret \
         kafka.sasl-password teams.channel-url";
    let expected: BTreeSet<String> =
        hidden_by_kapacitor.split_whitespace().chain(forgotten.split_whitespace()).map(str::to_owned).collect();
    let options = all().flat_map(|known| known.options.iter().map(move |option| (known.section, option)));
    let secrets = options.filter(|(_, option)| option.is_secret).map(|(section, option)| format!("{section}.{}", option.name));
    assert_eq!(secrets.collect::<BTreeSet<String>>(), expected);
    for (section, elements) in recorded_sections() {
        for name in &elements[0].redacted {
            assert!(known(&section).unwrap().option(name).unwrap().is_secret, "{section} {name}");
        }
    }
}

#[test]
fn k3_a_success_is_said_to_prove_what_it_proves() {
    let proves = |proof: Proof| -> Vec<&str> {
        let mut sections: Vec<&str> = all().filter(|known| known.test.proves == proof).map(|known| known.section).collect();
        sections.sort_unstable();
        sections
    };
    assert_eq!(proves(Proof::Queued), ["kafka", "smtp"]);
    assert_eq!(proves(Proof::Sent), ["mqtt", "snmptrap"]);
    assert_eq!(proves(Proof::Reached), ["httppost", "influxdb", "sensu"]);
    assert_eq!(proves(Proof::Unknown), [] as [&str; 0]);
    assert_eq!(proves(Proof::Accepted).len(), all().count() - 7);
}

#[test]
fn what_a_test_carries_and_tells_are_options_of_the_handler() {
    for known in all() {
        for (name, option) in known.test.tells {
            assert!(known.option(option).is_some(), "{} has no {option}, which {name} should tell", known.section);
        }
        for (name, carried) in known.test.carries {
            if let Carried::Stored(option) = carried {
                assert!(known.option(option).is_some(), "{} has no {option}, which {name} should carry", known.section);
            }
        }
    }
    // Where it was recorded, the test has these options too.
    for (section, options) in recorded_tests() {
        let Some(known) = known(&section) else { continue };
        for name in known.test.tells.iter().map(|(name, _)| name).chain(known.test.carries.iter().map(|(name, _)| name)) {
            assert!(options.contains_key(*name), "the test of {section} has no {name}");
        }
    }
}

#[test]
fn the_words_of_the_tables_are_in_one_manner() {
    let mut sections = BTreeSet::new();
    let mut labels = BTreeSet::new();
    for known in all() {
        assert!(sections.insert(known.section) && labels.insert(known.label), "{} stands twice", known.section);
        assert!(known.key.is_empty() || known.options[0].name == known.key, "{}: the name comes first", known.section);
        let mut names = BTreeSet::new();
        let mut labels = BTreeSet::new();
        for option in known.options {
            let place = format!("{} {}", known.section, option.name);
            assert!(names.insert(option.name), "{place} stands twice");
            assert!(labels.insert(option.label), "{place} is called like another");
            assert!(option.label.starts_with(char::is_uppercase), "{place}: {}", option.label);
            assert!(!option.help.ends_with('.') && option.help.matches('`').count() % 2 == 0, "{place}: {}", option.help);
            let is_text = matches!(option.kind, FieldKind::Text);
            assert!(option.choices.is_empty() || is_text, "{place}: only texts are chosen");
            assert!(!option.is_required || option.kind != FieldKind::Switch, "{place}: no switch is required");
        }
        for text in [known.remark, known.test.says] {
            assert!(!text.ends_with('.'), "{}: {text}", known.section);
        }
    }
}

#[test]
fn a_handler_is_written_as_a_form_reads_it() {
    let written = serde_json::to_value(handler("talk")).unwrap();
    assert_eq!(
        written,
        json!({
            "section": "talk",
            "label": "Talk",
            "remark": "the chat of jianliao.com",
            "known": true,
            "fields": [
                {"name": "enabled", "label": "Enabled", "kind": "switch", "secret": false, "required": false, "rare": false},
                {"name": "url", "label": "Webhook", "kind": "url", "secret": true, "required": true, "rare": false},
                {
                    "name": "author_name", "label": "Author", "help": "shown above the message",
                    "kind": "text", "secret": false, "required": false, "rare": false
                },
            ],
            "test": {"proves": "accepted", "says": "Talk took the message"},
        })
    );
}
