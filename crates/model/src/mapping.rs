//! The mapping: which column becomes the measurement, a tag, a field, the time; and what is done with values InfluxDB cannot hold.
//!
//! Every policy here is stated, has a default, and what it drops is counted in [`crate::Figures`].

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// How a row becomes a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mapping {
    /// The measurement of every point.
    pub measurement: Measurement,
    /// Columns that become tags. A NULL or empty tag is left out of the point: InfluxDB knows no empty tag.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Columns that become fields. A NULL field is left out of the point.
    #[serde(default)]
    pub fields: Fields,
    /// The column that gives a point its time; without it a point gets the slot's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeColumn>,
    /// A row whose fields are all NULL (or left out by another policy).
    #[serde(default)]
    pub empty_row: EmptyRow,
    /// NaN and infinities in a float or decimal column.
    #[serde(default)]
    pub not_a_number: NotANumber,
    /// What an unsigned column becomes.
    #[serde(default)]
    pub unsigned: Unsigned,
    /// What a decimal column becomes.
    #[serde(default)]
    pub decimal: Decimal,
    /// What a date, time stamp or instant becomes when it is a field.
    #[serde(default)]
    pub time_field: TimeField,
    /// What a binary column becomes.
    #[serde(default)]
    pub bytes: Bytes,
    /// Text that is longer than the server accepts (v1 and v2: 1 MiB, v3: 64 KB; a tag: what fits a series key of 65,535 bytes).
    #[serde(default)]
    pub long_text: LongText,
}

impl Mapping {
    /// Every column a field, no tag, slot time, every policy at its default.
    pub fn new(measurement: &str) -> Self {
        Self {
            measurement: Measurement::Name(measurement.to_owned()),
            tags: Vec::new(),
            fields: Fields::default(),
            time: None,
            empty_row: EmptyRow::default(),
            not_a_number: NotANumber::default(),
            unsigned: Unsigned::default(),
            decimal: Decimal::default(),
            time_field: TimeField::default(),
            bytes: Bytes::default(),
            long_text: LongText::default(),
        }
    }
}

/// Where the measurement comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measurement {
    /// The same for all.
    Name(String),
    /// This column's text, row by row; a NULL or empty one rejects the row.
    Column(String),
}

/// Which columns become fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fields {
    /// Every column that is not the measurement, a tag or the time.
    #[default]
    Rest,
    /// These, in this order.
    Columns(Vec<String>),
}

/// The time column. A NULL time rejects the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeColumn {
    /// Its name.
    pub column: String,
    /// How its values are read.
    #[serde(default)]
    pub format: TimeFormat,
    /// The IANA zone of values that carry none (`Europe/Berlin`); UTC when absent. A local time that a clock change skips rejects the
    /// row; one that happens twice is the earlier instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = "time-zone", example = "Europe/Berlin"))]
    pub zone: Option<Tz>,
}

/// How a time column is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// A date, time stamp or instant of the database; in a text column ISO 8601 (`2026-11-21`, `2026-11-21 14:05:00.25`,
    /// `2026-11-21T14:05:00+01:00`).
    #[default]
    Native,
    /// Seconds since 1970-01-01T00:00:00Z, whole or decimal.
    UnixS,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    UnixMs,
    /// Microseconds since 1970-01-01T00:00:00Z.
    UnixUs,
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    UnixNs,
}

/// What becomes of a row without any field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EmptyRow {
    /// No point, counted as skipped.
    #[default]
    Skip,
    /// Kept as a reject.
    Reject,
}

/// What becomes of NaN and infinities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotANumber {
    /// The field is left out of the point, counted as omitted.
    #[default]
    Omit,
    /// The row is kept as a reject.
    Reject,
}

/// What an unsigned column becomes; one choice for the whole column, because a field has one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unsigned {
    /// A signed integer (`7i`); a value above 9,223,372,036,854,775,807 rejects the row.
    #[default]
    Integer,
    /// InfluxDB's unsigned integer (`7u`): v2, v3 and some v1 servers.
    Unsigned,
    /// A float (`7`); above 2^53 it is rounded.
    Float,
    /// Text (`"7"`).
    Text,
}

/// What a decimal column becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    /// The nearest double.
    #[default]
    Float,
    /// Its exact text.
    Text,
}

/// What a date, time stamp or instant becomes as a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeField {
    /// ISO 8601 text.
    #[default]
    Text,
    /// Whole seconds since 1970.
    UnixS,
    /// Whole milliseconds since 1970.
    UnixMs,
    /// Nanoseconds since 1970.
    UnixNs,
}

/// What a binary column becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Bytes {
    /// Base64 text with padding.
    #[default]
    Base64,
    /// Lower-case hexadecimal text.
    Hex,
}

/// What becomes of text that is too long for the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LongText {
    /// The row is kept as a reject.
    #[default]
    Reject,
    /// Cut at the last whole character that fits, counted as truncated.
    Truncate,
}
