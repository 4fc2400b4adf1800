//! Shaping: rows to lines, on a thread beside the one that reads the socket.

use std::time::Duration;

use arrow_array::RecordBatch;
use model::{
    Failure, FailureKind,
    edges::{Shaped, Shaper},
};
use tokio::{task::JoinHandle, time::Instant};

/// A shaper and what it is doing.
pub(crate) struct Shaping {
    state: State,
    /// Time spent shaping so far.
    pub(crate) worked: Duration,
}

enum State {
    Idle(Box<dyn Shaper>),
    Working(JoinHandle<Worked>),
    Finished,
}

/// The shaper, unless that was its last work; what it gave; how long it took.
type Worked = (Option<Box<dyn Shaper>>, Shaped, Duration);

impl Shaping {
    pub(crate) fn new(shaper: Box<dyn Shaper>) -> Self {
        Self { state: State::Idle(shaper), worked: Duration::ZERO }
    }

    /// Whether it can be given rows.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle(_))
    }

    /// Whether [`Shaping::done`] will give something.
    pub(crate) fn is_working(&self) -> bool {
        matches!(self.state, State::Working(_))
    }

    /// Starts to shape these rows. Only while idle.
    pub(crate) fn rows(&mut self, rows: RecordBatch) {
        self.work(move |mut shaper| {
            let shaped = shaper.shape(&rows);
            (Some(shaper), shaped)
        });
    }

    /// Starts to give out the lines that still wait. Only while idle; the last thing a shaper does.
    pub(crate) fn finish(&mut self) {
        self.work(|mut shaper| (None, shaper.finish()));
    }

    fn work(&mut self, work: impl FnOnce(Box<dyn Shaper>) -> (Option<Box<dyn Shaper>>, Shaped) + Send + 'static) {
        let State::Idle(shaper) = std::mem::replace(&mut self.state, State::Finished) else {
            unreachable!("a shaper is given work only while it is idle")
        };
        // A thread of the blocking pool and not the task itself: a batch takes about a millisecond of pure computing, during which the
        // task would neither read the socket nor look after the writes. The hand-over costs some microseconds per batch.
        self.state = State::Working(tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let (shaper, shaped) = work(shaper);
            (shaper, shaped, began.elapsed())
        }));
    }

    /// What the work in hand gave. Safe to be dropped and asked again.
    pub(crate) async fn done(&mut self) -> Result<Shaped, Failure> {
        let State::Working(work) = &mut self.state else {
            return Err(Failure::new(FailureKind::Internal, "the shaper was asked for what it was not doing"));
        };
        let result = work.await;
        self.state = State::Finished;
        let (shaper, shaped, worked) = result.map_err(|error| Failure::new(FailureKind::Internal, "shaping rows").because(error))?;
        self.worked += worked;
        if let Some(shaper) = shaper {
            self.state = State::Idle(shaper);
        }
        Ok(shaped)
    }
}
