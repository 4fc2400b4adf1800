//! The drivers behind one contract.

use std::{sync::Arc, time::Duration};

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    Clock, Connection, Failure, FailureKind, FieldType, FieldTypes, Mapping, SecretField, Target,
    edges::{ConnectionAccess, Detected, Explorer, Influx, KapacitorAccess, LineBatch, ReadPoint, Shaper, Tell, Traffic, Writer, Written},
    explore::{ValueType, Where},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    check::{Ladder, plain, reach},
    explore, file,
    http::{Client, Http, Login, Outbound},
    kapacitor,
    known::{Asker, Known, Watched},
    line::{self, LineRules},
    points,
    product::{self, ping_url, writes_like_v2},
    tls::TlsSettings,
    v1, v2, v3,
    writer::HttpWriter,
};

/// Fewest requests on the way to an InfluxDB 3, which acknowledges each batch only when its log is flushed, once a second as shipped.
const V3_IN_FLIGHT: usize = 8;

/// Longest time that a run waits for the types of fields.
const TYPES_TIMEOUT: Duration = Duration::from_secs(10);

/// Time limit for asking who answers at an address.
const DETECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Writes to InfluxDB 1, 2, 3 and to folders.
#[derive(Clone)]
pub struct Drivers {
    http: Http,
    known: Arc<Known>,
    turns: Arc<kapacitor::Turns>,
}

impl Drivers {
    /// Nothing is contacted yet.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        Self::guarded(clock, Arc::default())
    }

    /// The same under an outbound policy.
    ///
    /// # Errors
    /// As [`Http::guarded`].
    pub fn guarded(clock: Arc<dyn Clock>, outbound: Arc<Outbound>) -> Result<Self, Failure> {
        Ok(Self { http: Http::guarded(clock, outbound)?, known: Arc::default(), turns: Arc::default() })
    }

    /// The HTTP client that all of it goes through.
    pub const fn http(&self) -> &Http {
        &self.http
    }

    /// Who may change a Kapacitor.
    pub(crate) fn turns(&self) -> &kapacitor::Turns {
        &self.turns
    }

    fn client(&self, access: &ConnectionAccess, login: &Login) -> Result<Client, Failure> {
        let connection = &access.connection;
        let timeout = Duration::from_millis(u64::from(connection.timeout_ms.max(1)));
        let tls = TlsSettings::of(&connection.tls, connection.insecure_skip_verify, access.secrets.get(&SecretField::ClientKey));
        self.http.client_for(login, timeout, &tls)
    }

    async fn ask_types(&self, access: &ConnectionAccess, measurement: &str) -> Result<FieldTypes, Failure> {
        // The fields of another retention policy are other fields.
        let retention_policy = match &access.connection.target {
            Target::V1 { retention_policy, .. } => Some(v1::policy(retention_policy.as_deref()).to_owned()),
            _ => None,
        };
        let place = Where { retention_policy, ..Where::default() };
        let explorer = self.explorer(access)?;
        let asked = tokio::time::timeout(TYPES_TIMEOUT, explorer.fields(&place, measurement)).await;
        let listed = match asked.unwrap_or_else(|_| Err(Failure::new(FailureKind::InfluxTimeout, "asking for the types of fields"))) {
            Ok(listed) => listed.items,
            Err(failure) if nobody_tells(failure.kind) => Vec::new(),
            Err(failure) => return Err(failure),
        };
        let mut types = FieldTypes::default();
        for field in listed {
            if let Some(kind) = field.kind.and_then(field_type) {
                types.0.entry(field.name).or_default().insert(kind);
            }
        }
        Ok(types)
    }
}

/// Whether a failure to ask says only that this login is not told: it may write all the same.
const fn nobody_tells(kind: FailureKind) -> bool {
    use FailureKind::{InfluxAuthentication, InfluxForbidden, InfluxMissing, InfluxQuery};
    matches!(kind, InfluxAuthentication | InfluxForbidden | InfluxMissing | InfluxQuery)
}

const fn field_type(kind: ValueType) -> Option<FieldType> {
    match kind {
        ValueType::Boolean => Some(FieldType::Boolean),
        ValueType::Integer => Some(FieldType::Integer),
        ValueType::Unsigned => Some(FieldType::Unsigned),
        ValueType::Float => Some(FieldType::Float),
        ValueType::Text => Some(FieldType::Text),
        ValueType::Time | ValueType::Number => None,
    }
}

fn login(access: &ConnectionAccess) -> Login {
    let secret = |field: SecretField| access.secrets.get(&field).filter(|secret| !secret.expose_secret().is_empty());
    match &access.connection.target {
        Target::V1 { username: Some(user), .. } if !user.is_empty() => {
            match (secret(SecretField::Password), secret(SecretField::SharedSecret)) {
                (None, Some(shared)) => Login::Shared(user.clone(), shared.clone()),
                (password, _) => Login::Basic(user.clone(), password.cloned().unwrap_or_else(|| SecretString::from(""))),
            }
        }
        Target::V2 { .. } => secret(SecretField::Token).map_or(Login::None, |token| Login::Token(token.clone())),
        Target::V3 { .. } => secret(SecretField::Token).map_or(Login::None, |token| Login::Bearer(token.clone())),
        Target::V1 { .. } | Target::File { .. } => Login::None,
    }
}

/// What is told of a login of an InfluxDB 1.x.
const fn given(login: &Login) -> v1::Given<'_> {
    match login {
        Login::Basic(user, _) => v1::Given::Password(user.as_str()),
        Login::Shared(user, _) => v1::Given::SharedSecret(user.as_str()),
        Login::None | Login::Token(_) | Login::Bearer(_) => v1::Given::Nothing,
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
        // A login that cannot be sent is told where its turn comes.
        let (client, unsendable) = match self.client(access, &login(access)) {
            Ok(client) => (client, None),
            Err(failure) => match self.client(access, &Login::None) {
                Ok(client) => (client, Some(failure)),
                Err(_) => return ladder.failed("authentication", &failure, "url", None),
            },
        };
        let client = ladder.hurried(client);
        let limit = Duration::from_millis(u64::from(connection.timeout_ms.max(1)));
        let Some(answer) = reach(ladder, &client, url, ping_url(url), limit).await else { return };
        if product::step(ladder, &answer, url, connection).is_none() {
            return;
        }
        if let Some(failure) = unsendable {
            return ladder.failed("authentication", &failure, connection.login_secret().map_or("url", SecretField::as_str), None);
        }
        let login = login(access);
        let has_token = !matches!(login, Login::None);
        match &connection.target {
            Target::V1 { database, retention_policy, .. } => {
                let policy = v1::policy(retention_policy.as_deref());
                let is_policy_blank = retention_policy.as_deref().is_none_or(|policy| policy.trim().is_empty());
                let wanted = v1::Wanted { url, database, policy, is_policy_blank, login: given(&login) };
                v1::check(ladder, &client, &wanted).await;
            }
            Target::V2 { organization, bucket, .. } => {
                v2::check(ladder, &client, url, &v2::Place::Bucket { organization, bucket }, has_token).await;
            }
            Target::V3 { database, edition, .. } if writes_like_v2(*edition) => {
                v2::check(ladder, &client, url, &v2::Place::Database(database), has_token).await;
            }
            Target::V3 { database, .. } => v3::check(ladder, &client, url, database, has_token).await,
            Target::File { .. } => {}
        }
    }

    async fn check_kapacitor(&self, access: &KapacitorAccess, tell: Tell<'_>) {
        kapacitor::check(&self.http, access, tell).await;
    }

    async fn detect(&self, url: &Url, insecure_skip_verify: bool) -> Result<Detected, Failure> {
        plain(url)?;
        product::survey(&self.http.client(&Login::None, DETECT_TIMEOUT, insecure_skip_verify)?, url).await
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

    fn shaper_for(
        &self,
        connection: &Connection,
        mapping: &Mapping,
        schema: &SchemaRef,
        slot: DateTime<Utc>,
        types: &FieldTypes,
    ) -> Result<Box<dyn Shaper>, Failure> {
        line::shaper_for(mapping, schema, slot, &LineRules::of(connection), types)
    }

    fn points(&self, lines: &LineBatch, tell: &mut dyn FnMut(&ReadPoint<'_>)) -> Result<(), Failure> {
        points::read(lines, tell)
    }

    async fn target_types(&self, access: &ConnectionAccess, measurement: &str) -> Result<FieldTypes, Failure> {
        let target = &access.connection.target;
        if matches!(target, Target::File { .. }) {
            return Ok(FieldTypes::default());
        }
        let asker = Asker::of(access);
        if let Some(types) = self.known.types(&asker, measurement) {
            return Ok(types);
        }
        let types = self.ask_types(access, measurement).await?;
        self.known.keep(asker, measurement, types.clone());
        Ok(types)
    }

    async fn retention(&self, access: &ConnectionAccess) -> Result<Option<Duration>, Failure> {
        let target = &access.connection.target;
        if let Some(url) = target.url() {
            plain(url)?;
        }
        explore::retention(target, self.client(access, &login(access))?).await
    }

    async fn open(&self, access: &ConnectionAccess, label: &str) -> Result<Arc<dyn Writer>, Failure> {
        let connection = &access.connection;
        let in_flight = connection.in_flight as usize;
        let writer: Arc<dyn Writer> = match &connection.target {
            Target::File { folder } => return Ok(Arc::new(file::FolderWriter::new(folder, label)?)),
            Target::V1 { url, database, retention_policy, .. } => {
                plain(url)?;
                let to = v1::write_url(url, database, retention_policy.as_deref());
                let lines = v1::Lines::new(&connection.target, url, &to);
                Arc::new(HttpWriter::new(self.client(access, &login(access))?, to, connection, in_flight, lines))
            }
            Target::V2 { url, organization, bucket } => {
                plain(url)?;
                let to = v2::write_url(url, organization, bucket);
                let lines = v2::Lines::new(&connection.target, url, &to);
                Arc::new(HttpWriter::new(self.client(access, &login(access))?, to, connection, in_flight, lines))
            }
            Target::V3 { url, database, edition, .. } if writes_like_v2(*edition) => {
                plain(url)?;
                let to = v2::cloud_write_url(url, database);
                let lines = v2::Lines::new(&connection.target, url, &to);
                Arc::new(HttpWriter::new(self.client(access, &login(access))?, to, connection, in_flight.max(V3_IN_FLIGHT), lines))
            }
            Target::V3 { url, database, .. } => {
                plain(url)?;
                let lines = v3::Lines::new(url, database);
                let url = v3::write_url(url, database);
                Arc::new(HttpWriter::new(self.client(access, &login(access))?, url, connection, in_flight.max(V3_IN_FLIGHT), lines))
            }
        };
        Ok(Arc::new(Watched { writer, known: Arc::clone(&self.known), asker: Asker::of(access) }))
    }

    fn explorer(&self, access: &ConnectionAccess) -> Result<Box<dyn Explorer>, Failure> {
        let target = &access.connection.target;
        if let Some(url) = target.url() {
            plain(url)?;
        }
        explore::open(target, self.client(access, &login(access))?)
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

    fn shaper_for(
        &self,
        connection: &Connection,
        mapping: &Mapping,
        schema: &SchemaRef,
        slot: DateTime<Utc>,
        types: &FieldTypes,
    ) -> Result<Box<dyn Shaper>, Failure> {
        self.0.shaper_for(connection, mapping, schema, slot, types)
    }

    fn points(&self, lines: &LineBatch, tell: &mut dyn FnMut(&ReadPoint<'_>)) -> Result<(), Failure> {
        self.0.points(lines, tell)
    }

    async fn open(&self, _: &ConnectionAccess, _: &str) -> Result<Arc<dyn Writer>, Failure> {
        Ok(Arc::new(Nowhere))
    }

    fn explorer(&self, access: &ConnectionAccess) -> Result<Box<dyn Explorer>, Failure> {
        self.0.explorer(access)
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
