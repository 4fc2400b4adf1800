//! From rows to batches of lines: one reader and one shaper, a step at a time.

use std::collections::VecDeque;

use arrow_array::RecordBatch;
use model::{
    Failure, Figures,
    edges::{LineBatch, Rows, Shaped, Shaper},
};

use crate::{
    page::{Page, Passed},
    read::{Read, Reading},
    shape::Shaping,
};

/// The rows of one statement, or of one page, on their way to lines.
pub(crate) struct Lines {
    reading: Reading,
    shaping: Shaping,
    /// Rows that wait for the shaper.
    rows: VecDeque<RecordBatch>,
    rows_ended: bool,
    numbers: Numbers,
    page: Option<Page>,
    /// What is known of rows and of rejects that never became a line.
    made: Figures,
}

impl Lines {
    /// All rows of a statement.
    pub(crate) fn new(rows: Box<dyn Rows>, shaper: Box<dyn Shaper>) -> Self {
        Self {
            reading: Reading::start(rows),
            shaping: Shaping::new(shaper),
            rows: VecDeque::new(),
            rows_ended: false,
            numbers: Numbers::default(),
            page: None,
            made: Figures::default(),
        }
    }

    /// The rows of a page, behind `rows_before` rows of its run.
    pub(crate) fn of_page(rows: Box<dyn Rows>, shaper: Box<dyn Shaper>, page: Page, rows_before: u64) -> Self {
        Self { page: Some(page), numbers: Numbers::behind(rows_before), ..Self::new(rows, shaper) }
    }

    /// What comes next; `None` when all rows were shaped. Safe to be dropped and asked again.
    pub(crate) async fn next(&mut self) -> Result<Option<Shaped>, Failure> {
        loop {
            if self.shaping.is_working() {
                let shaped = self.shaping.done().await?;
                return Ok(Some(self.shaped(shaped)));
            }
            if !self.shaping.is_idle() {
                return Ok(None);
            }
            if let Some(rows) = self.rows.pop_front() {
                self.shaping.rows(rows);
            } else if self.rows_ended {
                self.shaping.finish();
            } else if self.page.as_ref().is_some_and(Page::is_cut) {
                self.reading.stop().await;
                self.rows_ended = true;
            } else {
                match self.reading.next().await? {
                    Read::Rows(rows) => {
                        let passed = match &mut self.page {
                            Some(page) => page.pass(rows)?,
                            None => vec![Passed::all(rows)],
                        };
                        self.take(passed);
                        fail::fail_point!("page.middle");
                    }
                    Read::End => {
                        self.rows_ended = true;
                        if let Some(page) = &mut self.page {
                            let passed = page.end()?;
                            self.take(passed);
                        }
                    }
                }
            }
        }
    }

    /// Whether the shaper is at work: what it gives can be taken at any time.
    pub(crate) fn is_shaping(&self) -> bool {
        self.shaping.is_working()
    }

    /// Whether the database is no longer needed.
    pub(crate) fn rows_ended(&self) -> bool {
        self.rows_ended
    }

    /// Stops the statement and returns when the reader is gone.
    pub(crate) async fn stop(&mut self) {
        if !self.rows_ended {
            self.rows_ended = true;
            self.reading.stop().await;
        }
    }

    /// The page, once all of its rows were shaped.
    pub(crate) fn into_page(self) -> Option<Page> {
        self.page
    }

    /// Rows, rejects of the shaper, and time spent.
    pub(crate) fn figures(&self) -> Figures {
        let mut figures = self.made;
        figures.phases.read_ms = crate::transfer::millis(self.reading.waited);
        figures.phases.shape_ms = crate::transfer::millis(self.shaping.worked);
        figures
    }

    fn take(&mut self, passed: Vec<Passed>) {
        for Passed { rows, of, kept } in passed {
            self.made.rows_read += of;
            self.made.rows_unchanged += of - rows.num_rows() as u64;
            self.numbers.add(of, kept.as_deref());
            if rows.num_rows() > 0 {
                self.rows.push_back(rows);
            }
        }
    }

    fn shaped(&mut self, mut shaped: Shaped) -> Shaped {
        self.made.rows_skipped += shaped.rows_skipped;
        self.made.values_omitted += shaped.values_omitted;
        self.made.values_truncated += shaped.values_truncated;
        self.made.rejected += shaped.rejects.len() as u64;
        if self.page.is_some() {
            for batch in &mut shaped.batches {
                self.numbers.tell(batch);
            }
            for reject in &mut shaped.rejects {
                reject.row = self.numbers.of(reject.row);
            }
        }
        shaped
    }
}

/// From the number that the shaper gives a row to its number in the run: pages before it and rows that had not changed come in between.
#[derive(Debug, Default)]
struct Numbers {
    /// `(shaper's, run's)` numbers in ascending order: one for each row whose predecessor in the run was not shaped before it.
    steps: Vec<(u64, u64)>,
    shaped: u64,
    read: u64,
}

impl Numbers {
    fn behind(rows: u64) -> Self {
        Self { read: rows, ..Self::default() }
    }

    /// `of` more rows were read, of which the shaper is given those that are `kept` (all when that is not said).
    fn add(&mut self, of: u64, kept: Option<&[bool]>) {
        let Some(kept) = kept else {
            self.step(of);
            self.read += of;
            return;
        };
        for run in kept.chunk_by(|a, b| a == b) {
            let rows = run.len() as u64;
            if run[0] {
                self.step(rows);
            }
            self.read += rows;
        }
    }

    fn step(&mut self, rows: u64) {
        let follows = self.steps.last().is_some_and(|(shaped, read)| self.shaped + 1 - shaped == self.read + 1 - read);
        if !follows {
            self.steps.push((self.shaped + 1, self.read + 1));
        }
        self.shaped += rows;
    }

    fn of(&self, row: u64) -> u64 {
        let at = self.steps.partition_point(|(shaped, _)| *shaped <= row);
        at.checked_sub(1).map_or(row, |at| self.steps[at].1 + (row - self.steps[at].0))
    }

    /// Gives the lines of a batch the numbers of their rows in the run.
    fn tell(&self, batch: &mut LineBatch) {
        let before = std::mem::take(&mut batch.rows);
        let first = if before.is_empty() { vec![(0, 1)] } else { before };
        for (at, (line, row)) in first.iter().enumerate() {
            let end = first.get(at + 1).map_or(batch.lines, |(line, _)| *line);
            let (mut line, mut row) = (*line, *row);
            while line < end {
                batch.rows.push((line, self.of(row)));
                let next = self.steps.partition_point(|(shaped, _)| *shaped <= row);
                let until_step = self.steps.get(next).map_or(u64::MAX, |(shaped, _)| shaped - row);
                let lines = u32::try_from(until_step).unwrap_or(u32::MAX).min(end - line);
                line += lines;
                row += u64::from(lines);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_line_keeps_the_number_of_its_row_in_the_run(
            before in 0_u64..1000,
            batches in prop::collection::vec(prop::collection::vec(any::<bool>(), 1..20), 1..6),
            without_line in prop::collection::vec(any::<bool>(), 120),
        ) {
            let mut numbers = Numbers::behind(before);
            let mut expected = Vec::new();
            let mut row = before;
            for kept in &batches {
                numbers.add(kept.len() as u64, if kept.iter().all(|kept| *kept) { None } else { Some(kept) });
                for kept in kept {
                    row += 1;
                    if *kept {
                        expected.push(row);
                    }
                }
            }
            // The shaper makes a line of some of its rows.
            let shaped: Vec<u64> = (1..=expected.len() as u64).filter(|row| !without_line[usize::try_from(*row).unwrap() - 1]).collect();
            let mut batch = LineBatch { body: Default::default(), lines: u32::try_from(shaped.len()).unwrap(), rows: Vec::new() };
            for (line, row) in (0_u32..).zip(&shaped) {
                if line == 0 || shaped[line as usize - 1] + 1 != *row {
                    batch.rows.push((line, *row));
                }
            }
            if shaped.is_empty() {
                return Ok(());
            }
            numbers.tell(&mut batch);
            for (line, row) in (0_u32..).zip(&shaped) {
                prop_assert_eq!(batch.row_of(line), expected[usize::try_from(*row).unwrap() - 1]);
            }
        }
    }
}
