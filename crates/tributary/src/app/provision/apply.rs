//! Makes the store what was planned: removes first, so that names and numbers are free, then puts.

use std::collections::{HashMap, HashSet};

use model::{
    Connection, Id, Kapacitor, Name, Noun, Organization, Origin, Stored,
    secret::{ExposeSecret, Secrets},
};
use store::{Defined, Definition, Removed, Store, StoreError};

use super::{
    super::{App, Refusal},
    Change, Changed, Declaration, Declared, Followed, Outcome,
    plan::{Plan, Planned},
};

/// What was put since the server started.
#[derive(Default)]
pub(super) struct Applied {
    connections: HashMap<Id<Connection>, Put<Connection>>,
    kapacitors: HashMap<Id<Kapacitor>, Put<Kapacitor>>,
}

/// One object as it was put.
struct Put<N> {
    name: Name,
    spec: N,
    secrets: Secrets,
    origin: Origin,
    number: Option<i64>,
    claims: bool,
}

/// Follows the plan.
pub(super) async fn apply(app: &App, declared: &Declared, mut plan: Plan, applied: &mut Applied) -> Result<Followed, Refusal> {
    remove(&app.store, &mut plan).await?;
    let Plan { mut outcomes, mut changes, before, connections, kapacitors, organizations, .. } = plan;
    let declarations = &declared.declarations;
    let mut putting = Putting { store: &app.store, declarations, outcomes: &mut outcomes, changes: &mut changes };
    putting.put_all(connections, &before.connections, &mut applied.connections).await?;
    putting.put_all(kapacitors, &before.kapacitors, &mut applied.kapacitors).await?;
    for organization in before.organizations.into_iter().filter(|before| !organizations.contains(&before.id)) {
        if app.store.remove_provisioned_organization(organization.id).await? {
            let (noun, key) = (Organization::NOUN, organization.alias.unwrap_or_default());
            changes.push(Change { what: Changed::Removed, noun, key, origin: organization.origin });
        }
    }
    Ok(Followed { outcomes, changes })
}

/// Removes what nobody declares any more.
async fn remove(store: &Store, plan: &mut Plan) -> Result<(), Refusal> {
    let kapacitors: HashSet<_> = plan.kapacitors.iter().map(|planned| planned.id).chain(plan.kept_kapacitors.iter().copied()).collect();
    for before in plan.before.kapacitors.iter().filter(|before| !kapacitors.contains(&before.id)) {
        store.remove_provisioned_kapacitor(before.organization_id, before.id).await?;
        plan.changes.push(change::<Kapacitor>(Changed::Removed, before.number, &before.origin));
    }
    let connections: HashSet<_> = plan.connections.iter().map(|planned| planned.id).chain(plan.kept_connections.iter().copied()).collect();
    for before in plan.before.connections.iter().filter(|before| !connections.contains(&before.id)) {
        let what = match store.remove_provisioned_connection(before.organization_id, before.id).await? {
            Removed::Deleted => Changed::Removed,
            Removed::KeptForSeries(_) | Removed::KeptForKapacitors(_) if before.gone => continue,
            Removed::KeptForSeries(_) | Removed::KeptForKapacitors(_) => Changed::Gone,
        };
        plan.changes.push(change::<Connection>(what, before.number, &before.origin));
    }
    Ok(())
}

/// A noun that can be declared.
trait Declarable: Noun + Clone + PartialEq + Sized {
    /// Within what its names are unique.
    type Owner: PartialEq + Eq + std::hash::Hash + Copy;

    fn owner(organization: Id<Organization>, spec: &Self) -> Self::Owner;

    async fn list(store: &Store, organization: Id<Organization>) -> Result<Vec<Stored<Self>>, StoreError>;

    async fn put(store: &Store, organization: Id<Organization>, definition: &Definition<'_, Self>) -> Result<Stored<Self>, StoreError>;
}

impl Declarable for Connection {
    type Owner = Id<Organization>;

    fn owner(organization: Id<Organization>, _: &Self) -> Self::Owner {
        organization
    }

    async fn list(store: &Store, organization: Id<Organization>) -> Result<Vec<Stored<Self>>, StoreError> {
        store.list_connections(organization).await
    }

    async fn put(store: &Store, organization: Id<Organization>, definition: &Definition<'_, Self>) -> Result<Stored<Self>, StoreError> {
        store.put_provisioned_connection(organization, definition).await
    }
}

impl Declarable for Kapacitor {
    type Owner = Id<Connection>;

    fn owner(_: Id<Organization>, spec: &Self) -> Self::Owner {
        spec.connection_id
    }

    async fn list(store: &Store, organization: Id<Organization>) -> Result<Vec<Stored<Self>>, StoreError> {
        store.list_kapacitors(organization, None).await
    }

    async fn put(store: &Store, organization: Id<Organization>, definition: &Definition<'_, Self>) -> Result<Stored<Self>, StoreError> {
        store.put_provisioned_kapacitor(organization, definition).await
    }
}

struct Putting<'a> {
    store: &'a Store,
    declarations: &'a [Declaration],
    outcomes: &'a mut [Outcome],
    changes: &'a mut Vec<Change>,
}

impl Putting<'_> {
    async fn put_all<N: Declarable>(
        &mut self,
        all: Vec<Planned<N>>,
        before: &[Defined<N>],
        applied: &mut HashMap<Id<N>, Put<N>>,
    ) -> Result<(), Refusal> {
        let ids: HashSet<_> = all.iter().map(|planned| planned.id).collect();
        applied.retain(|id, _| ids.contains(id));
        let before: HashMap<_, _> = before.iter().map(|before| (before.id, before)).collect();
        let mut taken = HashSet::new();
        let mut revisions = HashMap::new();
        for organization in all.iter().map(|planned| planned.organization).collect::<HashSet<_>>() {
            for stored in N::list(self.store, organization).await? {
                revisions.insert(stored.id, stored.revision);
                if !ids.contains(&stored.id) {
                    taken.insert((N::owner(organization, &stored.spec), stored.name));
                }
            }
        }

        let mut again = Vec::new();
        for planned in all {
            let Some(name) = self.free_name(&planned, &mut taken) else { continue };
            let put = Put::of(name, &planned, &self.declarations[planned.at].origin);
            let is_there = before.get(&planned.id).is_some_and(|before| !before.gone && before.name == put.name);
            if is_there && applied.get(&planned.id).is_some_and(|known| known.is(&put)) {
                self.outcomes[planned.at].loaded(planned.id, &put.name);
                continue;
            }
            match self.put(&planned, &put, &put.name).await {
                // It is that of another one that will be called differently in a moment.
                Err(StoreError::NameTaken { .. }) => again.push((planned, put)),
                tried => self.note(&planned, put, tried, &mut revisions, applied)?,
            }
        }
        // Those that wait for one another's names leave them first.
        for (planned, put) in &again {
            if let (true, Some(meanwhile)) = (revisions.contains_key(&planned.id), put.name.with_suffix(planned.suffix(&put.origin))) {
                let _ = self.put(planned, put, &meanwhile).await;
            }
        }
        for (planned, put) in again {
            let tried = self.put(&planned, &put, &put.name).await;
            self.note(&planned, put, tried, &mut revisions, applied)?;
        }
        Ok(())
    }

    async fn put<N: Declarable>(&self, planned: &Planned<N>, put: &Put<N>, name: &Name) -> Result<Stored<N>, StoreError> {
        let definition = Definition {
            id: planned.id,
            name,
            spec: &put.spec,
            secrets: &put.secrets,
            origin: &put.origin,
            number: put.number,
            claims: put.claims,
        };
        N::put(self.store, planned.organization, &definition).await
    }

    /// The name that it asks for, or that with its number behind when another one has it.
    fn free_name<N: Declarable>(&mut self, planned: &Planned<N>, taken: &mut HashSet<(N::Owner, Name)>) -> Option<Name> {
        let owner = N::owner(planned.organization, &planned.spec);
        let outcome = &mut self.outcomes[planned.at];
        if taken.insert((owner, planned.name.clone())) {
            return Some(planned.name.clone());
        }
        match planned
            .name
            .with_suffix(planned.suffix(&self.declarations[planned.at].origin))
            .filter(|name| taken.insert((owner, name.clone())))
        {
            Some(free) => {
                outcome.warn(
                    self.declarations[planned.at].line_of("name"),
                    format!("another {} has the name: this one is called `{free}`", N::NOUN),
                );
                Some(free)
            }
            None => {
                outcome.wrong("name", format!("another {} has it", N::NOUN));
                None
            }
        }
    }

    fn note<N: Declarable>(
        &mut self,
        planned: &Planned<N>,
        put: Put<N>,
        tried: Result<Stored<N>, StoreError>,
        revisions: &mut HashMap<Id<N>, i64>,
        applied: &mut HashMap<Id<N>, Put<N>>,
    ) -> Result<(), Refusal> {
        let outcome = &mut self.outcomes[planned.at];
        let stored = match tried {
            Ok(stored) => stored,
            Err(StoreError::NameTaken { .. }) => {
                outcome.wrong("name", format!("another {} has it", N::NOUN));
                return Ok(());
            }
            Err(StoreError::NumberTaken { .. }) => {
                let reason = format!("another {} has the same, perhaps one whose file is gone and that is still used", N::NOUN);
                outcome.wrong("id", reason);
                return Ok(());
            }
            Err(StoreError::Missing { .. }) => {
                outcome.wrong("srcID", "its connection could not be loaded");
                return Ok(());
            }
            Err(other) => return Err(other.into()),
        };
        outcome.loaded(stored.id, &stored.name);
        let what = match revisions.insert(stored.id, stored.revision) {
            None => Some(Changed::Added),
            Some(before) if before != stored.revision => Some(Changed::Changed),
            Some(_) => None,
        };
        self.changes.extend(what.map(|what| change::<N>(what, stored.number, &put.origin)));
        applied.insert(stored.id, put);
        Ok(())
    }
}

impl<N: Declarable> Put<N> {
    fn of(name: Name, planned: &Planned<N>, origin: &Origin) -> Self {
        let Planned { spec, secrets, number, claims, .. } = planned;
        Self { name, spec: spec.clone(), secrets: secrets.clone(), origin: origin.clone(), number: *number, claims: *claims }
    }

    fn is(&self, other: &Self) -> bool {
        let same_secrets = self.secrets.len() == other.secrets.len()
            && self.secrets.iter().zip(&other.secrets).all(|((a, x), (b, y))| a == b && x.expose_secret() == y.expose_secret());
        same_secrets
            && (&self.name, &self.spec, &self.origin, self.number, self.claims)
                == (&other.name, &other.spec, &other.origin, other.number, other.claims)
    }
}

fn change<N: Noun>(what: Changed, number: Option<i64>, origin: &Origin) -> Change {
    Change { what, noun: N::NOUN, key: number.map(|number| number.to_string()).unwrap_or_default(), origin: origin.clone() }
}
