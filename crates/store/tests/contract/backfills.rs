//! Backfills: never more chunks in line than may run, each exactly once, and none after a person said stop.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use model::{
    Backfill, BackfillPlan, BackfillState, Clock as _, ColumnType, Cursor, CursorValue, Figures, Id, Incremental, Mode, Run, RunStatus,
    Series, Stored, Trigger,
    backfill::{MAX_FAILED, Part, Steps, What},
    edges::{Lease, Progress, RunEnd, Store as _},
};
use store::{BackfillChange, BackfillFilter, CursorChange, RunFilter, StoreError};

use crate::backend::{Dice, House, ORG, at, houses, reason};

fn value(count: i64) -> CursorValue {
    CursorValue { kind: ColumnType::Integer, native: "int8".to_owned(), text: count.to_string() }
}

/// Numbers from 0 in chunks of ten.
fn plan(chunks: i64, parallel: u32, pause_s: u32) -> BackfillPlan {
    let what = What::Range { from: value(0), to: value(chunks * 10), length: Some(10), fingerprint: "of this query".to_owned() };
    BackfillPlan { what, parallel, pause_s }
}

async fn series(house: &House) -> Stored<Series> {
    let connection = house.connection("influx", Default::default()).await;
    house.series_in("orders", Mode::Incremental(Incremental::by("id")), connection.id).await
}

async fn seen(house: &House, id: Id<Backfill>) -> Backfill {
    house.store.get_backfill(ORG, id).await.unwrap().expect("the backfill is there")
}

async fn change(house: &House, id: Id<Backfill>, change: BackfillChange) -> (Backfill, Vec<Id<Run>>) {
    house.store.change_backfill(ORG, id, change).await.unwrap().expect("the backfill is there")
}

async fn chunks_with(house: &House, id: Id<Backfill>, status: RunStatus) -> Vec<u64> {
    let filter = RunFilter { backfill_id: Some(id), status: Some(status), limit: 999, ..RunFilter::default() };
    let runs = house.store.list_runs(ORG, &filter).await.unwrap();
    let mut numbers: Vec<u64> = runs.into_iter().map(|run| run.chunk.expect("a run of a backfill is a chunk").number).collect();
    numbers.sort_unstable();
    numbers
}

async fn end_with(house: &House, lease: &Lease, status: RunStatus, rows: u64, retry_s: Option<i64>) {
    let figures = Figures { rows_read: rows, points_written: rows, ..Figures::default() };
    let end = RunEnd {
        status,
        at: house.clock.now(),
        progress: Progress { figures, ..Progress::default() },
        reason: (status == RunStatus::Failed).then(|| reason("refused")),
        retry_at: retry_s.map(|after| house.clock.now() + TimeDelta::seconds(after)),
    };
    assert!(house.store.finish_run(lease, &end).await.unwrap());
}

#[tokio::test]
async fn as_many_chunks_run_as_may_and_the_next_one_waits_for_the_end_and_the_pause() {
    for house in houses().await {
        let series = series(&house).await;
        let live = house.enqueue(&series, at(0)).await;
        let backfill = house.store.create_backfill(ORG, series.id, &plan(5, 2, 30)).await.unwrap();
        assert_eq!((backfill.state, backfill.open, backfill.plan.what.chunks()), (BackfillState::Running, 2, 5));

        // The own run of the series is not kept waiting, and no third chunk is there.
        let claimed = [house.claim("a").await.unwrap(), house.claim("a").await.unwrap(), house.claim("a").await.unwrap()];
        assert!(house.claim("a").await.is_none());
        let own: Vec<_> = claimed.iter().filter(|(_, run)| run.chunk.is_none()).map(|(_, run)| run.id).collect();
        assert_eq!(own, [live.id]);
        let (lease, chunk) = claimed.iter().find(|(_, run)| run.chunk.as_ref().is_some_and(|chunk| chunk.number == 1)).unwrap();
        assert_eq!(chunk.trigger, Trigger::Backfill);
        let part = Part::Range { from: value(10), to: value(20), fingerprint: "of this query".to_owned() };
        assert_eq!(chunk.chunk.as_ref().unwrap().part, part);

        house.clock.set(at(4));
        end_with(&house, lease, RunStatus::Succeeded, 10, None).await;
        assert_eq!(chunks_with(&house, backfill.id, RunStatus::Queued).await, [2]);
        assert!(house.claim("a").await.is_none(), "the pause is kept");
        assert_eq!(house.next_wake().await, Some(at(34)));
        house.clock.set(at(34));
        assert_eq!(house.claim("a").await.unwrap().1.chunk.unwrap().number, 2);
        let now = seen(&house, backfill.id).await;
        assert_eq!((now.done, now.open, now.busy_ms, now.figures.rows_read), (1, 2, 4_000, 10));
        assert_eq!(house.store.get_cursor(ORG, series.id).await.unwrap(), Some(Cursor::default()));
    }
}

#[tokio::test]
async fn every_chunk_runs_once_whatever_fails_is_tried_again_and_whoever_dies() {
    for seed in 1..12 {
        for mut house in houses().await {
            let series = series(&house).await;
            let backfill = house.store.create_backfill(ORG, series.id, &plan(23, 3, 0)).await.unwrap();
            let (mut dice, mut well, mut node) = (Dice(seed), BTreeMap::<u64, u32>::new(), 0);
            let mut running: Vec<(Lease, Run)> = Vec::new();
            let mut now = 0;
            for _ in 0..2_000 {
                now += 1;
                house.clock.set(at(now));
                let name = format!("node {node}");
                if let Some(claimed) = house.claim(&name).await {
                    running.push(claimed);
                }
                assert!(running.len() <= 3);
                assert!(seen(&house, backfill.id).await.open <= 3);
                match dice.below(12) {
                    0 => {
                        // The process dies.
                        house = house.reopen().await;
                        node += 1;
                        running.clear();
                        house.store.reclaim(&format!("node {node}"), house.clock.now(), 100).await.unwrap();
                    }
                    1 => drop(change(&house, backfill.id, BackfillChange::Pause).await),
                    2 | 3 => drop(change(&house, backfill.id, BackfillChange::Resume).await),
                    4 => drop(change(&house, backfill.id, BackfillChange::Retry).await),
                    _ if running.is_empty() => {}
                    roll => {
                        let (lease, run) = running.swap_remove(dice.below(running.len()));
                        let number = run.chunk.expect("a chunk").number;
                        match roll {
                            5 => end_with(&house, &lease, RunStatus::Failed, 3, Some(1)).await,
                            6 => end_with(&house, &lease, RunStatus::Failed, 3, None).await,
                            7 => assert!(house.put_back(&lease).await),
                            _ => {
                                end_with(&house, &lease, RunStatus::Succeeded, 10, None).await;
                                *well.entry(number).or_default() += 1;
                            }
                        }
                    }
                }
                if seen(&house, backfill.id).await.state == BackfillState::Succeeded {
                    break;
                }
            }
            let ended = seen(&house, backfill.id).await;
            assert_eq!(ended.state, BackfillState::Succeeded, "seed {seed}: {ended:?}");
            assert_eq!(well, (0..23).map(|number| (number, 1)).collect(), "seed {seed}");
            assert_eq!((ended.done, ended.open, ended.figures.points_written), (23, 0, 230));
            assert!(ended.ended_at.is_some());
        }
    }
}

#[tokio::test]
async fn chunks_that_failed_leave_a_backfill_partial_until_they_are_run_again() {
    for house in houses().await {
        let series = series(&house).await;
        let backfill = house.store.create_backfill(ORG, series.id, &plan(3, 1, 0)).await.unwrap();
        for status in [RunStatus::Empty, RunStatus::Failed, RunStatus::Succeeded] {
            let (lease, _) = house.claim("a").await.unwrap();
            end_with(&house, &lease, status, 0, None).await;
        }
        let ended = seen(&house, backfill.id).await;
        assert_eq!((ended.state, ended.done, ended.failed), (BackfillState::Partial, 2, vec![1]));
        let (again, _) = change(&house, backfill.id, BackfillChange::Retry).await;
        assert_eq!((again.state, again.open, again.ended_at), (BackfillState::Running, 1, None));
        let (lease, run) = house.claim("a").await.unwrap();
        assert_eq!(run.chunk.unwrap().number, 1);
        end_with(&house, &lease, RunStatus::Succeeded, 0, None).await;
        assert_eq!(seen(&house, backfill.id).await.state, BackfillState::Succeeded);
    }
}

#[tokio::test]
async fn a_chunk_that_a_person_cancels_is_failed_and_the_others_go_on() {
    for house in houses().await {
        let series = series(&house).await;
        let backfill = house.store.create_backfill(ORG, series.id, &plan(2, 1, 0)).await.unwrap();
        let filter = RunFilter { backfill_id: Some(backfill.id), limit: 9, ..RunFilter::default() };
        let queued = house.store.list_runs(ORG, &filter).await.unwrap().remove(0);
        assert_eq!(house.store.cancel_run(ORG, queued.id).await.unwrap(), Some(RunStatus::Cancelled));
        assert_eq!(seen(&house, backfill.id).await.failed, [0]);
        let (lease, run) = house.claim("a").await.unwrap();
        assert_eq!(run.chunk.unwrap().number, 1);
        end_with(&house, &lease, RunStatus::Succeeded, 1, None).await;
        assert_eq!(seen(&house, backfill.id).await.state, BackfillState::Partial);
    }
}

#[tokio::test]
async fn a_cancelled_backfill_stops_what_runs_and_begins_nothing() {
    for house in houses().await {
        let series = series(&house).await;
        let backfill = house.store.create_backfill(ORG, series.id, &plan(9, 2, 0)).await.unwrap();
        let (lease, run) = house.claim("a").await.unwrap();
        let (cancelled, stopped) = change(&house, backfill.id, BackfillChange::Cancel).await;
        assert_eq!((cancelled.state, cancelled.open, stopped), (BackfillState::Cancelled, 1, vec![run.id]));
        end_with(&house, &lease, RunStatus::Cancelled, 0, None).await;
        assert!(house.claim("a").await.is_none());
        for again in [BackfillChange::Resume, BackfillChange::Retry] {
            assert_eq!(change(&house, backfill.id, again).await.0.state, BackfillState::Cancelled);
        }
        assert!(house.claim("a").await.is_none());
    }
}

#[tokio::test]
async fn a_chunk_that_waits_for_its_connection_leaves_the_line_when_its_backfill_is_paused() {
    for house in houses().await {
        let series = series(&house).await;
        let backfill = house.store.create_backfill(ORG, series.id, &plan(2, 1, 0)).await.unwrap();
        let (lease, _) = house.claim("a").await.unwrap();
        change(&house, backfill.id, BackfillChange::Pause).await;
        assert!(house.refuse(&lease, at(60)).await);
        house.clock.set(at(600));
        assert!(house.claim("a").await.is_none());
        change(&house, backfill.id, BackfillChange::Resume).await;
        assert_eq!(house.claim("a").await.unwrap().1.chunk.unwrap().number, 0);
    }
}

#[tokio::test]
async fn a_backfill_whose_chunks_fail_and_fail_stops_by_itself() {
    for house in houses().await {
        let series = series(&house).await;
        let backfill = house.store.create_backfill(ORG, series.id, &plan(1_000, 1, 0)).await.unwrap();
        while let Some((lease, _)) = house.claim("a").await {
            end_with(&house, &lease, RunStatus::Failed, 0, None).await;
        }
        let stopped = seen(&house, backfill.id).await;
        assert_eq!((stopped.state, stopped.failed.len()), (BackfillState::Paused, MAX_FAILED));
        assert!(stopped.reason.unwrap().message.contains("100 chunks failed"));
    }
}

#[tokio::test]
async fn a_series_has_one_backfill_at_a_time_and_its_chunks_go_with_it() {
    for house in houses().await {
        let series = series(&house).await;
        let first = house.store.create_backfill(ORG, series.id, &plan(3, 1, 0)).await.unwrap();
        let refused = house.store.create_backfill(ORG, series.id, &plan(3, 1, 0)).await;
        assert!(matches!(refused, Err(StoreError::Running { noun: "backfill" })));
        change(&house, first.id, BackfillChange::Cancel).await;
        let second = house.store.create_backfill(ORG, series.id, &plan(3, 1, 0)).await.unwrap();
        let filter = BackfillFilter { series_id: Some(series.id), limit: 9, ..BackfillFilter::default() };
        let listed: Vec<_> = house.store.list_backfills(ORG, &filter).await.unwrap().into_iter().map(|one| one.id).collect();
        assert_eq!(listed, [second.id, first.id]);
        // A chunk on its way does not keep a person from moving the cursor: it has nothing to do with it.
        house.claim("a").await.unwrap();
        house.store.set_cursor(ORG, series.id, &CursorChange::To(None)).await.unwrap();
        house.store.delete_series(ORG, series.id).await.unwrap();
        assert_eq!(house.store.get_backfill(ORG, second.id).await.unwrap(), None);
        assert!(house.claim("a").await.is_none());
    }
}

#[tokio::test]
async fn a_window_series_is_backfilled_by_slots_that_are_no_slots_of_its_group() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        let series = house.series("windows", Some(&group), 0).await;
        let what = What::Slots(vec![Steps { first: at(-600), step_s: 60, count: 2 }]);
        house.store.create_backfill(ORG, series.id, &BackfillPlan { what, parallel: 1, pause_s: 0 }).await.unwrap();
        let (lease, run) = house.claim("a").await.unwrap();
        assert_eq!((run.slot, run.group_id), (at(-600), None));
        let plan = house.store.load_plan(&lease).await.unwrap().unwrap();
        assert_eq!(plan.group.map(|group| group.id), Some(group.id), "its window is one of the schedule");
        house.clock.set(at(60));
        let due = house.store.due_groups(at(60)).await.unwrap().remove(0);
        assert_eq!((due.slots_waiting, due.slots_running, due.slots_late), (0, 0, 0));
        house.run_slot(&group, at(60)).await;
        assert_eq!(house.claim("a").await.unwrap().1.slot, at(60), "the group runs beside it");
        let latest = RunFilter { latest: true, limit: 9, ..RunFilter::default() };
        assert_eq!(house.store.list_runs(ORG, &latest).await.unwrap()[0].slot, at(60));
    }
}
