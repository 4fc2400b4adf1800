//! `/chronograf/v1/organizations`: they can be read here. Chronograf without logins cannot create one either.

use axum::{
    Json, Router,
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    routing::get,
};
use model::{Id, Organization};
use serde::Serialize;

use super::{BASE, envelope::Error, root::SelfLink};
use crate::app::{App, Refusal};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/chronograf/v1/organizations", get(list_organizations))
        .route("/chronograf/v1/organizations/{oid}", get(get_organization))
}

/// The id of the organization that everything is in that names none.
const DEFAULT: &str = "default";

#[derive(Serialize)]
struct List {
    links: SelfLink,
    organizations: Vec<View>,
}

#[derive(Serialize)]
struct View {
    links: SelfLink,
    id: String,
    name: String,
    /// Chronograf's own default: Tributary has no roles.
    #[serde(rename = "defaultRole")]
    default_role: &'static str,
}

impl View {
    fn of(organization: &Organization) -> Self {
        let id = id_of(organization);
        Self {
            links: SelfLink { itself: format!("{BASE}/organizations/{id}") },
            id,
            name: organization.name.to_string(),
            default_role: "member",
        }
    }
}

/// Every organization, `default` first.
pub(super) struct Organizations(Vec<Organization>);

impl Organizations {
    pub(super) async fn of(app: &App) -> Result<Self, Refusal> {
        let mut list = app.list_organizations().await?;
        list.sort_by_key(|organization| organization.id != Organization::DEFAULT);
        Ok(Self(list))
    }

    /// What Chronograf's API calls it.
    pub(super) fn id_of(&self, id: Id<Organization>) -> String {
        self.0.iter().find(|organization| organization.id == id).map_or_else(|| id.to_string(), id_of)
    }

    /// The organization that a body asks for, by the id that is shown here or by name; `default` when it asks for none.
    pub(super) fn asked_for(&self, reference: Option<&str>) -> Result<Id<Organization>, Error> {
        let reference = reference.unwrap_or(DEFAULT);
        let found = self.find(reference).ok_or_else(|| {
            Error::invalid(format!("organization not found: {reference}; create it first, or leave it out for the organization {DEFAULT}"))
        })?;
        Ok(found.id)
    }

    fn find(&self, reference: &str) -> Option<&Organization> {
        let by_id = self.0.iter().find(|organization| id_of(organization) == reference);
        by_id.or_else(|| self.0.iter().find(|organization| organization.name.as_str() == reference))
    }
}

fn id_of(organization: &Organization) -> String {
    if organization.id == Organization::DEFAULT {
        return DEFAULT.to_owned();
    }
    organization.alias.clone().unwrap_or_else(|| organization.id.to_string())
}

async fn list_organizations(State(app): State<App>) -> Result<Json<List>, Error> {
    let organizations = Organizations::of(&app).await?.0.iter().map(View::of).collect();
    Ok(Json(List { links: SelfLink { itself: format!("{BASE}/organizations") }, organizations }))
}

/// An unknown one is 400, as Chronograf has it.
async fn get_organization(State(app): State<App>, reference: Result<Path<String>, PathRejection>) -> Result<Json<View>, Error> {
    let organizations = Organizations::of(&app).await?;
    let found = reference.ok().and_then(|Path(reference)| organizations.find(&reference));
    found.map(|organization| Json(View::of(organization))).ok_or_else(|| Error::new(StatusCode::BAD_REQUEST, "organization not found"))
}
