//! Chronograf's database, `chronograf-v1.db`: a BoltDB file with protobuf records. Read only; passwords included, which Chronograf keeps in
//! clear.
//!
//! The bytes may come from anywhere, so every place is checked before it is looked at, no page is visited twice, and what is allocated is
//! bounded by the size of the file.

mod file;
mod records;

use std::collections::BTreeSet;

use crate::{Broken, Found, FoundOrganization, Remark};
use records::Encryption;

/// The organization that rows from before organizations existed (Chronograf 1.3 and older) belong to.
const DEFAULT_ORGANIZATION: &str = "default";

/// Everything that Tributary knows of in a `chronograf-v1.db`: organizations, connections and Kapacitors with their ids and their secrets.
///
/// Users, mappings, dashboards and settings are not read. Services that are no Kapacitors, Kapacitors whose connection is not there and
/// records that say nothing usable are left out and told of. In a file whose secrets Chronograf encrypted, secrets are left out.
///
/// # Errors
/// When it is no BoltDB file, or its pages are damaged where connections, Kapacitors or organizations are kept.
pub fn read(bytes: &[u8]) -> Result<Found, Broken> {
    let broken = |reason: String| Broken { line: None, field: None, reason };
    let file = file::File::open(bytes).map_err(broken)?;
    let mut found = Found::default();
    let bucket = |name: &str| file.bucket(name.as_bytes()).map_err(|reason| broken(format!("the bucket `{name}`: {reason}")));

    let settings = bucket("ConfigV1")?.unwrap_or_default();
    let encrypted = settings.iter().any(|(key, _)| *key == records::WRAPPED_KEY);
    let encryption = if encrypted { Encryption::Sealed } else { Encryption::None };
    if encrypted {
        found.remarks.push(remark(
            "Chronograf encrypted the secrets in this file under a master key: they are left out, and must be given again".to_owned(),
        ));
    }

    let (organizations, connections, kapacitors) = (bucket("OrganizationsV1")?, bucket("Sources")?, bucket("Servers")?);
    if organizations.is_none() && connections.is_none() && kapacitors.is_none() {
        return Err(broken(
            "this is a BoltDB file, but not one of Chronograf: it has no connections, Kapacitors or organizations".to_owned(),
        ));
    }
    for (_, value) in organizations.unwrap_or_default() {
        match records::organization(value) {
            Ok(organization) => found.organizations.push(organization),
            Err(reason) => found.broken.push(broken(format!("an organization was left out: {reason}"))),
        }
    }
    for (key, value) in connections.unwrap_or_default() {
        match records::connection(key, value, encryption) {
            Ok((connection, notes)) => {
                let number = connection.number.unwrap_or_default();
                found.remarks.extend(notes.into_iter().map(|note| remark(format!("connection {number}: {note}"))));
                found.connections.push(connection);
            }
            Err(reason) => found.broken.push(broken(format!("a connection was left out: {reason}"))),
        }
    }
    let numbers: BTreeSet<Option<i64>> = found.connections.iter().map(|connection| connection.number).collect();
    for (key, value) in kapacitors.unwrap_or_default() {
        match records::kapacitor(key, value, encryption) {
            Ok(Some((kapacitor, notes))) => {
                let number = kapacitor.number.unwrap_or_default();
                if !numbers.contains(&kapacitor.connection_number) {
                    let connection = kapacitor.connection_number.unwrap_or_default();
                    found.remarks.push(remark(format!("Kapacitor {number} was left out: its connection {connection} is not in the file")));
                    continue;
                }
                found.remarks.extend(notes.into_iter().map(|note| remark(format!("Kapacitor {number}: {note}"))));
                found.kapacitors.push(kapacitor);
            }
            Ok(None) => found.remarks.push(remark(format!("service {} was left out: it is no Kapacitor", records::number(key)))),
            Err(reason) => found.broken.push(broken(format!("a Kapacitor was left out: {reason}"))),
        }
    }
    name_organizations(&mut found);
    Ok(found)
}

fn remark(text: String) -> Remark {
    Remark { line: None, text }
}

/// Rows without an organization belong to the default one, which every Chronograf has.
fn name_organizations(found: &mut Found) {
    let connections = found.connections.iter_mut().map(|connection| &mut connection.organization);
    let kapacitors = found.kapacitors.iter_mut().map(|kapacitor| &mut kapacitor.organization);
    let mut uses_default = false;
    for organization in connections.chain(kapacitors) {
        let organization = organization.get_or_insert_with(|| DEFAULT_ORGANIZATION.to_owned());
        uses_default |= organization == DEFAULT_ORGANIZATION;
    }
    if uses_default && !found.organizations.iter().any(|organization| organization.alias == DEFAULT_ORGANIZATION) {
        let default = FoundOrganization { alias: DEFAULT_ORGANIZATION.to_owned(), name: "Default".to_owned() };
        found.organizations.insert(0, default);
    }
}
