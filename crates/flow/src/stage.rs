//! What every mode of a run works with.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Connection, Failure, FailureKind, Id, LogLevel, Run, Series, Statement, Target,
    edges::{Lease, RunPlan},
};

use tokio::time::Instant;

use crate::{
    delivery::{Delivery, Destination},
    pens::Pen,
    policy::Jitter,
    record::Record,
    run::{Runner, Stop},
    schedule,
    shape::Shape,
    statement,
    transfer::{Observer, cancelled},
};

/// How long before the next slot of its group a run that cannot write goes back in line.
const BEFORE_THE_NEXT_SLOT: TimeDelta = TimeDelta::seconds(1);

/// A claimed run with its plan.
pub(crate) struct Stage<'a> {
    pub(crate) runner: &'a Runner,
    pub(crate) plan: &'a RunPlan,
    pub(crate) run: &'a Run,
    pub(crate) lease: &'a Lease,
    pub(crate) record: &'a Record,
    pub(crate) stop: &'a Stop,
}

/// Why a run did not come to its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It failed.
    Failed(Failure),
    /// It may not write: its connection is on hold, and another run is to try it.
    OnHold,
    /// There is no room to freeze its lines.
    NoRoom,
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl<'a> Stage<'a> {
    /// Whether the run may write to its connection now.
    pub(crate) fn may_write(&self) -> bool {
        self.plan.hold.is_none() || self.plan.probe
    }

    /// The statement of the run; its window, if it has one, is noted.
    ///
    /// # Errors
    /// Those of [`statement::bind`].
    pub(crate) fn statement(&self) -> Result<Statement, Failure> {
        let group = self.plan.group.as_ref().map(|group| &group.spec);
        let (statement, window) = statement::bind(&self.plan.query.spec, &self.plan.series.spec, group, self.run.slot)?;
        self.record.window(window);
        Ok(statement)
    }

    /// Waits until what is read from now on may be written: see [`crate::pens`]. Given back when it is dropped.
    pub(crate) async fn pen(&self) -> Pen {
        let of = self.plan.series.id;
        if self.run.chunk.is_some() { self.runner.pens.beside_chunks(of).await } else { self.runner.pens.alone(of).await }
    }

    /// Waits for a place among the statements that the database takes at once; it is kept until the record hears that reading has ended.
    ///
    /// # Errors
    /// `Cancelled`.
    pub(crate) async fn place_at_database(&self) -> Result<(), Failure> {
        let reads = self.runner.reads.of(self.plan.database_id, self.plan.database.database.max_reads);
        let permit = match reads.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                self.record.log(LogLevel::Info, "waiting for other runs: the database takes no more statements at once".to_owned());
                tokio::select! {
                    biased;
                    () = self.stop.token.cancelled() => return Err(cancelled()),
                    permit = reads.acquire_owned() => {
                        permit.map_err(|error| Failure::new(FailureKind::Internal, "waiting for the database").because(error))?
                    }
                }
            }
        };
        self.record.hold(permit);
        Ok(())
    }

    pub(crate) fn destination(&self) -> Destination<'a> {
        let connection = &self.plan.connection;
        Destination {
            influx: &*self.runner.influx,
            connection,
            patience: self.runner.settings.patience,
            prove_by: self.prove_by(),
            requests: Some(self.runner.requests.of(self.plan.connection_id, connection.connection.in_flight)),
        }
    }

    /// A probe has one try. A run of a group that cannot write at all goes back in line before the next slot comes, which would meet it
    /// otherwise and be passed over.
    fn prove_by(&self) -> Option<Instant> {
        if self.plan.probe {
            return Some(Instant::now());
        }
        if self.run.chunk.is_some() {
            return None;
        }
        let now = self.runner.clock.now();
        let next = self.plan.group.as_ref().and_then(|group| schedule::next_slot(&group.spec, now).ok().flatten())?;
        let left = (next - now - BEFORE_THE_NEXT_SLOT).to_std().unwrap_or_default();
        Instant::now().checked_add(left)
    }

    pub(crate) fn shape(&self) -> Shape<'a> {
        Shape {
            influx: &*self.runner.influx,
            connection: &self.plan.connection,
            mapping: &self.plan.series.spec.mapping,
            slot: self.run.slot,
            asks: self.may_write(),
        }
    }

    pub(crate) fn delivery(&self) -> Delivery<'a> {
        Delivery::new(self.destination(), self.label(), Jitter::new(&*self.runner.clock))
    }

    /// Names the write of a slot: the same series and slot give the same label for ever, whatever the series is called.
    pub(crate) fn label(&self) -> String {
        label(self.plan.series.id, self.run.slot)
    }

    /// Whether what is written under one label replaces what was written under it before.
    pub(crate) fn writes_files(&self) -> bool {
        let Connection { target, .. } = &self.plan.connection.connection;
        matches!(target, Target::File { .. })
    }
}

fn label(series: Id<Series>, slot: DateTime<Utc>) -> String {
    let precise = if slot.timestamp_subsec_nanos() == 0 { "%Y%m%dT%H%M%SZ" } else { "%Y%m%dT%H%M%S%.6fZ" };
    format!("{}-{series}", slot.format(precise))
}
