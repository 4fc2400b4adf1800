//! InfluxDB 3 comes in editions that are written to in two ways.

use model::{Code, FailureKind, Target, V3Edition, edges::ConnectionAccess};
use url::Url;

use crate::{
    ground::{Ground, PLACE, Played, batch, check, expect, expected, good, said, to, warned, write},
    servers::{Kind, Rights, Script},
};

const LIKE_V2: [V3Edition; 3] = [V3Edition::Clustered, V3Edition::CloudDedicated, V3Edition::CloudServerless];

fn at(url: &Url, edition: V3Edition, database: &str, token: Option<&str>) -> ConnectionAccess {
    let mut target = Target::v3(url.clone(), database);
    let Target::V3 { edition: of_target, .. } = &mut target else { unreachable!() };
    *of_target = edition;
    to(target, token)
}

/// A cloud: the words of an InfluxDB 2, without a version.
async fn cloud() -> Played {
    let mut script = Script::new(Kind::V2, &[PLACE, "kitchen"]).login("reader", Rights::ReadOnly).login("inactive", Rights::Inactive);
    script.is_cloud = true;
    Played::start(script).await
}

#[tokio::test]
async fn clouds_and_clusters_are_checked_and_written_to_as_an_influxdb_2_is() {
    for edition in LIKE_V2 {
        let cloud = cloud().await;
        let access = at(cloud.server.url(), edition, PLACE, Some("secret"));
        assert_eq!(warned(&check(&access).await), ("product", Code::ProductHidden), "{edition:?}");
        let lines = ["m,t=a f=0 1795000000000000000", "m,t=a f=", "m,t=a f=2 1795000000000000002"];
        let (written, _) = write(&access, &batch(&lines)).await.unwrap();
        assert_eq!((written.points, written.rejects[0].row), (2, 2), "{edition:?}");
        assert_eq!(cloud.values().await, expected(3, &[1]), "{edition:?}");
        cloud.server.with(|script| {
            for seen in script.seen.iter().filter(|seen| seen.path != "/ping") {
                let query: Vec<_> = seen.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                assert_eq!((seen.path.as_str(), query.as_slice()), ("/api/v2/write", &[("bucket", PLACE), ("precision", "ns")][..]));
                assert_eq!(seen.headers["authorization"], "Bearer secret");
            }
        });
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_cloud_is_named() {
    let cloud = cloud().await;
    let at = |database: &str, token: Option<&str>| at(cloud.server.url(), V3Edition::CloudServerless, database, token);
    expect(vec![
        (at(PLACE, None), "authentication", Code::LoginMissing, "token"),
        (at(PLACE, Some("hunter2")), "authentication", Code::LoginWrong, "token"),
        (at(PLACE, Some("inactive")), "authentication", Code::LoginForbidden, "token"),
        (at("absent", Some("secret")), "database", Code::DatabaseMissing, "database"),
        (at(PLACE, Some("reader")), "write", Code::WriteForbidden, "token"),
    ])
    .await;
    let told = said(&check(&at("absent", Some("secret"))).await);
    assert!(told.ends_with("choose one of: kitchen, shop"), "{told}");
    assert_eq!(cloud.server.with(|script| script.places.len()), 2);
}

#[tokio::test]
async fn a_server_that_would_create_the_database_is_never_taken_for_a_cloud() {
    for build in ["Core", "Enterprise"] {
        let mut script = Script::new(Kind::V3, &[PLACE]);
        script.build = Some(build.to_owned());
        let played = Played::start(script).await;
        for edition in LIKE_V2 {
            let access = at(played.server.url(), edition, "absent", Some("secret"));
            expect(vec![(access.clone(), "product", Code::ProductOther, "edition")]).await;
            let told = said(&check(&access).await);
            assert!(told.contains(&format!("InfluxDB 3 {build}")) && told.contains(&build.to_lowercase()), "{told}");
            let failure = write(&access, &batch(&good(3))).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::InfluxProduct, "{edition:?}");
        }
        assert_eq!(played.server.writes(), 0);
        assert_eq!(played.server.with(|script| script.places.len()), 1);
    }
}

#[tokio::test]
async fn core_and_enterprise_are_written_to_in_the_same_way() {
    for edition in [V3Edition::Core, V3Edition::Enterprise] {
        let played = Played::start(Script::new(Kind::V3, &[PLACE])).await;
        write(&at(played.server.url(), edition, PLACE, Some("secret")), &batch(&good(3))).await.unwrap();
        assert_eq!(played.values().await, expected(3, &[]), "{edition:?}");
        assert!(played.server.with(|script| script.seen.iter().any(|seen| seen.path == "/api/v3/write_lp")));
    }
}

#[tokio::test]
async fn a_v2_connection_creates_nothing_on_an_influxdb_3() {
    let mut script = Script::new(Kind::V3, &["other"]);
    script.logins.clear();
    let played = Played::start(script).await;
    let access = crate::ground::at(Kind::V2, played.server.url());
    let failure = write(&access, &batch(&good(3))).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InfluxProduct);
    assert!(failure.chain().contains("driver v3"), "{}", failure.chain());
    assert_eq!(played.server.with(|script| script.places.keys().cloned().collect::<Vec<_>>()), ["other"]);
}
