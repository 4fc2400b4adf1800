//! The contract with `flow`: [`model::edges::Store`], each method in the file of its noun.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Failure, Figures, Id, LedgerEntry, Reject, Run,
    edges::{self, Advance, DueGroup, Freeze, Holding, Lease, LeaseState, LineBatch, Progress, RunEnd, RunPlan, Settlement},
};

use crate::Store;

#[async_trait]
impl edges::Store for Store {
    async fn due_groups(&self, now: DateTime<Utc>) -> Result<Vec<DueGroup>, Failure> {
        Ok(self.read_due_groups(now).await?)
    }

    async fn settle_slots(&self, settlement: &Settlement) -> Result<bool, Failure> {
        Ok(self.settle(settlement).await?)
    }

    async fn next_wake(&self) -> Result<Option<DateTime<Utc>>, Failure> {
        Ok(self.read_next_wake().await?)
    }

    async fn claim_run(&self, node: &str, now: DateTime<Utc>, lease_until: DateTime<Utc>) -> Result<Option<(Lease, Run)>, Failure> {
        Ok(self.claim(node, now, lease_until).await?)
    }

    async fn load_plan(&self, lease: &Lease) -> Result<Option<RunPlan>, Failure> {
        Ok(self.gather_plan(lease).await?)
    }

    async fn heartbeat(&self, lease: &Lease, lease_until: DateTime<Utc>, progress: &Progress) -> Result<LeaseState, Failure> {
        Ok(self.extend(lease, lease_until, progress).await?)
    }

    async fn keep_rejects(&self, lease: &Lease, rejects: &[Reject], limit: u32) -> Result<u64, Failure> {
        Ok(self.add_rejects(lease, rejects, limit).await?)
    }

    async fn ledger(&self, lease: &Lease) -> Result<Vec<LedgerEntry>, Failure> {
        Ok(self.read_ledger(lease).await?)
    }

    async fn advance(&self, lease: &Lease, advance: &Advance) -> Result<bool, Failure> {
        Ok(self.move_cursor(lease, advance).await?)
    }

    async fn freeze(&self, lease: &Lease, lines: &[LineBatch], complete: Option<&Figures>) -> Result<Freeze, Failure> {
        Ok(self.keep_frozen(lease, lines, complete).await?)
    }

    async fn frozen(&self, lease: &Lease, from: u64) -> Result<Vec<LineBatch>, Failure> {
        Ok(self.read_frozen(lease, from).await?)
    }

    async fn hold_run(&self, lease: &Lease, holding: &Holding) -> Result<bool, Failure> {
        Ok(self.put_back(lease, holding).await?)
    }

    async fn finish_run(&self, lease: &Lease, end: &RunEnd) -> Result<bool, Failure> {
        Ok(self.finish(lease, end).await?)
    }

    async fn reclaim(&self, node: &str, now: DateTime<Utc>, max_attempts: u32) -> Result<Vec<Id<Run>>, Failure> {
        Ok(self.take_back(node, now, max_attempts).await?)
    }
}
