//! Whatever rows there are: what is encoded reads back as it was, and how the rows are cut changes nothing.
#![allow(missing_docs, clippy::unwrap_used)]

mod line_rows;

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use chrono::{DateTime, NaiveDate};
use influx::line::{Backslash, LineRules};
use influxdb_line_protocol::{FieldValue, parse_lines};
use line_rows::{
    go::{self, Point, Value},
    *,
};
use model::{
    Mapping, Measurement, TimeColumn,
    mapping::{NotANumber, TimeField, Unsigned},
};
use proptest::{collection::vec, option, prelude::*};

/// One row of every type in every role.
#[derive(Clone, Debug)]
struct Row {
    name: Option<String>,
    tag: Option<String>,
    number_tag: Option<i64>,
    float: Option<f64>,
    measured: Option<f64>,
    integer: Option<i64>,
    unsigned: Option<u64>,
    boolean: Option<bool>,
    text: Option<String>,
    decimal: Option<String>,
    bytes: Option<Vec<u8>>,
    day: Option<i32>,
    local: Option<i64>,
    instant: Option<i64>,
    at: Option<i64>,
}

fn tricky() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,20}", r#"[ab,= \\"\n\t\r#é0]{0,8}"#, any::<String>(), "[x ]{30,70}"]
}

prop_compose! {
    fn row()(
        (name, tag, number_tag) in (option::weighted(0.9, tricky()), option::of(tricky()), option::of(any::<i64>())),
        (float, measured) in (option::of(any::<f64>()), option::of((-100_000..100_000).prop_map(|n| f64::from(n) / 100.0))),
        (integer, unsigned, boolean) in (option::of(any::<i64>()), option::of(any::<u64>()), option::of(any::<bool>())),
        (text, bytes) in (option::of(tricky()), option::of(vec(any::<u8>(), 0..60))),
        decimal in option::of("-?[0-9]{1,18}(\\.[0-9]{1,9})?"),
        // Days and moments within the calendar of chrono, which is the oracle for their text.
        (day, local, instant) in (
            option::of(-700_000..2_900_000),
            option::of(-60_000_000_000_000_000_i64..250_000_000_000_000_000),
            option::of(-60_000_000_000_000_000_i64..250_000_000_000_000_000),
        ),
        at in option::weighted(0.9, prop_oneof![
            any::<i64>(),
            -9_223_372_036_854_775_i64..9_223_372_036_854_775,
            1_795_269_900_000_000_i64..1_795_269_901_000_000,
        ]),
    ) -> Row {
        Row { name, tag, number_tag, float, measured, integer, unsigned, boolean, text, decimal, bytes, day, local, instant, at }
    }
}

fn rows_of(rows: &[Row]) -> RecordBatch {
    macro_rules! column {
        ($of:ident, $name:literal, $row:ident => $value:expr) => {
            $of($name, &rows.iter().map(|$row| $value).collect::<Vec<_>>())
        };
    }
    batch(&[
        column!(texts, "name", row => row.name.as_deref()),
        column!(texts, "a tag=", row => row.tag.as_deref()),
        column!(integers, "number", row => row.number_tag),
        column!(floats, "float", row => row.float),
        column!(floats, "measured", row => row.measured),
        column!(integers, "a, field", row => row.integer),
        column!(unsigned, "unsigned", row => row.unsigned),
        column!(booleans, "boolean", row => row.boolean),
        column!(texts, "text\"", row => row.text.as_deref()),
        column!(decimals, "decimal", row => row.decimal.as_deref()),
        column!(bytes, "bytes", row => row.bytes.as_deref()),
        column!(dates, "day", row => row.day),
        column!(timestamps, "local", row => row.local),
        column!(instants, "instant", row => row.instant),
        column!(instants, "at", row => row.at),
    ])
}

fn mapping() -> Mapping {
    Mapping {
        measurement: Measurement::Column("name".to_owned()),
        tags: names(&["number", "a tag="]),
        time: Some(TimeColumn::new("at")),
        unsigned: Unsigned::Unsigned,
        not_a_number: NotANumber::Omit,
        time_field: TimeField::Text,
        ..Mapping::new("unused")
    }
}

/// What is to become of a row.
#[derive(Debug, PartialEq)]
enum Expected {
    Point(Box<Point>),
    Skipped,
    Rejected,
}

fn expected(row: &Row, rules: &LineRules) -> Expected {
    let cannot = |text: &str| text.ends_with('\\') || text.contains('\n') || (!rules.tabs && text.contains('\t'));
    let Some(measurement) = row.name.clone() else { return Expected::Rejected };
    let separators = rules.backslash == Backslash::Literal && ["\\,", "\\=", "\\ ", "\\\""].iter().any(|pair| measurement.contains(pair));
    let null = rules.backslash == Backslash::Doubled && measurement.contains('\0');
    if measurement.is_empty() || measurement.starts_with(['#', '\t', '\0']) || separators || null || cannot(&measurement) {
        return Expected::Rejected;
    }
    let mut tags = BTreeMap::new();
    if let Some(tag) = row.tag.clone().filter(|tag| !tag.is_empty()) {
        if cannot(&tag) {
            return Expected::Rejected;
        }
        tags.insert("a tag=".to_owned(), tag);
    }
    if let Some(number) = row.number_tag {
        tags.insert("number".to_owned(), number.to_string());
    }
    let mut fields = BTreeMap::new();
    let mut field = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    let iso = |microseconds: i64| {
        let text = DateTime::from_timestamp_micros(microseconds).unwrap().format("%Y-%m-%dT%H:%M:%S").to_string();
        match microseconds.rem_euclid(1_000_000) {
            0 => text,
            fraction => format!("{text}.{fraction:06}").trim_end_matches('0').to_owned(),
        }
    };
    field("float", row.float.filter(|value| value.is_finite()).map(|value| Value::Float(value.to_bits())));
    field("measured", row.measured.map(|value| Value::Float(value.to_bits())));
    field("a, field", row.integer.map(Value::Integer));
    field("unsigned", row.unsigned.map(Value::Unsigned));
    field("boolean", row.boolean.map(Value::Boolean));
    field("text\"", row.text.clone().map(Value::String));
    field("decimal", row.decimal.as_ref().map(|text| Value::Float(text.parse::<f64>().unwrap().to_bits())));
    field("bytes", row.bytes.as_ref().map(|bytes| Value::String(base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes))));
    field("day", row.day.map(|day| Value::String(NaiveDate::from_epoch_days(day).unwrap().to_string())));
    field("local", row.local.map(|local| Value::String(iso(local))));
    field("instant", row.instant.map(|instant| Value::String(iso(instant) + "Z")));
    if fields.is_empty() {
        return Expected::Skipped;
    }
    match row.at.and_then(|at| at.checked_mul(1000)).filter(|time| (i64::MIN + 2..i64::MAX).contains(time)) {
        Some(time) => Expected::Point(Box::new(Point { measurement, tags, fields, time })),
        None => Expected::Rejected,
    }
}

/// The points of a body as the parser of v3 reads them.
fn read_v3(body: &str) -> Vec<Point> {
    let read = |line: influxdb_line_protocol::ParsedLine<'_>| Point {
        measurement: line.series.measurement.to_string(),
        tags: line.series.tag_set.iter().flatten().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        fields: line
            .field_set
            .iter()
            .map(|(key, value)| {
                let value = match value {
                    FieldValue::I64(value) => Value::Integer(*value),
                    FieldValue::U64(value) => Value::Unsigned(*value),
                    FieldValue::F64(value) => Value::Float(value.to_bits()),
                    FieldValue::String(value) => Value::String(value.to_string()),
                    FieldValue::Boolean(value) => Value::Boolean(*value),
                };
                (key.to_string(), value)
            })
            .collect(),
        time: line.timestamp.unwrap(),
    };
    parse_lines(body).map(|line| read(line.unwrap())).collect()
}

fn check_roundtrip(rows: &[Row], rules: &LineRules, read: impl Fn(&str) -> Vec<Point>) {
    let shaped = shaped(&mapping(), &[rows_of(rows)], rules).unwrap();
    let mut points = BTreeMap::new();
    for batch in &shaped.batches {
        let read = read(std::str::from_utf8(&batch.body).unwrap());
        assert_eq!(read.len(), batch.lines as usize);
        for (line, point) in (0..).zip(read) {
            points.insert(batch.row_of(line), point);
        }
    }
    let mut rejected: Vec<u64> = shaped.rejects.iter().map(|reject| reject.row).collect();
    rejected.reverse();
    let mut skipped = 0;
    for (number, row) in (1..).zip(rows) {
        match expected(row, rules) {
            Expected::Point(point) => assert_eq!(points.remove(&number), Some(*point)),
            Expected::Skipped => skipped += 1,
            Expected::Rejected => assert_eq!(rejected.pop(), Some(number), "{row:?}"),
        }
    }
    assert_eq!((points.len(), rejected.len(), shaped.rows_skipped), (0, 0, skipped));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_value_comes_back_from_v1(rows in vec(row(), 1..20)) {
        check_roundtrip(&rows, &LineRules::v1(), go::read);
    }

    #[test]
    fn every_value_comes_back_from_v3(rows in vec(row(), 1..20)) {
        check_roundtrip(&rows, &LineRules::v3(), read_v3);
    }

    #[test]
    fn how_rows_are_cut_into_record_batches_changes_nothing(
        rows in vec(row(), 1..60),
        cuts in vec(1_usize..20, 1..60),
        most_lines in 1_u32..20,
        most_bytes in 1_usize..3000,
    ) {
        let rules = LineRules { max_batch_lines: most_lines, max_batch_bytes: most_bytes, ..LineRules::v1() };
        let whole = rows_of(&rows);
        let mut parts = Vec::new();
        let mut from = 0;
        for cut in cuts.into_iter().chain([rows.len()]) {
            let len = cut.min(rows.len() - from);
            if len > 0 {
                parts.push(whole.slice(from, len));
                from += len;
            }
        }
        let at_once = shaped(&mapping(), &[whole], &rules).unwrap();
        let in_parts = shaped(&mapping(), &parts, &rules).unwrap();
        let all = |shaped: &model::edges::Shaped| {
            shaped.batches.iter().map(|batch| (batch.body.clone(), batch.lines, batch.rows.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(all(&at_once), all(&in_parts));
        prop_assert_eq!(at_once.rejects, in_parts.rejects);
        prop_assert_eq!((at_once.rows_skipped, at_once.values_omitted), (in_parts.rows_skipped, in_parts.values_omitted));

        for batch in &at_once.batches {
            prop_assert!(batch.lines <= most_lines);
            prop_assert!(batch.lines == 1 || batch.body.len() <= most_bytes);
        }
        let unbounded = shaped(&mapping(), &parts, &LineRules::v1()).unwrap();
        prop_assert_eq!(text(&at_once.batches), text(&unbounded.batches));
    }
}
