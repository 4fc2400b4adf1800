//! A running house on a data directory of its own, and the databases and servers it meets.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use influx::{
    http::{Http, Login},
    v1,
};
use model::{
    Connection, Database, Engine, Group, Id, Mapping, Mode, Name, Organization, Query, Reject, Run, RunStatus, SecretChange, SecretField,
    Series, Stored, Target,
    secret::{SecretChanges, SecretString},
};
use serde_json::Value;
use sqlx::Connection as _;
use store::KeyPlace;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tributary::{
    app::{App, CheckFirst, Creation, Draft, Refusal},
    clock::MachineClock,
    house,
};
use url::Url;

/// How long anything may take before the test gives up on it.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) const ORG: Id<Organization> = Organization::DEFAULT;

/// Saves a connection without a check: its server may not be there yet.
pub(crate) const SKIPPING: Creation = Creation { check: CheckFirst::Skip, default: false, number: None };

/// A house whose flow runs.
pub(crate) struct House {
    pub(crate) app: App,
    stop: CancellationToken,
    flow: Option<JoinHandle<Result<(), model::Failure>>>,
    dir: Option<tempfile::TempDir>,
}

impl House {
    /// A new house.
    pub(crate) async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let house = Self::open_in(dir.path()).await;
        Self { dir: Some(dir), ..house }
    }

    /// The house in this directory.
    async fn open_in(dir: &Path) -> Self {
        let data = dir.join("data");
        let app = house::build(&data, KeyPlace::File(data.join("key"))).await.unwrap();
        let stop = CancellationToken::new();
        let flow = tokio::spawn({
            let (flow, stop) = (app.flow.clone(), stop.clone());
            async move { flow.run(stop).await }
        });
        Self { app, stop, flow: Some(flow), dir: None }
    }

    /// A path in the house's directory.
    pub(crate) fn path(&self, leaf: &str) -> PathBuf {
        self.dir.as_ref().unwrap().path().join(leaf)
    }

    /// Stops the flow.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        let flow = self.flow.take().unwrap();
        tokio::time::timeout(LIMIT, flow).await.expect("the flow stops").unwrap().unwrap();
    }

    /// Stops the flow and gives up the directory, so that a server process can open it.
    pub(crate) async fn shut(mut self) -> tempfile::TempDir {
        let directory = self.dir.take().unwrap();
        self.close().await;
        directory
    }

    pub(crate) async fn connection(&self, name: &str, spec: Connection, secret: Option<&str>) -> Id<Connection> {
        let secrets = changes(spec.login_secret(), secret);
        self.app.create_connection(ORG, Draft { name: named(name), spec, secrets }, SKIPPING, &mut |_| {}).await.unwrap().stored.id
    }

    pub(crate) async fn database(&self, name: &str, spec: Database, secret: Option<&str>) -> Id<Database> {
        let secrets = changes(spec.secret_fields().first().copied(), secret);
        self.app.create_database(ORG, Draft { name: named(name), spec, secrets }).await.unwrap().stored.id
    }

    pub(crate) async fn query(&self, name: &str, database_id: Id<Database>, sql: &str) -> Result<Id<Query>, Refusal> {
        let spec = Query { database_id, sql: sql.to_owned(), category: String::new(), parameters: Vec::new() };
        Ok(self.app.create_query(ORG, plain(name, spec)).await?.id)
    }

    pub(crate) async fn series(&self, name: &str, spec: Series) -> Id<Series> {
        self.app.create_series(ORG, plain(name, spec)).await.unwrap().id
    }

    pub(crate) async fn group(&self, name: &str, spec: Group) -> Stored<Group> {
        let created = self.app.create_group(ORG, plain(name, spec)).await.unwrap();
        self.app.store.get_group(ORG, created.id).await.unwrap().unwrap()
    }

    /// The usual way from a statement to a run: a query and a series for it, run once for `slot`.
    pub(crate) async fn run_once(
        &self,
        name: &str,
        from: Id<Database>,
        sql: &str,
        to: Id<Connection>,
        mapping: Mapping,
        slot: &str,
    ) -> Run {
        let query_id = self.query(name, from, sql).await.unwrap();
        let series = self.series(name, series(query_id, to, mapping)).await;
        self.run(series, slot).await
    }

    /// Runs a series for `slot` and waits for its end.
    pub(crate) async fn run(&self, series: Id<Series>, slot: &str) -> Run {
        let id = self.start(series, slot).await;
        self.ended(id).await
    }

    /// Puts a series in line for `slot`.
    pub(crate) async fn start(&self, series: Id<Series>, slot: &str) -> Id<Run> {
        let run = self.app.store.enqueue_run(ORG, series, slot.parse::<DateTime<Utc>>().unwrap()).await.unwrap().unwrap();
        self.app.flow.wake();
        run.id
    }

    /// The run, once it has ended.
    pub(crate) async fn ended(&self, id: Id<Run>) -> Run {
        self.until(id, |run| run.status.is_final()).await
    }

    /// The run, once it is as wanted.
    pub(crate) async fn until(&self, id: Id<Run>, wanted: impl Fn(&Run) -> bool) -> Run {
        let waiting = async {
            loop {
                let run = self.app.store.get_run(ORG, id).await.unwrap().unwrap();
                if wanted(&run) {
                    return run;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LIMIT, waiting).await.expect("the run comes so far")
    }

    pub(crate) async fn rejects(&self, run: &Run) -> Vec<Reject> {
        self.app.store.list_rejects(ORG, run.id, 0, 1000).await.unwrap()
    }

    /// A SQLite database made by this script.
    pub(crate) async fn sqlite(&self, name: &str, script: &str) -> Id<Database> {
        let path = self.path(&format!("{name}.db"));
        rusqlite::Connection::open(&path).unwrap().execute_batch(script).unwrap();
        self.database(name, Database::new(Engine::Sqlite { path: path.display().to_string() }), None).await
    }

    /// A connection to a folder of the house, and the folder.
    pub(crate) async fn folder(&self, name: &str) -> (Id<Connection>, PathBuf) {
        let folder = self.path(name);
        std::fs::create_dir_all(&folder).unwrap();
        let spec = Connection::new(Target::File { folder: folder.display().to_string() });
        (self.connection(name, spec, None).await, folder)
    }
}

/// A series without group, run by hand, every policy at its default.
pub(crate) fn series(query_id: Id<Query>, connection_id: Id<Connection>, mapping: Mapping) -> Series {
    Series {
        query_id,
        connection_id,
        group_id: None,
        position: 0,
        mapping,
        mode: Mode::Snapshot,
        parameters: BTreeMap::new(),
        enabled: true,
        rejects: Default::default(),
    }
}

pub(crate) fn plain<N>(name: &str, spec: N) -> Draft<N> {
    Draft { name: named(name), spec, secrets: SecretChanges::new() }
}

fn named(name: &str) -> Name {
    Name::new(name).unwrap()
}

fn changes(field: Option<SecretField>, secret: Option<&str>) -> SecretChanges {
    let set = |secret: &str| SecretChange::Set(SecretString::from(secret.to_owned()));
    field.zip(secret).map(|(field, secret)| (field, set(secret))).into_iter().collect()
}

/// The address of a real server that the tests were started with.
pub(crate) fn server(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `dev/servers run cargo test`"))
}

/// A database on the real InfluxDB, new and empty.
pub(crate) struct RealInflux {
    pub(crate) url: Url,
    pub(crate) database: String,
}

impl RealInflux {
    pub(crate) async fn new(name: &str) -> Self {
        let url: Url = server("TRIBUTARY_TEST_INFLUX_URL").parse().unwrap();
        let database = format!("main_job_{name}_{}", std::process::id());
        let made = Self { url, database };
        made.ask(None, &format!("DROP DATABASE \"{}\"", made.database)).await;
        made.ask(None, &format!("CREATE DATABASE \"{}\"", made.database)).await;
        made
    }

    pub(crate) fn connection(&self) -> Connection {
        let (url, database) = (self.url.clone(), self.database.clone());
        Connection::new(Target::v1(url, database))
    }

    async fn ask(&self, database: Option<&str>, query: &str) -> Vec<Value> {
        let client = Http::new(std::sync::Arc::new(MachineClock)).unwrap().client(&Login::None, LIMIT, false).unwrap();
        v1::query(&client, &self.url, database, query).await.unwrap()
    }

    /// The rows of a query, columns in order, times in nanoseconds.
    pub(crate) async fn rows(&self, query: &str) -> Vec<Value> {
        let mut results = self.ask(Some(&self.database), query).await;
        match results.first_mut().and_then(|result| result.pointer_mut("/series/0/values")).map(Value::take) {
            Some(Value::Array(rows)) => rows,
            _ => Vec::new(),
        }
    }
}

/// A table of its own on a real PostgreSQL or MariaDB, and the database it is in.
pub(crate) async fn real_database(variable: &str, statements: &[&str]) -> (Database, Option<SecretString>) {
    let url = server(variable);
    if url.starts_with("postgres") {
        let mut session = sqlx::PgConnection::connect(&url).await.unwrap();
        for statement in statements {
            sqlx::query(sqlx::AssertSqlSafe((*statement).to_owned())).execute(&mut session).await.unwrap();
        }
    } else {
        let mut session = sqlx::MySqlConnection::connect(&url).await.unwrap();
        for statement in statements {
            sqlx::query(sqlx::AssertSqlSafe((*statement).to_owned())).execute(&mut session).await.unwrap();
        }
    }
    sql::database_from_url(&url).unwrap()
}

/// The status of a run and why, for assertions that tell what happened.
pub(crate) fn told(run: &Run) -> (RunStatus, String) {
    (run.status, run.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default())
}
