//! What a driver's errors mean: by SQLSTATE where it gives one, else by ADBC's own status.

use adbc_core::error::{Error, Status};
use arrow_schema::ArrowError;
use model::{Failure, FailureKind};
use secrecy::{ExposeSecret, SecretString};

use crate::engines::{postgres::kind_of_sqlstate, said::Said};

/// Turns errors into failures that do not hold the password, whenever a driver says it.
#[derive(Clone, Debug, Default)]
pub(super) struct Speech {
    password: Option<SecretString>,
}

impl Speech {
    pub(super) fn new(password: Option<&SecretString>) -> Self {
        Self { password: password.filter(|password| !password.expose_secret().is_empty()).cloned() }
    }

    /// The words without the password, in whichever form it was sent.
    fn scrubbed(&self, words: &str) -> String {
        let words = words.trim();
        let Some(password) = self.password.as_ref().map(ExposeSecret::expose_secret) else { return words.to_owned() };
        words.replace(&encoded(password), "…").replace(password, "…")
    }

    /// The failure for an error of a driver.
    pub(super) fn failure(&self, error: &Error, doing: impl Into<String>) -> Failure {
        // Some repeat the query, which whoever reads this has before them.
        let words = error.message.split("Query was:").next().unwrap_or_default();
        Failure::new(kind(error), doing).because(Said(self.scrubbed(words)))
    }

    /// The same before anything has been asked: what breaks is the way.
    pub(super) fn failure_of_opening(&self, error: &Error, doing: impl Into<String>) -> Failure {
        let mut failure = self.failure(error, doing);
        if failure.kind == FailureKind::SqlFailed && error.status == Status::IO {
            failure.kind = FailureKind::SqlUnreachable;
        }
        failure
    }

    /// The failure for an error of a statement that runs: its text is right, so what fails is in the data.
    pub(super) fn failure_of_running(&self, words: &str) -> Failure {
        let kind = if words.contains("statement timeout") { FailureKind::SqlTimeout } else { FailureKind::SqlFailed };
        Failure::new(kind, "reading rows").because(Said(self.scrubbed(words)))
    }

    /// The same of a batch.
    pub(super) fn failure_of_rows(&self, error: &ArrowError) -> Failure {
        match error {
            ArrowError::CDataInterface(words) => self.failure_of_running(words),
            other => self.failure_of_running(&other.to_string()),
        }
    }
}

/// As it stands between user name and host of an address.
pub(super) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
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
            assert_eq!(Speech::default().failure(&error, "trying").kind, kind, "{error}");
        }
    }

    #[test]
    fn the_password_is_in_no_words_of_a_driver_whenever_it_says_them() {
        let speech = Speech::new(Some(&SecretString::from("hunter2/@")));
        let error = Error::with_message_and_status("cannot read db://a:hunter2%2F%40@host (hunter2/@)", Status::InvalidArguments);
        let batch = ArrowError::CDataInterface(error.message.clone());
        for failure in [
            speech.failure(&error, "running the query"),
            speech.failure_of_opening(&error, "connecting"),
            speech.failure_of_running(&error.message),
            speech.failure_of_rows(&batch),
            speech.failure_of_rows(&ArrowError::ComputeError(error.message.clone())),
        ] {
            let told = format!("{} {failure:?}", failure.chain());
            assert!(!told.contains("hunter2") && told.contains("cannot read db://a:…@host (…)"), "{told}");
        }
    }
}
