//! Files: their names, their journals and their locks.

use model::{
    ColumnType::{Integer, Text},
    FailureKind::{SqlDatabaseMissing, SqlTimeout},
};

use crate::case::{Case, fails, gives};

pub(crate) const CASES: &[Case] = &[
    gives("a file whose name has signs in it is read", "SELECT v FROM t", Integer, &["1"]).at("ä b?mode=ro#c%20'\".db").after("CREATE TABLE t(v INT); INSERT INTO t VALUES (1)"),
    gives("an empty file is a database without tables", "SELECT count(*) FROM sqlite_schema", Integer, &["0"]).at("empty").after("SELECT 1"),
    fails("a file that is not there is told", "SELECT 1", SqlDatabaseMissing, "No such file").at("missing"),
    gives("a file with a log of writes is read while somebody writes", "SELECT v FROM t", Integer, &["1"]).at("wal").after("PRAGMA journal_mode = wal; CREATE TABLE t(v INT); INSERT INTO t VALUES (1); BEGIN IMMEDIATE; INSERT INTO t VALUES (2)"),
    gives("a file with a log of writes is read when nobody has it open", "SELECT v FROM t", Integer, &["1"]).at("wal_closed").after("PRAGMA journal_mode = wal; CREATE TABLE t(v INT); INSERT INTO t VALUES (1)"),
    gives("a file that somebody is about to change is read as it was", "SELECT v FROM t", Integer, &["1"]).at("reserved").after("CREATE TABLE t(v INT); INSERT INTO t VALUES (1); BEGIN IMMEDIATE; INSERT INTO t VALUES (2)"),
    fails("a file that somebody has for himself is waited for and no longer", "SELECT v FROM t", SqlTimeout, "database is locked").at("exclusive").after("CREATE TABLE t(v INT); BEGIN EXCLUSIVE"),
    gives("pages of another size are read", "SELECT count(*) FROM t", Integer, &["1000"]).at("pages").after("PRAGMA page_size = 512; CREATE TABLE t(v); INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT hex(randomblob(100)) FROM n"),
    gives("a value that spreads over many pages is whole", "SELECT length(v) || substr(v, 99999, 2) FROM t", Text, &["10000000"]).at("pages_wide").after("PRAGMA page_size = 512; CREATE TABLE t(v TEXT); INSERT INTO t VALUES (replace(hex(zeroblob(50000)), '00', '00'))"),
];
