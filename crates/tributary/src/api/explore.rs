//! `/api/v1/connections/{connection}/explore`: what is on an InfluxDB, and questions that only read.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use model::explore::{
    Aggregate, Field, Frame, FrameColumn, Frames, Language, Listed, Place, Question, Selection, TagFilter, TimeRange, Where,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    request::{Body, Params, Path, Scope},
    table,
};
use crate::app::{App, Built, Places};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_places))
        .routes(routes!(list_measurements))
        .routes(routes!(list_tags))
        .routes(routes!(list_tag_values))
        .routes(routes!(list_fields))
        .routes(routes!(query_connection))
        .routes(routes!(build_question))
}

/// The places of a connection.
#[derive(Serialize, ToSchema)]
#[schema(as = Places)]
struct PlacesView {
    /// Databases or buckets: the connection's own first, the server's own last.
    items: Vec<Place>,
    /// Whether there are more than 1,000.
    truncated: bool,
    /// What the connection can be asked in; the first is what is meant when a question names none.
    languages: Vec<Language>,
}

/// Names or values.
#[derive(Serialize, ToSchema)]
#[schema(as = NameList)]
struct NamesView {
    /// The first 1,000 of them.
    items: Vec<String>,
    /// Whether there are more.
    truncated: bool,
}

/// The fields of a measurement.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldList)]
struct FieldsView {
    /// The first 1,000 of them.
    items: Vec<Field>,
    /// Whether there are more.
    truncated: bool,
}

impl From<Places> for PlacesView {
    fn from(Places { list, languages }: Places) -> Self {
        Self { items: list.items, truncated: list.truncated, languages }
    }
}

impl From<Listed<String>> for NamesView {
    fn from(Listed { items, truncated }: Listed<String>) -> Self {
        Self { items, truncated }
    }
}

impl From<Listed<Field>> for FieldsView {
    fn from(Listed { items, truncated }: Listed<Field>) -> Self {
        Self { items, truncated }
    }
}

/// Where measurements are looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfPlace {
    /// The database or bucket; the connection's own when absent.
    place: Option<String>,
    /// Only names with this text in them, whatever its case.
    search: Option<String>,
}

/// Where tags and fields are looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfMeasurement {
    /// The database or bucket; the connection's own when absent.
    place: Option<String>,
    /// The measurement.
    measurement: String,
}

/// Where values of a tag are looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfTag {
    /// The database or bucket; the connection's own when absent.
    place: Option<String>,
    /// The measurement.
    measurement: String,
    /// The tag's key.
    tag: String,
    /// Only values with this text in them, whatever its case.
    search: Option<String>,
}

fn at(place: Option<String>) -> Where {
    Where { place, retention_policy: None }
}

/// A question that only reads.
#[derive(Deserialize, ToSchema)]
#[schema(as = Question)]
struct ToAsk {
    /// The database or bucket; the connection's own when absent. A Flux text names its own.
    #[serde(default)]
    place: Option<String>,
    /// InfluxDB 1: the retention policy that names without one are looked for in. When absent, the connection's own in its own database,
    /// else the server's default.
    #[serde(default)]
    retention_policy: Option<String>,
    /// Its language; the first of the connection's languages when absent.
    #[serde(default)]
    language: Option<Language>,
    /// The text, at most 20,000 bytes. In InfluxQL and SQL, `:from`, `:to` and `:interval` stand for the range and for an interval that
    /// fits it; in Flux, `v.timeRangeStart`, `v.timeRangeStop` and `v.windowPeriod` do.
    text: String,
    /// What `:from` and `:to` stand for.
    #[serde(default)]
    range: Option<TimeRange>,
    /// How many points of one series `:interval` aims at, 1 to 10,000.
    #[serde(default = "default_points")]
    max_points: u32,
}

const fn default_points() -> u32 {
    1000
}

impl From<ToAsk> for Question {
    fn from(asked: ToAsk) -> Self {
        let ToAsk { place, retention_policy, language, text, range, max_points } = asked;
        Self { at: Where { place, retention_policy }, language, text, range, max_points }
    }
}

/// What answered a question. It ends at 100,000 values, and at 10 MiB as the server sends it.
#[derive(Serialize, ToSchema)]
#[schema(as = QuestionAnswer)]
struct AnswerView {
    /// The columns of all series, each name and type once, in order.
    columns: Vec<FrameColumn>,
    /// The series, in the server's order. An answer to SQL is one series.
    series: Vec<Frame>,
    /// How many rows there are in all series.
    rows: usize,
    /// Whether rows were left out.
    truncated: bool,
    /// From sending the question to the last byte of the answer.
    took_ms: u64,
    /// What the server or Tributary remarks, each in one line.
    warnings: Vec<String>,
}

impl From<Frames> for AnswerView {
    fn from(frames: Frames) -> Self {
        let mut columns: Vec<FrameColumn> = Vec::new();
        for column in frames.series.iter().flat_map(|frame| &frame.columns) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        let rows = frames.rows();
        let Frames { series, truncated, warnings, took_ms } = frames;
        Self { columns, series, rows, truncated, took_ms, warnings }
    }
}

/// What was clicked together.
#[derive(Deserialize, ToSchema)]
#[schema(as = Selection)]
struct ToBuild {
    /// The database or bucket; the connection's own when absent.
    #[serde(default)]
    place: Option<String>,
    /// InfluxDB 1: the retention policy, which the text then names.
    #[serde(default)]
    retention_policy: Option<String>,
    /// The language; the first of the connection's languages when absent.
    #[serde(default)]
    language: Option<Language>,
    /// The measurement.
    measurement: String,
    /// Its fields; all of them when empty (SQL must be told which when it aggregates).
    #[serde(default)]
    fields: Vec<String>,
    /// Which points: all of these must hold.
    #[serde(default)]
    filters: Vec<TagFilter>,
    /// Tags that keep series apart when points are aggregated.
    #[serde(default)]
    group_by: Vec<String>,
    /// What is made of the points of each window; the points as they are when absent.
    #[serde(default)]
    aggregate: Option<Aggregate>,
    /// The length of a window: a number and one of `ms`, `s`, `m`, `h`, `d` and `w`. `:interval` when absent.
    #[serde(default)]
    window: Option<String>,
    /// Times to write into the text; `:from` and `:to` when absent.
    #[serde(default)]
    range: Option<TimeRange>,
}

impl From<ToBuild> for Selection {
    fn from(clicked: ToBuild) -> Self {
        let ToBuild { place, retention_policy, language, measurement, fields, filters, group_by, aggregate, window, range } = clicked;
        Self { at: Where { place, retention_policy }, language, measurement, fields, filters, group_by, aggregate, window, range }
    }
}

/// A question that was made from a selection.
#[derive(Serialize, ToSchema)]
#[schema(as = BuiltQuestion)]
struct BuiltView {
    /// Its text, to be asked as it is or to go on with.
    text: String,
    /// Its language.
    language: Language,
}

/// The databases or buckets that the connection's login may see.
#[utoipa::path(get, path = "/connections/{connection}/explore/places", tag = "explore", operation_id = "list_places",
    params(("connection" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The places", body = PlacesView)))]
async fn list_places(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
) -> Result<Json<PlacesView>, ApiError> {
    Ok(Json(app.list_places(organization, &connection).await?.into()))
}

/// The measurements of a place.
#[utoipa::path(get, path = "/connections/{connection}/explore/measurements", tag = "explore", operation_id = "list_measurements",
    params(("connection" = String, Path, description = "Id or name"), OfPlace),
    responses((status = 200, description = "Their names", body = NamesView)))]
async fn list_measurements(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
    Params(of): Params<OfPlace>,
) -> Result<Json<NamesView>, ApiError> {
    Ok(Json(app.list_measurements(organization, &connection, &at(of.place), of.search.as_deref()).await?.into()))
}

/// The keys of a measurement's tags.
#[utoipa::path(get, path = "/connections/{connection}/explore/tags", tag = "explore", operation_id = "list_tags",
    params(("connection" = String, Path, description = "Id or name"), OfMeasurement),
    responses((status = 200, description = "Their keys", body = NamesView)))]
async fn list_tags(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
    Params(of): Params<OfMeasurement>,
) -> Result<Json<NamesView>, ApiError> {
    Ok(Json(app.list_tags(organization, &connection, &at(of.place), &of.measurement).await?.into()))
}

/// The values of a measurement's tag. InfluxDB 3 is asked for those of the last three days.
#[utoipa::path(get, path = "/connections/{connection}/explore/tag-values", tag = "explore", operation_id = "list_tag_values",
    params(("connection" = String, Path, description = "Id or name"), OfTag),
    responses((status = 200, description = "The values", body = NamesView)))]
async fn list_tag_values(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
    Params(of): Params<OfTag>,
) -> Result<Json<NamesView>, ApiError> {
    let wanted = (of.measurement.as_str(), of.tag.as_str());
    Ok(Json(app.list_tag_values(organization, &connection, &at(of.place), wanted, of.search.as_deref()).await?.into()))
}

/// A measurement's fields and their types. InfluxDB 2 tells the types of those that were written in the last 30 days.
#[utoipa::path(get, path = "/connections/{connection}/explore/fields", tag = "explore", operation_id = "list_fields",
    params(("connection" = String, Path, description = "Id or name"), OfMeasurement),
    responses((status = 200, description = "The fields", body = FieldsView)))]
async fn list_fields(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
    Params(of): Params<OfMeasurement>,
) -> Result<Json<FieldsView>, ApiError> {
    Ok(Json(app.list_fields(organization, &connection, &at(of.place), &of.measurement).await?.into()))
}

/// Asks a question that only reads, within 30 s and within the connection's own time limit. Asked for as `text/csv`, the answer is one
/// table to download.
#[utoipa::path(post, path = "/connections/{connection}/explore/query", tag = "explore", operation_id = "query_connection", request_body = ToAsk,
    params(("connection" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The answer", content((AnswerView = "application/json"), (String = "text/csv")))))]
async fn query_connection(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
    headers: HeaderMap,
    Body(asked): Body<ToAsk>,
) -> Result<Response, ApiError> {
    let frames = app.ask(organization, &connection, &asked.into()).await?;
    if !table::is_wanted(&headers) {
        return Ok(Json(AnswerView::from(frames)).into_response());
    }
    let fixed = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"explore.csv\"")),
        (table::TRUNCATED, HeaderValue::from_static(if frames.truncated { "true" } else { "false" })),
    ];
    Ok((fixed, table::csv(&frames).ok_or_else(ApiError::internal)?).into_response())
}

/// Writes a selection as a question in the connection's language, every name and value quoted. Nobody is contacted.
#[utoipa::path(post, path = "/connections/{connection}/explore/build", tag = "explore", operation_id = "build_question", request_body = ToBuild,
    params(("connection" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The question", body = BuiltView)))]
async fn build_question(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(connection): Path<String>,
    Body(clicked): Body<ToBuild>,
) -> Result<Json<BuiltView>, ApiError> {
    let Built { text, language } = app.build_question(organization, &connection, &clicked.into()).await?;
    Ok(Json(BuiltView { text, language }))
}
