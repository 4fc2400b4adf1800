//! Reading lines the simple way, and keeping their points.

use std::collections::BTreeMap;

/// One line, read.
#[derive(Clone, Debug)]
pub struct Point {
    pub measurement: String,
    /// `name=value`, as written, in order of name.
    pub tags: BTreeMap<String, String>,
    /// The value as written, with its type.
    pub fields: Vec<(String, String, &'static str)>,
    pub time: i64,
}

/// The points of one database or bucket.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// `measurement,tag=value` and time → fields.
    points: BTreeMap<(String, i64), BTreeMap<String, String>>,
    /// Measurement and field → type: the first that came.
    types: BTreeMap<(String, String), &'static str>,
    /// Points before this time, in nanoseconds, are beyond the retention policy.
    pub keeps_since: Option<i64>,
}

/// Why a point is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Field, its type in this point, its type in the database.
    Conflict(String, &'static str, &'static str),
    TooOld,
}

impl Place {
    /// Whether the point could be stored.
    pub fn judge(&self, point: &Point) -> Result<(), Dropped> {
        if self.keeps_since.is_some_and(|since| point.time < since) {
            return Err(Dropped::TooOld);
        }
        for (field, _, kind) in &point.fields {
            match self.types.get(&(point.measurement.clone(), field.clone())) {
                Some(known) if known != kind => return Err(Dropped::Conflict(field.clone(), kind, known)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Stores the point: of two values of one field at one time, the later wins.
    pub fn store(&mut self, point: Point) {
        for (field, _, kind) in &point.fields {
            self.types.entry((point.measurement.clone(), field.clone())).or_insert(kind);
        }
        let series = std::iter::once(point.measurement).chain(point.tags.iter().map(|(name, value)| format!("{name}={value}")));
        let key = (series.collect::<Vec<_>>().join(","), point.time);
        self.points.entry(key).or_default().extend(point.fields.into_iter().map(|(name, value, _)| (name, value)));
    }

    /// The points as lines, in order of series and time.
    pub fn lines(&self) -> Vec<String> {
        let line = |((series, time), fields): (&(String, i64), &BTreeMap<String, String>)| {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{series} {} {time}", fields.join(","))
        };
        self.points.iter().map(line).collect()
    }
}

/// Cuts a body into lines; a line break inside a quoted text ends nothing.
pub fn lines(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let (mut lines, mut line, mut quoted, mut escaped, mut spaces) = (Vec::new(), String::new(), false, false, 0);
    for character in text.chars() {
        if character == '\n' && !quoted {
            lines.push(std::mem::take(&mut line));
            (escaped, spaces) = (false, 0);
            continue;
        }
        match character {
            ' ' if !quoted && !escaped => spaces += 1,
            // Quotes mean something among the fields only.
            '"' if !escaped && spaces == 1 && (quoted || line.ends_with('=')) => quoted = !quoted,
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        line.push(character);
    }
    lines.push(line);
    lines.retain(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
}

/// Reads one line; the error is in the words of InfluxDB 1 and 2.
pub fn read(line: &str) -> Result<Point, String> {
    let key_end = find(line, 0, b' ').ok_or("missing fields")?;
    let mut key = split(&line[..key_end], b',').into_iter();
    let measurement = key.next().filter(|name| !name.is_empty()).ok_or("missing measurement")?.to_owned();
    let mut tags = BTreeMap::new();
    for tag in key {
        let at = find(tag, 0, b'=').ok_or("missing tag value")?;
        let (name, value) = (&tag[..at], &tag[at + 1..]);
        if name.is_empty() {
            return Err("missing tag key".to_owned());
        }
        if value.is_empty() {
            return Err("missing tag value".to_owned());
        }
        if tags.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err("duplicate tags".to_owned());
        }
    }
    let rest = &line[key_end + 1..];
    let fields_end = find(rest, 0, b' ').unwrap_or(rest.len());
    let mut fields = Vec::new();
    for field in split(&rest[..fields_end], b',') {
        let at = find(field, 0, b'=').ok_or("missing field value")?;
        let (name, value) = (&field[..at], &field[at + 1..]);
        if name.is_empty() {
            return Err("missing field key".to_owned());
        }
        fields.push((name.to_owned(), value.to_owned(), kind(value)?));
    }
    if fields.is_empty() {
        return Err("missing fields".to_owned());
    }
    let time = rest[fields_end..].trim().parse().map_err(|_| "bad timestamp".to_owned())?;
    Ok(Point { measurement, tags, fields, time })
}

fn kind(value: &str) -> Result<&'static str, String> {
    let digits = |text: &str| text.strip_suffix(['i', 'u']).is_some_and(|number| number.parse::<i128>().is_ok());
    match value {
        "" => Err("missing field value".to_owned()),
        "t" | "T" | "true" | "True" | "TRUE" | "f" | "F" | "false" | "False" | "FALSE" => Ok("boolean"),
        text if text.starts_with('"') && text.len() > 1 && text.ends_with('"') => Ok("string"),
        text if text.starts_with('"') => Err("unbalanced quotes".to_owned()),
        text if text.ends_with('i') && digits(text) => Ok("integer"),
        text if text.ends_with('u') && digits(text) => Ok("unsigned"),
        text if text.parse::<f64>().is_ok_and(f64::is_finite) => Ok("float"),
        text if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => Err("invalid number".to_owned()),
        _ => Err("invalid boolean".to_owned()),
    }
}

/// Where the byte stands outside quotes and without a backslash before it.
fn find(text: &str, from: usize, wanted: u8) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate().skip(from) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' if quoted || (at > 0 && text.as_bytes()[at - 1] == b'=') => quoted = !quoted,
            byte if byte == wanted && !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn split(text: &str, by: u8) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(at) = find(rest, 0, by) {
        parts.push(&rest[..at]);
        rest = &rest[at + 1..];
    }
    parts.push(rest);
    parts
}
