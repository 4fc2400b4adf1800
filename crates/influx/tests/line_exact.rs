//! What a mapping says beyond which column is what: patterns, names, constants, types, NULLs, times as they are written, and the types
//! that fields have on the server already.
#![allow(missing_docs, clippy::unwrap_used)]

mod line_rows;

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Europe;
use influx::line::{LineRules, agreements, describe, shaper_for};
use line_rows::*;
use model::{
    FieldType, FieldTypes, Fields, Mapping, Measurement, TimeColumn, TimeFormat,
    mapping::{Constant, Decimal, EmptyRow, Null, RepeatedTime, SkippedTime, TimeField},
};
use proptest::prelude::*;

const END: &str = " 1795269900000000000";

fn mapping() -> Mapping {
    Mapping::new("m")
}

fn v1() -> LineRules {
    LineRules::v1()
}

fn by_name<T>(entries: impl IntoIterator<Item = (&'static str, T)>) -> BTreeMap<String, T> {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The one line, or why its row was rejected.
fn outcome(mapping: &Mapping, columns: &[Values]) -> Result<String, String> {
    let (lines, rejects) = lines(mapping, columns, &v1());
    match (lines.as_slice(), rejects.as_slice()) {
        ([line], []) => Ok(line.strip_suffix(END).unwrap_or(line).to_owned()),
        ([], [(1, reason)]) => Err(reason.clone()),
        other => panic!("{other:?}"),
    }
}

// ---------------------------------------------------------------- patterns

fn house() -> [Values; 6] {
    [
        texts("site", &[Some("a")]),
        texts("room_id", &[Some("7")]),
        floats("temp_in", &[Some(20.5)]),
        floats("temp_out", &[Some(3.5)]),
        floats("temp_secret", &[Some(1.5)]),
        integers("count(*)", &[Some(2)]),
    ]
}

#[test]
fn patterns_stand_for_the_columns_that_are_free() {
    let fields = |entries: &[&str]| Mapping { fields: Fields::Columns(names(entries)), tags: names(&["site"]), ..mapping() };
    for (mapping, expected) in [
        (fields(&["temp_*"]), "m,site=a temp_in=20.5,temp_out=3.5,temp_secret=1.5"),
        (fields(&["temp_*", "!temp_secret"]), "m,site=a temp_in=20.5,temp_out=3.5"),
        (fields(&["!*_secret", "temp_*"]), "m,site=a temp_in=20.5,temp_out=3.5"),
        (fields(&["temp_out", "temp_*"]), "m,site=a temp_out=3.5,temp_in=20.5,temp_secret=1.5"),
        (fields(&["temp_secret", "temp_*", "!temp_s*"]), "m,site=a temp_secret=1.5,temp_in=20.5,temp_out=3.5"),
        (fields(&["temp_??"]), "m,site=a temp_in=20.5"),
        (fields(&["count(*)"]), "m,site=a count(*)=2i"),
        (fields(&["*", "!temp*", "!room*"]), "m,site=a count(*)=2i"),
        (fields(&["*", "!there_is_none_of_it*", "!temp*", "!room*"]), "m,site=a count(*)=2i"),
        (Mapping { tags: names(&["site", "*_id"]), ..fields(&["temp_i*"]) }, "m,room_id=7,site=a temp_in=20.5"),
        (Mapping { tags: names(&["*", "!temp*", "!count*"]), ..fields(&["temp_in"]) }, "m,room_id=7,site=a temp_in=20.5"),
        (Mapping { tags: names(&["*"]), ..fields(&["temp_*"]) }, ""),
    ] {
        if expected.is_empty() {
            let message = wrong(&mapping, &house(), &v1());
            assert!(message.starts_with("fields: no column that is free matches `temp_*`; the result has `site`, "), "{message}");
        } else {
            assert_eq!(outcome(&mapping, &house()).as_deref(), Ok(expected), "{mapping:?}");
        }
    }
}

#[test]
fn a_pattern_never_takes_the_time_or_the_measurement() {
    let columns = [texts("a_kind", &[Some("cpu")]), integers("a_time", &[Some(1_795_269_900)]), integers("a_value", &[Some(1)])];
    let time = TimeColumn { format: TimeFormat::UnixS, ..TimeColumn::new("a_time") };
    let mapping = Mapping {
        measurement: Measurement::Column("a_kind".to_owned()),
        time: Some(time),
        fields: Fields::Columns(names(&["a_*"])),
        ..mapping()
    };
    assert_eq!(outcome(&mapping, &columns).as_deref(), Ok("cpu a_value=1i"));
}

#[test]
fn a_pattern_that_means_nothing_is_refused() {
    let fields = |entries: &[&str]| Mapping { fields: Fields::Columns(names(entries)), ..mapping() };
    for (mapping, part) in [
        (fields(&["power_*"]), "fields: no column that is free matches `power_*`; the result has `site`, "),
        (Mapping { tags: names(&["power_*"]), ..mapping() }, "tags: no column that is free matches `power_*`; "),
        (fields(&["!site"]), "fields says only what is left out (`!site`); begin with `*` to mean every other column"),
        (fields(&["*", "!*"]), "no column is left to be a field"),
        (fields(&["site", "temp_*", "temp_*"]), "fields names column `temp_*` twice"),
    ] {
        let message = wrong(&mapping, &house(), &v1());
        assert!(message.starts_with(part), "{message}");
    }
}

// ---------------------------------------------------------------- names and constants

#[test]
fn tags_and_fields_have_the_names_they_are_given() {
    let mapping = Mapping {
        tags: names(&["site", "room_id"]),
        fields: Fields::Columns(names(&["temp_*", "!temp_secret"])),
        renames: by_name([("site", "zz site".to_owned()), ("temp_in", "in=side".to_owned()), ("room_id", "time_".to_owned())]),
        ..mapping()
    };
    assert_eq!(outcome(&mapping, &house()).as_deref(), Ok(r"m,time_=7,zz\ site=a in\=side=20.5,temp_out=3.5"));
    let schema = batch(&house()).schema();
    let uses = describe(&mapping, &schema, &v1()).unwrap();
    let keys: Vec<_> = uses.iter().filter_map(|used| Some((used.column.as_str(), used.key.as_deref()?))).collect();
    assert_eq!(keys, [("room_id", "time_"), ("site", "zz site"), ("temp_in", "in=side")]);
}

#[test]
fn a_column_called_time_is_refused_until_it_has_another_name() {
    let columns = [texts("time", &[Some("noon")]), integers("v", &[Some(1)])];
    for rules in [LineRules::v1(), LineRules::v2(), LineRules::v3(), LineRules::file()] {
        for tags in [names(&[]), names(&["time"])] {
            let message = wrong(&Mapping { tags: tags.clone(), ..mapping() }, &columns, &rules);
            assert!(
                message.contains("called `time`, InfluxDB keeps that name for itself; give it another name in the mapping's"),
                "{message}"
            );
            let renamed = Mapping { tags, renames: by_name([("time", "at".to_owned())]), ..mapping() };
            assert_eq!(line(&renamed, &columns, &rules).matches("at=").count(), 1);
        }
        let onto = Mapping { renames: by_name([("v", "time".to_owned())]), ..mapping() };
        assert!(wrong(&onto, &columns[1..], &rules).starts_with("column `v` cannot be a field called `time`"), "{rules:?}");
    }
}

#[test]
fn names_that_meet_are_refused() {
    let columns = [texts("a", &[Some("x")]), texts("b", &[Some("y")]), integers("v", &[Some(1)]), integers("w", &[Some(1)])];
    let tagged = || Mapping { tags: names(&["a", "b"]), ..mapping() };
    for (mapping, expected) in [
        (Mapping { renames: by_name([("a", "b".to_owned())]), ..tagged() }, "two tags are called `b`"),
        (Mapping { constant_tags: by_name([("b", "z".to_owned())]), ..tagged() }, "two tags are called `b`"),
        (Mapping { renames: by_name([("v", "w".to_owned())]), ..tagged() }, "two fields are called `w`"),
        (Mapping { constant_fields: by_name([("w", Constant::Integer(1))]), ..tagged() }, "two fields are called `w`"),
        (Mapping { renames: by_name([("v", "a".to_owned())]), ..tagged() }, "a tag and a field are called `a`"),
        (Mapping { constant_fields: by_name([("a", Constant::Integer(1))]), ..tagged() }, "a tag and a field are called `a`"),
        (Mapping { constant_tags: by_name([("v", "z".to_owned())]), ..tagged() }, "a tag and a field are called `v`"),
        (Mapping { renames: by_name([("v", String::new())]), ..tagged() }, "column `v` cannot be a field without a name"),
        (Mapping { renames: by_name([("x", "y".to_owned())]), ..tagged() }, "renames names column `x`, which the result does not have"),
        (Mapping { constant_tags: by_name([("", "z".to_owned())]), ..tagged() }, "a constant cannot be a tag without a name"),
        (Mapping { constant_tags: by_name([("c", String::new())]), ..tagged() }, "constant tag `c` is empty"),
        (Mapping { constant_tags: by_name([("c", "a\nb".to_owned())]), ..tagged() }, "constant tag `c` contains a line break"),
        (Mapping { constant_fields: by_name([("time", Constant::Integer(1))]), ..tagged() }, "a constant cannot be a field called `time`"),
        (Mapping { constant_fields: by_name([("c", Constant::Float(f64::NAN))]), ..tagged() }, "constant field `c` is NaN or infinite"),
        (Mapping { field_types: by_name([("a", FieldType::Text)]), ..tagged() }, "field_types names column `a`, which is no field"),
        (
            Mapping { fields: Fields::Columns(names(&["v"])), renames: by_name([("w", "x".to_owned())]), ..tagged() },
            "renames names column `w`, which is neither a tag nor a field",
        ),
    ] {
        let message = wrong(&mapping, &columns, &v1());
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn constants_are_in_every_point_and_make_none() {
    let mapping = Mapping {
        tags: names(&["k"]),
        constant_tags: by_name([("plant", "a b".to_owned()), ("aa", "1".to_owned())]),
        constant_fields: by_name([
            ("ok", Constant::Boolean(true)),
            ("build", Constant::Integer(-7)),
            ("big", Constant::Unsigned(7)),
            ("rate", Constant::Float(7.0)),
            ("note", Constant::Text("say \"x\"".to_owned())),
        ]),
        ..mapping()
    };
    let columns = [texts("k", &[Some("x"), None, Some("y")]), integers("v", &[Some(1), Some(2), None])];
    let shaped = shaped(&mapping, &[batch(&columns)], &v1()).unwrap();
    let constants = r#"big=7u,build=-7i,note="say \"x\"",ok=true,rate=7.0"#;
    assert_eq!(text(&shaped.batches), format!("m,aa=1,k=x,plant=a\\ b v=1i,{constants}{END}\nm,aa=1,plant=a\\ b v=2i,{constants}{END}\n"));
    assert_eq!((shaped.rows_skipped, shaped.rejects.len()), (1, 0), "a row without a value of its own is empty");

    let only = Mapping { tags: names(&["k", "v"]), ..mapping };
    assert_eq!(lines(&only, &columns, &v1()).0.len(), 3, "where no column is a field, the constants are the point");
}

// ---------------------------------------------------------------- types

#[test]
fn a_field_has_the_type_it_is_given_or_its_row_is_rejected() {
    use FieldType::{Boolean, Float, Integer, Text, Unsigned};
    let cases: Vec<(Values, FieldType, Result<&str, &str>)> = vec![
        (integers("v", &[Some(7)]), Float, Ok("7.0")),
        (integers("v", &[Some(1 << 53)]), Float, Ok("9007199254740992.0")),
        (integers("v", &[Some((1 << 53) + 1)]), Float, Err("`9007199254740993`, which a field of type float")),
        (integers("v", &[Some(i64::MAX)]), Float, Err("`9223372036854775807`")),
        (integers("v", &[Some(-7)]), Unsigned, Err("`-7`, which a field of type unsigned")),
        (integers("v", &[Some(7)]), Unsigned, Ok("7u")),
        (integers("v", &[Some(-7)]), Text, Ok("\"-7\"")),
        (integers("v", &[Some(1)]), Boolean, Ok("true")),
        (integers("v", &[Some(2)]), Boolean, Err("`2`, which a field of type boolean")),
        (unsigned("v", &[Some(u64::MAX)]), Unsigned, Ok("18446744073709551615u")),
        (unsigned("v", &[Some(u64::MAX)]), Float, Err("`18446744073709551615`")),
        (unsigned("v", &[Some(u64::MAX)]), Text, Ok("\"18446744073709551615\"")),
        (floats("v", &[Some(7.0)]), Integer, Ok("7i")),
        (floats("v", &[Some(-0.0)]), Integer, Ok("0i")),
        (floats("v", &[Some(7.5)]), Integer, Err("`7.5`, which a field of type integer")),
        (floats("v", &[Some(9_223_372_036_854_775_808.0)]), Integer, Err("which a field of type integer")),
        (floats("v", &[Some(9_223_372_036_854_775_808.0)]), Unsigned, Ok("9223372036854775808u")),
        (floats("v", &[Some(f64::NAN)]), Integer, Err("`NaN`")),
        (floats("v", &[Some(f64::INFINITY)]), Unsigned, Err("`inf`")),
        (floats("v", &[Some(0.1)]), Text, Ok("\"0.1\"")),
        (floats("v", &[Some(0.0)]), Boolean, Ok("false")),
        (decimals("v", &[Some("7.00")]), Integer, Ok("7i")),
        (decimals("v", &[Some("7.01")]), Integer, Err("`7.01`")),
        (decimals("v", &[Some("18446744073709551615")]), Unsigned, Ok("18446744073709551615u")),
        (decimals("v", &[Some("12.30")]), Text, Ok("\"12.30\"")),
        (texts("v", &[Some("7")]), Integer, Ok("7i")),
        (texts("v", &[Some("-7.0")]), Integer, Ok("-7i")),
        (texts("v", &[Some(" 7")]), Integer, Err("` 7`")),
        (texts("v", &[Some("")]), Integer, Err("``")),
        (texts("v", &[Some("7.25")]), Float, Ok("7.25")),
        (texts("v", &[Some("1e3")]), Float, Ok("1000.0")),
        (texts("v", &[Some("7,25")]), Float, Err("`7,25`, which is no number")),
        (texts("v", &[Some("Yes")]), Boolean, Ok("true")),
        (texts("v", &[Some("off")]), Boolean, Ok("false")),
        (texts("v", &[Some("maybe")]), Boolean, Err("`maybe`")),
        (booleans("v", &[Some(true)]), Integer, Ok("1i")),
        (booleans("v", &[Some(true)]), Float, Ok("1.0")),
        (booleans("v", &[Some(false)]), Text, Ok("\"false\"")),
        (dates("v", &[Some(20_778)]), Text, Ok("\"2026-11-21\"")),
    ];
    for (column, kind, expected) in cases {
        let mapping = Mapping { field_types: by_name([("v", kind)]), ..mapping() };
        let uses = describe(&mapping, &batch(std::slice::from_ref(&column)).schema(), &v1()).unwrap();
        assert_eq!(uses[0].field_type, Some(kind));
        let written = outcome(&mapping, std::slice::from_ref(&column));
        match expected {
            Ok(value) => assert_eq!(written.as_deref(), Ok(format!("m v={value}").as_str()), "{column:?}"),
            Err(reason) => assert!(written.as_ref().is_err_and(|why| why.contains(reason)), "{column:?}: {written:?}"),
        }
    }
}

#[test]
fn a_type_that_a_column_cannot_have_is_refused() {
    for (column, kind, remedy) in [
        (instants("v", &[None]), FieldType::Integer, "type instant, which cannot be a field of type integer; set `time_field`"),
        (bytes("v", &[None]), FieldType::Float, "type bytes, which cannot be a field of type float; cast it in the query"),
    ] {
        let message = wrong(&Mapping { field_types: by_name([("v", kind)]), ..mapping() }, &[column], &v1());
        assert!(message.ends_with(remedy), "{message}");
    }
    let mapping = Mapping { field_types: by_name([("v", FieldType::Text)]), time_field: TimeField::UnixS, ..mapping() };
    assert_eq!(outcome(&mapping, &[timestamps("v", &[Some(1_500_000)])]).as_deref(), Ok("m v=\"1970-01-01T00:00:01.5\""));
}

#[test]
fn a_decimal_is_an_integer_when_it_is_one() {
    let mapping = Mapping { decimal: Decimal::Integer, ..mapping() };
    assert_eq!(outcome(&mapping, &[decimals("v", &[Some("12.00")])]).as_deref(), Ok("m v=12i"));
    for value in ["12.5", "9223372036854775808", "NaN"] {
        let reason = outcome(&mapping, &[decimals("v", &[Some(value)])]).unwrap_err();
        assert_eq!(reason, format!("field `v` is `{value}`, which a field of type integer does not hold exactly"));
    }
}

#[test]
fn not_a_number_is_judged_by_its_policy_whatever_it_was_before() {
    let mapping = Mapping { field_types: by_name([("v", FieldType::Float)]), ..mapping() };
    let shaped = shaped(&mapping, &[batch(&[texts("v", &[Some("NaN"), Some("inf")]), integers("n", &[Some(1), Some(2)])])], &v1()).unwrap();
    assert_eq!(text(&shaped.batches), format!("m n=1i{END}\nm n=2i{END}\n"));
    assert_eq!(shaped.values_omitted, 2);
}

// ---------------------------------------------------------------- NULL

#[test]
fn a_null_is_left_out_or_rejected_or_stands_for_something() {
    let columns = || [texts("t", &[None]), integers("a", &[None]), floats("b", &[Some(1.5)]), booleans("c", &[None]), texts("d", &[None])];
    let with = |nulls: BTreeMap<String, Null>| Mapping { tags: names(&["t"]), nulls, ..mapping() };
    let default = |text: &str| Null::Default(text.to_owned());
    for (nulls, expected) in [
        (by_name([]), Ok("m b=1.5")),
        (by_name([("a", Null::Omit)]), Ok("m b=1.5")),
        (by_name([("a", default("0")), ("c", default("false")), ("d", default("?"))]), Ok("m a=0i,b=1.5,c=false,d=\"?\"")),
        (by_name([("t", default("no, where"))]), Ok(r"m,t=no\,\ where b=1.5")),
        (by_name([("a", Null::Reject)]), Err("field `a` is NULL")),
        (by_name([("t", Null::Reject)]), Err("tag `t` is NULL")),
        (by_name([("b", Null::Reject), ("b", default("7"))]), Ok("m b=1.5")),
    ] {
        assert_eq!(outcome(&with(nulls), &columns()).as_deref().map_err(String::as_str), expected);
    }
    let tag = [texts("t", &[Some("")]), integers("a", &[Some(1)])];
    assert_eq!(outcome(&with(by_name([("t", default("none"))])), &tag).as_deref(), Ok("m,t=none a=1i"), "an empty tag is no tag");
    let alone = [texts("t", &[Some("x")]), integers("a", &[None])];
    assert_eq!(outcome(&with(by_name([("a", default("0"))])), &alone).as_deref(), Ok("m,t=x a=0i"), "a default is a value");
    let float = Mapping { field_types: by_name([("a", FieldType::Float)]), ..with(by_name([("a", default("0"))])) };
    assert_eq!(outcome(&float, &alone).as_deref(), Ok("m,t=x a=0.0"), "of the field's type");
}

#[test]
fn a_measurement_that_is_null_may_have_a_name() {
    let mapping = |null| Mapping {
        measurement: Measurement::Column("k".to_owned()),
        nulls: by_name([("k", null)]),
        empty_row: EmptyRow::Reject,
        ..mapping()
    };
    let columns = [texts("k", &[None]), integers("a", &[Some(1)])];
    assert_eq!(outcome(&mapping(Null::Default("other kinds".to_owned())), &columns).as_deref(), Ok(r"other\ kinds a=1i"));
    assert_eq!(outcome(&mapping(Null::Reject), &columns), Err("measurement `k` is NULL".to_owned()));
    assert!(wrong(&mapping(Null::Omit), &columns, &v1()).contains("a point needs its measurement"));
}

#[test]
fn a_rule_for_nulls_that_cannot_hold_is_refused() {
    let columns = [texts("t", &[None]), integers("a", &[None]), instants("at", &[None]), integers("spare", &[None])];
    let with = |nulls| Mapping {
        tags: names(&["t"]),
        fields: Fields::Columns(names(&["a"])),
        time: Some(TimeColumn::new("at")),
        nulls,
        ..mapping()
    };
    let default = |text: &str| Null::Default(text.to_owned());
    for (nulls, expected) in [
        (by_name([("a", default("x"))]), "the default of column `a` is no value of type integer; give one that the field can hold"),
        (by_name([("t", default(""))]), "the default of column `t` is empty, and InfluxDB knows no empty tag; leave it out"),
        (by_name([("at", default("now"))]), "nulls names column `at`, which is the time: a row without it can only be rejected"),
        (by_name([("spare", Null::Reject)]), "nulls names column `spare`, which is no part of the point; remove it there"),
        (by_name([("x", Null::Reject)]), "nulls names column `x`, which the result does not have; it has `t`, `a`, `at`, `spare`"),
    ] {
        assert_eq!(wrong(&with(nulls), &columns, &v1()), expected);
    }
}

#[test]
fn a_series_key_that_is_cut_keeps_its_constants_and_defaults() {
    let long = "x".repeat(70_000);
    let mapping = Mapping {
        tags: names(&["a", "b"]),
        constant_tags: by_name([("c", "1".to_owned())]),
        nulls: by_name([("a", Null::Default("none".to_owned()))]),
        long_text: model::mapping::LongText::Truncate,
        ..mapping()
    };
    let line = outcome(&mapping, &[texts("a", &[None]), texts("b", &[Some(&long)]), integers("v", &[Some(1)])]).unwrap();
    assert!(line.starts_with("m,a=none,b=xxx") && line.ends_with("x,c=1 v=1i"), "{}", &line[..20]);
    assert_eq!(line.len() - " v=1i".len(), 65_535 - "v".len() - 4);
}

// ---------------------------------------------------------------- times

#[test]
fn times_are_read_as_they_are_written() {
    let time = |pattern: &str, column: Values| {
        let time = TimeColumn { pattern: Some(pattern.to_owned()), zone: Some(Europe::Berlin), ..TimeColumn::new("at") };
        outcome(&Mapping { time: Some(time), ..mapping() }, &[column, integers("v", &[Some(1)])])
    };
    assert_eq!(time("%d.%m.%Y %H:%M", texts("at", &[Some("21.11.2026 15:05")])).as_deref(), Ok("m v=1i"));
    assert_eq!(time("%Y%m%d%H%M", integers("at", &[Some(202_611_211_505)])).as_deref(), Ok("m v=1i"));
    assert_eq!(time("%Y%m%d%H%M", unsigned("at", &[Some(202_611_211_505)])).as_deref(), Ok("m v=1i"));
    assert_eq!(time("%d.%m.%Y %H:%M %z", texts("at", &[Some("21.11.2026 14:05 +0000")])).as_deref(), Ok("m v=1i"));
    let refused = time("%d.%m.%Y", texts("at", &[Some("11/21/2026")]));
    assert_eq!(refused, Err("time `at` is `11/21/2026`, which is no time of the format that the mapping names".to_owned()));

    let twice = |repeated, text: &str| {
        let time = TimeColumn { repeated, zone: Some(Europe::Berlin), ..TimeColumn::new("at") };
        outcome(&Mapping { time: Some(time), ..mapping() }, &[texts("at", &[Some(text)]), integers("v", &[Some(1)])])
    };
    let night = "2026-10-25 02:30:00";
    assert_eq!(twice(RepeatedTime::Earlier, night).as_deref(), Ok("m v=1i 1792888200000000000"));
    assert_eq!(twice(RepeatedTime::Later, night).as_deref(), Ok("m v=1i 1792891800000000000"));
    let reason = "time `at` is 2026-10-25 02:30:00, which the clocks of Europe/Berlin show twice".to_owned();
    assert_eq!(twice(RepeatedTime::Reject, night), Err(reason));

    let skipped = |skipped, column: Values| {
        let time = TimeColumn { skipped, zone: Some(Europe::Berlin), ..TimeColumn::new("at") };
        outcome(&Mapping { time: Some(time), ..mapping() }, &[column, integers("v", &[Some(1)])])
    };
    let gap = 1_774_751_400_000_000;
    assert!(skipped(SkippedTime::Reject, timestamps("at", &[Some(gap)])).unwrap_err().ends_with("which the clocks of Europe/Berlin skip"));
    assert_eq!(skipped(SkippedTime::Shift, timestamps("at", &[Some(gap)])).as_deref(), Ok("m v=1i 1774747800000000000"));
}

#[test]
fn a_time_that_cannot_be_read_so_is_refused() {
    let time =
        |time: TimeColumn, column: Values| wrong(&Mapping { time: Some(time), ..mapping() }, &[column, integers("v", &[Some(1)])], &v1());
    let pattern = |pattern: &str| TimeColumn { pattern: Some(pattern.to_owned()), ..TimeColumn::new("at") };
    let unix = |format| TimeColumn { format, ..TimeColumn::new("at") };
    for (message, expected) in [
        (time(pattern("%H:%M"), texts("at", &[None])), "the time's pattern `%H:%M` does not tell a whole date"),
        (time(pattern("%Y %Q"), texts("at", &[None])), "the time's pattern `%Y %Q` has a letter that is none of strftime's"),
        (time(pattern("%Y%m%d"), instants("at", &[None])), "column `at` is of type instant and needs no pattern; remove it"),
        (time(pattern("%Y%m%d"), floats("at", &[None])), "column `at` is of type float, which cannot be a time"),
        (
            time(TimeColumn { format: TimeFormat::UnixS, ..pattern("%Y%m%d") }, texts("at", &[None])),
            "the time has a format and a pattern; remove one of them",
        ),
        (time(unix(TimeFormat::UnixNs), floats("at", &[None])), "column `at` is a float, which cannot tell nanoseconds since 1970 apart"),
    ] {
        assert!(message.starts_with(expected), "{message}");
    }
}

proptest! {
    #[test]
    fn a_float_of_seconds_milliseconds_or_microseconds_is_exact_to_the_microsecond(us in -4_000_000_000_000_000_i64..4_000_000_000_000_000) {
        // From 1843 to 2096: within 2^52 microseconds.
        for (format, per_second) in [(TimeFormat::UnixS, 1e6), (TimeFormat::UnixMs, 1e3), (TimeFormat::UnixUs, 1.0)] {
            let column = floats("at", &[Some(us as f64 / per_second)]);
            let time = TimeColumn { format, ..TimeColumn::new("at") };
            let line = line(&Mapping { time: Some(time), ..mapping() }, &[column, integers("v", &[Some(1)])], &v1());
            prop_assert_eq!(line, format!("m v=1i {}", us * 1000));
        }
    }

    #[test]
    fn whole_numbers_are_converted_exactly_or_rejected(value in any::<i64>(), shift in 0..64) {
        let value = value >> shift;
        for kind in [FieldType::Float, FieldType::Integer, FieldType::Unsigned, FieldType::Text] {
            let mapping = Mapping { field_types: by_name([("v", kind)]), ..mapping() };
            let columns = [integers("v", &[Some(value)])];
            match outcome(&mapping, &columns) {
                Ok(line) => match go::read(&format!("{line}{END}\n"))[0].fields["v"] {
                    go::Value::Float(bits) => prop_assert_eq!(f64::from_bits(bits) as i128, i128::from(value)),
                    go::Value::Integer(read) => prop_assert_eq!(read, value),
                    go::Value::Unsigned(read) => prop_assert_eq!(i128::from(read), i128::from(value)),
                    go::Value::String(ref read) => prop_assert_eq!(read, &value.to_string()),
                    go::Value::Boolean(_) => prop_assert!(false),
                },
                Err(_) if kind == FieldType::Float => prop_assert!(value.unsigned_abs() > 1 << 53),
                Err(_) => prop_assert!(kind == FieldType::Unsigned && value < 0),
            }
        }
    }
}

// ---------------------------------------------------------------- types of the server

fn on_the_server(fields: &[(&str, &[FieldType])]) -> FieldTypes {
    FieldTypes(fields.iter().map(|(name, kinds)| ((*name).to_owned(), kinds.iter().copied().collect::<BTreeSet<_>>())).collect())
}

fn shaped_for(mapping: &Mapping, columns: &[Values], types: &FieldTypes) -> Result<String, String> {
    let rows = batch(columns);
    let mut shaper = shaper_for(mapping, &rows.schema(), slot(), &v1(), types).map_err(|failure| failure.doing)?;
    let parts = [shaper.shape(&rows), shaper.finish()];
    if let Some(reject) = parts.iter().flat_map(|part| &part.rejects).next() {
        return Err(reject.reason.clone());
    }
    Ok(parts.iter().map(|part| text(&part.batches)).collect::<String>().replace(END, ""))
}

#[test]
fn whole_numbers_follow_the_server_and_everything_else_is_refused_before_it_is_sent() {
    use FieldType::{Boolean, Float, Integer, Text, Unsigned};
    for (column, theirs, expected) in [
        (integers("v", &[Some(7)]), &[Float][..], Ok("m v=7.0\n")),
        (integers("v", &[Some((1 << 53) + 1)]), &[Float], Err("field `v` is `9007199254740993`, which a field of type float")),
        (integers("v", &[Some(7)]), &[Unsigned], Ok("m v=7u\n")),
        (unsigned("v", &[Some(7)]), &[Float], Ok("m v=7.0\n")),
        (integers("v", &[Some(7)]), &[Integer, Float], Ok("m v=7i\n")),
        (integers("v", &[Some(7)]), &[Text, Float], Ok("m v=7.0\n")),
        (integers("other", &[Some(7)]), &[Float], Ok("m other=7i\n")),
        (
            integers("v", &[Some(7)]),
            &[Text],
            Err(
                "field `v` is of type text on the server, and column `v` makes it integer; give `v` a type in `field_types` or by CAST in the \
                 query, or rename the field",
            ),
        ),
        (floats("v", &[Some(7.0)]), &[Integer], Err("field `v` is of type integer on the server, and column `v` makes it float")),
        (texts("v", &[Some("7")]), &[Float], Err("field `v` is of type float on the server, and column `v` makes it text")),
        (booleans("v", &[Some(true)]), &[Integer], Err("field `v` is of type integer on the server, and column `v` makes it boolean")),
    ] {
        let written = shaped_for(&mapping(), std::slice::from_ref(&column), &on_the_server(&[("v", theirs)]));
        match expected {
            Ok(line) => assert_eq!(written.as_deref(), Ok(line), "{column:?}"),
            Err(reason) => assert!(written.as_ref().is_err_and(|why| why.starts_with(reason)), "{column:?}: {written:?}"),
        }
    }
    let said = Mapping { field_types: by_name([("v", Integer)]), ..mapping() };
    let refused = shaped_for(&said, &[integers("v", &[Some(7)])], &on_the_server(&[("v", &[Float])]));
    assert!(
        refused.unwrap_err().starts_with("field `v` is of type float on the server, and column `v` makes it integer"),
        "what is said stays"
    );
    let constant = Mapping { constant_fields: by_name([("c", Constant::Integer(1))]), ..mapping() };
    let refused = shaped_for(&constant, &[integers("v", &[Some(7)])], &on_the_server(&[("c", &[Boolean])]));
    assert_eq!(
        refused.unwrap_err(),
        "field `c` is of type boolean on the server, and the constant makes it integer; give the constant that type, or rename the field"
    );
    let renamed = Mapping { renames: by_name([("v", "w".to_owned())]), ..mapping() };
    assert_eq!(shaped_for(&renamed, &[integers("v", &[Some(7)])], &on_the_server(&[("w", &[Float])])).as_deref(), Ok("m w=7.0\n"));
}

#[test]
fn every_field_of_another_type_is_told_at_once() {
    let columns = [integers("a", &[Some(1)]), texts("b", &[Some("x")]), floats("c", &[Some(1.5)]), booleans("d", &[Some(true)])];
    let types =
        on_the_server(&[("a", &[FieldType::Float]), ("b", &[FieldType::Float]), ("c", &[FieldType::Text]), ("d", &[FieldType::Boolean])]);
    let told = agreements(&mapping(), &batch(&columns).schema(), &v1(), &types).unwrap();
    let told: Vec<_> = told.iter().map(|agreement| (agreement.field.as_str(), agreement.converted_to)).collect();
    assert_eq!(told, [("a", Some(FieldType::Float)), ("b", None), ("c", None)]);
    let refused = shaped_for(&mapping(), &columns, &types).unwrap_err();
    assert!(refused.contains("field `b` is") && refused.contains("; field `c` is") && !refused.contains("field `a`"), "{refused}");
}
