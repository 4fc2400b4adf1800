//! A run of a snapshot series: its rows cannot be read again, so its lines are frozen in the store before the first of them is sent.
//!
//! ```text
//!  not frozen ──read, shape, freeze──▶ frozen ──write──▶ over
//!       │                                │ ▲
//!       └── no room: back in line        └─┘ the connection takes no points: back in line, frozen;
//!                                            a failure that time heals: the next attempt takes over what is frozen
//! ```
//!
//! Whoever runs a frozen run writes the same bytes and does not ask the database.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Code, Failure, FailureKind, Figures,
    edges::{Freeze, LineBatch, Waiting},
    run::Reason,
};
use tokio::time::Instant;

use crate::{
    delivery::{self, Delivery},
    lines::Lines,
    run::Why,
    stage::{Halt, Stage},
    transfer::{Observer, cancelled, millis},
};

/// Lines are frozen in pieces of about this many bytes.
const PIECE_BYTES: usize = 4 << 20;
/// Lines up to this many bytes are written from memory after they were frozen; those behind them are taken from the store.
const MEMORY_BYTES: usize = 8 << 20;
/// How long a run waits for room to freeze its lines.
const NO_ROOM_PAUSE: TimeDelta = TimeDelta::seconds(30);

/// Reads, freezes and writes, or only writes what is frozen.
pub(crate) async fn run(stage: &Stage<'_>) -> Result<(), Halt> {
    let mut snapshot = Snapshot { stage, lines: None, delivery: stage.delivery(), figures: Figures::default() };
    let result = tokio::select! {
        biased;
        () = stage.stop.token.cancelled() => Err(cancelled().into()),
        result = snapshot.run() => result,
    };
    if let Err(halt) = &result {
        snapshot.stop(halt).await;
    }
    stage.record.progress(&snapshot.figures());
    result
}

/// Why and until when a run waits whose lines could not be frozen.
pub(crate) fn no_room(now: DateTime<Utc>) -> Waiting {
    let reason = Reason {
        kind: Some(FailureKind::Store),
        code: Some(Code::Kind(FailureKind::Store)),
        message: "there is no room to keep the lines of another snapshot".to_owned(),
        advice: "mend the connections that are on hold, so that what waits for them is written".to_owned(),
    };
    Waiting { reason, not_before: now + NO_ROOM_PAUSE }
}

struct Snapshot<'a> {
    stage: &'a Stage<'a>,
    lines: Option<Lines>,
    delivery: Delivery<'a>,
    /// What is known without the lines that are being made and the delivery.
    figures: Figures,
}

/// Lines that were frozen: the first of them, and whether there are more in the store.
struct Frozen {
    first: Vec<LineBatch>,
    more: bool,
}

impl Snapshot<'_> {
    async fn run(&mut self) -> Result<(), Halt> {
        let frozen = match self.stage.plan.frozen {
            Some(figures) => {
                self.stage.record.frozen();
                self.figures = figures;
                Frozen { first: Vec::new(), more: true }
            }
            None => self.read().await?,
        };
        if frozen.first.is_empty() && !frozen.more {
            return Ok(delivery::account(&self.figures())?);
        }
        if !self.stage.may_write() {
            return Err(Halt::OnHold);
        }
        self.write(frozen).await?;
        Ok(delivery::account(&self.figures())?)
    }

    async fn read(&mut self) -> Result<Frozen, Halt> {
        let Stage { runner, plan, record, .. } = self.stage;
        let statement = self.stage.statement()?;
        self.stage.place_at_database().await?;
        let began = Instant::now();
        let opened = runner.databases.read(&plan.database, &statement, runner.settings.read_limits).await;
        self.figures.phases.open_ms = millis(began.elapsed());
        let rows = opened?;
        record.opened(rows.columns());
        let shaper = self.stage.shape().shaper(&rows.schema(), *record).await?;
        let lines = self.lines.insert(Lines::new(rows, shaper));

        let (mut frozen, mut memory) = (Frozen { first: Vec::new(), more: false }, 0);
        let (mut piece, mut piece_bytes) = (Vec::new(), 0);
        loop {
            let shaped = lines.next().await?;
            if lines.rows_ended() {
                record.read_ended();
            }
            record.progress(&(self.figures + lines.figures()));
            let made_all = shaped.is_none();
            if let Some(shaped) = shaped {
                if !shaped.rejects.is_empty() {
                    record.rejects(shaped.rejects).await?;
                }
                piece_bytes += shaped.batches.iter().map(|batch| batch.body.len()).sum::<usize>();
                piece.extend(shaped.batches);
            }
            let has_lines = frozen.more || !frozen.first.is_empty() || !piece.is_empty();
            if (made_all && has_lines) || piece_bytes >= PIECE_BYTES {
                let figures = made_all.then(|| self.figures + lines.figures());
                freeze(self.stage, &piece, figures.as_ref()).await?;
                for batch in piece.drain(..) {
                    memory += batch.body.len();
                    if memory <= MEMORY_BYTES && !frozen.more { frozen.first.push(batch) } else { frozen.more = true }
                }
                piece_bytes = 0;
            }
            if made_all {
                return Ok(frozen);
            }
        }
    }

    async fn write(&mut self, frozen: Frozen) -> Result<(), Failure> {
        let before = self.before();
        let mut from = frozen.first.len() as u64;
        self.delivery.send(frozen.first, before, self.stage.record).await?;
        let mut more = frozen.more;
        while more {
            let lines = self.stage.runner.store.frozen(self.stage.lease, from).await?;
            from += lines.len() as u64;
            more = !lines.is_empty();
            self.delivery.send(lines, before, self.stage.record).await?;
        }
        self.delivery.close().await
    }

    async fn stop(&mut self, halt: &Halt) {
        if let Some(lines) = &mut self.lines {
            lines.stop().await;
        }
        self.stage.record.read_ended();
        let is_cancelled = matches!(halt, Halt::Failed(failure) if failure.kind == FailureKind::Cancelled);
        if is_cancelled { self.delivery.abort().await } else { self.delivery.drain(self.stage.record).await }
    }

    fn before(&self) -> Figures {
        self.figures + self.lines.as_ref().map(Lines::figures).unwrap_or_default()
    }

    fn figures(&self) -> Figures {
        self.before() + self.delivery.figures()
    }
}

async fn freeze(stage: &Stage<'_>, lines: &[LineBatch], complete: Option<&Figures>) -> Result<(), Halt> {
    match stage.runner.store.freeze(stage.lease, lines, complete).await? {
        Freeze::Kept => {
            if complete.is_some() {
                stage.record.frozen();
            }
            fail::fail_point!("freeze.after");
            Ok(())
        }
        Freeze::Full => Err(Halt::NoRoom),
        Freeze::Lost => {
            stage.stop.because(Why::LeaseLost);
            Err(cancelled().into())
        }
    }
}
