//! Line protocol read as InfluxDB 1.6.7 and 2 read it: an oracle that shares nothing with the code under test.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "a part of tests")]

use std::collections::BTreeMap;

/// A point as the server understands it.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub measurement: String,
    pub tags: BTreeMap<String, String>,
    pub fields: BTreeMap<String, Value>,
    pub time: i64,
}

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Compared by its bits, so that `-0.0` is not `0.0`.
    Float(u64),
    Integer(i64),
    Unsigned(u64),
    String(String),
    Boolean(bool),
}

/// Every line of a body. Panics where the server would refuse.
pub fn read(body: &str) -> Vec<Point> {
    let mut points = Vec::new();
    let mut rest = body.as_bytes();
    while !rest.is_empty() {
        let (point, after) = read_line(rest);
        points.push(point);
        rest = after;
    }
    points
}

fn read_line(line: &[u8]) -> (Point, &[u8]) {
    assert!(!matches!(line[0], b'#' | b'\t' | b' ' | 0 | b'\n'), "the server skips it");
    let (series, line) = until(line, |byte| byte == b' ');
    let mut parts = parts(series, b',').into_iter();
    let measurement = unescape(parts.next().unwrap(), b",= \"");
    assert!(!measurement.is_empty());
    let mut tags = BTreeMap::new();
    let mut keys = Vec::new();
    for tag in parts {
        let (key, value) = until(tag, |byte| byte == b'=');
        let value = &value[1..];
        assert!(!key.is_empty() && !value.is_empty());
        let bare = value.iter().enumerate().any(|(at, byte)| *byte == b'=' && (at == 0 || value[at - 1] != b'\\'));
        assert!(!bare, "invalid tag format");
        let key = unescape(key, b",= ");
        keys.push(key.clone());
        assert_eq!(tags.insert(key, unescape(value, b",= ")), None, "duplicate tags");
    }
    assert!(keys.is_sorted(), "tags are sent in order");
    let (fields, mut line) = read_fields(&line[1..]);
    assert_eq!(line[0], b' ');
    let end = line.iter().position(|byte| *byte == b'\n').unwrap();
    let time = std::str::from_utf8(&line[1..end]).unwrap().parse().unwrap();
    line = &line[end + 1..];
    (Point { measurement, tags, fields, time }, line)
}

fn read_fields(mut line: &[u8]) -> (BTreeMap<String, Value>, &[u8]) {
    assert!(!matches!(line[0], b' ' | b'\t' | 0), "the server skips it");
    let mut fields = BTreeMap::new();
    loop {
        let equals = scan(line, |byte| byte == b'=');
        let key = unescape(&line[..equals], b",= \"");
        line = &line[equals + 1..];
        let value;
        if line[0] == b'"' {
            let end = 1 + scan(&line[1..], |byte| byte == b'"');
            value = Value::String(unescape_string(&line[1..end]));
            line = &line[end + 1..];
        } else {
            let end = line.iter().position(|byte| matches!(byte, b',' | b' ')).unwrap();
            value = number(std::str::from_utf8(&line[..end]).unwrap());
            line = &line[end..];
        }
        assert_eq!(fields.insert(key, value), None, "a field twice");
        match line[0] {
            b',' => line = &line[1..],
            _ => return (fields, line),
        }
    }
}

fn number(text: &str) -> Value {
    match text {
        "t" | "T" | "true" | "True" | "TRUE" => return Value::Boolean(true),
        "f" | "F" | "false" | "False" | "FALSE" => return Value::Boolean(false),
        _ => {}
    }
    if let Some(digits) = text.strip_suffix('i') {
        return Value::Integer(digits.parse().unwrap());
    }
    if let Some(digits) = text.strip_suffix('u') {
        return Value::Unsigned(digits.parse().unwrap());
    }
    let mantissa = text.strip_prefix('-').unwrap_or(text).split('e').next().unwrap();
    assert!(mantissa.split('.').all(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())), "{text}");
    let value: f64 = text.parse().unwrap();
    assert!(value.is_finite());
    Value::Float(value.to_bits())
}

/// Where the first byte is that `stop` says, past pairs that begin with a backslash (`scanFields`).
fn scan(text: &[u8], stop: impl Fn(u8) -> bool) -> usize {
    let mut at = 0;
    while !stop(text[at]) {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// Cuts before the first byte that `stop` says and that no backslash stands before (`scanKey`, `scanTagsValue`).
fn until(text: &[u8], stop: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let mut at = 0;
    while !stop(text[at]) || (at > 0 && text[at - 1] == b'\\') {
        assert_ne!(text[at], b'\n', "the line ends here");
        at += 1;
    }
    text.split_at(at)
}

/// The parts between separators that no backslash stands before.
fn parts(text: &[u8], separator: u8) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for at in 1..text.len() {
        if text[at] == separator && text[at - 1] != b'\\' {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Takes away each backslash that stands before one of these; every other stays.
fn unescape(text: &[u8], escaped: &[u8]) -> String {
    let mut plain = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'\\' && text.get(at + 1).is_some_and(|next| escaped.contains(next)) {
            at += 1;
        }
        plain.push(text[at]);
        at += 1;
    }
    String::from_utf8(plain).unwrap()
}

fn unescape_string(text: &[u8]) -> String {
    unescape(text, b"\"\\")
}
