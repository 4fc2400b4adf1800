//! What Go's own libraries say: of durations, of URLs, of bodies that are no JSON. Written from their documents, as far as Kapacitor's
//! answers show it.

use serde_json::Value;

/// A duration as `time.ParseDuration` reads it, in nanoseconds; `None` when it does not.
pub fn duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let is_number = |letter: char| letter.is_ascii_digit() || letter == '.';
    let mut sum = 0.0;
    while !rest.is_empty() {
        let (number, unit) = rest.split_at(rest.find(|letter| !is_number(letter))?);
        let (unit, more) = unit.split_at(unit.find(is_number).unwrap_or(unit.len()));
        let length = match unit {
            "ns" => 1.0,
            // Both letters that look like a mu.
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        sum += number.parse::<f64>().ok()? * length;
        rest = more;
    }
    (sum <= i64::MAX as f64).then_some((sign * sum) as i64)
}

/// The same as `time.Duration` writes it: `90s` as `1m30s`.
pub fn written(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let ns = nanoseconds.unsigned_abs();
    let seconds = |ns: u64| format!("{}s", ns as f64 / 1e9);
    let (hours, minutes, rest) = (ns / 3_600_000_000_000, ns / 60_000_000_000 % 60, ns % 60_000_000_000);
    let text = match ns {
        0 => "0s".to_owned(),
        1..1_000 => format!("{ns}ns"),
        1_000..1_000_000 => format!("{}µs", ns as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{}ms", ns as f64 / 1e6),
        _ if hours > 0 => format!("{hours}h{minutes}m{}", seconds(rest)),
        _ if minutes > 0 => format!("{minutes}m{}", seconds(rest)),
        _ => seconds(rest),
    };
    format!("{sign}{text}")
}

/// What `url.Parse` complains of; `None` for a URL, and nearly every text is one.
pub fn url(text: &str) -> Option<String> {
    let complaint = |what: &str| Some(format!("parse {text:?}: {what}"));
    if text.chars().any(|letter| letter.is_ascii_control()) {
        return complaint("net/url: invalid control character in URL");
    }
    if text.starts_with(':') {
        return complaint("missing protocol scheme");
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let first = text.split('/').next().unwrap_or_default();
        return if first.contains(':') && !first.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            complaint("first path segment in URL cannot contain colon")
        } else {
            bad_escape(text).and_then(|escape| complaint(&format!("invalid URL escape {escape:?}")))
        };
    };
    if !scheme.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return complaint("first path segment in URL cannot contain colon");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if host.starts_with('[') && !host.contains(']') {
        return complaint("missing ']' in host");
    }
    if let Some(letter) = host.chars().find(|letter| " <>\"\\^`{|}".contains(*letter)) {
        return complaint(&format!("invalid character {:?} in host name", letter.to_string()));
    }
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    if !host.ends_with(']') && !port.bytes().all(|letter| letter.is_ascii_digit()) {
        return complaint(&format!("invalid port {:?} after host", format!(":{port}")));
    }
    bad_escape(rest).and_then(|escape| complaint(&format!("invalid URL escape {escape:?}")))
}

fn bad_escape(text: &str) -> Option<&str> {
    let path = text.split('?').next().unwrap_or_default();
    path.match_indices('%').map(|(at, _)| path.get(at..(at + 3).min(path.len())).unwrap_or("%")).find(|escape| {
        let digits = &escape[1..];
        digits.len() != 2 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// What `json.Decoder` says of a body that is no JSON.
fn not_json(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start();
    match text.chars().next() {
        None => "EOF".to_owned(),
        Some('n') if !text.starts_with("nu") => {
            format!("invalid character '{}' in literal null (expecting 'u')", text.chars().nth(1).unwrap_or('n'))
        }
        Some('{' | '[' | '"') => "unexpected EOF".to_owned(),
        Some(letter) => format!("invalid character '{letter}' looking for beginning of value"),
    }
}

/// What stands behind the `%` of a path. A path that is no UTF-8 is none that Kapacitor has.
pub fn unescaped(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(path.len()), path.as_bytes());
    while let Some((byte, more)) = rest.split_first() {
        let digits = more.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) if *byte == b'%' => {
                bytes.push(value);
                rest = &more[2..];
            }
            _ => {
                bytes.push(*byte);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The first value of a body, after which Go's decoder reads no further.
pub fn first_value(body: &[u8]) -> Result<Value, String> {
    let first = serde_json::Deserializer::from_slice(body).into_iter().next();
    first.and_then(Result::ok).ok_or_else(|| not_json(body))
}

/// What `encoding/json` calls a value.
pub fn json_word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a text matches a pattern of `path.Match`, of which only `*` and `?` are known here.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut letters = text.chars();
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            let is_within = |(at, _): (usize, char)| !text[..at].contains('/') && matches(rest, &text[at..]);
            text.char_indices().any(is_within) || !text.contains('/') && matches(rest, "")
        }
        Some('?') => letters.next().is_some() && matches(&pattern[1..], letters.as_str()),
        Some(letter) => letters.next() == Some(letter) && matches(&pattern[letter.len_utf8()..], letters.as_str()),
    }
}
