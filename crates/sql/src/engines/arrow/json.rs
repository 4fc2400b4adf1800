//! Lists, structs and maps as JSON: nothing is lost, because what JSON's numbers cannot hold (a decimal, NaN) is a text in it.

use arrow_array::{Array, ArrayRef, cast::AsArray, types::*};
use arrow_schema::{DataType, Field};
use model::ColumnType;
use serde_json::{Map, Number, Value};

use super::{exact, kind};

/// The value of a row.
///
/// # Errors
/// What it is, when it has no form here.
pub(crate) fn of(array: &ArrayRef, row: usize) -> Result<Value, String> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    match array.data_type() {
        DataType::List(item) => all(item, &array.as_list::<i32>().value(row)),
        DataType::LargeList(item) => all(item, &array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(item, _) => all(item, &array.as_fixed_size_list().value(row)),
        // Pairs, because the keys may be anything.
        DataType::Map(..) => {
            let pairs = array.as_map().value(row);
            let pair = |row| pairs.columns().iter().zip(pairs.fields()).map(|(values, field)| one(field, &values.slice(row, 1))).collect();
            (0..pairs.len()).map(pair).collect::<Result<Vec<Value>, _>>().map(Value::Array)
        }
        DataType::Struct(fields) => {
            let members = fields.iter().zip(array.as_struct().columns());
            let members = members.map(|(field, values)| Ok((field.name().clone(), one(field, &values.slice(row, 1))?)));
            members.collect::<Result<Map<_, _>, String>>().map(Value::Object)
        }
        other => Err(format!("a value of Arrow's type {other}")),
    }
}

fn one(field: &Field, values: &ArrayRef) -> Result<Value, String> {
    match all(field, values)? {
        Value::Array(mut values) => Ok(values.pop().unwrap_or_default()),
        other => Ok(other),
    }
}

fn all(field: &Field, values: &ArrayRef) -> Result<Value, String> {
    let kind = kind(field).ok_or_else(|| format!("a value of Arrow's type {}", field.data_type()))?;
    let held = exact::values(kind, values).map_err(|misfit| misfit.what)?;
    let value = |row: usize| {
        if held.is_null(row) {
            return Value::Null;
        }
        match kind {
            ColumnType::Boolean => held.as_boolean().value(row).into(),
            ColumnType::Integer => held.as_primitive::<Int64Type>().value(row).into(),
            ColumnType::Unsigned => held.as_primitive::<UInt64Type>().value(row).into(),
            ColumnType::Float => {
                let number = held.as_primitive::<Float64Type>().value(row);
                Number::from_f64(number).map_or_else(|| number.to_string().into(), Value::Number)
            }
            ColumnType::Date => {
                let days = held.as_primitive::<Date32Type>().value(row);
                Date32Type::to_naive_date_opt(days).map_or_else(|| days.into(), |date| date.to_string().into())
            }
            ColumnType::Timestamp | ColumnType::Instant => {
                let micros = held.as_primitive::<TimestampMicrosecondType>().value(row);
                let zone = if kind == ColumnType::Instant { "Z" } else { "" };
                let time = chrono::DateTime::from_timestamp_micros(micros);
                time.map_or_else(|| micros.into(), |time| format!("{}{zone}", time.format("%Y-%m-%dT%H:%M:%S%.6f")).into())
            }
            ColumnType::Bytes => held.as_binary::<i32>().value(row).iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
            ColumnType::Json => serde_json::from_str(held.as_string::<i32>().value(row)).unwrap_or_default(),
            ColumnType::Decimal | ColumnType::Text | ColumnType::Time | ColumnType::Uuid => held.as_string::<i32>().value(row).into(),
        }
    };
    Ok(Value::Array((0..held.len()).map(value).collect()))
}
