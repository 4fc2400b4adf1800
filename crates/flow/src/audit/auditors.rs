//! The audits that run in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::{Audit, AuditProgress, Failure, FailureKind, Id, edges::Audits};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Job, end, work};
use crate::run::Runner;

/// Begins audits, and stops them.
#[derive(Debug, Default)]
pub(crate) struct Auditors {
    tasks: TaskTracker,
    running: Arc<Mutex<HashMap<Id<Audit>, CancellationToken>>>,
}

impl Auditors {
    pub(crate) fn begin(&self, audit: Id<Audit>, runner: Arc<Runner>, job: Job, keeper: Arc<dyn Audits>) {
        let (stop, running) = (CancellationToken::new(), self.running.clone());
        lock(&running).insert(audit, stop.clone());
        self.tasks.spawn(async move {
            let working = tokio::spawn({
                let (runner, keeper) = (runner.clone(), keeper.clone());
                async move { work(audit, &runner, &job, &*keeper, &stop).await }
            });
            // A fault of ours must not leave an audit that runs for ever and keeps others from beginning.
            if let Err(error) = working.await {
                tracing::error!(%audit, %error, "an audit ended by a fault");
                let failure = Failure::new(FailureKind::Internal, "the audit ended by a fault");
                end(audit, &runner, &*keeper, AuditProgress::default(), Err(failure)).await;
            }
            lock(&running).remove(&audit);
        });
    }

    pub(crate) fn cancel(&self, audit: Id<Audit>) {
        if let Some(stop) = lock(&self.running).get(&audit) {
            stop.cancel();
        }
    }

    /// Stops all of them, and returns when they have stopped.
    pub(crate) async fn stop(&self) {
        lock(&self.running).values().for_each(CancellationToken::cancel);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn lock(running: &Mutex<HashMap<Id<Audit>, CancellationToken>>) -> MutexGuard<'_, HashMap<Id<Audit>, CancellationToken>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
