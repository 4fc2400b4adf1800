//! The one error envelope and the one status map of the API.

use std::error::Error;

use axum::{
    Json,
    extract::rejection::{BytesRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::{Code, FailureKind, Finding};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{Invalid, Refusal, whole_seconds};

/// Every answer that is not a success.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorEnvelope {
    /// What went wrong.
    error: ErrorBody,
}

/// What went wrong, and what to do about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct ErrorBody {
    /// The stable kind: `validation`, `malformed`, `not_found`, `name_taken`, `number_taken`, `in_use`, `running`, `read_only`, `changed`,
    /// `check_failed`, `kapacitor_refused`, `too_many_checks`, `too_many_streams`, `host`, `origin`, `content_type`, `too_large`, `method`,
    /// `internal`, or the kind of a failure (`sql_invalid`, `mapping` …).
    kind: String,
    /// The stable code of what is behind it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    /// What happened, in one line, without any secret.
    message: String,
    /// What to do about it.
    advice: String,
    /// The field that it belongs to: `url`, `secrets.password`, `mapping.tags[2]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Of `check_failed`: every step that was tried, the last one failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding>,
}

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    body: Box<ErrorBody>,
    /// In whole seconds.
    retry_after: Option<u64>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, kind: &str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        let (kind, message, advice) = (kind.to_owned(), message.into(), advice.into());
        let body = Box::new(ErrorBody { kind, code: None, message, advice, field: None, findings: Vec::new() });
        Self { status, body, retry_after: None }
    }

    pub(super) fn malformed(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", message, advice)
    }

    /// The answer to a request that made the server fail; what failed is in the log.
    pub(super) fn internal() -> Self {
        let advice = "this is a fault in Tributary; please report it with the server's log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the request failed inside Tributary", advice)
    }

    /// The same at this field; an empty one says nothing.
    fn at(mut self, field: impl Into<String>) -> Self {
        self.body.field = Some(field.into()).filter(|field| !field.is_empty());
        self
    }

    fn coded(mut self, code: Option<Code>) -> Self {
        self.body.code = code;
        self
    }

    /// What goes out as JSON: for an answer that is a stream of events.
    pub(super) fn into_envelope(self) -> ErrorEnvelope {
        ErrorEnvelope { error: *self.body }
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "validation", invalid.message, invalid.advice).at(invalid.field)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let (message, advice) = (refusal.to_string(), refusal.advice());
        match refusal {
            Refusal::Invalid(invalid) => invalid.into(),
            Refusal::Missing { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", message, advice),
            Refusal::NameTaken { .. } => Self::new(StatusCode::CONFLICT, "name_taken", message, advice).at("name"),
            Refusal::InUse { .. } => Self::new(StatusCode::CONFLICT, "in_use", message, advice),
            Refusal::Running { .. } => Self::new(StatusCode::CONFLICT, "running", message, advice),
            Refusal::Changed { .. } => Self::new(StatusCode::PRECONDITION_FAILED, "changed", message, advice),
            Refusal::NumberTaken { .. } => Self::new(StatusCode::CONFLICT, "number_taken", message, advice).at("number"),
            Refusal::ReadOnly { .. } => Self::new(StatusCode::CONFLICT, "read_only", message, advice),
            Refusal::TooManyChecks { retry_after } => {
                let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_checks", message, advice);
                error.retry_after = Some(whole_seconds(retry_after));
                error
            }
            Refusal::TooManyStreams { retry_after } => {
                let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", message, advice);
                error.retry_after = Some(whole_seconds(retry_after));
                error
            }
            Refusal::CheckFailed { .. } => {
                let (code, field) = refusal.failed_step().map(|step| (step.code, step.field.clone())).unwrap_or_default();
                let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "check_failed", message, advice);
                if let Refusal::CheckFailed { findings } = refusal {
                    error.body.findings = findings;
                }
                error.coded(code).at(field.unwrap_or_default())
            }
            Refusal::KapacitorRefused { .. } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "kapacitor_refused", message, advice),
            Refusal::Failed { failure, field } => {
                let status = status_of(failure.kind);
                if status == StatusCode::INTERNAL_SERVER_ERROR {
                    tracing::error!(kind = failure.kind.as_str(), failure = message, "a request failed");
                }
                let error = Self::new(status, &failure.kind.as_str(), message, advice);
                error.coded(Some(failure.code())).at(field.unwrap_or_default())
            }
        }
    }
}

/// What a failure at an edge of the house means to the one who asked: 422 when the request is to blame, 502 and 504 when a database or
/// InfluxDB is, 500 when Tributary is.
fn status_of(kind: FailureKind) -> StatusCode {
    match kind {
        FailureKind::SqlInvalid
        | FailureKind::SqlNotReadOnly
        | FailureKind::SqlNoColumns
        | FailureKind::SqlDuplicateColumn
        | FailureKind::SqlParameter
        | FailureKind::Cursor
        | FailureKind::Mapping
        | FailureKind::InfluxUrl
        | FailureKind::InfluxQuery
        | FailureKind::Schedule => StatusCode::UNPROCESSABLE_ENTITY,
        FailureKind::SqlTimeout | FailureKind::InfluxTimeout => StatusCode::GATEWAY_TIMEOUT,
        FailureKind::SqlUnreachable
        | FailureKind::SqlTls
        | FailureKind::SqlAuthentication
        | FailureKind::SqlDatabaseMissing
        | FailureKind::SqlForbidden
        | FailureKind::SqlTypeChanged
        | FailureKind::SqlFailed
        | FailureKind::InfluxDns
        | FailureKind::InfluxUnreachable
        | FailureKind::InfluxTls
        | FailureKind::InfluxProduct
        | FailureKind::InfluxAuthentication
        | FailureKind::InfluxForbidden
        | FailureKind::InfluxMissing
        | FailureKind::InfluxBusy
        | FailureKind::InfluxTooLarge
        | FailureKind::InfluxLimit
        | FailureKind::InfluxFailed
        | FailureKind::InfluxUnexpected
        | FailureKind::FolderWrite => StatusCode::BAD_GATEWAY,
        FailureKind::RejectLimit | FailureKind::Store | FailureKind::Cancelled | FailureKind::Interrupted | FailureKind::Internal => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

/// The innermost cause: what the outer ones add says only where in the request it is.
fn cause_of(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::malformed(cause_of(&rejection), "percent-encode what is not plain in the path")
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::malformed(cause_of(&rejection), "the API's description lists the parameters of each request")
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is larger than 1 MiB", "send less at once")
            }
            _ => Self::malformed("the body did not arrive whole", "send it again"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status, self.retry_after);
        let mut response = (status, Json(self.into_envelope())).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
