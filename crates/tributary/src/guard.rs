//! Until there are logins, the server listens on the loopback interface only; what is asked of every request here keeps web pages of others
//! out of it.
//!
//! A page that a browser on this machine shows can send requests to loopback addresses. It cannot choose the `Host` header freely
//! (against names that are made to resolve to 127.0.0.1), and it cannot hide its `Origin` on writes.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Uri, header, uri::Authority},
    middleware::Next,
    response::Response,
};

/// Adds the headers that keep answers from being guessed at, framed or kept.
pub(crate) async fn plain_answers(request: Request, next: Next) -> Response {
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

/// What the client believes it is talking to; `None` when that cannot be told.
pub(crate) fn host(headers: &HeaderMap, uri: &Uri) -> Option<Authority> {
    if let Some(authority) = uri.authority() {
        return Some(authority.clone());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?.parse().ok()?;
    hosts.next().is_none().then_some(host)
}

/// Whether this is a name of the loopback interface.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether the page that asks came from this very server.
pub(crate) fn same_origin(origin: &HeaderValue, host: &Authority) -> bool {
    let Some(authority) =
        origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")))
    else {
        return false;
    };
    authority.eq_ignore_ascii_case(host.as_str())
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
