//! Kapacitors: the rules of saving and checking one, and of the one that is active. Each belongs to a connection, within which its name is
//! its own.

use std::collections::BTreeMap;

use model::{
    AskedBy, FailureKind, Id, Kapacitor, Organization, Origin, SecretField, SecretState, Stored,
    edges::{KapacitorAccess, Tell},
    secret::{SecretChanges, Secrets},
};
use store::{KapacitorChange, NewKapacitor};

use super::{
    App, CheckFirst, Draft, Heard, Invalid, Kept, Refusal, certificate, check::Listening, missing, read_only, refuse_taken_name, secrets,
    text,
};

/// How a new Kapacitor is saved.
#[derive(Clone, Copy, Debug)]
pub struct KapacitorCreation {
    /// Whether it must pass a check first.
    pub check: CheckFirst,
    /// Whether it is its connection's active one; when absent, it is if it is the first.
    pub active: Option<bool>,
    /// The small number that Chronograf knows it by; the next free one when absent.
    pub number: Option<i64>,
}

/// How a changed Kapacitor is saved.
#[derive(Clone, Copy, Debug)]
pub struct KapacitorUpdate {
    /// Whether it must pass a check first, if it is reached differently than before.
    pub check: CheckFirst,
    /// Whether it is its connection's active one; absent keeps.
    pub active: Option<bool>,
}

impl App {
    /// Every Kapacitor of the organization, or those of one connection (by id or name), by name.
    ///
    /// # Errors
    /// [`Refusal::Missing`] for the connection.
    pub async fn list_kapacitors(&self, organization: Id<Organization>, connection: Option<&str>) -> Result<Vec<Kept<Kapacitor>>, Refusal> {
        let connection = match connection {
            None => None,
            Some(reference) => Some(self.stored_connection(organization, reference).await?.id),
        };
        let list = self.store.list_kapacitors(organization, connection).await?;
        let secrets = self.store.kapacitors_secret_states(organization).await?;
        let standings = self.store.kapacitor_standings(organization).await?;
        Ok(Kept::list(list, secrets, standings))
    }

    /// The Kapacitor of the connection with this id or name.
    ///
    /// # Errors
    /// [`Refusal::Missing`], also for the connection.
    pub async fn get_kapacitor(
        &self,
        organization: Id<Organization>,
        connection: &str,
        reference: &str,
    ) -> Result<Kept<Kapacitor>, Refusal> {
        let stored = self.stored_kapacitor(organization, connection, reference).await?;
        self.kept_kapacitor(stored).await
    }

    /// Saves a new Kapacitor of the connection (whatever connection the draft names), once it has passed a check unless that is skipped;
    /// each finding is told as soon as it is known.
    ///
    /// # Errors
    /// [`Refusal::Missing`] for the connection; [`Refusal::Invalid`], [`Refusal::NameTaken`], [`Refusal::NumberTaken`],
    /// [`Refusal::CheckFailed`], [`Refusal::TooManyChecks`].
    pub async fn create_kapacitor(
        &self,
        organization: Id<Organization>,
        connection: &str,
        draft: Draft<Kapacitor>,
        creation: KapacitorCreation,
        tell: Tell<'_>,
    ) -> Result<Kept<Kapacitor>, Refusal> {
        let connection_id = self.stored_connection(organization, connection).await?.id;
        let Draft { name, spec, secrets: changes } = draft;
        let spec = validated(Kapacitor { connection_id, ..spec })?;
        validate_secrets(&spec, &changes, &BTreeMap::new())?;
        text::number(creation.number)?;
        // Before anybody is contacted; the store says it again.
        refuse_taken_name::<Kapacitor>(&name, self.store.find_kapacitor(organization, connection_id, name.as_str()).await?.as_ref())?;
        let last_check = match creation.check {
            CheckFirst::Skip => None,
            first => {
                let secrets = secrets::of_draft(&changes, spec.secret_fields(), Secrets::new());
                let access = KapacitorAccess { kapacitor: spec.clone(), secrets };
                Some(self.hear_kapacitor(organization, &access, tell).await?.passed(first)?)
            }
        };
        let new = NewKapacitor { number: creation.number, active: creation.active, last_check };
        let stored = self.store.create_kapacitor(organization, &name, &spec, &changes, new).await?;
        self.kept_kapacitor(stored).await
    }

    /// Saves a changed Kapacitor, by the rules of [`App::update_connection`]. It stays with its connection.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::NameTaken`], [`Refusal::CheckFailed`], [`Refusal::TooManyChecks`], [`Refusal::ReadOnly`], and
    /// [`Refusal::Changed`] when `before` is not how it stands now.
    pub async fn update_kapacitor(
        &self,
        before: &Stored<Kapacitor>,
        draft: Draft<Kapacitor>,
        update: KapacitorUpdate,
        tell: Tell<'_>,
    ) -> Result<Kept<Kapacitor>, Refusal> {
        let (organization, id, connection_id) = (before.organization_id, before.id, before.spec.connection_id);
        let Draft { name, spec, secrets: changes } = draft;
        let spec = Kapacitor { connection_id, ..spec };
        if before.origin != Origin::People {
            if let (Some(active), true) = (update.active, name == before.name && spec == before.spec && changes.is_empty()) {
                return self.choose_kapacitor(before, active).await;
            }
            return Err(read_only(before));
        }
        let spec = validated(spec)?;
        let changes = secrets::after_move(changes, spec.secret_fields(), &before.spec.destination(), &spec.destination());
        validate_secrets(&spec, &changes, &self.store.kapacitor_secret_states(organization, id).await?)?;
        if name != before.name {
            refuse_taken_name::<Kapacitor>(&name, self.store.find_kapacitor(organization, connection_id, name.as_str()).await?.as_ref())?;
        }
        let is_reached_differently = spec.is_reached_differently(&before.spec) || !changes.is_empty();
        let last_check = match (is_reached_differently, update.check) {
            (false, _) => None,
            (true, CheckFirst::Skip) => Some(None),
            (true, first) => {
                let kept = self.secrets_of_kapacitor(before).await?;
                let secrets = secrets::of_draft(&changes, spec.secret_fields(), kept);
                let access = KapacitorAccess { kapacitor: spec.clone(), secrets };
                Some(Some(self.hear_kapacitor(organization, &access, tell).await?.passed(first)?))
            }
        };
        let change = KapacitorChange { active: update.active, last_check };
        let stored = self.store.update_kapacitor(organization, id, Some(before.revision), &name, &spec, &changes, change).await?;
        self.kept_kapacitor(stored).await
    }

    /// Makes a Kapacitor the active one of its connection, whoever defines it.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub async fn activate_kapacitor(
        &self,
        organization: Id<Organization>,
        connection: &str,
        reference: &str,
    ) -> Result<Kept<Kapacitor>, Refusal> {
        self.choose_kapacitor(&self.stored_kapacitor(organization, connection, reference).await?, true).await
    }

    /// Deletes a Kapacitor and its secrets. When it was the active one, none is until another is made it.
    ///
    /// # Errors
    /// [`Refusal::Missing`], [`Refusal::ReadOnly`], and [`Refusal::Changed`] when it is not at `revision`.
    pub async fn delete_kapacitor(
        &self,
        organization: Id<Organization>,
        connection: &str,
        reference: &str,
        revision: Option<i64>,
    ) -> Result<(), Refusal> {
        let stored = self.stored_kapacitor(organization, connection, reference).await?;
        if stored.origin != Origin::People {
            return Err(read_only(&stored));
        }
        match self.store.delete_kapacitor_at(organization, stored.id, revision).await? {
            true => Ok(()),
            false => Err(missing::<Kapacitor>(reference)),
        }
    }

    /// Tries, in order, what using a stored Kapacitor needs, and keeps what came of it. Tells each finding as soon as it is known. Changes
    /// nothing on the server.
    ///
    /// # Errors
    /// [`Refusal::Missing`] and [`Refusal::TooManyChecks`]. A check that fails is no error.
    pub async fn check_kapacitor(
        &self,
        organization: Id<Organization>,
        connection: &str,
        reference: &str,
        tell: Tell<'_>,
    ) -> Result<Heard, Refusal> {
        let stored = self.stored_kapacitor(organization, connection, reference).await?;
        let heard = self.hear_kapacitor(organization, &self.kapacitor_access(&stored).await?, tell).await?;
        self.store.note_kapacitor_check(organization, stored.id, stored.revision, heard.last_check.clone()).await?;
        Ok(heard)
    }

    /// The same for a Kapacitor of the connection that is not saved. When it would replace a stored one (by id or name), kept secrets are
    /// used if they would go to the same destination and the draft brings none.
    ///
    /// # Errors
    /// [`Refusal::Missing`], [`Refusal::Invalid`] and [`Refusal::TooManyChecks`]. A check that fails is no error.
    pub async fn check_draft_kapacitor(
        &self,
        organization: Id<Organization>,
        connection: &str,
        spec: Kapacitor,
        changes: &SecretChanges,
        replaces: Option<&str>,
        tell: Tell<'_>,
    ) -> Result<Heard, Refusal> {
        let connection_id = self.stored_connection(organization, connection).await?.id;
        let kapacitor = validated(Kapacitor { connection_id, ..spec })?;
        let (mut kept, mut states) = (Secrets::new(), BTreeMap::new());
        if let Some(reference) = replaces {
            let stored = self.stored_kapacitor(organization, connection, reference).await?;
            if stored.spec.destination() == kapacitor.destination() {
                kept = self.secrets_of_kapacitor(&stored).await?;
                states = self.store.kapacitor_secret_states(organization, stored.id).await?;
            }
        }
        validate_secrets(&kapacitor, changes, &states)?;
        let secrets = secrets::of_draft(changes, kapacitor.secret_fields(), kept);
        self.hear_kapacitor(organization, &KapacitorAccess { kapacitor, secrets }, tell).await
    }

    /// The Kapacitor with its opened secrets.
    pub(super) async fn kapacitor_access(&self, stored: &Stored<Kapacitor>) -> Result<KapacitorAccess, Refusal> {
        let kept = self.secrets_of_kapacitor(stored).await?;
        let secrets = secrets::of_draft(&SecretChanges::new(), stored.spec.secret_fields(), kept);
        Ok(KapacitorAccess { kapacitor: stored.spec.clone(), secrets })
    }

    /// The kept secrets of a Kapacitor as it was read, see [`App::secrets_of_connection`].
    async fn secrets_of_kapacitor(&self, read: &Stored<Kapacitor>) -> Result<Secrets, Refusal> {
        let secrets = self.store.kapacitor_secrets(read.organization_id, read.id).await?;
        secrets::are_of(read, self.store.get_kapacitor(read.organization_id, read.id).await?)?;
        Ok(secrets)
    }

    pub(super) async fn stored_kapacitor(
        &self,
        organization: Id<Organization>,
        connection: &str,
        reference: &str,
    ) -> Result<Stored<Kapacitor>, Refusal> {
        let connection_id = self.stored_connection(organization, connection).await?.id;
        let by_id = match reference.parse() {
            Ok(id) => self.store.get_kapacitor(organization, id).await?.filter(|found| found.spec.connection_id == connection_id),
            Err(_) => None,
        };
        let found = match by_id {
            Some(found) => Some(found),
            None => self.store.find_kapacitor(organization, connection_id, reference).await?,
        };
        found.ok_or_else(|| missing::<Kapacitor>(reference))
    }

    async fn choose_kapacitor(&self, stored: &Stored<Kapacitor>, active: bool) -> Result<Kept<Kapacitor>, Refusal> {
        let (organization, connection) = (stored.organization_id, stored.spec.connection_id);
        if active {
            self.store.set_active_kapacitor(organization, connection, Some(stored.id)).await?;
        } else if self.store.kapacitor_standing(organization, stored.id).await?.chosen {
            self.store.set_active_kapacitor(organization, connection, None).await?;
        }
        let stored = self.store.get_kapacitor(organization, stored.id).await?.ok_or_else(|| missing::<Kapacitor>(&stored.name))?;
        self.kept_kapacitor(stored).await
    }

    async fn hear_kapacitor(&self, organization: Id<Organization>, access: &KapacitorAccess, tell: Tell<'_>) -> Result<Heard, Refusal> {
        let turn = self.checks.turn(organization).await?;
        let mut listening = Listening::new(tell, AskedBy::People);
        let ended = turn.run(self.influx.check_kapacitor(access, &mut |finding| listening.hear(finding))).await;
        if let Err(out_of_time) = ended {
            listening.hear(out_of_time.finding(FailureKind::InfluxTimeout));
        }
        Ok(listening.end(self.clock.now()))
    }

    pub(super) async fn kept_kapacitor(&self, stored: Stored<Kapacitor>) -> Result<Kept<Kapacitor>, Refusal> {
        let secrets = self.store.kapacitor_secret_states(stored.organization_id, stored.id).await?;
        let standing = self.store.kapacitor_standing(stored.organization_id, stored.id).await?;
        Ok(Kept { stored, secrets, standing })
    }
}

/// The Kapacitor as it is stored: texts trimmed, blanks taken for absent, every limit kept.
pub(super) fn validated(mut kapacitor: Kapacitor) -> Result<Kapacitor, Invalid> {
    text::web_address("url", &kapacitor.url)?;
    kapacitor.username = text::optional("username", kapacitor.username.as_deref())?;
    text::within("timeout_ms", kapacitor.timeout_ms, 1..=3_600_000)?;
    kapacitor.tls = certificate::validated(kapacitor.tls, kapacitor.insecure_skip_verify)?;
    text::notes(&kapacitor.notes)?;
    Ok(kapacitor)
}

pub(super) fn validate_secrets(
    kapacitor: &Kapacitor,
    changes: &SecretChanges,
    kept: &BTreeMap<SecretField, SecretState>,
) -> Result<(), Invalid> {
    secrets::validate(changes, kapacitor.secret_fields(), "a Kapacitor")?;
    let has_key = secrets::will_be_set(SecretField::ClientKey, changes, kept);
    certificate::is_shown_with_its_key("tls.client_certificate", kapacitor.tls.client_certificate.as_ref(), has_key)
}
