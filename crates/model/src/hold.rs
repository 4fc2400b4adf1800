//! A hold: a connection that does not take points for now, so that what is meant for it waits.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Connection, Id, run::Reason};

/// Runs that write to this connection wait. One of them is let through now and then to see whether it takes points again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hold {
    /// The connection.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub connection_id: Id<Connection>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why, in the words of the last run that was refused.
    pub reason: Reason,
    /// How many runs have been let through in vain.
    pub probes: u32,
    /// When the next is let through.
    pub next_probe_at: DateTime<Utc>,
}
