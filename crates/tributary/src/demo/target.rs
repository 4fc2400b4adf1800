//! Where the demo writes: the InfluxDB that answers on the usual port, else one found on this machine and started for the demo, else
//! files.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use influx::{
    Product,
    http::{Client, Http, Login},
    v1,
};
use model::{Clock, Connection, Target};
use serde::{Deserialize, Serialize};
use tokio::process::Command;
use url::Url;

/// The InfluxDB database that the demo writes to.
pub(super) const DATABASE: &str = "tributary_demo";

/// The usual address of an InfluxDB.
const USUAL_URL: &str = "http://localhost:8086";

/// How long an InfluxDB may take to answer one question.
const ASK_LIMIT: Duration = Duration::from_secs(5);

/// How long an InfluxDB that was started may take to answer.
const START_LIMIT: Duration = Duration::from_secs(30);

/// What the demo found, kept in its data directory: a demo that is started again goes on where it wrote before.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Place {
    /// An InfluxDB 1.x that was there already.
    Found {
        /// Its address.
        url: Url,
    },
    /// An InfluxDB 1.x that the demo started.
    Started {
        /// Its address.
        url: Url,
        /// Its process.
        pid: u32,
    },
    /// Files of line protocol.
    Files {
        /// Their folder.
        folder: PathBuf,
    },
}

impl Place {
    /// The connection that writes there.
    pub(super) fn connection(&self) -> Connection {
        Connection::new(match self {
            Self::Found { url } | Self::Started { url, .. } => Target::v1(url.clone(), DATABASE),
            Self::Files { folder } => Target::File { folder: folder.display().to_string() },
        })
    }

    /// In words.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Found { url } => format!("the InfluxDB that answers on {url}"),
            Self::Started { url, pid } => format!("an InfluxDB started for the demo on {url} (process {pid})"),
            Self::Files { folder } => format!("files of line protocol in {}", folder.display()),
        }
    }

    /// Where to look at what has arrived.
    pub(super) fn look(&self) -> String {
        match self {
            Self::Found { url } | Self::Started { url, .. } => format!(
                "influx -host {} -port {} -database {DATABASE} -execute 'SELECT * FROM orders_last_hour ORDER BY time DESC LIMIT 8'",
                url.host_str().unwrap_or("localhost"),
                url.port_or_known_default().unwrap_or(8086)
            ),
            Self::Files { folder } => format!("ls {}", folder.display()),
        }
    }
}

/// Finds or starts a place to write to.
///
/// # Errors
/// When an InfluxDB was found but the demo's database cannot be created, or an `influxd` was found but does not start.
pub(super) async fn find(dir: &Path, wanted: Option<&Url>, clock: Arc<dyn Clock>) -> anyhow::Result<Place> {
    let client = &Http::new(clock)?.client(&Login::None, ASK_LIMIT, false)?;
    let note = dir.join("demo.json");
    if let Ok(text) = fs::read_to_string(&note) {
        let place: Place = serde_json::from_str(&text).with_context(|| format!("reading {}", note.display()))?;
        if let Some(place) = take_up(dir, place, client).await? {
            return keep(&note, place);
        }
    }
    let usual: Url = USUAL_URL.parse().context("the usual address")?;
    let url = wanted.unwrap_or(&usual);
    if answers(url, client).await {
        v1::create_database(client, url, DATABASE).await?;
        return keep(&note, Place::Found { url: url.clone() });
    }
    anyhow::ensure!(wanted.is_none(), "no InfluxDB 1.x that needs no login answers on {url}");
    if let Some(program) = installed_influxd() {
        let place = start(dir, &program, free_port()?, client).await?;
        return keep(&note, place);
    }
    let folder = dir.join("lines");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    keep(&note, Place::Files { folder })
}

/// Ends the InfluxDB that the demo started, if it did. One that was there before is left alone.
///
/// # Errors
/// When its process cannot be told to stop.
pub(super) async fn leave(dir: &Path, place: &Place) -> anyhow::Result<()> {
    if let Place::Started { pid, .. } = place
        && is_ours(dir, *pid)
    {
        let status = Command::new("kill").arg(pid.to_string()).status().await.context("stopping the demo's InfluxDB")?;
        anyhow::ensure!(status.success(), "stopping the demo's InfluxDB (process {pid})");
    }
    Ok(())
}

/// The place of an earlier start, if it can still be written to; an InfluxDB that was started then is started again.
async fn take_up(dir: &Path, place: Place, client: &Client) -> anyhow::Result<Option<Place>> {
    match &place {
        Place::Found { url } => Ok(answers(url, client).await.then_some(place)),
        Place::Started { url, pid } => {
            if is_ours(dir, *pid) && answers(url, client).await {
                return Ok(Some(place));
            }
            let port = url.port_or_known_default().unwrap_or_default();
            match installed_influxd() {
                Some(program) => start(dir, &program, port, client).await.map(Some),
                None => Ok(None),
            }
        }
        Place::Files { folder } => Ok(folder.is_dir().then_some(place)),
    }
}

/// Whether an InfluxDB 1.x that needs no login answers there.
async fn answers(url: &Url, client: &Client) -> bool {
    let is_v1 = influx::detect(client, url).await.is_ok_and(|server| matches!(server.product, Product::V1));
    is_v1 && v1::query(client, url, None, "SHOW DATABASES").await.is_ok()
}

fn keep(note: &Path, place: Place) -> anyhow::Result<Place> {
    fs::write(note, serde_json::to_string_pretty(&place)?).with_context(|| format!("writing {}", note.display()))?;
    Ok(place)
}

/// Whether the process still is the `influxd` that runs on the demo's own settings.
fn is_ours(dir: &Path, pid: u32) -> bool {
    let settings = settings_file(dir).display().to_string();
    fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("influxd") && line.contains(&settings))
}

fn settings_file(dir: &Path) -> PathBuf {
    dir.join("influxdb").join("influxdb.conf")
}

fn installed_influxd() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let usual = [PathBuf::from("/usr/bin"), PathBuf::from("/usr/local/bin"), PathBuf::from("/usr/sbin")];
    std::env::split_paths(&path).chain(usual).map(|folder| folder.join("influxd")).find(|program| program.is_file())
}

fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

async fn start(dir: &Path, program: &Path, port: u16, client: &Client) -> anyhow::Result<Place> {
    let folder = dir.join("influxdb");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let rpc = free_port()?;
    let root = folder.display();
    fs::write(
        settings_file(dir),
        format!(
            "reporting-disabled = true\nbind-address = \"127.0.0.1:{rpc}\"\n\
             [meta]\ndir = \"{root}/meta\"\n\
             [data]\ndir = \"{root}/data\"\nwal-dir = \"{root}/wal\"\nquery-log-enabled = false\n\
             [monitor]\nstore-enabled = false\n\
             [http]\nbind-address = \"127.0.0.1:{port}\"\nlog-enabled = false\n\
             [logging]\nlevel = \"warn\"\nsuppress-logo = true\n"
        ),
    )?;
    let log = fs::File::options().create(true).append(true).open(folder.join("influxd.log"))?;
    let child = Command::new(program)
        .arg("-config")
        .arg(settings_file(dir))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // An interrupt at the terminal is for the demo alone: it still has points to write.
        .process_group(0)
        .spawn()
        .with_context(|| format!("starting {}", program.display()))?;
    let pid = child.id().context("the InfluxDB that was started ended at once")?;
    let url: Url = format!("http://127.0.0.1:{port}").parse()?;
    let started = tokio::time::timeout(START_LIMIT, async {
        while !answers(&url, client).await {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    started
        .await
        .with_context(|| format!("the InfluxDB that was started does not answer; see {}", folder.join("influxd.log").display()))?;
    v1::create_database(client, &url, DATABASE).await?;
    Ok(Place::Started { url, pid })
}
