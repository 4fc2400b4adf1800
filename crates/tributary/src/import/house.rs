//! What is here before an import, as far as an import must know it.

use model::Connection;
use url::Url;

/// What is here before the import.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// Organizations.
    pub organizations: Vec<KnownOrganization>,
    /// Connections of all of them.
    pub connections: Vec<KnownConnection>,
    /// Kapacitors of all of them.
    pub kapacitors: Vec<KnownKapacitor>,
}

/// An organization that is here.
#[derive(Clone, Debug)]
pub struct KnownOrganization {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What another system calls it.
    pub alias: Option<String>,
}

/// A connection that is here.
#[derive(Clone, Debug)]
pub struct KnownConnection {
    /// Its id.
    pub id: String,
    /// The organization's id.
    pub organization: String,
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: Option<i64>,
    /// What it says.
    pub connection: Connection,
}

/// A Kapacitor that is here.
#[derive(Clone, Debug)]
pub struct KnownKapacitor {
    /// Its id.
    pub id: String,
    /// Its connection's id.
    pub connection: String,
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: Option<i64>,
    /// Where it is.
    pub url: Url,
    /// Who logs in.
    pub username: Option<String>,
    /// Whether it is its connection's active one.
    pub active: bool,
}
