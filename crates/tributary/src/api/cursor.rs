//! `/api/v1/series/{series}/cursor`: where an incremental series stands, and moving it by hand.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use model::{CursorValue, HeldBack, Position, RunStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    request::{Body, Path, Scope},
};
use crate::app::{App, CursorMove, CursorSeen, CursorState, Invalid, Refusal};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_cursor, move_cursor))
}

/// Where the cursor of a series stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Cursor)]
struct View {
    /// Whose.
    #[schema(value_type = String, format = Uuid)]
    series_id: String,
    /// Whether the next run can go on from it.
    state: CursorState,
    /// The last row of the rows that were delivered without a gap; null before the first.
    position: Option<Position>,
    /// When it last moved, by a run or a person.
    moved_at: Option<DateTime<Utc>>,
    /// The run that moved it; null when a person did.
    #[schema(value_type = Option<String>, format = Uuid)]
    moved_by: Option<String>,
    /// What the newest run that looked saw of the present; null before there was one.
    seen: Option<Seen>,
}

/// What a run saw of the present when it began.
#[derive(Serialize, ToSchema)]
#[schema(as = CursorSeen)]
struct Seen {
    /// The run.
    #[schema(value_type = String, format = Uuid)]
    run_id: String,
    /// Where it stands.
    status: RunStatus,
    /// When it began.
    at: Option<DateTime<Utc>>,
    /// Rows at or above it were left for later runs; null when nothing was.
    fence: Option<CursorValue>,
    /// What the fence waits for.
    held_back: Option<HeldBack>,
}

impl From<CursorSeen> for View {
    fn from(CursorSeen { series, cursor, state, newest }: CursorSeen) -> Self {
        let seen = newest.and_then(|run| {
            let stretch = run.stretch?;
            let (fence, held_back) = (stretch.fence, stretch.held_back);
            Some(Seen { run_id: run.id.to_string(), status: run.status, at: run.started_at, fence, held_back })
        });
        Self {
            series_id: series.id.to_string(),
            state,
            position: cursor.position,
            moved_at: cursor.moved_at,
            moved_by: cursor.moved_by.map(|run| run.to_string()),
            seen,
        }
    }
}

/// What becomes of a cursor.
#[derive(Deserialize, ToSchema)]
#[schema(as = CursorChange)]
struct Change {
    /// `keep`: it stays where it is and belongs to the query and settings of now. `reset`: the next run reads from the start. `set`: it stands
    /// at the row with these values, as if that had been the last one delivered.
    r#do: Doing,
    /// Of `set`: the cursor column's value, as text.
    #[serde(default)]
    cursor: Option<String>,
    /// Of `set`: the values of the key's columns, as text, in their order.
    #[serde(default)]
    key: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CursorDoing)]
enum Doing {
    Keep,
    Reset,
    Set,
}

impl TryFrom<Change> for CursorMove {
    type Error = Refusal;

    fn try_from(Change { r#do, cursor, key }: Change) -> Result<Self, Refusal> {
        match (r#do, cursor) {
            (Doing::Set, Some(cursor)) => Ok(Self::Set { cursor, key }),
            (Doing::Set, None) => Err(Invalid::new("cursor", "`cursor` is absent", "give the value that the cursor is set to").into()),
            (_, Some(_)) => Err(Invalid::new("cursor", "`cursor` is for `set` only", "leave it out, or set the cursor").into()),
            (_, None) if !key.is_empty() => Err(Invalid::new("key", "`key` is for `set` only", "leave it out, or set the cursor").into()),
            (Doing::Keep, None) => Ok(Self::Keep),
            (Doing::Reset, None) => Ok(Self::Reset),
        }
    }
}

/// Where the cursor of an incremental series stands, whether it still fits its query, and what its newest run saw.
#[utoipa::path(get, path = "/series/{series}/cursor", tag = "series", operation_id = "get_cursor",
    params(("series" = String, Path, description = "Id or name")), responses((status = 200, description = "The cursor", body = View)))]
async fn get_cursor(State(app): State<App>, Scope(organization): Scope, Path(reference): Path<String>) -> Result<Json<View>, ApiError> {
    Ok(Json(app.get_cursor(organization, &reference).await?.into()))
}

/// Keeps, sets or resets the cursor of an incremental series. Refused (409) while a run of it is on its way. A cursor that goes back reads rows
/// again; they become the same points.
#[utoipa::path(put, path = "/series/{series}/cursor", tag = "series", operation_id = "move_cursor",
    params(("series" = String, Path, description = "Id or name")), request_body = Change,
    responses((status = 200, description = "Where it stands now", body = View)))]
async fn move_cursor(
    State(app): State<App>,
    Scope(organization): Scope,
    Path(reference): Path<String>,
    Body(change): Body<Change>,
) -> Result<Json<View>, ApiError> {
    Ok(Json(app.move_cursor(organization, &reference, change.try_into()?).await?.into()))
}
