//! Every type of every engine, with its extremes and NULL.

use model::{
    ColumnType,
    ColumnType::{Boolean, Bytes, Date, Decimal, Float, Instant, Integer, Json, Text, Time, Timestamp, Unsigned, Uuid},
    edges::Databases,
};

use crate::ground::{Ground, Lack, all, all_with, engines, postgres, read, statement};

/// A type as it is declared, what it travels as, and literals with what they become.
pub(crate) type Case = (&'static str, ColumnType, &'static [(&'static str, &'static str)]);

const MANY_DIGITS: &str = "1234567890123456789012345678901234567890.0123456789";
const LONG_ESCAPE: &str = "ä€😀 \"quoted\" \\ back, comma; and\ttab";

const SQLITE: &[Case] = &[
    ("INTEGER", Integer, &[("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807"), ("0", "0")]),
    ("BIGINT UNSIGNED", Integer, &[("1", "1")]),
    (
        "REAL",
        Float,
        &[
            ("0.1", "0.1"),
            ("-1.7976931348623157e308", "-1.7976931348623157e308"),
            ("5e-324", "5e-324"),
            ("9e999", "inf"),
            ("-9e999", "-inf"),
            ("2", "2.0"),
        ],
    ),
    ("DECIMAL(10,2)", Float, &[("12.30", "12.3"), ("5", "5.0")]),
    ("NUMERIC", Float, &[("1", "1.0"), ("1.5", "1.5")]),
    ("NUMERIC", Integer, &[("1", "1"), ("2", "2")]),
    ("BOOLEAN", Boolean, &[("1", "true"), ("0", "false"), ("true", "true")]),
    ("TEXT", Text, &[("''", ""), ("'it''s'", "it's"), ("'ä€😀 \"quoted\" \\ back, comma; and\ttab'", LONG_ESCAPE), ("'1'", "1")]),
    ("VARCHAR(3)", Text, &[("'longer than it says'", "longer than it says")]),
    ("BLOB", Bytes, &[("x''", ""), ("x'00ff10'", "00ff10")]),
    ("DATETIME", Text, &[("'2026-11-21 14:05:00'", "2026-11-21 14:05:00"), ("'0001-01-01 00:00:00'", "0001-01-01 00:00:00")]),
    ("TIMESTAMP", Integer, &[("1795269900", "1795269900")]),
    ("DATE", Text, &[("'9999-12-31'", "9999-12-31")]),
    ("JSON", Json, &[("'{\"a\": [1, null]}'", "{\"a\": [1, null]}")]),
    ("", Text, &[("'x'", "x")]),
    ("", Bytes, &[("x'01'", "01")]),
];

const POSTGRES: &[Case] = &[
    ("int2", Integer, &[("-32768", "-32768"), ("32767", "32767")]),
    ("int4", Integer, &[("-2147483648", "-2147483648"), ("2147483647", "2147483647")]),
    ("int8", Integer, &[("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807"), ("0", "0")]),
    ("oid", Integer, &[("4294967295", "4294967295")]),
    ("float4", Float, &[("0.1", "0.10000000149011612"), ("'NaN'", "NaN"), ("3.4028235e38", "3.4028234663852886e38"), ("1.5", "1.5")]),
    (
        "float8",
        Float,
        &[
            ("0.1", "0.1"),
            ("-1.7976931348623157e308", "-1.7976931348623157e308"),
            ("5e-324", "5e-324"),
            ("'NaN'", "NaN"),
            ("'Infinity'", "inf"),
            ("'-Infinity'", "-inf"),
            ("'-0'", "-0.0"),
        ],
    ),
    (
        "numeric",
        Decimal,
        &[
            (MANY_DIGITS, MANY_DIGITS),
            ("-0.000000000000000000000000000000000000000000000001", "-0.000000000000000000000000000000000000000000000001"),
            ("'NaN'", "NaN"),
            ("'Infinity'", "Infinity"),
            ("1.10", "1.10"),
            ("0", "0"),
        ],
    ),
    ("numeric(10,2)", Decimal, &[("-12.3", "-12.30"), ("99999999.99", "99999999.99")]),
    ("money", Decimal, &[("'-12.34'", "-12.34"), ("'92233720368547758.07'", "92233720368547758.07")]),
    ("boolean", Boolean, &[("true", "true"), ("false", "false")]),
    ("text", Text, &[("''", ""), ("'it''s'", "it's"), ("'ä€😀 \"quoted\" \\ back, comma; and\ttab'", LONG_ESCAPE)]),
    ("varchar(5)", Text, &[("'abc'", "abc")]),
    ("char(5)", Text, &[("'abc'", "abc")]),
    ("name", Text, &[("'n'", "n")]),
    ("\"char\"", Text, &[("'n'", "n")]),
    ("bytea", Bytes, &[("''", ""), ("'\\x00ff10'", "00ff10")]),
    (
        "date",
        Date,
        &[
            ("'0001-01-01'", "0001-01-01"),
            ("'9999-12-31'", "9999-12-31"),
            ("'1969-12-31'", "1969-12-31"),
            ("'2000-02-29'", "2000-02-29"),
            ("'0044-03-15 BC'", "-0043-03-15"),
            ("'infinity'", "2147483647"),
            ("'-infinity'", "-2147483648"),
        ],
    ),
    (
        "time",
        Time,
        &[("'00:00:00'", "00:00:00"), ("'23:59:59.25'", "23:59:59.25"), ("'24:00'", "24:00:00"), ("'12:00:00.000001'", "12:00:00.000001")],
    ),
    ("timetz", Time, &[("'23:59:59.25+05:30'", "23:59:59.25+05:30"), ("'12:00:00Z'", "12:00:00+00")]),
    (
        "interval",
        Time,
        &[("'1 year 2 mons 3 days 04:05:06.7'", "1 year 2 mons 3 days 04:05:06.7"), ("'-00:00:01'", "-00:00:01"), ("'0'", "00:00:00")],
    ),
    (
        "timestamp",
        Timestamp,
        &[
            ("'0001-01-01 00:00:00'", "0001-01-01T00:00:00.000000"),
            ("'9999-12-31 23:59:59.999999'", "9999-12-31T23:59:59.999999"),
            ("'1999-12-31 23:59:59.999999'", "1999-12-31T23:59:59.999999"),
            ("'infinity'", "9223372036854775807"),
            ("'-infinity'", "-9223372036854775808"),
        ],
    ),
    (
        "timestamptz",
        Instant,
        &[
            ("'0001-01-01 00:00:00+00'", "0001-01-01T00:00:00.000000Z"),
            ("'9999-12-31 23:59:59.999999Z'", "9999-12-31T23:59:59.999999Z"),
            ("'2026-07-01 12:00:00+02'", "2026-07-01T10:00:00.000000Z"),
            ("'1970-01-01'", "1970-01-01T00:00:00.000000Z"),
            ("'infinity'", "9223372036854775807"),
            ("'-infinity'", "-9223372036854775808"),
        ],
    ),
    ("uuid", Uuid, &[("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")]),
    ("json", Json, &[("'{\"b\": 1,  \"a\": [1, null, \"ü\"]}'", "{\"b\": 1,  \"a\": [1, null, \"ü\"]}")]),
    ("jsonb", Json, &[("'{\"b\": 1,  \"a\": [1, null]}'", "{\"a\": [1, null], \"b\": 1}"), ("'null'", "null")]),
    ("int4[]", Text, &[("'{1,NULL,3}'", "{1,NULL,3}"), ("'{}'", "{}"), ("'{{1,2},{3,4}}'", "{{1,2},{3,4}}")]),
    ("text[]", Text, &[("'{a,\"b c\",NULL,\"\"}'", "{a,\"b c\",NULL,\"\"}")]),
    ("float8[]", Text, &[("'{0.1,1e300}'", "{0.1,1e+300}")]),
    ("timestamptz[]", Text, &[("'{2026-07-01 12:00:00+02}'", "{\"2026-07-01 10:00:00+00\"}")]),
    ("bytea[]", Text, &[("'{\"\\\\x00ff\"}'", "{\"\\\\x00ff\"}")]),
    ("int4range", Text, &[("'[1,5)'", "[1,5)")]),
    ("int4multirange", Text, &[("'{[1,5)}'", "{[1,5)}")]),
    ("tstzrange", Text, &[("'[2026-01-01Z,)'", "[\"2026-01-01 00:00:00+00\",)")]),
    ("inet", Text, &[("'192.168.0.1/24'", "192.168.0.1/24"), ("'::1'", "::1/128")]),
    ("cidr", Text, &[("'10.0.0.0/8'", "10.0.0.0/8")]),
    ("macaddr", Text, &[("'08:00:2b:01:02:03'", "08:00:2b:01:02:03")]),
    ("bit(3)", Text, &[("B'101'", "101")]),
    ("bit(3)[]", Text, &[("ARRAY[B'101', B'010']", "{101,010}")]),
    ("char(3)[]", Text, &[("'{abc,d}'", "{abc,\"d  \"}")]),
    ("varbit", Text, &[("B'1'", "1")]),
    ("point", Text, &[("'(1,2.5)'", "(1,2.5)")]),
    ("polygon", Text, &[("'((0,0),(1,1))'", "((0,0),(1,1))")]),
    ("xml", Text, &[("'<a/>'", "<a/>")]),
    ("tsvector", Text, &[("'a b'", "'a' 'b'")]),
    ("pg_lsn", Text, &[("'16/B374D848'", "16/B374D848")]),
    ("regclass", Text, &[("'pg_class'", "pg_class")]),
    ("mood", Text, &[("'so so'", "so so")]),
    ("\"Odd Mood\"", Text, &[("'ü'", "ü")]),
    ("mood[]", Text, &[("'{\"so so\",happy}'", "{\"so so\",happy}")]),
    ("positive", Integer, &[("5", "5")]),
    ("price", Decimal, &[("5.10", "5.10")]),
    ("small_price", Decimal, &[("5.1", "5.10")]),
    ("pair", Text, &[("'(1,\"a b\")'", "(1,\"a b\")")]),
];

const POSTGRES_TYPES: &str = "CREATE TYPE mood AS ENUM ('happy', 'so so'); CREATE TYPE \"Odd Mood\" AS ENUM ('ü');
     CREATE DOMAIN positive AS int4 CHECK (value > 0); CREATE DOMAIN price AS numeric(10,2); CREATE DOMAIN small_price AS price CHECK (value < 10);
     CREATE TYPE pair AS (a int, b text)";

const MYSQL: &[Case] = &[
    ("TINYINT", Integer, &[("-128", "-128"), ("127", "127")]),
    ("TINYINT UNSIGNED", Unsigned, &[("255", "255")]),
    ("SMALLINT", Integer, &[("-32768", "-32768"), ("32767", "32767")]),
    ("SMALLINT UNSIGNED", Unsigned, &[("65535", "65535")]),
    ("MEDIUMINT", Integer, &[("-8388608", "-8388608"), ("8388607", "8388607")]),
    ("MEDIUMINT UNSIGNED", Unsigned, &[("16777215", "16777215")]),
    ("INT", Integer, &[("-2147483648", "-2147483648"), ("2147483647", "2147483647")]),
    ("INT UNSIGNED", Unsigned, &[("4294967295", "4294967295")]),
    ("INT ZEROFILL", Unsigned, &[("7", "7")]),
    ("BIGINT", Integer, &[("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807")]),
    ("BIGINT UNSIGNED", Unsigned, &[("0", "0"), ("18446744073709551615", "18446744073709551615")]),
    ("BOOLEAN", Integer, &[("true", "1"), ("false", "0"), ("2", "2")]),
    ("BIT(1)", Boolean, &[("b'1'", "true"), ("b'0'", "false")]),
    ("BIT(64)", Unsigned, &[("18446744073709551615", "18446744073709551615"), ("5", "5")]),
    ("YEAR", Integer, &[("2026", "2026"), ("1901", "1901")]),
    ("FLOAT", Float, &[("0.1", "0.10000000149011612"), ("1.5", "1.5"), ("-3.4028234e38", "-3.4028234663852886e38")]),
    (
        "DOUBLE",
        Float,
        &[("0.1", "0.1"), ("-1.7976931348623157e308", "-1.7976931348623157e308"), ("2.2250738585072014e-308", "2.2250738585072014e-308")],
    ),
    (
        "DECIMAL(65,30)",
        Decimal,
        &[
            (
                "12345678901234567890123456789012345.012345678901234567890123456789",
                "12345678901234567890123456789012345.012345678901234567890123456789",
            ),
            ("-0.5", "-0.500000000000000000000000000000"),
        ],
    ),
    ("DECIMAL(10,2)", Decimal, &[("-12.3", "-12.30"), ("0", "0.00")]),
    ("CHAR(5)", Text, &[("'abc'", "abc"), ("''", "")]),
    ("VARCHAR(100)", Text, &[("''", ""), ("'it''s'", "it's"), ("'ä€😀 \"quoted\" \\\\ back, comma; and\ttab'", LONG_ESCAPE)]),
    ("VARCHAR(10) CHARACTER SET latin1", Text, &[("'äöü'", "äöü")]),
    ("VARCHAR(10) COLLATE utf8mb4_bin", Text, &[("'ä€😀'", "ä€😀")]),
    ("TINYTEXT", Text, &[("'t'", "t")]),
    ("LONGTEXT", Text, &[("'ü'", "ü")]),
    ("TEXT COLLATE utf8mb4_bin", Text, &[("'ü'", "ü")]),
    ("BINARY(3)", Bytes, &[("x'00ff'", "00ff00")]),
    ("VARBINARY(10)", Bytes, &[("x''", ""), ("x'00ff10'", "00ff10")]),
    ("BLOB", Bytes, &[("x'00ff'", "00ff")]),
    ("LONGBLOB", Bytes, &[("x''", "")]),
    ("DATE", Date, &[("'0001-01-01'", "0001-01-01"), ("'9999-12-31'", "9999-12-31"), ("'1969-12-31'", "1969-12-31")]),
    ("TIME", Time, &[("'-838:59:59'", "-838:59:59"), ("'838:59:59'", "838:59:59"), ("'00:00:00'", "00:00:00")]),
    ("TIME(6)", Time, &[("'23:59:59.250001'", "23:59:59.250001")]),
    (
        "DATETIME",
        Timestamp,
        &[("'0001-01-01 00:00:00'", "0001-01-01T00:00:00.000000"), ("'9999-12-31 23:59:59'", "9999-12-31T23:59:59.000000")],
    ),
    ("DATETIME(6)", Timestamp, &[("'1969-12-31 23:59:59.999999'", "1969-12-31T23:59:59.999999")]),
    (
        "TIMESTAMP NULL",
        Instant,
        &[("'1970-01-01 00:00:01'", "1970-01-01T00:00:01.000000Z"), ("'2038-01-19 03:14:07'", "2038-01-19T03:14:07.000000Z")],
    ),
    ("TIMESTAMP(6) NULL", Instant, &[("'2026-11-21 14:05:00.123456'", "2026-11-21T14:05:00.123456Z")]),
    ("JSON", Text, &[("'{\"a\": [1, null]}'", "{\"a\": [1, null]}")]),
    ("ENUM('happy', 'so so')", Text, &[("'so so'", "so so")]),
    ("SET('a', 'b', 'c')", Text, &[("'a,c'", "a,c"), ("''", "")]),
    ("UUID", Text, &[("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")]),
    ("INET6", Text, &[("'::1'", "::1")]),
];

/// The types of an engine, those that are made for the tests among them.
pub(crate) async fn cases(ground: &dyn Ground) -> &'static [Case] {
    match ground.kind() {
        "sqlite" => SQLITE,
        "postgres" => {
            ground.execute(POSTGRES_TYPES).await;
            POSTGRES
        }
        "mysql" => MYSQL,
        other => panic!("the contract suite has no types for {other}"),
    }
}

#[tokio::test]
async fn every_type_keeps_its_extremes_and_null() {
    for ground in all_with(Lack::Types).await {
        let cases = cases(ground.as_ref()).await;
        let mut wrong = Vec::new();
        for (number, case) in cases.iter().enumerate() {
            wrong.extend(differences(ground.as_ref(), number, case).await);
        }
        assert!(wrong.is_empty(), "{}:\n{}", ground.kind(), wrong.join("\n"));
    }
}

async fn differences(ground: &dyn Ground, number: usize, case: &Case) -> Vec<String> {
    let (declared, kind, values) = case;
    let rows: Vec<String> = values.iter().enumerate().map(|(id, (literal, _))| format!("({}, {literal})", id + 1)).collect();
    let table = format!("t{number}");
    ground.execute(&format!("CREATE TABLE {table}(id INTEGER, v {declared})")).await;
    ground.execute(&format!("INSERT INTO {table} VALUES (0, NULL), {}, (100, NULL)", rows.join(", "))).await;
    let sql = statement(format!("SELECT v FROM {table} ORDER BY id"));
    let outcome = read(&ground.access(), &sql).await;
    let mut wrong = Vec::new();
    if let Some(failure) = &outcome.failure {
        wrong.push(format!("{declared}: {}", failure.chain()));
        return wrong;
    }
    if outcome.columns[0].kind != *kind {
        wrong.push(format!("{declared} is {:?}, not {kind:?}", outcome.columns[0]));
    }
    let described = engines().describe(&ground.access(), &sql).await;
    if described.as_ref().ok() != Some(&outcome.columns) {
        wrong.push(format!("{declared} is described as {described:?}, read as {:?}", outcome.columns));
    }
    let middle = values.iter().map(|(_, expected)| Some((*expected).to_owned()));
    let expected: Vec<_> = std::iter::once(None).chain(middle).chain([None]).collect();
    let found: Vec<_> = outcome.rows().into_iter().map(|mut row| row.remove(0)).collect();
    if found != expected {
        wrong.push(format!("{declared} holds {expected:?}, was read as {found:?}"));
    }
    wrong
}

#[tokio::test]
async fn expressions_of_every_sort_are_read() {
    let ground = postgres().await;
    ground
        .execute("CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS ''; CREATE TABLE pairs(a int, b text); INSERT INTO pairs VALUES (1, 'x')")
        .await;
    for (sql, kind, expected) in [
        ("SELECT 'plain' AS v", Text, "plain"),
        ("SELECT NULL AS v", Text, "NULL"),
        ("SELECT nothing() AS v", Text, "NULL"),
        ("SELECT p AS v FROM pairs p", Text, "(1,x)"),
        ("SELECT ROW(1, 'a') AS v", Text, "(1,a)"),
        ("SELECT ARRAY(SELECT p FROM pairs p) AS v", Text, "{\"(1,x)\"}"),
        ("SELECT avg(a) AS v FROM pairs", Decimal, "1.00000000000000000000"),
        ("SELECT count(*) AS v FROM pairs", Integer, "1"),
        ("SELECT sum(a) AS v FROM pairs WHERE false", Integer, "NULL"),
        ("SELECT extract(epoch FROM timestamptz '2026-01-01Z') AS v", Decimal, "1767225600.000000"),
        ("SELECT current_user IS NOT NULL AS v", Boolean, "true"),
        ("SELECT most_common_vals IS NULL AS v FROM pg_stats WHERE most_common_vals IS NULL LIMIT 1", Boolean, "true"),
        ("SELECT histogram_bounds AS v FROM pg_stats WHERE false", Text, ""),
        ("SELECT '\\x' AS v", Text, "\\x"),
        ("SELECT DISTINCT ON (a) b AS v FROM pairs ORDER BY a, b", Text, "x"),
        ("SELECT current_setting('TimeZone') AS v", Text, "UTC"),
        ("SELECT current_setting('transaction_read_only') AS v", Text, "on"),
        ("SELECT to_char(1234.5, 'FM9999D0') AS v", Text, "1234.5"),
    ] {
        let outcome = read(&ground.access(), &statement(sql)).await.whole(sql);
        assert_eq!(outcome.columns[0].kind, kind, "{sql}");
        if outcome.count() > 0 {
            assert_eq!(outcome.firsts(), [expected], "{sql}");
        }
    }
}

#[tokio::test]
async fn a_value_that_its_column_cannot_hold_is_told_with_its_row() {
    for ground in all().await.into_iter().filter(|ground| ground.kind() == "sqlite") {
        ground.execute("CREATE TABLE t(id INTEGER, v INTEGER)").await;
        ground.execute("INSERT INTO t VALUES (1, 5), (2, 'text')").await;
        let failure = crate::ground::failure(&ground.access(), &statement("SELECT id, v FROM t ORDER BY id")).await;
        assert_eq!(failure.kind, model::FailureKind::SqlTypeChanged);
        assert!(failure.chain().contains("`v`") && failure.chain().contains("row 2"), "{}", failure.chain());
    }
    for ground in all().await.into_iter().filter(|ground| ground.kind() == "mysql") {
        ground.execute("CREATE TABLE t(v DATE)").await;
        ground.execute("SET sql_mode = ''; INSERT INTO t VALUES ('2026-01-01'), ('0000-00-00')").await;
        let failure = crate::ground::failure(&ground.access(), &statement("SELECT v FROM t")).await;
        assert_eq!(failure.kind, model::FailureKind::SqlTypeChanged, "{}", failure.chain());
        assert!(failure.chain().contains("`v`") && failure.chain().contains("row 2"), "{}", failure.chain());
    }
}
