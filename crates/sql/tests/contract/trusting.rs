//! Whom a database connection trusts, what it shows, and what it says when either side refuses.

use model::{
    FailureKind, Finding, Tls, Verdict,
    edges::{DatabaseAccess, Databases},
};

use crate::ground::{
    engines,
    secured::{Authority, Secured},
    servers, statement,
};

/// How it ends: with nothing, or in words.
async fn told(access: &DatabaseAccess) -> Result<(), String> {
    match engines().describe(access, &statement("SELECT 1 AS x")).await {
        Ok(_) => Ok(()),
        Err(failure) => {
            assert!(!failure.chain().contains("PRIVATE KEY") && !format!("{failure:?}").contains("PRIVATE KEY"));
            assert_eq!(failure.kind, FailureKind::SqlTls, "{}", failure.chain());
            Err(failure.chain())
        }
    }
}

async fn check(access: &DatabaseAccess) -> Vec<Finding> {
    let mut findings = Vec::new();
    engines().check(access, &mut |finding| findings.push(finding)).await;
    findings
}

/// Every way to trust a server that shows a certificate of `authority` for `localhost`.
async fn trusted_only_with_its_authority_and_name(server: &Secured, authority: &Authority) {
    let (other, namesake) = (Authority::new("another"), Authority::new("an authority"));
    let of = |host: &str, tls, ca| server.access(host, tls, ca, None);
    assert_eq!(told(&of("localhost", Tls::Verify, Some(authority))).await, Ok(()));
    assert_eq!(told(&of("127.0.0.1", Tls::Require, None)).await, Ok(()));
    for (access, expected, advice) in [
        (of("localhost", Tls::Verify, None), "an authority that is not trusted", "`ca_certificate`"),
        (of("localhost", Tls::Verify, Some(&other)), "an authority that is not trusted", "`ca_certificate`"),
        (of("localhost", Tls::Verify, Some(&namesake)), "an authority that is not trusted", "`ca_certificate`"),
        (of("127.0.0.1", Tls::Verify, Some(authority)), "is for localhost, not for 127.0.0.1", "as the host"),
    ] {
        let said = told(&access).await.unwrap_err();
        assert!(said.contains(expected) && said.contains(advice), "{expected}: {said}");
        let findings = check(&access).await;
        let last = findings.last().unwrap();
        assert_eq!((last.step.as_str(), last.verdict), ("tls", Verdict::Failed), "{findings:#?}");
    }
    let expired = authority.signs("old", &["localhost"], 2024);
    let said = server.present(&expired, &of("localhost", Tls::Verify, Some(authority)), "expired").await.chain();
    assert!(said.contains("2024-01-01T00:00:00Z") && said.contains("renew it"), "{said}");
}

#[tokio::test]
async fn postgresql_is_trusted_with_its_authority_and_name_only() {
    let authority = Authority::new("an authority");
    let server = Secured::postgres(&authority.signs("server", &["localhost"], 2090), None).await;
    let encrypted = check(&server.access("localhost", Tls::Verify, Some(&authority), None)).await;
    assert!(encrypted.iter().any(|finding| finding.step == "tls" && finding.detail.contains("TLSv1.3")), "{encrypted:#?}");
    trusted_only_with_its_authority_and_name(&server, &authority).await;
}

#[tokio::test]
async fn mariadb_is_trusted_with_its_authority_and_name_only() {
    let authority = Authority::new("an authority");
    let server = Secured::mariadb(&authority.signs("server", &["localhost"], 2090)).await;
    trusted_only_with_its_authority_and_name(&server, &authority).await;
}

#[tokio::test]
async fn a_client_certificate_is_shown_and_one_that_is_missing_or_unknown_is_told() {
    let (authority, clients) = (Authority::new("an authority"), Authority::new("authority of clients"));
    let server = Secured::postgres(&authority.signs("server", &["localhost"], 2090), Some(&clients)).await;
    let with = |shown: Option<&_>| server.access("localhost", Tls::Verify, Some(&authority), shown);
    assert_eq!(told(&with(Some(&clients.signs("anna", &[], 2090)))).await, Ok(()));
    let said = told(&with(Some(&Authority::new("another").signs("anna", &[], 2090)))).await.unwrap_err();
    assert!(said.contains("without a client certificate that it trusts"), "{said}");
    let missing = engines().describe(&with(None), &statement("SELECT 1 AS x")).await.unwrap_err();
    assert!(missing.chain().contains("certificate"), "{}", missing.chain());
}

#[tokio::test]
async fn a_server_without_tls_is_told_apart_from_one_that_is_gone() {
    for ground in servers().await {
        let mut access = ground.access();
        let (model::Engine::Postgres(server) | model::Engine::Mysql(server)) = &mut access.database.engine else { panic!("a file") };
        server.tls = Tls::Require;
        let said = told(&access).await.unwrap_err();
        assert!(said.contains("speaks no TLS") && said.contains("`tls`"), "{}: {said}", ground.kind());
    }
}
