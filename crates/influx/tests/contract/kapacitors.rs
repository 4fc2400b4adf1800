//! A check of a Kapacitor climbs to the right to read its configuration, and changes nothing.

use model::{
    Code, Connection, Finding, Id, Kapacitor, SecretField, Verdict,
    edges::{Influx, KapacitorAccess},
    secret::Secrets,
};
use url::Url;

use crate::{
    ground::{Noon, PLACE, Played, RealV1, assert_green, drivers, failed, said, warned},
    servers::{Kind, Reply, Rights, Script},
};

fn script(version: &str, logins: &[(&str, Rights)]) -> Script {
    let mut script = Script::new(Kind::Kapacitor, &[]);
    script.version = Some(version.to_owned());
    script.logins = logins.iter().map(|(login, rights)| ((*login).to_owned(), *rights)).collect();
    script
}

fn at(url: &Url, login: Option<(&str, &str)>) -> KapacitorAccess {
    let mut kapacitor = Kapacitor::new(Id::<Connection>::new(&Noon), url.clone());
    let mut secrets = Secrets::new();
    if let Some((user, password)) = login {
        kapacitor.username = Some(user.to_owned());
        secrets.insert(SecretField::Password, password.into());
    }
    KapacitorAccess { kapacitor, secrets }
}

async fn check(access: &KapacitorAccess) -> Vec<Finding> {
    let mut findings = Vec::new();
    drivers().check_kapacitor(access, &mut |finding| findings.push(finding)).await;
    let told = serde_json::to_string(&findings).unwrap();
    assert!(!told.contains("hunter2"), "{told}");
    findings
}

#[tokio::test]
async fn a_good_kapacitor_passes_every_step_by_questions_alone() {
    for (version, logins, login) in [
        ("1.5.3", vec![], None),
        ("1.6.0", vec![], None),
        ("1.7.5", vec![("ann:hunter2", Rights::All)], Some(("ann", "hunter2"))),
        ("v1.10.0", vec![("ann:hunter2", Rights::All)], Some(("ann", "hunter2"))),
    ] {
        let played = Played::start(script(version, &logins)).await;
        let findings = check(&at(played.server.url(), login)).await;
        assert_green(&findings);
        let steps: Vec<&str> = findings.iter().map(|finding| finding.step.as_str()).collect();
        assert!(steps.ends_with(&["tcp", "http", "product", "authentication", "configuration"]), "{steps:?}");
        let product = findings.iter().find(|finding| finding.step == "product").unwrap();
        assert_eq!((product.facts["product"].as_str(), product.facts["version"].as_str()), ("Kapacitor", version.trim_start_matches('v')));
        assert!(played.server.with(|script| script.seen.iter().all(|seen| seen.method == "GET")));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_kapacitor_is_named() {
    let users = [("ann:hunter2", Rights::All), ("bob:hunter2", Rights::WriteOnly)];
    for (version, login, step, code, field) in [
        ("1.5.3", None, "authentication", Code::LoginMissing, "username"),
        ("1.7.5", None, "authentication", Code::LoginMissing, "username"),
        ("1.5.3", Some(("", "hunter2")), "authentication", Code::LoginMissing, "username"),
        ("1.7.5", Some(("ann", "hunter2 wrong")), "authentication", Code::LoginWrong, "password"),
        ("1.7.5", Some(("ann", "")), "authentication", Code::LoginWrong, "password"),
        ("1.7.5", Some(("ann", "hunter2\n")), "authentication", Code::LoginUnsendable, "password"),
        ("1.7.5", Some(("bob", "hunter2")), "configuration", Code::ConfigForbidden, "username"),
    ] {
        let played = Played::start(script(version, &users)).await;
        let findings = check(&at(played.server.url(), login)).await;
        let (failed_step, _, failed_field) = failed(&findings);
        assert_eq!((failed_step, findings.last().unwrap().code, failed_field), (step, Some(code), field), "{version} {findings:#?}");
    }
}

#[tokio::test]
async fn what_works_and_deserves_attention_is_warned_of() {
    let any = Played::start(script("1.5.3", &[("ann:hunter2", Rights::All)])).await;
    assert_eq!(warned(&check(&at(any.server.url(), Some(("whoever", "hunter2 wrong")))).await), ("authentication", Code::LoginUnverified));
    let open = Played::start(script("1.7.5", &[])).await;
    assert_eq!(warned(&check(&at(open.server.url(), Some(("ann", "hunter2")))).await), ("authentication", Code::LoginUnused));
    let mut script = script("1.5.3", &[]);
    script.override_disabled = true;
    let fixed = Played::start(script).await;
    let findings = check(&at(fixed.server.url(), None)).await;
    assert_eq!(warned(&findings), ("configuration", Code::ConfigDisabled));
    assert!(said(&findings).contains("config-override"), "{findings:#?}");
}

#[tokio::test]
async fn the_sub_path_of_a_reverse_proxy_is_kept_and_the_api_path_is_not_part_of_it() {
    let mut script = script("1.5.3", &[]);
    script.below = "/alerts".to_owned();
    let played = Played::start(script).await;
    for path in ["alerts", "alerts/"] {
        assert_green(&check(&at(&played.server.url().join(path).unwrap(), None)).await);
    }
    for (path, words) in [("", "is not a Kapacitor"), ("alerts/kapacitor/v1", "without `/kapacitor/v1`")] {
        let findings = check(&at(&played.server.url().join(path).unwrap(), None)).await;
        assert_eq!((failed(&findings).0, findings.last().unwrap().code), ("product", Some(Code::ProductNotKapacitor)), "{findings:#?}");
        assert!(said(&findings).contains(words), "{}", said(&findings));
    }
}

#[tokio::test]
async fn an_influxdb_at_the_address_is_named_and_never_sees_the_login() {
    let mut urls = vec![(RealV1::new().await.url, "InfluxDB 1, version 1.6.7")];
    let mut kept = Vec::new();
    for (kind, words) in [(Kind::V1, "InfluxDB 1"), (Kind::V2, "InfluxDB 2, version 2.7.12"), (Kind::V3, "InfluxDB 3")] {
        let played = Played::start(Script::new(kind, &[PLACE])).await;
        urls.push((played.server.url().clone(), words));
        kept.push(played);
    }
    for (url, words) in urls {
        let findings = check(&at(&url, None)).await;
        assert_eq!((failed(&findings).0, findings.last().unwrap().code), ("product", Some(Code::ProductInflux)), "{findings:#?}");
        assert!(said(&findings).contains(words), "{words}: {}", said(&findings));
    }
}

#[tokio::test]
async fn a_proxy_in_its_place_is_no_kapacitor() {
    for (reply, step, code) in [
        (Reply::new(200, "<html>Welcome</html>"), "product", Code::ProductNotKapacitor),
        (Reply::new(502, "<html>Bad Gateway</html>"), "http", Code::HttpServerError),
        (Reply::new(301, "").header("Location", "/kapacitor/v1/ping"), "http", Code::HttpRedirect),
    ] {
        let mut script = script("1.5.3", &[]);
        script.instead = Some(reply);
        let played = Played::start(script).await;
        let findings = check(&at(played.server.url(), None)).await;
        let last = findings.last().unwrap();
        assert_eq!((last.verdict, last.step.as_str(), last.code), (Verdict::Failed, step, Some(code)), "{findings:#?}");
    }
}
