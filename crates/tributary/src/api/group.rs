//! `/api/v1/groups`

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use model::{Group, Name, Noun, Slot, Stored, secret::SecretChanges};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    noun::{self, Identity, List},
    request::{Body, IfMatch, OptionalBody, Params, Patch, Path, Scope},
    run::{RunNow, RunView},
};
use crate::app::{App, Draft, Forecast, Invalid, MembersOf};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_groups, create_group))
        .routes(routes!(forecast_draft_group))
        .routes(routes!(get_group, update_group, delete_group))
        .routes(routes!(forecast_group))
        .routes(routes!(run_group))
        .routes(routes!(list_slots))
}

/// A group as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredGroup)]
struct View {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    spec: Group,
    /// Its schedule in words.
    words: String,
    /// When its next slot is; absent while it is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_slot_at: Option<DateTime<Utc>>,
}

/// A group to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewGroup)]
pub(super) struct New {
    /// Unique among the organization's groups.
    name: Name,
    #[serde(flatten)]
    spec: Group,
}

impl From<New> for Draft<Group> {
    fn from(new: New) -> Self {
        Self { name: new.name, spec: new.spec, secrets: SecretChanges::new() }
    }
}

/// What a patch is laid upon.
#[derive(Serialize)]
struct Current<'a> {
    name: &'a Name,
    #[serde(flatten)]
    spec: &'a Group,
}

/// How many coming slots, and after when.
#[derive(Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ForecastSettings {
    /// How many, 1 to 1000.
    #[serde(default = "default_count")]
    #[param(required = false)]
    count: u32,
    /// Slots after this instant; from now on when absent.
    #[serde(default)]
    after: Option<DateTime<Utc>>,
}

const fn default_count() -> u32 {
    10
}

/// A schedule whose coming slots are wanted.
#[derive(Deserialize, ToSchema)]
struct GroupToForecast {
    #[serde(flatten)]
    group: Group,
    /// How many, 1 to 1000.
    #[serde(default = "default_count")]
    count: u32,
    /// Slots after this instant; from now on when absent.
    #[serde(default)]
    after: Option<DateTime<Utc>>,
}

/// A schedule in words, and its coming slots.
#[derive(Serialize, ToSchema)]
#[schema(as = Forecast)]
struct ForecastView {
    /// The schedule in words.
    words: String,
    /// Its coming slots, soonest first.
    slots: Vec<UpcomingSlot>,
}

/// A coming slot.
#[derive(Serialize, ToSchema)]
struct UpcomingSlot {
    /// When.
    at: DateTime<Utc>,
    /// The same in the group's time zone.
    local: String,
    /// What a clock change does to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl From<Forecast> for ForecastView {
    fn from(forecast: Forecast) -> Self {
        let slots = forecast.slots.into_iter().map(|slot| UpcomingSlot { at: slot.at, local: slot.local, note: slot.note }).collect();
        Self { words: forecast.words, slots }
    }
}

/// Which slots.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SlotPage {
    /// Slots before this instant: the `slot` of the last one of the page before.
    #[serde(default)]
    before: Option<DateTime<Utc>>,
    /// Most slots, 1 to 1000.
    #[serde(default = "default_slots")]
    #[param(required = false)]
    limit: u64,
}

const fn default_slots() -> u64 {
    100
}

/// What becomes of the series of a group that is deleted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Deleting {
    /// `keep`, as when absent: the group is not deleted while a series belongs to it. `release`: they stay without a group and run by hand
    /// only; refused when one reads since the slot before. `move`: they go to the group `to`, behind those that are there. `delete`: they
    /// are deleted with their runs.
    #[serde(default)]
    #[param(inline)]
    members: Option<MembersWord>,
    /// The group that they go to, by id or name.
    #[serde(default)]
    to: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum MembersWord {
    Keep,
    Release,
    Move,
    Delete,
}

impl Deleting {
    fn members(&self) -> Result<MembersOf<'_>, Invalid> {
        match (self.members, self.to.as_deref()) {
            (Some(MembersWord::Move), Some(to)) => Ok(MembersOf::Move(to)),
            (Some(MembersWord::Move), None) => Err(Invalid::new("to", "no group is named that the series go to", "name it by id or name")),
            (_, Some(_)) => Err(Invalid::new("to", "only series that are moved go to a group", "give `members=move`, or leave `to` out")),
            (None | Some(MembersWord::Keep), None) => Ok(MembersOf::Keep),
            (Some(MembersWord::Release), None) => Ok(MembersOf::Release),
            (Some(MembersWord::Delete), None) => Ok(MembersOf::Delete),
        }
    }
}

async fn view(app: &App, stored: Stored<Group>) -> Result<View, ApiError> {
    let next_slot_at = app.group_next_slot(&stored).await?;
    Ok(View { identity: (&stored).into(), words: app.group_words(&stored.spec), spec: stored.spec, next_slot_at })
}

/// Every group of the organization, by name.
#[utoipa::path(get, path = "/groups", tag = "groups", operation_id = "list_groups",
    responses((status = 200, description = "The groups", body = List<View>)))]
async fn list_groups(State(app): State<App>, Scope(organization): Scope) -> Result<Response, ApiError> {
    let mut items = Vec::new();
    for stored in app.list_groups(organization).await? {
        items.push(view(&app, stored).await?);
    }
    Ok(Json(List { items }).into_response())
}

/// Saves a new group. Its first slot is the next one from now on.
#[utoipa::path(post, path = "/groups", tag = "groups", operation_id = "create_group", request_body = New,
    responses((status = 201, description = "Saved", body = View)))]
async fn create_group(State(app): State<App>, Scope(organization): Scope, Body(new): Body<New>) -> Result<Response, ApiError> {
    let stored = app.create_group(organization, new.into()).await?;
    Ok(noun::created("groups", &stored.clone(), view(&app, stored).await?))
}

/// One group.
#[utoipa::path(get, path = "/groups/{group}", tag = "groups", operation_id = "get_group",
    params(("group" = String, Path, description = "Id or name")), responses((status = 200, description = "The group", body = View)))]
async fn get_group(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Response, ApiError> {
    let stored = app.get_group(organization, &reference).await?;
    Ok(noun::found(stored.revision, view(&app, stored).await?))
}

/// Changes a group. A new schedule, time zone or enabling counts from now on; other changes leave slots that are due in their place.
#[utoipa::path(patch, path = "/groups/{group}", tag = "groups", operation_id = "update_group",
    params(("group" = String, Path, description = "Id or name")), request_body = ref("#/components/schemas/GroupPatch"),
    responses((status = 200, description = "Saved", body = View)))]
async fn update_group(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Response, ApiError> {
    let before = app.get_group(organization, &reference).await?;
    if_match.check(Group::NOUN, before.revision)?;
    let new: New = patch.onto(&Current { name: &before.name, spec: &before.spec })?;
    let stored = app.update_group(&before, new.into()).await?;
    Ok(noun::found(stored.revision, view(&app, stored).await?))
}

/// Deletes a group, and with it does with its series what `members` says: all of it happens or nothing. Refused while a series belongs to
/// it of which nothing is said.
#[utoipa::path(delete, path = "/groups/{group}", tag = "groups", operation_id = "delete_group",
    params(("group" = String, Path, description = "Id or name"), Deleting), responses((status = 204, description = "Deleted")))]
async fn delete_group(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Params(deleting): Params<Deleting>,
    if_match: IfMatch,
) -> Result<StatusCode, ApiError> {
    app.delete_group(organization, &reference, if_match.revision(), deleting.members()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The coming slots of a schedule that is not saved yet.
#[utoipa::path(post, path = "/groups/next", tag = "groups", operation_id = "forecast_draft_group", request_body = GroupToForecast,
    responses((status = 200, description = "The coming slots", body = ForecastView)))]
async fn forecast_draft_group(State(app): State<App>, Body(draft): Body<GroupToForecast>) -> Result<Json<ForecastView>, ApiError> {
    Ok(Json(app.upcoming_slots(&draft.group, draft.after, draft.count as usize)?.into()))
}

/// The coming slots of a group, as if it were enabled.
#[utoipa::path(get, path = "/groups/{group}/next", tag = "groups", operation_id = "forecast_group",
    params(("group" = String, Path, description = "Id or name"), ForecastSettings),
    responses((status = 200, description = "The coming slots", body = ForecastView)))]
async fn forecast_group(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Params(settings): Params<ForecastSettings>,
) -> Result<Json<ForecastView>, ApiError> {
    let group = app.get_group(organization, &reference).await?.spec;
    Ok(Json(app.upcoming_slots(&group, settings.after, settings.count as usize)?.into()))
}

/// Puts a run of every enabled series of the group in line, also when the group is disabled.
#[utoipa::path(post, path = "/groups/{group}/run", tag = "groups", operation_id = "run_group",
    params(("group" = String, Path, description = "Id or name")), request_body(content = RunNow, description = "May be left out"),
    responses((status = 202, description = "The runs, in line", body = List<RunView>)))]
async fn run_group(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    OptionalBody(now): OptionalBody<RunNow>,
) -> Result<(StatusCode, Json<List<RunView>>), ApiError> {
    let runs = app.run_group(organization, &reference, now.slot).await?;
    Ok((StatusCode::ACCEPTED, Json(List { items: runs.into_iter().map(RunView::from).collect() })))
}

/// What became of the group's slots, newest first.
#[utoipa::path(get, path = "/groups/{group}/slots", tag = "groups", operation_id = "list_slots",
    params(("group" = String, Path, description = "Id or name"), SlotPage),
    responses((status = 200, description = "The slots", body = List<Slot>)))]
async fn list_slots(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Params(page): Params<SlotPage>,
) -> Result<Json<List<Slot>>, ApiError> {
    Ok(Json(List { items: app.list_slots(organization, &reference, page.before, page.limit).await? }))
}
