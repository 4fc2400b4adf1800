//! Text, bytes and encodings.

use model::{
    ColumnType::{Bytes, Integer, Text},
    FailureKind::{SqlInvalid, SqlTypeChanged},
};

use crate::case::{Bound::Text as Words, Case, NULL, fails, gives, long, table};

pub(crate) const CASES: &[Case] = &[
    gives("empty text is no NULL", "SELECT '' UNION ALL SELECT NULL", Text, &["", NULL]),
    gives("text with a zero inside is whole", "SELECT v FROM zeros", Text, &["a\0b"])
        .after("CREATE TABLE zeros(v TEXT); INSERT INTO zeros VALUES ('a' || char(0) || 'b')"),
    gives("an expression with a zero inside is whole", "SELECT 'a' || char(0) || 'b'", Text, &["a\0b"]),
    fails(
        "text that is no UTF-8 is told with its row, in a column that is declared",
        "SELECT v FROM broken_declared",
        SqlTypeChanged,
        "column `v` holds text in row 2 that is not UTF-8",
    )
    .after("CREATE TABLE broken_declared(v TEXT); INSERT INTO broken_declared VALUES ('good'), (CAST(x'62ff64' AS TEXT))"),
    fails(
        "text that is no UTF-8 is told with its row, in a column that is not",
        "SELECT v FROM broken_undeclared",
        SqlTypeChanged,
        "holds text that is not UTF-8 in row 2",
    )
    .after("CREATE TABLE broken_undeclared(v); INSERT INTO broken_undeclared VALUES ('good'), (CAST(x'62ff64' AS TEXT))"),
    gives("text that is no UTF-8 is read as bytes", "SELECT CAST(v AS BLOB) FROM broken_declared", Bytes, &["676f6f64", "62ff64"]),
    fails("half a surrogate in a database of UTF-16 is told", "SELECT v FROM halves", SqlTypeChanged, "not UTF-8")
        .at("utf16le")
        .after("CREATE TABLE halves(v TEXT); INSERT INTO halves VALUES (CAST(x'610000d8' AS TEXT))"),
    gives("characters beyond the first plane are whole", "SELECT v FROM emoji", Text, &["👩‍👩‍👧‍👦🇧🇪"])
        .after("CREATE TABLE emoji(v TEXT); INSERT INTO emoji VALUES ('👩‍👩‍👧‍👦🇧🇪')"),
    gives("a database of UTF-16 is read in UTF-8", "SELECT v FROM emoji", Text, &["é😀日", ""])
        .at("utf16le")
        .after("CREATE TABLE emoji(v TEXT); INSERT INTO emoji VALUES ('é😀日'), ('')"),
    gives("a database of UTF-16 of the other order is read in UTF-8", "SELECT v FROM emoji", Text, &["é😀日", ""])
        .at("utf16be")
        .after("CREATE TABLE emoji(v TEXT); INSERT INTO emoji VALUES ('é😀日'), ('')"),
    table("names in a database of UTF-16 are read", "SELECT * FROM größen", &[("größe", Integer), ("日本", Text)], &[&["1", "x"]])
        .at("utf16be")
        .after("CREATE TABLE größen(größe INT, 日本 TEXT); INSERT INTO größen VALUES (1, 'x')"),
    gives("a value finds its row in a database of UTF-16", "SELECT v FROM emoji WHERE v = :word", Text, &["é😀日"])
        .at("utf16le")
        .with(&[("word", Words("é😀日"))]),
    gives("bytes of a database of UTF-16 are not converted", "SELECT v FROM blobs", Bytes, &["c3a9"])
        .at("utf16le")
        .after("CREATE TABLE blobs(v BLOB); INSERT INTO blobs VALUES (x'c3a9')"),
    gives("a text as bytes in a database of UTF-16 is UTF-16", "SELECT CAST('é' AS BLOB)", Bytes, &["e900"]).at("utf16le"),
    gives("a byte order mark in a text stays", "SELECT v FROM marks", Text, &["\u{feff}a"])
        .after("CREATE TABLE marks(v TEXT); INSERT INTO marks VALUES ('\u{feff}a')"),
    gives("a composed and a decomposed letter stay two", "SELECT 'e\u{301}' = 'é'", Integer, &["0"]),
    gives("line breaks and control characters stay", "SELECT 'a\nb\r\nc\td\u{1}\u{7f}'", Text, &["a\nb\r\nc\td\u{1}\u{7f}"]),
    gives("a backslash is only a backslash", r"SELECT 'a\nb\'", Text, &[r"a\nb\"]),
    gives("lower case is for the letters of ASCII only", "SELECT lower('ÀB')", Text, &["Àb"]),
    gives("text compared without regard to case is itself", "SELECT v FROM cases WHERE v = 'ABC'", Text, &["aBc"])
        .after("CREATE TABLE cases(v TEXT COLLATE NOCASE); INSERT INTO cases VALUES ('aBc')"),
    fails(
        "a collation that the library does not have is told",
        "SELECT 'a' = 'b' COLLATE german",
        SqlInvalid,
        "no such collation sequence: german",
    ),
    gives("bytes may be none and zeros", "SELECT v FROM bytes", Bytes, &["", "000000", "ff00fe", NULL])
        .after("CREATE TABLE bytes(v BLOB); INSERT INTO bytes VALUES (x''), (zeroblob(3)), (x'ff00fe'), (NULL)"),
    gives("text and bytes put together are text", "SELECT 'a' || x'62'", Text, &["ab"]),
    gives("digits in hexadecimal are text", "SELECT hex('é')", Text, &["C3A9"]),
    gives("bytes from digits in hexadecimal are bytes", "SELECT unhex('C3A9')", Bytes, &["c3a9"]),
    gives("a number of 20 digits in quotes is text", "SELECT '18446744073709551615'", Text, &["18446744073709551615"]),
    long(
        "a text of ten million characters is whole",
        || "SELECT replace(hex(zeroblob(2500000)), '00', 'äbc') AS v".to_owned(),
        |outcome| (outcome.rows[0][0].len() != 10_000_000).then(|| format!("{} bytes", outcome.rows[0][0].len())),
    ),
    long(
        "ten million bytes are whole",
        || "SELECT zeroblob(10000000) AS v".to_owned(),
        |outcome| (outcome.rows[0][0].len() != 20_000_000).then(|| "bytes were lost".to_owned()),
    ),
    gives(
        "words of a search are read from the table that searches",
        "SELECT v FROM searched WHERE searched MATCH 'brown'",
        Text,
        &["the brown fox"],
    )
    .after("CREATE VIRTUAL TABLE searched USING fts5(v); INSERT INTO searched VALUES ('the brown fox'), ('a dog')"),
    gives("how well a search fits is a number", "SELECT rank < 0 FROM searched WHERE searched MATCH 'brown'", Integer, &["1"]),
    gives("an identifier in bytes is bytes", "SELECT v FROM ids", Bytes, &["a0eebc999c0b4ef8bb6d6bb9bd380a11"])
        .after("CREATE TABLE ids(v UUID); INSERT INTO ids VALUES (x'a0eebc999c0b4ef8bb6d6bb9bd380a11')"),
    gives("an identifier in text is text", "SELECT v FROM text_ids", Text, &["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"])
        .after("CREATE TABLE text_ids(v UUID); INSERT INTO text_ids VALUES ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')"),
];
