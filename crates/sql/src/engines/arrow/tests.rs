use std::{collections::HashMap, sync::Arc};

use arrow_array::types::{TimestampMicrosecondType, UInt64Type};
use arrow_array::{
    BinaryViewArray, BooleanArray, Date64Array, Decimal128Array, Decimal256Array, DictionaryArray, DurationMillisecondArray,
    FixedSizeBinaryArray, Float16Array, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, IntervalMonthDayNanoArray,
    IntervalYearMonthArray, LargeStringArray, ListArray, NullArray, RunArray, StringArray, StringViewArray, StructArray,
    Time32MillisecondArray, Time64NanosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
    types::{Int32Type, IntervalMonthDayNano},
};
use arrow_schema::Fields;

use super::*;

fn batch(array: ArrayRef) -> RecordBatch {
    RecordBatch::try_new(Arc::new(Schema::new(vec![Field::new("v", array.data_type().clone(), true)])), vec![array]).unwrap()
}

/// What the array's column is, and its values as text.
fn read(array: ArrayRef) -> (ColumnType, Vec<Option<String>>) {
    let batch = batch(array);
    let columns = columns(&batch.schema()).unwrap();
    let kind = columns[0].kind;
    let taken = Intake::new(&columns, ReadLimits::default()).take(&batch).unwrap();
    assert_eq!(taken.len(), 1);
    let array = taken[0].column(0);
    assert_eq!(array.data_type(), &kind.arrow());
    let text = |row| -> String {
        match kind {
            ColumnType::Boolean => array.as_boolean().value(row).to_string(),
            ColumnType::Integer => array.as_primitive::<arrow_array::types::Int64Type>().value(row).to_string(),
            ColumnType::Unsigned => array.as_primitive::<UInt64Type>().value(row).to_string(),
            ColumnType::Float => format!("{:?}", array.as_primitive::<arrow_array::types::Float64Type>().value(row)),
            ColumnType::Date => array.as_primitive::<arrow_array::types::Date32Type>().value(row).to_string(),
            ColumnType::Timestamp | ColumnType::Instant => array.as_primitive::<TimestampMicrosecondType>().value(row).to_string(),
            ColumnType::Bytes => format!("{:02x?}", array.as_binary::<i32>().value(row)),
            _ => array.as_string::<i32>().value(row).to_owned(),
        }
    };
    (kind, (0..array.len()).map(|row| array.is_valid(row).then(|| text(row))).collect())
}

#[test]
fn every_type_arrives_with_its_values_and_its_nulls() {
    let month_day_nano = IntervalMonthDayNano::new(14, 3, 14_706_700_000_000);
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None, Some(3)]), None]);
    let fields = Fields::from(vec![Field::new("a", DataType::Decimal128(5, 2), true), Field::new("b", DataType::Boolean, true)]);
    let decimals: ArrayRef = Arc::new(Decimal128Array::from(vec![Some(-5)]).with_precision_and_scale(5, 2).unwrap());
    let structs = StructArray::new(fields, vec![decimals, Arc::new(BooleanArray::from(vec![None]))], None);
    let words: DictionaryArray<Int32Type> = vec![Some("x"), None, Some("x")].into_iter().collect();
    let runs = RunArray::try_new(&Int32Array::from(vec![2, 3]), &StringArray::from(vec![Some("a"), None])).unwrap();
    let cases: Vec<(ArrayRef, ColumnType, Vec<Option<&str>>)> = vec![
        (Arc::new(BooleanArray::from(vec![Some(true), None])), ColumnType::Boolean, vec![Some("true"), None]),
        (Arc::new(Int8Array::from(vec![Some(-128), None])), ColumnType::Integer, vec![Some("-128"), None]),
        (Arc::new(UInt64Array::from(vec![Some(u64::MAX), None])), ColumnType::Unsigned, vec![Some("18446744073709551615"), None]),
        (Arc::new(Float16Array::from(vec![None, Some(Default::default())])), ColumnType::Float, vec![None, Some("0.0")]),
        (Arc::new(Float32Array::from(vec![0.1])), ColumnType::Float, vec![Some("0.10000000149011612")]),
        (
            Arc::new(Decimal256Array::from(vec![Some(arrow_buffer::i256::from(-1205)), None]).with_precision_and_scale(40, 3).unwrap()),
            ColumnType::Decimal,
            vec![Some("-1.205"), None],
        ),
        (Arc::new(LargeStringArray::from(vec![Some("ä"), None])), ColumnType::Text, vec![Some("ä"), None]),
        (
            Arc::new(StringViewArray::from(vec![Some("a text that does not fit into a view"), None])),
            ColumnType::Text,
            vec![Some("a text that does not fit into a view"), None],
        ),
        (Arc::new(BinaryViewArray::from(vec![Some(&[0_u8, 255][..]), None])), ColumnType::Bytes, vec![Some("[00, ff]"), None]),
        (Arc::new(NullArray::new(1)), ColumnType::Text, vec![None]),
        (Arc::new(Date64Array::from(vec![-1, 86_400_000])), ColumnType::Date, vec![Some("-1"), Some("1")]),
        (Arc::new(Time32MillisecondArray::from(vec![86_399_250])), ColumnType::Time, vec![Some("23:59:59.25")]),
        (Arc::new(Time64NanosecondArray::from(vec![Some(1), None])), ColumnType::Time, vec![Some("00:00:00.000000001"), None]),
        (Arc::new(DurationMillisecondArray::from(vec![-3_020_399_000])), ColumnType::Time, vec![Some("-838:59:59")]),
        (Arc::new(IntervalYearMonthArray::from(vec![-12])), ColumnType::Time, vec![Some("-1 years")]),
        (Arc::new(IntervalMonthDayNanoArray::from(vec![month_day_nano])), ColumnType::Time, vec![Some("1 year 2 mons 3 days 04:05:06.7")]),
        (Arc::new(TimestampSecondArray::from(vec![Some(-1), None])), ColumnType::Timestamp, vec![Some("-1000000"), None]),
        (Arc::new(TimestampNanosecondArray::from(vec![-1, 1999])), ColumnType::Timestamp, vec![Some("-1"), Some("1")]),
        (Arc::new(TimestampMillisecondArray::from(vec![1]).with_timezone("+05:30")), ColumnType::Instant, vec![Some("1000")]),
        (Arc::new(list), ColumnType::Json, vec![Some("[1,null,3]"), None]),
        (Arc::new(structs), ColumnType::Json, vec![Some("{\"a\":\"-0.05\",\"b\":null}")]),
        (Arc::new(words), ColumnType::Text, vec![Some("x"), None, Some("x")]),
        (Arc::new(runs), ColumnType::Text, vec![Some("a"), Some("a"), None]),
    ];
    for (array, kind, values) in cases {
        let about = array.data_type().to_string();
        let expected: Vec<_> = values.into_iter().map(|value| value.map(str::to_owned)).collect();
        assert_eq!(read(array), (kind, expected), "{about}");
    }
}

#[test]
fn what_a_column_cannot_hold_names_its_column_and_row() {
    let column = |kind| vec![Column { name: "v".to_owned(), kind, native: String::new() }];
    let cases: Vec<(ColumnType, ArrayRef, &str)> = vec![
        (ColumnType::Timestamp, Arc::new(TimestampSecondArray::from(vec![None, Some(i64::MAX)])), "beyond microseconds"),
        (ColumnType::Integer, Arc::new(UInt64Array::from(vec![1, u64::MAX])), "18446744073709551615"),
        (ColumnType::Unsigned, Arc::new(Int64Array::from(vec![1, -1])), "-1"),
        (ColumnType::Float, Arc::new(Int64Array::from(vec![1, i64::MAX])), "9223372036854775807"),
        (ColumnType::Integer, Arc::new(Float64Array::from(vec![1.0, 1.5])), "1.5"),
        (ColumnType::Integer, Arc::new(StringArray::from(vec![None, Some("x")])), "Utf8"),
        (ColumnType::Uuid, Arc::new(FixedSizeBinaryArray::try_from_iter([[0_u8; 2], [1; 2]].into_iter()).unwrap()), "2 bytes"),
    ];
    for (kind, array, what) in cases {
        let row = if kind == ColumnType::Uuid { 1 } else { 2 };
        let failure = Intake::new(&column(kind), ReadLimits::default()).take(&batch(array)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::SqlTypeChanged);
        assert!(failure.doing.contains("`v`") && failure.doing.contains(what), "{}", failure.doing);
        assert!(failure.doing.ends_with(&format!("in row {row}")), "{}", failure.doing);
    }
}

#[test]
fn a_field_that_says_more_of_itself_is_heard() {
    let field = |data, pairs: &[(&str, &str)]| {
        let metadata: HashMap<_, _> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        column(&Field::new("v", data, true).with_metadata(metadata)).unwrap()
    };
    for (column, kind, native) in [
        (field(DataType::Utf8, &[(POSTGRES_TYPE, "numeric")]), ColumnType::Decimal, "numeric"),
        (field(DataType::Utf8, &[(EXTENSION, "arrow.json")]), ColumnType::Json, "Utf8"),
        (field(DataType::FixedSizeBinary(16), &[(EXTENSION, "arrow.uuid")]), ColumnType::Uuid, "FixedSizeBinary(16)"),
        (
            field(DataType::Binary, &[(EXTENSION, "arrow.opaque"), (EXTENSION_METADATA, "{\"type_name\": \"point\"}")]),
            ColumnType::Bytes,
            "point",
        ),
    ] {
        assert_eq!((column.kind, column.native.as_str()), (kind, native));
    }
    let bytes: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([[0xA0_u8; 16]].into_iter()).unwrap());
    let uuids = exact::values(ColumnType::Uuid, &bytes).unwrap();
    assert_eq!(uuids.as_string::<i32>().value(0), "a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0");
}

#[test]
fn times_finer_than_a_microsecond_are_known_however_they_are_packed() {
    let time = |unit| DataType::Timestamp(unit, None);
    let packed = |data| DataType::Dictionary(Box::new(DataType::Int32), Box::new(data));
    let zoned = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    for (data, expected) in [
        (time(TimeUnit::Nanosecond), true),
        (zoned, true),
        (packed(time(TimeUnit::Nanosecond)), true),
        (time(TimeUnit::Microsecond), false),
        (packed(time(TimeUnit::Second)), false),
        (DataType::Date64, false),
        (DataType::Int64, false),
    ] {
        assert_eq!(is_cut(&data), expected, "{data}");
    }
}

#[test]
fn a_large_batch_is_cut_and_no_more_rows_come_than_are_asked_for() {
    let limits = ReadLimits { batch_rows: 4, batch_bytes: 1 << 20, max_rows: Some(9) };
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..12));
    let batch = batch(numbers);
    let mut intake = Intake::new(&columns(&batch.schema()).unwrap(), limits);
    let sizes: Vec<usize> = intake.take(&batch).unwrap().iter().map(RecordBatch::num_rows).collect();
    assert_eq!(sizes, [4, 4, 1]);
    assert!(intake.is_full());
    assert!(intake.take(&batch).unwrap().is_empty());
}
