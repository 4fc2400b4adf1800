//! Rows arrive: from every engine, through every driver.

use model::{
    Connection, FailureKind, Mapping, Mode, RunStatus, Target, TimeColumn, TimeFormat,
    secret::{ExposeSecret, SecretString},
};
use serde_json::json;

use crate::{
    house::{House, RealInflux, plain, real_database, series, told},
    servers::{Kind, Reply, Rights, Script, Scripted},
};

/// The shop of every engine: three orders within the window of 12:00, one on its end, one before its beginning.
const ORDERS: [(&str, &str, f64); 5] = [
    ("2026-11-21 10:59:59.999999", "AT", 1.0),
    ("2026-11-21 11:00:00", "DE", 10.5),
    ("2026-11-21 11:30:00.000001", "DE", 20.25),
    ("2026-11-21 11:59:59.999999", "FR", 30.0),
    ("2026-11-21 12:00:00", "FR", 99.0),
];

const BY_COUNTRY: &str = "SELECT country, count(*) AS orders, sum(amount) AS revenue FROM {table}
 WHERE created >= :window_start AND created < :window_end GROUP BY country ORDER BY country";

fn inserts(table: &str) -> Vec<String> {
    ORDERS.iter().map(|(at, country, amount)| format!("INSERT INTO {table} VALUES ('{at}', '{country}', {amount})")).collect()
}

fn hour() -> Mode {
    Mode::Window { length_s: Some(3600), lag_s: 0 }
}

fn by_country() -> Mapping {
    Mapping { tags: vec!["country".to_owned()], ..Mapping::new("orders") }
}

/// Runs the window series on this database, twice for the same slot, and reads it back from the real InfluxDB.
async fn window_series_arrives(name: &str, variable: Option<&str>, timestamp: &str) {
    let house = House::open().await;
    let influx = RealInflux::new(name).await;
    let table = format!("main_job_{name}");
    let create = format!("CREATE TABLE {table} (created {timestamp}, country VARCHAR(2), amount DOUBLE PRECISION)");
    let database = match variable {
        None => house.sqlite(name, &format!("{create};\n{}", inserts(&table).join(";\n"))).await,
        Some(variable) => {
            let drop = format!("DROP TABLE IF EXISTS {table}");
            let rows = inserts(&table);
            let statements: Vec<&str> = [drop.as_str(), &create].into_iter().chain(rows.iter().map(String::as_str)).collect();
            let (spec, password) = real_database(variable, &statements).await;
            house.database(name, spec, password.as_ref().map(|password: &SecretString| password.expose_secret())).await
        }
    };
    let connection = house.connection(name, influx.connection(), None).await;
    let query_id = house.query(name, database, &BY_COUNTRY.replace("{table}", &table)).await.unwrap();
    let spec = model::Series { mode: hour(), ..series(query_id, connection, by_country()) };
    let series = house.series(name, spec).await;
    for _ in 0..2 {
        let run = house.run(series, "2026-11-21T12:00:00Z").await;
        assert_eq!(told(&run), (RunStatus::Succeeded, String::new()));
        assert_eq!((run.figures.rows_read, run.figures.points_written, run.figures.rejected), (2, 2, 0));
        let window = run.window.unwrap();
        assert_eq!(
            (window.start.to_rfc3339(), window.end.to_rfc3339()),
            ("2026-11-21T11:00:00+00:00".to_owned(), "2026-11-21T12:00:00+00:00".to_owned())
        );
        let slot = 1_795_262_400_000_000_000_i64;
        assert_eq!(
            influx.rows("SELECT country, orders, revenue FROM orders ORDER BY time").await,
            [json!([slot, "DE", 2, 30.75]), json!([slot, "FR", 1, 30])],
            "and a slot that is run again changes nothing"
        );
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_series_on_sqlite_arrives_in_influxdb() {
    window_series_arrives("sqlite", None, "DATETIME").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_series_on_postgresql_arrives_in_influxdb() {
    window_series_arrives("postgres", Some("TRIBUTARY_TEST_POSTGRES_URL"), "TIMESTAMP").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_series_on_mariadb_arrives_in_influxdb() {
    window_series_arrives("mysql", Some("TRIBUTARY_TEST_MYSQL_URL"), "DATETIME(6)").await;
}

const READINGS: &str = "CREATE TABLE readings (at INTEGER, host TEXT, value REAL);
    INSERT INTO readings VALUES (1, 'a', 1.5), (2, 'b', 2.5), (3, 'c', 3.5), (4, 'd', 4.5);";

fn readings() -> Mapping {
    Mapping {
        tags: vec!["host".to_owned()],
        time: Some(TimeColumn { format: TimeFormat::UnixS, ..TimeColumn::new("at") }),
        ..Mapping::new("readings")
    }
}

const FOUR_POINTS: [&str; 4] = [
    "readings,host=a value=1.5 1000000000",
    "readings,host=b value=2.5 2000000000",
    "readings,host=c value=3.5 3000000000",
    "readings,host=d value=4.5 4000000000",
];

fn scripted(kind: Kind, server: &Scripted) -> Connection {
    Connection::new(match kind {
        Kind::V2 => Target::V2 { url: server.url().clone(), organization: "acme".to_owned(), bucket: "shop".to_owned() },
        _ => Target::v3(server.url().clone(), "shop"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_series_arrives_in_influxdb_2_and_3() {
    for kind in [Kind::V2, Kind::V3] {
        let house = House::open().await;
        let server = Scripted::start(Script::new(kind, &["shop"])).await;
        let connection = house.connection("influx", scripted(kind, &server), Some("secret")).await;
        let database = house.sqlite("readings", READINGS).await;
        let run = house.run_once("readings", database, "SELECT * FROM readings", connection, readings(), "2026-11-21T12:00:00Z").await;
        assert_eq!(told(&run), (RunStatus::Succeeded, String::new()), "{kind:?}");
        assert_eq!(server.points("shop"), FOUR_POINTS, "{kind:?}");
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_influxdb_refuses_is_kept_with_its_row_and_the_others_arrive() {
    for kind in [Kind::V2, Kind::V3] {
        let house = House::open().await;
        let server = Scripted::start(Script::new(kind, &["shop"])).await;
        let connection = house.connection("influx", scripted(kind, &server), Some("secret")).await;
        let database = house.sqlite("readings", READINGS).await;
        // The bucket knows the field as text, so the numbers of one host conflict; the others go to measurements of their own.
        let text = "SELECT 0 AS at, 'x' AS host, 'words' AS value, 'bad' AS kind";
        let by_kind = Mapping { measurement: model::Measurement::Column("kind".to_owned()), ..readings() };
        let first = house.run_once("text", database, text, connection, by_kind.clone(), "2026-11-21T12:00:00Z").await;
        assert_eq!(told(&first), (RunStatus::Succeeded, String::new()), "{kind:?}");
        let mixed = "SELECT *, CASE host WHEN 'c' THEN 'bad' ELSE 'readings' END AS kind FROM readings ORDER BY at";
        let run = house.run_once("mixed", database, mixed, connection, by_kind, "2026-11-21T12:00:00Z").await;
        assert_eq!(run.status, RunStatus::Partial, "{kind:?}: {:?}", run.reason);
        assert_eq!((run.figures.rows_read, run.figures.points_written, run.figures.rejected), (4, 3, 1), "{kind:?}");
        let rejects = house.rejects(&run).await;
        assert_eq!(rejects.len(), 1, "{kind:?}");
        assert_eq!((rejects[0].row, rejects[0].line.as_deref()), (3, Some("bad,host=c value=3.5 3000000000")), "{kind:?}");
        assert!(rejects[0].reason.contains("value"), "{kind:?}: {}", rejects[0].reason);
        let arrived = server.points("shop");
        assert!([0, 1, 3].iter().all(|at| arrived.contains(&FOUR_POINTS[*at].to_owned())), "{kind:?}: {arrived:?}");
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn influxdb_may_ask_to_wait_and_gets_the_same_bytes_again() {
    for kind in [Kind::V2, Kind::V3] {
        let house = House::open().await;
        let script = Script::new(kind, &["shop"]).next(Reply::new(503, "").header("retry-after", "1")).next(Reply::new(429, ""));
        let server = Scripted::start(script).await;
        let connection = house.connection("influx", scripted(kind, &server), Some("secret")).await;
        let database = house.sqlite("readings", READINGS).await;
        let run = house.run_once("readings", database, "SELECT * FROM readings", connection, readings(), "2026-11-21T12:00:00Z").await;
        assert_eq!(told(&run), (RunStatus::Succeeded, String::new()), "{kind:?}");
        assert_eq!(run.figures.retries, 2, "{kind:?}");
        assert_eq!(server.points("shop"), FOUR_POINTS, "{kind:?}");
        let bodies = server.written();
        assert_eq!(bodies.len(), 3, "{kind:?}");
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{kind:?}");
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_revoked_holds_the_data_until_it_is_taken_again() {
    let house = House::open().await;
    let server = Scripted::start(Script::new(Kind::V2, &["shop"])).await;
    let connection = house.connection("influx", scripted(Kind::V2, &server), Some("not the secret")).await;
    let database = house.sqlite("readings", READINGS).await;
    let query_id = house.query("readings", database, "SELECT * FROM readings WHERE at < 9 OR at >= :window_start").await.unwrap();
    let spec = model::Series { mode: hour(), ..series(query_id, connection, readings()) };
    let series = house.series("readings", spec).await;
    let id = house.start(series, "2026-11-21T12:00:00Z").await;
    let waiting = house.until(id, |run| run.reason.is_some()).await;
    assert_eq!(
        (waiting.status, waiting.attempt, waiting.reason.and_then(|reason| reason.kind)),
        (RunStatus::Queued, 1, Some(FailureKind::InfluxAuthentication))
    );
    let holds = house.app.store.list_holds(crate::house::ORG).await.unwrap();
    assert_eq!(holds.iter().map(|hold| hold.connection_id).collect::<Vec<_>>(), [connection]);
    assert!(server.points("shop").is_empty());

    server.with(|script| script.logins.insert("not the secret".to_owned(), Rights::All));
    let run = house.ended(id).await;
    assert_eq!((run.status, run.attempt), (RunStatus::Succeeded, 1), "{:?}", run.reason);
    assert_eq!(server.points("shop"), FOUR_POINTS);
    assert!(house.app.store.list_holds(crate::house::ORG).await.unwrap().is_empty());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_a_group_run_at_its_slots_one_after_another() {
    let house = House::open().await;
    let (connection, folder) = house.folder("lines").await;
    let database = house.sqlite("readings", READINGS).await;
    let group = model::Group {
        schedule: model::Schedule::EveryS(1),
        time_zone: chrono_tz::Tz::UTC,
        overlap: model::Overlap::QueueOne,
        missed: model::Missed::All(10),
        enabled: true,
    };
    let group = house.app.create_group(crate::house::ORG, plain("every second", group)).await.unwrap().id;
    for (position, name) in ["second", "first"].into_iter().rev().enumerate() {
        let query_id = house.query(name, database, "SELECT host, value FROM readings").await.unwrap();
        let mapping = Mapping { tags: vec!["host".to_owned()], ..Mapping::new(name) };
        let position = i32::try_from(position).unwrap();
        house.series(name, model::Series { group_id: Some(group), position, ..series(query_id, connection, mapping) }).await;
    }
    house.app.flow.wake();
    let pairs = async {
        loop {
            let runs = house.app.store.list_runs(crate::house::ORG, &store::RunFilter { limit: 100, ..Default::default() }).await.unwrap();
            let mut done: Vec<_> = runs.into_iter().filter(|run| run.status == RunStatus::Succeeded).collect();
            if done.len() >= 6 {
                done.sort_by_key(|run| (run.slot, run.started_at));
                return done;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let done = tokio::time::timeout(std::time::Duration::from_secs(60), pairs).await.expect("three slots come");
    for pair in done.chunks_exact(2) {
        assert_eq!(pair[0].slot, pair[1].slot);
        assert_eq!((pair[0].series_name.as_str(), pair[1].series_name.as_str()), ("first", "second"));
        assert!(pair[1].started_at >= pair[0].finished_at, "one after another");
    }
    assert!(std::fs::read_dir(folder).unwrap().count() >= 6);
    house.close().await;
}
