//! Connections on hold, and all that is frozen.

use std::collections::HashMap;

use model::{Connection, Hold, Id, Name, Organization};

use store::SpoolSize;

use super::{App, Refusal};

/// A connection on hold, and what waits for it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The hold.
    pub hold: Hold,
    /// The connection's name.
    pub connection: Name,
    /// How many runs wait.
    pub waiting: u64,
    /// Bytes of lines that are frozen for it, as they are kept.
    pub frozen_bytes: u64,
}

impl App {
    /// The connections on hold, the longest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_holds(&self, organization: Id<Organization>) -> Result<Vec<Held>, Refusal> {
        let holds = self.store.list_holds(organization).await?;
        if holds.is_empty() {
            return Ok(Vec::new());
        }
        let waiting = self.store.count_waiting(organization).await?;
        let frozen = self.store.frozen_bytes(organization).await?;
        let mut held = Vec::with_capacity(holds.len());
        for hold in holds {
            let id = hold.connection_id;
            let Some(connection) = self.store.get_connection(organization, id).await? else { continue };
            let (waiting, frozen_bytes) = (waiting.get(&id).copied().unwrap_or_default(), frozen.get(&id).copied().unwrap_or_default());
            held.push(Held { hold, connection: connection.name, waiting, frozen_bytes });
        }
        Ok(held)
    }

    /// The hold of each connection that is on hold.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn holds(&self, organization: Id<Organization>) -> Result<HashMap<Id<Connection>, Hold>, Refusal> {
        Ok(self.store.list_holds(organization).await?.into_iter().map(|hold| (hold.connection_id, hold)).collect())
    }

    /// Lets a run through to a connection on hold now; if it writes a point all others follow. `None` when it is not on hold: nothing waits.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is no such connection.
    pub async fn try_connection_now(&self, organization: Id<Organization>, reference: &str) -> Result<Option<Hold>, Refusal> {
        let id = self.stored_connection(organization, reference).await?.id;
        let hold = self.store.lift_hold(organization, id).await?;
        self.flow.wake();
        Ok(hold)
    }

    /// How much is frozen.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn spool_size(&self, organization: Id<Organization>) -> Result<SpoolSize, Refusal> {
        Ok(self.store.spool_size(organization).await?)
    }
}
