//! Looking around on an InfluxDB.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Failure,
    explore::{Field, Frames, Language, Listed, Place, Question, Selection, TimeRange, Where},
};

/// Looks around on one InfluxDB, with the connection's own login. Reads only: what the login may do beyond that is not used.
///
/// Every method may be called alone and repeated. Dropping what it returns before it is done ends the request. A place that is `None` is
/// the connection's own.
#[async_trait]
pub trait Explorer: Send + Sync {
    /// What it can be asked in; the first is the one that [`Explorer::build`] writes unless another is named.
    fn languages(&self) -> &'static [Language];

    /// The databases or buckets that the login may see, the connection's own first.
    ///
    /// # Errors
    /// `Influx*`.
    async fn places(&self) -> Result<Listed<Place>, Failure>;

    /// Names of measurements, those that hold `search` in them (whatever its case) when it is given.
    ///
    /// # Errors
    /// `Influx*`; `InfluxMissing` when there is no such place, except where the server then lists nothing (InfluxDB 1).
    async fn measurements(&self, at: &Where, search: Option<&str>) -> Result<Listed<String>, Failure>;

    /// Keys of a measurement's tags.
    ///
    /// # Errors
    /// As [`Explorer::measurements`].
    async fn tags(&self, at: &Where, measurement: &str) -> Result<Listed<String>, Failure>;

    /// Values of one of its tags, as [`Explorer::measurements`] searched.
    ///
    /// # Errors
    /// As [`Explorer::measurements`].
    async fn tag_values(&self, at: &Where, measurement: &str, tag: &str, search: Option<&str>) -> Result<Listed<String>, Failure>;

    /// A measurement's fields.
    ///
    /// # Errors
    /// As [`Explorer::measurements`].
    async fn fields(&self, at: &Where, measurement: &str) -> Result<Listed<Field>, Failure>;

    /// Asks a question and gives at most [`crate::explore::Frames::MAX_VALUES`] values of its answer.
    ///
    /// # Errors
    /// `InfluxQuery` for a text that would write (nothing is sent then), that names a range and is given none, or that the server does not
    /// understand, with the server's words; else `Influx*`.
    async fn query(&self, question: &Question) -> Result<Frames, Failure>;

    /// How many values the fields of a measurement have in each step of time, and what those add up to; a step without a value of a field
    /// is not told. A measurement that is not there has none.
    ///
    /// # Errors
    /// `Influx*`; `InfluxUnexpected` when the answer is not whole: ask for fewer steps.
    async fn tallies(&self, asked: &TallyAsked) -> Result<Vec<Tally>, Failure>;

    /// The longest range that [`Explorer::tallies`] is asked for at once.
    fn tally_reach(&self) -> TimeDelta {
        TimeDelta::days(31)
    }

    /// The question that a selection stands for, every name and value quoted. Pure.
    ///
    /// # Errors
    /// `InfluxQuery` when the language has no way to say it.
    fn build(&self, selection: &Selection) -> Result<String, Failure>;
}

/// What is to be counted and added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyAsked {
    /// Where the points are.
    pub measurement: String,
    /// Only points that have these tags.
    pub tags: BTreeMap<String, String>,
    /// The fields, and whether their values are numbers, which can be added up.
    pub fields: BTreeMap<String, bool>,
    /// When.
    pub range: TimeRange,
    /// The length of a step in seconds. Steps are counted from 1970-01-01T00:00:00Z on.
    pub step_s: u32,
}

/// The values of one field in one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Where the step begins, or the range if that begins in it.
    pub begin: DateTime<Utc>,
    /// The field.
    pub field: String,
    /// How many.
    pub count: u64,
    /// What they add up to; `None` when they were not asked to be.
    pub sum: Option<f64>,
}
