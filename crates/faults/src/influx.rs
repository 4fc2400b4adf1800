//! An InfluxDB 1 of our own, that may be killed, and what it holds.

use std::{collections::HashMap, path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokio::process::{Child, Command};

/// The database that is written to.
pub(crate) const DATABASE: &str = "faults";

/// An `influxd` with its data in a folder.
pub(crate) struct Influx {
    folder: PathBuf,
    pub(crate) port: u16,
    rpc: u16,
    authentication: bool,
    http: reqwest::Client,
    child: Option<Child>,
    login: Option<(String, String)>,
}

/// A point as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// Nanoseconds since 1970.
    pub(crate) time: i64,
    pub(crate) values: HashMap<String, String>,
}

impl Influx {
    /// Starts one with an empty database.
    pub(crate) async fn start(folder: PathBuf, authentication: bool) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let (port, rpc) = (free_port()?, free_port()?);
        let mut influx = Self { folder, port, rpc, authentication, http: client()?, child: None, login: None };
        influx.again().await?;
        if authentication {
            influx.ask(None, "CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES").await?;
            influx.login = Some(("admin".to_owned(), "admin".to_owned()));
        }
        influx.ask(None, &format!("CREATE DATABASE {DATABASE}")).await?;
        Ok(influx)
    }

    /// Starts it again on the data that is there.
    pub(crate) async fn again(&mut self) -> anyhow::Result<()> {
        let at = self.folder.display();
        let configuration = format!(
            "reporting-disabled = true\nbind-address = \"127.0.0.1:{rpc}\"\n[meta]\n  dir = \"{at}/meta\"\n  logging-enabled = false\n\
             [data]\n  dir = \"{at}/data\"\n  wal-dir = \"{at}/wal\"\n  query-log-enabled = false\n  max-values-per-tag = 0\n\
             [monitor]\n  store-enabled = false\n[subscriber]\n  enabled = false\n[continuous_queries]\n  enabled = false\n\
             [http]\n  bind-address = \"127.0.0.1:{port}\"\n  log-enabled = false\n  auth-enabled = {authentication}\n\
             [logging]\n  level = \"error\"\n  suppress-logo = true\n",
            rpc = self.rpc,
            port = self.port,
            authentication = self.authentication,
        );
        std::fs::write(self.folder.join("influxdb.conf"), configuration)?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.join("influxd.log"))?;
        let child = Command::new("influxd")
            .arg("-config")
            .arg(self.folder.join("influxdb.conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("starting influxd, see `dev/servers install`")?;
        self.child = Some(child);
        let up = async {
            while self.http.get(format!("http://127.0.0.1:{}/ping", self.port)).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), up).await.context("influxd does not answer")?;
        Ok(())
    }

    /// Ends it as a power cut would.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// The results of one statement or several.
    pub(crate) async fn ask(&self, database: Option<&str>, statement: &str) -> anyhow::Result<Value> {
        let text = self.query(database, statement, "application/json").await?;
        let answer: Value = serde_json::from_str(&text)?;
        if let Some(error) = answer.pointer("/error").or_else(|| answer.pointer("/results/0/error")) {
            bail!("InfluxDB refuses `{statement}`: {error}");
        }
        Ok(answer)
    }

    async fn query(&self, database: Option<&str>, statement: &str, accept: &str) -> anyhow::Result<String> {
        let mut url = url::Url::parse(&format!("http://127.0.0.1:{}/query?epoch=ns", self.port))?;
        url.query_pairs_mut().append_pair("q", statement);
        if let Some(database) = database {
            url.query_pairs_mut().append_pair("db", database);
        }
        let mut request = self.http.post(url).header("accept", accept);
        if let Some((user, password)) = &self.login {
            request = request.basic_auth(user, Some(password));
        }
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "InfluxDB answers `{statement}` with {status}: {text}");
        Ok(text)
    }

    /// Writes lines past everything that stands in between.
    pub(crate) async fn write(&self, lines: String) -> anyhow::Result<()> {
        let mut request = self.http.post(format!("http://127.0.0.1:{}/write?db={DATABASE}", self.port)).body(lines);
        if let Some((user, password)) = &self.login {
            request = request.basic_auth(user, Some(password));
        }
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "InfluxDB answers {status}: {text}");
        Ok(())
    }

    /// How many points of `measurement` have the field.
    pub(crate) async fn count(&self, measurement: &str, field: &str) -> anyhow::Result<i64> {
        let answer = self.ask(Some(DATABASE), &format!("SELECT count(\"{field}\") FROM \"{measurement}\"")).await?;
        Ok(answer.pointer("/results/0/series/0/values/0/1").and_then(Value::as_i64).unwrap_or_default())
    }

    /// The points of `measurement` in `[from, to)`, nanoseconds, in the order of their times.
    pub(crate) async fn points(&self, measurement: &str, from: i64, to: i64) -> anyhow::Result<Vec<Point>> {
        let statement = format!("SELECT * FROM \"{measurement}\" WHERE time >= {from} AND time < {to}");
        let text = self.query(Some(DATABASE), &statement, "application/csv").await?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let headings = reader.headers()?.clone();
        let mut points = Vec::new();
        for record in reader.records() {
            let record = record?;
            let mut values: HashMap<String, String> =
                headings.iter().zip(record.iter()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let time = values.remove("time").context("a point without a time")?.parse()?;
            points.push(Point { time, values });
        }
        Ok(points)
    }
}

/// A client of HTTP.
pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    // Nothing here is encrypted, but the client wants to know who would do it. A second call finds it done already.
    let _done = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().timeout(Duration::from_secs(120)).no_proxy().build()?)
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
