//! Shaping and writing: rows become lines, lines reach InfluxDB.

use std::{sync::Arc, time::Duration};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;

use super::{ConnectionAccess, Detected, Explorer, KapacitorAccess, Tell};
use crate::{Connection, Failure, FailureKind, FieldTypes, Mapping, Reject};

/// InfluxDB connections. Implemented by `influx`.
#[async_trait]
pub trait Influx: Send + Sync {
    /// Tries, in order, what a write needs: URL, DNS, TCP, TLS, HTTP, product, authentication, database, write permission. Tells each
    /// finding; stops after the first that failed. Writes no point and creates nothing on the server.
    async fn check(&self, access: &ConnectionAccess, tell: Tell<'_>);

    /// The same for a Kapacitor: URL, DNS, TCP, TLS, HTTP, product, authentication, the right to its configuration. Changes nothing.
    async fn check_kapacitor(&self, access: &KapacitorAccess, tell: Tell<'_>);

    /// Asks who answers at `url`, without a login. Changes nothing.
    ///
    /// # Errors
    /// `Influx*`, with the code of the step that failed.
    async fn detect(&self, url: &Url, insecure_skip_verify: bool) -> Result<Detected, Failure>;

    /// A shaper for rows of this schema. `slot` is the time of points without a time column.
    ///
    /// # Errors
    /// `Mapping` when the mapping names a column that is not there, names one twice, leaves no field, or asks of a column what its type
    /// cannot give; the message names the column.
    fn shaper(
        &self,
        connection: &Connection,
        mapping: &Mapping,
        schema: &SchemaRef,
        slot: DateTime<Utc>,
    ) -> Result<Box<dyn Shaper>, Failure>;

    /// The same for a measurement whose fields have these types on the server already ([`Influx::target_types`]): whole numbers become what
    /// the field is, where that is exact.
    ///
    /// # Errors
    /// As [`Influx::shaper`]; `Mapping` too when a field would get another type and there is no way without loss: the message names the
    /// field and both types and says what to do.
    fn shaper_for(
        &self,
        connection: &Connection,
        mapping: &Mapping,
        schema: &SchemaRef,
        slot: DateTime<Utc>,
        types: &FieldTypes,
    ) -> Result<Box<dyn Shaper>, Failure> {
        let _ = types;
        self.shaper(connection, mapping, schema, slot)
    }

    /// Tells the point of every line of a batch as a server reads it, in order. Pure.
    ///
    /// # Errors
    /// `Internal` for a line that no shaper makes.
    fn points(&self, lines: &LineBatch, tell: &mut dyn FnMut(&ReadPoint<'_>)) -> Result<(), Failure>;

    /// The types that the fields of a measurement have where the connection writes. None are known when there is no such measurement yet,
    /// when the login may not ask, and in a folder: then points are written as the mapping says. What was told is told again for a
    /// minute, unless the server refuses a line for its type meanwhile.
    ///
    /// # Errors
    /// `Influx*` when the server cannot be asked now. A run may go on without.
    async fn target_types(&self, access: &ConnectionAccess, measurement: &str) -> Result<FieldTypes, Failure> {
        let _ = (access, measurement);
        Ok(FieldTypes::default())
    }

    /// How long points are kept where the connection writes. `None`: for ever, or nobody says.
    ///
    /// # Errors
    /// `Influx*` when the server cannot be asked now, or the login may not ask.
    async fn retention(&self, access: &ConnectionAccess) -> Result<Option<Duration>, Failure> {
        let _ = access;
        Ok(None)
    }

    /// Makes ready to write. Contacts nobody. `label` names this write in a folder of files: the same label writes the same file again.
    ///
    /// # Errors
    /// `InfluxUrl`, `InfluxTls`, `FolderWrite`.
    async fn open(&self, access: &ConnectionAccess, label: &str) -> Result<Arc<dyn Writer>, Failure>;

    /// Makes ready to look around on the connection's server. Contacts nobody.
    ///
    /// # Errors
    /// `InfluxUrl`, also for a folder, which cannot be asked; `InfluxAuthentication` for a secret that cannot be sent.
    fn explorer(&self, access: &ConnectionAccess) -> Result<Box<dyn Explorer>, Failure> {
        let driver = access.connection.target.driver();
        Err(Failure::new(FailureKind::InfluxUrl, format!("a {driver} connection cannot be explored here")))
    }
}

/// A line, read as a server reads it.
#[derive(Clone, Copy, Debug)]
pub struct ReadPoint<'a> {
    /// Its number in its batch, from 0.
    pub line: u32,
    /// The measurement.
    pub measurement: &'a str,
    /// Measurement and tags as the line has them: the same for all points of one series.
    pub series: &'a [u8],
    /// The fields, and the value of each that is a number.
    pub fields: &'a [(String, Option<f64>)],
    /// Nanoseconds since 1970.
    pub time_ns: i64,
    /// The whole line.
    pub text: &'a [u8],
}

/// Turns rows into line protocol by a mapping. Pure: the same rows give the same bytes.
pub trait Shaper: Send {
    /// Shapes one batch of rows. Lines gather until a batch of lines is full; the rest waits for more rows or for `finish`.
    fn shape(&mut self, rows: &RecordBatch) -> Shaped;

    /// Gives out the lines that still wait. Called once, after the last row.
    fn finish(&mut self) -> Shaped;
}

/// What shaping gave.
#[derive(Debug, Default)]
pub struct Shaped {
    /// Full batches of lines, in the order of their rows.
    pub batches: Vec<LineBatch>,
    /// Rows that cannot become a point.
    pub rejects: Vec<Reject>,
    /// Rows passed over by [`crate::mapping::EmptyRow::Skip`].
    pub rows_skipped: u64,
    /// Values left out by [`crate::mapping::NotANumber::Omit`].
    pub values_omitted: u64,
    /// Values cut by [`crate::mapping::LongText::Truncate`].
    pub values_truncated: u64,
}

/// Lines that are sent in one request: frozen, so that a retry sends the same bytes.
#[derive(Clone, Debug)]
pub struct LineBatch {
    /// Line protocol in nanoseconds, each line ended by `\n`; no blank line, no comment.
    pub body: bytes::Bytes,
    /// How many lines.
    pub lines: u32,
    /// Which row each line came from: `(line, row)` pairs in ascending order, one for the first line and one for every line whose row is
    /// not the successor of the row of the line before. Lines count from 0, rows from 1.
    pub rows: Vec<(u32, u64)>,
}

impl LineBatch {
    /// The number of the row (from 1) that became line `line` (from 0).
    pub fn row_of(&self, line: u32) -> u64 {
        let at = self.rows.partition_point(|(first, _)| *first <= line);
        match at.checked_sub(1).and_then(|i| self.rows.get(i)) {
            Some((first, row)) => row + u64::from(line - first),
            None => u64::from(line) + 1,
        }
    }
}

/// Writes batches of lines to one place. Shared: several writes are on the way at once.
#[async_trait]
pub trait Writer: Send + Sync {
    /// How many writes may be on the way at once.
    fn in_flight(&self) -> usize;

    /// Writes one batch: sends it, and when the server refuses some lines finds out which, so that the others are written. Success means
    /// that every line was acknowledged or is in `rejects`. Never retries by itself what time would heal; halves what is too large.
    ///
    /// # Errors
    /// `Influx*` or `FolderWrite`. Nothing is known to be written; the same batch may be written again, which changes nothing for lines
    /// that had arrived. `traffic` counts what was sent in either case.
    async fn write(&self, batch: &LineBatch, traffic: &mut Traffic) -> Result<Written, Failure>;

    /// Called once, after the last batch was acknowledged and before the run may be called a success: makes files durable and visible.
    ///
    /// # Errors
    /// `FolderWrite`.
    async fn finish(&self) -> Result<(), Failure>;
}

/// What a successful write did.
#[derive(Debug, Default)]
pub struct Written {
    /// Lines acknowledged.
    pub points: u64,
    /// Their bytes, before compression.
    pub bytes: u64,
    /// Lines that the server refused, each with its row, text and the server's reason.
    pub rejects: Vec<Reject>,
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent.
    pub requests: u64,
    /// Bytes of their bodies, after compression.
    pub bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_finds_its_row_across_rows_that_became_no_line() {
        let batch = LineBatch { body: bytes::Bytes::new(), lines: 5, rows: vec![(0, 1), (2, 4), (3, 9)] };
        let rows: Vec<u64> = (0..5).map(|line| batch.row_of(line)).collect();
        assert_eq!(rows, [1, 2, 4, 9, 10]);
    }
}
