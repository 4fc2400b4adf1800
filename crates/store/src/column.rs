//! How values stand in columns.
//!
//! Instants are 64-bit whole microseconds since 1970-01-01T00:00:00Z: the same on every backend, they order and compare as numbers.
//! Enums are their serde words (`queued`), so a person can read the tables. What has many fields and is never searched is JSON.

use std::error::Error;

use chrono::{DateTime, Utc};
use model::{Clock, Name, Origin};
use sea_orm::JsonValue;
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

/// An instant as its column, cut to whole microseconds.
pub(crate) fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

/// The present instant as its column.
pub(crate) fn now(clock: &dyn Clock) -> i64 {
    micros(clock.now_micros())
}

/// The instant that stands in a column.
pub(crate) fn instant(micros: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| malformed("instant", format!("{micros} is out of range")))
}

/// The instant that stands in a column, if there is one.
pub(crate) fn maybe_instant(micros: Option<i64>) -> Result<Option<DateTime<Utc>>, StoreError> {
    micros.map(instant).transpose()
}

/// A count as its column.
pub(crate) fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(if number < 0 { 0 } else { u32::MAX })
}

/// An enum as its column: its serde word.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .expect("only enums without fields are kept as words")
}

/// The enum that stands in a column.
pub(crate) fn from_word<T: DeserializeOwned>(what: &'static str, word: &str) -> Result<T, StoreError> {
    serde_json::from_value(JsonValue::from(word)).map_err(|error| malformed(what, error))
}

/// A value with fields as its column.
pub(crate) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<JsonValue, StoreError> {
    serde_json::to_value(value).map_err(|error| malformed(what, error))
}

/// The value with fields that stands in a column.
pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, value: JsonValue) -> Result<T, StoreError> {
    serde_json::from_value(value).map_err(|error| malformed(what, error))
}

/// The name that stands in a column.
pub(crate) fn name(text: &str) -> Result<Name, StoreError> {
    Name::new(text).map_err(|error| malformed("name", error))
}

/// Who defines a row: none means people.
pub(crate) fn origin(text: Option<&str>) -> Result<Origin, StoreError> {
    let Some(text) = text else { return Ok(Origin::People) };
    Origin::parse(text).ok_or_else(|| malformed("origin", format!("`{text}` is none")))
}

pub(crate) fn malformed(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::Malformed { what, source: source.into() }
}
