//! Secrets are not part of any noun: a noun names the fields that are secret, the store's vault keeps their values sealed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
pub use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Which secret of a noun: part of what a sealed value is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SecretField {
    /// The password of a v1 connection or of a database.
    Password,
    /// The API token of a v2 or v3 connection.
    Token,
    /// The secret that a v1 server shares with its clients: signs the bearer tokens that stand in for a password.
    SharedSecret,
    /// The token of a v3 Clustered or Cloud Dedicated account's management API.
    ManagementToken,
    /// The private key, in PEM, of the certificate that a connection or Kapacitor shows to its server.
    ClientKey,
}

impl SecretField {
    /// Every field, in the order in which answers list them.
    pub const ALL: [Self; 5] = [Self::Password, Self::Token, Self::SharedSecret, Self::ManagementToken, Self::ClientKey];

    /// The field's name in files, in the API and in the sealed value's binding.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Token => "token",
            Self::SharedSecret => "shared_secret",
            Self::ManagementToken => "management_token",
            Self::ClientKey => "client_key",
        }
    }
}

/// What is to become of one secret when its noun is saved. Absent from [`SecretChanges`] means: keep.
#[derive(Clone, Debug)]
pub enum SecretChange {
    /// Seal this value.
    Set(SecretString),
    /// Forget the value that is kept.
    Clear,
}

/// The secrets that a save changes; every other secret is kept.
pub type SecretChanges = BTreeMap<SecretField, SecretChange>;

/// The opened secrets of one noun; an absent one was never set.
pub type Secrets = BTreeMap<SecretField, SecretString>;

/// All that an answer may say about a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecretState {
    /// Whether a value is kept.
    pub set: bool,
    /// When it was last set or cleared.
    pub updated_at: Option<DateTime<Utc>>,
}
