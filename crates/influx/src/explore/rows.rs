//! Answers of InfluxDB 3 (`/api/v3/query_sql`, `/api/v3/query_influxql`, `format=jsonl`): one JSON object per row.
//!
//! A row leaves out what is null, and instants carry no zone: they are UTC.

use std::collections::BTreeMap;

use model::{
    Failure, FailureKind,
    explore::{Frames, ValueType},
};
use serde_json::{Map, Value};

use super::frame::{Gathered, column};

/// The column by which rows of several measurements are told apart in an answer to InfluxQL.
const MEASUREMENT: &str = "iox::measurement";

/// The column of the points' time.
const TIME: &str = "time";

/// Reads a body; `is_cut` when only its beginning is there.
///
/// # Errors
/// `InfluxUnexpected` for what is no row after row of JSON.
pub(super) fn read(body: &[u8], is_cut: bool) -> Result<Frames, Failure> {
    let mut gathered = Gathered::default();
    let mut rows: Vec<(String, Map<String, Value>)> = Vec::new();
    let mut values = 0;
    if is_cut {
        gathered.cut();
    }
    for row in serde_json::Deserializer::from_slice(body).into_iter::<Map<String, Value>>() {
        let mut row = match row {
            Ok(row) => row,
            Err(error) if is_cut && error.is_eof() => break,
            Err(_) => return Err(Failure::new(FailureKind::InfluxUnexpected, "the answer is no rows of InfluxDB 3")),
        };
        let measurement = match row.shift_remove(MEASUREMENT) {
            Some(Value::String(name)) => name,
            _ => String::new(),
        };
        if let Some(Value::String(time)) = row.get_mut(TIME)
            && is_without_zone(time)
        {
            time.push('Z');
        }
        values += row.len();
        rows.push((measurement, row));
        // What is null counts too, once it is known; more than this is never needed.
        if values > Frames::MAX_VALUES {
            break;
        }
    }
    let mut rest = rows.into_iter().peekable();
    while let Some((name, _)) = rest.peek() {
        let name = name.clone();
        let mut together = Vec::new();
        while let Some((_, row)) = rest.next_if(|(other, _)| *other == name) {
            together.push(row);
        }
        let columns = columns(&together);
        gathered.begin(name, BTreeMap::new(), columns.iter().map(column).collect());
        for mut row in together {
            let values = columns.iter().map(|name| row.get_mut(name).map(Value::take).unwrap_or_default()).collect();
            if !gathered.push(values) {
                return Ok(typed(gathered));
            }
        }
    }
    Ok(typed(gathered))
}

fn typed(gathered: Gathered) -> Frames {
    gathered.typed(|name, seen| match seen.kind(ValueType::Integer) {
        ValueType::Text if name == TIME => ValueType::Time,
        kind => kind,
    })
}

/// The columns of all rows, in the order of the query: one that the first rows leave out stands behind the one that it follows later.
fn columns(rows: &[Map<String, Value>]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for row in rows {
        // Most rows have what the one before had.
        if row.len() <= columns.len() && row.keys().all(|key| columns.contains(key)) {
            continue;
        }
        let mut place = 0;
        for key in row.keys() {
            match columns.iter().position(|known| known == key) {
                Some(known) => place = known + 1,
                None => {
                    columns.insert(place, key.clone());
                    place += 1;
                }
            }
        }
    }
    columns
}

/// Whether it is an instant as Arrow writes it, without a zone: `2026-11-21T12:00:00.000000001`.
fn is_without_zone(text: &str) -> bool {
    let (seconds, fraction) = text.split_at_checked(19).unwrap_or((text, ""));
    let is_fraction = fraction.is_empty() || fraction.strip_prefix('.').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    is_fraction && chrono::NaiveDateTime::parse_from_str(seconds, "%Y-%m-%dT%H:%M:%S").is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_that_leave_out_nulls_become_a_table_in_the_order_of_the_query() {
        let body = concat!(
            "{\"time\":\"2026-11-21T12:00:00.000000001\",\"c\":1}\n",
            "{\"time\":\"2026-11-21T12:00:01\",\"a\":\"x\",\"b\":1.0,\"c\":9007199254740993}\n",
            "{\"a\":\"y\"}\n",
        );
        let frames = read(body.as_bytes(), false).unwrap();
        let frame = &frames.series[0];
        assert_eq!(
            frame.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect::<Vec<_>>(),
            [("time", ValueType::Time), ("a", ValueType::Text), ("b", ValueType::Float), ("c", ValueType::Integer)]
        );
        assert_eq!(
            frame.rows,
            [
                vec![json!("2026-11-21T12:00:00.000000001Z"), Value::Null, Value::Null, json!(1)],
                vec![json!("2026-11-21T12:00:01Z"), json!("x"), json!(1.0), json!("9007199254740993")],
                vec![Value::Null, json!("y"), Value::Null, Value::Null],
            ]
        );
    }

    #[test]
    fn measurements_of_an_influxql_answer_are_series() {
        let body = "{\"iox::measurement\":\"a\",\"time\":\"2026-11-21T12:00:00\",\"f\":1}\n{\"iox::measurement\":\"b\",\"g\":true}\n";
        let frames = read(body.as_bytes(), false).unwrap();
        assert_eq!(frames.series.iter().map(|frame| (frame.name.as_str(), frame.columns.len())).collect::<Vec<_>>(), [("a", 2), ("b", 1)]);
    }

    #[test]
    fn what_was_cut_is_truncated_and_what_is_no_rows_is_refused() {
        let frames = read(b"{\"a\":1}\n{\"a\":", true).unwrap();
        assert!(frames.truncated && frames.rows() == 1);
        assert_eq!(read(b"{\"a\":1}\n{\"a\":", false).unwrap_err().kind, FailureKind::InfluxUnexpected);
        assert_eq!(read(b"", false).unwrap().series, []);
    }

    #[test]
    fn an_answer_with_more_values_than_fit_ends_early() {
        let body: String = (0..Frames::MAX_VALUES).map(|n| format!("{{\"a\":{n},\"b\":2}}\n")).collect();
        let frames = read(body.as_bytes(), false).unwrap();
        assert!(frames.truncated);
        assert_eq!(frames.rows(), Frames::MAX_VALUES / 2);
    }
}
