//! Numbers as text.
//!
//! Digits are made eight at a time in one word and put as one block, straight where they belong: going through a buffer of their own
//! would make the processor wait for its own small writes before it can read them as one.

use super::{
    buffer::{Line, NoRoom},
    refusal::Refusal,
};

const EIGHT_DIGITS: u64 = 100_000_000;
const FOUR_DIGITS: u64 = 10_000;

/// The eight digits of a number below 100,000,000, the first in the lowest byte, each 0 to 9.
#[inline(always)]
pub(super) const fn eight_digits(number: u64) -> u64 {
    // Halves of four digits in 32 bits each, then of two in 16, then of one in 8; the multiplications divide by 100 and by 10.
    let fours = (number / FOUR_DIGITS) | ((number % FOUR_DIGITS) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | ((fours - 100 * hundreds) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((twos - 10 * tens) << 8)
}

/// `0` in every byte.
pub(super) const ZEROS: u64 = 0x3030_3030_3030_3030;

#[inline(always)]
pub(super) fn put_unsigned(line: &mut Line<'_>, value: u64) -> Result<(), NoRoom> {
    if value < EIGHT_DIGITS {
        return put_first_digits(line, value);
    }
    let (high, low) = (value / EIGHT_DIGITS, value % EIGHT_DIGITS);
    if high < EIGHT_DIGITS {
        put_first_digits(line, high)?;
    } else {
        put_first_digits(line, high / EIGHT_DIGITS)?;
        put_eight_digits(line, high % EIGHT_DIGITS)?;
    }
    put_eight_digits(line, low)
}

/// Puts a number below 100,000,000 without zeros before it.
#[inline(always)]
fn put_first_digits(line: &mut Line<'_>, number: u64) -> Result<(), NoRoom> {
    let digits = eight_digits(number);
    let zeros = (digits.trailing_zeros() / 8).min(7);
    line.put_block(&((digits | ZEROS) >> (8 * zeros)).to_le_bytes(), 8 - zeros as usize)
}

/// Puts a number below 100,000,000 with zeros before it.
#[inline(always)]
fn put_eight_digits(line: &mut Line<'_>, number: u64) -> Result<(), NoRoom> {
    line.put_block(&(eight_digits(number) | ZEROS).to_le_bytes(), 8)
}

#[inline(always)]
pub(super) fn put_integer(line: &mut Line<'_>, value: i64) -> Result<(), NoRoom> {
    if value < 0 {
        line.put_byte(b'-')?;
    }
    put_unsigned(line, value.unsigned_abs())
}

/// Puts the shortest text that reads back as the same double: `21.37`, `7.0`, `1e+300`, `5e-324`. Every form has digits before and
/// after its point, as the parser of v3 demands; 1.6.7 reads them all.
#[inline(always)]
pub(super) fn put_float(line: &mut Line<'_>, value: f64) -> Result<(), NoRoom> {
    debug_assert!(value.is_finite());
    line.put(zmij::Buffer::new().format_finite(value).as_bytes())
}

/// Puts what [`put_float`] puts, faster when the value has at most four decimals, as most that people measure have.
#[inline(always)]
pub(super) fn put_measured_float(line: &mut Line<'_>, value: f64) -> Result<(), NoRoom> {
    match ten_thousandths(value) {
        Some(scaled) => put_short_decimal(line, value.is_sign_negative(), scaled),
        None => put_float(line, value),
    }
}

/// The size of a value below 10^8 in ten-thousandths, if it is a whole number of them.
///
/// When the double nearest to `scaled / 10^4` is the value, that decimal reads back as the value; it has at most 12 digits, and no two
/// decimals of up to 15 digits are nearest to the same double, so none that is shorter does.
#[inline(always)]
pub(super) fn ten_thousandths(value: f64) -> Option<u64> {
    const UNIT: f64 = FOUR_DIGITS as f64;
    let size = value.abs();
    // Signed, because that conversion is one instruction.
    let scaled = (size * UNIT + 0.5) as i64;
    (size < EIGHT_DIGITS as f64 && scaled as f64 / UNIT == size).then_some(scaled.cast_unsigned())
}

/// Puts `scaled / 10^4`, below 10^8, with one to four decimals.
#[inline(always)]
fn put_short_decimal(line: &mut Line<'_>, negative: bool, scaled: u64) -> Result<(), NoRoom> {
    if negative {
        line.put_byte(b'-')?;
    }
    put_first_digits(line, scaled / FOUR_DIGITS)?;
    // The four decimals are the last four of the eight digits; the point takes the place of the digit before them.
    let decimals = eight_digits(scaled % FOUR_DIGITS) >> 24;
    let len = (8 - decimals.leading_zeros() as usize / 8).max(2);
    line.put_block(&(decimals | (ZEROS & !0xff) | u64::from(b'.')).to_le_bytes(), len)
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
    use proptest::prelude::*;

    use super::*;
    use crate::line::buffer::written;

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
            assert_eq!(written(|line| put_float(line, value)).as_deref(), Ok(expected));
            assert_eq!(written(|line| put_measured_float(line, value)).as_deref(), Ok(expected));
        }
    }

    fn doubles() -> impl Strategy<Value = f64> {
        let rounded = |value: f64, decimals: i32| (value * 10_f64.powi(decimals)).round() / 10_f64.powi(decimals);
        prop_oneof![
            any::<f64>().prop_filter("finite", |value| value.is_finite()),
            (-1e9..1e9, 0..7).prop_map(move |(value, decimals)| rounded(value, decimals)),
            (-2.0..2.0, 0..7).prop_map(move |(value, decimals)| rounded(value, decimals)),
            (-2_000_000_000_000_i64..2_000_000_000_000, 0..5).prop_map(|(digits, decimals)| digits as f64 / 10_f64.powi(decimals)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_float_is_the_shortest_text_that_reads_back(value in doubles()) {
            let text = written(|line| put_measured_float(line, value)).unwrap();
            prop_assert_eq!(&text, &written(|line| put_float(line, value)).unwrap());
            prop_assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
        }

        #[test]
        fn integers_are_written_as_they_are(value in any::<i64>(), shift in 0..64) {
            let small = value >> shift;
            prop_assert_eq!(written(|line| put_integer(line, small)).unwrap(), small.to_string());
            let unsigned = value.cast_unsigned() >> shift;
            prop_assert_eq!(written(|line| put_unsigned(line, unsigned)).unwrap(), unsigned.to_string());
        }
    }

    #[test]
    fn integers_at_the_edges_of_a_block_are_written_as_they_are() {
        for edge in [0, 10, 100, 9_999, 10_000, EIGHT_DIGITS, EIGHT_DIGITS * 10, EIGHT_DIGITS * EIGHT_DIGITS, u64::MAX] {
            for value in [edge.saturating_sub(1), edge, edge.saturating_add(1)] {
                assert_eq!(written(|line| put_unsigned(line, value)).unwrap(), value.to_string());
            }
        }
        assert_eq!(written(|line| put_integer(line, i64::MIN)).unwrap(), i64::MIN.to_string());
    }
}
