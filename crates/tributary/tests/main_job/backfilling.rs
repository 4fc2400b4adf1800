//! A backfill on real servers, while the series itself runs and rows are changed under both.

use std::time::{Duration, Instant};

use flow::backfill::Asked;
use model::{
    BackfillState, Group, Incremental, Mapping, Missed, Mode, Overlap, Schedule, TimeColumn, Trigger,
    secret::{ExposeSecret, SecretString},
};
use sqlx::Connection as _;
use store::RunFilter;
use tributary::app::BackfillAsked;

use crate::house::{House, ORG, RealInflux, plain, real_database, series, server};

const ROWS: i64 = 100_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_rows_are_backfilled_while_the_series_runs_and_rows_change_and_none_is_old_or_missing() {
    let (house, influx) = (House::open().await, RealInflux::new("backfill").await);
    let table = format!("backfilled_{}", std::process::id());
    let (spec, password) = real_database(
        "TRIBUTARY_TEST_POSTGRES_URL",
        &[
            &format!("DROP TABLE IF EXISTS {table}"),
            &format!(
                "CREATE TABLE {table} (id bigint PRIMARY KEY, at timestamptz NOT NULL, changed timestamptz NOT NULL, v bigint NOT NULL)"
            ),
            &format!(
                "INSERT INTO {table} SELECT g, timestamptz '2020-01-01 00:00:00Z' + g * interval '1 second', \
                 timestamptz '2020-01-01 00:00:00Z' + g * interval '1 second', g FROM generate_series(1, {ROWS}) AS g"
            ),
            &format!("CREATE INDEX ON {table} (changed, id)"),
        ],
    )
    .await;
    let database = house.database("pg", spec, password.as_ref().map(|password: &SecretString| password.expose_secret())).await;
    let query = house.query("rows", database, &format!("SELECT id, at, changed, v FROM {table}")).await.unwrap();
    let group =
        Group { schedule: Schedule::EveryS(1), time_zone: chrono_tz::Tz::UTC, overlap: Overlap::Skip, missed: Missed::Skip, enabled: true };
    let group = house.group("seconds", group).await;
    let mapping = Mapping { time: Some(TimeColumn::new("at")), ..Mapping::new("m") };
    let mode = Mode::Incremental(Incremental {
        key: vec!["id".to_owned()],
        start: Some("2021-01-01 00:00:00Z".to_owned()),
        page_rows: 1_000,
        ..Incremental::by("changed")
    });
    let connection = house.connection("influx", influx.connection(), None).await;
    let spec = model::Series { mode, group_id: Some(group.id), ..series(query, connection, mapping) };
    let live = house.app.create_series(ORG, plain("rows", spec)).await.unwrap();

    let asked = BackfillAsked {
        range: Asked { from: "2020-01-01 00:00:00Z".to_owned(), to: Some("2020-01-03 00:00:00Z".to_owned()), chunk: Some(2_000) },
        parallel: 4,
        pause_s: 0,
    };
    let backfill = house.app.create_backfill(ORG, "rows", &asked).await.unwrap();
    // Rows are changed all over the range meanwhile: each leaves it, and belongs to the own runs from then on.
    let mut session = sqlx::PgConnection::connect(&server("TRIBUTARY_TEST_POSTGRES_URL")).await.unwrap();
    let (began, mut changes) = (Instant::now(), 0_i64);
    let ended = loop {
        let sql = format!("UPDATE {table} SET v = v + 1000000, changed = now() WHERE id % 997 = {}", changes % 997);
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut session).await.unwrap();
        changes += 1;
        let now = house.app.store.get_backfill(ORG, backfill.id).await.unwrap().unwrap();
        if now.state != BackfillState::Running {
            break now;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "{now:?}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    };
    assert_eq!((ended.state, ended.failed.len()), (BackfillState::Succeeded, 0), "{ended:?}");
    assert!(changes > 3, "rows were changed meanwhile");

    let sum: (i64,) =
        sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT sum(v)::bigint FROM {table}"))).fetch_one(&mut session).await.unwrap();
    let expected = serde_json::json!([ROWS, sum.0]);
    let arrived = loop {
        let row = influx.rows("SELECT count(v), sum(v) FROM m").await.into_iter().next().unwrap_or_default();
        let seen = serde_json::json!([row[1], row[2]]);
        if seen == expected || began.elapsed() > Duration::from_secs(150) {
            break seen;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(arrived, expected, "count and sum of what arrived");

    // The own runs went on all the while, and only they moved the cursor.
    let cursor = house.app.store.get_cursor(ORG, live.id).await.unwrap().unwrap();
    let mover = house.app.store.get_run(ORG, cursor.moved_by.unwrap()).await.unwrap().unwrap();
    assert!(mover.chunk.is_none() && mover.trigger == Trigger::Schedule);
    let all = RunFilter { series_id: Some(live.id), limit: 1000, ..RunFilter::default() };
    let runs = house.app.store.list_runs(ORG, &all).await.unwrap();
    let own = runs.iter().filter(|run| run.chunk.is_none() && run.figures.points_written > 0).count();
    let chunks = runs.iter().filter(|run| run.chunk.is_some()).count() as u64;
    assert!(own > 0 && chunks == ended.plan.what.chunks(), "{own} own runs, {chunks} chunks");
    sqlx::query(sqlx::AssertSqlSafe(format!("DROP TABLE {table}"))).execute(&mut session).await.unwrap();
    house.close().await;
}
