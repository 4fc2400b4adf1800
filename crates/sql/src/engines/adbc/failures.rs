//! What a driver's errors mean: by SQLSTATE where it gives one, else by ADBC's own status.

use adbc_core::error::{Error, Status};
use model::{Failure, FailureKind};

use crate::engines::{postgres::kind_of_sqlstate, said::Said};

/// The failure for an error of a driver.
pub(super) fn failure(error: &Error, doing: impl Into<String>) -> Failure {
    // Some repeat the query, which whoever reads this has before them.
    let words = error.message.split("Query was:").next().unwrap_or_default();
    Failure::new(kind(error), doing).because(Said(words.trim().to_owned()))
}

/// The failure for an error of a statement that runs: its text is right, so what fails is in the data.
pub(super) fn failure_of_running(words: &str) -> Failure {
    let kind = if words.contains("statement timeout") { FailureKind::SqlTimeout } else { FailureKind::SqlFailed };
    Failure::new(kind, "reading rows").because(Said(words.trim().to_owned()))
}

fn kind(error: &Error) -> FailureKind {
    let state: String = error.sqlstate.iter().filter_map(|byte| u8::try_from(*byte).ok()).map(char::from).collect();
    if state.len() == 5 && state != "00000" && state.chars().all(|c| c.is_ascii_alphanumeric()) {
        return kind_of_sqlstate(&state, &error.message);
    }
    let message = error.message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    match error.status {
        Status::Unauthenticated => FailureKind::SqlAuthentication,
        Status::Unauthorized => FailureKind::SqlForbidden,
        Status::Timeout => FailureKind::SqlTimeout,
        Status::Cancelled => FailureKind::Cancelled,
        // Before there is a session a driver often has no SQLSTATE to give, only the server's words.
        _ if says(&["password authentication failed", "no password supplied", "access denied", "authentication failed"]) => {
            FailureKind::SqlAuthentication
        }
        _ if says(&["certificate", "ssl error", "does not support ssl"]) => FailureKind::SqlTls,
        _ if says(&["does not exist", "unable to open database file", "file is not a database"]) && !says(&["query", "relation"]) => {
            FailureKind::SqlDatabaseMissing
        }
        _ if says(&[
            "connection refused",
            "could not translate host name",
            "could not connect",
            "no such file or directory",
            "timeout expired",
        ]) =>
        {
            FailureKind::SqlUnreachable
        }
        _ if says(&["readonly database", "read-only"]) => FailureKind::SqlNotReadOnly,
        Status::NotFound | Status::InvalidArguments | Status::NotImplemented => FailureKind::SqlInvalid,
        _ => FailureKind::SqlFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlstate_says_more_than_a_status_and_a_status_more_than_nothing() {
        let with_state = |state: &[u8; 5], status| Error {
            sqlstate: state.map(|byte| byte.cast_signed() as _),
            ..Error::with_message_and_status("no", status)
        };
        for (error, kind) in [
            (with_state(b"42P01", Status::IO), FailureKind::SqlInvalid),
            (with_state(b"42501", Status::IO), FailureKind::SqlForbidden),
            (with_state(b"00000", Status::Unauthenticated), FailureKind::SqlAuthentication),
            (
                Error::with_message_and_status("FATAL:  password authentication failed for user \"x\"", Status::IO),
                FailureKind::SqlAuthentication,
            ),
            (Error::with_message_and_status("connection refused", Status::IO), FailureKind::SqlUnreachable),
            (Error::with_message_and_status("failed to step query: integer overflow", Status::IO), FailureKind::SqlFailed),
        ] {
            assert_eq!(failure(&error, "trying").kind, kind, "{error}");
        }
    }
}
