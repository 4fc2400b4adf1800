//! A server that falls silent in the middle of something is given up: nobody waits for it for ever.

use std::{future::Future, time::Duration};

use model::{
    Failure, FailureKind, Fence,
    edges::{Databases, Page, ReadLimits},
};

use crate::{
    following::{by, fenced, follow, page},
    ground::{between::Falling, engines, servers, statement, unique},
};

/// Gives what comes of waiting for a silent server. Time passes at once from here on, up to any limit that there is.
async fn in_the_end<T>(about: &str, waiting: impl Future<Output = Result<T, Failure>>) {
    tokio::time::pause();
    let given_up = tokio::time::timeout(Duration::from_secs(86_400), waiting).await;
    tokio::time::resume();
    let ended = given_up.unwrap_or_else(|_| panic!("{about}: nobody gives it up"));
    let failure = ended.err().unwrap_or_else(|| panic!("{about}: it came to its end"));
    assert_eq!(failure.kind, FailureKind::SqlUnreachable, "{about}: {}", failure.chain());
}

#[tokio::test]
async fn a_server_that_falls_silent_among_the_rows_is_given_up() {
    for ground in servers().await {
        let way = Falling::before(&ground.access(), "never").await;
        let sql = statement(ground.numbers(100_000_000, "n"));
        let mut rows = engines().read(&way.access(), &sql, ReadLimits::default()).await.unwrap();
        assert!(rows.next().await.unwrap().is_some());
        way.fall_silent();
        in_the_end(ground.kind(), async {
            while rows.next().await?.is_some() {}
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_before_the_query_is_prepared_is_given_up() {
    for ground in servers().await {
        for what in ["describe", "read", "follow"] {
            let marker = unique("silent");
            let way = Falling::before(&ground.access(), &marker).await;
            let (access, sql) = (way.access(), statement(format!("SELECT x AS {marker} FROM one")));
            let following = fenced(&marker, &[], Fence::LagS(1));
            let asking = tokio::spawn(async move {
                match what {
                    "describe" => engines().describe(&access, &sql).await.map(drop),
                    "read" => engines().read(&access, &sql, ReadLimits::default()).await.map(drop),
                    _ => engines().follow(&access, &sql, &following).await.map(drop),
                }
            });
            way.is_silent().await;
            in_the_end(&format!("{}: {what}", ground.kind()), async { asking.await.unwrap() }).await;
        }
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_between_pages_is_given_up() {
    for ground in servers().await {
        for counts in [false, true] {
            let way = Falling::before(&ground.access(), "never").await;
            let mut followed = follow(&way.access(), &statement(ground.numbers(10, "n")), &by("n", &[])).await;
            let some = Page { rows: 3, ..Page::default() };
            assert_eq!(page(followed.as_mut(), &some).await.whole("the first page").count(), 3);
            way.fall_silent();
            let about = format!("{}, {}", ground.kind(), if counts { "counting" } else { "a page" });
            in_the_end(&about, async {
                if counts {
                    return followed.without_cursor().await.map(drop);
                }
                page(followed.as_mut(), &some).await.failure.map_or(Ok(()), Err)
            })
            .await;
        }
    }
}
