//! Which option Kapacitor's words are about.

use std::cmp::Reverse;

use model::Handler;

/// Words that name no option, with the option that they are about: the first of these that the handler has.
const PHRASES: &[(&str, &[&str])] = &[
    // The address, when nobody answers there: MQTT connects as soon as it is enabled.
    ("dial tcp", &["url", "addr", "urls", "brokers"]),
    ("lookup ", &["url", "addr", "urls", "brokers"]),
    ("network error", &["url"]),
    ("bad user name or password", &["password"]),
    // Lists of elements.
    ("marked as", &["default"]),
    ("must be set as default", &["default"]),
    ("more than one", &["default"]),
    ("only the default config", &["global"]),
    ("statechangesonly may only", &["state-changes-only"]),
    ("id must not be empty", &["id", "workspace"]),
    ("endpoint name", &["endpoint"]),
    ("name for the mqtt broker", &["name"]),
    ("influxdb cluster must be given", &["name"]),
    ("influxdb cluster name", &["name"]),
    // Certificates.
    ("could not load tls ca", &["ssl-ca"]),
    ("could not load tls client", &["ssl-cert"]),
    ("only key file provided", &["ssl-cert"]),
    ("only cert file provided", &["ssl-key"]),
    // One handler each.
    ("influxdb url", &["urls"]),
    ("client address", &["addr"]),
    ("idle timeout", &["idle-timeout"]),
    ("basicauth", &["basic-auth"]),
    ("severity mapping", &["severity-map"]),
    ("for severitymap", &["severity-map"]),
    ("alerts url", &["url"]),
    ("events url", &["url"]),
    ("webhook url", &["url", "channel-url"]),
    ("invalid url", &["url", "channel-url"]),
    ("'audience' parameter", &["sasl-oauth-parameters"]),
    ("not supported", &["sasl-oauth-service"]),
    ("alert-template for endpoint", &["alert-template"]),
    ("row-template for endpoint", &["row-template"]),
    ("url for endpoint", &["url"]),
];

/// What stands before the reason when Kapacitor has read the values and does not like one.
const VALIDATION: &str = "failed validation: ";

/// The option that a refusal is about, if it tells. `said` is Kapacitor's whole text; what stands in double quotes is a value, and ignored.
pub(crate) fn blamed(handler: &Handler, said: &str) -> Option<String> {
    let words = unquoted(said).to_lowercase();
    let has = |option: &str| handler.fields.iter().any(|field| field.name == option);
    named(&words).filter(|option| has(option)).map(str::to_owned).or_else(|| {
        let reason = words.split_once(VALIDATION).map_or(words.as_str(), |(_, reason)| reason);
        let phrases = PHRASES.iter().filter(|(phrase, _)| reason.contains(phrase));
        let by_phrase = phrases.filter_map(|(_, options)| options.iter().find(|option| has(option))).next();
        by_phrase.map(|&option| option.to_owned()).or_else(|| mentioned(handler, words.split_once(VALIDATION)?.1))
    })
}

/// The option that Kapacitor itself names as one.
fn named(words: &str) -> Option<&str> {
    let after = |mark: &str| words.split_once(mark).map(|(_, rest)| rest);
    after("cannot set option ")
        .and_then(|rest| rest.split(':').next())
        .or_else(|| after("unknown options [").and_then(|rest| rest.split([' ', ']']).next()))
        .or_else(|| after("cannot override element key ").and_then(|rest| rest.split_whitespace().next()))
}

/// The option that a reason mentions first, as a word or as several: `user-key` in `must specify user key`. Of two that begin there, the
/// longer.
fn mentioned(handler: &Handler, reason: &str) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let place = |name: &str| {
        let is_word = |at: &usize| !reason[..*at].ends_with(is_part) && !reason[at + name.len()..].starts_with(is_part);
        reason.match_indices(name).map(|(at, _)| at).find(is_word)
    };
    let names = handler.fields.iter().map(|field| field.name.as_str());
    let places = names.filter_map(|name| Some((place(name).or_else(|| place(&name.replace('-', " ")))?, name)));
    places.min_by_key(|(at, name)| (*at, Reverse(name.len()))).map(|(_, name)| name.to_owned())
}

/// A text without what stands in double quotes, as Go writes them: `\"` is no end.
fn unquoted(text: &str) -> String {
    let (mut words, mut is_quoted, mut is_escaped) = (String::new(), false, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            _ => words.push(c),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{super::tests::newest, *};

    #[test]
    fn words_of_kapacitor_are_put_at_their_option() {
        for (section, said, option) in [
            // As Kapacitor 1.5.3 says them.
            ("alerta", "failed validation: must specify url", "url"),
            ("slack", "failed to override configuration slack/: failed validation: must specify url", "url"),
            (
                "slack",
                r#"failed to override configuration slack/: failed validation: invalid url "https://x/token \" channel": parse error"#,
                "url",
            ),
            (
                "slack",
                "failed to override configuration slack/: cannot set option channel: wrong kind float64, expected value of kind string: false",
                "channel",
            ),
            ("smtp", r#"failed to override configuration smtp/: cannot set option port: cannot convert string "abc" into int"#, "port"),
            (
                "smtp",
                "failed to override configuration smtp/: cannot set option idle-timeout: cannot unmarshal float64 into int64",
                "idle-timeout",
            ),
            ("smtp", "failed validation: host cannot be empty", "host"),
            ("smtp", "failed validation: invalid port 0", "port"),
            ("smtp", "failed validation: must provide a 'from' address", "from"),
            ("smtp", r#"failed validation: invalid from email address: "to""#, "from"),
            ("smtp", r#"failed validation: invalid to email address: "from""#, "to"),
            ("smtp", r#"failed validation: invalid to email address: "\"username\"""#, "to"),
            ("smtp", "failed validation: idle timeout must be positive", "idle-timeout"),
            ("kafka", "failed validation: no brokers specified, must provide at least one broker URL", "brokers"),
            ("kafka", "failed validation: id must not be empty", "id"),
            ("kafka", "failed validation: invalid sasl-mechanism", "sasl-mechanism"),
            ("kafka", "failed validation: service okta not supported", "sasl-oauth-service"),
            ("kafka", "failed validation: 'audience' parameter is required for Auth0", "sasl-oauth-parameters"),
            ("kafka", "failed validation: 'sasl-oauth-token-url' required for Auth0", "sasl-oauth-token-url"),
            ("kafka", "failed validation: 'sasl-oauth-client-id' and 'sasl-oauth-client-secret' are required", "sasl-oauth-client-id"),
            ("mqtt", "failed validation: must specify a name for the mqtt broker", "name"),
            ("mqtt", "failed validation: must specify a url for mqtt service", "url"),
            (
                "mqtt",
                "failed to update configuration mqtt/default: Network Error : dial tcp 127.0.0.1:4: connect: connection refused",
                "url",
            ),
            ("mqtt", "failed to update configuration mqtt/b: no configuration is marked as the default", "default"),
            ("opsgenie", "failed validation: recovery_url cannot be empty", "recovery_url"),
            ("opsgenie2", "failed validation: url cannot be empty", "url"),
            ("opsgenie2", "failed validation: recovery_action cannot be empty", "recovery_action"),
            ("opsgenie2", "failed validation: api-key cannot be empty", "api-key"),
            ("pushover", "failed validation: must specify token", "token"),
            ("pushover", "failed validation: must specify user key", "user-key"),
            ("httppost", "failed validation: must specify endpoint name", "endpoint"),
            ("httppost", r#"failed validation: invalid URL "http://[::1": parse error"#, "url"),
            ("httppost", "failed validation: must use an absolute path for row-template-file", "row-template-file"),
            ("httppost", "failed validation: must specify only one of alert-template and alert-template-file", "alert-template"),
            (
                "httppost",
                r#"failed to update configuration httppost/a: failed to get alert-template for endpoint "row-template": failed to parse template"#,
                "alert-template",
            ),
            (
                "httppost",
                "failed to override configuration httppost/a: failed to decode options into *httppost.BasicAuth: 1 error(s) decoding",
                "basic-auth",
            ),
            ("snmptrap", "failed validation: must specify addr", "addr"),
            ("sensu", "failed validation: must specify client address", "addr"),
            ("telegram", "failed validation: must specify token", "token"),
            ("influxdb", "failed validation: must specify at least one InfluxDB URL", "urls"),
            (
                "influxdb",
                "failed validation: invalid subscription protocol, must be one of 'udp', 'http' or 'https', got x",
                "subscription-protocol",
            ),
            ("slack", "failed to override configuration slack/: unknown options [url] in section slack", "url"),
            ("slack", "failed to override configuration slack/ops: cannot override element key workspace", "workspace"),
            ("slack", "failed validation: only the default config may be assigned as global", "global"),
            (
                "slack",
                "failed validation: stateChangesOnly may only be assigned when the config is both default and global",
                "state-changes-only",
            ),
            ("slack", "failed validation: at least one Slack config must be set as default", "default"),
            (
                "slack",
                "failed to update configuration slack/: Could not load TLS CA: open /nowhere/url: no such file or directory",
                "ssl-ca",
            ),
            ("slack", "failed to update configuration slack/: Must provide both key and cert files: only key file provided.", "ssl-cert"),
            // Of later versions.
            ("discord", "failed validation: Must specify the Discord channel webhook URL", "url"),
            ("teams", "failed validation: must specify Teams channel webhook URL", "channel-url"),
            ("teams", r#"failed validation: invalid url "x": parse error"#, "channel-url"),
            ("servicenow", "failed validation: must specify Alerts URL", "url"),
            ("bigpanda", "failed validation: must specify the BigPanda webhook URL", "url"),
            ("bigpanda", "failed validation: must specify BigPanda app-key", "app-key"),
            ("bigpanda", "failed validation: must specify BigPanda token", "token"),
            ("zenoss", "failed validation: must specify events URL", "url"),
            ("zenoss", "failed validation: invalid severity mapping", "severity-map"),
        ] {
            assert_eq!(blamed(&newest(section), said).as_deref(), Some(option), "{section}: {said}");
        }
    }

    #[test]
    fn words_about_no_option_are_put_at_none() {
        for (section, said) in [
            ("smtp", "failed to update configuration smtp/: timeout"),
            ("slack", "failed to override configuration slack/: unknown options [nosuch] in section slack"),
            ("slack", "failed to apply update: invalid update action: element not specified, are you missing a trailing '/'?"),
            ("slack", r#"failed to apply update: invalid update action: invalid element name "url""#),
            ("smtp", "failed validation: something else \"host\""),
            ("smtp", ""),
        ] {
            assert_eq!(blamed(&newest(section), said), None, "{section}: {said}");
        }
    }
}
