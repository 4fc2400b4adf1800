//! Reading: a statement on its thread, its batches through the channel.

use std::sync::Arc;

use arrow_odbc::OdbcReaderBuilder;
use arrow_schema::{DataType, Field, Schema};
use model::{
    Column, Failure,
    edges::{ReadLimits, Rows},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    session::{Session, Target},
    types::{self, Fetched},
    values::Bound,
};
use crate::{
    engines::{
        arrow::{Fixed, Intake},
        thread::{on_thread, rows, tell},
        watch::Watch,
    },
    follow::OnHand,
    rows::{Piece, check_columns},
};

/// Most bytes of a text or of bytes, when the driver tells no length, or a longer one: every row of the buffer has so many for each such column.
const LONGEST: usize = 64 << 10;
/// Bytes of one value of a type that has one length, and of what is noted of a value.
const SHORT: usize = 32;

/// What is to be read.
pub(super) struct Wanted {
    pub(super) target: Target,
    pub(super) sql: String,
    pub(super) bound: Vec<Bound>,
    /// What the columns are, when that is decided already: for a page of a query.
    pub(super) fixed: Option<Fixed>,
    /// What must still be so when it is read.
    pub(super) still: Option<Still>,
    pub(super) limits: ReadLimits,
    /// Where the session comes from and goes when the rows have ended; it is closed otherwise.
    pub(super) on_hand: Option<OnHand<Session>>,
}

/// A query and its columns. The driver of SQLite tells names that SQLite does not know (what stands behind the last point of `t.a + 1.5`), so
/// that a page takes columns by their places: those are compared within the transaction of the page.
pub(super) struct Still {
    pub(super) sql: String,
    pub(super) columns: Fixed,
}

/// The columns of a query that is prepared and not run.
pub(super) async fn describe(wanted: Wanted) -> Result<Vec<Column>, Failure> {
    let unwanted = CancellationToken::new();
    let _guard = unwanted.clone().drop_guard();
    let target = wanted.target.clone();
    on_thread(&target, None, &unwanted, None, move |session, watch, answer| {
        let told = session.describe(&wanted.sql).and_then(|found| {
            let columns: Vec<Column> = found.into_iter().map(|Fetched { column, .. }| column).collect();
            check_columns(&columns)?;
            Ok(columns)
        });
        // Nobody waits for it when this fails.
        drop(answer.send(told.map_err(|failure| watch.explains().unwrap_or(failure))));
    })
    .await
}

/// Begins to read.
pub(super) async fn start(wanted: Wanted) -> Result<Box<dyn Rows>, Failure> {
    let target = wanted.target.clone();
    let at_hand = wanted.on_hand.as_ref().and_then(OnHand::take);
    rows(&target, at_hand, move |session, watch, answer, pieces| wanted.read(session, watch, answer, pieces)).await
}

impl Wanted {
    fn read(self, session: Session, watch: &Watch, answer: oneshot::Sender<Result<Vec<Column>, Failure>>, pieces: &mpsc::Sender<Piece>) {
        let mut answer = Some(answer);
        let done = watch.settled(self.batches(&session, watch, &mut answer, pieces));
        match (done, answer) {
            (Ok(whole), _) => {
                match &self.on_hand {
                    // What is stopped must not be the next statement of the session.
                    Some(on_hand) if whole && session.rest() && watch.ends() => on_hand.give(session),
                    // Before the end is told: who has it may look for what still runs.
                    _ => drop(session),
                }
                tell(pieces, Piece::End);
            }
            (Err(failure), Some(answer)) => drop(answer.send(Err(failure))),
            (Err(failure), None) => tell(pieces, Piece::Failed(failure)),
        }
    }

    /// Reads to the end, or until nobody wants the rows: whether it was the end.
    fn batches(
        &self,
        session: &Session,
        watch: &Watch,
        answer: &mut Option<oneshot::Sender<Result<Vec<Column>, Failure>>>,
        pieces: &mpsc::Sender<Piece>,
    ) -> Result<bool, Failure> {
        let speech = &session.target().speech;
        let explained = |failure| if let Some(fixed) = &self.fixed { fixed.explained(failure) } else { failure };
        if let Some(still) = &self.still {
            session.begin()?;
            let found: Vec<Column> = session.describe(&still.sql)?.into_iter().map(|Fetched { column, .. }| column).collect();
            still.columns.fit(&found)?;
        }
        let mut cursor = session.execute(&self.sql, &self.bound).map_err(explained)?;
        let found = types::columns(&mut cursor).map_err(|error| speech.failure(&error, "asking for the columns"))?;
        let (fields, found): (Vec<_>, Vec<_>) = found.into_iter().map(|Fetched { field, column }| (field, column)).unzip();
        let columns = match &self.fixed {
            Some(fixed) => fixed.fit(&found)?,
            None => found,
        };
        check_columns(&columns)?;
        let longest = |field: &Field| if matches!(field.data_type(), DataType::Utf8 | DataType::Binary) { LONGEST } else { 0 };
        let row: usize = fields.iter().map(|field| longest(field) + SHORT).sum();
        let mut builder = OdbcReaderBuilder::new();
        builder
            .with_schema(Arc::new(Schema::new(fields)))
            .with_max_text_size(LONGEST)
            .with_max_binary_size(LONGEST)
            .with_max_bytes_per_batch(self.limits.batch_bytes.max(row))
            .with_max_num_rows_per_batch(self.limits.batch_rows)
            .with_fallibale_allocations(true);
        let fetching = builder.build(cursor).map_err(|error| {
            let words = "making room for the rows: give the query fewer or shorter columns";
            speech.failure_of_buffers(&error, words)
        })?;
        if let Some(answer) = answer.take() {
            drop(answer.send(Ok(columns.clone())));
        }
        let mut intake = Intake::new(&columns, self.limits);
        for batch in fetching {
            let batch = batch.map_err(|error| explained(speech.failure_of_rows(&error, &columns)))?;
            for piece in intake.take(&batch)? {
                if watch.rests(|| pieces.blocking_send(Piece::Batch(piece))).is_err() {
                    return Ok(false);
                }
            }
            if intake.is_full() {
                break;
            }
        }
        Ok(true)
    }
}
