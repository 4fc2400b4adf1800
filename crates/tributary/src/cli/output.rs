//! Data on standard output, words on standard error; tables for people, JSON for programs.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs: the API's own JSON.
    Json,
}

/// Prints one line of data.
///
/// # Errors
/// When standard output cannot be written; a reader that went away is no error.
pub fn line(text: impl AsRef<str>) -> io::Result<()> {
    write_out(format!("{}\n", text.as_ref()).as_bytes())
}

/// Prints data as it is.
///
/// # Errors
/// As [`line`].
pub fn bytes(bytes: &[u8]) -> io::Result<()> {
    write_out(bytes)
}

/// Prints a value as indented JSON.
///
/// # Errors
/// When it cannot be written.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(line(serde_json::to_string_pretty(value)?)?)
}

/// Prints a table; nothing but the headings when there are no rows.
///
/// # Errors
/// When it cannot be written.
pub fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<()> {
    line(render(headings, rows))
}

/// A table as text, without borders, as wide as the terminal allows.
pub fn render(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headings.iter().map(|heading| heading.to_uppercase()));
    if io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for row in rows {
        table.add_row(row);
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Says something to the person, on standard error.
pub fn say(text: impl AsRef<str>) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
}

fn write_out(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// A count with a thin gap between thousands: `5 000 000`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 point`, `5 000 points`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1000, 5_000_000].map(count), ["0", "999", "1 000", "5 000 000"]);
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2_000].map(|number| counted(number, "point", "points")), ["0 points", "1 point", "2 000 points"]);
    }

    #[test]
    fn a_table_has_its_headings_even_without_rows() {
        assert_eq!(render(&["name", "driver"], []).split_whitespace().collect::<Vec<_>>(), ["NAME", "DRIVER"]);
    }
}
