//! What a mapping makes of rows: every role, every policy, every mistake.
#![allow(missing_docs, clippy::unwrap_used)]

mod line_rows;

use chrono_tz::Europe;
use influx::line::{ColumnUse, LineRules, Role, describe};
use line_rows::*;
use model::{
    Connection, FieldType, Fields, Mapping, Measurement, Target, TimeColumn, TimeFormat,
    mapping::{Bytes, Decimal, EmptyRow, LongText, NotANumber, TimeField, Unsigned},
};

/// 2026-11-21T14:05:00.25Z in microseconds.
const INSTANT_US: i64 = 1_795_269_900_250_000;
/// 2026-11-21 in days.
const DAY: i32 = 20_778;

fn mapping() -> Mapping {
    Mapping::new("m")
}

fn tagged(tags: &[&str]) -> Mapping {
    Mapping { tags: names(tags), ..mapping() }
}

fn timed(column: &str, format: TimeFormat) -> Mapping {
    Mapping { time: Some(TimeColumn { format, ..TimeColumn::new(column) }), ..mapping() }
}

fn v1() -> LineRules {
    LineRules::v1()
}

#[test]
fn rows_become_lines_with_tags_in_bytewise_order_and_the_slots_time() {
    let columns = [
        texts("site", &[Some("a b"), Some("x")]),
        texts("Device", &[Some("1"), None]),
        floats("temp", &[Some(21.5), Some(-0.0)]),
        integers("count", &[Some(7), None]),
        booleans("ok", &[Some(true), Some(false)]),
        texts("note", &[Some("say \"hi\"\\"), Some("")]),
    ];
    let (lines, rejects) = lines(&tagged(&["site", "Device"]), &columns, &v1());
    assert_eq!(
        lines,
        [
            r#"m,Device=1,site=a\ b temp=21.5,count=7i,ok=true,note="say \"hi\"\\" 1795269900000000000"#,
            r#"m,site=x temp=-0.0,ok=false,note="" 1795269900000000000"#
        ]
    );
    assert_eq!(rejects, []);
}

#[test]
fn explicit_fields_keep_their_order_and_leave_the_rest_out() {
    let columns = [integers("a", &[Some(1)]), integers("b", &[Some(2)]), integers("c", &[Some(3)])];
    let mapping = Mapping { fields: Fields::Columns(names(&["c", "a"])), ..mapping() };
    assert_eq!(line(&mapping, &columns, &v1()), "m c=3i,a=1i 1795269900000000000");
}

#[test]
fn names_are_escaped() {
    let columns = [texts("a tag", &[Some("v")]), integers("a,field=", &[Some(1)])];
    let mapping = Mapping { tags: names(&["a tag"]), ..Mapping::new("my, measurement=") };
    assert_eq!(line(&mapping, &columns, &v1()), r"my\,\ measurement=,a\ tag=v a\,field\==1i 1795269900000000000");
}

#[test]
fn a_measurement_column_names_each_rows_measurement() {
    let mapping = Mapping { measurement: Measurement::Column("name".to_owned()), ..mapping() };
    let names = [Some("cpu"), Some("two words"), None, Some(""), Some("#c"), Some("a\nb"), Some("x\\"), Some("mem")];
    let columns = [texts("name", &names), integers("v", &[Some(1); 8])];
    let (lines, rejects) = lines(&mapping, &columns, &v1());
    assert_eq!(lines, ["cpu v=1i 1795269900000000000", r"two\ words v=1i 1795269900000000000", "mem v=1i 1795269900000000000"]);
    let rows: Vec<u64> = rejects.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, [3, 4, 5, 6, 7]);
    assert_eq!(rejects[0].1, "measurement `name` is NULL");
    assert_eq!(rejects[1].1, "measurement `name` is empty");
}

#[test]
fn a_measurement_that_is_a_comment_is_refused_even_when_nothing_needs_escaping() {
    let mapping = Mapping { measurement: Measurement::Column("name".to_owned()), ..mapping() };
    let (lines, rejects) = lines(&mapping, &[texts("name", &[Some("#a"), Some("b")]), integers("v", &[Some(1); 2])], &v1());
    assert_eq!(lines, ["b v=1i 1795269900000000000"]);
    assert_eq!(rejects, [(1, "measurement `name` begins with '#', which the server reads as a comment or blank".to_owned())]);
}

#[test]
fn every_type_has_one_text_as_a_tag() {
    let field = || integers("v", &[Some(1)]);
    let tag = |column: Values| {
        let line = line(&tagged(&["t"]), &[column, field()], &v1());
        line.strip_prefix("m,t=").and_then(|rest| rest.strip_suffix(" v=1i 1795269900000000000")).unwrap().to_owned()
    };
    assert_eq!(tag(booleans("t", &[Some(true)])), "true");
    assert_eq!(tag(booleans("t", &[Some(false)])), "false");
    assert_eq!(tag(integers("t", &[Some(-7)])), "-7");
    assert_eq!(tag(unsigned("t", &[Some(u64::MAX)])), "18446744073709551615");
    assert_eq!(tag(floats("t", &[Some(0.1)])), "0.1");
    assert_eq!(tag(floats("t", &[Some(1.0)])), "1.0");
    assert_eq!(tag(floats("t", &[Some(f64::NAN)])), "NaN");
    assert_eq!(tag(floats("t", &[Some(f64::NEG_INFINITY)])), "-Infinity");
    assert_eq!(tag(decimals("t", &[Some("12.30")])), "12.30");
    assert_eq!(tag(dates("t", &[Some(DAY)])), "2026-11-21");
    assert_eq!(tag(timestamps("t", &[Some(INSTANT_US)])), "2026-11-21T14:05:00.25");
    assert_eq!(tag(instants("t", &[Some(INSTANT_US)])), "2026-11-21T14:05:00.25Z");
    assert_eq!(tag(instants("t", &[Some(INSTANT_US - 250_000)])), "2026-11-21T14:05:00Z");
    assert_eq!(tag(bytes("t", &[Some(b"\x00\xff")])), r"AP8\=");
}

#[test]
fn a_null_or_empty_tag_is_left_out() {
    let columns = [texts("t", &[None, Some(""), Some("x")]), bytes("b", &[None, Some(b""), Some(b"abc")]), integers("v", &[Some(1); 3])];
    let (lines, _) = lines(&tagged(&["t", "b"]), &columns, &v1());
    assert_eq!(lines, ["m v=1i 1795269900000000000", "m v=1i 1795269900000000000", "m,b=YWJj,t=x v=1i 1795269900000000000"]);
}

#[test]
fn a_tag_that_line_protocol_cannot_carry_rejects_its_row_and_no_other() {
    let columns = [texts("t", &[Some("ok"), Some("a\\"), Some("a\nb"), Some("fine")]), integers("v", &[Some(1); 4])];
    let shaped = shaped(&tagged(&["t"]), &[batch(&columns)], &v1()).unwrap();
    assert_eq!(text(&shaped.batches), "m,t=ok v=1i 1795269900000000000\nm,t=fine v=1i 1795269900000000000\n");
    let reasons: Vec<_> = shaped.rejects.iter().map(|r| (r.row, r.line.as_deref(), r.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            (2, None, "tag `t` ends in a backslash, which line protocol cannot carry"),
            (3, None, "tag `t` contains a line break, which only a string field can carry")
        ]
    );
    assert_eq!(shaped.batches[0].rows, [(0, 1), (1, 4)]);
}

#[test]
fn a_line_break_in_a_string_field_stays() {
    let columns = [texts("v", &[Some("a\r\nb")])];
    let shaped = shaped(&mapping(), &[batch(&columns)], &v1()).unwrap();
    assert_eq!(text(&shaped.batches), "m v=\"a\r\nb\" 1795269900000000000\n");
    assert_eq!(shaped.batches[0].lines, 1);
}

#[test]
fn a_row_without_fields_is_skipped_or_rejected_as_the_mapping_says() {
    let columns = [texts("t", &[Some("a"), Some("b"), Some("c")]), integers("v", &[Some(1), None, Some(3)]), floats("f", &[None; 3])];
    let skipping = shaped(&tagged(&["t"]), &[batch(&columns)], &v1()).unwrap();
    assert_eq!(text(&skipping.batches), "m,t=a v=1i 1795269900000000000\nm,t=c v=3i 1795269900000000000\n");
    assert_eq!((skipping.rows_skipped, skipping.rejects.len()), (1, 0));
    assert_eq!(skipping.batches[0].rows, [(0, 1), (1, 3)]);

    let rejecting = Mapping { empty_row: EmptyRow::Reject, ..tagged(&["t"]) };
    let rejecting = shaped(&rejecting, &[batch(&columns)], &v1()).unwrap();
    assert_eq!(rejecting.rows_skipped, 0);
    assert_eq!(rejecting.rejects.iter().map(|r| (r.row, r.reason.as_str())).collect::<Vec<_>>(), [(2, "no field has a value")]);
}

#[test]
fn an_empty_row_is_judged_before_its_missing_time() {
    let columns = [instants("at", &[None, None]), integers("v", &[None, Some(1)])];
    let shaped = shaped(&timed("at", TimeFormat::Native), &[batch(&columns)], &v1()).unwrap();
    assert_eq!(shaped.rows_skipped, 1);
    assert_eq!(shaped.rejects.iter().map(|r| (r.row, r.reason.as_str())).collect::<Vec<_>>(), [(2, "time `at` is NULL")]);
}

#[test]
fn nan_and_infinities_are_omitted_and_counted_or_rejected() {
    let columns = [
        floats("f", &[Some(f64::NAN), Some(f64::INFINITY), Some(1.5), Some(f64::NAN)]),
        decimals("d", &[Some("1.5"), Some("NaN"), Some("-Infinity"), Some("NaN")]),
    ];
    let omitting = shaped(&mapping(), &[batch(&columns)], &v1()).unwrap();
    assert_eq!(text(&omitting.batches), "m d=1.5 1795269900000000000\nm f=1.5 1795269900000000000\n");
    assert_eq!((omitting.values_omitted, omitting.rows_skipped), (6, 2));

    let rejecting = Mapping { not_a_number: NotANumber::Reject, ..mapping() };
    let (lines, rejects) = lines(&rejecting, &columns, &v1());
    assert_eq!(lines.len(), 0);
    assert_eq!(rejects[0], (1, "field `f` is NaN or infinite".to_owned()));
    assert_eq!(rejects[2], (3, "field `d` is NaN or infinite".to_owned()));
}

#[test]
fn what_a_rejected_row_lost_is_not_counted() {
    let columns = [floats("f", &[Some(f64::NAN)]), instants("at", &[None]), integers("v", &[Some(1)])];
    let shaped = shaped(&timed("at", TimeFormat::Native), &[batch(&columns)], &v1()).unwrap();
    assert_eq!((shaped.rejects.len(), shaped.values_omitted), (1, 0));
}

#[test]
fn unsigned_columns_become_what_the_policy_says() {
    let big = u64::MAX;
    let columns = [unsigned("u", &[Some(7), Some(big)])];
    for (policy, expected) in [
        (Unsigned::Integer, vec!["m u=7i 1795269900000000000"]),
        (Unsigned::Unsigned, vec!["m u=7u 1795269900000000000", "m u=18446744073709551615u 1795269900000000000"]),
        (Unsigned::Float, vec!["m u=7.0 1795269900000000000", "m u=1.8446744073709552e+19 1795269900000000000"]),
        (Unsigned::Text, vec!["m u=\"7\" 1795269900000000000", "m u=\"18446744073709551615\" 1795269900000000000"]),
    ] {
        let (lines, rejects) = lines(&Mapping { unsigned: policy, ..mapping() }, &columns, &v1());
        assert_eq!(lines, expected, "{policy:?}");
        assert_eq!(rejects.len(), 2 - expected.len());
    }
    let (_, rejects) = lines(&mapping(), &columns, &v1());
    assert_eq!(
        rejects,
        [(2, "field `u` is 18446744073709551615, more than an integer of InfluxDB holds; choose another `unsigned` policy".to_owned())]
    );
}

#[test]
fn decimals_become_floats_or_text() {
    let columns = [decimals("d", &[Some("-12.30"), Some("1e3"), Some("123456789012345678901234567890123456789.123"), Some("oops")])];
    let (floats, rejects) = lines(&mapping(), &columns, &v1());
    assert_eq!(
        floats,
        ["m d=-12.30 1795269900000000000", "m d=1000.0 1795269900000000000", "m d=1.2345678901234568e+38 1795269900000000000"]
    );
    assert_eq!(rejects, [(4, "field `d` is `oops`, which is no number".to_owned())]);
    let (texts, _) = lines(&Mapping { decimal: Decimal::Text, ..mapping() }, &columns, &v1());
    assert_eq!(texts[0], "m d=\"-12.30\" 1795269900000000000");
}

#[test]
fn times_as_fields_become_what_the_policy_says() {
    let columns = [dates("d", &[Some(DAY)]), timestamps("t", &[Some(INSTANT_US)]), instants("i", &[Some(-1)])];
    for (policy, expected) in [
        (TimeField::Text, r#"d="2026-11-21",t="2026-11-21T14:05:00.25",i="1969-12-31T23:59:59.999999Z""#),
        (TimeField::UnixS, "d=1795219200i,t=1795269900i,i=-1i"),
        (TimeField::UnixMs, "d=1795219200000i,t=1795269900250i,i=-1i"),
        (TimeField::UnixNs, "d=1795219200000000000i,t=1795269900250000000i,i=-1000i"),
    ] {
        let line = line(&Mapping { time_field: policy, ..mapping() }, &columns, &v1());
        assert_eq!(line, format!("m {expected} 1795269900000000000"));
    }
    let far = [instants("i", &[Some(i64::MAX)])];
    let (lines, rejects) = lines(&Mapping { time_field: TimeField::UnixNs, ..mapping() }, &far, &v1());
    assert_eq!((lines.len(), rejects.len()), (0, 1));
}

#[test]
fn bytes_become_base64_or_hexadecimal() {
    let long: Vec<u8> = (0..=255).collect();
    let columns = [bytes("b", &[Some(b"\x00\xff"), Some(&long), Some(b"")])];
    let (base64, _) = lines(&mapping(), &columns, &v1());
    assert_eq!(base64[0], "m b=\"AP8=\" 1795269900000000000");
    assert!(base64[1].starts_with(
        "m b=\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJT"
    ));
    assert!(base64[1].ends_with("+fr7/P3+/w==\" 1795269900000000000"));
    assert_eq!(base64[2], "m b=\"\" 1795269900000000000");
    let (hex, _) = lines(&Mapping { bytes: Bytes::Hex, ..mapping() }, &columns, &v1());
    assert_eq!(hex[0], "m b=\"00ff\" 1795269900000000000");
    assert_eq!(hex[1].len(), "m b=\"\" 1795269900000000000".len() + 512);
}

#[test]
fn long_text_is_rejected_or_cut_at_a_whole_character() {
    let rules = LineRules { max_field_text_bytes: 5, ..v1() };
    let columns = [texts("s", &[Some("12345"), Some("1234é"), Some("123é5"), Some("\"\"\"\"\"\"")]), integers("v", &[Some(1); 4])];
    let rejecting = shaped(&mapping(), &[batch(&columns)], &rules).unwrap();
    assert_eq!(rejecting.rejects.iter().map(|r| r.row).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(rejecting.rejects[0].reason, "field `s` takes 6 bytes, the server accepts 5");
    let cutting = shaped(&Mapping { long_text: LongText::Truncate, ..mapping() }, &[batch(&columns)], &rules).unwrap();
    let cut: Vec<_> = text(&cutting.batches).lines().map(|line| line.split(',').next().unwrap().to_owned()).collect();
    assert_eq!(cut, [r#"m s="12345""#, r#"m s="1234""#, r#"m s="123é""#, r#"m s="\"\"\"\"\"""#]);
    assert_eq!((cutting.values_truncated, cutting.rejects.len()), (3, 0));

    let blob = [bytes("b", &[Some(b"abcdef")])];
    assert_eq!(line(&Mapping { long_text: LongText::Truncate, ..mapping() }, &blob, &rules), "m b=\"YWJj\" 1795269900000000000");
    let hex = Mapping { long_text: LongText::Truncate, bytes: Bytes::Hex, ..mapping() };
    assert_eq!(line(&hex, &blob, &rules), "m b=\"6162\" 1795269900000000000");
}

#[test]
fn text_of_each_servers_longest_length_is_taken() {
    for (rules, most) in [(LineRules::v1(), 1 << 20), (LineRules::v2(), 1 << 20), (LineRules::v3(), 64 << 10)] {
        let (fits, too_long) = ("x".repeat(most), "x".repeat(most + 1));
        let shaped = shaped(&mapping(), &[batch(&[texts("s", &[Some(&fits), Some(&too_long)])])], &rules).unwrap();
        assert_eq!((shaped.batches[0].lines, shaped.rejects.len()), (1, 1));
    }
}

#[test]
fn a_series_key_longer_than_the_server_takes_is_rejected_or_its_longest_tag_cut() {
    // m,t=… and the field's key `v` behind four bytes: 4 + 65,526 + 4 + 1 = 65,535.
    let (fits, too_long) = ("x".repeat(65_526), "x".repeat(65_527));
    let columns = [texts("t", &[Some(&fits), Some(&too_long), Some("y")]), integers("v", &[Some(1); 3])];
    let rejecting = shaped(&tagged(&["t"]), &[batch(&columns)], &v1()).unwrap();
    assert_eq!(rejecting.batches[0].rows, [(0, 1), (1, 3)]);
    assert_eq!(rejecting.rejects[0].reason, "measurement and tags take 65531 bytes, the server accepts 65530; tag `t` is the longest");
    let cutting = shaped(&Mapping { long_text: LongText::Truncate, ..tagged(&["t"]) }, &[batch(&columns)], &v1()).unwrap();
    let lines: Vec<_> = text(&cutting.batches).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], lines[1]);
    assert_eq!((lines.len(), cutting.values_truncated, cutting.rejects.len()), (3, 1, 0));

    // Two tags, each short enough alone; commas count as the two bytes that they take. The longer text is the one that is cut.
    let (commas, letters) = (",".repeat(20_000), "z".repeat(30_000));
    let columns = [texts("a", &[Some(&commas)]), texts("b", &[Some(&letters)]), integers("v", &[Some(1)])];
    let cut = line(&Mapping { long_text: LongText::Truncate, ..tagged(&["a", "b"]) }, &columns, &v1());
    let series = cut.split(' ').next().unwrap();
    assert_eq!(series.len(), 65_530);
    assert!(series.starts_with(&format!("m,a={},b=zzz", r"\,".repeat(20_000))));
}

#[test]
fn time_columns_of_every_form_are_read() {
    let time = |mapping: &Mapping, column: Values| {
        let line = line(mapping, &[column, integers("v", &[Some(1)])], &v1());
        line.strip_prefix("m v=1i ").unwrap().parse::<i64>().unwrap()
    };
    let native = timed("at", TimeFormat::Native);
    assert_eq!(time(&native, instants("at", &[Some(INSTANT_US)])), 1_795_269_900_250_000_000);
    assert_eq!(time(&native, timestamps("at", &[Some(INSTANT_US)])), 1_795_269_900_250_000_000);
    assert_eq!(time(&native, dates("at", &[Some(DAY)])), 1_795_219_200_000_000_000);
    assert_eq!(time(&native, texts("at", &[Some("2026-11-21 14:05:00.25")])), 1_795_269_900_250_000_000);
    for (format, seconds) in
        [(TimeFormat::UnixS, 1), (TimeFormat::UnixMs, 1_000), (TimeFormat::UnixUs, 1_000_000), (TimeFormat::UnixNs, 1_000_000_000)]
    {
        let mapping = timed("at", format);
        let units = 1_795_269_900_i64 * seconds;
        let expected = 1_795_269_900_000_000_000;
        assert_eq!(time(&mapping, integers("at", &[Some(units)])), expected, "{format:?}");
        assert_eq!(time(&mapping, unsigned("at", &[Some(units.unsigned_abs())])), expected, "{format:?}");
        if format != TimeFormat::UnixNs {
            assert_eq!(time(&mapping, floats("at", &[Some(units as f64)])), expected, "{format:?}");
        }
        assert_eq!(time(&mapping, decimals("at", &[Some(&units.to_string())])), expected, "{format:?}");
        assert_eq!(time(&mapping, texts("at", &[Some(&units.to_string())])), expected, "{format:?}");
    }
    let seconds = timed("at", TimeFormat::UnixS);
    assert_eq!(time(&seconds, floats("at", &[Some(1_700_000_000.123)])), 1_700_000_000_123_000_000);
    assert_eq!(time(&seconds, decimals("at", &[Some("1700000000.123456789")])), 1_700_000_000_123_456_789);
    assert_eq!(time(&timed("at", TimeFormat::UnixNs), integers("at", &[Some(i64::MAX - 1)])), i64::MAX - 1);
}

#[test]
fn a_time_that_is_none_or_out_of_range_rejects_its_row() {
    let rejected = |mapping: &Mapping, column: Values| {
        let (lines, rejects) = lines(mapping, &[column, integers("v", &[Some(1)])], &v1());
        assert_eq!((lines.len(), rejects.len()), (0, 1));
        rejects[0].1.clone()
    };
    let native = timed("at", TimeFormat::Native);
    let out_of_range = "time `at` is a time outside 1677-09-21T00:12:43.145224194Z to 2262-04-11T23:47:16.854775806Z";
    assert_eq!(rejected(&native, instants("at", &[None])), "time `at` is NULL");
    assert_eq!(rejected(&native, instants("at", &[Some(i64::MAX)])), out_of_range);
    assert_eq!(rejected(&native, timestamps("at", &[Some(9_223_372_036_854_776)])), out_of_range);
    assert_eq!(rejected(&native, dates("at", &[Some(i32::MIN)])), out_of_range);
    assert_eq!(rejected(&native, texts("at", &[Some("3000-01-01")])), out_of_range);
    assert_eq!(
        rejected(&native, texts("at", &[Some("yesterday")])),
        "time `at` is `yesterday`, which is no time of the format that the mapping names"
    );
    let nanoseconds = timed("at", TimeFormat::UnixNs);
    assert_eq!(rejected(&nanoseconds, integers("at", &[Some(i64::MAX)])), out_of_range);
    assert_eq!(rejected(&nanoseconds, integers("at", &[Some(i64::MIN + 1)])), out_of_range);
    let seconds = timed("at", TimeFormat::UnixS);
    assert_eq!(rejected(&seconds, integers("at", &[Some(i64::MAX)])), out_of_range);
    assert_eq!(rejected(&seconds, unsigned("at", &[Some(u64::MAX)])), out_of_range);
    assert_eq!(rejected(&seconds, floats("at", &[Some(1e300)])), out_of_range);
    assert!(rejected(&seconds, floats("at", &[Some(f64::NAN)])).contains("`NaN`"));
    assert!(rejected(&seconds, texts("at", &[Some("2026-11-21")])).contains("`2026-11-21`"));
}

#[test]
fn times_without_a_zone_are_of_the_mappings_zone() {
    let zone = Some(Europe::Berlin);
    let berlin = Mapping { time: Some(TimeColumn { zone, ..TimeColumn::new("at") }), ..mapping() };
    // 2026-11-21T14:05:00.25 in Berlin is one hour earlier in UTC; a day begins one hour earlier; an instant is what it is.
    for (column, expected) in [
        (timestamps("at", &[Some(INSTANT_US)]), "m v=1i 1795266300250000000"),
        (dates("at", &[Some(DAY)]), "m v=1i 1795215600000000000"),
        (texts("at", &[Some("2026-11-21T14:05:00.25")]), "m v=1i 1795266300250000000"),
        (texts("at", &[Some("2026-11-21T14:05:00.25Z")]), "m v=1i 1795269900250000000"),
        (instants("at", &[Some(INSTANT_US)]), "m v=1i 1795269900250000000"),
    ] {
        assert_eq!(line(&berlin, &[column, integers("v", &[Some(1)])], &v1()), expected);
    }
    // 2026-03-29T02:30 was skipped, 2026-10-25T02:30 happens at 00:30Z and at 01:30Z.
    let columns = [timestamps("at", &[Some(1_774_751_400_000_000), Some(1_792_895_400_000_000)]), integers("v", &[Some(1); 2])];
    let (lines, rejects) = lines(&berlin, &columns, &v1());
    assert_eq!(lines, ["m v=1i 1792888200000000000"]);
    assert_eq!(rejects, [(1, "time `at` is 2026-03-29 02:30:00, which the clocks of Europe/Berlin skip".to_owned())]);
}

#[test]
fn a_mapping_that_cannot_be_says_what_to_do() {
    let columns = [texts("host", &[Some("a")]), integers("n", &[Some(1)]), bytes("blob", &[Some(b"")]), booleans("b", &[None])];
    let fields = |names_: &[&str]| Fields::Columns(names(names_));
    let cases: [(Mapping, &str); 15] = [
        (tagged(&["hots"]), "tags names column `hots`, which the result does not have; it has `host`, `n`, `blob`, `b`"),
        (
            Mapping { fields: fields(&["x"]), ..mapping() },
            "fields names column `x`, which the result does not have; it has `host`, `n`, `blob`, `b`",
        ),
        (timed("x", TimeFormat::Native), "time names column `x`, which the result does not have; it has `host`, `n`, `blob`, `b`"),
        (
            Mapping { measurement: Measurement::Column("x".to_owned()), ..mapping() },
            "measurement names column `x`, which the result does not have; it has `host`, `n`, `blob`, `b`",
        ),
        (tagged(&["host", "n", "host"]), "tags names column `host` twice"),
        (Mapping { fields: fields(&["n", "n"]), ..mapping() }, "fields names column `n` twice"),
        (
            Mapping { tags: names(&["n"]), ..timed("n", TimeFormat::UnixS) },
            "column `n` cannot be a tag and the time of its point; remove it from tags",
        ),
        (tagged(&["host", "n", "blob", "b"]), "no column is left to be a field, and a point needs at least one"),
        (Mapping { fields: fields(&[]), ..mapping() }, "no column is left to be a field, and a point needs at least one"),
        (timed("blob", TimeFormat::Native), "column `blob` is of type bytes, which cannot be a time"),
        (timed("b", TimeFormat::UnixS), "column `b` is of type boolean, which cannot be a time"),
        (timed("n", TimeFormat::Native), "column `n` is a number; set the time's format to unix_s, unix_ms, unix_us or unix_ns"),
        (Mapping::new(""), "measurement `` is empty"),
        (Mapping::new("a\nb"), "measurement `a\nb` contains a line break, which only a string field can carry"),
        (Mapping::new("a\\"), "measurement `a\\` ends in a backslash, which line protocol cannot carry"),
    ];
    for (mapping, message) in cases {
        assert_eq!(wrong(&mapping, &columns, &v1()), message);
    }
    assert_eq!(
        wrong(&timed("at", TimeFormat::UnixMs), &[instants("at", &[None]), integers("n", &[None])], &v1()),
        "column `at` is of type instant, not a number; set the time's format to native"
    );
}

#[test]
fn names_that_influxdb_cannot_have_are_refused_with_advice() {
    let remedy = "give it another name in the mapping's `renames`, or in the query with AS";
    let rename = |name| format!("called `{name}`, InfluxDB keeps that name for itself; {remedy}");
    let columns = [texts("time", &[None]), integers("_field", &[None]), integers("n", &[None])];
    assert_eq!(wrong(&tagged(&["time"]), &columns, &v1()), format!("column `time` cannot be a tag {}", rename("time")));
    assert_eq!(wrong(&mapping(), &columns, &LineRules::v3()), format!("column `time` cannot be a field {}", rename("time")));
    assert_eq!(
        wrong(&timed("time", TimeFormat::Native), &columns, &LineRules::v2()),
        format!("column `_field` cannot be a field {}", rename("_field"))
    );
    assert!(shaped(&timed("time", TimeFormat::Native), &[batch(&columns)], &v1()).is_ok(), "as the time it is welcome");
    assert_eq!(
        wrong(&mapping(), &[integers("a\\", &[None])], &v1()),
        format!("column `a\\\\` cannot be a field: its name ends in a backslash, which line protocol cannot carry; {remedy}")
    );
    assert_eq!(wrong(&mapping(), &[integers("", &[None])], &v1()), format!("column `` cannot be a field without a name; {remedy}"));
}

#[test]
fn one_name_may_be_tag_and_field_except_on_v3() {
    let columns = [texts("host", &[Some("a")]), integers("n", &[Some(1)])];
    let both = Mapping { fields: Fields::Columns(names(&["host", "n"])), ..tagged(&["host"]) };
    assert_eq!(line(&both, &columns, &v1()), "m,host=a host=\"a\",n=1i 1795269900000000000");
    assert_eq!(wrong(&both, &columns, &LineRules::v3()), "column `host` cannot be a tag and a field: this server has one column per name");
}

#[test]
fn a_column_that_arrives_with_another_type_rejects_its_rows() {
    let first = batch(&[integers("n", &[Some(1)])]);
    let other = batch(&[texts("n", &[Some("1"), Some("2")])]);
    let shaped = shaped(&mapping(), &[first.clone(), other, first], &v1()).unwrap();
    assert_eq!(text(&shaped.batches).lines().count(), 2);
    assert_eq!(shaped.batches[0].rows, [(0, 1), (1, 4)]);
    assert_eq!(shaped.rejects.iter().map(|r| r.row).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(shaped.rejects[0].reason, "column `n` has changed its type within the result");
}

#[test]
fn a_preview_tells_what_each_column_becomes() {
    let columns = [
        texts("host", &[None]),
        instants("at", &[None]),
        unsigned("u", &[None]),
        decimals("d", &[None]),
        dates("day", &[None]),
        bytes("blob", &[None]),
        booleans("spare", &[None]),
    ];
    let mapping = Mapping {
        fields: Fields::Columns(names(&["u", "d", "day", "blob"])),
        tags: names(&["host"]),
        time_field: TimeField::UnixMs,
        ..timed("at", TimeFormat::Native)
    };
    let uses = describe(&mapping, &batch(&columns).schema(), &v1()).unwrap();
    let expected = [
        ("host", Role::Tag, None),
        ("u", Role::Field, Some(FieldType::Integer)),
        ("d", Role::Field, Some(FieldType::Float)),
        ("day", Role::Field, Some(FieldType::Integer)),
        ("blob", Role::Field, Some(FieldType::Text)),
        ("at", Role::Time, None),
        ("spare", Role::Unused, None),
    ];
    assert_eq!(uses, expected.map(|(column, role, field_type)| ColumnUse { column: column.to_owned(), role, key: None, field_type }));
}

#[test]
fn a_connections_batch_size_is_kept() {
    let mut connection = Connection::new(Target::File { folder: "/f".to_owned() });
    connection.batch_lines = 3;
    let rules = LineRules::of(&connection);
    let shaped = shaped(&mapping(), &[batch(&[integers("v", &[Some(1); 7])])], &rules).unwrap();
    assert_eq!(shaped.batches.iter().map(|b| b.lines).collect::<Vec<_>>(), [3, 3, 1]);
    assert_eq!(shaped.batches[2].row_of(0), 7);
}
