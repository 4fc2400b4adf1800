//! Answers of InfluxDB 1 (`/query`, in chunks): one JSON object after another, each with results of statements.
//!
//! A chunk that goes on in the next says `partial`. Errors stand inside a 200.

use std::collections::BTreeMap;

use model::{
    Failure, FailureKind,
    explore::{Frames, ValueType},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    frame::{Gathered, column},
    said,
};

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    results: Vec<Outcome>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(default)]
    statement_id: usize,
    #[serde(default)]
    series: Vec<Series>,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    name: String,
    #[serde(default)]
    tags: BTreeMap<String, Option<String>>,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    values: Vec<Vec<Value>>,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    text: String,
}

/// Reads a body; `is_cut` when only its beginning is there.
///
/// # Errors
/// The failure that the server tells when no statement gave rows (those of statements beside others that did become warnings);
/// `InfluxUnexpected` for what is no answer of InfluxDB 1.
pub(super) fn read(body: &[u8], is_cut: bool) -> Result<Frames, Failure> {
    let mut gathered = Gathered::default();
    let mut failed: Option<Failure> = None;
    // Whether the statement that was heard of last goes on, and which series of it does.
    let (mut goes_on, mut open) = (false, None);
    if is_cut {
        gathered.cut();
    }
    'chunks: for chunk in serde_json::Deserializer::from_slice(body).into_iter::<Chunk>() {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) if is_cut && error.is_eof() => break,
            Err(_) => return Err(Failure::new(FailureKind::InfluxUnexpected, "the answer is no result of InfluxDB 1")),
        };
        if let Some(error) = chunk.error {
            return Err(said(&error));
        }
        for outcome in chunk.results {
            goes_on = outcome.partial;
            for message in outcome.messages {
                gathered.warn(message.text);
            }
            if let Some(error) = outcome.error {
                let number = outcome.statement_id + 1;
                gathered.warn(format!("statement {number}: {error}"));
                failed.get_or_insert_with(|| said(&error));
            }
            for series in outcome.series {
                let key = (outcome.statement_id, series.name.clone(), series.tags.clone());
                if open.as_ref() != Some(&key) {
                    let tags = series.tags.into_iter().map(|(tag, value)| (tag, value.unwrap_or_default())).collect();
                    gathered.begin(series.name, tags, series.columns.into_iter().map(column).collect());
                }
                // A server cuts a series at its `max-row-limit` by the same mark, and sends no more.
                open = series.partial.then_some(key);
                goes_on |= series.partial;
                for row in series.values {
                    if !gathered.push(row) {
                        goes_on = false;
                        break 'chunks;
                    }
                }
            }
        }
    }
    if goes_on {
        gathered.cut();
    }
    match failed {
        Some(failure) if gathered.is_empty() => Err(failure),
        _ => Ok(gathered.typed(|name, seen| match seen.kind(ValueType::Number) {
            ValueType::Text if name == "time" => ValueType::Time,
            kind => kind,
        })),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn chunks_of_a_series_come_together_and_nothing_is_rounded() {
        // As the 1.6.7 sends it with `chunk_size=1`.
        let body = concat!(
            r#"{"results":[{"statement_id":0,"series":[{"name":"m","columns":["time","b","f","h","i"],"values":[["2026-11-18T11:06:40.000000001Z",true,1,"a",9007199254740993]],"partial":true}],"partial":true}]}"#,
            "\n",
            r#"{"results":[{"statement_id":0,"series":[{"name":"m","columns":["time","b","f","h","i"],"values":[["2026-11-18T11:06:40.000000002Z",null,2.5,"b",null]]}]}]}"#,
            "\n",
            r#"{"results":[{"statement_id":1}]}"#,
            "\n",
        );
        let frames = read(body.as_bytes(), false).unwrap();
        assert!(!frames.truncated && frames.warnings.is_empty());
        assert_eq!(frames.series.len(), 1);
        let frame = &frames.series[0];
        assert_eq!(
            frame.rows,
            [
                vec![json!("2026-11-18T11:06:40.000000001Z"), json!(true), json!(1), json!("a"), json!("9007199254740993")],
                vec![json!("2026-11-18T11:06:40.000000002Z"), Value::Null, json!(2.5), json!("b"), Value::Null],
            ]
        );
        let kinds: Vec<ValueType> = frame.columns.iter().map(|column| column.kind).collect();
        assert_eq!(kinds, [ValueType::Time, ValueType::Boolean, ValueType::Float, ValueType::Text, ValueType::Number]);
    }

    #[test]
    fn series_of_other_tags_stay_apart() {
        let body = concat!(
            r#"{"results":[{"statement_id":0,"series":[{"name":"m","tags":{"h":"a"},"columns":["time","f"],"values":[["t",1]]}],"partial":true}]}"#,
            r#"{"results":[{"statement_id":0,"series":[{"name":"m","tags":{"h":"b"},"columns":["time","f"],"values":[["t",2.5]]}]}]}"#,
        );
        let frames = read(body.as_bytes(), false).unwrap();
        assert_eq!(frames.series.iter().map(|frame| frame.tags["h"].as_str()).collect::<Vec<_>>(), ["a", "b"]);
        // The column is one of floats in both, also where the floats are whole.
        assert!(frames.series.iter().all(|frame| frame.columns[1].kind == ValueType::Float));
        assert!(!frames.truncated);
    }

    #[test]
    fn errors_inside_a_success_are_told() {
        let alone = read(br#"{"results":[{"statement_id":0,"error":"database not found: nodb"}]}"#, false).unwrap_err();
        assert_eq!((alone.kind, alone.chain().as_str()), (FailureKind::InfluxMissing, "database not found: nodb"));
        let body = br#"{"results":[{"statement_id":0,"series":[{"name":"m","columns":["a"],"values":[[1]]}]},{"statement_id":1,"error":"undefined function foo()"}]}"#;
        assert_eq!(read(body, false).unwrap().warnings, ["statement 2: undefined function foo()"]);
        assert_eq!(read(br#"{"error":"timeout"}"#, false).unwrap_err().kind, FailureKind::InfluxTimeout);
        assert_eq!(read(b"<html>", false).unwrap_err().kind, FailureKind::InfluxUnexpected);
        assert_eq!(read(br#"{"results":[{"#, false).unwrap_err().kind, FailureKind::InfluxUnexpected);
    }

    #[test]
    fn what_the_server_or_the_limit_cut_is_called_truncated() {
        let by_the_server = br#"{"results":[{"statement_id":0,"series":[{"name":"m","columns":["a"],"values":[[1]],"partial":true}]}]}"#;
        let frames = read(by_the_server, false).unwrap();
        assert!(frames.truncated && frames.rows() == 1);
        let mut by_the_limit = by_the_server.to_vec();
        by_the_limit.extend_from_slice(br#"{"results":[{"statement_id":0,"series":[{"na"#);
        let frames = read(&by_the_limit, true).unwrap();
        assert!(frames.truncated && frames.rows() == 1);
    }
}
