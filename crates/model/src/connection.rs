//! A connection: how to reach one InfluxDB, or a folder that receives line protocol.

use serde::{Deserialize, Deserializer, Serialize, de};
use url::Url;

use crate::{Noun, SecretField};

/// How to reach one InfluxDB, and how to write to it. Its secret (a password or a token) is kept apart, see [`SecretField`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Connection {
    /// Where, by which driver.
    #[serde(flatten)]
    pub target: Target,
    /// The database that Telegraf writes to on that server; absent means `telegraf`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telegraf_database: Option<String>,
    /// Time limit of one request, from connecting to the last byte of the answer, in milliseconds.
    #[serde(default = "Connection::default_timeout_ms")]
    pub timeout_ms: u32,
    /// Accept any certificate. Only for test servers: it lets anyone on the way read and change what is sent.
    #[serde(default)]
    pub insecure_skip_verify: bool,
    /// How the server proves who it is, and how Tributary does, when the URL begins with `https`.
    #[serde(default, skip_serializing_if = "Certificates::is_default")]
    pub tls: Certificates,
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

/// What is trusted and shown in a TLS handshake. With every field absent, the machine's own root certificates are trusted.
///
/// At most one of `ca_certificate`, `pinned_sha256` and a connection's `insecure_skip_verify` says whom to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Certificates {
    /// One or more certificates in PEM: only servers whose chain ends at one of them are trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<String>,
    /// SHA-256 of the server's own certificate, 64 hexadecimal digits: that certificate is trusted and no other, whatever it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_sha256: Option<String>,
    /// The certificate, followed by its intermediates, that Tributary shows to the server, in PEM. Its key is the secret `client_key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<String>,
}

impl Certificates {
    /// Whether nothing is set.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which InfluxDB 1.x it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum V1Edition {
    /// Open source. Chronograf's `influx`.
    #[default]
    Oss,
    /// Enterprise, with meta nodes. Chronograf's `influx-enterprise`.
    Enterprise,
    /// A relay in front of several servers. Chronograf's `influx-relay`.
    Relay,
}

/// Which InfluxDB 3 it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum V3Edition {
    /// InfluxDB 3 Core. Chronograf's `influx-v3-core`.
    #[default]
    Core,
    /// InfluxDB 3 Enterprise. Chronograf's `influx-v3-enterprise`.
    Enterprise,
    /// InfluxDB Clustered. Chronograf's `influx-v3-clustered`.
    Clustered,
    /// InfluxDB Cloud Dedicated. Chronograf's `influx-v3-cloud-dedicated`.
    CloudDedicated,
    /// InfluxDB Cloud Serverless. Chronograf's `influx-v3-serverless`.
    CloudServerless,
}

/// The driver and what it needs. The driver of a stored connection never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "driver", rename_all = "snake_case")]
pub enum Target {
    /// InfluxDB 1.x. Secrets: `password`, or `shared_secret`; `client_key`.
    V1 {
        /// Base URL, with the sub-path of a reverse proxy if there is one: `http://localhost:8086`.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uri", example = "http://localhost:8086"))]
        url: Url,
        /// The database that is written to.
        database: String,
        /// Needed when the server asks for a login.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        username: Option<String>,
        /// Blank or absent means `autogen`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retention_policy: Option<String>,
        /// Which InfluxDB 1.x it is.
        #[serde(default)]
        edition: V1Edition,
        /// Base URL of an Enterprise meta node: `http://localhost:8091`. Kept for those who ask; nothing is sent there.
        #[serde(default, deserialize_with = "blank_is_absent", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = "uri", example = "http://localhost:8091"))]
        meta_url: Option<Url>,
    },
    /// InfluxDB 2.x and InfluxDB Cloud (TSM). Secrets: `token`, `client_key`.
    V2 {
        /// Base URL.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uri", example = "http://localhost:8086"))]
        url: Url,
        /// InfluxDB's organization, by name or id.
        organization: String,
        /// The bucket that is written to, by name or id.
        bucket: String,
    },
    /// InfluxDB 3. Secrets: `token`, `management_token`, `client_key`.
    V3 {
        /// Base URL.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uri", example = "http://localhost:8181"))]
        url: Url,
        /// The database that is written to; it must exist, Tributary never lets the server create it by accident.
        database: String,
        /// Which InfluxDB 3 it is. Core and Enterprise take lines at `/api/v3/write_lp`, the others at `/api/v2/write`.
        #[serde(default)]
        edition: V3Edition,
        /// The cluster's id, a UUID (Clustered, Cloud Dedicated). Kept for those who ask.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cluster_id: Option<String>,
        /// The account's id, a UUID (Clustered, Cloud Dedicated). Kept for those who ask.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_id: Option<String>,
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
            telegraf_database: None,
            timeout_ms: Self::default_timeout_ms(),
            insecure_skip_verify: false,
            tls: Certificates::default(),
            gzip: Gzip::default(),
            batch_lines: Self::default_batch_lines(),
            in_flight: Self::default_in_flight(),
            notes: String::new(),
        }
    }

    /// The secrets that this driver can use, the one that it logs in with first. A folder has none.
    pub const fn secret_fields(&self) -> &'static [SecretField] {
        match self.target {
            Target::V1 { .. } => &[SecretField::Password, SecretField::SharedSecret, SecretField::ClientKey],
            Target::V2 { .. } => &[SecretField::Token, SecretField::ClientKey],
            Target::V3 { .. } => &[SecretField::Token, SecretField::ManagementToken, SecretField::ClientKey],
            Target::File { .. } => &[],
        }
    }

    /// The secret that this driver logs in with: a password or a token.
    pub fn login_secret(&self) -> Option<SecretField> {
        self.secret_fields().first().copied()
    }

    /// Whether what a check would find may differ between the two: everything but texts for people and the way of batching.
    pub fn is_reached_differently(&self, other: &Self) -> bool {
        (&self.target, self.insecure_skip_verify, &self.tls) != (&other.target, other.insecure_skip_verify, &other.tls)
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

/// Scheme, host and port of a URL.
pub(crate) fn origin(url: &Url) -> String {
    format!("{}://{}:{}", url.scheme(), url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

/// A URL, or nothing but white space for none.
fn blank_is_absent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        // The text is not repeated: it may hold a password.
        Some(text) => text.parse().map(Some).map_err(|error| de::Error::custom(format!("not a URL: {error}"))),
    }
}

impl Target {
    /// An InfluxDB 1.x that asks for no login.
    pub fn v1(url: Url, database: impl Into<String>) -> Self {
        Self::V1 { url, database: database.into(), username: None, retention_policy: None, edition: V1Edition::default(), meta_url: None }
    }

    /// An InfluxDB 3 Core.
    pub fn v3(url: Url, database: impl Into<String>) -> Self {
        Self::V3 { url, database: database.into(), edition: V3Edition::default(), cluster_id: None, account_id: None }
    }

    /// Where requests are sent; `None` for a folder.
    pub const fn url(&self) -> Option<&Url> {
        match self {
            Self::V1 { url, .. } | Self::V2 { url, .. } | Self::V3 { url, .. } => Some(url),
            Self::File { .. } => None,
        }
    }

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
