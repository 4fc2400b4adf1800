//! Who is reached, and with which secrets.

use secrecy::SecretString;

use crate::{
    Connection, Database, Finding, Kapacitor,
    secret::{SecretField, Secrets},
};

/// A database with its opened secrets: what an engine needs to log in. Lives only as long as the read.
#[derive(Clone, Debug)]
pub struct DatabaseAccess {
    /// Where and how.
    pub database: Database,
    /// Those of its secrets that are kept.
    pub secrets: Secrets,
}

impl DatabaseAccess {
    /// A database with the password that it logs in with.
    pub fn new(database: Database, password: Option<SecretString>) -> Self {
        Self { database, secrets: password.map(|password| (SecretField::Password, password)).into_iter().collect() }
    }

    /// The password, if one is kept.
    pub fn password(&self) -> Option<&SecretString> {
        self.secrets.get(&SecretField::Password)
    }
}

/// A connection with its opened secret: what a driver needs to write. Lives only as long as the run.
#[derive(Clone, Debug)]
pub struct ConnectionAccess {
    /// Where and how.
    pub connection: Connection,
    /// Those of [`Connection::secret_fields`] that are kept.
    pub secrets: Secrets,
}

impl ConnectionAccess {
    /// A connection with the secret that it logs in with.
    pub fn new(connection: Connection, login: Option<SecretString>) -> Self {
        let secrets = connection.login_secret().zip(login).into_iter().collect();
        Self { connection, secrets }
    }

    /// The password or token that it logs in with, if one is kept.
    pub fn login_secret(&self) -> Option<&SecretString> {
        self.secrets.get(&self.connection.login_secret()?)
    }
}

/// A Kapacitor with its opened secrets. Lives only as long as the question that is asked of it.
#[derive(Clone, Debug)]
pub struct KapacitorAccess {
    /// Where and how.
    pub kapacitor: Kapacitor,
    /// Those of [`Kapacitor::secret_fields`] that are kept.
    pub secrets: Secrets,
}

/// Who answers at a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// In words: `InfluxDB 3 Core`, `Kapacitor`.
    pub product: String,
    /// Its version without a leading `v`, if it says: `1.6.7`.
    pub version: Option<String>,
    /// The driver for it: `v1`, `v2` or `v3`; `None` for a Kapacitor, and when it cannot be told.
    pub driver: Option<&'static str>,
    /// The driver's `edition` for it, as it is written in a connection: `enterprise`, `cloud_dedicated`; `None` when it cannot be told.
    pub edition: Option<&'static str>,
    /// Whether it is a Kapacitor.
    pub is_kapacitor: bool,
    /// What a person should know before choosing: that it did not take the login, that its version is hidden.
    pub remark: Option<String>,
}

/// Receives the findings of a check, each as soon as it is known.
pub type Tell<'a> = &'a mut (dyn FnMut(Finding) + Send);
