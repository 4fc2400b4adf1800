//! `/api/v1/holds`, `/api/v1/connections/{connection}/try-now`, `/api/v1/spool`: what waits, and why.

use axum::{Json, extract::State};
use model::{Hold, Name};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    noun::List,
    request::{Path, Scope},
};
use crate::app::{App, Held};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_holds)).routes(routes!(try_connection)).routes(routes!(get_spool))
}

/// A connection on hold, and what waits for it.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectionOnHold)]
struct HeldView {
    #[serde(flatten)]
    hold: Hold,
    /// The connection's name.
    connection_name: Name,
    /// How many runs wait for it.
    runs_waiting: u64,
    /// Bytes of lines that are frozen for it, as they are kept.
    frozen_bytes: u64,
}

impl From<Held> for HeldView {
    fn from(Held { hold, connection, waiting, frozen_bytes }: Held) -> Self {
        Self { hold, connection_name: connection, runs_waiting: waiting, frozen_bytes }
    }
}

/// What became of a wish to try a connection.
#[derive(Serialize, ToSchema)]
struct Tried {
    /// The hold, whose oldest run is let through now; null when the connection is not on hold: nothing waits for it.
    hold: Option<Hold>,
}

/// The room for lines that are frozen.
#[derive(Serialize, ToSchema)]
struct Spool {
    /// Bytes that the organization's frozen lines take.
    bytes: u64,
    /// Bytes that those of every organization take.
    all_bytes: u64,
    /// Most of them: what `serve --spool-max-bytes` says.
    limit_bytes: u64,
    /// Runs of the organization of which lines are frozen.
    runs: u64,
}

/// Connections that do not take points for now, those that are on hold the longest first. Nothing that is meant for them is lost: it waits.
#[utoipa::path(get, path = "/holds", tag = "connections", operation_id = "list_holds",
    responses((status = 200, description = "The connections on hold", body = List<HeldView>)))]
async fn list_holds(State(app): State<App>, Scope(organization): Scope) -> Result<Json<List<HeldView>>, ApiError> {
    Ok(Json(List { items: app.list_holds(organization).await?.into_iter().map(HeldView::from).collect() }))
}

/// Lets the oldest run through to a connection on hold now, instead of at the next probe. If it writes a point all others follow.
#[utoipa::path(post, path = "/connections/{connection}/try-now", tag = "connections", operation_id = "try_connection",
    params(("connection" = String, Path, description = "Id or name")), responses((status = 200, description = "What was on hold", body = Tried)))]
async fn try_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
) -> Result<Json<Tried>, ApiError> {
    Ok(Json(Tried { hold: app.try_connection_now(organization, &reference).await? }))
}

/// How much is frozen: lines of snapshot series that wait for their connection.
#[utoipa::path(get, path = "/spool", tag = "connections", operation_id = "get_spool",
    responses((status = 200, description = "How much, and how much there may be", body = Spool)))]
async fn get_spool(State(app): State<App>, Scope(organization): Scope) -> Result<Json<Spool>, ApiError> {
    let size = app.spool_size(organization).await?;
    Ok(Json(Spool { bytes: size.bytes, all_bytes: size.all_bytes, limit_bytes: size.limit_bytes, runs: size.runs }))
}
