//! Audits against fakes: what differs is named, and nothing else.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fakes;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use fakes::{edges, followed::Followed, scene::Scene};
use flow::audit::{self, Job};
use model::{
    Audit, AuditPlan, AuditProgress, AuditState, Clock, Failure, Id, Incremental, Mode, Reject, Run, Series, TimeColumn, TimeFormat,
    audit::{Difference, Every},
    backfill::What,
    edges::{AuditEnd, Audits},
};
use tokio::sync::Notify;

const AN_ID: &str = "0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f";
const HOUR: i64 = 3600;
/// A row every ten minutes, so six in an hour, from 1970-01-01T00:10 on.
const STEP: i64 = 600;

/// Remembers how one audit ends.
#[derive(Default)]
struct Keeper {
    end: Mutex<Option<AuditEnd>>,
    told: Notify,
    rejects: Vec<Reject>,
}

#[async_trait]
impl Audits for Keeper {
    async fn keep_audit(&self, _: Id<Audit>, _: AuditProgress) -> Result<bool, Failure> {
        Ok(true)
    }

    async fn rejects_of_audited(&self, _: Id<Audit>, after: Option<(Id<Run>, u64)>) -> Result<Vec<(Id<Run>, Reject)>, Failure> {
        let run: Id<Run> = AN_ID.parse().unwrap();
        let behind = self.rejects.iter().filter(|reject| after.is_none_or(|(_, row)| reject.row > row));
        Ok(behind.map(|reject| (run, reject.clone())).collect())
    }

    async fn end_audit(&self, _: Id<Audit>, end: &AuditEnd) -> Result<bool, Failure> {
        *self.end.lock().unwrap() = Some(end.clone());
        self.told.notify_one();
        Ok(true)
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// Rows whose cursor `c` and key `k` are seconds, `rows` of them.
fn table(rows: i64) -> Followed {
    Followed::counting(1..rows + 1).map_cursor(|n| n * STEP)
}

fn settings() -> Incremental {
    Incremental { key: vec!["k".to_owned()], page_rows: 4, ..Incremental::by("c") }
}

/// A series whose points have the seconds of a column as their time.
fn add(scene: &Scene, settings: Incremental, time: &str) -> Id<Series> {
    let id = scene.store.add_series("a", None, 0, Mode::Incremental(settings));
    let mut state = scene.store.state();
    let kept = state.series.iter_mut().find(|kept| kept.id == id).unwrap();
    kept.spec.mapping.time = Some(TimeColumn { format: TimeFormat::UnixS, ..TimeColumn::new(time) });
    id
}

/// What an audit of the hours up to `to` compares.
fn job(scene: &Scene, series: Id<Series>, from: i64, to: Option<i64>) -> Job {
    let state = scene.store.state();
    let spec = state.series.iter().find(|kept| kept.id == series).unwrap().spec.clone();
    let query = state.queries.iter().find(|kept| kept.id == spec.query_id).unwrap().spec.clone();
    let cursor = state.cursors.get(&series).cloned().unwrap_or_default();
    let until = audit::delivered_until(&spec, None, &cursor, None, scene.clock.now()).unwrap();
    let plan = AuditPlan { from: at(from), to: to.map_or(until, at).min(until), every: Every::Hour, zone: chrono_tz::Tz::UTC };
    let (database_id, database, connection) = (query.database_id, edges::database(8), edges::connection(100, 2));
    Job { plan, series: spec, query, group: None, database_id, database, connection, cursor }
}

async fn audited(scene: &Scene, job: Job, keeper: Keeper) -> AuditEnd {
    let (node, keeper) = (scene.start(), Arc::new(keeper));
    node.flow.audit(AN_ID.parse().unwrap(), job, keeper.clone());
    keeper.told.notified().await;
    node.stop().await;
    keeper.end.lock().unwrap().take().unwrap()
}

/// The hour of each difference, and how many points it lacks and has too many.
fn hours(differences: &[Difference]) -> Vec<(i64, u64, u64)> {
    differences.iter().map(|one| (one.from.timestamp() / HOUR, one.missing, one.surplus)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_delivered_agrees_and_whatever_is_done_to_it_differs_in_its_hour() {
    let scene = Scene::following(table(30));
    let series = add(&scene, settings(), "c");
    scene.run(series).await;
    let end = audited(&scene, job(&scene, series, 0, None), Keeper::default()).await;
    assert_eq!((end.state, end.found.compared, end.progress.rows), (AuditState::Agrees, 6, 30), "{end:?}");

    {
        let mut stored = scene.influx.stored.lock().unwrap();
        // Two points of the second hour are gone, a value of the third is another, and the fourth has one that no row makes.
        stored.remove(&(6 * STEP * 1_000_000_000)).unwrap();
        stored.remove(&(8 * STEP * 1_000_000_000)).unwrap();
        stored.insert(12 * STEP * 1_000_000_000, -5);
        stored.insert((3 * HOUR + 1) * 1_000_000_000, 1);
    }
    let line = |seconds: i64| Some(format!("m n=1i {}", seconds * 1_000_000_000));
    let rejects = vec![
        Reject { row: 1, line: line(HOUR + 5), reason: "x".to_owned(), values: None },
        Reject { row: 2, line: line(9 * HOUR), reason: "x".to_owned(), values: None },
        Reject { row: 3, line: None, reason: "x".to_owned(), values: None },
    ];
    let found = audited(&scene, job(&scene, series, 0, None), Keeper { rejects, ..Keeper::default() }).await.found;
    assert_eq!((found.compared, found.differing), (6, 3));
    assert_eq!(hours(&found.differences), [(1, 2, 0), (2, 0, 0), (3, 0, 1)], "{found:?}");
    let [gone, other, stray] = &found.differences[..] else { panic!("{found:?}") };
    assert_eq!((gone.rows, gone.points_expected, gone.points, gone.rejected, gone.sums.len()), (6, 6, 4, 1, 0));
    assert_eq!((other.sums[0].expected, other.sums[0].found, other.points), (87.0, 70.0, 6));
    assert!(gone.again.is_some() && other.again.is_some() && stray.again.is_none());

    let spec = job(&scene, series, 0, None).series;
    let What::Ranges { ranges, fingerprint } = audit::again(&found, &spec, None).unwrap() else { panic!() };
    let texts: Vec<_> = ranges.iter().map(|range| (range.from.text.as_str(), range.to.text.as_str())).collect();
    assert_eq!(texts, [("3600", "6601"), ("7200", "10201")]);
    assert_eq!(fingerprint, scene.store.state().cursors[&series].fingerprint);
}

#[tokio::test(start_paused = true)]
async fn rows_that_have_not_been_delivered_are_not_missing() {
    let scene = Scene::following(table(30));
    let series = add(&scene, settings(), "c");
    scene.run(series).await;
    scene.databases.table.lock().unwrap().rows.extend(table(40).rows.split_off(30));
    // One more of the place where the cursor stands, behind it by its key.
    scene.databases.table.lock().unwrap().add(30 * STEP, 99, 1);
    let end = audited(&scene, job(&scene, series, 0, Some(20 * HOUR)), Keeper::default()).await;
    assert_eq!(end.state, AuditState::Agrees, "{end:?}");
    assert_eq!(end.found.compared, 6, "the range ends where the cursor stands");
}

#[tokio::test(start_paused = true)]
async fn with_another_cursor_rows_count_by_their_points_time_and_those_that_change_meanwhile_are_no_difference() {
    // The cursor counts up, the time of a point is its key.
    let mut followed = table(30);
    for (number, row) in (1..).zip(&mut followed.rows) {
        (row.key, row.cursor) = (row.cursor.unwrap(), Some(number));
    }
    let scene = Scene::following(followed);
    let series = add(&scene, Incremental { key: Vec::new(), ..settings() }, "k");
    scene.run(series).await;
    {
        // When the first page of the audit has been read, a row is changed: its cursor is the highest, its value another.
        let mut table = scene.databases.table.lock().unwrap();
        table.after_page = Some((table.pages.len(), |table| (table.rows[20].cursor, table.rows[20].value) = (Some(31), 1000)));
    }
    let end = audited(&scene, job(&scene, series, HOUR, Some(5 * HOUR)), Keeper::default()).await;
    assert_eq!((end.state, end.found.compared), (AuditState::Agrees, 4), "{end:?}");
    assert_eq!(scene.databases.table.lock().unwrap().rows[20].cursor, Some(31), "it was changed");
    scene.influx.stored.lock().unwrap().remove(&(10 * STEP * 1_000_000_000)).unwrap();
    let found = audited(&scene, job(&scene, series, HOUR, Some(5 * HOUR)), Keeper::default()).await.found;
    assert_eq!(hours(&found.differences), [(1, 1, 0)], "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn rows_that_share_a_point_count_once_and_their_values_are_not_added_up() {
    let mut followed = table(12);
    followed.add(3 * STEP, 77, 3);
    followed.add(8 * STEP, 78, 1234);
    let scene = Scene::following(followed);
    let series = add(&scene, settings(), "c");
    scene.run(series).await;
    let end = audited(&scene, job(&scene, series, 0, None), Keeper::default()).await;
    assert_eq!(end.state, AuditState::Agrees, "{end:?}");
    scene.influx.stored.lock().unwrap().remove(&(3 * STEP * 1_000_000_000)).unwrap();
    let found = audited(&scene, job(&scene, series, 0, None), Keeper::default()).await.found;
    let [first] = &found.differences[..] else { panic!("{found:?}") };
    assert_eq!((first.rows, first.points_expected, first.missing), (6, 5, 1));
}

#[tokio::test(start_paused = true)]
async fn points_that_no_row_makes_are_found_where_no_row_is() {
    let scene = Scene::following(table(30));
    let series = add(&scene, settings(), "c");
    scene.run(series).await;
    scene.databases.table.lock().unwrap().rows.retain(|row| row.cursor > Some(2 * HOUR));
    let found = audited(&scene, job(&scene, series, 0, None), Keeper::default()).await.found;
    assert_eq!(hours(&found.differences), [(0, 0, 5), (1, 0, 6), (2, 0, 1)], "{found:?}");
    let spec = job(&scene, series, 0, None).series;
    assert!(audit::again(&found, &spec, None).is_err(), "nothing can be read that would mend it");
}

#[tokio::test(start_paused = true)]
async fn an_audit_ends_with_its_process_and_says_so() {
    let scene = Scene::following(table(30));
    let series = add(&scene, settings(), "c");
    scene.run(series).await;
    scene.steps.stop_at(3);
    let (node, keeper) = (scene.start(), Arc::new(Keeper::default()));
    node.flow.audit(AN_ID.parse().unwrap(), job(&scene, series, 0, None), keeper.clone());
    scene.until(|_| scene.steps.has_stopped()).await;
    scene.steps.go_on();
    node.stop().await;
    let end = keeper.end.lock().unwrap().take().unwrap();
    let reason = end.reason.unwrap();
    assert_eq!(
        (end.state, reason.message.as_str(), reason.advice.as_str()),
        (AuditState::Failed, "the server was stopped", "start it again")
    );
}

#[tokio::test(start_paused = true)]
async fn a_window_series_is_counted_slot_by_slot() {
    let steps = |statement: &model::Statement| {
        let model::Value::Instant(from) = statement.values["window_start"] else { panic!() };
        let seconds = [from.timestamp() + 60, from.timestamp() + 120];
        Ok(vec![edges::rows(seconds)])
    };
    let scene = Scene { databases: edges::ScriptedDatabases::new(steps), ..Scene::one_row() };
    let series = scene.store.add_series("a", None, 0, Mode::Window { length_s: Some(1800), lag_s: 30 });
    scene.store.state().series[0].spec.mapping.time = Some(TimeColumn { format: TimeFormat::UnixS, ..TimeColumn::new("n") });
    let stored = (0..8).flat_map(|slot| [slot * 1800 + 60, slot * 1800 + 120]).map(|time| (time * 1_000_000_000, time));
    scene.influx.stored.lock().unwrap().extend(stored.filter(|(_, time)| *time != 5520));
    let found = audited(&scene, job(&scene, series, 0, Some(4 * HOUR)), Keeper::default()).await.found;
    assert_eq!((found.compared, hours(&found.differences)), (4, vec![(1, 1, 0)]), "{found:?}");
    let spec = job(&scene, series, 0, None).series;
    let What::Slots(slots) = audit::again(&found, &spec, None).unwrap() else { panic!() };
    // Both windows of that hour.
    assert_eq!((slots[0].first, slots[0].count), (at(2 * 1800 + 1800) + TimeDelta::seconds(30), 2));
}
