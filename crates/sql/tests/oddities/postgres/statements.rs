//! Statements, placeholders and limits.

use model::{
    ColumnType::{Boolean, Decimal, Float, Instant, Integer, Text, Time},
    FailureKind::{SqlFailed, SqlInvalid, SqlNotReadOnly, SqlParameter, SqlTimeout},
};

use crate::case::{
    Bound::{self, Float as Real, Instant as At, Integer as Whole, Text as Words},
    Case, NULL, fails, gives, judged, long, long_fails, table,
};

pub(crate) const CASES: &[Case] = &[
    gives("a query may be nothing but parentheses", "((SELECT 1))", Integer, &["1"]),
    gives("a table alone is a query", "TABLE tabled", Integer, &["1"]).after("CREATE TABLE tabled(x int); INSERT INTO tabled VALUES (1)"),
    gives("recursion ends", "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n", Integer, &["1", "2", "3"]),
    gives("a part that must be made first is made", "WITH m AS MATERIALIZED (SELECT 1 AS v), n AS NOT MATERIALIZED (SELECT v + 1 AS v FROM m) SELECT v FROM n", Integer, &["2"]),
    gives("a union finds the common type", "SELECT 1 UNION ALL SELECT 2.5 UNION ALL SELECT NULL", Decimal, &["1", "2.5", NULL]),
    gives("a union of NULLs is text", "SELECT NULL UNION ALL SELECT NULL", Text, &[NULL, NULL]),
    fails("a union of what has nothing in common is told with its place", "SELECT 1\nUNION ALL SELECT true", SqlInvalid, "line 2"),
    gives("a literal without a type is text", "SELECT v FROM (SELECT '1' AS v) t", Text, &["1"]),
    gives("a column of nothing but NULL is text", "SELECT NULL AS v FROM generate_series(1, 2)", Text, &[NULL, NULL]),
    table("no rows have columns", "SELECT 1 AS a, now() AS b WHERE false", &[("a", Integer), ("b", Instant)], &[]),
    gives("limits and offsets are kept", "SELECT v FROM generate_series(1, 9) v ORDER BY v DESC OFFSET 1 FETCH FIRST 2 ROWS ONLY", Integer, &["8", "7"]),
    gives("rows that tie are all there", "SELECT v FROM (VALUES (1), (1), (2)) t(v) ORDER BY v FETCH FIRST 1 ROW WITH TIES", Integer, &["1", "1"]),
    gives("an order inside is kept", "SELECT v FROM (VALUES (2), (NULL), (1)) t(v) ORDER BY v DESC NULLS LAST", Integer, &["2", "1", NULL]),
    gives("windows look at their rows", "SELECT sum(v) OVER (ORDER BY v ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (4)) t(v)", Integer, &["1", "3", "6"]),
    gives("a filtered aggregate counts its rows", "SELECT count(*) FILTER (WHERE v > 1) FROM (VALUES (1), (2)) t(v)", Integer, &["1"]),
    table("grouping sets have NULL where all are meant", "SELECT a, sum(b) AS s FROM (VALUES ('x', 1), ('y', 2)) t(a, b) GROUP BY ROLLUP (a) ORDER BY a", &[("a", Text), ("s", Integer)], &[&["x", "1"], &["y", "2"], &[NULL, "3"]]),
    gives("a lateral join sees the row before it", "SELECT w FROM (VALUES (2)) t(v), LATERAL (SELECT v * 2 AS w) u", Integer, &["4"]),
    gives("the first row of each is there once", "SELECT DISTINCT ON (a) b FROM (VALUES (1, 'x'), (1, 'y'), (2, 'z')) t(a, b) ORDER BY a, b", Text, &["x", "z"]),
    gives("a view is read as a table", "SELECT v FROM seen", Integer, &["3"]).after("CREATE VIEW seen AS SELECT 3 AS v"),
    gives("a view that was made ready is read", "SELECT v FROM ready", Integer, &["4"]).after("CREATE MATERIALIZED VIEW ready AS SELECT 4 AS v"),
    gives("partitions are one table", "SELECT v FROM parted ORDER BY v", Integer, &["1", "11"])
        .after("CREATE TABLE parted(v int) PARTITION BY RANGE (v); CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (10); CREATE TABLE high PARTITION OF parted DEFAULT; INSERT INTO parted VALUES (11), (1)"),
    gives("a table inherits rows", "SELECT v FROM parent ORDER BY v", Integer, &["1", "2"]).after("CREATE TABLE parent(v int); CREATE TABLE child() INHERITS (parent); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2)"),
    gives("a column that was dropped and one that was added do not shift the others", "SELECT * FROM altered", Text, &["new"])
        .after("CREATE TABLE altered(a int, b int); INSERT INTO altered VALUES (1, 2); ALTER TABLE altered DROP a, DROP b, ADD c text DEFAULT 'new'"),
    gives("comments stand everywhere and nest", "/* a /* b; */ c */ SELECT -- d; e\n /* f */ 1 /* g */ -- h", Integer, &["1"]),
    gives("semicolons at the end are nothing", "SELECT 1 ; ; -- end\n ;", Integer, &["1"]),
    gives("a semicolon in a text is text", "SELECT 'a;b' /* ; */", Text, &["a;b"]),
    gives("white space is of every kind", "\u{c}\r\n\tSELECT\r\n1\r\n", Integer, &["1"]),
    gives("dollars quote", "SELECT $$it's :a; -- \\$$ || $tag$ $$ $tag$", Text, &["it's :a; -- \\ $$ "]),
    gives("a text may go on in the next line", "SELECT 'a'\n'b'", Text, &["ab"]),
    table("a quote that is escaped ends no text", r"SELECT E'it\'s :a' AS a, 'b\' AS b", &[("a", Text), ("b", Text)], &[&["it's :a", r"b\"]]),
    gives("a name in a text is no placeholder", "SELECT ':name ::name' || \":v\" FROM (SELECT ' x' AS \":v\") t", Text, &[":name ::name x"]),
    gives("a cast is no placeholder and a placeholder may be cast", "SELECT :v::int + '1'::int::int8", Integer, &["6"]).with(&[("v", Words("5"))]),
    gives("named arguments are no placeholders", "SELECT make_interval(days := 1, hours => :h::int)", Time, &["1 day 02:00:00"]).with(&[("h", Whole(2))]),
    gives("a number that is written with underscores is a name", "SELECT 1 AS _", Integer, &["1"]),
    fails("the server's own placeholder is told", "SELECT $1", SqlParameter, "`$1`"),
    fails("two statements are refused", "SELECT 1; SELECT 2", SqlNotReadOnly, "second statement"),
    fails("a part that changes data is refused", "WITH d AS (DELETE FROM nothing_here RETURNING 1) SELECT * FROM d", SqlNotReadOnly, "DELETE changes data"),
    fails("a query that makes a table is refused", "SELECT 1 AS v INTO made", SqlNotReadOnly, "INTO"),
    fails("a query that locks rows is refused", "SELECT 1 FOR UPDATE", SqlNotReadOnly, "lock rows"),
    fails("a plan is no query", "EXPLAIN SELECT 1", SqlNotReadOnly, "EXPLAIN"),
    fails("a setting is no query", "SET TimeZone = 'Asia/Tokyo'", SqlNotReadOnly, "SET"),
    fails("a sequence cannot be moved on", "SELECT nextval('moved')", SqlNotReadOnly, "nextval").after("CREATE SEQUENCE moved"),
    fails("a function that writes is stopped", "SELECT writes()", SqlNotReadOnly, "INSERT").after("CREATE TABLE written(v int); CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO written VALUES (1) RETURNING v'"),
    fails("a function that raises in the middle breaks the read with its words", "SELECT raises(v) FROM generate_series(1, 20000) v", SqlFailed, "no 15000 please; say another; take 1")
        .after("CREATE FUNCTION raises(v int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF v = 15000 THEN RAISE EXCEPTION 'no % please', v USING DETAIL = 'say another', HINT = 'take 1'; END IF; RETURN v; END $$"),
    gives("a function that warns is read", "SELECT warns()", Integer, &["1"]).after("CREATE FUNCTION warns() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'careful'; RAISE NOTICE 'ah'; RETURN 1; END $$"),
    fails("a statement that takes too long runs into its limit", "SELECT pg_sleep(30)", SqlTimeout, "statement timeout").within(200),
    fails("a table that somebody else has locked is waited for and no longer", "SELECT v FROM locked", SqlTimeout, "")
        .within(300).after("CREATE TABLE locked(v int); COMMIT; BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE"),
    gives("SHOW gives the session's zone, which is UTC", "SHOW TimeZone", Text, &["UTC"]).at("odd"),
    judged("SHOW ALL is three columns of text", "SHOW ALL", |outcome| {
        let names: Vec<&str> = outcome.columns.iter().map(|column| column.name.as_str()).collect();
        (names != ["name", "setting", "description"] || outcome.rows.len() < 200).then(|| format!("{names:?} {}", outcome.rows.len()))
    }),
    fails("SHOW of what is not there is told", "SHOW no_such_setting", SqlInvalid, "no_such_setting"),
    fails("a column that is not there is told with its place", "SELECT 'ä😀',\n  nope\nFROM (VALUES (1)) t(v)", SqlInvalid, "line 2, column 3"),
    fails("a text that does not end is told with its place", "SELECT 1,\n 'abc", SqlInvalid, "line 2, column 2"),
    // It would end where the text begins for the second time in the message that prepares it.
    fails("what stands behind a quote that is open is never run", "SELECT ' ; COMMIT; DROP TABLE kept; SELECT 1 FROM (SELECT 1) a LEFT JOIN (SELECT 1 AS z", SqlInvalid, "line 1, column 8"),
    fails("what stands behind a carriage return in a comment is code", "SHOW --\r server_version; COMMIT; DROP TABLE kept; SHOW --\n server_version", SqlNotReadOnly, "second statement"),
    fails("a parenthesis too many does not leave the query", "SELECT 1) AS q UNION SELECT (2", SqlInvalid, "syntax error"),
    fails("nothing but a comment is no query", "-- SELECT 1", SqlInvalid, "the query is empty"),
    gives("the smallest and the largest whole number are bound", "SELECT :v", Integer, &["-9223372036854775808"]).with(&[("v", Whole(i64::MIN))]),
    gives("a float is bound to its last bit", "SELECT :v", Float, &["0.30000000000000004"]).with(&[("v", Real(0.300_000_000_000_000_04))]),
    gives("the smallest float is bound", "SELECT :v", Float, &["5e-324"]).with(&[("v", Real(5e-324))]),
    gives("a negative zero is bound", "SELECT :v", Float, &["-0.0"]).with(&[("v", Real(-0.0))]),
    gives("floats that are no numbers are bound", "VALUES (:a), (:b), (:c)", Float, &["NaN", "inf", "-inf"]).with(&[("a", Real(f64::NAN)), ("b", Real(f64::INFINITY)), ("c", Real(f64::NEG_INFINITY))]),
    gives("a truth value is bound", "SELECT NOT :v", Boolean, &["false"]).with(&[("v", Bound::Boolean(true))]),
    gives("an instant is bound to the microsecond", "SELECT :v", Instant, &["2026-11-21T12:00:00.123456Z"]).with(&[("v", At("2026-11-21T12:00:00.123456Z"))]),
    gives("what is finer than a microsecond is cut and not rounded", "SELECT :v", Instant, &["2026-11-21T12:00:00.123456Z"]).with(&[("v", At("2026-11-21T12:00:00.123456999Z"))]),
    gives("an instant before 1970 is bound", "SELECT :v", Instant, &["1969-12-31T23:59:59.999999Z"]).with(&[("v", At("1969-12-31T23:59:59.999999Z"))]),
    gives("an instant with an offset is bound as the instant it is", "SELECT :v", Instant, &["2026-11-21T10:00:00.000000Z"]).with(&[("v", At("2026-11-21T12:00:00+02:00"))]),
    gives("an instant after the year 9999 is bound", "SELECT :v", Instant, &["+10000-01-01T00:00:00.000000Z"]).with(&[("v", At("+10000-01-01T00:00:00Z"))]),
    gives("an instant before the year 1 is bound", "SELECT :v", Instant, &["-0043-03-15T00:00:00.000000Z"]).with(&[("v", At("-0043-03-15T00:00:00Z"))]),
    gives("empty text is bound and is no NULL", "SELECT :v IS NULL", Boolean, &["false"]).with(&[("v", Words(""))]),
    gives("text that looks like a setting is bound", "SELECT :v", Text, &["'; SET x = 1; --"]).with(&[("v", Words("'; SET x = 1; --"))]),
    gives("one value stands in many places", "SELECT :v || :v || ':v'", Text, &["aa:v"]).with(&[("v", Words("a"))]),
    gives("a value limits and a value skips", "SELECT v FROM generate_series(1, 9) v LIMIT :most OFFSET :skip", Integer, &["3", "4"]).with(&[("most", Whole(2)), ("skip", Whole(2))]),
    gives("a value is a place in an array", "SELECT ('{a,b}'::text[])[:v]", Text, &["b"]).with(&[("v", Whole(2))]),
    gives("a text becomes a list", "SELECT v FROM (VALUES (1), (2), (3)) t(v) WHERE v = ANY(string_to_array(:v, ',')::int[])", Integer, &["1", "3"]).with(&[("v", Words("1,3"))]),
    gives("a number is a length of time", "SELECT :v * interval '1 second'", Time, &["00:01:30"]).with(&[("v", Whole(90))]),
    gives("a name may have digits and underscores", "SELECT :_a1", Integer, &["1"]).with(&[("_a1", Whole(1))]),
    gives("a placeholder ends where its name does", "SELECT :a-:b", Integer, &["2"]).with(&[("a", Whole(5)), ("b", Whole(3))]),
    fails("a value of the wrong form is told", "SELECT :v::int", SqlFailed, "invalid input syntax for type integer").with(&[("v", Words("five"))]),
    long("1,600 columns of a table are read", || "SELECT * FROM wide".to_owned(), |outcome| {
        let last = outcome.columns.last().map(|column| column.name.as_str());
        (outcome.columns.len() != 1600 || last != Some("c1600") || outcome.rows[0].iter().any(|value| value != NULL)).then(|| format!("{last:?}"))
    }).after("DO $$ BEGIN EXECUTE (SELECT 'CREATE TABLE wide(' || string_agg('c' || i || ' int', ',' ORDER BY i) || ')' FROM generate_series(1, 1600) i); INSERT INTO wide DEFAULT VALUES; END $$"),
    long("1,664 columns of a query are read", || columns(1664), |outcome| {
        let same = outcome.rows[0].iter().enumerate().all(|(at, value)| *value == at.to_string());
        (!same || outcome.rows[0].len() != 1664).then(|| "columns were lost or mixed".to_owned())
    }),
    long_fails("one column more than the server has is told", || columns(1665), SqlInvalid, "1664"),
    long("a wide row is as good as a narrow one", || format!("SELECT {} FROM generate_series(1, 3)", repeated(500)), |outcome| {
        let whole = outcome.rows.iter().flatten().all(|value| value.len() == 1000);
        (!whole || outcome.rows.len() != 3 || outcome.rows[0].len() != 500).then(|| "values were lost".to_owned())
    }),
    long("a list of 10,000 numbers is a query", || format!("SELECT count(*) FROM generate_series(1, 20000) v WHERE v IN ({})", list(10_000)), |outcome| {
        (outcome.rows != [["10000"]]).then(|| format!("{:?}", outcome.rows))
    }),
    long_fails("a query that nests too deep is told and breaks nothing", || format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000)), SqlInvalid, "memory exhausted"),
];

fn columns(number: usize) -> String {
    let all: Vec<String> = (0..number).map(|at| format!("{at} AS c{at}")).collect();
    format!("SELECT {}", all.join(", "))
}

fn repeated(number: usize) -> String {
    let all: Vec<String> = (0..number).map(|at| format!("repeat('x', 1000) AS c{at}")).collect();
    all.join(", ")
}

fn list(number: usize) -> String {
    let all: Vec<String> = (1..=number).map(|at| at.to_string()).collect();
    all.join(",")
}
