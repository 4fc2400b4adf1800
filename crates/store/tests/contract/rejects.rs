//! Rejects after their run: listed across runs, counted, discarded, sent again.

use model::{
    Id, Reject, Run, RunStatus, Series, Stored,
    edges::{Lease, Store as _},
};
use store::{RejectFilter, RejectRows};

use crate::backend::{House, LIMIT, ORG, at, houses, name, tamper};

fn reject(row: u64) -> Reject {
    Reject { row, line: Some(format!("orders n={row}")), reason: "partial write".to_owned(), values: None }
}

/// A run of a series that kept the rejects of these rows.
async fn run_with(house: &House, series: &Stored<Series>, rows: &[u64]) -> (Lease, Id<Run>) {
    house.enqueue(series, at(0)).await;
    let (lease, run) = house.claim("n").await.expect("a run");
    let rejects: Vec<_> = rows.iter().copied().map(reject).collect();
    assert_eq!(house.store.keep_rejects(&lease, &rejects, LIMIT).await.unwrap(), rows.len() as u64);
    assert!(house.finish(&lease, RunStatus::Partial).await);
    (lease, run.id)
}

async fn listed(house: &House, filter: RejectFilter) -> Vec<(Id<Run>, u64)> {
    let found = house.store.find_rejects(ORG, &filter).await.unwrap();
    found.into_iter().map(|kept| (kept.run_id, kept.reject.row)).collect()
}

fn all() -> RejectFilter {
    RejectFilter { limit: 99, ..RejectFilter::default() }
}

#[tokio::test]
async fn rejects_are_listed_newest_run_first_and_page_by_page() {
    for house in houses().await {
        let (orders, stock) = (house.series("orders", None, 0).await, house.series("stock", None, 0).await);
        let mut runs = Vec::new();
        for (second, series, rows) in [(1, &orders, &[3, 1][..]), (2, &stock, &[7]), (3, &orders, &[2, 4])] {
            house.clock.set(at(second));
            runs.push(run_with(&house, series, rows).await.1);
        }
        let expected = [(runs[2], 2), (runs[2], 4), (runs[1], 7), (runs[0], 1), (runs[0], 3)];
        assert_eq!(listed(&house, all()).await, expected);
        let mut paged = Vec::new();
        loop {
            let page = listed(&house, RejectFilter { after: paged.last().copied(), limit: 2, ..all() }).await;
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, expected);
        let of_orders = RejectFilter { series_id: Some(orders.id), ..all() };
        assert_eq!(listed(&house, of_orders).await, [(runs[2], 2), (runs[2], 4), (runs[0], 1), (runs[0], 3)]);
        assert_eq!(listed(&house, RejectFilter { after: Some((runs[2], 2)), limit: 2, ..of_orders }).await, [(runs[2], 4), (runs[0], 1)]);
        assert_eq!(listed(&house, RejectFilter { run_id: Some(runs[1]), ..all() }).await, [(runs[1], 7)]);

        let oldest_first = RejectFilter { oldest_first: true, ..of_orders };
        assert_eq!(listed(&house, oldest_first).await, [(runs[0], 1), (runs[0], 3), (runs[2], 2), (runs[2], 4)]);
        assert_eq!(
            listed(&house, RejectFilter { after: Some((runs[0], 1)), limit: 2, ..oldest_first }).await,
            [(runs[0], 3), (runs[2], 2)]
        );

        let per_run = house.store.count_rejects(ORG, None, None, 9).await.unwrap();
        let per_run: Vec<_> = per_run.into_iter().map(|count| (count.run_id, count.series_id, count.rejects)).collect();
        assert_eq!(per_run, [(runs[2], orders.id, 2), (runs[1], stock.id, 1), (runs[0], orders.id, 2)]);
        let older = house.store.count_rejects(ORG, Some(orders.id), Some(runs[2]), 9).await.unwrap();
        assert_eq!(older.iter().map(|count| count.run_id).collect::<Vec<_>>(), [runs[0]]);
        let per_series = house.store.count_series_rejects(ORG).await.unwrap();
        let per_series: Vec<_> = per_series.into_iter().map(|one| (one.series_name.to_string(), one.rejects, one.runs, one.last)).collect();
        assert_eq!(per_series, [("orders".to_owned(), 4, 2, runs[2]), ("stock".to_owned(), 1, 1, runs[1])]);

        let other = house.store.create_organization(&name("other"), None).await.unwrap().id;
        assert!(house.store.find_rejects(other, &all()).await.unwrap().is_empty());
        assert!(house.store.find_rejects(other, &of_orders).await.unwrap().is_empty());
        assert!(house.store.count_rejects(other, Some(orders.id), None, 9).await.unwrap().is_empty());
        assert!(house.store.count_series_rejects(other).await.unwrap().is_empty());
        assert_eq!(house.store.discard_rejects(other, runs[0], RejectRows::All).await.unwrap(), 0);
        assert_eq!(house.store.discard_series_rejects(other, orders.id).await.unwrap(), 0);
        assert_eq!(listed(&house, all()).await.len(), 5);
    }
}

#[tokio::test]
async fn the_values_of_a_row_that_never_became_a_line_are_kept() {
    for house in houses().await {
        let orders = house.series("orders", None, 0).await;
        house.enqueue(&orders, at(0)).await;
        let (lease, run) = house.claim("n").await.expect("a run");
        let values = Some(r#"{"country":null,"total":"1e400"}"#.to_owned());
        let kept = Reject { row: 1, line: None, reason: "no number".to_owned(), values };
        house.store.keep_rejects(&lease, std::slice::from_ref(&kept), LIMIT).await.unwrap();
        assert_eq!(house.store.list_rejects(ORG, run.id, 0, 9).await.unwrap(), [kept]);
    }
}

#[tokio::test]
async fn what_is_discarded_is_gone_and_the_history_still_says_how_many_there_were() {
    for house in houses().await {
        let orders = house.series("orders", None, 0).await;
        let (_, first) = run_with(&house, &orders, &[1, 2, 3, 4]).await;
        let (_, second) = run_with(&house, &orders, &[9]).await;
        let before = house.run(first).await;
        assert_eq!(house.store.discard_rejects(ORG, first, RejectRows::Only(&[2, 4, 77])).await.unwrap(), 2);
        assert_eq!(listed(&house, RejectFilter { run_id: Some(first), ..all() }).await, [(first, 1), (first, 3)]);
        assert_eq!(house.store.discard_rejects(ORG, first, RejectRows::All).await.unwrap(), 2);
        assert_eq!(listed(&house, all()).await, [(second, 9)]);
        assert_eq!(house.run(first).await, before);
        assert_eq!(house.store.discard_series_rejects(ORG, orders.id).await.unwrap(), 1);
        assert!(listed(&house, all()).await.is_empty());
    }
}

#[tokio::test]
async fn what_was_acknowledged_leaves_and_what_is_refused_again_says_why() {
    for house in houses().await {
        let orders = house.series("orders", None, 0).await;
        house.enqueue(&orders, at(0)).await;
        let (lease, run) = house.claim("n").await.expect("a run");
        house.store.keep_rejects(&lease, &[reject(1), reject(2), reject(5)], LIMIT).await.unwrap();

        let refused = Reject { reason: "still no".to_owned(), ..reject(5) };
        assert_eq!(house.store.note_rejects_refused(ORG, run.id, &[refused.clone(), reject(77)]).await.unwrap(), 1);
        assert_eq!(house.store.discard_rejects(ORG, run.id, RejectRows::Only(&[1, 2, 4])).await.unwrap(), 2);
        assert_eq!(house.store.list_rejects(ORG, run.id, 0, 9).await.unwrap(), [refused]);
    }
}

#[tokio::test]
async fn a_limit_of_a_run_is_kept_over_all_calls_and_what_is_kept_counts() {
    for house in houses().await {
        let orders = house.series("orders", None, 0).await;
        house.enqueue(&orders, at(0)).await;
        let (lease, run) = house.claim("n").await.expect("a run");
        assert_eq!(house.store.keep_rejects(&lease, &[reject(1), reject(2), reject(3)], 2).await.unwrap(), 2);
        assert_eq!(house.store.keep_rejects(&lease, &[reject(2), reject(3)], 2).await.unwrap(), 1);
        assert_eq!(house.store.list_rejects(ORG, run.id, 0, 9).await.unwrap(), [reject(1), reject(2)]);
    }
}

#[tokio::test]
async fn the_rejects_of_all_runs_of_a_series_have_an_end() {
    for house in houses().await {
        let (orders, stock) = (house.series("orders", None, 0).await, house.series("stock", None, 0).await);
        run_with(&house, &orders, &[1]).await;
        let most = Reject::MAX_OF_SERIES;
        let sql = format!(
            "WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {most})
             INSERT INTO rejects (run_id, \"row\", organization_id, line, reason, row_values, series_id)
             SELECT run_id, n, organization_id, line, reason, row_values, series_id FROM rejects JOIN n"
        );
        tamper(&house, &sql).await;
        for (series, kept) in [(&orders, 0), (&stock, 1)] {
            house.enqueue(series, at(5)).await;
            let (lease, _) = house.claim("n").await.expect("a run");
            assert_eq!(house.store.keep_rejects(&lease, &[reject(7)], LIMIT).await.unwrap(), kept, "{}", series.name);
        }
    }
}
