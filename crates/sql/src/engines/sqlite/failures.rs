//! What SQLite's errors mean. Codes: <https://www.sqlite.org/rescode.html>.

use model::{Failure, FailureKind};
use rusqlite::{Error, ErrorCode};

use crate::engines::{Asked, said::Said};

/// The failure for an error of SQLite. `asked` is given when the place in the user's text can be told.
pub(super) fn failure(error: Error, doing: impl Into<String>, asked: Option<&Asked<'_>>) -> Failure {
    let mut doing = doing.into();
    let (kind, said) = match &error {
        Error::SqlInputError { error: code, msg, offset, .. } => {
            if let (Some(asked), Ok(offset)) = (asked, usize::try_from(*offset)) {
                doing = format!("{doing}: {}", asked.place(offset));
            }
            (kind_of(code.code), msg.clone())
        }
        Error::SqliteFailure(code, message) => {
            let mut said = message.clone().unwrap_or_else(|| code.to_string());
            if matches!(code.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) {
                said.push_str("; another process keeps it locked for longer than is waited (`lock_timeout_ms`)");
            }
            let kind = if code.code == ErrorCode::Unknown { FailureKind::SqlInvalid } else { kind_of(code.code) };
            (kind, said)
        }
        Error::MultipleStatement => (FailureKind::SqlNotReadOnly, error.to_string()),
        Error::InvalidParameterCount(..) => (FailureKind::SqlParameter, error.to_string()),
        _ => (FailureKind::SqlFailed, error.to_string()),
    };
    Failure::new(kind, doing).because(Said(said))
}

/// The failure for an error of a statement that runs: its text is right, so what fails is in the data.
pub(super) fn failure_of_running(error: Error, doing: impl Into<String>) -> Failure {
    let mut failure = failure(error, doing, None);
    if failure.kind == FailureKind::SqlInvalid {
        failure.kind = FailureKind::SqlFailed;
    }
    failure
}

const fn kind_of(code: ErrorCode) -> FailureKind {
    match code {
        ErrorCode::Unknown => FailureKind::SqlInvalid,
        ErrorCode::PermissionDenied | ErrorCode::CannotOpen => FailureKind::SqlForbidden,
        ErrorCode::NotADatabase => FailureKind::SqlDatabaseMissing,
        ErrorCode::ReadOnly | ErrorCode::AuthorizationForStatementDenied => FailureKind::SqlNotReadOnly,
        // The second two when a lock was waited for.
        ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => FailureKind::SqlTimeout,
        _ => FailureKind::SqlFailed,
    }
}
