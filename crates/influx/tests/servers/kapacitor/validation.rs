//! What each section demands of its options, in the order in which Kapacitor looks.

use serde_json::Value;

use super::{
    config::Options,
    go,
    sections::{Section, number},
};

/// Judges one element.
pub fn element(section: &str, options: &Options, version: &str) -> Result<(), String> {
    let checked = Checked(options);
    let is_enabled = checked.is_on("enabled");
    let is_given = |option: &str| !checked.text(option).is_empty();
    // Demanded of an enabled endpoint.
    let needs = |option: &str, complaint: &str| said_unless(!is_enabled || is_given(option), complaint);
    let always = |option: &str, complaint: &str| said_unless(is_given(option), complaint);
    match section {
        "alerta" | "hipchat" | "slack" | "talk" => {
            needs("url", "must specify url")?;
            checked.url("url", "url")
        }
        "bigpanda" => {
            needs("url", "must specify the BigPanda webhook URL")?;
            needs("app-key", "must specify BigPanda app-key")?;
            checked.url("url", "url")?;
            needs("token", "must specify BigPanda token")
        }
        "discord" => {
            needs("url", "Must specify the Discord channel webhook URL")?;
            checked.url("url", "url")?;
            checked.url("avatar-url", "url")
        }
        "httppost" => httppost(&checked),
        "influxdb" => influxdb(&checked),
        "kafka" if is_enabled => {
            always("id", "id must not be empty")?;
            said_unless(!checked.list("brokers").is_empty(), "no brokers specified, must provide at least one broker URL")?;
            if number(version) >= [1, 7, 6] { sasl(&checked) } else { Ok(()) }
        }
        "mqtt" => {
            always("name", "must specify a name for the mqtt broker")?;
            needs("url", "must specify a url for mqtt service")
        }
        "opsgenie" | "opsgenie2" => {
            always("url", "url cannot be empty")?;
            let recovery = if section == "opsgenie" { "recovery_url" } else { "recovery_action" };
            always(recovery, &format!("{recovery} cannot be empty"))?;
            checked.url("url", "URL")?;
            needs("api-key", "api-key cannot be empty")
        }
        "pagerduty" | "pagerduty2" | "victorops" => {
            always("url", "url cannot be empty")?;
            checked.url("url", "URL")
        }
        "pushover" if is_enabled => {
            needs("token", "must specify token")?;
            needs("user-key", "must specify user key")?;
            needs("url", "must specify url")?;
            checked.url("url", "URL")
        }
        "sensu" => needs("addr", "must specify client address"),
        "servicenow" => {
            needs("url", "must specify Alerts URL")?;
            checked.url("url", "url")
        }
        "smtp" => smtp(&checked, is_enabled),
        "snmptrap" => needs("addr", "must specify addr"),
        "teams" => {
            needs("channel-url", "must specify Teams channel webhook URL")?;
            checked.url("channel-url", "url")
        }
        "telegram" => {
            needs("url", "must specify url")?;
            needs("token", "must specify token")?;
            checked.url("url", "url")
        }
        "zenoss" => {
            needs("url", "must specify events URL")?;
            checked.url("url", "url")?;
            let severities = options.get("severity-map").and_then(Value::as_object);
            said_unless(severities.is_some_and(|levels| levels.values().all(|level| !level.is_null())), "invalid severity mapping")
        }
        _ => Ok(()),
    }
}

/// Judges the elements of a section together, which Kapacitor does when the one without a name is changed.
pub fn list(section: &Section, elements: &[Options], version: &str) -> Result<(), String> {
    if section.name == "mqtt" {
        return brokers(elements, version);
    }
    let has_default = section.field("default").is_some() && section.name != "influxdb";
    for options in elements {
        // The elements of this section are judged by nobody then.
        if section.name != "influxdb" {
            element(section.name, options, version)?;
        }
        if !has_default {
            continue;
        }
        let checked = Checked(options);
        let is_alone = elements.len() == 1;
        said_unless(is_alone || !checked.text("workspace").is_empty(), "id must not be empty")?;
        said_unless(!checked.is_on("global") || checked.is_on("default"), "only the default config may be assigned as global")?;
        said_unless(
            !checked.is_on("state-changes-only") || checked.is_on("default") && checked.is_on("global"),
            "stateChangesOnly may only be assigned when the config is both default and global",
        )?;
    }
    let product = if section.name == "slack" { "Slack" } else { "Discord" };
    let is_one_default = elements.len() < 2 || elements.iter().any(|options| Checked(options).is_on("default"));
    said_unless(!has_default || is_one_default, &format!("at least one {product} config must be set as default"))
}

/// Judges the brokers as their service does when it takes them, whatever was changed.
pub fn brokers(elements: &[Options], version: &str) -> Result<(), String> {
    for options in elements {
        element("mqtt", options, version)?;
    }
    let defaults = elements.iter().filter(|options| Checked(options).is_on("default")).count();
    said_unless(defaults < 2, "more than one configuration is marked as the default")?;
    said_unless(defaults == 1 || elements.len() < 2, "no configuration is marked as the default")
}

fn httppost(checked: &Checked<'_>) -> Result<(), String> {
    said_unless(!checked.text("endpoint").is_empty(), "must specify endpoint name")?;
    said_unless(!checked.text("url").is_empty(), "must specify url")?;
    checked.url("url", "URL")?;
    for what in ["alert-template", "row-template"] {
        let file = format!("{what}-file");
        let (inline, path) = (checked.text(what), checked.text(&file));
        said_unless(inline.is_empty() || path.is_empty(), &format!("must specify only one of {what} and {file}"))?;
        said_unless(path.is_empty() || path.starts_with('/'), &format!("must use an absolute path for {file}"))?;
    }
    Ok(())
}

fn influxdb(checked: &Checked<'_>) -> Result<(), String> {
    let name = checked.text("name");
    said_unless(!name.is_empty(), "influxdb cluster must be given a name")?;
    let is_plain = name.chars().all(|letter| letter.is_alphanumeric() || ".-_".contains(letter));
    said_unless(is_plain, "influxdb cluster name must contain only numbers, letters or '.', '-', and '_' characters")?;
    let urls = checked.list("urls");
    said_unless(!urls.is_empty(), "must specify at least one InfluxDB URL")?;
    if let Some(complaint) = urls.iter().find_map(|url| go::url(url)) {
        return Err(complaint);
    }
    let protocol = checked.text("subscription-protocol");
    let complaint = format!("invalid subscription protocol, must be one of 'udp', 'http' or 'https', got {protocol}");
    said_unless(["http", "https", "udp"].contains(&protocol), &complaint)
}

fn sasl(checked: &Checked<'_>) -> Result<(), String> {
    match checked.text("sasl-mechanism") {
        "" | "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "GSSAPI" => Ok(()),
        "OAUTHBEARER" => {
            let [id, secret] = ["sasl-oauth-client-id", "sasl-oauth-client-secret"].map(|option| checked.text(option));
            let complaint = "'sasl-oauth-client-id' and 'sasl-oauth-client-secret' are required";
            said_unless(!id.is_empty() && !secret.is_empty(), complaint)
        }
        _ => Err("invalid sasl-mechanism".to_owned()),
    }
}

fn smtp(checked: &Checked<'_>, is_enabled: bool) -> Result<(), String> {
    said_unless(!checked.text("host").is_empty(), "host cannot be empty")?;
    let port = checked.0.get("port").and_then(Value::as_i64).unwrap_or_default();
    said_unless(port > 0, &format!("invalid port {port}"))?;
    said_unless(!checked.text("idle-timeout").starts_with('-'), "idle timeout must be positive")?;
    let from = checked.text("from");
    said_unless(!is_enabled || !from.is_empty(), "must provide a 'from' address")?;
    said_unless(from.is_empty() || from.contains('@'), &format!("invalid from email address: {from:?}"))?;
    let wrong = checked.list("to").into_iter().find(|to| !to.contains('@'));
    wrong.map_or(Ok(()), |to| Err(format!("invalid to email address: {to:?}")))
}

fn said_unless(is_good: bool, complaint: &str) -> Result<(), String> {
    if is_good { Ok(()) } else { Err(complaint.to_owned()) }
}

struct Checked<'a>(&'a Options);

impl<'a> Checked<'a> {
    fn text(&self, option: &str) -> &'a str {
        self.0.get(option).and_then(Value::as_str).unwrap_or_default()
    }

    fn is_on(&self, option: &str) -> bool {
        self.0.get(option) == Some(&Value::Bool(true))
    }

    fn list(&self, option: &str) -> Vec<&'a str> {
        self.0.get(option).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// `word` is how the section writes the word URL.
    fn url(&self, option: &str, word: &str) -> Result<(), String> {
        let url = self.text(option);
        go::url(url).map_or(Ok(()), |complaint| Err(format!("invalid {word} {url:?}: {complaint}")))
    }
}
