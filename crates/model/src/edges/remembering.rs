//! Remembering: slots, runs, leases, cursors, holds.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{ConnectionAccess, DatabaseAccess, LineBatch};
use crate::{
    Connection, Cursor, Database, Failure, Figures, Group, Hold, Id, LedgerEntry, LogLine, Mark, Organization, Position, Query, Reject,
    Run, RunStatus, Series, Stored, Stretch, Window, run::Reason,
};

/// What `flow` needs remembered. Implemented by `store`; every method is one transaction. All failures are of kind `Store`.
#[async_trait]
pub trait Store: Send + Sync {
    /// Enabled groups of every organization whose next slot is at or before `now`.
    async fn due_groups(&self, now: DateTime<Utc>) -> Result<Vec<DueGroup>, Failure>;

    /// Records what becomes of slots and moves the group's next slot, if the group and its next slot still are what the caller saw
    /// (compare and set).
    /// For each slot that runs, late or not, one queued run per enabled series of the group, in order of position; but a run of an
    /// incremental series that waits already stands for the slot too, and goes now if it waited for its next try. For each stretch that
    /// is skipped or missed, one slot record and one final run per enabled series. `false` means that somebody else was faster, or changed
    /// the group: nothing was done.
    async fn settle_slots(&self, settlement: &Settlement) -> Result<bool, Failure>;

    /// The earliest instant at which there will be something to do: a next slot, or a queued run's `not_before`.
    async fn next_wake(&self) -> Result<Option<DateTime<Utc>>, Failure>;

    /// Takes the next queued run whose lane is free and whose `not_before` has come, oldest slot first, then position, and marks it
    /// running under a lease until `lease_until`. A lane is a group, or a series without group: one run of a lane runs at a time.
    ///
    /// Runs to a connection on hold are left, but for: the oldest of them once the hold's `next_probe_at` has come (which moves it on by
    /// [`PROBE`], so that no second one follows it); and a run of a snapshot series that is not frozen yet, while the spool has room, so that
    /// the rows of its slot are read when its time has come.
    ///
    /// A power failure may take a claim back, with all that was done under its lease: then the run is in line as before.
    async fn claim_run(&self, node: &str, now: DateTime<Utc>, lease_until: DateTime<Utc>) -> Result<Option<(Lease, Run)>, Failure>;

    /// Everything the run needs, secrets opened. `None` when the run's series, query, database or connection is gone.
    async fn load_plan(&self, lease: &Lease) -> Result<Option<RunPlan>, Failure>;

    /// Extends the lease, keeps the figures so far, appends log lines. Tells whether the lease still holds and whether someone asked to
    /// stop. A power failure may take back the last of them.
    async fn heartbeat(&self, lease: &Lease, lease_until: DateTime<Utc>, progress: &Progress) -> Result<LeaseState, Failure>;

    /// Keeps rejects of the run, up to `limit` in all and [`Reject::MAX_OF_SERIES`] with those of the series' other runs; returns how many of
    /// these are kept now. A row that is kept already counts as kept.
    async fn keep_rejects(&self, lease: &Lease, rejects: &[Reject], limit: u32) -> Result<u64, Failure>;

    /// What was delivered within the overlap of the run's series, in no order.
    async fn ledger(&self, lease: &Lease) -> Result<Vec<LedgerEntry>, Failure>;

    /// Moves the cursor of the run's series: position, marks, ledger and the run's figures in one transaction guarded by the lease. Every row
    /// up to the position has been acknowledged, or kept as a reject. `false` means that the lease was lost: nothing was done. A run that was
    /// let through to a connection on hold ends the hold here already, with its first page.
    async fn advance(&self, lease: &Lease, advance: &Advance) -> Result<bool, Failure>;

    /// Keeps lines of a snapshot run before any of them is sent, behind those that are kept of it. `complete` with the last. Once complete
    /// they are what the run writes, whoever runs it and however often, until it ends.
    ///
    /// # Errors
    /// When the run's lines alone are more than the spool ever holds: no waiting helps.
    async fn freeze(&self, lease: &Lease, lines: &[LineBatch], complete: Option<&Figures>) -> Result<Freeze, Failure>;

    /// The frozen lines of the run from place `from` (from 0) on, in order, at most about 4 MiB at once; none when there are no more.
    async fn frozen(&self, lease: &Lease, from: u64) -> Result<Vec<LineBatch>, Failure>;

    /// Puts a running run back in line because its connection does not take points, and holds the connection: its runs wait, but for one at
    /// `next_probe_at`. What is frozen of the run stays. `false` means that the lease was lost.
    ///
    /// Whoever runs it next begins its figures and row numbers anew (from [`RunPlan::frozen`] where that is set): the store adds what the run
    /// did up to the last [`Store::advance`], and forgets the rejects behind that, whose rows are read again.
    async fn hold_run(&self, lease: &Lease, holding: &Holding) -> Result<bool, Failure>;

    /// Ends the run: status, figures, reason, log, the retry if there is one, and the slot's outcome when it was the last, in one
    /// transaction guarded by the lease. `false` means that the lease was lost: nothing was done, another node owns the run. What was frozen
    /// of the run goes to the retry if there is one (when it was frozen completely) and is let go otherwise; the hold of its connection
    /// ends when the run was let through to try it and its lines were taken, or refused each by name; when it came to no writing the next one
    /// tries at once.
    async fn finish_run(&self, lease: &Lease, end: &RunEnd) -> Result<bool, Failure>;

    /// Marks running runs whose node is gone as abandoned and queues their slot again (attempt + 1), or fails them when they had
    /// `max_attempts`. A store that one process owns alone knows that every other node is gone; a shared one waits for the lease to end.
    /// What was frozen completely of a run goes to its next attempt, as in [`Store::finish_run`]. Returns the abandoned runs.
    async fn reclaim(&self, node: &str, now: DateTime<Utc>, max_attempts: u32) -> Result<Vec<Id<Run>>, Failure>;
}

/// A group whose next slot has come.
#[derive(Clone, Debug)]
pub struct DueGroup {
    /// The group.
    pub group: Stored<Group>,
    /// The slot that is due.
    pub next_slot_at: DateTime<Utc>,
    /// Slots of the group that wait, settled as [`Fate::Run`]: none of their runs has started. Retries apart.
    pub slots_waiting: u32,
    /// Slots of the group that have begun and not ended, settled as [`Fate::Run`]. Retries apart.
    pub slots_running: u32,
    /// Slots of the group that wait or run, settled as [`Fate::RunLate`], or a run of which waited for a connection on hold (also after
    /// that hold has ended). Retries apart. They are in neither count above: what is made up for does not cost a slot that is on time.
    pub slots_late: u32,
}

/// What becomes of the slots of a group that have come due.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The owner.
    pub organization_id: Id<Organization>,
    /// The group.
    pub group_id: Id<Group>,
    /// Its revision as the caller saw it: what was decided by another schedule or policy does not count.
    pub seen_revision: i64,
    /// Its next slot as the caller saw it.
    pub seen_next_slot_at: DateTime<Utc>,
    /// Its next slot from now on; `None` when the schedule has no more.
    pub next_slot_at: Option<DateTime<Utc>>,
    /// When this was decided.
    pub at: DateTime<Utc>,
    /// What becomes of each slot, oldest first, without gap or overlap.
    pub decisions: Vec<SlotDecision>,
}

/// What becomes of one slot or of a stretch of slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotDecision {
    /// The slot, or the first of the stretch.
    pub slot: DateTime<Utc>,
    /// The last of the stretch.
    pub last_slot: DateTime<Utc>,
    /// How many slots; 1 when it runs.
    pub slots: u32,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its series run.
    Run,
    /// Its series run late, or behind slots that run late; the overlap policy does not count it as waiting or running.
    RunLate,
    /// The overlap policy passes over it; why.
    Skip(String),
    /// The missed-slot policy passes over it; why.
    Miss(String),
}

/// The right to run one run: checked in the same statement that commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The owner.
    pub organization_id: Id<Organization>,
    /// The run.
    pub run_id: Id<Run>,
    /// Who holds it.
    pub node: String,
    /// Counts up with every claim: an older token commits nothing.
    pub token: i64,
}

/// Whether a lease still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// It holds.
    Held,
    /// It holds, and a person asked to stop the run.
    CancelRequested,
    /// Another node has the run: stop at once, commit nothing.
    Lost,
}

/// All that a run needs.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// The series.
    pub series: Stored<Series>,
    /// Its query.
    pub query: Stored<Query>,
    /// Its group.
    pub group: Option<Stored<Group>>,
    /// Where the query runs.
    pub database_id: Id<Database>,
    /// The same, with its secret.
    pub database: DatabaseAccess,
    /// Where the points go.
    pub connection_id: Id<Connection>,
    /// The same, with its secret.
    pub connection: ConnectionAccess,
    /// How far an incremental series has come; the default for the others.
    pub cursor: Cursor,
    /// The figures of a snapshot run whose lines are frozen: nothing is read any more, [`Store::frozen`] gives what to write.
    pub frozen: Option<Figures>,
    /// The hold on the connection, if there is one.
    pub hold: Option<Hold>,
    /// Whether the run was let through to try a connection on hold. A run that was not writes nothing there while the hold is: it is a
    /// snapshot that is read and frozen, and goes back in line.
    pub probe: bool,
}

/// How far the cursor moves, with all that was delivered up to there.
#[derive(Clone, Debug)]
pub struct Advance {
    /// The last row of the prefix that was delivered; `None` leaves the position.
    pub position: Option<Position>,
    /// Of the query and settings that the position belongs to.
    pub fingerprint: String,
    /// The marks from now on.
    pub marks: Vec<Mark>,
    /// Rows delivered within the overlap; an entry replaces that of the same key.
    pub delivered: Vec<LedgerEntry>,
    /// Entries whose `at` is below this are forgotten.
    pub forget_below: Option<i64>,
    /// Most entries that are kept: the lowest are forgotten first.
    pub most_entries: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The run so far.
    pub progress: Progress,
}

/// Whether lines could be frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freeze {
    /// They are kept.
    Kept,
    /// There is no room: nothing of the run is kept any more.
    Full,
    /// The lease was lost.
    Lost,
}

/// Why and until when a run waits.
#[derive(Clone, Debug)]
pub struct Holding {
    /// When it was refused.
    pub at: DateTime<Utc>,
    /// What the connection said; `None` when the run wrote nothing because the connection was on hold already, whose times then stay, or
    /// because it waits for something else ([`Holding::waits`]): then no connection is held.
    pub refused: Option<Refusal>,
    /// What the run itself waits for, and until when at least, beside its connection: room to freeze its lines.
    pub waits: Option<Waiting>,
    /// The run so far.
    pub progress: Progress,
}

/// What a connection said, and when it is tried again.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What the connection said.
    pub reason: Reason,
    /// When it is tried again.
    pub next_probe_at: DateTime<Utc>,
}

/// What one run waits for, whatever its connection does.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Kept as the reason of the queued run.
    pub reason: Reason,
    /// It is not claimed before this.
    pub not_before: DateTime<Utc>,
}

/// How long a run that was let through to a connection on hold has for itself.
pub const PROBE: Duration = Duration::from_secs(60);

/// How far a run has come.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The figures so far.
    pub figures: Figures,
    /// The window it reads, once known.
    pub window: Option<Window>,
    /// What a run of an incremental series read, once known.
    pub stretch: Option<Stretch>,
    /// Log lines since the last heartbeat.
    pub log: Vec<LogLine>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// A final status.
    pub status: RunStatus,
    /// When.
    pub at: DateTime<Utc>,
    /// The figures, and the log lines since the last heartbeat.
    pub progress: Progress,
    /// Why, unless it succeeded or was empty.
    pub reason: Option<Reason>,
    /// Queue the same slot again, not before this.
    pub retry_at: Option<DateTime<Utc>>,
}

/// How long a lease lasts unless it is extended.
pub const LEASE: Duration = Duration::from_secs(15);
