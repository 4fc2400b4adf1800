//! Why an operation was not done: said once, in words, for every face (API, command line, files).

use model::{Failure, FailureKind};
use store::StoreError;

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
    #[error("there is already a {noun} named `{name}`")]
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
            Self::Missing { noun: "run", .. } => "list what is there; a run is named by its id, within one organization".to_owned(),
            Self::Missing { noun, .. } => format!("list what is there; a {noun} is named by its id or its name, within one organization"),
            Self::NameTaken { .. } => "choose another name".to_owned(),
            Self::Changed { .. } => "read it again, then repeat the change".to_owned(),
            Self::InUse { .. } => "delete or change those first".to_owned(),
            Self::Failed { failure, .. } => failure.advice(),
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
            FailureKind::Schedule => Some("schedule"),
            _ => None,
        };
        Self::Failed { failure, field }
    }
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

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NameTaken { noun, name } => Self::NameTaken { noun, name },
            StoreError::Changed { noun, revision } => Self::Changed { noun, revision },
            StoreError::InUse { noun, by } => Self::InUse { noun, by },
            other => Failure::from(other).into(),
        }
    }
}
