//! What the libraries below write into logs, at their most talkative.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::Engine as _;
use influx::{
    TlsSettings,
    http::{Http, Login, Request, endpoint},
};
use model::Certificates;
use reqwest::Method;
use rustls::version::{TLS12, TLS13};
use secrecy::SecretString;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{
    Epoch,
    secured::{Authority, serve},
    server,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const PASSWORD: &str = "canary-7d1e40";
const BODY: &str = "canary_body,tag=canary-b0d1e5 value=1";

#[tokio::test]
async fn no_log_tells_a_login_a_body_or_a_key() {
    let log = Log::default();
    tracing_subscriber::fmt().with_env_filter(EnvFilter::new("trace")).with_writer(log.clone()).with_ansi(false).init();

    let authority = Authority::new("quiet");
    let shown = authority.signs(&["tributary"], (2020, 2090));
    let certificates =
        Certificates { ca_certificate: Some(authority.pem()), client_certificate: Some(shown.pem.clone()), ..Certificates::default() };
    let key = SecretString::from(shown.key.serialize_pem());
    let settings = TlsSettings::of(&certificates, false, Some(&key));
    let http = Http::new(Arc::new(Epoch)).unwrap();
    let logins = [
        Login::Basic("ann".to_owned(), PASSWORD.into()),
        Login::Token(PASSWORD.into()),
        Login::Bearer(PASSWORD.into()),
        Login::Shared("ann".to_owned(), PASSWORD.into()),
    ];
    let plain = endpoint(&server().await, "/echo", &[]);
    for login in &logins {
        let client = http.client_for(login, Duration::from_secs(30), &settings).unwrap();
        client.send(Request::new(Method::POST, plain.clone()).body("text/plain", BODY.into())).await.unwrap();
        for version in [&TLS12, &TLS13] {
            let server = serve(&authority.signs(&["localhost"], (2020, 2090)), Some(&authority), &[version]).await;
            for _ in 0..2 {
                client.send(Request::new(Method::POST, server.url.clone()).body("text/plain", BODY.into())).await.unwrap();
            }
        }
        tracing::trace!("{client:?} {login:?} {settings:?}");
    }
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    for target in ["rustls::client", "hyper_util::client", "reqwest::connect", "Client {"] {
        assert!(log.contains(target), "the log does not hear of {target}");
    }
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("ann:{PASSWORD}"));
    let der = shown.key.serialize_der();
    let scalar = format!("{:?}", &der[40..60]);
    let signs = [PASSWORD, "canary-b0d1e5", &basic, "Bearer ey", scalar.trim_matches(['[', ']'])];
    for sign in signs.into_iter().chain(shown.key.serialize_pem().lines().nth(1)) {
        if let Some(at) = log.find(sign) {
            let line = log[..at].rfind('\n').map_or(0, |at| at + 1);
            panic!("the log tells `{sign}`: {}", &log[line..at + sign.len()]);
        }
    }
}
