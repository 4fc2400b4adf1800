//! What people ask of a database, no more at once than it takes: a console that many look at leaves the runs their connections.

use std::{sync::Arc, time::Duration};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use flow::Limits;
use model::{
    Column, Failure, FailureKind, Finding, Statement,
    edges::{DatabaseAccess, Databases, Follow, Following, Page, ReadLimits, Rows, Sight, Tell},
    explore::Listed,
    table::Table,
};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout},
};

/// How long a person waits for others.
const PATIENCE: Duration = Duration::from_secs(30);

/// Databases for people: of each, as many sessions at once as its `max_reads` allows the runs, and beside theirs.
pub struct AtOnce {
    databases: Arc<dyn Databases>,
    places: Limits<String>,
}

impl AtOnce {
    /// For these databases.
    pub fn new(databases: Arc<dyn Databases>) -> Self {
        Self { databases, places: Limits::new() }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// `SqlTimeout`.
    async fn place(&self, access: &DatabaseAccess) -> Result<OwnedSemaphorePermit, Failure> {
        let most = access.database.max_reads;
        let places = self.places.of(access.database.destination(), most);
        let place = timeout(PATIENCE, places.acquire_owned()).await.map_err(|_| {
            let words = format!("no place in {} s: {most} others ask this database already, which is its `max_reads`", PATIENCE.as_secs());
            Failure::new(FailureKind::SqlTimeout, words)
        })?;
        Ok(place.expect("the semaphore is never closed"))
    }
}

#[async_trait]
impl Databases for AtOnce {
    async fn check(&self, access: &DatabaseAccess, tell: Tell<'_>) {
        let since = Instant::now();
        match self.place(access).await {
            Ok(_place) => self.databases.check(access, tell).await,
            Err(failure) => {
                let took_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
                tell(Finding::failed("session", &failure, took_ms, Some("max_reads")));
            }
        }
    }

    async fn describe(&self, access: &DatabaseAccess, statement: &Statement) -> Result<Vec<Column>, Failure> {
        let _place = self.place(access).await?;
        self.databases.describe(access, statement).await
    }

    async fn tables(&self, access: &DatabaseAccess, search: Option<&str>) -> Result<Listed<Table>, Failure> {
        let _place = self.place(access).await?;
        self.databases.tables(access, search).await
    }

    async fn read(&self, access: &DatabaseAccess, statement: &Statement, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        let place = self.place(access).await?;
        let rows = self.databases.read(access, statement, limits).await?;
        Ok(Box::new(Placed { inner: rows, _place: place }))
    }

    async fn follow(&self, access: &DatabaseAccess, statement: &Statement, asked: &Following) -> Result<Box<dyn Follow>, Failure> {
        let place = self.place(access).await?;
        let followed = self.databases.follow(access, statement, asked).await?;
        Ok(Box::new(Placed { inner: followed, _place: place }))
    }
}

/// What is read, and the place that it takes until it is dropped.
struct Placed<T> {
    inner: T,
    _place: OwnedSemaphorePermit,
}

#[async_trait]
impl Rows for Placed<Box<dyn Rows>> {
    fn columns(&self) -> &[Column] {
        self.inner.columns()
    }

    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        self.inner.next().await
    }
}

#[async_trait]
impl Follow for Placed<Box<dyn Follow>> {
    fn columns(&self) -> &[Column] {
        self.inner.columns()
    }

    fn sight(&self) -> &Sight {
        self.inner.sight()
    }

    async fn page(&mut self, page: &Page, limits: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
        self.inner.page(page, limits).await
    }

    async fn without_cursor(&mut self) -> Result<u64, Failure> {
        self.inner.without_cursor().await
    }

    async fn close(self: Box<Self>) {
        self.inner.close().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use model::{Database, Engine};
    use tokio::sync::Notify;

    use super::*;

    /// Counts who asks for tables, and answers nobody until it is told to.
    #[derive(Default)]
    struct Slow {
        asking: AtomicUsize,
        answers: Notify,
    }

    #[async_trait]
    impl Databases for Slow {
        async fn check(&self, _: &DatabaseAccess, _: Tell<'_>) {}

        async fn describe(&self, _: &DatabaseAccess, _: &Statement) -> Result<Vec<Column>, Failure> {
            Ok(Vec::new())
        }

        async fn tables(&self, _: &DatabaseAccess, _: Option<&str>) -> Result<Listed<Table>, Failure> {
            self.asking.fetch_add(1, Ordering::SeqCst);
            self.answers.notified().await;
            self.asking.fetch_sub(1, Ordering::SeqCst);
            Ok(Listed::default())
        }

        async fn read(&self, _: &DatabaseAccess, _: &Statement, _: ReadLimits) -> Result<Box<dyn Rows>, Failure> {
            Err(Failure::new(FailureKind::Internal, "not asked"))
        }

        async fn follow(&self, _: &DatabaseAccess, _: &Statement, _: &Following) -> Result<Box<dyn Follow>, Failure> {
            Err(Failure::new(FailureKind::Internal, "not asked"))
        }
    }

    fn access(path: &str, max_reads: u32) -> DatabaseAccess {
        let database = Database { max_reads, ..Database::new(Engine::Sqlite { path: path.to_owned() }) };
        DatabaseAccess::new(database, None)
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_people_ask_a_database_at_once_than_it_takes_and_others_are_asked_meanwhile() {
        let slow = Arc::new(Slow::default());
        let shared = Arc::new(AtOnce::new(slow.clone()));
        let ask = |path: &'static str| {
            let shared = shared.clone();
            tokio::spawn(async move { shared.tables(&access(path, 2), None).await })
        };
        let asked: Vec<_> = (0..5).map(|_| ask("/a.db")).collect();
        let other = ask("/b.db");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(slow.asking.load(Ordering::SeqCst), 3, "two of one and one of the other");
        // Two of the five get their answer at last; who waits longer than a person does is told so.
        tokio::time::sleep(PATIENCE).await;
        slow.answers.notify_waiters();
        let mut late = 0;
        for ended in asked {
            late += usize::from(ended.await.unwrap().is_err_and(|failure| failure.kind == FailureKind::SqlTimeout));
        }
        assert_eq!(late, 3);
        assert!(other.await.unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_goes_away_gives_the_place_back() {
        let slow = Arc::new(Slow::default());
        let shared = AtOnce::new(slow.clone());
        let access = access("/a.db", 1);
        assert!(timeout(Duration::from_secs(1), shared.tables(&access, None)).await.is_err());
        let statement = Statement { sql: "SELECT 1".to_owned(), values: std::collections::BTreeMap::new() };
        let next = timeout(Duration::from_secs(1), shared.describe(&access, &statement)).await;
        assert!(next.is_ok_and(|columns| columns.is_ok()));
    }
}
