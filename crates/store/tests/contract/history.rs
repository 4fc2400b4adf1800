//! Runs by hand, cancelled runs, pages of the history, rejects, and what deleting does to all of them.

use model::{
    Id, Reject, Run, RunStatus, SlotOutcome, Trigger,
    edges::{Fate, Store as _},
};
use store::RunFilter;

use crate::backend::{House, LIMIT, ORG, at, decision, houses, name};

async fn page(house: &House, filter: RunFilter) -> Vec<Run> {
    house.store.list_runs(ORG, &filter).await.unwrap()
}

fn all() -> RunFilter {
    RunFilter { limit: 999, ..RunFilter::default() }
}

#[tokio::test]
async fn a_run_by_hand_belongs_to_no_slot_and_shares_the_lane_of_its_group() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        let series = house.series("orders", Some(&group), 0).await;
        house.clock.set(at(60));
        house.run_slot(&group, at(60)).await;
        let (lease, _) = house.claim("n").await.expect("the scheduled run");
        let first = house.store.enqueue_run(ORG, series.id, at(60)).await.unwrap().expect("queued");
        let second =
            house.store.enqueue_run(ORG, series.id, at(60)).await.unwrap().expect("the same slot may run by hand any number of times");
        assert_eq!((first.trigger, first.status, first.slot, first.queued_at), (Trigger::Manual, RunStatus::Queued, at(60), at(60)));
        assert_ne!(first.id, second.id);
        assert!(house.claim("n").await.is_none(), "the lane is busy");
        assert!(house.finish(&lease, RunStatus::Succeeded).await);

        let (lease, run) = house.claim("n").await.expect("a run by hand");
        let mut end = house.end(RunStatus::Failed);
        end.retry_at = Some(at(60));
        assert!(house.store.finish_run(&lease, &end).await.unwrap());
        assert_eq!(house.run(run.id).await.trigger, Trigger::Manual);
        let retry = page(&house, all()).await.into_iter().find(|run| run.trigger == Trigger::Retry).expect("the retry");
        assert_eq!((retry.attempt, retry.slot), (2, at(60)));
        let slots = house.store.list_slots(ORG, group.id, None, 9).await.unwrap();
        assert_eq!((slots.len(), slots[0].outcome), (1, SlotOutcome::Succeeded), "runs by hand change no slot record");
        assert_eq!(house.store.enqueue_run(ORG, Id::new(&*house.clock), at(0)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_disabled_series_runs_by_hand_but_not_with_its_group() {
    for house in houses().await {
        let group = house.group("minutely", None).await;
        let on = house.series("on", Some(&group), 0).await;
        let mut spec = house.series_spec("off", Some(&group), 1).await;
        spec.enabled = false;
        let off = house.store.create_series(ORG, &name("off"), &spec).await.unwrap();
        let runs = house.store.enqueue_group(ORG, group.id, at(5)).await.unwrap().expect("the group");
        assert_eq!(runs.iter().map(|run| (run.series_id, run.slot)).collect::<Vec<_>>(), [(on.id, at(5))]);
        assert!(house.store.enqueue_run(ORG, off.id, at(5)).await.unwrap().is_some());
        assert_eq!(house.store.enqueue_group(ORG, Id::new(&*house.clock), at(0)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn series_without_group_run_side_by_side() {
    for house in houses().await {
        let (one, two) = (house.series("one", None, 0).await, house.series("two", None, 0).await);
        for series in [&one, &two, &one] {
            house.store.enqueue_run(ORG, series.id, at(0)).await.unwrap();
        }
        let mut claimed = vec![house.claim("n").await.expect("one").1.series_id, house.claim("n").await.expect("two").1.series_id];
        claimed.sort();
        let mut expected = vec![one.id, two.id];
        expected.sort();
        assert_eq!(claimed, expected);
        assert!(house.claim("n").await.is_none(), "the third is of a busy series");
    }
}

#[tokio::test]
async fn a_queued_run_is_cancelled_at_once_and_its_slot_ends() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        house.series("orders", Some(&group), 0).await;
        house.run_slot(&group, at(60)).await;
        let run = page(&house, all()).await.remove(0);
        house.clock.set(at(70));
        assert_eq!(house.store.cancel_run(ORG, run.id).await.unwrap(), Some(RunStatus::Cancelled));
        let cancelled = house.run(run.id).await;
        assert_eq!((cancelled.finished_at, cancelled.started_at), (Some(at(70)), None));
        assert!(cancelled.reason.is_some());
        assert_eq!(house.store.list_slots(ORG, group.id, None, 9).await.unwrap()[0].outcome, SlotOutcome::Cancelled);
        house.clock.set(at(80));
        assert_eq!(house.store.cancel_run(ORG, run.id).await.unwrap(), Some(RunStatus::Cancelled));
        assert_eq!(house.run(run.id).await, cancelled, "what has ended stays as it is");
        assert!(house.claim("n").await.is_none());
        assert_eq!(house.store.cancel_run(ORG, Id::new(&*house.clock)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_history_pages_from_new_to_old_without_gap_or_repeat() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        let series = house.series("orders", Some(&group), 0).await;
        house.series("other", Some(&group), 1).await;
        for minute in 1..=30 {
            house.clock.set(at(60 * minute));
            house.run_slot(&group, at(60 * minute)).await;
        }
        while let Some((lease, run)) = house.claim("n").await {
            let status = if run.slot == at(120) { RunStatus::Failed } else { RunStatus::Succeeded };
            assert!(house.finish(&lease, status).await);
        }
        for (filter, expected) in [
            (RunFilter::default(), 60),
            (RunFilter { series_id: Some(series.id), ..RunFilter::default() }, 30),
            (RunFilter { group_id: Some(group.id), ..RunFilter::default() }, 60),
            (RunFilter { status: Some(RunStatus::Failed), ..RunFilter::default() }, 2),
            (RunFilter { series_id: Some(series.id), status: Some(RunStatus::Succeeded), ..RunFilter::default() }, 29),
            (RunFilter { group_id: Some(group.id), status: Some(RunStatus::Failed), ..RunFilter::default() }, 2),
            (RunFilter { latest: true, ..RunFilter::default() }, 2),
            (RunFilter { latest: true, series_id: Some(series.id), ..RunFilter::default() }, 1),
            (RunFilter { latest: true, status: Some(RunStatus::Failed), ..RunFilter::default() }, 0),
        ] {
            let whole = page(&house, RunFilter { limit: 999, ..filter }).await;
            assert_eq!(whole.len(), expected, "{filter:?}");
            assert!(whole.is_sorted_by(|newer, older| newer.id > older.id && newer.slot >= older.slot), "{filter:?}");
            let mut paged = Vec::new();
            loop {
                let before = paged.last().map(|run: &Run| run.id);
                let some = page(&house, RunFilter { before, limit: 7, ..filter }).await;
                if some.is_empty() {
                    break;
                }
                paged.extend(some);
            }
            assert_eq!(paged, whole, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn the_history_is_narrowed_by_time_and_by_slot() {
    for house in houses().await {
        let series = house.series("orders", None, 0).await;
        let other = house.series("other", None, 0).await;
        for minute in 1..=10 {
            house.clock.set(at(60 * minute));
            for series in [&series, &other] {
                house.store.enqueue_run(ORG, series.id, at(60 * (minute % 3))).await.unwrap();
            }
        }
        let both = RunFilter { series_id: Some(series.id), slot: Some(at(60)), ..all() };
        for (filter, expected) in [
            (RunFilter { since: Some(at(120)), ..all() }, 18),
            (RunFilter { until: Some(at(120)), ..all() }, 2),
            (RunFilter { since: Some(at(120)), until: Some(at(240)), ..all() }, 4),
            (RunFilter { series_id: Some(series.id), since: Some(at(120)), status: Some(RunStatus::Queued), ..all() }, 9),
            (both, 4),
            (RunFilter { until: Some(at(240)), ..both }, 1),
            (RunFilter { slot: Some(at(61)), ..both }, 0),
        ] {
            assert_eq!(page(&house, filter).await.len(), expected, "{filter:?}");
        }
        let newest = page(&house, RunFilter { until: Some(at(300)), ..all() }).await.remove(0);
        let before = RunFilter { before: Some(newest.id), until: Some(at(600)), ..all() };
        assert_eq!(page(&house, before).await.len(), 7, "the earlier of both bounds counts");
    }
}

#[tokio::test]
async fn runs_are_counted_per_series_and_status_since_an_instant() {
    for house in houses().await {
        let orders = house.series("orders", None, 0).await;
        let other = house.series("other", None, 0).await;
        for minute in 1..=4 {
            house.clock.set(at(60 * minute));
            house.store.enqueue_run(ORG, orders.id, at(60 * minute)).await.unwrap();
        }
        house.store.enqueue_run(ORG, other.id, at(0)).await.unwrap();
        for status in [RunStatus::Succeeded, RunStatus::Failed] {
            while let Some((lease, _)) = house.claim("n").await {
                assert!(house.finish(&lease, status).await);
                if status == RunStatus::Succeeded {
                    break;
                }
            }
        }
        let counted = async |since| -> Vec<(String, RunStatus, u64)> {
            let counts = house.store.count_runs(ORG, at(since)).await.unwrap();
            counts.into_iter().map(|count| (count.series_name.to_string(), count.status, count.runs)).collect()
        };
        let runs = page(&house, all()).await;
        let expected = |series: Id<model::Series>, status, since| -> u64 {
            runs.iter().filter(|run| run.series_id == series && run.status == status && run.queued_at >= at(since)).count() as u64
        };
        for since in [0, 121, 9_999] {
            let mut wanted = Vec::new();
            for (name, id) in [("orders", orders.id), ("other", other.id)] {
                for status in [RunStatus::Failed, RunStatus::Succeeded] {
                    if expected(id, status, since) > 0 {
                        wanted.push((name.to_owned(), status, expected(id, status, since)));
                    }
                }
            }
            assert_eq!(counted(since).await, wanted, "since {since}");
        }
        let last = house.store.count_runs(ORG, at(0)).await.unwrap().remove(0).last;
        let newest = runs.iter().find(|run| run.series_id == orders.id && run.status == RunStatus::Failed).unwrap();
        assert_eq!(last, newest.id);
        let elsewhere = house.store.create_organization(&name("elsewhere"), None).await.unwrap().id;
        assert!(house.store.count_runs(elsewhere, at(0)).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn runs_of_one_slot_are_listed_in_the_order_of_their_series() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        for (place, text) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
            house.series(text, Some(&group), i32::try_from(place).unwrap()).await;
        }
        house.run_slot(&group, at(60)).await;
        let names: Vec<_> = page(&house, all()).await.into_iter().map(|run| run.series_name.to_string()).collect();
        assert_eq!(names, ["e", "d", "c", "b", "a"], "newest first");
    }
}

#[tokio::test]
async fn rejects_are_kept_once_per_row_in_order_and_up_to_the_limit() {
    for house in houses().await {
        let series = house.series("orders", None, 0).await;
        house.store.enqueue_run(ORG, series.id, at(0)).await.unwrap();
        let (lease, run) = house.claim("n").await.expect("a run");
        let reject = |row: u64| Reject { row, line: Some(format!("orders n={row}")), reason: "partial write".to_owned(), values: None };
        assert_eq!(house.store.keep_rejects(&lease, &[reject(9), reject(2), reject(5)], LIMIT).await.unwrap(), 3);
        assert_eq!(house.store.keep_rejects(&lease, &[reject(2), reject(3)], LIMIT).await.unwrap(), 2, "row 2 is kept already and counts");
        let rows = async |after| -> Vec<u64> {
            house.store.list_rejects(ORG, run.id, after, 3).await.unwrap().into_iter().map(|reject| reject.row).collect()
        };
        assert_eq!((rows(0).await, rows(5).await), (vec![2, 3, 5], vec![9]));
        assert_eq!(house.store.list_rejects(ORG, run.id, 4, 1).await.unwrap(), [reject(5)]);

        let long = Reject { line: Some("é".repeat(Reject::MAX_LINE_BYTES)), ..reject(10) };
        house.store.keep_rejects(&lease, &[long], LIMIT).await.unwrap();
        let kept = house.store.list_rejects(ORG, run.id, 9, 1).await.unwrap().remove(0);
        assert_eq!(kept.line.map(|line| line.len()), Some(Reject::MAX_LINE_BYTES));

        let many: Vec<Reject> = (100..100 + u64::from(LIMIT)).map(reject).collect();
        assert_eq!(house.store.keep_rejects(&lease, &many, LIMIT).await.unwrap(), u64::from(LIMIT) - 5);
        assert_eq!(house.store.keep_rejects(&lease, &[reject(100), reject(99)], LIMIT).await.unwrap(), 1, "what is kept counts");
        assert_eq!(house.store.keep_rejects(&lease, &[reject(99)], LIMIT).await.unwrap(), 0);
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        assert!(house.store.list_rejects(other, run.id, 0, 9).await.unwrap().is_empty());
        assert!(house.store.run_log(other, run.id).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn deleting_a_group_cancels_what_waits_in_it_and_keeps_the_history() {
    for house in houses().await {
        let group = house.group("minutely", Some(at(60))).await;
        let mut first = house.series("first", Some(&group), 0).await;
        let mut second = house.series("second", Some(&group), 1).await;
        house.clock.set(at(200));
        assert!(house.settle(&group, at(60), vec![decision(at(60), Fate::Run)]).await);
        let (lease, running) = house.claim("n").await.expect("first");
        for series in [&mut first, &mut second] {
            series.spec.group_id = None;
            house.store.update_series(ORG, series.id, None, &series.name, &series.spec).await.unwrap();
        }
        assert!(house.store.delete_group(ORG, group.id).await.unwrap());
        let runs = page(&house, all()).await;
        let seen: Vec<_> = runs.iter().map(|run| (run.series_id, run.status, run.group_id)).collect();
        assert_eq!(seen, [(second.id, RunStatus::Cancelled, None), (first.id, RunStatus::Running, None)]);
        assert!(house.store.list_slots(ORG, group.id, None, 9).await.unwrap().is_empty());
        assert!(house.finish(&lease, RunStatus::Succeeded).await, "a run on its way ends as it ends");
        assert_eq!(house.run(running.id).await.status, RunStatus::Succeeded);
    }
}

#[tokio::test]
async fn deleting_a_series_deletes_its_runs_with_their_logs_and_rejects() {
    for house in houses().await {
        let series = house.series("orders", None, 0).await;
        let other = house.series("other", None, 0).await;
        house.store.enqueue_run(ORG, series.id, at(0)).await.unwrap();
        house.store.enqueue_run(ORG, other.id, at(0)).await.unwrap();
        let (lease, run) = house.claim("n").await.expect("a run");
        house.store.keep_rejects(&lease, &[Reject { row: 1, line: None, reason: "bad".to_owned(), values: None }], LIMIT).await.unwrap();
        assert!(house.store.delete_series(ORG, run.series_id).await.unwrap());
        assert_eq!(house.store.get_run(ORG, run.id).await.unwrap(), None);
        assert!(house.store.list_rejects(ORG, run.id, 0, 9).await.unwrap().is_empty());
        assert_eq!(page(&house, all()).await.len(), 1, "the other's run stays");
    }
}
