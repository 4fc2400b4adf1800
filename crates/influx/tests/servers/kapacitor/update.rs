//! Changes of the configuration: `POST /config/SECTION/ELEMENT`.

use serde_json::Value;

use super::{
    Alerting,
    config::{self, Options, Override},
    copying, go,
    routes::Refused,
    sections, services,
};

/// What a body asks for.
struct Action<'a> {
    section: &'a str,
    element: &'a str,
    has_element: bool,
    set: Options,
    delete: Vec<String>,
    add: Options,
    remove: Vec<String>,
}

/// Does what the body asks for: `path` is what stands after `/config`. The service takes the section before the change is kept.
pub fn update(alerting: &mut Alerting, version: &str, path: &str, body: &[u8]) -> Result<(), Refused> {
    let (section, element) = config::asked(path.trim_start_matches('/'));
    let action = read(section, element, body).map_err(|error| Refused::Says(400, format!("failed to decode JSON:{error}")))?;
    let bad = |error: String| Refused::Says(400, format!("failed to apply update: {error}"));
    check(&action).map_err(|error| bad(format!("invalid update action: {error}")))?;
    let overrides = if action.remove.is_empty() {
        let id = format!("{section}/{}", added(&action, version).map_err(bad)?);
        if !action.add.is_empty() && alerting.overrides.contains_key(&id) {
            return Err(fall_back(alerting, version, section));
        }
        changed(alerting, &action, id)
    } else {
        let is_kept = |id: &str| !action.remove.iter().any(|name| id == format!("{section}/{name}"));
        config::overrides_of(alerting, section).into_iter().filter(|(id, _)| is_kept(id)).collect()
    };
    let resolved = config::resolve(alerting, version, &overrides).map_err(|error| Refused::Says(400, error))?;
    let elements = resolved.get(section).cloned().unwrap_or_default();
    services::take(alerting, version, section, elements)
        .map_err(|error| Refused::Says(500, format!("failed to update configuration {section}/{}: {error}", action.element)))?;
    alerting.overrides.retain(|id, _| !id.starts_with(section));
    alerting.overrides.extend(overrides);
    Ok(())
}

/// An element that has an override is added: the handler goes on without its error and without any override, gives the service what the
/// file says, and dies when it comes to keeping it.
fn fall_back(alerting: &mut Alerting, version: &str, section: &str) -> Refused {
    let filed = config::resolve(alerting, version, &[]).unwrap_or_default();
    let taken = services::take(alerting, version, section, filed.get(section).cloned().unwrap_or_default());
    taken.map_or_else(|error| Refused::Says(500, format!("failed to update configuration {section}/: {error}")), |()| Refused::HangsUp)
}

/// The overrides of the section with the change: in its place if the element had one, else at the end.
fn changed(alerting: &Alerting, action: &Action<'_>, id: String) -> Vec<(String, Override)> {
    let mut overrides = config::overrides_of(alerting, action.section);
    let mut change = alerting.overrides.get(&id).cloned().unwrap_or_default();
    if action.add.is_empty() {
        change.options.extend(action.set.clone());
        change.options.retain(|name, _| !action.delete.contains(name));
    } else {
        change = Override { options: action.add.clone(), is_added: true };
    }
    match overrides.iter_mut().find(|(other, _)| *other == id) {
        Some((_, before)) => *before = change,
        None => overrides.push((id, change)),
    }
    overrides
}

/// The element that the change is for: that of the path, or the one that is added.
fn added<'a>(action: &'a Action<'_>, version: &str) -> Result<&'a str, String> {
    if action.add.is_empty() {
        return Ok(action.element);
    }
    let name = action.section;
    let section = sections::of(version).into_iter().find(|section| section.name == name);
    let section = section.ok_or_else(|| format!("unknown section {name:?}"))?;
    let key = section.key.ok_or_else(|| format!("section {name:?} is not a list, cannot add new element"))?;
    let value = action.add.get(key).ok_or_else(|| format!("missing key {key:?} in \"add\" map"))?;
    let type_of = || match copying::kind_of(value) {
        "invalid" => "<nil>",
        "slice" => "[]interface {}",
        "map" => "map[string]interface {}",
        other => other,
    };
    value.as_str().ok_or_else(|| format!("expected {key:?} key to be a string, got {}", type_of()))
}

fn check(action: &Action<'_>) -> Result<(), String> {
    // `^[-\w+]+$`
    let is_plain = |name: &str| !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_+".contains(&letter));
    let changes = !action.set.is_empty() || !action.delete.is_empty();
    let moves = !action.add.is_empty() || !action.remove.is_empty();
    let complaint = if action.section.is_empty() {
        "must provide section name".to_owned()
    } else if !is_plain(action.section) {
        format!("invalid section name {:?}", action.section)
    } else if !action.element.is_empty() && !is_plain(action.element) {
        format!("invalid element name {:?}", action.element)
    } else if changes && moves {
        "cannot provide both set/delete and add/remove actions in the same update".to_owned()
    } else if !action.add.is_empty() && !action.element.is_empty() {
        "must not provide an element name when adding an a new override".to_owned()
    } else if !action.remove.is_empty() && !action.element.is_empty() {
        "must not provide element when removing an override".to_owned()
    } else if !moves && !action.has_element {
        "element not specified, are you missing a trailing '/'?".to_owned()
    } else {
        return Ok(());
    };
    Err(complaint)
}

fn read<'a>(section: &'a str, element: Option<&'a str>, body: &[u8]) -> Result<Action<'a>, String> {
    let mut action = Action {
        section,
        element: element.unwrap_or_default(),
        has_element: element.is_some(),
        set: Options::new(),
        delete: Vec::new(),
        add: Options::new(),
        remove: Vec::new(),
    };
    let members = match go::first_value(body)? {
        Value::Object(members) => members,
        Value::Null => Options::new(),
        other => return Err(format!("json: cannot unmarshal {} into Go value of type config.updateAction", go::json_word(&other))),
    };
    for (name, value) in members {
        let field = |expected: &str| {
            Err(format!("json: cannot unmarshal {} into Go struct field updateAction.{name} of type {expected}", go::json_word(&value)))
        };
        match (name.as_str(), &value) {
            (_, Value::Null) => {}
            ("set", Value::Object(options)) => action.set = options.clone(),
            ("add", Value::Object(options)) => action.add = options.clone(),
            ("set" | "add", _) => return field("map[string]interface {}"),
            ("delete" | "remove", Value::Array(items)) if items.iter().all(Value::is_string) => {
                let names = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                if name == "delete" { action.delete = names } else { action.remove = names }
            }
            ("delete" | "remove", Value::Array(_)) => return field("string"),
            ("delete" | "remove", _) => return field("[]string"),
            _ => {}
        }
    }
    Ok(action)
}
