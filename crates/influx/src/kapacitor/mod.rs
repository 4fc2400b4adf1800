//! Kapacitor: who answers, its alert endpoints, its tasks, and how it is.
//!
//! ```text
//!  drivers ─▶ endpoints ─┬─▶ config ─▶ catalogue             what is stored, and which kinds of endpoints it can be
//!                        ├─▶ change ─▶ section ─▶ refused    what is asked for, and why not; turns: one after another
//!                        ├─▶ testing
//!                        └─▶ tasks, statistics
//!  all of them ask by client
//! ```

mod catalogue;
mod change;
mod check;
mod client;
mod config;
mod endpoints;
mod refused;
mod section;
mod statistics;
mod tasks;
mod testing;
mod turns;

pub(crate) use check::check;
pub(crate) use turns::Turns;
