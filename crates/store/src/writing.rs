//! A transaction that writes, and tells what it changed once that is committed.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use model::{Id, Organization};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::{runtime::Handle, sync::OwnedMutexGuard};
use uuid::Uuid;

use crate::{
    StoreError,
    change::{Announcement, Announcer, ChangedNoun},
    stored::Table,
};

/// The only transaction that writes at this time. Dropped without commit it leaves no trace and tells nothing.
pub(crate) struct Writing {
    /// Until it is committed.
    open: Option<Open>,
    changed: Mutex<BTreeSet<Announcement>>,
    announcer: Announcer,
}

/// A transaction, and the turn to write that is passed on when it is over.
struct Open {
    transaction: DatabaseTransaction,
    turn: OwnedMutexGuard<()>,
}

impl Open {
    async fn commit(self) -> Result<(), DbErr> {
        let Self { transaction, turn } = self;
        let committed = transaction.commit().await;
        drop(turn);
        committed
    }

    async fn roll_back(self) {
        let Self { transaction, turn } = self;
        if let Err(error) = transaction.rollback().await {
            tracing::debug!(%error, "SQLite had rolled back by itself; the session is closed");
        }
        drop(turn);
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // The next would find SQLite's lock taken while this is on its way. Without a runtime there is no next.
        if let (Some(open), Ok(runtime)) = (self.open.take(), Handle::try_current()) {
            runtime.spawn(open.roll_back());
        }
    }
}

impl Writing {
    pub(crate) fn new(transaction: DatabaseTransaction, turn: OwnedMutexGuard<()>, announcer: Announcer) -> Self {
        Self { open: Some(Open { transaction, turn }), changed: Mutex::default(), announcer }
    }

    fn transaction(&self) -> &DatabaseTransaction {
        &self.open.as_ref().expect("it is open until commit takes all of it").transaction
    }

    /// One of a table is different, new or gone.
    pub(crate) fn changed<T: Table>(&self, organization: Id<Organization>, id: Id<T::Spec>) {
        self.note(Announcement { noun: T::CHANGED, id: Some(id.uuid()), organization: Some(organization) });
    }

    /// Any of a table may be.
    pub(crate) fn changed_any<T: Table>(&self, organization: Id<Organization>) {
        self.note(Announcement { noun: T::CHANGED, id: None, organization: Some(organization) });
    }

    /// A run is.
    pub(crate) fn changed_run(&self, organization: Uuid, run: Uuid) {
        self.note(Announcement::of_run(organization, run));
    }

    /// A backfill is.
    pub(crate) fn changed_backfill(&self, organization: Uuid, backfill: Uuid) {
        self.note(Announcement { noun: ChangedNoun::Backfill, id: Some(backfill), organization: Some(Id::from_uuid(organization)) });
    }

    /// An audit is.
    pub(crate) fn changed_audit(&self, organization: Uuid, audit: Uuid) {
        self.note(Announcement { noun: ChangedNoun::Audit, id: Some(audit), organization: Some(Id::from_uuid(organization)) });
    }

    /// Any run may be.
    pub(crate) fn changed_runs(&self, organization: Id<Organization>) {
        self.note(Announcement { noun: ChangedNoun::Run, id: None, organization: Some(organization) });
    }

    /// An organization is.
    pub(crate) fn changed_organization(&self, id: Id<Organization>) {
        self.note(Announcement { noun: ChangedNoun::Organization, id: Some(id.uuid()), organization: None });
    }

    fn note(&self, changed: Announcement) {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(changed);
    }

    /// Commits, then tells. Both are done to the end even if the caller goes away meanwhile: what is on the disk is told.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let changed = std::mem::take(self.changed.get_mut().unwrap_or_else(PoisonError::into_inner));
        if changed.is_empty() {
            return Ok(open.commit().await?);
        }
        let announcer = self.announcer.clone();
        let committing = tokio::spawn(async move {
            open.commit().await?;
            announcer.tell(changed);
            Ok(())
        });
        match committing.await {
            Ok(committed) => committed,
            Err(broken) => Err(DbErr::Custom(format!("the commit was broken off: {broken}")).into()),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Writing {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction().execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction().execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction().query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction().query_all_raw(statement).await
    }
}
