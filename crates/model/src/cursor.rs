//! The cursor of an incremental series: how far its rows have been delivered, kept without loss of precision.

use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Column, ColumnType, Database, Engine, Failure, FailureKind, Id, Mode, Query, Run, Series, database::Server, query::ValueError,
};

/// One value of a row, as text at the database's full precision: it never passes through a float or a coarser unit.
///
/// The text by type: integers and decimals as digits; `timestamp` as `2026-11-21 14:05:00.123456` and `instant` the same with a `Z`, always
/// six digits of fraction; `date` as `2026-11-21`; `bytes` as lower-case hexadecimal; `float` as the shortest text that reads back as the
/// same double; `boolean` as `true` or `false`; everything else as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CursorValue {
    /// The type that it travels as.
    pub kind: ColumnType,
    /// The database's own name of its type, which the text is cast to when it is bound.
    pub native: String,
    /// The value.
    pub text: String,
}

/// A place in the order of a series' rows: the cursor's value, then those of the key's columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// The cursor column's value.
    pub cursor: CursorValue,
    /// The key columns' values, in their order.
    pub key: Vec<CursorValue>,
}

/// What was the highest value of a counting cursor at some instant: once every transaction that was open then has ended, all values up to it
/// are decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// By the database's clock, taken after the value was read.
    pub at: DateTime<Utc>,
    /// The highest value that had been seen.
    pub highest: CursorValue,
}

/// What is remembered of an incremental series between its runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cursor {
    /// The last row of the rows that were delivered without a gap; `None` before the first.
    pub position: Option<Position>,
    /// Of the query and the settings that gave the position its meaning; empty before the first run.
    pub fingerprint: String,
    /// Marks that may still be needed, oldest first.
    pub marks: Vec<Mark>,
    /// When the position last moved.
    pub moved_at: Option<DateTime<Utc>>,
    /// The run that moved it.
    pub moved_by: Option<Id<Run>>,
}

/// What keeps the fence of a run behind the database's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldBack {
    /// Since when: the start of the oldest open transaction, by the database's clock.
    pub since: DateTime<Utc>,
    /// For how many seconds it had been open when the run looked.
    pub for_s: u64,
    /// Who holds it, as the database tells: its process, user and program.
    pub who: String,
}

/// What a run of an incremental series read: kept with the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Stretch {
    /// Where the cursor stood before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Position>,
    /// Where it stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Position>,
    /// The fence: rows at or above it were left for later runs. Absent when nothing was held back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<CursorValue>,
    /// What the fence waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_back: Option<HeldBack>,
    /// Pages that were read and acknowledged.
    pub pages: u64,
    /// Rows that were read again and had not changed: not written again.
    pub unchanged: u64,
    /// Rows without a cursor value that were left out.
    pub without_cursor: u64,
    /// The database's clock minus Tributary's, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew_ms: Option<i64>,
}

/// A row that was delivered within the overlap: the hash of its key, and of all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Of the key columns (of the cursor and all others when there is no key).
    pub key: u128,
    /// Of every column.
    pub row: u64,
    /// The cursor's [`CursorValue::count`].
    pub at: i64,
}

impl CursorValue {
    /// Whether a cursor of this type can be counted with: its values have distances.
    pub const fn counts(kind: ColumnType) -> bool {
        matches!(kind, ColumnType::Integer | ColumnType::Unsigned | ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant)
    }

    /// Whether a column of this type can be a cursor or a part of the key. JSON has no order, and times of day run in circles.
    pub const fn can_be(kind: ColumnType) -> bool {
        !matches!(kind, ColumnType::Json | ColumnType::Time)
    }

    /// A value of `column`.
    pub fn new(column: &Column, text: impl Into<String>) -> Self {
        Self { kind: column.kind, native: column.native.clone(), text: text.into() }
    }

    /// The value of `column` that a person means by `text`: the forms above, and beside them a date or time with `T` in place of the blank,
    /// without its seconds or (of a timestamp) without its time, and an instant with any offset.
    ///
    /// # Errors
    /// When it is no value of the column's type, or finer than a microsecond.
    pub fn parse(column: &Column, text: &str) -> Result<Self, ValueError> {
        let wrong = |expected| ValueError { text: text.to_owned(), expected };
        let word = text.trim();
        let timestamp = "a time such as 2026-11-21 14:05:00.123456, without a zone and no finer than a microsecond";
        let instant = "an instant such as 2026-11-21 14:05:00.123456Z, no finer than a microsecond";
        let parsed = match column.kind {
            ColumnType::Boolean => word.parse::<bool>().map_err(|_| wrong("`true` or `false`"))?.to_string(),
            ColumnType::Integer => word.parse::<i64>().map_err(|_| wrong("a whole number of 64 bits"))?.to_string(),
            ColumnType::Unsigned => word.parse::<u64>().map_err(|_| wrong("a whole number of 64 bits, not negative"))?.to_string(),
            ColumnType::Decimal if is_decimal(word) => word.to_owned(),
            ColumnType::Decimal => return Err(wrong("a decimal number")),
            ColumnType::Float => match word.parse::<f64>() {
                Ok(number) if number.is_finite() => number.to_string(),
                _ => return Err(wrong("a finite number")),
            },
            ColumnType::Date => {
                let date = NaiveDate::parse_from_str(word, "%Y-%m-%d").map_err(|_| wrong("a date such as 2026-11-21"))?;
                date.format("%Y-%m-%d").to_string()
            }
            ColumnType::Timestamp => {
                time_of(word).and_then(to_micros).and_then(|micros| Self::time_text(column.kind, micros)).ok_or_else(|| wrong(timestamp))?
            }
            ColumnType::Instant => {
                let at = DateTime::parse_from_rfc3339(&word.replacen(' ', "T", 1)).ok().map(|at| at.naive_utc());
                at.and_then(to_micros).and_then(|micros| Self::time_text(column.kind, micros)).ok_or_else(|| wrong(instant))?
            }
            ColumnType::Bytes if word.len().is_multiple_of(2) && word.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                word.to_ascii_lowercase()
            }
            ColumnType::Bytes => return Err(wrong("hexadecimal digits, two for each byte")),
            ColumnType::Uuid => uuid::Uuid::try_parse(word).map_err(|_| wrong("a UUID"))?.to_string(),
            ColumnType::Text => text.to_owned(),
            ColumnType::Time | ColumnType::Json => return Err(wrong("a value of a type that has an order")),
        };
        Ok(Self::new(column, parsed))
    }

    /// The value of `column` in a row of its batch; `None` for NULL.
    ///
    /// # Errors
    /// `Cursor` for a column of a type that has no order, and for a time that no calendar can tell (PostgreSQL's `infinity`).
    pub fn read(column: &Column, values: &dyn Array, row: usize) -> Result<Option<Self>, Failure> {
        if values.is_null(row) {
            return Ok(None);
        }
        let beyond = || Failure::new(FailureKind::Cursor, format!("column `{}` holds a time that no calendar can tell", column.name));
        let text = match column.kind {
            ColumnType::Boolean => values.as_boolean().value(row).to_string(),
            ColumnType::Integer => values.as_primitive::<Int64Type>().value(row).to_string(),
            ColumnType::Unsigned => values.as_primitive::<UInt64Type>().value(row).to_string(),
            ColumnType::Float => values.as_primitive::<Float64Type>().value(row).to_string(),
            ColumnType::Decimal | ColumnType::Text | ColumnType::Uuid => values.as_string::<i32>().value(row).to_owned(),
            ColumnType::Bytes => values.as_binary::<i32>().value(row).iter().map(|byte| format!("{byte:02x}")).collect(),
            ColumnType::Date => {
                let days = i64::from(values.as_primitive::<Date32Type>().value(row));
                let seconds = days.checked_mul(86_400).ok_or_else(beyond)?;
                DateTime::from_timestamp(seconds, 0).ok_or_else(beyond)?.format("%Y-%m-%d").to_string()
            }
            ColumnType::Timestamp | ColumnType::Instant => {
                let micros = values.as_primitive::<TimestampMicrosecondType>().value(row);
                Self::time_text(column.kind, micros).ok_or_else(beyond)?
            }
            ColumnType::Time | ColumnType::Json => {
                let kind = column.kind.as_str();
                return Err(Failure::new(FailureKind::Cursor, format!("column `{}` is of type {kind}, which has no order", column.name)));
            }
        };
        Ok(Some(Self::new(column, text)))
    }

    /// The value that is `count` in the unit of [`CursorValue::count`]; `None` for a type that does not count, and beyond its range.
    pub fn at(column: &Column, count: i64) -> Option<Self> {
        let text = match column.kind {
            ColumnType::Integer => count.to_string(),
            ColumnType::Unsigned => u64::try_from(count).ok()?.to_string(),
            ColumnType::Date => DateTime::from_timestamp(count.checked_mul(86_400)?, 0)?.format("%Y-%m-%d").to_string(),
            ColumnType::Timestamp | ColumnType::Instant => Self::time_text(column.kind, count)?,
            _ => return None,
        };
        Some(Self::new(column, text))
    }

    /// A whole number that stands for the value: itself for integers, days since 1970 for dates, microseconds since 1970 for timestamps (of
    /// their unnamed zone) and instants; `None` for types that do not count, and for unsigned numbers above 2^63 − 1.
    pub fn count(&self) -> Option<i64> {
        match self.kind {
            ColumnType::Integer | ColumnType::Unsigned => self.text.parse().ok(),
            ColumnType::Date => {
                let date = NaiveDate::parse_from_str(&self.text, "%Y-%m-%d").ok()?;
                Some(date.signed_duration_since(NaiveDate::default()).num_days())
            }
            ColumnType::Timestamp | ColumnType::Instant => {
                let text = self.text.trim_end_matches('Z');
                let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
                Some(time.and_utc().timestamp_micros())
            }
            _ => None,
        }
    }

    fn time_text(kind: ColumnType, micros: i64) -> Option<String> {
        let time = DateTime::from_timestamp_micros(micros)?;
        let zone = if kind == ColumnType::Instant { "Z" } else { "" };
        Some(format!("{}{zone}", time.format("%Y-%m-%d %H:%M:%S%.6f")))
    }
}

/// Microseconds since 1970 of a time, unless it is finer.
fn to_micros(time: NaiveDateTime) -> Option<i64> {
    time.nanosecond().is_multiple_of(1_000).then(|| time.and_utc().timestamp_micros())
}

/// A time without a zone, as people write it.
fn time_of(text: &str) -> Option<NaiveDateTime> {
    let text = text.replacen('T', " ", 1);
    let forms = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let time = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok());
    time.or_else(|| Some(NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    all(whole) && all(part)
}

impl Cursor {
    /// What gives the position of an incremental series its meaning, in short: the query's text and the values of its
    /// parameters, the database, where it is and who logs in, the cursor column, its zone and the key. Mapping, connection, fence, overlap and
    /// pages are no part of it, nor is how the way to the database is protected. `None` for a series of another mode.
    pub fn fingerprint_of(series: &Series, query: &Query, database: &Database) -> Option<String> {
        let Mode::Incremental(incremental) = &series.mode else { return None };
        let parameters: Vec<_> = query
            .parameters
            .iter()
            .map(|parameter| (&parameter.name, parameter.kind, series.parameters.get(&parameter.name).or(parameter.default.as_ref())))
            .collect();
        let meaning = (
            (query.database_id, place(&database.engine)),
            (query.sql.trim(), parameters),
            (&incremental.cursor, incremental.zone, &incremental.key),
        );
        let text = serde_json::to_string(&meaning).expect("texts and names can always be written as JSON");
        Some(format!("1:{:032x}", fnv_1a(text.as_bytes())))
    }
}

/// The database without how the way to it is protected: a renewed certificate changes no row.
fn place(engine: &Engine) -> Engine {
    let unprotected = |server: &Server| Server { port: server.port, ..Server::new(&server.host, &server.database, &server.username) };
    match engine {
        Engine::Postgres(server) => Engine::Postgres(unprotected(server)),
        Engine::Mysql(server) => Engine::Mysql(unprotected(server)),
        other => other.clone(),
    }
}

/// FNV-1a of 128 bits: the same in every version and on every machine.
fn fnv_1a(bytes: &[u8]) -> u128 {
    let step = |hash: u128, byte: &u8| (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    bytes.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, step)
}

impl Position {
    /// The place of a row: `cursor` and `key` are indices of columns. `None` when its cursor is NULL.
    ///
    /// # Errors
    /// Those of [`CursorValue::read`]; `Cursor` when a key column is NULL, by name.
    pub fn of(columns: &[Column], batch: &RecordBatch, row: usize, cursor: usize, key: &[usize]) -> Result<Option<Self>, Failure> {
        let Some(value) = CursorValue::read(&columns[cursor], batch.column(cursor), row)? else { return Ok(None) };
        let mut values = Vec::with_capacity(key.len());
        for &at in key {
            let value = CursorValue::read(&columns[at], batch.column(at), row)?;
            let missing = || Failure::new(FailureKind::Cursor, format!("key column `{}` is NULL", columns[at].name));
            values.push(value.ok_or_else(missing)?);
        }
        Ok(Some(Self { cursor: value, key: values }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Date32Array, Int64Array, TimestampMicrosecondArray, UInt64Array};

    use super::*;

    fn column(kind: ColumnType) -> Column {
        Column { name: "c".to_owned(), kind, native: "x".to_owned() }
    }

    #[test]
    fn a_value_that_counts_reads_back_from_its_count_without_loss() {
        let micros = [i64::from(i32::MIN), -1, 0, 1, 1_795_263_900_123_456];
        let cases: [(ColumnType, ArrayRef, &str); 5] = [
            (ColumnType::Integer, Arc::new(Int64Array::from(vec![i64::MAX])), "9223372036854775807"),
            (ColumnType::Unsigned, Arc::new(UInt64Array::from(vec![7])), "7"),
            (ColumnType::Date, Arc::new(Date32Array::from(vec![-1])), "1969-12-31"),
            (ColumnType::Timestamp, Arc::new(TimestampMicrosecondArray::from(micros.to_vec())), "1969-12-31 23:24:12.516352"),
            (ColumnType::Instant, Arc::new(TimestampMicrosecondArray::from(micros.to_vec())), "1969-12-31 23:24:12.516352Z"),
        ];
        for (kind, values, first) in cases {
            let column = column(kind);
            for row in 0..values.len() {
                let value = CursorValue::read(&column, &values, row).unwrap().unwrap();
                if row == 0 {
                    assert_eq!(value.text, first);
                }
                assert_eq!(CursorValue::at(&column, value.count().unwrap()), Some(value));
            }
        }
    }

    #[test]
    fn a_value_that_a_person_writes_is_read_exactly_or_refused() {
        let cases = [
            (ColumnType::Integer, "9223372036854775807", Some("9223372036854775807")),
            (ColumnType::Integer, "9223372036854775808", None),
            (ColumnType::Unsigned, "-1", None),
            (ColumnType::Decimal, "-12.50", Some("-12.50")),
            (ColumnType::Decimal, "1e3", None),
            (ColumnType::Decimal, "NaN", None),
            (ColumnType::Float, "0.1", Some("0.1")),
            (ColumnType::Float, "inf", None),
            (ColumnType::Date, "2026-11-21", Some("2026-11-21")),
            (ColumnType::Date, "21.11.2026", None),
            (ColumnType::Timestamp, "2026-11-21", Some("2026-11-21 00:00:00.000000")),
            (ColumnType::Timestamp, "2026-11-21T14:05", Some("2026-11-21 14:05:00.000000")),
            (ColumnType::Timestamp, "2026-11-21 14:05:00.123456", Some("2026-11-21 14:05:00.123456")),
            (ColumnType::Timestamp, "2026-11-21 14:05:00.1234567", None),
            (ColumnType::Timestamp, "2026-11-21 14:05:00Z", None),
            (ColumnType::Instant, "2026-11-21 14:05:00.5+02:00", Some("2026-11-21 12:05:00.500000Z")),
            (ColumnType::Instant, "2026-11-21T14:05:00Z", Some("2026-11-21 14:05:00.000000Z")),
            (ColumnType::Instant, "2026-11-21 14:05:00", None),
            (ColumnType::Bytes, "00FF", Some("00ff")),
            (ColumnType::Bytes, "0", None),
            (ColumnType::Uuid, "0199F5C2-7A10-7C3E-9D5A-2F3B1C0D4E5F", Some("0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f")),
            (ColumnType::Text, " as it is ", Some(" as it is ")),
            (ColumnType::Json, "{}", None),
        ];
        for (kind, text, expected) in cases {
            let parsed = CursorValue::parse(&column(kind), text);
            assert_eq!(parsed.as_ref().ok().map(|value| value.text.as_str()), expected, "{kind:?} {text}");
        }
    }

    #[test]
    fn the_fingerprint_is_that_of_what_gives_the_position_its_meaning() {
        let series = |cursor: &str, value: &str, tag: &str, overlap: u32| -> Series {
            serde_json::from_value(serde_json::json!({
                "query_id": "0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f", "connection_id": "0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f",
                "mapping": { "measurement": { "name": "m" }, "tags": [tag] },
                "mode": { "mode": "incremental", "cursor": cursor, "overlap": overlap }, "parameters": { "country": value },
            }))
            .unwrap()
        };
        let query = |sql: &str| -> Query {
            serde_json::from_value(serde_json::json!({
                "database_id": "0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f", "sql": sql, "parameters": [{ "name": "country", "kind": "text" }],
            }))
            .unwrap()
        };
        let database =
            |path: &str| -> Database { serde_json::from_value(serde_json::json!({ "engine": "sqlite", "path": path })).unwrap() };
        let plain = series("id", "DE", "a", 0);
        let of = |series: &Series, sql: &str, path: &str| Cursor::fingerprint_of(series, &query(sql), &database(path)).unwrap();
        let first = of(&plain, "SELECT * FROM t", "/a.db");
        assert_eq!(first, of(&series("id", "DE", "b", 7), "SELECT * FROM t\n", "/a.db"));
        for other in [
            of(&series("at", "DE", "a", 0), "SELECT * FROM t", "/a.db"),
            of(&series("id", "AT", "a", 0), "SELECT * FROM t", "/a.db"),
            of(&plain, "SELECT * FROM u", "/a.db"),
            of(&plain, "SELECT * FROM t", "/b.db"),
        ] {
            assert_ne!(first, other);
        }
        assert_eq!(Cursor::fingerprint_of(&Series { mode: Mode::Snapshot, ..plain }, &query("SELECT 1"), &database("/a.db")), None);
    }

    #[test]
    fn a_database_that_is_elsewhere_gives_the_position_another_meaning_and_a_renewed_certificate_none() {
        let series: Series = serde_json::from_value(serde_json::json!({
            "query_id": "0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f", "connection_id": "0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f",
            "mapping": { "measurement": { "name": "m" } }, "mode": { "mode": "incremental", "cursor": "id" },
        }))
        .unwrap();
        let query: Query =
            serde_json::from_value(serde_json::json!({ "database_id": "0199f5c2-7a10-7c3e-9d5a-2f3b1c0d4e5f", "sql": "SELECT 1" }))
                .unwrap();
        let of = |server: Server| Cursor::fingerprint_of(&series, &query, &Database::new(Engine::Postgres(server))).unwrap();
        let server = Server::new("db.example.com", "shop", "reader");
        let protected = Server { tls: crate::Tls::Verify, ca_certificate: Some("renewed".to_owned()), ..server.clone() };
        assert_eq!(of(server.clone()), of(protected));
        for other in [
            Server::new("other.example.com", "shop", "reader"),
            Server::new("db.example.com", "archive", "reader"),
            Server::new("db.example.com", "shop", "owner"),
            Server { port: Some(6432), ..server.clone() },
        ] {
            assert_ne!(of(server.clone()), of(other));
        }
    }

    #[test]
    fn an_infinite_time_is_refused_by_name() {
        let values = TimestampMicrosecondArray::from(vec![i64::MAX]);
        let failure = CursorValue::read(&column(ColumnType::Instant), &values, 0).unwrap_err();
        assert!(failure.chain().contains("`c`"), "{}", failure.chain());
    }
}
