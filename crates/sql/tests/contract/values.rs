//! Values are bound to placeholders and never pasted into the text.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeZone, Utc};
use model::{FailureKind, Statement, Value, edges::Databases};

use crate::ground::{Ground, Lack, all, all_with, engines, failure, postgres, read, statement, with};

#[tokio::test]
async fn text_that_looks_like_sql_stays_text() {
    for ground in all().await {
        for text in ["", "it's", "'; DROP TABLE one; --", "\\", "\\'", "a\nb\tc", "ü€😀", ":v", "$1", "?", "%s", "\"x\" `y`", "/* -- */"]
        {
            let outcome = read(&ground.access(), &with("SELECT :v AS v FROM one", Value::Text(text.to_owned()))).await;
            assert_eq!(outcome.whole(text).firsts(), [text], "{}", ground.kind());
        }
        assert_eq!(read(&ground.access(), &statement("SELECT x FROM one")).await.whole(ground.kind()).count(), 1);
    }
}

#[tokio::test]
async fn text_finds_the_rows_that_hold_it() {
    for ground in all().await {
        ground.execute("CREATE TABLE t(id INTEGER, name VARCHAR(50))").await;
        ground.execute("INSERT INTO t VALUES (1, 'anna'), (2, 'it''s'), (3, 'x'' OR 1=1 --')").await;
        for (text, id) in [("anna", "1"), ("it's", "2"), ("x' OR 1=1 --", "3")] {
            let outcome = read(&ground.access(), &with("SELECT id FROM t WHERE name = :v", Value::Text(text.to_owned()))).await;
            assert_eq!(outcome.whole(text).firsts(), [id], "{}", ground.kind());
        }
    }
}

#[tokio::test]
async fn numbers_and_truth_values_compare_as_what_they_are() {
    for ground in all().await {
        ground.execute("CREATE TABLE t(id INTEGER, big BIGINT, d DOUBLE PRECISION, yes BOOLEAN)").await;
        let rows = "(1, 9223372036854775807, 0.1, true), (2, -9223372036854775808, 1e300, false), (3, 0, -2.5, NULL)";
        ground.execute(&format!("INSERT INTO t VALUES {rows}")).await;
        for (condition, value, ids) in [
            ("big = :v", Value::Integer(i64::MAX), vec!["1"]),
            ("big = :v", Value::Integer(i64::MIN), vec!["2"]),
            ("big > :v", Value::Integer(-1), vec!["1", "3"]),
            ("d = :v", Value::Float(0.1), vec!["1"]),
            ("d = :v", Value::Float(1e300), vec!["2"]),
            ("d < :v", Value::Float(0.0), vec!["3"]),
            ("yes = :v", Value::Boolean(true), vec!["1"]),
            ("yes = :v", Value::Boolean(false), vec!["2"]),
        ] {
            let about = format!("{}: {condition} {value:?}", ground.kind());
            let sql = format!("SELECT id FROM t WHERE {condition} ORDER BY id");
            assert_eq!(read(&ground.access(), &with(sql, value)).await.whole(&about).firsts(), ids, "{about}");
        }
    }
}

#[tokio::test]
async fn a_number_limits_the_rows() {
    for ground in all().await {
        let sql = format!("SELECT n FROM ({}) AS t ORDER BY n LIMIT :v", ground.numbers(100, "n"));
        let outcome = read(&ground.access(), &with(sql, Value::Integer(3))).await.whole(ground.kind());
        assert_eq!(outcome.firsts(), ["1", "2", "3"], "{}", ground.kind());
    }
}

#[tokio::test]
async fn an_instant_is_compared_in_utc_to_the_microsecond() {
    for ground in all_with(Lack::Micros).await {
        let six = if ground.kind() == "mysql" { "DATETIME(6)" } else { "TIMESTAMP" };
        ground.execute(&format!("CREATE TABLE t(id INTEGER, at {six})")).await;
        let rows = "(1, '2026-03-29 01:59:59'), (2, '2026-03-29 02:00:00'), (3, '2026-03-29 02:00:00.000001')";
        ground.execute(&format!("INSERT INTO t VALUES {rows}")).await;
        let second = Utc.with_ymd_and_hms(2026, 3, 29, 2, 0, 0).unwrap();
        for (condition, instant, ids) in [
            ("at < :v", second, vec!["1"]),
            ("at >= :v", second, vec!["2", "3"]),
            ("at = :v", DateTime::from_timestamp_micros(second.timestamp_micros() + 1).unwrap(), vec!["3"]),
        ] {
            let about = format!("{}: {condition} {instant}", ground.kind());
            let sql = format!("SELECT id FROM t WHERE {condition} ORDER BY id");
            assert_eq!(read(&ground.access(), &with(sql, Value::Instant(instant))).await.whole(&about).firsts(), ids, "{about}");
        }
    }
}

#[tokio::test]
async fn one_placeholder_stands_in_many_places_and_none_in_quotes_and_comments() {
    for ground in all().await {
        let values = [("v", Value::Integer(4)), ("w", Value::Text("w".to_owned())), ("unused", Value::Boolean(true))];
        let values: BTreeMap<String, Value> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let name = ground.quoted(":v");
        let sql = format!(
            "SELECT ':v' AS a, :v + 1 AS b, :w AS c, x AS {name} -- :nothing\n FROM one /* :nothing */ WHERE :v = 4 AND x < :v AND :w = 'w'"
        );
        let outcome = read(&ground.access(), &Statement { sql, values }).await.whole(ground.kind());
        let row: Vec<&str> = outcome.rows()[0].iter().map(|value| value.as_deref().unwrap()).map(|v| v.to_owned().leak() as &str).collect();
        assert_eq!(row, [":v", "5", "w", "1"], "{}", ground.kind());
    }
}

#[tokio::test]
async fn casts_are_no_placeholders() {
    let ground = postgres().await;
    let sql = with("SELECT :v::int4 AS a, '2026-11-21'::date AS b, (ARRAY[1,2,3])[1:2] AS c", Value::Text("5".to_owned()));
    let outcome = read(&ground.access(), &sql).await.whole("casts");
    let row: Vec<String> = outcome.rows()[0].iter().flatten().cloned().collect();
    assert_eq!(row, ["5", "2026-11-21", "{1,2}"]);
}

#[tokio::test]
async fn a_placeholder_without_a_value_is_named_by_read_and_describe() {
    for ground in all().await {
        let sql = statement("SELECT x FROM one WHERE x = :missing");
        for failure in [failure(&ground.access(), &sql).await, engines().describe(&ground.access(), &sql).await.unwrap_err()] {
            assert_eq!(failure.kind, FailureKind::SqlParameter, "{}", ground.kind());
            assert!(failure.chain().contains(":missing"), "{}", failure.chain());
        }
    }
}

#[tokio::test]
async fn a_text_that_the_server_cannot_hold_is_a_wrong_value() {
    let ground = postgres().await;
    let failure = failure(&ground.access(), &with("SELECT :v AS v", Value::Text("a\0b".to_owned()))).await;
    assert_eq!(failure.kind, FailureKind::SqlParameter, "{}", failure.chain());
}
