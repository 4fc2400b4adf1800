//! The services over the nouns: what every face (API, demo, later files) may do with them, with all rules applied.
//!
//! A face never touches the store, a database or an InfluxDB itself. One file per noun; beside them [`secrets`] (what becomes of a kept
//! secret), [`certificate`] (what is trusted and shown), [`check`] (the limits of all checks), [`health`] (what became of them, and the
//! server's own), [`reading`] (statements that a person tries out), [`explore`] (the same on an InfluxDB), [`endpoint`] (what a Kapacitor keeps itself) and [`preview`].

mod at_once;
mod audit;
mod backfill;
mod cells;
mod certificate;
mod check;
mod connection;
mod cursor;
mod database;
mod drivers;
mod endpoint;
mod events;
mod explore;
mod grants;
mod group;
mod health;
mod hold;
mod kapacitor;
mod mapping;
mod number;
mod organization;
mod preview;
mod provision;
mod query;
mod reading;
mod refusal;
mod reject;
mod run;
mod secrets;
mod series;
mod text;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use flow::Flow;
use model::{
    Clock, Id, Name, Noun, SecretField, SecretState, Stored,
    edges::{Databases, Influx, Kapacitors},
    secret::SecretChanges,
};
use store::{Standing, Store};

pub use at_once::AtOnce;
pub use audit::AuditAsked;
pub use backfill::BackfillAsked;
pub use check::{CheckLimits, Checks, Heard};
pub use connection::{Creation, Deleted, Update, refuse_another_driver};
pub use cursor::{CursorMove, CursorSeen, CursorState};
pub use events::{Different, Following, Streams};
pub use explore::{Built, Places};
pub use grants::WhatToRead;
pub use group::{Forecast, MembersOf};
pub use health::Checked;
pub use hold::Held;
pub use kapacitor::{KapacitorCreation, KapacitorUpdate};
pub use preview::{Preview, PreviewColumn, PreviewDraft, PreviewRow, Role};
pub use provision::{
    Change, Changed, Declaration, Declared, FileKind, Followed, Outcome, OutcomeState, Provisioning, Resources, Says, Shown,
};
pub use reading::{Table, Trial};
pub(crate) use refusal::whole_seconds;
pub use refusal::{Invalid, Refusal};
pub use reject::{Chosen, NamedReject, Resent, Whose};

/// The house as its faces see it. Cheap to clone: clones share everything.
#[derive(Clone)]
pub struct App {
    /// What is remembered.
    pub store: Store,
    /// Where people read rows; runs have a way of their own.
    pub databases: Arc<dyn Databases>,
    /// Where points are written.
    pub influx: Arc<dyn Influx>,
    /// Where alert endpoints are kept.
    pub kapacitors: Arc<dyn Kapacitors>,
    /// Decides when.
    pub flow: Arc<Flow>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// How many checks run.
    pub checks: Checks,
    /// What is known of the files that define objects.
    pub provisioning: Provisioning,
    /// Who looks on.
    pub streams: Streams,
}

/// A noun that somebody wants to be saved.
#[derive(Clone, Debug)]
pub struct Draft<N> {
    /// Its name.
    pub name: Name,
    /// What it is to say.
    pub spec: N,
    /// What becomes of its secrets; absent keeps.
    pub secrets: SecretChanges,
}

/// Whether what is saved must pass a check first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckFirst {
    /// It must; nothing is saved when a step fails.
    Yes,
    /// It must as far as the login; what fails behind it (a database that is missing) is saved with it as what its last check said. What
    /// Chronograf asks of a connection.
    Login,
    /// It is saved as it is, and nobody knows whether it works.
    Skip,
}

/// A stored noun, with all that may be said about its secrets and how it stands.
#[derive(Clone, Debug)]
pub struct Kept<N> {
    /// The noun.
    pub stored: Stored<N>,
    /// One entry for each secret that was ever set.
    pub secrets: BTreeMap<SecretField, SecretState>,
    /// Whether it is the chosen one, and what its last check said. Databases have no standing.
    pub standing: Standing,
}

impl<N> Kept<N> {
    /// Brings together what the store gives in three answers.
    fn list(
        list: Vec<Stored<N>>,
        mut secrets: HashMap<Id<N>, BTreeMap<SecretField, SecretState>>,
        mut standings: HashMap<Id<N>, Standing>,
    ) -> Vec<Self> {
        let kept = |stored: Stored<N>| Self {
            secrets: secrets.remove(&stored.id).unwrap_or_default(),
            standing: standings.remove(&stored.id).unwrap_or_default(),
            stored,
        };
        list.into_iter().map(kept).collect()
    }
}

fn missing<N: Noun>(reference: impl ToString) -> Refusal {
    Refusal::Missing { noun: N::NOUN, reference: reference.to_string() }
}

fn read_only<N: Noun>(stored: &Stored<N>) -> Refusal {
    Refusal::ReadOnly { noun: N::NOUN, name: Some(stored.name.to_string()), origin: stored.origin.clone() }
}

fn refuse_taken_name<N: Noun>(name: &Name, other: Option<&Stored<N>>) -> Result<(), Refusal> {
    match other {
        Some(_) => Err(Refusal::NameTaken { noun: N::NOUN, name: name.to_string() }),
        None => Ok(()),
    }
}
