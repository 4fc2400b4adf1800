//! What the tests stand on: a database of its own on a real server per engine, and the SQL in which engines differ.

#[cfg(feature = "adbc")]
pub(crate) mod adbc;
pub(crate) mod between;
#[cfg(any(feature = "adbc", feature = "odbc"))]
mod driven;
mod mysql;
#[cfg(feature = "odbc")]
pub(crate) mod odbc;
mod postgres;
pub(crate) mod secured;
mod sqlite;

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type},
};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta};
use model::{
    Column, ColumnType, Failure, Statement, Value,
    edges::{DatabaseAccess, Databases, ReadLimits, Rows},
};
use sql::Engines;

/// How long a test waits for something to happen on a server.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a driver that somebody else wrote cannot do. Its ground says so, with the reason; a test that needs it does not stand on that ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// To tell where in the text a mistake is.
    Places,
    /// Texts that are longer than a few thousand characters.
    LongTexts,
    /// To end a statement before it gives its next row.
    Stopping,
    /// To read all rows by one statement, which holds the query's text as long as it runs.
    OneStatement,
    /// To tell the type of an expression.
    Expressions,
    /// A comment that holds a semicolon.
    Comments,
    /// Times that are exact to the microsecond.
    Micros,
    /// Batches of no more rows than are asked for.
    SmallBatches,
    /// To tell the columns before the first batch of rows is read.
    EarlyColumns,
    /// To look at rights before a query is run.
    Rights,
    /// Every type of the database, by the type that its own engine gives it.
    Types,
}

/// One engine on a real server, with a database (or schema, or file) that nobody else uses.
#[async_trait]
pub(crate) trait Ground: Send + Sync {
    /// As in [`sql::EngineSpec::kind`].
    fn kind(&self) -> &'static str;

    /// As an account that may read and write there.
    fn access(&self) -> DatabaseAccess;

    /// As an account that may only read there.
    fn reader(&self) -> DatabaseAccess;

    /// Runs statements that make ready what the test reads.
    async fn execute(&self, sql: &str);

    /// A query with one column that gives 1, 2, … `last`, without end as far as a test can wait when `last` is large. It reads a table.
    fn numbers(&self, last: u64, column: &str) -> String;

    /// A query as [`Ground::numbers`] that the server fails at row `row`.
    fn numbers_failing_at(&self, row: u64, last: u64) -> String;

    /// A query that gives one row and takes longer than a test can wait for it.
    fn endless(&self, column: &str) -> String;

    /// A query of a table that the account may not read; `None` where there are no rights.
    fn forbidden(&self) -> Option<String>;

    /// Whether a statement with these words in its text runs on the server.
    async fn runs(&self, words: &str) -> bool;

    /// Ends the session of the statement with these words, from outside; `false` where there are no sessions.
    async fn kill(&self, words: &str) -> bool;

    /// The engine whose SQL it is written in.
    fn dialect(&self) -> &'static str {
        self.kind()
    }

    /// Whether the driver cannot do this.
    fn lacks(&self, _: Lack) -> bool {
        false
    }

    /// A name quoted as the engine does.
    fn quoted(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A ground for every engine.
pub(crate) async fn all() -> Vec<Box<dyn Ground>> {
    let mut grounds: Vec<Box<dyn Ground>> = Vec::new();
    for engine in sql::engines() {
        grounds.push(match engine.kind {
            "sqlite" => Box::new(sqlite::Sqlite::new()),
            "postgres" => Box::new(postgres::Postgres::new().await),
            "mysql" => Box::new(mysql::Mysql::new().await),
            #[cfg(feature = "adbc")]
            "adbc" => Box::new(adbc::postgres().await),
            #[cfg(feature = "odbc")]
            "odbc" => Box::new(odbc::postgres().await),
            other => panic!("the contract suite has no ground for {other}"),
        });
    }
    #[cfg(feature = "adbc")]
    grounds.push(Box::new(adbc::sqlite()));
    #[cfg(feature = "odbc")]
    grounds.push(Box::new(odbc::sqlite()));
    grounds
}

/// A ground for every engine whose driver can do this.
pub(crate) async fn all_with(ability: Lack) -> Vec<Box<dyn Ground>> {
    all().await.into_iter().filter(|ground| !ground.lacks(ability)).collect()
}

/// The grounds of engines that are servers, and are spoken to without a driver between.
pub(crate) async fn servers() -> Vec<Box<dyn Ground>> {
    natives().await.into_iter().filter(|ground| ground.access().password().is_some()).collect()
}

/// The grounds without a driver that somebody else wrote between: what they tell is ours to the last word.
pub(crate) async fn natives() -> Vec<Box<dyn Ground>> {
    let is_native = |ground: &dyn Ground| !matches!(ground.access().database.engine, model::Engine::Adbc(_) | model::Engine::Odbc(_));
    all().await.into_iter().filter(|ground| is_native(ground.as_ref())).collect()
}

/// The ground of one engine.
pub(crate) async fn postgres() -> postgres::Postgres {
    postgres::Postgres::new().await
}

/// The same in a database of its own.
pub(crate) async fn postgres_alone() -> postgres::Postgres {
    postgres::Postgres::alone().await
}

/// The same.
pub(crate) async fn mysql() -> mysql::Mysql {
    mysql::Mysql::new().await
}

/// An environment variable that `dev/servers` sets.
fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"))
}

/// A name that nothing else has.
pub(crate) fn unique(stem: &str) -> String {
    format!("{stem}_{:016x}", RandomState::new().hash_one(stem))
}

pub(crate) fn engines() -> Engines {
    let engines = Engines::new();
    #[cfg(feature = "adbc")]
    let engines = engines.with_adbc_drivers(Some(adbc::drivers()));
    engines
}

/// A statement without placeholders.
pub(crate) fn statement(sql: impl Into<String>) -> Statement {
    Statement { sql: sql.into(), values: BTreeMap::new() }
}

/// A statement with the value of its placeholder `:v`.
pub(crate) fn with(sql: impl Into<String>, value: Value) -> Statement {
    Statement { sql: sql.into(), values: BTreeMap::from([("v".to_owned(), value)]) }
}

/// Everything that a statement gives.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) columns: Vec<Column>,
    pub(crate) batches: Vec<RecordBatch>,
    /// Why it did not come to the end of the rows.
    pub(crate) failure: Option<Failure>,
}

impl Outcome {
    /// The rows, each value as text.
    pub(crate) fn rows(&self) -> Vec<Vec<Option<String>>> {
        let row =
            |batch: &RecordBatch, row| (0..batch.num_columns()).map(|column| cell(&self.columns[column], batch, column, row)).collect();
        self.batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |at| row(batch, at))).collect()
    }

    /// The values of the first column, as text; `NULL` for none.
    pub(crate) fn firsts(&self) -> Vec<String> {
        self.rows().into_iter().map(|row| row[0].clone().unwrap_or_else(|| "NULL".to_owned())).collect()
    }

    /// How many rows came.
    pub(crate) fn count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The rows of a result that is complete.
    pub(crate) fn whole(self, about: &str) -> Self {
        match &self.failure {
            None => self,
            Some(failure) => panic!("{about}: {}", failure.chain()),
        }
    }
}

/// Reads a statement to its end or its failure, with the default limits.
pub(crate) async fn read(access: &DatabaseAccess, statement: &Statement) -> Outcome {
    read_within(access, statement, ReadLimits::default()).await
}

/// Reads a statement to its end or its failure.
pub(crate) async fn read_within(access: &DatabaseAccess, statement: &Statement, limits: ReadLimits) -> Outcome {
    let mut outcome = Outcome::default();
    match engines().read(access, statement, limits).await {
        Ok(rows) => drain(rows, &mut outcome).await,
        Err(failure) => outcome.failure = Some(failure),
    }
    outcome
}

/// Reads the rest.
pub(crate) async fn drain(mut rows: Box<dyn Rows>, outcome: &mut Outcome) {
    outcome.columns = rows.columns().to_vec();
    loop {
        match rows.next().await {
            Ok(Some(batch)) => {
                assert!(batch.num_rows() > 0, "a batch is never empty");
                assert_eq!(batch.schema(), rows.schema(), "every batch has the schema of the result");
                outcome.batches.push(batch);
            }
            Ok(None) => {
                assert!(matches!(rows.next().await, Ok(None)), "the end of the rows stays the end");
                return;
            }
            Err(failure) => {
                assert!(rows.next().await.is_err(), "after a failure there is no end of rows");
                outcome.failure = Some(failure);
                return;
            }
        }
    }
}

/// The failure of a statement that must fail.
pub(crate) async fn failure(access: &DatabaseAccess, statement: &Statement) -> Failure {
    let outcome = read(access, statement).await;
    outcome.failure.unwrap_or_else(|| panic!("it was read: {}", statement.sql))
}

/// A value as text: NULL is `None`, bytes are hexadecimal, times are ISO 8601; what lies beyond the calendar is its number.
fn cell(column: &Column, batch: &RecordBatch, at: usize, row: usize) -> Option<String> {
    let array = batch.column(at);
    if array.is_null(row) {
        return None;
    }
    Some(match column.kind {
        ColumnType::Boolean => array.as_boolean().value(row).to_string(),
        ColumnType::Integer => array.as_primitive::<Int64Type>().value(row).to_string(),
        ColumnType::Unsigned => array.as_primitive::<UInt64Type>().value(row).to_string(),
        ColumnType::Float => format!("{:?}", array.as_primitive::<Float64Type>().value(row)),
        ColumnType::Decimal | ColumnType::Text | ColumnType::Time | ColumnType::Uuid | ColumnType::Json => {
            array.as_string::<i32>().value(row).to_owned()
        }
        ColumnType::Bytes => array.as_binary::<i32>().value(row).iter().map(|byte| format!("{byte:02x}")).collect(),
        ColumnType::Date => {
            let days = array.as_primitive::<Date32Type>().value(row);
            let date = NaiveDate::from_ymd_opt(1970, 1, 1).and_then(|first| first.checked_add_signed(TimeDelta::days(days.into())));
            date.map_or_else(|| days.to_string(), |date| date.to_string())
        }
        ColumnType::Timestamp | ColumnType::Instant => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let zone = if column.kind == ColumnType::Instant { "Z" } else { "" };
            let time = DateTime::from_timestamp_micros(micros);
            time.map_or_else(|| micros.to_string(), |time| format!("{}{zone}", time.format("%Y-%m-%dT%H:%M:%S%.6f")))
        }
    })
}

/// Waits until the ground's server runs (or no longer runs) a statement with these words. Asks it again and again: each question waits for
/// its answer, which is pause enough.
pub(crate) async fn until(ground: &dyn Ground, words: &str, runs: bool) {
    let asked = async {
        while ground.runs(words).await != runs {
            tokio::task::yield_now().await;
        }
    };
    let about = format!("{}: `{words}` did not {}", ground.kind(), if runs { "start" } else { "stop" });
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| panic!("{about}"));
}
