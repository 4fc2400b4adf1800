//! The side of the database: rows by the same query, pages, windows and mapping as in a run, and nothing of them kept but counts.
//!
//! ```text
//!  incremental:  rows up to the cursor's position ──▶ certain     (InfluxDB is counted)     rows behind it, or below the start ──▶ possible
//!  window:       slot by slot ──▶ certain                          (InfluxDB is counted)
//! ```
//!
//! The position lies below the fence of the run that moved it there, so every row up to it is decided. A row that is changed while the audit reads
//! gets a cursor behind the position: because those are read last, its old and its new point are both known by then.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Code, Column, Cursor, CursorValue, Failure, FailureKind, Fence, Figures, Incremental, LogLevel, Mode, NullCursor, Position, Reject,
    Statement,
    backfill::MAX_CHUNKS,
    edges::{self, Follow, Following, LineBatch},
};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Auditor,
    book::{Delivered, RowsFrom, Together},
    plan::Slots,
    time::TimeCursor,
};
use crate::{
    fence::{self, Bound},
    page::{Page, Passed, Places},
    shape::Shape,
    statement,
    transfer::Observer,
};

/// Most rows of one place, and without a cursor value, that are read at once.
const MAX_ROWS_OF_A_PLACE: u64 = 1_000_000;

/// Which rows of an incremental series are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// From the start of the series up to its cursor's position: certain.
    Delivered,
    /// Below the start of the series.
    BelowStart,
    /// Behind the position.
    Behind,
    /// Without a cursor value, where each run reads those too.
    WithoutCursor,
}

/// What a row came from.
#[derive(Clone, Copy)]
enum Origin<'a> {
    Cursor(&'a Places),
    Slot(DateTime<Utc>),
}

/// Hears nothing.
struct Nobody;

#[async_trait::async_trait]
impl Observer for Nobody {
    fn progress(&self, _: &Figures) {}

    fn log(&self, _: LogLevel, message: String) {
        tracing::debug!(message, "auditing");
    }

    async fn rejects(&self, _: Vec<Reject>) -> Result<(), Failure> {
        Ok(())
    }
}

impl Auditor<'_> {
    /// A place among the statements that the database takes at once, until it is dropped. One is taken for each statement, so that runs have their
    /// turn in between.
    async fn place_at_database(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let reads = self.runner.reads.of(self.job.database_id, self.job.database.database.max_reads);
        reads.acquire_owned().await.map_err(|error| Failure::new(FailureKind::Internal, "waiting for the database").because(error))
    }

    fn shape(&self, slot: DateTime<Utc>) -> Shape<'_> {
        let job = self.job;
        Shape { influx: &*self.runner.influx, connection: &job.connection, mapping: &job.series.mapping, slot, asks: true }
    }

    // ---------------------------------------------------------------- windows

    /// Slot by slot, as runs do.
    pub(super) async fn windows(&mut self) -> Result<(), Failure> {
        let job = self.job;
        let Mode::Window { lag_s, .. } = job.series.mode else { return Ok(()) };
        let slots = Slots::of(&job.series, job.group.as_ref())?;
        let is_timed = job.series.mapping.time.is_some();
        let now = self.runner.clock.now();
        // Without a time column a point has its slot's time; else a window's rows have times in it.
        let behind =
            if is_timed { job.plan.from + TimeDelta::seconds(i64::from(lag_s)) } else { job.plan.from - TimeDelta::microseconds(1) };
        let mut slot = slots.after(behind);
        let mut read = 0_u64;
        while let Some(at) = slot.filter(|slot| *slot <= now) {
            let (statement, window) = statement::bind(&job.query, &job.series, job.group.as_ref(), at)?;
            let begin = window.filter(|_| is_timed).map_or(at, |window| window.start);
            if begin >= job.plan.to {
                break;
            }
            read += 1;
            if read > MAX_CHUNKS {
                let doing = format!("the range has more than {MAX_CHUNKS} slots: audit a shorter one");
                return Err(Failure::new(FailureKind::Schedule, doing));
            }
            self.book_mut()?.forget_intervals_before(begin);
            let place = self.place_at_database().await?;
            let mut rows = self.runner.databases.read(&job.database, &statement, self.runner.settings.read_limits).await?;
            while let Some(batch) = rows.next().await? {
                self.take(batch, Delivered::Certainly, Together::OfInterval, Origin::Slot(at)).await?;
            }
            drop(place);
            self.tell_progress().await?;
            slot = slots.after(at);
        }
        Ok(())
    }

    // ---------------------------------------------------------------- pages

    /// Reads a part of an incremental series; gives the column of its cursor.
    pub(super) async fn pages(&mut self, settings: &Incremental, part: Part) -> Result<Option<Column>, Failure> {
        let job = self.job;
        if part == Part::WithoutCursor && settings.null_cursor != NullCursor::Sweep {
            return Ok(None);
        }
        let (statement, _) = statement::bind(&job.query, &job.series, job.group.as_ref(), self.slot())?;
        // The fence of now says nothing here.
        let asked = Following { cursor: settings.cursor.clone(), key: settings.key.clone(), fence: Fence::LagS(0) };
        let mut follow = self.follow(&statement, &asked).await?;
        let places = Places::find(follow.columns(), &settings.cursor, &settings.key)?;
        let read = self.part(&mut *follow, &places, settings, part).await;
        follow.close().await;
        read.map(|()| Some(places.cursor().clone()))
    }

    async fn follow(&self, statement: &Statement, asked: &Following) -> Result<Box<dyn Follow>, Failure> {
        let _place = self.place_at_database().await?;
        self.runner.databases.follow(&self.job.database, statement, asked).await
    }

    async fn part(&mut self, follow: &mut dyn Follow, places: &Places, settings: &Incremental, part: Part) -> Result<(), Failure> {
        let time = TimeCursor::of(&settings.cursor, places.cursor().kind, &self.job.series.mapping);
        let Some(first) = self.first_page(places, settings, time, part)? else { return Ok(()) };
        let (delivered, upto) = match part {
            Part::Delivered => (Delivered::Certainly, self.position(places)?),
            Part::BelowStart | Part::Behind | Part::WithoutCursor => (Delivered::Possibly, None),
        };
        let together = if time.is_some() { Together::OfTime } else { Together::OfInterval };
        let (bound, usual) = (first.before.clone().map_or(Bound::Open, Bound::Before), u64::from(settings.page_rows.max(1)));
        let (mut asked, mut is_over) = (first, false);
        loop {
            let place = self.place_at_database().await?;
            let mut rows = follow.page(&asked, self.runner.settings.read_limits).await?;
            let mut page = Page::new(places.clone(), bound.clone(), asked.rows, None, None);
            while let Some(batch) = rows.next().await? {
                // Rows without a cursor value have no place to page by.
                let passed = if part == Part::WithoutCursor { vec![Passed::all(batch)] } else { page.pass(batch)? };
                is_over |= self.take_all(passed, delivered, together, places, upto.as_ref()).await?;
                if is_over {
                    break;
                }
            }
            if !is_over && part != Part::WithoutCursor {
                let passed = page.end()?;
                is_over = self.take_all(passed, delivered, together, places, upto.as_ref()).await?;
            }
            drop((rows, place));
            self.tell_progress().await?;
            let end = page.into_end();
            if is_over || !end.more || part == Part::WithoutCursor {
                return Ok(());
            }
            asked = match end.last {
                Some(last) => edges::Page { from: None, after: Some(last), rows: usual, ..asked },
                None if asked.rows < MAX_ROWS_OF_A_PLACE => edges::Page { rows: (asked.rows * 2).min(MAX_ROWS_OF_A_PLACE), ..asked },
                None => {
                    let name = &places.cursor().name;
                    let doing = format!("more than {} rows share one value of `{name}` and of the key", asked.rows);
                    return Err(Failure::new(FailureKind::Cursor, format!("{doing}: give the series a key that tells them apart")));
                }
            };
        }
    }

    /// The first page of a part; `None` when nothing can be in it.
    fn first_page(
        &self,
        places: &Places,
        settings: &Incremental,
        time: Option<TimeCursor>,
        part: Part,
    ) -> Result<Option<edges::Page>, Failure> {
        let column = places.cursor();
        let wrong = |error| Failure::new(FailureKind::Cursor, "reading the start of the series").because(error);
        let start = settings.start.as_ref().map(|start| CursorValue::parse(column, start)).transpose().map_err(wrong)?;
        let (low, high) = match time.and_then(|time| time.between(column, self.job.plan.from, self.job.plan.to)) {
            Some((low, high)) => (Some(low), Some(high)),
            None => (None, None),
        };
        let Some(position) = self.position(places)? else { return Ok(None) };
        let rows = u64::from(settings.page_rows.max(1));
        let page = match part {
            Part::Delivered => {
                // Values without distances have none that follows: there the position itself ends the reading.
                let upto = position.cursor.count().and_then(|count| CursorValue::at(column, count.checked_add(1)?));
                edges::Page { from: higher(low, start), before: lower(high, upto), rows, ..edges::Page::default() }
            }
            Part::BelowStart => match start {
                Some(start) => edges::Page { from: low, before: lower(high, Some(start)), rows, ..edges::Page::default() },
                None => return Ok(None),
            },
            Part::Behind => edges::Page { after: Some(position), before: high, rows, ..edges::Page::default() },
            // Where the cursor is the time, such rows are no points.
            Part::WithoutCursor if time.is_some() => return Ok(None),
            Part::WithoutCursor => edges::Page { only_without_cursor: true, rows: MAX_ROWS_OF_A_PLACE, ..edges::Page::default() },
        };
        let is_empty =
            |low: &CursorValue, high: &CursorValue| fence::rank(low).zip(fence::rank(high)).is_some_and(|(low, high)| low >= high);
        let lowest = page.from.as_ref().or(page.after.as_ref().map(|after| &after.cursor));
        let nothing = matches!((lowest, &page.before), (Some(low), Some(high)) if is_empty(low, high));
        Ok((!nothing).then_some(page))
    }

    /// Where the cursor stands, as the columns of today take it.
    fn position(&self, places: &Places) -> Result<Option<Position>, Failure> {
        let Some(mut position) = self.job.cursor.position.clone() else { return Ok(None) };
        let columns = std::iter::once(places.cursor()).chain(places.key.iter().map(|at| &places.columns[*at]));
        for (value, column) in std::iter::once(&mut position.cursor).chain(&mut position.key).zip(columns) {
            if value.kind != column.kind {
                let (name, now, before) = (&column.name, column.kind.as_str(), value.kind.as_str());
                let doing = format!("column `{name}` is of type {now}, and the cursor's position was taken when it was of type {before}");
                return Err(Failure::new(FailureKind::Cursor, doing).coded(Code::CursorChanged));
            }
            value.native.clone_from(&column.native);
        }
        Ok(Some(position))
    }

    /// Takes rows, those up to `upto` if it is given; `true` when all up to it were taken.
    async fn take_all(
        &mut self,
        passed: Vec<Passed>,
        delivered: Delivered,
        together: Together,
        places: &Places,
        upto: Option<&Position>,
    ) -> Result<bool, Failure> {
        for Passed { rows, .. } in passed {
            let cut = upto.map(|upto| behind(upto, &rows, places)).transpose()?.flatten();
            let rows = cut.map_or_else(|| rows.clone(), |cut| rows.slice(0, cut));
            if rows.num_rows() > 0 {
                self.take(rows, delivered, together, Origin::Cursor(places)).await?;
            }
            if cut.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    // ---------------------------------------------------------------- rows

    /// Counts the points that these rows make.
    async fn take(&mut self, rows: RecordBatch, delivered: Delivered, together: Together, origin: Origin<'_>) -> Result<(), Failure> {
        let slot = if let Origin::Slot(slot) = origin { slot } else { self.slot() };
        if self.types.is_none() {
            self.types = Some(self.shape(slot).types(&Nobody).await);
        }
        let (job, influx) = (self.job, self.runner.influx.clone());
        let types = self.types.as_ref().expect("they were just asked for");
        let mut shaper = influx.shaper_for(&job.connection.connection, &job.series.mapping, &rows.schema(), slot, types)?;
        let mut book = self.book.take().ok_or_else(lost)?;
        self.progress.rows += rows.num_rows() as u64;
        // A thread beside the one that looks after the sockets: a batch takes some milliseconds of pure computing.
        let counted = tokio::task::spawn_blocking(move || {
            let mut ends: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
            let shaped = [shaper.shape(&rows), shaper.finish()];
            for batch in shaped.iter().flat_map(|shaped| &shaped.batches) {
                count(&*influx, batch, &mut |point, row| {
                    if let Some(at) = book.add(point, delivered, together)? {
                        let ends = ends.entry(at).or_insert((row, row));
                        *ends = (ends.0.min(row), ends.1.max(row));
                    }
                    Ok(())
                })?;
            }
            Ok((book, rows, ends))
        });
        let counted = counted.await.map_err(|error| Failure::new(FailureKind::Internal, "counting points").because(error))?;
        let (mut book, rows, ends) = counted?;
        if delivered == Delivered::Certainly {
            for (at, (first, last)) in ends {
                if let Some(from) = rows_from(&rows, first, last, origin)? {
                    book.came_from(at, from);
                }
            }
        }
        self.book = Some(book);
        Ok(())
    }
}

fn lost() -> Failure {
    Failure::new(FailureKind::Internal, "what was counted was lost")
}

/// Reads the lines of a batch, each with the place of its row among the rows that were shaped.
fn count(
    influx: &dyn edges::Influx,
    batch: &LineBatch,
    tell: &mut dyn FnMut(&edges::ReadPoint<'_>, usize) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut told = Ok(());
    influx.points(batch, &mut |point| {
        if told.is_ok() {
            let row = usize::try_from(batch.row_of(point.line)).unwrap_or(usize::MAX);
            told = tell(point, row.saturating_sub(1));
        }
    })?;
    told
}

fn rows_from(rows: &RecordBatch, first: usize, last: usize, origin: Origin<'_>) -> Result<Option<RowsFrom>, Failure> {
    match origin {
        Origin::Slot(slot) => Ok(Some(RowsFrom::Slots(slot, slot))),
        Origin::Cursor(places) => {
            let at = |row: usize| CursorValue::read(places.cursor(), rows.column(places.cursor), row);
            let count = |value: Option<CursorValue>| value.and_then(|value| value.count());
            Ok(count(at(first)?).zip(count(at(last)?)).map(|(first, last)| RowsFrom::Cursor(first.min(last), first.max(last))))
        }
    }
}

/// How many of the rows are not behind this position; `None` when all of them are not, and more may follow.
fn behind(upto: &Position, rows: &RecordBatch, places: &Places) -> Result<Option<usize>, Failure> {
    let at = |row: usize| Position::of(&places.columns, rows, row, places.cursor, &places.key);
    let last = rows.num_rows() - 1;
    // Rows come in the order of their cursors: those before its value need no look.
    if at(last)?.is_none_or(|place| place.cursor != upto.cursor) {
        return Ok(None);
    }
    for row in (0..rows.num_rows()).rev() {
        if at(row)?.as_ref() == Some(upto) {
            return Ok((row < last).then_some(row + 1));
        }
    }
    Ok(None)
}

fn higher(a: Option<CursorValue>, b: Option<CursorValue>) -> Option<CursorValue> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if fence::rank(&a) < fence::rank(&b) { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn lower(a: Option<CursorValue>, b: Option<CursorValue>) -> Option<CursorValue> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if fence::rank(&b) < fence::rank(&a) { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// Of the query and settings that give a cursor's values their meaning.
pub(super) fn fingerprint(job: &super::Job) -> String {
    Cursor::fingerprint_of(&job.series, &job.query, &job.database.database).unwrap_or_default()
}
