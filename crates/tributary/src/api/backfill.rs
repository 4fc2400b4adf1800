//! `/api/v1/backfills` and `/api/v1/series/{series}/backfills`: a range of a series' past, read once more.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use flow::backfill::Asked;
use model::{
    Backfill, BackfillPlan, BackfillState, Figures, Id, Organization, Series, Stored,
    backfill::{Part, What},
    run::Reason,
};
use serde::{Deserialize, Serialize};
use store::{BackfillChange, BackfillFilter};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    noun::List,
    request::{Body, Params, Path, Scope},
};
use crate::app::{App, BackfillAsked};

/// Chunks whose bounds a plan shows.
const SHOWN: u64 = 100;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_backfill))
        .routes(routes!(list_backfills))
        .routes(routes!(get_backfill))
        .routes(routes!(pause_backfill))
        .routes(routes!(resume_backfill))
        .routes(routes!(cancel_backfill))
        .routes(routes!(retry_backfill))
}

/// A backfill: what it reads, how far it has come, and when it will be over.
#[derive(Serialize, ToSchema)]
#[schema(as = Backfill)]
pub(super) struct View {
    /// Stable for ever; null for a dry run.
    #[schema(value_type = Option<String>, format = Uuid)]
    id: Option<String>,
    /// Whose past.
    #[schema(value_type = String, format = Uuid)]
    series_id: String,
    /// The series' name now.
    series_name: String,
    /// Where it stands; null for a dry run.
    state: Option<BackfillState>,
    /// The first value of the cursor, or the first slot.
    from: String,
    /// The first value of the cursor that is not read any more, or the last slot.
    to: String,
    /// Most chunks side by side.
    parallel: u32,
    /// Seconds between the end of a chunk and the beginning of the next.
    pause_s: u32,
    /// Chunks in all.
    chunks: u64,
    /// Chunks that ended well; those that had rejects are among them.
    done: u64,
    /// Chunks that failed and can be retried, by number.
    failed: Vec<u64>,
    /// Chunks that wait or run now: `/runs?backfill=` lists them.
    open: u64,
    /// What the chunks that ended did.
    figures: Figures,
    /// Rows per second, as the chunks that ended read them.
    rows_per_s: Option<f64>,
    /// When it will be over, if the chunks to come take as long as those that ended.
    eta: Option<DateTime<Utc>>,
    /// Why it was paused by itself.
    reason: Option<Reason>,
    /// When it was asked for.
    created_at: Option<DateTime<Utc>>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
    /// The bounds of its first chunks, where it was just planned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plan: Vec<ChunkBounds>,
}

/// What one chunk reads.
#[derive(Serialize, ToSchema)]
#[schema(as = BackfillChunk)]
pub(super) struct ChunkBounds {
    /// Its number, from 0.
    pub(super) number: u64,
    /// The first value of the cursor, or the slot.
    pub(super) from: String,
    /// The first value that is not read any more; null for a slot.
    pub(super) to: Option<String>,
}

impl ChunkBounds {
    pub(super) fn of(number: u64, part: Part) -> Self {
        match part {
            Part::Range { from, to, .. } => Self { number, from: from.text, to: Some(to.text) },
            Part::Slot(slot) => Self { number, from: rfc3339(slot), to: None },
        }
    }
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// What is to be read once more.
#[derive(Deserialize, ToSchema)]
struct NewBackfill {
    /// Of an incremental series the first value of its cursor, of a window series an instant: slots from it on.
    #[schema(example = "2026-11-01T00:00:00Z")]
    from: String,
    /// The first value, or instant, that is not read any more; absent means all that is decided now, where
    /// the database can tell (a number or a text in SQLite cannot). Never above the fence of this moment.
    #[serde(default)]
    to: Option<String>,
    /// The length of a chunk: seconds for times, else in the cursor's own unit; absent means about 100 chunks. Of a window series without
    /// group the distance of its slots; the slots of a group are those of its schedule.
    #[serde(default)]
    chunk: Option<u64>,
    /// Most chunks side by side, 1 to 8.
    #[serde(default = "one")]
    parallel: u32,
    /// Seconds between the end of a chunk and the beginning of the next in its place, at most a day.
    #[serde(default)]
    pause_s: u32,
    /// Only the plan: nothing is begun.
    #[serde(default)]
    dry_run: bool,
}

const fn one() -> u32 {
    1
}

/// Which backfills.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Page {
    /// Only of this series, by id or name.
    #[serde(default)]
    series: Option<String>,
    /// Only where it stands so.
    #[serde(default)]
    state: Option<BackfillState>,
    /// Backfills older than this one: the `id` of the last one of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Uuid)]
    before: Option<Id<Backfill>>,
    /// Most backfills, 1 to 1000.
    #[serde(default = "hundred")]
    #[param(required = false)]
    limit: u64,
}

const fn hundred() -> u64 {
    100
}

fn bounds(what: &What) -> (String, String) {
    let last = what.chunks().saturating_sub(1);
    let begin = what.part(0).map(|part| ChunkBounds::of(0, part));
    let end = what.part(last).map(|part| ChunkBounds::of(last, part));
    (begin.map_or_else(String::new, |chunk| chunk.from), end.map_or_else(String::new, |chunk| chunk.to.unwrap_or(chunk.from)))
}

fn plan(what: &What) -> Vec<ChunkBounds> {
    (0..what.chunks().min(SHOWN)).filter_map(|number| Some(ChunkBounds::of(number, what.part(number)?))).collect()
}

async fn view(app: &App, organization: Id<Organization>, backfill: Backfill) -> Result<View, ApiError> {
    let progress = backfill.progress(app.clock.now());
    let (from, to) = bounds(&backfill.plan.what);
    Ok(View {
        id: Some(backfill.id.to_string()),
        series_id: backfill.series_id.to_string(),
        series_name: app.series_name(organization, backfill.series_id).await?,
        state: Some(backfill.state),
        from,
        to,
        parallel: backfill.plan.parallel,
        pause_s: backfill.plan.pause_s,
        chunks: progress.chunks,
        done: backfill.done,
        failed: backfill.failed,
        open: backfill.open,
        figures: backfill.figures,
        rows_per_s: progress.rows_per_s,
        eta: progress.eta,
        reason: backfill.reason,
        created_at: Some(backfill.created_at),
        ended_at: backfill.ended_at,
        plan: Vec::new(),
    })
}

/// A backfill that has just been put in line, with the bounds of its first chunks.
pub(super) async fn begun(app: &App, organization: Id<Organization>, created: Backfill) -> Result<View, ApiError> {
    let plan = plan(&created.plan.what);
    Ok(View { plan, ..view(app, organization, created).await? })
}

/// What a dry run answers.
pub(super) fn planned(series: &Stored<Series>, BackfillPlan { what, parallel, pause_s }: &BackfillPlan) -> View {
    let (from, to) = bounds(what);
    View {
        id: None,
        series_id: series.id.to_string(),
        series_name: series.name.to_string(),
        state: None,
        from,
        to,
        parallel: *parallel,
        pause_s: *pause_s,
        chunks: what.chunks(),
        done: 0,
        failed: Vec::new(),
        open: 0,
        figures: Figures::default(),
        rows_per_s: None,
        eta: None,
        reason: None,
        created_at: None,
        ended_at: None,
        plan: plan(what),
    }
}

/// Begins to read a range of a series' past once more, chunk by chunk, beside its own runs; its cursor is neither read nor moved. The answer
/// has the bounds of the first 100 chunks. Refused for a snapshot series, and (409) while another backfill of the series has not ended.
#[utoipa::path(post, path = "/series/{series}/backfills", tag = "backfills", operation_id = "create_backfill",
    params(("series" = String, Path, description = "Id or name")), request_body = NewBackfill,
    responses((status = 201, description = "It is in line", body = View), (status = 200, description = "The plan of a dry run", body = View)))]
async fn create_backfill(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Body(new): Body<NewBackfill>,
) -> Result<(StatusCode, Json<View>), ApiError> {
    let NewBackfill { from, to, chunk, parallel, pause_s, dry_run } = new;
    let asked = BackfillAsked { range: Asked { from, to, chunk }, parallel, pause_s };
    if !dry_run {
        let created = app.create_backfill(organization, &reference, &asked).await?;
        return Ok((StatusCode::CREATED, Json(begun(&app, organization, created).await?)));
    }
    let (series, plan) = app.plan_backfill(organization, &reference, &asked).await?;
    Ok((StatusCode::OK, Json(planned(&series, &plan))))
}

/// Backfills of the organization, newest first.
#[utoipa::path(get, path = "/backfills", tag = "backfills", operation_id = "list_backfills", params(Page),
    responses((status = 200, description = "The backfills", body = List<View>)))]
async fn list_backfills(
    State(app): State<App>,
    Scope(organization): Scope,
    Params(Page { series, state, before, limit }): Params<Page>,
) -> Result<Json<List<View>>, ApiError> {
    let series_id = match series {
        Some(reference) => Some(app.get_series(organization, &reference).await?.id),
        None => None,
    };
    let mut items = Vec::new();
    for backfill in app.list_backfills(organization, &BackfillFilter { series_id, state, before, limit }).await? {
        items.push(view(&app, organization, backfill).await?);
    }
    Ok(Json(List { items }))
}

/// One backfill: how far it has come, what it did so far, and when it will be over.
#[utoipa::path(get, path = "/backfills/{backfill}", tag = "backfills", operation_id = "get_backfill",
    params(("backfill" = String, Path, description = "Id")), responses((status = 200, description = "The backfill", body = View)))]
async fn get_backfill(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Json<View>, ApiError> {
    let found = app.get_backfill(organization, &reference).await?;
    Ok(Json(view(&app, organization, found).await?))
}

async fn change(app: &App, organization: Id<Organization>, reference: &str, change: BackfillChange) -> Result<Json<View>, ApiError> {
    let changed = app.change_backfill(organization, reference, change).await?;
    Ok(Json(view(app, organization, changed).await?))
}

/// Lets no further chunk begin; those on their way go on to their end. One that does not run stays as it is.
#[utoipa::path(post, path = "/backfills/{backfill}/pause", tag = "backfills", operation_id = "pause_backfill",
    params(("backfill" = String, Path, description = "Id")), responses((status = 200, description = "Where it stands now", body = View)))]
async fn pause_backfill(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Json<View>, ApiError> {
    change(&app, organization, &reference, BackfillChange::Pause).await
}

/// Goes on with one that is paused.
#[utoipa::path(post, path = "/backfills/{backfill}/resume", tag = "backfills", operation_id = "resume_backfill",
    params(("backfill" = String, Path, description = "Id")), responses((status = 200, description = "Where it stands now", body = View)))]
async fn resume_backfill(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
) -> Result<Json<View>, ApiError> {
    change(&app, organization, &reference, BackfillChange::Resume).await
}

/// Ends one for good: chunks in line are cancelled, those on their way stop as soon as they can. What was written stays.
#[utoipa::path(post, path = "/backfills/{backfill}/cancel", tag = "backfills", operation_id = "cancel_backfill",
    params(("backfill" = String, Path, description = "Id")), responses((status = 200, description = "Where it stands now", body = View)))]
async fn cancel_backfill(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
) -> Result<Json<View>, ApiError> {
    change(&app, organization, &reference, BackfillChange::Cancel).await
}

/// Runs the chunks that failed again, also of one that has ended. One without failed chunks stays as it is.
#[utoipa::path(post, path = "/backfills/{backfill}/retry", tag = "backfills", operation_id = "retry_backfill",
    params(("backfill" = String, Path, description = "Id")), responses((status = 200, description = "Where it stands now", body = View)))]
async fn retry_backfill(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Json<View>, ApiError> {
    change(&app, organization, &reference, BackfillChange::Retry).await
}
