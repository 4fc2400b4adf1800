//! Rows on their way into frames: counted, so that an answer has an end, and looked at, so that its columns get their types.

use std::collections::BTreeMap;

use model::explore::{Frame, FrameColumn, Frames, ValueType};
use serde_json::{Number, Value};

/// The largest whole number that every JSON reader keeps exactly.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// Gathers rows until there are as many values as an answer may have.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    frames: Frames,
    values: usize,
}

impl Gathered {
    /// Begins a frame; rows go to the last one that was begun.
    pub(super) fn begin(&mut self, name: String, tags: BTreeMap<String, String>, columns: Vec<FrameColumn>) {
        self.frames.series.push(Frame { name, tags, columns, rows: Vec::new() });
    }

    /// Takes one more row, unless the answer is full. `false` when it is: no row that follows would be taken.
    pub(super) fn push(&mut self, row: Vec<Value>) -> bool {
        let Some(frame) = self.frames.series.last_mut() else { return false };
        if self.values + row.len() > Frames::MAX_VALUES {
            self.frames.truncated = true;
            return false;
        }
        self.values += row.len();
        frame.rows.push(row);
        true
    }

    pub(super) fn cut(&mut self) {
        self.frames.truncated = true;
    }

    pub(super) fn warn(&mut self, warning: String) {
        if !self.frames.warnings.contains(&warning) {
            self.frames.warnings.push(warning);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.series.is_empty()
    }

    /// The frames, their columns typed by `kind` from what they hold. Frames of one name have columns in common: they differ in tags only.
    pub(super) fn typed(mut self, kind: impl Fn(&str, Seen) -> ValueType) -> Frames {
        let mut seen: BTreeMap<(String, String), Seen> = BTreeMap::new();
        for frame in &self.frames.series {
            for (index, column) in frame.columns.iter().enumerate() {
                let seen = seen.entry((frame.name.clone(), column.name.clone())).or_default();
                frame.rows.iter().filter_map(|row| row.get(index)).for_each(|value| seen.note(value));
            }
        }
        for frame in &mut self.frames.series {
            for column in &mut frame.columns {
                let seen = seen.get(&(frame.name.clone(), column.name.clone())).copied().unwrap_or_default();
                column.kind = kind(&column.name, seen);
            }
            for value in frame.rows.iter_mut().flatten() {
                *value = unrounded(value.take());
            }
        }
        self.frames
    }

    /// The frames as they are.
    pub(super) fn finished(self) -> Frames {
        self.frames
    }
}

/// Which kinds of JSON a column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) booleans: bool,
    pub(super) whole: bool,
    pub(super) fractions: bool,
    pub(super) texts: bool,
}

impl Seen {
    fn note(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(_) => self.booleans = true,
            Value::Number(number) if number.is_f64() => self.fractions = true,
            Value::Number(_) => self.whole = true,
            Value::String(_) | Value::Array(_) | Value::Object(_) => self.texts = true,
        }
    }

    /// What the column holds, when whole numbers alone are `whole`.
    pub(super) const fn kind(self, whole: ValueType) -> ValueType {
        match self {
            Self { booleans: true, whole: false, fractions: false, texts: false } => ValueType::Boolean,
            Self { booleans: false, whole: true, fractions: false, texts: false } => whole,
            Self { booleans: false, fractions: true, texts: false, .. } => ValueType::Float,
            _ => ValueType::Text,
        }
    }
}

/// A JSON value that no reader rounds.
fn unrounded(value: Value) -> Value {
    match value {
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(large), _) if large > MAX_EXACT => large.to_string().into(),
            (None, Some(small)) if small.unsigned_abs() > MAX_EXACT => small.to_string().into(),
            _ => Value::Number(number),
        },
        Value::Array(_) | Value::Object(_) => value.to_string().into(),
        other => other,
    }
}

/// A number of this type, read from its text; anything else stays text. NaN is null, for JSON has none.
pub(super) fn number(text: &str, kind: ValueType) -> Value {
    let whole = match kind {
        ValueType::Integer => text.parse::<i64>().ok().map(Number::from),
        ValueType::Unsigned => text.parse::<u64>().ok().map(Number::from),
        ValueType::Float => match text.parse::<f64>() {
            Ok(float) if float.is_nan() => return Value::Null,
            Ok(float) => Number::from_f64(float),
            Err(_) => None,
        },
        _ => None,
    };
    whole.map_or_else(|| text.into(), |number| unrounded(number.into()))
}

/// A column whose type is not known yet.
pub(super) fn column(name: impl Into<String>) -> FrameColumn {
    FrameColumn { name: name.into(), kind: ValueType::Text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_number_is_rounded_on_its_way_to_a_browser() {
        for (text, kind, expected) in [
            ("9007199254740991", ValueType::Integer, json!(9_007_199_254_740_991_u64)),
            ("9007199254740993", ValueType::Integer, json!("9007199254740993")),
            ("-9223372036854775808", ValueType::Integer, json!("-9223372036854775808")),
            ("18446744073709551615", ValueType::Unsigned, json!("18446744073709551615")),
            ("0.1", ValueType::Float, json!(0.1)),
            ("NaN", ValueType::Float, Value::Null),
            ("+Inf", ValueType::Float, json!("+Inf")),
            ("x", ValueType::Integer, json!("x")),
        ] {
            assert_eq!(number(text, kind), expected, "{text}");
        }
    }

    #[test]
    fn an_answer_ends_with_the_last_row_that_fits() {
        let mut gathered = Gathered::default();
        gathered.begin("m".to_owned(), BTreeMap::new(), vec![column("a"), column("b"), column("c")]);
        let taken = (0..Frames::MAX_VALUES).take_while(|n| gathered.push(vec![json!(n), json!(1.5), Value::Null])).count();
        assert_eq!(taken, Frames::MAX_VALUES / 3);
        let frames = gathered.typed(|_, seen| seen.kind(ValueType::Number));
        assert!(frames.truncated);
        let kinds: Vec<ValueType> = frames.series[0].columns.iter().map(|column| column.kind).collect();
        assert_eq!(kinds, [ValueType::Number, ValueType::Float, ValueType::Text]);
    }
}
