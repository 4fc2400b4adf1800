//! What came of a scenario, and the table of all.

use std::io::Write as _;

use crate::settings::{Engine, Settings};

/// What came of a scenario: what was counted, and what is wrong.
#[derive(Debug)]
pub struct Report {
    /// What was done and counted, one line each.
    pub counted: Vec<String>,
    /// What is not as it must be; empty when the scenario passed.
    pub wrong: Vec<String>,
    scenario: String,
    engine: Engine,
    seed: u64,
    hold_s: f64,
    pub(crate) rows: i64,
    pub(crate) again: Option<i64>,
    pub(crate) differences: Differences,
    happened: Vec<String>,
}

/// Points that are not as their rows say, of every measurement.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Differences {
    pub(crate) missing: i64,
    pub(crate) spurious: i64,
    pub(crate) corrupted: i64,
    pub(crate) doubled: i64,
}

impl Report {
    pub(crate) fn of(scenario: &str, settings: &Settings) -> Self {
        Self {
            counted: Vec::new(),
            wrong: Vec::new(),
            scenario: scenario.to_owned(),
            engine: settings.engine,
            seed: settings.seed(),
            hold_s: settings.hold_s,
            rows: 0,
            again: None,
            differences: Differences::default(),
            happened: Vec::new(),
        }
    }

    pub(crate) fn count(&mut self, line: impl Into<String>) {
        let line = line.into();
        say(&line);
        self.counted.push(line);
    }

    /// Counts what the fault was, and tells it in the table too.
    pub(crate) fn happened(&mut self, line: impl Into<String>) {
        let line = line.into();
        self.happened.push(line.clone());
        self.count(line);
    }

    pub(crate) fn wrong(&mut self, line: impl Into<String>) {
        let line = line.into();
        say(&format!("WRONG: {line}"));
        self.wrong.push(line);
    }

    /// Wrong unless `holds`.
    pub(crate) fn must(&mut self, holds: bool, line: impl Into<String>) {
        if !holds {
            self.wrong(line);
        }
    }

    /// The head of the table that [`Report::row`] gives a row of, in Markdown.
    pub const HEAD: &'static str = "\
| scenario | engine | seed | rows | longest open | what happened | lines written again | missing, spurious, corrupted, doubled | wrong |
|---|---|---|---|---|---|---|---|---|";

    /// Its row of the table.
    pub fn row(&self) -> String {
        let Differences { missing, spurious, corrupted, doubled } = self.differences;
        format!(
            "| `{}` | {} | {} | {} | {} s | {} | {} | {missing}, {spurious}, {corrupted}, {doubled} | {} |",
            self.scenario,
            self.engine,
            self.seed,
            thousands(self.rows),
            self.hold_s,
            self.happened.join("; ").replace('|', "/"),
            self.again.map_or_else(String::new, thousands),
            self.wrong.len(),
        )
    }
}

/// Tells a person how it goes. Nobody may be listening, and that changes nothing.
pub(crate) fn say(line: &str) {
    let now = crate::clock::now().format("%H:%M:%S");
    let _unheard = writeln!(std::io::stdout(), "{now}  {line}");
}

fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_table_has_a_cell_for_each_heading() {
        let mut report = Report::of("kill", &Settings { seed: Some(7), ..Settings::default() });
        report.rows = 1_234_567;
        report.again = Some(-1_000);
        report.happened.push("2 kills | 1 at a point".to_owned());
        report.wrong.push("something".to_owned());
        assert_eq!(report.row(), "| `kill` | PostgreSQL | 7 | 1,234,567 | 30 s | 2 kills / 1 at a point | -1,000 | 0, 0, 0, 0 | 1 |");
        let bars = |line: &str| line.matches('|').count();
        assert!(Report::HEAD.lines().all(|line| bars(line) == bars(&report.row())));
    }
}
