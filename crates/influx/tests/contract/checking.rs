//! A check tries what a write needs, writes nothing, and says which step fails and what to do.

use model::{Code, FailureKind, Gzip, Target, Verdict};
use url::Url;

use crate::{
    ground::{
        Ground, PLACE, Played, RealV1, Strict, all, assert_green, at, batch, check, expect, failed, good, said, to, v1, warned, with_gzip,
        write,
    },
    servers::{Kind, Reply, Rights, Script},
};

#[tokio::test]
async fn a_good_connection_passes_every_step_and_nothing_is_written() {
    for ground in all().await {
        write(&ground.access(), &batch(&good(3))).await.unwrap();
        let before = ground.values().await;
        let findings = check(&with_gzip(ground.access(), Gzip::On)).await;
        let steps: Vec<&str> = findings.iter().map(|finding| finding.step.as_str()).collect();
        let expected: &[&str] = match ground.access().connection.target {
            Target::File { .. } => &["url", "database", "write"],
            _ => &["url", "policy", "dns", "tcp", "http", "product", "authentication", "database", "write"],
        };
        assert_eq!(steps, expected, "{}", ground.name());
        assert!(findings.iter().all(|finding| finding.verdict == Verdict::Passed), "{}: {findings:#?}", ground.name());
        assert_eq!(ground.values().await, before, "{}", ground.name());
    }
}

#[tokio::test]
async fn a_check_tells_address_product_and_version() {
    let real = RealV1::new().await;
    let findings = check(&real.access()).await;
    let fact = |name: &str| findings.iter().find_map(|finding| finding.facts.get(name)).cloned().unwrap_or_default();
    assert_eq!(fact("address"), "127.0.0.1");
    assert_eq!(fact("product"), "InfluxDB 1");
    assert!(fact("version").starts_with("1.6.7"), "{}", fact("version"));
    assert_eq!(fact("build"), "OSS");
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_named() {
    for (url, step, kind) in [
        ("ftp://localhost", "url", FailureKind::InfluxUrl),
        ("http://u:hunter2@localhost", "url", FailureKind::InfluxUrl),
        ("http://localhost/?db=x", "url", FailureKind::InfluxUrl),
        ("http://nowhere.invalid:8086", "dns", FailureKind::InfluxDns),
    ] {
        let findings = check(&to(Target::v1(Url::parse(url).unwrap(), "x"), None)).await;
        assert_eq!(failed(&findings), (step, kind, "url"), "{findings:#?}");
        assert!(!serde_json::to_string(&findings).unwrap().contains("hunter2"));
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_influxdb_1_is_named_and_what_there_is_instead() {
    let real = RealV1::new().await;
    let v1 = |database: &str, policy: Option<&str>| to(v1(&real.url, database, None, policy), None);
    let before = (real.query("SHOW DATABASES").await, real.query("SHOW MEASUREMENTS").await);
    expect(vec![
        (v1("never created", None), "database", Code::DatabaseMissing, "database"),
        (v1(&real.database, Some("never created")), "database", Code::RetentionPolicyMissing, "retention_policy"),
    ])
    .await;
    let told = said(&check(&v1("never created", None)).await);
    assert!(told.contains("CREATE DATABASE \"never created\"") && told.contains("choose one of: "), "{told}");
    let told = said(&check(&v1(&real.database, Some("never created"))).await);
    assert!(told.ends_with("choose one of: autogen"), "{told}");
    assert_eq!((real.query("SHOW DATABASES").await, real.query("SHOW MEASUREMENTS").await), before);
}

#[tokio::test]
async fn a_blank_retention_policy_is_autogen_whatever_the_databases_default_is() {
    let real = RealV1::new().await;
    real.query(&format!("CREATE RETENTION POLICY \"week\" ON \"{}\" DURATION 7d REPLICATION 1 DEFAULT", real.database)).await;
    let blank = to(v1(&real.url, &real.database, None, Some(" ")), None);
    let findings = check(&blank).await;
    assert_green(&findings);
    let database = findings.iter().find(|finding| finding.step == "database").unwrap();
    assert_eq!(database.facts["retention_policy"], "autogen");
    assert!(database.detail.contains("autogen"), "{database:#?}");
    write(&blank, &batch(&good(3))).await.unwrap();
    let rows = |results: Vec<serde_json::Value>| results[0].pointer("/series/0/values").and_then(|rows| rows.as_array()).map(Vec::len);
    assert_eq!(rows(real.query("SELECT f FROM autogen.m").await), Some(3));
    assert_eq!(rows(real.query("SELECT f FROM week.m").await), None);

    real.query(&format!("DROP RETENTION POLICY \"autogen\" ON \"{}\"", real.database)).await;
    let findings = check(&blank).await;
    assert_eq!(findings.last().unwrap().code, Some(Code::RetentionPolicyMissing));
    let told = said(&findings);
    assert!(told.contains("blank") && told.ends_with("choose one of: week"), "{told}");
}

#[tokio::test]
async fn logins_of_an_influxdb_1_are_told_apart() {
    let strict = Strict::new("logins").await;
    let [reader, nobody] = [strict.user("reader", Some("READ")).await, strict.user("nobody", None).await];
    let v1 = |user: Option<&str>, secret: Option<&str>| to(v1(&strict.url, &strict.database, user, None), secret);
    expect(vec![
        (v1(None, None), "authentication", Code::LoginMissing, "username"),
        (v1(Some(&strict.admin), Some("hunter2")), "authentication", Code::LoginWrong, "password"),
        (v1(Some(&strict.admin), None), "authentication", Code::LoginWrong, "password"),
        (v1(Some(&strict.admin), Some("two\nlines")), "authentication", Code::LoginUnsendable, "password"),
        (v1(Some(&reader), Some("hunter2")), "write", Code::WriteForbidden, "username"),
        (v1(Some(&nobody), Some("hunter2")), "database", Code::DatabaseForbidden, "username"),
    ])
    .await;
    let told = said(&check(&v1(Some(&reader), Some("hunter2"))).await);
    assert!(told.contains(&format!("GRANT WRITE ON \"{}\" TO \"{reader}\"", strict.database)), "{told}");
    assert_green(&check(&v1(Some(&strict.admin), Some(&strict.password))).await);
    assert_eq!(strict.measurements().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_server_without_an_administrator_takes_nobody() {
    let mut script = Script::new(Kind::V1, &[PLACE]).login("nobody:x", Rights::All);
    script.no_administrator = true;
    let played = Played::start(script).await;
    expect(vec![(played.access(), "authentication", Code::LoginNoAdministrator, "username")]).await;
}

#[tokio::test]
async fn a_server_that_asks_for_no_login_is_warned_of() {
    let real = RealV1::new().await;
    let findings = check(&to(v1(&real.url, &real.database, Some("ann"), None), Some("hunter2"))).await;
    assert_eq!(warned(&findings), ("authentication", Code::LoginUnused));
    assert!(!serde_json::to_string(&findings).unwrap().contains("hunter2"));

    let mut script = Script::new(Kind::V3, &[PLACE]);
    script.logins.clear();
    let played = Played::start(script).await;
    assert_eq!(warned(&check(&played.access()).await), ("authentication", Code::LoginUnused));
}

#[tokio::test]
async fn a_relay_that_answers_nothing_but_writes_is_checked_by_them() {
    let mut script = Script::new(Kind::V1, &[PLACE]);
    script.is_relay = true;
    let played = Played::start(script).await;
    let findings = check(&played.access()).await;
    assert_green(&findings);
    assert!(findings.iter().any(|finding| finding.facts.get("product").is_some_and(|product| product == "InfluxDB 1 Relay")));
    played.server.with(|script| script.logins.insert("ann:hunter2".to_owned(), Rights::All));
    let absent = to(Target::v1(played.server.url().clone(), "absent"), None);
    expect(vec![(absent.clone(), "authentication", Code::LoginMissing, "username")]).await;
    played.server.with(|script| script.logins.clear());
    expect(vec![(absent, "database", Code::DatabaseMissing, "database")]).await;
    write(&played.access(), &batch(&good(3))).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_an_influxdb_2_is_named_and_what_there_is_instead() {
    let script = Script::new(Kind::V2, &[PLACE, "kitchen"])
        .login("reader", Rights::ReadOnly)
        .login("writer", Rights::WriteOnly)
        .login("elsewhere", Rights::Elsewhere)
        .login("inactive", Rights::Inactive);
    let played = Played::start(script).await;
    let v2 = |organization: &str, bucket: &str, token: Option<&str>| {
        let (organization, bucket) = (organization.to_owned(), bucket.to_owned());
        to(Target::V2 { url: played.server.url().clone(), organization, bucket }, token)
    };
    expect(vec![
        (v2("acme", PLACE, None), "authentication", Code::LoginMissing, "token"),
        (v2("acme", PLACE, Some("hunter2")), "authentication", Code::LoginWrong, "token"),
        (v2("acme", PLACE, Some("two\nlines")), "authentication", Code::LoginUnsendable, "token"),
        (v2("acme", PLACE, Some("inactive")), "authentication", Code::LoginForbidden, "token"),
        (v2("elsewhere", PLACE, Some("secret")), "database", Code::OrganizationMissing, "organization"),
        (v2("acme", "organization", Some("secret")), "database", Code::BucketMissing, "bucket"),
        (v2("acme", "absent", Some("writer")), "database", Code::BucketMissing, "bucket"),
        (v2("acme", PLACE, Some("elsewhere")), "database", Code::DatabaseForbidden, "token"),
        (v2("acme", PLACE, Some("reader")), "write", Code::WriteForbidden, "token"),
    ])
    .await;
    for (access, there) in [(v2("elsewhere", PLACE, Some("secret")), "acme"), (v2("acme", "absent", Some("secret")), "kitchen, shop")] {
        let told = said(&check(&access).await);
        assert!(told.ends_with(&format!("choose one of: {there}")), "{told}");
    }
    let told = said(&check(&v2("acme", "absent", Some("writer"))).await);
    assert!(!told.contains("kitchen"), "what a token may not list is not named: {told}");
    assert_green(&check(&v2("acme", PLACE, Some("writer"))).await);
}

#[tokio::test]
async fn a_server_that_is_busy_or_answers_strangely_fails_the_trial() {
    for kind in [Kind::V1, Kind::V2, Kind::V3] {
        for (reply, code) in [
            (Reply::new(503, "request throttled, queue full"), Code::WriteBusy),
            (Reply::new(429, ""), Code::WriteBusy),
            (Reply::new(418, ""), Code::WriteFailed),
            (Reply::new(500, r#"{"error":"write failed","message":"write failed"}"#), Code::WriteFailed),
        ] {
            let mut script = Script::new(kind, &[PLACE]);
            script.next_empty.push_back(reply);
            let played = Played::start(script).await;
            expect(vec![(played.access(), "write", code, "url")]).await;
            assert_green(&check(&played.access()).await);
        }
    }
}

#[tokio::test]
async fn an_empty_write_that_2_0_and_clouds_call_an_error_is_good() {
    for text in ["writing requires points", "no data points: missing points"] {
        let mut script = Script::new(Kind::V2, &[PLACE]);
        script.next_empty.push_back(Reply::new(400, serde_json::json!({"code": "invalid", "message": text}).to_string()));
        let played = Played::start(script).await;
        assert_green(&check(&played.access()).await);
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_influxdb_3_is_named_and_no_database_appears() {
    let script = Script::new(Kind::V3, &[PLACE])
        .login("reader", Rights::ReadOnly)
        .login("writer", Rights::WriteOnly)
        .login("elsewhere", Rights::Elsewhere);
    let played = Played::start(script).await;
    let v3 = |database: &str, token: Option<&str>| to(Target::v3(played.server.url().clone(), database), token);
    expect(vec![
        (v3(PLACE, None), "authentication", Code::LoginMissing, "token"),
        (v3(PLACE, Some("hunter2")), "authentication", Code::LoginWrong, "token"),
        (v3("absent", Some("secret")), "database", Code::DatabaseMissing, "database"),
        (v3("absent", Some("writer")), "database", Code::DatabaseMissing, "database"),
        (v3("absent", Some("elsewhere")), "database", Code::DatabaseForbidden, "token"),
        (v3(PLACE, Some("reader")), "write", Code::WriteForbidden, "token"),
    ])
    .await;
    let told = said(&check(&v3("absent", Some("secret"))).await);
    assert!(told.ends_with("choose one of: shop"), "the server's own databases are not named: {told}");
    assert_green(&check(&v3(PLACE, Some("writer"))).await);
    assert_eq!(played.server.with(|script| script.places.len()), 1);
}

#[tokio::test]
async fn a_server_of_another_line_names_the_driver_that_speaks_to_it() {
    let real = RealV1::new().await;
    let v2 = Played::start(Script::new(Kind::V2, &[PLACE])).await;
    let v3 = Played::start(Script::new(Kind::V3, &[PLACE])).await;
    let kapacitor = Played::start(Script::new(Kind::Kapacitor, &[])).await;
    for (access, words) in [
        (at(Kind::V2, &real.url), "driver v1"),
        (at(Kind::V3, &real.url), "driver v1"),
        (at(Kind::V1, v2.server.url()), "driver v2"),
        (at(Kind::V3, v2.server.url()), "driver v2"),
        (at(Kind::V1, v3.server.url()), "driver v3"),
        (at(Kind::V2, v3.server.url()), "driver v3"),
        (at(Kind::V1, kapacitor.server.url()), "Kapacitor"),
        (at(Kind::V2, kapacitor.server.url()), "Kapacitor"),
        (at(Kind::V3, kapacitor.server.url()), "Kapacitor"),
    ] {
        let findings = check(&access).await;
        let (step, kind, _) = failed(&findings);
        assert_eq!((step, kind), ("product", FailureKind::InfluxProduct), "{findings:#?}");
        let code = if words == "Kapacitor" { Code::ProductKapacitor } else { Code::ProductOther };
        assert_eq!(findings.last().unwrap().code, Some(code), "{findings:#?}");
        let said = said(&findings);
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test]
async fn a_kapacitor_that_takes_lines_for_any_database_is_not_believed() {
    let kapacitor = Played::start(Script::new(Kind::Kapacitor, &[])).await;
    let failure = write(&at(Kind::V1, kapacitor.server.url()), &batch(&good(3))).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InfluxProduct);
}

#[tokio::test]
async fn what_is_wrong_with_a_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let at = |path: &std::path::Path| to(Target::File { folder: path.to_str().unwrap().to_owned() }, None);
    expect(vec![
        (at("lines".as_ref()), "url", Code::Kind(FailureKind::InfluxUrl), "folder"),
        (at(&folder.path().join("absent")), "database", Code::FolderMissing, "folder"),
        (at(&file), "database", Code::FolderMissing, "folder"),
        (at("/proc".as_ref()), "write", Code::FolderForbidden, "folder"),
    ])
    .await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
