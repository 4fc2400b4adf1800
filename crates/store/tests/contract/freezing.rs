//! The spool: lines of a snapshot are kept before they are sent, whole or not at all, for whoever runs the slot, and never beyond its limit.

use bytes::Bytes;
use model::{
    Connection, Figures, Id, Mode, RunStatus, Series, Stored,
    edges::{Fate, Freeze, Holding, Lease, LineBatch, Progress, Store as _, Waiting},
};

use crate::backend::{House, ORG, at, count, decision, houses, name, reason, tamper};

/// Lines of a row each, with a gap in the rows.
fn batch(from: u32, lines: u32) -> LineBatch {
    let body: String = (from..from + lines).map(|n| format!("orders,country=BE total={n}i 1800000000000000000\n")).collect();
    LineBatch { body: Bytes::from(body), lines, rows: vec![(0, u64::from(from) + 1), (2, u64::from(from) + 9)] }
}

/// Lines that do not compress.
fn noise(bytes: usize, seed: u64) -> LineBatch {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    LineBatch { body: (0..bytes).map(|_| next()).collect(), lines: 1, rows: vec![(0, 1)] }
}

fn figures() -> Figures {
    Figures { rows_read: 9, rows_skipped: 2, ..Figures::default() }
}

async fn snapshot(house: &House, text: &str) -> Stored<Series> {
    let connection = match house.store.find_connection(ORG, "influx").await.unwrap() {
        Some(connection) => connection,
        None => house.connection("influx", Default::default()).await,
    };
    house.series_in(text, Mode::Snapshot, connection.id).await
}

async fn running(house: &House) -> (Stored<Series>, Lease, model::Run) {
    let series = snapshot(house, "orders").await;
    house.enqueue(&series, at(0)).await;
    let (lease, run) = house.claim("a").await.expect("a run");
    (series, lease, run)
}

/// A batch in a form that compares: body, lines, rows.
type Sent = (Bytes, u32, Vec<(u32, u64)>);

/// Everything that is frozen, by place.
async fn thawed(house: &House, lease: &Lease) -> Vec<Sent> {
    let mut all = Vec::new();
    loop {
        let some = house.store.frozen(lease, all.len() as u64).await.unwrap();
        if some.is_empty() {
            return all;
        }
        all.extend(some.into_iter().map(|batch| (batch.body, batch.lines, batch.rows)));
    }
}

fn as_sent(batches: &[LineBatch]) -> Vec<Sent> {
    batches.iter().map(|batch| (batch.body.clone(), batch.lines, batch.rows.clone())).collect()
}

async fn kept_parts(house: &House) -> (i64, i64) {
    (count(house, "SELECT COUNT(*) FROM spools").await, count(house, "SELECT COUNT(*) FROM frozen").await)
}

#[tokio::test]
async fn frozen_lines_come_back_byte_by_byte_in_their_order() {
    for house in houses().await {
        let (_, lease, run) = running(&house).await;
        let batches: Vec<_> =
            (0..7).map(|n| batch(n * 100, 100)).chain([noise(3 << 20, 1), noise(2 << 20, 2), noise(5 << 20, 3)]).collect();
        assert_eq!(house.store.freeze(&lease, &batches[..4], None).await.unwrap(), Freeze::Kept);
        assert!(house.store.frozen(&lease, 0).await.unwrap().is_empty(), "not all lines are kept yet");
        assert!(!house.run(run.id).await.frozen);
        assert_eq!(house.store.freeze(&lease, &batches[4..], Some(&figures())).await.unwrap(), Freeze::Kept);
        assert!(house.run(run.id).await.frozen);
        assert_eq!(thawed(&house, &lease).await, as_sent(&batches));
        let first: usize = house.store.frozen(&lease, 0).await.unwrap().iter().map(|batch| batch.body.len()).sum();
        assert!(first <= 4 << 20, "{first} bytes at once");
        assert_eq!(house.store.frozen(&lease, 9).await.unwrap().len(), 1, "one that is larger comes alone");
        let plan = house.store.load_plan(&lease).await.unwrap().expect("a plan");
        assert_eq!(plan.frozen, Some(figures()));
    }
}

#[tokio::test]
async fn a_snapshot_without_lines_is_frozen_too() {
    for house in houses().await {
        let (_, lease, _) = running(&house).await;
        assert_eq!(house.store.freeze(&lease, &[], Some(&figures())).await.unwrap(), Freeze::Kept);
        assert_eq!(house.store.load_plan(&lease).await.unwrap().expect("a plan").frozen, Some(figures()));
        assert!(house.store.frozen(&lease, 0).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_lost_lease_freezes_nothing_and_reads_nothing() {
    for house in houses().await {
        let (_, lease, run) = running(&house).await;
        assert_eq!(house.store.freeze(&lease, &[batch(0, 3)], Some(&figures())).await.unwrap(), Freeze::Kept);
        let wrong = Lease { token: lease.token + 1, ..lease.clone() };
        assert_eq!(house.store.freeze(&wrong, &[batch(0, 3)], Some(&figures())).await.unwrap(), Freeze::Lost);
        assert!(house.store.frozen(&wrong, 0).await.unwrap().is_empty());
        assert!(!house.put_back(&wrong).await);
        assert_eq!(house.run(run.id).await.status, RunStatus::Running);
        assert_eq!(kept_parts(&house).await, (1, 1));
    }
}

#[tokio::test]
async fn what_was_frozen_completely_is_what_the_next_attempt_writes_after_a_crash_and_after_a_failure() {
    for house in houses().await {
        let (_, lease, _) = running(&house).await;
        let batches = [batch(0, 100), batch(100, 7)];
        assert_eq!(house.store.freeze(&lease, &batches, Some(&figures())).await.unwrap(), Freeze::Kept);
        let house = house.reopen().await;
        assert_eq!(house.store.reclaim("b", at(0), 9).await.unwrap().len(), 1);
        let (lease, second) = house.claim("b").await.expect("the next attempt");
        assert_eq!((second.attempt, second.frozen), (2, true));
        assert_eq!(thawed(&house, &lease).await, as_sent(&batches));

        let mut end = house.end(RunStatus::Failed);
        end.retry_at = Some(at(0));
        assert!(house.store.finish_run(&lease, &end).await.unwrap());
        assert!(!house.run(second.id).await.frozen, "it is the next one's");
        let (lease, third) = house.claim("c").await.expect("the next attempt");
        assert_eq!((third.attempt, third.frozen), (3, true));
        let plan = house.store.load_plan(&lease).await.unwrap().expect("a plan");
        assert_eq!((plan.frozen, thawed(&house, &lease).await), (Some(figures()), as_sent(&batches)));
        assert!(house.finish_with(&lease, 107).await);
        assert_eq!(kept_parts(&house).await, (0, 0), "what was written is let go");
        assert_eq!(house.store.spool_size(ORG).await.unwrap().bytes, 0);
    }
}

#[tokio::test]
async fn a_crash_between_the_parts_leaves_nothing_of_them_and_the_next_attempt_reads() {
    for house in houses().await {
        let (_, lease, _) = running(&house).await;
        assert_eq!(house.store.freeze(&lease, &[batch(0, 100)], None).await.unwrap(), Freeze::Kept);
        let house = house.reopen().await;
        house.store.reclaim("b", at(0), 9).await.unwrap();
        assert_eq!(kept_parts(&house).await, (0, 0));
        let (lease, again) = house.claim("b").await.expect("the next attempt");
        assert!(!again.frozen);
        assert_eq!(house.store.load_plan(&lease).await.unwrap().expect("a plan").frozen, None);
        let other = [batch(500, 2)];
        assert_eq!(house.store.freeze(&lease, &other, Some(&figures())).await.unwrap(), Freeze::Kept);
        assert_eq!(thawed(&house, &lease).await, as_sent(&other));
    }
}

#[tokio::test]
async fn what_is_frozen_stays_while_its_connection_is_on_hold_and_what_is_not_whole_does_not() {
    for house in houses().await {
        let (series, lease, run) = running(&house).await;
        let batches = [batch(0, 100)];
        assert_eq!(house.store.freeze(&lease, &batches, Some(&figures())).await.unwrap(), Freeze::Kept);
        assert!(house.refuse(&lease, at(30)).await);
        let waiting = house.run(run.id).await;
        assert_eq!((waiting.status, waiting.frozen, waiting.attempt), (RunStatus::Queued, true, 1));
        let next = house.enqueue(&series, at(1)).await;
        let (reading, claimed) = house.claim("a").await.expect("a snapshot is read when its time has come");
        assert_eq!(claimed.id, next.id);
        assert_eq!(house.store.freeze(&reading, &batches, None).await.unwrap(), Freeze::Kept);
        assert!(house.put_back(&reading).await);
        assert_eq!(kept_parts(&house).await, (1, 1), "a part of a snapshot is nothing");

        let house = house.reopen().await;
        house.clock.set(at(30));
        let (lease, first) = house.claim("b").await.expect("the oldest is let through");
        assert_eq!((first.id, thawed(&house, &lease).await), (run.id, as_sent(&batches)));
    }
}

#[tokio::test]
async fn a_full_spool_keeps_nothing_of_a_run_and_is_not_asked_again_before_there_is_room() {
    for house in houses().await {
        house.store.limit_spool(10_000);
        let (series, lease, _) = running(&house).await;
        assert_eq!(house.store.freeze(&lease, &[noise(6_000, 1)], Some(&figures())).await.unwrap(), Freeze::Kept);
        assert!(house.refuse(&lease, at(30)).await);
        let second = house.enqueue(&series, at(1)).await;
        let (reading, run) = house.claim("a").await.expect("there may be room for it");
        assert_eq!(run.id, second.id);
        assert_eq!(house.store.freeze(&reading, &[noise(3_000, 2)], None).await.unwrap(), Freeze::Kept);
        assert_eq!(house.store.freeze(&reading, &[noise(3_000, 3)], None).await.unwrap(), Freeze::Full);
        assert_eq!(kept_parts(&house).await, (1, 1));
        let waits = Some(Waiting { reason: reason("the spool is full"), not_before: at(5) });
        let holding = Holding { at: at(2), refused: None, waits, progress: Progress::default() };
        assert!(house.store.hold_run(&reading, &holding).await.unwrap());
        let waiting = house.run(second.id).await;
        assert_eq!((waiting.status, waiting.not_before), (RunStatus::Queued, at(5)), "never dropped");
        assert_eq!(waiting.reason.map(|reason| reason.message).as_deref(), Some("the spool is full"));
        let size = house.store.spool_size(ORG).await.unwrap();
        assert!((6_000..6_200).contains(&size.bytes) && size.all_bytes == size.bytes, "{size:?}");
        assert_eq!((size.runs, size.limit_bytes), (1, 10_000));

        house.clock.set(at(10));
        assert_eq!(house.next_wake().await, Some(at(30)), "nothing is to be done before the next probe");
        assert!(house.claim("a").await.is_none());
        house.store.limit_spool(100_000);
        assert_eq!(house.next_wake().await, Some(at(5)));
        let (reading, run) = house.claim("a").await.expect("there is room now");
        assert_eq!(run.id, second.id);
        assert_eq!(house.store.freeze(&reading, &[noise(6_000, 2)], Some(&figures())).await.unwrap(), Freeze::Kept);
        assert!(house.put_back(&reading).await);

        house.clock.set(at(30));
        for expected in [at(0), at(1)] {
            let (lease, run) = house.claim("a").await.expect("one after the other");
            assert_eq!((run.slot, run.frozen), (expected, true));
            assert!(house.finish_with(&lease, 1).await);
        }
        assert_eq!(kept_parts(&house).await, (0, 0));
    }
}

#[tokio::test]
async fn a_snapshot_larger_than_the_whole_spool_says_so() {
    for house in houses().await {
        house.store.limit_spool(10_000);
        let (_, lease, run) = running(&house).await;
        assert_eq!(house.store.freeze(&lease, &[noise(9_000, 1)], None).await.unwrap(), Freeze::Kept);
        let refused = house.store.freeze(&lease, &[noise(2_000, 2)], None).await.unwrap_err();
        assert!(refused.chain().contains("the whole spool holds 10000"), "{}", refused.chain());
        assert_eq!(kept_parts(&house).await, (0, 0));
        assert_eq!(house.run(run.id).await.status, RunStatus::Running);
    }
}

#[tokio::test]
async fn what_is_frozen_goes_with_its_run_its_series_and_its_group() {
    for house in houses().await {
        let (series, lease, run) = running(&house).await;
        assert_eq!(house.store.freeze(&lease, &[batch(0, 100)], Some(&figures())).await.unwrap(), Freeze::Kept);
        assert!(house.refuse(&lease, at(30)).await);
        assert_eq!(house.store.cancel_run(ORG, run.id).await.unwrap(), Some(RunStatus::Cancelled));
        assert_eq!(kept_parts(&house).await, (0, 0), "a cancelled run writes nothing any more");

        house.enqueue(&series, at(1)).await;
        let (lease, run) = house.claim("a").await.expect("a snapshot to read");
        assert_eq!(house.store.freeze(&lease, &[batch(0, 100)], Some(&figures())).await.unwrap(), Freeze::Kept);
        house.store.cancel_run(ORG, run.id).await.unwrap();
        assert!(house.put_back(&lease).await);
        assert_eq!(house.run(run.id).await.status, RunStatus::Cancelled, "who asked to stop it is not made to wait");
        assert_eq!(kept_parts(&house).await, (0, 0));

        house.enqueue(&series, at(2)).await;
        let (lease, _) = house.claim("a").await.expect("a snapshot to read");
        assert_eq!(house.store.freeze(&lease, &[batch(0, 100)], Some(&figures())).await.unwrap(), Freeze::Kept);
        assert!(house.store.delete_series(ORG, series.id).await.unwrap());
        assert_eq!(kept_parts(&house).await, (0, 0));

        let group = house.group("minutely", Some(at(60))).await;
        let mut spec = house.series_spec("stock", Some(&group), 0).await;
        spec.mode = Mode::Snapshot;
        let member = house.store.create_series(ORG, &name("stock"), &spec).await.unwrap();
        house.clock.set(at(60));
        assert!(house.settle(&group, at(60), vec![decision(at(60), Fate::Run)]).await);
        let (lease, _) = house.claim("a").await.expect("a snapshot to read");
        assert_eq!(house.store.freeze(&lease, &[batch(0, 100)], Some(&figures())).await.unwrap(), Freeze::Kept);
        assert!(house.refuse(&lease, at(90)).await);
        spec.group_id = None;
        house.store.update_series(ORG, member.id, None, &member.name, &spec).await.unwrap();
        assert!(house.store.delete_group(ORG, group.id).await.unwrap());
        assert_eq!(kept_parts(&house).await, (0, 0));
    }
}

#[tokio::test]
async fn what_belongs_to_no_run_is_let_go_at_the_next_start() {
    for house in houses().await {
        let (_, lease, _) = running(&house).await;
        assert_eq!(house.store.freeze(&lease, &[batch(0, 100)], Some(&figures())).await.unwrap(), Freeze::Kept);
        assert!(house.put_back(&lease).await);
        let house = house.reopen().await;
        assert_eq!(kept_parts(&house).await, (1, 1));
        tamper(&house, "UPDATE runs SET spool_id = NULL").await;
        let house = house.reopen().await;
        assert_eq!(kept_parts(&house).await, (0, 0));
    }
}

#[tokio::test]
async fn a_run_that_fails_for_good_lets_go_what_was_frozen() {
    for house in houses().await {
        let (_, lease, run) = running(&house).await;
        assert_eq!(house.store.freeze(&lease, &[batch(0, 100)], Some(&figures())).await.unwrap(), Freeze::Kept);
        assert!(house.store.reclaim("b", at(1), 1).await.unwrap().is_empty());
        assert_eq!(house.run(run.id).await.status, RunStatus::Failed);
        assert_eq!(kept_parts(&house).await, (0, 0));
    }
}

#[tokio::test]
async fn a_series_that_is_moved_or_changed_takes_its_waiting_runs_along() {
    for house in houses().await {
        let (series, lease, run) = running(&house).await;
        assert!(house.refuse(&lease, at(30)).await);
        let other: Id<Connection> = house.connection("other", Default::default()).await.id;
        let mut spec = Series { connection_id: other, ..series.spec.clone() };
        house.store.update_series(ORG, series.id, None, &series.name, &spec).await.unwrap();
        let (lease, moved) = house.claim("a").await.expect("its connection is not on hold");
        assert_eq!((moved.id, moved.connection_id), (run.id, other));
        assert_eq!(house.store.load_plan(&lease).await.unwrap().expect("a plan").hold, None);

        spec.connection_id = series.spec.connection_id;
        house.store.update_series(ORG, series.id, None, &series.name, &spec).await.unwrap();
        assert!(house.put_back(&lease).await);
        assert_eq!(house.run(run.id).await.connection_id, series.spec.connection_id, "it waits for where it will write");
        spec.mode = Mode::Window { length_s: Some(60), lag_s: 0 };
        house.store.update_series(ORG, series.id, None, &series.name, &spec).await.unwrap();
        assert!(house.claim("a").await.is_none(), "a window is read when it can be written");
        assert_eq!(house.next_wake().await, Some(at(30)));
    }
}
