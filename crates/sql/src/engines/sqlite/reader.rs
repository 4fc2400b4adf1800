//! The reading thread: steps the statement, builds batches, stops when it is told to or out of time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use chrono::Datelike;
use model::{Column, ColumnType, Failure, FailureKind, Value, edges::ReadLimits};
use rusqlite::{
    Connection, Error, ErrorCode, Rows, Statement,
    types::{Value as Owned, ValueRef},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    failures::{failure, failure_of_running},
    types::{Seen, append, declared},
};
use crate::{
    engines::Asked,
    follow::{OnHand, changed},
    rows::{BatchBuilder, Piece, check_columns, misfit, schema},
};

/// Instructions of SQLite's machine between two looks at the clock: about a millisecond.
pub(super) const LOOK_EVERY: i32 = 10_000;

/// One read, on its thread.
pub(super) struct Reader {
    pub(super) sql: String,
    pub(super) values: Vec<Owned>,
    /// What the columns are, when that is decided already: for a page of a query.
    pub(super) fixed: Option<Fixed>,
    pub(super) limits: ReadLimits,
    pub(super) timeout_ms: u32,
    pub(super) cancel: CancellationToken,
    pub(super) pieces: mpsc::Sender<Piece>,
    /// Where the file goes when the rows have ended; it is closed otherwise.
    pub(super) on_hand: Option<OnHand<Connection>>,
}

/// The columns of a query, and its text, which tells whether they are still the same.
#[derive(Clone)]
pub(super) struct Fixed {
    pub(super) query: String,
    pub(super) columns: Vec<Column>,
}

impl Fixed {
    /// Begins a transaction in which the query has these columns: what is prepared in it afterwards sees the same tables.
    ///
    /// # Errors
    /// `SqlTypeChanged` when it has others, because a table was changed since they were told.
    pub(super) fn begin(&self, connection: &Connection) -> Result<(), Stopped> {
        // The first look at the file is what holds it still.
        connection.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")?;
        let statement = connection.prepare(&self.query)?;
        if statement.column_names().into_iter().eq(self.columns.iter().map(|column| column.name.as_str())) {
            return Ok(());
        }
        Err(changed(&self.columns).into())
    }
}

/// Why a read stopped: still SQLite's error where the place in the user's text is to be told.
pub(super) enum Stopped {
    Failed(Failure),
    Sqlite(Error),
}

impl Stopped {
    pub(super) const fn failed(failure: Failure) -> Self {
        Self::Failed(failure)
    }

    /// For a text that is not the user's alone, and whose place in it would mislead.
    pub(super) fn without_place(self) -> Failure {
        match self {
            Self::Failed(failure) => failure,
            Self::Sqlite(error) => failure(error, "running the query", None),
        }
    }

    pub(super) fn explain(self, asked: &Asked<'_>) -> Failure {
        match self {
            Self::Failed(failure) => failure,
            Self::Sqlite(error) => failure(error, "running the query", Some(asked)),
        }
    }
}

/// What comes after the first rows.
enum After {
    /// More rows.
    More,
    /// Nothing.
    End,
    /// A failure.
    Broken(Stopped),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Sqlite(error)
    }
}

/// When the statement runs out of time, in milliseconds since the read began; the time in which nobody took the rows does not count.
#[derive(Clone)]
struct Deadline {
    since: Instant,
    at_ms: Arc<AtomicU64>,
}

impl Deadline {
    fn new(timeout_ms: u32) -> Self {
        let at_ms = if timeout_ms == 0 { u64::MAX } else { u64::from(timeout_ms) };
        Self { since: Instant::now(), at_ms: Arc::new(AtomicU64::new(at_ms)) }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn passed(&self) -> bool {
        self.now_ms() >= self.at_ms.load(Ordering::Relaxed)
    }

    fn extend(&self, ms: u64) {
        let at = self.at_ms.load(Ordering::Relaxed);
        self.at_ms.store(at.saturating_add(ms), Ordering::Relaxed);
    }
}

impl Reader {
    /// Reads to the end. The columns go out first, through `opened`.
    pub(super) fn read(self, connection: Connection, opened: oneshot::Sender<Result<Vec<Column>, Stopped>>) {
        let mut opened = Some(opened);
        let result = self.run(&connection, &mut opened);
        match (result, opened) {
            (Ok(()), _) => {
                if let Some(on_hand) = &self.on_hand
                    && rest(&connection).is_ok()
                {
                    on_hand.give(connection);
                }
                self.send(Piece::End);
            }
            (Err(stopped), Some(opened)) => drop(opened.send(Err(stopped))),
            (Err(Stopped::Failed(failure)), None) => self.send(Piece::Failed(failure)),
            (Err(Stopped::Sqlite(error)), None) => self.send(Piece::Failed(failure_of_running(error, "reading rows"))),
        }
    }

    /// A send fails when nobody wants the rows any more; the next step of the statement then finds the token cancelled.
    fn send(&self, piece: Piece) {
        drop(self.pieces.blocking_send(piece));
    }

    fn run(&self, connection: &Connection, opened: &mut Option<oneshot::Sender<Result<Vec<Column>, Stopped>>>) -> Result<(), Stopped> {
        let deadline = Deadline::new(self.timeout_ms);
        let (cancel, clock) = (self.cancel.clone(), deadline.clone());
        connection.progress_handler(LOOK_EVERY, Some(move || cancel.is_cancelled() || clock.passed()))?;
        // One transaction, so that a second look at the rows sees the same rows.
        match &self.fixed {
            Some(fixed) => fixed.begin(connection)?,
            None => connection.execute_batch("BEGIN")?,
        }
        let mut statement = connection.prepare(&self.sql)?;
        if !statement.readonly() {
            return Err(Failure::new(FailureKind::SqlNotReadOnly, "the statement writes").into());
        }
        let declarations: Vec<(String, Option<String>)> =
            statement.columns().iter().map(|column| (column.name().to_owned(), column.decl_type().map(str::to_owned))).collect();
        let as_declared = declarations.iter().map(|(name, declaration)| Column {
            name: name.clone(),
            kind: declared(declaration.as_deref()).unwrap_or(ColumnType::Text),
            native: declaration.clone().unwrap_or_default(),
        });
        let mut columns: Vec<Column> = self.fixed.as_ref().map_or_else(|| as_declared.collect(), |fixed| fixed.columns.clone());
        check_columns(&columns)?;
        let is_open = |declaration: &Option<String>| self.fixed.is_none() && declared(declaration.as_deref()).is_none();
        let open: Vec<usize> =
            declarations.iter().enumerate().filter(|(_, (_, declaration))| is_open(declaration)).map(|(i, _)| i).collect();

        let mut rows = self.start(&mut statement)?;
        let (sample, after) = if open.is_empty() { (Vec::new(), After::More) } else { self.sample(&mut rows, &columns, &deadline)? };
        if !open.is_empty() {
            let mut seen = vec![Seen::default(); columns.len()];
            for row in &sample {
                open.iter().for_each(|i| seen[*i].note(ValueRef::from(&row[*i])));
            }
            if matches!(after, After::More) && open.iter().any(|i| !seen[*i].decided()) {
                self.look_ahead(connection, sample.len(), &open, &mut seen).map_err(|error| self.timed(error, &deadline))?;
            }
            for i in open {
                columns[i].kind = seen[i].kind(declarations[i].1.as_deref());
                if columns[i].native.is_empty() {
                    columns[i].native = columns[i].kind.as_str().to_owned();
                }
            }
        }
        if let Some(opened) = opened.take() {
            drop(opened.send(Ok(columns.clone())));
        }
        self.batches(&columns, &sample, after, &mut rows, &deadline)
    }

    fn start<'s>(&self, statement: &'s mut Statement<'_>) -> Result<Rows<'s>, Error> {
        statement.query(rusqlite::params_from_iter(&self.values))
    }

    /// The first rows, as many as make a batch; and what comes after them. A failure behind the first row is kept for after the rows.
    fn sample(&self, rows: &mut Rows<'_>, columns: &[Column], deadline: &Deadline) -> Result<(Vec<Vec<Owned>>, After), Stopped> {
        let mut sample: Vec<Vec<Owned>> = Vec::new();
        let mut bytes = 0;
        while sample.len() < self.limits.batch_rows && bytes < self.limits.batch_bytes {
            if self.limits.max_rows.is_some_and(|most| sample.len() as u64 >= most) {
                return Ok((sample, After::End));
            }
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok((sample, After::End)),
                Err(error) if sample.is_empty() => return Err(self.timed(error, deadline)),
                Err(error) => return Ok((sample, After::Broken(self.timed(error, deadline)))),
            };
            let mut values = Vec::with_capacity(columns.len());
            for (i, column) in columns.iter().enumerate() {
                let value = Owned::try_from(row.get_ref(i)?);
                values.push(value.map_err(|_| misfit(column, sample.len() as u64 + 1, "text that is not UTF-8"))?);
            }
            bytes += values.iter().map(size).sum::<usize>();
            sample.push(values);
        }
        Ok((sample, After::More))
    }

    /// Runs the statement a second time, past the first `skip` rows, until every open column has shown a value.
    fn look_ahead(&self, connection: &Connection, skip: usize, open: &[usize], seen: &mut [Seen]) -> Result<(), Error> {
        let mut statement = connection.prepare(&self.sql)?;
        let mut rows = self.start(&mut statement)?;
        let mut number = 0_usize;
        while let Some(row) = rows.next()? {
            number += 1;
            if self.limits.max_rows.is_some_and(|most| number as u64 > most) {
                break;
            }
            if number <= skip {
                continue;
            }
            for i in open.iter().filter(|i| !seen[**i].decided()).copied().collect::<Vec<_>>() {
                seen[i].note(row.get_ref(i)?);
            }
            if open.iter().all(|i| seen[*i].decided()) {
                break;
            }
        }
        Ok(())
    }

    fn batches(
        &self,
        columns: &[Column],
        sample: &[Vec<Owned>],
        after: After,
        rows: &mut Rows<'_>,
        deadline: &Deadline,
    ) -> Result<(), Stopped> {
        let blobs: Vec<bool> = columns.iter().map(|column| column.kind == ColumnType::Bytes).collect();
        let mut batch = BatchBuilder::new(columns, schema(columns), self.limits.batch_rows);
        for row in sample {
            for (i, value) in row.iter().enumerate() {
                match append(&mut batch.builders[i], blobs[i], ValueRef::from(value)) {
                    Ok(size) => batch.bytes += size,
                    Err(what) => return Err(batch.misfit(i, &what).into()),
                }
            }
            batch.rows += 1;
        }
        let more = match after {
            After::More => true,
            After::End => false,
            After::Broken(stopped) => {
                self.send_batch(&mut batch, deadline)?;
                return Err(stopped);
            }
        };
        let most = self.limits.max_rows.unwrap_or(u64::MAX);
        while more && batch.rows_before + (batch.rows as u64) < most {
            if batch.rows >= self.limits.batch_rows || batch.bytes >= self.limits.batch_bytes {
                self.send_batch(&mut batch, deadline)?;
            }
            let Some(row) = rows.next().map_err(|error| self.timed(error, deadline))? else { break };
            let mut bytes = 0;
            for (i, (builder, blobs)) in batch.builders.iter_mut().zip(&blobs).enumerate() {
                match append(builder, *blobs, row.get_ref(i)?) {
                    Ok(size) => bytes += size,
                    Err(what) => return Err(batch.misfit(i, &what).into()),
                }
            }
            batch.bytes += bytes;
            batch.rows += 1;
        }
        self.send_batch(&mut batch, deadline)
    }

    fn send_batch(&self, batch: &mut BatchBuilder, deadline: &Deadline) -> Result<(), Stopped> {
        if let Some(rows) = batch.finish()? {
            let before = deadline.now_ms();
            self.send(Piece::Batch(rows));
            deadline.extend(deadline.now_ms() - before);
        }
        Ok(())
    }

    fn timed(&self, error: Error, deadline: &Deadline) -> Stopped {
        let interrupted = error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted);
        if interrupted && self.cancel.is_cancelled() {
            Failure::new(FailureKind::Cancelled, "the read was stopped").into()
        } else if interrupted && deadline.passed() {
            Failure::new(FailureKind::SqlTimeout, format!("the statement took longer than {}", length(self.timeout_ms))).into()
        } else {
            failure_of_running(error, "reading rows").into()
        }
    }
}

/// Ends the transaction, so that the next one sees what is committed then.
pub(super) fn rest(connection: &Connection) -> Result<(), Error> {
    connection.progress_handler(0, None::<fn() -> bool>)?;
    connection.execute_batch("ROLLBACK")
}

/// A value of the query as SQLite binds it.
///
/// # Errors
/// `SqlParameter` for NaN, which would be NULL, and for an instant whose text would not be in order with others.
pub(super) fn bound(value: &Value) -> Result<Owned, Failure> {
    let wrong = |how: String| Err(Failure::new(FailureKind::SqlParameter, format!("binding the values: {how}")));
    Ok(match value {
        Value::Text(text) => Owned::Text(text.clone()),
        Value::Integer(number) => Owned::Integer(*number),
        Value::Float(number) if number.is_nan() => return wrong("NaN is no number to SQLite".to_owned()),
        Value::Float(number) => Owned::Real(*number),
        Value::Boolean(truth) => Owned::Integer(i64::from(*truth)),
        Value::Instant(instant) if !(0..=9999).contains(&instant.year()) => {
            return wrong(format!("the year of {instant} is none of 0 to 9999, in which times that are text are in order"));
        }
        Value::Instant(instant) => {
            let form = if instant.timestamp_subsec_micros() == 0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S%.6f" };
            Owned::Text(instant.format(form).to_string())
        }
    })
}

/// A time limit as people read it: `5 min`, `90 s`, `250 ms`.
fn length(millis: u32) -> String {
    match (millis % 60_000, millis % 1_000) {
        (0, _) => format!("{} min", millis / 60_000),
        (_, 0) => format!("{} s", millis / 1_000),
        _ => format!("{millis} ms"),
    }
}

fn size(value: &Owned) -> usize {
    match value {
        Owned::Text(text) => text.len() + 4,
        Owned::Blob(blob) => blob.len() + 4,
        Owned::Null | Owned::Integer(_) | Owned::Real(_) => 8,
    }
}
