//! Where the points would go, and whether they would be taken.

use model::{Code, Target};

use crate::{
    canned::{Canned, json},
    fault::{Fault, Kind::*, fails},
    real::{self, password},
    servers::{Kind, Reply, Script, Scripted},
    stage::{ORGANIZATION, PLACE, Scene, TOKEN},
};

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = missing();
    faults.extend(super::login::grants());
    faults.extend(refused());
    faults
}

fn missing() -> Vec<Fault> {
    async fn v2(organization: &str, bucket: &str) -> Scene {
        let server = Scripted::start(Script::new(Kind::V2, &[PLACE])).await;
        let (organization, bucket) = (organization.to_owned(), bucket.to_owned());
        Scene::connection(Target::V2 { url: server.url().clone(), organization, bucket }, Some(TOKEN)).on(server)
    }
    vec![
        fails("a_missing_database", V1, "database", Code::DatabaseMissing, "database").when(async || {
            let real = real::guarded().await;
            let writer = real.user("writer");
            let scene = Scene::connection(real.target(&real.absent(), Some(&writer), None), Some(&password("writer")));
            // Of those that are named, the one that this user may see.
            real.watched(scene.says(real.absent()).says(format!(": {}", real.database))).await
        }),
        fails("a_missing_retention_policy", V1, "database", Code::RetentionPolicyMissing, "retention_policy").when(async || {
            let real = real::guarded().await;
            let writer = real.user("writer");
            let scene = Scene::connection(real.target(&real.database, Some(&writer), Some("a_year")), Some(&password("writer")));
            real.watched(scene.says("a_year")).await
        }),
        fails("a_missing_organization", V2, "database", Code::OrganizationMissing, "organization")
            .when(async || v2("elsewhere", PLACE).await.says("elsewhere")),
        fails("a_missing_bucket", V2, "database", Code::BucketMissing, "bucket")
            .when(async || v2(ORGANIZATION, "absent").await.says("absent")),
        fails("a_missing_database_that_a_write_would_create", V3, "database", Code::DatabaseMissing, "database").when(async || {
            let server = Scripted::start(Script::new(Kind::V3, &[PLACE])).await;
            Scene::connection(Target::v3(server.url().clone(), "absent"), Some(TOKEN)).says("absent").says(PLACE).on(server)
        }),
    ]
}

fn refused() -> Vec<Fault> {
    /// An InfluxDB 2 that answers the trial so.
    async fn v2(reply: Reply) -> Scene {
        let server = Canned::start(move |seen| {
            let reply = if seen.path == "/ping" { Reply::new(204, "") } else { reply.clone() };
            reply.header("X-Influxdb-Version", "v2.7.12").header("X-Influxdb-Build", "OSS")
        })
        .await;
        let scene = Scene::v2(server.url());
        server.judging(scene)
    }
    vec![
        fails("an_influxdb_2_that_asks_to_wait", V2, "write", Code::WriteBusy, "url").when(async || {
            v2(json(503, r#"{"code":"unavailable","message":"the service is overloaded"}"#).header("retry-after", "30")).await
        }),
        fails("an_influxdb_1_that_throttles_writes", V1, "write", Code::WriteBusy, "url").when(async || {
            let server = Canned::start(|seen| {
                let reply = match seen.path.as_str() {
                    "/ping" => Reply::new(204, ""),
                    "/query" => json(
                        200,
                        r#"{"results":[{"statement_id":0,"series":[{"name":"databases","columns":["name"],"values":[["orders"]]}]}]}"#,
                    ),
                    _ => Reply::new(503, "request throttled, queue full\n"),
                };
                reply.header("X-Influxdb-Version", "1.8.10").header("X-Influxdb-Build", "OSS")
            })
            .await;
            let scene = Scene::v1(server.url()).says("throttled");
            server.judging(scene)
        }),
        fails("an_influxdb_2_that_answers_the_trial_with_nonsense", V2, "write", Code::WriteFailed, "url")
            .when(async || v2(Reply::new(418, "I am a teapot")).await.says("418")),
    ]
}
