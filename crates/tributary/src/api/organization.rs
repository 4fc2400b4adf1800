//! `/api/v1/organizations`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use model::{Name, Organization};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{envelope::ApiError, noun::List};
use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_organizations))
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
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<Organization> for View {
    fn from(organization: Organization) -> Self {
        let Organization { id, name, created_at, updated_at, .. } = organization;
        Self { id: id.to_string(), name, created_at, updated_at }
    }
}

/// Every organization, by name.
#[utoipa::path(get, path = "/organizations", tag = "organizations", operation_id = "list_organizations",
    responses((status = 200, description = "The organizations", body = List<View>)))]
async fn list_organizations(State(app): State<App>) -> Result<Json<List<View>>, ApiError> {
    let items = app.list_organizations().await?.into_iter().map(View::from).collect();
    Ok(Json(List { items }))
}
