//! Connections: the rules of saving one, and checking one.

use model::{
    Connection, Id, Organization, Stored, Target,
    edges::{ConnectionAccess, Tell},
    secret::{SecretChanges, Secrets},
};

use super::{App, Draft, Invalid, Kept, Refusal, missing, secrets, text};

impl App {
    /// Every connection, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_connections(&self, organization: Id<Organization>) -> Result<Vec<Kept<Connection>>, Refusal> {
        let mut connections = Vec::new();
        for stored in self.store.list_connections(organization).await? {
            connections.push(self.with_connection_secrets(stored).await?);
        }
        Ok(connections)
    }

    /// The connection with this id or name.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_connection(&self, organization: Id<Organization>, reference: &str) -> Result<Kept<Connection>, Refusal> {
        let by_id = match reference.parse() {
            Ok(id) => self.store.get_connection(organization, id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(found) => Some(found),
            None => self.store.find_connection(organization, reference).await?,
        };
        self.with_connection_secrets(found.ok_or_else(|| missing::<Connection>(reference))?).await
    }

    /// Saves a new connection. Nothing is contacted.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] and [`Refusal::NameTaken`].
    pub async fn create_connection(&self, organization: Id<Organization>, draft: Draft<Connection>) -> Result<Kept<Connection>, Refusal> {
        let spec = validated(draft.spec)?;
        secrets::validate(&draft.secrets, spec.secret_fields(), &article(&spec))?;
        let stored = self.store.create_connection(organization, &draft.name, &spec, &draft.secrets).await?;
        self.with_connection_secrets(stored).await
    }

    /// Saves a changed connection. When scheme, host, port or user change, the kept secret is forgotten unless the draft brings one.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] (also for another driver), [`Refusal::NameTaken`], and [`Refusal::Changed`] when `before` is not how it
    /// stands now.
    pub async fn update_connection(&self, before: &Stored<Connection>, draft: Draft<Connection>) -> Result<Kept<Connection>, Refusal> {
        let spec = validated(draft.spec)?;
        if spec.target.driver() != before.spec.target.driver() {
            return Err(Invalid::new(
                "driver",
                format!("the driver of a connection cannot be changed: this is `{}`", before.spec.target.driver()),
                "create another connection, point the series at it, then delete this one",
            )
            .into());
        }
        secrets::validate(&draft.secrets, spec.secret_fields(), &article(&spec))?;
        let changes = secrets::after_move(draft.secrets, spec.secret_fields(), &before.spec.destination(), &spec.destination());
        let stored =
            self.store.update_connection(before.organization_id, before.id, Some(before.revision), &draft.name, &spec, &changes).await?;
        self.with_connection_secrets(stored).await
    }

    /// Deletes a connection and its secret.
    ///
    /// # Errors
    /// [`Refusal::Missing`], and [`Refusal::InUse`] while a series writes to it.
    pub async fn delete_connection(&self, organization: Id<Organization>, reference: &str) -> Result<(), Refusal> {
        let kept = self.get_connection(organization, reference).await?;
        match self.store.delete_connection(organization, kept.stored.id).await? {
            true => Ok(()),
            false => Err(missing::<Connection>(reference)),
        }
    }

    /// A stored connection, ready to be checked: after this only the check itself can go wrong, and it says so in findings.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub async fn connection_to_check(&self, organization: Id<Organization>, reference: &str) -> Result<ConnectionAccess, Refusal> {
        let stored = self.get_connection(organization, reference).await?.stored;
        self.connection_access(&stored).await
    }

    /// A draft, ready to be checked. When it would replace a stored connection (by id or name), the kept secret is used if it would go to
    /// the same destination and the draft brings none.
    ///
    /// # Errors
    /// [`Refusal::Missing`] and [`Refusal::Invalid`].
    pub async fn draft_connection_to_check(
        &self,
        organization: Id<Organization>,
        spec: Connection,
        changes: &SecretChanges,
        replaces: Option<&str>,
    ) -> Result<ConnectionAccess, Refusal> {
        let connection = validated(spec)?;
        secrets::validate(changes, connection.secret_fields(), &article(&connection))?;
        let mut kept = Secrets::new();
        if let Some(reference) = replaces {
            let stored = self.get_connection(organization, reference).await?.stored;
            if stored.spec.destination() == connection.destination() {
                kept = self.store.connection_secrets(organization, stored.id).await?;
            }
        }
        let secrets = secrets::of_draft(changes, connection.secret_fields(), kept);
        Ok(ConnectionAccess { connection, secrets })
    }

    /// Tries, in order, what a write needs; tells each finding as soon as it is known. Writes nothing.
    pub async fn check_connection(&self, access: &ConnectionAccess, tell: Tell<'_>) {
        self.influx.check(access, tell).await;
    }

    /// The connection with its opened secret.
    pub(super) async fn connection_access(&self, stored: &Stored<Connection>) -> Result<ConnectionAccess, Refusal> {
        let kept = self.store.connection_secrets(stored.organization_id, stored.id).await?;
        let secrets = secrets::of_draft(&SecretChanges::new(), stored.spec.secret_fields(), kept);
        Ok(ConnectionAccess { connection: stored.spec.clone(), secrets })
    }

    async fn with_connection_secrets(&self, stored: Stored<Connection>) -> Result<Kept<Connection>, Refusal> {
        let secrets = self.store.connection_secret_states(stored.organization_id, stored.id).await?;
        Ok(Kept { stored, secrets })
    }
}

/// The connection as it is stored: texts trimmed, blanks taken for absent, every limit kept.
fn validated(mut connection: Connection) -> Result<Connection, Invalid> {
    match &mut connection.target {
        Target::V1 { url, database, username, retention_policy, .. } => {
            text::web_address("url", url)?;
            *database = text::needed("database", database)?;
            *username = text::optional("username", username.as_deref())?;
            *retention_policy = text::optional("retention_policy", retention_policy.as_deref())?;
        }
        Target::V2 { url, organization, bucket } => {
            text::web_address("url", url)?;
            *organization = text::needed("organization", organization)?;
            *bucket = text::needed("bucket", bucket)?;
        }
        Target::V3 { url, database, .. } => {
            text::web_address("url", url)?;
            *database = text::needed("database", database)?;
        }
        Target::File { folder } => text::absolute_path("folder", folder)?,
    }
    text::within("timeout_ms", connection.timeout_ms, 1..=3_600_000)?;
    text::within("batch_lines", connection.batch_lines, 1..=50_000)?;
    text::within("in_flight", connection.in_flight, 1..=64)?;
    text::notes(&connection.notes)?;
    Ok(connection)
}

fn article(connection: &Connection) -> String {
    format!("a {} connection", connection.target.driver())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v1() -> Connection {
        Connection::new(Target::V1 {
            url: "http://localhost:8086".parse().unwrap(),
            database: " telegraf ".to_owned(),
            username: Some(" ".to_owned()),
            retention_policy: Some(String::new()),
            edition: Default::default(),
            meta_url: None,
        })
    }

    #[test]
    fn blank_texts_are_absent_and_others_trimmed() {
        let Target::V1 { database, username, retention_policy, .. } = validated(v1()).unwrap().target else { unreachable!() };
        assert_eq!((database.as_str(), username, retention_policy), ("telegraf", None, None));
    }

    #[test]
    fn every_number_has_its_limits() {
        type Change = fn(&mut Connection);
        let cases: [(&str, Change); 6] = [
            ("timeout_ms", |c| c.timeout_ms = 0),
            ("timeout_ms", |c| c.timeout_ms = 3_600_001),
            ("batch_lines", |c| c.batch_lines = 0),
            ("batch_lines", |c| c.batch_lines = 50_001),
            ("in_flight", |c| c.in_flight = 0),
            ("in_flight", |c| c.in_flight = 65),
        ];
        for (field, change) in cases {
            let mut connection = v1();
            change(&mut connection);
            assert_eq!(validated(connection).unwrap_err().field, field);
        }
    }
}
