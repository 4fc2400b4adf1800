//! `/api/v1/connections`

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use model::{Connection, Hold, Id, Name, Noun, Organization, edges::Detected};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    check::{self, Checked, Outcome, Saving},
    envelope::ApiError,
    noun::{self, GivenSecrets, Identity, List, SecretStates},
    request::{Body, IfMatch, Params, Patch, Path, Scope},
    standing::Known,
};
use crate::app::{App, Creation, Draft, Kept, Refusal, Update, refuse_another_driver};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_connections, create_connection))
        .routes(routes!(check_draft_connection))
        .routes(routes!(detect_connection))
        .routes(routes!(get_connection, update_connection, delete_connection))
        .routes(routes!(check_connection))
        .routes(routes!(make_default_connection))
}

/// A connection as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredConnection)]
struct View {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    spec: Connection,
    /// Whether it is the organization's default connection. There is exactly one as soon as there are connections.
    default: bool,
    #[serde(flatten)]
    known: Known,
    /// Since when and why it does not take points, so that what is meant for it waits; null when it does.
    hold: Option<Hold>,
    /// Which secrets are kept.
    secrets: SecretStates,
}

impl View {
    fn new(Kept { stored, secrets, standing }: Kept<Connection>, hold: Option<Hold>) -> Self {
        Self {
            hold,
            identity: (&stored).into(),
            default: standing.chosen,
            known: Known::new(&stored, standing),
            secrets: SecretStates::new(stored.spec.secret_fields(), &secrets),
            spec: stored.spec,
        }
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
    /// Make it the organization's default; the first one is it anyway. `false` cannot undo it: make another one the default.
    #[serde(default)]
    default: Option<bool>,
    /// The small number that Chronograf's API and files know it by: the next free one when absent. It cannot be changed.
    #[serde(default)]
    number: Option<i64>,
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
    /// The stored connection that it would replace, by id or name: its secrets are used as long as scheme, host, port and user stay.
    #[serde(default)]
    replaces: Option<String>,
    #[serde(flatten)]
    spec: Connection,
    /// Its secrets.
    #[serde(default)]
    secrets: GivenSecrets,
}

/// An address that somebody asks about.
#[derive(Deserialize, ToSchema)]
#[schema(as = AddressToDetect)]
struct ToDetect {
    /// Base URL.
    #[schema(value_type = String, format = "uri", example = "http://localhost:8086")]
    url: Url,
    /// Accept any certificate.
    #[serde(default)]
    insecure_skip_verify: bool,
}

/// Who answers at an address.
#[derive(Serialize, ToSchema)]
#[schema(as = Detected)]
struct Found {
    /// In words: `InfluxDB 3 Core`, `Kapacitor`.
    product: String,
    /// Its version, if it says.
    version: Option<String>,
    /// The driver for it; null for a Kapacitor, and when it cannot be told.
    driver: Option<&'static str>,
    /// The driver's `edition` for it; null when it cannot be told.
    edition: Option<&'static str>,
    /// Whether it is a Kapacitor.
    is_kapacitor: bool,
    /// What a person should know before choosing.
    remark: Option<String>,
}

impl From<Detected> for Found {
    fn from(Detected { product, version, driver, edition, is_kapacitor, remark }: Detected) -> Self {
        Self { product, version, driver, edition, is_kapacitor, remark }
    }
}

/// Who follows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Deleting {
    /// The connection that becomes the default when the default is deleted, by id or name; the oldest one left when absent.
    #[serde(default)]
    successor: Option<String>,
}

/// What deleting the default connection brought about.
#[derive(Serialize, ToSchema)]
#[schema(as = DeletedConnection)]
struct Passed {
    /// The default connection from now on.
    new_default: Successor,
}

/// The default connection from now on.
#[derive(Serialize, ToSchema)]
struct Successor {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: String,
    /// Its name.
    name: Name,
}

/// A connection with its hold, if it is on hold.
async fn view(app: &App, organization: Id<Organization>, kept: Kept<Connection>) -> Result<View, Refusal> {
    let hold = app.holds(organization).await?.remove(&kept.stored.id);
    Ok(View::new(kept, hold))
}

/// Every connection of the organization, by name.
#[utoipa::path(get, path = "/connections", tag = "connections", operation_id = "list_connections",
    responses((status = 200, description = "The connections", body = List<View>)))]
async fn list_connections(State(app): State<App>, Scope(organization): Scope) -> Result<Response, ApiError> {
    let mut holds = app.holds(organization).await?;
    let view = |kept: Kept<Connection>| {
        let hold = holds.remove(&kept.stored.id);
        View::new(kept, hold)
    };
    let items = app.list_connections(organization).await?.into_iter().map(view).collect();
    Ok(axum::Json(List { items }).into_response())
}

/// Saves a new connection, once it has passed a check. Asked for as `text/event-stream`, each finding comes as it is known, then `saved`
/// with the connection or `refused` with the error.
#[utoipa::path(post, path = "/connections", tag = "connections", operation_id = "create_connection", params(Saving), request_body = New,
    responses((status = 201, description = "Saved", content((View = "application/json"), (String = "text/event-stream")))))]
async fn create_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Params(saving): Params<Saving>,
    headers: HeaderMap,
    Body(new): Body<New>,
) -> Result<Response, ApiError> {
    let creation = Creation { check: saving.check_first(), default: new.default.unwrap_or(false), number: new.number };
    check::answer(&headers, async move |listener| {
        let kept = app.create_connection(organization, new.into(), creation, &mut |finding| listener.tell(finding)).await?;
        let stored = kept.stored.clone();
        let view = View::new(kept, None);
        Ok(Outcome::new("saved", &view, noun::created("connections", &stored, &view)))
    })
    .await
}

/// One connection.
#[utoipa::path(get, path = "/connections/{connection}", tag = "connections", operation_id = "get_connection",
    params(("connection" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The connection", body = View)))]
async fn get_connection(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Response, ApiError> {
    let kept = app.get_connection(organization, &reference).await?;
    Ok(noun::found(kept.stored.revision, view(&app, organization, kept).await?))
}

/// Changes a connection. A new scheme, host, port or user forgets the kept secrets unless they are given again. What is reached differently
/// than before must pass a check first; asked for as `text/event-stream`, each finding comes as it is known, then `saved` with the
/// connection or `refused` with the error.
#[utoipa::path(patch, path = "/connections/{connection}", tag = "connections", operation_id = "update_connection",
    params(("connection" = String, Path, description = "Id or name"), Saving),
    request_body = ref("#/components/schemas/ConnectionPatch"),
    responses((status = 200, description = "Saved", content((View = "application/json"), (String = "text/event-stream")))))]
async fn update_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Params(saving): Params<Saving>,
    if_match: IfMatch,
    headers: HeaderMap,
    patch: Patch,
) -> Result<Response, ApiError> {
    let before = app.get_connection(organization, &reference).await?.stored;
    if_match.check(Connection::NOUN, before.revision)?;
    // Said first: with another driver nearly every field would be unknown or absent.
    if let Some(driver) = patch.text("driver") {
        refuse_another_driver(&before.spec, driver)?;
    }
    let new: New = patch.onto(&Current { name: &before.name, spec: &before.spec })?;
    noun::keeps_its_number(new.number, before.number)?;
    let update = Update { check: saving.check_first(), default: new.default };
    check::answer(&headers, async move |listener| {
        let kept = app.update_connection(&before, new.into(), update, &mut |finding| listener.tell(finding)).await?;
        let revision = kept.stored.revision;
        let view = view(&app, organization, kept).await?;
        Ok(Outcome::new("saved", &view, noun::found(revision, &view)))
    })
    .await
}

/// Deletes a connection, its secrets and its Kapacitors. Refused while a series writes to it. When it was the default, another one becomes
/// it.
#[utoipa::path(delete, path = "/connections/{connection}", tag = "connections", operation_id = "delete_connection",
    params(("connection" = String, Path, description = "Id or name"), Deleting),
    responses((status = 204, description = "Deleted"), (status = 200, description = "Deleted; another one is the default now", body = Passed)))]
async fn delete_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Params(deleting): Params<Deleting>,
    if_match: IfMatch,
) -> Result<Response, ApiError> {
    let deleted = app.delete_connection(organization, &reference, if_match.revision(), deleting.successor.as_deref()).await?;
    Ok(match deleted.new_default {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(next) => Json(Passed { new_default: Successor { id: next.id.to_string(), name: next.name } }).into_response(),
    })
}

/// Makes a connection the organization's default, also one that a file defines.
#[utoipa::path(post, path = "/connections/{connection}/default", tag = "connections", operation_id = "make_default_connection",
    params(("connection" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The connection", body = View)))]
async fn make_default_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
) -> Result<Response, ApiError> {
    let kept = app.make_default_connection(organization, &reference).await?;
    Ok(noun::found(kept.stored.revision, view(&app, organization, kept).await?))
}

/// Asks who answers at an address, without a login: the product, its version and the driver for it. Changes nothing there.
#[utoipa::path(post, path = "/connections/detect", tag = "connections", operation_id = "detect_connection", request_body = ToDetect,
    responses((status = 200, description = "Who answers", body = Found)))]
async fn detect_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Body(ToDetect { url, insecure_skip_verify }): Body<ToDetect>,
) -> Result<Json<Found>, ApiError> {
    Ok(Json(app.detect(organization, &url, insecure_skip_verify).await?.into()))
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
    check::answer(&headers, async move |listener| {
        let mut tell = |finding| listener.tell(finding);
        let heard = app.check_draft_connection(organization, spec, &secrets.into(), replaces.as_deref(), &mut tell).await?;
        Ok(Outcome::checked(heard))
    })
    .await
}

/// Tries, step by step, what a write to a connection needs, and keeps what came of it. Writes nothing. Streams each finding when asked for
/// as `text/event-stream`.
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
    check::answer(&headers, async move |listener| {
        Ok(Outcome::checked(app.check_connection(organization, &reference, &mut |finding| listener.tell(finding)).await?))
    })
    .await
}
