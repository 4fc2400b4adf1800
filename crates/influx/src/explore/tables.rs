//! Answers of InfluxDB 2 (`/api/v2/query`): annotated CSV, one table after another.
//!
//! A table begins with rows that say each column's type, whether all of the table's rows have it in common (the group key), and its default;
//! then come the names of the columns, then the rows. An error after the first bytes stands in a table of its own, under HTTP 200.

use std::collections::BTreeMap;

use csv::StringRecord;
use model::{
    Failure, FailureKind,
    explore::{FrameColumn, Frames, ValueType},
};
use serde_json::Value;

use super::{
    frame::{Gathered, number},
    said,
};

/// Of the group key, what a range leaves behind and no person asked for.
const BOUNDS: [&str; 2] = ["_start", "_stop"];

/// What the rows of a table mean.
#[derive(Debug, Default)]
struct Layout {
    types: Vec<String>,
    groups: Vec<bool>,
    defaults: Vec<String>,
    /// Empty until the row with the names was read.
    names: Vec<String>,
}

/// Reads a body; `is_cut` when only its beginning is there.
///
/// # Errors
/// The failure that the server tells in a table of its own; `InfluxUnexpected` for what is no annotated CSV.
pub(super) fn read(body: &[u8], is_cut: bool) -> Result<Frames, Failure> {
    let mut gathered = Gathered::default();
    let mut layout = Layout::default();
    let mut table: Option<(String, String)> = None;
    // The last record of a body that was cut may be a part of one only.
    let mut before: Option<StringRecord> = None;
    let records = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body).into_records();
    let mut is_full = false;
    for record in records {
        let Ok(record) = record else {
            if is_cut {
                break;
            }
            return Err(unexpected());
        };
        if let Some(record) = before.replace(record)
            && !take(&record, &mut layout, &mut table, &mut gathered)?
        {
            is_full = true;
            break;
        }
    }
    if is_cut {
        gathered.cut();
    } else if let (Some(record), false) = (before, is_full) {
        take(&record, &mut layout, &mut table, &mut gathered)?;
    }
    Ok(gathered.finished())
}

fn unexpected() -> Failure {
    Failure::new(FailureKind::InfluxUnexpected, "the answer is no annotated CSV of InfluxDB 2")
}

/// Takes one record; `false` when the answer is full.
fn take(
    record: &StringRecord,
    layout: &mut Layout,
    table: &mut Option<(String, String)>,
    gathered: &mut Gathered,
) -> Result<bool, Failure> {
    let first = record.get(0).unwrap_or_default();
    let cells = || record.iter().skip(1).map(str::to_owned);
    if first.starts_with('#') {
        // The first annotation after rows begins a new table.
        if !layout.names.is_empty() {
            *layout = Layout::default();
            *table = None;
        }
        match first {
            "#datatype" => layout.types = cells().collect(),
            "#group" => layout.groups = cells().map(|cell| cell == "true").collect(),
            "#default" => layout.defaults = cells().collect(),
            _ => {}
        }
        return Ok(true);
    }
    // An error comes without annotations in some versions.
    if first == "error" || (record.get(1) == Some("error") && record.get(2) == Some("reference")) {
        layout.names = vec!["error".to_owned()];
        layout.types.clear();
        return Ok(true);
    }
    if layout.names.first().is_some_and(|name| name == "error") {
        let words = [first, record.get(1).unwrap_or_default()].into_iter().find(|words| !words.is_empty());
        return Err(said(words.unwrap_or("the server reports an error without words")));
    }
    if layout.names.is_empty() {
        if layout.types.is_empty() {
            return Err(unexpected());
        }
        layout.names = cells().collect();
        return Ok(true);
    }
    let cell = |index: usize| {
        let given = record.get(index + 1).unwrap_or_default();
        if given.is_empty() { layout.defaults.get(index).map_or("", String::as_str) } else { given }
    };
    let named = |name: &str| layout.names.iter().position(|one| one == name).map(cell).unwrap_or_default();
    let key = (named("result").to_owned(), named("table").to_owned());
    if table.as_ref() != Some(&key) {
        let (name, tags, columns) = layout.head(&cell, &key.0);
        gathered.begin(name, tags, columns);
        *table = Some(key);
    }
    let row = layout.columns().map(|index| value(cell(index), layout.kind(index))).collect();
    Ok(gathered.push(row))
}

impl Layout {
    /// The columns whose values differ from row to row.
    fn columns(&self) -> impl Iterator<Item = usize> {
        (0..self.names.len()).filter(|index| !self.is_common(*index) && !["result", "table", ""].contains(&self.names[*index].as_str()))
    }

    fn is_common(&self, index: usize) -> bool {
        self.groups.get(index).copied().unwrap_or_default()
    }

    fn kind(&self, index: usize) -> ValueType {
        match self.types.get(index).map_or("", String::as_str) {
            "boolean" => ValueType::Boolean,
            "long" => ValueType::Integer,
            "unsignedLong" => ValueType::Unsigned,
            "double" => ValueType::Float,
            kind if kind.starts_with("dateTime") => ValueType::Time,
            _ => ValueType::Text,
        }
    }

    /// Name, tags and columns of a table, by one of its rows.
    fn head<'r>(&self, cell: &impl Fn(usize) -> &'r str, result: &str) -> (String, BTreeMap<String, String>, Vec<FrameColumn>) {
        let columns: Vec<FrameColumn> =
            self.columns().map(|index| FrameColumn { name: self.names[index].clone(), kind: self.kind(index) }).collect();
        let has_times = columns.iter().any(|column| column.kind == ValueType::Time);
        let mut tags = BTreeMap::new();
        let mut name = if result == "_result" { String::new() } else { result.to_owned() };
        for index in (0..self.names.len()).filter(|index| self.is_common(*index)) {
            let key = self.names[index].as_str();
            if key == "_measurement" {
                cell(index).clone_into(&mut name);
            } else if !(has_times && BOUNDS.contains(&key)) {
                tags.insert(key.to_owned(), cell(index).to_owned());
            }
        }
        (name, tags, columns)
    }
}

fn value(text: &str, kind: ValueType) -> Value {
    match (kind, text) {
        (_, "") => Value::Null,
        (ValueType::Boolean, "true") => true.into(),
        (ValueType::Boolean, "false") => false.into(),
        _ => number(text, kind),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TABLES: &str = "#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string\r\n\
        #group,false,false,true,true,false,false,true,true,true\r\n\
        #default,_result,,,,,,,,\r\n\
        ,result,table,_start,_stop,_time,_value,_field,_measurement,host\r\n\
        ,,0,2026-11-21T11:00:00Z,2026-11-21T12:00:00Z,2026-11-21T11:00:00.000000001Z,1.5,f,m,\"a, \"\"b\"\"\"\r\n\
        ,,0,2026-11-21T11:00:00Z,2026-11-21T12:00:00Z,2026-11-21T11:00:10Z,,f,m,\"a, \"\"b\"\"\"\r\n\
        ,,1,2026-11-21T11:00:00Z,2026-11-21T12:00:00Z,2026-11-21T11:00:10Z,2,f,m,c\r\n\
        \r\n\
        #datatype,string,long,dateTime:RFC3339,long,boolean\r\n\
        #group,false,false,false,false,false\r\n\
        #default,other,,,,\r\n\
        ,result,table,_time,_value,b\r\n\
        ,,0,2026-11-21T11:00:00Z,9007199254740993,true\r\n\r\n";

    #[test]
    fn tables_become_series_with_their_types() {
        let frames = read(TABLES.as_bytes(), false).unwrap();
        assert!(!frames.truncated);
        assert_eq!(frames.series.iter().map(|frame| frame.rows.len()).collect::<Vec<_>>(), [2, 1, 1]);
        let first = &frames.series[0];
        assert_eq!((first.name.as_str(), first.tags["host"].as_str(), first.tags["_field"].as_str()), ("m", "a, \"b\"", "f"));
        assert_eq!(first.tags.len(), 2, "{:?}", first.tags);
        assert_eq!(
            first.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect::<Vec<_>>(),
            [("_time", ValueType::Time), ("_value", ValueType::Float)]
        );
        assert_eq!(first.rows[0], [json!("2026-11-21T11:00:00.000000001Z"), json!(1.5)]);
        assert_eq!(first.rows[1][1], Value::Null);
        let last = &frames.series[2];
        assert_eq!(last.name, "other");
        assert_eq!(last.rows[0], [json!("2026-11-21T11:00:00Z"), json!("9007199254740993"), json!(true)]);
    }

    #[test]
    fn a_body_that_was_cut_anywhere_gives_whole_rows_only() {
        let whole = read(TABLES.as_bytes(), false).unwrap();
        for end in 0..TABLES.len() {
            // In the head of a table, nothing can be said of its rows.
            let Ok(cut) = read(&TABLES.as_bytes()[..end], true) else { continue };
            assert!(cut.truncated);
            let rows: Vec<_> = cut.series.iter().flat_map(|frame| &frame.rows).collect();
            let all: Vec<_> = whole.series.iter().flat_map(|frame| &frame.rows).collect();
            assert_eq!(rows, all[..rows.len()], "{end}");
        }
    }

    #[test]
    fn an_error_behind_the_first_rows_fails_the_whole() {
        for table in [
            "\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,\"cannot call, it\",897\r\n",
            "\r\nerror,reference\r\n\"cannot call, it\",897\r\n",
        ] {
            let failure = read(format!("{TABLES}{table}").as_bytes(), false).unwrap_err();
            assert_eq!((failure.kind, failure.chain().as_str()), (FailureKind::InfluxQuery, "cannot call, it"));
        }
        let missing = ",error,reference\r\n,\"could not find bucket \"\"x\"\"\",\r\n";
        assert_eq!(read(missing.as_bytes(), false).unwrap_err().kind, FailureKind::InfluxMissing);
    }

    #[test]
    fn an_empty_answer_is_no_error_and_another_page_is() {
        assert_eq!(read(b"\r\n", false).unwrap().series, []);
        assert_eq!(read(b"<html>\r\n</html>", false).unwrap_err().kind, FailureKind::InfluxUnexpected);
    }
}
