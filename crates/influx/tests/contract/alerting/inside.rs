//! Tasks and statistics: what runs inside a Kapacitor.

use model::edges::Kapacitors as _;

use super::{Alerts, VERSIONS};
use crate::servers::kapacitor::TaskState;

#[tokio::test]
async fn tasks_are_listed_with_what_they_read_and_why_they_do_not_run() {
    for version in VERSIONS {
        let alerts = Alerts::start(version).await;
        alerts.with(|alerting| {
            alerting.task("cpu", "stream", &[("telegraf", "autogen"), ("shop", "")], &TaskState::Executing);
            alerting.task("Disk", "batch", &[("telegraf", "autogen")], &TaskState::Disabled);
            alerting.task("mem-cpu", "stream", &[("telegraf", "autogen")], &TaskState::Failed("no such field".to_owned()));
        });
        let listed = alerts.drivers.tasks(&alerts.access(), None).await.unwrap();
        assert!(!listed.truncated);
        let ids: Vec<&str> = listed.items.iter().map(|task| task.id.as_str()).collect();
        assert_eq!(ids.len(), 3, "{ids:?}");
        let task = |id: &str| listed.items.iter().find(|task| task.id == id).unwrap();
        let cpu = task("cpu");
        assert_eq!((cpu.kind.as_str(), cpu.status.as_str(), cpu.executing, cpu.error.as_str()), ("stream", "enabled", true, ""));
        let reads: Vec<(&str, &str)> = cpu.reads.iter().map(|reads| (reads.database.as_str(), reads.retention_policy.as_str())).collect();
        assert_eq!(reads, [("telegraf", "autogen"), ("shop", "")]);
        assert_eq!(cpu.created.unwrap().to_rfc3339(), "2026-11-20T08:00:00.500+00:00");
        assert_eq!((task("Disk").status.as_str(), task("Disk").last_enabled), ("disabled", None), "it never was");
        assert_eq!((task("mem-cpu").executing, task("mem-cpu").error.as_str()), (false, "no such field"));
        for (search, found) in [("CPU", &["cpu", "mem-cpu"][..]), ("disk", &["Disk"]), ("*", &[]), ("none", &[])] {
            let listed = alerts.drivers.tasks(&alerts.access(), Some(search)).await.unwrap();
            assert_eq!(listed.items.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), found, "{search}");
        }
    }
}

#[tokio::test]
async fn every_task_is_listed_however_many_there_are() {
    let alerts = Alerts::start("1.5.6").await;
    alerts.with(|alerting| (0..250).for_each(|n| alerting.task(&format!("task-{n:03}"), "stream", &[("db", "rp")], &TaskState::Executing)));
    let listed = alerts.drivers.tasks(&alerts.access(), None).await.unwrap();
    let ids: Vec<&str> = listed.items.iter().map(|task| task.id.as_str()).collect();
    assert!(ids.is_sorted() && ids.len() == 250 && !listed.truncated, "{} {}", ids.len(), listed.truncated);
}

#[tokio::test]
async fn a_kapacitor_says_how_it_is() {
    for version in VERSIONS {
        let alerts = Alerts::start(version).await;
        alerts.with(|alerting| {
            alerting.task("cpu", "stream", &[("telegraf", "autogen")], &TaskState::Executing);
            alerting.task("disk", "batch", &[("telegraf", "autogen")], &TaskState::Disabled);
        });
        let statistics = alerts.drivers.statistics(&alerts.access()).await.unwrap();
        assert_eq!((statistics.version.as_deref(), statistics.host.as_deref()), (Some(version), Some("alerts")));
        assert_eq!((statistics.tasks, statistics.enabled_tasks, statistics.subscriptions), (Some(2), Some(1), Some(3)));
        assert_eq!((statistics.points_received, statistics.memory_bytes), (Some(123), Some(23_154_936)));
        assert_eq!(statistics.uptime_s, None, "no version tells it");
    }
}
