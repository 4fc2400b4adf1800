//! A run of an incremental series: the rows that are new since the run before, page by page.
//!
//! ```text
//!  follow ──sight──▶ fence ──▶ page ──rows──▶ lines ──▶ delivered ──▶ advance ──▶ next page … ──▶ rows without a cursor value
//!                      │                                                             │
//!                      └ nothing is decided that was not: the run ends               └ one transaction: position, marks, ledger, figures
//! ```
//!
//! The sight is taken before any row is read, so what changes meanwhile lies above the fence and is left to later runs. The cursor moves to
//! the last row of a page when every line of it was acknowledged or is kept as a reject: a run that dies at any point is repeated from
//! there, and what it had written since becomes the same points.
//!
//! A page is read when the one before is delivered and kept, never side by side: simple, and as fast as the connection takes lines, but for
//! the time that the database needs for the first row of a page.

mod chunk;

use std::hash::Hasher;

use async_trait::async_trait;
use model::{
    Code, ColumnType, Cursor, CursorValue, Failure, FailureKind, Fence, Figures, Incremental, LogLevel, NullCursor, Position, Reject,
    Stretch,
    edges::{self, Advance, Follow, Following},
};
use tokio::time::Instant;
use xxhash_rust::xxh3::Xxh3;

use crate::{
    delivery::{self, Delivery},
    fence::{self, Bound, Decision},
    ledger::{self, Ledger},
    lines::Lines,
    page::{Page, PageEnd, Places, TextClock},
    record::Record,
    run::Why,
    stage::{Halt, Stage},
    transfer::{Observer, cancelled, millis},
};

/// Most rows of one place that are read at once, and most rows without a cursor value when there is no key to page by.
const MAX_ROWS_OF_A_PLACE: u64 = 1_000_000;

/// Moves the rows that are new.
pub(crate) async fn run(stage: &Stage<'_>, settings: &Incremental) -> Result<(), Halt> {
    if !stage.may_write() {
        return Err(Halt::OnHold);
    }
    let mut feed = Feed::new(stage, settings, stage.plan.cursor.position.clone());
    let result = tokio::select! {
        biased;
        () = stage.stop.token.cancelled() => Err(cancelled()),
        result = feed.run() => result,
    };
    if let Err(failure) = &result {
        feed.stop(failure).await;
    }
    stage.record.progress(&feed.figures());
    Ok(result?)
}

pub(crate) use chunk::run_chunk;

/// Hears of one page: the end of its rows is not the end of reading.
struct Pages<'a>(&'a Record);

#[async_trait]
impl Observer for Pages<'_> {
    fn progress(&self, figures: &Figures) {
        self.0.progress(figures);
    }

    fn log(&self, level: LogLevel, message: String) {
        self.0.log(level, message);
    }

    async fn rejects(&self, rejects: Vec<Reject>) -> Result<(), Failure> {
        self.0.rejects(rejects).await
    }
}

struct Feed<'a> {
    stage: &'a Stage<'a>,
    settings: &'a Incremental,
    follow: Option<Box<dyn Follow>>,
    lines: Option<Lines>,
    delivery: Delivery<'a>,
    /// Rows of the pages that are over.
    done: Figures,
    open_ms: u64,
    stretch: Stretch,
    /// Where the cursor stands in the store.
    position: Option<Position>,
    fingerprint: String,
    marks: Vec<model::Mark>,
    /// Whether they are in the store.
    marks_kept: bool,
}

impl<'a> Feed<'a> {
    fn new(stage: &'a Stage<'a>, settings: &'a Incremental, position: Option<Position>) -> Self {
        Self {
            stage,
            settings,
            follow: None,
            lines: None,
            delivery: stage.delivery(),
            done: Figures::default(),
            open_ms: 0,
            stretch: Stretch { from: position.clone(), to: position.clone(), ..Stretch::default() },
            position,
            fingerprint: String::new(),
            marks: stage.plan.cursor.marks.clone(),
            marks_kept: false,
        }
    }
}

impl Feed<'_> {
    async fn run(&mut self) -> Result<(), Failure> {
        self.same_meaning()?;
        let places = self.look().await?;
        let ledger_is_needed = self.settings.overlap > 0 || self.settings.null_cursor == NullCursor::Sweep;
        let from = self.first_value(&places)?;
        let decision = self.decide(&places, from.as_ref())?;
        fail::fail_point!("follow.after_fence");
        if self.settings.null_cursor == NullCursor::Fail {
            self.no_row_is_without_cursor(&places).await?;
        }
        let reads_pages = decision.bound != Bound::Nothing;
        let mut ledger = None;
        if ledger_is_needed && (reads_pages || self.settings.null_cursor == NullCursor::Sweep) {
            let kept = self.stage.runner.store.ledger(self.stage.lease).await?;
            ledger = Some(Ledger::new(kept, &places.columns, &places.key)?);
        }
        if reads_pages {
            // Without an overlap no row is read a second time but those without a cursor value, and only these are remembered.
            let (of_pages, aside) = if self.settings.overlap > 0 { (ledger, None) } else { (None, ledger) };
            ledger = self.pages(&places, from, &decision.bound, of_pages).await?.or(aside);
        }
        if let (NullCursor::Sweep, Some(ledger)) = (self.settings.null_cursor, ledger) {
            self.sweep(&places, ledger).await?;
        }
        if self.settings.null_cursor == NullCursor::Exclude && reads_pages {
            self.tell_without_cursor(&places).await?;
        }
        // Pages that held nothing new have kept nothing.
        if decision.marks_matter && !self.marks_kept {
            fail::fail_point!("marks.before_advance");
            self.advance(None, Vec::new(), None).await?;
        }
        if let Some(follow) = self.follow.take() {
            follow.close().await;
        }
        self.stage.record.read_ended();
        self.delivery.close().await?;
        delivery::account(&self.figures())
    }

    // ---------------------------------------------------------------- before the first row

    /// Whether the position still means what it meant.
    fn same_meaning(&mut self) -> Result<(), Failure> {
        let plan = self.stage.plan;
        let fingerprint = Cursor::fingerprint_of(&plan.series.spec, &plan.query.spec, &plan.database.database);
        self.fingerprint = fingerprint.unwrap_or_default();
        if plan.cursor.fingerprint.is_empty() || plan.cursor.fingerprint == self.fingerprint {
            return Ok(());
        }
        let doing =
            "the query, its parameters, the database, the cursor, its zone or its key are not those that the cursor's position is of";
        Err(Failure::new(FailureKind::Cursor, doing).coded(Code::CursorChanged))
    }

    /// Opens the session and looks at what is undecided.
    async fn look(&mut self) -> Result<Places, Failure> {
        let Stage { runner, plan, record, .. } = self.stage;
        let statement = self.stage.statement()?;
        self.stage.place_at_database().await?;
        fail::fail_point!("follow.before_fence");
        let asked = Following { cursor: self.settings.cursor.clone(), key: self.settings.key.clone(), fence: self.settings.fence };
        let began = Instant::now();
        let opened = runner.databases.follow(&plan.database, &statement, &asked).await;
        self.open_ms = millis(began.elapsed());
        let follow = self.follow.insert(opened?);
        let skew = follow.sight().now - runner.clock.now();
        self.stretch.skew_ms = Some(skew.num_milliseconds());
        let places = Places::find(follow.columns(), &self.settings.cursor, &self.settings.key)?;
        record.opened(&places.columns);
        self.known_types(&places)?;
        Ok(places)
    }

    /// The position was kept with the types that its columns had; a column of another type has another order.
    fn known_types(&mut self, places: &Places) -> Result<(), Failure> {
        let Some(position) = &mut self.position else { return Ok(()) };
        if position.key.len() != places.key.len() {
            let (now, before) = (places.key.len(), position.key.len());
            let doing = format!("the key has {now} columns, and the cursor's position was taken when it had {before}");
            return Err(Failure::new(FailureKind::Cursor, doing).coded(Code::CursorChanged));
        }
        let key = places.key.iter().map(|at| &places.columns[*at]);
        for (value, column) in
            std::iter::once(&mut position.cursor).chain(&mut position.key).zip(std::iter::once(places.cursor()).chain(key))
        {
            if value.kind != column.kind {
                let (name, now, before) = (&column.name, column.kind.as_str(), value.kind.as_str());
                let doing = format!("column `{name}` is of type {now}, and the cursor's position was taken when it was of type {before}");
                return Err(Failure::new(FailureKind::Cursor, doing).coded(Code::CursorChanged));
            }
            // Within one type a column may have become wider.
            value.native.clone_from(&column.native);
        }
        Ok(())
    }

    /// The lowest value that is read: the start before the first run, the position less the overlap later. `None` when the position itself
    /// (or nothing) says where to begin.
    fn first_value(&self, places: &Places) -> Result<Option<CursorValue>, Failure> {
        let column = places.cursor();
        let Some(position) = &self.position else {
            let Some(start) = &self.settings.start else { return Ok(None) };
            let wrong = |error| Failure::new(FailureKind::Cursor, "reading the start of the series").because(error);
            return CursorValue::parse(column, start).map(Some).map_err(wrong);
        };
        if self.settings.overlap == 0 {
            return Ok(None);
        }
        let back = self.overlap(column.kind);
        let uncounted = || {
            let kind = column.kind.as_str();
            let doing = format!("an overlap needs a cursor whose values have distances, and `{}` is of type {kind}", column.name);
            Failure::new(FailureKind::Cursor, doing)
        };
        let count = position.cursor.count().ok_or_else(uncounted)?;
        // Below the lowest value of the type there is nothing to read again.
        Ok(CursorValue::at(column, count.saturating_sub(back)).or_else(|| CursorValue::at(column, 0)))
    }

    /// The overlap in the unit of [`CursorValue::count`].
    fn overlap(&self, kind: ColumnType) -> i64 {
        let overlap = i64::from(self.settings.overlap);
        match kind {
            ColumnType::Date => overlap.div_euclid(86_400) + i64::from(overlap % 86_400 > 0),
            ColumnType::Timestamp | ColumnType::Instant => overlap * 1_000_000,
            _ => overlap,
        }
    }

    fn decide(&mut self, places: &Places, from: Option<&CursorValue>) -> Result<Decision, Failure> {
        let Some(follow) = &self.follow else { return Err(Failure::new(FailureKind::Internal, "nothing is followed")) };
        let column = places.cursor();
        let lowest = from.cloned().or_else(|| self.position.as_ref().map(|position| position.cursor.clone()));
        let is_whole = matches!(column.kind, ColumnType::Integer | ColumnType::Unsigned);
        let lowest = lowest.map(|lowest| match fence::rank(&lowest) {
            // Without a key no two rows share a value: the next row has the next number at least.
            Some(rank) if is_whole && from.is_none() && self.settings.key.is_empty() => {
                CursorValue { text: (rank + 1).to_string(), ..lowest }
            }
            _ => lowest,
        });
        let decision = fence::decide(self.settings, column, follow.sight(), &self.marks, lowest.as_ref())?;
        self.marks.clone_from(&decision.marks);
        if let Bound::Before(before) = &decision.bound {
            self.stretch.fence = Some(before.clone());
        }
        if let Some(held_back) = &decision.held_back
            && held_back.for_s > 0
        {
            let message = format!("held back by a transaction open for {} s ({})", held_back.for_s, held_back.who);
            self.stage.record.log(LogLevel::Info, message);
        }
        self.stretch.held_back.clone_from(&decision.held_back);
        self.stage.record.stretch(self.stretch.clone());
        Ok(decision)
    }

    // ---------------------------------------------------------------- pages

    async fn pages(
        &mut self,
        places: &Places,
        from: Option<CursorValue>,
        bound: &Bound,
        mut ledger: Option<Ledger>,
    ) -> Result<Option<Ledger>, Failure> {
        let overlaps = from.is_some() && self.position.is_some();
        let from = if overlaps { self.remembered_from(places, from, ledger.as_ref()) } else { from };
        let before = if let Bound::Before(before) = bound { Some(before.clone()) } else { None };
        let clock = self.text_clock();
        let mut after = if overlaps { None } else { self.position.clone() };
        let mut rows = u64::from(self.settings.page_rows.max(1));
        loop {
            let asked = edges::Page {
                from: if overlaps || after.is_none() { from.clone() } else { None },
                after: after.clone(),
                before: before.clone(),
                only_without_cursor: false,
                rows,
            };
            let page = Page::new(places.clone(), bound.clone(), rows, ledger.take(), clock);
            let end = self.deliver(&asked, page).await?;
            ledger = end.ledger;
            let Some(last) = end.last else {
                if let Some(cut) = &end.cut {
                    cut.judge(places.cursor())?;
                }
                if !end.more {
                    return Ok(ledger);
                }
                rows = self.larger(rows, places)?;
                continue;
            };
            self.page_is_delivered(places, &last, ledger.as_mut()).await?;
            if let Some(cut) = &end.cut {
                cut.judge(places.cursor())?;
            }
            if !end.more {
                return Ok(ledger);
            }
            goes_on(after.as_ref(), &last, places)?;
            after = Some(last);
            rows = u64::from(self.settings.page_rows.max(1));
        }
    }

    /// A page all of whose rows share one place is read again, twice as large: it must not end among them.
    fn larger(&self, rows: u64, places: &Places) -> Result<u64, Failure> {
        let name = &places.cursor().name;
        if rows >= MAX_ROWS_OF_A_PLACE {
            let doing =
                format!("more than {rows} rows share one value of `{name}` and of the key: give the series a key that tells them apart");
            return Err(Failure::new(FailureKind::Cursor, doing));
        }
        // A page of one row always ends in front of that row.
        if rows > 1 {
            let message =
                format!("{rows} rows or more share one value of `{name}` and of the key: a key that tells them apart makes pages small");
            self.stage.record.log(LogLevel::Warning, message);
        }
        Ok((rows * 2).min(MAX_ROWS_OF_A_PLACE))
    }

    /// Where reading begins again, when not all that was delivered in the overlap is remembered: rows that nobody remembers would be
    /// written again by every run.
    fn remembered_from(&self, places: &Places, from: Option<CursorValue>, ledger: Option<&Ledger>) -> Option<CursorValue> {
        let (Some(lowest), Some(at)) = (from.as_ref().and_then(CursorValue::count), ledger.and_then(Ledger::forgotten_below)) else {
            return from;
        };
        if at <= lowest {
            return from;
        }
        let shorter = CursorValue::at(places.cursor(), at);
        if let Some(shorter) = &shorter {
            let message = format!(
                "the overlap is shortened: {} rows are remembered at most, and those go back to {}",
                ledger::MAX_ENTRIES,
                shorter.text
            );
            self.stage.record.log(LogLevel::Warning, message);
        }
        shorter.or(from)
    }

    fn text_clock(&self) -> Option<TextClock> {
        let sight = self.follow.as_ref()?.sight();
        let zone = self.settings.zone.unwrap_or(chrono_tz::Tz::UTC);
        (self.settings.fence == Fence::Transactions).then_some(TextClock { zone, now: sight.now })
    }

    /// Reads a page and delivers all of it.
    async fn deliver(&mut self, asked: &edges::Page, page: Page) -> Result<PageEnd, Failure> {
        let Stage { runner, record, .. } = self.stage;
        let Some(follow) = &mut self.follow else { return Err(Failure::new(FailureKind::Internal, "nothing is followed")) };
        // The rows are those of a moment from here on, and nobody of this series writes others over them before they are delivered.
        let _pen = self.stage.pen().await;
        let began = Instant::now();
        let rows = follow.page(asked, runner.settings.read_limits).await?;
        self.open_ms += millis(began.elapsed());
        let shaper = self.stage.shape().shaper(&rows.schema(), *record).await?;
        if self.stage.writes_files() {
            self.delivery.relabel(self.label(asked));
        }
        let before = self.figures_done();
        let lines = self.lines.insert(Lines::of_page(rows, shaper, page, self.done.rows_read));
        self.delivery.deliver(lines, before, &Pages(record)).await?;
        if self.stage.writes_files() {
            self.delivery.close().await?;
        }
        self.done = self.done + lines.figures();
        let page = self.lines.take().and_then(Lines::into_page);
        let page = page.ok_or_else(|| Failure::new(FailureKind::Internal, "a page was lost"))?;
        delivery::account(&self.figures())?;
        Ok(page.into_end())
    }

    /// A page has a file of its own, so that it can be made visible before the cursor moves. Read again from the same place it replaces
    /// the same file; with a ledger it may hold other rows then, and gets a name of its own.
    fn label(&self, asked: &edges::Page) -> String {
        let mut hash = Xxh3::new();
        let mut part = |text: &str| {
            hash.write_usize(text.len());
            hash.write(text.as_bytes());
        };
        if self.settings.overlap > 0 || self.settings.null_cursor == NullCursor::Sweep {
            part(&format!("{} {} {}", self.stage.run.id, self.stage.lease.token, self.done.rows_read));
        }
        part(asked.from.as_ref().map_or("", |value| &value.text));
        for value in asked.after.iter().flat_map(|after| std::iter::once(&after.cursor).chain(&after.key)) {
            part(&value.text);
        }
        format!("{}-{:016x}", self.stage.label(), hash.digest())
    }

    async fn page_is_delivered(&mut self, places: &Places, last: &Position, ledger: Option<&mut Ledger>) -> Result<(), Failure> {
        self.stretch.pages += 1;
        self.stretch.unchanged = self.done.rows_unchanged;
        // Within the overlap a page may end in front of where the cursor stands.
        let is_behind = self.settings.overlap > 0
            && self.position.as_ref().is_some_and(|position| fence::rank(&last.cursor) < fence::rank(&position.cursor));
        let position = (!is_behind && self.position.as_ref() != Some(last)).then(|| last.clone());
        let (mut delivered, mut forget_below) = (Vec::new(), None);
        if let Some(ledger) = ledger {
            let stands = position.as_ref().or(self.position.as_ref()).and_then(|position| position.cursor.count());
            // Rows without a cursor value are never behind it.
            forget_below = stands.map(|at| at.saturating_sub(self.overlap(places.cursor().kind)));
            delivered = ledger.take_fresh(forget_below);
        }
        if position.is_none() && delivered.is_empty() {
            self.stage.record.stretch(self.stretch.clone());
            return Ok(());
        }
        fail::fail_point!("page.before_advance");
        self.advance(position, delivered, forget_below).await?;
        fail::fail_point!("page.after_advance");
        Ok(())
    }

    async fn advance(
        &mut self,
        position: Option<Position>,
        delivered: Vec<model::LedgerEntry>,
        forget_below: Option<i64>,
    ) -> Result<(), Failure> {
        let Stage { runner, lease, record, stop, .. } = self.stage;
        if let Some(position) = &position {
            self.stretch.to = Some(position.clone());
        }
        record.stretch(self.stretch.clone());
        record.progress(&self.figures());
        let advance = Advance {
            position,
            fingerprint: self.fingerprint.clone(),
            marks: self.marks.clone(),
            delivered,
            forget_below,
            most_entries: ledger::MAX_ENTRIES as u64,
            at: runner.clock.now_micros(),
            progress: record.take(),
        };
        let advanced = runner.store.advance(lease, &advance).await;
        if advanced.is_err() {
            record.give_back(advance.progress.log);
        }
        if !advanced? {
            stop.because(Why::LeaseLost);
            return Err(cancelled());
        }
        self.marks_kept = true;
        if advance.position.is_some() {
            self.position = advance.position;
        }
        Ok(())
    }

    // ---------------------------------------------------------------- rows without a cursor value

    async fn how_many_without_cursor(&mut self) -> Result<u64, Failure> {
        let Some(follow) = &mut self.follow else { return Err(Failure::new(FailureKind::Internal, "nothing is followed")) };
        follow.without_cursor().await
    }

    async fn no_row_is_without_cursor(&mut self, places: &Places) -> Result<(), Failure> {
        let rows = self.how_many_without_cursor().await?;
        if rows == 0 {
            return Ok(());
        }
        self.stretch.without_cursor = rows;
        self.stage.record.stretch(self.stretch.clone());
        let doing = format!("{rows} rows have no value in `{}`", places.cursor().name);
        Err(Failure::new(FailureKind::Cursor, doing).coded(Code::CursorNull))
    }

    /// Says how many rows are left out, counted now or not long ago.
    async fn tell_without_cursor(&mut self, places: &Places) -> Result<(), Failure> {
        let (left_out, series) = (&self.stage.runner.left_out, self.stage.plan.series.id);
        let rows = if let Some(rows) = left_out.known(series, &self.fingerprint) {
            rows
        } else {
            let began = Instant::now();
            let rows = self.how_many_without_cursor().await?;
            left_out.counted(series, &self.fingerprint, rows, began.elapsed());
            rows
        };
        self.stretch.without_cursor = rows;
        self.stage.record.stretch(self.stretch.clone());
        if rows > 0 {
            let message = format!("{rows} rows have no value in `{}` and are left out", places.cursor().name);
            self.stage.record.log(LogLevel::Warning, message);
        }
        Ok(())
    }

    /// Reads the rows without a cursor value, all of them each time; those that have not changed are not written again.
    async fn sweep(&mut self, places: &Places, ledger: Ledger) -> Result<(), Failure> {
        let pages = !places.key.is_empty();
        let mut rows = if pages { u64::from(self.settings.page_rows.max(2)) } else { MAX_ROWS_OF_A_PLACE };
        let mut ledger = Some(ledger);
        let mut after = None;
        while let Some(known) = ledger.take() {
            let asked = edges::Page { from: None, after: after.clone(), before: None, only_without_cursor: true, rows };
            let end = self.deliver(&asked, Page::without_cursor(places.clone(), rows, known)).await?;
            let mut known = end.ledger;
            let delivered = known.as_mut().map(|known| known.take_fresh(None)).unwrap_or_default();
            self.stretch.pages += u64::from(end.passed > 0);
            self.stretch.unchanged = self.done.rows_unchanged;
            if delivered.is_empty() {
                self.stage.record.stretch(self.stretch.clone());
            } else {
                fail::fail_point!("page.before_advance");
                self.advance(None, delivered, None).await?;
                fail::fail_point!("page.after_advance");
            }
            match end.last {
                _ if !end.more => return Ok(()),
                Some(last) => after = Some(last),
                None => rows = self.larger(rows, places)?,
            }
            ledger = known;
        }
        Ok(())
    }

    // ---------------------------------------------------------------- the end

    /// Leaves nothing behind: the statement is stopped, and what is on the way is waited for, unless it must stop at once.
    async fn stop(&mut self, failure: &Failure) {
        if let Some(lines) = &mut self.lines {
            lines.stop().await;
        }
        self.follow = None;
        self.stage.record.read_ended();
        if failure.kind == FailureKind::Cancelled {
            self.delivery.abort().await;
        } else {
            self.delivery.drain(&Pages(self.stage.record)).await;
        }
    }

    /// Rows of the pages that are over.
    fn figures_done(&self) -> Figures {
        let mut figures = self.done;
        figures.phases.open_ms = self.open_ms;
        figures
    }

    fn figures(&self) -> Figures {
        self.figures_done() + self.lines.as_ref().map(Lines::figures).unwrap_or_default() + self.delivery.figures()
    }
}

/// A page behind a row must end behind it. It does not where the database tells values apart that are one here: the same rows would be read
/// for ever.
fn goes_on(after: Option<&Position>, last: &Position, places: &Places) -> Result<(), Failure> {
    if after != Some(last) {
        return Ok(());
    }
    let (name, value) = (&places.cursor().name, &last.cursor.text);
    let doing =
        format!("rows behind {value} in `{name}` come as {value} too: the database keeps it finer than it is read; cast it in the query");
    Err(Failure::new(FailureKind::Cursor, doing))
}

#[cfg(test)]
mod tests {
    use model::{Column, ColumnType};

    use super::*;

    #[test]
    fn a_page_behind_a_row_that_ends_with_that_row_goes_on_for_ever_and_is_refused() {
        let columns = [Column { name: "at".to_owned(), kind: ColumnType::Timestamp, native: "timestamp(9)".to_owned() }];
        let places = Places::find(&columns, "at", &[]).unwrap();
        let at = |text: &str| Position { cursor: CursorValue::new(&columns[0], text), key: Vec::new() };
        let (first, second) = (at("2026-11-21 14:05:00.123456"), at("2026-11-21 14:05:00.123457"));
        assert!(goes_on(None, &first, &places).is_ok());
        assert!(goes_on(Some(&first), &second, &places).is_ok());
        let failure = goes_on(Some(&first), &first, &places).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Cursor);
        assert!(failure.doing.contains("`at`") && failure.doing.contains("cast it in the query"), "{}", failure.doing);
    }
}
