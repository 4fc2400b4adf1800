//! What a person adds to a text that does not say everything.

use crate::Variables;

/// What the text leaves open, said beside it.
#[derive(Clone, Default)]
pub struct Given {
    /// What references to variables (`${INFLUX_TOKEN}`, `{{ .INFLUXDB_PASS }}`) stand for. May hold secrets.
    pub variables: Variables,
    /// The bucket of v2 connections whose text names none; absent means [`Given::ASSUMED`], with a remark.
    pub bucket: Option<String>,
}

impl Given {
    /// The database or bucket that is assumed where a text names none: what Telegraf, Chronograf and most of their users call it.
    pub const ASSUMED: &str = "telegraf";
}

impl From<&Variables> for Given {
    fn from(variables: &Variables) -> Self {
        Self { variables: variables.clone(), bucket: None }
    }
}
