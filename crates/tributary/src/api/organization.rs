//! `/api/v1/organizations`

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use model::{Name, Organization};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    noun::List,
    request::{Body, Path},
};
use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_organizations, create_organization)).routes(routes!(get_organization))
}

/// An organization: owns everything else.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
struct View {
    /// Stable for ever.
    #[schema(value_type = String, format = Uuid)]
    id: String,
    /// Unique.
    name: Name,
    /// The id that another system knows it by, if one does. Unique.
    alias: Option<String>,
    /// Who defines it: `file:shop.org`, or null for people.
    origin: Option<String>,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<Organization> for View {
    fn from(organization: Organization) -> Self {
        let Organization { id, name, alias, origin, created_at, updated_at } = organization;
        Self { id: id.to_string(), name, alias, origin: origin.as_text(), created_at, updated_at }
    }
}

/// An organization to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewOrganization)]
struct New {
    /// Unique.
    name: Name,
    /// The id that another system knows it by: what files and Chronograf's API name it by. Unique.
    #[serde(default)]
    alias: Option<String>,
}

/// Every organization, by name.
#[utoipa::path(get, path = "/organizations", tag = "organizations", operation_id = "list_organizations",
    responses((status = 200, description = "The organizations", body = List<View>)))]
async fn list_organizations(State(app): State<App>) -> Result<Json<List<View>>, ApiError> {
    let items = app.list_organizations().await?.into_iter().map(View::from).collect();
    Ok(Json(List { items }))
}

/// Saves a new organization.
#[utoipa::path(post, path = "/organizations", tag = "organizations", operation_id = "create_organization", request_body = New,
    responses((status = 201, description = "Saved", body = View)))]
async fn create_organization(State(app): State<App>, Body(new): Body<New>) -> Result<Response, ApiError> {
    let organization = app.create_organization(&new.name, new.alias.as_deref()).await?;
    let place = HeaderValue::try_from(format!("/api/v1/organizations/{}", organization.id));
    let place = place.unwrap_or_else(|_| HeaderValue::from_static("/api/v1"));
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(View::from(organization))).into_response())
}

/// One organization.
#[utoipa::path(get, path = "/organizations/{organization}", tag = "organizations", operation_id = "get_organization",
    params(("organization" = String, Path, description = "Id, name or alias")),
    responses((status = 200, description = "The organization", body = View)))]
async fn get_organization(State(app): State<App>, Path(reference): Path<String>) -> Result<Json<View>, ApiError> {
    Ok(Json(app.get_organization(&reference).await?.into()))
}
