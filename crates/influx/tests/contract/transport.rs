//! What can go wrong before an InfluxDB reads a request.

use std::sync::Arc;

use model::{FailureKind, Policy, edges::ConnectionAccess};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use url::Url;

use crate::{
    ground::{Ground, PLACE, Played, at, batch, check, failed, good, write},
    servers::{Kind, Reply, Script},
};

const KINDS: [Kind; 3] = [Kind::V1, Kind::V2, Kind::V3];

/// The kind of a write's failure.
async fn refused(access: &ConnectionAccess) -> FailureKind {
    write(access, &batch(&good(3))).await.unwrap_err().kind
}

#[tokio::test]
async fn nothing_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    for kind in KINDS {
        let access = at(kind, &url);
        assert_eq!(refused(&access).await, FailureKind::InfluxUnreachable, "{kind:?}");
        let findings = check(&access).await;
        assert_eq!(failed(&findings), ("tcp", FailureKind::InfluxUnreachable, "url"), "{kind:?}");
        let advice = findings.last().unwrap().advice.clone().unwrap();
        assert!(advice.contains(&url.port().unwrap().to_string()) && advice.contains("container"), "{advice}");
    }
}

#[tokio::test]
async fn a_name_that_does_not_resolve_heals_with_time() {
    let access = at(Kind::V1, &"http://nowhere.invalid:8086".parse().unwrap());
    let failure = write(&access, &batch(&good(3))).await.unwrap_err();
    assert_eq!((failure.kind, failure.policy()), (FailureKind::InfluxDns, Policy::Retry), "{}", failure.chain());
}

#[tokio::test]
async fn the_server_speaks_no_tls() {
    for kind in KINDS {
        let played = Played::start(Script::new(kind, &[PLACE])).await;
        let url = played.server.url().as_str().replace("http:", "https:").parse().unwrap();
        let access = at(kind, &url);
        assert_eq!(refused(&access).await, FailureKind::InfluxTls, "{kind:?}");
        let findings = check(&access).await;
        assert_eq!(failed(&findings), ("tls", FailureKind::InfluxTls, "url"), "{kind:?}: {findings:#?}");
    }
}

#[tokio::test]
async fn the_server_speaks_only_tls() {
    let (server, url) = tls_server().await;
    for kind in KINDS {
        let access = at(kind, &url.as_str().replace("https:", "http:").parse().unwrap());
        assert_eq!(refused(&access).await, FailureKind::InfluxTls, "{kind:?}");
        let findings = check(&access).await;
        assert_eq!(failed(&findings), ("http", FailureKind::InfluxTls, "url"), "{kind:?}: {findings:#?}");
        assert!(findings.last().unwrap().detail.contains("https"), "{findings:#?}");
    }
    server.abort();
}

#[tokio::test]
async fn a_go_server_says_itself_that_it_speaks_only_tls() {
    let said = Reply::new(400, "Client sent an HTTP request to an HTTPS server.\n");
    let played = Played::start(Script::new(Kind::V1, &[PLACE]).next(said)).await;
    assert_eq!(refused(&played.access()).await, FailureKind::InfluxTls);
}

#[tokio::test]
async fn a_certificate_that_does_not_verify_is_refused_unless_any_will_do() {
    let (server, url) = tls_server().await;
    let mut access = at(Kind::V1, &url);
    assert_eq!(refused(&access).await, FailureKind::InfluxTls);
    assert_eq!(failed(&check(&access).await), ("tls", FailureKind::InfluxTls, "url"));
    access.connection.insecure_skip_verify = true;
    let (written, _) = write(&access, &batch(&good(3))).await.unwrap();
    assert_eq!(written.points, 3);
    server.abort();
}

#[tokio::test]
async fn a_server_that_does_not_answer_runs_into_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let silent = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    let mut access = at(Kind::V1, &url);
    access.connection.timeout_ms = 200;
    assert_eq!(refused(&access).await, FailureKind::InfluxTimeout);
    assert_eq!(failed(&check(&access).await), ("http", FailureKind::InfluxTimeout, "url"));
    silent.abort();
}

#[tokio::test]
async fn a_connection_that_breaks_heals_with_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let rude = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 16]).await;
        }
    });
    assert_eq!(refused(&at(Kind::V1, &url)).await, FailureKind::InfluxUnreachable);
    rude.abort();
}

#[tokio::test]
async fn a_redirect_is_named_and_not_followed() {
    let target = Played::start(Script::new(Kind::V1, &[PLACE])).await;
    let redirect = Reply::new(307, "").header("Location", format!("{}write?token=hunter2", target.server.url()));
    let played = Played::start(Script::new(Kind::V1, &[PLACE]).next(redirect)).await;
    let failure = write(&played.access(), &batch(&good(3))).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InfluxUnexpected);
    assert!(failure.chain().contains(target.server.url().as_str()) && !failure.chain().contains("hunter2"), "{}", failure.chain());
    assert_eq!(target.server.with(|script| script.seen.len()), 0);
}

#[tokio::test]
async fn secrets_travel_in_headers_and_the_path_of_a_reverse_proxy_is_kept() {
    for (kind, scheme) in [(Kind::V2, "Token secret"), (Kind::V3, "Bearer secret")] {
        let played = Played::start(Script::new(kind, &[PLACE])).await;
        write(&played.access(), &batch(&good(3))).await.unwrap();
        played.server.with(|script| {
            for seen in &script.seen {
                assert_eq!(seen.headers["authorization"], scheme);
                assert!(!format!("{} {:?}", seen.path, seen.query).contains("secret"));
            }
        });
        let below = played.server.url().join("proxy/influx/").unwrap();
        let _ = write(&at(kind, &below), &batch(&good(3))).await;
        let path = played.server.with(|script| script.seen.last().map(|seen| seen.path.clone())).unwrap();
        assert!(path.starts_with("/proxy/influx/api/"), "{path}");
    }
}

/// A server with a certificate that nobody signed, which stores whatever it is sent and answers 204 as an InfluxDB 1 does.
async fn tls_server() -> (JoinHandle<()>, Url) {
    influx::http::install_tls_provider();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port()).parse().unwrap();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = vec![0; 64 * 1024];
                while stream.read(&mut request).await.is_ok_and(|bytes| bytes > 0) {
                    let answer = "HTTP/1.1 204 No Content\r\nX-Influxdb-Version: 1.8.10\r\nX-Influxdb-Build: OSS\r\n\r\n";
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (server, url)
}
