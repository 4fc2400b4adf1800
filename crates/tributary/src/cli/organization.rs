//! `tributary organization`: who owns things.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Deserialize;

use super::{
    client::{Client, ServerOptions},
    exit::Exit,
    output::{self, Format},
    sheet,
    stored::items,
};

/// Look at organizations: each owns connections, databases, queries, series and groups of its own.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  tributary organization list")]
pub struct Organization {
    #[command(flatten)]
    server: ServerOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List all organizations
    #[command(after_help = "Example:\n  tributary organization list -o json")]
    List,
}

#[derive(Deserialize)]
struct OrganizationShown {
    id: String,
    name: String,
    created_at: DateTime<Utc>,
}

impl Organization {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        let Action::List = self.action;
        let answer = client.get(&["organizations"]).await?;
        match format {
            Format::Json => output::json(&answer)?,
            Format::Table => {
                let organizations: Vec<OrganizationShown> = items(answer)?;
                output::table(
                    &["name", "created", "id"],
                    organizations.into_iter().map(|shown| vec![shown.name, sheet::second(shown.created_at), shown.id]),
                )?;
            }
        }
        Ok(Exit::Done)
    }
}
