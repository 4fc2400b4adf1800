//! What became of the checks of connections: `/api/v1/connections/{connection}/checks`, and of many at once `/api/v1/check-outcomes`.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use model::{CheckOutcome, Connection, Id};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    noun::List,
    request::{Params, Path, Scope},
};
use crate::app::{App, Checked};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_checks)).routes(routes!(list_check_outcomes))
}

/// How many.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Latest {
    /// Most outcomes, 1 to 90: more are not kept.
    #[serde(default = "all")]
    #[param(required = false)]
    limit: u32,
}

const fn all() -> u32 {
    CheckOutcome::KEPT
}

/// What became of the checks of one connection.
#[derive(Serialize, ToSchema)]
struct ConnectionChecks {
    /// Which connection.
    #[schema(value_type = String, format = Uuid)]
    connection_id: String,
    /// Newest first; empty when it was never checked or is not there.
    checks: Vec<CheckOutcome>,
}

impl From<Checked> for ConnectionChecks {
    fn from(Checked { connection, outcomes }: Checked) -> Self {
        Self { connection_id: connection.to_string(), checks: outcomes }
    }
}

/// What became of the checks of a connection, newest first: the latest 90 are kept, whoever asked for them, also when it is reached
/// differently since. A check of what is not saved is not among them.
#[utoipa::path(get, path = "/connections/{connection}/checks", tag = "connections", operation_id = "list_checks",
    params(("connection" = String, Path, description = "Id or name"), Latest),
    responses((status = 200, description = "The outcomes", body = List<CheckOutcome>)))]
async fn list_checks(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Params(latest): Params<Latest>,
) -> Result<Json<List<CheckOutcome>>, ApiError> {
    Ok(Json(List { items: app.list_checks(organization, &reference, latest.limit).await? }))
}

/// The same of up to 100 connections at once, in the order in which they are named: what the rows of a list need that can be seen.
#[utoipa::path(get, path = "/check-outcomes", tag = "connections", operation_id = "list_check_outcomes",
    params(("connection" = Vec<String>, Query, description = "Ids, the parameter once for each: `connection=…&connection=…`"), Latest),
    responses((status = 200, description = "The outcomes", body = List<ConnectionChecks>)))]
async fn list_check_outcomes(
    State(app): State<App>,
    Scope(organization): Scope,
    RawQuery(query): RawQuery,
) -> Result<Json<List<ConnectionChecks>>, ApiError> {
    let (connections, limit) = asked(query.as_deref().unwrap_or_default())?;
    let found = app.list_check_outcomes(organization, connections, limit).await?;
    Ok(Json(List { items: found.into_iter().map(ConnectionChecks::from).collect() }))
}

/// The connections and the limit that a query string names.
fn asked(query: &str) -> Result<(Vec<Id<Connection>>, u32), ApiError> {
    let (mut connections, mut limit) = (Vec::new(), all());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let wrong = |what: &str| ApiError::malformed(what, "the API's description lists the parameters of each request");
        match &*name {
            "connection" => connections.push(value.parse().map_err(|_| wrong("`connection` is not an id"))?),
            "limit" => limit = value.parse().map_err(|_| wrong("`limit` is not a number"))?,
            _ => return Err(wrong("the request has a parameter that is not known here")),
        }
    }
    Ok((connections, limit))
}
