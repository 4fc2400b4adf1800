//! The contracts: how the rooms meet without knowing one another.
//!
//! ```text
//!  Store ──due, claim, plan──▶ flow ──statement──▶ Databases ──▶ Rows ──batches──▶ Shaper ──line batches──▶ Writer ──▶ InfluxDB
//!    ▲                           │                  (sql)                          (influx)                 (influx)
//!    └──────finish (one txn)─────┘
//! ```
//!
//! `flow` calls, for each slot in this order: [`Store::settle_slots`], [`Store::claim_run`], [`Store::load_plan`], [`Databases::read`],
//! [`Influx::shaper`], [`Influx::open`], then [`Rows::next`] → [`Shaper::shape`] → [`Writer::write`] side by side, bounded, then
//! [`Shaper::finish`], [`Writer::finish`], [`Store::finish_run`]. Nothing else calls them in a run; the API calls the same `check`,
//! `describe` and `read` for drafts and previews, so a check does what a run would do.

mod access;
mod alerting;
mod auditing;
mod exploring;
mod reading;
mod remembering;
mod writing;

pub use access::{ConnectionAccess, DatabaseAccess, Detected, KapacitorAccess, Tell};
pub use alerting::Kapacitors;
pub use auditing::{AuditEnd, Audits};
pub use exploring::{Explorer, Tally, TallyAsked};
pub use reading::{Databases, Follow, Following, Open, Page, ReadLimits, Rows, Sight};
pub use remembering::{
    Advance, DueGroup, Fate, Freeze, Holding, LEASE, Lease, LeaseState, PROBE, Progress, Refusal, RunEnd, RunPlan, Settlement,
    SlotDecision, Store, Waiting,
};
pub use writing::{Influx, LineBatch, ReadPoint, Shaped, Shaper, Traffic, Writer, Written};
