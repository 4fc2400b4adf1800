//! Chunks of a backfill: they read their range and leave everything that is remembered of the series alone, whenever the process dies.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fakes;

use std::{collections::BTreeSet, time::Duration};

use chrono::TimeDelta;
use fakes::{edges::Answer, followed::Followed, scene::Scene, store::Kept};
use flow::backfill::{self, Asked, Unplannable};
use model::{
    Clock, Code, ColumnType, Cursor, Id, Incremental, Mode, Run, RunStatus, Series, Statement,
    backfill::{Part, What},
    edges::Open,
};

fn settings() -> Incremental {
    Incremental { key: vec!["k".to_owned()], page_rows: 4, ..Incremental::by("c") }
}

fn add(scene: &Scene, settings: Incremental) -> Id<Series> {
    scene.store.add_series("a", None, 0, Mode::Incremental(settings))
}

/// The values that were written, sorted, each as often as it was written.
fn written(scene: &Scene) -> Vec<i64> {
    let value = |line: &String| line.split(['=', 'i']).nth(1).unwrap().parse().unwrap();
    let mut values: Vec<i64> = scene.influx.lines().iter().map(value).collect();
    values.sort_unstable();
    values
}

fn kept(scene: &Scene, run: Id<Run>) -> Kept {
    scene.store.state().runs.iter().find(|kept| kept.run.id == run).unwrap().clone()
}

async fn to_its_end(scene: &Scene) {
    let node = scene.start();
    scene.all_final().await;
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_chunk_writes_its_range_and_leaves_cursor_marks_and_ledger_alone() {
    let scene = Scene::following(Followed::counting(1..30));
    let series = add(&scene, Incremental { overlap: 5, ..settings() });
    let before = Cursor { fingerprint: "of another query".to_owned(), ..Cursor::default() };
    scene.store.state().cursors.insert(series, before.clone());
    let chunk = scene.store.enqueue_chunk(series, 0, 5, 20);
    to_its_end(&scene).await;
    assert_eq!(written(&scene), (5..20).collect::<Vec<_>>());
    let ended = kept(&scene, chunk).run;
    assert_eq!((ended.status, ended.figures.points_written, ended.stretch.unwrap().pages), (RunStatus::Succeeded, 15, 5));
    let state = scene.store.state();
    assert_eq!(state.cursors[&series], before);
    assert!(state.advances.is_empty() && state.ledgers.is_empty());
    drop(state);
    assert_eq!(scene.store.called("ledger"), 0);
}

#[tokio::test(start_paused = true)]
async fn as_many_chunks_as_may_go_side_by_side_and_each_is_followed_by_the_pause() {
    for (parallel, expected) in [(1, [0, 30, 60, 90, 120, 150]), (2, [0, 0, 30, 30, 60, 60]), (6, [0; 6])] {
        let scene = Scene::following(Followed::counting(0..60));
        let series = add(&scene, settings());
        let began = scene.clock.now();
        scene.store.backfill(series, 6, parallel, TimeDelta::seconds(30));
        let node = scene.start();
        scene
            .until(|store| store.state().chunks_to_come.is_empty() && store.state().runs.iter().all(|kept| kept.run.status.is_final()))
            .await;
        node.stop().await;
        let state = scene.store.state();
        let starts: Vec<i64> = state.runs.iter().map(|kept| (kept.started.unwrap() - began).num_seconds()).collect();
        assert_eq!(starts, expected, "{parallel} side by side");
        drop(state);
        assert_eq!(written(&scene), (0..60).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn a_chunk_that_is_killed_at_any_step_is_read_again_and_nothing_else_is_touched() {
    let mut step = 1;
    loop {
        let mut table = Followed::counting(1..30);
        table.rows[11].value = -12;
        let scene = Scene::following(table);
        let series = add(&scene, settings());
        scene.store.enqueue_chunk(series, 0, 5, 20);
        scene.steps.stop_at(step);
        let node = scene.start();
        scene.until(|store| scene.steps.has_stopped() || store.state().runs.iter().all(|kept| kept.run.status.is_final())).await;
        let stopped = scene.steps.has_stopped();
        node.kill().await;
        scene.steps.go_on();
        to_its_end(&scene).await;
        let values: BTreeSet<i64> = written(&scene).into_iter().collect();
        assert_eq!(values, (5..20).filter(|n| *n != 12).collect(), "step {step}");
        assert!(scene.store.state().cursors.is_empty() && scene.store.state().advances.is_empty(), "step {step}");
        if !stopped {
            break;
        }
        step += 1;
    }
    assert!(step > 20, "only {step} steps");
}

#[tokio::test(start_paused = true)]
async fn what_a_chunk_has_read_is_never_written_over_something_that_the_own_run_read_later() {
    const SLOW: Duration = Duration::from_secs(30);
    for own_run_first in [false, true] {
        let mut table = Followed::counting(1..4);
        table.after_page = Some((0, |table| (table.rows[1].cursor, table.rows[1].value) = (Some(9), 200)));
        let scene = Scene::following(table);
        let series = add(&scene, settings());
        scene.influx.answer([Answer::Slow(SLOW)]);
        let node = scene.start();
        let chunk = || scene.store.enqueue_chunk(series, 0, 1, 4);
        let own_run = || scene.store.enqueue(series, scene.clock.now());
        let _first = if own_run_first { own_run() } else { chunk() };
        node.flow.wake();
        scene.influx.asked.notified().await;
        // The first has read, and waits for its acknowledgement.
        let _second = if own_run_first { chunk() } else { own_run() };
        node.flow.wake();
        scene.all_final().await;
        node.stop().await;
        let requests = scene.influx.requests.lock().unwrap().clone();
        assert_eq!(requests.len(), 2);
        assert!(requests[1].at - requests[0].at >= SLOW, "both were on the way: {own_run_first}");
        if !own_run_first {
            assert!(scene.influx.lines().last().unwrap().contains("n=200i"), "the newer row is written last");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn chunks_go_side_by_side_and_the_own_run_waits_for_a_page_of_them_only() {
    let scene = Scene::following(Followed::counting(1..41));
    let series = add(&scene, settings());
    scene.influx.answer(vec![Answer::Slow(Duration::from_secs(10)); 12]);
    let node = scene.start();
    scene.store.enqueue_chunk(series, 0, 1, 21);
    scene.store.enqueue_chunk(series, 1, 21, 41);
    node.flow.wake();
    scene.influx.asked.notified().await;
    let own = scene.store.enqueue(series, scene.clock.now() + TimeDelta::seconds(1));
    node.flow.wake();
    scene.all_final().await;
    node.stop().await;
    let requests = scene.influx.requests.lock().unwrap().clone();
    assert_eq!(requests[0].at, requests[1].at, "two chunks at once");
    let slot = kept(&scene, own).run.slot.timestamp_nanos_opt().unwrap().to_string();
    let first_own = requests.iter().position(|request| String::from_utf8_lossy(&request.body).contains(&slot));
    // The slots of chunks and own run differ, so the lines tell whose they are.
    let all_chunks_end = requests.len() - 1;
    assert!(first_own.is_some_and(|at| at < all_chunks_end), "{first_own:?} of {}", requests.len());
}

#[tokio::test(start_paused = true)]
async fn a_chunk_of_a_query_that_was_changed_reads_nothing() {
    let scene = Scene::following(Followed::counting(1..30));
    let series = add(&scene, settings());
    let chunk = scene.store.enqueue_chunk(series, 0, 5, 20);
    scene.store.state().queries[0].spec.sql = "another".to_owned();
    to_its_end(&scene).await;
    let ended = kept(&scene, chunk).run;
    assert_eq!((ended.status, ended.reason.unwrap().code), (RunStatus::Failed, Some(Code::RangeChanged)));
    assert!(written(&scene).is_empty());
    assert_eq!(scene.store.state().runs.len(), 1, "it is not tried again");
}

#[tokio::test(start_paused = true)]
async fn a_chunk_is_cancelled_in_the_middle_of_a_write() {
    let scene = Scene::following(Followed::counting(1..30));
    let series = add(&scene, settings());
    scene.influx.answer([Answer::Never]);
    let chunk = scene.store.enqueue_chunk(series, 0, 5, 20);
    let node = scene.start();
    scene.influx.asked.notified().await;
    node.flow.cancel(chunk);
    scene.all_final().await;
    assert_eq!(kept(&scene, chunk).run.status, RunStatus::Cancelled);
    // Nobody holds the series' pen any more.
    scene.store.enqueue(series, scene.clock.now());
    node.flow.wake();
    scene.all_final().await;
    node.stop().await;
    assert_eq!(written(&scene).iter().filter(|value| **value == 29).count(), 1);
}

async fn planned(scene: &Scene, settings: &Incremental, from: &str, to: Option<&str>, chunk: Option<u64>) -> Result<What, Unplannable> {
    let asked = Asked { from: from.to_owned(), to: to.map(str::to_owned), chunk };
    let statement = Statement { sql: "a".to_owned(), values: Default::default() };
    let access = fakes::edges::database(8);
    backfill::range(&*scene.databases, &access, &statement, settings, (&[], "of it".to_owned()), &asked).await
}

fn bounds(what: &What) -> Vec<(String, String)> {
    let chunk = |number| match what.part(number) {
        Some(Part::Range { from, to, .. }) => (from.text, to.text),
        other => panic!("{other:?}"),
    };
    (0..what.chunks()).map(chunk).collect()
}

#[tokio::test(start_paused = true)]
async fn a_range_ends_at_the_fence_and_is_cut_into_chunks() {
    let scene = Scene::following(Followed::counting(1..30));
    let what = planned(&scene, &settings(), "1", Some("1000"), Some(12)).await.unwrap();
    let expected = [("1", "13"), ("13", "25"), ("25", "30")].map(|(from, to)| (from.to_owned(), to.to_owned()));
    assert_eq!(bounds(&what), expected);
    assert_eq!(bounds(&planned(&scene, &settings(), "28", None, None).await.unwrap()).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_range_that_cannot_be_read_is_refused_by_the_member_that_is_wrong() {
    let mut table = Followed::counting(1..30);
    table.open_since(table.now - TimeDelta::minutes(5));
    let undecided = Scene::following(table);
    let scene = Scene::following(Followed::counting(1..30));
    let field = async |scene: &Scene, from: &str, to: Option<&str>, chunk| match planned(scene, &settings(), from, to, chunk).await {
        Err(Unplannable::Wrong { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(&scene, "one", None, None).await, "from");
    assert_eq!(field(&scene, "1", Some("x"), None).await, "to");
    assert_eq!(field(&scene, "9", Some("9"), None).await, "from");
    assert_eq!(field(&scene, "30", None, None).await, "from");
    assert_eq!(field(&scene, "1", None, Some(0)).await, "chunk");
    assert_eq!(field(&undecided, "1", None, None).await, "from");
}

#[tokio::test(start_paused = true)]
async fn a_range_of_texts_is_read_in_the_order_of_the_database_and_not_of_numbers() {
    let texts = || {
        let mut table = Followed { kind: ColumnType::Text, open: Open::OneWriter, ..Followed::default() };
        table.words = ["1", "10", "9"].map(str::to_owned).to_vec();
        (0..3).for_each(|n| table.add(n, n, n + 1));
        Scene::following(table)
    };
    let scene = texts();
    let what = planned(&scene, &settings(), "10", Some("9"), None).await.unwrap();
    assert_eq!(bounds(&what), [("10".to_owned(), "9".to_owned())]);

    let series = add(&scene, settings());
    let chunk = scene.store.enqueue_chunk(series, 0, 1, 9);
    {
        let mut state = scene.store.state();
        let Some(Part::Range { from, to, .. }) = state.runs[0].run.chunk.as_mut().map(|chunk| &mut chunk.part) else { panic!("no range") };
        (from.kind, to.kind) = (ColumnType::Text, ColumnType::Text);
    }
    to_its_end(&scene).await;
    let ended = kept(&scene, chunk).run;
    assert_eq!(ended.status, RunStatus::Succeeded, "{:?}", ended.reason);
    assert_eq!(written(&scene), [1, 2]);
}
