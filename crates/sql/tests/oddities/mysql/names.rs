//! Names of columns.

use model::{
    ColumnType::{Integer, Text},
    FailureKind::{SqlDuplicateColumn, SqlInvalid},
};

use crate::case::{Bound::Integer as Whole, Case, NULL, fails, long, table};

pub(crate) const CASES: &[Case] = &[
    table(
        "an expression is called by its text",
        "SELECT 1 + 1, 'it''s', NULL",
        &[("1 + 1", Integer), ("it's", Text), ("NULL", Text)],
        &[&["2", "it's", NULL]],
    ),
    table(
        "white space in an expression is in its name",
        "SELECT max( 1 ),\n 2  +  2",
        &[("max( 1 )", Integer), ("2  +  2", Integer)],
        &[&["1", "4"]],
    ),
    fails("one expression twice is two columns of one name", "SELECT 1, 1", SqlDuplicateColumn, "two columns named `1`"),
    table("a name of nothing is a name", "SELECT 1 AS ''", &[("", Integer)], &[&["1"]]),
    table("names that differ in case are two", "SELECT 1 AS a, 2 AS A", &[("a", Integer), ("A", Integer)], &[&["1", "2"]]),
    table(
        "keywords are names",
        "SELECT 1 AS `time`, 2 AS `select`, 3 AS `from`, 4 AS value",
        &[("time", Integer), ("select", Integer), ("from", Integer), ("value", Integer)],
        &[&["1", "2", "3", "4"]],
    ),
    table("names may stand in quotes of text", "SELECT 1 AS 'a b', 2 AS \"c d\"", &[("a b", Integer), ("c d", Integer)], &[&["1", "2"]]),
    table(
        "dots, percents and question marks are names",
        "SELECT 1 AS `a.b`, 2 AS `100 %s`, 3 AS `?`, 4 AS `?column?`",
        &[("a.b", Integer), ("100 %s", Integer), ("?", Integer), ("?column?", Integer)],
        &[&["1", "2", "3", "4"]],
    ),
    table("a line break and a tab are names", "SELECT 1 AS `a\nb`, 2 AS `c\td`", &[("a\nb", Integer), ("c\td", Integer)], &[&["1", "2"]]),
    table(
        "ticks, quotes and backslashes are names",
        r#"SELECT 1 AS `a``b`, 2 AS `c'd"`, 3 AS `e\f`"#,
        &[("a`b", Integer), ("c'd\"", Integer), (r"e\f", Integer)],
        &[&["1", "2", "3"]],
    ),
    table(
        "names of other scripts are kept",
        "SELECT 1 AS `日本`, 2 AS größe, 3 AS имя",
        &[("日本", Integer), ("größe", Integer), ("имя", Integer)],
        &[&["1", "2", "3"]],
    ),
    fails("a name beyond the first plane is refused by the server", "SELECT 1 AS `a😀`", SqlInvalid, "Invalid utf8mb4 character string"),
    table("a placeholder in a name is a name", "SELECT :v AS `:v`", &[(":v", Integer)], &[&["5"]]).with(&[("v", Whole(5))]),
    table("a placeholder without a name is called as the server calls it", "SELECT :v", &[("?", Integer)], &[&["5"]])
        .with(&[("v", Whole(5))]),
    table(
        "names of comments are names",
        "SELECT 1 AS `-- a`, 2 AS `/* b */`, 3 AS `# c`",
        &[("-- a", Integer), ("/* b */", Integer), ("# c", Integer)],
        &[&["1", "2", "3"]],
    ),
    table("spaces before a name are cut by the server", "SELECT 1 AS `  a`", &[("a", Integer)], &[&["1"]]),
    table(
        "a column of 64 characters is whole",
        "SELECT * FROM long_names",
        &[("äääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääö", Integer)],
        &[&["1"]],
    )
    .after(
        "CREATE TABLE long_names(äääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääö INT); INSERT INTO long_names VALUES (1)",
    ),
    table(
        "a name of more than 64 characters is whole in a query",
        "SELECT 1 AS aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh",
        &[("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh", Integer)],
        &[&["1"]],
    ),
    long(
        "a name of more than 255 characters is cut by the server",
        || format!("SELECT 1 AS {}", "a".repeat(300)),
        |outcome| {
            let name = &outcome.columns[0].name;
            (name.len() != 255).then(|| format!("{} characters", name.len()))
        },
    ),
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
        "a column of a table has its name and not the table's",
        "SELECT t.v, T2.v AS `t.v` FROM (SELECT 1 AS v) t, (SELECT 2 AS v) T2",
        &[("v", Integer), ("t.v", Integer)],
        &[&["1", "2"]],
    ),
    table(
        "the first part of a union names the columns",
        "SELECT 1 AS first UNION ALL SELECT 2 AS second",
        &[("first", Integer)],
        &[&["1"], &["2"]],
    ),
    table(
        "a name keeps the case in which the query writes it",
        "SELECT CamelCase, CAMELCASE AS upper FROM cased",
        &[("CamelCase", Integer), ("upper", Integer)],
        &[&["1", "1"]],
    )
    .after("CREATE TABLE cased(camelcase INT); INSERT INTO cased VALUES (1)"),
    table("a view's names are its own", "SELECT * FROM named_view", &[("a b", Integer), ("c", Integer)], &[&["1", "2"]])
        .after("CREATE VIEW named_view(`a b`, c) AS SELECT 1, 2"),
    table("what is not there has no name", "SELECT 1 AS a FROM DUAL WHERE false", &[("a", Integer)], &[]),
];
