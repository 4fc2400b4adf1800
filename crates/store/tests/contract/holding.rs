//! Connections on hold: their runs wait and cost the others nothing, one at a time is let through, and all go when a point was written.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use model::{
    Connection, Figures, Incremental, Missed, Mode, Overlap, RunStatus, Series, Stored,
    edges::{Advance, Freeze, Holding, Lease, PROBE, Progress, RunEnd, Store as _, Waiting},
};

use crate::backend::{House, ORG, at, connection, houses, name, reason, tamper};

const WINDOW: Mode = Mode::Window { length_s: Some(60), lag_s: 0 };

async fn series(house: &House, text: &str, to: &Stored<Connection>) -> Stored<Series> {
    house.series_in(text, WINDOW, to.id).await
}

/// A connection on hold from `at(0)`, to be tried at `at(30)`, with the run that was refused.
async fn held(house: &House) -> (Stored<Connection>, Stored<Series>, model::Run) {
    let broken = house.connection("broken", Default::default()).await;
    let orders = series(house, "orders", &broken).await;
    house.enqueue(&orders, at(0)).await;
    let (lease, run) = house.claim("a").await.expect("a run");
    assert!(house.refuse(&lease, at(30)).await);
    (broken, orders, run)
}

async fn holds(house: &House) -> Vec<model::Hold> {
    house.store.list_holds(ORG).await.unwrap()
}

#[tokio::test]
async fn a_refused_run_goes_back_in_line_and_its_connection_is_on_hold() {
    for house in houses().await {
        let (broken, _, run) = held(&house).await;
        let hold = holds(&house).await.remove(0);
        assert_eq!((hold.connection_id, hold.since, hold.probes, hold.next_probe_at), (broken.id, at(0), 0, at(30)));
        assert_eq!(hold.reason.message, "401 of the server");
        let waiting = house.run(run.id).await;
        assert_eq!((waiting.status, waiting.attempt, waiting.started_at), (RunStatus::Queued, 1, None));
        assert_eq!(waiting.reason, Some(hold.reason.clone()), "it says what it waits for");
        assert_eq!(house.store.count_waiting(ORG).await.unwrap(), [(broken.id, 1)].into());

        let house = house.reopen().await;
        house.store.reclaim("b", at(1), 3).await.unwrap();
        assert_eq!(holds(&house).await, [hold]);
        assert!(house.claim("b").await.is_none());
        assert_eq!(house.next_wake().await, Some(at(30)), "there is nothing to do before");
    }
}

#[tokio::test]
async fn a_lost_lease_holds_nothing() {
    for house in houses().await {
        let fine = house.connection("fine", Default::default()).await;
        let orders = series(&house, "orders", &fine).await;
        house.enqueue(&orders, at(0)).await;
        let (lease, run) = house.claim("a").await.expect("a run");
        for wrong in [Lease { token: lease.token + 1, ..lease.clone() }, Lease { node: "b".to_owned(), ..lease.clone() }] {
            assert!(!house.refuse(&wrong, at(30)).await);
        }
        assert_eq!(house.run(run.id).await, run);
        assert!(holds(&house).await.is_empty());
        assert!(house.refuse(&lease, at(30)).await);
        assert!(!house.refuse(&lease, at(99)).await, "it is in line now");
        assert!(!house.finish(&lease, RunStatus::Succeeded).await);
        assert_eq!(holds(&house).await[0].next_probe_at, at(30));
    }
}

#[tokio::test]
async fn the_oldest_is_let_through_alone_and_the_next_try_is_later() {
    for house in houses().await {
        let (_, _, first) = held(&house).await;
        let broken = house.store.find_connection(ORG, "broken").await.unwrap().unwrap();
        let stock = series(&house, "stock", &broken).await;
        house.enqueue(&stock, at(-60)).await;
        let fine = house.connection("fine", Default::default()).await;
        let visits = series(&house, "visits", &fine).await;
        let other = house.enqueue(&visits, at(5)).await;
        house.clock.set(at(30));

        let (probe, run) = house.claim("a").await.expect("one of those that wait");
        assert_eq!((run.slot, run.reason.is_none()), (at(-60), true), "the oldest slot, whichever waited first");
        let plan = house.store.load_plan(&probe).await.unwrap().expect("a plan");
        assert!(plan.probe && plan.hold.is_some_and(|hold| hold.probes == 0));
        assert_eq!(holds(&house).await[0].next_probe_at, at(30) + PROBE, "it has a while for itself");
        let (_, run) = house.claim("a").await.expect("what is not on hold goes on");
        assert_eq!(run.id, other.id);
        assert!(house.claim("b").await.is_none(), "no second one on any node");
        assert_eq!(house.next_wake().await, Some(at(30) + PROBE));

        assert!(house.refuse(&probe, at(100)).await);
        let hold = holds(&house).await.remove(0);
        assert_eq!((hold.since, hold.probes, hold.next_probe_at), (at(0), 1, at(100)));
        house.clock.set(at(100));
        let (probe, _) = house.claim("a").await.expect("the next try");
        assert_eq!(house.store.load_plan(&probe).await.unwrap().unwrap().hold.map(|hold| hold.probes), Some(1));
        assert!(house.finish_with(&probe, 5).await);
        assert!(holds(&house).await.is_empty());
        let (lease, run) = house.claim("a").await.expect("all go now");
        assert_eq!(run.id, first.id);
        assert!(!house.store.load_plan(&lease).await.unwrap().unwrap().probe);
    }
}

#[tokio::test]
async fn a_run_that_began_before_the_hold_neither_counts_as_a_try_nor_hastens_the_next() {
    for house in houses().await {
        let broken = house.connection("broken", Default::default()).await;
        let mut leases = Vec::new();
        for text in ["a", "b", "c"] {
            let series = series(&house, text, &broken).await;
            house.enqueue(&series, at(0)).await;
            leases.push(house.claim("n").await.expect("a run").0);
        }
        assert!(house.refuse(&leases[0], at(30)).await);
        assert!(house.refuse(&leases[1], at(20)).await);
        assert_eq!(holds(&house).await.remove(0).next_probe_at, at(30));
        assert_eq!(holds(&house).await.remove(0).probes, 0);
        assert!(house.finish_with(&leases[2], 1).await);
        assert_eq!(holds(&house).await.len(), 1, "its points may have arrived before the connection refused any");
        house.clock.set(at(30));
        let (probe, _) = house.claim("n").await.expect("the try");
        assert!(house.finish_with(&probe, 1).await);
        assert!(holds(&house).await.is_empty(), "a point arrived");
    }
}

#[tokio::test]
async fn a_try_whose_lines_were_all_refused_by_name_ends_the_hold() {
    for house in houses().await {
        let (_, orders, _) = held(&house).await;
        house.enqueue(&orders, at(1)).await;
        house.clock.set(at(30));
        let (probe, _) = house.claim("a").await.expect("the try");
        let figures = Figures { rows_read: 3, rejected: 3, requests: 1, ..Figures::default() };
        let end = RunEnd { progress: Progress { figures, ..Progress::default() }, ..house.end(RunStatus::Partial) };
        assert!(house.store.finish_run(&probe, &end).await.unwrap());
        assert!(holds(&house).await.is_empty(), "whoever refuses a line takes the others");
    }
}

#[tokio::test]
async fn a_try_that_comes_to_no_writing_lets_the_next_one_try_at_once() {
    for house in houses().await {
        let (_, orders, _) = held(&house).await;
        house.enqueue(&orders, at(1)).await;
        house.enqueue(&orders, at(2)).await;
        house.clock.set(at(30));
        let (probe, _) = house.claim("a").await.expect("the first try");
        assert!(house.finish(&probe, RunStatus::Empty).await);
        assert_eq!(holds(&house).await.len(), 1, "without a point nothing is known");
        let (_, second) = house.claim("a").await.expect("the second try");
        assert_eq!(second.slot, at(1));
        let house = house.reopen().await;
        house.store.reclaim("b", at(30), 9).await.unwrap();
        let (_, again) = house.claim("b").await.expect("the try whose node died, again");
        assert_eq!((again.slot, again.attempt), (at(1), 2));
        assert!(house.claim("b").await.is_none());
    }
}

#[tokio::test]
async fn a_try_of_many_pages_ends_the_hold_with_its_first_acknowledged_page() {
    for house in houses().await {
        let broken = house.connection("broken", Default::default()).await;
        let orders = house.series_in("orders", Mode::Incremental(Incremental::by("id")), broken.id).await;
        house.enqueue(&orders, at(0)).await;
        let (lease, _) = house.claim("a").await.expect("a run");
        assert!(house.refuse(&lease, at(30)).await);
        house.clock.set(at(30));
        let (probe, _) = house.claim("a").await.expect("a try");
        let page = |points_written| Advance {
            position: None,
            fingerprint: String::new(),
            marks: Vec::new(),
            delivered: Vec::new(),
            forget_below: None,
            most_entries: 9,
            at: at(31),
            progress: Progress { figures: Figures { points_written, ..Figures::default() }, ..Progress::default() },
        };
        assert!(house.store.advance(&probe, &page(0)).await.unwrap());
        assert_eq!(holds(&house).await.len(), 1);
        assert!(house.store.advance(&probe, &page(7)).await.unwrap());
        assert!(holds(&house).await.is_empty());
    }
}

#[tokio::test]
async fn a_person_who_lifts_a_hold_or_changes_the_connection_has_it_tried_now() {
    for house in houses().await {
        let (broken, orders, _) = held(&house).await;
        assert_eq!(house.store.lift_hold(ORG, broken.id).await.unwrap().map(|hold| hold.next_probe_at), Some(at(0)));
        let (probe, _) = house.claim("a").await.expect("a try");
        assert!(house.refuse(&probe, at(500)).await);
        house.enqueue(&orders, at(1)).await;
        house.clock.set(at(10));
        assert!(house.claim("a").await.is_none());
        let mut spec = connection();
        spec.notes = "another password".to_owned();
        house.store.update_connection(ORG, broken.id, None, &broken.name, &spec, &Default::default(), Default::default()).await.unwrap();
        let (_, run) = house.claim("a").await.expect("a try");
        assert_eq!(run.slot, at(0));
        assert!(house.claim("a").await.is_none(), "one");

        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        assert_eq!(house.store.lift_hold(other, broken.id).await.unwrap(), None);
        assert!(house.store.list_holds(other).await.unwrap().is_empty() && house.store.count_waiting(other).await.unwrap().is_empty());
        let fine = house.connection("fine", Default::default()).await;
        assert_eq!(house.store.lift_hold(ORG, fine.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_snapshot_is_read_when_its_time_has_come_and_waits_frozen() {
    for house in houses().await {
        let (broken, _, window) = held(&house).await;
        let states = house.series_in("states", Mode::Snapshot, broken.id).await;
        let first = house.enqueue(&states, at(-5)).await;
        assert_eq!(house.next_wake().await, Some(at(0)), "its rows are to be read now");
        let (lease, run) = house.claim("a").await.expect("it is read");
        assert_eq!(run.id, first.id);
        let plan = house.store.load_plan(&lease).await.unwrap().expect("a plan");
        assert!(!plan.probe && plan.hold.is_some(), "and not written");
        assert_eq!(house.store.freeze(&lease, &[], Some(&Figures::default())).await.unwrap(), Freeze::Kept);
        assert!(house.put_back(&lease).await);
        assert_eq!(holds(&house).await[0].next_probe_at, at(30), "the hold's times stay");
        assert_eq!(house.run(first.id).await.reason.map(|reason| reason.message).as_deref(), Some("401 of the server"));
        assert!(house.claim("a").await.is_none());
        assert_eq!(house.next_wake().await, Some(at(30)));

        house.clock.set(at(30));
        let second = house.enqueue(&states, at(-7)).await;
        let (probe, run) = house.claim("a").await.expect("the oldest");
        assert_eq!(run.id, second.id);
        assert!(house.store.load_plan(&probe).await.unwrap().unwrap().probe, "one that is not frozen yet may be the one that tries");
        assert!(house.finish_with(&probe, 1).await);
        let order: Vec<_> = [house.claim("a").await, house.claim("a").await].into_iter().flatten().map(|(_, run)| run.id).collect();
        assert_eq!(order, [first.id, window.id]);
    }
}

#[tokio::test]
async fn nothing_of_a_connection_on_hold_is_claimed_by_nodes_that_race_but_one_try() {
    for house in houses().await {
        let (broken, ..) = held(&house).await;
        for number in 0..20 {
            let series = series(&house, &format!("series {number}"), &broken).await;
            house.enqueue(&series, at(number)).await;
        }
        house.clock.set(at(30));
        let house = std::sync::Arc::new(house);
        let mut nodes = tokio::task::JoinSet::new();
        for node in 0..8 {
            let house = house.clone();
            nodes.spawn(async move { house.claim(&format!("node {node}")).await });
        }
        let claimed: Vec<_> = nodes.join_all().await.into_iter().flatten().collect();
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].1.slot, at(0));
    }
}

#[tokio::test]
async fn a_thousand_runs_that_waited_go_in_the_order_of_their_slots() {
    const SERIES: usize = 5;
    const EACH: i64 = 200;
    for house in houses().await {
        let (broken, ..) = held(&house).await;
        let mut all = Vec::new();
        for number in 0..SERIES {
            all.push(series(&house, &format!("series {number}"), &broken).await);
        }
        for slot in (0..EACH).rev() {
            for series in &all {
                house.enqueue(series, at(slot)).await;
            }
        }
        house.clock.set(at(300));
        let (probe, _) = house.claim("a").await.expect("the first");
        assert!(house.claim("a").await.is_none());
        assert!(house.finish_with(&probe, 1).await);
        let mut slots = Vec::new();
        while let Some((lease, run)) = house.claim("a").await {
            slots.push(run.slot);
            assert!(house.finish_with(&lease, 1).await);
        }
        assert_eq!(slots.len(), SERIES * usize::try_from(EACH).unwrap());
        assert!(slots.is_sorted(), "oldest slot first");
    }
}

#[tokio::test]
async fn slots_that_wait_for_a_connection_cost_no_slot_that_is_on_time_and_neither_does_making_up_for_them() {
    for house in houses().await {
        let mut spec = crate::backend::group();
        (spec.overlap, spec.missed) = (Overlap::Skip, Missed::Skip);
        let group = house.store.create_group(ORG, &name("minutely"), &spec, Some(at(60))).await.unwrap();
        house.series("orders", Some(&group), 0).await;
        let counts = async |now: i64| {
            let due = house.store.due_groups(at(now)).await.unwrap().remove(0);
            (due.slots_waiting, due.slots_running, due.slots_late)
        };
        house.clock.set(at(60));
        house.run_slot(&group, at(60)).await;
        assert_eq!(counts(120).await, (1, 0, 0));
        let (lease, _) = house.claim("a").await.expect("the first slot");
        assert_eq!(counts(120).await, (0, 1, 0));
        assert!(house.refuse(&lease, at(200)).await);
        house.run_slot(&group, at(120)).await;
        house.run_slot(&group, at(180)).await;
        assert_eq!(counts(240).await, (0, 0, 3));

        house.clock.set(at(240));
        let (probe, _) = house.claim("a").await.expect("a try");
        assert_eq!(counts(240).await, (0, 0, 3));
        assert!(house.finish_with(&probe, 1).await);
        assert_eq!(counts(240).await, (0, 0, 2), "after the hold too");
        house.run_slot(&group, at(240)).await;
        assert_eq!(counts(300).await, (0, 0, 3), "what is behind them waits for them alone");
        for _ in 0..2 {
            let (lease, _) = house.claim("a").await.expect("one that waited");
            assert!(house.finish_with(&lease, 1).await);
        }
        assert_eq!(counts(300).await, (1, 0, 0), "and then the group is as ever");
    }
}

#[tokio::test]
async fn a_slot_that_waits_for_another_connection_as_well_still_counts() {
    for house in houses().await {
        let (broken, ..) = held(&house).await;
        let group = house.group("minutely", Some(at(60))).await;
        house.series("fine", Some(&group), 0).await;
        let mut spec = house.series_spec("bad", Some(&group), 1).await;
        spec.connection_id = broken.id;
        house.store.create_series(ORG, &name("bad"), &spec).await.unwrap();
        house.clock.set(at(20));
        house.run_slot(&group, at(60)).await;
        let due = house.store.due_groups(at(120)).await.unwrap().remove(0);
        assert_eq!((due.slots_waiting, due.slots_late), (1, 0));
    }
}

#[tokio::test]
async fn a_hold_goes_with_its_connection() {
    for house in houses().await {
        let (broken, orders, _) = held(&house).await;
        assert!(house.store.delete_series(ORG, orders.id).await.unwrap());
        assert_eq!(holds(&house).await.len(), 1, "nothing has arrived there since");
        house.store.delete_connection(ORG, broken.id, None).await.unwrap().expect("it was there");
        assert!(holds(&house).await.is_empty());
    }
}

/// So many older runs wait beside each that waits.
async fn copy_waiting(house: &House, count: u32) {
    tamper(
        house,
        &format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})
         INSERT INTO runs (id, organization_id, series_id, series_name, connection_id, slot, last_slot, slots, \"trigger\", attempt,
                           status, lane, place, queued_at, not_before, figures, token, cancel_requested)
         SELECT randomblob(16), organization_id, series_id, series_name, connection_id, slot - n, slot - n, 1, \"trigger\", 1, 'queued',
                lane, place, queued_at, not_before, figures, 0, false
         FROM runs JOIN n"
        ),
    )
    .await;
}

#[tokio::test]
async fn behind_a_front_that_is_held_the_oldest_slot_of_all_connections_is_next() {
    for house in houses().await {
        held(&house).await;
        copy_waiting(&house, 1500).await;
        let mut slots = Vec::new();
        for number in 0..12_i64 {
            let connection = house.connection(&format!("influx {number}"), Default::default()).await;
            let series = series(&house, &format!("series {number}"), &connection).await;
            for slot in [number * 7 % 12, number * 5 % 12 + 12] {
                house.enqueue(&series, at(slot)).await;
                slots.push(at(slot));
            }
        }
        slots.sort_unstable();
        let mut claimed = Vec::new();
        while let Some((lease, run)) = house.claim("a").await {
            claimed.push(run.slot);
            assert!(house.finish(&lease, RunStatus::Empty).await);
        }
        assert_eq!(claimed, slots);
        house.clock.set(at(30));
        let (_, run) = house.claim("a").await.expect("a try");
        assert_eq!(run.slot, at(0) - chrono::TimeDelta::microseconds(1500), "the oldest of those that are held");
    }
}

#[tokio::test]
async fn a_try_that_finds_no_room_to_freeze_leaves_trying_to_the_next() {
    for house in houses().await {
        let (broken, _, window) = held(&house).await;
        let states = house.series_in("states", Mode::Snapshot, broken.id).await;
        house.enqueue(&states, at(-5)).await;
        house.clock.set(at(30));
        let (probe, _) = house.claim("a").await.expect("a try");
        let waits = Some(Waiting { reason: reason("the spool is full"), not_before: at(60) });
        let holding = Holding { at: at(30), refused: None, waits, progress: Progress::default() };
        assert!(house.store.hold_run(&probe, &holding).await.unwrap());
        let (_, run) = house.claim("a").await.expect("another try");
        assert_eq!(run.id, window.id);
    }
}

#[tokio::test]
async fn a_hundred_thousand_runs_that_wait_do_not_slow_the_claims_of_the_others() {
    for (alone, house) in houses().await.into_iter().zip(houses().await) {
        held(&alone).await;
        held(&house).await;
        copy_waiting(&house, 100_000).await;
        let (before, beside) = (fifty_claims(&alone).await, fifty_claims(&house).await);
        // To read them all takes ten times as long as all the rest.
        assert!(beside < before * 4 + Duration::from_secs(1), "{beside:?}, and {before:?} without them");
    }
}

/// How long it takes to claim, to look at the next wake and to end, fifty times.
async fn fifty_claims(house: &House) -> Duration {
    let fine = house.connection("fine", Default::default()).await;
    let visits = series(house, "visits", &fine).await;
    for slot in 0..50 {
        house.enqueue(&visits, at(slot)).await;
    }
    let began = Instant::now();
    let mut claimed = BTreeSet::new();
    while let Some((lease, run)) = house.claim("a").await {
        assert_eq!(run.series_id, visits.id);
        house.next_wake().await;
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        claimed.insert(run.id);
    }
    assert_eq!(claimed.len(), 50);
    began.elapsed()
}
