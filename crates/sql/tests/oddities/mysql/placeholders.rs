//! Values of placeholders.

use model::{
    ColumnType::{Date, Float, Instant, Integer, Text, Time, Timestamp},
    FailureKind::SqlParameter,
};

use crate::case::{
    Bound::{Boolean as Truth, Float as Real, Instant as At, Integer as Whole, Text as Words},
    Case, fails, gives, table,
};

pub(crate) const CASES: &[Case] = &[
    gives("the smallest whole number is bound", "SELECT :v", Integer, &["-9223372036854775808"]).with(&[("v", Whole(i64::MIN))]),
    gives("the largest whole number is bound", "SELECT :v", Integer, &["9223372036854775807"]).with(&[("v", Whole(i64::MAX))]),
    gives("a float is bound to its last bit", "SELECT :v", Float, &["0.30000000000000004"]).with(&[("v", Real(0.300_000_000_000_000_04))]),
    gives("the smallest float is bound", "SELECT :v", Float, &["5e-324"]).with(&[("v", Real(5e-324))]),
    gives("a negative zero loses its sign at the server", "SELECT :v", Float, &["0.0"]).with(&[("v", Real(-0.0))]),
    // The server has none, and compares with it in its own ways.
    fails("a float that is no number is a wrong value", "SELECT :v", SqlParameter, "NaN is no number").with(&[("v", Real(f64::NAN))]),
    fails("an infinite float is a wrong value", "SELECT :v", SqlParameter, "inf is no number").with(&[("v", Real(f64::INFINITY))]),
    gives("truth is bound as a number", "SELECT :v", Integer, &["1"]).with(&[("v", Truth(true))]),
    gives("truth finds its rows", "SELECT id FROM truths WHERE v = :v", Integer, &["2"])
        .after("CREATE TABLE truths(id INT, v BOOLEAN); INSERT INTO truths VALUES (1, TRUE), (2, FALSE)")
        .with(&[("v", Truth(false))]),
    gives("an instant is bound to the microsecond", "SELECT :v", Instant, &["2026-11-21T12:00:00.123456Z"])
        .with(&[("v", At("2026-11-21T12:00:00.123456Z"))]),
    gives("what is finer than a microsecond is cut and not rounded", "SELECT :v", Instant, &["2026-11-21T12:00:00.123456Z"])
        .with(&[("v", At("2026-11-21T12:00:00.123456999Z"))]),
    // A TIMESTAMP has years from 1970 to 2038. Beyond, the value was NULL, and a comparison with it found nothing.
    gives("an instant before 1970 is bound as a date with time", "SELECT :v", Timestamp, &["1969-12-31T23:59:59.999999"])
        .with(&[("v", At("1969-12-31T23:59:59.999999Z"))]),
    gives("an instant after 2038 is bound as a date with time", "SELECT :v", Timestamp, &["9999-12-31T23:59:59.999999"])
        .with(&[("v", At("9999-12-31T23:59:59.999999Z"))]),
    gives(
        "instants are compared with one before 1970",
        "SELECT v FROM old_instants WHERE v > :v",
        Instant,
        &["2026-11-21T12:00:00.000000Z"],
    )
    .after("CREATE TABLE old_instants(v TIMESTAMP NULL); INSERT INTO old_instants VALUES ('2026-11-21 12:00:00')")
    .with(&[("v", At("1900-01-01T00:00:00Z"))]),
    gives(
        "instants are compared with one after 2038",
        "SELECT v FROM old_instants WHERE v < :v",
        Instant,
        &["2026-11-21T12:00:00.000000Z"],
    )
    .with(&[("v", At("2100-01-01T00:00:00Z"))]),
    gives("days are compared with an instant after 2038", "SELECT v FROM far_days WHERE v < :v", Date, &["2099-12-31"])
        .after("CREATE TABLE far_days(v DATE); INSERT INTO far_days VALUES ('2099-12-31'), ('2100-01-01')")
        .with(&[("v", At("2100-01-01T00:00:00Z"))]),
    gives("an instant with an offset is bound as the instant it is", "SELECT :v", Instant, &["2026-11-21T10:00:00.000000Z"])
        .with(&[("v", At("2026-11-21T12:00:00+02:00"))]),
    fails("an instant after the year 9999 is a wrong value", "SELECT :v", SqlParameter, "9999")
        .with(&[("v", At("+10000-01-01T00:00:00Z"))]),
    fails("an instant before the year 0 is a wrong value", "SELECT :v", SqlParameter, "9999").with(&[("v", At("-0043-03-15T00:00:00Z"))]),
    gives("empty text is bound and is no NULL", "SELECT :v IS NULL", Integer, &["0"]).with(&[("v", Words(""))]),
    gives("text with backslashes and quotes is bound as it is", "SELECT :v", Text, &[r#"a\'b"\\"#]).with(&[("v", Words(r#"a\'b"\\"#))]),
    gives("text with a zero inside is bound", "SELECT LENGTH(:v)", Integer, &["3"]).with(&[("v", Words("a\0b"))]),
    gives("text beyond the first plane is bound", "SELECT :v", Text, &["👩‍👩‍👧‍👦"]).with(&[("v", Words("👩‍👩‍👧‍👦"))]),
    gives("one value stands in many places", "SELECT CONCAT(:v, :v, ':v')", Text, &["aa:v"]).with(&[("v", Words("a"))]),
    gives(
        "a value limits and a value skips",
        "SELECT seq + 0 AS n FROM seq_1_to_9 ORDER BY seq LIMIT :most OFFSET :skip",
        model::ColumnType::Unsigned,
        &["3", "4"],
    )
    .with(&[("most", Whole(2)), ("skip", Whole(2))]),
    gives(
        "a value is a length of time",
        "SELECT TIMESTAMP'2026-11-21 12:00:00' + INTERVAL :v SECOND",
        Timestamp,
        &["2026-11-21T12:01:30.000000"],
    )
    .with(&[("v", Whole(90))]),
    gives("a text that is a time is compared as one", "SELECT v FROM parameter_times WHERE v > :v", Time, &["12:00:01"])
        .after("CREATE TABLE parameter_times(v TIME); INSERT INTO parameter_times VALUES ('12:00:00'), ('12:00:01')")
        .with(&[("v", Words("12:00:00"))]),
    gives("a text is found without regard to case, as the column says", "SELECT v FROM parameter_texts WHERE v = :v", Text, &["Straße"])
        .after("CREATE TABLE parameter_texts(v VARCHAR(20)); INSERT INTO parameter_texts VALUES ('Straße')")
        .with(&[("v", Words("STRAßE"))]),
    gives(
        "a list is found in a text",
        "SELECT seq + 0 AS n FROM seq_1_to_5 WHERE FIND_IN_SET(seq, :v)",
        model::ColumnType::Unsigned,
        &["1", "3"],
    )
    .with(&[("v", Words("1,3"))]),
    gives("a placeholder stands beside signs", "SELECT :a-:b*(:a)", Integer, &["-10"]).with(&[("a", Whole(5)), ("b", Whole(3))]),
    table(
        "values of every type in one row keep their types",
        "SELECT :i AS i, :f AS f, :t AS t, :at AS at",
        &[("i", Integer), ("f", Float), ("t", Text), ("at", Instant)],
        &[&["1", "0.5", "x", "2026-11-21T12:00:00.000000Z"]],
    )
    .with(&[("i", Whole(1)), ("f", Real(0.5)), ("t", Words("x")), ("at", At("2026-11-21T12:00:00Z"))]),
];
