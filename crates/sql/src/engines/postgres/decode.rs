//! PostgreSQL's binary `COPY` format to typed buffers. The hot loop of every read: no allocation and no virtual call per value.
//!
//! Format: <https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format". A signature, flags and a header extension; then per
//! row a field count and per field a length (-1 is NULL) and its bytes, big-endian; at the end a field count of -1.

use model::{Column, ColumnType, Failure, FailureKind};

use crate::rows::{BatchBuilder, Values, end};

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// Signature, flags, and the length of the header extension.
const HEADER: usize = 11 + 4 + 4;
/// 2000-01-01, where PostgreSQL's times begin, in microseconds since 1970-01-01.
const EPOCH_US: i64 = 946_684_800_000_000;
/// The same in days.
const EPOCH_DAYS: i32 = 10_957;
/// A row whose values take this much is cut off as nonsense: the server sends no value above 1 GiB.
const LARGEST_VALUE: usize = 1 << 30;

/// Reads the format from messages that may cut it anywhere; PostgreSQL sends one message per row.
pub(super) struct Decoder {
    /// What is added to the whole numbers of each column: the epoch of time stamps.
    offsets: Vec<i64>,
    /// The beginning of a row that the next message goes on with.
    rest: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Header,
    Rows,
    Ended,
}

/// What one look at the bytes found.
enum Found {
    /// A row that takes so many bytes, decoded.
    Row(usize),
    /// The trailer.
    End,
    /// Not all of it has come.
    Part,
}

impl Decoder {
    pub(super) fn new(columns: &[Column]) -> Self {
        let offset = |column: &Column| match column.kind {
            ColumnType::Timestamp | ColumnType::Instant => EPOCH_US,
            _ => 0,
        };
        Self { offsets: columns.iter().map(offset).collect(), rest: Vec::new(), state: State::Header }
    }

    /// Whether the server said that the rows have ended.
    pub(super) fn is_complete(&self) -> bool {
        self.state == State::Ended && self.rest.is_empty()
    }

    /// Appends the rows that this message completes.
    pub(super) fn feed(&mut self, message: &[u8], batch: &mut BatchBuilder) -> Result<(), Failure> {
        if self.rest.is_empty() {
            let used = self.rows(message, batch)?;
            self.rest.extend_from_slice(&message[used..]);
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(message);
        let used = self.rows(&all, batch)?;
        all.drain(..used);
        self.rest = all;
        Ok(())
    }

    /// Appends the whole rows in `bytes`; returns how many bytes they took.
    fn rows(&mut self, bytes: &[u8], batch: &mut BatchBuilder) -> Result<usize, Failure> {
        let mut at = 0;
        if self.state == State::Header {
            let Some(header) = bytes.get(..HEADER) else { return Ok(0) };
            if &header[..11] != SIGNATURE {
                return Err(broken("it does not begin as binary COPY does"));
            }
            let extension = usize::try_from(u32::from_be_bytes([header[15], header[16], header[17], header[18]])).unwrap_or(usize::MAX);
            let Some(begins) = HEADER.checked_add(extension).filter(|begins| *begins <= bytes.len()) else { return Ok(0) };
            at = begins;
            self.state = State::Rows;
        }
        while self.state == State::Rows {
            match self.row(&bytes[at..], batch)? {
                Found::Row(length) => at += length,
                Found::Part => break,
                Found::End => {
                    at += 2;
                    self.state = State::Ended;
                }
            }
        }
        Ok(at)
    }

    #[inline]
    fn row(&self, bytes: &[u8], batch: &mut BatchBuilder) -> Result<Found, Failure> {
        let Some(fields) = bytes.first_chunk::<2>() else { return Ok(Found::Part) };
        let fields = i16::from_be_bytes(*fields);
        if fields == -1 {
            return Ok(Found::End);
        }
        if usize::try_from(fields) != Ok(self.offsets.len()) {
            return Err(broken(&format!("a row has {fields} values, the query has {} columns", self.offsets.len())));
        }
        let Some(length) = self.length(bytes)? else { return Ok(Found::Part) };
        let mut left = &bytes[2..length];
        for (at, (builder, offset)) in batch.builders.iter_mut().zip(&self.offsets).enumerate() {
            let (size, rest) = take_size(left).ok_or_else(|| broken("a value is cut off"))?;
            let Ok(size) = usize::try_from(size) else {
                left = rest;
                builder.null();
                continue;
            };
            let (value, rest) = rest.split_at_checked(size).ok_or_else(|| broken("a value is cut off"))?;
            left = rest;
            let fits = match &mut builder.values {
                Values::Integer(all) => value.try_into().map(|value| all.push(shifted(i64::from_be_bytes(value), *offset))).is_ok(),
                Values::Float(all) => value.try_into().map(|value| all.push(f64::from_be_bytes(value))).is_ok(),
                Values::Bytes(all, ends) => {
                    all.extend_from_slice(value);
                    ends.push(end(all));
                    true
                }
                Values::Boolean(bits) => {
                    bits.append(value.first().is_some_and(|byte| *byte != 0));
                    value.len() == 1
                }
                Values::Date(all) => value.try_into().map(|value| all.push(day(i32::from_be_bytes(value)))).is_ok(),
                Values::Unsigned(_) => false,
            };
            if !fits {
                return Err(broken(&format!("a value of column {} has {size} bytes", at + 1)));
            }
            builder.is_value();
        }
        batch.rows += 1;
        batch.bytes += length;
        Ok(Found::Row(length))
    }

    /// The length of the row that begins here, or `None` when not all of it has come.
    #[inline]
    fn length(&self, bytes: &[u8]) -> Result<Option<usize>, Failure> {
        let mut at = 2;
        for _ in &self.offsets {
            let Some((size, _)) = bytes.get(at..).and_then(take_size) else { return Ok(None) };
            let size = usize::try_from(size).unwrap_or(0);
            if size > LARGEST_VALUE {
                return Err(broken("a value is larger than the server can send"));
            }
            at += 4 + size;
        }
        Ok((at <= bytes.len()).then_some(at))
    }
}

#[inline]
fn take_size(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    Some((i32::from_be_bytes(*size), rest))
}

/// A number moved to the epoch of 1970; infinite times stay the smallest and the largest number.
#[inline]
const fn shifted(number: i64, offset: i64) -> i64 {
    if offset != 0 && number == i64::MIN { number } else { number.saturating_add(offset) }
}

const fn day(number: i32) -> i32 {
    if number == i32::MIN { number } else { number.saturating_add(EPOCH_DAYS) }
}

fn broken(how: &str) -> Failure {
    Failure::new(FailureKind::SqlFailed, format!("the server's rows cannot be read: {how}"))
}

#[cfg(test)]
mod tests {

    use arrow_array::{Array, Int64Array, StringArray, TimestampMicrosecondArray};
    use proptest::prelude::*;

    use super::*;
    use crate::rows::schema;

    fn columns() -> Vec<Column> {
        [ColumnType::Integer, ColumnType::Text, ColumnType::Instant]
            .into_iter()
            .enumerate()
            .map(|(at, kind)| Column { name: format!("c{at}"), kind, native: String::new() })
            .collect()
    }

    fn encoded(rows: &[(Option<i64>, Option<String>, i64)]) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([0; 8]);
        for (number, text, time) in rows {
            bytes.extend(3_i16.to_be_bytes());
            let mut field = |value: Option<&[u8]>| match value {
                None => bytes.extend((-1_i32).to_be_bytes()),
                Some(value) => {
                    bytes.extend(i32::try_from(value.len()).unwrap().to_be_bytes());
                    bytes.extend(value);
                }
            };
            field(number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
            field(text.as_ref().map(String::as_bytes));
            field(Some(&time.to_be_bytes()));
        }
        bytes.extend((-1_i16).to_be_bytes());
        bytes
    }

    fn decoded(pieces: &[&[u8]]) -> Result<(Decoder, arrow_array::RecordBatch), Failure> {
        let columns = columns();
        let (mut decoder, mut batch) = (Decoder::new(&columns), BatchBuilder::new(&columns, schema(&columns), 16));
        for piece in pieces {
            decoder.feed(piece, &mut batch)?;
        }
        let rows = batch.finish()?.unwrap_or_else(|| arrow_array::RecordBatch::new_empty(schema(&columns)));
        Ok((decoder, rows))
    }

    proptest! {
        #[test]
        fn rows_survive_however_the_messages_cut_them(
            rows in prop::collection::vec((any::<Option<i64>>(), any::<Option<String>>(), -1_000_000_000_i64..1_000_000_000), 0..20),
            size in 1_usize..40,
        ) {
            let bytes = encoded(&rows);
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            let (decoder, batch) = decoded(&pieces).unwrap();
            prop_assert!(decoder.is_complete());
            let numbers = batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap();
            let texts = batch.column(1).as_any().downcast_ref::<StringArray>().unwrap();
            let times = batch.column(2).as_any().downcast_ref::<TimestampMicrosecondArray>().unwrap();
            let found: Vec<_> = (0..batch.num_rows())
                .map(|row| {
                    (numbers.is_valid(row).then(|| numbers.value(row)), texts.is_valid(row).then(|| texts.value(row).to_owned()), times.value(row) - EPOCH_US)
                })
                .collect();
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn a_stream_that_stops_early_is_never_complete(rows in prop::collection::vec((any::<Option<i64>>(), any::<Option<String>>(), any::<i64>()), 0..5), cut in 1_usize..10) {
            let bytes = encoded(&rows);
            let (decoder, _) = decoded(&[&bytes[..bytes.len() - cut]]).unwrap();
            prop_assert!(!decoder.is_complete());
        }

        #[test]
        fn nonsense_is_an_error_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut all = SIGNATURE.to_vec();
            all.extend([0; 8]);
            all.extend(&bytes);
            if let Ok((decoder, _)) = decoded(&[&all]) {
                let _whether = decoder.is_complete();
            }
        }
    }

    #[test]
    fn infinite_times_become_the_smallest_and_largest_number() {
        assert_eq!([shifted(i64::MIN, EPOCH_US), shifted(i64::MAX, EPOCH_US), shifted(0, EPOCH_US)], [i64::MIN, i64::MAX, EPOCH_US]);
        assert_eq!([day(i32::MIN), day(i32::MAX), day(0)], [i32::MIN, i32::MAX, EPOCH_DAYS]);
        assert_eq!(shifted(i64::MIN, 0), i64::MIN, "a whole number is no time");
    }

    #[test]
    fn what_is_not_binary_copy_is_told() {
        let failure = decoded(&[b"hello, this is not the format at all"]).err().unwrap();
        assert_eq!(failure.kind, FailureKind::SqlFailed);
    }
}
