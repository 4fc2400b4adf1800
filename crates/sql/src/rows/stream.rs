//! The reading end: batches that a reader on another task or thread makes ahead, a few at most.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use async_trait::async_trait;
use model::{Column, Failure, FailureKind, edges::Rows};
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;

/// Batches that wait between the reader and whoever shapes them. With the one in the making and the one in use, at most four are held.
const WAITING: usize = 2;

/// What a reader sends.
pub(crate) enum Piece {
    /// Rows.
    Batch(RecordBatch),
    /// The database itself said end of rows.
    End,
    /// The result is not complete.
    Failed(Failure),
}

/// Rows that a reader sends through a bounded channel. The guard's token is cancelled when this is dropped: the reader then stops its
/// statement.
pub(crate) struct Stream {
    columns: Vec<Column>,
    schema: SchemaRef,
    pieces: mpsc::Receiver<Piece>,
    ended: bool,
    _guard: DropGuard,
}

/// The channel from a reader to its [`Stream`].
pub(crate) fn channel() -> (mpsc::Sender<Piece>, mpsc::Receiver<Piece>) {
    mpsc::channel(WAITING)
}

impl Stream {
    /// Rows of these columns, from this channel.
    pub(crate) fn new(columns: Vec<Column>, pieces: mpsc::Receiver<Piece>, guard: DropGuard) -> Self {
        let schema = schema(&columns);
        Self { columns, schema, pieces, ended: false, _guard: guard }
    }
}

/// The Arrow schema of rows of these columns.
pub(crate) fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()))
}

#[async_trait]
impl Rows for Stream {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        if self.ended {
            return Ok(None);
        }
        match self.pieces.recv().await {
            Some(Piece::Batch(batch)) => return Ok(Some(batch)),
            Some(Piece::End) => {
                self.ended = true;
                return Ok(None);
            }
            Some(Piece::Failed(failure)) => {
                self.pieces.close();
                Err(failure)
            }
            // A reader that dies without a word has not reached the end of the rows.
            None => Err(Failure::new(FailureKind::Internal, "the reader stopped before the end of the rows")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> (Stream, mpsc::Sender<Piece>) {
        let (sender, pieces) = channel();
        (Stream::new(Vec::new(), pieces, tokio_util::sync::CancellationToken::new().drop_guard()), sender)
    }

    #[tokio::test]
    async fn a_reader_that_dies_is_no_end_of_rows() {
        let (mut rows, sender) = stream();
        drop(sender);
        assert_eq!(rows.next().await.map_err(|failure| failure.kind).unwrap_err(), FailureKind::Internal);
    }

    #[tokio::test]
    async fn after_a_failure_the_reader_never_says_end_of_rows() {
        let (mut rows, sender) = stream();
        assert!(sender.send(Piece::Failed(Failure::new(FailureKind::SqlFailed, "broken"))).await.is_ok());
        drop(sender);
        assert_eq!(rows.next().await.map_err(|failure| failure.kind).unwrap_err(), FailureKind::SqlFailed);
        assert!(rows.next().await.is_err());
    }
}
