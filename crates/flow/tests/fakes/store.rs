//! A store in memory that keeps the contract of `model::edges::Store`.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Clock, Database, Failure, FailureKind, Group, Id, LogLine, Mapping, Missed, Mode, Name, Organization, Overlap, Query, Reject, Run,
    RunStatus, Schedule, Series, Stored, Trigger,
    edges::{
        ConnectionAccess, DatabaseAccess, DueGroup, Fate, Lease, LeaseState, Progress, RunEnd, RunPlan, Settlement, SlotDecision, Store,
    },
    run::Reason,
};

use super::edges;

pub struct MemoryStore {
    clock: Arc<dyn Clock>,
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
    /// The slots of this group cannot be settled.
    pub broken_group: Option<Id<Group>>,
    /// Whether heartbeats say that the lease is lost.
    pub lease_is_lost: bool,
    pub heartbeats: u32,
    /// Calls of `finish_run`, refused ones too.
    pub finishes: u32,
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
}

impl MemoryStore {
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let state = State {
            connection: Some(edges::connection(1000, 2)),
            database: Some(edges::database(8)),
            database_id: Some(Id::new(&*clock)),
            ..State::default()
        };
        Arc::new(Self { clock, state: Mutex::new(state) })
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
                connection_id: "01900000-0000-7000-8000-000000000009".parse().unwrap(),
                group_id: group,
                position,
                mapping: Mapping::new("m"),
                mode,
                parameters: std::collections::BTreeMap::new(),
                enabled: true,
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
            figures: model::Figures::default(),
            reason: None,
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
        }
    }

    fn again(&self, run: &Run, not_before: DateTime<Utc>, state: &mut State) {
        let series = state.series.iter().find(|series| series.id == run.series_id).unwrap().clone();
        state.runs.push(self.queued(&series, run.slot, Trigger::Retry, run.attempt + 1, not_before));
    }

    fn call(&self) -> Result<MutexGuard<'_, State>, Failure> {
        let mut state = self.state();
        if state.broken_calls > 0 {
            state.broken_calls -= 1;
            return Err(Failure::new(FailureKind::Store, "the disk is full"));
        }
        Ok(state)
    }
}

fn lane(run: &Run) -> (Option<Id<Group>>, Option<Id<Series>>) {
    (run.group_id, run.group_id.is_none().then_some(run.series_id))
}

fn held<'a>(state: &'a mut State, lease: &Lease) -> Option<&'a mut Kept> {
    state.runs.iter_mut().find(|kept| kept.run.id == lease.run_id && kept.token == lease.token && kept.run.status == RunStatus::Running)
}

#[async_trait]
impl Store for MemoryStore {
    async fn due_groups(&self, now: DateTime<Utc>) -> Result<Vec<DueGroup>, Failure> {
        let state = self.call()?;
        let due = state.groups.iter().filter_map(|(group, next)| {
            let next_slot_at = (*next).filter(|next| *next <= now && group.spec.enabled)?;
            let (mut waiting, mut running, mut late) = (0, 0, 0);
            let slots = state.slots.iter().filter(|slot| slot.0 == group.id && matches!(slot.1.fate, Fate::Run | Fate::RunLate));
            for (_, SlotDecision { slot, fate, .. }) in slots {
                let mut runs = state.runs.iter().map(|kept| &kept.run);
                let of_slot: Vec<_> = runs
                    .by_ref()
                    .filter(|run| run.group_id == Some(group.id) && run.slot == *slot && run.trigger == Trigger::Schedule)
                    .collect();
                if of_slot.iter().all(|run| run.status.is_final()) {
                    continue;
                }
                match fate {
                    Fate::RunLate => late += 1,
                    _ if of_slot.iter().all(|run| run.status == RunStatus::Queued) => waiting += 1,
                    _ => running += 1,
                }
            }
            Some(DueGroup { group: group.clone(), next_slot_at, slots_waiting: waiting, slots_running: running, slots_late: late })
        });
        Ok(due.collect())
    }

    async fn settle_slots(&self, settlement: &Settlement) -> Result<bool, Failure> {
        let mut state = self.call()?;
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
        let state = self.call()?;
        let queued = state.runs.iter().filter(|kept| kept.run.status == RunStatus::Queued).map(|kept| kept.run.not_before);
        Ok(state.groups.iter().filter_map(|(_, next)| *next).chain(queued).min())
    }

    async fn claim_run(&self, node: &str, now: DateTime<Utc>, _: DateTime<Utc>) -> Result<Option<(Lease, Run)>, Failure> {
        let mut state = self.call()?;
        let busy: Vec<_> = state.runs.iter().filter(|kept| kept.run.status == RunStatus::Running).map(|kept| lane(&kept.run)).collect();
        let ready = state
            .runs
            .iter_mut()
            .filter(|kept| kept.run.status == RunStatus::Queued && kept.run.not_before <= now && !busy.contains(&lane(&kept.run)));
        let Some(kept) = ready.min_by_key(|kept| (kept.run.slot, kept.position, kept.run.id)) else { return Ok(None) };
        kept.run.status = RunStatus::Running;
        kept.run.started_at = Some(now);
        kept.started = Some(now);
        kept.token += 1;
        kept.node = node.to_owned();
        let lease = Lease { organization_id: kept.run.organization_id, run_id: kept.run.id, node: node.to_owned(), token: kept.token };
        Ok(Some((lease, kept.run.clone())))
    }

    async fn load_plan(&self, lease: &Lease) -> Result<Option<RunPlan>, Failure> {
        let mut state = self.call()?;
        let Some(run) = held(&mut state, lease).map(|kept| kept.run.clone()) else { return Ok(None) };
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
            series,
        }))
    }

    async fn heartbeat(&self, lease: &Lease, _: DateTime<Utc>, progress: &Progress) -> Result<LeaseState, Failure> {
        let mut state = self.call()?;
        state.heartbeats += 1;
        if state.lease_is_lost {
            return Ok(LeaseState::Lost);
        }
        let Some(kept) = held(&mut state, lease) else { return Ok(LeaseState::Lost) };
        kept.run.figures = progress.figures;
        kept.run.window = progress.window;
        kept.log.extend(progress.log.clone());
        Ok(if kept.cancel_requested { LeaseState::CancelRequested } else { LeaseState::Held })
    }

    async fn keep_rejects(&self, lease: &Lease, rejects: &[Reject]) -> Result<u64, Failure> {
        let mut state = self.call()?;
        let Some(kept) = held(&mut state, lease) else { return Ok(0) };
        kept.rejects.extend(rejects.iter().cloned());
        Ok(rejects.len() as u64)
    }

    async fn finish_run(&self, lease: &Lease, end: &RunEnd) -> Result<bool, Failure> {
        let mut state = self.call()?;
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
        kept.run.reason = end.reason.clone();
        kept.log.extend(end.progress.log.clone());
        let run = kept.run.clone();
        if let Some(retry_at) = end.retry_at {
            self.again(&run, retry_at, &mut state);
        }
        Ok(true)
    }

    async fn reclaim(&self, node: &str, now: DateTime<Utc>, max_attempts: u32) -> Result<Vec<Id<Run>>, Failure> {
        let mut state = self.call()?;
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
