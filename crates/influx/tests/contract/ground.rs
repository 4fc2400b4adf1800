//! The grounds that the drivers are tried on.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeZone, Utc};
use influx::{
    Drivers,
    http::{Client, Login},
};
use model::{
    Clock, Code, Connection, Failure, FailureKind, Finding, Gzip, Target, Verdict,
    edges::{ConnectionAccess, Detected, Influx, LineBatch, Traffic, Writer, Written},
};
use secrecy::SecretString;
use url::Url;

use crate::servers::{Kind, Script, Scripted};

/// The name of the database or bucket on a scripted server.
pub(crate) const PLACE: &str = "shop";

/// The token of the scripted InfluxDB 2 and 3.
pub(crate) const TOKEN: &str = "secret";

/// Noon of one day, for ever.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
    }
    fn entropy(&self) -> [u8; 16] {
        [7; 16]
    }
}

pub(crate) fn drivers() -> Drivers {
    Drivers::new(Arc::new(Noon)).unwrap()
}

/// Somewhere to write to, and a way to see what arrived.
#[async_trait]
pub(crate) trait Ground: Send + Sync {
    fn name(&self) -> &'static str;
    fn access(&self) -> ConnectionAccess;
    /// Time → value of the field `f` of the measurement `m`.
    async fn values(&self) -> BTreeMap<i64, String>;
}

/// Every ground.
pub(crate) async fn all() -> Vec<Box<dyn Ground>> {
    let mut grounds = servers().await;
    grounds.push(Box::new(Folder::new()));
    grounds
}

/// The grounds that read lines.
pub(crate) async fn servers() -> Vec<Box<dyn Ground>> {
    let mut grounds: Vec<Box<dyn Ground>> = vec![Box::new(RealV1::new().await)];
    for kind in [Kind::V1, Kind::V2, Kind::V3] {
        grounds.push(Box::new(Played::start(Script::new(kind, &[PLACE])).await));
    }
    grounds
}

/// An environment variable that `dev/servers` sets.
pub(crate) fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"))
}

/// A database of its own on the real InfluxDB 1.6.7.
pub(crate) struct RealV1 {
    pub(crate) url: Url,
    pub(crate) database: String,
}

impl RealV1 {
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let url: Url = env("TRIBUTARY_TEST_INFLUX_URL").parse().unwrap();
        let database = format!("contract {} {}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let client = client(&Login::None);
        influx::v1::query(&client, &url, None, &format!("DROP DATABASE \"{database}\"")).await.unwrap();
        influx::v1::create_database(&client, &url, &database).await.unwrap();
        Self { url, database }
    }

    pub(crate) async fn query(&self, statement: &str) -> Vec<serde_json::Value> {
        influx::v1::query(&client(&Login::None), &self.url, Some(&self.database), statement).await.unwrap()
    }
}

/// A database of its own on the real InfluxDB 1.6.7 that asks for logins.
pub(crate) struct Strict {
    pub(crate) url: Url,
    pub(crate) database: String,
    pub(crate) admin: String,
    pub(crate) password: String,
}

impl Strict {
    /// `purpose` keeps the grounds of tests that run side by side apart.
    pub(crate) async fn new(purpose: &str) -> Self {
        let database = format!("{purpose}_{}", std::process::id());
        let [admin, password] = ["USER", "PASSWORD"].map(|name| env(&format!("TRIBUTARY_TEST_INFLUX_AUTH_{name}")));
        let strict = Self { url: env("TRIBUTARY_TEST_INFLUX_AUTH_URL").parse().unwrap(), database, admin, password };
        strict.query(&format!("DROP DATABASE \"{}\"", strict.database)).await;
        strict.query(&format!("CREATE DATABASE \"{}\"", strict.database)).await;
        strict
    }

    pub(crate) async fn query(&self, statement: &str) -> Vec<serde_json::Value> {
        let login = Login::Basic(self.admin.clone(), self.password.clone().into());
        influx::v1::query(&client(&login), &self.url, Some(&self.database), statement).await.unwrap()
    }

    /// A user with the password `hunter2` and this right, or none, to the database; its name.
    pub(crate) async fn user(&self, name: &str, right: Option<&str>) -> String {
        let user = format!("{name}_{}", self.database);
        self.query(&format!("CREATE USER \"{user}\" WITH PASSWORD 'hunter2'")).await;
        if let Some(right) = right {
            self.query(&format!("GRANT {right} ON \"{}\" TO \"{user}\"", self.database)).await;
        }
        user
    }

    pub(crate) async fn measurements(&self) -> Vec<String> {
        let results = self.query("SHOW MEASUREMENTS").await;
        let rows = results[0].pointer("/series/0/values").and_then(serde_json::Value::as_array);
        rows.into_iter().flatten().map(|row| row[0].as_str().unwrap().to_owned()).collect()
    }
}

/// A connection's target at an InfluxDB 1.
pub(crate) fn v1(url: &Url, database: &str, username: Option<&str>, policy: Option<&str>) -> Target {
    Target::V1 {
        url: url.clone(),
        database: database.to_owned(),
        username: username.map(str::to_owned),
        retention_policy: policy.map(str::to_owned),
        edition: Default::default(),
        meta_url: None,
    }
}

pub(crate) fn client(login: &Login) -> Client {
    drivers().http().client(login, Duration::from_secs(30), false).unwrap()
}

#[async_trait]
impl Ground for RealV1 {
    fn name(&self) -> &'static str {
        "the real InfluxDB 1.6.7"
    }
    fn access(&self) -> ConnectionAccess {
        to(Target::v1(self.url.clone(), self.database.clone()), None)
    }
    async fn values(&self) -> BTreeMap<i64, String> {
        let results = self.query("SELECT f FROM m").await;
        let rows = results[0].pointer("/series/0/values").and_then(serde_json::Value::as_array);
        rows.into_iter().flatten().map(|row| (row[0].as_i64().unwrap(), row[1].to_string())).collect()
    }
}

/// A scripted server.
pub(crate) struct Played {
    pub(crate) kind: Kind,
    pub(crate) server: Scripted,
}

impl Played {
    pub(crate) async fn start(script: Script) -> Self {
        Self { kind: script.kind(), server: Scripted::start(script).await }
    }
}

#[async_trait]
impl Ground for Played {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::V1 => "the scripted InfluxDB 1",
            Kind::V2 => "the scripted InfluxDB 2",
            Kind::V3 => "the scripted InfluxDB 3",
            Kind::Kapacitor => "the scripted Kapacitor",
        }
    }
    fn access(&self) -> ConnectionAccess {
        at(self.kind, self.server.url())
    }
    async fn values(&self) -> BTreeMap<i64, String> {
        self.server.points(PLACE).iter().filter_map(|line| value(line)).collect()
    }
}

/// A connection to the place of a scripted server, with the right secret. A Kapacitor is taken for an InfluxDB 1.
pub(crate) fn at(kind: Kind, url: &Url) -> ConnectionAccess {
    let url = url.clone();
    match kind {
        Kind::V1 | Kind::Kapacitor => to(Target::v1(url, PLACE), None),
        Kind::V2 => to(Target::V2 { url, organization: "acme".to_owned(), bucket: PLACE.to_owned() }, Some(TOKEN)),
        Kind::V3 => to(Target::v3(url, PLACE), Some(TOKEN)),
    }
}

pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

#[async_trait]
impl Ground for Folder {
    fn name(&self) -> &'static str {
        "a folder"
    }
    fn access(&self) -> ConnectionAccess {
        to(Target::File { folder: self.0.path().to_str().unwrap().to_owned() }, None)
    }
    async fn values(&self) -> BTreeMap<i64, String> {
        let files = std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path());
        let texts = files.filter(|path| path.extension().is_some_and(|e| e == "lp")).map(|path| std::fs::read_to_string(path).unwrap());
        texts.collect::<String>().lines().filter_map(value).collect()
    }
}

/// Time and value of a line `m… f=VALUE TIME`.
fn value(line: &str) -> Option<(i64, String)> {
    let (rest, time) = line.rsplit_once(' ')?;
    let (_, value) = rest.strip_prefix('m')?.split_once(" f=")?;
    Some((time.parse().ok()?, value.to_owned()))
}

pub(crate) fn to(target: Target, secret: Option<&str>) -> ConnectionAccess {
    ConnectionAccess::new(Connection::new(target), secret.map(SecretString::from))
}

/// A batch of these lines, from rows counted from 1.
pub(crate) fn batch<S: AsRef<str>>(lines: &[S]) -> LineBatch {
    let body: String = lines.iter().map(|line| format!("{}\n", line.as_ref())).collect();
    LineBatch { body: body.into(), lines: u32::try_from(lines.len()).unwrap(), rows: vec![(0, 1)] }
}

/// `m,t=a f=N N+START`, for N from 0.
pub(crate) fn good(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("m,t=a f={n} {}", START + n as i64)).collect()
}

/// The values that [`good`] gives, without those of some lines.
pub(crate) fn expected(count: usize, without: &[usize]) -> BTreeMap<i64, String> {
    (0..count).filter(|n| !without.contains(n)).map(|n| (START + n as i64, n.to_string())).collect()
}

/// A time that no server thinks too old.
pub(crate) const START: i64 = 1_795_000_000_000_000_000;

/// Opens a writer, writes one batch, finishes.
pub(crate) async fn write(access: &ConnectionAccess, batch: &LineBatch) -> Result<(Written, Traffic), Failure> {
    let writer = drivers().open(access, "contract").await?;
    let mut traffic = Traffic::default();
    let written = writer.write(batch, &mut traffic).await?;
    writer.finish().await?;
    Ok((written, traffic))
}

pub(crate) async fn open(access: &ConnectionAccess) -> Arc<dyn Writer> {
    drivers().open(access, "contract").await.unwrap()
}

/// What a check tells.
pub(crate) async fn check(access: &ConnectionAccess) -> Vec<Finding> {
    let mut findings = Vec::new();
    drivers().check(access, &mut |finding| findings.push(finding)).await;
    findings
}

/// Who answers at the URL, asked without a login.
pub(crate) async fn detect(url: &Url) -> Result<Detected, Failure> {
    drivers().detect(url, false).await
}

/// The last finding, which must be a failure, after none: its step, kind and field.
pub(crate) fn failed(findings: &[Finding]) -> (&str, FailureKind, &str) {
    let (last, before) = findings.split_last().unwrap();
    assert!(before.iter().all(|finding| finding.verdict != Verdict::Failed), "a check goes on after a failure: {findings:#?}");
    assert_eq!(last.verdict, Verdict::Failed, "{findings:#?}");
    assert!(last.advice.as_ref().is_some_and(|advice| !advice.is_empty()), "{last:#?}");
    (&last.step, last.kind.unwrap(), last.field.as_deref().unwrap_or_default())
}

/// A connection that is wrong in one way, and the step, code and form field that say so.
pub(crate) type Case = (ConnectionAccess, &'static str, Code, &'static str);

/// Checks each and compares what the last finding says. The secret `hunter2` is nowhere in what is told.
pub(crate) async fn expect(cases: Vec<Case>) {
    for (access, step, code, field) in cases {
        let findings = check(&access).await;
        let (failed_step, _, failed_field) = failed(&findings);
        let failed_code = findings.last().and_then(|finding| finding.code).unwrap();
        assert_eq!((failed_step, failed_code, failed_field), (step, code, field), "{:?}: {findings:#?}", access.connection.target);
        let said = serde_json::to_string(&findings).unwrap();
        assert!(!said.contains("hunter2"), "{said}");
    }
}

/// Detail and advice of the last finding.
pub(crate) fn said(findings: &[Finding]) -> String {
    let last = findings.last().unwrap();
    format!("{} {}", last.detail, last.advice.as_deref().unwrap_or_default())
}

/// The code of the one step that warns, after which everything passes.
pub(crate) fn warned(findings: &[Finding]) -> (&str, Code) {
    assert!(findings.iter().all(|finding| finding.verdict != Verdict::Failed), "{findings:#?}");
    let mut warnings = findings.iter().filter(|finding| finding.verdict == Verdict::Warning);
    let (one, none) = (warnings.next(), warnings.next());
    assert!(one.is_some() && none.is_none(), "{findings:#?}");
    let finding = one.unwrap();
    assert!(finding.advice.as_ref().is_some_and(|advice| !advice.is_empty()), "{finding:#?}");
    (&finding.step, finding.code.unwrap())
}

/// All steps pass, without a warning.
pub(crate) fn assert_green(findings: &[Finding]) {
    assert!(!findings.is_empty() && findings.iter().all(|finding| finding.verdict == Verdict::Passed), "{findings:#?}");
}

pub(crate) fn with_gzip(mut access: ConnectionAccess, gzip: Gzip) -> ConnectionAccess {
    access.connection.gzip = gzip;
    access
}
