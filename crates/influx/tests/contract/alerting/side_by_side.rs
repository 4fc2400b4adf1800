//! Changes of one Kapacitor are made one after another, those of several side by side.

use futures_util::future::join_all;
use model::{EndpointRefusal, edges::Kapacitors as _};
use serde_json::json;

use super::{Alerts, change, named};

const MANY: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_add_the_same_element_one_does_and_kapacitor_survives_them() {
    let alerts = Alerts::start("1.5.6").await;
    alerts.set("slack", json!({"enabled": true, "url": "https://hooks.example.com/a", "channel": "#all"})).await.unwrap();
    let adding = (0..MANY).map(|who| {
        let (drivers, access) = (alerts.drivers.clone(), alerts.access());
        tokio::spawn(async move {
            let options = json!({"url": "https://hooks.example.com/b", "channel": format!("#{who}")});
            drivers.add_endpoint(&access, &named("slack:ops"), &change(options)).await
        })
    });
    let added: Vec<_> = join_all(adding).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 1, "{added:?}");
    for refused in added.iter().filter_map(|added| added.as_ref().err()) {
        assert!(matches!(refused, EndpointRefusal::Exists(_)), "{refused:?}");
    }
    assert_eq!(alerts.posts().iter().filter(|(_, body)| body.get("add").is_some()).count(), 1);
    assert_eq!((&alerts.runs("slack")["channel"], alerts.runs("slack:ops").is_empty()), (&json!("#all"), false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_change_is_read_sent_and_read_again_before_the_next_begins() {
    let alerts = Alerts::start("1.5.6").await;
    let changing = (0..MANY).map(|who| {
        let (drivers, access) = (alerts.drivers.clone(), alerts.access());
        tokio::spawn(async move { drivers.change_endpoint(&access, &named("smtp"), &change(json!({"port": 1000 + who}))).await })
    });
    for changed in join_all(changing).await {
        changed.unwrap().unwrap();
    }
    let asked: Vec<String> = alerts.server.with(|script| script.seen.iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect());
    assert_eq!(asked.len() % MANY, 0, "{asked:#?}");
    let (first, length) = (&asked[..asked.len() / MANY], asked.len() / MANY);
    assert_eq!(first.iter().filter(|asked| asked.starts_with("POST")).count(), 1, "{first:?}");
    for one in asked.chunks(length) {
        assert_eq!(sorted(one), sorted(first));
        let posted = |of: &[String]| of.iter().position(|asked| asked.starts_with("POST"));
        assert_eq!(posted(one), posted(first), "{one:?}");
    }
}

/// What is asked before and after a change may be asked side by side.
fn sorted(asked: &[String]) -> Vec<&String> {
    let mut asked: Vec<&String> = asked.iter().collect();
    asked.sort();
    asked
}
