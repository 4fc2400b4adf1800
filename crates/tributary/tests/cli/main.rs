//! The command line against a real server: the built binary serves, the built binary asks.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without, it unwraps")]

mod alerting;
mod answers;
mod faces;
mod following;
mod help;
mod importing;
mod secrets;
mod server;
#[path = "../../../influx/tests/servers/mod.rs"]
mod servers;
mod stopping;
mod way;
