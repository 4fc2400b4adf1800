//! Escaping: how text stands in a line.
//!
//! The text of a line has four places, each with its own rules
//! (<https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/#special-characters>); what the parsers do beyond
//! that page was tried on 1.6.7 and read in `influxdb-line-protocol` 2.0, the parser of v3:
//!
//! | place | escaped | cannot be carried |
//! |---|---|---|
//! | measurement | `,` space | empty; line break; `\` at the end; `#`, tab or NUL at the beginning; v1, v2: `\` before `,` `=` space `"` |
//! | tag or field key | `,` `=` space | empty; control characters; `\` at the end or before `,` `=` space `"` `\` |
//! | tag value | `,` `=` space | line break; `\` at the end; v3: tab |
//! | string field | `"` `\` | nothing |

use memchr::{memchr2, memchr2_iter};

use super::{
    buffer::{Line, NoRoom},
    refusal::Refusal,
    rules::{Backslash, LineRules},
};

/// Bytes that a measurement or tag cannot hold as they are: controls, space, comma, equals sign, backslash.
#[inline(always)]
const fn special(byte: u8) -> bool {
    (byte <= b' ') | (byte == b',') | (byte == b'=') | (byte == b'\\')
}

/// Whether every value that these bytes are made of can be put into a tag as it is. Meant for a whole column at once.
pub(super) fn is_plain_tag(bytes: &[u8]) -> bool {
    let mut blocks = bytes.chunks_exact(64);
    blocks.all(|block| !block.iter().fold(false, |found, byte| found | special(*byte)))
        && bytes[bytes.len() / 64 * 64..].iter().all(|byte| !special(*byte))
}

/// Whether every value that these bytes are made of can be put between quotes as it is.
pub(super) fn is_plain_string(bytes: &[u8]) -> bool {
    memchr2(b'"', b'\\', bytes).is_none()
}

/// Puts a tag's value.
pub(super) fn put_tag_value(line: &mut Line<'_>, text: &[u8], rules: &LineRules) -> Result<(), Refusal> {
    put_escaped(line, text, rules, |byte| matches!(byte, b',' | b'=' | b' '))
}

/// Puts a measurement.
pub(super) fn put_measurement(line: &mut Line<'_>, text: &[u8], rules: &LineRules) -> Result<(), Refusal> {
    match text.first() {
        None => return Err(Refusal::Empty),
        Some(byte @ (b'#' | b'\t' | 0)) => return Err(Refusal::FirstByte(*byte)),
        Some(_) => {}
    }
    if rules.backslash == Backslash::Literal && text.array_windows().any(|pair| matches!(pair, [b'\\', b',' | b'=' | b' ' | b'"'])) {
        return Err(Refusal::BackslashBeforeSeparator);
    }
    if rules.backslash == Backslash::Doubled && text.contains(&0) {
        return Err(Refusal::Control);
    }
    put_escaped(line, text, rules, |byte| matches!(byte, b',' | b' '))
}

#[inline]
fn put_escaped(line: &mut Line<'_>, text: &[u8], rules: &LineRules, escaped: impl Fn(u8) -> bool) -> Result<(), Refusal> {
    if text.last() == Some(&b'\\') {
        return Err(Refusal::TrailingBackslash);
    }
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| special(*byte)) {
        line.put(&rest[..at])?;
        let byte = rest[at];
        match byte {
            b'\n' => return Err(Refusal::LineBreak),
            b'\t' if !rules.tabs => return Err(Refusal::Tab),
            b'\\' if rules.backslash == Backslash::Doubled => line.put_byte(b'\\')?,
            _ if escaped(byte) => line.put_byte(b'\\')?,
            _ => {}
        }
        line.put_byte(byte)?;
        rest = &rest[at + 1..];
    }
    Ok(line.put(rest)?)
}

/// Puts the text of a string field, without its quotes.
pub(super) fn put_string(line: &mut Line<'_>, text: &[u8]) -> Result<(), NoRoom> {
    let mut from = 0;
    for at in memchr2_iter(b'"', b'\\', text) {
        line.put(&text[from..at])?;
        line.put_byte(b'\\')?;
        from = at;
    }
    line.put(&text[from..])
}

/// The key of a tag or field, escaped.
pub(super) fn key(name: &str) -> Result<String, Refusal> {
    if name.is_empty() {
        return Err(Refusal::Empty);
    }
    if name.ends_with('\\') {
        return Err(Refusal::TrailingBackslash);
    }
    if name.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(Refusal::Control);
    }
    if name.as_bytes().array_windows().any(|pair| matches!(pair, [b'\\', b',' | b'=' | b' ' | b'"' | b'\\'])) {
        return Err(Refusal::BackslashBeforeSeparator);
    }
    let mut escaped = String::with_capacity(name.len() + 2);
    for letter in name.chars() {
        if matches!(letter, ',' | '=' | ' ') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    Ok(escaped)
}

/// How many bytes a text takes as a tag's value.
pub(super) fn tag_value_bytes(text: &str, rules: &LineRules) -> usize {
    text.chars().map(|letter| tag_letter_bytes(letter, rules)).sum()
}

fn tag_letter_bytes(letter: char, rules: &LineRules) -> usize {
    match letter {
        ',' | '=' | ' ' => 2,
        '\\' if rules.backslash == Backslash::Doubled => 2,
        _ => letter.len_utf8(),
    }
}

/// The longest beginning of `text` that takes at most `most` bytes as a tag's value and does not end in a backslash. May be empty.
pub(super) fn shorten_tag_value<'a>(text: &'a str, most: usize, rules: &LineRules) -> &'a str {
    let mut bytes = 0;
    let mut end = 0;
    for (at, letter) in text.char_indices() {
        bytes += tag_letter_bytes(letter, rules);
        if bytes > most {
            break;
        }
        end = at + letter.len_utf8();
    }
    text[..end].trim_end_matches('\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::buffer::written;

    #[test]
    fn a_tag_value_is_escaped_as_its_server_reads_it() {
        for (text, v1, v3) in [
            ("plain", Ok("plain"), Ok("plain")),
            ("a b,c=d", Ok(r"a\ b\,c\=d"), Ok(r"a\ b\,c\=d")),
            (r"a\b", Ok(r"a\b"), Ok(r"a\\b")),
            (r"a\ b", Ok(r"a\\ b"), Ok(r"a\\\ b")),
            (r"a\", Err(Refusal::TrailingBackslash), Err(Refusal::TrailingBackslash)),
            ("a\nb", Err(Refusal::LineBreak), Err(Refusal::LineBreak)),
            ("a\tb", Ok("a\tb"), Err(Refusal::Tab)),
            ("a\"b\r", Ok("a\"b\r"), Ok("a\"b\r")),
            ("naïve ☃", Ok(r"naïve\ ☃"), Ok(r"naïve\ ☃")),
        ] {
            assert_eq!(written(|b| put_tag_value(b, text.as_bytes(), &LineRules::v1())), v1.map(str::to_owned), "{text:?} v1");
            assert_eq!(written(|b| put_tag_value(b, text.as_bytes(), &LineRules::v3())), v3.map(str::to_owned), "{text:?} v3");
        }
    }

    #[test]
    fn a_measurement_is_escaped_or_refused() {
        for (text, v1, v3) in [
            ("a b,c=d", Ok(r"a\ b\,c=d"), Ok(r"a\ b\,c=d")),
            ("", Err(Refusal::Empty), Err(Refusal::Empty)),
            ("#a", Err(Refusal::FirstByte(b'#')), Err(Refusal::FirstByte(b'#'))),
            ("\ta", Err(Refusal::FirstByte(b'\t')), Err(Refusal::FirstByte(b'\t'))),
            (r"a\,b", Err(Refusal::BackslashBeforeSeparator), Ok(r"a\\\,b")),
            (r#"a\"b"#, Err(Refusal::BackslashBeforeSeparator), Ok(r#"a\\"b"#)),
            (r"a\=b", Err(Refusal::BackslashBeforeSeparator), Ok(r"a\\=b")),
            (r"a\b", Ok(r"a\b"), Ok(r"a\\b")),
            ("a\nb", Err(Refusal::LineBreak), Err(Refusal::LineBreak)),
            ("a\\", Err(Refusal::TrailingBackslash), Err(Refusal::TrailingBackslash)),
        ] {
            assert_eq!(written(|b| put_measurement(b, text.as_bytes(), &LineRules::v1())), v1.map(str::to_owned), "{text:?} v1");
            assert_eq!(written(|b| put_measurement(b, text.as_bytes(), &LineRules::v3())), v3.map(str::to_owned), "{text:?} v3");
        }
    }

    #[test]
    fn a_key_is_escaped_or_refused() {
        for (name, expected) in [
            ("a b,c=d", Ok(r"a\ b\,c\=d")),
            ("a\"b", Ok("a\"b")),
            (r"a\b", Ok(r"a\b")),
            (r"a\\b", Err(Refusal::BackslashBeforeSeparator)),
            (r#"a\"b"#, Err(Refusal::BackslashBeforeSeparator)),
            (r"a\ b", Err(Refusal::BackslashBeforeSeparator)),
            (r"a\", Err(Refusal::TrailingBackslash)),
            ("\ta", Err(Refusal::Control)),
            ("", Err(Refusal::Empty)),
        ] {
            assert_eq!(key(name), expected.map(str::to_owned), "{name:?}");
        }
    }

    #[test]
    fn a_string_is_escaped() {
        for (text, expected) in [("", ""), ("a\"b", "a\\\"b"), ("\\", "\\\\"), ("a\nb=c, d", "a\nb=c, d"), ("\"\"", "\\\"\\\"")] {
            assert_eq!(written(|line| put_string(line, text.as_bytes())).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn one_special_byte_anywhere_makes_a_column_not_plain() {
        for len in [1, 63, 64, 65, 200] {
            assert!(is_plain_tag(&vec![b'x'; len]));
            for at in 0..len {
                for byte in [b',', b' ', b'=', b'\\', b'\n', 0] {
                    let mut bytes = vec![b'x'; len];
                    bytes[at] = byte;
                    assert!(!is_plain_tag(&bytes), "{byte} at {at} of {len}");
                }
            }
        }
        assert!(is_plain_tag("žluťoučký-\u{7f}\"".as_bytes()));
    }

    #[test]
    fn a_shortened_tag_value_fits_and_ends_well() {
        let v1 = LineRules::v1();
        assert_eq!(tag_value_bytes(r"a ,=é\", &v1), 10);
        assert_eq!(tag_value_bytes(r"a ,=é\", &LineRules::v3()), 11);
        assert_eq!(shorten_tag_value("abc", 2, &v1), "ab");
        assert_eq!(shorten_tag_value("a b", 2, &v1), "a");
        assert_eq!(shorten_tag_value("a b", 3, &v1), "a ");
        assert_eq!(shorten_tag_value("aé", 2, &v1), "a");
        assert_eq!(shorten_tag_value(r"a\\b", 3, &v1), "a");
        assert_eq!(shorten_tag_value(r"\b", 1, &v1), "");
    }
}
