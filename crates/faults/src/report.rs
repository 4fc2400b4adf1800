//! What came of a scenario.

use std::io::Write as _;

/// What came of a scenario: what was counted, and what is wrong.
#[derive(Debug, Default)]
pub struct Report {
    /// What was done and counted, one line each.
    pub counted: Vec<String>,
    /// What is not as it must be; empty when the scenario passed.
    pub wrong: Vec<String>,
}

impl Report {
    pub(crate) fn count(&mut self, line: impl Into<String>) {
        let line = line.into();
        say(&line);
        self.counted.push(line);
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
}

/// Tells a person how it goes. Nobody may be listening, and that changes nothing.
pub(crate) fn say(line: &str) {
    let now = crate::toll::now().format("%H:%M:%S");
    let _unheard = writeln!(std::io::stdout(), "{now}  {line}");
}
