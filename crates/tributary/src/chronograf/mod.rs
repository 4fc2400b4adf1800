//! The part of Chronograf's REST API that is about connections, under `/chronograf/v1`, so that scripts written for it go on working: one file
//! per noun of that API, and beside them [`envelope`] (every answer that is no success), [`contact`] (its words for a server that cannot be
//! reached), [`request`] (what handlers take), [`guard`] (who may ask).
//!
//! Chronograf calls a connection a *source*. Its JSON, its checks of bodies and their words are in `foreign::chronograf`; `docs/chronograf.md`
//! lists where Tributary differs and why. Facts: Chronograf 1.11, `server/mux.go`, `server/sources.go`, `server/kapacitors.go`.

mod contact;
mod envelope;
mod guard;
mod kapacitors;
mod organizations;
mod request;
mod root;
mod sources;

use axum::{
    Router,
    body::Body,
    extract::DefaultBodyLimit,
    http::{Method, Request, Response, StatusCode, Uri},
    middleware,
    response::IntoResponse,
    routing::any,
};
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};

use crate::app::App;
use envelope::Error;

/// What stands before every path.
const BASE: &str = "/chronograf/v1";

/// The largest body of a request, in bytes.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Chronograf's API on top of `app`, guards included. It has routes below `/chronograf/v1` only, and no fallback: it can be merged with
/// others.
pub fn router(app: App) -> Router {
    let elsewhere = any(elsewhere);
    Router::new()
        .merge(root::routes())
        .merge(organizations::routes())
        .merge(sources::routes())
        .merge(kapacitors::routes())
        .route("/chronograf/v1/{*rest}", elsewhere)
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            Error::new(StatusCode::METHOD_NOT_ALLOWED, format!("Tributary does not take {method} at {}", uri.path()))
        })
        .with_state(app)
        .layer(CatchPanicLayer::custom(|_| -> Response<Body> { Error::internal().into_response() }))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(guard::same_machine))
        .layer(middleware::from_fn(crate::guard::plain_answers))
        // Neither headers nor bodies: they hold secrets.
        .layer(TraceLayer::new_for_http().make_span_with(
            |request: &Request<Body>| tracing::info_span!("request", method = %request.method(), path = request.uri().path()),
        ))
}

async fn elsewhere(uri: Uri) -> Error {
    let here = "sources, their kapacitors, organizations and me";
    Error::new(StatusCode::NOT_FOUND, format!("Tributary does not have {}; of Chronograf's API it has {here}", uri.path()))
}
