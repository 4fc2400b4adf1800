//! What a person looks at on an InfluxDB: its places, what is in them, questions and their answers.
//!
//! "Place" is the one word for a database (InfluxDB 1 and 3) and a bucket (InfluxDB 2). Nothing here writes. Values travel as JSON that no
//! reader rounds: whole numbers beyond ±(2^53 - 1) are text, instants are RFC 3339 text to the nanosecond, NaN and what is absent are null.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A database or bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Whether it is the one that the connection writes to.
    pub own: bool,
    /// Whether the server lists it for this login. The connection's own place is told even when it is not listed: it may be missing, or
    /// the login may not see it.
    pub listed: bool,
    /// Its retention policies, as far as the login may see them. Only InfluxDB 1 has them.
    pub retention_policies: Vec<RetentionPolicy>,
}

/// A retention policy of an InfluxDB 1 database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetentionPolicy {
    /// Its name.
    pub name: String,
    /// How long points are kept, as the server writes it: `168h0m0s`; `0s` is for ever.
    pub duration: String,
    /// Whether it is meant where none is named.
    pub default: bool,
}

/// A field of a measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type; null when the server does not tell. A field that has several types (InfluxDB 1 keeps one per shard) is listed once for
    /// each.
    #[serde(rename = "type")]
    pub kind: Option<ValueType>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// An instant, as RFC 3339 text in UTC with up to nine digits of the second.
    Time,
    /// True or false.
    Boolean,
    /// Whole numbers, signed, up to 64 bits.
    Integer,
    /// Whole numbers, unsigned, up to 64 bits.
    Unsigned,
    /// IEEE 754 doubles.
    Float,
    /// Numbers of which the answer does not tell more: InfluxDB 1 writes 1 for the integer and for the float.
    Number,
    /// Text, and everything that has no type of its own here, written as text.
    Text,
}

/// A list that has an end: what is behind its limit is left out, and said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The items, in the server's order.
    pub items: Vec<T>,
    /// Whether there are more.
    pub truncated: bool,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), truncated: false }
    }
}

impl<T> Listed<T> {
    /// Most items of a list.
    pub const MAX: usize = 1000;

    /// The first [`Listed::MAX`] of `items`.
    pub fn of(mut items: Vec<T>) -> Self {
        let truncated = items.len() > Self::MAX;
        items.truncate(Self::MAX);
        Self { items, truncated }
    }

    /// The same with `change` done to each item.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(change).collect(), truncated: self.truncated }
    }
}

/// A language that an InfluxDB is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// InfluxQL: InfluxDB 1 and 3.
    Influxql,
    /// Flux: InfluxDB 2.
    Flux,
    /// SQL: InfluxDB 3.
    Sql,
}

impl Language {
    /// As it is written in the API: `influxql`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Influxql => "influxql",
            Self::Flux => "flux",
            Self::Sql => "sql",
        }
    }
}

/// A stretch of time: `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeRange {
    /// Included.
    pub from: DateTime<Utc>,
    /// Not included.
    pub to: DateTime<Utc>,
}

/// Where a question is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Where {
    /// The database or bucket; the connection's own when absent.
    pub place: Option<String>,
    /// InfluxDB 1: the retention policy. When it is absent and the place is the connection's own, the connection's; else the server's
    /// default.
    pub retention_policy: Option<String>,
}

/// A question in one of the connection's languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Where it is asked.
    pub at: Where,
    /// Its language; the first that the connection knows when absent.
    pub language: Option<Language>,
    /// Its text. `:from`, `:to` and `:interval` (in Flux `v.timeRangeStart`, `v.timeRangeStop` and `v.windowPeriod`) stand for the range
    /// and for an interval that fits it.
    pub text: String,
    /// What `:from` and `:to` stand for.
    pub range: Option<TimeRange>,
    /// How many points of one series `:interval` aims at.
    pub max_points: u32,
}

/// What answered a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frames {
    /// The series, in the server's order.
    pub series: Vec<Frame>,
    /// Whether rows were left out: the answer is larger than the limits, or the server cut it.
    pub truncated: bool,
    /// What the server or Tributary remarks, each in one line.
    pub warnings: Vec<String>,
    /// From sending to the last byte, in milliseconds.
    pub took_ms: u64,
}

impl Frames {
    /// Most values of an answer, absent ones included.
    pub const MAX_VALUES: usize = 100_000;
    /// Most bytes of an answer as the server sends it.
    pub const MAX_BYTES: usize = 10 << 20;

    /// The rows of all series.
    pub fn rows(&self) -> usize {
        self.series.iter().map(|frame| frame.rows.len()).sum()
    }
}

/// Rows of one series: they have its tags in common.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Frame {
    /// The measurement, or what else the server calls it; may be empty.
    pub name: String,
    /// What its rows have in common.
    pub tags: BTreeMap<String, String>,
    /// Its columns, in order.
    pub columns: Vec<FrameColumn>,
    /// Its rows, one value per column. Nothing is rounded: whole numbers beyond 2^53 come as text, instants as RFC 3339 text to the
    /// nanosecond, NaN as null.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FrameColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: ValueType,
}

/// What was clicked together, to be written as a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Where it will be asked.
    pub at: Where,
    /// Its language; the first that the connection knows when absent.
    pub language: Option<Language>,
    /// The measurement.
    pub measurement: String,
    /// Its fields; all of them when empty.
    pub fields: Vec<String>,
    /// Which points.
    pub filters: Vec<TagFilter>,
    /// Tags that keep series apart when points are aggregated.
    pub group_by: Vec<String>,
    /// What is made of the points of each window; the points as they are when absent.
    pub aggregate: Option<Aggregate>,
    /// The length of a window: `10s`, `5m`, `1h`; what fits the range when absent. Said only of an aggregate.
    pub window: Option<String>,
    /// When; what the question's range will be when absent.
    pub range: Option<TimeRange>,
}

/// Points whose tag has one of some values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagFilter {
    /// The tag's key.
    pub tag: String,
    /// The values, one of which it must have. An empty text stands for points without the tag.
    pub values: Vec<String>,
}

/// What is made of the values of a field in a window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Their mean.
    Mean,
    /// Their median.
    Median,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Their sum.
    Sum,
    /// How many.
    Count,
    /// The earliest.
    First,
    /// The latest.
    Last,
    /// The largest less the smallest.
    Spread,
    /// Their standard deviation.
    Stddev,
}
