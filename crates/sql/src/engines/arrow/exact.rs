//! An array of any type as the one array that a column's type has, without loss.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, Date32Array, Float64Array, Int64Array, PrimitiveArray, StringArray,
    TimestampMicrosecondArray, UInt64Array,
    builder::{BinaryBuilder, StringBuilder},
    cast::AsArray,
    new_null_array,
    types::*,
};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};
use model::ColumnType;

use super::{json, words};

/// A value that its column cannot hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Its row in the array.
    pub(super) row: usize,
    /// What it is.
    pub(super) what: String,
}

/// The values, of the Arrow type of `kind`.
pub(super) fn values(kind: ColumnType, array: &ArrayRef) -> Result<ArrayRef, Misfit> {
    if array.null_count() == array.len() || array.data_type() == &DataType::Null {
        return Ok(new_null_array(&kind.arrow(), array.len()));
    }
    if let Some(plain) = unpacked(array) {
        return values(kind, &plain);
    }
    match kind {
        ColumnType::Boolean => Ok(Arc::new(booleans(array)?)),
        ColumnType::Integer => Ok(Arc::new(integers(array)?)),
        ColumnType::Unsigned => Ok(Arc::new(unsigned(array)?)),
        ColumnType::Float => Ok(Arc::new(floats(array)?)),
        ColumnType::Date => Ok(Arc::new(dates(array)?)),
        ColumnType::Timestamp => Ok(Arc::new(micros(array)?)),
        ColumnType::Instant => Ok(Arc::new(micros(array)?.with_timezone("UTC"))),
        ColumnType::Bytes => Ok(Arc::new(bytes(array)?)),
        ColumnType::Uuid => Ok(Arc::new(uuids(array)?)),
        ColumnType::Decimal | ColumnType::Text | ColumnType::Time | ColumnType::Json => Ok(Arc::new(texts(array)?)),
    }
}

/// What is packed, one value per row.
fn unpacked(array: &ArrayRef) -> Option<ArrayRef> {
    let taken = match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            arrow_select::take::take(dictionary.values(), dictionary.keys(), None)
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => runs::<Int16Type>(array),
            DataType::Int32 => runs::<Int32Type>(array),
            _ => runs::<Int64Type>(array),
        },
        _ => return None,
    };
    Some(taken.expect("the keys of a dictionary and the runs of an array lie within its values"))
}

fn runs<R: RunEndIndexType>(array: &ArrayRef) -> Result<ArrayRef, arrow_schema::ArrowError> {
    let runs = array.as_run::<R>();
    let rows = UInt64Array::from_iter_values((0..runs.len()).map(|row| runs.get_physical_index(row) as u64));
    arrow_select::take::take(runs.values(), &rows, None)
}

fn misfit<T>(array: &ArrayRef) -> Result<T, Misfit> {
    let row = (0..array.len()).find(|row| array.is_valid(*row)).unwrap_or_default();
    Err(Misfit { row, what: format!("a value of Arrow's type {}", array.data_type()) })
}

fn booleans(array: &ArrayRef) -> Result<BooleanArray, Misfit> {
    if let Some(bits) = array.as_boolean_opt() {
        return Ok(bits.clone());
    }
    let numbers = integers(array)?;
    match numbers.iter().position(|number| number.is_some_and(|number| !(0..=1).contains(&number))) {
        Some(row) => Err(Misfit { row, what: format!("the integer {}", numbers.value(row)) }),
        None => Ok(numbers.iter().map(|number| number.map(|number| number == 1)).collect()),
    }
}

/// Each value of a primitive array turned by `turn`, or what it is when that fails.
fn each<F, T>(array: &ArrayRef, turn: impl Fn(F::Native) -> Result<T::Native, String>) -> Result<PrimitiveArray<T>, Misfit>
where
    F: ArrowPrimitiveType,
    T: ArrowPrimitiveType,
{
    let array = array.as_primitive::<F>();
    let mut turned = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        // What stands below a NULL is anything.
        let value = if array.is_null(row) { Ok(T::Native::default()) } else { turn(array.value(row)) };
        turned.push(value.map_err(|what| Misfit { row, what })?);
    }
    Ok(PrimitiveArray::new(turned.into(), array.nulls().cloned()))
}

fn integers(array: &ArrayRef) -> Result<Int64Array, Misfit> {
    match array.data_type() {
        DataType::Int8 => each::<Int8Type, _>(array, |number| Ok(number.into())),
        DataType::Int16 => each::<Int16Type, _>(array, |number| Ok(number.into())),
        DataType::Int32 => each::<Int32Type, _>(array, |number| Ok(number.into())),
        DataType::Int64 => Ok(array.as_primitive::<Int64Type>().clone()),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            let numbers: ArrayRef = Arc::new(unsigned(array)?);
            each::<UInt64Type, _>(&numbers, |number| i64::try_from(number).map_err(|_| format!("the integer {number}")))
        }
        DataType::Float64 => each::<Float64Type, _>(array, |number| {
            let whole = number as i64;
            let fits = whole as f64 == number && number < 9_223_372_036_854_775_808.0;
            if fits { Ok(whole) } else { Err(format!("the number {number}")) }
        }),
        _ => misfit(array),
    }
}

fn unsigned(array: &ArrayRef) -> Result<UInt64Array, Misfit> {
    match array.data_type() {
        DataType::UInt8 => each::<UInt8Type, _>(array, |number| Ok(number.into())),
        DataType::UInt16 => each::<UInt16Type, _>(array, |number| Ok(number.into())),
        DataType::UInt32 => each::<UInt32Type, _>(array, |number| Ok(number.into())),
        DataType::UInt64 => Ok(array.as_primitive::<UInt64Type>().clone()),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            let numbers: ArrayRef = Arc::new(integers(array)?);
            each::<Int64Type, _>(&numbers, |number| u64::try_from(number).map_err(|_| format!("the integer {number}")))
        }
        _ => misfit(array),
    }
}

fn floats(array: &ArrayRef) -> Result<Float64Array, Misfit> {
    match array.data_type() {
        DataType::Float16 => each::<Float16Type, _>(array, |number| Ok(number.to_f64())),
        DataType::Float32 => each::<Float32Type, _>(array, |number| Ok(number.into())),
        DataType::Float64 => Ok(array.as_primitive::<Float64Type>().clone()),
        _ => {
            let numbers: ArrayRef = Arc::new(integers(array)?);
            each::<Int64Type, _>(&numbers, |number| {
                let float = number as f64;
                let fits = float as i128 == i128::from(number);
                if fits { Ok(float) } else { Err(format!("the integer {number}, which a float cannot hold exactly,")) }
            })
        }
    }
}

fn dates(array: &ArrayRef) -> Result<Date32Array, Misfit> {
    const DAY_MS: i64 = 86_400_000;
    match array.data_type() {
        DataType::Date32 => Ok(array.as_primitive::<Date32Type>().clone()),
        DataType::Date64 => each::<Date64Type, _>(array, |millis| {
            i32::try_from(millis.div_euclid(DAY_MS)).map_err(|_| format!("the date {millis} ms, which is beyond days in 32 bits,"))
        }),
        _ => misfit(array),
    }
}

fn micros(array: &ArrayRef) -> Result<TimestampMicrosecondArray, Misfit> {
    let beyond = |number: i64, unit: &str| format!("the time {number} {unit}, which is beyond microseconds in 64 bits,");
    match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            each::<TimestampSecondType, _>(array, |number| number.checked_mul(1_000_000).ok_or_else(|| beyond(number, "s")))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            each::<TimestampMillisecondType, _>(array, |number| number.checked_mul(1_000).ok_or_else(|| beyond(number, "ms")))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Ok(array.as_primitive::<TimestampMicrosecondType>().clone().with_timezone_opt(None::<Arc<str>>))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => each::<TimestampNanosecondType, _>(array, |number| Ok(number.div_euclid(1_000))),
        _ => misfit(array),
    }
}

fn bytes(array: &ArrayRef) -> Result<BinaryArray, Misfit> {
    if let DataType::Binary = array.data_type() {
        return Ok(array.as_binary::<i32>().clone());
    }
    let mut built = BinaryBuilder::with_capacity(array.len(), array.len() * 16);
    for row in 0..array.len() {
        if array.is_null(row) {
            built.append_null();
            continue;
        }
        match array.data_type() {
            DataType::LargeBinary => built.append_value(array.as_binary::<i64>().value(row)),
            DataType::BinaryView => built.append_value(array.as_binary_view().value(row)),
            DataType::FixedSizeBinary(_) => built.append_value(array.as_fixed_size_binary().value(row)),
            _ => return misfit(array),
        }
    }
    Ok(built.finish())
}

fn uuids(array: &ArrayRef) -> Result<StringArray, Misfit> {
    if matches!(array.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
        // Some drivers write them in capitals.
        return Ok(texts(array)?.iter().map(|text| text.map(str::to_ascii_lowercase)).collect());
    }
    let bytes = bytes(array)?;
    let mut built = StringBuilder::with_capacity(bytes.len(), bytes.len() * 36);
    for row in 0..bytes.len() {
        if bytes.is_null(row) {
            built.append_null();
            continue;
        }
        let length = bytes.value(row).len();
        let uuid = uuid::Uuid::from_slice(bytes.value(row)).map_err(|_| Misfit { row, what: format!("{length} bytes") })?;
        built.append_value(uuid.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()));
    }
    Ok(built.finish())
}

fn texts(array: &ArrayRef) -> Result<StringArray, Misfit> {
    if let DataType::Utf8 = array.data_type() {
        return Ok(array.as_string::<i32>().clone());
    }
    let mut built = StringBuilder::with_capacity(array.len(), array.len() * 16);
    for row in 0..array.len() {
        if array.is_null(row) {
            built.append_null();
        } else {
            built.append_value(text(array, row)?);
        }
    }
    Ok(built.finish())
}

/// A value that is no NULL as text.
fn text(array: &ArrayRef, row: usize) -> Result<String, Misfit> {
    Ok(match array.data_type() {
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
        DataType::Utf8View => array.as_string_view().value(row).to_owned(),
        DataType::Decimal32(..) => array.as_primitive::<Decimal32Type>().value_as_string(row),
        DataType::Decimal64(..) => array.as_primitive::<Decimal64Type>().value_as_string(row),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Decimal256(..) => array.as_primitive::<Decimal256Type>().value_as_string(row),
        DataType::Time32(TimeUnit::Second) => words::clock(array.as_primitive::<Time32SecondType>().value(row).into(), 0),
        DataType::Time32(_) => words::clock(array.as_primitive::<Time32MillisecondType>().value(row).into(), 3),
        DataType::Time64(TimeUnit::Microsecond) => words::clock(array.as_primitive::<Time64MicrosecondType>().value(row).into(), 6),
        DataType::Time64(_) => words::clock(array.as_primitive::<Time64NanosecondType>().value(row).into(), 9),
        DataType::Duration(TimeUnit::Second) => words::clock(array.as_primitive::<DurationSecondType>().value(row).into(), 0),
        DataType::Duration(TimeUnit::Millisecond) => words::clock(array.as_primitive::<DurationMillisecondType>().value(row).into(), 3),
        DataType::Duration(TimeUnit::Microsecond) => words::clock(array.as_primitive::<DurationMicrosecondType>().value(row).into(), 6),
        DataType::Duration(TimeUnit::Nanosecond) => words::clock(array.as_primitive::<DurationNanosecondType>().value(row).into(), 9),
        DataType::Interval(IntervalUnit::YearMonth) => words::interval(array.as_primitive::<IntervalYearMonthType>().value(row), 0, 0),
        DataType::Interval(IntervalUnit::DayTime) => {
            let value = array.as_primitive::<IntervalDayTimeType>().value(row);
            words::interval(0, value.days, i64::from(value.milliseconds) * 1_000_000)
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            words::interval(value.months, value.days, value.nanoseconds)
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) | DataType::Map(..) | DataType::Struct(_) => {
            json::of(array, row).map_err(|what| Misfit { row, what })?.to_string()
        }
        // A column that was found to be text by other rows.
        _ => return Err(Misfit { row, what: format!("a value of Arrow's type {}", array.data_type()) }),
    })
}
