//! What connections and Kapacitors show beside what they say: their number, who defines them, whether they work as far as is known.

use model::{LastCheck, Stored};
use serde::Serialize;
use store::Standing;
use utoipa::ToSchema;

/// What is known beside what people say.
#[derive(Serialize, ToSchema)]
pub(super) struct Known {
    /// The small number that Chronograf's API and files know it by.
    number: Option<i64>,
    /// Who defines it: `file:shop.src`, `environment:INFLUXDB_URL`, or null for people. What people do not define is changed there.
    origin: Option<String>,
    /// Whether it works, as far as is known.
    state: State,
    /// What its last check said, unless it is reached differently since.
    last_check: Option<LastCheck>,
    /// What defined it is gone; it is kept as long as a series writes to it, and such a series fails.
    gone: bool,
}

/// Whether it works, as far as is known.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    /// The last check passed.
    Verified,
    /// It was not checked since it is as it is.
    Unverified,
    /// A step of the last check failed.
    Failing,
}

impl Known {
    pub(super) fn new<N>(stored: &Stored<N>, standing: Standing) -> Self {
        let state = match &standing.last_check {
            None => State::Unverified,
            Some(last) if last.passed => State::Verified,
            Some(_) => State::Failing,
        };
        Self { number: stored.number, origin: stored.origin.as_text(), state, last_check: standing.last_check, gone: standing.gone }
    }
}
