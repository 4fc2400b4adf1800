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
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
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
        let (decided, ahead) = (clock.now - fence::GUARD, clock.now + fence::AHEAD);
        let time = |row: usize| (!values.is_null(row)).then(|| clock.instant(values.value(row))).flatten();
        if time(rows.num_rows() - 1).is_none_or(|at| at < decided) {
            return Ok(rows);
        }
        let first = (0..rows.num_rows()).find(|row| time(*row).is_some_and(|at| at >= decided)).unwrap_or_default();
        let is_ahead = time(first).is_some_and(|at| at > ahead);
        self.cut = Some(if is_ahead { Cut::Ahead(CursorValue::new(self.places.cursor(), values.value(first))) } else { Cut::Undecided });
        Ok(rows.slice(0, first))
    }
}

impl TextClock {
    /// The instant that a text tells, if it is one: `2026-11-21 14:05:00[.123]`, with `T` or a zone too.
    fn instant(&self, text: &str) -> Option<DateTime<Utc>> {
        if let Ok(at) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
            return Some(at.to_utc());
        }
        let forms = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
        let local = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
        self.zone.from_local_datetime(&local).latest().map(|at| at.to_utc())
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
