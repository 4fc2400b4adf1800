//! Service tests: which there are, what they send unless they are told otherwise, and what comes of them. A success says less than it
//! seems to: mails, Kafka messages and traps are only queued or sent, and an HTTP post succeeds whatever is answered.

use serde_json::{Map, Value, json};

use super::{
    Alerting, Sent,
    config::Options,
    copying, go,
    routes::{Answered, Refused},
    sections,
    services::{self, FarSide},
};

/// The tests of services that have no section here: Kapacitor finds out by them whom to ask for metrics.
const DISCOVERY: [&str; 12] =
    ["azure", "consul", "dns", "ec2", "file-discovery", "gce", "marathon", "nerve", "scraper", "serverset", "static-discovery", "triton"];

/// Lists of recipients in the options of a test that are those of the running service: who writes into one writes into the other.
const SHARED: [(&str, &str); 5] =
    [("smtp", "to"), ("opsgenie", "teams"), ("opsgenie", "recipients"), ("opsgenie2", "teams"), ("opsgenie2", "recipients")];

/// `GET /service-tests?pattern=…`
pub fn list(alerting: &Alerting, version: &str, pattern: Option<&String>) -> Answered {
    let pattern = pattern.filter(|pattern| !pattern.is_empty()).map_or("*", String::as_str);
    if pattern.ends_with('[') {
        return Err(Refused::Says(400, "bad pattern: syntax error in pattern".to_owned()));
    }
    let services: Vec<Value> =
        names(version).iter().filter(|name| go::matches(pattern, name)).map(|name| described(alerting, name)).collect();
    let services = if services.is_empty() { Value::Null } else { Value::Array(services) };
    Ok(json!({"link": {"rel": "self", "href": "/kapacitor/v1/service-tests"}, "services": services}))
}

/// `GET /service-tests/NAME`
pub fn show(alerting: &Alerting, version: &str, name: &str) -> Answered {
    Ok(described(alerting, known(version, name)?))
}

/// `POST /service-tests/NAME`: a test with the options of the service, changed by those of the body.
pub fn run(alerting: &mut Alerting, version: &str, name: &str, body: &[u8]) -> Answered {
    let name = known(version, name)?;
    let bad = |error: String| Refused::Says(400, format!("failed to decode JSON body:{error}"));
    let given = match go::first_value(body).map_err(bad)? {
        Value::Object(given) => given,
        Value::Null => Map::new(),
        other => return Err(bad(format!("json: cannot unmarshal {} into Go value of type {name}.testOptions", go::json_word(&other)))),
    };
    let mut test = options(alerting, name);
    for (option, value) in given {
        let Some(slot) = test.get_mut(&option) else { continue };
        if !fits(slot, &value) {
            let (word, expected) = (go::json_word(&value), go_type(slot));
            return Err(bad(format!("json: cannot unmarshal {word} into Go struct field testOptions.{option} of type {expected}")));
        }
        share(alerting, name, &option, &value);
        *slot = value;
    }
    let (sent, outcome) = Test { alerting, name, options: test }.run();
    alerting.sent.extend(sent);
    Ok(json!({"success": outcome.is_ok(), "message": outcome.err().unwrap_or_default()}))
}

fn names(version: &str) -> Vec<&'static str> {
    let of_sections = sections::of(version).into_iter().map(|section| section.name);
    let mut names: Vec<&str> = DISCOVERY.into_iter().chain(of_sections).collect();
    names.sort_unstable();
    names
}

fn known(version: &str, name: &str) -> Result<&'static str, Refused> {
    let name = name.trim_end_matches('/');
    let missing = || Refused::Says(404, format!("service {name:?} not found"));
    names(version).into_iter().find(|known| *known == name).ok_or_else(missing)
}

fn described(alerting: &Alerting, name: &str) -> Value {
    let link = json!({"rel": "self", "href": format!("/kapacitor/v1/service-tests/{name}")});
    json!({"link": link, "name": name, "options": options(alerting, name)})
}

/// What a test sends unless it is told otherwise. Much of it is what the service runs with, secrets too.
fn options(alerting: &Alerting, name: &str) -> Value {
    let first = services::default(alerting, name);
    let of = |option: &str| first.and_then(|options| options.get(option)).cloned().unwrap_or(json!(""));
    match name {
        "alerta" => json!({
            "resource": "testResource", "event": "testEvent", "environment": of("environment"), "severity": "critical",
            "group": "testGroup", "value": "testValue", "message": "test alerta message", "origin": of("origin"),
            "service": ["testServiceA", "testServiceB"], "timeout": "24h0m0s",
        }),
        "bigpanda" => json!({
            "app_key": "my-app-key-123456", "message": "test bigpanda message", "level": "CRITICAL",
            "event_data": event("testBigPanda"), "timestamp": "1970-01-01T00:00:01Z",
        }),
        "discord" => json!({
            "workspace": of("workspace"), "message": "test discord message", "level": "INFO", "username": "Kapacitor", "avatar-url": "",
            "embed-title": "Kapacitor Alert", "time-val": "1970-01-01T00:00:01Z",
        }),
        "hipchat" => json!({"room": of("room"), "message": "test hipchat message", "level": "CRITICAL"}),
        "httppost" => json!({
            "endpoint": "example", "url": "http://localhost:3000/", "headers": {"Auth": "secret"}, "timeout": 0,
        }),
        "influxdb" => json!({"cluster": ""}),
        "kafka" => json!({"cluster": "example", "topic": "test", "key": "key", "message": "test kafka message"}),
        "mqtt" => json!({"broker-name": "default", "topic": "", "message": "", "qos": "at-most-once", "retained": false}),
        "opsgenie" | "opsgenie2" => json!({
            "teams": of("teams"), "recipients": of("recipients"), "message-type": "CRITICAL", "message": "test opsgenie message",
            "entity-id": "testEntityID",
        }),
        "pagerduty" => json!({
            "incident-key": "testIncidentKey", "description": "test pagerduty message", "details": "", "level": "CRITICAL",
        }),
        "pagerduty2" => json!({
            "alert_id": "testAlertID", "description": "test pagerduty2 message", "level": "CRITICAL",
            "event_data": event("testPagerDuty2"), "timestamp": "2014-11-12T11:45:26.371Z",
            "links": [{"href": "https://example.com/a", "text": "a"}, {"href": "https://example.com/b", "text": "b"}],
        }),
        "pushover" => json!({
            "user-key": of("user-key"), "message": "test pushover message", "device": "", "title": "", "url": "", "url-title": "",
            "sound": "", "level": "CRITICAL",
        }),
        "sensu" => json!({
            "name": "testName", "source": of("source"), "output": "testOutput", "handlers": [], "metadata": {}, "level": "CRITICAL",
        }),
        "servicenow" => json!({"alert_id": "id", "source": "Kapacitor", "level": "CRITICAL", "message": "test servicenow alert"}),
        "slack" => json!({
            "workspace": of("workspace"), "channel": of("channel"), "message": "test slack message", "level": "CRITICAL", "username": "",
            "icon-emoji": "",
        }),
        "smtp" => json!({"to": of("to"), "subject": "test subject", "body": "test body"}),
        "snmptrap" => json!({
            "trap-oid": "1.1.1.1", "data-list": [{"oid": "1.1.1.1.2", "type": "s", "value": "test snmptrap message"}],
        }),
        "talk" => json!({"title": "testTitle", "text": "test talk text"}),
        "teams" => json!({
            "channel_url": of("channel-url"), "alert_topic": "test kapacitor alert topic", "alert_id": "foo/bar/bat",
            "message": "test teams message", "level": "CRITICAL",
        }),
        "telegram" => json!({
            "chat-id": of("chat-id"), "parse-mode": of("parse-mode"), "message": "test telegram message",
            "disable-web-page-preview": of("disable-web-page-preview"), "disable-notification": of("disable-notification"),
        }),
        "victorops" => json!({
            "routingKey": of("routing-key"), "messageType": "CRITICAL", "message": "test victorops message", "entityID": "testEntityID",
        }),
        "zenoss" => json!({
            "alert_id": "1001", "level": "CRITICAL", "message": "test zenoss message", "action": of("action"), "method": of("method"),
            "type": of("type"), "tid": of("tid"), "summary": "", "device": "", "component": "", "event_class_key": "", "event_class": "",
            "collector": of("collector"), "custom_fields": {},
        }),
        _ => json!({"id": ""}),
    }
}

fn event(name: &str) -> Value {
    json!({"Name": name, "TaskName": "", "Group": "", "Tags": {}, "Recoverable": false, "Fields": {}, "Result": {"series": null}})
}

/// Whether Go decodes the value into what holds the other. Lists without members are null.
fn fits(slot: &Value, given: &Value) -> bool {
    let of = |value: &Value| if value.is_null() { "slice" } else { copying::kind_of(value) };
    given.is_null() || of(slot) == of(given)
}

fn go_type(slot: &Value) -> &'static str {
    match slot {
        Value::Null | Value::Array(_) => "[]string",
        Value::Number(_) => "int64",
        Value::Object(_) => "map[string]interface {}",
        other => copying::kind_of(other),
    }
}

/// Go decodes a list into the one that is there, as far as that is long.
fn share(alerting: &mut Alerting, name: &str, option: &str, given: &Value) {
    if !SHARED.contains(&(name, option)) {
        return;
    }
    let elements = alerting.running.get_mut(name).into_iter().flatten();
    let lists = elements.filter_map(|options| options.get_mut(option)).filter_map(Value::as_array_mut);
    for (slot, value) in lists.flat_map(|list| list.iter_mut().zip(given.as_array().into_iter().flatten())) {
        *slot = value.clone();
    }
}

/// A test with its options.
struct Test<'a> {
    alerting: &'a Alerting,
    name: &'static str,
    options: Value,
}

impl Test<'_> {
    /// What left Kapacitor, if anything, and what Kapacitor says of it.
    fn run(self) -> (Option<Sent>, Result<(), String>) {
        let (element, running) = match self.service() {
            Ok(service) => service,
            Err(error) => return (None, Err(error)),
        };
        let outcome = self.outcome(&element, &running);
        let recipients = match self.recipients(&running) {
            Ok(recipients) => recipients,
            Err(error) => return (None, Err(error)),
        };
        let service = self.name.to_owned();
        (Some(Sent { service, element, recipients, test: self.options, running }), outcome)
    }

    fn text(&self, option: &str) -> String {
        self.options[option].as_str().unwrap_or_default().to_owned()
    }

    /// The element that sends and what it runs with, or what Kapacitor says when there is none.
    fn service(&self) -> Result<(String, Options), String> {
        let disabled = || "service is not enabled".to_owned();
        let element = |name: &str| services::element(self.alerting, self.name, name).cloned();
        let is_on = |options: &Options| options.get("enabled") == Some(&Value::Bool(true));
        match self.name {
            "slack" | "discord" => {
                let name = self.text("workspace");
                let default = || services::default(self.alerting, self.name).filter(|_| name.is_empty()).cloned();
                let options = element(&name).or_else(default).ok_or("workspace id not found")?;
                if is_on(&options) { Ok((name, options)) } else { Err(disabled()) }
            }
            "mqtt" => {
                let name = self.text("broker-name");
                if self.text("topic").is_empty() {
                    return Err("missing MQTT topic".to_owned());
                }
                let options = element(&name).filter(is_on).ok_or_else(|| format!("unknown MQTT broker {name:?}"))?;
                Ok((name, options))
            }
            "kafka" => {
                let name = self.text("cluster");
                let options = element(&name).filter(is_on).ok_or_else(|| format!("unknown cluster {name:?}"))?;
                Ok((name, options))
            }
            "influxdb" => {
                let name = self.text("cluster");
                let missing = || format!("cluster {name:?} is not enabled or does not exist");
                let options = element(&name).filter(is_on).ok_or_else(missing)?;
                Ok((name, options))
            }
            // It sends to the URL of the test, whatever its endpoint says.
            "httppost" => Ok((self.text("endpoint"), element(&self.text("endpoint")).unwrap_or_default())),
            name => match services::default(self.alerting, name) {
                Some(options) if is_on(options) => Ok((String::new(), options.clone())),
                Some(_) if name == "opsgenie2" => Err(format!("failed to prepare API request: {}", disabled())),
                _ => Err(disabled()),
            },
        }
    }

    /// To whom; an empty list stands for that of the service.
    fn recipients(&self, running: &Options) -> Result<Vec<String>, String> {
        let lists: &[&str] = match self.name {
            "smtp" => &["to"],
            "opsgenie" | "opsgenie2" => &["teams", "recipients"],
            _ => &[],
        };
        let texts = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let of = |list: &&str| {
            let asked = texts(&self.options[*list]);
            if asked.is_empty() { texts(&running[*list]) } else { asked }
        };
        let recipients: Vec<String> = lists.iter().flat_map(of).collect();
        if self.name == "smtp" && recipients.is_empty() {
            return Err("not sending email, no recipients defined".to_owned());
        }
        Ok(recipients)
    }

    fn outcome(&self, element: &str, running: &Options) -> Result<(), String> {
        let option = |name: &str| running.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let address = match self.name {
            "httppost" => self.text("url"),
            "sensu" => option("addr"),
            "teams" => option("channel-url"),
            "influxdb" => format!("{}/ping", running["urls"][0].as_str().unwrap_or_default()),
            // Queued, or sent to whoever listens.
            "smtp" | "kafka" | "snmptrap" => return Ok(()),
            _ => option("url"),
        };
        match services::far_side(self.alerting, &address) {
            FarSide::Takes => Ok(()),
            FarSide::Refuses => {
                let dial = services::dial(&address);
                Err(match self.name {
                    "sensu" | "mqtt" => dial,
                    "httppost" => format!("failed to POST alert data: Post {address:?}: {dial}"),
                    "influxdb" => format!("failed to ping the influxdb cluster {element:?}: Get {address:?}: {dial}"),
                    _ => format!("Post {address:?}: {dial}"),
                })
            }
            FarSide::Says(status, text) => self.understood(status, &text),
        }
    }

    /// What becomes of `{"error":TEXT,"message":TEXT}`.
    fn understood(&self, status: u16, text: &str) -> Result<(), String> {
        if matches!(self.name, "httppost" | "sensu" | "mqtt" | "influxdb") || status < 300 {
            return Ok(());
        }
        Err(match self.name {
            "opsgenie2" => format!("opsgenie error: {text}"),
            "pagerduty2" => format!("Status: , Message: {text} Errors: []"),
            "pushover" => "json: Unmarshal(non-pointer struct { Errors []string \"json:\\\"errors\\\"\" })".to_owned(),
            "talk" => {
                let content = json!({"error": text, "message": text});
                format!("failed to understand Talk response. code: {status} content: {content}")
            }
            "telegram" => "sendMessage error (0) description: ".to_owned(),
            _ => text.to_owned(),
        })
    }
}
