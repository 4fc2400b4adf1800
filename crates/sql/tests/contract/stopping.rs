//! A read that is given up, or takes too long, stops the statement on the server.

use std::time::Duration;

use model::{
    FailureKind,
    edges::{Databases, ReadLimits},
};

use crate::ground::{Lack, all, all_with, engines, failure, servers, statement, unique, until};

/// How often is looked whether anything begins late.
const LOOKS: u32 = 20;

#[tokio::test]
async fn dropping_the_rows_stops_the_statement() {
    for ground in all_with(Lack::OneStatement).await {
        let marker = unique("dropped");
        let sql = statement(ground.numbers(1_000_000_000, &marker));
        let mut rows = engines().read(&ground.access(), &sql, ReadLimits::default()).await.unwrap();
        assert!(rows.next().await.unwrap().is_some());
        until(ground.as_ref(), &marker, true).await;
        drop(rows);
        until(ground.as_ref(), &marker, false).await;
    }
}

#[tokio::test]
async fn giving_up_before_the_first_row_stops_the_statement() {
    for ground in all_with(Lack::Stopping).await {
        let marker = unique("waiting");
        let (access, sql) = (ground.access(), statement(ground.endless(&marker)));
        let reading = tokio::spawn(async move {
            let mut rows = engines().read(&access, &sql, ReadLimits::default()).await?;
            rows.next().await
        });
        until(ground.as_ref(), &marker, true).await;
        reading.abort();
        assert!(reading.await.unwrap_err().is_cancelled());
        until(ground.as_ref(), &marker, false).await;
    }
}

#[tokio::test]
async fn giving_up_at_any_moment_leaves_nothing_running() {
    for ground in all_with(Lack::Stopping).await {
        let (marker, control) = (unique("anytime"), unique("control"));
        let access = ground.access();
        let read = |marker: &str| {
            let (access, sql) = (access.clone(), statement(ground.endless(marker)));
            tokio::spawn(async move {
                let mut rows = engines().read(&access, &sql, ReadLimits::default()).await?;
                rows.next().await
            })
        };
        // A look at the server takes about as long as a login, so the last of these come in the middle of it and behind it.
        for (turns, looks) in (0..200).step_by(10).map(|turns| (turns, 0)).chain((1..8).map(|looks| (0, looks))) {
            let reading = read(&marker);
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            for _ in 0..looks {
                ground.runs(&marker).await;
            }
            reading.abort();
        }
        // A driver may begin on its thread what nobody waits for any more. One that began later has got as far as the server when this has.
        let last = read(&control);
        until(ground.as_ref(), &control, true).await;
        last.abort();
        until(ground.as_ref(), &control, false).await;
        until(ground.as_ref(), &marker, false).await;
        for look in 0..LOOKS {
            assert!(!ground.runs(&marker).await, "{}: it began behind {look} looks", ground.kind());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn a_statement_that_outlasts_its_limit_is_a_timeout() {
    for ground in all_with(Lack::Stopping).await {
        let mut access = ground.access();
        access.database.statement_timeout_ms = 300;
        let marker = unique("late");
        let late = tokio::time::timeout(Duration::from_secs(20), failure(&access, &statement(ground.endless(&marker)))).await;
        let failure = late.unwrap_or_else(|_| panic!("{}: the limit does not hold", ground.kind()));
        assert_eq!(failure.kind, FailureKind::SqlTimeout, "{}: {}", ground.kind(), failure.chain());
        until(ground.as_ref(), &marker, false).await;
    }
}

#[tokio::test]
async fn a_statement_without_limit_is_read() {
    for ground in all().await {
        let mut access = ground.access();
        access.database.statement_timeout_ms = 0;
        assert_eq!(crate::ground::read(&access, &statement(ground.numbers(10, "n"))).await.whole(ground.kind()).count(), 10);
    }
}

#[tokio::test]
async fn a_finished_read_leaves_no_session() {
    for ground in servers().await {
        let marker = unique("finished");
        crate::ground::read(&ground.access(), &statement(ground.numbers(10, &marker))).await.whole(ground.kind());
        engines().describe(&ground.access(), &statement(ground.numbers(10, &marker))).await.unwrap();
        until(ground.as_ref(), &marker, false).await;
    }
}
