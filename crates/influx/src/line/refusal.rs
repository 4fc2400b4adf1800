//! Why a value cannot become part of a line.

use std::fmt;

use model::FieldType;

/// What is wrong with one value. `Display` continues a sentence that begins with the column's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nothing is wrong: the line needs more room than the buffer has, and is to be written again.
    NoRoom,
    Missing,
    Empty,
    TrailingBackslash,
    BackslashBeforeSeparator,
    LineBreak,
    Tab,
    FirstByte(u8),
    Control,
    TooLong {
        bytes: usize,
        most: usize,
    },
    NotFinite,
    UnsignedTooLarge(u64),
    NotANumber(String),
    NotATime(String),
    SkippedLocalTime {
        local: String,
        zone: String,
    },
    RepeatedLocalTime {
        local: String,
        zone: String,
    },
    TimeOutOfRange,
    /// The value is none of those that a field of this type holds.
    Inexact {
        value: String,
        kind: FieldType,
    },
    /// The record batch has another type in this column than the schema that the shaper was made for.
    TypeChanged,
}

/// The beginning of a value, for a reason.
pub(super) fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into_owned(),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom => f.write_str("needs more room"),
            Self::Missing => f.write_str("is NULL"),
            Self::Empty => f.write_str("is empty"),
            Self::TrailingBackslash => f.write_str("ends in a backslash, which line protocol cannot carry"),
            Self::BackslashBeforeSeparator => {
                f.write_str("has a backslash before a comma, space, equals sign, quote or backslash, which line protocol cannot carry")
            }
            Self::LineBreak => f.write_str("contains a line break, which only a string field can carry"),
            Self::Tab => f.write_str("contains a tab, which this server reads as the end of the name"),
            Self::FirstByte(byte) => write!(f, "begins with {:?}, which the server reads as a comment or blank", char::from(*byte)),
            Self::Control => f.write_str("contains a control character"),
            Self::TooLong { bytes, most } => write!(f, "takes {bytes} bytes, the server accepts {most}"),
            Self::NotFinite => f.write_str("is NaN or infinite"),
            Self::UnsignedTooLarge(value) => {
                write!(f, "is {value}, more than an integer of InfluxDB holds; choose another `unsigned` policy")
            }
            Self::NotANumber(text) => write!(f, "is `{text}`, which is no number"),
            Self::NotATime(text) => write!(f, "is `{text}`, which is no time of the format that the mapping names"),
            Self::SkippedLocalTime { local, zone } => write!(f, "is {local}, which the clocks of {zone} skip"),
            Self::RepeatedLocalTime { local, zone } => write!(f, "is {local}, which the clocks of {zone} show twice"),
            Self::Inexact { value, kind } => write!(f, "is `{value}`, which a field of type {} does not hold exactly", kind.as_str()),
            Self::TimeOutOfRange => f.write_str("is a time outside 1677-09-21T00:12:43.145224194Z to 2262-04-11T23:47:16.854775806Z"),
            Self::TypeChanged => f.write_str("has changed its type within the result"),
        }
    }
}
