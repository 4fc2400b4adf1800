//! From a due slot to an ended run: settling, claiming, lanes, outcomes, retries.

use std::sync::Arc;

use chrono::TimeDelta;
use model::{
    Figures, Id, LogLevel, LogLine, Run, RunStatus, SlotOutcome, Trigger,
    edges::{Fate, LeaseState, Progress, SlotDecision, Store as _},
};
use store::RunFilter;
use tokio::task::JoinSet;

use crate::backend::{House, ORG, at, decision, group, houses, name};

async fn outcome(house: &House, group: Id<model::Group>) -> SlotOutcome {
    house.store.list_slots(ORG, group, None, 1).await.unwrap().remove(0).outcome
}

#[tokio::test]
async fn the_lines_of_a_log_keep_their_order_however_many_come_at_once() {
    for house in houses().await {
        let series = house.series("orders", None, 0).await;
        house.enqueue(&series, at(0)).await;
        let (lease, run) = house.claim("a").await.expect("a queued run");
        let mut expected = Vec::new();
        for lines in [1, 2_001, 2] {
            let log: Vec<LogLine> =
                (0..lines).map(|n| LogLine { at: at(n), level: LogLevel::Info, message: format!("line {n} of {lines}") }).collect();
            expected.extend(log.iter().map(|line| line.message.clone()));
            let progress = Progress { log, ..Progress::default() };
            assert_eq!(house.store.heartbeat(&lease, at(80), &progress).await.unwrap(), LeaseState::Held);
        }
        let kept: Vec<String> = house.store.run_log(ORG, run.id).await.unwrap().into_iter().map(|line| line.message).collect();
        assert_eq!(kept, expected);
    }
}

#[tokio::test]
async fn a_slot_goes_from_due_to_succeeded() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.series("orders", Some(&group), 0).await;
        assert!(house.store.due_groups(at(59)).await.unwrap().is_empty());
        assert_eq!(house.store.next_wake().await.unwrap(), Some(at(60)));

        house.clock.set(at(60));
        let due = house.store.due_groups(at(60)).await.unwrap();
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].group.id, due[0].next_slot_at, due[0].slots_waiting, due[0].slots_running), (group.id, at(60), 0, 0));
        house.run_slot(&group, at(60)).await;
        assert!(house.store.due_groups(at(60)).await.unwrap().is_empty());
        assert_eq!(outcome(&house, group.id).await, SlotOutcome::Open);
        assert_eq!(house.store.next_wake().await.unwrap(), Some(at(60)), "a queued run");

        let (lease, run) = house.claim("a").await.expect("a queued run");
        assert_eq!((run.slot, run.attempt, run.trigger, run.status), (at(60), 1, Trigger::Schedule, RunStatus::Running));
        assert_eq!((run.started_at, run.group_id, run.series_name.as_str()), (Some(at(60)), Some(group.id), "orders"));
        let plan = house.store.load_plan(&lease).await.unwrap().expect("a plan");
        assert_eq!(plan.series.name.as_str(), "orders");
        assert_eq!(plan.group, Some(group.clone()));

        let figures = Figures { rows_read: 7, points_written: 7, ..Figures::default() };
        let window = model::Window { start: at(0), end: at(60) };
        let line = |message: &str| LogLine { at: at(61), level: LogLevel::Info, message: message.to_owned() };
        let progress = Progress { figures, window: Some(window), stretch: None, log: vec![line("reading")] };
        assert_eq!(house.store.heartbeat(&lease, at(80), &progress).await.unwrap(), LeaseState::Held);
        house.clock.set(at(62));
        let mut end = house.end(RunStatus::Succeeded);
        end.progress = Progress { figures, window: None, stretch: None, log: vec![line("wrote 7 points"), line("done")] };
        assert!(house.store.finish_run(&lease, &end).await.unwrap());

        let run = house.run(run.id).await;
        assert_eq!((run.status, run.figures, run.window, run.finished_at), (RunStatus::Succeeded, figures, Some(window), Some(at(62))));
        let log: Vec<String> = house.store.run_log(ORG, run.id).await.unwrap().into_iter().map(|line| line.message).collect();
        assert_eq!(log, ["reading", "wrote 7 points", "done"]);
        assert_eq!(outcome(&house, group.id).await, SlotOutcome::Succeeded);
        assert_eq!(house.store.next_wake().await.unwrap(), Some(at(120)));
        assert!(house.claim("a").await.is_none());
    }
}

#[tokio::test]
async fn a_stretch_is_one_record_and_one_final_run_per_enabled_series() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        let first = house.series("first", Some(&group), 0).await;
        house.series("second", Some(&group), 1).await;
        let mut disabled = house.series_spec("disabled", Some(&group), 2).await;
        disabled.enabled = false;
        house.store.create_series(ORG, &name("disabled"), &disabled).await.unwrap();
        house.clock.set(at(3600));

        let missed = SlotDecision { slot: at(60), last_slot: at(600), slots: 10, fate: Fate::Miss("the server was down".to_owned()) };
        let skipped = SlotDecision { slot: at(660), last_slot: at(660), slots: 1, fate: Fate::Skip("the slot before ran".to_owned()) };
        assert!(house.settle(&group, at(60), vec![missed, skipped, decision(at(720), Fate::Run)]).await);

        let slots = house.store.list_slots(ORG, group.id, None, 9).await.unwrap();
        let seen: Vec<_> = slots.iter().map(|slot| (slot.slot, slot.last_slot, slot.slots, slot.outcome, slot.reason.as_str())).collect();
        assert_eq!(
            seen,
            [
                (at(720), at(720), 1, SlotOutcome::Open, ""),
                (at(660), at(660), 1, SlotOutcome::Skipped, "the slot before ran"),
                (at(60), at(600), 10, SlotOutcome::Missed, "the server was down"),
            ]
        );
        assert_eq!(house.store.list_slots(ORG, group.id, Some(at(660)), 9).await.unwrap(), slots[2..]);
        let filter = RunFilter { series_id: Some(first.id), limit: 9, ..RunFilter::default() };
        let runs = house.store.list_runs(ORG, &filter).await.unwrap();
        let seen: Vec<_> = runs.iter().map(|run| (run.slot, run.last_slot, run.slots, run.status)).collect();
        assert_eq!(seen.len(), 3);
        assert!(seen.contains(&(at(60), at(600), 10, RunStatus::Missed)));
        assert!(seen.contains(&(at(660), at(660), 1, RunStatus::Skipped)));
        assert!(seen.contains(&(at(720), at(720), 1, RunStatus::Queued)));
        let missed = runs.iter().find(|run| run.status == RunStatus::Missed).expect("seen above");
        let reason = missed.reason.as_ref().expect("a reason");
        assert_eq!((reason.kind, reason.message.as_str(), missed.finished_at), (None, "the server was down", Some(at(3600))));
        assert_eq!(house.store.list_runs(ORG, &RunFilter { limit: 99, ..RunFilter::default() }).await.unwrap().len(), 6);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_is_settled_once_however_many_nodes_try() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.series("orders", Some(&group), 0).await;
        let house = Arc::new(house);
        let mut nodes = JoinSet::new();
        for _ in 0..8 {
            let (house, group) = (house.clone(), group.clone());
            nodes.spawn(async move { house.settle(&group, at(60), vec![decision(at(60), Fate::Run)]).await });
        }
        assert_eq!(nodes.join_all().await.into_iter().filter(|won| *won).count(), 1);
        assert_eq!(house.store.list_slots(ORG, group.id, None, 9).await.unwrap().len(), 1);
        assert_eq!(house.store.list_runs(ORG, &RunFilter { limit: 9, ..RunFilter::default() }).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_slot_that_is_recorded_already_is_not_run_again() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.series("orders", Some(&group), 0).await;
        let stretch = SlotDecision { slot: at(60), last_slot: at(180), slots: 3, fate: Fate::Miss("down".to_owned()) };
        assert!(house.settle(&group, at(60), vec![stretch]).await);
        // The clock was set back: with a new schedule the group's next slot lies in the past again.
        let spec = model::Group { schedule: model::Schedule::EveryS(30), ..group.spec.clone() };
        house.store.update_group(ORG, group.id, None, &group.name, &spec, Some(at(120))).await.unwrap();
        assert!(house.settle(&group, at(120), vec![decision(at(120), Fate::Run), decision(at(240), Fate::Run)]).await);
        let slots: Vec<_> = house.store.list_slots(ORG, group.id, None, 9).await.unwrap().into_iter().map(|slot| slot.slot).collect();
        assert_eq!(slots, [at(240), at(60)]);
    }
}

#[tokio::test]
async fn a_group_without_enabled_series_has_an_empty_slot() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.run_slot(&group, at(60)).await;
        assert_eq!(outcome(&house, group.id).await, SlotOutcome::Empty);
        let due = house.store.due_groups(at(120)).await.unwrap();
        assert_eq!((due[0].slots_waiting, due[0].slots_running), (0, 0));
    }
}

#[tokio::test]
async fn a_disabled_group_has_no_next_slot() {
    for house in houses().await {
        let mut spec = group();
        spec.enabled = false;
        let disabled = house.store.create_group(ORG, &name("off"), &spec, Some(at(60))).await.unwrap();
        assert_eq!(house.store.group_next_slot(ORG, disabled.id).await.unwrap(), None);
        assert!(house.store.due_groups(at(9999)).await.unwrap().is_empty());
        assert_eq!(house.store.next_wake().await.unwrap(), None);
        spec.enabled = true;
        house.store.update_group(ORG, disabled.id, None, &disabled.name, &spec, Some(at(120))).await.unwrap();
        assert_eq!(house.store.next_wake().await.unwrap(), Some(at(120)));
        spec.enabled = false;
        house.store.update_group(ORG, disabled.id, None, &disabled.name, &spec, Some(at(120))).await.unwrap();
        assert_eq!(house.store.next_wake().await.unwrap(), None);
        assert!(!house.settle(&disabled, at(120), vec![decision(at(120), Fate::Run)]).await, "nothing is settled for a disabled group");
    }
}

#[tokio::test]
async fn an_update_that_leaves_the_schedule_leaves_the_next_slot_as_it_is_now() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        // The caller looked while the slot of 60 was the next one; it was settled since.
        house.run_slot(&group, at(60)).await;
        let spec = model::Group { missed: model::Missed::Skip, ..group.spec.clone() };
        for stale in [Some(at(60)), Some(at(9999)), None] {
            house.store.update_group(ORG, group.id, None, &group.name, &spec, stale).await.unwrap();
            assert_eq!(house.store.group_next_slot(ORG, group.id).await.unwrap(), Some(at(120)));
        }
        // One that has come stays due.
        house.clock.set(at(500));
        house.store.update_group(ORG, group.id, None, &name("renamed"), &spec, Some(at(540))).await.unwrap();
        assert_eq!(house.store.due_groups(at(500)).await.unwrap()[0].next_slot_at, at(120));
    }
}

#[tokio::test]
async fn a_slot_that_has_come_stays_due_through_a_change_of_the_schedule() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        let zoned = model::Group { time_zone: chrono_tz::UTC, ..group.spec.clone() };
        let hourly = model::Group { schedule: model::Schedule::EveryS(3600), ..zoned.clone() };
        house.clock.set(at(59));
        house.store.update_group(ORG, group.id, None, &group.name, &zoned, Some(at(90))).await.unwrap();
        assert_eq!(house.store.group_next_slot(ORG, group.id).await.unwrap(), Some(at(90)), "no slot had come");
        house.clock.set(at(90));
        house.store.update_group(ORG, group.id, None, &group.name, &hourly, Some(at(3600))).await.unwrap();
        let due = house.store.due_groups(at(90)).await.unwrap();
        assert_eq!((due[0].next_slot_at, &due[0].group.spec.schedule), (at(90), &model::Schedule::EveryS(3600)));
        house.store.update_group(ORG, group.id, None, &group.name, &zoned, None).await.unwrap();
        assert_eq!(house.store.group_next_slot(ORG, group.id).await.unwrap(), Some(at(90)), "a schedule without slots has that one left");
    }
}

#[tokio::test]
async fn what_was_decided_by_an_older_schedule_is_not_settled() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.clock.set(at(60));
        let seen = house.store.due_groups(at(60)).await.unwrap().remove(0);
        let hourly = model::Group { schedule: model::Schedule::EveryS(3600), ..group.spec.clone() };
        house.store.update_group(ORG, group.id, None, &group.name, &hourly, Some(at(3600))).await.unwrap();
        let mut settlement = model::edges::Settlement {
            organization_id: ORG,
            group_id: group.id,
            seen_revision: seen.group.revision,
            seen_next_slot_at: seen.next_slot_at,
            next_slot_at: Some(at(120)),
            at: at(60),
            decisions: vec![decision(at(60), Fate::Run)],
        };
        assert!(!house.store.settle_slots(&settlement).await.unwrap());
        assert_eq!(house.store.group_next_slot(ORG, group.id).await.unwrap(), Some(at(60)));
        assert!(house.store.list_slots(ORG, group.id, None, 9).await.unwrap().is_empty());
        settlement.seen_revision = house.store.due_groups(at(60)).await.unwrap()[0].group.revision;
        assert!(house.store.settle_slots(&settlement).await.unwrap());
    }
}

#[tokio::test]
async fn a_slot_that_has_come_when_its_group_is_disabled_is_recorded_as_missed() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        let series = house.series("orders", Some(&group), 0).await;
        let off = model::Group { enabled: false, ..group.spec.clone() };
        house.clock.set(at(59));
        house.store.update_group(ORG, group.id, None, &group.name, &off, None).await.unwrap();
        assert!(house.store.list_slots(ORG, group.id, None, 9).await.unwrap().is_empty(), "no slot had come");
        house.store.update_group(ORG, group.id, None, &group.name, &group.spec, Some(at(60))).await.unwrap();

        house.clock.set(at(60));
        let stale = house.store.update_group(ORG, group.id, Some(1), &group.name, &off, None).await;
        assert!(matches!(stale, Err(store::StoreError::Changed { .. })), "{stale:?}");
        assert!(house.store.list_slots(ORG, group.id, None, 9).await.unwrap().is_empty(), "a refused update changes nothing");
        house.store.update_group(ORG, group.id, None, &group.name, &off, None).await.unwrap();
        let slots = house.store.list_slots(ORG, group.id, None, 9).await.unwrap();
        assert_eq!(slots.iter().map(|slot| (slot.slot, slot.slots, slot.outcome)).collect::<Vec<_>>(), [(at(60), 1, SlotOutcome::Missed)]);
        assert!(slots[0].reason.contains("the group was disabled"), "{}", slots[0].reason);
        let filter = RunFilter { series_id: Some(series.id), limit: 9, ..RunFilter::default() };
        assert_eq!(house.store.list_runs(ORG, &filter).await.unwrap()[0].status, RunStatus::Missed);
        assert_eq!(house.store.group_next_slot(ORG, group.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn series_of_a_group_run_one_after_another_in_their_order_and_groups_side_by_side() {
    for house in houses().await {
        let (one, two) = (house.group("one", Some(at(60))).await, house.group("two", Some(at(60))).await);
        house.series("b", Some(&one), 1).await;
        house.clock.set(at(1));
        house.series("a", Some(&one), 0).await;
        house.series("c", Some(&one), 1).await;
        house.series("z", Some(&two), 0).await;
        house.clock.set(at(60));
        house.run_slot(&one, at(60)).await;
        house.run_slot(&two, at(60)).await;

        let mut held = vec![house.claim("n").await.expect("one lane"), house.claim("n").await.expect("the other lane")];
        let mut names: Vec<_> = held.iter().map(|(_, run)| run.series_name.to_string()).collect();
        names.sort();
        assert_eq!(names, ["a", "z"]);
        assert!(house.claim("n").await.is_none(), "both lanes are busy");
        assert_eq!(house.store.next_wake().await.unwrap(), Some(at(120)), "a run in a busy lane is nothing to wake for");

        held.retain(|(_, run)| run.series_name.as_str() == "a");
        let (mut lease, _) = held.remove(0);
        for next in ["b", "c"] {
            assert!(house.finish(&lease, RunStatus::Succeeded).await);
            let (claimed, run) = house.claim("n").await.expect("the next of the group");
            assert_eq!(run.series_name.as_str(), next);
            lease = claimed;
        }
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        assert_eq!(outcome(&house, one.id).await, SlotOutcome::Succeeded);
        assert_eq!(outcome(&house, two.id).await, SlotOutcome::Open);
    }
}

#[tokio::test]
async fn an_older_slot_runs_before_a_newer_one_and_no_run_before_its_time() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.series("orders", Some(&group), 0).await;
        house.clock.set(at(200));
        assert!(house.settle(&group, at(60), vec![decision(at(60), Fate::Run), decision(at(120), Fate::Run)]).await);
        let (lease, run) = house.claim("n").await.expect("a run");
        assert_eq!(run.slot, at(60));
        let mut end = house.end(RunStatus::Failed);
        end.retry_at = Some(at(260));
        assert!(house.store.finish_run(&lease, &end).await.unwrap());

        let (lease, run) = house.claim("n").await.expect("the newer slot, while the retry waits");
        assert_eq!(run.slot, at(120));
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        assert!(house.claim("n").await.is_none(), "the retry's time has not come");
        assert_eq!(house.store.next_wake().await.unwrap(), Some(at(180)));
        house.clock.set(at(260));
        let (_, run) = house.claim("n").await.expect("the retry");
        assert_eq!((run.slot, run.attempt, run.trigger, run.queued_at), (at(60), 2, Trigger::Retry, at(200)));
    }
}

#[tokio::test]
async fn a_slot_ends_as_the_worst_of_the_last_attempts_of_its_runs() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        for (place, text) in ["a", "b", "c"].into_iter().enumerate() {
            house.series(text, Some(&group), i32::try_from(place).unwrap()).await;
        }
        house.clock.set(at(60));
        let cases = [
            ([RunStatus::Empty, RunStatus::Empty, RunStatus::Empty], SlotOutcome::Empty),
            ([RunStatus::Empty, RunStatus::Succeeded, RunStatus::Empty], SlotOutcome::Succeeded),
            ([RunStatus::Partial, RunStatus::Succeeded, RunStatus::Empty], SlotOutcome::Partial),
            ([RunStatus::Partial, RunStatus::Cancelled, RunStatus::Empty], SlotOutcome::Cancelled),
            ([RunStatus::Failed, RunStatus::Cancelled, RunStatus::Partial], SlotOutcome::Failed),
        ];
        for (round, (statuses, expected)) in cases.into_iter().enumerate() {
            let slot = at(60 * (i64::try_from(round).unwrap() + 1));
            house.run_slot(&group, slot).await;
            for status in statuses {
                assert_eq!(outcome(&house, group.id).await, SlotOutcome::Open);
                let (lease, _) = house.claim("n").await.expect("a run");
                assert!(house.finish(&lease, status).await);
            }
            assert_eq!(outcome(&house, group.id).await, expected);
        }

        // A retry reopens the question: the slot stays open until it ended, and then only its result counts.
        house.run_slot(&group, at(600)).await;
        for status in [RunStatus::Failed, RunStatus::Succeeded, RunStatus::Succeeded] {
            let (lease, _) = house.claim("n").await.expect("a run");
            let mut end = house.end(status);
            end.retry_at = (status == RunStatus::Failed).then(|| house_now(&house) + TimeDelta::seconds(5));
            assert!(house.store.finish_run(&lease, &end).await.unwrap());
        }
        assert_eq!(outcome(&house, group.id).await, SlotOutcome::Open);
        house.clock.set(at(66));
        let (lease, run) = house.claim("n").await.expect("the retry");
        assert_eq!(run.attempt, 2);
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        assert_eq!(outcome(&house, group.id).await, SlotOutcome::Succeeded);
    }
}

fn house_now(house: &House) -> chrono::DateTime<chrono::Utc> {
    model::Clock::now(&*house.clock)
}

#[tokio::test]
async fn slots_that_run_late_are_counted_apart_until_they_end() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.series("a", Some(&group), 0).await;
        house.clock.set(at(185));
        let counts = async || {
            let due = house.store.due_groups(at(9999)).await.unwrap().remove(0);
            (due.slots_waiting, due.slots_running, due.slots_late)
        };
        let decisions = vec![decision(at(60), Fate::RunLate), decision(at(120), Fate::RunLate), decision(at(180), Fate::Run)];
        assert!(house.settle(&group, at(60), decisions).await);
        assert_eq!(counts().await, (1, 0, 2));
        let house = &house;
        for (slot, expected) in [(60, (1, 0, 1)), (120, (1, 0, 0))] {
            let (lease, run) = house.claim("n").await.expect("a late slot, oldest first");
            assert_eq!((run.slot, run.trigger), (at(slot), Trigger::Schedule));
            assert!(house.finish(&lease, RunStatus::Succeeded).await);
            assert_eq!(counts().await, expected);
        }
        house.claim("n").await.expect("the slot on time");
        assert_eq!(counts().await, (0, 1, 0));
    }
}

#[tokio::test]
async fn waiting_and_running_slots_are_counted_and_retries_are_not() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.series("a", Some(&group), 0).await;
        house.series("b", Some(&group), 1).await;
        house.clock.set(at(200));
        let counts = async || {
            let due = house.store.due_groups(at(9999)).await.unwrap().remove(0);
            (due.slots_waiting, due.slots_running)
        };
        assert!(house.settle(&group, at(60), vec![decision(at(60), Fate::Run), decision(at(120), Fate::Run)]).await);
        assert_eq!(counts().await, (2, 0));
        let (lease, _) = house.claim("n").await.expect("a of the first slot");
        assert_eq!(counts().await, (1, 1));
        let mut end = house.end(RunStatus::Failed);
        end.retry_at = Some(at(9000));
        assert!(house.store.finish_run(&lease, &end).await.unwrap());
        assert_eq!(counts().await, (1, 1), "b of the first slot has not begun, its slot has");
        let (lease, _) = house.claim("n").await.expect("b of the first slot");
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        assert_eq!(counts().await, (1, 0), "only a retry is left of the first slot");
        let waiting: Vec<Run> =
            house.store.list_runs(ORG, &RunFilter { status: Some(RunStatus::Queued), limit: 9, ..RunFilter::default() }).await.unwrap();
        for run in waiting.iter().filter(|run| run.slot == at(120)) {
            house.store.cancel_run(ORG, run.id).await.unwrap();
        }
        assert_eq!(counts().await, (0, 0));
    }
}
