//! An audit: what a series' rows would be as points now, and what is in InfluxDB, counted hour by hour or day by day.
//!
//! `plan` says how far an audit may go and what is read again when it differs; `time` what a cursor says of the time of its row's point.

mod plan;
mod time;

pub use plan::{again, delivered_until};
