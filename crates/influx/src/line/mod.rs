//! Line protocol: rows become lines by a mapping.
//!
//! Pure: no server, no clock; the same rows give the same bytes, however they are cut into record batches.
//!
//! [`shaper`] resolves a mapping against a schema once ([`describe`] shows the outcome), then appends line after line to one buffer that
//! is handed over as the body of a request without being copied. Facts about what servers read are in `LineRules` and `escape`; each
//! marked "1.6.7" was tried on that server.
//!
//! ```text
//!  Mapping + Schema ──plan──▶ Plan ──cells (per record batch)──▶ shaper ──buffer──▶ LineBatch
//!                                                                  │ escape, moment
//!                                                                  └──▶ Reject
//! ```
//!
//! Order within a row: measurement, tags, fields, time. The first of them that line protocol cannot carry rejects the row; a row without
//! any field is judged before its time, so an entirely empty row is skipped and not rejected for its missing time.

mod batch;
mod buffer;
mod cells;
mod columns;
mod conversion;
mod escape;
mod kept;
mod moment;
mod number;
mod plan;
mod refusal;
mod row;
mod rules;
mod shaper;
mod time_text;
mod verdict;

pub use conversion::Agreement;
pub use plan::{ColumnUse, Role, agreements, describe};
pub use rules::{Backslash, LineRules};
pub use shaper::{shaper, shaper_for};
pub use verdict::{Judged, Measures, Sample, Severity, Verdict, VerdictKind, verdicts};
