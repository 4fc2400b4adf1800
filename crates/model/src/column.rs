//! What a query's result is made of, and how it travels: the one type map of the house.
//!
//! Rows travel as Arrow record batches. Every engine turns its own types into a [`ColumnType`]; each has exactly one Arrow form
//! ([`ColumnType::arrow`]). Where Arrow's type alone does not tell (a decimal travels as its exact text), the field's metadata does.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, TimeUnit};
use serde::{Deserialize, Serialize};

/// One column of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Column {
    /// The column's name as the database gives it.
    pub name: String,
    /// The type that it travels as.
    pub kind: ColumnType,
    /// The database's own name of the type: `numeric(10,2)`, `bigint unsigned`.
    pub native: String,
}

/// The types that rows are made of. Any of them may be NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Arrow `Boolean`.
    Boolean,
    /// Signed, up to 64 bits. Arrow `Int64`.
    Integer,
    /// Unsigned, up to 64 bits. Arrow `UInt64`.
    Unsigned,
    /// IEEE 754 double; narrower floats are widened. Arrow `Float64`.
    Float,
    /// Exact decimal, as its text (`-12.30`, `NaN`). Arrow `Utf8`.
    Decimal,
    /// Arrow `Utf8`.
    Text,
    /// Arrow `Binary`.
    Bytes,
    /// Days since 1970-01-01. Arrow `Date32`.
    Date,
    /// Time of day or duration, as text (`23:59:59.25`, `-838:59:59`). Arrow `Utf8`.
    Time,
    /// A date and time without zone, in microseconds since 1970-01-01T00:00:00 of that unnamed zone. Arrow `Timestamp(µs, None)`.
    Timestamp,
    /// An instant, in microseconds since 1970-01-01T00:00:00Z. Arrow `Timestamp(µs, "UTC")`.
    Instant,
    /// As hyphenated lower-case text. Arrow `Utf8`.
    Uuid,
    /// As JSON text. Arrow `Utf8`.
    Json,
}

/// The metadata key of an Arrow field that holds the [`ColumnType`]'s name.
const KIND: &str = "tributary.kind";
/// The metadata key of an Arrow field that holds the database's own type name.
const NATIVE: &str = "tributary.native";

impl ColumnType {
    /// Every type, in the order of declaration.
    pub const ALL: [Self; 13] = [
        Self::Boolean,
        Self::Integer,
        Self::Unsigned,
        Self::Float,
        Self::Decimal,
        Self::Text,
        Self::Bytes,
        Self::Date,
        Self::Time,
        Self::Timestamp,
        Self::Instant,
        Self::Uuid,
        Self::Json,
    ];

    /// The Arrow type that values of this type travel as.
    pub fn arrow(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Unsigned => DataType::UInt64,
            Self::Float => DataType::Float64,
            Self::Decimal | Self::Text | Self::Time | Self::Uuid | Self::Json => DataType::Utf8,
            Self::Bytes => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }

    /// The type's name, as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Unsigned => "unsigned",
            Self::Float => "float",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::Instant => "instant",
            Self::Uuid => "uuid",
            Self::Json => "json",
        }
    }
}

impl Column {
    /// The Arrow field of this column: nullable, with the type's name and the native name as metadata.
    pub fn field(&self) -> Field {
        Field::new(&self.name, self.kind.arrow(), true)
            .with_metadata(HashMap::from([(KIND.to_owned(), self.kind.as_str().to_owned()), (NATIVE.to_owned(), self.native.clone())]))
    }

    /// The column that an Arrow field made by [`Column::field`] describes; `None` for a field that was not.
    pub fn from_field(field: &Field) -> Option<Self> {
        let kind = field.metadata().get(KIND)?;
        let kind = ColumnType::ALL.into_iter().find(|k| k.as_str() == kind)?;
        Some(Self { name: field.name().clone(), kind, native: field.metadata().get(NATIVE).cloned().unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_survives_the_way_through_an_arrow_field() {
        for kind in ColumnType::ALL {
            let column = Column { name: "a b".to_owned(), kind, native: "x(1)".to_owned() };
            assert_eq!(Column::from_field(&column.field()), Some(column));
        }
    }
}
