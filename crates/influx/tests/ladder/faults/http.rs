//! What is spoken where HTTP should be, and what stands in front of a server.

use std::time::Duration;

use model::Code;

use crate::{
    broken::{Broken, Manner},
    canned::{Canned, page},
    certificates::{Guarded, Identity},
    fault::{Fault, Kind::*, fails},
    servers::{Kind, Reply, Script, Scripted},
    stage::{PLACE, Scene},
};

/// A server that misbehaves in this manner, taken for an InfluxDB 1.
async fn at(manner: Manner) -> Scene {
    let server = Broken::start(manner).await;
    let received = server.received();
    Scene::v1(&server.url("http")).patient_ms(800).keeping(server).proven(async move { Broken::was_only_asked(&received) })
}

/// A web server that answers everything alike, taken for an InfluxDB 1.
async fn answering(reply: Reply) -> Scene {
    let server = Canned::always(reply).await;
    let scene = Scene::v1(server.url());
    server.judging(scene)
}

const NGINX: &str = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n\
    <center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n\
    <hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = foreign();
    faults.extend(halting());
    faults.extend(proxies());
    faults
}

fn foreign() -> Vec<Fault> {
    vec![
        fails("an_https_server_at_an_http_url_that_says_so", V1, "http", Code::HttpNeedsTls, "url").when(async || {
            let says = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
            at(Manner::Says(says)).await.says("https instead of http")
        }),
        fails("a_kapacitor_under_https_at_an_http_url", Kapacitor, "http", Code::HttpNeedsTls, "url").when(async || {
            let says = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
            let server = Broken::start(Manner::Says(says)).await;
            Scene::kapacitor(&server.url("http"), None).keeping(server)
        }),
        fails("an_https_server_at_an_http_url_that_sends_an_alert", V1, "http", Code::HttpNeedsTls, "url").when(async || {
            let server = Scripted::start(Script::new(Kind::V1, &[PLACE])).await;
            let tls = Guarded::start(&Identity::self_signed(&["localhost"]), None, server.url()).await;
            Scene::v1(&tls.url("http")).keeping(tls).on(server)
        }),
        fails("a_proxy_under_https_at_an_http_url", V2, "http", Code::HttpNeedsTls, "url").when(async || {
            let server = Canned::always(Reply::new(400, NGINX).header("server", "nginx/1.22.1").header("content-type", "text/html")).await;
            let scene = Scene::v2(server.url());
            server.judging(scene)
        }),
        fails("an_ssh_server", V1, "http", Code::HttpForeign, "url")
            .when(async || at(Manner::Greets(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")).await),
        fails("a_mail_server", V2, "http", Code::HttpForeign, "url").when(async || {
            let server = Broken::start(Manner::Greets(b"220 mail.example.org ESMTP Postfix\r\n")).await;
            Scene::v2(&server.url("http")).patient_ms(800).keeping(server)
        }),
        fails("a_redis_server", V1, "http", Code::HttpForeign, "url")
            .when(async || at(Manner::Says(b"-ERR wrong number of arguments for 'get' command\r\n")).await),
    ]
}

/// Servers that come to no end.
fn halting() -> Vec<Fault> {
    const LINE: &[u8] = b"HTTP/1.1 200 OK\r\nServer: slow\r\nContent-Length: 1000000\r\n\r\n";
    vec![
        fails("a_server_that_accepts_and_closes", V1, "http", Code::HttpBroken, "url").when(async || at(Manner::Closes).await),
        fails("a_server_that_resets_the_connection", V1, "http", Code::HttpBroken, "url").when(async || at(Manner::Resets).await),
        fails("an_answer_that_breaks_off", V1, "http", Code::HttpBroken, "url")
            .when(async || at(Manner::Says(b"HTTP/1.1 204 No Content\r\nX-Influxdb-Ver")).await),
        fails("a_body_that_breaks_off", V3, "http", Code::HttpBroken, "url").when(async || {
            let says = b"HTTP/1.1 200 OK\r\nX-Influxdb-Version: 3.10.1\r\nContent-Length: 500\r\n\r\n{\"version\":";
            let server = Broken::start(Manner::Says(says)).await;
            Scene::v3(&server.url("http")).keeping(server)
        }),
        fails("a_server_that_accepts_and_never_answers", V1, "http", Code::HttpTimeout, "url").when(async || at(Manner::Silent).await),
        fails("a_server_that_never_answers_and_thirty_seconds_of_patience", V1, "http", Code::HttpTimeout, "url")
            .within_ms(15_000)
            .when(async || at(Manner::Silent).await.patient_ms(30_000)),
        fails("a_kapacitor_that_never_answers", Kapacitor, "http", Code::HttpTimeout, "url").when(async || {
            let server = Broken::start(Manner::Silent).await;
            Scene::kapacitor(&server.url("http"), None).patient_ms(800).keeping(server)
        }),
        fails("an_answer_of_one_byte_per_second", V1, "http", Code::HttpTimeout, "url")
            .within_ms(6_000)
            .when(async || at(Manner::Drips(LINE, Duration::from_secs(1))).await.patient_ms(2_500)),
        fails("a_body_of_one_byte_per_moment", V1, "http", Code::HttpTimeout, "url")
            .within_ms(6_000)
            .when(async || at(Manner::Drips(LINE, Duration::from_millis(5))).await.patient_ms(2_000)),
        fails("headers_without_end", V1, "http", Code::HttpBroken, "url")
            .when(async || at(Manner::Floods(b"HTTP/1.1 200 OK\r\n", b"X-Endless: yes\r\n")).await.patient_ms(3_000)),
        fails("a_body_without_end", V1, "product", Code::ProductUnknown, "url").when(async || {
            at(Manner::Floods(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"<p>and so on</p>")).await.patient_ms(3_000)
        }),
    ]
}

/// What stands in front of a server and answers in its place.
fn proxies() -> Vec<Fault> {
    vec![
        fails("a_login_page_that_redirects", V1, "http", Code::HttpRedirect, "url").when(async || {
            let page = Canned::always(page(200, "Sign in")).await;
            let reply = Reply::new(302, "").header("location", format!("{}login?next=hunter2", page.url()));
            page.untouched(answering(reply).await.says("login").hides("hunter2"))
        }),
        fails("a_server_that_redirects_to_https", V2, "http", Code::HttpRedirect, "url").when(async || {
            let server = Canned::always(Reply::new(301, "").header("location", "https://influx.example.org/ping")).await;
            let scene = Scene::v2(server.url()).says("https://influx.example.org");
            server.judging(scene)
        }),
        fails("a_proxy_whose_server_is_away", V1, "http", Code::HttpServerError, "url")
            .when(async || answering(page(502, "502 Bad Gateway")).await.says("502")),
        fails("a_proxy_whose_server_takes_too_long", V3, "http", Code::HttpServerError, "url").when(async || {
            let server = Canned::always(page(504, "504 Gateway Time-out")).await;
            let scene = Scene::v3(server.url()).says("504");
            server.judging(scene)
        }),
        fails("a_kapacitor_behind_a_proxy_without_it", Kapacitor, "http", Code::HttpServerError, "url").when(async || {
            let server = Canned::always(page(503, "503 Service Unavailable")).await;
            let scene = Scene::kapacitor(server.url(), None);
            server.judging(scene)
        }),
    ]
}
