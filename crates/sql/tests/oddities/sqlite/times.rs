//! Times, which are text or numbers here.

use model::{
    ColumnType::{Float, Integer, Text},
    FailureKind::{SqlParameter, SqlTypeChanged},
};

use crate::case::{Bound::Instant as At, Case, NULL, fails, gives};

pub(crate) const CASES: &[Case] = &[
    gives("times that are text stay the text they are", "SELECT v FROM time_texts", Text, &["2026-11-21 12:00:00", "2026-11-21T12:00:00.123456789Z", "2026-11-21T12:00+05:30:15", "never", ""])
        .after("CREATE TABLE time_texts(v DATETIME); INSERT INTO time_texts VALUES ('2026-11-21 12:00:00'), ('2026-11-21T12:00:00.123456789Z'), ('2026-11-21T12:00+05:30:15'), ('never'), ('')"),
    gives("times that are seconds since 1970 are integers", "SELECT v FROM time_seconds", Integer, &["1795262400", "-1", NULL]).after("CREATE TABLE time_seconds(v TIMESTAMP); INSERT INTO time_seconds VALUES (1795262400), (-1), (NULL)"),
    gives("times that are milliseconds since 1970 are integers", "SELECT v FROM time_millis", Integer, &["1795262400123"]).after("CREATE TABLE time_millis(v DATETIME); INSERT INTO time_millis VALUES (1795262400123)"),
    gives("times that are days of Julius are floats", "SELECT v FROM time_days", Float, &["2461366.0", "2461366.5"]).after("CREATE TABLE time_days(v DATETIME); INSERT INTO time_days VALUES (2461366.0), (2461366.5)"),
    gives("whole days of Julius alone are integers, as the library keeps them", "SELECT v FROM whole_days", Integer, &["2461366"]).after("CREATE TABLE whole_days(v DATE); INSERT INTO whole_days VALUES (2461366.0)"),
    fails("times of two kinds in one column are told", "SELECT v FROM time_mixture", SqlTypeChanged, "is a text column and holds the integer 1795262400 in row 2").after("CREATE TABLE time_mixture(v DATETIME); INSERT INTO time_mixture VALUES ('2026-11-21 12:00:00'), (1795262400)"),
    gives("times of two kinds become one by a function", "SELECT datetime(v, 'auto') FROM time_mixture", Text, &["2026-11-21 12:00:00", "2026-11-21 12:00:00"]),
    gives("digits in a column of times become a number, as the library does", "SELECT v FROM time_digits", Integer, &["20261121"]).after("CREATE TABLE time_digits(v DATETIME); INSERT INTO time_digits VALUES ('20261121')"),
    gives("a day of Julius becomes text", "SELECT datetime(2461366.0)", Text, &["2026-11-21 12:00:00"]),
    gives("seconds become text in UTC", "SELECT datetime(1795262400, 'unixepoch')", Text, &["2026-11-21 12:00:00"]),
    gives("text with an offset becomes UTC", "SELECT datetime('2026-11-21T14:00:00+02:00')", Text, &["2026-11-21 12:00:00"]),
    gives("text becomes seconds", "SELECT unixepoch('2026-11-21 12:00:00')", Integer, &["1795262400"]),
    gives("text becomes a day of Julius", "SELECT julianday('2026-11-21 12:00:00')", Float, &["2461366.0"]),
    gives("thousandths of a second are all that the functions keep", "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', '2026-11-21 12:00:00.123456')", Text, &["2026-11-21T12:00:00.123Z"]),
    gives("what is no time is NULL to the functions", "SELECT datetime('2026-02-30 25:00')", Text, &[NULL]),
    gives("the 30th of February is the second of March", "SELECT date('2026-02-30', '+0 days')", Text, &["2026-03-02"]),
    gives("the first and the last day of the functions are read", "SELECT date('0000-01-01') || date('9999-12-31')", Text, &["0000-01-019999-12-31"]),
    gives("the hour that clocks skip elsewhere is an hour", "SELECT datetime('2026-03-29 01:30', '+1 hour')", Text, &["2026-03-29 02:30:00"]),
    gives("an instant is bound as text in UTC", "SELECT :v", Text, &["2026-11-21 10:00:00"]).with(&[("v", At("2026-11-21T12:00:00+02:00"))]),
    gives("an instant with a fraction is bound to the microsecond", "SELECT :v", Text, &["2026-11-21 12:00:00.500000"]).with(&[("v", At("2026-11-21T12:00:00.5Z"))]),
    gives("what is finer than a microsecond is cut and not rounded", "SELECT :v", Text, &["2026-11-21 12:00:00.123456"]).with(&[("v", At("2026-11-21T12:00:00.123456999Z"))]),
    gives("what is finer than a microsecond is no fraction", "SELECT :v", Text, &["2026-11-21 12:00:00"]).with(&[("v", At("2026-11-21T12:00:00.000000999Z"))]),
    gives("an instant before 1970 is bound", "SELECT :v", Text, &["1969-12-31 23:59:59.999999"]).with(&[("v", At("1969-12-31T23:59:59.999999Z"))]),
    // With a sign in front no text would come after it.
    fails("an instant after the year 9999 is a wrong value", "SELECT :v", SqlParameter, "none of 0 to 9999").with(&[("v", At("+10000-01-01T00:00:00Z"))]),
    fails("an instant before the year 0 is a wrong value", "SELECT :v", SqlParameter, "none of 0 to 9999").with(&[("v", At("-0043-03-15T00:00:00Z"))]),
    gives("texts are compared with an instant in order", "SELECT v FROM ordered_times WHERE v > :since ORDER BY v", Text, &["2026-11-21 12:00:00.000002", "2026-11-21 12:00:01"])
        .after("CREATE TABLE ordered_times(v TEXT); INSERT INTO ordered_times VALUES ('2026-11-21 12:00:00'), ('2026-11-21 12:00:00.000001'), ('2026-11-21 12:00:00.000002'), ('2026-11-21 12:00:01')").with(&[("since", At("2026-11-21T12:00:00.000001Z"))]),
    gives("texts of another form are compared by a function", "SELECT v FROM other_times WHERE datetime(v) > :since", Text, &["2026-11-21T14:30:00+02:00"])
        .after("CREATE TABLE other_times(v TEXT); INSERT INTO other_times VALUES ('2026-11-21T13:30:00+02:00'), ('2026-11-21T14:30:00+02:00')").with(&[("since", At("2026-11-21T12:00:00Z"))]),
    gives("seconds are compared by a function", "SELECT v FROM time_seconds WHERE v >= unixepoch(:since)", Integer, &["1795262400"]).with(&[("since", At("2026-11-21T12:00:00Z"))]),
    gives("the time of now is text", "SELECT length(CURRENT_TIMESTAMP) + length(CURRENT_DATE) + length(CURRENT_TIME)", Integer, &["37"]),
];
