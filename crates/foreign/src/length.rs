//! Lengths of time as Go programs write them: `5s`, `1m30s`, `1.5h`.

/// The longest time limit of a request, in milliseconds.
pub(crate) const LONGEST_MS: u32 = 3_600_000;

/// A length in milliseconds, rounded up; `None` when it is none. `0` and `0s` are zero. Units are those of Go's `time.ParseDuration`, and
/// Telegraf's `d` for days.
pub(crate) fn millis(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    rest = rest.strip_prefix('+').unwrap_or(rest);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanos = 0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(rest.len());
        nanos += number
            * match &rest[..letters] {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3_600e9,
                "d" => 86_400e9,
                _ => return None,
            };
        rest = &rest[letters..];
    }
    // From f64 to u64 saturates.
    Some((nanos / 1e6).ceil() as u64)
}

/// A length as the time limit of a request, with what is to be said about it.
pub(crate) fn time_limit(millis: u64) -> (Option<u32>, Option<&'static str>) {
    match u32::try_from(millis) {
        Ok(0) => (None, Some("no time limit is not possible: the usual one is taken")),
        Ok(millis) if millis <= LONGEST_MS => (Some(millis), None),
        _ => (Some(LONGEST_MS), Some("a time limit is one hour at most: one hour is taken")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("5s", Some(5_000)),
            ("1m30s", Some(90_000)),
            ("1.5h", Some(5_400_000)),
            ("250ms", Some(250)),
            ("1us", Some(1)),
            ("0s", Some(0)),
            ("0", Some(0)),
            ("1d", Some(86_400_000)),
            ("5", None),
            ("", None),
            ("-5s", None),
            ("5 s", None),
            ("s", None),
            ("1.2.3s", None),
            ("99999999999999999999h", Some(u64::MAX)),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }

    #[test]
    fn a_time_limit_is_between_a_millisecond_and_an_hour() {
        assert_eq!(time_limit(0).0, None);
        assert_eq!(time_limit(5_000), (Some(5_000), None));
        assert_eq!(time_limit(u64::MAX).0, Some(LONGEST_MS));
    }
}
