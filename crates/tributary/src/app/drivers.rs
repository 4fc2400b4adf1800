//! What may be told to a driver that somebody else wrote: its name, an address and settings; never a path to load, never a secret.

use model::database::{Adbc, Odbc};

use super::{Invalid, text};

/// What an ADBC driver is told, texts trimmed: a driver of the folder, and nothing secret.
pub(super) fn validate_adbc(adbc: &mut Adbc) -> Result<(), Invalid> {
    adbc.driver = text::needed("driver", &adbc.driver)?;
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !adbc.driver.chars().all(named) || adbc.driver.starts_with('.') {
        return Err(Invalid::new(
            "driver",
            "`driver` is not the name of a driver",
            "give the name of a file in the server's folder of drivers (`serve --adbc-drivers`), never a path: adbc_driver_postgresql",
        ));
    }
    adbc.entrypoint = text::optional("entrypoint", adbc.entrypoint.as_deref())?;
    adbc.uri = text::needed("uri", &adbc.uri)?;
    adbc.username = text::optional("username", adbc.username.as_deref())?;
    if uri_has_password(&adbc.uri) {
        return Err(Invalid::new(
            "uri",
            "`uri` holds a password or token",
            "write `{password}` in its place (`postgresql://{username}:{password}@host/database`) and give the password by itself",
        ));
    }
    match adbc.options.keys().find(|name| is_secret_name(name)) {
        Some(name) => Err(Invalid::new(
            "options",
            format!("the option `{name}` is a secret, and options are shown"),
            "give it as the password: it is kept sealed, and given to the driver as the option `password` or in place of `{password}`",
        )),
        None => Ok(()),
    }
}

/// What ODBC is told, texts trimmed: a driver or data source of the machine, and no login.
pub(super) fn validate_odbc(odbc: &mut Odbc) -> Result<(), Invalid> {
    odbc.connection = text::needed("connection", &odbc.connection)?;
    odbc.username = text::optional("username", odbc.username.as_deref())?;
    let mut names_database = false;
    let pairs = sql::odbc_pairs(&odbc.connection).map_err(|failure| {
        Invalid::new("connection", failure.doing, "write `keyword=value;` for each keyword once, a value with `;` in it between braces")
    })?;
    for (name, value) in pairs {
        let name = name.to_ascii_lowercase();
        if is_secret_name(&name) || name == "uid" {
            return Err(Invalid::new(
                "connection",
                "`connection` holds a user name, password or token",
                "leave `UID` and `PWD` out: `username` and `password` are fields of their own",
            ));
        }
        if name == "filedsn" || (name == "driver" && value.contains(['/', '\\'])) {
            return Err(Invalid::new(
                "connection",
                "`connection` names a driver or data source by its path",
                "name a driver that is registered on the server's machine (`odbcinst -q -d`): Driver={PostgreSQL Unicode}",
            ));
        }
        names_database |= matches!(name.as_str(), "dsn" | "driver");
    }
    if names_database {
        return Ok(());
    }
    Err(Invalid::new(
        "connection",
        "`connection` names neither a data source nor a driver",
        "begin it with `DSN=name` or `Driver={name of a registered driver}`",
    ))
}

/// Whether the name of an option or of a part of an address says that its value is a secret.
fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "pwd"
        || ["password", "passwd", "passphrase", "secret", "token", "credential", "private_key", "apikey", "api_key"]
            .iter()
            .any(|word| name.contains(word))
}

/// Whether an address holds a password: between user name and host, or as one of its settings. `{password}` in its place is none.
fn uri_has_password(uri: &str) -> bool {
    let (before, settings) = uri.split_once('?').unwrap_or((uri, ""));
    let authority = before.split_once("://").map_or(before, |(_, rest)| rest);
    let in_login =
        authority.rsplit_once('@').and_then(|(login, _)| login.split_once(':')).is_some_and(|(_, password)| password != "{password}");
    let is_kept = |(name, value): (&str, &str)| is_secret_name(name.trim()) && value.trim() != "{password}";
    in_login || settings.split(['&', ';']).chain(before.split([';', ' '])).filter_map(|pair| pair.split_once('=')).any(is_kept)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::database::GenericDialect;

    use super::*;

    #[test]
    fn a_driver_is_named_and_never_a_path_and_its_settings_hold_no_secret() {
        let adbc = |driver: &str, uri: &str, option: &str| {
            let options = BTreeMap::from([(option.to_owned(), "x".to_owned())]);
            let (driver, uri) = (driver.to_owned(), uri.to_owned());
            validate_adbc(&mut Adbc { driver, entrypoint: None, uri, username: None, options, dialect: GenericDialect::Standard })
        };
        for uri in [
            "postgresql://{username}:{password}@db/shop",
            "postgresql://db:5432/shop",
            "grpc+tls://db:32010",
            "/var/shop.db",
            "reader@tcp(db:3306)/shop",
        ] {
            assert!(adbc("adbc_driver_postgresql", uri, "timeout").is_ok(), "{uri}");
        }
        for driver in ["/tmp/x.so", "../x", ".x", "a b", "x\0"] {
            assert_eq!(adbc(driver, "x", "y").unwrap_err().field, "driver", "{driver}");
        }
        for uri in [
            "postgresql://bob:hunter2@db/shop",
            "postgresql://db/shop?password=hunter2",
            "host=db password=hunter2",
            "bob:hunter2@tcp(db)/shop",
        ] {
            let invalid = adbc("d", uri, "y").unwrap_err();
            assert_eq!(invalid.field, "uri", "{uri}");
            assert!(!format!("{invalid:?}").contains("hunter2"));
        }
        assert_eq!(adbc("d", "x", "adbc.snowflake.sql.client_option.auth_token").unwrap_err().field, "options");
    }

    #[test]
    fn a_connection_string_names_a_registered_driver_and_no_login() {
        let odbc = |connection: &str| {
            validate_odbc(&mut Odbc { connection: connection.to_owned(), username: None, dialect: GenericDialect::Standard })
        };
        for connection in ["DSN=shop", "Driver={PostgreSQL Unicode};Server=db;Database=shop"] {
            assert!(odbc(connection).is_ok(), "{connection}");
        }
        for connection in [
            "",
            "Server=db",
            "DSN=shop;PWD=hunter2",
            "DSN=shop; uid = bob",
            "Driver=/tmp/x.so;Server=db",
            "driver = {/tmp/x.so}",
            "Driver={;/tmp/x.so}",
            "Driver={PostgreSQL Unicode};Driver=libany.so",
            "DSN=shop;x;PWD=hunter2",
            "hunter2",
        ] {
            let invalid = odbc(connection).unwrap_err();
            assert_eq!(invalid.field, "connection", "{connection}");
            assert!(!format!("{invalid:?}").contains("hunter2"));
        }
    }
}
