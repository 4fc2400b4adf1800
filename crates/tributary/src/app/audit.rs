//! Audits: the points that a series' rows make, compared with those in InfluxDB, and reading once more what differs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use flow::audit::{self, Job};
use model::{
    Audit, AuditPlan, AuditState, Backfill, BackfillPlan, Code, Failure, FailureKind, Group, Id, Mode, Organization, RunStatus, Series,
    Stored, Target,
    audit::{Every, Found, MAX_INTERVALS},
    backfill::MAX_PARALLEL,
    edges::{AuditEnd, Audits},
};
use store::{AuditFilter, RunFilter};

use super::{App, CursorState, Invalid, Refusal, missing, series::absent, text};

/// Most runs of a series that are looked through for the oldest that has not ended.
const RUNS_LOOKED_AT: u64 = 1000;

/// What a person wants to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditAsked {
    /// Points from here on.
    pub from: DateTime<Utc>,
    /// Points before this; absent means as far as the series has delivered.
    pub to: Option<DateTime<Utc>>,
    /// How long an interval is.
    pub every: Every,
    /// Whose days.
    pub zone: Tz,
}

impl App {
    /// Begins an audit. It never goes beyond what the series has delivered.
    ///
    /// # Errors
    /// [`Refusal::Missing`]; [`Refusal::Invalid`] by field for a series that cannot be audited and for what does not fit;
    /// [`Refusal::Running`] while another audit of the series runs.
    pub async fn create_audit(&self, organization: Id<Organization>, reference: &str, asked: &AuditAsked) -> Result<Audit, Refusal> {
        let series = self.get_series(organization, reference).await?;
        let group = self.group_of(&series).await?;
        let cursor = self.store.get_cursor(organization, series.id).await?.unwrap_or_default();
        if self.cursor_state(&series).await? == Some(CursorState::NeedsDecision) {
            let doing = "the query or what gives the cursor its meaning was changed since it moved";
            return Err(Failure::new(FailureKind::Cursor, doing).coded(Code::CursorChanged).into());
        }
        let query = self.store.get_query(organization, series.spec.query_id).await?.ok_or_else(|| absent("query_id", "query"))?.spec;
        let connection = self.store.get_connection(organization, series.spec.connection_id).await?;
        let connection = connection.ok_or_else(|| absent("connection_id", "connection"))?;
        if matches!(connection.spec.target, Target::File { .. }) {
            let message = "the series writes into a folder of files, which cannot be asked what it holds";
            return Err(Invalid::new("series", message, "audit a series that writes to an InfluxDB").into());
        }
        let open = self.oldest_open_slot(&series).await?;
        let until = audit::delivered_until(&series.spec, group.as_ref(), &cursor, open, self.clock.now_micros())?;
        let plan = AuditPlan { from: asked.from, to: asked.to.map_or(until, |to| to.min(until)), every: asked.every, zone: asked.zone };
        validate(&plan, until)?;
        let job = Job {
            database_id: query.database_id,
            database: self.query_access(organization, &query).await?,
            connection: self.connection_access(&connection).await?,
            plan: plan.clone(),
            query,
            group,
            cursor,
            series: series.spec,
        };
        let created = self.store.create_audit(organization, series.id, &plan).await?;
        self.flow.audit(created.id, job, Arc::new(self.store.clone()));
        Ok(created)
    }

    /// Audits, newest first, without their differences.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the limit is not 1 to 1000.
    pub async fn list_audits(&self, organization: Id<Organization>, filter: &AuditFilter) -> Result<Vec<Audit>, Refusal> {
        text::within("limit", filter.limit, 1..=1000)?;
        Ok(self.store.list_audits(organization, filter).await?)
    }

    /// The audit with this id.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_audit(&self, organization: Id<Organization>, reference: &str) -> Result<Audit, Refusal> {
        let found = match reference.parse() {
            Ok(id) => self.store.get_audit(organization, id).await?,
            Err(_) => None,
        };
        found.ok_or_else(|| missing::<Audit>(reference))
    }

    /// Ends an audit that runs; one that has ended stays as it is.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub async fn cancel_audit(&self, organization: Id<Organization>, reference: &str) -> Result<Audit, Refusal> {
        let audit = self.get_audit(organization, reference).await?;
        let end = AuditEnd {
            state: AuditState::Cancelled,
            at: self.clock.now_micros(),
            progress: audit.progress,
            found: Found::default(),
            reason: None,
        };
        self.store.end_audit(audit.id, &end).await?;
        self.flow.cancel_audit(audit.id);
        self.get_audit(organization, reference).await
    }

    /// What a backfill would read to mend what an audit found.
    ///
    /// # Errors
    /// [`Refusal::Missing`]; [`Refusal::Invalid`] when reading mends nothing.
    pub async fn plan_reread(
        &self,
        organization: Id<Organization>,
        reference: &str,
        parallel: u32,
    ) -> Result<(Stored<Series>, BackfillPlan), Refusal> {
        text::within("parallel", parallel, 1..=MAX_PARALLEL)?;
        let audit = self.get_audit(organization, reference).await?;
        let series = self.get_series(organization, &audit.series_id.to_string()).await?;
        let what = audit::again(&audit.found, &series.spec, self.group_of(&series).await?.as_ref())?;
        Ok((series, BackfillPlan { what, parallel, pause_s: 0 }))
    }

    /// Reads once more what an audit found to differ: one backfill.
    ///
    /// # Errors
    /// As [`App::plan_reread`]; [`Refusal::Running`] while a backfill of the series has not ended.
    pub async fn reread(&self, organization: Id<Organization>, reference: &str, parallel: u32) -> Result<Backfill, Refusal> {
        let (series, plan) = self.plan_reread(organization, reference, parallel).await?;
        let created = self.store.create_backfill(organization, series.id, &plan).await?;
        self.flow.wake();
        Ok(created)
    }

    async fn group_of(&self, series: &Stored<Series>) -> Result<Option<Group>, Refusal> {
        match series.spec.group_id {
            Some(group) => Ok(Some(self.get_group(series.organization_id, &group.to_string()).await?.spec)),
            None => Ok(None),
        }
    }

    /// The slot of the oldest run of a window series that waits or runs: what lies in it and behind is not delivered yet.
    async fn oldest_open_slot(&self, series: &Stored<Series>) -> Result<Option<DateTime<Utc>>, Refusal> {
        if !matches!(series.spec.mode, Mode::Window { .. }) {
            return Ok(None);
        }
        let mut oldest: Option<DateTime<Utc>> = None;
        for status in [RunStatus::Queued, RunStatus::Running] {
            let filter = RunFilter { series_id: Some(series.id), status: Some(status), limit: RUNS_LOOKED_AT, ..RunFilter::default() };
            let runs = self.store.list_runs(series.organization_id, &filter).await?;
            let open = runs.iter().filter(|run| run.chunk.is_none()).map(|run| run.slot).min();
            oldest = oldest.into_iter().chain(open).min();
        }
        Ok(oldest)
    }
}

fn validate(plan: &AuditPlan, until: DateTime<Utc>) -> Result<(), Invalid> {
    if plan.from >= plan.to {
        let message =
            format!("nothing is to be compared from {} on: the series has delivered up to {until}, and the range ends there", plan.from);
        return Err(Invalid::new("from", message, "begin earlier"));
    }
    if plan.edges().len() > MAX_INTERVALS + 1 {
        let message = format!("the range has more than {MAX_INTERVALS} intervals");
        return Err(Invalid::new("every", message, "compare by day, or a shorter range"));
    }
    Ok(())
}
