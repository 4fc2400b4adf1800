//! What the server at hand offers: the catalogue, its configuration and its service tests joined.

use std::collections::{BTreeMap, BTreeSet};

use model::{FieldKind, Handler, HandlerField, HandlerTest, Proof};
use serde_json::{Map, Value};

use super::{
    all,
    duration::duration_ns,
    known,
    known::{Known, KnownOption},
    validate::is_of,
};

/// An element as `GET /config` shows it. Kapacitor does not hide every secret: it is never printed.
#[derive(Clone)]
pub(crate) struct Shown {
    /// Its name; empty in a section that is no list, and for an element without one.
    pub(crate) element: String,
    /// Every option.
    pub(crate) options: Map<String, Value>,
    /// Options of which Kapacitor says only whether they are set.
    pub(crate) redacted: Vec<String>,
}

/// The elements of every section that `GET /config` shows. A list that is empty is not shown.
pub(crate) type Sections = BTreeMap<String, Vec<Shown>>;

/// The options of every service test that `GET /service-tests` shows, some with running values, secrets among them.
pub(crate) type Tests = BTreeMap<String, Map<String, Value>>;

/// Sections that are told nothing of alerts: Kapacitor finds out by them whom to ask for metrics.
const NO_HANDLERS: [&str; 14] = [
    "azure",
    "consul",
    "dns",
    "ec2",
    "file-discovery",
    "gce",
    "kubernetes",
    "marathon",
    "nerve",
    "scraper",
    "serverset",
    "static-discovery",
    "swarm",
    "triton",
];

/// Options that Kapacitor itself uses to name elements, where no table says it.
const KEYS: [&str; 4] = ["id", "name", "endpoint", "workspace"];

/// The handlers of a server by label. Lists without elements are among them when the server can test one.
pub(crate) fn offered(version: &str, sections: &Sections, tests: &Tests) -> Vec<Handler> {
    let shown = sections.keys().map(String::as_str).filter(|section| !NO_HANDLERS.contains(section));
    let empty = all().filter(|known| !known.key.is_empty() && tests.contains_key(known.section)).map(|known| known.section);
    let names: BTreeSet<&str> = shown.chain(empty).collect();
    let mut handlers: Vec<Handler> = names
        .into_iter()
        .map(|section| {
            let elements = sections.get(section).map(Vec::as_slice).unwrap_or_default();
            let is_tested = tests.contains_key(section);
            match known(section) {
                Some(known) => described(known, version, elements, is_tested),
                None => guessed(section, elements, is_tested),
            }
        })
        .collect();
    handlers.sort_by_key(|handler| (handler.label.to_lowercase(), handler.section.clone()));
    handlers
}

/// A handler of the catalogue, as this server has it.
fn described(known: &Known, version: &str, elements: &[Shown], is_tested: bool) -> Handler {
    let is_there = |option: &&KnownOption| match elements {
        [] => is_since(version, option.since),
        elements => elements.iter().any(|element| element.options.contains_key(option.name)),
    };
    let mut fields: Vec<HandlerField> = known.options.iter().filter(is_there).map(KnownOption::field).collect();
    for field in &mut fields {
        let is_hidden = is_redacted(&field.name, elements);
        field.secret |= is_hidden;
        if !is_hidden && elements.iter().any(|element| contradicts(element.options.get(&field.name), field.kind)) {
            // A form would lose it: Zenoss takes numbers for severities where others write their names.
            field.kind = FieldKind::Json;
        }
    }
    fields.extend(
        values(elements)
            .into_iter()
            .filter(|(name, _)| known.option(name).is_none())
            .map(|(name, value)| HandlerField { rare: true, ..guessed_field(name, value, elements) }),
    );
    Handler {
        section: known.section.to_owned(),
        label: known.label.to_owned(),
        remark: said(known.remark),
        since: said(known.since),
        key: said(known.key),
        known: true,
        fields,
        test: is_tested.then(|| HandlerTest { proves: known.test.proves, says: known.test.says.to_owned() }),
    }
}

/// A handler of no table.
fn guessed(section: &str, elements: &[Shown], is_tested: bool) -> Handler {
    let is_key =
        |key: &&str| elements.iter().all(|element| element.options.get(*key).is_some_and(|value| value.as_str() == Some(&element.element)));
    let is_list = elements.iter().any(|element| !element.element.is_empty());
    let says = "Kapacitor calls it a success; what that proves is not known of this handler".to_owned();
    Handler {
        section: section.to_owned(),
        label: spoken(section),
        remark: None,
        since: None,
        key: if is_list { KEYS.into_iter().find(is_key).map(str::to_owned) } else { None },
        known: false,
        fields: values(elements).into_iter().map(|(name, value)| guessed_field(name, value, elements)).collect(),
        test: is_tested.then_some(HandlerTest { proves: Proof::Unknown, says }),
    }
}

impl KnownOption {
    fn field(&self) -> HandlerField {
        HandlerField {
            name: self.name.to_owned(),
            label: self.label.to_owned(),
            help: self.help.to_owned(),
            kind: self.kind,
            secret: self.is_secret,
            required: self.is_required,
            choices: self.choices.iter().map(|&choice| choice.to_owned()).collect(),
            rare: self.is_rare,
        }
    }
}

fn guessed_field(name: &str, value: &Value, elements: &[Shown]) -> HandlerField {
    let is_redacted = is_redacted(name, elements);
    let kind = if is_redacted { FieldKind::Text } else { kind_of(value) };
    HandlerField {
        name: name.to_owned(),
        label: spoken(name),
        help: String::new(),
        kind,
        secret: is_redacted || sounds_secret(name, kind),
        required: false,
        choices: Vec::new(),
        rare: false,
    }
}

/// Every option with the value that tells most of what it holds: of the first element where it is not null.
fn values(elements: &[Shown]) -> BTreeMap<&str, &Value> {
    let mut values = BTreeMap::new();
    for (name, value) in elements.iter().flat_map(|element| &element.options) {
        let told = values.entry(name.as_str()).or_insert(value);
        if told.is_null() {
            *told = value;
        }
    }
    values
}

fn kind_of(value: &Value) -> FieldKind {
    match value {
        Value::Bool(_) => FieldKind::Switch,
        Value::Number(number) if number.is_i64() || number.is_u64() => FieldKind::Integer,
        // Kapacitor writes no length of time without a unit, and hardly any other text is one.
        Value::String(text) if text != "0" && duration_ns(text).is_some() => FieldKind::Duration,
        Value::String(_) => FieldKind::Text,
        Value::Array(list) if list.iter().all(Value::is_string) => FieldKind::List,
        Value::Object(map) if !map.is_empty() && map.values().all(Value::is_string) => FieldKind::Map,
        Value::Object(map) if !map.is_empty() && map.values().all(|value| kind_of(value) == FieldKind::List) => FieldKind::Lists,
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => FieldKind::Json,
    }
}

/// Whether an option of no table may be a secret that Kapacitor forgot to hide: it forgot the webhooks of Discord and Teams, the headers of
/// HTTP posts and the passwords of Kafka.
fn sounds_secret(name: &str, kind: FieldKind) -> bool {
    let is_harmless = matches!(kind, FieldKind::Switch | FieldKind::Integer | FieldKind::Duration);
    !is_harmless && ["password", "token", "secret", "key", "auth", "header", "credential", "url"].iter().any(|word| name.contains(word))
}

fn contradicts(shown: Option<&Value>, kind: FieldKind) -> bool {
    shown.is_some_and(|value| !value.is_null() && !is_of(kind, value))
}

fn is_redacted(name: &str, elements: &[Shown]) -> bool {
    elements.iter().any(|element| element.redacted.iter().any(|hidden| hidden == name))
}

/// Whether an option holds nothing: null, which Kapacitor writes here and `[]` there; of an option that it hides it says `false`.
pub(crate) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// Whether a version has what came with another. One that is no version is believed to be the newest.
pub(super) fn is_since(version: &str, since: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<u32>>>();
    match (numbers(version), numbers(since)) {
        (Some(version), Some(since)) => version >= since,
        _ => true,
    }
}

/// `icon-emoji` as `Icon emoji`.
fn spoken(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::tests::{newest, recorded, recorded_sections, recorded_tests},
        *,
    };

    fn one(section: &str, element: &str, options: &Value, redacted: &[&str]) -> Sections {
        let shown = Shown {
            element: element.to_owned(),
            options: options.as_object().unwrap().clone(),
            redacted: redacted.iter().map(|&name| name.to_owned()).collect(),
        };
        [(section.to_owned(), vec![shown])].into()
    }

    fn names(handler: &Handler) -> Vec<&str> {
        handler.fields.iter().map(|field| field.name.as_str()).collect()
    }

    #[test]
    fn a_recorded_server_offers_its_handlers_by_label() {
        let handlers = recorded();
        let labels: Vec<&str> = handlers.iter().map(|handler| handler.label.as_str()).collect();
        assert_eq!(
            labels.join(", "),
            "Alerta, Discord, HipChat, HTTP post, InfluxDB, Kafka, Mail, Microsoft Teams, MQTT, Opsgenie, Opsgenie 2, PagerDuty, \
             PagerDuty 2, Pushover, Sensu, Slack, SNMP trap, Talk, Telegram, VictorOps"
        );
        assert!(handlers.iter().all(|handler| handler.known && handler.test.is_some()));
    }

    #[test]
    fn what_finds_servers_is_no_handler() {
        let mut sections = recorded_sections();
        sections.insert("kubernetes".to_owned(), sections["smtp"].clone());
        sections.insert("azure".to_owned(), Vec::new());
        assert_eq!(offered("1.5.6", &sections, &recorded_tests()), recorded());
    }

    #[test]
    fn a_list_without_elements_is_offered_where_it_can_be_tested_with_what_the_version_has() {
        let mut sections = recorded_sections();
        sections.remove("kafka");
        sections.remove("smtp");
        let kafka = |version: &str| {
            let handlers = offered(version, &sections, &recorded_tests());
            assert!(!handlers.iter().any(|handler| handler.section == "smtp"), "no list: its section would be there");
            handlers.into_iter().find(|handler| handler.section == "kafka").unwrap()
        };
        assert!(!names(&kafka("1.5.6")).contains(&"sasl-password"));
        assert!(names(&kafka("1.6.4")).contains(&"sasl-password") && !names(&kafka("1.6.4")).contains(&"sasl-access-token"));
        assert!(names(&kafka("1.7.6")).contains(&"sasl-access-token") && names(&kafka("")).contains(&"sasl-access-token"));
    }

    #[test]
    fn only_what_the_server_shows_is_offered() {
        let sections = one("slack", "", &json!({"workspace": "", "enabled": false, "url": false}), &["url"]);
        let handlers = offered("1.8.3", &sections, &Tests::new());
        assert_eq!(names(&handlers[0]), ["workspace", "enabled", "url"]);
        assert_eq!(handlers[0].test, None);
    }

    #[test]
    fn an_option_of_no_table_is_offered_by_its_name_and_hidden_when_it_may_be_a_secret() {
        let options = json!({"enabled": true, "room": "", "thread-mode": "all", "signing-secret": "s3", "url": "u", "room-count": 5});
        let handlers = offered("1.9.0", &one("hipchat", "", &options, &["room"]), &Tests::new());
        assert_eq!(names(&handlers[0]), ["enabled", "url", "room", "room-count", "signing-secret", "thread-mode"]);
        let field = |name: &str| handlers[0].fields.iter().find(|field| field.name == name).unwrap();
        assert_eq!(
            (field("thread-mode").label.as_str(), field("thread-mode").rare, field("thread-mode").secret),
            ("Thread mode", true, false)
        );
        assert_eq!((field("signing-secret").kind, field("signing-secret").secret), (FieldKind::Text, true));
        assert!(field("room").secret, "Kapacitor hides it here");
        assert!(!field("room-count").secret && !field("enabled").secret);
    }

    #[test]
    fn a_section_of_no_table_gets_fields_made_from_its_values() {
        let options = json!({
            "id": "main", "enabled": false, "timeout": "1m0s", "retries": 3, "ratio": 0.5, "rooms": ["a"], "labels": {"a": "b"},
            "streams": {"a": ["b"]}, "who": null, "nothing": {}, "password": true, "webhook-url": "https://x", "channel": "0"
        });
        let tests: Tests = [("matrix-chat".to_owned(), Map::new())].into();
        let handlers = offered("1.9.0", &one("matrix-chat", "main", &options, &["password"]), &tests);
        let matrix = &handlers[0];
        assert_eq!((matrix.label.as_str(), matrix.known, matrix.key.as_deref()), ("Matrix chat", false, Some("id")));
        assert_eq!(matrix.test.as_ref().unwrap().proves, Proof::Unknown);
        let kinds: BTreeMap<&str, FieldKind> = matrix.fields.iter().map(|field| (field.name.as_str(), field.kind)).collect();
        let expected = [
            ("channel", FieldKind::Text),
            ("enabled", FieldKind::Switch),
            ("id", FieldKind::Text),
            ("labels", FieldKind::Map),
            ("nothing", FieldKind::Json),
            ("password", FieldKind::Text),
            ("ratio", FieldKind::Json),
            ("retries", FieldKind::Integer),
            ("rooms", FieldKind::List),
            ("streams", FieldKind::Lists),
            ("timeout", FieldKind::Duration),
            ("webhook-url", FieldKind::Text),
            ("who", FieldKind::Json),
        ];
        assert_eq!(kinds, expected.into());
        let secrets: Vec<&str> = matrix.fields.iter().filter(|field| field.secret).map(|field| field.name.as_str()).collect();
        assert_eq!(secrets, ["password", "webhook-url"]);
    }

    #[test]
    fn a_null_of_one_element_is_told_by_another() {
        let mut sections = one("matrix", "a", &json!({"name": "a", "rooms": null}), &[]);
        let more = one("matrix", "b", &json!({"name": "b", "rooms": ["x"]}), &[]).remove("matrix").unwrap();
        sections.get_mut("matrix").unwrap().extend(more);
        let matrix = offered("1.9.0", &sections, &Tests::new()).remove(0);
        assert_eq!(matrix.key.as_deref(), Some("name"));
        assert_eq!(matrix.fields[1].kind, FieldKind::List);
    }

    #[test]
    fn an_option_that_kapacitor_starts_to_hide_stays_of_its_kind() {
        let sections = one("discord", "", &json!({"workspace": "", "url": true}), &["url"]);
        let discord = offered("2.0.0", &sections, &Tests::new()).remove(0);
        assert_eq!((discord.fields[1].kind, discord.fields[1].secret), (FieldKind::Url, true));
        assert_eq!(newest("discord").fields.len(), 14);
    }

    #[test]
    fn a_value_that_its_form_would_lose_is_shown_as_json() {
        let kind = |severities: Value| {
            let handlers = offered("1.6.0", &one("zenoss", "", &json!({"severity-map": severities}), &[]), &Tests::new());
            handlers[0].fields[0].kind
        };
        assert_eq!(kind(json!({"ok": "Clear", "critical": "Critical"})), FieldKind::Map);
        assert_eq!(kind(json!({"ok": 0, "critical": "Critical"})), FieldKind::Json);
        assert_eq!(kind(Value::Null), FieldKind::Map);
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (version, since, has) in [
            ("1.5.3", "", true),
            ("1.5.6", "1.5.6", true),
            ("1.5.6", "1.5.7", false),
            ("1.10.0", "1.6.3", true),
            ("1.6", "1.6.0", false),
            ("1.7", "1.6.3", true),
            ("", "1.8.0", true),
            ("unknown", "1.8.0", true),
        ] {
            assert_eq!(is_since(version, since), has, "{version} {since}");
        }
    }
}
