//! A check tries what a write needs, writes nothing, and says which step fails and what to do.

use model::{FailureKind, Gzip, Target, Verdict, edges::ConnectionAccess};
use url::Url;

use crate::{
    ground::{Ground, PLACE, Played, RealV1, all, at, batch, check, client, env, failed, good, to, with_gzip, write},
    servers::{Kind, Rights, Script},
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
            _ => &["url", "dns", "tcp", "http", "product", "authentication", "database", "write"],
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

/// A connection that is wrong in one way, and the step, kind and field that say so.
type Case = (ConnectionAccess, &'static str, FailureKind, &'static str);

async fn expect(cases: Vec<Case>) {
    for (access, step, kind, field) in cases {
        let findings = check(&access).await;
        assert_eq!(failed(&findings), (step, kind, field), "{:?}: {findings:#?}", access.connection.target);
        let said = serde_json::to_string(&findings).unwrap();
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_influxdb_1_is_named() {
    let real = RealV1::new().await;
    let v1 = |url: &str, database: &str, policy: Option<&str>| {
        let retention_policy = policy.map(str::to_owned);
        to(
            Target::V1 {
                url: Url::parse(url).unwrap(),
                database: database.to_owned(),
                username: None,
                retention_policy,
                edition: Default::default(),
                meta_url: None,
            },
            None,
        )
    };
    let here = real.url.as_str();
    expect(vec![
        (v1("ftp://localhost", "x", None), "url", FailureKind::InfluxUrl, "url"),
        (v1("http://u:hunter2@localhost", "x", None), "url", FailureKind::InfluxUrl, "url"),
        (v1("http://localhost/?db=x", "x", None), "url", FailureKind::InfluxUrl, "url"),
        (v1("http://169.254.169.254/", "x", None), "url", FailureKind::InfluxUrl, "url"),
        (v1("http://nowhere.invalid:8086", "x", None), "dns", FailureKind::InfluxDns, "url"),
        (v1(here, "never created", None), "database", FailureKind::InfluxMissing, "database"),
        (v1(here, &real.database, Some("never created")), "database", FailureKind::InfluxMissing, "retention_policy"),
    ])
    .await;
    let listed = real.query("SHOW DATABASES").await;
    assert!(!listed[0].to_string().contains("never created"));
}

#[tokio::test]
async fn logins_of_an_influxdb_1_are_told_apart() {
    let url: Url = env("TRIBUTARY_TEST_INFLUX_AUTH_URL").parse().unwrap();
    let (admin, password) = (env("TRIBUTARY_TEST_INFLUX_AUTH_USER"), env("TRIBUTARY_TEST_INFLUX_AUTH_PASSWORD"));
    let login = influx::http::Login::Basic(admin.clone(), password.clone().into());
    let database = format!("contract_{}", std::process::id());
    let reader = format!("reader_{}", std::process::id());
    for statement in [
        format!("DROP DATABASE \"{database}\""),
        format!("CREATE DATABASE \"{database}\""),
        format!("CREATE USER \"{reader}\" WITH PASSWORD 'hunter2'"),
        format!("GRANT READ ON \"{database}\" TO \"{reader}\""),
    ] {
        influx::v1::query(&client(&login), &url, None, &statement).await.unwrap();
    }
    let v1 = |user: Option<&str>, secret: Option<&str>| {
        let username = user.map(str::to_owned);
        to(
            Target::V1 {
                url: url.clone(),
                database: database.clone(),
                username,
                retention_policy: None,
                edition: Default::default(),
                meta_url: None,
            },
            secret,
        )
    };
    expect(vec![
        (v1(None, None), "authentication", FailureKind::InfluxAuthentication, "username"),
        (v1(Some(&admin), Some("hunter2")), "authentication", FailureKind::InfluxAuthentication, "password"),
        (v1(Some(&admin), None), "authentication", FailureKind::InfluxAuthentication, "password"),
        (v1(Some(&reader), Some("hunter2")), "write", FailureKind::InfluxForbidden, "username"),
    ])
    .await;
    let findings = check(&v1(Some(&admin), Some(&password))).await;
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Passed), "{findings:#?}");

    let mut script = Script::new(Kind::V1, &[PLACE]).login("nobody:x", Rights::All);
    script.no_administrator = true;
    let played = Played::start(script).await;
    let findings = check(&played.access()).await;
    let authentication = findings.iter().find(|finding| finding.step == "authentication").unwrap();
    assert_eq!(authentication.verdict, Verdict::Warning, "{findings:#?}");
    assert!(authentication.detail.contains("no administrator"));
    assert_eq!(findings.last().map(|finding| (finding.step.as_str(), finding.verdict)), Some(("write", Verdict::Passed)));
}

#[tokio::test]
async fn what_is_wrong_with_an_influxdb_2_is_named() {
    let script = Script::new(Kind::V2, &[PLACE]).login("reader", Rights::ReadOnly).login("writer", Rights::WriteOnly);
    let played = Played::start(script).await;
    let v2 = |organization: &str, bucket: &str, token: Option<&str>| {
        let (organization, bucket) = (organization.to_owned(), bucket.to_owned());
        to(Target::V2 { url: played.server.url().clone(), organization, bucket }, token)
    };
    expect(vec![
        (v2("acme", PLACE, None), "authentication", FailureKind::InfluxAuthentication, "token"),
        (v2("acme", PLACE, Some("hunter2")), "authentication", FailureKind::InfluxAuthentication, "token"),
        (v2("acme", PLACE, Some("two\nlines")), "authentication", FailureKind::InfluxAuthentication, "token"),
        (v2("elsewhere", PLACE, Some("secret")), "database", FailureKind::InfluxMissing, "organization"),
        (v2("acme", "absent", Some("secret")), "database", FailureKind::InfluxMissing, "bucket"),
        (v2("acme", PLACE, Some("reader")), "write", FailureKind::InfluxForbidden, "token"),
    ])
    .await;
    let findings = check(&v2("acme", PLACE, Some("writer"))).await;
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Passed), "a token that may only write is enough: {findings:#?}");
}

#[tokio::test]
async fn what_is_wrong_with_an_influxdb_3_is_named_and_no_database_appears() {
    let script = Script::new(Kind::V3, &[PLACE]).login("reader", Rights::ReadOnly).login("writer", Rights::WriteOnly);
    let played = Played::start(script).await;
    let v3 = |database: &str, token: Option<&str>| to(Target::v3(played.server.url().clone(), database), token);
    expect(vec![
        (v3(PLACE, None), "authentication", FailureKind::InfluxAuthentication, "token"),
        (v3(PLACE, Some("hunter2")), "authentication", FailureKind::InfluxAuthentication, "token"),
        (v3("absent", Some("secret")), "database", FailureKind::InfluxMissing, "database"),
        (v3("absent", Some("writer")), "database", FailureKind::InfluxMissing, "database"),
        (v3(PLACE, Some("reader")), "write", FailureKind::InfluxForbidden, "token"),
    ])
    .await;
    let findings = check(&v3(PLACE, Some("writer"))).await;
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Passed), "{findings:#?}");
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
        let last = findings.last().unwrap();
        let said = format!("{} {}", last.detail, last.advice.as_deref().unwrap_or_default());
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
        (at("lines".as_ref()), "url", FailureKind::InfluxUrl, "folder"),
        (at(&folder.path().join("absent")), "database", FailureKind::FolderWrite, "folder"),
        (at(&file), "database", FailureKind::FolderWrite, "folder"),
        (at("/proc".as_ref()), "write", FailureKind::FolderWrite, "folder"),
    ])
    .await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
