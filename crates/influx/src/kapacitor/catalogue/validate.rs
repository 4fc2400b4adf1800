//! A change is validated before it is sent: Kapacitor keeps some wrong values without a word, and says of others less than a person needs.

use model::{EndpointChange, EndpointName, EndpointRefusal, FieldKind, Handler, HandlerField};
use serde_json::{Map, Value};

use super::{
    duration::duration_ns,
    known,
    known::Rule,
    offered::{Shown, is_nothing},
};

/// Whether a change can be sent: to an element as it is `stored`, or to one that is added when that is `None`.
///
/// What Kapacitor itself refuses with a clear reason is left to it, but for what an enabled endpoint needs. A null is of no kind.
///
/// # Errors
/// [`EndpointRefusal::Name`], [`EndpointRefusal::Option`], [`EndpointRefusal::Refused`] where nothing can be added. No value is repeated.
pub(crate) fn validate(
    handler: &Handler,
    name: &EndpointName,
    change: &EndpointChange,
    stored: Option<&Shown>,
) -> Result<(), EndpointRefusal> {
    if stored.is_none() {
        new_name(handler, name)?;
        if let Some(option) = change.reset.first() {
            return refuse(option, format!("`{option}` is not reset in an endpoint that is added"), "leave it out".to_owned());
        }
    }
    for option in change.set.keys().chain(&change.reset) {
        field(handler, option)?;
    }
    for (option, value) in &change.set {
        let field = field(handler, option)?;
        of_its_kind(field, value)?;
        of_its_choices(field, value)?;
        by_its_rule(handler, field, value)?;
    }
    what_it_needs(handler, change, stored)
}

/// Kapacitor adds an element by any name, and edits those of letters, digits, `-`, `_` and `+` only.
fn new_name(handler: &Handler, name: &EndpointName) -> Result<(), EndpointRefusal> {
    let section = &handler.section;
    if handler.key.is_none() {
        let message = format!("{} is one endpoint: no other can be added", handler.label);
        return Err(EndpointRefusal::Refused { message, advice: format!("change it, by its name `{section}`") });
    }
    let can_be_edited = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+');
    let message = match name.element.as_str() {
        "" => "an endpoint that is added needs a name of its own".to_owned(),
        element if element.chars().all(can_be_edited) => return Ok(()),
        element => format!("an endpoint cannot be named `{element}`: Kapacitor could not change it afterwards"),
    };
    Err(EndpointRefusal::Name { message, advice: format!("use letters, digits, `-`, `_` and `+`: `{section}:ops-1`") })
}

/// The option by its name, where it can be changed.
fn field<'a>(handler: &'a Handler, option: &str) -> Result<&'a HandlerField, EndpointRefusal> {
    if handler.key.as_deref() == Some(option) {
        let advice = "leave it out; another name is another endpoint: add that and remove this one";
        return refuse(option, format!("`{option}` is the name of the endpoint, which stays"), advice.to_owned());
    }
    let field = handler.fields.iter().find(|field| field.name == option);
    field.map_or_else(
        || {
            let names: Vec<&str> = handler.fields.iter().map(|field| field.name.as_str()).collect();
            let message = format!("{} has no option `{option}` in this Kapacitor", handler.label);
            refuse(option, message, format!("use one of {}", names.join(", ")))
        },
        Ok,
    )
}

fn of_its_kind(field: &HandlerField, value: &Value) -> Result<(), EndpointRefusal> {
    // Go reads no address with a line break, which is how a pasted one goes wrong.
    let is_broken = field.kind == FieldKind::Url && value.as_str().is_some_and(|text| text.contains(char::is_control));
    if is_of(field.kind, value) && !is_broken {
        return Ok(());
    }
    let (what, example) = match field.kind {
        FieldKind::Switch => ("is on or off", "true or false"),
        FieldKind::Text | FieldKind::Path => ("is a text", "a text, in quotes"),
        FieldKind::Url => ("is an address in one line", "an address: \"https://example.com/path\""),
        FieldKind::Integer => ("is a whole number", "a number without quotes: 25"),
        FieldKind::Duration => {
            ("is a length of time with its unit", "a number with ns, us, ms, s, m or h: \"30s\", \"1h30m\"; \"0s\" for none")
        }
        FieldKind::List => ("is a list of texts", "a list: [\"one\", \"two\"]"),
        FieldKind::Map => ("gives texts names", "an object of texts: {\"name\": \"value\"}"),
        FieldKind::Lists => ("gives lists of texts names", "an object of lists: {\"telegraf\": [\"autogen\"]}"),
        FieldKind::Login => ("is a user name with a password", "both: {\"username\": \"…\", \"password\": \"…\"}; {} for none"),
        FieldKind::Json => ("is JSON", "JSON"),
    };
    refuse(&field.name, format!("`{}` {what}", field.name), format!("write {example}"))
}

/// Whether a value is written as its kind is.
pub(super) fn is_of(kind: FieldKind, value: &Value) -> bool {
    let is_texts = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    match kind {
        FieldKind::Switch => value.is_boolean(),
        FieldKind::Text | FieldKind::Path | FieldKind::Url => value.is_string(),
        FieldKind::Integer => value.as_i64().is_some(),
        FieldKind::Duration => value.as_str().and_then(duration_ns).is_some(),
        FieldKind::List => is_texts(value),
        FieldKind::Map => value.as_object().is_some_and(|map| map.values().all(Value::is_string)),
        FieldKind::Lists => value.as_object().is_some_and(|map| map.values().all(is_texts)),
        FieldKind::Login => value.as_object().is_some_and(is_login),
        FieldKind::Json => true,
    }
}

/// Both or none: Kapacitor sends no login of which one is empty.
fn is_login(login: &Map<String, Value>) -> bool {
    let text = |name: &str| login.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    login.is_empty() || (login.len() == 2 && text("username") && text("password"))
}

fn of_its_choices(field: &HandlerField, value: &Value) -> Result<(), EndpointRefusal> {
    if field.choices.is_empty() || value.as_str().is_some_and(|text| field.choices.iter().any(|choice| choice == text)) {
        return Ok(());
    }
    let choices: Vec<&str> = field.choices.iter().map(|choice| if choice.is_empty() { "nothing" } else { choice.as_str() }).collect();
    refuse(&field.name, format!("`{}` does not know this value", field.name), format!("use one of {}", choices.join(", ")))
}

fn by_its_rule(handler: &Handler, field: &HandlerField, value: &Value) -> Result<(), EndpointRefusal> {
    let rule = known(&handler.section).and_then(|known| known.option(&field.name)).map_or(Rule::Any, |option| option.rule);
    let is_mail = |value: &Value| value.as_str().is_none_or(|text| text.is_empty() || text.contains('@'));
    let number = value.as_i64().map(i128::from).or_else(|| duration_ns(value.as_str()?));
    let (is_right, what, advice) = match rule {
        Rule::Any => return Ok(()),
        Rule::Mail => (
            is_mail(value) && value.as_array().is_none_or(|list| list.iter().all(is_mail)),
            "is a mail address",
            "write it with its @: ops@example.com",
        ),
        Rule::Positive => (number.is_none_or(|number| number > 0), "is above 0", "write a number above 0"),
        Rule::NotNegative => (number.is_none_or(|number| number >= 0), "is not below 0", "write it without a minus"),
        Rule::AbsolutePath => (
            value.as_str().is_none_or(|path| path.is_empty() || path.starts_with('/')),
            "is a path from the root",
            "write the whole path on Kapacitor's machine: /etc/kapacitor/alert.tmpl",
        ),
    };
    if is_right { Ok(()) } else { refuse(&field.name, format!("`{}` {what}", field.name), advice.to_owned()) }
}

/// What an enabled endpoint needs is there after the change. What is reset is Kapacitor's to judge.
fn what_it_needs(handler: &Handler, change: &EndpointChange, stored: Option<&Shown>) -> Result<(), EndpointRefusal> {
    let is_reset = |option: &str| change.reset.iter().any(|reset| reset == option);
    let after = |option: &str| change.set.get(option).or_else(|| stored?.options.get(option));
    let can_be_disabled = handler.fields.iter().any(|field| field.name == "enabled");
    if can_be_disabled && (is_reset("enabled") || after("enabled") != Some(&Value::Bool(true))) {
        return Ok(());
    }
    let is_missing = |field: &&HandlerField| field.required && !is_reset(&field.name) && after(&field.name).is_none_or(is_nothing);
    let Some(field) = handler.fields.iter().find(is_missing) else { return Ok(()) };
    let advice = if can_be_disabled { "give it, or leave the endpoint disabled" } else { "give it" };
    refuse(&field.name, format!("{} needs `{}`", handler.label, field.name), advice.to_owned())
}

fn refuse<T>(option: &str, message: String, advice: String) -> Result<T, EndpointRefusal> {
    Err(EndpointRefusal::Option { option: option.to_owned(), message, advice })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::tests::{element, handler, newest},
        *,
    };

    fn change(set: &Value, reset: &[&str]) -> EndpointChange {
        let set = set.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        EndpointChange { set, reset: reset.iter().map(|&name| name.to_owned()).collect() }
    }

    /// What becomes of a change of the element that 1.5.6 is shipped with.
    fn changed(section: &str, set: &Value, reset: &[&str]) -> Result<(), EndpointRefusal> {
        validate(&handler(section), &EndpointName::of(section), &change(set, reset), Some(&element(section)))
    }

    fn added(name: &str, set: &Value) -> Result<(), EndpointRefusal> {
        let name: EndpointName = name.parse().unwrap();
        validate(&handler(&name.section), &name, &change(set, &[]), None)
    }

    /// The option, what is wrong and what to do.
    fn refusal(judged: Result<(), EndpointRefusal>) -> (String, String, String) {
        match judged.unwrap_err() {
            EndpointRefusal::Option { option, message, advice } => (option, message, advice),
            other => panic!("not at an option: {other:?}"),
        }
    }

    #[test]
    fn values_of_their_kind_are_sent() {
        for (section, set) in [
            ("smtp", json!({"enabled": true, "host": "mail.example.com", "port": 587, "from": "a@example.com", "to": ["b@example.com"]})),
            ("smtp", json!({"to": [], "from": "", "idle-timeout": "0s", "password": ""})),
            ("slack", json!({"enabled": true, "url": "https://hooks.slack.com/services/a", "channel": "#ops"})),
            ("httppost", json!({"headers": {"A": "b"}, "basic-auth": {"username": "u", "password": "p"}, "alert-template-file": "/a"})),
            ("httppost", json!({"headers": {}, "basic-auth": {}, "alert-template-file": ""})),
            ("influxdb", json!({"subscriptions": {"telegraf": ["autogen"]}, "subscription-mode": "server", "timeout": "1h30m"})),
            ("telegram", json!({"parse-mode": ""})),
        ] {
            assert!(changed(section, &set, &[]).is_ok(), "{section} {set}");
        }
    }

    #[test]
    fn a_value_of_another_kind_is_refused_at_its_option_with_what_to_write() {
        for (section, option, value, advice) in [
            ("smtp", "enabled", json!("yes"), "true or false"),
            ("smtp", "host", json!(5), "in quotes"),
            ("smtp", "port", json!("25"), "without quotes"),
            ("smtp", "port", json!(2.5), "without quotes"),
            ("smtp", "to", json!("a@example.com"), "a list"),
            ("smtp", "to", json!([1]), "a list"),
            ("smtp", "from", json!(null), "in quotes"),
            ("slack", "url", json!("https://example.com/a\nb"), "an address"),
            ("httppost", "headers", json!({"a": 1}), "an object of texts"),
            ("httppost", "headers", json!([]), "an object of texts"),
            ("httppost", "basic-auth", json!({"user": "u", "password": "p"}), "username"),
            ("httppost", "basic-auth", json!({"username": "u", "password": ""}), "both"),
            ("httppost", "basic-auth", json!(true), "both"),
            ("influxdb", "subscriptions", json!({"telegraf": "autogen"}), "an object of lists"),
        ] {
            let (at, message, said) = refusal(changed(section, &json!({option: value}), &[]));
            assert_eq!(at, option, "{message}");
            assert!(said.contains(advice), "{section} {option} {value}: {said}");
        }
    }

    #[test]
    fn k6_a_bad_duration_is_refused_before_it_is_sent() {
        for value in [json!("30"), json!("1 minute"), json!("1d"), json!(""), json!(30), json!("9999999h")] {
            let (at, message, advice) = refusal(changed("smtp", &json!({"idle-timeout": value}), &[]));
            assert_eq!((at.as_str(), message.as_str()), ("idle-timeout", "`idle-timeout` is a length of time with its unit"), "{value}");
            assert!(advice.contains("\"30s\""), "{advice}");
        }
        assert!(changed("smtp", &json!({"idle-timeout": "1m30s"}), &[]).is_ok());
    }

    #[test]
    fn k7_a_name_that_could_not_be_edited_is_refused_and_what_has_one_can_be_changed() {
        let url = json!({"url": "https://example.com"});
        for name in ["httppost:hook.prod", "httppost:a b", "httppost:a/b", "httppost:grün", "httppost:", "httppost:a:b"] {
            let judged = added(name, &url);
            assert!(
                matches!(&judged, Err(EndpointRefusal::Name { advice, .. }) if advice.contains("httppost:ops-1")),
                "{name}: {judged:?}"
            );
        }
        for name in ["httppost:hook-1", "httppost:A_b+c", "httppost:7"] {
            assert!(added(name, &url).is_ok(), "{name}");
        }
        let odd = Shown { element: "hook.prod".to_owned(), ..element("httppost") };
        let name = EndpointName::element("httppost", "hook.prod");
        assert!(validate(&handler("httppost"), &name, &change(&url, &[]), Some(&odd)).is_ok());
    }

    #[test]
    fn nothing_is_added_to_what_is_no_list() {
        let judged = added("smtp:second", &json!({}));
        assert!(matches!(&judged, Err(EndpointRefusal::Refused { advice, .. }) if advice.contains("`smtp`")), "{judged:?}");
    }

    #[test]
    fn the_name_of_an_element_is_not_changed() {
        assert_eq!(refusal(changed("slack", &json!({"workspace": "other"}), &[])).0, "workspace");
        assert_eq!(refusal(changed("slack", &json!({}), &["workspace"])).0, "workspace");
    }

    #[test]
    fn an_option_that_the_server_does_not_show_is_refused_with_those_that_it_has() {
        let (at, message, advice) = refusal(changed("talk", &json!({"chanel": "#ops"}), &[]));
        assert_eq!((at.as_str(), message.as_str()), ("chanel", "Talk has no option `chanel` in this Kapacitor"));
        assert_eq!(advice, "use one of enabled, url, author_name");
        assert_eq!(refusal(changed("talk", &json!({}), &["chanel"])).0, "chanel");
        // Kapacitor 1.5.6 has no tokens in Slack.
        assert_eq!(refusal(changed("slack", &json!({"token": "xoxb-secret"}), &[])).0, "token");
    }

    #[test]
    fn a_choice_is_one_of_those_there_are() {
        let (at, _, advice) = refusal(changed("telegram", &json!({"parse-mode": "html"}), &[]));
        assert_eq!((at.as_str(), advice.as_str()), ("parse-mode", "use one of nothing, Markdown, HTML"));
        assert_eq!(refusal(changed("influxdb", &json!({"subscription-protocol": "tcp"}), &[])).0, "subscription-protocol");
    }

    #[test]
    fn what_kapacitor_demands_of_some_values_is_said_before() {
        for (section, option, value) in [
            ("smtp", "from", json!("kapacitor")),
            ("smtp", "to", json!(["a@example.com", "b"])),
            ("smtp", "port", json!(0)),
            ("smtp", "idle-timeout", json!("-1s")),
            ("snmptrap", "retries", json!(-1)),
            ("httppost", "alert-template-file", json!("templates/a.tmpl")),
        ] {
            assert_eq!(refusal(changed(section, &json!({option: value}), &[])).0, option, "{section} {option} {value}");
        }
    }

    #[test]
    fn what_an_enabled_endpoint_needs_is_asked_for_at_its_option() {
        let (at, message, advice) = refusal(changed("slack", &json!({"enabled": true}), &[]));
        assert_eq!((at.as_str(), message.as_str()), ("url", "Slack needs `url`"));
        assert_eq!(advice, "give it, or leave the endpoint disabled");
        assert_eq!(refusal(changed("smtp", &json!({"enabled": true}), &[])).0, "from");
        assert_eq!(refusal(changed("kafka", &json!({"enabled": true, "brokers": []}), &[])).0, "brokers");
        assert_eq!(refusal(added("slack:ops", &json!({"enabled": true}))).0, "url");
        assert_eq!(refusal(added("httppost:hook", &json!({}))).0, "url", "it is always used");
    }

    #[test]
    fn what_is_disabled_hidden_or_reset_is_not_asked_for() {
        assert!(changed("slack", &json!({"channel": "#ops"}), &[]).is_ok());
        assert!(added("slack:ops", &json!({"channel": "#ops"})).is_ok());
        assert!(changed("slack", &json!({"enabled": true}), &["url"]).is_ok(), "the file may have one");
        assert!(changed("slack", &json!({}), &["enabled"]).is_ok());
        let mut set = element("slack");
        set.options.extend([("enabled".to_owned(), json!(true)), ("url".to_owned(), json!(true))]);
        let judged = |given: &Value| validate(&handler("slack"), &EndpointName::of("slack"), &change(given, &[]), Some(&set));
        assert!(judged(&json!({"channel": "#ops"})).is_ok(), "Kapacitor says that it is set");
        assert_eq!(refusal(judged(&json!({"url": ""}))).0, "url");
        // Kapacitor asks for no key of PagerDuty: a task can bring its own.
        assert!(changed("pagerduty2", &json!({"enabled": true}), &[]).is_ok());
    }

    #[test]
    fn an_endpoint_that_is_added_has_nothing_to_reset() {
        let name = EndpointName::element("slack", "ops");
        assert_eq!(refusal(validate(&handler("slack"), &name, &change(&json!({}), &["channel"]), None)).0, "channel");
    }

    #[test]
    fn no_refusal_repeats_a_value() {
        let secret = "hunter2\u{7}";
        for section in ["slack", "kafka", "influxdb", "httppost", "telegram", "zenoss"] {
            let handler = newest(section);
            for field in handler.fields.iter().filter(|field| handler.key.as_ref() != Some(&field.name)) {
                for value in [json!(secret), json!([secret, 1]), json!({"a": secret, "b": 1}), json!({"username": secret})] {
                    let judged =
                        validate(&handler, &EndpointName::of(section), &change(&json!({&field.name: value}), &[]), Some(&element("slack")));
                    let Err(refusal) = judged else { continue };
                    assert!(!format!("{refusal:?}").contains("hunter2"), "{refusal:?}");
                }
            }
        }
    }
}
