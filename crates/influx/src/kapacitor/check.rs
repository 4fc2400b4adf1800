//! The steps of a check of a Kapacitor.

use model::edges::{KapacitorAccess, Tell};

use crate::{
    check::{Ladder, plain},
    http::Http,
};

/// Climbs from the URL to the right to read the configuration.
pub(crate) async fn check(_http: &Http, access: &KapacitorAccess, tell: Tell<'_>) {
    let mut ladder = Ladder::new(tell);
    if let Err(failure) = plain(&access.kapacitor.url) {
        ladder.failed("url", &failure, "url", None);
    }
}
