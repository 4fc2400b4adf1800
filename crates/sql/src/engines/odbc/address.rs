//! The connection string: what a person writes of it, what is refused in it, and what is added before it goes to the driver manager.
//!
//! To load a library is to run it, and the driver manager would load whatever `Driver` names: only names that are registered on this machine
//! pass. So are the other keywords refused that load or write a file, as far as they are known.

use arrow_odbc::odbc_api::{DriverInfo, Environment};
use model::{Failure, FailureKind, database::Odbc};
use secrecy::{ExposeSecret, SecretString};

use super::failures::Speech;
use crate::connection_string::odbc_pairs;

/// Keywords that name a password, in the spellings of common drivers.
const PASSWORDS: [&str; 4] = ["PWD", "PASSWORD", "PASSWD", "PASS"];
const USERS: [&str; 4] = ["UID", "USER", "USERID", "USERNAME"];
/// Keywords that make a library be loaded, or a file be read for more keywords or written.
const FILES: [&str; 8] = ["FILEDSN", "SAVEFILE", "LOADEXT", "TRACEFILE", "LOGFILE", "PLUGIN_DIR", "PLUGINDIR", "DEFAULT_AUTH"];

/// What a driver does only when it is told to, by the library that is registered. Without the first of PostgreSQL's and of SQLite's the driver
/// gathers the whole result in memory before it gives the first row.
const MANNERS: [(&str, &[(&str, &str)]); 2] = [
    ("psqlodbc", &[("UseDeclareFetch", "1"), ("Fetch", "1000"), ("BoolsAsChar", "0"), ("ByteaAsLongVarBinary", "1")]),
    ("sqlite3odbc", &[("StepAPI", "1"), ("BigInt", "1"), ("NoCreat", "1")]),
];

/// A connection string that passed.
#[derive(Debug)]
pub(super) struct Address {
    pairs: Vec<(String, String)>,
    username: Option<String>,
}

/// Where the driver comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// `DSN=…`: a data source of this machine.
    Source(&'a str),
    /// `Driver={…}`: a registered driver.
    Driver(&'a str),
}

impl Address {
    /// Reads the connection string.
    ///
    /// # Errors
    /// `SqlInvalid` for what cannot be read, and for keywords that are refused, without their values.
    pub(super) fn read(odbc: &Odbc) -> Result<Self, Failure> {
        let pairs = odbc_pairs(&odbc.connection)?;
        let has = |word: &str| pairs.iter().any(|(key, _)| key.eq_ignore_ascii_case(word));
        for (key, _) in &pairs {
            let is_one_of = |words: &[&str]| words.iter().any(|word| key.eq_ignore_ascii_case(word));
            if is_one_of(&PASSWORDS) {
                return Err(wrong(format!("the connection string holds `{key}`: give the password apart, it is kept sealed")));
            }
            if is_one_of(&USERS) {
                return Err(wrong(format!("the connection string holds `{key}`: the user name has a field of its own")));
            }
            if is_one_of(&FILES) {
                return Err(wrong(format!(
                    "`{key}` in the connection string loads or writes a file, which only the machine's odbc.ini may do"
                )));
            }
        }
        if has("DSN") == has("Driver") {
            return Err(wrong("the connection string names either a data source, `DSN=…`, or a registered driver, `Driver={…}`"));
        }
        Ok(Self { pairs, username: odbc.username.clone() })
    }

    pub(super) fn named(&self) -> Named<'_> {
        let value = |word: &str| self.pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(word)).map(|(_, value)| value.as_str());
        value("DSN").map_or_else(|| Named::Driver(value("Driver").unwrap_or_default()), Named::Source)
    }

    /// The library of the driver, as far as the driver manager tells.
    ///
    /// # Errors
    /// `SqlInvalid` when there is no such driver or data source on this machine, with the names of those that are.
    pub(super) fn library(&self, environment: &Environment) -> Result<String, Failure> {
        let asking = |error| Speech::default().failure(&error, "asking the driver manager");
        let drivers = environment.drivers().map_err(asking)?;
        let registered = |name: &str| drivers.iter().find(|driver| driver.description.eq_ignore_ascii_case(name));
        let library_of = |driver: &DriverInfo| driver.attributes.get("Driver").cloned().unwrap_or_default();
        match self.named() {
            Named::Driver(name) => match registered(name) {
                Some(driver) => Ok(library_of(driver)),
                None => Err(unknown("driver", name, drivers.iter().map(|driver| driver.description.as_str()))),
            },
            Named::Source(name) => {
                let sources = environment.data_sources().map_err(asking)?;
                match sources.iter().find(|source| source.server_name.eq_ignore_ascii_case(name)) {
                    // It names a registered driver, or a library itself.
                    Some(source) => Ok(registered(&source.driver).map_or_else(|| source.driver.clone(), library_of)),
                    None => Err(unknown("data source", name, sources.iter().map(|source| source.server_name.as_str()))),
                }
            }
        }
    }

    /// The whole connection string. It holds the password.
    pub(super) fn whole(&self, library: &str, password: Option<&SecretString>) -> SecretString {
        let mut whole = String::new();
        let mut add = |key: &str, value: &str| whole.push_str(&format!("{key}={};", braced(value)));
        for (key, value) in &self.pairs {
            add(key, value);
        }
        let library = library.to_ascii_lowercase();
        let manners = MANNERS.iter().filter(|(name, _)| library.contains(name)).flat_map(|(_, manners)| manners.iter());
        for (key, value) in manners.filter(|(key, _)| !self.pairs.iter().any(|(given, _)| given.eq_ignore_ascii_case(key))) {
            add(key, value);
        }
        if let Some(username) = &self.username {
            add("UID", username);
        }
        if let Some(password) = password {
            add("PWD", password.expose_secret());
        }
        SecretString::from(whole)
    }
}

fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::SqlInvalid, what)
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let known = if known.is_empty() { "none is registered".to_owned() } else { format!("registered are {}", known.join(", ")) };
    let path = if name.contains(['/', '\\']) { "; the path of a library is refused, because to load it is to run it" } else { "" };
    wrong(format!("this machine has no ODBC {what} `{name}`{path}: {known}"))
}

/// A value between braces where it must be.
fn braced(value: &str) -> String {
    let is_plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:\\ ".contains(c)) && value.trim() == value;
    if is_plain { value.to_owned() } else { format!("{{{}}}", value.replace('}', "}}")) }
}

#[cfg(test)]
mod tests {
    use model::database::GenericDialect;

    use super::*;

    fn odbc(connection: &str) -> Odbc {
        Odbc { connection: connection.to_owned(), username: Some("anna".to_owned()), dialect: GenericDialect::Standard }
    }

    #[test]
    fn the_password_is_added_between_braces_and_nothing_in_it_is_a_keyword() {
        let address = Address::read(&odbc("Driver={My Driver}; Server=db.example ;Note={a}}b;c}")).unwrap();
        assert_eq!(address.named(), Named::Driver("My Driver"));
        let whole = address.whole("libmy.so", Some(&SecretString::from("x;Driver=/tmp/y.so}".to_owned())));
        let expected = "Driver=My Driver;Server=db.example;Note={a}}b;c};UID=anna;PWD={x;Driver=/tmp/y.so}}};";
        assert_eq!(whole.expose_secret(), expected);
        assert_eq!(odbc_pairs(expected).unwrap().len(), 5);
    }

    #[test]
    fn a_driver_that_gathers_everything_is_told_to_stream_unless_it_is_told_otherwise() {
        let address = Address::read(&odbc("Driver=PostgreSQL Unicode;usedeclarefetch=0")).unwrap();
        let whole = address.whole("/usr/lib/psqlodbcw.so", None);
        assert!(whole.expose_secret().contains("usedeclarefetch=0;Fetch=1000;"), "{}", whole.expose_secret());
        assert!(!whole.expose_secret().contains("UseDeclareFetch"));
    }

    #[test]
    fn what_is_secret_loads_a_library_or_cannot_be_read_is_refused_without_its_value() {
        for (connection, words) in [
            ("DSN=shop;PWD=hunter2", "give the password apart"),
            ("DSN=shop;password={hunter2}", "give the password apart"),
            ("DSN=shop;uid=hunter2", "a field of its own"),
            ("DSN=shop;FileDSN=/hunter2", "loads or writes a file"),
            ("DSN=shop;LoadExt=hunter2", "loads or writes a file"),
            ("DSN=shop;Driver=hunter2", "either a data source"),
            ("Server=hunter2", "either a data source"),
            ("DSN={hunter2", "has no `}`"),
            ("DSN=shop;dsn=hunter2", "more than once"),
        ] {
            let failure = Address::read(&odbc(connection)).unwrap_err();
            assert_eq!(failure.kind, FailureKind::SqlInvalid, "{connection}");
            assert!(failure.doing.contains(words) && !failure.chain().contains("hunter2"), "{connection}: {}", failure.chain());
        }
    }

    #[test]
    fn the_path_of_a_library_is_no_driver() {
        let environment = arrow_odbc::odbc_api::environment().unwrap();
        for driver in ["/tmp/evil.so", "{/tmp/evil.so}", "evil.so", "../evil"] {
            let address = Address::read(&odbc(&format!("Driver={driver}"))).unwrap();
            let failure = address.library(environment).unwrap_err();
            assert!(failure.doing.contains("has no ODBC driver"), "{driver}: {}", failure.doing);
        }
    }
}
