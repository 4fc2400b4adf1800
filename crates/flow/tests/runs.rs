//! Groups, slots and runs of a node, against a store in memory, scripted edges and paused time.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fakes;

use std::time::Duration;

use chrono::TimeDelta;
use fakes::{
    at,
    edges::{Answer, Step, rows},
    scene::{MINUTE, Scene},
};
use flow::Settings;
use model::{Clock, FailureKind, Missed, Mode, Overlap, RunStatus, Schedule, Value, edges::Fate};
use tokio::time::sleep;

const WINDOW: Mode = Mode::Window { length_s: None, lag_s: 0 };

#[tokio::test(start_paused = true)]
async fn a_group_runs_at_each_of_its_slots_and_windows_tile_time() {
    let scene = Scene::one_row();
    let group = scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::Latest, "2026-11-21T14:01:00Z");
    scene.store.add_series("a", Some(group), 0, WINDOW);
    let node = scene.start();
    scene.until(|store| store.written().len() >= 3).await;
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:01:00 succeeded 1", "a 14:02:00 succeeded 1", "a 14:03:00 succeeded 1"]);
    let statements = scene.databases.statements.lock().unwrap();
    assert_eq!(statements[0].values["window_start"], Value::Instant(at("2026-11-21T14:00:00Z")));
    for pair in statements.windows(2) {
        assert_eq!(pair[0].values["window_end"], pair[1].values["window_start"]);
    }
    for kept in &scene.store.state().runs {
        let late = kept.run.started_at.unwrap() - kept.run.slot;
        assert!(late < TimeDelta::milliseconds(20), "started {late} after its slot");
    }
}

#[tokio::test(start_paused = true)]
async fn members_of_a_group_run_one_after_another_and_groups_side_by_side() {
    let scene = Scene::lasting(Duration::from_secs(5));
    for (name, next) in [("g", "2026-11-21T14:01:00Z"), ("h", "2026-11-21T14:01:00Z")] {
        let group = scene.store.add_group(name, Schedule::EveryS(3600), Overlap::Skip, Missed::Latest, next);
        scene.store.add_series(&format!("{name}2"), Some(group), 2, WINDOW);
        scene.store.add_series(&format!("{name}1"), Some(group), 1, WINDOW);
    }
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    let state = scene.store.state();
    let times = |name: &str| {
        let run = &state.runs.iter().find(|kept| kept.run.series_name.as_str() == name).unwrap().run;
        (run.started_at.unwrap(), run.finished_at.unwrap())
    };
    for group in ["g", "h"] {
        assert!(times(&format!("{group}1")).1 <= times(&format!("{group}2")).0, "members overlap or are out of order");
    }
    assert!(times("h1").0 < times("g1").1, "groups run side by side");
}

#[tokio::test(start_paused = true)]
async fn a_database_is_read_by_no_more_runs_than_it_takes() {
    let scene = Scene::lasting(Duration::from_secs(5));
    scene.store.state().database = Some(fakes::edges::database(2));
    for n in 0..6 {
        let series = scene.store.add_series(&format!("s{n}"), None, 0, Mode::Snapshot);
        scene.store.enqueue(series, scene.clock.now());
    }
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.databases.readers.most(), 2);
    assert!(scene.store.written().iter().all(|run| run.contains("succeeded")));
}

#[tokio::test(start_paused = true)]
async fn no_more_runs_than_the_node_takes_run_at_once() {
    let scene = Scene::lasting(Duration::from_secs(5));
    for n in 0..6 {
        let series = scene.store.add_series(&format!("s{n}"), None, 0, Mode::Snapshot);
        scene.store.enqueue(series, scene.clock.now());
    }
    let node = scene.start_with(Settings { max_runs: 3, ..Settings::default() });
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.databases.readers.most(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_meets_a_running_one_is_skipped_and_names_it() {
    let scene = Scene::lasting(Duration::from_secs(90));
    let group = scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::Latest, "2026-11-21T14:01:00Z");
    scene.store.add_series("a", Some(group), 0, WINDOW);
    let node = scene.start();
    scene.until(|store| store.written().len() >= 3).await;
    scene.until(|store| store.state().runs[2].run.status.is_final()).await;
    node.kill().await;
    assert_eq!(scene.store.written()[..3], ["a 14:01:00 succeeded 1", "a 14:02:00 skipped 1", "a 14:03:00 succeeded 1"]);
    let reason = scene.store.state().runs[1].run.reason.clone().unwrap();
    assert_eq!(reason.message, "the group's slot of 2026-11-21T14:01:00Z still ran");
}

#[tokio::test(start_paused = true)]
async fn with_queue_one_a_slot_waits_and_the_next_is_skipped() {
    let scene = Scene::lasting(Duration::from_secs(150));
    let group = scene.store.add_group("g", MINUTE, Overlap::QueueOne, Missed::Latest, "2026-11-21T14:01:00Z");
    scene.store.add_series("a", Some(group), 0, WINDOW);
    let node = scene.start();
    scene.until(|store| store.written().len() >= 4).await;
    scene.until(|store| store.state().runs[1].run.status.is_final()).await;
    node.kill().await;
    assert_eq!(scene.store.written()[..3], ["a 14:01:00 succeeded 1", "a 14:02:00 succeeded 1", "a 14:03:00 skipped 1"]);
    // Nobody waited any more when the slot of 14:04 came: the one of 14:02 had begun.
    assert_ne!(scene.store.state().runs[3].run.status, RunStatus::Skipped);
}

#[tokio::test(start_paused = true)]
async fn after_downtime_the_latest_slot_runs_and_the_others_are_on_record_as_missed() {
    let scene = Scene::one_row();
    let group = scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::Latest, "2026-11-21T11:00:00Z");
    scene.store.add_series("a", Some(group), 0, WINDOW);
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    // The clock stands at 14:00:00, so the slot of 14:00 is on time.
    assert_eq!(scene.store.written(), ["a 11:00:00 missed 1", "a 13:59:00 succeeded 1", "a 14:00:00 succeeded 1"]);
    assert_eq!(scene.store.state().slots[0].1.slots, 179);
}

#[tokio::test(start_paused = true)]
async fn what_runs_late_costs_no_slot_that_comes_meanwhile() {
    for overlap in [Overlap::Skip, Overlap::QueueOne] {
        // Five missed slots take more than three minutes; the slots of 14:00 to 14:04 come meanwhile and have to wait for them.
        let scene = Scene::lasting(Duration::from_secs(40));
        let group = scene.store.add_group("g", MINUTE, overlap, Missed::All(10), "2026-11-21T13:55:00Z");
        scene.store.add_series("a", Some(group), 0, WINDOW);
        let node = scene.start();
        scene.until(|store| store.written().len() >= 20).await;
        node.kill().await;
        let written = scene.store.written();
        assert!(written.iter().all(|run| !run.contains("skipped") && !run.contains("missed")), "{overlap:?}: {written:?}");
        let started: Vec<_> = scene.store.state().runs.iter().filter_map(|kept| kept.started.map(|at| (at, kept.run.slot))).collect();
        assert!(started.iter().is_sorted(), "{overlap:?}: oldest first");
        // It has caught up: the last slot began on time.
        let (began, slot) = *started.last().unwrap();
        assert!(began - slot < TimeDelta::seconds(2), "{overlap:?}: {slot} began at {began}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_clock_jumps_the_slots_in_between_are_missed() {
    let scene = Scene::one_row();
    let group = scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::Skip, "2026-11-21T14:01:00Z");
    scene.store.add_series("a", Some(group), 0, WINDOW);
    let node = scene.start();
    scene.all_final().await;
    scene.clock.jump(TimeDelta::minutes(10));
    scene.until(|store| store.written().len() >= 2).await;
    node.stop().await;
    let state = scene.store.state();
    assert_eq!(state.slots[1].1.slot, at("2026-11-21T14:02:00Z"));
    assert!(matches!(state.slots[1].1.fate, Fate::Miss(_)));
    assert!(state.slots[1].1.slots >= 9);
}

#[tokio::test(start_paused = true)]
async fn a_group_without_series_still_has_a_record_of_its_slots() {
    let scene = Scene::one_row();
    scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::Latest, "2026-11-21T14:01:00Z");
    let node = scene.start();
    scene.until(|store| store.state().slots.len() >= 2).await;
    node.stop().await;
    assert_eq!(scene.store.state().slots[1].1.slot, at("2026-11-21T14:02:00Z"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_window_is_run_again_with_the_same_statement_and_label() {
    let scene = Scene::new(|_| vec![rows([1])]);
    let series = scene.store.add_series("a", None, 0, Mode::Window { length_s: Some(60), lag_s: 5 });
    scene.store.enqueue(series, scene.clock.now());
    scene.databases.break_next(FailureKind::SqlUnreachable);
    let node = scene.start();
    scene.until(|store| store.written().len() == 2).await;
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 failed 1", "a 14:00:00 succeeded 2"]);
    let (runs, statements) = (&scene.store.state().runs, scene.databases.statements.lock().unwrap());
    assert_eq!(statements[0], statements[1]);
    assert!(runs[1].run.not_before - runs[0].run.finished_at.unwrap() >= TimeDelta::seconds(30));
    assert!(runs[0].log.iter().any(|line| line.message.contains("the slot is run again at")), "{:?}", runs[0].log);
}

#[tokio::test(start_paused = true)]
async fn a_failed_snapshot_is_not_run_again_and_says_why() {
    let scene = Scene::new(|_| vec![rows([1]), Step::Fail(FailureKind::SqlFailed)]);
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now());
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 failed 1"]);
    let reason = scene.store.state().runs[0].run.reason.clone().unwrap();
    assert_eq!(reason.kind, Some(FailureKind::SqlFailed));
    assert!(reason.advice.contains("a snapshot cannot be read again"), "{reason:?}");
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_empty_partial_and_succeeded_apart() {
    let scene = Scene::new(|name| match name {
        "empty" => vec![],
        "skipped" => vec![Step::Rows(vec![None, None])],
        "partial" => vec![rows([1, -1, 2])],
        _ => vec![rows([1, 2])],
    });
    for name in ["empty", "skipped", "partial", "full"] {
        let series = scene.store.add_series(name, None, 0, Mode::Snapshot);
        scene.store.enqueue(series, scene.clock.now());
    }
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    let status = |at: usize| scene.store.state().runs[at].run.status;
    assert_eq!(
        [status(0), status(1), status(2), status(3)],
        [RunStatus::Empty, RunStatus::Empty, RunStatus::Partial, RunStatus::Succeeded]
    );
    assert_eq!(scene.store.state().runs[2].rejects.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_person_stops_a_run_at_once_here_or_by_the_store() {
    for by_store in [false, true] {
        let scene = Scene::lasting(Duration::from_secs(1000));
        let series = scene.store.add_series("a", None, 0, WINDOW.clone());
        let group = scene.store.add_group("g", Schedule::EveryS(3600), Overlap::Skip, Missed::Skip, "2026-11-21T15:00:00Z");
        scene.store.state().series[0].spec.group_id = Some(group);
        let run = scene.store.enqueue(series, scene.clock.now());
        let node = scene.start();
        scene.until(|_| scene.databases.readers.now() == 1).await;
        let asked = scene.clock.now();
        if by_store {
            scene.store.state().runs[0].cancel_requested = true;
        } else {
            node.flow.cancel(run);
        }
        scene.all_final().await;
        assert_eq!(scene.store.written(), ["a 14:00:00 cancelled 1"], "and it is not run again");
        assert!(scene.clock.now() - asked < TimeDelta::seconds(3));
        assert_eq!(scene.databases.readers.now(), 0);
        node.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_lost_its_lease_stops_at_once_and_commits_nothing() {
    let scene = Scene::lasting(Duration::from_secs(1000));
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now());
    let node = scene.start();
    scene.until(|_| scene.databases.readers.now() == 1).await;
    scene.store.state().lease_is_lost = true;
    scene.until(|_| scene.databases.readers.now() == 0).await;
    assert!(scene.clock.now() - at(fakes::NOON) < TimeDelta::seconds(10));
    node.stop().await;
    assert_eq!(scene.store.state().finishes, 0);
    assert_eq!(scene.store.written(), ["a 14:00:00 running 1"], "the outcome belongs to the node that has the lease");
}

#[tokio::test(start_paused = true)]
async fn a_killed_node_loses_no_slot_and_gives_each_one_outcome() {
    let scene = Scene::lasting(Duration::from_secs(20));
    let group = scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::All(10), "2026-11-21T14:01:00Z");
    scene.store.add_series("a", Some(group), 0, WINDOW);
    let node = scene.start();
    scene.until(|_| scene.databases.readers.now() == 1).await;
    node.kill().await;
    assert_eq!(scene.databases.readers.now(), 0, "nothing of the killed node goes on");

    sleep(Duration::from_secs(125)).await;
    let node = scene.start();
    scene.until(|store| store.written().len() >= 5).await;
    scene.until(|store| store.state().runs[..4].iter().all(|kept| kept.run.status.is_final())).await;
    node.stop().await;
    let written = scene.store.written();
    assert_eq!(written[..4], ["a 14:01:00 abandoned 1", "a 14:01:00 succeeded 2", "a 14:02:00 succeeded 1", "a 14:03:00 succeeded 1"]);
    let statements = scene.databases.statements.lock().unwrap();
    assert_eq!(statements[0], statements[1], "the slot is read again exactly");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_shuts_down_lets_short_runs_end_and_puts_long_ones_back_in_line() {
    let scene = Scene::new(|name| {
        let seconds = if name == "short" { 2 } else { 1000 };
        vec![Step::Wait(Duration::from_secs(seconds)), rows([1])]
    });
    for (name, mode) in [("short", Mode::Snapshot), ("long", Mode::Window { length_s: Some(9), lag_s: 0 }), ("once", Mode::Snapshot)] {
        let series = scene.store.add_series(name, None, 0, mode);
        scene.store.enqueue(series, scene.clock.now());
    }
    let node = scene.start();
    scene.until(|_| scene.databases.readers.now() == 3).await;
    let asked = scene.clock.now();
    node.stop().await;
    assert!(scene.clock.now() - asked < TimeDelta::seconds(10));
    let written = scene.store.written();
    assert_eq!(written[0], "short 14:00:00 succeeded 1");
    assert_eq!(written[1], "long 14:00:00 failed 1");
    assert!(
        written.contains(&"long 14:00:00 queued 2".to_owned()) && written.contains(&"once 14:00:00 queued 2".to_owned()),
        "{written:?}"
    );
    let reason = scene.store.state().runs[1].run.reason.clone().unwrap();
    assert_eq!(reason.kind, Some(FailureKind::Interrupted));
}

#[tokio::test(start_paused = true)]
async fn an_outcome_is_told_until_the_store_listens() {
    let scene = Scene::one_row();
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now());
    scene.influx.answer([Answer::Slow(Duration::from_secs(3))]);
    let node = scene.start();
    scene.influx.asked.notified().await;
    scene.store.state().broken_calls = 12;
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 succeeded 1"]);
    let log = &scene.store.state().runs[0].log;
    assert!(log.iter().any(|line| line.message.starts_with("reading the rows")), "a line was lost with a heartbeat: {log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_series_that_was_deleted_meanwhile_ends_its_run_as_cancelled() {
    let scene = Scene::one_row();
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now());
    scene.store.state().series.clear();
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 cancelled 1"]);
    assert!(scene.store.state().runs[0].run.reason.clone().unwrap().message.contains("was deleted"));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_enqueued_by_hand_starts_when_the_node_is_woken() {
    let scene = Scene::one_row();
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    let node = scene.start();
    sleep(Duration::from_millis(6100)).await;
    scene.store.enqueue(series, scene.clock.now());
    let asked = scene.clock.now();
    node.flow.wake();
    scene.all_final().await;
    assert!(scene.clock.now() - asked <= TimeDelta::milliseconds(100));
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_for_a_while_is_waited_out() {
    let scene = Scene::one_row();
    let group = scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::Latest, "2026-11-21T14:01:00Z");
    scene.store.add_series("a", Some(group), 0, WINDOW);
    let node = scene.start();
    sleep(Duration::from_secs(58)).await;
    scene.store.state().broken_calls = 5;
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:01:00 succeeded 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_cannot_be_settled_does_not_keep_the_others_waiting() {
    let scene = Scene::one_row();
    for name in ["a", "b"] {
        let group = scene.store.add_group(name, MINUTE, Overlap::Skip, Missed::Latest, "2026-11-21T14:01:00Z");
        scene.store.add_series(name, Some(group), 0, WINDOW);
        scene.store.state().broken_group.get_or_insert(group);
    }
    let node = scene.start();
    scene.until(|store| store.written().len() >= 2).await;
    scene.store.state().broken_group = None;
    scene.until(|store| store.written().iter().any(|run| run.starts_with("a 14:02:00 succeeded"))).await;
    node.stop().await;
    let written = scene.store.written();
    assert_eq!(written[..2], ["b 14:01:00 succeeded 1", "b 14:02:00 succeeded 1"]);
    assert!(written.contains(&"a 14:01:00 succeeded 1".to_owned()), "its slot is not lost: {written:?}");
}

#[tokio::test(start_paused = true)]
async fn a_fault_ends_its_run_also_when_the_store_does_not_listen_at_once() {
    let scene = Scene::new(|name| if name == "faulty" { panic!("a fault of ours") } else { vec![rows([1])] });
    let group = scene.store.add_group("g", Schedule::EveryS(3600), Overlap::Skip, Missed::Skip, "2026-11-21T15:00:00Z");
    for (place, name) in ["faulty", "next"].into_iter().enumerate() {
        let series = scene.store.add_series(name, Some(group), i32::try_from(place).unwrap(), Mode::Snapshot);
        scene.store.enqueue(series, scene.clock.now());
    }
    scene.store.state().broken_finishes = 5;
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["faulty 14:00:00 failed 1", "next 14:00:00 succeeded 1"], "and its group goes on");
    assert_eq!(scene.store.state().runs[0].run.reason.clone().unwrap().kind, Some(FailureKind::Internal));
}
