//! A Kapacitor: a Kapacitor server attached to a connection.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Certificates, Connection, Id, Noun, SecretField, connection::origin};

/// How to reach one Kapacitor. A connection may have several; at most one of them is active, which the store keeps beside them.
///
/// Its secrets (`password`, `client_key`) are kept apart, see [`SecretField`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Kapacitor {
    /// The connection that it belongs to.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Uuid))]
    pub connection_id: Id<Connection>,
    /// Base URL, with the sub-path of a reverse proxy if there is one: `http://localhost:9092`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uri", example = "http://localhost:9092"))]
    pub url: Url,
    /// Needed when the server asks for a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Time limit of one request, from connecting to the last byte of the answer, in milliseconds.
    #[serde(default = "Kapacitor::default_timeout_ms")]
    pub timeout_ms: u32,
    /// Accept any certificate. Only for test servers: it lets anyone on the way read and change what is sent.
    #[serde(default)]
    pub insecure_skip_verify: bool,
    /// How the server proves who it is, and how Tributary does, when the URL begins with `https`.
    #[serde(default, skip_serializing_if = "Certificates::is_default")]
    pub tls: Certificates,
    /// Free text for the people who keep it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

impl Kapacitor {
    const fn default_timeout_ms() -> u32 {
        30_000
    }

    /// What people are told when a Kapacitor was saved.
    pub const CREATED: &str = "Kapacitor Created! Configuring endpoints is optional.";

    /// A Kapacitor of this connection with every setting at its default.
    pub fn new(connection_id: Id<Connection>, url: Url) -> Self {
        Self {
            connection_id,
            url,
            username: None,
            timeout_ms: Self::default_timeout_ms(),
            insecure_skip_verify: false,
            tls: Certificates::default(),
            notes: String::new(),
        }
    }

    /// The secrets that it can use, the one that it logs in with first.
    pub const fn secret_fields(&self) -> &'static [SecretField] {
        &[SecretField::Password, SecretField::ClientKey]
    }

    /// Where a secret of this Kapacitor would be sent: scheme, host, port and user. When it changes, the kept secrets must be given again.
    pub fn destination(&self) -> String {
        format!("{} {}", origin(&self.url), self.username.as_deref().unwrap_or_default())
    }

    /// Whether what a check would find may differ between the two.
    pub fn is_reached_differently(&self, other: &Self) -> bool {
        (&self.url, &self.username, self.insecure_skip_verify, &self.tls)
            != (&other.url, &other.username, other.insecure_skip_verify, &other.tls)
    }
}

impl Noun for Kapacitor {
    const NOUN: &'static str = "kapacitor";
}
