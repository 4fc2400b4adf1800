//! The drivers behind one contract.

use std::{sync::Arc, time::Duration};

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Clock, Connection, Failure, Mapping, Target,
    edges::{ConnectionAccess, Detected, Influx, KapacitorAccess, LineBatch, Shaper, Tell, Traffic, Writer, Written},
};
use secrecy::SecretString;
use url::Url;

use crate::{
    check::{Ladder, plain, reach},
    file,
    http::{Client, Http, Login},
    kapacitor,
    line::{self, LineRules},
    product::{self, Server},
    v1, v2, v3,
    writer::HttpWriter,
};

/// Fewest requests on the way to an InfluxDB 3, which acknowledges each batch only when its log is flushed, once a second as shipped.
const V3_IN_FLIGHT: usize = 8;

/// Time limit for asking who answers at an address.
const DETECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Writes to InfluxDB 1, 2, 3 and to folders.
#[derive(Clone)]
pub struct Drivers {
    http: Http,
}

impl Drivers {
    /// Nothing is contacted yet.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        Ok(Self { http: Http::new(clock)? })
    }

    /// The HTTP client that all of it goes through.
    pub const fn http(&self) -> &Http {
        &self.http
    }

    /// Which InfluxDB answers at `url`, asked without a login. Writes nothing.
    ///
    /// # Errors
    /// As [`product::detect`].
    pub async fn detect(&self, url: &Url) -> Result<Server, Failure> {
        product::detect(&self.http.client(&Login::None, DETECT_TIMEOUT, false)?, url).await
    }

    fn client(&self, access: &ConnectionAccess) -> Result<Client, Failure> {
        let connection = &access.connection;
        let timeout = Duration::from_millis(u64::from(connection.timeout_ms.max(1)));
        self.http.client(&login(access), timeout, connection.insecure_skip_verify)
    }
}

fn login(access: &ConnectionAccess) -> Login {
    match (&access.connection.target, access.login_secret()) {
        (Target::V1 { username: Some(user), .. }, secret) if !user.is_empty() => {
            Login::Basic(user.clone(), secret.cloned().unwrap_or_else(|| SecretString::from("")))
        }
        (Target::V2 { .. }, Some(token)) => Login::Token(token.clone()),
        (Target::V3 { .. }, Some(token)) => Login::Bearer(token.clone()),
        _ => Login::None,
    }
}

#[async_trait]
impl Influx for Drivers {
    async fn check(&self, access: &ConnectionAccess, tell: Tell<'_>) {
        let connection = &access.connection;
        let mut ladder = Ladder::new(tell);
        let ladder = &mut ladder;
        let url = match &connection.target {
            Target::File { folder } => return file::check(ladder, folder).await,
            Target::V1 { url, .. } | Target::V2 { url, .. } | Target::V3 { url, .. } => url,
        };
        let client = match self.client(access) {
            Ok(client) => client,
            Err(failure) => {
                return ladder.failed("authentication", &failure, connection.login_secret().map_or("url", |f| f.as_str()), None);
            }
        };
        let limit = Duration::from_millis(u64::from(connection.timeout_ms.max(1)));
        if reach(ladder, &client, url, connection.target.driver(), limit).await.is_none() {
            return;
        }
        match &connection.target {
            Target::V1 { database, username, retention_policy, .. } => {
                let user = username.as_deref().filter(|user| !user.is_empty());
                v1::check(ladder, &client, url, database, retention_policy.as_deref(), user).await;
            }
            Target::V2 { organization, bucket, .. } => v2::check(ladder, &client, url, organization, bucket).await,
            Target::V3 { database, .. } => v3::check(ladder, &client, url, database).await,
            Target::File { .. } => {}
        }
    }

    async fn check_kapacitor(&self, access: &KapacitorAccess, tell: Tell<'_>) {
        kapacitor::check(&self.http, access, tell).await;
    }

    async fn detect(&self, url: &Url, insecure_skip_verify: bool) -> Result<Detected, Failure> {
        let client = self.http.client(&Login::None, DETECT_TIMEOUT, insecure_skip_verify)?;
        let server = product::detect(&client, url).await?;
        Ok(Detected {
            product: server.product.label().to_owned(),
            version: server.version,
            driver: server.product.driver(),
            edition: None,
            is_kapacitor: false,
            remark: None,
        })
    }

    fn shaper(
        &self,
        connection: &Connection,
        mapping: &Mapping,
        schema: &SchemaRef,
        slot: DateTime<Utc>,
    ) -> Result<Box<dyn Shaper>, Failure> {
        line::shaper(mapping, schema, slot, &LineRules::of(connection))
    }

    async fn open(&self, access: &ConnectionAccess, label: &str) -> Result<Arc<dyn Writer>, Failure> {
        let connection = &access.connection;
        let in_flight = connection.in_flight as usize;
        Ok(match &connection.target {
            Target::File { folder } => Arc::new(file::FolderWriter::new(folder, label)?),
            Target::V1 { url, database, retention_policy, .. } => {
                plain(url)?;
                let to = v1::write_url(url, database, retention_policy.as_deref());
                let lines = v1::Lines::new(url, &to);
                Arc::new(HttpWriter::new(self.client(access)?, to, connection, in_flight, lines))
            }
            Target::V2 { url, organization, bucket } => {
                plain(url)?;
                let url = v2::write_url(url, organization, bucket);
                Arc::new(HttpWriter::new(self.client(access)?, url.clone(), connection, in_flight, v2::Lines { url }))
            }
            Target::V3 { url, database, .. } => {
                plain(url)?;
                let lines = v3::Lines::new(url, database);
                let url = v3::write_url(url, database);
                Arc::new(HttpWriter::new(self.client(access)?, url, connection, in_flight.max(V3_IN_FLIGHT), lines))
            }
        })
    }
}

/// Checks and shapes like the drivers it wraps, and throws the lines away: for rehearsals and for measuring everything but the writing.
pub struct Discard(pub Arc<dyn Influx>);

#[async_trait]
impl Influx for Discard {
    async fn check(&self, access: &ConnectionAccess, tell: Tell<'_>) {
        self.0.check(access, tell).await;
    }

    async fn check_kapacitor(&self, access: &KapacitorAccess, tell: Tell<'_>) {
        self.0.check_kapacitor(access, tell).await;
    }

    async fn detect(&self, url: &Url, insecure_skip_verify: bool) -> Result<Detected, Failure> {
        self.0.detect(url, insecure_skip_verify).await
    }

    fn shaper(
        &self,
        connection: &Connection,
        mapping: &Mapping,
        schema: &SchemaRef,
        slot: DateTime<Utc>,
    ) -> Result<Box<dyn Shaper>, Failure> {
        self.0.shaper(connection, mapping, schema, slot)
    }

    async fn open(&self, _: &ConnectionAccess, _: &str) -> Result<Arc<dyn Writer>, Failure> {
        Ok(Arc::new(Nowhere))
    }
}

/// Accepts every line and keeps none.
struct Nowhere;

#[async_trait]
impl Writer for Nowhere {
    fn in_flight(&self) -> usize {
        4
    }

    async fn write(&self, batch: &LineBatch, traffic: &mut Traffic) -> Result<Written, Failure> {
        traffic.requests += 1;
        traffic.bytes += batch.body.len() as u64;
        Ok(Written { points: u64::from(batch.lines), bytes: batch.body.len() as u64, rejects: Vec::new() })
    }

    async fn finish(&self) -> Result<(), Failure> {
        Ok(())
    }
}
