//! `/api/v1/runs`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use model::{Figures, Id, LogLine, Name, Reject, Run, RunStatus, Stretch, Trigger, Window, run::Reason};
use serde::{Deserialize, Serialize};
use store::{RunCount, RunFilter};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    backfill::ChunkBounds,
    envelope::ApiError,
    noun::List,
    request::{Params, Path, Scope},
};
use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_runs))
        .routes(routes!(list_run_counts))
        .routes(routes!(get_run))
        .routes(routes!(list_rejects))
        .routes(routes!(cancel_run))
}

/// A run.
#[derive(Serialize, ToSchema)]
#[schema(as = Run)]
pub(super) struct RunView {
    /// Stable for ever.
    #[schema(value_type = String, format = Uuid)]
    id: String,
    /// Which series ran.
    #[schema(value_type = String, format = Uuid)]
    series_id: String,
    /// The series' name at the time.
    series_name: Name,
    /// The group it ran in, if it ran on a schedule.
    #[schema(value_type = Option<String>, format = Uuid)]
    group_id: Option<String>,
    /// Where it wrote.
    #[schema(value_type = String, format = Uuid)]
    connection_id: String,
    /// The instant it stands for; the first of a stretch.
    slot: DateTime<Utc>,
    /// The last of a stretch; equal to `slot` otherwise.
    last_slot: DateTime<Utc>,
    /// How many slots it stands for: more than 1 for a stretch that was missed or skipped, and for a run of an incremental series that waited
    /// while slots came whose rows it reads too.
    slots: u32,
    /// What started it.
    trigger: Trigger,
    /// 1 for the first try of a slot, one more for each further.
    attempt: u32,
    /// Where it stands.
    status: RunStatus,
    /// When it was put in line.
    queued_at: DateTime<Utc>,
    /// Not to be started before this.
    not_before: DateTime<Utc>,
    /// When it began.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
    /// What a window series read.
    window: Option<Window>,
    /// What a run of an incremental series read: from where to where, how far it could, and what kept it from more.
    stretch: Option<Stretch>,
    /// Whether its lines are frozen: they wait in the store for their connection, and the database is not asked again.
    frozen: bool,
    /// What it did so far, or in all.
    figures: Figures,
    /// Why it failed, or was skipped or missed; of a queued run: what it waits for.
    reason: Option<Reason>,
    /// The backfill that it is a chunk of.
    #[schema(value_type = Option<String>, format = Uuid)]
    backfill_id: Option<String>,
    /// What it reads then.
    chunk: Option<ChunkBounds>,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        Self {
            id: run.id.to_string(),
            series_id: run.series_id.to_string(),
            series_name: run.series_name,
            group_id: run.group_id.map(|id| id.to_string()),
            connection_id: run.connection_id.to_string(),
            slot: run.slot,
            last_slot: run.last_slot,
            slots: run.slots,
            trigger: run.trigger,
            attempt: run.attempt,
            status: run.status,
            queued_at: run.queued_at,
            not_before: run.not_before,
            started_at: run.started_at,
            finished_at: run.finished_at,
            window: run.window,
            stretch: run.stretch,
            frozen: run.frozen,
            figures: run.figures,
            reason: run.reason,
            backfill_id: run.chunk.as_ref().map(|chunk| chunk.backfill_id.to_string()),
            chunk: run.chunk.map(|chunk| ChunkBounds::of(chunk.number, chunk.part)),
        }
    }
}

/// A run and its log.
#[derive(Serialize, ToSchema)]
struct RunWithLog {
    #[serde(flatten)]
    run: RunView,
    /// The lines of its log, oldest first.
    log: Vec<LogLine>,
}

/// The runs of one series with one status.
#[derive(Serialize, ToSchema)]
#[schema(as = RunCount)]
struct RunCountView {
    /// Whose.
    #[schema(value_type = String, format = Uuid)]
    series_id: String,
    /// The series' name now.
    series_name: Name,
    /// With which status.
    status: RunStatus,
    /// How many, at least one.
    runs: u64,
    /// The newest of them.
    #[schema(value_type = String, format = Uuid)]
    last_run_id: String,
}

impl From<RunCount> for RunCountView {
    fn from(count: RunCount) -> Self {
        let RunCount { series_id, series_name, status, runs, last } = count;
        Self { series_id: series_id.to_string(), series_name, status, runs, last_run_id: last.to_string() }
    }
}

/// Which runs to count.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Since {
    /// Only put in line at this instant or later; all when absent.
    #[serde(default)]
    since: Option<DateTime<Utc>>,
}

/// What a run by hand stands for.
#[derive(Deserialize, ToSchema)]
pub(super) struct RunNow {
    /// The slot; the present second when absent.
    #[serde(default)]
    pub(super) slot: Option<DateTime<Utc>>,
}

/// Which runs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RunPage {
    /// Only of this series, by id or name.
    #[serde(default)]
    series: Option<String>,
    /// Only of this group, by id or name.
    #[serde(default)]
    group: Option<String>,
    /// Only chunks of this backfill, by id.
    #[serde(default)]
    backfill: Option<String>,
    /// Only with this status.
    #[serde(default)]
    status: Option<RunStatus>,
    /// Only the newest run of each series.
    #[serde(default)]
    #[param(required = false)]
    latest: bool,
    /// Only for this slot; together with `series`.
    #[serde(default)]
    slot: Option<DateTime<Utc>>,
    /// Only put in line at this instant or later.
    #[serde(default)]
    since: Option<DateTime<Utc>>,
    /// Only put in line before this instant.
    #[serde(default)]
    until: Option<DateTime<Utc>>,
    /// Runs older than this one: the `id` of the last one of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Uuid)]
    before: Option<Id<Run>>,
    /// Most runs, 1 to 1000.
    #[serde(default = "default_limit")]
    #[param(required = false)]
    limit: u64,
}

/// Which rejects.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RejectPage {
    /// Rejects after this row: the `row` of the last one of the page before.
    #[serde(default)]
    #[param(required = false)]
    after_row: u64,
    /// Most rejects, 1 to 1000.
    #[serde(default = "default_limit")]
    #[param(required = false)]
    limit: u64,
}

const fn default_limit() -> u64 {
    100
}

/// What became of a wish to stop a run.
#[derive(Serialize, ToSchema)]
struct Cancelled {
    /// Where the run stands now: `running` is asked to stop and does so soon; one that had ended stays as it is.
    status: RunStatus,
}

/// Runs of the organization, newest first.
#[utoipa::path(get, path = "/runs", tag = "runs", operation_id = "list_runs", params(RunPage),
    responses((status = 200, description = "The runs", body = List<RunView>)))]
async fn list_runs(
    State(app): State<App>,
    Scope(organization): Scope,
    Params(page): Params<RunPage>,
) -> Result<Json<List<RunView>>, ApiError> {
    let series_id = match page.series {
        Some(reference) => Some(app.get_series(organization, &reference).await?.id),
        None => None,
    };
    let group_id = match page.group {
        Some(reference) => Some(app.get_group(organization, &reference).await?.id),
        None => None,
    };
    let backfill_id = match page.backfill {
        Some(reference) => Some(app.get_backfill(organization, &reference).await?.id),
        None => None,
    };
    let RunPage { status, latest, slot, since, until, before, limit, .. } = page;
    let filter = RunFilter { series_id, group_id, backfill_id, status, latest, slot, since, until, before, limit };
    let items = app.list_runs(organization, &filter).await?.into_iter().map(RunView::from).collect();
    Ok(Json(List { items }))
}

/// How many runs of each series have which status: series by name, only pairs that have runs.
#[utoipa::path(get, path = "/runs/counts", tag = "runs", operation_id = "list_run_counts", params(Since),
    responses((status = 200, description = "The counts", body = List<RunCountView>)))]
async fn list_run_counts(
    State(app): State<App>,
    Scope(organization): Scope,
    Params(Since { since }): Params<Since>,
) -> Result<Json<List<RunCountView>>, ApiError> {
    let counts = app.count_runs(organization, since.unwrap_or(DateTime::UNIX_EPOCH)).await?;
    Ok(Json(List { items: counts.into_iter().map(RunCountView::from).collect() }))
}

/// One run, with its log.
#[utoipa::path(get, path = "/runs/{run}", tag = "runs", operation_id = "get_run",
    params(("run" = String, Path, description = "Id")), responses((status = 200, description = "The run", body = RunWithLog)))]
async fn get_run(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Json<RunWithLog>, ApiError> {
    let (run, log) = app.get_run(organization, &reference).await?;
    Ok(Json(RunWithLog { run: run.into(), log }))
}

/// What a run could not write, in the order of its rows.
#[utoipa::path(get, path = "/runs/{run}/rejects", tag = "runs", operation_id = "list_rejects",
    params(("run" = String, Path, description = "Id"), RejectPage),
    responses((status = 200, description = "The rejects", body = List<Reject>)))]
async fn list_rejects(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Params(page): Params<RejectPage>,
) -> Result<Json<List<Reject>>, ApiError> {
    Ok(Json(List { items: app.list_rejects(organization, &reference, page.after_row, page.limit).await? }))
}

/// Stops a run: one in line at once, a running one as soon as it can.
#[utoipa::path(post, path = "/runs/{run}/cancel", tag = "runs", operation_id = "cancel_run",
    params(("run" = String, Path, description = "Id")), responses((status = 200, description = "Where it stands now", body = Cancelled)))]
async fn cancel_run(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
) -> Result<Json<Cancelled>, ApiError> {
    Ok(Json(Cancelled { status: app.cancel_run(organization, &reference).await? }))
}
