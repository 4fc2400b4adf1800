//! Changes of endpoints: read, judged, sent, and read again.
//!
//! ```text
//!  read ─▶ is it there, may it be so? ─▶ sent (section) ─▶ read again ─▶ is it what was asked for?
//! ```
//!
//! It is read first because a Kapacitor to which an element is added that it knows already does not survive that, see `section`. It is read
//! again because Kapacitor passes over some values without a word.

use std::collections::BTreeMap;

use model::{
    AlertEndpoint, EndpointChange, EndpointName, EndpointRefusal, Failure, FailureKind, FieldKind, Handler, HandlerField, Removed,
};
use serde_json::{Value, json};

use super::{
    catalogue::{self, Shown},
    client::Api,
    config::{Config, is_secret},
    refused::Secrets,
    section::Section,
};

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
        let section = Section { api, handler, secrets: Secrets::of(handler, &change, Some(stored)) };
        section.set(&name.element, &as_sent(handler, &change.set), &change.reset).await?;
        if name.element.is_empty() && config.elements(&name.section).len() > 1 {
            // Kapacitor lets all elements of the list run with a first change of the one without a name. Stored it is as it should be.
            section.give().await?;
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
    let section = Section { api, handler, secrets: Secrets::of(handler, &change, None) };
    section.add(&name.element, &added).await?;
    settled(api, name, &change).await
}

/// Removes what was changed from outside: an element that was added, or every change of one that the file has.
///
/// # Errors
/// As [`model::edges::Kapacitors::remove_endpoint`].
pub(super) async fn remove(api: &Api<'_>, name: &EndpointName) -> Result<Removed, EndpointRefusal> {
    let config = Config::read(api).await?;
    let (handler, stored) = config.find(name).ok_or_else(|| EndpointRefusal::Missing(name.clone()))?;
    let section = Section { api, handler, secrets: Secrets::of(handler, &EndpointChange::default(), Some(stored)) };
    section.remove(&name.element).await?;
    Ok(Config::read(api).await?.endpoint(name).map_or(Removed::Gone, Removed::Reset))
}

/// Gives what is stored to the running service.
///
/// # Errors
/// As [`model::edges::Kapacitors::apply_endpoint`].
pub(super) async fn apply(api: &Api<'_>, name: &EndpointName) -> Result<AlertEndpoint, EndpointRefusal> {
    let config = Config::read(api).await?;
    let (handler, stored) = config.find(name).ok_or_else(|| EndpointRefusal::Missing(name.clone()))?;
    Section { api, handler, secrets: Secrets::of(handler, &EndpointChange::default(), Some(stored)) }.give().await?;
    Config::read(api).await?.endpoint(name).ok_or_else(|| EndpointRefusal::Missing(name.clone()))
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
    // What runs is what is kept, whether this succeeds or not.
    if let Err(refused) = (Section { api, handler, secrets: Secrets::default() }).set(&name.element, &ignored, &[]).await {
        tracing::warn!(endpoint = %name, %refused, "what Kapacitor did not take stays in its store");
    }
    Err(refusal)
}

/// Options that do not read as they were sent, with what they read. What is not shown is not compared, nor what Kapacitor writes its own
/// way.
fn ignored(handler: &Handler, stored: &Shown, sent: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut ignored = BTreeMap::new();
    for field in handler.fields.iter().filter(|field| !is_secret(handler, stored, &field.name)) {
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
