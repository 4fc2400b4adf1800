//! The shape of a request: compared with the very schema that the OpenAPI document publishes, so that what is documented is what is
//! enforced.
//!
//! It says which field is wrong, unknown or absent, by its path (`mapping.tags[2]`), where a deserializer of tagged and flattened types
//! only knows that something is. What it lets pass, serde reads. Only what utoipa writes for serde's types is understood; this is no
//! general JSON Schema validator.

use std::sync::LazyLock;

use chrono::DateTime;
use serde_json::{Map, Value, json};
use url::Url;

use crate::app::Invalid;

type Object = Map<String, Value>;

/// The schemas of the OpenAPI document, by name.
pub(super) struct Shapes(Object);

impl Shapes {
    /// Those of this API.
    pub(super) fn published() -> &'static Self {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
            let document = serde_json::to_value(super::described()).unwrap_or_default();
            Shapes::new(document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default())
        });
        &SHAPES
    }

    pub(super) fn new(schemas: Object) -> Self {
        Self(schemas)
    }

    /// Refuses a body that is not what the schema `name` describes: unknown, absent and wrong fields.
    pub(super) fn check(&self, name: &str, body: &Value) -> Result<(), Invalid> {
        match self.0.get(name) {
            Some(schema) => self.check_value(schema, body, ""),
            None => Ok(()),
        }
    }

    /// `current` with the fields of `patch` in their places: absent keeps, null clears, an object that has only one form is merged field
    /// by field, everything else (lists, and what has several forms, such as a schedule) is replaced.
    pub(super) fn merge(&self, name: &str, current: Object, patch: &Object) -> Result<Object, Invalid> {
        match self.0.get(name) {
            Some(schema) => self.merge_object(schema, current, patch, ""),
            None => Ok(current),
        }
    }

    /// The schema of a patch of what `name` describes: every field, none of them needed, each may be null.
    pub(super) fn of_patch(&self, name: &str) -> Value {
        let mut properties = Object::new();
        for part in self.0.get(name).map(|schema| self.every_part(schema)).unwrap_or_default() {
            for (field, schema) in properties_of(part) {
                match properties.get_mut(field) {
                    None => drop(properties.insert(field.clone(), schema.clone())),
                    Some(known) => join_words(known, schema),
                }
            }
        }
        for schema in properties.values_mut() {
            *schema = or_null(schema.take());
        }
        json!({ "type": "object", "description": "Absent keeps, null clears.", "properties": properties })
    }

    fn check_value(&self, schema: &Value, value: &Value, path: &str) -> Result<(), Invalid> {
        let schema = self.resolved(schema);
        if let Some(forms) = schema.get("oneOf").and_then(Value::as_array) {
            if value.is_null() && forms.iter().any(is_null) {
                return Ok(());
            }
            return self.check_value(self.form(forms, value, path)?, value, path);
        }
        if schema.get("allOf").is_some() {
            let Value::Object(object) = value else { return Err(wrong_type(path, "an object", value)) };
            let mut parts = Vec::new();
            self.parts(schema, object, path, &mut parts)?;
            return self.check_object(&parts, object, path);
        }
        match value {
            _ if schema.get("type").is_none() => Ok(()),
            Value::Object(object) if allows(schema, "object") => self.check_object(&[schema], object, path),
            Value::Array(items) if allows(schema, "array") => {
                let Some(schema) = schema.get("items") else { return Ok(()) };
                items.iter().enumerate().try_for_each(|(at, item)| self.check_value(schema, item, &format!("{path}[{at}]")))
            }
            Value::String(text) if allows(schema, "string") => check_text(schema, text, path),
            Value::Number(_) if allows(schema, "integer") => check_integer(schema, value, path),
            Value::Number(_) if allows(schema, "number") => Ok(()),
            Value::Bool(_) if allows(schema, "boolean") => Ok(()),
            Value::Null if allows(schema, "null") => Ok(()),
            other => Err(wrong_type(path, wanted(schema), other)),
        }
    }

    fn check_object(&self, parts: &[&Value], object: &Object, path: &str) -> Result<(), Invalid> {
        for (field, value) in object {
            let known = parts.iter().find_map(|part| properties_of(part).get(field));
            match known.or_else(|| parts.iter().find_map(|part| part.get("additionalProperties").filter(|schema| schema.is_object()))) {
                Some(schema) => self.check_value(schema, value, &join(path, field))?,
                None => return Err(unknown(parts, path, field)),
            }
        }
        for field in parts.iter().flat_map(|part| words(part, "required")) {
            if !object.contains_key(field) {
                let path = join(path, field);
                return Err(Invalid::new(path.clone(), format!("`{path}` is absent"), format!("give a `{path}`")));
            }
        }
        Ok(())
    }

    fn merge_object(&self, schema: &Value, mut current: Object, patch: &Object, path: &str) -> Result<Object, Invalid> {
        let parts = self.every_part(schema);
        for (field, change) in patch {
            let own = parts.iter().find_map(|part| properties_of(part).get(field));
            let open = parts.iter().find_map(|part| part.get("additionalProperties"));
            let Some(schema) = own.or(open) else { return Err(unknown(&parts, path, field)) };
            match (change, self.mergeable(schema), current.remove(field)) {
                (Value::Null, ..) => {}
                (Value::Object(change), Some(schema), Some(Value::Object(before))) => {
                    let merged = self.merge_object(schema, before, change, &join(path, field))?;
                    current.insert(field.clone(), merged.into());
                }
                (change, ..) => drop(current.insert(field.clone(), change.clone())),
            }
        }
        Ok(current)
    }

    /// The schema, if its objects have one form only.
    fn mergeable<'s>(&'s self, schema: &'s Value) -> Option<&'s Value> {
        let schema = self.resolved(schema);
        let Some(forms) = schema.get("oneOf").and_then(Value::as_array) else { return Some(schema) };
        let mut forms = forms.iter().filter(|form| !is_null(form));
        match (forms.next(), forms.next()) {
            (Some(only), None) => self.mergeable(only),
            _ => None,
        }
    }

    /// The plain objects that make up `object`, the form of each choice chosen by its tag.
    fn parts<'s>(&'s self, schema: &'s Value, object: &Object, path: &str, parts: &mut Vec<&'s Value>) -> Result<(), Invalid> {
        let schema = self.resolved(schema);
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            return all.iter().try_for_each(|part| self.parts(part, object, path, parts));
        }
        if let Some(forms) = schema.get("oneOf").and_then(Value::as_array) {
            return self.parts(self.form_of_object(forms, object, path)?, object, path, parts);
        }
        parts.push(schema);
        Ok(())
    }

    /// The plain objects that make up any object of this schema.
    fn every_part<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        let schema = self.resolved(schema);
        let several = schema.get("allOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
        match several {
            Some(several) => several.iter().flat_map(|part| self.every_part(part)).collect(),
            None => vec![schema],
        }
    }

    /// The form that a value wants to have.
    fn form<'s>(&'s self, forms: &'s [Value], value: &Value, path: &str) -> Result<&'s Value, Invalid> {
        let mut rest = forms.iter().filter(|form| !is_null(form));
        if let (Some(only), None) = (rest.next(), rest.next()) {
            return Ok(only);
        }
        match value {
            Value::Object(object) => self.form_of_object(forms, object, path),
            Value::String(text) => {
                let fits = |form: &&Value| words(form, "enum").any(|word| word == text);
                forms.iter().find(fits).ok_or_else(|| one_of(path, &self.spellings(forms)))
            }
            _ => Err(one_of(path, &self.spellings(forms))),
        }
    }

    /// The form that an object wants to have: by its tag (`driver`), or by its only field (`cron`).
    fn form_of_object<'s>(&'s self, forms: &'s [Value], object: &Object, path: &str) -> Result<&'s Value, Invalid> {
        let mut tags = Vec::new();
        for form in forms {
            for part in self.every_part(form) {
                for (field, schema) in properties_of(part) {
                    let mut constants = words(schema, "enum");
                    if let (Some(constant), None) = (constants.next(), constants.next()) {
                        tags.push((field.as_str(), constant, form));
                    }
                }
            }
        }
        if let Some((field, ..)) = tags.first() {
            let path = join(path, field);
            let known: Vec<String> = tags.iter().map(|(_, constant, _)| format!("`{constant}`")).collect();
            let Some(given) = object.get(*field) else {
                return Err(Invalid::new(path.clone(), format!("`{path}` is absent"), format!("give one of {}", known.join(", "))));
            };
            let chosen = tags.iter().find(|(_, constant, _)| given.as_str() == Some(constant));
            return chosen.map(|(.., form)| *form).ok_or_else(|| one_of(&path, &known));
        }
        let chosen = forms.iter().find(|form| words(self.resolved(form), "required").any(|field| object.contains_key(field)));
        chosen.ok_or_else(|| one_of(path, &self.spellings(forms)))
    }

    /// How each form is written.
    fn spellings(&self, forms: &[Value]) -> Vec<String> {
        let mut spellings = Vec::new();
        for form in forms.iter().filter(|form| !is_null(form)).map(|form| self.resolved(form)) {
            spellings.extend(words(form, "enum").map(|word| format!("`{word}`")));
            spellings.extend(words(form, "required").map(|field| format!("`{{\"{field}\": …}}`")));
        }
        spellings
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let mut schema = schema;
        while let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            match name.rsplit('/').next().and_then(|name| self.0.get(name)) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }
}

fn properties_of(schema: &Value) -> &Object {
    static NONE: LazyLock<Object> = LazyLock::new(Object::new);
    schema.get("properties").and_then(Value::as_object).unwrap_or(&NONE)
}

fn words<'s>(schema: &'s Value, key: &str) -> impl Iterator<Item = &'s str> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn allows(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(kind)),
        _ => false,
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

fn check_text(schema: &Value, text: &str, path: &str) -> Result<(), Invalid> {
    if schema.get("enum").is_some() && !words(schema, "enum").any(|word| word == text) {
        let known: Vec<String> = words(schema, "enum").map(|word| format!("`{word}`")).collect();
        return Err(one_of(path, &known));
    }
    let wrong = |what: &str, advice: &str| Err(Invalid::new(path, format!("`{path}` is not {what}"), advice));
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") if text.parse::<model::Id<()>>().is_err() => wrong("an id", "give the UUID that the object's `id` shows"),
        Some("date-time") if DateTime::parse_from_rfc3339(text).is_err() => wrong("an instant", "give it as 2026-11-21T14:05:00Z"),
        // A blank form field is an absent one.
        Some("uri") if text.trim().is_empty() && allows(schema, "null") => Ok(()),
        Some("uri") if Url::parse(text).is_err() => wrong("a URL", "give it as http://host:port"),
        Some("time-zone") if text.parse::<chrono_tz::Tz>().is_err() => {
            wrong("a time zone", "give the zone's IANA name, such as `Europe/Berlin` or `UTC`")
        }
        _ => Ok(()),
    }
}

fn check_integer(schema: &Value, value: &Value, path: &str) -> Result<(), Invalid> {
    let Some(number) = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from)) else {
        return Err(Invalid::new(path, format!("`{path}` is not a whole number"), "give it without a decimal point"));
    };
    let bound = |key: &str| schema.get(key).and_then(Value::as_i64).map(i128::from);
    let format = schema.get("format").and_then(Value::as_str);
    let low = bound("minimum").unwrap_or(if format == Some("int32") { i32::MIN.into() } else { i64::MIN.into() });
    let high = bound("maximum").unwrap_or(match (format, low) {
        (Some("int32"), 0) => u32::MAX.into(),
        (Some("int32"), _) => i32::MAX.into(),
        (_, 0) => u64::MAX.into(),
        _ => i64::MAX.into(),
    });
    if (low..=high).contains(&number) {
        return Ok(());
    }
    Err(Invalid::new(path, format!("`{path}` is {number}"), format!("give a number from {low} to {high}")))
}

/// The type that a schema wants, in words.
fn wanted(schema: &Value) -> &'static str {
    let names = [
        ("object", "an object"),
        ("array", "a list"),
        ("string", "a text"),
        ("integer", "a whole number"),
        ("number", "a number"),
        ("boolean", "true or false"),
    ];
    names.into_iter().find(|(kind, _)| allows(schema, kind)).map_or("something else", |(_, name)| name)
}

/// Names the type of what was given, never its value: it may be a secret.
fn wrong_type(path: &str, wanted: &str, given: &Value) -> Invalid {
    let given = match given {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let subject = if path.is_empty() { "the body".to_owned() } else { format!("`{path}`") };
    Invalid::new(path, format!("{subject} is {given}"), format!("give {wanted}"))
}

fn one_of(path: &str, known: &[String]) -> Invalid {
    let subject = if path.is_empty() { "the body".to_owned() } else { format!("`{path}`") };
    Invalid::new(path, format!("{subject} is none of its choices"), format!("give one of {}", known.join(", ")))
}

fn unknown(parts: &[&Value], path: &str, field: &str) -> Invalid {
    let known: Vec<String> = parts.iter().flat_map(|part| properties_of(part).keys()).map(|name| format!("`{name}`")).collect();
    let path = join(path, field);
    Invalid::new(path.clone(), format!("there is no field `{path}`"), format!("the fields are {}", known.join(", ")))
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// Adds the words of another form's field of the same name: the tags of a choice.
fn join_words(known: &mut Value, other: &Value) {
    let Some(list) = known.get_mut("enum").and_then(Value::as_array_mut) else { return };
    for word in words(other, "enum") {
        if !list.iter().any(|known| known.as_str() == Some(word)) {
            list.push(word.into());
        }
    }
}

fn or_null(mut schema: Value) -> Value {
    if schema.get("enum").is_some() {
        return schema;
    }
    match schema.get_mut("type") {
        Some(kind @ Value::String(_)) => {
            *kind = json!([kind.take(), "null"]);
            schema
        }
        Some(_) => schema,
        None => json!({ "oneOf": [schema, { "type": "null" }] }),
    }
}

#[cfg(test)]
mod tests {
    use model::{Connection, Database, Group, Series};
    use utoipa::ToSchema;

    use super::*;

    fn shapes<T: ToSchema>() -> Shapes {
        let mut list = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut list);
        Shapes::new(list.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap())).collect())
    }

    fn fault<T: ToSchema>(body: Value) -> Option<String> {
        shapes::<T>().check(&T::name(), &body).err().map(|invalid| invalid.field)
    }

    #[test]
    fn a_field_of_another_driver_is_unknown() {
        let body = json!({ "driver": "v1", "url": "http://localhost:8086", "database": "telegraf", "bucket": "b" });
        assert_eq!(fault::<Connection>(body).as_deref(), Some("bucket"));
        assert_eq!(fault::<Connection>(json!({ "driver": "v1", "url": "http://localhost:8086", "database": "telegraf" })), None);
    }

    #[test]
    fn the_field_that_is_wrong_is_named_by_its_path() {
        let series = |mapping: Value| {
            let id = "00000000-0000-7000-8000-000000000001";
            json!({ "query_id": id, "connection_id": id, "mode": { "mode": "snapshot" }, "mapping": mapping })
        };
        let cases = [
            (series(json!({ "measurement": { "name": "m" }, "tags": ["a", 5] })), "mapping.tags[1]"),
            (series(json!({ "measurement": { "nam": "m" } })), "mapping.measurement"),
            (series(json!({ "measurement": { "name": "m", "x": 1 } })), "mapping.measurement.x"),
            (series(json!({ "measurement": { "name": "m" }, "fields": "all" })), "mapping.fields"),
            (series(json!({ "measurement": { "name": "m" }, "time": { "column": "t", "zone": 1 } })), "mapping.time.zone"),
            (series(json!({})), "mapping.measurement"),
        ];
        for (body, field) in cases {
            assert_eq!(fault::<Series>(body.clone()).as_deref(), Some(field), "{body}");
        }
        assert_eq!(fault::<Series>(series(json!({ "measurement": { "column": "m" }, "fields": "rest", "time": null }))), None);
    }

    #[test]
    fn a_tag_that_is_absent_or_unknown_is_named() {
        assert_eq!(fault::<Database>(json!({ "path": "/x" })).as_deref(), Some("engine"));
        assert_eq!(fault::<Database>(json!({ "engine": "oracle" })).as_deref(), Some("engine"));
        assert_eq!(fault::<Database>(json!({ "engine": "postgres", "host": "h", "database": "d" })).as_deref(), Some("username"));
    }

    #[test]
    fn numbers_keep_their_bounds() {
        let group = |schedule: Value| json!({ "schedule": schedule });
        assert_eq!(fault::<Group>(group(json!({ "every_s": 1.5 }))).as_deref(), Some("schedule.every_s"));
        assert_eq!(fault::<Group>(group(json!({ "every_s": -1 }))).as_deref(), Some("schedule.every_s"));
        assert_eq!(fault::<Group>(group(json!({ "every_s": 5_000_000_000_u64 }))).as_deref(), Some("schedule.every_s"));
        assert_eq!(fault::<Group>(group(json!({ "every_s": 30 }))), None);
    }

    #[test]
    fn a_value_is_never_repeated() {
        let body = json!({ "driver": "v1", "url": 5, "database": "telegraf" });
        let invalid = shapes::<Connection>().check("Connection", &json!({ "driver": "hunter2" })).unwrap_err();
        assert!(!format!("{invalid:?}").contains("hunter2"));
        assert_eq!(fault::<Connection>(body).as_deref(), Some("url"));
    }

    #[test]
    fn a_patch_keeps_clears_merges_and_replaces() {
        let shapes = shapes::<Series>();
        let current = json!({
            "position": 1, "group_id": "g", "mode": { "mode": "window", "length_s": 60 },
            "mapping": { "measurement": { "name": "m" }, "tags": ["a"] }, "parameters": { "a": "1", "b": "2" },
        });
        let patch = json!({
            "group_id": null, "mode": { "mode": "snapshot" }, "mapping": { "tags": ["b"] }, "parameters": { "a": null, "c": "3" },
        });
        let merged = shapes.merge("Series", current.as_object().unwrap().clone(), patch.as_object().unwrap()).unwrap();
        let expected = json!({
            "position": 1, "mode": { "mode": "snapshot" },
            "mapping": { "measurement": { "name": "m" }, "tags": ["b"] }, "parameters": { "b": "2", "c": "3" },
        });
        assert_eq!(Value::Object(merged), expected);
    }

    #[test]
    fn a_patch_cannot_clear_what_does_not_exist() {
        let patch = json!({ "grup_id": null });
        let invalid = shapes::<Series>().merge("Series", Object::new(), patch.as_object().unwrap()).unwrap_err();
        assert_eq!(invalid.field, "grup_id");
    }
}
