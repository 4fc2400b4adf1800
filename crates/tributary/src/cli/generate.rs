//! What the program prints about itself: the description of its API, and completions for shells.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, exit::Exit, output};
use crate::api;

/// Print the OpenAPI description of the REST API
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  tributary openapi > openapi.json")]
pub struct Openapi {}

impl Openapi {
    /// Prints it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn run(self) -> anyhow::Result<Exit> {
        output::line(api::openapi_text().trim_end())?;
        Ok(Exit::Done)
    }
}

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  tributary completions bash > /etc/bash_completion.d/tributary")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints them.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn run(self) -> anyhow::Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "tributary", &mut script);
        output::line(String::from_utf8_lossy(&script).trim_end())?;
        Ok(Exit::Done)
    }
}
