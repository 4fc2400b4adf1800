//! How a Kapacitor is, by its `/debug/vars`: the variables that its process publishes, and a statistic of each database that sends it points.

use std::collections::BTreeMap;

use model::{Failure, KapacitorStatistics};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::client::{About, Api, version};

/// The statistic of points that come in, one for each database, retention policy and measurement.
const INGRESS: &str = "ingress";

/// Who takes points for the tasks. Others take them for replays.
const MAIN: &str = "main";

/// How it is.
///
/// # Errors
/// `Influx*`.
pub(super) async fn read(api: &Api<'_>) -> Result<KapacitorStatistics, Failure> {
    let answer = api.get("/debug/vars", &[], About::Work).await?;
    let told: Told = answer.json().ok_or_else(|| api.unreadable(About::Work))?;
    let statistics = KapacitorStatistics::from(told);
    Ok(KapacitorStatistics { version: statistics.version.or_else(|| version(&answer).map(str::to_owned)), ..statistics })
}

/// `GET /debug/vars`.
#[derive(Deserialize)]
struct Told {
    version: Option<String>,
    host: Option<String>,
    uptime: Option<f64>,
    num_tasks: Option<u64>,
    num_enabled_tasks: Option<u64>,
    num_subscriptions: Option<u64>,
    memstats: Option<ToldMemory>,
    kapacitor: Option<BTreeMap<String, ToldStatistic>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldMemory {
    sys: Option<u64>,
}

#[derive(Deserialize)]
struct ToldStatistic {
    #[serde(default)]
    name: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    values: Map<String, Value>,
}

impl From<Told> for KapacitorStatistics {
    fn from(told: Told) -> Self {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            version: filled(told.version).map(|version| version.trim_start_matches('v').to_owned()),
            host: filled(told.host),
            uptime_s: told.uptime,
            tasks: told.num_tasks,
            enabled_tasks: told.num_enabled_tasks,
            subscriptions: told.num_subscriptions,
            memory_bytes: told.memstats.and_then(|memory| memory.sys),
            points_received: told.kapacitor.map(|statistics| points(&statistics)),
        }
    }
}

fn points(statistics: &BTreeMap<String, ToldStatistic>) -> u64 {
    let ingress = statistics.values().filter(|statistic| statistic.name == INGRESS);
    let main = ingress.filter(|statistic| statistic.tags.get("task_master").is_none_or(|master| master == MAIN));
    main.filter_map(|statistic| statistic.values.get("points_received")?.as_u64()).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn statistics_are_read_as_kapacitor_publishes_them() {
        let ingress = |master: &str, points: u64| json!({"name": "ingress", "tags": {"task_master": master, "database": "telegraf"}, "values": {"points_received": points}});
        let told: Told = serde_json::from_value(json!({
            "cluster_id": "1", "cmdline": ["kapacitord"], "host": "alerts", "product": "kapacitor", "version": "1.5.3",
            "num_enabled_tasks": 2, "num_subscriptions": 3, "num_tasks": 5,
            "memstats": {"Alloc": 1, "Sys": 2048},
            "kapacitor": {
                "a": ingress("main", 40), "b": ingress("main", 2), "c": ingress("replay-1", 100),
                "d": {"name": "nodes", "tags": {"task": "cpu"}, "values": {"avg_exec_time_ns": 1.5, "errors": 0}},
            },
        }))
        .unwrap();
        let expected = KapacitorStatistics {
            version: Some("1.5.3".to_owned()),
            host: Some("alerts".to_owned()),
            uptime_s: None,
            tasks: Some(5),
            enabled_tasks: Some(2),
            subscriptions: Some(3),
            memory_bytes: Some(2048),
            points_received: Some(42),
        };
        assert_eq!(KapacitorStatistics::from(told), expected);
    }

    #[test]
    fn what_a_version_does_not_tell_is_not_there() {
        assert_eq!(KapacitorStatistics::from(serde_json::from_value::<Told>(json!({})).unwrap()), KapacitorStatistics::default());
    }
}
