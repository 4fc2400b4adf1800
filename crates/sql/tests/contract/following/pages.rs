//! Pages: together they are the rows, each once and in order.

use std::collections::BTreeSet;

use model::{
    ColumnType, CursorValue, FailureKind, Fence, Value,
    edges::{Databases, Page},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use super::{all_pages, by, fenced, follow, last, page, refusal};
use crate::{
    ground::{Ground, Lack, all, all_with, engines, failure, mysql, natives, postgres, read, statement, with},
    types::cases,
};

/// Texts in which case, quotes, widths and comments differ.
const TEXTS: [&str; 14] = ["", "a", "A", "b", "ä", "ä ", "it's", "\"q\"", "`t`", "back\\slash", "a;--", "日本", "😀", "%_"];

/// A row: a small number with many ties, a time, a text, a decimal in hundredths, bytes, and which of the large numbers it has.
type Row = (i64, u32, usize, i64, Vec<u8>, usize);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0_i64..5, 0_u32..6, 0..TEXTS.len(), -3_i64..4, prop::collection::vec(0_u8..3, 0..3), 0_usize..5);
    prop::collection::vec(row, 0..60)
}

fn text_literal(ground: &dyn Ground, text: &str) -> String {
    let text = text.replace('\'', "''");
    format!("'{}'", if ground.dialect() == "mysql" { text.replace('\\', "\\\\") } else { text })
}

/// The columns of the table, and the columns of every order that it is followed in.
fn table(ground: &dyn Ground) -> (&'static str, Vec<(&'static str, &'static [&'static str])>) {
    let common: Vec<(&str, &[&str])> = vec![
        ("id", &[]),
        ("n", &["id"]),
        ("at", &["id"]),
        ("at", &["s", "id"]),
        ("n", &["at", "s", "d", "b", "id"]),
        ("s", &["id"]),
        ("i", &["id"]),
        ("n", &["i", "id"]),
        ("d", &["id"]),
        ("b", &["id"]),
        ("f", &["id"]),
        ("big", &["n", "id"]),
        ("t", &["Key", "id"]),
    ];
    let more: Vec<(&str, &[&str])> = match ground.dialect() {
        "postgres" => vec![("u", &["id"]), ("x", &["id"]), ("n", &["u", "x", "id"]), ("tz", &["id"]), ("e", &["id"])],
        "mysql" => vec![("u", &["id"]), ("tz", &["id"]), ("e", &["id"]), ("n", &["e", "id"])],
        _ => Vec::new(),
    };
    let columns = match ground.dialect() {
        "postgres" => {
            "id int8 PRIMARY KEY, n int4, at timestamp, s text COLLATE \"C\", i text COLLATE \"und-x-icu\", d numeric, b bytea, f float4, \
             big int8, t date, \"Key\" varchar(20), u uuid, x xid8, tz timestamptz, e mood"
        }
        "mysql" => {
            "id BIGINT PRIMARY KEY, n INT, at DATETIME(6), s VARCHAR(20) COLLATE utf8mb4_bin, i VARCHAR(20) COLLATE utf8mb4_general_ci, \
             d DECIMAL(30,10), b VARBINARY(9), f FLOAT, big BIGINT UNSIGNED, t DATE, `Key` VARCHAR(20) CHARACTER SET latin1, u UUID, \
             tz TIMESTAMP(6) NULL, e ENUM('z', 'a', 'm')"
        }
        _ => {
            "id INTEGER PRIMARY KEY, n INTEGER, at DATETIME, s TEXT, i TEXT COLLATE NOCASE, d DECIMAL(30,10), b BLOB, f REAL, big BIGINT, \
             t DATE, \"Key\" VARCHAR(20)"
        }
    };
    let mut orders = [common, more].concat();
    // Some drivers give the one as the bytes of its protocol, and do not tell the name of the other.
    orders.retain(|(cursor, key)| !ground.lacks(Lack::Types) || !["x", "e"].iter().any(|name| cursor == name || key.contains(name)));
    (columns, orders)
}

const LARGE: [&str; 5] = ["0", "9007199254740993", "9223372036854775806", "9223372036854775807", "18446744073709551615"];

fn values(ground: &dyn Ground, id: usize, row: &Row) -> String {
    let (n, second, text, hundredths, bytes, large) = row;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let bytes = if ground.dialect() == "postgres" { format!("'\\x{hex}'") } else { format!("x'{hex}'") };
    // Times that differ in the last microsecond, and one far from them.
    let early = *second == 5;
    let time = if early { "1969-12-31 23:59:59.999999".to_owned() } else { format!("2026-11-21 14:05:00.12345{second}") };
    let zoned = if early { "2038-01-19 03:14:07" } else { time.as_str() };
    let large = if ground.dialect() == "mysql" { LARGE[*large] } else { LARGE[(*large).min(3)] };
    let decimal = format!("{}123456789.{:02}", if *hundredths < 0 { "-" } else { "" }, hundredths.abs());
    let text = text_literal(ground, TEXTS[*text]);
    let key = ["'x'", "'X'", "'y''s'", "'x'", "'X'"][usize::try_from(*n).unwrap()];
    let float = *n as f64 * 0.1;
    let mut all = format!("{id}, {n}, '{time}', {text}, {text}, {decimal}, {bytes}, {float}, {large}, '2026-11-{:02}', {key}", second + 1);
    let uuid = format!("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd38{:04x}'", 255 - n);
    match ground.dialect() {
        "postgres" => {
            let mood = ["so so", "happy"][*second as usize % 2];
            all.push_str(&format!(", {uuid}, '{}', '{zoned}Z', '{mood}'", 4_294_967_290 + n * 3));
        }
        "mysql" => all.push_str(&format!(", {uuid}, '{zoned}', '{}'", ["z", "a", "m"][*second as usize % 3])),
        _ => {}
    }
    all
}

#[tokio::test]
async fn pages_tile_whatever_a_table_holds() {
    for ground in all().await {
        let (columns, mut orders) = table(ground.as_ref());
        orders.retain(|(cursor, key)| !std::iter::once(cursor).chain(*key).any(|name| is_refused(ground.as_ref(), name)));
        if ground.dialect() == "postgres" {
            ground.execute("CREATE TYPE mood AS ENUM ('so so', 'happy')").await;
        }
        ground.execute(&format!("CREATE TABLE t({columns})")).await;
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
        for case in 0..3 {
            let made = rows().new_tree(&mut runner).unwrap().current();
            let literals: Vec<String> =
                made.iter().enumerate().map(|(id, row)| format!("({})", values(ground.as_ref(), id, row))).collect();
            ground.execute("DELETE FROM t").await;
            if !literals.is_empty() {
                ground.execute(&format!("INSERT INTO t VALUES {}", literals.join(", "))).await;
            }
            let size = (1..8_u64).new_tree(&mut runner).unwrap().current();
            for (cursor, key) in &orders {
                let about = format!("{} {case}: {cursor}, {key:?}, {size} rows a page, of {literals:?}", ground.kind());
                tiles(ground.as_ref(), cursor, key, size).await.unwrap_or_else(|wrong| panic!("{about}:\n{wrong}"));
            }
        }
    }
}

/// Whether pages are the rows of the table in the order that the engine itself gives them, whole and cut in two anywhere.
async fn tiles(ground: &dyn Ground, cursor: &str, key: &[&str], size: u64) -> Result<(), String> {
    let by_columns: Vec<String> = std::iter::once(&cursor).chain(key).map(|name| by_text(ground, name)).collect();
    let expected = read(&ground.access(), &statement(format!("SELECT * FROM t ORDER BY {}", by_columns.join(", ")))).await.whole("read");
    let following = by(cursor, key);
    let mut followed = follow(&ground.access(), &statement("SELECT * FROM t"), &following).await;
    if expected.columns != followed.columns() {
        return Err(format!("the columns are {:?}, read as {:?}", followed.columns(), expected.columns));
    }
    let found = all_pages(followed.as_mut(), &following, Page { rows: size, ..Page::default() }).await;
    if found != expected.rows() {
        return Err(format!("the rows are\n{found:?}\nand not\n{:?}", expected.rows()));
    }
    // A third of the way: everything below a value, and from it on.
    let third = page(followed.as_mut(), &Page { rows: (found.len() as u64 / 3).max(1), ..Page::default() }).await;
    if let Some(place) = last(followed.as_ref(), &third, &following) {
        let below = Page { before: Some(place.cursor.clone()), rows: size, ..Page::default() };
        let above = Page { from: Some(place.cursor), rows: size, ..Page::default() };
        let mut halves = all_pages(followed.as_mut(), &following, below).await;
        halves.extend(all_pages(followed.as_mut(), &following, above).await);
        if halves != found {
            return Err(format!("cut in two the rows are\n{halves:?}\nand not\n{found:?}"));
        }
    }
    followed.close().await;
    Ok(())
}

/// Whether a column of the table is no cursor and no key, because its driver does not give it exactly.
fn is_refused(ground: &dyn Ground, name: &str) -> bool {
    match ground.kind() {
        "odbc_postgres" => name == "f",
        "odbc_sqlite" => matches!(name, "at" | "t" | "f"),
        _ => false,
    }
}

/// A column as it is ordered by: MySQL's ENUM as its text.
fn by_text(ground: &dyn Ground, name: &str) -> String {
    if ground.dialect() == "mysql" && name == "e" { "CAST(e AS CHAR)".to_owned() } else { ground.quoted(name) }
}

#[tokio::test]
async fn every_type_has_its_order_or_is_refused() {
    for ground in all_with(Lack::Types).await {
        let mut wrong = Vec::new();
        for (number, (declared, kind, values)) in cases(ground.as_ref()).await.iter().enumerate() {
            let table = format!("o{number}");
            ground.execute(&format!("CREATE TABLE {table}(id INTEGER, v {declared})")).await;
            let rows: Vec<String> = values.iter().enumerate().map(|(id, (literal, _))| format!("({id}, {literal})")).collect();
            ground.execute(&format!("INSERT INTO {table} VALUES {}, (99, NULL)", rows.join(", "))).await;
            // Times beyond the calendar have no place in an order of texts.
            let finite = if matches!(kind, ColumnType::Date | ColumnType::Timestamp | ColumnType::Instant) && ground.dialect() == "postgres"
            {
                "WHERE isfinite(v) IS NOT FALSE"
            } else {
                ""
            };
            let sql = statement(format!("SELECT id, v FROM {table} {finite}"));
            let plain = read(&ground.access(), &sql).await.whole(declared);
            let following = by("v", &["id"]);
            let followed = engines().follow(&ground.access(), &sql, &following).await;
            let mut followed = match followed {
                Ok(followed) => followed,
                Err(failure) => {
                    let orderless = failure.kind == FailureKind::Cursor && failure.chain().contains("has no order");
                    let may_be = matches!(*kind, ColumnType::Json | ColumnType::Time) || ORDERLESS.contains(declared);
                    if !orderless || !may_be {
                        wrong.push(format!("{declared}: {}", failure.chain()));
                    }
                    continue;
                }
            };
            if ORDERLESS.contains(declared) || matches!(*kind, ColumnType::Json | ColumnType::Time) {
                wrong.push(format!("{declared} is followed"));
            }
            if plain.columns != followed.columns() {
                wrong.push(format!("{declared} is followed as {:?}, read as {:?}", followed.columns(), plain.columns));
            }
            let found: BTreeSet<_> =
                all_pages(followed.as_mut(), &following, Page { rows: 1, ..Page::default() }).await.into_iter().collect();
            let expected: BTreeSet<_> = plain.rows().into_iter().filter(|row| row[1].is_some()).collect();
            if found != expected {
                wrong.push(format!("{declared} is followed as {found:?}, read as {expected:?}"));
            }
            assert_eq!(followed.without_cursor().await.unwrap(), 1, "{declared}");
        }
        assert!(wrong.is_empty(), "{}:\n{}", ground.kind(), wrong.join("\n"));
    }
}

/// Types that a database keeps and does not sort.
const ORDERLESS: [&str; 5] = ["point", "polygon", "xml", "xid", "POINT"];

#[tokio::test]
async fn rows_have_the_columns_and_types_that_a_read_of_the_query_gives() {
    for ground in all_with(Lack::Expressions).await {
        ground.execute("CREATE TABLE t(a INTEGER, b VARCHAR(20), c DOUBLE PRECISION, d TIMESTAMP NULL)").await;
        ground.execute("INSERT INTO t VALUES (1, 'x', 1.5, '2026-11-21 14:05:00'), (2, NULL, NULL, NULL), (2, 'y', 2, NULL)").await;
        for sql in [
            "SELECT * FROM t",
            "SELECT a + 1 AS a, count(*) AS n, max(b) AS b FROM t GROUP BY a ORDER BY n DESC",
            "SELECT a, NULL AS void, 'text' AS t, 1 AS one, 1.5 AS half, 1 = 1 AS yes FROM t",
            "SELECT a, b FROM t UNION ALL SELECT 7, 'z' FROM one",
            "SELECT DISTINCT a, c FROM t WHERE c IS NOT NULL",
            "WITH x AS (SELECT a, b, d FROM t LIMIT 3) SELECT * FROM x -- the end",
            "SELECT a, d, (SELECT count(*) FROM t) AS n FROM t /* the end */;",
        ] {
            let following = by("a", &[]);
            let mut followed = follow(&ground.access(), &statement(sql), &following).await;
            let plain = read(&ground.access(), &statement(sql)).await.whole(sql);
            assert_eq!(followed.columns(), plain.columns, "{}: {sql}", ground.kind());
            let paged = page(followed.as_mut(), &Page { rows: 100, ..Page::default() }).await.whole(sql);
            assert_eq!(paged.columns, plain.columns, "{}: {sql}", ground.kind());
            let sorted = |rows: Vec<Vec<Option<String>>>| rows.into_iter().collect::<BTreeSet<_>>();
            assert_eq!(sorted(paged.rows()), sorted(plain.rows()), "{}: {sql}", ground.kind());
        }
    }
}

#[tokio::test]
async fn a_table_that_is_changed_between_pages_gives_no_value_under_another_name() {
    for ground in natives().await {
        for change in [
            "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN z INTEGER DEFAULT 9",
            "ALTER TABLE t DROP COLUMN a",
            "DROP TABLE t; CREATE TABLE t(id INTEGER, b INTEGER, z INTEGER); INSERT INTO t VALUES (1, 200, 9), (2, 200, 9)",
        ] {
            ground.execute("DROP TABLE IF EXISTS t; CREATE TABLE t(id INTEGER, a INTEGER, b INTEGER)").await;
            ground.execute("INSERT INTO t VALUES (1, 100, 200), (2, 100, 200)").await;
            let sql = statement("SELECT * FROM t");
            let (plain, keyed) = (by("id", &[]), by("id", &["id"]));
            let mut all = [(follow(&ground.access(), &sql, &plain).await, plain), (follow(&ground.access(), &sql, &keyed).await, keyed)];
            let mut places = Vec::new();
            for (followed, following) in &mut all {
                let first = page(followed.as_mut(), &Page { rows: 1, ..Page::default() }).await.whole("the first page");
                places.push(last(followed.as_ref(), &first, following));
            }
            ground.execute(change).await;
            for ((followed, _), place) in all.iter_mut().zip(places) {
                for after in [place, None] {
                    let about = format!("{}: {change}, behind {after:?}", ground.kind());
                    let failure = page(followed.as_mut(), &Page { after, rows: 2, ..Page::default() }).await.failure;
                    let failure = failure.unwrap_or_else(|| panic!("{about}: it is read"));
                    assert_eq!(failure.kind, FailureKind::SqlTypeChanged, "{about}: {}", failure.chain());
                    assert!(failure.chain().contains("columns id, a, b: a table was changed"), "{}", failure.chain());
                }
            }
        }
    }
}

#[tokio::test]
async fn columns_whose_place_is_another_are_read_by_their_names_or_not_at_all() {
    for ground in natives().await {
        ground.execute("CREATE TABLE t(id INTEGER, a INTEGER, b INTEGER)").await;
        ground.execute("INSERT INTO t VALUES (1, 100, 200)").await;
        let mut followed = follow(&ground.access(), &statement("SELECT * FROM t"), &by("id", &[])).await;
        ground.execute("DROP TABLE t; CREATE TABLE t(b INTEGER, z INTEGER, id INTEGER, a INTEGER)").await;
        ground.execute("INSERT INTO t VALUES (200, 9, 1, 100)").await;
        let read = page(followed.as_mut(), &Page { rows: 2, ..Page::default() }).await;
        match &read.failure {
            Some(failure) => assert_eq!(failure.kind, FailureKind::SqlTypeChanged, "{}: {}", ground.kind(), failure.chain()),
            None => assert_eq!(read.rows(), [["1", "100", "200"].map(|text| Some(text.to_owned()))], "{}", ground.kind()),
        }
    }
}

#[tokio::test]
async fn an_expression_without_a_name_is_followed_under_the_one_that_the_database_gives_it() {
    for ground in natives().await {
        let long = vec!["x"; 90].join(" + ");
        for expression in
            ["x + 1", "'text'", "''", "'ä ö'", "' a '", "count(*)", "NULL", "1.50", "CASE WHEN x = 1 THEN 'a' END", long.as_str()]
        {
            let group = if expression.starts_with("count") { " GROUP BY x" } else { "" };
            let sql = statement(format!("SELECT x AS id, {expression} FROM one{group}"));
            let plain = read(&ground.access(), &sql).await.whole(expression);
            let mut followed = follow(&ground.access(), &sql, &by("id", &[])).await;
            let paged = page(followed.as_mut(), &Page { rows: 9, ..Page::default() }).await.whole(expression);
            assert_eq!((paged.rows(), &paged.columns), (plain.rows(), &plain.columns), "{}: {expression}", ground.kind());
        }
    }
}

#[tokio::test]
async fn placeholders_keep_their_values_beside_those_of_a_page() {
    for ground in all().await {
        ground.execute("CREATE TABLE t(id INTEGER, s VARCHAR(20))").await;
        ground.execute("INSERT INTO t VALUES (1, 'a'), (2, 'it''s'), (3, 'it''s'), (4, 'it''s'), (5, 'b')").await;
        let sql = with("SELECT id, :v AS v FROM t WHERE s = :v AND '?' <> :v -- :v ?", Value::Text("it's".to_owned()));
        let following = by("id", &[]);
        let mut followed = follow(&ground.access(), &sql, &following).await;
        let found = all_pages(followed.as_mut(), &following, Page { rows: 2, ..Page::default() }).await;
        let ids: Vec<_> = found.iter().map(|row| (row[0].as_deref().unwrap(), row[1].as_deref().unwrap())).collect();
        assert_eq!(ids, [("2", "it's"), ("3", "it's"), ("4", "it's")], "{}", ground.kind());
    }
}

#[tokio::test]
async fn names_that_need_quotes_are_followed() {
    for ground in all().await {
        let names = ["Größe", "a b", "quo\"te", "tick`s", "select", "semi;colon", "colon:v", "it's", "q", "c0", "A b c"];
        let columns: Vec<String> = names.iter().map(|name| format!("{} INTEGER", ground.quoted(name))).collect();
        ground.execute(&format!("CREATE TABLE q({})", columns.join(", "))).await;
        for row in 0..3 {
            let values: Vec<String> = (0..names.len()).map(|at| (row * 100 + at).to_string()).collect();
            ground.execute(&format!("INSERT INTO q VALUES ({})", values.join(", "))).await;
        }
        for (at, cursor) in names.iter().enumerate() {
            let following = by(cursor, &[names[(at + 1) % names.len()]]);
            let mut followed = follow(&ground.access(), &statement("SELECT * FROM q"), &following).await;
            let found = all_pages(followed.as_mut(), &following, Page { rows: 1, ..Page::default() }).await;
            let values: Vec<_> = found.iter().map(|row| row[at].clone().unwrap()).collect();
            assert_eq!(values, [at, at + 100, at + 200].map(|value| value.to_string()), "{}: {cursor}", ground.kind());
        }
    }
}

#[tokio::test]
async fn rows_without_a_cursor_are_counted_left_out_and_read_alone() {
    for ground in all_with(Lack::Micros).await {
        ground.execute("CREATE TABLE t(id INTEGER, at TIMESTAMP NULL)").await;
        ground
            .execute("INSERT INTO t VALUES (1, NULL), (2, '2026-11-21 14:05:00'), (3, NULL), (4, NULL), (5, '2026-11-21 14:05:01')")
            .await;
        let following = by("at", &["id"]);
        let mut followed = follow(&ground.access(), &statement("SELECT * FROM t"), &following).await;
        assert_eq!(followed.without_cursor().await.unwrap(), 3, "{}", ground.kind());
        let with_cursor = all_pages(followed.as_mut(), &following, Page { rows: 1, ..Page::default() }).await;
        assert_eq!(with_cursor.iter().map(|row| row[0].clone().unwrap()).collect::<Vec<_>>(), ["2", "5"], "{}", ground.kind());
        let mut swept = Vec::new();
        let mut at = Page { only_without_cursor: true, rows: 2, ..Page::default() };
        loop {
            let outcome = page(followed.as_mut(), &at).await.whole("a sweep");
            swept.extend(outcome.firsts());
            let Some(id) = outcome.firsts().pop() else { break };
            let (cursor, key) = (CursorValue::new(&followed.columns()[1], ""), CursorValue::new(&followed.columns()[0], id));
            at.after = Some(model::Position { cursor, key: vec![key] });
        }
        assert_eq!(swept, ["1", "3", "4"], "{}", ground.kind());
    }
}

#[tokio::test]
async fn a_key_that_is_null_is_told_wherever_it_stands() {
    for ground in all().await {
        // Behind the place at which a page ends, and among its rows.
        for (rows, size) in [("(1, 1), (1, 2), (1, 3), (1, NULL), (2, 5)", 2), ("(1, 1), (2, NULL), (3, 1)", 9)] {
            ground.execute("DROP TABLE IF EXISTS t; CREATE TABLE t(n INTEGER, id INTEGER)").await;
            ground.execute(&format!("INSERT INTO t VALUES {rows}")).await;
            let following = by("n", &["id"]);
            let mut followed = follow(&ground.access(), &statement("SELECT * FROM t"), &following).await;
            let mut at = Page { rows: size, ..Page::default() };
            let failure = loop {
                let outcome = page(followed.as_mut(), &at).await;
                match &outcome.failure {
                    Some(_) => break outcome.failure.unwrap(),
                    None => at.after = Some(last(followed.as_ref(), &outcome, &following).expect("the rows ended without a word")),
                }
            };
            assert_eq!(failure.kind, FailureKind::Cursor, "{}", ground.kind());
            assert!(failure.chain().contains("`id` is NULL"), "{}: {}", ground.kind(), failure.chain());
        }
    }
}

#[tokio::test]
async fn a_key_that_is_equal_to_the_database_and_not_in_its_text_is_told() {
    for ground in all().await {
        let declared = match ground.dialect() {
            kind if kind.ends_with("postgres") => "numeric",
            "mysql" => "VARCHAR(9) COLLATE utf8mb4_general_ci",
            _ => "TEXT COLLATE NOCASE",
        };
        let values = if ground.kind().ends_with("postgres") { ["1.0", "1.00"] } else { ["'a'", "'A'"] };
        ground.execute(&format!("CREATE TABLE t(n INTEGER, k {declared})")).await;
        ground.execute(&format!("INSERT INTO t VALUES (1, {}), (1, {}), (2, {})", values[0], values[1], values[0])).await;
        let following = by("n", &["k"]);
        let mut followed = follow(&ground.access(), &statement("SELECT * FROM t"), &following).await;
        let first = page(followed.as_mut(), &Page { rows: 1, ..Page::default() }).await.whole("the first page");
        let after = last(followed.as_ref(), &first, &following);
        let failure = page(followed.as_mut(), &Page { after, rows: 1, ..Page::default() }).await.failure.expect("a row is passed over");
        assert_eq!(failure.kind, FailureKind::Cursor, "{}", ground.kind());
        assert!(failure.chain().contains("`k`"), "{}", failure.chain());
    }
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused_with_its_reason() {
    for ground in all().await {
        ground.execute("CREATE TABLE t(id INTEGER, s VARCHAR(20))").await;
        for (sql, cursor, key, words) in [
            ("SELECT * FROM t LIMIT 5", "id", &[][..], "LIMIT"),
            ("SELECT * FROM t ORDER BY id LIMIT 5 OFFSET 2;", "id", &[], "LIMIT"),
            ("SELECT * FROM t", "nope", &[], "no column `nope` to be its cursor; it has id, s"),
            ("SELECT * FROM t", "id", &["s", "nope"], "no column `nope` to be its key"),
        ] {
            let failure = refusal(&ground.access(), &statement(sql), &by(cursor, key)).await;
            assert_eq!(failure.kind, FailureKind::Cursor, "{}: {sql}", ground.kind());
            assert!(failure.chain().contains(words), "{}: {}", ground.kind(), failure.chain());
        }
        for sql in ["SELECT nope FROM t", "DELETE FROM t", "SELECT id, id FROM t", "SELECT :v FROM t"] {
            let expected = failure(&ground.access(), &statement(sql)).await;
            let refused = refusal(&ground.access(), &statement(sql), &by("id", &[])).await;
            assert_eq!((refused.kind, refused.chain()), (expected.kind, expected.chain()), "{}: {sql}", ground.kind());
        }
        if ground.dialect() != "postgres" {
            let failure = refusal(&ground.access(), &statement("SELECT * FROM t"), &fenced("id", &[], Fence::TransactionId)).await;
            assert_eq!(failure.kind, FailureKind::Cursor, "{}", ground.kind());
        }
    }
    let ground = mysql().await;
    let failure = refusal(&ground.access(), &statement("SHOW STATUS"), &by("Value", &[])).await;
    assert!(failure.kind == FailureKind::Cursor && failure.chain().contains("SHOW"), "{}", failure.chain());
}

#[tokio::test]
async fn a_mistake_is_told_with_its_place_in_the_users_text() {
    let ground = postgres().await;
    let failure = refusal(&ground.access(), &statement("SELECT 1 AS id,\n  nope FROM one"), &by("id", &[])).await;
    assert!(failure.chain().contains("line 2, column 3"), "{}", failure.chain());
}
