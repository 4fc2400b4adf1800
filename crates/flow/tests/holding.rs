//! A connection that takes no points holds its runs: none is lost, none counts as a try, and one at a time looks whether it is back.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fakes;

use std::{collections::BTreeSet, time::Duration};

use chrono::TimeDelta;
use fakes::{
    at,
    edges::Answer,
    followed::Followed,
    scene::{MINUTE, Scene},
};
use model::{Clock, FailureKind, Incremental, Missed, Mode, Overlap, RunStatus, Schedule};
use tokio::time::sleep;

#[tokio::test(start_paused = true)]
async fn an_hour_without_influxdb_costs_no_snapshot_and_asks_the_database_once_per_slot() {
    let scene = Scene::one_row();
    let group = scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::Latest, "2026-11-21T14:01:00Z");
    scene.store.add_series("a", Some(group), 0, Mode::Snapshot);
    scene.influx.go_away();
    let node = scene.start();
    sleep(Duration::from_secs(3610)).await;
    {
        let state = scene.store.state();
        assert_eq!(state.spool.values().filter(|frozen| frozen.complete.is_some()).count(), 60);
        assert!(state.runs.iter().all(|kept| matches!(kept.run.status, RunStatus::Queued | RunStatus::Running)), "none has failed");
    }
    let asked = scene.influx.requests.lock().unwrap().len();
    assert!(asked < 90, "{asked} requests: one for each probe, and the tries of the first run");
    scene.influx.answer([]);
    scene.until(|store| store.hold().is_none()).await;
    scene.until(|store| store.state().spool.is_empty()).await;
    node.stop().await;
    let written = scene.store.written();
    assert!(written.len() >= 60 && written.iter().all(|run| run.ends_with("succeeded 1")), "{written:?}");
    assert_eq!(scene.databases.statements.lock().unwrap().len(), written.len(), "one statement for each slot");
    let requests = scene.influx.requests.lock().unwrap();
    let order: Vec<_> = requests[asked..].iter().map(|request| request.label.clone()).collect();
    let began = order.iter().position(|label| label.contains("20261121T140100Z")).unwrap();
    assert!(order[began..].is_sorted() && order[began..].len() >= 60, "oldest slot first: {order:?}");
}

#[tokio::test(start_paused = true)]
async fn a_window_waits_in_line_and_reads_again_with_the_same_statement_and_label() {
    let scene = Scene::one_row();
    let series = scene.store.add_series("a", None, 0, Mode::Window { length_s: Some(60), lag_s: 5 });
    scene.store.enqueue(series, scene.clock.now());
    scene.influx.go_away();
    let node = scene.start();
    scene.until(|store| store.hold().is_some()).await;
    assert_eq!(scene.store.written(), ["a 14:00:00 queued 1"], "no try is counted");
    let hold = scene.store.hold().unwrap();
    assert_eq!(hold.reason.kind, Some(FailureKind::InfluxUnreachable));
    assert!(hold.since - at(fakes::NOON) <= TimeDelta::seconds(21), "the patience within a run is short");
    assert_eq!(scene.store.state().runs[0].run.reason.clone().unwrap(), hold.reason);
    scene.until(|store| store.hold().is_some_and(|hold| hold.probes == 3)).await;
    scene.influx.answer([]);
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 succeeded 1"]);
    let statements = scene.databases.statements.lock().unwrap();
    assert!(statements.len() >= 4 && statements.windows(2).all(|pair| pair[0] == pair[1]));
    let requests = scene.influx.requests.lock().unwrap();
    assert!(requests.windows(2).all(|pair| pair[0].body == pair[1].body && pair[0].label == pair[1].label), "not the same bytes");
}

#[tokio::test(start_paused = true)]
async fn probes_are_one_request_each_with_pauses_that_double_to_a_minute() {
    let scene = Scene::one_row();
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now());
    scene.influx.go_away();
    let node = scene.start();
    scene.until(|store| store.hold().is_some()).await;
    let before = scene.influx.requests.lock().unwrap().len();
    scene.until(|store| store.hold().is_some_and(|hold| hold.probes == 9)).await;
    node.stop().await;
    let requests = scene.influx.requests.lock().unwrap();
    assert_eq!(requests.len() - before, 9, "a probe has no patience");
    let pauses: Vec<u64> = requests[before - 1..].windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
}

#[tokio::test(start_paused = true)]
async fn what_influxdb_asked_for_is_never_shortened() {
    let scene = Scene::one_row();
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now());
    scene.influx.answer([Answer::Busy(Duration::from_secs(300)), Answer::Busy(Duration::from_secs(200))]);
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    let requests = scene.influx.requests.lock().unwrap();
    let pauses: Vec<u64> = requests.windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs()).collect();
    assert_eq!(pauses, [300, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_was_let_in_has_the_patience_of_any_run() {
    let scene = Scene::new(|_| vec![fakes::edges::rows(0..5)]);
    scene.store.state().connection = Some(fakes::edges::connection(1, 1));
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now());
    scene.influx.go_away();
    let node = scene.start();
    scene.until(|store| store.hold().is_some()).await;
    let busy = Answer::Fail(FailureKind::InfluxBusy);
    scene.influx.answer([Answer::Ok, busy.clone(), Answer::Ok, busy.clone(), busy]);
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.called("hold_run"), 1);
    assert_eq!(scene.store.written(), ["a 14:00:00 succeeded 1"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_person_must_change_in_the_series_fails_and_holds_nothing() {
    let scene = Scene::one_row();
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now());
    scene.influx.answer([Answer::Fail(FailureKind::InfluxTooLarge)]);
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 failed 1"]);
    assert!(scene.store.hold().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_login_holds_after_five_seconds_and_is_tried_more_rarely() {
    let scene = Scene::one_row();
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now());
    scene.influx.answer(vec![Answer::Fail(FailureKind::InfluxAuthentication); 1000]);
    let node = scene.start();
    scene.until(|store| store.hold().is_some_and(|hold| hold.probes == 2)).await;
    let hold = scene.store.hold().unwrap();
    node.stop().await;
    assert!(hold.since - at(fakes::NOON) <= TimeDelta::seconds(6), "{hold:?}");
    assert!(hold.next_probe_at - scene.clock.now() > TimeDelta::seconds(19), "5, 10, 20 seconds: {hold:?}");
}

#[tokio::test(start_paused = true)]
async fn a_person_stops_a_run_that_still_tries_to_write() {
    let scene = Scene::one_row();
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    let run = scene.store.enqueue(series, scene.clock.now());
    scene.influx.go_away();
    let node = scene.start();
    scene.until(|_| scene.influx.requests.lock().unwrap().len() == 2).await;
    node.flow.cancel(run);
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 cancelled 1"]);
    assert!(scene.store.hold().is_none() && scene.store.state().spool.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_incremental_run_that_is_held_goes_on_behind_its_last_page() {
    let scene = Scene::following(Followed::counting(1..12));
    let settings = Incremental { key: vec!["k".to_owned()], page_rows: 4, ..Incremental::by("c") };
    let series = scene.store.add_series("a", None, 0, Mode::Incremental(settings));
    scene.store.enqueue(series, scene.clock.now());
    let mut answers = vec![Answer::Ok];
    answers.extend(vec![Answer::Fail(FailureKind::InfluxUnreachable); 1000]);
    scene.influx.answer(answers);
    let node = scene.start();
    scene.until(|store| store.hold().is_some_and(|hold| hold.probes == 1)).await;
    assert_eq!(scene.store.state().cursors[&series].position.clone().unwrap().cursor.text, "3");
    scene.influx.answer([]);
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 succeeded 1"]);
    assert_eq!(scene.store.state().cursors[&series].position.clone().unwrap().cursor.text, "11");
    let first: Vec<String> = scene.influx.bodies()[0].lines().map(str::to_owned).collect();
    let lines = scene.influx.lines();
    assert!(first.iter().all(|line| lines.iter().filter(|other| *other == line).count() == 1), "the first page is not written again");
}

#[tokio::test(start_paused = true)]
async fn windows_of_slots_that_came_meanwhile_are_all_read_afterwards() {
    let scene = Scene::one_row();
    let group = scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::Latest, "2026-11-21T14:01:00Z");
    scene.store.add_series("a", Some(group), 0, Mode::Window { length_s: None, lag_s: 0 });
    scene.influx.go_away();
    let node = scene.start();
    sleep(Duration::from_secs(600)).await;
    scene.influx.answer([]);
    scene.until(|store| store.written().len() >= 12).await;
    scene.until(|store| store.state().runs[..12].iter().all(|kept| kept.run.status.is_final())).await;
    node.stop().await;
    let written = scene.store.written();
    assert!(written[..12].iter().all(|run| run.ends_with("succeeded 1")), "{written:?}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_shuts_down_while_a_connection_is_held_loses_nothing() {
    let scene = Scene::one_row();
    let group = scene.store.add_group("g", Schedule::EveryS(10), Overlap::Skip, Missed::All(100), "2026-11-21T14:00:10Z");
    scene.store.add_series("a", Some(group), 0, Mode::Snapshot);
    scene.influx.go_away();
    for _ in 0..3 {
        let node = scene.start();
        sleep(Duration::from_secs(65)).await;
        node.stop().await;
    }
    scene.influx.answer([]);
    let node = scene.start();
    scene.until(|store| store.hold().is_none() && store.state().spool.is_empty()).await;
    node.stop().await;
    let state = scene.store.state();
    let mut slots: Vec<_> = state.runs.iter().filter(|kept| kept.run.status == RunStatus::Succeeded).map(|kept| kept.run.slot).collect();
    slots.sort_unstable();
    slots.dedup();
    assert!(slots.len() >= 19 && slots.windows(2).all(|pair| pair[1] - pair[0] == TimeDelta::seconds(10)), "{slots:?}");
}

#[tokio::test(start_paused = true)]
async fn an_incremental_series_that_waits_reads_once_for_all_slots_that_came_meanwhile() {
    let scene = Scene::following(Followed::counting(1..12));
    let group = scene.store.add_group("g", Schedule::EveryS(10), Overlap::Skip, Missed::Latest, "2026-11-21T14:00:10Z");
    let settings = Incremental { key: vec!["k".to_owned()], ..Incremental::by("c") };
    scene.store.add_series("a", Some(group), 0, Mode::Incremental(settings));
    scene.influx.go_away();
    let node = scene.start();
    sleep(Duration::from_secs(600)).await;
    scene.influx.answer([]);
    scene.until(|store| store.hold().is_none() && store.written().last().is_some_and(|run| run.ends_with("empty 1"))).await;
    node.stop().await;
    let state = scene.store.state();
    let slots = |kept: &&fakes::store::Kept| kept.run.slot < at("2026-11-21T14:10:00Z");
    let runs: Vec<_> = state.runs.iter().filter(slots).map(|kept| (kept.run.slots, kept.run.status)).collect();
    assert!(runs.len() <= 2 && runs[0].0 > 50 && runs[0].1 == RunStatus::Succeeded, "{runs:?}");
    assert!(state.runs.iter().all(|kept| kept.run.status != RunStatus::Skipped), "and nothing was passed over");
    let lines: BTreeSet<String> = scene.influx.lines().into_iter().collect();
    assert_eq!(lines.len(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_group_of_every_second_passes_over_no_slot_when_a_connection_refuses() {
    for mode in [Mode::Snapshot, Mode::Window { length_s: None, lag_s: 0 }] {
        let scene = Scene::one_row();
        let group = scene.store.add_group("g", Schedule::EveryS(1), Overlap::Skip, Missed::Skip, "2026-11-21T14:00:01Z");
        scene.store.add_series("a", Some(group), 0, mode.clone());
        let node = scene.start();
        sleep(Duration::from_secs(3)).await;
        scene.influx.go_away();
        sleep(Duration::from_secs(30)).await;
        scene.influx.answer([]);
        scene.until(|store| store.hold().is_none()).await;
        sleep(Duration::from_secs(5)).await;
        node.stop().await;
        let state = scene.store.state();
        let slots: Vec<_> = state.runs.iter().map(|kept| kept.run.slot).collect();
        assert!(slots.len() >= 38 && slots.windows(2).all(|pair| pair[1] - pair[0] == TimeDelta::seconds(1)), "{slots:?}");
        let passed_over = state.runs.iter().find(|kept| matches!(kept.run.status, RunStatus::Skipped | RunStatus::Missed));
        assert!(passed_over.is_none(), "{mode:?}: {passed_over:?}");
    }
}
