//! Kapacitor's words when it refuses: at which option they belong, and without what must not be repeated.

use std::borrow::Cow;

use model::{EndpointChange, EndpointRefusal, Handler};
use serde_json::Value;
use url::Url;

use super::{
    catalogue::{self, Shown},
    config::is_secret,
};

/// What stands for something that is not repeated.
const LEFT_OUT: &str = "…";

/// A secret shorter than this is left out only where it is a word of its own, or words would be made unreadable.
const SHORT: usize = 4;

/// What Kapacitor puts before its reasons, from the outside to the inside, each up to its first `: `.
const FRAMES: [&str; 6] = [
    "failed to override configuration ",
    "failed to update configuration ",
    "failed to apply update",
    "invalid update action",
    "failed validation",
    "cannot set option ",
];

/// The refusal that Kapacitor's words stand for: at an option where one is to blame.
pub(super) fn refusal(said: &str, handler: &Handler, secrets: &Secrets) -> EndpointRefusal {
    let message = secrets.out_of(reason(said));
    if said.contains("id must not be empty") {
        let advice =
            "Kapacitor changes the endpoint without a name only while it is alone: remove the others, change it, and add them again";
        return EndpointRefusal::Refused { message, advice: advice.to_owned() };
    }
    match catalogue::blamed(handler, said) {
        Some(option) => EndpointRefusal::Option { option, message, advice: "correct it; Kapacitor has changed nothing".to_owned() },
        None => EndpointRefusal::Refused { message, advice: "Kapacitor has changed nothing; its own log may say more".to_owned() },
    }
}

/// What is wrong, without what Kapacitor puts before it.
fn reason(said: &str) -> &str {
    let mut rest = said.trim();
    for frame in FRAMES {
        if let Some((_, inner)) = rest.strip_prefix(frame).and_then(|after| after.split_once(": ")) {
            rest = inner;
        }
    }
    // What it was about to convert did not convert: `wrong kind float64, expected value of kind string: false`.
    rest.strip_suffix(": false").unwrap_or(rest)
}

/// Values that are in no words that leave here. They are never printed.
#[derive(Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Those that are sent, and those that Kapacitor itself shows.
    pub(super) fn of(handler: &Handler, change: &EndpointChange, stored: Option<&Shown>) -> Self {
        let is_secret = |name: &str| match stored {
            Some(stored) => is_secret(handler, stored, name),
            None => handler.fields.iter().any(|field| field.name == name && field.secret),
        };
        let mut secrets = Self::default();
        let shown = stored.into_iter().flat_map(|stored| &stored.options);
        for (_, value) in change.set.iter().chain(shown).filter(|(name, _)| is_secret(name)) {
            secrets.gather(value);
        }
        // The longer first: what is left of a part would tell the rest.
        secrets.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    fn gather(&mut self, value: &Value) {
        match value {
            Value::String(text) if !text.is_empty() => self.0.push(text.clone()),
            Value::Number(number) => self.0.push(number.to_string()),
            Value::Array(list) => list.iter().for_each(|value| self.gather(value)),
            Value::Object(map) => map.values().for_each(|value| self.gather(value)),
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }

    /// Words without these values, and with every address cut down to its host: Telegram, VictorOps and Slack have their secret in the path.
    pub(super) fn out_of(&self, words: &str) -> String {
        let mut words = words.to_owned();
        for secret in &self.0 {
            // As Go quotes it, which is how JSON does but for rare characters.
            let quoted = Value::from(secret.as_str()).to_string();
            for form in [secret.as_str(), quoted.trim_matches('"')] {
                words = without(&words, form);
            }
        }
        without_paths(&self.without_parts(&words))
    }

    /// Go names in quotes which part of an address it cannot read: `invalid port ":hunter2" after host`.
    fn without_parts(&self, words: &str) -> String {
        let is_part = |quoted: &str| !quoted.is_empty() && self.0.iter().any(|secret| secret.contains(quoted));
        // Every second piece stands in quotes.
        let pieces = words.split('"').enumerate().map(|(at, piece)| if at % 2 == 1 && is_part(piece) { LEFT_OUT } else { piece });
        pieces.collect::<Vec<&str>>().join("\"")
    }
}

fn without(words: &str, secret: &str) -> String {
    if secret.len() >= SHORT || !secret.chars().all(char::is_alphanumeric) {
        return words.replace(secret, LEFT_OUT);
    }
    words.split_inclusive(|c: char| !c.is_alphanumeric()).map(|word| alone(word, secret)).collect()
}

/// A word with what ends it, or what ends it alone.
fn alone<'a>(word: &'a str, secret: &str) -> Cow<'a, str> {
    match word.strip_prefix(secret) {
        Some(end) if end.chars().count() <= 1 && !end.chars().any(char::is_alphanumeric) => Cow::Owned(format!("{LEFT_OUT}{end}")),
        _ => Cow::Borrowed(word),
    }
}

/// Words with every address cut down to its host.
pub(super) fn without_paths(words: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
    let mut told = String::new();
    let mut rest = words;
    while let Some(at) = rest.find("://") {
        let begin = rest[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len();
        let end = rest[at..].find(is_end).map_or(rest.len(), |length| at + length);
        told.push_str(&rest[..begin]);
        told.push_str(&host_of(&rest[begin..end]));
        rest = &rest[end..];
    }
    told + rest
}

/// `https://hooks.slack.com/…` of any address there; what stands behind an address in the same word goes with it, except a colon.
fn host_of(address: &str) -> String {
    let (address, colon) = address.strip_suffix(':').map_or((address, ""), |address| (address, ":"));
    let Ok(url) = Url::parse(address) else { return format!("{LEFT_OUT}{colon}") };
    let Some(host) = url.host_str() else { return format!("{}://{LEFT_OUT}{colon}", url.scheme()) };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = if url.path().len() > 1 || url.query().is_some() { format!("/{LEFT_OUT}") } else { String::new() };
    format!("{}://{host}{port}{path}{colon}", url.scheme())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_reason_is_what_stands_behind_what_kapacitor_puts_before_it() {
        for (said, expected) in [
            ("failed to override configuration slack/: failed validation: must specify url", "must specify url"),
            (
                "failed to override configuration slack/: cannot set option channel: wrong kind float64, expected value of kind string: false",
                "wrong kind float64, expected value of kind string",
            ),
            (
                "failed to override configuration smtp/: cannot set option port: cannot convert string \"abc\" into int",
                "cannot convert string \"abc\" into int",
            ),
            (
                "failed to override configuration slack/: failed validation: invalid url \"x y\": parse x y",
                "invalid url \"x y\": parse x y",
            ),
            (
                "failed to update configuration mqtt/default: Network Error : dial tcp 127.0.0.1:4: connect: connection refused",
                "Network Error : dial tcp 127.0.0.1:4: connect: connection refused",
            ),
            ("failed to apply update: invalid update action: invalid element name \"hook.prod\"", "invalid element name \"hook.prod\""),
            (
                "failed to override configuration slack/: unknown options [nosuch] in section slack",
                "unknown options [nosuch] in section slack",
            ),
            ("timeout", "timeout"),
        ] {
            assert_eq!(reason(said), expected);
        }
    }

    fn secrets(values: &[Value]) -> Secrets {
        let mut secrets = Secrets::default();
        values.iter().for_each(|value| secrets.gather(value));
        secrets
    }

    #[test]
    fn a_secret_is_taken_out_of_words_whole_in_parts_and_as_go_quotes_it() {
        let secrets = secrets(&[
            json!("http://ann:hunter2/x"),
            json!({"username": "ann", "password": "back\\slash"}),
            json!(["tab\there"]),
            json!("abc"),
        ]);
        for (words, expected) in [
            ("invalid url \"http://ann:hunter2/x\": no", "invalid url \"…\": no"),
            ("invalid port \":hunter2\" after host", "invalid port \"…\" after host"),
            ("cannot take \"back\\\\slash\" or back\\slash", "cannot take \"…\" or …"),
            ("cannot take \"tab\\there\"", "cannot take \"…\""),
            ("abc, abcd and (abc): dabc abc", "…, abcd and (…): dabc …"),
            ("must specify \"nothing of it\"", "must specify \"nothing of it\""),
        ] {
            assert_eq!(secrets.out_of(words), expected);
        }
    }

    #[test]
    fn an_address_is_cut_down_to_its_host() {
        for (words, expected) in [
            (
                "Post \"https://api.telegram.org/bot123:hunter2/sendMessage\": dial tcp 127.0.0.1:3: connect: connection refused",
                "Post \"https://api.telegram.org/…\": dial tcp 127.0.0.1:3: connect: connection refused",
            ),
            ("Post http://127.0.0.1:3000/?api-key=hunter2: EOF", "Post http://127.0.0.1:3000/…: EOF"),
            ("ünd http://ann:hunter2@example.org und", "ünd http://example.org und"),
            ("see https://example.org/ and http://[bad", "see https://example.org and …"),
            ("dial tcp 127.0.0.1:3", "dial tcp 127.0.0.1:3"),
        ] {
            assert_eq!(Secrets::default().out_of(words), expected);
        }
    }

    #[test]
    fn what_is_sent_and_what_kapacitor_shows_although_it_is_secret_is_known() {
        let options = json!({"enabled": true, "channel-url": "https://example.org/hunter2"});
        let stored = Shown { element: String::new(), options: options.as_object().unwrap().clone(), redacted: Vec::new() };
        let sections = BTreeMap::from([("teams".to_owned(), vec![stored.clone()])]);
        let handler = catalogue::offered("1.5.6", &sections, &BTreeMap::new()).remove(0);
        let change = EndpointChange { set: BTreeMap::from([("channel-url".to_owned(), json!("hunter3"))]), ..Default::default() };
        let secrets = Secrets::of(&handler, &change, Some(&stored));
        assert_eq!(secrets.out_of("hunter3 https://example.org/hunter2 true"), "… … true");
    }
}
