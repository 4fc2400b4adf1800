//! The statements that make an account are run on real servers, and the account then reads, follows, and cannot write.

use model::{
    Fence, Verdict,
    edges::{Databases, Page},
};
use secrecy::SecretString;
use sql::Readable;

use crate::{
    following::{fenced, follow, page},
    ground::{Ground, engines, failure, mysql, postgres_alone, read, statement, unique},
};

/// Makes the account on a ground, and gives the access of it.
async fn made(ground: &dyn Ground, administer: impl AsyncFn(&str), readable: &Readable<'_>) -> model::edges::DatabaseAccess {
    // A name that must be quoted.
    let account = format!("{} \"`Reader", unique("granted"));
    let mut access = ground.access();
    let grants = sql::grants(&access.database.engine, &account, readable).unwrap();
    for statement in &grants.statements {
        administer(&statement.replace(sql::PASSWORD, "'granted'")).await;
    }
    let (model::Engine::Postgres(server) | model::Engine::Mysql(server)) = &mut access.database.engine else { panic!("a file") };
    server.username = account;
    model::edges::DatabaseAccess::new(access.database, Some(SecretString::from("granted")))
}

/// The account passes every step of a check, reads what is `readable`, follows it with the fence of open transactions.
async fn reads(access: &model::edges::DatabaseAccess, readable: &str) {
    let mut findings = Vec::new();
    engines().check(access, &mut |finding| findings.push(finding)).await;
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Passed), "{findings:#?}");
    let sql = statement(format!("SELECT x FROM {readable}"));
    assert_eq!(read(access, &sql).await.whole(readable).firsts(), ["1"]);
    let mut followed = follow(access, &sql, &fenced("x", &[], Fence::Transactions)).await;
    assert_eq!(page(followed.as_mut(), &Page { rows: 10, ..Page::default() }).await.whole(readable).firsts(), ["1"]);
    followed.close().await;
}

#[tokio::test]
async fn an_account_that_the_statements_made_on_postgresql_reads_and_follows() {
    let ground = postgres_alone().await;
    // Somebody whose transactions a plain account may not see.
    let _other = ground.hold_as_superuser("BEGIN; SELECT 1").await;
    let name = ground.name();
    ground.administer(&format!("CREATE TABLE {name}.one(x int); INSERT INTO {name}.one VALUES (1); CREATE TABLE {name}.two(x int)")).await;
    let administer = async |sql: &str| ground.administer(sql).await;
    reads(&made(&ground, administer, &Readable::Tables(&format!("{name}.*"))).await, &format!("{name}.one")).await;

    let query = format!("WITH o AS (SELECT * FROM {name}.one) SELECT x FROM o WHERE x > :least");
    let access = made(&ground, administer, &Readable::Query(&query)).await;
    reads(&access, &format!("{name}.one")).await;
    let beyond = failure(&access, &statement(format!("SELECT x FROM {name}.two"))).await;
    assert_eq!(beyond.kind, model::FailureKind::SqlForbidden, "{}", beyond.chain());
}

#[tokio::test]
async fn an_account_that_the_statements_made_on_mysql_reads_and_follows() {
    let ground = mysql().await;
    ground.execute("CREATE TABLE two(x int)").await;
    let administer = async |sql: &str| ground.administer(sql).await;
    reads(&made(&ground, administer, &Readable::All).await, "one").await;
    let access = made(&ground, administer, &Readable::Tables("one")).await;
    reads(&access, "one").await;
    let beyond = failure(&access, &statement("SELECT x FROM two")).await;
    assert_eq!(beyond.kind, model::FailureKind::SqlForbidden, "{}", beyond.chain());
}
