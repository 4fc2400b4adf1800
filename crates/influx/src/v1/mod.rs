//! InfluxDB 1.x: the check, the writer, and the little management that a demo and the tests need.

mod check;
mod manage;
mod write;

pub(crate) use check::check;
pub use manage::{create_database, query};
pub(crate) use write::{Lines, write_url};
