//! One JSON object in a text, read the way Chronograf reads it: keys regardless of case. It also remembers on which line each key stands.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, de};
use serde_json::{error::Category, value::RawValue};

use crate::{Broken, Remark, Variables, template};

/// How deep lists and objects may stand in one another.
const MAX_DEPTH: usize = 64;

/// An object, and what was noticed while it was read.
pub(super) struct Object<'a> {
    members: Vec<Member<'a>>,
    /// `None`: braces mean nothing.
    variables: Option<&'a Variables>,
    pub(super) remarks: Vec<Remark>,
}

struct Member<'a> {
    key: String,
    line: usize,
    value: &'a RawValue,
    asked: bool,
}

/// A text value.
pub(super) struct Text {
    pub(super) text: String,
    /// Whether any of it came from a variable.
    pub(super) filled: bool,
}

/// What stands at a key.
pub(super) enum Value {
    /// `null`.
    Null,
    /// A text, its templates filled.
    Text(Text),
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A list or an object.
    Nested,
}

impl<'a> Object<'a> {
    /// The object that this text holds.
    ///
    /// # Errors
    /// When it is not JSON, or not an object.
    pub(super) fn read(text: &'a str, variables: Option<&'a Variables>) -> Result<Self, Broken> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let entries: Entries<'a> = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
        let mut members = Vec::with_capacity(entries.0.len());
        let (mut line, mut counted) = (1, 0);
        for (key, value) in entries.0 {
            // A raw value is a part of the text that it was read from, so their distance is its place.
            let place = value.get().as_ptr().addr() - text.as_ptr().addr();
            let key_ends = text[..place].trim_end().trim_end_matches(':').trim_end().len();
            line += text[counted..key_ends].bytes().filter(|byte| *byte == b'\n').count();
            counted = key_ends;
            members.push(Member { key: key.into_owned(), line, value, asked: false });
        }
        Ok(Self { members, variables, remarks: Vec::new() })
    }

    /// What stands at this key; `None` when nothing does. Keys that differ in case only are the same key; the one that is written exactly
    /// so wins, else the last.
    ///
    /// # Errors
    /// When a template in it cannot be filled.
    pub(super) fn take(&mut self, key: &str) -> Result<Option<Value>, Broken> {
        let same: Vec<usize> = (0..self.members.len()).filter(|at| self.members[*at].key.eq_ignore_ascii_case(key)).collect();
        let exact = same.iter().rev().find(|at| self.members[**at].key == key);
        let Some(chosen) = exact.or(same.last()).copied() else { return Ok(None) };
        for at in same {
            self.members[at].asked = true;
            if at != chosen {
                self.remark_double(at, chosen);
            }
        }
        let Member { key, line, value, .. } = &self.members[chosen];
        self.value(value).map(Some).map_err(|reason| Broken { line: Some(*line), field: Some(key.clone()), reason })
    }

    fn remark_double(&mut self, at: usize, chosen: usize) {
        let (other, used) = (&self.members[at], &self.members[chosen]);
        let text = if other.key == used.key {
            format!("`{}` stands here and on line {}; the last one is used", other.key, used.line)
        } else {
            format!("`{}` and `{}` are the same key; `{}` on line {} is used", other.key, used.key, used.key, used.line)
        };
        self.remarks.push(Remark { line: Some(other.line), text });
    }

    fn value(&self, raw: &RawValue) -> Result<Value, String> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'"') => Value::Text(self.text(text)?),
            Some(b't' | b'f') => Value::Bool(text == "true"),
            Some(b'n') => Value::Null,
            Some(b'{' | b'[') => {
                self.check_nested(raw, 0)?;
                Value::Nested
            }
            _ => Value::Number(text.to_owned()),
        })
    }

    fn text(&self, raw: &str) -> Result<Text, String> {
        let text: String = serde_json::from_str(raw).map_err(|_| "this text has an escape that stands for no character".to_owned())?;
        match self.variables {
            Some(variables) if template::is_template(&text) => {
                let text = template::fill(&text, variables).map_err(|error| error.to_string())?;
                Ok(Text { text, filled: true })
            }
            _ => Ok(Text { text, filled: false }),
        }
    }

    /// Refuses templates that cannot be filled, in every text at any depth.
    fn check_nested(&self, raw: &RawValue, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("lists and objects stand in one another more than {MAX_DEPTH} deep"));
        }
        let unreadable = |_| "this value cannot be read".to_owned();
        let inner: Vec<&RawValue> = match raw.get().as_bytes().first() {
            Some(b'"') => return self.text(raw.get()).map(|_| ()),
            Some(b'[') => serde_json::from_str(raw.get()).map_err(unreadable)?,
            Some(b'{') => {
                serde_json::from_str::<Entries<'_>>(raw.get()).map_err(unreadable)?.0.into_iter().map(|(_, value)| value).collect()
            }
            _ => return Ok(()),
        };
        inner.into_iter().try_for_each(|value| self.check_nested(value, depth + 1))
    }

    /// The line on which this key stands; `None` when it does not.
    pub(super) fn line(&self, key: &str) -> Option<usize> {
        let exact = self.members.iter().rev().find(|member| member.key == key);
        let same = || self.members.iter().rev().find(|member| member.key.eq_ignore_ascii_case(key));
        exact.or_else(same).map(|member| member.line)
    }

    /// A remark about what stands at this key.
    pub(super) fn remark(&mut self, key: &str, text: impl fmt::Display) {
        let line = self.line(key);
        self.remarks.push(Remark { line, text: format!("`{key}`: {text}") });
    }

    /// What is broken about this key.
    pub(super) fn broken(&self, key: &str, reason: impl Into<String>) -> Broken {
        Broken { line: self.line(key), field: Some(key.to_owned()), reason: reason.into() }
    }

    /// The text at this key; absent, `null` and empty are `None`.
    pub(super) fn text_at(&mut self, key: &str) -> Result<Option<Text>, Broken> {
        match self.take(key)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) if text.text.is_empty() => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.broken(key, format!("is {}; put it into quotes", other.what()))),
        }
    }

    /// The text or the whole number at this key, as text; absent, `null` and empty are `None`.
    pub(super) fn name_at(&mut self, key: &str) -> Result<Option<String>, Broken> {
        match self.take(key)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.text).filter(|text| !text.is_empty())),
            Some(Value::Number(number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(number)),
            Some(other) => Err(self.broken(key, format!("is {}; a text in quotes is expected", other.what()))),
        }
    }

    /// `true` or `false` at this key; absent and `null` are `None`.
    pub(super) fn bool_at(&mut self, key: &str) -> Result<Option<bool>, Broken> {
        match self.take(key)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(other) => Err(self.broken(key, format!("is {}; write true or false, without quotes", other.what()))),
        }
    }

    /// The id at this key, a whole number from 0, with quotes or without; absent and `null` are `None`.
    pub(super) fn number_at(&mut self, key: &str) -> Result<Option<i64>, Broken> {
        let digits = match self.take(key)? {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Text(text)) => text.text,
            Some(Value::Number(number)) => number,
            Some(other) => return Err(self.broken(key, format!("is {}; {ID}", other.what()))),
        };
        if digits.is_empty() {
            return Err(self.broken(key, format!("is empty; {ID}")));
        }
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let what = if digits.starts_with('-') { "is negative" } else { "is not a whole number" };
            return Err(self.broken(key, format!("{what}; {ID}")));
        }
        match digits.parse() {
            Ok(number) if number <= model::id::MAX_NUMBER => Ok(Some(number)),
            _ => Err(self.broken(key, format!("is too large; {ID}"))),
        }
    }

    /// A known key that means nothing to Tributary: a remark when anything stands there.
    pub(super) fn ignore(&mut self, key: &str, why: &str) -> Result<(), Broken> {
        match self.take(key)? {
            None | Some(Value::Null) => {}
            Some(Value::Text(text)) if text.text.is_empty() => {}
            Some(_) => self.remark(key, why),
        }
        Ok(())
    }

    /// Everything that nobody asked for becomes a remark; then the remarks, in the order of their lines.
    ///
    /// # Errors
    /// When a template there cannot be filled.
    pub(super) fn finish(mut self) -> Result<Vec<Remark>, Broken> {
        let mut remarks = std::mem::take(&mut self.remarks);
        for member in self.members.iter().filter(|member| !member.asked) {
            let key = shown(&member.key);
            remarks.push(Remark { line: Some(member.line), text: format!("`{key}` is no known key and was ignored") });
            self.value(member.value).map_err(|reason| Broken { line: Some(member.line), field: Some(key), reason })?;
        }
        remarks.sort_by_key(|remark| remark.line);
        Ok(remarks)
    }
}

const ID: &str = "an id is a whole number from 0, with or without quotes";

impl Value {
    fn what(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text(_) => "a text",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Nested => "a list or an object",
        }
    }
}

/// A key that somebody else chose, as part of one line.
fn shown(key: &str) -> String {
    key.chars().take(60).flat_map(char::escape_debug).collect()
}

/// Keys and raw values, doubles included, in order.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Why it is not JSON. Only syntax errors are repeated: they hold nothing of the text, those about types do.
fn not_json(text: &str, error: &serde_json::Error) -> Broken {
    let line = error.line();
    if text.trim().is_empty() {
        return Broken { line: None, field: None, reason: "the file is empty; a JSON object is expected".to_owned() };
    }
    let reason = match error.classify() {
        Category::Eof => "the text ends before its JSON object does: it is cut off, or still being written".to_owned(),
        Category::Syntax => {
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            format!("not JSON at column {}: {message}", error.column())
        }
        Category::Data | Category::Io => {
            return Broken { line: Some(1), field: None, reason: "a JSON object is expected: { … }".to_owned() };
        }
    };
    let hint = if text.lines().nth(line.saturating_sub(1)).is_some_and(template::is_template) {
        "; `{{ .NAME }}` is filled in only within a text in quotes, and holds no quotes itself"
    } else {
        ""
    };
    Broken { line: Some(line), field: None, reason: format!("{reason}{hint}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks(text: &str, keys: &[&str]) -> Vec<String> {
        let mut object = Object::read(text, None).unwrap();
        for key in keys {
            object.take(key).unwrap();
        }
        object.finish().unwrap().into_iter().map(|remark| format!("{}: {}", remark.line.unwrap_or(0), remark.text)).collect()
    }

    fn broken(text: &str) -> String {
        Object::read(text, None).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_key_is_found_regardless_of_case_and_on_its_line() {
        let mut object = Object::read("\u{feff}{\n\n  \"SRCid\"\n:\n 5,\n\"b\\u0063\":\n\ntrue}", None).unwrap();
        assert_eq!(object.number_at("srcID").unwrap(), Some(5));
        assert_eq!((object.line("srcId"), object.line("bc")), (Some(3), Some(6)));
    }

    #[test]
    fn keys_that_differ_in_case_are_remarked_by_both_names_and_the_exact_one_is_used() {
        let text = "{\"name\": \"exact\",\n\"Name\": \"other\",\n\"name\": \"again\"}";
        let mut object = Object::read(text, None).unwrap();
        assert_eq!(object.text_at("name").unwrap().map(|text| text.text).as_deref(), Some("again"));
        assert_eq!(
            remarks(text, &["name"]),
            [
                "1: `name` stands here and on line 3; the last one is used",
                "2: `Name` and `name` are the same key; `name` on line 3 is used"
            ]
        );
    }

    #[test]
    fn a_key_that_nobody_knows_is_remarked_with_its_line() {
        assert_eq!(remarks("{\n\"name\": 1,\n\"colour\": {\"a\": [1]}\n}", &["name"]), ["3: `colour` is no known key and was ignored"]);
    }

    #[test]
    fn what_is_no_json_object_is_told_with_line_and_column() {
        assert_eq!(broken(""), "the file is empty; a JSON object is expected");
        assert_eq!(broken("{\n\"a\": 1,\n}"), "line 3: not JSON at column 1: trailing comma");
        assert_eq!(broken("[1]"), "line 1: a JSON object is expected: { … }");
        assert_eq!(broken("\"hunter2\""), "line 1: a JSON object is expected: { … }");
        assert_eq!(broken("{\n\"a\": \"hunt"), "line 2: the text ends before its JSON object does: it is cut off, or still being written");
        assert_eq!(broken("{} {}"), "line 1: not JSON at column 4: trailing characters");
    }

    #[test]
    fn a_template_outside_of_a_text_is_explained() {
        for text in ["{\n\"default\": {{ .DEFAULT }} }", "{\n\"name\": \"{{ index . \"A\" }}\" }", "{\n{{ if .A }} \"a\": 1 {{ end }} }"] {
            let message = broken(text);
            assert!(message.starts_with("line 2: ") && message.contains("within a text in quotes"), "{message}");
        }
    }

    #[test]
    fn a_template_is_refused_wherever_it_stands_with_its_line() {
        let variables = Variables::new();
        for text in ["{\n\"x\": \"{{ .A | js }}\"}", "{\n\"x\": [{\"y\": \"{{ .A | js }}\"}]}"] {
            let object = Object::read(text, Some(&variables)).unwrap();
            let broken = object.finish().unwrap_err();
            assert_eq!((broken.line, broken.field.as_deref()), (Some(2), Some("x")));
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_refused() {
        let text = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        let object = Object::read(&text, None).unwrap();
        assert!(object.finish().unwrap_err().reason.contains("deep"));
    }
}
