//! PostgreSQL's types, and the few that they are cast to on the server.

use std::collections::HashMap;

use model::{ColumnType, Failure};
use sqlx::{AssertSqlSafe, PgConnection};

use super::failures::failure;

/// The server's own types that results are mostly made of, by their number in `pg_type.dat` of its source, which never changes.
const KNOWN: [(u32, &str); 20] = [
    (16, "bool"),
    (17, "bytea"),
    (19, "name"),
    (20, "int8"),
    (21, "int2"),
    (23, "int4"),
    (25, "text"),
    (26, "oid"),
    (114, "json"),
    (700, "float4"),
    (701, "float8"),
    (1042, "bpchar"),
    (1043, "varchar"),
    (1082, "date"),
    (1083, "time"),
    (1114, "timestamp"),
    (1184, "timestamptz"),
    (1186, "interval"),
    (1700, "numeric"),
    (2950, "uuid"),
];

/// What any other type is called, and the name of what it is made of when it is a domain. Asked here and not by `sqlx`, which fails on
/// types that it does not know (multiranges).
const UNKNOWN: &str = "WITH RECURSIVE base(oid, base) AS (
   SELECT oid, oid FROM pg_catalog.pg_type WHERE oid IN (@)
   UNION ALL SELECT b.oid, t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.base WHERE t.typtype = 'd'
 ) SELECT b.oid::int8, pg_catalog.format_type(b.oid, NULL), t.typname::text
 FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.base WHERE t.typtype <> 'd'";

/// The type that a column of each of these types travels as, and the type's own name. A domain travels as what it is made of.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn described(connection: &mut PgConnection, types: &[u32]) -> Result<Vec<(ColumnType, String)>, Failure> {
    let mut names: HashMap<u32, (&str, String)> = KNOWN.into_iter().map(|(number, name)| (number, (name, name.to_owned()))).collect();
    let unknown: Vec<String> = types.iter().filter(|number| !names.contains_key(number)).map(u32::to_string).collect();
    let mut asked: Vec<(i64, String, String)> = Vec::new();
    if !unknown.is_empty() {
        let sql = AssertSqlSafe(UNKNOWN.replace('@', &unknown.join(",")));
        let answer = sqlx::query_as(sql).persistent(false).fetch_all(connection).await;
        asked = answer.map_err(|error| failure(error, "asking for the types of the columns", |_| None))?;
    }
    for (number, native, base) in &asked {
        names.extend(u32::try_from(*number).ok().map(|number| (number, (base.as_str(), native.clone()))));
    }
    let described = types.iter().map(|number| match names.get(number) {
        Some((base, native)) => (kind(base), native.clone()),
        None => (ColumnType::Text, format!("type {number}")),
    });
    Ok(described.collect())
}

/// The type that a column of this type (its name in `pg_type`) travels as.
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
