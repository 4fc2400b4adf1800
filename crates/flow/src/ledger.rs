//! The ledger: what was delivered within the overlap, so that a row which is read again and has not changed is not written again.

use std::collections::HashMap;

use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Int64Type, TimestampMicrosecondType, UInt64Type},
};
use arrow_row::{RowConverter, SortField};
use model::{Column, ColumnType, Failure, FailureKind, LedgerEntry};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// Most entries that are kept of one series.
pub(crate) const MAX_ENTRIES: usize = 250_000;
/// The place of rows without a cursor value: they are never behind the overlap.
const WITHOUT_CURSOR: i64 = i64::MAX;

/// What was delivered.
pub(crate) struct Ledger {
    /// By the hash of the key: the hash of the row, and its place.
    entries: HashMap<u128, (u64, i64)>,
    /// Keys that were delivered since the ledger was last kept.
    fresh: Vec<u128>,
    rows: RowConverter,
    /// The key's columns; `None` when the series has no key: the whole row is its key.
    key: Option<(Vec<usize>, RowConverter)>,
}

impl Ledger {
    /// With what was kept, for rows of these columns.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) fn new(kept: Vec<LedgerEntry>, columns: &[Column], key: &[usize]) -> Result<Self, Failure> {
        let converter = |columns: &mut dyn Iterator<Item = &Column>| {
            RowConverter::new(columns.map(|column| SortField::new(column.kind.arrow())).collect()).map_err(broken)
        };
        let key = if key.is_empty() { None } else { Some((key.to_vec(), converter(&mut key.iter().map(|at| &columns[*at]))?)) };
        Ok(Self {
            entries: kept.into_iter().map(|entry| (entry.key, (entry.row, entry.at))).collect(),
            fresh: Vec::new(),
            rows: converter(&mut columns.iter())?,
            key,
        })
    }

    /// Where the oldest entry lies, when there are as many as are kept: what is below was forgotten.
    pub(crate) fn forgotten_below(&self) -> Option<i64> {
        if self.entries.len() < MAX_ENTRIES {
            return None;
        }
        self.entries.values().map(|(_, at)| *at).filter(|at| *at != WITHOUT_CURSOR).min()
    }

    /// Says of each row whether it is new or has changed since it was delivered, and takes note of it. `cursor` is the cursor's column;
    /// `None` for rows without a value there.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) fn sift(&mut self, rows: &RecordBatch, cursor: Option<(&Column, usize)>) -> Result<Vec<bool>, Failure> {
        let places = cursor.map(|(column, at)| places(column, rows.column(at)));
        let bytes = self.rows.convert_columns(rows.columns()).map_err(broken)?;
        let keys = match &self.key {
            Some((columns, converter)) => {
                let columns: Vec<_> = columns.iter().map(|at| rows.column(*at).clone()).collect();
                Some(converter.convert_columns(&columns).map_err(broken)?)
            }
            None => None,
        };
        let kept = (0..rows.num_rows()).map(|row| {
            let bytes = bytes.row(row);
            let key = match &keys {
                Some(keys) => xxh3_128(keys.row(row).as_ref()),
                None => xxh3_128(bytes.as_ref()),
            };
            let hash = xxh3_64(bytes.as_ref());
            if self.entries.get(&key).is_some_and(|(delivered, _)| *delivered == hash) {
                return false;
            }
            let place = places.as_ref().map_or(WITHOUT_CURSOR, |places| places[row]);
            self.entries.insert(key, (hash, place));
            self.fresh.push(key);
            true
        });
        Ok(kept.collect())
    }

    /// What was delivered since the last time and lies at or above `forget_below`; the rest is forgotten.
    pub(crate) fn take_fresh(&mut self, forget_below: Option<i64>) -> Vec<LedgerEntry> {
        if let Some(below) = forget_below {
            self.entries.retain(|_, (_, at)| *at >= below);
        }
        self.shrink();
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable();
        fresh.dedup();
        let entry = |key: u128| self.entries.get(&key).map(|(row, at)| LedgerEntry { key, row: *row, at: *at });
        fresh.into_iter().filter_map(entry).collect()
    }

    /// Bounds what is held in memory: the lowest are forgotten first, as in the store.
    fn shrink(&mut self) {
        if self.entries.len() < 2 * MAX_ENTRIES {
            return;
        }
        let mut places: Vec<i64> = self.entries.values().map(|(_, at)| *at).collect();
        let nth = places.len() - MAX_ENTRIES;
        let lowest = *places.select_nth_unstable(nth).1;
        self.entries.retain(|_, (_, at)| *at >= lowest);
    }
}

/// The [`model::CursorValue::count`] of each row.
fn places(column: &Column, values: &dyn Array) -> Vec<i64> {
    match column.kind {
        ColumnType::Integer => values.as_primitive::<Int64Type>().values().to_vec(),
        ColumnType::Unsigned => {
            values.as_primitive::<UInt64Type>().values().iter().map(|value| i64::try_from(*value).unwrap_or(WITHOUT_CURSOR - 1)).collect()
        }
        ColumnType::Date => values.as_primitive::<Date32Type>().values().iter().map(|days| i64::from(*days)).collect(),
        ColumnType::Timestamp | ColumnType::Instant => values.as_primitive::<TimestampMicrosecondType>().values().to_vec(),
        // Such a cursor has no overlap; only rows without a value are in the ledger.
        _ => vec![WITHOUT_CURSOR; values.len()],
    }
}

fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::new(FailureKind::Internal, "comparing rows with those that were delivered").because(error)
}
