//! The traps of Kapacitor, each by its number in the facts that were recorded of it.

use influx::http::Method;
use model::{Code, EndpointRefusal, Proof, Removed, SecretField, edges::Kapacitors as _};
use serde_json::{Value, json};

use super::{Alerts, VERSIONS, blamed, named, read};
use crate::{
    ground::{assert_green, drivers, warned},
    servers::{Rights, kapacitor::FarSide},
};

const HOOK: &str = "https://hooks.example.com/services/canary-hook";

#[tokio::test]
async fn k1_an_element_that_exists_is_not_added_and_a_service_that_fell_back_is_restored() {
    for version in VERSIONS {
        let alerts = Alerts::start(version).await;
        alerts.set("slack", json!({"enabled": true, "url": HOOK, "channel": "#all"})).await.unwrap();
        alerts.add("slack:ops", json!({"url": HOOK, "channel": "#ops"})).await.unwrap();
        let before = alerts.posts().len();
        assert!(matches!(alerts.add("slack:ops", json!({"url": HOOK})).await, Err(EndpointRefusal::Exists(_))), "{version}");
        assert!(matches!(alerts.add("slack", json!({"url": HOOK})).await, Err(EndpointRefusal::Exists(_))), "{version}");
        assert_eq!(alerts.posts().len(), before, "{version}: nothing of it is sent");

        // Somebody else does.
        let body = json!({"add": {"workspace": "ops", "url": HOOK}}).to_string();
        assert_eq!(alerts.ask(Method::POST, "/config/slack", &body).await, None);
        assert_eq!(alerts.runs("slack")["channel"], "");
        let endpoint = alerts.get("slack").await;
        assert_eq!((read(&endpoint, "channel"), endpoint.differs), (json!("#all"), vec!["channel".to_owned()]), "{version}");
        let endpoint = alerts.apply("slack").await.unwrap();
        assert!(endpoint.differs.is_empty(), "{version}: {:?}", endpoint.differs);
        assert_eq!((&alerts.runs("slack")["channel"], &alerts.runs("slack:ops")["channel"]), (&json!("#all"), &json!("#ops")));
    }
}

#[tokio::test]
async fn k1_an_add_that_kapacitor_does_not_survive_leaves_the_running_service_as_it_is_stored() {
    let alerts = Alerts::start("1.5.6").await;
    alerts.set("slack", json!({"enabled": true, "url": HOOK, "channel": "#all"})).await.unwrap();
    // Kapacitor remembers an element that is not there: nothing shows it, and adding it ends as if it were.
    alerts.posted("/config/slack/ops", json!({"set": {}})).await;
    let refused = alerts.add("slack:ops", json!({"url": HOOK})).await;
    assert!(matches!(refused, Err(EndpointRefusal::Refused { .. })), "{refused:?}");
    assert_eq!(alerts.runs("slack")["channel"], "#all");
    alerts.add("slack:ops", json!({"url": HOOK, "channel": "#ops"})).await.unwrap();
    assert_eq!((&alerts.runs("slack")["channel"], &alerts.runs("slack:ops")["channel"]), (&json!("#all"), &json!("#ops")));
}

#[tokio::test]
async fn k2_a_test_names_no_recipients_and_those_that_another_named_are_found() {
    let alerts = Alerts::start("1.5.3").await;
    let people = json!(["a@example.com", "b@example.com"]);
    alerts.set("smtp", json!({"enabled": true, "from": "k@example.com", "to": people})).await.unwrap();
    let key = "canary-key";
    alerts.set("opsgenie", json!({"enabled": true, "api-key": key, "teams": ["ops"], "recipients": ["ann"]})).await.unwrap();
    alerts.set("opsgenie2", json!({"enabled": true, "api-key": key, "teams": ["ops"], "recipients": ["ann"]})).await.unwrap();
    for name in ["smtp", "opsgenie", "opsgenie2"] {
        assert!(alerts.test(name).await.unwrap().success, "{name}");
    }
    for (path, body) in alerts.posts().into_iter().filter(|(path, _)| path.starts_with("/service-tests")) {
        for option in ["to", "teams", "recipients"] {
            assert_eq!(body.get(option), None, "{path}");
        }
    }
    let recipients: Vec<String> = alerts.sent().into_iter().map(|sent| sent.recipients.join(" ")).collect();
    assert_eq!(recipients, ["a@example.com b@example.com", "ops ann", "ops ann"]);
    assert_eq!(alerts.runs("smtp")["to"], people);
    for (name, option) in [("smtp", "to"), ("opsgenie", "teams"), ("opsgenie2", "recipients")] {
        alerts.posted(&format!("/service-tests/{name}"), json!({option: ["tester@example.com"]})).await;
        assert_eq!(alerts.get(name).await.differs, [option], "{name}");
        assert!(alerts.apply(name).await.unwrap().differs.is_empty(), "{name}");
        assert!(!json!(alerts.runs(name)).to_string().contains("tester"), "{name}");
    }
}

#[tokio::test]
async fn k3_a_test_says_what_it_proves_and_no_more() {
    let alerts = Alerts::start("1.5.3").await;
    alerts.set("slack", json!({"enabled": true, "url": HOOK})).await.unwrap();
    alerts.set("smtp", json!({"enabled": true, "host": "127.0.0.1", "port": 3, "from": "k@example.com", "to": ["a@x"]})).await.unwrap();
    alerts.set("snmptrap", json!({"enabled": true, "addr": "127.0.0.1:3"})).await.unwrap();
    alerts.set("kafka:default", json!({"enabled": true, "brokers": ["127.0.0.1:3"]})).await.unwrap();
    alerts.set("sensu", json!({"enabled": true, "addr": "sensu.example.com:3030"})).await.unwrap();
    alerts.set("influxdb:default", json!({"enabled": true, "urls": ["http://influx.example.com:8086"]})).await.unwrap();
    alerts.set("httppost:example", json!({"url": "https://receiver.example.com/a", "headers": {"X-Key": "canary-header"}})).await.unwrap();
    alerts.with(|alerting| alerting.far_side("https://receiver.example.com", FarSide::Says(500, "down".to_owned())));
    for (name, proves) in [
        ("slack", Proof::Accepted),
        ("smtp", Proof::Queued),
        ("snmptrap", Proof::Sent),
        ("kafka:default", Proof::Queued),
        ("sensu", Proof::Reached),
        ("influxdb:default", Proof::Reached),
        ("httppost:example", Proof::Reached),
    ] {
        let test = alerts.test(name).await.unwrap();
        assert_eq!((test.success, test.proves, test.message.as_str()), (true, proves, ""), "{name}");
        let handlers = alerts.all().await.handlers;
        let handler = handlers.iter().find(|handler| handler.section == named(name).section).unwrap();
        assert_eq!(handler.test.as_ref().unwrap().proves, proves, "{name}");
        assert!(!test.says.is_empty() && test.says == handler.test.as_ref().unwrap().says, "{name}");
    }
    // Kapacitor itself would post to an address of its own, without the headers of the endpoint.
    let sent = alerts.sent().pop().unwrap();
    assert_eq!((&sent.test["url"], &sent.test["headers"]), (&json!("https://receiver.example.com/a"), &json!({"X-Key": "canary-header"})));
    alerts.with(|alerting| alerting.far_side(HOOK, FarSide::Says(404, "no_service".to_owned())));
    let test = alerts.test("slack").await.unwrap();
    assert_eq!((test.success, test.message.as_str()), (false, "no_service"));
}

#[tokio::test]
async fn k4_a_test_really_sends_what_is_stored_and_nothing_else_does() {
    let alerts = Alerts::start("1.6.5").await;
    alerts.set("slack", json!({"enabled": true, "url": HOOK, "channel": "#all"})).await.unwrap();
    alerts.add("slack:ops", json!({"enabled": true, "url": HOOK, "channel": "#ops"})).await.unwrap();
    alerts.all().await;
    alerts.apply("slack:ops").await.unwrap();
    assert_eq!(alerts.sent().len(), 0);
    for (name, channel) in [("slack", "#all"), ("slack:ops", "#ops")] {
        assert!(alerts.test(name).await.unwrap().success, "{name}");
        let sent = alerts.sent().pop().unwrap();
        assert_eq!((sent.service.as_str(), sent.element), ("slack", named(name).element));
        assert_eq!((&sent.test["channel"], &sent.running["url"]), (&json!(channel), &json!(HOOK)), "{name}");
    }
    assert_eq!(alerts.sent().len(), 2);
}

#[tokio::test]
async fn k5_before_1_6_a_login_proves_nothing_and_the_check_says_so() {
    for (version, code) in
        [("1.5.3", Some(Code::LoginUnverified)), ("1.5.6", Some(Code::LoginUnverified)), ("1.6.5", None), ("1.8.3", None)]
    {
        let alerts = Alerts::start(version).await;
        alerts.server.with(|script| script.logins.insert("ann:hunter2".to_owned(), Rights::All));
        let mut access = alerts.access();
        access.kapacitor.username = Some("ann".to_owned());
        access.secrets.insert(SecretField::Password, "hunter2".into());
        let mut findings = Vec::new();
        model::edges::Influx::check_kapacitor(&drivers(), &access, &mut |finding| findings.push(finding)).await;
        match code {
            Some(code) => assert_eq!(warned(&findings), ("authentication", code), "{version}"),
            None => assert_green(&findings),
        }
        assert!(alerts.drivers.endpoints(&access).await.is_ok(), "{version}");
        assert!(alerts.drivers.endpoints(&alerts.access()).await.is_err(), "{version}: without a login");
    }
}

#[tokio::test]
async fn k6_a_bad_duration_is_refused_before_it_is_sent() {
    let alerts = Alerts::start("1.5.6").await;
    for (name, option) in [("smtp", "idle-timeout"), ("alerta", "timeout"), ("kafka:default", "batch-timeout")] {
        for bad in [json!("soon"), json!("30"), json!(""), json!("1 m"), json!(30)] {
            assert_eq!(blamed(alerts.set(name, json!({option: bad})).await).0, option, "{name} {bad}");
        }
        assert!(alerts.posts().is_empty(), "{name}: nothing of it is sent");
        let endpoint = alerts.set(name, json!({option: "90s"})).await.unwrap();
        assert_eq!(read(&endpoint, option), "1m30s", "{name}");
        alerts.server.with(|script| script.seen.clear());
    }
}

#[tokio::test]
async fn k7_an_element_that_could_not_be_changed_is_not_added_and_one_that_is_there_can_be_removed() {
    let alerts = Alerts::start("1.5.6").await;
    for element in ["hook.prod", "a hook", "a/b", "größe", ""] {
        let refused = alerts.add(&format!("httppost:{element}"), json!({"url": "https://receiver.example.com"})).await;
        assert!(matches!(refused, Err(EndpointRefusal::Name { .. })), "{element}: {refused:?}");
    }
    assert!(alerts.posts().is_empty());
    alerts.add("httppost:hook-prod_2+", json!({"url": "https://receiver.example.com"})).await.unwrap();

    alerts.posted("/config/httppost", json!({"add": {"endpoint": "hook.prod", "url": "https://receiver.example.com"}})).await;
    let refused = alerts.set("httppost:hook.prod", json!({"url": "https://other.example.com"})).await;
    assert!(matches!(&refused, Err(EndpointRefusal::Refused { advice, .. }) if advice.contains("remove")), "{refused:?}");
    assert!(alerts.apply("httppost:hook.prod").await.is_ok());
    assert!(alerts.test("httppost:hook.prod").await.unwrap().success);
    let removed = alerts.drivers.remove_endpoint(&alerts.access(), &named("httppost:hook.prod")).await.unwrap();
    assert_eq!(removed, Removed::Gone);
}

#[tokio::test]
async fn k8_a_secret_is_kept_replaced_or_cleared_and_its_boolean_is_never_sent_back() {
    let alerts = Alerts::start("1.5.6").await;
    let endpoint = alerts.set("smtp", json!({"password": "canary-one"})).await.unwrap();
    assert_eq!(read(&endpoint, "password"), json!({"set": true}));
    let endpoint = alerts.set("smtp", json!({"username": "mailer"})).await.unwrap();
    assert_eq!(read(&endpoint, "password"), json!({"set": true}));
    assert_eq!(alerts.runs("smtp")["password"], "canary-one", "kept");
    alerts.set("smtp", json!({"password": "true"})).await.unwrap();
    assert_eq!(alerts.runs("smtp")["password"], "true", "a word like another");
    for wrong in [json!(true), json!(false), json!(1)] {
        assert_eq!(blamed(alerts.set("smtp", json!({"password": wrong})).await).0, "password");
    }
    let endpoint = alerts.set("smtp", json!({"password": null})).await.unwrap();
    assert_eq!((read(&endpoint, "password"), &alerts.runs("smtp")["password"]), (json!({"set": false}), &json!("")), "cleared");
    for (path, body) in alerts.posts() {
        let sent = body["set"].get("password");
        assert!(sent.is_none_or(Value::is_string), "{path} {body}");
    }
    alerts.with(|alerting| alerting.in_file("smtp", json!({"password": "canary-file"})));
    alerts.reset("smtp", &["password"]).await.unwrap();
    assert_eq!(alerts.runs("smtp")["password"], "canary-file", "that of the file again");
}

#[tokio::test]
async fn k9_what_kapacitor_forgets_to_hide_is_hidden() {
    let canary = "https://receiver.example.com/canary-9";
    let secrets = [
        ("discord", json!({"url": canary})),
        ("teams", json!({"enabled": true, "channel-url": canary})),
        ("alerta", json!({"url": "https://user:canary-9@alerta.example.com"})),
        ("httppost:example", json!({"url": canary, "headers": {"Authorization": "Bearer canary-9"}})),
        ("kafka:default", json!({"sasl-password": "canary-9", "sasl-oauth-client-secret": "canary-9", "sasl-access-token": "canary-9"})),
    ];
    let alerts = Alerts::start("1.8.3").await;
    for (name, options) in &secrets {
        let endpoint = alerts.set(name, options.clone()).await.unwrap();
        for option in options.as_object().unwrap().keys().filter(|option| *option != "enabled") {
            assert_eq!(read(&endpoint, option), json!({"set": true}), "{name} {option}");
            let section = alerts.all().await.handlers.into_iter().find(|handler| handler.section == endpoint.section).unwrap();
            assert!(section.fields.iter().any(|field| field.name == *option && field.secret), "{name} {option}");
        }
        let (_, shown) = alerts.ask(Method::GET, &format!("/config/{}", name.replace(':', "/")), "").await.unwrap();
        assert!(shown.contains("canary-9"), "Kapacitor shows it: {shown}");
    }
    let all = alerts.all().await;
    assert!(!json!(all).to_string().contains("canary-9") && !format!("{all:?}").contains("canary-9"));

    // What Kapacitor says of a value that it does not like repeats the value.
    for (name, option) in [("discord", "url"), ("teams", "channel-url"), ("alerta", "url"), ("httppost:example", "url")] {
        let refused = alerts.set(name, json!({option: "://canary-9"})).await;
        assert!(!format!("{refused:?}").contains("canary-9"), "{name}: {refused:?}");
        let (blamed, message) = blamed(refused);
        assert_eq!(blamed, option, "{message}");
    }
    alerts.with(|alerting| alerting.far_side(canary, FarSide::Refuses));
    for name in ["teams", "httppost:example"] {
        let test = alerts.test(name).await.unwrap();
        assert!(!test.success && test.message.contains("connection refused") && !test.message.contains("canary-9"), "{name}: {test:?}");
    }
}

#[tokio::test]
async fn k10_a_broker_that_is_not_reached_is_said_at_its_address_and_nothing_is_kept() {
    let alerts = Alerts::start("1.5.6").await;
    let before = alerts.get("mqtt:default").await;
    let (option, message) = blamed(alerts.set("mqtt:default", json!({"enabled": true, "url": "tcp://127.0.0.1:4"})).await);
    assert_eq!(option, "url");
    assert!(message.contains("connection refused"), "{message}");
    assert_eq!(alerts.get("mqtt:default").await, before);

    // Several brokers are taken only when one of them is the default.
    alerts.set("mqtt:default", json!({"enabled": true, "url": "tcp://broker.example.com:1883"})).await.unwrap();
    let second = alerts.add("mqtt:second", json!({"url": "tcp://second.example.com:1883"})).await.unwrap();
    assert_eq!(read(&second, "default"), true);
    let third = alerts.add("mqtt:third", json!({"url": "tcp://third.example.com:1883"})).await.unwrap();
    assert_eq!(read(&third, "default"), false);
    assert!(alerts.test("mqtt:default").await.unwrap().success);
    let (option, message) = blamed(alerts.set("mqtt:second", json!({"default": false})).await);
    assert_eq!((option.as_str(), message.as_str()), ("default", "no configuration is marked as the default"));
    assert_eq!(alerts.runs("mqtt:second")["default"], true);
}

#[tokio::test]
async fn k11_an_answer_without_a_body_is_not_unzipped_whatever_it_says_of_itself() {
    let alerts = Alerts::start("1.5.3").await;
    alerts.with(|alerting| alerting.zips_nothing = true);
    let endpoint = alerts.set("slack", json!({"enabled": true, "url": HOOK})).await.unwrap();
    assert_eq!(endpoint.enabled, Some(true));
    assert!(alerts.apply("slack").await.is_ok());
}
