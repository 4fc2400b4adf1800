//! `/api/v1/connections/{connection}/kapacitors/{kapacitor}/endpoints`: alert endpoints, as that Kapacitor keeps them.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::{AlertEndpoint, AlertEndpoints, EndpointChange, EndpointName, EndpointTest, Removed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    request::{Body, Path, Scope},
};
use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_endpoints, add_endpoint))
        .routes(routes!(get_endpoint, change_endpoint, remove_endpoint))
        .routes(routes!(apply_endpoint))
        .routes(routes!(test_endpoint))
}

/// A Kapacitor that is asked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OfKapacitor {
    /// Id or name
    pub(super) connection: String,
    /// Id or name
    pub(super) kapacitor: String,
}

/// An endpoint of a Kapacitor.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OfEndpoint {
    /// Id or name
    connection: String,
    /// Id or name
    kapacitor: String,
    /// Its section, or section and element: `smtp`, `slack:ops`
    #[param(value_type = String, example = "slack:ops")]
    endpoint: EndpointName,
}

/// An endpoint to be, in a section that is a list.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewAlertEndpoint)]
struct New {
    /// Section and element. The element consists of letters, digits, `-`, `_` and `+`: Kapacitor could not change it otherwise.
    #[schema(value_type = String, example = "slack:ops")]
    name: EndpointName,
    /// Values by option. Options that are absent have what Kapacitor begins with.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Value>)]
    options: BTreeMap<String, Value>,
}

/// A change of an endpoint.
#[derive(Deserialize, ToSchema)]
#[schema(as = AlertEndpointChange)]
struct Change {
    /// Values by option: absent keeps, null clears (a text, list or map is empty afterwards).
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Value>)]
    options: BTreeMap<String, Value>,
    /// Options that go back to the value of Kapacitor's file, or to its default.
    #[serde(default)]
    reset: Vec<String>,
}

/// What became of an endpoint that was removed.
#[derive(Serialize, ToSchema)]
#[schema(as = RemovedAlertEndpoint)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum RemovedView {
    /// It is gone.
    Removed,
    /// Kapacitor's file knows it: it has that file's values again.
    Reset {
        /// As it is now.
        endpoint: AlertEndpoint,
    },
}

impl From<Removed> for RemovedView {
    fn from(removed: Removed) -> Self {
        match removed {
            Removed::Gone => Self::Removed,
            Removed::Reset(endpoint) => Self::Reset { endpoint },
        }
    }
}

/// The kinds of alert endpoints that a Kapacitor offers, and every one that it has, with the options whose running value is not the stored
/// one.
#[utoipa::path(get, path = "/connections/{connection}/kapacitors/{kapacitor}/endpoints", tag = "kapacitors", operation_id = "list_endpoints",
    params(OfKapacitor), responses((status = 200, description = "Handlers and endpoints", body = AlertEndpoints)))]
async fn list_endpoints(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(of): Path<OfKapacitor>,
) -> Result<Json<AlertEndpoints>, ApiError> {
    Ok(Json(app.list_endpoints(organization, &of.connection, &of.kapacitor).await?))
}

/// Adds an alert endpoint to a section of which there can be several: a workspace of Slack, an address that is posted to.
#[utoipa::path(post, path = "/connections/{connection}/kapacitors/{kapacitor}/endpoints", tag = "kapacitors", operation_id = "add_endpoint",
    params(OfKapacitor), request_body = New, responses((status = 201, description = "Added", body = AlertEndpoint)))]
async fn add_endpoint(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(of): Path<OfKapacitor>,
    OriginalUri(uri): OriginalUri,
    Body(New { name, options }): Body<New>,
) -> Result<Response, ApiError> {
    let change = EndpointChange { set: options, reset: Vec::new() };
    let added = app.add_endpoint(organization, &of.connection, &of.kapacitor, name, change).await?;
    let place = HeaderValue::try_from(format!("{}/{}", uri.path(), added.name));
    let place = place.unwrap_or_else(|_| HeaderValue::from_static("/api/v1"));
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(added)).into_response())
}

/// One alert endpoint.
#[utoipa::path(get, path = "/connections/{connection}/kapacitors/{kapacitor}/endpoints/{endpoint}", tag = "kapacitors",
    operation_id = "get_endpoint", params(OfEndpoint), responses((status = 200, description = "The endpoint", body = AlertEndpoint)))]
async fn get_endpoint(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(of): Path<OfEndpoint>,
) -> Result<Json<AlertEndpoint>, ApiError> {
    Ok(Json(app.get_endpoint(organization, &of.connection, &of.kapacitor, &of.endpoint).await?))
}

/// Changes options of an alert endpoint. Kapacitor keeps them and uses them at once.
#[utoipa::path(patch, path = "/connections/{connection}/kapacitors/{kapacitor}/endpoints/{endpoint}", tag = "kapacitors",
    operation_id = "change_endpoint", params(OfEndpoint), request_body = Change,
    responses((status = 200, description = "The endpoint as it is now", body = AlertEndpoint)))]
async fn change_endpoint(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(of): Path<OfEndpoint>,
    Body(Change { options, reset }): Body<Change>,
) -> Result<Json<AlertEndpoint>, ApiError> {
    let change = EndpointChange { set: options, reset };
    Ok(Json(app.change_endpoint(organization, &of.connection, &of.kapacitor, of.endpoint, change).await?))
}

/// Removes an alert endpoint that was added. One that Kapacitor's file knows has that file's values again.
#[utoipa::path(delete, path = "/connections/{connection}/kapacitors/{kapacitor}/endpoints/{endpoint}", tag = "kapacitors",
    operation_id = "remove_endpoint", params(OfEndpoint), responses((status = 200, description = "What became of it", body = RemovedView)))]
async fn remove_endpoint(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(of): Path<OfEndpoint>,
) -> Result<Json<RemovedView>, ApiError> {
    Ok(Json(app.remove_endpoint(organization, &of.connection, &of.kapacitor, of.endpoint).await?.into()))
}

/// Makes the running service what Kapacitor has stored of an alert endpoint, which can be something else. What is stored stays as it is.
#[utoipa::path(post, path = "/connections/{connection}/kapacitors/{kapacitor}/endpoints/{endpoint}/apply", tag = "kapacitors",
    operation_id = "apply_endpoint", params(OfEndpoint),
    responses((status = 200, description = "The endpoint as it is now", body = AlertEndpoint)))]
async fn apply_endpoint(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(of): Path<OfEndpoint>,
) -> Result<Json<AlertEndpoint>, ApiError> {
    Ok(Json(app.apply_endpoint(organization, &of.connection, &of.kapacitor, of.endpoint).await?))
}

/// Lets Kapacitor send a message by an alert endpoint as it runs. It really sends. What a success proves differs by handler and is part of
/// the answer. Tests are limited as checks are.
#[utoipa::path(post, path = "/connections/{connection}/kapacitors/{kapacitor}/endpoints/{endpoint}/test", tag = "kapacitors",
    operation_id = "test_endpoint", params(OfEndpoint),
    responses((status = 200, description = "What came of it, also when it failed", body = EndpointTest)))]
async fn test_endpoint(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(of): Path<OfEndpoint>,
) -> Result<Json<EndpointTest>, ApiError> {
    Ok(Json(app.test_endpoint(organization, &of.connection, &of.kapacitor, &of.endpoint).await?))
}
