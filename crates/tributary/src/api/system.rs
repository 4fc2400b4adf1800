//! `/health`, `/ready`, `/version` and the API's own description.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::{ToSchema, openapi::OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::envelope::ApiError;
use crate::app::App;

/// Beside the API, for those who watch over the server.
pub(super) fn watch_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_health)).routes(routes!(get_ready)).routes(routes!(get_version))
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_openapi))
}

/// A word about the server's state.
#[derive(Serialize, ToSchema)]
struct ServerState {
    /// `ok`.
    status: &'static str,
}

/// What runs here.
#[derive(Serialize, ToSchema)]
struct Version {
    /// `tributary`.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// The engines that it was built with: `sqlite`, `postgres`, `mysql`, with their features also `adbc`, `odbc`.
    engines: Vec<&'static str>,
}

/// Whether the process answers at all.
#[utoipa::path(get, path = "/health", tag = "system", operation_id = "get_health",
    responses((status = 200, description = "It does", body = ServerState)))]
async fn get_health() -> Json<ServerState> {
    Json(ServerState { status: "ok" })
}

/// Whether the server can do its work: its store answers.
#[utoipa::path(get, path = "/ready", tag = "system", operation_id = "get_ready",
    responses((status = 200, description = "It can", body = ServerState)))]
async fn get_ready(State(app): State<App>) -> Result<Json<ServerState>, ApiError> {
    app.organization(None).await?;
    Ok(Json(ServerState { status: "ok" }))
}

/// What runs here.
#[utoipa::path(get, path = "/version", tag = "system", operation_id = "get_version",
    responses((status = 200, description = "The version", body = Version)))]
async fn get_version() -> Json<Version> {
    let engines = sql::engines().iter().map(|engine| engine.kind).collect();
    Json(Version { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), engines })
}

/// The description of this API, in OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "system", operation_id = "get_openapi",
    responses((status = 200, description = "The description", body = Object)))]
async fn get_openapi() -> Json<&'static OpenApi> {
    Json(super::described_with_patches())
}
