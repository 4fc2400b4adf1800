//! Runs: put in line, listed, cancelled. What happens to them while they run is in `lease`.

use chrono::{DateTime, Utc};
use model::{
    Backfill, Clock, Code, Connection, FailureKind, Figures, Group, Id, LogLine, Organization, Run, RunStatus, Series, Trigger, Window,
    run::Reason,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, JsonValue, QueryFilter, QueryOrder, QuerySelect,
    Select,
    sea_query::{Expr, OnConflict, Order, Query as SeaQuery, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    Store, StoreError, backfill,
    column::{count, from_json, from_word, instant, json, maybe_instant, micros, name, word},
    entities::{
        group,
        run::{Column, Entity, Model},
        run_log, series,
    },
    lease::finished,
    slot::settle_outcome,
    spool, stored,
    writing::Writing,
};

/// Runs with this status, which is written into the statement: SQLite prepares a statement again for each value that is bound where the value
/// decides which index serves.
pub(crate) fn status_is(status: &'static str) -> Expr {
    Column::Status.into_expr().eq(Expr::Constant(status.into()))
}

/// Runs that are in line or running.
pub(crate) fn has_not_ended() -> Expr {
    Column::Status.into_expr().is_in(["queued", "running"].map(|status| Expr::Constant(status.into())))
}

/// Which runs to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only of this series.
    pub series_id: Option<Id<Series>>,
    /// Only of this group.
    pub group_id: Option<Id<Group>>,
    /// Only with this status.
    pub status: Option<RunStatus>,
    /// Only chunks of this backfill.
    pub backfill_id: Option<Id<Backfill>>,
    /// Only the newest run of each series that still is; chunks of backfills do not count.
    pub latest: bool,
    /// Only for this slot. With `series_id` alone: there is no index of all slots.
    pub slot: Option<DateTime<Utc>>,
    /// Only put in line at this instant or later, to the millisecond.
    pub since: Option<DateTime<Utc>>,
    /// Only put in line before this instant, to the millisecond.
    pub until: Option<DateTime<Utc>>,
    /// Only older than this run: the last of the page before.
    pub before: Option<Id<Run>>,
    /// At most so many.
    pub limit: u64,
}

impl Store {
    /// Puts a run of one series in line, by hand, for this slot; it belongs to no slot record. Works for a disabled series too. `None`
    /// when there is no such series.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn enqueue_run(
        &self,
        organization: Id<Organization>,
        series: Id<Series>,
        slot: DateTime<Utc>,
    ) -> Result<Option<Run>, StoreError> {
        let transaction = self.begin().await?;
        let found = series::Entity::find_by_id(series.uuid())
            .filter(series::Column::OrganizationId.eq(organization.uuid()))
            .one(&transaction)
            .await?;
        let Some(series) = found else { return Ok(None) };
        let runs = self.queue_by_hand(&transaction, &[series], slot).await?;
        transaction.commit().await?;
        Ok(runs.into_iter().next())
    }

    /// Puts a run of every enabled series of a group in line, in their order, by hand. `None` when there is no such group.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn enqueue_group(
        &self,
        organization: Id<Organization>,
        group: Id<Group>,
        slot: DateTime<Utc>,
    ) -> Result<Option<Vec<Run>>, StoreError> {
        let transaction = self.begin().await?;
        if stored::get::<group::Entity>(&transaction, organization, group).await?.is_none() {
            return Ok(None);
        }
        let series = enabled_series(&transaction, group).await?;
        let runs = self.queue_by_hand(&transaction, &series, slot).await?;
        transaction.commit().await?;
        Ok(Some(runs))
    }

    async fn queue_by_hand(&self, db: &Writing, series: &[series::Model], slot: DateTime<Utc>) -> Result<Vec<Run>, StoreError> {
        let rows = queued_runs(self.clock(), series, Trigger::Manual, micros(slot), self.clock().now_micros())?;
        insert_runs(db, rows.clone()).await?;
        rows.into_iter().map(run).collect()
    }

    /// Runs, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_runs(&self, organization: Id<Organization>, filter: &RunFilter) -> Result<Vec<Run>, StoreError> {
        let snapshot = self.snapshot().await?;
        if let Some(series) = filter.series_id
            && stored::get::<series::Entity>(&snapshot, organization, series).await?.is_none()
        {
            return Ok(Vec::new());
        }
        if let Some(group) = filter.group_id
            && stored::get::<group::Entity>(&snapshot, organization, group).await?.is_none()
        {
            return Ok(Vec::new());
        }
        if let Some(backfill) = filter.backfill_id
            && self.get_backfill(organization, backfill).await?.is_none()
        {
            return Ok(Vec::new());
        }
        let rows = page(organization, filter).all(&snapshot).await?;
        // Newest first: whatever follows one that is too old is older still. As a condition it would lead the database to an index that
        // knows the time and not the status.
        let oldest = filter.since.map(|since| Id::<Run>::bound(since).uuid());
        rows.into_iter().take_while(|row| oldest.is_none_or(|oldest| row.id >= oldest)).map(run).collect()
    }

    /// The run of this id, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_run(&self, organization: Id<Organization>, id: Id<Run>) -> Result<Option<Run>, StoreError> {
        find(self.reader(), organization, id).await?.map(run).transpose()
    }

    /// The log of a run, oldest line first; empty when there is no such run.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn run_log(&self, organization: Id<Organization>, id: Id<Run>) -> Result<Vec<LogLine>, StoreError> {
        let rows = run_log::Entity::find()
            .filter(run_log::Column::RunId.eq(id.uuid()))
            .filter(run_log::Column::OrganizationId.eq(organization.uuid()))
            .order_by_asc(run_log::Column::Line)
            .all(self.reader())
            .await?;
        rows.into_iter()
            .map(|row| Ok(LogLine { at: instant(row.at)?, level: from_word("log level", &row.level)?, message: row.message }))
            .collect()
    }

    /// Stops a run: one that waits is cancelled at once, one that runs is asked to stop, one that has ended stays as it is. Tells the
    /// status that it has now; `None` when there is no such run.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn cancel_run(&self, organization: Id<Organization>, id: Id<Run>) -> Result<Option<RunStatus>, StoreError> {
        let transaction = self.begin().await?;
        let now = self.clock().now_micros();
        let was_queued = cancel_queued(&transaction, organization, Column::Id.eq(id.uuid()), now).await? > 0;
        if !was_queued {
            Entity::update_many()
                .col_expr(Column::CancelRequested, Expr::val(true))
                .filter(Column::Id.eq(id.uuid()))
                .filter(Column::OrganizationId.eq(organization.uuid()))
                .filter(status_is("running"))
                .exec(&transaction)
                .await?;
        }
        let Some(row) = find(&transaction, organization, id).await? else { return Ok(None) };
        transaction.changed_run(row.organization_id, row.id);
        if let Some(slot) = row.slot_id {
            settle_outcome(&transaction, slot).await?;
        }
        if was_queued {
            self.chunk_is_over(&transaction, &row, RunStatus::Cancelled, &Figures::default(), now).await?;
        }
        transaction.commit().await?;
        Ok(Some(from_word("run status", &row.status)?))
    }
}

/// One page of runs. A series or group belongs to one organization, so its index alone finds its runs; asking for the organization as
/// well would let the database take the wrong index of the two.
fn page(organization: Id<Organization>, filter: &RunFilter) -> Select<Entity> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(filter.limit);
    if filter.series_id.is_none() && filter.group_id.is_none() && filter.backfill_id.is_none() {
        query = query.filter(Column::OrganizationId.eq(organization.uuid()));
    }
    if let Some(series) = filter.series_id {
        query = query.filter(Column::SeriesId.eq(series.uuid()));
    }
    if let Some(group) = filter.group_id {
        query = query.filter(Column::GroupId.eq(group.uuid()));
    }
    if let Some(backfill) = filter.backfill_id {
        query = query.filter(Column::BackfillId.eq(backfill.uuid()));
    }
    if let Some(status) = filter.status {
        query = query.filter(Column::Status.eq(word(&status)));
    }
    if filter.latest {
        query = query.filter(Column::Id.in_subquery(newest_of_each_series(organization)));
    }
    if let Some(slot) = filter.slot {
        query = query.filter(Column::Slot.eq(micros(slot)));
    }
    // Ids are in the order of time, so every bound of time is one of ids, which all indexes end with.
    let until = filter.until.map(Id::bound);
    if let Some(before) = [filter.before, until].into_iter().flatten().min() {
        query = query.filter(Column::Id.lt(before.uuid()));
    }
    query
}

/// One look into the index of runs per series, however many runs there are.
fn newest_of_each_series(organization: Id<Organization>) -> SelectStatement {
    let newest = SeaQuery::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Expr::col((Entity, Column::SeriesId)).equals((series::Entity, series::Column::Id)))
        .and_where(Expr::col((Entity, Column::BackfillId)).is_null())
        .order_by(Column::Id, Order::Desc)
        .limit(1)
        .to_owned();
    SeaQuery::select()
        .expr(SimpleExpr::SubQuery(None, Box::new(newest.into())))
        .from(series::Entity)
        .and_where(Expr::col((series::Entity, series::Column::OrganizationId)).eq(organization.uuid()))
        .to_owned()
}

/// Cancels the runs that still wait in a group which is about to be deleted.
pub(crate) async fn cancel_queued_of_group(
    db: &Writing,
    organization: Id<Organization>,
    group: Id<Group>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    cancel_queued(db, organization, Column::GroupId.eq(group.uuid()), now).await.map(|_| ())
}

pub(crate) async fn cancel_queued(
    db: &Writing,
    organization: Id<Organization>,
    which: Expr,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let reason = Reason {
        kind: Some(FailureKind::Cancelled),
        code: Some(Code::Kind(FailureKind::Cancelled)),
        message: "cancelled before it began".to_owned(),
        advice: FailureKind::Cancelled.advice().to_owned(),
    };
    let queued = Condition::all().add(Column::OrganizationId.eq(organization.uuid())).add(status_is("queued")).add(which);
    let spools = Entity::find().select_only().column(Column::SpoolId).filter(queued.clone()).filter(Column::SpoolId.is_not_null());
    for spool in spools.into_tuple::<Uuid>().all(db).await? {
        spool::discard(db, spool).await?;
    }
    let done = finished(Entity::update_many(), RunStatus::Cancelled, now, Some(&reason))?.filter(queued).exec(db).await?;
    if done.rows_affected > 0 {
        db.changed_runs(organization);
    }
    Ok(done.rows_affected)
}

/// The row of a run.
pub(crate) async fn find(db: &impl ConnectionTrait, organization: Id<Organization>, id: Id<Run>) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(id.uuid()).filter(Column::OrganizationId.eq(organization.uuid())).one(db).await?)
}

/// The enabled series of a group in the order in which they run.
pub(crate) async fn enabled_series(db: &impl ConnectionTrait, group: Id<Group>) -> Result<Vec<series::Model>, StoreError> {
    Ok(series::Entity::find()
        .filter(series::Column::GroupId.eq(group.uuid()))
        .filter(series::Column::Enabled.eq(true))
        .order_by_asc(series::Column::Position)
        .order_by_asc(series::Column::CreatedAt)
        .order_by_asc(series::Column::Id)
        .all(db)
        .await?)
}

/// One run in line per series, in their order.
pub(crate) fn queued_runs(
    clock: &dyn Clock,
    series: &[series::Model],
    trigger: Trigger,
    slot: i64,
    at: DateTime<Utc>,
) -> Result<Vec<Model>, StoreError> {
    // Ids of one millisecond are in no order among themselves; sorted, they list the runs in the order of their series.
    let mut ids: Vec<Uuid> = series.iter().map(|_| Id::<Run>::new(clock).uuid()).collect();
    ids.sort_unstable();
    let figures = json("figures", &Figures::default())?;
    let runs = (0..).zip(ids).zip(series).map(|((place, id), series)| Model {
        id,
        organization_id: series.organization_id,
        series_id: series.id,
        series_name: series.name.clone(),
        group_id: series.group_id,
        connection_id: series.connection_id,
        slot_id: None,
        slot,
        last_slot: slot,
        slots: 1,
        trigger: word(&trigger),
        attempt: 1,
        status: word(&RunStatus::Queued),
        lane: series.group_id.unwrap_or(series.id),
        place,
        queued_at: micros(at),
        not_before: micros(at),
        started_at: None,
        finished_at: None,
        window_start: None,
        window_end: None,
        figures: figures.clone(),
        reason: None,
        node: None,
        token: 0,
        lease_until: None,
        cancel_requested: false,
        stretch: None,
        carried: None,
        advanced: None,
        to_freeze: series.snapshot,
        frozen: false,
        probing: false,
        spool_id: None,
        spool_wants: 0,
        backfill_id: None,
        chunk: None,
    });
    Ok(runs.collect())
}

/// The next attempt at what this run was to do. What is frozen of it completely is the next one's.
pub(crate) fn next_attempt(
    clock: &dyn Clock,
    row: &Model,
    queued_at: DateTime<Utc>,
    not_before: DateTime<Utc>,
) -> Result<Model, StoreError> {
    Ok(Model {
        id: Id::<Run>::new(clock).uuid(),
        trigger: word(&Trigger::Retry),
        attempt: row.attempt.saturating_add(1),
        status: word(&RunStatus::Queued),
        queued_at: micros(queued_at),
        not_before: micros(not_before),
        started_at: None,
        finished_at: None,
        window_start: None,
        window_end: None,
        figures: json("figures", &Figures::default())?,
        reason: None,
        node: None,
        token: 0,
        lease_until: None,
        cancel_requested: false,
        stretch: None,
        carried: None,
        advanced: None,
        probing: false,
        spool_id: row.spool_id.filter(|_| row.frozen),
        ..row.clone()
    })
}

/// Inserts runs, passing over those that exist already (one attempt of one series at one scheduled slot). Tells how many are new.
pub(crate) async fn insert_runs(db: &Writing, rows: Vec<Model>) -> Result<u64, StoreError> {
    /// 37 columns each; SQLite takes 32,766 values in one statement.
    const AT_ONCE: usize = 500;
    for row in &rows {
        db.changed_run(row.organization_id, row.id);
    }
    let mut inserted = 0;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<_> = rows.by_ref().take(AT_ONCE).map(IntoActiveModel::into_active_model).collect();
        inserted += Entity::insert_many(some).on_conflict(OnConflict::new().do_nothing().to_owned()).exec_without_returning(db).await?;
    }
    Ok(inserted)
}

/// A reason; one that was kept before causes had codes has that of its kind.
fn reason(kept: JsonValue) -> Result<Reason, StoreError> {
    let mut reason: Reason = from_json("reason", kept)?;
    reason.code = reason.code.or(reason.kind.map(Code::Kind));
    Ok(reason)
}

/// A row as the noun.
pub(crate) fn run(row: Model) -> Result<Run, StoreError> {
    let window = match (row.window_start, row.window_end) {
        (Some(start), Some(end)) => Some(Window { start: instant(start)?, end: instant(end)? }),
        _ => None,
    };
    Ok(Run {
        id: Id::from_uuid(row.id),
        organization_id: Id::from_uuid(row.organization_id),
        series_id: Id::from_uuid(row.series_id),
        series_name: name(&row.series_name)?,
        group_id: row.group_id.map(Id::from_uuid),
        connection_id: Id::<Connection>::from_uuid(row.connection_id),
        slot: instant(row.slot)?,
        last_slot: instant(row.last_slot)?,
        slots: count(row.slots),
        trigger: from_word("trigger", &row.trigger)?,
        attempt: count(row.attempt.into()),
        status: from_word("run status", &row.status)?,
        queued_at: instant(row.queued_at)?,
        not_before: instant(row.not_before)?,
        started_at: maybe_instant(row.started_at)?,
        finished_at: maybe_instant(row.finished_at)?,
        window,
        stretch: row.stretch.map(|stretch| from_json("stretch", stretch)).transpose()?,
        frozen: row.frozen,
        figures: from_json("figures", row.figures)?,
        reason: row.reason.map(reason).transpose()?,
        chunk: backfill::chunk(row.chunk)?,
    })
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn every_page_of_the_history_is_read_from_an_index_in_its_order() {
        let house = testing::house().await;
        let clock = house.store.clock();
        let (series, group) = (Some(Id::new(clock)), Some(Id::new(clock)));
        let (before, status) = (Some(Id::new(clock)), Some(RunStatus::Failed));
        let all = RunFilter { limit: 50, ..RunFilter::default() };
        for (filter, index) in [
            (all, "runs_organization"),
            (RunFilter { status, ..all }, "runs_organization_status"),
            (RunFilter { series_id: series, ..all }, "runs_series"),
            (RunFilter { series_id: series, status, ..all }, "runs_series_status"),
            (RunFilter { series_id: series, slot: Some(clock.now()), ..all }, "runs_series_slot"),
            (RunFilter { backfill_id: Some(Id::new(clock)), ..all }, "runs_backfill"),
            (RunFilter { backfill_id: Some(Id::new(clock)), status, ..all }, "runs_backfill_status"),
            (RunFilter { group_id: group, ..all }, "runs_group"),
            (RunFilter { group_id: group, status, ..all }, "runs_group_status"),
        ] {
            let until = Some(clock.now());
            for filter in [filter, RunFilter { before, ..filter }, RunFilter { until, ..filter }] {
                let plan = house.plan(page(Organization::DEFAULT, &filter).build(DbBackend::Sqlite)).await;
                assert!(plan.contains(&format!("USING INDEX {index} (")), "{filter:?}: {plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{filter:?} is sorted: {plan}");
            }
        }
    }
}
