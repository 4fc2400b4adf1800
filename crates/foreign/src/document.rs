//! TOML with line numbers: what two of the texts are written in.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{Broken, Remark};

/// Where the lines of a text, or of a piece of one, begin.
pub(crate) struct Lines {
    breaks: Vec<usize>,
    before: usize,
}

impl Lines {
    /// Of a piece that has this many lines before it.
    pub(crate) fn of(text: &str, before: usize) -> Self {
        Self { breaks: text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect(), before }
    }

    /// The line of a place, from 1.
    pub(crate) fn at(&self, place: &Range<usize>) -> usize {
        self.before + self.breaks.partition_point(|at| *at < place.start) + 1
    }
}

/// The whole text as a table.
pub(crate) fn parse<'a>(text: &'a str, lines: &Lines) -> Result<DeTable<'a>, Broken> {
    DeTable::parse(text).map(Spanned::into_inner).map_err(|error| Broken {
        line: error.span().map(|place| lines.at(&place)),
        field: None,
        reason: "this is not TOML: look for a missing quote or bracket; a variable must stand inside quotes".to_owned(),
    })
}

/// A name as a message shows it; what is no plain name may be anything.
fn shown(key: &str) -> String {
    let plain =
        key.len() <= 64 && !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'));
    if plain { format!("`{key}`") } else { "a name that is no plain word".to_owned() }
}

/// One table of the text, whose values are asked for by name.
pub(crate) struct Table<'a> {
    lines: &'a Lines,
    table: &'a DeTable<'a>,
    /// The line of its heading, or of its first key.
    pub(crate) line: Option<usize>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(lines: &'a Lines, table: &'a DeTable<'a>, place: Option<&Range<usize>>) -> Self {
        Self { lines, table, line: place.map(|place| lines.at(place)) }
    }

    /// The remark that every value but these is ignored, if there is one.
    pub(crate) fn ignored(&self, known: &[&str]) -> Option<Remark> {
        let mut keys: Vec<String> =
            self.table.keys().map(|key| key.get_ref().as_ref()).filter(|key| !known.contains(key)).map(shown).collect();
        keys.sort();
        (!keys.is_empty()).then(|| Remark { line: self.line, text: format!("ignored: {}", keys.join(", ")) })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// The line of a value.
    pub(crate) fn line_of(&self, key: &str) -> Option<usize> {
        self.get(key).map(|value| self.lines.at(&value.span())).or(self.line)
    }

    /// The error that this value cannot be used.
    pub(crate) fn broken(&self, key: &str, reason: impl Into<String>) -> Broken {
        Broken { line: self.line_of(key), field: Some(key.to_owned()), reason: reason.into() }
    }

    /// A text, and its line.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>, Broken> {
        match self.get(key).map(Spanned::get_ref) {
            None => Ok(None),
            Some(DeValue::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.broken(key, "must be a text in quotes")),
        }
    }

    /// `true` or `false`.
    pub(crate) fn truth(&self, key: &str) -> Result<Option<bool>, Broken> {
        match self.get(key).map(Spanned::get_ref) {
            None => Ok(None),
            Some(DeValue::Boolean(truth)) => Ok(Some(*truth)),
            Some(_) => Err(self.broken(key, "must be true or false")),
        }
    }

    /// One text, or several in brackets, each with its line.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<(&'a str, Option<usize>)>, Broken> {
        let line = |value: &Spanned<DeValue<'_>>| Some(self.lines.at(&value.span()));
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(value) => match value.get_ref() {
                DeValue::String(text) => Ok(vec![(text.as_ref(), line(value))]),
                DeValue::Array(items) => items
                    .iter()
                    .map(|item| match item.get_ref() {
                        DeValue::String(text) => Ok((text.as_ref(), line(item))),
                        _ => Err(self.broken(key, "must be a list of texts in quotes")),
                    })
                    .collect(),
                _ => Err(self.broken(key, "must be a list of texts in quotes")),
            },
        }
    }
}
