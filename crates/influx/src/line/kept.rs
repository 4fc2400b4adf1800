//! The values of a row that never became a line, as they are kept with its reject.

use arrow_array::RecordBatch;
use model::{ColumnType, Reject, mapping};

use super::{
    buffer::Line,
    cells::{Cells, Place, Values},
    columns::Cell,
};

/// The largest whole number that every JSON reader keeps exactly.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// Lengths that values are cut to, one after another, until a row fits.
const MOST_BYTES: [usize; 6] = [Reject::MAX_LINE_BYTES, 1024, 256, 64, 16, 4];

/// The columns of one record batch, all of them.
pub(super) struct Kept<'a> {
    columns: Vec<(&'a Cell, Option<Cells<'a>>)>,
    form: mapping::Bytes,
}

impl<'a> Kept<'a> {
    pub(super) fn new(columns: &'a [Cell], rows: &'a RecordBatch, form: mapping::Bytes) -> Self {
        Self { columns: columns.iter().map(|cell| (cell, Cells::new(rows, cell, Place::Time))).collect(), form }
    }

    /// The row's values by column name, as JSON of at most [`Reject::MAX_LINE_BYTES`]: long values end in `…`, and when even that is too
    /// much the last columns are left out and counted. Numbers that a JSON reader would round are text.
    pub(super) fn row(&self, row: usize) -> String {
        for most in MOST_BYTES {
            let members: Vec<String> = self.columns.iter().map(|column| self.member(column, row, most)).collect();
            let text = format!("{{{}}}", members.join(","));
            if text.len() <= Reject::MAX_LINE_BYTES {
                return text;
            }
        }
        let mut text = "{".to_owned();
        for (at, column) in self.columns.iter().enumerate() {
            let member = self.member(column, row, 4);
            let more = format!("\"…\":\"{} columns more\"}}", self.columns.len() - at);
            if text.len() + member.len() + 1 + more.len() > Reject::MAX_LINE_BYTES {
                return text + &more;
            }
            text.push_str(&member);
            text.push(',');
        }
        text.pop();
        text + "}"
    }

    fn member(&self, (cell, cells): &(&Cell, Option<Cells<'_>>), row: usize, most: usize) -> String {
        let value = match cells {
            None => "\"(another type than before)\"".to_owned(),
            Some(cells) if cells.is_null(row) => "null".to_owned(),
            Some(cells) => self.value(cells, cell.kind, row, most),
        };
        format!("{}:{value}", json(&cell.name))
    }

    fn value(&self, cells: &Cells<'_>, kind: ColumnType, row: usize, most: usize) -> String {
        let text = match (&cells.values, cells.text(row)) {
            (_, Some(text)) => return json(&cut(text, most)),
            (Values::Bytes(values), _) => {
                let bytes = values.value(row);
                let canonical = canonical(most * 2 + 64, |line| super::cells::put_bytes(line, &bytes[..bytes.len().min(most)], self.form));
                return json(&if bytes.len() > most { canonical + "…" } else { canonical });
            }
            _ => canonical(128, |line| cells.put_canonical(row, kind, self.form, line)),
        };
        let is_bare = match &cells.values {
            Values::Boolean(_) => true,
            Values::Integer(values) => values[row].unsigned_abs() <= MAX_EXACT,
            Values::Unsigned(values) => values[row] <= MAX_EXACT,
            Values::Float(values) | Values::MeasuredFloat(values) => values[row].is_finite(),
            _ => false,
        };
        if is_bare { text } else { json(&text) }
    }
}

fn canonical(room: usize, put: impl FnOnce(&mut Line<'_>) -> Result<(), super::buffer::NoRoom>) -> String {
    let mut room = vec![0; room];
    let mut line = Line::new(&mut room);
    put(&mut line).expect("the longest number or date takes less, and bytes take twice their length");
    String::from_utf8_lossy(line.since(0)).into_owned()
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

fn cut(text: &str, most: usize) -> String {
    if text.len() <= most { text.to_owned() } else { format!("{}…", &text[..text.floor_char_boundary(most)]) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, BinaryArray, Float64Array, Int64Array, StringArray, UInt64Array};
    use arrow_schema::{Field, Schema};
    use serde_json::{Value, json};

    use super::*;

    fn row_of(columns: Vec<(&str, ColumnType, ArrayRef)>) -> String {
        let cells: Vec<Cell> =
            columns.iter().enumerate().map(|(index, (name, kind, _))| Cell { name: (*name).to_owned(), index, kind: *kind }).collect();
        let fields: Vec<Field> = columns.iter().map(|(name, kind, _)| Field::new(*name, kind.arrow(), true)).collect();
        let arrays = columns.into_iter().map(|(_, _, array)| array).collect();
        let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
        Kept::new(&cells, &rows, mapping::Bytes::Base64).row(0)
    }

    #[test]
    fn a_row_is_json_that_no_reader_rounds() {
        let text = row_of(vec![
            ("n", ColumnType::Integer, Arc::new(Int64Array::from(vec![7]))),
            ("big", ColumnType::Unsigned, Arc::new(UInt64Array::from(vec![u64::MAX]))),
            ("f", ColumnType::Float, Arc::new(Float64Array::from(vec![0.5]))),
            ("nan", ColumnType::Float, Arc::new(Float64Array::from(vec![f64::NAN]))),
            ("say \"x\"", ColumnType::Text, Arc::new(StringArray::from(vec!["a\n\"b\""]))),
            ("null", ColumnType::Text, Arc::new(StringArray::from(vec![None::<&str>]))),
            ("blob", ColumnType::Bytes, Arc::new(BinaryArray::from_vec(vec![b"hi"]))),
        ]);
        let read: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({
            "n": 7, "big": "18446744073709551615", "f": 0.5, "nan": "NaN", "say \"x\"": "a\n\"b\"", "null": null, "blob": "aGk="
        });
        assert_eq!(read, expected);
        assert!(text.starts_with("{\"n\":7,\"big\":"), "in the order of the columns: {text}");
    }

    #[test]
    fn a_row_that_is_too_long_stays_whole_json() {
        let long = "ž\"\n".repeat(5000);
        let blob = vec![0xff_u8; 20_000];
        let texts: ArrayRef = Arc::new(StringArray::from(vec![long.as_str()]));
        let text = row_of(vec![
            ("a", ColumnType::Text, texts.clone()),
            ("b", ColumnType::Bytes, Arc::new(BinaryArray::from_vec(vec![&blob]))),
            ("c", ColumnType::Integer, Arc::new(Int64Array::from(vec![1]))),
        ]);
        assert!(text.len() <= Reject::MAX_LINE_BYTES, "{}", text.len());
        let read: Value = serde_json::from_str(&text).unwrap();
        assert!(read["a"].as_str().unwrap().ends_with('…') && read["b"].as_str().unwrap().ends_with('…'), "{read}");
        assert_eq!(read["c"], 1);

        let names: Vec<String> = (0..1000).map(|at| format!("column_{at}")).collect();
        let text = row_of(names.iter().map(|name| (name.as_str(), ColumnType::Text, texts.clone())).collect());
        assert!(text.len() <= Reject::MAX_LINE_BYTES, "{}", text.len());
        let read: Value = serde_json::from_str(&text).unwrap();
        let kept = read.as_object().unwrap().len() - 1;
        assert!(kept > 50, "{kept}");
        assert_eq!(read["…"], format!("{} columns more", 1000 - kept));
    }
}
