//! What a service test says of the running service, and what it has to be told to test the right thing.

use serde_json::{Map, Value};

use super::{
    known,
    known::Carried,
    offered::{Shown, is_nothing},
};

/// The body of a test that sends what is stored in an element, to whom its options say.
///
/// Options that Kapacitor hides cannot be sent. A null clears what Kapacitor would put in by itself.
pub(crate) fn test_body(section: &str, stored: &Shown) -> Map<String, Value> {
    let carries = known(section).map(|known| known.test.carries).unwrap_or_default();
    let value = |carried: Carried| match carried {
        Carried::Name => Some(Value::from(stored.element.as_str())),
        Carried::Always(text) => Some(Value::from(text)),
        Carried::Stored(option) if stored.redacted.iter().any(|hidden| hidden == option) => None,
        Carried::Stored(option) => stored.options.get(option).cloned(),
    };
    carries.iter().filter_map(|(name, carried)| Some(((*name).to_owned(), value(*carried)?))).collect()
}

/// The stored options that the running service contradicts, as far as its test's options tell.
///
/// In a section that is a list they tell of one element only: the one whose name stands among them.
pub(crate) fn differing(section: &str, stored: &Shown, running: &Map<String, Value>) -> Vec<String> {
    let Some(known) = known(section) else { return Vec::new() };
    if !known.key.is_empty() && running.get(known.key).and_then(Value::as_str) != Some(&stored.element) {
        return Vec::new();
    }
    let contradicts = |told: &str, option: &str| {
        let (Some(running), Some(value)) = (running.get(told), stored.options.get(option)) else { return false };
        if stored.redacted.iter().any(|hidden| hidden == option) {
            return value.as_bool() == Some(is_nothing(running));
        }
        running != value && !(is_nothing(running) && is_nothing(value))
    };
    known.test.tells.iter().filter(|(told, option)| contradicts(told, option)).map(|(_, option)| (*option).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{
            all,
            tests::{element, recorded_sections, recorded_tests},
        },
        *,
    };

    fn with(section: &str, name: &str, options: &Value) -> Shown {
        let mut element = element(section);
        name.clone_into(&mut element.element);
        element.options.extend(options.as_object().unwrap().clone());
        element
    }

    #[test]
    fn k2_no_test_says_whom_a_message_goes_to() {
        for known in all() {
            for (name, _) in known.test.carries {
                assert!(
                    !["to", "teams", "recipients", "user-key", "chat-id", "room", "handlers"].contains(name),
                    "{} sends {name}",
                    known.section
                );
            }
        }
    }

    #[test]
    fn a_test_is_of_the_element_that_is_asked_for() {
        for (section, name, options, body) in [
            ("smtp", "", json!({"to": ["a@example.com"]}), json!({})),
            ("opsgenie2", "", json!({"teams": ["ops"]}), json!({})),
            ("telegram", "", json!({"chat-id": "42"}), json!({})),
            ("slack", "ops", json!({"channel": "#ops"}), json!({"workspace": "ops", "channel": "#ops"})),
            ("slack", "", json!({}), json!({"workspace": "", "channel": ""})),
            ("discord", "ops", json!({}), json!({"workspace": "ops"})),
            ("kafka", "main", json!({}), json!({"cluster": "main"})),
            ("influxdb", "local", json!({}), json!({"cluster": "local"})),
            ("mqtt", "plant", json!({}), json!({"broker-name": "plant", "topic": "kapacitor/test"})),
            (
                "httppost",
                "hook",
                json!({"url": "https://example.com/a", "headers": {"X-A": "b"}}),
                json!({"endpoint": "hook", "url": "https://example.com/a", "headers": {"X-A": "b"}}),
            ),
            // Null takes out the header that Kapacitor would send by itself.
            ("httppost", "hook", json!({}), json!({"endpoint": "hook", "url": "http://example.com", "headers": null})),
        ] {
            assert_eq!(Value::Object(test_body(section, &with(section, name, &options))), body, "{section} {name}");
        }
        let stored = Shown { element: String::new(), options: json!({"app-key": "k"}).as_object().unwrap().clone(), redacted: Vec::new() };
        assert_eq!(Value::Object(test_body("bigpanda", &stored)), json!({"app_key": "k"}));
        assert_eq!(Value::Object(test_body("of-no-table", &stored)), json!({}));
    }

    #[test]
    fn what_kapacitor_hides_is_not_sent_in_a_test() {
        let mut hook = with("httppost", "hook", &json!({"url": true}));
        hook.redacted.push("url".to_owned());
        assert_eq!(Value::Object(test_body("httppost", &hook)), json!({"endpoint": "hook", "headers": null}));
    }

    #[test]
    fn nothing_differs_in_a_kapacitor_as_it_is_shipped() {
        let tests = recorded_tests();
        for (section, elements) in recorded_sections() {
            assert_eq!(differing(&section, &elements[0], &tests[&section]), [] as [&str; 0], "{section}");
        }
    }

    #[test]
    fn k1_k2_what_runs_otherwise_than_it_is_stored_is_found() {
        for (section, stored, running, differs) in [
            ("smtp", json!({"to": ["ops@example.com"]}), json!({"to": ["tester@example.com"]}), &["to"][..]),
            ("smtp", json!({"to": null}), json!({"to": []}), &[]),
            (
                "opsgenie",
                json!({"teams": ["a"], "recipients": null}),
                json!({"teams": null, "recipients": ["b"]}),
                &["teams", "recipients"],
            ),
            ("slack", json!({"channel": "#ops"}), json!({"channel": ""}), &["channel"]),
            (
                "telegram",
                json!({"chat-id": "1", "disable-notification": true}),
                json!({"chat-id": "2"}),
                &["chat-id", "disable-notification"],
            ),
            ("teams", json!({"channel-url": "https://a"}), json!({"channel_url": ""}), &["channel-url"]),
            ("victorops", json!({"routing-key": "a"}), json!({"routingKey": "a"}), &[]),
            ("alerta", json!({"environment": "A", "origin": "b"}), json!({"environment": "B"}), &["environment", "origin"]),
            ("hipchat", json!({"room": "a"}), json!({"room": ""}), &["room"]),
            // Of what Kapacitor hides it is known only whether it is set.
            ("pushover", json!({"user-key": true}), json!({"user-key": ""}), &["user-key"]),
            ("pushover", json!({"user-key": true}), json!({"user-key": "u"}), &[]),
            ("pushover", json!({"user-key": false}), json!({"user-key": "u"}), &["user-key"]),
        ] {
            let mut told = recorded_tests()[section].clone();
            told.extend(running.as_object().unwrap().clone());
            assert_eq!(differing(section, &with(section, "", &stored), &told), differs, "{section} {stored} {running}");
        }
    }

    #[test]
    fn a_test_tells_of_the_element_that_it_names_only() {
        let running = json!({"workspace": "ops", "channel": "#ops"}).as_object().unwrap().clone();
        let differs = |name: &str| differing("slack", &with("slack", name, &json!({"channel": "#other"})), &running);
        assert_eq!(differs("ops"), ["channel"]);
        assert_eq!(differs(""), [] as [&str; 0]);
    }
}
