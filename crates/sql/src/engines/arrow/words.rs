//! Times of day, durations and intervals in the words that PostgreSQL has for them.

/// A length or time of day as `[-]HH:MM:SS[.ffffff]`; `number` counts units of which a second has ten to the power of `digits`.
pub(super) fn clock(number: i128, digits: u32) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let number = number.unsigned_abs();
    let unit = 10_u128.pow(digits);
    let (seconds, rest) = (number / unit, number % unit);
    let mut text = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest > 0 {
        let width = usize::try_from(digits).unwrap_or_default();
        text.push_str(format!(".{rest:0width$}").trim_end_matches('0'));
    }
    text
}

/// `1 year 2 mons -3 days +04:05:06.7`: a part has a sign when it is negative, and when the one before it was.
pub(super) fn interval(months: i32, days: i32, nanos: i64) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut behind_negative = false;
    for (number, name) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if number != 0 {
            let sign = if behind_negative && number > 0 { "+" } else { "" };
            let plural = if number == 1 { "" } else { "s" };
            parts.push(format!("{sign}{number} {name}{plural}"));
            behind_negative = number < 0;
        }
    }
    // As everywhere, what is finer than a microsecond is cut.
    let micros = nanos / 1000;
    if micros != 0 || parts.is_empty() {
        let sign = if behind_negative && micros > 0 { "+" } else { "" };
        parts.push(format!("{sign}{}", clock(micros.into(), 6)));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_times_of_day_are_written_as_clocks_are() {
        for (number, digits, text) in [
            (0, 0, "00:00:00"),
            (86_399_250, 3, "23:59:59.25"),
            (86_400, 0, "24:00:00"),
            (43_200_000_001, 6, "12:00:00.000001"),
            (-3_020_399, 0, "-838:59:59"),
            (-1, 9, "-00:00:00.000000001"),
        ] {
            assert_eq!(clock(number, digits), text);
        }
    }

    #[test]
    fn intervals_are_written_as_postgresql_writes_them() {
        for (months, days, nanos, text) in [
            (14, 3, 14_706_700_000_000, "1 year 2 mons 3 days 04:05:06.7"),
            (14, -3, 0, "1 year 2 mons -3 days"),
            (1, -1, 1_000, "1 mon -1 days +00:00:00.000001"),
            (-12, 2, -10_800_000_000_000, "-1 years +2 days -03:00:00"),
            (0, 0, 0, "00:00:00"),
            (0, 0, -1_000_000_000, "-00:00:01"),
        ] {
            assert_eq!(interval(months, days, nanos), text);
        }
    }
}
