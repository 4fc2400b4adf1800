//! What PostgreSQL's errors mean. Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use model::{Column, Failure, FailureKind};
use sqlx::{
    Error,
    postgres::{PgDatabaseError, PgErrorPosition},
};

use crate::{
    engines::{said::Said, tls},
    follow::changed,
};

/// The failure for an error of PostgreSQL or of the way to it. `place` tells where in the user's text a
/// character of the statement is, counted from 0.
pub(super) fn failure(error: Error, doing: impl Into<String>, place: impl Fn(usize) -> Option<String>) -> Failure {
    let doing = doing.into();
    let Error::Database(said) = error else {
        return of_the_way(error, doing);
    };
    let Some(said) = said.try_downcast_ref::<PgDatabaseError>() else {
        return Failure::new(FailureKind::SqlFailed, doing).because(Said(said.message().to_owned()));
    };
    let mut doing = doing;
    // Counted in characters from 1.
    if let Some(PgErrorPosition::Original(at)) = said.position()
        && let Some(place) = place(at.saturating_sub(1))
    {
        doing = format!("{doing}: {place}");
    }
    let mut words = said.message().to_owned();
    for more in [said.detail(), said.hint()].into_iter().flatten() {
        words.push_str("; ");
        words.push_str(more);
    }
    Failure::new(kind(said.code(), said.message()), doing).because(Said(words))
}

/// The same for a page of a query of these columns. They were there when it was prepared: where one is missing, a table was changed since.
pub(super) fn failure_of_page(
    error: Error,
    doing: impl Into<String>,
    columns: &[Column],
    place: impl Fn(usize) -> Option<String>,
) -> Failure {
    const UNDEFINED_COLUMN: &str = "42703";
    let is_missing = error.as_database_error().is_some_and(|said| said.code().as_deref() == Some(UNDEFINED_COLUMN));
    let failure = failure(error, doing, place);
    if is_missing { changed(columns).because(Said(failure.chain())) } else { failure }
}

fn of_the_way(error: Error, doing: String) -> Failure {
    let error = match tls::failure(error, &doing) {
        Ok(failure) => return failure,
        Err(error) => error,
    };
    match error {
        Error::Io(error) => Failure::new(FailureKind::SqlUnreachable, doing).because(error),
        Error::Protocol(words) => Failure::new(FailureKind::SqlUnreachable, doing).because(Said(words)),
        other => Failure::new(FailureKind::SqlFailed, doing).because(other),
    }
}

/// What a SQLSTATE means.
pub(in crate::engines) fn kind(code: &str, message: &str) -> FailureKind {
    match code {
        "28000" | "28P01" => FailureKind::SqlAuthentication,
        "3D000" | "57P04" => FailureKind::SqlDatabaseMissing,
        "42501" => FailureKind::SqlForbidden,
        // Canceled: by the time limit, or by a person on the server; a reader that is dropped hears nothing any more.
        "57014" if message.contains("user request") => FailureKind::SqlFailed,
        "57014" | "55P03" => FailureKind::SqlTimeout,
        "25006" => FailureKind::SqlNotReadOnly,
        "57P01" | "57P02" | "57P03" | "57P05" | "53300" | "25P03" | "25P04" => FailureKind::SqlUnreachable,
        _ if code.starts_with("08") => FailureKind::SqlUnreachable,
        // Syntax and names; what the server cannot do; what goes beyond its limits; a schema that is not there.
        _ if ["42", "0A", "54", "3F"].iter().any(|class| code.starts_with(class)) => FailureKind::SqlInvalid,
        _ => FailureKind::SqlFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_the_manual_says() {
        for (code, expected) in [
            ("28P01", FailureKind::SqlAuthentication),
            ("3D000", FailureKind::SqlDatabaseMissing),
            ("42501", FailureKind::SqlForbidden),
            ("42601", FailureKind::SqlInvalid),
            ("42P01", FailureKind::SqlInvalid),
            ("54011", FailureKind::SqlInvalid),
            ("57014", FailureKind::SqlTimeout),
            ("57P01", FailureKind::SqlUnreachable),
            ("25006", FailureKind::SqlNotReadOnly),
            ("22012", FailureKind::SqlFailed),
        ] {
            assert_eq!(kind(code, ""), expected, "{code}");
        }
        assert_eq!(kind("57014", "canceling statement due to user request"), FailureKind::SqlFailed);
    }
}
