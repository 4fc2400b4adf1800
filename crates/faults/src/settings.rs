//! What a run of the harness is told.

use std::{
    fmt,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

/// The database that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// At `TRIBUTARY_TEST_POSTGRES_URL`.
    Postgres,
    /// At `TRIBUTARY_TEST_MYSQL_URL`.
    Mariadb,
}

impl Engine {
    /// What Tributary calls it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mysql",
        }
    }

    /// Where its server is.
    pub(crate) fn url(self) -> anyhow::Result<url::Url> {
        let variable = match self {
            Self::Postgres => "TRIBUTARY_TEST_POSTGRES_URL",
            Self::Mariadb => "TRIBUTARY_TEST_MYSQL_URL",
        };
        let text = std::env::var(variable).with_context(|| format!("{variable} is not set: run under `dev/servers run`"))?;
        Ok(text.parse()?)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Mariadb => "MariaDB",
        })
    }
}

/// By which column the rows are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CursorBy {
    /// The serial number that the database gives before the commit.
    Id,
    /// The time that the database writes before the commit, and the id to tell rows of one time apart.
    Time,
    /// Two series of the same rows, one by each.
    Both,
    /// No cursor: windows of that time, which end longer before their slot than any transaction is held open.
    Window,
}

/// What a run of the harness is told.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// What chance begins with; the clock when absent. It is printed, so that the same decisions can be had again
    #[arg(long, env = "SEED")]
    pub seed: Option<u64>,
    /// Rows that are to be committed
    #[arg(long, env = "ROWS", default_value_t = 100_000)]
    pub rows: u64,
    /// How often the server is killed, or another fault happens
    #[arg(long, env = "KILLS", default_value_t = 10)]
    pub kills: u32,
    /// For how long the writers write
    #[arg(long, env = "MINUTES", default_value_t = 2.0)]
    pub minutes: f64,
    /// The database that is read
    #[arg(long, env = "ENGINE", default_value = "postgres")]
    pub engine: Engine,
    /// By which column the rows are followed
    #[arg(long, env = "CURSOR", default_value = "both")]
    pub cursor: CursorBy,
    /// Writers side by side
    #[arg(long, default_value_t = 8)]
    pub writers: u64,
    /// Longest time that a transaction is held open, in seconds
    #[arg(long, default_value_t = 30.0)]
    pub hold_s: f64,
    /// The program [default: target/debug/tributary], built with the feature `failpoints`
    #[arg(long, env = "TRIBUTARY_FAULTS_PROGRAM")]
    pub program: Option<PathBuf>,
    /// Keep the data directory and the logs, and say where they are
    #[arg(long)]
    pub keep: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: None,
            rows: 100_000,
            kills: 10,
            minutes: 2.0,
            engine: Engine::Postgres,
            cursor: CursorBy::Both,
            writers: 8,
            hold_s: 30.0,
            program: std::env::var_os("TRIBUTARY_FAULTS_PROGRAM").map(PathBuf::from),
            keep: false,
        }
    }
}

impl Settings {
    /// The seed, chosen once.
    #[must_use]
    pub fn with_seed(mut self) -> Self {
        #[allow(clippy::disallowed_methods, reason = "the one place where chance comes from the clock; the seed is printed")]
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.seed.get_or_insert(u64::from(now.subsec_nanos()) ^ now.as_secs() << 20 & 0xffff_ffff);
        self
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or_default()
    }

    /// How long the writers write.
    pub(crate) fn length(&self) -> Duration {
        Duration::from_secs_f64(self.minutes * 60.0)
    }

    pub(crate) fn longest_hold(&self) -> Duration {
        Duration::from_secs_f64(self.hold_s)
    }

    /// The program under test.
    pub(crate) fn program(&self) -> anyhow::Result<PathBuf> {
        if let Some(program) = &self.program {
            return Ok(program.clone());
        }
        let own = std::env::current_exe()?;
        let beside = own.ancestors().skip(1).take(3).map(|folder| folder.join("tributary")).find(|program| program.is_file());
        beside.context("no `tributary` beside this program: cargo build -p tributary --features failpoints, or give --program")
    }
}
