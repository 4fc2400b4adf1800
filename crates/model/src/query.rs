//! A query: saved SQL with typed placeholders; and a statement: SQL with its values, ready to run.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Database, Id, Noun};

/// Saved SQL with typed placeholders (`:name`), in a category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Query {
    /// The database it runs on.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub database_id: Id<Database>,
    /// One reading statement. `:name` is a placeholder; quoted text, comments and `::casts` are left alone.
    pub sql: String,
    /// Free grouping for lists; levels are divided by `/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// Its own placeholders. `window_start`, `window_end` and `slot` need no entry: the run binds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
}

/// One placeholder of a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Parameter {
    /// Without the colon: letters, digits and `_`, no digit first.
    pub name: String,
    /// What values it takes.
    pub kind: ParameterType,
    /// Bound when a series or a try gives no value; without it a value is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// What a placeholder takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    /// Any text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A double.
    Float,
    /// `true` or `false`.
    Boolean,
    /// An instant as RFC 3339 text.
    Instant,
}

/// A value that is bound to a placeholder, never pasted into SQL.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A double.
    Float(f64),
    /// A truth value.
    Boolean(bool),
    /// An instant; engines bind it as their own type for instants (SQLite: the text `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC).
    Instant(DateTime<Utc>),
}

/// Why a parameter's text is not a value of its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct ValueError {
    /// What was given.
    pub text: String,
    /// What would be right.
    pub expected: &'static str,
}

impl ParameterType {
    /// The value that `text` stands for.
    ///
    /// # Errors
    /// When `text` is not of this type.
    pub fn parse(self, text: &str) -> Result<Value, ValueError> {
        let wrong = |expected| ValueError { text: text.to_owned(), expected };
        match self {
            Self::Text => Ok(Value::Text(text.to_owned())),
            Self::Integer => text.trim().parse().map(Value::Integer).map_err(|_| wrong("a whole number of 64 bits")),
            Self::Float => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Value::Float(number)),
                _ => Err(wrong("a finite number")),
            },
            Self::Boolean => match text.trim() {
                "true" => Ok(Value::Boolean(true)),
                "false" => Ok(Value::Boolean(false)),
                _ => Err(wrong("`true` or `false`")),
            },
            Self::Instant => DateTime::parse_from_rfc3339(text.trim())
                .map(|instant| Value::Instant(instant.with_timezone(&Utc)))
                .map_err(|_| wrong("an instant such as 2026-11-21T14:05:00Z")),
        }
    }
}

/// SQL with the values of its placeholders: what an engine reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// As the user wrote it, `:name` placeholders and all.
    pub sql: String,
    /// One value per placeholder name. A name in the SQL without a value here is an error; a value without a name is not.
    pub values: BTreeMap<String, Value>,
}

impl Noun for Query {
    const NOUN: &'static str = "query";
}
