//! `/chronograf/v1/sources`: connections. A folder of line-protocol files, which Chronograf does not know, is not shown.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use foreign::{
    FoundConnection,
    chronograf::{Around, Source, SourceRequest},
};
use model::{
    Connection, Id, Name, Organization, Origin, SecretChange, SecretField, SecretState, Stored, Target, V1Edition, V3Edition,
    secret::SecretChanges,
};
use serde::Serialize;
use store::Standing;

use super::{
    contact,
    envelope::Error,
    organizations::Organizations,
    request::{self, DryRun, SourceId},
};
use crate::app::{App, CheckFirst, Creation, Draft, Kept, Refusal, Update};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/chronograf/v1/sources", get(list_sources).post(create_source))
        .route("/chronograf/v1/sources/{id}", get(get_source).patch(update_source).delete(delete_source))
        .route("/chronograf/v1/sources/{id}/health", get(check_source))
}

/// How often saving is tried again when somebody takes the name in the same instant.
const TRIES: usize = 3;

/// What is said when a source is not reached at the address that it is to move to.
const SEND_AGAIN: &str = "what is kept secret is not sent to another address: send it again";

#[derive(Serialize)]
struct List {
    sources: Vec<Source>,
}

/// The connection of this number, unless Chronograf cannot show it or what defined it is gone.
pub(super) async fn found(app: &App, number: i64) -> Result<Kept<Connection>, Error> {
    let kept = app.connection_of_number(number).await?.filter(is_shown);
    kept.ok_or_else(|| Error::not_found(number))
}

fn is_shown(kept: &Kept<Connection>) -> bool {
    !kept.standing.gone && !matches!(kept.stored.spec.target, Target::File { .. })
}

fn shown(kept: &Kept<Connection>, organizations: &Organizations) -> Option<Source> {
    let secrets: BTreeSet<SecretField> = kept.secrets.iter().filter(|(_, state)| state.set).map(|(field, _)| *field).collect();
    let around = Around {
        base_path: "",
        organization: &organizations.id_of(kept.stored.organization_id),
        chosen: kept.standing.chosen,
        kept: &secrets,
        version: kept.standing.last_check.as_ref().and_then(|last| last.version.as_deref()),
    };
    Source::of(&kept.stored, &around)
}

async fn list_sources(State(app): State<App>) -> Result<Json<List>, Error> {
    let organizations = Organizations::of(&app).await?;
    let all = app.every_connection().await?;
    Ok(Json(List { sources: all.iter().filter(|kept| is_shown(kept)).filter_map(|kept| shown(kept, &organizations)).collect() }))
}

async fn get_source(State(app): State<App>, SourceId(number): SourceId) -> Result<Json<Source>, Error> {
    let kept = found(&app, number).await?;
    let organizations = Organizations::of(&app).await?;
    shown(&kept, &organizations).map(Json).ok_or_else(|| Error::not_found(number))
}

async fn create_source(State(app): State<App>, DryRun(is_dry): DryRun, body: Result<Bytes, BytesRejection>) -> Result<Response, Error> {
    let request = SourceRequest::parse(&body?)?;
    let echoed = request.id.unwrap_or_default();
    let FoundConnection { name, organization, default, mut connection, secrets, .. } = request.create()?;
    let organizations = Organizations::of(&app).await?;
    let organization = organizations.asked_for(organization.as_deref())?;
    let wanted = request::name(&name)?;
    let mut changes = secrets.into_iter().map(|(field, value)| (field, SecretChange::Set(value))).collect();
    fit(&mut connection, &mut changes);

    let kept = if is_dry {
        let (name, _) = app.free_connection_name(organization, wanted, None).await?;
        let heard = app.check_draft_connection(organization, connection.clone(), &changes, None, &mut |_| {}).await?;
        if let Some(step) = heard.refused_login() {
            return Err(contact::refused(&connection.target, step));
        }
        let chosen = default || app.list_connections(organization).await?.is_empty();
        let stored = unsaved(&app, organization, echoed, name, connection);
        let standing = Standing { chosen, last_check: Some(heard.last_check), gone: false };
        Kept { stored, secrets: after(BTreeMap::new(), &changes), standing }
    } else {
        let target = connection.target.clone();
        create(&app, organization, wanted, connection, changes, default).await.map_err(|refusal| contact::unsaved(&target, refusal))?
    };
    let source = shown(&kept, &organizations).ok_or_else(Error::internal)?;
    let place = HeaderValue::try_from(source.links.itself.as_str()).map_err(|_| Error::internal())?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(source)).into_response())
}

/// Saves a new connection under its name, or the same with its number behind it.
async fn create(
    app: &App,
    organization: Id<Organization>,
    wanted: Name,
    spec: Connection,
    secrets: SecretChanges,
    default: bool,
) -> Result<Kept<Connection>, Refusal> {
    let mut tried = 1;
    loop {
        let (name, number) = app.free_connection_name(organization, wanted.clone(), None).await?;
        let draft = Draft { name, spec: spec.clone(), secrets: secrets.clone() };
        let creation = Creation { check: CheckFirst::Login, default, number };
        match app.create_connection(organization, draft, creation, &mut |_| {}).await {
            Err(Refusal::NameTaken { .. } | Refusal::NumberTaken { .. }) if tried < TRIES => tried += 1,
            other => return other,
        }
    }
}

async fn update_source(
    State(app): State<App>,
    SourceId(number): SourceId,
    DryRun(is_dry): DryRun,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Source>, Error> {
    let before = found(&app, number).await?;
    let change = SourceRequest::parse(&body?)?.update(&before.stored.spec)?;
    let organization = before.stored.organization_id;
    let name = match change.name {
        Some(text) => app.free_connection_name(organization, request::name(&text)?, Some(number)).await?.0,
        None => before.stored.name.clone(),
    };
    let (mut spec, mut secrets) = (change.connection, change.secrets);
    fit(&mut spec, &mut secrets);
    // There is always one default: nobody un-makes it, another one takes its place.
    let default = change.default.filter(|default| *default);
    let target = spec.target.clone();
    let stays = spec.destination() == before.stored.spec.destination();
    let forgets = !stays && !secrets.values().any(|change| matches!(change, SecretChange::Set(_)));
    let forgets = forgets && before.secrets.values().any(|state| state.set);
    let told = |error: Error| if forgets { error.and(SEND_AGAIN) } else { error };

    let kept = if is_dry {
        if before.stored.origin != Origin::People {
            let (name, origin) = (Some(before.stored.name.to_string()), before.stored.origin);
            return Err(Refusal::ReadOnly { noun: "connection", name, origin }.into());
        }
        let reference = before.stored.id.to_string();
        let heard = app.check_draft_connection(organization, spec.clone(), &secrets, Some(&reference), &mut |_| {}).await?;
        if let Some(step) = heard.refused_login() {
            return Err(told(contact::refused(&target, step)));
        }
        let kept = if stays { before.secrets } else { BTreeMap::new() };
        let standing = Standing { chosen: before.standing.chosen || default.is_some(), last_check: Some(heard.last_check), gone: false };
        Kept { stored: Stored { name, spec, ..before.stored }, secrets: after(kept, &secrets), standing }
    } else {
        let update = Update { check: CheckFirst::Login, default };
        let draft = Draft { name, spec, secrets };
        let updated = app.update_connection(&before.stored, draft, update, &mut |_| {}).await;
        updated.map_err(|refusal| told(contact::unsaved(&target, refusal).or_internal(format!("Error updating source ID {number}"))))?
    };
    let organizations = Organizations::of(&app).await?;
    shown(&kept, &organizations).map(Json).ok_or_else(Error::internal)
}

async fn delete_source(State(app): State<App>, SourceId(number): SourceId) -> Result<StatusCode, Error> {
    let stored = found(&app, number).await?.stored;
    app.delete_connection(stored.organization_id, &stored.id.to_string(), None, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Like Chronograf's but for the login, which it does not try here.
async fn check_source(State(app): State<App>, SourceId(number): SourceId) -> Result<StatusCode, Error> {
    let stored = found(&app, number).await?.stored;
    let heard = app.check_connection(stored.organization_id, &stored.id.to_string(), &mut |_| {}).await?;
    match heard.refused_login() {
        None => Ok(StatusCode::NO_CONTENT),
        Some(step) => Err(contact::unreachable(step)),
    }
}

/// Leaves out what Chronograf takes and keeps for connections that have no use for it.
fn fit(connection: &mut Connection, secrets: &mut SecretChanges) {
    match &mut connection.target {
        Target::V1 { edition, meta_url, .. } if meta_url.is_some() => match edition {
            // Chronograf finds out by asking; nobody else has a meta node.
            V1Edition::Oss => *edition = V1Edition::Enterprise,
            V1Edition::Relay => *meta_url = None,
            V1Edition::Enterprise => {}
        },
        Target::V3 { edition: V3Edition::Core | V3Edition::Enterprise | V3Edition::CloudServerless, cluster_id, account_id, .. } => {
            (*cluster_id, *account_id) = (None, None);
            if matches!(secrets.get(&SecretField::ManagementToken), Some(SecretChange::Set(_))) {
                secrets.remove(&SecretField::ManagementToken);
            }
        }
        _ => {}
    }
}

/// A connection as it would be if it were saved now.
fn unsaved(app: &App, organization_id: Id<Organization>, number: i64, name: Name, spec: Connection) -> Stored<Connection> {
    let now = app.clock.now();
    Stored {
        id: Id::new(&*app.clock),
        organization_id,
        name,
        created_at: now,
        updated_at: now,
        revision: 0,
        origin: Origin::People,
        number: Some(number),
        spec,
    }
}

/// The states of secrets once these changes are made.
fn after(mut states: BTreeMap<SecretField, SecretState>, changes: &SecretChanges) -> BTreeMap<SecretField, SecretState> {
    for (field, change) in changes {
        states.insert(*field, SecretState { set: matches!(change, SecretChange::Set(_)), updated_at: None });
    }
    states
}
