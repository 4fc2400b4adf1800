//! The command line. Names follow the glossary; data goes to standard output, words to standard error.
//!
//! Everything but `serve`, `demo`, `copy` and what prints about the program itself is a client of the REST API.

pub mod audit;
pub mod backfill;
pub mod body;
pub mod certificates;
pub mod client;
pub mod connection;
pub mod copy;
pub mod credential;
pub mod database;
pub mod exit;
pub mod files;
pub mod finding;
pub mod generate;
pub mod group;
pub mod import;
pub mod kapacitor;
pub mod length;
pub mod mapping;
pub mod organization;
pub mod output;
pub mod progress;
pub mod query;
pub mod reject;
pub mod rows;
pub mod run;
pub mod series;
pub mod serve;
pub mod sheet;
pub mod standing;
pub mod stored;
pub mod stretch;

use clap::{Args, Parser, Subcommand};
use exit::Exit;
use output::Format;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::demo;

/// Keeps InfluxDB connections in one place and feeds InfluxDB from SQL databases at regular intervals.
#[derive(Parser, Debug)]
#[command(name = "tributary", version, about, after_help = exit::HELP, propagate_version = true)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// How data is printed
    #[arg(short, long, global = true, value_enum, default_value_t, env = "TRIBUTARY_OUTPUT")]
    pub output: Format,

    /// Form of the log on standard error
    #[arg(long, global = true, value_enum, default_value_t, env = "TRIBUTARY_LOG_FORMAT", hide_short_help = true)]
    pub log_format: LogFormat,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What to do.
#[derive(Subcommand, Debug)]
#[expect(missing_docs, reason = "a variant's help is the documentation of what it holds")]
pub enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Copy(Box<copy::Copy>),
    Organization(organization::Organization),
    Connection(Box<connection::Connection>),
    Kapacitor(Box<kapacitor::Kapacitor>),
    Import(Box<import::Import>),
    Database(Box<database::Database>),
    Query(Box<query::Query>),
    Series(Box<series::Series>),
    Group(Box<group::Group>),
    Run(run::Run),
    Backfill(backfill::Backfill),
    Audit(audit::Audit),
    Reject(reject::Reject),
    Files(files::Files),
    Openapi(generate::Openapi),
    Completions(generate::Completions),
}

/// Starts the log: standard error, warnings and above unless `TRIBUTARY_LOG` says otherwise.
pub fn start_logging(global: &Global) {
    let filter = EnvFilter::try_from_env("TRIBUTARY_LOG").unwrap_or_else(|_| EnvFilter::new("warn,tributary=info"));
    let registry = tracing_subscriber::registry().with(without_echo(filter));
    match global.log_format {
        LogFormat::Text => registry.with(fmt::layer().with_writer(std::io::stderr).with_target(false)).init(),
        LogFormat::Json => registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).init(),
    }
}

/// The same without the finest lines of the library that watches files: it tells of every event, and where the log itself is written into a
/// folder that is watched, each line would be the event that makes the next.
fn without_echo(filter: EnvFilter) -> EnvFilter {
    filter.add_directive("notify=info".parse().expect("it is a directive"))
}

/// Does what the command line says.
///
/// # Errors
/// Whatever stopped it; [`exit::report`] tells it to a person.
pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Serve(serve) => serve.run().await,
        Command::Demo(demo) => demo.run().await,
        Command::Copy(copy) => copy.run(cli.global.output).await,
        Command::Organization(organization) => organization.run(cli.global.output).await,
        Command::Connection(connection) => connection.run(cli.global.output).await,
        Command::Kapacitor(kapacitor) => kapacitor.run(cli.global.output).await,
        Command::Import(import) => import.run(cli.global.output).await,
        Command::Database(database) => database.run(cli.global.output).await,
        Command::Query(query) => query.run(cli.global.output).await,
        Command::Series(series) => series.run(cli.global.output).await,
        Command::Group(group) => group.run(cli.global.output).await,
        Command::Run(run) => run.run(cli.global.output).await,
        Command::Backfill(backfill) => backfill.run(cli.global.output).await,
        Command::Audit(audit) => audit.run(cli.global.output).await,
        Command::Reject(reject) => reject.run(cli.global.output).await,
        Command::Files(files) => files.run(cli.global.output).await,
        Command::Openapi(openapi) => openapi.run(),
        Command::Completions(completions) => completions.run(),
    }
}

#[cfg(test)]
mod tests {
    use tracing::{Level, enabled, subscriber::with_default};

    use super::*;

    #[test]
    fn the_finest_log_does_not_tell_of_events_that_its_own_lines_make() {
        with_default(tracing_subscriber::registry().with(without_echo(EnvFilter::new("trace"))), || {
            assert!(enabled!(target: "tributary::files", Level::TRACE) && enabled!(target: "notify::inotify", Level::WARN));
            assert!(!enabled!(target: "notify::inotify", Level::TRACE));
        });
    }
}
