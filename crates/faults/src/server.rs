//! A database server of our own, that may be killed: as durable as in production, so that what was committed is there again.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use tokio::process::{Child, Command};

use crate::{influx::free_port, settings::Engine, table::Session};

const PASSWORD: &str = "faults";
/// For how long it may take to answer: after a kill it looks through its journal first.
const START: Duration = Duration::from_secs(90);

/// A server of `engine` with its data in a folder.
pub(crate) struct Server {
    engine: Engine,
    folder: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Server {
    /// Starts one without any tables, in a new folder.
    pub(crate) async fn start(engine: Engine, folder: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder)?;
        let server = Self { engine, folder, port: free_port()?, child: None };
        if is_root()? {
            // The server has an account of its own and must find the way to its folder.
            let above = server.folder.parent().context("a folder above")?;
            fs::set_permissions(above, fs::Permissions::from_mode(0o711))?;
            ended_well(Command::new("chown").arg(server.account()).arg(&server.folder)).await?;
        }
        let data = server.data();
        match engine {
            Engine::Postgres => {
                let password = server.folder.join("password");
                fs::write(&password, PASSWORD)?;
                let mut command = server.as_account(&newest_postgres()?.join("initdb"))?;
                command.args(["--username=tributary", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
                ended_well(command.arg("--pgdata").arg(data).arg("--pwfile").arg(password)).await?;
            }
            Engine::Mariadb => {
                let sql = format!(
                    "CREATE DATABASE IF NOT EXISTS tributary CHARACTER SET utf8mb4;\n\
                     CREATE USER IF NOT EXISTS 'tributary'@'%' IDENTIFIED BY '{PASSWORD}';\n\
                     GRANT ALL PRIVILEGES ON *.* TO 'tributary'@'%';\n"
                );
                fs::write(server.folder.join("init.sql"), sql)?;
                let mut command = server.as_account(Path::new("mariadb-install-db"))?;
                command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                ended_well(command.arg(format!("--datadir={}", data.display()))).await?;
            }
        }
        let mut server = server;
        server.again().await?;
        Ok(server)
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        let (scheme, database) = match self.engine {
            Engine::Postgres => ("postgres", "postgres"),
            Engine::Mariadb => ("mysql", "tributary"),
        };
        format!("{scheme}://tributary:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// Starts it again on the data that is there.
    pub(crate) async fn again(&mut self) -> anyhow::Result<()> {
        let (data, port) = (self.data().display().to_string(), self.port);
        let mut command = match self.engine {
            Engine::Postgres => {
                let mut command = self.as_account(&newest_postgres()?.join("postgres"))?;
                command.args(["-D", &data, "-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
                command.args(["-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "timezone=UTC"]);
                command
            }
            Engine::Mariadb => {
                let mut command = self.as_account(Path::new("mariadbd"))?;
                let folder = self.folder.display();
                command.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=200"]);
                command.args([format!("--datadir={data}"), format!("--port={port}"), format!("--socket={folder}/s")]);
                command.args([format!("--pid-file={folder}/pid"), format!("--init-file={folder}/init.sql")]);
                command.args(["--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci", "--default-time-zone=+00:00"]);
                // Without its binary log it shows others what was committed a moment before that would outlive a kill.
                command.args([format!("--log-bin={folder}/log"), "--server-id=1".to_owned(), "--sync-binlog=1".to_owned()]);
                command.args(["--binlog-format=ROW", "--innodb-flush-log-at-trx-commit=1"]);
                command
            }
        };
        command.current_dir("/").stdin(Stdio::null()).kill_on_drop(true);
        let deadline = Instant::now() + START;
        while Session::open(&self.url()).await.is_err() {
            // While a process of the one that was killed is still there, a new one refuses to start.
            if self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None))) {
                let log = fs::OpenOptions::new().create(true).append(true).open(self.log())?;
                command.stdout(log.try_clone()?).stderr(log);
                self.child = Some(command.spawn().with_context(|| format!("starting {}, see `dev/servers install`", self.engine))?);
            }
            if Instant::now() > deadline {
                bail!("{} does not answer:\n{}", self.engine, fs::read_to_string(self.log()).unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// Ends it with SIGKILL, and every process of its own.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let Some(id) = child.id() else { return Ok(()) };
        let mut ids = vec![id.to_string()];
        ids.extend(children(id)?.iter().map(u32::to_string));
        // One of them may be gone already, so it does not matter what this says.
        Command::new("sh").arg("-c").arg(format!("kill -KILL {} 2>/dev/null", ids.join(" "))).status().await?;
        child.wait().await?;
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    const fn account(&self) -> &'static str {
        match self.engine {
            Engine::Postgres => "postgres",
            Engine::Mariadb => "mysql",
        }
    }

    /// The servers refuse to run as root: root runs them as the account of their package.
    fn as_account(&self, program: &Path) -> anyhow::Result<Command> {
        if !is_root()? {
            return Ok(Command::new(program));
        }
        let mut command = Command::new("setpriv");
        let account = self.account();
        command.args([&format!("--reuid={account}"), &format!("--regid={account}"), "--init-groups", "--"]).arg(program);
        command.current_dir("/");
        Ok(command)
    }
}

fn is_root() -> anyhow::Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

/// The programs of the newest PostgreSQL.
fn newest_postgres() -> anyhow::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("no PostgreSQL, see `dev/servers install`")?;
    let mut versions: Vec<u32> = versions.filter_map(|version| version.ok()?.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable();
    let newest = versions.last().context("no PostgreSQL, see `dev/servers install`")?;
    Ok(Path::new("/usr/lib/postgresql").join(newest.to_string()).join("bin"))
}

/// The processes that `parent` started.
fn children(parent: u32) -> anyhow::Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process that has ended meanwhile has no status any more.
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        if status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|of| of.trim() == parent.to_string())) {
            found.push(id);
        }
    }
    Ok(found)
}

async fn ended_well(command: &mut Command) -> anyhow::Result<()> {
    let ended = command.output().await.with_context(|| format!("starting {:?}", command.as_std().get_program()))?;
    ensure!(
        ended.status.success(),
        "{:?} failed: {}{}",
        command.as_std().get_program(),
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
    Ok(())
}
