//! Until there are logins, the server listens on the loopback interface only; these guards keep web pages of others out of it.
//!
//! A page that a browser on this machine shows can send requests to loopback addresses. It cannot choose the `Host` header freely
//! (against names that are made to resolve to 127.0.0.1), it cannot hide its `Origin` on writes, and it cannot declare a body as JSON
//! without the browser asking first.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{envelope::ApiError, request::unsupported_media_type};

/// Refuses a request that a page of somebody else could have sent.
pub(super) async fn same_machine(request: Request, next: Next) -> Response {
    match checked(&request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Adds the headers that keep answers from being guessed at, framed or kept.
pub(super) async fn plain_answers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in fixed {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn checked(request: &Request) -> Result<(), ApiError> {
    let host = host(request.headers(), request.uri())?;
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

/// What the client believes it is talking to.
fn host(headers: &HeaderMap, uri: &Uri) -> Result<Authority, ApiError> {
    if let Some(authority) = uri.authority() {
        return Ok(authority.clone());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next().and_then(|host| host.to_str().ok()).and_then(|host| host.parse().ok()), hosts.next()) {
        (Some(host), None) => Ok(host),
        _ => Err(ApiError::malformed("the header Host is absent or cannot be read", "send one, as HTTP/1.1 asks")),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn same_origin(origin: &HeaderValue, host: &Authority) -> bool {
    let Some(authority) =
        origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")))
    else {
        return false;
    };
    authority.eq_ignore_ascii_case(host.as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_hosts() {
        for (host, loopback) in [
            ("localhost", true),
            ("LocalHost.", true),
            ("127.0.0.1", true),
            ("127.8.9.1", true),
            ("[::1]", true),
            ("[::ffff:127.0.0.1]", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("192.168.1.2", false),
            ("0.0.0.0", false),
            ("[::]", false),
        ] {
            assert_eq!(is_loopback(host), loopback, "{host}");
        }
    }

    #[test]
    fn an_origin_is_the_same_only_with_its_port() {
        let host: Authority = "localhost:8282".parse().unwrap();
        for (origin, same) in [
            ("http://localhost:8282", true),
            ("http://localhost:3000", false),
            ("http://localhost", false),
            ("null", false),
            ("http://evil.example", false),
            ("http://localhost:8282@evil.example", false),
        ] {
            assert_eq!(same_origin(&HeaderValue::from_static(origin), &host), same, "{origin}");
        }
    }
}
