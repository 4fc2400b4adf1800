//! A run: one execution of one series, and all that is known of it afterwards.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Chunk, Code, Connection, FailureKind, Group, Id, Name, Noun, Organization, Series, Stretch};

/// One execution of one series for one slot, by hand or by its group.
///
/// ```text
///            claim                      finish
///  queued ───────────▶ running ─┬─────────────────▶ succeeded · empty · partial · failed · cancelled
///    │                          │ node dies
///    │ ▲                        │
///    │ └── its connection holds ┤
///    │ cancel                   └──────▶ abandoned, and the same slot queued again (attempt + 1)
///    └────▶ cancelled
///  skipped and missed are recorded without ever having been queued
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Stable for ever.
    pub id: Id<Run>,
    /// The organization that owns it.
    pub organization_id: Id<Organization>,
    /// Which series ran.
    pub series_id: Id<Series>,
    /// The series' name at the time.
    pub series_name: Name,
    /// The group it ran in, if it ran on a schedule.
    pub group_id: Option<Id<Group>>,
    /// Where it wrote.
    pub connection_id: Id<Connection>,
    /// The instant it stands for; the first of a stretch.
    pub slot: DateTime<Utc>,
    /// The last of a stretch; equal to `slot` otherwise.
    pub last_slot: DateTime<Utc>,
    /// How many slots it stands for: more than 1 for a stretch that was missed or skipped, and for a run of an incremental series that
    /// waited while slots came whose rows it reads too.
    pub slots: u32,
    /// What started it.
    pub trigger: Trigger,
    /// 1 for the first try of a slot, one more for each further.
    pub attempt: u32,
    /// Where it stands.
    pub status: RunStatus,
    /// When it was put in line.
    pub queued_at: DateTime<Utc>,
    /// Not to be started before this.
    pub not_before: DateTime<Utc>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// What a window series read.
    pub window: Option<Window>,
    /// What an incremental series read.
    pub stretch: Option<Stretch>,
    /// Whether its lines are frozen: they wait in the store and are not read again.
    pub frozen: bool,
    /// What it did so far, or in all.
    pub figures: Figures,
    /// Why it failed, or was skipped or missed; of a queued run: what it waits for.
    pub reason: Option<Reason>,
    /// The part of a backfill that it reads, instead of what its series would.
    pub chunk: Option<Chunk>,
}

/// Why a run ended as it did, in a form that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// The stable kind; absent for skipped and missed.
    pub kind: Option<FailureKind>,
    /// The cause, as exactly as it is known; its entry is in `docs/errors.md`.
    #[serde(default)]
    pub code: Option<Code>,
    /// What happened, the whole chain in one line, without any secret.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}

/// The stretch of time that a window series reads: `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Window {
    /// `:window_start`, included.
    pub start: DateTime<Utc>,
    /// `:window_end`, not included.
    pub end: DateTime<Utc>,
}

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The schedule of its group.
    Schedule,
    /// A person or a program, through the API or the command line.
    Manual,
    /// An earlier run of the same slot that failed for a reason that passes, or whose node died.
    Retry,
    /// A backfill.
    Backfill,
}

/// Where a run stands. These are different things; none is a kind of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// In line.
    Queued,
    /// On its way.
    Running,
    /// The database said end of rows, there were some, and every point was acknowledged.
    Succeeded,
    /// The database said end of rows, and there were none.
    Empty,
    /// The database said end of rows; every point was acknowledged or kept as a reject, and there are rejects.
    Partial,
    /// It stopped before the end; its reason says why.
    Failed,
    /// The slot came while an earlier one of the group still ran, and the overlap policy passed over it.
    Skipped,
    /// The slot passed while nothing ran, and the missed-slot policy passed over it.
    Missed,
    /// A person stopped it.
    Cancelled,
    /// Its node died, or lost its lease; the slot was queued again.
    Abandoned,
}

impl RunStatus {
    /// Whether nothing more will happen to the run.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// What a run did, in numbers. Every row read is in exactly one of: written, rejected, skipped, unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Figures {
    /// Rows that the database sent.
    pub rows_read: u64,
    /// Points that InfluxDB acknowledged, as they were sent: rows that agree in measurement, tags and time count one each, and are one point
    /// there.
    pub points_written: u64,
    /// Rows or lines that could not be written.
    pub rejected: u64,
    /// Rows that had no field and were passed over by the mapping's policy.
    pub rows_skipped: u64,
    /// Values left out of their point by the mapping's policy (NaN, infinities).
    pub values_omitted: u64,
    /// Values cut to the server's limit by the mapping's policy.
    pub values_truncated: u64,
    /// Rows of an overlap that had not changed and were not written again.
    pub rows_unchanged: u64,
    /// Bytes of line protocol acknowledged, before compression.
    pub bytes_written: u64,
    /// Bytes of request bodies sent, after compression, repeats included.
    pub bytes_sent: u64,
    /// Requests sent, repeats included.
    pub requests: u64,
    /// Requests that had to be repeated.
    pub retries: u64,
    /// Time spent per phase.
    pub phases: Phases,
}

/// Time per phase of a run, in milliseconds. Phases overlap, so their sum may exceed the run's duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Phases {
    /// Until the database had accepted the statement.
    pub open_ms: u64,
    /// Waiting for rows.
    pub read_ms: u64,
    /// Turning rows into line protocol.
    pub shape_ms: u64,
    /// Waiting for InfluxDB's answers, back-off included.
    pub write_ms: u64,
}

impl std::ops::Add for Figures {
    type Output = Self;

    /// What both did.
    fn add(self, more: Self) -> Self {
        Self {
            rows_read: self.rows_read + more.rows_read,
            points_written: self.points_written + more.points_written,
            rejected: self.rejected + more.rejected,
            rows_skipped: self.rows_skipped + more.rows_skipped,
            values_omitted: self.values_omitted + more.values_omitted,
            values_truncated: self.values_truncated + more.values_truncated,
            rows_unchanged: self.rows_unchanged + more.rows_unchanged,
            bytes_written: self.bytes_written + more.bytes_written,
            bytes_sent: self.bytes_sent + more.bytes_sent,
            requests: self.requests + more.requests,
            retries: self.retries + more.retries,
            phases: Phases {
                open_ms: self.phases.open_ms + more.phases.open_ms,
                read_ms: self.phases.read_ms + more.phases.read_ms,
                shape_ms: self.phases.shape_ms + more.phases.shape_ms,
                write_ms: self.phases.write_ms + more.phases.write_ms,
            },
        }
    }
}

/// How much a line of a run's log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// The course of things.
    Info,
    /// Something a person may want to know.
    Warning,
    /// Something that stopped the run.
    Error,
}

/// One line of a run's log: readable alone, never a secret, a row or a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    /// When.
    pub at: DateTime<Utc>,
    /// How much it matters.
    pub level: LogLevel,
    /// What.
    pub message: String,
}

impl Noun for Run {
    const NOUN: &'static str = "run";
}
