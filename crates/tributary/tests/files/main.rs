//! Files that define objects, on a real store and a real folder: what is loaded, what is refused and why, and what happens while they change.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without, it unwraps")]

#[allow(dead_code, reason = "the tests of the command line use all of it")]
#[path = "../cli/server.rs"]
mod server;

mod broken;
mod house;
mod living;
mod loading;
mod process;
mod resolving;
