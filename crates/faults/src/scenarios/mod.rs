//! What goes wrong: one file per scenario.

use clap::ValueEnum;

use crate::{
    report::{Report, say},
    settings::Settings,
};

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
    /// The server is killed at random times and at named points; a snapshot's slots and a backfill go on meanwhile.
    Kill,
    /// Rows are committed late; a plain cursor beside loses some.
    Late,
    /// InfluxDB is overloaded, slow, loses answers, breaks connections.
    Storm,
    /// InfluxDB is away for an hour of the program's clock; a snapshot's slots wait meanwhile.
    InfluxDown,
    /// Some lines cannot be written.
    Rejects,
    /// InfluxDB's login is taken away and given back.
    Credentials,
    /// The database server is killed in the middle of a result, the way to it breaks, is slow, swallows everything.
    Database,
    /// The store's disk is full for a while. Needs the right to mount one.
    DiskFull,
    /// The program's clock is set forward and back; local times pass the clock changes of their zone (PostgreSQL only).
    Clock,
}

impl Scenario {
    /// Each once.
    pub fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }

    /// Plays it. What cannot be played (a server that does not start, a program that ends by itself) is wrong as well, and stands in the report.
    pub async fn play(self, settings: &Settings) -> Report {
        let name = self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        let mut report = Report::of(&name, settings);
        let told = &mut report;
        let played = match self {
            Self::Kill => kill::play(settings, told).await,
            Self::Late => late::play(settings, told).await,
            Self::Storm => storm::play(settings, told).await,
            Self::InfluxDown => influx_down::play(settings, told).await,
            Self::Rejects => rejects::play(settings, told).await,
            Self::Credentials => credentials::play(settings, told).await,
            Self::Database => database::play(settings, told).await,
            Self::DiskFull => disk_full::play(settings, told).await,
            Self::Clock => clock::play(settings, told).await,
        };
        if let Err(error) = played {
            report.wrong(format!("it broke off: {error:#}"));
        }
        if !report.wrong.is_empty() {
            say(&format!("{name} is WRONG; the same decisions again: SEED={} faults {name}", settings.seed()));
        }
        report
    }
}
