//! `/chronograf/v1`, `/me` and `/ping`.

use axum::{Json, Router, http::StatusCode, routing::get};
use serde::Serialize;

use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/chronograf/v1", get(get_root))
        .route("/chronograf/v1/", get(get_root))
        .route("/chronograf/v1/me", get(get_me))
        .route("/chronograf/v1/ping", get(async || StatusCode::OK))
}

/// Where everything is (`getRoutesResponse`): of Chronograf's links those that lead somewhere here.
#[derive(Serialize)]
struct Root {
    organizations: &'static str,
    sources: &'static str,
    me: &'static str,
    /// Ways to log in; there are none.
    auth: [(); 0],
    external: External,
}

/// Links that an administrator adds; there are none.
#[derive(Serialize)]
struct External {}

/// Whoever asks, as Chronograf without logins shows them.
#[derive(Serialize)]
struct Me {
    links: SelfLink,
}

/// Where the object itself is.
#[derive(Serialize)]
pub(super) struct SelfLink {
    #[serde(rename = "self")]
    pub(super) itself: String,
}

async fn get_root() -> Json<Root> {
    Json(Root {
        organizations: "/chronograf/v1/organizations",
        sources: "/chronograf/v1/sources",
        me: "/chronograf/v1/me",
        auth: [],
        external: External {},
    })
}

async fn get_me() -> Json<Me> {
    Json(Me { links: SelfLink { itself: "/chronograf/v1/me".to_owned() } })
}
