//! Cursors: they move with what was acknowledged and never otherwise, and the ledger remembers no more than it is allowed to.

use std::collections::BTreeMap;

use model::{
    ColumnType, Cursor, CursorValue, Figures, Id, Incremental, LedgerEntry, Mark, Mode, Position, Reject, RunStatus, Series, Stored,
    Stretch,
    edges::{Advance, Holding, Lease, Progress, Refusal, Store as _},
};
use store::{CursorChange, StoreError};

use crate::backend::{House, LIMIT, ORG, at, count, houses, name, reason, schema};

fn value(text: &str) -> CursorValue {
    CursorValue { kind: ColumnType::Integer, native: "int8".to_owned(), text: text.to_owned() }
}

fn position(count: i64) -> Position {
    Position { cursor: value(&count.to_string()), key: vec![value("9223372036854775807")] }
}

fn entry(key: u128, row: u64, at: i64) -> LedgerEntry {
    LedgerEntry { key, row, at }
}

/// A move to this position that tells of so many rows so far.
fn to(count: i64, rows: u64) -> Advance {
    let stretch = Stretch { from: Some(position(0)), to: Some(position(count)), pages: 1, unchanged: 1, ..Stretch::default() };
    let figures = Figures { rows_read: rows, points_written: rows, ..Figures::default() };
    Advance {
        position: Some(position(count)),
        fingerprint: "of this query".to_owned(),
        marks: vec![Mark { at: at(1), highest: value("77") }],
        delivered: Vec::new(),
        forget_below: None,
        most_entries: 1000,
        at: at(5),
        progress: Progress { figures, stretch: Some(stretch), ..Progress::default() },
    }
}

async fn running(house: &House) -> (Stored<Series>, Lease, Id<model::Run>) {
    let connection = house.connection("influx", Default::default()).await;
    let series = house.series_in("orders", Mode::Incremental(Incremental::by("id")), connection.id).await;
    let run = house.enqueue(&series, at(0)).await;
    let (lease, _) = house.claim("a").await.expect("a run");
    (series, lease, run.id)
}

async fn cursor(house: &House, series: &Stored<Series>) -> Cursor {
    house.store.get_cursor(ORG, series.id).await.unwrap().expect("the series is there")
}

async fn ledger(house: &House, lease: &Lease) -> BTreeMap<u128, (u64, i64)> {
    house.store.ledger(lease).await.unwrap().into_iter().map(|entry| (entry.key, (entry.row, entry.at))).collect()
}

#[tokio::test]
async fn a_cursor_moves_with_the_figures_of_its_run_and_is_found_by_the_next() {
    for house in houses().await {
        let (series, lease, run) = running(&house).await;
        assert_eq!(cursor(&house, &series).await, Cursor::default());
        assert!(house.store.advance(&lease, &to(7, 3)).await.unwrap());
        let moved = Cursor {
            position: Some(position(7)),
            fingerprint: "of this query".to_owned(),
            marks: vec![Mark { at: at(1), highest: value("77") }],
            moved_at: Some(at(5)),
            moved_by: Some(run),
        };
        assert_eq!(cursor(&house, &series).await, moved);
        let seen = house.run(run).await;
        assert_eq!((seen.figures.rows_read, seen.stretch.and_then(|stretch| stretch.to)), (3, Some(position(7))));

        let stays = Advance { position: None, marks: Vec::new(), at: at(99), ..to(0, 3) };
        assert!(house.store.advance(&lease, &stays).await.unwrap());
        assert_eq!(cursor(&house, &series).await, Cursor { marks: Vec::new(), ..moved.clone() }, "an empty page moves nothing");
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        house.enqueue(&series, at(60)).await;
        let house = house.reopen().await;
        let (lease, _) = house.claim("a").await.expect("the next run");
        let plan = house.store.load_plan(&lease).await.unwrap().expect("a plan");
        assert_eq!(plan.cursor, Cursor { marks: Vec::new(), ..moved });
    }
}

#[tokio::test]
async fn a_lost_lease_moves_nothing() {
    for house in houses().await {
        let (series, lease, run) = running(&house).await;
        assert!(house.store.advance(&lease, &Advance { delivered: vec![entry(1, 1, 1)], ..to(7, 3) }).await.unwrap());
        let (before, seen) = (cursor(&house, &series).await, house.run(run).await);
        for wrong in [Lease { token: lease.token + 1, ..lease.clone() }, Lease { node: "b".to_owned(), ..lease.clone() }] {
            assert!(!house.store.advance(&wrong, &Advance { delivered: vec![entry(2, 2, 2)], ..to(8, 9) }).await.unwrap());
            assert!(house.store.ledger(&wrong).await.unwrap().is_empty());
        }
        assert_eq!((cursor(&house, &series).await, house.run(run).await), (before.clone(), seen));
        assert_eq!(ledger(&house, &lease).await.len(), 1);

        house.clock.set(at(9));
        house.store.reclaim("b", at(9), 3).await.unwrap();
        assert!(!house.store.advance(&lease, &to(8, 9)).await.unwrap(), "the node that was thought dead is too late");
        assert_eq!(cursor(&house, &series).await, before);
        let (next, _) = house.claim("b").await.expect("the next attempt");
        assert_eq!(house.store.load_plan(&next).await.unwrap().expect("a plan").cursor.position, Some(position(7)));
    }
}

#[tokio::test]
async fn a_move_that_fails_leaves_cursor_ledger_and_figures_as_they_were() {
    for house in houses().await {
        let (series, lease, run) = running(&house).await;
        assert!(house.store.advance(&lease, &Advance { delivered: vec![entry(1, 1, 1)], ..to(7, 3) }).await.unwrap());
        let before = (cursor(&house, &series).await, house.run(run).await);
        schema(&house, "CREATE TRIGGER broken BEFORE UPDATE OF advanced ON runs BEGIN SELECT RAISE(ABORT, 'no'); END").await;
        assert!(house.store.advance(&lease, &Advance { delivered: vec![entry(2, 2, 2)], ..to(8, 9) }).await.is_err());
        assert_eq!((cursor(&house, &series).await, house.run(run).await), before);
        assert_eq!(ledger(&house, &lease).await, [(1, (1, 1))].into());
    }
}

#[tokio::test]
async fn the_ledger_keeps_the_last_of_a_key_forgets_what_is_old_and_the_lowest_beyond_its_limit() {
    for house in houses().await {
        let (_, lease, _) = running(&house).await;
        let high = u128::MAX - 7;
        let delivered = vec![entry(1, 1, 10), entry(high, u64::MAX, -5), entry(1, 2, 11)];
        assert!(house.store.advance(&lease, &Advance { delivered, ..to(1, 1) }).await.unwrap());
        assert_eq!(ledger(&house, &lease).await, [(1, (2, 11)), (high, (u64::MAX, -5))].into());

        let delivered = vec![entry(2, 3, 12), entry(high, 4, 12), entry(5, 5, 10)];
        assert!(house.store.advance(&lease, &Advance { delivered, forget_below: Some(11), ..to(2, 1) }).await.unwrap());
        assert_eq!(
            ledger(&house, &lease).await,
            [(1, (2, 11)), (2, (3, 12)), (high, (4, 12))].into(),
            "what is too old is not noted at all"
        );

        let delivered = (100..120).map(|key| entry(key, 1, 20)).collect();
        assert!(house.store.advance(&lease, &Advance { delivered, most_entries: 12, ..to(3, 1) }).await.unwrap());
        let kept = ledger(&house, &lease).await;
        assert_eq!(kept.len(), 12, "{kept:?}");
        assert!(kept.values().all(|(_, at)| *at == 20), "the lowest go first: {kept:?}");
        let again = kept.keys().map(|key| entry(*key, 9, 20)).collect::<Vec<_>>();
        for _ in 0..3 {
            assert!(house.store.advance(&lease, &Advance { delivered: again.clone(), most_entries: 12, ..to(3, 1) }).await.unwrap());
        }
        let same: Vec<_> = ledger(&house, &lease).await.into_keys().collect();
        assert_eq!(same, kept.into_keys().collect::<Vec<_>>(), "what is noted again takes no more room");
    }
}

#[tokio::test]
async fn a_ledger_of_many_entries_is_noted_whole() {
    for house in houses().await {
        let (_, lease, _) = running(&house).await;
        let delivered: Vec<_> = (0..20_004).map(|key| entry(key, 1, i64::try_from(key).unwrap())).collect();
        let advance = Advance { delivered, most_entries: 1_000_000, ..to(1, 20_004) };
        assert!(house.store.advance(&lease, &advance).await.unwrap());
        assert_eq!(ledger(&house, &lease).await.len(), 20_004);
        let one = Advance { delivered: vec![entry(1, 1, 1)], forget_below: Some(20_003), most_entries: 1_000_000, ..to(1, 20_004) };
        assert!(house.store.advance(&lease, &one).await.unwrap());
        assert_eq!(ledger(&house, &lease).await.into_keys().collect::<Vec<_>>(), [20_003]);
    }
}

#[tokio::test]
async fn a_run_that_was_put_back_goes_on_with_its_figures_rows_and_stretch() {
    for house in houses().await {
        let (series, lease, run) = running(&house).await;
        let reject = |row: u64, line: &str| Reject { row, line: Some(line.to_owned()), reason: "bad".to_owned(), values: None };
        house.store.keep_rejects(&lease, &[reject(2, "first")], LIMIT).await.unwrap();
        assert!(house.store.advance(&lease, &to(7, 3)).await.unwrap());
        house.store.keep_rejects(&lease, &[reject(4, "of a page that was not acknowledged")], LIMIT).await.unwrap();
        let mut progress = to(7, 50).progress;
        house.store.heartbeat(&lease, at(99), &progress).await.unwrap();
        progress.log.clear();
        let refused = Refusal { reason: reason("503"), next_probe_at: at(10) };
        let holding = Holding { at: at(6), refused: Some(refused), waits: None, progress };
        assert!(house.store.hold_run(&lease, &holding).await.unwrap());
        let waiting = house.run(run).await;
        assert_eq!((waiting.status, waiting.figures.rows_read), (RunStatus::Queued, 3), "rows that were not acknowledged are read again");

        house.clock.set(at(10));
        let (lease, again) = house.claim("b").await.expect("it is let through");
        assert_eq!((again.id, again.attempt), (run, 1));
        house.store.keep_rejects(&lease, &[reject(1, "again")], LIMIT).await.unwrap();
        let stretch = Stretch { from: Some(position(7)), to: Some(position(9)), pages: 2, unchanged: 5, ..Stretch::default() };
        let figures = Figures { rows_read: 4, points_written: 3, rejected: 1, ..Figures::default() };
        let progress = Progress { figures, stretch: Some(stretch), ..Progress::default() };
        assert!(house.store.advance(&lease, &Advance { progress: progress.clone(), ..to(9, 0) }).await.unwrap());
        let mut end = house.end(RunStatus::Partial);
        end.progress = progress;
        assert!(house.store.finish_run(&lease, &end).await.unwrap());
        let ended = house.run(run).await;
        assert_eq!((ended.figures.rows_read, ended.figures.points_written, ended.figures.rejected), (7, 6, 1));
        let stretch = ended.stretch.expect("it read a stretch");
        assert_eq!((stretch.from, stretch.to, stretch.pages, stretch.unchanged), (Some(position(0)), Some(position(9)), 3, 6));
        let rows: Vec<_> = house.store.list_rejects(ORG, run, 0, 9).await.unwrap().into_iter().map(|kept| (kept.row, kept.line)).collect();
        assert_eq!(rows, [(2, Some("first".to_owned())), (4, Some("again".to_owned()))]);
        assert_eq!(cursor(&house, &series).await.position, Some(position(9)));
    }
}

#[tokio::test]
async fn a_person_keeps_sets_or_resets_a_cursor_while_nothing_runs() {
    for house in houses().await {
        let (series, lease, run) = running(&house).await;
        assert!(house.store.advance(&lease, &Advance { delivered: vec![entry(1, 1, 1)], ..to(7, 3) }).await.unwrap());
        let refused = house.store.set_cursor(ORG, series.id, &CursorChange::To(None)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Running { .. }), "{refused}");
        assert!(house.finish(&lease, RunStatus::Succeeded).await);

        let kept = house.store.set_cursor(ORG, series.id, &CursorChange::Keep).await.unwrap();
        let expected = Cursor { fingerprint: String::new(), moved_by: Some(run), moved_at: Some(at(5)), ..cursor(&house, &series).await };
        assert_eq!(kept, expected);
        assert_eq!((kept.position.as_ref(), kept.marks.len()), (Some(&position(7)), 0), "a mark may be of another column");
        house.enqueue(&series, at(60)).await;
        house.clock.set(at(60));
        let (lease, _) = house.claim("a").await.expect("the next run");
        assert_eq!(ledger(&house, &lease).await.len(), 1, "what was delivered stays known");
        assert!(house.finish(&lease, RunStatus::Empty).await);

        let set = house.store.set_cursor(ORG, series.id, &CursorChange::To(Some(position(3)))).await.unwrap();
        let expected = Cursor { position: Some(position(3)), moved_at: Some(at(60)), ..Cursor::default() };
        assert_eq!((&set, &cursor(&house, &series).await), (&expected, &expected));
        house.enqueue(&series, at(60)).await;
        let (lease, _) = house.claim("a").await.expect("the next run");
        assert!(house.store.ledger(&lease).await.unwrap().is_empty());
        assert!(house.store.advance(&lease, &Advance { delivered: vec![entry(1, 1, 1)], ..to(4, 1) }).await.unwrap());
        assert_eq!(ledger(&house, &lease).await.len(), 1);
        assert!(house.finish(&lease, RunStatus::Succeeded).await);
        assert_eq!(house.store.set_cursor(ORG, series.id, &CursorChange::To(None)).await.unwrap().position, None);
    }
}

#[tokio::test]
async fn a_cursor_is_not_seen_from_another_organization_and_goes_with_its_series() {
    for house in houses().await {
        let (series, lease, _) = running(&house).await;
        assert!(house.store.advance(&lease, &Advance { delivered: vec![entry(1, 1, 1)], ..to(7, 3) }).await.unwrap());
        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        assert_eq!(house.store.get_cursor(other, series.id).await.unwrap(), None);
        assert!(matches!(house.store.set_cursor(other, series.id, &CursorChange::Keep).await, Err(StoreError::Missing { .. })));
        assert!(house.store.delete_series(ORG, series.id).await.unwrap());
        assert_eq!(house.store.get_cursor(ORG, series.id).await.unwrap(), None);
        assert!(!house.store.advance(&lease, &to(8, 9)).await.unwrap());
        assert_eq!(count(&house, "SELECT COUNT(*) FROM ledger").await, 0);
        assert_eq!(count(&house, "SELECT COUNT(*) FROM cursors").await, 0);
    }
}
