//! Why an operation was not done: said once, in words, for every face (API, command line, files).

use std::time::Duration;

use model::{Failure, FailureKind, Finding, Origin, Verdict, id::a};
use store::StoreError;

use super::endpoint;

/// Why an operation was not done. Nothing has changed when one is returned.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A field says what cannot be.
    #[error("{}", .0.message)]
    Invalid(Invalid),
    /// What was named is not there, or belongs to another organization.
    #[error("there is no {noun} `{reference}`")]
    Missing {
        /// The glossary word.
        noun: &'static str,
        /// The id or name that was asked for.
        reference: String,
    },
    /// Another object of the same noun has the name.
    #[error("there is already {} named `{name}`", a(.noun))]
    NameTaken {
        /// The glossary word.
        noun: &'static str,
        /// The name.
        name: String,
    },
    /// Somebody else changed it since it was read.
    #[error("the {noun} was changed by somebody else: its revision is {revision}")]
    Changed {
        /// The glossary word.
        noun: &'static str,
        /// The revision that it has now.
        revision: i64,
    },
    /// Other objects need it.
    #[error("the {noun} is used by {}", users(.by))]
    InUse {
        /// The glossary word.
        noun: &'static str,
        /// Who uses it: glossary word and name.
        by: Vec<(String, String)>,
    },
    /// It was checked before it was saved, and a step failed.
    #[error("{}", failed_of(.findings).map_or("the check found nothing", |finding| &finding.detail))]
    CheckFailed {
        /// All findings; the last one failed.
        findings: Vec<Finding>,
    },
    /// It runs, and what was asked for would be undone by the run.
    #[error("{}", on_its_way(.noun))]
    Running {
        /// The glossary word.
        noun: &'static str,
    },
    /// A file or the environment defines it: it is changed there and nowhere else.
    #[error("the {noun}{} is defined by {origin}: it can be changed there and nowhere else", quoted(.name.as_deref()))]
    ReadOnly {
        /// The glossary word.
        noun: &'static str,
        /// Its name, where it is known.
        name: Option<String>,
        /// Who defines it.
        origin: Origin,
    },
    /// Too many checks were asked for.
    #[error("too many checks: one more is taken in {} s", whole_seconds(*.retry_after))]
    TooManyChecks {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Too many streams of events are open.
    #[error("too many streams of events are open: one more is taken when another ends")]
    TooManyStreams {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Another object of the same noun, of whichever organization, has the number.
    #[error("another {noun} has the number {number}")]
    NumberTaken {
        /// The glossary word.
        noun: &'static str,
        /// The number.
        number: i64,
    },
    /// A Kapacitor does not take what it was asked, and no field is to blame.
    #[error("{message}")]
    KapacitorRefused {
        /// Its words, without the value of a secret.
        message: String,
        /// What to do.
        advice: String,
    },
    /// A database, an InfluxDB or the store failed.
    #[error("{}", .failure.chain())]
    Failed {
        /// What failed.
        failure: Failure,
        /// The field that it belongs to, if one is to blame.
        field: Option<&'static str>,
    },
}

/// A field that says what cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field's path: `url`, `secrets.token`, `mapping.tags[2]`.
    pub field: String,
    /// What is wrong, lower case, without the value of a secret.
    pub message: String,
    /// What to do.
    pub advice: String,
}

impl Invalid {
    /// What is wrong with `field`, and what to do.
    pub fn new(field: impl Into<String>, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), advice: advice.into() }
    }
}

impl Refusal {
    /// What to do about it, one line.
    pub fn advice(&self) -> String {
        match self {
            Self::Invalid(invalid) => invalid.advice.clone(),
            Self::Missing { noun: noun @ ("run" | "backfill" | "audit"), .. } => {
                format!("list what is there; a {noun} is named by its id, within one organization")
            }
            Self::Missing { noun: endpoint::NOUN, .. } => {
                "list what is there; an alert endpoint is named by its section, or by section and element: `smtp`, `slack:ops`".to_owned()
            }
            Self::Missing { noun, .. } => {
                format!("list what is there; {} is named by its id or its name, within one organization", a(noun))
            }
            Self::NameTaken { .. } => "choose another name".to_owned(),
            Self::Changed { .. } => "read it again, then repeat the change".to_owned(),
            Self::InUse { .. } => "delete or change those first".to_owned(),
            Self::CheckFailed { findings } => {
                let advice = failed_of(findings).and_then(|finding| finding.advice.clone());
                advice.unwrap_or_else(|| "correct it, or save it unverified with `?check=skip`".to_owned())
            }
            Self::Running { .. } => "wait for its end, or cancel it, then repeat the request".to_owned(),
            Self::ReadOnly { origin: Origin::Environment(variable), .. } => {
                format!("change `{variable}` in the server's environment and restart it")
            }
            Self::ReadOnly { origin, .. } => format!("change or remove {origin}: what it says is taken over at once"),
            Self::TooManyChecks { .. } => "wait, then repeat the request".to_owned(),
            Self::TooManyStreams { .. } => "close pages of the console that nobody looks at, then repeat the request".to_owned(),
            Self::NumberTaken { .. } => "choose another number, or leave it out for the next free one".to_owned(),
            Self::KapacitorRefused { advice, .. } => advice.clone(),
            Self::Failed { failure, .. } => failure.advice(),
        }
    }

    /// The step that failed, when it was a check that refused.
    pub fn failed_step(&self) -> Option<&Finding> {
        match self {
            Self::CheckFailed { findings } => failed_of(findings),
            _ => None,
        }
    }

    /// The failure of a statement on a database, with the field of a query or series that is to blame.
    pub(crate) fn of_statement(failure: Failure) -> Self {
        let field = match failure.kind {
            FailureKind::SqlInvalid | FailureKind::SqlNotReadOnly | FailureKind::SqlNoColumns | FailureKind::SqlDuplicateColumn => {
                Some("sql")
            }
            FailureKind::SqlParameter => Some("parameters"),
            FailureKind::Mapping => Some("mapping"),
            FailureKind::Cursor => Some("mode"),
            FailureKind::Schedule => Some("schedule"),
            _ => None,
        };
        Self::Failed { failure, field }
    }
}

fn failed_of(findings: &[Finding]) -> Option<&Finding> {
    findings.iter().find(|finding| finding.verdict == Verdict::Failed)
}

/// Rounded up: a caller that waits so long is not early. What `Retry-After` says.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn quoted(name: Option<&str>) -> String {
    name.map(|name| format!(" `{name}`")).unwrap_or_default()
}

fn users(by: &[(String, String)]) -> String {
    by.iter().map(|(noun, name)| format!("{noun} `{name}`")).collect::<Vec<_>>().join(", ")
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed { failure, field: None }
    }
}

fn on_its_way(noun: &str) -> String {
    match noun {
        "backfill" | "audit" => format!("another {noun} of the series has not ended"),
        noun => format!("a run of the {noun} is on its way"),
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NameTaken { noun, name } => Self::NameTaken { noun, name },
            StoreError::Changed { noun, revision } => Self::Changed { noun, revision },
            StoreError::InUse { noun, by } => Self::InUse { noun, by },
            StoreError::Running { noun } => Self::Running { noun },
            StoreError::NumberTaken { noun, number } => Self::NumberTaken { noun, number },
            StoreError::ReadOnly { noun, origin } => Self::ReadOnly { noun, name: None, origin },
            other => Failure::from(other).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Connection, Database, Group, Kapacitor, Noun as _, Organization, Query, Series};

    use super::*;

    #[test]
    fn every_noun_is_refused_with_its_article() {
        let nouns = [Organization::NOUN, Connection::NOUN, Kapacitor::NOUN, Database::NOUN, Query::NOUN, Series::NOUN, Group::NOUN];
        for noun in nouns {
            let article = if noun == Organization::NOUN { "an" } else { "a" };
            let taken = Refusal::NameTaken { noun, name: "shop".to_owned() };
            assert_eq!(taken.to_string(), format!("there is already {article} {noun} named `shop`"));
            let missing = Refusal::Missing { noun, reference: "shop".to_owned() };
            assert!(missing.advice().contains(&format!("; {article} {noun} is named")), "{}", missing.advice());
        }
    }
}
