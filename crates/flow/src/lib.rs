//! When and how rows move.
//!
//! The modules in the order of a run: [`due`] settles the slots that have come, `claim` takes a run and starts it, `run` keeps its lease
//! alive while [`transfer`] moves the rows (`read` → `shape` → `write`), `commit` says how it ended. Beside them [`schedule`] knows when
//! slots are, [`statement`] what a run binds, `policy` what follows a failure, `limits` how much happens at once.
//!
//! Known weaknesses: a run that waits for its database, or for an InfluxDB that is away, holds one of the node's places as long as its
//! patience lasts, so enough groups that write to a server which is away delay the others (see [`Settings::max_runs`]); a request to wait
//! (`Retry-After`) is kept by all writes of one run, not by other runs to the same connection.

mod claim;
mod commit;
mod delivery;
pub mod due;
pub mod fence;
mod freezing;
mod incremental;
mod ledger;
mod limits;
mod lines;
mod page;
mod policy;
mod read;
mod record;
mod run;
pub mod schedule;
mod shape;
mod stage;
pub mod statement;
pub mod transfer;
mod window;
mod write;

pub use claim::{Flow, Settings};
pub use policy::Patience;
