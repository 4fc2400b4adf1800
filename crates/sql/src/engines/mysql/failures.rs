//! What MySQL's and MariaDB's errors mean. Numbers: <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>,
//! <https://mariadb.com/kb/en/mariadb-error-code-reference/>.

use model::{Failure, FailureKind};
use sqlx::{Error, mysql::MySqlDatabaseError};

use crate::engines::{said::Said, tls};

/// A lock was waited for, of a row or a table's definition.
const LOCK_WAIT: u16 = 1205;

/// The failure for an error of the server or of the way to it.
pub(super) fn failure(error: Error, doing: impl Into<String>) -> Failure {
    let doing = doing.into();
    // sqlx says that a login needs RSA, which is only done for logins that are not encrypted, as an error of the configuration.
    let error = match tls::failure(error, &doing) {
        Ok(failure) => return failure,
        Err(error) => error,
    };
    match error {
        Error::Database(said) => match said.try_downcast_ref::<MySqlDatabaseError>() {
            Some(said) => {
                let mut words = format!("{} (error {})", said.message(), said.number());
                if said.number() == LOCK_WAIT {
                    words.push_str("; `SHOW PROCESSLIST` on the server shows who works there; `lock_timeout_ms` is how long is waited");
                }
                Failure::new(kind(said.number(), said.code().unwrap_or_default()), doing).because(Said(words))
            }
            None => Failure::new(FailureKind::SqlFailed, doing).because(Said(said.message().to_owned())),
        },
        Error::Io(error) => Failure::new(FailureKind::SqlUnreachable, doing).because(error),
        Error::Protocol(words) if words.contains("auth") => Failure::new(FailureKind::SqlAuthentication, doing).because(Said(words)),
        Error::Protocol(words) => Failure::new(FailureKind::SqlUnreachable, doing).because(Said(words)),
        other => Failure::new(FailureKind::SqlFailed, doing).because(other),
    }
}

/// Whether the server does not know a variable that was to be set.
pub(super) fn is_unknown_variable(error: &Error) -> bool {
    let said = error.as_database_error().and_then(|said| said.try_downcast_ref::<MySqlDatabaseError>());
    said.is_some_and(|said| said.number() == 1193)
}

fn kind(number: u16, state: &str) -> FailureKind {
    match number {
        // Password, host, plugin, locked or expired account.
        1045 | 1130 | 1251 | 1275 | 1524 | 1698 | 1820 | 1862 | 3118 | 4151 => FailureKind::SqlAuthentication,
        // MySQL's `require_secure_transport`.
        3159 => FailureKind::SqlTls,
        1046 | 1049 => FailureKind::SqlDatabaseMissing,
        1044 | 1142 | 1143 | 1227 | 1345 | 1370 => FailureKind::SqlForbidden,
        1290 | 1792 | 1836 => FailureKind::SqlNotReadOnly,
        1907 | LOCK_WAIT | 1969 | 3024 => FailureKind::SqlTimeout,
        // Too many connections or too many errors; shutdown; killed; the line broke.
        1040 | 1053 | 1077 | 1079 | 1080 | 1129 | 1152 | 1156..=1161 | 1184 | 1203 | 1226 | 1927 | 3168 | 3169 | 4031 => {
            FailureKind::SqlUnreachable
        }
        // Text beyond `max_allowed_packet`, illegal mix of collations, not preparable, wrong arguments, a character that a name cannot have.
        1210 | 1267 | 1270 | 1271 | 1295 | 1296 | 1300 => FailureKind::SqlInvalid,
        _ if state.starts_with("08") => FailureKind::SqlUnreachable,
        _ if state.starts_with("28") => FailureKind::SqlAuthentication,
        _ if state.starts_with("42") || state.starts_with("21") => FailureKind::SqlInvalid,
        _ => FailureKind::SqlFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_mean_what_the_manuals_say() {
        for (number, state, expected) in [
            (1045, "28000", FailureKind::SqlAuthentication),
            (1044, "42000", FailureKind::SqlForbidden),
            (1142, "42000", FailureKind::SqlForbidden),
            (1049, "42000", FailureKind::SqlDatabaseMissing),
            (1064, "42000", FailureKind::SqlInvalid),
            (1054, "42S22", FailureKind::SqlInvalid),
            (1146, "42S02", FailureKind::SqlInvalid),
            (1305, "42000", FailureKind::SqlInvalid),
            (1969, "70100", FailureKind::SqlTimeout),
            (1205, "HY000", FailureKind::SqlTimeout),
            (1300, "HY000", FailureKind::SqlInvalid),
            (3024, "HY000", FailureKind::SqlTimeout),
            (1317, "70100", FailureKind::SqlFailed),
            (1792, "25006", FailureKind::SqlNotReadOnly),
            (1927, "70100", FailureKind::SqlUnreachable),
            (1690, "22003", FailureKind::SqlFailed),
        ] {
            assert_eq!(kind(number, state), expected, "{number}");
        }
    }
}
