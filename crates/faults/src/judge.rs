//! The judge: the table against the points, number by number.

use std::collections::BTreeMap;

use crate::{
    influx::{Influx, Point},
    report::Report,
    table::{FIRST_POINT, Row, STEP, Session, Table},
};

/// How many numbers are compared at once.
const SLICE: i64 = 50_000;
/// How many differences are told in words.
const TOLD: usize = 12;

/// What the comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Rows of the table.
    pub(crate) rows: i64,
    /// Points of the measurement.
    pub(crate) points: i64,
    /// Rows without their point.
    pub(crate) missing: i64,
    /// Points without a row: rolled back, never written, or at a time of no row.
    pub(crate) spurious: i64,
    /// Points that say something else than their row.
    pub(crate) corrupted: i64,
    /// Points beyond the first of a row.
    pub(crate) doubled: i64,
    /// The first differences, in words.
    pub(crate) told: Vec<String>,
}

impl Verdict {
    pub(crate) const fn is_clean(&self) -> bool {
        self.missing == 0 && self.spurious == 0 && self.corrupted == 0 && self.doubled == 0 && self.rows == self.points
    }

    /// Compares numbers in `[from, to)`.
    fn compare(&mut self, rows: &[Row], points: &[Point]) {
        let mut expected: BTreeMap<i64, (&Row, u32)> = rows.iter().map(|row| (row.n, (row, 0))).collect();
        for point in points {
            let n = (point.time - FIRST_POINT) / STEP;
            let Some((row, found)) = expected.get_mut(&n).filter(|_| (point.time - FIRST_POINT) % STEP == 0) else {
                self.spurious += 1;
                self.tell(|| format!("spurious: {point:?}"));
                continue;
            };
            *found += 1;
            if *found > 1 {
                self.doubled += 1;
                self.tell(|| format!("doubled: number {n}: {point:?}"));
            }
            if !says(point, row) {
                self.corrupted += 1;
                self.tell(|| format!("corrupted: {row:?} became {point:?}"));
            }
        }
        for (n, _) in expected.iter().filter(|(_, (_, found))| *found == 0) {
            self.missing += 1;
            self.tell(|| format!("missing: number {n}"));
        }
        self.rows += rows.len() as i64;
        self.points += points.len() as i64;
    }

    fn tell(&mut self, what: impl FnOnce() -> String) {
        if self.told.len() < TOLD {
            self.told.push(what());
        }
    }

    /// Into the report: what was counted, and what is wrong.
    pub(crate) fn put_into(&self, report: &mut Report, what: &str) {
        let Self { rows, points, missing, spurious, corrupted, doubled, .. } = self;
        report.count(format!(
            "{what}: {rows} rows, {points} points; {missing} missing, {spurious} spurious, {corrupted} corrupted, {doubled} doubled"
        ));
        let sum = &mut report.differences;
        (sum.missing, sum.spurious) = (sum.missing + missing, sum.spurious + spurious);
        (sum.corrupted, sum.doubled) = (sum.corrupted + corrupted, sum.doubled + doubled);
        report.must(self.is_clean(), format!("{what}: rows and points differ: {}", self.told.join("; ")));
    }
}

fn says(point: &Point, row: &Row) -> bool {
    let number = |name: &str| point.values.get(name).and_then(|text| text.parse::<i64>().ok());
    number("n") == Some(row.n)
        && number("writer") == Some(row.writer)
        && number("value") == Some(row.value)
        && number("at") == row.at.checked_mul(1000)
        && point.values.get("word") == Some(&row.word)
}

/// Compares the whole table with the whole measurement.
pub(crate) async fn judge(session: &mut Session, table: &Table, influx: &Influx, measurement: &str) -> anyhow::Result<Verdict> {
    judge_those(session, table, influx, measurement, |_| true).await
}

/// Compares those rows of the table with the whole measurement.
pub(crate) async fn judge_those(
    session: &mut Session,
    table: &Table,
    influx: &Influx,
    measurement: &str,
    mut which: impl FnMut(&Row) -> bool,
) -> anyhow::Result<Verdict> {
    let mut verdict = Verdict::default();
    let highest = table.highest(session).await?;
    let mut from = 0;
    while from <= highest {
        let to = from + SLICE;
        let mut rows = session.rows(table, from, to).await?;
        rows.retain(&mut which);
        let points = influx.points(measurement, FIRST_POINT + from * STEP, FIRST_POINT + to * STEP).await?;
        verdict.compare(&rows, &points);
        from = to;
    }
    // Points at times beyond every row have no row.
    let outside = influx.count(measurement, "n").await? - verdict.points;
    if outside != 0 {
        verdict.points += outside;
        verdict.spurious += outside.abs();
        verdict.tell(|| format!("spurious: {outside} points before or behind all rows"));
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn row(n: i64) -> Row {
        Row { n, writer: 1, value: n * 2, word: format!("w{n}"), at: 5 }
    }

    fn point(row: &Row) -> Point {
        let values = [("n", row.n.to_string()), ("writer", "1".to_owned()), ("value", row.value.to_string()), ("at", "5000".to_owned())];
        let mut values: HashMap<String, String> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        values.insert("word".to_owned(), row.word.clone());
        Point { time: FIRST_POINT + row.n * STEP, values }
    }

    #[test]
    fn what_is_missing_spurious_corrupted_or_doubled_is_told_apart() {
        let rows: Vec<Row> = (0..10).map(row).collect();
        let mut points: Vec<Point> = rows.iter().map(point).collect();
        let mut clean = Verdict::default();
        clean.compare(&rows, &points);
        assert!(clean.is_clean(), "{clean:?}");

        points.remove(3);
        points.push(point(&row(11)));
        points[0].values.insert("value".to_owned(), "7".to_owned());
        points.push(points[5].clone());
        points[1].time += 1;
        let mut verdict = Verdict::default();
        verdict.compare(&rows, &points);
        assert_eq!((verdict.missing, verdict.spurious, verdict.corrupted, verdict.doubled), (2, 2, 1, 1), "{verdict:?}");
    }
}
