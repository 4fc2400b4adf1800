//! The fault harness: a real `tributary` binary between a real database and a real InfluxDB 1, with something that goes wrong.
//!
//! ```text
//!  writers ──▶ table ◀── cable ◀── tributary ──▶ toll ──▶ InfluxDB
//!                │        (TCP)    (killed)     (HTTP)        │
//!                └──────────────── judge ◀────────────────────┘
//! ```
//!
//! Writers commit uniquely numbered rows, late and out of order. What the table holds at the end is the truth; the judge compares it with
//! every point, by number. The harness knows nothing of the house but its command line, its API and the names of its fault points.

mod cable;
mod chance;
mod clock;
mod ground;
mod influx;
mod judge;
mod report;
mod scenarios;
mod server;
mod settings;
mod slots;
mod snapshots;
mod table;
mod toll;
mod tributary;
mod writers;

pub use report::Report;
pub use scenarios::Scenario;
pub use settings::{CursorBy, Engine, Settings};
