//! The fence: the value of a cursor below which nothing new can appear any more. Pure: from what the database said of the present
//! ([`Sight`], taken before any row is read), the marks of earlier runs and the series' settings.
//!
//! A row becomes visible when its transaction commits, which is later than the moment at which its cursor's value was taken. A reader that
//! goes by the highest value it saw passes over the rows of transactions that were still open. So each run reads only below the fence:
//!
//! - **A time** (date, timestamp, instant; the writers take it from the database's clock after their transaction began): nothing below the
//!   start of the oldest open transaction, nor below now, can still come. [`GUARD`] is taken off, for columns that are kept in whole seconds.
//!   Turned into a zone, it is the lowest local time that any instant from then on has: before an hour that is repeated the fence waits at
//!   that hour's beginning. A day is read when it is over.
//! - **A number** (a sequence, `AUTO_INCREMENT`): values are handed out in order, but not by a clock. A [`Mark`] says that `highest` had been
//!   seen at an instant: every transaction that may still commit a lower value had begun by then. So all values up to the mark are decided
//!   once the oldest open transaction has begun behind it.
//! - **`xid8`**: the lowest transaction that has not ended, as the database says.
//! - **One writer at a time** (SQLite): numbers and texts need no fence. Times do: a second in which a row was written may not be over.
//!
//! Everything goes by the database's own clock, never by ours.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use model::{
    Column, ColumnType, CursorValue, Failure, FailureKind, Fence, HeldBack, Incremental, Mark,
    edges::{Open, Sight},
};

/// Taken off every instant: what a column in whole seconds cuts off the time of a row, and the clock's own grain.
pub const GUARD: TimeDelta = TimeDelta::seconds(1);
/// Most marks that are kept.
pub const MAX_MARKS: usize = 256;
/// No change of a zone's offset is larger: offsets are from −12 to +14 hours.
const LARGEST_CHANGE_H: i64 = 26;

/// What a run may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// All that is there.
    Open,
    /// Only rows whose cursor is below this.
    Before(CursorValue),
    /// No row: nothing is decided that was not before.
    Nothing,
}

/// What was decided for one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What may be read.
    pub bound: Bound,
    /// Who keeps the bound from being higher.
    pub held_back: Option<HeldBack>,
    /// The marks from now on, oldest first.
    pub marks: Vec<Mark>,
    /// Whether the marks hold one that was not kept before and may be needed by a later run, so that they must be kept even when nothing
    /// is read.
    pub marks_matter: bool,
}

/// Decides what a run may read of `column`, which is the cursor's. `lowest` is where it would begin to read: when nothing can lie between it
/// and the fence there is nothing to read.
///
/// # Errors
/// `Cursor` when no fence can be told for a column of this type.
pub fn decide(
    settings: &Incremental,
    column: &Column,
    sight: &Sight,
    marks: &[Mark],
    lowest: Option<&CursorValue>,
) -> Result<Decision, Failure> {
    let mut decision = match (column.kind, settings.fence, &sight.open) {
        (_, Fence::TransactionId, _) => {
            let missing = || Failure::new(FailureKind::Cursor, "the database did not tell its lowest open transaction");
            let lowest_open = sight.lowest_open.clone().ok_or_else(missing)?;
            Decision { bound: Bound::Before(lowest_open), held_back: None, marks: Vec::new(), marks_matter: false }
        }
        (ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant, ..) => by_time(settings, column, sight)?,
        (ColumnType::Integer | ColumnType::Unsigned, Fence::Transactions, Open::OneWriter) => Decision::open(),
        (ColumnType::Integer | ColumnType::Unsigned, ..) => by_marks(settings, sight, marks)?,
        (_, Fence::Transactions, Open::OneWriter) => Decision::open(),
        (kind, ..) => {
            let (name, kind) = (&column.name, kind.as_str());
            let doing = format!(
                "nobody can tell below which value of `{name}` nothing new appears: it is of type {kind}; take a whole number, a date or a time"
            );
            return Err(Failure::new(FailureKind::Cursor, doing));
        }
    };
    if let (Bound::Before(before), Some(lowest)) = (&decision.bound, lowest)
        && is_at_or_below(before, lowest)
    {
        decision.bound = Bound::Nothing;
    }
    Ok(decision)
}

impl Decision {
    const fn open() -> Self {
        Self { bound: Bound::Open, held_back: None, marks: Vec::new(), marks_matter: false }
    }
}

/// Whether no value lies at or above `lowest` and below `before`. Unknown is no.
fn is_at_or_below(before: &CursorValue, lowest: &CursorValue) -> bool {
    match (rank(before), rank(lowest)) {
        (Some(before), Some(lowest)) => before <= lowest,
        _ => false,
    }
}

/// A number in the order of the values; wider than [`CursorValue::count`], for unsigned numbers and `xid8`.
pub(crate) fn rank(value: &CursorValue) -> Option<i128> {
    match value.kind {
        ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant => value.count().map(i128::from),
        _ => value.text.parse().ok(),
    }
}

// ---------------------------------------------------------------- times

fn by_time(settings: &Incremental, column: &Column, sight: &Sight) -> Result<Decision, Failure> {
    let (until, held_back) = match (settings.fence, &sight.open) {
        (Fence::LagS(lag_s), _) => (sight.now - TimeDelta::seconds(i64::from(lag_s)), None),
        (_, Open::Since(held_back)) => (sight.now.min(held_back.since), Some(held_back.clone())),
        (_, Open::Nobody | Open::OneWriter) => (sight.now, None),
        (_, Open::NotAsked) => return Err(Failure::new(FailureKind::Internal, "the database was not asked for its open transactions")),
    };
    let until = until - GUARD;
    let micros = match column.kind {
        ColumnType::Instant => until.timestamp_micros(),
        ColumnType::Timestamp => lowest_local(settings.zone.unwrap_or(Tz::UTC), until).and_utc().timestamp_micros(),
        _ => lowest_local(settings.zone.unwrap_or(Tz::UTC), until).date().signed_duration_since(Default::default()).num_days(),
    };
    let beyond = || Failure::new(FailureKind::Cursor, "the database's clock shows a time that no calendar can tell");
    let before = CursorValue::at(column, micros).ok_or_else(beyond)?;
    Ok(Decision { bound: Bound::Before(before), held_back, marks: Vec::new(), marks_matter: false })
}

/// The lowest time that a clock on the wall of `zone` shows at `from` or at any instant after it.
///
/// A local time only falls back where the offset shrinks, so it is the lower of the local time at `from` and those right after the changes
/// that follow soon enough to matter.
pub fn lowest_local(zone: Tz, from: DateTime<Utc>) -> NaiveDateTime {
    let local = |at: DateTime<Utc>| zone.from_utc_datetime(&at.naive_utc()).naive_local();
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
    let mut lowest = local(from);
    let mut before = from;
    // Offsets are never changed twice within an hour.
    for hour in 1..=LARGEST_CHANGE_H {
        let after = from + TimeDelta::hours(hour);
        if offset(after) < offset(before) {
            lowest = lowest.min(local(change_between(before, after, offset)));
        }
        before = after;
    }
    lowest
}

/// The first instant (in whole microseconds) of the offset that `after` has and `before` has not.
fn change_between(before: DateTime<Utc>, after: DateTime<Utc>, offset: impl Fn(DateTime<Utc>) -> i32) -> DateTime<Utc> {
    let new = offset(after);
    let (mut old_at, mut new_at) = (before, after);
    while new_at - old_at > TimeDelta::microseconds(1) {
        let middle = old_at + (new_at - old_at) / 2;
        if offset(middle) == new { new_at = middle } else { old_at = middle }
    }
    new_at
}

// ---------------------------------------------------------------- numbers

fn by_marks(settings: &Incremental, sight: &Sight, marks: &[Mark]) -> Result<Decision, Failure> {
    let mut marks = marks.to_vec();
    let mut is_new = false;
    if let Some(highest) = &sight.highest
        && marks.iter().all(|mark| rank(&mark.highest) < rank(highest))
    {
        // A mark of the same value that is older tells more.
        marks.push(Mark { at: sight.now, highest: highest.clone() });
        is_new = true;
    }
    let (decided_at, held_back) = match (settings.fence, &sight.open) {
        (Fence::LagS(lag_s), _) => (Some(sight.now - TimeDelta::seconds(i64::from(lag_s))), None),
        (_, Open::Since(held_back)) => (Some(held_back.since - GUARD), Some(held_back.clone())),
        (_, Open::Nobody | Open::OneWriter) => (None, None),
        (_, Open::NotAsked) => return Err(Failure::new(FailureKind::Internal, "the database was not asked for its open transactions")),
    };
    let decided = |mark: &&Mark| decided_at.is_none_or(|at| mark.at <= at);
    let best = marks.iter().filter(decided).max_by_key(|mark| rank(&mark.highest)).map(|mark| mark.highest.clone());
    let Some(best) = best else {
        thin(&mut marks);
        let held_back = held_back.filter(|_| sight.highest.is_some());
        return Ok(Decision { bound: Bound::Nothing, held_back, marks_matter: is_new, marks });
    };
    let waits = sight.highest.as_ref().is_some_and(|highest| rank(highest) > rank(&best));
    marks.retain(|mark| rank(&mark.highest) >= rank(&best));
    thin(&mut marks);
    Ok(Decision { bound: above(&best), held_back: held_back.filter(|_| waits), marks, marks_matter: is_new && waits })
}

/// The bound that lets this value through and nothing above it.
fn above(value: &CursorValue) -> Bound {
    let highest = if value.kind == ColumnType::Integer { i128::from(i64::MAX) } else { i128::from(u64::MAX) };
    match rank(value) {
        Some(rank) if rank < highest => Bound::Before(CursorValue { text: (rank + 1).to_string(), ..value.clone() }),
        // No value is above it.
        _ => Bound::Open,
    }
}

/// Leaves out every second mark when there are too many: the fence moves in larger steps then, and is never wrong.
fn thin(marks: &mut Vec<Mark>) {
    while marks.len() > MAX_MARKS {
        let last = marks.len() - 1;
        let mut at = 0;
        marks.retain(|_| {
            at += 1;
            (at - 1) % 2 == 0 || at - 1 == last
        });
    }
}
