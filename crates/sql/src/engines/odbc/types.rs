//! What a driver says of its columns, and what is asked of it instead where drivers are known to say wrong things.
//!
//! | the driver's type | fetched as | travels as |
//! |---|---|---|
//! | `TINYINT` … `BIGINT` | 64 bits, because SQLite's driver calls 64 bits 32 | integer |
//! | `BIGINT` unsigned | text | decimal |
//! | `REAL`, `FLOAT`, `DOUBLE` | double, because PostgreSQL's driver calls it single | float |
//! | `NUMERIC`, `DECIMAL` | text, because the scale that is told cuts what has none (PostgreSQL's) | decimal |
//! | `BIT` | bit | boolean |
//! | `DATE` | date | date |
//! | `TIME` | microseconds of the day | time |
//! | `TIMESTAMP` of any precision | microseconds, because nanoseconds in 64 bits end in 2262 | timestamp: no driver tells a zone |
//! | `BINARY` … `LONGVARBINARY` | bytes of any length | bytes |
//! | `GUID` | text | uuid |
//! | everything else | text | text |

use arrow_odbc::odbc_api::{ColumnDescription, DataType, ResultSetMetadata, sys::SqlDataType};
use arrow_schema::{DataType as Arrow, Field, TimeUnit};
use model::{Column, ColumnType};

/// A column as it is fetched and as it travels.
pub(super) struct Fetched {
    pub(super) field: Field,
    pub(super) column: Column,
}

/// The columns of a result.
///
/// # Errors
/// The driver's.
pub(super) fn columns(result: &mut impl ResultSetMetadata) -> Result<Vec<Fetched>, arrow_odbc::odbc_api::Error> {
    let count = u16::try_from(result.num_result_cols()?).unwrap_or_default();
    (1..=count)
        .map(|number| {
            let name = result.col_name(number)?;
            let mut told = ColumnDescription::default();
            result.describe_col(number, &mut told)?;
            let told = told.data_type;
            let is_unsigned = is_whole(&told) && result.column_is_unsigned(number)?;
            let (arrow, kind) = fetched(told, is_unsigned);
            let field = Field::new(&name, arrow, true);
            Ok(Fetched { field, column: Column { name, kind, native: native(told) } })
        })
        .collect()
}

const GUID: SqlDataType = SqlDataType(-11);

fn is_whole(told: &DataType) -> bool {
    matches!(told, DataType::BigInt | DataType::Integer | DataType::SmallInt | DataType::TinyInt)
}

fn fetched(told: DataType, is_unsigned: bool) -> (Arrow, ColumnType) {
    match told {
        DataType::BigInt if is_unsigned => (Arrow::Utf8, ColumnType::Decimal),
        DataType::BigInt | DataType::Integer | DataType::SmallInt | DataType::TinyInt => (Arrow::Int64, ColumnType::Integer),
        DataType::Real | DataType::Float { .. } | DataType::Double => (Arrow::Float64, ColumnType::Float),
        DataType::Numeric { .. } | DataType::Decimal { .. } => (Arrow::Utf8, ColumnType::Decimal),
        DataType::Bit => (Arrow::Boolean, ColumnType::Boolean),
        DataType::Date => (Arrow::Date32, ColumnType::Date),
        DataType::Time { .. } => (Arrow::Time64(TimeUnit::Microsecond), ColumnType::Time),
        DataType::Timestamp { .. } => (Arrow::Timestamp(TimeUnit::Microsecond, None), ColumnType::Timestamp),
        DataType::Binary { .. } | DataType::Varbinary { .. } | DataType::LongVarbinary { .. } => (Arrow::Binary, ColumnType::Bytes),
        DataType::Other { data_type: GUID, .. } => (Arrow::Utf8, ColumnType::Uuid),
        _ => (Arrow::Utf8, ColumnType::Text),
    }
}

/// Whether a column's times are finer than a microsecond, so that two that differ may travel as one.
pub(super) fn is_cut(column: &Column) -> bool {
    column.kind == ColumnType::Timestamp && column.native.starts_with("timestamp(")
}

/// The type's name in ODBC; that of times finer than a microsecond with their digits.
fn native(told: DataType) -> String {
    let name = match told {
        DataType::Timestamp { precision } if precision > 6 => return format!("timestamp({precision})"),
        // Digits and scale are a guess where there is no table, and another one each time.
        DataType::Numeric { .. } | DataType::Decimal { .. } => "decimal",
        DataType::BigInt => "bigint",
        DataType::Integer => "integer",
        DataType::SmallInt => "smallint",
        DataType::TinyInt => "tinyint",
        DataType::Real => "real",
        DataType::Float { .. } | DataType::Double => "double",
        DataType::Bit => "bit",
        DataType::Date => "date",
        DataType::Time { .. } => "time",
        DataType::Timestamp { .. } => "timestamp",
        DataType::Binary { .. } => "binary",
        DataType::Varbinary { .. } | DataType::LongVarbinary { .. } => "varbinary",
        DataType::Char { .. } | DataType::WChar { .. } => "char",
        DataType::Other { data_type: GUID, .. } => "guid",
        _ => "varchar",
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drivers_say_wrongly_is_asked_for_as_it_is() {
        let micros = Arrow::Timestamp(TimeUnit::Microsecond, None);
        for (told, is_unsigned, expected) in [
            (DataType::Float { precision: 0 }, false, (Arrow::Float64, ColumnType::Float)),
            (DataType::Integer, false, (Arrow::Int64, ColumnType::Integer)),
            (DataType::BigInt, true, (Arrow::Utf8, ColumnType::Decimal)),
            (DataType::Numeric { precision: 28, scale: 2 }, false, (Arrow::Utf8, ColumnType::Decimal)),
            (DataType::Timestamp { precision: 7 }, false, (micros.clone(), ColumnType::Timestamp)),
            (DataType::Timestamp { precision: 0 }, false, (micros, ColumnType::Timestamp)),
            (DataType::Binary { length: None }, false, (Arrow::Binary, ColumnType::Bytes)),
        ] {
            assert_eq!(fetched(told, is_unsigned), expected, "{told:?}");
        }
    }

    #[test]
    fn times_finer_than_a_microsecond_are_known() {
        for (precision, native_name, expected) in [(0, "timestamp", false), (6, "timestamp", false), (7, "timestamp(7)", true)] {
            let told = DataType::Timestamp { precision };
            let column = Column { name: "at".to_owned(), kind: fetched(told, false).1, native: native(told) };
            assert_eq!((column.native.as_str(), is_cut(&column)), (native_name, expected));
        }
    }
}
