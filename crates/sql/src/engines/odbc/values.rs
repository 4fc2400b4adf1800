//! Values as a driver binds them.

use arrow_odbc::odbc_api::{
    Bit, DataType, IntoParameter,
    parameter::{InputParameter, WithDataType},
    sys::Timestamp,
};
use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use model::{ColumnType, CursorValue, Failure, FailureKind, Value};

use crate::follow::{bytes_of, refused};

/// A value that goes to the thread on which it is bound.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Text(String),
    Bytes(Vec<u8>),
    Time(NaiveDateTime),
}

impl Bound {
    /// A placeholder's value.
    ///
    /// # Errors
    /// `SqlParameter` for a text with a zero character, which drivers would cut there, and for a year that ODBC cannot write.
    pub(super) fn value(value: &Value) -> Result<Self, Failure> {
        let wrong = |what: String| Err(Failure::new(FailureKind::SqlParameter, format!("binding the values: {what}")));
        Ok(match value {
            Value::Text(text) if text.contains('\0') => {
                return wrong("a text holds a zero character, which drivers take for its end".to_owned());
            }
            Value::Text(text) => Self::Text(text.clone()),
            Value::Integer(number) => Self::Integer(*number),
            Value::Float(number) => Self::Float(*number),
            Value::Boolean(truth) => Self::Boolean(*truth),
            Value::Instant(instant) if !(1..=9999).contains(&instant.year()) => {
                return wrong(format!("the year of {instant} is none of 1 to 9999, which ODBC can write"));
            }
            Value::Instant(instant) => Self::Time(instant.naive_utc()),
        })
    }

    /// A value of a page's tail. Times are the text that the page's words cast.
    ///
    /// # Errors
    /// `Cursor` when the text is none of its type.
    pub(super) fn cursor(value: &CursorValue) -> Result<Self, Failure> {
        let text = value.text.as_str();
        let wrong = || refused(format!("the cursor's value is no {}", value.kind.as_str()));
        Ok(match value.kind {
            ColumnType::Integer => Self::Integer(text.parse().map_err(|_| wrong())?),
            ColumnType::Float => Self::Float(text.parse().map_err(|_| wrong())?),
            ColumnType::Boolean => Self::Boolean(text == "true"),
            ColumnType::Bytes => Self::Bytes(bytes_of(value)?),
            _ => Self::Text(text.to_owned()),
        })
    }

    /// As the driver takes it.
    pub(super) fn parameter(&self) -> Box<dyn InputParameter> {
        match self {
            Self::Integer(number) => Box::new(number.into_parameter()),
            Self::Float(number) => Box::new(number.into_parameter()),
            Self::Boolean(truth) => Box::new(Bit::from_bool(*truth).into_parameter()),
            Self::Text(text) => Box::new(text.clone().into_parameter()),
            Self::Bytes(bytes) => Box::new(bytes.clone().into_parameter()),
            Self::Time(time) => Box::new(WithDataType::new(timestamp(*time), DataType::Timestamp { precision: 6 })),
        }
    }
}

fn timestamp(time: NaiveDateTime) -> Timestamp {
    let small = |number: u32| u16::try_from(number).unwrap_or_default();
    Timestamp {
        year: i16::try_from(time.year()).unwrap_or_default(),
        month: small(time.month()),
        day: small(time.day()),
        hour: small(time.hour()),
        minute: small(time.minute()),
        second: small(time.second()),
        fraction: time.nanosecond() / 1000 * 1000,
    }
}

/// An instant that a database told in UTC, as its text.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S%.f").ok().map(|time| time.and_utc())
}
