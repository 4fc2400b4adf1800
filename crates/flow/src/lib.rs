//! When and how rows move.
//!
//! The modules in the order of a run: [`due`] settles the slots that have come, `claim` takes a run and starts it, `run` keeps its lease
//! alive while its mode is at work, and `commit` says how it ended. The modes:
//!
//! - `window`: [`transfer`] reads and writes side by side.
//! - `freezing` (snapshots): everything is read, shaped and frozen in the store, then written from there.
//! - `incremental`: the [`fence`] is decided, then page by page is read, shaped, written, and the cursor moves. `page` tells where a page
//!   ends, `ledger` which rows of an overlap have not changed.
//! - [`backfill`]: a chunk of a series' past is such a page by page run that leaves the cursor alone, or the window of a past slot. `pens` keeps
//!   what it read from being written over newer rows.
//!
//! All of them go through the same pipeline: `read` → `shape` (both in `lines`) → `write` (in `delivery`). Beside them [`schedule`] knows when
//! slots are, [`statement`] what a run binds, `policy` what follows a failure, `limits` how much happens at once; `stage` is what a mode
//! works with, `record` what is known of the run meanwhile. [`audit`] runs beside all of them: it reads by the same
//! pages, windows and shapers, and writes nothing.
//!
//! With the feature `failpoints` a test can stop or end the process at named places, in the order of a run: `follow.before_fence`,
//! `follow.after_fence`, `page.middle`, `write.before_send`, `write.after_send`, `page.before_advance`, `page.after_advance`,
//! `marks.before_advance` (the fence's marks are kept, no row was there), `freeze.after`, `run.before_finish`. Without it they are not
//! there.
//!
//! Known weaknesses: a run that waits for its database holds one of the node's places, so enough groups whose database is slow delay the
//! others (see [`Settings::max_runs`]); a request to wait (`Retry-After`) is kept by all writes of one run, and by other runs to the same
//! connection only once it is on hold.

pub mod audit;
pub mod backfill;
mod claim;
mod commit;
mod delivery;
pub mod due;
pub mod fence;
mod freezing;
mod incremental;
mod ledger;
mod left_out;
mod limits;
mod lines;
mod page;
mod pens;
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
pub use limits::Limits;
pub use policy::Patience;
