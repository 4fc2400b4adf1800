//! `/api/v1/connections`

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use model::{Connection, Name, Noun};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    check::{self, Check, Checked},
    envelope::ApiError,
    noun::{self, GivenSecrets, Identity, List, SecretStates},
    request::{Body, IfMatch, Patch, Path, Scope},
};
use crate::app::{App, Draft, Kept};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_connections, create_connection))
        .routes(routes!(check_draft_connection))
        .routes(routes!(get_connection, update_connection, delete_connection))
        .routes(routes!(check_connection))
}

/// A connection as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredConnection)]
struct View {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    spec: Connection,
    /// Which secrets are kept.
    secrets: SecretStates,
}

impl From<Kept<Connection>> for View {
    fn from(Kept { stored, secrets }: Kept<Connection>) -> Self {
        Self { identity: (&stored).into(), secrets: SecretStates::new(stored.spec.secret_fields(), &secrets), spec: stored.spec }
    }
}

/// A connection to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewConnection)]
pub(super) struct New {
    /// Unique among the organization's connections.
    name: Name,
    #[serde(flatten)]
    spec: Connection,
    /// Its secrets.
    #[serde(default)]
    secrets: GivenSecrets,
}

impl From<New> for Draft<Connection> {
    fn from(new: New) -> Self {
        Self { name: new.name, spec: new.spec, secrets: new.secrets.into() }
    }
}

/// What a patch is laid upon.
#[derive(Serialize)]
struct Current<'a> {
    name: &'a Name,
    #[serde(flatten)]
    spec: &'a Connection,
}

/// A connection that is checked before it is saved.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConnectionToCheck)]
struct ToCheck {
    /// The stored connection that it would replace, by id or name: its secret is used as long as scheme, host, port and user stay.
    #[serde(default)]
    replaces: Option<String>,
    #[serde(flatten)]
    spec: Connection,
    /// Its secrets.
    #[serde(default)]
    secrets: GivenSecrets,
}

/// Every connection of the organization, by name.
#[utoipa::path(get, path = "/connections", tag = "connections", operation_id = "list_connections",
    responses((status = 200, description = "The connections", body = List<View>)))]
async fn list_connections(State(app): State<App>, Scope(organization): Scope) -> Result<Response, ApiError> {
    let items = app.list_connections(organization).await?.into_iter().map(View::from).collect();
    Ok(axum::Json(List { items }).into_response())
}

/// Saves a new connection. Nothing is contacted: check the draft first.
#[utoipa::path(post, path = "/connections", tag = "connections", operation_id = "create_connection", request_body = New,
    responses((status = 201, description = "Saved", body = View)))]
async fn create_connection(State(app): State<App>, Scope(organization): Scope, Body(new): Body<New>) -> Result<Response, ApiError> {
    let kept = app.create_connection(organization, new.into()).await?;
    Ok(noun::created("connections", &kept.stored.clone(), View::from(kept)))
}

/// One connection.
#[utoipa::path(get, path = "/connections/{connection}", tag = "connections", operation_id = "get_connection",
    params(("connection" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The connection", body = View)))]
async fn get_connection(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Response, ApiError> {
    let kept = app.get_connection(organization, &reference).await?;
    Ok(noun::found(kept.stored.revision, View::from(kept)))
}

/// Changes a connection. A new scheme, host, port or user forgets the kept secret unless it is given again.
#[utoipa::path(patch, path = "/connections/{connection}", tag = "connections", operation_id = "update_connection",
    params(("connection" = String, Path, description = "Id or name")), request_body = ref("#/components/schemas/ConnectionPatch"),
    responses((status = 200, description = "Saved", body = View)))]
async fn update_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Response, ApiError> {
    let before = app.get_connection(organization, &reference).await?.stored;
    if_match.check(Connection::NOUN, before.revision)?;
    let new: New = patch.onto(&Current { name: &before.name, spec: &before.spec })?;
    let kept = app.update_connection(&before, new.into()).await?;
    Ok(noun::found(kept.stored.revision, View::from(kept)))
}

/// Deletes a connection and its secret. Refused while a series writes to it.
#[utoipa::path(delete, path = "/connections/{connection}", tag = "connections", operation_id = "delete_connection",
    params(("connection" = String, Path, description = "Id or name")), responses((status = 204, description = "Deleted")))]
async fn delete_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, ApiError> {
    if_match.check(Connection::NOUN, app.get_connection(organization, &reference).await?.stored.revision)?;
    app.delete_connection(organization, &reference).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tries, step by step, what a write to a connection that is not saved yet would need. Writes nothing. Streams each finding when asked
/// for as `text/event-stream`.
#[utoipa::path(post, path = "/connections/check", tag = "connections", operation_id = "check_draft_connection", request_body = ToCheck,
    responses((status = 200, description = "The findings, also when a step failed",
        content((Checked = "application/json"), (String = "text/event-stream")))))]
async fn check_draft_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    headers: HeaderMap,
    Body(draft): Body<ToCheck>,
) -> Result<Response, ApiError> {
    let ToCheck { replaces, spec, secrets } = draft;
    let access = app.draft_connection_to_check(organization, spec, &secrets.into(), replaces.as_deref()).await?;
    Ok(check::answer(app, &headers, Check::Connection(access)).await)
}

/// Tries, step by step, what a write to a connection needs. Writes nothing. Streams each finding when asked for as `text/event-stream`.
#[utoipa::path(post, path = "/connections/{connection}/check", tag = "connections", operation_id = "check_connection",
    params(("connection" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The findings, also when a step failed",
        content((Checked = "application/json"), (String = "text/event-stream")))))]
async fn check_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let access = app.connection_to_check(organization, &reference).await?;
    Ok(check::answer(app, &headers, Check::Connection(access)).await)
}
