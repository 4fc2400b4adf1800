//! Kapacitor: who answers, its alert endpoints, its tasks, and how it is.
//!
//! ```text
//!  drivers ─▶ endpoints ─┬─▶ config ─▶ catalogue      (read: what is stored, and the kinds of endpoints that it can be)
//!                        ├─▶ change, testing ─▶ refused   (asked for, and why not)
//!                        └─▶ tasks, statistics
//!                             all of them by client
//! ```

mod catalogue;
mod change;
mod check;
mod client;
mod config;
mod endpoints;
mod refused;
mod statistics;
mod tasks;
mod testing;
mod turns;

pub(crate) use check::check;
pub(crate) use turns::Turns;
