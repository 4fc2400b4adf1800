//! Chronograf's error envelope, `{"code":404,"message":"…"}`, and what Tributary's refusals become in it.

use axum::{
    Json,
    extract::rejection::BytesRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use foreign::chronograf::{Invalid, Unparsable};
use serde::Serialize;

use super::contact;
use crate::app::{Refusal, whole_seconds};

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct Error {
    status: StatusCode,
    message: String,
    /// In whole seconds.
    retry_after: Option<u64>,
}

#[derive(Serialize)]
struct Envelope {
    /// The status once more.
    code: u16,
    message: String,
}

impl Error {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None }
    }

    /// The text of the path is no id.
    pub(super) fn no_id(text: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, format!("Error converting ID {text}"))
    }

    /// Nothing has this id.
    pub(super) fn not_found(id: i64) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("ID {id} not found"))
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// The request made the server fail; what failed is in the log.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Unknown error: the request failed inside Tributary; its log says more")
    }

    /// The same, with Chronograf's words where the fault is the server's own: `Error updating source ID 7`.
    pub(super) fn or_internal(self, message: impl Into<String>) -> Self {
        if self.status == StatusCode::INTERNAL_SERVER_ERROR { Self { message: message.into(), ..self } } else { self }
    }

    /// The same, with more to say about an address or a login that did not do.
    pub(super) fn and(mut self, more: &str) -> Self {
        if self.status == StatusCode::BAD_REQUEST {
            self.message = format!("{}; {more}", self.message);
        }
        self
    }

    /// Another answer where this says that something is not there.
    pub(super) fn or_missing(self, missing: Self) -> Self {
        if self.status == StatusCode::NOT_FOUND { missing } else { self }
    }
}

impl From<Unparsable> for Error {
    fn from(unparsable: Unparsable) -> Self {
        Self::new(StatusCode::BAD_REQUEST, unparsable.to_string())
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        let status = StatusCode::from_u16(invalid.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        Self::new(status, invalid.to_string())
    }
}

impl From<BytesRejection> for Error {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB"),
            _ => Self::new(StatusCode::BAD_REQUEST, "the body did not arrive whole"),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let message = format!("{refusal}: {}", refusal.advice());
        match &refusal {
            Refusal::Invalid(_) | Refusal::KapacitorRefused { .. } => Self::invalid(message),
            Refusal::Missing { .. } => Self::new(StatusCode::NOT_FOUND, message),
            Refusal::NameTaken { .. }
            | Refusal::NumberTaken { .. }
            | Refusal::InUse { .. }
            | Refusal::Changed { .. }
            | Refusal::Running { .. }
            | Refusal::ReadOnly { .. } => Self::new(StatusCode::CONFLICT, message),
            Refusal::CheckFailed { .. } => match refusal.failed_step() {
                Some(step) => contact::unreachable(step),
                None => Self::new(StatusCode::BAD_REQUEST, contact::UNREACHABLE),
            },
            Refusal::TooManyChecks { retry_after } => {
                let retry_after = Some(whole_seconds(*retry_after));
                Self { retry_after, ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
            }
            Refusal::TooManyStreams { retry_after } => {
                let retry_after = Some(whole_seconds(*retry_after));
                Self { retry_after, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message) }
            }
            Refusal::Failed { failure, .. } => {
                tracing::error!(kind = failure.kind.as_str(), failure = failure.chain(), "a request failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = Envelope { code: self.status.as_u16(), message: self.message };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
