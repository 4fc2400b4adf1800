//! The REST API `/api/v1`, one file per noun; what is common to all requests stands beside them: [`request`] (what handlers take),
//! [`shape`] (what a body may be), [`envelope`] (every answer that is no success), [`guard`] (who may ask).
//!
//! Wire types live beside their handler. One that goes out has no field for a secret.
//!
//! Adding a noun: copy `query.rs`, add its routes to [`described`]'s list and, if it can be patched, its name to `PATCHED`.

mod audit;
mod backfill;
mod check;
mod check_outcome;
mod connection;
mod cursor;
mod database;
mod endpoint;
mod envelope;
mod events;
mod explore;
mod files;
mod group;
mod guard;
mod hold;
mod kapacitor;
mod noun;
mod organization;
mod query;
mod reject;
mod request;
mod run;
mod series;
mod shape;
mod standing;
mod system;
mod table;
mod task;
mod verdict;

use std::sync::LazyLock;

use axum::{
    Router,
    body::Body,
    extract::DefaultBodyLimit,
    http::{Request, Response, StatusCode},
    middleware,
    response::IntoResponse,
    routing::any,
};
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};
use utoipa::{
    OpenApi as _,
    openapi::{
        OpenApi, Ref, RefOr, Required,
        content::ContentBuilder,
        path::{Operation, ParameterBuilder, ParameterIn},
        response::ResponseBuilder,
        schema::{ObjectBuilder, Schema, Type},
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use envelope::{ApiError, ErrorEnvelope};
use shape::Shapes;

/// The largest body of a request, in bytes.
const MAX_BODY_BYTES: usize = 1 << 20;

/// What can be patched: the schema that creates it, and the name of the schema of its patch.
const PATCHED: [(&str, &str); 6] = [
    ("NewConnection", "ConnectionPatch"),
    ("NewKapacitor", "KapacitorPatch"),
    ("NewDatabase", "DatabasePatch"),
    ("NewQuery", "QueryPatch"),
    ("NewSeries", "SeriesPatch"),
    ("NewGroup", "GroupPatch"),
];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Tributary", description = "Feeds InfluxDB from SQL databases at regular intervals."),
    components(schemas(ErrorEnvelope)),
    tags(
        (name = "organizations", description = "Own everything else."),
        (name = "connections", description = "How to reach one InfluxDB, or a folder of line-protocol files."),
        (name = "explore", description = "What is on a connection's InfluxDB, and questions that only read."),
        (name = "kapacitors", description = "Kapacitor servers, each attached to a connection."),
        (name = "files", description = "Files that define connections, Kapacitors and organizations."),
        (name = "databases", description = "SQL databases that are read."),
        (name = "queries", description = "Saved SQL with typed placeholders."),
        (name = "series", description = "A query, where its rows go, and in which mode."),
        (name = "groups", description = "A schedule and the series that run on it."),
        (name = "runs", description = "What happened."),
        (name = "backfills", description = "A range of a series' past, read once more, chunk by chunk."),
        (name = "audits", description = "The points that a series' rows make, compared with those in InfluxDB."),
        (name = "rejects", description = "Rows and lines that could not be written, over all runs."),
        (name = "system", description = "The server itself.")
    )
)]
struct Head;

/// The whole API on top of `app`, guards included. It has no fallback: it can be merged with others.
pub fn router(app: App) -> Router {
    let (routes, _) = routes().split_for_parts();
    routes
        .route("/api", any(elsewhere))
        .route("/api/{*rest}", any(elsewhere))
        .method_not_allowed_fallback(async || {
            let advice = "GET /api/v1/openapi.json lists the methods of every path";
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this path does not take this method", advice)
        })
        .with_state(app)
        .layer(CatchPanicLayer::custom(|_| -> Response<Body> { ApiError::internal().into_response() }))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(guard::same_machine))
        .layer(middleware::from_fn(crate::guard::plain_answers))
        // Neither headers nor bodies: they hold secrets.
        .layer(TraceLayer::new_for_http().make_span_with(
            |request: &Request<Body>| tracing::info_span!("request", method = %request.method(), path = request.uri().path()),
        ))
}

async fn elsewhere() -> ApiError {
    let advice = "GET /api/v1/openapi.json lists every path";
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path", advice)
}

/// The description of the API, in OpenAPI 3.1: what `/api/v1/openapi.json` answers and `docs/openapi.json` holds.
pub fn openapi() -> OpenApi {
    described_with_patches().clone()
}

/// The same as text: what `docs/openapi.json` holds.
pub fn openapi_text() -> String {
    let mut text = described_with_patches().to_pretty_json().expect("a description is JSON");
    text.push('\n');
    text
}

fn routes() -> OpenApiRouter<App> {
    let nouns = OpenApiRouter::new()
        .merge(organization::routes())
        .merge(files::routes())
        .merge(connection::routes())
        .merge(check_outcome::routes())
        .merge(explore::routes())
        .merge(kapacitor::routes())
        .merge(endpoint::routes())
        .merge(task::routes())
        .merge(database::routes())
        .merge(query::routes())
        .merge(series::routes())
        .merge(cursor::routes())
        .merge(hold::routes())
        .merge(reject::routes())
        .merge(group::routes())
        .merge(run::routes())
        .merge(backfill::routes())
        .merge(audit::routes())
        .merge(events::routes())
        .merge(system::routes());
    OpenApiRouter::with_openapi(Head::openapi()).merge(system::watch_routes()).nest("/api/v1", nouns)
}

/// The description without the schemas of patches: what bodies are compared with.
fn described() -> OpenApi {
    routes().split_for_parts().1
}

fn described_with_patches() -> &'static OpenApi {
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| {
        let mut document = described();
        let components = document.components.get_or_insert_default();
        for (creates, patches) in PATCHED {
            let schema: Schema = serde_json::from_value(Shapes::published().of_patch(creates)).expect("a patch's schema is a schema");
            components.schemas.insert(patches.to_owned(), RefOr::T(schema));
        }
        for (path, item) in &mut document.paths.paths {
            let is_of_organization = path.starts_with("/api/v1");
            for operation in [&mut item.get, &mut item.post, &mut item.put].into_iter().filter_map(Option::as_mut) {
                add_what_all_have(operation, is_of_organization);
            }
            // What Kapacitor keeps has no revision.
            let has_revision = !path.contains("/endpoints/");
            for operation in [&mut item.patch, &mut item.delete].into_iter().filter_map(Option::as_mut) {
                add_what_all_have(operation, is_of_organization);
                if has_revision {
                    let description = "The ETag of an earlier answer: refused with 412 when the object was changed since.";
                    add_header(operation, "If-Match", description);
                }
            }
        }
        document
    });
    &DOCUMENT
}

/// The error envelope, and the header that names the organization.
fn add_what_all_have(operation: &mut Operation, is_of_organization: bool) {
    let envelope = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorEnvelope"))).build();
    let refused = ResponseBuilder::new().description("What went wrong, and what to do about it").content("application/json", envelope);
    operation.responses.responses.insert("default".to_owned(), RefOr::T(refused.build()));
    if is_of_organization {
        add_header(operation, "Tributary-Organization", "The organization, by id or name; `default` when absent.");
    }
}

fn add_header(operation: &mut Operation, name: &str, description: &str) {
    let header = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    operation.parameters.get_or_insert_default().push(RefOr::T(header.build()));
}
