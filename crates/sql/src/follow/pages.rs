//! [`Follow`] over any engine: pages, one after another, in one session.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use model::{
    Column, CursorValue, Failure, FailureKind,
    edges::{Follow, Page, ReadLimits, Rows, Sight},
};

use super::{Order, Tail, is_exact, refused, words::Words};
use crate::{query::Dialect, rows::bounded};

/// A session with a server (or file) that statements run in.
#[async_trait]
pub(crate) trait Session: Send + 'static {
    /// Says good-bye.
    async fn close(self);

    /// Stops what runs in it on the server, and hangs up.
    async fn abandon(self);
}

/// The session of a followed query, when no page is being read in it. The reader of a page takes it and gives it back before it says that
/// the rows have ended.
#[derive(Debug)]
pub(crate) struct OnHand<S>(Arc<Mutex<Option<S>>>);

impl<S> Clone for OnHand<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> OnHand<S> {
    pub(crate) fn new(session: S) -> Self {
        Self(Arc::new(Mutex::new(Some(session))))
    }

    /// The session, unless a page that was given up has taken it with it.
    pub(crate) fn take(&self) -> Option<S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn give(&self, session: S) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }
}

/// What an engine does with a followed query: two statements, in the session at hand.
#[async_trait]
pub(crate) trait Pages: Send + Sync {
    /// The rows of `SELECT … FROM (query) <tail>`, of the columns that the query itself has.
    async fn rows(&self, tail: Tail, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure>;

    /// How many rows there are.
    async fn count(&self, tail: Tail) -> Result<u64, Failure>;

    /// Closes the session.
    async fn close(&self);
}

/// A followed query.
pub(crate) struct Followed {
    whole: Arc<Whole>,
    sight: Sight,
}

struct Whole {
    pages: Box<dyn Pages>,
    columns: Vec<Column>,
    order: Order,
    dialect: Dialect,
    bound: usize,
}

impl Followed {
    /// `bound` is how many values the query itself binds.
    pub(crate) fn new(
        pages: impl Pages + 'static,
        columns: Vec<Column>,
        order: Order,
        dialect: Dialect,
        bound: usize,
        sight: Sight,
    ) -> Self {
        Self { whole: Arc::new(Whole { pages: Box::new(pages), columns, order, dialect, bound }), sight }
    }
}

impl Whole {
    fn words(&self) -> Words<'_> {
        Words { dialect: self.dialect, columns: &self.columns, bound: self.bound }
    }

    /// The values of a row that the order goes by, each with its column.
    fn place(&self, row: &RecordBatch, without_cursor: bool) -> Result<Vec<(usize, CursorValue)>, Failure> {
        let mut place = Vec::new();
        for at in self.order.all().skip(usize::from(without_cursor)) {
            let value = CursorValue::read(&self.columns[at], row.column(at), 0)?;
            place.push((at, value.ok_or_else(|| no_key(&self.columns[at]))?));
        }
        Ok(place)
    }

    /// Fails when a page that ends between these two rows leaves rows behind that no other page gives.
    async fn told_apart(&self, last: &RecordBatch, next: &RecordBatch, without_cursor: bool) -> Result<(), Failure> {
        let (last, next) = (self.place(last, without_cursor)?, self.place(next, without_cursor)?);
        if last.is_empty() {
            return Err(refused("there are more rows without a cursor value than one page takes, and no key to tell them apart"));
        }
        let may_be_equal = |((at, one), (_, other)): (&(usize, CursorValue), &(usize, CursorValue))| {
            one.text == other.text || !is_exact(&self.columns[*at])
        };
        // Rows without a key come behind all others there, and no place is behind them.
        let one_cursor = without_cursor || may_be_equal((&last[0], &next[0]));
        if self.dialect == Dialect::Postgres && !self.order.key.is_empty() && one_cursor {
            let cursor = (!without_cursor).then(|| &last[0].1);
            if self.pages.count(self.words().without_key(&self.order, cursor)?).await? > 0 {
                return Err(no_key(&self.columns[self.order.key[0]]));
            }
        }
        if !last.iter().zip(&next).all(may_be_equal) {
            return Ok(());
        }
        let exact = last.iter().all(|(at, _)| is_exact(&self.columns[*at]));
        if exact || self.pages.count(self.words().at(&self.order, &last)?).await? > 1 {
            let names: Vec<String> = last.iter().map(|(at, _)| format!("`{}`", self.columns[*at].name)).collect();
            return Err(refused(format!(
                "two rows have the same {}, and a page ends between them: add a column to the key that tells them apart",
                names.join(", ")
            )));
        }
        Ok(())
    }
}

fn no_key(column: &Column) -> Failure {
    refused(format!("key column `{}` is NULL in a row: the key must have a value in every row", column.name))
}

/// The failure of a page that nobody can begin.
pub(crate) fn no_session() -> Failure {
    Failure::new(FailureKind::Internal, "the reader stopped before it had begun")
}

#[async_trait]
impl Follow for Followed {
    fn columns(&self) -> &[Column] {
        &self.whole.columns
    }

    fn sight(&self) -> &Sight {
        &self.sight
    }

    async fn page(&mut self, page: &Page, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let limits = bounded(limits);
        let rows = limits.max_rows.map_or(page.rows, |most| most.min(page.rows));
        let tail = self.whole.words().page(&self.whole.order, page, rows)?;
        let inner = self.whole.pages.rows(tail, ReadLimits { max_rows: None, ..limits }).await?;
        let whole = Arc::clone(&self.whole);
        Ok(Box::new(PageRows { whole, inner: Some(inner), left: rows, last: None, next: None, without_cursor: page.only_without_cursor }))
    }

    async fn without_cursor(&mut self) -> Result<u64, Failure> {
        self.whole.pages.count(self.whole.words().without_cursor(&self.whole.order)).await
    }

    async fn close(self: Box<Self>) {
        self.whole.pages.close().await;
    }
}

/// The rows of a page.
struct PageRows {
    whole: Arc<Whole>,
    /// `None` after a failure.
    inner: Option<Box<dyn Rows>>,
    /// How many rows are still to be given.
    left: u64,
    /// The last row that was given, alone.
    last: Option<RecordBatch>,
    /// The row behind the page, alone.
    next: Option<RecordBatch>,
    without_cursor: bool,
}

impl PageRows {
    async fn advance(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let broken = || Failure::new(FailureKind::Internal, "the reader stopped before the end of the rows");
        loop {
            let inner = self.inner.as_mut().ok_or_else(broken)?;
            let Some(batch) = inner.next().await? else {
                if let (Some(last), Some(next)) = (&self.last, self.next.take()) {
                    self.whole.told_apart(last, &next, self.without_cursor).await?;
                }
                return Ok(None);
            };
            if let Some(at) = self.whole.order.key.iter().find(|at| batch.column(**at).null_count() > 0) {
                return Err(no_key(&self.whole.columns[*at]));
            }
            let rows = usize::try_from(self.left).unwrap_or(usize::MAX).min(batch.num_rows());
            self.left -= rows as u64;
            if rows < batch.num_rows() {
                self.next = Some(batch.slice(rows, 1));
            }
            if rows > 0 {
                self.last = Some(batch.slice(rows - 1, 1));
                return Ok(Some(if rows < batch.num_rows() { batch.slice(0, rows) } else { batch }));
            }
        }
    }
}

#[async_trait]
impl Rows for PageRows {
    fn columns(&self) -> &[Column] {
        &self.whole.columns
    }

    fn schema(&self) -> SchemaRef {
        crate::rows::schema(&self.whole.columns)
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let next = self.advance().await;
        if next.is_err() {
            self.inner = None;
        }
        next
    }
}
