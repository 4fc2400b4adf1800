//! Values as a driver binds them.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow_schema::{Field, Schema};
use chrono::{DateTime, Utc};
use model::{ColumnType, CursorValue, Failure, FailureKind, Value, database::GenericDialect};

use super::has_settings;
use crate::{
    engines::postgres::text_of,
    follow::{Tail, bytes_of, refused},
    query::setting,
};

/// The values of a statement.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    /// Settings of the session, by name.
    Settings(Vec<(String, String)>),
    /// One row, a column for each; `None` when there is no value.
    Row(Option<RecordBatch>),
}

impl Bound {
    /// Those of a query, and of the tail behind it.
    ///
    /// # Errors
    /// `Cursor` for a value that is none of its type.
    pub(super) fn new(dialect: GenericDialect, values: &[Value], tail: &Tail) -> Result<Self, Failure> {
        if has_settings(dialect) {
            let own = values.iter().enumerate().map(|(number, value)| (setting(number), text_of(value)));
            return Ok(Self::Settings(own.chain(tail.settings()).collect()));
        }
        let mut arrays: Vec<ArrayRef> = values.iter().map(|value| array(dialect, value)).collect();
        for value in &tail.values {
            arrays.push(array_of_cursor(value)?);
        }
        Ok(Self::Row(row(arrays)?))
    }

    /// The row that is bound.
    pub(super) fn row(&self) -> Option<RecordBatch> {
        if let Self::Row(row) = self { row.clone() } else { None }
    }
}

/// The statement that makes these settings of the transaction, and what it binds.
pub(super) fn settings(values: &[(String, String)]) -> Result<(String, RecordBatch), Failure> {
    let set: Vec<String> = values.iter().zip(1..).map(|((name, _), number)| format!("set_config('{name}', ${number}, true)")).collect();
    let texts = values.iter().map(|(_, value)| Arc::new(StringArray::from(vec![value.as_str()])) as ArrayRef).collect();
    let row = row(texts)?.ok_or_else(|| Failure::new(FailureKind::Internal, "there is nothing to set"))?;
    Ok((format!("SELECT {}", set.join(", ")), row))
}

fn row(arrays: Vec<ArrayRef>) -> Result<Option<RecordBatch>, Failure> {
    if arrays.is_empty() {
        return Ok(None);
    }
    let fields: Vec<Field> =
        arrays.iter().enumerate().map(|(at, array)| Field::new(at.to_string(), array.data_type().clone(), true)).collect();
    let row = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays);
    row.map(Some).map_err(|error| Failure::new(FailureKind::Internal, "binding the values").because(error))
}

fn array(dialect: GenericDialect, value: &Value) -> ArrayRef {
    match value {
        Value::Text(text) => Arc::new(StringArray::from(vec![text.as_str()])),
        Value::Integer(number) => Arc::new(Int64Array::from(vec![*number])),
        Value::Float(number) => Arc::new(Float64Array::from(vec![*number])),
        Value::Boolean(truth) if dialect == GenericDialect::Sqlite => Arc::new(Int64Array::from(vec![i64::from(*truth)])),
        Value::Boolean(truth) => Arc::new(BooleanArray::from(vec![*truth])),
        Value::Instant(instant) if dialect == GenericDialect::Standard => {
            Arc::new(TimestampMicrosecondArray::from(vec![instant.timestamp_micros()]).with_timezone("UTC"))
        }
        Value::Instant(instant) => Arc::new(StringArray::from(vec![text_of_instant(*instant)])),
    }
}

/// As SQLite and MySQL write times, in UTC.
fn text_of_instant(instant: DateTime<Utc>) -> String {
    let form = if instant.timestamp_subsec_micros() == 0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S%.6f" };
    instant.format(form).to_string()
}

fn array_of_cursor(value: &CursorValue) -> Result<ArrayRef, Failure> {
    let text = value.text.as_str();
    let wrong = || refused(format!("the cursor's value is no {}", value.kind.as_str()));
    Ok(match value.kind {
        ColumnType::Integer => Arc::new(Int64Array::from(vec![text.parse::<i64>().map_err(|_| wrong())?])),
        ColumnType::Unsigned => Arc::new(UInt64Array::from(vec![text.parse::<u64>().map_err(|_| wrong())?])),
        ColumnType::Float => Arc::new(Float64Array::from(vec![text.parse::<f64>().map_err(|_| wrong())?])),
        ColumnType::Boolean => Arc::new(BooleanArray::from(vec![text == "true"])),
        ColumnType::Bytes => Arc::new(BinaryArray::from_vec(vec![&bytes_of(value)?])),
        _ => Arc::new(StringArray::from(vec![text])),
    })
}
