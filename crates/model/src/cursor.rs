//! The cursor of an incremental series: how far its rows have been delivered, kept without loss of precision.

use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Column, ColumnType, Failure, FailureKind, Id, Run};

/// One value of a row, as text at the database's full precision: it never passes through a float or a coarser unit.
///
/// The text by type: integers and decimals as digits; `timestamp` as `2026-11-21 14:05:00.123456` and `instant` the same with a `Z`, always
/// six digits of fraction; `date` as `2026-11-21`; `bytes` as lower-case hexadecimal; `float` as the shortest text that reads back as the
/// same double; `boolean` as `true` or `false`; everything else as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CursorValue {
    /// The type that it travels as.
    pub kind: ColumnType,
    /// The database's own name of its type, which the text is cast to when it is bound.
    pub native: String,
    /// The value.
    pub text: String,
}

/// A place in the order of a series' rows: the cursor's value, then those of the key's columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// The cursor column's value.
    pub cursor: CursorValue,
    /// The key columns' values, in their order.
    pub key: Vec<CursorValue>,
}

/// What was the highest value of a counting cursor at some instant: once every transaction that was open then has ended, all values up to it
/// are decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// By the database's clock, taken after the value was read.
    pub at: DateTime<Utc>,
    /// The highest value that had been seen.
    pub highest: CursorValue,
}

/// What is remembered of an incremental series between its runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cursor {
    /// The last row of the rows that were delivered without a gap; `None` before the first.
    pub position: Option<Position>,
    /// Of the query and the settings that gave the position its meaning; empty before the first run.
    pub fingerprint: String,
    /// Marks that may still be needed, oldest first.
    pub marks: Vec<Mark>,
    /// When the position last moved.
    pub moved_at: Option<DateTime<Utc>>,
    /// The run that moved it.
    pub moved_by: Option<Id<Run>>,
}

/// What keeps the fence of a run behind the database's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldBack {
    /// Since when: the start of the oldest open transaction, by the database's clock.
    pub since: DateTime<Utc>,
    /// For how many seconds it had been open when the run looked.
    pub for_s: u64,
    /// Who holds it, as the database tells: its process, user and program.
    pub who: String,
}

/// What a run of an incremental series read: kept with the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Stretch {
    /// Where the cursor stood before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Position>,
    /// Where it stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Position>,
    /// The fence: rows at or above it were left for later runs. Absent when nothing was held back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<CursorValue>,
    /// What the fence waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_back: Option<HeldBack>,
    /// Pages that were read and acknowledged.
    pub pages: u64,
    /// Rows that were read again and had not changed: not written again.
    pub unchanged: u64,
    /// Rows without a cursor value that were left out.
    pub without_cursor: u64,
    /// The database's clock minus Tributary's, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew_ms: Option<i64>,
}

/// A row that was delivered within the overlap: the hash of its key, and of all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Of the key columns (of the cursor and all others when there is no key).
    pub key: u128,
    /// Of every column.
    pub row: u64,
    /// The cursor's [`CursorValue::count`].
    pub at: i64,
}

impl CursorValue {
    /// Whether a cursor of this type can be counted with: its values have distances.
    pub const fn counts(kind: ColumnType) -> bool {
        matches!(kind, ColumnType::Integer | ColumnType::Unsigned | ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant)
    }

    /// Whether a column of this type can be a cursor or a part of the key. JSON has no order, and times of day run in circles.
    pub const fn can_be(kind: ColumnType) -> bool {
        !matches!(kind, ColumnType::Json | ColumnType::Time)
    }

    /// A value of `column`.
    pub fn new(column: &Column, text: impl Into<String>) -> Self {
        Self { kind: column.kind, native: column.native.clone(), text: text.into() }
    }

    /// The value of `column` in a row of its batch; `None` for NULL.
    ///
    /// # Errors
    /// `Cursor` for a column of a type that has no order, and for a time that no calendar can tell (PostgreSQL's `infinity`).
    pub fn read(column: &Column, values: &dyn Array, row: usize) -> Result<Option<Self>, Failure> {
        if values.is_null(row) {
            return Ok(None);
        }
        let beyond = || Failure::new(FailureKind::Cursor, format!("column `{}` holds a time that no calendar can tell", column.name));
        let text = match column.kind {
            ColumnType::Boolean => values.as_boolean().value(row).to_string(),
            ColumnType::Integer => values.as_primitive::<Int64Type>().value(row).to_string(),
            ColumnType::Unsigned => values.as_primitive::<UInt64Type>().value(row).to_string(),
            ColumnType::Float => values.as_primitive::<Float64Type>().value(row).to_string(),
            ColumnType::Decimal | ColumnType::Text | ColumnType::Uuid => values.as_string::<i32>().value(row).to_owned(),
            ColumnType::Bytes => values.as_binary::<i32>().value(row).iter().map(|byte| format!("{byte:02x}")).collect(),
            ColumnType::Date => {
                let days = i64::from(values.as_primitive::<Date32Type>().value(row));
                let seconds = days.checked_mul(86_400).ok_or_else(beyond)?;
                DateTime::from_timestamp(seconds, 0).ok_or_else(beyond)?.format("%Y-%m-%d").to_string()
            }
            ColumnType::Timestamp | ColumnType::Instant => {
                let micros = values.as_primitive::<TimestampMicrosecondType>().value(row);
                Self::time_text(column.kind, micros).ok_or_else(beyond)?
            }
            ColumnType::Time | ColumnType::Json => {
                let kind = column.kind.as_str();
                return Err(Failure::new(FailureKind::Cursor, format!("column `{}` is of type {kind}, which has no order", column.name)));
            }
        };
        Ok(Some(Self::new(column, text)))
    }

    /// The value that is `count` in the unit of [`CursorValue::count`]; `None` for a type that does not count, and beyond its range.
    pub fn at(column: &Column, count: i64) -> Option<Self> {
        let text = match column.kind {
            ColumnType::Integer => count.to_string(),
            ColumnType::Unsigned => u64::try_from(count).ok()?.to_string(),
            ColumnType::Date => DateTime::from_timestamp(count.checked_mul(86_400)?, 0)?.format("%Y-%m-%d").to_string(),
            ColumnType::Timestamp | ColumnType::Instant => Self::time_text(column.kind, count)?,
            _ => return None,
        };
        Some(Self::new(column, text))
    }

    /// A whole number that stands for the value: itself for integers, days since 1970 for dates, microseconds since 1970 for timestamps (of
    /// their unnamed zone) and instants; `None` for types that do not count, and for unsigned numbers above 2^63 − 1.
    pub fn count(&self) -> Option<i64> {
        match self.kind {
            ColumnType::Integer | ColumnType::Unsigned => self.text.parse().ok(),
            ColumnType::Date => {
                let date = NaiveDate::parse_from_str(&self.text, "%Y-%m-%d").ok()?;
                Some(date.signed_duration_since(NaiveDate::default()).num_days())
            }
            ColumnType::Timestamp | ColumnType::Instant => {
                let text = self.text.trim_end_matches('Z');
                let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
                Some(time.and_utc().timestamp_micros())
            }
            _ => None,
        }
    }

    fn time_text(kind: ColumnType, micros: i64) -> Option<String> {
        let time = DateTime::from_timestamp_micros(micros)?;
        let zone = if kind == ColumnType::Instant { "Z" } else { "" };
        Some(format!("{}{zone}", time.format("%Y-%m-%d %H:%M:%S%.6f")))
    }
}

impl Position {
    /// The place of a row: `cursor` and `key` are indices of columns. `None` when its cursor is NULL.
    ///
    /// # Errors
    /// Those of [`CursorValue::read`]; `Cursor` when a key column is NULL, by name.
    pub fn of(columns: &[Column], batch: &RecordBatch, row: usize, cursor: usize, key: &[usize]) -> Result<Option<Self>, Failure> {
        let Some(value) = CursorValue::read(&columns[cursor], batch.column(cursor), row)? else { return Ok(None) };
        let mut values = Vec::with_capacity(key.len());
        for &at in key {
            let value = CursorValue::read(&columns[at], batch.column(at), row)?;
            let missing = || Failure::new(FailureKind::Cursor, format!("key column `{}` is NULL", columns[at].name));
            values.push(value.ok_or_else(missing)?);
        }
        Ok(Some(Self { cursor: value, key: values }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Date32Array, Int64Array, TimestampMicrosecondArray, UInt64Array};

    use super::*;

    fn column(kind: ColumnType) -> Column {
        Column { name: "c".to_owned(), kind, native: "x".to_owned() }
    }

    #[test]
    fn a_value_that_counts_reads_back_from_its_count_without_loss() {
        let micros = [i64::from(i32::MIN), -1, 0, 1, 1_795_263_900_123_456];
        let cases: [(ColumnType, ArrayRef, &str); 5] = [
            (ColumnType::Integer, Arc::new(Int64Array::from(vec![i64::MAX])), "9223372036854775807"),
            (ColumnType::Unsigned, Arc::new(UInt64Array::from(vec![7])), "7"),
            (ColumnType::Date, Arc::new(Date32Array::from(vec![-1])), "1969-12-31"),
            (ColumnType::Timestamp, Arc::new(TimestampMicrosecondArray::from(micros.to_vec())), "1969-12-31 23:24:12.516352"),
            (ColumnType::Instant, Arc::new(TimestampMicrosecondArray::from(micros.to_vec())), "1969-12-31 23:24:12.516352Z"),
        ];
        for (kind, values, first) in cases {
            let column = column(kind);
            for row in 0..values.len() {
                let value = CursorValue::read(&column, &values, row).unwrap().unwrap();
                if row == 0 {
                    assert_eq!(value.text, first);
                }
                assert_eq!(CursorValue::at(&column, value.count().unwrap()), Some(value));
            }
        }
    }

    #[test]
    fn an_infinite_time_is_refused_by_name() {
        let values = TimestampMicrosecondArray::from(vec![i64::MAX]);
        let failure = CursorValue::read(&column(ColumnType::Instant), &values, 0).unwrap_err();
        assert!(failure.chain().contains("`c`"), "{}", failure.chain());
    }
}
