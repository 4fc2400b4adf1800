//! Databases: the rules of saving one, and checking one.

use std::collections::BTreeMap;

use model::{
    AskedBy, Database, Engine, FailureKind, Id, Organization, SecretField, SecretState, Stored, Tls,
    database::Server,
    edges::{DatabaseAccess, Tell},
    secret::{SecretChanges, Secrets},
};
use store::Standing;

use super::{App, Draft, Heard, Invalid, Kept, Refusal, certificate, check::Listening, drivers, missing, secrets, text};

impl App {
    /// Every database, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_databases(&self, organization: Id<Organization>) -> Result<Vec<Kept<Database>>, Refusal> {
        let mut databases = Vec::new();
        for stored in self.store.list_databases(organization).await? {
            databases.push(self.with_database_secrets(stored).await?);
        }
        Ok(databases)
    }

    /// The database with this id or name.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_database(&self, organization: Id<Organization>, reference: &str) -> Result<Kept<Database>, Refusal> {
        let by_id = match reference.parse() {
            Ok(id) => self.store.get_database(organization, id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(found) => Some(found),
            None => self.store.find_database(organization, reference).await?,
        };
        self.with_database_secrets(found.ok_or_else(|| missing::<Database>(reference))?).await
    }

    /// Saves a new database. Nothing is contacted.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] and [`Refusal::NameTaken`].
    pub async fn create_database(&self, organization: Id<Organization>, draft: Draft<Database>) -> Result<Kept<Database>, Refusal> {
        let spec = validated(draft.spec)?;
        validate_secrets(&spec, &draft.secrets, &BTreeMap::new())?;
        let stored = self.store.create_database(organization, &draft.name, &spec, &draft.secrets).await?;
        self.with_database_secrets(stored).await
    }

    /// Saves a changed database. When host, port or user change, the kept secrets are forgotten unless the draft brings them.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] (also for another engine), [`Refusal::NameTaken`], and [`Refusal::Changed`] when `before` is not how it
    /// stands now.
    pub async fn update_database(&self, before: &Stored<Database>, draft: Draft<Database>) -> Result<Kept<Database>, Refusal> {
        let spec = validated(draft.spec)?;
        if spec.engine.kind() != before.spec.engine.kind() {
            return Err(Invalid::new(
                "engine",
                format!("the engine of a database cannot be changed: this is `{}`", before.spec.engine.kind()),
                "create another database, point the queries at it, then delete this one",
            )
            .into());
        }
        let changes = secrets::after_move(draft.secrets, spec.secret_fields(), &before.spec.destination(), &spec.destination());
        validate_secrets(&spec, &changes, &self.store.database_secret_states(before.organization_id, before.id).await?)?;
        let stored =
            self.store.update_database(before.organization_id, before.id, Some(before.revision), &draft.name, &spec, &changes).await?;
        self.with_database_secrets(stored).await
    }

    /// Deletes a database and its secrets.
    ///
    /// # Errors
    /// [`Refusal::Missing`], and [`Refusal::InUse`] while a query runs on it.
    pub async fn delete_database(&self, organization: Id<Organization>, reference: &str) -> Result<(), Refusal> {
        let kept = self.get_database(organization, reference).await?;
        match self.store.delete_database(organization, kept.stored.id).await? {
            true => Ok(()),
            false => Err(missing::<Database>(reference)),
        }
    }

    /// Tries, in order, what a read of a stored database needs; tells each finding as soon as it is known. Writes nothing.
    ///
    /// # Errors
    /// [`Refusal::Missing`] and [`Refusal::TooManyChecks`]. A check that fails is no error.
    pub async fn check_database(&self, organization: Id<Organization>, reference: &str, tell: Tell<'_>) -> Result<Heard, Refusal> {
        let stored = self.get_database(organization, reference).await?.stored;
        let access = self.database_access(&stored).await?;
        self.hear_database(organization, &access, tell).await
    }

    /// The same for a database that is not saved. When it would replace a stored one (by id or name), the kept secret is used if it would
    /// go to the same destination and the draft brings none.
    ///
    /// # Errors
    /// [`Refusal::Missing`], [`Refusal::Invalid`] and [`Refusal::TooManyChecks`]. A check that fails is no error.
    pub async fn check_draft_database(
        &self,
        organization: Id<Organization>,
        spec: Database,
        changes: &SecretChanges,
        replaces: Option<&str>,
        tell: Tell<'_>,
    ) -> Result<Heard, Refusal> {
        let database = validated(spec)?;
        secrets::validate(changes, database.secret_fields(), &article(&database))?;
        let mut kept = Secrets::new();
        if let Some(reference) = replaces {
            let stored = self.get_database(organization, reference).await?.stored;
            if stored.spec.destination() == database.destination() {
                kept = self.secrets_of_database(&stored).await?;
            }
        }
        let secrets = secrets::of_draft(changes, database.secret_fields(), kept);
        self.hear_database(organization, &DatabaseAccess { database, secrets }, tell).await
    }

    async fn hear_database(&self, organization: Id<Organization>, access: &DatabaseAccess, tell: Tell<'_>) -> Result<Heard, Refusal> {
        let turn = self.checks.turn(organization).await?;
        let mut listening = Listening::new(tell, AskedBy::People);
        let ended = turn.run(self.databases.check(access, &mut |finding| listening.hear(finding))).await;
        if let Err(out_of_time) = ended {
            listening.hear(out_of_time.finding(FailureKind::SqlTimeout));
        }
        Ok(listening.end(self.clock.now()))
    }

    /// The database with its opened secrets.
    pub(super) async fn database_access(&self, stored: &Stored<Database>) -> Result<DatabaseAccess, Refusal> {
        let kept = self.secrets_of_database(stored).await?;
        let secrets = secrets::of_draft(&SecretChanges::new(), stored.spec.secret_fields(), kept);
        Ok(DatabaseAccess { database: stored.spec.clone(), secrets })
    }

    /// The kept secrets of a database as it was read, see [`App::secrets_of_connection`].
    async fn secrets_of_database(&self, read: &Stored<Database>) -> Result<Secrets, Refusal> {
        let secrets = self.store.database_secrets(read.organization_id, read.id).await?;
        secrets::are_of(read, self.store.get_database(read.organization_id, read.id).await?)?;
        Ok(secrets)
    }

    async fn with_database_secrets(&self, stored: Stored<Database>) -> Result<Kept<Database>, Refusal> {
        let secrets = self.store.database_secret_states(stored.organization_id, stored.id).await?;
        Ok(Kept { stored, secrets, standing: Standing::default() })
    }
}

/// The database as it is stored: texts trimmed, every limit kept.
fn validated(mut database: Database) -> Result<Database, Invalid> {
    match &mut database.engine {
        Engine::Sqlite { path } => text::absolute_path("path", path)?,
        Engine::Postgres(server) | Engine::Mysql(server) => validate_server(server)?,
        Engine::Adbc(adbc) => drivers::validate_adbc(adbc)?,
        Engine::Odbc(odbc) => drivers::validate_odbc(odbc)?,
    }
    text::within("connect_timeout_ms", database.connect_timeout_ms, 100..=300_000)?;
    text::within("lock_timeout_ms", database.lock_timeout_ms, 1..=3_600_000)?;
    text::within("max_reads", database.max_reads, 1..=64)?;
    text::notes(&database.notes)?;
    Ok(database)
}

fn validate_server(server: &mut Server) -> Result<(), Invalid> {
    server.host = text::needed("host", &server.host)?;
    if !server.host.starts_with('/') && (server.host.contains('/') || server.host.contains('@')) {
        return Err(Invalid::new(
            "host",
            "`host` is not a host name or address",
            "give the host alone; port, database, user name and password have fields of their own",
        ));
    }
    if server.port == Some(0) {
        return Err(Invalid::new("port", "`port` is 0", "give a number from 1 to 65535, or leave it out for the engine's own"));
    }
    server.database = text::needed("database", &server.database)?;
    server.username = text::needed("username", &server.username)?;
    validate_certificates(server)
}

/// What would not count is refused: whoever gives an authority takes the server for verified.
fn validate_certificates(server: &mut Server) -> Result<(), Invalid> {
    server.ca_certificate = certificate::certificates("ca_certificate", server.ca_certificate.take())?;
    server.client_certificate = certificate::certificates("client_certificate", server.client_certificate.take())?;
    if server.ca_certificate.is_some() && server.tls != Tls::Verify {
        return Err(Invalid::new(
            "ca_certificate",
            "`ca_certificate` is given, and `tls` does not verify the server",
            "set `tls` to verify, or `ca_certificate` to null",
        ));
    }
    if server.client_certificate.is_some() && server.tls == Tls::Disable {
        return Err(Invalid::new(
            "client_certificate",
            "`client_certificate` is given, and `tls` is disabled",
            "set `tls` to require or verify, or `client_certificate` to null",
        ));
    }
    Ok(())
}

/// Refuses secrets that this engine does not use, and a client certificate without its key. `kept` are the secrets that stay unless they
/// are changed.
fn validate_secrets(database: &Database, changes: &SecretChanges, kept: &BTreeMap<SecretField, SecretState>) -> Result<(), Invalid> {
    secrets::validate(changes, database.secret_fields(), &article(database))?;
    match &database.engine {
        Engine::Postgres(server) | Engine::Mysql(server) => {
            let has_key = secrets::will_be_set(SecretField::ClientKey, changes, kept);
            certificate::is_shown_with_its_key("client_certificate", server.client_certificate.as_ref(), has_key)
        }
        Engine::Sqlite { .. } | Engine::Adbc(_) | Engine::Odbc(_) => Ok(()),
    }
}

fn article(database: &Database) -> String {
    format!("a {} database", database.engine.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(host: &str, port: Option<u16>) -> Database {
        Database::new(Engine::Postgres(Server { port, ..Server::new(host, "shop", "reader") }))
    }

    #[test]
    fn a_url_in_place_of_a_host_is_refused_without_repeating_it() {
        let invalid = validated(postgres("postgres://bob:hunter2@localhost/shop", None)).unwrap_err();
        assert_eq!(invalid.field, "host");
        assert!(!format!("{invalid:?}").contains("hunter2"));
    }

    #[test]
    fn certificates_that_would_not_count_are_refused() {
        const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        let with = |tls, ca: bool| {
            let pem = Some(PEM.to_owned());
            let server = Server::new("localhost", "shop", "reader");
            let server = if ca { Server { ca_certificate: pem, ..server } } else { Server { client_certificate: pem, ..server } };
            Database::new(Engine::Postgres(Server { tls, ..server }))
        };
        assert_eq!(validated(with(Tls::Require, true)).unwrap_err().field, "ca_certificate");
        assert_eq!(validated(with(Tls::Disable, false)).unwrap_err().field, "client_certificate");
        assert!(validated(with(Tls::Verify, true)).is_ok());
        let shown = validated(with(Tls::Require, false)).unwrap();
        assert_eq!(validate_secrets(&shown, &SecretChanges::new(), &BTreeMap::new()).unwrap_err().field, "secrets.client_key");
    }

    #[test]
    fn a_socket_is_a_host() {
        assert!(validated(postgres("/var/run/postgresql", None)).is_ok());
    }

    #[test]
    fn a_file_has_an_absolute_path_and_port_zero_is_none() {
        assert_eq!(validated(Database::new(Engine::Sqlite { path: "shop.db".to_owned() })).unwrap_err().field, "path");
        assert_eq!(validated(postgres("localhost", Some(0))).unwrap_err().field, "port");
    }
}
