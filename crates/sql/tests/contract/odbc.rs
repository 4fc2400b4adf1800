//! What is particular to databases behind ODBC drivers: what becomes of their types, what is refused, and what a server is told.

use model::{
    ColumnType,
    ColumnType::{Boolean, Bytes, Date, Decimal, Float, Integer, Text, Time, Timestamp, Uuid},
    FailureKind, Fence, SecretField,
    edges::Databases,
};
use secrecy::SecretString;

use crate::{
    following::{fenced, refusal},
    ground::{Ground, engines, failure, odbc, read, statement, unique, until},
};

/// An expression, what it travels as, and its value.
type Case = (&'static str, ColumnType, &'static str);

/// By psqlODBC. Other than by the engine of PostgreSQL: nothing says that a time has a zone, or that a text is JSON; money is a double, a `real`
/// is the double of its digits, and the text of `char(n)` keeps its blanks.
const POSTGRES: &[Case] = &[
    ("(-32768)::int2", Integer, "-32768"),
    ("2147483647::int4", Integer, "2147483647"),
    ("(-9223372036854775808)::int8", Integer, "-9223372036854775808"),
    ("4294967295::oid", Integer, "4294967295"),
    ("0.1::float4", Float, "0.1"),
    ("0.1::float8", Float, "0.1"),
    ("(-1.7976931348623157e308)::float8", Float, "-1.7976931348623157e308"),
    ("1234567890123456789.0123456789::numeric", Decimal, "1234567890123456789.0123456789"),
    ("1.10::numeric(10,2)", Decimal, "1.10"),
    ("true", Boolean, "true"),
    ("'ä€😀 \"quoted\"'::text", Text, "ä€😀 \"quoted\""),
    ("'abc'::char(5)", Text, "abc  "),
    ("'\\x00ff10'::bytea", Bytes, "00ff10"),
    ("'2000-02-29'::date", Date, "2000-02-29"),
    ("'23:59:59.25'::time", Time, "23:59:59.25"),
    ("'9999-12-31 23:59:59.999999'::timestamp", Timestamp, "9999-12-31T23:59:59.999999"),
    ("'2026-07-01 12:00:00+02'::timestamptz", Timestamp, "2026-07-01T10:00:00.000000"),
    ("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", Uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("'{\"a\": [1, null]}'::jsonb", Text, "{\"a\": [1, null]}"),
    ("'{1,NULL,3}'::int4[]", Text, "{1,NULL,3}"),
    ("'1 day'::interval", Text, "1 day"),
    ("NULL::int8", Integer, "NULL"),
];

#[tokio::test]
async fn the_types_of_postgres_arrive_as_its_driver_tells_them() {
    types(&odbc::postgres().await, POSTGRES, |columns| format!("SELECT {columns}")).await;
}

/// By libsqliteodbc, from columns: it goes by what is declared.
const SQLITE: &[Case] = &[
    ("9223372036854775807 INTEGER", Integer, "9223372036854775807"),
    ("-9223372036854775808 BIGINT", Integer, "-9223372036854775808"),
    ("0.1 REAL", Float, "0.1"),
    ("1.5 NUMERIC", Float, "1.5"),
    ("'it''s ä€😀' TEXT", Text, "it's ä€😀"),
    ("x'00ff10' BLOB", Bytes, "00ff10"),
    ("1 BOOLEAN", Boolean, "true"),
    ("'2026-11-21' DATE", Date, "2026-11-21"),
    ("'2026-11-21 14:05:00.123456' DATETIME", Timestamp, "2026-11-21T14:05:00.123456"),
    ("NULL INTEGER", Integer, "NULL"),
];

#[tokio::test]
async fn the_types_of_sqlite_arrive_as_its_driver_tells_them() {
    let ground = odbc::sqlite();
    let parts: Vec<(&str, &str)> = SQLITE.iter().map(|(case, ..)| case.rsplit_once(' ').unwrap()).collect();
    let columns: Vec<String> = parts.iter().enumerate().map(|(at, (_, declared))| format!("c{at} {declared}")).collect();
    let values: Vec<&str> = parts.iter().map(|(value, _)| *value).collect();
    ground.execute(&format!("CREATE TABLE t({}); INSERT INTO t VALUES ({})", columns.join(", "), values.join(", "))).await;
    types(&ground, SQLITE, |_| "SELECT * FROM t".to_owned()).await;
}

async fn types(ground: &dyn Ground, cases: &[Case], sql: impl Fn(&str) -> String) {
    let columns: Vec<String> = cases.iter().enumerate().map(|(at, (expression, ..))| format!("{expression} AS c{at}")).collect();
    let outcome = read(&ground.access(), &statement(sql(&columns.join(", ")))).await.whole(ground.kind());
    let row = outcome.rows().remove(0);
    let wrong: Vec<String> = cases
        .iter()
        .zip(&outcome.columns)
        .zip(&row)
        .filter(|(((_, kind, expected), column), value)| column.kind != *kind || value.as_deref().unwrap_or("NULL") != *expected)
        .map(|((case, column), value)| format!("{case:?} is {column:?} and {value:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", ground.kind(), wrong.join("\n"));
}

#[tokio::test]
async fn a_text_that_is_longer_than_its_driver_says_is_told_and_never_cut() {
    let ground = odbc::postgres().await;
    let failure = failure(&ground.access(), &statement("SELECT repeat('x', 100000) AS long FROM one")).await;
    assert_eq!(failure.kind, FailureKind::SqlTypeChanged, "{}", failure.chain());
    assert!(failure.chain().contains("`long`") && failure.chain().contains("100000 bytes"), "{}", failure.chain());
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_in_no_word_of_the_driver() {
    for ground in [Box::new(odbc::postgres().await) as Box<dyn Ground>, Box::new(odbc::mysql().await)] {
        let mut access = ground.access();
        access.secrets.insert(SecretField::Password, SecretString::from("hunter2;Driver={/tmp/evil.so}"));
        let failure = failure(&access, &statement("SELECT 1 AS a")).await;
        assert_eq!(failure.kind, FailureKind::SqlAuthentication, "{}: {}", ground.kind(), failure.chain());
        assert!(!format!("{} {failure:?}", failure.chain()).contains("hunter2"), "{}", failure.chain());
    }
}

#[tokio::test]
async fn a_driver_that_is_not_registered_fails_the_check_and_is_not_loaded() {
    let mut access = odbc::sqlite().access();
    let model::Engine::Odbc(odbc) = &mut access.database.engine else { panic!("not ODBC") };
    odbc.connection = "Driver={/tmp/evil.so};Database=x".to_owned();
    let mut findings = Vec::new();
    engines().check(&access, &mut |finding| findings.push(finding)).await;
    let last = findings.last().unwrap();
    assert_eq!((last.step.as_str(), last.field.as_deref()), ("driver", Some("connection")), "{findings:#?}");
    assert!(last.detail.contains("the path of a library is refused"), "{last:?}");
}

#[tokio::test]
async fn fences_other_than_a_lag_are_refused_with_what_to_do() {
    let ground = odbc::postgres().await;
    for fence in [Fence::Transactions, Fence::TransactionId] {
        let failure = refusal(&ground.access(), &statement("SELECT x FROM one"), &fenced("x", &[], fence)).await;
        assert!(failure.kind == FailureKind::Cursor && failure.chain().contains("\"lag_s\": 60"), "{}", failure.chain());
    }
}

#[tokio::test]
async fn a_session_of_mariadb_only_reads_and_is_stopped_on_its_server() {
    let ground = odbc::mysql().await;
    assert_eq!(read(&ground.access(), &statement(ground.numbers(1000, "n"))).await.whole("numbers").count(), 1000);
    let sly = "CREATE FUNCTION sly() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO one VALUES (2); RETURN 1; END";
    ground.execute(sly).await;
    let written = failure(&ground.access(), &statement("SELECT sly() AS v")).await;
    assert_eq!(written.kind, FailureKind::SqlNotReadOnly, "{}", written.chain());
    let marker = unique("waiting");
    let (access, sql) = (ground.access(), statement(ground.endless(&marker)));
    let reading = tokio::spawn(async move { engines().read(&access, &sql, Default::default()).await.map(drop) });
    until(&ground, &marker, true).await;
    reading.abort();
    assert!(reading.await.unwrap_err().is_cancelled());
    until(&ground, &marker, false).await;
}
