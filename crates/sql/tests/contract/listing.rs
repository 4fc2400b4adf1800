//! What can be read in a database is told from its catalogue, with its names as they are and as they are written.

use model::{
    FailureKind,
    edges::{DatabaseAccess, Databases},
    explore::Listed,
    table::{Table, TableKind},
};

use crate::ground::{Ground, all, engines, mysql, postgres, read, servers, statement};

async fn tables(access: &DatabaseAccess) -> Listed<Table> {
    search(access, None).await
}

async fn search(access: &DatabaseAccess, search: Option<&str>) -> Listed<Table> {
    engines().tables(access, search).await.unwrap_or_else(|failure| panic!("{}", failure.chain()))
}

/// The tables of the ground itself: a server has more, which other tests made.
async fn own(ground: &dyn Ground) -> Vec<Table> {
    own_of(ground, tables(&ground.access()).await)
}

fn own_of(ground: &dyn Ground, listed: Listed<Table>) -> Vec<Table> {
    let schema = schema(&ground.access());
    listed.items.into_iter().filter(|table| table.schema == schema).collect()
}

fn schema(access: &DatabaseAccess) -> Option<String> {
    match &access.database.engine {
        // Both grounds call their own place as they call its owner.
        model::Engine::Postgres(server) | model::Engine::Mysql(server) => Some(server.username.clone()),
        model::Engine::Adbc(model::database::Adbc { username, .. }) | model::Engine::Odbc(model::database::Odbc { username, .. }) => {
            username.clone()
        }
        _ => None,
    }
}

fn named<'a>(tables: &'a [Table], name: &str) -> &'a Table {
    tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("{name} is not among {tables:#?}"))
}

#[tokio::test]
async fn tables_and_views_are_told_with_their_columns_types_keys_and_nulls() {
    for ground in all().await {
        ground
            .execute(
                "CREATE TABLE orders (id integer PRIMARY KEY, country varchar(2) NOT NULL, total decimal(10,2));
                 CREATE VIEW of_germany AS SELECT id, total FROM orders WHERE country = 'DE'",
            )
            .await;
        let tables = own(&*ground).await;
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(
            names.iter().filter(|name| **name != "forbidden").copied().collect::<Vec<_>>(),
            ["of_germany", "one", "orders"],
            "{}",
            ground.kind()
        );
        let types = match ground.kind() {
            "sqlite" | "odbc_sqlite" | "adbc_sqlite" => ["INTEGER", "varchar(2)", "decimal(10,2)"].map(str::to_owned),
            "odbc_postgres" | "adbc_postgres" => ["int4", "varchar", "numeric"].map(str::to_owned),
            "postgres" => ["integer", "character varying(2)", "numeric(10,2)"].map(str::to_owned),
            "mysql" => ["int(11)", "varchar(2)", "decimal(10,2)"].map(str::to_owned),
            other => panic!("say how {other} calls its types"),
        };
        let orders = named(&tables, "orders");
        assert_eq!((orders.kind, orders.sql.as_str()), (TableKind::Table, "orders"), "{}", ground.kind());
        let told: Vec<_> = orders
            .columns
            .iter()
            .map(|column| (column.name.as_str(), column.native.clone(), column.nullable, column.primary_key))
            .collect();
        let [id, country, total] = types;
        // Its driver tells only of keys.
        let nulls_untold = ground.kind() == "adbc_postgres";
        assert_eq!(
            told,
            [("id", id, false, true), ("country", country, nulls_untold, false), ("total", total, true, false)],
            "{}",
            ground.kind()
        );
        let view = named(&tables, "of_germany");
        assert_eq!((view.kind, view.columns.len()), (TableKind::View, 2), "{}", ground.kind());
    }
}

#[tokio::test]
async fn names_come_as_they_are_and_what_they_are_written_as_is_read() {
    // The longest that every engine keeps whole.
    let long = "n".repeat(60);
    for ground in all().await {
        for name in ["Upper Case", "order", "it's \"quoted\"", "a`b", "grün 表", "semi;colon--", "9lives", "a.b", "sqlite", "pg", &long] {
            let quoted = ground.quoted(name);
            ground.execute(&format!("CREATE TABLE {quoted} (x integer, {quoted} integer); INSERT INTO {quoted} VALUES (1, 2)")).await;
            let tables = own(&*ground).await;
            let table = named(&tables, name);
            let column = table.columns.last().unwrap();
            assert_eq!(column.name, name, "{}", ground.kind());
            let sql = format!("SELECT {} AS value FROM {}", column.sql, table.sql);
            let outcome = read(&ground.access(), &statement(sql.clone())).await.whole(&sql);
            assert_eq!(outcome.firsts(), ["2"], "{}: {sql}", ground.kind());
        }
    }
}

#[tokio::test]
async fn a_column_may_be_called_by_any_word_of_the_language() {
    for ground in all().await {
        let words: Vec<String> = match ground.kind() {
            "postgres" | "odbc_postgres" | "adbc_postgres" => {
                read(&ground.access(), &statement("SELECT word FROM pg_get_keywords()")).await.firsts()
            }
            "mysql" => {
                let sql = "SELECT WORD FROM information_schema.KEYWORDS WHERE WORD RLIKE '^[a-zA-Z_]+$' AND LENGTH(WORD) < 60";
                read(&ground.access(), &statement(sql)).await.firsts()
            }
            _ => SQLITE_WORDS.split_whitespace().map(str::to_owned).collect(),
        };
        assert!(words.len() > 100, "{}: {words:?}", ground.kind());
        let columns: Vec<String> = words.iter().map(|word| format!("{} integer", ground.quoted(&word.to_lowercase()))).collect();
        ground.execute(&format!("CREATE TABLE words ({})", columns.join(", "))).await;
        let tables = own(&*ground).await;
        let columns: Vec<&str> = named(&tables, "words").columns.iter().map(|column| column.sql.as_str()).collect();
        for columns in columns.chunks(100) {
            // Each in the places where it could be taken for what it says.
            let (names, sorted) = (columns.join(", "), columns.join(" DESC, "));
            let sql = format!("SELECT {names} FROM words WHERE {} IS NULL ORDER BY {sorted}", columns.join(" IS NULL AND "));
            assert_eq!(read(&ground.access(), &statement(sql.clone())).await.whole(&sql).count(), 0, "{}: {sql}", ground.kind());
        }
    }
}

/// <https://www.sqlite.org/lang_keywords.html>
const SQLITE_WORDS: &str = "abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade \
    case cast check collate column commit conflict constraint create cross current current_date current_time current_timestamp database \
    default deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists explain fail filter \
    first following for foreign from full generated glob group groups having if ignore immediate in index indexed initially inner insert \
    instead intersect into is isnull join key last left like limit match materialized natural no not nothing notnull null nulls of offset on \
    or order others outer over partition plan pragma preceding primary query raise range recursive references regexp reindex release rename \
    replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to transaction trigger unbounded \
    union unique update using vacuum values view virtual when where window with without";

#[tokio::test]
async fn a_search_finds_what_has_it_in_its_name_whatever_its_case() {
    for ground in all().await {
        for name in ["Orders_2026", "orders_100%", "stock"] {
            ground.execute(&format!("CREATE TABLE {} (x integer)", ground.quoted(name))).await;
        }
        for (wanted, expected) in
            [("ORDERS", vec!["Orders_2026", "orders_100%"]), ("100%", vec!["orders_100%"]), ("r_", vec![]), ("'", vec![])]
        {
            let mut names: Vec<String> =
                own_of(&*ground, search(&ground.access(), Some(wanted)).await).into_iter().map(|table| table.name).collect();
            names.sort();
            assert_eq!(names, expected, "{}: {wanted}", ground.kind());
        }
    }
}

#[tokio::test]
async fn what_the_account_may_not_read_is_not_told() {
    for ground in servers().await {
        let reader = tables_of_reader(&*ground).await;
        assert!(reader.iter().any(|table| table.name == "one"), "{}: {reader:#?}", ground.kind());
        assert!(reader.iter().all(|table| table.name != "forbidden"), "{}: {reader:#?}", ground.kind());
        for table in &reader {
            let system = ["information_schema", "pg_catalog", "mysql", "performance_schema", "sys"];
            assert!(!system.contains(&table.schema.as_deref().unwrap_or_default()), "{}: {table:?}", ground.kind());
        }
    }
}

async fn tables_of_reader(ground: &dyn Ground) -> Vec<Table> {
    tables(&ground.reader()).await.items
}

#[tokio::test]
async fn only_the_columns_that_may_be_read_are_told() {
    let ground = postgres().await;
    let (owner, reader) = (schema(&ground.access()).unwrap(), schema(&ground.reader()).unwrap());
    ground
        .administer(&format!(
            "CREATE TABLE {owner}.partly (id int, salary int); GRANT SELECT (id) ON {owner}.partly TO {reader};
             CREATE SCHEMA {owner}_far; CREATE TABLE {owner}_far.\"Far Away\" (x int); CREATE TABLE {owner}_far.blind (x int);
             GRANT SELECT ON {owner}_far.\"Far Away\" TO {reader}; GRANT USAGE ON SCHEMA {owner}_far TO {reader};
             CREATE TABLE {owner}_far.days (d date) PARTITION BY RANGE (d);
             CREATE TABLE {owner}_far.day_1 PARTITION OF {owner}_far.days FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');
             GRANT SELECT ON {owner}_far.days, {owner}_far.day_1 TO {reader}"
        ))
        .await;
    let tables = tables_of_reader(&ground).await;
    let columns: Vec<&str> = named(&tables, "partly").columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["id"]);
    let far: Vec<(&str, &str)> = tables
        .iter()
        .filter(|table| table.schema.as_deref().is_some_and(|schema| schema == format!("{owner}_far")))
        .map(|table| (table.name.as_str(), table.sql.as_str()))
        .collect();
    let (away, days) = (format!("{owner}_far.\"Far Away\""), format!("{owner}_far.days"));
    assert_eq!(
        far,
        [("Far Away", away.as_str()), ("days", days.as_str())],
        "what is elsewhere is written with its schema, and partitions are read through their table"
    );
    assert!(tables.iter().position(|table| table.name == "partly") < tables.iter().position(|table| table.name == "Far Away"));
}

#[tokio::test]
async fn only_what_may_be_selected_counts_in_mysql() {
    let ground = mysql().await;
    let name = schema(&ground.access()).unwrap();
    ground
        .administer(&format!(
            "CREATE DATABASE {name}_far; CREATE TABLE {name}_far.`Far Away` (id int, salary int); CREATE TABLE {name}_far.letterbox (x int);
             GRANT SELECT (id) ON {name}_far.`Far Away` TO {name}_reader; GRANT INSERT ON {name}_far.letterbox TO {name}_reader"
        ))
        .await;
    let tables = tables_of_reader(&ground).await;
    let far: Vec<_> = tables.iter().filter(|table| table.schema == Some(format!("{name}_far"))).collect();
    assert_eq!(far.len(), 1, "{far:#?}");
    assert_eq!((far[0].sql.as_str(), far[0].columns.len()), (format!("{name}_far.`Far Away`").as_str(), 1));
    assert!(tables.iter().position(|table| table.name == "one") < tables.iter().position(|table| table.name == "Far Away"));
}

#[tokio::test]
async fn what_is_broken_or_hidden_in_a_file_does_not_hide_the_rest() {
    for ground in all().await.into_iter().filter(|ground| ground.kind() == "sqlite") {
        ground
            .execute(
                "CREATE TABLE gone (x); CREATE VIEW broken AS SELECT x FROM gone; DROP TABLE gone;
                 CREATE TABLE typeless (a, b INTEGER GENERATED ALWAYS AS (1) VIRTUAL);
                 CREATE VIRTUAL TABLE words USING fts5(body);
                 CREATE TABLE pairs (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID",
            )
            .await;
        let tables = own(&*ground).await;
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["one", "pairs", "typeless", "words"]);
        assert_eq!(named(&tables, "typeless").columns.iter().map(|column| column.native.as_str()).collect::<Vec<_>>(), ["", "INTEGER"]);
        assert_eq!(named(&tables, "words").columns.len(), 1);
        assert!(named(&tables, "pairs").columns.iter().all(|column| column.primary_key && !column.nullable));
    }
}

#[tokio::test]
async fn a_long_list_ends_with_a_whole_table_and_says_so() {
    const WIDE: usize = 1000;
    for ground in all().await {
        let columns: Vec<String> = (0..WIDE).map(|at| format!("c{at} integer")).collect();
        let names: Vec<String> = (0..Table::MAX_COLUMNS / WIDE + 1).map(|at| format!("a{at:02}")).collect();
        let make: Vec<String> = names.iter().map(|name| format!("CREATE TABLE {name} ({})", columns.join(","))).collect();
        ground.execute(&make.join(";")).await;
        let listed = tables(&ground.access()).await;
        assert_eq!((listed.items.len(), listed.truncated), (Table::MAX_COLUMNS / WIDE, true), "{}", ground.kind());
        assert!(listed.items.iter().all(|table| table.columns.len() == WIDE), "{}", ground.kind());
        let found = search(&ground.access(), Some("A20")).await;
        assert_eq!((found.items.len(), found.truncated), (1, false), "{}", ground.kind());
        let drop: Vec<String> = names.iter().map(|name| format!("DROP TABLE {name}")).collect();
        ground.execute(&drop.join(";")).await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_as_a_read_would_tell_it() {
    for ground in servers().await {
        let mut access = ground.access();
        access.secrets.clear();
        let failure = engines().tables(&access, None).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::SqlAuthentication, "{}: {}", ground.kind(), failure.chain());
    }
    let engine = model::Engine::Sqlite { path: "/nowhere/at/all.db".to_owned() };
    let access = DatabaseAccess::new(model::Database::new(engine), None);
    assert_eq!(engines().tables(&access, None).await.unwrap_err().kind, FailureKind::SqlDatabaseMissing);
}
