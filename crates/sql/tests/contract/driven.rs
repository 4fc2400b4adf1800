//! What is particular to databases behind drivers that somebody else wrote: they say what they like, and stop when they like.

use std::{net::TcpListener, time::Duration};

use model::{
    FailureKind,
    edges::{Databases, Page, ReadLimits},
};
use secrecy::ExposeSecret;

#[cfg(feature = "adbc")]
use crate::ground::adbc;
#[cfg(feature = "odbc")]
use crate::ground::odbc;
use crate::{
    following::{all_pages, by, follow, page},
    ground::{Ground, Outcome, drain, engines, failure, statement},
};

async fn grounds() -> Vec<Box<dyn Ground>> {
    let mut grounds: Vec<Box<dyn Ground>> = Vec::new();
    #[cfg(feature = "adbc")]
    grounds.extend([Box::new(adbc::postgres().await) as Box<dyn Ground>, Box::new(adbc::sqlite())]);
    #[cfg(feature = "odbc")]
    grounds.extend([Box::new(odbc::postgres().await) as Box<dyn Ground>, Box::new(odbc::mysql().await), Box::new(odbc::sqlite())]);
    grounds
}

#[tokio::test]
async fn a_table_that_is_changed_between_two_pages_gives_no_value_under_the_name_of_another() {
    for ground in grounds().await {
        // Changed in order, in number, and in names: whatever comes, `a` is ten times `id`, and `b` is a hundred times.
        for (columns, values, may_go_on) in [
            ("id INTEGER, b INTEGER, a INTEGER", "(3, 300, 30), (4, 400, 40)", true),
            ("id INTEGER, a INTEGER, b INTEGER, more INTEGER", "(3, 30, 300, 0), (4, 40, 400, 0)", true),
            ("id INTEGER, b INTEGER, c INTEGER", "(3, 300, 30), (4, 400, 40)", false),
            ("id INTEGER, b INTEGER", "(3, 300), (4, 400)", false),
            ("b INTEGER, a INTEGER", "(300, 30)", false),
        ] {
            let about = format!("{}: {columns}", ground.kind());
            ground.execute("DROP TABLE IF EXISTS t; CREATE TABLE t(id INTEGER, a INTEGER, b INTEGER)").await;
            ground.execute("INSERT INTO t VALUES (1, 10, 100), (2, 20, 200)").await;
            let following = by("id", &["a"]);
            let mut followed = follow(&ground.access(), &statement("SELECT * FROM t"), &following).await;
            let whole = all_pages(followed.as_mut(), &following, Page { rows: 1, ..Page::default() }).await;
            assert_eq!(whole.len(), 2, "{about}");
            ground.execute(&format!("DROP TABLE t; CREATE TABLE t({columns}); INSERT INTO t VALUES {values}")).await;
            let outcome = page(followed.as_mut(), &Page { rows: 9, ..Page::default() }).await;
            match &outcome.failure {
                Some(failure) => {
                    let is_told = match failure.kind {
                        FailureKind::SqlTypeChanged => failure.chain().contains("was changed"),
                        // The server itself misses the cursor or the key.
                        FailureKind::SqlInvalid => ["q.a ", "q.id ", "'q.a'", "'q.id'"].iter().any(|name| failure.chain().contains(name)),
                        _ => false,
                    };
                    assert!(is_told, "{about}: {:?}: {}", failure.kind, failure.chain());
                    assert_eq!(outcome.count(), 0, "{about}");
                }
                None => {
                    let rows: Vec<Vec<_>> = outcome.rows().into_iter().map(|row| row.into_iter().flatten().collect()).collect();
                    assert!(may_go_on, "{about}: {rows:?}");
                    assert_eq!(rows, [["3", "30", "300"], ["4", "40", "400"]], "{about}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_expression_without_a_name_is_followed_under_the_one_that_the_driver_tells() {
    for ground in grounds().await {
        for expression in ["x + 1", "'text'", "''", "'a b'", "count(*)", "1.50", "CASE WHEN x = 1 THEN 'a' END", "X"] {
            let group = if expression.starts_with("count") { " GROUP BY x" } else { "" };
            let sql = statement(format!("SELECT x + 0 AS id, {expression} FROM one{group}"));
            let mut followed = follow(&ground.access(), &sql, &by("id", &[])).await;
            let paged = page(followed.as_mut(), &Page { rows: 9, ..Page::default() }).await;
            let paged = paged.whole(&format!("{}: {expression}", ground.kind()));
            assert_eq!((paged.count(), paged.columns.as_slice()), (1, followed.columns()), "{}: {expression}", ground.kind());
        }
    }
}

#[tokio::test]
async fn the_password_is_in_no_words_of_a_driver_whenever_it_says_them() {
    for ground in grounds().await.into_iter().filter(|ground| ground.dialect() == "postgres") {
        let access = ground.access();
        let password = access.password().map(|password| password.expose_secret().to_owned()).unwrap();
        for sql in [
            // When the query is read, and when its rows are.
            format!("SELECT '{password}'::int AS v"),
            format!("SELECT ('{password}' || x)::int AS v FROM one"),
        ] {
            let failure = failure(&access, &statement(sql)).await;
            let told = format!("{} {failure:?}", failure.chain());
            assert!(told.contains("invalid input syntax") && !told.contains(&password), "{}: {told}", ground.kind());
        }
    }
}

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_is_not_waited_for() {
    for ground in grounds().await.into_iter().filter(|ground| ground.dialect() == "postgres") {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let mut access = ground.access();
        access.database.connect_timeout_ms = 500;
        match &mut access.database.engine {
            model::Engine::Adbc(adbc) => adbc.uri = format!("postgresql://{{username}}:{{password}}@127.0.0.1:{port}/x"),
            model::Engine::Odbc(odbc) => {
                odbc.connection = format!("Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={port};Database=x");
            }
            other => panic!("no driver for {}", other.kind()),
        }
        let asked = tokio::time::timeout(Duration::from_secs(20), failure(&access, &statement("SELECT 1 AS a"))).await;
        let failure = asked.unwrap_or_else(|_| panic!("{}: it is waited for", ground.kind()));
        assert_eq!(failure.kind, FailureKind::SqlUnreachable, "{}: {}", ground.kind(), failure.chain());
        drop(silent);
    }
}

/// The driver of SQLite is the library itself, and cannot cancel.
#[cfg(feature = "adbc")]
#[tokio::test]
async fn a_tail_that_outlasts_the_limit_behind_rows_that_came_at_once_is_a_timeout_and_takes_a_place() {
    let ground = adbc::sqlite();
    let mut access = ground.access();
    (access.database.statement_timeout_ms, access.database.max_reads) = (1000, 1);
    // Longer than a batch of the driver; then a row that takes as long as hundreds of millions.
    let (first, last) = (ground.numbers(5000, "n"), ground.numbers(1 << 28, "n"));
    let slow = statement(format!("SELECT n FROM ({first}) UNION ALL SELECT count(*) AS n FROM ({last})"));
    let mut outcome = Outcome::default();
    let read = async {
        let rows = engines().read(&access, &slow, ReadLimits::default()).await.unwrap();
        drain(rows, &mut outcome).await;
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("the limit does not hold behind the first rows");
    assert!(outcome.count() > 0);
    assert_eq!(outcome.failure.unwrap().kind, FailureKind::SqlTimeout);
    // It works on, in the one place that there is.
    let refused = failure(&access, &statement("SELECT x FROM one")).await;
    assert_eq!(refused.kind, FailureKind::SqlUnreachable, "{}", refused.chain());
    assert!(refused.chain().contains("`max_reads`"), "{}", refused.chain());
    let mut findings = Vec::new();
    engines().check(&access, &mut |finding| findings.push(finding)).await;
    let last = findings.last().unwrap();
    assert!(last.detail.contains("`max_reads`"), "{findings:#?}");
}
