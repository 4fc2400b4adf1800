//! A finding: one step of a check.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Code, Failure, FailureKind};

/// One step of a check: what was tried, how it went, how long it took, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// The step, in order of trying: `url`, `dns`, `tcp`, `tls`, `http`, `product`, `authentication`, `database`, `write` …
    pub step: String,
    /// How it went.
    pub verdict: Verdict,
    /// What was found, in one line, without any secret.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What was learned: `address`, `version`, `product` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// The stable kind of a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FailureKind>,
    /// The stable code of a failure or warning: `TRB-TLS-002`. Each has its entry in `docs/errors.md`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The form field that the failure belongs to: `url`, `password`, `database` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Passed,
    /// It works, and something about it deserves attention.
    Warning,
    /// It does not work; no later step was tried.
    Failed,
}

impl Finding {
    /// A step that passed.
    pub fn passed(step: &str, detail: impl Into<String>, took_ms: u64) -> Self {
        Self {
            step: step.to_owned(),
            verdict: Verdict::Passed,
            detail: detail.into(),
            took_ms,
            facts: BTreeMap::new(),
            kind: None,
            code: None,
            field: None,
            advice: None,
        }
    }

    /// A step that passed with a warning and what to do about it.
    pub fn warning(step: &str, detail: impl Into<String>, took_ms: u64, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, advice: Some(advice.into()), ..Self::passed(step, detail, took_ms) }
    }

    /// A step that failed, and the form field it belongs to.
    pub fn failed(step: &str, failure: &Failure, took_ms: u64, field: Option<&str>) -> Self {
        Self {
            verdict: Verdict::Failed,
            kind: Some(failure.kind),
            code: Some(failure.code()),
            field: field.map(str::to_owned),
            advice: Some(failure.advice()),
            ..Self::passed(step, failure.chain(), took_ms)
        }
    }

    /// The same with the code of a warning.
    #[must_use]
    pub fn coded(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// The same with one more fact.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

/// What the last check of a stored connection or Kapacitor said. Changing how it is reached forgets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastCheck {
    /// Whether no step failed.
    pub passed: bool,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How long its steps took, in milliseconds; absent of checks that were kept before this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// Who asked for it.
    #[serde(default)]
    pub asked_by: AskedBy,
    /// The step that failed, or else the last one that warned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What it found, in one line, without any secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The version of the server that answered, where it told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl LastCheck {
    /// The sum of these findings.
    pub fn of(findings: &[Finding], at: DateTime<Utc>, asked_by: AskedBy) -> Self {
        let failed = findings.iter().find(|finding| finding.verdict == Verdict::Failed);
        let told = failed.or_else(|| findings.iter().rfind(|finding| finding.verdict == Verdict::Warning));
        Self {
            passed: failed.is_none() && !findings.is_empty(),
            at,
            took_ms: Some(findings.iter().fold(0, |sum, finding| sum.saturating_add(finding.took_ms))),
            asked_by,
            step: told.map(|finding| finding.step.clone()),
            code: told.and_then(|finding| finding.code),
            detail: told.map(|finding| finding.detail.clone()),
            version: findings.iter().find_map(|finding| finding.facts.get("version").cloned()),
        }
    }

    /// Whether it says the same as another one, but for when, how long and who asked.
    pub fn agrees(&self, other: &Self) -> bool {
        let told = |check: &Self| (check.passed, check.step.clone(), check.code, check.detail.clone(), check.version.clone());
        told(self) == told(other)
    }

    /// How it went as a whole.
    pub const fn verdict(&self) -> Verdict {
        match (self.passed, &self.step) {
            (false, _) => Verdict::Failed,
            (true, Some(_)) => Verdict::Warning,
            (true, None) => Verdict::Passed,
        }
    }
}

/// Who asked for a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AskedBy {
    /// A person or a script, through a face; also by saving.
    #[default]
    People,
    /// The server itself, at its regular intervals.
    Server,
}

/// What became of one check of a stored connection. The latest 90 of each connection are kept, also when it is reached differently since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckOutcome {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How it went as a whole.
    pub verdict: Verdict,
    /// The step that failed, or else the last one that warned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What it found, in one line, without any secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How long its steps took, in milliseconds.
    pub took_ms: u64,
    /// Who asked for it.
    pub asked_by: AskedBy,
}

impl CheckOutcome {
    /// How many are kept of each connection.
    pub const KEPT: u32 = 90;
}

impl From<&LastCheck> for CheckOutcome {
    fn from(check: &LastCheck) -> Self {
        let LastCheck { at, took_ms, asked_by, step, code, detail, .. } = check.clone();
        Self { at, verdict: check.verdict(), step, code, detail, took_ms: took_ms.unwrap_or_default(), asked_by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_a_check_is_its_failure_else_its_last_warning_and_all_its_time() {
        let failure = Failure::new(FailureKind::InfluxUnreachable, "nothing listens").coded(Code::TcpRefused);
        let warned = |step| Finding::warning(step, "old", 2, "renew it");
        for (findings, verdict, step, took_ms) in [
            (vec![], Verdict::Failed, None, 0),
            (vec![Finding::passed("url", "well formed", 1)], Verdict::Passed, None, 1),
            (vec![warned("tls"), warned("version"), Finding::passed("write", "may", 4)], Verdict::Warning, Some("version"), 8),
            (vec![warned("tls"), Finding::failed("tcp", &failure, 7, None)], Verdict::Failed, Some("tcp"), 9),
        ] {
            let at = DateTime::UNIX_EPOCH;
            let outcome = CheckOutcome::from(&LastCheck::of(&findings, at, AskedBy::Server));
            assert_eq!((outcome.verdict, outcome.step.as_deref(), outcome.took_ms), (verdict, step, took_ms), "{findings:?}");
            assert_eq!((outcome.at, outcome.asked_by), (at, AskedBy::Server));
        }
    }

    #[test]
    fn a_check_that_was_kept_before_anybody_noted_who_asked_was_asked_by_people() {
        let old: LastCheck = serde_json::from_str(r#"{"passed":true,"at":"2026-11-21T12:00:00Z"}"#).unwrap();
        assert_eq!((old.asked_by, old.took_ms), (AskedBy::People, None));
    }
}
