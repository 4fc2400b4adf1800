//! InfluxDB 3: the check and the writer.
//!
//! The server creates a database that does not exist when it is written to, even by a write without lines. So both look whether it exists
//! before anything is sent to it.

mod check;
mod databases;
mod write;

pub(crate) use check::check;
pub(crate) use write::{Lines, write_url};
