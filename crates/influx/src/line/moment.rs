//! Points in time: from what columns hold to nanoseconds, and to text.

use std::{io::Write, ops::RangeInclusive};

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use model::mapping::{RepeatedTime, SkippedTime};

use super::{
    buffer::{Line, NoRoom},
    number::{ZEROS, eight_digits, put_integer},
    refusal::{Refusal, excerpt},
};

const SECOND_US: i64 = 1_000_000;
const HOUR_US: i64 = 3_600 * SECOND_US;
const DAY_US: i64 = 24 * HOUR_US;

/// The times that InfluxDB stores, in nanoseconds since 1970 (1.6.7: `time outside range -9223372036854775806 - 9223372036854775806`).
const STORED: RangeInclusive<i64> = i64::MIN + 2..=i64::MAX - 1;

/// These nanoseconds, if InfluxDB stores them.
#[inline(always)]
pub(super) fn stored(nanoseconds: Option<i64>) -> Result<i64, Refusal> {
    match nanoseconds {
        Some(nanoseconds) if STORED.contains(&nanoseconds) => Ok(nanoseconds),
        _ => Err(Refusal::TimeOutOfRange),
    }
}

/// The start of a day, in microseconds since 1970 of the day's own zone.
pub(super) fn midnight(day: i32) -> Option<i64> {
    i64::from(day).checked_mul(DAY_US)
}

/// A zone that turns local times into instants. It remembers the last hour it was asked about: rows that follow one another are close.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    zone: Tz,
    repeated: RepeatedTime,
    skipped: SkippedTime,
    hour: i64,
    offset_us: i64,
}

impl Zone {
    pub(super) fn new(zone: Tz, repeated: RepeatedTime, skipped: SkippedTime) -> Self {
        Self { zone, repeated, skipped, hour: i64::MIN, offset_us: 0 }
    }

    /// The instant of a local time, both in microseconds since 1970. What the clocks show twice or never is as the two rules say.
    pub(super) fn instant(&mut self, local_us: i64) -> Result<i64, Refusal> {
        let hour = local_us.div_euclid(HOUR_US);
        if hour == self.hour {
            return local_us.checked_sub(self.offset_us).ok_or(Refusal::TimeOutOfRange);
        }
        let start = hour.checked_mul(HOUR_US).ok_or(Refusal::TimeOutOfRange)?;
        if let Some(first) = self.only_offset(start)
            && start.checked_add(HOUR_US - 1).and_then(|end| self.only_offset(end)) == Some(first)
        {
            self.hour = hour;
            self.offset_us = first;
            return local_us.checked_sub(first).ok_or(Refusal::TimeOutOfRange);
        }
        let local = local_time(local_us).ok_or(Refusal::TimeOutOfRange)?;
        let offset_us = match self.zone.offset_from_local_datetime(&local) {
            LocalResult::Single(offset) => offset_us(&offset),
            LocalResult::Ambiguous(one, other) => match self.repeated {
                RepeatedTime::Earlier => offset_us(&one).max(offset_us(&other)),
                RepeatedTime::Later => offset_us(&one).min(offset_us(&other)),
                RepeatedTime::Reject => {
                    return Err(Refusal::RepeatedLocalTime { local: local.to_string(), zone: self.zone.name().to_owned() });
                }
            },
            LocalResult::None => match self.skipped {
                SkippedTime::Shift => self.offset_before(local_us).ok_or(Refusal::TimeOutOfRange)?,
                SkippedTime::Reject => {
                    return Err(Refusal::SkippedLocalTime { local: local.to_string(), zone: self.zone.name().to_owned() });
                }
            },
        };
        local_us.checked_sub(offset_us).ok_or(Refusal::TimeOutOfRange)
    }

    /// The offset that was in force before the clocks skipped a local time. They never skip much more than a day.
    fn offset_before(&self, local_us: i64) -> Option<i64> {
        (1..=200).find_map(|quarters| match self.zone.offset_from_local_datetime(&local_time(local_us - quarters * HOUR_US / 4)?) {
            LocalResult::Single(offset) => Some(offset_us(&offset)),
            LocalResult::Ambiguous(one, other) => Some(offset_us(&one).min(offset_us(&other))),
            LocalResult::None => None,
        })
    }

    /// The offset of a local time that happens exactly once.
    fn only_offset(&self, local_us: i64) -> Option<i64> {
        match self.zone.offset_from_local_datetime(&local_time(local_us)?) {
            LocalResult::Single(offset) => Some(offset_us(&offset)),
            _ => None,
        }
    }
}

fn local_time(local_us: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(local_us).map(|instant| instant.naive_utc())
}

fn offset_us(offset: &impl Offset) -> i64 {
    i64::from(offset.fix().local_minus_utc()) * SECOND_US
}

/// The nanoseconds of an ISO 8601 text: `2026-11-21`, `2026-11-21 14:05`, `2026-11-21T14:05:00.25+01:00`. A text without an offset is of
/// `zone`, UTC when there is none. What is finer than a nanosecond is cut.
pub(super) fn parse_iso(text: &[u8], zone: Option<&mut Zone>) -> Result<i64, Refusal> {
    let Some(read) = Reading::new(text) else { return Err(Refusal::NotATime(excerpt(text))) };
    let local_us = read.days.checked_mul(DAY_US).and_then(|us| us.checked_add(read.second * SECOND_US)).ok_or(Refusal::TimeOutOfRange)?;
    let instant_us = match (read.offset_seconds, zone) {
        (Some(offset), _) => local_us - offset * SECOND_US,
        (None, Some(zone)) => zone.instant(local_us)?,
        (None, None) => local_us,
    };
    stored(i64::try_from(i128::from(instant_us) * 1000 + i128::from(read.nanosecond)).ok())
}

/// What an ISO 8601 text says.
struct Reading {
    days: i64,
    second: i64,
    nanosecond: i64,
    offset_seconds: Option<i64>,
}

impl Reading {
    fn new(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_first_chunk::<10>()?;
        if date[4] != b'-' || date[7] != b'-' {
            return None;
        }
        let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
        if !(1..=12).contains(&month) || !(1..=days_of_month(year, month)).contains(&day) {
            return None;
        }
        let mut reading = Self { days: days_from_civil(year, month, day), second: 0, nanosecond: 0, offset_seconds: None };
        let Some((b'T' | b't' | b' ', time)) = rest.split_first() else { return rest.is_empty().then_some(reading) };
        let (hour_minute, mut rest) = time.split_first_chunk::<5>()?;
        let (hour, minute) = (number(&hour_minute[..2])?, number(&hour_minute[3..])?);
        if hour_minute[2] != b':' || hour > 23 || minute > 59 {
            return None;
        }
        reading.second = hour * 3600 + minute * 60;
        if let [b':', tens, units, after @ ..] = rest {
            let second = number(&[*tens, *units])?;
            if second > 59 {
                return None;
            }
            reading.second += second;
            rest = after;
            if let [b'.' | b',', digits @ ..] = rest {
                let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
                if len == 0 {
                    return None;
                }
                let nine = (0..9).map(|at| if at < len { i64::from(digits[at] - b'0') } else { 0 });
                reading.nanosecond = nine.fold(0, |value, digit| value * 10 + digit);
                rest = &digits[len..];
            }
        }
        reading.offset_seconds = offset(rest)?;
        Some(reading)
    }
}

/// The offset from UTC in seconds: nothing, `Z`, `+01`, `+01:00`, `+0100`, `+01:00:00`. `None` when it is none of these.
fn offset(text: &[u8]) -> Option<Option<i64>> {
    let (sign, digits) = match text {
        [] => return Some(None),
        [b'Z' | b'z'] | [b' ', b'Z' | b'z'] => return Some(Some(0)),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hour, minute, second) = match digits {
        [a, b] => (number(&[*a, *b])?, 0, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (number(&[*a, *b])?, number(&[*c, *d])?, 0),
        [a, b, b':', c, d, b':', e, f] => (number(&[*a, *b])?, number(&[*c, *d])?, number(&[*e, *f])?),
        _ => return None,
    };
    (hour < 24 && minute < 60 && second < 60).then_some(Some(sign * (hour * 3600 + minute * 60 + second)))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

const fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a day of the Gregorian calendar, which is followed back before its time. Years begin in March here, so that
/// the leap day is their last.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_of_year = (5 * day_of_year + 2) / 153;
    let month = (month_of_year + 2) % 12 + 1;
    let year = era * 400 + year_of_era + (month <= 2) as i64;
    (year, month, day_of_year - (153 * month_of_year + 2) / 5 + 1)
}

/// Puts a day as ISO 8601: `2026-11-21`; years before 0 and after 9999 with their sign.
pub(super) fn put_date(line: &mut Line<'_>, days: i64) -> Result<(), NoRoom> {
    let (year, month, day) = civil_from_days(days);
    let mut text = [0; 32];
    let mut rest = &mut text[..];
    let written = match year {
        0..=9999 => write!(rest, "{year:04}-{month:02}-{day:02}"),
        _ => write!(rest, "{year:+05}-{month:02}-{day:02}"),
    };
    written.expect("a year has at most six digits");
    let len = 32 - rest.len();
    line.put(&text[..len])
}

/// Puts microseconds since 1970 as ISO 8601 without zone, no zero at the end of a fraction: `2026-11-21T14:05:00.25`.
pub(super) fn put_date_time(line: &mut Line<'_>, microseconds: i64) -> Result<(), NoRoom> {
    put_date(line, microseconds.div_euclid(DAY_US))?;
    let of_day = microseconds.rem_euclid(DAY_US);
    let (seconds, fraction) = (of_day / SECOND_US, of_day % SECOND_US);
    let mut text = [0; 16];
    let mut rest = &mut text[..];
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let written = match fraction {
        0 => write!(rest, "T{hour:02}:{minute:02}:{second:02}"),
        _ => write!(rest, "T{hour:02}:{minute:02}:{second:02}.{fraction:06}"),
    };
    written.expect("the time of a day has at most sixteen bytes");
    let mut len = 16 - rest.len();
    while fraction != 0 && text[len - 1] == b'0' {
        len -= 1;
    }
    line.put(&text[..len])
}

/// The end of a line: a space, the time in nanoseconds, a line break. Kept from row to row, because many have the same time.
///
/// Kept as words: what was just written as words can be read as words without waiting.
#[derive(Debug)]
pub(super) struct LineEnd {
    nanoseconds: i64,
    /// A space and three digits, then twice eight.
    words: (u32, u64, u64),
}

impl LineEnd {
    /// From here to the last time there is, a time has 19 digits (2001-09-09T01:46:40Z).
    const NINETEEN_DIGITS: i64 = 1_000_000_000_000_000_000;

    pub(super) fn new() -> Self {
        Self { nanoseconds: Self::NINETEEN_DIGITS, words: Self::words(Self::NINETEEN_DIGITS) }
    }

    /// Puts the end of a line whose point has this time.
    #[inline(always)]
    pub(super) fn put(&mut self, line: &mut Line<'_>, nanoseconds: i64) -> Result<(), NoRoom> {
        if nanoseconds < Self::NINETEEN_DIGITS {
            return line.aside(|line| put_early(line, nanoseconds));
        }
        if nanoseconds != self.nanoseconds {
            self.nanoseconds = nanoseconds;
            self.words = Self::words(nanoseconds);
        }
        let (first, second, third) = self.words;
        line.put_block(&first.to_le_bytes(), 4)?;
        line.put_block(&second.to_le_bytes(), 8)?;
        line.put_block(&third.to_le_bytes(), 8)?;
        line.put_byte(b'\n')
    }

    #[inline(always)]
    const fn words(nanoseconds: i64) -> (u32, u64, u64) {
        const EIGHT: u64 = 100_000_000;
        let number = nanoseconds.unsigned_abs();
        let first = (eight_digits(number / EIGHT / EIGHT) | ZEROS) >> 32;
        let space = (first as u32 & !0xff) | b' ' as u32;
        (space, eight_digits(number / EIGHT % EIGHT) | ZEROS, eight_digits(number % EIGHT) | ZEROS)
    }
}

#[cold]
fn put_early(line: &mut Line<'_>, nanoseconds: i64) -> Result<(), NoRoom> {
    line.put_byte(b' ')?;
    put_integer(line, nanoseconds)?;
    line.put_byte(b'\n')
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, NaiveDate};
    use proptest::prelude::*;

    use super::*;
    use crate::line::buffer::written;

    #[test]
    fn iso_texts_are_read() {
        let utc = |text: &str| parse_iso(text.as_bytes(), None);
        for (text, expected) in [
            ("1970-01-01", 0),
            ("1970-01-01T00:00", 0),
            ("1970-01-01 00:00:01", 1_000_000_000),
            ("1970-01-01 00:00:01.5", 1_500_000_000),
            ("1970-01-01 00:00:01,000000001", 1_000_000_001),
            ("1970-01-01 00:00:01.0000000019", 1_000_000_001),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1970-01-01T01:00:00+01", 0),
            ("1970-01-01T01:00:00+0100", 0),
            ("1969-12-31T23:30:00-00:30", 0),
            ("1970-01-01T00:00:00z", 0),
            ("1970-01-01t00:00:00 Z", 0),
            ("1970-01-01T00:53:28+00:53:28", 0),
            ("2000-02-29T12:00:00Z", 951_825_600_000_000_000),
            ("1677-09-21T00:12:43.145224194Z", i64::MIN + 2),
            ("2262-04-11T23:47:16.854775806Z", i64::MAX - 1),
        ] {
            assert_eq!(utc(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "now",
            "2026-13-01",
            "2026-02-29",
            "2026-00-10",
            "2026-01-00",
            "1900-02-29",
            "2026-1-1",
            "20260101",
            "2026-01-01T",
            "2026-01-01T24:00",
            "2026-01-01T00:60",
            "2026-01-01T00:00:60",
            "2026-01-01T00:00:00.",
            "2026-01-01T00:00:00+",
            "2026-01-01T00:00:00+1",
            "2026-01-01X00:00",
            "2026-01-01T00:00:00 CET",
            "2026-01-01 00:00:00+24",
            "2026-01-01é",
        ] {
            assert_eq!(utc(text), Err(Refusal::NotATime(text.to_owned())), "{text}");
        }
        for text in ["1677-09-21T00:12:43.145224193Z", "2262-04-11T23:47:16.854775807Z", "9999-12-31", "0000-01-01"] {
            assert_eq!(utc(text), Err(Refusal::TimeOutOfRange), "{text}");
        }
    }

    #[test]
    fn a_local_time_that_happens_twice_is_the_earlier_and_one_that_is_skipped_is_refused() {
        let mut berlin = Zone::new(chrono_tz::Europe::Berlin, RepeatedTime::default(), SkippedTime::default());
        let mut at = |text: &str| parse_iso(text.as_bytes(), Some(&mut berlin));
        assert_eq!(at("2026-10-25 02:30:00"), parse_iso(b"2026-10-25T00:30:00Z", None));
        assert_eq!(at("2026-10-25 03:00:00"), parse_iso(b"2026-10-25T02:00:00Z", None));
        assert_eq!(at("2026-10-25 01:59:59"), parse_iso(b"2026-10-24T23:59:59Z", None));
        assert_eq!(at("2026-03-29 01:59:59.9"), parse_iso(b"2026-03-29T00:59:59.9Z", None));
        assert_eq!(
            at("2026-03-29 02:30:00"),
            Err(Refusal::SkippedLocalTime { local: "2026-03-29 02:30:00".to_owned(), zone: "Europe/Berlin".to_owned() })
        );
        assert_eq!(at("2026-03-29 03:00:00"), parse_iso(b"2026-03-29T01:00:00Z", None));
        assert_eq!(at("2026-03-29 03:00:00Z"), parse_iso(b"2026-03-29T03:00:00Z", None), "an offset in the text wins over the zone");
    }

    #[test]
    fn what_clocks_show_twice_or_never_is_as_the_rules_say() {
        let read = |zone: Tz, repeated, skipped, text: &str| parse_iso(text.as_bytes(), Some(&mut Zone::new(zone, repeated, skipped)));
        let utc = |text: &str| parse_iso(text.as_bytes(), None);
        let berlin = chrono_tz::Europe::Berlin;
        let (earlier, later, reject) = (RepeatedTime::Earlier, RepeatedTime::Later, SkippedTime::Reject);
        assert_eq!(read(berlin, later, reject, "2026-10-25 02:30:00"), utc("2026-10-25T01:30:00Z"));
        assert_eq!(read(berlin, later, reject, "2026-10-25 03:00:00"), utc("2026-10-25T02:00:00Z"));
        assert_eq!(
            read(berlin, RepeatedTime::Reject, reject, "2026-10-25 02:30:00"),
            Err(Refusal::RepeatedLocalTime { local: "2026-10-25 02:30:00".to_owned(), zone: "Europe/Berlin".to_owned() })
        );
        // A gap of an hour, of half an hour, of a whole day, and one that begins at midnight.
        for (zone, local, expected) in [
            (berlin, "2026-03-29 02:00:00", "2026-03-29T01:00:00Z"),
            (berlin, "2026-03-29 02:59:59.999999", "2026-03-29T01:59:59.999999Z"),
            (chrono_tz::Australia::Lord_Howe, "2026-10-04 02:15:00", "2026-10-03T15:45:00Z"),
            (chrono_tz::Pacific::Apia, "2011-12-30 12:00:00", "2011-12-30T22:00:00Z"),
            (chrono_tz::America::Havana, "2026-03-08", "2026-03-08T05:00:00Z"),
        ] {
            assert_eq!(read(zone, earlier, SkippedTime::Shift, local), utc(expected), "{zone} {local}");
            assert!(read(zone, earlier, reject, local).is_err(), "{zone} {local}");
        }
    }

    #[test]
    fn the_remembered_hour_gives_what_the_zone_gives() {
        use chrono_tz::Tz;
        // Half-hour and quarter-hour changes, offsets with seconds, days that never were.
        for zone in [
            Tz::Australia__Lord_Howe,
            Tz::Asia__Kathmandu,
            Tz::Africa__Monrovia,
            Tz::Pacific__Apia,
            Tz::America__New_York,
            Tz::Europe__Dublin,
        ] {
            let mut remembering = Zone::new(zone, RepeatedTime::default(), SkippedTime::default());
            for (from, to, step) in
                [("1850-01-01", "2030-01-01", 47_303), ("2026-01-01", "2027-01-01", 301), ("2011-12-28", "2012-01-02", 61)]
            {
                let day = |text: &str| parse_iso(text.as_bytes(), None).unwrap() / 1000;
                let mut local = day(from);
                while local < day(to) {
                    let expected = match zone.offset_from_local_datetime(&local_time(local).unwrap()) {
                        LocalResult::None => None,
                        LocalResult::Single(offset) => Some(local - offset_us(&offset)),
                        LocalResult::Ambiguous(one, other) => Some((local - offset_us(&one)).min(local - offset_us(&other))),
                    };
                    assert_eq!(remembering.instant(local).ok(), expected, "{zone} {local}");
                    local += step * SECOND_US;
                }
            }
        }
    }

    #[test]
    fn moments_are_written_in_iso_8601() {
        assert_eq!(written(|b| put_date(b, 0)).as_deref(), Ok("1970-01-01"));
        assert_eq!(written(|b| put_date(b, -719_528)).as_deref(), Ok("0000-01-01"));
        assert_eq!(written(|b| put_date(b, -719_529)).as_deref(), Ok("-0001-12-31"));
        assert_eq!(written(|b| put_date(b, i64::from(i32::MAX))).as_deref(), Ok("+5881580-07-11"));
        assert_eq!(written(|b| put_date(b, 2_932_897)).as_deref(), Ok("+10000-01-01"));
        assert_eq!(written(|b| put_date_time(b, 0)).as_deref(), Ok("1970-01-01T00:00:00"));
        assert_eq!(written(|b| put_date_time(b, -1)).as_deref(), Ok("1969-12-31T23:59:59.999999"));
        assert_eq!(written(|b| put_date_time(b, 1_500_000)).as_deref(), Ok("1970-01-01T00:00:01.5"));
        assert_eq!(written(|b| put_date_time(b, 10 * SECOND_US)).as_deref(), Ok("1970-01-01T00:00:10"));
        assert_eq!(written(|b| put_date_time(b, i64::MAX)).as_deref(), Ok("+294247-01-10T04:00:54.775807"));
        assert_eq!(written(|b| put_date_time(b, i64::MIN)).as_deref(), Ok("-290308-12-21T19:59:05.224192"));
    }

    proptest! {
        #[test]
        fn the_calendar_is_chronos(days in -719_000_i64..3_000_000) {
            let expected = NaiveDate::from_epoch_days(i32::try_from(days).unwrap()).unwrap();
            let (year, month, day) = civil_from_days(days);
            prop_assert_eq!((year, month, day), (i64::from(expected.year()), i64::from(expected.month()), i64::from(expected.day())));
            prop_assert_eq!(days_from_civil(year, month, day), days);
        }

        #[test]
        fn what_is_written_is_read_back(microseconds in -9_000_000_000_000_000_i64..9_000_000_000_000_000) {
            let text = written(|b| put_date_time(b, microseconds)).unwrap();
            prop_assert_eq!(parse_iso(text.as_bytes(), None), Ok(microseconds * 1000));
        }

        #[test]
        fn a_line_ends_with_its_time(times in proptest::collection::vec(prop_oneof![any::<i64>(), 999_999_999_999_999_999_i64..1_000_000_000_000_000_002], 1..20)) {
            let mut end = LineEnd::new();
            for time in times {
                let put = written(|line| end.put(line, time).and_then(|()| end.put(line, time)));
                prop_assert_eq!(put, Ok(format!(" {time}\n {time}\n")));
            }
        }
    }
}
