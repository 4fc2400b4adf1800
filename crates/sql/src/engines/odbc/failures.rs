//! What a driver's errors mean, by their SQLSTATE and, where that says little, by the database's own number.
//! States: <https://learn.microsoft.com/sql/odbc/reference/appendixes/appendix-a-odbc-error-codes>.

use arrow_odbc::odbc_api::{Error, handles::Record};
use arrow_schema::ArrowError;
use model::{Failure, FailureKind};
use secrecy::{ExposeSecret, SecretString};

use crate::engines::said::Said;

/// Turns errors into failures that do not hold the password.
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
        let words = words.trim().replace('\n', " ");
        match &self.password {
            Some(password) => {
                let braced = password.expose_secret().replace('}', "}}");
                words.replace(&braced, "…").replace(password.expose_secret(), "…")
            }
            None => words,
        }
    }

    /// The failure of a call.
    pub(super) fn failure(&self, error: &Error, doing: impl Into<String>) -> Failure {
        let (kind, said) = match record(error) {
            Some(record) => {
                let said = record.to_string();
                (kind(record.state.as_str(), record.native_error, &said), message(&said).to_owned())
            }
            None => (FailureKind::SqlFailed, error.to_string()),
        };
        Failure::new(kind, doing).because(Said(self.scrubbed(&said)))
    }

    /// The failure of what is done with the driver's buffers.
    pub(super) fn failure_of_buffers(&self, error: &impl std::fmt::Display, doing: impl Into<String>) -> Failure {
        Failure::new(FailureKind::SqlFailed, doing).because(Said(self.scrubbed(&error.to_string())))
    }

    /// The failure of a batch. What fails when the text was understood is in the data.
    pub(super) fn failure_of_rows(&self, error: &ArrowError, columns: &[model::Column]) -> Failure {
        let ArrowError::ExternalError(cause) = error else {
            return self.failure_of_buffers(error, "reading rows");
        };
        let Some(odbc) = cause.downcast_ref::<Error>() else {
            // Text that is not UTF-8, or a time that cannot be: the value itself stands in the words, and is not repeated.
            return Failure::new(FailureKind::SqlTypeChanged, "a value is no UTF-8 text, or no time that there is: cast it in the query");
        };
        if let Error::TooLargeValueForBuffer { buffer_index, indicator } = odbc {
            let name = columns.get(*buffer_index).map_or("?", |column| column.name.as_str());
            let length = indicator.map_or_else(String::new, |bytes| format!(" of {bytes} bytes"));
            let words = format!(
                "column `{name}` holds a value{length} that is longer than its driver says, or than 64 KiB: it is not cut in silence; cast or \
                 shorten it in the query, or raise the driver's own limit in the connection string"
            );
            return Failure::new(FailureKind::SqlTypeChanged, words);
        }
        let mut failure = self.failure(odbc, "reading rows");
        if failure.kind == FailureKind::SqlInvalid {
            failure.kind = FailureKind::SqlFailed;
        }
        failure
    }
}

fn record(error: &Error) -> Option<&Record> {
    match error {
        Error::Diagnostics { record, .. }
        | Error::UnsupportedOdbcApiVersion(record)
        | Error::InvalidRowArraySize { record, .. }
        | Error::UnableToRepresentNull(record)
        | Error::OracleOdbcDriverDoesNotSupport64Bit(record) => Some(record),
        _ => None,
    }
}

/// What the driver of PostgreSQL puts behind the words of the server.
const NOISE: [&str; 2] = [";\nError while executing the query", ";\nNo query has been executed with that handle"];

/// The words behind `State: …, Native error: …, Message: `.
fn message(said: &str) -> &str {
    let words = said.split_once("Message: ").map_or(said, |(_, message)| message).trim();
    NOISE.iter().find_map(|noise| words.strip_suffix(noise)).unwrap_or(words)
}

fn kind(state: &str, native: i32, said: &str) -> FailureKind {
    let says = |words: &str| said.contains(words);
    match (state, native) {
        // MySQL's own numbers are finer than its states.
        (_, 1044 | 1142 | 1143 | 1370) => FailureKind::SqlForbidden,
        (_, 1049) => FailureKind::SqlDatabaseMissing,
        (_, 1205 | 1317 | 1969 | 3024) => FailureKind::SqlTimeout,
        (_, 1792) | ("25006", _) => FailureKind::SqlNotReadOnly,
        ("HY000", 8) if says("[SQLite]") => FailureKind::SqlNotReadOnly,
        ("HY000", 14 | 26) if says("[SQLite]") => FailureKind::SqlDatabaseMissing,
        ("HY000", 1) if says("[SQLite]") => FailureKind::SqlInvalid,
        ("42501", _) => FailureKind::SqlForbidden,
        ("3D000", _) => FailureKind::SqlDatabaseMissing,
        // The driver of PostgreSQL gives this state to whatever goes wrong before the login has ended.
        ("08001", _) if says("authentication failed") || says("password") => FailureKind::SqlAuthentication,
        ("08001", _) if says("database") && says("does not exist") => FailureKind::SqlDatabaseMissing,
        ("57014" | "HYT00" | "HYT01" | "HY008" | "HY018" | "55P03", _) => FailureKind::SqlTimeout,
        ("IM002" | "IM003" | "IM004" | "IM007", _) => FailureKind::SqlInvalid,
        _ => match state.get(..2).unwrap_or_default() {
            "08" | "57" => FailureKind::SqlUnreachable,
            "28" => FailureKind::SqlAuthentication,
            "42" | "37" => FailureKind::SqlInvalid,
            "07" => FailureKind::SqlParameter,
            _ => FailureKind::SqlFailed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_numbers_tell_what_is_wrong() {
        for (state, native, said, expected) in [
            ("28000", 1045, "Access denied", FailureKind::SqlAuthentication),
            ("08001", 101, "password authentication failed for user", FailureKind::SqlAuthentication),
            ("08001", 101, "database \"x\" does not exist", FailureKind::SqlDatabaseMissing),
            ("08001", 101, "connection refused", FailureKind::SqlUnreachable),
            ("42000", 1142, "SELECT command denied", FailureKind::SqlForbidden),
            ("42S02", 1146, "no such table", FailureKind::SqlInvalid),
            ("57014", 1, "canceling statement due to statement timeout", FailureKind::SqlTimeout),
            ("57P01", 1, "terminating connection", FailureKind::SqlUnreachable),
            ("22012", 1, "division by zero", FailureKind::SqlFailed),
            ("HY000", 8, "[SQLite]attempt to write a readonly database", FailureKind::SqlNotReadOnly),
        ] {
            assert_eq!(kind(state, native, said), expected, "{state} {native} {said}");
        }
    }

    #[test]
    fn a_drivers_words_do_not_hold_the_password_in_any_form() {
        let speech = Speech::new(Some(&SecretString::from("a}b;c".to_owned())));
        let scrubbed = speech.scrubbed("cannot read PWD={a}}b;c} nor\na}b;c here");
        assert_eq!(scrubbed, "cannot read PWD={…} nor … here");
        let failure = speech.failure_of_buffers(&"no room for a}b;c", "making room");
        assert_eq!(failure.chain(), "making room: no room for …");
        assert!(!format!("{failure:?}").contains("a}b"));
    }
}
