//! The contract of the store, asked of every backend; and what is promised of the data directory alone.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod announcing;
mod audits;
mod backend;
mod backfills;
mod check_outcomes;
mod cursors;
mod data_directory;
mod default_connection;
mod deleting_groups;
mod freezing;
mod history;
mod holding;
mod joining;
mod kapacitors;
mod last_check;
mod lease;
mod many;
mod nouns;
mod numbers;
mod old_stores;
mod power;
mod provisioned;
mod queue;
mod rejects;
mod secrets;
