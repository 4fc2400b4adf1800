//! Names of columns.

use model::{
    ColumnType::{Integer, Text},
    FailureKind::SqlDuplicateColumn,
};

use crate::case::{Bound::Integer as Whole, Case, fails, judged, long, table};

pub(crate) const CASES: &[Case] = &[
    table(
        "an expression is called by its text",
        "SELECT 1+1, 'it''s', count( * ) FROM one",
        &[("1+1", Integer), ("'it''s'", Text), ("count( * )", Integer)],
        &[&["2", "it's", "1"]],
    ),
    fails("one expression twice is two columns of one name", "SELECT 1, 1", SqlDuplicateColumn, "two columns named `1`"),
    table("a name of nothing is a name", "SELECT 1 AS \"\"", &[("", Integer)], &[&["1"]]),
    table(
        "a column is called as it is declared",
        "SELECT CAMELCASE, cased.CamelCase AS upper FROM cased",
        &[("camelCase", Integer), ("upper", Integer)],
        &[&["1", "1"]],
    )
    .after("CREATE TABLE cased(camelCase INT); INSERT INTO cased VALUES (1)"),
    table("names that differ in case are two", "SELECT 1 AS a, 2 AS A", &[("a", Integer), ("A", Integer)], &[&["1", "2"]]),
    table(
        "keywords are names",
        "SELECT 1 AS time, 2 AS \"select\", 3 AS [from], 4 AS `order`",
        &[("time", Integer), ("select", Integer), ("from", Integer), ("order", Integer)],
        &[&["1", "2", "3", "4"]],
    ),
    table("a name may stand in quotes of text", "SELECT 1 AS 'a b'", &[("a b", Integer)], &[&["1"]]),
    table(
        "dots, percents and question marks are names",
        "SELECT 1 AS \"a.b\", 2 AS \"100 %s\", 3 AS \"?\", 4 AS \"?column?\"",
        &[("a.b", Integer), ("100 %s", Integer), ("?", Integer), ("?column?", Integer)],
        &[&["1", "2", "3", "4"]],
    ),
    table("a line break and a tab are names", "SELECT 1 AS \"a\nb\", 2 AS \"\t\"", &[("a\nb", Integer), ("\t", Integer)], &[&["1", "2"]]),
    table(
        "brackets, ticks, quotes and backslashes are names",
        r#"SELECT 1 AS "a[b]", 2 AS "c`d", 3 AS "e""f", 4 AS [g\h"i]"#,
        &[("a[b]", Integer), ("c`d", Integer), ("e\"f", Integer), ("g\\h\"i", Integer)],
        &[&["1", "2", "3", "4"]],
    ),
    table(
        "names of other scripts are kept",
        "SELECT 1 AS 日本, 2 AS \"😀\", 3 AS größe",
        &[("日本", Integer), ("😀", Integer), ("größe", Integer)],
        &[&["1", "2", "3"]],
    ),
    table("spaces around a name are kept", "SELECT 1 AS \" a \"", &[(" a ", Integer)], &[&["1"]]),
    table(
        "names of comments are names",
        "SELECT 1 AS \"-- a\", 2 AS [/* b */]",
        &[("-- a", Integer), ("/* b */", Integer)],
        &[&["1", "2"]],
    ),
    long(
        "a name of 10,000 characters is whole",
        || format!("SELECT 1 AS {}", "ä".repeat(10_000)),
        |outcome| (outcome.columns[0].name.chars().count() != 10_000).then(|| "it was cut".to_owned()),
    ),
    table("a placeholder in a name is a name", "SELECT :v AS [:v]", &[(":v", Integer)], &[&["5"]]).with(&[("v", Whole(5))]),
    table("a placeholder without a name is called by its number", "SELECT :v", &[("?1", Integer)], &[&["5"]]).with(&[("v", Whole(5))]),
    fails(
        "a join that has a column twice is told",
        "SELECT * FROM (SELECT 1 AS id) s JOIN (SELECT 1 AS id) t ON s.id = t.id",
        SqlDuplicateColumn,
        "`id`",
    ),
    table(
        "a join by a common column has it once",
        "SELECT * FROM (SELECT 1 AS id, 2 AS a) JOIN (SELECT 1 AS id, 3 AS b) USING (id)",
        &[("id", Integer), ("a", Integer), ("b", Integer)],
        &[&["1", "2", "3"]],
    ),
    table(
        "columns of one name in a query inside are numbered by the library",
        "SELECT * FROM (SELECT 1 AS a, 2 AS a)",
        &[("a", Integer), ("a:1", Integer)],
        &[&["1", "2"]],
    ),
    table("VALUES numbers its columns", "VALUES (1, 'a')", &[("column1", Integer), ("column2", Text)], &[&["1", "a"]]),
    table(
        "the first part of a union names the columns",
        "SELECT 1 AS first UNION ALL SELECT 2 AS second",
        &[("first", Integer)],
        &[&["1"], &["2"]],
    ),
    table("a view's names are its own", "SELECT * FROM named_view", &[("a b", Integer), ("c", Integer)], &[&["1", "2"]])
        .after("CREATE VIEW named_view([a b], c) AS SELECT 1, 2"),
    judged("quotes of names around what is no name make a text", "SELECT \"no such column\" AS v FROM one", |outcome| {
        (outcome.rows != [["no such column"]]).then(|| format!("{:?}", outcome.rows))
    }),
];
