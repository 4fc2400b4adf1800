//! `/api/v1/connections/{connection}/kapacitors`, and all of them: `/api/v1/kapacitors`

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use model::{Certificates, Connection, Id, Kapacitor, Name, Noun};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    check::{self, Checked, Outcome, Saving},
    envelope::ApiError,
    noun::{self, GivenSecrets, Identity, List, SecretStates},
    request::{Body, IfMatch, Params, Patch, Path, Scope},
    standing::Known,
};
use crate::app::{App, Draft, KapacitorCreation, KapacitorUpdate, Kept};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_all_kapacitors))
        .routes(routes!(list_kapacitors, create_kapacitor))
        .routes(routes!(check_draft_kapacitor))
        .routes(routes!(get_kapacitor, update_kapacitor, delete_kapacitor))
        .routes(routes!(check_kapacitor))
        .routes(routes!(activate_kapacitor))
}

/// A Kapacitor as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredKapacitor)]
struct View {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    spec: Kapacitor,
    /// Whether it is the active one of its connection. At most one is.
    active: bool,
    #[serde(flatten)]
    known: Known,
    /// Which secrets are kept.
    secrets: SecretStates,
}

impl From<Kept<Kapacitor>> for View {
    fn from(Kept { stored, secrets, standing }: Kept<Kapacitor>) -> Self {
        Self {
            identity: (&stored).into(),
            active: standing.chosen,
            known: Known::new(&stored, standing),
            secrets: SecretStates::new(stored.spec.secret_fields(), &secrets),
            spec: stored.spec,
        }
    }
}

/// A Kapacitor that was just saved, and what there is to say about that.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedKapacitor)]
struct Created {
    /// For people.
    message: &'static str,
    #[serde(flatten)]
    view: View,
}

/// A Kapacitor to be, of the connection that the path names.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewKapacitor)]
pub(super) struct New {
    /// Unique among the connection's Kapacitors.
    name: Name,
    #[serde(flatten)]
    settings: Settings,
    /// Whether it is the active one of its connection; when absent, it is if it is the first.
    #[serde(default)]
    active: Option<bool>,
    /// The small number that Chronograf's API and files know it by: the next free one when absent. It cannot be changed.
    #[serde(default)]
    number: Option<i64>,
    /// Its secrets.
    #[serde(default)]
    secrets: GivenSecrets,
}

/// How to reach a Kapacitor.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = KapacitorSettings)]
struct Settings {
    /// Base URL, with the sub-path of a reverse proxy if there is one: `http://localhost:9092`.
    #[schema(value_type = String, format = "uri", example = "http://localhost:9092")]
    url: Url,
    /// Needed when the server asks for a login.
    #[serde(default)]
    username: Option<String>,
    /// Time limit of one request, from connecting to the last byte of the answer, in milliseconds; 30,000 when absent.
    #[serde(default)]
    timeout_ms: Option<u32>,
    /// Accept any certificate. Only for test servers: it lets anyone on the way read and change what is sent.
    #[serde(default)]
    insecure_skip_verify: bool,
    /// How the server proves who it is, and how Tributary does, when the URL begins with `https`.
    #[serde(default, skip_serializing_if = "Certificates::is_default")]
    tls: Certificates,
    /// Free text for the people who keep it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    notes: String,
}

impl Settings {
    fn of(self, connection: Id<Connection>) -> Kapacitor {
        let Self { url, username, timeout_ms, insecure_skip_verify, tls, notes } = self;
        let plain = Kapacitor::new(connection, url);
        let timeout_ms = timeout_ms.unwrap_or(plain.timeout_ms);
        Kapacitor { username, timeout_ms, insecure_skip_verify, tls, notes, ..plain }
    }
}

impl From<&Kapacitor> for Settings {
    fn from(spec: &Kapacitor) -> Self {
        let Kapacitor { connection_id: _, url, username, timeout_ms, insecure_skip_verify, tls, notes } = spec.clone();
        Self { url, username, timeout_ms: Some(timeout_ms), insecure_skip_verify, tls, notes }
    }
}

impl New {
    fn into_draft(self, connection: Id<Connection>) -> Draft<Kapacitor> {
        Draft { name: self.name, spec: self.settings.of(connection), secrets: self.secrets.into() }
    }
}

/// What a patch is laid upon.
#[derive(Serialize)]
struct Current<'a> {
    name: &'a Name,
    #[serde(flatten)]
    settings: Settings,
}

/// A Kapacitor that is checked before it is saved.
#[derive(Deserialize, ToSchema)]
#[schema(as = KapacitorToCheck)]
struct ToCheck {
    /// The stored Kapacitor that it would replace, by id or name: its secrets are used as long as scheme, host, port and user stay.
    #[serde(default)]
    replaces: Option<String>,
    #[serde(flatten)]
    settings: Settings,
    /// Its secrets.
    #[serde(default)]
    secrets: GivenSecrets,
}

/// Every Kapacitor of the organization, by name.
#[utoipa::path(get, path = "/kapacitors", tag = "kapacitors", operation_id = "list_all_kapacitors",
    responses((status = 200, description = "The Kapacitors", body = List<View>)))]
async fn list_all_kapacitors(State(app): State<App>, Scope(organization): Scope) -> Result<Json<List<View>>, ApiError> {
    let items = app.list_kapacitors(organization, None).await?.into_iter().map(View::from).collect();
    Ok(Json(List { items }))
}

/// Every Kapacitor of one connection, by name.
#[utoipa::path(get, path = "/connections/{connection}/kapacitors", tag = "kapacitors", operation_id = "list_kapacitors",
    params(("connection" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The Kapacitors", body = List<View>)))]
async fn list_kapacitors(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
) -> Result<Json<List<View>>, ApiError> {
    let items = app.list_kapacitors(organization, Some(&connection)).await?.into_iter().map(View::from).collect();
    Ok(Json(List { items }))
}

/// Saves a new Kapacitor, once it has passed a check. Asked for as `text/event-stream`, each finding comes as it is known, then `saved`
/// with the Kapacitor or `refused` with the error.
#[utoipa::path(post, path = "/connections/{connection}/kapacitors", tag = "kapacitors", operation_id = "create_kapacitor",
    params(("connection" = String, Path, description = "Id or name"), Saving), request_body = New,
    responses((status = 201, description = "Saved", content((Created = "application/json"), (String = "text/event-stream")))))]
async fn create_kapacitor(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
    Params(saving): Params<Saving>,
    headers: HeaderMap,
    Body(new): Body<New>,
) -> Result<Response, ApiError> {
    let connection_id = app.get_connection(organization, &connection).await?.stored.id;
    let creation = KapacitorCreation { check: saving.check_first(), active: new.active, number: new.number };
    let draft = new.into_draft(connection_id);
    check::answer(&headers, async move |listener| {
        let mut tell = |finding| listener.tell(finding);
        let kept = app.create_kapacitor(organization, &connection_id.to_string(), draft, creation, &mut tell).await?;
        let stored = kept.stored.clone();
        let created = Created { message: Kapacitor::CREATED, view: kept.into() };
        let folder = format!("connections/{connection_id}/kapacitors");
        Ok(Outcome::new("saved", &created, noun::created(&folder, &stored, &created)))
    })
    .await
}

/// One Kapacitor.
#[utoipa::path(get, path = "/connections/{connection}/kapacitors/{kapacitor}", tag = "kapacitors", operation_id = "get_kapacitor",
    params(("connection" = String, Path, description = "Id or name"), ("kapacitor" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The Kapacitor", body = View)))]
async fn get_kapacitor(
    State(app): State<App>,
    Scope(organization): Scope,
    Path((connection, reference)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let kept = app.get_kapacitor(organization, &connection, &reference).await?;
    Ok(noun::found(kept.stored.revision, View::from(kept)))
}

/// Changes a Kapacitor. A new scheme, host, port or user forgets the kept secrets unless they are given again. What is reached differently
/// than before must pass a check first; asked for as `text/event-stream`, each finding comes as it is known, then `saved` with the
/// Kapacitor or `refused` with the error.
#[utoipa::path(patch, path = "/connections/{connection}/kapacitors/{kapacitor}", tag = "kapacitors", operation_id = "update_kapacitor",
    params(("connection" = String, Path, description = "Id or name"), ("kapacitor" = String, Path, description = "Id or name"), Saving),
    request_body = ref("#/components/schemas/KapacitorPatch"),
    responses((status = 200, description = "Saved", content((View = "application/json"), (String = "text/event-stream")))))]
async fn update_kapacitor(
    State(app): State<App>,
    Scope(organization): Scope,
    Path((connection, reference)): Path<(String, String)>,
    Params(saving): Params<Saving>,
    if_match: IfMatch,
    headers: HeaderMap,
    patch: Patch,
) -> Result<Response, ApiError> {
    let before = app.get_kapacitor(organization, &connection, &reference).await?.stored;
    if_match.check(Kapacitor::NOUN, before.revision)?;
    let new: New = patch.onto(&Current { name: &before.name, settings: (&before.spec).into() })?;
    noun::keeps_its_number(new.number, before.number)?;
    let update = KapacitorUpdate { check: saving.check_first(), active: new.active };
    let draft = new.into_draft(before.spec.connection_id);
    check::answer(&headers, async move |listener| {
        let kept = app.update_kapacitor(&before, draft, update, &mut |finding| listener.tell(finding)).await?;
        let revision = kept.stored.revision;
        let view = View::from(kept);
        Ok(Outcome::new("saved", &view, noun::found(revision, &view)))
    })
    .await
}

/// Deletes a Kapacitor and its secrets. What runs inside it is not touched.
#[utoipa::path(delete, path = "/connections/{connection}/kapacitors/{kapacitor}", tag = "kapacitors", operation_id = "delete_kapacitor",
    params(("connection" = String, Path, description = "Id or name"), ("kapacitor" = String, Path, description = "Id or name")),
    responses((status = 204, description = "Deleted")))]
async fn delete_kapacitor(
    State(app): State<App>,
    Scope(organization): Scope,
    Path((connection, reference)): Path<(String, String)>,
    if_match: IfMatch,
) -> Result<StatusCode, ApiError> {
    app.delete_kapacitor(organization, &connection, &reference, if_match.revision()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a Kapacitor the active one of its connection, also one that a file defines.
#[utoipa::path(post, path = "/connections/{connection}/kapacitors/{kapacitor}/activate", tag = "kapacitors",
    operation_id = "activate_kapacitor",
    params(("connection" = String, Path, description = "Id or name"), ("kapacitor" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The Kapacitor", body = View)))]
async fn activate_kapacitor(
    State(app): State<App>,
    Scope(organization): Scope,
    Path((connection, reference)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let kept = app.activate_kapacitor(organization, &connection, &reference).await?;
    Ok(noun::found(kept.stored.revision, View::from(kept)))
}

/// Tries, step by step, what using a Kapacitor that is not saved yet would need. Changes nothing there. Streams each finding when asked for
/// as `text/event-stream`.
#[utoipa::path(post, path = "/connections/{connection}/kapacitors/check", tag = "kapacitors", operation_id = "check_draft_kapacitor",
    params(("connection" = String, Path, description = "Id or name")), request_body = ToCheck,
    responses((status = 200, description = "The findings, also when a step failed",
        content((Checked = "application/json"), (String = "text/event-stream")))))]
async fn check_draft_kapacitor(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
    headers: HeaderMap,
    Body(draft): Body<ToCheck>,
) -> Result<Response, ApiError> {
    let ToCheck { replaces, settings, secrets } = draft;
    let connection_id = app.get_connection(organization, &connection).await?.stored.id;
    check::answer(&headers, async move |listener| {
        let (connection, spec, secrets) = (connection_id.to_string(), settings.of(connection_id), secrets.into());
        let mut tell = |finding| listener.tell(finding);
        let heard = app.check_draft_kapacitor(organization, &connection, spec, &secrets, replaces.as_deref(), &mut tell).await?;
        Ok(Outcome::checked(heard))
    })
    .await
}

/// Tries, step by step, what using a Kapacitor needs, and keeps what came of it. Changes nothing there. Streams each finding when asked for
/// as `text/event-stream`.
#[utoipa::path(post, path = "/connections/{connection}/kapacitors/{kapacitor}/check", tag = "kapacitors", operation_id = "check_kapacitor",
    params(("connection" = String, Path, description = "Id or name"), ("kapacitor" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The findings, also when a step failed",
        content((Checked = "application/json"), (String = "text/event-stream")))))]
async fn check_kapacitor(
    State(app): State<App>,
    Scope(organization): Scope,
    Path((connection, reference)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    check::answer(&headers, async move |listener| {
        Ok(Outcome::checked(app.check_kapacitor(organization, &connection, &reference, &mut |finding| listener.tell(finding)).await?))
    })
    .await
}
