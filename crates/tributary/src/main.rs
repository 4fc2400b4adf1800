//! `tributary`: see `tributary --help`.

use std::process::ExitCode;

use clap::Parser;
use tributary::cli::{self, Cli};

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| cli::exit::usage(&error));
    cli::start_logging(&cli.global);
    #[cfg(feature = "failpoints")]
    if let Err(error) = tributary::fault_point::arm() {
        return cli::exit::report(&error);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cli::exit::report(&anyhow::Error::new(error).context("starting the runtime")),
    };
    match runtime.block_on(cli::run(cli)) {
        Ok(exit) => exit.into(),
        Err(error) => cli::exit::report(&error),
    }
}
