//! Typed buffers that values are appended to, one per column, and the Arrow batch they become.
//!
//! The engines' hot loops end here: no allocation and no virtual call per value. A buffer becomes an Arrow array without a copy.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::SchemaRef;
use model::{Column, ColumnType, Failure, FailureKind};

/// The values of one column of the batch in the making.
#[derive(Debug)]
pub(crate) struct ColumnBuilder {
    pub(crate) values: Values,
    nulls: NullBufferBuilder,
}

/// The values by their wire type; times and dates are numbers here and get their Arrow type at the end.
#[derive(Debug)]
pub(crate) enum Values {
    /// Arrow `Boolean`.
    Boolean(BooleanBufferBuilder),
    /// Arrow `Int64`, and both kinds of time stamps.
    Integer(Vec<i64>),
    /// Arrow `UInt64`.
    Unsigned(Vec<u64>),
    /// Arrow `Float64`.
    Float(Vec<f64>),
    /// Arrow `Date32`.
    Date(Vec<i32>),
    /// Arrow `Utf8` and `Binary`.
    Bytes(Vec<u8>, Vec<i32>),
}

impl ColumnBuilder {
    fn new(kind: ColumnType, rows: usize) -> Self {
        let values = match kind {
            ColumnType::Boolean => Values::Boolean(BooleanBufferBuilder::new(rows)),
            ColumnType::Integer | ColumnType::Timestamp | ColumnType::Instant => Values::Integer(Vec::with_capacity(rows)),
            ColumnType::Unsigned => Values::Unsigned(Vec::with_capacity(rows)),
            ColumnType::Float => Values::Float(Vec::with_capacity(rows)),
            ColumnType::Date => Values::Date(Vec::with_capacity(rows)),
            ColumnType::Decimal | ColumnType::Text | ColumnType::Bytes | ColumnType::Time | ColumnType::Uuid | ColumnType::Json => {
                let mut ends = Vec::with_capacity(rows + 1);
                ends.push(0);
                Values::Bytes(Vec::with_capacity(rows * 8), ends)
            }
        };
        Self { values, nulls: NullBufferBuilder::new(rows) }
    }

    /// Says that the value just appended to `values` is one.
    #[inline]
    pub(crate) fn is_value(&mut self) {
        self.nulls.append_non_null();
    }

    /// Appends a NULL.
    #[inline]
    pub(crate) fn null(&mut self) {
        match &mut self.values {
            Values::Boolean(bits) => bits.append(false),
            Values::Integer(all) => all.push(0),
            Values::Unsigned(all) => all.push(0),
            Values::Float(all) => all.push(0.0),
            Values::Date(all) => all.push(0),
            Values::Bytes(all, ends) => ends.push(end(all)),
        }
        self.nulls.append_null();
    }

    fn finish(&mut self, column: &Column, rows: usize, first_row: u64) -> Result<ArrayRef, Failure> {
        let fresh = Self::new(column.kind, rows);
        let Self { values, mut nulls } = std::mem::replace(self, fresh);
        let nulls = nulls.finish();
        Ok(match values {
            Values::Boolean(mut bits) => Arc::new(BooleanArray::new(bits.finish(), nulls)),
            Values::Integer(all) => match column.kind {
                ColumnType::Timestamp => Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(all), nulls)),
                ColumnType::Instant => {
                    Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(all), nulls).with_timezone_opt(Some("UTC")))
                }
                _ => Arc::new(Int64Array::new(ScalarBuffer::from(all), nulls)),
            },
            Values::Unsigned(all) => Arc::new(UInt64Array::new(ScalarBuffer::from(all), nulls)),
            Values::Float(all) => Arc::new(Float64Array::new(ScalarBuffer::from(all), nulls)),
            Values::Date(all) => Arc::new(Date32Array::new(ScalarBuffer::from(all), nulls)),
            Values::Bytes(all, ends) => {
                let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
                if column.kind == ColumnType::Bytes {
                    Arc::new(BinaryArray::new(offsets, Buffer::from_vec(all), nulls))
                } else {
                    let bytes = Buffer::from_vec(all);
                    let text = StringArray::try_new(offsets.clone(), bytes.clone(), nulls);
                    Arc::new(text.map_err(|_| not_utf8(&column.name, first_row, &offsets, &bytes))?)
                }
            }
        })
    }
}

/// Where the next text or bytes value begins. Batches are cut at a few megabytes and no server sends a value above 1 GiB.
#[inline]
pub(crate) fn end(all: &[u8]) -> i32 {
    i32::try_from(all.len()).expect("a batch of one column stays below 2 GiB")
}

fn not_utf8(column: &str, first_row: u64, offsets: &OffsetBuffer<i32>, bytes: &[u8]) -> Failure {
    let row = offsets
        .windows(2)
        .position(|ends| {
            let value = usize::try_from(ends[0]).ok().zip(usize::try_from(ends[1]).ok()).and_then(|(from, to)| bytes.get(from..to));
            value.is_none_or(|value| std::str::from_utf8(value).is_err())
        })
        .unwrap_or_default();
    let row = first_row + row as u64;
    Failure::new(
        FailureKind::SqlTypeChanged,
        format!("column `{column}` holds text in row {row} that is not UTF-8; convert it in the query, or read it as bytes"),
    )
}

/// Bytes of room that a batch begins with, at most: a thousand columns must not ask for room for thousands of rows each.
const ROOM: usize = 4 << 20;

/// All columns of the batch in the making.
#[derive(Debug)]
pub(crate) struct BatchBuilder {
    columns: Vec<Column>,
    schema: SchemaRef,
    /// One per column, all of the same length at the end of a row.
    pub(crate) builders: Vec<ColumnBuilder>,
    /// Rows in the batch in the making.
    pub(crate) rows: usize,
    /// Bytes of their values, about.
    pub(crate) bytes: usize,
    /// Rows in the batches before.
    pub(crate) rows_before: u64,
    expected_rows: usize,
}

impl BatchBuilder {
    /// Buffers for `columns`, made for about `rows` rows at a time.
    pub(crate) fn new(columns: &[Column], schema: SchemaRef, rows: usize) -> Self {
        let expected_rows = rows.min(ROOM / (columns.len() * 8).max(1)).max(16);
        let builders = columns.iter().map(|column| ColumnBuilder::new(column.kind, expected_rows)).collect();
        Self { columns: columns.to_vec(), schema, builders, rows: 0, bytes: 0, rows_before: 0, expected_rows }
    }

    /// The number in the result, from 1, of the row in the making.
    pub(crate) fn row(&self) -> u64 {
        self.rows_before + self.rows as u64 + 1
    }

    /// The batch, and room for the next; `None` when there is no row.
    ///
    /// # Errors
    /// `SqlTypeChanged` for text that is not UTF-8, naming column and row.
    pub(crate) fn finish(&mut self) -> Result<Option<RecordBatch>, Failure> {
        if self.rows == 0 {
            return Ok(None);
        }
        let first_row = self.rows_before + 1;
        let columns =
            self.builders.iter_mut().zip(&self.columns).map(|(builder, column)| builder.finish(column, self.expected_rows, first_row));
        let arrays = columns.collect::<Result<Vec<_>, _>>()?;
        self.rows_before += self.rows as u64;
        (self.rows, self.bytes) = (0, 0);
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays);
        batch.map(Some).map_err(|error| Failure::new(FailureKind::Internal, "building a batch of rows").because(error))
    }

    /// The failure of a value that its column cannot hold, in the row in the making.
    pub(crate) fn misfit(&self, column: usize, what: &str) -> Failure {
        misfit(&self.columns[column], self.row(), what)
    }
}

/// The failure of a value that its column cannot hold.
pub(crate) fn misfit(column: &Column, row: u64, what: &str) -> Failure {
    let article = if column.kind == ColumnType::Integer || column.kind == ColumnType::Unsigned || column.kind == ColumnType::Instant {
        "an"
    } else {
        "a"
    };
    Failure::new(
        FailureKind::SqlTypeChanged,
        format!("column `{}` is {article} {} column and holds {what} in row {row}", column.name, column.kind.as_str()),
    )
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_schema::Schema;

    use super::*;

    fn builder(kinds: &[ColumnType]) -> BatchBuilder {
        let column = |(i, kind): (usize, &ColumnType)| Column { name: format!("c{i}"), kind: *kind, native: String::new() };
        let columns: Vec<Column> = kinds.iter().enumerate().map(column).collect();
        let schema = Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()));
        BatchBuilder::new(&columns, schema, 4)
    }

    #[test]
    fn every_type_of_column_becomes_its_arrow_type_with_its_nulls() {
        let mut batch = builder(&ColumnType::ALL);
        for column in &mut batch.builders {
            column.null();
        }
        batch.rows = 1;
        let rows = batch.finish().unwrap().unwrap();
        assert_eq!(rows.num_rows(), 1);
        assert!(rows.columns().iter().all(|column| column.is_null(0)));
        assert_eq!(batch.row(), 2);
        assert!(batch.finish().unwrap().is_none());
    }

    #[test]
    fn text_that_is_not_utf8_names_its_column_and_row() {
        let mut batch = builder(&[ColumnType::Text]);
        for value in [&b"good"[..], b"b\xffd"] {
            let Values::Bytes(all, ends) = &mut batch.builders[0].values else { panic!("text is kept as bytes") };
            all.extend_from_slice(value);
            ends.push(end(all));
            batch.builders[0].is_value();
            batch.rows += 1;
        }
        let failure = batch.finish().unwrap_err();
        assert_eq!(failure.kind, FailureKind::SqlTypeChanged);
        assert!(failure.doing.starts_with("column `c0` holds text in row 2 that is not UTF-8"), "{}", failure.doing);
    }
}
