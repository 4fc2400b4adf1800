//! What is wrong is said at its option, in Kapacitor's own words where it was asked, and a value is never repeated.

use influx::http::Method;
use model::{Code, EndpointRefusal, FailureKind, edges::Kapacitors as _};
use serde_json::{Value, json};

use super::{Alerts, blamed, named};
use crate::servers::{Reply, Rights};

#[tokio::test]
async fn a_wrong_value_is_told_at_its_option() {
    let alerts = Alerts::start("1.6.5").await;
    for (name, options, option) in [
        ("alerta", json!({"enabled": true}), "url"),
        ("bigpanda", json!({"enabled": true, "token": "t"}), "app-key"),
        ("discord", json!({"enabled": true}), "url"),
        ("hipchat", json!({"enabled": true}), "url"),
        ("httppost:example", json!({"url": ""}), "url"),
        ("httppost:example", json!({"alert-template-file": "relative"}), "alert-template-file"),
        ("httppost:example", json!({"headers": {"X-A": 1}}), "headers"),
        ("httppost:example", json!({"basic-auth": {"user": "a"}}), "basic-auth"),
        ("influxdb:default", json!({"urls": []}), "urls"),
        ("influxdb:default", json!({"subscription-protocol": "tcp"}), "subscription-protocol"),
        ("kafka:default", json!({"enabled": true}), "brokers"),
        ("kafka:default", json!({"batch-size": "many"}), "batch-size"),
        ("mqtt:default", json!({"enabled": true}), "url"),
        ("opsgenie", json!({"enabled": true}), "api-key"),
        ("opsgenie2", json!({"enabled": true}), "api-key"),
        ("opsgenie2", json!({"recovery_action": ""}), "recovery_action"),
        ("pagerduty", json!({"url": ""}), "url"),
        ("pagerduty2", json!({"url": ""}), "url"),
        ("pushover", json!({"enabled": true, "token": "t"}), "user-key"),
        ("pushover", json!({"enabled": true, "user-key": "u"}), "token"),
        ("sensu", json!({"enabled": true}), "addr"),
        ("servicenow", json!({"enabled": true, "url": ""}), "url"),
        ("slack", json!({"enabled": true}), "url"),
        ("slack", json!({"url": "://hooks"}), "url"),
        ("smtp", json!({"enabled": true}), "from"),
        ("smtp", json!({"from": "nobody"}), "from"),
        ("smtp", json!({"to": ["a@example.com", "nobody"]}), "to"),
        ("smtp", json!({"host": ""}), "host"),
        ("smtp", json!({"port": 0}), "port"),
        ("snmptrap", json!({"enabled": true, "addr": ""}), "addr"),
        ("talk", json!({"enabled": true}), "url"),
        ("teams", json!({"enabled": true}), "channel-url"),
        ("telegram", json!({"enabled": true}), "token"),
        ("telegram", json!({"disable-notification": "yes"}), "disable-notification"),
        ("victorops", json!({"url": ""}), "url"),
        ("zenoss", json!({"url": "", "enabled": true}), "url"),
        ("slack", json!({"nosuch": "x"}), "nosuch"),
        ("slack", json!({"workspace": "x"}), "workspace"),
    ] {
        let before = alerts.get(name).await;
        let (blamed, message) = blamed(alerts.set(name, options.clone()).await);
        assert_eq!(blamed, option, "{name} {options}: {message}");
        assert!(!message.is_empty() && !message.contains("failed to override"), "{name} {options}: {message}");
        assert_eq!(alerts.get(name).await, before, "{name} {options}: nothing has changed");
    }
}

#[tokio::test]
async fn kapacitors_own_reason_stands_at_the_option_where_only_it_can_know() {
    let alerts = Alerts::start("1.8.3").await;
    for (name, options, option, reason) in [
        ("slack", json!({"url": "https://hooks example.com"}), "url", "invalid character"),
        ("pagerduty2", json!({"url": "https://events.example.com:port"}), "url", "after host"),
        (
            "kafka:default",
            json!({"enabled": true, "brokers": ["k:9092"], "sasl-mechanism": "OAUTHBEARER"}),
            "sasl-oauth-client-id",
            "required",
        ),
    ] {
        let (blamed, message) = blamed(alerts.set(name, options).await);
        assert_eq!(blamed, option, "{name}: {message}");
        assert!(message.contains(reason), "{name}: {message}");
    }
}

#[tokio::test]
async fn no_refusal_repeats_a_secret() {
    let alerts = Alerts::start("1.6.5").await;
    for (name, options) in [
        ("slack", json!({"url": "https://hooks example.com/canary-7"})),
        ("slack", json!({"url": ["canary-7"]})),
        ("talk", json!({"url": "://canary-7"})),
        ("discord", json!({"url": "http://[canary-7"})),
        ("httppost:example", json!({"url": "https://receiver.example.com:canary-7/"})),
        ("httppost:example", json!({"headers": {"Authorization": ["canary-7"]}})),
        ("httppost:example", json!({"basic-auth": {"password": ["canary-7"]}})),
        ("smtp", json!({"password": {"a": "canary-7"}})),
        ("smtp", json!({"enabled": true, "password": "canary-7"})),
        ("mqtt:default", json!({"enabled": true, "url": "tcp://127.0.0.1:4", "password": "canary-7"})),
        ("telegram", json!({"enabled": true, "url": "", "token": "canary-7"})),
    ] {
        let refused = alerts.set(name, options.clone()).await;
        let said = format!("{refused:?} {}", refused.as_ref().err().map(ToString::to_string).unwrap_or_default());
        assert!(refused.is_err() && !said.contains("canary-7"), "{name}: {said}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_missing_and_nothing_is_sent() {
    let alerts = Alerts::start("1.5.3").await;
    for name in ["nosuch", "slack:nobody", "smtp:second", "discord"] {
        let missing = |refused: &EndpointRefusal| matches!(refused, EndpointRefusal::Missing(missing) if *missing == named(name));
        for refused in [
            alerts.set(name, json!({"enabled": false})).await.unwrap_err(),
            alerts.reset(name, &["enabled"]).await.unwrap_err(),
            alerts.apply(name).await.unwrap_err(),
            alerts.test(name).await.unwrap_err(),
            alerts.drivers.remove_endpoint(&alerts.access(), &named(name)).await.unwrap_err(),
        ] {
            assert!(missing(&refused), "{name}: {refused:?}");
        }
    }
    assert!(matches!(alerts.add("nosuch:a", json!({})).await, Err(EndpointRefusal::Missing(_))));
    assert!(matches!(alerts.add("smtp:second", json!({})).await, Err(EndpointRefusal::Refused { .. })), "no list");
    assert_eq!(alerts.posts(), []);
}

#[tokio::test]
async fn a_kapacitor_that_lets_nobody_see_its_configuration_is_told_by_its_code() {
    let alerts = Alerts::start("1.6.5").await;
    alerts.server.with(|script| script.override_disabled = true);
    let failure = alerts.drivers.endpoints(&alerts.access()).await.unwrap_err();
    assert_eq!(failure.code(), Code::ConfigDisabled, "{failure:?}");
    let refused = alerts.set("slack", json!({"channel": "#ops"})).await;
    assert!(matches!(&refused, Err(EndpointRefusal::Failed(failure)) if failure.code() == Code::ConfigDisabled), "{refused:?}");

    alerts.server.with(|script| {
        script.override_disabled = false;
        script.logins.insert("bob:hunter2".to_owned(), Rights::WriteOnly);
    });
    let failure = alerts.drivers.endpoints(&alerts.access()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InfluxAuthentication, "{failure:?}");
}

#[tokio::test]
async fn what_stands_on_the_way_is_no_refusal_of_kapacitor() {
    let alerts = Alerts::start("1.5.6").await;
    let page = "<html>canary-way</html>";
    alerts.server.with(|script| script.instead = Some(Reply::new(502, page)));
    assert!(alerts.drivers.endpoints(&alerts.access()).await.is_err());
    let refused = alerts.set("slack", json!({"channel": "#ops"})).await;
    assert!(matches!(refused, Err(EndpointRefusal::Failed(_))), "{refused:?}");
    alerts.server.with(|script| script.instead = None);
    let (_, stored) = alerts.ask(Method::GET, "/config/slack/", "").await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&stored).unwrap()["options"]["channel"], "");
}
