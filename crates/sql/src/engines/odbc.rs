//! Any database that has an ODBC driver, through the machine's driver manager. Behind the feature `odbc`.
//!
//! ```text
//!  connection string ──registered driver──▶ driver manager ──login──▶ session ──▶ statement ──buffers of the driver──▶ Arrow batches
//! ```
//!
//! To load a library is to run it: a driver is named as it is registered on this machine, never by its path (`docs/decisions/0014`). A driver's
//! calls wait, so every statement has a thread of its own; batches leave it through a bounded channel. The dialect that the database is kept
//! with says what the session can do:
//!
//! | dialect | only reading | time limit | a statement that nobody wants |
//! |---|---|---|---|
//! | PostgreSQL | `default_transaction_read_only` | `statement_timeout` | `pg_cancel_backend`, from a second session |
//! | MySQL, MariaDB | `SET SESSION TRANSACTION READ ONLY` | `max_statement_time`, `max_execution_time` | `KILL QUERY`, from a second session |
//! | SQLite | `PRAGMA query_only` | the watch gives it up | works on until its next batch |
//! | standard | nothing is committed | the driver's, else the watch gives it up | works on until its next batch |
//!
//! `SQLCancel` is not used: it must be called from another thread than the one that waits, which the bindings do not allow in safe code. What a
//! driver says of its columns is not believed where drivers are known to be wrong: see [`types`].
//!
//! Known weaknesses. No driver tells whether a time has a zone: an instant arrives as a timestamp, in UTC where the dialect can ask for that.
//! The driver of PostgreSQL gives `infinity` as the last second of 9999 as a time, and as today's date as a date; that of SQLite binds times in
//! milliseconds, takes expressions for text, and gives text up to the length that was declared. Text longer than the driver says is a
//! failure, never cut. Drivers run in this process: one that crashes takes it down.

mod address;
mod failures;
mod follow;
mod reader;
mod session;
mod tables;
mod types;
mod values;

use std::time::Duration;

use async_trait::async_trait;
use model::{
    Column, Failure, FailureKind,
    edges::{DatabaseAccess, Follow, Following, ReadLimits, Rows, Tell},
    explore::Listed,
    table::Table,
};

use self::{
    address::{Address, Named},
    reader::Wanted,
    session::{Session, Target},
    values::Bound,
};
use super::{Asked, Engine, EngineSpec, FieldKind, FieldSpec, Steps, watch::in_time};
use crate::query::{self, Dialect};

pub(super) const SPEC: EngineSpec = EngineSpec {
    kind: "odbc",
    label: "Any database, by an ODBC driver",
    default_port: None,
    url_schemes: &[],
    fields: &[
        FieldSpec {
            name: "connection",
            label: "Connection string",
            kind: FieldKind::Text,
            required: true,
            default: None,
            help: "DSN=shop, or Driver={PostgreSQL Unicode};Server=…;Database=…, without user name and password",
        },
        FieldSpec::username(false),
        FieldSpec::PASSWORD,
        FieldSpec::DIALECT,
    ],
    engine: |_| Box::new(Odbc),
};

#[derive(Debug)]
struct Odbc;

/// The query with the one mark that drivers know.
fn with_questions<'a>(target: &Target, asked: &Asked<'a>) -> Result<Asked<'a>, Failure> {
    let translated = query::translate_to_questions(asked.statement, Dialect::from(target.odbc.dialect))?;
    Ok(Asked { statement: asked.statement, translated, reading: asked.reading })
}

fn wanted(target: Target, asked: &Asked<'_>, limits: ReadLimits) -> Result<Wanted, Failure> {
    let bound = asked.translated.values.iter().map(Bound::value).collect::<Result<_, _>>()?;
    // A comment may end the text, and a driver may put something behind it.
    let sql = format!("{}\n", asked.translated.sql);
    Ok(Wanted { target, sql, bound, fixed: None, still: None, limits, on_hand: None })
}

#[async_trait]
impl Engine for Odbc {
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>) {
        climb(access, &mut Steps::new(tell)).await;
    }

    async fn describe(&self, access: &DatabaseAccess, asked: &Asked<'_>) -> Result<Vec<Column>, Failure> {
        let target = Target::new(access);
        let asked = with_questions(&target, asked)?;
        // What a placeholder's value makes of a type is known only when it is bound: then the statement runs, for one row.
        let limits = ReadLimits { batch_rows: 1, max_rows: Some(1), ..ReadLimits::default() };
        let wanted = wanted(target, &asked, limits)?;
        if wanted.bound.is_empty() { reader::describe(wanted).await } else { Ok(reader::start(wanted).await?.columns().to_vec()) }
    }

    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure> {
        tables::tables(Target::new(access), search.map(str::to_owned)).await
    }

    async fn read(&self, access: &DatabaseAccess, asked: &Asked<'_>, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let target = Target::new(access);
        let asked = with_questions(&target, asked)?;
        reader::start(wanted(target, &asked, limits)?).await
    }

    async fn follow(&self, access: &DatabaseAccess, asked: &Asked<'_>, following: &Following) -> Result<Box<dyn Follow>, Failure> {
        let columns = self.describe(access, asked).await?;
        let target = Target::new(access);
        let asked = with_questions(&target, asked)?;
        follow::follow(target, &asked, columns, following).await
    }
}

/// The steps of a check; the first that fails is the last.
async fn climb(access: &DatabaseAccess, steps: &mut Steps<'_>) {
    let target = Target::new(access);
    let limit = Duration::from_millis(access.database.connect_timeout_ms.into());
    let environment = match arrow_odbc::odbc_api::environment() {
        Ok(environment) => environment,
        Err(error) => return steps.failed("driver_manager", &target.speech.failure(&error, "starting ODBC's driver manager"), "engine"),
    };
    steps.passed("driver_manager", "ODBC's driver manager is there", &[]);
    let address = match Address::read(&target.odbc) {
        Ok(address) => address,
        Err(failure) => return steps.failed("driver", &failure, "connection"),
    };
    match address.library(environment) {
        Ok(library) => {
            let (Named::Source(name) | Named::Driver(name)) = address.named();
            steps.passed("driver", format!("{name} is registered"), &[("library", &library)]);
        }
        Err(failure) => return steps.failed("driver", &failure, "connection"),
    }
    let connecting = target.clone();
    let session = match in_time(&target.places, limit, move || Session::open(&connecting)).await {
        Ok(session) => session,
        Err(failure) => {
            let (step, field) = match failure.kind {
                FailureKind::SqlAuthentication => ("authentication", "password"),
                _ => ("connection", "connection"),
            };
            return steps.failed(step, &failure, field);
        }
    };
    let who = target.odbc.username.as_ref().map_or_else(|| "connected".to_owned(), |name| format!("logged in as {name}"));
    steps.passed("authentication", who, &[]);
    let only_reads = session.only_reads();
    match in_time(&target.places, limit, move || session.product()).await {
        Ok((product, Some(version))) => {
            steps.passed("version", format!("{product} {version}"), &[("product", &product), ("version", &version)]);
        }
        Ok((product, None)) => steps.passed("version", product.clone(), &[("product", &product)]),
        Err(failure) => return steps.failed("version", &failure, "connection"),
    }
    if only_reads {
        steps.passed("read_only", "the session can read and not write", &[]);
    } else {
        let advice = "use an account that is granted SELECT and nothing more, or the dialect of the database";
        steps.warning("read_only", "no words make a session of standard SQL only read: the guard and the account are what is left", advice);
    }
}
