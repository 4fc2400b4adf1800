//! The contracts: how the rooms meet without knowing one another.
//!
//! ```text
//!  Store ──due, claim, plan──▶ flow ──statement──▶ Databases ──▶ Rows ──batches──▶ Shaper ──line batches──▶ Writer ──▶ InfluxDB
//!    ▲                           │                  (sql)                          (influx)                 (influx)
//!    └──────finish (one txn)─────┘
//! ```
//!
//! `flow` calls, in this order: [`Store::settle_slots`], [`Store::claim_run`], [`Store::load_plan`], [`Databases::read`],
//! [`Influx::shaper`], [`Influx::open`], then [`Rows::next`] → [`Shaper::shape`] → [`Writer::write`] side by side, bounded, then
//! [`Shaper::finish`], [`Writer::finish`], [`Store::finish_run`]. Nothing else calls them in a run; the API calls the same `check`,
//! `describe` and `read` for drafts and previews, so a check does what a run would do.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use url::Url;

use crate::{
    Audit, AuditProgress, AuditState, Column, Connection, Cursor, CursorValue, Database, Failure, FailureKind, Fence, FieldTypes, Figures,
    Finding, Group, HeldBack, Hold, Id, Kapacitor, LedgerEntry, LogLine, Mapping, Mark, Organization, Position, Query, Reject, Run,
    RunStatus, Series, Statement, Stored, Stretch, Window,
    audit::Found,
    explore::{Field, Frames, Language, Listed, Place, Question, Selection, TimeRange, Where},
    run::Reason,
    secret::{SecretField, Secrets},
    table::Table,
};

/// A database with its opened secrets: what an engine needs to log in. Lives only as long as the read.
#[derive(Clone, Debug)]
pub struct DatabaseAccess {
    /// Where and how.
    pub database: Database,
    /// Those of its secrets that are kept.
    pub secrets: Secrets,
}

impl DatabaseAccess {
    /// A database with the password that it logs in with.
    pub fn new(database: Database, password: Option<SecretString>) -> Self {
        Self { database, secrets: password.map(|password| (SecretField::Password, password)).into_iter().collect() }
    }

    /// The password, if one is kept.
    pub fn password(&self) -> Option<&SecretString> {
        self.secrets.get(&SecretField::Password)
    }
}

/// A connection with its opened secret: what a driver needs to write. Lives only as long as the run.
#[derive(Clone, Debug)]
pub struct ConnectionAccess {
    /// Where and how.
    pub connection: Connection,
    /// Those of [`Connection::secret_fields`] that are kept.
    pub secrets: Secrets,
}

impl ConnectionAccess {
    /// A connection with the secret that it logs in with.
    pub fn new(connection: Connection, login: Option<SecretString>) -> Self {
        let secrets = connection.login_secret().zip(login).into_iter().collect();
        Self { connection, secrets }
    }

    /// The password or token that it logs in with, if one is kept.
    pub fn login_secret(&self) -> Option<&SecretString> {
        self.secrets.get(&self.connection.login_secret()?)
    }
}

/// A Kapacitor with its opened secrets. Lives only as long as the question that is asked of it.
#[derive(Clone, Debug)]
pub struct KapacitorAccess {
    /// Where and how.
    pub kapacitor: Kapacitor,
    /// Those of [`Kapacitor::secret_fields`] that are kept.
    pub secrets: Secrets,
}

/// Who answers at a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// In words: `InfluxDB 3 Core`, `Kapacitor`.
    pub product: String,
    /// Its version without a leading `v`, if it says: `1.6.7`.
    pub version: Option<String>,
    /// The driver for it: `v1`, `v2` or `v3`; `None` for a Kapacitor, and when it cannot be told.
    pub driver: Option<&'static str>,
    /// The driver's `edition` for it, as it is written in a connection: `enterprise`, `cloud_dedicated`; `None` when it cannot be told.
    pub edition: Option<&'static str>,
    /// Whether it is a Kapacitor.
    pub is_kapacitor: bool,
    /// What a person should know before choosing: that it did not take the login, that its version is hidden.
    pub remark: Option<String>,
}

/// Receives the findings of a check, each as soon as it is known.
pub type Tell<'a> = &'a mut (dyn FnMut(Finding) + Send);

// ---------------------------------------------------------------- reading

/// SQL databases. Implemented by `sql`.
#[async_trait]
pub trait Databases: Send + Sync {
    /// Tries, in order, what a read needs: address, login, reading rights. Tells each finding; stops after the first that failed.
    /// Writes nothing.
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>);

    /// The columns of the statement's result, without running it to its end.
    ///
    /// # Errors
    /// The same kinds as [`Databases::read`] gives for a statement that cannot be run.
    async fn describe(&self, access: &DatabaseAccess, statement: &Statement) -> Result<Vec<Column>, Failure>;

    /// The tables and views that the account may read, those that are written without their schema first; those that hold `search` in
    /// their name (whatever its case) when it is given. From the catalogue alone: no row is read or counted. Ends at [`Table::MAX`] tables
    /// and [`Table::MAX_COLUMNS`] columns. Schemas of the engine itself are left out, and partitions of a table that is told.
    ///
    /// # Errors
    /// The same kinds as [`Databases::read`] gives for a statement that cannot be run; `SqlTimeout` after half a minute, or the database's
    /// own time limit if that is shorter.
    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure>;

    /// Starts reading: one statement, its values bound, in a read-only session with the database's statement time limit.
    ///
    /// # Errors
    /// `Sql*` kinds. `SqlNotReadOnly` before anything is sent when the text is not one reading statement; `SqlDuplicateColumn` and
    /// `SqlNoColumns` before the first row.
    async fn read(&self, access: &DatabaseAccess, statement: &Statement, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure>;

    /// Begins to follow the statement's rows by a cursor: in one session looks at what is undecided ([`Follow::sight`]), before any row is
    /// read. The session is read-only, has the database's statement time limit, and every page sees what was committed when it began.
    ///
    /// # Errors
    /// Those of [`Databases::read`]; `Cursor` when the cursor or key is no column of the result or of a type that has no order, when the
    /// database cannot tell what `asked.fence` needs (with the right that is missing), or when the statement ends in a `LIMIT` of its own.
    async fn follow(&self, access: &DatabaseAccess, statement: &Statement, asked: &Following) -> Result<Box<dyn Follow>, Failure>;
}

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Following {
    /// The cursor column.
    pub cursor: String,
    /// The columns that tell rows of one cursor value apart.
    pub key: Vec<String>,
    /// What must be known of the present to fix a fence.
    pub fence: Fence,
}

/// A statement that is followed by its cursor, in one session.
#[async_trait]
pub trait Follow: Send {
    /// The columns of the result, in order.
    fn columns(&self) -> &[Column];

    /// What the database said of the present before any row was read.
    fn sight(&self) -> &Sight;

    /// Reads one page: `ORDER BY` cursor and key, at most [`Page::rows`] rows. The rows before must have been read to their end or dropped.
    ///
    /// # Errors
    /// Those of [`Databases::read`].
    async fn page(&mut self, page: &Page, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure>;

    /// How many rows have no cursor value.
    ///
    /// # Errors
    /// Those of [`Databases::read`].
    async fn without_cursor(&mut self) -> Result<u64, Failure>;

    /// Says good-bye. Dropping it instead hangs up.
    async fn close(self: Box<Self>);
}

/// What a database says of the present, by its own clock and before any row is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The database's clock, read after `highest` and before `open`.
    pub now: DateTime<Utc>,
    /// The highest cursor value in the result, for a cursor of a type that counts without being a time (integers); `None` for others, and
    /// when there is no row.
    pub highest: Option<CursorValue>,
    /// Who may still write values that are not seen yet.
    pub open: Open,
    /// For [`Fence::TransactionId`]: the lowest transaction that has not ended; every row below it is decided.
    pub lowest_open: Option<CursorValue>,
}

/// Which transactions of others may still commit rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// None that could change what is below the highest value seen: the database has one writer.
    OneWriter,
    /// None is open.
    Nobody,
    /// The oldest of them.
    Since(HeldBack),
    /// It was not asked for ([`Fence::LagS`], [`Fence::TransactionId`]).
    NotAsked,
}

/// One page of what is followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Only rows whose cursor is at least this.
    pub from: Option<CursorValue>,
    /// Only rows behind this one in the order of cursor and key.
    pub after: Option<Position>,
    /// Only rows whose cursor is below this.
    pub before: Option<CursorValue>,
    /// Rows whose cursor is NULL instead of all this, in the order of the key, behind [`Page::after`]'s key.
    pub only_without_cursor: bool,
    /// Most rows.
    pub rows: u64,
}

/// How much of a result is held at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Most rows of one batch.
    pub batch_rows: usize,
    /// A batch ends early when its values reach about this many bytes.
    pub batch_bytes: usize,
    /// Stop after so many rows as if the result ended there (previews); `None` reads to the end.
    pub max_rows: Option<u64>,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { batch_rows: 8192, batch_bytes: 2 << 20, max_rows: None }
    }
}

/// The rows of one statement, in bounded batches. Dropping it before the end stops the statement on the server.
#[async_trait]
pub trait Rows: Send {
    /// The columns, in order; fixed for the whole result.
    fn columns(&self) -> &[Column];

    /// The Arrow schema of every batch: [`Column::field`] of each column.
    fn schema(&self) -> SchemaRef;

    /// The next batch, never empty. `Ok(None)` means that the database itself said end of rows: nothing else may be reported so.
    ///
    /// # Errors
    /// `SqlUnreachable`, `SqlTimeout`, `SqlFailed`, `SqlTypeChanged`: the rows before stay valid, the result is not complete. After
    /// an error the reader is at its end.
    async fn next(&mut self) -> Result<Option<RecordBatch>, Failure>;
}

// ---------------------------------------------------------------- shaping and writing

/// InfluxDB connections. Implemented by `influx`.
#[async_trait]
pub trait Influx: Send + Sync {
    /// Tries, in order, what a write needs: URL, DNS, TCP, TLS, HTTP, product, authentication, database, write permission. Tells each
    /// finding; stops after the first that failed. Writes no point and creates nothing on the server.
    async fn check(&self, access: &ConnectionAccess, tell: Tell<'_>);

    /// The same for a Kapacitor: URL, DNS, TCP, TLS, HTTP, product, authentication, the right to its configuration. Changes nothing.
    async fn check_kapacitor(&self, access: &KapacitorAccess, tell: Tell<'_>);

    /// Asks who answers at `url`, without a login. Changes nothing.
    ///
    /// # Errors
    /// `Influx*`, with the code of the step that failed.
    async fn detect(&self, url: &Url, insecure_skip_verify: bool) -> Result<Detected, Failure>;

    /// A shaper for rows of this schema. `slot` is the time of points without a time column.
    ///
    /// # Errors
    /// `Mapping` when the mapping names a column that is not there, names one twice, leaves no field, or asks of a column what its type
    /// cannot give; the message names the column.
    fn shaper(
        &self,
        connection: &Connection,
        mapping: &Mapping,
        schema: &SchemaRef,
        slot: DateTime<Utc>,
    ) -> Result<Box<dyn Shaper>, Failure>;

    /// The same for a measurement whose fields have these types on the server already ([`Influx::target_types`]): whole numbers become what
    /// the field is, where that is exact.
    ///
    /// # Errors
    /// As [`Influx::shaper`]; `Mapping` too when a field would get another type and there is no way without loss: the message names the
    /// field and both types and says what to do.
    fn shaper_for(
        &self,
        connection: &Connection,
        mapping: &Mapping,
        schema: &SchemaRef,
        slot: DateTime<Utc>,
        types: &FieldTypes,
    ) -> Result<Box<dyn Shaper>, Failure> {
        let _ = types;
        self.shaper(connection, mapping, schema, slot)
    }

    /// Tells the point of every line of a batch as a server reads it, in order. Pure.
    ///
    /// # Errors
    /// `Internal` for a line that no shaper makes.
    fn points(&self, lines: &LineBatch, tell: &mut dyn FnMut(&ReadPoint<'_>)) -> Result<(), Failure>;

    /// The types that the fields of a measurement have where the connection writes. None are known when there is no such measurement yet,
    /// when the login may not ask, and in a folder: then points are written as the mapping says. What was told is told again for a
    /// minute, unless the server refuses a line for its type meanwhile.
    ///
    /// # Errors
    /// `Influx*` when the server cannot be asked now. A run may go on without.
    async fn target_types(&self, access: &ConnectionAccess, measurement: &str) -> Result<FieldTypes, Failure> {
        let _ = (access, measurement);
        Ok(FieldTypes::default())
    }

    /// How long points are kept where the connection writes. `None`: for ever, or nobody says.
    ///
    /// # Errors
    /// `Influx*` when the server cannot be asked now, or the login may not ask.
    async fn retention(&self, access: &ConnectionAccess) -> Result<Option<Duration>, Failure> {
        let _ = access;
        Ok(None)
    }

    /// Makes ready to write. Contacts nobody. `label` names this write in a folder of files: the same label writes the same file again.
    ///
    /// # Errors
    /// `InfluxUrl`, `InfluxTls`, `FolderWrite`.
    async fn open(&self, access: &ConnectionAccess, label: &str) -> Result<Arc<dyn Writer>, Failure>;

    /// Makes ready to look around on the connection's server. Contacts nobody.
    ///
    /// # Errors
    /// `InfluxUrl`, also for a folder, which cannot be asked; `InfluxAuthentication` for a secret that cannot be sent.
    fn explorer(&self, access: &ConnectionAccess) -> Result<Box<dyn Explorer>, Failure> {
        let driver = access.connection.target.driver();
        Err(Failure::new(FailureKind::InfluxUrl, format!("a {driver} connection cannot be explored here")))
    }
}

/// Looks around on one InfluxDB, with the connection's own login. Reads only: what the login may do beyond that is not used.
///
/// Every method may be called alone and repeated. Dropping what it returns before it is done ends the request. A place that is `None` is
/// the connection's own.
#[async_trait]
pub trait Explorer: Send + Sync {
    /// What it can be asked in; the first is the one that [`Explorer::build`] writes unless another is named.
    fn languages(&self) -> &'static [Language];

    /// The databases or buckets that the login may see, the connection's own first.
    ///
    /// # Errors
    /// `Influx*`.
    async fn places(&self) -> Result<Listed<Place>, Failure>;

    /// Names of measurements, those that hold `search` in them (whatever its case) when it is given.
    ///
    /// # Errors
    /// `Influx*`; `InfluxMissing` when there is no such place, except where the server then lists nothing (InfluxDB 1).
    async fn measurements(&self, at: &Where, search: Option<&str>) -> Result<Listed<String>, Failure>;

    /// Keys of a measurement's tags.
    ///
    /// # Errors
    /// As [`Explorer::measurements`].
    async fn tags(&self, at: &Where, measurement: &str) -> Result<Listed<String>, Failure>;

    /// Values of one of its tags, as [`Explorer::measurements`] searched.
    ///
    /// # Errors
    /// As [`Explorer::measurements`].
    async fn tag_values(&self, at: &Where, measurement: &str, tag: &str, search: Option<&str>) -> Result<Listed<String>, Failure>;

    /// A measurement's fields.
    ///
    /// # Errors
    /// As [`Explorer::measurements`].
    async fn fields(&self, at: &Where, measurement: &str) -> Result<Listed<Field>, Failure>;

    /// Asks a question and gives at most [`crate::explore::Frames::MAX_VALUES`] values of its answer.
    ///
    /// # Errors
    /// `InfluxQuery` for a text that would write (nothing is sent then), that names a range and is given none, or that the server does not
    /// understand, with the server's words; else `Influx*`.
    async fn query(&self, question: &Question) -> Result<Frames, Failure>;

    /// How many values the fields of a measurement have in each step of time, and what those add up to; a step without a value of a field
    /// is not told. A measurement that is not there has none.
    ///
    /// # Errors
    /// `Influx*`; `InfluxUnexpected` when the answer is not whole: ask for fewer steps.
    async fn tallies(&self, asked: &TallyAsked) -> Result<Vec<Tally>, Failure>;

    /// The longest range that [`Explorer::tallies`] is asked for at once.
    fn tally_reach(&self) -> TimeDelta {
        TimeDelta::days(31)
    }

    /// The question that a selection stands for, every name and value quoted. Pure.
    ///
    /// # Errors
    /// `InfluxQuery` when the language has no way to say it.
    fn build(&self, selection: &Selection) -> Result<String, Failure>;
}

/// What is to be counted and added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyAsked {
    /// Where the points are.
    pub measurement: String,
    /// Only points that have these tags.
    pub tags: BTreeMap<String, String>,
    /// The fields, and whether their values are numbers, which can be added up.
    pub fields: BTreeMap<String, bool>,
    /// When.
    pub range: TimeRange,
    /// The length of a step in seconds. Steps are counted from 1970-01-01T00:00:00Z on.
    pub step_s: u32,
}

/// The values of one field in one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Where the step begins, or the range if that begins in it.
    pub begin: DateTime<Utc>,
    /// The field.
    pub field: String,
    /// How many.
    pub count: u64,
    /// What they add up to; `None` when they were not asked to be.
    pub sum: Option<f64>,
}

/// A line, read as a server reads it.
#[derive(Clone, Copy, Debug)]
pub struct ReadPoint<'a> {
    /// Its number in its batch, from 0.
    pub line: u32,
    /// The measurement.
    pub measurement: &'a str,
    /// Measurement and tags as the line has them: the same for all points of one series.
    pub series: &'a [u8],
    /// The fields, and the value of each that is a number.
    pub fields: &'a [(String, Option<f64>)],
    /// Nanoseconds since 1970.
    pub time_ns: i64,
    /// The whole line.
    pub text: &'a [u8],
}

/// Turns rows into line protocol by a mapping. Pure: the same rows give the same bytes.
pub trait Shaper: Send {
    /// Shapes one batch of rows. Lines gather until a batch of lines is full; the rest waits for more rows or for `finish`.
    fn shape(&mut self, rows: &RecordBatch) -> Shaped;

    /// Gives out the lines that still wait. Called once, after the last row.
    fn finish(&mut self) -> Shaped;
}

/// What shaping gave.
#[derive(Debug, Default)]
pub struct Shaped {
    /// Full batches of lines, in the order of their rows.
    pub batches: Vec<LineBatch>,
    /// Rows that cannot become a point.
    pub rejects: Vec<Reject>,
    /// Rows passed over by [`crate::mapping::EmptyRow::Skip`].
    pub rows_skipped: u64,
    /// Values left out by [`crate::mapping::NotANumber::Omit`].
    pub values_omitted: u64,
    /// Values cut by [`crate::mapping::LongText::Truncate`].
    pub values_truncated: u64,
}

/// Lines that are sent in one request: frozen, so that a retry sends the same bytes.
#[derive(Clone, Debug)]
pub struct LineBatch {
    /// Line protocol in nanoseconds, each line ended by `\n`; no blank line, no comment.
    pub body: bytes::Bytes,
    /// How many lines.
    pub lines: u32,
    /// Which row each line came from: `(line, row)` pairs in ascending order, one for the first line and one for every line whose row is
    /// not the successor of the row of the line before. Lines count from 0, rows from 1.
    pub rows: Vec<(u32, u64)>,
}

impl LineBatch {
    /// The number of the row (from 1) that became line `line` (from 0).
    pub fn row_of(&self, line: u32) -> u64 {
        let at = self.rows.partition_point(|(first, _)| *first <= line);
        match at.checked_sub(1).and_then(|i| self.rows.get(i)) {
            Some((first, row)) => row + u64::from(line - first),
            None => u64::from(line) + 1,
        }
    }
}

/// Writes batches of lines to one place. Shared: several writes are on the way at once.
#[async_trait]
pub trait Writer: Send + Sync {
    /// How many writes may be on the way at once.
    fn in_flight(&self) -> usize;

    /// Writes one batch: sends it, and when the server refuses some lines finds out which, so that the others are written. Success means
    /// that every line was acknowledged or is in `rejects`. Never retries by itself what time would heal; halves what is too large.
    ///
    /// # Errors
    /// `Influx*` or `FolderWrite`. Nothing is known to be written; the same batch may be written again, which changes nothing for lines
    /// that had arrived. `traffic` counts what was sent in either case.
    async fn write(&self, batch: &LineBatch, traffic: &mut Traffic) -> Result<Written, Failure>;

    /// Called once, after the last batch was acknowledged and before the run may be called a success: makes files durable and visible.
    ///
    /// # Errors
    /// `FolderWrite`.
    async fn finish(&self) -> Result<(), Failure>;
}

/// What a successful write did.
#[derive(Debug, Default)]
pub struct Written {
    /// Lines acknowledged.
    pub points: u64,
    /// Their bytes, before compression.
    pub bytes: u64,
    /// Lines that the server refused, each with its row, text and the server's reason.
    pub rejects: Vec<Reject>,
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent.
    pub requests: u64,
    /// Bytes of their bodies, after compression.
    pub bytes: u64,
}

// ---------------------------------------------------------------- remembering

/// What `flow` needs remembered. Implemented by `store`; every method is one transaction. All failures are of kind `Store`.
#[async_trait]
pub trait Store: Send + Sync {
    /// Enabled groups of every organization whose next slot is at or before `now`.
    async fn due_groups(&self, now: DateTime<Utc>) -> Result<Vec<DueGroup>, Failure>;

    /// Records what becomes of slots and moves the group's next slot, if the group and its next slot still are what the caller saw
    /// (compare and set).
    /// For each slot that runs, late or not, one queued run per enabled series of the group, in order of position; but a run of an
    /// incremental series that waits already stands for the slot too, and goes now if it waited for its next try. For each stretch that
    /// is skipped or missed, one slot record and one final run per enabled series. `false` means that somebody else was faster, or changed
    /// the group: nothing was done.
    async fn settle_slots(&self, settlement: &Settlement) -> Result<bool, Failure>;

    /// The earliest instant at which there will be something to do: a next slot, or a queued run's `not_before`.
    async fn next_wake(&self) -> Result<Option<DateTime<Utc>>, Failure>;

    /// Takes the next queued run whose lane is free and whose `not_before` has come, oldest slot first, then position, and marks it
    /// running under a lease until `lease_until`. A lane is a group, or a series without group: one run of a lane runs at a time.
    ///
    /// Runs to a connection on hold are left, but for: the oldest of them once the hold's `next_probe_at` has come (which moves it on by
    /// [`PROBE`], so that no second one follows it); and a run of a snapshot series that is not frozen yet, while the spool has room, so that
    /// the rows of its slot are read when its time has come.
    async fn claim_run(&self, node: &str, now: DateTime<Utc>, lease_until: DateTime<Utc>) -> Result<Option<(Lease, Run)>, Failure>;

    /// Everything the run needs, secrets opened. `None` when the run's series, query, database or connection is gone.
    async fn load_plan(&self, lease: &Lease) -> Result<Option<RunPlan>, Failure>;

    /// Extends the lease, keeps the figures so far, appends log lines. Tells whether the lease still holds and whether someone asked to
    /// stop.
    async fn heartbeat(&self, lease: &Lease, lease_until: DateTime<Utc>, progress: &Progress) -> Result<LeaseState, Failure>;

    /// Keeps rejects of the run, up to `limit` in all; returns how many of these are kept now. A row that is kept already counts as kept.
    async fn keep_rejects(&self, lease: &Lease, rejects: &[Reject], limit: u32) -> Result<u64, Failure>;

    /// What was delivered within the overlap of the run's series, in no order.
    async fn ledger(&self, lease: &Lease) -> Result<Vec<LedgerEntry>, Failure>;

    /// Moves the cursor of the run's series: position, marks, ledger and the run's figures in one transaction guarded by the lease. Every row
    /// up to the position has been acknowledged, or kept as a reject. `false` means that the lease was lost: nothing was done. A run that was
    /// let through to a connection on hold ends the hold here already, with its first point.
    async fn advance(&self, lease: &Lease, advance: &Advance) -> Result<bool, Failure>;

    /// Keeps lines of a snapshot run before any of them is sent, behind those that are kept of it. `complete` with the last. Once complete
    /// they are what the run writes, whoever runs it and however often, until it ends.
    ///
    /// # Errors
    /// When the run's lines alone are more than the spool ever holds: no waiting helps.
    async fn freeze(&self, lease: &Lease, lines: &[LineBatch], complete: Option<&Figures>) -> Result<Freeze, Failure>;

    /// The frozen lines of the run from place `from` (from 0) on, in order, at most about 4 MiB at once; none when there are no more.
    async fn frozen(&self, lease: &Lease, from: u64) -> Result<Vec<LineBatch>, Failure>;

    /// Puts a running run back in line because its connection does not take points, and holds the connection: its runs wait, but for one at
    /// `next_probe_at`. What is frozen of the run stays. `false` means that the lease was lost.
    ///
    /// Whoever runs it next begins its figures and row numbers anew (from [`RunPlan::frozen`] where that is set): the store adds what the run
    /// did up to the last [`Store::advance`], and forgets the rejects behind that, whose rows are read again.
    async fn hold_run(&self, lease: &Lease, holding: &Holding) -> Result<bool, Failure>;

    /// Ends the run: status, figures, reason, log, the retry if there is one, and the slot's outcome when it was the last, in one
    /// transaction guarded by the lease. `false` means that the lease was lost: nothing was done, another node owns the run. What was frozen
    /// of the run goes to the retry if there is one (when it was frozen completely) and is let go otherwise; the hold of its connection
    /// ends when it wrote a point there, and is tried again at once when the run was let through for that and wrote nothing.
    async fn finish_run(&self, lease: &Lease, end: &RunEnd) -> Result<bool, Failure>;

    /// Marks running runs whose node is gone as abandoned and queues their slot again (attempt + 1), or fails them when they had
    /// `max_attempts`. A store that one process owns alone knows that every other node is gone; a shared one waits for the lease to end.
    /// What was frozen completely of a run goes to its next attempt, as in [`Store::finish_run`]. Returns the abandoned runs.
    async fn reclaim(&self, node: &str, now: DateTime<Utc>, max_attempts: u32) -> Result<Vec<Id<Run>>, Failure>;
}

/// Where audits are remembered. Implemented by `store`; every method is one transaction. All failures are of kind `Store`.
#[async_trait]
pub trait Audits: Send + Sync {
    /// Keeps how far an audit has come. `false` when it does not run any more, because a person stopped it: nothing was done.
    async fn keep_audit(&self, id: Id<Audit>, progress: AuditProgress) -> Result<bool, Failure>;

    /// Rejects that are kept of the audit's series, behind that of a run and row, in order; none when there are no more.
    async fn rejects_of_audited(&self, id: Id<Audit>, after: Option<(Id<Run>, u64)>) -> Result<Vec<(Id<Run>, Reject)>, Failure>;

    /// Ends an audit. `false` as above.
    async fn end_audit(&self, id: Id<Audit>, end: &AuditEnd) -> Result<bool, Failure>;
}

/// How an audit ended.
#[derive(Clone, Debug)]
pub struct AuditEnd {
    /// A final state.
    pub state: AuditState,
    /// When.
    pub at: DateTime<Utc>,
    /// How far it came.
    pub progress: AuditProgress,
    /// What it found.
    pub found: Found,
    /// Why it failed.
    pub reason: Option<Reason>,
}

/// A group whose next slot has come.
#[derive(Clone, Debug)]
pub struct DueGroup {
    /// The group.
    pub group: Stored<Group>,
    /// The slot that is due.
    pub next_slot_at: DateTime<Utc>,
    /// Slots of the group that wait, settled as [`Fate::Run`]: none of their runs has started. Retries apart.
    pub slots_waiting: u32,
    /// Slots of the group that have begun and not ended, settled as [`Fate::Run`]. Retries apart.
    pub slots_running: u32,
    /// Slots of the group that wait or run, settled as [`Fate::RunLate`], or a run of which waited for a connection on hold (also after
    /// that hold has ended). Retries apart. They are in neither count above: what is made up for does not cost a slot that is on time.
    pub slots_late: u32,
}

/// What becomes of the slots of a group that have come due.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The owner.
    pub organization_id: Id<Organization>,
    /// The group.
    pub group_id: Id<Group>,
    /// Its revision as the caller saw it: what was decided by another schedule or policy does not count.
    pub seen_revision: i64,
    /// Its next slot as the caller saw it.
    pub seen_next_slot_at: DateTime<Utc>,
    /// Its next slot from now on; `None` when the schedule has no more.
    pub next_slot_at: Option<DateTime<Utc>>,
    /// When this was decided.
    pub at: DateTime<Utc>,
    /// What becomes of each slot, oldest first, without gap or overlap.
    pub decisions: Vec<SlotDecision>,
}

/// What becomes of one slot or of a stretch of slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotDecision {
    /// The slot, or the first of the stretch.
    pub slot: DateTime<Utc>,
    /// The last of the stretch.
    pub last_slot: DateTime<Utc>,
    /// How many slots; 1 when it runs.
    pub slots: u32,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its series run.
    Run,
    /// Its series run late, or behind slots that run late; the overlap policy does not count it as waiting or running.
    RunLate,
    /// The overlap policy passes over it; why.
    Skip(String),
    /// The missed-slot policy passes over it; why.
    Miss(String),
}

/// The right to run one run: checked in the same statement that commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The owner.
    pub organization_id: Id<Organization>,
    /// The run.
    pub run_id: Id<Run>,
    /// Who holds it.
    pub node: String,
    /// Counts up with every claim: an older token commits nothing.
    pub token: i64,
}

/// Whether a lease still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// It holds.
    Held,
    /// It holds, and a person asked to stop the run.
    CancelRequested,
    /// Another node has the run: stop at once, commit nothing.
    Lost,
}

/// All that a run needs.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// The series.
    pub series: Stored<Series>,
    /// Its query.
    pub query: Stored<Query>,
    /// Its group.
    pub group: Option<Stored<Group>>,
    /// Where the query runs.
    pub database_id: Id<Database>,
    /// The same, with its secret.
    pub database: DatabaseAccess,
    /// Where the points go.
    pub connection_id: Id<Connection>,
    /// The same, with its secret.
    pub connection: ConnectionAccess,
    /// How far an incremental series has come; the default for the others.
    pub cursor: Cursor,
    /// The figures of a snapshot run whose lines are frozen: nothing is read any more, [`Store::frozen`] gives what to write.
    pub frozen: Option<Figures>,
    /// The hold on the connection, if there is one.
    pub hold: Option<Hold>,
    /// Whether the run was let through to try a connection on hold. A run that was not writes nothing there while the hold is: it is a
    /// snapshot that is read and frozen, and goes back in line.
    pub probe: bool,
}

/// How far the cursor moves, with all that was delivered up to there.
#[derive(Clone, Debug)]
pub struct Advance {
    /// The last row of the prefix that was delivered; `None` leaves the position.
    pub position: Option<Position>,
    /// Of the query and settings that the position belongs to.
    pub fingerprint: String,
    /// The marks from now on.
    pub marks: Vec<Mark>,
    /// Rows delivered within the overlap; an entry replaces that of the same key.
    pub delivered: Vec<LedgerEntry>,
    /// Entries whose `at` is below this are forgotten.
    pub forget_below: Option<i64>,
    /// Most entries that are kept: the lowest are forgotten first.
    pub most_entries: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The run so far.
    pub progress: Progress,
}

/// Whether lines could be frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freeze {
    /// They are kept.
    Kept,
    /// There is no room: nothing of the run is kept any more.
    Full,
    /// The lease was lost.
    Lost,
}

/// Why and until when a run waits.
#[derive(Clone, Debug)]
pub struct Holding {
    /// When it was refused.
    pub at: DateTime<Utc>,
    /// What the connection said; `None` when the run wrote nothing because the connection was on hold already, whose times then stay, or
    /// because it waits for something else ([`Holding::waits`]): then no connection is held.
    pub refused: Option<Refusal>,
    /// What the run itself waits for, and until when at least, beside its connection: room to freeze its lines.
    pub waits: Option<Waiting>,
    /// The run so far.
    pub progress: Progress,
}

/// What a connection said, and when it is tried again.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What the connection said.
    pub reason: Reason,
    /// When it is tried again.
    pub next_probe_at: DateTime<Utc>,
}

/// What one run waits for, whatever its connection does.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Kept as the reason of the queued run.
    pub reason: Reason,
    /// It is not claimed before this.
    pub not_before: DateTime<Utc>,
}

/// How long a run that was let through to a connection on hold has for itself.
pub const PROBE: Duration = Duration::from_secs(60);

/// How far a run has come.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The figures so far.
    pub figures: Figures,
    /// The window it reads, once known.
    pub window: Option<Window>,
    /// What a run of an incremental series read, once known.
    pub stretch: Option<Stretch>,
    /// Log lines since the last heartbeat.
    pub log: Vec<LogLine>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// A final status.
    pub status: RunStatus,
    /// When.
    pub at: DateTime<Utc>,
    /// The figures, and the log lines since the last heartbeat.
    pub progress: Progress,
    /// Why, unless it succeeded or was empty.
    pub reason: Option<Reason>,
    /// Queue the same slot again, not before this.
    pub retry_at: Option<DateTime<Utc>>,
}

/// How long a lease lasts unless it is extended.
pub const LEASE: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_finds_its_row_across_rows_that_became_no_line() {
        let batch = LineBatch { body: bytes::Bytes::new(), lines: 5, rows: vec![(0, 1), (2, 4), (3, 9)] };
        let rows: Vec<u64> = (0..5).map(|line| batch.row_of(line)).collect();
        assert_eq!(rows, [1, 2, 4, 9, 10]);
    }
}
