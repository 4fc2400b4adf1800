//! [`Follow`] over any engine: pages, one after another, in one session.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{Array, RecordBatch};
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

    /// None yet: the first page opens it.
    pub(crate) fn none() -> Self {
        Self(Arc::default())
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

    /// Fails when rows stand at the place that a page begins behind and would be passed over though nothing says that they were read: it is
    /// told apart from others by its text, and not all that the database takes as equal is written in the same way. (A collation may not
    /// care for case, a decimal not for zeros at its end.) Rows without a key are behind no place where NULL comes last.
    async fn begins_behind(&self, page: &Page) -> Result<(), Failure> {
        let Some(after) = &page.after else { return Ok(()) };
        let cursor = (!page.only_without_cursor).then_some(&after.cursor);
        if matches!(self.dialect, Dialect::Postgres | Dialect::Standard)
            && !self.order.key.is_empty()
            && self.pages.count(self.words().without_key(&self.order, cursor)?).await? > 0
        {
            return Err(no_key(&self.columns[self.order.key[0]]));
        }
        let key = self.order.key.iter().copied().zip(after.key.iter().cloned());
        let place: Vec<(usize, CursorValue)> = cursor.map(|value| (self.order.cursor, value.clone())).into_iter().chain(key).collect();
        if place.iter().all(|(at, _)| is_exact(&self.columns[*at])) {
            return Ok(());
        }
        let mut rows = self.pages.rows(self.words().at(&self.order, &place, MOST_AT_A_PLACE)?, ReadLimits::default()).await?;
        while let Some(batch) = rows.next().await? {
            for row in 0..batch.num_rows() {
                for (at, value) in &place {
                    let found = CursorValue::read(&self.columns[*at], batch.column(*at), row)?;
                    if found.is_none_or(|found| found.text != value.text) {
                        return Err(refused(format!(
                            "column `{}` holds values that are written in different ways and equal to the database: take another key",
                            self.columns[*at].name
                        )));
                    }
                }
            }
        }
        Ok(())
    }
}

/// How many rows are looked at that stand at the place which a page begins behind.
const MOST_AT_A_PLACE: u64 = 10_000;

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
        self.whole.begins_behind(page).await?;
        let rows = limits.max_rows.map_or(page.rows, |most| most.min(page.rows));
        let tail = self.whole.words().page(&self.whole.order, page, rows)?;
        let inner = self.whole.pages.rows(tail, ReadLimits { max_rows: None, ..limits }).await?;
        let whole = Arc::clone(&self.whole);
        Ok(Box::new(PageRows { whole, inner: Some(inner) }))
    }

    async fn without_cursor(&mut self) -> Result<u64, Failure> {
        self.whole.pages.count(self.whole.words().without_cursor(&self.whole.order)).await
    }

    async fn close(self: Box<Self>) {
        self.whole.pages.close().await;
    }
}

/// The rows of a page: every one of them has a key.
struct PageRows {
    whole: Arc<Whole>,
    /// `None` after a failure.
    inner: Option<Box<dyn Rows>>,
}

impl PageRows {
    async fn advance(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let broken = || Failure::new(FailureKind::Internal, "the reader stopped before the end of the rows");
        let Some(batch) = self.inner.as_mut().ok_or_else(broken)?.next().await? else { return Ok(None) };
        match self.whole.order.key.iter().find(|at| batch.column(**at).null_count() > 0) {
            Some(at) => Err(no_key(&self.whole.columns[*at])),
            None => Ok(Some(batch)),
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
