//! What cannot be read says what is wrong, by its kind and in words, without a secret.

use model::{
    Failure, FailureKind, SecretField, Statement,
    edges::{DatabaseAccess, Databases},
};
use secrecy::SecretString;

use crate::ground::{Lack, all, all_with, engines, failure, servers, statement};

const SECRET: &str = "hunter2-is-secret";

/// The failure of reading and of describing, which must be of the same kind.
async fn refused(access: &DatabaseAccess, statement: &Statement, expected: FailureKind) -> Failure {
    let read = failure(access, statement).await;
    assert_eq!(read.kind, expected, "read: {}: {}", statement.sql, read.chain());
    let described = engines().describe(access, statement).await.unwrap_err();
    assert_eq!(described.kind, expected, "describe: {}: {}", statement.sql, described.chain());
    for failure in [&read, &described] {
        let text = format!("{} {failure:?}", failure.chain());
        assert!(!text.contains(SECRET), "a secret is told: {text}");
    }
    read
}

fn server(access: &mut DatabaseAccess) -> &mut model::database::Server {
    match &mut access.database.engine {
        model::Engine::Postgres(server) | model::Engine::Mysql(server) => server,
        _ => panic!("no server of its own protocol"),
    }
}

#[tokio::test]
async fn a_syntax_error_tells_its_place_in_the_users_text() {
    for ground in all_with(Lack::Places).await {
        let failure = refused(&ground.access(), &statement("SELECT x\nFROM one\n  WHERE WHERE x = 1"), FailureKind::SqlInvalid).await;
        assert!(failure.chain().contains("line 3"), "{}: {}", ground.kind(), failure.chain());
        if ground.kind() != "mysql" {
            assert!(failure.chain().contains("line 3, column 9"), "{}: {}", ground.kind(), failure.chain());
        }
    }
}

#[tokio::test]
async fn places_count_characters_and_look_past_placeholders() {
    for ground in all_with(Lack::Places).await.into_iter().filter(|ground| ground.kind() != "mysql") {
        let sql = crate::ground::with("SELECT 'äöü€😀' AS a, :v AS b, nope FROM one", model::Value::Integer(1));
        let failure = refused(&ground.access(), &sql, FailureKind::SqlInvalid).await;
        assert!(failure.chain().contains("line 1, column 31"), "{}: {}", ground.kind(), failure.chain());
    }
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    for ground in all().await {
        for (sql, name) in [
            ("SELECT x FROM nowhere_to_be_found", "nowhere_to_be_found"),
            ("SELECT nothing_like_it FROM one", "nothing_like_it"),
            ("SELECT no_such_function(x) FROM one", "no_such_function"),
            ("SELECT x FROM", ""),
            ("SELECT (1 AS a", ""),
            ("SELECT 1) AS q(c0), (SELECT 2", ""),
        ] {
            let failure = refused(&ground.access(), &statement(sql), FailureKind::SqlInvalid).await;
            assert!(failure.chain().to_lowercase().contains(name), "{}: {}", ground.kind(), failure.chain());
        }
    }
}

#[tokio::test]
async fn a_table_that_the_account_may_not_read_is_forbidden() {
    for ground in all_with(Lack::Rights).await {
        if let Some(sql) = ground.forbidden() {
            let failure = refused(&ground.access(), &statement(sql), FailureKind::SqlForbidden).await;
            assert!(failure.chain().contains("forbidden"), "{}: {}", ground.kind(), failure.chain());
        }
    }
}

#[tokio::test]
async fn a_wrong_login_is_refused_without_telling_the_password() {
    for ground in servers().await {
        let mut access = ground.access();
        access.secrets.insert(SecretField::Password, SecretString::from(SECRET));
        refused(&access, &statement("SELECT 1 AS a"), FailureKind::SqlAuthentication).await;
        access.secrets.clear();
        refused(&access, &statement("SELECT 1 AS a"), FailureKind::SqlAuthentication).await;
        access = ground.access();
        access.secrets.insert(SecretField::Password, SecretString::from(SECRET));
        server(&mut access).username = "nobody_of_this_name".to_owned();
        refused(&access, &statement("SELECT 1 AS a"), FailureKind::SqlAuthentication).await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    for ground in servers().await {
        let mut access = ground.access();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        server(&mut access).port = Some(free);
        let failure = refused(&access, &statement("SELECT 1 AS a"), FailureKind::SqlUnreachable).await;
        assert!(failure.chain().contains(&free.to_string()), "{}", failure.chain());
        server(&mut access).host = "no-such-host.invalid".to_owned();
        let failure = refused(&access, &statement("SELECT 1 AS a"), FailureKind::SqlUnreachable).await;
        assert!(failure.chain().contains("no-such-host.invalid"), "{}", failure.chain());
        server(&mut access).host = "/nowhere/at/all".to_owned();
        refused(&access, &statement("SELECT 1 AS a"), FailureKind::SqlUnreachable).await;
    }
}

#[tokio::test]
async fn a_server_without_tls_is_no_server_with_tls() {
    for ground in servers().await.into_iter().filter(|ground| ground.kind() == "postgres") {
        let mut access = ground.access();
        for tls in [model::Tls::Require, model::Tls::Verify] {
            server(&mut access).tls = tls;
            refused(&access, &statement("SELECT 1 AS a"), FailureKind::SqlTls).await;
        }
        server(&mut access).tls = model::Tls::Prefer;
        assert_eq!(crate::ground::read(&access, &statement("SELECT 1 AS a")).await.whole("prefer").count(), 1);
    }
}

#[tokio::test]
async fn a_database_that_the_server_does_not_have_is_missing() {
    for ground in servers().await {
        let mut access = ground.access();
        server(&mut access).database = "no_such_database".to_owned();
        // MySQL does not tell an account without rights on it whether a database exists.
        let expected = if ground.kind() == "mysql" { FailureKind::SqlForbidden } else { FailureKind::SqlDatabaseMissing };
        let failure = refused(&access, &statement("SELECT 1 AS a"), expected).await;
        assert!(failure.chain().contains("no_such_database"), "{}", failure.chain());
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "these are notes, and longer than the header of a database file would be: ".repeat(20)).unwrap();
    for path in [folder.path().join("missing.db"), folder.path().to_owned(), text] {
        let engine = model::Engine::Sqlite { path: path.to_string_lossy().into_owned() };
        let access = DatabaseAccess::new(model::Database::new(engine), None);
        let failure = refused(&access, &statement("SELECT 1 AS a"), FailureKind::SqlDatabaseMissing).await;
        assert!(failure.chain().contains(&*path.to_string_lossy()), "{}", failure.chain());
    }
    assert!(!folder.path().join("missing.db").exists(), "looking for a file must not make it");
}
