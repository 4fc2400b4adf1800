//! What runs inside a Kapacitor: its tasks, and how it is. Read only.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A task of a Kapacitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// Its id, which is its name.
    pub id: String,
    /// `stream` or `batch`, as the server says.
    #[serde(rename = "type")]
    pub kind: String,
    /// `enabled` or `disabled`, as the server says.
    pub status: String,
    /// Whether it runs at this moment.
    pub executing: bool,
    /// Why it does not, in Kapacitor's words; empty when there is nothing.
    pub error: String,
    /// The databases and retention policies that it reads.
    pub reads: Vec<TaskReads>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub modified: Option<DateTime<Utc>>,
    /// When it was last enabled.
    pub last_enabled: Option<DateTime<Utc>>,
}

/// What a task reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskReads {
    /// The database of InfluxDB.
    pub database: String,
    /// Its retention policy.
    pub retention_policy: String,
}

/// How a Kapacitor is, by its own word. What a version does not tell is null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KapacitorStatistics {
    /// Its version: `1.5.3`.
    pub version: Option<String>,
    /// Its host name.
    pub host: Option<String>,
    /// For how long it has run, in seconds.
    pub uptime_s: Option<f64>,
    /// How many tasks it has.
    pub tasks: Option<u64>,
    /// How many of them are enabled.
    pub enabled_tasks: Option<u64>,
    /// How many subscriptions it has at InfluxDBs.
    pub subscriptions: Option<u64>,
    /// Memory that its process holds, in bytes.
    pub memory_bytes: Option<u64>,
    /// Points that came in, of all databases, since it started.
    pub points_received: Option<u64>,
}
