//! A store in memory that keeps the contract of `model::edges::Store`.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Chunk, Clock, ColumnType, Connection, Cursor, CursorValue, Database, Failure, FailureKind, Figures, Group, Hold, Id, LedgerEntry,
    LogLine, Mapping, Missed, Mode, Name, Organization, Overlap, Query, Reject, RejectPolicy, Run, RunStatus, Schedule, Series, Stored,
    Trigger,
    backfill::Part,
    edges::{
        Advance, ConnectionAccess, DatabaseAccess, DueGroup, Fate, Freeze, Holding, Lease, LeaseState, LineBatch, PROBE, Progress, RunEnd,
        RunPlan, Settlement, SlotDecision, Store,
    },
    run::Reason,
};

use super::{Steps, edges};

pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    pub steps: Arc<Steps>,
    state: Mutex<State>,
}

#[derive(Default)]
pub struct State {
    pub groups: Vec<(Stored<Group>, Option<DateTime<Utc>>)>,
    pub series: Vec<Stored<Series>>,
    pub queries: Vec<Stored<Query>>,
    pub connection: Option<ConnectionAccess>,
    pub database: Option<DatabaseAccess>,
    pub database_id: Option<Id<Database>>,
    pub runs: Vec<Kept>,
    pub slots: Vec<(Id<Group>, SlotDecision)>,
    /// So many calls fail from now on.
    pub broken_calls: u32,
    /// So many calls of `finish_run` fail from now on.
    pub broken_finishes: u32,
    /// So many calls of `advance` fail from now on.
    pub broken_advances: u32,
    /// So many calls of `keep_rejects` fail from now on.
    pub broken_rejects: u32,
    /// The slots of this group cannot be settled.
    pub broken_group: Option<Id<Group>>,
    /// Whether heartbeats say that the lease is lost.
    pub lease_is_lost: bool,
    pub heartbeats: u32,
    /// Calls of `finish_run`, refused ones too.
    pub finishes: u32,
    pub cursors: HashMap<Id<Series>, Cursor>,
    pub ledgers: HashMap<Id<Series>, BTreeMap<u128, LedgerEntry>>,
    pub spool: HashMap<Id<Run>, Frozen>,
    /// Most bytes of the spool; no limit when it is 0.
    pub spool_bytes: u64,
    pub holds: HashMap<Id<Connection>, Hold>,
    /// A chunk that ends puts the first of these in line, after a pause.
    pub chunks_to_come: VecDeque<Kept>,
    pub pause: TimeDelta,
    /// Every move of a cursor, in order.
    pub advances: Vec<Advance>,
    /// Calls that succeeded, by name.
    pub calls: BTreeMap<&'static str, u32>,
}

/// Lines that are kept of a run.
#[derive(Clone, Debug, Default)]
pub struct Frozen {
    pub lines: Vec<LineBatch>,
    pub complete: Option<Figures>,
}

impl Frozen {
    fn bytes(&self) -> u64 {
        self.lines.iter().map(|batch| batch.body.len() as u64).sum()
    }
}

impl State {
    fn has_room(&self, more: u64) -> bool {
        self.spool_bytes == 0 || self.spool.values().map(Frozen::bytes).sum::<u64>() + more < self.spool_bytes
    }

    fn is_on_hold(&self, run: &Run) -> bool {
        self.holds.contains_key(&run.connection_id)
    }

    fn reads_once(&self, run: &Run) -> bool {
        self.series.iter().any(|series| series.id == run.series_id && series.spec.mode == Mode::Snapshot)
    }

    /// The run of an incremental series that waits in its group: a slot that comes joins it.
    fn waiting_run(&mut self, series: &Stored<Series>) -> Option<&mut Kept> {
        let joins = |kept: &&mut Kept| {
            let run = &kept.run;
            run.series_id == series.id && run.status == RunStatus::Queued && run.trigger != Trigger::Manual && run.chunk.is_none()
        };
        if matches!(series.spec.mode, Mode::Incremental(_)) { self.runs.iter_mut().rev().find(joins) } else { None }
    }

    /// Whether it may be claimed at `now`, and whether that is the probe of its connection.
    fn may_run(&self, kept: &Kept, now: DateTime<Utc>) -> Option<bool> {
        let Some(hold) = self.holds.get(&kept.run.connection_id) else { return Some(false) };
        let to_freeze = self.reads_once(&kept.run) && !kept.run.frozen;
        match (to_freeze, hold.next_probe_at <= now) {
            (true, _) => self.has_room(0).then_some(false),
            (false, probe) => probe.then_some(true),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Kept {
    pub run: Run,
    pub position: i32,
    pub token: i64,
    pub node: String,
    pub cancel_requested: bool,
    pub log: Vec<LogLine>,
    pub rejects: Vec<Reject>,
    pub started: Option<DateTime<Utc>>,
    /// Whether it has waited for a connection on hold.
    pub waited: bool,
    /// Whether it was let through to try a connection on hold.
    pub probe: bool,
}

pub const CONNECTION: &str = "01900000-0000-7000-8000-000000000009";

impl MemoryStore {
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::with_steps(clock, Arc::default())
    }

    pub fn with_steps(clock: Arc<dyn Clock>, steps: Arc<Steps>) -> Arc<Self> {
        let state = State {
            connection: Some(edges::connection(1000, 2)),
            database: Some(edges::database(8)),
            database_id: Some(Id::new(&*clock)),
            ..State::default()
        };
        Arc::new(Self { clock, steps, state: Mutex::new(state) })
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn stored<N>(&self, name: &str, spec: N) -> Stored<N> {
        let now = self.clock.now_micros();
        Stored {
            id: Id::new(&*self.clock),
            organization_id: Organization::DEFAULT,
            name: Name::new(name).unwrap(),
            created_at: now,
            updated_at: now,
            revision: 1,
            origin: model::Origin::People,
            number: None,
            spec,
        }
    }

    pub fn add_group(&self, name: &str, schedule: Schedule, overlap: Overlap, missed: Missed, next: &str) -> Id<Group> {
        let group = self.stored(name, Group { schedule, time_zone: chrono_tz::Tz::UTC, overlap, missed, enabled: true });
        let id = group.id;
        self.state().groups.push((group, Some(super::at(next))));
        id
    }

    /// A series whose statement is its own name.
    pub fn add_series(&self, name: &str, group: Option<Id<Group>>, position: i32, mode: Mode) -> Id<Series> {
        let database_id = self.state().database_id.unwrap();
        let query = self.stored(name, Query { database_id, sql: name.to_owned(), category: String::new(), parameters: Vec::new() });
        let series = self.stored(
            name,
            Series {
                query_id: query.id,
                connection_id: CONNECTION.parse().unwrap(),
                group_id: group,
                position,
                mapping: Mapping::new("m"),
                mode,
                parameters: std::collections::BTreeMap::new(),
                enabled: true,
                rejects: RejectPolicy::default(),
            },
        );
        let id = series.id;
        let mut state = self.state();
        state.queries.push(query);
        state.series.push(series);
        id
    }

    pub fn enqueue(&self, series: Id<Series>, slot: DateTime<Utc>) -> Id<Run> {
        let mut state = self.state();
        let series = state.series.iter().find(|kept| kept.id == series).unwrap().clone();
        let run = self.queued(&series, slot, Trigger::Manual, 1, self.clock.now_micros());
        let id = run.run.id;
        state.runs.push(run);
        id
    }

    /// A chunk of a backfill of numbers `[from, to)`.
    pub fn enqueue_chunk(&self, series: Id<Series>, number: u64, from: i64, to: i64) -> Id<Run> {
        let kept = self.chunk(series, number, from, to);
        let id = kept.run.id;
        self.state().runs.push(kept);
        id
    }

    /// A backfill of so many chunks of ten numbers each, from 0 on: so many are in line at once, and each that ends is followed by a pause.
    pub fn backfill(&self, series: Id<Series>, chunks: i64, parallel: usize, pause: TimeDelta) {
        let mut chunks: VecDeque<Kept> = (0..chunks).map(|n| self.chunk(series, n.unsigned_abs(), 10 * n, 10 * n + 10)).collect();
        let mut state = self.state();
        state.runs.extend(chunks.drain(..parallel));
        (state.chunks_to_come, state.pause) = (chunks, pause);
    }

    fn chunk(&self, series: Id<Series>, number: u64, from: i64, to: i64) -> Kept {
        let state = self.state();
        let series = state.series.iter().find(|kept| kept.id == series).unwrap().clone();
        let query = state.queries.iter().find(|query| query.id == series.spec.query_id).unwrap();
        let fingerprint = Cursor::fingerprint_of(&series.spec, &query.spec, &state.database.as_ref().unwrap().database).unwrap();
        let value = |count: i64| CursorValue { kind: ColumnType::Integer, native: "integer".to_owned(), text: count.to_string() };
        let part = Part::Range { from: value(from), to: value(to), fingerprint };
        let mut kept = self.queued(&series, self.clock.now_micros(), Trigger::Backfill, 1, self.clock.now_micros());
        kept.run.group_id = None;
        kept.run.chunk = Some(Chunk { backfill_id: Id::from_uuid(series.id.uuid()), number, part });
        kept
    }

    /// The runs in the order in which they were queued, as `series slot status attempt`.
    pub fn written(&self) -> Vec<String> {
        let state = self.state();
        let line = |kept: &Kept| {
            let run = &kept.run;
            let status = format!("{:?}", run.status).to_lowercase();
            format!("{} {} {status} {}", run.series_name, run.slot.format("%H:%M:%S"), run.attempt)
        };
        state.runs.iter().map(line).collect()
    }

    fn queued(&self, series: &Stored<Series>, slot: DateTime<Utc>, trigger: Trigger, attempt: u32, not_before: DateTime<Utc>) -> Kept {
        let run = Run {
            id: Id::new(&*self.clock),
            organization_id: series.organization_id,
            series_id: series.id,
            series_name: series.name.clone(),
            group_id: series.spec.group_id,
            connection_id: series.spec.connection_id,
            slot,
            last_slot: slot,
            slots: 1,
            trigger,
            attempt,
            status: RunStatus::Queued,
            queued_at: self.clock.now_micros(),
            not_before,
            started_at: None,
            finished_at: None,
            window: None,
            stretch: None,
            frozen: false,
            figures: Figures::default(),
            reason: None,
            chunk: None,
        };
        Kept {
            run,
            position: series.spec.position,
            token: 0,
            node: String::new(),
            cancel_requested: false,
            log: Vec::new(),
            rejects: Vec::new(),
            started: None,
            waited: false,
            probe: false,
        }
    }

    fn again(&self, run: &Run, not_before: DateTime<Utc>, state: &mut State) {
        let series = state.series.iter().find(|series| series.id == run.series_id).unwrap().clone();
        let mut kept = self.queued(&series, run.slot, Trigger::Retry, run.attempt + 1, not_before);
        kept.run.chunk = run.chunk.clone();
        if let Some(frozen) = state.spool.remove(&run.id).filter(|frozen| frozen.complete.is_some()) {
            kept.run.frozen = true;
            state.spool.insert(kept.run.id, frozen);
        }
        state.runs.push(kept);
    }

    pub fn hold(&self) -> Option<Hold> {
        self.state().holds.values().next().cloned()
    }

    pub fn called(&self, name: &str) -> u32 {
        self.state().calls.get(name).copied().unwrap_or_default()
    }

    fn call(&self, name: &'static str) -> Result<MutexGuard<'_, State>, Failure> {
        let mut state = self.state();
        if state.broken_calls > 0 {
            state.broken_calls -= 1;
            return Err(Failure::new(FailureKind::Store, "the disk is full"));
        }
        *state.calls.entry(name).or_default() += 1;
        Ok(state)
    }
}

fn lane(run: &Run) -> (Option<Id<Group>>, Option<Id<Series>>, Option<u64>) {
    (run.group_id, run.group_id.is_none().then_some(run.series_id), run.chunk.as_ref().map(|chunk| chunk.number))
}

fn held<'a>(state: &'a mut State, lease: &Lease) -> Option<&'a mut Kept> {
    state.runs.iter_mut().find(|kept| kept.run.id == lease.run_id && kept.token == lease.token && kept.run.status == RunStatus::Running)
}

#[async_trait]
impl Store for MemoryStore {
    async fn due_groups(&self, now: DateTime<Utc>) -> Result<Vec<DueGroup>, Failure> {
        let mut state = self.call("due_groups")?;
        let holds = state.holds.clone();
        for kept in state.runs.iter_mut().filter(|kept| kept.run.status == RunStatus::Queued) {
            kept.waited |= holds.contains_key(&kept.run.connection_id);
        }
        let due = state.groups.iter().filter_map(|(group, next)| {
            let next_slot_at = (*next).filter(|next| *next <= now && group.spec.enabled)?;
            let (mut waiting, mut running, mut late) = (0, 0, 0);
            let slots = state.slots.iter().filter(|slot| slot.0 == group.id && matches!(slot.1.fate, Fate::Run | Fate::RunLate));
            for (_, SlotDecision { slot, fate, .. }) in slots {
                let of_slot =
                    |kept: &&Kept| kept.run.group_id == Some(group.id) && kept.run.slot == *slot && kept.run.trigger == Trigger::Schedule;
                let of_slot: Vec<_> = state.runs.iter().filter(of_slot).collect();
                if of_slot.iter().all(|kept| kept.run.status.is_final()) {
                    continue;
                }
                match fate {
                    Fate::RunLate => late += 1,
                    _ if of_slot.iter().any(|kept| kept.waited) => late += 1,
                    _ if of_slot.iter().all(|kept| kept.run.status == RunStatus::Queued) => waiting += 1,
                    _ => running += 1,
                }
            }
            Some(DueGroup { group: group.clone(), next_slot_at, slots_waiting: waiting, slots_running: running, slots_late: late })
        });
        Ok(due.collect())
    }

    async fn settle_slots(&self, settlement: &Settlement) -> Result<bool, Failure> {
        let mut state = self.call("settle_slots")?;
        if state.broken_group == Some(settlement.group_id) {
            return Err(Failure::new(FailureKind::Store, "the group cannot be read"));
        }
        let Some((group, next)) = state.groups.iter_mut().find(|(group, _)| group.id == settlement.group_id) else { return Ok(false) };
        if *next != Some(settlement.seen_next_slot_at) || group.revision != settlement.seen_revision {
            return Ok(false);
        }
        *next = settlement.next_slot_at;
        let group = group.id;
        let mut members: Vec<_> =
            state.series.iter().filter(|series| series.spec.group_id == Some(group) && series.spec.enabled).cloned().collect();
        members.sort_by_key(|series| series.spec.position);
        for decision in &settlement.decisions {
            state.slots.push((group, decision.clone()));
            for series in &members {
                let runs = matches!(decision.fate, Fate::Run | Fate::RunLate);
                if runs && let Some(waiting) = state.waiting_run(series) {
                    (waiting.run.last_slot, waiting.run.slots) = (decision.last_slot, waiting.run.slots + decision.slots);
                    waiting.run.not_before = waiting.run.not_before.min(settlement.at);
                    continue;
                }
                let mut kept = self.queued(series, decision.slot, Trigger::Schedule, 1, decision.slot);
                if let Fate::Skip(reason) | Fate::Miss(reason) = &decision.fate {
                    kept.run.status = if matches!(decision.fate, Fate::Skip(_)) { RunStatus::Skipped } else { RunStatus::Missed };
                    kept.run.slots = decision.slots;
                    kept.run.reason = Some(Reason { kind: None, code: None, message: reason.clone(), advice: String::new() });
                }
                state.runs.push(kept);
            }
        }
        Ok(true)
    }

    async fn next_wake(&self) -> Result<Option<DateTime<Utc>>, Failure> {
        let state = self.call("next_wake")?;
        let queued = state.runs.iter().filter(|kept| kept.run.status == RunStatus::Queued).map(|kept| {
            let to_freeze = state.reads_once(&kept.run) && !kept.run.frozen && state.has_room(0);
            let probe = state.holds.get(&kept.run.connection_id).filter(|_| !to_freeze).map(|hold| hold.next_probe_at);
            probe.map_or(kept.run.not_before, |probe| probe.max(kept.run.not_before))
        });
        Ok(state.groups.iter().filter_map(|(_, next)| *next).chain(queued).min())
    }

    async fn claim_run(&self, node: &str, now: DateTime<Utc>, _: DateTime<Utc>) -> Result<Option<(Lease, Run)>, Failure> {
        let mut state = self.call("claim_run")?;
        let busy: Vec<_> = state.runs.iter().filter(|kept| kept.run.status == RunStatus::Running).map(|kept| lane(&kept.run)).collect();
        let ready = state
            .runs
            .iter()
            .filter(|kept| kept.run.status == RunStatus::Queued && kept.run.not_before <= now && !busy.contains(&lane(&kept.run)))
            .filter_map(|kept| state.may_run(kept, now).map(|probe| (kept, probe)));
        let Some((kept, probe)) = ready.min_by_key(|(kept, _)| (kept.run.slot, kept.position, kept.run.id)) else { return Ok(None) };
        let (id, connection) = (kept.run.id, kept.run.connection_id);
        if let Some(hold) = state.holds.get_mut(&connection).filter(|_| probe) {
            hold.next_probe_at = now + PROBE;
        }
        let kept = state.runs.iter_mut().find(|kept| kept.run.id == id).unwrap();
        kept.probe = probe;
        kept.run.status = RunStatus::Running;
        kept.run.started_at = Some(now);
        kept.started = Some(now);
        kept.token += 1;
        kept.node = node.to_owned();
        let lease = Lease { organization_id: kept.run.organization_id, run_id: kept.run.id, node: node.to_owned(), token: kept.token };
        Ok(Some((lease, kept.run.clone())))
    }

    async fn load_plan(&self, lease: &Lease) -> Result<Option<RunPlan>, Failure> {
        self.steps.here().await;
        let mut state = self.call("load_plan")?;
        let Some((run, probe)) = held(&mut state, lease).map(|kept| (kept.run.clone(), kept.probe)) else { return Ok(None) };
        let Some(series) = state.series.iter().find(|series| series.id == run.series_id).cloned() else { return Ok(None) };
        let group = state.groups.iter().find(|(group, _)| Some(group.id) == series.spec.group_id).map(|(group, _)| group.clone());
        let query = state.queries.iter().find(|query| query.id == series.spec.query_id).unwrap().clone();
        Ok(Some(RunPlan {
            query,
            group,
            database_id: state.database_id.unwrap(),
            database: state.database.clone().unwrap(),
            connection_id: series.spec.connection_id,
            connection: state.connection.clone().unwrap(),
            cursor: state.cursors.get(&series.id).cloned().unwrap_or_default(),
            frozen: state.spool.get(&run.id).and_then(|frozen| frozen.complete),
            hold: state.holds.get(&run.connection_id).cloned(),
            probe,
            series,
        }))
    }

    async fn heartbeat(&self, lease: &Lease, _: DateTime<Utc>, progress: &Progress) -> Result<LeaseState, Failure> {
        let mut state = self.call("heartbeat")?;
        state.heartbeats += 1;
        if state.lease_is_lost {
            return Ok(LeaseState::Lost);
        }
        let Some(kept) = held(&mut state, lease) else { return Ok(LeaseState::Lost) };
        kept.run.figures = progress.figures;
        kept.run.window = progress.window;
        kept.run.stretch = progress.stretch.clone();
        kept.log.extend(progress.log.clone());
        Ok(if kept.cancel_requested { LeaseState::CancelRequested } else { LeaseState::Held })
    }

    async fn keep_rejects(&self, lease: &Lease, rejects: &[Reject], limit: u32) -> Result<u64, Failure> {
        self.steps.here().await;
        let kept_now = {
            let mut state = self.call("keep_rejects")?;
            if state.broken_rejects > 0 {
                state.broken_rejects -= 1;
                return Err(Failure::new(FailureKind::Store, "the disk is full"));
            }
            let Some(kept) = held(&mut state, lease) else { return Ok(0) };
            let mut count = 0;
            for reject in rejects {
                if kept.rejects.iter().any(|known| known.row == reject.row) {
                    count += 1;
                } else if kept.rejects.len() < limit as usize {
                    kept.rejects.push(reject.clone());
                    count += 1;
                }
            }
            count
        };
        self.steps.here().await;
        Ok(kept_now)
    }

    async fn ledger(&self, lease: &Lease) -> Result<Vec<LedgerEntry>, Failure> {
        self.steps.here().await;
        let mut state = self.call("ledger")?;
        let Some(series) = held(&mut state, lease).map(|kept| kept.run.series_id) else { return Ok(Vec::new()) };
        Ok(state.ledgers.get(&series).map(|ledger| ledger.values().copied().collect()).unwrap_or_default())
    }

    async fn advance(&self, lease: &Lease, advance: &Advance) -> Result<bool, Failure> {
        self.steps.here().await;
        {
            let mut state = self.call("advance")?;
            if state.broken_advances > 0 {
                state.broken_advances -= 1;
                return Err(Failure::new(FailureKind::Store, "the disk is full"));
            }
            if state.lease_is_lost {
                return Ok(false);
            }
            let Some(kept) = held(&mut state, lease) else { return Ok(false) };
            kept.run.figures = advance.progress.figures;
            kept.run.stretch = advance.progress.stretch.clone();
            kept.log.extend(advance.progress.log.clone());
            let (series, run) = (kept.run.series_id, kept.run.id);
            let cursor = state.cursors.entry(series).or_default();
            if let Some(position) = &advance.position {
                cursor.position = Some(position.clone());
                cursor.moved_at = Some(advance.at);
                cursor.moved_by = Some(run);
            }
            cursor.fingerprint = advance.fingerprint.clone();
            cursor.marks = advance.marks.clone();
            let ledger = state.ledgers.entry(series).or_default();
            ledger.extend(advance.delivered.iter().map(|entry| (entry.key, *entry)));
            ledger.retain(|_, entry| advance.forget_below.is_none_or(|below| entry.at >= below));
            while ledger.len() as u64 > advance.most_entries {
                let lowest = *ledger.iter().min_by_key(|(_, entry)| entry.at).unwrap().0;
                ledger.remove(&lowest);
            }
            state.advances.push(advance.clone());
        }
        self.steps.here().await;
        Ok(true)
    }

    async fn freeze(&self, lease: &Lease, lines: &[LineBatch], complete: Option<&Figures>) -> Result<Freeze, Failure> {
        self.steps.here().await;
        {
            let mut state = self.call("freeze")?;
            if state.lease_is_lost || held(&mut state, lease).is_none() {
                return Ok(Freeze::Lost);
            }
            if !state.has_room(lines.iter().map(|batch| batch.body.len() as u64).sum()) {
                state.spool.remove(&lease.run_id);
                return Ok(Freeze::Full);
            }
            let frozen = state.spool.entry(lease.run_id).or_default();
            frozen.lines.extend(lines.iter().cloned());
            frozen.complete = complete.copied();
            let frozen = frozen.complete.is_some();
            held(&mut state, lease).unwrap().run.frozen = frozen;
        }
        self.steps.here().await;
        Ok(Freeze::Kept)
    }

    async fn frozen(&self, lease: &Lease, from: u64) -> Result<Vec<LineBatch>, Failure> {
        self.steps.here().await;
        let mut state = self.call("frozen")?;
        if held(&mut state, lease).is_none() {
            return Ok(Vec::new());
        }
        let Some(frozen) = state.spool.get(&lease.run_id) else { return Ok(Vec::new()) };
        let mut bytes = 0;
        let lines = frozen.lines.iter().skip(usize::try_from(from).unwrap());
        Ok(lines
            .take_while(|batch| {
                let first = bytes == 0;
                bytes += batch.body.len();
                first || bytes <= 4 << 20
            })
            .cloned()
            .collect())
    }

    async fn hold_run(&self, lease: &Lease, holding: &Holding) -> Result<bool, Failure> {
        self.steps.here().await;
        {
            let mut state = self.call("hold_run")?;
            if state.lease_is_lost {
                return Ok(false);
            }
            let Some(kept) = held(&mut state, lease) else { return Ok(false) };
            kept.run.status = RunStatus::Queued;
            kept.run.figures = holding.progress.figures;
            kept.run.stretch = holding.progress.stretch.clone();
            kept.log.extend(holding.progress.log.clone());
            kept.waited = true;
            let connection_id = kept.run.connection_id;
            if let Some(waits) = &holding.waits {
                kept.run.reason = Some(waits.reason.clone());
                kept.run.not_before = waits.not_before;
            }
            if let Some(refusal) = &holding.refused {
                kept.run.reason = Some(refusal.reason.clone());
                let (reason, next_probe_at) = (refusal.reason.clone(), refusal.next_probe_at);
                let first = Hold { connection_id, since: holding.at, reason: reason.clone(), probes: 0, next_probe_at };
                match state.holds.get_mut(&connection_id) {
                    Some(hold) => {
                        hold.probes += 1;
                        hold.reason = reason;
                        hold.next_probe_at = next_probe_at;
                    }
                    None => {
                        state.holds.insert(connection_id, first);
                    }
                }
            }
        }
        self.steps.here().await;
        Ok(true)
    }

    async fn finish_run(&self, lease: &Lease, end: &RunEnd) -> Result<bool, Failure> {
        self.steps.here().await;
        let mut state = self.call("finish_run")?;
        state.finishes += 1;
        if state.broken_finishes > 0 {
            state.broken_finishes -= 1;
            return Err(Failure::new(FailureKind::Store, "the disk is full"));
        }
        if state.lease_is_lost {
            return Ok(false);
        }
        let Some(kept) = held(&mut state, lease) else { return Ok(false) };
        assert!(end.status.is_final());
        kept.run.status = end.status;
        kept.run.finished_at = Some(end.at);
        kept.run.figures = end.progress.figures;
        kept.run.window = end.progress.window;
        kept.run.stretch = end.progress.stretch.clone();
        kept.run.reason = end.reason.clone();
        kept.log.extend(end.progress.log.clone());
        let run = kept.run.clone();
        if let Some(retry_at) = end.retry_at {
            self.again(&run, retry_at, &mut state);
        }
        state.spool.remove(&run.id);
        if run.figures.points_written > 0 {
            state.holds.remove(&run.connection_id);
        }
        if run.chunk.is_some() && end.retry_at.is_none() {
            let not_before = end.at + state.pause;
            if let Some(mut next) = state.chunks_to_come.pop_front() {
                next.run.not_before = not_before;
                state.runs.push(next);
            }
        }
        Ok(true)
    }

    async fn reclaim(&self, node: &str, now: DateTime<Utc>, max_attempts: u32) -> Result<Vec<Id<Run>>, Failure> {
        let mut state = self.call("reclaim")?;
        let gone: Vec<_> = state
            .runs
            .iter_mut()
            .filter(|kept| kept.run.status == RunStatus::Running && kept.node != node)
            .map(|kept| {
                kept.run.status = if kept.run.attempt < max_attempts { RunStatus::Abandoned } else { RunStatus::Failed };
                kept.run.clone()
            })
            .collect();
        for run in gone.iter().filter(|run| run.status == RunStatus::Abandoned) {
            self.again(run, now, &mut state);
        }
        Ok(gone.iter().map(|run| run.id).collect())
    }
}
