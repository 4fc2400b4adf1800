//! Numbers, money, bits and the server's own identifiers.

use model::{
    ColumnType::{Boolean, Decimal, Float, Integer, Text},
    FailureKind::{SqlFailed, SqlInvalid},
};

use crate::case::{Case, NULL, fails, gives, long};

pub(crate) const CASES: &[Case] = &[
    gives("infinity minus infinity is NaN and no NULL", "SELECT 'Infinity'::numeric - 'Infinity'::numeric", Decimal, &["NaN"]),
    gives("numeric is infinite in both directions", "VALUES ('-Infinity'::numeric), ('Infinity')", Decimal, &["-Infinity", "Infinity"]),
    gives("NaN sorts after infinity", "SELECT v FROM (VALUES ('NaN'::numeric), ('Infinity')) t(v) ORDER BY v", Decimal, &["Infinity", "NaN"]),
    long("a numeric of 1,000 digits keeps every one", || format!("SELECT {}::numeric", thousand_digits()), |outcome| {
        (outcome.rows != [[thousand_digits()]]).then(|| "digits were lost".to_owned())
    }),
    long("the longest numeric that the server holds is read", || format!("SELECT ('9e131071')::numeric - {}", 1), |outcome| {
        let text = &outcome.rows[0][0];
        (text.len() != 131_072 || !text.starts_with("89999") || !text.ends_with("999")).then(|| format!("{} digits", text.len()))
    }),
    long("16,383 digits behind the point are read", || "SELECT '1e-16383'::numeric".to_owned(), |outcome| {
        let text = &outcome.rows[0][0];
        (text.len() != 16_385 || !text.ends_with("0001")).then(|| format!("{} characters", text.len()))
    }),
    gives("a negative scale rounds before the point", "SELECT 12345::numeric(5,-2)", Decimal, &["12300"]),
    gives("a scale above the precision holds small numbers", "SELECT 0.00123::numeric(3,5)", Decimal, &["0.00123"]),
    gives("zeros at the end of a numeric are digits", "SELECT 1.5000", Decimal, &["1.5000"]),
    gives("numeric has no negative zero", "SELECT '-0.00'::numeric", Decimal, &["0.00"]),
    gives("a small numeric has no exponent", "SELECT 1e-20::numeric", Decimal, &["0.00000000000000000001"]),
    gives("a large numeric literal has no exponent", "SELECT 1e25", Decimal, &["10000000000000000000000000"]),
    gives("whole numbers divide to whole numbers", "SELECT 7 / 2", Integer, &["3"]),
    gives("a numeric divides to as many digits as the server gives", "SELECT 1 / 3.0", Decimal, &["0.33333333333333333333"]),
    gives("a sum of bigint is a decimal beyond 64 bits", "SELECT sum(v) FROM (VALUES (9223372036854775807), (1)) t(v)", Decimal, &["9223372036854775808"]),
    gives("a sum of integers is an integer", "SELECT sum(v) FROM (VALUES (2147483647), (1)) t(v)", Integer, &["2147483648"]),
    gives("an average of integers is a decimal", "SELECT avg(v) FROM (VALUES (1), (2)) t(v)", Decimal, &["1.5000000000000000"]),
    gives("the smallest float4 is widened and not flushed to zero", "SELECT '1e-45'::float4", Float, &["1.401298464324817e-45"]),
    gives("the largest float4 stays finite", "SELECT '-3.4028235e38'::float4", Float, &["-3.4028234663852886e38"]),
    gives("a float8 is bit for bit what the server has", "SELECT 0.1::float8 + 0.2::float8", Float, &["0.30000000000000004"]),
    gives("a bigint above 2^53 is exact", "SELECT 9007199254740993", Integer, &["9007199254740993"]),
    gives("a float8 of that number is the nearest", "SELECT 9007199254740993::float8", Float, &["9007199254740992.0"]),
    gives("the negative zero of a float is kept", "SELECT -0.0::float8 * 1", Float, &["-0.0"]),
    gives("the smallest bigint is one without a cast", "SELECT -9223372036854775808", Integer, &["-9223372036854775808"]),
    gives("a literal beyond bigint is a numeric", "SELECT 9223372036854775808", Decimal, &["9223372036854775808"]),
    fails("a number that its type cannot hold fails as the server says", "SELECT 32768::int2", SqlInvalid, "smallint out of range"),
    fails("a division by zero that stands in the text is the text's fault", "SELECT 1 / x FROM (VALUES (0)) t(x)", SqlInvalid, "division by zero"),
    fails("a division by zero that comes of the rows fails when it runs", "SELECT 1 / x FROM generate_series(-1, 1) x", SqlFailed, "division by zero"),
    fails("a function out of its domain fails", "SELECT sqrt(x) FROM (VALUES (1.0), (-1.0)) t(x)", SqlFailed, "square root of a negative number"),
    fails("a float beyond its range fails and is not infinite", "SELECT power(1e200::float8 * x, 2) FROM generate_series(1, 2) x", SqlFailed, "overflow"),
    gives("a float to the power of a zero is one even for NaN", "SELECT power('NaN'::float8, 0)", Float, &["1.0"]),
    gives("money loses its sign of currency and its commas", "SELECT 1234567.89::numeric::money", Decimal, &["1234567.89"]),
    gives("money has an end", "SELECT '-92233720368547758.08'::money", Decimal, &["-92233720368547758.08"]),
    gives("money divided by money is a float", "SELECT '1.00'::money / '3.00'::money", Float, &["0.3333333333333333"]),
    gives("an array of money stays as the server writes it", "SELECT ARRAY['1234.5'::money]", Text, &["{\"$1,234.50\"}"]),
    gives("truth has many spellings and one reading", "SELECT v::bool FROM (VALUES ('yes'), ('off'), ('t'), ('0'), (NULL)) t(v)", Boolean, &[
        "true", "false", "true", "false", NULL,
    ]),
    gives("a comparison with NULL is NULL", "SELECT 1 = NULL", Boolean, &[NULL]),
    gives("a bit string keeps its leading zeros", "SELECT B'0001'", Text, &["0001"]),
    gives("an empty bit string is no NULL", "SELECT B''::varbit", Text, &[""]),
    gives("64 bits are text, not a number", "SELECT (-1)::bigint::bit(64)", Text, &["1111111111111111111111111111111111111111111111111111111111111111"]),
    gives("a hexadecimal bit string is binary", "SELECT X'1F'", Text, &["00011111"]),
    gives("bits become a number by a cast", "SELECT X'ff'::int", Integer, &["255"]),
    gives("the largest oid is no negative number", "SELECT 4294967295::oid", Integer, &["4294967295"]),
    gives("a type's identifier is its name", "SELECT 'int4'::regtype", Text, &["integer"]),
    gives("a role's identifier is its name in quotes where it needs them", "SELECT 'pg_monitor'::regrole", Text, &["pg_monitor"]),
    gives("a procedure's identifier is its signature", "SELECT 'lower(text)'::regprocedure", Text, &["lower(text)"]),
    gives("a relation's identifier that is gone is its number", "SELECT 4294967294::regclass", Text, &["4294967294"]),
    gives("a transaction id is text", "SELECT '4294967295'::xid", Text, &["4294967295"]),
    gives("the widest transaction id is text of all its digits", "SELECT '18446744073709551615'::xid8", Text, &["18446744073709551615"]),
    gives("a command id is text", "SELECT '7'::cid", Text, &["7"]),
    gives("a row's place is text", "SELECT '(4294967295,65535)'::tid", Text, &["(4294967295,65535)"]),
    gives("a snapshot is text", "SELECT '10:20:10,14,15'::pg_snapshot", Text, &["10:20:10,14,15"]),
    gives("the last place in the log is text", "SELECT 'FFFFFFFF/FFFFFFFF'::pg_lsn", Text, &["FFFFFFFF/FFFFFFFF"]),
    gives("a difference of places in the log is a number", "SELECT '16/B374D848'::pg_lsn - '16/0'::pg_lsn", Decimal, &["3010779208"]),
    gives("one byte of the type \"char\" is text", "SELECT 'abc'::\"char\"", Text, &["a"]),
    gives("an empty \"char\" is empty text", "SELECT ''::\"char\"", Text, &[""]),
    gives("half a character in a \"char\" is its number, as the server writes it", "SELECT 'é'::\"char\"", Text, &["\\303"]),
    gives("a serial column is an integer", "SELECT id FROM serials", Integer, &["1", "2"])
        .after("CREATE TABLE serials(id bigserial, v int); INSERT INTO serials(v) VALUES (1), (2)"),
    gives("a column that is always generated is read", "SELECT twice FROM generated", Decimal, &["3.0"])
        .after("CREATE TABLE generated(v numeric, twice numeric GENERATED ALWAYS AS (v * 2) STORED); INSERT INTO generated VALUES (1.5)"),
    gives("an identity column is an integer", "SELECT id FROM identities", Integer, &["9223372036854775807"])
        .after("CREATE TABLE identities(id bigint GENERATED ALWAYS AS IDENTITY (START 9223372036854775807), v int); INSERT INTO identities(v) VALUES (1)"),
    gives("a sequence tells its last value", "SELECT last_value FROM counted", Integer, &["41"]).after("CREATE SEQUENCE counted START 41"),
    gives("a power of two beyond 64 bits is exact", "SELECT power(2::numeric, 100)", Decimal, &["1267650600228229401496703205376.0000000000000000"]),
    gives("a factorial is exact", "SELECT factorial(25)", Decimal, &["15511210043330985984000000"]),
    gives("a series of numerics steps exactly", "SELECT generate_series(0, 0.3, 0.1)", Decimal, &["0", "0.1", "0.2", "0.3"]),
    gives("a width of a bucket is an integer", "SELECT width_bucket(5.35, 0.024, 10.06, 5)", Integer, &["3"]),
];

fn thousand_digits() -> String {
    (0..1000).map(|at| char::from(b'1' + (at % 9) as u8)).collect()
}
