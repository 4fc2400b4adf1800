//! One object as a sheet: a label and a value per line, and the little texts that tables and sheets share.

use std::{fmt::Write, io};

use chrono::{DateTime, Utc};

use super::output;

/// Labels and values, gathered line by line.
#[derive(Default)]
pub struct Sheet(Vec<(&'static str, String)>);

impl Sheet {
    /// One more line.
    #[must_use]
    pub fn line(mut self, label: &'static str, value: impl ToString) -> Self {
        self.0.push((label, value.to_string()));
        self
    }

    /// One more line, if there is a value.
    #[must_use]
    pub fn maybe(self, label: &'static str, value: Option<impl ToString>) -> Self {
        match value.map(|value| value.to_string()).filter(|value| !value.is_empty()) {
            Some(value) => self.line(label, value),
            None => self,
        }
    }

    /// Prints it; the further lines of a value begin where its first does.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn print(&self) -> io::Result<()> {
        output::line(self.render())
    }

    pub(super) fn render(&self) -> String {
        let width = self.0.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default();
        let mut text = String::new();
        for (label, value) in &self.0 {
            let mut label = *label;
            for line in value.lines() {
                // Writing into a String cannot fail.
                let _ = writeln!(text, "{label:width$}  {line}");
                label = "";
            }
        }
        text.trim_end().to_owned()
    }
}

/// An instant: `2026-11-21 14:05:00Z`, with the parts of a second that it has.
pub fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S%.fZ").to_string()
}

/// An instant to the second, for columns.
pub fn second(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// `yes` or `no`.
pub fn yes(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_under_one_another() {
        let sheet =
            Sheet::default().line("name", "shop").line("sql", "SELECT 1\nFROM x").maybe("notes", Some("")).maybe("port", None::<u16>);
        assert_eq!(sheet.render(), "name  shop\nsql   SELECT 1\n      FROM x");
    }

    #[test]
    fn an_instant_shows_the_parts_of_a_second_that_it_has() {
        let at = "2026-11-21T14:05:00.25Z".parse().unwrap();
        assert_eq!((instant(at).as_str(), second(at).as_str()), ("2026-11-21 14:05:00.250Z", "2026-11-21 14:05:00Z"));
    }
}
