//! An audit: the points that a series' rows make, compared with the points that are in InfluxDB, hour by hour or day by day.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{CursorValue, Id, Noun, Organization, Series, run::Reason};

/// Most intervals of one audit: more than two years of hours.
pub const MAX_INTERVALS: usize = 20_000;
/// Most differences that are kept of one audit.
pub const MAX_DIFFERENCES: usize = 10_000;
/// Most sums that are kept of one difference.
pub const MAX_SUMS: usize = 20;
/// Sums agree when they differ by no more than this part of the larger one: adding up floats in another order rounds differently.
pub const TOLERANCE: f64 = 1e-9;

/// A comparison. It only reads.
///
/// ```text
///  running ──▶ agrees · differs
///     │
///     └──▶ failed (also when the server was stopped) · cancelled
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    /// Stable for ever.
    pub id: Id<Audit>,
    /// The organization that owns it.
    pub organization_id: Id<Organization>,
    /// Whose rows.
    pub series_id: Id<Series>,
    /// What is compared.
    pub plan: AuditPlan,
    /// Where it stands.
    pub state: AuditState,
    /// How far it has come.
    pub progress: AuditProgress,
    /// What it found; empty as long as it runs.
    pub found: Found,
    /// Why it failed.
    pub reason: Option<Reason>,
    /// When it was asked for, which is when it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPlan {
    /// Points from here on.
    pub from: DateTime<Utc>,
    /// Points before this: never behind what the series has delivered.
    pub to: DateTime<Utc>,
    /// How long an interval is.
    pub every: Every,
    /// Whose days.
    pub zone: Tz,
}

/// How long an interval is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// From one full hour of UTC to the next.
    Hour,
    /// From midnight to midnight in the audit's zone.
    Day,
}

/// Where an audit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditState {
    /// It reads and counts.
    Running,
    /// Both sides are the same.
    Agrees,
    /// They are not.
    Differs,
    /// It could not be brought to its end.
    Failed,
    /// A person stopped it.
    Cancelled,
}

/// How far an audit has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditProgress {
    /// Up to which instant both sides were counted; absent before the first.
    pub at: Option<DateTime<Utc>>,
    /// Rows that were read.
    pub rows: u64,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// How many intervals were compared.
    pub compared: u64,
    /// how many of them differ.
    pub differing: u64,
    /// The first [`MAX_DIFFERENCES`] that do, in their order.
    pub differences: Vec<Difference>,
}

/// An interval whose two sides differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Its begin, included.
    pub from: DateTime<Utc>,
    /// Its end, not included.
    pub to: DateTime<Utc>,
    /// Rows whose points lie in it.
    pub rows: u64,
    /// Points that these rows make; rows that share one count once.
    pub points_expected: u64,
    /// Points in InfluxDB.
    pub points: u64,
    /// Points that are not there.
    pub missing: u64,
    /// Points that no row makes.
    pub surplus: u64,
    /// Rejects that are kept of the series and would be points in it.
    pub rejected: u64,
    /// Fields whose values differ though their number does not, the first [`MAX_SUMS`].
    pub sums: Vec<SumDifference>,
    /// What to read once more; absent when reading mends nothing.
    pub again: Option<Again>,
}

/// A field whose values add up to something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SumDifference {
    /// Of which measurement.
    pub measurement: String,
    /// The field.
    pub field: String,
    /// What the values of the rows add up to.
    pub expected: f64,
    /// What those in InfluxDB add up to.
    pub found: f64,
}

/// What is read once more to mend an interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Of an incremental series: rows whose cursor lies in `[from, to)`.
    Range {
        /// Included.
        from: CursorValue,
        /// Not included.
        to: CursorValue,
        /// Of the query and settings that give the values their meaning ([`crate::Cursor::fingerprint_of`]).
        fingerprint: String,
    },
    /// Of a window series: its slots from the first to the last.
    Slots {
        /// Included.
        first: DateTime<Utc>,
        /// Included.
        last: DateTime<Utc>,
    },
}

impl AuditPlan {
    /// Where one interval ends and the next begins, `from` and `to` included, in ascending order. At most two more than [`MAX_INTERVALS`]: an audit
    /// that has so many is too long.
    pub fn edges(&self) -> Vec<DateTime<Utc>> {
        let mut edges = vec![self.from];
        let mut edge = self.from;
        while edges.len() <= MAX_INTERVALS + 1 {
            edge = self.after(edge);
            if edge >= self.to {
                edges.push(self.to);
                break;
            }
            edges.push(edge);
        }
        edges
    }

    /// The first edge behind `at`.
    fn after(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        match self.every {
            Every::Hour => DateTime::from_timestamp(at.timestamp().div_euclid(3600) * 3600 + 3600, 0).unwrap_or(DateTime::<Utc>::MAX_UTC),
            Every::Day => {
                let next = self.zone.from_utc_datetime(&at.naive_utc()).date_naive() + Days::new(1);
                // Where clocks are set forward at midnight, the day begins with the first minute that there is.
                let minutes = (0..=180).map(|minute| next.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute));
                let begin = minutes.filter_map(|local| self.zone.from_local_datetime(&local).earliest()).next();
                begin.map_or(at + Days::new(1), |begin| begin.to_utc())
            }
        }
    }
}

impl Found {
    /// How many differences are not kept.
    pub fn left_out(&self) -> u64 {
        self.differing.saturating_sub(self.differences.len() as u64)
    }
}

impl Noun for Audit {
    const NOUN: &'static str = "audit";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn edges(every: Every, zone: Tz, from: &str, to: &str) -> Vec<String> {
        let plan = AuditPlan { from: at(from), to: at(to), every, zone };
        plan.edges().iter().map(|edge| edge.format("%dT%H:%M").to_string()).collect()
    }

    #[test]
    fn hours_begin_when_they_are_full_and_the_ends_are_those_that_were_asked_for() {
        let found = edges(Every::Hour, Tz::UTC, "2026-11-21T10:30:00Z", "2026-11-21T13:00:00Z");
        assert_eq!(found, ["21T10:30", "21T11:00", "21T12:00", "21T13:00"]);
        let before = edges(Every::Hour, Tz::UTC, "1969-12-31T22:30:00Z", "1969-12-31T23:10:00Z");
        assert_eq!(before, ["31T22:30", "31T23:00", "31T23:10"]);
    }

    #[test]
    fn days_begin_at_midnight_in_their_zone_also_where_clocks_change() {
        let berlin = edges(Every::Day, Tz::Europe__Berlin, "2026-10-24T00:00:00Z", "2026-10-26T23:00:00Z");
        assert_eq!(berlin, ["24T00:00", "24T22:00", "25T23:00", "26T23:00"]);
        // Clocks go from 23:59 to 01:00 there: there is no midnight.
        let cairo = edges(Every::Day, Tz::Africa__Cairo, "2026-04-22T22:00:00Z", "2026-04-24T21:00:00Z");
        assert_eq!(cairo, ["22T22:00", "23T22:00", "24T21:00"]);
    }

    #[test]
    fn an_audit_that_is_too_long_has_an_end_all_the_same() {
        let plan = AuditPlan { from: DateTime::UNIX_EPOCH, to: at("2026-11-21T00:00:00Z"), every: Every::Hour, zone: Tz::UTC };
        assert_eq!(plan.edges().len(), MAX_INTERVALS + 2);
    }
}
