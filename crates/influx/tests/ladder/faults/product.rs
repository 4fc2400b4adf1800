//! Who answers.

use model::{Code, Target, V3Edition};

use crate::{
    canned::{Canned, page},
    fault::{Fault, Kind::*, fails, warns},
    kapacitor, real,
    servers::{Kind, Reply, Script, Scripted},
    stage::{PLACE, Scene},
};

/// A web server that answers everything alike, taken for an InfluxDB 1.
async fn answering(reply: Reply) -> Scene {
    let server = Canned::always(reply).await;
    let scene = Scene::v1(server.url());
    server.judging(scene)
}

async fn played(kind: Kind) -> Scripted {
    Scripted::start(Script::new(kind, &[PLACE])).await
}

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = strangers();
    faults.extend(relatives());
    faults
}

/// No InfluxDB, or no Kapacitor.
fn strangers() -> Vec<Fault> {
    vec![
        fails("a_proxy_that_answers_with_a_page", V1, "product", Code::ProductUnknown, "url")
            .when(async || answering(page(200, "Welcome")).await),
        fails("a_web_server_that_is_something_else", V1, "product", Code::ProductUnknown, "url")
            .when(async || answering(page(404, "404 Not Found")).await),
        fails("a_proxy_that_asks_for_a_login_of_its_own", V1, "product", Code::ProductUnknown, "url")
            .when(async || answering(page(401, "401 Authorization Required").header("www-authenticate", "Basic realm=\"proxy\"")).await),
        fails("a_program_that_answers_everything_in_json", V2, "product", Code::ProductUnknown, "url").when(async || {
            let server = Canned::always(crate::canned::json(200, r#"{"status":"ok"}"#)).await;
            let scene = Scene::v2(server.url());
            server.judging(scene)
        }),
        fails("a_kapacitor_at_a_v1_connection", V1, "product", Code::ProductKapacitor, "url").when(async || {
            let server = kapacitor::start(kapacitor::Script::new("1.5.3")).await;
            let scene = Scene::v1(server.url()).says("Kapacitor").says("8086");
            server.judging(scene)
        }),
        fails("a_kapacitor_at_a_v3_connection", V3, "product", Code::ProductKapacitor, "url").when(async || {
            let server = kapacitor::start(kapacitor::Script::new("1.7.2")).await;
            let scene = Scene::v3(server.url());
            server.judging(scene)
        }),
        fails("an_influxdb_1_at_a_kapacitor", Kapacitor, "product", Code::ProductInflux, "url").when(async || {
            let real = real::open().await;
            real.watched(Scene::kapacitor(&real.url, None).says("9092")).await
        }),
        fails("an_influxdb_2_at_a_kapacitor", Kapacitor, "product", Code::ProductInflux, "url").when(async || {
            let server = played(Kind::V2).await;
            Scene::kapacitor(server.url(), None).on(server)
        }),
        fails("an_influxdb_3_at_a_kapacitor", Kapacitor, "product", Code::ProductInflux, "url").when(async || {
            let server = played(Kind::V3).await;
            Scene::kapacitor(server.url(), None).on(server)
        }),
        fails("a_web_server_at_a_kapacitor", Kapacitor, "product", Code::ProductNotKapacitor, "url").when(async || {
            let server = Canned::always(page(404, "404 Not Found")).await;
            let scene = Scene::kapacitor(server.url(), None);
            server.judging(scene)
        }),
    ]
}

/// An InfluxDB, but another, or one that hides.
fn relatives() -> Vec<Fault> {
    vec![
        fails("an_influxdb_1_at_a_v2_connection", V2, "product", Code::ProductOther, "driver").when(async || {
            let real = real::open().await;
            real.watched(Scene::v2(&real.url).says("v1")).await
        }),
        fails("an_influxdb_1_at_a_v3_connection", V3, "product", Code::ProductOther, "driver").when(async || {
            let real = real::open().await;
            real.watched(Scene::v3(&real.url).says("v1")).await
        }),
        fails("an_influxdb_2_at_a_v1_connection", V1, "product", Code::ProductOther, "driver").when(async || {
            let server = played(Kind::V2).await;
            Scene::v1(server.url()).says("v2").on(server)
        }),
        fails("an_influxdb_2_at_a_v3_connection", V3, "product", Code::ProductOther, "driver").when(async || {
            let server = played(Kind::V2).await;
            Scene::v3(server.url()).says("v2").on(server)
        }),
        fails("an_influxdb_3_at_a_v1_connection", V1, "product", Code::ProductOther, "driver").when(async || {
            let server = played(Kind::V3).await;
            Scene::v1(server.url()).says("v3").on(server)
        }),
        fails("an_influxdb_3_at_a_v2_connection", V2, "product", Code::ProductOther, "driver").when(async || {
            let server = played(Kind::V3).await;
            Scene::v2(server.url()).says("v3").on(server)
        }),
        fails("an_influxdb_3_core_taken_for_a_cloud", V3, "product", Code::ProductOther, "edition").when(async || {
            let server = played(Kind::V3).await;
            let scene = Scene::v3(server.url()).with(|access| {
                if let Target::V3 { edition, .. } = &mut access.connection.target {
                    *edition = V3Edition::CloudServerless;
                }
            });
            scene.says("core").on(server)
        }),
        warns("a_proxy_that_takes_the_version_away", V1, "product", Code::ProductHidden).when(async || {
            let server = Canned::start(|seen| match (seen.method.as_str(), seen.path.as_str()) {
                ("GET", "/query") => crate::canned::json(
                    200,
                    r#"{"results":[{"statement_id":0,"series":[{"name":"databases","columns":["name"],"values":[["orders"]]}]}]}"#,
                ),
                ("GET", "/ping") | ("POST", "/write") => Reply::new(204, ""),
                _ => Reply::new(404, "404 page not found\n"),
            })
            .await;
            let scene = Scene::v1(server.url());
            server.judging(scene)
        }),
    ]
}
