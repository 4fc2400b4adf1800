//! Reads rows from SQL databases: connection → query → rows.
//!
//! [`Engines`] implements [`model::edges::Databases`]; what differs between databases is in `engines/`, one engine each, listed in
//! [`engines()`]. A query passes `query/` (placeholders, the read-only guard) before an engine sees it; rows leave through `rows/`
//! (typed buffers, bounded batches).
//!
//! Known weaknesses: whoever verifies a server's certificate trusts the authorities that browsers trust, beside one that is given (the driver
//! knows no other way, which is why there is no `verify_ca` without the host's name); a composite result type (arrays, ranges, geometry)
//! travels as the database's own text.

mod address;
mod connection_string;
mod engines;
mod follow;
mod grants;
pub mod query;
mod rows;

pub use address::database_from_url;
pub use connection_string::odbc_pairs;
pub use engines::{EngineSpec, Engines, FieldKind, FieldSpec, engines};
pub use grants::{Grants, PASSWORD, Readable, grants};
