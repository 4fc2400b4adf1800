//! Reading: the rows of a statement on a task of their own, a few batches ahead of the shaper.

use std::time::Duration;

use arrow_array::RecordBatch;
use model::{Failure, FailureKind, edges::Rows};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinHandle},
    time::{Instant, timeout},
};

/// How many batches wait between reader and shaper. Two keep both busy; more only cost memory.
const AHEAD: usize = 2;

/// How long a reader may take to notice that it is to stop.
const STOP: Duration = Duration::from_secs(5);

/// What the reader says next.
#[derive(Debug)]
pub(crate) enum Read {
    /// More rows.
    Rows(RecordBatch),
    /// The database said end of rows.
    End,
}

/// A reader at work. Dropping it stops the statement on the server.
pub(crate) struct Reading {
    batches: mpsc::Receiver<(Duration, Result<Read, Failure>)>,
    task: JoinHandle<()>,
    abort: AbortHandle,
    /// Time spent waiting for rows so far.
    pub(crate) waited: Duration,
}

impl Reading {
    pub(crate) fn start(mut rows: Box<dyn Rows>) -> Self {
        let (sender, batches) = mpsc::channel(AHEAD);
        let task = tokio::spawn(async move {
            loop {
                let asked = Instant::now();
                let read = rows.next().await.map(|batch| batch.map_or(Read::End, Read::Rows));
                let more = matches!(read, Ok(Read::Rows(_)));
                if sender.send((asked.elapsed(), read)).await.is_err() || !more {
                    return;
                }
            }
        });
        Self { batches, abort: task.abort_handle(), task, waited: Duration::ZERO }
    }

    /// What comes next. A reader that ends without a word has failed: silence is never the end of rows.
    pub(crate) async fn next(&mut self) -> Result<Read, Failure> {
        match self.batches.recv().await {
            Some((waited, read)) => {
                self.waited += waited;
                read
            }
            None => Err(Failure::new(FailureKind::Internal, "the reader stopped without saying that the rows had ended")),
        }
    }

    /// Stops the statement and returns when the reader is gone, or at last after [`STOP`]. Called once.
    pub(crate) async fn stop(&mut self) {
        self.batches.close();
        self.abort.abort();
        // The outcome is known already, or not wanted.
        let _gone = timeout(STOP, &mut self.task).await;
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.abort.abort();
    }
}
