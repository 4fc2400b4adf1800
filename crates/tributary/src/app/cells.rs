//! Rows as JSON, for people: what a preview and a tried query show.
//!
//! Nothing is rounded: a whole number beyond ±(2^53 - 1), which a browser would round, is shown as text, and so are decimals, NaN and
//! infinities. Binary values are base64.

use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta};
use model::{Column, ColumnType};
use serde_json::{Number, Value};

/// The largest whole number that every JSON reader keeps exactly.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// One row of a batch whose columns are `columns`.
pub(super) fn row(columns: &[Column], batch: &RecordBatch, row: usize) -> Vec<Value> {
    columns.iter().zip(batch.columns()).map(|(column, array)| cell(column.kind, array.as_ref(), row)).collect()
}

fn cell(kind: ColumnType, array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match kind {
        ColumnType::Boolean => array.as_boolean().value(row).into(),
        ColumnType::Integer => {
            let number = array.as_primitive::<Int64Type>().value(row);
            if number.unsigned_abs() <= MAX_EXACT { number.into() } else { number.to_string().into() }
        }
        ColumnType::Unsigned => {
            let number = array.as_primitive::<UInt64Type>().value(row);
            if number <= MAX_EXACT { number.into() } else { number.to_string().into() }
        }
        ColumnType::Float => {
            let number = array.as_primitive::<Float64Type>().value(row);
            Number::from_f64(number).map_or_else(|| number.to_string().into(), Value::Number)
        }
        ColumnType::Decimal | ColumnType::Text | ColumnType::Time | ColumnType::Uuid | ColumnType::Json => {
            array.as_string::<i32>().value(row).into()
        }
        ColumnType::Bytes => STANDARD.encode(array.as_binary::<i32>().value(row)).into(),
        ColumnType::Date => {
            let days = i64::from(array.as_primitive::<Date32Type>().value(row));
            NaiveDate::default().checked_add_signed(TimeDelta::days(days)).map_or(Value::Null, |date| date.to_string().into())
        }
        ColumnType::Timestamp => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            DateTime::from_timestamp_micros(micros)
                .map_or(Value::Null, |instant| instant.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string().into())
        }
        ColumnType::Instant => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            DateTime::from_timestamp_micros(micros)
                .map_or(Value::Null, |instant| instant.to_rfc3339_opts(SecondsFormat::AutoSi, true).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, BinaryArray, Date32Array, Float64Array, Int64Array, TimestampMicrosecondArray, UInt64Array};
    use serde_json::json;

    use super::*;

    #[test]
    fn no_value_is_rounded_on_its_way_to_a_browser() {
        let instant = TimestampMicrosecondArray::from(vec![1_763_733_900_250_000]);
        let cases: [(ColumnType, ArrayRef, Value); 9] = [
            (ColumnType::Integer, Arc::new(Int64Array::from(vec![-7])), json!(-7)),
            (ColumnType::Integer, Arc::new(Int64Array::from(vec![i64::MIN])), json!("-9223372036854775808")),
            (ColumnType::Unsigned, Arc::new(UInt64Array::from(vec![u64::MAX])), json!("18446744073709551615")),
            (ColumnType::Float, Arc::new(Float64Array::from(vec![f64::NAN])), json!("NaN")),
            (ColumnType::Bytes, Arc::new(BinaryArray::from_vec(vec![b"\x00\xff"])), json!("AP8=")),
            (ColumnType::Date, Arc::new(Date32Array::from(vec![-1])), json!("1969-12-31")),
            (ColumnType::Timestamp, Arc::new(instant.clone()), json!("2025-11-21T14:05:00.250")),
            (ColumnType::Instant, Arc::new(instant.with_timezone("UTC")), json!("2025-11-21T14:05:00.250Z")),
            (ColumnType::Integer, Arc::new(Int64Array::from(vec![None::<i64>])), Value::Null),
        ];
        for (kind, array, expected) in cases {
            assert_eq!(cell(kind, array.as_ref(), 0), expected, "{kind:?}");
        }
    }
}
