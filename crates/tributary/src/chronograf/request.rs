//! What handlers take: the ids of the path, and whether it is a dry run.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use model::Name;
use url::form_urlencoded;

use super::envelope::Error;

/// The id of a connection: `:id`.
pub(super) struct SourceId(pub(super) i64);

/// The ids of a connection and one of its Kapacitors: `:id` and `:kid`.
pub(super) struct KapacitorId {
    pub(super) connection: i64,
    pub(super) kapacitor: i64,
}

/// Whether everything is to be checked and nothing saved: `?dryRun`, with any value or none.
pub(super) struct DryRun(pub(super) bool);

impl<S: Send + Sync> FromRequestParts<S> for SourceId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        Ok(Self(id(&params(parts, state).await?, "id")?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for KapacitorId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let params = params(parts, state).await?;
        Ok(Self { kapacitor: id(&params, "kid")?, connection: id(&params, "id")? })
    }
}

impl<S: Sync> FromRequestParts<S> for DryRun {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "dryRun")))
    }
}

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, Error> {
    RawPathParams::from_request_parts(parts, state).await.map_err(|_| Error::no_id("that is not UTF-8"))
}

/// As Go's `strconv.Atoi` reads it: `007` and `-5` are numbers.
fn id(params: &RawPathParams, name: &str) -> Result<i64, Error> {
    let text = params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
    text.parse().map_err(|_| Error::no_id(text))
}

/// The name in this text; Chronograf takes any.
pub(super) fn name(text: &str) -> Result<Name, Error> {
    Name::new(text).map_err(|error| Error::invalid(format!("name: {error}")))
}
