//! `/api/v1/connections/{connection}/kapacitors/{kapacitor}/tasks` and `…/statistics`: what runs inside a Kapacitor. Read only.

use axum::{Json, extract::State};
use model::{KapacitorStatistics, Task, explore::Listed};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    endpoint::OfKapacitor,
    envelope::ApiError,
    request::{Params, Path, Scope},
};
use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_tasks)).routes(routes!(get_statistics))
}

/// Which tasks are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only ids with this text in them, whatever its case.
    search: Option<String>,
}

/// The tasks of a Kapacitor.
#[derive(Serialize, ToSchema)]
#[schema(as = TaskList)]
struct TasksView {
    /// By id.
    items: Vec<Task>,
    /// Whether there are more.
    truncated: bool,
}

impl From<Listed<Task>> for TasksView {
    fn from(Listed { items, truncated }: Listed<Task>) -> Self {
        Self { items, truncated }
    }
}

/// The tasks of a Kapacitor.
#[utoipa::path(get, path = "/connections/{connection}/kapacitors/{kapacitor}/tasks", tag = "kapacitors", operation_id = "list_tasks",
    params(OfKapacitor, Which), responses((status = 200, description = "The tasks", body = TasksView)))]
async fn list_tasks(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(of): Path<OfKapacitor>,
    Params(which): Params<Which>,
) -> Result<Json<TasksView>, ApiError> {
    Ok(Json(app.list_tasks(organization, &of.connection, &of.kapacitor, which.search.as_deref()).await?.into()))
}

/// How a Kapacitor is, by its own word: version, uptime, tasks, points.
#[utoipa::path(get, path = "/connections/{connection}/kapacitors/{kapacitor}/statistics", tag = "kapacitors",
    operation_id = "get_statistics", params(OfKapacitor),
    responses((status = 200, description = "What it says", body = KapacitorStatistics)))]
async fn get_statistics(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(of): Path<OfKapacitor>,
) -> Result<Json<KapacitorStatistics>, ApiError> {
    Ok(Json(app.kapacitor_statistics(organization, &of.connection, &of.kapacitor).await?))
}
