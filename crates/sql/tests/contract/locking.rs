//! A statement that waits for what somebody else has locked ends in time, and says for whom it waited where the server tells.

use std::time::{Duration, Instant};

use model::{FailureKind, Fence, edges::Page};
use rusqlite::Connection;
use sqlx::Connection as _;

use crate::{
    following::{fenced, follow, page},
    ground::{Ground, PATIENCE, all, failure, mysql, postgres, statement},
};

/// Limits of waiting for a lock, one after another until the half of it was enough for another session to log in and look.
const LOCK_TIMEOUTS_MS: [u32; 3] = [4_000, 16_000, 64_000];

/// What is said when it was seen.
const WAITING: &str = "waiting for a lock of process";

#[tokio::test]
async fn a_read_that_waits_for_a_lock_of_postgresql_ends_in_time_and_names_who_holds_it() {
    let ground = postgres().await;
    let holder = ground.hold("BEGIN; SET application_name = 'the migration'; LOCK TABLE one IN ACCESS EXCLUSIVE MODE").await;
    let mut access = ground.access();
    let mut said = String::new();
    for lock_timeout_ms in LOCK_TIMEOUTS_MS {
        access.database.lock_timeout_ms = lock_timeout_ms;
        let since = Instant::now();
        let failure = failure(&access, &statement("SELECT x FROM one")).await;
        assert!(since.elapsed() < Duration::from_millis(lock_timeout_ms.into()) + PATIENCE, "{:?}", since.elapsed());
        said = failure.chain();
        assert_eq!(failure.kind, FailureKind::SqlTimeout, "{said}");
        assert!(said.contains("lock timeout"), "{said}");
        if said.contains(WAITING) {
            break;
        }
    }
    assert!(said.contains(WAITING) && said.contains(ground.name()) && said.contains("whose transaction is open for"), "{said}");
    holder.close().await.unwrap();
}

#[tokio::test]
async fn a_page_that_waits_for_a_lock_of_postgresql_names_who_holds_it() {
    let ground = postgres().await;
    let mut access = ground.access();
    let mut said = String::new();
    for lock_timeout_ms in LOCK_TIMEOUTS_MS {
        access.database.lock_timeout_ms = lock_timeout_ms;
        let mut followed = follow(&access, &statement("SELECT x FROM one"), &fenced("x", &[], Fence::LagS(0))).await;
        let holder = ground.hold("BEGIN; LOCK TABLE one IN ACCESS EXCLUSIVE MODE").await;
        let failure = page(followed.as_mut(), &Page { rows: 10, ..Page::default() }).await.failure.expect("the table is locked");
        holder.close().await.unwrap();
        followed.close().await;
        said = failure.chain();
        assert_eq!(failure.kind, FailureKind::SqlTimeout, "{said}");
        if said.contains(WAITING) {
            return;
        }
    }
    panic!("{said}");
}

#[tokio::test]
async fn a_read_that_waits_for_a_lock_of_mysql_ends_in_time_and_says_where_to_look() {
    let ground = mysql().await;
    let holder = ground.hold("LOCK TABLES one WRITE").await;
    let mut access = ground.access();
    access.database.lock_timeout_ms = 1000;
    let since = Instant::now();
    let failure = failure(&access, &statement("SELECT x FROM one")).await;
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
    assert_eq!(failure.kind, FailureKind::SqlTimeout, "{}", failure.chain());
    assert!(failure.chain().contains("SHOW PROCESSLIST") && failure.chain().contains("lock_timeout_ms"), "{}", failure.chain());
    holder.close().await.unwrap();
}

#[tokio::test]
async fn a_read_that_waits_for_a_writer_of_a_file_ends_in_time_and_says_so() {
    for ground in all().await.into_iter().filter(|ground| ground.kind() == "sqlite") {
        let mut access = ground.access();
        let model::Engine::Sqlite { path } = &access.database.engine else { panic!("not sqlite") };
        let holder = Connection::open(path).unwrap();
        holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO one VALUES (2)").unwrap();
        access.database.lock_timeout_ms = 300;
        let failure = failure(&access, &statement("SELECT x FROM one")).await;
        assert_eq!(failure.kind, FailureKind::SqlTimeout, "{}", failure.chain());
        assert!(failure.chain().contains("lock_timeout_ms"), "{}", failure.chain());
    }
}
