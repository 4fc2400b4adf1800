//! What is wrong is told, by its kind and in words, and harms nothing else. One test per way a thing can be wrong.

use std::net::TcpListener;

use model::{
    Connection, Database, Engine, Failure, FailureKind, Finding, Group, Mapping, Missed, Overlap, RunStatus, Schedule, Target, TimeColumn,
    Verdict,
    edges::{ConnectionAccess, DatabaseAccess, Databases},
    secret::SecretString,
};
use tributary::app::Refusal;
use url::Url;

use crate::{
    house::{House, ORG, RealInflux, SKIPPING, plain, real_database, server, told},
    servers::{Kind, Script, Scripted},
};

const SLOT: &str = "2026-11-21T12:00:00Z";

/// An address where nothing listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn v1(url: &str, database: &str) -> Connection {
    let url: Url = url.parse().unwrap();
    Connection::new(Target::v1(url, database))
}

async fn check(house: &House, connection: Connection, secret: Option<&str>) -> Finding {
    let mut findings = Vec::new();
    let secret = secret.map(|secret| SecretString::from(secret.to_owned()));
    house.app.influx.check(&ConnectionAccess::new(connection, secret), &mut |finding| findings.push(finding)).await;
    findings.pop().expect("a check tells something")
}

/// What a check says last, and that it says what to do.
async fn check_fails(house: &House, connection: Connection, secret: Option<&str>) -> (FailureKind, String) {
    let last = check(house, connection, secret).await;
    assert_eq!(last.verdict, Verdict::Failed, "{last:?}");
    assert!(last.advice.as_ref().is_some_and(|advice| !advice.is_empty()), "{last:?}");
    (last.kind.unwrap(), last.detail)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_url_a_closed_port_and_tls_where_none_is() {
    let house = House::open().await;
    let draft = plain("ftp", v1("ftp://localhost/", "shop"));
    let refused = house.app.create_connection(ORG, draft, SKIPPING, &mut |_| {}).await.unwrap_err();
    assert!(matches!(&refused, Refusal::Invalid(invalid) if invalid.field == "url"), "{refused:?}");
    assert!(
        check_fails(&house, v1(&format!("http://127.0.0.1:{}", closed_port()), "shop"), None).await.0 == FailureKind::InfluxUnreachable
    );
    let plain_http = Scripted::start(Script::new(Kind::V1, &["shop"])).await;
    let https = plain_http.url().as_str().replace("http://", "https://");
    assert_eq!(check_fails(&house, v1(&https, "shop"), None).await.0, FailureKind::InfluxTls);
    assert_eq!(check_fails(&house, v1("http://no-such-host.invalid:8086", "shop"), None).await.0, FailureKind::InfluxDns);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_a_missing_database_and_a_kapacitor_at_the_address() {
    let house = House::open().await;
    let url: Url = server("TRIBUTARY_TEST_INFLUX_AUTH_URL").parse().unwrap();
    let username = Some(server("TRIBUTARY_TEST_INFLUX_AUTH_USER"));
    let strict = Connection::new(Target::V1 {
        url,
        database: "shop".to_owned(),
        username,
        retention_policy: None,
        edition: Default::default(),
        meta_url: None,
    });
    let (kind, detail) = check_fails(&house, strict, Some("not-the-password-4711")).await;
    assert_eq!(kind, FailureKind::InfluxAuthentication);
    assert!(!detail.contains("4711"), "{detail}");
    let real = server("TRIBUTARY_TEST_INFLUX_URL");
    assert_eq!(check_fails(&house, v1(&real, "no_such_database"), None).await.0, FailureKind::InfluxMissing);
    let kapacitor = Scripted::start(Script::new(Kind::Kapacitor, &[])).await;
    let (kind, detail) = check_fails(&house, v1(kapacitor.url().as_str(), "shop"), None).await;
    assert_eq!(kind, FailureKind::InfluxProduct);
    assert!(detail.contains("Kapacitor"), "{detail}");
    let v2 = Scripted::start(Script::new(Kind::V2, &["shop"])).await;
    let missing = Connection::new(Target::V2 { url: v2.url().clone(), organization: "acme".to_owned(), bucket: "nowhere".to_owned() });
    assert_eq!(check_fails(&house, missing, Some("secret")).await.0, FailureKind::InfluxMissing);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_cron_line_is_refused_with_its_field() {
    let house = House::open().await;
    let spec = Group {
        schedule: Schedule::Cron("*/5 25 * * *".to_owned()),
        time_zone: chrono_tz::Tz::UTC,
        overlap: Overlap::Skip,
        missed: Missed::Latest,
        enabled: true,
    };
    let refused = house.app.create_group(ORG, plain("five", spec)).await.unwrap_err();
    let Refusal::Failed { failure, field } = &refused else { panic!("{refused:?}") };
    assert_eq!((failure.kind, *field), (FailureKind::Schedule, Some("schedule")));
    assert!(failure.chain().contains("25"), "{}", failure.chain());
    house.close().await;
}

/// What each engine says to a statement that cannot be run.
async fn statement_fails(access: &DatabaseAccess, sql: &str) -> Failure {
    let statement = model::Statement { sql: sql.to_owned(), values: Default::default() };
    let engines = sql::Engines::new();
    match engines.read(access, &statement, Default::default()).await {
        Err(failure) => failure,
        Ok(mut rows) => loop {
            match rows.next().await {
                Err(failure) => break failure,
                Ok(Some(_)) => {}
                Ok(None) => panic!("`{sql}` came to its end"),
            }
        },
    }
}

async fn every_engine(house: &House) -> Vec<DatabaseAccess> {
    let path = house.path("shop.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE main_job_bad (a INTEGER)").unwrap();
    let mut all = vec![DatabaseAccess::new(Database::new(Engine::Sqlite { path: path.display().to_string() }), None)];
    for variable in ["TRIBUTARY_TEST_POSTGRES_URL", "TRIBUTARY_TEST_MYSQL_URL"] {
        let (database, password) = real_database(variable, &["CREATE TABLE IF NOT EXISTS main_job_bad (a INTEGER)"]).await;
        all.push(DatabaseAccess::new(database, password));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_that_does_not_parse_or_writes_or_names_a_column_twice() {
    let house = House::open().await;
    for access in every_engine(&house).await {
        let engine = access.database.engine.kind();
        for (sql, kind) in [
            ("SELEC 1", FailureKind::SqlNotReadOnly),
            ("SELECT FROM WHERE", FailureKind::SqlInvalid),
            ("SELECT nothing FROM main_job_bad", FailureKind::SqlInvalid),
            ("DELETE FROM main_job_bad", FailureKind::SqlNotReadOnly),
            ("SELECT 1 AS a; DROP TABLE main_job_bad", FailureKind::SqlNotReadOnly),
            ("SELECT a, 2 AS a FROM main_job_bad", FailureKind::SqlDuplicateColumn),
            ("SELECT :what AS a", FailureKind::SqlParameter),
        ] {
            let failure = statement_fails(&access, sql).await;
            assert_eq!(failure.kind, kind, "{engine}: {sql}: {}", failure.chain());
        }
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_returns_no_columns_is_refused() {
    let (database, password) = real_database("TRIBUTARY_TEST_POSTGRES_URL", &[]).await;
    let failure = statement_fails(&DatabaseAccess::new(database, password), "SELECT FROM generate_series(1, 3)").await;
    assert_eq!(failure.kind, FailureKind::SqlNoColumns, "{}", failure.chain());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_changes_its_type_between_runs_is_told_by_influxdb_row_by_row() {
    let house = House::open().await;
    let influx = RealInflux::new("types").await;
    let connection = house.connection("influx", influx.connection(), None).await;
    let database = house.sqlite("shop", "CREATE TABLE r (a); INSERT INTO r VALUES (1.5)").await;
    let query_id = house.query("r", database, "SELECT a FROM r").await.unwrap();
    let series = house.series("r", crate::house::series(query_id, connection, Mapping::new("r"))).await;
    assert_eq!(told(&house.run(series, SLOT).await), (RunStatus::Succeeded, String::new()));
    rusqlite::Connection::open(house.path("shop.db")).unwrap().execute_batch("UPDATE r SET a = 'words'").unwrap();
    let run = house.run(series, "2026-11-21T12:01:00Z").await;
    assert_eq!((run.status, run.figures.rejected), (RunStatus::Partial, 1), "{:?}", run.reason);
    let rejects = house.rejects(&run).await;
    assert_eq!(rejects[0].row, 1);
    assert!(rejects[0].reason.contains("field type conflict"), "{}", rejects[0].reason);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_that_names_what_is_not_there_fails_and_says_what_there_is() {
    let house = House::open().await;
    let (connection, folder) = house.folder("lines").await;
    let database = house.sqlite("shop", "CREATE TABLE r (country TEXT, amount REAL); INSERT INTO r VALUES ('DE', 1)").await;
    let tags = Mapping { tags: vec!["land".to_owned()], ..Mapping::new("r") };
    let fields = Mapping { fields: model::Fields::Columns(vec!["sum".to_owned()]), ..Mapping::new("r") };
    let time = Mapping { time: Some(TimeColumn::new("at")), ..Mapping::new("r") };
    for (name, mapping, missing) in [("tags", tags, "land"), ("fields", fields, "sum"), ("time", time, "at")] {
        let run = house.run_once(name, database, "SELECT * FROM r", connection, mapping, SLOT).await;
        let reason = run.reason.unwrap();
        assert_eq!((run.status, reason.kind), (RunStatus::Failed, Some(FailureKind::Mapping)));
        assert!(reason.message.contains(missing) && reason.message.contains("country"), "{}", reason.message);
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "and nothing was written");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn null_times_and_long_strings_are_rejects_and_nan_is_left_out() {
    let house = House::open().await;
    let (spec, password) = real_database("TRIBUTARY_TEST_POSTGRES_URL", &[]).await;
    let password = password.as_ref().map(|password| model::secret::ExposeSecret::expose_secret(password).to_owned());
    let database = house.database("postgres", spec, password.as_deref()).await;
    let server = Scripted::start(Script::new(Kind::V3, &["shop"])).await;
    let target = Target::v3(server.url().clone(), "shop");
    let connection = house.connection("v3", Connection::new(target), Some("secret")).await;
    let sql = "SELECT * FROM (VALUES
        (timestamptz '2026-01-01 00:00:00Z', 1.0::float8, 'short'),
        (NULL, 2.0, 'no time'),
        (timestamptz '2026-01-01 00:00:02Z', 'NaN', 'not a number'),
        (timestamptz '2026-01-01 00:00:03Z', 4.0, repeat('x', 70000)),
        (timestamptz 'infinity', 5.0, 'the end of time')) AS r(at, value, words)";
    let time = Some(TimeColumn::new("at"));
    let run = house.run_once("r", database, sql, connection, Mapping { time, ..Mapping::new("r") }, SLOT).await;
    assert_eq!(run.status, RunStatus::Partial, "{:?}", run.reason);
    assert_eq!((run.figures.rows_read, run.figures.points_written, run.figures.rejected, run.figures.values_omitted), (5, 2, 3, 1));
    let rejects = house.rejects(&run).await;
    assert_eq!(rejects.iter().map(|reject| reject.row).collect::<Vec<_>>(), [2, 4, 5]);
    assert!(rejects[0].reason.contains("at") && rejects[1].reason.contains("words") && rejects[2].reason.contains("at"), "{rejects:?}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_number_above_63_bits_is_a_reject_and_never_another_number() {
    let house = House::open().await;
    let (connection, folder) = house.folder("lines").await;
    let (spec, password) = real_database("TRIBUTARY_TEST_MYSQL_URL", &[]).await;
    let password = password.as_ref().map(|password| model::secret::ExposeSecret::expose_secret(password).to_owned());
    let database = house.database("mariadb", spec, password.as_deref()).await;
    let sql = "SELECT CAST(9223372036854775807 AS UNSIGNED) AS n UNION ALL SELECT CAST(9223372036854775808 AS UNSIGNED)";
    let run = house.run_once("n", database, sql, connection, Mapping::new("n"), SLOT).await;
    assert_eq!((run.status, run.figures.points_written, run.figures.rejected), (RunStatus::Partial, 1, 1), "{:?}", run.reason);
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read_to_string(file).unwrap(), "n n=9223372036854775807i 1795262400000000000\n");
    assert!(house.rejects(&run).await[0].reason.contains('n'));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_zero_rows_is_empty_and_not_a_success() {
    let house = House::open().await;
    let (connection, folder) = house.folder("lines").await;
    let database = house.sqlite("shop", "CREATE TABLE r (a INTEGER)").await;
    let run = house.run_once("r", database, "SELECT a FROM r", connection, Mapping::new("r"), SLOT).await;
    assert_eq!((run.status, run.figures.rows_read, run.figures.points_written), (RunStatus::Empty, 0, 0));
    drop(folder);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_broken_series_does_not_stop_another() {
    let house = House::open().await;
    let (connection, _folder) = house.folder("lines").await;
    let nowhere = house.connection("nowhere", v1(&format!("http://127.0.0.1:{}", closed_port()), "shop"), None).await;
    let database = house.sqlite("shop", "CREATE TABLE r (a INTEGER); INSERT INTO r VALUES (1)").await;
    let query_id = house.query("broken", database, "SELECT a FROM r").await.unwrap();
    let broken = house.series("broken", crate::house::series(query_id, nowhere, Mapping::new("r"))).await;
    let stuck = house.start(broken, SLOT).await;
    let run = house.run_once("sound", database, "SELECT a FROM r", connection, Mapping::new("r"), SLOT).await;
    assert_eq!(told(&run), (RunStatus::Succeeded, String::new()));
    let status = house.app.store.get_run(ORG, stuck).await.unwrap().unwrap().status;
    assert_eq!(status, RunStatus::Running, "it still tries");
    house.app.cancel_run(ORG, &stuck.to_string()).await.unwrap();
    assert_eq!(house.ended(stuck).await.status, RunStatus::Cancelled);
    house.close().await;
}
