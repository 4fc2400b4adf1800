//! The contract of [`model::edges::Databases`], which every engine keeps on a real server of its kind.
//!
//! Every test runs for every engine of [`sql::engines()`]; [`ground`] is what a test stands on, one per engine. A new engine needs a ground
//! and a table in [`types`]; nothing else here names engines, except where only some of them can do what is tried.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says so")]

mod batches;
mod breaking;
mod checking;
mod columns;
#[cfg(any(feature = "adbc", feature = "odbc"))]
mod driven;
mod falling;
mod following;
mod granting;
mod ground;
mod guarding;
mod listing;
mod locking;
#[cfg(feature = "odbc")]
mod odbc;
mod refusing;
mod stopping;
mod trusting;
mod types;
mod values;
