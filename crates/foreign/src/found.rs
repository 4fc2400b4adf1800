//! What was found in a foreign text: drafts that nobody has saved yet, and what is to be said about them.

use std::{collections::BTreeMap, fmt};

use model::{Connection, Id, Kapacitor, secret::Secrets};
use url::Url;

/// The variables that templates are filled from, by name.
pub type Variables = BTreeMap<String, String>;

/// All that one text, folder or database holds.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Organizations, in the order in which they were found.
    pub organizations: Vec<FoundOrganization>,
    /// Connections.
    pub connections: Vec<FoundConnection>,
    /// Kapacitors.
    pub kapacitors: Vec<FoundKapacitor>,
    /// What was ignored or assumed.
    pub remarks: Vec<Remark>,
    /// What could not be read while the rest could: one entry for each object that is missing here.
    pub broken: Vec<Broken>,
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundOrganization {
    /// The id that the other system gave it: `default`, `1`, `example_org`.
    pub alias: String,
    /// Its name.
    pub name: String,
}

/// A connection.
#[derive(Clone, Debug)]
pub struct FoundConnection {
    /// The id that the other system gave it, if it gave one.
    pub number: Option<i64>,
    /// Its name; may be one that is taken.
    pub name: String,
    /// The organization that it belongs to, by the other system's id or by name; `None` when it does not say.
    pub organization: Option<String>,
    /// Whether it asks to be the default connection.
    pub default: bool,
    /// Where and how.
    pub connection: Connection,
    /// Its secrets.
    pub secrets: Secrets,
}

/// A Kapacitor.
#[derive(Clone, Debug)]
pub struct FoundKapacitor {
    /// The id that the other system gave it, if it gave one.
    pub number: Option<i64>,
    /// The id of the connection that it belongs to; `None` means the one connection that was found with it.
    pub connection_number: Option<i64>,
    /// Its name; may be one that is taken.
    pub name: String,
    /// The organization that it belongs to, by the other system's id or by name; `None` when it does not say.
    pub organization: Option<String>,
    /// Whether it asks to be the active one of its connection.
    pub active: bool,
    /// Base URL.
    pub url: Url,
    /// User name.
    pub username: Option<String>,
    /// Accept any certificate.
    pub insecure_skip_verify: bool,
    /// Its secrets.
    pub secrets: Secrets,
}

impl FoundKapacitor {
    /// The Kapacitor as one of this connection.
    pub fn of(&self, connection_id: Id<Connection>) -> Kapacitor {
        Kapacitor {
            username: self.username.clone(),
            insecure_skip_verify: self.insecure_skip_verify,
            ..Kapacitor::new(connection_id, self.url.clone())
        }
    }
}

/// Something that a person should know, and that stops nothing: an unknown key, a default that was assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line that it is about, from 1.
    pub line: Option<usize>,
    /// One line of text, without any value.
    pub text: String,
}

/// Why a text could not be read. Holds no value of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line that it is about, from 1.
    pub line: Option<usize>,
    /// The field that it is about, as the text names it.
    pub field: Option<String>,
    /// What is wrong and what to do, one line.
    pub reason: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "`{field}`: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Broken {}
