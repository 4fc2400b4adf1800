//! A check climbs step by step and stops at the first that failed.

use model::{
    FailureKind, Finding, SecretField, Verdict,
    edges::{DatabaseAccess, Databases},
};
use secrecy::SecretString;

use crate::ground::{Ground, all, engines, mysql, servers};

async fn check(access: &DatabaseAccess) -> Vec<Finding> {
    let mut findings = Vec::new();
    engines().check(access, &mut |finding| findings.push(finding)).await;
    findings
}

fn steps(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.step.as_str()).collect()
}

fn server(access: &mut DatabaseAccess) -> &mut model::database::Server {
    match &mut access.database.engine {
        model::Engine::Postgres(server) | model::Engine::Mysql(server) => server,
        _ => panic!("no server of its own protocol"),
    }
}

#[tokio::test]
async fn an_account_that_only_reads_passes_every_step_in_order() {
    for ground in all().await {
        let findings = check(&ground.reader()).await;
        assert!(findings.iter().all(|finding| finding.verdict == Verdict::Passed), "{}: {findings:#?}", ground.kind());
        let expected: &[&str] = match ground.kind() {
            "sqlite" => &["database", "version", "read_only"],
            kind if kind.starts_with("adbc") => &["driver", "library", "options", "authentication", "version", "read_only"],
            kind if kind.starts_with("odbc") => &["driver_manager", "driver", "authentication", "version", "read_only"],
            _ => &["dns", "tcp", "tls", "authentication", "database", "version", "read_only"],
        };
        assert_eq!(steps(&findings), expected, "{}", ground.kind());
        let version = findings.iter().find(|finding| finding.step == "version").unwrap();
        assert!(version.facts["version"].starts_with(|first: char| first.is_ascii_digit()), "{version:?}");
    }
}

#[tokio::test]
async fn an_account_that_can_write_is_warned_about() {
    for ground in servers().await {
        let findings = check(&ground.access()).await;
        let last = findings.last().unwrap();
        assert_eq!((last.step.as_str(), last.verdict), ("read_only", Verdict::Warning), "{}: {findings:#?}", ground.kind());
        assert!(last.advice.as_ref().is_some_and(|advice| advice.contains("SELECT")), "{last:?}");
    }
}

#[tokio::test]
async fn an_account_of_mysql_that_can_write_by_a_role_or_on_one_table_is_warned_about() {
    let ground = mysql().await;
    let reader = ground.reader();
    let model::Engine::Mysql(server) = &reader.database.engine else { panic!("not mysql") };
    let (name, role) = (&server.username, format!("{}_writers", server.username));
    for (grant, revoke, expected) in [
        (
            format!("CREATE ROLE {role}; GRANT UPDATE ON {}.* TO {role}; GRANT {role} TO {name}", server.database),
            format!("DROP ROLE {role}"),
            "(UPDATE)",
        ),
        (
            format!("GRANT INSERT ON {}.one TO {name}", server.database),
            format!("REVOKE INSERT ON {}.one FROM {name}", server.database),
            "(INSERT)",
        ),
    ] {
        ground.administer(&grant).await;
        let findings = check(&reader).await;
        let last = findings.last().unwrap();
        assert_eq!((last.step.as_str(), last.verdict), ("read_only", Verdict::Warning), "{findings:#?}");
        assert!(last.detail.contains(expected), "{grant}: {}", last.detail);
        ground.administer(&revoke).await;
    }
}

#[tokio::test]
async fn the_first_failure_is_the_last_finding_and_names_its_field() {
    for ground in servers().await {
        let mut lost = ground.access();
        server(&mut lost).host = "no-such-host.invalid".to_owned();
        let mut closed = ground.access();
        server(&mut closed).port = Some(std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port());
        let mut wrong = ground.access();
        wrong.secrets.insert(SecretField::Password, SecretString::from("hunter2-is-secret"));
        let mut missing = ground.access();
        server(&mut missing).database = "no_such_database".to_owned();
        // MySQL does not tell an account without rights on it whether a database exists.
        let no_database = if ground.kind() == "mysql" { FailureKind::SqlForbidden } else { FailureKind::SqlDatabaseMissing };
        for (access, step, field, kind) in [
            (lost, "dns", "host", FailureKind::SqlUnreachable),
            (closed, "tcp", "port", FailureKind::SqlUnreachable),
            (wrong, "authentication", "password", FailureKind::SqlAuthentication),
            (missing, "database", "database", no_database),
        ] {
            let findings = check(&access).await;
            let (last, before) = findings.split_last().unwrap();
            assert!(before.iter().all(|finding| finding.verdict == Verdict::Passed), "{findings:#?}");
            let expected = (step, Verdict::Failed, Some(field), Some(kind));
            let found = (last.step.as_str(), last.verdict, last.field.as_deref(), last.kind);
            assert_eq!(found, expected, "{}: {findings:#?}", ground.kind());
            assert!(last.advice.is_some() && !format!("{findings:?}").contains("hunter2"));
        }
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_fails_the_first_step() {
    let engine = model::Engine::Sqlite { path: "/nowhere/at/all.db".to_owned() };
    let findings = check(&DatabaseAccess::new(model::Database::new(engine), None)).await;
    assert_eq!(steps(&findings), ["database"]);
    assert_eq!((findings[0].verdict, findings[0].kind), (Verdict::Failed, Some(FailureKind::SqlDatabaseMissing)));
}
