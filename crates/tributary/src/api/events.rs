//! `/api/v1/events`

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{StreamExt, stream};
use model::{Id, Organization};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    envelope::ApiError,
    request::{Params, Scope},
};
use crate::app::{App, Different};

/// A client that went away is noticed when it cannot be told that nothing happened.
const QUIET: Duration = Duration::from_secs(15);

/// What a browser's own `EventSource` waits before it asks again.
const RETRY: Duration = Duration::from_secs(2);

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(follow_events))
}

/// Whose events.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// The organization, by id or name, for browsers, whose streams send no headers of their own. It counts more than the header.
    #[serde(default)]
    organization: Option<String>,
}

/// The data of the event `hello`: whoever hears it asks for what is shown, and learns of everything that changes from then on.
#[derive(Serialize, ToSchema)]
struct Hello {
    /// Whose events follow.
    #[schema(value_type = String, format = Uuid)]
    organization: String,
}

/// The data of the event `changed`: what may be different now, gone or new.
#[derive(Serialize, ToSchema)]
struct Changed {
    /// `organization`, `connection`, `kapacitor`, `database`, `query`, `series`, `group`, `run`, `backfill`, `audit`, or `file` (what is known of the files that
    /// define objects). With a run its group's slots are different too.
    noun: &'static str,
    /// Which ones; absent when it may be any of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<Vec<String>>,
}

/// What an event says.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = EventData)]
enum Data {
    Hello(Hello),
    Changed(Changed),
}

/// What changes in the organization, as server-sent events: `hello` at once, then `changed` whenever something is different, at most four
/// times a second for each noun. A client that is too slow is told that everything may have changed. A comment every 15 s says that the
/// stream is alive. It ends when the server stops.
#[utoipa::path(get, path = "/events", tag = "system", operation_id = "follow_events", params(Whose),
    responses((status = 200, description = "The events; here the data of each", content_type = "text/event-stream", body = Data)))]
async fn follow_events(
    State(app): State<App>,
    Scope(organization): Scope,
    Params(Whose { organization: named }): Params<Whose>,
) -> Result<impl IntoResponse, ApiError> {
    let organization = match named {
        Some(named) => app.organization(Some(&named)).await?.id,
        None => organization,
    };
    let following = app.follow(organization)?;
    let changes = stream::unfold(following, async |mut following| {
        let different = following.next().await?;
        Some((stream::iter(different).map(changed), following))
    });
    let events = stream::once(async move { hello(organization) }).chain(changes.flatten()).map(Ok::<_, Infallible>);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(QUIET)))
}

fn hello(organization: Id<Organization>) -> Event {
    event("hello", &Data::Hello(Hello { organization: organization.to_string() })).retry(RETRY)
}

fn changed(Different { noun, ids }: Different) -> Event {
    event("changed", &Data::Changed(Changed { noun: noun.as_str(), ids: ids.map(|ids| ids.into_iter().collect()) }))
}

fn event(name: &str, data: &Data) -> Event {
    Event::default().event(name).json_data(data).unwrap_or_default()
}
