//! Snapshots are frozen before they are sent: what was read once is written whatever happens, and is not read again.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fakes;

use std::{collections::BTreeSet, time::Duration};

use fakes::{
    edges::{Answer, Step, rows},
    scene::Scene,
};
use model::{Clock, FailureKind, Mode, RejectPolicy, RunStatus, WhenFull};

fn snapshot(scene: &Scene) -> model::Id<model::Run> {
    let series = scene.store.add_series("a", None, 0, Mode::Snapshot);
    scene.store.enqueue(series, scene.clock.now())
}

#[tokio::test(start_paused = true)]
async fn lines_are_frozen_whole_before_the_first_is_sent_and_let_go_at_the_end() {
    let scene = Scene::new(|_| vec![Step::Many { batches: 20, rows: 400 }]);
    scene.influx.answer([Answer::Slow(Duration::from_secs(1))]);
    let run = snapshot(&scene);
    let node = scene.start();
    scene.until(|_| !scene.influx.requests.lock().unwrap().is_empty()).await;
    let complete = scene.store.state().spool[&run].complete.unwrap();
    assert_eq!((complete.rows_read, complete.points_written), (8000, 0));
    assert_eq!(scene.databases.readers.now(), 0, "the database is no longer needed");
    scene.all_final().await;
    node.stop().await;
    let state = scene.store.state();
    assert_eq!((state.runs[0].run.status, state.runs[0].run.figures.points_written), (RunStatus::Succeeded, 8000));
    assert!(state.spool.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_larger_than_memory_is_written_from_the_store() {
    // Lines of about 30 bytes: 12 MB in all.
    let scene = Scene::new(|_| vec![Step::Many { batches: 50, rows: 8000 }]);
    snapshot(&scene);
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    let figures = scene.store.state().runs[0].run.figures;
    assert_eq!((figures.rows_read, figures.points_written), (400_000, 400_000));
    assert!(scene.store.called("freeze") > 1 && scene.store.called("frozen") > 1);
    let lines = scene.influx.lines();
    assert_eq!((lines.len(), lines.iter().collect::<BTreeSet<_>>().len()), (400_000, 400_000), "each line once");
}

#[tokio::test(start_paused = true)]
async fn an_empty_snapshot_keeps_nothing() {
    let scene = Scene::new(|_| vec![]);
    snapshot(&scene);
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    assert_eq!((scene.store.called("freeze"), scene.store.written()), (0, vec!["a 14:00:00 empty 1".to_owned()]));
}

/// A process that is killed at every step of a run.
#[tokio::test(start_paused = true)]
async fn killed_at_any_step_a_snapshot_is_read_once_if_it_was_frozen_and_its_bytes_are_the_same() {
    let mut step = 1;
    loop {
        // The database never answers the same twice.
        let asked = std::sync::atomic::AtomicI64::new(0);
        let scene = Scene::new(move |_| {
            let first = 100 * asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            vec![rows(first..first + 5), Step::Rows(vec![Some(-1)])]
        });
        scene.store.state().connection = Some(fakes::edges::connection(2, 1));
        snapshot(&scene);
        scene.steps.stop_at(step);
        let node = scene.start();
        scene.until(|store| scene.steps.has_stopped() || store.state().runs.iter().all(|kept| kept.run.status.is_final())).await;
        let stopped = scene.steps.has_stopped();
        node.kill().await;
        let frozen = scene.store.state().spool.values().any(|frozen| frozen.complete.is_some());
        let (statements, sent) = (scene.databases.statements.lock().unwrap().len(), scene.influx.bodies());
        assert!(sent.is_empty() || frozen || !stopped, "step {step}: sent what is not frozen");
        scene.steps.go_on();
        let node = scene.start();
        scene.all_final().await;
        node.stop().await;
        if frozen {
            assert_eq!(scene.databases.statements.lock().unwrap().len(), statements, "step {step}: read again");
        }
        let bodies: BTreeSet<String> = scene.influx.bodies().into_iter().collect();
        assert_eq!(bodies.len(), 3, "step {step}: the bytes differ: {bodies:?}");
        let last = scene.store.state().runs.last().unwrap().run.clone();
        assert_eq!((last.status, last.figures.points_written, last.figures.rejected), (RunStatus::Partial, 5, 1), "step {step}");
        if !stopped {
            break;
        }
        step += 1;
    }
    assert!(step > 10, "only {step} steps");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_shuts_down_leaves_a_frozen_run_frozen() {
    let scene = Scene::one_row();
    snapshot(&scene);
    scene.influx.answer([Answer::Never]);
    let node = scene.start();
    scene.until(|_| !scene.influx.requests.lock().unwrap().is_empty()).await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 failed 1", "a 14:00:00 queued 2"]);
    assert!(scene.store.state().runs[1].run.frozen);
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.databases.statements.lock().unwrap().len(), 1);
    let bodies = scene.influx.bodies();
    assert_eq!((bodies.len(), &bodies[0]), (2, &bodies[1]));
}

#[tokio::test(start_paused = true)]
async fn without_room_a_snapshot_waits_in_line_and_says_why() {
    let scene = Scene::one_row();
    snapshot(&scene);
    scene.store.state().spool_bytes = 1;
    let node = scene.start();
    scene.until(|store| store.called("hold_run") == 2).await;
    assert_eq!(scene.store.written(), ["a 14:00:00 queued 1"]);
    assert!(scene.store.hold().is_none(), "nothing is wrong with the connection");
    assert!(scene.store.state().runs[0].run.reason.clone().unwrap().message.contains("no room"));
    assert!(scene.influx.bodies().is_empty());
    scene.store.state().spool_bytes = 0;
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 succeeded 1"]);
}

#[tokio::test(start_paused = true)]
async fn too_many_rejects_stop_a_snapshot_before_anything_is_sent() {
    let scene = Scene::new(|_| vec![rows([1, -1, -2, -3])]);
    snapshot(&scene);
    scene.store.state().series[0].spec.rejects = RejectPolicy { limit: 2, when_full: WhenFull::Stop };
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    let state = scene.store.state();
    assert_eq!(state.runs[0].run.reason.clone().unwrap().kind, Some(FailureKind::RejectLimit));
    assert_eq!((state.runs[0].rejects.len(), state.spool.len()), (2, 0));
    assert!(scene.influx.bodies().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_frozen_outlives_a_store_that_fails_while_it_is_written() {
    let scene = Scene::new(|_| vec![rows([1, 2, 3])]);
    snapshot(&scene);
    scene.influx.answer([Answer::Reject(1)]);
    scene.store.state().broken_rejects = 1;
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 failed 1", "a 14:00:00 succeeded 2"]);
    assert_eq!(scene.databases.statements.lock().unwrap().len(), 1, "it is not read again");
    let bodies = scene.influx.bodies();
    assert_eq!((bodies.len(), &bodies[0]), (2, &bodies[1]));
}

#[tokio::test(start_paused = true)]
async fn what_is_frozen_is_written_whatever_its_series_has_become_meanwhile() {
    let scene = Scene::one_row();
    snapshot(&scene);
    scene.influx.answer((0..8).map(|_| Answer::Fail(FailureKind::InfluxForbidden)));
    let node = scene.start();
    scene.until(|store| store.hold().is_some()).await;
    scene.store.state().series[0].spec.mode = Mode::Window { length_s: Some(60), lag_s: 0 };
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written(), ["a 14:00:00 succeeded 1"]);
    assert_eq!(scene.databases.statements.lock().unwrap().len(), 1, "it is not read again");
    let bodies: BTreeSet<String> = scene.influx.bodies().into_iter().collect();
    assert_eq!(bodies.len(), 1);
}
