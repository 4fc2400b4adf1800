//! Exit codes, and how an error is told to a person.

use std::{io::Write, process::ExitCode};

use model::{Failure, FailureKind};

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for happened.
    Done = 0,
    /// It was tried and failed: a check, a run, a copy.
    Failed = 1,
    /// A copy or run wrote what it could, and some rows were rejected.
    Partial = 3,
    /// The command line cannot be read.
    Usage = 64,
    /// The named thing does not exist.
    NotFound = 66,
    /// A server cannot be reached.
    Unreachable = 69,
    /// A fault in Tributary itself.
    Internal = 70,
    /// The data directory, or a file, cannot be used.
    Storage = 74,
    /// Another process uses the data directory.
    Busy = 75,
    /// A login, token or right is missing or wrong.
    Permission = 77,
    /// A setting or object is wrong and must be corrected.
    Config = 78,
}

/// The table of exit codes, for `--help`.
pub const HELP: &str = "Exit codes:
   0  everything that was asked for happened (a result of no rows too)
   1  it was tried and failed: a check, a run, a copy
   3  a copy or run wrote what it could, and some rows were rejected
  64  the command line cannot be read
  66  the named thing does not exist
  69  a server cannot be reached
  70  a fault in Tributary itself
  74  the data directory or a file cannot be used
  75  another process uses the data directory
  77  a login, token or right is missing or wrong
  78  a setting or object is wrong and must be corrected";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// The code of a failure.
    pub const fn of(kind: FailureKind) -> Self {
        use FailureKind as K;
        match kind {
            K::SqlUnreachable | K::InfluxDns | K::InfluxUnreachable | K::InfluxTimeout | K::InfluxBusy => Self::Unreachable,
            K::SqlAuthentication | K::SqlForbidden | K::InfluxAuthentication | K::InfluxForbidden => Self::Permission,
            K::SqlDatabaseMissing | K::InfluxMissing => Self::NotFound,
            K::SqlInvalid
            | K::SqlNotReadOnly
            | K::SqlNoColumns
            | K::SqlDuplicateColumn
            | K::SqlParameter
            | K::Cursor
            | K::Mapping
            | K::InfluxUrl
            | K::InfluxQuery
            | K::InfluxProduct
            | K::InfluxTls
            | K::SqlTls
            | K::Schedule => Self::Config,
            K::FolderWrite | K::Store => Self::Storage,
            K::Internal => Self::Internal,
            K::SqlTypeChanged
            | K::SqlTimeout
            | K::SqlFailed
            | K::InfluxTooLarge
            | K::InfluxLimit
            | K::InfluxFailed
            | K::InfluxUnexpected
            | K::RejectLimit
            | K::Cancelled
            | K::Interrupted => Self::Failed,
        }
    }
}

/// An error with an exit code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Stop {
    /// What to end with.
    pub exit: Exit,
    /// What to say.
    pub message: String,
}

impl Stop {
    /// An error with this exit code.
    pub fn with(exit: Exit, message: impl Into<String>) -> anyhow::Error {
        Self { exit, message: message.into() }.into()
    }
}

/// Tells the error on standard error, with advice where there is some, and gives its exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let mut text = String::new();
    let mut advice = None;
    let mut exit = Exit::Failed;
    for link in error.chain() {
        let words = match link.downcast_ref::<Failure>() {
            Some(failure) => {
                advice = Some(failure.advice());
                exit = Exit::of(failure.kind);
                failure.chain()
            }
            None => link.to_string(),
        };
        if let Some(stop) = link.downcast_ref::<Stop>() {
            exit = stop.exit;
        }
        if let Some(store) = link.downcast_ref::<store::StoreError>() {
            exit = if matches!(store, store::StoreError::Locked { .. }) { Exit::Busy } else { Exit::Storage };
        }
        if !text.contains(&words) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&words);
        }
    }
    let mut words = std::io::stderr().lock();
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(words, "error: {text}");
    if let Some(advice) = advice {
        let _ = writeln!(words, "  try: {advice}");
    }
    exit.into()
}

/// Prints clap's message and ends: help and version are answers, everything else is a wrong command line.
pub fn usage(error: &clap::Error) -> ! {
    let code = if error.use_stderr() { Exit::Usage as i32 } else { Exit::Done as i32 };
    // Nobody is left to tell when the stream is closed.
    let _ = error.print();
    std::process::exit(code)
}
