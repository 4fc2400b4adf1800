//! `/api/v1/series`

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use model::{
    Column, Connection, FieldType, Group, Id, Mapping, Mode, Name, Noun, Organization, Query, Series, Stored, Window, secret::SecretChanges,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    noun::{self, Identity, List},
    query::default_rows,
    request::{Body, IfMatch, OptionalBody, Patch, Path, Scope},
    run::{RunNow, RunView},
    verdict::{MeasuresView, VerdictView},
};
use crate::app::{App, CursorState, Draft, Invalid, Preview, PreviewColumn, Refusal, Role};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_series, create_series))
        .routes(routes!(preview_draft_series))
        .routes(routes!(get_series, update_series, delete_series))
        .routes(routes!(preview_series))
        .routes(routes!(run_series))
}

/// A series as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredSeries)]
struct View {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    spec: Series,
    /// Of one incremental series, not in lists: whether its next run can go on from where the cursor stands. What to decide when it cannot is
    /// at `/series/{series}/cursor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor_state: Option<CursorState>,
}

impl From<Stored<Series>> for View {
    fn from(stored: Stored<Series>) -> Self {
        Self { identity: (&stored).into(), spec: stored.spec, cursor_state: None }
    }
}

/// A series with how its cursor stands, if it has one.
async fn view(app: &App, stored: Stored<Series>) -> Result<View, Refusal> {
    Ok(View { cursor_state: app.cursor_state(&stored).await?, ..stored.into() })
}

/// A series to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewSeries)]
pub(super) struct New {
    /// Unique among the organization's series.
    name: Name,
    #[serde(flatten)]
    spec: Series,
}

impl From<New> for Draft<Series> {
    fn from(new: New) -> Self {
        Self { name: new.name, spec: new.spec, secrets: SecretChanges::new() }
    }
}

/// What a patch is laid upon.
#[derive(Serialize)]
struct Current<'a> {
    name: &'a Name,
    #[serde(flatten)]
    spec: &'a Series,
}

/// How a series is previewed.
#[derive(Deserialize, ToSchema)]
#[schema(as = PreviewSettings)]
struct Settings {
    /// The slot that the preview stands for; the present second when absent.
    #[serde(default)]
    slot: Option<DateTime<Utc>>,
    /// Most rows, 1 to 1000.
    #[serde(default = "default_rows")]
    limit: u32,
}

/// A series that is previewed before it is saved: its query may be a draft too, and it needs no connection yet.
#[derive(Deserialize, ToSchema)]
#[schema(as = SeriesToPreview)]
struct ToPreview {
    /// A stored query; not needed when `query` is given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    query_id: Option<Id<Query>>,
    /// A query that is not saved yet, in place of the stored one.
    #[serde(default)]
    query: Option<Query>,
    /// Where it would be written: its driver decides about limits. Without one, lines are shaped for a folder of files.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    connection_id: Option<Id<Connection>>,
    /// The group that it would run in.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    group_id: Option<Id<Group>>,
    /// How a row becomes a point.
    mapping: Mapping,
    /// How its rows relate to time.
    mode: Mode,
    /// Values of the query's own parameters, as text.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(flatten)]
    settings: Settings,
}

/// The first rows of a series and what becomes of them.
#[derive(Serialize, ToSchema)]
#[schema(as = Preview)]
struct PreviewView {
    /// The slot that it stands for.
    slot: DateTime<Utc>,
    /// What a window series reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
    /// The columns of the result, in order, and what the mapping makes of them.
    columns: Vec<PreviewColumnView>,
    /// The rows, and what each becomes.
    rows: Vec<PreviewRowView>,
    /// Whether these are all rows.
    complete: bool,
    /// Rows that became a line.
    lines: u64,
    /// Rows that cannot be written.
    rejected: u64,
    /// Rows passed over by the mapping's policy.
    skipped: u64,
    /// Values left out of their point by the mapping's policy.
    values_omitted: u64,
    /// Values cut to the server's limit by the mapping's policy.
    values_truncated: u64,
    /// What deserves attention before it runs, the worst first: types that InfluxDB has otherwise, rows that become one point, points that
    /// are too old, how many series there are.
    verdicts: Vec<VerdictView>,
    /// What was counted in the lines.
    measures: MeasuresView,
}

/// A column, and what the mapping makes of it.
#[derive(Serialize, ToSchema)]
#[schema(as = PreviewColumn)]
struct PreviewColumnView {
    #[serde(flatten)]
    column: Column,
    /// Its role.
    role: Role,
    /// The name of the tag or field, when that is another than the column's.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// The type of the field, when it becomes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field_type: Option<FieldType>,
}

impl From<PreviewColumn> for PreviewColumnView {
    fn from(column: PreviewColumn) -> Self {
        Self { column: column.column, role: column.role, key: column.key, field_type: column.field_type }
    }
}

/// A row, and what it becomes: a line, a reject, or (by the mapping's policy) neither.
#[derive(Serialize, ToSchema)]
#[schema(as = PreviewRow)]
struct PreviewRowView {
    /// One value per column. Nothing is rounded: whole numbers beyond 2^53, decimals, NaN and infinities come as text, bytes as base64.
    values: Vec<serde_json::Value>,
    /// The line protocol, without its line break.
    line: Option<String>,
    /// Why it cannot be written.
    reject: Option<String>,
}

impl From<Preview> for PreviewView {
    fn from(preview: Preview) -> Self {
        let lines = preview.rows.iter().filter(|row| row.line.is_some()).count() as u64;
        let rejected = preview.rows.iter().filter(|row| row.reject.is_some()).count() as u64;
        let skipped = preview.rows.iter().filter(|row| row.line.is_none() && row.reject.is_none()).count() as u64;
        Self {
            slot: preview.slot,
            window: preview.window,
            columns: preview.columns.into_iter().map(PreviewColumnView::from).collect(),
            rows: preview.rows.into_iter().map(|row| PreviewRowView { values: row.values, line: row.line, reject: row.reject }).collect(),
            complete: preview.complete,
            lines,
            rejected,
            skipped,
            values_omitted: preview.values_omitted,
            values_truncated: preview.values_truncated,
            verdicts: preview.verdicts.into_iter().map(VerdictView::from).collect(),
            measures: preview.measures.into(),
        }
    }
}

/// Every series of the organization, by name.
#[utoipa::path(get, path = "/series", tag = "series", operation_id = "list_series",
    responses((status = 200, description = "The series", body = List<View>)))]
async fn list_series(State(app): State<App>, Scope(organization): Scope) -> Result<Response, ApiError> {
    let items = app.list_series(organization).await?.into_iter().map(View::from).collect();
    Ok(Json(List { items }).into_response())
}

/// Saves a new series. Nothing is read or written: preview the draft first.
#[utoipa::path(post, path = "/series", tag = "series", operation_id = "create_series", request_body = New,
    responses((status = 201, description = "Saved", body = View)))]
async fn create_series(State(app): State<App>, Scope(organization): Scope, Body(new): Body<New>) -> Result<Response, ApiError> {
    let stored = app.create_series(organization, new.into()).await?;
    Ok(noun::created("series", &stored.clone(), View::from(stored)))
}

/// One series.
#[utoipa::path(get, path = "/series/{series}", tag = "series", operation_id = "get_series",
    params(("series" = String, Path, description = "Id or name")), responses((status = 200, description = "The series", body = View)))]
async fn get_series(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Response, ApiError> {
    let stored = app.get_series(organization, &reference).await?;
    Ok(noun::found(stored.revision, view(&app, stored).await?))
}

/// Changes a series. Runs that have begun go on as they began.
#[utoipa::path(patch, path = "/series/{series}", tag = "series", operation_id = "update_series",
    params(("series" = String, Path, description = "Id or name")), request_body = ref("#/components/schemas/SeriesPatch"),
    responses((status = 200, description = "Saved", body = View)))]
async fn update_series(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Response, ApiError> {
    let before = app.get_series(organization, &reference).await?;
    if_match.check(Series::NOUN, before.revision)?;
    let new: New = patch.onto(&Current { name: &before.name, spec: &before.spec })?;
    let stored = app.update_series(&before, new.into()).await?;
    Ok(noun::found(stored.revision, view(&app, stored).await?))
}

/// Deletes a series.
#[utoipa::path(delete, path = "/series/{series}", tag = "series", operation_id = "delete_series",
    params(("series" = String, Path, description = "Id or name")), responses((status = 204, description = "Deleted")))]
async fn delete_series(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, ApiError> {
    if_match.check(Series::NOUN, app.get_series(organization, &reference).await?.revision)?;
    app.delete_series(organization, &reference).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The first rows of a series that is not saved yet, their types, and the line protocol that they become. Writes nothing.
#[utoipa::path(post, path = "/series/preview", tag = "series", operation_id = "preview_draft_series", request_body = ToPreview,
    responses((status = 200, description = "The preview", body = PreviewView)))]
async fn preview_draft_series(
    State(app): State<App>,
    Scope(organization): Scope,
    Body(draft): Body<ToPreview>,
) -> Result<Json<PreviewView>, ApiError> {
    if draft.query_id.is_none() && draft.query.is_none() {
        return Err(Refusal::from(Invalid::new("query_id", "`query_id` is absent", "give a stored query's id, or a `query`")).into());
    }
    // An id that is not looked at, in the place of one that does not exist yet.
    let nobody = Organization::DEFAULT.uuid();
    let series = Series {
        query_id: draft.query_id.unwrap_or(Id::from_uuid(nobody)),
        connection_id: draft.connection_id.unwrap_or(Id::from_uuid(nobody)),
        group_id: draft.group_id,
        position: 0,
        mapping: draft.mapping,
        mode: draft.mode,
        parameters: draft.parameters,
        enabled: true,
        rejects: Default::default(),
    };
    let draft_series = app.preview_draft(organization, series, draft.query, draft.connection_id.is_some()).await?;
    Ok(Json(app.preview(organization, &draft_series, draft.settings.slot, draft.settings.limit).await?.into()))
}

/// The first rows of a series, their types, and the line protocol that they become. Writes nothing.
#[utoipa::path(post, path = "/series/{series}/preview", tag = "series", operation_id = "preview_series",
    params(("series" = String, Path, description = "Id or name")), request_body(content = Settings, description = "May be left out"),
    responses((status = 200, description = "The preview", body = PreviewView)))]
async fn preview_series(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    OptionalBody(settings): OptionalBody<Settings>,
) -> Result<Json<PreviewView>, ApiError> {
    Ok(Json(app.preview_series(organization, &reference, settings.slot, settings.limit).await?.into()))
}

/// Puts a run of the series in line, also when it is disabled.
#[utoipa::path(post, path = "/series/{series}/run", tag = "series", operation_id = "run_series",
    params(("series" = String, Path, description = "Id or name")), request_body(content = RunNow, description = "May be left out"),
    responses((status = 202, description = "The run, in line", body = RunView)))]
async fn run_series(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    OptionalBody(now): OptionalBody<RunNow>,
) -> Result<(StatusCode, Json<RunView>), ApiError> {
    let run = app.run_series(organization, &reference, now.slot).await?;
    Ok((StatusCode::ACCEPTED, Json(run.into())))
}
