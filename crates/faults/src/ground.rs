//! The ground of a scenario: everything there, connected, and empty.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    cable::Cable,
    influx::{DATABASE, Influx},
    judge::judge,
    report::{Report, say},
    server::Server,
    settings::{CursorBy, Engine, Settings},
    table::{Session, Table},
    toll::Toll,
    tributary::Tributary,
    writers::Numbering,
};

/// What stands in a query that is to be counted on its way to the database.
pub(crate) const MARK: &str = "asked-of-the-database";

/// A group without slots: it is changed when Tributary shall look at the time.
const NEVER: &str = "never";

/// How a scenario's ground differs from the usual.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// InfluxDB asks for a login.
    pub(crate) authentication: bool,
    /// The data directory of Tributary, elsewhere.
    pub(crate) data: Option<PathBuf>,
    /// Lines of one request.
    pub(crate) batch_lines: Option<u32>,
    /// Rows of one page.
    pub(crate) page_rows: Option<u32>,
    /// Where points go, if not to `autogen`.
    pub(crate) retention_policy: Option<String>,
    /// What becomes of missed slots of the group that follows the table, if not all of them run late.
    pub(crate) missed: Option<Value>,
    /// The database's server is one of its own, which may be killed.
    pub(crate) own_server: bool,
}

/// The ground of a scenario.
pub(crate) struct Ground {
    pub(crate) settings: Settings,
    pub(crate) influx: Influx,
    pub(crate) toll: Toll,
    pub(crate) cable: Cable,
    pub(crate) server: Option<Server>,
    pub(crate) tributary: Tributary,
    pub(crate) table: Table,
    pub(crate) session: Session,
    pub(crate) url: String,
    /// Other tables, which go with it.
    pub(crate) beside: Vec<Table>,
    /// Measurements that must hold every row of the table.
    pub(crate) measurements: Vec<String>,
    pub(crate) shape: Shape,
    folder: Option<TempDir>,
    group: Option<String>,
    query: Option<String>,
    numbering: Numbering,
}

impl Ground {
    /// Everything there, and nothing followed yet.
    pub(crate) async fn open(name: &str, settings: &Settings, shape: Shape) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("tributary-faults.")?;
        say(&format!("{name} on {}: seed {}, in {}", settings.engine, settings.seed(), folder.path().display()));
        let server = match shape.own_server {
            true => Some(Server::start(settings.engine, folder.path().join("server")).await?),
            false => None,
        };
        let url = match &server {
            Some(server) => server.url().parse()?,
            None => settings.engine.url()?,
        };
        let mut session = Session::open(url.as_str()).await?;
        let name = name.replace('-', "_");
        let table = Table::make(&mut session, &format!("faults_{name}_{}", std::process::id()), settings.engine).await?;
        let influx = Influx::start(folder.path().join("influx"), shape.authentication).await?;
        let toll = Toll::to(influx.port, settings.seed()).await?;
        let port = url.port().unwrap_or(if settings.engine == Engine::Postgres { 5432 } else { 3306 });
        let cable = Cable::to(format!("{}:{port}", url.host_str().context("a host")?), MARK).await?;
        let data = shape.data.clone().unwrap_or_else(|| folder.path().join("data"));
        let tributary = Tributary::new(settings.program()?, data, folder.path().join("tributary.log"))?;
        Ok(Self {
            settings: settings.clone(),
            influx,
            toll,
            cable,
            server,
            tributary,
            table,
            session,
            url: url.to_string(),
            beside: Vec::new(),
            measurements: Vec::new(),
            shape,
            folder: Some(folder),
            group: None,
            query: None,
            numbering: Numbering::of_nobody(settings),
        })
    }

    /// The first value of the result, text.
    pub(crate) async fn text(&mut self, sql: &str) -> anyhow::Result<String> {
        self.session.text(sql).await
    }

    /// The database and the connection, in the Tributary that serves.
    pub(crate) async fn introduce(&mut self) -> anyhow::Result<()> {
        let url: url::Url = self.url.parse()?;
        let database = json!({
            "name": "table", "engine": self.settings.engine.word(), "host": "127.0.0.1", "port": self.cable.port, "tls": "disable",
            "database": url.path().trim_start_matches('/'), "username": url.username(),
            "secrets": { "password": url.password().unwrap_or_default() },
        });
        let database = self.tributary.post("/databases", database).await?;
        let mut connection = json!({
            "name": "influx", "driver": "v1", "url": format!("http://127.0.0.1:{}", self.toll.port), "database": DATABASE,
            "retention_policy": self.shape.retention_policy, "timeout_ms": 5000, "gzip": "off", "batch_lines": self.shape.batch_lines.unwrap_or(5000),
        });
        if self.shape.authentication {
            connection["username"] = json!("writer");
            connection["secrets"] = json!({ "password": "writer" });
        }
        self.tributary.post("/connections?check=skip", connection).await?;
        let missed = self.shape.missed.clone().unwrap_or_else(|| json!({ "all": 10000 }));
        let group = json!({ "schedule": { "every_s": 1 }, "overlap": "queue_one", "missed": missed });
        self.group = Some(self.group("every second", group).await?);
        self.group(NEVER, json!({ "schedule": { "every_s": 31_536_000 }, "enabled": false })).await?;
        let mut sql = self.table.query();
        if self.settings.cursor == CursorBy::Window {
            sql.push_str(" WHERE at >= :window_start AND at < :window_end");
        }
        let query = json!({ "name": "rows", "database_id": id(&database)?, "sql": sql });
        self.query = Some(id(&self.tributary.post("/queries", query).await?)?);
        Ok(())
    }

    /// Follows the table by the settings' cursor, every second.
    pub(crate) async fn follow(&mut self) -> anyhow::Result<()> {
        let by_id = json!({ "cursor": "id" });
        let by_time = json!({ "cursor": "at", "key": ["id"] });
        let cursors = match self.settings.cursor {
            CursorBy::Id => vec![("by_id", by_id)],
            CursorBy::Time => vec![("by_time", by_time)],
            CursorBy::Both => vec![("by_id", by_id), ("by_time", by_time)],
            CursorBy::Window => vec![("by_window", json!({ "mode": "window", "lag_s": self.settings.hold_s.ceil() as u32 + 2 }))],
        };
        for (measurement, mut mode) in cursors {
            if mode["mode"].is_null() {
                mode["mode"] = json!("incremental");
                mode["fence"] = json!("transactions");
                if let Some(rows) = self.shape.page_rows {
                    mode["page_rows"] = json!(rows);
                }
            }
            let group = self.group.clone();
            let query = self.query.clone().context("a query")?;
            self.series(measurement, &query, group.as_deref(), mapping(measurement), mode).await?;
            self.measurements.push(measurement.to_owned());
        }
        Ok(())
    }

    /// Adds rows that no writer writes, in one transaction.
    pub(crate) async fn add(&mut self, rows: u64) -> anyhow::Result<()> {
        let sql = self.table.insert(self.numbering.take(rows), self.table.clocks()[0]);
        self.session.run(&sql).await?;
        Ok(())
    }

    /// Adds rows every second until `bitten`; whether it was, within a minute. A fault that must be seen to bite waits for it here, however
    /// slow the machine is.
    pub(crate) async fn bites(&mut self, rows: u64, mut bitten: impl FnMut(&mut Self) -> anyhow::Result<bool>) -> anyhow::Result<bool> {
        let (begun, mut added) = (Instant::now(), None);
        while begun.elapsed() < Duration::from_secs(60) {
            if bitten(self)? {
                return Ok(true);
            }
            if added.is_none_or(|at: Instant| at.elapsed() > Duration::from_secs(1)) {
                self.add(rows).await?;
                added = Some(Instant::now());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(false)
    }

    /// Tributary's clock goes on to the next whole multiple of `every` that lies at least `by` ahead, and slots that have come by then are seen
    /// at once.
    pub(crate) async fn pass(&mut self, by: TimeDelta, every: TimeDelta) -> anyhow::Result<DateTime<Utc>> {
        let then = self.tributary.clock.step(by, every)?;
        self.look().await?;
        Ok(then)
    }

    /// Tributary looks at the time at once; by itself it would within five seconds.
    pub(crate) async fn look(&self) -> anyhow::Result<()> {
        self.tributary.patch(&format!("/groups/{NEVER}"), json!({ "enabled": false })).await?;
        Ok(())
    }

    /// A series of the connection.
    pub(crate) async fn series(&self, name: &str, query: &str, group: Option<&str>, mapping: Value, mode: Value) -> anyhow::Result<String> {
        let connection = self.tributary.get("/connections/influx").await?;
        let series = json!({
            "name": name, "query_id": query, "connection_id": connection["id"], "group_id": group, "mapping": mapping, "mode": mode,
        });
        id(&self.tributary.post("/series", series).await?)
    }

    /// A query of the database.
    pub(crate) async fn query(&self, name: &str, sql: &str) -> anyhow::Result<String> {
        let database = self.tributary.get("/databases/table").await?;
        id(&self.tributary.post("/queries", json!({ "name": name, "database_id": database["id"], "sql": sql })).await?)
    }

    /// A group.
    pub(crate) async fn group(&self, name: &str, spec: Value) -> anyhow::Result<String> {
        let mut spec = spec;
        spec["name"] = json!(name);
        id(&self.tributary.post("/groups", spec).await?)
    }

    /// Waits until every measurement has as many points as the table has rows; gives up when for `patience` none was added.
    pub(crate) async fn arrived(&mut self, patience: Duration) -> anyhow::Result<bool> {
        let rows = self.table.count(&mut self.session).await?;
        let (mut last, mut moved) = (Vec::new(), Instant::now());
        loop {
            let mut counts = Vec::new();
            for measurement in &self.measurements {
                counts.push(self.influx.count(measurement, "n").await.unwrap_or(-1));
            }
            if counts.iter().all(|count| *count == rows) {
                return Ok(true);
            }
            if counts != last {
                (last, moved) = (counts, Instant::now());
            } else if moved.elapsed() > patience {
                return Ok(false);
            }
            if self.tributary.has_ended()? {
                bail!("tributary ended by itself:\n{}", self.tributary.tail());
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Waits until no run waits or runs.
    pub(crate) async fn idle(&self, limit: Duration) -> anyhow::Result<bool> {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            let mut open = 0;
            for status in ["queued", "running"] {
                let runs = self.tributary.get(&format!("/runs?status={status}&limit=1")).await?;
                open += runs["items"].as_array().map_or(0, Vec::len);
            }
            if open == 0 {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(false)
    }

    /// Judges every measurement against the table.
    pub(crate) async fn judge(&mut self, report: &mut Report) -> anyhow::Result<()> {
        report.rows += self.table.count(&mut self.session).await?;
        for measurement in self.measurements.clone() {
            judge(&mut self.session, &self.table, &self.influx, &measurement).await?.put_into(report, &measurement);
        }
        let tally = self.toll.tally();
        let acts: Vec<String> = tally.acts.iter().map(|(act, times)| format!("{times} {act}")).collect();
        report.count(format!("{} writes: {}", tally.requests, acts.join(", ")));
        let replayed = self.replayed().await?;
        report.again = Some(report.again.unwrap_or_default() + replayed);
        report.count(format!("{replayed} lines were written more than once"));
        Ok(())
    }

    /// How many lines InfluxDB acknowledged beyond one for each point: what was sent more than once.
    pub(crate) async fn replayed(&self) -> anyhow::Result<i64> {
        let mut replayed = 0;
        for (measurement, lines) in self.toll.tally().lines_written {
            replayed += i64::try_from(lines)? - self.influx.count(&measurement, "n").await?;
        }
        Ok(replayed)
    }

    /// Says what the runs came to.
    pub(crate) async fn tell_runs(&self, report: &mut Report) -> anyhow::Result<()> {
        report.count(format!("runs: {}", self.tributary.runs().await?));
        for reason in self.tributary.reasons("failed").await? {
            report.count(format!("  failed: {reason}"));
        }
        Ok(())
    }

    /// Ends everything; what is wrong is kept for whoever looks.
    pub(crate) async fn close(mut self, report: &Report) -> anyhow::Result<()> {
        if !self.tributary.has_ended()? {
            self.tributary.kill().await?;
        }
        self.influx.kill().await?;
        let keep = self.settings.keep || !report.wrong.is_empty();
        if let Some(folder) = self.folder.take_if(|_| keep) {
            say(&format!("kept: {}, table {}", folder.keep().display(), self.table.name));
            return Ok(());
        }
        if let Some(server) = &mut self.server {
            return server.kill().await;
        }
        for table in [self.table].iter().chain(&self.beside) {
            self.session.run(&format!("DROP TABLE {}", table.name)).await?;
        }
        Ok(())
    }
}

/// How rows of the table become points of `measurement`.
pub(crate) fn mapping(measurement: &str) -> Value {
    json!({
        "measurement": { "name": measurement }, "tags": ["writer"], "time": { "column": "moment" }, "time_field": "unix_ns",
        "fields": { "columns": ["id", "n", "value", "word", "at"] },
    })
}

fn id(answer: &Value) -> anyhow::Result<String> {
    Ok(answer["id"].as_str().with_context(|| format!("no id in {answer}"))?.to_owned())
}
