//! What the small numbers name by which Chronograf's API knows connections and Kapacitors. A number is unique among all organizations, so it
//! tells the organization too.

use model::{Connection, Id, Kapacitor, Name, Noun, Organization, Stored};

use super::{App, Kept, Refusal};

/// Most numbers that are tried behind a name.
const MAX_TRIES: usize = 1_000;

impl App {
    /// Every connection of every organization, by number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn every_connection(&self) -> Result<Vec<Kept<Connection>>, Refusal> {
        let mut all = Vec::new();
        for organization in self.list_organizations().await? {
            all.extend(self.list_connections(organization.id).await?);
        }
        all.sort_by_key(|kept| kept.stored.number);
        Ok(all)
    }

    /// The connection of this number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn connection_of_number(&self, number: i64) -> Result<Option<Kept<Connection>>, Refusal> {
        match self.store.find_connection_by_number(number).await? {
            Some(stored) => Ok(Some(self.kept_connection(stored).await?)),
            None => Ok(None),
        }
    }

    /// The Kapacitor of this number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn kapacitor_of_number(&self, number: i64) -> Result<Option<Kept<Kapacitor>>, Refusal> {
        match self.store.find_kapacitor_by_number(number).await? {
            Some(stored) => Ok(Some(self.kept_kapacitor(stored).await?)),
            None => Ok(None),
        }
    }

    /// The name that a connection gets that asks for `wanted`: another one of that name adds the number behind it, `Shop (7)`. `own` is its
    /// number; without one, the next free number is taken and given back, for the connection must get it then.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn free_connection_name(
        &self,
        organization: Id<Organization>,
        wanted: Name,
        own: Option<i64>,
    ) -> Result<(Name, Option<i64>), Refusal> {
        let others = self.store.list_connections(organization).await?;
        if is_free(&wanted, own, &others) {
            return Ok((wanted, own));
        }
        let number = match own {
            Some(number) => number,
            None => next_number(self.every_connection().await?.iter().map(|kept| kept.stored.number)),
        };
        numbered(wanted, number, &others)
    }

    /// The same for a Kapacitor of this connection.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn free_kapacitor_name(
        &self,
        organization: Id<Organization>,
        connection: Id<Connection>,
        wanted: Name,
        own: Option<i64>,
    ) -> Result<(Name, Option<i64>), Refusal> {
        let others = self.store.list_kapacitors(organization, Some(connection)).await?;
        if is_free(&wanted, own, &others) {
            return Ok((wanted, own));
        }
        let number = match own {
            Some(number) => number,
            None => {
                let mut numbers = Vec::new();
                for organization in self.list_organizations().await? {
                    let all = self.store.list_kapacitors(organization.id, None).await?;
                    numbers.extend(all.into_iter().map(|stored| stored.number));
                }
                next_number(numbers.into_iter())
            }
        };
        numbered(wanted, number, &others)
    }
}

/// Whether no other one has the name.
fn is_free<N>(name: &Name, own: Option<i64>, others: &[Stored<N>]) -> bool {
    !others.iter().any(|other| other.name == *name && (own.is_none() || other.number != own))
}

fn numbered<N: Noun>(wanted: Name, number: i64, others: &[Stored<N>]) -> Result<(Name, Option<i64>), Refusal> {
    let counted = (2..MAX_TRIES).map(|count| format!("{number}.{count}"));
    let mut suffixes = std::iter::once(number.to_string()).chain(counted).filter_map(|suffix| wanted.with_suffix(suffix));
    match suffixes.find(|name| is_free(name, Some(number), others)) {
        Some(name) => Ok((name, Some(number))),
        None => Err(Refusal::NameTaken { noun: N::NOUN, name: wanted.to_string() }),
    }
}

fn next_number(numbers: impl Iterator<Item = Option<i64>>) -> i64 {
    numbers.flatten().max().unwrap_or(0).saturating_add(1).max(1)
}
