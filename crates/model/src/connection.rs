//! A connection: how to reach one InfluxDB, or a folder that receives line protocol.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Noun, SecretField};

/// How to reach one InfluxDB, and how to write to it. Its secret (a password or a token) is kept apart, see [`SecretField`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Connection {
    /// Where, by which driver.
    #[serde(flatten)]
    pub target: Target,
    /// Time limit of one request, from connecting to the last byte of the answer, in milliseconds.
    #[serde(default = "Connection::default_timeout_ms")]
    pub timeout_ms: u32,
    /// Accept any certificate. Only for test servers: it lets anyone on the way read and change what is sent.
    #[serde(default)]
    pub insecure_skip_verify: bool,
    /// Whether request bodies are compressed.
    #[serde(default)]
    pub gzip: Gzip,
    /// Most lines in one request, 1 to 50,000.
    #[serde(default = "Connection::default_batch_lines")]
    pub batch_lines: u32,
    /// Most requests on the way at once, 1 to 64.
    #[serde(default = "Connection::default_in_flight")]
    pub in_flight: u32,
    /// Free text for the people who keep it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

/// The driver and what it needs. The driver of a stored connection never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "driver", rename_all = "snake_case")]
pub enum Target {
    /// InfluxDB 1.x. Secret: `password`.
    V1 {
        /// Base URL, with the sub-path of a reverse proxy if there is one: `http://localhost:8086`.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uri", example = "http://localhost:8086"))]
        url: Url,
        /// The database that is written to.
        database: String,
        /// Needed when the server asks for a login.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        username: Option<String>,
        /// Blank or absent means the database's default retention policy (`autogen` unless changed there).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retention_policy: Option<String>,
    },
    /// InfluxDB 2.x and InfluxDB Cloud (TSM). Secret: `token`.
    V2 {
        /// Base URL.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uri", example = "http://localhost:8086"))]
        url: Url,
        /// InfluxDB's organization, by name or id.
        organization: String,
        /// The bucket that is written to, by name or id.
        bucket: String,
    },
    /// InfluxDB 3. Secret: `token`.
    V3 {
        /// Base URL.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uri", example = "http://localhost:8181"))]
        url: Url,
        /// The database that is written to; it must exist, Tributary never lets the server create it by accident.
        database: String,
    },
    /// A folder that receives line-protocol files.
    File {
        /// Absolute path of the folder.
        folder: String,
    },
}

/// When request bodies are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gzip {
    /// Off on the loopback interface, where the network is free; on elsewhere.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Connection {
    const fn default_timeout_ms() -> u32 {
        30_000
    }
    const fn default_batch_lines() -> u32 {
        10_000
    }
    const fn default_in_flight() -> u32 {
        4
    }

    /// A connection to `target` with every setting at its default.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            timeout_ms: Self::default_timeout_ms(),
            insecure_skip_verify: false,
            gzip: Gzip::default(),
            batch_lines: Self::default_batch_lines(),
            in_flight: Self::default_in_flight(),
            notes: String::new(),
        }
    }

    /// The secret that this driver uses, if it uses one.
    pub const fn secret_field(&self) -> Option<SecretField> {
        match self.target {
            Target::V1 { .. } => Some(SecretField::Password),
            Target::V2 { .. } | Target::V3 { .. } => Some(SecretField::Token),
            Target::File { .. } => None,
        }
    }

    /// Where a secret of this connection would be sent: scheme, host, port and user. When it changes, the kept secret must be given again.
    pub fn destination(&self) -> String {
        match &self.target {
            Target::V1 { url, username, .. } => format!("{} {}", origin(url), username.as_deref().unwrap_or_default()),
            Target::V2 { url, .. } | Target::V3 { url, .. } => origin(url),
            Target::File { folder } => folder.clone(),
        }
    }
}

fn origin(url: &Url) -> String {
    format!("{}://{}:{}", url.scheme(), url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

impl Target {
    /// The driver's name: `v1`, `v2`, `v3` or `file`.
    pub const fn driver(&self) -> &'static str {
        match self {
            Self::V1 { .. } => "v1",
            Self::V2 { .. } => "v2",
            Self::V3 { .. } => "v3",
            Self::File { .. } => "file",
        }
    }
}

impl Noun for Connection {
    const NOUN: &'static str = "connection";
}
