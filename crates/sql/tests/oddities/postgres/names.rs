//! Names of columns.

use model::{
    ColumnType::{Boolean, Instant, Integer, Text},
    FailureKind::{SqlDuplicateColumn, SqlInvalid},
};

use crate::case::{Case, fails, judged, table};

pub(crate) const CASES: &[Case] = &[
    table("an expression has the server's own name", "SELECT 1", &[("?column?", Integer)], &[&["1"]]),
    fails("two expressions without names are two columns of one name", "SELECT 1, 2", SqlDuplicateColumn, "two columns named `?column?`"),
    table(
        "functions, casts and CASE give their names",
        "SELECT count(*), CASE WHEN true THEN 1 END, '1'::int, ARRAY[1], ROW(1)",
        &[("count", Integer), ("case", Integer), ("int4", Integer), ("array", Text), ("row", Text)],
        &[&["1", "1", "1", "{1}", "(1)"]],
    ),
    table("VALUES numbers its columns", "VALUES (1, 'a')", &[("column1", Integer), ("column2", Text)], &[&["1", "a"]]),
    table("names without quotes are lower case", "SELECT 1 AS Größe, 2 AS ABC", &[("größe", Integer), ("abc", Integer)], &[&["1", "2"]]),
    table("names that differ in case are two", "SELECT 1 AS a, 2 AS \"A\"", &[("a", Integer), ("A", Integer)], &[&["1", "2"]]),
    table(
        "keywords are names",
        "SELECT 1 AS time, 2 AS \"select\", 3 AS value, 4 AS \"from\"",
        &[("time", Integer), ("select", Integer), ("value", Integer), ("from", Integer)],
        &[&["1", "2", "3", "4"]],
    ),
    table(
        "dots, percents and question marks are names",
        "SELECT 1 AS \"a.b\", 2 AS \"100 %s\", 3 AS \"?\", 4 AS \"$1\"",
        &[("a.b", Integer), ("100 %s", Integer), ("?", Integer), ("$1", Integer)],
        &[&["1", "2", "3", "4"]],
    ),
    table("a line break and a tab are names", "SELECT 1 AS \"a\nb\", 2 AS \"\t\"", &[("a\nb", Integer), ("\t", Integer)], &[&["1", "2"]]),
    table(
        "quotes and backslashes are names",
        "SELECT 1 AS \"a\"\"b\", 2 AS \"c'd\", 3 AS \"e\\f\"",
        &[("a\"b", Integer), ("c'd", Integer), ("e\\f", Integer)],
        &[&["1", "2", "3"]],
    ),
    table("spaces around a name are kept", "SELECT 1 AS \" a \", 2 AS \" \"", &[(" a ", Integer), (" ", Integer)], &[&["1", "2"]]),
    table(
        "names of other scripts are kept",
        "SELECT 1 AS \"日本\", 2 AS \"😀\", 3 AS имя",
        &[("日本", Integer), ("😀", Integer), ("имя", Integer)],
        &[&["1", "2", "3"]],
    ),
    table("escapes of Unicode are names", r#"SELECT 1 AS U&"d\0061t\+000061""#, &[("data", Integer)], &[&["1"]]),
    table(
        "a comma, an equals sign and a colon are names",
        "SELECT 1 AS \"a,b\", 2 AS \"c=d\", 3 AS \"e:f\"",
        &[("a,b", Integer), ("c=d", Integer), ("e:f", Integer)],
        &[&["1", "2", "3"]],
    ),
    table(
        "names of comments are names",
        "SELECT 1 AS \"-- a\", 2 AS \"/* b */\", 3 AS \"$$c$$\"",
        &[("-- a", Integer), ("/* b */", Integer), ("$$c$$", Integer)],
        &[&["1", "2", "3"]],
    ),
    table(
        "a name of 63 bytes is whole",
        "SELECT 1 AS aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg",
        &[("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg", Integer)],
        &[&["1"]],
    ),
    table(
        "a longer name is cut by the server",
        "SELECT 1 AS aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggX",
        &[("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg", Integer)],
        &[&["1"]],
    ),
    table(
        "a longer name is not cut within a character",
        "SELECT 1 AS aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggé",
        &[("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgg", Integer)],
        &[&["1"]],
    ),
    fails(
        "two names that are one after the cut are told",
        "SELECT 1 AS aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggX, 2 AS aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggY",
        SqlDuplicateColumn,
        "two columns named `aaaaaaaaaabbbbbbbbbb",
    ),
    fails("a name of nothing is refused by the server", "SELECT 1 AS \"\"", SqlInvalid, "zero-length delimited identifier"),
    table(
        "names that the reader uses itself are free",
        "SELECT 1 AS c1, 2 AS c0, 3 AS q, 4 AS nothing, 5 AS tributary",
        &[("c1", Integer), ("c0", Integer), ("q", Integer), ("nothing", Integer), ("tributary", Integer)],
        &[&["1", "2", "3", "4", "5"]],
    ),
    table(
        "tables that the reader names itself are free",
        "SELECT q.x, nothing.y FROM (SELECT 1 AS x) AS q, (SELECT 2 AS y) AS nothing",
        &[("x", Integer), ("y", Integer)],
        &[&["1", "2"]],
    ),
    judged(
        "the columns that every table has are read",
        "SELECT ctid, xmin, xmax, cmin, tableoid::regclass AS of, tableoid FROM hidden_columns",
        |outcome| {
            let row = &outcome.rows[0];
            (row[0] != "(0,1)" || row[2] != "0" || row[3] != "1" || !row[4].ends_with("hidden_columns")).then(|| format!("{row:?}"))
        },
    )
    .after("CREATE TABLE hidden_columns(x int); INSERT INTO hidden_columns VALUES (1)"),
    table(
        "a join by a common column has it once",
        "SELECT * FROM (SELECT 1 AS id, 2 AS a) s JOIN (SELECT 1 AS id, 3 AS b) t USING (id)",
        &[("id", Integer), ("a", Integer), ("b", Integer)],
        &[&["1", "2", "3"]],
    ),
    fails(
        "a join that has a column twice is told",
        "SELECT * FROM (SELECT 1 AS id) s JOIN (SELECT 1 AS id) t ON s.id = t.id",
        SqlDuplicateColumn,
        "`id`",
    ),
    table(
        "names given behind a query are the names",
        "SELECT * FROM (VALUES (1, true)) AS t(n, \"is it?\")",
        &[("n", Integer), ("is it?", Boolean)],
        &[&["1", "true"]],
    ),
    table(
        "the first part of a union names the columns",
        "SELECT 1 AS first UNION ALL SELECT 2 AS second",
        &[("first", Integer)],
        &[&["1"], &["2"]],
    ),
    table("a column may be called by the name of its table", "SELECT same FROM (SELECT 'x' AS same) same", &[("same", Text)], &[&["x"]]),
    table(
        "a column called now is no instant",
        "SELECT now, \"current_timestamp\" FROM (SELECT 'x' AS now, '2026-11-21Z'::timestamptz AS \"current_timestamp\") t",
        &[("now", Text), ("current_timestamp", Instant)],
        &[&["x", "2026-11-21T00:00:00.000000Z"]],
    ),
    table(
        "a placeholder's cast names its column as the server does for what stands there",
        "SELECT :v AS given",
        &[("given", Integer)],
        &[&["5"]],
    )
    .with(&[("v", crate::case::Bound::Integer(5))]),
];
