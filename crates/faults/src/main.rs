//! `faults`: plays what goes wrong, and says whether every row arrived exactly once.

use std::process::ExitCode;

use clap::Parser;
use faults::{Scenario, Settings};

/// Plays what goes wrong between a database and InfluxDB, and judges every row and point.
///
/// Run it under `dev/servers run`, which starts the databases; InfluxDB and Tributary are its own.
#[derive(Parser)]
struct Command {
    /// What goes wrong; everything, one after another, when none is named
    scenarios: Vec<Scenario>,
    #[command(flatten)]
    settings: Settings,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let Command { scenarios, settings } = Command::parse();
    let settings = settings.with_seed();
    let scenarios = if scenarios.is_empty() { Scenario::all() } else { scenarios };
    let mut passed = true;
    for scenario in scenarios {
        passed &= scenario.play(&settings).await?.wrong.is_empty();
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
