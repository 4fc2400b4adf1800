//! InfluxDB 2.x and InfluxDB Cloud: the check and the writer.

mod check;
mod write;

pub(crate) use check::check;
pub(crate) use write::{Lines, write_url};
