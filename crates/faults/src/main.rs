//! `faults`: plays what goes wrong, and says whether every row arrived exactly once.

use std::{io::Write as _, process::ExitCode};

use clap::Parser;
use faults::{Report, Scenario, Settings};

/// Plays what goes wrong between a database and InfluxDB, and judges every row and point. Ends with a table of what was played; exits with 1 if
/// anything is wrong.
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
    let mut reports = Vec::new();
    for scenario in scenarios {
        reports.push(scenario.play(&settings).await);
    }
    let mut out = std::io::stdout();
    writeln!(out, "{}", Report::HEAD)?;
    for report in &reports {
        writeln!(out, "{}", report.row())?;
    }
    let passed = reports.iter().all(|report| report.wrong.is_empty());
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
