//! What was counted on either side, interval by interval. Pure.
//!
//! A value of a row is *certain* to be in InfluxDB, or *possible*: its row may or may not have been delivered yet, or another row makes the same
//! point and nobody knows which was written last. A field agrees when InfluxDB has at least as many values as are certain, and at most as many
//! as are possible beside them; where none is merely possible, what the values add up to must be the same too.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hasher,
};

use chrono::{DateTime, Utc};
use model::{
    AuditPlan, Column, CursorValue, Failure, FailureKind,
    audit::{Again, Difference, Found, MAX_DIFFERENCES, MAX_SUMS, SumDifference, TOLERANCE},
    edges::{ReadPoint, Tally},
};
use xxhash_rust::xxh3::Xxh3;

/// Most points that are remembered at once, to know those that two rows share.
const MAX_POINTS: usize = 2_000_000;
/// Most counts of fields over all intervals.
const MAX_COUNTS: usize = 4_000_000;
/// Lengths of a step that InfluxDB is asked to count by, in seconds.
const STEPS_S: [u32; 5] = [86_400, 3_600, 900, 60, 1];

/// Whether a row has been delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivered {
    /// As far as the series' runs go, it has.
    Certainly,
    /// Nobody knows.
    Possibly,
}

/// Among which points those are that two rows share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Together {
    /// Among those of one time: rows come in the order of their points' times.
    OfTime,
    /// Among those of one interval.
    OfInterval,
}

/// The two sides.
#[derive(Debug)]
pub(super) struct Book {
    edges: Vec<DateTime<Utc>>,
    edges_ns: Vec<i64>,
    intervals: Vec<Interval>,
    fields: BTreeMap<String, BTreeMap<String, Field>>,
    known_fields: usize,
    /// The points of an interval or of a time, each with a hash of its line.
    seen: BTreeMap<i64, HashMap<u64, u64>>,
    seen_points: usize,
}

/// A field of a measurement: its place in every interval.
#[derive(Clone, Copy, Debug)]
struct Field {
    at: usize,
    is_number: bool,
}

#[derive(Debug, Default)]
struct Interval {
    rows: u64,
    points: u64,
    rejected: u64,
    values: Vec<Values>,
    rows_from: Option<RowsFrom>,
}

/// The values of one field.
#[derive(Clone, Copy, Debug, Default)]
struct Values {
    certain: u64,
    possible: u64,
    sum: f64,
    /// What they add up to without their signs: so large an error of adding them up can be.
    magnitude: f64,
    found: u64,
    found_sum: f64,
}

/// Where the rows of an interval come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowsFrom {
    /// Cursors from one [`CursorValue::count`] to another, both included.
    Cursor(i64, i64),
    /// Slots, both included.
    Slots(DateTime<Utc>, DateTime<Utc>),
}

impl RowsFrom {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Cursor(a, b), Self::Cursor(c, d)) => Self::Cursor(a.min(c), b.max(d)),
            (Self::Slots(a, b), Self::Slots(c, d)) => Self::Slots(a.min(c), b.max(d)),
            (_, other) => other,
        }
    }
}

impl Book {
    pub(super) fn new(plan: &AuditPlan) -> Self {
        let edges = plan.edges();
        let edges_ns = edges.iter().map(|edge| edge.timestamp_nanos_opt().unwrap_or(i64::MAX)).collect();
        let intervals = (1..edges.len()).map(|_| Interval::default()).collect();
        Self { edges, edges_ns, intervals, fields: BTreeMap::new(), known_fields: 0, seen: BTreeMap::new(), seen_points: 0 }
    }

    /// The longest step, in seconds, of which every interval has whole ones; the first and the last may begin and end in one.
    pub(super) fn step_s(&self) -> u32 {
        let inner = self.edges.get(1..self.edges.len() - 1).unwrap_or_default();
        let fits = |step: &u32| inner.iter().all(|edge| edge.timestamp() % i64::from(*step) == 0);
        STEPS_S.into_iter().find(fits).unwrap_or(1)
    }

    /// Which interval a time lies in.
    pub(super) fn interval_of(&self, time_ns: i64) -> Option<usize> {
        let at = self.edges_ns.partition_point(|edge| *edge <= time_ns).checked_sub(1)?;
        (at < self.intervals.len()).then_some(at)
    }

    /// Counts the point of a row; tells its interval if it lies in one.
    ///
    /// # Errors
    /// When more points would have to be remembered than there is room for.
    pub(super) fn add(&mut self, point: &ReadPoint<'_>, delivered: Delivered, together: Together) -> Result<Option<usize>, Failure> {
        let Some(at) = self.interval_of(point.time_ns) else { return Ok(None) };
        let is_other = match delivered {
            Delivered::Certainly => self.is_other(point, at, together)?,
            Delivered::Possibly => Some(true),
        };
        if delivered == Delivered::Certainly {
            self.intervals[at].rows += 1;
        }
        let Some(is_merely_possible) = is_other else { return Ok(Some(at)) };
        self.intervals[at].points += u64::from(!is_merely_possible);
        for (name, number) in point.fields {
            let values = self.values(at, point.measurement, name, number.is_some())?;
            if is_merely_possible {
                values.possible += 1;
            } else {
                values.certain += 1;
                values.sum += number.unwrap_or_default();
                values.magnitude += number.unwrap_or_default().abs();
            }
        }
        Ok(Some(at))
    }

    /// Whether another row made the same point with other values; `None` when one made the very same.
    fn is_other(&mut self, point: &ReadPoint<'_>, at: usize, together: Together) -> Result<Option<bool>, Failure> {
        let among = match together {
            Together::OfTime => {
                self.forget_before(point.time_ns);
                point.time_ns
            }
            Together::OfInterval => at as i64,
        };
        if self.seen_points >= MAX_POINTS {
            let doing = format!("the rows make more than {MAX_POINTS} points, which are too many to tell those that rows share");
            return Err(Failure::new(FailureKind::Mapping, format!("{doing}: audit a shorter range")));
        }
        let mut hash = Xxh3::new();
        hash.write(point.series);
        hash.write_i64(point.time_ns);
        let line = xxhash_rust::xxh3::xxh3_64(point.text);
        match self.seen.entry(among).or_default().insert(hash.finish(), line) {
            None => {
                self.seen_points += 1;
                Ok(Some(false))
            }
            Some(before) if before == line => Ok(None),
            Some(_) => Ok(Some(true)),
        }
    }

    /// No row that follows shares a point with those of a time, or of an interval, before this one.
    fn forget_before(&mut self, among: i64) {
        if self.seen.first_key_value().is_some_and(|(first, _)| *first < among) {
            self.seen = self.seen.split_off(&among);
            self.seen_points = self.seen.values().map(HashMap::len).sum();
        }
    }

    /// No row that follows has a point before this instant.
    pub(super) fn forget_intervals_before(&mut self, instant: DateTime<Utc>) {
        let open = self.edges.partition_point(|edge| *edge <= instant).saturating_sub(1);
        self.forget_before(open as i64);
    }

    /// Notes where rows of an interval came from.
    pub(super) fn came_from(&mut self, at: usize, rows: RowsFrom) {
        let known = &mut self.intervals[at].rows_from;
        *known = Some(known.map_or(rows, |known| known.and(rows)));
    }

    /// A kept reject would be a point of this time.
    pub(super) fn reject(&mut self, time_ns: i64) {
        if let Some(at) = self.interval_of(time_ns) {
            self.intervals[at].rejected += 1;
        }
    }

    /// The fields of each measurement, and whether they are numbers.
    pub(super) fn fields(&self) -> BTreeMap<String, BTreeMap<String, bool>> {
        let of = |fields: &BTreeMap<String, Field>| fields.iter().map(|(name, field)| (name.clone(), field.is_number)).collect();
        self.fields.iter().map(|(measurement, fields)| (measurement.clone(), of(fields))).collect()
    }

    /// Counts what InfluxDB has; `from` is where the range began that was asked for.
    ///
    /// # Errors
    /// When there are too many fields.
    pub(super) fn found(&mut self, measurement: &str, tally: &Tally, from: DateTime<Utc>) -> Result<(), Failure> {
        // The first step may begin before the range that is counted in it.
        let begin = tally.begin.max(from).timestamp_nanos_opt().unwrap_or(i64::MAX);
        let Some(at) = self.interval_of(begin) else { return Ok(()) };
        let values = self.values(at, measurement, &tally.field, tally.sum.is_some())?;
        values.found += tally.count;
        values.found_sum += tally.sum.unwrap_or_default();
        Ok(())
    }

    fn values(&mut self, at: usize, measurement: &str, field: &str, is_number: bool) -> Result<&mut Values, Failure> {
        let known = self.fields.get(measurement).and_then(|fields| fields.get(field)).copied();
        let place = match known {
            Some(field) => field.at,
            None => {
                self.known_fields += 1;
                if self.known_fields.saturating_mul(self.intervals.len()) > MAX_COUNTS {
                    let doing = format!("there are {} intervals and more than {} fields", self.intervals.len(), self.known_fields - 1);
                    return Err(Failure::new(FailureKind::Mapping, format!("{doing}: compare by day, or audit a shorter range")));
                }
                let new = Field { at: self.known_fields - 1, is_number };
                self.fields.entry(measurement.to_owned()).or_default().insert(field.to_owned(), new);
                new.at
            }
        };
        let values = &mut self.intervals[at].values;
        if values.len() <= place {
            values.resize(place + 1, Values::default());
        }
        Ok(&mut values[place])
    }

    // ---------------------------------------------------------------- comparing

    /// Where the two sides differ. `cursor` is the column of a cursor whose values say where rows came from, with what gives them their meaning.
    pub(super) fn compare(&self, cursor: Option<(&Column, &str)>) -> Found {
        let mut found = Found { compared: self.intervals.len() as u64, ..Found::default() };
        for (at, interval) in self.intervals.iter().enumerate() {
            let Some(difference) = self.difference(at, interval, cursor) else { continue };
            found.differing += 1;
            if found.differences.len() < MAX_DIFFERENCES {
                found.differences.push(difference);
            }
        }
        found
    }

    fn difference(&self, at: usize, interval: &Interval, cursor: Option<(&Column, &str)>) -> Option<Difference> {
        let (mut missing, mut surplus, mut sums) = (0, 0, Vec::new());
        for (measurement, fields) in &self.fields {
            // A point is missing in all of its fields, so the field that lacks most says how many points do.
            let (mut lacks, mut has_more) = (0, 0);
            for (name, field) in fields {
                let values = interval.values.get(field.at).copied().unwrap_or_default();
                lacks = lacks.max(values.certain.saturating_sub(values.found));
                has_more = has_more.max(values.found.saturating_sub(values.certain + values.possible));
                if field.is_number && values.adds_up_to_something_else() {
                    let (measurement, field) = (measurement.clone(), name.clone());
                    sums.push(SumDifference { measurement, field, expected: values.sum, found: values.found_sum });
                }
            }
            missing += lacks;
            surplus += has_more;
        }
        if missing == 0 && surplus == 0 && sums.is_empty() {
            return None;
        }
        let mends = missing > 0 || !sums.is_empty();
        sums.truncate(MAX_SUMS);
        Some(Difference {
            from: self.edges[at],
            to: self.edges[at + 1],
            rows: interval.rows,
            points_expected: interval.points,
            points: (interval.points + surplus).saturating_sub(missing),
            missing,
            surplus,
            rejected: interval.rejected,
            sums,
            again: interval.rows_from.filter(|_| mends).and_then(|rows| rows.again(cursor)),
        })
    }
}

impl Values {
    fn adds_up_to_something_else(&self) -> bool {
        let is_comparable = self.possible == 0 && self.certain == self.found;
        is_comparable && (self.sum - self.found_sum).abs() > TOLERANCE * self.magnitude.max(self.found_sum.abs())
    }
}

impl RowsFrom {
    fn again(self, cursor: Option<(&Column, &str)>) -> Option<Again> {
        match self {
            Self::Slots(first, last) => Some(Again::Slots { first, last }),
            Self::Cursor(first, last) => {
                let (column, fingerprint) = cursor?;
                let value = |count| CursorValue::at(column, count);
                let (from, to) = (value(first)?, value(last.checked_add(1)?)?);
                Some(Again::Range { from, to, fingerprint: fingerprint.to_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use model::audit::Every;

    use super::*;

    fn plan(every: Every, zone: chrono_tz::Tz) -> AuditPlan {
        let at = |text: &str| text.parse().unwrap();
        AuditPlan { from: at("2026-11-20T00:30:00Z"), to: at("2026-11-22T12:00:00Z"), every, zone }
    }

    fn book() -> Book {
        Book::new(&plan(Every::Hour, chrono_tz::Tz::UTC))
    }

    /// A point of the series `m`, so many minutes behind one o'clock.
    fn add(book: &mut Book, minutes: i64, fields: &[(&str, f64)], delivered: Delivered) {
        let at = plan(Every::Hour, chrono_tz::Tz::UTC).from + TimeDelta::minutes(30 + minutes);
        let fields: Vec<(String, Option<f64>)> = fields.iter().map(|(name, value)| ((*name).to_owned(), Some(*value))).collect();
        let time_ns = at.timestamp_nanos_opt().unwrap();
        let text = format!("{fields:?} {time_ns}");
        let point = ReadPoint { line: 0, measurement: "m", series: b"m", fields: &fields, time_ns, text: text.as_bytes() };
        book.add(&point, delivered, Together::OfInterval).unwrap();
    }

    fn found(book: &mut Book, field: &str, count: u64, sum: f64) {
        let begin = "2026-11-20T01:00:00Z".parse().unwrap();
        book.found("m", &Tally { begin, field: field.to_owned(), count, sum: Some(sum) }, begin).unwrap();
    }

    #[test]
    fn a_field_that_is_often_null_is_no_point_that_is_missing() {
        let mut book = book();
        for minute in 0..10 {
            let seldom = [("v", 1.0), ("seldom", 2.0)];
            add(&mut book, minute, if minute == 3 { &seldom } else { &seldom[..1] }, Delivered::Certainly);
        }
        found(&mut book, "v", 10, 10.0);
        found(&mut book, "seldom", 1, 2.0);
        assert_eq!(book.compare(None).differing, 0);
        found(&mut book, "seldom", 1, 2.0);
        let compared = book.compare(None);
        assert_eq!((compared.differences[0].missing, compared.differences[0].surplus), (0, 1), "{compared:?}");
    }

    #[test]
    fn what_is_possible_may_be_there_or_not_and_says_nothing_of_sums() {
        for (count, differing) in [(1, 1), (2, 0), (3, 0), (4, 1)] {
            let mut book = book();
            add(&mut book, 0, &[("v", 1.0)], Delivered::Certainly);
            add(&mut book, 1, &[("v", 1.0)], Delivered::Certainly);
            add(&mut book, 2, &[("v", 1.0)], Delivered::Possibly);
            found(&mut book, "v", count, 77.0);
            assert_eq!(book.compare(None).differing, differing, "{count}");
        }
    }

    #[test]
    fn the_same_line_twice_is_one_point_and_another_of_its_time_may_have_won() {
        let mut book = book();
        for value in [1.0, 1.0] {
            add(&mut book, 0, &[("v", value)], Delivered::Certainly);
        }
        found(&mut book, "v", 1, 5.0);
        let one = book.compare(None).differences.remove(0);
        assert_eq!((one.rows, one.points_expected, one.sums[0].expected), (2, 1, 1.0));
        add(&mut book, 0, &[("v", 5.0)], Delivered::Certainly);
        assert_eq!(book.compare(None).differing, 0, "nobody knows which value is there");
    }

    #[test]
    fn sums_agree_but_for_the_rounding_of_their_order() {
        let mut book = book();
        let values: Vec<f64> = (0..50).map(|n| if n % 2 == 0 { 1e9 + 0.1 } else { -1e9 }).collect();
        for (minute, value) in (0..).zip(&values) {
            add(&mut book, minute, &[("v", *value)], Delivered::Certainly);
        }
        let other_order: f64 = values.iter().rev().sum();
        found(&mut book, "v", 50, other_order);
        assert_eq!(book.compare(None).differing, 0);
        found(&mut book, "v", 0, 100.0);
        assert_eq!(book.compare(None).differing, 1);
    }

    #[test]
    fn days_of_every_zone_are_made_of_whole_steps() {
        use chrono_tz::Tz;
        let step = |every, zone| Book::new(&plan(every, zone)).step_s();
        assert_eq!(step(Every::Hour, Tz::UTC), 3600);
        assert_eq!(step(Every::Day, Tz::UTC), 86_400);
        assert_eq!(step(Every::Day, Tz::Europe__Berlin), 3600);
        assert_eq!(step(Every::Day, Tz::Asia__Kathmandu), 900);
    }
}
