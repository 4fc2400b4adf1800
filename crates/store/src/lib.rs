//! What Tributary remembers: the nouns people edit, their sealed secrets, the queue of runs and its history.
//!
//! [`Store`] is the one seam. Every method is a whole transaction, takes the organization first and gives plain `model` types; no
//! pool, transaction or row leaves the crate. It implements [`model::edges::Store`], the contract that `flow` codes against.
//!
//! Backend: SQLite in a data directory that one process owns ([`Store::open`]). Queries go through SeaORM or through SQL that
//! PostgreSQL understands too; what is bound to SQLite is in `open` alone (files, lock, settings), and the rule in
//! [`model::edges::Store::reclaim`] that every other node is gone because the directory's lock is ours.
//!
//! What was committed is told in this process ([`Store::announcements`]): every write goes through `writing`.
//!
//! What files and the environment define is in the same tables, with its origin: one list reads all, series can name it, and only
//! `provisioned` changes it.
//!
//! What a run reads or writes over several executions is one: `carried` adds them up. `cursor` moves with what was acknowledged, `spool` keeps
//! the lines of snapshots before they are sent, `hold` says which connections take nothing, and `claim` finds the next run beside them.
//! `backfill` puts the chunks of a backfill in line, each when one before it has ended; `audit` keeps what comparisons found.
//! Rejects stay until they are written or discarded, or their series is deleted: whoever prunes the history one day leaves runs that have
//! some.
//!
//! Known weaknesses: where a hold ends, the slots of all runs that waited for it are marked in one transaction (about 3 µs each). A ledger
//! costs a move of the cursor some 5 µs per row that was delivered; without an overlap there is none. The number of a deleted connection that had the highest one is given again. The history of runs is never pruned (about 0.8 KB a run, without log and rejects; pages stay fast, see the indexes of
//! `m0002_runs` and `m0005_runs_of_a_slot`). Deleting a series deletes its runs in the same transaction, about 0.1 ms each, and other writers wait so long. When the
//! clock is set back over slots that are recorded already, a stretch of slots that overlaps a record is not recorded a second time,
//! its slots outside of that record included. A clock that ran ahead leaves the next slots of its groups ahead too: they wait until then,
//! unless the schedule is changed.

mod audit;
mod backfill;
mod canary;
mod carried;
mod change;
mod check_outcome;
mod claim;
mod column;
mod connection;
mod cursor;
mod database;
mod edges;
mod entities;
mod error;
mod group;
mod hold;
mod joining;
mod kapacitor;
mod lease;
mod migrations;
mod open;
mod organization;
mod plan;
mod provisioned;
mod query;
mod reject;
mod run;
mod run_count;
mod secret;
mod series;
mod slot;
mod spool;
mod standing;
mod stored;
#[cfg(test)]
mod testing;
mod vault;
mod writing;

pub use audit::AuditFilter;
pub use backfill::{BackfillChange, BackfillFilter};
pub use change::{Announcement, Announcements, ChangedNoun, Heard};
pub use connection::{Change, Deleted, New};
pub use cursor::CursorChange;
pub use error::{InUseBy, StoreError};
pub use group::Members;
pub use kapacitor::{KapacitorChange, NewKapacitor};
pub use open::Store;
pub use provisioned::{Defined, Definition, Provisioned, Removed};
pub use reject::{KeptReject, RejectFilter, RejectRows, RunRejects, SeriesRejects};
pub use run::RunFilter;
pub use run_count::RunCount;
pub use spool::SpoolSize;
pub use standing::Standing;
pub use vault::KeyPlace;
