//! What is told about a declaration that was followed, or could not be.

use std::fmt;

use chrono::{DateTime, Utc};
use foreign::{Broken, Remark};
use model::{Connection, Kapacitor, Noun, Organization, Origin};
use serde::{Deserialize, Serialize};

/// What a file declares; its extension tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// `.src`
    Connection,
    /// `.kap`
    Kapacitor,
    /// `.org`
    Organization,
}

impl FileKind {
    /// The glossary word.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Connection => Connection::NOUN,
            Self::Kapacitor => Kapacitor::NOUN,
            Self::Organization => Organization::NOUN,
        }
    }
}

/// How a declaration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeState {
    /// Its object is as it says.
    Loaded,
    /// It cannot be followed, and there is no object of it.
    Broken,
    /// It cannot be followed; its object is as it said last.
    LastGood,
}

/// What came of one declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The file or variable.
    pub origin: Origin,
    /// What it declares.
    pub kind: FileKind,
    /// How it stands.
    pub state: OutcomeState,
    /// Its object, if there is one.
    pub object: Option<Shown>,
    /// What is wrong with it. One that is loaded can have something wrong too: it asks to be the default, and so does another.
    pub problem: Option<Broken>,
    /// What was ignored or assumed.
    pub warnings: Vec<Remark>,
}

/// An object that a declaration is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What is different from before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub what: Changed,
    /// The glossary word of the object.
    pub noun: &'static str,
    /// Its number, or an organization's id in the file.
    pub key: String,
    /// Who declares it, or did.
    pub origin: Origin,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is new.
    Added,
    /// It says something else.
    Changed,
    /// It is no longer there.
    Removed,
    /// Nobody declares it any more; it stays while something that people made needs it.
    Gone,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.what {
            Changed::Added => "added",
            Changed::Changed => "changed",
            Changed::Removed => "removed",
            Changed::Gone => "gone but still used",
        };
        write!(f, "{word}: {} {} of {}", self.noun, self.key, self.origin)
    }
}

impl Outcome {
    pub(super) fn wrong(&mut self, field: &str, reason: impl Into<String>) {
        self.problem = Some(Broken { line: None, field: Some(field.to_owned()), reason: reason.into() });
    }

    /// A warning about the line of a declaration's field.
    pub(super) fn warn(&mut self, line: Option<usize>, text: impl Into<String>) {
        self.warnings.push(Remark { line, text: text.into() });
    }

    pub(super) fn loaded(&mut self, id: impl ToString, name: impl ToString) {
        self.state = OutcomeState::Loaded;
        self.object = Some(Shown { id: id.to_string(), name: name.to_string() });
    }

    /// What it declared last is in force, since then.
    pub(super) fn last_good(&mut self, id: impl ToString, name: impl ToString, since: DateTime<Utc>, now: DateTime<Utc>) {
        self.loaded(id, name);
        self.state = OutcomeState::LastGood;
        let since = if since.date_naive() == now.date_naive() { since.format("%H:%M UTC") } else { since.format("%Y-%m-%d %H:%M UTC") };
        if let Some(problem) = &mut self.problem {
            problem.reason = format!("{}; the last good state of {since} is in use", problem.reason);
        }
    }
}
