//! What type a column of SQLite has: by its declaration, or by its values.

use model::ColumnType;
use rusqlite::types::ValueRef;

use crate::rows::{ColumnBuilder, Values, end};

/// The type that a declaration decides; `None` when the values must.
pub(super) fn declared(declaration: Option<&str>) -> Option<ColumnType> {
    let declaration = declaration?.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declaration.contains(word));
    // SQLite itself goes by the three letters alone; what people keep under these names are no integers.
    let integer = ["POINT", "INTERVAL", "PRINT"].iter().fold(declaration.clone(), |rest, word| rest.replace(word, " ")).contains("INT");
    if integer {
        Some(ColumnType::Integer)
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Some(ColumnType::Text)
    } else if has(&["BLOB"]) {
        Some(ColumnType::Bytes)
    } else if has(&["REAL", "FLOA", "DOUB"]) || has_scale(&declaration) {
        Some(ColumnType::Float)
    } else if has(&["BOOL"]) {
        Some(ColumnType::Boolean)
    } else {
        None
    }
}

/// Whether it is a `DECIMAL(10,2)`: a number with digits behind the point.
fn has_scale(declaration: &str) -> bool {
    let scale = declaration.split_once(',').and_then(|(_, rest)| rest.split_once(')')).map(|(scale, _)| scale.trim());
    scale.is_some_and(|scale| scale.parse::<u32>().is_ok_and(|scale| scale > 0))
}

/// What the values of a column have been so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen(Option<ColumnType>);

impl Seen {
    /// Takes note of one more value. The first that is not NULL decides, except that a fraction turns integers into floats.
    pub(super) fn note(&mut self, value: ValueRef<'_>) {
        self.0 = match (self.0, value) {
            (seen, ValueRef::Null) => seen,
            (None, ValueRef::Integer(_)) => Some(ColumnType::Integer),
            (None | Some(ColumnType::Integer), ValueRef::Real(_)) => Some(ColumnType::Float),
            (None, ValueRef::Text(_)) => Some(ColumnType::Text),
            (None, ValueRef::Blob(_)) => Some(ColumnType::Bytes),
            (seen, _) => seen,
        };
    }

    /// Whether there was a value other than NULL.
    pub(super) const fn decided(self) -> bool {
        self.0.is_some()
    }

    /// The type; text when there was no value to lose.
    pub(super) fn kind(self, declaration: Option<&str>) -> ColumnType {
        match self.0 {
            Some(ColumnType::Text) if declaration.is_some_and(|name| name.to_ascii_uppercase().contains("JSON")) => ColumnType::Json,
            Some(kind) => kind,
            None => ColumnType::Text,
        }
    }
}

/// Appends a value to its column and returns its size in bytes, about.
///
/// # Errors
/// What the value is, when the column cannot hold it without loss.
#[inline]
pub(super) fn append(column: &mut ColumnBuilder, blobs: bool, value: ValueRef<'_>) -> Result<usize, String> {
    let bytes = match (&mut column.values, value) {
        (_, ValueRef::Null) => {
            column.null();
            return Ok(1);
        }
        (Values::Integer(all), ValueRef::Integer(number)) => {
            all.push(number);
            8
        }
        (Values::Float(all), ValueRef::Real(number)) => {
            all.push(number);
            8
        }
        (Values::Bytes(all, ends), ValueRef::Text(value)) if !blobs => {
            all.extend_from_slice(value);
            ends.push(end(all));
            value.len() + 4
        }
        (Values::Bytes(all, ends), ValueRef::Blob(value)) if blobs => {
            all.extend_from_slice(value);
            ends.push(end(all));
            value.len() + 4
        }
        (Values::Float(all), ValueRef::Integer(number)) => {
            let float = number as f64;
            if float as i128 != i128::from(number) {
                return Err(format!("the integer {number}, which a float cannot hold exactly,"));
            }
            all.push(float);
            8
        }
        (Values::Integer(all), ValueRef::Real(number)) => {
            let whole = number as i64;
            if whole as f64 != number || number >= 9_223_372_036_854_775_808.0 {
                return Err(format!("the number {number}"));
            }
            all.push(whole);
            8
        }
        (Values::Boolean(all), ValueRef::Integer(number @ (0 | 1))) => {
            all.append(number == 1);
            1
        }
        (_, other) => return Err(described(other)),
    };
    column.is_value();
    Ok(bytes)
}

fn described(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => format!("the integer {number}"),
        ValueRef::Real(number) => format!("the number {number}"),
        ValueRef::Text(_) => "text".to_owned(),
        ValueRef::Blob(_) => "a blob".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_decides_the_type_where_it_can() {
        for (declaration, kind) in [
            ("INTEGER", Some(ColumnType::Integer)),
            ("unsigned big int", Some(ColumnType::Integer)),
            ("VARCHAR(20)", Some(ColumnType::Text)),
            ("text", Some(ColumnType::Text)),
            ("BLOB", Some(ColumnType::Bytes)),
            ("double precision", Some(ColumnType::Float)),
            ("DECIMAL(10,2)", Some(ColumnType::Float)),
            ("DECIMAL(10, 0)", None),
            ("NUMERIC", None),
            ("boolean", Some(ColumnType::Boolean)),
            ("DATETIME", None),
            ("FLOATING POINT", Some(ColumnType::Float)),
            ("POINT", None),
            ("INTERVAL", None),
            ("INT POINT", Some(ColumnType::Integer)),
            ("printable text", Some(ColumnType::Text)),
            ("JSON", None),
        ] {
            assert_eq!(declared(Some(declaration)), kind, "{declaration}");
        }
        assert_eq!(declared(None), None);
    }

    #[test]
    fn values_decide_where_the_declaration_does_not() {
        let (null, one, half, text) = (ValueRef::Null, ValueRef::Integer(1), ValueRef::Real(0.5), ValueRef::Text(b"x"));
        for (values, kind) in [
            (vec![null, one, one], ColumnType::Integer),
            (vec![one, half, one], ColumnType::Float),
            (vec![half, one], ColumnType::Float),
            (vec![null, text], ColumnType::Text),
            (vec![ValueRef::Blob(b"x")], ColumnType::Bytes),
            (vec![text, one], ColumnType::Text),
            (vec![null, null], ColumnType::Text),
        ] {
            let mut seen = Seen::default();
            values.iter().for_each(|value| seen.note(*value));
            assert_eq!(seen.kind(None), kind, "{values:?}");
        }
    }
}
