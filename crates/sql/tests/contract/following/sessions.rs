//! The session that pages are read in.

use std::time::Duration;

use model::{
    FailureKind, Fence,
    edges::{Databases, Page, ReadLimits},
};

use super::{by, fenced, follow, page};
use crate::ground::{Ground, Lack, PATIENCE, all, all_with, between::Pooler, engines, mysql, postgres, servers, statement, unique, until};

/// A query of many rows that tells in which session it runs.
fn session_of(ground: &dyn Ground) -> String {
    let id = if ground.dialect() == "postgres" { "pg_backend_pid()" } else { "CONNECTION_ID()" };
    format!("SELECT n AS id, {id} AS s FROM ({}) AS g", ground.numbers(300_000, "n"))
}

#[tokio::test]
async fn pages_share_a_session_until_one_is_given_up() {
    for ground in servers().await {
        let mut followed = follow(&ground.access(), &statement(session_of(ground.as_ref())), &by("id", &[])).await;
        let all = Page { rows: 1, ..Page::default() };
        let first = page(followed.as_mut(), &all).await.whole("the first page").rows();
        assert_eq!(followed.without_cursor().await.unwrap(), 0);
        let second = page(followed.as_mut(), &all).await.whole("the second page").rows();
        assert_eq!(first, second, "{}", ground.kind());
        let mut long = followed.page(&Page { rows: u64::MAX, ..Page::default() }, ReadLimits::default()).await.unwrap();
        assert!(long.next().await.unwrap().is_some());
        drop(long);
        let third = page(followed.as_mut(), &all).await.whole("the third page").rows();
        assert_ne!(first, third, "{}: the session of a page that was given up is not used again", ground.kind());
        followed.close().await;
    }
}

#[tokio::test]
async fn every_page_sees_what_was_committed_when_it_began() {
    for ground in all().await {
        ground.execute("CREATE TABLE t(id INTEGER)").await;
        ground.execute("INSERT INTO t VALUES (1)").await;
        let mut followed = follow(&ground.access(), &statement("SELECT id FROM t"), &by("id", &[])).await;
        let all = Page { rows: 10, ..Page::default() };
        assert_eq!(page(followed.as_mut(), &all).await.whole("one").firsts(), ["1"], "{}", ground.kind());
        ground.execute("INSERT INTO t VALUES (2)").await;
        assert_eq!(page(followed.as_mut(), &all).await.whole("two").firsts(), ["1", "2"], "{}", ground.kind());
    }
}

#[tokio::test]
async fn nothing_is_locked_between_pages() {
    for ground in all().await {
        ground.execute("CREATE TABLE t(id INTEGER)").await;
        ground.execute("INSERT INTO t VALUES (1)").await;
        let mut access = ground.access();
        // What waits for a lock of ours waits longer than the test does.
        access.database.lock_timeout_ms = 2 * u32::try_from(PATIENCE.as_millis()).unwrap();
        let mut followed = follow(&access, &statement("SELECT id FROM t"), &by("id", &[])).await;
        page(followed.as_mut(), &Page { rows: 10, ..Page::default() }).await.whole("a page");
        let altered = tokio::time::timeout(PATIENCE, ground.execute("ALTER TABLE t ADD COLUMN x INTEGER")).await;
        assert!(altered.is_ok(), "{}: the table is locked", ground.kind());
        followed.close().await;
    }
}

#[tokio::test]
async fn dropping_a_page_stops_its_statement() {
    for ground in all_with(Lack::Stopping).await {
        let marker = unique("page");
        // A text has no highest value that would be asked for first.
        let numbers = ground.numbers(1_000_000_000, "n");
        let sql = statement(format!("SELECT CAST(n AS CHAR(20)) AS {marker} FROM ({numbers}) AS g"));
        let mut followed = follow(&ground.access(), &sql, &by(&marker, &[])).await;
        let access = ground.access();
        let paging = tokio::spawn(async move {
            let mut rows = followed.page(&Page { rows: u64::MAX, ..Page::default() }, ReadLimits::default()).await?;
            while rows.next().await?.is_some() {}
            drop(followed);
            Ok::<_, model::Failure>(())
        });
        until(ground.as_ref(), &marker, true).await;
        paging.abort();
        assert!(paging.await.unwrap_err().is_cancelled(), "{}", access.database.engine.kind());
        until(ground.as_ref(), &marker, false).await;
    }
}

#[tokio::test]
async fn behind_a_pooler_a_page_that_is_dropped_stops_in_the_session_that_it_runs_in() {
    let ground = postgres().await;
    let pooler = Pooler::of(&ground.access()).await;
    let options = sqlx::postgres::PgConnectOptions::new().ssl_mode(sqlx::postgres::PgSslMode::Disable);
    let (access, name) = (pooler.access(), ground.name());
    let model::Engine::Postgres(server) = &access.database.engine else { panic!("not postgres") };
    let options = options.host(&server.host).port(server.port.unwrap()).database(&server.database).username(name).password(name);
    let _reserve = tokio::time::timeout(PATIENCE, sqlx::ConnectOptions::connect(&options)).await.expect("it logs in").unwrap();
    let marker = unique("pooled");
    // Neither placeholder nor bound: nothing else is said in the page's transaction.
    let sql = statement(format!("SELECT pg_sleep(600)::text AS {marker}"));
    let mut followed = follow(&access, &sql, &by(&marker, &[])).await;
    let paging = tokio::spawn(async move { page(followed.as_mut(), &Page { rows: 1, ..Page::default() }).await });
    until(&ground, &marker, true).await;
    paging.abort();
    assert!(paging.await.unwrap_err().is_cancelled());
    until(&ground, &marker, false).await;
}

#[tokio::test]
async fn giving_up_a_count_or_a_highest_value_stops_its_statement() {
    for ground in all_with(Lack::Stopping).await {
        let marker = unique("sight");
        // Counting and the highest value read all of it.
        let sql = statement(ground.numbers(1_000_000_000, &marker));
        let (access, following) = (ground.access(), fenced(&marker, &[], Fence::LagS(1)));
        let looking = tokio::spawn(async move { engines().follow(&access, &sql, &following).await.map(drop) });
        until(ground.as_ref(), &marker, true).await;
        looking.abort();
        assert!(looking.await.unwrap_err().is_cancelled(), "{}", ground.kind());
        until(ground.as_ref(), &marker, false).await;
    }
}

#[tokio::test]
async fn a_page_that_outlasts_its_limit_is_a_timeout() {
    for ground in all_with(Lack::Stopping).await {
        let mut access = ground.access();
        // The statements before the page are under it too, and the machine may be busy.
        access.database.statement_timeout_ms = 4000;
        let slow = match ground.dialect() {
            kind if kind.ends_with("postgres") => "SELECT x AS id, pg_sleep(600)::text AS s FROM one".to_owned(),
            "mysql" => "SELECT x AS id, CAST(SLEEP(600) AS CHAR) AS s FROM one".to_owned(),
            _ => format!("SELECT x AS id, ({}) AS s FROM one", ground.endless("s")),
        };
        let sql = statement(slow);
        if ground.dialect() == "sqlite" {
            // Its columns are told by its first row.
            let failure = engines().follow(&access, &sql, &by("id", &[])).await.err().expect("it ends");
            assert_eq!(failure.kind, FailureKind::SqlTimeout, "{}", failure.chain());
            continue;
        }
        let mut followed = follow(&access, &sql, &fenced("s", &[], Fence::LagS(0))).await;
        let late = tokio::time::timeout(Duration::from_secs(30), page(followed.as_mut(), &Page { rows: 1, ..Page::default() })).await;
        let failure = late.unwrap_or_else(|_| panic!("{}: the limit does not hold", ground.kind())).failure;
        let failure = failure.unwrap_or_else(|| panic!("{}: it came to its end", ground.kind()));
        assert_eq!(failure.kind, FailureKind::SqlTimeout, "{}: {}", ground.kind(), failure.chain());
    }
}

#[tokio::test]
async fn the_index_on_cursor_and_key_is_used() {
    let ground = postgres().await;
    ground.execute("CREATE TABLE t(id int8 PRIMARY KEY, at timestamptz NOT NULL, v text); CREATE INDEX t_at ON t(at, id)").await;
    ground
        .execute("INSERT INTO t SELECT n, '2026-11-21Z'::timestamptz + n * interval '1 s', 'x' FROM generate_series(1, 20000) n; ANALYZE t")
        .await;
    let mut session = ground.hold("SET tributary.f0 = '2026-11-21 05:00:00.000000Z'; SET tributary.f1 = '18000'").await;
    let plan: Vec<String> = sqlx::query_scalar(
        "EXPLAIN (COSTS OFF) SELECT c0::int8, c1::timestamptz, c2::text FROM (SELECT q.id, q.at, q.v FROM (SELECT * FROM t) AS q) AS q(c0,c1,c2) \
         WHERE (q.c1, q.c0) > (current_setting('tributary.f0')::timestamptz, current_setting('tributary.f1')::int8) ORDER BY q.c1, q.c0 LIMIT 100",
    )
    .fetch_all(&mut session)
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("Index Cond: (ROW(t.at, t.id) > ROW(") || plan.contains("Index Cond: (ROW(at, id) > ROW("), "{plan}");
    assert!(!plan.contains("Sort"), "{plan}");

    let ground = mysql().await;
    ground.execute("CREATE TABLE t(id BIGINT PRIMARY KEY, at DATETIME(6) NOT NULL, v TEXT, KEY t_at (at, id))").await;
    ground.execute("INSERT INTO t SELECT seq, '2026-11-21' + INTERVAL seq SECOND, 'x' FROM seq_1_to_20000; ANALYZE TABLE t").await;
    let mut session = ground.hold("SELECT 1").await;
    let at = "CAST('2026-11-21 05:00:00.000000' AS DATETIME(6))";
    let explain = format!(
        "EXPLAIN FORMAT=JSON SELECT q.* FROM (\nSELECT * FROM t\n) AS q WHERE q.`at` >= {at} AND (q.`at` > {at} OR (q.`at` = {at} AND q.`id` > 18000)) \
         ORDER BY q.`at`, q.`id` LIMIT 100"
    );
    let plan: String = sqlx::query_scalar(sqlx::AssertSqlSafe(explain)).fetch_one(&mut session).await.unwrap();
    assert!(plan.contains("\"key\": \"t_at\"") && plan.contains("\"access_type\": \"range\"") && !plan.contains("filesort"), "{plan}");
}
