//! What declarations come to: whose each object is, by which id and number, and what of before stays. Of what is stored only organizations
//! change here, because everything else belongs to one.

use std::collections::{BTreeMap, HashMap, HashSet};

use foreign::{Broken, FoundConnection, FoundKapacitor};
use model::{
    Connection, Id, Kapacitor, Name, Organization, Origin, SecretChange,
    id::a,
    secret::{ExposeSecret, SecretChanges, Secrets},
};
use store::{Defined, Provisioned};

use super::{
    super::{App, Invalid, Refusal, connection, kapacitor},
    Change, Changed, Declaration, Declared, FileKind, Outcome, OutcomeState, Says,
};

/// What is to be done.
pub(super) struct Plan {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) changes: Vec<Change>,
    /// What was there before.
    pub(super) before: Provisioned,
    pub(super) connections: Vec<Planned<Connection>>,
    pub(super) kapacitors: Vec<Planned<Kapacitor>>,
    /// What stays as it is although no declaration that can be followed asks for it.
    pub(super) kept_connections: HashSet<Id<Connection>>,
    pub(super) kept_kapacitors: HashSet<Id<Kapacitor>>,
    pub(super) organizations: HashSet<Id<Organization>>,
}

/// One object that is to be as declared.
pub(super) struct Planned<N> {
    /// Which declaration.
    pub(super) at: usize,
    pub(super) id: Id<N>,
    pub(super) organization: Id<Organization>,
    /// The number that it asks for; the next free one when absent.
    pub(super) number: Option<i64>,
    /// The name that it asks for.
    pub(super) name: Name,
    pub(super) spec: N,
    pub(super) secrets: Secrets,
    /// Whether it asks to be the default, or the active one.
    pub(super) claims: bool,
}

impl<N> Planned<N> {
    /// What tells it from others of its name.
    pub(super) fn suffix(&self, origin: &Origin) -> String {
        match (self.number, origin) {
            (Some(number), _) => number.to_string(),
            (None, Origin::File(name) | Origin::Environment(name)) => name.clone(),
            (None, Origin::People) => String::new(),
        }
    }
}

/// The number of what the environment defines, as in Chronograf.
const NUMBER_OF_ENVIRONMENT: i64 = 0;

/// The field of a file that holds its number.
const NUMBER_FIELD: &str = "id";

struct Planner<'a> {
    app: &'a App,
    declarations: &'a [Declaration],
    plan: Plan,
    organizations: HashMap<String, Option<Id<Organization>>>,
    files_are_known: bool,
}

/// Plans, and puts the organizations that are declared.
pub(super) async fn make(app: &App, declared: &Declared) -> Result<Plan, Refusal> {
    let declarations = &declared.declarations;
    let outcomes = declarations.iter().map(|declaration| Outcome {
        origin: declaration.origin.clone(),
        kind: declaration.kind,
        state: OutcomeState::Broken,
        object: None,
        problem: declaration.says.as_ref().err().cloned(),
        warnings: declaration.warnings.clone(),
    });
    let plan = Plan {
        outcomes: outcomes.collect(),
        changes: Vec::new(),
        before: app.store.list_provisioned().await?,
        connections: Vec::new(),
        kapacitors: Vec::new(),
        kept_connections: HashSet::new(),
        kept_kapacitors: HashSet::new(),
        organizations: HashSet::new(),
    };
    let mut planner = Planner { app, declarations, plan, organizations: HashMap::new(), files_are_known: declared.files_are_known };
    planner.organizations().await?;
    planner.connections().await?;
    planner.claims_of_connections();
    planner.kapacitors().await?;
    planner.claims_of_kapacitors();
    Ok(planner.plan)
}

impl Planner<'_> {
    async fn organizations(&mut self) -> Result<(), Refusal> {
        let mut first: HashMap<&str, &Origin> = HashMap::new();
        for (at, declaration) in self.declarations.iter().enumerate() {
            let Ok(Says::Organization(found)) = &declaration.says else { continue };
            let outcome = &mut self.plan.outcomes[at];
            let alias = found.alias.trim();
            if alias.is_empty() {
                outcome.wrong(NUMBER_FIELD, "an organization needs one");
                continue;
            }
            if let Some(other) = first.insert(alias, &declaration.origin) {
                first.insert(alias, other);
                outcome.wrong(NUMBER_FIELD, format!("{other} comes first and has the same"));
                continue;
            }
            if alias.eq_ignore_ascii_case("default") {
                outcome.warn(None, "the organization `default` is always there, and keeps its name");
                outcome.loaded(Organization::DEFAULT, "default");
                continue;
            }
            let name = match Name::new(&found.name) {
                Ok(name) => name,
                Err(error) => {
                    outcome.wrong("name", error.to_string());
                    continue;
                }
            };
            self.put_organization(at, alias, name).await?;
        }
        for organization in &self.plan.before.organizations {
            let planned = self.plan.organizations.contains(&organization.id);
            if planned || !self.stays(&organization.origin) {
                continue;
            }
            self.plan.organizations.insert(organization.id);
            if let Some(outcome) = broken_of(&mut self.plan.outcomes, &organization.origin) {
                outcome.last_good(organization.id, &organization.name, organization.updated_at, self.app.clock.now());
            }
        }
        Ok(())
    }

    async fn put_organization(&mut self, at: usize, alias: &str, mut name: Name) -> Result<(), Refusal> {
        let store = &self.app.store;
        let outcome = &mut self.plan.outcomes[at];
        let present = store.find_organization_by_alias(alias).await?;
        if present.as_ref().is_some_and(|present| present.origin == Origin::People) {
            outcome.wrong(NUMBER_FIELD, "an organization that people made has the same: remove the file");
            return Ok(());
        }
        let is_taken =
            |other: Option<Organization>| other.is_some_and(|other| present.as_ref().map(|present| present.id) != Some(other.id));
        if is_taken(store.find_organization(name.as_str()).await?) {
            let Some(free) = name.with_suffix(alias) else {
                outcome.wrong("name", "it is taken by another organization");
                return Ok(());
            };
            if is_taken(store.find_organization(free.as_str()).await?) {
                outcome.wrong("name", "it is taken by another organization");
                return Ok(());
            }
            outcome.warn(self.declarations[at].line_of("name"), format!("another organization has the name: this one is called `{free}`"));
            name = free;
        }
        let put = store.put_provisioned_organization(alias, &name, outcome.origin.clone()).await?;
        outcome.loaded(put.id, &put.name);
        let what = match &present {
            None => Some(Changed::Added),
            Some(present) if *present != put => Some(Changed::Changed),
            Some(_) => None,
        };
        let change = |what| Change { what, noun: FileKind::Organization.noun(), key: alias.to_owned(), origin: put.origin.clone() };
        self.plan.changes.extend(what.map(change));
        self.plan.organizations.insert(put.id);
        Ok(())
    }

    async fn connections(&mut self) -> Result<(), Refusal> {
        let mut first: HashMap<i64, &Origin> = HashMap::new();
        for (at, declaration) in self.declarations.iter().enumerate() {
            let Ok(Says::Connection(found)) = &declaration.says else { continue };
            let number = match numbered(&declaration.origin, found.number, &mut first) {
                Ok(number) => number,
                Err(broken) => {
                    self.plan.outcomes[at].problem = Some(broken);
                    continue;
                }
            };
            if let Some(number) = number
                && self.app.store.find_connection_by_number(number).await?.is_some_and(|other| other.origin == Origin::People)
            {
                self.plan.outcomes[at].wrong(NUMBER_FIELD, of_people("connection"));
                continue;
            }
            let organization = self.organization(at, found.organization.as_deref()).await?;
            match connection_of(found) {
                Ok((name, spec, secrets)) => {
                    let id = Id::of_key(organization, &key("connection", &declaration.origin, number));
                    let planned = Planned { at, id, organization, number, name, spec, secrets, claims: found.default };
                    self.plan.connections.push(planned);
                }
                Err(broken) => self.plan.outcomes[at].problem = Some(broken),
            }
        }
        self.keep_connections().await
    }

    /// What broken files, or files that are not known, declared last stays.
    async fn keep_connections(&mut self) -> Result<(), Refusal> {
        for before in self.plan.before.connections.clone() {
            if before.gone
                || !self.stays(&before.origin)
                || !keeps_its_place(&before, &mut self.plan.connections, self.declarations, &mut self.plan.outcomes)
            {
                continue;
            }
            self.plan.kept_connections.insert(before.id);
            if let Some(outcome) = broken_of(&mut self.plan.outcomes, &before.origin)
                && let Some(stored) = self.app.store.get_connection(before.organization_id, before.id).await?
            {
                outcome.last_good(stored.id, &stored.name, stored.updated_at, self.app.clock.now());
            }
        }
        Ok(())
    }

    /// Two files of one organization that ask to be the default: neither is heard. What the environment declares asks for itself only where
    /// no file does.
    fn claims_of_connections(&mut self) {
        let mut claiming: BTreeMap<Id<Organization>, Vec<usize>> = BTreeMap::new();
        for (index, planned) in self.plan.connections.iter().enumerate().filter(|(_, planned)| planned.claims) {
            claiming.entry(planned.organization).or_default().push(index);
        }
        for claiming in claiming.into_values() {
            let of_file = |index: &usize| matches!(self.declarations[self.plan.connections[*index].at].origin, Origin::File(_));
            let (files, others): (Vec<usize>, Vec<usize>) = claiming.into_iter().partition(of_file);
            if !files.is_empty() {
                others.iter().for_each(|index| self.plan.connections[*index].claims = false);
            }
            if files.len() < 2 {
                continue;
            }
            let names: Vec<String> =
                files.iter().map(|index| self.declarations[self.plan.connections[*index].at].origin.to_string()).collect();
            let reason = format!("it is true in {}: neither was made the default, let one of them say so", names.join(" and "));
            for index in files {
                let planned = &mut self.plan.connections[index];
                planned.claims = false;
                self.plan.outcomes[planned.at].wrong("default", reason.clone());
            }
        }
    }

    async fn kapacitors(&mut self) -> Result<(), Refusal> {
        let mut first: HashMap<i64, &Origin> = HashMap::new();
        for (at, declaration) in self.declarations.iter().enumerate() {
            let Ok(Says::Kapacitor(found)) = &declaration.says else { continue };
            let number = match numbered(&declaration.origin, found.number, &mut first) {
                Ok(number) => number,
                Err(broken) => {
                    self.plan.outcomes[at].problem = Some(broken);
                    continue;
                }
            };
            if let Some(number) = number
                && self.app.store.find_kapacitor_by_number(number).await?.is_some_and(|other| other.origin == Origin::People)
            {
                self.plan.outcomes[at].wrong(NUMBER_FIELD, of_people("Kapacitor"));
                continue;
            }
            let Some((organization, connection_id)) = self.connection_of_kapacitor(at, found).await? else { continue };
            if let Some(reference) = found.organization.as_deref()
                && self.find_organization(reference).await? != Some(organization)
            {
                self.plan.outcomes[at].warn(
                    declaration.line_of("organization"),
                    "it belongs to the organization of its connection, not to the one that `organization` names",
                );
            }
            match kapacitor_of(found, connection_id) {
                Ok((name, spec, secrets)) => {
                    let id = Id::of_key(organization, &key("kapacitor", &declaration.origin, number));
                    let planned = Planned { at, id, organization, number, name, spec, secrets, claims: found.active };
                    self.plan.kapacitors.push(planned);
                }
                Err(broken) => self.plan.outcomes[at].problem = Some(broken),
            }
        }
        self.keep_kapacitors().await
    }

    async fn keep_kapacitors(&mut self) -> Result<(), Refusal> {
        for before in self.plan.before.kapacitors.clone() {
            if !self.stays(&before.origin) {
                continue;
            }
            let Some(stored) = self.app.store.get_kapacitor(before.organization_id, before.id).await? else { continue };
            if !self.will_be_there(before.organization_id, stored.spec.connection_id).await? {
                continue;
            }
            if !keeps_its_place(&before, &mut self.plan.kapacitors, self.declarations, &mut self.plan.outcomes) {
                continue;
            }
            self.plan.kept_kapacitors.insert(before.id);
            if let Some(outcome) = broken_of(&mut self.plan.outcomes, &before.origin) {
                outcome.last_good(stored.id, &stored.name, stored.updated_at, self.app.clock.now());
            }
        }
        Ok(())
    }

    /// Of several that ask to be the active one of a connection, the first is heard.
    fn claims_of_kapacitors(&mut self) {
        let mut first: HashMap<Id<Connection>, &Origin> = HashMap::new();
        for planned in self.plan.kapacitors.iter_mut().filter(|planned| planned.claims) {
            let origin = &self.declarations[planned.at].origin;
            if let Some(other) = first.get(&planned.spec.connection_id) {
                planned.claims = false;
                self.plan.outcomes[planned.at].warn(
                    self.declarations[planned.at].line_of("active"),
                    format!("`active` is true in {other} too, which comes first: that one is the active one"),
                );
            } else {
                first.insert(planned.spec.connection_id, origin);
            }
        }
    }

    /// The connection that a Kapacitor names by number: of what is declared first, then of what stays, then of what people made.
    async fn connection_of_kapacitor(
        &mut self,
        at: usize,
        found: &FoundKapacitor,
    ) -> Result<Option<(Id<Organization>, Id<Connection>)>, Refusal> {
        let declaration = &self.declarations[at];
        let number = match (found.connection_number, &declaration.origin) {
            (Some(number), _) => number,
            (None, Origin::Environment(_)) => NUMBER_OF_ENVIRONMENT,
            (None, _) => return Ok(self.only_connection(at)),
        };
        if let Some(planned) = self.plan.connections.iter().find(|planned| planned.number == Some(number)) {
            return Ok(Some((planned.organization, planned.id)));
        }
        if let Some(stored) = self.app.store.find_connection_by_number(number).await?
            && (stored.origin == Origin::People || self.plan.kept_connections.contains(&stored.id))
        {
            return Ok(Some((stored.organization_id, stored.id)));
        }
        let (field, reason) = match &declaration.origin {
            Origin::Environment(variable) => (variable.as_str(), "there is no connection for it: set INFLUXDB_URL too"),
            _ => ("srcID", "no connection has this `id`, neither in a file nor among the stored ones"),
        };
        self.plan.outcomes[at].wrong(field, reason);
        Ok(None)
    }

    /// The connection of a Kapacitor that names none: the one that files declare, if it is one.
    fn only_connection(&mut self, at: usize) -> Option<(Id<Organization>, Id<Connection>)> {
        let of_files = |planned: &&Planned<Connection>| matches!(self.declarations[planned.at].origin, Origin::File(_));
        let declared = self.plan.connections.iter().filter(of_files).map(|planned| (planned.organization, planned.id));
        let kept = self.plan.before.connections.iter().filter(|before| self.plan.kept_connections.contains(&before.id));
        let all: Vec<_> = declared.chain(kept.map(|before| (before.organization_id, before.id))).collect();
        if let [only] = all[..] {
            return Some(only);
        }
        let reason = format!("files define {} connections: give the `id` of the one that the Kapacitor belongs to", all.len());
        self.plan.outcomes[at].wrong("srcID", reason);
        None
    }

    async fn will_be_there(&self, organization: Id<Organization>, id: Id<Connection>) -> Result<bool, Refusal> {
        if self.plan.kept_connections.contains(&id) || self.plan.connections.iter().any(|planned| planned.id == id) {
            return Ok(true);
        }
        let stored = self.app.store.get_connection(organization, id).await?;
        Ok(stored.is_some_and(|stored| stored.origin == Origin::People))
    }

    /// Whether what this origin declared last stays although it declares nothing now that can be followed.
    fn stays(&self, origin: &Origin) -> bool {
        let is_unknown = !self.files_are_known && matches!(origin, Origin::File(_));
        is_unknown || self.plan.outcomes.iter().any(|outcome| outcome.origin == *origin && is_broken(outcome))
    }

    /// The organization that a declaration names; `default` when it names none, and when nobody knows it.
    async fn organization(&mut self, at: usize, reference: Option<&str>) -> Result<Id<Organization>, Refusal> {
        let Some(reference) = reference else { return Ok(Organization::DEFAULT) };
        if let Some(found) = self.find_organization(reference).await? {
            return Ok(found);
        }
        self.plan.outcomes[at].warn(
            self.declarations[at].line_of("organization"),
            "nobody knows the organization that `organization` names: it is loaded into `default`",
        );
        Ok(Organization::DEFAULT)
    }

    /// By another system's id, or by name.
    async fn find_organization(&mut self, reference: &str) -> Result<Option<Id<Organization>>, Refusal> {
        let reference = reference.trim();
        if reference.is_empty() || reference.eq_ignore_ascii_case("default") {
            return Ok(Some(Organization::DEFAULT));
        }
        if let Some(known) = self.organizations.get(reference) {
            return Ok(*known);
        }
        let store = &self.app.store;
        let found = match store.find_organization_by_alias(reference).await? {
            Some(found) => Some(found),
            None => store.find_organization(reference).await?,
        };
        let id = found.map(|found| found.id);
        self.organizations.insert(reference.to_owned(), id);
        Ok(id)
    }
}

/// Lets nobody else have the id or number of what stays: a file that is being written is no reason to follow another one for a moment. `false`
/// when its own file or variable declares it, beside what is broken there.
fn keeps_its_place<N>(before: &Defined<N>, all: &mut Vec<Planned<N>>, declarations: &[Declaration], outcomes: &mut [Outcome]) -> bool {
    let is_same = |planned: &Planned<N>| planned.id == before.id || (planned.number.is_some() && planned.number == before.number);
    let Some(index) = all.iter().position(is_same) else { return true };
    if declarations[all[index].at].origin == before.origin {
        return false;
    }
    let rival = all.remove(index);
    outcomes[rival.at].wrong(NUMBER_FIELD, format!("{} has the same: correct or remove that file first", before.origin));
    true
}

fn is_broken(outcome: &Outcome) -> bool {
    outcome.object.is_none() && outcome.problem.is_some()
}

fn broken_of<'a>(outcomes: &'a mut [Outcome], origin: &Origin) -> Option<&'a mut Outcome> {
    outcomes.iter_mut().find(|outcome| outcome.origin == *origin && is_broken(outcome))
}

/// What an object is known by for ever, together with its organization.
fn key(noun: &str, origin: &Origin, number: Option<i64>) -> String {
    match (number, origin) {
        (Some(number), Origin::File(_)) => format!("{noun} {number}"),
        (None, Origin::File(name)) => format!("{noun} of the file {name}"),
        _ => format!("{noun} of the environment"),
    }
}

/// The number that a declaration gives, if it gives one and no earlier one has it.
fn numbered<'a>(origin: &'a Origin, number: Option<i64>, first: &mut HashMap<i64, &'a Origin>) -> Result<Option<i64>, Broken> {
    let wrong = |reason: String| Err(Broken { line: None, field: Some(NUMBER_FIELD.to_owned()), reason });
    let number = match (number, origin) {
        (_, Origin::Environment(_)) => NUMBER_OF_ENVIRONMENT,
        (Some(number), _) if number > 0 => number,
        (Some(_), _) => return wrong("it is no number from 1: give one of 4 or 5 digits that nothing else has".to_owned()),
        (None, _) => return Ok(None),
    };
    if let Some(other) = first.get(&number) {
        return wrong(format!("{other} comes first and has the same: give one of them another"));
    }
    first.insert(number, origin);
    Ok(Some(number))
}

fn of_people(what: &str) -> String {
    format!("{} that people made has the same: give the file another", a(what))
}

fn connection_of(found: &FoundConnection) -> Result<(Name, Connection, Secrets), Broken> {
    let name = Name::new(&found.name).map_err(not_a_name)?;
    let spec = connection::validated(found.connection.clone()).map_err(invalid)?;
    let secrets = given(&found.secrets);
    connection::validate_secrets(&spec, &changes(&secrets), &BTreeMap::new()).map_err(invalid)?;
    Ok((name, spec, secrets))
}

fn kapacitor_of(found: &FoundKapacitor, connection_id: Id<Connection>) -> Result<(Name, Kapacitor, Secrets), Broken> {
    let name = Name::new(&found.name).map_err(not_a_name)?;
    let spec = kapacitor::validated(found.of(connection_id)).map_err(invalid)?;
    let secrets = given(&found.secrets);
    kapacitor::validate_secrets(&spec, &changes(&secrets), &BTreeMap::new()).map_err(invalid)?;
    Ok((name, spec, secrets))
}

/// The secrets that say something: an empty one is none.
fn given(secrets: &Secrets) -> Secrets {
    secrets.iter().filter(|(_, value)| !value.expose_secret().is_empty()).map(|(field, value)| (*field, value.clone())).collect()
}

fn changes(secrets: &Secrets) -> SecretChanges {
    secrets.iter().map(|(field, value)| (*field, SecretChange::Set(value.clone()))).collect()
}

fn invalid(invalid: Invalid) -> Broken {
    Broken { line: None, field: Some(invalid.field), reason: format!("{}: {}", invalid.message, invalid.advice) }
}

fn not_a_name(error: impl ToString) -> Broken {
    Broken { line: None, field: Some("name".to_owned()), reason: error.to_string() }
}
