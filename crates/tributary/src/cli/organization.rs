//! `tributary organization`: who owns things.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use super::{
    client::{Client, ServerOptions},
    exit::Exit,
    output::{self, Format},
    sheet,
    stored::items,
};

/// Keep organizations: each owns connections, databases, queries, series and groups of its own.
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
    /// Create an organization
    #[command(after_help = "Example:\n  tributary organization create plant --alias example_org")]
    Create {
        /// Its name
        name: String,
        /// The id that another system knows it by, such as Chronograf's
        #[arg(long, value_name = "ID")]
        alias: Option<String>,
    },
}

#[derive(Deserialize)]
struct OrganizationShown {
    id: String,
    name: String,
    alias: Option<String>,
    origin: Option<String>,
    created_at: DateTime<Utc>,
}

impl Organization {
    /// Does what was asked.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn run(self, format: Format) -> anyhow::Result<Exit> {
        let client = Client::new(&self.server)?;
        let answer = match self.action {
            Action::List => client.get(&["organizations"]).await?,
            Action::Create { name, alias } => {
                let created = client.post(&["organizations"], &json!({ "name": name, "alias": alias })).await?;
                output::say(format!("created the organization `{name}`"));
                if format == Format::Json { created } else { json!({ "items": [created] }) }
            }
        };
        match format {
            Format::Json => output::json(&answer)?,
            Format::Table => {
                let row = |shown: OrganizationShown| {
                    let OrganizationShown { id, name, alias, origin, created_at } = shown;
                    vec![name, alias.unwrap_or_default(), origin.unwrap_or_default(), sheet::second(created_at), id]
                };
                let organizations: Vec<OrganizationShown> = items(answer)?;
                output::table(&["name", "alias", "defined by", "created", "id"], organizations.into_iter().map(row))?;
            }
        }
        Ok(Exit::Done)
    }
}
