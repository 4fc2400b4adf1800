//! Statements, placeholders and limits.

use model::{
    ColumnType::{Bytes, Float, Integer, Text},
    FailureKind::{SqlFailed, SqlInvalid, SqlNotReadOnly, SqlParameter, SqlTimeout, SqlTypeChanged},
};

use crate::case::{
    Bound::{Boolean as Truth, Float as Real, Integer as Whole, Text as Words},
    Case, NULL, fails, gives, long, long_fails, table,
};

pub(crate) const CASES: &[Case] = &[
    gives("values alone are a query", "VALUES (1), (NULL)", Integer, &["1", NULL]),
    gives(
        "recursion ends",
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n",
        Integer,
        &["1", "2", "3"],
    ),
    gives("a part that must be made first is made", "WITH m AS MATERIALIZED (SELECT 1 AS v) SELECT v + 1 FROM m", Integer, &["2"]),
    fails("a union of a number and a text is told", "SELECT 1 AS v UNION ALL SELECT 'a'", SqlTypeChanged, "holds text in row 2"),
    gives("what one has and the other has not", "SELECT 1 UNION SELECT 2 EXCEPT SELECT 2", Integer, &["1"]),
    gives("no rows have columns", "SELECT x FROM one LIMIT 0", Integer, &[]),
    gives("no rows of an expression are text", "SELECT x + 1 FROM one LIMIT 0", Text, &[]),
    gives(
        "windows look at their rows",
        "SELECT sum(v) OVER (ORDER BY v ROWS 1 PRECEDING) FROM (SELECT 1 AS v UNION SELECT 2 UNION SELECT 4)",
        Integer,
        &["1", "3", "6"],
    ),
    gives(
        "a window has no value before its first row",
        "SELECT lag(v) OVER (ORDER BY v) FROM (SELECT 1.5 AS v UNION SELECT 2)",
        Float,
        &[NULL, "1.5"],
    ),
    gives(
        "a filtered aggregate counts its rows",
        "SELECT count(*) FILTER (WHERE v > 1) FROM (SELECT 1 AS v UNION SELECT 2)",
        Integer,
        &["1"],
    ),
    gives("a join has the rows of both sides", "SELECT b FROM (SELECT 1 AS a) FULL JOIN (SELECT 2 AS b) ON a = b", Integer, &[NULL, "2"]),
    gives("values of rows are compared", "SELECT (1, 2) < (1, 3)", Integer, &["1"]),
    gives("distinct from knows NULL", "SELECT NULL IS NOT DISTINCT FROM NULL", Integer, &["1"]),
    gives("a view is read as a table", "SELECT v FROM seen", Integer, &["3"]).after("CREATE VIEW seen AS SELECT 3 AS v"),
    fails("a view of what is gone is told", "SELECT v FROM dangling", SqlInvalid, "no such table")
        .after("CREATE TABLE going(v); CREATE VIEW dangling AS SELECT v FROM going; DROP TABLE going"),
    gives("comments of every kind are nothing", "/* a; */ SELECT -- b; ? :c\n 1 /* :d */", Integer, &["1"]),
    gives("a comment that does not end ends with the text", "SELECT 1 /* open", Integer, &["1"]),
    gives("a number sign is no comment and no number", "SELECT '#'", Text, &["#"]),
    gives("semicolons at the end are nothing", "SELECT 1 ; ; -- end\n ;", Integer, &["1"]),
    gives("a semicolon in a text is text", "SELECT 'a;b' /* ; */", Text, &["a;b"]),
    gives("a name in a text is no placeholder", "SELECT ':v' || \":v\" FROM (SELECT 'x' AS \":v\")", Text, &[":vx"]),
    gives("a doubled quote ends no text", "SELECT 'it''s :a'", Text, &["it's :a"]),
    gives("a number in hexadecimal is an integer", "SELECT 0xff", Integer, &["255"]),
    gives("a number in hexadecimal may be negative by its bits", "SELECT 0xffffffffffffffff", Integer, &["-1"]),
    gives("a pattern is a number for truth", "SELECT 'abc' GLOB 'a*' AND 'abc' LIKE 'A_C'", Integer, &["1"]),
    fails("a placeholder of the library's own kind is told", "SELECT $v", SqlParameter, "`$v`"),
    fails("two statements are refused", "SELECT 1; SELECT 2", SqlNotReadOnly, "second statement"),
    fails("rows that are given back by a change are refused", "INSERT INTO one VALUES (2) RETURNING x", SqlNotReadOnly, "INSERT"),
    fails("a pragma is refused", "PRAGMA user_version", SqlNotReadOnly, "PRAGMA"),
    table(
        "a pragma that only reads may stand in a query",
        "SELECT name, type FROM pragma_table_info('informed')",
        &[("name", Text), ("type", Text)],
        &[&["a", "INT"], &["b c", "TEXT"]],
    )
    .after("CREATE TABLE informed(a INT, [b c] TEXT)"),
    fails("a plan is no query", "EXPLAIN QUERY PLAN SELECT 1", SqlNotReadOnly, "EXPLAIN"),
    fails("another file cannot be attached", "ATTACH 'x' AS y", SqlNotReadOnly, "ATTACH"),
    fails("code from a library cannot be loaded", "SELECT load_extension('x')", SqlInvalid, "not authorized to use function"),
    gives(
        "the schema is a table",
        "SELECT sql FROM sqlite_schema WHERE name = 'informed'",
        Text,
        &["CREATE TABLE informed(a INT, [b c] TEXT)"],
    ),
    fails(
        "a function that fails in the middle breaks the read with its words",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT CASE WHEN i = 15000 THEN json_extract('{', '$') ELSE i END AS v FROM n",
        SqlFailed,
        "malformed JSON",
    ),
    fails(
        "a column that is not there is told with its place",
        "SELECT 'ä😀',\n  nope FROM one",
        SqlInvalid,
        "line 2, column 3: no such column: nope",
    ),
    fails("a table that is not there is told", "SELECT 1 FROM nope", SqlInvalid, "no such table: nope"),
    fails("a function that is not there is told", "SELECT nope(1)", SqlInvalid, "no such function: nope"),
    fails("a text that does not end is told with its place", "SELECT 1,\n 'abc", SqlInvalid, "line 2, column 2"),
    fails("an aggregate where none may be is told", "SELECT x FROM one WHERE count(*) > 1", SqlInvalid, "misuse of aggregate"),
    fails(
        "a statement that takes too long runs into its limit",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        SqlTimeout,
        "longer than 200 ms",
    )
    .within(200),
    gives("the smallest whole number is bound", "SELECT :v", Integer, &["-9223372036854775808"]).with(&[("v", Whole(i64::MIN))]),
    gives("a float is bound to its last bit", "SELECT :v", Float, &["0.30000000000000004"]).with(&[("v", Real(0.300_000_000_000_000_04))]),
    gives("a whole float is bound as a float", "SELECT :v", Float, &["2.0"]).with(&[("v", Real(2.0))]),
    gives("a negative zero is bound", "SELECT :v", Float, &["-0.0"]).with(&[("v", Real(-0.0))]),
    gives("infinity is bound", "SELECT :v", Float, &["inf"]).with(&[("v", Real(f64::INFINITY))]),
    // The library would take it for NULL, and no comparison would be true.
    fails("a float that is no number is a wrong value", "SELECT :v", SqlParameter, "NaN").with(&[("v", Real(f64::NAN))]),
    gives("truth is bound as a number", "SELECT :v", Integer, &["1"]).with(&[("v", Truth(true))]),
    gives("empty text is bound and is no NULL", "SELECT :v IS NULL", Integer, &["0"]).with(&[("v", Words(""))]),
    gives("text with a zero inside is bound", "SELECT :v", Text, &["a\0b"]).with(&[("v", Words("a\0b"))]),
    gives("a number in a text is no number where none is asked for", "SELECT :v = 5", Integer, &["0"]).with(&[("v", Words("5"))]),
    gives("a number in a text is compared as the column says", "SELECT x FROM one WHERE x = :v", Integer, &["1"])
        .with(&[("v", Words("1"))]),
    gives("one value stands in many places", "SELECT :v || :v || ':v'", Text, &["aa:v"]).with(&[("v", Words("a"))]),
    gives(
        "a value limits and a value skips",
        "SELECT value FROM json_each('[1,2,3,4]') ORDER BY value LIMIT :most OFFSET :skip",
        Integer,
        &["2", "3"],
    )
    .with(&[("most", Whole(2)), ("skip", Whole(1))]),
    gives("a list is found in JSON", "SELECT x FROM one WHERE x IN (SELECT value FROM json_each(:v))", Integer, &["1"])
        .with(&[("v", Words("[1, 5]"))]),
    gives("a value may be made bytes", "SELECT CAST(:v AS BLOB)", Bytes, &["c3a9"]).with(&[("v", Words("é"))]),
    gives("a placeholder stands beside signs", "SELECT :a-:b*(:a)", Integer, &["-10"]).with(&[("a", Whole(5)), ("b", Whole(3))]),
    long(
        "2,000 columns of a query are read",
        || columns(2000),
        |outcome| {
            let same = outcome.rows[0].iter().enumerate().all(|(at, value)| *value == at.to_string());
            (!same || outcome.rows[0].len() != 2000).then(|| "columns were lost or mixed".to_owned())
        },
    ),
    long_fails("one column more than the library has is told", || columns(2001), SqlInvalid, "too many columns"),
    long(
        "a list of 10,000 numbers is a query",
        || format!("SELECT count(*) FROM one WHERE x IN ({})", list(10_000)),
        |outcome| (outcome.rows != [["1"]]).then(|| format!("{:?}", outcome.rows)),
    ),
    long(
        "a wide row is as good as a narrow one",
        || format!("SELECT {} FROM one UNION ALL SELECT {0}", repeated(500)),
        |outcome| {
            let whole = outcome.rows.iter().flatten().all(|value| value.len() == 1000);
            (!whole || outcome.rows.len() != 2 || outcome.rows[0].len() != 500).then(|| "values were lost".to_owned())
        },
    ),
    long(
        "20,000 parentheses are as good as none",
        || format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        |outcome| (outcome.rows != [["1"]]).then(|| format!("{:?}", outcome.rows)),
    ),
    long_fails(
        "an expression that nests too deep is told",
        || format!("SELECT {}1", "1 + ".repeat(5000)),
        SqlInvalid,
        "Expression tree is too large",
    ),
    long_fails(
        "a union of too many parts is told",
        || vec!["SELECT 1 AS v"; 501].join(" UNION ALL "),
        SqlInvalid,
        "too many terms in compound SELECT",
    ),
];

fn columns(number: usize) -> String {
    let all: Vec<String> = (0..number).map(|at| format!("{at} AS c{at}")).collect();
    format!("SELECT {}", all.join(", "))
}

fn repeated(number: usize) -> String {
    let all: Vec<String> = (0..number).map(|at| format!("hex(zeroblob(500)) AS c{at}")).collect();
    all.join(", ")
}

fn list(number: usize) -> String {
    let all: Vec<String> = (1..=number).map(|at| at.to_string()).collect();
    all.join(",")
}
