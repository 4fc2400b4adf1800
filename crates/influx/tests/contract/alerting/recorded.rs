//! The scripted Kapacitor itself, against the recorded facts: bodies word for word.

use influx::http::Method;
use serde_json::{Value, json};

use super::{Alerts, VERSIONS};

/// An error as it is written: over several lines, from 1.6 on twice.
fn error(version: &str, text: &str) -> String {
    let text = Value::from(text);
    if version.starts_with("1.5") {
        format!("{{\n    \"error\": {text}\n}}")
    } else {
        format!("{{\n    \"error\": {text},\n    \"message\": {text}\n}}")
    }
}

#[tokio::test]
async fn what_is_refused_is_refused_in_the_recorded_words() {
    let applied = "failed to apply update: ";
    let over = "failed to override configuration ";
    for version in VERSIONS {
        let alerts = Alerts::start(version).await;
        for (path, body, status, text) in [
            (
                "/config/slack",
                r#"{"set":{"channel":"x"}}"#,
                400,
                format!("{applied}invalid update action: element not specified, are you missing a trailing '/'?"),
            ),
            ("/config/slack/", r#"{"set":{"enabled":true}}"#, 400, format!("{over}slack/: failed validation: must specify url")),
            (
                "/config/slack/",
                r#"{"set":{"channel":1}}"#,
                400,
                format!("{over}slack/: cannot set option channel: wrong kind float64, expected value of kind string: false"),
            ),
            (
                "/config/smtp/",
                r#"{"set":{"port":"abc"}}"#,
                400,
                format!("{over}smtp/: cannot set option port: cannot convert string \"abc\" into int"),
            ),
            (
                "/config/smtp/",
                r#"{"set":{"idle-timeout":30}}"#,
                400,
                format!("{over}smtp/: cannot set option idle-timeout: cannot unmarshal float64 into int64"),
            ),
            (
                "/config/smtp/",
                r#"{"set":{"to":"a@x"}}"#,
                400,
                format!("{over}smtp/: cannot set option to: wrong kind string, expected value of kind slice: false"),
            ),
            (
                "/config/httppost/example",
                r#"{"set":{"basic-auth":true}}"#,
                400,
                format!("{over}httppost/example: cannot set option basic-auth: wrong kind bool, expected value of kind struct: false"),
            ),
            (
                "/config/smtp/",
                r#"{"set":{"password":null}}"#,
                400,
                format!("{over}smtp/: cannot set option password: wrong kind invalid, expected value of kind string: false"),
            ),
            ("/config/slack/", r#"{"set":{"nosuch":1}}"#, 400, format!("{over}slack/: unknown options [nosuch] in section slack")),
            ("/config/nosuch/", r#"{"set":{"enabled":true}}"#, 400, format!("{over}nosuch/: unknown options [enabled] in section nosuch")),
            (
                "/config/slack/nope",
                r#"{"set":{"channel":"x"}}"#,
                400,
                format!("{over}slack/nope: unknown options [channel] in section slack"),
            ),
            (
                "/config/httppost/example",
                r#"{"set":{"headers":{"a":1}}}"#,
                400,
                format!(
                    "{over}httppost/example: cannot set option headers: failed to copy map value: wrong kind float64, expected value of kind \
                     string: false"
                ),
            ),
            (
                "/config/httppost/example",
                r#"{"set":{"basic-auth":{"user":"a"}}}"#,
                400,
                format!(
                    "{over}httppost/example: cannot set option basic-auth: failed to decode options into *httppost.BasicAuth: 1 error(s) \
                     decoding:\n\n* '' has invalid keys: user"
                ),
            ),
            ("/config/slack/", r#"{"set":{"workspace":"x"}}"#, 400, format!("{over}slack/: cannot override element key workspace")),
            (
                "/config/slack/",
                r#"{"set":{"channel":"x"},"remove":["a"]}"#,
                400,
                format!("{applied}invalid update action: cannot provide both set/delete and add/remove actions in the same update"),
            ),
            ("/config/slack", r#"{"add":{"url":"x"}}"#, 400, format!("{applied}missing key \"workspace\" in \"add\" map")),
            (
                "/config/slack",
                r#"{"add":{"workspace":1}}"#,
                400,
                format!("{applied}expected \"workspace\" key to be a string, got float64"),
            ),
            ("/config/smtp", r#"{"add":{"host":"x"}}"#, 400, format!("{applied}section \"smtp\" is not a list, cannot add new element")),
            ("/config/nosuch", r#"{"add":{"id":"x"}}"#, 400, format!("{applied}unknown section \"nosuch\"")),
            (
                "/config/slack/ops",
                r#"{"add":{"workspace":"ops"}}"#,
                400,
                format!("{applied}invalid update action: must not provide an element name when adding an a new override"),
            ),
            (
                "/config/slack/ops",
                r#"{"remove":["ops"]}"#,
                400,
                format!("{applied}invalid update action: must not provide element when removing an override"),
            ),
            ("/config/sl%20ack/", "{}", 400, format!("{applied}invalid update action: invalid section name \"sl ack\"")),
            ("/config/httppost/hook.prod", "{}", 400, format!("{applied}invalid update action: invalid element name \"hook.prod\"")),
            ("/config/smtp/", "no", 400, "failed to decode JSON:invalid character 'o' in literal null (expecting 'u')".to_owned()),
            (
                "/config/mqtt/default",
                r#"{"set":{"enabled":true,"url":"tcp://127.0.0.1:4"}}"#,
                500,
                "failed to update configuration mqtt/default: Network Error : dial tcp 127.0.0.1:4: connect: connection refused".to_owned(),
            ),
            ("/service-tests/nosuch", "{}", 404, "service \"nosuch\" not found".to_owned()),
            (
                "/service-tests/telegram",
                "[]",
                400,
                "failed to decode JSON body:json: cannot unmarshal array into Go value of type telegram.testOptions".to_owned(),
            ),
            ("/nosuch", "{}", 404, "Not Found".to_owned()),
        ] {
            let answered = alerts.ask(Method::POST, path, body).await.unwrap();
            assert_eq!((answered.0.as_u16(), answered.1), (status, error(version, &text)), "{version} {path} {body}");
        }
        for (path, status, text) in [
            ("/config/", 400, "section not specified, do you have an extra trailing '/'?"),
            ("/config/nosuch", 404, "unknown section: nosuch"),
            ("/config/kubernetes", 404, "unknown section: kubernetes"),
            ("/config/slack/nope", 404, "unknown section/element: slack/nope"),
            ("/tasks?fields=nosuch", 400, "unsupported field \"nosuch\""),
            ("/tasks/none", 404, "no task exists"),
            ("/ping/", 404, "Not Found"),
        ] {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let mut url = influx::http::endpoint(alerts.server.url(), &format!("/kapacitor/v1{path}"), &[]);
            url.set_query(Some(query).filter(|query| !query.is_empty()));
            let answer = crate::ground::client(&influx::http::Login::None).get(url).await.unwrap();
            assert_eq!((answer.status.as_u16(), answer.text()), (status, error(version, text)), "{version} {path}");
        }
        assert_eq!(alerts.with(|alerting| alerting.overrides.len()), 0, "nothing of it is kept");
    }
}

#[tokio::test]
async fn the_configuration_is_shown_in_the_recorded_shape() {
    let alerts = Alerts::start("1.5.3").await;
    let shown = |section: &str| {
        let path = format!("/config/{section}");
        let alerts = &alerts;
        async move { alerts.ask(Method::GET, &path, "").await.unwrap().1 }
    };
    let slack = concat!(
        r#"{"link":{"rel":"self","href":"/kapacitor/v1/config/slack/"},"options":{"channel":"","default":true,"enabled":false,"#,
        r#""global":false,"icon-emoji":"","insecure-skip-verify":false,"ssl-ca":"","ssl-cert":"","ssl-key":"","state-changes-only":false,"#,
        r#""url":false,"username":"kapacitor","workspace":""},"redacted":["url"]}"#,
    );
    assert_eq!(shown("slack/").await, format!("{slack}\n"));
    let link = r#""link":{"rel":"self","href":"/kapacitor/v1/config/slack"}"#;
    assert_eq!(shown("slack").await, format!("{{{link},\"elements\":[{slack}]}}\n"));
    let sensu = concat!(
        r#"{"link":{"rel":"self","href":"/kapacitor/v1/config/sensu/"},"#,
        r#""options":{"addr":"","enabled":false,"handlers":null,"source":"Kapacitor"},"redacted":null}"#,
    );
    assert_eq!(shown("sensu/").await, format!("{sensu}\n"));
    let all: Value = serde_json::from_str(&alerts.ask(Method::GET, "/config", "").await.unwrap().1).unwrap();
    let sections: Vec<&str> = all["sections"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        sections,
        [
            "alerta",
            "hipchat",
            "httppost",
            "influxdb",
            "kafka",
            "mqtt",
            "opsgenie",
            "opsgenie2",
            "pagerduty",
            "pagerduty2",
            "pushover",
            "sensu",
            "slack",
            "smtp",
            "snmptrap",
            "talk",
            "telegram",
            "victorops"
        ],
        "lists without elements are absent"
    );
    assert_eq!(all["sections"]["snmptrap"]["elements"][0]["options"]["community"], true, "it is shipped with one");
    assert_eq!(all["sections"]["httppost"]["elements"][0]["link"]["href"], "/kapacitor/v1/config/httppost/example");
}

#[tokio::test]
async fn later_versions_have_the_sections_and_options_that_they_brought() {
    for (version, section, option, is_there) in [
        ("1.5.3", "discord", "url", false),
        ("1.5.6", "discord", "url", true),
        ("1.5.6", "teams", "channel-url", true),
        ("1.5.6", "servicenow", "url", false),
        ("1.5.7", "servicenow", "url", true),
        ("1.5.8", "bigpanda", "token", true),
        ("1.5.8", "bigpanda", "auto-attributes", false),
        ("1.6.3", "bigpanda", "auto-attributes", true),
        ("1.5.7", "opsgenie2", "details", false),
        ("1.5.8", "opsgenie2", "details", true),
        ("1.5.9", "zenoss", "url", false),
        ("1.6.0", "zenoss", "severity-map", true),
        ("1.5.9", "slack", "token", false),
        ("1.6.0", "slack", "token", true),
        ("1.6.2", "smtp", "to-templates", false),
        ("1.6.3", "smtp", "to-templates", true),
        ("1.6.4", "kafka", "sasl-password", true),
        ("1.6.4", "kafka", "sasl-access-token", false),
        ("1.8.3", "kafka", "sasl-access-token", true),
    ] {
        let alerts = Alerts::start(version).await;
        let (_, body) = alerts.ask(Method::GET, &format!("/config/{section}"), "").await.unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["elements"][0]["options"].get(option).is_some(), is_there, "{version} {section} {option}");
    }
}

#[tokio::test]
async fn changes_are_merged_and_live_and_dropped_as_recorded() {
    let alerts = Alerts::start("1.5.6").await;
    alerts.with(|alerting| alerting.in_file("smtp", json!({"host": "mail.example.com", "from": "file@example.com"})));
    alerts.posted("/config/smtp/", json!({"set": {"enabled": true, "port": "2525", "to": ["a@example.com"]}})).await;
    alerts.posted("/config/smtp/", json!({"set": {"from": "k@example.com", "idle-timeout": "90s"}})).await;
    let runs = alerts.runs("smtp");
    assert_eq!((&runs["port"], &runs["from"], &runs["host"]), (&json!(2525), &json!("k@example.com"), &json!("mail.example.com")));
    assert_eq!(runs["idle-timeout"], "1m30s");
    alerts.posted("/config/smtp/", json!({"delete": ["from", "no such option"]})).await;
    assert_eq!(alerts.runs("smtp")["from"], "file@example.com");
    alerts.posted("/config/smtp", json!({"remove": ["", "unknown"]})).await;
    assert_eq!((&alerts.runs("smtp")["port"], &alerts.runs("smtp")["enabled"]), (&json!(25), &json!(false)));

    alerts.posted("/config/slack", json!({"add": {"workspace": "ops", "url": "https://hooks.example.com/a", "enabled": true}})).await;
    let added = alerts.runs("slack:ops");
    assert_eq!((&added["username"], &added["default"]), (&json!(""), &json!(false)), "it begins with nothing, not as it is shipped");
    alerts.posted("/config/influxdb", json!({"add": {"name": "second", "urls": ["http://influx.example.com:8086"]}})).await;
    assert_eq!(alerts.runs("influxdb:second")["startup-timeout"], "5m0s", "this one fills itself in");
    alerts.posted("/config/kubernetes", json!({"add": {"id": "plant"}})).await;
    assert!(alerts.ask(Method::GET, "/config/kubernetes", "").await.unwrap().0.is_success(), "a list that was empty");
    alerts.posted("/config/slack", json!({"remove": ["ops"]})).await;
    assert!(alerts.runs("slack:ops").is_empty());
}

#[tokio::test]
async fn an_add_of_what_was_set_before_gets_no_answer_and_takes_the_running_service_back_to_the_file() {
    for version in VERSIONS {
        let alerts = Alerts::start(version).await;
        alerts.posted("/config/slack/", json!({"set": {"enabled": true, "url": "https://hooks.example.com/a", "channel": "#ops"}})).await;
        alerts.posted("/config/slack", json!({"add": {"workspace": "ops", "url": "https://hooks.example.com/b"}})).await;
        let body = json!({"add": {"workspace": "ops", "url": "https://hooks.example.com/c"}}).to_string();
        assert_eq!(alerts.ask(Method::POST, "/config/slack", &body).await, None, "{version}");
        let (_, shown) = alerts.ask(Method::GET, "/config/slack/", "").await.unwrap();
        assert!(shown.contains("#ops"), "what is stored is shown: {shown}");
        assert_eq!((&alerts.runs("slack")["channel"], alerts.runs("slack:ops").is_empty()), (&json!(""), true), "{version}");
        alerts.posted("/config/slack/", json!({"set": {}})).await;
        assert_eq!((&alerts.runs("slack")["channel"], alerts.runs("slack:ops").is_empty()), (&json!("#ops"), false), "{version}");
    }
}

#[tokio::test]
async fn a_test_with_recipients_changes_those_of_the_running_service() {
    let alerts = Alerts::start("1.5.3").await;
    let set = json!({"set": {"enabled": true, "from": "k@example.com", "to": ["a@example.com", "b@example.com"]}});
    alerts.posted("/config/smtp/", set).await;
    alerts.posted("/service-tests/smtp", json!({"to": ["tester@example.com"]})).await;
    assert_eq!(alerts.sent()[0].recipients, ["tester@example.com"]);
    assert_eq!(alerts.runs("smtp")["to"], json!(["tester@example.com", "b@example.com"]), "as far as the list of the test goes");
    let (_, shown) = alerts.ask(Method::GET, "/config/smtp/", "").await.unwrap();
    assert!(!shown.contains("tester"), "{shown}");
    alerts.posted("/config/smtp/", json!({})).await;
    assert_eq!(alerts.runs("smtp")["to"], json!(["a@example.com", "b@example.com"]));
}

#[tokio::test]
async fn service_tests_fail_in_the_recorded_words() {
    let alerts = Alerts::start("1.5.3").await;
    let failed = |name: &str, body: Value| {
        let (path, alerts) = (format!("/service-tests/{name}"), &alerts);
        async move {
            let (status, text) = alerts.ask(Method::POST, &path, &body.to_string()).await.unwrap();
            assert!(status.is_success(), "{path}: {text}");
            let answer: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(answer["success"], false, "{path}");
            answer["message"].as_str().unwrap().to_owned()
        }
    };
    for (name, message) in [
        ("slack", "service is not enabled"),
        ("opsgenie2", "failed to prepare API request: service is not enabled"),
        ("smtp", "service is not enabled"),
        ("mqtt", "missing MQTT topic"),
        ("kafka", "unknown cluster \"example\""),
        ("influxdb", "cluster \"\" is not enabled or does not exist"),
    ] {
        assert_eq!(failed(name, json!({})).await, message, "{name}");
    }
    assert_eq!(failed("mqtt", json!({"topic": "t"})).await, "unknown MQTT broker \"default\"");
    assert_eq!(
        failed("httppost", json!({"url": "http://127.0.0.1:3/"})).await,
        "failed to POST alert data: Post \"http://127.0.0.1:3/\": dial tcp 127.0.0.1:3: connect: connection refused"
    );
    alerts.posted("/config/smtp/", json!({"set": {"enabled": true, "from": "k@example.com"}})).await;
    assert_eq!(failed("smtp", json!({})).await, "not sending email, no recipients defined");
    alerts.posted("/config/sensu/", json!({"set": {"enabled": true, "addr": "127.0.0.1:3"}})).await;
    assert_eq!(failed("sensu", json!({})).await, "dial tcp 127.0.0.1:3: connect: connection refused");
    assert!(alerts.sent().iter().all(|sent| ["httppost", "sensu"].contains(&sent.service.as_str())));
}

#[tokio::test]
async fn the_tests_of_1_5_3_are_those_that_were_recorded() {
    let alerts = Alerts::start("1.5.3").await;
    let (_, body) = alerts.ask(Method::GET, "/service-tests", "").await.unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let names: Vec<&str> = body["services"].as_array().unwrap().iter().map(|service| service["name"].as_str().unwrap()).collect();
    let recorded = "alerta azure consul dns ec2 file-discovery gce hipchat httppost influxdb kafka kubernetes marathon mqtt nerve opsgenie \
                    opsgenie2 pagerduty pagerduty2 pushover scraper sensu serverset slack smtp snmptrap static-discovery swarm talk \
                    telegram triton victorops";
    assert_eq!(names.join(" "), recorded);
}
