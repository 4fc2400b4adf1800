//! Each scenario once, short: the long run is `make faults`. The seed is printed by each, and `SEED=… cargo test -p faults` has it again.
//!
//! The program is `target/debug/tributary`, built with the feature `failpoints`, as `dev/test` builds it.

// A test that cannot set up its world fails, and says where.
#![allow(clippy::unwrap_used)]

use faults::{CursorBy, Engine, Scenario, Settings};
use tokio::sync::Mutex;

/// One after another: two cores are not enough for several servers under fire.
static TURN: Mutex<()> = Mutex::const_new(());

fn settings(engine: Engine, rows: u64, seconds: f64, kills: u32) -> Settings {
    let seed = std::env::var("SEED").ok().map(|seed| seed.parse().unwrap());
    Settings { seed, rows, kills, minutes: seconds / 60.0, engine, hold_s: 2.0, ..Settings::default() }.with_seed()
}

async fn passes(scenario: Scenario, settings: Settings) {
    let _turn = TURN.lock().await;
    let seed = settings.seed;
    let report = scenario.play(&settings).await;
    assert!(report.wrong.is_empty(), "seed {seed:?}:\n{}\nwrong:\n{}", report.counted.join("\n"), report.wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_at_named_points_and_at_any_time_loses_and_doubles_no_row_of_postgresql() {
    passes(Scenario::Kill, settings(Engine::Postgres, 20_000, 12.0, 5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_at_named_points_and_at_any_time_loses_and_doubles_no_row_of_mariadb() {
    passes(Scenario::Kill, settings(Engine::Mariadb, 20_000, 12.0, 5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_committed_late_arrive_where_a_plain_cursor_loses_some() {
    passes(Scenario::Late, settings(Engine::Postgres, 10_000, 6.0, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_influxdb_that_loses_answers_and_asks_to_wait_holds_every_row_once() {
    passes(Scenario::Storm, settings(Engine::Postgres, 10_000, 12.0, 6)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_influxdb_missed_in_an_hour_arrives_in_order_and_no_slot_is_asked_for_twice() {
    passes(Scenario::InfluxDown, settings(Engine::Mariadb, 5_000, 9.0, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cannot_be_written_is_kept_once_and_takes_no_other_with_it() {
    passes(Scenario::Rejects, settings(Engine::Mariadb, 20_000, 4.0, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_taken_away_and_given_back_loses_no_row() {
    passes(Scenario::Credentials, Settings { cursor: CursorBy::Id, ..settings(Engine::Postgres, 5_000, 10.0, 0) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_in_mid_result_or_cannot_be_reached_loses_no_row() {
    passes(Scenario::Database, settings(Engine::Postgres, 10_000, 8.0, 5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_disk_was_full_loses_no_row() {
    passes(Scenario::DiskFull, settings(Engine::Postgres, 5_000, 8.0, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_forward_and_back_and_every_clock_change_of_a_zone_cost_no_row_and_no_slot() {
    passes(Scenario::Clock, settings(Engine::Postgres, 2_000, 4.0, 2)).await;
}
