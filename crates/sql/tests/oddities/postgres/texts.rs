//! Text, bytes, encodings, JSON and XML.

use model::{
    ColumnType::{Boolean, Bytes, Integer, Json, Text, Uuid},
    FailureKind::{SqlFailed, SqlInvalid, SqlParameter},
};

use crate::case::{Bound, Case, NULL, fails, gives, long};

pub(crate) const CASES: &[Case] = &[
    gives("empty text is no NULL", "VALUES (''), (NULL), ('NULL')", Text, &["", NULL, "NULL"]),
    gives("the marks of COPY's text format are only text", r"VALUES ('\N'), ('\.'), ('a\tb')", Text, &[r"\N", r"\.", r"a\tb"]),
    gives("line breaks and tabs stay in a text", r"SELECT E'a\nb\r\nc\td'", Text, &["a\nb\r\nc\td"]),
    gives("control characters stay in a text", r"SELECT E'\x01\x1f\x7f'", Text, &["\u{1}\u{1f}\u{7f}"]),
    gives("characters beyond the first plane are whole", "SELECT '👩‍👩‍👧‍👦🇧🇪'", Text, &["👩‍👩‍👧‍👦🇧🇪"]),
    gives("a composed and a decomposed letter stay two", "SELECT v = 'e\u{301}' FROM (VALUES ('é')) t(v)", Boolean, &["false"]),
    gives("a decomposed letter is not composed", "SELECT 'e\u{301}'", Text, &["e\u{301}"]),
    gives("a byte order mark and a space of no width stay", "SELECT '\u{feff}a\u{200b}'", Text, &["\u{feff}a\u{200b}"]),
    gives("text from right to left is in its own order", "SELECT 'שלום'", Text, &["שלום"]),
    gives("escapes of Unicode are read", r"SELECT U&'\0041\+01F600'", Text, &["A😀"]),
    gives("the account's way with backslashes does not matter", r"SELECT 'a\nb'", Text, &[r"a\nb"]).at("odd"),
    gives("the account's encoding does not matter", "SELECT '€😀'", Text, &["€😀"]).at("odd"),
    fails("a zero character is refused by the server", "SELECT chr(x) FROM generate_series(0, 1) x", SqlInvalid, "null character not permitted"),
    gives("char(n) loses the spaces at its end, as in every cast to text", "SELECT 'a '::char(5)", Text, &["a"]),
    gives("varchar keeps the spaces at its end", "SELECT 'a  '::varchar(5)", Text, &["a  "]),
    gives("bpchar without a length is text without spaces at its end", "SELECT 'a  '::bpchar", Text, &["a"]),
    gives("a name is cut at 63 bytes", "SELECT repeat('n', 70)::name", Text, &["nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"]),
    long("a text of ten million characters is whole", || "SELECT repeat('äb', 5000000) AS v".to_owned(), |outcome| {
        let text = &outcome.rows[0][0];
        (text.len() != 15_000_000 || text.chars().any(|one| one != 'ä' && one != 'b')).then(|| format!("{} bytes", text.len()))
    }),
    long("ten million bytes are whole", || "SELECT decode(repeat('00ff', 5000000), 'hex') AS v".to_owned(), |outcome| {
        (outcome.rows[0][0].len() != 20_000_000).then(|| "bytes were lost".to_owned())
    }),
    gives("bytes may be none, zeros and no UTF-8", r"VALUES ('\x'::bytea), ('\x00'), ('\xff00fe'), (NULL)", Bytes, &["", "00", "ff00fe", NULL]),
    gives("bytes in the old escapes are the same bytes", r"SELECT 'a\000\\\377'::bytea", Bytes, &["61005cff"]),
    gives("the account's way of writing bytes does not matter", r"SELECT '\xff00'::bytea", Bytes, &["ff00"]).at("odd"),
    gives("the account's way of writing bytes does not matter inside arrays", r"SELECT ARRAY['\xff00'::bytea]", Text, &[r#"{"\\xff00"}"#]).at("odd"),
    gives("bytes as text are hexadecimal", r"SELECT '\xff00'::bytea::text", Text, &[r"\xff00"]),
    gives("text from bytes is read in its encoding", r"SELECT convert_from('\xe9', 'LATIN1')", Text, &["é"]),
    fails("text from bytes that are none fails as the server says", r"SELECT convert_from(v, 'UTF8') FROM (VALUES ('\xff'::bytea)) t(v)", SqlFailed, "invalid byte sequence"),
    gives("a collation changes the order and nothing else", r#"SELECT v FROM (VALUES ('b'), ('B'), ('a')) t(v) ORDER BY v COLLATE "C""#, Text, &["B", "a", "b"]),
    gives("a UUID is lower case with hyphens, however it is written", "VALUES ('{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}'::uuid), ('a0eebc999c0b4ef8bb6d6bb9bd380a11')", Uuid, &[
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    ]),
    gives("the UUID of nothing is no NULL", "SELECT '00000000-0000-0000-0000-000000000000'::uuid", Uuid, &["00000000-0000-0000-0000-000000000000"]),
    gives("json keeps its keys twice, its order and its spaces", r#"SELECT '{"b": 1, "a":2,  "b": 3}'::json"#, Json, &[r#"{"b": 1, "a":2,  "b": 3}"#]),
    gives("jsonb keeps the last of two equal keys", r#"SELECT '{"b": 1, "a":2,  "b": 3}'::jsonb"#, Json, &[r#"{"a": 2, "b": 3}"#]),
    gives("jsonb keeps numbers that no float can hold", "SELECT '[1e400, 0.1000, 12345678901234567890]'::jsonb - 0", Json, &["[0.1000, 12345678901234567890]"]),
    fails("jsonb refuses the zero character", r#"SELECT '"\u0000"'::jsonb"#, SqlInvalid, "unsupported Unicode escape sequence"),
    gives("json keeps the escape of the zero character", r#"SELECT '"\u0000"'::json"#, Json, &[r#""\u0000""#]),
    gives("jsonb puts surrogates together", r#"SELECT '"\ud83d\ude00"'::jsonb"#, Json, &["\"😀\""]),
    gives("the JSON null is no NULL", "VALUES ('null'::jsonb), (NULL)", Json, &["null", NULL]),
    gives("a member that is not there is NULL, one that is null is null", r#"SELECT ('{"a": null}'::jsonb)->k FROM (VALUES ('a'), ('b')) t(k)"#, Json, &["null", NULL]),
    gives("a member as text makes both NULL", r#"SELECT ('{"a": null}'::jsonb)->>k FROM (VALUES ('a'), ('b')) t(k)"#, Text, &[NULL, NULL]),
    gives("the question mark of jsonb is an operator", r#"SELECT '{"a": 1}'::jsonb ? 'a'"#, Boolean, &["true"]),
    gives("the question marks of jsonb paths are operators", r#"SELECT '[1, 2]'::jsonb @? '$[*] ? (@ > 1)'"#, Boolean, &["true"]),
    gives("members come out of deep paths", r#"SELECT '{"a": [{"b": "x:y"}]}'::json #>> '{a,0,b}'"#, Text, &["x:y"]),
    gives("a row becomes JSON", "SELECT to_jsonb(t) FROM (SELECT 1 AS a, NULL AS b, 'x' AS \"c d\") t", Json, &[r#"{"a": 1, "b": null, "c d": "x"}"#]),
    gives("a path of JSON is text", "SELECT '$.a[*] ? (@ > 1)'::jsonpath", Text, &[r#"$."a"[*]?(@ > 1)"#]),
    gives("a document of XML keeps its declaration", r#"SELECT '<?xml version="1.0"?><a b="1">ä</a>'::xml"#, Text, &[r#"<?xml version="1.0"?><a b="1">ä</a>"#]),
    gives("a piece of XML may have many roots", "SELECT '<a/>text<b/>'::xml", Text, &["<a/>text<b/>"]),
    gives("a vector of words keeps their places", "SELECT 'a:1 fat:2A cat:3'::tsvector", Text, &["'a':1 'cat':3 'fat':2A"]),
    gives("a query of words is text", "SELECT 'fat & (rat | !cat:ab)'::tsquery", Text, &["'fat' & ( 'rat' | !'cat':AB )"]),
    gives("what an enum orders is not the alphabet", "SELECT v FROM (VALUES ('a b'::oddity), ('z'), ('')) t(v) ORDER BY v", Text, &["z", "", "a b"])
        .after("CREATE TYPE oddity AS ENUM ('z', '', 'a b')"),
    gives("a domain over a domain is what lies under it", "SELECT v FROM lengths", Integer, &["7"])
        .after("CREATE DOMAIN length_m AS int; CREATE DOMAIN long_m AS length_m CHECK (value > 5); CREATE TABLE lengths(v long_m); INSERT INTO lengths VALUES (7)"),
    gives("a domain over an array is text", "SELECT v FROM lists", Text, &["{1,NULL}"])
        .after("CREATE DOMAIN list AS int[]; CREATE TABLE lists(v list); INSERT INTO lists VALUES ('{1,NULL}')"),
    gives("a domain of bytes is bytes", "SELECT '\\x00'::digest", Bytes, &["00"]).after("CREATE DOMAIN digest AS bytea"),
    gives("the catalogue's own domains are text and numbers", "SELECT is_nullable FROM information_schema.columns WHERE table_name = 'pg_class' AND column_name = 'oid'", Text, &["NO"]),
    gives("the catalogue's cardinal numbers are integers", "SELECT ordinal_position FROM information_schema.columns WHERE table_name = 'pg_class' AND column_name = 'oid'", Integer, &["1"]),
    gives("letters of a LATIN1 database are read", "SELECT v FROM words", Text, &["é", "ÿ"]).at("latin1").after("CREATE TABLE words(v text); INSERT INTO words VALUES ('é'), ('ÿ')"),
    gives("the name of a column in a LATIN1 database is read", "SELECT \"größe\" FROM sizes", Integer, &["1"]).at("latin1").after("CREATE TABLE sizes(\"größe\" int); INSERT INTO sizes VALUES (1)"),
    gives("bytes of a LATIN1 database are not converted", r"SELECT '\xe9'::bytea", Bytes, &["e9"]).at("latin1"),
    gives("a value is converted to LATIN1 and finds its row", "SELECT v FROM found WHERE v = :word", Text, &["é"])
        .at("latin1").after("CREATE TABLE found(v text); INSERT INTO found VALUES ('é'), ('e')").with(&[("word", Bound::Text("é"))]),
    fails("a value that LATIN1 does not have is a wrong value", "SELECT :word AS v", SqlParameter, "no equivalent in encoding \"LATIN1\"").at("latin1").with(&[("word", Bound::Text("€"))]),
    fails("a query with a letter that LATIN1 does not have cannot be asked", "SELECT '€' AS v", SqlInvalid, "no equivalent in encoding \"LATIN1\"").at("latin1"),
    gives("UTF-8 in a database without encoding is read", "SELECT v FROM words", Text, &["é😀"]).at("sql_ascii").after("CREATE TABLE words(v text); INSERT INTO words VALUES ('é😀')"),
    // The server itself refuses to send them.
    fails("bytes that are no UTF-8 in a database without encoding are told with their row", "SELECT v FROM broken ORDER BY id", SqlFailed, "reading rows, 1 had arrived: invalid byte sequence for encoding \"UTF8\"")
        .at("sql_ascii").after(r"CREATE TABLE broken(id int, v text); INSERT INTO broken VALUES (1, 'good'), (2, E'b\xe9d')"),
    gives("what is no UTF-8 is read as bytes", "SELECT convert_to(v, 'SQL_ASCII') FROM broken WHERE id = 2", Bytes, &["62e964"]).at("sql_ascii"),
];
