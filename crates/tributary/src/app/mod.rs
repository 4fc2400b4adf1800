//! The services over the nouns: what every face (API, demo, later files) may do with them, with all rules applied.
//!
//! A face never touches the store, a database or an InfluxDB itself. One file per noun; beside them [`secrets`] (what becomes of a kept
//! secret), [`reading`] (statements that a person tries out) and [`preview`].

mod cells;
mod connection;
mod database;
mod group;
mod preview;
mod query;
mod reading;
mod refusal;
mod run;
mod secrets;
mod series;
mod text;

use std::{collections::BTreeMap, sync::Arc};

use flow::Flow;
use model::{
    Clock, Id, Name, Noun, Organization, SecretField, SecretState, Stored,
    edges::{Databases, Influx},
    secret::SecretChanges,
};
use store::Store;

pub use group::Forecast;
pub use preview::{Preview, PreviewColumn, PreviewDraft, PreviewRow, Role};
pub use reading::{Table, Trial};
pub use refusal::{Invalid, Refusal};

/// The house as its faces see it. Cheap to clone: clones share everything.
#[derive(Clone)]
pub struct App {
    /// What is remembered.
    pub store: Store,
    /// Where rows are read.
    pub databases: Arc<dyn Databases>,
    /// Where points are written.
    pub influx: Arc<dyn Influx>,
    /// Decides when.
    pub flow: Arc<Flow>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
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

/// A stored noun, with all that may be said about its secrets.
#[derive(Clone, Debug)]
pub struct Kept<N> {
    /// The noun.
    pub stored: Stored<N>,
    /// One entry for each secret that it uses.
    pub secrets: BTreeMap<SecretField, SecretState>,
}

impl App {
    /// The organization with this id or name; without one, `default`.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn organization(&self, reference: Option<&str>) -> Result<Organization, Refusal> {
        let found = match reference {
            None => self.store.get_organization(Organization::DEFAULT).await?,
            Some(text) => match text.parse::<Id<Organization>>() {
                Ok(id) => self.store.get_organization(id).await?,
                Err(_) => self.store.find_organization(text).await?,
            },
        };
        found.ok_or_else(|| missing::<Organization>(reference.unwrap_or("default")))
    }

    /// Every organization, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_organizations(&self) -> Result<Vec<Organization>, Refusal> {
        Ok(self.store.list_organizations().await?)
    }
}

fn missing<N: Noun>(reference: impl ToString) -> Refusal {
    Refusal::Missing { noun: N::NOUN, reference: reference.to_string() }
}
