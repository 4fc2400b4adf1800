//! Runs: what happened, and stopping one.

use chrono::{DateTime, Utc};
use model::{Id, LogLine, Organization, Reject, Run, RunStatus};
use store::{RunCount, RunFilter};

use super::{App, Invalid, Refusal, missing, text};

impl App {
    /// Runs, newest first.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the limit is not 1 to 1000, or a slot is given without its series.
    pub async fn list_runs(&self, organization: Id<Organization>, filter: &RunFilter) -> Result<Vec<Run>, Refusal> {
        text::within("limit", filter.limit, 1..=1000)?;
        if filter.slot.is_some() && filter.series_id.is_none() {
            return Err(Invalid::new("slot", "`slot` is asked for without `series`", "name the series whose slot it is").into());
        }
        Ok(self.store.list_runs(organization, filter).await?)
    }

    /// How many runs of each series were put in line since an instant, by status.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn count_runs(&self, organization: Id<Organization>, since: DateTime<Utc>) -> Result<Vec<RunCount>, Refusal> {
        Ok(self.store.count_runs(organization, since).await?)
    }

    /// The run with this id, and its log.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_run(&self, organization: Id<Organization>, reference: &str) -> Result<(Run, Vec<LogLine>), Refusal> {
        let run = self.find_run(organization, reference).await?;
        let log = self.store.run_log(organization, run.id).await?;
        Ok((run, log))
    }

    /// Rejects of a run, in the order of their rows, after row `after_row`.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is no such run.
    pub async fn list_rejects(
        &self,
        organization: Id<Organization>,
        reference: &str,
        after_row: u64,
        limit: u64,
    ) -> Result<Vec<Reject>, Refusal> {
        text::within("limit", limit, 1..=1000)?;
        let run = self.find_run(organization, reference).await?;
        Ok(self.store.list_rejects(organization, run.id, after_row, limit).await?)
    }

    /// Stops a run: one in line at once, a running one as soon as it can. One that has ended stays as it is. Returns the status that it
    /// has now.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is no such run.
    pub async fn cancel_run(&self, organization: Id<Organization>, reference: &str) -> Result<RunStatus, Refusal> {
        let run = self.find_run(organization, reference).await?;
        let status = self.store.cancel_run(organization, run.id).await?.ok_or_else(|| missing::<Run>(reference))?;
        if status == RunStatus::Running {
            self.flow.cancel(run.id);
        }
        self.flow.wake();
        Ok(status)
    }

    async fn find_run(&self, organization: Id<Organization>, reference: &str) -> Result<Run, Refusal> {
        let found = match reference.parse() {
            Ok(id) => self.store.get_run(organization, id).await?,
            Err(_) => None,
        };
        found.ok_or_else(|| missing::<Run>(reference))
    }
}
