//! The API through its router, with a real store, real SQLite databases and real folders. Answers are snapshots.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod bodies;
mod description;
mod house;
mod nouns;
mod refusals;
mod runs;
mod secrets;
mod trying;
