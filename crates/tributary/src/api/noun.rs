//! What every stored noun shows: who it is and since when, what may be said of its secrets, and the answers to reading and saving it.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use model::{Name, SecretChange, SecretField, SecretState, Stored, secret::SecretChanges};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::app::Invalid;

/// Who a stored object is, and since when.
#[derive(Serialize, ToSchema)]
pub(super) struct Identity {
    /// Stable for ever.
    #[schema(value_type = String, format = Uuid)]
    id: String,
    /// Unique per organization and noun.
    name: Name,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// 1 when created, one more with every change; in quotes it is the ETag that `If-Match` repeats.
    revision: i64,
}

impl<N> From<&Stored<N>> for Identity {
    fn from(stored: &Stored<N>) -> Self {
        Self {
            id: stored.id.to_string(),
            name: stored.name.clone(),
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            revision: stored.revision,
        }
    }
}

/// A list of objects.
#[derive(Serialize, ToSchema)]
pub(super) struct List<T> {
    /// The objects.
    pub(super) items: Vec<T>,
}

/// All that an answer says about secrets: one entry for each that the object uses.
#[derive(Serialize, ToSchema)]
pub(super) struct SecretStates {
    /// The password of a v1 connection, of a Kapacitor or of a database server.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<SecretState>,
    /// The token of a v2 or v3 connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<SecretState>,
    /// The secret that a v1 server shares with its clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_secret: Option<SecretState>,
    /// The token of a v3 Clustered or Cloud Dedicated account's management API.
    #[serde(skip_serializing_if = "Option::is_none")]
    management_token: Option<SecretState>,
    /// The private key of the client certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_key: Option<SecretState>,
}

impl SecretStates {
    pub(super) fn new(used: &[SecretField], kept: &BTreeMap<SecretField, SecretState>) -> Self {
        let state =
            |field| used.contains(&field).then(|| kept.get(&field).copied().unwrap_or(SecretState { set: false, updated_at: None }));
        Self {
            password: state(SecretField::Password),
            token: state(SecretField::Token),
            shared_secret: state(SecretField::SharedSecret),
            management_token: state(SecretField::ManagementToken),
            client_key: state(SecretField::ClientKey),
        }
    }
}

/// Secrets to keep: absent keeps the one that is kept, null forgets it. Never shown again.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct GivenSecrets {
    /// The password of a v1 connection, of a Kapacitor or of a database server.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    password: Option<SecretChange>,
    /// The token of a v2 or v3 connection.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    token: Option<SecretChange>,
    /// The secret that a v1 server shares with its clients; used instead of a password.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    shared_secret: Option<SecretChange>,
    /// The token of a v3 Clustered or Cloud Dedicated account's management API.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    management_token: Option<SecretChange>,
    /// The private key, in PEM, of the client certificate.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    client_key: Option<SecretChange>,
}

impl From<GivenSecrets> for SecretChanges {
    fn from(given: GivenSecrets) -> Self {
        let GivenSecrets { password, token, shared_secret, management_token, client_key } = given;
        [
            (SecretField::Password, password),
            (SecretField::Token, token),
            (SecretField::SharedSecret, shared_secret),
            (SecretField::ManagementToken, management_token),
            (SecretField::ClientKey, client_key),
        ]
        .into_iter()
        .filter_map(|(field, change)| change.map(|change| (field, change)))
        .collect()
    }
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretChange>, D::Error> {
    let value = Option::<String>::deserialize(deserializer)?;
    Ok(Some(value.map_or(SecretChange::Clear, |value| SecretChange::Set(SecretString::from(value)))))
}

/// 200 with the object and its ETag.
pub(super) fn found(revision: i64, body: impl Serialize) -> Response {
    ([(header::ETAG, etag(revision))], Json(body)).into_response()
}

/// 201 with the object, its ETag and its place.
pub(super) fn created<N>(folder: &str, stored: &Stored<N>, body: impl Serialize) -> Response {
    let place = HeaderValue::try_from(format!("/api/v1/{folder}/{}", stored.id));
    let place = place.unwrap_or_else(|_| HeaderValue::from_static("/api/v1"));
    (StatusCode::CREATED, [(header::ETAG, etag(stored.revision)), (header::LOCATION, place)], Json(body)).into_response()
}

/// Refuses a patch that gives an object another number.
pub(super) fn keeps_its_number(given: Option<i64>, number: Option<i64>) -> Result<(), Invalid> {
    match given {
        Some(_) if given != number => {
            Err(Invalid::new("number", "the number of an object cannot be changed", "leave `number` out; files and scripts know it by it"))
        }
        _ => Ok(()),
    }
}

fn etag(revision: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{revision}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}
