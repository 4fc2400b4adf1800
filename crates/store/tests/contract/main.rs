//! The contract of the store, asked of every backend; and what is promised of the data directory alone.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod backend;
mod data_directory;
mod history;
mod lease;
mod nouns;
mod queue;
mod secrets;
