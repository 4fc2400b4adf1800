//! Slots that join a run of an incremental series which waits.

use chrono::{DateTime, Utc};
use model::{
    Group, Incremental, Mode, Run, RunStatus, Series, SlotOutcome, Stored,
    edges::{Fate, Store as _},
};
use store::RunFilter;

use crate::backend::{House, ORG, at, decision, houses, name};

fn seconds(instant: DateTime<Utc>) -> i64 {
    (instant - at(0)).num_seconds()
}

async fn incremental(house: &House, text: &str, group: &Stored<Group>, position: i32) -> Stored<Series> {
    let spec = Series { mode: Mode::Incremental(Incremental::by("id")), ..house.series_spec(text, Some(group), position).await };
    house.store.create_series(ORG, &name(text), &spec).await.expect("created")
}

/// What waits, oldest slot first: series, slot, last slot and slots.
async fn waiting(house: &House) -> Vec<(String, i64, i64, u32)> {
    let filter = RunFilter { status: Some(RunStatus::Queued), limit: 100, ..RunFilter::default() };
    let line = |run: Run| (run.series_name.to_string(), seconds(run.slot), seconds(run.last_slot), run.slots);
    let mut waiting: Vec<_> = house.store.list_runs(ORG, &filter).await.unwrap().into_iter().map(line).collect();
    waiting.sort_by_key(|(_, slot, ..)| *slot);
    waiting
}

/// The records of the group's slots, oldest first: first, last, how many, outcome.
async fn records(house: &House, group: &Stored<Group>) -> Vec<(i64, i64, u32, SlotOutcome)> {
    let slots = house.store.list_slots(ORG, group.id, None, 100).await.unwrap();
    slots.into_iter().rev().map(|slot| (seconds(slot.slot), seconds(slot.last_slot), slot.slots, slot.outcome)).collect()
}

#[tokio::test]
async fn slots_that_come_while_an_incremental_run_waits_put_no_second_one_in_line() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        incremental(&house, "orders", &group, 0).await;
        house.clock.set(at(60));
        house.run_slot(&group, at(60)).await;
        let (lease, _) = house.claim("a").await.expect("the first slot");
        assert!(house.refuse(&lease, at(300)).await);
        for slot in [120, 180, 240] {
            house.clock.set(at(slot));
            house.run_slot(&group, at(slot)).await;
        }
        assert_eq!(waiting(&house).await, [("orders".to_owned(), 60, 240, 4)]);
        assert_eq!(records(&house, &group).await, [(60, 240, 4, SlotOutcome::Open)]);

        house.clock.set(at(300));
        let (probe, run) = house.claim("a").await.expect("the try");
        assert_eq!((run.slot, run.last_slot, run.slots, run.attempt), (at(60), at(240), 4, 1));
        house.run_slot(&group, at(300)).await;
        assert_eq!(waiting(&house).await, [("orders".to_owned(), 300, 300, 1)], "one that runs may have read already");
        assert!(house.finish_with(&probe, 1).await);
        assert_eq!(records(&house, &group).await, [(60, 240, 4, SlotOutcome::Succeeded), (300, 300, 1, SlotOutcome::Open)]);
    }
}

#[tokio::test]
async fn windows_beside_it_keep_a_run_per_slot_and_the_group_its_order() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.series("hours", Some(&group), 0).await;
        incremental(&house, "orders", &group, 1).await;
        for slot in [60, 120, 180] {
            house.run_slot(&group, at(slot)).await;
        }
        house.clock.set(at(180));
        let mut order = Vec::new();
        while let Some((lease, run)) = house.claim("a").await {
            order.push((run.series_name.to_string(), seconds(run.slot), run.slots));
            assert!(house.finish_with(&lease, 1).await);
        }
        let expected = [("hours", 60, 1), ("orders", 60, 3), ("hours", 120, 1), ("hours", 180, 1)];
        assert_eq!(order, expected.map(|(series, slot, slots)| (series.to_owned(), slot, slots)));
        assert_eq!(records(&house, &group).await, [60, 120, 180].map(|slot| (slot, slot, 1, SlotOutcome::Succeeded)));
    }
}

#[tokio::test]
async fn a_slot_that_meets_a_next_try_has_it_go_now() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        incremental(&house, "orders", &group, 0).await;
        house.clock.set(at(60));
        house.run_slot(&group, at(60)).await;
        let (lease, _) = house.claim("a").await.expect("the first try");
        let mut end = house.end(RunStatus::Failed);
        end.retry_at = Some(at(1800));
        assert!(house.store.finish_run(&lease, &end).await.unwrap());
        assert!(house.claim("a").await.is_none());
        house.clock.set(at(120));
        house.run_slot(&group, at(120)).await;
        let (lease, run) = house.claim("a").await.expect("the next try");
        assert_eq!((run.attempt, run.slot, run.last_slot, run.slots), (2, at(60), at(120), 2));
        assert!(house.finish(&lease, RunStatus::Empty).await);
        assert_eq!(records(&house, &group).await, [(60, 120, 2, SlotOutcome::Empty)]);
        assert!(house.claim("a").await.is_none());
    }
}

#[tokio::test]
async fn behind_slots_that_were_passed_over_a_slot_is_still_in_one_record() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        incremental(&house, "orders", &group, 0).await;
        house.run_slot(&group, at(60)).await;
        let skipped = decision(at(120), Fate::Skip("the slot before waited".to_owned()));
        assert!(house.settle(&group, at(120), vec![skipped]).await);
        for slot in [180, 240, 300] {
            house.run_slot(&group, at(slot)).await;
        }
        assert_eq!(waiting(&house).await, [("orders".to_owned(), 60, 60, 1), ("orders".to_owned(), 180, 300, 3)]);
        let (open, skipped) = (SlotOutcome::Open, SlotOutcome::Skipped);
        assert_eq!(records(&house, &group).await, [(60, 60, 1, open), (120, 120, 1, skipped), (180, 300, 3, open)]);
    }
}
