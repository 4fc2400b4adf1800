//! How many values a field has in each step of time, and what they add up to: asked in each language, read from what each answers.
//!
//! Steps are laid over time from 1970-01-01T00:00:00Z on, in every language alike. Facts: InfluxQL's `GROUP BY time` and `FILL(none)`, Flux'
//! `aggregateWindow`, the `date_bin` of InfluxDB 3.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{
    Failure, FailureKind,
    edges::{Tally, TallyAsked},
    explore::{Frames, Language},
};
use serde_json::Value;

use super::{
    quote::{flux_text, influxql_name, influxql_text, sql_name, sql_text},
    range::{instant, length},
};

/// What is made of the values of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Count,
    Sum,
}

impl Made {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
        }
    }
}

/// The columns of an answer to [`influxql`] and [`sql`]: what is made of which field, under names that no field has.
fn columns(asked: &TallyAsked) -> Vec<(String, Made, &str)> {
    let counts = asked.fields.iter().enumerate().map(|(at, (name, _))| (format!("c{at}"), Made::Count, name.as_str()));
    let sums = asked.fields.iter().enumerate().filter(|(_, (_, is_number))| **is_number);
    counts.chain(sums.map(|(at, (name, _))| (format!("s{at}"), Made::Sum, name.as_str()))).collect()
}

pub(super) fn influxql(asked: &TallyAsked) -> String {
    let part = |(column, made, field): &(String, Made, &str)| format!("{}({}::field) AS {column}", made.as_str(), influxql_name(field));
    let parts: Vec<String> = columns(asked).iter().map(part).collect();
    let language = Language::Influxql;
    let (from, to) = (instant(asked.range.from, language), instant(asked.range.to, language));
    let mut text = format!("SELECT {} FROM {} WHERE time >= {from} AND time < {to}", parts.join(", "), influxql_name(&asked.measurement));
    for (tag, value) in &asked.tags {
        text.push_str(&format!(" AND {}::tag = {}", influxql_name(tag), influxql_text(value)));
    }
    text.push_str(&format!(" GROUP BY time({}) FILL(none)", length(step_ms(asked), language)));
    text
}

pub(super) fn sql(asked: &TallyAsked) -> String {
    let part = |(column, made, field): &(String, Made, &str)| format!("{}({}) AS {column}", made.as_str(), sql_name(field));
    let parts: Vec<String> = columns(asked).iter().map(part).collect();
    let language = Language::Sql;
    let (from, to) = (instant(asked.range.from, language), instant(asked.range.to, language));
    let step = length(step_ms(asked), language);
    let table = sql_name(&asked.measurement);
    let mut text = format!("SELECT date_bin({step}, time) AS time, {} FROM {table} WHERE time >= {from} AND time < {to}", parts.join(", "));
    for (tag, value) in &asked.tags {
        text.push_str(&format!(" AND {} = {}", sql_name(tag), sql_text(value)));
    }
    // By place, for `time` alone would be the column and not what was made of it.
    text.push_str(" GROUP BY 1 ORDER BY 1");
    text
}

/// `bucket` is what `from` is called with. `None` when there is nothing to make of any field.
pub(super) fn flux(asked: &TallyAsked, bucket: &str, made: Made) -> Option<String> {
    let wanted = asked.fields.iter().filter(|(_, is_number)| made == Made::Count || **is_number);
    let any: Vec<String> = wanted.map(|(name, _)| format!("r._field == {}", flux_text(name))).collect();
    if any.is_empty() {
        return None;
    }
    let language = Language::Flux;
    let mut lines = vec![
        format!("from({bucket})"),
        format!("range(start: {}, stop: {})", instant(asked.range.from, language), instant(asked.range.to, language)),
        format!("filter(fn: (r) => r._measurement == {})", flux_text(&asked.measurement)),
        format!("filter(fn: (r) => {})", any.join(" or ")),
    ];
    lines.extend(asked.tags.iter().map(|(tag, value)| format!("filter(fn: (r) => r[{}] == {})", flux_text(tag), flux_text(value))));
    lines.push("group(columns: [\"_field\"])".to_owned());
    let (every, fun) = (length(step_ms(asked), language), made.as_str());
    lines.push(format!("aggregateWindow(every: {every}, fn: {fun}, timeSrc: \"_start\", createEmpty: false)"));
    Some(lines.join("\n  |> "))
}

fn step_ms(asked: &TallyAsked) -> i64 {
    i64::from(asked.step_s) * 1000
}

/// The tallies of an answer to [`influxql`] or [`sql`].
pub(super) fn of_columns(frames: &Frames, asked: &TallyAsked) -> Result<Vec<Tally>, Failure> {
    let mut tallies = Tallies::new(frames)?;
    for frame in &frames.series {
        let place = |name: &str| frame.columns.iter().position(|column| column.name == name);
        let time = place("time").ok_or_else(unreadable)?;
        for (column, made, field) in columns(asked) {
            let Some(at) = place(&column) else { continue };
            for row in &frame.rows {
                tallies.add(row.get(time), field, made, row.get(at))?;
            }
        }
    }
    Ok(tallies.finish())
}

/// Those of answers to [`flux`].
pub(super) fn of_tables(answers: &[(Made, Frames)]) -> Result<Vec<Tally>, Failure> {
    let mut tallies = Tallies::default();
    for (made, frames) in answers {
        tallies.whole(frames)?;
        for frame in &frames.series {
            let place = |name: &str| frame.columns.iter().position(|column| column.name == name).ok_or_else(unreadable);
            let (time, value) = (place("_time")?, place("_value")?);
            let field = frame.tags.get("_field").ok_or_else(unreadable)?;
            for row in &frame.rows {
                tallies.add(row.get(time), field, *made, row.get(value))?;
            }
        }
    }
    Ok(tallies.finish())
}

/// Counts and sums on their way together.
#[derive(Default)]
struct Tallies(BTreeMap<(DateTime<Utc>, String), (u64, Option<f64>)>);

impl Tallies {
    fn new(frames: &Frames) -> Result<Self, Failure> {
        let tallies = Self::default();
        tallies.whole(frames)?;
        Ok(tallies)
    }

    /// Half an answer would be points that are missing.
    fn whole(&self, frames: &Frames) -> Result<(), Failure> {
        match frames.warnings.first() {
            _ if frames.truncated => Err(Failure::new(FailureKind::InfluxUnexpected, "the server's answer is not whole")),
            Some(warning) => Err(Failure::new(FailureKind::InfluxUnexpected, format!("the server remarks: {warning}"))),
            None => Ok(()),
        }
    }

    fn add(&mut self, time: Option<&Value>, field: &str, made: Made, value: Option<&Value>) -> Result<(), Failure> {
        // A field that has no value in a step is null there.
        let Some(number) = value.filter(|value| !value.is_null()).map(number).transpose()? else { return Ok(()) };
        let begin = time.and_then(Value::as_str).and_then(|text| text.parse().ok()).ok_or_else(unreadable)?;
        let tally = self.0.entry((begin, field.to_owned())).or_default();
        match made {
            Made::Count => tally.0 = number as u64,
            Made::Sum => tally.1 = Some(number),
        }
        Ok(())
    }

    fn finish(self) -> Vec<Tally> {
        let tally = |((begin, field), (count, sum))| Tally { begin, field, count, sum };
        self.0.into_iter().filter(|(_, (count, _))| *count > 0).map(tally).collect()
    }
}

/// Whole numbers beyond 2^53 travel as text.
fn number(value: &Value) -> Result<f64, Failure> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(unreadable)
}

fn unreadable() -> Failure {
    Failure::new(FailureKind::InfluxUnexpected, "the answer is none to a question for counts and sums")
}

#[cfg(test)]
mod tests {
    use model::explore::{Frame, FrameColumn, TimeRange, ValueType};
    use serde_json::json;

    use super::*;

    #[test]
    fn half_an_answer_is_no_answer() {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let asked = TallyAsked {
            measurement: "m".to_owned(),
            tags: BTreeMap::new(),
            fields: BTreeMap::from([("f".to_owned(), true)]),
            range: TimeRange { from: instant("2026-11-21T12:00:00Z"), to: instant("2026-11-21T13:00:00Z") },
            step_s: 3600,
        };
        let column = |name: &str| FrameColumn { name: name.to_owned(), kind: ValueType::Number };
        let columns = ["time", "c0", "s0"].map(column).to_vec();
        let rows = vec![vec![json!("2026-11-21T12:00:00Z"), json!(2), json!("9007199254740993")]];
        let whole = Frames { series: vec![Frame { columns, rows, ..Frame::default() }], ..Frames::default() };
        assert_eq!(of_columns(&whole, &asked).unwrap()[0].sum, Some(9_007_199_254_740_992.0));
        let cut = Frames { truncated: true, ..whole.clone() };
        let remarked = Frames { warnings: vec!["max-select-point limit exceeded".to_owned()], ..whole };
        for frames in [cut, remarked] {
            assert_eq!(of_columns(&frames, &asked).unwrap_err().kind, FailureKind::InfluxUnexpected);
        }
    }
}
