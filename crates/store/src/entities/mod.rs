//! The tables, one file per noun. Instants are whole microseconds since 1970-01-01T00:00:00Z, see [`crate::column`].
#![allow(unreachable_pub, reason = "the derive macros need public types; the module itself is private")]

pub mod audit;
pub mod backfill;
pub mod canary;
pub mod check_outcome;
pub mod connection;
pub mod cursor;
pub mod database;
pub mod frozen;
pub mod group;
pub mod hold;
pub mod kapacitor;
pub mod ledger;
pub mod organization;
pub mod query;
pub mod reject;
pub mod run;
pub mod run_log;
pub mod secret;
pub mod series;
pub mod slot;
pub mod spool;
