//! From what stands in files and variables to declarations.

use std::collections::BTreeMap;

use foreign::{Broken, Found, Remark, Variables, chronograf};
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
    let mut lines = BTreeMap::new();
    let says = text.and_then(|text| {
        lines = lines_of_fields(&text.text);
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
    Declaration { origin: Origin::File(name.to_owned()), kind, says, warnings, lines }
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
    let stands_in = |text: &str, secret: &str| text == secret || (text.contains("://") && text.contains(&format!(":{secret}@")));
    let mut texts = fields.values().filter_map(Value::as_str);
    texts.any(|text| secrets.values().map(ExposeSecret::expose_secret).any(|secret| !secret.is_empty() && stands_in(text, secret)))
}

/// The lines on which the fields of a JSON object stand, from 1, the fields in lower case. The text has been read, so it is JSON.
fn lines_of_fields(text: &str) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    let (mut line, mut depth) = (1, 0_usize);
    let mut chars = text.char_indices().peekable();
    while let Some((start, char)) = chars.next() {
        match char {
            '\n' => line += 1,
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            '"' => {
                let mut end = start + 1;
                while let Some((at, char)) = chars.next() {
                    end = at;
                    match char {
                        '\\' => _ = chars.next(),
                        '"' => break,
                        _ => {}
                    }
                }
                if depth == 1 && text[end..].trim_start_matches('"').trim_start().starts_with(':') {
                    lines.insert(text[start + 1..end].to_ascii_lowercase(), line);
                }
            }
            _ => {}
        }
    }
    lines
}

/// What the server's own environment declares, and what is to be said of variables that declare nothing.
pub(super) fn environment((found, broken): (Found, Vec<Broken>)) -> (Vec<Declaration>, Vec<Remark>) {
    let Found { connections, kapacitors, remarks, broken: also_broken, .. } = found;
    let mut declarations: Vec<Declaration> = Vec::new();
    let mut declare = |kind, says| {
        let variable = if kind == FileKind::Connection { CONNECTION_VARIABLE } else { KAPACITOR_VARIABLE };
        declarations.push(Declaration {
            origin: Origin::Environment(variable.to_owned()),
            kind,
            says,
            warnings: Vec::new(),
            lines: BTreeMap::new(),
        });
    };
    for found in connections.into_iter().take(1) {
        declare(FileKind::Connection, Ok(Says::Connection(Box::new(found))));
    }
    for found in kapacitors.into_iter().take(1) {
        declare(FileKind::Kapacitor, Ok(Says::Kapacitor(Box::new(found))));
    }
    for broken in broken.into_iter().chain(also_broken) {
        let is_of_kapacitor = broken.field.as_deref().is_some_and(is_of_kapacitor);
        declare(if is_of_kapacitor { FileKind::Kapacitor } else { FileKind::Connection }, Err(broken));
    }
    let mut left = Vec::new();
    for remark in remarks {
        let kind = if is_of_kapacitor(&remark.text) { FileKind::Kapacitor } else { FileKind::Connection };
        match declarations.iter_mut().find(|declaration| declaration.kind == kind) {
            Some(declaration) => declaration.warnings.push(remark),
            None => left.push(remark),
        }
    }
    (declarations, left)
}

/// Whether a variable, or a text that begins with one, is about the Kapacitor.
fn is_of_kapacitor(text: &str) -> bool {
    text.trim_start_matches('`').starts_with("KAPACITOR_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_on_their_lines_and_values_are_not() {
        let text = "{\n \"id\" : 1,\n\"srcID\":\n\"name\",\n \"a\\\"b\": {\"name\": \"inner\"}, \"name\": \"x:{\"\n}";
        let lines = lines_of_fields(text);
        let expected = [("a\\\"b", 5), ("id", 2), ("name", 5), ("srcid", 3)];
        assert_eq!(lines.iter().map(|(field, line)| (field.as_str(), *line)).collect::<Vec<_>>(), expected);
        assert!(lines_of_fields("\"\\").is_empty() && lines_of_fields("{\"ü").is_empty());
    }

    #[test]
    fn a_secret_in_clear_is_told_from_one_of_a_variable() {
        let variables = Variables::from([("P".to_owned(), "hunter2".to_owned())]);
        let literal = |text: &str| {
            let says = says(FileKind::Connection, text, &variables).unwrap().0;
            has_literal_secret(&says, text)
        };
        assert!(literal(r#"{"id": 1, "name": "a", "url": "http://h:1", "PASSWORD": "hunter2"}"#));
        assert!(literal(r#"{"id": 1, "name": "a", "url": "http://bob:hunter2@h:1"}"#));
        assert!(!literal(r#"{"id": 1, "name": "a", "url": "http://h:1", "password": "{{ .P }}"}"#));
        assert!(!literal(r#"{"id": 1, "name": "hunter", "url": "http://h:1", "password": ""}"#));
    }
}
