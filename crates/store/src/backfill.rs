//! Backfills: which chunk is next, and what became of those before.
//!
//! A chunk is a run. At most `parallel` of a backfill's chunks wait or run at a time, each in a lane of its own, so the queue itself keeps the
//! number; the transaction that ends one puts the next in line in its place. What is in line is therefore never more than a handful, and a
//! crash at any moment finds the backfill as complete as the runs are.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Backfill, BackfillPlan, BackfillState, Chunk, Figures, Id, Noun, Organization, Run, RunStatus, Series, Trigger,
    backfill::{MAX_FAILED, Part},
    run::Reason,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    column::{from_json, from_word, instant, json, malformed, maybe_instant, micros, word},
    entities::{
        backfill::{ActiveModel, Column, Entity, Model},
        run, series,
    },
    run::{cancel_queued, has_not_ended, insert_runs, queued_runs, status_is},
    stored,
    writing::Writing,
};

/// Which backfills to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackfillFilter {
    /// Only of this series.
    pub series_id: Option<Id<Series>>,
    /// Only where it stands so.
    pub state: Option<BackfillState>,
    /// Only older than this one: the last of the page before.
    pub before: Option<Id<Backfill>>,
    /// At most so many.
    pub limit: u64,
}

/// What a person does to a backfill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillChange {
    /// No further chunk begins; those in line go back, those that run go on to their end.
    Pause,
    /// It goes on where it stopped.
    Resume,
    /// It ends: chunks in line are cancelled, those that run are asked to stop.
    Cancel,
    /// The chunks that failed are run again.
    Retry,
}

/// What became of a chunk that will not run again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Well,
    Badly,
    /// It is to be put in line again when the backfill goes on.
    Later,
}

/// A backfill while it is changed.
struct Held {
    row: Model,
    plan: BackfillPlan,
    state: BackfillState,
    again: Vec<u64>,
    failed: Vec<u64>,
    figures: Figures,
}

impl Store {
    /// A new backfill: its first chunks are put in line.
    ///
    /// # Errors
    /// `Missing` when there is no such series; `Running` while another backfill of it has not ended: two could write the same point in the
    /// wrong order.
    pub async fn create_backfill(
        &self,
        organization: Id<Organization>,
        series: Id<Series>,
        plan: &BackfillPlan,
    ) -> Result<Backfill, StoreError> {
        let transaction = self.begin().await?;
        stored::require::<series::Entity>(&transaction, organization, series).await?;
        let others = Entity::find().filter(Column::SeriesId.eq(series.uuid())).filter(Column::State.is_in(["running", "paused"]));
        let leftover = run::Entity::find()
            .filter(run::Column::SeriesId.eq(series.uuid()))
            .filter(status_is("running"))
            .filter(run::Column::BackfillId.is_not_null());
        if others.count(&transaction).await? > 0 || leftover.count(&transaction).await? > 0 {
            return Err(StoreError::Running { noun: Backfill::NOUN });
        }
        let now = self.clock().now_micros();
        let row = Model {
            id: Id::<Backfill>::new(self.clock()).uuid(),
            organization_id: organization.uuid(),
            series_id: series.uuid(),
            plan: json("plan", plan)?,
            state: word(&BackfillState::Running),
            next_chunk: 0,
            again: json("chunks", &Vec::<u64>::new())?,
            done: 0,
            failed: json("chunks", &Vec::<u64>::new())?,
            figures: json("figures", &Figures::default())?,
            busy_ms: 0,
            reason: None,
            created_at: micros(now),
            ended_at: None,
        };
        Entity::insert(row.clone().into_active_model()).exec_without_returning(&transaction).await?;
        let mut held = Held::of(row)?;
        self.fill(&transaction, &mut held, now).await?;
        let created = held.put(&transaction).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// Backfills, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_backfills(&self, organization: Id<Organization>, filter: &BackfillFilter) -> Result<Vec<Backfill>, StoreError> {
        let snapshot = self.snapshot().await?;
        let mut query = Entity::find().filter(Column::OrganizationId.eq(organization.uuid())).order_by_desc(Column::Id).limit(filter.limit);
        if let Some(series) = filter.series_id {
            query = query.filter(Column::SeriesId.eq(series.uuid()));
        }
        if let Some(state) = filter.state {
            query = query.filter(Column::State.eq(word(&state)));
        }
        if let Some(before) = filter.before {
            query = query.filter(Column::Id.lt(before.uuid()));
        }
        let mut backfills = Vec::new();
        for row in query.all(&snapshot).await? {
            let open = open(&snapshot, row.id).await?;
            backfills.push(Held::of(row)?.seen(open)?);
        }
        Ok(backfills)
    }

    /// The backfill of this id, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_backfill(&self, organization: Id<Organization>, id: Id<Backfill>) -> Result<Option<Backfill>, StoreError> {
        let snapshot = self.snapshot().await?;
        let Some(row) = find(&snapshot, id.uuid()).await?.filter(|row| row.organization_id == organization.uuid()) else {
            return Ok(None);
        };
        let open = open(&snapshot, row.id).await?;
        Ok(Some(Held::of(row)?.seen(open)?))
    }

    /// Does this to a backfill, and tells how it stands then and which of its runs were asked to stop. What makes no sense where it stands
    /// (pausing what has ended, resuming what runs) changes nothing. `None` when there is no such backfill.
    ///
    /// # Errors
    /// When the store cannot be written; `Running` when another backfill of the series has not ended and this one would begin again.
    pub async fn change_backfill(
        &self,
        organization: Id<Organization>,
        id: Id<Backfill>,
        change: BackfillChange,
    ) -> Result<Option<(Backfill, Vec<Id<Run>>)>, StoreError> {
        let now = self.clock().now_micros();
        let transaction = self.begin().await?;
        let Some(row) = find(&transaction, id.uuid()).await?.filter(|row| row.organization_id == organization.uuid()) else {
            return Ok(None);
        };
        let mut held = Held::of(row)?;
        let mut stopped = Vec::new();
        match (change, held.state) {
            (BackfillChange::Pause, BackfillState::Running) => {
                held.state = BackfillState::Paused;
                take_back_queued(&transaction, &mut held, now).await?;
            }
            (BackfillChange::Resume, BackfillState::Paused) => self.go_on(&transaction, &mut held, now).await?,
            (BackfillChange::Cancel, BackfillState::Running | BackfillState::Paused) => {
                held.state = BackfillState::Cancelled;
                held.row.ended_at = Some(micros(now));
                take_back_queued(&transaction, &mut held, now).await?;
                stopped = stop_running(&transaction, &held).await?;
            }
            (BackfillChange::Retry, state) if state != BackfillState::Cancelled && !held.failed.is_empty() => {
                let others = Entity::find()
                    .filter(Column::SeriesId.eq(held.row.series_id))
                    .filter(Column::Id.ne(held.row.id))
                    .filter(Column::State.is_in(["running", "paused"]));
                if state.is_final() && others.count(&transaction).await? > 0 {
                    return Err(StoreError::Running { noun: Backfill::NOUN });
                }
                held.again.append(&mut held.failed);
                self.go_on(&transaction, &mut held, now).await?;
            }
            _ => {}
        }
        let seen = held.put(&transaction).await?;
        transaction.commit().await?;
        Ok(Some((seen, stopped)))
    }

    async fn go_on(&self, db: &Writing, held: &mut Held, now: DateTime<Utc>) -> Result<(), StoreError> {
        held.state = BackfillState::Running;
        (held.row.reason, held.row.ended_at) = (None, None);
        self.fill(db, held, now).await?;
        held.end_if_over(open(db, held.row.id).await?, now);
        Ok(())
    }

    /// Puts chunks in line until as many wait or run as may.
    async fn fill(&self, db: &Writing, held: &mut Held, now: DateTime<Utc>) -> Result<(), StoreError> {
        for _ in open(db, held.row.id).await?..u64::from(held.plan.parallel) {
            let lane = Id::<Run>::new(self.clock()).uuid();
            if !self.put_next_in_line(db, held, lane, now, now).await? {
                break;
            }
        }
        Ok(())
    }

    /// `false` when there is none, or the series is gone.
    async fn put_next_in_line(
        &self,
        db: &Writing,
        held: &mut Held,
        lane: Uuid,
        at: DateTime<Utc>,
        not_before: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let Some(series) = series::Entity::find_by_id(held.row.series_id).one(db).await? else { return Ok(false) };
        let Some((number, part)) = held.take_next() else { return Ok(false) };
        let slot = if let Part::Slot(slot) = &part { *slot } else { at };
        let chunk = Chunk { backfill_id: Id::from_uuid(held.row.id), number, part };
        let mut runs = queued_runs(self.clock(), std::slice::from_ref(&series), Trigger::Backfill, micros(slot), at)?;
        for run in &mut runs {
            // It is no run of the group's slot: the group neither waits for it nor counts it.
            run.group_id = None;
            run.lane = lane;
            run.not_before = micros(not_before);
            run.backfill_id = Some(held.row.id);
            run.chunk = Some(json("chunk", &chunk)?);
            run.to_freeze = false;
        }
        insert_runs(db, runs).await?;
        Ok(true)
    }

    /// After a run has ended, or will be tried again no more: when it was a chunk, its backfill knows, and the next one is in line.
    pub(crate) async fn chunk_is_over(
        &self,
        db: &Writing,
        row: &run::Model,
        status: RunStatus,
        figures: &Figures,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (Some(id), Some(chunk)) = (row.backfill_id, &row.chunk) else { return Ok(()) };
        let Some(kept) = find(db, id).await? else { return Ok(()) };
        let chunk: Chunk = from_json("chunk", chunk.clone())?;
        let mut held = Held::of(kept)?;
        match over(status, held.state) {
            Over::Well => {
                held.row.done += 1;
                held.figures = held.figures + *figures;
                let took = row.started_at.map_or(0, |started| (micros(at) - started).max(0) / 1000);
                held.row.busy_ms = held.row.busy_ms.saturating_add(took);
            }
            Over::Badly => held.failed.push(chunk.number),
            Over::Later => held.again.push(chunk.number),
        }
        if held.state == BackfillState::Running {
            if over(status, held.state) == Over::Badly && held.failed.len() >= MAX_FAILED {
                held.state = BackfillState::Paused;
                held.row.reason = Some(json("reason", &too_many_failed(held.failed.len()))?);
                take_back_queued(db, &mut held, at).await?;
            } else {
                let not_before = at + TimeDelta::seconds(i64::from(held.plan.pause_s));
                self.put_next_in_line(db, &mut held, row.lane, at, not_before).await?;
            }
        }
        held.end_if_over(open(db, id).await?, at);
        held.put(db).await?;
        Ok(())
    }
}

impl Held {
    fn of(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            plan: from_json("plan", row.plan.clone())?,
            state: from_word("backfill state", &row.state)?,
            again: from_json("chunks", row.again.clone())?,
            failed: from_json("chunks", row.failed.clone())?,
            figures: from_json("figures", row.figures.clone())?,
            row,
        })
    }

    /// The next chunk to put in line, which counts as put.
    fn take_next(&mut self) -> Option<(u64, Part)> {
        let number = if self.again.is_empty() { self.row.next_chunk.unsigned_abs() } else { self.again.remove(0) };
        let part = self.plan.what.part(number)?;
        self.row.next_chunk = self.row.next_chunk.max(i64::try_from(number + 1).unwrap_or(i64::MAX));
        Some((number, part))
    }

    fn end_if_over(&mut self, open: u64, at: DateTime<Utc>) {
        let is_left = !self.again.is_empty() || self.row.next_chunk.unsigned_abs() < self.plan.what.chunks();
        if self.state.is_final() || open > 0 || is_left {
            return;
        }
        self.state = match (self.row.done, self.failed.is_empty(), self.figures.rejected) {
            (_, true, 0) => BackfillState::Succeeded,
            (0, false, _) => BackfillState::Failed,
            _ => BackfillState::Partial,
        };
        self.row.ended_at = Some(micros(at));
    }

    /// Keeps what was changed.
    async fn put(mut self, db: &Writing) -> Result<Backfill, StoreError> {
        self.row.state = word(&self.state);
        self.row.again = json("chunks", &self.again)?;
        self.row.failed = json("chunks", &self.failed)?;
        self.row.figures = json("figures", &self.figures)?;
        let all: ActiveModel = self.row.clone().into_active_model();
        Entity::update(all.reset_all()).exec(db).await?;
        db.changed_backfill(self.row.organization_id, self.row.id);
        let open = open(db, self.row.id).await?;
        self.seen(open)
    }

    fn seen(self, open: u64) -> Result<Backfill, StoreError> {
        let Self { row, plan, state, failed, figures, .. } = self;
        Ok(Backfill {
            id: Id::from_uuid(row.id),
            organization_id: Id::from_uuid(row.organization_id),
            series_id: Id::from_uuid(row.series_id),
            plan,
            state,
            done: row.done.unsigned_abs(),
            failed,
            open,
            figures,
            busy_ms: row.busy_ms.unsigned_abs(),
            reason: row.reason.map(|reason| from_json("reason", reason)).transpose()?,
            created_at: instant(row.created_at)?,
            ended_at: maybe_instant(row.ended_at)?,
        })
    }
}

/// Whether chunks of the run's backfill are tried again and put back in line; true for a run that is no chunk.
pub(crate) async fn goes_on(db: &Writing, row: &run::Model) -> Result<bool, StoreError> {
    let Some(id) = row.backfill_id else { return Ok(true) };
    let Some(kept) = find(db, id).await? else { return Ok(false) };
    Ok(kept.state == word(&BackfillState::Running))
}

fn over(status: RunStatus, state: BackfillState) -> Over {
    match (status, state) {
        (RunStatus::Succeeded | RunStatus::Empty | RunStatus::Partial, _) => Over::Well,
        (_, BackfillState::Running) => Over::Badly,
        _ => Over::Later,
    }
}

fn too_many_failed(failed: usize) -> Reason {
    Reason {
        kind: None,
        code: None,
        message: format!("{failed} chunks failed, so no further one begins"),
        advice: "look at the runs of its failed chunks; then retry them, or resume to go on with the others".to_owned(),
    }
}

async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// How many of its chunks wait or run.
async fn open(db: &impl ConnectionTrait, backfill: Uuid) -> Result<u64, StoreError> {
    let open = run::Entity::find().filter(run::Column::BackfillId.eq(backfill)).filter(has_not_ended()).count(db).await?;
    Ok(open)
}

/// Chunks in line leave it, and are the first when the backfill goes on.
async fn take_back_queued(db: &Writing, held: &mut Held, now: DateTime<Utc>) -> Result<(), StoreError> {
    let queued = run::Entity::find()
        .select_only()
        .column(run::Column::Chunk)
        .filter(run::Column::BackfillId.eq(held.row.id))
        .filter(status_is("queued"))
        .into_tuple::<Option<sea_orm::JsonValue>>()
        .all(db)
        .await?;
    for chunk in queued.into_iter().flatten() {
        held.again.push(from_json::<Chunk>("chunk", chunk)?.number);
    }
    held.again.sort_unstable();
    let organization = Id::from_uuid(held.row.organization_id);
    cancel_queued(db, organization, run::Column::BackfillId.eq(held.row.id), now).await?;
    Ok(())
}

/// Asks its running chunks to stop.
async fn stop_running(db: &Writing, held: &Held) -> Result<Vec<Id<Run>>, StoreError> {
    let running = Condition::all().add(run::Column::BackfillId.eq(held.row.id)).add(status_is("running"));
    let ids = run::Entity::find().select_only().column(run::Column::Id).filter(running.clone()).into_tuple::<Uuid>().all(db).await?;
    run::Entity::update_many().col_expr(run::Column::CancelRequested, Expr::val(true)).filter(running).exec(db).await?;
    for id in &ids {
        db.changed_run(held.row.organization_id, *id);
    }
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

/// The chunk of a run's row.
pub(crate) fn chunk(kept: Option<sea_orm::JsonValue>) -> Result<Option<Chunk>, StoreError> {
    kept.map(|chunk| from_json("chunk", chunk).map_err(|error| malformed("chunk", error))).transpose()
}
