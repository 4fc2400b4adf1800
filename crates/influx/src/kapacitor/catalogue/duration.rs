//! Lengths of time as Go reads them. Kapacitor keeps a text that Go does not read, and goes on with the old value.

/// Nanoseconds of the units that Go knows; a unit before those that begin like it.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The nanoseconds of `1m30s`; `None` for what Go's `time.ParseDuration` does not take: no unit, nothing at all, more than 292 years.
pub(crate) fn duration_ns(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (length, after) = part(rest)?;
        total = total.checked_add(length)?;
        rest = after;
    }
    let total = sign * total;
    i64::try_from(total).is_ok().then_some(total)
}

/// The first number with its unit, and what follows. What is less than a nanosecond is cut off.
fn part(text: &str) -> Option<(i128, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (unit_ns, rest) = UNITS.iter().find_map(|(unit, ns)| Some((*ns, rest.strip_prefix(unit)?)))?;
    let whole_ns = number(whole)?.checked_mul(unit_ns)?;
    let fraction = &fraction[..fraction.len().min(FRACTION_DIGITS)];
    let parts = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or_default());
    let fraction_ns = number(fraction)? * unit_ns / parts;
    Some((whole_ns.checked_add(fraction_ns)?, rest))
}

/// No unit has more digits of a nanosecond.
const FRACTION_DIGITS: usize = 18;

fn number(digits: &str) -> Option<i128> {
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_reads_is_read_as_go_reads_it() {
        for (text, ns) in [
            ("0", 0),
            ("0s", 0),
            ("-0", 0),
            ("30s", 30_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("+5ms", 5_000_000),
            ("-1m0s", -60_000_000_000),
            ("250us", 250_000),
            ("250µs", 250_000),
            ("250μs", 250_000),
            ("1ns", 1),
            ("0.9ns", 0),
            ("1h0m0s", 3_600_000_000_000),
            ("1m1ms1m", 120_001_000_000),
            ("0.3333333333333333333h", 1_199_999_999_999),
            ("2562047h47m16.854775807s", i128::from(i64::MAX)),
        ] {
            assert_eq!(duration_ns(text), Some(ns), "{text}");
        }
    }

    #[test]
    fn k6_what_go_does_not_read_is_no_duration() {
        for text in [
            "", "-", "5", "1", "00", "s", ".s", ".", "1x", "30 s", " 30s", "30s ", "1h30", "1d", "30S", "--1s", "1,5s", "2562048h",
            "9999999h",
        ] {
            assert_eq!(duration_ns(text), None, "{text}");
        }
        assert_eq!(duration_ns(&format!("{}h", "9".repeat(60))), None);
    }
}
