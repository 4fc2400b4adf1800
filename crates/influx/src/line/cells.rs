//! The values of one column in one record batch, ready to be put into lines.

use arrow_array::{
    Array, BinaryArray, BooleanArray, RecordBatch, StringArray,
    cast::AsArray,
    types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type},
};
use arrow_buffer::NullBuffer;
use base64::{Engine, engine::general_purpose::STANDARD};
use model::{ColumnType, FieldType, mapping};

use super::{
    buffer::{Line, NoRoom},
    columns::Cell,
    escape,
    moment::{midnight, put_date, put_date_time},
    number::{put_float, put_integer, put_unsigned, ten_thousandths},
    plan::Keyed,
    refusal::Refusal,
    rules::LineRules,
};

/// One column of a record batch.
pub(super) struct Cells<'a> {
    pub(super) values: Values<'a>,
    /// Absent when no value of the batch is NULL, so that nothing is asked per row.
    nulls: Option<&'a NullBuffer>,
}

/// Its values, by the form in which they travel.
pub(super) enum Values<'a> {
    Boolean(&'a BooleanArray),
    Integer(&'a [i64]),
    Unsigned(&'a [u64]),
    Float(&'a [f64]),
    /// Most of them have at most four decimals, for which there is a shorter way to the same text.
    MeasuredFloat(&'a [f64]),
    Text(Texts<'a>),
    Bytes(&'a BinaryArray),
    Date(&'a [i32]),
    /// Microseconds since 1970.
    Moment(&'a [i64]),
    /// The same in every row, as it stands in a line.
    Fixed(&'a [u8]),
    /// To be written as another type than their own.
    Converted(Box<Values<'a>>, FieldType),
}

/// Texts that lie one after another.
pub(super) struct Texts<'a> {
    offsets: &'a [i32],
    all: &'a [u8],
    /// Whether none of them needs escaping where they are put.
    plain: bool,
    array: &'a StringArray,
}

/// Where a column's texts are put, which decides what "plain" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Tag,
    Field,
    /// They are read, not put.
    Time,
}

impl<'a> Texts<'a> {
    fn new(array: &'a StringArray, place: Place) -> Self {
        let (offsets, all) = (array.value_offsets(), array.value_data());
        let used = match (offsets.first(), offsets.last()) {
            (Some(first), Some(last)) => &all[index(*first)..index(*last)],
            _ => &[],
        };
        let plain = match place {
            Place::Tag => escape::is_plain_tag(used),
            Place::Field => escape::is_plain_string(used),
            Place::Time => false,
        };
        Self { offsets, all, plain, array }
    }

    #[inline(always)]
    fn range(&self, row: usize) -> (usize, usize) {
        (index(self.offsets[row]), index(self.offsets[row + 1]))
    }

    pub(super) fn text(&self, row: usize) -> &'a str {
        self.array.value(row)
    }

    pub(super) fn bytes(&self, row: usize) -> &'a [u8] {
        let (from, to) = self.range(row);
        &self.all[from..to]
    }
}

#[inline(always)]
fn index(offset: i32) -> usize {
    offset as usize
}

impl<'a> Cells<'a> {
    /// The values of a column, `None` when the batch holds another type than the plan was made for.
    pub(super) fn new(rows: &'a RecordBatch, cell: &Cell, place: Place) -> Option<Self> {
        let array = rows.columns().get(cell.index)?;
        let values = match cell.kind {
            ColumnType::Boolean => Values::Boolean(array.as_boolean_opt()?),
            ColumnType::Integer => Values::Integer(array.as_primitive_opt::<Int64Type>()?.values()),
            ColumnType::Unsigned => Values::Unsigned(array.as_primitive_opt::<UInt64Type>()?.values()),
            ColumnType::Float => floats(array.as_primitive_opt::<Float64Type>()?.values()),
            ColumnType::Decimal | ColumnType::Text | ColumnType::Time | ColumnType::Uuid | ColumnType::Json => {
                Values::Text(Texts::new(array.as_string_opt()?, place))
            }
            ColumnType::Bytes => Values::Bytes(array.as_binary_opt()?),
            ColumnType::Date => Values::Date(array.as_primitive_opt::<Date32Type>()?.values()),
            ColumnType::Timestamp | ColumnType::Instant => Values::Moment(array.as_primitive_opt::<TimestampMicrosecondType>()?.values()),
        };
        Some(Self { values, nulls: array.nulls().filter(|nulls| nulls.null_count() > 0) })
    }

    /// What is the same in every row, as it stands in a line.
    pub(super) const fn fixed(text: &'a [u8]) -> Self {
        Self { values: Values::Fixed(text), nulls: None }
    }

    /// The same values, to be written as another type than their own.
    #[must_use]
    pub(super) fn converted(self, to: FieldType) -> Self {
        Self { values: Values::Converted(Box::new(self.values), to), nulls: self.nulls }
    }

    #[inline(always)]
    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.is_some_and(|nulls| nulls.is_null(row))
    }

    /// The text of a value that is not NULL, if the column is made of texts.
    pub(super) fn text(&self, row: usize) -> Option<&'a str> {
        match &self.values {
            Values::Text(texts) => Some(texts.array.value(row)),
            _ => None,
        }
    }

    /// Puts a tag's key and value; nothing when the value is empty.
    #[inline(always)]
    pub(super) fn put_tag(
        &self,
        row: usize,
        tag: &Keyed,
        form: mapping::Bytes,
        rules: &LineRules,
        line: &mut Line<'_>,
    ) -> Result<(), Refusal> {
        if let Values::Text(texts) = &self.values
            && texts.plain
        {
            let (from, to) = texts.range(row);
            if from == to {
                return Ok(());
            }
            line.put_piece(&tag.key)?;
            return Ok(line.put_within(texts.all, from, to)?);
        }
        line.aside(|line| self.put_other_tag(row, tag, form, rules, line))
    }

    #[inline(never)]
    fn put_other_tag(&self, row: usize, tag: &Keyed, form: mapping::Bytes, rules: &LineRules, line: &mut Line<'_>) -> Result<(), Refusal> {
        let start = line.len();
        line.put_piece(&tag.key)?;
        let value = line.len();
        if let Values::Text(texts) = &self.values {
            escape::put_tag_value(line, texts.bytes(row), rules)?;
        } else {
            self.put_canonical(row, tag.cell.kind, form, line)?;
        }
        if line.len() == value {
            line.cut(start);
        } else if let Values::Bytes(_) = &self.values {
            // Base64 pads with `=`, which a tag must escape; no other canonical text has a special byte.
            let padding = line.since(value).iter().rev().take_while(|byte| **byte == b'=').count();
            line.cut(line.len() - padding);
            for _ in 0..padding {
                line.put(b"\\=")?;
            }
        }
        Ok(())
    }

    /// Puts the measurement that this row names.
    pub(super) fn put_measurement(
        &self,
        row: usize,
        kind: ColumnType,
        form: mapping::Bytes,
        rules: &LineRules,
        line: &mut Line<'_>,
    ) -> Result<(), Refusal> {
        if let Values::Text(texts) = &self.values {
            let (from, to) = texts.range(row);
            if texts.plain && from != to && texts.all[from] != b'#' {
                return Ok(line.put_within(texts.all, from, to)?);
            }
            return escape::put_measurement(line, &texts.all[from..to], rules);
        }
        self.put_canonical(row, kind, form, line)?;
        if line.len() == 0 { Err(Refusal::Empty) } else { Ok(()) }
    }

    /// Puts the canonical text of a value, unescaped.
    pub(super) fn put_canonical(&self, row: usize, kind: ColumnType, form: mapping::Bytes, line: &mut Line<'_>) -> Result<(), NoRoom> {
        put_canonical(&self.values, row, kind, form, line)
    }

    /// Puts the canonical text of a value that is not text, between quotes.
    pub(super) fn put_quoted_canonical(
        &self,
        row: usize,
        kind: ColumnType,
        form: mapping::Bytes,
        line: &mut Line<'_>,
    ) -> Result<(), NoRoom> {
        line.put_byte(b'"')?;
        self.put_canonical(row, kind, form, line)?;
        line.put_byte(b'"')
    }
}

/// Puts the one text that a value of a type has, unescaped. A tag is part of a point's identity, so this never changes: `true`,
/// `-7`, the shortest form of a float (`NaN`, `Infinity`, `-Infinity`), `2026-11-21`, `2026-11-21T14:05:00.25`, the same with `Z`
/// for an instant.
fn put_canonical(values: &Values<'_>, row: usize, kind: ColumnType, form: mapping::Bytes, line: &mut Line<'_>) -> Result<(), NoRoom> {
    match values {
        Values::Boolean(values) => line.put(boolean(values.value(row))),
        Values::Integer(values) => put_integer(line, values[row]),
        Values::Unsigned(values) => put_unsigned(line, values[row]),
        Values::Float(values) | Values::MeasuredFloat(values) => match values[row] {
            value if value.is_finite() => put_float(line, value),
            value if value.is_nan() => line.put(b"NaN"),
            value if value > 0.0 => line.put(b"Infinity"),
            _ => line.put(b"-Infinity"),
        },
        Values::Text(texts) => line.put(texts.bytes(row)),
        Values::Bytes(values) => put_bytes(line, values.value(row), form),
        Values::Date(values) => put_date(line, i64::from(values[row])),
        Values::Moment(values) => {
            put_date_time(line, values[row])?;
            if kind == ColumnType::Instant { line.put_byte(b'Z') } else { Ok(()) }
        }
        Values::Fixed(text) => line.put(text),
        Values::Converted(values, _) => put_canonical(values, row, kind, form, line),
    }
}

impl Texts<'_> {
    /// Puts a text between quotes; `false` when it has more than `most` bytes.
    #[inline(always)]
    pub(super) fn put_quoted(&self, row: usize, most: usize, line: &mut Line<'_>) -> Result<bool, NoRoom> {
        let (from, to) = self.range(row);
        if to - from > most {
            return Ok(false);
        }
        line.put_byte(b'"')?;
        if self.plain {
            line.put_within(self.all, from, to)?;
        } else {
            line.aside(|line| escape::put_string(line, &self.all[from..to]))?;
        }
        line.put_byte(b'"')?;
        Ok(true)
    }
}

/// Floats, which are looked at here and there to see how they are best written.
fn floats(values: &[f64]) -> Values<'_> {
    let looked_at = values.iter().step_by((values.len() / 32).max(1)).filter(|value| value.is_finite());
    let (short, all) = looked_at.fold((0, 0), |(short, all), value| (short + usize::from(ten_thousandths(*value).is_some()), all + 1));
    if 2 * short > all { Values::MeasuredFloat(values) } else { Values::Float(values) }
}

/// A truth value, as a field and as a tag.
#[inline(always)]
pub(super) const fn boolean(value: bool) -> &'static [u8] {
    if value { b"true" } else { b"false" }
}

/// Puts bytes as text.
pub(super) fn put_bytes(line: &mut Line<'_>, bytes: &[u8], form: mapping::Bytes) -> Result<(), NoRoom> {
    match form {
        // 48 bytes become 64 letters without padding, so that pieces fit together.
        mapping::Bytes::Base64 => {
            for part in bytes.chunks(48) {
                let mut letters = [0; 64];
                let len = STANDARD.encode_slice(part, &mut letters).expect("48 bytes become 64 letters");
                line.put_long(&letters[..len])?;
            }
        }
        mapping::Bytes::Hex => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            for byte in bytes {
                line.put_block(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]], 2)?;
            }
        }
    }
    Ok(())
}

/// How many bytes these many bytes take as text.
pub(super) const fn text_bytes(bytes: usize, form: mapping::Bytes) -> usize {
    match form {
        mapping::Bytes::Base64 => bytes.div_ceil(3) * 4,
        mapping::Bytes::Hex => bytes * 2,
    }
}

/// The most bytes whose text takes at most `most` bytes.
pub(super) const fn bytes_of_text(most: usize, form: mapping::Bytes) -> usize {
    match form {
        mapping::Bytes::Base64 => most / 4 * 3,
        mapping::Bytes::Hex => most / 2,
    }
}

/// A date or time as a field: a whole number of units since 1970 (rounded towards the past), `None` when it does not fit.
pub(super) fn unix(values: &Values<'_>, row: usize, unit: mapping::TimeField) -> Option<i64> {
    let microseconds = match values {
        Values::Date(values) => midnight(values[row])?,
        Values::Moment(values) => values[row],
        _ => return None,
    };
    match unit {
        mapping::TimeField::Text => None,
        mapping::TimeField::UnixS => Some(microseconds.div_euclid(1_000_000)),
        mapping::TimeField::UnixMs => Some(microseconds.div_euclid(1_000)),
        mapping::TimeField::UnixNs => microseconds.checked_mul(1_000),
    }
}
