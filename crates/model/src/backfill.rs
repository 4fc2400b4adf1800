//! A backfill: a range of a series' past, read and written once more, chunk by chunk, beside the series' own runs.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Column, ColumnType, CursorValue, Figures, Id, Noun, Organization, Series, run::Reason};

/// Most chunks of one series that run side by side.
pub const MAX_PARALLEL: u32 = 8;
/// Most chunks of one backfill.
pub const MAX_CHUNKS: u64 = 1_000_000;
/// So many chunks there are when nobody says how long one is.
pub const USUAL_CHUNKS: u64 = 100;
/// After so many failed chunks no further one begins until a person says so.
pub const MAX_FAILED: usize = 100;

/// A range of a series, cut into chunks. Each chunk is a run of its own; none of them reads or moves the series' cursor.
///
/// ```text
///            ┌──pause── running ──cancel──▶ cancelled
///            ▼            ▲  │
///          paused ──resume┘  │ the last chunk ends
///            │               ▼
///          cancel     succeeded · partial · failed ──retry (of the failed chunks)──▶ running
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Backfill {
    /// Stable for ever.
    pub id: Id<Backfill>,
    /// The organization that owns it.
    pub organization_id: Id<Organization>,
    /// Whose past.
    pub series_id: Id<Series>,
    /// What is read, and how fast.
    pub plan: BackfillPlan,
    /// Where it stands.
    pub state: BackfillState,
    /// Chunks that ended well; those that had rejects are among them.
    pub done: u64,
    /// Chunks that ended otherwise and are not to be repeated yet, by number.
    pub failed: Vec<u64>,
    /// Chunks that wait or run now.
    pub open: u64,
    /// What the chunks that ended did.
    pub figures: Figures,
    /// How long the chunks that ended took in all, side by side or not, in milliseconds.
    pub busy_ms: u64,
    /// Why it was paused by itself.
    pub reason: Option<Reason>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What a backfill reads, and how fast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackfillPlan {
    /// What is read.
    pub what: What,
    /// Most chunks side by side, 1 to [`MAX_PARALLEL`].
    pub parallel: u32,
    /// Seconds between the end of a chunk and the beginning of the next in its place.
    pub pause_s: u32,
}

/// What a backfill reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Of an incremental series: rows whose cursor lies in `[from, to)`.
    Range {
        /// Included.
        from: CursorValue,
        /// Not included; never above the fence of the moment at which the backfill was made, so no row of it is undecided.
        to: CursorValue,
        /// The length of a chunk in the unit of [`CursorValue::count`]; `None` when the range is one chunk.
        length: Option<i64>,
        /// Of the query and settings that give the values their meaning ([`crate::Cursor::fingerprint_of`]).
        fingerprint: String,
    },
    /// Of an incremental series: rows whose cursor lies in one of these ranges, one chunk each.
    Ranges {
        /// In ascending order, none of them touching another.
        ranges: Vec<Between>,
        /// Of the query and settings that give the values their meaning.
        fingerprint: String,
    },
    /// Of a window series: its slots, one chunk each.
    Slots(Vec<Steps>),
}

/// Values of a cursor: `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// Included.
    pub from: CursorValue,
    /// Not included.
    pub to: CursorValue,
}

/// Slots in equal distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// The first.
    pub first: DateTime<Utc>,
    /// Seconds from each to the next.
    pub step_s: u32,
    /// How many.
    pub count: u64,
}

/// Where a backfill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BackfillState {
    /// Its chunks run, one after another.
    Running,
    /// No further chunk begins; those on their way go on to their end.
    Paused,
    /// Every row of the range arrived.
    Succeeded,
    /// Some chunks failed, or some rows were rejected.
    Partial,
    /// No chunk ended well.
    Failed,
    /// A person stopped it.
    Cancelled,
}

impl BackfillState {
    /// Whether no chunk will run any more unless a person says so.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Running | Self::Paused)
    }
}

/// The part of a backfill that one run reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// Of which backfill.
    pub backfill_id: Id<Backfill>,
    /// Its number, from 0.
    pub number: u64,
    /// What it reads.
    pub part: Part,
}

/// What a chunk reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Rows whose cursor lies in `[from, to)`.
    Range {
        /// Included.
        from: CursorValue,
        /// Not included.
        to: CursorValue,
        /// Of the query and settings that give the values their meaning.
        fingerprint: String,
    },
    /// The window of a slot.
    Slot(DateTime<Utc>),
}

/// How far a backfill has come, and when it will be over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackfillProgress {
    /// Chunks in all.
    pub chunks: u64,
    /// Chunks that have ended, well or not.
    pub ended: u64,
    /// Rows per second, as the chunks that ended read them, side by side.
    pub rows_per_s: Option<f64>,
    /// When it will be over, if the chunks to come take as long as those that ended; `None` before the first ended, and while it does not run.
    pub eta: Option<DateTime<Utc>>,
}

impl What {
    /// How many chunks.
    pub fn chunks(&self) -> u64 {
        match self {
            Self::Slots(steps) => steps.iter().map(|steps| steps.count).sum(),
            Self::Ranges { ranges, .. } => ranges.len() as u64,
            Self::Range { from, to, length, .. } => match (from.count(), to.count(), length) {
                (Some(from), Some(to), Some(length)) => {
                    let span = u64::try_from(i128::from(to) - i128::from(from)).unwrap_or(0);
                    span.div_ceil(length.unsigned_abs().max(1))
                }
                _ => 1,
            },
        }
    }

    /// What the chunk of this number reads; `None` behind the last.
    pub fn part(&self, number: u64) -> Option<Part> {
        if number >= self.chunks() {
            return None;
        }
        match self {
            Self::Slots(all) => {
                let mut left = number;
                for steps in all {
                    if left < steps.count {
                        let seconds = i64::from(steps.step_s).checked_mul(i64::try_from(left).ok()?)?;
                        return Some(Part::Slot(steps.first + TimeDelta::seconds(seconds)));
                    }
                    left -= steps.count;
                }
                None
            }
            Self::Ranges { ranges, fingerprint } => {
                let Between { from, to } = ranges.get(usize::try_from(number).ok()?)?.clone();
                Some(Part::Range { from, to, fingerprint: fingerprint.clone() })
            }
            Self::Range { from, to, length, fingerprint } => {
                let edge = |number: u64| -> Option<CursorValue> {
                    let (Some(length), Some(lowest)) = (length, from.count()) else { return None };
                    let count = i128::from(lowest) + i128::from(*length) * i128::from(number);
                    let column = Column { name: String::new(), kind: from.kind, native: from.native.clone() };
                    let value = CursorValue::at(&column, i64::try_from(count).ok()?)?;
                    (value.count() < to.count()).then_some(value)
                };
                let begin = if number == 0 { from.clone() } else { edge(number)? };
                let end = edge(number + 1).unwrap_or_else(|| to.clone());
                Some(Part::Range { from: begin, to: end, fingerprint: fingerprint.clone() })
            }
        }
    }

    /// Brings slots, in their order, together where their distances are equal.
    pub fn of_slots(slots: impl IntoIterator<Item = DateTime<Utc>>) -> Self {
        let mut all: Vec<Steps> = Vec::new();
        let mut last = None;
        for slot in slots {
            let step = last.and_then(|last: DateTime<Utc>| u32::try_from((slot - last).num_seconds()).ok());
            match (all.last_mut(), step) {
                (Some(steps), Some(step)) if steps.count == 1 || steps.step_s == step => {
                    steps.step_s = step;
                    steps.count += 1;
                }
                _ => all.push(Steps { first: slot, step_s: 0, count: 1 }),
            }
            last = Some(slot);
        }
        Self::Slots(all)
    }

    /// The usual length of a chunk of values of this kind between two counts: whole seconds for times, at least one unit. `None` for a kind
    /// without distances.
    pub fn usual_length(kind: ColumnType, from: i64, to: i64) -> Option<i64> {
        if !CursorValue::counts(kind) {
            return None;
        }
        let span = u64::try_from(i128::from(to) - i128::from(from)).unwrap_or(0);
        let unit = Self::unit(kind);
        let units = span.div_ceil(USUAL_CHUNKS).div_ceil(unit.unsigned_abs()).max(1);
        i64::try_from(units).ok()?.checked_mul(unit)
    }

    /// A length that a person gave, in the unit of [`CursorValue::count`]: seconds for dates and times (of a date, whole days), else its own.
    pub fn length_of(kind: ColumnType, given: u64) -> Option<i64> {
        match kind {
            ColumnType::Date => i64::try_from(given.div_ceil(86_400)).ok(),
            kind if CursorValue::counts(kind) => i64::try_from(given).ok()?.checked_mul(Self::unit(kind)),
            _ => None,
        }
    }

    const fn unit(kind: ColumnType) -> i64 {
        match kind {
            ColumnType::Timestamp | ColumnType::Instant => 1_000_000,
            _ => 1,
        }
    }
}

impl Backfill {
    /// How far it has come at `now`.
    pub fn progress(&self, now: DateTime<Utc>) -> BackfillProgress {
        let chunks = self.plan.what.chunks();
        let ended = self.done + self.failed.len() as u64;
        let side_by_side = u64::from(self.plan.parallel.max(1));
        let rate = |rows: u64, ms: u64| rows as f64 * 1000.0 * side_by_side as f64 / ms as f64;
        let rows_per_s = (self.busy_ms > 0 && self.done > 0).then(|| rate(self.figures.rows_read, self.busy_ms));
        let left = chunks.saturating_sub(ended);
        let eta = (self.state == BackfillState::Running && ended > 0).then(|| {
            let one_ms = self.busy_ms / ended + u64::from(self.plan.pause_s) * 1000;
            let ms = one_ms.saturating_mul(left.div_ceil(side_by_side)).min(3_153_600_000_000);
            now + TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX))
        });
        BackfillProgress { chunks, ended, rows_per_s, eta }
    }
}

impl Noun for Backfill {
    const NOUN: &'static str = "backfill";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(kind: ColumnType, text: &str) -> CursorValue {
        CursorValue { kind, native: kind.as_str().to_owned(), text: text.to_owned() }
    }

    fn range(kind: ColumnType, from: &str, to: &str, length: Option<i64>) -> What {
        What::Range { from: value(kind, from), to: value(kind, to), length, fingerprint: String::new() }
    }

    fn parts(what: &What) -> Vec<(String, String)> {
        let part = |number| match what.part(number).unwrap() {
            Part::Range { from, to, .. } => (from.text, to.text),
            Part::Slot(slot) => (slot.to_rfc3339(), String::new()),
        };
        assert_eq!(what.part(what.chunks()), None);
        (0..what.chunks()).map(part).collect()
    }

    proptest! {
        #[test]
        fn chunks_tile_the_range_without_gap_or_overlap(from in -1000_i64..1000, span in 1_i64..5000, length in 1_i64..700) {
            let what = range(ColumnType::Integer, &from.to_string(), &(from + span).to_string(), Some(length));
            let parts = parts(&what);
            let mut edge = from.to_string();
            for (begin, end) in &parts {
                prop_assert_eq!(begin, &edge);
                prop_assert!(begin.parse::<i64>().unwrap() < end.parse::<i64>().unwrap());
                edge.clone_from(end);
            }
            prop_assert_eq!(edge, (from + span).to_string());
        }

        #[test]
        fn slots_come_back_as_they_were(distances in proptest::collection::vec(1_i64..4, 1..60)) {
            let mut at = DateTime::UNIX_EPOCH;
            let slots: Vec<_> = distances.iter().map(|distance| { at += TimeDelta::hours(*distance); at }).collect();
            let what = What::of_slots(slots.iter().copied());
            prop_assert_eq!(what.chunks(), slots.len() as u64);
            let back: Vec<_> = (0..what.chunks()).map(|number| what.part(number).unwrap()).collect();
            prop_assert_eq!(back, slots.into_iter().map(Part::Slot).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_day_is_cut_at_hours_and_the_rest_is_a_chunk_of_its_own() {
        let (from, to) = ("2026-11-20 00:00:00.000000Z", "2026-11-20 02:30:00.000000Z");
        let length = What::length_of(ColumnType::Instant, 3600);
        let parts = parts(&range(ColumnType::Instant, from, to, length));
        assert_eq!(parts[1], ("2026-11-20 01:00:00.000000Z".to_owned(), "2026-11-20 02:00:00.000000Z".to_owned()));
        assert_eq!(parts[2], ("2026-11-20 02:00:00.000000Z".to_owned(), to.to_owned()));
        assert_eq!(parts.len(), 3);
    }

    #[test]
    fn a_kind_without_distances_is_one_chunk() {
        assert_eq!(parts(&range(ColumnType::Text, "a", "q", None)), [("a".to_owned(), "q".to_owned())]);
        assert_eq!(What::usual_length(ColumnType::Text, 0, 9), None);
    }

    #[test]
    fn the_whole_range_of_64_bits_is_about_a_hundred_chunks() {
        let length = What::usual_length(ColumnType::Integer, i64::MIN, i64::MAX);
        let what = range(ColumnType::Integer, &i64::MIN.to_string(), &i64::MAX.to_string(), length);
        assert_eq!(what.chunks(), 100);
        assert_eq!(parts(&what)[99].1, i64::MAX.to_string());
    }

    #[test]
    fn the_end_is_told_from_the_chunks_that_ended() {
        let now = DateTime::UNIX_EPOCH;
        let mut backfill = Backfill {
            id: Id::from_uuid(uuid::Uuid::nil()),
            organization_id: Organization::DEFAULT,
            series_id: Id::from_uuid(uuid::Uuid::nil()),
            plan: BackfillPlan { what: range(ColumnType::Integer, "0", "100", Some(10)), parallel: 2, pause_s: 1 },
            state: BackfillState::Running,
            done: 0,
            failed: Vec::new(),
            open: 2,
            figures: Figures::default(),
            busy_ms: 0,
            reason: None,
            created_at: now,
            ended_at: None,
        };
        assert_eq!(backfill.progress(now).eta, None);
        (backfill.done, backfill.failed, backfill.busy_ms, backfill.figures.rows_read) = (3, vec![7], 8_000, 400);
        let progress = backfill.progress(now);
        assert_eq!((progress.chunks, progress.ended), (10, 4));
        // Six are left, two at a time, each two seconds and a pause of one.
        assert_eq!(progress.eta, Some(now + TimeDelta::seconds(9)));
        assert_eq!(progress.rows_per_s, Some(100.0));
        backfill.state = BackfillState::Paused;
        assert_eq!(backfill.progress(now).eta, None);
    }
}
