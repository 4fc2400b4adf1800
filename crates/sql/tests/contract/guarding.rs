//! Nothing is written: by the guard before anything is sent, and by the session.

use model::{FailureKind, Tls, database::Server, edges::Databases};

use crate::ground::{Ground, Lack, all, all_with, engines, failure, postgres, read, read_within, statement};

#[tokio::test]
async fn what_writes_is_refused_before_anything_is_sent() {
    for ground in all().await {
        let mut nowhere = ground.access();
        match &mut nowhere.database.engine {
            model::Engine::Sqlite { path } => *path = "/nowhere/at/all.db".to_owned(),
            model::Engine::Postgres(server) | model::Engine::Mysql(server) => {
                *server = Server { host: "nowhere.invalid".to_owned(), port: None, tls: Tls::Disable, ..server.clone() };
            }
            model::Engine::Adbc(adbc) => adbc.uri = "nowhere.invalid".to_owned(),
            model::Engine::Odbc(odbc) => odbc.connection = "DSN=nowhere".to_owned(),
        }
        for sql in [
            "INSERT INTO one VALUES (2)",
            "UPDATE one SET x = 2",
            "DELETE FROM one",
            "DROP TABLE one",
            "SELECT 1 AS a; SELECT 2 AS b",
            "SELECT 1 AS a; DROP TABLE one",
            "SELECT x FROM one FOR UPDATE",
            "SELECT x INTO two FROM one",
            "SET x = 1",
            "BEGIN",
        ] {
            for access in [&nowhere, &ground.access()] {
                assert_eq!(failure(access, &statement(sql)).await.kind, FailureKind::SqlNotReadOnly, "{}: {sql}", ground.kind());
                let described = engines().describe(access, &statement(sql)).await.unwrap_err();
                assert_eq!(described.kind, FailureKind::SqlNotReadOnly, "{}: {sql}", ground.kind());
            }
        }
        assert_eq!(read(&ground.access(), &statement("SELECT x FROM one")).await.whole(ground.kind()).firsts(), ["1"]);
    }
}

#[tokio::test]
async fn a_function_that_writes_is_stopped_by_the_session() {
    let ground = postgres().await;
    ground
        .execute(
            "CREATE FUNCTION sly() RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO one VALUES (2) RETURNING x';
             CREATE FUNCTION slyer() RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN
               PERFORM set_config('transaction_read_only', 'off', true); INSERT INTO one VALUES (3); RETURN 'done'; END $$;
             CREATE SEQUENCE s",
        )
        .await;
    let access = ground.access();
    assert_eq!(failure(&access, &statement("SELECT sly()")).await.kind, FailureKind::SqlNotReadOnly);
    assert_eq!(failure(&access, &statement("SELECT nextval('s')")).await.kind, FailureKind::SqlNotReadOnly);
    let slyer = failure(&access, &statement("SELECT slyer()")).await;
    assert!(slyer.chain().contains("read-write") || slyer.kind == FailureKind::SqlNotReadOnly, "{}", slyer.chain());
    let mixed = statement("SELECT x, set_config('transaction_read_only', 'off', false), sly() FROM one");
    failure(&access, &mixed).await;
    assert_eq!(read(&access, &statement("SELECT x FROM one")).await.whole("after").firsts(), ["1"]);
}

#[tokio::test]
async fn a_function_that_writes_is_stopped_by_the_session_of_mysql() {
    for ground in all().await.into_iter().filter(|ground| ground.kind() == "mysql") {
        let sly = "CREATE FUNCTION sly() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO one VALUES (2); RETURN 1; END";
        ground.execute(sly).await;
        let failure = failure(&ground.access(), &statement("SELECT sly() AS v")).await;
        assert_eq!(failure.kind, FailureKind::SqlNotReadOnly, "{}", failure.chain());
        assert_eq!(read(&ground.access(), &statement("SELECT x FROM one")).await.whole("after").firsts(), ["1"]);
    }
}

#[tokio::test]
async fn a_comment_or_a_semicolon_at_the_end_does_no_harm() {
    for ground in all_with(Lack::Comments).await {
        for sql in [
            "SELECT x FROM one;",
            "SELECT x FROM one -- the end",
            "SELECT x FROM one; -- the end\n",
            "/* a ; b */ SELECT x FROM one /* the end */ ;;\n\n",
            "-- first\nSELECT x\n-- middle\nFROM one",
        ] {
            let outcome = read(&ground.access(), &statement(sql)).await.whole(sql);
            assert_eq!(outcome.firsts(), ["1"], "{}: {sql}", ground.kind());
        }
    }
}

#[tokio::test]
async fn every_way_to_begin_a_query_works() {
    for ground in all().await {
        for sql in
            ["SELECT 1 AS a", "(SELECT 1 AS a)", "WITH t AS (SELECT 1 AS a) SELECT a FROM t", "SELECT 1 AS a UNION ALL SELECT 2 ORDER BY a"]
        {
            if ground.kind().ends_with("sqlite") && sql.starts_with('(') {
                continue;
            }
            assert_eq!(read(&ground.access(), &statement(sql)).await.whole(sql).firsts()[0], "1", "{}: {sql}", ground.kind());
        }
    }
    let ground = postgres().await;
    for sql in ["TABLE one", "VALUES (1), (2)"] {
        assert_eq!(read(&ground.access(), &statement(sql)).await.whole(sql).firsts()[0], "1", "{sql}");
    }
}

#[tokio::test]
async fn show_is_read_within_the_limits() {
    for (ground, sql, least) in [("postgres", "SHOW ALL;", 100), ("mysql", "SHOW VARIABLES", 100)] {
        for ground in all().await.into_iter().filter(|one| one.kind() == ground) {
            let described = engines().describe(&ground.access(), &statement(sql)).await.unwrap();
            let limits = model::edges::ReadLimits { batch_rows: 10, ..Default::default() };
            let outcome = read_within(&ground.access(), &statement(sql), limits).await.whole(sql);
            assert_eq!(outcome.columns, described);
            assert!(outcome.count() > least && outcome.batches.iter().all(|batch| batch.num_rows() <= 10), "{sql}");
            let limits = model::edges::ReadLimits { max_rows: Some(3), ..Default::default() };
            assert_eq!(read_within(&ground.access(), &statement(sql), limits).await.whole(sql).count(), 3, "{sql}");
        }
    }
    let zone = read(&postgres().await.access(), &statement("SHOW TimeZone")).await.whole("zone");
    assert_eq!((zone.columns[0].name.as_str(), zone.firsts()), ("TimeZone", vec!["UTC".to_owned()]));
}
