//! Arrays, ranges, composites, networks and geometry: what has no type of its own here travels as the server's text.

use model::{
    ColumnType::{Boolean, Float, Integer, Text},
    FailureKind::SqlInvalid,
};

use crate::case::{Case, NULL, fails, gives, table};

pub(crate) const CASES: &[Case] = &[
    gives("an array of arrays is text", "SELECT '{{1,NULL},{3,4}}'::int[]", Text, &["{{1,NULL},{3,4}}"]),
    gives("an array keeps its lower bounds", "SELECT '[0:1][-1:-1]={{1},{2}}'::int[]", Text, &["[0:1][-1:-1]={{1},{2}}"]),
    gives("an empty array is no NULL", "VALUES ('{}'::int[]), (NULL)", Text, &["{}", NULL]),
    gives(
        "texts in arrays keep quotes, commas and braces",
        r#"SELECT ARRAY['a"b', 'c,d', '{e}', '\f', 'NULL', '', NULL]"#,
        Text,
        &[r#"{"a\"b","c,d","{e}","\\f","NULL","",NULL}"#],
    ),
    gives("an array of composites is quoted twice", r#"SELECT ARRAY[ROW(1, 'a "b"')::mixed]"#, Text, &[r#"{"(1,\"a \"\"b\"\"\")"}"#])
        .after("CREATE TYPE mixed AS (a int, b text)"),
    gives("a composite tells NULL from empty text", "SELECT ROW(NULL, '', ' ')", Text, &[r#"(,""," ")"#]),
    gives("a composite in a composite is quoted", "SELECT ROW(1, ROW('a', NULL))", Text, &[r#"(1,"(a,)")"#]),
    gives("a composite of one NULL is no NULL", "SELECT ROW(NULL)", Text, &["()"]),
    gives("a whole row is text", "SELECT r FROM (SELECT 1 AS a, 'x y' AS b) r", Text, &[r#"(1,"x y")"#]),
    gives("a member of a composite has its own type", "SELECT (v).a FROM members", Integer, &["1"])
        .after("CREATE TYPE member AS (a int, b text); CREATE TABLE members(v member); INSERT INTO members VALUES ((1, 'x'))"),
    table("a composite spreads into its members", "SELECT (v).* FROM spread", &[("a", Integer), ("b", Text)], &[&["1", NULL]])
        .after("CREATE TYPE spreading AS (a int, b text); CREATE TABLE spread(v spreading); INSERT INTO spread VALUES ((1, NULL))"),
    gives(
        "an element of an array has its own type",
        "SELECT ('{0.5,NULL}'::float8[])[i] FROM (VALUES (1), (2), (3)) t(i)",
        Float,
        &["0.5", NULL, NULL],
    ),
    gives("a piece of an array is text", "SELECT ('{1,2,3,4}'::int[])[2:3]", Text, &["{2,3}"]),
    // `1:n` looks as `1` and the placeholder `:n`; a space makes it a piece.
    gives("a piece of an array up to a column needs a space", "SELECT ('{1,2,3}'::int[])[1 : n] FROM (VALUES (2)) t(n)", Text, &["{1,2}"]),
    gives("elements become rows", "SELECT unnest('{a,NULL,\"\"}'::text[])", Text, &["a", NULL, ""]),
    gives("the length of an empty array is NULL", "SELECT array_length('{}'::int[], 1)", Integer, &[NULL]),
    gives("a vector of small integers is text", "SELECT '1 2 3'::int2vector", Text, &["1 2 3"]),
    gives("a vector of oids is text", "SELECT '23 25'::oidvector", Text, &["23 25"]),
    gives("an empty range is no NULL", "VALUES ('empty'::int4range), (NULL)", Text, &["empty", NULL]),
    gives("a range without bounds is text", "SELECT '(,)'::numrange", Text, &["(,)"]),
    gives("a range of integers is in its canonical form", "SELECT '[1,5]'::int8range", Text, &["[1,6)"]),
    gives("a range of dates is in its canonical form", "SELECT '[2026-11-21,2026-11-22]'::daterange", Text, &["[2026-11-21,2026-11-23)"]),
    gives("a range of decimals keeps its digits", "SELECT '[1.10,2.00)'::numrange", Text, &["[1.10,2.00)"]),
    gives("a range of time stamps is quoted", "SELECT '[2026-11-21,infinity]'::tsrange", Text, &["[\"2026-11-21 00:00:00\",infinity]"]),
    gives("ranges that touch become one", "SELECT '{[1,3), [3,5), [7,8)}'::int4multirange", Text, &["{[1,5),[7,8)}"]),
    gives("a multirange of nothing is no NULL", "SELECT '{}'::datemultirange", Text, &["{}"]),
    gives("a range of one's own is text", "SELECT '[0.5,1.5)'::floats", Text, &["[0.5,1.5)"])
        .after("CREATE TYPE floats AS RANGE (subtype = float8)"),
    gives("the lower bound of a range has its own type", "SELECT lower('[1,5)'::int4range)", Integer, &["1"]),
    gives("the lower bound of a range without one is NULL", "SELECT lower('(,5)'::int4range)", Integer, &[NULL]),
    gives(
        "an address keeps its mask, also a full one",
        "VALUES ('10.1.2.3/8'::inet), ('10.1.2.3'), ('::ffff:10.1.2.3')",
        Text,
        &["10.1.2.3/8", "10.1.2.3/32", "::ffff:10.1.2.3/128"],
    ),
    gives("a network of IPv6 is written short", "SELECT '2001:0db8:0000::/48'::cidr", Text, &["2001:db8::/48"]),
    gives(
        "a MAC address is written one way",
        "VALUES ('08002B-010203'::macaddr), ('0800.2b01.0203')",
        Text,
        &["08:00:2b:01:02:03", "08:00:2b:01:02:03"],
    ),
    gives("a MAC address may have eight bytes", "SELECT '08:00:2b:01:02:03:04:05'::macaddr8", Text, &["08:00:2b:01:02:03:04:05"]),
    gives("a point may be at infinity", "SELECT point('Infinity'::float8, '-0'::float8)", Text, &["(Infinity,-0)"]),
    gives("a line is its equation", "SELECT '{1,-1,0}'::line", Text, &["{1,-1,0}"]),
    gives("a segment is two points", "SELECT '[(0,0),(1,1.5)]'::lseg", Text, &["[(0,0),(1,1.5)]"]),
    gives("a box is its upper and lower corner", "SELECT '(0,0),(1,1)'::box", Text, &["(1,1),(0,0)"]),
    gives("boxes in an array stand apart by semicolons", "SELECT '{(0,0),(1,1);(2,2),(3,3)}'::box[]", Text, &["{(1,1),(0,0);(3,3),(2,2)}"]),
    gives("a path is open or closed", "VALUES ('[(0,0),(1,1)]'::path), ('((0,0),(1,1))')", Text, &["[(0,0),(1,1)]", "((0,0),(1,1))"]),
    gives(
        "a circle is its middle and radius",
        "SELECT '<(0.1,0.2),0.30000000000000004>'::circle",
        Text,
        &["<(0.1,0.2),0.30000000000000004>"],
    ),
    gives("a privilege is text", "SELECT makeaclitem(10, 10, 'SELECT', false) IS NOT NULL", Boolean, &["true"]),
    gives("privileges in the catalogue are text", "SELECT '{=r/tributary}'::aclitem[]", Text, &["{=r/tributary}"]),
    gives("an expression of the catalogue is text", "SELECT ev_action IS NOT NULL FROM pg_rewrite LIMIT 1", Boolean, &["true"]),
    gives("the tree of an expression is text", "SELECT left(ev_qual::text, 2) FROM pg_rewrite LIMIT 1", Text, &["<>"]),
    gives("a cursor's name is text", "SELECT 'c'::refcursor", Text, &["c"]),
    gives("statistics of any type are text", "SELECT histogram_bounds FROM pg_stats WHERE false", Text, &[]),
    gives("nothing at all is NULL", "SELECT pg_notification_queue_usage() * NULL", Float, &[NULL]),
    fails(
        "a record without a list of columns is told",
        "SELECT * FROM json_to_record('{}')",
        SqlInvalid,
        "column definition list is required",
    ),
    table(
        "a record with a list of columns is a table",
        "SELECT * FROM json_to_record('{\"a\": 1, \"b\": \"x\"}') AS t(a int, b text, c float8)",
        &[("a", Integer), ("b", Text), ("c", Float)],
        &[&["1", "x", NULL]],
    ),
    table(
        "rows may be numbered",
        "SELECT * FROM unnest('{a,b}'::text[]) WITH ORDINALITY AS t(v, n)",
        &[("v", Text), ("n", Integer)],
        &[&["a", "1"], &["b", "2"]],
    ),
];
