//! What is to become of what was found: which organization, which name, created or here already. Nothing that is here is ever changed.
//!
//! - Numbers are kept. One that belongs to something else here is told, and the newcomer gets another.
//! - Something is *here already* when its number is, in the same organization, with the same name or address; or, without that number, when
//!   its name is, with the same address and everything else that says where it writes.
//! - Names are unique: the second of a name gets ` (NUMBER)` behind it, or ` (2)` when it has no number.
//! - The default connection and the active Kapacitor of those who are here stay; in an organization that has no connection yet the file's
//!   own choice holds.

use std::collections::{HashMap, HashSet};

use foreign::{FoundConnection, FoundKapacitor};
use model::{Connection, Name, Target};

use super::{
    house::{House, KnownConnection, KnownKapacitor},
    reading::{Gathered, Item, Said},
};

/// All that is to be done, and what is to be said.
#[derive(Debug, Default)]
pub struct Plan {
    /// Organizations that objects come into.
    pub organizations: Vec<PlannedOrganization>,
    /// Connections.
    pub connections: Vec<PlannedConnection>,
    /// Kapacitors.
    pub kapacitors: Vec<PlannedKapacitor>,
    /// What a person should know.
    pub remarks: Vec<Said>,
    /// What does not come.
    pub broken: Vec<Said>,
}

/// What is to become of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Create,
    /// It is here already, under this id; `changed` when it was changed here since, or in the file.
    Here {
        /// Its id.
        id: String,
        /// Whether what is here says something else than the file.
        changed: bool,
    },
}

/// An organization that objects come into.
#[derive(Clone, Debug)]
pub struct PlannedOrganization {
    /// What the other system calls it; `None` when it is only known from here.
    pub alias: Option<String>,
    /// Its name here.
    pub name: String,
    /// Whether it is created.
    pub fate: Fate,
}

/// A connection, and where it goes.
#[derive(Debug)]
pub struct PlannedConnection {
    /// The file that it was found in.
    pub file: String,
    /// Index into [`Plan::organizations`].
    pub organization: usize,
    /// Its name here.
    pub name: Name,
    /// Its number here; `None` leaves it to the server.
    pub number: Option<i64>,
    /// Whether it is made the default.
    pub default: bool,
    /// What was found.
    pub found: FoundConnection,
    /// What is to become of it.
    pub fate: Fate,
}

/// A Kapacitor, and where it goes.
#[derive(Debug)]
pub struct PlannedKapacitor {
    /// The file that it was found in.
    pub file: String,
    /// Index into [`Plan::organizations`].
    pub organization: usize,
    /// The connection that it belongs to.
    pub connection: Owner,
    /// Its name here.
    pub name: Name,
    /// Its number here; `None` leaves it to the server.
    pub number: Option<i64>,
    /// Whether it is made its connection's active one.
    pub active: bool,
    /// What was found.
    pub found: FoundKapacitor,
    /// What is to become of it.
    pub fate: Fate,
}

/// The connection of a Kapacitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// One that is imported with it: index into [`Plan::connections`].
    Imported(usize),
    /// One that is here: its id and its name.
    Here {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
}

/// What everything is put into when nobody says otherwise, here and in Chronograf.
const DEFAULT: &str = "default";

/// Says what is to become of everything. `into` puts all into one organization that is here, by its name, id or alias.
pub fn plan(gathered: Gathered, house: &House, into: Option<&str>) -> Plan {
    let Gathered { organizations, connections, kapacitors, remarks, broken } = gathered;
    let mut planner = Planner { house, plan: Plan { remarks, broken, ..Plan::default() }, places: HashMap::new(), refused: HashSet::new() };
    if into.is_none() {
        for organization in organizations {
            planner.organization(&organization.file, &organization.found.alias, &organization.found.name);
        }
    }
    planner.connections(connections, into);
    planner.kapacitors(kapacitors);
    planner.plan
}

struct Planner<'a> {
    house: &'a House,
    plan: Plan,
    /// Organizations by what the files call them: alias and name.
    places: HashMap<String, usize>,
    /// Organizations whose objects cannot come, by what the files call them.
    refused: HashSet<String>,
}

impl Planner<'_> {
    fn say(&mut self, file: &str, text: String) {
        self.plan.remarks.push(Said { file: file.to_owned(), line: None, field: None, text });
    }

    fn refuse(&mut self, file: &str, text: String) {
        self.plan.broken.push(Said { file: file.to_owned(), line: None, field: None, text });
    }

    // ---- organizations

    /// An organization that a file defines.
    fn organization(&mut self, file: &str, alias: &str, name: &str) {
        if self.places.contains_key(alias) {
            return;
        }
        if alias == DEFAULT {
            let at = self.default_organization();
            self.places.insert(alias.to_owned(), at);
            self.places.entry(name.to_owned()).or_insert(at);
            return;
        }
        let by_alias = self.house.organizations.iter().find(|known| known.alias.as_deref() == Some(alias));
        let by_name = self.house.organizations.iter().find(|known| known.name == name.trim());
        let fate = match (by_alias, by_name) {
            (Some(known), _) if known.name != name.trim() => {
                let text = format!(
                    "the organization `{alias}` is called `{name}` in the file and `{}` here: what belongs to it does not come; \
                     --organization NAME puts everything into one organization",
                    known.name
                );
                self.refuse(file, text);
                self.refused.extend([alias.to_owned(), name.to_owned()]);
                return;
            }
            (Some(known), _) | (None, Some(known)) => Fate::Here { id: known.id.clone(), changed: false },
            (None, None) => match Name::new(name) {
                Ok(_) => Fate::Create,
                Err(error) => {
                    self.refuse(file, format!("the organization `{alias}` cannot be called as it is: {error}"));
                    self.refused.insert(alias.to_owned());
                    return;
                }
            },
        };
        let at = self.plan.organizations.len();
        self.plan.organizations.push(PlannedOrganization { alias: Some(alias.to_owned()), name: name.trim().to_owned(), fate });
        self.places.insert(alias.to_owned(), at);
        self.places.entry(name.to_owned()).or_insert(at);
    }

    fn default_organization(&mut self) -> usize {
        self.here(DEFAULT).unwrap_or_else(|| {
            // Every house has one; without a house to ask, this is the one it has.
            self.plan.organizations.push(PlannedOrganization {
                alias: None,
                name: DEFAULT.to_owned(),
                fate: Fate::Here { id: DEFAULT.to_owned(), changed: false },
            });
            self.plan.organizations.len() - 1
        })
    }

    /// An organization that is here, by id, name or alias.
    fn here(&mut self, reference: &str) -> Option<usize> {
        if let Some(at) = self.plan.organizations.iter().position(|planned| planned.name == reference) {
            return Some(at);
        }
        let all = &self.house.organizations;
        let known = all
            .iter()
            .find(|known| known.id == reference || known.name == reference)
            .or_else(|| all.iter().find(|known| known.alias.as_deref() == Some(reference)))?;
        let fate = Fate::Here { id: known.id.clone(), changed: false };
        if let Some(at) = self.plan.organizations.iter().position(|planned| planned.fate == fate) {
            return Some(at);
        }
        self.plan.organizations.push(PlannedOrganization { alias: known.alias.clone(), name: known.name.clone(), fate });
        Some(self.plan.organizations.len() - 1)
    }

    /// The organization of an object; `None` when it must not come.
    fn place(&mut self, file: &str, reference: Option<&str>, into: Option<&str>) -> Option<usize> {
        if let Some(into) = into {
            return self.here(into).or_else(|| {
                self.plan.organizations.push(PlannedOrganization {
                    alias: None,
                    name: into.to_owned(),
                    fate: Fate::Here { id: into.to_owned(), changed: false },
                });
                Some(self.plan.organizations.len() - 1)
            });
        }
        let Some(reference) = reference.map(str::trim).filter(|reference| !reference.is_empty()) else {
            return Some(self.default_organization());
        };
        if self.refused.contains(reference) {
            return None;
        }
        if let Some(at) = self.places.get(reference) {
            return Some(*at);
        }
        let at = match self.here(reference) {
            Some(at) => at,
            None if reference.eq_ignore_ascii_case(DEFAULT) => self.default_organization(),
            None => {
                let shown: String = reference.chars().filter(|letter| !letter.is_control()).take(Name::MAX_CHARS).collect();
                self.say(file, format!("nobody knows the organization `{shown}`: what belongs to it comes into `{DEFAULT}`"));
                self.default_organization()
            }
        };
        self.places.insert(reference.to_owned(), at);
        Some(at)
    }

    fn organization_id(&self, at: usize) -> Option<&str> {
        match &self.plan.organizations[at].fate {
            Fate::Here { id, .. } => Some(id),
            Fate::Create => None,
        }
    }

    // ---- connections

    fn connections(&mut self, connections: Vec<Item<FoundConnection>>, into: Option<&str>) {
        let house = self.house;
        let mut names: HashSet<(usize, String)> = HashSet::new();
        let mut numbers: HashSet<i64> = HashSet::new();
        for Item { file, found } in connections {
            let label = found.name.clone();
            let Some(organization) = self.place(&file, found.organization.as_deref(), into) else {
                self.refuse(&file, format!("the connection `{label}` does not come: see its organization"));
                continue;
            };
            if let Some(field) = missing_field(&found.connection) {
                self.refuse(&file, format!("the connection `{label}` does not come: its {field} is not named"));
                continue;
            }
            let residents: Vec<&KnownConnection> = match self.organization_id(organization) {
                Some(id) => house.connections.iter().filter(|known| known.organization == id).collect(),
                None => Vec::new(),
            };
            let mut number = found.number;
            let mut fate = Fate::Create;
            if let Some(wanted) = number {
                let known = house.connections.iter().find(|known| known.number == Some(wanted));
                match known {
                    Some(known) if residents.iter().any(|one| one.id == known.id) && is_same_object(known, &found) => {
                        let changed = !says_the_same(known, &found);
                        fate = Fate::Here { id: known.id.clone(), changed };
                    }
                    Some(known) => {
                        self.say(
                            &file,
                            format!("the number {wanted} of `{label}` is that of `{}` here: it comes with another", known.name),
                        );
                        number = None;
                    }
                    None if !numbers.insert(wanted) => {
                        self.say(
                            &file,
                            format!("the number {wanted} of `{label}` is that of another one in the import: it comes with another"),
                        );
                        number = None;
                    }
                    None => {}
                }
            }
            // The first name that is free, unless the same connection is here under one on the way to it.
            let mut name = None;
            for candidate in candidates(&label, found.number) {
                let resident = residents.iter().find(|known| known.name == candidate.as_str());
                match (&fate, resident) {
                    (Fate::Here { .. }, _) => {}
                    (Fate::Create, Some(known)) if known.connection.target == found.connection.target && number.is_none() => {
                        fate = Fate::Here { id: known.id.clone(), changed: false };
                    }
                    (Fate::Create, Some(_)) => continue,
                    (Fate::Create, None) => {}
                }
                if matches!(fate, Fate::Create) && !names.insert((organization, candidate.as_str().to_owned())) {
                    continue;
                }
                name = Some(candidate);
                break;
            }
            let name = match (&fate, name) {
                (Fate::Here { id, .. }, _) => {
                    house.connections.iter().find(|known| known.id == *id).and_then(|known| Name::new(&known.name).ok())
                }
                (Fate::Create, name) => name,
            };
            let Some(name) = name else {
                self.refuse(&file, format!("the connection `{label}` does not come: no name can be made of its own"));
                continue;
            };
            if matches!(fate, Fate::Create) && name.as_str() != label.trim() {
                self.say(&file, format!("the name `{}` is taken: it comes as `{name}`", label.trim()));
            }
            let default = found.default && residents.is_empty();
            if found.default && !default && matches!(fate, Fate::Create) {
                self.say(&file, format!("`{name}` asks to be the default connection: the one that is here stays it"));
            }
            self.plan.connections.push(PlannedConnection { file, organization, name, number, default, found, fate });
        }
    }

    // ---- Kapacitors

    fn kapacitors(&mut self, kapacitors: Vec<Item<FoundKapacitor>>) {
        let house = self.house;
        let mut names: HashSet<(String, String)> = HashSet::new();
        let mut numbers: HashSet<i64> = HashSet::new();
        for Item { file, found } in kapacitors {
            let label = found.name.clone();
            let Some((organization, owner)) = self.owner(&file, &found) else {
                self.refuse(&file, format!("the Kapacitor `{label}` does not come: the connection that it belongs to is not there"));
                continue;
            };
            let owner_id = match &owner {
                Owner::Imported(at) => match &self.plan.connections[*at].fate {
                    Fate::Here { id, .. } => Some(id.clone()),
                    Fate::Create => None,
                },
                Owner::Here { id, .. } => Some(id.clone()),
            };
            let residents: Vec<&KnownKapacitor> =
                house.kapacitors.iter().filter(|known| owner_id.as_ref() == Some(&known.connection)).collect();
            let is_there = |known: &KnownKapacitor| known.url == found.url && known.username == found.username;
            let mut number = found.number;
            let mut fate = Fate::Create;
            if let Some(wanted) = number {
                match house.kapacitors.iter().find(|known| known.number == Some(wanted)) {
                    Some(known) if residents.iter().any(|one| one.id == known.id) && (is_named(&known.name, &label) || is_there(known)) => {
                        fate = Fate::Here { id: known.id.clone(), changed: !(is_named(&known.name, &label) && is_there(known)) };
                    }
                    Some(known) => {
                        self.say(
                            &file,
                            format!(
                                "the number {wanted} of the Kapacitor `{label}` is that of `{}` here: it comes with another",
                                known.name
                            ),
                        );
                        number = None;
                    }
                    None if !numbers.insert(wanted) => {
                        self.say(
                            &file,
                            format!(
                                "the number {wanted} of the Kapacitor `{label}` is that of another one in the import: it comes with another"
                            ),
                        );
                        number = None;
                    }
                    None => {}
                }
            }
            let key = format!("{owner:?}");
            let mut name = None;
            for candidate in candidates(&label, found.number) {
                match (&fate, residents.iter().find(|known| known.name == candidate.as_str())) {
                    (Fate::Here { .. }, _) => {}
                    (Fate::Create, Some(known)) if number.is_none() && is_there(known) => {
                        fate = Fate::Here { id: known.id.clone(), changed: false };
                    }
                    (Fate::Create, Some(_)) => continue,
                    (Fate::Create, None) => {}
                }
                if matches!(fate, Fate::Create) && !names.insert((key.clone(), candidate.as_str().to_owned())) {
                    continue;
                }
                name = Some(candidate);
                break;
            }
            let Some(name) = name else {
                self.refuse(&file, format!("the Kapacitor `{label}` does not come: no name can be made of its own"));
                continue;
            };
            if matches!(fate, Fate::Create) && name.as_str() != label.trim() {
                self.say(&file, format!("the name `{}` is taken: it comes as `{name}`", label.trim()));
            }
            let active = found.active && !residents.iter().any(|known| known.active);
            self.plan.kapacitors.push(PlannedKapacitor { file, organization, connection: owner, name, number, active, found, fate });
        }
    }

    /// The connection that a Kapacitor names by its number, and its organization; without a number, the only connection that was found in
    /// the same file.
    fn owner(&mut self, file: &str, found: &FoundKapacitor) -> Option<(usize, Owner)> {
        let house = self.house;
        let planned = &self.plan.connections;
        let imported = match found.connection_number {
            Some(number) => planned.iter().position(|planned| planned.found.number == Some(number)),
            None => {
                let mut beside = planned.iter().enumerate().filter(|(_, planned)| planned.file == file).map(|(at, _)| at);
                let first = beside.next();
                first.filter(|_| beside.next().is_none())
            }
        };
        if let Some(at) = imported {
            return Some((planned[at].organization, Owner::Imported(at)));
        }
        let known = house.connections.iter().find(|known| known.number.is_some() && known.number == found.connection_number)?;
        let organization = self.here(&known.organization)?;
        Some((organization, Owner::Here { id: known.id.clone(), name: known.name.clone() }))
    }
}

/// Names to try, one after another: its own, with its number behind it, then counted.
fn candidates(label: &str, number: Option<i64>) -> impl Iterator<Item = Name> {
    let with = move |suffix: String| {
        let room = Name::MAX_CHARS.saturating_sub(suffix.chars().count());
        let base: String = label.trim().chars().take(room).collect();
        Name::new(&format!("{}{suffix}", base.trim_end())).ok()
    };
    let numbered = number.and_then(|number| with(format!(" ({number})")));
    with(String::new()).into_iter().chain(numbered).chain((2..1_000).filter_map(move |count| with(format!(" ({count})"))))
}

/// Whether the name is this one, perhaps with what [`candidates`] put behind it.
fn is_named(name: &str, label: &str) -> bool {
    let label = label.trim();
    name == label || name.strip_prefix(label).is_some_and(|rest| rest.starts_with(" (") && rest.ends_with(')'))
}

/// Whether what has the same number is the same thing: the same kind of server, and the name or the address is the same.
fn is_same_object(known: &KnownConnection, found: &FoundConnection) -> bool {
    let (here, there) = (&known.connection.target, &found.connection.target);
    here.driver() == there.driver() && (is_named(&known.name, &found.name) || here.url() == there.url())
}

fn says_the_same(known: &KnownConnection, found: &FoundConnection) -> bool {
    let (here, there) = (&known.connection, &found.connection);
    is_named(&known.name, &found.name)
        && here.target == there.target
        && here.insecure_skip_verify == there.insecure_skip_verify
        && here.timeout_ms == there.timeout_ms
}

/// What a connection cannot do without and the text did not say.
fn missing_field(connection: &Connection) -> Option<&'static str> {
    let blank = |text: &str| text.trim().is_empty();
    match &connection.target {
        Target::V1 { database, .. } | Target::V3 { database, .. } if blank(database) => Some("database"),
        Target::V2 { organization, .. } if blank(organization) => Some("InfluxDB organization"),
        Target::V2 { bucket, .. } if blank(bucket) => Some("bucket"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
