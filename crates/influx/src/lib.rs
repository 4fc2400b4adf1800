//! Rows become line protocol, line protocol reaches InfluxDB.
//!
//! ```text
//!  rows ──line──▶ batches ──writer──▶ http ──▶ InfluxDB 1, 2, 3        (v1, v2, v3: how each answers)
//!                    └─────file─────▶ folder
//! ```
//!
//! [`Drivers`] is all of it behind one contract, [`model::edges::Influx`]. To add a driver, copy `v2`: a `write` that reads the server's
//! answers (`Dialect` in `writer`), a `check` that climbs from the login to the right to write, an arm in `drivers`, and a scripted server
//! in `tests/servers` that the contract suite runs against.
//!
//! `kapacitor` keeps [`model::edges::Kapacitors`] for them: the alert endpoints of Kapacitor servers, their tasks and statistics.

mod answer;
mod check;
mod drivers;
mod explore;
mod file;
pub mod http;
mod kapacitor;
mod known;
pub mod line;
mod points;
mod product;
mod refused;
mod segment;
mod tls;
pub mod v1;
mod v2;
mod v3;
mod writer;

pub use drivers::{Discard, Drivers};
pub use product::{Product, Server, detect};
pub use tls::TlsSettings;
