//! `/chronograf/v1/sources/:id/kapacitors`. Saving one contacts nobody, as in Chronograf.

use std::collections::BTreeSet;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use foreign::chronograf::{Around, Given, Server, ServerRequest};
use model::{Connection, Kapacitor, SecretChange, SecretField, Stored, secret::SecretChanges};
use serde::Serialize;

use super::{
    envelope::Error,
    request::{self, KapacitorId, SourceId},
    sources,
};
use crate::app::{App, CheckFirst, Draft, KapacitorCreation, KapacitorUpdate, Kept, Refusal};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/chronograf/v1/sources/{id}/kapacitors", get(list_kapacitors).post(create_kapacitor))
        .route("/chronograf/v1/sources/{id}/kapacitors/{kid}", get(get_kapacitor).patch(update_kapacitor).delete(delete_kapacitor))
}

/// How often saving is tried again when somebody takes the name in the same instant.
const TRIES: usize = 3;

#[derive(Serialize)]
struct List {
    kapacitors: Vec<Server>,
}

/// The Kapacitor and its connection, if they belong together.
async fn found(app: &App, id: &KapacitorId) -> Result<(Stored<Connection>, Kept<Kapacitor>), Error> {
    let missing = || Error::not_found(id.kapacitor);
    let connection = sources::found(app, id.connection).await.map_err(|error| error.or_missing(missing()))?.stored;
    let kept = app.kapacitor_of_number(id.kapacitor).await?.ok_or_else(missing)?;
    if kept.standing.gone || kept.stored.spec.connection_id != connection.id {
        return Err(missing());
    }
    Ok((connection, kept))
}

fn shown(kept: &Kept<Kapacitor>, connection_number: i64) -> Option<Server> {
    let secrets: BTreeSet<SecretField> = kept.secrets.iter().filter(|(_, state)| state.set).map(|(field, _)| *field).collect();
    let around = Around { base_path: "", organization: "", chosen: kept.standing.chosen, kept: &secrets, version: None };
    Server::of(&kept.stored, connection_number, &around)
}

/// A connection that is not there has none, as in Chronograf.
async fn list_kapacitors(State(app): State<App>, SourceId(number): SourceId) -> Result<Json<List>, Error> {
    let Some(connection) = app.connection_of_number(number).await? else { return Ok(Json(List { kapacitors: Vec::new() })) };
    let stored = connection.stored;
    let mut all = app.list_kapacitors(stored.organization_id, Some(&stored.id.to_string())).await?;
    all.retain(|kept| !kept.standing.gone);
    all.sort_by_key(|kept| kept.stored.number);
    Ok(Json(List { kapacitors: all.iter().filter_map(|kept| shown(kept, number)).collect() }))
}

async fn get_kapacitor(State(app): State<App>, id: KapacitorId) -> Result<Json<Server>, Error> {
    let (_, kept) = found(&app, &id).await?;
    shown(&kept, id.connection).map(Json).ok_or_else(|| Error::not_found(id.kapacitor))
}

async fn create_kapacitor(
    State(app): State<App>,
    SourceId(number): SourceId,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Error> {
    let connection = sources::found(&app, number).await?.stored;
    let request = ServerRequest::parse(&body?)?;
    let active = match request.active {
        Given::Value(active) => Some(active),
        Given::Absent | Given::Null => None,
    };
    let found = request.create()?;
    let wanted = request::name(&found.name)?;
    let (organization, reference) = (connection.organization_id, connection.id.to_string());
    let secrets: SecretChanges = found.secrets.iter().map(|(field, value)| (*field, SecretChange::Set(value.clone()))).collect();
    let mut tried = 1;
    let kept = loop {
        let (name, number) = app.free_kapacitor_name(organization, connection.id, wanted.clone(), None).await?;
        let draft = Draft { name, spec: found.of(connection.id), secrets: secrets.clone() };
        let creation = KapacitorCreation { check: CheckFirst::Skip, active, number };
        match app.create_kapacitor(organization, &reference, draft, creation, &mut |_| {}).await {
            Err(Refusal::NameTaken { .. } | Refusal::NumberTaken { .. }) if tried < TRIES => tried += 1,
            other => break other?,
        }
    };
    let server = shown(&kept, number).ok_or_else(Error::internal)?;
    let place = HeaderValue::try_from(server.links.itself.as_str()).map_err(|_| Error::internal())?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(server)).into_response())
}

async fn update_kapacitor(State(app): State<App>, id: KapacitorId, body: Result<Bytes, BytesRejection>) -> Result<Json<Server>, Error> {
    let (connection, before) = found(&app, &id).await?;
    let change = ServerRequest::parse(&body?)?.update(&before.stored.spec)?;
    let name = match change.name {
        Some(text) => {
            let own = Some(id.kapacitor);
            app.free_kapacitor_name(connection.organization_id, connection.id, request::name(&text)?, own).await?.0
        }
        None => before.stored.name.clone(),
    };
    let draft = Draft { name, spec: change.kapacitor, secrets: change.secrets };
    let update = KapacitorUpdate { check: CheckFirst::Skip, active: change.active };
    let updated = app.update_kapacitor(&before.stored, draft, update, &mut |_| {}).await;
    let kept = updated.map_err(|refusal| Error::from(refusal).or_internal(format!("Error updating kapacitor ID {}", id.kapacitor)))?;
    shown(&kept, id.connection).map(Json).ok_or_else(Error::internal)
}

async fn delete_kapacitor(State(app): State<App>, id: KapacitorId) -> Result<StatusCode, Error> {
    let (connection, kept) = found(&app, &id).await?;
    let (connection, kapacitor) = (connection.id.to_string(), kept.stored.id.to_string());
    app.delete_kapacitor(kept.stored.organization_id, &connection, &kapacitor, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
