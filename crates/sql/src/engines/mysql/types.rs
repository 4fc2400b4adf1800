//! What type a column has, and its values out of a binary row.
//!
//! The form of values: <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html>. Dates and times keep the
//! byte of their length in front.

use std::io::Write;

use chrono::{Datelike, NaiveDate};
use model::{Column, ColumnType};
use sqlx::{Column as _, ColumnOrigin, Type, TypeInfo, mysql::MySqlColumn, mysql::MySqlTypeInfo};

use crate::rows::{ColumnBuilder, Values, end};

/// How the values of a column are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Little endian, 1 to 8 bytes.
    Signed,
    /// Little endian, 1 to 8 bytes; a `YEAR` goes into an integer column.
    Unsigned,
    /// 4 or 8 bytes.
    Float,
    /// Big endian, up to 8 bytes.
    Bits,
    /// The value of an expression with so many bits: the same, or its digits.
    BitsOrDigits(u8),
    Date,
    /// `DATETIME` and `TIMESTAMP`.
    DateTime,
    Time,
    /// As it is: text, decimals, bytes.
    Plain,
}

/// What an empty date holds.
pub(super) const ZERO_DATE: &str = "the zero date 0000-00-00";

/// The columns of a result.
pub(super) fn columns(columns: &[MySqlColumn]) -> Vec<Column> {
    let column = |column: &MySqlColumn| {
        let (kind, native) = kind(column.type_info());
        Column { name: column.name().to_owned(), kind, native }
    };
    columns.iter().map(column).collect()
}

/// The columns of a query whose values were written out, as they will be when they are bound: under the names that the text with placeholders
/// gives them, and an instant as itself, for which there is no literal, where `timestamps` are what instants are bound as.
pub(super) fn bound(prepared: Vec<Column>, written_out: Vec<Column>, timestamps: bool) -> Vec<Column> {
    if prepared.len() != written_out.len() {
        return prepared;
    }
    let one = |(prepared, told): (Column, Column)| {
        if timestamps && prepared.native == "null" && told.kind == ColumnType::Timestamp {
            return Column { name: prepared.name, kind: ColumnType::Instant, native: "timestamp".to_owned() };
        }
        Column { name: prepared.name, ..told }
    };
    prepared.into_iter().zip(written_out).map(one).collect()
}

/// How the values of each column are laid out.
pub(super) fn forms(columns: &[MySqlColumn]) -> Vec<Form> {
    let form = |column: &MySqlColumn| match form(column.type_info().name(), is_unsigned(column.type_info())) {
        Form::Bits if matches!(column.origin(), ColumnOrigin::Expression) => Form::BitsOrDigits(width(column.type_info())),
        form => form,
    };
    columns.iter().map(form).collect()
}

fn is_unsigned(info: &MySqlTypeInfo) -> bool {
    <u64 as Type<sqlx::MySql>>::compatible(info)
}

fn form(name: &str, unsigned: bool) -> Form {
    match name {
        "BIT" => Form::Bits,
        "YEAR" => Form::Unsigned,
        "FLOAT" | "DOUBLE" => Form::Float,
        "DATE" => Form::Date,
        "DATETIME" | "TIMESTAMP" => Form::DateTime,
        "TIME" => Form::Time,
        _ if is_integer(name) => {
            if unsigned {
                Form::Unsigned
            } else {
                Form::Signed
            }
        }
        _ => Form::Plain,
    }
}

fn is_integer(name: &str) -> bool {
    name == "BOOLEAN" || matches!(name.trim_end_matches(" UNSIGNED"), "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT")
}

fn kind(info: &MySqlTypeInfo) -> (ColumnType, String) {
    let (name, unsigned) = (info.name(), is_unsigned(info));
    let native = if name == "BOOLEAN" && unsigned {
        "tinyint(1) unsigned".to_owned()
    } else if name == "BOOLEAN" {
        "tinyint(1)".to_owned()
    } else {
        name.to_ascii_lowercase()
    };
    let kind = match form(name, unsigned) {
        Form::Signed => ColumnType::Integer,
        Form::Unsigned if name == "YEAR" => ColumnType::Integer,
        Form::Unsigned => ColumnType::Unsigned,
        Form::Float => ColumnType::Float,
        Form::Bits if width(info) == 1 => return (ColumnType::Boolean, "bit(1)".to_owned()),
        Form::Bits | Form::BitsOrDigits(_) => ColumnType::Unsigned,
        Form::Date => ColumnType::Date,
        Form::DateTime if name == "TIMESTAMP" => ColumnType::Instant,
        Form::DateTime => ColumnType::Timestamp,
        Form::Time => ColumnType::Time,
        Form::Plain => match name {
            "DECIMAL" => ColumnType::Decimal,
            "JSON" => ColumnType::Json,
            "ENUM" | "SET" | "NULL" => ColumnType::Text,
            _ if <str as Type<sqlx::MySql>>::compatible(info) => return (ColumnType::Text, native_text(&native)),
            _ => ColumnType::Bytes,
        },
    };
    (kind, native)
}

/// sqlx calls text by the names of bytes when its collation compares bytes (`utf8mb4_bin`).
fn native_text(native: &str) -> String {
    match native {
        "binary" => "char".to_owned(),
        _ => native.replace("varbinary", "varchar").replace("blob", "text"),
    }
}

/// How many bits a `BIT(n)` has. sqlx keeps it to itself, except here.
fn width(info: &MySqlTypeInfo) -> u8 {
    let told = format!("{info:?}");
    let width = told.split_once("max_size: Some(").and_then(|(_, rest)| rest.split_once(')')).and_then(|(width, _)| width.parse().ok());
    width.unwrap_or(64)
}

/// Appends a value to its column and returns its size in bytes, about.
///
/// # Errors
/// What the value is, when the column cannot hold it.
#[inline]
pub(super) fn append(column: &mut ColumnBuilder, form: Form, value: Option<&[u8]>) -> Result<usize, String> {
    let Some(value) = value else {
        column.null();
        return Ok(1);
    };
    let bytes = match (form, &mut column.values) {
        (Form::Signed, Values::Integer(all)) => {
            all.push(signed(value));
            8
        }
        (Form::Unsigned, Values::Unsigned(all)) => {
            all.push(unsigned(value));
            8
        }
        (Form::Unsigned, Values::Integer(all)) => {
            all.push(unsigned(value) as i64);
            8
        }
        (Form::Float, Values::Float(all)) => {
            all.push(match *value {
                [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
                [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
                _ => return Err(format!("a number of {} bytes", value.len())),
            });
            8
        }
        (Form::Plain, Values::Bytes(all, ends)) => {
            all.extend_from_slice(value);
            ends.push(end(all));
            value.len() + 4
        }
        (Form::DateTime, Values::Integer(all)) => {
            all.push(i64::from(days(value)?) * 86_400_000_000 + time_of_day(value));
            8
        }
        (Form::Date, Values::Date(all)) => {
            all.push(days(value)?);
            4
        }
        (Form::Time, Values::Bytes(all, ends)) => {
            let before = all.len();
            time(value, all)?;
            ends.push(end(all));
            all.len() - before + 4
        }
        (Form::Bits, Values::Boolean(all)) => {
            all.append(big_endian(value) != 0);
            1
        }
        (Form::Bits, Values::Unsigned(all)) => {
            all.push(big_endian(value));
            8
        }
        (Form::BitsOrDigits(width), Values::Boolean(all)) => {
            all.append(bits_or_digits(value, width)? != 0);
            1
        }
        (Form::BitsOrDigits(width), Values::Unsigned(all)) => {
            all.push(bits_or_digits(value, width)?);
            8
        }
        _ => return Err("a value of another type".to_owned()),
    };
    column.is_value();
    Ok(bytes)
}

#[inline]
fn signed(value: &[u8]) -> i64 {
    match *value {
        [a] => i64::from(i8::from_le_bytes([a])),
        [a, b] => i64::from(i16::from_le_bytes([a, b])),
        [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => i64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => unreachable!("sqlx cuts integers to 1, 2, 4 or 8 bytes"),
    }
}

#[inline]
fn unsigned(value: &[u8]) -> u64 {
    match *value {
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => unreachable!("sqlx cuts integers to 1, 2, 4 or 8 bytes"),
    }
}

#[inline]
fn big_endian(value: &[u8]) -> u64 {
    value.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The number of `width` bits that is the result of an expression. MariaDB says of both that they are bits: of a union it sends the bits, of
/// `MAX(v)` or `IF(a, v, w)` the digits of the number. Up to five bits no byte is a digit; beyond, a value that can be both is told.
fn bits_or_digits(value: &[u8], width: u8) -> Result<u64, String> {
    let fits = |number: &u64| 1_u64.checked_shl(u32::from(width)).is_none_or(|limit| *number < limit);
    let bits = Some(big_endian(value)).filter(|number| value.len() == usize::from(width.div_ceil(8)) && fits(number));
    let digits = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let digits = digits.and_then(|text| text.parse().ok()).filter(fits);
    match (bits, digits) {
        (Some(bits), Some(digits)) if bits != digits => Err(format!("{bits} as bits or {digits} as digits")),
        (Some(number), _) | (None, Some(number)) => Ok(number),
        (None, None) => Err(format!("{} bytes that are not {width} bits", value.len())),
    }
}

#[inline]
fn days(value: &[u8]) -> Result<i32, String> {
    const EPOCH: i32 = 719_163;
    let [_, low, high, month, day, ..] = *value else { return Err(ZERO_DATE.to_owned()) };
    let year = u16::from_le_bytes([low, high]);
    match NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day)) {
        Some(date) => Ok(date.num_days_from_ce() - EPOCH),
        None if month == 0 || day == 0 => Err(format!("the zero date {year:04}-{month:02}-{day:02}")),
        None => Err(format!("{year:04}-{month:02}-{day:02}, a day that does not exist,")),
    }
}

/// Microseconds since midnight of a date with time; the server leaves out zeros at its end.
#[inline]
fn time_of_day(value: &[u8]) -> i64 {
    let [hour, minute, second] = match *value {
        [_, _, _, _, _, hour, minute, second, ..] => [hour, minute, second].map(i64::from),
        _ => return 0,
    };
    let micros = match *value {
        [_, _, _, _, _, _, _, _, a, b, c, d] => i64::from(u32::from_le_bytes([a, b, c, d])),
        _ => 0,
    };
    ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros
}

/// A time as text: `-838:59:59`, `23:59:59.25`.
fn time(value: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let (negative, days, [hour, minute, second], micros) = match *value {
        [0] => (0, 0, [0; 3], 0),
        [_, negative, a, b, c, d, hour, minute, second] => (negative, u32::from_le_bytes([a, b, c, d]), [hour, minute, second], 0),
        [_, negative, a, b, c, d, hour, minute, second, e, f, g, h] => {
            (negative, u32::from_le_bytes([a, b, c, d]), [hour, minute, second], u32::from_le_bytes([e, f, g, h]))
        }
        _ => return Err(format!("a time of {} bytes", value.len())),
    };
    let sign = if negative == 1 { "-" } else { "" };
    let hours = u64::from(days) * 24 + u64::from(hour);
    write!(out, "{sign}{hours:02}:{minute:02}:{second:02}").map_err(|error| error.to_string())?;
    if micros > 0 {
        write!(out, ".{micros:06}").map_err(|error| error.to_string())?;
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(value: &[u8]) -> String {
        let mut out = Vec::new();
        time(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times_keep_their_sign_their_days_and_their_fraction() {
        assert_eq!(text_of(&[0]), "00:00:00");
        assert_eq!(text_of(&[8, 1, 34, 0, 0, 0, 22, 59, 59]), "-838:59:59");
        assert_eq!(text_of(&[12, 0, 0, 0, 0, 0, 23, 59, 59, 0x90, 0xd0, 0x03, 0]), "23:59:59.25");
    }

    #[test]
    fn dates_are_days_since_1970_and_zero_dates_are_none() {
        assert_eq!(days(&[4, 0xb2, 0x07, 1, 1]), Ok(0));
        assert_eq!(days(&[4, 0xb1, 0x07, 12, 31]), Ok(-1));
        assert_eq!(days(&[0]), Err("the zero date 0000-00-00".to_owned()));
        assert_eq!(days(&[4, 0xea, 0x07, 2, 0]), Err("the zero date 2026-02-00".to_owned()));
        assert_eq!(days(&[4, 0xea, 0x07, 2, 31]), Err("2026-02-31, a day that does not exist,".to_owned()));
    }

    #[test]
    fn bits_of_an_expression_are_told_from_digits_or_refused() {
        for (value, width, number) in [
            (&b"0"[..], 1, 0),
            (b"1", 1, 1),
            (b"\x00", 1, 0),
            (b"\x01", 1, 1),
            (b"31", 5, 31),
            (b"\x05", 8, 5),
            (b"200", 8, 200),
            (b"18446744073709551615", 64, u64::MAX),
            (&[0xff; 8], 64, u64::MAX),
        ] {
            assert_eq!(bits_or_digits(value, width), Ok(number), "{value:?}");
        }
        assert_eq!(bits_or_digits(b"5", 8), Err("53 as bits or 5 as digits".to_owned()));
        assert_eq!(bits_or_digits(b"x5", 8), Err("2 bytes that are not 8 bits".to_owned()));
    }

    #[test]
    fn the_server_leaves_out_a_time_of_zeros() {
        assert_eq!(time_of_day(&[4, 0xb2, 0x07, 1, 1]), 0);
        assert_eq!(time_of_day(&[7, 0xb2, 0x07, 1, 1, 0, 0, 1]), 1_000_000);
        assert_eq!(time_of_day(&[11, 0xb2, 0x07, 1, 1, 0, 1, 0, 5, 0, 0, 0]), 60_000_005);
    }
}
