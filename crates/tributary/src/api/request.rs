//! What handlers take: the organization, the path, parameters, bodies, patches and preconditions of a request.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use model::{Id, Organization};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{envelope::ApiError, shape::Shapes};
use crate::app::{App, Invalid};

/// The header that names the organization, by id or name.
pub(super) const ORGANIZATION: &str = "tributary-organization";

/// The organization that a request is about: that of the header, `default` without one.
pub(super) struct Scope(pub(super) Id<Organization>);

impl FromRequestParts<App> for Scope {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let reference =
            match parts.headers.get(ORGANIZATION) {
                None => None,
                Some(value) => Some(std::str::from_utf8(value.as_bytes()).map_err(|_| {
                    ApiError::malformed("the header Tributary-Organization is not UTF-8", "give an organization's id or name")
                })?),
            };
        Ok(Self(app.organization(reference).await?.id))
    }
}

/// The captures of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub(super) struct Path<T>(pub(super) T);

/// The parameters after the `?`.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub(super) struct Params<T>(pub(super) T);

/// A JSON body of the shape that the API's description gives for `T`.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned + ToSchema> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        read(&json(request, app).await?).map(Self)
    }
}

/// Like [`Body`], but no body at all is taken for an empty object.
pub(super) struct OptionalBody<T>(pub(super) T);

impl<T: DeserializeOwned + ToSchema> FromRequest<App> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, app).await?;
        let value = if bytes.is_empty() { Value::Object(Map::new()) } else { parse(&bytes)? };
        read(&value).map(Self)
    }
}

/// A patch: absent keeps, null clears.
pub(super) struct Patch(Map<String, Value>);

impl FromRequest<App> for Patch {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        match json(request, app).await? {
            Value::Object(patch) => Ok(Self(patch)),
            _ => Err(Invalid::new("", "the body is not an object", "give an object with the fields to change").into()),
        }
    }
}

impl Patch {
    /// The text that the patch gives a field, if it gives one.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Value::as_str)
    }

    /// The request that would create what `current` is after this patch. Secrets are no part of `current`: those of the patch are
    /// handed through, null and all.
    pub(super) fn onto<T: DeserializeOwned + ToSchema>(mut self, current: &impl Serialize) -> Result<T, ApiError> {
        let secrets = self.0.remove("secrets");
        let Ok(Value::Object(current)) = serde_json::to_value(current) else { return Err(ApiError::internal()) };
        let mut merged = Shapes::published().merge(&T::name(), current, &self.0)?;
        if let Some(secrets) = secrets {
            merged.insert("secrets".to_owned(), secrets);
        }
        read(&Value::Object(merged))
    }
}

/// The revision that `If-Match` names, if it names one.
pub(super) struct IfMatch(Option<i64>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        revision(&parts.headers).map(Self)
    }
}

impl IfMatch {
    /// The revision that the object must have; `None` when any will do.
    pub(super) fn revision(&self) -> Option<i64> {
        self.0
    }

    /// Refuses unless the object's revision is the one that was named.
    pub(super) fn check(&self, noun: &'static str, revision: i64) -> Result<(), ApiError> {
        match self.0 {
            Some(wanted) if wanted != revision => Err(crate::app::Refusal::Changed { noun, revision }.into()),
            _ => Ok(()),
        }
    }
}

fn revision(headers: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok());
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(ApiError::malformed(
            "the header If-Match is not an ETag of this API",
            "repeat the ETag of an earlier answer, with its quotes",
        )),
    }
}

async fn json(request: Request, app: &App) -> Result<Value, ApiError> {
    let bytes = Bytes::from_request(request, app).await?;
    if bytes.is_empty() {
        return Err(ApiError::malformed("the body is empty", "send a JSON object"));
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| {
        // serde_json's message about syntax never repeats the text.
        ApiError::malformed(format!("the body is not JSON: {error}"), "correct it at the line and column that are named")
    })
}

fn read<T: DeserializeOwned + ToSchema>(value: &Value) -> Result<T, ApiError> {
    Shapes::published().check(&T::name(), value)?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { String::new() } else { path };
        Invalid::new(field, error.into_inner().to_string(), "the API's description gives the form of each field").into()
    })
}

/// An answer's status that says that a request cannot be understood by its media type.
pub(super) fn unsupported_media_type() -> ApiError {
    ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content_type",
        "the body is not declared as JSON",
        "send the header Content-Type: application/json",
    )
}
