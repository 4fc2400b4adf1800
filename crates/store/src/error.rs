//! What the store refuses, and why.

use std::{fmt, io, path::PathBuf};

use model::{Failure, FailureKind, Origin, id::a};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Why the store did not do what it was asked to. Nothing was changed. Not found is no error: see each method.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another one of the same organization has the name.
    #[error("there is already {} named `{name}`", a(.noun))]
    NameTaken {
        /// Which noun.
        noun: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// Another one of the noun has the number, or it is not one that can be given.
    #[error("the number {number} is that of another {noun}, or none that can be given; leave it out to get the next free one")]
    NumberTaken {
        /// Which noun.
        noun: &'static str,
        /// The number that was asked for.
        number: i64,
    },
    /// A file or the environment defines it: it is changed there and nowhere else.
    #[error("the {noun} is defined by {origin}; change it there")]
    ReadOnly {
        /// Which noun.
        noun: &'static str,
        /// Who defines it.
        origin: Origin,
    },
    /// It cannot be used because what defined it is gone.
    #[error("the {noun} `{name}` cannot be used: {origin}, which defined it, is gone; put it back, or use another {noun}")]
    Gone {
        /// Which noun.
        noun: &'static str,
        /// Its name.
        name: String,
        /// Who defined it.
        origin: Origin,
    },
    /// Somebody changed it since it was read.
    #[error("the {noun} was changed by somebody else (it is at revision {revision} now); read it again")]
    Changed {
        /// Which noun.
        noun: &'static str,
        /// Its revision now.
        revision: i64,
    },
    /// It cannot be deleted while others name it.
    #[error("the {noun} is used by {}", InUseBy(by))]
    InUse {
        /// Which noun.
        noun: &'static str,
        /// Who uses it: noun and name, ordered by name.
        by: Vec<(String, String)>,
    },
    /// What was to be changed, or what the new text refers to, is not there (or belongs to another organization).
    #[error("there is no such {noun}")]
    Missing {
        /// Which noun.
        noun: &'static str,
    },
    /// Another process has the data directory.
    #[error(
        "another process{} is using the data directory {}; stop it, or give this one a directory of its own",
        pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default(),
        dir.display()
    )]
    Locked {
        /// The data directory.
        dir: PathBuf,
        /// Who has it, if it said so.
        pid: Option<u32>,
    },
    /// A file or folder of the data directory cannot be used.
    #[error("{doing} {}", path.display())]
    File {
        /// What was being done: `creating`, `reading`.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The database was written by a newer Tributary.
    #[error("the store was written by a newer version of Tributary (it has the schema change `{migration}`); start that version")]
    Newer {
        /// The first change of its schema that this build does not know.
        migration: String,
    },
    /// The key that seals secrets is missing, malformed, readable by others, or not the one that sealed them. Says what to do.
    #[error("{0}")]
    Key(String),
    /// A sealed secret does not open: its row was altered, or moved from another one.
    #[error("the {field} of this {noun} does not open: it was altered outside of Tributary; set it again")]
    Sealed {
        /// Which noun it belongs to.
        noun: String,
        /// Which secret.
        field: String,
    },
    /// A stored value is not what this build writes.
    #[error("the stored {what} cannot be read")]
    Malformed {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk is full: nothing of the transaction was kept.
    #[error("the disk that holds the store is full; make room")]
    Full(#[source] DbErr),
    /// A run of it is on its way, and would change the same.
    #[error("a run of the {noun} is on its way; wait for its end, or cancel it")]
    Running {
        /// Which noun.
        noun: &'static str,
    },
    /// The lines of one snapshot are more than the whole spool holds.
    #[error("the snapshot's lines take {bytes} bytes and more, the whole spool holds {limit}; raise its limit, or read less at once")]
    SpoolTooSmall {
        /// What there is of them.
        bytes: u64,
        /// The spool's limit.
        limit: u64,
    },
    /// A run was to be ended with a status that is not an end.
    #[error("a run ends with a final status, not as `{0}`")]
    NotFinal(String),
    /// The database under the store failed.
    #[error("reading or writing the store")]
    Database(#[source] DbErr),
}

impl StoreError {
    /// The error, or `NumberTaken` or `NameTaken` when the database refused it because number or name are not unique.
    pub(crate) fn or_taken(error: DbErr, noun: &'static str, name: &str, number: Option<i64>) -> Self {
        match (error.sql_err(), number) {
            // The message names the columns (SQLite) or the index, which is named after them.
            (Some(SqlErr::UniqueConstraintViolation(message)), Some(number)) if message.contains("number") => {
                Self::NumberTaken { noun, number }
            }
            (Some(SqlErr::UniqueConstraintViolation(_)), _) => Self::NameTaken { noun, name: name.to_owned() },
            _ => error.into(),
        }
    }
}

/// SQLITE_FULL: <https://www.sqlite.org/rescode.html#full>.
const SQLITE_FULL: &str = "13";

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let full = match &error {
            DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => {
                source.as_database_error().is_some_and(|error| error.code().as_deref() == Some(SQLITE_FULL))
            }
            _ => false,
        };
        if full { Self::Full(error) } else { Self::Database(error) }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if let StoreError::Gone { .. } = error {
            return Self::new(FailureKind::InfluxMissing, error.to_string());
        }
        Self::new(FailureKind::Store, "keeping what is to be remembered").because(error)
    }
}

/// Names what uses a noun, in words: the first few, and how many more.
pub struct InUseBy<'a>(pub &'a [(String, String)]);

impl fmt::Display for InUseBy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMED: usize = 5;
        for (at, (noun, name)) in self.0.iter().take(NAMED).enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{noun} `{name}`")?;
        }
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
