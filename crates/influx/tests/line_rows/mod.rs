//! Rows for the tests of line protocol.
#![allow(dead_code, unreachable_pub, reason = "every test file uses a part")]

pub mod go;

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow_schema::Schema;
use chrono::{DateTime, Utc};
use influx::line::{LineRules, shaper};
use model::{
    Column, ColumnType, Failure, FailureKind, Mapping,
    edges::{LineBatch, Shaped},
};

/// The slot of every test: 2026-11-21T14:05:00Z.
pub const SLOT_NS: i64 = 1_795_269_900_000_000_000;

pub fn slot() -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(SLOT_NS)
}

/// One named column of values.
pub type Values = (&'static str, ColumnType, ArrayRef);

pub fn batch(columns: &[Values]) -> RecordBatch {
    let fields: Vec<_> =
        columns.iter().map(|(name, kind, _)| Column { name: (*name).to_owned(), kind: *kind, native: String::new() }.field()).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.iter().map(|(_, _, array)| array.clone()).collect()).unwrap()
}

pub fn booleans(name: &'static str, values: &[Option<bool>]) -> Values {
    (name, ColumnType::Boolean, Arc::new(BooleanArray::from(values.to_vec())))
}

pub fn integers(name: &'static str, values: &[Option<i64>]) -> Values {
    (name, ColumnType::Integer, Arc::new(Int64Array::from(values.to_vec())))
}

pub fn unsigned(name: &'static str, values: &[Option<u64>]) -> Values {
    (name, ColumnType::Unsigned, Arc::new(UInt64Array::from(values.to_vec())))
}

pub fn floats(name: &'static str, values: &[Option<f64>]) -> Values {
    (name, ColumnType::Float, Arc::new(Float64Array::from(values.to_vec())))
}

pub fn texts(name: &'static str, values: &[Option<&str>]) -> Values {
    (name, ColumnType::Text, Arc::new(StringArray::from(values.to_vec())))
}

pub fn decimals(name: &'static str, values: &[Option<&str>]) -> Values {
    (name, ColumnType::Decimal, Arc::new(StringArray::from(values.to_vec())))
}

pub fn bytes(name: &'static str, values: &[Option<&[u8]>]) -> Values {
    (name, ColumnType::Bytes, Arc::new(BinaryArray::from(values.to_vec())))
}

pub fn dates(name: &'static str, values: &[Option<i32>]) -> Values {
    (name, ColumnType::Date, Arc::new(Date32Array::from(values.to_vec())))
}

pub fn timestamps(name: &'static str, values: &[Option<i64>]) -> Values {
    (name, ColumnType::Timestamp, Arc::new(TimestampMicrosecondArray::from(values.to_vec())))
}

pub fn instants(name: &'static str, values: &[Option<i64>]) -> Values {
    (name, ColumnType::Instant, Arc::new(TimestampMicrosecondArray::from(values.to_vec()).with_timezone("UTC")))
}

/// All that shaping these batches gives, in one.
pub fn shaped(mapping: &Mapping, batches: &[RecordBatch], rules: &LineRules) -> Result<Shaped, Failure> {
    let mut shaper = shaper(mapping, &batches[0].schema(), slot(), rules)?;
    let mut all = Shaped::default();
    for part in batches.iter().map(|rows| shaper.shape(rows)).collect::<Vec<_>>().into_iter().chain([shaper.finish()]) {
        all.batches.extend(part.batches);
        all.rejects.extend(part.rejects);
        all.rows_skipped += part.rows_skipped;
        all.values_omitted += part.values_omitted;
        all.values_truncated += part.values_truncated;
    }
    for batch in &all.batches {
        assert!(batch.lines > 0);
        assert_eq!(batch.body.last(), Some(&b'\n'));
    }
    Ok(all)
}

/// The bodies of all batches, one after another.
pub fn text(batches: &[LineBatch]) -> String {
    batches.iter().map(|batch| std::str::from_utf8(&batch.body).unwrap()).collect()
}

/// The lines of rows without text that holds line breaks, and the reasons of rejects with their rows.
pub fn lines(mapping: &Mapping, columns: &[Values], rules: &LineRules) -> (Vec<String>, Vec<(u64, String)>) {
    let shaped = shaped(mapping, &[batch(columns)], rules).unwrap();
    let lines = text(&shaped.batches).lines().map(str::to_owned).collect();
    (lines, shaped.rejects.into_iter().map(|reject| (reject.row, reject.reason)).collect())
}

/// The one line of a single row.
pub fn line(mapping: &Mapping, columns: &[Values], rules: &LineRules) -> String {
    let (lines, rejects) = lines(mapping, columns, rules);
    assert_eq!((lines.len(), rejects), (1, vec![]), "{lines:?}");
    lines[0].clone()
}

/// The message of a mapping that cannot be.
pub fn wrong(mapping: &Mapping, columns: &[Values], rules: &LineRules) -> String {
    let Err(failure) = shaped(mapping, &[batch(columns)], rules) else { panic!("the mapping was taken") };
    assert_eq!(failure.kind, FailureKind::Mapping);
    failure.doing
}

pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
