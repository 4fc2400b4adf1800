//! The backends that the contract is asked of, and a small house to ask in.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Clock, Code, Connection, Database, Engine, FailureKind, Figures, Group, Id, Mapping, Missed, Mode, Name, Organization, Overlap, Query,
    Run, RunStatus, Schedule, Series, Stored, Target,
    edges::{Fate, Holding, Lease, Progress, Refusal, RunEnd, Settlement, SlotDecision, Store as _},
    run::Reason,
};
use secrecy::SecretString;
use store::{KeyPlace, Store};
use tempfile::TempDir;

/// One organization to work in.
pub(crate) const ORG: Id<Organization> = Organization::DEFAULT;

/// Most rejects of one run that the tests keep.
pub(crate) const LIMIT: u32 = 10_000;

/// A clock that stands still until it is moved. Its entropy never repeats and is the same in every run.
pub(crate) struct TestClock {
    micros: AtomicI64,
    drawn: AtomicU64,
}

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { micros: AtomicI64::new(at(0).timestamp_micros()), drawn: AtomicU64::new(0) })
    }

    pub(crate) fn set(&self, instant: DateTime<Utc>) {
        self.micros.store(instant.timestamp_micros(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros.load(Ordering::SeqCst)).expect("test instants are in range")
    }

    fn entropy(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        for half in bytes.chunks_exact_mut(8) {
            // SplitMix64 over a counter.
            let mut z = self.drawn.fetch_add(1, Ordering::SeqCst).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            half.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes());
        }
        bytes
    }
}

/// So many seconds after the instant at which every test begins.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("in range") + TimeDelta::seconds(seconds)
}

/// A fresh store of one backend.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) clock: Arc<TestClock>,
    dir: TempDir,
}

/// A fresh store of every backend: each test of the contract runs on each.
pub(crate) async fn houses() -> Vec<House> {
    vec![sqlite().await]
}

/// A fresh store in a data directory.
pub(crate) async fn sqlite() -> House {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let clock = TestClock::new();
    let store = open(dir.path().join("data"), clock.clone()).await.expect("a fresh store opens");
    House { store, clock, dir }
}

/// A store in a data directory that an older version left, with a key of 32 bytes that are all 7.
pub(crate) async fn sqlite_of(dump: &str) -> House {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    std::fs::create_dir(&data).expect("the directory is made");
    let url = format!("sqlite://{}?mode=rwc", data.join("tributary.db").display());
    let database = sea_orm::Database::connect(url).await.expect("the database's file is made");
    sea_orm::ConnectionTrait::execute_unprepared(&database, dump).await.expect("the dump is accepted");
    database.close().await.expect("closes");
    let key = data.join("tributary.key");
    std::fs::write(&key, [7; 32]).expect("the key is written");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("the key is ours");
    let clock = TestClock::new();
    let store = open(data, clock.clone()).await.expect("an old store opens");
    House { store, clock, dir }
}

async fn open(data: PathBuf, clock: Arc<TestClock>) -> Result<Store, store::StoreError> {
    Store::open(&data, KeyPlace::File(data.join("tributary.key")), clock).await
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a valid name")
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

pub(crate) fn connection() -> Connection {
    Connection::new(Target::V1 {
        url: "http://localhost:8086".parse().expect("a URL"),
        database: "shop".to_owned(),
        username: Some("writer".to_owned()),
        retention_policy: None,
        edition: Default::default(),
        meta_url: None,
    })
}

pub(crate) fn database() -> Database {
    Database::new(Engine::Postgres(model::database::Server::new("localhost", "shop", "reader")))
}

pub(crate) fn group() -> Group {
    Group {
        schedule: Schedule::EveryS(60),
        time_zone: chrono_tz::Europe::Brussels,
        overlap: Overlap::Skip,
        missed: Missed::Latest,
        enabled: true,
    }
}

/// Numbers for a walk through operations: the same for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `sides`.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len())) }
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

impl House {
    /// A connection without secrets.
    pub(crate) async fn connection(&self, text: &str, new: store::New) -> Stored<Connection> {
        self.store.create_connection(ORG, &name(text), &connection(), &Default::default(), new).await.expect("created")
    }

    /// The name of the default connection of the organization.
    pub(crate) async fn default_connection(&self) -> Option<String> {
        let standings = self.store.connection_standings(ORG).await.expect("readable");
        let all = self.store.list_connections(ORG).await.expect("readable");
        let chosen: Vec<_> = all.into_iter().filter(|one| standings[&one.id].chosen).map(|one| one.name.to_string()).collect();
        assert!(chosen.len() <= 1, "{chosen:?}");
        chosen.into_iter().next()
    }

    /// A series that writes to this connection.
    pub(crate) async fn series_to(&self, text: &str, connection: Id<Connection>) -> Stored<Series> {
        let spec = self.series_spec_to(text, connection, None, 0).await;
        self.store.create_series(ORG, &name(text), &spec).await.expect("created")
    }

    /// A series in this mode that writes to this connection.
    pub(crate) async fn series_in(&self, text: &str, mode: Mode, connection: Id<Connection>) -> Stored<Series> {
        let spec = Series { mode, ..self.series_spec_to(text, connection, None, 0).await };
        self.store.create_series(ORG, &name(text), &spec).await.expect("created")
    }

    /// Puts a run in line by hand.
    pub(crate) async fn enqueue(&self, series: &Stored<Series>, slot: DateTime<Utc>) -> Run {
        self.store.enqueue_run(ORG, series.id, slot).await.expect("writable").expect("the series is there")
    }

    /// The connection of the run takes no points; it is tried again at `next`.
    pub(crate) async fn refuse(&self, lease: &Lease, next: DateTime<Utc>) -> bool {
        let refused = Some(Refusal { reason: reason("401 of the server"), next_probe_at: next });
        let holding = Holding { at: self.clock.now(), refused, waits: None, progress: Progress::default() };
        self.store.hold_run(lease, &holding).await.expect("holding works")
    }

    /// Puts a run back that did not write because its connection was on hold.
    pub(crate) async fn put_back(&self, lease: &Lease) -> bool {
        let holding = Holding { at: self.clock.now(), refused: None, waits: None, progress: Progress::default() };
        self.store.hold_run(lease, &holding).await.expect("holding works")
    }

    /// Ends a run that wrote so many points.
    pub(crate) async fn finish_with(&self, lease: &Lease, points: u64) -> bool {
        let mut end = self.end(RunStatus::Succeeded);
        end.progress.figures = Figures { rows_read: points, points_written: points, ..Figures::default() };
        self.store.finish_run(lease, &end).await.expect("finishing works")
    }

    pub(crate) async fn next_wake(&self) -> Option<DateTime<Utc>> {
        self.store.next_wake().await.expect("readable")
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The same store after the process ended and began again.
    pub(crate) async fn reopen(self) -> Self {
        let Self { store, clock, dir } = self;
        drop(store);
        let store = open(dir.path().join("data"), clock.clone()).await.expect("the store opens again");
        Self { store, clock, dir }
    }

    pub(crate) async fn query(&self, text: &str) -> Stored<Query> {
        let database = match self.store.find_database(ORG, "shop").await.expect("readable") {
            Some(database) => database,
            None => self.store.create_database(ORG, &name("shop"), &database(), &Default::default()).await.expect("created"),
        };
        let spec = Query { database_id: database.id, sql: "select 1 as n".to_owned(), category: String::new(), parameters: vec![] };
        self.store.create_query(ORG, &name(text), &spec).await.expect("created")
    }

    pub(crate) async fn group(&self, text: &str, next_slot_at: Option<DateTime<Utc>>) -> Stored<Group> {
        self.store.create_group(ORG, &name(text), &group(), next_slot_at).await.expect("created")
    }

    /// A series at a place in a group, with a query of its own and one connection for all.
    pub(crate) async fn series(&self, text: &str, group: Option<&Stored<Group>>, position: i32) -> Stored<Series> {
        let spec = self.series_spec(text, group, position).await;
        self.store.create_series(ORG, &name(text), &spec).await.expect("created")
    }

    pub(crate) async fn series_spec(&self, text: &str, group: Option<&Stored<Group>>, position: i32) -> Series {
        let connection = match self.store.find_connection(ORG, "influx").await.expect("readable") {
            Some(connection) => connection,
            None => self
                .store
                .create_connection(ORG, &name("influx"), &connection(), &Default::default(), Default::default())
                .await
                .expect("created"),
        };
        self.series_spec_to(text, connection.id, group, position).await
    }

    async fn series_spec_to(&self, text: &str, connection: Id<Connection>, group: Option<&Stored<Group>>, position: i32) -> Series {
        Series {
            query_id: self.query(text).await.id,
            connection_id: connection,
            group_id: group.map(|group| group.id),
            position,
            mapping: Mapping::new("orders"),
            mode: Mode::Window { length_s: None, lag_s: 5 },
            parameters: [("country".to_owned(), "BE".to_owned())].into(),
            enabled: true,
            rejects: Default::default(),
        }
    }

    /// Settles one slot of a group as to be run.
    pub(crate) async fn run_slot(&self, group: &Stored<Group>, slot: DateTime<Utc>) {
        let seen = self.store.group_next_slot(ORG, group.id).await.expect("readable").expect("the group has a next slot");
        let settled = self.settle(group, seen, vec![decision(slot, Fate::Run)]).await;
        assert!(settled, "the slot is settled");
    }

    pub(crate) async fn settle(&self, group: &Stored<Group>, seen: DateTime<Utc>, decisions: Vec<SlotDecision>) -> bool {
        let last = decisions.last().map_or(seen, |decision| decision.last_slot);
        let now = self.store.get_group(ORG, group.id).await.expect("readable").expect("the group is there");
        let settlement = Settlement {
            organization_id: ORG,
            group_id: group.id,
            seen_revision: now.revision,
            seen_next_slot_at: seen,
            next_slot_at: Some(last + TimeDelta::seconds(60)),
            at: self.clock.now(),
            decisions,
        };
        self.store.settle_slots(&settlement).await.expect("settled")
    }

    /// Claims the next run, now, for a node.
    pub(crate) async fn claim(&self, node: &str) -> Option<(Lease, Run)> {
        let now = self.clock.now();
        self.store.claim_run(node, now, now + TimeDelta::seconds(15)).await.expect("claiming works")
    }

    pub(crate) async fn finish(&self, lease: &Lease, status: RunStatus) -> bool {
        self.store.finish_run(lease, &self.end(status)).await.expect("finishing works")
    }

    pub(crate) fn end(&self, status: RunStatus) -> RunEnd {
        RunEnd { status, at: self.clock.now(), progress: Progress::default(), reason: None, retry_at: None }
    }

    pub(crate) async fn run(&self, id: Id<Run>) -> Run {
        self.store.get_run(ORG, id).await.expect("readable").expect("the run is there")
    }
}

pub(crate) fn reason(message: &str) -> Reason {
    Reason {
        kind: Some(FailureKind::InfluxAuthentication),
        code: Some(Code::Kind(FailureKind::InfluxAuthentication)),
        message: message.to_owned(),
        advice: "renew it".to_owned(),
    }
}

pub(crate) fn decision(slot: DateTime<Utc>, fate: Fate) -> SlotDecision {
    SlotDecision { slot, last_slot: slot, slots: 1, fate }
}

/// Changes the tables behind the store's back.
pub(crate) async fn tamper(house: &House, sql: &str) {
    let changed = behind(house, sql).await;
    assert!(changed > 0, "nothing was changed by {sql}");
}

/// Changes the schema behind the store's back.
pub(crate) async fn schema(house: &House, sql: &str) {
    behind(house, sql).await;
}

/// What a statement counts.
pub(crate) async fn count(house: &House, sql: &str) -> i64 {
    let database = file(house).await;
    let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql);
    let row = sea_orm::ConnectionTrait::query_one_raw(&database, statement).await.expect("readable").expect("a row");
    let counted = row.try_get_by_index(0).expect("a number");
    database.close().await.expect("closes");
    counted
}

async fn behind(house: &House, sql: &str) -> u64 {
    let database = file(house).await;
    let changed = sea_orm::ConnectionTrait::execute_unprepared(&database, sql).await.expect("the change is accepted");
    database.close().await.expect("closes");
    changed.rows_affected()
}

async fn file(house: &House) -> sea_orm::DatabaseConnection {
    let file = house.data_dir().join("tributary.db");
    sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.expect("the database's file opens")
}
