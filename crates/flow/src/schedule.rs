//! When the slots of a group are: cron lines in a time zone, and `every`.
//!
//! `croner` says which wall-clock times a line names; which instants those are is decided here, because the promise of
//! [`model::Schedule`] goes further than croner's: a line with a list of times is fixed too, and gaps of more than two hours exist
//! (Casey station; Samoa once skipped a whole day).
//!
//! - A line is **fixed** when its second, minute and hour are single numbers or lists of them. Each wall-clock time it names becomes one
//!   instant: itself; the earlier of two when a clock change repeats it; the first instant after the gap when one skips it. Two times
//!   that a gap moves to the same instant are one slot.
//! - Any other line (`*`, a step or a range in one of these fields) names every instant whose wall-clock time it matches: through both
//!   copies of a repeated hour, and none of a skipped one.
//!
//! Nothing here looks at [`Group::enabled`]: a disabled group can still be described and run by hand.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};
use croner::{
    Cron,
    errors::CronError,
    parser::{CronParser, Seconds, Year},
};
use model::{Failure, FailureKind, Group, Missed, Schedule};

use crate::due::MAX_LATE;

/// The longest `every`, in seconds: 365 days.
pub const MAX_EVERY_S: u32 = 31_536_000;

/// How far back [`previous_slot`] looks, in seconds: no line that fires at all rests longer than the eight years between 29 February
/// 1896 and 1904, except those that ask for a weekday too (28 years, 40 across such a century).
const FURTHEST_BACK_S: i64 = 50 * 366 * 86_400;

/// A slot to come, as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The same in the group's time zone: `2026-10-25 02:30:00 CEST`.
    pub local: String,
    /// What a clock change does to this slot, if it does something.
    pub note: Option<String>,
}

/// Whether the schedule can be read and ever fires, and no more slots are to run late than may.
///
/// # Errors
/// `Schedule`, naming the field that is wrong.
pub fn validate(group: &Group) -> Result<(), Failure> {
    if let Missed::All(most) = group.missed
        && !(1..=MAX_LATE).contains(&most)
    {
        return Err(Failure::new(FailureKind::Schedule, format!("missed.all is {most}: from 1 to {MAX_LATE} slots may run late")));
    }
    Timetable::new(group).map(|_| ())
}

/// The first slot strictly after `after`; `None` when the schedule has no more.
///
/// # Errors
/// `Schedule` when the schedule cannot be read.
pub fn next_slot(group: &Group, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Failure> {
    Ok(Timetable::new(group)?.next(after))
}

/// The last slot strictly before `at`; `None` when there is none within the last 50 years.
///
/// # Errors
/// `Schedule` when the schedule cannot be read.
pub fn previous_slot(group: &Group, at: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Failure> {
    Ok(Timetable::new(group)?.previous(at))
}

/// The next `count` slots strictly after `after`, for people.
///
/// # Errors
/// `Schedule` when the schedule cannot be read.
pub fn upcoming(group: &Group, after: DateTime<Utc>, count: usize) -> Result<Vec<Upcoming>, Failure> {
    let timetable = Timetable::new(group)?;
    let mut slots = Vec::new();
    let mut last = after;
    while slots.len() < count {
        let Some(hit) = timetable.hit(last) else { break };
        last = hit.at;
        slots.push(Upcoming {
            at: hit.at,
            local: hit.at.with_timezone(&group.time_zone).format("%Y-%m-%d %H:%M:%S %Z").to_string(),
            note: timetable.note(&hit),
        });
    }
    Ok(slots)
}

/// The schedule in words: `At 02:30, on Monday. Time zone Europe/Berlin.` or `Every 5 minutes.`
///
/// # Errors
/// `Schedule` when the schedule cannot be read.
pub fn describe(group: &Group) -> Result<String, Failure> {
    Ok(match Timetable::new(group)?.rule {
        Rule::Every(seconds) => format!("Every {}.", length_in_words(seconds)),
        Rule::Cron { cron, zone, .. } => {
            let words = cron.describe();
            let words = words.strip_prefix("At every ").map_or_else(|| words.clone(), |rest| format!("Every {rest}"));
            format!("{words} Time zone {}.", zone.name())
        }
    })
}

fn length_in_words(seconds: i64) -> String {
    let (count, unit) = match seconds {
        s if s % 86_400 == 0 => (s / 86_400, "day"),
        s if s % 3_600 == 0 => (s / 3_600, "hour"),
        s if s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    if count == 1 { unit.to_owned() } else { format!("{count} {unit}s") }
}

/// A schedule that has been read: asks for slots without reading the line again.
#[derive(Clone, Debug)]
pub(crate) struct Timetable {
    rule: Rule,
}

#[derive(Clone, Debug)]
enum Rule {
    Every(i64),
    Cron { cron: Box<Cron>, zone: Tz, fixed: bool },
}

/// One slot and the wall-clock time that the line named for it.
#[derive(Clone, Copy, Debug)]
struct Hit {
    at: DateTime<Utc>,
    /// `None` for `every`, which knows no wall clock.
    wall: Option<NaiveDateTime>,
}

impl Timetable {
    pub(crate) fn new(group: &Group) -> Result<Self, Failure> {
        match &group.schedule {
            Schedule::EveryS(seconds) if (1..=MAX_EVERY_S).contains(seconds) => Ok(Self { rule: Rule::Every(i64::from(*seconds)) }),
            Schedule::EveryS(seconds) => {
                Err(Failure::new(FailureKind::Schedule, format!("every {seconds} s: the length is from 1 to {MAX_EVERY_S} seconds")))
            }
            Schedule::Cron(line) => {
                read_line(line).map(|(cron, fixed)| Self { rule: Rule::Cron { cron: Box::new(cron), zone: group.time_zone, fixed } })
            }
        }
    }

    /// The first slot strictly after `after`.
    pub(crate) fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.hit(after).map(|hit| hit.at)
    }

    /// The last slot strictly before `at`.
    ///
    /// For a cron line this is found by asking forward only: `next(s) < at` holds exactly for the `s` before that slot, so the slot is
    /// found by halving. One set of clock-change rules then serves both directions.
    pub(crate) fn previous(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if let Rule::Every(length) = self.rule {
            let last_second = if at.timestamp_subsec_nanos() == 0 { at.timestamp() - 1 } else { at.timestamp() };
            return DateTime::from_timestamp(last_second.div_euclid(length) * length, 0);
        }
        let slot_before_at = |back: i64| {
            let from = at.checked_sub_signed(TimeDelta::try_seconds(back)?)?;
            self.next(from).filter(|slot| *slot < at)
        };
        let mut too_near = 0;
        let mut back = 1;
        let mut slot = loop {
            if let Some(slot) = slot_before_at(back) {
                break slot;
            }
            if back > FURTHEST_BACK_S {
                return None;
            }
            too_near = back;
            back *= 2;
        };
        while back - too_near > 1 {
            let middle = too_near + (back - too_near) / 2;
            match slot_before_at(middle) {
                Some(later) => {
                    slot = later;
                    back = middle;
                }
                None => too_near = middle,
            }
        }
        Some(slot)
    }

    /// How many slots lie in `[first, until]`, where `first` is one, and which is the last. `None` when counting is not arithmetic.
    pub(crate) fn count(&self, first: DateTime<Utc>, until: DateTime<Utc>) -> Option<(u64, DateTime<Utc>)> {
        let Rule::Every(length) = self.rule else { return None };
        let second = self.next(first)?;
        if second > until {
            return Some((1, first));
        }
        let more = (until.timestamp() - second.timestamp()).div_euclid(length);
        let last = DateTime::from_timestamp(second.timestamp() + more * length, 0)?;
        Some((u64::try_from(more).unwrap_or(0) + 2, last))
    }

    fn hit(&self, after: DateTime<Utc>) -> Option<Hit> {
        match &self.rule {
            Rule::Every(length) => {
                let at = DateTime::from_timestamp((after.timestamp().div_euclid(*length) + 1) * length, 0)?;
                Some(Hit { at, wall: None })
            }
            Rule::Cron { cron, zone, fixed: true } => fixed_hit(cron, *zone, after),
            Rule::Cron { cron, zone, fixed: false } => interval_hit(cron, *zone, after),
        }
    }

    fn note(&self, hit: &Hit) -> Option<String> {
        let Rule::Cron { zone, fixed, .. } = &self.rule else { return None };
        let wall = hit.wall?;
        let local = hit.at.with_timezone(zone).naive_local();
        if wall != local {
            return Some(format!("a clock change skips {}: this slot is the first instant after it", wall.format("%Y-%m-%d %H:%M:%S")));
        }
        let (earlier, _) = ambiguous(*zone, wall)?;
        let time = wall.format("%H:%M:%S");
        Some(match (fixed, hit.at == earlier) {
            (true, _) => format!("a clock change repeats {time}: this slot is the first of the two, the second has none"),
            (false, true) => format!("a clock change repeats {time}: this slot is the first of the two"),
            (false, false) => format!("a clock change repeats {time}: this slot is the second of the two"),
        })
    }
}

/// The names of the fields of a line with seconds.
const FIELDS: [&str; 6] = ["second", "minute", "hour", "day of month", "month", "day of week"];

fn parse(line: &str) -> Result<Cron, CronError> {
    CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build().parse(line)
}

fn read_line(line: &str) -> Result<(Cron, bool), Failure> {
    let wrong = |what: String| Failure::new(FailureKind::Schedule, format!("cron line `{line}`: {what}"));
    let fields: Vec<&str> = line.split_whitespace().collect();
    if fields.first().is_some_and(|first| first.starts_with('@')) {
        return Err(wrong("a line has 5 or 6 fields; `@` names are not read (`@daily` is `0 0 * * *`)".to_owned()));
    }
    let names = match fields.len() {
        5 => &FIELDS[1..],
        6 => &FIELDS[..],
        count => return Err(wrong(format!("a line has 5 fields, or 6 with seconds first; this has {count}"))),
    };
    let cron = match parse(line) {
        Ok(cron) => cron,
        Err(error) => return Err(wrong(name_field(&fields, names).unwrap_or_else(|| plain(&error)))),
    };
    let times = &fields[..fields.len() - 3];
    let fixed = times.iter().all(|field| field.chars().all(|c| c.is_ascii_digit() || c == ','));
    // The calendar repeats after 400 years, so a line without a date until the year 5000, where croner gives up, has none at all.
    if cron.find_next_occurrence(&DateTime::UNIX_EPOCH.naive_utc(), true).is_err() {
        return Err(wrong("no date matches it, it would never fire".to_owned()));
    }
    Ok((cron, fixed))
}

/// Finds the field that cannot be read by trying each alone.
fn name_field(fields: &[&str], names: &[&str]) -> Option<String> {
    fields.iter().zip(names).enumerate().find_map(|(at, (field, name))| {
        let mut alone = vec!["*"; fields.len()];
        alone[at] = field;
        parse(&alone.join(" ")).err().map(|error| format!("the {name} field `{field}` cannot be read: {}", plain(&error)))
    })
}

fn plain(error: &CronError) -> String {
    let text = match error {
        CronError::InvalidPattern(text) | CronError::IllegalCharacters(text) | CronError::ComponentError(text) => text.clone(),
        other => other.to_string(),
    };
    let text = text.trim_end_matches('.').replace("CronPattern contains", "it contains");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The first wall-clock time after `wall` (or at it, when `inclusive`) that the line names.
fn next_wall(cron: &Cron, wall: NaiveDateTime, inclusive: bool) -> Option<NaiveDateTime> {
    cron.find_next_occurrence(&wall, inclusive).ok()
}

fn ambiguous(zone: Tz, wall: NaiveDateTime) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    match zone.from_local_datetime(&wall) {
        chrono::LocalResult::Ambiguous(a, b) => Some((a.min(b).to_utc(), a.max(b).to_utc())),
        _ => None,
    }
}

/// Wall-clock times map to instants in order, so the slots after `after` come from the wall-clock times after its own.
fn fixed_hit(cron: &Cron, zone: Tz, after: DateTime<Utc>) -> Option<Hit> {
    let mut wall = after.with_timezone(&zone).naive_local();
    loop {
        wall = next_wall(cron, wall, false)?;
        let at = match zone.from_local_datetime(&wall) {
            chrono::LocalResult::Single(at) => at.to_utc(),
            chrono::LocalResult::Ambiguous(a, b) => a.min(b).to_utc(),
            chrono::LocalResult::None => GapInfo::new(&wall, &zone)?.end?.to_utc(),
        };
        if at > after {
            return Some(Hit { at, wall: Some(wall) });
        }
    }
}

fn interval_hit(cron: &Cron, zone: Tz, after: DateTime<Utc>) -> Option<Hit> {
    let wall = after.with_timezone(&zone).naive_local();
    let ahead = first_match(cron, zone, wall, false, after);
    // In the first copy of a repeated stretch the wall clock is about to go back: what it repeats comes before what lies ahead of it.
    let Some((_, later)) = ambiguous(zone, wall).filter(|(_, later)| after < *later) else { return ahead };
    let change = offset_change(zone, after, later);
    if let Some(hit) = ahead.filter(|hit| hit.at < change) {
        return Some(hit);
    }
    let repeated = change.with_timezone(&zone).naive_local();
    first_match(cron, zone, repeated, true, change - TimeDelta::nanoseconds(1))
}

/// The first instant after `after` whose wall-clock time is named by the line and not before `wall`.
fn first_match(cron: &Cron, zone: Tz, wall: NaiveDateTime, inclusive: bool, after: DateTime<Utc>) -> Option<Hit> {
    let mut wall = next_wall(cron, wall, inclusive)?;
    loop {
        let at = match zone.from_local_datetime(&wall) {
            chrono::LocalResult::Single(at) => Some(at.to_utc()),
            chrono::LocalResult::Ambiguous(a, b) => [a.min(b).to_utc(), a.max(b).to_utc()].into_iter().find(|at| *at > after),
            chrono::LocalResult::None => None,
        };
        if let Some(at) = at.filter(|at| *at > after) {
            return Some(Hit { at, wall: Some(wall) });
        }
        wall = next_wall(cron, wall, false)?;
    }
}

/// The instant at which the zone's offset changes between `before` and `after`, which have different offsets.
fn offset_change(zone: Tz, before: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
    let offset = |seconds: i64| {
        let at = DateTime::from_timestamp(seconds, 0).unwrap_or(before);
        zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
    };
    let (mut low, mut high) = (before.timestamp(), after.timestamp());
    let old = offset(low);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if offset(middle) == old {
            low = middle;
        } else {
            high = middle;
        }
    }
    DateTime::from_timestamp(high, 0).unwrap_or(after)
}

#[cfg(test)]
mod tests;
