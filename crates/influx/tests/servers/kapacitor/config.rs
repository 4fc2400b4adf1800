//! The configuration: what Kapacitor's file says, and over it what was set from outside. `services/config` in its source, by what it answers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Alerting, copying,
    routes::{Answered, Refused},
    sections::{self, Section},
    validation,
};

/// Options of an element by name.
pub type Options = Map<String, Value>;

/// What was set from outside for one element.
#[derive(Clone, Debug, Default)]
pub struct Override {
    pub options: Options,
    /// Whether it makes an element that the file does not have.
    pub is_added: bool,
}

/// The elements of each section that has any, in the order of their names.
pub type Resolved = BTreeMap<&'static str, Vec<Options>>;

/// The file with these overrides, applied one after another.
pub fn resolve(alerting: &Alerting, version: &str, overrides: &[(String, Override)]) -> Result<Resolved, String> {
    let sections = sections::of(version);
    let mut resolved = filed(alerting, &sections);
    for (id, change) in overrides {
        let (name, element) = places(id, version);
        let section = sections.iter().find(|section| section.name == name);
        let elements = resolved.entry(section.map_or("", |section| section.name)).or_default();
        let shown = if change.is_added { "" } else { element };
        apply(section, name, elements, element, change, version)
            .map_err(|error| format!("failed to override configuration {name}/{shown}: {error}"))?;
    }
    for section in &sections {
        let Some((key, elements)) = section.key.zip(resolved.get_mut(section.name)) else { continue };
        elements.sort_by(|a, b| a[key].as_str().cmp(&b[key].as_str()));
        if let Some(twice) = elements.windows(2).find(|pair| pair[0][key] == pair[1][key]) {
            let (name, twice) = (section.name, &twice[0][key]);
            return Err(format!("failed to read sections from configuration object: section {name:?} has duplicate elements: {twice}"));
        }
    }
    resolved.retain(|_, elements| !elements.is_empty());
    Ok(resolved)
}

/// What is stored: the file with all overrides.
pub fn stored(alerting: &Alerting, version: &str) -> Result<Resolved, String> {
    resolve(alerting, version, &overrides_of(alerting, ""))
}

/// The overrides of every section whose name begins so, in the order of their ids. That `pagerduty` begins `pagerduty2` as well is so.
pub fn overrides_of(alerting: &Alerting, section: &str) -> Vec<(String, Override)> {
    let of = alerting.overrides.iter().filter(|(id, _)| id.starts_with(section));
    of.map(|(id, change)| (id.clone(), change.clone())).collect()
}

/// Section and element of an id. Up to 1.7 a name with a slash leaves nothing of either.
fn places<'a>(id: &'a str, version: &str) -> (&'a str, &'a str) {
    match id.split_once('/') {
        Some((_, element)) if element.contains('/') && sections::number(version) < [1, 8, 0] => ("", ""),
        Some(places) => places,
        None => (id, ""),
    }
}

fn filed(alerting: &Alerting, sections: &[Section]) -> Resolved {
    let mut resolved = Resolved::new();
    for section in sections {
        let mut elements = if section.is_filled { vec![section.shipped()] } else { Vec::new() };
        for (_, options) in alerting.file.iter().filter(|(name, _)| name == section.name) {
            let named = section.key.and_then(|key| Some((key, options.get(key)?)));
            let is_same = |element: &&mut Options| named.is_none_or(|(key, name)| element[key] == *name);
            match elements.iter_mut().find(is_same) {
                Some(element) => element.extend(options.clone()),
                None => {
                    let mut element = section.blank();
                    element.extend(options.clone());
                    elements.push(element);
                }
            }
        }
        resolved.insert(section.name, elements);
    }
    resolved
}

/// An override without an element's name reaches every element that is there.
fn apply(
    section: Option<&Section>,
    name: &str,
    elements: &mut Vec<Options>,
    element: &str,
    change: &Override,
    version: &str,
) -> Result<(), String> {
    if name.is_empty() {
        return Err("invalid override: section cannot be empty".to_owned());
    }
    let key = section.and_then(|section| section.key);
    if let (true, Some((section, key))) = (change.is_added, section.zip(key)) {
        let mut made = section.blank();
        made.insert(key.to_owned(), change.options[key].clone());
        elements.push(made);
    }
    let is_meant = |options: &Options| element.is_empty() || key.is_some_and(|key| options[key] == element);
    let mut unknown: Vec<&str> = change.options.keys().map(String::as_str).collect();
    for options in elements.iter_mut().filter(|options| is_meant(options)) {
        for field in section.into_iter().flat_map(|section| &section.fields) {
            let Some(given) = change.options.get(field.name) else { continue };
            if !change.is_added && Some(field.name) == key {
                return Err(format!("cannot override element key {}", field.name));
            }
            let slot = options.get_mut(field.name).expect("an element has every option of its section");
            copying::copy(field.kind, slot, given).map_err(|error| format!("cannot set option {}: {error}", field.name))?;
            unknown.retain(|name| *name != field.name);
        }
    }
    if !unknown.is_empty() {
        unknown.sort_unstable();
        return Err(format!("unknown options [{}] in section {name}", unknown.join(" ")));
    }
    let Some(section) = section else { return Err(format!("unknown section {name}")) };
    let judged = match elements.iter().rfind(|options| is_meant(options)) {
        Some(options) if key.is_none() || !element.is_empty() => validation::element(section.name, options, version),
        None if key.is_none() => Ok(()),
        _ => validation::list(section, elements, version),
    };
    judged.map_err(|error| format!("failed validation: {error}"))
}

/// `GET /config…`: `path` is what stands after `/config`.
pub fn show(alerting: &Alerting, version: &str, path: &str) -> Answered {
    let resolved = stored(alerting, version).map_err(|error| Refused::Says(500, format!("failed to resolve current config:{error}")))?;
    let known = sections::of(version);
    let section_shown = |name: &str| {
        let section = known.iter().find(|section| section.name == name)?;
        let elements: Vec<Value> = resolved.get(name)?.iter().map(|options| shown(section, options)).collect();
        Some(json!({"link": link(&format!("/config/{name}")), "elements": elements}))
    };
    let Some(rest) = path.strip_prefix('/') else {
        let sections: Map<String, Value> = resolved.keys().filter_map(|name| Some(((*name).to_owned(), section_shown(name)?))).collect();
        return Ok(json!({"link": link("/config"), "sections": sections}));
    };
    let (section, element) = asked(rest);
    if section.is_empty() {
        return Err(Refused::Says(400, "section not specified, do you have an extra trailing '/'?".to_owned()));
    }
    let Some(elements) = section_shown(section) else { return Err(Refused::Says(404, format!("unknown section: {section}"))) };
    let Some(element) = element else { return Ok(elements) };
    let known = known.iter().find(|known| known.name == section).expect("it was just shown");
    let is_it = |options: &&Options| known.key.map_or(element.is_empty(), |key| options[key] == element);
    match resolved[known.name].iter().find(is_it) {
        Some(options) => Ok(shown(known, options)),
        None => Err(Refused::Says(404, format!("unknown section/element: {section}/{element}"))),
    }
}

/// Section and element of a path; no element where no slash stands behind the section.
pub fn asked(path: &str) -> (&str, Option<&str>) {
    match path.split_once('/') {
        None => (path, None),
        Some((section, element)) if !section.is_empty() && !element.contains('/') => (section, Some(element)),
        Some(_) => ("", None),
    }
}

fn link(path: &str) -> Value {
    json!({"rel": "self", "href": format!("/kapacitor/v1{path}")})
}

/// An element, of whose hidden options only is said whether they have a value.
fn shown(section: &Section, options: &Options) -> Value {
    let name = section.key.map_or("", |key| options[key].as_str().unwrap_or_default());
    let hidden: Vec<&str> = section.fields.iter().filter(|field| field.is_hidden).map(|field| field.name).collect();
    let mut shown: BTreeMap<&str, Value> = BTreeMap::new();
    for field in &section.fields {
        let value = &options[field.name];
        shown.insert(field.name, if field.is_hidden { json!(*value != field.kind.zero()) } else { value.clone() });
    }
    let redacted = if hidden.is_empty() { Value::Null } else { json!(hidden) };
    json!({"link": link(&format!("/config/{}/{name}", section.name)), "options": shown, "redacted": redacted})
}
