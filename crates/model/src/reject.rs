//! A reject: a row or line that could not be written, kept with its reason.

use serde::{Deserialize, Serialize};

/// One row or line that could not be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reject {
    /// The row's number in the result of its run, from 1.
    pub row: u64,
    /// The line as it was sent, without its line break; absent when the row never became a line. At most [`Reject::MAX_LINE_BYTES`].
    pub line: Option<String>,
    /// Why: the mapping's words or InfluxDB's.
    pub reason: String,
    /// The row's values by column name as JSON text, when the row never became a line. At most [`Reject::MAX_LINE_BYTES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
}

impl Reject {
    /// Most bytes of a line that are kept.
    pub const MAX_LINE_BYTES: usize = 4096;
    /// Most rejects that are kept of one series, of all its runs together: some 100 MB.
    pub const MAX_OF_SERIES: u64 = 100_000;
}
