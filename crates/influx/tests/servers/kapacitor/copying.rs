//! How a value of JSON gets into an option of a Go type: `services/config/override` in Kapacitor's source, by its errors.

use serde_json::{Value, json};

use super::{go, sections::Kind};

/// What Go's reflection says where a value is null.
const NO_VALUE: &str = "reflect: call of reflect.Value.Type on zero Value";

/// Puts `given` into the option. A duration that cannot be read is no error, and changes nothing.
pub fn copy(kind: Kind, slot: &mut Value, given: &Value) -> Result<(), String> {
    let made = match (kind, given) {
        (Kind::Switch, Value::Bool(_)) | (Kind::Text, Value::String(_)) => given.clone(),
        (Kind::Switch, other) => return wrong(other, "bool"),
        (Kind::Text, other) => return wrong(other, "string"),
        (Kind::Integer, Value::Number(number)) => json!(number.as_f64().unwrap_or_default() as i64),
        (Kind::Integer, Value::String(text)) => {
            json!(text.parse::<i64>().map_err(|_| format!("cannot convert string {text:?} into int"))?)
        }
        (Kind::Integer | Kind::Duration, Value::Null) | (Kind::Pointer, _) => return Err(NO_VALUE.to_owned()),
        (Kind::Integer, other) => return Err(format!("cannot convert {} into int", kind_of(other))),
        (Kind::Duration, Value::String(text)) => match go::duration(text) {
            Some(nanoseconds) => json!(go::written(nanoseconds)),
            None => return Ok(()),
        },
        (Kind::Duration, other) => return Err(format!("cannot unmarshal {} into int64", kind_of(other))),
        (Kind::List, other) => list(other)?,
        (Kind::Map, Value::Object(members)) => {
            let texts = members.iter().map(|(name, value)| Ok((name.clone(), within("map", text(value))?)));
            Value::Object(texts.collect::<Result<_, String>>()?)
        }
        (Kind::Lists, Value::Object(members)) => {
            let lists = members.iter().map(|(name, value)| Ok((name.clone(), within("map", list(value))?)));
            Value::Object(lists.collect::<Result<_, String>>()?)
        }
        (Kind::Map | Kind::Lists, other) => return wrong(other, "map"),
        (Kind::Login, Value::Object(_)) => login(slot, given)?,
        (Kind::Severities, Value::Object(members)) => {
            let mut made = slot.clone();
            for (name, value) in members {
                let unknown = || format!("failed to decode options into *zenoss.SeverityMap: Unknown field {name} for SeverityMap");
                *made.get_mut(name).ok_or_else(unknown)? = value.clone();
            }
            made
        }
        (Kind::Login | Kind::Severities, other) => return wrong(other, "struct"),
    };
    *slot = made;
    Ok(())
}

fn text(given: &Value) -> Result<Value, String> {
    if given.is_string() { Ok(given.clone()) } else { wrong(given, "string").map(|()| Value::Null) }
}

fn list(given: &Value) -> Result<Value, String> {
    let Value::Array(items) = given else { return wrong(given, "slice").map(|()| Value::Null) };
    items.iter().map(|item| within("slice", text(item))).collect()
}

fn within(what: &str, copied: Result<Value, String>) -> Result<Value, String> {
    copied.map_err(|error| format!("failed to copy {what} value: {error}"))
}

/// Members that are not given stay; their names are taken whatever their case.
fn login(slot: &Value, given: &Value) -> Result<Value, String> {
    let (mut made, mut errors, mut unknown) = (slot.clone(), Vec::new(), Vec::new());
    for (name, value) in given.as_object().into_iter().flatten() {
        let member = ["username", "password"].into_iter().find(|member| name.eq_ignore_ascii_case(member));
        match (member, value) {
            (Some(member), Value::String(_)) => made[member] = value.clone(),
            (Some(member), Value::Null) => made[member] = json!(""),
            (Some(member), other) => {
                let field = if member == "username" { "Username" } else { "Password" };
                errors.push(format!("'{field}' expected type 'string', got unconvertible type '{}'", kind_of(other)));
            }
            (None, _) => unknown.push(name.as_str()),
        }
    }
    if !unknown.is_empty() {
        unknown.sort_unstable();
        errors.push(format!("'' has invalid keys: {}", unknown.join(", ")));
    }
    if errors.is_empty() {
        return Ok(made);
    }
    let points: Vec<String> = errors.iter().map(|error| format!("* {error}")).collect();
    Err(format!("failed to decode options into *httppost.BasicAuth: {} error(s) decoding:\n\n{}", errors.len(), points.join("\n")))
}

fn wrong(given: &Value, expected: &str) -> Result<(), String> {
    Err(format!("wrong kind {}, expected value of kind {expected}: false", kind_of(given)))
}

/// The Go kind of what `encoding/json` makes of a value.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}
