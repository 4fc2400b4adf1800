//! An answer as one table in CSV (RFC 4180), for spreadsheets.
//!
//! A spreadsheet takes a text that begins with `=`, `+`, `-` or `@` for a formula, and a formula can send what is in the sheet elsewhere. So
//! such a text gets a `'` before it, which spreadsheets take for "this is text". Numbers and times are no texts and stay as they are.

use std::{borrow::Cow, collections::BTreeSet};

use axum::http::{HeaderMap, HeaderName, header};
use model::explore::{Frames, ValueType};
use serde_json::Value;

/// Says whether rows were left out, where the body has no place for it.
pub(super) const TRUNCATED: HeaderName = HeaderName::from_static("tributary-truncated");

/// Whether CSV is asked for.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|value| value.contains("text/csv"))
}

/// All series in one table: `name`, the tags, then the columns. What a series does not have is empty. `None` only when memory ends.
pub(super) fn csv(frames: &Frames) -> Option<Vec<u8>> {
    let is_named = frames.series.iter().any(|frame| !frame.name.is_empty());
    let tags: BTreeSet<&str> = frames.series.iter().flat_map(|frame| frame.tags.keys()).map(String::as_str).collect();
    let mut columns: Vec<&str> = Vec::new();
    for column in frames.series.iter().flat_map(|frame| &frame.columns) {
        if !columns.contains(&column.name.as_str()) {
            columns.push(&column.name);
        }
    }
    let head = is_named.then_some("name").into_iter().chain(tags.iter().copied()).chain(columns.iter().copied());
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(head.map(|name| guarded(name).into_owned())).ok()?;
    for frame in &frames.series {
        let places: Vec<Option<usize>> = columns.iter().map(|name| frame.columns.iter().position(|column| column.name == *name)).collect();
        let name = is_named.then(|| guarded(&frame.name).into_owned());
        let tags: Vec<String> =
            tags.iter().map(|tag| frame.tags.get(*tag).map_or_else(String::new, |value| guarded(value).into_owned())).collect();
        for row in &frame.rows {
            let cells = places.iter().map(|place| {
                let value = place.and_then(|place| Some((row.get(place)?, frame.columns[place].kind)));
                value.map_or_else(String::new, |(value, kind)| cell(value, kind))
            });
            writer.write_record(name.iter().cloned().chain(tags.iter().cloned()).chain(cells)).ok()?;
        }
    }
    writer.into_inner().ok()
}

fn cell(value: &Value, kind: ValueType) -> String {
    match (value, kind) {
        (Value::Null, _) => String::new(),
        // A whole number that JSON readers would round came as text.
        (Value::String(number), ValueType::Integer | ValueType::Unsigned | ValueType::Number) if number.parse::<i128>().is_ok() => {
            number.clone()
        }
        (Value::String(text), _) => guarded(text).into_owned(),
        (other, _) => other.to_string(),
    }
}

/// A text that no spreadsheet takes for a formula.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::explore::{Frame, FrameColumn};
    use serde_json::json;

    use super::*;

    fn frame(name: &str, tag: (&str, &str), columns: &[(&str, ValueType)], rows: Vec<Vec<Value>>) -> Frame {
        Frame {
            name: name.to_owned(),
            tags: BTreeMap::from([(tag.0.to_owned(), tag.1.to_owned())]),
            columns: columns.iter().map(|(name, kind)| FrameColumn { name: (*name).to_owned(), kind: *kind }).collect(),
            rows,
        }
    }

    fn text(series: Vec<Frame>) -> String {
        String::from_utf8(csv(&Frames { series, ..Frames::default() }).unwrap()).unwrap()
    }

    #[test]
    fn series_stand_in_one_table_and_no_cell_is_a_formula() {
        let time = ("time", ValueType::Time);
        let shown = text(vec![
            frame(
                "m",
                ("host", "=1+1"),
                &[time, ("f", ValueType::Float), ("s", ValueType::Text)],
                vec![
                    vec![json!("2026-11-21T12:00:00.000000001Z"), json!(-1.5), json!("@SUM(A1), \"x\"")],
                    vec![json!("2026-11-21T12:00:01Z"), Value::Null, json!("plain")],
                ],
            ),
            frame(
                "n",
                ("zone", "a"),
                &[time, ("i", ValueType::Integer)],
                vec![vec![json!("2026-11-21T12:00:02Z"), json!("-9223372036854775808")]],
            ),
        ]);
        assert_eq!(
            shown,
            "name,host,zone,time,f,s,i\r\n\
             m,'=1+1,,2026-11-21T12:00:00.000000001Z,-1.5,\"'@SUM(A1), \"\"x\"\"\",\r\n\
             m,'=1+1,,2026-11-21T12:00:01Z,,plain,\r\n\
             n,,a,2026-11-21T12:00:02Z,,,-9223372036854775808\r\n"
        );
    }

    #[test]
    fn every_beginning_of_a_formula_is_guarded() {
        for begin in ["=", "+", "-", "@", "\t", "\r", "\n"] {
            let shown = text(vec![frame("", ("t", "x"), &[("=name", ValueType::Text)], vec![vec![json!(format!("{begin}1"))]])]);
            let mut records = csv::ReaderBuilder::new().has_headers(false).from_reader(shown.as_bytes()).into_records();
            let (head, row) = (records.next().unwrap().unwrap(), records.next().unwrap().unwrap());
            assert_eq!((&head[1], &row[1]), ("'=name", format!("'{begin}1").as_str()));
        }
    }
}
