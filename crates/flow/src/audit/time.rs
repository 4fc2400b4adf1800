//! A cursor that is the time of its row's point, so that the rows of a stretch of time lie together.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use model::{Column, ColumnType, CursorValue, Mapping, TimeColumn, TimeFormat};

/// A local time is at most so far from where its instant would be: no clock is set further.
const CLOCK_CHANGE: TimeDelta = TimeDelta::hours(3);

/// How the values of a cursor are the times of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeCursor {
    /// An instant, in microseconds.
    Instant,
    /// A date or time without a zone, which is this one's.
    Local(Tz),
    /// A whole number of such units since 1970, so many of them in a second.
    Unix(i64),
}

impl TimeCursor {
    /// `None` when the cursor is not the time of points, or in a way that only the mapping can read.
    pub(crate) fn of(cursor: &str, kind: ColumnType, mapping: &Mapping) -> Option<Self> {
        let time = mapping.time.as_ref().filter(|time| time.column == cursor && time.pattern.is_none())?;
        let TimeColumn { format, zone, .. } = time;
        match (kind, format) {
            (ColumnType::Instant, TimeFormat::Native) => Some(Self::Instant),
            (ColumnType::Timestamp | ColumnType::Date, TimeFormat::Native) => Some(Self::Local(zone.unwrap_or(Tz::UTC))),
            (ColumnType::Integer | ColumnType::Unsigned, TimeFormat::UnixS) => Some(Self::Unix(1)),
            (ColumnType::Integer | ColumnType::Unsigned, TimeFormat::UnixMs) => Some(Self::Unix(1_000)),
            (ColumnType::Integer | ColumnType::Unsigned, TimeFormat::UnixUs) => Some(Self::Unix(1_000_000)),
            (ColumnType::Integer | ColumnType::Unsigned, TimeFormat::UnixNs) => Some(Self::Unix(1_000_000_000)),
            _ => None,
        }
    }

    /// The instant behind the point of this value, and before or at that of any higher one.
    pub(crate) fn behind(self, value: &CursorValue) -> Option<DateTime<Utc>> {
        let count = value.count()?;
        match self {
            Self::Instant => DateTime::from_timestamp_micros(count.checked_add(1)?),
            Self::Local(zone) => {
                let micros = if value.kind == ColumnType::Date { count.checked_mul(86_400_000_000)? } else { count };
                let local = DateTime::from_timestamp_micros(micros.checked_add(1)?)?.naive_utc();
                // A time that clocks jump over is read as none, or as one that lies behind the jump.
                let instant = |local: NaiveDateTime| zone.from_local_datetime(&local).latest();
                instant(local).or_else(|| instant(local + CLOCK_CHANGE)).map(|at| at.to_utc())
            }
            Self::Unix(per_second) => nanos(i128::from(count) + 1, per_second),
        }
    }

    /// Values between which all rows lie whose points are in `[from, to)`; there may be others too.
    pub(crate) fn between(self, column: &Column, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<(CursorValue, CursorValue)> {
        let (low, high) = match self {
            Self::Instant => (from.timestamp_micros(), to.timestamp_micros() + 1),
            Self::Local(zone) => {
                let local = |at: DateTime<Utc>| zone.from_utc_datetime(&at.naive_utc()).naive_local().and_utc();
                let (low, high) = (local(from) - CLOCK_CHANGE, local(to) + CLOCK_CHANGE);
                match column.kind {
                    ColumnType::Date => (low.timestamp().div_euclid(86_400), high.timestamp().div_euclid(86_400) + 1),
                    _ => (low.timestamp_micros(), high.timestamp_micros()),
                }
            }
            Self::Unix(per_second) => (units(from, per_second)?, units(to, per_second)?.checked_add(1)?),
        };
        let low = if column.kind == ColumnType::Unsigned { low.max(0) } else { low };
        Some((CursorValue::at(column, low)?, CursorValue::at(column, high)?))
    }
}

fn nanos(count: i128, per_second: i64) -> Option<DateTime<Utc>> {
    let nanos = count.checked_mul(1_000_000_000)? / i128::from(per_second);
    let (seconds, rest) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, u32::try_from(rest).ok()?)
}

fn units(at: DateTime<Utc>, per_second: i64) -> Option<i64> {
    let whole = i128::from(at.timestamp()) * i128::from(per_second);
    let rest = i128::from(at.timestamp_subsec_nanos()) * i128::from(per_second) / 1_000_000_000;
    i64::try_from(whole + rest).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: ColumnType) -> Column {
        Column { name: "c".to_owned(), kind, native: kind.as_str().to_owned() }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn cursor(kind: ColumnType, format: TimeFormat, zone: Option<Tz>) -> Option<TimeCursor> {
        let time = TimeColumn { format, zone, ..TimeColumn::new("c") };
        TimeCursor::of("c", kind, &Mapping { time: Some(time), ..Mapping::new("m") })
    }

    #[test]
    fn rows_of_a_stretch_of_time_lie_between_two_values() {
        let (from, to) = (at("2026-10-25T00:30:00Z"), at("2026-10-25T02:00:00.5Z"));
        for (kind, format, expected) in [
            (ColumnType::Instant, TimeFormat::Native, ("2026-10-25 00:30:00.000000Z", "2026-10-25 02:00:00.500001Z")),
            // Half past two comes twice that night, and is half past two once among the values.
            (ColumnType::Timestamp, TimeFormat::Native, ("2026-10-24 23:30:00.000000", "2026-10-25 06:00:00.500000")),
            (ColumnType::Date, TimeFormat::Native, ("2026-10-24", "2026-10-26")),
            (ColumnType::Integer, TimeFormat::UnixS, ("1792888200", "1792893601")),
            (ColumnType::Unsigned, TimeFormat::UnixMs, ("1792888200000", "1792893600501")),
        ] {
            let cursor = cursor(kind, format, Some(Tz::Europe__Berlin)).unwrap();
            let (low, high) = cursor.between(&column(kind), from, to).unwrap();
            assert_eq!((low.text.as_str(), high.text.as_str()), expected, "{kind:?}");
        }
    }

    #[test]
    fn behind_a_value_is_the_end_of_what_was_delivered() {
        for (kind, format, text, expected) in [
            (ColumnType::Instant, TimeFormat::Native, "2026-10-25 00:30:00.000000Z", "2026-10-25T00:30:00.000001Z"),
            (ColumnType::Timestamp, TimeFormat::Native, "2026-10-25 02:30:00.000000", "2026-10-25T01:30:00.000001Z"),
            (ColumnType::Timestamp, TimeFormat::Native, "2026-03-29 02:30:00.000000", "2026-03-29T03:30:00.000001Z"),
            (ColumnType::Date, TimeFormat::Native, "2026-11-21", "2026-11-20T23:00:00.000001Z"),
            (ColumnType::Integer, TimeFormat::UnixMs, "-1", "1970-01-01T00:00:00Z"),
        ] {
            let cursor = cursor(kind, format, Some(Tz::Europe__Berlin)).unwrap();
            assert_eq!(cursor.behind(&CursorValue::new(&column(kind), text)), Some(at(expected)), "{text}");
        }
    }

    #[test]
    fn what_only_the_mapping_can_read_is_no_time_to_reckon_with() {
        assert_eq!(cursor(ColumnType::Text, TimeFormat::Native, None), None);
        assert_eq!(cursor(ColumnType::Integer, TimeFormat::Native, None), None);
        assert_eq!(TimeCursor::of("other", ColumnType::Instant, &Mapping { time: Some(TimeColumn::new("c")), ..Mapping::new("m") }), None);
    }
}
