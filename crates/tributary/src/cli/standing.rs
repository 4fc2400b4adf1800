//! How a connection or Kapacitor stands: who defines it, whether it was found to work, what Chronograf calls it.

use model::LastCheck;
use serde::Deserialize;

use super::sheet::{self, Sheet};

/// What answers say about it beside what it says itself.
#[derive(Deserialize)]
pub struct Standing {
    #[serde(default)]
    number: Option<i64>,
    #[serde(default)]
    origin: Option<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    last_check: Option<LastCheck>,
    #[serde(default)]
    gone: bool,
}

impl Standing {
    /// In a word or two: `verified`, `failing: tcp`, `file is gone`.
    pub fn word(&self) -> String {
        let failed = self.last_check.as_ref().filter(|check| !check.passed).and_then(|check| check.step.as_deref());
        match failed {
            _ if self.gone => "file is gone".to_owned(),
            Some(step) => format!("{}: {step}", self.state),
            None => self.state.clone(),
        }
    }

    /// Who defines it, when people do not: `file:shop.src`.
    pub fn origin(&self) -> String {
        self.origin.clone().unwrap_or_default()
    }

    /// Its lines of a sheet.
    #[must_use]
    pub fn lines(&self, sheet: Sheet) -> Sheet {
        let sheet = sheet.line("state", self.word());
        let sheet = match &self.last_check {
            Some(check) => {
                let code = check.code.map(|code| format!(" [{}]", code.as_str())).unwrap_or_default();
                let detail = check.detail.as_ref().map(|detail| format!(": {detail}{code}")).unwrap_or_default();
                sheet.line("checked", format!("{}{detail}", sheet::second(check.at)))
            }
            None => sheet.line("checked", "not as it stands now"),
        };
        sheet.maybe("defined by", self.origin.as_deref()).maybe("chronograf's id", self.number)
    }
}
