//! Dates, times, intervals and zones.

use model::{
    ColumnType::{Boolean, Date, Decimal, Instant, Integer, Text, Time, Timestamp},
    FailureKind::SqlInvalid,
};

use crate::case::{Bound, Case, NULL, fails, gives, table};

pub(crate) const CASES: &[Case] = &[
    gives("the first time stamp is in 4713 BC", "SELECT '4713-01-01 00:00:00 BC'::timestamp", Timestamp, &["-4712-01-01T00:00:00.000000"]),
    gives("the first instant is in 4714 BC", "SELECT '4714-11-24 00:00:00+00 BC'::timestamptz", Instant, &["-4713-11-24T00:00:00.000000Z"]),
    gives("the year before the year 1 is 1 BC, which is the year 0", "SELECT '0001-12-31 BC'::date", Date, &["0000-12-31"]),
    gives(
        "the last microsecond that counts from 1970 fit is read",
        "SELECT '294247-01-10 04:00:54.775806'::timestamp",
        Timestamp,
        &["9223372036854775806"],
    ),
    // The server counts from 2000: its last 30 years lie beyond what 64 bits of microseconds since 1970 can say. No point holds any time
    // after 2262, so what is read is the last number, as for infinity.
    gives(
        "times in the server's last 30 years are the last number",
        "SELECT '294276-12-31 23:59:59.999999'::timestamptz",
        Instant,
        &["9223372036854775807"],
    ),
    gives("the last date is its number of days", "SELECT '5874897-12-31'::date", Date, &["2145042905"]),
    gives("the first date is in 4714 BC", "SELECT '4714-11-24 BC'::date", Date, &["-4713-11-24"]),
    gives(
        "infinite dates are the first and last number",
        "VALUES ('infinity'::date), ('-infinity'), (NULL)",
        Date,
        &["2147483647", "-2147483648", NULL],
    ),
    gives(
        "infinite instants are the first and last number",
        "VALUES ('infinity'::timestamptz), ('-infinity')",
        Instant,
        &["9223372036854775807", "-9223372036854775808"],
    ),
    gives("the end of the day is 24 o'clock and stays so", "SELECT '24:00:00'::time", Time, &["24:00:00"]),
    gives("a leap second is the next minute", "SELECT '2016-12-31 23:59:60Z'::timestamptz", Instant, &["2017-01-01T00:00:00.000000Z"]),
    gives(
        "half a microsecond is rounded by the server",
        "SELECT '2026-11-21 12:00:00.0000015'::timestamp",
        Timestamp,
        &["2026-11-21T12:00:00.000002"],
    ),
    gives(
        "fewer digits are rounded by the type",
        "SELECT '2026-11-21 12:00:00.9996'::timestamp(3)",
        Timestamp,
        &["2026-11-21T12:00:01.000000"],
    ),
    gives(
        "a time stamp of whole seconds rounds up into the next day",
        "SELECT '2026-12-31 23:59:59.5'::timestamp(0)",
        Timestamp,
        &["2027-01-01T00:00:00.000000"],
    ),
    gives("an offset may have seconds", "SELECT '2026-01-01 00:00:00+05:30:15'::timestamptz", Instant, &["2025-12-31T18:29:45.000000Z"]),
    gives("a time with a zone keeps an offset of seconds", "SELECT '12:00:00-00:44:30'::timetz", Time, &["12:00:00-00:44:30"]),
    gives("the widest offset is kept", "SELECT '00:00:00+15:59:59'::timetz", Time, &["00:00:00+15:59:59"]),
    gives(
        "a local mean time has its seconds",
        "SELECT '1971-06-01 00:00 Africa/Monrovia'::timestamptz",
        Instant,
        &["1971-06-01T00:44:30.000000Z"],
    ),
    gives(
        "a local time that is skipped is read with the offset before",
        "SELECT '2026-03-29 02:30'::timestamp AT TIME ZONE 'Europe/Brussels'",
        Instant,
        &["2026-03-29T01:30:00.000000Z"],
    ),
    gives(
        "a local time that happens twice is the later one",
        "SELECT '2026-10-25 02:30'::timestamp AT TIME ZONE 'Europe/Brussels'",
        Instant,
        &["2026-10-25T01:30:00.000000Z"],
    ),
    gives(
        "an abbreviation tells which of the two",
        "VALUES ('2026-10-25 02:30 CEST'::timestamptz), ('2026-10-25 02:30 CET')",
        Instant,
        &["2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z"],
    ),
    gives(
        "the two instants of one local time differ",
        "SELECT v AT TIME ZONE 'Europe/Brussels' FROM (VALUES ('2026-10-25 00:30Z'::timestamptz), ('2026-10-25 01:30Z')) t(v)",
        Timestamp,
        &["2026-10-25T02:30:00.000000", "2026-10-25T02:30:00.000000"],
    ),
    gives(
        "a day of 23 hours is one day later",
        "SELECT (('2026-03-28 12:00'::timestamp + '1 day') AT TIME ZONE 'Europe/Brussels')",
        Instant,
        &["2026-03-29T10:00:00.000000Z"],
    ),
    gives(
        "days are cut in a named zone",
        "SELECT date_trunc('day', '2026-03-29 12:00Z'::timestamptz, 'Europe/Brussels')",
        Instant,
        &["2026-03-28T23:00:00.000000Z"],
    ),
    gives("days of instants are days in UTC", "SELECT '2026-11-21 23:30:00-03'::timestamptz::date", Date, &["2026-11-22"]),
    gives("an instant as text is in UTC", "SELECT '2026-11-21 12:00+02'::timestamptz::text", Text, &["2026-11-21 10:00:00+00"]),
    gives(
        "the account's zone does not matter for a time stamp that becomes an instant",
        "SELECT '2026-11-21 12:00'::timestamp::timestamptz",
        Instant,
        &["2026-11-21T12:00:00.000000Z"],
    )
    .at("odd"),
    gives(
        "the account's zone does not matter for text that becomes an instant",
        "SELECT '2026-11-21 12:00'::timestamptz",
        Instant,
        &["2026-11-21T12:00:00.000000Z"],
    )
    .at("odd"),
    gives(
        "the account's zone does not matter for the day of an instant",
        "SELECT '2026-11-21 23:30Z'::timestamptz::date",
        Date,
        &["2026-11-21"],
    )
    .at("odd"),
    gives(
        "the account's zone does not matter for instants in a range",
        "SELECT tstzrange('2026-11-21 00:00Z', '2026-11-22 00:00Z')",
        Text,
        &["[\"2026-11-21 00:00:00+00\",\"2026-11-22 00:00:00+00\")"],
    )
    .at("odd"),
    gives("the account's style of dates does not matter for their text", "SELECT ARRAY['2026-11-21'::date]", Text, &["{2026-11-21}"])
        .at("odd"),
    gives("the account's style of dates does not matter for reading them", "SELECT '02/01/2026'::date", Date, &["2026-02-01"]).at("odd"),
    gives("the account's style of intervals does not matter", "SELECT '1 year 2 mons -3 days'::interval", Time, &["1 year 2 mons -3 days"])
        .at("odd"),
    gives(
        "the account's float digits do not matter for floats in arrays",
        "SELECT ARRAY[0.1::float8 + 0.2::float8]",
        Text,
        &["{0.30000000000000004}"],
    )
    .at("odd"),
    gives(
        "an instant is compared in UTC whatever the account's zone",
        "SELECT v FROM (VALUES ('2026-11-21 12:00:00.000001Z'::timestamptz), ('2026-11-21 12:00:00.000002Z')) t(v) WHERE v > :since",
        Instant,
        &["2026-11-21T12:00:00.000002Z"],
    )
    .at("odd")
    .with(&[("since", Bound::Instant("2026-11-21T12:00:00.000001Z"))]),
    gives(
        "an instant is compared with a time stamp without zone in UTC",
        "SELECT v FROM (VALUES ('2026-11-21 12:00'::timestamp), ('2026-11-21 13:00')) t(v) WHERE v >= :since",
        Timestamp,
        &["2026-11-21T13:00:00.000000"],
    )
    .at("odd")
    .with(&[("since", Bound::Instant("2026-11-21T12:30:00Z"))]),
    gives(
        "an instant is compared with a date by its midnight in UTC",
        "SELECT v FROM (VALUES ('2026-11-21'::date), ('2026-11-22')) t(v) WHERE v > :since",
        Date,
        &["2026-11-22"],
    )
    .with(&[("since", Bound::Instant("2026-11-21T00:00:00Z"))]),
    gives(
        "an interval keeps months, days and time apart",
        "SELECT '1 mon -1 day +00:00:00.000001'::interval",
        Time,
        &["1 mon -1 days +00:00:00.000001"],
    ),
    gives("the longest interval is read", "SELECT '178000000 years'::interval", Time, &["178000000 years"]),
    gives(
        "a negative interval keeps the sign of each part",
        "SELECT '-1 year 2 days -3 hours'::interval",
        Time,
        &["-1 years +2 days -03:00:00"],
    ),
    gives("an interval in ISO 8601 is read", "SELECT 'P1Y2M3DT4H5M6.5S'::interval", Time, &["1 year 2 mons 3 days 04:05:06.5"]),
    gives("more than a day of hours is no day", "SELECT '36:00:00'::interval", Time, &["36:00:00"]),
    gives("an interval of nothing is no NULL", "SELECT '0'::interval", Time, &["00:00:00"]),
    gives(
        "a difference of time stamps is days and time",
        "SELECT '2026-11-21 12:00'::timestamp - '2026-11-19 11:59:59.5'",
        Time,
        &["2 days 00:00:00.5"],
    ),
    gives("a difference of dates is a number", "SELECT '2026-11-21'::date - '2026-11-01'::date", Integer, &["20"]),
    gives(
        "a date less a month is a time stamp",
        "SELECT '2026-03-31'::date - '1 month'::interval",
        Timestamp,
        &["2026-02-28T00:00:00.000000"],
    ),
    gives("an age is in years, months and days", "SELECT age('2026-11-21'::timestamp, '1999-12-31')", Time, &["26 years 10 mons 21 days"]),
    gives(
        "the epoch of an instant is an exact decimal",
        "SELECT extract(epoch FROM '2026-11-21 12:00:00.123456Z'::timestamptz)",
        Decimal,
        &["1795262400.123456"],
    ),
    gives("the epoch of infinity is infinite", "SELECT extract(epoch FROM 'infinity'::timestamptz)", Decimal, &["Infinity"]),
    gives("a number of seconds becomes an instant", "SELECT to_timestamp(1795262400.5)", Instant, &["2026-11-21T12:00:00.500000Z"]),
    gives("the word epoch is an instant", "SELECT 'epoch'::timestamptz", Instant, &["1970-01-01T00:00:00.000000Z"]),
    gives(
        "now is one instant for the whole query",
        "SELECT now() = transaction_timestamp() AND pg_typeof(now()) = 'timestamptz'::regtype",
        Boolean,
        &["true"],
    ),
    gives("a date and a time make a time stamp", "SELECT '2026-11-21'::date + '24:00'::time", Timestamp, &["2026-11-22T00:00:00.000000"]),
    gives("the Julian day of a date is read", "SELECT 'J2461366'::date", Date, &["2026-11-21"]),
    gives(
        "the last day of February is there in leap years only",
        "SELECT make_date(2024, 2, 29) + '1 year'::interval",
        Timestamp,
        &["2025-02-28T00:00:00.000000"],
    ),
    fails("the year zero is told", "SELECT '0000-01-01'::date", SqlInvalid, "date/time field value out of range"),
    fails("the 30th of February is told", "SELECT '2026-02-30'::date", SqlInvalid, "date/time field value out of range"),
    fails("a zone that nobody knows is told", "SELECT '2026-11-21 12:00 Mars/Olympus'::timestamptz", SqlInvalid, "mars/olympus"),
    table(
        "a series of hours over a change of the clocks has 23 hours",
        "SELECT count(*) AS hours, min(t) AS first, max(t) AS last FROM generate_series('2026-03-29 00:00 Europe/Brussels'::timestamptz, '2026-03-29 23:00 Europe/Brussels', '1 hour') t",
        &[("hours", Integer), ("first", Instant), ("last", Instant)],
        &[&["23", "2026-03-28T23:00:00.000000Z", "2026-03-29T21:00:00.000000Z"]],
    ),
];
