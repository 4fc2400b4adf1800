//! The nouns of Tributary and the contracts between its rooms.
//!
//! Pure: no runtime, no input or output, no framework. One file per word of the glossary, and [`edges`] with the traits by which the
//! rooms meet. Everything else in the house points here; this crate points at nothing of the house.

pub mod alert;
pub mod audit;
pub mod backfill;
pub mod clock;
pub mod code;
pub mod column;
pub mod connection;
pub mod cursor;
pub mod database;
pub mod edges;
pub mod explore;
pub mod failure;
pub mod finding;
pub mod group;
pub mod hold;
pub mod id;
pub mod kapacitor;
pub mod mapping;
pub mod organization;
pub mod query;
pub mod reject;
pub mod run;
pub mod secret;
pub mod series;
pub mod table;
pub mod task;

pub use alert::{
    AlertEndpoint, AlertEndpoints, EndpointChange, EndpointName, EndpointRefusal, EndpointTest, FieldKind, Handler, HandlerField,
    HandlerTest, OptionValue, Proof, Removed,
};
pub use audit::{Audit, AuditPlan, AuditProgress, AuditState};
pub use backfill::{Backfill, BackfillPlan, BackfillState, Chunk};
pub use clock::Clock;
pub use code::Code;
pub use column::{Column, ColumnType};
pub use connection::{Certificates, Connection, Gzip, Target, V1Edition, V3Edition};
pub use cursor::{Cursor, CursorValue, HeldBack, LedgerEntry, Mark, Position, Stretch};
pub use database::{Database, Engine, Tls};
pub use failure::{Failure, FailureKind, Policy};
pub use finding::{AskedBy, CheckOutcome, Finding, LastCheck, Verdict};
pub use group::{Group, Missed, Overlap, Schedule, Slot, SlotOutcome};
pub use hold::Hold;
pub use id::{Id, Name, Noun, Origin, Stored};
pub use kapacitor::Kapacitor;
pub use mapping::{FieldType, FieldTypes, Fields, Mapping, Measurement, TimeColumn, TimeFormat};
pub use organization::Organization;
pub use query::{Parameter, ParameterType, Query, Statement, Value};
pub use reject::Reject;
pub use run::{Figures, LogLevel, LogLine, Phases, Run, RunStatus, Trigger, Window};
pub use secret::{SecretChange, SecretField, SecretState};
pub use series::{Fence, Incremental, Mode, NullCursor, RejectPolicy, Series, WhenFull};
pub use task::{KapacitorStatistics, Task, TaskReads};
