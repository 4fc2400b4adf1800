//! A result that breaks in the middle is never taken for a whole one.

use model::{
    FailureKind,
    edges::{Databases, ReadLimits},
};

use crate::ground::{Lack, Outcome, all, drain, engines, read_within, servers, statement, unique, until};

#[tokio::test]
async fn an_error_in_the_middle_comes_after_the_rows_before_it_and_is_no_end() {
    for ground in all().await {
        let limits = ReadLimits { batch_rows: 1000, ..ReadLimits::default() };
        let outcome = read_within(&ground.access(), &statement(ground.numbers_failing_at(30_000, 40_000)), limits).await;
        let failure = outcome.failure.as_ref().unwrap_or_else(|| panic!("{}: it came to its end", ground.kind()));
        assert_eq!(failure.kind, FailureKind::SqlFailed, "{}: {}", ground.kind(), failure.chain());
        let least = if ground.lacks(Lack::SmallBatches) { 0 } else { 29_000 };
        assert!((least..30_000).contains(&outcome.count()), "{}: {} rows", ground.kind(), outcome.count());
        let expected: Vec<String> = (1..=outcome.count()).map(|n| n.to_string()).collect();
        assert!(outcome.firsts() == expected, "{}", ground.kind());
    }
}

#[tokio::test]
async fn an_error_at_the_first_row_is_no_empty_result() {
    for ground in all().await {
        for row in [1, 2] {
            let outcome = read_within(&ground.access(), &statement(ground.numbers_failing_at(row, 10)), ReadLimits::default()).await;
            let failure = outcome.failure.as_ref().unwrap_or_else(|| panic!("{}: it came to its end", ground.kind()));
            assert_eq!(failure.kind, FailureKind::SqlFailed, "{}: {}", ground.kind(), failure.chain());
        }
    }
}

#[tokio::test]
async fn a_session_killed_in_the_middle_is_an_unreachable_server() {
    for ground in servers().await {
        let marker = unique("killed");
        let sql = statement(ground.numbers(1_000_000_000, &marker));
        let mut rows = engines().read(&ground.access(), &sql, ReadLimits::default()).await.unwrap();
        assert!(rows.next().await.unwrap().is_some());
        assert!(ground.kill(&marker).await);
        let mut outcome = Outcome::default();
        drain_without_keeping(&mut rows, &mut outcome).await;
        let failure = outcome.failure.unwrap();
        assert_eq!(failure.kind, FailureKind::SqlUnreachable, "{}: {}", ground.kind(), failure.chain());
        drop(rows);
        until(ground.as_ref(), &marker, false).await;
    }
}

#[tokio::test]
async fn a_session_killed_before_the_first_row_is_an_unreachable_server() {
    for ground in servers().await {
        let marker = unique("early");
        let (access, sql) = (ground.access(), statement(ground.endless(&marker)));
        let reading = tokio::spawn(async move {
            let mut outcome = Outcome::default();
            match engines().read(&access, &sql, ReadLimits::default()).await {
                Ok(rows) => drain(rows, &mut outcome).await,
                Err(failure) => outcome.failure = Some(failure),
            }
            outcome
        });
        until(ground.as_ref(), &marker, true).await;
        assert!(ground.kill(&marker).await);
        let failure = reading.await.unwrap().failure.unwrap();
        assert_eq!(failure.kind, FailureKind::SqlUnreachable, "{}: {}", ground.kind(), failure.chain());
    }
}

async fn drain_without_keeping(rows: &mut Box<dyn model::edges::Rows>, outcome: &mut Outcome) {
    loop {
        match rows.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a killed session came to the end of its rows"),
            Err(failure) => {
                outcome.failure = Some(failure);
                return;
            }
        }
    }
}
