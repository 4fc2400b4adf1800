//! Who may ask the API: programs on this machine, and pages of this server.
//!
//! Beside what [`crate::guard`] knows of pages of others: they cannot declare a body as JSON without the browser asking first.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{envelope::ApiError, request::unsupported_media_type};
use crate::guard::{host, is_loopback, same_origin};

/// Refuses a request that a page of somebody else could have sent.
pub(super) async fn same_machine(request: Request, next: Next) -> Response {
    match checked(&request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn checked(request: &Request) -> Result<(), ApiError> {
    let Some(host) = host(request.headers(), request.uri()) else {
        return Err(ApiError::malformed("the header Host is absent or cannot be read", "send one, as HTTP/1.1 asks"));
    };
    if !is_loopback(host.host()) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "host",
            format!("`{}` is not a name of this machine's loopback interface", host.host()),
            "ask for http://localhost or http://127.0.0.1 with the server's port",
        ));
    }
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    if let Some(origin) = request.headers().get(header::ORIGIN)
        && !same_origin(origin, &host)
    {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "origin",
            "the request comes from a page of another server",
            "writes are taken from this server's own pages and from programs that send no Origin",
        ));
    }
    if has_body(request.headers()) && !declares_json(request.headers()) {
        return Err(unsupported_media_type());
    }
    Ok(())
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).map(|length| length.as_bytes() != b"0");
    length.unwrap_or(false) || headers.contains_key(header::TRANSFER_ENCODING) || headers.contains_key(header::CONTENT_TYPE)
}

fn declares_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}
