//! Chronograf's API through the router of both faces, with a real store, a real InfluxDB 1.6.7 with and without logins, and scripted others:
//! the calls that scripts make, and the answers that they wait for.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "../../../influx/tests/servers/mod.rs"]
mod servers;

mod contact;
mod dry_run;
mod files;
mod guard;
mod house;
mod kapacitors;
mod kinds;
mod messages;
mod organizations;
mod secrets;
mod sources;
