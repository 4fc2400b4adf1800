//! Audits: what is compared, and what came of it.
//!
//! One of a series runs at a time, in the one process that has the store: what is running when a store is opened was stopped with the process
//! before.

use async_trait::async_trait;
use model::{
    Audit, AuditPlan, AuditProgress, AuditState, Code, Failure, FailureKind, Id, Noun, Organization, Reject, Run, Series,
    audit::Found,
    edges::{AuditEnd, Audits},
    run::Reason,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    RejectFilter, Store, StoreError,
    column::{from_json, from_word, instant, json, maybe_instant, micros, word},
    entities::{
        audit::{Column, Entity, Model},
        series,
    },
    stored,
    writing::Writing,
};

/// Rejects that are taken from the store at once.
const REJECTS_AT_ONCE: u64 = 1_000;

/// Which audits to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only of this series.
    pub series_id: Option<Id<Series>>,
    /// Only older than this one: the last of the page before.
    pub before: Option<Id<Audit>>,
    /// At most so many.
    pub limit: u64,
}

impl Store {
    /// A new audit, which runs from now on.
    ///
    /// # Errors
    /// `Missing` when there is no such series; `Running` while another audit of it runs.
    pub async fn create_audit(&self, organization: Id<Organization>, series: Id<Series>, plan: &AuditPlan) -> Result<Audit, StoreError> {
        let transaction = self.begin().await?;
        stored::require::<series::Entity>(&transaction, organization, series).await?;
        let others = Entity::find().filter(Column::SeriesId.eq(series.uuid())).filter(Column::State.eq(word(&AuditState::Running)));
        if others.count(&transaction).await? > 0 {
            return Err(StoreError::Running { noun: Audit::NOUN });
        }
        let row = Model {
            id: Id::<Audit>::new(self.clock()).uuid(),
            organization_id: organization.uuid(),
            series_id: series.uuid(),
            plan: json("plan", plan)?,
            state: word(&AuditState::Running),
            progress: json("progress", &AuditProgress::default())?,
            compared: 0,
            differing: 0,
            differences: json("differences", &Found::default().differences)?,
            reason: None,
            started_at: micros(self.clock().now_micros()),
            ended_at: None,
        };
        Entity::insert(row.clone().into_active_model()).exec_without_returning(&transaction).await?;
        transaction.changed_audit(row.organization_id, row.id);
        transaction.commit().await?;
        audit(row)
    }

    /// Audits, newest first, without their differences: those are in [`Store::get_audit`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_audits(&self, organization: Id<Organization>, filter: &AuditFilter) -> Result<Vec<Audit>, StoreError> {
        let mut query = Entity::find()
            .select_only()
            .columns([Column::Id, Column::OrganizationId, Column::SeriesId, Column::Plan, Column::State, Column::Progress])
            .columns([Column::Compared, Column::Differing, Column::Reason, Column::StartedAt, Column::EndedAt])
            .expr_as(Expr::val("[]"), "differences")
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .order_by_desc(Column::Id)
            .limit(filter.limit);
        if let Some(series) = filter.series_id {
            query = query.filter(Column::SeriesId.eq(series.uuid()));
        }
        if let Some(before) = filter.before {
            query = query.filter(Column::Id.lt(before.uuid()));
        }
        query.all(self.reader()).await?.into_iter().map(audit).collect()
    }

    /// The audit of this id, if the organization has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get_audit(&self, organization: Id<Organization>, id: Id<Audit>) -> Result<Option<Audit>, StoreError> {
        let found = Entity::find_by_id(id.uuid()).filter(Column::OrganizationId.eq(organization.uuid())).one(self.reader()).await?;
        found.map(audit).transpose()
    }

    async fn put_audit_progress(&self, id: Id<Audit>, progress: AuditProgress) -> Result<bool, StoreError> {
        let progress = json("progress", &progress)?;
        self.change_running(id, |row| row.progress = progress).await
    }

    async fn put_audit_end(&self, id: Id<Audit>, end: &AuditEnd) -> Result<bool, StoreError> {
        let differences = json("differences", &end.found.differences)?;
        let progress = json("progress", &end.progress)?;
        let reason = end.reason.as_ref().map(|reason| json("reason", reason)).transpose()?;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.change_running(id, |row| {
            (row.state, row.ended_at, row.reason) = (word(&end.state), Some(micros(end.at)), reason);
            (row.compared, row.differing, row.differences) = (count(end.found.compared), count(end.found.differing), differences);
            row.progress = progress;
        })
        .await
    }

    async fn read_rejects_of_audited(&self, id: Id<Audit>, after: Option<(Id<Run>, u64)>) -> Result<Vec<(Id<Run>, Reject)>, StoreError> {
        let Some(row) = Entity::find_by_id(id.uuid()).one(self.reader()).await? else { return Ok(Vec::new()) };
        let filter =
            RejectFilter { series_id: Some(Id::from_uuid(row.series_id)), after, limit: REJECTS_AT_ONCE, ..RejectFilter::default() };
        let kept = self.find_rejects(Id::from_uuid(row.organization_id), &filter).await?;
        Ok(kept.into_iter().map(|kept| (kept.run_id, kept.reject)).collect())
    }

    /// `false` when it does not run any more: nothing was done.
    async fn change_running(&self, id: Id<Audit>, change: impl FnOnce(&mut Model)) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let running = Entity::find_by_id(id.uuid()).filter(Column::State.eq(word(&AuditState::Running)));
        let Some(mut row) = running.one(&transaction).await? else { return Ok(false) };
        change(&mut row);
        put(&transaction, row).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

#[async_trait]
impl Audits for Store {
    async fn keep_audit(&self, id: Id<Audit>, progress: AuditProgress) -> Result<bool, Failure> {
        Ok(self.put_audit_progress(id, progress).await?)
    }

    async fn rejects_of_audited(&self, id: Id<Audit>, after: Option<(Id<Run>, u64)>) -> Result<Vec<(Id<Run>, Reject)>, Failure> {
        Ok(self.read_rejects_of_audited(id, after).await?)
    }

    async fn end_audit(&self, id: Id<Audit>, end: &AuditEnd) -> Result<bool, Failure> {
        Ok(self.put_audit_end(id, end).await?)
    }
}

/// The lock is ours, so nobody works at what is marked as running.
pub(crate) async fn end_running(db: &impl ConnectionTrait, now: i64) -> Result<(), StoreError> {
    let reason = Reason {
        kind: Some(FailureKind::Interrupted),
        code: Some(Code::Kind(FailureKind::Interrupted)),
        message: "the server was stopped".to_owned(),
        advice: "start it again".to_owned(),
    };
    Entity::update_many()
        .col_expr(Column::State, Expr::val(word(&AuditState::Failed)))
        .col_expr(Column::EndedAt, Expr::val(now))
        .col_expr(Column::Reason, Expr::val(json("reason", &reason)?))
        .filter(Column::State.eq(word(&AuditState::Running)))
        .exec(db)
        .await?;
    Ok(())
}

async fn put(db: &Writing, row: Model) -> Result<(), StoreError> {
    let (organization, id): (Uuid, Uuid) = (row.organization_id, row.id);
    Entity::update(row.into_active_model().reset_all()).exec(db).await?;
    db.changed_audit(organization, id);
    Ok(())
}

fn audit(row: Model) -> Result<Audit, StoreError> {
    Ok(Audit {
        id: Id::from_uuid(row.id),
        organization_id: Id::from_uuid(row.organization_id),
        series_id: Id::from_uuid(row.series_id),
        plan: from_json("plan", row.plan)?,
        state: from_word("audit state", &row.state)?,
        progress: from_json("progress", row.progress)?,
        found: Found {
            compared: row.compared.unsigned_abs(),
            differing: row.differing.unsigned_abs(),
            differences: from_json("differences", row.differences)?,
        },
        reason: row.reason.map(|reason| from_json("reason", reason)).transpose()?,
        started_at: instant(row.started_at)?,
        ended_at: maybe_instant(row.ended_at)?,
    })
}
