//! What is told of the present before any page: the clock, the highest value, and who may still write.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Code, ColumnType, FailureKind, Fence, HeldBack,
    edges::{Open, Page, Sight},
};
use sqlx::{AssertSqlSafe, Connection};

use super::{by, fenced, follow, page, refusal};
use crate::ground::{Ground, all, mysql, postgres, postgres_alone, statement, unique};

async fn sight(ground: &dyn Ground, sql: &str, cursor: &str, fence: Fence) -> Sight {
    let followed = follow(&ground.access(), &statement(sql), &fenced(cursor, &[], fence)).await;
    let sight = followed.sight().clone();
    followed.close().await;
    sight
}

/// The clock of this machine, which the servers of the tests go by as well.
#[allow(clippy::disallowed_methods)]
fn this_clock() -> DateTime<Utc> {
    Utc::now()
}

fn held(sight: &Sight) -> HeldBack {
    match &sight.open {
        Open::Since(held) => held.clone(),
        other => panic!("nobody holds it back: {other:?}"),
    }
}

#[tokio::test]
async fn the_clock_is_the_databases_own_in_utc() {
    for ground in all().await {
        let before = this_clock();
        let sight = sight(ground.as_ref(), "SELECT x FROM one", "x", Fence::LagS(5)).await;
        let (earliest, latest) = (before - TimeDelta::seconds(5), this_clock() + TimeDelta::seconds(5));
        assert!(earliest < sight.now && sight.now < latest, "{}: {}", ground.kind(), sight.now);
        assert_eq!(sight.open, Open::NotAsked, "{}", ground.kind());
        assert_eq!(sight.lowest_open, None);
    }
}

#[tokio::test]
async fn the_highest_value_of_a_whole_number_is_told() {
    for ground in all().await {
        ground.execute("CREATE TABLE t(n BIGINT, s VARCHAR(9))").await;
        let empty = sight(ground.as_ref(), "SELECT n FROM t", "n", Fence::LagS(5)).await;
        assert_eq!(empty.highest, None, "{}", ground.kind());
        ground.execute("INSERT INTO t VALUES (7, 'a'), (9223372036854775807, 'b'), (NULL, 'c'), (-1, 'd')").await;
        let told = sight(ground.as_ref(), "SELECT n FROM t", "n", Fence::LagS(5)).await.highest.expect("there are rows");
        assert_eq!((told.kind, told.text.as_str()), (model::ColumnType::Integer, "9223372036854775807"), "{}", ground.kind());
        let text = sight(ground.as_ref(), "SELECT s FROM t", "s", Fence::LagS(5)).await;
        assert_eq!(text.highest, None, "{}", ground.kind());
    }
    let ground = mysql().await;
    ground.execute("CREATE TABLE t(n BIGINT UNSIGNED); INSERT INTO t VALUES (18446744073709551615)").await;
    let told = sight(&ground, "SELECT n FROM t", "n", Fence::LagS(5)).await.highest.expect("there is a row");
    assert_eq!((told.kind, told.text.as_str()), (model::ColumnType::Unsigned, "18446744073709551615"));
}

#[tokio::test]
async fn sqlite_has_one_writer_and_tells_the_highest_value_that_it_has_left() {
    for ground in all().await.into_iter().filter(|ground| ground.kind() == "sqlite") {
        ground.execute("CREATE TABLE t(n BIGINT); INSERT INTO t VALUES (7)").await;
        let told = sight(ground.as_ref(), "SELECT n FROM t", "n", Fence::Transactions).await;
        assert_eq!((told.open, told.highest.map(|highest| highest.text).as_deref()), (Open::OneWriter, Some("7")));
    }
}

/// What flow goes by where SQLite has no fence of its own: days and minutes are texts, and a time that is a float is one.
#[tokio::test]
async fn a_time_of_sqlite_is_of_the_type_that_its_writer_gave_it() {
    for ground in all().await.into_iter().filter(|ground| ground.kind() == "sqlite") {
        ground.execute("CREATE TABLE t(id INTEGER, day DATE, minute DATETIME, julian DATETIME, subsecond REAL, second DATETIME)").await;
        ground
            .execute(
                "INSERT INTO t VALUES (1, date('2026-11-21'), strftime('%Y-%m-%d %H:%M', '2026-11-21 14:05:07'), julianday('now'), \
                 unixepoch('subsec'), unixepoch('2026-11-21 14:05:07'))",
            )
            .await;
        for (cursor, kind, text) in [
            ("day", ColumnType::Text, Some("2026-11-21")),
            ("minute", ColumnType::Text, Some("2026-11-21 14:05")),
            ("julian", ColumnType::Float, None),
            ("subsecond", ColumnType::Float, None),
            ("second", ColumnType::Integer, Some("1795269907")),
        ] {
            let following = fenced(cursor, &["id"], Fence::Transactions);
            let mut followed = follow(&ground.access(), &statement("SELECT * FROM t"), &following).await;
            assert_eq!(followed.sight().open, Open::OneWriter, "{cursor}");
            let rows = page(followed.as_mut(), &Page { rows: 9, ..Page::default() }).await.whole(cursor);
            let place = super::last(followed.as_ref(), &rows, &following).expect("there is a row").cursor;
            assert_eq!(place.kind, kind, "{cursor}");
            assert_eq!(place.text, text.map_or_else(|| place.text.clone(), str::to_owned), "{cursor}");
        }
    }
}

// ---------------------------------------------------------------- PostgreSQL

#[tokio::test]
async fn a_transaction_of_postgres_is_seen_from_its_begin_whether_it_wrote_or_not() {
    let ground = postgres_alone().await;
    ground.execute("CREATE TABLE t(id int8, at timestamptz DEFAULT now())").await;
    let open = async || sight(&ground, "SELECT * FROM t", "at", Fence::Transactions).await;
    assert_eq!(open().await.open, Open::Nobody);

    let mut waiting = ground.hold("BEGIN").await;
    let since: DateTime<Utc> = sqlx::query_scalar("SELECT now()").fetch_one(&mut waiting).await.unwrap();
    let seen = held(&open().await);
    assert_eq!(seen.since, since, "it has not written, and will write with the time of its begin");
    assert!(seen.who.contains(ground.name()) && seen.who.contains("process"), "{}", seen.who);

    // The oldest counts, also when it is somebody else's.
    let mut writing = ground.hold_as_superuser(&format!("BEGIN; INSERT INTO {}.t VALUES (1)", ground.name())).await;
    assert_eq!(held(&open().await).since, since);
    sqlx::raw_sql("COMMIT").execute(&mut waiting).await.unwrap();
    let later: DateTime<Utc> = sqlx::query_scalar("SELECT now()").fetch_one(&mut writing).await.unwrap();
    assert_eq!(held(&open().await).since, later);
    sqlx::raw_sql("COMMIT").execute(&mut writing).await.unwrap();
    assert_eq!(open().await.open, Open::Nobody);
    writing.close().await.unwrap();

    // Another read of Tributary cannot write.
    let mut other = follow(&ground.access(), &statement("SELECT pg_sleep(600)::text AS s, 'x'::text AS x"), &by("x", &[])).await;
    let reading = tokio::spawn(async move { page(other.as_mut(), &Page { rows: 1, ..Page::default() }).await.failure.is_none() });
    tokio::time::timeout(Duration::from_secs(20), async {
        while !ground.runs("SELECT pg_sleep(600)").await {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the other read has begun");
    assert_eq!(open().await.open, Open::Nobody);
    reading.abort();
}

#[tokio::test]
async fn a_prepared_transaction_holds_the_fence_where_it_is() {
    let ground = postgres_alone().await;
    let name = unique("prepared");
    ground.execute("CREATE TABLE t(id int8, at timestamptz DEFAULT now())").await;
    ground.hold(&format!("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION '{name}'")).await.close().await.unwrap();
    let seen = held(&sight(&ground, "SELECT * FROM t", "at", Fence::Transactions).await);
    assert_eq!(seen.since, DateTime::UNIX_EPOCH, "nobody knows when it began");
    assert!(seen.who.contains(&name) && seen.who.contains("PREPARE TRANSACTION"), "{}", seen.who);
    ground.execute(&format!("ROLLBACK PREPARED '{name}'")).await;
    assert_eq!(sight(&ground, "SELECT * FROM t", "at", Fence::Transactions).await.open, Open::Nobody);
}

#[tokio::test]
async fn an_account_that_sees_nothing_of_others_is_told_what_to_grant() {
    let ground = postgres_alone().await;
    ground.execute("CREATE TABLE t(id int8)").await;
    // Alone, its own sessions are all that there is.
    let own = follow(&ground.reader(), &statement("SELECT id FROM t"), &fenced("id", &[], Fence::Transactions)).await;
    assert_eq!(own.sight().open, Open::Nobody);
    let others = ground.hold("SELECT 1").await;
    let failure = refusal(&ground.reader(), &statement("SELECT id FROM t"), &fenced("id", &[], Fence::Transactions)).await;
    assert_eq!((failure.kind, failure.code()), (FailureKind::Cursor, Code::CursorRight), "{}", failure.chain());
    let grant = format!("GRANT pg_read_all_stats TO {}_reader", ground.name());
    assert!(failure.chain().contains(&grant), "{}", failure.chain());
    follow(&ground.reader(), &statement("SELECT id FROM t"), &fenced("id", &[], Fence::LagS(60))).await.close().await;
    ground.administer(&format!("{grant}; ALTER ROLE {} SET track_activities = off", ground.name())).await;
    follow(&ground.reader(), &statement("SELECT id FROM t"), &fenced("id", &[], Fence::Transactions)).await.close().await;
    others.close().await.unwrap();

    let silent = ground.hold("BEGIN").await;
    let failure = refusal(&ground.reader(), &statement("SELECT id FROM t"), &fenced("id", &[], Fence::Transactions)).await;
    assert_eq!(failure.kind, FailureKind::Cursor);
    assert!(failure.chain().contains("track_activities"), "{}", failure.chain());
    silent.close().await.unwrap();
}

#[tokio::test]
async fn a_fence_of_transaction_ids_needs_no_right_and_stops_before_whoever_is_open() {
    let ground = postgres().await;
    let name = ground.reader();
    ground.execute("CREATE TABLE t(x xid8 DEFAULT pg_current_xact_id(), n int8 DEFAULT pg_current_xact_id()::text::int8, s text)").await;
    ground.execute("INSERT INTO t(s) VALUES ('before')").await;
    let mut open = ground.hold("BEGIN; INSERT INTO t(s) VALUES ('open')").await;
    ground.execute("INSERT INTO t(s) VALUES ('after')").await;
    for cursor in ["x", "n"] {
        let mut followed = follow(&name, &statement("SELECT * FROM t"), &fenced(cursor, &["s"], Fence::TransactionId)).await;
        let before = followed.sight().lowest_open.clone();
        assert!(before.is_some());
        let outcome = page(followed.as_mut(), &Page { before, rows: 10, ..Page::default() }).await.whole(cursor);
        let texts: Vec<_> = outcome.rows().into_iter().map(|mut row| row.pop().flatten().unwrap()).collect();
        assert_eq!(texts, ["before"], "{cursor}");
    }
    sqlx::raw_sql("COMMIT").execute(&mut open).await.unwrap();
    let failure = refusal(&name, &statement("SELECT * FROM t"), &fenced("s", &[], Fence::TransactionId)).await;
    assert!(failure.kind == FailureKind::Cursor && failure.chain().contains("xid8"), "{}", failure.chain());
}

// ---------------------------------------------------------------- MySQL and MariaDB

#[tokio::test]
async fn a_transaction_of_mysql_that_wrote_is_seen_though_others_look_all_the_time() {
    let ground = mysql().await;
    ground.may_see_others().await;
    ground.execute("CREATE TABLE t(id INT PRIMARY KEY AUTO_INCREMENT, at DATETIME(6) DEFAULT NOW(6))").await;
    // One that has begun and not written takes its times and numbers when it writes.
    let mut writer = ground.hold("START TRANSACTION").await;
    for _ in 0..3 {
        // The copy of the transactions is fresh, and without the writer.
        let mut looker = ground.hold("SELECT * FROM information_schema.INNODB_TRX").await;
        sqlx::raw_sql("INSERT INTO t() VALUES ()").execute(&mut writer).await.unwrap();
        let written: chrono::NaiveDateTime = sqlx::query_scalar("SELECT MIN(at) FROM t").fetch_one(&mut writer).await.unwrap();
        sqlx::raw_sql("SELECT * FROM information_schema.INNODB_TRX").execute(&mut looker).await.unwrap();
        let seen = held(&sight(&ground, "SELECT * FROM t", "at", Fence::Transactions).await);
        assert!(seen.since <= written.and_utc(), "{} is behind {written}", seen.since);
        sqlx::raw_sql("ROLLBACK; START TRANSACTION").execute(&mut writer).await.unwrap();
        looker.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_statement_of_mysql_that_waits_is_as_old_as_its_now() {
    let ground = mysql().await;
    ground.may_see_others().await;
    ground.execute("CREATE TABLE t(id INT, at DATETIME(6) DEFAULT NOW(6))").await;
    let lock = ground.hold("LOCK TABLES t WRITE").await;
    let marker = unique("waits");
    let mut writer = ground.hold("SELECT 1").await;
    let words = format!("INSERT INTO t(id) VALUES (1) /* {marker} */");
    let started = this_clock();
    let writing = tokio::spawn(async move {
        sqlx::raw_sql(AssertSqlSafe(words)).execute(&mut writer).await.unwrap();
        writer
    });
    crate::ground::until(&ground, &marker, true).await;
    let seen = held(&sight(&ground, "SELECT x AS id FROM one", "id", Fence::Transactions).await);
    assert!(seen.since <= started + TimeDelta::seconds(1), "{} is behind {started}", seen.since);
    lock.close().await.unwrap();
    writing.await.unwrap();
}

#[tokio::test]
async fn an_account_of_mysql_without_process_is_told_what_to_grant() {
    let ground = mysql().await;
    let failure = refusal(&ground.reader(), &statement("SELECT x FROM one"), &fenced("x", &[], Fence::Transactions)).await;
    assert_eq!((failure.kind, failure.code()), (FailureKind::Cursor, Code::CursorRight), "{}", failure.chain());
    assert!(failure.chain().contains("GRANT PROCESS ON *.* TO '"), "{}", failure.chain());
    follow(&ground.reader(), &statement("SELECT x FROM one"), &fenced("x", &[], Fence::LagS(60))).await.close().await;
}

#[tokio::test]
async fn a_prepared_transaction_of_mysql_without_its_session_holds_the_fence() {
    let ground = mysql().await;
    ground.may_see_others().await;
    ground.execute("CREATE TABLE t(id INT)").await;
    let name = unique("xa");
    let left = ground.hold(&format!("XA START '{name}'; INSERT INTO t VALUES (1); XA END '{name}'; XA PREPARE '{name}'")).await;
    let before = held(&sight(&ground, "SELECT x FROM one", "x", Fence::Transactions).await);
    assert!(before.since <= this_clock());
    left.close().await.unwrap();
    let seen = held(&sight(&ground, "SELECT x FROM one", "x", Fence::Transactions).await);
    ground.administer(&format!("XA ROLLBACK '{name}'")).await;
    assert_eq!(seen.since, DateTime::UNIX_EPOCH, "{}", seen.who);
}

#[tokio::test]
async fn many_looks_at_mysql_at_once_all_come_to_an_answer() {
    let ground = mysql().await;
    ground.may_see_others().await;
    let mut writer = ground.hold("CREATE TABLE t(id INT); START TRANSACTION; INSERT INTO t VALUES (1)").await;
    let looks = (0..8).map(|_| {
        let access = ground.access();
        tokio::spawn(async move {
            follow(&access, &statement("SELECT x FROM one"), &fenced("x", &[], Fence::Transactions)).await.sight().clone()
        })
    });
    for look in looks.collect::<Vec<_>>() {
        assert!(held(&look.await.unwrap()).since <= this_clock());
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut writer).await.unwrap();
}

// ---------------------------------------------------------------- both

/// Writers take numbers and times in one order and commit in another. By the arithmetic of the fence no reader passes over one of them.
#[tokio::test]
async fn a_row_that_is_committed_late_is_never_passed_over() {
    let (postgres, mysql) = (postgres_alone().await, mysql().await);
    mysql.may_see_others().await;
    postgres.execute("CREATE TABLE t(id int8 GENERATED ALWAYS AS IDENTITY, at timestamptz(6) DEFAULT now(), v int)").await;
    mysql.execute("CREATE TABLE t(id BIGINT PRIMARY KEY AUTO_INCREMENT, at TIMESTAMP(6) DEFAULT NOW(6), v INT)").await;
    let (insert, commit) = ("INSERT INTO t(v) VALUES (1)", "COMMIT");
    for ground in [&postgres as &dyn Ground, &mysql] {
        for cursor in ["at", "id"] {
            ground.execute("DELETE FROM t").await;
            // Begun, written, and open while another one is committed behind it.
            let mut late_postgres = None;
            let mut late_mysql = None;
            if ground.kind() == "postgres" {
                late_postgres = Some(postgres.hold(&format!("BEGIN; {insert}")).await);
            } else {
                late_mysql = Some(mysql.hold(&format!("START TRANSACTION; {insert}")).await);
            }
            ground.execute(insert).await;
            let told = sight(ground, "SELECT * FROM t", cursor, Fence::Transactions).await;
            let seen = held(&told);
            let fence = told.now.min(seen.since) - TimeDelta::seconds(1);
            match (&mut late_postgres, &mut late_mysql) {
                (Some(late), _) => drop(sqlx::raw_sql(commit).execute(late).await.unwrap()),
                (_, Some(late)) => drop(sqlx::raw_sql(commit).execute(late).await.unwrap()),
                _ => unreachable!(),
            }
            let rows = crate::ground::read(&ground.access(), &statement("SELECT id, at FROM t ORDER BY id")).await.whole("all").rows();
            assert_eq!(rows.len(), 2);
            let late: DateTime<Utc> = rows[0][1].as_deref().unwrap().parse().unwrap();
            if cursor == "at" {
                assert!(fence <= late, "{}: rows up to {fence} are read, and {late} comes later", ground.kind());
            } else {
                // The mark of this look is younger than the transaction, so it must not be the fence.
                assert!(told.now >= seen.since, "{}", ground.kind());
                assert!(told.highest.is_some_and(|highest| highest.text > rows[0][0].clone().unwrap()), "{}", ground.kind());
            }
        }
    }
}
