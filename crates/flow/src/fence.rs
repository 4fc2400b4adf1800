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
//! - **A number that is the present** (seconds since 1970, or a finer unit) is handed out again until its unit is over. One so near to the
//!   clock that it can be such a time waits with those above it, [`GUARD`] long; an identifier that happens to be as high is read a little
//!   later.
//! - **`xid8`**: the lowest transaction that has not ended, as the database says.
//! - **One writer at a time** (SQLite): numbers up to the highest that was seen are decided, and texts need no fence. Times do, as texts too
//!   (the page looks at them): a second, minute or day in which a row was written may not be over. Floats are refused: most are times, of
//!   which two commits share one.
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
/// How far a value that is a time may lie ahead of the database's clock: clocks of several machines differ by seconds, wrong zones by
/// hours.
pub(crate) const AHEAD: TimeDelta = TimeDelta::seconds(300);
/// How many of a unit are one second, of the units in which whole numbers tell times.
const PER_SECOND: [i128; 4] = [1, 1_000, 1_000_000, 1_000_000_000];
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
        (ColumnType::Integer | ColumnType::Unsigned, Fence::Transactions, Open::OneWriter) => {
            let bound = handed_out(sight).as_ref().map_or(Bound::Nothing, above);
            Decision { bound, ..Decision::open() }
        }
        (ColumnType::Integer | ColumnType::Unsigned, ..) => by_marks(settings, sight, marks)?,
        (kind, Fence::Transactions, Open::OneWriter) if kind != ColumnType::Float => Decision::open(),
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

/// A number in the order of the values; wider than [`CursorValue::count`], for unsigned numbers and `xid8`. `None` where the database's
/// order is not known to be that of numbers: texts `9` and `10` are the other way round.
pub(crate) fn rank(value: &CursorValue) -> Option<i128> {
    match value.kind {
        ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant => value.count().map(i128::from),
        ColumnType::Integer | ColumnType::Unsigned | ColumnType::Decimal | ColumnType::Float => value.text.parse().ok(),
        ColumnType::Text if value.native == "xid8" => value.text.parse().ok(),
        _ => None,
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

/// The first whole second of the offset that `after` has and `before` has not.
fn change_between(before: DateTime<Utc>, after: DateTime<Utc>, offset: impl Fn(DateTime<Utc>) -> i32) -> DateTime<Utc> {
    let new = offset(after);
    let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap_or(after);
    let (mut old_s, mut new_s) = (before.timestamp(), after.timestamp());
    while new_s - old_s > 1 {
        let middle = i64::midpoint(old_s, new_s);
        if offset(at(middle)) == new { new_s = middle } else { old_s = middle }
    }
    at(new_s)
}

// ---------------------------------------------------------------- numbers

/// The highest value that no row to come has. Values that are the present are had by rows to come as well, until their unit is over.
fn handed_out(sight: &Sight) -> Option<CursorValue> {
    let highest = sight.highest.as_ref()?;
    let units = |at: DateTime<Utc>, per_second: i128| {
        (i128::from(at.timestamp()) * per_second) + i128::from(at.timestamp_subsec_nanos()) * per_second / 1_000_000_000
    };
    let over = PER_SECOND.into_iter().find_map(|per_second| {
        let over = units(sight.now - GUARD, per_second);
        (over..=units(sight.now + AHEAD, per_second)).contains(&rank(highest)?).then_some(over)
    });
    Some(over.map_or_else(|| highest.clone(), |over| CursorValue { text: (over - 1).to_string(), ..highest.clone() }))
}

fn by_marks(settings: &Incremental, sight: &Sight, marks: &[Mark]) -> Result<Decision, Failure> {
    let mut marks = marks.to_vec();
    let mut is_new = false;
    let highest = handed_out(sight);
    if let Some(highest) = &highest
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
        let held_back = held_back.filter(|_| highest.is_some());
        return Ok(Decision { bound: Bound::Nothing, held_back, marks_matter: is_new, marks });
    };
    let waits = highest.is_some_and(|highest| rank(&highest) > rank(&best));
    marks.retain(|mark| rank(&mark.highest) >= rank(&best));
    thin(&mut marks);
    Ok(Decision { bound: above(&best), held_back: held_back.filter(|_| waits), marks, marks_matter: is_new && waits })
}

/// The bound that lets this value through and nothing above it.
pub(crate) fn above(value: &CursorValue) -> Bound {
    let highest = if value.kind == ColumnType::Integer { i128::from(i64::MAX) } else { i128::from(u64::MAX) };
    match rank(value) {
        Some(rank) if rank < highest => Bound::Before(CursorValue { text: (rank + 1).to_string(), ..value.clone() }),
        // No value is above it.
        _ => Bound::Open,
    }
}

/// Leaves out marks when there are too many, where they stand closest: the fence moves in larger steps then, and is never wrong.
fn thin(marks: &mut Vec<Mark>) {
    while marks.len() > MAX_MARKS {
        let closest = (1..marks.len() - 1).min_by_key(|at| marks[at + 1].at - marks[at - 1].at);
        let Some(closest) = closest else { return };
        marks.remove(closest);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn column(kind: ColumnType) -> Column {
        Column { name: "c".to_owned(), kind, native: kind.as_str().to_owned() }
    }

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn sight(now: DateTime<Utc>, highest: Option<i64>, since: Option<DateTime<Utc>>) -> Sight {
        let held_back =
            |since: DateTime<Utc>| HeldBack { since, for_s: u64::try_from((now - since).num_seconds()).unwrap(), who: "x".to_owned() };
        Sight {
            now,
            highest: highest.map(|highest| CursorValue::at(&column(ColumnType::Integer), highest).unwrap()),
            open: since.map_or(Open::Nobody, |since| Open::Since(held_back(since))),
            lowest_open: None,
        }
    }

    fn before(decision: &Decision) -> Option<&str> {
        match &decision.bound {
            Bound::Before(value) => Some(&value.text),
            _ => None,
        }
    }

    #[test]
    fn a_time_is_fenced_by_now_and_by_the_oldest_transaction() {
        let settings = Incremental::by("c");
        let now = at("2026-11-21T14:00:00.5Z");
        for (kind, since, expected) in [
            (ColumnType::Instant, None, "2026-11-21 13:59:59.500000Z"),
            (ColumnType::Instant, Some("2026-11-21T13:00:00Z"), "2026-11-21 12:59:59.000000Z"),
            (ColumnType::Timestamp, None, "2026-11-21 13:59:59.500000"),
            (ColumnType::Date, None, "2026-11-21"),
            (ColumnType::Date, Some("2026-11-21T00:00:00Z"), "2026-11-20"),
        ] {
            let decision = decide(&settings, &column(kind), &sight(now, None, since.map(at)), &[], None).unwrap();
            assert_eq!(before(&decision), Some(expected));
            assert_eq!(decision.held_back.is_some(), since.is_some());
        }
    }

    #[test]
    fn nothing_is_read_when_the_fence_is_not_above_where_reading_begins() {
        let settings = Incremental::by("c");
        let sight = sight(at("2026-11-21T14:00:00Z"), None, None);
        let lowest = |text: &str| CursorValue::new(&column(ColumnType::Instant), text);
        let bound = |text: &str| decide(&settings, &column(ColumnType::Instant), &sight, &[], Some(&lowest(text))).unwrap().bound;
        assert_eq!(bound("2026-11-21 13:59:59.000000Z"), Bound::Nothing);
        assert!(matches!(bound("2026-11-21 13:59:58.999999Z"), Bound::Before(_)));
    }

    #[test]
    fn an_empty_result_and_the_highest_number_of_all_are_no_trap() {
        let settings = Incremental::by("c");
        let now = at("2026-11-21T14:00:00Z");
        let decide = |highest| decide(&settings, &column(ColumnType::Integer), &sight(now, highest, None), &[], None).unwrap().bound;
        assert_eq!(decide(None), Bound::Nothing);
        assert_eq!(decide(Some(i64::MAX)), Bound::Open);
    }

    #[test]
    fn a_second_that_is_a_number_is_read_when_it_is_over_and_an_identifier_at_once() {
        let settings = Incremental::by("c");
        let now = at("2026-11-21T14:00:00.5Z");
        let second = now.timestamp();
        for open in [Open::OneWriter, Open::Nobody] {
            let bound = |highest: i64| {
                let sight = Sight { open: open.clone(), ..sight(now, Some(highest), None) };
                let decision = decide(&settings, &column(ColumnType::Integer), &sight, &[], None).unwrap();
                before(&decision).unwrap().parse::<i64>().unwrap()
            };
            assert_eq!(bound(second), second - 1, "rows of this second may still come");
            assert_eq!(bound(second - 1), second - 1);
            assert_eq!(bound(second - 2), second - 1, "that one is over");
            assert_eq!(bound(second * 1_000 + 499), second * 1_000 - 500, "milliseconds");
            assert_eq!(bound(second * 1_000_000_000), second * 1_000_000_000 - 500_000_000, "nanoseconds");
            assert_eq!(bound(second + 301), second + 302, "no clock is so wrong: it is an identifier");
            assert_eq!(bound(7), 8);
        }
    }

    #[test]
    fn a_type_without_distances_has_no_fence_but_that_of_one_writer() {
        let settings = Incremental::by("c");
        for kind in [ColumnType::Text, ColumnType::Decimal, ColumnType::Float, ColumnType::Uuid, ColumnType::Bytes, ColumnType::Boolean] {
            let mut sight = sight(at("2026-11-21T14:00:00Z"), None, None);
            let failure = decide(&settings, &column(kind), &sight, &[], None).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Cursor);
            assert!(failure.doing.contains("`c`") && failure.doing.contains(kind.as_str()));
            sight.open = Open::OneWriter;
            let decided = decide(&settings, &column(kind), &sight, &[], None);
            if kind == ColumnType::Float {
                // Two commits within a millisecond share one value of `julianday('now')`.
                assert!(decided.unwrap_err().doing.contains("take a whole number, a date or a time"));
            } else {
                assert_eq!(decided.unwrap().bound, Bound::Open);
            }
        }
    }

    #[test]
    fn values_have_the_order_of_numbers_only_where_the_database_sorts_them_so() {
        let rank =
            |kind: ColumnType, native: &str, text: &str| rank(&CursorValue { kind, native: native.to_owned(), text: text.to_owned() });
        for (kind, native) in [
            (ColumnType::Integer, "int8"),
            (ColumnType::Unsigned, "bigint unsigned"),
            (ColumnType::Decimal, "numeric"),
            (ColumnType::Text, "xid8"),
        ] {
            assert_eq!(rank(kind, native, "10"), Some(10), "{native}");
        }
        for (kind, native) in [(ColumnType::Text, "TEXT"), (ColumnType::Bytes, "bytea"), (ColumnType::Uuid, "uuid")] {
            assert_eq!(rank(kind, native, "10"), None, "{native}");
        }
    }

    #[test]
    fn the_lowest_open_transaction_is_the_fence_of_transaction_ids_above_what_63_bits_hold() {
        let settings = Incremental { fence: Fence::TransactionId, ..Incremental::by("c") };
        let xid = Column { name: "c".to_owned(), kind: ColumnType::Text, native: "xid8".to_owned() };
        let mut sight = sight(at("2026-11-21T14:00:00Z"), None, None);
        sight.lowest_open = Some(CursorValue::new(&xid, "18446744073709551000"));
        let bound = |lowest: &str| decide(&settings, &xid, &sight, &[], Some(&CursorValue::new(&xid, lowest))).unwrap().bound;
        assert_eq!(bound("9"), Bound::Before(CursorValue::new(&xid, "18446744073709551000")));
        assert_eq!(bound("18446744073709551000"), Bound::Nothing);
    }

    #[test]
    fn marks_are_thinned_and_the_newest_and_those_that_are_needed_stay() {
        let (settings, column, began) = (Incremental::by("c"), column(ColumnType::Integer), at("2026-11-21T14:00:00Z"));
        let mut marks = Vec::new();
        for n in 0..2000 {
            let now = began + TimeDelta::seconds(n);
            marks = decide(&settings, &column, &sight(now, Some(n), Some(began)), &marks, None).unwrap().marks;
            assert!(marks.len() <= MAX_MARKS);
            assert_eq!(marks.last().unwrap().highest.text, n.to_string());
            assert!(marks.is_sorted_by_key(|mark| mark.at));
        }
        let since = began + TimeDelta::seconds(1000);
        let decision = decide(&settings, &column, &sight(began + TimeDelta::seconds(2000), Some(2000), Some(since)), &marks, None).unwrap();
        let fence: i64 = before(&decision).unwrap().parse().unwrap();
        assert!((950..=1000).contains(&fence), "{fence}");
        assert!(decision.marks_matter && decision.held_back.is_some());
    }

    #[test]
    fn the_lowest_local_time_is_right_at_every_minute_around_every_clock_change_of_a_year() {
        use chrono_tz::{Africa, America, Antarctica, Asia, Australia, Europe, Pacific};
        let zones = [
            Europe::Berlin,
            America::New_York,
            America::St_Johns,
            America::Santiago,
            Australia::Lord_Howe,
            Australia::Sydney,
            Africa::Casablanca,
            Antarctica::Troll,
            Pacific::Chatham,
            Asia::Kolkata,
        ];
        let mut changes = 0;
        for zone in zones {
            let local = |at: DateTime<Utc>| zone.from_utc_datetime(&at.naive_utc()).naive_local();
            let first = at("2026-01-01T00:00:00Z");
            for hour in 0..365 * 24 {
                let (this, next) = (first + TimeDelta::hours(hour), first + TimeDelta::hours(hour + 1));
                if local(next) - local(this) == TimeDelta::hours(1) {
                    continue;
                }
                changes += 1;
                // By hand: the lowest of all minutes that follow.
                let minutes: Vec<_> = (-4 * 60..40 * 60).map(|minute| this + TimeDelta::minutes(minute)).collect();
                let mut lowest = local(*minutes.last().unwrap());
                for minute in minutes.iter().rev() {
                    lowest = lowest.min(local(*minute));
                    if *minute < this + TimeDelta::hours(8) {
                        assert_eq!(lowest_local(zone, *minute), lowest, "{zone} at {minute}");
                    }
                }
            }
        }
        assert!(changes >= 18, "{changes} changes");
    }

    /// A transaction that writes one row.
    #[derive(Clone, Copy, Debug)]
    struct Writes {
        begins_ms: i64,
        takes_ms: i64,
        commits_ms: i64,
    }

    fn writers() -> impl Strategy<Value = Vec<Writes>> {
        let one =
            (0_i64..600_000, 0_i64..20_000, prop_oneof![4 => 0_i64..3_000, 1 => 0_i64..300_000]).prop_map(|(begins_ms, takes, commits)| {
                Writes { begins_ms, takes_ms: begins_ms + takes, commits_ms: begins_ms + takes + commits }
            });
        prop::collection::vec(one, 1..60)
    }

    fn runs() -> impl Strategy<Value = Vec<i64>> {
        prop::collection::btree_set(0_i64..900_000, 1..60).prop_map(|runs| runs.into_iter().collect())
    }

    /// Plays all runs and one more when everybody is gone; gives what was read, in order.
    fn play(
        settings: &Incremental,
        kind: ColumnType,
        began: DateTime<Utc>,
        writers: &[Writes],
        values: &[i64],
        runs: &[i64],
    ) -> Vec<usize> {
        let column = column(kind);
        let instant = |ms: i64| began + TimeDelta::milliseconds(ms);
        let (mut read, mut position, mut marks) = (Vec::new(), None, Vec::new());
        for run in runs.iter().copied().chain([2_000_000, 90_000_000, 180_000_000]) {
            let is_visible = |writer: &Writes| writer.commits_ms <= run;
            let highest = writers.iter().zip(values).filter(|(writer, _)| is_visible(writer)).map(|(_, value)| *value).max();
            let oldest =
                writers.iter().filter(|writer| writer.begins_ms <= run && !is_visible(writer)).map(|writer| writer.begins_ms).min();
            let counts = kind == ColumnType::Integer;
            let sight = sight(instant(run), highest.filter(|_| counts), oldest.map(instant));
            let lowest: Option<CursorValue> = position.and_then(|position| CursorValue::at(&column, position));
            let decision = decide(settings, &column, &sight, &marks, lowest.as_ref()).unwrap();
            marks = decision.marks;
            let before = match &decision.bound {
                Bound::Nothing => continue,
                Bound::Open => i64::MAX,
                Bound::Before(before) => before.count().unwrap(),
            };
            let mut page: Vec<usize> = (0..writers.len())
                .filter(|row| {
                    is_visible(&writers[*row]) && values[*row] < before && position.is_none_or(|position| values[*row] > position)
                })
                .collect();
            page.sort_by_key(|row| values[*row]);
            position = page.last().map(|row| values[*row]).or(position);
            read.extend(page);
        }
        read
    }

    fn check(read: &[usize], writers: &[Writes]) -> Result<(), TestCaseError> {
        let all: BTreeSet<usize> = read.iter().copied().collect();
        prop_assert_eq!(all.len(), read.len(), "read twice");
        prop_assert_eq!(all.len(), writers.len(), "passed over");
        Ok(())
    }

    proptest! {
        #[test]
        fn no_number_is_passed_over_whoever_writes(writers in writers(), runs in runs()) {
            // Numbers are handed out in the order in which they are taken.
            let mut order: Vec<usize> = (0..writers.len()).collect();
            order.sort_by_key(|row| writers[*row].takes_ms);
            let mut values = vec![0; writers.len()];
            for (value, row) in (1..).zip(order) {
                values[row] = value;
            }
            let read = play(&Incremental::by("c"), ColumnType::Integer, at("2026-11-21T14:00:00Z"), &writers, &values, &runs);
            check(&read, &writers)?;
        }

        #[test]
        fn no_time_that_is_a_number_is_passed_over_whoever_writes(
            writers in writers(),
            runs in runs(),
            ms_per_unit in prop::sample::select(vec![1, 1_000]),
        ) {
            let began = at("2026-11-21T14:00:00Z");
            let value = |writer: &Writes| (began.timestamp_millis() + writer.takes_ms).div_euclid(ms_per_unit);
            let values: Vec<i64> = writers.iter().map(value).collect();
            let read = play(&Incremental::by("c"), ColumnType::Integer, began, &writers, &values, &runs);
            check(&read, &writers)?;
        }

        #[test]
        fn no_time_is_passed_over_whoever_writes(writers in writers(), runs in runs(), of_the_start: bool, whole_seconds: bool) {
            let began = at("2026-11-21T14:00:00Z");
            let value = |writer: &Writes| {
                let ms = if of_the_start { writer.begins_ms } else { writer.takes_ms };
                let micros = (began + TimeDelta::milliseconds(ms)).timestamp_micros();
                if whole_seconds { micros - micros.rem_euclid(1_000_000) } else { micros }
            };
            let values: Vec<i64> = writers.iter().map(value).collect();
            let read = play(&Incremental::by("c"), ColumnType::Instant, began, &writers, &values, &runs);
            check(&read, &writers)?;
        }

        #[test]
        fn no_local_time_is_passed_over_in_the_night_of_a_clock_change(
            writers in writers(),
            runs in runs(),
            change in prop::sample::select(vec!["2026-10-25T01:00:00Z", "2026-03-29T01:00:00Z"]),
            earlier_min in 0_i64..100,
        ) {
            let zone = chrono_tz::Europe::Berlin;
            let began = at(change) - TimeDelta::minutes(earlier_min);
            let value = |writer: &Writes| {
                let instant = began + TimeDelta::milliseconds(writer.takes_ms);
                zone.from_utc_datetime(&instant.naive_utc()).naive_local().and_utc().timestamp_micros()
            };
            let values: Vec<i64> = writers.iter().map(value).collect();
            let settings = Incremental { zone: Some(zone), ..Incremental::by("c") };
            let read = play(&settings, ColumnType::Timestamp, began, &writers, &values, &runs);
            check(&read, &writers)?;
        }

        #[test]
        fn no_row_is_passed_over_by_a_lag_that_is_longer_than_any_transaction(writers in writers(), runs in runs()) {
            let mut order: Vec<usize> = (0..writers.len()).collect();
            order.sort_by_key(|row| writers[*row].takes_ms);
            let mut values = vec![0; writers.len()];
            for (value, row) in (1..).zip(order) {
                values[row] = value;
            }
            let settings = Incremental { fence: Fence::LagS(400), ..Incremental::by("c") };
            let read = play(&settings, ColumnType::Integer, at("2026-11-21T14:00:00Z"), &writers, &values, &runs);
            check(&read, &writers)?;
        }
    }
}
