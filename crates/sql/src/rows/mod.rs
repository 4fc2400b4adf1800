//! Rows on their way out: typed buffers, bounded batches, the columns' rules.

mod builders;
mod stream;

use std::collections::HashSet;

pub(crate) use builders::{BatchBuilder, ColumnBuilder, Values, end, misfit};
use model::{Column, Failure, FailureKind, edges::ReadLimits};
pub(crate) use stream::{Piece, Stream, channel, schema};

/// Checks that a result has columns and that no two share a name.
///
/// # Errors
/// `SqlNoColumns`, `SqlDuplicateColumn` naming the column.
pub(crate) fn check_columns(columns: &[Column]) -> Result<(), Failure> {
    if columns.is_empty() {
        return Err(Failure::new(FailureKind::SqlNoColumns, "the query returns no columns"));
    }
    let mut seen = HashSet::new();
    match columns.iter().find(|column| !seen.insert(column.name.as_str())) {
        Some(twice) => Err(Failure::new(FailureKind::SqlDuplicateColumn, format!("the query returns two columns named `{}`", twice.name))),
        None => Ok(()),
    }
}

/// Read limits within what the buffers can hold.
pub(crate) fn bounded(limits: ReadLimits) -> ReadLimits {
    ReadLimits { batch_rows: limits.batch_rows.clamp(1, 1 << 20), batch_bytes: limits.batch_bytes.clamp(1, 256 << 20), ..limits }
}
