//! From what stands in files and variables to declarations.

use std::collections::BTreeSet;

use foreign::{Broken, Found, FoundConnection, FoundKapacitor, Remark, Variables, chronograf};
use model::{
    Origin,
    secret::{ExposeSecret, Secrets},
};
use serde_json::Value;

use super::folder::{self, Listing, Text};
use crate::app::{Declaration, FileKind, Says};

/// The variables that declare a connection and a Kapacitor.
const CONNECTION_VARIABLE: &str = "INFLUXDB_URL";
const KAPACITOR_VARIABLE: &str = "KAPACITOR_URL";

/// What every file of a listing declares, by file name.
pub(super) fn files(listing: &Listing, variables: &Variables) -> Vec<Declaration> {
    listing.files.iter().filter_map(|(name, listed)| Some(file(name, listed.kind, folder::read(listed)?, variables))).collect()
}

fn file(name: &str, kind: FileKind, text: Result<Text, Broken>, variables: &Variables) -> Declaration {
    let mut warnings = Vec::new();
    let says = text.and_then(|text| {
        let (says, remarks) = says(kind, &text.text, variables)?;
        warnings.extend(remarks);
        if text.is_open_to_others && has_literal_secret(&says, &text.text) {
            warnings.push(Remark {
                line: None,
                text: "it holds a secret and others may read it: give it the mode 0640, or take the secret from a variable".to_owned(),
            });
        }
        Ok(says)
    });
    Declaration { origin: Origin::File(name.to_owned()), kind, says, warnings }
}

fn says(kind: FileKind, text: &str, variables: &Variables) -> Result<(Says, Vec<Remark>), Broken> {
    Ok(match kind {
        FileKind::Connection => {
            let (found, remarks) = chronograf::connection(text, variables)?;
            (Says::Connection(Box::new(found)), remarks)
        }
        FileKind::Kapacitor => {
            let (found, remarks) = chronograf::kapacitor(text, variables)?;
            (Says::Kapacitor(Box::new(found)), remarks)
        }
        FileKind::Organization => {
            let (found, remarks) = chronograf::organization(text, variables)?;
            (Says::Organization(found), remarks)
        }
    })
}

/// Whether a secret stands in the text itself, as no variable would put it there.
fn has_literal_secret(says: &Says, text: &str) -> bool {
    let secrets: &Secrets = match says {
        Says::Organization(_) => return false,
        Says::Connection(found) => &found.secrets,
        Says::Kapacitor(found) => &found.secrets,
    };
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else { return false };
    let texts: BTreeSet<&str> = fields.values().filter_map(Value::as_str).filter(|text| !text.is_empty()).collect();
    secrets.values().any(|secret| texts.contains(secret.expose_secret()))
}

/// What the server's own environment declares.
pub(super) fn environment((found, broken): (Found, Vec<Broken>)) -> Vec<Declaration> {
    let Found { connections, kapacitors, remarks, broken: also_broken, .. } = found;
    let mut declarations = Vec::new();
    let mut remarks = Some(remarks);
    let declared =
        |variable: &str, kind, says, warnings| Declaration { origin: Origin::Environment(variable.to_owned()), kind, says, warnings };
    let connection = |found: FoundConnection| Says::Connection(Box::new(found));
    let kapacitor = |found: FoundKapacitor| Says::Kapacitor(Box::new(found));
    for says in connections.into_iter().take(1).map(connection) {
        declarations.push(declared(CONNECTION_VARIABLE, FileKind::Connection, Ok(says), remarks.take().unwrap_or_default()));
    }
    for says in kapacitors.into_iter().take(1).map(kapacitor) {
        declarations.push(declared(KAPACITOR_VARIABLE, FileKind::Kapacitor, Ok(says), remarks.take().unwrap_or_default()));
    }
    for broken in broken.into_iter().chain(also_broken) {
        let (variable, kind) = match &broken.field {
            Some(field) if field.starts_with("KAPACITOR_") => (KAPACITOR_VARIABLE, FileKind::Kapacitor),
            _ => (CONNECTION_VARIABLE, FileKind::Connection),
        };
        declarations.push(declared(variable, kind, Err(broken), Vec::new()));
    }
    // Connections first: Kapacitors are of one.
    declarations.sort_by_key(|declaration| declaration.kind != FileKind::Connection);
    declarations
}
