//! Numbers as text.

use super::{buffer::Buffer, refusal::Refusal};

#[inline(always)]
pub(super) fn put_integer(buffer: &mut Buffer, value: i64) {
    buffer.put(itoa::Buffer::new().format(value).as_bytes());
}

#[inline(always)]
pub(super) fn put_unsigned(buffer: &mut Buffer, value: u64) {
    buffer.put(itoa::Buffer::new().format(value).as_bytes());
}

/// Puts the shortest text that reads back as the same double: `21.37`, `7.0`, `1e+300`, `5e-324`. Every form has digits before and after
/// its point, as the parser of v3 demands; 1.6.7 reads them all.
#[inline(always)]
pub(super) fn put_float(buffer: &mut Buffer, value: f64) {
    debug_assert!(value.is_finite());
    buffer.put(zmij::Buffer::new().format_finite(value).as_bytes());
}

/// Whether a decimal's text may stand in a line as a float: `-12.30`, at most 40 bytes so that no parser's limit is met.
#[inline]
pub(super) fn is_plain_decimal(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, fraction) = match memchr::memchr(b'.', digits) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let all_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    text.len() <= 40 && all_digits(whole) && fraction.is_none_or(all_digits)
}

/// The double nearest to a decimal's text; NaN and infinities are what `NaN` and `Infinity` say.
pub(super) fn nearest_double(text: &[u8]) -> Result<f64, Refusal> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or_else(|| Refusal::NotANumber(super::refusal::excerpt(text)))
}

/// The number that `text` says, times 10^`scale`, without going through a float: `unix_s` text to nanoseconds with scale 9. What is finer
/// than one is cut (towards the past). `None` when it is no number; `Some(None)` when it does not fit.
pub(super) fn scaled(text: &[u8], scale: i32) -> Option<Option<i64>> {
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&unsigned[..at], std::str::from_utf8(&unsigned[at + 1..]).ok()?.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match mantissa.iter().position(|byte| *byte == b'.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    if whole.len() + fraction.len() == 0 || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return None;
    }
    // The digits that count as whole ones after scaling; what follows them only matters when it is not zero.
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(scale);
    let mut value: i128 = 0;
    let mut cut = false;
    for (at, digit) in (0_i64..).zip(whole.iter().chain(fraction)) {
        if at < point {
            value = value * 10 + i128::from(digit - b'0');
            if value > i128::from(u64::MAX) {
                return Some(None);
            }
        } else {
            cut |= *digit != b'0';
        }
    }
    let digits = i64::try_from(whole.len() + fraction.len()).ok()?;
    if value != 0 {
        for _ in digits..point {
            value *= 10;
            if value > i128::from(u64::MAX) {
                return Some(None);
            }
        }
    }
    if negative {
        value = -value - i128::from(cut);
    }
    Some(i64::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_scaled_without_rounding() {
        for (text, scale, expected) in [
            ("1700000000", 9, Some(Some(1_700_000_000_000_000_000))),
            ("1700000000.123", 9, Some(Some(1_700_000_000_123_000_000))),
            ("1700000000.1234567899", 9, Some(Some(1_700_000_000_123_456_789))),
            ("-0.5", 9, Some(Some(-500_000_000))),
            ("-0.0000000001", 9, Some(Some(-1))),
            ("-1.0", 0, Some(Some(-1))),
            ("1.7e9", 9, Some(Some(1_700_000_000_000_000_000))),
            ("17e-1", 0, Some(Some(1))),
            ("1e-5", 3, Some(Some(0))),
            ("+5.", 3, Some(Some(5000))),
            (".5", 3, Some(Some(500))),
            ("0e2000000000", 9, Some(Some(0))),
            ("9223372036854775807", 0, Some(Some(i64::MAX))),
            ("-9223372036854775808", 0, Some(Some(i64::MIN))),
            ("9223372036854775808", 0, Some(None)),
            ("99999999999999999999999", 9, Some(None)),
            ("1e300", 0, Some(None)),
            ("", 9, None),
            (".", 9, None),
            ("-", 9, None),
            ("1x", 9, None),
            ("1e", 9, None),
            ("NaN", 9, None),
            ("2026-01-01", 9, None),
        ] {
            assert_eq!(scaled(text.as_bytes(), scale), expected, "{text} scale {scale}");
        }
    }

    #[test]
    fn only_what_every_parser_reads_is_a_plain_decimal() {
        for text in ["0", "-12.30", "000.5", "12345678901234567890.12345"] {
            assert!(is_plain_decimal(text.as_bytes()), "{text}");
        }
        for text in ["", "-", ".5", "5.", "+5", "1e5", "NaN", "Infinity", "1.2.3", " 1", "1234567890123456789012345678901234567890.5"] {
            assert!(!is_plain_decimal(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn floats_have_digits_on_both_sides_of_their_point() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (7.0, "7.0"),
            (21.37, "21.37"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (1.5e-7, "1.5e-7"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            let mut buffer = Buffer::new(0);
            put_float(&mut buffer, value);
            assert_eq!(std::str::from_utf8(buffer.since(0)), Ok(expected));
        }
    }
}
