//! Auditing: the store of audits, for the room that counts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{Audit, AuditProgress, AuditState, Failure, Id, Reject, Run, audit::Found, run::Reason};

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
