//! Reading: SQL databases, their rows, and what follows a cursor.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{DatabaseAccess, Tell};
use crate::{Column, CursorValue, Failure, Fence, HeldBack, Position, Statement, explore::Listed, table::Table};

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
