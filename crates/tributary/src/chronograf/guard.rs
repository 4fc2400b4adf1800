//! Who may ask. Chronograf looks at no `Content-Type`, and `curl -d` sends JSON as a form, so this face takes any; what keeps pages of others
//! out is the name that they ask for and what their browser says of them.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::envelope::Error;
use crate::guard::{host, is_loopback, same_origin};

/// Refuses a request that a page of somebody else could have sent.
pub(super) async fn same_machine(request: Request, next: Next) -> Response {
    match checked(&request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn checked(request: &Request) -> Result<(), Error> {
    let headers = request.headers();
    let Some(host) = host(headers, request.uri()) else {
        return Err(Error::new(StatusCode::BAD_REQUEST, "the header Host is absent or cannot be read"));
    };
    if !is_loopback(host.host()) {
        let message = format!("`{}` is not a name of this machine's loopback interface", host.host());
        return Err(Error::new(StatusCode::FORBIDDEN, message));
    }
    let is_of_other_page = headers.get(header::ORIGIN).is_some_and(|origin| !same_origin(origin, &host))
        || headers.get("sec-fetch-site").is_some_and(|site| !is_own_site(site));
    if is_of_other_page {
        return Err(Error::new(StatusCode::FORBIDDEN, "cross-origin request blocked"));
    }
    Ok(())
}

/// `none` is a person who typed the address.
fn is_own_site(site: &HeaderValue) -> bool {
    site == "same-origin" || site == "none"
}
