//! Times that are written as a pattern says.

use chrono::{
    DateTime, NaiveTime,
    format::{Item, Parsed, StrftimeItems, parse},
};

use super::{
    moment::{Zone, stored},
    refusal::{Refusal, excerpt},
};

/// A pattern in the letters of strftime that tells a whole date.
#[derive(Clone, Debug)]
pub(super) struct TimeText {
    items: Vec<Item<'static>>,
}

impl TimeText {
    /// # Errors
    /// What is wrong with the pattern, to be continued from its text.
    pub(super) fn new(pattern: &str) -> Result<Self, &'static str> {
        let items = StrftimeItems::new(pattern)
            .parse_to_owned()
            .map_err(|_| "has a letter that is none of strftime's; use %Y %m %d %H %M %S %f %z and the like")?;
        let read = Self { items };
        // Whether it tells a date is seen by writing a time with it and reading that back.
        let sample = DateTime::parse_from_rfc3339("2026-11-21T14:05:09.123456789+01:00").expect("a time of RFC 3339");
        let text = sample.format_with_items(read.items.iter()).to_string();
        let day = DateTime::parse_from_rfc3339("2026-11-21T00:00:00Z").expect("a time of RFC 3339").timestamp_nanos_opt();
        let is_that_day =
            read.read(text.as_bytes(), None).is_ok_and(|nanoseconds| Some(nanoseconds - nanoseconds.rem_euclid(DAY_NS)) == day);
        if is_that_day { Ok(read) } else { Err("does not tell a whole date and a whole time of day; it needs year, month and day") }
    }

    /// The nanoseconds of a text. One without an offset is of `zone`, UTC when there is none. What is finer than a nanosecond is cut.
    pub(super) fn read(&self, text: &[u8], zone: Option<&mut Zone>) -> Result<i64, Refusal> {
        let not_a_time = || Refusal::NotATime(excerpt(text));
        let parsed = std::str::from_utf8(text).ok().and_then(|text| {
            let mut parsed = Parsed::new();
            parse(&mut parsed, text, self.items.iter()).ok().map(|()| parsed)
        });
        let parsed = parsed.ok_or_else(not_a_time)?;
        if let Some(seconds) = parsed.timestamp() {
            let nanoseconds = i128::from(seconds) * 1_000_000_000 + i128::from(parsed.nanosecond().unwrap_or_default());
            return stored(i64::try_from(nanoseconds).ok());
        }
        let date = parsed.to_naive_date().map_err(|_| not_a_time())?;
        let has_time = parsed.hour_mod_12().is_some() || parsed.hour_div_12().is_some() || parsed.minute().is_some();
        let time = if has_time { parsed.to_naive_time().map_err(|_| not_a_time())? } else { NaiveTime::MIN };
        let local = date.and_time(time).and_utc();
        let (local_us, below_us) = (local.timestamp_micros(), local.timestamp_subsec_nanos() % 1000);
        let instant_us = match (parsed.offset(), zone) {
            (Some(offset), _) => local_us - i64::from(offset) * 1_000_000,
            (None, Some(zone)) => zone.instant(local_us)?,
            (None, None) => local_us,
        };
        stored(i64::try_from(i128::from(instant_us) * 1000 + i128::from(below_us)).ok())
    }
}

const DAY_NS: i64 = 86_400_000_000_000;

#[cfg(test)]
mod tests {
    use model::mapping::{RepeatedTime, SkippedTime};

    use super::*;
    use crate::line::moment::parse_iso;

    #[test]
    fn a_pattern_reads_what_it_says() {
        for (pattern, text, expected) in [
            ("%d.%m.%Y %H:%M:%S", "21.11.2026 14:05:09", "2026-11-21T14:05:09Z"),
            ("%d.%m.%Y", "21.11.2026", "2026-11-21T00:00:00Z"),
            ("%Y%m%d%H%M%S", "20261121140509", "2026-11-21T14:05:09Z"),
            ("%Y%m%d", "20261121", "2026-11-21T00:00:00Z"),
            ("%m/%d/%y %I:%M %p", "11/21/26 02:05 PM", "2026-11-21T14:05:00Z"),
            ("%d %b %Y %H:%M:%S%.f", "21 Nov 2026 14:05:09.000000001", "2026-11-21T14:05:09.000000001Z"),
            ("%a, %d %b %Y %H:%M:%S %z", "Sat, 21 Nov 2026 14:05:09 +0100", "2026-11-21T13:05:09Z"),
            ("%Y-%j", "2026-325", "2026-11-21T00:00:00Z"),
            ("%G-W%V-%u", "2026-W47-6", "2026-11-21T00:00:00Z"),
            ("%s", "1795269909", "2026-11-21T14:05:09Z"),
            ("%+", "2026-11-21T14:05:09.25+01:00", "2026-11-21T13:05:09.25Z"),
            ("%Y-%m-%d %H:%M:%S,%3f", "2026-11-21 14:05:09,250", "2026-11-21T14:05:09.25Z"),
        ] {
            let read = TimeText::new(pattern).unwrap().read(text.as_bytes(), None);
            assert_eq!(read, parse_iso(expected.as_bytes(), None), "{pattern} {text}");
        }
        let german = TimeText::new("%d.%m.%Y %H:%M").unwrap();
        for text in
            ["", "21.11.2026", "31.02.2026 10:00", "21.11.2026 24:00", "21.11.2026 10:00 ", "11/21/2026 10:00", "21.11.2026 10:00:00"]
        {
            assert_eq!(german.read(text.as_bytes(), None), Err(Refusal::NotATime(text.to_owned())), "{text}");
        }
        assert_eq!(german.read(b"01.01.3000 00:00", None), Err(Refusal::TimeOutOfRange));
    }

    #[test]
    fn a_pattern_that_tells_no_date_is_refused() {
        for pattern in ["", "%H:%M", "%d.%m.", "%Y", "%Y-%m", "%Q", "%Y-%m-%d %I:%M", "date"] {
            assert!(TimeText::new(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_text_without_an_offset_is_of_the_zone() {
        let mut berlin = Zone::new(chrono_tz::Europe::Berlin, RepeatedTime::Later, SkippedTime::Shift);
        let pattern = TimeText::new("%d.%m.%Y %H:%M:%S%.f").unwrap();
        let mut at = |text: &str| pattern.read(text.as_bytes(), Some(&mut berlin)).unwrap();
        let utc = |text: &str| parse_iso(text.as_bytes(), None).unwrap();
        assert_eq!(at("21.11.2026 14:05:09.000000001"), utc("2026-11-21T13:05:09.000000001Z"));
        assert_eq!(at("25.10.2026 02:30:00"), utc("2026-10-25T01:30:00Z"));
        assert_eq!(at("29.03.2026 02:30:00"), utc("2026-03-29T01:30:00Z"));
    }
}
