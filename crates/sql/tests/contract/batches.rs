//! Rows arrive whole, in order, in bounded batches.

use arrow_array::Array;
use model::{
    Value,
    edges::{Databases, ReadLimits},
};

use crate::ground::{Lack, all, all_with, engines, read, read_within, statement, with};

#[tokio::test]
async fn rows_arrive_in_order_in_batches_of_no_more_rows_than_asked() {
    for ground in all_with(Lack::SmallBatches).await {
        let limits = ReadLimits { batch_rows: 1000, ..ReadLimits::default() };
        let outcome = read_within(&ground.access(), &statement(ground.numbers(25_500, "n")), limits).await.whole(ground.kind());
        let sizes: Vec<usize> = outcome.batches.iter().map(arrow_array::RecordBatch::num_rows).collect();
        assert_eq!(sizes, [vec![1000; 25], vec![500]].concat(), "{}", ground.kind());
        let expected: Vec<String> = (1..=25_500).map(|n| n.to_string()).collect();
        assert!(outcome.firsts() == expected, "{}: rows are lost, doubled or out of order", ground.kind());
    }
}

#[tokio::test]
async fn the_order_that_a_query_asks_for_is_kept() {
    for ground in all().await {
        let sql = format!("SELECT n FROM ({}) AS t ORDER BY n DESC", ground.numbers(20_000, "n"));
        let outcome = read(&ground.access(), &statement(sql)).await.whole(ground.kind());
        let expected: Vec<String> = (1..=20_000).rev().map(|n| n.to_string()).collect();
        assert!(outcome.firsts() == expected, "{}", ground.kind());
    }
}

#[tokio::test]
async fn a_batch_ends_early_when_its_values_are_large() {
    for ground in all_with(Lack::LongTexts).await {
        let limits = ReadLimits { batch_bytes: 100_000, ..ReadLimits::default() };
        let sql = format!("SELECT n, :v AS t FROM ({}) AS t", ground.numbers(100, "n"));
        let value = Value::Text("x".repeat(10_000));
        let outcome = read_within(&ground.access(), &with(sql, value), limits).await.whole(ground.kind());
        assert_eq!(outcome.count(), 100, "{}", ground.kind());
        for batch in &outcome.batches {
            let bytes = batch.column(1).to_data().buffers()[1].len();
            assert!(bytes <= 110_000, "{}: a batch of {bytes} bytes", ground.kind());
        }
    }
}

#[tokio::test]
async fn no_more_rows_are_read_than_asked_for() {
    for ground in all().await {
        for (most, expected) in [(0, 0), (1, 1), (20, 20), (5000, 300)] {
            let limits = ReadLimits { max_rows: Some(most), batch_rows: 7, ..ReadLimits::default() };
            let outcome = read_within(&ground.access(), &statement(ground.numbers(300, "n")), limits).await.whole(ground.kind());
            assert_eq!(outcome.count(), expected, "{}: {most}", ground.kind());
            assert_eq!(outcome.columns.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_preview_of_a_result_without_end_comes_to_its_end() {
    for ground in all().await {
        let limits = ReadLimits { max_rows: Some(20), ..ReadLimits::default() };
        let outcome = read_within(&ground.access(), &statement(ground.numbers(1_000_000_000, "n")), limits).await.whole(ground.kind());
        assert_eq!(outcome.count(), 20, "{}", ground.kind());
    }
}

#[tokio::test]
async fn an_empty_result_has_columns_and_ends() {
    for ground in all().await {
        let sql = format!("SELECT n AS a, n AS b FROM ({}) AS t WHERE n < 0", ground.numbers(10, "n"));
        let mut rows = engines().read(&ground.access(), &statement(sql), ReadLimits::default()).await.unwrap();
        let names: Vec<&str> = rows.columns().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["a", "b"], "{}", ground.kind());
        assert_eq!(rows.schema().fields().len(), 2);
        assert!(rows.next().await.unwrap().is_none(), "{}", ground.kind());
    }
}

#[tokio::test]
async fn a_result_of_a_thousand_columns_is_read() {
    for ground in all().await {
        let columns: Vec<String> = (0..1000).map(|i| format!("n + {i} AS c{i}")).collect();
        let sql = format!("SELECT {} FROM ({}) AS t", columns.join(", "), ground.numbers(500, "n"));
        let outcome = read(&ground.access(), &statement(sql)).await.whole(ground.kind());
        assert_eq!((outcome.columns.len(), outcome.count()), (1000, 500), "{}", ground.kind());
        assert_eq!(outcome.rows()[499][999].as_deref(), Some("1499"), "{}", ground.kind());
    }
}

#[tokio::test]
async fn values_of_two_megabytes_arrive_whole() {
    for ground in all_with(Lack::LongTexts).await {
        ground.execute("CREATE TABLE t(id INTEGER)").await;
        let ids: Vec<String> = (1..=3).map(|id| format!("({id})")).collect();
        ground.execute(&format!("INSERT INTO t VALUES {}", ids.join(","))).await;
        let text = "aü€😀 ".repeat(190_651);
        assert!(text.len() > 2 << 20);
        let outcome = read(&ground.access(), &with("SELECT id, :v AS v FROM t ORDER BY id", Value::Text(text.clone()))).await;
        let outcome = outcome.whole(ground.kind());
        assert_eq!(outcome.count(), 3);
        assert!(outcome.rows().iter().all(|row| row[1].as_deref() == Some(&text)), "{}", ground.kind());
        assert!(outcome.batches.iter().all(|batch| batch.column(1).null_count() == 0));
    }
}
