//! The API through its router, with a real store, real SQLite databases and real folders. Answers are snapshots.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod actor;
mod audits;
mod backfills;
mod bodies;
mod cursors;
mod defaults;
mod description;
mod endpoints;
mod events;
mod every_endpoint;
mod exploring;
mod groups;
mod health;
mod holds;
mod house;
mod kapacitors;
mod limits;
mod nouns;
mod organizations;
mod previewing;
mod read_only;
mod real;
mod refusals;
mod rejects;
mod runs;
mod saving;
mod secrets;
#[path = "../../../influx/tests/servers/mod.rs"]
mod servers;
mod trying;
