//! What can be said of a series from the first of its lines: what would be lost, refused or become too much.
//!
//! Pure: it reads the lines that the shaper made, and what the server said of itself.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::conversion::Agreement;

/// What is judged.
#[derive(Clone, Debug)]
pub struct Sample<'a> {
    /// The lines of a query's first rows, without their line breaks, each with the number of its row (from 1).
    pub lines: &'a [(u64, &'a str)],
    /// Whether these are all rows.
    pub is_complete: bool,
    /// The fields whose type on the server is another.
    pub agreements: &'a [Agreement],
    /// How long the server keeps points; `None` for ever.
    pub retention: Option<Duration>,
    /// The present.
    pub now: DateTime<Utc>,
}

/// What was found, and what was counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// What deserves attention, the worst first.
    pub verdicts: Vec<Verdict>,
    /// What was counted.
    pub measures: Measures,
}

/// One thing that deserves attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What it is about.
    pub kind: VerdictKind,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, one sentence without a period.
    pub message: String,
    /// What to do about it, one line; absent when there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The first rows that it is about (from 1), at most [`Verdict::MAX_ROWS`]; none when it is about all.
    pub rows: Vec<u64>,
    /// How many rows it is about.
    pub count: u64,
}

impl Verdict {
    /// Most rows that a verdict names.
    pub const MAX_ROWS: usize = 20;
}

/// What a verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// A field has another type on the server, and its points would be refused.
    TypeConflict,
    /// A field has another type on the server, and values are converted to it.
    TypeConverted,
    /// Several rows become one point.
    Collapse,
    /// Points are older than the server keeps them.
    Retention,
    /// How many series the points are in.
    Cardinality,
    /// The server could not be asked what it has: types and age were not judged.
    NotAsked,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Points would be refused or lost.
    Error,
    /// Rows may be lost, or something grows without an end.
    Warning,
    /// Good to know.
    Note,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measures {
    /// Lines.
    pub lines: u64,
    /// Their bytes, line breaks included, before compression.
    pub bytes: u64,
    /// Bytes of the longest.
    pub longest_line_bytes: u64,
    /// Distinct points.
    pub points: u64,
    /// Distinct series.
    pub series: u64,
    /// How many series there are at least in all that the query gives, by the estimator Chao1 from those that were seen once and twice;
    /// absent when all rows were seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series_estimate: Option<u64>,
}

/// Fewer lines than this say nothing about how many series there will be.
const FEW_LINES: u64 = 20;

/// Judges a sample.
pub fn verdicts(sample: &Sample<'_>) -> Judged {
    let mut verdicts: Vec<Verdict> = sample.agreements.iter().map(of_type).collect();
    let lines: Vec<Parts<'_>> = sample.lines.iter().map(|(row, line)| Parts::of(*row, line)).collect();
    let mut points: HashMap<(&str, i64), Vec<&Parts<'_>>> = HashMap::new();
    let mut series: HashMap<&str, u64> = HashMap::new();
    for line in &lines {
        points.entry((line.series, line.time)).or_default().push(line);
        *series.entry(line.series).or_default() += 1;
    }
    let measures = Measures {
        lines: lines.len() as u64,
        bytes: sample.lines.iter().map(|(_, line)| line.len() as u64 + 1).sum(),
        longest_line_bytes: sample.lines.iter().map(|(_, line)| line.len() as u64 + 1).max().unwrap_or_default(),
        points: points.len() as u64,
        series: series.len() as u64,
        series_estimate: (!sample.is_complete).then(|| chao1(&series)),
    };
    verdicts.extend(of_collapse(&lines, &points));
    verdicts.extend(of_retention(sample, &lines));
    verdicts.extend(of_cardinality(sample, &lines, &measures));
    verdicts.sort_by_key(|verdict| verdict.severity);
    Judged { verdicts, measures }
}

/// The parts of a line that tell points apart.
struct Parts<'a> {
    row: u64,
    /// Measurement and tags.
    series: &'a str,
    fields: &'a str,
    time: i64,
}

impl<'a> Parts<'a> {
    fn of(row: u64, line: &'a str) -> Self {
        // No name and no tag ends in a backslash, so a space behind one is escaped. The time is behind the last space.
        let bytes = line.as_bytes();
        let end = (1..bytes.len()).find(|at| bytes[*at] == b' ' && bytes[at - 1] != b'\\').unwrap_or(bytes.len());
        let (series, rest) = line.split_at(end);
        let (fields, time) = rest.rsplit_once(' ').unwrap_or((rest, ""));
        Self { row, series, fields, time: time.parse().unwrap_or_default() }
    }

    /// Key and value of each tag, escaped as they are.
    fn tags(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        parts(self.series, b',').into_iter().skip(1).filter_map(|tag| {
            let [key, value] = parts(tag, b'=')[..] else { return None };
            Some((key, value))
        })
    }
}

/// The parts between separators that no backslash stands before.
fn parts(text: &str, separator: u8) -> Vec<&str> {
    let bytes = text.as_bytes();
    let cuts = (1..bytes.len()).filter(|at| bytes[*at] == separator && bytes[at - 1] != b'\\');
    let mut parts = Vec::new();
    let mut from = 0;
    for at in cuts {
        parts.push(&text[from..at]);
        from = at + 1;
    }
    parts.push(&text[from..]);
    parts
}

/// At least how many series there are when these were seen so often (A. Chao, 1984; the form that corrects its bias).
fn chao1(series: &HashMap<&str, u64>) -> u64 {
    let seen = |times: u64| series.values().filter(|count| **count == times).count() as u64;
    let (once, twice) = (seen(1), seen(2));
    series.len() as u64 + once * once.saturating_sub(1) / (2 * (twice + 1))
}

fn of_type(agreement: &Agreement) -> Verdict {
    let (kind, severity) = match agreement.converted_to {
        Some(_) => (VerdictKind::TypeConverted, Severity::Note),
        None => (VerdictKind::TypeConflict, Severity::Error),
    };
    let advice = agreement.advice();
    Verdict { kind, severity, message: agreement.finding(), advice, rows: Vec::new(), count: 0 }
}

fn of_collapse(lines: &[Parts<'_>], points: &HashMap<(&str, i64), Vec<&Parts<'_>>>) -> Option<Verdict> {
    let is_lost = |line: &&Parts<'_>| points[&(line.series, line.time)].len() > 1;
    let rows: Vec<u64> = lines.iter().filter(is_lost).map(|line| line.row).collect();
    let first = lines.iter().find(is_lost)?;
    let same = &points[&(first.series, first.time)];
    let collapsed = points.values().filter(|lines| lines.len() > 1);
    let into = collapsed.clone().count();
    let differs = collapsed.flatten().any(|line| points[&(line.series, line.time)][0].fields != line.fields);
    let count = rows.len() as u64;
    let many = |count: usize, one: &str| if count == 1 { format!("one {one}") } else { format!("{count} {one}s") };
    let time = DateTime::from_timestamp_nanos(first.time).to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let message = format!(
        "{count} rows become {}: they agree in measurement, tags and time, as rows {} and {} do at {time}{}",
        many(into, "point"),
        same[0].row,
        same[1].row,
        if differs { ", and of each field the last value wins" } else { ", and in every field too" },
    );
    let advice = if differs {
        "make one more column a tag, give each row a time of its own, or GROUP BY the tags in the query"
    } else {
        "if each of them counts, make one more column a tag; else SELECT DISTINCT saves sending them"
    };
    let severity = if differs { Severity::Warning } else { Severity::Note };
    Some(Verdict { kind: VerdictKind::Collapse, severity, message, advice: Some(advice.to_owned()), rows: few(rows), count })
}

fn of_retention(sample: &Sample<'_>, lines: &[Parts<'_>]) -> Option<Verdict> {
    let retention = sample.retention?;
    let kept_since = sample.now.checked_sub_signed(chrono::TimeDelta::from_std(retention).ok()?)?.timestamp_nanos_opt()?;
    let rows: Vec<u64> = lines.iter().filter(|line| line.time < kept_since).map(|line| line.row).collect();
    if rows.is_empty() {
        return None;
    }
    let count = rows.len() as u64;
    let (points, are) = if count == 1 { ("point", "is") } else { ("points", "are") };
    let message = format!("{count} {points} of {} {are} older than the {} that the server keeps", lines.len(), length(retention));
    let advice = "the server refuses or drops them: leave such rows out in the query, or write where points are kept longer";
    Some(Verdict {
        kind: VerdictKind::Retention,
        severity: Severity::Error,
        message,
        advice: Some(advice.to_owned()),
        rows: few(rows),
        count,
    })
}

fn length(retention: Duration) -> String {
    let hours = retention.as_secs() / 3600;
    match (hours / 24, hours) {
        (0, 0) => format!("{} s", retention.as_secs()),
        (days, hours) if days > 1 && hours % 24 == 0 => format!("{days} days"),
        (_, hours) => format!("{hours} h"),
    }
}

fn of_cardinality(sample: &Sample<'_>, lines: &[Parts<'_>], measures: &Measures) -> Option<Verdict> {
    if measures.lines == 0 {
        return None;
    }
    let (seen, series) = (measures.lines, measures.series);
    let mut values: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
    for (key, value) in lines.iter().flat_map(Parts::tags) {
        values.entry(key).or_default().insert(value);
    }
    let most = values.iter().max_by_key(|(_, values)| values.len()).map(|(key, values)| (*key, values.len() as u64));
    let estimate = match measures.series_estimate {
        Some(estimate) if estimate > series => format!("; all rows are in at least about {estimate} (Chao1)"),
        _ => String::new(),
    };
    let is_many = seen >= FEW_LINES && series * 2 > seen && !sample.is_complete;
    let tag = most.filter(|(_, count)| *count > 1).map(|(key, count)| format!(", tag `{key}` has {count} values")).unwrap_or_default();
    let (points, are) = if seen == 1 { ("point", "is") } else { ("points", "are") };
    let message = format!("{seen} {points} {are} in {series} series{tag}{estimate}");
    let advice =
        "nearly each row is a series of its own, and a server holds every series in an index: make the tag a field if nobody groups by it";
    Some(Verdict {
        kind: VerdictKind::Cardinality,
        severity: if is_many { Severity::Warning } else { Severity::Note },
        message,
        advice: is_many.then(|| advice.to_owned()),
        rows: Vec::new(),
        count: seen,
    })
}

fn few(mut rows: Vec<u64>) -> Vec<u64> {
    rows.truncate(Verdict::MAX_ROWS);
    rows
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use model::FieldType;

    use super::*;

    fn judged(lines: &[&str], is_complete: bool, retention: Option<Duration>, agreements: &[Agreement]) -> Judged {
        let lines: Vec<(u64, &str)> = (1..).zip(lines.iter().copied()).collect();
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        verdicts(&Sample { lines: &lines, is_complete, agreements, retention, now })
    }

    fn of(judged: &Judged, kind: VerdictKind) -> Option<&Verdict> {
        judged.verdicts.iter().find(|verdict| verdict.kind == kind)
    }

    const NOON: i64 = 1_795_262_400_000_000_000;

    #[test]
    fn rows_that_agree_in_all_but_fields_are_told_with_their_numbers() {
        let lines = ["m,a=x f=1 5", "m,a=x f=2 6", "m,a=x f=3 5", "m,a=y f=1 5", "m,a=x f=9 5", "m,a=x g=1 6"];
        let found = judged(&lines, true, None, &[]);
        let collapse = of(&found, VerdictKind::Collapse).unwrap();
        assert_eq!((collapse.severity, &collapse.rows[..], collapse.count), (Severity::Warning, &[1, 2, 3, 5, 6][..], 5));
        assert_eq!(
            collapse.message,
            "5 rows become 2 points: they agree in measurement, tags and time, as rows 1 and 3 do at 1970-01-01T00:00:00.000000005Z, and of \
             each field the last value wins"
        );
        assert_eq!((found.measures.points, found.measures.series, found.measures.lines), (3, 2, 6));
        let same = judged(&["m f=1 5", "m f=1 5"], true, None, &[]);
        let collapse = of(&same, VerdictKind::Collapse).unwrap();
        assert_eq!(collapse.severity, Severity::Note);
        assert!(collapse.message.starts_with("2 rows become one point") && collapse.message.ends_with("and in every field too"));
        assert_eq!(of(&judged(&["m f=1 5", "m f=1 6", "n f=1 5"], true, None, &[]), VerdictKind::Collapse), None);
    }

    #[test]
    fn a_line_is_cut_where_it_is_not_escaped() {
        let line = Parts::of(1, "my\\ m,a\\ b\\,=x\\=\\ y,c=d f=\"a, b=c\nd \\\" e\",g=1 -7");
        assert_eq!((line.series, line.fields, line.time), ("my\\ m,a\\ b\\,=x\\=\\ y,c=d", " f=\"a, b=c\nd \\\" e\",g=1", -7));
        assert_eq!(line.tags().collect::<Vec<_>>(), [("a\\ b\\,", "x\\=\\ y"), ("c", "d")]);
    }

    #[test]
    fn points_that_the_server_no_longer_keeps_are_told() {
        let lines: Vec<String> = [0, 3599, 3600, 3601, 90_000].iter().map(|ago| format!("m f=1 {}", NOON - ago * 1_000_000_000)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let found = judged(&lines, true, Some(Duration::from_secs(3600)), &[]);
        let old = of(&found, VerdictKind::Retention).unwrap();
        assert_eq!((old.severity, &old.rows[..], old.count), (Severity::Error, &[4, 5][..], 2));
        assert_eq!(old.message, "2 points of 5 are older than the 1 h that the server keeps");
        assert_eq!(of(&judged(&lines, true, None, &[]), VerdictKind::Retention), None);
        assert_eq!(of(&judged(&lines, true, Some(Duration::from_secs(604_800)), &[]), VerdictKind::Retention), None);
        let years = judged(&["m f=1 0"], true, Some(Duration::from_secs(30 * 86_400)), &[]);
        assert_eq!(of(&years, VerdictKind::Retention).unwrap().message, "1 point of 1 is older than the 30 days that the server keeps");
    }

    #[test]
    fn series_are_counted_and_those_to_come_estimated() {
        let few: Vec<String> = (0..40).map(|row| format!("m,host=h{} f=1 {row}", row % 4)).collect();
        let lines: Vec<&str> = few.iter().map(String::as_str).collect();
        let found = judged(&lines, false, None, &[]);
        assert_eq!((found.measures.series, found.measures.series_estimate), (4, Some(4)));
        let verdict = of(&found, VerdictKind::Cardinality).unwrap();
        assert_eq!((verdict.severity, verdict.message.as_str()), (Severity::Note, "40 points are in 4 series, tag `host` has 4 values"));

        let many: Vec<String> = (0..40).map(|row| format!("m,id={},site=a f=1 {row}", row.min(38))).collect();
        let lines: Vec<&str> = many.iter().map(String::as_str).collect();
        let found = judged(&lines, false, None, &[]);
        // 39 series: 38 were seen once, one twice.
        assert_eq!((found.measures.series, found.measures.series_estimate), (39, Some(39 + 38 * 37 / 4)));
        let verdict = of(&found, VerdictKind::Cardinality).unwrap();
        assert_eq!(verdict.severity, Severity::Warning);
        assert_eq!(verdict.message, "40 points are in 39 series, tag `id` has 39 values; all rows are in at least about 390 (Chao1)");
        let all = judged(&lines, true, None, &[]);
        assert_eq!((all.measures.series_estimate, of(&all, VerdictKind::Cardinality).unwrap().severity), (None, Severity::Note));
        assert_eq!(judged(&[], true, None, &[]).verdicts, []);
    }

    #[test]
    fn types_are_told_and_the_worst_comes_first() {
        let agreement = |converted_to| Agreement {
            field: "f".to_owned(),
            column: Some("c".to_owned()),
            ours: FieldType::Integer,
            theirs: vec![FieldType::Float],
            converted_to,
        };
        let found = judged(&["m f=1 5"], true, None, &[agreement(Some(FieldType::Float)), agreement(None)]);
        let told: Vec<_> = found.verdicts.iter().map(|verdict| (verdict.kind, verdict.severity, verdict.advice.is_some())).collect();
        assert_eq!(
            told,
            [
                (VerdictKind::TypeConflict, Severity::Error, true),
                (VerdictKind::TypeConverted, Severity::Note, false),
                (VerdictKind::Cardinality, Severity::Note, false)
            ]
        );
        assert_eq!(found.measures.bytes, 8);
    }
}
