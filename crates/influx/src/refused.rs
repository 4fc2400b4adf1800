//! What InfluxDB 1 and 2 say about lines they refuse: the same texts, in different envelopes.
//!
//! Two kinds. *Unparsable* lines are all named, in the order of the request: `unable to parse 'LINE': REASON`, one after another. *Dropped*
//! points are counted but not named: `partial write: REASON dropped=N`, with only the first reason, and a count that may be too low when
//! several shards dropped some; a drop hides unparsable lines of the same request. So the count serves for one thing only: when it says
//! that every line was dropped, every line was.

use crate::{
    http::Answer,
    segment::{Segment, field_type},
    writer::Refused,
};

const UNPARSABLE: &str = "unable to parse '";
const NEXT_UNPARSABLE: &str = "\nunable to parse '";

/// Server limits that refuse every new series or tag value until a person acts.
const LIMITS: [&str; 2] = ["max-series-per-database limit exceeded", "max-values-per-tag limit exceeded"];

/// Whether the server refuses because one of its limits is reached.
pub(crate) fn is_limit(text: &str) -> bool {
    LIMITS.iter().any(|limit| text.contains(limit))
}

/// What `text` says about the lines of `sent`. `cut` tells that the text does not reach its end; `stored` that the server stores the lines
/// it does not name.
pub(crate) fn read(text: &str, sent: &Segment, cut: bool, stored: bool) -> Refused {
    let (named, complete) = unparsable(text, sent);
    if !named.is_empty() {
        return Refused { named, others_stored: stored && complete && !cut, ..Refused::default() };
    }
    let reason = tidy(text);
    let suspects = match Conflict::read(text) {
        Some(conflict) => conflict.suspects(sent),
        // Other reasons hold for points of any kind.
        None => (0..sent.len()).collect(),
    };
    if dropped(text).is_some_and(|count| count >= sent.len() as u64) && suspects.len() == sent.len() {
        let named = suspects.into_iter().map(|index| (index, reason.clone())).collect();
        return Refused { named, others_stored: true, ..Refused::default() };
    }
    Refused { suspects, reason, ..Refused::default() }
}

/// The named lines and their reasons, and whether the whole text was understood.
///
/// The server quotes a line as it came, so a quote inside it ends nothing: each line of the request, in order, is held against the text.
fn unparsable(text: &str, sent: &Segment) -> (Vec<(usize, String)>, bool) {
    let mut named = Vec::new();
    let Some(start) = text.find(UNPARSABLE) else { return (named, false) };
    let mut rest = &text[start..];
    for (index, line) in sent.texts().enumerate() {
        let Some(quoted) = rest.strip_prefix(UNPARSABLE) else { break };
        let Some(reason) = quoted
            .as_bytes()
            .strip_prefix(line)
            .and_then(|tail| quoted.get(quoted.len() - tail.len()..))
            .and_then(|t| t.strip_prefix("': "))
        else {
            continue;
        };
        let end = reason.find(NEXT_UNPARSABLE);
        named.push((index, format!("unable to parse: {}", without_count(&reason[..end.unwrap_or(reason.len())]))));
        rest = end.map_or("", |end| &reason[end + 1..]);
    }
    (named, rest.is_empty())
}

/// `field type conflict: input field "f" on measurement "m" is type string, already exists as type float`.
struct Conflict<'a> {
    measurement: &'a str,
    field: &'a str,
    kind: &'a str,
}

impl<'a> Conflict<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (_, rest) = text.split_once("input field \"")?;
        let (field, rest) = rest.split_once("\" on measurement \"")?;
        let (measurement, rest) = rest.split_once("\" is type ")?;
        let (kind, _) = rest.split_once(',')?;
        Some(Self { measurement, field, kind })
    }

    /// The lines that give the field this type. None when the names are quoted with escapes: then the lines have to be tried.
    fn suspects(&self, sent: &Segment) -> Vec<usize> {
        if self.field.contains('\\') || self.measurement.contains('\\') {
            return Vec::new();
        }
        sent.texts()
            .enumerate()
            .filter(|(_, line)| field_type(line, self.measurement.as_bytes(), self.field.as_bytes()) == Some(self.kind))
            .map(|(index, _)| index)
            .collect()
    }
}

/// The number of dropped points that the text speaks of.
fn dropped(text: &str) -> Option<u64> {
    let (_, tail) = text.rsplit_once("dropped=")?;
    let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
    tail[..digits].parse().ok()
}

/// The server's reason without the words around it.
fn tidy(text: &str) -> String {
    let mut reason = text.trim();
    for prefix in ["failure writing points to database: ", "unexpected error writing points to database: ", "partial write: "] {
        reason = reason.strip_prefix(prefix).unwrap_or(reason);
    }
    without_count(reason).replace(['\n', '\r'], " ")
}

fn without_count(reason: &str) -> &str {
    reason.rsplit_once(" dropped=").map_or(reason, |(words, _)| words).trim_end()
}

/// The text of a member of a JSON error, also when the answer was cut inside it; the second part tells whether it was.
pub(crate) fn error_text(answer: &Answer, member: &str) -> Option<(String, bool)> {
    let read = |body: &[u8]| {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).ok()?;
        object.get(member).and_then(serde_json::Value::as_str).map(str::to_owned)
    };
    if !answer.truncated {
        return read(&answer.body).map(|text| (text, false));
    }
    // The cut may stand inside an escape of up to twelve bytes (a surrogate pair) or inside a character.
    (0..12.min(answer.body.len())).find_map(|less| {
        let mut mended = answer.body[..answer.body.len() - less].to_vec();
        mended.extend_from_slice(b"\"}");
        read(&mended).map(|text| (text, true))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use model::edges::LineBatch;
    use reqwest::{StatusCode, header::HeaderMap};

    use super::*;

    fn segment(lines: &[&str]) -> Segment {
        let body = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        Segment::whole(&LineBatch { body: body.into(), lines: u32::try_from(lines.len()).unwrap(), rows: vec![(0, 1)] })
    }

    #[test]
    fn unparsable_lines_are_found_whatever_they_hold() {
        let sent = segment(&["m f=1 1", "m f=\"it's': x\"y 2", "m f=3 3", "m f= 4", "m f= 4"]);
        let text = "partial write: unable to parse 'm f=\"it's': x\"y 2': invalid boolean\nunable to parse 'm f= 4': missing field \
                    value\nunable to parse 'm f= 4': missing field value dropped=0";
        let refused = read(text, &sent, false, true);
        assert_eq!(
            refused.named,
            [
                (1, "unable to parse: invalid boolean".to_owned()),
                (3, "unable to parse: missing field value".to_owned()),
                (4, "unable to parse: missing field value".to_owned())
            ]
        );
        assert!(refused.others_stored);
        let cut = read(&text[..text.len() - 60], &sent, true, true);
        assert!(!cut.others_stored, "a text without its end says nothing about the lines it does not name");
    }

    #[test]
    fn a_count_is_believed_only_when_it_covers_every_line_that_the_reason_fits() {
        let text = "partial write: field type conflict: input field \"f\" on measurement \"m\" is type string, already exists as type float \
                    dropped=2";
        let reason = "field type conflict: input field \"f\" on measurement \"m\" is type string, already exists as type float";
        let both = read(text, &segment(&["m f=\"a\" 1", "m f=\"b\" 2"]), false, true);
        assert_eq!(both.named, [(0, reason.to_owned()), (1, reason.to_owned())]);
        let some = read(text, &segment(&["m f=\"a\" 1", "m f=1 2", "m f=\"b\" 3"]), false, true);
        assert_eq!((some.named.len(), some.suspects), (0, vec![0, 2]));
        let mixed = read(text, &segment(&["m f=\"a\" 1", "m g=\"b\" 2"]), false, true);
        assert!(mixed.named.is_empty(), "the second line was dropped for another reason");
    }

    #[test]
    fn both_words_for_points_beyond_retention_are_understood() {
        for (text, reason) in [
            ("partial write: points beyond retention policy dropped=1", "points beyond retention policy"),
            (
                "failure writing points to database: partial write: dropped 1 points outside retention policy of duration 1h0m0s - oldest \
                 point m at 1970, newest point m at 1970 dropped=1 for database: b for retention policy: autogen",
                "dropped 1 points outside retention policy of duration 1h0m0s - oldest point m at 1970, newest point m at 1970",
            ),
        ] {
            assert_eq!(read(text, &segment(&["m f=1 1"]), false, true).named, [(0, reason.to_owned())]);
            assert_eq!(read(text, &segment(&["m f=1 1", "m f=1 2"]), false, true).suspects.len(), 2);
        }
    }

    #[test]
    fn the_text_of_an_answer_that_was_cut_is_still_read() {
        let whole = r#"{"error":"partial write: unable to parse 'm\u0001 \"é\\'"#;
        for end in 40..whole.len() {
            let answer = Answer {
                status: StatusCode::BAD_REQUEST,
                headers: HeaderMap::new(),
                body: Bytes::copy_from_slice(&whole.as_bytes()[..end]),
                truncated: true,
                retry_after: None,
                took: Duration::ZERO,
            };
            let (text, cut) = error_text(&answer, "error").unwrap();
            assert!(cut && text.starts_with("partial write: unable to parse"), "{end}: {text}");
        }
    }
}
