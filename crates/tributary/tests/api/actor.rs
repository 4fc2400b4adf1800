//! An InfluxDB room that plays its part: a host whose name holds `down` does not answer, every other one takes any login.

use std::sync::{Arc, Mutex};

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Code, Connection, Failure, FailureKind, Finding, Mapping, SecretField,
    edges::{ConnectionAccess, Detected, Influx, KapacitorAccess, LineBatch, ReadPoint, Shaper, Tell, Writer},
    secret::{ExposeSecret, Secrets},
};
use tokio::sync::Semaphore;
use tributary::app::App;
use url::Url;

use crate::house::House;

/// Remembers what it was asked.
pub(crate) struct Actor {
    asked: Mutex<Vec<Asked>>,
    /// A check of a host whose name holds `slow` waits here.
    pub(crate) curtain: Semaphore,
}

/// One check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) url: String,
    pub(crate) secrets: Vec<(SecretField, String)>,
}

impl Actor {
    /// A house with an actor in the place of the InfluxDB room.
    pub(crate) async fn house() -> (House, Arc<Self>) {
        let actor = Arc::new(Self { asked: Mutex::new(Vec::new()), curtain: Semaphore::new(0) });
        let influx = actor.clone();
        (House::open().await.with(|app| App { influx, ..app }), actor)
    }

    /// What it was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    async fn check_url(&self, url: Option<&Url>, secrets: &Secrets, tell: Tell<'_>) {
        let url = url.map(Url::to_string).unwrap_or_default();
        let secrets = secrets.iter().map(|(field, value)| (*field, value.expose_secret().to_owned())).collect();
        self.asked.lock().unwrap().push(Asked { url: url.clone(), secrets });
        tell(Finding::passed("url", url.clone(), 0));
        if url.contains("slow") {
            self.curtain.acquire().await.unwrap().forget();
        }
        if url.contains("down") {
            tell(Finding::failed("tcp", &refused(), 0, Some("url")));
        } else {
            tell(Finding::passed("tcp", "connected", 0));
        }
    }
}

fn refused() -> Failure {
    Failure::new(FailureKind::InfluxUnreachable, "nothing listens there").coded(Code::TcpRefused)
}

#[async_trait]
impl Influx for Actor {
    async fn check(&self, access: &ConnectionAccess, tell: Tell<'_>) {
        self.check_url(access.connection.target.url(), &access.secrets, tell).await;
    }

    async fn check_kapacitor(&self, access: &KapacitorAccess, tell: Tell<'_>) {
        self.check_url(Some(&access.kapacitor.url), &access.secrets, tell).await;
    }

    async fn detect(&self, url: &Url, _insecure_skip_verify: bool) -> Result<Detected, Failure> {
        if url.as_str().contains("down") {
            return Err(refused());
        }
        Ok(Detected {
            product: "InfluxDB 3 Core".to_owned(),
            version: Some("3.1.0".to_owned()),
            driver: Some("v3"),
            edition: Some("core"),
            is_kapacitor: false,
            remark: None,
        })
    }

    fn shaper(&self, _: &Connection, _: &Mapping, _: &SchemaRef, _: DateTime<Utc>) -> Result<Box<dyn Shaper>, Failure> {
        Err(Failure::new(FailureKind::Internal, "this room only plays its part"))
    }

    fn points(&self, _: &LineBatch, _: &mut dyn FnMut(&ReadPoint<'_>)) -> Result<(), Failure> {
        Err(Failure::new(FailureKind::Internal, "this room only plays its part"))
    }

    async fn open(&self, _: &ConnectionAccess, _: &str) -> Result<Arc<dyn Writer>, Failure> {
        Err(Failure::new(FailureKind::Internal, "this room only plays its part"))
    }
}
