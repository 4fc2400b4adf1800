//! The health of connections: what became of their checks, and the checks that the server makes unasked.

use model::{AskedBy, CheckOutcome, Connection, Id, LastCheck, Organization};

use super::{App, Refusal, check::Listening, text};

/// Most connections whose outcomes are told at once.
const MAX_CONNECTIONS: usize = 100;

/// What became of the checks of a connection.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Which connection.
    pub connection: Id<Connection>,
    /// Newest first; none when it was never checked.
    pub outcomes: Vec<CheckOutcome>,
}

impl App {
    /// The latest outcomes of the checks of a connection (by id or name), newest first, at most `limit`.
    ///
    /// # Errors
    /// [`Refusal::Missing`], and [`Refusal::Invalid`] when `limit` is out of range.
    pub async fn list_checks(&self, organization: Id<Organization>, reference: &str, limit: u32) -> Result<Vec<CheckOutcome>, Refusal> {
        text::within("limit", limit, 1..=CheckOutcome::KEPT)?;
        let id = self.stored_connection(organization, reference).await?.id;
        let mut outcomes = self.store.check_outcomes(organization, &[id], limit).await?;
        Ok(outcomes.remove(&id).unwrap_or_default())
    }

    /// The same of several connections by one query, in the order in which they are named. One that is not there has none: it may have been
    /// deleted since the caller saw it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when there are too many or `limit` is out of range.
    pub async fn list_check_outcomes(
        &self,
        organization: Id<Organization>,
        connections: Vec<Id<Connection>>,
        limit: u32,
    ) -> Result<Vec<Checked>, Refusal> {
        text::within("limit", limit, 1..=CheckOutcome::KEPT)?;
        text::within("connection", connections.len(), 1..=MAX_CONNECTIONS)?;
        let mut outcomes = self.store.check_outcomes(organization, &connections, limit).await?;
        let of = |connection| Checked { connection, outcomes: outcomes.remove(&connection).unwrap_or_default() };
        Ok(connections.into_iter().map(of).collect())
    }

    /// Every connection that the server checks by itself: of every organization, whoever defines it, unless what defined it is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn connections_to_check(&self) -> Result<Vec<(Id<Organization>, Id<Connection>)>, Refusal> {
        Ok(self.store.connections_to_check().await?)
    }

    /// Checks a stored connection as [`App::check_connection`] does, unasked: it counts for no organization's limit and takes the place of
    /// nobody's check. `None` when the connection is gone, or was changed meanwhile: what was found is not said of what it is now.
    ///
    /// # Errors
    /// When the store fails. A check that fails is no error.
    pub async fn check_unasked(&self, organization: Id<Organization>, id: Id<Connection>) -> Result<Option<LastCheck>, Refusal> {
        let turn = self.checks.own_turn().await;
        let Some(stored) = self.store.get_connection(organization, id).await? else { return Ok(None) };
        let access = match self.connection_access(&stored).await {
            Ok(access) => access,
            Err(Refusal::Changed { .. } | Refusal::Missing { .. }) => return Ok(None),
            Err(refusal) => return Err(refusal),
        };
        let mut nobody = |_| {};
        let heard = self.hear(turn, &access, Listening::new(&mut nobody, AskedBy::Server)).await;
        let noted = self.store.note_connection_check(organization, id, stored.revision, heard.last_check.clone()).await?;
        Ok(noted.then_some(heard.last_check))
    }
}
