//! Real InfluxDB 1.6.7: the two that `dev/servers` runs, and some of our own for what these cannot show.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use model::{Target, V1Edition};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::OnceCell,
};
use url::Url;

use crate::stage::Scene;

/// A real server with a database of our own, which holds one point.
pub(crate) struct Real {
    pub(crate) url: Url,
    pub(crate) database: String,
    admin: Option<(String, String)>,
}

/// Users of a [`Real`] server that asks for logins, by what they may do. Each has the password [`password`].
pub(crate) const USERS: [&str; 3] = ["writer", "reader", "nobody"];

/// The password of a user.
pub(crate) fn password(user: &str) -> String {
    format!("canary-{user}-93b1")
}

/// The one of `dev/servers` that asks for no login.
pub(crate) async fn open() -> &'static Real {
    static OPEN: OnceCell<Real> = OnceCell::const_new();
    OPEN.get_or_init(|| Real::prepared(env("TRIBUTARY_TEST_INFLUX_URL").parse().unwrap(), None)).await
}

/// The one of `dev/servers` that asks for logins.
pub(crate) async fn guarded() -> &'static Real {
    static GUARDED: OnceCell<Real> = OnceCell::const_new();
    GUARDED
        .get_or_init(|| async {
            let admin = (env("TRIBUTARY_TEST_INFLUX_AUTH_USER"), env("TRIBUTARY_TEST_INFLUX_AUTH_PASSWORD"));
            let real = Real::prepared(env("TRIBUTARY_TEST_INFLUX_AUTH_URL").parse().unwrap(), Some(admin)).await;
            for user in USERS {
                let name = real.user(user);
                real.ask(&format!("CREATE USER \"{name}\" WITH PASSWORD '{}'", password(user))).await;
            }
            real.ask(&format!("GRANT WRITE ON \"{}\" TO \"{}\"", real.database, real.user("writer"))).await;
            real.ask(&format!("GRANT READ ON \"{}\" TO \"{}\"", real.database, real.user("reader"))).await;
            real
        })
        .await
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"))
}

impl Real {
    async fn prepared(url: Url, admin: Option<(String, String)>) -> Self {
        let database = format!("ladder_{}", std::process::id());
        let real = Self { url, database, admin };
        real.ask(&format!("DROP DATABASE \"{}\"", real.database)).await;
        real.ask(&format!("CREATE DATABASE \"{}\"", real.database)).await;
        let mut to = real.url.join("write").unwrap();
        to.query_pairs_mut().append_pair("db", &real.database);
        let written = real.send(client().post(to).body("seed value=1 1")).await;
        assert!(written.status().is_success(), "{written:?}");
        real
    }

    /// The name of a user of [`USERS`], this run's own.
    pub(crate) fn user(&self, user: &str) -> String {
        format!("{user}_{}", std::process::id())
    }

    /// A name that no database has.
    pub(crate) fn absent(&self) -> String {
        format!("{}_absent", self.database)
    }

    pub(crate) fn target(&self, database: &str, user: Option<&str>, policy: Option<&str>) -> Target {
        Target::V1 {
            url: self.url.clone(),
            database: database.to_owned(),
            username: user.map(str::to_owned),
            retention_policy: policy.map(str::to_owned),
            edition: V1Edition::default(),
            meta_url: None,
        }
    }

    /// A connection to our database under this login. Proves that nothing was written and nothing created.
    pub(crate) async fn scene(&'static self, user: Option<&str>, password: Option<&str>) -> Scene {
        self.watched(Scene::connection(self.target(&self.database, user, None), password)).await
    }

    /// Lets the scene prove that nothing was written and nothing created.
    pub(crate) async fn watched(&'static self, scene: Scene) -> Scene {
        let before = self.contents().await;
        scene.proven(async move {
            let after = self.contents().await;
            if after == before { Ok(()) } else { Err(format!("the server held {before:?} and holds {after:?}")) }
        })
    }

    /// Our databases, and what ours holds.
    async fn contents(&self) -> Vec<String> {
        let listed = self.ask("SHOW DATABASES").await;
        let rows = listed.pointer("/results/0/series/0/values").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut contents: Vec<String> = rows.iter().map(Value::to_string).filter(|name| name.contains(&self.database)).collect();
        for statement in ["SHOW MEASUREMENTS ON", "SHOW RETENTION POLICIES ON", "SHOW SERIES ON"] {
            contents.push(self.ask(&format!("{statement} \"{}\"", self.database)).await.to_string());
        }
        assert!(contents.iter().any(|text| text.contains("seed")), "the point that was there first is not seen: {contents:?}");
        contents
    }

    pub(crate) async fn ask(&self, statement: &str) -> Value {
        let mut to = self.url.join("query").unwrap();
        to.query_pairs_mut().append_pair("q", statement);
        let answer: Value = serde_json::from_slice(&self.send(client().post(to)).await.bytes().await.unwrap()).unwrap();
        assert!(answer.get("error").is_none() && answer.pointer("/results/0/error").is_none(), "{answer}");
        answer
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Response {
        match &self.admin {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        }
        .send()
        .await
        .unwrap()
    }
}

/// A client that shares nothing with the one under test.
fn client() -> reqwest::Client {
    influx::http::install_tls_provider();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// How long an InfluxDB of our own may take to answer for the first time.
const START: Duration = Duration::from_secs(30);

/// An InfluxDB 1.6.7 of our own, with authentication on and throw-away data. It ends when this is dropped.
pub(crate) struct Own {
    pub(crate) url: Url,
    process: Child,
    folder: tempfile::TempDir,
}

impl Own {
    /// With no administrator yet. `shared_secret` is what it takes bearer tokens by.
    pub(crate) async fn start(shared_secret: Option<&str>) -> Self {
        Self::on(tempfile::tempdir().unwrap(), true, shared_secret).await
    }

    /// With this database and no administrator: it was made before authentication was turned on.
    pub(crate) async fn start_without_administrator(database: &str) -> Self {
        let mut first = Self::on(tempfile::tempdir().unwrap(), false, None).await;
        first.asked(&format!("CREATE DATABASE \"{database}\""), None).await;
        first.process.kill().await.unwrap();
        Self::on(first.folder, true, None).await
    }

    async fn on(folder: tempfile::TempDir, auth_enabled: bool, shared_secret: Option<&str>) -> Self {
        let (http, rpc) = (free_port().await, free_port().await);
        let dir = folder.path().display();
        let secret = shared_secret.map(|secret| format!("shared-secret = \"{secret}\"")).unwrap_or_default();
        let configuration = format!(
            r#"
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{dir}/meta"
[data]
  dir = "{dir}/data"
  wal-dir = "{dir}/wal"
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[http]
  bind-address = "127.0.0.1:{http}"
  auth-enabled = {auth_enabled}
  log-enabled = false
  {secret}
[logging]
  level = "error"
  suppress-logo = true
"#
        );
        let file = folder.path().join("influxdb.conf");
        std::fs::write(&file, configuration).unwrap();
        let mut process = Command::new("influxd")
            .arg("-config")
            .arg(&file)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("influxd is installed: `dev/servers install`");
        let url: Url = format!("http://127.0.0.1:{http}").parse().unwrap();
        let began = Instant::now();
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        while client().get(url.join("ping").unwrap()).send().await.is_err() {
            assert!(process.try_wait().unwrap().is_none(), "influxd ended");
            assert!(began.elapsed() < START, "influxd does not answer");
            pause.tick().await;
        }
        Self { url, process, folder }
    }

    /// Makes the administrator `admin`, then `database`.
    pub(crate) async fn administered(&self, password: &str, database: &str) {
        self.asked(&format!("CREATE USER admin WITH PASSWORD '{password}' WITH ALL PRIVILEGES"), None).await;
        self.asked(&format!("CREATE DATABASE \"{database}\""), Some(password)).await;
    }

    async fn asked(&self, statement: &str, password: Option<&str>) {
        let mut to = self.url.join("query").unwrap();
        to.query_pairs_mut().append_pair("q", statement);
        let request = client().post(to);
        let request = if password.is_some() { request.basic_auth("admin", password) } else { request };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let said = answer.text().await.unwrap();
        assert!(status.is_success() && !said.contains("error"), "{status} {said}");
    }
}

/// A port of the loopback interface that was free a moment ago.
async fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port()
}
