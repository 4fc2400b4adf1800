//! Any database that has an ADBC driver: <https://arrow.apache.org/adbc/>. Behind the feature `adbc`.
//!
//! ```text
//!  name of a driver ──folder of drivers──▶ library ──options──▶ database ──login──▶ session ──▶ statement ──▶ Arrow batches
//! ```
//!
//! To load a library is to run it, so a driver is named and never a path: the folder is the operator's (`serve --adbc-drivers`), and what is
//! not in it is refused (`docs/decisions/0013`). A driver that was loaded stays loaded; another version of it needs a restart.
//!
//! A driver's calls wait, so every statement has a thread of its own; batches leave it through a bounded channel. A [`super::watch`] beside it holds
//! the statement's time limit and, when nobody wants the rows any more, asks the driver to cancel, again and again until it has.
//!
//! How SQL is written is the database's [`model::database::GenericDialect`]. It also decides what makes a session only read:
//!
//! | dialect | only reading | values of placeholders |
//! |---|---|---|
//! | PostgreSQL | a read-only transaction | settings, as in the engine of PostgreSQL: its driver streams only what has no bound values |
//! | MySQL | `SET SESSION TRANSACTION READ ONLY` | bound |
//! | SQLite | `PRAGMA query_only`, and the file is opened for reading only | bound |
//! | standard | the driver's own option, where it has one | bound |
//!
//! Known weaknesses. A driver that cannot cancel (SQLite's) works on after its statement was given up; the answer comes, the thread ends with
//! the statement, and counts against the database's `max_reads` until then. What a driver has no Arrow type for arrives as it sends it (PostgreSQL's: the bytes of its protocol): cast it in the query.
//! The driver of SQLite takes a column's type from the first rows; another type later is a failure. Only the guard, the dialect's way to read
//! only and the account keep a query from writing, and for the standard dialect the second may be missing: the check says so.

mod driver;
mod failures;
mod follow;
mod reader;
mod session;
mod tables;
mod values;

use std::path::PathBuf;

use async_trait::async_trait;
use model::{
    Column, Failure, FailureKind,
    database::GenericDialect,
    edges::{DatabaseAccess, Follow, Following, ReadLimits, Rows, Tell},
    explore::Listed,
    table::Table,
};

use self::{
    driver::{Driver, Target},
    reader::Wanted,
    session::Session,
};
use super::{Asked, Engine, EngineSpec, FieldKind, FieldSpec, Steps, watch::in_time};

pub(super) const SPEC: EngineSpec = EngineSpec {
    kind: "adbc",
    label: "Any database, by an ADBC driver",
    default_port: None,
    url_schemes: &[],
    fields: &[
        FieldSpec {
            name: "driver",
            label: "Driver",
            kind: FieldKind::Text,
            required: true,
            default: None,
            help: "its name in the server's folder of drivers: adbc_driver_postgresql",
        },
        FieldSpec {
            name: "entrypoint",
            label: "Entry point",
            kind: FieldKind::Text,
            required: false,
            default: None,
            help: "the driver's first function, where its name does not tell",
        },
        FieldSpec {
            name: "uri",
            label: "Address",
            kind: FieldKind::Text,
            required: true,
            default: None,
            help: "in the driver's words; {username} and {password} stand for the two",
        },
        FieldSpec::username(false),
        FieldSpec::PASSWORD,
        FieldSpec::DIALECT,
    ],
    engine: |engines| Box::new(Adbc { folder: engines.adbc_drivers.clone() }),
};

#[derive(Debug)]
struct Adbc {
    /// Where drivers are, when there is such a place.
    folder: Option<PathBuf>,
}

impl Adbc {
    fn target(&self, access: &DatabaseAccess) -> Target {
        Target::new(self.folder.clone(), access)
    }
}

#[async_trait]
impl Engine for Adbc {
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>) {
        climb(self.target(access), &mut Steps::new(tell)).await;
    }

    async fn describe(&self, access: &DatabaseAccess, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
        let wanted = Wanted::new(asked, self.target(access), ReadLimits::default())?;
        reader::describe(wanted).await.map(|described| described.columns)
    }

    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure> {
        tables::tables(self.target(access), search.map(str::to_owned)).await
    }

    async fn read(&self, access: &DatabaseAccess, asked: &Asked<'_>, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        reader::start(Wanted::new(asked, self.target(access), limits)?).await
    }

    async fn follow(&self, access: &DatabaseAccess, asked: &Asked<'_>, following: &Following) -> Result<Box<dyn Follow>, Failure> {
        follow::follow(self.target(access), asked, following).await
    }
}

/// The steps of a check; the first that fails is the last.
async fn climb(target: Target, steps: &mut Steps<'_>) {
    let path = match target.find() {
        Ok(path) => path,
        Err(failure) => return steps.failed("driver", &failure, "driver"),
    };
    steps.passed("driver", format!("{} is there", path.display()), &[]);
    let loading = target.clone();
    let driver = match in_time(&target.places, target.connect_limit, move || Driver::load(&path, loading.adbc.entrypoint.as_deref())).await
    {
        Ok(driver) => driver,
        Err(failure) => return steps.failed("library", &failure, "driver"),
    };
    steps.passed("library", format!("the driver speaks ADBC {}", driver.version()), &[]);
    let opening = target.clone();
    let database = match in_time(&target.places, target.connect_limit, move || opening.database(driver)).await {
        Ok(database) => database,
        Err(failure) => return refused(steps, &failure),
    };
    steps.passed("options", "the driver takes the address and the options", &[]);
    let logging_in = target.clone();
    let session = match in_time(&target.places, target.connect_limit, move || Session::log_in(&logging_in, &database)).await {
        Ok(session) => session,
        Err(failure) => return refused(steps, &failure),
    };
    steps.passed(
        "authentication",
        target.adbc.username.as_ref().map_or_else(|| "connected".to_owned(), |name| format!("logged in as {name}")),
        &[],
    );
    let only_reads = session.only_reads();
    let looked = in_time(&target.places, target.connect_limit, move || session.look()).await;
    match looked {
        Ok((vendor, version)) => steps.passed("version", format!("{vendor} {version}"), &[("version", &version)]),
        Err(failure) => return steps.failed("version", &failure, "uri"),
    }
    if only_reads {
        steps.passed("read_only", "the session can read and not write", &[]);
    } else {
        let advice = "use an account that is granted SELECT and nothing more, or the dialect of the database";
        steps.warning("read_only", "the driver knows no session that only reads: the guard and the account are what is left", advice);
    }
}

/// Some drivers log in when they are told the address, some when there is to be a session.
fn refused(steps: &mut Steps<'_>, failure: &Failure) {
    match failure.kind {
        FailureKind::SqlInvalid => steps.failed("options", failure, "uri"),
        FailureKind::SqlAuthentication => steps.failed("authentication", failure, "password"),
        _ => steps.failed("authentication", failure, "uri"),
    }
}

/// Whether values are settings of the session and not bound: see the table above.
fn has_settings(dialect: GenericDialect) -> bool {
    dialect == GenericDialect::Postgres
}
