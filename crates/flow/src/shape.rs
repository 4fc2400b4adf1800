//! Shaping: rows to lines, on a thread beside the one that reads the socket.

use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chrono::{DateTime, Utc};
use model::{
    Failure, FailureKind, FieldTypes, LogLevel, Mapping, Measurement,
    edges::{ConnectionAccess, Influx, Shaped, Shaper},
};
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::transfer::Observer;

/// How long InfluxDB has to say which types its fields have.
const TYPES: Duration = Duration::from_secs(5);

/// What a shaper is made for.
pub(crate) struct Shape<'a> {
    pub(crate) influx: &'a dyn Influx,
    pub(crate) connection: &'a ConnectionAccess,
    pub(crate) mapping: &'a Mapping,
    pub(crate) slot: DateTime<Utc>,
    /// Whether InfluxDB is asked for the types that its fields have; not while the connection is on hold.
    pub(crate) asks: bool,
}

impl Shape<'_> {
    /// A shaper for rows of this schema, which follows the types that the fields have already. When InfluxDB does not say them the points
    /// are as the mapping says.
    ///
    /// # Errors
    /// Those of [`Influx::shaper_for`].
    pub(crate) async fn shaper(&self, schema: &SchemaRef, observer: &dyn Observer) -> Result<Box<dyn Shaper>, Failure> {
        let types = self.types(observer).await;
        self.influx.shaper_for(&self.connection.connection, self.mapping, schema, self.slot, &types)
    }

    /// The types that the fields have already, as far as InfluxDB says them.
    pub(crate) async fn types(&self, observer: &dyn Observer) -> FieldTypes {
        let mut types = FieldTypes::default();
        if let (true, Measurement::Name(name)) = (self.asks, &self.mapping.measurement) {
            let asked = timeout(TYPES, self.influx.target_types(self.connection, name)).await;
            let unknown = match asked {
                Ok(Ok(known)) => {
                    types = known;
                    None
                }
                Ok(Err(failure)) => Some(failure.chain()),
                Err(_) => Some(format!("no answer within {} s", TYPES.as_secs())),
            };
            if let Some(why) = unknown {
                observer.log(LogLevel::Info, format!("which types the fields have in InfluxDB is not known: {why}"));
            }
        }
        types
    }
}

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
