//! InfluxDB 1.x: the check, the writer, and the little management that a demo and the tests need.

mod check;
mod manage;
mod write;

pub(crate) use check::{Given, Wanted, check};
pub use manage::{create_database, query};
pub(crate) use write::{Lines, policy, write_url};
