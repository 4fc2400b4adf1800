//! Who asks: each kind of login that a server does not take.

use model::{Code, SecretField, Target};

use crate::{
    canned::{Canned, json},
    fault::{Fault, Kind::*, fails, warns},
    real::{self, Own, password},
    servers::{Kind, Reply, Rights, Script, Scripted},
    stage::{ORGANIZATION, PLACE, Scene, WRONG},
};

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = v1();
    faults.extend(signed());
    faults.extend(v2());
    faults.extend(v3());
    faults
}

/// The real InfluxDB 1.6.7 with authentication on.
fn v1() -> Vec<Fault> {
    vec![
        fails("no_login_where_one_is_asked_for", V1, "authentication", Code::LoginMissing, "username")
            .when(async || real::guarded().await.scene(None, None).await),
        fails("a_user_that_nobody_knows", V1, "authentication", Code::LoginWrong, "password")
            .when(async || real::guarded().await.scene(Some("mallory"), Some(WRONG)).await),
        fails("a_wrong_password", V1, "authentication", Code::LoginWrong, "password").when(async || {
            let real = real::guarded().await;
            real.scene(Some(&real.user("writer")), Some(WRONG)).await
        }),
        fails("a_user_without_a_password", V1, "authentication", Code::LoginWrong, "password").when(async || {
            let real = real::guarded().await;
            real.scene(Some(&real.user("writer")), None).await
        }),
        fails("a_password_with_a_line_break", V1, "authentication", Code::LoginUnsendable, "password").when(async || {
            let real = real::guarded().await;
            real.scene(Some(&real.user("writer")), Some("canary-two\nlines")).await.hides("canary-two")
        }),
        fails("authentication_without_an_administrator", V1, "authentication", Code::LoginNoAdministrator, "username").when(async || {
            let own = Own::start_without_administrator(PLACE).await;
            let mut target = Target::v1(own.url.clone(), PLACE);
            if let Target::V1 { username, .. } = &mut target {
                *username = Some("anyone".to_owned());
            }
            Scene::connection(target, Some(WRONG)).says("CREATE USER").keeping(own)
        }),
        warns("a_login_that_nobody_asks_for", V1, "authentication", Code::LoginUnused).when(async || {
            let real = real::open().await;
            real.scene(Some("anyone"), Some(WRONG)).await
        }),
    ]
}

/// Logins by a token signed with a secret that the server shares.
fn signed() -> Vec<Fault> {
    vec![
        fails("another_shared_secret_than_the_servers", V1, "authentication", Code::LoginSharedSecret, "shared_secret").when(async || {
            let own = Own::start(Some("canary-shared-71aa")).await;
            own.administered("canary-admin-02d9", PLACE).await;
            signing(&own, WRONG).keeping(own)
        }),
        fails("a_shared_secret_where_the_server_has_none", V1, "authentication", Code::LoginSharedSecret, "shared_secret").when(
            async || {
                let own = Own::start(None).await;
                own.administered("canary-admin-02d9", PLACE).await;
                signing(&own, WRONG).keeping(own)
            },
        ),
    ]
}

/// A connection of the administrator that signs with this secret.
pub(super) fn signing(own: &Own, secret: &str) -> Scene {
    let target = Target::V1 {
        url: own.url.clone(),
        database: PLACE.to_owned(),
        username: Some("admin".to_owned()),
        retention_policy: None,
        edition: Default::default(),
        meta_url: None,
    };
    Scene::connection(target, None).secret(SecretField::SharedSecret, secret)
}

fn v2() -> Vec<Fault> {
    async fn at(token: Option<&str>) -> Scene {
        let server = Scripted::start(Script::new(Kind::V2, &[PLACE]).login("canary-reader-5b", Rights::ReadOnly)).await;
        let target = Target::V2 { url: server.url().clone(), organization: ORGANIZATION.to_owned(), bucket: PLACE.to_owned() };
        Scene::connection(target, token).on(server)
    }
    vec![
        fails("no_token_for_an_influxdb_2", V2, "authentication", Code::LoginMissing, "token").when(async || at(None).await),
        fails("a_wrong_token_for_an_influxdb_2", V2, "authentication", Code::LoginWrong, "token").when(async || at(Some(WRONG)).await),
        fails("a_token_with_a_line_break", V2, "authentication", Code::LoginUnsendable, "token")
            .when(async || at(Some("canary-two\nlines")).await.hides("canary-two")),
        fails("an_inactive_user", V2, "authentication", Code::LoginForbidden, "token").when(async || {
            let server = Canned::start(|seen| {
                let reply = match seen.path.as_str() {
                    "/ping" => Reply::new(204, ""),
                    _ => json(403, r#"{"code":"forbidden","message":"User is inactive"}"#).header("X-Platform-Error-Code", "forbidden"),
                };
                reply.header("X-Influxdb-Version", "v2.7.12").header("X-Influxdb-Build", "OSS")
            })
            .await;
            let scene = Scene::v2(server.url());
            server.judging(scene)
        }),
        fails("a_token_that_may_only_read_from_an_influxdb_2", V2, "write", Code::WriteForbidden, "token")
            .when(async || at(Some("canary-reader-5b")).await),
    ]
}

fn v3() -> Vec<Fault> {
    async fn at(token: Option<&str>) -> Scene {
        let server = Scripted::start(Script::new(Kind::V3, &[PLACE]).login("canary-reader-5b", Rights::ReadOnly)).await;
        Scene::connection(Target::v3(server.url().clone(), PLACE), token).on(server)
    }
    /// 3.0 answers 401 to everything, with nothing else.
    async fn silent(token: Option<&str>) -> Scene {
        let server = Canned::always(Reply::new(401, "")).await;
        let scene = Scene::connection(Target::v3(server.url().clone(), PLACE), token);
        server.judging(scene)
    }
    vec![
        fails("no_token_for_an_influxdb_3", V3, "authentication", Code::LoginMissing, "token").when(async || at(None).await),
        fails("a_wrong_token_for_an_influxdb_3", V3, "authentication", Code::LoginWrong, "token").when(async || at(Some(WRONG)).await),
        fails("no_token_for_an_influxdb_3_0_that_says_nothing", V3, "authentication", Code::LoginMissing, "token")
            .when(async || silent(None).await),
        fails("a_wrong_token_for_an_influxdb_3_0_that_says_nothing", V3, "authentication", Code::LoginWrong, "token")
            .when(async || silent(Some(WRONG)).await),
        fails("a_token_without_the_right_to_the_database", V3, "database", Code::DatabaseForbidden, "token").when(async || {
            let server = Canned::start(|seen| {
                let reply = match seen.path.as_str() {
                    "/ping" => {
                        json(200, r#"{"product_name":"InfluxDB 3 Enterprise","version":"3.10.1","revision":"0d1a4b2","process_id":"5f"}"#)
                    }
                    _ => json(403, r#"{"error": "unauthorized to perform requested action with the token"}"#),
                };
                reply.header("X-Influxdb-Version", "3.10.1").header("X-Influxdb-Build", "Enterprise")
            })
            .await;
            let scene = Scene::v3(server.url());
            let seen = server.seen();
            server.judging(scene).proven(async move {
                let wrote = seen.lock().unwrap().iter().any(|seen| seen.method == "POST" && seen.path.contains("write"));
                if wrote { Err("a write may create the database and was tried".to_owned()) } else { Ok(()) }
            })
        }),
        fails("a_token_that_may_only_read_from_an_influxdb_3", V3, "write", Code::WriteForbidden, "token")
            .when(async || at(Some("canary-reader-5b")).await),
    ]
}

/// What the real server's users may do.
pub(super) fn grants() -> Vec<Fault> {
    vec![
        fails("a_user_without_any_grant", V1, "database", Code::DatabaseForbidden, "username").when(async || {
            let real = real::guarded().await;
            real.scene(Some(&real.user("nobody")), Some(&password("nobody"))).await.says("GRANT")
        }),
        fails("a_user_that_may_only_read", V1, "write", Code::WriteForbidden, "username").when(async || {
            let real = real::guarded().await;
            real.scene(Some(&real.user("reader")), Some(&password("reader"))).await.says(&real.database)
        }),
    ]
}
