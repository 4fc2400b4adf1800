//! What goes wrong: one file per scenario.

use clap::ValueEnum;

use crate::{report::Report, settings::Settings};

mod kill;
mod late;
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
        }
    }
}
