//! A batch of lines, or some lines of it: what one request carries.
//!
//! A batch travels whole as long as all is well. Only when the server refuses some of it is it cut into lines, so that the others can be
//! sent without them. A line may hold a line break inside a quoted text, therefore lines are found the way InfluxDB's own reader finds
//! them.

use std::{ops::Range, sync::OnceLock};

use bytes::{Bytes, BytesMut};
use model::edges::LineBatch;

/// Some lines of one batch, in their order.
#[derive(Debug)]
pub(crate) struct Segment {
    body: Bytes,
    /// Their number in the batch, from 0, and where they stand in `body`, without their line break.
    lines: OnceLock<Vec<(u32, Range<usize>)>>,
    /// How many lines the batch says it has; only a whole batch is not cut yet.
    count: usize,
}

impl Segment {
    /// The whole batch.
    pub(crate) fn whole(batch: &LineBatch) -> Self {
        Self { body: batch.body.clone(), lines: OnceLock::new(), count: batch.lines as usize }
    }

    /// What is sent.
    pub(crate) const fn body(&self) -> &Bytes {
        &self.body
    }

    /// How many lines.
    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    fn lines(&self) -> &[(u32, Range<usize>)] {
        self.lines.get_or_init(|| (0..).zip(cut(&self.body, self.count)).collect())
    }

    /// The text of every line, without its line break.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.lines().iter().map(|(_, place)| &self.body[place.clone()])
    }

    /// A line's number in the batch, and its text.
    pub(crate) fn line(&self, index: usize) -> Option<(u32, &[u8])> {
        self.lines().get(index).map(|(number, place)| (*number, &self.body[place.clone()]))
    }

    /// The lines whose index passes, as a segment of their own.
    pub(crate) fn pick(&self, mut wanted: impl FnMut(usize) -> bool) -> Self {
        let mut body = BytesMut::with_capacity(self.body.len());
        let mut lines = Vec::new();
        for (index, (number, place)) in self.lines().iter().enumerate() {
            if wanted(index) {
                let start = body.len();
                body.extend_from_slice(&self.body[place.clone()]);
                lines.push((*number, start..body.len()));
                body.extend_from_slice(b"\n");
            }
        }
        let count = lines.len();
        Self { body: body.freeze(), lines: OnceLock::from(lines), count }
    }

    /// The lines of an index range; shares the bytes.
    fn range(&self, range: Range<usize>) -> Self {
        let wanted = &self.lines()[range];
        let (Some((_, first)), Some((_, last))) = (wanted.first(), wanted.last()) else {
            return Self { body: Bytes::new(), lines: OnceLock::from(Vec::new()), count: 0 };
        };
        let start = first.start;
        let end = (last.end + 1).min(self.body.len());
        let lines: Vec<_> = wanted.iter().map(|(number, place)| (*number, place.start - start..place.end - start)).collect();
        let count = lines.len();
        Self { body: self.body.slice(start..end), lines: OnceLock::from(lines), count }
    }

    /// The first and the second half of the lines.
    pub(crate) fn halves(&self) -> (Self, Self) {
        let middle = self.lines().len() / 2;
        (self.range(0..middle), self.range(middle..self.lines().len()))
    }

    /// The lines in order, in pieces of at most `bytes`; a line that is larger stands alone.
    pub(crate) fn pieces(&self, bytes: usize) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut first = 0;
        let mut size = 0;
        for (index, (_, place)) in self.lines().iter().enumerate() {
            let line = place.len() + 1;
            if size + line > bytes && index > first {
                pieces.push(self.range(first..index));
                (first, size) = (index, 0);
            }
            size += line;
        }
        pieces.push(self.range(first..self.lines().len()));
        pieces
    }
}

/// Where the lines of a body stand, without their line breaks.
fn cut(body: &[u8], count: usize) -> Vec<Range<usize>> {
    let plain: Vec<usize> = memchr::memchr_iter(b'\n', body).collect();
    let mut start = 0;
    if plain.len() == count {
        return plain.into_iter().map(|end| std::mem::replace(&mut start, end + 1)..end).collect();
    }
    let mut lines = Vec::with_capacity(count);
    while start < body.len() {
        let end = line_end(body, start);
        lines.push(start..end);
        start = end + 1;
    }
    lines
}

/// Where the line that begins at `start` ends: at the first line break outside a quoted text, as InfluxDB's `scanLine` has it.
fn line_end(body: &[u8], start: usize) -> usize {
    let (mut at, mut in_fields, mut quoted) = (start, false, false);
    let (mut equals, mut commas) = (0u32, 0u32);
    while at < body.len() {
        match body[at] {
            b'\\' if at + 2 < body.len() => at += 1,
            b' ' => in_fields = true,
            b'=' if in_fields && !quoted => equals += 1,
            b',' if in_fields && !quoted => commas += 1,
            b'"' if in_fields && equals > commas => quoted = !quoted,
            b'\n' if !quoted => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

/// The type that a line gives to a field of a measurement, in the words of InfluxDB 1 and 2 (`float`, `integer`, `unsigned`, `string`,
/// `boolean`); `None` when the line is of another measurement or has no such field.
pub(crate) fn field_type(line: &[u8], measurement: &[u8], field: &[u8]) -> Option<&'static str> {
    let (name, key_end) = key(line)?;
    if name != measurement {
        return None;
    }
    let (_, value, value_end) = fields(line, key_end).find(|(name, ..)| name == field)?;
    Some(match (line.get(value)?, line.get(value_end.checked_sub(1)?)?) {
        (b'"', _) => "string",
        (b't' | b'T' | b'f' | b'F', _) => "boolean",
        (_, b'i') => "integer",
        (_, b'u') => "unsigned",
        _ => "float",
    })
}

/// The measurement of a line, and where its measurement and tags end.
pub(crate) fn key(line: &[u8]) -> Option<(Vec<u8>, usize)> {
    let key_end = until(line, 0, b" ")?;
    let measurement_end = until(&line[..key_end], 0, b",").unwrap_or(key_end);
    Some((unescaped(&line[..measurement_end]), key_end))
}

/// The fields of a line whose measurement and tags end at `key_end`: the name of each, and where its value begins and ends.
pub(crate) fn fields(line: &[u8], key_end: usize) -> impl Iterator<Item = (Vec<u8>, usize, usize)> {
    let mut next = Some(key_end + 1);
    std::iter::from_fn(move || {
        let at = next.take()?;
        let name_end = until(line, at, b"=")?;
        let value = name_end + 1;
        let value_end = if line.get(value) == Some(&b'"') {
            until(line, value + 1, b"\"")? + 1
        } else {
            until(line, value, b", ").unwrap_or(line.len())
        };
        next = (line.get(value_end) == Some(&b',')).then_some(value_end + 1);
        Some((unescaped(&line[at..name_end]), value, value_end))
    })
}

/// Where, from `start` on, the first of these bytes stands that no backslash precedes.
fn until(line: &[u8], start: usize, ends: &[u8]) -> Option<usize> {
    let mut at = start;
    while at < line.len() {
        match line[at] {
            b'\\' => at += 1,
            byte if ends.contains(&byte) => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escapes = byte == b'\\' && matches!(bytes.peek(), Some(b',' | b'=' | b' '));
        if !escapes {
            plain.push(byte);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(body: &'static str, lines: u32) -> Segment {
        Segment::whole(&LineBatch { body: Bytes::from_static(body.as_bytes()), lines, rows: vec![(0, 1)] })
    }

    fn texts(segment: &Segment) -> Vec<String> {
        segment.texts().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
    }

    #[test]
    fn a_line_break_inside_a_text_does_not_end_the_line() {
        let segment = segment("m,t=a f=\"x\ny\",g=1 1\nm f=\"q\\\"\n\" 2\nm f=3 3\n", 3);
        assert_eq!(texts(&segment), ["m,t=a f=\"x\ny\",g=1 1", "m f=\"q\\\"\n\" 2", "m f=3 3"]);
    }

    #[test]
    fn parts_keep_the_numbers_and_bytes_of_their_lines() {
        let whole = segment("a f=1 1\nb f=2 2\nc f=3 3\nd f=4 4\ne f=5 5\n", 5);
        let (left, right) = whole.halves();
        assert_eq!(
            (texts(&left), texts(&right)),
            (vec!["a f=1 1".into(), "b f=2 2".into()], vec!["c f=3 3".into(), "d f=4 4".into(), "e f=5 5".into()])
        );
        assert_eq!(right.body().as_ref(), b"c f=3 3\nd f=4 4\ne f=5 5\n");
        let picked = right.pick(|index| index != 1);
        assert_eq!(picked.body().as_ref(), b"c f=3 3\ne f=5 5\n");
        assert_eq!(picked.line(1).unwrap(), (4, b"e f=5 5".as_slice()));
        let (first, last) = picked.halves();
        assert_eq!((first.line(0).unwrap().0, last.line(0).unwrap().0), (2, 4));
        assert_eq!(last.body().as_ref(), b"e f=5 5\n");
    }

    #[test]
    fn pieces_hold_as_many_lines_as_fit_and_lose_none() {
        let whole = segment("a f=1 1\nb f=2 2\nc f=\"a long text\" 3\nd f=4 4\n", 4);
        let pieces: Vec<Vec<String>> = whole.pieces(16).iter().map(texts).collect();
        assert_eq!(pieces, [vec!["a f=1 1", "b f=2 2"], vec!["c f=\"a long text\" 3"], vec!["d f=4 4"]]);
    }

    #[test]
    fn the_type_of_a_field_is_read_from_the_line() {
        let line = br#"we\ ather,ci\=ty=new\ york a\,b=1,t="x,y=\" z",i=5i,u=7u,b=true 42"#;
        for (field, expected) in [
            ("a,b", Some("float")),
            ("t", Some("string")),
            ("i", Some("integer")),
            ("u", Some("unsigned")),
            ("b", Some("boolean")),
            ("y", None),
            ("ci=ty", None),
        ] {
            assert_eq!(field_type(line, b"we ather", field.as_bytes()), expected, "{field}");
        }
        assert_eq!(field_type(line, b"other", b"i"), None);
    }
}
