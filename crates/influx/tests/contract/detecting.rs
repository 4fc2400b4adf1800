//! A URL alone tells who answers there.

use model::{Code, edges::Detected};
use url::Url;

use crate::{
    ground::{PLACE, Played, RealV1, detect, env},
    servers::{Kind, Reply, Script},
};

/// Product, version, driver, edition, and a word of the remark.
type Expected = (&'static str, Option<&'static str>, Option<&'static str>, Option<&'static str>, Option<&'static str>);

fn assert_is(found: &Detected, (product, version, driver, edition, remark): Expected) {
    assert_eq!(
        (found.product.as_str(), found.version.as_deref(), found.driver, found.edition),
        (product, version, driver, edition),
        "{found:#?}"
    );
    let said = found.remark.as_deref().unwrap_or_default();
    assert_eq!(said.is_empty(), remark.is_none(), "{found:#?}");
    assert!(said.contains(remark.unwrap_or_default()), "{found:#?}");
    assert_eq!(found.is_kapacitor, product == "Kapacitor");
}

#[tokio::test]
async fn the_real_influxdb_1_is_detected_with_and_without_authentication() {
    let real = RealV1::new().await;
    for url in [real.url, env("TRIBUTARY_TEST_INFLUX_AUTH_URL").parse().unwrap()] {
        let found = detect(&url).await.unwrap();
        assert_eq!((found.product.as_str(), found.driver, found.edition), ("InfluxDB 1", Some("v1"), Some("oss")));
        assert!(found.version.unwrap().starts_with("1.6.7"));
    }
}

/// A server of this kind, changed.
fn script(kind: Kind, change: impl FnOnce(&mut Script)) -> Script {
    let mut script = Script::new(kind, &[PLACE]);
    change(&mut script);
    script
}

#[tokio::test]
async fn product_version_driver_and_edition_are_told_without_a_login() {
    let said = |version: &str, build: &str| {
        let (version, build) = (Some(version.to_owned()), Some(build.to_owned()));
        move |script: &mut Script| (script.version, script.build) = (version, build)
    };
    let asking = |script: &mut Script| {
        script.logins.insert("ann:hunter2".to_owned(), crate::servers::Rights::All);
    };
    let cases: Vec<(Script, Expected)> = vec![
        (script(Kind::V1, |_| {}), ("InfluxDB 1", Some("1.8.10"), Some("v1"), Some("oss"), None)),
        (script(Kind::V1, asking), ("InfluxDB 1", Some("1.8.10"), Some("v1"), Some("oss"), None)),
        (
            script(Kind::V1, |script| {
                asking(script);
                script.asks_on_ping = true;
            }),
            ("InfluxDB 1", Some("1.8.10"), Some("v1"), Some("oss"), Some("login")),
        ),
        (
            script(Kind::V1, said("1.8.3-c1.8.3", "ENT")),
            ("InfluxDB 1 Enterprise", Some("1.8.3-c1.8.3"), Some("v1"), Some("enterprise"), None),
        ),
        (script(Kind::V1, |script| script.is_relay = true), ("InfluxDB 1 Relay", Some("relay"), Some("v1"), Some("relay"), None)),
        (script(Kind::V2, |_| {}), ("InfluxDB 2", Some("2.7.12"), Some("v2"), None, None)),
        (script(Kind::V2, |script| script.hides_version = true), ("InfluxDB 2", Some("2.7.12"), Some("v2"), None, None)),
        (script(Kind::V1, |script| script.hides_version = true), ("InfluxDB 1", Some("1.8.10"), Some("v1"), Some("oss"), None)),
        (
            script(Kind::V2, |script| (script.is_cloud, script.hides_health) = (true, true)),
            ("an InfluxDB that does not tell its version", None, None, None, Some("by hand")),
        ),
        (script(Kind::V3, |script| script.logins.clear()), ("InfluxDB 3 Core", Some("3.10.1"), Some("v3"), Some("core"), None)),
        (
            script(Kind::V3, |script| {
                script.logins.clear();
                said("3.2.0", "Enterprise")(script);
            }),
            ("InfluxDB 3 Enterprise", Some("3.2.0"), Some("v3"), Some("enterprise"), None),
        ),
        (script(Kind::V3, |_| {}), ("InfluxDB 3", None, Some("v3"), None, Some("login"))),
        (script(Kind::V3, |script| script.is_silent = true), ("InfluxDB 3", None, Some("v3"), None, Some("login"))),
        (script(Kind::Kapacitor, |_| {}), ("Kapacitor", Some("1.5.3"), None, None, None)),
        (
            script(Kind::Kapacitor, |script| {
                asking(script);
                said("v1.7.5", "")(script);
            }),
            ("Kapacitor", Some("1.7.5"), None, None, None),
        ),
    ];
    for (script, expected) in cases {
        let played = Played::start(script).await;
        assert_is(&detect(played.server.url()).await.unwrap(), expected);
        played.server.with(|script| {
            assert!(script.seen.iter().all(|seen| seen.method == "GET" && !seen.headers.contains_key("authorization")));
        });
    }
}

#[tokio::test]
async fn a_sub_path_is_kept_while_detecting() {
    for kind in [Kind::V1, Kind::Kapacitor] {
        let mut script = Script::new(kind, &[PLACE]);
        script.below = "/monitoring/db".to_owned();
        let played = Played::start(script).await;
        let found = detect(&played.server.url().join("monitoring/db/").unwrap()).await.unwrap();
        assert_eq!(found.is_kapacitor, kind == Kind::Kapacitor);
        let failure = detect(played.server.url()).await.unwrap_err();
        assert_eq!(failure.code(), Code::ProductUnknown);
    }
}

#[tokio::test]
async fn what_is_no_influxdb_and_no_kapacitor_is_told_by_its_code() {
    for (reply, code) in [
        (Reply::new(200, "<html>Grafana</html>"), Code::ProductUnknown),
        (Reply::new(302, "").header("Location", "https://login.example.org/"), Code::HttpRedirect),
        (Reply::new(502, "<html>Bad Gateway</html>"), Code::HttpServerError),
        (Reply::new(400, "Client sent an HTTP request to an HTTPS server.\n"), Code::HttpNeedsTls),
    ] {
        let played = Played::start(script(Kind::V1, |script| script.instead = Some(reply))).await;
        assert_eq!(detect(played.server.url()).await.unwrap_err().code(), code);
    }
    for url in ["http://169.254.169.254/", "http://u:hunter2@localhost/", "http://localhost/?token=hunter2"] {
        let failure = detect(&Url::parse(url).unwrap()).await.unwrap_err();
        assert_eq!(failure.kind, model::FailureKind::InfluxUrl, "{url}");
        assert!(!failure.chain().contains("hunter2"));
    }
}
