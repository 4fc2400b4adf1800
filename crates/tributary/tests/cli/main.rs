//! The command line against a real server: the built binary serves, the built binary asks.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without, it unwraps")]

mod answers;
mod faces;
mod following;
mod help;
mod importing;
mod secrets;
mod server;
mod stopping;
mod way;
