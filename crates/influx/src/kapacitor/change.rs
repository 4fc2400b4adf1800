//! Changes of the configuration, each of which Kapacitor stores and gives to the running service at once.
//!
//! ```text
//!  read ─▶ is it there, may it be so? ─▶ POST ─▶ 204 ─▶ read again ─▶ is it what was asked for?
//!                                         ├─ 400 ─▶ refused, nothing has changed
//!                                         └─ 500, no answer ─▶ the service is given what is stored ─▶ refused
//! ```
//!
//! It is read first because a Kapacitor to which an element is added that it knows already does not answer, and leaves the running service
//! with the values of its file (up to 1.8 at least). The last branch repairs that, whoever was faster.
//!
//! Known weakness: Kapacitor applies a first change of an element without a name to all elements of its list, and says so to nobody. What
//! runs is given what is stored right after it.

use std::collections::BTreeMap;

use model::{
    AlertEndpoint, EndpointChange, EndpointName, EndpointRefusal, Failure, FailureKind, FieldKind, Handler, HandlerField, Removed,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    catalogue::{self, Shown},
    client::{About, Api, died, version},
    config::{Config, is_hidden, is_secret},
    refused::{Secrets, refusal},
};

/// The name of an element that there cannot be. To remove it changes nothing that is stored, and gives that to the running service.
const NOBODY: &str = "nobody/nowhere";

/// Sets and resets options of an endpoint.
///
/// # Errors
/// As [`model::edges::Kapacitors::change_endpoint`].
pub(super) async fn change(api: &Api<'_>, name: &EndpointName, change: &EndpointChange) -> Result<AlertEndpoint, EndpointRefusal> {
    let config = Config::read(api).await?;
    let (handler, stored) = config.find(name).ok_or_else(|| EndpointRefusal::Missing(name.clone()))?;
    addressable(name)?;
    let change = EndpointChange { set: emptied(handler, &change.set)?, reset: change.reset.clone() };
    catalogue::validate(handler, name, &change, Some(stored))?;
    if !change.set.is_empty() || !change.reset.is_empty() {
        let secrets = Secrets::of(handler, &change, Some(stored));
        let path = element_path(name);
        post(api, &path, &json!({"set": as_sent(handler, &change.set), "delete": change.reset}), handler, &secrets, NOBODY).await?;
        if name.element.is_empty() && config.elements(&name.section).len() > 1 {
            give(api, &name.section, NOBODY).await?;
        }
    }
    settled(api, name, &change).await
}

/// Adds an element to a list.
///
/// # Errors
/// As [`model::edges::Kapacitors::add_endpoint`].
pub(super) async fn add(api: &Api<'_>, name: &EndpointName, change: &EndpointChange) -> Result<AlertEndpoint, EndpointRefusal> {
    let config = Config::read(api).await?;
    if config.find(name).is_some() {
        return Err(EndpointRefusal::Exists(name.clone()));
    }
    let handler = config.handler(&name.section).ok_or_else(|| EndpointRefusal::Missing(EndpointName::of(&name.section)))?;
    let mut change = EndpointChange { set: emptied(handler, &change.set)?, reset: change.reset.clone() };
    if needs_default(handler, config.elements(&name.section)) {
        change.set.entry("default".to_owned()).or_insert(Value::Bool(true));
    }
    catalogue::validate(handler, name, &change, None)?;
    let mut added = as_sent(handler, &change.set);
    if let Some(key) = &handler.key {
        added.insert(key.clone(), Value::from(name.element.as_str()));
    }
    let secrets = Secrets::of(handler, &change, None);
    // What Kapacitor does not survive here is what it remembers of an element that is not there: to remove that is the repair.
    post(api, &section_path(&name.section), &json!({"add": added}), handler, &secrets, &name.element).await?;
    settled(api, name, &change).await
}

/// Removes what was changed from outside: an element that was added, or every change of one that the file has.
///
/// # Errors
/// As [`model::edges::Kapacitors::remove_endpoint`].
pub(super) async fn remove(api: &Api<'_>, name: &EndpointName) -> Result<Removed, EndpointRefusal> {
    let config = Config::read(api).await?;
    let (handler, stored) = config.find(name).ok_or_else(|| EndpointRefusal::Missing(name.clone()))?;
    let secrets = Secrets::of(handler, &EndpointChange::default(), Some(stored));
    post(api, &section_path(&name.section), &json!({"remove": [name.element]}), handler, &secrets, NOBODY).await?;
    Ok(Config::read(api).await?.endpoint(name).map_or(Removed::Gone, Removed::Reset))
}

/// Gives what is stored to the running service.
///
/// # Errors
/// As [`model::edges::Kapacitors::apply_endpoint`].
pub(super) async fn apply(api: &Api<'_>, name: &EndpointName) -> Result<AlertEndpoint, EndpointRefusal> {
    let config = Config::read(api).await?;
    let (handler, stored) = config.find(name).ok_or_else(|| EndpointRefusal::Missing(name.clone()))?;
    let secrets = Secrets::of(handler, &EndpointChange::default(), Some(stored));
    post(api, &section_path(&name.section), &json!({"remove": [NOBODY]}), handler, &secrets, NOBODY).await?;
    Config::read(api).await?.endpoint(name).ok_or_else(|| EndpointRefusal::Missing(name.clone()))
}

/// Sends one change. After an end that may leave the running service with other values than the stored ones, it is given those; `remnant`
/// is the element to remove for that, unless it is there.
async fn post(api: &Api<'_>, path: &str, body: &Value, handler: &Handler, secrets: &Secrets, remnant: &str) -> Result<(), EndpointRefusal> {
    match api.post(path, body).await {
        Ok(answer) if answer.status.is_success() => Ok(()),
        Ok(answer) if answer.status == StatusCode::BAD_REQUEST && version(&answer).is_some() => {
            Err(refusal(&answer.message(), handler, secrets))
        }
        Ok(answer) if answer.status == StatusCode::INTERNAL_SERVER_ERROR && version(&answer).is_some() => {
            // The service refused. It may have begun to change.
            let refusal = refusal(&answer.message(), handler, secrets);
            Err(if give(api, &handler.section, NOBODY).await.is_ok() { refusal } else { unsettled(refusal, &handler.section) })
        }
        Ok(answer) => {
            let mut failure = api.refused(&answer, About::Configuration);
            // What stands on the way may repeat what it was sent.
            failure.doing = secrets.out_of(&failure.doing);
            Err(failure.into())
        }
        Err(failure) if died(&failure) => Err(after_death(api, handler, remnant).await),
        Err(failure) => Err(failure.into()),
    }
}

/// Gives a section to its running service, as it is stored without `removed`.
async fn give(api: &Api<'_>, section: &str, removed: &str) -> Result<(), Failure> {
    let answer = api.post(&section_path(section), &json!({"remove": [removed]})).await?;
    if answer.status.is_success() { Ok(()) } else { Err(api.refused(&answer, About::Configuration)) }
}

/// Kapacitor did not answer: its service may run with the values of its file now, and forget every alert.
async fn after_death(api: &Api<'_>, handler: &Handler, remnant: &str) -> EndpointRefusal {
    let section = &handler.section;
    // What somebody else has added meanwhile stays.
    let is_there = match Config::read(api).await {
        Ok(config) => config.elements(section).iter().any(|stored| stored.element == remnant),
        Err(_) => true,
    };
    let ended = "Kapacitor ended the connection instead of answering";
    match give(api, section, if is_there { NOBODY } else { remnant }).await {
        Ok(()) => EndpointRefusal::Refused {
            message: format!("{ended}; its running `{section}` was set back to what is stored"),
            advice: "look at what is stored, then try again".to_owned(),
        },
        Err(failure) => EndpointRefusal::Refused {
            message: format!("{ended}, and its running `{section}` could not be set back to what is stored: {}", failure.chain()),
            advice: format!("apply `{section}` as soon as Kapacitor answers: until then its alerts may reach nobody"),
        },
    }
}

/// The same refusal, with the advice to repair what it left behind.
fn unsettled(refusal: EndpointRefusal, section: &str) -> EndpointRefusal {
    let more = |advice: String| format!("{advice}; then apply `{section}`: what runs may not be what is stored");
    match refusal {
        EndpointRefusal::Option { option, message, advice } => EndpointRefusal::Option { option, message, advice: more(advice) },
        EndpointRefusal::Refused { message, advice } => EndpointRefusal::Refused { message, advice: more(advice) },
        other => other,
    }
}

/// The endpoint as it reads after a change, when it reads as it was asked for. What Kapacitor did not take, without a word, is not left in
/// its store either.
async fn settled(api: &Api<'_>, name: &EndpointName, change: &EndpointChange) -> Result<AlertEndpoint, EndpointRefusal> {
    let config = Config::read(api).await?;
    let Some((handler, stored)) = config.find(name) else {
        return Err(Failure::new(FailureKind::InfluxUnexpected, format!("Kapacitor took the change and has no `{name}`")).into());
    };
    let ignored = ignored(handler, stored, &change.set);
    let Some((option, kept)) = ignored.first_key_value() else {
        return config.endpoint(name).ok_or_else(|| EndpointRefusal::Missing(name.clone()));
    };
    let refusal = EndpointRefusal::Option {
        option: option.clone(),
        message: format!("Kapacitor did not take it, and keeps {kept}"),
        advice: "give another value; the other options of this change are stored".to_owned(),
    };
    // It is in use whether this succeeds or not.
    let _ = api.post(&element_path(name), &json!({"set": ignored})).await;
    Err(refusal)
}

/// Options that do not read as they were sent, with what they read. What is not shown is not compared, nor what Kapacitor writes its own
/// way.
fn ignored(handler: &Handler, stored: &Shown, sent: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut ignored = BTreeMap::new();
    for field in handler.fields.iter().filter(|field| !is_secret(handler, stored, &field.name) && !is_hidden(stored, &field.name)) {
        let (Some(sent), Some(read)) = (sent.get(&field.name), stored.options.get(&field.name)) else { continue };
        if !is_same(field, sent, read) {
            ignored.insert(field.name.clone(), read.clone());
        }
    }
    ignored
}

fn is_same(field: &HandlerField, sent: &Value, read: &Value) -> bool {
    match (field.kind, sent, read) {
        (FieldKind::Duration, Value::String(sent), Value::String(read)) => catalogue::duration_ns(sent) == catalogue::duration_ns(read),
        (FieldKind::List, Value::Array(sent), Value::Null) => sent.is_empty(),
        (FieldKind::Switch | FieldKind::Text | FieldKind::Url | FieldKind::Path | FieldKind::Integer | FieldKind::List, sent, read) => {
            sent == read
        }
        _ => true,
    }
}

/// The values with every null made to what is empty of its kind: Kapacitor knows no null.
fn emptied(handler: &Handler, set: &BTreeMap<String, Value>) -> Result<BTreeMap<String, Value>, EndpointRefusal> {
    let mut values = set.clone();
    for (option, value) in values.iter_mut().filter(|(_, value)| value.is_null()) {
        // An option that there is not is told by whoever looks at the values.
        let kind = handler.fields.iter().find(|field| field.name == *option).map_or(FieldKind::Text, |field| field.kind);
        *value = match kind {
            FieldKind::Text | FieldKind::Url | FieldKind::Path => Value::from(""),
            FieldKind::List => json!([]),
            FieldKind::Map | FieldKind::Lists | FieldKind::Login => json!({}),
            FieldKind::Switch | FieldKind::Integer | FieldKind::Duration | FieldKind::Json => {
                return Err(EndpointRefusal::Option {
                    option: option.clone(),
                    message: "it cannot be empty".to_owned(),
                    advice: "give a value, or reset it to what Kapacitor's file says".to_owned(),
                });
            }
        };
    }
    Ok(values)
}

/// The values as Kapacitor understands them: of a login it changes only what is named.
fn as_sent(handler: &Handler, set: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut sent = set.clone();
    for field in handler.fields.iter().filter(|field| field.kind == FieldKind::Login) {
        if let Some(login) = sent.get_mut(&field.name).filter(|login| **login == json!({})) {
            *login = json!({"username": "", "password": ""});
        }
    }
    sent
}

/// Whether an element of MQTT that is added has to be the default: Kapacitor takes several only when one of them is.
fn needs_default(handler: &Handler, elements: &[Shown]) -> bool {
    handler.section == "mqtt" && !elements.iter().any(|stored| stored.options.get("default") == Some(&Value::Bool(true)))
}

/// Whether Kapacitor can be told which element is meant: it takes elements of any name, and changes those of a simple one.
fn addressable(name: &EndpointName) -> Result<(), EndpointRefusal> {
    if name.element.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+')) {
        return Ok(());
    }
    Err(EndpointRefusal::Refused {
        message: format!("Kapacitor cannot change `{name}`: only letters, digits, `-`, `_` and `+` may be in the name for that"),
        advice: "remove it and add it again under such a name; one of Kapacitor's file is renamed there".to_owned(),
    })
}

fn section_path(section: &str) -> String {
    format!("/config/{section}")
}

/// Behind the slash stands nothing for an element without a name.
fn element_path(name: &EndpointName) -> String {
    format!("/config/{}/{}", name.section, name.element)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A handler with one option of each kind, named after it.
    fn handler() -> Handler {
        let field = |(name, kind): (&str, FieldKind)| HandlerField {
            name: name.to_owned(),
            label: name.to_owned(),
            help: String::new(),
            kind,
            secret: false,
            required: false,
            choices: Vec::new(),
            rare: false,
        };
        let fields = [
            ("switch", FieldKind::Switch),
            ("text", FieldKind::Text),
            ("integer", FieldKind::Integer),
            ("duration", FieldKind::Duration),
            ("list", FieldKind::List),
            ("map", FieldKind::Map),
            ("login", FieldKind::Login),
        ];
        Handler {
            section: "mqtt".to_owned(),
            label: "MQTT".to_owned(),
            remark: None,
            since: None,
            key: Some("name".to_owned()),
            known: true,
            fields: fields.into_iter().map(field).collect(),
            test: None,
        }
    }

    fn shown(options: Value, redacted: &[&str]) -> Shown {
        let options = options.as_object().cloned().unwrap_or_default();
        Shown { element: String::new(), options, redacted: redacted.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn values(values: Value) -> BTreeMap<String, Value> {
        serde_json::from_value(values).unwrap()
    }

    #[test]
    fn k8_null_clears_with_what_is_empty_of_the_kind_and_is_never_sent() {
        let set = values(json!({"text": null, "list": null, "map": null, "login": null, "integer": 1}));
        let emptied_values = emptied(&handler(), &set).unwrap();
        assert_eq!(emptied_values, values(json!({"text": "", "list": [], "map": {}, "login": {}, "integer": 1})));
        let sent = json!({"text": "", "list": [], "map": {}, "login": {"username": "", "password": ""}, "integer": 1});
        assert_eq!(as_sent(&handler(), &emptied_values), values(sent));
        for option in ["switch", "integer", "duration"] {
            let refusal = emptied(&handler(), &values(json!({option: null}))).unwrap_err();
            assert!(matches!(refusal, EndpointRefusal::Option { option: at, .. } if at == option));
        }
    }

    #[test]
    fn k6_what_kapacitor_passed_over_in_silence_is_found_when_it_is_read_again() {
        let read = json!({"switch": true, "text": "a", "integer": 25, "duration": "1m30s", "list": null, "map": {"A": "b"}});
        let same = json!({"switch": true, "text": "a", "integer": 25, "duration": "90s", "list": [], "map": {"a": "b"}, "login": {}});
        assert!(ignored(&handler(), &shown(read.clone(), &[]), &values(same)).is_empty());
        let other = values(json!({"switch": false, "text": "b", "integer": 26, "duration": "90m", "list": ["a"]}));
        let ignored_options = ignored(&handler(), &shown(read.clone(), &[]), &other);
        assert_eq!(ignored_options.keys().collect::<Vec<_>>(), ["duration", "integer", "list", "switch", "text"]);
        assert_eq!(ignored_options["duration"], "1m30s");
        assert_eq!(ignored(&handler(), &shown(read, &["text"]), &values(json!({"text": "b"}))), BTreeMap::new());
    }

    #[test]
    fn k10_an_mqtt_broker_becomes_the_default_unless_there_is_one() {
        let broker = |is_default: bool| shown(json!({"default": is_default}), &[]);
        assert!(needs_default(&handler(), &[]));
        assert!(needs_default(&handler(), &[broker(false)]));
        assert!(!needs_default(&handler(), &[broker(false), broker(true)]));
        assert!(!needs_default(&Handler { section: "slack".to_owned(), ..handler() }, &[]));
    }

    #[test]
    fn k7_an_element_is_changed_only_under_a_name_that_kapacitor_can_be_told() {
        for (name, is_addressable) in
            [("slack", true), ("slack:ops-2_a+b", true), ("slack:a.b", false), ("slack:a b", false), ("slack:ä", false)]
        {
            assert_eq!(addressable(&name.parse().unwrap()).is_ok(), is_addressable, "{name}");
        }
    }
}
