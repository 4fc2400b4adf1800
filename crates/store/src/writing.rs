//! A transaction that writes, and tells what it changed once that is committed.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use model::{Id, Organization};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use crate::{
    StoreError,
    change::{Announcement, Announcer, ChangedNoun},
    stored::Table,
};

/// The only transaction that writes at this time. Dropped without commit it leaves no trace and tells nothing.
pub(crate) struct Writing {
    transaction: DatabaseTransaction,
    changed: Mutex<BTreeSet<Announcement>>,
    announcer: Announcer,
    /// The next begins when this is dropped, which is after the transaction.
    turn: OwnedMutexGuard<()>,
}

impl Writing {
    pub(crate) fn new(transaction: DatabaseTransaction, turn: OwnedMutexGuard<()>, announcer: Announcer) -> Self {
        Self { transaction, changed: Mutex::default(), announcer, turn }
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
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let changed = self.changed.into_inner().unwrap_or_else(PoisonError::into_inner);
        if changed.is_empty() {
            return Ok(self.transaction.commit().await?);
        }
        let (transaction, announcer, turn) = (self.transaction, self.announcer, self.turn);
        let committing = tokio::spawn(async move {
            transaction.commit().await?;
            drop(turn);
            announcer.tell(changed);
            Ok(())
        });
        match committing.await {
            Ok(committed) => committed,
            Err(broken) => Err(DbErr::Custom(format!("the commit was broken off: {broken}")).into()),
        }
    }

    /// Leaves no trace, as dropping it does, and is over when this returns: the next need not wait for SQLite's lock.
    pub(crate) async fn give_up(self) -> Result<(), StoreError> {
        Ok(self.transaction.rollback().await?)
    }
}

#[async_trait]
impl ConnectionTrait for Writing {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}
