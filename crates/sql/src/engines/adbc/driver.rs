//! A driver by its name in the folder of drivers, and the database that it opens.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use adbc_core::{
    Driver as _,
    error::Status,
    options::{AdbcVersion, OptionDatabase, OptionValue},
};
use adbc_driver_manager::{ManagedDatabase, ManagedDriver};
use model::{
    Failure, FailureKind,
    database::{Adbc, GenericDialect},
    edges::DatabaseAccess,
};
use secrecy::{ExposeSecret, SecretString};

use super::failures::{Speech, encoded};
use crate::engines::watch::Places;

/// Everything that a session needs.
#[derive(Clone, Debug)]
pub(super) struct Target {
    folder: Option<PathBuf>,
    pub(super) adbc: Adbc,
    password: Option<SecretString>,
    pub(super) connect_limit: Duration,
    pub(super) statement_timeout_ms: u32,
    pub(super) lock_timeout_ms: u32,
    pub(super) places: Places,
    pub(super) speech: Speech,
}

impl Target {
    pub(super) fn new(folder: Option<PathBuf>, access: &DatabaseAccess) -> Self {
        let model::Engine::Adbc(adbc) = &access.database.engine else { unreachable!("an engine is only given its own databases") };
        Self {
            folder,
            adbc: adbc.clone(),
            password: access.password().cloned(),
            connect_limit: Duration::from_millis(access.database.connect_timeout_ms.into()),
            statement_timeout_ms: access.database.statement_timeout_ms,
            lock_timeout_ms: access.database.lock_timeout_ms,
            places: Places::new(access),
            speech: Speech::new(access.password()),
        }
    }

    /// Where the driver is.
    ///
    /// # Errors
    /// `SqlInvalid` when there is no folder of drivers, when it has no driver of this name, and for a name that is a path.
    pub(super) fn find(&self) -> Result<PathBuf, Failure> {
        let refused = |what: String| Failure::new(FailureKind::SqlInvalid, what);
        let folder = self.folder.as_deref().ok_or_else(|| {
            refused(
                "this server has no folder of ADBC drivers: start it with `--adbc-drivers` and a folder that only its operator can write"
                    .to_owned(),
            )
        })?;
        let name = self.adbc.driver.as_str();
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) && !name.starts_with('.');
        if !is_plain {
            return Err(refused("the driver is not named by its name alone: a path is never loaded".to_owned()));
        }
        let files = [name.to_owned(), format!("lib{name}.so"), format!("{name}.so"), format!("{name}.toml")];
        let found = files.iter().map(|file| folder.join(file)).find(|path| path.is_file());
        let path = found.ok_or_else(|| {
            refused(format!("there is no driver {name} in {}: put lib{name}.so there, or {name}.toml, its manifest", folder.display()))
        })?;
        path.canonicalize().map_err(|error| refused(format!("looking for the driver {name}")).because(error))
    }

    /// The database as the driver opens it; some drivers log in already.
    pub(super) fn database(&self, mut driver: Driver) -> Result<ManagedDatabase, Failure> {
        let opened = driver.0.new_database_with_opts(self.options());
        opened.map_err(|error| self.speech.failure_of_opening(&error, "opening the database"))
    }

    fn options(&self) -> Vec<(OptionDatabase, OptionValue)> {
        let mut uri = self.adbc.uri.clone();
        // Its driver makes a file that is not there.
        if self.adbc.dialect == GenericDialect::Sqlite && uri.starts_with('/') {
            uri = format!("file:{}?mode=ro", path_encoded(&uri));
        }
        let mut options: Vec<(OptionDatabase, OptionValue)> =
            self.adbc.options.iter().map(|(name, value)| (OptionDatabase::from(name.as_str()), value.as_str().into())).collect();
        let password = self.password.as_ref().map(ExposeSecret::expose_secret);
        for (place, key, value) in
            [("{username}", OptionDatabase::Username, self.adbc.username.as_deref()), ("{password}", OptionDatabase::Password, password)]
        {
            if uri.contains(place) {
                uri = uri.replace(place, &encoded(value.unwrap_or_default()));
            } else if let Some(value) = value {
                options.push((key, value.into()));
            }
        }
        options.push((OptionDatabase::Uri, uri.as_str().into()));
        options
    }
}

fn path_encoded(path: &str) -> String {
    path.split('/').map(encoded).collect::<Vec<_>>().join("/")
}

/// A loaded driver.
#[derive(Clone)]
pub(super) struct Driver(ManagedDriver);

/// Those that were loaded: a library that runs threads of its own must not be unloaded, and is loaded once.
static LOADED: LazyLock<Mutex<HashMap<Place, Driver>>> = LazyLock::new(Mutex::default);

/// Where a driver is, and its first function when that was named.
type Place = (PathBuf, Option<String>);

impl Driver {
    /// Loads the library (or the one that the manifest names) and begins it.
    ///
    /// # Errors
    /// `SqlInvalid` when it is no driver.
    pub(super) fn load(path: &Path, entrypoint: Option<&str>) -> Result<Self, Failure> {
        let key = (path.to_owned(), entrypoint.map(str::to_owned));
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(driver) = loaded.get(&key) {
            return Ok(driver.clone());
        }
        let load = |version| ManagedDriver::load_from_name(path, entrypoint.map(str::as_bytes), version, 0, None);
        let driver = match load(AdbcVersion::V110) {
            Err(error) if error.status == Status::NotImplemented => load(AdbcVersion::V100),
            other => other,
        };
        let driver = driver.map_err(|error| {
            let mut failure = Speech::default().failure(&error, format!("loading the driver {}", path.display()));
            failure.kind = FailureKind::SqlInvalid;
            failure
        })?;
        let driver = Self(driver);
        loaded.insert(key, driver.clone());
        Ok(driver)
    }

    /// The version of ADBC that it speaks.
    pub(super) fn version(&self) -> &'static str {
        if self.0.version() == AdbcVersion::V100 { "1.0.0" } else { "1.1.0" }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{Database, Engine};

    use super::*;

    fn target(folder: Option<&Path>, driver: &str) -> Target {
        let adbc = Adbc {
            driver: driver.to_owned(),
            entrypoint: None,
            uri: "db://{username}:{password}@host/shop".to_owned(),
            username: Some("a b".to_owned()),
            options: BTreeMap::new(),
            dialect: GenericDialect::Standard,
        };
        let access = DatabaseAccess::new(Database::new(Engine::Adbc(adbc)), Some(SecretString::from("hunter2/@")));
        Target::new(folder.map(Path::to_owned), &access)
    }

    #[test]
    fn a_driver_is_found_by_its_name_in_the_folder_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("drivers");
        std::fs::create_dir(&inner).unwrap();
        for file in [inner.join("libgood.so"), inner.join("other.toml"), folder.path().join("libevil.so")] {
            std::fs::write(file, "").unwrap();
        }
        for name in ["good", "libgood.so", "other", "other.toml"] {
            assert!(target(Some(&inner), name).find().is_ok(), "{name}");
        }
        let evil = folder.path().join("libevil.so");
        for name in ["evil", "../evil", "../libevil.so", evil.to_str().unwrap(), ".", "..", "/", ""] {
            let failure = target(Some(&inner), name).find().unwrap_err();
            assert_eq!(failure.kind, FailureKind::SqlInvalid, "{name}");
        }
        assert!(target(None, "good").find().unwrap_err().doing.contains("--adbc-drivers"));
    }

    #[test]
    fn name_and_password_take_their_place_in_the_address_and_are_not_told() {
        let target = target(None, "x");
        let options = target.options();
        assert_eq!(options.len(), 1, "what stands in the address is no option");
        let OptionValue::String(uri) = &options[0].1 else { panic!("an address is a text") };
        assert_eq!(uri, "db://a%20b:hunter2%2F%40@host/shop");
        let error = adbc_core::error::Error::with_message_and_status(format!("cannot read {uri} (hunter2/@)"), Status::InvalidArguments);
        let told = target.speech.failure_of_opening(&error, "opening the database").chain();
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn what_is_no_driver_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libnotes.so");
        std::fs::write(&path, "these are notes").unwrap();
        let failure = Driver::load(&path, None).map(|_| ()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::SqlInvalid);
        assert!(failure.chain().contains("libnotes.so"), "{}", failure.chain());
    }
}
