//! What a backfill is to read, decided once, before its first chunk: a range of the cursor that ends at the fence, or the slots of a schedule.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Code, ColumnType, CursorValue, Failure, FailureKind, Group, Incremental, Mark, Mode, Series, Statement,
    backfill::{MAX_CHUNKS, Steps, What},
    edges::{DatabaseAccess, Databases, Following},
};

use crate::{
    fence::{self, Bound},
    page::Places,
    schedule::Timetable,
};

/// Most stretches of slots in equal distances: beyond that the plan itself would be large.
const MAX_STRETCHES: usize = 20_000;

/// What a person asks for, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// A value of the cursor, or an instant; included.
    pub from: String,
    /// The same, not included; absent means as far as there is something decided.
    pub to: Option<String>,
    /// The length of a chunk: seconds of dates, times and slots, else in the cursor's own unit.
    pub chunk: Option<u64>,
}

/// Why there is no plan.
#[derive(Debug)]
pub enum Unplannable {
    /// What was asked for is wrong.
    Wrong {
        /// The member that is.
        field: &'static str,
        /// Why.
        message: String,
        /// What to do.
        advice: String,
    },
    /// The database could not be asked.
    Failed(Failure),
}

impl From<Failure> for Unplannable {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

pub(crate) fn wrong(field: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Unplannable {
    Unplannable::Wrong { field, message: message.into(), advice: advice.into() }
}

/// The range of an incremental series. Looks at the database as a run does, and ends the range at the fence: what lies above it belongs to the
/// series' own runs. `marks` are those that are kept with its cursor.
///
/// # Errors
/// A member of `asked` that does not fit, and failures of the database.
pub async fn range(
    databases: &dyn Databases,
    access: &DatabaseAccess,
    statement: &Statement,
    settings: &Incremental,
    (marks, fingerprint): (&[Mark], String),
    asked: &Asked,
) -> Result<What, Unplannable> {
    let following = Following { cursor: settings.cursor.clone(), key: settings.key.clone(), fence: settings.fence };
    let follow = databases.follow(access, statement, &following).await?;
    let (sight, places) = (follow.sight().clone(), Places::find(follow.columns(), &settings.cursor, &settings.key));
    follow.close().await;
    let places = places?;
    let column = places.cursor();
    let parse = |field: &'static str, text: &str| {
        let advice = format!("give a value of the cursor `{}`, which is of type {}", column.name, column.kind.as_str());
        CursorValue::parse(column, text).map_err(|error| wrong(field, error.to_string(), advice))
    };
    let from = parse("from", &asked.from)?;
    let asked_to = asked.to.as_ref().map(|to| parse("to", to)).transpose()?;
    let fence = match fence::decide(settings, column, &sight, marks, Some(&from))?.bound {
        Bound::Before(fence) => Some(fence),
        Bound::Open => match sight.highest.as_ref().map(fence::above) {
            Some(Bound::Before(above)) => Some(above),
            _ => None,
        },
        Bound::Nothing => {
            let advice = "begin lower, or leave these rows to the series' own runs";
            return Err(wrong("from", format!("no row from {} on is there, or decided yet", from.text), advice));
        }
    };
    let Some(to) = lower(asked_to, fence) else {
        return Err(wrong("to", "nothing says where the range ends", "give `to`: the first value of the cursor that is not read"));
    };
    if let (Some(from), Some(to)) = (fence::rank(&from), fence::rank(&to))
        && from >= to
    {
        return Err(wrong("from", "the range is empty: `from` is not below its end", "give a range with rows in it"));
    }
    let length = length(column.kind, &from, &to, asked.chunk)?;
    let what = What::Range { from, to, length, fingerprint };
    few(what, asked.chunk.is_some())
}

fn lower(asked: Option<CursorValue>, fence: Option<CursorValue>) -> Option<CursorValue> {
    match (asked, fence) {
        (Some(asked), Some(fence)) => {
            let is_above = fence::rank(&asked).zip(fence::rank(&fence)).is_some_and(|(asked, fence)| asked > fence);
            Some(if is_above { fence } else { asked })
        }
        (asked, fence) => asked.or(fence),
    }
}

fn length(kind: ColumnType, from: &CursorValue, to: &CursorValue, asked: Option<u64>) -> Result<Option<i64>, Unplannable> {
    let counts = from.count().zip(to.count());
    match (counts, asked) {
        (_, Some(0)) => Err(wrong("chunk", "a chunk of length 0 reads nothing", "give a length of at least 1")),
        (None, Some(_)) => {
            let message = format!("values of type {} have no distances, so the range is one chunk", kind.as_str());
            Err(wrong("chunk", message, "leave `chunk` out, and make several backfills if one range is too much"))
        }
        (None, None) => Ok(None),
        (Some((from, to)), None) => Ok(What::usual_length(kind, from, to)),
        (Some(_), Some(asked)) => What::length_of(kind, asked)
            .map(Some)
            .ok_or_else(|| wrong("chunk", "a chunk of this length cannot be told", "give a shorter one")),
    }
}

/// The slots of a window series from `from` on, below `to` and not after `now`: those of its group's schedule, or without a group in steps of
/// `chunk` seconds (of its window's length when that is absent).
///
/// # Errors
/// A member of `asked` that does not fit.
pub fn slots(series: &Series, group: Option<&Group>, asked: &Asked, now: DateTime<Utc>) -> Result<What, Unplannable> {
    let Mode::Window { length_s, .. } = series.mode else {
        return Err(wrong("series", "the series has no window", "backfill a window series or an incremental one"));
    };
    let instant = |field: &'static str, text: &str| {
        let parsed = DateTime::parse_from_rfc3339(&text.trim().replacen(' ', "T", 1)).map(|at| at.to_utc());
        parsed.map_err(|_| wrong(field, format!("`{text}` is no instant"), "give an instant such as 2026-11-21T14:05:00Z"))
    };
    let from = instant("from", &asked.from)?;
    let last = now + TimeDelta::microseconds(1);
    let to = asked.to.as_ref().map(|to| instant("to", to)).transpose()?.map_or(last, |to| to.min(last));
    let what = match group {
        Some(_) if asked.chunk.is_some() => {
            let advice = "leave `chunk` out: each slot of the group's schedule is a chunk";
            return Err(wrong("chunk", "the series has a group", advice));
        }
        Some(group) => of_schedule(&Timetable::new(group)?, from, to)?,
        None => {
            let step_s = asked.chunk.or(length_s.map(u64::from)).and_then(|step| u32::try_from(step).ok()).filter(|step| *step > 0);
            let step_s = step_s.ok_or_else(|| wrong("chunk", "nothing says how far the slots lie apart", "give `chunk` in seconds"))?;
            let whole_us = u64::try_from((to - from).num_microseconds().unwrap_or(0)).unwrap_or(0);
            let count = whole_us.div_ceil(u64::from(step_s) * 1_000_000);
            What::Slots(vec![Steps { first: from, step_s, count }])
        }
    };
    if what.chunks() == 0 {
        return Err(wrong("from", "no slot lies in the range that has come already", "give a range with slots in it"));
    }
    few(what, true)
}

fn of_schedule(timetable: &Timetable, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<What, Unplannable> {
    let Some(first) = timetable.next(from - TimeDelta::microseconds(1)).filter(|first| *first < to) else {
        return Ok(What::Slots(Vec::new()));
    };
    if let Some((count, last)) = timetable.count(first, to - TimeDelta::microseconds(1)) {
        let step_s = u32::try_from((last - first).num_seconds().unsigned_abs() / count.saturating_sub(1).max(1)).unwrap_or(u32::MAX);
        return Ok(What::Slots(vec![Steps { first, step_s, count }]));
    }
    let mut left = MAX_CHUNKS + 1;
    let slots = std::iter::successors(Some(first), |slot| timetable.next(*slot)).take_while(|slot| {
        left = left.saturating_sub(1);
        *slot < to && left > 0
    });
    let what = What::of_slots(slots);
    match &what {
        What::Slots(stretches) if stretches.len() > MAX_STRETCHES || left == 0 => {
            Err(wrong("to", "the range has too many slots for one backfill", "make several, one after another"))
        }
        _ => Ok(what),
    }
}

fn few(what: What, is_chunk_given: bool) -> Result<What, Unplannable> {
    let chunks = what.chunks();
    if chunks <= MAX_CHUNKS {
        return Ok(what);
    }
    let field = if is_chunk_given { "chunk" } else { "to" };
    Err(wrong(
        field,
        format!("that would be {chunks} chunks, and {MAX_CHUNKS} are the most"),
        "make the chunks longer, or the range shorter",
    ))
}

/// A chunk of a series whose mode has become another.
pub(crate) fn of_another_mode() -> Failure {
    Failure::new(FailureKind::Cursor, "the mode of the series was changed since the backfill was made").coded(Code::RangeChanged)
}

#[cfg(test)]
mod tests {
    use model::{Mapping, Missed, Overlap, RejectPolicy, Schedule, backfill::Part};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn series(mode: Mode) -> Series {
        Series {
            query_id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
            connection_id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
            group_id: None,
            position: 0,
            mapping: Mapping::new("m"),
            mode,
            parameters: Default::default(),
            enabled: true,
            rejects: RejectPolicy::default(),
        }
    }

    fn group(schedule: Schedule) -> Group {
        Group { schedule, time_zone: chrono_tz::Europe::Berlin, overlap: Overlap::Skip, missed: Missed::Skip, enabled: true }
    }

    const WINDOW: Mode = Mode::Window { length_s: Some(3600), lag_s: 0 };

    fn asked(from: &str, to: &str) -> Asked {
        Asked { from: from.to_owned(), to: Some(to.to_owned()), chunk: None }
    }

    fn slots_of(group: &Group, from: &str, to: &str) -> Vec<DateTime<Utc>> {
        let what = slots(&series(WINDOW), Some(group), &asked(from, to), at("2027-01-01T00:00:00Z")).unwrap();
        (0..what.chunks()).map(|number| if let Some(Part::Slot(slot)) = what.part(number) { slot } else { panic!() }).collect()
    }

    #[test]
    fn the_slots_are_those_of_the_schedule_also_where_clocks_change() {
        let daily = group(Schedule::Cron("30 2 * * *".to_owned()));
        let slots = slots_of(&daily, "2026-10-24T00:30:00Z", "2026-10-27T01:30:00Z");
        // The clock in Berlin goes back on the 25th, at the second of the two half past two.
        let expected = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
        assert_eq!(slots, expected.map(at));
        let every = group(Schedule::EveryS(900));
        assert_eq!(slots_of(&every, "2026-10-24T00:00:01Z", "2026-10-24T01:00:00Z").len(), 3);
        assert_eq!(slots_of(&every, "2026-10-24T00:00:00Z", "2026-10-24T00:00:01Z"), [at("2026-10-24T00:00:00Z")]);
    }

    #[test]
    fn no_slot_is_read_before_it_has_come() {
        let every = group(Schedule::EveryS(60));
        let open = Asked { to: None, ..asked("2026-11-21T13:58:00Z", "") };
        let what = slots(&series(WINDOW), Some(&every), &open, at("2026-11-21T14:00:00Z")).unwrap();
        assert_eq!(what.part(what.chunks() - 1), Some(Part::Slot(at("2026-11-21T14:00:00Z"))));
    }

    #[test]
    fn without_a_group_slots_lie_a_window_apart_or_as_far_as_is_said() {
        let count = |chunk| {
            let asked = Asked { chunk, ..asked("2026-11-21T00:00:00Z", "2026-11-21T06:00:01Z") };
            slots(&series(WINDOW), None, &asked, at("2026-11-22T00:00:00Z")).unwrap().chunks()
        };
        assert_eq!((count(None), count(Some(7200))), (7, 4));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let now = at("2026-11-22T00:00:00Z");
        let every = group(Schedule::EveryS(60));
        let field = |series: &Series, group: Option<&Group>, asked: &Asked| match slots(series, group, asked, now) {
            Err(Unplannable::Wrong { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let good = asked("2026-11-21T00:00:00Z", "2026-11-21T01:00:00Z");
        assert_eq!(field(&series(Mode::Snapshot), None, &good), "series");
        assert_eq!(field(&series(WINDOW), Some(&every), &Asked { chunk: Some(5), ..good.clone() }), "chunk");
        assert_eq!(field(&series(WINDOW), Some(&every), &asked("yesterday", "2026-11-21T01:00:00Z")), "from");
        assert_eq!(field(&series(WINDOW), None, &asked("2026-11-23T00:00:00Z", "2026-11-24T01:00:00Z")), "from");
        let seconds = group(Schedule::EveryS(1));
        assert_eq!(field(&series(WINDOW), Some(&seconds), &asked("2016-11-23T00:00:00Z", "2026-11-21T01:00:00Z")), "chunk");
    }
}
