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
    pub fn of(findings: &[Finding], at: DateTime<Utc>) -> Self {
        let failed = findings.iter().find(|finding| finding.verdict == Verdict::Failed);
        let told = failed.or_else(|| findings.iter().rfind(|finding| finding.verdict == Verdict::Warning));
        Self {
            passed: failed.is_none() && !findings.is_empty(),
            at,
            step: told.map(|finding| finding.step.clone()),
            code: told.and_then(|finding| finding.code),
            detail: told.map(|finding| finding.detail.clone()),
            version: findings.iter().find_map(|finding| finding.facts.get("version").cloned()),
        }
    }
}
