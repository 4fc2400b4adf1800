//! Oddities: what real databases hold beyond the ordinary, and what a reader must make of it, in a table per engine.
//!
//! A case is a sentence, a query and what must come of it ([`case`]). Where more than one answer could be defended, the reason for ours
//! stands beside it. To add one, write it into the table that its sentence belongs to; statements that it needs first go into `.after`, with
//! names of tables that no other case has. All cases of an engine are asked, and every one that does not hold is told.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says so")]

mod case;
mod ground;
mod mysql;
mod postgres;
mod reading;
mod sqlite;

use std::collections::HashSet;

use futures_util::{StreamExt, stream};

use case::Case;
use ground::Ground;

/// Cases that every engine has at least.
const FEWEST: usize = 150;
/// Cases that are asked at the same time.
const SIDE_BY_SIDE: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_oddity_of_postgresql_is_read_as_it_is_written_here() {
    hold(&ground::postgres::Postgres::new().await, postgres::TABLES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_oddity_of_mariadb_is_read_as_it_is_written_here() {
    hold(&ground::mysql::Mysql::new().await, mysql::TABLES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_oddity_of_sqlite_is_read_as_it_is_written_here() {
    hold(&ground::sqlite::Sqlite::new(), sqlite::TABLES).await;
}

#[test]
fn every_engine_has_its_150_oddities_and_no_two_share_a_name() {
    for (engine, tables) in [("postgresql", postgres::TABLES), ("mariadb", mysql::TABLES), ("sqlite", sqlite::TABLES)] {
        let mut names = HashSet::new();
        let twice: Vec<&str> = tables.concat().iter().map(|case| case.name).filter(|name| !names.insert(*name)).collect();
        assert!(twice.is_empty(), "{engine}: two cases of one name: {twice:?}");
        assert!(names.len() >= FEWEST, "{engine} has {} oddities", names.len());
    }
}

/// Asks every case and tells all that do not hold.
async fn hold(ground: &dyn Ground, tables: &[&[Case]]) {
    let cases = tables.concat();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| !case.setup.is_empty()) {
        if let Err(error) = ground.set_up(case.place, case.setup).await {
            wrong.push(format!("{}: it was not made ready: {error}", case.name));
        }
    }
    let asked = stream::iter(&cases).map(|case| {
        let (access, case) = (ground.access(case.place), *case);
        // On a task of its own: one that panics is one case that does not hold.
        async move { (case.name, tokio::spawn(reading::wrong(access, case)).await.unwrap_or_else(|panic| Some(panic.to_string()))) }
    });
    let told: Vec<_> = asked.buffer_unordered(SIDE_BY_SIDE).collect().await;
    wrong.extend(told.into_iter().filter_map(|(name, wrong)| wrong.map(|wrong| format!("{name}: {wrong}"))));
    ground.tear_down().await;
    assert!(wrong.is_empty(), "{} of {} do not hold:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
