//! Batches that a driver made, of any Arrow type, as the house's columns.
//!
//! | Arrow | travels as |
//! |---|---|
//! | `Boolean` | boolean |
//! | `Int8` … `Int64` | integer |
//! | `UInt8` … `UInt64` | unsigned |
//! | `Float16`, `Float32`, `Float64` | float |
//! | `Decimal32` … `Decimal256` | decimal |
//! | `Utf8`, `LargeUtf8`, `Utf8View`, `Null` | text |
//! | `Binary`, `LargeBinary`, `BinaryView`, `FixedSizeBinary` | bytes |
//! | `Date32`, `Date64` | date |
//! | `Timestamp` of any unit, without zone or with one | timestamp, instant |
//! | `Time32`, `Time64`, `Duration`, `Interval` | time |
//! | lists, `Struct`, `Map` | json |
//! | `Dictionary`, `RunEndEncoded` | as their values |
//!
//! A field that says more of itself is heard: the extensions `arrow.uuid` and `arrow.json`, the type's own name in `arrow.opaque` and in what
//! the driver of PostgreSQL adds. What is finer than a microsecond is cut, as every engine does; what a column cannot hold (a time beyond
//! microseconds in 64 bits, a text among numbers) is `SqlTypeChanged`. A union is refused before the first row.

mod exact;
mod json;
mod page;
mod words;

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, cast::AsArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use model::{Column, ColumnType, Failure, FailureKind, edges::ReadLimits};

#[cfg(feature = "adbc")]
pub(crate) use json::of as json_of;
pub(crate) use page::{Fixed, number};
#[cfg(feature = "adbc")]
pub(crate) use page::{by_name, refuse_names_that_differ_in_case};

use crate::rows::schema;

/// The columns that fields of any Arrow type travel as.
///
/// # Errors
/// `SqlInvalid` for a type that has no form here, naming the column.
#[cfg_attr(not(feature = "adbc"), allow(dead_code, reason = "ODBC has types of its own"))]
pub(crate) fn columns(fields: &Schema) -> Result<Vec<Column>, Failure> {
    fields.fields().iter().map(|field| column(field)).collect()
}

/// Whether values of this type are finer than a microsecond, so that two that differ may travel as one.
#[cfg_attr(not(feature = "adbc"), allow(dead_code, reason = "ODBC has types of its own"))]
pub(crate) fn is_cut(data: &DataType) -> bool {
    match data {
        DataType::Timestamp(unit, _) => *unit == TimeUnit::Nanosecond,
        DataType::Dictionary(_, values) => is_cut(values),
        DataType::RunEndEncoded(_, values) => is_cut(values.data_type()),
        _ => false,
    }
}

fn column(field: &Field) -> Result<Column, Failure> {
    let kind = kind(field).ok_or_else(|| {
        let (name, kind) = (field.name(), field.data_type());
        Failure::new(
            FailureKind::SqlInvalid,
            format!("column `{name}` is of Arrow's type {kind}, which has no form here; cast it in the query"),
        )
    })?;
    let native = told(field).unwrap_or_else(|| field.data_type().to_string());
    Ok(Column { name: field.name().clone(), kind, native })
}

/// Where the driver of PostgreSQL puts the name of the type.
const POSTGRES_TYPE: &str = "ADBC:postgresql:typname";
const EXTENSION: &str = "ARROW:extension:name";
const EXTENSION_METADATA: &str = "ARROW:extension:metadata";

/// The database's own name of the type, where the driver tells it.
fn told(field: &Field) -> Option<String> {
    let metadata = field.metadata();
    if let Some(name) = metadata.get(POSTGRES_TYPE) {
        return Some(name.clone());
    }
    let opaque = metadata.get(EXTENSION).is_some_and(|name| name == "arrow.opaque");
    let told: serde_json::Value = serde_json::from_str(metadata.get(EXTENSION_METADATA)?).ok()?;
    told.get("type_name").filter(|_| opaque)?.as_str().map(str::to_owned)
}

fn kind(field: &Field) -> Option<ColumnType> {
    let kind = kind_of(field.data_type())?;
    let extension = field.metadata().get(EXTENSION).map(String::as_str);
    let told = told(field).map(|name| name.to_ascii_lowercase());
    Some(match (kind, extension, told.as_deref()) {
        (ColumnType::Text, _, Some("numeric" | "decimal")) => ColumnType::Decimal,
        (ColumnType::Text, Some("arrow.json"), _) | (ColumnType::Text, _, Some("json" | "jsonb")) => ColumnType::Json,
        (ColumnType::Bytes, Some("arrow.uuid"), _) | (ColumnType::Bytes | ColumnType::Text, _, Some("uuid")) => ColumnType::Uuid,
        _ => kind,
    })
}

fn kind_of(data: &DataType) -> Option<ColumnType> {
    Some(match data {
        DataType::Boolean => ColumnType::Boolean,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => ColumnType::Integer,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => ColumnType::Unsigned,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => ColumnType::Float,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => ColumnType::Decimal,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => ColumnType::Text,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => ColumnType::Bytes,
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Timestamp(_, None) => ColumnType::Timestamp,
        DataType::Timestamp(_, Some(_)) => ColumnType::Instant,
        DataType::Time32(_) | DataType::Time64(_) | DataType::Duration(_) | DataType::Interval(_) => ColumnType::Time,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) | DataType::Map(item, _) => {
            kind_of(item.data_type()).map(|_| ColumnType::Json)?
        }
        DataType::Struct(members) => members.iter().all(|member| kind_of(member.data_type()).is_some()).then_some(ColumnType::Json)?,
        DataType::Dictionary(_, values) => kind_of(values)?,
        DataType::RunEndEncoded(_, values) => kind_of(values.data_type())?,
        _ => return None,
    })
}

/// Turns a driver's batches into those of a result, within its limits.
#[derive(Debug)]
pub(crate) struct Intake {
    columns: Vec<Column>,
    schema: SchemaRef,
    limits: ReadLimits,
    /// Rows in the batches before.
    rows: u64,
}

impl Intake {
    /// For a result of these columns. They may be other than [`columns`] says of the batches: a page has those of its query, and what is
    /// known better than Arrow tells (a decimal that comes as text) is said here.
    pub(crate) fn new(columns: &[Column], limits: ReadLimits) -> Self {
        Self { columns: columns.to_vec(), schema: schema(columns), limits, rows: 0 }
    }

    /// Whether there are as many rows as the limits ask for.
    pub(crate) fn is_full(&self) -> bool {
        self.limits.max_rows.is_some_and(|most| self.rows >= most)
    }

    /// The rows of a driver's batch, in batches of the result.
    ///
    /// # Errors
    /// `SqlTypeChanged` for a value that its column cannot hold, naming column and row.
    pub(crate) fn take(&mut self, batch: &RecordBatch) -> Result<Vec<RecordBatch>, Failure> {
        if batch.num_columns() != self.columns.len() {
            let (had, has) = (self.columns.len(), batch.num_columns());
            return Err(Failure::new(FailureKind::SqlTypeChanged, format!("the result had {had} columns and now has {has}")));
        }
        let left = self.limits.max_rows.map_or(u64::MAX, |most| most.saturating_sub(self.rows));
        let rows = batch.num_rows().min(usize::try_from(left).unwrap_or(usize::MAX));
        if rows == 0 {
            return Ok(Vec::new());
        }
        let batch = batch.slice(0, rows);
        let arrays = self.columns.iter().zip(batch.columns()).map(|(column, array)| held(column, array, self.rows));
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        self.rows += rows as u64;
        let whole = RecordBatch::try_new(Arc::clone(&self.schema), arrays);
        let whole = whole.map_err(|error| Failure::new(FailureKind::Internal, "building a batch of rows").because(error))?;
        Ok(self.cut(&whole))
    }

    fn cut(&self, whole: &RecordBatch) -> Vec<RecordBatch> {
        let wide: Vec<&ArrayRef> = whole.columns().iter().filter(|array| !array.data_type().is_primitive()).collect();
        let narrow = (whole.num_columns() - wide.len()) * 8;
        let mut cuts = Vec::new();
        let (mut from, mut bytes) = (0, 0);
        for row in 0..whole.num_rows() {
            if row > from && (row - from >= self.limits.batch_rows || bytes >= self.limits.batch_bytes) {
                cuts.push(whole.slice(from, row - from));
                (from, bytes) = (row, 0);
            }
            bytes += narrow + wide.iter().map(|array| length(array, row)).sum::<usize>();
        }
        cuts.push(whole.slice(from, whole.num_rows() - from));
        // A slice keeps the whole batch alive, and what counts the bytes of one counts them all.
        if cuts.len() == 1 { cuts } else { cuts.iter().map(own).collect() }
    }
}

/// Bytes of a text, of bytes or of a boolean.
fn length(array: &ArrayRef, row: usize) -> usize {
    match array.data_type() {
        DataType::Utf8 => 4 + usize::try_from(array.as_string::<i32>().value_length(row)).unwrap_or_default(),
        DataType::Binary => 4 + usize::try_from(array.as_binary::<i32>().value_length(row)).unwrap_or_default(),
        _ => 1,
    }
}

/// The same rows in memory of their own.
fn own(batch: &RecordBatch) -> RecordBatch {
    let rows = arrow_array::UInt64Array::from_iter_values(0..batch.num_rows() as u64);
    arrow_select::take::take_record_batch(batch, &rows).unwrap_or_else(|_| batch.clone())
}

/// An array as the column holds it.
fn held(column: &Column, array: &ArrayRef, rows_before: u64) -> Result<ArrayRef, Failure> {
    let values = exact::values(column.kind, array).map_err(|misfit| {
        let row = rows_before + misfit.row as u64 + 1;
        crate::rows::misfit(column, row, &misfit.what)
    })?;
    debug_assert_eq!(values.data_type(), &column.kind.arrow(), "a column has the Arrow type of its kind");
    Ok(values)
}

#[cfg(test)]
mod tests;
