//! Connections: the rules of saving one, checking one, and of the one that is the default.

use std::collections::BTreeMap;

use model::{
    AskedBy, Connection, FailureKind, Id, Organization, Origin, SecretChange, SecretField, SecretState, Stored, Target, V1Edition,
    V3Edition,
    edges::{ConnectionAccess, Detected, Tell},
    secret::{SecretChanges, Secrets},
};
use store::{Change, New};
use url::Url;

use super::{
    App, CheckFirst, Draft, Heard, Invalid, Kept, Refusal, certificate,
    check::{Listening, Turn},
    missing, read_only, refuse_taken_name, secrets, text,
};

/// How a new connection is saved.
#[derive(Clone, Copy, Debug)]
pub struct Creation {
    /// Whether it must pass a check first.
    pub check: CheckFirst,
    /// Make it the organization's default; the first one is it anyway.
    pub default: bool,
    /// The small number that Chronograf knows it by; the next free one when absent.
    pub number: Option<i64>,
}

/// How a changed connection is saved.
#[derive(Clone, Copy, Debug)]
pub struct Update {
    /// Whether it must pass a check first, if it is reached differently than before.
    pub check: CheckFirst,
    /// `true` makes it the organization's default; `false` is refused for the one that is it.
    pub default: Option<bool>,
}

/// What deleting a connection brought about.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// The default connection from now on, when it was the default that was deleted and another one is left.
    pub new_default: Option<Stored<Connection>>,
}

impl App {
    /// Every connection, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_connections(&self, organization: Id<Organization>) -> Result<Vec<Kept<Connection>>, Refusal> {
        let list = self.store.list_connections(organization).await?;
        let secrets = self.store.connections_secret_states(organization).await?;
        let standings = self.store.connection_standings(organization).await?;
        Ok(Kept::list(list, secrets, standings))
    }

    /// The connection with this id or name.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_connection(&self, organization: Id<Organization>, reference: &str) -> Result<Kept<Connection>, Refusal> {
        let stored = self.stored_connection(organization, reference).await?;
        self.kept_connection(stored).await
    }

    /// Saves a new connection, once it has passed a check unless that is skipped; each finding is told as soon as it is known.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::NameTaken`], [`Refusal::NumberTaken`], [`Refusal::CheckFailed`], [`Refusal::TooManyChecks`].
    pub async fn create_connection(
        &self,
        organization: Id<Organization>,
        draft: Draft<Connection>,
        creation: Creation,
        tell: Tell<'_>,
    ) -> Result<Kept<Connection>, Refusal> {
        let Draft { name, spec, secrets: changes } = draft;
        let spec = validated(spec)?;
        validate_secrets(&spec, &changes, &BTreeMap::new())?;
        text::number(creation.number)?;
        // Before anybody is contacted; the store says it again.
        refuse_taken_name::<Connection>(&name, self.store.find_connection(organization, name.as_str()).await?.as_ref())?;
        let last_check = match creation.check {
            CheckFirst::Skip => None,
            first => {
                let secrets = secrets::of_draft(&changes, spec.secret_fields(), Secrets::new());
                let access = ConnectionAccess { connection: spec.clone(), secrets };
                Some(self.hear_connection(organization, &access, tell).await?.passed(first)?)
            }
        };
        let new = New { number: creation.number, default: creation.default, last_check };
        let stored = self.store.create_connection(organization, &name, &spec, &changes, new).await?;
        self.kept_connection(stored).await
    }

    /// Saves a changed connection. When scheme, host, port or user change, the kept secrets are forgotten unless the draft brings them.
    /// What is reached differently than before must pass a check first, unless that is skipped; then what the last check said is
    /// forgotten. Nobody is contacted for another name, note or way of batching.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] (also for another driver), [`Refusal::NameTaken`], [`Refusal::CheckFailed`], [`Refusal::TooManyChecks`],
    /// [`Refusal::ReadOnly`], and [`Refusal::Changed`] when `before` is not how it stands now.
    pub async fn update_connection(
        &self,
        before: &Stored<Connection>,
        draft: Draft<Connection>,
        update: Update,
        tell: Tell<'_>,
    ) -> Result<Kept<Connection>, Refusal> {
        let (organization, id) = (before.organization_id, before.id);
        let Draft { name, spec, secrets: changes } = draft;
        if before.origin != Origin::People {
            if update.default == Some(true) && name == before.name && spec == before.spec && changes.is_empty() {
                return self.choose_connection(before).await;
            }
            return Err(read_only(before));
        }
        let spec = validated(spec)?;
        refuse_another_driver(&before.spec, spec.target.driver())?;
        let changes = secrets::after_move(changes, spec.secret_fields(), &before.spec.destination(), &spec.destination());
        validate_secrets(&spec, &changes, &self.store.connection_secret_states(organization, id).await?)?;
        if name != before.name {
            refuse_taken_name::<Connection>(&name, self.store.find_connection(organization, name.as_str()).await?.as_ref())?;
        }
        if update.default == Some(false) && self.store.connection_standing(organization, id).await?.chosen {
            return Err(Invalid::new(
                "default",
                "this is the default connection, and there is always one",
                "make another connection the default instead",
            )
            .into());
        }
        let is_reached_differently = spec.is_reached_differently(&before.spec) || !changes.is_empty();
        let last_check = match (is_reached_differently, update.check) {
            (false, _) => None,
            (true, CheckFirst::Skip) => Some(None),
            (true, first) => {
                let kept = self.secrets_of_connection(before).await?;
                let secrets = secrets::of_draft(&changes, spec.secret_fields(), kept);
                let access = ConnectionAccess { connection: spec.clone(), secrets };
                Some(Some(self.hear_connection(organization, &access, tell).await?.passed(first)?))
            }
        };
        let change = Change { default: update.default == Some(true), last_check };
        let stored = self.store.update_connection(organization, id, Some(before.revision), &name, &spec, &changes, change).await?;
        self.kept_connection(stored).await
    }

    /// Makes a connection the organization's default, whoever defines it.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub async fn make_default_connection(&self, organization: Id<Organization>, reference: &str) -> Result<Kept<Connection>, Refusal> {
        self.choose_connection(&self.stored_connection(organization, reference).await?).await
    }

    /// Deletes a connection, its secrets and its Kapacitors; also one whose file is gone. The default passes to `successor` (by id or name), or to the oldest one left.
    ///
    /// # Errors
    /// [`Refusal::Missing`], [`Refusal::ReadOnly`], [`Refusal::InUse`] while a series writes to it, and [`Refusal::Changed`] when it is
    /// not at `revision`.
    pub async fn delete_connection(
        &self,
        organization: Id<Organization>,
        reference: &str,
        revision: Option<i64>,
        successor: Option<&str>,
    ) -> Result<Deleted, Refusal> {
        let stored = self.stored_connection(organization, reference).await?;
        if stored.origin != Origin::People && !self.store.connection_standing(organization, stored.id).await?.gone {
            return Err(read_only(&stored));
        }
        let successor = match successor {
            None => None,
            Some(reference) => Some(self.stored_connection(organization, reference).await?.id),
        };
        if successor == Some(stored.id) {
            return Err(Invalid::new(
                "successor",
                "a connection that is deleted cannot follow itself",
                "name another connection, or none: then the oldest one left becomes the default",
            )
            .into());
        }
        match self.store.delete_connection_at(organization, stored.id, revision, successor).await? {
            Some(deleted) => Ok(Deleted { new_default: deleted.new_default }),
            None => Err(missing::<Connection>(reference)),
        }
    }

    /// Tries, in order, what a write to a stored connection needs, and keeps what came of it. Tells each finding as soon as it is known.
    /// Writes nothing to the server.
    ///
    /// # Errors
    /// [`Refusal::Missing`] and [`Refusal::TooManyChecks`]. A check that fails is no error.
    pub async fn check_connection(&self, organization: Id<Organization>, reference: &str, tell: Tell<'_>) -> Result<Heard, Refusal> {
        let stored = self.stored_connection(organization, reference).await?;
        let access = self.connection_access(&stored).await?;
        let heard = self.hear_connection(organization, &access, tell).await?;
        self.store.note_connection_check(organization, stored.id, stored.revision, heard.last_check.clone()).await?;
        Ok(heard)
    }

    /// The same for a connection that is not saved. When it would replace a stored one (by id or name), kept secrets are used if they
    /// would go to the same destination and the draft brings none.
    ///
    /// # Errors
    /// [`Refusal::Missing`], [`Refusal::Invalid`] and [`Refusal::TooManyChecks`]. A check that fails is no error.
    pub async fn check_draft_connection(
        &self,
        organization: Id<Organization>,
        spec: Connection,
        changes: &SecretChanges,
        replaces: Option<&str>,
        tell: Tell<'_>,
    ) -> Result<Heard, Refusal> {
        let access = self.draft_connection_to_check(organization, spec, changes, replaces).await?;
        self.hear_connection(organization, &access, tell).await
    }

    /// A draft with its secrets, as a check would use them.
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
        let (mut kept, mut states) = (Secrets::new(), BTreeMap::new());
        if let Some(reference) = replaces {
            let stored = self.stored_connection(organization, reference).await?;
            if stored.spec.destination() == connection.destination() {
                kept = self.secrets_of_connection(&stored).await?;
                states = self.store.connection_secret_states(organization, stored.id).await?;
            }
        }
        validate_secrets(&connection, changes, &states)?;
        let secrets = secrets::of_draft(changes, connection.secret_fields(), kept);
        Ok(ConnectionAccess { connection, secrets })
    }

    /// Asks who answers at `url`, without a login. Changes nothing. Counts as a check.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::TooManyChecks`], and [`Refusal::Failed`] when it cannot be found out.
    pub async fn detect(&self, organization: Id<Organization>, url: &Url, insecure_skip_verify: bool) -> Result<Detected, Refusal> {
        text::web_address("url", url)?;
        let turn = self.checks.turn(organization).await?;
        let detected = match turn.run(self.influx.detect(url, insecure_skip_verify)).await {
            Ok(detected) => detected,
            Err(out_of_time) => Err(out_of_time.failure(FailureKind::InfluxTimeout)),
        };
        detected.map_err(|failure| Refusal::Failed { failure, field: Some("url") })
    }

    /// The connection with its opened secrets.
    pub(super) async fn connection_access(&self, stored: &Stored<Connection>) -> Result<ConnectionAccess, Refusal> {
        let kept = self.secrets_of_connection(stored).await?;
        let secrets = secrets::of_draft(&SecretChanges::new(), stored.spec.secret_fields(), kept);
        Ok(ConnectionAccess { connection: stored.spec.clone(), secrets })
    }

    /// The kept secrets of a connection as it was read.
    ///
    /// # Errors
    /// [`Refusal::Changed`] and [`Refusal::Missing`] when it is not like that any more: its secrets may be for another destination now.
    async fn secrets_of_connection(&self, read: &Stored<Connection>) -> Result<Secrets, Refusal> {
        let secrets = self.store.connection_secrets(read.organization_id, read.id).await?;
        // Afterwards: what stands as it was read stood so in between.
        secrets::are_of(read, self.store.get_connection(read.organization_id, read.id).await?)?;
        Ok(secrets)
    }

    pub(super) async fn stored_connection(&self, organization: Id<Organization>, reference: &str) -> Result<Stored<Connection>, Refusal> {
        let by_id = match reference.parse() {
            Ok(id) => self.store.get_connection(organization, id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(found) => Some(found),
            None => self.store.find_connection(organization, reference).await?,
        };
        found.ok_or_else(|| missing::<Connection>(reference))
    }

    async fn choose_connection(&self, stored: &Stored<Connection>) -> Result<Kept<Connection>, Refusal> {
        self.store.set_default_connection(stored.organization_id, stored.id).await?;
        self.get_connection(stored.organization_id, &stored.id.to_string()).await
    }

    async fn hear_connection(&self, organization: Id<Organization>, access: &ConnectionAccess, tell: Tell<'_>) -> Result<Heard, Refusal> {
        let turn = self.checks.turn(organization).await?;
        Ok(self.hear(turn, access, Listening::new(tell, AskedBy::People)).await)
    }

    /// Checks within a turn, whoever asked for it.
    pub(super) async fn hear(&self, turn: Turn, access: &ConnectionAccess, mut listening: Listening<'_>) -> Heard {
        let ended = turn.run(self.influx.check(access, &mut |finding| listening.hear(finding))).await;
        if let Err(out_of_time) = ended {
            listening.hear(out_of_time.finding(FailureKind::InfluxTimeout));
        }
        listening.end(self.clock.now())
    }

    pub(super) async fn kept_connection(&self, stored: Stored<Connection>) -> Result<Kept<Connection>, Refusal> {
        let secrets = self.store.connection_secret_states(stored.organization_id, stored.id).await?;
        let standing = self.store.connection_standing(stored.organization_id, stored.id).await?;
        Ok(Kept { stored, secrets, standing })
    }
}

/// Refuses to make a connection one of another driver: series write to it by what its driver knows.
///
/// # Errors
/// When `driver` is not the connection's own.
pub fn refuse_another_driver(connection: &Connection, driver: &str) -> Result<(), Invalid> {
    let own = connection.target.driver();
    if driver == own {
        return Ok(());
    }
    Err(Invalid::new(
        "driver",
        format!("the driver of a connection cannot be changed: this is `{own}`"),
        "create another connection, point the series at it, then delete this one",
    ))
}

/// The connection as it is stored: texts trimmed, blanks taken for absent, every limit kept.
pub(super) fn validated(mut connection: Connection) -> Result<Connection, Invalid> {
    match &mut connection.target {
        Target::V1 { url, database, username, retention_policy, edition, meta_url } => {
            text::web_address("url", url)?;
            *database = text::needed("database", database)?;
            *username = text::optional("username", username.as_deref())?;
            *retention_policy = text::optional("retention_policy", retention_policy.as_deref())?;
            if let Some(meta_url) = meta_url {
                text::web_address("meta_url", meta_url)?;
                if *edition != V1Edition::Enterprise {
                    return Err(Invalid::new(
                        "meta_url",
                        "only InfluxDB Enterprise has meta nodes",
                        "give `edition` as `enterprise`, or null for `meta_url`",
                    ));
                }
            }
        }
        Target::V2 { url, organization, bucket } => {
            text::web_address("url", url)?;
            *organization = text::needed("organization", organization)?;
            *bucket = text::needed("bucket", bucket)?;
        }
        Target::V3 { url, database, edition, cluster_id, account_id } => {
            text::web_address("url", url)?;
            *database = text::needed("database", database)?;
            *cluster_id = text::optional_uuid("cluster_id", cluster_id.as_deref())?;
            *account_id = text::optional_uuid("account_id", account_id.as_deref())?;
            for (field, id) in [("cluster_id", cluster_id), ("account_id", account_id)] {
                if id.is_some() && !is_managed(*edition) {
                    return Err(of_managed_editions(field, &format!("`{field}`")));
                }
            }
        }
        Target::File { folder } => {
            text::absolute_path("folder", folder)?;
            if connection.insecure_skip_verify || !connection.tls.is_default() {
                return Err(Invalid::new(
                    "tls",
                    "a folder has no certificates",
                    "leave `tls` and `insecure_skip_verify` out, or give null",
                ));
            }
        }
    }
    connection.telegraf_database = text::optional("telegraf_database", connection.telegraf_database.as_deref())?;
    connection.tls = certificate::validated(connection.tls, connection.insecure_skip_verify)?;
    text::within("timeout_ms", connection.timeout_ms, 1..=3_600_000)?;
    text::within("batch_lines", connection.batch_lines, 1..=50_000)?;
    text::within("in_flight", connection.in_flight, 1..=64)?;
    text::notes(&connection.notes)?;
    Ok(connection)
}

/// Refuses secrets that this connection does not use, and a client certificate without its key. `kept` are the secrets that stay unless
/// they are changed.
pub(super) fn validate_secrets(
    connection: &Connection,
    changes: &SecretChanges,
    kept: &BTreeMap<SecretField, SecretState>,
) -> Result<(), Invalid> {
    secrets::validate(changes, connection.secret_fields(), &article(connection))?;
    if let (Target::V3 { edition, .. }, Some(SecretChange::Set(_))) = (&connection.target, changes.get(&SecretField::ManagementToken))
        && !is_managed(*edition)
    {
        return Err(of_managed_editions("secrets.management_token", "a management token"));
    }
    let has_key = secrets::will_be_set(SecretField::ClientKey, changes, kept);
    certificate::is_shown_with_its_key("tls.client_certificate", connection.tls.client_certificate.as_ref(), has_key)
}

/// Whether an account's management API stands beside the database.
const fn is_managed(edition: V3Edition) -> bool {
    matches!(edition, V3Edition::Clustered | V3Edition::CloudDedicated)
}

fn of_managed_editions(field: &str, what: &str) -> Invalid {
    Invalid::new(
        field,
        format!("only InfluxDB Clustered and Cloud Dedicated have {what}"),
        format!("give `edition` as `clustered` or `cloud_dedicated`, or leave `{field}` out"),
    )
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
