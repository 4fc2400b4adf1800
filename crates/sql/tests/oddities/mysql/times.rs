//! Dates, times and zones.

use model::{
    ColumnType::{Date, Decimal, Instant, Integer, Text, Time, Timestamp},
    FailureKind::SqlTypeChanged,
};

use crate::case::{Bound::Instant as At, Case, NULL, fails, gives, table};

pub(crate) const CASES: &[Case] = &[
    // NULL would be a lie: there is a value. It is told with what to write instead.
    fails("a zero date is told with what to write instead", "SELECT v FROM zero_dates", SqlTypeChanged, "holds the zero date 0000-00-00 in row 2; read NULLIF(`v`, 0) for NULL instead")
        .after("SET sql_mode = ''; CREATE TABLE zero_dates(v DATE); INSERT INTO zero_dates VALUES ('2026-11-21'), ('0000-00-00')"),
    gives("a zero date is NULL when it is asked for so", "SELECT NULLIF(v, 0) FROM zero_as_null", Date, &["2026-11-21", NULL])
        .after("SET sql_mode = ''; CREATE TABLE zero_as_null(v DATE); INSERT INTO zero_as_null VALUES ('2026-11-21'), ('0000-00-00')"),
    gives("a zero date is text when it is asked for so", "SELECT CAST(v AS CHAR) FROM zero_as_text", Text, &["0000-00-00"])
        .after("SET sql_mode = ''; CREATE TABLE zero_as_text(v DATE); INSERT INTO zero_as_text VALUES ('0000-00-00')"),
    fails("a zero date with time is told", "SELECT v FROM zero_times", SqlTypeChanged, "the zero date").after("SET sql_mode = ''; CREATE TABLE zero_times(v DATETIME(6)); INSERT INTO zero_times VALUES ('0000-00-00')"),
    gives("a zero date with time is NULL when it is asked for so", "SELECT NULLIF(v, 0) FROM zero_times_as_null", Timestamp, &[NULL])
        .after("SET sql_mode = ''; CREATE TABLE zero_times_as_null(v DATETIME); INSERT INTO zero_times_as_null VALUES ('0000-00-00')"),
    fails("a zero instant is told", "SELECT v FROM zero_instants", SqlTypeChanged, "the zero date").after("SET sql_mode = ''; CREATE TABLE zero_instants(v TIMESTAMP NULL); INSERT INTO zero_instants VALUES ('0000-00-00')"),
    fails("a date without a day is told with what to write instead", "SELECT v FROM no_day", SqlTypeChanged, "holds the zero date 2026-11-00 in row 1; read CAST(`v` AS CHAR) for text instead")
        .after("SET sql_mode = ''; CREATE TABLE no_day(v DATE); INSERT INTO no_day VALUES ('2026-11-00')"),
    fails("a date without a month is told", "SELECT v FROM no_month", SqlTypeChanged, "2026-00-00").after("SET sql_mode = ''; CREATE TABLE no_month(v DATE); INSERT INTO no_month VALUES ('2026-00-00')"),
    fails("a day that does not exist is told", "SELECT v FROM no_such_day", SqlTypeChanged, "2026-02-31, a day that does not exist")
        .after("SET sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE no_such_day(v DATE); INSERT INTO no_such_day VALUES ('2026-02-31')"),
    gives("the year zero has days", "SELECT v FROM year_zero", Date, &["0000-01-01"]).after("CREATE TABLE year_zero(v DATE); INSERT INTO year_zero VALUES ('0000-01-01')"),
    gives("a year of two digits is in this century or the last", "SELECT v FROM short_years", Date, &["2069-01-01", "1970-01-01"]).after("CREATE TABLE short_years(v DATE); INSERT INTO short_years VALUES ('69-01-01'), ('70-01-01')"),
    gives("the longest time has microseconds and a sign", "SELECT v FROM long_times", Time, &["-838:59:59.999999", "838:59:59.999999"]).after("CREATE TABLE long_times(v TIME(6)); INSERT INTO long_times VALUES ('-838:59:59.999999'), ('838:59:59.999999')"),
    gives("a time of three digits loses the zeros at its end", "SELECT v FROM short_times", Time, &["12:00:00.5", "12:00:00"]).after("CREATE TABLE short_times(v TIME(3)); INSERT INTO short_times VALUES ('12:00:00.500'), ('12:00:00.000')"),
    gives("a negative time below an hour keeps its sign", "SELECT v FROM negative_times", Time, &["-00:00:00.000001", "-00:30:00"]).after("CREATE TABLE negative_times(v TIME(6)); INSERT INTO negative_times VALUES ('-00:00:00.000001'), ('-00:30:00')"),
    gives("hours beyond a day stay hours", "SELECT TIME'36:00:00'", Time, &["36:00:00"]),
    gives("days before a time become hours", "SELECT CAST('2 03:04:05' AS TIME)", Time, &["51:04:05"]),
    gives("the last microsecond of the last day is read", "SELECT v FROM last_micros", Timestamp, &["9999-12-31T23:59:59.999999", "0001-01-01T00:00:00.000001"]).after("CREATE TABLE last_micros(v DATETIME(6)); INSERT INTO last_micros VALUES ('9999-12-31 23:59:59.999999'), ('0001-01-01 00:00:00.000001')"),
    gives("a date with time of midnight has its time", "SELECT v FROM midnights", Timestamp, &["2026-11-21T00:00:00.000000"]).after("CREATE TABLE midnights(v DATETIME); INSERT INTO midnights VALUES ('2026-11-21')"),
    gives("more digits than the type has are cut when they are written", "SELECT v FROM cut_micros", Timestamp, &["2026-12-31T23:59:59.999000"]).after("CREATE TABLE cut_micros(v DATETIME(3)); INSERT INTO cut_micros VALUES ('2026-12-31 23:59:59.9999')"),
    gives("the first and the last instant are read", "SELECT v FROM last_instants", Instant, &["1970-01-01T00:00:00.000001Z", "2038-01-19T03:14:07.999999Z"]).after("CREATE TABLE last_instants(v TIMESTAMP(6) NULL); INSERT INTO last_instants VALUES ('1970-01-01 00:00:00.000001'), ('2038-01-19 03:14:07.999999')"),
    gives("the writer's zone does not matter for an instant", "SELECT v FROM written_elsewhere", Instant, &["2026-11-21T06:30:00.000000Z", "2026-11-20T23:00:00.000000Z"])
        .after("CREATE TABLE written_elsewhere(v TIMESTAMP NULL); SET time_zone = '+05:30'; INSERT INTO written_elsewhere VALUES ('2026-11-21 12:00:00'); SET time_zone = '+13:00'; INSERT INTO written_elsewhere VALUES ('2026-11-21 12:00:00')"),
    gives("the writer's zone does not matter for a date with time, which has none", "SELECT v FROM written_here", Timestamp, &["2026-11-21T12:00:00.000000"]).after("CREATE TABLE written_here(v DATETIME); SET time_zone = '-12:00'; INSERT INTO written_here VALUES ('2026-11-21 12:00:00')"),
    gives("an hour that clocks skip elsewhere is an hour here", "SELECT v FROM skipped", Instant, &["2026-03-29T02:30:00.000000Z"]).after("CREATE TABLE skipped(v TIMESTAMP NULL); INSERT INTO skipped VALUES ('2026-03-29 02:30:00')"),
    gives("the two instants of an hour that happens twice stay two", "SELECT v FROM twice ORDER BY v", Instant, &["2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z"])
        .after("CREATE TABLE twice(v TIMESTAMP NULL); SET time_zone = '+02:00'; INSERT INTO twice VALUES ('2026-10-25 02:30:00'); SET time_zone = '+01:00'; INSERT INTO twice VALUES ('2026-10-25 02:30:00')"),
    gives("the session's zone is UTC", "SELECT @@session.time_zone", Text, &["+00:00"]),
    gives("now is now in UTC", "SELECT NOW() = UTC_TIMESTAMP()", Integer, &["1"]),
    table("now has no zone, a day, a time and microseconds", "SELECT NOW(6) AS a, CURDATE() AS b, CURTIME() AS c FROM DUAL WHERE false", &[("a", Timestamp), ("b", Date), ("c", Time)], &[]),
    gives("seconds since 1970 are UTC", "SELECT FROM_UNIXTIME(1795262400.123456)", Timestamp, &["2026-11-21T12:00:00.123456"]),
    gives("seconds since 1970 of a time are a number", "SELECT UNIX_TIMESTAMP('2026-11-21 12:00:00')", Integer, &["1795262400"]),
    gives("seconds since 1970 of a time with microseconds are a decimal", "SELECT UNIX_TIMESTAMP(TIMESTAMP'2026-11-21 12:00:00.123456')", Decimal, &["1795262400.123456"]),
    gives("zones of one's own are hours apart", "SELECT CONVERT_TZ('2026-11-21 12:00:00', '+00:00', '+05:45')", Timestamp, &["2026-11-21T17:45:00.000000"]),
    gives("an instant in a sum is a date with time in UTC", "SELECT v + INTERVAL 1 DAY FROM summed", Timestamp, &["2026-11-22T12:00:00.000000"]).after("CREATE TABLE summed(v TIMESTAMP NULL); INSERT INTO summed VALUES ('2026-11-21 12:00:00')"),
    gives("the largest of instants is an instant", "SELECT MAX(v) FROM largest", Instant, &["2026-11-21T12:00:00.000000Z"]).after("CREATE TABLE largest(v TIMESTAMP NULL); INSERT INTO largest VALUES ('2026-11-21 12:00:00'), (NULL)"),
    gives("the end of a shorter month is its last day", "SELECT DATE'2026-03-31' - INTERVAL 1 MONTH", Date, &["2026-02-28"]),
    gives("a date and hours are a date with time", "SELECT DATE'2026-11-21' + INTERVAL 90 MINUTE", Timestamp, &["2026-11-21T01:30:00.000000"]),
    gives("a date beyond the calendar is NULL", "SELECT DATE'9999-12-31' + INTERVAL 1 DAY", Date, &[NULL]),
    gives("a text that is no date is NULL", "SELECT CAST('2026-02-30' AS DATE)", Date, &[NULL]),
    gives("a difference of days is a number", "SELECT DATEDIFF('2026-11-21', '2026-11-01')", Integer, &["20"]),
    gives("a difference of times is a time", "SELECT TIMEDIFF('2026-11-21 12:00:00', '2026-11-22 12:00:00.5')", Time, &["-24:00:00.5"]),
    gives("a difference of times is cut to the longest time", "SELECT TIMEDIFF('2026-11-21 12:00:00', '2025-11-21 12:00:00')", Time, &["838:59:59"]),
    gives("seconds are a time", "SELECT SEC_TO_TIME(-3661.25)", Time, &["-01:01:01.25"]),
    gives("a literal of a date with time keeps its fraction", "SELECT TIMESTAMP'2026-11-21 12:00:00.5'", Timestamp, &["2026-11-21T12:00:00.500000"]),
    gives("literals of ODBC are literals", "SELECT {ts '2026-11-21 12:00:00'}", Timestamp, &["2026-11-21T12:00:00.000000"]),
    gives("a date read from a text has the type that its form tells", "SELECT STR_TO_DATE('21.11.2026', '%d.%m.%Y')", Date, &["2026-11-21"]),
    gives("a date that is formatted is text", "SELECT DATE_FORMAT('2026-11-21', '%Y-%m-%dT00:00:00Z')", Text, &["2026-11-21T00:00:00Z"]),
    gives("a date and a date with time in one column are dates with time", "SELECT DATE'2026-11-21' AS v UNION ALL SELECT TIMESTAMP'2026-11-21 12:00:00'", Timestamp, &["2026-11-21T00:00:00.000000", "2026-11-21T12:00:00.000000"]),
    gives("a date and a text in one column are text", "SELECT DATE'2026-11-21' AS v UNION ALL SELECT 'never'", Text, &["2026-11-21", "never"]),
    gives("a date or NULL is a date", "SELECT IF(false, DATE'2026-11-21', NULL)", Date, &[NULL]),
    gives("the first of two times is one", "SELECT COALESCE(NULL, TIMESTAMP'2026-11-21 12:00:00')", Timestamp, &["2026-11-21T12:00:00.000000"]),
    gives("a part of a date is a number", "SELECT EXTRACT(DAY_MICROSECOND FROM '2026-11-21 01:02:03.000004')", Integer, &["21010203000004"]),
    gives("a row's history begins and ends with instants", "SELECT ROW_END FROM versioned", Instant, &["2038-01-19T03:14:07.999999Z"]).after("CREATE TABLE versioned(v INT) WITH SYSTEM VERSIONING; INSERT INTO versioned VALUES (1)"),
    gives("an instant is compared to the microsecond", "SELECT v FROM compared WHERE v > :since", Instant, &["2026-11-21T12:00:00.000002Z"])
        .after("CREATE TABLE compared(v TIMESTAMP(6) NULL); INSERT INTO compared VALUES ('2026-11-21 12:00:00.000001'), ('2026-11-21 12:00:00.000002')").with(&[("since", At("2026-11-21T12:00:00.000001Z"))]),
    gives("an instant is compared with a date with time in UTC", "SELECT v FROM compared_times WHERE v >= :since", Timestamp, &["2026-11-21T12:00:00.000000"])
        .after("CREATE TABLE compared_times(v DATETIME); INSERT INTO compared_times VALUES ('2026-11-21 11:59:59'), ('2026-11-21 12:00:00')").with(&[("since", At("2026-11-21T14:00:00+02:00"))]),
    gives("an instant is compared with a date by its midnight", "SELECT v FROM compared_dates WHERE v > :since", Date, &["2026-11-22"])
        .after("CREATE TABLE compared_dates(v DATE); INSERT INTO compared_dates VALUES ('2026-11-21'), ('2026-11-22')").with(&[("since", At("2026-11-21T00:00:01Z"))]),
];
