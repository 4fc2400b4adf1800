//! Audits: one of a series at a time, what they found is kept, and one that was cut off says so.

use chrono::TimeDelta;
use model::{
    Audit, AuditPlan, AuditProgress, AuditState, Clock as _, FailureKind, Id, Incremental, Mode, Organization, Reject, Series, Stored,
    audit::{Difference, Every, Found, SumDifference},
    edges::{AuditEnd, Audits as _, Store as _},
};
use store::{AuditFilter, StoreError};

use crate::backend::{House, ORG, at, houses, reason};

fn plan() -> AuditPlan {
    AuditPlan { from: at(0), to: at(7200), every: Every::Hour, zone: chrono_tz::Tz::Europe__Berlin }
}

async fn series(house: &House, name: &str) -> Stored<Series> {
    let connection = house.connection(&format!("influx of {name}"), Default::default()).await;
    house.series_in(name, Mode::Incremental(Incremental::by("id")), connection.id).await
}

fn difference() -> Difference {
    let sum = SumDifference { measurement: "m".to_owned(), field: "f".to_owned(), expected: 0.1, found: 1e300 };
    Difference {
        from: at(0),
        to: at(3600),
        rows: 5,
        points_expected: 4,
        points: 3,
        missing: 1,
        surplus: 0,
        rejected: 1,
        sums: vec![sum],
        again: None,
    }
}

fn end(house: &House, state: AuditState, found: Found) -> AuditEnd {
    let progress = AuditProgress { at: Some(at(7200)), rows: 9 };
    let reason = (state == AuditState::Failed).then(|| reason("refused"));
    AuditEnd { state, at: house.clock.now(), progress, found, reason }
}

async fn seen(house: &House, id: Id<Audit>) -> Audit {
    house.store.get_audit(ORG, id).await.unwrap().expect("the audit is there")
}

#[tokio::test]
async fn what_an_audit_found_is_kept_and_it_ends_once() {
    for house in houses().await {
        let series = series(&house, "orders").await;
        let created = house.store.create_audit(ORG, series.id, &plan()).await.unwrap();
        assert_eq!((created.state, &created.plan, created.started_at), (AuditState::Running, &plan(), house.clock.now()));
        let progress = AuditProgress { at: None, rows: 7 };
        assert!(house.store.keep_audit(created.id, progress).await.unwrap());
        assert_eq!(seen(&house, created.id).await.progress, progress);

        let found = Found { compared: 2, differing: 1, differences: vec![difference()] };
        house.clock.set(house.clock.now() + TimeDelta::seconds(5));
        assert!(house.store.end_audit(created.id, &end(&house, AuditState::Differs, found.clone())).await.unwrap());
        let ended = seen(&house, created.id).await;
        assert_eq!(
            (ended.state, &ended.found, ended.progress.rows, ended.ended_at),
            (AuditState::Differs, &found, 9, Some(house.clock.now()))
        );
        assert!(!house.store.keep_audit(created.id, progress).await.unwrap(), "it has ended");
        assert!(!house.store.end_audit(created.id, &end(&house, AuditState::Failed, Found::default())).await.unwrap());
        assert_eq!(seen(&house, created.id).await, ended);

        let list = house.store.list_audits(ORG, &AuditFilter { limit: 9, ..AuditFilter::default() }).await.unwrap();
        let without = Found { differences: Vec::new(), ..found };
        assert_eq!(list, [Audit { found: without, ..ended }], "a list leaves the differences out");
    }
}

#[tokio::test]
async fn a_series_has_one_audit_at_a_time_and_lists_are_of_one_organization() {
    for house in houses().await {
        let (orders, visits) = (series(&house, "orders").await, series(&house, "visits").await);
        let first = house.store.create_audit(ORG, orders.id, &plan()).await.unwrap();
        let refused = house.store.create_audit(ORG, orders.id, &plan()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Running { noun: "audit" }), "{refused:?}");
        let later = || house.clock.set(house.clock.now() + TimeDelta::seconds(1));
        later();
        let other = house.store.create_audit(ORG, visits.id, &plan()).await.unwrap();
        later();
        house.store.end_audit(first.id, &end(&house, AuditState::Agrees, Found::default())).await.unwrap();
        let second = house.store.create_audit(ORG, orders.id, &plan()).await.unwrap();

        let list = async |filter: AuditFilter| -> Vec<Id<Audit>> {
            house.store.list_audits(ORG, &filter).await.unwrap().into_iter().map(|audit| audit.id).collect()
        };
        let all = AuditFilter { limit: 9, ..AuditFilter::default() };
        assert_eq!(list(all).await, [second.id, other.id, first.id]);
        assert_eq!(list(AuditFilter { series_id: Some(orders.id), ..all }).await, [second.id, first.id]);
        assert_eq!(list(AuditFilter { before: Some(other.id), ..all }).await, [first.id]);
        let stranger = Id::<Organization>::new(&*house.clock);
        assert_eq!(house.store.get_audit(stranger, first.id).await.unwrap(), None);
        assert_eq!(house.store.list_audits(stranger, &all).await.unwrap(), []);
        house.store.delete_series(ORG, orders.id).await.unwrap();
        assert_eq!(list(all).await, [other.id], "they go with their series");
    }
}

#[tokio::test]
async fn an_audit_that_was_cut_off_has_failed_and_another_can_begin() {
    for house in houses().await {
        let series = series(&house, "orders").await;
        let id = house.store.create_audit(ORG, series.id, &plan()).await.unwrap().id;
        let house = house.reopen().await;
        let cut_off = seen(&house, id).await;
        let reason = cut_off.reason.unwrap();
        assert_eq!((cut_off.state, reason.kind), (AuditState::Failed, Some(FailureKind::Interrupted)));
        assert_eq!((reason.message.as_str(), reason.advice.as_str()), ("the server was stopped", "start it again"));
        assert_eq!(cut_off.ended_at, Some(house.clock.now()));
        house.store.create_audit(ORG, series.id, &plan()).await.unwrap();
    }
}

#[tokio::test]
async fn the_rejects_of_its_series_are_read_page_by_page() {
    for house in houses().await {
        let series = series(&house, "orders").await;
        house.enqueue(&series, at(0)).await;
        let (lease, run) = house.claim("a").await.unwrap();
        let reject = |row| Reject { row, line: Some(format!("m f={row} 1")), reason: "x".to_owned(), values: None };
        house.store.keep_rejects(&lease, &[reject(1), reject(2)], 10).await.unwrap();
        let id = house.store.create_audit(ORG, series.id, &plan()).await.unwrap().id;
        let first = house.store.rejects_of_audited(id, None).await.unwrap();
        assert_eq!(first, [(run.id, reject(1)), (run.id, reject(2))]);
        assert_eq!(house.store.rejects_of_audited(id, Some((run.id, 1))).await.unwrap(), [(run.id, reject(2))]);
        assert_eq!(house.store.rejects_of_audited(id, Some((run.id, 2))).await.unwrap(), []);
    }
}
