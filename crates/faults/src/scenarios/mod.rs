//! What goes wrong: one file per scenario.

use clap::ValueEnum;

use crate::{report::Report, settings::Settings};

mod clock;
mod credentials;
mod database;
mod disk_full;
mod influx_down;
mod kill;
mod late;
mod rejects;
mod storm;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// The server is killed at random times and at named points.
    Kill,
    /// Rows are committed late; a plain cursor beside loses some.
    Late,
    /// InfluxDB is overloaded, slow, loses answers, breaks connections.
    Storm,
    /// InfluxDB is killed and restarted; a snapshot's slots wait meanwhile.
    InfluxDown,
    /// Some lines cannot be written.
    Rejects,
    /// InfluxDB's login is taken away and given back.
    Credentials,
    /// The way to the database breaks in the middle of a result.
    Database,
    /// The store's disk is full for a while. Needs the right to mount one.
    DiskFull,
    /// Local times pass the clock changes of their zone. PostgreSQL only.
    Clock,
}

impl Scenario {
    /// Each once.
    pub fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }

    /// Plays it.
    ///
    /// # Errors
    /// When it cannot be played: a server that does not start, a program that ends by itself. What does not arrive as it must is no error
    /// but stands in the report.
    pub async fn play(self, settings: &Settings) -> anyhow::Result<Report> {
        match self {
            Self::Kill => kill::play(settings).await,
            Self::Late => late::play(settings).await,
            Self::Storm => storm::play(settings).await,
            Self::InfluxDown => influx_down::play(settings).await,
            Self::Rejects => rejects::play(settings).await,
            Self::Credentials => credentials::play(settings).await,
            Self::Database => database::play(settings).await,
            Self::DiskFull => disk_full::play(settings).await,
            Self::Clock => clock::play(settings).await,
        }
    }
}
