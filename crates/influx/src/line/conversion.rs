//! Values whose field has another type than their column: converted where that is exact, refused where it is not.

use model::{
    ColumnType, FieldType, FieldTypes, Mapping,
    mapping::{Constant, Decimal, TimeField, Unsigned},
};
use serde::Serialize;

use super::{
    buffer::Line,
    cells::{Values, boolean},
    escape,
    number::{is_plain_decimal, nearest_double, put_float, put_integer, put_unsigned},
    refusal::{Refusal, excerpt},
};

/// What a column of this type is as a field, by the policies alone.
pub(super) const fn natural(mapping: &Mapping, kind: ColumnType) -> FieldType {
    match kind {
        ColumnType::Boolean => FieldType::Boolean,
        ColumnType::Integer => FieldType::Integer,
        ColumnType::Unsigned => match mapping.unsigned {
            Unsigned::Integer => FieldType::Integer,
            Unsigned::Unsigned => FieldType::Unsigned,
            Unsigned::Float => FieldType::Float,
            Unsigned::Text => FieldType::Text,
        },
        ColumnType::Float => FieldType::Float,
        ColumnType::Decimal => match mapping.decimal {
            Decimal::Float => FieldType::Float,
            Decimal::Text => FieldType::Text,
            Decimal::Integer => FieldType::Integer,
        },
        ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant => match mapping.time_field {
            TimeField::Text => FieldType::Text,
            TimeField::UnixS | TimeField::UnixMs | TimeField::UnixNs => FieldType::Integer,
        },
        ColumnType::Text | ColumnType::Bytes | ColumnType::Time | ColumnType::Uuid | ColumnType::Json => FieldType::Text,
    }
}

/// Whether a field of this type can be made of a column of that type, value by value.
pub(super) const fn is_possible(kind: ColumnType, to: FieldType) -> bool {
    match kind {
        ColumnType::Boolean | ColumnType::Integer | ColumnType::Unsigned | ColumnType::Float | ColumnType::Decimal | ColumnType::Text => {
            true
        }
        ColumnType::Bytes
        | ColumnType::Time
        | ColumnType::Uuid
        | ColumnType::Json
        | ColumnType::Date
        | ColumnType::Timestamp
        | ColumnType::Instant => matches!(to, FieldType::Text),
    }
}

/// How a field of ours and the field of its name on the server go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// The field's name.
    pub field: String,
    /// The column that it is made of; absent for a constant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The type that the mapping gives it.
    pub ours: FieldType,
    /// The types that it has on the server, all others than ours.
    pub theirs: Vec<FieldType>,
    /// The type that its values are converted to; absent when there is no way without loss, and the server would refuse the points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_to: Option<FieldType>,
}

impl Agreement {
    /// What is found: the field and both types.
    pub(super) fn finding(&self) -> String {
        let theirs = self.theirs.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" and ");
        let (field, ours) = (&self.field, self.ours.as_str());
        let origin = self.column.as_ref().map_or_else(|| "the constant".to_owned(), |column| format!("column `{column}`"));
        match self.converted_to {
            Some(to) => format!(
                "field `{field}` is of type {theirs} on the server: {origin}, of type {ours}, is written as {}, and a value that this does not \
                 hold exactly is rejected",
                to.as_str()
            ),
            None => format!("field `{field}` is of type {theirs} on the server, and {origin} makes it {ours}"),
        }
    }

    /// What to do about it, when something must be done.
    pub(super) fn advice(&self) -> Option<String> {
        let remedy = match &self.column {
            _ if self.converted_to.is_some() => return None,
            Some(column) => format!("give `{column}` a type in `field_types` or by CAST in the query, or rename the field"),
            None => "give the constant that type, or rename the field".to_owned(),
        };
        Some(remedy)
    }

    /// Both, in one line.
    pub(super) fn sentence(&self) -> String {
        match self.advice() {
            Some(advice) => format!("{}; {advice}", self.finding()),
            None => self.finding(),
        }
    }
}

/// How a field goes together with what the server has; `None` when there is nothing to say. Whole numbers are converted, because a value
/// that the other type cannot hold is found out; what a mapping says by name is not changed.
pub(super) fn agree(
    field: &str,
    column: Option<(&str, ColumnType)>,
    ours: FieldType,
    is_said: bool,
    types: &FieldTypes,
) -> Option<Agreement> {
    let theirs: Vec<FieldType> = types.of(field).collect();
    if theirs.is_empty() || theirs.contains(&ours) {
        return None;
    }
    let is_whole = matches!(column, Some((_, ColumnType::Integer | ColumnType::Unsigned)));
    let is_number = |kind: &FieldType| matches!(kind, FieldType::Float | FieldType::Integer | FieldType::Unsigned);
    let converted_to = theirs.iter().copied().find(|kind| is_whole && !is_said && is_number(&ours) && is_number(kind));
    Some(Agreement { field: field.to_owned(), column: column.map(|(name, _)| name.to_owned()), ours, theirs, converted_to })
}

/// Puts a value as a number or truth value of another type than its own. `Ok(Some)` is a float that a policy must look at.
pub(super) fn put(values: &Values<'_>, row: usize, to: FieldType, line: &mut Line<'_>) -> Result<Option<f64>, Refusal> {
    let inexact = || Refusal::Inexact { value: shown(values, row), kind: to };
    match to {
        FieldType::Float => match values {
            Values::Text(texts) => {
                let text = texts.bytes(row);
                if !is_plain_decimal(text) {
                    return Ok(Some(nearest_double(text)?));
                }
                line.put(text)?;
            }
            Values::Float(values) | Values::MeasuredFloat(values) => return Ok(Some(values[row])),
            values => {
                let whole = whole(values, row).ok_or_else(inexact)?;
                let float = whole as f64;
                if float as i128 != whole {
                    return Err(inexact());
                }
                put_float(line, float)?;
            }
        },
        FieldType::Integer => {
            put_integer(line, whole(values, row).and_then(|whole| i64::try_from(whole).ok()).ok_or_else(inexact)?)?;
            line.put_byte(b'i')?;
        }
        FieldType::Unsigned => {
            put_unsigned(line, whole(values, row).and_then(|whole| u64::try_from(whole).ok()).ok_or_else(inexact)?)?;
            line.put_byte(b'u')?;
        }
        FieldType::Boolean => {
            let value = match values {
                Values::Text(texts) => truth(texts.bytes(row)),
                values => whole(values, row).and_then(|whole| [false, true].get(usize::try_from(whole).ok()?).copied()),
            };
            line.put(boolean(value.ok_or_else(inexact)?))?;
        }
        FieldType::Text => unreachable!("text is put with its policies"),
    }
    Ok(None)
}

/// The whole number that a value is, if it is one.
fn whole(values: &Values<'_>, row: usize) -> Option<i128> {
    match values {
        Values::Boolean(values) => Some(values.value(row).into()),
        Values::Integer(values) => Some(values[row].into()),
        Values::Unsigned(values) => Some(values[row].into()),
        // Above 2^64 there is no field for it, and below every whole double is exact.
        Values::Float(values) | Values::MeasuredFloat(values) => {
            let value = values[row];
            (value.fract() == 0.0 && value.abs() < 2e19).then_some(value as i128)
        }
        Values::Text(texts) => whole_text(texts.bytes(row)),
        _ => None,
    }
}

/// `-12`, `+12`, `12.00`.
fn whole_text(text: &[u8]) -> Option<i128> {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let (whole, fraction) = digits.iter().position(|byte| *byte == b'.').map_or((digits, &[][..]), |at| (&digits[..at], &digits[at + 1..]));
    if whole.is_empty() || whole.len() > 30 || !whole.iter().all(u8::is_ascii_digit) || !fraction.iter().all(|byte| *byte == b'0') {
        return None;
    }
    let value = whole.iter().fold(0, |value: i128, digit| value * 10 + i128::from(digit - b'0'));
    Some(if text[0] == b'-' { -value } else { value })
}

/// What PostgreSQL reads as a boolean.
fn truth(text: &[u8]) -> Option<bool> {
    match text.to_ascii_lowercase().as_slice() {
        b"true" | b"t" | b"yes" | b"y" | b"on" | b"1" => Some(true),
        b"false" | b"f" | b"no" | b"n" | b"off" | b"0" => Some(false),
        _ => None,
    }
}

fn shown(values: &Values<'_>, row: usize) -> String {
    match values {
        Values::Boolean(values) => values.value(row).to_string(),
        Values::Integer(values) => values[row].to_string(),
        Values::Unsigned(values) => values[row].to_string(),
        Values::Float(values) | Values::MeasuredFloat(values) => values[row].to_string(),
        Values::Text(texts) => excerpt(texts.bytes(row)),
        _ => "…".to_owned(),
    }
}

/// A value of this type as it stands in a line; `None` when the text does not say one.
pub(super) fn literal(text: &str, kind: FieldType) -> Option<Vec<u8>> {
    match kind {
        FieldType::Float => constant(&Constant::Float(text.parse().ok()?)),
        FieldType::Integer => constant(&Constant::Integer(text.parse().ok()?)),
        FieldType::Unsigned => constant(&Constant::Unsigned(text.parse().ok()?)),
        FieldType::Boolean => constant(&Constant::Boolean(truth(text.as_bytes())?)),
        FieldType::Text => constant(&Constant::Text(text.to_owned())),
    }
}

/// A constant as it stands in a line; `None` for one that is not finite.
pub(super) fn constant(value: &Constant) -> Option<Vec<u8>> {
    let mut room = vec![0; 128 + if let Constant::Text(text) = value { text.len() * 2 } else { 0 }];
    let mut line = Line::new(&mut room);
    let put = match value {
        Constant::Float(value) if value.is_finite() => put_float(&mut line, *value),
        Constant::Float(_) => return None,
        Constant::Integer(value) => put_integer(&mut line, *value).and_then(|()| line.put_byte(b'i')),
        Constant::Unsigned(value) => put_unsigned(&mut line, *value).and_then(|()| line.put_byte(b'u')),
        Constant::Boolean(value) => line.put(boolean(*value)),
        Constant::Text(text) => {
            line.put_byte(b'"').and_then(|()| escape::put_string(&mut line, text.as_bytes())).and_then(|()| line.put_byte(b'"'))
        }
    };
    put.expect("escaping at most doubles a text, and a number takes less than 64 bytes");
    Some(line.since(0).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_whole() {
        for (text, expected) in [
            ("7", Some(7)),
            ("-7.000", Some(-7)),
            ("+0", Some(0)),
            ("18446744073709551616", Some(1 << 64)),
            ("7.", Some(7)),
            ("7.5", None),
            ("", None),
            ("-", None),
            (".0", None),
            ("1e3", None),
            ("NaN", None),
            ("9999999999999999999999999999999", None),
        ] {
            assert_eq!(whole_text(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_literal_says_a_value_of_its_type_or_nothing() {
        for (text, kind, expected) in [
            ("7", FieldType::Float, Some("7.0")),
            ("7", FieldType::Integer, Some("7i")),
            ("7", FieldType::Unsigned, Some("7u")),
            ("yes", FieldType::Boolean, Some("true")),
            ("say \"x\"", FieldType::Text, Some("\"say \\\"x\\\"\"")),
            ("NaN", FieldType::Float, None),
            ("7.5", FieldType::Integer, None),
            ("-1", FieldType::Unsigned, None),
            ("maybe", FieldType::Boolean, None),
        ] {
            assert_eq!(literal(text, kind), expected.map(|text| text.as_bytes().to_vec()), "{text}");
        }
    }
}
