//! The main job on real servers: rows of real databases arrive in a real InfluxDB 1.6.7, in scripted v2 and v3 servers and in files; and
//! what is wrong is told and harms nothing else.

// A test that cannot set up its world fails, and says where.
#![allow(clippy::unwrap_used)]

mod arriving;
mod auditing;
mod backfilling;
mod house;
mod refusing;
#[path = "../../../influx/tests/servers/mod.rs"]
mod servers;
mod stopping;
mod surviving;
