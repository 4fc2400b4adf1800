//! TOML with line numbers: what two of the texts are written in.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::Broken;

/// A text that is being read, for the lines of its places.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'a>(pub(crate) &'a str);

impl Lines<'_> {
    /// The line of a place in the text, from 1.
    pub(crate) fn at(self, place: &Range<usize>) -> usize {
        let before = &self.0.as_bytes()[..place.start.min(self.0.len())];
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

/// The whole text as a table.
pub(crate) fn parse(text: &str) -> Result<DeTable<'_>, Broken> {
    DeTable::parse(text).map(Spanned::into_inner).map_err(|error| Broken {
        line: error.span().map(|place| Lines(text).at(&place)),
        field: None,
        reason: "this is not TOML: look for a missing quote or bracket; a variable must stand inside quotes".to_owned(),
    })
}

/// One table of the text, whose values are asked for by name.
pub(crate) struct Table<'a> {
    text: Lines<'a>,
    table: &'a DeTable<'a>,
    /// The line of its heading, or of its first key.
    pub(crate) line: Option<usize>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(text: &'a str, table: &'a DeTable<'a>, place: Option<&Range<usize>>) -> Self {
        let text = Lines(text);
        Self { text, table, line: place.map(|place| text.at(place)) }
    }

    /// The names of its values.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.table.keys().map(|key| key.get_ref().as_ref())
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// The line of a value.
    pub(crate) fn line_of(&self, key: &str) -> Option<usize> {
        self.get(key).map(|value| self.text.at(&value.span())).or(self.line)
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
        let line = |value: &Spanned<DeValue<'_>>| Some(self.text.at(&value.span()));
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
