//! PostgreSQL's types, and the few that they are cast to on the server.

use model::ColumnType;
use sqlx::{
    TypeInfo,
    postgres::{PgTypeInfo, PgTypeKind},
};

/// The type that a column of this type travels as, and the type's own name. A domain travels as what it is made of.
pub(super) fn described(info: &PgTypeInfo) -> (ColumnType, String) {
    let mut base = info;
    while let PgTypeKind::Domain(inner) = base.kind() {
        base = inner;
    }
    // The names of the server's own types come in capitals; a user's type is called what the user calls it.
    let native = match info.kind() {
        PgTypeKind::Domain(_) | PgTypeKind::Composite(_) | PgTypeKind::Enum(_) => info.name().to_owned(),
        PgTypeKind::Simple | PgTypeKind::Pseudo | PgTypeKind::Array(_) | PgTypeKind::Range(_) => info.name().to_ascii_lowercase(),
    };
    (kind(&base.name().to_ascii_lowercase()), native)
}

/// The type that a column of this type (its name in lower case, as `sqlx` gives it) travels as.
pub(super) fn kind(native: &str) -> ColumnType {
    match native {
        "bool" => ColumnType::Boolean,
        "int2" | "int4" | "int8" | "oid" => ColumnType::Integer,
        "float4" | "float8" => ColumnType::Float,
        "numeric" | "money" => ColumnType::Decimal,
        "bytea" => ColumnType::Bytes,
        "date" => ColumnType::Date,
        "time" | "timetz" | "interval" => ColumnType::Time,
        "timestamp" => ColumnType::Timestamp,
        "timestamptz" => ColumnType::Instant,
        "uuid" => ColumnType::Uuid,
        "json" | "jsonb" => ColumnType::Json,
        _ => ColumnType::Text,
    }
}

/// What the server casts a column of this kind to.
pub(super) const fn cast(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean => "bool",
        ColumnType::Integer | ColumnType::Unsigned => "int8",
        ColumnType::Float => "float8",
        // Through numeric, because money's own text carries a currency sign.
        ColumnType::Decimal => "numeric::text",
        ColumnType::Bytes => "bytea",
        ColumnType::Date => "date",
        ColumnType::Timestamp => "timestamp",
        ColumnType::Instant => "timestamptz",
        ColumnType::Text | ColumnType::Time | ColumnType::Uuid | ColumnType::Json => "text",
    }
}
