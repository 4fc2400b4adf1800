//! The documents that Tributary was wished for by, procedure by procedure: what they tell a person to do is done here with the command line and
//! the API, against a real InfluxDB 1.6.7 with authentication and scripted others. `docs/seeds.md` has each sentence and its test.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without, it unwraps")]

#[path = "../cli/server.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line, which use more of it")]
mod server;
#[path = "../../../influx/tests/servers/mod.rs"]
mod servers;

mod chronograf;
mod connections;

use std::{sync::Arc, time::Duration};

use influx::http::{Http, Login, Method, Request};
use serde_json::Value;
use server::Server;
use tributary::clock::MachineClock;
use url::Url;

/// A setting of the test servers.
fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"))
}

/// The real InfluxDB that asks for logins, with a database and a user of the test's own.
struct RealInflux {
    url: Url,
    database: String,
    user: String,
    password: String,
}

impl RealInflux {
    async fn new(name: &str) -> Self {
        let url: Url = env("TRIBUTARY_TEST_INFLUX_AUTH_URL").parse().unwrap();
        let login = Login::Basic(env("TRIBUTARY_TEST_INFLUX_AUTH_USER"), env("TRIBUTARY_TEST_INFLUX_AUTH_PASSWORD").into());
        let client = Http::new(Arc::new(MachineClock)).unwrap().client(&login, Duration::from_secs(30), false).unwrap();
        let name = format!("{name}_{}", std::process::id());
        for statement in [
            format!("CREATE DATABASE \"{name}\""),
            format!("CREATE USER \"{name}\" WITH PASSWORD 'a password of {name}'"),
            format!("GRANT ALL ON \"{name}\" TO \"{name}\""),
        ] {
            influx::v1::query(&client, &url, None, &statement).await.unwrap();
        }
        Self { url, database: name.clone(), password: format!("a password of {name}"), user: name }
    }
}

/// Asks a server's API, as a script would.
async fn ask(server: &Server, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let client = Http::new(Arc::new(MachineClock)).unwrap().client(&Login::None, Duration::from_secs(30), false).unwrap();
    let url: Url = format!("http://{}{path}", server.address()).parse().unwrap();
    let answer = client.send(Request::new(method, url).json(body).unwrap()).await.unwrap();
    (answer.status.as_u16(), answer.json().unwrap_or(Value::Null))
}
