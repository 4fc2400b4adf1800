//! A group: a schedule and the series that run on it; and a slot: one scheduled instant of a group.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{Id, Noun};

/// A schedule. Its series run one after another; groups run side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// When its slots are.
    pub schedule: Schedule,
    /// The IANA zone that a cron line is read in.
    #[serde(default = "utc")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = "time-zone", example = "Europe/Berlin"))]
    pub time_zone: Tz,
    /// What becomes of a slot that comes while an earlier one still runs.
    #[serde(default)]
    pub overlap: Overlap,
    /// What becomes of slots that passed while nothing ran.
    #[serde(default)]
    pub missed: Missed,
    /// A disabled group has no slots.
    #[serde(default = "enabled")]
    pub enabled: bool,
}

const fn utc() -> Tz {
    Tz::UTC
}
const fn enabled() -> bool {
    true
}

/// When the slots of a group are.
///
/// Clock changes: a cron line with a fixed time that a spring change skips fires once, at the first instant after the gap; one that an
/// autumn change repeats fires once, at the first of the two. A line that fires every so many minutes or hours fires through both
/// copies of a repeated hour. `every` knows no zone and no clock change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// A cron line of 5 fields, or 6 with seconds first.
    Cron(String),
    /// Every so many seconds (1 to 31,536,000), at whole multiples since 1970-01-01T00:00:00Z.
    EveryS(u32),
}

/// What becomes of a slot that comes while an earlier slot of its group still waits or runs. Slots that run late (see `missed`)
/// do not count: a slot that meets them runs after them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It is recorded as skipped.
    #[default]
    Skip,
    /// It waits; when one waits already, it is recorded as skipped.
    QueueOne,
}

/// What becomes of slots that passed while nothing ran (the server was down, the machine asleep). Those that run late do so whatever
/// `overlap` says, oldest first, and cost no slot that is on time: one that comes meanwhile runs after them, and late with them, as long
/// as no more slots than may run late are before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// All are recorded as missed.
    Skip,
    /// The latest runs late, the others are recorded as missed.
    #[default]
    Latest,
    /// The latest so many (1 to 10,000) run late, oldest first; older ones are recorded as missed.
    All(u32),
}

/// One scheduled instant of a group, or a stretch of slots that were missed or skipped together, or that the same runs of incremental series
/// stand for. Each slot is in exactly one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Slot {
    /// Whose.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub group_id: Id<Group>,
    /// The instant, or the first of a stretch.
    pub slot: DateTime<Utc>,
    /// The last of a stretch; equal to `slot` for one slot.
    pub last_slot: DateTime<Utc>,
    /// How many slots the record stands for.
    pub slots: u32,
    /// What became of it.
    pub outcome: SlotOutcome,
    /// Why it was missed or skipped; empty otherwise.
    pub reason: String,
}

/// What became of a slot: the worst of what became of its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SlotOutcome {
    /// Some of its runs wait or run.
    Open,
    /// No run wrote anything, and that was right: no rows.
    Empty,
    /// Every row arrived.
    Succeeded,
    /// Some rows were rejected.
    Partial,
    /// A person stopped it.
    Cancelled,
    /// A run failed.
    Failed,
    /// The slot before it still ran.
    Skipped,
    /// Nothing ran at the time, and the policy was not to catch up.
    Missed,
}

impl Noun for Group {
    const NOUN: &'static str = "group";
}
