//! A page: the rows of one step of an incremental series, between the reader and the shaper.
//!
//! It tells where the page ends, so that the cursor can move there, and keeps three promises on the way:
//!
//! - **A page never ends among rows of one place.** Rows of the same cursor and key (with a key that tells all rows apart: single rows) are
//!   held until a row of another place follows or the rows end. When the page is full, those that are still held are left to the next
//!   page, which begins in front of them.
//! - **Nothing above the fence passes**, whatever the database sends.
//! - **Rows that have not changed** since they were delivered are left out, when there is a ledger.

use arrow_array::{Array, BooleanArray, RecordBatch, StringArray, cast::AsArray};
use arrow_select::filter::filter_record_batch;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use model::{Code, Column, ColumnType, CursorValue, Failure, FailureKind, Position};

use crate::{
    fence::{self, Bound},
    ledger::Ledger,
};

/// Where the cursor and the key are in the result.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) columns: Vec<Column>,
    pub(crate) cursor: usize,
    pub(crate) key: Vec<usize>,
}

/// Which rows of a page are decided, where the database cannot be asked for those only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextClock {
    /// The zone of times that carry none.
    pub(crate) zone: Tz,
    /// The database's clock.
    pub(crate) now: DateTime<Utc>,
}

/// The time that a text tells: from when to when it is what a clock shows. A second ends where it begins, for [`fence::GUARD`] is as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    begins: DateTime<Utc>,
    ends: DateTime<Utc>,
}

/// The rows of a page as they pass.
pub(crate) struct Page {
    places: Places,
    /// Rows without a cursor value, in the order of the key.
    without_cursor: bool,
    bound: Bound,
    clock: Option<TextClock>,
    /// Most rows that the database sends; it may have more.
    limit: u64,
    received: u64,
    /// Rows of one place, the highest so far.
    held: Vec<RecordBatch>,
    ledger: Option<Ledger>,
    passed: u64,
    last: Option<Position>,
    cut: Option<Cut>,
}

/// Why a page ends before its rows do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The next row's time is not over.
    Undecided,
    /// The next row's time lies too far in the future.
    Ahead(CursorValue),
}

/// Rows that go on to the shaper.
pub(crate) struct Passed {
    pub(crate) rows: RecordBatch,
    /// Of how many that were read.
    pub(crate) of: u64,
    /// Which of these; all when that is not said.
    pub(crate) kept: Option<Vec<bool>>,
}

impl Passed {
    pub(crate) fn all(rows: RecordBatch) -> Self {
        Self { of: rows.num_rows() as u64, rows, kept: None }
    }
}

/// What is known of a page at its end.
pub(crate) struct PageEnd {
    /// The last row that passed; `None` when none did.
    pub(crate) last: Option<Position>,
    /// Whether there may be more rows behind it.
    pub(crate) more: bool,
    /// Rows that passed, unchanged ones included.
    pub(crate) passed: u64,
    pub(crate) cut: Option<Cut>,
    pub(crate) ledger: Option<Ledger>,
}

impl Places {
    /// # Errors
    /// `Cursor` when a column is missing or its type has no order.
    pub(crate) fn find(columns: &[Column], cursor: &str, key: &[String]) -> Result<Self, Failure> {
        let find = |name: &str| {
            let missing = || Failure::new(FailureKind::Cursor, format!("the result has no column `{name}`"));
            let at = columns.iter().position(|column| column.name == name).ok_or_else(missing)?;
            if CursorValue::can_be(columns[at].kind) {
                return Ok(at);
            }
            let kind = columns[at].kind.as_str();
            Err(Failure::new(FailureKind::Cursor, format!("column `{name}` is of type {kind}, which has no order")))
        };
        Ok(Self { columns: columns.to_vec(), cursor: find(cursor)?, key: key.iter().map(|name| find(name)).collect::<Result<_, _>>()? })
    }

    pub(crate) fn cursor(&self) -> &Column {
        &self.columns[self.cursor]
    }
}

impl Page {
    pub(crate) fn new(places: Places, bound: Bound, limit: u64, ledger: Option<Ledger>, clock: Option<TextClock>) -> Self {
        Self { places, without_cursor: false, bound, clock, limit, received: 0, held: Vec::new(), ledger, passed: 0, last: None, cut: None }
    }

    /// Of rows without a cursor value.
    pub(crate) fn without_cursor(places: Places, limit: u64, ledger: Ledger) -> Self {
        Self { without_cursor: true, ..Self::new(places, Bound::Open, limit, Some(ledger), None) }
    }

    /// Takes the next rows; gives those that are certain to belong to the page.
    pub(crate) fn pass(&mut self, rows: RecordBatch) -> Result<Vec<Passed>, Failure> {
        self.received += rows.num_rows() as u64;
        let last = rows.num_rows() - 1;
        let first_of_group = (0..last).rev().find(|row| !self.same_place(&rows, *row, &rows, last)).map_or(0, |row| row + 1);
        let continues = first_of_group == 0 && self.held.first().is_some_and(|held| self.same_place(held, 0, &rows, 0));
        if continues {
            self.held.push(rows);
            return Ok(Vec::new());
        }
        let mut certain = std::mem::take(&mut self.held);
        if first_of_group > 0 {
            certain.push(rows.slice(0, first_of_group));
        }
        self.held.push(rows.slice(first_of_group, rows.num_rows() - first_of_group));
        self.let_go(certain)
    }

    /// The database said end of rows: gives what was still held, unless the next page must begin with it.
    pub(crate) fn end(&mut self) -> Result<Vec<Passed>, Failure> {
        let held = std::mem::take(&mut self.held);
        if self.received >= self.limit { Ok(Vec::new()) } else { self.let_go(held) }
    }

    /// Whether what is still to come does not belong to the page.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    pub(crate) fn into_end(self) -> PageEnd {
        let more = self.received >= self.limit && self.cut.is_none();
        PageEnd { last: self.last, more, passed: self.passed, cut: self.cut, ledger: self.ledger }
    }

    fn same_place(&self, a: &RecordBatch, row_a: usize, b: &RecordBatch, row_b: usize) -> bool {
        let cursor = (!self.without_cursor).then_some(self.places.cursor);
        let columns = cursor.iter().chain(&self.places.key);
        columns.into_iter().all(|at| *a.column(*at).slice(row_a, 1) == *b.column(*at).slice(row_b, 1))
    }

    fn let_go(&mut self, certain: Vec<RecordBatch>) -> Result<Vec<Passed>, Failure> {
        let mut passed = Vec::with_capacity(certain.len());
        for rows in certain {
            if self.cut.is_some() {
                break;
            }
            let rows = self.cut_at_clock(rows)?;
            if rows.num_rows() == 0 {
                continue;
            }
            self.last = Some(self.place_of(&rows, rows.num_rows() - 1)?);
            self.below_the_fence()?;
            self.passed += rows.num_rows() as u64;
            passed.push(self.changed(rows)?);
        }
        Ok(passed)
    }

    fn place_of(&self, rows: &RecordBatch, row: usize) -> Result<Position, Failure> {
        let Places { columns, cursor, key } = &self.places;
        if self.without_cursor {
            // Only the key counts among rows without a cursor value.
            let place = if key.is_empty() { None } else { Position::of(columns, rows, row, key[0], key)? };
            return Ok(place.unwrap_or_else(|| Position { cursor: CursorValue::new(&columns[*cursor], ""), key: Vec::new() }));
        }
        let unordered = || Failure::new(FailureKind::Internal, "the database gave a row without a cursor value among those that have one");
        Position::of(columns, rows, row, *cursor, key)?.ok_or_else(unordered)
    }

    /// The last guard: a row above the fence would let the cursor pass over others.
    fn below_the_fence(&self) -> Result<(), Failure> {
        let (Bound::Before(before), Some(last)) = (&self.bound, &self.last) else { return Ok(()) };
        match (fence::rank(&last.cursor), fence::rank(before)) {
            (Some(last), Some(before)) if last >= before => {
                Err(Failure::new(FailureKind::Internal, "the database gave a row at or above the fence"))
            }
            _ => Ok(()),
        }
    }

    fn changed(&mut self, rows: RecordBatch) -> Result<Passed, Failure> {
        let Some(ledger) = &mut self.ledger else { return Ok(Passed::all(rows)) };
        let cursor = (!self.without_cursor).then_some((self.places.cursor(), self.places.cursor));
        let kept = ledger.sift(&rows, cursor)?;
        let of = rows.num_rows() as u64;
        let failed = |error| Failure::new(FailureKind::Internal, "leaving out rows that have not changed").because(error);
        let rows = filter_record_batch(&rows, &BooleanArray::from(kept.clone())).map_err(failed)?;
        Ok(Passed { rows, of, kept: Some(kept) })
    }

    /// Ends the page in front of the first row whose time, as its text says, is not over by the database's clock.
    fn cut_at_clock(&mut self, rows: RecordBatch) -> Result<RecordBatch, Failure> {
        let (Some(clock), ColumnType::Text) = (self.clock, self.places.cursor().kind) else { return Ok(rows) };
        let values: &StringArray = rows.column(self.places.cursor).as_string();
        // Not all texts of a column are of one form, so each is looked at; most are old, which their first characters show.
        let recent = clock.recent();
        let undecided = |row: usize| {
            let text = (!values.is_null(row)).then(|| values.value(row)).filter(|text| *text >= recent.as_str())?;
            clock.span(text).filter(|span| span.ends >= clock.decided())
        };
        let Some((first, span)) = (0..rows.num_rows()).find_map(|row| Some((row, undecided(row)?))) else { return Ok(rows) };
        let is_ahead = span.begins > clock.now + fence::AHEAD;
        self.cut = Some(if is_ahead { Cut::Ahead(CursorValue::new(self.places.cursor(), values.value(first))) } else { Cut::Undecided });
        Ok(rows.slice(0, first))
    }
}

impl TextClock {
    /// What ended before is over.
    fn decided(&self) -> DateTime<Utc> {
        self.now - fence::GUARD
    }

    /// A day that is over in every zone, as a text: what is lower is older.
    fn recent(&self) -> String {
        (self.decided() - TimeDelta::days(3)).format("%Y-%m-%d").to_string()
    }

    /// The time that a text tells, if it is one: a day (`2026-11-21`), a minute (`2026-11-21 14:05`), a second or a fraction of one
    /// (`2026-11-21 14:05:00.123`); with `T`, and with a zone behind times of day.
    fn span(&self, text: &str) -> Option<Span> {
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            let next = day.checked_add_days(Days::new(1))?;
            return self.between(day.and_time(NaiveTime::MIN), next.and_time(NaiveTime::MIN));
        }
        let text = text.replacen(['T', 't'], " ", 1);
        let zoned = text.strip_suffix(['Z', 'z']).map_or_else(|| text.clone(), |text| format!("{text}+00:00"));
        let units = [
            ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f%:z", TimeDelta::zero()),
            ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M%:z", TimeDelta::minutes(1)),
        ];
        units.into_iter().find_map(|(local, with_zone, unit)| {
            if let Ok(begins) = DateTime::parse_from_str(&zoned, with_zone) {
                return Some(Span { begins: begins.to_utc(), ends: begins.to_utc() + unit });
            }
            let begins = NaiveDateTime::parse_from_str(&text, local).ok()?;
            self.between(begins, begins + unit)
        })
    }

    /// From the first instant at which a clock of the zone shows `begins` to the last at which it shows `ends`.
    fn between(&self, begins: NaiveDateTime, ends: NaiveDateTime) -> Option<Span> {
        // Where clocks are put forward they never show some times: the next that they show comes then.
        let shown = |local: NaiveDateTime| {
            let quarters = (0..=4 * 26).filter_map(|quarter| local.checked_add_signed(TimeDelta::minutes(15 * quarter)));
            quarters.map(|local| self.zone.from_local_datetime(&local)).find(|shown| shown.latest().is_some())
        };
        Some(Span { begins: shown(begins)?.earliest()?.to_utc(), ends: shown(ends)?.latest()?.to_utc() })
    }
}

impl Cut {
    /// What is wrong with the row behind the page, if anything is.
    ///
    /// # Errors
    /// `Cursor` for a row whose time lies too far ahead.
    pub(crate) fn judge(&self, column: &Column) -> Result<(), Failure> {
        match self {
            Self::Undecided => Ok(()),
            Self::Ahead(value) => {
                let doing = format!("a row's `{}` is {}, more than five minutes ahead of the database's clock", column.name, value.text);
                Err(Failure::new(FailureKind::Cursor, doing).coded(Code::CursorAhead))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::ArrayRef;
    use arrow_schema::Schema;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn clock(zone: Tz, now: &str) -> TextClock {
        TextClock { zone, now: at(now) }
    }

    #[test]
    fn a_text_tells_when_its_unit_begins_and_ends_in_its_zone() {
        use chrono_tz::{America::Santiago, Europe::Berlin, UTC};
        for (zone, text, expected) in [
            (UTC, "2026-11-21", Some(("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"))),
            (Berlin, "2026-11-21", Some(("2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z"))),
            (UTC, "2026-11-21 14:05", Some(("2026-11-21T14:05:00Z", "2026-11-21T14:06:00Z"))),
            (UTC, "2026-11-21T14:05", Some(("2026-11-21T14:05:00Z", "2026-11-21T14:06:00Z"))),
            (Berlin, "2026-11-21 14:05Z", Some(("2026-11-21T14:05:00Z", "2026-11-21T14:06:00Z"))),
            (UTC, "2026-11-21 14:05+02:00", Some(("2026-11-21T12:05:00Z", "2026-11-21T12:06:00Z"))),
            (UTC, "2026-11-21 14:05:00", Some(("2026-11-21T14:05:00Z", "2026-11-21T14:05:00Z"))),
            (UTC, "2026-11-21T14:05:00.25", Some(("2026-11-21T14:05:00.25Z", "2026-11-21T14:05:00.25Z"))),
            (Berlin, "2026-11-21T14:05:00.25Z", Some(("2026-11-21T14:05:00.25Z", "2026-11-21T14:05:00.25Z"))),
            (Berlin, "2026-11-21 14:05:00+01:00", Some(("2026-11-21T13:05:00Z", "2026-11-21T13:05:00Z"))),
            // The clock shows these twice, and goes on to three o'clock only behind the second time.
            (Berlin, "2026-10-25 02:59", Some(("2026-10-25T00:59:00Z", "2026-10-25T02:00:00Z"))),
            (Berlin, "2026-10-25 02:10", Some(("2026-10-25T00:10:00Z", "2026-10-25T01:11:00Z"))),
            // Never shown; and a day whose midnight is never shown.
            (Berlin, "2026-03-29 02:30:00", Some(("2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"))),
            (Santiago, "2026-09-05", Some(("2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z"))),
            (UTC, "2026-02-30", None),
            (UTC, "2026-11", None),
            (UTC, "20261121", None),
            (UTC, "2026-11-21 a", None),
            (UTC, "", None),
        ] {
            let expected = expected.map(|(begins, ends)| Span { begins: at(begins), ends: at(ends) });
            assert_eq!(clock(zone, "2026-11-21T14:00:00Z").span(text), expected, "{text} in {zone}");
        }
    }

    /// How many of these rows pass, and whether the next is too far ahead.
    fn passing(clock: TextClock, texts: &[&str]) -> (usize, Option<bool>) {
        let columns = vec![Column { name: "c".to_owned(), kind: ColumnType::Text, native: "DATE".to_owned() }];
        let schema = Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()));
        let values: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let places = Places::find(&columns, "c", &[]).unwrap();
        let mut page = Page::new(places, Bound::Open, 100, None, Some(clock));
        let rows = page.cut_at_clock(RecordBatch::try_new(schema, vec![values]).unwrap()).unwrap();
        (rows.num_rows(), page.cut.map(|cut| matches!(cut, Cut::Ahead(_))))
    }

    #[test]
    fn a_page_ends_in_front_of_the_first_time_that_is_not_over() {
        let noon = clock(Tz::UTC, "2026-11-21T12:00:30.5Z");
        for (texts, expected) in [
            (&["2026-11-19", "2026-11-20"][..], (2, None)),
            (&["2026-11-20", "2026-11-21"], (1, Some(false))),
            (&["2026-11-20", "2026-11-22"], (1, Some(true))),
            (&["2026-11-21 11:59", "2026-11-21 12:00"], (1, Some(false))),
            (&["2026-11-21 11:59", "2026-11-21 12:05"], (1, Some(false))),
            (&["2026-11-21 11:59", "2026-11-21 12:06"], (1, Some(true))),
            (&["2026-11-21 12:00:29", "2026-11-21 12:00:30"], (1, Some(false))),
            (&["2026-11-21 12:00:29.4", "2026-11-21 12:00:29.6"], (1, Some(false))),
            // Texts of several forms, and what is no time behind them.
            (&["2026-11-21", "2026-11-21 11:59:00"], (0, Some(false))),
            (&["2026-11-20", "2026-11-21", "a word"], (1, Some(false))),
            (&["0001", "A-7", "a word"], (3, None)),
        ] {
            assert_eq!(passing(noon, texts), expected, "{texts:?}");
        }
        let midnight = clock(Tz::UTC, "2026-11-22T00:00:00.9Z");
        assert_eq!(passing(midnight, &["2026-11-21"]), (0, Some(false)), "the guard is not over");
        assert_eq!(passing(clock(Tz::UTC, "2026-11-22T00:00:01.1Z"), &["2026-11-21"]), (1, None));
        assert_eq!(passing(clock(chrono_tz::America::New_York, "2026-11-22T04:59:00Z"), &["2026-11-21"]), (0, Some(false)));
    }

    #[test]
    fn only_texts_that_are_numbers_to_the_database_are_judged_by_number() {
        let bound = |native: &str, before: &str, last: &str| {
            let columns = vec![Column { name: "c".to_owned(), kind: ColumnType::Text, native: native.to_owned() }];
            let value = |text: &str| CursorValue::new(&columns[0], text);
            let bound = Bound::Before(value(before));
            let mut page = Page::new(Places::find(&columns, "c", &[]).unwrap(), bound, 9, None, None);
            page.last = Some(Position { cursor: value(last), key: Vec::new() });
            page.below_the_fence().is_ok()
        };
        assert!(bound("TEXT", "9", "10"), "in the order of texts it is below");
        assert!(!bound("xid8", "9", "10"));
    }
}
