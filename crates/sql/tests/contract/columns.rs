//! What a result is made of, told without reading it to the end.

use std::time::Duration;

use model::{FailureKind, edges::Databases};

use crate::ground::{Ground, Lack, all, all_with, engines, failure, postgres, read, servers, statement, unique, until};

#[tokio::test]
async fn a_description_names_the_columns_that_a_read_gives() {
    for ground in all().await {
        ground.execute("CREATE TABLE t(a INTEGER, b VARCHAR(20), c DOUBLE PRECISION, d TIMESTAMP NULL)").await;
        ground.execute("INSERT INTO t VALUES (1, 'x', 1.5, '2026-11-21 14:05:00'), (NULL, NULL, NULL, NULL)").await;
        for sql in [
            "SELECT * FROM t",
            "SELECT a + 1 AS x, b, count(*) AS n FROM t GROUP BY a, b",
            "SELECT NULL AS void, 'text' AS t, 1 AS one, 1.5 AS half",
        ] {
            let described = engines().describe(&ground.access(), &statement(sql)).await.unwrap();
            let read = read(&ground.access(), &statement(sql)).await.whole(sql);
            assert_eq!(described, read.columns, "{}: {sql}", ground.kind());
        }
    }
}

#[tokio::test]
async fn a_query_that_fails_later_is_described() {
    for ground in all_with(Lack::EarlyColumns).await {
        let sql = statement(ground.numbers_failing_at(2, 10));
        let columns = engines().describe(&ground.access(), &sql).await.unwrap_or_else(|failure| panic!("{}", failure.chain()));
        assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["n"], "{}", ground.kind());
    }
}

#[tokio::test]
async fn a_query_that_takes_long_is_described_at_once() {
    for ground in servers().await {
        let columns = engines().describe(&ground.access(), &statement(ground.endless("slow"))).await.unwrap();
        assert_eq!(columns[0].name, "slow", "{}", ground.kind());
        let columns = engines().describe(&ground.access(), &statement(ground.numbers(1_000_000_000, "many"))).await.unwrap();
        assert_eq!(columns[0].name, "many", "{}", ground.kind());
    }
}

#[tokio::test]
async fn a_description_runs_no_part_of_the_query() {
    let ground = postgres().await;
    let marker = unique("described");
    for sql in [
        "WITH s AS MATERIALIZED (SELECT pg_sleep(600)::text AS v) SELECT v FROM s",
        "SELECT (SELECT pg_sleep(600)::text) AS v",
        "SELECT v::text FROM pg_sleep(600) AS v",
        "SELECT x::text AS v FROM one WHERE EXISTS (SELECT pg_sleep(600))",
        "SELECT x::text AS v FROM one ORDER BY pg_sleep(600)::text LIMIT 1",
        "SELECT s::text AS v FROM generate_series(1, 1000000000000) AS s",
    ] {
        let sql = statement(format!("{sql} -- {marker}"));
        let described = tokio::time::timeout(Duration::from_secs(20), engines().describe(&ground.access(), &sql)).await;
        let columns = described.unwrap_or_else(|_| panic!("it runs: {}", sql.sql)).unwrap();
        assert_eq!(columns[0].name, "v", "{}", sql.sql);
    }
    until(&ground, &marker, false).await;
}

#[tokio::test]
async fn a_column_keeps_whatever_name_it_has() {
    for ground in all().await {
        let names = ["Größe", "a b", "quo\"te", "tick`s", "select", "semi;colon", "colon:v", "日本", "it's"];
        let list: Vec<String> = names.iter().enumerate().map(|(i, name)| format!("{i} AS {}", ground.quoted(name))).collect();
        let outcome = read(&ground.access(), &statement(format!("SELECT {}", list.join(", ")))).await.whole(ground.kind());
        let found: Vec<&str> = outcome.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(found, names, "{}", ground.kind());
    }
}

#[tokio::test]
async fn a_table_whose_name_needs_quotes_is_read() {
    for ground in all().await {
        let (table, column) = (ground.quoted("Bücher; drop"), ground.quoted("Preis :v"));
        ground.execute(&format!("CREATE TABLE {table}({column} INTEGER)")).await;
        ground.execute(&format!("INSERT INTO {table} VALUES (7)")).await;
        let outcome = read(&ground.access(), &statement(format!("SELECT {column} FROM {table}"))).await.whole(ground.kind());
        assert_eq!((outcome.columns[0].name.as_str(), outcome.firsts()), ("Preis :v", vec!["7".to_owned()]), "{}", ground.kind());
    }
}

#[tokio::test]
async fn two_columns_of_one_name_are_refused_before_the_first_row() {
    for ground in all().await {
        let sql = statement("SELECT x AS a, x AS b, x AS a FROM one");
        let described = engines().describe(&ground.access(), &sql).await.unwrap_err();
        for failure in [failure(&ground.access(), &sql).await, described] {
            assert_eq!(failure.kind, FailureKind::SqlDuplicateColumn, "{}", ground.kind());
            assert!(failure.chain().contains("`a`"), "{}", failure.chain());
        }
    }
}

#[tokio::test]
async fn a_query_without_columns_is_refused() {
    let ground = postgres().await;
    assert_eq!(failure(&ground.access(), &statement("SELECT FROM one")).await.kind, FailureKind::SqlNoColumns);
}
