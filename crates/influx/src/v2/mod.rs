//! InfluxDB 2.x and InfluxDB Cloud: the check and the writer. The clouds and clusters of InfluxDB 3 take their lines in the same way.

mod check;
mod write;

pub(crate) use check::{Place, check};
pub(crate) use write::{Lines, cloud_write_url, write_url};
