//! Runs of incremental series, against a table whose rows come and go, a store in memory, and a process that dies at every step.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fakes;

use std::{collections::BTreeSet, time::Duration};

use chrono::TimeDelta;
use fakes::{
    NOON, at,
    edges::Answer,
    followed::{Followed, Row},
    scene::{MINUTE, Scene},
    store::Kept,
};
use model::{
    Clock, Code, ColumnType, Cursor, FailureKind, Fence, Id, Incremental, LogLevel, Missed, Mode, NullCursor, Overlap, RejectPolicy,
    RunStatus, Series, Target, WhenFull, edges::Open,
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

fn cursor(scene: &Scene, series: Id<Series>) -> Cursor {
    scene.store.state().cursors.get(&series).cloned().unwrap_or_default()
}

fn stands_at(scene: &Scene, series: Id<Series>) -> Option<String> {
    cursor(scene, series).position.map(|position| position.cursor.text)
}

fn failure(kept: &Kept) -> (FailureKind, Code) {
    let reason = kept.run.reason.clone().unwrap();
    (reason.kind.unwrap(), reason.code.unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_run_delivers_what_is_new_page_by_page_and_the_next_begins_there() {
    let scene = Scene::following(Followed::counting(1..11));
    let series = add(&scene, settings());
    let kept = scene.run(series).await;
    assert_eq!(kept.run.status, RunStatus::Succeeded);
    assert_eq!((kept.run.figures.rows_read, kept.run.figures.points_written), (10, 10));
    assert_eq!(stands_at(&scene, series).as_deref(), Some("10"));
    let stretch = kept.run.stretch.unwrap();
    assert_eq!((stretch.pages, stretch.from, stretch.fence.unwrap().text.as_str()), (4, None, "11"));

    scene.databases.table.lock().unwrap().add(11, 1, 11);
    let kept = scene.run(series).await;
    assert_eq!((kept.run.figures.rows_read, kept.run.figures.points_written), (1, 1));
    assert_eq!(kept.run.stretch.unwrap().from.unwrap().cursor.text, "10");
    assert_eq!(written(&scene), (1..12).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn an_empty_run_never_moves_the_cursor_and_costs_two_transactions() {
    let scene = Scene::following(Followed::counting(1..4));
    let series = add(&scene, Incremental { key: Vec::new(), ..settings() });
    scene.run(series).await;
    let (before, advances) = (cursor(&scene, series), scene.store.called("advance"));
    let (plans, finishes) = (scene.store.called("load_plan"), scene.store.called("finish_run"));
    let kept = scene.run(series).await;
    assert_eq!(kept.run.status, RunStatus::Empty);
    assert_eq!(cursor(&scene, series), before);
    let more = (scene.store.called("load_plan") - plans, scene.store.called("finish_run") - finishes);
    assert_eq!((more, scene.store.called("advance") - advances, scene.store.called("ledger")), ((1, 1), 0, 0));
    assert_eq!(scene.databases.table.lock().unwrap().pages.len(), 1, "nothing can be new, and nothing is read");
}

#[tokio::test(start_paused = true)]
async fn rows_of_an_open_transaction_are_left_for_a_later_run() {
    let scene = Scene::following(Followed::counting(1..4));
    let series = add(&scene, settings());
    scene.run(series).await;
    {
        let mut table = scene.databases.table.lock().unwrap();
        // 4 is handed out to a transaction that stays open; 5 and 6 are there already.
        table.add(5, 5, 5);
        table.add(6, 6, 6);
        table.now += TimeDelta::minutes(1);
        let since = table.now - TimeDelta::seconds(42);
        table.open_since(since);
    }
    let kept = scene.run(series).await;
    assert_eq!(kept.run.status, RunStatus::Empty);
    assert_eq!(stands_at(&scene, series).as_deref(), Some("3"));
    let stretch = kept.run.stretch.unwrap();
    assert_eq!(stretch.held_back.unwrap().for_s, 42);
    assert!(kept.log.iter().any(|line| line.message == "held back by a transaction open for 42 s (pid 7, loader)"), "{:?}", kept.log);
    assert_eq!(cursor(&scene, series).marks.last().unwrap().highest.text, "6", "the mark is kept");

    {
        let mut table = scene.databases.table.lock().unwrap();
        table.add(4, 4, 4);
        table.add(7, 7, 7);
        // Another transaction is open by now; it began behind the mark of the run before.
        table.now += TimeDelta::minutes(1);
        let since = table.now - TimeDelta::seconds(5);
        table.open_since(since);
    }
    scene.run(series).await;
    assert_eq!(stands_at(&scene, series).as_deref(), Some("6"));
    assert_eq!(written(&scene), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_time_is_read_up_to_a_second_before_now_and_in_its_zone() {
    let mut table = Followed { kind: ColumnType::Timestamp, ..Followed::default() };
    let noon = at(NOON).timestamp_micros();
    // The writers write the time of Berlin, an hour ahead of UTC.
    for (n, second) in [-3600, -2, -1, 0].into_iter().enumerate() {
        table.add(noon + (3600 + second) * 1_000_000, 1, n as i64);
    }
    let scene = Scene::following(table);
    let series = add(&scene, Incremental { zone: Some(chrono_tz::Europe::Berlin), ..settings() });
    scene.run(series).await;
    assert_eq!(written(&scene), [0, 1]);
    assert_eq!(stands_at(&scene, series).as_deref(), Some("2026-11-21 14:59:58.000000"));
}

#[tokio::test(start_paused = true)]
async fn a_page_never_ends_among_rows_of_one_value() {
    for key in [vec![], vec!["k".to_owned()]] {
        // Three rows of each value, without a key that tells them apart; then one group that is larger than a page.
        let mut table = Followed::default();
        for n in 0..30 {
            table.add(n / 3, if key.is_empty() { n } else { n % 3 / 2 }, n);
        }
        for n in 30..47 {
            table.add(100, 1, n);
        }
        let scene = Scene::following(table);
        let series = add(&scene, Incremental { key, ..settings() });
        let kept = scene.run(series).await;
        assert_eq!(kept.run.status, RunStatus::Succeeded, "{:?}", kept.run.reason);
        assert_eq!(written(&scene), (0..47).collect::<Vec<_>>(), "each row once");
        assert_eq!(kept.run.figures.rows_read, 47);
        assert!(kept.log.iter().any(|line| line.level == LogLevel::Warning && line.message.contains("share one value")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_query_stops_the_run_before_anything_is_read() {
    let scene = Scene::following(Followed::counting(1..4));
    let series = add(&scene, settings());
    scene.run(series).await;
    let sessions = scene.databases.table.lock().unwrap().sessions;
    scene.store.state().queries[0].spec.sql = "select something_else".to_owned();
    let kept = scene.run(series).await;
    assert_eq!(failure(&kept), (FailureKind::Cursor, Code::CursorChanged));
    assert_eq!(scene.databases.table.lock().unwrap().sessions, sessions);
    assert_eq!(stands_at(&scene, series).as_deref(), Some("3"));
}

#[tokio::test(start_paused = true)]
async fn the_start_is_included_and_only_of_the_first_run() {
    let scene = Scene::following(Followed::counting(1..9));
    let series = add(&scene, Incremental { start: Some("5".to_owned()), ..settings() });
    scene.run(series).await;
    assert_eq!(written(&scene), [5, 6, 7, 8]);
    scene.databases.table.lock().unwrap().add(6, 99, 60);
    scene.run(series).await;
    assert_eq!(written(&scene), [5, 6, 7, 8]);
}

#[tokio::test(start_paused = true)]
async fn an_overlap_writes_only_rows_that_came_late_or_changed() {
    let scene = Scene::following(Followed::counting(1..11));
    let series = add(&scene, Incremental { overlap: 3, ..settings() });
    scene.run(series).await;
    let entries = scene.store.state().ledgers[&series].len();
    assert_eq!(entries, 4, "7 to 10 are within the overlap");
    let advances = scene.store.called("advance");
    let kept = scene.run(series).await;
    assert_eq!((kept.run.figures.rows_read, kept.run.figures.rows_unchanged, kept.run.figures.points_written), (4, 4, 0));
    assert_eq!(kept.run.status, RunStatus::Empty);
    assert_eq!(scene.store.called("advance"), advances, "an empty run moves nothing");

    {
        let mut table = scene.databases.table.lock().unwrap();
        table.add(8, 80, 800);
        table.rows.iter_mut().find(|row| row.key == 9).unwrap().value = 900;
        table.add(11, 11, 11);
    }
    let kept = scene.run(series).await;
    assert_eq!((kept.run.figures.rows_read, kept.run.figures.rows_unchanged, kept.run.figures.points_written), (6, 3, 3));
    assert_eq!(kept.run.stretch.unwrap().unchanged, 3);
    let mut expected: Vec<i64> = (1..12).chain([800, 900]).collect();
    expected.sort_unstable();
    assert_eq!(written(&scene), expected);
    assert_eq!(stands_at(&scene, series).as_deref(), Some("11"));
}

#[tokio::test(start_paused = true)]
async fn rows_without_a_cursor_value_are_left_out_refused_or_swept() {
    let table = || {
        let mut table = Followed::counting(1..4);
        table.rows.extend((10..19).map(|n| Row { cursor: None, key: n, value: n }));
        table
    };
    let scene = Scene::following(table());
    let kept = scene.run(add(&scene, settings())).await;
    assert_eq!((kept.run.status, kept.run.stretch.unwrap().without_cursor), (RunStatus::Succeeded, 9));
    assert!(kept.log.iter().any(|line| line.level == LogLevel::Warning && line.message.contains("9 rows have no value in `c`")));
    assert_eq!(written(&scene), [1, 2, 3]);

    let scene = Scene::following(table());
    let kept = scene.run(add(&scene, Incremental { null_cursor: NullCursor::Fail, ..settings() })).await;
    assert_eq!(failure(&kept), (FailureKind::Cursor, Code::CursorNull));
    assert_eq!(written(&scene), [0; 0]);

    let scene = Scene::following(table());
    let series = add(&scene, Incremental { null_cursor: NullCursor::Sweep, ..settings() });
    scene.run(series).await;
    assert_eq!(written(&scene), [1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
    scene.databases.table.lock().unwrap().rows[4].value = 111;
    let kept = scene.run(series).await;
    assert_eq!((kept.run.figures.points_written, kept.run.figures.rows_unchanged), (1, 8));
    assert_eq!(stands_at(&scene, series).as_deref(), Some("3"), "a row without a value moves no cursor");
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_left_out_are_told_by_every_run_and_counted_now_and_then() {
    let scene = Scene::following(Followed::default());
    let series = add(&scene, settings());
    let node = scene.start();
    for (number, minutes, expected) in [(1, 1, 1), (2, 10, 1), (3, 2, 3), (4, 1, 3)] {
        {
            let mut table = scene.databases.table.lock().unwrap();
            table.add(number, number, number);
            table.rows.push(Row { cursor: None, key: 100 + number, value: 0 });
        }
        let run = scene.store.enqueue(series, scene.clock.now());
        node.flow.wake();
        scene.all_final().await;
        let kept = scene.store.state().runs.iter().find(|kept| kept.run.id == run).unwrap().clone();
        assert_eq!(kept.run.stretch.unwrap().without_cursor, expected, "run {number}");
        assert!(kept.log.iter().any(|line| line.level == LogLevel::Warning && line.message.contains("are left out")));
        tokio::time::sleep(Duration::from_secs(60 * minutes)).await;
    }
    node.stop().await;
    assert_eq!(scene.databases.table.lock().unwrap().counts, 2);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_breaks_off_goes_on_behind_its_last_whole_page() {
    let scene = Scene::following(Followed { breaks_at: Some(2), ..Followed::counting(1..20) });
    let series = add(&scene, settings());
    scene.store.enqueue(series, scene.clock.now());
    let node = scene.start();
    scene.until(|store| store.state().runs[0].run.status == RunStatus::Failed).await;
    assert_eq!(stands_at(&scene, series).as_deref(), Some("6"), "two pages of three rows: the fourth begins the next page");
    scene.all_final().await;
    node.stop().await;
    assert_eq!(scene.store.written()[1], "a 14:00:00 succeeded 2");
    let values: BTreeSet<i64> = written(&scene).into_iter().collect();
    assert_eq!(values, (1..20).collect());
}

#[tokio::test(start_paused = true)]
async fn rows_that_change_places_while_they_are_read_are_not_lost() {
    // While the second page is read, a row of the first is changed: it gets a new cursor value, above the fence.
    let mut table = Followed::counting(1..11);
    table.after_page = Some((0, |table| {
        table.rows.retain(|row| row.key != 2);
        table.add(11, 2, 200);
    }));
    let scene = Scene::following(table);
    let series = add(&scene, settings());
    scene.run(series).await;
    scene.run(series).await;
    let values: BTreeSet<i64> = written(&scene).into_iter().collect();
    assert_eq!(values, (1..11).chain([200]).collect());
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_a_time_is_read_when_its_second_is_over_and_never_from_the_future() {
    let words = ["2026-11-21 13:59:58", "2026-11-21 14:00:00", "2099-01-01 00:00:00", "a word"];
    let mut table = Followed { kind: ColumnType::Text, open: Open::OneWriter, ..Followed::default() };
    table.words = words.iter().map(|word| (*word).to_owned()).collect();
    for n in 0..3 {
        table.add(n, 1, n);
    }
    let scene = Scene::following(table);
    let series = add(&scene, settings());
    let kept = scene.run(series).await;
    assert_eq!(kept.run.status, RunStatus::Succeeded);
    assert_eq!(stands_at(&scene, series).as_deref(), Some(words[0]), "the second of 14:00:00 may not be over");
    scene.databases.table.lock().unwrap().now += TimeDelta::seconds(10);
    let kept = scene.run(series).await;
    assert_eq!(failure(&kept), (FailureKind::Cursor, Code::CursorAhead));
    assert_eq!(stands_at(&scene, series).as_deref(), Some(words[1]), "what is before it is delivered");
    assert_eq!(written(&scene), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn rows_of_a_day_or_a_minute_that_is_a_text_are_read_when_it_is_over() {
    for (words, passes) in
        [(["2026-11-20", "2026-11-21"], TimeDelta::days(1)), (["2026-11-21 13:59", "2026-11-21 14:00"], TimeDelta::minutes(2))]
    {
        let mut table = Followed { kind: ColumnType::Text, open: Open::OneWriter, ..Followed::default() };
        table.words = words.map(str::to_owned).to_vec();
        table.add(0, 1, 1);
        // Its key is above that of the row which is written later.
        table.add(1, 7, 7);
        table.now += TimeDelta::seconds(2);
        let scene = Scene::following(table);
        let series = add(&scene, settings());
        assert_eq!(scene.run(series).await.run.status, RunStatus::Succeeded);
        assert_eq!(stands_at(&scene, series).as_deref(), Some(words[0]), "rows of {} may still come", words[1]);
        {
            let mut table = scene.databases.table.lock().unwrap();
            table.add(1, 2, 2);
            table.now += passes;
        }
        scene.run(series).await;
        assert_eq!(stands_at(&scene, series).as_deref(), Some(words[1]));
        assert_eq!(written(&scene), [1, 2, 7]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_float_of_a_database_with_one_writer_is_no_cursor() {
    let table = Followed { kind: ColumnType::Float, open: Open::OneWriter, ..Followed::default() };
    let scene = Scene::following(table);
    let kept = scene.run(add(&scene, settings())).await;
    assert_eq!(failure(&kept).0, FailureKind::Cursor);
    let message = kept.run.reason.unwrap().message;
    assert!(message.contains("`c`") && message.contains("take a whole number, a date or a time"), "{message}");
    assert!(scene.databases.table.lock().unwrap().pages.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_cursor_for_which_nobody_can_tell_a_fence_is_refused() {
    let mut table = Followed { kind: ColumnType::Text, ..Followed::default() };
    table.words = vec!["a".to_owned()];
    table.add(0, 1, 1);
    let scene = Scene::following(table);
    let kept = scene.run(add(&scene, settings())).await;
    assert_eq!(failure(&kept).0, FailureKind::Cursor);
    assert!(kept.run.reason.unwrap().message.contains("`c`"));
}

#[tokio::test(start_paused = true)]
async fn a_lag_leaves_young_numbers_alone_until_they_are_old() {
    let scene = Scene::following(Followed { open: Open::NotAsked, ..Followed::counting(1..4) });
    let series = add(&scene, Incremental { fence: Fence::LagS(60), ..settings() });
    assert_eq!(scene.run(series).await.run.status, RunStatus::Empty);
    {
        let mut table = scene.databases.table.lock().unwrap();
        table.now += TimeDelta::seconds(61);
        table.add(4, 4, 4);
    }
    scene.run(series).await;
    assert_eq!(written(&scene), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_is_remembered_by_runs_that_only_meet_rows_they_know() {
    let sweeping = |scene: &Scene| {
        scene.databases.table.lock().unwrap().rows.push(Row { cursor: None, key: 99, value: 99 });
        Incremental { fence: Fence::LagS(60), null_cursor: NullCursor::Sweep, ..settings() }
    };
    let overlapping = |_: &Scene| Incremental { fence: Fence::LagS(60), overlap: 3, ..settings() };
    for settings in [&overlapping as &dyn Fn(&Scene) -> Incremental, &sweeping] {
        let scene = Scene::following(Followed { open: Open::NotAsked, ..Followed::counting(1..4) });
        let series = add(&scene, settings(&scene));
        scene.run(series).await;
        scene.databases.table.lock().unwrap().now += TimeDelta::seconds(61);
        scene.run(series).await;
        assert_eq!(stands_at(&scene, series).as_deref(), Some("3"));
        // Each run sees them a second older; the first that saw them must not be forgotten.
        (4..7).for_each(|n| scene.databases.table.lock().unwrap().add(n, n, n));
        for _ in 0..62 {
            scene.databases.table.lock().unwrap().now += TimeDelta::seconds(1);
            scene.run(series).await;
        }
        assert_eq!(stands_at(&scene, series).as_deref(), Some("6"));
    }
}

#[tokio::test(start_paused = true)]
async fn only_rows_without_a_cursor_value_are_remembered_when_nothing_overlaps() {
    let mut table = Followed::counting(1..4);
    table.rows.push(Row { cursor: None, key: 99, value: 99 });
    let scene = Scene::following(table);
    let series = add(&scene, Incremental { null_cursor: NullCursor::Sweep, ..settings() });
    scene.run(series).await;
    assert_eq!(written(&scene), [1, 2, 3, 99]);
    assert_eq!(scene.store.state().ledgers[&series].len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_rejects_stops_the_run_in_front_of_the_page_and_says_where_to_look() {
    let mut table = Followed::counting(1..5);
    for n in 5..15 {
        table.add(n, n, -n);
    }
    let scene = Scene::following(table);
    let series = add(&scene, settings());
    scene.store.state().series[0].spec.rejects = RejectPolicy { limit: 3, when_full: WhenFull::Stop };
    let kept = scene.run(series).await;
    assert_eq!((kept.run.status, failure(&kept).0), (RunStatus::Failed, FailureKind::RejectLimit));
    assert_eq!(kept.rejects.iter().map(|reject| reject.row).collect::<Vec<_>>(), [5, 6, 7], "numbers go on over pages");
    let reason = kept.run.reason.unwrap();
    assert!(reason.message.contains("than are kept (3 of a run, "), "{reason:?}");
    assert_eq!(stands_at(&scene, series).as_deref(), Some("6"), "in front of the page whose rejects are not all kept");

    scene.store.state().series[0].spec.rejects = RejectPolicy { limit: 3, when_full: WhenFull::Count };
    let kept = scene.run(series).await;
    assert_eq!((kept.run.status, kept.run.figures.rejected, kept.rejects.len()), (RunStatus::Partial, 8, 3));
    assert_eq!(stands_at(&scene, series).as_deref(), Some("14"));
}

#[tokio::test(start_paused = true)]
async fn the_cursor_passes_no_reject_that_is_not_kept() {
    let mut table = Followed::counting(1..3);
    table.add(3, 3, -3);
    let scene = Scene::following(table);
    let series = add(&scene, settings());
    scene.run(series).await;
    let order: Vec<&str> = vec!["keep_rejects", "advance"];
    assert!(order.iter().all(|call| scene.store.called(call) == 1));
    // The store fails exactly when the reject is to be kept.
    let scene = Scene::following(Followed { rows: vec![Row { cursor: Some(1), key: 1, value: -1 }], ..Followed::default() });
    let series = add(&scene, settings());
    scene.store.state().broken_rejects = 1;
    scene.store.enqueue(series, scene.clock.now());
    let node = scene.start();
    scene.until(|store| store.state().runs[0].run.status == RunStatus::Failed).await;
    assert_eq!(stands_at(&scene, series), None);
    scene.all_final().await;
    node.stop().await;
    assert_eq!(stands_at(&scene, series).as_deref(), Some("1"));
    assert_eq!(scene.store.state().runs[1].rejects.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_lost_in_the_middle_of_a_page_moves_nothing() {
    let scene = Scene::following(Followed::counting(1..20));
    let series = add(&scene, settings());
    scene.store.enqueue(series, scene.clock.now());
    scene.influx.answer([Answer::Ok, Answer::Slow(Duration::from_secs(60))]);
    let node = scene.start();
    scene.until(|_| scene.influx.requests.lock().unwrap().len() == 2).await;
    scene.store.state().lease_is_lost = true;
    scene.until(|_| scene.databases.readers.now() == 0).await;
    node.stop().await;
    assert_eq!(stands_at(&scene, series).as_deref(), Some("3"));
    assert_eq!(scene.store.state().finishes, 0);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_lost_before_the_cursor_moves_ends_the_run_without_an_outcome() {
    let scene = Scene::following(Followed::counting(1..20));
    let series = add(&scene, settings());
    scene.store.enqueue(series, scene.clock.now());
    scene.store.state().lease_is_lost = true;
    let node = scene.start();
    scene.until(|store| store.called("advance") == 1).await;
    scene.until(|_| scene.databases.readers.now() == 0).await;
    node.stop().await;
    assert_eq!((stands_at(&scene, series), scene.store.state().finishes), (None, 0));
}

/// A process that is killed at every step of a run, and a second one that finds what it left: nothing is missing, and nothing was written
/// that is not in the table.
#[tokio::test(start_paused = true)]
async fn killed_at_any_step_a_series_misses_nothing_and_writes_nothing_else() {
    let all = [
        settings(),
        Incremental { key: Vec::new(), ..settings() },
        Incremental { overlap: 3, ..settings() },
        Incremental { null_cursor: NullCursor::Sweep, page_rows: 3, ..settings() },
    ];
    for settings in all {
        let sweeps = settings.null_cursor == NullCursor::Sweep;
        let mut step = 1;
        loop {
            let mut table = Followed::counting(1..12);
            table.add(12, 12, -12);
            if sweeps {
                table.rows.extend((20..25).map(|n| Row { cursor: None, key: n, value: n }));
            }
            let scene = Scene::following(table);
            let series = add(&scene, settings.clone());
            scene.store.enqueue(series, scene.clock.now());
            scene.steps.stop_at(step);
            let node = scene.start();
            scene.until(|store| scene.steps.has_stopped() || store.state().runs.iter().all(|kept| kept.run.status.is_final())).await;
            let stopped = scene.steps.has_stopped();
            node.kill().await;
            let at_the_kill = stands_at(&scene, series).map_or(0, |text| text.parse().unwrap());
            let values: BTreeSet<i64> = written(&scene).into_iter().collect();
            assert!(
                (1..=at_the_kill).all(|n| n == 12 || values.contains(&n)),
                "step {step}: the cursor at {at_the_kill} passed {values:?}"
            );
            scene.steps.go_on();
            let node = scene.start();
            scene.all_final().await;
            node.stop().await;
            let values: BTreeSet<i64> = written(&scene).into_iter().collect();
            let expected: BTreeSet<i64> = (1..12).chain(if sweeps { 20..25 } else { 0..0 }).collect();
            assert_eq!(values, expected, "step {step}");
            assert_eq!(stands_at(&scene, series).as_deref(), Some("12"), "step {step}");
            let rejects: usize = scene.store.state().runs.iter().map(|kept| kept.rejects.len()).sum();
            assert!((1..=2).contains(&rejects), "step {step}: {rejects} rejects");
            let last = scene.store.written().last().unwrap().clone();
            assert!(["partial", "succeeded", "empty"].iter().any(|status| last.contains(status)), "step {step}: {last}");
            if !stopped {
                break;
            }
            step += 1;
        }
        assert!(step > 30, "only {step} steps");
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_folder_each_page_is_a_file_and_a_page_that_is_repeated_replaces_it() {
    let scene = Scene::following(Followed::counting(1..9));
    let series = add(&scene, settings());
    scene.store.state().connection.as_mut().unwrap().connection.target = Target::File { folder: "/nowhere".to_owned() };
    scene.store.enqueue(series, scene.clock.now());
    scene.store.state().broken_advances = 1;
    let node = scene.start();
    scene.until(|store| store.written().len() == 2).await;
    scene.all_final().await;
    node.stop().await;
    let finished = scene.influx.finished.lock().unwrap().clone();
    // The first page twice, then two more.
    assert_eq!((finished.len(), finished.iter().collect::<BTreeSet<_>>().len()), (4, 3), "{finished:?}");
    assert_eq!(finished[0], finished[1]);
    assert_eq!(stands_at(&scene, series).as_deref(), Some("8"));
}

#[tokio::test(start_paused = true)]
async fn on_a_schedule_each_slot_reads_what_came_since() {
    let scene = Scene::following(Followed::counting(1..4));
    let group = scene.store.add_group("g", MINUTE, Overlap::Skip, Missed::Latest, "2026-11-21T14:01:00Z");
    let series = scene.store.add_series("a", Some(group), 0, Mode::Incremental(settings()));
    let node = scene.start();
    for n in 4..9 {
        let slots = scene.store.written().len();
        scene.until(|store| store.written().len() > slots).await;
        scene.databases.table.lock().unwrap().add(n, n, n);
    }
    scene.until(|_| stands_at(&scene, series).as_deref() == Some("8")).await;
    node.stop().await;
    assert_eq!(written(&scene), (1..9).collect::<Vec<_>>());
}
