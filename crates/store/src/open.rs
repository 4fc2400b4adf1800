//! Opening the store: data directory, process lock, SQLite's settings, migrations, key.
//!
//! The only file that knows of SQLite. One transaction writes at a time, and the next waits its turn in memory instead of on SQLite's lock;
//! others read beside it (WAL). Two connections write: one whose commits wait for the disk, and one for what a power failure may take back.

use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::{Clock, Organization};
use sea_orm::{
    ActiveValue::Set,
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, RuntimeErr, SqliteTransactionMode, SqlxSqliteConnector, Statement, TransactionOptions, TransactionTrait,
    sea_query::{Expr, OnConflict},
    sqlx::{
        self,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};
use sea_orm_migration::MigratorTrait;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};

use crate::{
    KeyPlace, StoreError, audit, canary,
    change::Announcer,
    column::now,
    entities::{organization, run, secret},
    migrations::Migrations,
    run::status_is,
    spool,
    vault::{Vault, owner_only},
    writing::Writing,
};

/// What Tributary remembers. Cheap to clone; all clones are one store, and the data directory is free again when the last is dropped
/// or one was [closed](Store::close).
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

struct Inner {
    /// Its commits wait for the disk.
    writer: DatabaseConnection,
    /// Its commits are on the disk no later than the next of the other.
    relaxed: DatabaseConnection,
    /// Held by whoever writes, on either.
    turn: Arc<Mutex<()>>,
    readers: DatabaseConnection,
    clock: Arc<dyn Clock>,
    vault: Vault,
    announcer: Announcer,
    spool_limit: AtomicU64,
    /// Held for the life of the store: another process that tries to lock it is refused.
    _lock: File,
}

/// The database's file in the data directory.
const DATABASE: &str = "tributary.db";
/// The file that is locked; it holds the process id of its owner.
const LOCK: &str = "tributary.lock";
const READERS: u32 = 4;
/// How long SQLite waits for a lock that a program outside (a backup) holds.
const BUSY: Duration = Duration::from_secs(10);
/// How long a caller waits for its turn.
const TURN: Duration = Duration::from_secs(60);

impl Store {
    /// Opens the store in `data_dir`, making what is missing: the directory (mode 0700), the database, the key file.
    ///
    /// # Errors
    /// `Locked` when another process has the directory, `Newer` when a newer Tributary wrote it, `Key` when the key cannot be used,
    /// `File` and `Database` when the directory or the database cannot.
    pub async fn open(data_dir: &Path, key: KeyPlace, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        create_private(data_dir)?;
        let lock = lock(data_dir)?;
        let database = data_dir.join(DATABASE);
        owner_only(OpenOptions::new().write(true).create(true).truncate(false)).open(&database).map_err(|source| StoreError::File {
            doing: "opening",
            path: database.clone(),
            source,
        })?;

        let writer = connect(&database, Access::Write).await?;
        migrate(&writer).await?;
        let relaxed = connect(&database, Access::WriteRelaxed).await?;
        let readers = connect(&database, Access::Read).await?;

        let secrets_exist = secret::Entity::find().filter(Expr::col("sealed").is_not_null()).count(&writer).await? > 0;
        let vault = Vault::load(&key, &*clock, secrets_exist)?;
        canary::check(&writer, &vault, &*clock, secrets_exist).await?;
        create_default_organization(&writer, &*clock).await?;
        orphan_running_runs(&writer).await?;
        audit::end_running(&writer, now(&*clock)).await?;
        spool::sweep(&writer).await?;
        let spool_limit = AtomicU64::new(Self::SPOOL_LIMIT);
        let (turn, announcer) = (Arc::default(), Announcer::default());
        Ok(Self { inner: Arc::new(Inner { writer, relaxed, turn, readers, clock, vault, announcer, spool_limit, _lock: lock }) })
    }

    /// Closes the store for every clone, after what is being written now. Not needed for safety; it leaves one tidy file behind.
    ///
    /// # Errors
    /// When the database fails to close.
    pub async fn close(self) -> Result<(), StoreError> {
        self.inner.readers.close_by_ref().await?;
        self.inner.relaxed.close_by_ref().await?;
        self.inner.writer.close_by_ref().await?;
        Ok(())
    }

    /// A transaction that writes; the only one at this time. Committed, it is on the disk. Dropped without commit it leaves no trace.
    pub(crate) async fn begin(&self) -> Result<Writing, StoreError> {
        self.begin_on(&self.inner.writer).await
    }

    /// The same for what a power failure may take back: its commit does not wait for the disk. The end of the process takes nothing back, and
    /// what [`Store::begin`] commits later is never on the disk without it.
    pub(crate) async fn begin_relaxed(&self) -> Result<Writing, StoreError> {
        self.begin_on(&self.inner.relaxed).await
    }

    /// The rows that one statement returns which is such a transaction by itself. It is committed even if the caller goes away meanwhile, or a row
    /// is not what this build writes.
    pub(crate) async fn write_relaxed<M: FromQueryResult>(&self, statement: Statement) -> Result<Vec<M>, DbErr> {
        let _turn = self.turn().await?;
        M::find_by_statement(statement).all(&self.inner.relaxed).await
    }

    async fn begin_on(&self, connection: &DatabaseConnection) -> Result<Writing, StoreError> {
        let turn = self.turn().await?;
        let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        Ok(Writing::new(connection.begin_with_options(options).await?, turn, self.inner.announcer.clone()))
    }

    async fn turn(&self) -> Result<OwnedMutexGuard<()>, DbErr> {
        let waiting = timeout(TURN, Arc::clone(&self.inner.turn).lock_owned());
        waiting.await.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    }

    /// For a single reading statement.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.inner.readers
    }

    /// For several reading statements that must see one state.
    pub(crate) async fn snapshot(&self) -> Result<DatabaseTransaction, StoreError> {
        Ok(self.inner.readers.begin().await?)
    }

    /// Most bytes that frozen lines of all organizations take from now on, as they are kept (compressed); [`Store::SPOOL_LIMIT`] before.
    pub fn limit_spool(&self, bytes: u64) {
        self.inner.spool_limit.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn spool_limit(&self) -> u64 {
        self.inner.spool_limit.load(Ordering::Relaxed)
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    pub(crate) fn announcer(&self) -> &Announcer {
        &self.inner.announcer
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }
}

fn create_private(dir: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|source| StoreError::File { doing: "creating the data directory", path: dir.to_owned(), source })
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK);
    let locking = |source| StoreError::File { doing: "locking", path: path.clone(), source };
    let mut file = owner_only(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(&path).map_err(locking)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            // Who has it is a help, not a need: a file that cannot be read only makes the message shorter.
            let _ = Read::by_ref(&mut file).take(32).read_to_string(&mut owner);
            return Err(StoreError::Locked { dir: dir.to_owned(), pid: owner.trim().parse().ok() });
        }
        Err(TryLockError::Error(error)) => return Err(locking(error)),
    }
    file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).and_then(|_| writeln!(file, "{}", std::process::id())).map_err(locking)?;
    Ok(file)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    WriteRelaxed,
}

async fn connect(path: &PathBuf, access: Access) -> Result<DatabaseConnection, StoreError> {
    let mut options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(if access == Access::WriteRelaxed { SqliteSynchronous::Normal } else { SqliteSynchronous::Full })
        .foreign_keys(true)
        .busy_timeout(BUSY);
    options = sqlx::ConnectOptions::disable_statement_logging(options);
    if access == Access::Read {
        options = options.pragma("query_only", "ON");
    }
    let pool = SqlitePoolOptions::new()
        .max_connections(if access == Access::Read { READERS } else { 1 })
        .acquire_timeout(TURN)
        // What was put back was tried then, and nothing can close a file behind our back.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        // After a failed COMMIT (a full disk) SQLite has rolled back by itself, and after some failures of a statement; sqlx counts the
        // transaction as open, and what followed on this session would be parts of one that never ends: what it writes is told as kept, seen by
        // nobody, gone with the process; what it reads stays as it was then.
        .after_release(|session, _| {
            Box::pin(async move {
                if sqlx::Connection::is_in_transaction(session) {
                    // Behind a rollback that is still on its way.
                    sqlx::Connection::ping(session).await?;
                }
                Ok(!sqlx::Connection::is_in_transaction(session))
            })
        })
        .connect_with(options)
        .await
        .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

async fn migrate(db: &DatabaseConnection) -> Result<(), StoreError> {
    Migrations::install(db).await?;
    let known = Migrations::get_migration_files();
    let applied = Migrations::get_migration_models(db).await?;
    if let Some(unknown) = applied.into_iter().find(|applied| known.iter().all(|known| known.name() != applied.version)) {
        return Err(StoreError::Newer { migration: unknown.version });
    }
    Migrations::up(db, None).await?;
    Ok(())
}

async fn create_default_organization(db: &impl ConnectionTrait, clock: &dyn Clock) -> Result<(), StoreError> {
    let now = now(clock);
    organization::Entity::insert(organization::ActiveModel {
        id: Set(Organization::DEFAULT.uuid()),
        name: Set("default".to_owned()),
        created_at: Set(now),
        updated_at: Set(now),
        revision: Set(1),
        ..Default::default()
    })
    .on_conflict(OnConflict::column(organization::Column::Id).do_nothing().to_owned())
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// The lock is ours, so nobody runs what is marked as running, not even a node of our own name: takes the holder's name off, by which
/// `reclaim` knows the orphans.
async fn orphan_running_runs(db: &impl ConnectionTrait) -> Result<(), StoreError> {
    run::Entity::update_many().col_expr(run::Column::Node, Expr::val(None::<String>)).filter(status_is("running")).exec(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::{Failure, FailureKind, Group, Name, Schedule};

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn a_full_disk_refuses_the_write_keeps_nothing_of_it_and_is_over_when_there_is_room() {
        let house = testing::house().await;
        let group = Group {
            schedule: Schedule::Cron("0 0 * * *".repeat(20_000)),
            ..serde_json::from_str(r#"{"schedule":{"every_s":60}}"#).unwrap()
        };
        let name = Name::new("large").unwrap();
        let writer = &house.store.inner.writer;
        writer.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
        let refused = house.store.create_group(Organization::DEFAULT, &name, &group, None).await.unwrap_err();
        assert!(matches!(refused, StoreError::Full(_)), "{refused:?}");
        let failure = Failure::from(refused);
        assert_eq!(failure.kind, FailureKind::Store);
        assert!(failure.chain().contains("the disk that holds the store is full"), "{}", failure.chain());
        assert_eq!(house.store.find_group(Organization::DEFAULT, "large").await.unwrap(), None);

        writer.execute_unprepared("PRAGMA max_page_count = 1000000").await.unwrap();
        house.store.create_group(Organization::DEFAULT, &name, &group, None).await.unwrap();
    }

    #[tokio::test]
    async fn a_session_whose_commit_failed_is_not_used_again() {
        let house = testing::house().await;
        let transaction = house.store.begin().await.unwrap();
        organization::Entity::delete_many().exec(&transaction).await.unwrap();
        // As SQLite does by itself when the disk is full.
        transaction.execute_unprepared("ROLLBACK").await.unwrap();
        transaction.commit().await.unwrap_err();
        assert_eq!(house.store.list_organizations().await.unwrap().len(), 1);

        let session = house.store.inner.writer.get_sqlite_connection_pool().acquire().await.unwrap();
        assert!(!sqlx::Connection::is_in_transaction(&*session), "what it writes would be a part of a transaction that never ends");
        drop(session);
        house.store.create_organization(&Name::new("next").unwrap(), None).await.unwrap();
        assert_eq!(house.store.list_organizations().await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_session_whose_transaction_sqlite_ended_shows_no_old_state() {
        let house = testing::house().await;
        for _ in 0..READERS {
            let reading = house.store.snapshot().await.unwrap();
            // As SQLite does by itself when a statement fails badly.
            reading.execute_unprepared("ROLLBACK").await.unwrap();
            drop(reading);
            let reading = house.store.snapshot().await.unwrap();
            organization::Entity::find().all(&reading).await.unwrap();
        }
        house.store.create_organization(&Name::new("next").unwrap(), None).await.unwrap();
        let mut sessions = Vec::new();
        for _ in 0..READERS {
            let session = house.store.snapshot().await.unwrap();
            assert_eq!(organization::Entity::find().count(&session).await.unwrap(), 2);
            sessions.push(session);
        }
    }

    #[tokio::test]
    async fn what_is_given_up_is_over_before_the_next_begins() {
        let house = testing::house().await;
        house.store.inner.relaxed.execute_unprepared("PRAGMA busy_timeout = 0").await.unwrap();
        for _ in 0..100 {
            let transaction = house.store.begin().await.unwrap();
            organization::Entity::delete_many().exec(&transaction).await.unwrap();
            drop(transaction);
            house.store.begin_relaxed().await.expect("SQLite's lock is free");
        }
    }

    #[tokio::test]
    async fn what_is_committed_is_on_the_disk_or_behind_the_next_that_is() {
        let house = testing::house().await;
        let (durable, relaxed) = (&house.store.inner.writer, &house.store.inner.relaxed);
        for (connection, setting, expected) in
            [(durable, "synchronous", 2_i64), (relaxed, "synchronous", 1), (durable, "foreign_keys", 1), (relaxed, "foreign_keys", 1)]
        {
            let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, format!("PRAGMA {setting}"));
            let row = connection.query_one_raw(statement).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), expected, "{setting}");
        }
    }

    #[tokio::test]
    async fn a_transaction_that_is_dropped_leaves_no_trace_and_nobody_waiting() {
        let house = testing::house().await;
        let transaction = house.store.begin().await.unwrap();
        organization::Entity::delete_many().exec(&transaction).await.unwrap();
        drop(transaction);
        assert_eq!(house.store.list_organizations().await.unwrap().len(), 1);
        house.store.create_organization(&Name::new("next").unwrap(), None).await.unwrap();
    }
}
