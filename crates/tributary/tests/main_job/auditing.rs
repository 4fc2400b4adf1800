//! An audit on real servers: what is done to the points behind Tributary's back is found, in its hour, and mended by reading again.

use std::time::{Duration, Instant};

use model::{
    Audit, AuditState, BackfillState, Incremental, Mapping, Mode, RunStatus, TimeColumn,
    audit::{Difference, Every},
    edges::{ConnectionAccess, LineBatch, Traffic},
    secret::ExposeSecret,
};
use tributary::app::{AuditAsked, Refusal};

use crate::house::{House, ORG, RealInflux, real_database, series};

/// Ten hours with a row every ten seconds.
const ROWS: i64 = 3_600;
const LIMIT: Duration = Duration::from_secs(60);

async fn audited(house: &House) -> Audit {
    let from = "2026-11-20T00:00:00Z".parse().unwrap();
    let asked = AuditAsked { from, to: None, every: Every::Hour, zone: chrono_tz::Tz::UTC };
    let id = house.app.create_audit(ORG, "rows", &asked).await.unwrap().id;
    let began = Instant::now();
    loop {
        let now = house.app.store.get_audit(ORG, id).await.unwrap().unwrap();
        if now.state != AuditState::Running {
            return now;
        }
        assert!(began.elapsed() < LIMIT, "{now:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The hour of each difference, and how many points it lacks and has too many.
fn hours(audit: &Audit) -> Vec<(String, u64, u64)> {
    let told = |one: &Difference| (one.from.format("%H:%M").to_string(), one.missing, one.surplus);
    audit.found.differences.iter().map(told).collect()
}

fn hour(hour: &str, missing: u64, surplus: u64) -> (String, u64, u64) {
    (hour.to_owned(), missing, surplus)
}

async fn write(house: &House, influx: &RealInflux, line: &str) {
    let writer = house.app.influx.open(&ConnectionAccess::new(influx.connection(), None), "by hand").await.unwrap();
    let batch = LineBatch { body: format!("{line}\n").into(), lines: 1, rows: vec![(0, 1)] };
    assert_eq!(writer.write(&batch, &mut Traffic::default()).await.unwrap().points, 1, "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_to_points_is_found_in_its_hour_and_mended_but_for_those_that_no_row_makes() {
    let (house, influx) = (House::open().await, RealInflux::new("audit").await);
    let table = format!("audited_{}", std::process::id());
    let (spec, password) = real_database(
        "TRIBUTARY_TEST_POSTGRES_URL",
        &[
            &format!("DROP TABLE IF EXISTS {table}"),
            &format!("CREATE TABLE {table} (id bigint PRIMARY KEY, at timestamptz NOT NULL, site text NOT NULL, v float8 NOT NULL, seldom bigint)"),
            // A field that is NULL in most rows does not look like points that are missing.
            &format!(
                "INSERT INTO {table} SELECT g, timestamptz '2026-11-20 00:00:00Z' + (g - 1) * interval '10 seconds', 's' || g % 3, 0.1 * g, \
                 CASE WHEN g % 7 = 0 THEN g END \
                 FROM generate_series(1, {ROWS}) AS g"
            ),
            &format!("CREATE INDEX ON {table} (at, id)"),
        ],
    )
    .await;
    let database = house.database("pg", spec, password.as_ref().map(|password| password.expose_secret())).await;
    let query = house.query("rows", database, &format!("SELECT at, id, site, v, seldom FROM {table}")).await.unwrap();
    let mapping = Mapping {
        tags: vec!["site".to_owned()],
        fields: model::Fields::Columns(vec!["v".to_owned(), "seldom".to_owned()]),
        time: Some(TimeColumn::new("at")),
        constant_tags: [("plant".to_owned(), "north".to_owned())].into(),
        ..Mapping::new("m")
    };
    let mode = Mode::Incremental(Incremental { key: vec!["id".to_owned()], page_rows: 500, ..Incremental::by("at") });
    let connection = house.connection("influx", influx.connection(), None).await;
    let live = house.series("rows", model::Series { mode, ..series(query, connection, mapping) }).await;

    let asked = AuditAsked { from: "2026-11-20T00:00:00Z".parse().unwrap(), to: None, every: Every::Hour, zone: chrono_tz::Tz::UTC };
    let early = house.app.create_audit(ORG, "rows", &asked).await.unwrap_err();
    assert!(early.to_string().contains("has delivered nothing yet"), "{early}");
    let run = house.run(live, "2026-11-21T00:00:00Z").await;
    assert_eq!((run.status, run.figures.points_written), (RunStatus::Succeeded, 3_600), "{:?}", run.reason);

    // Points of another series of the measurement do not count.
    write(&house, &influx, "m,site=s1,plant=south v=1 1795132800000000000").await;
    let first = audited(&house).await;
    assert_eq!((first.state, first.found.compared, first.found.differing), (AuditState::Agrees, 10, 0), "{first:?}");
    assert_eq!(first.progress.rows, 3_600);

    // Ten minutes of the third hour are gone; values of the sixth and the last are overwritten; the eighth has a point that no row makes.
    let gone = "DELETE FROM m WHERE time >= '2026-11-20T02:10:00Z' AND time < '2026-11-20T02:20:00Z'";
    influx.rows(gone).await;
    write(&house, &influx, "m,plant=north,site=s1 v=5.000001 1795150830000000000").await;
    write(&house, &influx, "m,plant=north,site=s1 v=1 1795167390000000000").await;
    write(&house, &influx, "m,plant=north,site=stray v=1 1795158001000000000").await;
    let second = audited(&house).await;
    assert_eq!(hours(&second), [hour("02:00", 60, 0), hour("05:00", 0, 0), hour("07:00", 0, 1), hour("09:00", 0, 0)], "{second:#?}");
    let [minutes, one, stray, last] = &second.found.differences[..] else { panic!("{second:#?}") };
    assert_eq!((minutes.rows, minutes.points_expected, minutes.points), (360, 360, 300));
    assert_eq!((one.sums.len(), one.sums[0].field.as_str(), last.sums.len(), minutes.sums.len()), (1, "v", 1, 0));
    assert!(stray.again.is_none() && minutes.again.is_some());

    let reread = house.app.reread(ORG, &second.id.to_string(), 2).await.unwrap();
    assert_eq!(reread.plan.what.chunks(), 3);
    let began = Instant::now();
    let ended = loop {
        let now = house.app.store.get_backfill(ORG, reread.id).await.unwrap().unwrap();
        if now.state.is_final() {
            break now;
        }
        assert!(began.elapsed() < LIMIT, "{now:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(ended.state, BackfillState::Succeeded);
    assert_eq!(ended.figures.rows_read, 3 * 360, "no more than three hours are read");

    let third = audited(&house).await;
    assert_eq!(hours(&third), [hour("07:00", 0, 1)], "{third:#?}");
    let refused = house.app.reread(ORG, &third.id.to_string(), 2).await.unwrap_err();
    assert!(matches!(&refused, Refusal::Invalid(invalid) if invalid.advice.contains("delete them in InfluxDB")), "{refused:?}");
    influx.rows("DROP SERIES FROM m WHERE site = 'stray'").await;
    assert_eq!(audited(&house).await.state, AuditState::Agrees);
    house.close().await;
}
