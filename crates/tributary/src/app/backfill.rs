//! Backfills: a range of a series' past, chunk by chunk, beside its own runs.

use flow::{
    backfill::{self, Asked, Unplannable},
    statement,
};
use model::{
    Backfill, BackfillPlan, Cursor, Id, Mode, Organization, Series, Stored,
    backfill::{MAX_PARALLEL, What},
};
use store::{BackfillChange, BackfillFilter};

use super::{App, Invalid, Refusal, missing, text};

/// What a person wants to be read once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillAsked {
    /// Where it begins and ends, and how long a chunk is.
    pub range: Asked,
    /// Most chunks side by side.
    pub parallel: u32,
    /// Seconds between a chunk's end and the beginning of the next.
    pub pause_s: u32,
}

impl App {
    /// What a backfill would read, decided as if it began now: the range ends at the fence of this moment.
    ///
    /// # Errors
    /// [`Refusal::Missing`]; [`Refusal::Invalid`] by field for a snapshot series and for what does not fit; failures of the database.
    pub async fn plan_backfill(
        &self,
        organization: Id<Organization>,
        reference: &str,
        asked: &BackfillAsked,
    ) -> Result<(Stored<Series>, BackfillPlan), Refusal> {
        text::within("parallel", asked.parallel, 1..=MAX_PARALLEL)?;
        text::within("pause_s", asked.pause_s, 0..=86_400)?;
        let series = self.get_series(organization, reference).await?;
        let what = match &series.spec.mode {
            Mode::Snapshot => {
                let message = "a snapshot series has no past: its query answers only with the rows of this moment";
                let advice = "run it by hand for one snapshot more, or make it a window or an incremental series";
                return Err(Invalid::new("series", message, advice).into());
            }
            Mode::Window { .. } => self.slots(&series, &asked.range).await?,
            Mode::Incremental(_) => self.range(&series, &asked.range).await?,
        };
        Ok((series, BackfillPlan { what, parallel: asked.parallel, pause_s: asked.pause_s }))
    }

    /// Begins a backfill.
    ///
    /// # Errors
    /// As [`App::plan_backfill`]; [`Refusal::Running`] while another backfill of the series has not ended.
    pub async fn create_backfill(
        &self,
        organization: Id<Organization>,
        reference: &str,
        asked: &BackfillAsked,
    ) -> Result<Backfill, Refusal> {
        let (series, plan) = self.plan_backfill(organization, reference, asked).await?;
        let created = self.store.create_backfill(organization, series.id, &plan).await?;
        self.flow.wake();
        Ok(created)
    }

    /// Backfills, newest first.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the limit is not 1 to 1000.
    pub async fn list_backfills(&self, organization: Id<Organization>, filter: &BackfillFilter) -> Result<Vec<Backfill>, Refusal> {
        text::within("limit", filter.limit, 1..=1000)?;
        Ok(self.store.list_backfills(organization, filter).await?)
    }

    /// The backfill with this id.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_backfill(&self, organization: Id<Organization>, reference: &str) -> Result<Backfill, Refusal> {
        let found = match reference.parse() {
            Ok(id) => self.store.get_backfill(organization, id).await?,
            Err(_) => None,
        };
        found.ok_or_else(|| missing::<Backfill>(reference))
    }

    /// Pauses, resumes or cancels a backfill, or runs its failed chunks again. What makes no sense where it stands changes nothing.
    ///
    /// # Errors
    /// [`Refusal::Missing`]; [`Refusal::Running`] when it would begin again while another backfill of the series has not ended.
    pub async fn change_backfill(
        &self,
        organization: Id<Organization>,
        reference: &str,
        change: BackfillChange,
    ) -> Result<Backfill, Refusal> {
        let id = self.get_backfill(organization, reference).await?.id;
        let changed = self.store.change_backfill(organization, id, change).await?;
        let (backfill, stopped) = changed.ok_or_else(|| missing::<Backfill>(reference))?;
        for run in stopped {
            self.flow.cancel(run);
        }
        self.flow.wake();
        Ok(backfill)
    }

    /// The names of series, for answers that show whose backfill it is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn series_name(&self, organization: Id<Organization>, series: Id<Series>) -> Result<String, Refusal> {
        let found = self.store.get_series(organization, series).await?;
        Ok(found.map_or_else(String::new, |series| series.name.to_string()))
    }

    async fn slots(&self, series: &Stored<Series>, asked: &Asked) -> Result<What, Refusal> {
        let group = match series.spec.group_id {
            Some(group) => Some(self.get_group(series.organization_id, &group.to_string()).await?.spec),
            None => None,
        };
        let (spec, asked, now) = (series.spec.clone(), asked.clone(), self.clock.now_micros());
        // Walking over the slots of a cron line takes a while.
        let planned = tokio::task::spawn_blocking(move || backfill::slots(&spec, group.as_ref(), &asked, now)).await;
        let broken = |error| model::Failure::new(model::FailureKind::Internal, "walking over the slots").because(error);
        Ok(planned.map_err(broken)??)
    }

    async fn range(&self, series: &Stored<Series>, asked: &Asked) -> Result<What, Refusal> {
        let Mode::Incremental(settings) = &series.spec.mode else {
            return Err(Invalid::new("series", "the series has no cursor", "backfill an incremental series").into());
        };
        let organization = series.organization_id;
        let query = self.get_query(organization, &series.spec.query_id.to_string()).await?.spec;
        let access = self.query_access(organization, &query).await?;
        let (statement, _) = statement::bind(&query, &series.spec, None, self.clock.now_micros())?;
        let fingerprint = Cursor::fingerprint_of(&series.spec, &query, &access.database).unwrap_or_default();
        let marks = self.store.get_cursor(organization, series.id).await?.unwrap_or_default().marks;
        let planned = backfill::range(&*self.databases, &access, &statement, settings, (&marks, fingerprint), asked).await;
        Ok(planned?)
    }
}

impl From<Unplannable> for Refusal {
    fn from(reason: Unplannable) -> Self {
        match reason {
            Unplannable::Wrong { field, message, advice } => Invalid::new(field, message, advice).into(),
            Unplannable::Failed(failure) => Self::of_statement(failure),
        }
    }
}
