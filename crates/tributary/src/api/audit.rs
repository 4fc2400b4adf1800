//! `/api/v1/audits` and `/api/v1/series/{series}/audits`: the points that a series' rows make, compared with those in InfluxDB.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use model::{
    Audit, AuditProgress, AuditState, Id, Organization,
    audit::{Difference, Every, SumDifference},
    run::Reason,
};
use serde::{Deserialize, Serialize};
use store::AuditFilter;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    backfill,
    envelope::ApiError,
    noun::List,
    request::{Body, Params, Path, Scope},
};
use crate::app::{App, AuditAsked};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_audit))
        .routes(routes!(list_audits))
        .routes(routes!(get_audit))
        .routes(routes!(cancel_audit))
        .routes(routes!(reread_audit))
}

/// An audit: what is compared, how far it has come, and what it found.
#[derive(Serialize, ToSchema)]
#[schema(as = Audit)]
struct View {
    /// Stable for ever.
    #[schema(value_type = String, format = Uuid)]
    id: String,
    /// Whose rows.
    series: AuditedSeries,
    /// Points from here on.
    from: DateTime<Utc>,
    /// Points before this.
    to: DateTime<Utc>,
    /// How long an interval is.
    every: Every,
    /// Whose days.
    #[schema(value_type = String, format = "time-zone", example = "Europe/Berlin")]
    zone: Tz,
    /// Where it stands.
    state: AuditState,
    /// Why it failed.
    reason: Option<Reason>,
    /// When it was asked for.
    started_at: DateTime<Utc>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
    /// How far it has come.
    progress: AuditProgress,
    /// Intervals that were compared.
    compared: u64,
    /// How many of them differ.
    differing: u64,
    /// The first 10,000 that differ, in their order. A list of audits leaves them out.
    differences: Vec<DifferenceView>,
    /// How many intervals that differ are not among them.
    differences_left_out: u64,
}

/// The series of an audit.
#[derive(Serialize, ToSchema)]
struct AuditedSeries {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: String,
    /// Its name now.
    name: String,
}

/// An interval whose two sides differ.
#[derive(Serialize, ToSchema)]
#[schema(as = Difference)]
struct DifferenceView {
    /// Its begin, included.
    from: DateTime<Utc>,
    /// Its end, not included.
    to: DateTime<Utc>,
    /// Rows whose points lie in it.
    rows: u64,
    /// Points that these rows make; rows that share one count once.
    points_expected: u64,
    /// Points in InfluxDB.
    points: u64,
    /// Points that are not there.
    missing: u64,
    /// Points that no row makes. They are never taken away.
    surplus: u64,
    /// Rejects that are kept of the series and would be points in it.
    rejected: u64,
    /// Fields whose values add up to something else though their number is the same; the first 20.
    sums: Vec<SumDifference>,
    /// Whether reading its rows once more may mend it: `reread` does. Not when there is nothing but surplus points.
    mendable: bool,
}

impl From<Difference> for DifferenceView {
    fn from(difference: Difference) -> Self {
        let Difference { from, to, rows, points_expected, points, missing, surplus, rejected, sums, again } = difference;
        Self { from, to, rows, points_expected, points, missing, surplus, rejected, sums, mendable: again.is_some() }
    }
}

/// What is to be compared.
#[derive(Deserialize, ToSchema)]
struct NewAudit {
    /// Points from here on.
    #[schema(example = "2026-11-01T00:00:00Z")]
    from: DateTime<Utc>,
    /// Points before this; absent means as far as the series has delivered, and it is never behind that.
    #[serde(default)]
    to: Option<DateTime<Utc>>,
    /// How long an interval is. At most 20,000 intervals.
    every: Every,
    /// The IANA zone whose days are meant; UTC when absent.
    #[serde(default = "utc")]
    #[schema(value_type = Option<String>, format = "time-zone", example = "Europe/Berlin")]
    zone: Tz,
}

const fn utc() -> Tz {
    Tz::UTC
}

/// How what differs is read once more.
#[derive(Deserialize, ToSchema)]
struct Reread {
    /// Most chunks side by side, 1 to 8.
    #[serde(default = "one")]
    parallel: u32,
    /// Only the plan: nothing is begun.
    #[serde(default)]
    dry_run: bool,
}

const fn one() -> u32 {
    1
}

/// Which audits.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Page {
    /// Only of this series, by id or name.
    #[serde(default)]
    series: Option<String>,
    /// Audits older than this one: the `id` of the last one of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Uuid)]
    before: Option<Id<Audit>>,
    /// Most audits, 1 to 1000.
    #[serde(default = "hundred")]
    #[param(required = false)]
    limit: u64,
}

const fn hundred() -> u64 {
    100
}

async fn view(app: &App, organization: Id<Organization>, audit: Audit) -> Result<View, ApiError> {
    let (differing, differences_left_out) = (audit.found.differing, audit.found.left_out());
    Ok(View {
        id: audit.id.to_string(),
        series: AuditedSeries { id: audit.series_id.to_string(), name: app.series_name(organization, audit.series_id).await? },
        from: audit.plan.from,
        to: audit.plan.to,
        every: audit.plan.every,
        zone: audit.plan.zone,
        state: audit.state,
        reason: audit.reason,
        started_at: audit.started_at,
        ended_at: audit.ended_at,
        progress: audit.progress,
        compared: audit.found.compared,
        differing,
        differences: audit.found.differences.into_iter().map(DifferenceView::from).collect(),
        differences_left_out,
    })
}

/// Begins to compare, interval by interval, the points that the series' rows make with those in InfluxDB. It reads the rows by the query and
/// the mapping of a run, and writes nothing. Refused for a snapshot series and for one that writes into a folder, and (409) while another
/// audit of the series runs.
#[utoipa::path(post, path = "/series/{series}/audits", tag = "audits", operation_id = "create_audit",
    params(("series" = String, Path, description = "Id or name")), request_body = NewAudit,
    responses((status = 201, description = "It has begun", body = View)))]
async fn create_audit(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Body(NewAudit { from, to, every, zone }): Body<NewAudit>,
) -> Result<(StatusCode, Json<View>), ApiError> {
    let created = app.create_audit(organization, &reference, &AuditAsked { from, to, every, zone }).await?;
    Ok((StatusCode::CREATED, Json(view(&app, organization, created).await?)))
}

/// Audits of the organization, newest first, without their differences.
#[utoipa::path(get, path = "/audits", tag = "audits", operation_id = "list_audits", params(Page),
    responses((status = 200, description = "The audits", body = List<View>)))]
async fn list_audits(
    State(app): State<App>,
    Scope(organization): Scope,
    Params(Page { series, before, limit }): Params<Page>,
) -> Result<Json<List<View>>, ApiError> {
    let series_id = match series {
        Some(reference) => Some(app.get_series(organization, &reference).await?.id),
        None => None,
    };
    let mut items = Vec::new();
    for audit in app.list_audits(organization, &AuditFilter { series_id, before, limit }).await? {
        items.push(view(&app, organization, audit).await?);
    }
    Ok(Json(List { items }))
}

/// One audit, with its differences.
#[utoipa::path(get, path = "/audits/{audit}", tag = "audits", operation_id = "get_audit",
    params(("audit" = String, Path, description = "Id")), responses((status = 200, description = "The audit", body = View)))]
async fn get_audit(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Json<View>, ApiError> {
    let audit = app.get_audit(organization, &reference).await?;
    Ok(Json(view(&app, organization, audit).await?))
}

/// Ends one that runs. One that has ended stays as it is.
#[utoipa::path(post, path = "/audits/{audit}/cancel", tag = "audits", operation_id = "cancel_audit",
    params(("audit" = String, Path, description = "Id")), responses((status = 200, description = "Where it stands now", body = View)))]
async fn cancel_audit(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Json<View>, ApiError> {
    let audit = app.cancel_audit(organization, &reference).await?;
    Ok(Json(view(&app, organization, audit).await?))
}

/// Reads the rows of the intervals that differ once more, in one backfill: missing points come back and changed values are written again. A
/// point that no row makes stays. Refused when reading mends nothing, and (409) while a backfill of the series has not ended.
#[utoipa::path(post, path = "/audits/{audit}/reread", tag = "audits", operation_id = "reread_audit",
    params(("audit" = String, Path, description = "Id")), request_body = Reread,
    responses((status = 201, description = "The backfill is in line", body = backfill::View),
        (status = 200, description = "The plan of a dry run", body = backfill::View)))]
async fn reread_audit(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Body(Reread { parallel, dry_run }): Body<Reread>,
) -> Result<(StatusCode, Json<backfill::View>), ApiError> {
    if dry_run {
        let (series, plan) = app.plan_reread(organization, &reference, parallel).await?;
        return Ok((StatusCode::OK, Json(backfill::planned(&series, &plan))));
    }
    let created = app.reread(organization, &reference, parallel).await?;
    Ok((StatusCode::CREATED, Json(backfill::begun(&app, organization, created).await?)))
}
