//! Asks one case of an engine and tells what is different from what it expects.

use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type},
};
use chrono::{DateTime, NaiveDate, TimeDelta};
use model::{
    Column, ColumnType, Failure, Statement,
    edges::{DatabaseAccess, Databases, ReadLimits},
};
use sql::Engines;

use crate::case::{Case, Expected, NULL};

/// Everything that a statement gave.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) columns: Vec<Column>,
    /// Each value as text.
    pub(crate) rows: Vec<Vec<String>>,
    /// Why it did not come to the end of the rows.
    failure: Option<Failure>,
}

/// What is wrong, in one line; nothing when the case holds.
pub(crate) async fn wrong(mut access: DatabaseAccess, case: Case) -> Option<String> {
    if let Some(timeout_ms) = case.timeout_ms {
        access.database.statement_timeout_ms = timeout_ms;
    }
    let values = case.values.iter().map(|(name, value)| ((*name).to_owned(), value.value())).collect();
    let statement = Statement { sql: case.sql(), values };
    let outcome = read(&access, &statement).await;
    if let Expected::Failure(kind, words) = case.expected {
        let Some(failure) = outcome.failure else { return Some(format!("it was read: {:?}", outcome.rows.first())) };
        let told = failure.chain();
        return (failure.kind != kind || !told.contains(words)).then(|| format!("{:?}: {told}", failure.kind));
    }
    if let Some(failure) = outcome.failure {
        return Some(format!("{:?}: {}", failure.kind, failure.chain()));
    }
    let described = Engines::new().describe(&access, &statement).await;
    match described {
        // The server's own name of a type may be another before its values are bound.
        Ok(columns) if columns.iter().map(kind_of).eq(outcome.columns.iter().map(kind_of)) => {}
        Ok(columns) => return Some(format!("described as {}, read as {}", names(&columns), names(&outcome.columns))),
        Err(failure) => return Some(format!("it is read but not described: {}", failure.chain())),
    }
    different(&outcome, case.expected)
}

fn different(outcome: &Outcome, expected: Expected) -> Option<String> {
    let about = || format!("{} {:?}", names(&outcome.columns), outcome.rows).chars().take(400).collect();
    let same = match expected {
        Expected::Column(kind, values) => {
            outcome.columns.len() == 1 && outcome.columns[0].kind == kind && outcome.rows.iter().flatten().eq(values.iter())
        }
        Expected::Table(columns, rows) => {
            outcome.columns.iter().map(|column| (column.name.as_str(), column.kind)).eq(columns.iter().copied())
                && outcome.rows.len() == rows.len()
                && outcome.rows.iter().zip(rows).all(|(found, row)| found.iter().eq(row.iter()))
        }
        Expected::Judged(judge) => return judge(outcome),
        Expected::Failure(..) => unreachable!("a failure is judged before"),
    };
    (!same).then(about)
}

fn kind_of(column: &Column) -> (&str, ColumnType) {
    (&column.name, column.kind)
}

fn names(columns: &[Column]) -> String {
    let one = |column: &Column| format!("{:?} {} ({})", column.name, column.kind.as_str(), column.native);
    columns.iter().map(one).collect::<Vec<_>>().join(", ")
}

async fn read(access: &DatabaseAccess, statement: &Statement) -> Outcome {
    let mut outcome = Outcome::default();
    let mut rows = match Engines::new().read(access, statement, ReadLimits::default()).await {
        Ok(rows) => rows,
        Err(failure) => {
            outcome.failure = Some(failure);
            return outcome;
        }
    };
    outcome.columns = rows.columns().to_vec();
    loop {
        match rows.next().await {
            Ok(Some(batch)) => {
                let row = |at| outcome.columns.iter().enumerate().map(|(column, of)| cell(of, &batch, column, at)).collect();
                outcome.rows.extend((0..batch.num_rows()).map(row));
            }
            Ok(None) => return outcome,
            Err(failure) => {
                outcome.failure = Some(failure);
                return outcome;
            }
        }
    }
}

/// A value as text: bytes are hexadecimal, times are ISO 8601; what lies beyond the calendar of chrono is its number.
fn cell(column: &Column, batch: &RecordBatch, at: usize, row: usize) -> String {
    let array = batch.column(at);
    if array.is_null(row) {
        return NULL.to_owned();
    }
    match column.kind {
        ColumnType::Boolean => array.as_boolean().value(row).to_string(),
        ColumnType::Integer => array.as_primitive::<Int64Type>().value(row).to_string(),
        ColumnType::Unsigned => array.as_primitive::<UInt64Type>().value(row).to_string(),
        ColumnType::Float => format!("{:?}", array.as_primitive::<Float64Type>().value(row)),
        ColumnType::Decimal | ColumnType::Text | ColumnType::Time | ColumnType::Uuid | ColumnType::Json => {
            let text = array.as_string::<i32>().value(row);
            assert!(text != NULL, "no value may look like NULL here");
            text.to_owned()
        }
        ColumnType::Bytes => array.as_binary::<i32>().value(row).iter().map(|byte| format!("{byte:02x}")).collect(),
        ColumnType::Date => {
            let days = array.as_primitive::<Date32Type>().value(row);
            let date = NaiveDate::from_ymd_opt(1970, 1, 1).and_then(|first| first.checked_add_signed(TimeDelta::days(days.into())));
            date.map_or_else(|| days.to_string(), |date| date.to_string())
        }
        ColumnType::Timestamp | ColumnType::Instant => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let zone = if column.kind == ColumnType::Instant { "Z" } else { "" };
            let time = DateTime::from_timestamp_micros(micros);
            time.map_or_else(|| micros.to_string(), |time| format!("{}{zone}", time.format("%Y-%m-%dT%H:%M:%S%.6f")))
        }
    }
}
