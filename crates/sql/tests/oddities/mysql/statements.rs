//! Statements and limits.

use model::{
    ColumnType::{Bytes, Decimal, Integer, Text, Unsigned},
    FailureKind::{SqlFailed, SqlInvalid, SqlNoColumns, SqlNotReadOnly, SqlParameter, SqlTimeout},
};

use crate::case::{Case, NULL, fails, gives, judged, long, table};

pub(crate) const CASES: &[Case] = &[
    gives("a query may be nothing but parentheses", "((SELECT 1))", Integer, &["1"]),
    table("values alone are a query", "VALUES (1, 'a'), (2, NULL)", &[("1", Integer), ("a", Text)], &[&["1", "a"], &["2", NULL]]),
    gives("recursion ends", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n", Integer, &["1", "2", "3"]),
    gives("a union finds the common type", "SELECT 1 AS v UNION ALL SELECT 2.5 UNION ALL SELECT NULL", Decimal, &["1.0", "2.5", NULL]),
    gives("a union of a number and a text is text", "SELECT 1 AS v UNION ALL SELECT 'a'", Text, &["1", "a"]),
    gives("what one has and the other has not", "SELECT 1 AS v EXCEPT SELECT 2", Integer, &["1"]),
    gives("a column of nothing but NULL is text", "SELECT NULL AS v FROM seq_1_to_2", Text, &[NULL, NULL]),
    gives("no rows have columns", "SELECT 1 AS a FROM seq_1_to_2 LIMIT 0", Integer, &[]),
    gives("windows look at their rows", "SELECT SUM(seq) OVER (ORDER BY seq ROWS 1 PRECEDING) FROM seq_1_to_3", Decimal, &["1", "3", "5"]),
    gives("a row's number is a number", "SELECT ROW_NUMBER() OVER (ORDER BY seq DESC) FROM seq_1_to_2 ORDER BY seq", Integer, &["2", "1"]),
    table("a total has NULL where all are meant", "SELECT a, SUM(b) AS s FROM (SELECT 'x' AS a, 1 AS b UNION SELECT 'y', 2) t GROUP BY a WITH ROLLUP", &[("a", Text), ("s", Decimal)], &[&["x", "1"], &["y", "2"], &[NULL, "3"]]),
    gives("a view is read as a table", "SELECT v FROM seen", Integer, &["3"]).after("CREATE VIEW seen AS SELECT 3 AS v"),
    gives("a view of what is gone is told by the server", "SELECT COUNT(*) FROM information_schema.views WHERE table_name = 'no such view'", Integer, &["0"]),
    gives("partitions are one table", "SELECT v FROM parted ORDER BY v", Integer, &["1", "11"]).after("CREATE TABLE parted(v INT) PARTITION BY RANGE (v) (PARTITION low VALUES LESS THAN (10), PARTITION high VALUES LESS THAN MAXVALUE); INSERT INTO parted VALUES (11), (1)"),
    gives("one partition is a table", "SELECT v FROM parted_one PARTITION (low)", Integer, &["1"]).after("CREATE TABLE parted_one(v INT) PARTITION BY RANGE (v) (PARTITION low VALUES LESS THAN (10), PARTITION high VALUES LESS THAN MAXVALUE); INSERT INTO parted_one VALUES (11), (1)"),
    gives("a table of the engine Aria is read", "SELECT v FROM aria", Integer, &["1"]).after("CREATE TABLE aria(v INT) ENGINE = Aria; INSERT INTO aria VALUES (1)"),
    gives("a table in memory is read", "SELECT v FROM memory", Integer, &["1"]).after("CREATE TABLE memory(v INT) ENGINE = MEMORY; INSERT INTO memory VALUES (1)"),
    gives("a table as it was is read", "SELECT COUNT(*) FROM versions FOR SYSTEM_TIME ALL", Integer, &["2"]).after("CREATE TABLE versions(v INT) WITH SYSTEM VERSIONING; INSERT INTO versions VALUES (1); UPDATE versions SET v = 2"),
    gives("a column that was added stands where it is", "SELECT * FROM altered", Text, &["new"]).after("CREATE TABLE altered(a INT); INSERT INTO altered VALUES (1); ALTER TABLE altered ADD b VARCHAR(5) DEFAULT 'new', DROP a"),
    gives("comments of every kind are nothing", "/* a; */ SELECT # b; ? :c\n 1 -- d; ? :e\n + /* :f */ 1", Integer, &["2"]),
    gives("two minus signs without a space are no comment", "SELECT 5--2", Integer, &["7"]),
    gives("semicolons at the end are nothing", "SELECT 1 ; ; -- end\n ;", Integer, &["1"]),
    gives("a semicolon in a text is text", "SELECT 'a;b' /* ; */", Text, &["a;b"]),
    gives("a question mark in a text is text", "SELECT '?' \"?\"", Text, &["??"]),
    gives("a quote that is escaped ends no text", r"SELECT 'it\'s :a'", Text, &["it's :a"]),
    gives("a doubled quote ends no text", r#"SELECT "say ""hi"" :a""#, Text, &["say \"hi\" :a"]),
    gives("an assignment to a variable is no placeholder", "SELECT @n := 5", Integer, &["5"]),
    gives("a variable of the server is read", "SELECT @@max_allowed_packet > 0", Integer, &["1"]),
    gives("a variable that was never set is NULL, of bytes as the server says", "SELECT @never_set", Bytes, &[NULL]),
    gives("two pipes are what the server's mode says: or", "SELECT 1 || 0", Integer, &["1"]),
    fails("the server's own placeholder is told", "SELECT ?", SqlParameter, "`?`"),
    fails("two statements are refused", "SELECT 1; SELECT 2", SqlNotReadOnly, "second statement"),
    fails("code in a comment is refused", "SELECT 1 /*!50000 , 2 */", SqlNotReadOnly, "comment"),
    fails("a query that makes a file is refused", "SELECT 1 INTO OUTFILE '/tmp/x'", SqlNotReadOnly, "INTO"),
    fails("a query that sets a variable by INTO is refused", "SELECT 1 INTO @x", SqlNotReadOnly, "INTO"),
    fails("a query that locks rows is refused", "SELECT 1 LOCK IN SHARE MODE", SqlNotReadOnly, "locks rows"),
    fails("a mode for one statement is refused", "SET STATEMENT sql_mode = '' FOR SELECT 1", SqlNotReadOnly, "SET"),
    fails("a call is refused", "CALL p()", SqlNotReadOnly, "CALL"),
    fails("a plan is no query", "EXPLAIN SELECT 1", SqlNotReadOnly, "EXPLAIN"),
    fails("a function that writes is stopped", "SELECT writes()", SqlNotReadOnly, "READ ONLY")
        .after("CREATE TABLE written(v INT); CREATE FUNCTION writes() RETURNS INT BEGIN INSERT INTO written VALUES (1); RETURN 1; END"),
    fails("a function that raises in the middle breaks the read with its words", "SELECT raises(seq) FROM seq_1_to_20000", SqlFailed, "no 15000 please")
        .after("CREATE FUNCTION raises(v INT) RETURNS INT BEGIN IF v = 15000 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no 15000 please'; END IF; RETURN v; END"),
    gives("a function that warns is read", "SELECT warns()", Integer, &["1"]).after("CREATE FUNCTION warns() RETURNS INT BEGIN SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = 'careful'; RETURN 1; END"),
    fails("more than one row where one is meant is told", "SELECT (SELECT seq FROM seq_1_to_2)", SqlInvalid, "more than 1 row"),
    fails("a statement that takes too long runs into its limit", "SELECT COUNT(*) FROM seq_1_to_4000000000 a, seq_1_to_4000000000 b", SqlTimeout, "max_statement_time").within(200),
    fails("a sleep runs into its limit", "SELECT SLEEP(30)", SqlTimeout, "max_statement_time").within(200),
    fails("a table that somebody else has locked is waited for and no longer", "SELECT v FROM locked", SqlTimeout, "").within(300).after("CREATE TABLE locked(v INT); LOCK TABLES locked WRITE"),
    table("a setting is shown", "SHOW VARIABLES LIKE 'time\\_zone'", &[("Variable_name", Text), ("Value", Text)], &[&["time_zone", "+00:00"]]),
    judged("the columns of a table are shown", "SHOW COLUMNS FROM shown", |outcome| {
        let types: Vec<&str> = outcome.rows.iter().map(|row| row[1].as_str()).collect();
        (types != ["bigint(20) unsigned", "enum('a','b')"]).then(|| format!("{types:?}"))
    }).after("CREATE TABLE shown(v BIGINT UNSIGNED, w ENUM('a', 'b'))"),
    judged("how a table is made is shown", "SHOW CREATE TABLE made", |outcome| (!outcome.rows[0][1].starts_with("CREATE TABLE `made`")).then(|| format!("{:?}", outcome.rows))).after("CREATE TABLE made(v INT)"),
    judged("the character sets are shown with their numbers", "SHOW CHARACTER SET LIKE 'utf8mb4'", |outcome| {
        (outcome.columns[3].kind != Integer || outcome.rows[0][3] != "4").then(|| format!("{:?} {:?}", outcome.columns, outcome.rows))
    }),
    // A few SHOW statements tell their columns only with their rows; without one there is nothing that could be mapped.
    fails("no warnings are no columns", "SHOW WARNINGS", SqlNoColumns, "no columns"),
    judged("what runs is shown", "SHOW PROCESSLIST", |outcome| (outcome.rows.is_empty() || outcome.columns.len() < 8).then(|| "nothing".to_owned())),
    fails("a column that is not there is told", "SELECT nope", SqlInvalid, "Unknown column 'nope'"),
    fails("a table that is not there is told", "SELECT 1 FROM nope", SqlInvalid, "doesn't exist"),
    fails("a text that does not end is told with its place", "SELECT 1,\n 'abc", SqlInvalid, "line 2, column 2"),
    fails("a mix of collations is told", "SELECT _latin1'a' COLLATE latin1_bin = _latin1'b' COLLATE latin1_german1_ci", SqlInvalid, "Illegal mix of collations"),
    long("4,096 columns of a query are read", || columns(4096), |outcome| {
        let same = outcome.rows[0].iter().enumerate().all(|(at, value)| *value == at.to_string());
        (!same || outcome.rows[0].len() != 4096).then(|| "columns were lost or mixed".to_owned())
    }),
    long("1,000 columns of a table are read", || "SELECT * FROM wide".to_owned(), |outcome| {
        (outcome.columns.len() != 1000 || outcome.columns[999].kind != Unsigned || outcome.rows[0][999] != "1000").then(|| format!("{:?}", outcome.columns.last()))
    }).after("SET @all = (SELECT GROUP_CONCAT(CONCAT('c', seq, ' INT UNSIGNED DEFAULT ', seq) ORDER BY seq) FROM seq_1_to_1000); EXECUTE IMMEDIATE CONCAT('CREATE TABLE wide(', @all, ')'); INSERT INTO wide() VALUES ()"),
    long("every column NULL is every column NULL", || "SELECT * FROM nulls".to_owned(), |outcome| {
        (outcome.rows != [vec![NULL; 200]]).then(|| format!("{:?}", outcome.rows))
    }).after("SET @all = (SELECT GROUP_CONCAT(CONCAT('c', seq, ' ', ELT(seq MOD 5 + 1, 'INT', 'DATE', 'BLOB', 'DECIMAL(5,2)', 'TIME')) ORDER BY seq) FROM seq_1_to_200); EXECUTE IMMEDIATE CONCAT('CREATE TABLE nulls(', @all, ')'); INSERT INTO nulls() VALUES ()"),
    long("a wide row is as good as a narrow one", || format!("SELECT {} FROM seq_1_to_3", repeated(500)), |outcome| {
        let whole = outcome.rows.iter().flatten().all(|value| value.len() == 1000);
        (!whole || outcome.rows.len() != 3 || outcome.rows[0].len() != 500).then(|| "values were lost".to_owned())
    }),
    long("a list of 10,000 numbers is a query", || format!("SELECT COUNT(*) FROM seq_1_to_20000 WHERE seq IN ({})", list(10_000)), |outcome| {
        (outcome.rows != [["10000"]]).then(|| format!("{:?}", outcome.rows))
    }),
    long("a query may have more columns than a table", || columns(5000), |outcome| (outcome.rows[0].len() != 5000).then(|| "columns were lost".to_owned())),
];

fn columns(number: usize) -> String {
    let all: Vec<String> = (0..number).map(|at| format!("{at} AS c{at}")).collect();
    format!("SELECT {}", all.join(", "))
}

fn repeated(number: usize) -> String {
    let all: Vec<String> = (0..number).map(|at| format!("REPEAT('x', 1000) AS c{at}")).collect();
    all.join(", ")
}

fn list(number: usize) -> String {
    let all: Vec<String> = (1..=number).map(|at| at.to_string()).collect();
    all.join(",")
}
