//! Nothing is wrong: the whole ladder is green, and still nothing is written.

use model::{Connection, SecretField, Target, V3Edition, edges::ConnectionAccess};
use secrecy::SecretString;

use crate::{
    canned::{Canned, json},
    certificates::{Authority, Guarded, Identity, Valid},
    fault::{Fault, Kind::*, passes},
    kapacitor,
    real::{self, Own, password},
    servers::{Kind, Reply, Rights, Script, Scripted},
    stage::{ORGANIZATION, PLACE, Scene},
};

pub(crate) fn ladders() -> Vec<Fault> {
    let mut ladders = v1();
    ladders.extend(tls());
    ladders.extend(others());
    ladders.extend(kapacitors());
    ladders
}

fn v1() -> Vec<Fault> {
    vec![
        passes("the_real_influxdb_1_without_authentication", V1)
            .when(async || real::open().await.scene(None, None).await.tells("version", "1.6.7").tells("address", "127.0.0.1")),
        passes("the_real_influxdb_1_and_its_administrator", V1).when(async || {
            let user = std::env::var("TRIBUTARY_TEST_INFLUX_AUTH_USER").unwrap();
            let password = std::env::var("TRIBUTARY_TEST_INFLUX_AUTH_PASSWORD").unwrap();
            real::guarded().await.scene(Some(&user), Some(&password)).await
        }),
        passes("the_real_influxdb_1_and_a_user_that_may_only_write", V1).when(async || {
            let real = real::guarded().await;
            real.scene(Some(&real.user("writer")), Some(&password("writer"))).await
        }),
        passes("the_real_influxdb_1_and_a_retention_policy_by_name", V1).when(async || {
            let real = real::guarded().await;
            let target = real.target(&real.database, Some(&real.user("writer")), Some("autogen"));
            real.watched(Scene::connection(target, Some(&password("writer")))).await
        }),
        passes("the_real_influxdb_1_and_a_token_signed_with_the_shared_secret", V1).when(async || {
            let own = Own::start(Some("canary-shared-71aa")).await;
            own.administered("canary-admin-02d9", PLACE).await;
            super::login::signing(&own, "canary-shared-71aa").keeping(own)
        }),
    ]
}

fn tls() -> Vec<Fault> {
    const HERE: &[&str] = &["localhost"];
    async fn guarded(shown: Identity, clients: Option<&Authority>, change: impl FnOnce(&mut ConnectionAccess)) -> Scene {
        let server = Scripted::start(Script::new(Kind::V1, &[PLACE])).await;
        let tls = Guarded::start(&shown, clients, server.url()).await;
        Scene::v1(&tls.url("https")).with(change).tells("sha256", tls.sha256()).keeping(tls).on(server)
    }
    vec![
        passes("an_own_ca_that_signed", V1).when(async || {
            let authority = Authority::shared();
            guarded(authority.signs(HERE, Valid::Now), None, |access| access.connection.tls.ca_certificate = Some(authority.root_pem()))
                .await
                .tells("subject", "ladder test server")
                .tells("issuer", "Ladder intermediate")
        }),
        passes("a_self_signed_certificate_as_its_own_ca", V1).when(async || {
            let shown = Identity::self_signed(HERE);
            let pem = shown.pem();
            guarded(shown, None, |access| access.connection.tls.ca_certificate = Some(pem)).await
        }),
        passes("the_pinned_certificate_whatever_it_says", V1).when(async || {
            let shown = Authority::stranger().signs(&["influx.example.org"], Valid::Past);
            let pin = shown.sha256();
            guarded(shown, None, |access| access.connection.tls.pinned_sha256 = Some(pin)).await
        }),
        passes("a_client_certificate_that_is_taken", V1).when(async || {
            let authority = Authority::shared();
            let scene = guarded(authority.signs(HERE, Valid::Now), Some(authority), |access| {
                access.connection.tls.ca_certificate = Some(authority.root_pem());
            });
            super::tls::showing(scene.await, authority)
        }),
    ]
}

fn others() -> Vec<Fault> {
    vec![
        passes("an_influxdb_2_and_a_token_that_may_only_write", V2).when(async || {
            let server = Scripted::start(Script::new(Kind::V2, &[PLACE]).login("canary-writer-7e", Rights::WriteOnly)).await;
            let target = Target::V2 { url: server.url().clone(), organization: ORGANIZATION.to_owned(), bucket: PLACE.to_owned() };
            Scene::connection(target, Some("canary-writer-7e")).on(server)
        }),
        passes("an_influxdb_2_0_that_wants_points", V2).when(async || {
            let server = Canned::start(|seen| {
                let reply = match seen.path.as_str() {
                    "/ping" => Reply::new(204, ""),
                    _ => json(400, r#"{"code":"invalid","message":"writing requires points"}"#),
                };
                reply.header("X-Influxdb-Version", "2.0.9").header("X-Influxdb-Build", "OSS")
            })
            .await;
            let scene = Scene::v2(server.url());
            server.judging(scene)
        }),
        passes("an_influxdb_3_core", V3).when(async || {
            let server = Scripted::start(Script::new(Kind::V3, &[PLACE])).await;
            Scene::v3(server.url()).tells("version", "3.10.1").on(server)
        }),
        passes("an_influxdb_3_enterprise_and_a_token_that_may_only_write", V3).when(async || {
            let server = Scripted::start(Script::new(Kind::V3, &[PLACE]).login("canary-writer-7e", Rights::WriteOnly)).await;
            let mut target = Target::v3(server.url().clone(), PLACE);
            if let Target::V3 { edition, .. } = &mut target {
                *edition = V3Edition::Enterprise;
            }
            Scene::connection(target, Some("canary-writer-7e")).on(server)
        }),
        passes("a_token_that_ends_in_a_line_break", V3).when(async || {
            let server = Scripted::start(Script::new(Kind::V3, &[PLACE]).login("canary-file-31", Rights::All)).await;
            let mut access = ConnectionAccess::new(Connection::new(Target::v3(server.url().clone(), PLACE)), None);
            access.secrets.insert(SecretField::Token, SecretString::from("canary-file-31\n"));
            Scene::v3(server.url()).with(|before| *before = access).on(server)
        }),
        passes("a_folder", File).when(async || {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().to_owned();
            Scene::folder(folder.path().to_str().unwrap()).keeping(folder).proven(async move {
                let left = std::fs::read_dir(path).unwrap().count();
                if left == 0 { Ok(()) } else { Err(format!("{left} files are left in the folder")) }
            })
        }),
    ]
}

fn kapacitors() -> Vec<Fault> {
    async fn at(script: kapacitor::Script, login: Option<(&str, &str)>) -> Scene {
        let server = kapacitor::start(script).await;
        let scene = Scene::kapacitor(server.url(), login);
        server.judging(scene)
    }
    vec![
        passes("a_kapacitor_1_5_that_asks_for_no_login", Kapacitor)
            .when(async || at(kapacitor::Script::new("1.5.3"), None).await.tells("version", "1.5.3")),
        passes("a_kapacitor_1_6_and_its_user", Kapacitor).when(async || {
            let script = kapacitor::Script { auth_enabled: true, ..kapacitor::Script::new("1.6.5") };
            at(script, Some(("scribe", "right-8c2e"))).await
        }),
    ]
}
