//! `/api/v1/queries`

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use model::{Column, Name, Noun, Query, Stored, Window, secret::SecretChanges};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    noun::{self, Identity, List},
    request::{Body, IfMatch, OptionalBody, Patch, Path, Scope},
};
use crate::app::{App, Draft, Table, Trial};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_queries, create_query))
        .routes(routes!(try_draft_query))
        .routes(routes!(get_query, update_query, delete_query))
        .routes(routes!(try_query))
}

/// A query as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredQuery)]
struct View {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    spec: Query,
    /// After a change: names of the incremental series whose cursor a person must decide about before they run again, because what it means
    /// has changed. See `/series/{series}/cursor`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs_decision: Vec<Name>,
}

impl From<Stored<Query>> for View {
    fn from(stored: Stored<Query>) -> Self {
        Self { identity: (&stored).into(), spec: stored.spec, needs_decision: Vec::new() }
    }
}

/// A query to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewQuery)]
pub(super) struct New {
    /// Unique among the organization's queries.
    name: Name,
    #[serde(flatten)]
    spec: Query,
}

impl From<New> for Draft<Query> {
    fn from(new: New) -> Self {
        Self { name: new.name, spec: new.spec, secrets: SecretChanges::new() }
    }
}

/// What a patch is laid upon.
#[derive(Serialize)]
struct Current<'a> {
    name: &'a Name,
    #[serde(flatten)]
    spec: &'a Query,
}

/// How a query is tried.
#[derive(Deserialize, ToSchema)]
struct QueryTrial {
    /// Values of the query's own parameters, as text.
    #[serde(default)]
    values: BTreeMap<String, String>,
    /// `:slot`; the present second when absent.
    #[serde(default)]
    slot: Option<DateTime<Utc>>,
    /// `:window_start` and `:window_end`; the hour before the slot when absent.
    #[serde(default)]
    window: Option<Window>,
    /// Most rows, 1 to 1000.
    #[serde(default = "default_rows")]
    limit: u32,
}

/// A query that is tried before it is saved.
#[derive(Deserialize, ToSchema)]
struct DraftQueryTrial {
    /// The query.
    query: Query,
    #[serde(flatten)]
    trial: QueryTrial,
}

pub(super) const fn default_rows() -> u32 {
    20
}

impl QueryTrial {
    fn of(self, query: Query) -> Trial {
        Trial { query, parameters: self.values, slot: self.slot, window: self.window, limit: self.limit }
    }
}

/// The first rows of a result.
#[derive(Serialize, ToSchema)]
#[schema(as = Rows)]
struct RowsView {
    /// The columns, in order.
    columns: Vec<Column>,
    /// The rows, one value per column. Nothing is rounded: whole numbers beyond 2^53, decimals, NaN and infinities come as text, bytes as
    /// base64.
    rows: Vec<Vec<serde_json::Value>>,
    /// Whether these are all rows.
    complete: bool,
}

impl From<Table> for RowsView {
    fn from(table: Table) -> Self {
        Self { columns: table.columns, rows: table.rows, complete: table.complete }
    }
}

/// Every query of the organization, by name.
#[utoipa::path(get, path = "/queries", tag = "queries", operation_id = "list_queries",
    responses((status = 200, description = "The queries", body = List<View>)))]
async fn list_queries(State(app): State<App>, Scope(organization): Scope) -> Result<Response, ApiError> {
    let items = app.list_queries(organization).await?.into_iter().map(View::from).collect();
    Ok(Json(List { items }).into_response())
}

/// Saves a new query. Its database is not contacted: try the draft first.
#[utoipa::path(post, path = "/queries", tag = "queries", operation_id = "create_query", request_body = New,
    responses((status = 201, description = "Saved", body = View)))]
async fn create_query(State(app): State<App>, Scope(organization): Scope, Body(new): Body<New>) -> Result<Response, ApiError> {
    let stored = app.create_query(organization, new.into()).await?;
    Ok(noun::created("queries", &stored.clone(), View::from(stored)))
}

/// One query.
#[utoipa::path(get, path = "/queries/{query}", tag = "queries", operation_id = "get_query",
    params(("query" = String, Path, description = "Id or name")), responses((status = 200, description = "The query", body = View)))]
async fn get_query(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Response, ApiError> {
    let stored = app.get_query(organization, &reference).await?;
    Ok(noun::found(stored.revision, View::from(stored)))
}

/// Changes a query.
#[utoipa::path(patch, path = "/queries/{query}", tag = "queries", operation_id = "update_query",
    params(("query" = String, Path, description = "Id or name")), request_body = ref("#/components/schemas/QueryPatch"),
    responses((status = 200, description = "Saved", body = View)))]
async fn update_query(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Response, ApiError> {
    let before = app.get_query(organization, &reference).await?;
    if_match.check(Query::NOUN, before.revision)?;
    let new: New = patch.onto(&Current { name: &before.name, spec: &before.spec })?;
    let stored = app.update_query(&before, new.into()).await?;
    let needs_decision = app.to_decide_of_query(organization, stored.id).await?;
    Ok(noun::found(stored.revision, View { needs_decision, ..stored.into() }))
}

/// Deletes a query. Refused while a series reads it.
#[utoipa::path(delete, path = "/queries/{query}", tag = "queries", operation_id = "delete_query",
    params(("query" = String, Path, description = "Id or name")), responses((status = 204, description = "Deleted")))]
async fn delete_query(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, ApiError> {
    if_match.check(Query::NOUN, app.get_query(organization, &reference).await?.revision)?;
    app.delete_query(organization, &reference).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The first rows of a query that is not saved yet.
#[utoipa::path(post, path = "/queries/try", tag = "queries", operation_id = "try_draft_query", request_body = DraftQueryTrial,
    responses((status = 200, description = "The first rows", body = RowsView)))]
async fn try_draft_query(
    State(app): State<App>,
    Scope(organization): Scope,
    Body(draft): Body<DraftQueryTrial>,
) -> Result<Json<RowsView>, ApiError> {
    Ok(Json(app.try_query(organization, draft.trial.of(draft.query)).await?.into()))
}

/// The first rows of a query.
#[utoipa::path(post, path = "/queries/{query}/try", tag = "queries", operation_id = "try_query",
    params(("query" = String, Path, description = "Id or name")), request_body(content = QueryTrial, description = "May be left out"),
    responses((status = 200, description = "The first rows", body = RowsView)))]
async fn try_query(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    OptionalBody(trial): OptionalBody<QueryTrial>,
) -> Result<Json<RowsView>, ApiError> {
    let query = app.get_query(organization, &reference).await?.spec;
    Ok(Json(app.try_query(organization, trial.of(query)).await?.into()))
}
